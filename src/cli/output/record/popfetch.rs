//! What a run of popfetch has to tell.

use std::time::SystemTime;

use crate::cli::exit::Exit;
use crate::pop3::MessageNumber;

/// Which message.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    /// The account's name.
    pub account: &'a str,
    /// Its unique-id; empty where the server has none.
    pub uidl: &'a [u8],
    /// Its number in this session.
    pub number: Option<MessageNumber>,
    /// Its size in octets: as received where it was received, else as listed.
    pub size: Option<u64>,
}

/// A delivered message.
#[derive(Clone, Copy, Debug)]
pub struct Delivered<'a> {
    /// Which.
    pub mail: Mail<'a>,
    /// Where to, as [`crate::store::Target`] prints it.
    pub target: &'a str,
}

/// A message that was not fetched.
#[derive(Clone, Copy, Debug)]
pub struct Skipped<'a> {
    /// Which.
    pub mail: Mail<'a>,
    /// Why, in a few words.
    pub reason: &'a str,
}

/// What a dry run would do.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a> {
    /// With which message.
    pub mail: Mail<'a>,
    /// What.
    pub action: Action,
    /// Why, in a few words.
    pub reason: &'a str,
}

/// What a fetch does with a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Fetches it and leaves it on the server.
    Fetch,
    /// Fetches it and deletes it.
    FetchAndDelete,
    /// Deletes it; it has been delivered before.
    Delete,
    /// Leaves it alone.
    Skip,
}

impl Action {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::FetchAndDelete => "fetch, delete",
            Self::Delete => "delete",
            Self::Skip => "skip",
        }
    }
}

/// How an account's session ended.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The server's host.
    pub host: &'a str,
    /// What was done.
    pub counts: Counts,
    /// The account's own exit code.
    pub exit: Exit,
}

/// What a fetch has done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Messages delivered.
    pub fetched: u64,
    /// Messages deleted on the server.
    pub deleted: u64,
    /// Messages skipped.
    pub skipped: u64,
    /// Messages that could not be fetched, delivered or deleted.
    pub failed: u64,
    /// Octets of the messages that were delivered.
    pub octets: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.fetched += other.fetched;
        self.deleted += other.deleted;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.octets += other.octets;
    }
}

/// A message of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Which.
    pub mail: Mail<'a>,
    /// What the ledger says of it; `new` if nothing.
    pub state: &'a str,
    /// How many rows there are in all.
    pub of: usize,
    /// Fields of its header, if they were asked for.
    pub header: Option<Header<'a>>,
}

/// Fields of a header, decoded (RFC 2047) and not yet made harmless; empty where absent.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// From.
    pub from: &'a str,
    /// Date, if it could be understood.
    pub date: Option<SystemTime>,
    /// Subject.
    pub subject: &'a str,
}

/// A message that is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    /// Which; its number is not known.
    pub mail: Mail<'a>,
    /// Which of several messages with this unique-id, from 1.
    pub ordinal: u32,
    /// What became of it.
    pub state: &'a str,
    /// Why, for messages that were skipped or failed; may be empty.
    pub reason: &'a str,
    /// When it was first heard of.
    pub first_seen: SystemTime,
    /// Since when the server has not listed it.
    pub absent_since: Option<SystemTime>,
}

/// A change of what is remembered.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a> {
    /// The account's name.
    pub account: &'a str,
    /// What was done.
    pub change: Change,
    /// To how many messages.
    pub messages: u64,
}

/// What was done to what is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Messages are now taken as seen.
    MarkedSeen,
    /// Messages are forgotten.
    Forgotten,
    /// Messages were taken over from another program's file.
    Imported,
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::MarkedSeen => "marked-seen",
            Self::Forgotten => "forgotten",
            Self::Imported => "imported",
        }
    }
}

/// A server's answer to a command.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The command; a secret in it is masked.
    pub command: &'a str,
    /// What kind of answer.
    pub status: Status,
    /// The text behind the status, sanitised.
    pub text: &'a str,
}

/// A status indicator (RFC 1939 section 3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// `+OK`
    Ok,
    /// `-ERR`
    Err,
}

impl Status {
    /// As the server writes it.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Ok => "+OK",
            Self::Err => "-ERR",
        }
    }
}

/// A line of multi-line data.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The line without its end.
    pub text: &'a [u8],
}
