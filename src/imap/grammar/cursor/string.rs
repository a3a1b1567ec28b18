//! Strings: quoted, counted, or neither.

use std::borrow::Cow;

use super::{Cursor, Literal, Text};
use crate::imap::grammar::flaw::{Parsed, Wrong};

impl<'a> Cursor<'a> {
    /// `literal = "{" number64 ["+"] "}" CRLF *CHAR8`, `literal8 = "~{" number64 "}" CRLF *OCTET`
    pub(in crate::imap::grammar) fn literal(&mut self) -> Parsed<Option<Literal<'a>>> {
        let mut ahead = *self;
        ahead.eat(b'~');
        if !ahead.eat(b'{') {
            return Ok(None);
        }
        let Ok(octets) = ahead.number64() else { return Ok(None) };
        ahead.eat(b'+');
        if !(ahead.eat(b'}') && ahead.eat(b'\r') && ahead.eat(b'\n')) {
            return Ok(None);
        }
        if let Some(gap) = ahead.gap() {
            *self = ahead;
            return Ok(Some(Literal::Streamed(gap)));
        }
        let end = usize::try_from(octets).ok().and_then(|octets| ahead.at.checked_add(octets));
        let Some((value, end)) = end.and_then(|end| Some((self.bytes.get(ahead.at..end)?, end))) else {
            return Err(self.wrong("a literal with all its octets"));
        };
        self.at = end;
        Ok(Some(Literal::Octets(value)))
    }

    /// How long the literal is that was left out here.
    fn gap(&self) -> Option<u64> {
        if self.gaps.is_empty() {
            return None;
        }
        let found = self.gaps.binary_search_by_key(&self.at, |gap| gap.at).ok()?;
        self.gaps.get(found).map(|gap| gap.octets)
    }

    /// `quoted = DQUOTE *QUOTED-CHAR DQUOTE`
    ///
    /// Quirks: 8-bit text; a backslash before anything but a quote or a backslash stands for itself (Proton Bridge); a quote
    /// that neither a blank nor a parenthesis nor the end follows belongs to the text (iCloud's message ids, `""""` of 163).
    pub(in crate::imap::grammar) fn quoted(&mut self) -> Parsed<Option<Text<'a>>> {
        if self.peek() != Some(b'"') {
            return Ok(None);
        }
        let from = self.at + 1;
        let mut at = from;
        let mut escapes = false;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\r' | b'\n') => return Err(self.wrong("a string with its closing quote")),
                Some(b'\\') if matches!(self.bytes.get(at + 1), Some(b'"' | b'\\')) => {
                    escapes = true;
                    at += 2;
                }
                Some(b'"')
                    if matches!(self.bytes.get(at + 1), None | Some(b' ' | b')' | b'(' | b']' | b'\t' | b'\r')) =>
                {
                    break;
                }
                Some(_) => at += 1,
            }
        }
        let raw = self.bytes.get(from..at).unwrap_or_default();
        self.at = at + 1;
        Ok(Some(if escapes { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) }))
    }

    /// `string = quoted / literal`
    pub(in crate::imap::grammar) fn string_or_none(&mut self) -> Parsed<Option<Text<'a>>> {
        if let Some(quoted) = self.quoted()? {
            return Ok(Some(quoted));
        }
        let from = *self;
        match self.literal()? {
            None => Ok(None),
            Some(Literal::Octets(octets)) => Ok(Some(Cow::Borrowed(octets))),
            Some(Literal::Streamed(_)) => {
                *self = from;
                Err(self.wrong("a string that was not streamed away"))
            }
        }
    }

    /// `string = quoted / literal`
    pub(in crate::imap::grammar) fn string(&mut self) -> Parsed<Text<'a>> {
        self.string_or_none()?.ok_or_else(|| self.wrong("a string"))
    }

    /// `astring = 1*ASTRING-CHAR / string`
    pub(in crate::imap::grammar) fn astring(&mut self) -> Parsed<Text<'a>> {
        match self.string_or_none()? {
            Some(string) => Ok(string),
            None => self.atom().map(Cow::Borrowed).map_err(|wrong| Wrong { expected: "a string or an atom", ..wrong }),
        }
    }

    /// `nstring = string / nil`
    ///
    /// Quirks: `()` is NIL, and an atom is a string.
    pub(in crate::imap::grammar) fn nstring(&mut self) -> Parsed<Option<Text<'a>>> {
        if self.nil_or_empty() {
            return Ok(None);
        }
        self.astring().map(Some).map_err(|wrong| Wrong { expected: "a string or NIL", ..wrong })
    }
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw.iter().copied().peekable();
    while let Some(octet) = rest.next() {
        let escaped = (octet == b'\\').then(|| rest.next_if(|next| matches!(next, b'"' | b'\\'))).flatten();
        out.push(escaped.unwrap_or(octet));
    }
    out
}
