//! Messages as they are to be stored on a server: from files, Maildirs, mboxes and pipes, in constant memory, each of an exact
//! size that is known before its first octet goes out, as a literal needs it (RFC 9051 section 4.3).
//!
//! What begins with `From ` is an mbox; a folder is a Maildir; everything else is one message.

mod file;
mod flag;
pub(crate) mod folder;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::body::{Body, BodyReader, BodyWriter, Traits};
use super::field::is_field;
use super::mbox::Mbox;
use super::message::BYTE_ORDER_MARK;
use crate::error::{Error, Result};
use crate::text::sanitize;
use file::{FileReader, FileText};
pub use flag::MaildirFlag;
use folder::Folder;

/// Octets read at a time.
const CHUNK: usize = 64 * 1024;

/// A file up to this size is read at once.
const SMALL: u64 = 256 * 1024;

/// How much of a text is looked at to tell what it is.
const HEAD: usize = 1024;

/// Where messages come from.
pub enum Supply {
    /// A message in a file, an mbox, or a Maildir.
    Path(PathBuf),
    /// A message or an mbox that can be read only once, such as standard input.
    Reader {
        /// What errors and results call it.
        label: String,
        /// What is read. An [`Error`] inside of its [`io::Error`]s comes out as it is.
        input: Box<dyn Read + Send>,
    },
}

impl fmt::Debug for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Reader { label, .. } => f.debug_struct("Reader").field("label", label).finish_non_exhaustive(),
        }
    }
}

/// What supplies are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Form {
    /// Each what it looks like: a folder a Maildir, what begins with `From ` an mbox, all else one message.
    #[default]
    Any,
    /// Messages, whatever they begin with.
    Message,
    /// Maildirs.
    Maildir,
    /// mboxes.
    Mbox,
}

/// The messages of some supplies, one after the other; those of a Maildir in the order of their names.
///
/// An error is about one message or one supply: what comes behind it can still be taken. A message is read when its turn comes,
/// and takes a file descriptor or up to 256 KiB while it is there; what comes through a pipe or is part of an mbox and larger
/// waits in a file without a name in `TMPDIR`.
#[derive(Debug)]
pub struct Intake {
    waiting: VecDeque<Supply>,
    form: Form,
    open: Option<Open>,
}

enum Open {
    Maildir { path: PathBuf, folder: Folder },
    Mbox { label: String, mbox: Mbox<Box<dyn io::BufRead + Send>>, number: u64 },
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maildir { path, .. } => f.debug_tuple("Maildir").field(path).finish(),
            Self::Mbox { label, .. } => f.debug_tuple("Mbox").field(label).finish(),
        }
    }
}

impl Intake {
    /// The messages of these supplies, none of which is opened yet.
    pub fn new(supplies: impl IntoIterator<Item = Supply>, form: Form) -> Self {
        Self { waiting: supplies.into_iter().collect(), form, open: None }
    }

    /// How many octets there are to read of those that are not opened yet; `None` if one of them comes through a pipe or cannot
    /// be looked at.
    pub fn octets(&self) -> Option<u64> {
        let of = |supply: &Supply| {
            let Supply::Path(path) = supply else { return None };
            let about = path.metadata().ok()?;
            match about.is_dir() {
                false => Some(about.len()),
                true => {
                    let folder = Folder::open(path).ok()?;
                    Some(folder.rest().iter().map(|entry| folder.size(entry)).sum())
                }
            }
        };
        self.waiting.iter().map(of).sum()
    }

    fn begin(&mut self, supply: Supply) -> Result<Option<MessageSource>> {
        match supply {
            Supply::Path(path) => self.begin_path(path),
            Supply::Reader { label, input } => self.begin_text(label, input),
        }
    }

    fn begin_path(&mut self, path: PathBuf) -> Result<Option<MessageSource>> {
        let label = shown(&path);
        let file = folder::open_file(&path).map_err(|error| unreadable(&label, error))?;
        let about = file.metadata().map_err(|error| unreadable(&label, error))?;
        if about.is_dir() && matches!(self.form, Form::Any | Form::Maildir) {
            let folder = Folder::open(&path).map_err(|error| unreadable(&label, error))?;
            if !folder.is_maildir() {
                let advice = "is a folder and no Maildir: it lacks cur and new; name the files in it";
                return Err(Error::InvalidInput(format!("{label} {advice}")));
            }
            self.open = Some(Open::Maildir { path, folder });
            return Ok(None);
        }
        if !about.is_file() {
            return Err(Error::InvalidInput(format!("{label} is not a regular file")));
        }
        match self.form {
            Form::Maildir | Form::Mbox => {}
            Form::Any if Looks::of(&file::head(&file).map_err(|error| unreadable(&label, error))?).mbox => {}
            Form::Any | Form::Message => return MessageSource::of_file(label, file).map(Some),
        }
        self.begin_text(label, Box::new(file))
    }

