//! Where popfetch puts mail, and what it remembers of it.
//!
//! Two sides, so that reading and durability run side by side: a [`Stage`] takes a message's octets as they come off the
//! wire, a [`Commit`] makes batches of staged messages durable and tells the [`Journal`] at each step:
//!
//! ```text
//! stage:   begin -> write* -> finish ---- Staged ---> commit: intent -> flush -> publish -> flush -> delivered -> report
//!                        \-> abort
//! ```
//!
//! Only what the journal calls *delivered*, and has synced, may be deleted on a server. After a crash an existing file is
//! believed only for an open intent whose length and hash match ([`Place`] says where to look).

pub(crate) mod batch;
mod canonical;
pub mod command;
pub mod eml;
mod files;
pub mod fingerprint;
pub mod fs;
pub mod ledger;
pub mod maildir;
pub mod mbox;
mod name;
pub mod pipe;
pub mod recover;
pub(crate) mod spool;
pub mod stdout;
pub mod target;
#[cfg(test)]
mod tests;

use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::error::Result;
pub use crate::wire::LineEnd;

pub use files::Temporary;
pub use fingerprint::Fingerprinter;
pub use recover::recover;
pub use target::{Context, Sides, Target};

/// A message's name across sessions: its UIDL, and which of several equal ones it is.
///
/// RFC 1939 section 7 lets two identical messages share a unique-id, so the id alone does not name one message.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    /// The unique-id, any octets but CR and LF.
    pub uid: Box<[u8]>,
    /// 1 for the first message of that id in a listing, 2 for the second, …
    pub ordinal: u32,
}

/// What identifies a message's content.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fingerprint {
    /// Octets as received: CRLF line ends, without dot-stuffing and terminator.
    pub size: u64,
    /// SHA-256 of the header with LF line ends up to and including its empty line, cut to 128 bits.
    pub header: [u8; 16],
    /// Octets as stored, before anything that the target adds (mbox quoting, From_ line).
    pub stored: u64,
    /// XXH3-64 of the octets as stored; finds torn files, no defence against forgery.
    pub hash: u64,
}

/// What a stage is told before the first octet.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The message.
    pub key: Key,
    /// The size the server listed, if it did; advisory.
    pub listed: Option<u64>,
    /// Whole header lines to be stored in front of the message, with line ends as [`Stage::line_end`] says; or nothing.
    /// They count in [`Fingerprint::stored`] and [`Fingerprint::hash`] only.
    pub prefix: Vec<u8>,
}

/// A message that is whole on this side but neither durable nor visible yet.
#[derive(Debug)]
pub struct Staged {
    /// The message.
    pub key: Key,
    /// Its content.
    pub fingerprint: Fingerprint,
    /// Where the stage put it; only the stage's own commit side looks inside.
    pub spooled: Spooled,
}

/// Where a stage keeps a whole message until it is committed.
#[derive(Debug)]
pub enum Spooled {
    /// A file under a temporary name in the target, to be renamed; removed when dropped.
    Named(Temporary),
    /// An unnamed temporary file.
    File(std::fs::File),
    /// A small message in memory.
    Memory(Vec<u8>),
}

/// Where an intent says that a message will be; absolute paths, so that a later run with another target can look there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// `DIR/new/NAME`, later perhaps `DIR/cur/NAME:2,…`.
    Maildir {
        /// The Maildir.
        dir: PathBuf,
        /// The file's name without flags.
        name: String,
    },
    /// `DIR/NAME`.
    Eml {
        /// The folder.
        dir: PathBuf,
        /// The file's name.
        name: String,
    },
    /// A range of an mbox file.
    Mbox {
        /// The file.
        path: PathBuf,
        /// Where the From_ line starts.
        offset: u64,
        /// Octets up to the end of the message's separating empty line.
        length: u64,
        /// XXH3-64 of that range.
        hash: u64,
    },
    /// Somewhere that cannot be looked at afterwards: a command, another server.
    Opaque {
        /// Such as `pipe:procmail` or `lmtp://localhost`.
        target: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &Path| crate::text::sanitize(path.as_os_str().as_bytes());
        match self {
            Self::Maildir { dir, .. } => write!(f, "maildir:{}", path(dir)),
            Self::Eml { dir, .. } => write!(f, "eml:{}", path(dir)),
            Self::Mbox { path: file, .. } => write!(f, "mbox:{}", path(file)),
            Self::Opaque { target } => f.write_str(&crate::text::sanitize(target.as_bytes())),
        }
    }
}

/// How one message of a batch ended.
#[derive(Debug)]
pub struct Outcome {
    /// The message.
    pub key: Key,
    /// Its content.
    pub fingerprint: Fingerprint,
    /// Delivered and recorded durably, or why not.
    pub result: Result<()>,
}

/// The reader's side of a target: takes octets, makes nothing visible.
pub trait Stage: Send {
    /// The line ends the target stores.
    fn line_end(&self) -> LineEnd;

    /// Starts a message; one that was begun before and not finished is dropped.
    ///
    /// After an error here or in the following calls the message is gone, with what of it was on disk; the next
    /// message can be begun.
    fn begin(&mut self, incoming: &Incoming) -> Result<()>;

    /// Takes the next octets, with line ends as [`Stage::line_end`] says.
    fn write(&mut self, chunk: &[u8]) -> Result<()>;

    /// Ends the message. `size` is what was received, see [`Fingerprint::size`].
    fn finish(&mut self, size: u64) -> Result<Staged>;

    /// Drops the message that was begun, and what of it is on disk.
    fn abort(&mut self);
}

/// The durable side of a target; runs in a thread of its own.
pub trait Commit: Send {
    /// Makes a batch durable and visible, recording intents before and deliveries after. When it returns, whatever has
    /// an `Ok` outcome is durable in the target *and* in the journal. Staged messages that failed leave nothing behind.
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome>;

    /// How much a batch may hold before it should be committed.
    fn limits(&self) -> BatchLimits;

    /// Called before messages are fetched for it: fails if it is known by now that none of them could be delivered.
    fn ready(&mut self) -> Result<()> {
        Ok(())
    }

    /// Whether an `Ok` outcome means that the message outlives this process. Where not (standard output), the journal
    /// is not told of anything: such a message may count as seen, never as delivered.
    fn durable(&self) -> bool {
        true
    }
}

/// When a batch is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchLimits {
    /// Messages.
    pub messages: usize,
    /// Octets as stored.
    pub octets: u64,
}

/// What a commit needs of the ledger. `intent` and `delivered` only append; `sync` makes all of it durable.
pub trait Journal {
    /// The message is about to appear at this place.
    fn intent(&mut self, key: &Key, fingerprint: &Fingerprint, place: &Place) -> Result<()>;

    /// The message is durable in the target.
    fn delivered(&mut self, key: &Key) -> Result<()>;

    /// The message did not make it, and is not at the place of its intent.
    fn abandoned(&mut self, key: &Key) -> Result<()>;

    /// Flushes everything appended so far.
    fn sync(&mut self) -> Result<()>;

    /// A directory descriptor's file system has just been synced whole: if the journal lies on it, and everything
    /// appended was written before, `sync` has nothing left to do. Called with the device number of that file system.
    fn synced_with(&mut self, device: u64);

    /// Hands what was appended to the kernel, so that a sync of the whole file system covers it.
    fn write_out(&mut self) -> Result<()>;
}

/// What became of an intent that was still open when the ledger was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Recovered {
    /// The message is there, whole: it counts as delivered.
    Present,
    /// It is not there: it will be fetched again.
    Absent,
    /// There is no way to look: it will be fetched again, and may then be there twice.
    Unknown,
}
