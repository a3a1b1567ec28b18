//! What one session does with a batch. Whatever becomes of a message is said here, and recorded before anybody relies on it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::letter::Letter;
use super::load::Load;
use super::undelivered;
use crate::error::{Error, Phase, Rejection, Undelivered};
use crate::net::Timeouts;
use crate::store::{Journal, batch};

/// So many messages in a row that are refused for what may not be theirs are no longer the messages' fault.
const UNCLEAR: u32 = 10;

/// What of a batch goes through one session.
pub(super) struct Trip<'t> {
    load: &'t mut Load,
    journal: &'t mut dyn Journal,
    place: &'t str,
    /// How many messages in a row were refused for what may not be theirs.
    unclear: &'t mut u32,
    /// How many messages there is a verdict on.
    pub(super) verdicts: usize,
    /// How many may be there or not.
    pub(super) unknown: usize,
    /// How many were under way at a time when the session ended.
    pub(super) together: usize,
    /// What ended the session, if something did.
    pub(super) ended: Option<Arc<Error>>,
    /// Why nothing more is to be sent.
    pub(super) stop: Option<Stop>,
}

/// Why nothing more is to be sent.
pub(super) enum Stop {
    /// The server takes nothing for now.
    Blocked(Arc<Error>),
    /// This side ends: a signal, the deadline of the run, a ledger that cannot be written.
    Ours(Error),
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bearing {
    /// The message: another one may be taken.
    Message,
    /// The message, or something that will not be over with it.
    Unclear,
    /// Whatever is sent there.
    Everything,
}

impl<'t> Trip<'t> {
    pub(super) fn new(load: &'t mut Load, journal: &'t mut dyn Journal, place: &'t str, unclear: &'t mut u32) -> Self {
        Self { load, journal, place, unclear, verdicts: 0, unknown: 0, together: 0, ended: None, stop: None }
    }

    /// The numbers of those that are still to be sent.
    pub(super) fn waiting(&self) -> VecDeque<usize> {
        self.load.waiting()
    }

    pub(super) fn letter(&self, index: usize) -> Option<Arc<Letter>> {
        self.load.letter(index)
    }

    /// Whether another message may be begun with.
    pub(super) fn goes_on(&mut self, timeouts: &Timeouts) -> bool {
        if self.stop.is_none()
            && let Err(error) = timeouts.check(Phase::Send)
        {
            self.stop = Some(Stop::Ours(interrupted(&error)));
        }
        self.stop.is_none()
    }

    /// The server has it.
    pub(super) fn delivered(&mut self, index: usize) {
        self.verdicts += 1;
        *self.unclear = 0;
        if let Err(error) = self.load.deliver(index, self.journal) {
            self.stop = Some(Stop::Ours(error));
        }
    }

    /// The server does not want it. If it wants no others either, it is not this one's fault, and nothing more is sent.
    pub(super) fn refused(&mut self, index: usize, rejection: Rejection, bearing: Bearing) {
        self.verdicts += 1;
        *self.unclear = if bearing == Bearing::Unclear { self.unclear.saturating_add(1) } else { 0 };
        let error = Arc::new(Error::Rejected(rejection));
        match bearing == Bearing::Everything || *self.unclear >= UNCLEAR {
            true => {
                self.stop.get_or_insert(Stop::Blocked(error));
            }
            false => self.refuse(index, error),
        }
    }

    /// The server cannot take it, so that it was not sent.
    pub(super) fn unfit(&mut self, index: usize, error: Error) {
        self.verdicts += 1;
        self.refuse(index, Arc::new(error));
    }

    /// It cannot be read, which is its own failure and not the server's. It is not there.
    pub(super) fn unreadable(&mut self, index: usize, error: &Error) {
        self.verdicts += 1;
        self.load.refuse(index, batch::again(error), self.journal);
    }

    /// It may be there or not.
    pub(super) fn unknown(&mut self, index: usize, error: Arc<Error>) {
        self.unknown += 1;
        self.load.leave_open(index, undelivered(self.place, Undelivered::Unknown, error));
    }

    /// These were refused together: each is to go alone.
    pub(super) fn part(&mut self, indices: impl IntoIterator<Item = usize>) {
        indices.into_iter().for_each(|index| self.load.part(index));
    }

    /// Whether it was refused together with others.
    pub(super) fn goes_alone(&self, index: usize) -> bool {
        self.load.goes_alone(index)
    }

    /// The session has ended.
    pub(super) fn end(&mut self, error: Arc<Error>) {
        if matches!(*error, Error::Interrupted(_) | Error::Timeout { budget: None, .. }) {
            self.stop.get_or_insert(Stop::Ours(interrupted(&error)));
        }
        self.ended = Some(error);
    }

    fn refuse(&mut self, index: usize, error: Arc<Error>) {
        self.load.refuse(index, undelivered(self.place, Undelivered::Refused, error), self.journal);
    }
}

/// What a message that was never begun with is told, as for every other target.
fn interrupted(error: &Error) -> Error {
    match error {
        Error::Interrupted(_) => Error::io("delivering", std::io::ErrorKind::Interrupted.into()),
        _ => Error::io("delivering", std::io::ErrorKind::TimedOut.into()),
    }
}
