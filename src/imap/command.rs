//! A command as it goes out: atoms, strings, literals, secrets (RFC 9051 section 9, `command`).
//!
//! Whatever comes from outside goes through [`Command::astring`], [`Command::string`] or [`Command::mailbox`], which quote it or
//! make it a literal: no argument can end a line or start another command.

use std::fmt;

use zeroize::Zeroizing;

use super::mailbox::{Mailbox, NameEncoding};
use super::number::Number;
use super::set::Set;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The longest quoted string that is sent; what is longer goes as a literal, which no line limit counts.
const MAX_QUOTED: usize = 1_000;

/// The most that goes in a literal which the server has not agreed to, where it offers LITERAL- (RFC 7888 section 5).
const MAX_UNAGREED: usize = 4_096;

/// The longest command line without its literals, in octets (RFC 7162 section 4).
pub const MAX_COMMAND_LINE: usize = 8_192;

/// How long a command may take.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Patience {
    /// As long as silence may last.
    #[default]
    Plain,
    /// Longer, for commands that make the server work: SEARCH, SORT, THREAD, COPY, APPEND, EXPUNGE.
    Patient,
}

/// Which literals go out without the server's consent (RFC 7888).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Literals {
    /// None: each is announced and waits for a continuation.
    #[default]
    Synchronizing,
    /// Those of at most 4,096 octets (LITERAL-).
    Small,
    /// All (LITERAL+).
    Any,
}

impl Literals {
    /// Whether a literal of this many octets may follow its announcement at once.
    pub fn allows(self, octets: u64) -> bool {
        match self {
            Self::Synchronizing => false,
            Self::Small => octets <= MAX_UNAGREED as u64,
            Self::Any => true,
        }
    }
}

/// How strings and names are written at this point of the session.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dialect {
    /// Which literals need no consent.
    pub literals: Literals,
    /// Whether UTF-8 may stand in quoted strings (RFC 6855, or IMAP4rev2 once enabled).
    pub utf8: bool,
    /// How mailbox names are written.
    pub names: NameEncoding,
}

/// A command without its tag.
#[derive(Clone, Debug)]
pub struct Command {
    verb: &'static str,
    patience: Patience,
    parts: Vec<Part>,
}

#[derive(Clone)]
enum Part {
    /// Words that stand on the wire as they are.
    Text(Vec<u8>),
    /// A string, quoted or a literal.
    String(Vec<u8>),
    /// A literal with any octets (RFC 3516).
    Literal8(Vec<u8>),
    /// A string that is never shown.
    Secret(Secret),
    Mailbox(Mailbox),
    /// A literal as somebody wrote it.
    Literal(Vec<u8>),
    /// Words that stand on the wire as they are and are never shown.
    Hidden(Secret),
    /// A literal that is never shown, nor how long it is.
    HiddenLiteral(Secret),
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", crate::text::sanitize(text)),
            Self::String(text) | Self::Literal8(text) | Self::Literal(text) => {
                write!(f, "{:?}", crate::text::sanitize(text))
            }
            Self::Secret(_) | Self::Hidden(_) | Self::HiddenLiteral(_) => f.write_str(crate::secret::MASK),
            Self::Mailbox(mailbox) => write!(f, "{mailbox:?}"),
        }
    }
}

/// A line of a command, or what is left of it behind a literal.
#[derive(Clone, Default)]
pub(super) struct Chunk {
    /// What the line begins with.
    pub(super) text: Vec<u8>,
    /// What it ends with and nobody may see.
    pub(super) secret: Option<Secret>,
    /// What follows the line's end, whose announcement the line ends in.
    pub(super) literal: Option<Literal>,
}

#[derive(Clone)]
pub(super) struct Literal {
    pub(super) octets: Zeroizing<Vec<u8>>,
    pub(super) is_secret: bool,
    /// The server is to agree first.
    pub(super) waits: bool,
}

impl Command {
    /// A command with this name, such as `UID FETCH`, which errors and transcripts call it by as well.
    pub fn new(verb: &'static str) -> Self {
        Self { verb, patience: Patience::Plain, parts: vec![Part::Text(verb.as_bytes().to_vec())] }
    }

