//! What a run of imapctl has to tell.
//!
//! Texts of a server are given as they came, bytes where they need not be UTF-8: making them harmless is the affair of
//! who shows them. Nearly everything here has a [`Default`], so that what is not known need not be named.

mod change;
mod look;
mod many;
mod server;

pub use change::{
    AclChange, Appended, FolderAction, FolderChange, Marked, Mode, QuotaChange, Removal, Removed, Transfer, Transferred,
};
pub use look::{
    AclEntry, Address, Counts, Folder, Found, HeaderField, HeaderView, Message, Metadata, Node, Part, Quota, Rights,
    Saved, Scope, Status, Thread, Tree,
};
pub use many::{CommandResult, Event, EventKind, Fault, Reply, ReplyField, Tally};
pub use server::{Holder, Namespace, Server};

use std::borrow::Cow;

use super::Weight;
use crate::cli::output::Flush;
use crate::imap::Mailbox;

/// A result of imapctl.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The line of a batch that it belongs to, from 1.
    pub line: Option<u64>,
    /// The result.
    pub what: What<'a>,
}

impl<'a> Told<'a> {
    /// A result outside of a batch.
    pub fn new(account: &'a str, what: What<'a>) -> Self {
        Self { account, line: None, what }
    }

    /// The same as what a line of a batch has led to; `None` leaves it outside.
    pub fn at(self, line: Option<u64>) -> Self {
        Self { line, ..self }
    }
}

/// What imapctl tells.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A folder of a listing.
    Folder(&'a Folder<'a>),
    /// All folders of a listing, for people as a tree.
    Tree(Tree<'a>),
    /// What STATUS says of a folder.
    Status(&'a Status<'a>),
    /// A message of a listing.
    Message(&'a Message<'a>),
    /// Messages that a search has found, or some of them.
    Found(Found<'a>),
    /// A thread.
    Thread(Thread<'a>),
    /// A part of a message.
    Part(&'a Part<'a>),
    /// The header of a message as people read it.
    Header(HeaderView<'a>),
    /// A message or a part of it is in a file.
    Saved(Saved<'a>),
    /// A folder was made, removed, renamed, or its subscription changed.
    FolderChange(FolderChange<'a>),
    /// A message was stored.
    Appended(Appended<'a>),
    /// The flags of a message were changed.
    Marked(Marked<'a>),
    /// A message was copied or moved.
    Transferred(Transferred<'a>),
    /// Messages were removed for good.
    Removed(Removed<'a>),
    /// Who may do what in a folder (RFC 4314).
    Acl(AclEntry<'a>),
    /// An access right was changed.
    AclChange(AclChange<'a>),
    /// What one may do in a folder (RFC 4314).
    Rights(Rights<'a>),
    /// A limit and how much of it is used (RFC 9208).
    Quota(&'a Quota),
    /// A limit was changed.
    QuotaChange(QuotaChange<'a>),
    /// An annotation (RFC 5464).
    Metadata(Metadata<'a>),
    /// An annotation was set or removed.
    MetadataChange(Metadata<'a>, Mode),
    /// A line of a batch is done.
    Result(CommandResult<'a>),
    /// What a server answered to a command of `raw`.
    Reply(Reply<'a>),
    /// Something has happened in a watched folder.
    Event(Event<'a>),
    /// Something failed.
    Fault(Fault<'a>),
    /// Something to know that ended nothing; it is sanitised when it is shown.
    Warning {
        /// What it is, in one line.
        text: &'a str,
        /// Whether `--quiet` silences it.
        weight: Weight,
    },
}

impl What<'_> {
    /// Whether it should be seen at once: long listings may be written in large pieces, what tells of an event may not.
    pub fn flush(&self) -> Flush {
        match self {
            Self::Folder(_)
            | Self::Tree(_)
            | Self::Status(_)
            | Self::Message(_)
            | Self::Found(Found { more: true, .. })
            | Self::Thread(_)
            | Self::Acl(_)
            | Self::Rights(_)
            | Self::Quota(_)
            | Self::Metadata(_) => Flush::Later,
            _ => Flush::Now,
        }
    }
}

/// A folder's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Name<'a> {
    /// As people write it.
    Text(&'a str),
    /// As the server has it.
    Mailbox(&'a Mailbox),
}

impl<'a> Name<'a> {
    /// As people read it, and as `--folder` takes it back.
    pub fn text(&self) -> Cow<'a, str> {
        match *self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Mailbox(mailbox) => mailbox.text(),
        }
    }

    /// The server's own octets, if they are no name that can be told as text.
    pub fn raw(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Mailbox(Mailbox::Raw(octets)) => Some(octets),
            _ => None,
        }
    }
}

impl Default for Name<'_> {
    fn default() -> Self {
        Self::Mailbox(&Mailbox::Inbox)
    }
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a Mailbox> for Name<'a> {
    fn from(mailbox: &'a Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

/// A folder, and which of those that ever had its name.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place<'a> {
    /// Its name.
    pub folder: Name<'a>,
    /// Its UIDVALIDITY, if it is known.
    pub validity: Option<u32>,
}

impl<'a> Place<'a> {
    /// A folder whose UIDVALIDITY is known.
    pub fn new(folder: impl Into<Name<'a>>, validity: u32) -> Self {
        Self { folder: folder.into(), validity: Some(validity) }
    }
}
