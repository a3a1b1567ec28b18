//! Encoded-words, RFC 2047: text beyond ASCII in header fields.
//!
//! Only what needs it is encoded, in UTF-8, with whole characters in every word; a word has at most 75 octets. Of the
//! two encodings the shorter is taken. Addresses are never encoded: section 5 of the RFC forbids it.

mod decode;

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};

pub use self::decode::decode;
pub(super) use self::decode::digit;
use super::folding::Folding;
use crate::error::Result;

/// The longest encoded-word (section 2).
const LONGEST: usize = 75;
const Q_PREFIX: &str = "=?utf-8?q?";
const B_PREFIX: &str = "=?utf-8?b?";
const SUFFIX: &str = "?=";
/// Prefix and suffix, and the widest character: four octets of `=XX`.
const LEAST_ROOM: usize = Q_PREFIX.len() + SUFFIX.len() + 12;
/// A word without a space that is longer is encoded, as encoded-words can be folded and it cannot.
const LONGEST_PLAIN_WORD: usize = 800;

/// A whole unstructured field such as `Subject`, with its CRLF (section 5, rule 1).
///
/// Text in plain ASCII stays as it is, unless it looks like an encoded-word or has white space at an end, which would
/// not come through.
///
/// # Errors
///
/// [`Error::InvalidInput`](crate::Error::InvalidInput) for CR, LF or NUL.
pub fn unstructured(name: &str, text: &str) -> Result<Vec<u8>> {
    let mut field = Folding::new(name);
    push_text(&mut field, text);
    field.finish()
}

/// Adds unstructured text to a field.
pub(super) fn push_text(field: &mut Folding, text: &str) {
    if text.is_empty() {
        return;
    }
    if is_plain(text) {
        words(text).for_each(|word| field.word(word));
        return;
    }
    let tokens: Vec<&str> = text.split(' ').collect();
    // White space beside an encoded-word is kept only inside it: an empty token takes its neighbours along.
    let needs: Vec<bool> = tokens.iter().map(|token| token.is_empty() || !is_plain(token)).collect();
    let is_empty = |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_some_and(|token| token.is_empty());
    let mut run: Option<String> = None;
    for (at, token) in tokens.iter().enumerate() {
        let encoded = needs.get(at).copied().unwrap_or(true) || is_empty(at.checked_sub(1)) || is_empty(Some(at + 1));
        match (&mut run, encoded) {
            (Some(run), true) => {
                run.push(' ');
                run.push_str(token);
            }
            (None, true) => run = Some((*token).to_owned()),
            (_, false) => {
                if let Some(run) = run.take() {
                    push_run(field, &run, Place::Text);
                }
                field.word(token);
            }
        }
    }
    if let Some(run) = run {
        push_run(field, &run, Place::Text);
    }
}

/// Adds a display name: as atoms or a quoted string where it can be one, else as encoded-words (section 5, rule 3).
pub(super) fn push_phrase(field: &mut Folding, name: &str) {
    const LONGEST_QUOTED: usize = 70;
    if name.is_empty() || name.len() > LONGEST_QUOTED || !is_plain(name) {
        if !name.is_empty() {
            push_run(field, name, Place::Phrase);
        }
        return;
    }
    let is_atoms = |word: &str| !word.is_empty() && word.bytes().all(is_atext);
    if name.split(' ').all(is_atoms) {
        name.split(' ').for_each(|word| field.word(word));
        return;
    }
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    field.word(&quoted);
}

/// `atext` of RFC 5322 section 3.2.3.
pub(super) fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// The words of a text, split only where one space stands alone: readers differ in what they make of more than one at
/// a fold.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let bytes = text.as_bytes();
        let is_space =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| matches!(byte, b' ' | b'\t'));
        let at = memchr::memchr_iter(b' ', bytes)
            .find(|at| *at > 0 && !is_space(at.checked_sub(1)) && !is_space(Some(at + 1)));
        match at.and_then(|at| text.split_at_checked(at)) {
            Some((word, tail)) => {
                rest = tail.get(1..);
                Some(word)
            }
            None => rest.take(),
        }
    })
}

