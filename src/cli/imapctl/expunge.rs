//! `imapctl expunge`: what is marked as deleted goes.

use super::chosen;
use super::found;
use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::ExpungeArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Mode, Removal, Removed, What};
use crate::error::Error;
use crate::imap::{Extension, Ignore, UidSet};

/// How many UIDs a record has.
const PIECE: usize = 5_000;

/// Two trips after the one that logs in and opens the folder: what is marked is asked for first, and just that is removed.
/// A server without UIDPLUS removes what is marked by then.
pub(super) fn run(args: &ExpungeArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mode = chosen::mode(args.dry_run);
    let wanted = args.selected()?;
    let mut folder = visit.open(job, &args.folder.folder, chosen::access(mode), args.folder.uidvalidity)?;
    let has_uidplus = folder.session().has(Extension::UidPlus);
    if wanted.is_some() && !has_uidplus {
        let text =
            "the server has no UIDPLUS: it can only remove everything that is marked as deleted, and not some of it";
        return Err(Error::Unsupported(text.into()).into());
    }
    let work = job.work("expunging", Counted::Received);
    let mut marked = match folder.selection().exists {
        0 => UidSet::new(),
        _ => chosen::matching("DELETED", &mut folder)?,
    };
    if let Some(wanted) = wanted {
        // `*` is the folder's last message, marked or not.
        let wanted = if wanted.has_star() { chosen::present(&wanted, &mut folder)? } else { wanted };
        marked = marked.intersect(&wanted);
    }
    if marked.is_empty() {
        return Ok(Exit::OK);
    }
    chosen::guard(marked.len(), &folder, args.force, mode, job)?;
    work.total(marked.len(), 0);
    let pieces = chosen::pieces(&marked, PIECE, &mut folder);
    if mode == Mode::Done && !has_uidplus {
        folder.expunge(&mut Ignore)?;
    }
    let mailbox = folder.selection().mailbox.clone();
    let place = chosen::place(&mailbox, folder.selection().uid_validity);
    for piece in pieces {
        if mode == Mode::Done && has_uidplus {
            folder.uid_expunge(&piece, &mut Ignore)?;
        }
        let uids = found::numbers(piece.iter());
        job.tell(What::Removed(Removed { removal: Removal::Expunged, place, uids: &uids, count: piece.len(), mode }));
    }
    Ok(Exit::OK)
}
