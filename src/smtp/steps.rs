//! Single steps of a session, each with its reply, for those who look at a server: nothing runs ahead here.

use super::command;
use super::content::Content;
use super::engine::{ANY, Patience, Ticket};
use super::envelope::{Envelope, Recipient};
use super::outbox::upload::{Body, Framing};
use super::reply::{Class, Reply};
use super::session::{Dialect, END_OF_DATA, Session};
use crate::error::{Error, Phase, Result};

impl Session {
    /// Sends a command of one line as it is: VRFY, EXPN, HELP, NOOP, ETRN or whatever else. Refusals are replies too.
    ///
    /// Fails with [`Error::InvalidInput`], without sending anything, on a line that cannot be sent, and as
    /// [`Session::check_verb`] does.
    pub fn verb(&mut self, line: &[u8]) -> Result<Reply> {
        Self::check_verb(line)?;
        self.command(ANY, line, Patience::Patient)
    }

    /// Fails with [`Error::InvalidInput`] on a command that changes the connection itself.
    pub fn check_verb(line: &[u8]) -> Result<()> {
        let word = line.trim_ascii().split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
        for barred in ["STARTTLS", "AUTH", "DATA", "BDAT"] {
            if word.eq_ignore_ascii_case(barred.as_bytes()) {
                return Err(Error::InvalidInput(format!("{barred} is not sent by hand: it changes what follows it")));
            }
        }
        Ok(())
    }

    /// MAIL, on its own. What the envelope and the content need is checked first; what the server lacks is
    /// [`Error::Unsupported`] and nothing is sent. A refusal is a reply too.
    pub fn mail(&mut self, envelope: &Envelope, content: &dyn Content) -> Result<Reply> {
        let declared = self.check(envelope, content)?;
        let line = command::mail_from(envelope, &declared)?;
        self.transactions += 1;
        self.accepted = 0;
        self.declared = declared;
        self.command("MAIL", line.as_bytes(), Patience::Patient)
    }

    /// RCPT, on its own. A refusal is a reply too.
    pub fn rcpt(&mut self, recipient: &Recipient) -> Result<Reply> {
        let line = command::rcpt_to(recipient, &self.declared)?;
        let reply = self.command("RCPT", line.as_bytes(), Patience::Patient)?;
        self.accepted += usize::from(reply.is_positive());
        Ok(reply)
    }

    /// DATA, on its own: after 354 comes [`Session::body`]. A refusal is a reply too.
    pub fn data(&mut self) -> Result<Reply> {
        let reply = self.command("DATA", b"DATA", Patience::Patient)?;
        self.taking_data = reply.class() == Class::Intermediate3;
        Ok(reply)
    }

    /// Sends the message after [`Session::data`] was answered with 354, and reads the verdict: in LMTP one for each
    /// accepted recipient.
    pub fn body(&mut self, content: &dyn Content) -> Result<Vec<Reply>> {
        let result = self.send_body(content);
        if result.is_err() {
            // What is left in the queue would end the message.
            self.engine.kill();
        }
        result
    }

    /// Whether the server waits for the message, or for the rest of it: without its end, nobody gets it.
    pub fn is_taking_data(&self) -> bool {
        self.taking_data
    }

    /// RSET: forgets the transaction. A refusal is a reply too.
    pub fn reset(&mut self) -> Result<Reply> {
        self.accepted = 0;
        self.command("RSET", b"RSET", Patience::Plain)
    }

    fn send_body(&mut self, content: &dyn Content) -> Result<Vec<Reply>> {
        self.engine.check_step()?;
        let mut body = Body::open(content, Framing::Dots)?;
        let ticket = self.engine.expect(END_OF_DATA, Patience::Verdict);
        while let Some(piece) = body.next()? {
            self.engine.connection.send_data(piece);
            let sent = self.engine.flush();
            if sent.is_err() || body.left() > 0 {
                // A refusal explains more than the broken pipe behind it.
                if matches!(self.engine.poll(), Ok(true)) {
                    return self.refused_early(ticket).map(|refusal| vec![refusal]);
                }
                sent?;
            }
        }
        self.engine.connection.note_sent(content.size());
        self.taking_data = false;
        let mut replies = vec![self.engine.wait(ticket)?];
        if self.dialect == Dialect::Lmtp {
            for _ in 1..self.accepted {
                replies.push(self.engine.more(END_OF_DATA)?);
            }
        }
        self.accepted = 0;
        Ok(replies)
    }

    /// What the server says before it has all of the message can only be a refusal, and the rest is not sent.
    fn refused_early(&mut self, ticket: Ticket) -> Result<Reply> {
        let reply = self.engine.wait(ticket)?;
        self.engine.kill();
        match reply.is_positive() {
            true => Err(Error::protocol(Phase::Reply(END_OF_DATA), "the message was accepted before its end")),
            false => Ok(reply),
        }
    }
}
