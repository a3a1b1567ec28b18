//! One clock for everything that waits: a budget per phase, the deadline of the whole run, and the signal that ends both.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Phase, Result};

/// The slowest rate at which streamed data is accepted, in octets per second.
pub const MINIMUM_RATE: u64 = 500;

/// The budgets of a conversation. Cloning is cheap and shares the interrupt.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Resolving, connecting and the TLS handshake together.
    pub connect: Duration,
    /// Silence from the peer: the time from a command to its reply, and between two pieces of streamed data.
    pub silence: Duration,
    /// The least that slow commands get (greeting, PASS, UIDL, LIST), however short `silence` is.
    pub patience: Duration,
    /// When the whole run must be over.
    pub run_until: Option<Instant>,
    /// What a signal handler pulls to wake every wait.
    pub interrupt: Option<Arc<Interrupt>>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            patience: Duration::from_secs(300),
            run_until: None,
            interrupt: None,
        }
    }
}

impl Timeouts {
    /// A deadline `budget` from now, or the end of the run if that is earlier.
    pub fn deadline(&self, phase: Phase, budget: Duration) -> Deadline {
        let own = Instant::now().checked_add(budget);
        let (at, budget) = match (own, self.run_until) {
            (Some(own), Some(run)) if run < own => (Some(run), None),
            (None, run) => (run, None),
            (own, _) => (own, Some(budget)),
        };
        Deadline { at, budget, phase, interrupt: self.interrupt.clone() }
    }

    /// Fails if the whole run's time is over or a signal has come. For loops that never wait, because a peer always has
    /// more to say.
    pub fn check(&self, phase: Phase) -> Result<()> {
        self.deadline(phase, Duration::MAX).check()
    }

    /// The deadline of resolving, connecting and the handshake; pass the same value through all three.
    pub fn connecting(&self) -> Deadline {
        self.deadline(Phase::Connect, self.connect)
    }

    /// The deadline of one reply, counted from now and not from the last octet, so that a slow drip cannot extend it.
    pub fn reply(&self, phase: Phase) -> Deadline {
        self.deadline(phase, self.silence)
    }

    /// As [`Timeouts::reply`], for commands that are slow on big mailboxes.
    pub fn patient_reply(&self, phase: Phase) -> Deadline {
        self.deadline(phase, self.silence.max(self.patience))
    }
}

/// The point in time at which a wait fails, and what to say then.
#[derive(Clone, Debug)]
pub struct Deadline {
    at: Option<Instant>,
    budget: Option<Duration>,
    phase: Phase,
    interrupt: Option<Arc<Interrupt>>,
}

impl Deadline {
    /// The same point in time, for another phase of the same budget.
    pub fn in_phase(&self, phase: Phase) -> Self {
        Self { phase, ..self.clone() }
    }

    /// The same phase, at most `budget` from now.
    pub fn at_most(&self, budget: Duration) -> Self {
        match Instant::now().checked_add(budget) {
            Some(at) if self.at.is_none_or(|own| at < own) => {
                Self { at: Some(at), budget: Some(budget), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// What is being waited for.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The time left; `None` if there is no limit.
    pub fn remaining(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Fails if the time is over or a signal has come.
    pub fn check(&self) -> Result<()> {
        if let Some(signal) = self.interrupt.as_ref().and_then(|interrupt| interrupt.signal()) {
            return Err(Error::Interrupted(signal));
        }
        match self.remaining() {
            Some(Duration::ZERO) => Err(self.expired()),
            _ => Ok(()),
        }
    }

    /// The error of this deadline.
    pub fn expired(&self) -> Error {
        Error::Timeout { phase: self.phase, budget: self.budget }
    }

    /// The descriptor that becomes readable when a signal has come.
    pub(crate) fn wake(&self) -> Option<BorrowedFd<'_>> {
        self.interrupt.as_ref().map(|interrupt| interrupt.readable())
    }
}

/// The pace of streamed data: never silent for longer than the budget, and never slower than [`MINIMUM_RATE`] over the
/// time spent waiting for it. Time in which nobody was waiting, because what had come was being stored, does not count.
#[derive(Debug, Default)]
pub struct Pace {
    waited: Duration,
    octets: u64,
}

impl Pace {
    /// Starts the clock of a stream.
    pub fn start() -> Self {
        Self::default()
    }

    /// Counts data that has come.
    pub fn count(&mut self, octets: usize) {
        self.octets = self.octets.saturating_add(octets as u64);
    }

    /// How much has come.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Counts time spent waiting for data.
    pub fn waited(&mut self, time: Duration) {
        self.waited = self.waited.saturating_add(time);
    }

    /// The deadline of the next piece.
    pub fn deadline(&self, timeouts: &Timeouts, phase: Phase) -> Deadline {
        let earned = Duration::from_secs(self.octets / MINIMUM_RATE).saturating_add(timeouts.silence);
        let left = earned.saturating_sub(self.waited);
        timeouts.deadline(phase, timeouts.silence.min(left))
    }
}

/// A signal's way into every wait: a pipe that stays readable once a signal has been seen.
#[derive(Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Interrupt {
    /// Makes the pipe; both ends are close-on-exec and non-blocking.
    pub fn new() -> std::io::Result<Self> {
        let (reader, writer) = rustix::pipe::pipe()?;
        for end in [&reader, &writer] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(Self { signal: Arc::default(), reader, writer })
    }

    /// Where a signal handler stores the signal's number before it writes to [`Interrupt::writer`].
    pub fn slot(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.signal)
    }

    /// The end that a signal handler writes one octet to.
    pub fn writer(&self) -> BorrowedFd<'_> {
        self.writer.as_fd()
    }

    /// Pulls the interrupt from ordinary code.
    pub fn trigger(&self, signal: i32) {
        self.signal.store(usize::try_from(signal).unwrap_or_default(), Ordering::SeqCst);
        // A full pipe is readable already.
        let _ = rustix::io::write(&self.writer, b"!");
    }

    /// The signal that has come, if one has.
    pub fn signal(&self) -> Option<i32> {
        match self.signal.load(Ordering::SeqCst) {
            0 => None,
            signal => i32::try_from(signal).ok(),
        }
    }

    fn readable(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_ends_every_budget() {
        let timeouts = Timeouts { run_until: Some(Instant::now()), ..Timeouts::default() };
        let deadline = timeouts.reply(Phase::Greeting);
        assert!(matches!(deadline.check(), Err(Error::Timeout { phase: Phase::Greeting, budget: None })));
    }

    #[test]
    fn a_stream_earns_its_time() {
        let timeouts = Timeouts { silence: Duration::from_secs(10), ..Timeouts::default() };
        let waited = Duration::from_secs(11);
        let slow = Pace { waited, octets: 400 };
        assert!(slow.deadline(&timeouts, Phase::Data("RETR")).check().is_err());
        let steady = Pace { waited, octets: 2 * MINIMUM_RATE };
        assert!(steady.deadline(&timeouts, Phase::Data("RETR")).check().is_ok());
        let long = Pace { waited, octets: u64::MAX };
        assert!(long.deadline(&timeouts, Phase::Data("RETR")).remaining().unwrap() <= timeouts.silence);
    }

    #[test]
    fn an_interrupt_is_seen_by_every_deadline() {
        let interrupt = Arc::new(Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(Arc::clone(&interrupt)), ..Timeouts::default() };
        let deadline = timeouts.reply(Phase::Greeting);
        assert!(deadline.check().is_ok());
        interrupt.trigger(15);
        assert!(matches!(deadline.check(), Err(Error::Interrupted(15))));
    }
}
