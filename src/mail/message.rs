//! A message as it goes out, read from any text that means one.

use std::io::{Cursor, Read};

use super::body::{Body, BodyWriter, LONGEST_LINE, without_crs};
use super::field::{Header, is_continuation, is_field};
use super::lines::{Lines, Piece};
use super::media_type::MediaType;
use crate::error::{Error, Result};

/// The most a header may take.
const HEADER_OCTETS: u64 = 1024 * 1024;
const HEADER_FIELDS: usize = 10_000;

/// U+FEFF in UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A header and a body of any size; a clone shares the body.
#[derive(Clone, Debug)]
pub struct Message {
    /// The fields, to be changed freely.
    pub header: Header,
    body: Body,
}

/// How a text is read as a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// What a line with a lone dot means.
    pub dot: Dot,
}

/// What a line with a lone dot means.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dot {
    /// The end of the message, as in sendmail(8) without `-i`.
    Ends,
    /// Itself.
    #[default]
    Data,
}

/// What a message needs of a transport (RFC 2045 section 2.7 to 2.9).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// ASCII in lines of at most 998 octets.
    SevenBit,
    /// The same with other octets too.
    EightBit,
    /// There are NULs, CRs without LF or longer lines.
    Binary,
}

/// What is special about a message. Lines are counted from 1 in the text as it was read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// There are octets that are not ASCII, in the header or behind it.
    pub eight_bit: bool,
    /// The first line with a NUL.
    pub nul: Option<u64>,
    /// The first line with a CR that is not part of its end.
    pub bare_cr: Option<u64>,
    /// The first line of more than 998 octets.
    pub long_line: Option<u64>,
    /// Someone vouches for its octets: a DKIM or ARC signature, S/MIME or OpenPGP.
    pub is_signed: bool,
}

impl Message {
    /// Reads a message to the end of the input, or to a lone dot if that [ends](Dot::Ends) it.
    ///
    /// LF and CRLF end lines, mixed as they may be; all CRs before an LF belong to the line end. mbox separators (`From `,
    /// `>From `) in front of the header are dropped. A text that does not begin with a header becomes the body under an
    /// empty one, and a line in the header that is neither a field nor a continuation begins the body. A byte order mark
    /// (U+FEFF in UTF-8, as editors write it) in front of a header or an mbox separator is dropped, since it would make
    /// the whole header text. NULs, other CRs and long lines stay: see [`facts`](Self::facts) and
    /// [`repaired`](Self::repaired).
    ///
    /// A body of more than 256 KiB waits in a file without a name in `TMPDIR`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a header of more than 1 MiB or 10,000 fields, [`Error::Storage`] if reading or the
    /// temporary file fails.
    pub fn read(input: &mut dyn Read, reading: &Reading) -> Result<Self> {
        let mut reader = Reader { lines: Lines::new(input), dot: reading.dot, line: 1 };
        let mut header = Header::default();
        let mut body = reader.header(&mut header)?;
        if let Some(body) = &mut body {
            reader.body(body)?;
        }
        Ok(Self { header, body: body.unwrap_or_else(|| BodyWriter::at_line(reader.line)).finish()? })
    }

    /// A message of a header and a body.
    pub fn new(header: Header, body: Body) -> Self {
        Self { header, body }
    }

    /// The text behind the header.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Its length in octets as it goes out, without stuffed dots and terminator (RFC 1870 section 5).
    pub fn size(&self) -> u64 {
        self.header.size().saturating_add(2).saturating_add(self.body.size())
    }

    /// What it needs of a transport.
    pub fn kind(&self) -> Kind {
        let facts = self.facts();
        if facts.nul.or(facts.bare_cr).or(facts.long_line).is_some() {
            Kind::Binary
        } else if facts.eight_bit {
            Kind::EightBit
        } else {
            Kind::SevenBit
        }
    }

    /// Whether the header has octets that are not ASCII (RFC 6532).
    pub fn needs_smtputf8(&self) -> bool {
        self.header.fields().iter().any(super::Field::is_eight_bit)
    }

