//! The queue's directories: made, checked, and what is done with the files in them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Gid, Uid};
use rustix::process::geteuid;

use super::id::Id;
use super::mail::{self, Mail};
use super::record::Fault;
use super::state::State;
use crate::error::{Error, Result};
use crate::store::fs::{Access, Dir, FileSystem};
use crate::text;

/// A directory of the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    Queue,
    State,
    Failed,
    Damaged,
    Temporary,
}

/// Their names, in the order of [`Part`].
const PARTS: [&str; 5] = ["queue", "state", "failed", "damaged", "tmp"];

/// The queue's directories, opened once.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) fs: Arc<dyn FileSystem>,
    root: PathBuf,
    owner: u32,
    parts: [Dir; PARTS.len()],
}

impl Home {
    /// Opens the directories, and makes what is missing. The queue must belong to `owner`, and to nobody else to write.
    pub(super) fn make(fs: Arc<dyn FileSystem>, root: &Path, owner: u32) -> Result<Self> {
        let failed = |error| Error::create(format!("making the queue {}", shown(root)), error);
        let root = std::path::absolute(root).map_err(failed)?;
        let dir = make_all(&*fs, &root).map_err(failed)?;
        let absent = || Error::create(format!("opening the queue {}", shown(&root)), io::ErrorKind::NotFound.into());
        Self::inside(fs, root.clone(), dir, owner)?.ok_or_else(absent)
    }

