//! Multi-line data with stuffed dots (RFC 1939 section 3, RFC 5321 section 4.5.2): decoding that ends only at CRLF `.`
//! CRLF, and encoding that lets only that through.

use crate::error::{Error, Result};

/// The line ends that data is decoded to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineEnd {
    /// CRLF becomes LF; nothing else changes.
    Lf,
    /// As received.
    CrLf,
}

/// Whether the data is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// More is to come.
    More,
    /// The terminator has been consumed.
    Done,
}

/// Takes dot-stuffed octets apart, in pieces of any size.
///
/// Only CRLF ends a line: after a lone LF or CR a dot is data, so a message that holds one cannot end its own transfer.
#[derive(Clone, Debug)]
pub struct DotDecoder {
    line_start: bool,
    octets: u64,
}

impl Default for DotDecoder {
    fn default() -> Self {
        Self { line_start: true, octets: 0 }
    }
}

impl DotDecoder {
    /// Decoded octets so far, line ends counted as CRLF where they were.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Appends what `input` decodes to. Returns how much of it was used; what is left must come again in front of
    /// the next piece, and is never more than two octets unless the data is over.
    pub fn decode(&mut self, input: &[u8], line_end: LineEnd, out: &mut Vec<u8>) -> (usize, Step) {
        let mut rest = input;
        loop {
            if self.line_start {
                match rest {
                    [b'.', b'\r', b'\n', after @ ..] => return (input.len() - after.len(), Step::Done),
                    [] | [b'.'] | [b'.', b'\r'] => return (input.len() - rest.len(), Step::More),
                    [b'.', after @ ..] => rest = after,
                    _ => {}
                }
                self.line_start = false;
            }
            let Some(at) = memchr::memchr(b'\n', rest) else {
                // A CR may be half of a line end: it stays until its neighbour is here.
                let (sure, held) = match rest {
                    [sure @ .., b'\r'] => (sure, 1),
                    sure => (sure, 0),
                };
                self.push(sure, out);
                return (input.len() - held, Step::More);
            };
            let (line, after) = rest.split_at(at + 1);
            match line {
                [text @ .., b'\r', b'\n'] => {
                    self.line_start = true;
                    self.octets += line.len() as u64;
                    match line_end {
                        LineEnd::CrLf => out.extend_from_slice(line),
                        LineEnd::Lf => {
                            out.extend_from_slice(text);
                            out.push(b'\n');
                        }
                    }
                }
                bare => self.push(bare, out),
            }
            rest = after;
        }
    }

    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.octets += bytes.len() as u64;
        out.extend_from_slice(bytes);
    }
}

/// Stuffs dots (RFC 5321 section 4.5.2), in pieces of any size.
///
/// Only text in lines that end with CRLF passes: a lone CR or LF, which servers take for different things, would let a
/// message end its own transfer at some of them and smuggle in another.
#[derive(Clone, Debug, Default)]
pub struct DotEncoder {
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Place {
    #[default]
    LineStart,
    InLine,
    /// A CR came that is not passed on before its LF is here.
    BehindCr,
}

impl DotEncoder {
    /// Appends what `input` encodes to.
    ///
    /// Fails with [`Error::InvalidInput`] on a CR or LF that is not part of a CRLF. The transfer cannot be ended in order
    /// then: the connection must be dropped.
    pub fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut rest = input;
        while let Some(&first) = rest.first() {
            match (self.place, first) {
                (Place::BehindCr, b'\n') => {
                    out.extend_from_slice(b"\r\n");
                    self.place = Place::LineStart;
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                (Place::BehindCr, _) => return Err(bare()),
                (Place::LineStart, b'.') => out.push(b'.'),
                _ => {}
            }
            let Some(at) = memchr::memchr2(b'\r', b'\n', rest) else {
                out.extend_from_slice(rest);
                self.place = Place::InLine;
                return Ok(());
            };
            let (text, end) = rest.split_at(at);
            out.extend_from_slice(text);
            (self.place, rest) = match end {
                [b'\r'] => (Place::BehindCr, [].as_slice()),
                [b'\r', b'\n', after @ ..] => {
                    out.extend_from_slice(b"\r\n");
                    (Place::LineStart, after)
                }
                _ => return Err(bare()),
            };
        }
        Ok(())
    }

    /// Appends the end of the data: CRLF `.` CRLF, whose first CRLF is the message's own if it ends with one.
    ///
    /// Fails with [`Error::InvalidInput`] if the last octet was a lone CR.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<()> {
        match self.place {
            Place::LineStart => out.extend_from_slice(b".\r\n"),
            Place::InLine => out.extend_from_slice(b"\r\n.\r\n"),
            Place::BehindCr => return Err(bare()),
        }
        Ok(())
    }
}

