//! A message that is ready to go, and what is still done to it once it is known what the server takes.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::time::SystemTime;

use crate::cli::args::EightBit;
use crate::error::Result;
use crate::mail::{self, HeaderText, LineRepair, Message, Repair, dkim};
use crate::smtp::{Capabilities, Content, Envelope, Kind};

/// A message and whom it is for.
#[derive(Debug)]
pub(super) struct Letter {
    /// What results call it: its place in a batch, its name in the queue, or its Message-ID.
    pub(super) id: String,
    /// Sender, recipients, and what is asked of the server for them.
    pub(super) envelope: Arc<Envelope>,
    /// The message, complete but for what depends on the server.
    pub(super) message: Arc<Message>,
}

impl Letter {
    /// The same once more, without copying its text.
    pub(super) fn again(&self) -> Self {
        Self { id: self.id.clone(), envelope: Arc::clone(&self.envelope), message: Arc::clone(&self.message) }
    }

    /// The Message-ID as it stands in the header; empty if there is none.
    pub(super) fn message_id(&self) -> String {
        let field = self.message.header.get("Message-ID");
        field.map(|field| crate::text::sanitize(&field.unfolded())).unwrap_or_default()
    }
}

/// What is done to messages last.
#[derive(Debug, Default)]
pub(super) struct Finish {
    /// What becomes of 8-bit content where the server does not take it.
    pub(super) eight_bit: EightBit,
    /// Who signs.
    pub(super) signer: Option<dkim::Signer>,
}

impl Finish {
    /// The exact octets to send to a server that can do this much.
    ///
    /// Fails with [`Error::InvalidInput`] if the message cannot be made to fit without breaking it.
    pub(super) fn apply(&self, message: &Arc<Message>, known: &Capabilities) -> Result<Arc<dyn Content>> {
        let message = Arc::new(message.repaired(&self.repair(known))?);
        let signature = match &self.signer {
            Some(signer) => signer.sign(&message, SystemTime::now())?,
            None => Vec::new(),
        };
        Ok(Arc::new(Sealed { signature, message }))
    }
}

impl Finish {
    fn repair(&self, known: &Capabilities) -> Repair {
        Repair {
            eight_bit: match self.eight_bit {
                EightBit::Encode => mail::EightBit::Encode,
                _ if known.eight_bit_mime => mail::EightBit::Allowed,
                EightBit::Auto => mail::EightBit::Encode,
                EightBit::Refuse => mail::EightBit::Refuse,
            },
            header: match self.eight_bit {
                EightBit::Encode => HeaderText::Ascii,
                _ if known.smtputf8 => HeaderText::Utf8,
                EightBit::Auto => HeaderText::Ascii,
                EightBit::Refuse => HeaderText::Refuse,
            },
            // No transport takes them, whatever it offers: BINARYMIME is offered by few, and by none behind them.
            lines: LineRepair::Repair,
        }
    }
}

/// A message as it goes out, its signature in front.
struct Sealed {
    signature: Vec<u8>,
    message: Arc<Message>,
}

impl Content for Sealed {
    fn size(&self) -> u64 {
        self.message.size().saturating_add(self.signature.len() as u64)
    }

    fn kind(&self) -> Kind {
        match self.message.kind() {
            mail::Kind::SevenBit => Kind::SevenBit,
            mail::Kind::EightBit => Kind::EightBit,
            mail::Kind::Binary => Kind::Binary,
        }
    }

    fn needs_smtputf8(&self) -> bool {
        self.message.needs_smtputf8()
    }

    fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
        let message = self.message.open()?;
        Ok(if self.signature.is_empty() { message } else { Box::new(Cursor::new(&self.signature).chain(message)) })
    }
}
