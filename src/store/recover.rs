//! What became of messages whose intents were still open when the ledger was read.
//!
//! A file is believed only if it is where the intent says, is a regular file, and has the length and hash of the
//! intent. What is believed is flushed once more, with its directory: the run that wrote it may have died before it did.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::Hasher as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use twox_hash::XxHash3_64;

use super::files::{Shape, shown};
use super::fs::{Access, Dir, FileSystem};
use super::{Fingerprint, Place, Recovered};
use crate::error::{Error, Result};

/// Looks for messages; what it learns of a directory serves all of them.
#[derive(Debug)]
pub struct Recovery<'a> {
    fs: &'a dyn FileSystem,
    folders: HashMap<Box<Path>, Option<Folder>>,
}

/// An opened directory that messages may be in.
#[derive(Debug)]
struct Folder {
    dir: Dir,
    /// Read when first needed.
    names: Option<Names>,
    /// A message was found in it, so that its entries have to be flushed.
    found: bool,
}

/// Whole file names by the part before `:`.
type Names = HashMap<Box<[u8]>, Box<[u8]>>;

/// Looks for the messages of open intents.
///
/// # Errors
/// [`Error::Storage`] if a message that is there cannot be read or made durable.
pub fn recover<'p>(
    fs: &dyn FileSystem,
    intents: impl IntoIterator<Item = (&'p Place, &'p Fingerprint)>,
) -> Result<Vec<Recovered>> {
    let mut recovery = Recovery { fs, folders: HashMap::new() };
    let found = intents.into_iter().map(|(place, fingerprint)| recovery.look(place, fingerprint));
    let found = found.collect::<Result<Vec<_>>>()?;
    recovery.settle()?;
    Ok(found)
}

impl Recovery<'_> {
    fn look(&mut self, place: &Place, fingerprint: &Fingerprint) -> Result<Recovered> {
        let content = Content { length: fingerprint.stored, hash: fingerprint.hash };
        match place {
            Place::Maildir { dir, name } => self.in_maildir(dir, name, content),
            Place::Eml { dir, name } => self.in_folder(dir, dir, name, Shape::Eml, content),
            Place::Mbox { path, offset, length, hash } => {
                self.in_mbox(path, *offset, Content { length: *length, hash: *hash })
            }
            Place::Opaque { .. } => Ok(Recovered::Unknown),
        }
    }

    fn in_maildir(&mut self, root: &Path, name: &str, content: Content) -> Result<Recovered> {
        let first = self.in_folder(&root.join("tmp"), &root.join("new"), name, Shape::Maildir, content)?;
        if first != Recovered::Absent {
            return Ok(first);
        }
        let cur = match self.folder(&root.join("cur")) {
            Ok(Some(cur)) => cur,
            Ok(None) => return Ok(Recovered::Absent),
            Err(_) => return Ok(Recovered::Unknown),
        };
        match cur.flagged(name)? {
            Some(flagged) => self.check(&root.join("cur"), OsStr::from_bytes(&flagged), content),
            None => Ok(Recovered::Absent),
        }
    }

    /// Looks in the directory where the message would be under its own name; if it is not there, removes what is left
    /// under its temporary name.
    fn in_folder(
        &mut self,
        staging: &Path,
        published: &Path,
        name: &str,
        shape: Shape,
        content: Content,
    ) -> Result<Recovered> {
        // A name that is a path was not written by us.
        if name.is_empty() || name.contains('/') {
            return Ok(Recovered::Absent);
        }
        let fs = self.fs;
        let found = self.check(published, OsStr::new(name), content)?;
        if found == Recovered::Absent
            && let Ok(Some(folder)) = self.folder(staging)
        {
            let temporary = shape.temporary_name(name);
            // It may never have been there; if it is and stays, the sweep of a later run removes it.
            let _ = fs.unlink(&folder.dir, OsStr::new(&temporary));
        }
        Ok(found)
    }

    fn check(&mut self, dir: &Path, name: &OsStr, content: Content) -> Result<Recovered> {
        let fs = self.fs;
        let folder = match self.folder(dir) {
            Ok(Some(folder)) => folder,
            Ok(None) => return Ok(Recovered::Absent),
            Err(_) => return Ok(Recovered::Unknown),
        };
        let file = match open(fs, &folder.dir, name) {
            Opened::File(file) => file,
            Opened::Nothing => return Ok(Recovered::Absent),
            Opened::Closed => return Ok(Recovered::Unknown),
        };
        let failed = |source| Error::io(format!("cannot read {}", shown(&dir.join(name))), source);
        if file.metadata().map_err(failed)?.len() != content.length
            || content.hash_of(&file, 0).map_err(failed)? != Some(content.hash)
        {
            return Ok(Recovered::Absent);
        }
        fs.sync_file(&file).map_err(|source| Error::io(format!("cannot flush {}", shown(&dir.join(name))), source))?;
        folder.found = true;
        Ok(Recovered::Present)
    }

    fn in_mbox(&mut self, path: &Path, offset: u64, content: Content) -> Result<Recovered> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(Recovered::Absent) };
        let fs = self.fs;
        let folder = match self.folder(parent) {
            Ok(Some(folder)) => folder,
            Ok(None) => return Ok(Recovered::Absent),
            Err(_) => return Ok(Recovered::Unknown),
        };
        let file = match open(fs, &folder.dir, name) {
            Opened::File(file) => file,
            Opened::Nothing => return Ok(Recovered::Absent),
            Opened::Closed => return Ok(Recovered::Unknown),
        };
        let failed = |source| Error::io(format!("cannot read {}", shown(path)), source);
        let end = offset.checked_add(content.length);
        if end.is_none_or(|end| file.metadata().map_or(0, |about| about.len()) < end) {
            return Ok(Recovered::Absent);
        }
        let mut first = [0; 5];
        let begins = file.read_exact_at(&mut first, offset).is_ok() && &first == b"From ";
        if !begins || content.hash_of(&file, offset).map_err(failed)? != Some(content.hash) {
            return Ok(Recovered::Absent);
        }
        fs.sync_file(&file).map_err(|source| Error::io(format!("cannot flush {}", shown(path)), source))?;
        folder.found = true;
        Ok(Recovered::Present)
    }

    /// `None`: there is no such directory.
    fn folder(&mut self, path: &Path) -> io::Result<Option<&mut Folder>> {
        if !self.folders.contains_key(path) {
            let folder = match self.fs.open_dir(path) {
                Ok(dir) => Some(Folder { dir, names: None, found: false }),
                Err(error) if is_nothing(&error) => None,
                Err(error) => return Err(error),
            };
            self.folders.insert(path.into(), folder);
        }
        Ok(self.folders.get_mut(path).and_then(Option::as_mut))
    }

    /// Makes the entries durable through which messages were found.
    fn settle(&self) -> Result<()> {
        for folder in self.folders.values().flatten().filter(|folder| folder.found) {
            self.fs
                .sync_dir(&folder.dir)
                .map_err(|source| Error::io(format!("cannot flush {}", shown(folder.dir.path())), source))?;
        }
        Ok(())
    }
}

