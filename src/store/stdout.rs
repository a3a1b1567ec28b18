//! Mail as an mbox on standard output. What reads it may keep it or not: nothing is recorded, and nothing that went
//! there may be deleted for it.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::SystemTime;

use super::fs::FileSystem;
use super::mbox::format;
use super::spool::{Keep, Source, SpoolStage};
use super::target::Sides;
use super::{BatchLimits, Commit, Journal, Outcome, Staged, batch};
use crate::error::{Error, Result};

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
            return Err(failed(std::io::ErrorKind::BrokenPipe.into()));
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