    /// Its octets, with CRLF line ends, the last one included; no dot is stuffed. May be opened any number of times.
    ///
    /// # Errors
    ///
    /// None now; reading from a temporary file may fail later.
    pub fn open(&self) -> Result<Box<dyn Read + Send + '_>> {
        let mut header = self.header.to_bytes();
        header.extend_from_slice(b"\r\n");
        Ok(Box::new(Cursor::new(header).chain(self.body.open(0))))
    }

    /// What is special about it as it stands now.
    pub fn facts(&self) -> Facts {
        let body = self.body.traits();
        let mut facts = Facts {
            eight_bit: body.eight_bit.is_some() || self.needs_smtputf8(),
            is_signed: self.signature().is_some(),
            ..Facts::default()
        };
        let fields = self.header.fields().iter();
        let lines = fields.flat_map(|field| field.raw().split_inclusive(|octet| *octet == b'\n'));
        for (line, text) in (1..).zip(lines) {
            let text = text.strip_suffix(b"\r\n").unwrap_or(text);
            let note = |found: bool, place: &mut Option<u64>| {
                if found && place.is_none() {
                    *place = Some(line);
                }
            };
            note(memchr::memchr(0, text).is_some(), &mut facts.nul);
            note(memchr::memchr(b'\r', text).is_some(), &mut facts.bare_cr);
            note(text.len() as u64 > LONGEST_LINE, &mut facts.long_line);
        }
        facts.nul = facts.nul.or(body.nul);
        facts.bare_cr = facts.bare_cr.or(body.bare_cr);
        facts.long_line = facts.long_line.or(body.long_line);
        facts
    }

    /// Removes `Bcc` and `Resent-Bcc` in every spelling (RFC 5322 section 3.6.3); says how many fields that were.
    pub fn strip_bcc(&mut self) -> usize {
        self.header.remove("Bcc") + self.header.remove("Resent-Bcc")
    }

    /// Removes what only a delivered message has: `Return-Path` (RFC 5321 section 4.4) and `Content-Length`, which would
    /// be wrong.
    pub fn strip_delivery_fields(&mut self) -> usize {
        self.header.remove("Return-Path") + self.header.remove("Content-Length")
    }

    /// What vouches for the message's octets, by name.
    pub(crate) fn signature(&self) -> Option<&'static str> {
        self.header_signature().or_else(|| self.content_signature())
    }

    /// What vouches for header and body.
    pub(crate) fn header_signature(&self) -> Option<&'static str> {
        ["DKIM-Signature", "ARC-Message-Signature"].into_iter().find(|name| self.header.has(name))
    }

    fn content_signature(&self) -> Option<&'static str> {
        self.header.get("Content-Type").and_then(|field| MediaType::parse(field.body()).seal())
    }
}

struct Reader<'a> {
    lines: Lines<'a>,
    dot: Dot,
    /// The number of the line that comes next.
    line: u64,
}

impl Reader<'_> {
    /// Reads the header; the body that begins behind it, with the line that ended the header if that was text.
    /// `None` if the input is over.
    fn header(&mut self, header: &mut Header) -> Result<Option<BodyWriter>> {
        // mbox separators, if a field follows them: else they are text.
        let mut separators: Vec<Vec<u8>> = Vec::new();
        let mut size = 0u64;
        while let Some(piece) = self.lines.next()? {
            if ends(self.dot, &piece) {
                return Ok(None);
            }
            let text = if piece.last { without_crs(piece.text) } else { piece.text };
            let unmarked = text.strip_prefix(BYTE_ORDER_MARK).filter(|_| header.is_empty() && separators.is_empty());
            let text = unmarked.filter(|text| is_field(text)).unwrap_or(text);
            if header.is_empty() && piece.last && is_separator(unmarked.unwrap_or(text)) && separators.len() < 2 {
                separators.push(piece.text.to_vec());
                self.line += 1;
                continue;
            }
            if text.is_empty() && piece.last && separators.is_empty() {
                self.line += 1;
                return Ok(Some(BodyWriter::at_line(self.line)));
            }
            if !is_field(text) && (header.is_empty() || !is_continuation(text)) {
                let mut body = BodyWriter::at_line(self.line.saturating_sub(separators.len() as u64));
                for separator in separators {
                    body.piece(&separator, true)?;
                }
                body.piece(piece.text, piece.last)?;
                return Ok(Some(body));
            }
            separators.clear();
            size = size.saturating_add(text.len() as u64);
            let mut line = text.to_vec();
            let mut last = piece.last;
            while !last && size <= HEADER_OCTETS {
                let Some(piece) = self.lines.next()? else { break };
                size = size.saturating_add(piece.text.len() as u64);
                line.extend_from_slice(piece.text);
                last = piece.last;
            }
            header.take_line(without_crs(&line));
            self.line += 1;
            if size > HEADER_OCTETS || header.fields().len() > HEADER_FIELDS {
                return Err(too_large());
            }
        }
        if separators.is_empty() {
            return Ok(None);
        }
        let mut body = BodyWriter::default();
        for separator in separators {
            body.piece(&separator, true)?;
        }
        Ok(Some(body))
    }

    fn body(&mut self, body: &mut BodyWriter) -> Result<()> {
        while let Some(piece) = self.lines.next()? {
            if ends(self.dot, &piece) {
                break;
            }
            body.piece(piece.text, piece.last)?;
        }
        Ok(())
    }
}