impl Folder {
    /// The whole name of the file that is `name`, or `name:` and flags.
    fn flagged(&mut self, name: &str) -> Result<Option<Box<[u8]>>> {
        let names = match &mut self.names {
            Some(names) => names,
            empty => empty.insert(read_names(&self.dir)?),
        };
        Ok(names.get(name.as_bytes()).cloned())
    }
}

fn read_names(dir: &Dir) -> Result<Names> {
    let failed =
        |errno: rustix::io::Errno| Error::io(format!("cannot read {}", shown(dir.path())), io::Error::from(errno));
    let mut names = Names::new();
    for entry in rustix::fs::Dir::read_from(dir.fd()).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let whole = entry.file_name().to_bytes();
        let base = whole.split(|&octet| octet == b':').next().unwrap_or(whole);
        names.insert(base.into(), whole.into());
    }
    Ok(names)
}

enum Opened {
    File(File),
    /// There is no such file, or it is no regular one.
    Nothing,
    /// There is no way to look.
    Closed,
}

fn open(fs: &dyn FileSystem, dir: &Dir, name: &OsStr) -> Opened {
    match fs.open_existing(dir, name, Access::Read) {
        Ok(file) => Opened::File(file),
        Err(error) if is_nothing(&error) || error.kind() == io::ErrorKind::InvalidInput => Opened::Nothing,
        Err(_) => Opened::Closed,
    }
}

fn is_nothing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::NXIO)
    )
}

#[derive(Clone, Copy, Debug)]
struct Content {
    length: u64,
    hash: u64,
}

impl Content {
    /// The hash of as much as `length` says, from `offset` on; `None` if there is less.
    fn hash_of(self, file: &File, mut offset: u64) -> io::Result<Option<u64>> {
        const CHUNK: usize = 64 * 1024;
        let mut hash = XxHash3_64::new();
        let mut buffer = vec![0; CHUNK];
        let mut left = self.length;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let filled = match file.read_at(buffer.get_mut(..most).unwrap_or_default(), offset) {
                Ok(0) => return Ok(None),
                Ok(filled) => filled,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.write(buffer.get(..filled).unwrap_or_default());
            offset += filled as u64;
            left -= filled as u64;
        }
        Ok(Some(hash.finish()))
    }
}
