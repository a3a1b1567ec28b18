//! What is hashed: header fields and bodies without what relays change (RFC 6376 section 3.4).

use std::mem;

use sha2::{Digest as _, Sha256};

use super::Canonicalization;

/// A field's name, without the white space that the obsolete syntax allows before the colon.
pub(super) fn name_of(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(b':', field).unwrap_or(0);
    field.get(..end).unwrap_or_default().trim_ascii_end()
}

/// A field without its last CRLF, as it is hashed.
pub(super) fn field(octets: &[u8], canonicalization: Canonicalization) -> Vec<u8> {
    match canonicalization {
        Canonicalization::Simple => octets.strip_suffix(b"\r\n").unwrap_or(octets).to_vec(),
        Canonicalization::Relaxed => relaxed_field(octets),
    }
}

fn relaxed_field(octets: &[u8]) -> Vec<u8> {
    let value_at = memchr::memchr(b':', octets).map_or(octets.len(), |colon| colon + 1);
    let mut out = name_of(octets).to_ascii_lowercase();
    out.push(b':');
    let start = out.len();
    let mut space = false;
    for byte in octets.get(value_at..).unwrap_or_default() {
        match byte {
            b' ' | b'\t' => space = true,
            b'\r' | b'\n' => {}
            byte => {
                if mem::take(&mut space) && out.len() > start {
                    out.push(b' ');
                }
                out.push(*byte);
            }
        }
    }
    out
}

/// Hashes a body with SHA-256, whatever the pieces it comes in.
#[derive(Debug)]
pub(super) struct BodyHasher {
    canonicalization: Canonicalization,
    hash: Sha256,
    /// CRLFs that are hashed only if something follows.
    line_ends: u64,
    /// White space that is hashed, as one space, only if something on the line follows.
    space: bool,
    /// A CR whose LF has not come yet.
    cr: bool,
    /// Whether anything but empty lines was hashed.
    begun: bool,
}

impl BodyHasher {
    pub(super) fn new(canonicalization: Canonicalization) -> Self {
        Self { canonicalization, hash: Sha256::new(), line_ends: 0, space: false, cr: false, begun: false }
    }

    pub(super) fn update(&mut self, mut chunk: &[u8]) {
        while let Some((first, rest)) = chunk.split_first() {
            if mem::take(&mut self.cr) {
                if *first == b'\n' {
                    self.space = false;
                    self.line_ends += 1;
                    chunk = rest;
                    continue;
                }
                self.octets(b"\r");
            }
            match first {
                b'\r' => {
                    self.cr = true;
                    chunk = rest;
                }
                b' ' | b'\t' if self.canonicalization == Canonicalization::Relaxed => {
                    self.space = true;
                    chunk = rest;
                }
                _ => {
                    let end = match self.canonicalization {
                        Canonicalization::Simple => memchr::memchr(b'\r', chunk),
                        Canonicalization::Relaxed => memchr::memchr3(b'\r', b' ', b'\t', chunk),
                    };
                    let (plain, rest) = chunk.split_at_checked(end.unwrap_or(chunk.len())).unwrap_or((chunk, &[]));
                    self.octets(plain);
                    chunk = rest;
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        if mem::take(&mut self.cr) {
            self.octets(b"\r");
        }
        // An empty body is one CRLF when simple, nothing when relaxed (sections 3.4.3 and 3.4.4).
        if self.begun || self.canonicalization == Canonicalization::Simple {
            self.hash.update(b"\r\n");
        }
        self.hash.finalize().into()
    }

    /// Hashes octets of a line, after what was put off.
    fn octets(&mut self, octets: &[u8]) {
        for _ in 0..mem::take(&mut self.line_ends) {
            self.hash.update(b"\r\n");
        }
        if mem::take(&mut self.space) {
            self.hash.update(b" ");
        }
        self.hash.update(octets);
        self.begun = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash(canonicalization: Canonicalization, body: &[u8]) -> [u8; 32] {
        let mut hasher = BodyHasher::new(canonicalization);
        hasher.update(body);
        hasher.finish()
    }

    fn sha256(octets: &[u8]) -> [u8; 32] {
        Sha256::digest(octets).into()
    }

    #[test]
    fn examples_of_rfc_6376_section_3_4_5() {
        let fields: [&[u8]; 2] = [b"A: X\r\n", b"B : Y\t\r\n\tZ  \r\n"];
        assert_eq!(fields.map(|octets| field(octets, Canonicalization::Relaxed)), [b"a:X".to_vec(), b"b:Y Z".to_vec()]);
        assert_eq!(field(b"B : Y\t\r\n\tZ  \r\n", Canonicalization::Simple), b"B : Y\t\r\n\tZ  ");
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(hash(Canonicalization::Relaxed, body), sha256(b" C\r\nD E\r\n"));
        assert_eq!(hash(Canonicalization::Simple, body), sha256(b" C \r\nD \t E\r\n"));
    }

    #[test]
    fn bodies_without_text_or_without_a_last_line_end() {
        for empty in [b"".as_slice(), b"\r\n", b"\r\n\r\n\r\n"] {
            assert_eq!(hash(Canonicalization::Relaxed, empty), sha256(b""));
            assert_eq!(hash(Canonicalization::Simple, empty), sha256(b"\r\n"));
        }
        assert_eq!(hash(Canonicalization::Relaxed, b" \t\r\n  "), sha256(b""));
        assert_eq!(hash(Canonicalization::Simple, b" "), sha256(b" \r\n"));
        assert_eq!(hash(Canonicalization::Relaxed, b"a"), sha256(b"a\r\n"));
        assert_eq!(hash(Canonicalization::Simple, b"a"), sha256(b"a\r\n"));
        assert_eq!(hash(Canonicalization::Relaxed, b"\r\n\r\na \r\n"), sha256(b"\r\n\r\na\r\n"));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            body in prop::collection::vec(prop::sample::select(b"a \t\r\n.".to_vec()), 0..60), at in 0usize..60, wait in 0usize..60
        ) {
            for canonicalization in Canonicalization::ALL {
                let mut hasher = BodyHasher::new(canonicalization);
                let (first, rest) = body.split_at(at.min(body.len()));
                let (second, third) = rest.split_at(wait.min(rest.len()));
                [first, second, third].iter().for_each(|piece| hasher.update(piece));
                prop_assert_eq!(hasher.finish(), hash(canonicalization, &body));
            }
        }
    }
}
