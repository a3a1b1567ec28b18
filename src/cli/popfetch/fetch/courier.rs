//! The thread that makes batches durable while the reader goes on reading.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use crate::error::{Error, StorageKind};
use crate::store::ledger::{Ledger, State};
use crate::store::{Commit, Outcome, Staged};

/// What became of one batch.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) outcomes: Vec<Outcome>,
    /// Nothing more is stored in this session, and a second try is none: see [`is_final`].
    pub(super) last: bool,
}

/// Commits what arrives until the sender is gone, and reports each batch. Deletion on the server only ever follows such
/// a report. After a failure that is final, and once `stop` is set, batches are dropped instead.
pub(super) fn run(
    batches: Receiver<Vec<Staged>>,
    reports: Sender<Report>,
    commit: &mut dyn Commit,
    ledger: &mut Ledger,
    stop: &AtomicBool,
) {
    let mut last = false;
    for batch in batches {
        let outcomes = match last || stop.load(Ordering::Acquire) {
            true => dropped(batch),
            false => commit.commit(batch, ledger),
        };
        last = last || outcomes.iter().any(|outcome| is_final(outcome, ledger));
        if reports.send(Report { outcomes, last }).is_err() {
            // The reader is gone, which it says by itself; what was committed is recorded.
            return;
        }
    }
}

/// Whether trying on would be useless or wrong. A lock has been waited for; a reader that has gone does not come back; and
/// where the place of a message is not known to be empty, only the next run's look may say whether to fetch it again.
fn is_final(outcome: &Outcome, ledger: &Ledger) -> bool {
    let Err(error) = &outcome.result else { return false };
    let retriable = match error {
        Error::Storage { kind: StorageKind::Io, source, .. } => source.kind() != std::io::ErrorKind::BrokenPipe,
        Error::Storage { .. } | Error::Locked { .. } | Error::State { .. } => false,
        // The message's own failure.
        _ => true,
    };
    let is_open = || {
        let entry = ledger.history().lookup(&outcome.key.uid, outcome.key.ordinal);
        entry.is_some_and(|entry| matches!(entry.state, State::Intent { .. }))
    };
    !retriable || is_open()
}

fn dropped(batch: Vec<Staged>) -> Vec<Outcome> {
    let error = || Error::io("delivering", std::io::ErrorKind::Interrupted.into());
    let outcome = |Staged { key, fingerprint, .. }| Outcome { key, fingerprint, result: Err(error()) };
    batch.into_iter().map(outcome).collect()
}