    fn begin_text(&mut self, label: String, mut input: Box<dyn Read + Send>) -> Result<Option<MessageSource>> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| unreadable(&label, error))?;
        let looks = Looks::of(&head);
        let mut text = Cursor::new(head);
        text.set_position(looks.mark);
        let is_mbox = match self.form {
            Form::Any => looks.mbox,
            Form::Message => false,
            Form::Mbox => true,
            Form::Maildir => return Err(Error::InvalidInput(format!("{label} is no Maildir"))),
        };
        if is_mbox {
            let input = BufReader::with_capacity(CHUNK, text.chain(input));
            self.open = Some(Open::Mbox { label, mbox: Mbox::new(Box::new(input)), number: 0 });
            return Ok(None);
        }
        let body = spool(&mut text.chain(input), &label)?;
        MessageSource::of_body(label, body).map(Some)
    }
}

impl Iterator for Intake {
    type Item = Result<MessageSource>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(found) = open.next() {
                    return Some(found);
                }
                self.open = None;
            }
            let supply = self.waiting.pop_front()?;
            if let Some(found) = self.begin(supply).transpose() {
                return Some(found);
            }
        }
    }
}

impl Open {
    fn next(&mut self) -> Option<Result<MessageSource>> {
        match self {
            Self::Maildir { path, folder } => loop {
                let entry = folder.next()?;
                if let Some(found) = in_maildir(path, folder, entry).transpose() {
                    return Some(found);
                }
            },
            Self::Mbox { label, mbox, number } => {
                let mut message = match mbox.message() {
                    Ok(message) => message?,
                    Err(error) => return Some(Err(unreadable(label, error))),
                };
                *number += 1;
                let date = message.date();
                let body = spool(&mut message, label);
                if let Err(error) = message.finish() {
                    return Some(Err(unreadable(label, error)));
                }
                Some(body.and_then(|body| {
                    let source = MessageSource::of_body(format!("{label}: message {number}"), body)?;
                    Ok(MessageSource { flags: flag::of_header(&source.head()?), date, ..source })
                }))
            }
        }
    }
}

fn in_maildir(path: &Path, folder: &Folder, entry: folder::Entry) -> Result<Option<MessageSource>> {
    let label = shown(&path.join(entry.part()).join(entry.name()));
    let (file, entry) = folder.file(entry).map_err(|error| unreadable(&label, error))?;
    let about = file.metadata().map_err(|error| unreadable(&label, error))?;
    // A link to a folder.
    if about.is_dir() {
        return Ok(None);
    }
    if !about.is_file() {
        return Err(Error::InvalidInput(format!("{label} is not a regular file")));
    }
    let source = MessageSource::of_file(label, file)?;
    Ok(Some(MessageSource { flags: entry.flags(), date: about.modified().ok(), ..source }))
}

/// A message to be stored: what is known about it, and its text, which can be read any number of times.
#[derive(Debug)]
pub struct MessageSource {
    /// What errors and results call it, free of control characters: the file's path, with its number in an mbox.
    pub label: String,
    /// The flags it had, where its source keeps any: in the file's name in a Maildir, in `Status` and `X-Status` in an mbox.
    pub flags: Vec<MaildirFlag>,
    /// When it was received, where its source tells: a file's time in a Maildir, the line in front in an mbox.
    pub date: Option<SystemTime>,
    /// Its size as it goes out, with CRLF line ends and one at the end. Never 0, which would take back the command (RFC 3502).
    pub octets: u64,
    /// There are NULs, which only a `literal8` may have (RFC 3516 section 4.4).
    pub has_nul: bool,
    /// There are octets beyond ASCII somewhere.
    has_eight_bit: bool,
    text: Text,
}

#[derive(Debug)]
enum Text {
    Spooled(Body),
    File(FileText),
}

