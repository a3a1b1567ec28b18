//! `imapctl search`: the UIDs of messages.

use super::found;
use super::job::Job;
use super::sorted;
use super::visit::Visit;
use crate::cli::args::imapctl::SearchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Found, Place, What};
use crate::imap::{Access, Mailbox, Uid};

/// One trip after the one that logs in and opens the folder, unless the query needs more than the server can tell.
pub(super) fn run(args: &SearchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let query = found::query(&args.query.selected())?;
    let mut folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    let work = job.work("searching", Counted::Received);
    let mut uids: Vec<Uid> = match &args.sort {
        Some(criteria) => sorted::by(criteria, &query, &mut folder)?,
        None => found::search(&query, &mut folder)?.iter().collect(),
    };
    if args.limit > 0 {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        match args.sort {
            Some(_) => uids.truncate(limit),
            // Those that arrived last are what people look for.
            None => drop(uids.drain(..uids.len().saturating_sub(limit))),
        }
    }
    drop(work);
    let mailbox = folder.selection().mailbox.clone();
    tell(&uids, &mailbox, folder.selection().uid_validity.map(|validity| validity.get()), job);
    Ok(Exit::OK)
}

fn tell(uids: &[Uid], mailbox: &Mailbox, validity: Option<u32>, job: &Job<'_>) {
    let place = Place { folder: mailbox.into(), validity };
    let mut count = 0;
    let mut pieces = uids.chunks(Found::PIECE).peekable();
    if uids.is_empty() {
        job.tell(What::Found(Found { place, uids: &[], count: 0, more: false }));
    }
    while let Some(piece) = pieces.next()
        && !job.output().is_closed()
    {
        count += piece.len() as u64;
        let numbers = found::numbers(piece.iter().copied());
        job.tell(What::Found(Found { place, uids: &numbers, count, more: pieces.peek().is_some() }));
    }
}
