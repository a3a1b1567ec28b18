//! What is there: folders, messages, their parts, and who may do what.

use std::time::SystemTime;

use super::{Name, Place};

/// A folder of a listing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folder<'a> {
    /// Its name.
    pub name: Name<'a>,
    /// What parts its name from those of the folders below it; `None` where there are none.
    pub delimiter: Option<char>,
    /// What it is for, as `\Sent` (RFC 6154).
    pub special_use: Option<&'a str>,
    /// All that LIST says of it, as `\HasChildren`.
    pub attributes: &'a [String],
    /// Whether it is subscribed, if that was asked.
    pub subscribed: Option<bool>,
    /// Whether it can hold mail: it exists and is not `\Noselect`.
    pub selectable: bool,
    /// What STATUS says of it; all of it unknown if that was not asked.
    pub counts: Counts<'a>,
    /// Whether counts were asked for, so that a missing one is told as such.
    pub counted: bool,
    /// What the user may do there, in letters (RFC 4314), if that was asked.
    pub rights: Option<&'a str>,
}

/// What STATUS says of a folder (RFC 9051 section 6.3.11 and extensions).
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts<'a> {
    /// Messages.
    pub messages: Option<u64>,
    /// Messages without `\Seen`.
    pub unseen: Option<u64>,
    /// Messages with `\Recent`, which IMAP4rev2 no longer knows.
    pub recent: Option<u64>,
    /// Messages with `\Deleted`.
    pub deleted: Option<u64>,
    /// The UID that the next message gets.
    pub uid_next: Option<u32>,
    /// The UIDVALIDITY.
    pub uid_validity: Option<u32>,
    /// The octets of all messages.
    pub size: Option<u64>,
    /// The highest modification sequence (RFC 7162).
    pub highest_modseq: Option<u64>,
    /// The largest message that it takes (RFC 7889).
    pub append_limit: Option<u64>,
    /// Its lasting identifier (RFC 8474).
    pub mailbox_id: Option<&'a str>,
}

/// All folders of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// In the order in which a program gets them; people see each below the one it belongs to.
    pub folders: &'a [Folder<'a>],
}

/// What STATUS says of a folder that was named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Status<'a> {
    /// Its name.
    pub folder: Name<'a>,
    /// What is known of it.
    pub counts: Counts<'a>,
}

/// A message of a listing, or the one that an event is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// Where it is.
    pub place: Place<'a>,
    /// Its UID, unless the server did not tell one that made sense.
    pub uid: Option<u32>,
    /// Its flags as on the wire, as `\Seen`.
    pub flags: Option<&'a [String]>,
    /// Its Date.
    pub date: Option<SystemTime>,
    /// When it came.
    pub internal_date: Option<SystemTime>,
    /// When it came into this folder (RFC 8514).
    pub save_date: Option<SystemTime>,
    /// Its size in octets.
    pub size: Option<u64>,
    /// From.
    pub from: &'a [Address<'a>],
    /// To.
    pub to: &'a [Address<'a>],
    /// Cc.
    pub cc: &'a [Address<'a>],
    /// Its Subject, decoded (RFC 2047); what could not be is left as it came.
    pub subject: Option<&'a [u8]>,
    /// Its Message-ID, in brackets.
    pub message_id: Option<&'a [u8]>,
    /// Whether something is attached to it.
    pub has_attachment: Option<bool>,
    /// How its text begins (RFC 8970).
    pub preview: Option<&'a [u8]>,
    /// Its lasting identifier (RFC 8474, or Gmail's).
    pub email_id: Option<&'a str>,
    /// That of its thread.
    pub thread_id: Option<&'a str>,
    /// Its modification sequence (RFC 7162).
    pub modseq: Option<u64>,
    /// Gmail's labels.
    pub labels: &'a [String],
    /// What could not be understood of what the server told of it; empty if all could.
    pub flaws: &'a [String],
}

/// An address of a header.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Address<'a> {
    /// The name, decoded (RFC 2047).
    pub name: Option<&'a [u8]>,
    /// The address without brackets, as `ann@example.org`; `None` for the name of a group.
    pub address: Option<&'a [u8]>,
}

/// Messages that a search has found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found<'a> {
    /// Where.
    pub place: Place<'a>,
    /// Their UIDs. Long results come in pieces of [`Found::PIECE`] or so.
    pub uids: &'a [u32],
    /// How many there are in this folder so far, these included.
    pub count: u64,
    /// Whether more of this folder follow.
    pub more: bool,
    /// In how many folders was looked.
    pub scope: Scope,
}

/// In how many folders a search looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scope {
    /// In one: a UID says everything.
    #[default]
    OneFolder,
    /// In several, so that each UID is told with its folder.
    SeveralFolders,
}

