//! A batch on its way: what is still to be sent, and what became of the rest, in step with the journal.

use std::collections::VecDeque;
use std::sync::Arc;

use super::letter::Letter;
use crate::error::{Error, Result};
use crate::store::batch;
use crate::store::spool::Source;
use crate::store::{Fingerprint, Journal, Key, Outcome, Place, Staged};

/// The messages of a batch.
pub(super) struct Load {
    parcels: Vec<Parcel>,
    /// Why nothing that has been recorded since the last sync can be relied on.
    broken: Option<Error>,
}

struct Parcel {
    key: Key,
    fingerprint: Fingerprint,
    /// `None` once there is a result.
    letter: Option<Arc<Letter>>,
    result: Option<Result<()>>,
    /// It was refused together with others.
    alone: bool,
}

impl Load {
    pub(super) fn new(batch: Vec<Staged>, place: &str) -> Self {
        let parcel = |staged: Staged| match Source::new(staged) {
            Ok((key, fingerprint, source)) => match Letter::new(source) {
                Ok(letter) => Parcel { key, fingerprint, letter: Some(Arc::new(letter)), result: None, alone: false },
                Err(error) => Parcel { key, fingerprint, letter: None, result: Some(Err(error)), alone: false },
            },
            Err(staged) => {
                let Outcome { key, fingerprint, result } = batch::misplaced(staged, place);
                Parcel { key, fingerprint, letter: None, result: Some(result), alone: false }
            }
        };
        Self { parcels: batch.into_iter().map(parcel).collect(), broken: None }
    }

    /// Records, durably, that what is to be sent may from now on be there.
    pub(super) fn intend(&mut self, place: &str, journal: &mut dyn Journal) -> Result<()> {
        let place = Place::Opaque { target: place.to_owned() };
        for Parcel { key, fingerprint, .. } in self.parcels.iter().filter(|parcel| parcel.result.is_none()) {
            journal.intent(key, fingerprint, &place)?;
        }
        journal.sync()
    }

    /// The numbers of those without a result.
    pub(super) fn waiting(&self) -> VecDeque<usize> {
        let waits = |(index, parcel): (usize, &Parcel)| parcel.result.is_none().then_some(index);
        self.parcels.iter().enumerate().filter_map(waits).collect()
    }

    /// Whether each has its result.
    pub(super) fn is_settled(&self) -> bool {
        self.parcels.iter().all(|parcel| parcel.result.is_some())
    }

    pub(super) fn letter(&self, index: usize) -> Option<Arc<Letter>> {
        self.parcels.get(index)?.letter.clone()
    }

    /// The message was refused together with others.
    pub(super) fn part(&mut self, index: usize) {
        if let Some(parcel) = self.parcels.get_mut(index) {
            parcel.alone = true;
        }
    }

    /// Whether it was.
    pub(super) fn goes_alone(&self, index: usize) -> bool {
        self.parcels.get(index).is_some_and(|parcel| parcel.alone)
    }

    /// Records a delivery, so that a process that dies from here on does not doubt it.
    ///
    /// Fails if that is impossible: then nothing more is to be sent.
    pub(super) fn deliver(&mut self, index: usize, journal: &mut dyn Journal) -> Result<()> {
        let Some(parcel) = self.parcels.get_mut(index) else { return Ok(()) };
        let recorded = journal.delivered(&parcel.key).and_then(|()| journal.write_out());
        parcel.settle(Ok(()));
        if let Err(error) = &recorded {
            self.broken = Some(batch::again(error));
        }
        recorded
    }

    /// The message is not there, and will not be.
    pub(super) fn refuse(&mut self, index: usize, error: Error, journal: &mut dyn Journal) {
        if let Some(parcel) = self.parcels.get_mut(index) {
            batch::abandon([&parcel.key], journal);
            parcel.settle(Err(error));
        }
    }

    /// The message may be there or not: its intent stays open.
    pub(super) fn leave_open(&mut self, index: usize, error: Error) {
        if let Some(parcel) = self.parcels.get_mut(index) {
            parcel.settle(Err(error));
        }
    }

    /// What was not sent is not there.
    pub(super) fn abandon_rest(&self, journal: &mut dyn Journal) {
        let rest = self.parcels.iter().filter(|parcel| parcel.result.is_none());
        batch::abandon(rest.map(|parcel| &parcel.key), journal);
    }

    pub(super) fn fail_rest(&mut self, error: impl Fn() -> Error) {
        for parcel in self.parcels.iter_mut().filter(|parcel| parcel.result.is_none()) {
            parcel.settle(Err(error()));
        }
    }

    /// Makes durable what was recorded; what cannot be is not delivered as far as anybody will know.
    pub(super) fn settle(mut self, journal: &mut dyn Journal) -> Vec<Outcome> {
        let broken = self.broken.take().or_else(|| journal.sync().err());
        let outcome = |parcel: Parcel| {
            let result = match (&broken, parcel.result) {
                (Some(error), Some(Ok(())) | None) => Err(batch::again(error)),
                (None, None) => Err(Error::InvalidInput("the message was passed over".into())),
                (_, Some(result)) => result,
            };
            Outcome { key: parcel.key, fingerprint: parcel.fingerprint, result }
        };
        self.parcels.into_iter().map(outcome).collect()
    }
}

impl Parcel {
    fn settle(&mut self, result: Result<()>) {
        self.letter = None;
        self.result = Some(result);
    }
}
