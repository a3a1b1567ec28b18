//! Quoted-printable decoded (RFC 2045 section 6.7), piece by piece and with bounded memory.

/// Decodes a stream. What is no escape stays as it is; white space before a line end is transport padding and goes.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// What of the current line cannot be decoded yet.
    held: Vec<u8>,
}

/// A line may grow to this before it is decoded in pieces.
const MOST_HELD: usize = 64 * 1024;
/// The white space at the end of such a piece that may be padding still.
const MOST_PADDING: usize = 1024;

impl Decoder {
    pub(crate) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for piece in octets.split_inclusive(|octet| *octet == b'\n') {
            self.held.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.line(out);
            } else if self.held.len() >= MOST_HELD {
                self.most_of_line(out);
            }
        }
    }

    pub(crate) fn finish(mut self, out: &mut Vec<u8>) {
        self.line(out);
    }

    fn line(&mut self, out: &mut Vec<u8>) {
        let text = self.held.strip_suffix(b"\n").map(|text| text.strip_suffix(b"\r").unwrap_or(text));
        let has_end = text.is_some();
        let text = text.unwrap_or(&self.held);
        let end = text.iter().rposition(|octet| !matches!(octet, b' ' | b'\t')).map_or(0, |at| at + 1);
        let text = text.get(..end).unwrap_or_default();
        match text.strip_suffix(b"=") {
            Some(text) => escapes(text, out),
            None => {
                escapes(text, out);
                out.extend_from_slice(if has_end { b"\r\n" } else { b"" });
            }
        }
        self.held.clear();
    }

    /// Decodes all but what may be the beginning of an escape or of a line end.
    fn most_of_line(&mut self, out: &mut Vec<u8>) {
        let is_sure = |octet: &u8| !matches!(octet, b' ' | b'\t' | b'\r');
        let end = self.held.iter().rposition(is_sure).map_or(0, |at| at + 1);
        let end = end.max(self.held.len().saturating_sub(MOST_PADDING));
        let mut end = end.saturating_sub(2);
        // An escape is three octets long.
        for _ in 0..2 {
            let begins = |back: usize| end.checked_sub(back).and_then(|at| self.held.get(at)) == Some(&b'=');
            if begins(1) || begins(2) {
                end = end.saturating_sub(1);
            }
        }
        let rest = self.held.split_off(end.min(self.held.len()));
        escapes(&self.held, out);
        self.held = rest;
    }
}

fn escapes(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(b'=', text) {
        let (plain, rest) = text.split_at(at);
        out.extend_from_slice(plain);
        match rest {
            [_, high, low, after @ ..] if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
                out.push(high << 4 | low);
                text = after;
            }
            rest => {
                out.push(b'=');
                text = rest.get(1..).unwrap_or_default();
            }
        }
    }
    out.extend_from_slice(text);
}

fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &[u8], piece: usize) -> Vec<u8> {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        text.chunks(piece).for_each(|piece| decoder.push(piece, &mut out));
        decoder.finish(&mut out);
        out
    }

    #[test]
    fn escapes_breaks_and_padding() {
        assert_eq!(decoded(b"a=3D=3db =\r\nc= \t\r\nd \t\r\n=\r\n\r\n", 1), b"a==b cd\r\n\r\n");
        assert_eq!(decoded(b"=C3=A4=4x==41=4\r\n=", 3), b"\xc3\xa4=4x=A=4\r\n");
    }

    #[test]
    fn long_lines_are_decoded_in_pieces() {
        for pad in 0..6 {
            let text = ["x".repeat(MOST_HELD - pad), "=41".repeat(MOST_HELD)].concat();
            assert_eq!(
                decoded(text.as_bytes(), 4096),
                ["x".repeat(MOST_HELD - pad), "A".repeat(MOST_HELD)].concat().as_bytes()
            );
        }
        let spaces = [" ".repeat(3 * MOST_HELD), "x  \r\n".into()].concat();
        assert_eq!(decoded(spaces.as_bytes(), 100).len(), 3 * MOST_HELD + 3);
    }

    proptest! {
        #[test]
        fn the_same_as_another_reader(text in "([a-z ]{0,6}(=[0-9A-F]{2}|=\r\n|\r\n|)){0,20}", piece in 1usize..9) {
            let expected = mailparse::parse_mail(
                &[b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", text.as_bytes()].concat(),
            ).unwrap().get_body_raw().unwrap();
            prop_assert_eq!(decoded(text.as_bytes(), piece), expected);
        }
    }
}
