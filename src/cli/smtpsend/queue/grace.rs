//! The end of a run that a signal asked for.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::smtpsend::job::Job;
use crate::error::{Error, Result};
use crate::net::Interrupt;

/// How long the mails in hand have for their last replies after a signal.
const GRACE: Duration = Duration::from_secs(10);

/// What breaks conversations off after a signal: not at once, so that the mails in hand get their verdicts.
pub(super) struct Grace {
    pub(super) interrupt: Arc<Interrupt>,
}

impl Grace {
    pub(super) fn new() -> Result<Self> {
        let interrupt = Interrupt::new().map_err(|error| Error::io("preparing for signals", error))?;
        Ok(Self { interrupt: Arc::new(interrupt) })
    }

    /// Does something, which has some time left when a signal comes.
    pub(super) fn watch<T>(&self, job: &Job<'_>, work: impl FnOnce() -> T) -> T {
        const TICK: Duration = Duration::from_millis(50);
        let (done, is_done) = channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut since = None;
                while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    let Some(signal) = job.signal() else { continue };
                    if since.get_or_insert_with(Instant::now).elapsed() >= GRACE {
                        self.interrupt.trigger(signal);
                        return;
                    }
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}
