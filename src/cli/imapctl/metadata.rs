//! `imapctl metadata`: annotations of folders and of the server.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::folders::{MAX_FOLDERS, too_many};
use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{Depth, FolderName, MetadataCommand, MetadataGet, MetadataSet};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::imapctl::{Metadata, Mode, Name, What};
use crate::error::Error;
use crate::imap::Mailbox;
use crate::imap::grammar::{Data, Flaw};
use crate::imap::receiver::Receiver;
use crate::imap::session::{self, Annotated, Annotation, Annotations, ListReturn, Selecting};

/// The longest value that is read from a file.
const MAX_VALUE: u64 = 16 * 1024 * 1024;

/// How much of all folders' annotations is held, in octets.
const MAX_VALUES: u64 = 64 * 1024 * 1024;

pub(super) fn run(command: &MetadataCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match command {
        MetadataCommand::Get(args) => match &args.folders {
            Some(pattern) => return get_of_all(pattern, args, visit, job),
            None => get(args, visit, job),
        },
        MetadataCommand::Set(args) => set(args, visit, job),
    }?;
    Ok(Exit::OK)
}

/// One trip after the login.
fn get(args: &MetadataGet, visit: &mut Visit, job: &Job<'_>) -> Result<(), Failure> {
    let mailbox = subject(&args.folder, args.server, visit, job)?;
    let (entries, depth) = wanted(args);
    let of = mailbox.as_ref().map_or(Annotated::Server, Annotated::Mailbox);
    let annotations = visit.session(job)?.metadata(of, &entries, depth, args.max_size)?;
    tell(mailbox.as_ref(), &annotations, args, job);
    warn_of(annotations.longest_left_out, job);
    Ok(())
}

/// Of the folders that fit: one trip where LIST tells it all, else one for LIST and one for all GETMETADATA together.
fn get_of_all(pattern: &str, args: &MetadataGet, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let session = visit.session(job)?;
    let (entries, depth) = wanted(args);
    let is_plain = !args.entries.is_empty() && depth == session::Depth::Zero && args.max_size.is_none();
    let metadata = if is_plain { args.entries.clone() } else { Vec::new() };
    let options = ListReturn { metadata, ..ListReturn::default() };
    let is_in_list = !session.list_return(&options).metadata.is_empty();
    let mut rows = Rows::default();
    session.list(pattern, Selecting::Present, &options, &mut rows)?;
    let mut exits = vec![Exit::OK];
    if is_in_list {
        for (mailbox, found) in rows.found {
            tell(Some(&mailbox), &Annotations { found, longest_left_out: None }, args, job);
        }
    } else {
        let mut longest = None;
        let mailboxes = rows.found.iter().map(|(mailbox, _)| mailbox);
        session.metadata_of_each(mailboxes, &entries, depth, args.max_size, &mut |mailbox, found| match found {
            Ok(annotations) => {
                longest = longest.max(annotations.longest_left_out);
                tell(Some(mailbox), &annotations, args, job);
            }
            Err(error) => exits.push(job.fault(error, Some(Name::Mailbox(mailbox)), None)),
        })?;
        warn_of(longest, job);
    }
    if rows.flaws > 0 {
        job.warn(&format!("{} of the server's rows could not be understood", rows.flaws));
        job.note(Exit::PROTOCOL);
        exits.push(Exit::PROTOCOL);
    }
    Ok(Exit::combine(exits))
}

/// What is asked: without a name all there is.
fn wanted(args: &MetadataGet) -> (Vec<&str>, session::Depth) {
    let entries: Vec<&str> = args.entries.iter().map(String::as_str).collect();
    let depth = match args.depth {
        Depth::Zero => session::Depth::Zero,
        Depth::One => session::Depth::One,
        Depth::Infinity => session::Depth::Infinity,
    };
    match entries.is_empty() {
        true => (vec!["/private", "/shared"], session::Depth::Infinity),
        false => (entries, depth),
    }
}

fn tell(mailbox: Option<&Mailbox>, annotations: &Annotations, args: &MetadataGet, job: &Job<'_>) {
    let folder = mailbox.map(Name::Mailbox);
    let is_exact = args.depth == Depth::Zero;
    for Annotation { entry, value } in &annotations.found {
        // What is looked below need have no value of its own.
        let is_asked = is_exact && args.entries.iter().any(|asked| entry.eq_ignore_ascii_case(asked.as_bytes()));
        if value.is_some() || is_asked {
            let entry = String::from_utf8_lossy(entry);
            job.tell(What::Metadata(Metadata { folder, entry: &entry, value: value.as_deref() }));
        }
    }
    // Servers need not say that there is nothing.
    let is_told =
        |asked: &String| annotations.found.iter().any(|told| told.entry.eq_ignore_ascii_case(asked.as_bytes()));
    if annotations.longest_left_out.is_none() && is_exact {
        for entry in args.entries.iter().filter(|asked| !is_told(asked)) {
            job.tell(What::Metadata(Metadata { folder, entry, value: None }));
        }
    }
}

fn warn_of(longest_left_out: Option<u64>, job: &Job<'_>) {
    if let Some(longest) = longest_left_out {
        job.warn(&format!("values are left out for being longer than --max-size: the longest has {longest} octets"));
    }
}

/// The folders that LIST finds, in its order, and what it tells of their annotations.
#[derive(Debug, Default)]
struct Rows {
    found: Vec<(Mailbox, Vec<Annotation>)>,
    known: HashMap<Mailbox, usize>,
    octets: u64,
    flaws: u64,
}

impl Receiver for Rows {
    fn data(&mut self, data: &Data<'_>) -> crate::error::Result<()> {
        match data {
            Data::List(entry) | Data::Xlist(entry) => {
                let is_there =
                    !["\\NonExistent", "\\Noselect"].iter().any(|word| entry.attributes.contains(word.as_bytes()));
                if is_there && !self.known.contains_key(&entry.mailbox) {
                    if self.found.len() >= MAX_FOLDERS {
                        return Err(too_many());
                    }
                    self.known.insert(entry.mailbox.clone(), self.found.len());
                    self.found.push((entry.mailbox.clone(), Vec::new()));
                }
            }
            Data::Metadata(metadata) => {
                let Some((_, found)) = self.known.get(&metadata.mailbox).and_then(|at| self.found.get_mut(*at)) else {
                    return Ok(());
                };
                for (entry, value) in &metadata.values {
                    let value = value.as_ref().map(|value| value.to_vec());
                    self.octets += (entry.len() + value.as_ref().map_or(0, Vec::len)) as u64;
                    if self.octets > MAX_VALUES {
                        return Err(Error::Limit { what: "the annotations of all folders", limit: MAX_VALUES });
                    }
                    found.push(Annotation { entry: entry.to_vec(), value });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, _flaw: &Flaw) -> crate::error::Result<()> {
        self.flaws += 1;
        Ok(())
    }
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
