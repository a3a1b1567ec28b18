//! What a run has to tell, as data: bytes where the server gave bytes, numbers where it gave numbers.

use std::time::{Duration, SystemTime};

use crate::cli::exit::Exit;
use crate::net::tls::TlsFacts;
use crate::pop3::{Capabilities, MessageNumber};

/// One result.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A message was delivered and is safe.
    Delivered(Delivered<'a>),
    /// A message was deleted on the server, and the server has confirmed it.
    Deleted(Mail<'a>),
    /// A message was not fetched.
    Skipped(Skipped<'a>),
    /// What a dry run would do with a message.
    Planned(Planned<'a>),
    /// An account's session is over.
    Session(Session<'a>),
    /// A message of `popfetch list`.
    Row(Row<'a>),
    /// A message of `popfetch state list`.
    Remembered(Remembered<'a>),
    /// What is remembered of an account was changed at the user's wish.
    Changed(Changed<'a>),
    /// What a server is like.
    Probe(&'a Probe),
    /// A server's answer to a command of `popfetch raw`.
    Reply(Reply<'a>),
    /// A line of the data that follows such an answer.
    Line(Line<'a>),
}

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

/// What a server is like, and what logging in to it would look like.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The account's name.
    pub account: String,
    /// Host and port, or the path of a socket.
    pub server: String,
    /// The address that was connected to.
    pub peer: Option<String>,
    /// How the connection is secured: `tls`, `starttls`, `plain` or `opportunistic`.
    pub security: &'static str,
    /// The greeting, sanitised.
    pub greeting: String,
    /// What the TLS handshake settled.
    pub tls: Option<TlsFacts>,
    /// Whole days until the server's certificate ends, negative after it; `None` without TLS.
    pub days_left: Option<i64>,
    /// What the server said it can do before TLS began.
    pub before_tls: Option<Capabilities>,
    /// What it said before the login.
    pub before_login: Option<Capabilities>,
    /// What it said after the login.
    pub after_login: Option<Capabilities>,
    /// Ways to log in that it offers, as `--auth` names them.
    pub mechanisms: Vec<String>,
    /// The way that was or would be taken, and why.
    pub choice: Option<Choice>,
    /// Languages of the server's texts (RFC 6856), sanitised.
    pub languages: Vec<String>,
    /// How many messages there are; `None` if it did not come to a login.
    pub messages: Option<u64>,
    /// Their octets.
    pub octets: Option<u64>,
    /// How long each stage took.
    pub timings: Timings,
}

/// A way to log in.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub method: String,
    /// What speaks for it.
    pub reason: String,
}

/// How long the stages of a session took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Resolving and connecting.
    pub connect: Duration,
    /// The TLS handshake, with STLS before it.
    pub tls: Option<Duration>,
    /// From the connection, or from implicit TLS, to the greeting.
    pub greeting: Duration,
    /// Asking for capabilities, before and after TLS.
    pub capabilities: Duration,
    /// Logging in.
    pub login: Option<Duration>,
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

/// Something the user should know that ends nothing.
#[derive(Clone, Copy, Debug)]
pub struct Warning<'a> {
    /// The account's name, where one is concerned.
    pub account: Option<&'a str>,
    /// What it is, in one line; it is sanitised when it is shown.
    pub text: &'a str,
    /// Whether `--quiet` silences it.
    pub weight: Weight,
}

/// How much a warning matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Weight {
    /// `--quiet` silences it.
    Ordinary,
    /// It is shown in any case.
    Grave,
}

impl<'a> Warning<'a> {
    /// A warning about an account that `--quiet` silences.
    pub fn of(account: &'a str, text: &'a str) -> Self {
        Self { account: Some(account), text, weight: Weight::Ordinary }
    }

    /// The same, shown in any case.
    pub fn grave(account: &'a str, text: &'a str) -> Self {
        Self { account: Some(account), text, weight: Weight::Grave }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The exit code.
    pub exit: Exit,
    /// The gravest code among the accounts and messages.
    pub worst: Exit,
    /// How many accounts were worked on.
    pub accounts: usize,
    /// What was done, for a fetch.
    pub counts: Option<Counts>,
}
