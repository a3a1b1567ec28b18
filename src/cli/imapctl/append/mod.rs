//! `imapctl append`: messages from files into a folder.
//!
//! Each is read twice, once for its size and once on its way, and never held: a message may be as big as the server takes. Many
//! go in one command where the server has MULTIAPPEND, all of which it takes or none; of a refused dozen each is tried alone.

mod envelope;
mod replace;
mod supply;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::AppendArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Appended as Told, Mode, Place, What};
use crate::error::{Error, Result};
use crate::imap::session::{Admission, Append, AppendEnvelope, Appended, Authenticated};
use crate::imap::{Access, Extension, Ignore, Mailbox, Session, UidValidity};
use crate::mail::intake::MessageSource;

/// How many messages go in one command, and how many octets of them.
const BATCH: (usize, u64) = (50, 8 * 1024 * 1024);

/// A message and what is said of it.
struct Item {
    source: MessageSource,
    envelope: AppendEnvelope,
}

pub(super) fn run(args: &AppendArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    // What is not there is told before anybody is asked.
    let messages = supply::open(&args.files, args.format, &job.plan.server.timeouts)?;
    let folder = &args.folder;
    if args.folder.uidvalidity.is_some() || args.replace.is_some() {
        let access = if args.replace.is_some() && !args.dry_run { Access::ReadWrite } else { Access::ReadOnly };
        visit.open(job, &folder.folder, access, folder.uidvalidity)?;
    }
    let mailbox = visit.resolve(job, &folder.folder)?;
    let session = visit.session(job)?;
    let limits = envelope::Limits::of(session);
    if let Some(uid) = args.replace {
        let source = replace::only(messages)?;
        let envelope = limits.envelope(&source, args)?;
        return replace::run(uid, &Item { source, envelope }, args, &mailbox, session, job);
    }
    let many = session.has(Extension::MultiAppend);
    let octets = job.console.progress.is_shown().then(|| messages.octets()).flatten();
    // Not before there is something to send: somebody may be typing it.
    let mut work = None;
    let mut begin = || {
        work.get_or_insert_with(|| job.work("appending", Counted::Sent)).total(0, octets.unwrap_or(0));
    };
    let mut batch: Vec<Item> = Vec::new();
    let mut exits = Vec::new();
    for message in messages {
        let item = message.and_then(|source| Ok(Item { envelope: limits.envelope(&source, args)?, source }));
        match item {
            Ok(item) => batch.push(item),
            Err(error) => {
                exits.push(job.fault(of_input(error), Some((&mailbox).into()), None));
                continue;
            }
        }
        let octets: u64 = batch.iter().map(|item| item.envelope.octets).sum();
        if !many || batch.len() >= BATCH.0 || octets >= BATCH.1 {
            begin();
            exits.extend(put(&std::mem::take(&mut batch), args, &mailbox, session, job)?);
        }
    }
    begin();
    exits.extend(put(&batch, args, &mailbox, session, job)?);
    Ok(Exit::combine(exits))
}

/// Puts some messages into the folder, and tells of each.
fn put(
    batch: &[Item],
    args: &AppendArgs,
    mailbox: &Mailbox,
    session: &mut Session<Authenticated>,
    job: &Job<'_>,
) -> Result<Vec<Exit>, Failure> {
    if args.dry_run || batch.is_empty() {
        batch.iter().for_each(|item| tell(item, mailbox, None, None, Mode::DryRun, job));
        return Ok(vec![Exit::OK; batch.len()]);
    }
    match send(batch, session.append(mailbox)) {
        Ok(appended) => {
            tell_all(batch, mailbox, appended.as_ref(), job);
            Ok(vec![Exit::OK; batch.len()])
        }
        Err(failure) if failure.error.is_fatal_to_session() => Err(failure),
        Err(failure) => match batch {
            [_] => Ok(vec![job.fault(failure, Some(mailbox.into()), None)]),
            // All or none: which of them it is that the server does not want shows when each goes alone.
            many => {
                let mut exits = Vec::new();
                for item in many {
                    exits.extend(put(std::slice::from_ref(item), args, mailbox, session, job)?);
                }
                Ok(exits)
            }
        },
    }
}

/// Sends messages with one command. A connection that ends between the last octet and the verdict leaves unknown what became of
/// them (81).
fn send(batch: &[Item], mut append: Append<'_>) -> Result<Option<Appended>, Failure> {
    for item in batch {
        match append.message(&item.envelope, &mut Ignore)? {
            Admission::Refused => break,
            Admission::Admitted => item.source.for_each_chunk(&mut |octets| append.write(octets)).map_err(broken)?,
        }
    }
    append.finish(&mut Ignore).map_err(|error| match &error {
        Error::Closed { .. } | Error::Network { .. } | Error::Timeout { .. } | Error::Interrupted(_) => {
            Failure { exit: Exit::UNKNOWN, ..Failure::from(error) }
        }
        _ => error.into(),
    })
}

/// A message that cannot be read to its end leaves the server waiting for the rest: the session is over.
fn broken(error: Error) -> Failure {
    let mut failure = of_input(error);
    if !failure.error.is_fatal_to_session() {
        let text = format!("{}; the message was not stored, and the connection had to be given up", failure.error);
        failure = Failure {
            exit: failure.exit,
            ..Failure::from(Error::Network { phase: crate::error::Phase::Send, source: std::io::Error::other(text) })
        };
    }
    failure
}

/// What is wrong with a message of ours is bad input (65).
fn of_input(error: Error) -> Failure {
    match &error {
        Error::InvalidInput(_) => Failure { exit: Exit::DATA, ..error.into() },
        _ => error.into(),
    }
}

fn tell_all(batch: &[Item], mailbox: &Mailbox, appended: Option<&Appended>, job: &Job<'_>) {
    let told = appended.filter(|appended| appended.uids.len() == batch.len());
    for (at, item) in batch.iter().enumerate() {
        let uid = told.and_then(|told| told.uids.get(at)).map(|uid| uid.get());
        tell(item, mailbox, told.map(|told| told.uid_validity), uid, Mode::Done, job);
    }
}

fn tell(item: &Item, mailbox: &Mailbox, validity: Option<UidValidity>, uid: Option<u32>, mode: Mode, job: &Job<'_>) {
    tell_replaced(item, mailbox, validity, uid, None, mode, job);
}

fn tell_replaced(
    item: &Item,
    mailbox: &Mailbox,
    validity: Option<UidValidity>,
    uid: Option<u32>,
    replaced: Option<u32>,
    mode: Mode,
    job: &Job<'_>,
) {
    let flags: Vec<String> = item.envelope.flags.iter().map(ToString::to_string).collect();
    let place = Place { folder: mailbox.into(), validity: validity.map(UidValidity::get) };
    let (file, number) = match item.source.label.rsplit_once(": message ") {
        Some((file, number)) => (file, number.parse().ok()),
        None => (item.source.label.as_str(), None),
    };
    let file = if file == "standard input" { "-" } else { file };
    let size = item.envelope.octets;
    job.tell(What::Appended(Told { place, uid, file: file.as_bytes(), number, size, flags: &flags, replaced, mode }));
}
