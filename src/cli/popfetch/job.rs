//! What every command for one account needs.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use super::connect::{Account, Opened};
use crate::cli::advice::advice;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Console, Output, Warning};
use crate::cli::plan::Server;
use crate::cli::popfetch::plan::Plan;
use crate::error::{Error, Result};
use crate::pop3::{Listing, Message, Pipelining, Session, Survey, Transaction, Uidl};
use crate::store::fs::System;
use crate::store::ledger::{self, History, Ledger};
use crate::text::sanitize;
use crate::wire::Transcript;

/// A command's account and its ways to say something.
pub(super) struct Job<'a> {
    pub(super) plan: &'a Plan,
    pub(super) console: &'a Console,
    pub(super) transcript: Transcript,
}

impl<'a> Job<'a> {
    pub(super) fn output(&self) -> &'a dyn Output {
        self.console
    }

    pub(super) fn name(&self) -> &'a str {
        &self.plan.server.account
    }

    pub(super) fn warn(&self, text: &str) {
        self.output().warn(&Warning::of(self.name(), text));
    }

    /// Reads files and gets secrets.
    pub(super) fn account(&self) -> Result<Account> {
        Account::prepare(self.plan, self.transcript.clone(), self.output())
    }

    /// Connects and logs in.
    pub(super) fn login(&self) -> Result<Session<Transaction>> {
        let Opened { session, .. } = self.account()?.login(Pipelining::Auto)?;
        Ok(session)
    }

    /// Lists the mailbox, and says what was left out of it.
    pub(super) fn survey(&self, session: &mut Session<Transaction>) -> Result<Survey> {
        let survey = session.survey()?;
        let Listing { skipped, beyond, .. } = &survey.listing;
        if *skipped > 0 {
            self.warn(&format!("{skipped} rows of the server's listing made no sense and are left out"));
        }
        if *beyond > 0 {
            self.warn(&format!("{beyond} more messages are on the server than can be looked at in one session"));
        }
        Ok(survey)
    }

    /// Connects, logs in and lists, for commands that name messages by their unique-ids.
    pub(super) fn survey_with_uidl(&self) -> Result<(Session<Transaction>, Listing)> {
        let mut session = self.login()?;
        let Survey { listing, uidl } = match self.survey(&mut session) {
            Ok(survey) => survey,
            Err(error) => {
                end(session, &error);
                return Err(error);
            }
        };
        if uidl == Uidl::Missing {
            session.leave();
            return Err(Error::Unsupported("the server has no UIDL: messages have no lasting names there".into()));
        }
        Ok((session, listing))
    }

    /// The ledger, locked.
    pub(super) fn ledger(&self) -> Result<Ledger, Failure> {
        let ledger = Ledger::open(Arc::new(System), self.state_dir()?, &self.owner())?;
        ledger.notes().iter().for_each(|note| self.warn(&format!("{}: {note}", shown(ledger.path()))));
        Ok(ledger)
    }

    /// What the ledger remembers, without locking it; nothing if there is none.
    pub(super) fn history(&self) -> Result<History, Failure> {
        Ok(Ledger::peek(Arc::new(System), self.state_dir()?, &self.owner())?)
    }

    /// Makes the state directory if it is absent, for commands that connect without opening the ledger: what cannot
    /// be remembered is told before a connection is made.
    pub(super) fn make_state_dir(&self) -> Result<(), Failure> {
        let path = self.state_dir()?;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        Ok(made.map_err(|error| Error::create(format!("making the state directory {}", shown(path)), error))?)
    }

    /// The failure with the account's name, and with what to try.
    pub(super) fn explained(&self, failure: Failure) -> Failure {
        let advice = failure.advice.clone().or_else(|| advice(&failure.error, &self.plan.server));
        let account = failure.account.clone().unwrap_or_else(|| self.plan.server.account.clone());
        Failure { advice, ..failure }.of(&account)
    }

    fn state_dir(&self) -> Result<&'a Path, Failure> {
        self.plan.state_dir()
    }

    fn owner(&self) -> ledger::Account {
        let Server { endpoint, user, .. } = &self.plan.server;
        ledger::Account::new(endpoint.protocol, user.as_deref().unwrap_or_default(), endpoint.host())
    }
}

/// Leaves a session after an error: with QUIT if it is still in step, so that a server's lock is freed.
pub(super) fn end(session: Session<Transaction>, error: &Error) {
    match error.is_fatal_to_session() {
        true => session.abandon(),
        false => session.leave(),
    }
}

/// The messages with these unique-ids, all of them where several share one.
///
/// Fails with 66, naming those that are not there.
pub(super) fn find<'l>(listing: &'l Listing, uidls: &[String]) -> Result<Vec<Message<'l>>, Failure> {
    let wanted = |message: &Message<'_>| uidls.iter().any(|uidl| uidl.as_bytes() == message.uid);
    let found: Vec<Message<'_>> = listing.messages().filter(wanted).collect();
    let is_missing = |uidl: &&String| !found.iter().any(|message| message.uid == uidl.as_bytes());
    match uidls.iter().find(is_missing) {
        None => Ok(found),
        Some(missing) => Err(absent(&format!("no message on the server is called {}", sanitize(missing.as_bytes())))),
    }
}

/// What was named is not there: 66.
pub(super) fn absent(complaint: &str) -> Failure {
    Failure { exit: Exit::NO_INPUT, ..Failure::from(Error::InvalidInput(complaint.to_owned())) }
}

fn shown(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_by_their_whole_unique_id() {
        let mut listing = Listing::default();
        for row in ["1 a", "2 ab", "3 a", "4 c"] {
            listing.add_uid(row.as_bytes());
        }
        listing.settle();
        let numbers = |uidls: &[&str]| {
            let uidls: Vec<String> = uidls.iter().map(|uidl| (*uidl).to_owned()).collect();
            find(&listing, &uidls).map(|found| found.iter().map(|m| m.number.value()).collect::<Vec<_>>())
        };
        assert_eq!(numbers(&["a"]).unwrap(), [1, 3]);
        assert_eq!(numbers(&["c", "ab", "c"]).unwrap(), [2, 4]);
        let failure = numbers(&["a", "b\x1b"]).unwrap_err();
        assert_eq!(failure.exit, Exit::NO_INPUT);
        assert!(failure.to_string().contains("b^["), "{failure}");
    }
}
