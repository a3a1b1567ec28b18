//! `imapctl search`: the UIDs of messages.

use super::everywhere;
use super::found;
use super::job::Job;
use super::sorted;
use super::visit::Visit;
use crate::cli::args::imapctl::SearchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Found, Place, Scope, What};
use crate::imap::{Access, Mailbox, Uid, UidValidity};

/// One trip after the one that logs in and opens the folder, unless the query needs more than the server can tell.
pub(super) fn run(args: &SearchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let [folder] = args.folder.as_slice() else { return everywhere::run(args, visit, job) };
    if args.within.is_some() {
        return everywhere::run(args, visit, job);
    }
    let query = found::query(&args.query.selected())?;
    let mut folder = visit.open(job, folder, Access::ReadOnly, args.uidvalidity)?;
    let work = job.work("searching", Counted::Received);
    let mut uids: Vec<Uid> = match &args.sort {
        Some(criteria) => sorted::by(criteria, &query, &mut folder)?,
        None => found::search(&query, &mut folder)?.iter().collect(),
    };
    limit(args, &mut uids);
    drop(work);
    let mailbox = folder.selection().mailbox.clone();
    tell(&uids, &mailbox, folder.selection().uid_validity, Scope::OneFolder, job);
    Ok(Exit::OK)
}

/// Leaves as many as are wanted of a folder.
pub(super) fn limit(args: &SearchArgs, uids: &mut Vec<Uid>) {
    if args.limit > 0 {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        match args.sort {
            Some(_) => uids.truncate(limit),
            // Those that arrived last are what people look for.
            None => drop(uids.drain(..uids.len().saturating_sub(limit))),
        }
    }
}

/// Tells what was found in a folder.
pub(super) fn tell(uids: &[Uid], mailbox: &Mailbox, validity: Option<UidValidity>, scope: Scope, job: &Job<'_>) {
    let validity = validity.map(UidValidity::get);
    let place = Place { folder: mailbox.into(), validity };
    let mut count = 0;
    let mut pieces = uids.chunks(Found::PIECE).peekable();
    if uids.is_empty() {
        job.tell(What::Found(Found { place, scope, ..Found::default() }));
    }
    while let Some(piece) = pieces.next()
        && !job.output().is_closed()
    {
        count += piece.len() as u64;
        let numbers = found::numbers(piece.iter().copied());
        job.tell(What::Found(Found { place, uids: &numbers, count, more: pieces.peek().is_some(), scope }));
    }
}
