//! Secrets that cannot be printed by accident, and the mask that hides them where a server echoes them.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, RwLock};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use zeroize::Zeroizing;

/// A password, token or key: wiped when dropped, never shown by `Debug`, without `Display`.
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes themselves; the one way in.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, if it is UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a masked secret looks like in transcripts and errors.
pub const MASK: &str = "[secret]";

/// Shorter secrets are not searched for in what a server says: masking every "a" would only reveal them.
const SHORTEST_MASKED: usize = 4;

/// Hides known secrets in text that came from a peer: as they are, in base64 at each of its three alignments, in
/// hexadecimal digits and percent-encoded.
///
/// Cloning shares the list, so that a secret registered late is hidden everywhere.
#[derive(Clone, Default)]
pub struct Masker {
    needles: Arc<RwLock<Vec<Zeroizing<Vec<u8>>>>>,
}

impl Masker {
    /// Hides this secret from now on.
    pub fn add(&self, secret: &Secret) {
        let bytes = secret.expose();
        if bytes.len() < SHORTEST_MASKED {
            return;
        }
        let mut needles = self.needles.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if needles.iter().any(|needle| needle.as_slice() == bytes) {
            return;
        }
        needles.push(Zeroizing::new(bytes.to_vec()));
        let encoded = (0..3)
            .flat_map(|alignment| {
                let standard = base64_at(bytes, alignment);
                let url_safe = standard.iter().map(|byte| match byte {
                    b'+' => b'-',
                    b'/' => b'_',
                    other => *other,
                });
                let url_safe = Zeroizing::new(url_safe.collect());
                [standard, url_safe]
            })
            .chain(DIGITS.into_iter().flat_map(|digits| [hexadecimal(bytes, digits), percent_encoded(bytes, digits)]));
        for needle in encoded {
            if needle.len() >= SHORTEST_MASKED && !needles.contains(&needle) {
                needles.push(needle);
            }
        }
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    }

    /// The bytes with every known secret replaced by [`MASK`].
    pub fn mask<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let needles = self.needles.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut masked = Cow::Borrowed(bytes);
        for needle in needles.iter() {
            if memchr::memmem::find(&masked, needle).is_some() {
                masked = Cow::Owned(replace(&masked, needle));
            }
        }
        masked
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masker(…)")
    }
}

/// The characters of the base64 form that depend on these bytes alone, when `alignment` bytes stand before them.
fn base64_at(bytes: &[u8], alignment: usize) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(vec![0; alignment]);
    padded.extend_from_slice(bytes);
    let encoded = Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(padded.as_slice()));
    // A character carries six bits: those that share bits with a neighbour are left out at both ends.
    let first = (alignment * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    Zeroizing::new(encoded.as_bytes().get(first..last).unwrap_or_default().to_vec())
}

const DIGITS: [&[u8; 16]; 2] = [b"0123456789abcdef", b"0123456789ABCDEF"];

fn hexadecimal(bytes: &[u8], digits: &[u8; 16]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
    for byte in bytes {
        out.extend([byte >> 4, byte & 15].iter().filter_map(|digit| digits.get(usize::from(*digit))));
    }
    out
}

/// RFC 3986 section 2: all but the unreserved characters are encoded.
fn percent_encoded(bytes: &[u8], digits: &[u8; 16]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(3 * bytes.len()));
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend(hexadecimal(&[*byte], digits).iter());
        }
    }
    out
}

fn replace(haystack: &[u8], needle: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(haystack.len());
    let mut rest = haystack;
    while let Some(at) = memchr::memmem::find(rest, needle) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(MASK.as_bytes());
        rest = from.get(needle.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("hunter2 canary");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let masker = Masker::default();
        masker.add(&secret);
        assert_eq!(format!("{masker:?}"), "Masker(…)");
    }

    #[test]
    fn masks_plain_and_base64_at_every_alignment() {
        let masker = Masker::default();
        masker.add(&Secret::new("canary-password"));
        assert_eq!(&*masker.mask(b"PASS canary-password!"), b"PASS [secret]!");
        for before in ["", "a", "ab", "abc", "\0user\0"] {
            for after in ["", "z", "zz", "zzz"] {
                let text = BASE64_STANDARD.encode(format!("{before}canary-password{after}"));
                let masked = String::from_utf8(masker.mask(text.as_bytes()).into_owned()).unwrap();
                assert!(masked.contains(MASK), "{before:?} {after:?}: {masked}");
            }
        }
    }

    #[test]
    fn masks_hexadecimal_percent_and_url_safe_forms() {
        let masker = Masker::default();
        masker.add(&Secret::new("ca/na ry~\u{ff}\u{fe}"));
        for text in [
            "x63612f6e612072797ec3bfc3be.",
            "x63612F6E612072797EC3BFC3BE.",
            "xca%2Fna%20ry~%C3%BF%C3%BE.",
            "xca%2fna%20ry~%c3%bf%c3%be.",
            "Y2EvbmEgcnl-w7_Dvg",
        ] {
            let masked = String::from_utf8(masker.mask(text.as_bytes()).into_owned()).unwrap();
            assert!(masked.contains(MASK), "{text}: {masked}");
        }
    }

    #[test]
    fn leaves_other_text_alone() {
        let masker = Masker::default();
        masker.add(&Secret::new("abc"));
        assert!(matches!(masker.mask(b"abc"), Cow::Borrowed(_)));
    }
}
