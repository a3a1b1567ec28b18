//! Which messages a change is about, how it ended for each, and what has to hold before messages are removed.

use super::found;
use super::job::Job;
use crate::cli::args::imapctl::{Selected as Words, SelectionArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{Mode, Place};
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::query::Program;
use crate::imap::{Access, Extension, Flag, Mailbox, Query, Selected, Uid, UidSet, UidValidity};

/// How long a set in a command may be, in octets.
const MAX_SET: usize = 6_000;

/// Up to so many messages are removed without a question.
const UNASKED: u64 = 20;

/// What a message that is not there is told as.
const ABSENT: &str = "there is no such message";

/// The messages that are meant.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Those that are there.
    pub(super) uids: UidSet,
    /// Those that were named one by one and are not there. What a range leaves out is not missed.
    missing: UidSet,
    /// Whether any were named at all.
    named: bool,
}

impl Chosen {
    /// One trip: the server tells which of them are there, so that what is done is done to exactly these, whatever arrives
    /// meanwhile.
    pub(super) fn of(selection: &SelectionArgs, folder: &mut Selected<'_>) -> Result<Self> {
        let words = selection.selected()?;
        Ok(match &words {
            Words::Uids(wanted) => {
                let uids = present(wanted, folder)?;
                let missing = singles(&selection.words).subtract(&uids);
                Self { uids, missing, named: true }
            }
            words => Self { uids: found::uids(words, folder).map_err(|failure| *failure.error)?, ..Self::default() },
        })
    }

    /// What a query has found.
    pub(super) fn found(uids: UidSet) -> Self {
        Self { uids, ..Self::default() }
    }

    /// Tells of those that are not there. Fails (66) if UIDs were named and none of them is.
    pub(super) fn tell_missing(&self, folder: &Mailbox, job: &Job<'_>, endings: &mut Endings) -> Result<(), Failure> {
        if self.named && self.uids.is_empty() {
            let text = format!("none of these messages is in {}", folder.text());
            return Err(Failure { exit: Exit::NO_INPUT, ..Error::InvalidInput(text).into() });
        }
        self.missing.iter().for_each(|uid| endings.absent(uid, folder, job));
        Ok(())
    }
}

/// What the server is to be asked where a query says which messages are meant, and it can tell all by itself in one search.
pub(super) fn program(selection: &SelectionArgs, folder: &mut Selected<'_>) -> Result<Option<Program>> {
    let words = selection.selected()?;
    if let Words::Uids(_) = words {
        return Ok(None);
    }
    Ok(found::program(&found::query(&words)?.plan(&found::known(folder))?))
}

/// Those of the messages that are in the folder; `20:*` never means one below 20.
pub(super) fn present(wanted: &UidSet, folder: &mut Selected<'_>) -> Result<UidSet> {
    // Quirk: servers say BAD to a set like `1:*` where there is no message.
    if folder.selection().exists == 0 {
        return Ok(UidSet::new());
    }
    if wanted.has_star() {
        return found::uids(&Words::Uids(wanted.clone()), folder).map_err(|failure| *failure.error);
    }
    let mut there = UidSet::new();
    for set in wanted.chunks(MAX_SET) {
        there.union(&matching(&format!("UID {set}"), folder)?.intersect(&set));
    }
    Ok(there)
}

/// What these search keys find.
pub(super) fn matching(keys: &str, folder: &mut Selected<'_>) -> Result<UidSet> {
    let plan = Query::raw(keys)?.plan(&found::known(folder))?;
    match found::program(&plan) {
        Some(program) => folder.uid_search(&program),
        None => Ok(UidSet::new()),
    }
}

/// The UIDs that stand for themselves in what was typed.
fn singles(words: &[String]) -> UidSet {
    words.iter().flat_map(|word| word.split(',')).filter_map(|word| word.trim().parse::<Uid>().ok()).collect()
}

/// The messages in pieces of at most `most`, each short enough for one command, and no more than the server allows in one
/// (MESSAGELIMIT, RFC 9738).
pub(super) fn pieces(uids: &UidSet, most: usize, folder: &mut Selected<'_>) -> Vec<UidSet> {
    let limit = folder.session().capabilities().and_then(|known| known.message_limit);
    let most = limit.and_then(|limit| usize::try_from(limit).ok()).map_or(most, |limit| limit.min(most)).max(1);
    let mut pieces = Vec::new();
    for set in uids.chunks(MAX_SET) {
        if usize::try_from(set.len()).is_ok_and(|count| count <= most) {
            pieces.push(set);
            continue;
        }
        let all: Vec<Uid> = set.iter().collect();
        pieces.extend(all.chunks(most).map(|piece| piece.iter().copied().collect::<UidSet>()));
    }
    pieces
}

/// How the parts of a change ended.
#[derive(Debug, Default)]
pub(super) struct Endings {
    done: bool,
    failed: Vec<Exit>,
}

impl Endings {
    /// Something was done, or would be.
    pub(super) fn done(&mut self) {
        self.done = true;
    }

    /// Whether anything was.
    pub(super) fn is_any_done(&self) -> bool {
        self.done
    }

