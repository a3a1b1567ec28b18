//! `--filter`: a command looks at each header and decides whether the message is fetched.

use std::fs::File;
use std::io::Write as _;

use super::headers;
use super::tally::Tally;
use super::transfer::Item;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::cli::popfetch::plan::Plan;
use crate::error::{Error, Phase, Rejection, Result};
use crate::pop3::{Session, Transaction};
use crate::store::command::{self, Invocation};
use crate::store::ledger::{Ledger, Skip, State};

/// So much of a header is shown to a filter.
const MAX_HEADER: usize = 1024 * 1024;

/// How many headers are asked for at once: commands run between their replies, while the session waits.
const AHEAD: usize = 64;

/// How long one decision may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// Where decisions are recorded.
pub(super) struct Desk<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) tally: &'a mut Tally,
    pub(super) output: &'a dyn Output,
    pub(super) plan: &'a Plan,
}

/// Gets the header of each message and asks the command. Gives the messages to fetch.
pub(super) fn apply(
    session: &mut Session<Transaction>,
    words: &[String],
    items: Vec<Item>,
    desk: &mut Desk<'_>,
) -> Result<Vec<Item>> {
    let mut taken = Vec::with_capacity(items.len());
    for group in items.chunks(AHEAD) {
        let mut headers = Headers { current: None, kept: 0, whole: Vec::new(), refused: Vec::new() };
        headers::read(session, group.iter().map(|item| (item.number, item)), &mut headers)?;
        for (item, rejection) in headers.refused {
            desk.fail(item, Error::Rejected(rejection));
        }
        for (item, header) in headers.whole {
            desk.plan.server.timeouts.deadline(Phase::Send, TIMEOUT).check()?;
            if desk.decide(words, item, header)? {
                taken.push(item.clone());
            }
        }
    }
    Ok(taken)
}

/// Headers as files, which commands read.
struct Headers<'i> {
    current: Option<File>,
    kept: usize,
    whole: Vec<(&'i Item, File)>,
    refused: Vec<(&'i Item, Rejection)>,
}

impl Headers<'_> {
    fn file(&mut self) -> Result<File> {
        match self.current.take() {
            Some(file) => Ok(file),
            None => tempfile::tempfile().map_err(|error| Error::io("making a temporary file", error)),
        }
    }
}

impl<'i> headers::Sink<&'i Item> for Headers<'i> {
    fn piece(&mut self, _whose: &&'i Item, piece: &[u8]) -> Result<()> {
        let piece = piece.get(..piece.len().min(MAX_HEADER - self.kept)).unwrap_or_default();
        let mut file = self.file()?;
        file.write_all(piece).map_err(|error| Error::io("writing a temporary file", error))?;
        self.kept += piece.len();
        self.current = Some(file);
        Ok(())
    }

    fn end(&mut self, whose: &'i Item, result: std::result::Result<(), Rejection>) -> Result<()> {
        let file = self.file()?;
        self.kept = 0;
        match result {
            Ok(()) => self.whole.push((whose, file)),
            Err(rejection) => self.refused.push((whose, rejection)),
        }
        Ok(())
    }
}

impl Desk<'_> {
    fn decide(&mut self, words: &[String], item: &Item, header: File) -> Result<bool> {
        let environment = [
            ("MAILWIRE_ACCOUNT", self.plan.server.account.clone()),
            ("MAILWIRE_UIDL", crate::text::sanitize(&item.key.uid)),
            ("MAILWIRE_SIZE", item.size.map(|size| size.to_string()).unwrap_or_default()),
        ];
        let invocation = Invocation { words, environment: &environment, input: header, timeout: TIMEOUT };
        match command::run(invocation) {
            Ok(0) => return Ok(true),
            Ok(1) => {
                // Without a unique-id there is nothing to know it by in the next run.
                if !item.key.uid.is_empty() {
                    self.ledger.set(&item.key, State::Skipped(Skip::Filtered), item.size)?;
                }
                self.tally.counts.skipped += 1;
            }
            Ok(75) => self.tally.counts.skipped += 1,
            Ok(code) => self.fail(item, command::refused(words, code)),
            Err(error) => self.fail(item, error),
        }
        Ok(false)
    }

    fn fail(&mut self, item: &Item, error: Error) {
        let failure = Failure::from(error).of(&self.plan.server.account);
        self.tally.fail_message(&failure, &item.mail(&self.plan.server.account), self.output);
    }
}