fn bare() -> Error {
    Error::InvalidInput("the message holds a CR or LF that is no line end".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(input: &[u8], line_end: LineEnd) -> Option<(Vec<u8>, usize)> {
        let mut out = Vec::new();
        let mut decoder = DotDecoder::default();
        match decoder.decode(input, line_end, &mut out) {
            (used, Step::Done) => Some((out, used)),
            (_, Step::More) => None,
        }
    }

    /// Feeds pieces of the given sizes, as a stream buffer would.
    fn decode_in_pieces(input: &[u8], sizes: &[usize], line_end: LineEnd) -> Option<(Vec<u8>, usize, u64)> {
        let mut out = Vec::new();
        let mut decoder = DotDecoder::default();
        let (mut start, mut end, mut sizes) = (0, 0, sizes.iter().cycle());
        loop {
            let (used, step) = decoder.decode(&input[start..end], line_end, &mut out);
            start += used;
            if step == Step::Done {
                return Some((out, start, decoder.octets()));
            }
            assert!(end - start <= 2);
            if end == input.len() {
                return None;
            }
            end = (end + sizes.next().unwrap()).min(input.len());
        }
    }

    fn stuff(message: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        let mut line_start = true;
        for (i, &byte) in message.iter().enumerate() {
            if line_start && byte == b'.' {
                wire.push(b'.');
            }
            wire.push(byte);
            line_start = byte == b'\n' && i > 0 && message[i - 1] == b'\r';
        }
        wire.extend_from_slice(if line_start { b".\r\n" } else { b"\r\n.\r\n" });
        wire
    }

    #[test]
    fn only_crlf_dot_crlf_ends_the_data() {
        for text in ["a\n.\nb\r\n", "a\n.\r\nb\r\n", "a\r.\rb\r\n", "a\r\n.\nb\r\n", "a\r\n.\rb\r\n", "a\r\n. \r\n"] {
            assert_eq!(decode(text.as_bytes(), LineEnd::CrLf), None, "{text:?}");
        }
        assert_eq!(decode(b".\r\n+OK", LineEnd::CrLf), Some((vec![], 3)));
        assert_eq!(decode(b"a\r\n.\r\n+OK", LineEnd::Lf), Some((b"a\n".to_vec(), 6)));
    }

    #[test]
    fn one_leading_dot_is_taken_off() {
        assert_eq!(decode(b"..\r\n..a\r\n.b\r\n.\r\n", LineEnd::Lf).unwrap().0, b".\n.a\nb\n");
        // A dot after a bare LF is not at a line's start.
        assert_eq!(decode(b"x\n..y\r\n.\r\n", LineEnd::Lf).unwrap().0, b"x\n..y\n");
    }

    #[test]
    fn nothing_but_crlf_changes() {
        assert_eq!(decode(b"a\rb\nc\0\xff\r\r\n.\r\n", LineEnd::Lf).unwrap().0, b"a\rb\nc\0\xff\r\n");
        assert_eq!(decode(b"a\rb\nc\0\xff\r\r\n.\r\n", LineEnd::CrLf).unwrap().0, b"a\rb\nc\0\xff\r\r\n");
    }

    fn encode(pieces: &[&[u8]]) -> Result<Vec<u8>> {
        let (mut encoder, mut out) = (DotEncoder::default(), Vec::new());
        for piece in pieces {
            encoder.encode(piece, &mut out)?;
        }
        encoder.finish(&mut out).map(|()| out)
    }

    #[test]
    fn the_end_adds_no_empty_line() {
        for (text, wire) in [
            ("", ".\r\n"),
            ("a", "a\r\n.\r\n"),
            ("a\r\n", "a\r\n.\r\n"),
            ("a\r\n\r\n", "a\r\n\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            ("..a\r\n\r\n.b.c", "...a\r\n\r\n..b.c\r\n.\r\n"),
        ] {
            assert_eq!(encode(&[text.as_bytes()]).unwrap(), wire.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_could_end_a_transfer_early_does_not_pass() {
        for text in [
            "a\n.\r\n",
            "a\n.\n",
            "a\r.\r",
            "a\r\n.\r",
            "a\r.\r\n",
            "a\r\n.\n",
            "a\r\r\n.\r\n",
            "\n",
            "\r",
            "a\r\n\r",
            "\n\r\n",
        ] {
            for cut in 0..=text.len() {
                let (one, two) = text.as_bytes().split_at(cut);
                assert!(matches!(encode(&[one, two]), Err(Error::InvalidInput(_))), "{text:?} at {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself_in_any_pieces(
            lines in proptest::collection::vec("[.]{0,3}[^\r\n]{0,12}", 0..12),
            sizes in proptest::collection::vec(1usize..9, 1..8),
        ) {
            let message: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect();
            let (mut pieces, mut rest, mut next) = (Vec::new(), message.as_slice(), sizes.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*next.next().unwrap()).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            let wire = encode(&pieces).unwrap();
            prop_assert_eq!(&wire, &stuff(&message));
            let (decoded, used, _) = decode_in_pieces(&wire, &sizes, LineEnd::CrLf).unwrap();
            prop_assert_eq!(decoded, message);
            prop_assert_eq!(used, wire.len(), "the end is at the end");
        }

        #[test]
        fn whatever_is_encoded_ends_once(
            message in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..60),
            cut in 0usize..60,
        ) {
            let (one, two) = message.split_at(cut.min(message.len()));
            if let Ok(wire) = encode(&[one, two]) {
                let (_, used) = decode(&wire, LineEnd::CrLf).unwrap();
                prop_assert_eq!(used, wire.len());
                for pair in wire.windows(2) {
                    prop_assert_eq!(pair[0] == b'\r', pair[1] == b'\n');
                }
            }
        }

        #[test]
        fn inverse_of_stuffing_in_any_pieces(
            message in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..200),
            sizes in proptest::collection::vec(1usize..9, 1..8),
        ) {
            let wire = stuff(&message);
            let mut expected = message.clone();
            if !(message.is_empty() || message.ends_with(b"\r\n")) {
                expected.extend_from_slice(b"\r\n");
            }
            let (exact, used, octets) = decode_in_pieces(&wire, &sizes, LineEnd::CrLf).unwrap();
            prop_assert_eq!(&exact, &expected);
            prop_assert_eq!(used, wire.len());
            prop_assert_eq!(octets, expected.len() as u64);
            let (lf, _, lf_octets) = decode_in_pieces(&wire, &sizes, LineEnd::Lf).unwrap();
            prop_assert_eq!(lf_octets, octets);
            let mut whole = Vec::new();
            DotDecoder::default().decode(&wire, LineEnd::Lf, &mut whole);
            prop_assert_eq!(lf, whole);
        }
    }
}
