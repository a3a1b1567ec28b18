//! Parts of messages: `BODY[…]`, `BINARY[…]` and the RFC822 items (RFC 9051 section 6.4.5, RFC 3516).

use std::borrow::Cow;
use std::fmt;

use super::cursor::{Cursor, Literal, Text};
use super::flaw::Parsed;
use crate::text::sanitize;

/// What a server sent of a message's text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Section<'a> {
    /// What it is.
    pub spec: SectionSpec<'a>,
    /// Where a partial answer begins. Quirk: a partial BINARY has none (erratum 7246 of RFC 9051).
    pub origin: Option<u32>,
    /// The octets.
    pub value: SectionValue<'a>,
}

/// The value of a [`Section`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SectionValue<'a> {
    /// There is no such part, or the server will not give it (Exchange's calendar items).
    Nil,
    /// The octets.
    Octets(Cow<'a, [u8]>),
    /// So many octets, which went elsewhere as they came.
    Streamed(u64),
}

/// Which piece of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SectionSpec<'a> {
    /// The item it came in.
    pub item: SectionItem,
    /// The part's number, such as `1.2`; empty for the whole message.
    pub part: &'a [u8],
    /// Which of its texts.
    pub text: SectionText<'a>,
}

/// The item of a FETCH response that a piece of a message comes in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SectionItem {
    /// `BODY[…]`
    Body,
    /// `BINARY[…]`: decoded by the server (RFC 3516).
    Binary,
    /// `RFC822`, as `BODY[]`.
    Rfc822,
    /// `RFC822.HEADER`, as `BODY[HEADER]`.
    Rfc822Header,
    /// `RFC822.TEXT`, as `BODY[TEXT]`.
    Rfc822Text,
}

/// `section-text`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SectionText<'a> {
    /// All of it.
    Whole,
    /// The header of a message.
    Header,
    /// These fields of it.
    HeaderFields(FieldNames<'a>),
    /// All but these fields of it.
    HeaderFieldsNot(FieldNames<'a>),
    /// What follows the header.
    Text,
    /// The header of a part.
    Mime,
    /// Something that is not known here.
    Other(&'a [u8]),
}

/// The names of header fields. Quirk: servers answer with other case, quotes and order than they were asked with.
#[derive(Clone, Copy)]
pub struct FieldNames<'a> {
    wire: &'a [u8],
}

impl<'a> FieldNames<'a> {
    /// The names, as the server wrote them.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        let mut cursor = Cursor::over(self.wire);
        std::iter::from_fn(move || {
            cursor.blanks();
            cursor.astring().ok()
        })
    }

    /// Whether these are the same names, whatever their case and order.
    pub fn are(&self, names: &[&str]) -> bool {
        let is_in = |found: &[u8]| names.iter().any(|name| found.eq_ignore_ascii_case(name.as_bytes()));
        let has = |name: &&str| self.iter().any(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        self.iter().all(|found| is_in(&found)) && names.iter().all(has)
    }
}

impl PartialEq for FieldNames<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for FieldNames<'_> {}

impl fmt::Debug for FieldNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|name| sanitize(&name))).finish()
    }
}

/// As the wire has it, sanitised: `BODY[1.2.MIME]`.
impl fmt::Display for SectionSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, brackets) = match self.item {
            SectionItem::Body => ("BODY", true),
            SectionItem::Binary => ("BINARY", true),
            SectionItem::Rfc822 => ("RFC822", false),
            SectionItem::Rfc822Header => ("RFC822.HEADER", false),
            SectionItem::Rfc822Text => ("RFC822.TEXT", false),
        };
        f.write_str(name)?;
        if !brackets {
            return Ok(());
        }
        let text = match self.text {
            SectionText::Whole => Cow::Borrowed(""),
            SectionText::Header => "HEADER".into(),
            SectionText::HeaderFields(_) => "HEADER.FIELDS".into(),
            SectionText::HeaderFieldsNot(_) => "HEADER.FIELDS.NOT".into(),
            SectionText::Text => "TEXT".into(),
            SectionText::Mime => "MIME".into(),
            SectionText::Other(text) => sanitize(text).into(),
        };
        let dot = if self.part.is_empty() || text.is_empty() { "" } else { "." };
        write!(f, "[{}{dot}{text}", sanitize(self.part))?;
        if let SectionText::HeaderFields(names) | SectionText::HeaderFieldsNot(names) = self.text {
            let names: Vec<_> = names.iter().map(|name| sanitize(&name)).collect();
            write!(f, " ({})", names.join(" "))?;
        }
        f.write_str("]")
    }
}

