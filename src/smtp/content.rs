//! What a message must be so that it can be sent.

use std::io::Read;

use crate::error::Result;

/// The longest line of text, in octets without CRLF (RFC 5321 section 4.5.3.1.6).
pub const MAX_LINE: usize = 998;

/// A message as it goes out: CRLF line ends, no dots stuffed.
///
/// What [`Content::open`] gives is read once for every attempt, and is the same each time.
pub trait Content: Send + Sync {
    /// Octets, as SIZE and BDAT count them (RFC 1870 section 5).
    fn size(&self) -> u64;

    /// What a server must be able to take.
    fn kind(&self) -> Kind;

    /// Whether its header is not ASCII (RFC 6532), so that it can be sent only with SMTPUTF8.
    fn needs_smtputf8(&self) -> bool;

    /// The octets from the start.
    fn open(&self) -> Result<Box<dyn Read + Send + '_>>;
}

/// What a server must be able to take (RFC 6152, RFC 3030).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// ASCII in lines of at most [`MAX_LINE`] octets: everybody.
    SevenBit,
    /// Octets above 127 in such lines: 8BITMIME.
    EightBit,
    /// NUL, a CR or LF that is no line end, or longer lines: BINARYMIME.
    Binary,
}

impl Kind {
    /// The kind of these octets.
    pub fn of(octets: &[u8]) -> Self {
        let mut kind = Self::SevenBit;
        for line in octets.split_inclusive(|&byte| byte == b'\n') {
            let text = match line {
                [text @ .., b'\r', b'\n'] => text,
                // Only the last line may lack its end.
                [.., b'\n'] => return Self::Binary,
                text => text,
            };
            if text.len() > MAX_LINE || memchr::memchr2(b'\r', 0, text).is_some() {
                return Self::Binary;
            }
            if !text.is_ascii() {
                kind = Self::EightBit;
            }
        }
        kind
    }
}

/// A message in memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Octets {
    octets: Vec<u8>,
    kind: Kind,
    utf8_header: bool,
}

impl Octets {
    /// A message from its octets, whose lines end with CRLF.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        let octets = octets.into();
        let header = match memchr::memmem::find(&octets, b"\r\n\r\n") {
            Some(end) => octets.get(..end).unwrap_or_default(),
            None => &octets,
        };
        let utf8_header = !header.is_ascii();
        Self { kind: Kind::of(&octets), utf8_header, octets }
    }
}

impl Content for Octets {
    fn size(&self) -> u64 {
        self.octets.len() as u64
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn needs_smtputf8(&self) -> bool {
        self.utf8_header
    }

    fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(self.octets.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let long = "x".repeat(MAX_LINE);
        for (text, kind) in [
            ("", Kind::SevenBit),
            ("a: b\r\n\r\nc\r\n", Kind::SevenBit),
            ("no end", Kind::SevenBit),
            ("ä\r\n", Kind::EightBit),
            ("ä\r\nb\n", Kind::Binary),
            ("a\rb\r\n", Kind::Binary),
            ("a\r\r\n", Kind::Binary),
            ("a\r", Kind::Binary),
            ("\n", Kind::Binary),
            ("a\0b\r\n", Kind::Binary),
            (&format!("{long}\r\n{long}"), Kind::SevenBit),
            (&format!("{long}x\r\n"), Kind::Binary),
        ] {
            assert_eq!(Kind::of(text.as_bytes()), kind, "{text:?}");
        }
    }

    #[test]
    fn only_the_header_asks_for_utf8() {
        assert!(Octets::new("Subject: ä\r\n\r\nx").needs_smtputf8());
        assert!(!Octets::new("Subject: a\r\n\r\nä").needs_smtputf8());
        let octets = Octets::new("Subject: a\r\n\r\nä\r\n");
        let mut read = Vec::new();
        octets.open().unwrap().read_to_end(&mut read).unwrap();
        assert_eq!((read.len() as u64, octets.kind()), (octets.size(), Kind::EightBit));
    }
}
