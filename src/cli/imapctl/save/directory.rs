//! A directory that files are saved into: each is written under a name of its own that nobody takes for a message, made durable, and
//! renamed without replacing another.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::mail::attachment_name::Names;
use crate::store::fs::{Dir, FileSystem as _, Flushing, System};
use crate::text::sanitize;

/// From how many files on the whole file system is flushed rather than each of them, as in the store.
const MANY: usize = 16;

/// How many files wait to be flushed together, and how many octets are in them.
const MOST_WAITING: usize = 128;
const MOST_OCTETS: u64 = 64 * 1024 * 1024;

/// How often another name is tried before something else must be wrong.
const MOST_NAMES: u32 = 10_000;

/// Where files are saved.
#[derive(Debug)]
pub(super) struct Directory<T> {
    dir: Rc<Dir>,
    path: PathBuf,
    names: Names,
    flushing: Flushing,
    /// What makes the names of our unfinished files ours.
    tag: u64,
    count: u64,
    waiting: Vec<(Draft, Naming, T)>,
    octets: u64,
}

/// A file that is being written; it is removed if nothing comes of it.
#[derive(Debug)]
pub(super) struct Draft {
    dir: Rc<Dir>,
    name: OsString,
    file: File,
    pub(super) octets: u64,
    is_in_place: bool,
}

/// What a file is to be called.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    /// The name that the message gives it, not safe yet.
    pub(super) wish: Option<String>,
    /// A safe one for when nothing is left of that.
    pub(super) fallback: String,
}

/// A file that is in place and durable but for its directory's entry.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) path: PathBuf,
    pub(super) octets: u64,
    pub(super) about: T,
}

