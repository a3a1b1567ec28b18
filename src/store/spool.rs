//! A stage for targets that take a message only when it is whole: memory first, then a file without a name.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::canonical::Canonical;
use super::files::shown;
use super::fs::FileSystem;
use super::{Fingerprinter, Incoming, Key, LineEnd, Spooled, Stage, Staged};
use crate::error::{Error, Result};

/// Octets read or written at a time.
const CHUNK: usize = 64 * 1024;

/// Where messages wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keep {
    /// In memory up to 256 KiB, in a file beyond.
    SmallInMemory,
    /// In a file always, so that it can be another program's standard input.
    File,
}

/// Takes messages with LF, or brings them into canonical form; leaves nothing behind whatever happens, as the files have no
/// names.
#[derive(Debug)]
pub(crate) struct SpoolStage {
    fs: Arc<dyn FileSystem>,
    /// Where files are made; the next is tried if one is not ours to write in.
    dirs: Vec<PathBuf>,
    keep: Keep,
    line_end: LineEnd,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    key: Key,
    print: Fingerprinter,
    canonical: Canonical,
    buffer: Vec<u8>,
    file: Option<File>,
}

impl SpoolStage {
    pub(crate) fn new(fs: Arc<dyn FileSystem>, dirs: Vec<PathBuf>, keep: Keep) -> Self {
        Self { fs, dirs, keep, line_end: LineEnd::Lf, current: None }
    }

    /// Keeps messages with CRLF and no other CR or LF, as they go to another server.
    #[cfg(feature = "cli")]
    pub(crate) fn canonical(self) -> Self {
        Self { line_end: LineEnd::CrLf, ..self }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<()> {
        const MEMORY: usize = 256 * 1024;
        let Some(mut current) = self.current.take() else { return Err(not_begun()) };
        let most = match self.keep {
            Keep::SmallInMemory if current.file.is_none() => MEMORY,
            _ => CHUNK,
        };
        if current.buffer.len().saturating_add(chunk.len()) > most {
            self.write_out(&mut current)?;
        }
        match &current.file {
            Some(file) if chunk.len() >= CHUNK => self.append(file, chunk)?,
            _ => current.buffer.extend_from_slice(chunk),
        }
        self.current = Some(current);
        Ok(())
    }

    fn write_out(&self, current: &mut Current) -> Result<()> {
        let file = match current.file.take() {
            Some(file) => file,
            None => self.create()?,
        };
        self.append(&file, &current.buffer)?;
        current.buffer.clear();
        current.buffer.shrink_to(CHUNK);
        current.file = Some(file);
        Ok(())
    }

    fn append(&self, file: &File, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.fs.write_all(file, bytes).map_err(|source| Error::io("cannot write a temporary file", source))
    }

    fn create(&self) -> Result<File> {
        let mut last = (String::from("a temporary directory"), io::Error::from(io::ErrorKind::NotFound));
        for dir in &self.dirs {
            match self.fs.create_unnamed(dir) {
                Ok(file) => return Ok(file),
                Err(error) => {
                    let other = matches!(
                        error.kind(),
                        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound
                    );
                    last = (shown(dir), error);
                    if !other {
                        break;
                    }
                }
            }
        }
        let (dir, source) = last;
        Err(Error::io(format!("cannot create a temporary file in {dir}"), source))
    }
}

impl Stage for SpoolStage {
    fn line_end(&self) -> LineEnd {
        self.line_end
    }

    fn begin(&mut self, incoming: &Incoming) -> Result<()> {
        let mut print = Fingerprinter::new(self.line_end);
        print.prefix(&incoming.prefix);
        let (key, canonical) = (incoming.key.clone(), Canonical::new());
        self.current = Some(Current { key, print, canonical, buffer: Vec::new(), file: None });
        self.take(&incoming.prefix)
    }

    fn write(&mut self, chunk: &[u8]) -> Result<()> {
        let Some(current) = &mut self.current else { return Err(not_begun()) };
        // The print is of what came, so that a header that is looked at later can be compared with it.
        current.print.update(chunk);
        match self.line_end {
            LineEnd::Lf => self.take(chunk),
            LineEnd::CrLf => {
                let mut lines = Vec::new();
                current.canonical.push(chunk, &mut lines);
                self.take(&lines)
            }
        }
    }

    fn finish(&mut self, size: u64) -> Result<Staged> {
        if self.line_end == LineEnd::CrLf {
            let Some(current) = &mut self.current else { return Err(not_begun()) };
            let mut rest = Vec::new();
            current.canonical.finish(&mut rest);
            self.take(&rest)?;
        }
        let Some(mut current) = self.current.take() else { return Err(not_begun()) };
        if current.file.is_some() || self.keep == Keep::File {
            self.write_out(&mut current)?;
        }
        let Current { key, print, mut buffer, file, .. } = current;
        buffer.shrink_to_fit();
        let spooled = file.map_or(Spooled::Memory(buffer), Spooled::File);
        Ok(Staged { key, fingerprint: print.finish(size), spooled })
    }

    fn abort(&mut self) {
        self.current = None;
    }
}

/// A spooled message, to be read any number of times.
#[derive(Debug)]
pub(crate) enum Source {
    Memory(Vec<u8>),
    File(File),
}

impl Source {
    /// `Err`: the message was staged for another target.
    pub(crate) fn new(staged: Staged) -> Result<(Key, super::Fingerprint, Self), Staged> {
        match staged {
            Staged { key, fingerprint, spooled: Spooled::Memory(bytes) } => Ok((key, fingerprint, Self::Memory(bytes))),
            Staged { key, fingerprint, spooled: Spooled::File(file) } => Ok((key, fingerprint, Self::File(file))),
            other => Err(other),
        }
    }

    /// Gives the whole message to `sink`, chunk by chunk, until that fails.
    pub(crate) fn for_each_chunk(&self, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Memory(bytes) => sink(bytes),
            Self::File(file) => {
                let mut buffer = vec![0; CHUNK];
                let mut offset = 0;
                loop {
                    let filled = read_at(file, &mut buffer, offset)?;
                    offset += filled as u64;
                    match buffer.get(..filled) {
                        Some(chunk) if !chunk.is_empty() => sink(chunk)?,
                        _ => return Ok(()),
                    }
                }
            }
        }
    }

    /// The first octets, at most `most`.
    pub(crate) fn head(&self, most: usize) -> Result<Vec<u8>> {
        match self {
            Self::Memory(bytes) => Ok(bytes.get(..most).unwrap_or(bytes).to_vec()),
            Self::File(file) => {
                let mut buffer = vec![0; most];
                let filled = read_at(file, &mut buffer, 0)?;
                buffer.truncate(filled);
                Ok(buffer)
            }
        }
    }
}

fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(|source| Error::io("cannot read a temporary file", source)),
        }
    }
}

fn not_begun() -> Error {
    Error::InvalidInput("no message was begun, or it was dropped after an error".into())
}
