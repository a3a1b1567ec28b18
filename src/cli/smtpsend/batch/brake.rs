//! A signal ends a batch, but not at once: what is under way gets a moment for its verdict, which nobody would know otherwise.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, StorageKind};
use crate::net::Interrupt;

/// How long verdicts are waited for behind a signal. A second signal ends the process.
const GRACE: Duration = Duration::from_secs(5);

/// How soon a signal is seen.
const GLANCE: Duration = Duration::from_millis(50);

/// Watches for a signal until it is dropped.
pub(super) struct Brake {
    _over: Sender<()>,
}

impl Brake {
    /// Has `late` pulled some time after `signal` is.
    pub(super) fn watch<'scope>(
        scope: &'scope Scope<'scope, '_>,
        signal: &'scope Interrupt,
        late: Arc<Interrupt>,
    ) -> Result<Self> {
        let (over, is_over) = channel();
        let spawned = Builder::new().spawn_scoped(scope, move || watch(signal, &late, &is_over));
        spawned.map_err(thread_failed)?;
        Ok(Self { _over: over })
    }
}

/// A thread that the system refuses.
pub(super) fn thread_failed(source: std::io::Error) -> Error {
    Error::Storage { doing: "cannot start a thread".into(), source, kind: StorageKind::System }
}

fn watch(signal: &Interrupt, late: &Interrupt, over: &Receiver<()>) {
    let mut seen = None;
    while over.recv_timeout(GLANCE) == Err(RecvTimeoutError::Timeout) {
        let Some(number) = signal.signal() else { continue };
        let since = *seen.get_or_insert_with(Instant::now);
        if since.elapsed() >= GRACE {
            late.trigger(number);
            return;
        }
    }
}
