//! Content transfer encodings, RFC 2045 section 6: octets made fit for any transport, piece by piece.

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// How a part's octets are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TransferEncoding {
    SevenBit,
    EightBit,
    QuotedPrintable,
    Base64,
}

impl TransferEncoding {
    /// The value of `Content-Transfer-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// What encodes so.
    pub(super) fn encoder(self) -> Encoder {
        match self {
            Self::SevenBit | Self::EightBit => Encoder::Identity,
            Self::QuotedPrintable => Encoder::QuotedPrintable(QuotedPrintable::default()),
            Self::Base64 => Encoder::Base64(Base64::default()),
        }
    }
}

/// Encodes a stream; what comes out has CRLF line ends.
#[derive(Debug)]
pub(super) enum Encoder {
    Identity,
    QuotedPrintable(QuotedPrintable),
    Base64(Base64),
}

impl Encoder {
    /// Adds what the next octets are encoded as; some may be held back.
    pub(super) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Identity => out.extend_from_slice(octets),
            Self::QuotedPrintable(encoder) => encoder.push(octets, out),
            Self::Base64(encoder) => encoder.push(octets, out),
        }
    }

    /// Adds what was held back.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        match self {
            Self::Identity => {}
            Self::QuotedPrintable(encoder) => encoder.finish(out),
            Self::Base64(encoder) => encoder.finish(out),
        }
    }
}

/// Text as quoted-printable: CRLF ends a line and stays one, every other CR and LF is data (section 6.7).
#[derive(Debug, Default)]
pub(super) struct QuotedPrintable {
    column: usize,
    /// White space that is encoded if the line ends behind it.
    space: Option<u8>,
    /// A CR whose LF has not come yet.
    cr: bool,
}

impl QuotedPrintable {
    /// The longest line, without the `=` of a soft line break.
    const LONGEST: usize = 75;

    fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for octet in octets {
            if std::mem::take(&mut self.cr) {
                if *octet == b'\n' {
                    self.end_line(out);
                    continue;
                }
                self.literal_space(out);
                self.escape(b'\r', out);
            }
            match octet {
                b'\r' => self.cr = true,
                b' ' | b'\t' => {
                    self.literal_space(out);
                    self.space = Some(*octet);
                }
                b'!'..=b'<' | b'>'..=b'~' => {
                    self.literal_space(out);
                    self.literal(*octet, out);
                }
                _ => {
                    self.literal_space(out);
                    self.escape(*octet, out);
                }
            }
        }
    }

    fn finish(mut self, out: &mut Vec<u8>) {
        if let Some(space) = self.space.take() {
            self.escape(space, out);
        }
        if self.cr {
            self.escape(b'\r', out);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        if let Some(space) = self.space.take() {
            self.escape(space, out);
        }
        out.extend_from_slice(b"\r\n");
        self.column = 0;
    }

    fn literal_space(&mut self, out: &mut Vec<u8>) {
        if let Some(space) = self.space.take() {
            self.literal(space, out);
        }
    }

    fn literal(&mut self, octet: u8, out: &mut Vec<u8>) {
        self.make_room(1, out);
        out.push(octet);
    }

    fn escape(&mut self, octet: u8, out: &mut Vec<u8>) {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
        self.make_room(3, out);
        out.extend([b'=', digit(octet >> 4), digit(octet & 15)]);
    }

    fn make_room(&mut self, octets: usize, out: &mut Vec<u8>) {
        if self.column + octets > Self::LONGEST {
            out.extend_from_slice(b"=\r\n");
            self.column = 0;
        }
        self.column += octets;
    }
}

/// Octets as base64 in lines of 76 (section 6.8).
#[derive(Debug, Default)]
pub(super) struct Base64 {
    /// Less than a line of them.
    held: Vec<u8>,
}

impl Base64 {
    /// What makes a line of 76 characters.
    const LINE: usize = 57;

    fn push(&mut self, mut octets: &[u8], out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            let (head, tail) = octets.split_at(octets.len().min(Self::LINE - self.held.len()));
            self.held.extend_from_slice(head);
            octets = tail;
            if self.held.len() < Self::LINE {
                return;
            }
            line(&self.held, out);
            self.held.clear();
        }
        out.reserve(octets.len() / Self::LINE * (Self::LINE / 3 * 4 + 2));
        let mut lines = octets.chunks_exact(Self::LINE);
        lines.by_ref().for_each(|octets| line(octets, out));
        self.held.extend_from_slice(lines.remainder());
    }

    fn finish(self, out: &mut Vec<u8>) {
        if !self.held.is_empty() {
            line(&self.held, out);
        }
    }
}

fn line(octets: &[u8], out: &mut Vec<u8>) {
    let mut buffer = [0; Base64::LINE / 3 * 4];
    // The buffer holds any line.
    let length = BASE64_STANDARD.encode_slice(octets, &mut buffer).unwrap_or(0);
    out.extend_from_slice(buffer.get(..length).unwrap_or_default());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(encoding: TransferEncoding, octets: &[u8], piece: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = encoding.encoder();
        octets.chunks(piece).for_each(|octets| encoder.push(octets, &mut out));
        encoder.finish(&mut out);
        out
    }

    fn quoted(text: &str) -> String {
        String::from_utf8(encoded(TransferEncoding::QuotedPrintable, text.as_bytes(), 1)).unwrap()
    }

    #[test]
    fn quoted_printable_keeps_line_ends_and_nothing_else() {
        assert_eq!(quoted("a = b\r\n"), "a =3D b\r\n");
        assert_eq!(quoted("end \r\n\t\r\n x"), "end=20\r\n=09\r\n x");
        assert_eq!(quoted("a\rb\nc\r"), "a=0Db=0Ac=0D");
        assert_eq!(quoted("\0\u{e9}~"), "=00=C3=A9~");
        assert_eq!(quoted(&"x".repeat(76)), format!("{}=\r\nx", "x".repeat(75)));
        assert_eq!(quoted(&format!("{}=\r\n", "x".repeat(73))), format!("{}=\r\n=3D\r\n", "x".repeat(73)));
    }

    #[test]
    fn base64_has_lines_of_76() {
        let text = encoded(TransferEncoding::Base64, &[0; 58], 100);
        assert_eq!(text, format!("{}\r\nAA==\r\n", "A".repeat(76)).into_bytes());
        assert_eq!(encoded(TransferEncoding::Base64, b"", 1), b"");
    }

    proptest! {
        #[test]
        fn every_octet_comes_back(
            octets in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b" \t\r\n=.x".to_vec())], 0..400),
            piece in 1usize..90,
        ) {
            for encoding in [TransferEncoding::QuotedPrintable, TransferEncoding::Base64] {
                let text = encoded(encoding, &octets, piece);
                prop_assert_eq!(&text, &encoded(encoding, &octets, 500));
                for line in text.split(|octet| *octet == b'\n') {
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    prop_assert!(line.len() <= 76 && line.iter().all(|octet| matches!(octet, b'\t' | b' '..=b'~')));
                    prop_assert!(!line.ends_with(b" ") && !line.ends_with(b"\t"));
                }
                let mut mail = format!("Content-Transfer-Encoding: {}\r\n\r\n", encoding.name()).into_bytes();
                mail.extend(&text);
                prop_assert_eq!(&mailparse::parse_mail(&mail).unwrap().get_body_raw().unwrap(), &octets);
            }
        }
    }
}