impl<'a> SectionSpec<'a> {
    /// The item that a name and perhaps brackets behind it make; `None` for all that is no text of a message.
    ///
    /// Quirk: a server that repeats the `.PEEK` it was asked with.
    pub(super) fn of(name: &[u8], cursor: &mut Cursor<'a>) -> Parsed<Option<Self>> {
        let whole = |item, text| Ok(Some(Self { item, part: b"", text }));
        match name {
            b"BODY" | b"BODY.PEEK" if cursor.peek() == Some(b'[') => Self::section(SectionItem::Body, cursor).map(Some),
            b"BINARY" | b"BINARY.PEEK" if cursor.peek() == Some(b'[') => {
                Self::section(SectionItem::Binary, cursor).map(Some)
            }
            b"RFC822" | b"RFC822.PEEK" => whole(SectionItem::Rfc822, SectionText::Whole),
            b"RFC822.HEADER" | b"RFC822.HEADER.PEEK" => whole(SectionItem::Rfc822Header, SectionText::Header),
            b"RFC822.TEXT" | b"RFC822.TEXT.PEEK" => whole(SectionItem::Rfc822Text, SectionText::Text),
            _ => Ok(None),
        }
    }

    /// ```text
    /// section        = "[" [section-spec] "]"
    /// section-spec   = section-msgtext / (section-part ["." section-text])
    /// section-binary = "[" [section-part] "]"
    /// ```
    pub(super) fn section(item: SectionItem, cursor: &mut Cursor<'a>) -> Parsed<Self> {
        cursor.expect(b'[', "a section")?;
        cursor.blanks();
        let from = cursor.at();
        // The part is what has digits: `1.2.MIME` is the part `1.2`.
        let mut end = from;
        loop {
            let digits = cursor.while_(|octet| octet.is_ascii_digit());
            if digits.is_empty() {
                break;
            }
            end = cursor.at();
            if !cursor.eat(b'.') {
                break;
            }
        }
        let part = cursor.bytes().get(from..end).unwrap_or_default();
        let text = Self::section_text(cursor)?;
        cursor.blanks();
        cursor.expect(b']', "the end of a section")?;
        Ok(Self { item, part, text })
    }

    /// `section-text = section-msgtext / "MIME"`
    fn section_text(cursor: &mut Cursor<'a>) -> Parsed<SectionText<'a>> {
        let word = cursor.name();
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"HEADER.FIELDS") {
            return header_list(cursor).map(SectionText::HeaderFields);
        }
        if is(b"HEADER.FIELDS.NOT") {
            return header_list(cursor).map(SectionText::HeaderFieldsNot);
        }
        Ok(match word {
            b"" => SectionText::Whole,
            _ if is(b"HEADER") => SectionText::Header,
            _ if is(b"TEXT") => SectionText::Text,
            _ if is(b"MIME") => SectionText::Mime,
            other => SectionText::Other(other),
        })
    }
}

/// `header-list = "(" header-fld-name *(SP header-fld-name) ")"`
fn header_list<'a>(cursor: &mut Cursor<'a>) -> Parsed<FieldNames<'a>> {
    cursor.blanks();
    let from = cursor.at() + 1;
    let mut end = from;
    if !cursor.is_list() {
        return Err(cursor.wrong("a list of header fields"));
    }
    cursor.list(|cursor| {
        cursor.astring()?;
        end = cursor.at();
        Ok(())
    })?;
    Ok(FieldNames { wire: cursor.bytes().get(from..end).unwrap_or_default() })
}

