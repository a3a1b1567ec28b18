//! A spooled message as something to send.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use crate::error::Result;
use crate::smtp::{Content, Kind};
use crate::store::spool::Source;

/// A message in canonical form.
///
/// Leniency: lines of more than 998 octets, NUL, and a header in raw 8-bit octets are declared as text. Mail that has such
/// came by SMTP in the first place, most servers take it again, and one that does not says so; if nothing were sent
/// that is not wholly by the book it could never be delivered.
pub(super) struct Letter {
    source: Source,
    size: u64,
    kind: Kind,
    holds_nul: bool,
}

impl Letter {
    /// Reads through it once. Fails if it cannot be read.
    pub(super) fn new(source: Source) -> Result<Self> {
        let (mut size, mut kind, mut holds_nul) = (0u64, Kind::SevenBit, false);
        source.for_each_chunk(|chunk| {
            size = size.saturating_add(chunk.len() as u64);
            if !chunk.is_ascii() {
                kind = Kind::EightBit;
            }
            holds_nul |= memchr::memchr(0, chunk).is_some();
            Ok(())
        })?;
        Ok(Self { source, size, kind, holds_nul })
    }

    /// Its size.
    pub(super) fn octets(&self) -> u64 {
        self.size
    }

    /// Whether there is NUL in it.
    pub(super) fn holds_nul(&self) -> bool {
        self.holds_nul
    }

    /// Gives the whole message to `sink`, chunk by chunk, until that fails.
    pub(super) fn for_each_chunk(&self, sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.source.for_each_chunk(sink)
    }
}

impl Content for Letter {
    fn size(&self) -> u64 {
        self.size
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn needs_smtputf8(&self) -> bool {
        false
    }

    fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
        Ok(match &self.source {
            Source::Memory(octets) => Box::new(octets.as_slice()),
            Source::File(file) => Box::new(FromStart { file, offset: 0 }),
        })
    }
}

/// Reads a file from its start, whoever else reads it.
struct FromStart<'f> {
    file: &'f File,
    offset: u64,
}

impl Read for FromStart<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset = self.offset.saturating_add(count as u64);
        Ok(count)
    }
}
