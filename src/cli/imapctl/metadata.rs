//! `imapctl metadata`: annotations of folders and of the server.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{Depth, FolderName, MetadataCommand, MetadataGet, MetadataSet};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{Metadata, Mode, Name, What};
use crate::error::Error;
use crate::imap::Mailbox;
use crate::imap::session::{self, Annotated, Annotation};

/// The longest value that is read from a file.
const MAX_VALUE: u64 = 16 * 1024 * 1024;

pub(super) fn run(command: &MetadataCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match command {
        MetadataCommand::Get(args) => get(args, visit, job),
        MetadataCommand::Set(args) => set(args, visit, job),
    }?;
    Ok(Exit::OK)
}

/// One trip after the login.
fn get(args: &MetadataGet, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = subject(&args.folder, args.server, visit, job)?;
    let entries: Vec<&str> = args.entries.iter().map(String::as_str).collect();
    let depth = match args.depth {
        Depth::Zero => session::Depth::Zero,
        Depth::One => session::Depth::One,
        Depth::Infinity => session::Depth::Infinity,
    };
    let (entries, depth) = match entries.is_empty() {
        true => (vec!["/private", "/shared"], session::Depth::Infinity),
        false => (entries, depth),
    };
    let of = mailbox.as_ref().map_or(Annotated::Server, Annotated::Mailbox);
    let annotations = visit.session(job)?.metadata(of, &entries, depth, args.max_size)?;
    let folder = mailbox.as_ref().map(Name::Mailbox);
    for Annotation { entry, value } in &annotations.found {
        // What is looked below need have no value of its own.
        let is_asked = depth == session::Depth::Zero
            && args.entries.iter().any(|asked| entry.eq_ignore_ascii_case(asked.as_bytes()));
        if value.is_some() || is_asked {
            let entry = String::from_utf8_lossy(entry);
            job.tell(What::Metadata(Metadata { folder, entry: &entry, value: value.as_deref() }));
        }
    }
    // Servers need not say that there is nothing.
    let is_told =
        |asked: &String| annotations.found.iter().any(|told| told.entry.eq_ignore_ascii_case(asked.as_bytes()));
    if annotations.longest_left_out.is_none() && depth == session::Depth::Zero {
        for entry in args.entries.iter().filter(|asked| !is_told(asked)) {
            job.tell(What::Metadata(Metadata { folder, entry, value: None }));
        }
    }
    if let Some(longest) = annotations.longest_left_out {
        job.warn(&format!("values are left out for being longer than --max-size: the longest has {longest} octets"));
    }
    Ok(())
}

fn set(args: &MetadataSet, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let value = match (&args.value, &args.file) {
        (Some(value), _) => Some(value.clone().into_bytes()),
        (None, Some(path)) => Some(read(path)?),
        (None, None) => None,
    };
    let mailbox = subject(&args.folder, args.server, visit, job)?;
    let of = mailbox.as_ref().map_or(Annotated::Server, Annotated::Mailbox);
    let session = visit.session(job)?;
    let mode = if args.dry_run {
        session.metadata(of, &[&args.entry], session::Depth::Zero, None)?;
        Mode::DryRun
    } else {
        session.set_metadata(of, &args.entry, value.as_deref())?;
        Mode::Done
    };
    let folder = mailbox.as_ref().map(Name::Mailbox);
    job.tell(What::MetadataChange(Metadata { folder, entry: &args.entry, value: value.as_deref() }, mode));
    Ok(())
}

/// The folder; `None` if the server itself is meant.
fn subject(folder: &FolderName, server: bool, visit: &mut Visit, job: &Job<'_>) -> Result<Option<Mailbox>, Failure> {
    match server {
        true => Ok(None),
        false => visit.resolve(job, folder).map(Some),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = crate::text::sanitize(path.as_os_str().as_encoded_bytes());
    let absent = |error: io::Error| {
        let is_absent = error.kind() == io::ErrorKind::NotFound;
        let failure = Failure::from(Error::io(format!("reading {name}"), error));
        if is_absent { Failure { exit: Exit::NO_INPUT, ..failure } } else { failure }
    };
    let mut value = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(MAX_VALUE + 1).read_to_end(&mut value),
        false => File::open(path).and_then(|file| file.take(MAX_VALUE + 1).read_to_end(&mut value)),
    };
    match read.map_err(absent)? as u64 > MAX_VALUE {
        true => Err(Error::InvalidInput(format!("{name} is too long for an annotation")).into()),
        false => Ok(value),
    }
}
