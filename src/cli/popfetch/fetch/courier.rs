//! The thread that makes batches durable while the reader goes on reading.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use crate::error::{Error, StorageKind, Undelivered};
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
    if let Error::Target { outcome, .. } = error {
        // The target has tried again by itself; an outcome in doubt is told with the message it concerns.
        return *outcome == Undelivered::Blocked;
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;
    use crate::endpoint::Protocol;
    use crate::error::Result;
    use crate::store::fs::System;
    use crate::store::ledger::Account;
    use crate::store::{BatchLimits, Fingerprint, Journal, Key, Place, Spooled};

    /// A target in which every delivery fails.
    #[derive(Clone, Copy)]
    enum Failing {
        /// The disk is full.
        Full,
        /// Somebody has the lock.
        Locked,
        /// What became of the message is not known: its intent stays open.
        Unclear,
    }

    struct Target {
        failing: Failing,
        calls: usize,
    }

    impl Target {
        fn deliver(&mut self, staged: &Staged, journal: &mut dyn Journal) -> Result<()> {
            self.calls += 1;
            match self.failing {
                Failing::Full => {}
                Failing::Locked => return Err(Error::Locked { what: "the mbox".into() }),
                Failing::Unclear => {
                    journal.intent(&staged.key, &staged.fingerprint, &Place::Opaque { target: "x".into() })?;
                }
            }
            Err(Error::io("writing", std::io::ErrorKind::StorageFull.into()))
        }
    }

    impl Commit for Target {
        fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
            let outcome = |staged: Staged| {
                let result = self.deliver(&staged, journal);
                Outcome { key: staged.key, fingerprint: staged.fingerprint, result }
            };
            batch.into_iter().map(outcome).collect()
        }

        fn limits(&self) -> BatchLimits {
            BatchLimits { messages: 1, octets: 1 }
        }
    }

    /// Two batches of one message each: how often delivery was tried, and what each report said of the time after it.
    fn two_batches(failing: Failing, stop: bool) -> (usize, Vec<bool>) {
        let dir = tempfile::tempdir().unwrap();
        let account = Account::new(Protocol::Pop3, "ann", "h");
        let mut ledger = Ledger::open(Arc::new(System), dir.path(), &account).unwrap();
        let mut target = Target { failing, calls: 0 };
        let (to_courier, batches) = mpsc::channel();
        let (reports, from_courier) = mpsc::channel();
        for uid in [b"a", b"b"] {
            let key = Key { uid: Box::from(uid.as_slice()), ordinal: 1 };
            let fingerprint = Fingerprint::default();
            to_courier.send(vec![Staged { key, fingerprint, spooled: Spooled::Memory(Vec::new()) }]).unwrap();
        }
        drop(to_courier);
        run(batches, reports, &mut target, &mut ledger, &AtomicBool::new(stop));
        let told = from_courier.iter().inspect(|report| assert!(report.outcomes.iter().all(|o| o.result.is_err())));
        (target.calls, told.map(|report| report.last).collect())
    }

    #[test]
    fn what_may_pass_is_tried_on() {
        assert_eq!(two_batches(Failing::Full, false), (2, vec![false, false]));
    }

    #[test]
    fn a_lock_is_waited_for_once_and_an_unclear_outcome_is_left_to_the_next_run() {
        assert_eq!(two_batches(Failing::Locked, false), (1, vec![true, true]));
        assert_eq!(two_batches(Failing::Unclear, false), (1, vec![true, true]));
    }

    #[test]
    fn a_signal_drops_what_waits() {
        assert_eq!(two_batches(Failing::Full, true).0, 0);
    }
}
