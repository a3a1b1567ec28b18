//! `imapctl copy` and `imapctl move`: messages into another folder, of another account too.

use super::across;
use super::chosen::{self, Chosen, Endings};
use super::job::Job;
use super::relocation::{self, Route};
use super::visit::Visit;
use crate::cli::args::imapctl::TransferArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Mode, Transfer};
use crate::error::Error;
use crate::imap::Access;

/// What becomes of the messages that were copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Original {
    /// They stay: a copy.
    Stays,
    /// They go: a move.
    Goes,
}

impl Original {
    /// How the folder that they are in is opened.
    pub(super) fn access(self, mode: Mode) -> Access {
        match self {
            Self::Stays => Access::ReadOnly,
            Self::Goes => chosen::access(mode),
        }
    }

    /// What is being done.
    pub(super) fn doing(self) -> &'static str {
        match self {
            Self::Stays => "copying",
            Self::Goes => "moving",
        }
    }

    /// What the whole is called.
    pub(super) fn transfer(self) -> Transfer {
        match self {
            Self::Stays => Transfer::Copied,
            Self::Goes => Transfer::Moved,
        }
    }
}

/// What to do where the folder that is to take the messages is not there.
pub(super) const MAKE_IT: &str = "--create makes the folder, and imapctl folders lists those there are";

/// Two trips after the one that logs in and opens the folder: which messages there are, and COPY or MOVE; one where
/// the server acts on what a query finds by itself (SEARCHRES, RFC 5182). A folder that is named
/// by its use is a trip more.
pub(super) fn run(args: &TransferArgs, original: Original, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    if let Some(target) = &job.plan.target {
        return across::run(args, original, target, visit, job);
    }
    let mode = chosen::mode(args.dry_run);
    let (from, access, guard) = (&args.folder.folder, original.access(mode), args.folder.uidvalidity);
    // The folder comes with the login; asked for again it costs nothing.
    let source = visit.open(job, from, access, guard)?.selection().mailbox.clone();
    let to = visit.resolve(job, &args.to)?;
    if original == Original::Goes && to == source {
        let text = format!("the messages are in {} already", source.text());
        return Err(Failure { exit: Exit::DATA, ..Error::InvalidInput(text).into() });
    }
    let mut folder = visit.open(job, from, access, guard)?;
    let _work = job.work(original.doing(), Counted::Received);
    let mut endings = Endings::default();
    let route = Route { to: &to, original, create: args.create, mode, advice: MAKE_IT };
    if relocation::by_query(&args.selection, &route, &mut folder, job, &mut endings)? {
        return Ok(endings.exit());
    }
    let chosen = Chosen::of(&args.selection, &mut folder)?;
    chosen.tell_missing(&source, job, &mut endings)?;
    relocation::run(&chosen.uids, &route, &mut folder, job, &mut endings)?;
    Ok(endings.exit())
}
