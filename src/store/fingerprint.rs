//! A message's fingerprint, taken while its octets pass by.

use std::fmt;
use std::hash::Hasher as _;

use sha2::{Digest as _, Sha256};
use twox_hash::XxHash3_64;

use super::{Fingerprint, LineEnd};

/// Computes a [`Fingerprint`] from chunks cut anywhere.
///
/// The header's hash is the same whichever line ends the target stores, so that a header met later by TOP can be
/// compared with it.
pub struct Fingerprinter {
    line_end: LineEnd,
    stored: u64,
    content: XxHash3_64,
    header: Sha256,
    scan: Scan,
}

/// Where in the header the next octet falls.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scan {
    /// In a line. `blank`: nothing of it was hashed yet; `held_cr`: a CR that is dropped if LF follows.
    Header { blank: bool, held_cr: bool },
    /// The empty line has passed.
    Body,
}

impl Fingerprinter {
    /// For octets whose lines end in `line_end`; CRLF is taken for one line end only with [`LineEnd::CrLf`].
    pub fn new(line_end: LineEnd) -> Self {
        Self { line_end, stored: 0, content: XxHash3_64::new(), header: Sha256::new(), scan: Scan::LINE_START }
    }

    /// Takes octets that are stored in front of the message without being part of it.
    pub fn prefix(&mut self, bytes: &[u8]) {
        self.stored = self.stored.saturating_add(bytes.len() as u64);
        self.content.write(bytes);
    }

    /// Takes the next octets of the message, as stored.
    pub fn update(&mut self, chunk: &[u8]) {
        self.prefix(chunk);
        let mut rest = chunk;
        while let Scan::Header { blank, held_cr } = self.scan
            && !rest.is_empty()
        {
            let (line, ended) = match memchr::memchr(b'\n', rest) {
                Some(end) => (rest.get(..end).unwrap_or_default(), true),
                None => (rest, false),
            };
            rest = rest.get(line.len() + usize::from(ended)..).unwrap_or_default();
            self.scan = self.header_piece(line, ended, blank, held_cr);
        }
    }

    /// The fingerprint of all that was taken; `size` as in [`Fingerprint::size`].
    pub fn finish(mut self, size: u64) -> Fingerprint {
        if let Scan::Header { held_cr: true, .. } = self.scan {
            self.header.update(b"\r");
        }
        let mut header = [0; 16];
        for (to, from) in header.iter_mut().zip(self.header.finalize()) {
            *to = from;
        }
        Fingerprint { size, header, stored: self.stored, hash: self.content.finish() }
    }

    /// Hashes one line of the header, or a piece of one; `ended`: LF follows, `blank`: nothing of this line so far.
    fn header_piece(&mut self, line: &[u8], ended: bool, mut blank: bool, held_cr: bool) -> Scan {
        if held_cr && !(ended && line.is_empty()) {
            self.header.update(b"\r");
            blank = false;
        }
        let (text, cr) = match (self.line_end, line.strip_suffix(b"\r")) {
            (LineEnd::CrLf, Some(text)) => (text, true),
            _ => (line, false),
        };
        self.header.update(text);
        blank &= text.is_empty();
        if !ended {
            return Scan::Header { blank, held_cr: cr };
        }
        self.header.update(b"\n");
        if blank { Scan::Body } else { Scan::LINE_START }
    }
}

impl Scan {
    const LINE_START: Self = Self::Header { blank: true, held_cr: false };
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line_end, stored, scan, .. } = self;
        f.debug_struct("Fingerprinter")
            .field("line_end", line_end)
            .field("stored", stored)
            .field("scan", scan)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(line_end: LineEnd, bytes: &[u8]) -> Fingerprint {
        let mut print = Fingerprinter::new(line_end);
        print.update(bytes);
        print.finish(7)
    }

    fn lf(bytes: &[u8]) -> Vec<u8> {
        String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n").into_bytes()
    }

    #[test]
    fn header_ends_with_the_empty_line() {
        let long = whole(LineEnd::CrLf, b"Subject: a\r\nTo: b\r\n\r\nbody\r\n");
        let top = whole(LineEnd::CrLf, b"Subject: a\r\nTo: b\r\n\r\n");
        assert_eq!(long.header, top.header);
        assert_ne!(long.hash, top.hash);
        assert_ne!(long.header, whole(LineEnd::CrLf, b"Subject: a\r\nTo: c\r\n\r\nbody\r\n").header);
        assert_eq!((long.size, long.stored), (7, 27));
        let expected = Sha256::digest(b"Subject: a\nTo: b\n\n");
        assert_eq!(long.header.as_slice(), &expected[..16]);
    }

    #[test]
    fn lone_carriage_returns_are_content() {
        let odd = whole(LineEnd::CrLf, b"a\rb\r\r\nc\r");
        assert_eq!(odd.header.as_slice(), &Sha256::digest(b"a\rb\r\nc\r")[..16]);
        let almost_empty = whole(LineEnd::CrLf, b"a: 1\r\n\r\r\nb: 2\r\n\r\nbody");
        assert_eq!(almost_empty.header.as_slice(), &Sha256::digest(b"a: 1\n\r\nb: 2\n\n")[..16]);
    }

    #[test]
    fn a_prefix_is_stored_but_no_part_of_the_header() {
        let mut print = Fingerprinter::new(LineEnd::Lf);
        print.prefix(b"Received: x\n");
        print.update(b"a: b\n\n");
        let got = print.finish(9);
        assert_eq!(got.header, whole(LineEnd::Lf, b"a: b\n\n").header);
        assert_eq!(got.hash, whole(LineEnd::Lf, b"Received: x\na: b\n\n").hash);
        assert_eq!(got.stored, 18);
    }

    proptest! {
        #[test]
        fn chunks_and_line_ends_do_not_matter(text in "([ab:]{0,3}(\r\n|\n|\r)){0,8}", cuts in prop::collection::vec(0usize..6, 0..20)) {
            let bytes = text.as_bytes();
            let once = whole(LineEnd::CrLf, bytes);
            let mut print = Fingerprinter::new(LineEnd::CrLf);
            let mut rest = bytes;
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                print.update(head);
                rest = tail;
            }
            print.update(rest);
            prop_assert_eq!(print.finish(7), once);
            prop_assert_eq!(whole(LineEnd::Lf, &lf(bytes)).header, once.header);
        }
    }
}
