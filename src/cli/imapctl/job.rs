//! What every command needs beside the connection.

use crate::cli::advice::advice;
use crate::cli::exit::Failure;
use crate::cli::imapctl::plan::Plan;
use crate::cli::output::Console;
use crate::wire::Transcript;

/// A command's account and its ways to say something.
#[derive(Clone)]
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) console: &'a Console,
    pub(super) transcript: Transcript,
    /// The line of a batch, from 1.
    line: Option<u64>,
}

impl<'a> Job<'a> {
    pub(super) fn new(plan: &'a Plan, console: &'a Console, transcript: Transcript) -> Self {
        Self { plan, console, transcript, line: None }
    }

    /// The same for a line of a batch.
    pub(super) fn at_line(&self, number: u64) -> Self {
        Self { line: Some(number), ..self.clone() }
    }

    /// The failure with the account's name, and with what to try.
    pub(super) fn explained(&self, failure: Failure) -> Failure {
        let advice = failure.advice.clone().or_else(|| advice(&failure.error, &self.plan.server));
        let account = failure.account.clone().unwrap_or_else(|| self.plan.server.account.clone());
        let account = match self.line {
            Some(line) if failure.account.is_none() => format!("{account}: line {line}"),
            _ => account,
        };
        Failure { advice, ..failure }.of(&account)
    }
}