fn ends(dot: Dot, piece: &Piece<'_>) -> bool {
    dot == Dot::Ends && piece.first && piece.last && without_crs(piece.text) == b"."
}

/// `From : x` is a field.
fn is_separator(line: &[u8]) -> bool {
    !is_field(line) && (line.starts_with(b"From ") || line.starts_with(b">From "))
}

fn too_large() -> Error {
    Error::InvalidInput(format!(
        "the message's header is larger than {} KiB or has more than {HEADER_FIELDS} fields",
        HEADER_OCTETS / 1024
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_with(text: &[u8], dot: Dot) -> Message {
        Message::read(&mut &text[..], &Reading { dot }).unwrap()
    }

    fn read(text: &[u8]) -> Message {
        read_with(text, Dot::Data)
    }

    fn bytes(message: &Message) -> Vec<u8> {
        let mut bytes = Vec::new();
        message.open().unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, message.size());
        bytes
    }

    #[test]
    fn line_ends_become_crlf() {
        let canonical = b"A: b\r\n c\r\n\r\nd\r\n\r\n.\r\ne\r\n";
        for text in [
            &b"A: b\n c\n\nd\n\n.\ne\n"[..],
            b"A: b\r\n c\r\n\r\nd\r\n\r\n.\r\ne\r\n",
            b"A: b\r\r\n c\r\r\n\r\r\nd\r\r\n\r\r\n.\r\r\ne",
            b"A: b\n c\r\n\nd\r\n\r\r\n.\ne\r",
        ] {
            assert_eq!(bytes(&read(text)), canonical);
        }
    }

    #[test]
    fn what_could_end_a_transfer_elsewhere_stays_where_it_was() {
        for (text, out) in [
            (&b"\nLF\n.\nx"[..], &b"\r\nLF\r\n.\r\nx\r\n"[..]),
            (b"\nLF\n.\r\nx", b"\r\nLF\r\n.\r\nx\r\n"),
            (b"\nCR\r.\rx", b"\r\nCR\r.\rx\r\n"),
            (b"\nCRLF\r\n.\rx", b"\r\nCRLF\r\n.\rx\r\n"),
            (b"\nCR\r.\r\nx", b"\r\nCR\r.\r\nx\r\n"),
        ] {
            assert_eq!(bytes(&read(text)), out);
        }
        assert_eq!(read(b"\nCR\r.\rx").kind(), Kind::Binary);
        assert_eq!(read(b"\nCRLF\r\n.\rx").facts().bare_cr, Some(3));
    }

    #[test]
    fn a_lone_dot_ends_if_asked() {
        let text = b"A: b\n\nx\n..\n .\n.\nrest\n";
        assert_eq!(bytes(&read_with(text, Dot::Ends)), b"A: b\r\n\r\nx\r\n..\r\n .\r\n");
        assert_eq!(bytes(&read_with(b"A: b\r\n.\r\nrest\r\n", Dot::Ends)), b"A: b\r\n\r\n");
        assert_eq!(bytes(&read_with(b"A: b\n\nx\n.", Dot::Ends)), b"A: b\r\n\r\nx\r\n");
        assert_eq!(bytes(&read(b".\n")), b"\r\n.\r\n");
    }

    #[test]
    fn text_without_a_header_is_the_body() {
        assert_eq!(bytes(&read(b"hello\nBcc: x\n")), b"\r\nhello\r\nBcc: x\r\n");
        assert_eq!(bytes(&read(b" Bcc: x\n")), b"\r\n Bcc: x\r\n");
        assert_eq!(bytes(&read(b"\nBcc: x\n")), b"\r\nBcc: x\r\n");
        assert_eq!(bytes(&read(b"A: b\nhello\n\nC: d\n")), b"A: b\r\n\r\nhello\r\n\r\nC: d\r\n");
        assert_eq!(bytes(&read(b"")), b"\r\n");
        assert_eq!(bytes(&read(b"\n")), b"\r\n");
        assert_eq!(bytes(&read(b"\n\n")), b"\r\n\r\n");
        assert_eq!(bytes(&read(b"A: b")), b"A: b\r\n\r\n");
        let line = vec![b'x'; 2 << 20];
        assert_eq!(read(&line).size(), (2 << 20) + 4);
    }

    #[test]
    fn a_byte_order_mark_hides_no_header() {
        for text in ["\u{feff}A: b\n\nx\n", "\u{feff}A : b\r\n\r\nx", "\u{feff}From a@b now\nA: b\n\nx\n"] {
            let message = read(text.as_bytes());
            assert_eq!(message.header.get("A").map(crate::mail::Field::body), Some(&b" b"[..]), "{text:?}");
            assert!(!message.facts().eight_bit, "{text:?}");
        }
        // Where no header follows, it is text.
        for text in
            ["\u{feff}hello\r\n", "\u{feff}\r\n", "\u{feff}From today on\r\nall is new\r\n", "A: b\r\n\u{feff}C: d\r\n"]
        {
            let message = read(text.as_bytes());
            assert!(
                String::from_utf8(bytes(&message)).unwrap().ends_with(text.trim_start_matches("A: b\r\n")),
                "{text:?}"
            );
        }
    }

    #[test]
    fn mbox_separators_are_dropped_and_text_that_looks_like_one_is_not() {
        let separator = b"From a@b Thu Jan  1 00:00:00 1970\n>From c\nA: b\n\nFrom x\n";
        assert_eq!(bytes(&read(separator)), b"A: b\r\n\r\nFrom x\r\n");
        for text in
            ["From today on\n", "From today on\n\nx\n", "From a\nFrom b\nFrom c\n", "From today on\nall is new\n"]
        {
            let expected = format!("\r\n{}", text.replace('\n', "\r\n"));
            assert_eq!(bytes(&read(text.as_bytes())), expected.as_bytes());
        }
    }

    #[test]
    fn a_header_has_limits() {
        let refused =
            |text: Vec<u8>| matches!(Message::read(&mut &text[..], &Reading::default()), Err(Error::InvalidInput(_)));
        assert!(refused([b"A: ", &vec![b'x'; 2 << 20][..], b"\n\n"].concat()));
        assert!(refused([&b"A: x\n "[..], &vec![b'x'; 2 << 20][..]].concat()));
        assert!(refused(b"A:\n".repeat(10_001)));
        assert!(!refused(b"A:\n".repeat(10_000)));
        assert!(!refused([b"A: ", &vec![b'x'; 1 << 19][..], b"\n\n"].concat()));
    }

    #[test]
    fn facts_come_from_header_and_body() {
        assert_eq!(read(b"A: b\n\nx\n").facts(), Facts::default());
        assert_eq!(read(b"A: b\n\nx\n").kind(), Kind::SevenBit);
        let message = read("A: ä\n\nx\n".as_bytes());
        assert!(message.needs_smtputf8() && message.facts().eight_bit);
        let message = read("A: b\n\nä\n".as_bytes());
        assert!(!message.needs_smtputf8() && message.kind() == Kind::EightBit);
        assert_eq!(read(b"A: b\nC: d\re\n\n\rx\n").facts().bare_cr, Some(2));
        assert_eq!(read(b"A: b\n\nC\nd\0\n").facts().nul, Some(4));
        let long = [b"A: b\n c\n\n".to_vec(), vec![b'x'; 999]].concat();
        assert_eq!(read(&long).facts().long_line, Some(4));
    }

    #[test]
    fn signatures_are_known() {
        for field in [
            "DKIM-signature : v=1",
            "ARC-Message-Signature: i=1",
            "Content-Type: Multipart/Signed; boundary=x",
            "Content-Type: multipart/encrypted; boundary=x",
            "content-type: application/pkcs7-mime; name=smime.p7m",
        ] {
            assert!(read(format!("{field}\n\nx").as_bytes()).facts().is_signed, "{field}");
        }
        assert!(!read(b"Content-Type: multipart/mixed; boundary=signed\n\n").facts().is_signed);
    }

    #[test]
    fn an_input_that_fails_is_no_message() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
        let read = Message::read(&mut (&b"A: b\n\nx"[..]).chain(Failing), &Reading::default());
        assert!(matches!(read, Err(Error::Storage { .. })));
    }

    #[test]
    fn lines_longer_than_any_buffer_keep_their_ends() {
        for around in [1 << 18, 1 << 19] {
            for length in around - 3..around + 3 {
                let line = vec![b'x'; length];
                for end in [&b"\r\n"[..], b"\r\r\n", b"\r"] {
                    let message = read(&[b"\n", &line[..], end, b".\n"].concat());
                    let expected = match end {
                        b"\r" => [b"\r\n", &line[..], b"\r.\r\n"].concat(),
                        _ => [b"\r\n", &line[..], b"\r\n.\r\n"].concat(),
                    };
                    assert!(bytes(&message) == expected, "{length} {end:?}");
                    assert_eq!(message.facts().bare_cr.is_some(), end == b"\r");
                }
            }
        }
    }

    fn octets() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\n".to_vec()),
            Just(b"\r".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b".".to_vec()),
            Just(b"From ".to_vec()),
            Just(b"Bcc".to_vec()),
            Just(b": ".to_vec()),
            prop::collection::vec(any::<u8>(), 0..6),
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn only_crlf_ends_lines_and_no_text_is_lost(text in octets()) {
            let message = read(&text);
            let out = bytes(&message);
            prop_assert!(out.ends_with(b"\r\n"));
            for (at, _) in out.iter().enumerate().filter(|(_, octet)| **octet == b'\n') {
                prop_assert!(at > 0 && out[at - 1] == b'\r');
            }
            // Lines without the CRs at their ends; separators may be gone, and an empty line may have come.
            let lines = |text: &[u8]| -> Vec<Vec<u8>> {
                text.split(|octet| *octet == b'\n').map(|line| without_crs(line).to_vec()).filter(|line| !line.is_empty()).collect()
            };
            let (given, got) = (lines(&text), lines(&out));
            let dropped = given.len() - got.len();
            prop_assert!(given.ends_with(&got));
            prop_assert!(given[..dropped].iter().all(|line| line.starts_with(b"From ") || line.starts_with(b">From ")));
            prop_assert!(dropped == 0 || !message.header.is_empty());
        }

        #[test]
        fn reading_again_changes_nothing(text in octets()) {
            let once = bytes(&read(&text));
            let header = read(&text).header;
            // Without a header the empty line in front is part of neither.
            let again = read(&once);
            prop_assert_eq!(&again.header, &header);
            prop_assert_eq!(bytes(&again), once);
        }

        #[test]
        fn no_bcc_is_left(
            before in "([AC-Z][a-z]{0,5}: [a-z]{0,5}\n){0,3}",
            name in "[Bb][Cc][Cc]|[Rr][Ee][Ss][Ee][Nn][Tt]-[Bb][Cc][Cc]",
            blank in "[ \t]{0,3}",
            body in "[ \t]{0,2}secret(\r?\n[ \t]+(secret)?){0,3}",
            after in "([AC-Z][a-z]{0,5}: [a-z]{0,5}\n){0,3}",
        ) {
            let text = format!("{before}{name}{blank}:{body}\n{after}{name}:{body}\n\nbody\n");
            let mut message = read(text.as_bytes());
            prop_assert_eq!(message.strip_bcc(), 2);
            let out = String::from_utf8(bytes(&message)).unwrap();
            prop_assert!(!out.contains("secret"), "{}", out);
            prop_assert_eq!(out, format!("{before}{after}\nbody\n").replace('\n', "\r\n"));
        }
    }
}