/// `["<" number ">"]`. Quirk: a length behind a full stop, as in the command.
pub(super) fn origin(cursor: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let origin = cursor.number()?;
    if cursor.eat(b'.') {
        cursor.number64()?;
    }
    cursor.expect(b'>', "the end of an origin")?;
    Ok(Some(origin))
}

impl<'a> SectionValue<'a> {
    /// `nstring / literal8`. Quirk: a quoted string or NIL where a literal is usual.
    pub(super) fn value(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        if cursor.nil() {
            return Ok(Self::Nil);
        }
        match cursor.literal()? {
            Some(Literal::Octets(octets)) => Ok(Self::Octets(Cow::Borrowed(octets))),
            Some(Literal::Streamed(octets)) => Ok(Self::Streamed(octets)),
            None => match cursor.quoted()? {
                Some(text) => Ok(Self::Octets(text)),
                None => Err(cursor.wrong("a string or NIL")),
            },
        }
    }

    /// The octets, if they are here.
    pub fn octets(&self) -> Option<&Text<'a>> {
        match self {
            Self::Octets(octets) => Some(octets),
            Self::Nil | Self::Streamed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Option<SectionSpec<'_>> {
        let mut cursor = Cursor::over(text.as_bytes());
        let name = cursor.name();
        SectionSpec::of(name, &mut cursor).ok().flatten().filter(|_| cursor.is_at_end())
    }

    #[test]
    fn sections() {
        for text in [
            "BODY[]",
            "BODY[HEADER]",
            "BODY[TEXT]",
            "BODY[1]",
            "BODY[1.2.MIME]",
            "BODY[4.2.2.1]",
            "BODY[3.HEADER]",
            "BODY[HEADER.FIELDS (From To)]",
            "BODY[2.HEADER.FIELDS.NOT (From)]",
            "BINARY[1.3]",
            "RFC822",
            "RFC822.HEADER",
            "RFC822.TEXT",
        ] {
            assert_eq!(spec(text).unwrap().to_string(), text);
        }
        let found = spec("BODY[1.2.MIME]").unwrap();
        assert_eq!((found.part, found.text), (b"1.2".as_slice(), SectionText::Mime));
        for text in
            ["BODY", "BODY[", "BODY[1", "BODY[1.2.MIME", "BODY[HEADER.FIELDS]", "BODY[HEADER.FIELDS (a]", "ENVELOPE"]
        {
            assert_eq!(spec(text), None, "{text}");
        }
    }

    /// Quirk: names of header fields come back in other case, quoted or not, in another order; `.PEEK` is repeated.
    #[test]
    fn header_lists_are_compared_as_sets() {
        let found = spec("BODY.PEEK[HEADER.FIELDS (\"TO\" {7}\r\nSubject FROM)]").unwrap();
        let SectionText::HeaderFields(names) = found.text else { panic!("{found}") };
        assert!(names.are(&["From", "Subject", "To"]));
        assert!(!names.are(&["From", "Subject"]));
        assert!(!names.are(&["From", "Subject", "To", "Cc"]));
    }

    #[test]
    fn what_is_unknown_is_kept() {
        assert_eq!(spec("BODY[1.X-NEW]").unwrap().text, SectionText::Other(b"X-NEW"));
    }

    #[test]
    fn origins() {
        let read = |text: &'static str| origin(&mut Cursor::over(text.as_bytes())).ok();
        assert_eq!(read(" x"), Some(None));
        assert_eq!(read("<0>"), Some(Some(0)));
        assert_eq!(read("<5.10>"), Some(Some(5)));
        assert_eq!(read("<4294967296>"), None);
        assert_eq!(read("<1"), None);
    }
}
