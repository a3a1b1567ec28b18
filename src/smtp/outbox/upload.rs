//! A message on its way into the wire, in pieces.

use std::io::{self, Read};

use crate::error::{Error, Result};
use crate::smtp::content::Content;
use crate::wire::DotEncoder;

/// How much of a message is held at once.
pub(in crate::smtp) const PIECE: usize = 64 * 1024;

/// How a message's end is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::smtp) enum Framing {
    /// By a lone dot; dots at the start of lines are doubled (RFC 5321 section 4.5.2).
    Dots,
    /// By its size, told before (RFC 3030).
    Counted,
}

/// A content being read: exactly as many octets as it announced, or an error.
pub(in crate::smtp) struct Body<'c> {
    reader: Box<dyn Read + Send + 'c>,
    left: u64,
    framing: Option<DotEncoder>,
    ended: bool,
    raw: Vec<u8>,
    framed: Vec<u8>,
}

impl<'c> Body<'c> {
    pub(in crate::smtp) fn open(content: &'c dyn Content, framing: Framing) -> Result<Self> {
        let framing = match framing {
            Framing::Dots => Some(DotEncoder::default()),
            Framing::Counted => None,
        };
        let (reader, left) = (content.open()?, content.size());
        Ok(Self { reader, left, framing, ended: false, raw: Vec::new(), framed: Vec::new() })
    }

    /// How many octets of the content are still to come.
    pub(in crate::smtp) fn left(&self) -> u64 {
        self.left
    }

    /// The next piece, framed; with the last one comes the end. `None` behind that.
    pub(in crate::smtp) fn next(&mut self) -> Result<Option<&[u8]>> {
        self.at_most(u64::MAX)
    }

    /// As [`Body::next`], with no more than so many octets of the content.
    pub(in crate::smtp) fn at_most(&mut self, most: u64) -> Result<Option<&[u8]>> {
        if self.ended {
            return Ok(None);
        }
        let most = usize::try_from(self.left.min(most)).unwrap_or(PIECE).min(PIECE);
        self.raw.resize(most, 0);
        self.reader.read_exact(&mut self.raw).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => changed(),
            _ => unreadable(error),
        })?;
        self.left -= most as u64;
        if self.left == 0 {
            // The end is told only of a message that is the one that was measured.
            let mut surplus = Vec::new();
            if self.reader.by_ref().take(1).read_to_end(&mut surplus).map_err(unreadable)? > 0 {
                return Err(changed());
            }
            self.ended = true;
        }
        let Some(encoder) = &mut self.framing else { return Ok(Some(&self.raw)) };
        self.framed.clear();
        encoder.encode(&self.raw, &mut self.framed)?;
        if self.ended {
            std::mem::take(encoder).finish(&mut self.framed)?;
        }
        Ok(Some(&self.framed))
    }
}

fn unreadable(source: io::Error) -> Error {
    // A content may carry one of our own errors through io::Error.
    match source.downcast::<Error>() {
        Ok(error) => error,
        Err(source) => Error::io("reading the message", source),
    }
}

fn changed() -> Error {
    Error::io("reading the message", io::Error::other("its size is not what it was: it was changed meanwhile"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::content::Kind;

    struct Liar(u64, &'static [u8]);

    impl Content for Liar {
        fn size(&self) -> u64 {
            self.0
        }

        fn kind(&self) -> Kind {
            Kind::SevenBit
        }

        fn needs_smtputf8(&self) -> bool {
            false
        }

        fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
            Ok(Box::new(self.1))
        }
    }

    #[test]
    fn the_end_is_told_only_of_what_was_measured() {
        for framing in [Framing::Dots, Framing::Counted] {
            for size in [2, 4, 1_000_000] {
                let liar = Liar(size, b"a\r\n");
                let mut body = Body::open(&liar, framing).unwrap();
                let error = loop {
                    match body.next() {
                        Ok(piece) => assert!(piece.is_some_and(|piece| !piece.ends_with(b".\r\n"))),
                        Err(error) => break error,
                    }
                };
                assert!(matches!(error, Error::Storage { .. }), "{error}");
            }
            let honest = Liar(3, b"a\r\n");
            let mut body = Body::open(&honest, framing).unwrap();
            let wire: &[u8] = if framing == Framing::Dots { b"a\r\n.\r\n" } else { b"a\r\n" };
            assert_eq!(body.next().unwrap(), Some(wire));
            assert_eq!(body.next().unwrap(), None);
        }
    }

    #[test]
    fn nothing_has_an_end_too() {
        let empty = Liar(0, b"");
        assert_eq!(Body::open(&empty, Framing::Counted).unwrap().next().unwrap(), Some(&b""[..]));
        assert!(Body::open(&empty, Framing::Dots).unwrap().next().unwrap().unwrap().ends_with(b".\r\n"));
    }
}
