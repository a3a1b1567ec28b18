//! `imapctl delete`: messages into the trash, or away for good.

use super::chosen::{self, Chosen, Endings};
use super::copy::Original;
use super::job::Job;
use super::relocation::{self, Route};
use super::removal;
use super::visit::Visit;
use crate::cli::args::imapctl::{DeleteArgs, FolderName};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::Mode;
use crate::error::Error;
use crate::imap::{Extension, SpecialUse};

pub(super) fn run(args: &DeleteArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match args.permanent {
        true => for_good(args, visit, job),
        false => to_trash(args, visit, job),
    }
}

/// As `move` does it, with a trip more for where the trash is.
fn to_trash(args: &DeleteArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mode = chosen::mode(args.dry_run);
    let open = |visit: &mut Visit| {
        visit
            .open(job, &args.folder.folder, chosen::access(mode), args.folder.uidvalidity)
            .map(|folder| folder.selection().mailbox.clone())
    };
    // The folder comes with the login; asked for again it costs nothing.
    let source = open(visit)?;
    let trash = visit.resolve(job, &args.trash).map_err(no_trash)?;
    if trash == source {
        let text =
            format!("the messages are in {}, which is the trash: --permanent removes them for good", source.text());
        return Err(Failure { exit: Exit::DATA, ..Error::InvalidInput(text).into() });
    }
    let mut folder = visit.open(job, &args.folder.folder, chosen::access(mode), args.folder.uidvalidity)?;
    let _work = job.work("deleting", Counted::Received);
    let mut endings = Endings::default();
    let advice = "--trash names another folder, and imapctl folder create makes one";
    let route = Route { to: &trash, original: Original::Goes, create: false, mode, advice };
    if relocation::by_query(&args.selection, &route, &mut folder, job, &mut endings)? {
        return Ok(endings.exit());
    }
    let chosen = Chosen::of(&args.selection, &mut folder)?;
    chosen.tell_missing(&source, job, &mut endings)?;
    relocation::run(&chosen.uids, &route, &mut folder, job, &mut endings)?;
    Ok(endings.exit())
}

fn no_trash(failure: Failure) -> Failure {
    match failure.exit {
        Exit::NO_INPUT => {
            let advice = "name it with --trash, or remove the messages for good with --permanent";
            let text = "the server does not say which folder is the trash";
            Failure { advice: Some(advice.into()), error: Box::new(Error::InvalidInput(text.into())), ..failure }
        }
        _ => failure,
    }
}

/// Four trips after the one that logs in and opens the folder, one of them where there is ACL only.
fn for_good(args: &DeleteArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mode = chosen::mode(args.dry_run);
    let is_trash = matches!(args.folder.folder, FolderName::Use(SpecialUse::Trash | SpecialUse::Junk));
    let mut folder = visit.open(job, &args.folder.folder, chosen::access(mode), args.folder.uidvalidity)?;
    let mailbox = folder.selection().mailbox.clone();
    let _work = job.work("removing", Counted::Received);
    let chosen = Chosen::of(&args.selection, &mut folder)?;
    let mut endings = Endings::default();
    chosen.tell_missing(&mailbox, job, &mut endings)?;
    if chosen.uids.is_empty() {
        return Ok(endings.exit());
    }
    chosen::guard(chosen.uids.len(), &folder, args.force, mode, job)?;
    if mode == Mode::Done {
        chosen::check_removal(&mut folder)?;
    }
    // Quirk: at Gmail a message that is expunged has lost a label, and is still among all mail.
    if folder.session().has(Extension::Gmail) && !is_trash {
        job.warn("Gmail keeps what is removed here in \"All Mail\", unless this folder is the trash or the spam");
    }
    removal::run(&chosen.uids, mode, &mut folder, job, &mut endings)?;
    Ok(endings.exit())
}