/// Whether text comes through unencoded.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        && !text.contains("=?")
        && !text.starts_with([' ', '\t'])
        && !text.ends_with([' ', '\t'])
        && words(text).all(|word| word.len() <= LONGEST_PLAIN_WORD)
}

/// Where an encoded-word stands, which decides what Q may leave as it is.
#[derive(Clone, Copy)]
enum Place {
    Text,
    Phrase,
}

fn push_run(field: &mut Folding, run: &str, place: Place) {
    let q_length: usize = run.chars().map(|c| q_width(c, place)).sum();
    let is_q = q_length <= run.len().div_ceil(3) * 4;
    let mut rest = run;
    while !rest.is_empty() {
        if field.room() < LEAST_ROOM {
            field.fold();
        }
        let room = field.room().min(LONGEST) - Q_PREFIX.len() - SUFFIX.len();
        let (piece, tail) = rest.split_at_checked(fitting(rest, room, is_q, place)).unwrap_or((rest, ""));
        field.word(&if is_q { q_word(piece, place) } else { b_word(piece) });
        rest = tail;
    }
}

/// How many octets of the text, in whole characters, fit into `room` octets of encoded text; at least one character.
fn fitting(text: &str, room: usize, is_q: bool, place: Place) -> usize {
    let mut taken = 0;
    let mut width = 0;
    for c in text.chars() {
        width += if is_q { q_width(c, place) } else { 0 };
        let length = if is_q { width } else { (taken + c.len_utf8()).div_ceil(3) * 4 };
        if length > room && taken > 0 {
            break;
        }
        taken += c.len_utf8();
    }
    taken
}

fn q_word(text: &str, place: Place) -> String {
    let mut word = String::from(Q_PREFIX);
    for c in text.chars() {
        match c {
            ' ' => word.push('_'),
            c if is_q_literal(c, place) => word.push(c),
            c => {
                for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(word, "={octet:02X}");
                }
            }
        }
    }
    word.push_str(SUFFIX);
    word
}

fn b_word(text: &str) -> String {
    let mut word = String::from(B_PREFIX);
    BASE64_STANDARD.encode_string(text, &mut word);
    word.push_str(SUFFIX);
    word
}

fn q_width(c: char, place: Place) -> usize {
    if c == ' ' || is_q_literal(c, place) { 1 } else { 3 * c.len_utf8() }
}

