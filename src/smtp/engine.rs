//! Commands out, replies in, matched in order: the part of a session that knows nothing of messages.

use std::collections::VecDeque;
use std::time::Duration;

use super::reply::{Assembler, Class, Reply};
use crate::error::{Error, Phase, Rejection, Result};
use crate::net::Deadline;
use crate::text::sanitize_capped;
use crate::wire::Connection;

/// How much of a reply that cannot be one a message quotes, in characters.
const QUOTED: usize = 100;

/// The reply that ends a session wherever it comes (RFC 5321 section 3.8).
const CLOSING: u16 = 421;

/// The least that a piece of a message gets to leave (RFC 5321 section 4.5.3.2.5).
const PIECE: Duration = Duration::from_secs(180);

/// How long a reply may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Patience {
    /// As long as silence may last.
    Plain,
    /// Longer, for commands that look things up.
    Patient,
    /// Twice as long as that, for the verdict on a message: giving up too soon makes duplicates (RFC 1047).
    Verdict,
}

/// A command whose reply is still to come.
#[derive(Debug)]
#[must_use = "every reply must be taken, or the next command gets it"]
pub(super) struct Ticket(u64);

#[derive(Debug)]
pub(super) struct Engine {
    pub(super) connection: Connection,
    pending: VecDeque<Pending>,
    next: u64,
    /// The first command that may not have been handed to the transport.
    pushed: u64,
    ended: Option<End>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    ticket: u64,
    verb: &'static str,
    patience: Patience,
}

/// Why nothing more may be sent.
#[derive(Debug)]
enum End {
    /// 421.
    Closing(Rejection),
    /// The peer is gone, or what is queued must not reach it.
    Dead,
}

