//! Where a ledger's file is, how it is locked, made, read, repaired and replaced.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Account;
use super::history::{BadLine, History, Replay};
use super::line::{self, BadHead, Head};
use crate::error::{Error, Result};
use crate::file_lock::FileLock;
use crate::store::fs::{Access, Dir, FileSystem};
use crate::text;

/// Names longer than this are cut and told apart by a hash; suffixes still fit into 255 octets.
const NAME_LIMIT: usize = 200;

/// A ledger's place in the file system.
#[derive(Debug)]
pub(super) struct Home {
    fs: Arc<dyn FileSystem>,
    dir: Dir,
    name: OsString,
    /// For messages.
    pub(super) path: PathBuf,
}

/// What reading a file gave.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) head: Head,
    pub(super) history: History,
    pub(super) replay: Replay,
    /// Octets in the file.
    pub(super) length: usize,
}

impl Home {
    /// Finds the directory, and makes it if it is absent.
    pub(super) fn make(fs: Arc<dyn FileSystem>, state_dir: &Path, account: &Account) -> Result<Self> {
        let state_dir = std::path::absolute(state_dir)
            .map_err(|error| Error::create(format!("finding the state directory {}", shown(state_dir)), error))?;
        let name = OsStr::new(account.protocol.name());
        let path = state_dir.join(name);
        let dir = (|| {
            make_all(&*fs, &state_dir)?;
            let parent = fs.open_dir(&state_dir)?;
            match fs.mkdir_at(&parent, name) {
                Ok(()) => fs.sync_dir(&parent)?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            fs.open_dir_at(&parent, name)
        })();
        let dir = dir.map_err(|error| Error::create(format!("making the state directory {}", shown(&path)), error))?;
        Ok(Self::at(fs, dir, path, account))
    }

    /// Finds the directory; `None` if it is absent.
    pub(super) fn find(fs: Arc<dyn FileSystem>, state_dir: &Path, account: &Account) -> Result<Option<Self>> {
        let name = OsStr::new(account.protocol.name());
        let path = state_dir.join(name);
        match fs.open_dir(state_dir).and_then(|parent| fs.open_dir_at(&parent, name)) {
            Ok(dir) => Ok(Some(Self::at(fs, dir, path, account))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(format!("opening the state directory {}", shown(&path)), error)),
        }
    }

    fn at(fs: Arc<dyn FileSystem>, dir: Dir, path: PathBuf, account: &Account) -> Self {
        let name: OsString = file_name(account).into();
        Self { path: path.join(&name), fs, dir, name }
    }

    /// Takes the lock, which ends with what is returned, however this process ends.
    pub(super) fn lock(&self) -> Result<FileLock> {
        let failed = |error| Error::create(format!("locking the ledger {}", shown(&self.path)), error);
        let file = self.fs.open_append(&self.dir, &self.sibling(".lock")).map_err(failed)?;
        let lock = FileLock::try_on(file).map_err(failed)?;
        lock.ok_or_else(|| Error::Locked { what: format!("the ledger {}", shown(&self.path)) })
    }

    /// Opens the file; `None` if it is absent.
    pub(super) fn open(&self, access: Access) -> Result<Option<File>> {
        match self.fs.open_existing(&self.dir, &self.name, access) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("opening", error)),
        }
    }

    /// Puts a whole file in the ledger's place, durably: a kill or a power cut leaves the old one or the new one.
    pub(super) fn replace(&self, parts: [&[u8]; 3]) -> Result<File> {
        let temporary = self.sibling(".new");
        let written = (|| {
            match self.fs.unlink(&self.dir, &temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let file = self.fs.create_new(&self.dir, &temporary)?;
            for part in parts {
                self.fs.write_all(&file, part)?;
            }
            self.fs.sync_file(&file)?;
            self.fs.replace(&self.dir, &temporary, &self.name)?;
            Ok(file)
        })();
        let file = written.map_err(|error| {
            // What is left of it harms nobody: the next snapshot removes it.
            self.fs.unlink(&self.dir, &temporary).ok();
            self.failed("writing a new", error)
        })?;
        self.fs.sync_dir(&self.dir).map_err(|error| self.failed("flushing the directory of", error))?;
        Ok(file)
    }

    /// Reads a whole file, without changing it.
    pub(super) fn load(&self, mut file: &File, account: &Account) -> Result<Loaded> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| self.failed("reading", error))?;
        let length = bytes.len();
        if length == 0 {
            return Err(self.state("is empty, which it never is when popfetch made it", RESTORE));
        }
        let end = memchr::memchr(b'\n', &bytes);
        let first = end.and_then(|end| bytes.get(..end)).unwrap_or(&bytes);
        let head = line::parse_head(first).map_err(|why| match why {
            BadHead::Foreign => self.state("is not a ledger", "move it away"),
            BadHead::Newer(version) => {
                self.state(&format!("is of version {version}, made by a newer popfetch"), "use that one")
            }
            BadHead::Damaged => self.state("is damaged in line 1", RESTORE),
        })?;
        self.check(&head, account)?;
        let Some(end) = end else { return Err(self.state("is damaged in line 1", RESTORE)) };
        let (history, replay) = History::replay(bytes, end + 1).map_err(|bad| match bad {
            BadLine::Damaged(line) => self.state(&format!("is damaged in line {line}"), RESTORE),
            BadLine::Strange(line) => {
                self.state(&format!("has a line {line} that this popfetch does not understand"), RESTORE)
            }
            BadLine::Full => self.full(),
        })?;
        Ok(Loaded { head, history, replay, length })
    }

    /// Makes what was read durable, and cuts off what was not: lines after the last `synced` may never have reached the
    /// disk, even if an earlier flush of them was said to have succeeded on a second try. Leaves the file at its end.
    pub(super) fn repair(&self, mut file: &File, loaded: &Loaded) -> Result<()> {
        let Replay { synced, valid, .. } = loaded.replay;
        let repaired = (|| {
            if synced < loaded.length {
                let mut tail = vec![0; valid - synced];
                file.read_exact_at(&mut tail, synced as u64)?;
                file.seek(SeekFrom::Start(synced as u64))?;
                // The same octets once more: a page that an earlier process failed to flush counts as clean since.
                self.fs.write_all(file, &tail)?;
                if valid < loaded.length {
                    self.fs.truncate(file, valid as u64)?;
                }
                self.fs.sync_file(file)?;
            }
            file.seek(SeekFrom::Start(valid as u64))
        })();
        repaired.map(drop).map_err(|error| self.failed("repairing", error))
    }

    pub(super) fn write_all(&self, file: &File, bytes: &[u8]) -> Result<()> {
        self.fs.write_all(file, bytes).map_err(|error| self.failed("writing", error))
    }

    pub(super) fn sync(&self, file: &File) -> Result<()> {
        self.fs.sync_file(file).map_err(|error| self.failed("flushing", error))
    }

    /// A later call after one that failed.
    pub(super) fn poisoned(&self) -> Error {
        self.failed("writing", io::Error::other("an earlier write failed, so that nothing more is recorded"))
    }

    pub(super) fn full(&self) -> Error {
        self.state("has reached 4 GiB", "forget old messages with `popfetch state forget`")
    }

    /// A damaged or foreign file: what is wrong, what to do.
    pub(super) fn state(&self, detail: &str, remedy: &str) -> Error {
        Error::State { path: format!("ledger {}", shown(&self.path)), detail: format!("{detail}; {remedy}") }
    }

    fn failed(&self, doing: &str, error: io::Error) -> Error {
        Error::io(format!("{doing} the ledger {}", shown(&self.path)), error)
    }

    fn check(&self, head: &Head, account: &Account) -> Result<()> {
        let is = [&head.protocol[..], &head.user, &head.host];
        let should = [account.protocol.name().as_bytes(), account.user.as_bytes(), account.host.as_bytes()];
        if is == should {
            return Ok(());
        }
        let whose = text::sanitize_capped(&is.join(&b' '), 200);
        Err(self.state(&format!("belongs to another account ({whose})"), "move it away or to that account's name"))
    }

    fn sibling(&self, suffix: &str) -> OsString {
        let mut name = self.name.clone();
        name.push(suffix);
        name
    }
}

