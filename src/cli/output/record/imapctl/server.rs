//! What an IMAP server is like, beside what is told of every server.

use std::time::Duration;

use super::Quota;

/// What the protocol tells of an IMAP server.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// What is spoken: `IMAP4rev2` or `IMAP4rev1`.
    pub revision: String,
    /// Capabilities that are not named because others imply them; those of IMAP4rev2 also where that is to be enabled first.
    pub implied: Vec<String>,
    /// Capabilities that imapctl makes use of.
    pub used: Vec<String>,
    /// Where folders are (RFC 2342).
    pub namespaces: Vec<Namespace>,
    /// Folders with a purpose: `\Sent` and the folder's name (RFC 6154).
    pub special_use: Vec<(String, String)>,
    /// The limits of INBOX (RFC 9208).
    pub quota: Vec<Quota>,
    /// What it limits: the name of a limit in lower case, as `append_limit`, and how much.
    pub limits: Vec<(String, u64)>,
    /// What it says it is (RFC 2971).
    pub id: Vec<(String, String)>,
    /// What it does differently than it should, and how imapctl bears it, in a line each.
    pub oddities: Vec<String>,
    /// How long it took to answer to each command.
    pub latencies: Vec<(String, Duration)>,
}

/// Where folders are (RFC 2342).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Namespace {
    /// Whose they are.
    pub holder: Holder,
    /// What their names begin with; sometimes empty.
    pub prefix: String,
    /// What parts their names from those of the folders below.
    pub delimiter: Option<char>,
}

/// Whose folders are in a namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holder {
    /// The user's own.
    Personal,
    /// Those of other users.
    OtherUsers,
    /// Everybody's.
    Shared,
}

impl Holder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Personal, Self::OtherUsers, Self::Shared];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::OtherUsers => "other-users",
            Self::Shared => "shared",
        }
    }
}
