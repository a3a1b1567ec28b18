//! A query as a tree.

use super::program::Program;
use super::when::Date;
use crate::imap::flag::Flag;
use crate::imap::number::ModSeq;
use crate::imap::set::UidSet;

/// What a message must be like.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Key {
    /// Anything.
    All,
    /// All of these hold.
    And(Vec<Key>),
    /// One of these holds.
    Or(Vec<Key>),
    /// This does not hold.
    Not(Box<Key>),
    /// A flag is set.
    Flag(Flag),
    /// A text is in a part of the message, without regard to case.
    Text(Field, String),
    /// A field of the header has a text in it; an empty one is in each that is there.
    Header {
        /// The field's name.
        name: String,
        /// The text.
        value: String,
    },
    /// A date lies so to a day. Time and zone are left out of account (RFC 9051 section 6.4.4).
    Date(DateOf, Relation, Date),
    /// It arrived at most so many seconds ago (RFC 5032).
    Younger(u32),
    /// It arrived at least so many seconds ago (RFC 5032).
    Older(u32),
    /// It is larger than so many octets.
    Larger(u64),
    /// It is smaller than so many octets.
    Smaller(u64),
    /// Its UID is one of these.
    Uid(UidSet),
    /// It was changed at this modification sequence or later (RFC 7162 section 3.1.5).
    ModSeq(ModSeq),
    /// It has an attachment, as [`Check::Attachment`](super::Check::Attachment) says.
    Attachment,
    /// Its EMAILID is this (RFC 8474).
    EmailId(String),
    /// Its THREADID is this (RFC 8474).
    ThreadId(String),
    /// Gmail's own search finds it.
    Gmail(String),
    /// It has a label of Gmail's.
    Label(String),
    /// SEARCH keys as somebody wrote them.
    Raw(Program),
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Field {
    /// The Bcc field.
    Bcc,
    /// The body.
    Body,
    /// The Cc field.
    Cc,
    /// The From field.
    From,
    /// The Subject field.
    Subject,
    /// Header and body.
    Text,
    /// The To field.
    To,
}

/// Which of a message's dates is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DateOf {
    /// When it came into its first mailbox: INTERNALDATE.
    Arrival,
    /// What its Date field says.
    Sending,
    /// When it came into this mailbox (RFC 8514).
    Saving,
}

/// How a date lies to a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Relation {
    /// Earlier.
    Before,
    /// The same.
    On,
    /// The same or later.
    Since,
}
