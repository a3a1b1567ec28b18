//! What follows what: the order of a session's commands, without anything being read, written or sent.

use super::command::{Command, Mail, parse};
use super::reply::Reply;
use crate::smtp::{Envelope, Parameters, Recipient};

/// What EHLO offers. A message may be larger than the server in the end takes: then it is refused once it is there.
const OFFERED: [&str; 6] = ["PIPELINING", "8BITMIME", "SIZE", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8"];

/// The most recipients of a message; RFC 5321 section 4.5.3.1.8 wants 100.
const MAX_RECIPIENTS: usize = 10_000;

/// Who says this many things that make no sense speaks something else.
const MAX_REFUSALS: u32 = 100;

/// A session. A client need not greet: sendmail did not ask for it either.
#[derive(Debug)]
pub(super) struct Session {
    name: String,
    transaction: Option<(Mail, Vec<Recipient>)>,
    refusals: u32,
}

/// What comes of a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// This is said.
    Say(Reply),
    /// This is said, and the message follows.
    Take(Reply),
    /// This is said, and it is over.
    End(Reply),
}

impl Session {
    /// A session with a server of this name, before it greets.
    pub(super) fn new(name: String) -> Self {
        Self { name, transaction: None, refusals: 0 }
    }

    /// The first line.
    pub(super) fn greeting(&self) -> Reply {
        Reply::plain(220, [format!("{} ESMTP smtpsend", self.name).as_str()])
    }

    /// Obeys a line, without its end.
    pub(super) fn hear(&mut self, line: &[u8]) -> Next {
        let next = parse(line).map_or_else(Next::Say, |command| self.obey(command));
        self.count(next)
    }

    /// A line that was too long to be read.
    pub(super) fn hear_too_much(&mut self) -> Next {
        self.count(Next::Say(Reply::new(500, "5.5.6", "the line is too long")))
    }

    /// The envelope of the message that follows [`Next::Take`]; the transaction is over with that.
    pub(super) fn envelope(&mut self) -> Envelope {
        let (mail, recipients) = self.transaction.take().unwrap_or_default();
        let parameters = Parameters { ret: mail.ret, envid: mail.envid, ..Parameters::default() };
        Envelope { sender: mail.sender, recipients, parameters }
    }

