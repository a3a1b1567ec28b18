//! One message of a batch, as its source gave it.

use sha2::{Digest as _, Sha256};

use crate::cli::args::{Author, Sender, Smtpsend};
use crate::cli::exit::Failure;
use crate::error::{Error, Result};
use crate::mail::Message;
use crate::smtp::{AuthParameter, DeliverBy, Hold, Notify, Ret};

/// Where messages come from, one after the other.
pub(in crate::cli::smtpsend) trait Items: Send {
    /// The next one; `None` if there are no more.
    ///
    /// Fails if the source cannot be read any further. What is wrong with one message is that item's.
    fn next(&mut self) -> Result<Option<Item>, Failure>;

    /// Whether [`Items::next`] would not wait for whoever writes.
    fn is_ready(&self) -> bool {
        true
    }

    /// How much there is in all, as far as that is known without reading it.
    fn extent(&self) -> Extent;

    /// How many there are still, if that is known.
    fn left(&self) -> Option<u64> {
        None
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cli::smtpsend) struct Extent {
    /// Messages; 0 if that is not known.
    pub(in crate::cli::smtpsend) messages: u64,
    /// Octets; 0 if that is not known.
    pub(in crate::cli::smtpsend) octets: u64,
}

/// A message, or what is wrong with it.
pub(in crate::cli::smtpsend) struct Item {
    /// What results call it.
    pub(in crate::cli::smtpsend) id: String,
    /// What its name is good for.
    pub(in crate::cli::smtpsend) naming: Naming,
    /// The message.
    pub(in crate::cli::smtpsend) found: Result<Found, Error>,
}

/// What the name of a message is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::cli::smtpsend) enum Naming {
    /// It stays the message's own in another run.
    Own,
    /// It says where the message stood: with others before it gone, another message is called that.
    Place,
}

/// A message as it was found.
pub(in crate::cli::smtpsend) struct Found {
    /// The message.
    pub(in crate::cli::smtpsend) message: Message,
    /// What it came with in addition.
    pub(in crate::cli::smtpsend) wishes: Option<Box<Wishes>>,
    /// By what it is known again, where that is not the message as it was read.
    pub(in crate::cli::smtpsend) digest: Option<Digest>,
}

impl From<Message> for Found {
    fn from(message: Message) -> Self {
        Self { message, wishes: None, digest: None }
    }
}

/// What a message's own envelope says; it goes before the command line, but for recipients.
#[derive(Debug, Default)]
pub(in crate::cli::smtpsend) struct Wishes {
    pub(in crate::cli::smtpsend) from: Option<Author>,
    pub(in crate::cli::smtpsend) envelope_from: Option<Sender>,
    /// Address lists.
    pub(in crate::cli::smtpsend) recipients: Vec<String>,
    pub(in crate::cli::smtpsend) notify: Option<Notify>,
    pub(in crate::cli::smtpsend) ret: Option<Ret>,
    pub(in crate::cli::smtpsend) envid: Option<String>,
    pub(in crate::cli::smtpsend) mail_auth: Option<AuthParameter>,
    pub(in crate::cli::smtpsend) require_tls: bool,
    pub(in crate::cli::smtpsend) by: Option<DeliverBy>,
    pub(in crate::cli::smtpsend) hold_for: Option<Hold>,
    pub(in crate::cli::smtpsend) priority: Option<i8>,
}

impl Wishes {
    /// The options with these in place of their own. Whoever is named on the command line gets every message, and nobody else.
    pub(super) fn apply(&self, args: &mut Smtpsend) {
        let envelope = &mut args.envelope;
        if self.from.is_some() {
            envelope.from.clone_from(&self.from);
            // A sender of this message's own is not sent in another's name.
            envelope.envelope_from = None;
        }
        if self.envelope_from.is_some() {
            envelope.envelope_from.clone_from(&self.envelope_from);
        }
        let typed = !args.recipients.is_empty()
            || [&envelope.to, &envelope.cc, &envelope.bcc].into_iter().any(|list| !list.is_empty());
        if !typed && !self.recipients.is_empty() {
            envelope.to.clone_from(&self.recipients);
            envelope.recipients_from_headers = false;
        }
        let delivery = &mut args.delivery;
        delivery.notify = self.notify.or(delivery.notify);
        delivery.ret = self.ret.or(delivery.ret);
        delivery.require_tls |= self.require_tls;
        delivery.by = self.by.or(delivery.by);
        delivery.priority = self.priority.or(delivery.priority);
        if self.envid.is_some() {
            delivery.envid.clone_from(&self.envid);
        }
        if self.mail_auth.is_some() {
            delivery.mail_auth.clone_from(&self.mail_auth);
        }
        if self.hold_for.is_some() {
            delivery.hold_for.clone_from(&self.hold_for);
        }
    }
}

/// By what a message is known again: changed content is another message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(in crate::cli::smtpsend) struct Digest([u8; 16]);

impl Digest {
    /// Of a message as it stands.
    pub(super) fn of(message: &Message) -> Result<Self> {
        let mut digester = Digester::default();
        digester.read(&mut message.open()?)?;
        Ok(digester.finish())
    }

    /// Of a text.
    pub(super) fn of_octets(octets: &[u8]) -> Self {
        let mut digester = Digester::default();
        digester.part(octets);
        digester.finish()
    }

    /// In hexadecimal digits.
    pub(super) fn to_hex(self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// Makes a [`Digest`] of parts, whose borders count.
#[derive(Default)]
pub(super) struct Digester(Sha256);

impl Digester {
    pub(super) fn part(&mut self, octets: &[u8]) {
        self.0.update((octets.len() as u64).to_le_bytes());
        self.0.update(octets);
    }

    /// All of an input.
    pub(super) fn read(&mut self, input: &mut dyn std::io::Read) -> Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut size = 0u64;
        loop {
            match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    size = size.saturating_add(count as u64);
                    self.0.update(buffer.get(..count).unwrap_or_default());
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("cannot read the message", error)),
            }
        }
        self.0.update(size.to_le_bytes());
        Ok(())
    }

    pub(super) fn finish(self) -> Digest {
        let whole: [u8; 32] = self.0.finalize().into();
        let mut digest = [0; 16];
        digest.copy_from_slice(whole.first_chunk::<16>().unwrap_or(&[0; 16]));
        Digest(digest)
    }

    /// A number that stands for the parts.
    pub(super) fn number(self) -> u128 {
        u128::from_le_bytes(self.finish().0)
    }
}
