//! Every file operation that durability depends on, behind one trait, so that tests can record them, fail the n-th,
//! stop before the n-th (a kill) and forget what was not synced (a power cut).

#[cfg(test)]
pub(crate) mod faulty;
mod whole;

use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::Path;
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use rustix::fs::RenameFlags;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

/// A directory opened once and used for everything below it, so that nobody can swap it meanwhile.
#[derive(Debug)]
pub struct Dir {
    fd: OwnedFd,
    path: Box<Path>,
}

impl Dir {
    /// The path it was opened by; for messages only.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the system knows of it.
    pub fn metadata(&self) -> io::Result<Metadata> {
        File::from(self.fd.try_clone()?).metadata()
    }

    /// The descriptor.
    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }
}

/// What makes written files durable on a file system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flushing {
    /// Nothing: it lives in memory.
    Nothing,
    /// One call for the whole file system, which reports what failed since the directory was opened.
    Whole,
    /// A call for each file.
    Each,
}

/// The file operations of `store`. All of them act on the real file system in [`System`].
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Opens an existing directory; a symbolic link as the last part is followed only if `path` ends in it by intent
    /// of the user, which is the case for every directory named in a target.
    fn open_dir(&self, path: &Path) -> io::Result<Dir>;

    /// How what is written below `dir` becomes durable.
    fn flushing(&self, dir: &Dir) -> Flushing;

    /// Makes a directory, mode 0700.
    fn mkdir(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory inside another, mode 0700.
    fn mkdir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<()>;

    /// Opens a directory inside another; a symbolic link is refused.
    fn open_dir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<Dir>;

    /// Opens a regular file that must exist, at its start; a symbolic link is refused.
    fn open_existing(&self, dir: &Dir, name: &OsStr, access: Access) -> io::Result<File>;

    /// Creates a file without a name on the file system of `dir`, for writing and reading.
    fn create_unnamed(&self, dir: &Path) -> io::Result<File>;

    /// Creates a file that must not exist, mode 0600, for writing and reading.
    fn create_new(&self, dir: &Dir, name: &OsStr) -> io::Result<File>;

    /// Opens a regular file for appending and reading, creating it with mode 0600 if it is absent.
    fn open_append(&self, dir: &Dir, name: &OsStr) -> io::Result<File>;

    /// Writes all of `bytes` at the file's position.
    fn write_all(&self, file: &File, bytes: &[u8]) -> io::Result<()>;

    /// Flushes a file's content and size.
    fn sync_file(&self, file: &File) -> io::Result<()>;

    /// Flushes a directory's entries.
    fn sync_dir(&self, dir: &Dir) -> io::Result<()>;

    /// Flushes the whole file system that `dir` lies on. Fails with [`io::ErrorKind::Unsupported`] where that does not
    /// exist or does not report errors.
    fn sync_fs(&self, dir: &Dir) -> io::Result<()>;

    /// Gives a file its final name; fails with [`io::ErrorKind::AlreadyExists`] rather than replace another.
    fn publish(&self, from: &Dir, name: &OsStr, to: &Dir, new_name: &OsStr) -> io::Result<()>;

    /// Replaces a file by another of the same directory.
    fn replace(&self, dir: &Dir, name: &OsStr, new_name: &OsStr) -> io::Result<()>;

    /// Removes a file.
    fn unlink(&self, dir: &Dir, name: &OsStr) -> io::Result<()>;

    /// Cuts a file to a length.
    fn truncate(&self, file: &File, length: u64) -> io::Result<()>;
}

/// What a file that exists is opened for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// The operating system's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl FileSystem for System {
    fn open_dir(&self, path: &Path) -> io::Result<Dir> {
        let fd = rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Dir { fd, path: path.into() })
    }

    fn flushing(&self, dir: &Dir) -> Flushing {
        whole::flushing(&dir.fd)
    }

    fn mkdir(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::mkdir(path, Mode::RWXU)?)
    }

    fn mkdir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&dir.fd, name, Mode::RWXU)?)
    }

    fn open_dir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<Dir> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&dir.fd, name, flags, Mode::empty())?;
        Ok(Dir { fd, path: dir.path.join(name).into() })
    }

    fn open_existing(&self, dir: &Dir, name: &OsStr, access: Access) -> io::Result<File> {
        let access = match access {
            Access::Read => OFlags::RDONLY,
            Access::ReadWrite => OFlags::RDWR,
        };
        // NONBLOCK: as in open_append.
        let flags = access | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        regular(rustix::fs::openat(&dir.fd, name, flags, Mode::empty())?.into())
    }

    fn create_unnamed(&self, dir: &Path) -> io::Result<File> {
        tempfile::tempfile_in(dir)
    }

    fn create_new(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&dir.fd, name, flags, Mode::RUSR | Mode::WUSR)?);
        ensure_mode(&file)?;
        Ok(file)
    }

    fn open_append(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        // NONBLOCK: a FIFO in the file's place must not hang the open; it is refused just below.
        let flags =
            OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        regular(rustix::fs::openat(&dir.fd, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    fn write_all(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(&mut file, bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        Ok(rustix::fs::fsync(&dir.fd)?)
    }

    fn sync_fs(&self, dir: &Dir) -> io::Result<()> {
        whole::sync(&dir.fd)
    }

    fn publish(&self, from: &Dir, name: &OsStr, to: &Dir, new_name: &OsStr) -> io::Result<()> {
        rename_new(from, name, to, new_name)
    }

    fn replace(&self, dir: &Dir, name: &OsStr, new_name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&dir.fd, name, &dir.fd, new_name)?)
    }

    fn unlink(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&dir.fd, name, AtFlags::empty())?)
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }
}

fn regular(file: File) -> io::Result<File> {
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
    }
}

/// Gives a new file the mode 0600 where the umask takes rights from the owner; it is the process's, so asked for once.
fn ensure_mode(file: &File) -> io::Result<()> {
    const PRIVATE: u32 = 0o600;
    static NEEDED: OnceLock<bool> = OnceLock::new();
    let needed = match NEEDED.get() {
        Some(needed) => *needed,
        None => {
            let needed = file.metadata()?.mode() & 0o777 != PRIVATE;
            *NEEDED.get_or_init(|| needed)
        }
    };
    if needed { file.set_permissions(PermissionsExt::from_mode(PRIVATE)) } else { Ok(()) }
}

/// rename(2) that never replaces. Where a file system cannot do that, link(2) and unlink(2), which cannot replace
/// either; where it has no links, a look and a plain rename, which is safe because the names end in random.
fn rename_new(from: &Dir, name: &OsStr, to: &Dir, new_name: &OsStr) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::renameat_with(&from.fd, name, &to.fd, new_name, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => {}
        other => return Ok(other?),
    }
    match rustix::fs::linkat(&from.fd, name, &to.fd, new_name, AtFlags::empty()) {
        Ok(()) => {
            // The message is in place; a temporary name that stays is swept by a later run.
            let _ = rustix::fs::unlinkat(&from.fd, name, AtFlags::empty());
            Ok(())
        }
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => {
            match rustix::fs::statat(&to.fd, new_name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => Ok(rustix::fs::renameat(&from.fd, name, &to.fd, new_name)?),
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}
