//! What is asked of a message: the items of FETCH (RFC 9051 section 6.4.5, `fetch-att`).

use std::fmt;

use super::command::Command;
use crate::error::{Error, Result};

/// The deepest part that is asked for.
const MAX_DEPTH: usize = 100;

/// A part of a message, by its place in the MIME tree (`section-part`): `1`, `2.1`; the message itself has no number.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PartNumber(Vec<u32>);

impl PartNumber {
    /// The message itself.
    pub fn message() -> Self {
        Self::default()
    }

    /// Reads `2.1`. Fails with [`Error::InvalidInput`] on anything else than numbers above 0 with dots between them.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::InvalidInput(format!("\"{}\" is no part such as 1 or 2.1", crate::text::sanitize(text.as_bytes())))
        };
        let number = |word: &str| match word.bytes().all(|byte| byte.is_ascii_digit()) {
            true => word.parse::<u32>().ok().filter(|number| *number > 0),
            false => None,
        };
        let numbers: Option<Vec<u32>> = text.split('.').take(MAX_DEPTH + 1).map(number).collect();
        numbers.filter(|numbers| numbers.len() <= MAX_DEPTH).map(Self).ok_or_else(wrong)
    }

    /// The part's child with this number, counted from 1.
    #[must_use]
    pub fn child(&self, number: u32) -> Self {
        Self(self.0.iter().copied().chain([number]).collect())
    }

    /// The numbers, outermost first.
    pub fn numbers(&self) -> &[u32] {
        &self.0
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(f, "{dot}{number}")?;
        }
        Ok(())
    }
}

/// What of a part is asked for (`section-text`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Section {
    /// All of it: `BODY[2.1]`, and of the message itself `BODY[]`.
    Whole(PartNumber),
    /// The header of the message, or of one that is attached: `BODY[HEADER]`, `BODY[2.HEADER]`.
    Header(PartNumber),
    /// Some fields of that: `BODY[HEADER.FIELDS (FROM TO)]`.
    HeaderFields(PartNumber, Vec<&'static str>),
    /// What is behind that header: `BODY[TEXT]`.
    Text(PartNumber),
    /// The header of a part in a multipart: `BODY[2.MIME]`.
    Mime(PartNumber),
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, what) = match self {
            Self::Whole(part) => return part.fmt(f),
            Self::Header(part) => (part, "HEADER".to_owned()),
            Self::HeaderFields(part, names) => (part, format!("HEADER.FIELDS ({})", names.join(" "))),
            Self::Text(part) => (part, "TEXT".to_owned()),
            Self::Mime(part) => (part, "MIME".to_owned()),
        };
        let dot = if part.numbers().is_empty() { "" } else { "." };
        write!(f, "{part}{dot}{what}")
    }
}

/// Something that is asked of a message. None of them marks it as seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// UID; what UID FETCH tells anyway.
    Uid,
    /// FLAGS.
    Flags,
    /// INTERNALDATE.
    InternalDate,
    /// RFC822.SIZE; a hint on some servers.
    Size,
    /// ENVELOPE.
    Envelope,
    /// BODYSTRUCTURE.
    BodyStructure,
    /// MODSEQ (RFC 7162).
    ModSeq,
    /// PREVIEW (RFC 8970), computed if need be.
    Preview,
    /// PREVIEW (LAZY): only if the server has it at hand.
    LazyPreview,
    /// SAVEDATE (RFC 8514).
    SaveDate,
    /// EMAILID (RFC 8474).
    EmailId,
    /// THREADID (RFC 8474).
    ThreadId,
    /// X-GM-MSGID.
    GmailMessageId,
    /// X-GM-THRID.
    GmailThreadId,
    /// X-GM-LABELS.
    GmailLabels,
    /// BODY.PEEK of a section.
    Body(Section),
    /// As that, this many octets from this one on.
    BodyRange(Section, u32, u32),
    /// BINARY.PEEK of a part, decoded by the server (RFC 3516).
    Binary(PartNumber),
    /// BINARY.SIZE of a part.
    BinarySize(PartNumber),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uid => "UID",
            Self::Flags => "FLAGS",
            Self::InternalDate => "INTERNALDATE",
            Self::Size => "RFC822.SIZE",
            Self::Envelope => "ENVELOPE",
            Self::BodyStructure => "BODYSTRUCTURE",
            Self::ModSeq => "MODSEQ",
            Self::Preview => "PREVIEW",
            Self::LazyPreview => "PREVIEW (LAZY)",
            Self::SaveDate => "SAVEDATE",
            Self::EmailId => "EMAILID",
            Self::ThreadId => "THREADID",
            Self::GmailMessageId => "X-GM-MSGID",
            Self::GmailThreadId => "X-GM-THRID",
            Self::GmailLabels => "X-GM-LABELS",
            Self::Body(section) => return write!(f, "BODY.PEEK[{section}]"),
            Self::BodyRange(section, from, octets) => return write!(f, "BODY.PEEK[{section}]<{from}.{octets}>"),
            Self::Binary(part) => return write!(f, "BINARY.PEEK[{part}]"),
            Self::BinarySize(part) => return write!(f, "BINARY.SIZE[{part}]"),
        })
    }
}

/// The command with these items behind it, in parentheses.
pub(super) fn with_items(command: Command, items: &[Item]) -> Command {
    let words: Vec<String> = items.iter().map(Item::to_string).collect();
    command.word(format!("({})", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_as_they_are_asked_for() {
        let part = PartNumber::parse("2.1").unwrap();
        for (item, wire) in [
            (Item::Body(Section::Whole(PartNumber::message())), "BODY.PEEK[]"),
            (Item::Body(Section::Whole(part.clone())), "BODY.PEEK[2.1]"),
            (Item::Body(Section::Header(PartNumber::message())), "BODY.PEEK[HEADER]"),
            (Item::Body(Section::Mime(part.clone())), "BODY.PEEK[2.1.MIME]"),
            (
                Item::BodyRange(Section::HeaderFields(PartNumber::message(), vec!["FROM", "TO"]), 0, 100),
                "BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>",
            ),
            (Item::Binary(part.child(3)), "BINARY.PEEK[2.1.3]"),
        ] {
            assert_eq!(item.to_string(), wire);
        }
    }

    #[test]
    fn parts_are_numbers_with_dots() {
        for bad in ["", "0", "1.", ".1", "1..2", "a", "1.+2", "4294967296", "-1", "1 2"] {
            assert!(PartNumber::parse(bad).is_err(), "{bad}");
        }
        assert!(PartNumber::parse(&["1"; 101].join(".")).is_err());
        assert_eq!(PartNumber::parse("1.22.3").unwrap().numbers(), [1, 22, 3]);
    }
}
