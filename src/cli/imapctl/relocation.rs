//! Messages that go into another folder of the same account.

use std::collections::BTreeMap;

use super::chosen::{self, Endings};
use super::copy::Original;
use super::job::Job;
use super::removal::{self, Left};
use crate::cli::args::imapctl::SelectionArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{FolderAction, FolderChange, Mode, Transfer, Transferred, What};
use crate::error::{Error, Result};
use crate::imap::session::{Acted, Carry, Copied, StatusItem};
use crate::imap::{Extension, Ignore, Mailbox, Selected, Uid, UidSet, UidValidity};

/// Where messages go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route<'a> {
    pub(super) to: &'a Mailbox,
    pub(super) original: Original,
    /// Whether the folder is made where it is not there.
    pub(super) create: bool,
    pub(super) mode: Mode,
    /// What to try where it is not there.
    pub(super) advice: &'a str,
}

/// Copies or moves messages that are in the folder, and tells where each is now.
///
/// A move is MOVE where the server has it. Elsewhere it is COPY, and what was copied is removed then: whatever fails on the way
/// leaves messages in both folders, and nothing that others have marked as deleted is touched (RFC 6851 section 3.3).
pub(super) fn run(
    uids: &UidSet,
    route: &Route<'_>,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) -> Result<(), Failure> {
    if uids.is_empty() {
        return Ok(());
    }
    let work = job.work(route.original.doing(), Counted::Received);
    work.total(uids.len(), 0);
    if route.mode == Mode::DryRun {
        return rehearse(uids, route, folder, job, endings);
    }
    let by_move = route.original == Original::Goes && folder.session().has(Extension::Move);
    if route.original == Original::Goes && !by_move {
        chosen::check_removal(folder)?;
    }
    for piece in chosen::pieces(uids, usize::MAX, folder) {
        let carried = carry(&piece, by_move, route, folder, job);
        if settle(&piece, carried, by_move, route, folder, job, endings)? == Next::Stop {
            break;
        }
    }
    Ok(())
}

/// Copies or moves what a query finds in the flight that searches for it, where the server keeps what it finds (SEARCHRES, RFC
/// 5182) and tells what becomes of it. `false` if that cannot be, and nothing was done.
pub(super) fn by_query(
    selection: &SelectionArgs,
    route: &Route<'_>,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) -> Result<bool, Failure> {
    let (verb, by_move) = match route.original {
        Original::Stays => (Carry::Copy, false),
        Original::Goes => (Carry::Move, true),
    };
    // Without new UIDs nobody would know whether the server has understood which messages are meant.
    let can = folder.session().has(Extension::UidPlus) && (!by_move || folder.session().has(Extension::Move));
    let Some(program) = chosen::program(selection, folder)?.filter(|_| can && route.mode == Mode::Done) else {
        return Ok(false);
    };
    let mut told = Vec::new();
    let Acted { uids, accepted } = match folder.search_and_carry(&program, verb, route.to, &mut told) {
        Ok(None) => return Ok(false),
        Ok(Some(acted)) => acted,
        Err(error @ Error::Rejected(_)) if folder.session().is_in_step() => return Err(error.into()),
        Err(error) => {
            tell(&Told::only(&told, &UidSet::all()), route.original.transfer(), route, folder, job, endings);
            return Err(unknown(error, "the", route));
        }
    };
    if uids.is_empty() {
        return Ok(true);
    }
    if accepted.is_err() && told.is_empty() {
        // Refused as a whole: by itself it tells why, or is done all the same.
        return run(&uids, route, folder, job, endings).map(|()| true);
    }
    settle(&uids, (told, accepted), by_move, route, folder, job, endings).map(|_| true)
}

/// Whether there is a point in going on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    GoOn,
    Stop,
}

