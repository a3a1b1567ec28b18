//! Annotations of mailboxes and of the server (RFC 5464).

use super::{Authenticated, Session};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::grammar::{Code, Data};
use crate::imap::mailbox::Mailbox;
use crate::imap::receiver::Ignore;

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
        let mut annotations = Annotations::default();
        let completion = self.engine.run(&command.raw(")").patient(), &mut |data: &Data<'_>| {
            if let Data::Metadata(metadata) = data {
                let values = metadata.values.iter().map(|(entry, value)| Annotation {
                    entry: entry.to_vec(),
                    value: value.as_ref().map(|value| value.to_vec()),
                });
                annotations.found.extend(values);
            }
            Ok(())
        })?;
        if let Some(Code::MetadataLongEntries(longest)) = completion.code {
            annotations.longest_left_out = Some(longest);
        }
        Ok(annotations)
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

fn subject(command: Command, of: Annotated<'_>) -> Command {
    match of {
        Annotated::Mailbox(mailbox) => command.mailbox(mailbox),
        Annotated::Server => command.astring(""),
    }
}
