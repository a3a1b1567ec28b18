//! Messages that are removed for good: exactly these, never what others have marked.

use super::chosen::{self, Endings};
use super::job::Job;
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Marked, Mode, Removal, Removed, What};
use crate::error::{Error, Result};
use crate::imap::session::Change;
use crate::imap::{Extension, Flag, Ignore, Mailbox, Selected, UidSet};

/// How many messages go in a command and a record.
const PIECE: usize = 5_000;

/// What became of messages that were to be removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Left {
    /// They are gone.
    Gone,
    /// They are marked as deleted and still there: without UIDPLUS the server removes everything that anybody has marked, or
    /// nothing.
    Marked,
}

/// Marks these messages as deleted and removes them, as far as that touches no others (RFC 4315 section 2.1). Two trips.
pub(super) fn remove(uids: &UidSet, folder: &mut Selected<'_>) -> Result<Left> {
    folder.uid_store(uids, Change::Add, &[Flag::Deleted], None, &mut Ignore)?;
    if !folder.session().has(Extension::UidPlus) {
        return Ok(Left::Marked);
    }
    folder.uid_expunge(uids, &mut Ignore)?;
    Ok(Left::Gone)
}

/// Says that messages are still there.
pub(super) fn tell_marked(folder: &Mailbox, job: &Job<'_>, endings: &mut Endings) {
    let text = "the messages are marked as deleted and still there: the server has no UIDPLUS, and can only remove \
                everything that anybody has marked, which \"imapctl expunge\" does";
    endings.failed(job.fault(Error::Unsupported(text.into()), Some(folder.into()), None));
}

/// Removes messages and tells of it; without a dry run they are in the folder, which is open for changes.
pub(super) fn run(
    uids: &UidSet,
    mode: Mode,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) -> Result<()> {
    let work = job.work("removing", Counted::Received);
    work.total(uids.len(), 0);
    let mailbox = folder.selection().mailbox.clone();
    let place = chosen::place(&mailbox, folder.selection().uid_validity);
    let mut is_marked = false;
    for piece in chosen::pieces(uids, PIECE, folder) {
        let left = match mode {
            Mode::DryRun => Ok(Left::Gone),
            Mode::Done => remove(&piece, folder),
        };
        match left {
            Ok(Left::Gone) => {
                let uids = super::found::numbers(piece.iter());
                let count = piece.len();
                job.tell(What::Removed(Removed { removal: Removal::Deleted, place, uids: &uids, count, mode }));
            }
            Ok(Left::Marked) => {
                let added = [Flag::Deleted.to_string()];
                for uid in piece.iter() {
                    let marked = Marked { place, uid: uid.get(), added: &added, mode, ..Marked::default() };
                    job.tell(What::Marked(marked));
                }
                is_marked = true;
            }
            Err(error @ Error::Rejected(_)) if endings.is_any_done() => {
                endings.failed(job.fault(error, Some((&mailbox).into()), None));
                break;
            }
            Err(error) => return Err(error),
        }
        endings.done();
    }
    if is_marked {
        tell_marked(&mailbox, job, endings);
    }
    Ok(())
}