impl Engine {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, pending: VecDeque::new(), next: 0, pushed: 0, ended: None }
    }

    /// Reads the line or lines that a server begins with; a refusal is a reply too.
    pub(super) fn greeting(&mut self) -> Result<Reply> {
        let reply = self.read_reply("greeting", Patience::Patient)?;
        match reply.code {
            220 => Ok(reply),
            _ if matches!(reply.class(), Class::Transient4 | Class::Permanent5) => Ok(reply),
            code => Err(Error::protocol(
                Phase::Greeting,
                format!("this is no SMTP server: it says \"{code} {}\"", self.told(&reply)),
            )),
        }
    }

    /// Queues a command; it is on its way at the latest when its reply is awaited.
    pub(super) fn submit(&mut self, verb: &'static str, line: &[u8], patience: Patience) -> Result<Ticket> {
        self.check_step()?;
        self.connection.send(line)?;
        Ok(self.expect(verb, patience))
    }

    /// Notes that something was sent whose reply is to come, after [`Engine::check_step`].
    pub(super) fn expect(&mut self, verb: &'static str, patience: Patience) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.pending.push_back(Pending { ticket, verb, patience });
        Ticket(ticket)
    }

    /// With no reply due, nothing may have come: what has would be taken for the answer to the next command.
    pub(super) fn check_step(&mut self) -> Result<()> {
        match &self.ended {
            Some(End::Closing(rejection)) => return Err(Error::Rejected(rejection.clone())),
            Some(End::Dead) => return Err(Error::Closed { phase: Phase::Send, truncated: false }),
            None => {}
        }
        if self.pending.is_empty() && !self.connection.is_drained() {
            return Err(self.unsolicited());
        }
        Ok(())
    }

    /// Whether no reply is due.
    pub(super) fn is_quiescent(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether nothing more may be sent.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The reply that ended the session.
    pub(super) fn closing(&self) -> Option<&Rejection> {
        match &self.ended {
            Some(End::Closing(rejection)) => Some(rejection),
            _ => None,
        }
    }

    /// From here on nothing is sent any more, not even what is queued.
    pub(super) fn kill(&mut self) {
        self.ended.get_or_insert(End::Dead);
    }

    /// Sends what is queued, as far as the peer takes it at once.
    pub(super) fn push(&mut self) -> Result<()> {
        // A reply to what has not been sent is not one, but was put there to be taken for one.
        let unsent = self.pending.front().is_some_and(|front| front.ticket >= self.pushed);
        if unsent && !self.connection.is_drained() {
            return Err(self.unsolicited());
        }
        self.pushed = self.next;
        // A broken pipe is told by the read that follows, behind what the peer said before.
        let _ = self.connection.push();
        Ok(())
    }

    /// Sends a piece of a message, all of it.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.push()?;
        let timeouts = self.connection.timeouts();
        let deadline = timeouts.deadline(Phase::Send, timeouts.silence.max(PIECE));
        self.connection.flush(&deadline)
    }

    /// Whether a reply has begun to come, without waiting for one.
    pub(super) fn poll(&mut self) -> Result<bool> {
        let verb = self.pending.front().map_or("DATA", |front| front.verb);
        self.connection.poll_line(Phase::Reply(verb))
    }

    /// Waits for the reply to a command. 421 is [`Error::Rejected`], and ends the session.
    pub(super) fn wait(&mut self, ticket: Ticket) -> Result<Reply> {
        let reply = self.wait_any(ticket)?;
        match &self.ended {
            Some(End::Closing(rejection)) => Err(Error::Rejected(rejection.clone())),
            _ => Ok(reply),
        }
    }

    /// As [`Engine::wait`], but gives the reply that ends the session as any other; see [`Engine::closing`].
    pub(super) fn wait_any(&mut self, ticket: Ticket) -> Result<Reply> {
        if self.ended.is_some() {
            self.check_step()?;
        }
        if ticket.0 >= self.pushed {
            self.push()?;
        }
        let Some(pending) = self.pending.pop_front() else {
            return Err(Error::protocol(Phase::Reply("nothing"), "a reply was awaited that no command asked for"));
        };
        debug_assert_eq!(pending.ticket, ticket.0, "replies are taken in order");
        self.reply(pending.verb, pending.patience)
    }

    /// Waits for one more reply to the last command: LMTP has one for each recipient (RFC 2033 section 4.2).
    pub(super) fn more(&mut self, verb: &'static str) -> Result<Reply> {
        self.reply(verb, Patience::Verdict)
    }

    fn reply(&mut self, verb: &'static str, patience: Patience) -> Result<Reply> {
        let reply = self.read_reply(verb, patience)?;
        if reply.code == CLOSING {
            self.ended = Some(End::Closing(reply.rejection(verb)));
            return Ok(reply);
        }
        match in_place(verb, reply.code) {
            true => Ok(reply),
            false => {
                let detail = format!("a reply out of place: \"{} {}\"", reply.code, self.told(&reply));
                Err(Error::protocol(Phase::Reply(verb), detail))
            }
        }
    }

    fn read_reply(&mut self, verb: &'static str, patience: Patience) -> Result<Reply> {
        let deadline = self.deadline(verb, patience);
        let masker = self.connection.transcript().masker().clone();
        let mut assembler = Assembler::default();
        loop {
            let line = self.connection.read_line(&deadline)?;
            // A challenge is data, and must arrive as it was sent.
            let is_challenge = verb == "AUTH" && line.starts_with(b"3");
            let line = if is_challenge { line.into() } else { masker.mask(line) };
            match assembler.push(&line) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(flaw) => {
                    let shown = sanitize_capped(&masker.mask(&line), QUOTED);
                    return Err(flaw.into_error(deadline.phase(), &shown));
                }
            }
        }
    }

    fn deadline(&self, verb: &'static str, patience: Patience) -> Deadline {
        let timeouts = self.connection.timeouts();
        let phase = if verb == "greeting" { Phase::Greeting } else { Phase::Reply(verb) };
        match patience {
            Patience::Plain => timeouts.reply(phase),
            Patience::Patient => timeouts.patient_reply(phase),
            Patience::Verdict => timeouts.deadline(phase, timeouts.silence.max(timeouts.patience.saturating_mul(2))),
        }
    }

    /// What to make of input that nothing asked for: a server that is closing says so, everything else is a trick.
    fn unsolicited(&mut self) -> Error {
        if self.connection.buffered().starts_with(b"421") {
            match self.read_reply("nothing", Patience::Plain) {
                Ok(reply) if reply.code == CLOSING => {
                    let rejection = reply.rejection("connection");
                    self.ended = Some(End::Closing(rejection.clone()));
                    return Error::Rejected(rejection);
                }
                Ok(_) => {}
                Err(error) => return error,
            }
        }
        let detail = format!("data that nothing asked for: {}", self.connection.leftovers());
        Error::protocol(Phase::Reply("nothing"), detail)
    }

    fn told(&self, reply: &Reply) -> String {
        self.connection.quote_capped(reply.text().as_bytes(), QUOTED)
    }
}

