//! The fields of a line: the one way to write each, and reading nothing else.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::line::push;
use crate::store::Place;

/// The fields of a line that are still to be read.
pub(super) struct Fields<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: Some(line) }
    }

    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        // Fields are short: a search routine's start would cost more than the loop.
        let Some(tab) = rest.iter().position(|octet| *octet == b'\t') else { return self.rest.take() };
        self.rest = rest.get(tab + 1..);
        rest.get(..tab)
    }

    pub(super) fn end(&self) -> bool {
        self.rest.is_none()
    }

    /// Two fields as one slice.
    pub(super) fn key(&mut self) -> Option<&'a [u8]> {
        let from = self.rest?;
        let (uid, ordinal) = (self.text()?, self.text()?);
        u32::try_from(decimal(ordinal)?).ok()?;
        if !all_plain(uid) {
            unescape(uid)?;
        }
        from.get(..uid.len() + 1 + ordinal.len())
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        decimal(self.text()?)
    }

    pub(super) fn time(&mut self) -> Option<SystemTime> {
        time(self.number()?)
    }

    pub(super) fn hash64(&mut self) -> Option<u64> {
        hexadecimal(self.text()?, 16)
    }

    pub(super) fn optional<T>(&mut self, value: impl FnOnce(&[u8]) -> Option<T>) -> Option<Option<T>> {
        match self.text()? {
            b"-" => Some(None),
            text => value(text).map(Some),
        }
    }

    fn path(&mut self) -> Option<PathBuf> {
        Some(OsString::from_vec(unescape(self.text()?)?).into())
    }

    fn string(&mut self) -> Option<String> {
        String::from_utf8(unescape(self.text()?)?).ok()
    }

    pub(super) fn place(&mut self) -> Option<Place> {
        Some(match self.text()? {
            b"maildir" => Place::Maildir { dir: self.path()?, name: self.string()? },
            b"eml" => Place::Eml { dir: self.path()?, name: self.string()? },
            b"opaque" => Place::Opaque { target: self.string()? },
            b"mbox" => {
                Place::Mbox { path: self.path()?, offset: self.number()?, length: self.number()?, hash: self.hash64()? }
            }
            _ => return None,
        })
    }
}

/// A number as we write it: digits without sign, blank or leading zero.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    match text {
        [] | [b'0', _, ..] => None,
        _ => text.iter().try_fold(0u64, |sum, digit| match digit {
            b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
            _ => None,
        }),
    }
}

/// A number as we write it: exactly so many lower-case hexadecimal digits, at most 16.
pub(super) fn hexadecimal(text: &[u8], digits: usize) -> Option<u64> {
    if text.len() != digits {
        return None;
    }
    let mut sum = 0;
    let mut wrong = 0;
    for &digit in text {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => 0xf0,
        };
        wrong |= value;
        sum = sum << 4 | u64::from(value);
    }
    (wrong < 16).then_some(sum)
}

pub(super) fn hash128(text: &[u8]) -> Option<[u8; 16]> {
    let (high, low) = text.split_at_checked(16)?;
    let (high, low) = (hexadecimal(high, 16)?, hexadecimal(low, 16)?);
    Some((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

pub(super) fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Writes every octet that is not plain as `%XX`.
pub(super) fn escape(out: &mut Vec<u8>, text: &[u8]) {
    if all_plain(text) {
        return out.extend_from_slice(text);
    }
    for &octet in text {
        match plain(octet) {
            true => out.push(octet),
            false => push(out, format_args!("%{octet:02X}")),
        }
    }
}

fn plain(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b'%'
}

fn all_plain(text: &[u8]) -> bool {
    // Without a way out of the loop, which the compiler can then do many octets at a time.
    text.iter().fold(true, |all, octet| all & plain(*octet))
}

/// The reverse of [`escape`]; `None` for anything that it would have written otherwise.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    if all_plain(text) {
        return Some(text.to_vec());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut octets = text.iter();
    while let Some(&octet) = octets.next() {
        if plain(octet) {
            out.push(octet);
            continue;
        }
        let (high, low) = (upper_digit(*octets.next()?)?, upper_digit(*octets.next()?)?);
        let decoded = high << 4 | low;
        if octet != b'%' || plain(decoded) {
            return None;
        }
        out.push(decoded);
    }
    Some(out)
}

fn upper_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_way_to_write_a_text() {
        assert_eq!(unescape(b"a%20%25%7F").unwrap(), b"a %\x7f");
        for wrong in [&b"%2"[..], b"%", b"%41", b"%7f", b"a b", b"\x80", b"%G0", b"b2F"] {
            let read = unescape(wrong);
            let again = read.map(|text| {
                let mut out = Vec::new();
                escape(&mut out, &text);
                out
            });
            assert!(again.is_none_or(|again| again == wrong), "{wrong:?}");
        }
        assert_eq!(decimal(b"007"), None);
        assert_eq!(decimal(b"+7"), None);
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(hexadecimal(b"00AB", 4), None);
    }
}
