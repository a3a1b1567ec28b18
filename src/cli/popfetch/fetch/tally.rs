//! What a run achieved, and how it ends.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::Counts;
use crate::cli::output::{Mail, Output};

/// What one account's run achieved.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What was done.
    pub(super) counts: Counts,
    /// Messages that a dry run would fetch.
    pub(super) planned: u64,
    /// Messages left out of the rest of the run for breaking sessions.
    pub(super) blamed: u64,
    /// How each failure ends.
    pub(super) exits: Vec<Exit>,
}

impl Tally {
    /// A number that grows with everything achieved.
    pub(super) fn progress(&self) -> u64 {
        self.counts.fetched + self.counts.deleted + self.blamed
    }

    /// Reports a failure that concerns the account as a whole.
    pub(super) fn fail(&mut self, failure: &Failure, output: &dyn Output) {
        self.exits.push(failure.exit);
        output.error(failure, None);
    }

    /// Reports a failure of one message.
    pub(super) fn fail_message(&mut self, failure: &Failure, mail: &Mail<'_>, output: &dyn Output) {
        self.counts.failed += 1;
        self.exits.push(failure.exit);
        output.error(failure, Some(mail));
    }

    /// The account's exit code: done if nothing failed, partly if some of it was achieved.
    pub(super) fn exit(&self) -> Exit {
        let achieved = (self.counts.fetched + self.counts.deleted > 0).then_some(Exit::OK);
        Exit::combine(self.exits.iter().copied().chain(achieved))
    }
}
