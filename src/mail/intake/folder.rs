//! The files of a folder or a Maildir, listed once.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::vec;

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::flag::MaildirFlag;

/// What stands between a Maildir file's unique name and its flags.
const INFO: &[u8] = b":2,";

/// The parts of a Maildir that hold whole messages. A reader moves messages from the first to the second, so that one which is
/// moved while they are listed is seen twice, and never missed.
const PARTS: [&str; 2] = ["new", "cur"];

/// The files that were there at the start, in the order of their names.
pub(crate) struct Folder {
    /// The folder, or a Maildir's parts.
    dirs: Vec<OwnedFd>,
    entries: vec::IntoIter<Entry>,
}

/// A file of a folder.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    name: OsString,
    /// Its directory's place.
    dir: usize,
    in_maildir: bool,
}

impl Folder {
    /// Lists a folder. What is hidden and what is a folder itself is no message.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut dirs = Vec::new();
        let root = open_dir(path)?;
        for part in PARTS {
            match open_dir(&path.join(part)) {
                Ok(dir) => dirs.push(dir),
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // One of the two alone is somebody's name for a folder.
        let in_maildir = dirs.len() == PARTS.len();
        if !in_maildir {
            dirs = vec![root];
        }
        let mut entries = Vec::new();
        for (place, dir) in dirs.iter().enumerate() {
            list(dir, |name| entries.push(Entry { name, dir: place, in_maildir }))?;
        }
        entries.sort_unstable_by(|one, other| (one.unique(), one.dir).cmp(&(other.unique(), other.dir)));
        entries.dedup_by(|later, first| {
            let same = in_maildir && later.unique() == first.unique();
            if same {
                std::mem::swap(later, first);
            }
            same
        });
        Ok(Self { dirs, entries: entries.into_iter() })
    }

    /// Whether it has a Maildir's parts.
    pub(crate) fn is_maildir(&self) -> bool {
        self.dirs.len() == PARTS.len()
    }

    /// The next file.
    pub(crate) fn next(&mut self) -> Option<Entry> {
        self.entries.next()
    }

    /// The files that are left.
    pub(crate) fn rest(&self) -> &[Entry] {
        self.entries.as_slice()
    }

    /// Opens a file without waiting for a FIFO's writer; in a Maildir also if it was moved or got other flags since.
    pub(crate) fn file(&self, entry: Entry) -> io::Result<(File, Entry)> {
        let open = |entry: Entry| -> Result<(File, Entry), Errno> {
            let dir = self.dirs.get(entry.dir).ok_or(Errno::NOENT)?;
            let file = rustix::fs::openat(dir, &entry.name, flags(), Mode::empty())?;
            Ok((File::from(file), entry))
        };
        match open(entry.clone()) {
            Err(Errno::NOENT) if entry.in_maildir => Ok(open(self.moved(&entry)?)?),
            other => Ok(other?),
        }
    }

    /// A file's size; 0 if it cannot be told.
    pub(crate) fn size(&self, entry: &Entry) -> u64 {
        let about =
            self.dirs.get(entry.dir).map(|dir| rustix::fs::statat(dir, &entry.name, rustix::fs::AtFlags::empty()));
        about.and_then(Result::ok).and_then(|about| u64::try_from(about.st_size).ok()).unwrap_or(0)
    }

    fn moved(&self, entry: &Entry) -> io::Result<Entry> {
        let mut found = None;
        for (place, dir) in self.dirs.iter().enumerate() {
            list(dir, |name| {
                let other = Entry { name, dir: place, in_maildir: true };
                if other.unique() == entry.unique() {
                    found = Some(other);
                }
            })?;
        }
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Entry {
    /// The file's name.
    pub(crate) fn name(&self) -> &OsStr {
        &self.name
    }

    /// The part of a Maildir it is in; empty in another folder.
    pub(crate) fn part(&self) -> &'static str {
        PARTS.get(self.dir).copied().filter(|_| self.in_maildir).unwrap_or_default()
    }

    /// The name; in a Maildir without the flags, which come and go while it is the same message.
    pub(crate) fn unique(&self) -> &[u8] {
        self.split().0
    }

    /// The flags in its name.
    pub(crate) fn flags(&self) -> Vec<MaildirFlag> {
        let letters = self.split().1.iter();
        let mut flags: Vec<MaildirFlag> = letters.filter_map(|letter| MaildirFlag::from_letter(*letter)).collect();
        flags.sort_unstable();
        flags.dedup();
        flags
    }

    fn split(&self) -> (&[u8], &[u8]) {
        let name = self.name.as_bytes();
        let at = memchr::memmem::find(name, INFO).filter(|_| self.in_maildir).unwrap_or(name.len());
        (name.get(..at).unwrap_or(name), name.get(at.saturating_add(INFO.len())..).unwrap_or_default())
    }
}

/// Opens a file or a folder without waiting for a FIFO's writer.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    Ok(File::from(rustix::fs::openat(CWD, path, flags(), Mode::empty())?))
}

fn flags() -> OFlags {
    OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC
}

fn open_dir(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

fn list(dir: &OwnedFd, mut take: impl FnMut(OsString)) -> Result<(), Errno> {
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !name.starts_with(b".") && entry.file_type() != FileType::Directory {
            take(OsString::from_vec(name.to_vec()));
        }
    }
    Ok(())
}
