//! The octets of a part, opened.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Source;
use crate::error::{Error, Result};
use crate::mail::{Body, BodyWriter};
use crate::text::sanitize;

/// Octets read at a time; a multiple of what makes a line of base64.
const CHUNK: usize = 57 * 1024;

/// A source that can be read, named for errors.
pub(super) struct Opened {
    what: String,
    input: Box<dyn Read + Send>,
    /// What a file held when it was opened.
    least: u64,
}

impl Opened {
    /// Opens a file; what is no regular file is refused, before opening it could wait for ever.
    pub(super) fn new(option: &str, source: Source) -> Result<Self> {
        Ok(match source {
            Source::Bytes(bytes) => Self { what: option.into(), input: Box::new(io::Cursor::new(bytes)), least: 0 },
            Source::Reader(input) => Self { what: option.into(), input, least: 0 },
            Source::File(path) => {
                let what = format!("{option} {}", sanitize(path.as_os_str().as_encoded_bytes()));
                let file = open(&path).map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidInput => {
                        Error::Config(format!("{what}: not a regular file; give it on standard input, with -"))
                    }
                    _ => Error::Config(format!("{what}: {}", error_text(&error))),
                })?;
                let least = file.metadata().map_err(|error| Error::io(format!("cannot read {what}"), error))?.len();
                Self { what, input: Box::new(file), least }
            }
        })
    }

    /// Gives everything to `sink`, piece by piece.
    pub(super) fn for_each_chunk(mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut buffer = vec![0; CHUNK];
        let mut total = 0u64;
        loop {
            match self.input.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    total = total.saturating_add(length as u64);
                    sink(buffer.get(..length).unwrap_or_default())?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io(format!("cannot read {}", self.what), error)),
            }
        }
        if total < self.least {
            let source = io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was read");
            return Err(Error::io(format!("cannot read {}", self.what), source));
        }
        Ok(())
    }

    /// Everything as text with CRLF line ends, to be read as often as needed.
    pub(super) fn spool(self) -> Result<Body> {
        let mut body = BodyWriter::default();
        self.for_each_chunk(&mut |octets| body.write(octets))?;
        body.finish()
    }
}

/// Reads a spooled text from its begin.
pub(super) fn for_each_chunk(body: &Body, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut reader = body.open(0);
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => sink(buffer.get(..length).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io("cannot read a temporary file", error)),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    // Opening a FIFO without this waits for its writer.
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

fn error_text(error: &io::Error) -> String {
    sanitize(error.to_string().as_bytes())
}
