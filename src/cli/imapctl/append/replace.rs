//! `imapctl append --replace`: a message in the place of another, as drafts are saved.

use super::envelope::Limits;
use super::{Item, of_input, send, tell_replaced};
use crate::cli::args::imapctl::AppendArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::chosen;
use crate::cli::imapctl::job::Job;
use crate::cli::imapctl::visit::Visit;
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::Mode;
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::session::{Authenticated, Change};
use crate::imap::{Extension, Flag, Ignore, Item as Asked, Mailbox, Session, Uid, UidSet};
use crate::mail::intake::{Intake, MessageSource};

/// The one message. Another is bad input: two cannot take one place.
pub(super) fn only(mut messages: Intake) -> Result<MessageSource, Failure> {
    let wrong = |text: &str| Failure { exit: Exit::DATA, ..Failure::from(Error::InvalidInput(text.to_owned())) };
    let Some(first) = messages.next() else { return Err(wrong("there is no message to put in the place of another")) };
    match messages.next() {
        None => Ok(first?),
        Some(_) => Err(wrong("there are several messages, and one place")),
    }
}

/// In one command with REPLACE (RFC 8508). Without it the new message is stored before the old one is removed: a failure leaves
/// both.
pub(super) fn run(
    uid: Uid,
    source: MessageSource,
    args: &AppendArgs,
    visit: &mut Visit,
    job: &Job<'_>,
) -> Result<Exit, Failure> {
    let folder = &args.folder;
    let access = chosen::access(chosen::mode(args.dry_run));
    visit.open(job, &folder.folder, access, folder.uidvalidity)?;
    let mailbox = visit.resolve(job, &folder.folder)?;
    let session = visit.session(job)?;
    let envelope = Limits::of(&mailbox, session)?.envelope(&source, args).map_err(of_input)?;
    let item = Item { source, envelope };
    if item.envelope.utf8 && !args.dry_run {
        session.accept_utf8()?;
        visit.open(job, &folder.folder, access, folder.uidvalidity)?;
    }
    let session = visit.session(job)?;
    put(uid, &item, args, &mailbox, session, job)
}

fn put(
    uid: Uid,
    item: &Item,
    args: &AppendArgs,
    mailbox: &Mailbox,
    session: &mut Session<Authenticated>,
    job: &Job<'_>,
) -> Result<Exit, Failure> {
    if !is_there(uid, session)? {
        let text = format!("there is no message {uid} to replace");
        return Err(Failure { exit: Exit::NO_INPUT, ..Failure::from(Error::InvalidInput(text)) });
    }
    if args.dry_run {
        tell_replaced(item, mailbox, None, None, Some(uid.get()), Mode::DryRun, job);
        return Ok(Exit::OK);
    }
    let work = job.work("replacing", Counted::Sent);
    work.total(1, item.envelope.octets);
    let one = std::slice::from_ref(item);
    let by_replace = session.has(Extension::Replace);
    let send = |session: &mut Session<Authenticated>| match by_replace {
        true => send(one, session.replace(uid, mailbox)),
        false => send(one, session.append(mailbox)),
    };
    let appended = match send(session) {
        Err(failure) if item.envelope.utf8 && session.forgo_utf8_item(&failure.error) => send(session)?,
        sent => sent?,
    };
    let removed = if by_replace { Ok(()) } else { remove(uid, session) };
    let validity = appended.as_ref().map(|appended| appended.uid_validity);
    let fresh = appended.as_ref().and_then(|appended| appended.uids.first()).map(|uid| uid.get());
    let replaced = removed.is_ok().then_some(uid.get());
    tell_replaced(item, mailbox, validity, fresh, replaced, Mode::Done, job);
    match removed {
        Ok(()) => Ok(Exit::OK),
        Err(error) if error.is_fatal_to_session() => {
            job.warn("the new message is stored, and the old one may be there too");
            Err(Failure { exit: Exit::PARTLY, ..error.into() })
        }
        Err(error) => {
            job.fault(error, Some(mailbox.into()), Some(uid.get()));
            job.warn("the new message is stored, and the old one is there too");
            Ok(Exit::PARTLY)
        }
    }
}

fn is_there(uid: Uid, session: &mut Session<Authenticated>) -> Result<bool> {
    let Some(mut folder) = session.selected() else { return Ok(false) };
    let mut found = false;
    folder.uid_fetch(&UidSet::one(uid), &[Asked::Uid], &mut |data: &Data<'_>| {
        found |= matches!(data, Data::Fetch(row) if row.uid == Some(uid));
        Ok(())
    })?;
    Ok(found)
}

fn remove(uid: Uid, session: &mut Session<Authenticated>) -> Result<()> {
    let Some(mut folder) = session.selected() else {
        return Err(Error::Unsupported("the folder is not open any more".into()));
    };
    folder.uid_store(&UidSet::one(uid), Change::Add, &[Flag::Deleted], None, &mut Ignore)?;
    folder.uid_expunge(&UidSet::one(uid), &mut Ignore)
}
