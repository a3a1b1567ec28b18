//! Names of mailboxes, such that what a server called one is what it gets to hear again, to the octet.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::utf7;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// The longest name a user may give, in octets: well below what any server takes, and below what a line may hold.
const MAX_TYPED: usize = 4096;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// What users put before octets that are to be sent as they stand.
const RAW: &str = "raw:";

/// A mailbox's name.
///
/// A server's names are kept such that [`to_wire`](Self::to_wire) gives back the same octets, `INBOX` excepted: that is
/// the one name in which case does not matter (RFC 9051 section 5.1).
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mailbox {
    /// `INBOX`.
    #[default]
    Inbox,
    /// Any other name, without control characters.
    Name(String),
    /// A name that does not decode, or would be sent in other octets than it came in.
    Raw(Vec<u8>),
}

/// How names are written on the wire.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NameEncoding {
    /// Modified UTF-7 (RFC 3501 section 5.1.3), until something else was agreed on.
    #[default]
    Utf7,
    /// UTF-8: after `ENABLE UTF8=ACCEPT` (RFC 9755 section 3) or `ENABLE IMAP4rev2` (RFC 9051 section 5.1).
    Utf8,
}

impl Mailbox {
    /// Parses what a user typed: `INBOX` in any case, or a name in UTF-8. Behind `raw:` are the octets to be sent as they
    /// stand.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if it is empty, too long, or has control characters; behind `raw:`, CR, LF or NUL.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, is_raw) = match text.strip_prefix(RAW) {
            Some(octets) => (octets, true),
            None => (text, false),
        };
        let wrong = |why: &str| {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Err(Error::InvalidInput(format!("\"{shown}\" cannot be a mailbox's name: {why}")))
        };
        match name {
            "" => wrong("it is empty"),
            name if name.len() > MAX_TYPED => wrong("it is too long"),
            name if is_raw && name.contains(['\r', '\n', '\0']) => wrong("it has a line break or NUL"),
            name if is_raw => Ok(Self::Raw(name.as_bytes().to_vec())),
            name if name.chars().any(char::is_control) => wrong("it has control characters"),
            name => Ok(Self::from_name(name.to_owned())),
        }
    }

    /// Reads what a server sent, without quotes or literal. Never fails: what cannot be decoded and sent back in the same
    /// octets is [`Raw`](Self::Raw), and so are names with control characters.
    pub fn from_wire(octets: &[u8], encoding: NameEncoding) -> Self {
        let name = match encoding {
            NameEncoding::Utf7 => utf7::decode(octets),
            NameEncoding::Utf8 => std::str::from_utf8(octets).ok().map(str::to_owned),
        };
        match name {
            Some(name) if !name.is_empty() && !name.chars().any(char::is_control) => Self::from_name(name),
            _ => Self::Raw(octets.to_vec()),
        }
    }

    /// The octets to be sent, in whatever form of string holds them.
    pub fn to_wire(&self, encoding: NameEncoding) -> Vec<u8> {
        match (self, encoding) {
            (Self::Inbox, _) => b"INBOX".to_vec(),
            (Self::Name(name), NameEncoding::Utf7) => utf7::encode(name).into_bytes(),
            (Self::Name(name), NameEncoding::Utf8) => name.clone().into_bytes(),
            (Self::Raw(octets), _) => octets.clone(),
        }
    }

    /// The name for people and scripts, which [`parse`](Self::parse) takes back. It is not yet fit for a terminal, and
    /// of raw octets that are not UTF-8 it cannot tell all.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Inbox => Cow::Borrowed("INBOX"),
            // As octets it cannot be mistaken for octets of another name.
            Self::Name(name) if name.starts_with(RAW) && utf7::encode(name) == *name => {
                Cow::Owned(format!("{RAW}{name}"))
            }
            Self::Name(name) => Cow::Borrowed(name),
            Self::Raw(octets) => Cow::Owned(format!("{RAW}{}", String::from_utf8_lossy(octets))),
        }
    }

    /// The name above in the hierarchy, if there is one.
    pub fn parent(&self, delimiter: char) -> Option<Self> {
        match self {
            Self::Inbox => None,
            Self::Name(name) => {
                let (parent, _) = name.rsplit_once(delimiter).filter(|(parent, _)| !parent.is_empty())?;
                Some(Self::from_name(parent.to_owned()))
            }
            Self::Raw(octets) => {
                let delimiter = u8::try_from(delimiter).ok()?;
                let at = octets.iter().rposition(|octet| *octet == delimiter).filter(|at| *at > 0)?;
                octets.get(..at).map(|parent| Self::Raw(parent.to_vec()))
            }
        }
    }

    /// The name of a mailbox below this one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] as [`parse`](Self::parse) of `leaf`.
    pub fn child(&self, delimiter: char, leaf: &str) -> Result<Self> {
        let wire = match Self::parse(leaf)? {
            Self::Raw(octets) => octets,
            _ => {
                if let Self::Inbox | Self::Name(_) = self {
                    return Ok(Self::from_name(format!("{}{delimiter}{leaf}", self.plain())));
                }
                utf7::encode(leaf).into_bytes()
            }
        };
        let mut octets = self.to_wire(NameEncoding::Utf7);
        octets.extend_from_slice(delimiter.encode_utf8(&mut [0; 4]).as_bytes());
        octets.extend_from_slice(&wire);
        Ok(Self::Raw(octets))
    }

    /// The last level of the name, for people.
    pub fn leaf(&self, delimiter: Option<char>) -> Cow<'_, str> {
        let (name, delimiter) = match (self.plain(), delimiter) {
            (name, None) => return name,
            (name, Some(delimiter)) => (name, delimiter),
        };
        match name {
            Cow::Borrowed(name) => Cow::Borrowed(name.rsplit(delimiter).next().unwrap_or(name)),
            Cow::Owned(name) => Cow::Owned(name.rsplit(delimiter).next().unwrap_or(&name).to_owned()),
        }
    }

    /// How many levels are above it.
    pub fn depth(&self, delimiter: Option<char>) -> usize {
        delimiter.map_or(0, |delimiter| self.plain().matches(delimiter).count())
    }

    /// Whether it is below another one, at any depth.
    pub fn is_below(&self, other: &Self, delimiter: char) -> bool {
        let (ours, theirs) = (self.to_wire(NameEncoding::Utf8), other.to_wire(NameEncoding::Utf8));
        let mut mark = [0; 4];
        let mark = delimiter.encode_utf8(&mut mark).as_bytes();
        // Of `inbox/x` no parent but INBOX can be meant.
        let tail = match (other, ours.split_at_checked(theirs.len())) {
            (Self::Inbox, Some((head, tail))) if head.eq_ignore_ascii_case(&theirs) => Some(tail),
            _ => ours.strip_prefix(theirs.as_slice()),
        };
        tail.and_then(|tail| tail.strip_prefix(mark)).is_some_and(|below| !below.is_empty())
    }

    /// A name of text, of which `INBOX` is known by itself.
    fn from_name(name: String) -> Self {
        match name.eq_ignore_ascii_case("INBOX") {
            true => Self::Inbox,
            false => Self::Name(name),
        }
    }

    /// The name as text, without `raw:`.
    fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Inbox => Cow::Borrowed("INBOX"),
            Self::Name(name) => Cow::Borrowed(name),
            Self::Raw(octets) => String::from_utf8_lossy(octets),
        }
    }
}

