//! `imapctl append`: messages from files into a folder.
//!
//! Each is read twice, once for its size and once on its way, and never held: a message may be as big as the server takes. Many
//! go in one command where the server has MULTIAPPEND, all of which it takes or none; of a refused dozen each is tried alone.
//! Elsewhere each has a command of its own, and small ones do not wait for the answers to those before them where the server takes
//! literals unasked.

mod envelope;
mod replace;
mod supply;
mod upload;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::AppendArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Appended as Told, Mode, Place, What};
use crate::error::{Error, Result};
use crate::imap::session::{Admission, Append, AppendEnvelope, Appended};
use crate::imap::{Access, Extension, Ignore, Mailbox, UidValidity};
use crate::mail::intake::MessageSource;
use upload::Upload;

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
    if let Some(uid) = args.replace {
        return replace::run(uid, replace::only(messages)?, args, visit, job);
    }
    let folder = &args.folder;
    if args.folder.uidvalidity.is_some() {
        visit.open(job, &folder.folder, Access::ReadOnly, folder.uidvalidity)?;
    }
    let mailbox = visit.resolve(job, &folder.folder)?;
    let session = visit.session(job)?;
    let limits = envelope::Limits::of(&mailbox, session)?;
    let many = session.has(Extension::MultiAppend);
    let octets = job.console.progress.is_shown().then(|| messages.octets()).flatten();
    // Not before there is something to send: somebody may be typing it.
    let mut work = None;
    let mut begin = || {
        work.get_or_insert_with(|| job.work("appending", Counted::Sent)).total(0, octets.unwrap_or(0));
    };
    let mut upload = Upload::new(&mailbox, job);
    let mut batch: Vec<Item> = Vec::new();
    for message in messages {
        if upload.is_over() {
            break;
        }
        match message.and_then(|source| Ok(Item { envelope: limits.envelope(&source, args)?, source })) {
            Ok(item) if args.dry_run => upload.rehearse(&item),
            Ok(item) if many => {
                batch.push(item);
                let octets: u64 = batch.iter().map(|item| item.envelope.octets).sum();
                if batch.len() >= BATCH.0 || octets >= BATCH.1 {
                    begin();
                    upload.put_together(std::mem::take(&mut batch), session);
                }
            }
            Ok(item) => {
                begin();
                upload.put(item, session);
            }
            Err(error) => upload.refuse(of_input(error)),
        }
    }
    if !batch.is_empty() {
        begin();
    }
    upload.put_together(batch, session);
    Ok(upload.finish(session))
}

/// Sends messages with one command. A connection that ends or goes wrong between the last octet and the verdict leaves unknown what
/// became of them (81).
fn send(batch: &[Item], mut append: Append<'_>) -> Result<Option<Appended>, Failure> {
    for item in batch {
        match append.message(&item.envelope, &mut Ignore)? {
            Admission::Refused => break,
            Admission::Admitted => item.source.for_each_chunk(&mut |octets| append.write(octets)).map_err(broken)?,
        }
    }
    append.finish(&mut Ignore).map_err(|error| match &error {
        Error::Rejected(_) | Error::InvalidInput(_) => error.into(),
        _ => Failure { exit: Exit::UNKNOWN, ..Failure::from(error) },
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
