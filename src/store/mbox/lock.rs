//! Locking an mbox against everybody else: this process, programs that use `FILE.lock`, and those that use fcntl.
//!
//! The dotlock comes first, then the record lock. A directory in which no dotlock can be made (a spool that belongs to
//! the system) leaves the record lock alone. Both are tried until the patience ends, and neither is held while waiting
//! for the other, so that a program with the opposite order is not blocked.
//!
//! A dotlock whose maker was this host's and is dead is removed at once if it was ours, else when it is five minutes
//! old, which is also the age at which one without a readable process number goes.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{AtFlags, FlockOperation, fcntl_lock, statat};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::super::files::shown;
use super::super::fs::{Access, Dir, FileSystem};
use crate::error::{Error, Result};

/// Marks a dotlock as made by us, between the process number and the host.
const MARK: &str = "mailwire";

/// A locked mbox file, open for appending. Dropping it gives the locks back.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    pub(super) file: File,
    // Dropped after the file, so that the record lock goes first.
    _dotlock: Option<Dotlock<'a>>,
    _claim: Claim,
}

impl<'a> Locked<'a> {
    /// Waits for the locks, at most as long as `patience`; makes the file if it is absent.
    pub(super) fn wait(fs: &'a dyn FileSystem, dir: &'a Dir, name: &'a OsStr, patience: Duration) -> Result<Self> {
        const PAUSE: Duration = Duration::from_millis(100);
        let until = Instant::now() + patience;
        loop {
            if let Some(locked) = Self::attempt(fs, dir, name)? {
                return Ok(locked);
            }
            if Instant::now() >= until {
                return Err(Error::Locked { what: format!("the mbox {}", shown(&dir.path().join(name))) });
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn attempt(fs: &'a dyn FileSystem, dir: &'a Dir, name: &'a OsStr) -> Result<Option<Self>> {
        let path = dir.path().join(name);
        let Some(claim) = Claim::take(dir, name)? else { return Ok(None) };
        let dotlock = match Dotlock::attempt(fs, dir, name) {
            Ok(Attempt::Made(dotlock)) => Some(dotlock),
            Ok(Attempt::Impossible) => None,
            Ok(Attempt::Busy) => return Ok(None),
            Err(source) => return Err(Error::io(format!("cannot lock {}", shown(&path)), source)),
        };
        let file = fs.open_append(dir, name).map_err(|error| super::not_usable(&path, error))?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::ACCESS | Errno::AGAIN) => return Ok(None),
            Err(errno) => return Err(Error::io(format!("cannot lock {}", shown(&path)), errno.into())),
        }
        // Whoever held the lock may have put another file in its place.
        let failed = |source| Error::io(format!("cannot look at {}", shown(&path)), source);
        let about = file.metadata().map_err(failed)?;
        match statat(dir.fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) if named.st_ino == about.ino() => Ok(Some(Self { file, _dotlock: dotlock, _claim: claim })),
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}

/// The right to open the file in this process: record locks do not keep threads apart, and closing any descriptor of
/// the file would give the lock away.
#[derive(Debug)]
pub(super) struct Claim(Id);

type Id = (u64, u64, OsString);

static CLAIMED: LazyLock<Mutex<HashSet<Id>>> = LazyLock::new(Mutex::default);

impl Claim {
    /// `None` while another thread has it.
    pub(super) fn take(dir: &Dir, name: &OsStr) -> Result<Option<Self>> {
        let about =
            dir.metadata().map_err(|source| Error::io(format!("cannot look at {}", shown(dir.path())), source))?;
        let id = (about.dev(), about.ino(), name.to_owned());
        let fresh = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        // Not made where it is not had: dropping it would give back the other thread's.
        Ok(fresh.then(|| Self(id)))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[derive(Debug)]
struct Dotlock<'a> {
    fs: &'a dyn FileSystem,
    dir: &'a Dir,
    name: OsString,
}

enum Attempt<'a> {
    Made(Dotlock<'a>),
    Busy,
    Impossible,
}

impl<'a> Dotlock<'a> {
    fn attempt(fs: &'a dyn FileSystem, dir: &'a Dir, mbox: &OsStr) -> io::Result<Attempt<'a>> {
        let mut name = mbox.to_owned();
        name.push(".lock");
        match Self::make(fs, dir, &name) {
            Ok(()) => Ok(Attempt::Made(Self { fs, dir, name })),
            Err(error) => match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    if is_stale(fs, dir, &name) {
                        fs.unlink(dir, &name)?;
                    }
                    Ok(Attempt::Busy)
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Ok(Attempt::Impossible),
                _ => Err(error),
            },
        }
    }

    /// Written under a name of its own and renamed, so that a lock whose maker was killed always tells whose it was.
    fn make(fs: &dyn FileSystem, dir: &Dir, name: &OsStr) -> io::Result<()> {
        let mut own = name.to_owned();
        own.push(format!(".{}", std::process::id()));
        let file = match fs.create_new(dir, &own) {
            // Of a process that had this number before and was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                fs.unlink(dir, &own)?;
                fs.create_new(dir, &own)
            }
            other => other,
        }?;
        let text = format!("{} {MARK} {}\n", std::process::id(), host());
        let made = fs.write_all(&file, text.as_bytes()).and_then(|()| fs.publish(dir, &own, dir, name));
        if made.is_err() {
            // Should it fail as well, what is left is taken for nobody's lock.
            let _ = fs.unlink(dir, &own);
        }
        made
    }
}

impl Drop for Dotlock<'_> {
    fn drop(&mut self) {
        // Should it fail, the lock is stale as soon as this process ends.
        let _ = self.fs.unlink(self.dir, &self.name);
    }
}

fn is_stale(fs: &dyn FileSystem, dir: &Dir, name: &OsStr) -> bool {
    const OLD: Duration = Duration::from_secs(300);
    const LONGEST: u64 = 512;
    let Ok(file) = fs.open_existing(dir, name, Access::Read) else { return false };
    let mut text = Vec::new();
    let Ok(about) = file.metadata() else { return false };
    if file.take(LONGEST).read_to_end(&mut text).is_err() {
        return false;
    }
    let text = String::from_utf8_lossy(&text);
    let mut words = text.split_ascii_whitespace();
    let pid = words.next().and_then(|word| word.parse().ok()).filter(|pid| *pid > 0).and_then(Pid::from_raw);
    let ours = words.next() == Some(MARK) && words.next() == Some(host().as_str());
    // EPERM: it lives, as another user's.
    let dead = pid.is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH));
    let old =
        about.modified().is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age >= OLD));
    dead && (old || (ours && pid.is_some()))
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().replace(char::is_whitespace, "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fs::System;

    #[test]
    fn asking_for_a_claim_does_not_end_another_s() {
        let folder = tempfile::tempdir().unwrap();
        let dir = System.open_dir(folder.path()).unwrap();
        let take = || Claim::take(&dir, OsStr::new("inbox")).unwrap();
        let held = take();
        assert!(held.is_some());
        assert!(take().is_none() && take().is_none());
        drop(held);
        assert!(take().is_some());
    }
}