impl<T> Directory<T> {
    /// Opens a directory, and makes it if it is absent.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let cannot = |error| Error::create(format!("cannot open {}", shown(path)), error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot)?;
        let dir = System.open_dir(path).map_err(cannot)?;
        let mut names = Names::default();
        for entry in std::fs::read_dir(path).map_err(cannot)? {
            names.take(&entry.map_err(cannot)?.file_name().to_string_lossy());
        }
        let mut tag = [0; 8];
        getrandom::fill(&mut tag).map_err(|error| cannot(io::Error::other(error.to_string())))?;
        let flushing = System.flushing(&dir);
        Ok(Self {
            dir: Rc::new(dir),
            path: path.to_owned(),
            names,
            flushing,
            tag: u64::from_ne_bytes(tag),
            count: 0,
            waiting: Vec::new(),
            octets: 0,
        })
    }

    /// Begins a file.
    pub(super) fn begin(&mut self) -> Result<Draft> {
        self.count += 1;
        let name = OsString::from(format!(".imapctl-{:016x}-{}.tmp", self.tag, self.count));
        let file = System.create_new(&self.dir, &name);
        let file = file.map_err(|error| Error::create(format!("cannot write to {}", shown(&self.path)), error))?;
        Ok(Draft { dir: Rc::clone(&self.dir), name, file, octets: 0, is_in_place: false })
    }

    /// Takes a file that is written; it waits for others to be flushed with. Those that are in place by this are returned.
    pub(super) fn add(&mut self, draft: Draft, naming: Naming, about: T) -> Result<Vec<Placed<T>>> {
        self.octets = self.octets.saturating_add(draft.octets);
        self.waiting.push((draft, naming, about));
        match self.waiting.len() >= MOST_WAITING || self.octets >= MOST_OCTETS {
            true => self.settle(),
            false => Ok(Vec::new()),
        }
    }

    /// Makes durable what waits, and puts it in place.
    pub(super) fn settle(&mut self) -> Result<Vec<Placed<T>>> {
        let waiting = std::mem::take(&mut self.waiting);
        self.octets = 0;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let cannot = |error| Error::io(format!("cannot write to {}", shown(&self.path)), error);
        let flushing = if waiting.len() < MANY { Flushing::Each } else { self.flushing };
        match flushing {
            Flushing::Nothing => {}
            Flushing::Whole => System.sync_fs(&self.dir).map_err(cannot)?,
            Flushing::Each => {
                waiting.iter().try_for_each(|(draft, ..)| System.sync_file(&draft.file)).map_err(cannot)?;
            }
        }
        let mut placed = Vec::with_capacity(waiting.len());
        for (draft, naming, about) in waiting {
            let octets = draft.octets;
            let name = self
                .publish(draft, &naming)
                .map_err(|error| Error::io(format!("cannot name a file in {}", shown(&self.path)), error))?;
            placed.push(Placed { path: self.path.join(name), octets, about });
        }
        System
            .sync_dir(&self.dir)
            .map_err(|error| Error::io(format!("cannot write to {}", shown(&self.path)), error))?;
        Ok(placed)
    }

    fn publish(&mut self, mut draft: Draft, naming: &Naming) -> io::Result<String> {
        for _ in 0..MOST_NAMES {
            let name = self.names.give(naming.wish.as_deref(), &naming.fallback);
            match System.publish(&self.dir, &draft.name, &self.dir, OsStr::new(&name)) {
                Ok(()) => {
                    draft.is_in_place = true;
                    return Ok(name);
                }
                // Another program has just made it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Draft {
    /// Writes the next octets.
    pub(super) fn write(&mut self, octets: &[u8]) -> Result<()> {
        let path = self.dir.path();
        System
            .write_all(&self.file, octets)
            .map_err(|error| Error::io(format!("cannot write to {}", shown(path)), error))?;
        self.octets = self.octets.saturating_add(octets.len() as u64);
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_in_place {
            // Who cannot remove it could not say more than that something failed before.
            let _ = System.unlink(&self.dir, &self.name);
        }
    }
}

fn shown(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn naming(wish: &str) -> Naming {
        Naming { wish: Some(wish.into()), fallback: "fallback.bin".into() }
    }

    #[test]
    fn nothing_is_replaced_and_nothing_half_written_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let mut directory = Directory::open(&path).unwrap();
        fs::write(path.join("late.txt"), "theirs").unwrap();
        for wish in ["../../late.txt", "x.txt", "..", "x.txt"] {
            let mut draft = directory.begin().unwrap();
            draft.write(wish.as_bytes()).unwrap();
            assert!(directory.add(draft, naming(wish), ()).unwrap().is_empty());
        }
        let mut dropped = directory.begin().unwrap();
        dropped.write(b"half").unwrap();
        let placed = directory.settle().unwrap();
        assert_eq!(placed.len(), 4);
        assert_eq!(placed[0].path, path.join("late-2.txt"));
        drop(dropped);
        assert_eq!(names(&path), ["fallback.bin", "late-2.txt", "late.txt", "x-2.txt", "x.txt"]);
        assert_eq!(fs::read(path.join("late.txt")).unwrap(), b"theirs");
        assert_eq!(names(home.path()), ["a"]);
        // What is there before is known by its name.
        let mut directory = Directory::open(&path).unwrap();
        let draft = directory.begin().unwrap();
        directory.add(draft, naming("X.TXT"), ()).unwrap();
        assert_eq!(directory.settle().unwrap()[0].path, path.join("X-3.TXT"));
    }

    #[test]
    fn many_are_flushed_together() {
        let home = tempfile::tempdir().unwrap();
        let mut directory = Directory::open(home.path()).unwrap();
        let mut placed = 0;
        for number in 0..MOST_WAITING + 1 {
            let draft = directory.begin().unwrap();
            placed += directory.add(draft, naming(&format!("{number}.eml")), number).unwrap().len();
        }
        assert_eq!(placed, MOST_WAITING);
        assert_eq!(directory.settle().unwrap().len(), 1);
        assert_eq!(names(home.path()).len(), MOST_WAITING + 1);
    }
}
