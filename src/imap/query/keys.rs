//! The keys of the language: one table, from which they are read and documented.

use jiff::civil;

use super::key::{DateOf, Field, Key, Relation};
use super::when;
use crate::error::{Error, Result};
use crate::imap::flag::Flag;
use crate::nearest::nearest;
use crate::text::sanitize_capped;

/// How much of a value an error repeats, in characters.
pub(super) const SHOWN: usize = 60;

/// A key, as the manual tells it.
#[derive(Clone, Copy, Debug)]
pub struct KeyHelp {
    /// The key, without its colon.
    pub name: &'static str,
    /// What its value is, such as `TEXT`.
    pub value: &'static str,
    /// What is found.
    pub meaning: &'static str,
    pub(super) kind: Kind,
}

/// How a key's value is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text(Field),
    /// A text in a field of this name.
    Field(&'static str),
    /// A field's name, and perhaps a text.
    Header,
    Is,
    Has,
    Keyword,
    Date(DateOf, Relation),
    Younger,
    Older,
    Larger,
    Smaller,
    Uid,
    ModSeq,
    EmailId,
    ThreadId,
    Gmail,
    Label,
    Not,
    And,
    Or,
}

const fn key(name: &'static str, value: &'static str, meaning: &'static str, kind: Kind) -> KeyHelp {
    KeyHelp { name, value, meaning, kind }
}

/// Every key.
pub const KEYS: &[KeyHelp] = &[
    key("from", "TEXT", "The From field has the text in it; case never matters.", Kind::Text(Field::From)),
    key("to", "TEXT", "The To field has the text in it.", Kind::Text(Field::To)),
    key("cc", "TEXT", "The Cc field has the text in it.", Kind::Text(Field::Cc)),
    key("bcc", "TEXT", "The Bcc field has the text in it.", Kind::Text(Field::Bcc)),
    key("subject", "TEXT", "The subject has the text in it.", Kind::Text(Field::Subject)),
    key("body", "TEXT", "The body has the text in it.", Kind::Text(Field::Body)),
    key("text", "TEXT", "Header or body have the text in them; so does a word without a key.", Kind::Text(Field::Text)),
    key("header", "NAME[:TEXT]", "There is a field of this name, with the text in it.", Kind::Header),
    key("list", "TEXT", "The List-Id field has the text in it.", Kind::Field("List-Id")),
    key("message-id", "TEXT", "The Message-ID field has the text in it.", Kind::Field("Message-ID")),
    key(
        "is",
        "STATE",
        "The message is read (or seen), unread, answered, unanswered, flagged, unflagged, draft, deleted, undeleted, \
         forwarded, junk, recent, old, or new (recent and unread).",
        Kind::Is,
    ),
    key("keyword", "NAME", "The message has the keyword.", Kind::Keyword),
    key(
        "has",
        "attachment",
        "A part of the message is for saving rather than reading. The server is asked for what may have one, and the \
         structure of those is looked at.",
        Kind::Has,
    ),
    key(
        "since",
        "DAY",
        "It arrived on the day or later. A DAY is 2026-01-31, today, yesterday, or so long ago: 7d, 2w, 3m, 1y.",
        Kind::Date(DateOf::Arrival, Relation::Since),
    ),
    key("before", "DAY", "It arrived before the day.", Kind::Date(DateOf::Arrival, Relation::Before)),
    key("on", "DAY", "It arrived on the day.", Kind::Date(DateOf::Arrival, Relation::On)),
    key("sentsince", "DAY", "Its Date field says the day or later.", Kind::Date(DateOf::Sending, Relation::Since)),
    key("sentbefore", "DAY", "Its Date field says a day before.", Kind::Date(DateOf::Sending, Relation::Before)),
    key("senton", "DAY", "Its Date field says the day.", Kind::Date(DateOf::Sending, Relation::On)),
    key(
        "savedsince",
        "DAY",
        "It came into this folder on the day or later (SAVEDATE).",
        Kind::Date(DateOf::Saving, Relation::Since),
    ),
    key(
        "savedbefore",
        "DAY",
        "It came into this folder before the day (SAVEDATE).",
        Kind::Date(DateOf::Saving, Relation::Before),
    ),
    key("savedon", "DAY", "It came into this folder on the day (SAVEDATE).", Kind::Date(DateOf::Saving, Relation::On)),
    key(
        "younger",
        "SPAN",
        "It arrived at most so long ago, to the second: 90s, 15min, 12h, 7d, 2w, 3m (of 30 days), 1y.",
        Kind::Younger,
    ),
    key("older", "SPAN", "It arrived at least so long ago.", Kind::Older),
    key("larger", "SIZE", "It has more octets: 65536, 10k, 1M, 2G, in powers of 1024.", Kind::Larger),
    key("smaller", "SIZE", "It has fewer octets.", Kind::Smaller),
    key("uid", "UIDSET", "Its UID is in the set, such as 1:5,9,20:*.", Kind::Uid),
    key("modseq", "NUMBER", "It was changed at this modification sequence or later (CONDSTORE).", Kind::ModSeq),
    key("email-id", "ID", "The server calls it so wherever it lies (OBJECTID).", Kind::EmailId),
    key("thread-id", "ID", "The server calls its conversation so (OBJECTID).", Kind::ThreadId),
    key("gm", "TEXT", "Gmail's own search finds it.", Kind::Gmail),
    key("label", "NAME", "It has the label (Gmail).", Kind::Label),
    key("not", "TERM", "The term, or all of those in (…), does not hold.", Kind::Not),
    key("or", "(TERM TERM …)", "One of the terms holds.", Kind::Or),
    key("and", "(TERM TERM …)", "All of the terms hold, as they must anyhow outside of or: and not:.", Kind::And),
];

