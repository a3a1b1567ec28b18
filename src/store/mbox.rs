//! Delivery into an mbox file: locked, appended, flushed; cut back to its old length if anything fails meanwhile.
//!
//! ```text
//! locks -> intents flushed -> append -> file flushed -> (new file: directory flushed) -> locks given back -> deliveries
//! ```
//!
//! Only while the locks are held is the file ever cut. A run that was killed leaves what it wrote: recovery believes a
//! message only if its whole range has the length and hash of the intent, and never removes anything.

pub(crate) mod format;
mod lock;

use std::ffi::{OsStr, OsString};
use std::fs::{File, FileTimes};
use std::hash::Hasher as _;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, accessat};
use rustix::io::Errno;
use twox_hash::XxHash3_64;

use self::lock::{Claim, Locked};
use super::files::{refuse_foreign, shown};
use super::fs::{Access, Dir, FileSystem};
use super::spool::{Keep, Source, SpoolStage};
use super::target::Sides;
use super::{BatchLimits, Commit, Fingerprint, Journal, Key, Outcome, Place, Staged, batch};
use crate::error::{Error, Result};

/// How long to wait for other programs' locks before the batch is put off.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens an mbox target. The file is made with the first delivery; its directory must exist.
///
/// # Errors
/// [`Error::Storage`] of kind [`Create`](crate::error::StorageKind::Create) if it is not a regular file, is a symbolic
/// link, or is neither empty nor an mbox.
pub fn open(path: &Path, fs: Arc<dyn FileSystem>) -> Result<Sides> {
    let commit = MboxCommit::open(path, Arc::clone(&fs))?;
    let dirs = vec![commit.dir.path().to_owned(), std::env::temp_dir()];
    Ok(Sides { stage: Box::new(SpoolStage::new(fs, dirs, Keep::SmallInMemory)), commit: Box::new(commit) })
}

#[derive(Debug)]
struct MboxCommit {
    fs: Arc<dyn FileSystem>,
    path: PathBuf,
    dir: Dir,
    name: OsString,
    patience: Duration,
}

#[derive(Debug)]
struct Member {
    key: Key,
    fingerprint: Fingerprint,
    source: Source,
    from: String,
}

/// The file as it was when the locks were had.
#[derive(Debug)]
struct Before {
    length: u64,
    /// What has to come between the old end and the first From_ line.
    gap: &'static [u8],
    accessed: Option<SystemTime>,
}

impl MboxCommit {
    fn open(path: &Path, fs: Arc<dyn FileSystem>) -> Result<Self> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(not_usable(path, io::ErrorKind::InvalidInput.into()));
        };
        let dir = fs
            .open_dir(parent)
            .map_err(|source| Error::create(format!("cannot open the directory {}", shown(parent)), source))?;
        // Whoever has claimed it in this process has looked at it already.
        if let Some(_claim) = Claim::take(&dir, name)? {
            match fs.open_existing(&dir, name, Access::ReadWrite) {
                Ok(file) => {
                    Before::look(&file, path)?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    refuse_foreign(&dir)?;
                    accessat(dir.fd(), OsStr::new("."), rustix::fs::Access::WRITE_OK, AtFlags::EACCESS)
                        .map_err(|errno| not_usable(path, errno.into()))?;
                }
                Err(error) => return Err(not_usable(path, error)),
            }
        }
        let name = name.to_owned();
        Ok(Self { fs, path: path.into(), dir, name, patience: PATIENCE })
    }

    fn deliver(&self, members: &[Member], journal: &mut dyn Journal) -> Result<()> {
        let locked = Locked::wait(&*self.fs, &self.dir, &self.name, self.patience)?;
        let before = Before::look(&locked.file, &self.path)?;
        let mut announced = 0;
        let result = self
            .announce(members, &before, journal, &mut announced)
            .and_then(|()| self.append(members, &locked.file, &before));
        match result {
            Ok(()) => {
                before.keep_unread(&locked.file);
                Ok(())
            }
            Err(error) => {
                let members = members.get(..announced).unwrap_or_default();
                Err(self.take_back(error, members, &locked.file, &before, journal))
            }
        }
    }

    /// Makes the intents durable; `announced` counts them.
    fn announce(
        &self,
        members: &[Member],
        before: &Before,
        journal: &mut dyn Journal,
        announced: &mut usize,
    ) -> Result<()> {
        let mut offset = before.length.saturating_add(before.gap.len() as u64);
        for member in members {
            let (length, hash) = member.measure()?;
            let place = Place::Mbox { path: self.path.clone(), offset, length, hash };
            journal.intent(&member.key, &member.fingerprint, &place)?;
            *announced += 1;
            offset = offset.saturating_add(length);
        }
        journal.sync()
    }

    fn append(&self, members: &[Member], file: &File, before: &Before) -> Result<()> {
        const BUFFER: usize = 128 * 1024;
        let failed = |source| Error::io(format!("cannot write to {}", shown(&self.path)), source);
        let mut buffer = before.gap.to_vec();
        for member in members {
            format::write(&member.source, &member.from, |bytes| {
                buffer.extend_from_slice(bytes);
                if buffer.len() >= BUFFER {
                    self.fs.write_all(file, &buffer).map_err(failed)?;
                    buffer.clear();
                }
                Ok(())
            })?;
        }
        if !buffer.is_empty() {
            self.fs.write_all(file, &buffer).map_err(failed)?;
        }
        let failed = |source| Error::io(format!("cannot flush {}", shown(&self.path)), source);
        self.fs.sync_file(file).map_err(failed)?;
        if before.length == 0 {
            self.fs.sync_dir(&self.dir).map_err(failed)?;
        }
        Ok(())
    }

    /// Cuts the file to its old length; `members` are those with an intent. Where that fails the intents stay open, for
    /// the next run to look.
    fn take_back(
        &self,
        error: Error,
        members: &[Member],
        file: &File,
        before: &Before,
        journal: &mut dyn Journal,
    ) -> Error {
        let untouched = file.metadata().is_ok_and(|about| about.len() == before.length);
        let cut = || self.fs.truncate(file, before.length).and_then(|()| self.fs.sync_file(file));
        match if untouched { Ok(()) } else { cut() } {
            Ok(()) => {
                batch::abandon(members.iter().map(|member| &member.key), journal);
                error
            }
            Err(source) => {
                Error::io(format!("{error}; and {} could not be cut back to its old length", shown(&self.path)), source)
            }
        }
    }
}

