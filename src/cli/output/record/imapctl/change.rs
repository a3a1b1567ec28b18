//! What was changed, or would be.

use super::{Name, Place};

/// Whether something was done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// It was.
    #[default]
    Done,
    /// It would be: `--dry-run`.
    DryRun,
}

/// A folder was changed.
#[derive(Clone, Copy, Debug)]
pub struct FolderChange<'a> {
    /// Its name, before.
    pub folder: Name<'a>,
    /// What was done.
    pub action: FolderAction,
    /// Its new name.
    pub to: Option<Name<'a>>,
    /// What it was made for, as `\Sent`.
    pub special_use: Option<&'a str>,
    /// How many messages went with it.
    pub messages: Option<u64>,
    /// Whether it was done.
    pub mode: Mode,
}

/// What was done to a folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FolderAction {
    /// It was made.
    Created,
    /// It was removed with all its messages.
    Deleted,
    /// It has another name.
    Renamed,
    /// It was subscribed.
    Subscribed,
    /// It is no longer subscribed.
    Unsubscribed,
}

impl FolderAction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Created, Self::Deleted, Self::Renamed, Self::Subscribed, Self::Unsubscribed];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
            Self::Subscribed => "subscribed",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// A message was stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appended<'a> {
    /// Where to.
    pub place: Place<'a>,
    /// Its UID, if the server told it (RFC 4315).
    pub uid: Option<u32>,
    /// The file it came from; `-` for standard input.
    pub file: &'a [u8],
    /// Its number in a file of several, from 1.
    pub number: Option<u64>,
    /// Its size in octets, as sent.
    pub size: u64,
    /// The flags it was given, as `\Seen`.
    pub flags: &'a [String],
    /// The UID of the message whose place it took.
    pub replaced: Option<u32>,
    /// Whether it was done.
    pub mode: Mode,
}

/// The flags of a message were changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Marked<'a> {
    /// Where it is.
    pub place: Place<'a>,
    /// Its UID.
    pub uid: u32,
    /// Its flags afterwards, if they are known.
    pub flags: Option<&'a [String]>,
    /// The flags it was to have.
    pub added: &'a [String],
    /// The flags it was to have no longer.
    pub removed: &'a [String],
    /// Whether it was done.
    pub mode: Mode,
}

/// A message was copied or moved.
#[derive(Clone, Copy, Debug)]
pub struct Transferred<'a> {
    /// Which of the two.
    pub transfer: Transfer,
    /// Where it was.
    pub place: Place<'a>,
    /// Its UID there.
    pub uid: u32,
    /// The account it is in now, if that is another one.
    pub to_account: Option<&'a str>,
    /// Where it is now.
    pub to: Place<'a>,
    /// Its UID there, if the server told it (RFC 4315).
    pub to_uid: Option<u32>,
    /// Whether it was done.
    pub mode: Mode,
}

/// How a message came into another folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transfer {
    /// It is in both.
    Copied,
    /// It is there only.
    Moved,
}

impl Transfer {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Copied => "copied",
            Self::Moved => "moved",
        }
    }
}

/// Messages were removed for good.
#[derive(Clone, Copy, Debug)]
pub struct Removed<'a> {
    /// How.
    pub removal: Removal,
    /// Where they were.
    pub place: Place<'a>,
    /// Their UIDs, as far as they are known.
    pub uids: &'a [u32],
    /// How many they are.
    pub count: u64,
    /// Whether it was done.
    pub mode: Mode,
}

/// How messages were removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Removal {
    /// They were named.
    Deleted,
    /// They had been marked `\Deleted`.
    Expunged,
}

impl Removal {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Expunged => "expunged",
        }
    }
}

/// An access right was changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct AclChange<'a> {
    /// The folder.
    pub folder: Name<'a>,
    /// Whose.
    pub identifier: &'a str,
    /// What they may do now, as SETACL was told, with `+` or `-` in front if it changes what they could; `None` if they
    /// are no longer named.
    pub rights: Option<&'a str>,
    /// Whether it was done.
    pub mode: Mode,
}

/// A limit was changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuotaChange<'a> {
    /// What has the limit; often empty.
    pub root: &'a str,
    /// Of what: `STORAGE` in units of 1024 octets, `MESSAGE`, `MAILBOX`, …
    pub resource: &'a str,
    /// How much there may be now; `None` if there is no limit any more.
    pub limit: Option<u64>,
    /// Whether it was done.
    pub mode: Mode,
}
