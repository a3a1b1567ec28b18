//! What popfetch remembers of an account: which messages were delivered, are to be deleted, were seen or skipped.
//!
//! One text file per protocol, user and host, `STATE-DIR/pop3/USER@HOST.ledger`: a first line that says whose it is, then
//! one line per change, each the whole truth about one message and closed by a CRC; `less` and `grep` are all it takes to
//! look inside. Lines are only ever appended; when most of them are superseded, a snapshot replaces the file.
//!
//! * **One at a time.** A side file is locked with flock(2) before anything is read, and the kernel frees it however the
//!   process ends. [`Ledger::peek`] looks without the lock.
//! * **Damaged is never empty.** `synced` lines say that all above them was flushed. Damage above one is an error that
//!   names the line. Below the last one a crash may have torn anything: the file is cut off at the first damaged line.
//!   The file is never of length zero, and a newer version's or another account's is refused.
//! * **Flushes are not retried.** A kernel reports a failed flush once and then forgets what it could not write. After any
//!   failed write or flush the ledger refuses every change; whoever opens it next writes the lines below the last
//!   `synced` anew before believing them.
//!
//! # Why not an embedded database
//!
//! Measured on 22 November 2026 on two shared cores with ext4 on a virtual disk, optimised builds, files in the page cache,
//! the best of five; unique-ids of 30 octets, and 64 octets for the rest in redb 4.5.0:
//!
//! | | this | redb |
//! |---|---|---|
//! | 1,000,000 messages: file | 103 MB | 269 MB |
//! | open, then look up all 1,000,000 | 0.27 s + 0.52 s | 0.5 ms + 1.5 s |
//! | peak memory of that | 121 MB | 144 MB |
//! | 50,000 messages: open, then look up all | 10 ms + 13 ms | 0.4 ms + 30 ms |
//! | 20,000 intents and deliveries made durable in batches of 1,024 | 73 ms | 113 ms |
//! | the same where 1,000,000 messages are known | 100 ms | 762 ms |
//! | code to own, without tests and import | 1,650 lines | about 250, over redb's 40,000 |
//! | what an administrator needs to look inside | `less` | a program of ours |
//!
//! A fetch looks up every message that the server lists, so that the sum of opening and looking up counts. Damage is found
//! when the ledger is opened and named by line; redb checks the pages it happens to read. redb also needs a newer compiler
//! than the rest of this package.

mod entry;
mod field;
mod file;
mod history;
pub mod import;
mod journal;
mod line;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use entry::{Entry, REASON_LIMIT, Skip, State};
use file::Home;
pub use history::{Comparison, History};
use line::Head;

use crate::endpoint::Protocol;
use crate::error::{Error, Result};
use crate::file_lock::FileLock;
use crate::store::Key;
use crate::store::fs::{Access, FileSystem};

/// How long a message that the server no longer lists is remembered: some servers list only a window of a mailbox.
pub const ABSENCE_LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Superseded octets that are not worth a snapshot; few in tests, so that these see many.
const SLACK: usize = if cfg!(test) { 1 << 10 } else { 128 << 10 };

/// Whose ledger it is.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Account {
    pub(super) protocol: Protocol,
    pub(super) user: String,
    pub(super) host: String,
}

/// An account's ledger, locked for changes. It reads like its [`History`].
///
/// Changes are kept in memory until [`Ledger::flush`], or the methods of [`Journal`](crate::store::Journal), write them.
/// [`Ledger::close`] when done; a ledger that is merely dropped loses what was not flushed, and nothing else.
#[derive(Debug)]
pub struct Ledger {
    home: Home,
    file: File,
    _lock: FileLock,
    device: u64,
    head: Head,
    history: History,
    /// Lines that the kernel has not been given yet.
    pending: Vec<u8>,
    /// Octets in the file.
    written: u64,
    /// Octets of it that are flushed.
    synced: u64,
    /// `written` when the journal's caller last handed everything to the kernel.
    handed: u64,
    /// Whether the last line of the file is `synced`.
    marked: bool,
    condition: Condition,
    is_new: bool,
    notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Condition {
    Good,
    /// A write or flush failed.
    Poisoned,
}

/// What a listing changed; see [`Ledger::listed`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Listed {
    /// Messages that are missing for the first time.
    pub vanished: usize,
    /// Messages that had been missing and are back.
    pub returned: usize,
    /// Messages forgotten because they were missing for [`ABSENCE_LIMIT`].
    pub expired: usize,
}

impl Account {
    /// Host names are compared without case; user names with it.
    pub fn new(protocol: Protocol, user: &str, host: &str) -> Self {
        Self { protocol, user: user.into(), host: host.to_ascii_lowercase() }
    }
}

