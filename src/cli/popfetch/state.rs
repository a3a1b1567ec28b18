//! `popfetch state`: what is remembered of an account, looked at and changed.

use std::fs::File;
use std::io::Read as _;

use super::job::{Job, absent};
use crate::cli::args::{ForgetArgs, ImportArgs, ImportFormat, MarkSeenArgs, StateCommand};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Change, Changed, Remembered};
use crate::cli::output::{Mail, Record};
use crate::error::{Error, Result, StorageKind};
use crate::store::Key;
use crate::store::ledger::import::{Imported, Origin, import};
use crate::store::ledger::{Entry, Ledger, State};
use crate::text::{sanitize, sanitize_capped};

/// The largest file that is taken over, in octets.
const MAX_IMPORT: u64 = 256 * 1024 * 1024;

pub(super) fn run(command: &StateCommand, job: &Job<'_>) -> Result<Exit, Failure> {
    match command {
        StateCommand::List(_) => list(job)?,
        StateCommand::MarkSeen(args) => mark_seen(args, job)?,
        StateCommand::Forget(args) => forget(args, job)?,
        StateCommand::Import(args) => take_over(args, job)?,
    }
    Ok(Exit::OK)
}

fn list(job: &Job<'_>) -> Result<(), Failure> {
    for (key, entry) in job.history()?.entries() {
        if job.output().is_closed() {
            break;
        }
        let reason = match &entry.state {
            State::Skipped(why) => why.word().to_owned(),
            State::Failed { attempts, reason, .. } => format!("{attempts} times, last: {reason}"),
            _ => String::new(),
        };
        let remembered = Remembered {
            mail: Mail { account: job.name(), uidl: &key.uid, number: None, size: entry.size },
            ordinal: key.ordinal,
            state: entry.state.word(),
            reason: &reason,
            first_seen: entry.first_seen,
            absent_since: entry.absent_since,
        };
        job.output().record(&Record::Remembered(remembered));
    }
    Ok(())
}

fn mark_seen(args: &MarkSeenArgs, job: &Job<'_>) -> Result<(), Failure> {
    let mut ledger = job.ledger()?;
    let mut marked = 0;
    if args.uidls.is_empty() {
        let (session, listing) = job.survey_with_uidl()?;
        session.leave();
        for message in listing.messages() {
            let key = Key { uid: message.uid.into(), ordinal: message.ordinal };
            marked += u64::from(see(&mut ledger, &key, message.size)?);
        }
    } else {
        for uidl in &args.uidls {
            let keys = remembered(&ledger, uidl.as_bytes());
            let unheard = Key { uid: uidl.as_bytes().into(), ordinal: 1 };
            for key in if keys.is_empty() { vec![unheard] } else { keys } {
                marked += u64::from(see(&mut ledger, &key, None)?);
            }
        }
    }
    ledger.close()?;
    tell(job, Change::MarkedSeen, marked);
    Ok(())
}

/// Marks one message; what is delivered, or may be, is known better than seen, and stays.
fn see(ledger: &mut Ledger, key: &Key, size: Option<u64>) -> Result<bool> {
    let known = ledger.history().lookup(&key.uid, key.ordinal).map(|Entry { state, .. }| state);
    match known {
        Some(State::Intent { .. } | State::Delivered | State::DeletePending | State::Seen) => Ok(false),
        _ => ledger.set(key, State::Seen, size).map(|()| true),
    }
}

fn forget(args: &ForgetArgs, job: &Job<'_>) -> Result<(), Failure> {
    let mut ledger = job.ledger()?;
    let mut keys = Vec::new();
    for uidl in &args.uidls {
        let named = remembered(&ledger, uidl.as_bytes());
        if named.is_empty() {
            return Err(absent(&format!("no message is remembered as {}", sanitize(uidl.as_bytes()))));
        }
        keys.extend(named);
    }
    if args.uidls.is_empty() {
        let chosen = |entry: &Entry| !args.skipped || matches!(entry.state, State::Skipped(_));
        keys.extend(ledger.history().entries().filter(|(_, entry)| chosen(entry)).map(|(key, _)| key));
    }
    keys.sort_unstable();
    keys.dedup();
    for key in &keys {
        ledger.forget(key)?;
    }
    ledger.close()?;
    tell(job, Change::Forgotten, keys.len() as u64);
    Ok(())
}

fn take_over(args: &ImportArgs, job: &Job<'_>) -> Result<(), Failure> {
    let Some(path) = &args.file else { return Err(Failure::usage("name the file")) };
    let name = sanitize(path.as_os_str().as_encoded_bytes());
    let mut bytes = Vec::new();
    let file = File::open(path)
        .map_err(|error| Failure { exit: Exit::NO_INPUT, ..Error::io(format!("opening {name}"), error).into() })?;
    file.take(MAX_IMPORT.saturating_add(1)).read_to_end(&mut bytes).map_err(|source| Error::Storage {
        doing: format!("reading {name}"),
        source,
        kind: StorageKind::Io,
    })?;
    if bytes.len() as u64 > MAX_IMPORT {
        return Err(Error::InvalidInput(format!("{name} is larger than any list of unique-ids")).into());
    }
    let user = job.plan.server.user.as_deref().unwrap_or_default();
    let Imported { origin, uids, damaged, others } = import(&bytes, user, job.plan.server.endpoint.host())?;
    if let Some(format) = args.format
        && origin != origin_of(format)
    {
        let text = format!("{name} is not {}'s: it looks like {}'s", origin_of(format).name(), origin.name());
        return Err(Error::InvalidInput(text).into());
    }
    if let Some(line) = damaged.first() {
        job.warn(&format!("{name}: {} lines make no sense and are left out, the first is line {line}", damaged.len()));
    }
    if uids.is_empty() && !others.is_empty() {
        let others = sanitize_capped(others.join(", ").as_bytes(), 200);
        return Err(absent(&format!("{name} has nothing of {user} at this host, only of {others}")));
    }
    let mut ledger = job.ledger()?;
    let mut imported = 0;
    for uid in uids {
        imported += u64::from(see(&mut ledger, &Key { uid, ordinal: 1 }, None)?);
    }
    ledger.close()?;
    tell(job, Change::Imported, imported);
    Ok(())
}

/// The messages that are remembered with this unique-id.
fn remembered(ledger: &Ledger, uid: &[u8]) -> Vec<Key> {
    let keys = (1..).map(|ordinal| Key { uid: uid.into(), ordinal });
    keys.take_while(|key| ledger.history().contains(&key.uid, key.ordinal)).collect()
}

fn origin_of(format: ImportFormat) -> Origin {
    match format {
        ImportFormat::Fetchmail => Origin::Fetchmail,
        ImportFormat::Getmail => Origin::Getmail,
        ImportFormat::Mpop => Origin::Mpop,
    }
}

fn tell(job: &Job<'_>, change: Change, messages: u64) {
    job.output().record(&Record::Changed(Changed { account: job.name(), change, messages }));
}
