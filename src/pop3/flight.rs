//! Many RETR, TOP or DELE on their way at once: a window of commands and of listed octets (RFC 2449 section 6.6).

use std::collections::VecDeque;

use super::command::{Command, Shape};
use super::engine::Ticket;
use super::listing::MessageNumber;
use super::session::{Session, Transaction};
use crate::error::{Error, Phase, Rejection, Result};
use crate::net::Pace;
use crate::wire::{DotDecoder, LineEnd, Step};

/// How far to run ahead of the server's replies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pipelining {
    /// One command at a time.
    Off,
    /// As far as the path holds, if the server offers PIPELINING.
    #[default]
    Auto,
    /// At most so many commands, if the server offers PIPELINING.
    AtMost(u32),
}

/// The window grows up to this.
const MAX_COMMANDS: usize = 4_096;
const MAX_OCTETS: u64 = 16 * 1024 * 1024;

/// What it starts with: enough for the first round trip on a fast path, little enough that a stop wastes no more.
const FIRST_COMMANDS: usize = 1_024;
const FIRST_OCTETS: u64 = 8 * 1024 * 1024;

/// How much may be on its way.
#[derive(Debug)]
struct Window {
    commands: usize,
    octets: u64,
    most_commands: usize,
    used_commands: usize,
    used_octets: u64,
    finished_commands: usize,
    finished_octets: u64,
}

impl Window {
    fn new(most_commands: usize) -> Self {
        Self {
            commands: FIRST_COMMANDS.min(most_commands),
            octets: FIRST_OCTETS,
            most_commands,
            used_commands: 0,
            used_octets: 0,
            finished_commands: 0,
            finished_octets: 0,
        }
    }

    /// One command is always admitted, however big its message.
    fn admits(&self, octets: u64) -> bool {
        self.used_commands == 0
            || (self.used_commands < self.commands && self.used_octets.saturating_add(octets) <= self.octets)
    }

    /// Half empty: worth another write.
    fn wants_refill(&self) -> bool {
        self.used_commands <= self.commands / 2 && self.used_octets <= self.octets / 2
    }

    fn take(&mut self, octets: u64) {
        self.used_commands += 1;
        self.used_octets = self.used_octets.saturating_add(octets);
    }

    /// Gives room back. A window that has gone through once without harm is doubled, up to the limits, so that it
    /// reaches the bandwidth-delay product within a few round trips.
    fn give_back(&mut self, octets: u64) {
        self.used_commands = self.used_commands.saturating_sub(1);
        self.used_octets = self.used_octets.saturating_sub(octets);
        self.finished_commands += 1;
        self.finished_octets = self.finished_octets.saturating_add(octets);
        if self.finished_commands >= self.commands || self.finished_octets >= self.octets {
            self.commands = self.commands.saturating_mul(2).min(self.most_commands);
            self.octets = self.octets.saturating_mul(2).min(MAX_OCTETS);
            (self.finished_commands, self.finished_octets) = (0, 0);
        }
    }
}

/// Commands for single messages, in flight together. Dropping it with replies outstanding leaves the session fit only
/// for [`Session::abandon`].
#[derive(Debug)]
pub struct Flight<'s> {
    session: &'s mut Session<Transaction>,
    window: Window,
    queue: VecDeque<Request>,
    reading: Option<Reading>,
}

#[derive(Debug)]
struct Request {
    ticket: Ticket,
    number: MessageNumber,
    octets: u64,
    verb: &'static str,
    shape: Shape,
}

#[derive(Debug)]
struct Reading {
    decoder: DotDecoder,
    pace: Pace,
    octets: u64,
    verb: &'static str,
}

/// The reply to one command of a flight.
#[derive(Debug)]
pub struct Reply {
    /// The message it concerned.
    pub number: MessageNumber,
    /// Accepted; after RETR and TOP the data follows through [`Flight::read`].
    pub result: std::result::Result<(), Rejection>,
}

impl<'s> Flight<'s> {
    pub(super) fn new(session: &'s mut Session<Transaction>, pipelining: Pipelining) -> Self {
        let most = match pipelining {
            _ if !session.can_pipeline() => 1,
            Pipelining::Off => 1,
            Pipelining::Auto => MAX_COMMANDS,
            Pipelining::AtMost(most) => usize::try_from(most).unwrap_or(MAX_COMMANDS).clamp(1, MAX_COMMANDS),
        };
        Self { session, window: Window::new(most), queue: VecDeque::new(), reading: None }
    }

    /// Whether enough of the window is free to be worth another write.
    pub fn wants_refill(&self) -> bool {
        self.window.wants_refill()
    }