/// Finds a key, whose hyphens may be left out; `name` is without its colon.
pub(super) fn find(name: &str) -> Result<&'static KeyHelp> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = plain(name);
    KEYS.iter().find(|key| plain(key.name) == wanted).ok_or_else(|| {
        let shown = sanitize_capped(name.as_bytes(), SHOWN);
        let hint = match nearest(name, KEYS.iter().map(|key| key.name)) {
            Some(near) => format!("did you mean \"{near}:\"?"),
            None => format!("text with a colon in it is text:\"{shown}:…\""),
        };
        Error::InvalidInput(format!("\"{shown}:\" is not a key of a query; {hint}"))
    })
}

impl Kind {
    /// Whether any text may be the value, so that it is not clear where it ends.
    pub(super) fn is_free(self) -> bool {
        matches!(self, Self::Text(_) | Self::Field(_) | Self::Header | Self::Gmail | Self::Label)
    }
}

/// Reads the value of a key that has a plain one.
pub(super) fn value(key: &KeyHelp, text: String, today: civil::Date) -> Result<Key> {
    if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_some() {
        return Err(Error::InvalidInput(format!("the value of {}: cannot hold a line break or a NUL", key.name)));
    }
    if text.is_empty() {
        return Err(Error::InvalidInput(format!("{}: has no value: it is {}:{}", key.name, key.name, key.value)));
    }
    Ok(match key.kind {
        Kind::Text(field) => Key::Text(field, text),
        Kind::Field(name) => Key::Header { name: name.to_owned(), value: text },
        Kind::Is => one_of("is", &text, STATES)?(),
        Kind::Has => one_of("has", &text, THINGS)?(),
        Kind::Keyword => Key::Flag(Flag::parse(&text)?),
        Kind::Date(of, relation) => Key::Date(of, relation, when::date(&text, today)?),
        Kind::Younger => Key::Younger(when::seconds(&text)?),
        Kind::Older => Key::Older(when::seconds(&text)?),
        Kind::Larger => Key::Larger(octets(&text)?),
        Kind::Smaller => Key::Smaller(octets(&text)?),
        Kind::Uid => Key::Uid(text.parse()?),
        Kind::ModSeq => Key::ModSeq(text.parse()?),
        Kind::EmailId => Key::EmailId(object_id(text)?),
        Kind::ThreadId => Key::ThreadId(object_id(text)?),
        Kind::Gmail => Key::Gmail(text),
        Kind::Label => Key::Label(text),
        Kind::Header | Kind::Not | Kind::And | Kind::Or => {
            return Err(Error::InvalidInput(format!("the value of {}: is {}", key.name, key.value)));
        }
    })
}

