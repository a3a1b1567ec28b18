//! A visit to the server: its connection is made when a command first needs it, and kept for the next ones.

use super::job::Job;
use crate::cli::args::imapctl::FolderName;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imap::account::{Account, Arrived};
use crate::cli::imap::uses::{Uses, uses};
use crate::error::{Error, Result};
use crate::imap::session::{Authenticated, Entry};
use crate::imap::{Access, Ignore, Mailbox, Select, Selected, Session, SpecialUse, UidValidity};

/// The connection of a run.
#[derive(Debug, Default)]
pub(super) struct Visit {
    account: Option<Account>,
    session: Option<Session<Authenticated>>,
    /// What folders are for, once it was asked.
    uses: Option<Uses>,
    /// What is known of the open folder was heard since the command began.
    is_fresh: bool,
}

impl Visit {
    /// The session, connected and logged in.
    pub(super) fn session(&mut self, job: &Job<'_>) -> Result<&mut Session<Authenticated>> {
        if self.session.is_none() {
            self.connect(job, &Entry::Session)??;
        }
        self.session.as_mut().ok_or_else(|| Error::Unsupported("there is no session".into()))
    }

    /// A folder, open. If there is no connection yet, it is asked for in the flight that logs in, so that connecting to it costs
    /// no round trip more than connecting. Of one that an earlier line of a batch has opened it is heard first what has happened
    /// since: servers need not look for it by themselves, and some do not before they search (Dovecot).
    ///
    /// With a `guard`, a folder whose UIDVALIDITY is another is a failure (65).
    pub(super) fn open(
        &mut self,
        job: &Job<'_>,
        folder: &FolderName,
        access: Access,
        guard: Option<UidValidity>,
    ) -> Result<Selected<'_>, Failure> {
        let mailbox = match folder {
            FolderName::Mailbox(mailbox) => mailbox.clone(),
            FolderName::Use(_) => self.resolve(job, folder)?,
        };
        let select = Select { access, ..Select::examine(mailbox) };
        if self.session.is_none() {
            self.connect(job, &Entry::Mailbox(select.clone()))??;
        }
        let session = self.session.as_mut().ok_or_else(|| Error::Unsupported("there is no session".into()))?;
        if !self.is_fresh && session.has_open(&select) {
            session.noop(&mut Ignore)?;
        }
        self.is_fresh = true;
        let selected = session.select_again(&select)?;
        let selection = selected.selection();
        if access == Access::ReadWrite && selection.access == Access::ReadOnly {
            let text = format!("the server opens {folder} for reading only");
            return Err(Error::Unsupported(text).into());
        }
        match (guard, selection.uid_validity) {
            (Some(wanted), found) if found != Some(wanted) => {
                let found = found.map_or_else(|| "none".into(), |found| found.to_string());
                let text = format!(
                    "the UIDVALIDITY of {folder} is {found}, not {wanted}: UIDs mean other messages than they did"
                );
                Err(Failure { exit: Exit::DATA, ..Failure::from(Error::InvalidInput(text)) })
            }
            _ => Ok(selected),
        }
    }

    /// The folder's own name, which for `@sent` and the like the server tells. Fails if it has no such folder.
    pub(super) fn resolve(&mut self, job: &Job<'_>, folder: &FolderName) -> Result<Mailbox, Failure> {
        let special_use = match folder {
            FolderName::Mailbox(mailbox) => return Ok(mailbox.clone()),
            FolderName::Use(special_use) => *special_use,
        };
        match self.used_for(job, special_use)? {
            Some(mailbox) => Ok(mailbox),
            None => {
                let text = format!("the server has no folder that is {folder}; name it as it is called there");
                Err(Failure { exit: Exit::NO_INPUT, ..Failure::from(Error::InvalidInput(text)) })
            }
        }
    }

    /// The folder that the server has for this; of several the first.
    pub(super) fn used_for(&mut self, job: &Job<'_>, special_use: SpecialUse) -> Result<Option<Mailbox>> {
        if self.uses.is_none() {
            let uses = uses(self.session(job)?)?;
            self.uses = Some(uses);
        }
        let uses = self.uses.iter().flatten();
        Ok(uses.clone().find(|(of, _)| *of == special_use).map(|(_, mailbox)| mailbox.clone()))
    }

    /// A command has ended: what it knew of the open folder will be old.
    pub(super) fn rest(&mut self) {
        self.is_fresh = false;
    }

    /// Asks anew what folders are for, after folders have changed.
    pub(super) fn forget_uses(&mut self) {
        self.uses = None;
    }

    /// Another connection of the same account, for those who need more than one.
    pub(super) fn another(&mut self, job: &Job<'_>, entry: &Entry) -> Result<Arrived> {
        self.account(job)?.enter(entry)
    }

    /// The account, ready to be connected to.
    pub(super) fn account(&mut self, job: &Job<'_>) -> Result<&Account> {
        match &mut self.account {
            Some(account) => Ok(account),
            none => Ok(none.insert(Account::prepare(&job.plan.server, job.transcript.clone(), job.output())?)),
        }
    }

    /// Tells what the server wants a person to read.
    pub(super) fn tell_alerts(&mut self, job: &Job<'_>) {
        for alert in self.session.iter_mut().flat_map(Session::take_alerts) {
            job.warn(&format!("the server says: {alert}"));
        }
    }

    /// Whether the connection is there and in step.
    pub(super) fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// Whether commands can go on, over the connection that there is or one that is still to be made.
    pub(super) fn is_in_step(&self) -> bool {
        self.session.as_ref().is_none_or(Session::is_in_step)
    }

    /// Whether an error says that the server is gone. A session that it leaves out of step is given up in any case: where only
    /// this side failed, in the middle of what the server had to say, the next command gets a new one.
    pub(super) fn is_lost_by(&mut self, error: &Error) -> bool {
        let is_gone = error.is_fatal_to_session();
        if !is_gone && self.is_in_step() {
            return false;
        }
        self.abandon();
        // A refusal after which nothing can go on was the server's farewell.
        is_gone || matches!(error, Error::Rejected(_))
    }

    /// Gives the session up after an error that leaves it out of step; the next command gets a new one.
    pub(super) fn abandon(&mut self) {
        self.session = None;
    }

    /// Takes the session out, for commands that change what it is; [`Visit::put`] brings it back.
    pub(super) fn take(&mut self, job: &Job<'_>) -> Result<Session<Authenticated>> {
        self.session(job)?;
        self.session.take().ok_or_else(|| Error::Unsupported("there is no session".into()))
    }

    /// Brings a session back.
    pub(super) fn put(&mut self, session: Session<Authenticated>) {
        self.session = Some(session);
    }

    /// Says goodbye, if anybody was met.
    pub(super) fn leave(self) {
        if let Some(session) = self.session {
            session.leave();
        }
    }

    /// Ends after a failure: in good order if the session is still in step.
    pub(super) fn end(self, failure: &Failure) {
        match self.session {
            Some(session) if !failure.error.is_fatal_to_session() => session.leave(),
            _ => {}
        }
    }

    /// Connects. The inner error is the folder's, and leaves the session.
    fn connect(&mut self, job: &Job<'_>, entry: &Entry) -> Result<Result<()>> {
        let Arrived { mut entered, .. } = self.another(job, entry)?;
        if let Some(onlooker) = job.console.progress.onlooker() {
            entered.session.observe(onlooker);
        }
        self.session = Some(entered.session);
        self.is_fresh = true;
        Ok(entered.mailbox)
    }
}