    fn obey(&mut self, command: Command) -> Next {
        Next::Say(match command {
            Command::Ehlo => {
                self.transaction = None;
                let name = [self.name.as_str()];
                Reply::plain(250, name.into_iter().chain(OFFERED))
            }
            Command::Helo => {
                self.transaction = None;
                Reply::plain(250, [self.name.as_str()])
            }
            Command::Mail(_) if self.transaction.is_some() => Reply::new(503, "5.5.1", "MAIL was said already"),
            Command::Mail(mail) if !mail.utf8 && mail.sender.iter().any(|sender| !sender.to_string().is_ascii()) => {
                needs_utf8()
            }
            Command::Mail(mail) => {
                self.transaction = Some((mail, Vec::new()));
                Reply::new(250, "2.1.0", "ok")
            }
            Command::Rcpt(recipient) => self.add(recipient),
            Command::Data => match &self.transaction {
                None => Reply::new(503, "5.5.1", "MAIL comes first"),
                Some((_, recipients)) if recipients.is_empty() => Reply::new(554, "5.5.1", "no valid recipients"),
                Some(_) => return Next::Take(Reply::plain(354, ["end the message with a line of one dot"])),
            },
            Command::Reset => {
                self.transaction = None;
                Reply::new(250, "2.0.0", "ok")
            }
            Command::Nothing => Reply::new(250, "2.0.0", "ok"),
            Command::Verify => Reply::new(252, "2.1.5", "send a message and see"),
            Command::Help => Reply::new(214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT"),
            Command::Quit => return Next::End(Reply::new(221, "2.0.0", "bye")),
        })
    }

    fn add(&mut self, recipient: Recipient) -> Reply {
        match &mut self.transaction {
            None => Reply::new(503, "5.5.1", "MAIL comes first"),
            Some((mail, _)) if !mail.utf8 && !recipient.address.to_string().is_ascii() => needs_utf8(),
            Some((_, recipients)) if recipients.len() >= MAX_RECIPIENTS => {
                Reply::new(452, "4.5.3", "too many recipients")
            }
            Some((_, recipients)) => {
                recipients.push(recipient);
                Reply::new(250, "2.1.5", "ok")
            }
        }
    }

    fn count(&mut self, next: Next) -> Next {
        match &next {
            Next::Say(reply) if reply.is_refusal() => self.refusals += 1,
            _ => {}
        }
        match self.refusals {
            MAX_REFUSALS.. => Next::End(Reply::new(421, "4.7.0", "too many errors")),
            _ => next,
        }
    }
}

fn needs_utf8() -> Reply {
    Reply::new(553, "5.6.7", "this address needs SMTPUTF8 behind MAIL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::new("h.example".into())
    }

    fn code(session: &mut Session, line: &str) -> u16 {
        match session.hear(line.as_bytes()) {
            Next::Say(reply) | Next::Take(reply) | Next::End(reply) => reply.code(),
        }
    }

    fn codes(lines: &[(&str, u16)]) {
        let mut session = session();
        for (line, expected) in lines {
            assert_eq!(code(&mut session, line), *expected, "{line}");
        }
    }

    #[test]
    fn what_symfony_mailer_says() {
        let mut session = session();
        assert_eq!(session.greeting().to_string(), "220 h.example ESMTP smtpsend\r\n");
        let Next::Say(offer) = session.hear(b"EHLO [127.0.0.1]") else { panic!() };
        assert_eq!(
            offer.to_string(),
            "250-h.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n\
             250 SMTPUTF8\r\n"
        );
        assert_eq!(code(&mut session, "MAIL FROM:<app@example.org>"), 250);
        assert_eq!(code(&mut session, "RCPT TO:<ann@example.net>"), 250);
        assert!(matches!(session.hear(b"DATA"), Next::Take(_)));
        let envelope = session.envelope();
        assert_eq!(envelope.recipients.len(), 1);
        assert_eq!(envelope.sender.unwrap().to_string(), "app@example.org");
        assert_eq!(code(&mut session, "NOOP"), 250);
        assert_eq!(code(&mut session, "RSET"), 250);
        assert!(matches!(session.hear(b"QUIT"), Next::End(reply) if reply.code() == 221));
    }

    #[test]
    fn the_order_of_commands() {
        codes(&[("RCPT TO:<a@b.example>", 503), ("DATA", 503), ("MAIL FROM:<>", 250), ("DATA", 554)]);
        codes(&[("HELO x", 250), ("MAIL FROM:<>", 250), ("MAIL FROM:<>", 503), ("RCPT TO:<a@b.example>", 250)]);
        codes(&[("MAIL FROM:<>", 250), ("RSET", 250), ("RCPT TO:<a@b.example>", 503)]);
        codes(&[("MAIL FROM:<>", 250), ("EHLO x", 250), ("RCPT TO:<a@b.example>", 503)]);
        // A recipient that is wrong leaves the others.
        codes(&[("MAIL FROM:<>", 250), ("RCPT TO:<a@b.example>", 250), ("RCPT TO:<@>", 501), ("DATA", 354)]);
        codes(&[("VRFY ann", 252), ("HELP", 214), ("NOOP x", 250), ("EXPN x", 502), ("x", 500)]);
    }

    #[test]
    fn addresses_beyond_ascii_are_announced() {
        codes(&[("MAIL FROM:<jö@b.example>", 553), ("MAIL FROM:<a@b.example>", 250), ("RCPT TO:<jö@b.example>", 553)]);
        codes(&[("MAIL FROM:<jö@b.example> SMTPUTF8", 250), ("RCPT TO:<jö@bücher.example>", 250), ("DATA", 354)]);
    }

    #[test]
    fn nonsense_ends() {
        let mut session = session();
        for _ in 1..MAX_REFUSALS {
            assert_eq!(code(&mut session, "GET / HTTP/1.1"), 500);
        }
        assert!(matches!(session.hear_too_much(), Next::End(reply) if reply.code() == 421));
    }
}
