//! `imapctl folder`: folders are made, removed, renamed, subscribed and unsubscribed.

mod delete;
mod family;
mod rename;

use family::{Family, Member};

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{FolderCommand, FolderCreate, FolderSubscribe};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{FolderAction, FolderChange, Mode, Name, What};
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::session::{Authenticated, Selecting, Subscription};
use crate::imap::{Extension, Ignore, Mailbox, Session};

pub(super) fn run(command: &FolderCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match command {
        FolderCommand::Create(args) => create(args, visit, job),
        FolderCommand::Delete(args) => delete::run(args, visit, job),
        FolderCommand::Rename(args) => rename::run(args, visit, job),
        FolderCommand::Subscribe(args) => subscribe(args, Subscription::On, visit, job),
        FolderCommand::Unsubscribe(args) => subscribe(args, Subscription::Off, visit, job),
    }
}

/// A trip for each: what one makes may be what the next is made in.
fn create(args: &FolderCreate, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let session = visit.session(job)?;
    if args.special_use.is_some() && !session.has(Extension::CreateSpecialUse) {
        let text = "the server does not offer CREATE-SPECIAL-USE: it cannot be told what a folder is for";
        return Err(Error::Unsupported(text.into()).into());
    }
    let mut exits = Vec::new();
    for folder in &args.folders {
        let done = match args.dry_run {
            true => absent(session, folder).map(|()| Mode::DryRun),
            false => session.create(folder, args.special_use).map_err(Failure::from).map(|()| Mode::Done),
        };
        match done {
            Ok(mode) => {
                let change = FolderChange {
                    folder: folder.into(),
                    action: FolderAction::Created,
                    to: None,
                    special_use: args.special_use.map(|of| of.attribute()),
                    messages: None,
                    mode,
                };
                job.tell(What::FolderChange(change));
                exits.push(Exit::OK);
            }
            Err(failure) if failure.error.is_fatal_to_session() => return Err(failure),
            Err(failure) => {
                let advice = failure.advice.clone().or(misplaced(session, folder)?);
                exits.push(job.fault(Failure { advice, ..failure }, Some(Name::Mailbox(folder)), None));
            }
        }
    }
    visit.forget_uses();
    Ok(Exit::combine(exits))
}

/// One trip, and where it is recursive one more for each.
fn subscribe(
    args: &FolderSubscribe,
    subscription: Subscription,
    visit: &mut Visit,
    job: &Job<'_>,
) -> Result<Exit, Failure> {
    let mut folders: Vec<Mailbox> = Vec::new();
    for name in &args.folders {
        let top = visit.resolve(job, name)?;
        let session = visit.session(job)?;
        if !args.recursive {
            folders.push(top);
            continue;
        }
        let selecting = match subscription {
            Subscription::On => Selecting::Present,
            // Those that are gone are no less subscribed.
            Subscription::Off => Selecting::Subscribed,
        };
        let family = Family::of(session, &top, selecting)?;
        let is_meant = |member: &Member| subscription == Subscription::Off || member.is_selectable;
        let members = family.top.into_iter().chain(family.below).filter(is_meant);
        let before = folders.len();
        folders.extend(members.map(|member| member.mailbox));
        if folders.len() == before {
            // Of what is not there the server shall say so.
            folders.push(top);
        }
    }
    folders.sort();
    folders.dedup();
    let session = visit.session(job)?;
    let (refused, mode) = match args.dry_run {
        true => (Vec::new(), Mode::DryRun),
        false => (session.subscribe(&folders, subscription)?, Mode::Done),
    };
    let action = match subscription {
        Subscription::On => FolderAction::Subscribed,
        Subscription::Off => FolderAction::Unsubscribed,
    };
    let is_done = |folder: &&Mailbox| !refused.iter().any(|(other, _)| other == folder);
    let mut exits = Vec::new();
    for folder in folders.iter().filter(is_done) {
        let folder = folder.into();
        job.tell(What::FolderChange(FolderChange {
            folder,
            action,
            to: None,
            special_use: None,
            messages: None,
            mode,
        }));
        exits.push(Exit::OK);
    }
    exits.extend(refused.into_iter().map(|(folder, error)| job.fault(error, Some(Name::Mailbox(folder)), None)));
    Ok(Exit::combine(exits))
}

/// Fails if there is such a folder.
fn absent(session: &mut Session<Authenticated>, folder: &Mailbox) -> Result<(), Failure> {
    match Family::of(session, folder, Selecting::Present)?.top.is_some_and(|top| top.is_there()) {
        true => Err(Error::Unsupported(format!("there is a folder {folder} already")).into()),
        false => Ok(()),
    }
}

/// The failure for a folder that is not there.
fn missing(folder: &Mailbox) -> Failure {
    Failure { exit: Exit::NO_INPUT, ..Error::InvalidInput(format!("there is no folder {folder}")).into() }
}

/// A folder that is about to change must not be open.
fn close(session: &mut Session<Authenticated>, folders: &[&Mailbox]) -> Result<()> {
    if session.selection().is_some_and(|selection| folders.contains(&&selection.mailbox))
        && let Some(selected) = session.selected()
    {
        selected.unselect(&mut Ignore)?;
    }
    Ok(())
}

/// What to try where folders have to be in a namespace and this one is not (RFC 2342).
fn misplaced(session: &mut Session<Authenticated>, folder: &Mailbox) -> Result<Option<String>> {
    if !session.has(Extension::Namespace) {
        return Ok(None);
    }
    let mut prefix = None;
    let asked = session.namespace(&mut |data: &Data<'_>| {
        if let Data::Namespace(namespaces) = data {
            prefix = namespaces.personal.first().map(|namespace| namespace.prefix.text().into_owned());
        }
        Ok(())
    });
    match asked {
        Err(error) if error.is_fatal_to_session() => return Err(error),
        _ => {}
    }
    let outside =
        |prefix: &String| !prefix.is_empty() && prefix != "raw:" && !folder.text().starts_with(prefix.as_str());
    Ok(prefix.filter(outside).map(|prefix| {
        format!("names of folders begin with {} on this server", crate::text::sanitize(prefix.as_bytes()))
    }))
}