    /// The name.
    pub fn verb(&self) -> &'static str {
        self.verb
    }

    /// How long the reply may take.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// Lets the server take its time.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { patience: Patience::Patient, ..self }
    }

    /// A space and these words as they stand. They are the program's own: nothing from outside belongs here.
    #[must_use]
    pub fn word(mut self, word: impl AsRef<[u8]>) -> Self {
        self.text(b" ");
        self.text(word.as_ref());
        self
    }

    /// These words as they stand, without a space before them.
    #[must_use]
    pub fn raw(mut self, text: impl AsRef<[u8]>) -> Self {
        self.text(text.as_ref());
        self
    }

    /// A space and a set of numbers.
    #[must_use]
    pub fn set<N: Number>(self, set: &Set<N>) -> Self {
        self.word(set.to_string())
    }

    /// A space and an `astring`: an atom where that does.
    #[must_use]
    pub fn astring(mut self, text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        if !text.is_empty() && text.iter().all(|octet| is_astring_char(*octet)) && !text.eq_ignore_ascii_case(b"NIL") {
            return self.word(text);
        }
        self.text(b" ");
        self.parts.push(Part::String(text.to_vec()));
        self
    }

    /// A space and a `string`: quoted, or a literal.
    #[must_use]
    pub fn string(mut self, text: impl AsRef<[u8]>) -> Self {
        self.text(b" ");
        self.parts.push(Part::String(text.as_ref().to_vec()));
        self
    }

    /// As [`Command::string`], without a space before it.
    #[must_use]
    pub fn bare_string(mut self, text: impl AsRef<[u8]>) -> Self {
        self.parts.push(Part::String(text.as_ref().to_vec()));
        self
    }

    /// A space and a `literal8` (RFC 3516), which may hold NUL.
    #[must_use]
    pub fn literal8(mut self, octets: impl AsRef<[u8]>) -> Self {
        self.text(b" ");
        self.parts.push(Part::Literal8(octets.as_ref().to_vec()));
        self
    }

    /// A space and a string that transcripts do not show.
    #[must_use]
    pub fn secret(mut self, secret: &Secret) -> Self {
        self.text(b" ");
        self.parts.push(Part::Secret(secret.clone()));
        self
    }

    /// A space and a mailbox name, in the encoding of the session.
    #[must_use]
    pub fn mailbox(mut self, mailbox: &Mailbox) -> Self {
        self.text(b" ");
        self.parts.push(Part::Mailbox(mailbox.clone()));
        self
    }

    /// As [`Command::mailbox`], without a space before it.
    #[must_use]
    pub fn bare_mailbox(mut self, mailbox: &Mailbox) -> Self {
        self.parts.push(Part::Mailbox(mailbox.clone()));
        self
    }

    /// A space and a `list-mailbox`, in which `%` and `*` stand for more than themselves.
    #[must_use]
    pub fn list_mailbox(mut self, pattern: &[u8]) -> Self {
        let is_list_char = |octet: &u8| is_astring_char(*octet) || matches!(octet, b'%' | b'*');
        if !pattern.is_empty() && pattern.iter().all(is_list_char) {
            return self.word(pattern);
        }
        self.text(b" ");
        self.parts.push(Part::String(pattern.to_vec()));
        self
    }

    /// A command whose text somebody has written; `verb` is what errors call it.
    pub(super) fn written(verb: &'static str, text: &str) -> Self {
        Self { verb, patience: Patience::Plain, parts: vec![Part::Text(text.as_bytes().to_vec())] }
    }

    /// More of what somebody has written.
    #[must_use]
    pub(super) fn text_as_written(mut self, text: &str, is_secret: bool) -> Self {
        match is_secret {
            true => self.parts.push(Part::Hidden(Secret::new(text.as_bytes()))),
            false => self.text(text.as_bytes()),
        }
        self
    }

    /// A literal that somebody has written, announced right behind the text before it.
    #[must_use]
    pub(super) fn literal_as_written(mut self, octets: &[u8], is_secret: bool) -> Self {
        self.parts.push(match is_secret {
            true => Part::HiddenLiteral(Secret::new(octets)),
            false => Part::Literal(octets.to_vec()),
        });
        self
    }

    /// Whether it can be sent at all; fails as sending it would.
    pub(super) fn check(&self) -> Result<()> {
        self.encode(b"", Dialect::default()).map(drop)
    }

    fn text(&mut self, text: &[u8]) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.extend_from_slice(text),
            _ => self.parts.push(Part::Text(text.to_vec())),
        }
    }

    /// Whether it waits for the server's consent somewhere on its way.
    pub fn waits(&self, dialect: Dialect) -> Result<bool> {
        let waits = |chunk: &Chunk| chunk.literal.as_ref().is_some_and(|literal| literal.waits);
        Ok(self.encode(b"", dialect)?.iter().any(waits))
    }

    /// The lines of the command under this tag. Fails with [`Error::InvalidInput`] if a string holds NUL, or words hold a line
    /// break.
    pub(super) fn encode(&self, tag: &[u8], dialect: Dialect) -> Result<Vec<Chunk>> {
        let mut encoder = Encoder { chunks: Vec::new(), last: Chunk::default(), dialect };
        encoder.last.text.extend_from_slice(tag);
        encoder.text(b" ");
        for part in &self.parts {
            if encoder.last.secret.is_some() && !matches!(part, Part::HiddenLiteral(_)) {
                return Err(Error::InvalidInput("nothing can follow the secret of a command".into()));
            }
            match part {
                Part::Text(text) => {
                    one_line(text)?;
                    encoder.text(text);
                }
                Part::String(text) => encoder.string(text)?,
                Part::Literal8(octets) => encoder.literal(octets, b"~"),
                Part::Literal(octets) => encoder.literal(octets, b""),
                Part::Secret(secret) => encoder.secret(secret)?,
                Part::Hidden(secret) => {
                    one_line(secret.expose())?;
                    encoder.last.secret = Some(secret.clone());
                }
                Part::HiddenLiteral(secret) => encoder.hidden_literal(secret),
                Part::Mailbox(mailbox) => {
                    let name = mailbox.to_wire(dialect.names);
                    match name.iter().all(|octet| is_astring_char(*octet)) && !name.is_empty() {
                        true => encoder.text(&name),
                        false => encoder.string(&name)?,
                    }
                }
            }
        }
        encoder.chunks.push(encoder.last);
        Ok(encoder.chunks)
    }
}

