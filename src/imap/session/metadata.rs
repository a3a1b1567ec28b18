//! Annotations of mailboxes and of the server (RFC 5464).

use std::collections::{HashMap, VecDeque};

use super::folders::WINDOW;
use super::{Authenticated, Session};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::engine::{Completion, Ticket};
use crate::imap::grammar::{Code, Data, Metadata};
use crate::imap::mailbox::Mailbox;
use crate::imap::receiver::Ignore;

/// The most octets of annotations that one question may bring.
const MAX_HELD: u64 = 256 << 20;

/// What has annotations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Annotated<'a> {
    /// A mailbox.
    Mailbox(&'a Mailbox),
    /// The server.
    Server,
}

/// How far below an entry GETMETADATA looks (RFC 5464 section 4.2.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Depth {
    /// The entry alone.
    #[default]
    Zero,
    /// What is directly below it too.
    One,
    /// All that is below it too.
    Infinity,
}

/// An annotation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation {
    /// Its name, such as `/private/comment`, in the server's octets.
    pub entry: Vec<u8>,
    /// What it says; `None` if there is none.
    pub value: Option<Vec<u8>>,
}

/// What GETMETADATA has found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Annotations {
    /// The annotations.
    pub found: Vec<Annotation>,
    /// The octets of the longest that was left out for being too long (`LONGENTRIES`), if one was.
    pub longest_left_out: Option<u64>,
}

