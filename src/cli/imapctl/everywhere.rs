//! `imapctl search` in several folders.

use std::collections::{HashMap, HashSet};

use super::folders::{MAX_FOLDERS, too_many};
use super::found;
use super::job::Job;
use super::search;
use super::sorted;
use super::visit::Visit;
use crate::cli::args::imapctl::{FolderName, SearchArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Name, Scope};
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, ListEntry};
use crate::imap::query::{Program, Query};
use crate::imap::session::{ListReturn, Searched, Selecting, StatusItem};
use crate::imap::{Access, Extension, Mailbox, Uid, UidValidity};

/// With MULTISEARCH (RFC 7377) a trip for which of the folders are there and one for all that is found in them; without, a trip for
/// several folders, or some for each if the server cannot tell everything. Which folders fit a pattern is a trip in front.
pub(super) fn run(args: &SearchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let query = found::query(&args.query.selected())?;
    let mut folders = match &args.within {
        Some(pattern) => fitting(pattern, visit, job)?,
        None => args.folder.iter().map(|folder| visit.resolve(job, folder)).collect::<Result<Vec<_>, _>>()?,
    };
    let mut known = HashSet::new();
    folders.retain(|folder| known.insert(folder.clone()));
    let session = visit.session(job)?;
    let capabilities = session.capabilities().cloned().unwrap_or_default();
    let plan = query.plan(&capabilities)?;
    let program = found::program(&plan).filter(|_| args.sort.is_none());
    let _work = job.work("searching", Counted::Received);
    let mut tally = Tally { args, job, exits: Vec::new() };
    match program {
        Some(program) => tally.by_one_program(&folders, &program, &query, visit)?,
        None => folders.iter().try_for_each(|folder| tally.alone(folder, &query, visit))?,
    }
    Ok(Exit::combine(tally.exits))
}

/// The folders whose names fit, and which can be opened.
fn fitting(pattern: &str, visit: &mut Visit, job: &Job<'_>) -> Result<Vec<Mailbox>, Failure> {
    let mut folders = Vec::new();
    visit.session(job)?.list(pattern, Selecting::Present, &ListReturn::default(), &mut |data: &Data<'_>| {
        if let Data::List(entry) = data
            && can_be_opened(entry)
        {
            if folders.len() >= MAX_FOLDERS {
                return Err(too_many());
            }
            folders.push(entry.mailbox.clone());
        }
        Ok(())
    })?;
    match folders.is_empty() {
        true => {
            let text = format!("no folder's name fits \"{}\"", crate::text::sanitize(pattern.as_bytes()));
            Err(Failure { exit: Exit::NO_INPUT, ..Error::InvalidInput(text).into() })
        }
        false => Ok(folders),
    }
}

fn can_be_opened(entry: &ListEntry<'_>) -> bool {
    !entry.attributes.contains(b"\\Noselect") && !entry.attributes.contains(b"\\NonExistent")
}

/// What is told, folder by folder, and how it ended.
struct Tally<'t> {
    args: &'t SearchArgs,
    job: &'t Job<'t>,
    exits: Vec<Exit>,
}

impl Tally<'_> {
    /// The server can tell everything by one search.
    fn by_one_program(
        &mut self,
        folders: &[Mailbox],
        program: &Program,
        query: &Query,
        visit: &mut Visit,
    ) -> Result<(), Failure> {
        let session = visit.session(self.job)?;
        if session.has(Extension::MultiSearch) {
            // ESEARCH passes over what is not there.
            let mut validities: HashMap<Mailbox, Option<UidValidity>> = HashMap::new();
            let refused = session.status(folders, &[StatusItem::UidValidity], &mut |data: &Data<'_>| {
                if let Data::MailboxStatus(status) = data {
                    validities.insert(status.mailbox.clone(), status.items.uid_validity);
                }
                Ok(())
            })?;
            let there: Vec<Mailbox> =
                folders.iter().filter(|folder| refused.iter().all(|(gone, _)| gone != folder)).cloned().collect();
            if let Some(mut found) = session.search_in(&there, program)? {
                for (folder, error) in refused {
                    self.refused(folder, error.into());
                }
                for folder in &there {
                    let known = validities.get(folder).copied().flatten();
                    let (validity, uids) = found.remove(folder).unwrap_or_default();
                    self.found(folder, validity.or(known), uids.iter().collect());
                }
                return Ok(());
            }
        }
        let mut open = Vec::new();
        session.search_each(folders, program, &mut |folder, searched| {
            match searched {
                Searched::Found { uid_validity, uids } => self.found(folder, uid_validity, uids.iter().collect()),
                Searched::Refused(error) => self.refused(folder, error.into()),
                Searched::Open => open.push(folder.clone()),
            }
            Ok(())
        })?;
        open.iter().try_for_each(|folder| self.alone(folder, query, visit))
    }

    /// A folder by itself, in as many trips as it takes.
    fn alone(&mut self, folder: &Mailbox, query: &Query, visit: &mut Visit) -> Result<(), Failure> {
        if self.job.output().is_closed() {
            return Ok(());
        }
        let name = FolderName::Mailbox(folder.clone());
        let mut opened = match visit.open(self.job, &name, Access::ReadOnly, None) {
            Ok(opened) => opened,
            Err(failure) if matches!(*failure.error, Error::Rejected(_)) => {
                self.refused(folder, failure);
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        let uids: Vec<Uid> = match &self.args.sort {
            Some(criteria) => sorted::by(criteria, query, &mut opened)?,
            None => found::search(query, &mut opened)?.iter().collect(),
        };
        let validity = opened.selection().uid_validity;
        self.found(folder, validity, uids);
        Ok(())
    }

    fn found(&mut self, folder: &Mailbox, validity: Option<UidValidity>, mut uids: Vec<Uid>) {
        search::limit(self.args, &mut uids);
        search::tell(&uids, folder, validity, Scope::SeveralFolders, self.job);
        self.exits.push(Exit::OK);
    }

    fn refused(&mut self, folder: &Mailbox, failure: Failure) {
        self.exits.push(self.job.fault(failure, Some(Name::Mailbox(folder)), None));
    }
}