impl Ledger {
    /// Locks and opens an account's ledger, and makes it, and the directories above it, if it is absent.
    ///
    /// What a crash left is repaired here, see [`Ledger::notes`]. Fails with [`Error::Locked`] if another process has it,
    /// with [`Error::State`] if it is damaged, of a newer version or another account's, with [`Error::Storage`] otherwise.
    pub fn open(fs: Arc<dyn FileSystem>, state_dir: &Path, account: &Account) -> Result<Self> {
        let home = Home::make(fs, state_dir, account)?;
        let lock = home.lock()?;
        match home.open(Access::ReadWrite)? {
            Some(file) => Self::read(home, lock, file, account),
            None => Self::create(home, lock, account),
        }
    }

    /// What an account's ledger remembers, without locking or changing anything; empty if there is none. Works while
    /// another process changes it.
    ///
    /// Fails as [`Ledger::open`] does, but for the lock.
    pub fn peek(fs: Arc<dyn FileSystem>, state_dir: &Path, account: &Account) -> Result<History> {
        let Some(home) = Home::find(fs, state_dir, account)? else { return Ok(History::default()) };
        match home.open(Access::Read)? {
            Some(file) => Ok(home.load(&file, account)?.history),
            None => Ok(History::default()),
        }
    }

    /// A random number that this ledger keeps for life; makes our temporary files recognisable.
    pub fn id(&self) -> u64 {
        self.head.id
    }

    /// The file, for messages.
    pub fn path(&self) -> &Path {
        &self.home.path
    }

    /// Whether this call of [`Ledger::open`] made the file.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What was repaired when it was opened, for the user to know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is remembered.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Gives a message a state; the rest of what is known of it stays. `listed`, its size in the server's listing, is kept
    /// if no better is known.
    pub fn set(&mut self, key: &Key, state: State, listed: Option<u64>) -> Result<()> {
        self.usable()?;
        let text = line::key_text(&key.uid, key.ordinal);
        let old = self.history.entry(&text);
        let mut entry = old.clone().unwrap_or_else(|| unheard(state.clone()));
        entry.state = state;
        entry.size = entry.size.or(listed);
        match old.as_ref() == Some(&entry) {
            true => Ok(()),
            false => self.put(&text, &entry),
        }
    }

    /// Forgets a message: if it is listed again it is new.
    pub fn forget(&mut self, key: &Key) -> Result<()> {
        self.usable()?;
        let text = line::key_text(&key.uid, key.ordinal);
        if self.history.entry(&text).is_some() {
            self.drop_line(&text);
        }
        Ok(())
    }

    /// The message is now known by another key, under which everything about it is kept; nothing happens if it is unknown.
    pub fn rename(&mut self, from: &Key, to: &Key) -> Result<()> {
        self.usable()?;
        let (old, new) = (line::key_text(&from.uid, from.ordinal), line::key_text(&to.uid, to.ordinal));
        let Some(entry) = self.history.entry(&old).filter(|_| old != new) else { return Ok(()) };
        self.put(&new, &Entry { absent_since: None, ..entry })?;
        self.drop_line(&old);
        Ok(())
    }

    /// Takes note of which messages the server lists now: remembers since when the others are missing, and forgets what
    /// has been missing for [`ABSENCE_LIMIT`], and at once what was to be deleted. Open intents stay as they are.
    pub fn listed<'a>(
        &mut self,
        listing: impl IntoIterator<Item = (&'a [u8], u32)>,
        now: SystemTime,
    ) -> Result<Listed> {
        self.usable()?;
        let mut changes: Vec<(Box<[u8]>, Option<Entry>)> = Vec::new();
        let mut listed = Listed::default();
        self.history.against(listing, |key, entry, present| match (present, entry.absent_since, &entry.state) {
            (_, _, State::Intent { .. }) | (true, None, _) => {}
            (true, Some(_), _) => {
                listed.returned += 1;
                changes.push((key.into(), Some(Entry { absent_since: None, ..entry })));
            }
            // What was to be deleted is.
            (false, _, State::DeletePending) => changes.push((key.into(), None)),
            (false, None, _) => {
                listed.vanished += 1;
                changes.push((key.into(), Some(Entry { absent_since: Some(now), ..entry })));
            }
            (false, Some(since), _) => {
                if now.duration_since(since).is_ok_and(|absence| absence >= ABSENCE_LIMIT) {
                    listed.expired += 1;
                    changes.push((key.into(), None));
                }
            }
        });
        for (key, entry) in changes {
            match entry {
                Some(entry) => self.put(&key, &entry)?,
                None => self.drop_line(&key),
            }
        }
        Ok(listed)
    }

    /// Makes every change so far durable.
    pub fn flush(&mut self) -> Result<()> {
        self.hand_over()?;
        if self.synced < self.written {
            let synced = self.home.sync(&self.file);
            self.judge(synced)?;
            self.synced = self.written;
        }
        Ok(())
    }

