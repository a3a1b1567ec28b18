//! A message in a large file: looked through once for its size, then read again while it goes out, and checked to be the same.

use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use twox_hash::XxHash3_64;

use super::{CHUNK, HEAD, unreadable};
use crate::error::{Error, Result};
use crate::mail::body::{Survey, Traits};

/// A file's text, whose size as it goes out is known.
#[derive(Debug)]
pub(super) struct FileText {
    file: File,
    start: u64,
    octets: u64,
    hash: u64,
    stamp: Stamp,
}

/// What changes when a file is written to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    length: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub(super) fn of(file: &File) -> io::Result<Self> {
        let about = file.metadata()?;
        Ok(Self { length: about.len(), modified: (about.mtime(), about.mtime_nsec()) })
    }

    pub(super) fn len(self) -> u64 {
        self.length
    }
}

impl FileText {
    /// Looks through a file from `start` on, which had this stamp when it was opened.
    pub(super) fn scan(file: File, start: u64, stamp: Stamp, label: &str) -> Result<(Self, Traits)> {
        let mut text = Self { file, start, octets: 0, hash: 0, stamp };
        let mut reader = text.open(label);
        let mut octets = 0u64;
        while reader.advance()? {
            octets = octets.saturating_add(reader.ready.len() as u64);
            reader.ready.clear();
        }
        let (hash, traits) = (reader.hash.finish(), reader.survey.traits);
        (text.octets, text.hash) = (octets, hash);
        if text.has_changed(label)? { Err(changed(label)) } else { Ok((text, traits)) }
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    pub(super) fn open<'a>(&'a self, label: &'a str) -> FileReader<'a> {
        FileReader {
            text: self,
            label,
            at: self.start,
            survey: Survey::at_line(1),
            hash: XxHash3_64::new(),
            buffer: vec![0; CHUNK],
            ready: Vec::new(),
            given: 0,
            produced: 0,
            ended: false,
        }
    }

    fn has_changed(&self, label: &str) -> Result<bool> {
        Ok(Stamp::of(&self.file).map_err(|error| unreadable(label, error))? != self.stamp)
    }
}

/// Reads a [`FileText`].
pub(super) struct FileReader<'a> {
    text: &'a FileText,
    label: &'a str,
    at: u64,
    survey: Survey,
    hash: XxHash3_64,
    buffer: Vec<u8>,
    /// Text with CRLF line ends.
    ready: Vec<u8>,
    /// How much of it was given out.
    given: usize,
    /// How much there was in all.
    produced: u64,
    ended: bool,
}

impl std::fmt::Debug for FileReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileReader").field("label", &self.label).field("at", &self.at).finish_non_exhaustive()
    }
}

impl FileReader<'_> {
    /// Adds what comes next to what is ready; `false` if that was all.
    fn advance(&mut self) -> Result<bool> {
        let Self { ready, survey, .. } = self;
        let mut sink = |octets: &[u8]| {
            ready.extend_from_slice(octets);
            Ok(())
        };
        if self.ended {
            return Ok(false);
        }
        let count = loop {
            match self.text.file.read_at(&mut self.buffer, self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(|error| unreadable(self.label, error))?,
            }
        };
        let piece = self.buffer.get(..count).unwrap_or_default();
        self.at = self.at.saturating_add(count as u64);
        self.hash.write(piece);
        if count > 0 {
            survey.write(piece, &mut sink)?;
        } else {
            survey.finish(&mut sink)?;
            self.ended = true;
        }
        Ok(true)
    }

    /// Makes something ready. What would be the last of it stays back until it is known that nothing has changed.
    fn fill(&mut self) -> Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut before = 0;
        while self.advance()? {
            self.produced = self.produced.saturating_add((self.ready.len() - before) as u64);
            before = self.ready.len();
            if self.produced > self.text.octets {
                return Err(changed(self.label));
            }
            if self.produced < self.text.octets && !self.ready.is_empty() {
                return Ok(());
            }
        }
        let same = self.produced == self.text.octets && self.hash.finish() == self.text.hash;
        if same && !self.text.has_changed(self.label)? { Ok(()) } else { Err(changed(self.label)) }
    }
}

impl Read for FileReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.ready.len()
            && !buffer.is_empty()
            && let Err(error) = self.fill()
        {
            self.ready.clear();
            return Err(io::Error::other(error));
        }
        let count = self.ready.get(self.given..).unwrap_or_default().read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

/// How a file begins.
pub(super) fn head(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let count = file.read_at(&mut head, 0)?;
    head.truncate(count);
    Ok(head)
}

/// Goes to where a file's text begins.
pub(super) fn rewind(file: &mut File, start: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(start)).map(drop)
}

pub(super) fn changed(label: &str) -> Error {
    Error::InvalidInput(format!("{label} was written to while it was read; try again"))
}
