//! The one place that blocks: poll(2) on descriptors, the signal pipe and the deadline.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::deadline::Deadline;
use crate::error::{Error, Result};

/// What a wait is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Interest {
    /// Data or end of stream.
    Read,
    /// Room to write.
    Write,
    /// Either.
    ReadWrite,
}

impl Interest {
    fn flags(self) -> PollFlags {
        match self {
            Self::Read => PollFlags::IN,
            Self::Write => PollFlags::OUT,
            Self::ReadWrite => PollFlags::IN | PollFlags::OUT,
        }
    }
}

/// Blocks until one of the descriptors is ready (or has failed, which the next read or write will tell),
/// the deadline passes or a signal comes. Returns which were ready, in order.
pub fn wait_any(fds: &[(BorrowedFd<'_>, Interest)], deadline: &Deadline) -> Result<Vec<bool>> {
    let wake = deadline.wake();
    let mut polled: Vec<PollFd<'_>> =
        fds.iter().map(|(fd, interest)| PollFd::from_borrowed_fd(*fd, interest.flags())).collect();
    polled.extend(wake.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    loop {
        deadline.check()?;
        let left =
            deadline.remaining().map(|left| Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 }));
        match poll(&mut polled, left.as_ref()) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {
                deadline.check()?;
                let ready: Vec<bool> = polled.iter().take(fds.len()).map(|fd| !fd.revents().is_empty()).collect();
                if ready.contains(&true) {
                    return Ok(ready);
                }
            }
            Err(errno) => return Err(Error::Network { phase: deadline.phase(), source: errno.into() }),
        }
    }
}

/// [`wait_any`] on a single descriptor.
pub fn wait_one(fd: impl AsFd, interest: Interest, deadline: &Deadline) -> Result<()> {
    wait_any(&[(fd.as_fd(), interest)], deadline).map(drop)
}

/// Blocks for a time, unless the deadline passes or a signal comes.
pub fn pause(time: Duration, deadline: &Deadline) -> Result<()> {
    match wait_any(&[], &deadline.at_most(time)) {
        Err(Error::Timeout { .. }) => deadline.check(),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::error::Phase;
    use crate::net::deadline::{Interrupt, Timeouts};

    #[test]
    fn ends_at_the_deadline_or_by_a_signal() {
        let (reader, _writer) = rustix::pipe::pipe().unwrap();
        let interrupt = Arc::new(Interrupt::new().unwrap());
        let timeouts = Timeouts { interrupt: Some(Arc::clone(&interrupt)), ..Timeouts::default() };
        let deadline = timeouts.deadline(Phase::Greeting, Duration::from_millis(30));
        let started = Instant::now();
        assert!(matches!(wait_one(&reader, Interest::Read, &deadline), Err(Error::Timeout { .. })));
        assert!(started.elapsed() >= Duration::from_millis(30));

        let deadline = timeouts.deadline(Phase::Greeting, Duration::from_secs(60));
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            interrupt.trigger(2);
        });
        assert!(matches!(wait_one(&reader, Interest::Read, &deadline), Err(Error::Interrupted(2))));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