    /// Makes every change durable, writes a snapshot if it is due, and gives up the lock.
    pub fn close(mut self) -> Result<()> {
        self.flush()?;
        // All is recorded: what fails from here on costs the next run some time, and nothing else.
        if self.is_bloated() {
            self.snapshot().ok();
        } else if !self.marked {
            let mut mark = Vec::new();
            line::push_synced(&mut mark, SystemTime::now());
            self.home.write_all(&self.file, &mark).ok();
        }
        Ok(())
    }

    fn create(home: Home, lock: FileLock, account: &Account) -> Result<Self> {
        let mut id = [0; 8];
        getrandom::fill(&mut id)
            .map_err(|error| Error::create("getting a random number", std::io::Error::other(error.to_string())))?;
        let head = Head {
            id: u64::from_be_bytes(id),
            protocol: account.protocol.name().into(),
            user: account.user.clone().into(),
            host: account.host.clone().into(),
        };
        let mut mark = Vec::new();
        line::push_synced(&mut mark, SystemTime::now());
        let first = line::head_line(&head);
        let file = home.replace([&first, &[], &mark])?;
        let mut ledger = Self::assemble(home, lock, file, head, History::default(), first.len() + mark.len())?;
        ledger.is_new = true;
        Ok(ledger)
    }

    fn read(home: Home, lock: FileLock, file: File, account: &Account) -> Result<Self> {
        let loaded = home.load(&file, account)?;
        home.repair(&file, &loaded)?;
        let replay = loaded.replay;
        let mut ledger = Self::assemble(home, lock, file, loaded.head, loaded.history, replay.valid)?;
        ledger.marked = replay.synced == replay.valid;
        if replay.valid < loaded.length {
            let (octets, lines) = (loaded.length - replay.valid, replay.lines);
            ledger
                .notes
                .push(format!("cut off {octets} octets after line {lines} that an interrupted run left half written"));
        }
        if ledger.is_bloated() {
            ledger.snapshot()?;
        }
        Ok(ledger)
    }

    fn assemble(home: Home, lock: FileLock, file: File, head: Head, history: History, length: usize) -> Result<Self> {
        let device = file.metadata().map_err(|error| Error::io("looking at the ledger", error))?.dev();
        let written = length as u64;
        Ok(Self {
            home,
            file,
            _lock: lock,
            device,
            head,
            history,
            pending: Vec::new(),
            written,
            synced: written,
            handed: 0,
            marked: true,
            condition: Condition::Good,
            is_new: false,
            notes: Vec::new(),
        })
    }

    fn put(&mut self, key: &[u8], entry: &Entry) -> Result<()> {
        let start = self.pending.len();
        line::push_entry(&mut self.pending, key, entry);
        let line = self.pending.get(start..).unwrap_or_default();
        self.history.put(key, line).map_err(|_full| {
            self.condition = Condition::Poisoned;
            self.home.full()
        })
    }

    fn drop_line(&mut self, key: &[u8]) {
        line::push_gone(&mut self.pending, key);
        self.history.remove(key);
    }

    /// Gives the kernel what is pending, with the news of what is flushed before it.
    fn hand_over(&mut self) -> Result<()> {
        self.usable()?;
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.synced == self.written && !self.marked {
            let mut mark = Vec::new();
            line::push_synced(&mut mark, SystemTime::now());
            self.pending.splice(..0, mark);
        }
        let written = self.home.write_all(&self.file, &self.pending);
        self.judge(written)?;
        self.written += self.pending.len() as u64;
        self.marked = false;
        self.pending.clear();
        self.pending.shrink_to(64 << 10);
        Ok(())
    }

    fn is_bloated(&self) -> bool {
        let live = self.history.live() as u64;
        let dead = self.written.saturating_sub(live);
        dead > live && dead > SLACK as u64
    }

    /// Replaces the file by one without superseded lines.
    fn snapshot(&mut self) -> Result<()> {
        let mut mark = Vec::new();
        line::push_synced(&mut mark, SystemTime::now());
        let first = line::head_line(&self.head);
        let lines = self.history.compacted();
        let length = (first.len() + lines.len() + mark.len()) as u64;
        let replaced = self.home.replace([&first, lines, &mark]);
        self.file = self.judge(replaced)?;
        (self.written, self.synced, self.handed, self.marked) = (length, length, 0, true);
        Ok(())
    }

    fn usable(&self) -> Result<()> {
        match self.condition {
            Condition::Good => Ok(()),
            Condition::Poisoned => Err(self.home.poisoned()),
        }
    }

    fn judge<T>(&mut self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.condition = Condition::Poisoned;
        }
        result
    }
}

impl Deref for Ledger {
    type Target = History;

    fn deref(&self) -> &History {
        &self.history
    }
}

fn unheard(state: State) -> Entry {
    Entry { state, size: None, header: None, first_seen: SystemTime::now(), absent_since: None }
}
