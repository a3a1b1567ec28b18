//! Mail as an mbox on standard output. What reads it may keep it or not: nothing is recorded, and nothing that went
//! there may be deleted for it.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{FileType, OFlags};

use super::fs::FileSystem;
use super::mbox::format;
use super::spool::{Keep, Source, SpoolStage};
use super::target::Sides;
use super::{BatchLimits, Commit, Journal, Outcome, Staged, batch};
use crate::error::{Error, Result};

/// Standard output as a target, past the buffer that the library keeps for text.
///
/// # Errors
/// [`Error::Storage`] of kind [`Create`](crate::error::StorageKind::Create) if it is closed.
pub fn open_standard(fs: Arc<dyn FileSystem>) -> Result<Sides> {
    let failed = |source| Error::create("cannot write mail to standard output", source);
    let out = io::stdout().as_fd().try_clone_to_owned().map_err(failed)?;
    if was_closed(&out).map_err(failed)? {
        return Err(failed(io::Error::other("it is closed")));
    }
    Ok(open(Box::new(File::from(out)), fs))
}

/// Whether the runtime put its stand-in for a closed descriptor here: `/dev/null`, open for reading as well, where a
/// redirection to it would be open for writing alone.
fn was_closed(out: &OwnedFd) -> io::Result<bool> {
    let access = rustix::fs::fcntl_getfl(out)? & OFlags::RWMODE;
    let number = |about: rustix::fs::Stat| (about.st_mode, about.st_rdev);
    let null = rustix::fs::stat("/dev/null")?;
    let is_device = FileType::from_raw_mode(null.st_mode) == FileType::CharacterDevice;
    Ok(access == OFlags::RDWR && is_device && number(rustix::fs::fstat(out)?) == number(null))
}

/// The two sides of an output stream. A message is written when it is whole, so that a broken connection leaves no
/// part of one there.
pub fn open(out: Box<dyn Write + Send>, fs: Arc<dyn FileSystem>) -> Sides {
    let stage = SpoolStage::new(fs, vec![std::env::temp_dir()], Keep::SmallInMemory);
    Sides { stage: Box::new(stage), commit: Box::new(StreamCommit { out, broken: false }) }
}

struct StreamCommit {
    out: Box<dyn Write + Send>,
    /// After a failed write the reader's place in the stream is unknown: nothing more is written.
    broken: bool,
}

impl StreamCommit {
    fn write(&mut self, source: &Source) -> Result<()> {
        let failed = |source| Error::io("cannot write to standard output", source);
        if self.broken {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        }
        let from = format::from_line(source, SystemTime::now())?;
        let out = &mut self.out;
        let result = format::write(source, &from, |bytes| out.write_all(bytes).map_err(failed))
            .and_then(|()| out.flush().map_err(failed));
        self.broken = result.is_err();
        result
    }
}

impl Commit for StreamCommit {
    fn commit(&mut self, batch: Vec<Staged>, _journal: &mut dyn Journal) -> Vec<Outcome> {
        batch
            .into_iter()
            .map(|staged| match Source::new(staged) {
                Ok((key, fingerprint, source)) => Outcome { key, fingerprint, result: self.write(&source) },
                Err(staged) => batch::misplaced(staged, "standard output"),
            })
            .collect()
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits { messages: 64, octets: 1 << 20 }
    }

    fn durable(&self) -> bool {
        false
    }
}

impl fmt::Debug for StreamCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamCommit").field("broken", &self.broken).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_output_is_told_from_one_that_is_thrown_away() {
        let open = |write, read| OwnedFd::from(File::options().write(write).read(read).open("/dev/null").unwrap());
        assert!(was_closed(&open(true, true)).unwrap());
        assert!(!was_closed(&open(true, false)).unwrap());
        assert!(!was_closed(&OwnedFd::from(tempfile::tempfile().unwrap())).unwrap());
    }
}
