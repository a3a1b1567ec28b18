//! IDLE (RFC 2177) and NOTIFY (RFC 5465): the server tells what happens when it happens.

use std::time::{Duration, Instant};

use super::{Authenticated, Session};
use crate::error::{Error, Phase, Result};
use crate::imap::command::Command;
use crate::imap::engine::{Continued, Heard};
use crate::imap::mailbox::Mailbox;
use crate::imap::receiver::Receiver;

/// Whether to go on listening.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Listen {
    /// Yes, for so long.
    For(Duration),
    /// No: something is to be done.
    Enough,
    /// No: the connection cannot be alive any more.
    Lost,
}

impl Session<Authenticated> {
    /// IDLE for at most `most`: what comes goes to `receiver`. At first, after each response and after each silence `go_on` is
    /// asked how long to listen; DONE ends it.
    pub fn idle(
        &mut self,
        most: Duration,
        receiver: &mut dyn Receiver,
        go_on: &mut dyn FnMut(Heard) -> Listen,
    ) -> Result<()> {
        let until = Instant::now().checked_add(most);
        let ticket = self.engine.submit(&Command::new("IDLE"), receiver)?;
        if matches!(self.engine.continuation(&ticket, receiver)?, Continued::Text(_)) {
            let mut heard = Heard::Response;
            while let Some(time) = self.wanted(until, go_on(heard))? {
                if self.engine.is_settled(&ticket) {
                    break;
                }
                heard = self.engine.listen(time, receiver)?;
            }
            if !self.engine.is_settled(&ticket) {
                self.engine.connection.send(b"DONE")?;
            }
        }
        self.engine.wait(ticket, receiver).map(drop)
    }

    /// Listens without any command, as NOTIFY (RFC 5465) lets one: as [`Session::idle`] does otherwise.
    pub fn listen(
        &mut self,
        most: Duration,
        receiver: &mut dyn Receiver,
        go_on: &mut dyn FnMut(Heard) -> Listen,
    ) -> Result<()> {
        let until = Instant::now().checked_add(most);
        let mut heard = Heard::Response;
        while let Some(time) = self.wanted(until, go_on(heard))? {
            heard = self.engine.listen(time, receiver)?;
        }
        Ok(())
    }

    /// NOTIFY SET for these mailboxes, none of which is open: their STATUS first, and then again whenever messages come or go or
    /// flags change (RFC 5465 sections 3.1 and 5). The server must offer it.
    pub fn notify(&mut self, mailboxes: &[Mailbox], receiver: &mut dyn Receiver) -> Result<()> {
        let command = |events: &str| {
            let begun = Command::new("NOTIFY").word("SET").word("STATUS").word("(mailboxes");
            let named = match mailboxes {
                [one] => begun.mailbox(one),
                several => {
                    let mut command = begun.word("(");
                    for (at, mailbox) in several.iter().enumerate() {
                        command = if at == 0 { command.bare_mailbox(mailbox) } else { command.mailbox(mailbox) };
                    }
                    command.raw(")")
                }
            };
            named.word(format!("({events})")).raw(")")
        };
        match self.engine.run(&command("MessageNew MessageExpunge FlagChange"), receiver) {
            // Flags of mailboxes that are not open are more than some servers watch.
            Err(Error::Rejected(rejection)) if rejection.code.as_deref() == Some("BADEVENT") => {
                self.engine.run(&command("MessageNew MessageExpunge"), receiver).map(drop)
            }
            other => other.map(drop),
        }
    }

    /// How long to listen next; `None` for no longer.
    fn wanted(&mut self, until: Option<Instant>, listen: Listen) -> Result<Option<Duration>> {
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        match listen {
            Listen::Lost => {
                self.engine.kill();
                Err(Error::Closed { phase: Phase::Reply("IDLE"), truncated: false })
            }
            Listen::For(time) if !left.is_zero() => Ok(Some(time.min(left))),
            _ => Ok(None),
        }
    }
}