/// Tells what became of messages that were copied or moved, and removes what was copied only to be moved.
fn settle(
    piece: &UidSet,
    (told, carried): (Vec<Copied>, Result<()>),
    by_move: bool,
    route: &Route<'_>,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) -> Result<Next, Failure> {
    let source = folder.selection().mailbox.clone();
    let told = match carried {
        Ok(()) => Told::of(piece, &told, by_move, folder, job).map_err(|error| match route.original {
            Original::Stays => error.into(),
            Original::Goes => in_both(error, &route.to.text()),
        })?,
        Err(error) => {
            tell(&Told::only(&told, piece), route.original.transfer(), route, folder, job, endings);
            let failure = refused(error, piece, route, folder);
            if endings.is_any_done() && !failure.error.is_fatal_to_session() && failure.exit != Exit::UNKNOWN {
                endings.failed(job.fault(failure, Some((&source).into()), None));
                return Ok(Next::Stop);
            }
            return Err(failure);
        }
    };
    told.absent.iter().for_each(|uid| endings.absent(uid, &source, job));
    if route.original == Original::Stays || by_move {
        tell(&told, route.original.transfer(), route, folder, job, endings);
        return Ok(Next::GoOn);
    }
    // What was copied goes, and nothing else.
    let copied: UidSet = told.pairs.keys().copied().collect();
    match if copied.is_empty() { Ok(Left::Gone) } else { removal::remove(&copied, folder) } {
        Ok(Left::Gone) => tell(&told, Transfer::Moved, route, folder, job, endings),
        Ok(Left::Marked) => {
            tell(&told, Transfer::Copied, route, folder, job, endings);
            removal::tell_marked(&source, job, endings);
        }
        Err(error) => {
            tell(&told, Transfer::Copied, route, folder, job, endings);
            let failure = in_both(error, &route.to.text());
            if failure.error.is_fatal_to_session() {
                return Err(failure);
            }
            endings.failed(job.fault(failure, Some((&source).into()), None));
            return Ok(Next::Stop);
        }
    }
    Ok(Next::GoOn)
}

/// A copy is there, and what it was made of as well; after a connection that ended, perhaps.
pub(super) fn in_both(error: Error, to: &str) -> Failure {
    let is = if error.is_fatal_to_session() { "may be" } else { "is" };
    let advice = format!("what was copied to {to} {is} still here as well");
    Failure { advice: Some(advice), ..error.into() }
}

/// Only says what would be done. A trip for whether the folder is there.
fn rehearse(
    uids: &UidSet,
    route: &Route<'_>,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) -> Result<(), Failure> {
    // STATUS is not for the folder that is open (RFC 9051 section 6.3.11).
    if *route.to != folder.selection().mailbox {
        let refused = folder.session().status([route.to], &[StatusItem::UidNext], &mut Ignore)?;
        if let Some((_, error)) = refused.into_iter().next() {
            match Exit::of(&error) {
                Exit::NO_INPUT if route.create => tell_created(route.to, Mode::DryRun, job),
                Exit::NO_INPUT => return Err(Failure { advice: Some(route.advice.into()), ..error.into() }),
                // Quirk: who may put messages into a folder may not always look at it.
                _ => {}
            }
        }
    }
    let pairs = uids.iter().map(|uid| (uid, None)).collect();
    tell(&Told { pairs, absent: UidSet::new() }, route.original.transfer(), route, folder, job, endings);
    Ok(())
}

/// COPY or MOVE; the folder is made if it is not there and that is wanted.
fn carry(
    piece: &UidSet,
    by_move: bool,
    route: &Route<'_>,
    folder: &mut Selected<'_>,
    job: &Job<'_>,
) -> (Vec<Copied>, Result<()>) {
    let mut told = Vec::new();
    let once = |folder: &mut Selected<'_>, told: &mut Vec<Copied>| match by_move {
        true => folder.uid_move(piece, route.to, told, &mut Ignore),
        false => folder.uid_copy(piece, route.to, told, &mut Ignore),
    };
    let mut carried = once(folder, &mut told);
    if route.create
        && told.is_empty()
        && matches!(&carried, Err(error @ Error::Rejected(_)) if Exit::of(error) == Exit::NO_INPUT)
    {
        carried = folder.session().create(route.to, None).and_then(|()| {
            tell_created(route.to, Mode::Done, job);
            once(folder, &mut told)
        });
    }
    (told, carried)
}