/// A field's name: `field-name` of RFC 5322 section 2.2.
pub(super) fn field_name(text: &str) -> Result<String> {
    match !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b':') {
        true => Ok(text.to_owned()),
        false => {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Err(Error::InvalidInput(format!(
                "\"{shown}\" cannot be the name of a header field; it is header:NAME:TEXT"
            )))
        }
    }
}

type Named = (&'static str, fn() -> Key);

const STATES: &[Named] = &[
    ("read", || Key::Flag(Flag::Seen)),
    ("seen", || Key::Flag(Flag::Seen)),
    ("unread", || without(Flag::Seen)),
    ("unseen", || without(Flag::Seen)),
    ("answered", || Key::Flag(Flag::Answered)),
    ("replied", || Key::Flag(Flag::Answered)),
    ("unanswered", || without(Flag::Answered)),
    ("flagged", || Key::Flag(Flag::Flagged)),
    ("starred", || Key::Flag(Flag::Flagged)),
    ("unflagged", || without(Flag::Flagged)),
    ("draft", || Key::Flag(Flag::Draft)),
    ("deleted", || Key::Flag(Flag::Deleted)),
    ("undeleted", || without(Flag::Deleted)),
    ("recent", || Key::Flag(Flag::Recent)),
    ("old", || without(Flag::Recent)),
    ("new", || Key::And(vec![Key::Flag(Flag::Recent), without(Flag::Seen)])),
    ("forwarded", || Flag::parse("$Forwarded").map_or(Key::All, Key::Flag)),
    ("junk", || Flag::parse("$Junk").map_or(Key::All, Key::Flag)),
];

const THINGS: &[Named] = &[("attachment", || Key::Attachment), ("attachments", || Key::Attachment)];

fn without(flag: Flag) -> Key {
    Key::Not(Box::new(Key::Flag(flag)))
}

fn one_of(key: &str, text: &str, table: &'static [Named]) -> Result<fn() -> Key> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, make)| *make).ok_or_else(|| {
        let shown = sanitize_capped(text.as_bytes(), SHOWN);
        let hint = match nearest(text, table.iter().map(|(name, _)| *name)) {
            Some(near) => format!("did you mean {key}:{near}?"),
            None => format!("it is one of {}", table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")),
        };
        Error::InvalidInput(format!("{key}: cannot have the value \"{shown}\"; {hint}"))
    })
}

/// Octets: a number with `k`, `M` or `G` for powers of 1024.
fn octets(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        _ => None,
    };
    let number = digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten();
    number
        .zip(shift)
        .and_then(|(number, shift)| number.checked_mul(1_u64 << shift))
        // RFC 9051 section 9, `number64`: 63 bits.
        .filter(|octets| i64::try_from(*octets).is_ok())
        .ok_or_else(|| {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Error::InvalidInput(format!(
                "\"{shown}\" is not a size: it is a number of octets, such as 65536, 10k, 1M or 2G"
            ))
        })
}

/// `objectid = 1*255(ALPHA / DIGIT / "_" / "-")`, RFC 8474 section 7.
fn object_id(text: String) -> Result<String> {
    let sound = |octet: u8| octet.is_ascii_alphanumeric() || b"_-".contains(&octet);
    match text.len() <= 255 && text.bytes().all(sound) {
        true => Ok(text),
        false => {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Err(Error::InvalidInput(format!("\"{shown}\" is not an id: it has letters, digits, \"-\" and \"_\"")))
        }
    }
}
