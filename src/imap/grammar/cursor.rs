//! The words that all responses are made of (RFC 9051 section 9): atoms, numbers, strings, lists.

mod string;

use std::borrow::Cow;

use super::flaw::{Parsed, Wrong};
use crate::imap::frame::{Frame, Gap};
use crate::imap::mailbox::{Mailbox, NameEncoding};

/// How deep BODYSTRUCTURE may nest.
pub(super) const MAX_DEPTH: usize = 100;

/// A place in a response. Every function either passes what it names or leaves the place where it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    gaps: &'a [Gap],
    names: NameEncoding,
}

/// A literal's octets, or how many of them were streamed away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Literal<'a> {
    Octets(&'a [u8]),
    Streamed(u64),
}

/// The octets of a string: borrowed, unless it was quoted with escapes.
pub(super) type Text<'a> = Cow<'a, [u8]>;

impl<'a> Cursor<'a> {
    pub(super) fn new(frame: &'a Frame, names: NameEncoding) -> Self {
        Self { bytes: &frame.bytes, at: 0, gaps: &frame.streamed, names }
    }

    /// A cursor over a piece of a response that holds nothing streamed.
    pub(super) fn over(bytes: &'a [u8]) -> Self {
        Self::with_gaps(bytes, &[])
    }

    /// A cursor over a response that need not be whole.
    pub(super) fn with_gaps(bytes: &'a [u8], gaps: &'a [Gap]) -> Self {
        Self { bytes, at: 0, gaps, names: NameEncoding::Utf7 }
    }

    /// The same place, with an end that comes sooner.
    pub(super) fn until(self, end: usize) -> Self {
        Self { bytes: self.bytes.get(..end).unwrap_or(self.bytes), ..self }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn set_at(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What was passed since `from`.
    pub(super) fn since(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline]
    pub(super) fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    #[cold]
    pub(super) fn wrong(&self, expected: &'static str) -> Wrong {
        Wrong { expected, at: self.at }
    }

    #[inline]
    pub(super) fn expect(&mut self, octet: u8, expected: &'static str) -> Parsed<()> {
        if self.eat(octet) { Ok(()) } else { Err(self.wrong(expected)) }
    }

    /// Quirk: more blanks than one, or one where none belongs, are passed over, and so are tabs.
    #[inline]
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// `SP`, and more of them.
    #[inline]
    pub(super) fn sp(&mut self) -> Parsed<()> {
        if !matches!(self.peek(), Some(b' ' | b'\t')) {
            return Err(self.wrong("a blank"));
        }
        self.blanks();
        Ok(())
    }

    /// That nothing but blanks is left.
    pub(super) fn end(&mut self) -> Parsed<()> {
        // Quirk: STATUS, SEARCH, ID and CAPABILITY with a blank at the end.
        self.blanks();
        if self.is_at_end() { Ok(()) } else { Err(self.wrong("the end of the response")) }
    }

    /// `1*<any CHAR except SP, parentheses, brackets, angles, quotes, braces and controls>`: the name of an item.
    #[inline]
    pub(super) fn name(&mut self) -> &'a [u8] {
        self.while_(|octet| {
            octet > b' ' && !matches!(octet, b'(' | b')' | b'[' | b']' | b'<' | b'>' | b'"' | b'{' | b'}' | 0x7f)
        })
    }

    /// What is up to the next blank, parenthesis or line end. Quirk: no other octet ends an atom, since servers send what
    /// `atom` does not allow: `[Gmail]`, `100%`, 8-bit text.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.while_(|octet| !matches!(octet, b' ' | b'\t' | b'(' | b')' | b'\r' | b'\n'))
    }

    #[inline]
    pub(super) fn while_(&mut self, takes: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|octet| !takes(*octet)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// `atom = 1*ATOM-CHAR`
    pub(super) fn atom(&mut self) -> Parsed<&'a [u8]> {
        match self.word() {
            b"" => Err(self.wrong("an atom")),
            word => Ok(word),
        }
    }

    /// Passes a word, whatever its case, if it is the next.
    pub(super) fn eat_word(&mut self, word: &[u8]) -> bool {
        let mut ahead = *self;
        let found = ahead.word().eq_ignore_ascii_case(word);
        if found {
            *self = ahead;
        }
        found
    }

    /// `nil = "NIL"`
    pub(super) fn nil(&mut self) -> bool {
        self.eat_word(b"NIL")
    }

    /// Quirk: `()` where NIL or a string belongs.
    pub(super) fn nil_or_empty(&mut self) -> bool {
        if self.peek() == Some(b'(') {
            let mut ahead = *self;
            ahead.at += 1;
            ahead.blanks();
            if ahead.eat(b')') {
                *self = ahead;
                return true;
            }
            return false;
        }
        self.nil()
    }

