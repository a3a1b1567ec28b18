//! Commands out, replies in, matched in order: the part of a session that knows nothing of mailboxes.

use std::collections::VecDeque;

use super::command::Command;
use super::response::{self, Codes, Status};
use crate::error::{Error, Phase, Result};
use crate::net::Pace;
use crate::wire::{Connection, Row, Shown};

/// The most lines and octets of a reply that is kept whole (CAPA, LANG).
const MAX_KEPT_LINES: usize = 1_000;
const MAX_KEPT_OCTETS: usize = 256 * 1024;

/// The most octets of a listing, which is not kept whole: many times what two million messages need.
pub(super) const MAX_LISTING: u64 = 1024 * 1024 * 1024;

/// How much of a server's words a message quotes, in characters: RFC 2449 section 4 allows lines of 512 octets.
pub(super) const QUOTED: usize = 600;

/// A command whose reply is still to come.
#[derive(Debug)]
#[must_use = "every reply must be taken, or the next command gets it"]
pub(super) struct Ticket(u64);

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) connection: Connection,
    pub(super) codes: Codes,
    pending: VecDeque<Pending>,
    next: u64,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    ticket: u64,
    verb: &'static str,
    slow: bool,
}

impl Engine {
    pub(super) fn new(connection: Connection) -> Self {
        // A greeting comes before anything could be announced: its codes are believed (RFC 3206 section 6).
        Self { connection, codes: Codes::Trusted, pending: VecDeque::new(), next: 0, text: Vec::new() }
    }

    /// Queues a command; it is on its way at the latest when a reply is awaited.
    pub(super) fn submit(&mut self, command: Command<'_>) -> Result<Ticket> {
        self.check_step()?;
        self.connection.send(command.line().as_bytes())?;
        Ok(self.expect(command.verb(), command.is_slow()))
    }

    /// Notes that a line was sent whose reply is to come, after [`Engine::check_step`].
    pub(super) fn expect(&mut self, verb: &'static str, slow: bool) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.pending.push_back(Pending { ticket, verb, slow });
        Ticket(ticket)
    }

    /// With no reply due, nothing may have come: what has would be taken for the answer to the next command.
    pub(super) fn check_step(&mut self) -> Result<()> {
        if self.pending.is_empty() && !self.connection.is_drained() {
            let detail = format!("data that nothing asked for: {}", self.connection.leftovers());
            return Err(Error::protocol(Phase::Reply("nothing"), detail));
        }
        Ok(())
    }

    /// Whether no reply is due.
    pub(super) fn is_quiescent(&self) -> bool {
        self.pending.is_empty()
    }

    /// Waits for the status line of a command. A refusal is [`Error::Rejected`].
    pub(super) fn wait(&mut self, ticket: Ticket) -> Result<()> {
        let verb = self.pending.front().map_or("nothing", |pending| pending.verb);
        match self.wait_any(ticket)? {
            Answer::Ok => Ok(()),
            Answer::Err(rejection) => Err(Error::Rejected(rejection)),
            Answer::Continue => {
                let text = self.connection.quote_capped(&self.text, QUOTED);
                Err(Error::protocol(Phase::Reply(verb), format!("a challenge out of place: \"+ {text}\"")))
            }
        }
    }

    /// As [`Engine::wait`], where a challenge may come.
    pub(super) fn wait_any(&mut self, ticket: Ticket) -> Result<Answer> {
        let Some(pending) = self.pending.pop_front() else {
            return Err(Error::protocol(Phase::Reply("nothing"), "a reply was awaited that no command asked for"));
        };
        debug_assert_eq!(pending.ticket, ticket.0, "replies are taken in order");
        let phase = Phase::Reply(pending.verb);
        let timeouts = self.connection.timeouts();
        let deadline = if pending.slow { timeouts.patient_reply(phase) } else { timeouts.reply(phase) };
        let line = self.connection.read_line(&deadline)?;
        let status = response::status(line);
        let (answer, text) = match status {
            Some(Status::Ok(text)) => (Kind::Ok, text),
            Some(Status::Err(text)) => (Kind::Err, text),
            Some(Status::Continue(text)) => (Kind::Continue, text),
            None => (Kind::Garbage, line),
        };
        self.text.clear();
        self.text.extend_from_slice(text);
        match answer {
            Kind::Ok => Ok(Answer::Ok),
            Kind::Continue => Ok(Answer::Continue),
            Kind::Err => {
                let show = |text: &[u8]| self.connection.quote_capped(text, QUOTED);
                Ok(Answer::Err(response::rejection(pending.verb, &self.text, self.codes, show)))
            }
            Kind::Garbage => {
                let got = self.connection.quote_capped(&self.text, 100);
                Err(Error::protocol(phase, format!("expected +OK or -ERR, got \"{got}\"")))
            }
        }
    }