    /// Whether something may have been done or not.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.failed.contains(&Exit::UNKNOWN)
    }

    /// Something failed.
    pub(super) fn failed(&mut self, exit: Exit) {
        if !self.failed.contains(&exit) {
            self.failed.push(exit);
        }
    }

    /// A message is not there, or not any more.
    pub(super) fn absent(&mut self, uid: Uid, folder: &Mailbox, job: &Job<'_>) {
        let failure = Failure { exit: Exit::NO_INPUT, ..Error::InvalidInput(ABSENT.into()).into() };
        self.failed(job.fault(failure, Some(folder.into()), Some(uid.get())));
    }

    pub(super) fn exit(self) -> Exit {
        Exit::combine(self.done.then_some(Exit::OK).into_iter().chain(self.failed))
    }
}

/// How a folder is opened for a change.
pub(super) fn access(mode: Mode) -> Access {
    match mode {
        Mode::Done => Access::ReadWrite,
        Mode::DryRun => Access::ReadOnly,
    }
}

/// Whether it is only said what would be done.
pub(super) fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::DryRun } else { Mode::Done }
}

/// A folder as records have it.
pub(super) fn place(mailbox: &Mailbox, validity: Option<UidValidity>) -> Place<'_> {
    Place { folder: mailbox.into(), validity: validity.map(UidValidity::get) }
}

/// Fails (65) if so many messages are to go that somebody has to say that this is meant. A dry run only warns of it.
pub(super) fn guard(count: u64, folder: &Selected<'_>, force: bool, mode: Mode, job: &Job<'_>) -> Result<(), Failure> {
    let all = u64::from(folder.selection().exists);
    if force || !is_much(count, all) {
        return Ok(());
    }
    let name = folder.selection().mailbox.text().into_owned();
    let text = format!("this removes {count} of the {all} messages in {name} for good: if that is meant, add --force");
    match mode {
        Mode::DryRun => {
            job.warn(&text);
            Ok(())
        }
        Mode::Done => Err(Failure { exit: Exit::DATA, ..Error::InvalidInput(text).into() }),
    }
}

/// More than half, and more than a few.
fn is_much(count: u64, all: u64) -> bool {
    count > UNASKED && count.saturating_mul(2) > all
}

/// Fails (69) if it is known that we may not remove messages from the folder: nothing is begun then that could not be ended.
///
/// A trip where the server has ACL; where it has not, the folder's own flags tell.
pub(super) fn check_removal(folder: &mut Selected<'_>) -> Result<(), Failure> {
    let mailbox = folder.selection().mailbox.clone();
    if !folder.selection().keeps(&Flag::Deleted) {
        let text = format!("messages cannot be marked as deleted in {}", mailbox.text());
        return Err(Error::Unsupported(text).into());
    }
    if !folder.session().has(Extension::Acl) {
        return Ok(());
    }
    let mut rights: Option<Vec<u8>> = None;
    folder.session().my_rights([&mailbox], &mut |data: &Data<'_>| {
        if let Data::MyRights(mine) = data
            && mine.mailbox == mailbox
        {
            rights = Some(mine.rights.to_vec());
        }
        Ok(())
    })?;
    match rights {
        Some(rights) if !lets_remove(&rights) => {
            let text = format!(
                "you may not remove messages from {}: your rights are \"{}\"",
                mailbox.text(),
                crate::text::sanitize(&rights)
            );
            Err(Error::Unsupported(text).into())
        }
        _ => Ok(()),
    }
}

/// `t` and `e`, for which `d` stood before RFC 4314. A server of today adds `d` where either is there (section 2.1.1).
fn lets_remove(rights: &[u8]) -> bool {
    match (rights.contains(&b't'), rights.contains(&b'e')) {
        (false, false) => rights.contains(&b'd'),
        (marks, expunges) => marks && expunges,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_and_more_than_a_few_is_much() {
        for (count, all, much) in
            [(20, 20, false), (21, 21, true), (21, 41, true), (21, 42, false), (0, 0, false), (u64::MAX, 5, true)]
        {
            assert_eq!(is_much(count, all), much, "{count} of {all}");
        }
    }

    #[test]
    fn what_is_named_alone_can_be_missing() {
        let singles = |words: &[&str]| singles(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(singles(&["4,7:9", "20:*", "12"]).to_string(), "4,12");
        assert!(singles(&["*", "1:*"]).is_empty());
    }

    #[test]
    fn rights_old_and_new() {
        assert!(lets_remove(b"lrswipkxtecda") && lets_remove(b"te") && lets_remove(b"lrd"));
        assert!(!lets_remove(b"lrswi") && !lets_remove(b"lrtd") && !lets_remove(b"e") && !lets_remove(b""));
    }

    #[test]
    fn endings_become_one() {
        let exit = |done: bool, failed: &[Exit]| Endings { done, failed: failed.to_vec() }.exit();
        assert_eq!(exit(false, &[]), Exit::OK);
        assert_eq!(exit(true, &[]), Exit::OK);
        assert_eq!(exit(true, &[Exit::NO_INPUT]), Exit::PARTLY);
        assert_eq!(exit(false, &[Exit::NO_INPUT]), Exit::NO_INPUT);
        assert_eq!(exit(true, &[Exit::UNKNOWN, Exit::DATA]), Exit::UNKNOWN);
    }
}