    /// Whether a command whose reply is about `octets` long fits the window.
    pub fn has_room(&self, octets: u64) -> bool {
        self.window.admits(octets)
    }

    /// How many replies are outstanding.
    pub fn outstanding(&self) -> usize {
        self.queue.len()
    }

    /// Queues RETR.
    pub fn retr(&mut self, number: MessageNumber, octets: u64) -> Result<()> {
        self.request(Command::Retr(number), number, octets)
    }

    /// Queues TOP for the header and so many lines.
    pub fn top(&mut self, number: MessageNumber, lines: u32, octets: u64) -> Result<()> {
        self.request(Command::Top(number, lines), number, octets)
    }

    /// Queues DELE.
    pub fn dele(&mut self, number: MessageNumber) -> Result<()> {
        self.request(Command::Dele(number), number, 0)
    }

    /// Sends what is queued, in one write.
    pub fn push(&mut self) -> Result<()> {
        self.session.engine.connection.push()
    }

    /// Waits for the next reply, in the order of the commands; `None` if none is outstanding.
    pub fn reply(&mut self) -> Result<Option<Reply>> {
        if self.reading.is_some() {
            return Err(Error::protocol(Phase::Reply("RETR"), "the data before it was not read to its end"));
        }
        let Some(request) = self.queue.pop_front() else { return Ok(None) };
        let Request { ticket, number, octets, verb, shape } = request;
        let result = match self.session.engine.wait(ticket) {
            Ok(()) => Ok(()),
            Err(Error::Rejected(rejection)) => Err(rejection),
            Err(error) => return Err(error),
        };
        match (shape, &result) {
            (Shape::Data, Ok(())) => {
                self.reading = Some(Reading { decoder: DotDecoder::default(), pace: Pace::start(), octets, verb });
            }
            _ => self.window.give_back(octets),
        }
        Ok(Some(Reply { number, result }))
    }

    /// Appends the next piece of the data that follows a reply. [`Step::Done`] ends it; a connection that ends first
    /// is an error, and what was read is no message.
    pub fn read(&mut self, line_end: LineEnd, out: &mut Vec<u8>) -> Result<Step> {
        let Some(reading) = &mut self.reading else { return Ok(Step::Done) };
        let phase = Phase::Data(reading.verb);
        let step =
            self.session.engine.connection.read_data(&mut reading.decoder, line_end, out, &mut reading.pace, phase)?;
        if step == Step::Done {
            self.window.give_back(reading.octets);
        }
        Ok(step)
    }

    /// After [`Step::Done`]: how many octets the data had, line ends counted as CRLF. Must be called before the next
    /// [`Flight::reply`].
    pub fn finish(&mut self) -> u64 {
        self.reading.take().map_or(0, |reading| reading.decoder.octets())
    }

    /// How many octets of the data have come so far.
    pub fn octets(&self) -> u64 {
        self.reading.as_ref().map_or(0, |reading| reading.decoder.octets())
    }

    /// Fails if something has come that nothing asked for; to be called when no reply is outstanding.
    pub fn check_step(&mut self) -> Result<()> {
        self.session.engine.check_step()
    }

    /// Asks for a sign of life, to be sure that the server is in step; to be called when no reply is outstanding.
    pub fn noop(&mut self) -> Result<()> {
        self.session.noop()
    }

    fn request(&mut self, command: Command<'_>, number: MessageNumber, octets: u64) -> Result<()> {
        let ticket = self.session.engine.submit(command)?;
        self.window.take(octets);
        self.queue.push_back(Request { ticket, number, octets, verb: command.verb(), shape: command.shape() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_bounded_by_both_and_grows() {
        let mut window = Window::new(MAX_COMMANDS);
        assert!(window.admits(u64::MAX), "one is always admitted");
        window.take(FIRST_OCTETS);
        assert!(!window.admits(1));
        window.give_back(FIRST_OCTETS);
        assert_eq!(window.octets, 2 * FIRST_OCTETS);
        for _ in 0..10 * MAX_COMMANDS {
            window.take(1);
            window.give_back(1);
        }
        assert_eq!((window.commands, window.octets), (MAX_COMMANDS, MAX_OCTETS));
        let mut sent = 0;
        while window.admits(0) {
            window.take(0);
            sent += 1;
        }
        assert_eq!(sent, MAX_COMMANDS);
    }

    #[test]
    fn lock_step_is_a_window_of_one() {
        let mut window = Window::new(1);
        window.take(0);
        assert!(!window.admits(0) && !window.wants_refill());
        window.give_back(0);
        assert!(window.admits(5) && window.wants_refill());
        assert_eq!(window.commands, 1);
    }
}