/// A folder was made for what goes into it.
pub(super) fn tell_created(folder: &Mailbox, mode: Mode, job: &Job<'_>) {
    job.tell(What::FolderChange(FolderChange {
        folder: folder.into(),
        action: FolderAction::Created,
        to: None,
        special_use: None,
        messages: None,
        mode,
    }));
}

/// A COPY or MOVE that failed. Without its reply nobody knows whether it was done.
fn refused(error: Error, piece: &UidSet, route: &Route<'_>, folder: &mut Selected<'_>) -> Failure {
    if folder.session().is_in_step() {
        return match Exit::of(&error) {
            Exit::NO_INPUT => Failure { advice: Some(route.advice.into()), ..error.into() },
            _ => error.into(),
        };
    }
    unknown(error, &format!("{} of the", piece.len()), route)
}

/// A COPY or MOVE of which nobody knows whether it was done.
fn unknown(error: Error, which: &str, route: &Route<'_>) -> Failure {
    let to = route.to.text();
    let advice = match route.original {
        Original::Stays => format!("whether {which} messages are in {to} now is not known"),
        Original::Goes => format!("whether {which} messages are in {to} now or still here is not known"),
    };
    Failure { exit: Exit::UNKNOWN, advice: Some(advice), ..error.into() }
}

/// What is known of messages that were copied or moved.
#[derive(Debug, Default)]
struct Told {
    /// Each with its new UID, and what that belongs to, if the server has told.
    pairs: BTreeMap<Uid, Option<(UidValidity, Uid)>>,
    /// Those that somebody else has taken away meanwhile.
    absent: UidSet,
}

impl Told {
    /// What a COPYUID says; where there is none, the folder tells which messages there were.
    fn of(piece: &UidSet, copied: &[Copied], by_move: bool, folder: &mut Selected<'_>, job: &Job<'_>) -> Result<Self> {
        let pairs = Self::pairs(copied, piece);
        if !pairs.is_empty() {
            let known: UidSet = pairs.keys().copied().collect();
            return Ok(Self { pairs, absent: piece.subtract(&known) });
        }
        let unknown = |uids: &UidSet| uids.iter().map(|uid| (uid, None)).collect();
        if !folder.session().has(Extension::UidPlus) {
            return Ok(Self { pairs: unknown(piece), absent: UidSet::new() });
        }
        // Quirk: some servers with UIDPLUS forget the code, but it is also missing where no message was left to take.
        if by_move {
            job.warn("the server does not say where the messages are now: another program may have been faster");
            return Ok(Self { pairs: unknown(piece), absent: UidSet::new() });
        }
        let there = chosen::present(piece, folder)?;
        Ok(Self { pairs: unknown(&there), absent: piece.subtract(&there) })
    }

    /// What a COPYUID says, and nothing of the others.
    fn only(copied: &[Copied], piece: &UidSet) -> Self {
        Self { pairs: Self::pairs(copied, piece), absent: UidSet::new() }
    }

    /// What is said of other messages than those that were to be copied is nothing to act on: what was copied may be removed.
    fn pairs(copied: &[Copied], piece: &UidSet) -> BTreeMap<Uid, Option<(UidValidity, Uid)>> {
        let one = |copied: &Copied| {
            let validity = copied.uid_validity;
            let ours = copied.pairs.iter().filter(|(old, _)| piece.contains(*old));
            ours.map(|(old, new)| (*old, Some((validity, *new)))).collect::<Vec<_>>()
        };
        copied.iter().flat_map(one).collect()
    }
}

fn tell(
    told: &Told,
    transfer: Transfer,
    route: &Route<'_>,
    folder: &Selected<'_>,
    job: &Job<'_>,
    endings: &mut Endings,
) {
    let place = chosen::place(&folder.selection().mailbox, folder.selection().uid_validity);
    for (uid, new) in &told.pairs {
        endings.done();
        job.tell(What::Transferred(Transferred {
            transfer,
            place,
            uid: uid.get(),
            to_account: None,
            to: chosen::place(route.to, new.map(|(validity, _)| validity)),
            to_uid: new.map(|(_, uid)| uid.get()),
            mode: route.mode,
        }));
    }
}
