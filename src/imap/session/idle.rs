//! IDLE (RFC 2177): the server tells what happens when it happens.

use std::time::{Duration, Instant};

use super::{Authenticated, Session};
use crate::error::Result;
use crate::imap::command::Command;
use crate::imap::engine::{Continued, Heard};
use crate::imap::receiver::Receiver;

/// Whether to go on listening.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Listen {
    /// Yes.
    On,
    /// No: something is to be done.
    Enough,
}

impl Session<Authenticated> {
    /// IDLE for at most `most`: what comes goes to `receiver`. After each response, and after each `slice` of silence, `go_on` is
    /// asked; DONE ends it then.
    pub fn idle(
        &mut self,
        most: Duration,
        slice: Duration,
        receiver: &mut dyn Receiver,
        go_on: &mut dyn FnMut(Heard) -> Listen,
    ) -> Result<()> {
        let until = Instant::now() + most;
        let ticket = self.engine.submit(&Command::new("IDLE"), receiver)?;
        if matches!(self.engine.continuation(&ticket, receiver)?, Continued::Text(_)) {
            loop {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() || self.engine.is_settled(&ticket) {
                    break;
                }
                let heard = self.engine.listen(left.min(slice), receiver)?;
                if go_on(heard) == Listen::Enough {
                    break;
                }
            }
            if !self.engine.is_settled(&ticket) {
                self.engine.connection.send(b"DONE")?;
            }
        }
        self.engine.wait(ticket, receiver).map(drop)
    }

    /// Listens without any command, as NOTIFY (RFC 5465) lets one: until `go_on` says enough or `most` is over.
    pub fn listen(
        &mut self,
        most: Duration,
        slice: Duration,
        receiver: &mut dyn Receiver,
        go_on: &mut dyn FnMut(Heard) -> Listen,
    ) -> Result<()> {
        let until = Instant::now() + most;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let heard = self.engine.listen(left.min(slice), receiver)?;
            if go_on(heard) == Listen::Enough {
                return Ok(());
            }
        }
    }
}
