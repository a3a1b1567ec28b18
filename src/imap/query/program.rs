//! SEARCH keys on their way to a command.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Error, Result};
use crate::imap::capability::{Capabilities, Extension};
use crate::imap::command::Command;
use crate::imap::set::UidSet;

/// Search keys: what stands in SEARCH, SORT and THREAD behind the character set.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Program {
    parts: Vec<Part>,
    charset: Charset,
}

/// What the strings of a program are written in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Charset {
    #[default]
    Utf8,
    Latin1,
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
        match self.charset {
            _ if !self.needs_charset() => "US-ASCII",
            Charset::Utf8 => "UTF-8",
            Charset::Latin1 => "ISO-8859-1",
        }
    }

    /// Adds the arguments of SEARCH, behind the result options if there are any: the character set if it must be named, and
    /// the keys.
    pub fn search(&self, command: Command, capabilities: &Capabilities) -> Command {
        // Then everything is UTF-8, and to name a character set is an error (RFC 9755 section 3).
        let is_agreed = capabilities.is_enabled(Extension::Utf8Accept) && self.charset == Charset::Utf8;
        match self.needs_charset() && !is_agreed {
            true => self.keys(command.word("CHARSET").word(self.charset())),
            false => self.keys(command),
        }
    }

    /// Adds what SORT and THREAD have behind their criteria or algorithm: the character set and the keys (RFC 5256 section
    /// 5).
    pub fn sort(&self, command: Command) -> Command {
        self.keys(command.word(self.charset()))
    }

    fn keys(&self, command: Command) -> Command {
        let mut glued = false;
        self.parts.iter().fold(command, |command, part| {
            let is_glued = std::mem::replace(&mut glued, *part == Part::Open);
            match part {
                Part::Atom(text) if is_glued => command.raw(text.as_bytes()),
                Part::Atom(text) => command.word(text.as_bytes()),
                Part::String(text) if is_glued => command.bare_string(text),
                Part::String(text) => command.string(text),
                Part::Open if is_glued => command.raw("("),
                Part::Open => command.word("("),
                Part::Close => command.raw(")"),
            }
        })
    }

    /// The same, for these messages only.
    pub fn within(&self, uids: &UidSet) -> Self {
        let only = [Part::Atom("UID".into()), Part::Atom(uids.close().to_string().into())];
        Self { parts: only.into_iter().chain(self.parts.iter().cloned()).collect(), charset: self.charset }
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
        self.parts.iter().map(part).collect::<Option<_>>().map(|parts| Self { parts, charset: Charset::Latin1 })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::Query;
    use crate::imap::command::{Dialect, Literals};

    fn wire(command: &Command, dialect: Dialect) -> String {
        let mut text = Vec::new();
        for chunk in command.encode(b"a", dialect).unwrap() {
            text.extend_from_slice(&chunk.text);
            text.extend(chunk.literal.iter().flat_map(|literal| literal.octets.iter()));
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    fn program(query: &str) -> Program {
        let query = Query::parse(&[query.to_owned()], std::time::SystemTime::now()).unwrap();
        query.plan(&Capabilities::default()).unwrap().cases.remove(0).program
    }

    #[test]
    fn programs_become_commands() {
        let rev1 = Capabilities::default();
        let dialect = Dialect { literals: Literals::Any, ..Dialect::default() };
        let search =
            |program: &Program, capabilities| wire(&program.search(Command::new("UID SEARCH"), capabilities), dialect);
        let plain = program("or:(from:bob (is:read subject:\"q \\\"3\\\"\")) not:(to:a to:b)");
        assert_eq!(
            search(&plain, &rev1),
            "a UID SEARCH OR FROM \"bob\" (SEEN SUBJECT \"q \\\"3\\\"\") NOT (TO \"a\" TO \"b\")"
        );
        let raw = Query::raw("((SEEN) (\"x\" y))").unwrap().plan(&rev1).unwrap().cases.remove(0).program;
        assert_eq!(search(&raw, &rev1), "a UID SEARCH ((SEEN) (\"x\" y))");

        let umlaut = program("subject:grüße");
        assert_eq!(search(&umlaut, &rev1), "a UID SEARCH CHARSET UTF-8 SUBJECT {7+}grüße");
        assert_eq!(
            search(&umlaut.in_latin1().unwrap(), &rev1),
            "a UID SEARCH CHARSET ISO-8859-1 SUBJECT {5+}gr\u{fffd}\u{fffd}e"
        );
        let mut utf8 = Capabilities::default();
        utf8.enable([&b"UTF8=ACCEPT"[..]]);
        assert_eq!(search(&umlaut, &utf8), "a UID SEARCH SUBJECT {7+}grüße");

        let sort = |program: &Program| wire(&program.sort(Command::new("UID SORT").word("(DATE)")), dialect);
        assert_eq!(sort(&umlaut), "a UID SORT (DATE) UTF-8 SUBJECT {7+}grüße");
        assert_eq!(sort(&program("is:read")), "a UID SORT (DATE) US-ASCII SEEN");
    }
}