    /// `number64 = 1*DIGIT`, up to 2^64-1.
    #[inline]
    pub(super) fn number64(&mut self) -> Parsed<u64> {
        let from = self.at;
        let mut value = Some(0u64);
        while let Some(octet @ b'0'..=b'9') = self.peek() {
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(octet - b'0')));
            self.at += 1;
        }
        match value {
            Some(value) if self.at > from => Ok(value),
            _ => {
                self.at = from;
                Err(self.wrong(if value.is_some() { "a number" } else { "a number below 2^64" }))
            }
        }
    }

    /// `number = 1*DIGIT`, below 2^32.
    #[inline]
    pub(super) fn number(&mut self) -> Parsed<u32> {
        let from = self.at;
        let number = self.number64()?;
        u32::try_from(number).map_err(|_| {
            self.at = from;
            self.wrong("a number below 2^32")
        })
    }

    /// `nz-number = digit-nz *DIGIT`, as a type that cannot be 0.
    #[inline]
    pub(super) fn nz<N>(&mut self, new: impl Fn(u32) -> Option<N>) -> Parsed<N> {
        let from = self.at;
        let number = self.number()?;
        new(number).ok_or_else(|| {
            self.at = from;
            self.wrong("a number that is not 0")
        })
    }

    /// A number that servers get wrong. Quirks: NIL, a negative number and one beyond all bounds are `None`; `12.5` is 12.
    pub(super) fn loose_number(&mut self) -> Parsed<Option<u64>> {
        if self.nil_or_empty() {
            return Ok(None);
        }
        let from = self.at;
        let negative = self.eat(b'-');
        let digits = self.while_(|octet| octet.is_ascii_digit());
        if digits.is_empty() {
            self.at = from;
            return Err(self.wrong("a number"));
        }
        if self.eat(b'.') {
            self.while_(|octet| octet.is_ascii_digit());
        }
        let value = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        Ok(value.filter(|_| !negative))
    }

    /// `mailbox = "INBOX" / astring`
    pub(super) fn mailbox(&mut self) -> Parsed<Mailbox> {
        let name = self.astring()?;
        Ok(self.named(&name))
    }

    /// A mailbox's name from its octets, as this session encodes them.
    pub(super) fn named(&self, octets: &[u8]) -> Mailbox {
        Mailbox::from_wire(octets, self.names)
    }

    /// `"(" [item *(SP item)] ")"`, with as many blanks as there are. Quirk: NIL is an empty list.
    pub(super) fn list(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        if self.nil() {
            return Ok(());
        }
        self.expect(b'(', "a list")?;
        loop {
            self.blanks();
            if self.eat(b')') {
                return Ok(());
            }
            if self.is_at_end() {
                return Err(self.wrong("the end of a list"));
            }
            let from = self.at;
            item(self)?;
            if self.at == from {
                return Err(self.wrong("an item of a list"));
            }
        }
    }

    /// Passes one value of any kind: `tagged-ext-val`, `nstring`, a list however deep.
    pub(super) fn skip_value(&mut self) -> Parsed<()> {
        let mut ahead = *self;
        ahead.pass_value()?;
        *self = ahead;
        Ok(())
    }

    fn pass_value(&mut self) -> Parsed<()> {
        let mut depth = 0u64;
        loop {
            self.blanks();
            match self.peek() {
                Some(b'(') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b')') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                None | Some(b')') => return Err(self.wrong("a value")),
                Some(_) if self.string_or_streamed()? => {}
                Some(_) => drop(self.atom()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn string_or_streamed(&mut self) -> Parsed<bool> {
        Ok(self.quoted()?.is_some() || self.literal()?.is_some())
    }

    /// Passes whatever is left of a list, and its end.
    pub(super) fn skip_to_list_end(&mut self) -> Parsed<()> {
        loop {
            self.blanks();
            if self.eat(b')') {
                return Ok(());
            }
            self.skip_value()?;
        }
    }

    /// Whether a list begins here.
    pub(super) fn is_list(&self) -> bool {
        self.peek() == Some(b'(')
    }
}

/// The upper-case form of a short word, on the stack: keywords are case-insensitive, and compared once a response.
pub(super) struct Upper {
    octets: [u8; Self::MOST],
    length: usize,
}

impl Upper {
    const MOST: usize = 24;

    /// Longer words than any keyword come out empty.
    #[inline]
    pub(super) fn new(word: &[u8]) -> Self {
        let mut octets = [0; Self::MOST];
        let length = if word.len() <= Self::MOST { word.len() } else { 0 };
        for (to, from) in octets.iter_mut().zip(word.iter().take(length)) {
            *to = from.to_ascii_uppercase();
        }
        Self { octets, length }
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}
