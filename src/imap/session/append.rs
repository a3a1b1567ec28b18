//! APPEND (RFC 9051 section 6.3.12), several messages at once (MULTIAPPEND, RFC 3502), and REPLACE (RFC 8508): messages stream
//! from whoever has them. Several commands may be under way at a time: see [`Flight`](super::Flight).

use super::{Authenticated, Session, StatusItem};
use crate::error::{Error, Phase, Result};
use crate::imap::capability::{Capabilities, Extension};
use crate::imap::command::{Command, Patience};
use crate::imap::engine::Ticket;
use crate::imap::flag::Flag;
use crate::imap::grammar::{Code, Data};
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{Uid, UidValidity};
use crate::imap::receiver::{Ignore, Receiver};
use crate::imap::state::Utf8Item;

/// How much is queued before it is sent.
const PIECE: usize = 128 * 1024;

/// The biggest message that is sent without asking first whether it is wanted: a refusal costs no more than this.
const MAX_UNASKED: u64 = 100 * 1024;

/// The most UIDs that are kept of one response.
const MAX_UIDS: u64 = 10_000_000;

/// What is said of a message ahead of it.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its date as `date-time` (`"17-Jul-1996 02:44:25 -0700"`, without the quotes).
    pub date: Option<String>,
    /// How many octets it has, to the last.
    pub octets: u64,
    /// It holds NUL, and so needs a `literal8` (RFC 3516 section 4.4).
    pub binary: bool,
    /// Its header holds octets beyond ASCII (RFC 6532), and so goes in the form of RFC 6855 section 4 where
    /// [`Session::accept_utf8`] has switched that on.
    pub utf8: bool,
}

/// Where the messages are now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Appended {
    /// What the UIDs belong to.
    pub uid_validity: UidValidity,
    /// The UIDs, in the order of the messages.
    pub uids: Vec<Uid>,
}

/// Messages on their way into a mailbox: all of them will be there, or none.
#[derive(Debug)]
pub struct Append<'s> {
    session: &'s mut Session<Authenticated>,
    start: Option<Command>,
    verb: &'static str,
    ticket: Option<Ticket>,
    left: u64,
    /// All that was announced.
    octets: u64,
    /// What has to follow the message.
    closing: &'static [u8],
    marks_utf8: bool,
}

/// A command that was sent whole, and whose completion is still to come.
#[derive(Debug)]
#[must_use = "what became of the message must be heard"]
pub struct Sent {
    pub(super) ticket: Ticket,
    pub(super) octets: u64,
    pub(super) marks_utf8: bool,
}

/// Whether the server takes a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// It is to be written now.
    Admitted,
    /// The server has refused it, and [`Append::finish`] says why.
    Refused,
}