/// Whether a reply can be one to this command at all. Other codes mean what their class means (RFC 5321 section 4.3.2),
/// but these few say what they answer: out of place, replies and commands no longer match.
fn in_place(verb: &str, code: u16) -> bool {
    match code {
        334 => verb == "AUTH",
        300..400 => verb == "DATA",
        220 => matches!(verb, "STARTTLS" | "XCLIENT"),
        221 => matches!(verb, "QUIT" | ANY),
        235 => verb == "AUTH",
        200..300 => verb != "DATA",
        _ => true,
    }
}

/// The verb of commands that are not known here.
pub(super) const ANY: &str = "the command";

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::net::{Stream, Timeouts, UnixTransport};
    use crate::wire::Transcript;

    pub(in crate::smtp) fn connection() -> (Connection, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
        let second = Duration::from_secs(20);
        let timeouts = Timeouts { silence: second, patience: second, ..Timeouts::default() };
        (Connection::new(stream, timeouts, Transcript::off()), theirs)
    }

    /// An engine with NOOP sent, and a server that says this to it and closes.
    fn told(replies: &'static [u8]) -> (Engine, Ticket) {
        let (connection, mut theirs) = connection();
        let mut engine = Engine::new(connection);
        let ticket = engine.submit("NOOP", b"NOOP", Patience::Plain).unwrap();
        engine.push().unwrap();
        std::thread::spawn(move || theirs.write_all(replies));
        (engine, ticket)
    }

    fn reply(replies: &'static [u8]) -> Result<Reply> {
        let (mut engine, ticket) = told(replies);
        engine.wait(ticket)
    }

    #[test]
    fn replies_of_every_shape() {
        for good in ["250\r\n", "250 \r\n", "250-\r\n250\r\n", "250 ok\n", "251-a\r\n251-b\r\n250 c\r\n"] {
            assert_eq!(reply(good.as_bytes()).unwrap().code, 250, "{good:?}");
        }
        for bad in [
            "250-a\r\n550 b\r\n",
            "\r\n",
            "25\r\n",
            "2500 ok\r\n",
            "-1 x\r\n",
            "2 0\r\n",
            "ok\r\n",
            "99999\r\n",
            "199 x\r\n",
            "600 x\r\n",
        ] {
            assert!(matches!(reply(bad.as_bytes()), Err(Error::Protocol { .. })), "{bad:?}");
        }
    }

    #[test]
    fn replies_out_of_place_are_refused() {
        for bad in ["354 go\r\n", "334 x\r\n", "221 bye\r\n", "220 hello\r\n", "235 in\r\n"] {
            assert!(matches!(reply(bad.as_bytes()), Err(Error::Protocol { .. })), "{bad:?}");
        }
    }

    #[test]
    fn no_reply_that_is_quoted_shows_a_secret() {
        for (verb, said) in [
            ("AUTH", "354 hunter22\r\n"),
            ("AUTH", "3hunter22\r\n"),
            ("AUTH", "334-x\r\n535 hunter22\r\n"),
            ("MAIL", "354 hunter22\r\n"),
            ("MAIL", "334 aHVudGVyMjI=\r\n"),
            ("MAIL", "3 hunter22\r\n"),
        ] {
            let (connection, mut theirs) = connection();
            let mut engine = Engine::new(connection);
            engine.connection.hide(&crate::secret::Secret::new("hunter22"));
            let ticket = engine.submit(verb, b"NOOP", Patience::Plain).unwrap();
            engine.push().unwrap();
            theirs.write_all(said.as_bytes()).unwrap();
            let error = engine.wait(ticket).unwrap_err();
            let text = error.to_string();
            assert!(matches!(error, Error::Protocol { .. }), "{text}");
            assert!(!text.contains("hunter22") && !text.contains("aHVudGVyMjI"), "{verb} {said:?}: {text}");
        }
        // What is shown as a result is no challenge either.
        let (connection, mut theirs) = connection();
        let mut engine = Engine::new(connection);
        engine.connection.hide(&crate::secret::Secret::new("hunter22"));
        let ticket = engine.submit("DATA", b"DATA", Patience::Plain).unwrap();
        engine.push().unwrap();
        theirs.write_all(b"354 hunter22\r\n").unwrap();
        assert!(!engine.wait(ticket).unwrap().text().contains("hunter22"));
    }

    #[test]
    fn replies_are_bounded() {
        for line in [&b"250-x\r\n"[..], &[b'2'; 8192], b"250-\r\n"] {
            let (connection, mut theirs) = connection();
            std::thread::spawn(move || while theirs.write_all(line).is_ok() {});
            let error = Engine::new(connection).greeting().unwrap_err();
            assert!(matches!(error, Error::Limit { .. }), "{error}");
        }
        let long: Vec<u8> = [b"250-".as_slice(), &[b'x'; 10_000], b"\r\n"].concat();
        let (connection, mut theirs) = connection();
        std::thread::spawn(move || while theirs.write_all(&long).is_ok() {});
        let error = Engine::new(connection).greeting().unwrap_err();
        assert!(matches!(error, Error::Limit { what: "a reply", .. }), "{error}");
    }

    #[test]
    fn closing_ends_everything() {
        let (mut engine, ticket) = told(b"421 4.3.2 going down\r\n");
        let Err(Error::Rejected(rejection)) = engine.wait(ticket) else { unreachable!() };
        assert!(rejection.transient);
        assert_eq!(rejection.code.as_deref(), Some("421"));
        assert!(matches!(engine.submit("NOOP", b"NOOP", Patience::Plain), Err(Error::Rejected(_))));
    }

    #[test]
    fn what_nothing_asked_for_ends_the_session() {
        for (said, polite) in [("250 spurious\r\n", false), ("421 4.4.2 idle\r\n", true), ("4", false)] {
            let (connection, mut theirs) = connection();
            theirs.write_all(b"220 hello\r\n").unwrap();
            theirs.write_all(said.as_bytes()).unwrap();
            let mut engine = Engine::new(connection);
            engine.greeting().unwrap();
            let error = engine.submit("EHLO", b"EHLO x", Patience::Plain).unwrap_err();
            assert_eq!(matches!(error, Error::Rejected(_)), polite, "{error}");
            assert_eq!(matches!(error, Error::Protocol { .. }), !polite, "{error}");
        }
    }

    #[test]
    fn a_reply_ahead_of_its_command_is_none() {
        let (connection, mut theirs) = connection();
        let mut engine = Engine::new(connection);
        let first = engine.submit("NOOP", b"NOOP", Patience::Plain).unwrap();
        engine.push().unwrap();
        theirs.write_all(b"250 one\r\n250 two\r\n").unwrap();
        let second = engine.submit("NOOP", b"NOOP", Patience::Plain).unwrap();
        engine.wait(first).unwrap();
        assert!(matches!(engine.wait(second), Err(Error::Protocol { .. })));
    }
}
