//! Text from peers, files and the system, made safe to show on a terminal, in a log or inside an error.

use std::fmt::Write as _;

/// The bytes as one line of harmless text.
///
/// What is not UTF-8 becomes U+FFFD. C0 controls and DEL are shown in caret form (`^[`); C1 controls, the line and
/// paragraph separators, invisible and bidirectional formatting characters as `\u{…}`.
pub fn sanitize(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for piece in pieces(bytes) {
        piece.push_to(&mut out);
    }
    out
}

/// As [`sanitize`], cut to at most `max` characters, the last of which is `…` if anything was left out.
pub fn sanitize_capped(bytes: &[u8], max: usize) -> String {
    // A character is at most four octets: beyond this nothing can be shown, and a huge input is not walked.
    let most = max.saturating_add(1).saturating_mul(4);
    let (bytes, mut cut) = match bytes.get(..most) {
        Some(head) => (head, bytes.len() > most),
        None => (bytes, false),
    };
    let mut out = String::new();
    let mut length = 0;
    // Where to cut so that the ellipsis still fits.
    let mut last_fit = 0;
    for piece in pieces(bytes) {
        let width = piece.width();
        if length + width > max {
            cut = true;
            break;
        }
        piece.push_to(&mut out);
        length += width;
        if length < max {
            last_fit = out.len();
        }
    }
    if cut {
        if length >= max {
            out.truncate(last_fit);
        }
        if max > 0 {
            out.push('…');
        }
    }
    out
}

/// Whether a character could move the cursor, colour the terminal, break the line or reorder what is read.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A point in time in RFC 3339 form, UTC, to the second; what cannot be written so is `unknown`.
pub fn rfc3339(time: std::time::SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => "unknown".into(),
    }
}

enum Piece {
    Plain(char),
    Caret(char),
    Escaped(char),
}

impl Piece {
    fn width(&self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Caret(_) => 2,
            Self::Escaped(c) => c.escape_unicode().count(),
        }
    }

    fn push_to(&self, out: &mut String) {
        match self {
            Self::Plain(c) => out.push(*c),
            Self::Caret(c) => out.extend(['^', *c]),
            // Writing to a String cannot fail.
            Self::Escaped(c) => drop(write!(out, "{}", c.escape_unicode())),
        }
    }
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let replacement = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        chunk.valid().chars().chain(replacement).map(piece)
    })
}

fn piece(c: char) -> Piece {
    match u8::try_from(c) {
        // Caret notation: the character with bit 6 turned over.
        Ok(octet @ (0..=0x1f | 0x7f)) => Piece::Caret(char::from(octet ^ 0x40)),
        _ if is_unsafe(c) => Piece::Escaped(c),
        _ => Piece::Plain(c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn controls_are_shown_not_sent() {
        assert_eq!(sanitize(b"+OK \x1b[31mred\x07\r\n\0\x7f"), "+OK ^[[31mred^G^M^J^@^?");
        assert_eq!(sanitize("a\u{9b}31m".as_bytes()), "a\\u{9b}31m");
        assert_eq!(sanitize(b"a\x9b31m"), "a\u{fffd}31m");
        assert_eq!(
            sanitize("\u{202e}gpj.exe\u{2066}\u{200f}\u{feff}".as_bytes()),
            "\\u{202e}gpj.exe\\u{2066}\\u{200f}\\u{feff}"
        );
        assert_eq!(sanitize("one\u{2028}two\u{2029}".as_bytes()), "one\\u{2028}two\\u{2029}");
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "Grüße, 日本語 ✓ ~^\\";
        assert_eq!(sanitize(text.as_bytes()), text);
        assert_eq!(sanitize(b""), "");
    }

    #[test]
    fn a_cap_counts_characters_and_never_cuts_an_escape() {
        assert_eq!(sanitize_capped(b"abcdef", 6), "abcdef");
        assert_eq!(sanitize_capped(b"abcdefg", 6), "abcde…");
        assert_eq!(sanitize_capped("äöüäöüä".as_bytes(), 6), "äöüäö…");
        assert_eq!(sanitize_capped(b"abc\x1b\x1b", 6), "abc^[…");
        assert_eq!(sanitize_capped(b"abcd\x1b\x1b", 6), "abcd…");
        assert_eq!(sanitize_capped(b"abc", 0), "");
        assert_eq!(sanitize_capped("\u{202e}".as_bytes(), 4), "…");
        assert_eq!(sanitize_capped(&vec![b'x'; 1 << 20], 10), "xxxxxxxxx…");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..200), max in 0usize..40) {
            let whole = sanitize(&bytes);
            prop_assert!(!whole.chars().any(is_unsafe), "{whole:?}");
            let capped = sanitize_capped(&bytes, max);
            prop_assert!(!capped.chars().any(is_unsafe), "{capped:?}");
            prop_assert!(capped.chars().count() <= max);
            if whole.chars().count() <= max {
                prop_assert_eq!(capped, whole);
            } else if max > 0 {
                let kept = capped.strip_suffix('…').unwrap();
                prop_assert!(whole.starts_with(kept));
            }
        }

        #[test]
        fn nothing_unsafe_comes_out_of_text(text in any::<String>()) {
            let safe = sanitize(text.as_bytes());
            prop_assert!(!safe.chars().any(is_unsafe), "{safe:?}");
        }
    }
}
