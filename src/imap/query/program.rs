//! SEARCH keys on their way to a command.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Error, Result};

/// Search keys: what stands in SEARCH, SORT and THREAD behind the character set.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Program {
    parts: Vec<Part>,
}

/// A piece of a program. Between two there is a space, but for those next to a parenthesis.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// Printable US-ASCII, sent as it stands: a key, a number, a date, a set.
    Atom(Cow<'static, str>),
    /// A string, without CR, LF and NUL: quoted, or a literal.
    String(Vec<u8>),
    /// `(`
    Open,
    /// `)`
    Close,
}

impl Program {
    /// The pieces.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether a string in it is not US-ASCII, so that SEARCH must name a character set; where UTF-8 was enabled it must
    /// not all the same (RFC 9755 section 3).
    pub fn needs_charset(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::String(text) if !text.is_ascii()))
    }

    /// The character set that its strings are in: what SORT and THREAD name always (RFC 5256 section 3).
    pub fn charset(&self) -> &'static str {
        if self.needs_charset() { "UTF-8" } else { "US-ASCII" }
    }

    /// The same with its strings in ISO-8859-1, if that holds them: for a server that refuses UTF-8 (`BADCHARSET`).
    pub fn in_latin1(&self) -> Option<Self> {
        let part = |part: &Part| match part {
            Part::String(text) => {
                let text = std::str::from_utf8(text).ok()?;
                text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>().map(Part::String)
            }
            other => Some(other.clone()),
        };
        self.parts.iter().map(part).collect::<Option<_>>().map(|parts| Self { parts })
    }

    /// Adds a word of the program's own, or digits, a date, a set.
    pub(super) fn atom(&mut self, text: impl Into<Cow<'static, str>>) {
        let text = text.into();
        debug_assert!(text.bytes().all(|octet| octet.is_ascii_graphic()), "{text:?}");
        self.parts.push(Part::Atom(text));
    }

    /// Adds a string.
    ///
    /// Fails with [`Error::InvalidInput`] if it holds CR, LF or NUL: no header has them, and none is sent in a search.
    pub(super) fn string(&mut self, text: &str) -> Result<()> {
        if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_some() {
            return Err(Error::InvalidInput("a search cannot hold a line break or a NUL".into()));
        }
        self.parts.push(Part::String(text.as_bytes().to_vec()));
        Ok(())
    }

    pub(super) fn open(&mut self) {
        self.parts.push(Part::Open);
    }

    pub(super) fn close(&mut self) {
        self.parts.push(Part::Close);
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.parts.extend_from_slice(&other.parts);
    }
}

impl fmt::Display for Program {
    /// As one would type it, made safe for a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut glued = true;
        for part in &self.parts {
            if !glued && *part != Part::Close {
                f.write_str(" ")?;
            }
            glued = *part == Part::Open;
            match part {
                Part::Atom(text) => f.write_str(text)?,
                Part::String(text) => {
                    let text = crate::text::sanitize(text).replace('\\', "\\\\").replace('"', "\\\"");
                    write!(f, "\"{text}\"")?;
                }
                Part::Open => f.write_str("(")?,
                Part::Close => f.write_str(")")?,
            }
        }
        Ok(())
    }
}