impl Session<Authenticated> {
    /// GETMETADATA (RFC 5464 section 4.2): these entries, what is below them to this depth, and of it only values of at most
    /// `max_size` octets.
    pub fn metadata(
        &mut self,
        of: Annotated<'_>,
        entries: &[&str],
        depth: Depth,
        max_size: Option<u64>,
    ) -> Result<Annotations> {
        self.needs_metadata(of)?;
        let command = question(of, entries, depth, max_size);
        let mut annotations = Annotations::default();
        let mut held = 0;
        let completion = self.engine.run(&command, &mut |data: &Data<'_>| match data {
            Data::Metadata(metadata) => keep(&mut annotations.found, metadata, &mut held),
            _ => Ok(()),
        })?;
        annotations.longest_left_out = left_out(&completion);
        Ok(annotations)
    }

    /// As [`Session::metadata`], of these mailboxes, many ahead of their completions. `found` gets what was found of each, in their
    /// order, or what the server refused.
    pub fn metadata_of_each<'m>(
        &mut self,
        mailboxes: impl IntoIterator<Item = &'m Mailbox>,
        entries: &[&str],
        depth: Depth,
        max_size: Option<u64>,
        found: &mut dyn FnMut(&'m Mailbox, Result<Annotations>),
    ) -> Result<()> {
        let mut asked: VecDeque<(&'m Mailbox, Ticket)> = VecDeque::new();
        let mut mailboxes = mailboxes.into_iter().fuse();
        // What has come of mailboxes whose command is not complete.
        let mut open: HashMap<&'m Mailbox, Vec<Annotation>> = HashMap::new();
        let mut held = 0;
        loop {
            while asked.len() < WINDOW
                && let Some(mailbox) = mailboxes.next()
            {
                let of = Annotated::Mailbox(mailbox);
                self.needs_metadata(of)?;
                open.entry(mailbox).or_default();
                let command = question(of, entries, depth, max_size);
                let ticket = self.engine.submit(&command, &mut |data: &Data<'_>| note(&mut open, data, &mut held))?;
                asked.push_back((mailbox, ticket));
            }
            let Some((mailbox, ticket)) = asked.pop_front() else { return Ok(()) };
            let completion = match self.engine.wait(ticket, &mut |data: &Data<'_>| note(&mut open, data, &mut held)) {
                Ok(completion) => completion,
                Err(error @ Error::Rejected(_)) => {
                    open.remove(mailbox);
                    found(mailbox, Err(error));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let annotations = open.remove(mailbox).unwrap_or_default();
            found(mailbox, Ok(Annotations { found: annotations, longest_left_out: left_out(&completion) }));
        }
    }

    /// SETMETADATA (RFC 5464 section 4.3): sets an annotation, or removes it without a value. A value may be any octets.
    ///
    /// One that the server finds too long is [`Error::Rejected`] with the code `METADATA MAXSIZE`, whose text tells the limit.
    pub fn set_metadata(&mut self, of: Annotated<'_>, entry: &str, value: Option<&[u8]>) -> Result<()> {
        self.needs_metadata(of)?;
        let command = subject(Command::new("SETMETADATA"), of).raw(" (").bare_string(entry);
        let command = match value {
            None => command.word("NIL"),
            // No other string can hold NUL.
            Some(value) if value.contains(&0) => command.literal8(value),
            Some(value) => command.string(value),
        };
        self.engine.run(&command.raw(")"), &mut Ignore).map(drop)
    }

    fn needs_metadata(&self, of: Annotated<'_>) -> Result<()> {
        let (extension, whose) = match of {
            Annotated::Mailbox(_) => (Extension::Metadata, "folders"),
            Annotated::Server => (Extension::MetadataServer, "its own"),
        };
        match self.has(extension) {
            true => Ok(()),
            false => Err(Error::Unsupported(format!(
                "the server does not offer {}: it keeps no annotations of {whose}",
                extension.name()
            ))),
        }
    }
}

/// GETMETADATA.
fn question(of: Annotated<'_>, entries: &[&str], depth: Depth, max_size: Option<u64>) -> Command {
    let mut options = Vec::new();
    options.extend(max_size.map(|size| format!("MAXSIZE {size}")));
    match depth {
        Depth::Zero => {}
        Depth::One => options.push("DEPTH 1".into()),
        Depth::Infinity => options.push("DEPTH infinity".into()),
    }
    let mut command = Command::new("GETMETADATA");
    if !options.is_empty() {
        command = command.word(format!("({})", options.join(" ")));
    }
    command = subject(command, of).raw(" (");
    for (at, entry) in entries.iter().enumerate() {
        command = command.raw(if at == 0 { "" } else { " " }).bare_string(entry);
    }
    command.raw(")").patient()
}

fn told<'t>(metadata: &'t Metadata<'_>) -> impl Iterator<Item = Annotation> + 't {
    metadata
        .values
        .iter()
        .map(|(entry, value)| Annotation { entry: entry.to_vec(), value: value.as_ref().map(|value| value.to_vec()) })
}

/// Keeps what is told of a mailbox that was asked for.
fn note(open: &mut HashMap<&Mailbox, Vec<Annotation>>, data: &Data<'_>, held: &mut u64) -> Result<()> {
    if let Data::Metadata(metadata) = data
        && let Some(known) = open.get_mut(&metadata.mailbox)
    {
        keep(known, metadata, held)?;
    }
    Ok(())
}

/// Adds what is told, as long as all that is held is not beyond measure.
fn keep(known: &mut Vec<Annotation>, metadata: &Metadata<'_>, held: &mut u64) -> Result<()> {
    for annotation in told(metadata) {
        let octets = annotation.entry.len() + annotation.value.as_ref().map_or(0, Vec::len) + size_of::<Annotation>();
        *held = held.saturating_add(octets as u64);
        if *held > MAX_HELD {
            return Err(Error::Limit { what: "annotations", limit: MAX_HELD });
        }
        known.push(annotation);
    }
    Ok(())
}

fn left_out(completion: &Completion) -> Option<u64> {
    match completion.code {
        Some(Code::MetadataLongEntries(longest)) => Some(longest),
        _ => None,
    }
}

fn subject(command: Command, of: Annotated<'_>) -> Command {
    match of {
        Annotated::Mailbox(mailbox) => command.mailbox(mailbox),
        Annotated::Server => command.astring(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::grammar::{Response, response};
    use crate::imap::{Frame, NameEncoding};

    #[test]
    fn endless_annotations_end() {
        let frame = Frame {
            bytes: format!("* METADATA INBOX (/private/x \"{}\")", "x".repeat(100_000)).into(),
            streamed: Vec::new(),
        };
        let Response::Data(Data::Metadata(metadata)) = response(&frame, NameEncoding::Utf7).unwrap() else { panic!() };
        let mut held = 0;
        let kept = (0..10_000).take_while(|_| keep(&mut Vec::new(), &metadata, &mut held).is_ok()).count();
        assert!((2_000..3_000).contains(&kept), "{kept}");
    }
}
