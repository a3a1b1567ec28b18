//! Lines of any length and counted octets among them, as IMAP has them (RFC 9051 section 4.3).

use super::transcript::{Direction, grouped};
use super::{BareLf, Connection};
use crate::error::{Error, Phase, Result};
use crate::net::{Deadline, Pace};
use crate::secret::{MASK, Secret};

impl Connection {
    /// Appends the next line to `into`, without its line end. [`Error::Limit`] if that grows beyond `limit` octets.
    ///
    /// Quirk: a bare LF ends a line too, as in [`Connection::read_line`].
    pub fn read_segment(&mut self, into: &mut Vec<u8>, limit: usize, deadline: &Deadline) -> Result<()> {
        let from = into.len();
        loop {
            let buffered = self.stream.buffered();
            let end = memchr::memchr(b'\n', buffered);
            let part = buffered.get(..end.unwrap_or(buffered.len())).unwrap_or_default();
            if into.len().saturating_add(part.len()) > limit {
                return Err(Error::Limit { what: "a response", limit: limit as u64 });
            }
            into.extend_from_slice(part);
            let taken = part.len() + usize::from(end.is_some());
            self.stream.consume(taken);
            if end.is_some() {
                break;
            }
            self.fill(deadline)?;
        }
        if into.len() > from && into.last() == Some(&b'\r') {
            into.pop();
        } else if self.bare_lf == BareLf::Unseen {
            self.bare_lf = BareLf::Noted;
            self.transcript.event("the server ends its lines with a bare LF");
        }
        let line = into.get(from..).unwrap_or_default();
        self.transcript.line(Direction::Received, self.stream.tls().is_some(), line);
        Ok(())
    }

    /// Hands the next `octets` to `take` as they come. An error of `take` ends it in the middle.
    pub fn read_literal(
        &mut self,
        octets: u64,
        pace: &mut Pace,
        phase: Phase,
        take: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let tls = self.stream.tls().is_some();
        let mut left = octets;
        while left > 0 {
            let buffered = self.stream.buffered();
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let piece = buffered.get(..buffered.len().min(most)).unwrap_or_default();
            if piece.is_empty() {
                self.fill_at(pace, phase)?;
                continue;
            }
            let count = piece.len();
            if self.transcript.shows_bodies() {
                self.transcript.data(Direction::Received, tls, piece);
            }
            let taken = take(piece);
            self.stream.consume(count);
            pace.count(count);
            left = left.saturating_sub(count as u64);
            taken?;
        }
        if !self.transcript.shows_bodies() {
            self.transcript.summary(Direction::Received, tls, format!("[{} octets]", grouped(octets)));
        }
        Ok(())
    }

    /// Waits until something has come that was not read; `false` if nothing has by then.
    pub fn wait_input(&mut self, deadline: &Deadline) -> Result<bool> {
        if !self.is_drained() {
            return Ok(true);
        }
        match self.stream.fill(deadline) {
            Ok(0) => Err(Error::Closed { phase: deadline.phase(), truncated: false }),
            Ok(_) => Ok(true),
            Err(Error::Timeout { budget: Some(_), .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Queues counted octets that transcripts do not show.
    pub fn send_secret_data(&mut self, secret: &Secret) {
        self.transcript.summary(Direction::Sent, self.stream.tls().is_some(), MASK.to_owned());
        self.stream.queue(secret.expose());
    }
}
