//! From the reader to the courier and back: batches handed over, reports taken.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError, TrySendError};
use std::time::{Duration, Instant};

use super::{Broken, Delivered, Failed, Item, Naming, Reader, quiet, target_failing};
use crate::cli::popfetch::fetch::courier::Report;
use crate::error::{Error, Phase, Result, Undelivered};
use crate::pop3::{Session, Transaction};
use crate::store::{Key, Outcome, Staged};

/// A batch is committed at the latest so long after its first message, full or not.
const BATCH_AGE: Duration = Duration::from_secs(2);

/// How long a session is kept waiting for a slow target; then it is given up, and another one goes on later.
const PATIENCE_WITH_TARGET: Duration = Duration::from_secs(60);

impl Reader<'_> {
    pub(super) fn add(&mut self, item: Item, mut staged: Staged) -> Result<()> {
        if self.naming == Naming::Content {
            let count = self.seen_contents.entry(staged.key.uid.clone()).or_default();
            *count += 1;
            staged.key.ordinal = *count;
            if self.known_contents.contains(&staged.key) {
                let octets = staged.fingerprint.size;
                self.done.delivered.push(Delivered { item, key: staged.key.clone(), octets, before: true });
                return Ok(());
            }
        }
        self.batch.octets = self.batch.octets.saturating_add(staged.fingerprint.stored);
        self.batch.since.get_or_insert_with(Instant::now);
        self.batch.items.push((staged.key.clone(), item));
        self.batch.staged.push(staged);
        let full = self.batch.staged.len() >= self.limits.messages || self.batch.octets >= self.limits.octets;
        if full || self.batch.is_due() { self.hand_over() } else { Ok(()) }
    }

    /// Gives the batch to the courier; a courier that is behind is waited for, within bounds.
    pub(super) fn hand_over(&mut self) -> Result<()> {
        let patience = self.timeouts.deadline(Phase::Send, PATIENCE_WITH_TARGET);
        while let Some(to_courier) = self.to_courier.as_ref().filter(|_| !self.batch.staged.is_empty()) {
            match to_courier.try_send(std::mem::take(&mut self.batch.staged)) {
                Ok(()) => {
                    self.committing.extend(std::mem::take(&mut self.batch).items);
                    return Ok(());
                }
                Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => self.batch.staged = back,
            }
            patience.check().map_err(slow_target)?;
            self.wait_for_report()?;
        }
        Ok(())
    }

    /// Waits until everything handed over is committed. A session is not kept waiting for long.
    pub(super) fn wait_for_courier(&mut self, session: &mut Session<Transaction>) -> Result<(), Broken> {
        let patience = self.timeouts.deadline(Phase::Send, PATIENCE_WITH_TARGET);
        while !self.committing.is_empty() {
            if let Err(error) = patience.check() {
                session.note("the session is not kept waiting for the target");
                return Err(quiet(slow_target(error)));
            }
            self.wait_for_report().map_err(quiet)?;
        }
        Ok(())
    }

    /// Waits for a report, but not for long.
    pub(super) fn wait_for_report(&mut self) -> Result<()> {
        match self.from_courier.recv_timeout(Duration::from_millis(100)) {
            Ok(report) => self.take_report(report),
            Err(RecvTimeoutError::Timeout) => {}
            // It has panicked, which joining it tells.
            Err(RecvTimeoutError::Disconnected) => return Err(target_failing("the thread that stores messages died")),
        }
        Ok(())
    }

    pub(super) fn take_reports(&mut self) {
        loop {
            match self.from_courier.try_recv() {
                Ok(report) => self.take_report(report),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    pub(super) fn take_report(&mut self, Report { outcomes, last }: Report) {
        let (mut stored, mut lost) = (false, None);
        for Outcome { key, fingerprint, result } in outcomes {
            let Some(item) = self.committing.remove(&key) else { continue };
            match result {
                Ok(()) => {
                    stored = true;
                    self.done.delivered.push(Delivered { item, key, octets: fingerprint.size, before: false });
                }
                // The message is not at fault: the target or the ledger is.
                Err(
                    error @ (Error::Storage { .. }
                    | Error::Locked { .. }
                    | Error::State { .. }
                    | Error::Target { outcome: Undelivered::Blocked, .. }),
                ) => {
                    self.again.push(item);
                    lost.get_or_insert(error);
                }
                Err(error) => self.done.failed.push((item, Failed::Local(error))),
            }
        }
        let Some(error) = lost else {
            self.lost_batches = 0;
            return;
        };
        self.lost_batches = if stored { 1 } else { self.lost_batches + 1 };
        if last || self.retried || self.lost_batches > 1 {
            self.hopeless.get_or_insert(error);
        }
    }

    /// Sees everything that was staged through to its end, whatever became of the session; but what the courier has not
    /// begun with is dropped if a signal wants an end.
    pub(super) fn finish(&mut self, broken: Option<Broken>) {
        self.unconfirmed = None;
        self.stage.abort();
        if broken.as_ref().is_some_and(|broken| matches!(broken.error, Error::Interrupted(_))) {
            self.stop.store(true, Ordering::Release);
        }
        if broken.is_some() {
            self.done.broken = broken;
        }
        let Batch { staged, items, .. } = std::mem::take(&mut self.batch);
        self.committing.extend(items);
        if let Some(to_courier) = self.to_courier.take().filter(|_| !staged.is_empty()) {
            // Only fails if the courier has panicked, which joining it tells.
            let _ = to_courier.send(staged);
        }
        while let Ok(report) = self.from_courier.recv() {
            self.take_report(report);
        }
        self.done.untried += self.again.len();
        if let Some(error) = self.hopeless.take() {
            self.done.broken.get_or_insert(quiet(error));
        }
    }
}

#[derive(Default)]
pub(super) struct Batch {
    pub(super) staged: Vec<Staged>,
    items: Vec<(Key, Item)>,
    octets: u64,
    since: Option<Instant>,
}

impl Batch {
    pub(super) fn is_due(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= BATCH_AGE)
    }
}

/// The end of the patience with a target; a signal and the run's own end stay what they are.
fn slow_target(error: Error) -> Error {
    match error {
        Error::Timeout { budget: Some(_), .. } => Error::io(
            "delivering",
            std::io::Error::new(std::io::ErrorKind::TimedOut, "the target takes longer than a session can wait"),
        ),
        other => other,
    }
}
