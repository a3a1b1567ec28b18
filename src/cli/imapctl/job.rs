//! What every command needs beside the connection.

use std::cell::Cell;

use crate::cli::advice::advice;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::plan::Plan;
use crate::cli::output::record::imapctl::{Fault, Name, Tally, Told, What};
use crate::cli::output::record::{Record, Weight};
use crate::cli::output::{Console, Counted, Done, Output, Summary, Work};
use crate::wire::Transcript;

/// A command's account and its ways to say something.
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) console: &'a Console,
    pub(super) transcript: Transcript,
    /// The line of a batch, from 1.
    line: Option<u64>,
    tally: Cell<Tally>,
    worst: Cell<Exit>,
}

impl<'a> Job<'a> {
    pub(super) fn new(plan: &'a Plan, console: &'a Console, transcript: Transcript) -> Self {
        Self { plan, console, transcript, line: None, tally: Cell::default(), worst: Cell::new(Exit::OK) }
    }

    /// The same for a line of a batch; what it has done is its own.
    pub(super) fn at_line(&self, number: u64) -> Self {
        Self { line: Some(number), ..Self::new(self.plan, self.console, self.transcript.clone()) }
    }

    pub(super) fn output(&self) -> &'a dyn Output {
        self.console
    }

    /// The account's name.
    pub(super) fn name(&self) -> &'a str {
        &self.plan.server.account
    }

    /// The signal that has come, if one has.
    pub(super) fn signal(&self) -> Option<i32> {
        self.plan.server.timeouts.interrupt.as_ref().and_then(|interrupt| interrupt.signal())
    }

    /// Tells a result, and counts it for the summary.
    pub(super) fn tell(&self, what: What<'_>) {
        let before = self.tally.get();
        let mut tally = before;
        tally.count(&what);
        self.tally.set(tally);
        self.console.progress.done(tally.messages.saturating_sub(before.messages));
        self.output().record(&Record::Imapctl(Told::new(self.name(), what).at(self.line)));
    }

    /// Begins some work that may take long; it is shown as long as what this gives is held.
    pub(super) fn work(&self, doing: &'static str, counted: Counted) -> Work {
        self.console.progress.work(self.name(), doing, counted)
    }

    /// Says what ends nothing but should be known.
    pub(super) fn warn(&self, text: &str) {
        self.tell(What::Warning { text, weight: Weight::Ordinary });
    }

    /// Tells of one message, or one folder, with which something failed while the command goes on; the code it counts as.
    pub(super) fn fault(&self, failure: impl Into<Failure>, folder: Option<Name<'_>>, uid: Option<u32>) -> Exit {
        let failure = self.explained(failure.into());
        self.tell(What::Fault(Fault { failure: &failure, folder, uid }));
        self.note(failure.exit);
        failure.exit
    }

    /// Keeps in mind how a part of the run ended, for the summary's `worst`.
    pub(super) fn note(&self, exit: Exit) {
        self.worst.set(Exit::worst([self.worst.get(), exit]));
    }

    /// Takes over what a line of a batch has done.
    pub(super) fn absorb(&self, line: &Self) {
        let mut tally = self.tally.get();
        tally += line.tally.get();
        self.tally.set(tally);
        self.note(line.worst.get());
    }

    /// How the run ended, and what it has done.
    pub(super) fn summary(&self, exit: Exit) -> Summary {
        let worst = if exit == Exit::PARTLY { self.worst.get() } else { exit };
        Summary { exit, worst, accounts: 1, done: Some(Done::Imapctl(self.tally.get())) }
    }

    /// The failure with the account's name, and with what to try.
    pub(super) fn explained(&self, failure: Failure) -> Failure {
        let advice = failure.advice.clone().or_else(|| advice(&failure.error, &self.plan.server));
        let account = failure.account.clone().unwrap_or_else(|| self.name().to_owned());
        Failure { advice, ..failure }.of(&account)
    }
}