struct Encoder {
    chunks: Vec<Chunk>,
    last: Chunk,
    dialect: Dialect,
}

impl Encoder {
    fn text(&mut self, text: &[u8]) {
        self.last.text.extend_from_slice(text);
    }

    fn string(&mut self, text: &[u8]) -> Result<()> {
        no_nul(text)?;
        match is_quotable(text, self.dialect.utf8) {
            true => self.text(&quoted(text)),
            false => self.literal(text, b""),
        }
        Ok(())
    }

    fn secret(&mut self, secret: &Secret) -> Result<()> {
        let text = secret.expose();
        no_nul(text)?;
        match is_quotable(text, self.dialect.utf8) {
            true => {
                let quoted = Zeroizing::new(quoted(text));
                self.last.secret = Some(Secret::new(quoted.as_slice()));
            }
            false => self.hidden_literal(secret),
        }
        Ok(())
    }

    /// A literal whose announcement goes behind what is hidden already.
    fn hidden_literal(&mut self, secret: &Secret) {
        let octets = secret.expose();
        let mut hidden =
            Zeroizing::new(self.last.secret.take().map_or_else(Vec::new, |before| before.expose().to_vec()));
        hidden.extend_from_slice(self.announcement(octets).as_bytes());
        self.last.secret = Some(Secret::new(hidden.as_slice()));
        self.push(octets, true);
    }

    fn literal(&mut self, octets: &[u8], prefix: &[u8]) {
        self.text(prefix);
        let announcement = self.announcement(octets);
        self.text(announcement.as_bytes());
        self.push(octets, false);
    }

    fn announcement(&self, octets: &[u8]) -> String {
        let consent = if self.waits(octets) { "" } else { "+" };
        format!("{{{}{consent}}}", octets.len())
    }

    fn waits(&self, octets: &[u8]) -> bool {
        !self.dialect.literals.allows(octets.len() as u64)
    }

    /// Ends the line with a literal that it announces.
    fn push(&mut self, octets: &[u8], is_secret: bool) {
        let waits = self.waits(octets);
        self.last.literal = Some(Literal { octets: Zeroizing::new(octets.to_vec()), is_secret, waits });
        self.chunks.push(std::mem::take(&mut self.last));
    }
}

/// `astring`: `ASTRING-CHAR = ATOM-CHAR / resp-specials`.
pub(super) fn is_astring_char(octet: u8) -> bool {
    matches!(octet, 0x21..=0x7e) && !matches!(octet, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\')
}

fn is_quotable(text: &[u8], utf8: bool) -> bool {
    let plain = |octet: &u8| matches!(octet, 0x20..=0x7e);
    text.len() <= MAX_QUOTED
        && match utf8 {
            true => std::str::from_utf8(text).is_ok_and(|text| !text.chars().any(char::is_control)),
            false => text.iter().all(plain),
        }
}

/// `quoted`: `DQUOTE *QUOTED-CHAR DQUOTE`.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quoted.push(b'"');
    for octet in text {
        if matches!(octet, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*octet);
    }
    quoted.push(b'"');
    quoted
}