    /// Opens the directories; `None` if there is no queue.
    pub(super) fn find(fs: Arc<dyn FileSystem>, root: &Path, owner: u32) -> Result<Option<Self>> {
        let failed = |error| Error::create(format!("opening the queue {}", shown(root)), error);
        let root = std::path::absolute(root).map_err(failed)?;
        match fs.open_dir(&root) {
            Ok(dir) => Self::inside(fs, root, dir, owner),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Makes directories in this user's own queue only: root leaves another's as it is, and there is none if one lacks.
    fn inside(fs: Arc<dyn FileSystem>, root: PathBuf, dir: Dir, owner: u32) -> Result<Option<Self>> {
        let failed = |error| Error::create(format!("opening the queue {}", shown(&root)), error);
        let is_own = geteuid().as_raw() == owner;
        check(&dir, owner)?;
        let part = |name: &str| {
            let name = OsStr::new(name);
            match fs.open_dir_at(&dir, name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && is_own => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(failed(error)),
                Ok(part) => return check(&part, owner).map(|()| Some(part)),
            }
            match fs.mkdir_at(&dir, name) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
                _ => {}
            }
            let part = fs.open_dir_at(&dir, name).map_err(failed)?;
            check(&part, owner)?;
            Ok(Some(part))
        };
        let [queue, state, failures, damaged, temporary] = PARTS.map(part);
        let (Some(queue), Some(state), Some(failures), Some(damaged), Some(temporary)) =
            (queue?, state?, failures?, damaged?, temporary?)
        else {
            return Ok(None);
        };
        // Also where they were there: whoever made them may have been killed before this.
        fs.sync_dir(&dir).map_err(failed)?;
        let parts = [queue, state, failures, damaged, temporary];
        Ok(Some(Self { fs, root, owner, parts }))
    }

    pub(super) fn dir(&self, part: Part) -> &Dir {
        let [queue, state, failed, damaged, temporary] = &self.parts;
        match part {
            Part::Queue => queue,
            Part::State => state,
            Part::Failed => failed,
            Part::Damaged => damaged,
            Part::Temporary => temporary,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The names in a directory, sorted.
    pub(super) fn names(&self, part: Part) -> Result<Vec<OsString>> {
        let read = || {
            let mut names = Vec::new();
            for entry in rustix::fs::Dir::read_from(self.dir(part).fd())? {
                let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
                if name != "." && name != ".." {
                    names.push(name);
                }
            }
            names.sort_unstable();
            Ok(names)
        };
        read().map_err(|error: rustix::io::Errno| self.failed("listing", error.into()))
    }

    /// Opens a file; `None` if it is absent. What is no regular file, or not the owner's, is refused.
    pub(super) fn open(&self, part: Part, name: &OsStr, access: Access) -> Result<Option<File>, Fault> {
        let file = match self.fs.open_existing(self.dir(part), name, access) {
            Ok(file) => file,
            Err(error) => {
                return match (error.kind(), error.raw_os_error().map(rustix::io::Errno::from_raw_os_error)) {
                    (io::ErrorKind::NotFound, _) => Ok(None),
                    // A symbolic link, a directory, a device and the like.
                    (io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory, _)
                    | (_, Some(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO | rustix::io::Errno::MLINK)) => {
                        Err(Fault::Strange("it is no regular file; move it away".into()))
                    }
                    _ => Err(Fault::Io(error)),
                };
            }
        };
        match file.metadata()?.uid() {
            uid if uid == self.owner => Ok(Some(file)),
            uid => Err(Fault::Strange(format!("it belongs to user {uid}, not {}; move it away", self.owner))),
        }
    }

    /// Creates a file in a directory, for the queue's owner.
    pub(super) fn create(&self, part: Part, name: &OsStr) -> io::Result<File> {
        let file = self.fs.create_new(self.dir(part), name)?;
        give(&file, self.owner)?;
        Ok(file)
    }

    /// Reads a mail's header.
    pub(super) fn mail(&self, part: Part, id: &Id) -> Result<Option<Mail>, Fault> {
        match self.open(part, id.as_os(), Access::Read)? {
            Some(file) => mail::read(&file, id).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a mail's state; `None` if it has none yet.
    pub(super) fn state(&self, id: &Id) -> Result<Option<State>, Fault> {
        match self.open(Part::State, id.as_os(), Access::Read)? {
            Some(file) => State::read(&file).map(Some),
            None => Ok(None),
        }
    }

    /// Replaces a mail's state, durably: whatever happens leaves the old one or the new one.
    pub(super) fn write_state(&self, id: &Id, state: &State) -> Result<()> {
        let dir = self.dir(Part::State);
        let temporary = new_state(id);
        let written = (|| {
            match self.fs.unlink(dir, &temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let file = self.create(Part::State, &temporary)?;
            self.fs.write_all(&file, &state.to_record())?;
            self.fs.sync_file(&file)?;
            self.fs.replace(dir, &temporary, id.as_os())
        })();
        let synced = written
            .inspect_err(|_| {
                // What is left of it harms nobody: the next one replaces it.
                self.fs.unlink(dir, &temporary).ok();
            })
            .and_then(|()| self.fs.sync_dir(dir));
        synced.map_err(|error| self.failed(&format!("recording what became of {id} in"), error))
    }

    /// Moves a file that cannot be read out of the way; the name it has then.
    pub(super) fn set_aside(&self, part: Part, name: &OsStr) -> io::Result<OsString> {
        const TRIES: u32 = 100;
        let mut aside = name.to_owned();
        for n in 1..=TRIES {
            match self.fs.publish(self.dir(part), name, self.dir(Part::Damaged), &aside) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    aside = name.to_owned();
                    aside.push(format!(".{n}"));
                }
                Err(error) => return Err(error),
                Ok(()) => {
                    self.fs.sync_dir(self.dir(Part::Damaged))?;
                    self.fs.sync_dir(self.dir(part))?;
                    return Ok(aside);
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Moves a mail from the queue to the mails that failed, durably.
    pub(super) fn move_to_failed(&self, id: &Id) -> Result<()> {
        let (from, to) = (self.dir(Part::Queue), self.dir(Part::Failed));
        let moved = (|| {
            match self.fs.publish(from, id.as_os(), to, id.as_os()) {
                // A crash can leave it under both names.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let mail = |part| self.mail(part, id).ok().flatten();
                    if mail(Part::Failed).is_none_or(|failed| mail(Part::Queue) != Some(failed)) {
                        self.set_aside(Part::Failed, id.as_os())?;
                        self.fs.publish(from, id.as_os(), to, id.as_os())?;
                    }
                }
                other => other?,
            }
            self.fs.sync_dir(to)?;
            match self.fs.unlink(from, id.as_os()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            self.fs.sync_dir(from)
        })();
        moved.map_err(|error| self.failed(&format!("moving {id} to failed/ in"), error))
    }

    /// Removes a file, durably; whether it was there.
    pub(super) fn remove(&self, part: Part, name: &OsStr) -> io::Result<bool> {
        match self.fs.unlink(self.dir(part), name) {
            Ok(()) => self.fs.sync_dir(self.dir(part)).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes the state of a mail that is gone. Should it fail, or come back, a later run removes it.
    pub(super) fn forget(&self, id: &Id) {
        for name in [new_state(id).as_os_str(), id.as_os()] {
            self.fs.unlink(self.dir(Part::State), name).ok();
        }
    }

    pub(super) fn failed(&self, doing: &str, error: io::Error) -> Error {
        Error::io(format!("{doing} the queue {}", shown(&self.root)), error)
    }

    /// What a file's fault is to the caller.
    pub(super) fn fault(&self, part: Part, name: &OsStr, fault: Fault) -> Error {
        let path = self.dir(part).path().join(name);
        match fault {
            Fault::Io(error) => Error::io(format!("reading {}", shown(&path)), error),
            Fault::Strange(detail) | Fault::Damaged(detail) => Error::State { path: shown(&path), detail },
        }
    }
}

/// The name of a state that is being written.
pub(super) fn new_state(id: &Id) -> OsString {
    format!("{id}.new").into()
}

/// A path as text for a message.
pub(super) fn shown(path: &Path) -> String {
    text::sanitize(path.as_os_str().as_bytes())
}

/// Opens a directory, and makes it and what is missing above it.
fn make_all(fs: &dyn FileSystem, path: &Path) -> io::Result<Dir> {
    match fs.open_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let above = path.parent().ok_or(io::ErrorKind::NotFound)?;
    let parent = match make_all(fs, above) {
        Ok(parent) => Some(parent),
        // A place like /var/spool/mailwire, where everybody may make files and only root may look.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Err(error) => return Err(error),
    };
    if let Some(parent) = &parent
        && geteuid().is_root()
        && parent.metadata()?.uid() != 0
    {
        // It would be root's, and its place another's to decide about.
        let why = format!("{} belongs to another user and this runs as root", shown(above));
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    match fs.mkdir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let dir = fs.open_dir(path)?;
    match parent {
        Some(parent) => fs.sync_dir(&parent)?,
        None => match fs.sync_fs(&dir) {
            // Nothing else could flush a directory that may not be opened.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            other => other?,
        },
    }
    Ok(dir)
}

/// Refuses a directory that somebody else could put mail into, or take it out of.
fn check(dir: &Dir, owner: u32) -> Result<()> {
    const OTHERS_WRITE: u32 = 0o022;
    let about =
        dir.metadata().map_err(|error| Error::create(format!("looking at the queue {}", shown(dir.path())), error))?;
    let path = shown(dir.path());
    if about.uid() != owner {
        return Err(Error::Config(format!(
            "the queue {path} belongs to user {}, not {owner}; run this as that user, or name another with --queue-dir",
            about.uid()
        )));
    }
    if about.mode() & OTHERS_WRITE != 0 {
        return Err(Error::Config(format!(
            "others may write to the queue {path}; chmod go-w it after a look at what is in it"
        )));
    }
    Ok(())
}

/// Gives a file that root made to the queue's owner.
fn give(file: &File, owner: u32) -> io::Result<()> {
    if geteuid().as_raw() == owner {
        return Ok(());
    }
    Ok(rustix::fs::fchown(file, Some(Uid::from_raw(owner)), None::<Gid>)?)
}