impl Session<Authenticated> {
    /// Begins to append to a mailbox. Nothing is sent before the first message.
    pub fn append(&mut self, mailbox: &Mailbox) -> Append<'_> {
        let start = Command::new("APPEND").mailbox(mailbox);
        Append::new(self, start, "APPEND")
    }

    /// Whether a message of this size can go without asking the server first, so that others can follow it at once: by LITERAL+
    /// up to 100 KiB, by LITERAL- up to 4,096 octets (RFC 7888).
    pub fn goes_unasked(&self, octets: u64) -> bool {
        octets <= MAX_UNASKED && self.engine.state.literals().allows(octets)
    }

    /// The largest message that the mailbox takes, in octets, if the server tells (RFC 7889). A trip where it has no limit for all
    /// mailboxes. 0 means that nothing can be appended.
    pub fn append_limit(&mut self, mailbox: &Mailbox) -> Result<Option<u64>> {
        let mut limit = self.capabilities().and_then(|capabilities| capabilities.append_limit);
        let items = self.status_items(&[StatusItem::AppendLimit]);
        if limit.is_some() || items.is_empty() {
            return Ok(limit);
        }
        let mut listen = |data: &Data<'_>| {
            if let Data::MailboxStatus(status) = data
                && status.mailbox == *mailbox
            {
                limit = status.items.append_limit.flatten().or(limit);
            }
            Ok(())
        };
        // What refuses to say has still to say it of the message.
        let refused = self.status([mailbox], &items, &mut listen)?;
        Ok(limit.filter(|_| refused.is_empty()))
    }

    /// Makes the server ready for messages with UTF-8 in their headers (RFC 9755, RFC 6855), if it offers that; whether it is.
    /// From then on the names of mailboxes are UTF-8 too.
    ///
    /// A mailbox that is open is closed first where the server has UNSELECT, since ENABLE belongs before SELECT (RFC 5161
    /// section 3.1).
    pub fn accept_utf8(&mut self) -> Result<bool> {
        let is_on = |session: &Self| {
            session.is_enabled(Extension::Utf8Accept) || session.capabilities().is_some_and(Capabilities::is_rev2)
        };
        if is_on(self) || !self.has(Extension::Utf8Accept) || !self.has(Extension::Enable) {
            return Ok(is_on(self));
        }
        if self.has(Extension::Unselect)
            && let Some(folder) = self.selected()
        {
            folder.unselect(&mut Ignore)?;
        }
        match self.enable(Extension::Utf8Accept) {
            Ok(true) => {}
            // What it offers and does not switch on is not asked for again.
            Ok(false) | Err(Error::Rejected(_)) => self.engine.state.capabilities.withdraw(Extension::Utf8Accept),
            Err(error) => return Err(error),
        }
        Ok(is_on(self))
    }

    /// Whether it is known in which form the server takes UTF-8 in a header, so that such messages need not go one by one.
    pub fn is_sure_of_utf8(&self) -> bool {
        self.engine.state.utf8_item == Utf8Item::Known || !self.marks_utf8()
    }

    /// Takes note that a message with [`Envelope::utf8`] was refused. If that may be since the server knows RFC 9755 and not RFC 6855,
    /// whose data item `UTF8` the former has done away with (appendix B.1), such messages go as others do from now on: `true` if
    /// this one is to be sent again.
    pub fn forgo_utf8_item(&mut self, refusal: &Error) -> bool {
        let is_bad = |code: &String| code == "BAD" || code == "CLIENTBUG";
        let is_syntax = matches!(refusal, Error::Rejected(rejection) if rejection.code.as_ref().is_some_and(is_bad));
        let is_first = is_syntax && self.marks_utf8() && self.engine.state.utf8_item == Utf8Item::Untried;
        if is_first {
            self.engine.state.utf8_item = Utf8Item::Missing;
        }
        is_first
    }

    /// IMAP4rev2 has no such item.
    fn marks_utf8(&self) -> bool {
        self.is_enabled(Extension::Utf8Accept)
            && self.engine.state.utf8_item != Utf8Item::Missing
            && !self.capabilities().is_some_and(Capabilities::is_rev2)
    }

    /// Begins to put a message in the place of another of the mailbox that is open (RFC 8508), which the server must offer.
    pub fn replace(&mut self, uid: Uid, mailbox: &Mailbox) -> Append<'_> {
        let start = Command::new("UID REPLACE").word(uid.to_string()).mailbox(mailbox);
        Append::new(self, start, "UID REPLACE")
    }
}

impl<'s> Append<'s> {
    fn new(session: &'s mut Session<Authenticated>, start: Command, verb: &'static str) -> Self {
        Self { session, start: Some(start), verb, ticket: None, left: 0, octets: 0, closing: b"", marks_utf8: false }
    }
}