fn one_line(text: &[u8]) -> Result<()> {
    match memchr::memchr3(b'\r', b'\n', 0, text) {
        None => Ok(()),
        Some(_) => Err(Error::InvalidInput("a command cannot hold a line break or a NUL".into())),
    }
}

fn no_nul(text: &[u8]) -> Result<()> {
    match memchr::memchr(0, text) {
        None => Ok(()),
        Some(_) => Err(Error::InvalidInput("a string cannot hold a NUL".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The command as one text, `|` where the server is waited for.
    fn wire(command: &Command, dialect: Dialect) -> String {
        let mut text = Vec::new();
        for chunk in command.encode(b"t1", dialect).unwrap() {
            text.extend_from_slice(&chunk.text);
            text.extend_from_slice(chunk.secret.as_ref().map(Secret::expose).unwrap_or_default());
            if let Some(literal) = chunk.literal {
                text.extend_from_slice(if literal.waits { b"|" } else { b"~" });
                text.extend_from_slice(&literal.octets);
            }
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn strings_take_the_form_they_need() {
        let sync = Dialect::default();
        let any = Dialect { literals: Literals::Any, ..sync };
        let utf8 = Dialect { utf8: true, ..sync };
        for (text, in_sync, in_any, in_utf8) in [
            ("Bob", "Bob", "Bob", "Bob"),
            ("", "\"\"", "\"\"", "\"\""),
            ("NIL", "\"NIL\"", "\"NIL\"", "\"NIL\""),
            ("a b", "\"a b\"", "\"a b\"", "\"a b\""),
            ("q\"\\", "\"q\\\"\\\\\"", "\"q\\\"\\\\\"", "\"q\\\"\\\\\""),
            ("x\r\nA LOGOUT", "{11}|x\r\nA LOGOUT", "{11+}~x\r\nA LOGOUT", "{11}|x\r\nA LOGOUT"),
            ("Grüße", "{7}|Grüße", "{7+}~Grüße", "\"Grüße\""),
            ("a)b", "\"a)b\"", "\"a)b\"", "\"a)b\""),
            ("a]b", "a]b", "a]b", "a]b"),
        ] {
            let command = Command::new("X").astring(text).word("Y");
            assert_eq!(wire(&command, sync), format!("t1 X {in_sync} Y"));
            assert_eq!(wire(&command, any), format!("t1 X {in_any} Y"));
            assert_eq!(wire(&command, utf8), format!("t1 X {in_utf8} Y"));
        }
    }

    #[test]
    fn literals_without_consent_are_small_unless_all_are_allowed() {
        let big = "x".repeat(5_000);
        let small = Dialect { literals: Literals::Small, ..Dialect::default() };
        assert!(Command::new("X").string(&big).waits(small).unwrap());
        assert!(!Command::new("X").string("a\nb").waits(small).unwrap());
        assert!(!Command::new("X").string(&big).waits(Dialect { literals: Literals::Any, ..small }).unwrap());
        assert!(!Command::new("X").string("x").waits(Dialect::default()).unwrap());
    }

    #[test]
    fn nothing_from_outside_breaks_a_line() {
        let nul = Command::new("X").string("a\0b").encode(b"t", Dialect::default());
        assert!(matches!(nul, Err(Error::InvalidInput(_))));
        for bad in ["a\r\nb", "a\nb", "a\0"] {
            assert!(matches!(
                Command::new("X").word(bad).encode(b"t", Dialect::default()),
                Err(Error::InvalidInput(_))
            ));
        }
        let octets = Command::new("X").literal8("a\0b");
        assert_eq!(wire(&octets, Dialect { literals: Literals::Any, ..Dialect::default() }), "t1 X ~{3+}~a\0b");
    }

    #[test]
    fn a_secret_is_shown_to_nobody() {
        let command = Command::new("LOGIN").astring("bob").secret(&Secret::new("hunter\"2"));
        assert_eq!(wire(&command, Dialect::default()), "t1 LOGIN bob \"hunter\\\"2\"");
        assert!(!format!("{command:?}").contains("hunter"));
        let chunks = command.encode(b"t1", Dialect::default()).unwrap();
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].text, b"t1 LOGIN bob ");
        let binary = Command::new("LOGIN").astring("bob").secret(&Secret::new("pä"));
        let chunks = binary.encode(b"t1", Dialect::default()).unwrap();
        assert!(chunks[0].literal.as_ref().unwrap().is_secret);
        assert_eq!(chunks[0].text, b"t1 LOGIN bob ", "not even how long it is");
        assert_eq!(wire(&binary, Dialect::default()), "t1 LOGIN bob {3}|p\u{e4}");
    }
}
