//! What has been told of a folder, kept across runs.
//!
//! A file for each folder, in JSON so that people can look: `imap/watch/USER@HOST/NAME-HASH.json` in the state directory. It is
//! written whole beside the old one, flushed and renamed over it; a lock on a file beside it keeps a second run from telling the
//! same events.

use std::fs::{DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use twox_hash::XxHash3_64;

use crate::cli::plan::Server;
use crate::error::{Error, Result};
use crate::file_lock::FileLock;
use crate::imap::{Mailbox, ModSeq, Uid, UidSet, UidValidity};
use crate::text::sanitize;

/// The largest file that is read, in octets.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Where the cursors of an account are.
#[derive(Debug)]
pub(super) struct Cursors {
    dir: PathBuf,
}

/// A folder's cursor, locked.
#[derive(Debug)]
pub(super) struct Cursor {
    path: PathBuf,
    folder: String,
    /// Freed by the kernel however this process ends.
    _lock: Option<FileLock>,
    /// What was told; `None` in a folder that was never watched.
    pub(super) told: Option<Told>,
}

/// What was told of a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Told {
    /// What the UIDs belong to.
    pub(super) validity: UidValidity,
    /// The messages that are there as far as was told. Every UID up to the highest that was told is below `next`.
    pub(super) known: UidSet,
    /// The least UID that is not told.
    pub(super) next: Uid,
    /// Up to where changes of flags are told; `None` where the server has no such numbers.
    pub(super) mod_seq: Option<ModSeq>,
}

impl Cursors {
    /// Makes the directory if it is absent.
    pub(super) fn open(state_dir: &Path, server: &Server) -> Result<Self> {
        let user = server.user.as_deref().unwrap_or_default();
        let account = format!("{user}@{}", server.endpoint.host());
        let dir = state_dir.join("imap").join("watch").join(file_name(&account));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(|error| Error::create(format!("making the state directory {}", shown(&dir)), error))?;
        Ok(Self { dir })
    }

    /// A folder's cursor. [`Error::Locked`] if another run has it, [`Error::State`] if its file is none.
    pub(super) fn of(&self, mailbox: &Mailbox) -> Result<Cursor> {
        let name = file_name(&mailbox.text());
        let path = self.dir.join(format!("{name}.json"));
        let lock_path = self.dir.join(format!("{name}.lock"));
        let failed = |error| Error::create(format!("locking {}", shown(&lock_path)), error);
        let lock = File::options().create(true).append(true).mode(0o600).open(&lock_path).map_err(failed)?;
        let Some(lock) = FileLock::try_on(lock).map_err(failed)? else {
            let what = format!("the watch of {}", sanitize(mailbox.text().as_bytes()));
            return Err(Error::Locked { what });
        };
        let told = read(&path)?;
        Ok(Cursor { path, folder: mailbox.text().into_owned(), _lock: Some(lock), told })
    }
}

impl Cursor {
    /// Writes what was told, durably.
    pub(super) fn save(&self) -> Result<()> {
        let Some(told) = &self.told else { return Ok(()) };
        let value = json!({
            "folder": self.folder,
            "uidvalidity": told.validity.get(),
            "next": told.next.get(),
            "known": told.known.to_string(),
            "mod_seq": told.mod_seq.map(|mod_seq| mod_seq.to_string()),
        });
        let failed = |error| Error::io(format!("writing {}", shown(&self.path)), error);
        let temporary = self.path.with_extension("new");
        let mut file =
            File::options().create(true).write(true).truncate(true).mode(0o600).open(&temporary).map_err(failed)?;
        file.write_all(format!("{value}\n").as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(&temporary, &self.path).map_err(failed)?;
        let dir = self.path.parent().map(File::open);
        dir.map_or(Ok(()), |dir| dir.and_then(|dir| dir.sync_all())).map_err(failed)
    }

    #[cfg(test)]
    pub(super) fn of_nothing() -> Self {
        Self { path: PathBuf::new(), folder: String::new(), _lock: None, told: None }
    }
}

fn read(path: &Path) -> Result<Option<Told>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(format!("opening {}", shown(path)), error)),
    };
    let mut text = String::new();
    let read = file.take(MAX_FILE).read_to_string(&mut text);
    read.map_err(|error| Error::io(format!("reading {}", shown(path)), error))?;
    match serde_json::from_str(&text).ok().as_ref().and_then(told) {
        Some(told) => Ok(Some(told)),
        None => Err(Error::State {
            path: shown(path),
            detail: "the file is damaged; remove it to go on from what is there now".into(),
        }),
    }
}

fn told(value: &Value) -> Option<Told> {
    let number = |name: &str| value.get(name)?.as_u64().and_then(|number| u32::try_from(number).ok());
    let known = value.get("known")?.as_str()?;
    Some(Told {
        validity: UidValidity::new(number("uidvalidity")?)?,
        next: Uid::new(number("next")?)?,
        known: if known.is_empty() {
            UidSet::new()
        } else {
            UidSet::parse(known).ok().filter(|set| !set.has_star())?
        },
        mod_seq: match value.get("mod_seq") {
            None | Some(Value::Null) => None,
            Some(text) => Some(ModSeq::new(text.as_str()?.parse().ok()?)?),
        },
    })
}

/// A name for a file that cannot be anything else, readable where that is possible, and never the same for two texts.
fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '@' | '-' | '_') { c } else { '_' };
    let readable: String = text.chars().take(60).map(plain).collect();
    format!("{readable}-{:016x}", XxHash3_64::oneshot(text.as_bytes()))
}

fn shown(path: &Path) -> String {
    sanitize(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(dir: &Path) -> Cursor {
        Cursors { dir: dir.to_owned() }.of(&Mailbox::Inbox).unwrap()
    }

    #[test]
    fn what_was_told_outlives_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = cursor(dir.path());
        assert_eq!(first.told, None);
        let told = Told {
            validity: UidValidity::new(7).unwrap(),
            known: UidSet::parse("1:5,9").unwrap(),
            next: Uid::new(10).unwrap(),
            mod_seq: ModSeq::new(u64::MAX / 2),
        };
        first.told = Some(told.clone());
        first.save().unwrap();
        let locked = Cursors { dir: dir.path().to_owned() }.of(&Mailbox::Inbox);
        assert!(matches!(locked, Err(Error::Locked { .. })));
        drop(first);
        let second = cursor(dir.path());
        assert_eq!(second.told, Some(told));
        std::fs::write(&second.path, "{\"uidvalidity\":").unwrap();
        drop(second);
        let damaged = Cursors { dir: dir.path().to_owned() }.of(&Mailbox::Inbox);
        assert!(matches!(damaged, Err(Error::State { .. })));
    }

    #[test]
    fn names_of_folders_stay_in_their_directory() {
        for name in ["../../etc/passwd", "a/b", "..", "\u{1b}[m", ""] {
            let file = file_name(name);
            assert!(!file.contains('/') && !file.starts_with('.') && file.is_ascii(), "{file}");
        }
        assert_ne!(file_name("a/b"), file_name("a_b"));
    }
}