    /// The raw text of the last status line.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Reads the rows of multi-line data; each is given without line end and stuffed dot.
    /// Returns how many were passed over for their length. More than `most` octets are [`Error::Limit`].
    pub(super) fn rows(&mut self, verb: &'static str, most: u64, mut each: impl FnMut(&[u8])) -> Result<u64> {
        let mut pace = Pace::start();
        let (mut count, mut too_long) = (0, 0);
        loop {
            match self.connection.read_row(&mut pace, Phase::Data(verb), Shown::Body)? {
                Row::Line(line) => each(line),
                Row::TooLong => too_long += 1,
                Row::End => break,
            }
            if pace.octets() > most {
                return Err(Error::Limit { what: "the size of a list", limit: most });
            }
            count += 1;
        }
        self.connection.note_rows(count);
        Ok(too_long)
    }

    /// As [`Engine::rows`], for replies that are kept whole and so have a limit.
    pub(super) fn few_rows(&mut self, verb: &'static str, mut each: impl FnMut(&[u8])) -> Result<()> {
        let mut pace = Pace::start();
        let (mut lines, mut octets) = (0, 0);
        loop {
            match self.connection.read_row(&mut pace, Phase::Data(verb), Shown::Line)? {
                Row::Line(line) => {
                    lines += 1;
                    octets += line.len();
                    if lines > MAX_KEPT_LINES {
                        return Err(Error::Limit {
                            what: "the number of lines in a list",
                            limit: MAX_KEPT_LINES as u64,
                        });
                    }
                    if octets > MAX_KEPT_OCTETS {
                        return Err(Error::Limit { what: "the size of a list", limit: MAX_KEPT_OCTETS as u64 });
                    }
                    each(line);
                }
                Row::TooLong => {
                    return Err(Error::Limit { what: "a line", limit: crate::wire::MAX_LINE as u64 });
                }
                Row::End => return Ok(()),
            }
        }
    }
}

/// What a status line says.
#[derive(Debug)]
pub(super) enum Answer {
    Ok,
    Err(crate::error::Rejection),
    Continue,
}

enum Kind {
    Ok,
    Err,
    Continue,
    Garbage,
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::net::{Stream, Timeouts, UnixTransport};
    use crate::wire::Transcript;

    /// An engine, and a server that says this for ever.
    fn engine(line: &'static [u8]) -> Engine {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        std::thread::spawn(move || while theirs.write_all(line).is_ok() {});
        let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
        Engine::new(Connection::new(stream, Timeouts::default(), Transcript::off()))
    }

    #[test]
    fn lists_that_do_not_end_are_left() {
        let mut count = 0;
        let error = engine(b"1 uid\r\n").rows("UIDL", 70_000, |_| count += 1).unwrap_err();
        assert!(matches!(error, Error::Limit { limit: 70_000, .. }), "{error}");
        assert_eq!(count, 10_001);
        // Also if they are a single row.
        let error = engine(&[b'x'; 4096]).rows("UIDL", u64::MAX, |_| unreachable!()).unwrap_err();
        assert!(matches!(error, Error::Limit { what: "a line", .. }), "{error}");
        let error = engine(b"UIDL\r\n").few_rows("CAPA", |_| {}).unwrap_err();
        assert!(matches!(error, Error::Limit { limit: 1_000, .. }), "{error}");
    }

    #[test]
    fn a_signal_ends_what_never_waits() {
        let interrupt = std::sync::Arc::new(crate::net::Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(std::sync::Arc::clone(&interrupt)), ..Timeouts::default() };
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        std::thread::spawn(
            move || while theirs.write_all(&[b'x'; 65_000]).is_ok() && theirs.write_all(b"\r\n").is_ok() {},
        );
        let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
        let mut engine = Engine::new(Connection::new(stream, timeouts, Transcript::off()));
        let mut count = 0;
        let error = engine.rows("UIDL", u64::MAX, |_| {
            count += 1;
            if count == 100 {
                interrupt.trigger(15);
            }
        });
        assert!(matches!(error, Err(Error::Interrupted(15))), "{error:?}");
    }
}
