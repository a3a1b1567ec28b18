//! APPEND (RFC 9051 section 6.3.12), several messages at once (MULTIAPPEND, RFC 3502), and REPLACE (RFC 8508): messages stream
//! from whoever has them.

use super::{Authenticated, Session};
use crate::error::{Error, Phase, Result};
use crate::imap::command::{Command, Patience};
use crate::imap::engine::Ticket;
use crate::imap::flag::Flag;
use crate::imap::grammar::Code;
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{Uid, UidValidity};
use crate::imap::receiver::Receiver;

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
        Append { session: self, start: Some(start), verb: "APPEND", ticket: None, left: 0 }
    }

    /// Begins to put a message in the place of another of the mailbox that is open (RFC 8508), which the server must offer.
    pub fn replace(&mut self, uid: Uid, mailbox: &Mailbox) -> Append<'_> {
        let start = Command::new("UID REPLACE").word(uid.to_string()).mailbox(mailbox);
        Append { session: self, start: Some(start), verb: "UID REPLACE", ticket: None, left: 0 }
    }
}

impl Append<'_> {
    /// Announces the next message. Every octet that it announces is to be written then.
    ///
    /// A second one only where the server offers MULTIAPPEND.
    pub fn message(&mut self, envelope: &Envelope, receiver: &mut dyn Receiver) -> Result<Admission> {
        let engine = &mut self.session.engine;
        if self.left > 0 {
            engine.kill();
            return Err(Error::InvalidInput("a message is shorter than was announced".into()));
        }
        let mut line = Vec::new();
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
        let (binary, consent) = (if envelope.binary { "~" } else { "" }, if waits { "" } else { "+" });
        line.extend_from_slice(format!(" {binary}{{{}{consent}}}", envelope.octets).as_bytes());
        engine.connection.send(&line)?;
        engine.mark(ticket);
        self.left = envelope.octets;
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
            engine.kill();
            return Err(Error::InvalidInput("a message is longer than was announced".into()));
        };
        self.left = left;
        engine.connection.send_data(octets);
        engine.onlooker.tell(|observer| observer.sent(octets.len() as u64));
        if engine.connection.queued() >= PIECE {
            let deadline = engine.connection.timeouts().reply(Phase::Send);
            engine.connection.flush(&deadline).inspect_err(|_| engine.kill())?;
        }
        Ok(())
    }

    /// Ends the command. Where the messages are, as far as the server tells; a refusal is [`Error::Rejected`], and none of them
    /// is there. After a connection that ended without a word on them, a farewell of the server's included, they may be there.
    pub fn finish(mut self, receiver: &mut dyn Receiver) -> Result<Option<Appended>> {
        let engine = &mut self.session.engine;
        let Some(ticket) = self.ticket.take() else { return Ok(None) };
        if self.left > 0 {
            engine.kill();
            return Err(Error::InvalidInput("a message is shorter than was announced".into()));
        }
        if !engine.is_settled(&ticket) {
            engine.connection.send(b"")?;
            engine.mark(&ticket);
        }
        let mut told = None;
        let mut listen = |data: &crate::imap::grammar::Data<'_>| {
            if let crate::imap::grammar::Data::Status(status) = data {
                told = told.take().or(status.code.as_ref().and_then(appended));
            }
            receiver.data(data)
        };
        let completion = engine.wait_any(ticket, &mut listen).map_err(|error| self.lost(error))?.accepted()?;
        Ok(completion.code.as_ref().and_then(appended).or(told))
    }
}

impl Append<'_> {
    /// A server's farewell is no refusal of what it had been given whole.
    fn lost(&self, error: Error) -> Error {
        match error {
            Error::Rejected(rejection) => {
                let source = std::io::Error::other(rejection.text);
                Error::Network { phase: Phase::Reply(self.verb), source }
            }
            error => error,
        }
    }
}

impl Drop for Append<'_> {
    /// A command that was begun and not finished leaves the server waiting for a message.
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.session.engine.kill();
        }
    }
}

fn appended(code: &Code<'_>) -> Option<Appended> {
    match code {
        Code::AppendUid { validity, uids } if uids.len() <= MAX_UIDS => {
            Some(Appended { uid_validity: *validity, uids: uids.uids().collect() })
        }
        _ => None,
    }
}