impl Found<'_> {
    /// As many as should be told at once.
    pub const PIECE: usize = 1000;
}

/// A thread (RFC 5256).
#[derive(Clone, Copy, Debug, Default)]
pub struct Thread<'a> {
    /// Where its messages are.
    pub place: Place<'a>,
    /// Its messages, each behind the one that it answers.
    pub nodes: &'a [Node<'a>],
}

/// A place in a thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Node<'a> {
    /// How many answers deep it is, from 0.
    pub depth: u32,
    /// The message; `None` if it is not in the folder.
    pub message: Option<&'a Message<'a>>,
}

/// A part of a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<'a> {
    /// Where the message is.
    pub place: Place<'a>,
    /// Its UID.
    pub uid: u32,
    /// The part's number, as `1.2`, as `--part` takes it; empty for a multipart message as a whole.
    pub section: &'a str,
    /// How deep it is in the tree, from 0.
    pub depth: u32,
    /// Its media type in lower case, as `text/plain`.
    pub media_type: &'a str,
    /// Its character set.
    pub charset: Option<&'a str>,
    /// Its Content-Transfer-Encoding in lower case.
    pub encoding: Option<&'a str>,
    /// The name of the file it was, decoded.
    pub name: Option<&'a [u8]>,
    /// Its octets, encoded as it is.
    pub size: Option<u64>,
    /// Its lines, if it is text.
    pub lines: Option<u64>,
    /// Its Content-Disposition in lower case.
    pub disposition: Option<&'a str>,
    /// Its Content-ID, in brackets.
    pub content_id: Option<&'a str>,
    /// Its Content-Description, decoded.
    pub description: Option<&'a [u8]>,
}

/// The header of a message as people read it.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderView<'a> {
    /// Where the message is.
    pub place: Place<'a>,
    /// Its UID.
    pub uid: u32,
    /// Its fields in order, decoded.
    pub fields: &'a [HeaderField<'a>],
}

/// A field of a header.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HeaderField<'a> {
    /// Its name, as it is written there.
    pub name: &'a str,
    /// Its value, unfolded and decoded.
    pub value: &'a [u8],
}

/// A message or a part of it is in a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saved<'a> {
    /// Where the message is.
    pub place: Place<'a>,
    /// Its UID.
    pub uid: u32,
    /// The part's number; `None` for the whole message.
    pub section: Option<&'a str>,
    /// The file.
    pub path: &'a [u8],
    /// How many octets are in it.
    pub octets: u64,
    /// The name that the message gives to the part.
    pub name: Option<&'a [u8]>,
}

/// Who may do what in a folder (RFC 4314).
#[derive(Clone, Copy, Debug, Default)]
pub struct AclEntry<'a> {
    /// The folder.
    pub folder: Name<'a>,
    /// Who; with `-` in front if it is what they may not do.
    pub identifier: &'a str,
    /// What, in letters.
    pub rights: &'a str,
}

/// What one may do in a folder (RFC 4314), or could be allowed to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rights<'a> {
    /// The folder.
    pub folder: Name<'a>,
    /// Who; `None` for the user who is logged in.
    pub identifier: Option<&'a str>,
    /// What they may do, or with LISTRIGHTS what they always may, in letters.
    pub rights: &'a str,
    /// What they can be given beside, those in one word only together.
    pub optional: Option<&'a [String]>,
}

/// A limit and how much of it is used (RFC 9208).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Quota {
    /// What has the limit; often empty.
    pub root: String,
    /// The folder that was asked for.
    pub folder: Option<String>,
    /// Of what: `STORAGE` in units of 1024 octets, `MESSAGE`, `MAILBOX`, …
    pub resource: String,
    /// How much is used.
    pub usage: u64,
    /// How much there may be.
    pub limit: u64,
}

impl Quota {
    /// How much of it is used, in hundredths; nothing of a limit of nothing is all of it.
    pub fn percent(&self) -> f64 {
        match self.limit {
            0 => 100.0,
            limit => self.usage as f64 * 100.0 / limit as f64,
        }
    }
}

/// An annotation (RFC 5464).
#[derive(Clone, Copy, Debug, Default)]
pub struct Metadata<'a> {
    /// The folder; `None` for the server itself.
    pub folder: Option<Name<'a>>,
    /// What it is called, as `/private/comment`.
    pub entry: &'a str,
    /// What it says; `None` if there is none.
    pub value: Option<&'a [u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_nothing_is_used_up() {
        let percent = |usage, limit| Quota { usage, limit, ..Quota::default() }.percent();
        assert_eq!((percent(0, 0), percent(1, 4), percent(3, 2)), (100.0, 25.0, 150.0));
    }
}
