//! Advisory locks on whole files, which end with their owner.

use std::fs::{File, TryLockError};
use std::io;
use std::ops::Deref;

/// An open file with an exclusive flock(2) of ours on it, which ends when this is dropped, or with the process.
///
/// Closing the file would not do: a program that another thread is just starting has copies of all our open files until
/// it runs, and a lock lasts as long as its last copy. Unlocking ends it for all of them.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Locks a file without waiting; `None` if somebody else has locked it.
    pub(crate) fn try_on(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether somebody has locked a file just now.
    pub(crate) fn is_taken(file: &File) -> io::Result<bool> {
        match file.try_lock_shared() {
            Ok(()) => file.unlock().map(|()| false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Deref for FileLock {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // What cannot be unlocked is by the file's close, a moment later.
        self.0.unlock().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_with_its_owner_even_if_a_copy_of_the_file_lives_on() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = || File::open(file.path()).unwrap();
        let lock = FileLock::try_on(opened()).unwrap().unwrap();
        let inherited = lock.try_clone().unwrap();
        assert!(FileLock::try_on(opened()).unwrap().is_none());
        assert!(FileLock::is_taken(&opened()).unwrap());
        drop(lock);
        assert!(!FileLock::is_taken(&opened()).unwrap());
        assert!(FileLock::try_on(opened()).unwrap().is_some());
        drop(inherited);
    }
}