const RESTORE: &str =
    "restore it from a backup, or move it away and tell what was already fetched with `popfetch state mark-seen`";

/// One name per account, and no other: `USER@HOST.ledger`, with everything unusual escaped.
fn file_name(account: &Account) -> String {
    let mut name = String::new();
    escape_name(&mut name, account.user.as_bytes());
    name.push('@');
    escape_name(&mut name, account.host.as_bytes());
    if name.len() > NAME_LIMIT {
        let hash = Sha256::digest(&name);
        name.truncate(NAME_LIMIT - 33);
        // Never in an escaped name, so that no other account can have this one.
        name.push('~');
        name.extend(hash.iter().take(16).map(|octet| format!("{octet:02x}")));
    }
    name.push_str(".ledger");
    name
}

fn escape_name(name: &mut String, text: &[u8]) {
    for (at, octet) in text.iter().enumerate() {
        // A leading dot would hide the file.
        match octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-') || (*octet == b'.' && at > 0) {
            true => name.push(char::from(*octet)),
            false => name.push_str(&format!("%{octet:02X}")),
        }
    }
}

/// Makes a directory and what is missing above it, durably.
fn make_all(fs: &dyn FileSystem, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let Some(parent) = path.parent() else { return Err(io::ErrorKind::NotFound.into()) };
    make_all(fs, parent)?;
    match fs.mkdir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs.sync_dir(&fs.open_dir(parent)?),
    }
}

fn shown(path: &Path) -> String {
    text::sanitize(path.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::endpoint::Protocol;

    #[test]
    fn no_two_accounts_share_a_name() {
        let long = "x".repeat(300);
        let longer = format!("{long}y");
        let users = ["a", "A", "a@b", "a%40b", "a/../b", "..", ".", "", "ü", "a b", "a\nb", "~", &long, &longer];
        let mut names = HashMap::new();
        for user in users {
            for host in ["h", "h.example", "b@h", "::1"] {
                let name = file_name(&Account::new(Protocol::Pop3, user, host));
                assert!(name.len() <= 210 && !name.starts_with('.'), "{name}");
                assert!(
                    name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"._-%@~".contains(&octet)),
                    "{name}"
                );
                assert_eq!(names.insert(name, (user, host)), None);
            }
        }
        assert_eq!(
            file_name(&Account::new(Protocol::Pop3, "Anna@example.org", "Pop.Example.ORG")),
            "Anna%40example.org@pop.example.org.ledger"
        );
    }
}
