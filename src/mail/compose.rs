//! Composing messages, RFC 5322 and MIME: text, an HTML alternative, inline images, attachments.
//!
//! Parts nest in the customary way, each layer only where it is needed: `mixed` around `related` around `alternative`.
//! Attachments stream; texts and attached messages wait in temporary files, as their encoding depends on all of them.

mod custom;
mod header;
mod media_type;
mod part;
mod source;

use std::fmt;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use super::address::Mailbox;
use super::{BodyWriter, Header, Message};
use crate::error::{Error, Result};

pub use self::custom::parse as parse_header;
pub(crate) use self::header::mailboxes as address_field;

/// A message to be composed; what is left out does not appear.
///
/// Errors name what is wrong by the option of the programs that it comes from.
#[derive(Debug, Default)]
pub struct Compose {
    /// The author. Whoever sends a message without one must add it.
    pub from: Option<Mailbox>,
    /// The field `To`.
    pub to: Vec<Mailbox>,
    /// The field `Cc`.
    pub cc: Vec<Mailbox>,
    /// Where answers go.
    pub reply_to: Vec<Mailbox>,
    /// The field `Subject`, as text: what looks like an encoded-word comes out as it looks.
    pub subject: Option<String>,
    /// Identifiers of the messages that this one answers; missing angle brackets are added.
    pub in_reply_to: Option<String>,
    /// Identifiers of the thread, oldest first; those of `in_reply_to` if left out.
    pub references: Option<String>,
    /// Names and values of other fields, or of those above, which they replace. Encoded-words in them are left alone.
    pub headers: Vec<(String, String)>,
    /// The text.
    pub text: Option<Source>,
    /// The same in HTML.
    pub html: Option<Source>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// What the HTML refers to.
    pub inline: Vec<Inline>,
    /// Whether a program wrote it, so that programs do not answer (RFC 3834 section 5).
    pub auto_submitted: Option<AutoSubmitted>,
    /// The field `Date`; the time of composing if left out.
    pub date: Option<SystemTime>,
    /// The right side of `Message-ID`; the author's domain if left out.
    pub message_id_domain: Option<String>,
}

/// Where the octets of a part come from.
pub enum Source {
    /// Memory.
    Bytes(Vec<u8>),
    /// A regular file.
    File(PathBuf),
    /// Anything else, read once.
    Reader(Box<dyn Read + Send>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} octets)", bytes.len()),
            Self::File(path) => write!(f, "File({path:?})"),
            Self::Reader(_) => f.write_str("Reader"),
        }
    }
}

/// A part to be saved by the reader.
#[derive(Debug)]
pub struct Attachment {
    /// Its octets, which arrive as they are. Attached messages (`message/*`) get CRLF line ends.
    pub source: Source,
    /// The name to save it under; the file's own if left out. Folders in it are dropped.
    pub name: Option<String>,
    /// Its media type, with parameters if it has any; guessed from the name's extension if left out.
    pub media_type: Option<String>,
}

/// A part that the HTML shows where it says `cid:` and the identifier (RFC 2392).
#[derive(Debug)]
pub struct Inline {
    /// The part.
    pub attachment: Attachment,
    /// The identifier, without `cid:` and angle brackets.
    pub cid: String,
}

/// Why nobody wrote this message by hand (RFC 3834 section 5.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AutoSubmitted {
    /// A program wrote it by itself, such as cron.
    Generated,
    /// A program answered another message.
    Replied,
}

impl Compose {
    /// Writes the message, with CRLF line ends.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for anything that cannot stand in a message, [`Error::Config`] for a file that is no
    /// regular file, [`Error::Storage`] if reading or writing fails; what was written then is no message.
    pub fn write(self, out: &mut dyn Write) -> Result<()> {
        let (header, body) = self.prepare()?;
        let cannot = |error| Error::io("cannot write the message", error);
        out.write_all(&header).map_err(cannot)?;
        out.write_all(b"\r\n").map_err(cannot)?;
        body.write(&mut |octets| out.write_all(octets).map_err(cannot))
    }

    /// Composes the message; a large body waits in a file without a name in `TMPDIR`.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn build(self) -> Result<Message> {
        let (header, part) = self.prepare()?;
        let mut body = BodyWriter::default();
        part.write(&mut |octets| body.write(octets))?;
        Ok(Message::new(Header::parse(&header), body.finish()?))
    }

    /// The header, and the body to be written behind it.
    fn prepare(mut self) -> Result<(Vec<u8>, part::Part)> {
        custom::check(&self.headers)?;
        let content = header::ContentFields::take(&mut self.headers)?;
        let parts = part::Parts {
            text: self.text.take(),
            text_type: content.text_type,
            html: self.html.take(),
            inline: std::mem::take(&mut self.inline),
            attachments: std::mem::take(&mut self.attachments),
        };
        // What is wrong in the header is told before a large file is read.
        let mut header = header::fields(&self)?;
        let body = parts.prepare()?;
        header.extend_from_slice(b"MIME-Version: 1.0\r\n");
        header.extend_from_slice(body.header());
        Ok((header, body))
    }
}

#[cfg(test)]
mod tests;
