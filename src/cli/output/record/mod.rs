//! What a run has to tell, as data: bytes where the server gave bytes, numbers where it gave numbers.

pub mod imapctl;
mod popfetch;
mod smtpsend;
#[cfg(test)]
pub(in crate::cli) use smtpsend::tests;

use std::time::Duration;

pub use popfetch::{
    Action, Change, Changed, Counts, Delivered, Header, Line, Mail, Planned, Remembered, Reply, Row, Session, Skipped,
    Status,
};
pub use smtpsend::{
    Complaint, Content, Destination, Direction, Entry, MessageResult, PlannedSend, Queued, RecipientResult, Removed,
    Route, Script, Stages, Tally, VerbReply,
};

use crate::cli::exit::Exit;
use crate::net::tls::TlsFacts;

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
    /// What became of a message that was to be sent.
    Message(&'a MessageResult),
    /// A message is in the queue, and safe there.
    Queued(Queued<'a>),
    /// A message of the queue.
    Entry(Entry<'a>),
    /// A message was removed from the queue at the user's wish.
    Removed(Removed<'a>),
    /// Where mail for an address would go.
    Route(Route<'a>),
    /// What a dry run would do with a message; [`Record::Content`] follows.
    PlannedSend(PlannedSend<'a>),
    /// A piece of a message as it would be sent.
    Content(Content<'a>),
    /// A server's answer to `--verb`.
    Answer(VerbReply<'a>),
    /// A piece of the conversation of `--script`.
    Script(Script<'a>),
    /// A result of imapctl.
    Imapctl(imapctl::Told<'a>),
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
    /// What the server said it can do before TLS began; sanitised lines, as are the next two.
    pub before_tls: Option<Vec<String>>,
    /// What it said before the login.
    pub before_login: Option<Vec<String>>,
    /// What it said after the login.
    pub after_login: Option<Vec<String>>,
    /// Ways to log in that it offers, as `--auth` names them.
    pub mechanisms: Vec<String>,
    /// The way that was or would be taken, and why.
    pub choice: Option<Choice>,
    /// What else the protocol tells.
    pub facts: Facts,
    /// How long each stage took.
    pub timings: Timings,
}

/// What one protocol's servers tell and another's do not.
#[derive(Clone, Debug)]
pub enum Facts {
    /// POP3.
    Pop3 {
        /// Languages of the server's texts (RFC 6856), sanitised.
        languages: Vec<String>,
        /// How many messages there are; `None` if it did not come to a login.
        messages: Option<u64>,
        /// Their octets.
        octets: Option<u64>,
    },
    /// SMTP and LMTP.
    Smtp {
        /// What is spoken: `esmtp`, `lmtp`, or `smtp` where the server knows no more than RFC 821.
        dialect: &'static str,
        /// The largest message it takes, in octets (RFC 1870).
        size: Option<u64>,
        /// How many messages it takes in a session (RFC 9422).
        mail_max: Option<u64>,
        /// How many recipients it takes for a message.
        rcpt_max: Option<u64>,
        /// How many domains they may be in.
        rcpt_domain_max: Option<u64>,
    },
    /// IMAP.
    Imap(Box<imapctl::Server>),
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
    /// The TLS handshake, with the command for it.
    pub tls: Option<Duration>,
    /// From the connection, or from implicit TLS, to the greeting.
    pub greeting: Duration,
    /// Asking for capabilities, before and after TLS.
    pub capabilities: Duration,
    /// Logging in.
    pub login: Option<Duration>,
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
    /// What was done, for a run that counts it.
    pub done: Option<Done>,
}

/// What a run has done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Done {
    /// Fetched.
    Fetch(Counts),
    /// Sent.
    Send(Tally),
    /// Looked at or changed on an IMAP server.
    Imapctl(imapctl::Tally),
}