impl Append<'_> {
    /// Announces the next message. Every octet that it announces is to be written then.
    ///
    /// A second one only where the server offers MULTIAPPEND.
    pub fn message(&mut self, envelope: &Envelope, receiver: &mut dyn Receiver) -> Result<Admission> {
        let marked = envelope.utf8 && self.session.marks_utf8();
        let engine = &mut self.session.engine;
        if self.left > 0 {
            engine.mute();
            return Err(Error::InvalidInput("a message is shorter than was announced".into()));
        }
        let mut line = std::mem::take(&mut self.closing).to_vec();
        if let Some(start) = self.start.take() {
            let ticket = engine.begin(self.verb, Patience::Patient)?;
            let mut dialect = engine.state.dialect;
            dialect.literals = engine.state.literals();
            let mut chunks = start.encode(&engine.tag_of(&ticket), dialect)?;
            line = chunks.pop().map(|last| last.text).unwrap_or_default();
            let settled = engine.send_chunks(&ticket, chunks, receiver)?;
            self.ticket = Some(ticket);
            if settled {
                return Ok(Admission::Refused);
            }
        }
        let Some(ticket) = &self.ticket else {
            return Err(Error::InvalidInput("nothing is being appended".into()));
        };
        if !envelope.flags.is_empty() {
            let words: Vec<String> = envelope.flags.iter().map(Flag::to_string).collect();
            line.extend_from_slice(format!(" ({})", words.join(" ")).as_bytes());
        }
        if let Some(date) = &envelope.date {
            line.extend_from_slice(format!(" \"{date}\"").as_bytes());
        }
        let waits = envelope.octets > MAX_UNASKED || !engine.state.literals().allows(envelope.octets);
        let consent = if waits { "" } else { "+" };
        let kind = match () {
            () if marked => "UTF8 (~",
            () if envelope.binary => "~",
            () => "",
        };
        line.extend_from_slice(format!(" {kind}{{{}{consent}}}", envelope.octets).as_bytes());
        engine.connection.send(&line)?;
        engine.mark(ticket);
        self.left = envelope.octets;
        self.octets = self.octets.saturating_add(envelope.octets);
        if marked {
            (self.closing, self.marks_utf8) = (b")", true);
        }
        if waits && !engine.consent(ticket, receiver)? {
            self.left = 0;
            return Ok(Admission::Refused);
        }
        engine.connection.note_sent(envelope.octets);
        Ok(Admission::Admitted)
    }

    /// Writes a piece of the message. After an error the session is at an end: the server waits for what will not come.
    pub fn write(&mut self, octets: &[u8]) -> Result<()> {
        let engine = &mut self.session.engine;
        let Some(left) = self.left.checked_sub(octets.len() as u64) else {
            engine.mute();
            return Err(Error::InvalidInput("a message is longer than was announced".into()));
        };
        self.left = left;
        engine.connection.send_data(octets);
        engine.onlooker.tell(|observer| observer.sent(octets.len() as u64));
        if engine.connection.queued() >= PIECE {
            let deadline = engine.connection.timeouts().reply(Phase::Send);
            engine.connection.flush(&deadline).inspect_err(|_| engine.mute())?;
        }
        Ok(())
    }

    /// From now on a signal ends nothing that is waited for in this session, as [`Session::outlast_signals`] has it.
    pub fn outlast_signals(&mut self) {
        self.session.outlast_signals();
    }

    /// Ends the command. Where the messages are, as far as the server tells; a refusal is [`Error::Rejected`], and none of them
    /// is there. After a connection that ended without a word on them, a farewell of the server's included, they may be there.
    pub fn finish(mut self, receiver: &mut dyn Receiver) -> Result<Option<Appended>> {
        let Some(ticket) = self.end()? else { return Ok(None) };
        let mut told = None;
        let mut listen = |data: &Data<'_>| {
            if let Data::Status(status) = data {
                told = told.take().or(status.code.as_ref().and_then(appended));
            }
            receiver.data(data)
        };
        let engine = &mut self.session.engine;
        let outcome = engine.wait_any(ticket, &mut listen).map_err(|error| unheard(error, self.verb))?;
        let completion = outcome.accepted()?;
        if self.marks_utf8 {
            engine.state.utf8_item = Utf8Item::Known;
        }
        Ok(completion.code.as_ref().and_then(appended).or(told))
    }

    /// Ends the command and sends it on its way, without waiting for what becomes of it. `None` if it was never begun.
    pub fn dispatch(mut self) -> Result<Option<Sent>> {
        let (octets, marks_utf8) = (self.octets, self.marks_utf8);
        let ticket = self.end()?;
        self.session.engine.push();
        Ok(ticket.map(|ticket| Sent { ticket, octets, marks_utf8 }))
    }

    fn end(&mut self) -> Result<Option<Ticket>> {
        let engine = &mut self.session.engine;
        let Some(ticket) = self.ticket.take() else { return Ok(None) };
        if self.left > 0 {
            engine.mute();
            return Err(Error::InvalidInput("a message is shorter than was announced".into()));
        }
        if !engine.is_settled(&ticket) {
            engine.connection.send(self.closing)?;
            engine.mark_end(&ticket);
        }
        Ok(Some(ticket))
    }
}

/// A server's farewell is no refusal of what it had been given whole.
pub(super) fn unheard(error: Error, verb: &'static str) -> Error {
    match error {
        Error::Rejected(rejection) => {
            let source = std::io::Error::other(rejection.text);
            Error::Network { phase: Phase::Reply(verb), source }
        }
        // What was sent before is not heard of when the next thing to say finds nobody.
        Error::Closed { truncated, .. } => Error::Closed { phase: Phase::Reply(verb), truncated },
        error => error,
    }
}

impl Drop for Append<'_> {
    /// A command that was begun and not finished leaves the server waiting for a message.
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.session.engine.mute();
        }
    }
}

pub(super) fn appended(code: &Code<'_>) -> Option<Appended> {
    match code {
        Code::AppendUid { validity, uids } if uids.len() <= MAX_UIDS => {
            Some(Appended { uid_validity: *validity, uids: uids.uids().collect() })
        }
        _ => None,
    }
}