impl Commit for MboxCommit {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut members = Vec::with_capacity(batch.len());
        for staged in batch {
            match Source::new(staged) {
                Ok((key, fingerprint, source)) => match format::from_line(&source, SystemTime::now()) {
                    Ok(from) => members.push(Member { key, fingerprint, source, from }),
                    Err(error) => outcomes.push(Outcome { key, fingerprint, result: Err(error) }),
                },
                Err(staged) => outcomes.push(batch::misplaced(staged, "an mbox")),
            }
        }
        if members.is_empty() {
            return outcomes;
        }
        let result = self.deliver(&members, journal).and_then(|()| {
            members.iter().try_for_each(|member| journal.delivered(&member.key))?;
            journal.sync()
        });
        outcomes.extend(members.into_iter().map(|Member { key, fingerprint, .. }| {
            let result = result.as_ref().map_err(batch::again).copied();
            Outcome { key, fingerprint, result }
        }));
        outcomes
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits { messages: 256, octets: 4 << 20 }
    }
}

impl Member {
    /// The length of what will be written for it, and its hash.
    fn measure(&self) -> Result<(u64, u64)> {
        let mut hash = XxHash3_64::new();
        let mut length = 0u64;
        format::write(&self.source, &self.from, |bytes| {
            hash.write(bytes);
            length = length.saturating_add(bytes.len() as u64);
            Ok(())
        })?;
        Ok((length, hash.finish()))
    }
}

impl Before {
    /// Looks at an opened file, and refuses one that is not an mbox.
    fn look(file: &File, path: &Path) -> Result<Self> {
        let failed = |source| not_usable(path, source);
        let about = file.metadata().map_err(failed)?;
        if rustix::process::geteuid().is_root() && about.uid() != 0 {
            let why = format!("it belongs to user {} and this runs as root; run it as that user", about.uid());
            return Err(failed(io::Error::new(io::ErrorKind::PermissionDenied, why)));
        }
        let length = about.len();
        let accessed = about.accessed().ok();
        if length == 0 {
            return Ok(Self { length, gap: b"", accessed });
        }
        let mut first = [0; 5];
        match file.read_exact_at(&mut first, 0) {
            Ok(()) if &first == b"From " => {}
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(failed(error)),
            _ => return Err(failed(io::Error::other("it is not an mbox: it does not begin with \"From \""))),
        }
        let mut last = [0; 2];
        file.read_exact_at(&mut last, length.saturating_sub(2)).map_err(failed)?;
        let gap: &[u8] = match last {
            [b'\n', b'\n'] => b"",
            [_, b'\n'] => b"\n",
            _ => b"\n\n",
        };
        Ok(Self { length, gap, accessed })
    }

    /// Leaves the time of last access before that of the last change, by which readers tell that there is new mail.
    fn keep_unread(&self, file: &File) {
        let Ok(modified) = file.metadata().and_then(|about| about.modified()) else { return };
        let before = modified.checked_sub(Duration::from_secs(1)).unwrap_or(modified);
        let accessed = self.accessed.filter(|accessed| *accessed < modified).unwrap_or(before);
        // A file that is not ours keeps its times; the mail is there all the same.
        let _ = file.set_times(FileTimes::new().set_accessed(accessed));
    }
}

/// The error for a file that cannot be used as an mbox.
fn not_usable(path: &Path, source: io::Error) -> Error {
    let source = match Errno::from_io_error(&source) {
        Some(Errno::LOOP) => io::Error::other("it is a symbolic link; name the file itself"),
        _ => source,
    };
    Error::create(format!("cannot deliver to the mbox {}", shown(path)), source)
}