impl MessageSource {
    /// Its text from the start: exactly [`octets`](Self::octets) of it, or an error, which comes before the last octet.
    pub fn open(&self) -> SourceReader<'_> {
        SourceReader(match &self.text {
            Text::Spooled(body) => Reader::Spooled(body.open(0)),
            Text::File(text) => Reader::File(Box::new(text.open(&self.label))),
        })
    }

    /// Gives its text to `sink` in pieces.
    ///
    /// # Errors
    ///
    /// Those of `sink`; [`Error::InvalidInput`] if the file was changed since its size was told, [`Error::Storage`] if it cannot
    /// be read.
    pub fn for_each_chunk(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut reader = self.open();
        let mut buffer = vec![0; CHUNK];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => sink(buffer.get(..count).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.label, error)),
            }
        }
    }

    /// Its header with the empty line behind it, as far as that is within the first 256 KiB.
    ///
    /// # Errors
    ///
    /// As [`for_each_chunk`](Self::for_each_chunk).
    pub fn head(&self) -> Result<Vec<u8>> {
        let (mut reader, mut head) = (self.open(), Vec::new());
        let mut seen = 0;
        loop {
            let room = SMALL.saturating_sub(head.len() as u64).min(8192);
            let read = reader.by_ref().take(room).read_to_end(&mut head);
            if read.map_err(|error| unreadable(&self.label, error))? == 0 {
                return Ok(head);
            }
            let end = if head.starts_with(b"\r\n") {
                Some(2)
            } else {
                memchr::memmem::find(head.get(seen..).unwrap_or_default(), b"\r\n\r\n").map(|at| seen + at + 4)
            };
            if let Some(end) = end {
                head.truncate(end);
                return Ok(head);
            }
            seen = head.len().saturating_sub(3);
        }
    }

    /// Whether there is UTF-8 in its header (RFC 6532), as far as [`head`](Self::head) shows it.
    ///
    /// # Errors
    ///
    /// As [`for_each_chunk`](Self::for_each_chunk).
    pub fn has_utf8_head(&self) -> Result<bool> {
        Ok(self.has_eight_bit && is_utf8_head(&self.head()?))
    }

    fn of_file(label: String, mut file: File) -> Result<Self> {
        let stamp = file::Stamp::of(&file).map_err(|error| unreadable(&label, error))?;
        let head = file::head(&file).map_err(|error| unreadable(&label, error))?;
        let start = Looks::of(&head).mark;
        if stamp.len() > SMALL {
            let (text, survey) = FileText::scan(file, start, stamp, &label)?;
            let octets = text.octets();
            return Ok(Self::new(label, octets, &survey, Text::File(text)));
        }
        file::rewind(&mut file, start).map_err(|error| unreadable(&label, error))?;
        let body = spool(&mut file, &label)?;
        if file::Stamp::of(&file).map_err(|error| unreadable(&label, error))? != stamp {
            return Err(file::changed(&label));
        }
        Self::of_body(label, body)
    }

    fn of_body(label: String, body: Body) -> Result<Self> {
        if body.size() == 0 {
            return Err(Error::InvalidInput(format!("{label} is empty: no message")));
        }
        let traits = *body.traits();
        Ok(Self::new(label, body.size(), &traits, Text::Spooled(body)))
    }

    fn new(label: String, octets: u64, traits: &Traits, text: Text) -> Self {
        let (has_nul, has_eight_bit) = (traits.nul.is_some(), traits.eight_bit.is_some());
        Self { label, flags: Vec::new(), date: None, octets, has_nul, has_eight_bit, text }
    }
}

/// Whether a header holds UTF-8 beyond ASCII (RFC 6532). What is neither is nobody's.
pub fn is_utf8_head(head: &[u8]) -> bool {
    !head.is_ascii() && std::str::from_utf8(head).is_ok()
}

/// Reads a [`MessageSource`]. An [`io::Error`] for a file that was changed holds an [`Error`].
#[derive(Debug)]
pub struct SourceReader<'a>(Reader<'a>);

#[derive(Debug)]
enum Reader<'a> {
    Spooled(BodyReader<'a>),
    File(Box<FileReader<'a>>),
}

impl Read for SourceReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Reader::Spooled(reader) => reader.read(buffer),
            Reader::File(reader) => reader.read(buffer),
        }
    }
}

/// What a text is, from how it begins.
struct Looks {
    /// Octets of a byte order mark, as editors write it, which would make the header text.
    mark: u64,
    mbox: bool,
}

impl Looks {
    fn of(head: &[u8]) -> Self {
        let unmarked = head.strip_prefix(BYTE_ORDER_MARK);
        let text = unmarked.unwrap_or(head);
        let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
        // `From : x` is a field.
        let mbox = line.starts_with(b"From ") && !is_field(line);
        let marked = unmarked.is_some() && (mbox || is_field(line));
        Self { mark: if marked { BYTE_ORDER_MARK.len() as u64 } else { 0 }, mbox }
    }
}

fn spool(input: &mut dyn Read, label: &str) -> Result<Body> {
    let mut body = BodyWriter::default();
    let mut buffer = vec![0; CHUNK];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return body.finish(),
            Ok(count) => body.write(buffer.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(label, error)),
        }
    }
}

fn unreadable(label: &str, error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| Error::io(format!("cannot read {label}"), error))
}

fn shown(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}