fn is_q_literal(c: char, place: Place) -> bool {
    match place {
        Place::Text => c.is_ascii_graphic() && !matches!(c, '=' | '?' | '_'),
        Place::Phrase => c.is_ascii_alphanumeric() || matches!(c, '!' | '*' | '+' | '-' | '/'),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subject(text: &str) -> String {
        String::from_utf8(unstructured("Subject", text).unwrap()).unwrap()
    }

    fn phrase(name: &str) -> String {
        let mut field = Folding::new("To");
        push_phrase(&mut field, name);
        field.word("<a@example.com>");
        String::from_utf8(field.finish().unwrap()).unwrap()
    }

    #[test]
    fn only_what_needs_it_is_encoded() {
        assert_eq!(subject("Lunch at noon"), "Subject: Lunch at noon\r\n");
        assert_eq!(subject("two  spaces\tand a tab"), "Subject: two  spaces\tand a tab\r\n");
        assert_eq!(subject("Lunch at the café at noon"), "Subject: Lunch at the =?utf-8?b?Y2Fmw6k=?= at noon\r\n");
        assert_eq!(
            subject("Grüße aus Düsseldorf"),
            "Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?utf-8?q?D=C3=BCsseldorf?=\r\n"
        );
        assert_eq!(subject("a naïve plän x"), "Subject: a =?utf-8?b?bmHDr3ZlIHBsw6Ru?= x\r\n");
        assert_eq!(subject(""), "Subject:\r\n");
    }

    #[test]
    fn the_shorter_encoding_is_taken() {
        assert_eq!(subject("日本語"), "Subject: =?utf-8?b?5pel5pys6Kqe?=\r\n");
        assert_eq!(subject("€"), "Subject: =?utf-8?b?4oKs?=\r\n");
    }

    #[test]
    fn white_space_that_would_be_lost_and_what_looks_encoded_is_encoded() {
        assert_eq!(subject(" x"), "Subject: =?utf-8?q?_x?=\r\n");
        assert_eq!(subject("x "), "Subject: =?utf-8?q?x_?=\r\n");
        assert_eq!(subject("é  x y"), "Subject: =?utf-8?b?w6kgIHg=?= y\r\n");
        assert_eq!(subject("=?utf-8?q?x?="), "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n");
    }

    #[test]
    fn names_are_atoms_or_quoted_or_encoded() {
        assert_eq!(phrase("Suzie Q"), "To: Suzie Q <a@example.com>\r\n");
        assert_eq!(phrase("Q., Suzie"), "To: \"Q., Suzie\" <a@example.com>\r\n");
        assert_eq!(phrase(r#"the "one" \ only"#), "To: \"the \\\"one\\\" \\\\ only\" <a@example.com>\r\n");
        assert_eq!(
            phrase("Jörgensen and Company (x)"),
            "To: =?utf-8?q?J=C3=B6rgensen_and_Company_=28x=29?= <a@example.com>\r\n"
        );
        assert_eq!(phrase(""), "To: <a@example.com>\r\n");
    }

    #[test]
    fn line_ends_are_refused_where_they_cannot_be_encoded() {
        // Encoded, a line end is harmless here; callers refuse it before.
        let field = subject("a\r\nBcc: b@example.com");
        assert_eq!(field.matches("\r\n").count(), 1, "{field}");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[^\\p{Cc}]{0,300}") {
            let field = unstructured("Subject", &text).unwrap();
            check_lines(&field)?;
            let (header, _) = mailparse::parse_header(&field).unwrap();
            prop_assert_eq!(header.get_value(), text);
        }

        #[test]
        fn mostly_ascii_text_comes_back(text in "([a-z]{1,12}|[ =?_]|é|日|😀|=\\?utf-8\\?q\\?){0,80}") {
            let field = unstructured("Subject", &text).unwrap();
            check_lines(&field)?;
            let (header, _) = mailparse::parse_header(&field).unwrap();
            prop_assert_eq!(header.get_value(), text);
        }

        #[test]
        fn any_name_comes_back(name in "[^\\p{Cc}]{1,120}") {
            // Readers trim names.
            let name = name.trim().to_owned();
            prop_assume!(!name.is_empty());
            let field = phrase(&name);
            check_lines(field.as_bytes())?;
            let (header, _) = mailparse::parse_header(field.as_bytes()).unwrap();
            let found = mailparse::addrparse_header(&header).unwrap().extract_single_info().unwrap();
            prop_assert_eq!(found.addr, "a@example.com");
            prop_assert_eq!(found.display_name, Some(name));
        }

        #[test]
        fn nothing_ends_the_field(text in any::<String>()) {
            if let Ok(field) = unstructured("Subject", &text) {
                check_lines(&field)?;
            }
        }
    }

    fn check_lines(field: &[u8]) -> Result<(), TestCaseError> {
        let text = std::str::from_utf8(field).unwrap();
        prop_assert!(text.is_ascii());
        let text = text.strip_suffix("\r\n").unwrap();
        for (number, line) in text.split("\r\n").enumerate() {
            prop_assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
            prop_assert!(number == 0 || line.starts_with(' '), "{line:?}");
            prop_assert!(!line.contains("=?utf-8?") || line.len() <= 76, "{line:?}");
            for word in line.split(' ').filter(|word| word.starts_with("=?utf-8?")) {
                prop_assert!(word.len() <= LONGEST, "{word}");
            }
        }
        Ok(())
    }
}