impl fmt::Display for Mailbox {
    /// [`Mailbox::text`], made safe for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::text::sanitize(self.text().as_bytes()))
    }
}

impl FromStr for Mailbox {
    type Err = Error;

    /// As [`Mailbox::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Mailbox {
        Mailbox::Name(text.to_owned())
    }

    #[test]
    fn only_inbox_is_known_in_any_case() {
        for inbox in ["INBOX", "inbox", "InBox"] {
            assert_eq!(Mailbox::parse(inbox).unwrap(), Mailbox::Inbox);
            assert_eq!(Mailbox::from_wire(inbox.as_bytes(), NameEncoding::Utf7), Mailbox::Inbox);
        }
        assert_ne!(Mailbox::parse("sent").unwrap(), Mailbox::parse("Sent").unwrap());
        assert_eq!(Mailbox::parse("inbox/x").unwrap(), name("inbox/x"));
        assert_eq!(Mailbox::Inbox.to_wire(NameEncoding::Utf7), b"INBOX");
    }

    #[test]
    fn users_write_utf8() {
        let drafts = Mailbox::parse("Entwürfe").unwrap();
        assert_eq!(drafts.to_wire(NameEncoding::Utf7), b"Entw&APw-rfe");
        assert_eq!(drafts.to_wire(NameEncoding::Utf8), "Entwürfe".as_bytes());
        assert_eq!(Mailbox::parse("raw:&AGE-").unwrap(), Mailbox::Raw(b"&AGE-".to_vec()));
        for wrong in ["", "raw:", "a\r\nb", "a\0", "raw:a\nb", "raw:\0", "tab\t", "\u{85}", &"x".repeat(5000)] {
            assert!(Mailbox::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// Quirk: names that are not in modified UTF-7, or not in its one form, keep their octets.
    #[test]
    fn what_would_come_out_otherwise_stays_raw() {
        for octets in [&b"&AGE-"[..], b"Entw\xc3\xbcrfe", b"\xff\xfe", b"a&", b"&AAo-", b"tab\tname", b""] {
            let mailbox = Mailbox::from_wire(octets, NameEncoding::Utf7);
            assert_eq!(mailbox, Mailbox::Raw(octets.to_vec()));
            assert_eq!(mailbox.to_wire(NameEncoding::Utf7), octets);
        }
        assert_eq!(Mailbox::from_wire(b"R&D", NameEncoding::Utf8), name("R&D"));
        assert_eq!(Mailbox::from_wire("ü".as_bytes(), NameEncoding::Utf8), name("ü"));
        assert_eq!(Mailbox::from_wire(b"\xff", NameEncoding::Utf8), Mailbox::Raw(b"\xff".to_vec()));
        assert_eq!(Mailbox::from_wire(b"a\nb", NameEncoding::Utf8).to_string(), "raw:a^Jb");
    }

    #[test]
    fn a_name_that_looks_raw_is_not_taken_for_octets() {
        let odd = Mailbox::from_wire(b"raw:x", NameEncoding::Utf7);
        assert_eq!(odd, name("raw:x"));
        assert_eq!(odd.text(), "raw:raw:x");
        let again = Mailbox::parse(&odd.text()).unwrap();
        assert_eq!(again.to_wire(NameEncoding::Utf7), b"raw:x");
    }

    #[test]
    fn the_hierarchy_goes_by_the_delimiter() {
        let deep = name("a/b/ü");
        assert_eq!(deep.parent('/'), Some(name("a/b")));
        assert_eq!(deep.parent('.'), None);
        assert_eq!((deep.leaf(Some('/')), deep.leaf(None)), ("ü".into(), "a/b/ü".into()));
        assert_eq!((deep.depth(Some('/')), deep.depth(None)), (2, 0));
        assert_eq!(name("/a").parent('/'), None);
        assert_eq!(name("inbox.x").parent('.'), Some(Mailbox::Inbox));
        assert_eq!(Mailbox::Inbox.child('.', "x").unwrap(), name("INBOX.x"));
        assert_eq!(Mailbox::Raw(b"\xff/x".to_vec()).parent('/'), Some(Mailbox::Raw(b"\xff".to_vec())));
        assert_eq!(Mailbox::Raw(b"\xff".to_vec()).child('/', "ü").unwrap(), Mailbox::Raw(b"\xff/&APw-".to_vec()));
        assert!(name("a").child('/', "b\r\n").is_err());
        assert!(name("a/b").is_below(&name("a"), '/') && deep.is_below(&name("a"), '/'));
        assert!(!name("ab").is_below(&name("a"), '/') && !name("a/").is_below(&name("a"), '/'));
        assert!(name("inbox/x").is_below(&Mailbox::Inbox, '/') && !Mailbox::Inbox.is_below(&Mailbox::Inbox, '/'));
    }

    proptest! {
        #[test]
        fn octets_come_back_as_they_were(octets in proptest::collection::vec(any::<u8>(), 0..24)) {
            for encoding in [NameEncoding::Utf7, NameEncoding::Utf8] {
                let mailbox = Mailbox::from_wire(&octets, encoding);
                match &mailbox {
                    Mailbox::Inbox => prop_assert!(octets.eq_ignore_ascii_case(b"INBOX")),
                    _ => prop_assert_eq!(mailbox.to_wire(encoding), octets.clone()),
                }
                let _ = (mailbox.parent('/'), mailbox.leaf(Some('.')), mailbox.to_string());
            }
        }

        #[test]
        fn what_users_write_survives_the_wire(text in "\\PC{1,16}") {
            let mailbox = Mailbox::parse(&text).unwrap();
            if !text.starts_with(RAW) {
                for encoding in [NameEncoding::Utf7, NameEncoding::Utf8] {
                    prop_assert_eq!(Mailbox::from_wire(&mailbox.to_wire(encoding), encoding), mailbox.clone());
                }
            }
            prop_assert_eq!(Mailbox::parse(&mailbox.text()).unwrap(), mailbox);
        }
    }
}
