//! `imapctl flag`: flags set and cleared.

use std::collections::BTreeMap;

use super::chosen::{self, Chosen, Endings};
use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::FlagArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Marked, Mode, What};
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::session::Change;
use crate::imap::{Flag, Item, Selected, Uid, UidSet};

/// For how many messages the flags are held at a time.
const PIECE: usize = 5_000;

/// How many messages a folder may have for a query and what is done to what it finds to go in one flight: the flags of all that it
/// finds are held then.
const MOST_AT_ONCE: u32 = 20_000;

/// Three trips after the one that logs in and opens the folder: which messages there are, and a STORE each for what is set and
/// what is cleared; with SEARCHRES (RFC 5182) a query and these make one. Where a STORE tells nothing, since there was nothing to
/// change, the flags are asked for.
pub(super) fn run(args: &FlagArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mode = chosen::mode(args.dry_run);
    let mut folder = visit.open(job, &args.folder.folder, chosen::access(mode), args.folder.uidvalidity)?;
    if mode == Mode::Done {
        check_kept(&args.add, &folder)?;
    }
    let work = job.work("flagging", Counted::Received);
    let mut known = Flags::new();
    let chosen = match if mode == Mode::Done { at_once(args, &mut folder)? } else { None } {
        None => Chosen::of(&args.selection, &mut folder)?,
        Some((uids, flags)) => {
            known = flags;
            Chosen::found(uids)
        }
    };
    work.total(chosen.uids.len(), 0);
    let mut endings = Endings::default();
    let mailbox = folder.selection().mailbox.clone();
    chosen.tell_missing(&mailbox, job, &mut endings)?;
    let names = |flags: &[Flag]| flags.iter().map(Flag::to_string).collect::<Vec<_>>();
    let (added, removed) = (names(&args.add), names(&args.remove));
    let place = chosen::place(&mailbox, folder.selection().uid_validity);
    let tell = |uid: Uid, flags: Option<&[String]>| {
        let (added, removed) = (added.as_slice(), removed.as_slice());
        job.tell(What::Marked(Marked { place, uid: uid.get(), flags, added, removed, mode }));
    };
    if mode == Mode::DryRun {
        chosen.uids.iter().for_each(|uid| tell(uid, None));
        return Ok(endings.exit());
    }
    let mut others = 0;
    for piece in chosen::pieces(&chosen.uids, PIECE, &mut folder) {
        let mut flags = match store(args, &piece, &mut known, &mut folder) {
            Ok(flags) => flags,
            Err(error @ Error::Rejected(_)) if endings.is_any_done() => {
                endings.failed(job.fault(error, Some((&mailbox).into()), None));
                break;
            }
            Err(error) => return Err(error.into()),
        };
        for uid in piece.iter() {
            match flags.remove(&uid) {
                Some(flags) => {
                    endings.done();
                    others += u64::from(!is_so(args, &flags));
                    tell(uid, Some(&flags));
                }
                None => endings.absent(uid, &mailbox, job),
            }
        }
    }
    if others > 0 {
        let text =
            format!("{others} of the messages have other flags than was asked for: the server does not keep them");
        endings.failed(job.fault(Error::Unsupported(text), Some((&mailbox).into()), None));
    }
    Ok(endings.exit())
}

/// Quirk: a server that does not keep a keyword says OK to it and forgets it (RFC 9051 section 7.1, `PERMANENTFLAGS`).
fn check_kept(flags: &[Flag], folder: &Selected<'_>) -> Result<()> {
    let selection = folder.selection();
    let lost: Vec<String> = flags.iter().filter(|flag| !selection.keeps(flag)).map(Flag::to_string).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let kept = selection.permanent_flags.iter().flatten().map(Flag::to_string).collect::<Vec<_>>().join(" ");
    let kept = if kept.is_empty() { "none".to_owned() } else { kept };
    Err(Error::Unsupported(format!(
        "the server does not keep {} in {}; what it keeps there: {kept}",
        lost.join(" "),
        selection.mailbox.text()
    )))
}

/// The flags of messages as they are now.
type Flags = BTreeMap<Uid, Vec<String>>;

/// What the query finds, and what its flags are now that they are changed; `None` where that takes more than one flight, and nothing
/// was done.
fn at_once(args: &FlagArgs, folder: &mut Selected<'_>) -> Result<Option<(UidSet, Flags)>> {
    if folder.selection().exists > MOST_AT_ONCE {
        return Ok(None);
    }
    let Some(program) = chosen::program(&args.selection, folder)? else { return Ok(None) };
    let mut now = Flags::new();
    let Some(acted) = folder.search_and_store(&program, &changes(args), &mut |found, data| {
        note(data, found, &mut now);
        Ok(())
    })?
    else {
        return Ok(None);
    };
    match acted.accepted {
        // They are stored one by one then, which tells what is wrong.
        Err(Error::Rejected(_)) => Ok(Some((acted.uids, Flags::new()))),
        Err(error) => Err(error),
        Ok(()) => {
            let told: UidSet = now.keys().copied().collect();
            flags(&acted.uids.subtract(&told), &mut now, folder)?;
            Ok(Some((acted.uids, now)))
        }
    }
}

/// Changes the flags of these messages unless they are known to be so, and tells them as they are now.
fn store(args: &FlagArgs, uids: &UidSet, known: &mut Flags, folder: &mut Selected<'_>) -> Result<Flags> {
    let mut now: Flags =
        uids.iter().filter_map(|uid| known.remove_entry(&uid)).filter(|(_, flags)| is_so(args, flags)).collect();
    let done: UidSet = now.keys().copied().collect();
    let uids = uids.subtract(&done);
    if uids.is_empty() {
        return Ok(now);
    }
    for (change, flags) in changes(args) {
        folder.uid_store(&uids, change, flags, None, &mut |data: &Data<'_>| {
            note(data, &uids, &mut now);
            Ok(())
        })?;
    }
    let told: UidSet = now.keys().copied().collect();
    flags(&uids.subtract(&told), &mut now, folder)?;
    Ok(now)
}

fn changes(args: &FlagArgs) -> Vec<(Change, &[Flag])> {
    let all = [(Change::Add, args.add.as_slice()), (Change::Remove, args.remove.as_slice())];
    all.into_iter().filter(|(_, flags)| !flags.is_empty()).collect()
}

/// Asks for the flags of these messages.
fn flags(uids: &UidSet, now: &mut Flags, folder: &mut Selected<'_>) -> Result<()> {
    if uids.is_empty() {
        return Ok(());
    }
    folder.uid_fetch(uids, &[Item::Uid, Item::Flags], &mut |data: &Data<'_>| {
        note(data, uids, now);
        Ok(())
    })
}

/// Notes what is told of the flags of one of these messages.
fn note(data: &Data<'_>, uids: &UidSet, now: &mut Flags) {
    let Data::Fetch(row) = data else { return };
    if let (Some(uid), Some(flags)) = (row.uid.filter(|uid| uids.contains(*uid)), &row.flags) {
        now.insert(uid, flags.iter().map(|flag| crate::text::sanitize(&flag)).collect());
    }
}

/// Whether the flags are as was asked for.
fn is_so(args: &FlagArgs, flags: &[String]) -> bool {
    let has = |flag: &Flag| flags.iter().any(|found| found.eq_ignore_ascii_case(flag.as_str()));
    args.add.iter().all(has) && !args.remove.iter().any(has)
}
