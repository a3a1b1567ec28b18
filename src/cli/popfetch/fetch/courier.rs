//! The thread that makes batches durable while the reader goes on reading.

use std::sync::mpsc::{Receiver, Sender};

use crate::store::ledger::Ledger;
use crate::store::{Commit, Outcome, Staged};

/// Commits what arrives until the sender is gone, and reports each batch. Deletion on the server only ever follows such
/// a report.
pub(super) fn run(
    batches: Receiver<Vec<Staged>>,
    reports: Sender<Vec<Outcome>>,
    commit: &mut dyn Commit,
    ledger: &mut Ledger,
) {
    for batch in batches {
        let outcomes = commit.commit(batch, ledger);
        if reports.send(outcomes).is_err() {
            // The reader is gone, which it says by itself; what was committed is recorded.
            return;
        }
    }
}
