//! The reader's side: octets into temporary files.

use std::sync::Arc;

use super::super::name::Names;
use super::super::{Fingerprinter, Incoming, Key, LineEnd, Spooled, Stage, Staged};
use super::folder::{Folder, Temporary};
use crate::error::{Error, Result};

/// Octets gathered before they are written: an ordinary message is one write.
const BUFFER: usize = 128 * 1024;

#[derive(Debug)]
pub(super) struct FilesStage {
    folder: Arc<Folder>,
    names: Names,
    current: Option<Current>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Current {
    key: Key,
    print: Fingerprinter,
    /// Created with the first write.
    file: Option<Temporary>,
}

impl FilesStage {
    pub(super) fn new(folder: Arc<Folder>, tag: u64) -> Self {
        Self { folder, names: Names::new(tag), current: None, buffer: Vec::new() }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<()> {
        if self.buffer.len().saturating_add(chunk.len()) <= BUFFER {
            self.buffer.extend_from_slice(chunk);
            return Ok(());
        }
        self.write_out()?;
        if chunk.len() < BUFFER {
            self.buffer.extend_from_slice(chunk);
            return Ok(());
        }
        self.file()?.write(chunk)
    }

    /// Writes what was gathered.
    fn write_out(&mut self) -> Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let file = self.file()?;
        let result = if buffer.is_empty() { Ok(()) } else { file.write(&buffer) };
        self.buffer = buffer;
        self.buffer.clear();
        result
    }

    fn file(&mut self) -> Result<&mut Temporary> {
        let Some(current) = &mut self.current else { return Err(not_begun()) };
        let file = match current.file.take() {
            Some(file) => file,
            None => Temporary::create(&self.folder, self.folder.shape.final_name(self.names.next()))?,
        };
        Ok(current.file.insert(file))
    }

    fn end(&mut self, size: u64) -> Result<Staged> {
        self.write_out()?;
        let (key, print, mut file) = match self.current.take() {
            Some(Current { key, print, file: Some(file) }) => (key, print, file),
            _ => return Err(not_begun()),
        };
        file.seal()?;
        Ok(Staged { key, fingerprint: print.finish(size), spooled: Spooled::Named(file) })
    }
}

impl Stage for FilesStage {
    fn line_end(&self) -> LineEnd {
        self.folder.shape.line_end()
    }

    fn begin(&mut self, incoming: &Incoming) -> Result<()> {
        self.abort();
        let mut print = Fingerprinter::new(self.line_end());
        print.prefix(&incoming.prefix);
        self.current = Some(Current { key: incoming.key.clone(), print, file: None });
        self.take(&incoming.prefix).inspect_err(|_| self.abort())
    }

    fn write(&mut self, chunk: &[u8]) -> Result<()> {
        let Some(current) = &mut self.current else { return Err(not_begun()) };
        current.print.update(chunk);
        self.take(chunk).inspect_err(|_| self.abort())
    }

    fn finish(&mut self, size: u64) -> Result<Staged> {
        self.end(size).inspect_err(|_| self.abort())
    }

    fn abort(&mut self) {
        self.current = None;
        self.buffer.clear();
    }
}

fn not_begun() -> Error {
    Error::InvalidInput("no message was begun, or it was dropped after an error".into())
}
