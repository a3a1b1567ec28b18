//! Header fields for a transport without SMTPUTF8: what is not ASCII becomes encoded-words (RFC 2047), percent-encoded
//! parameters (RFC 2231) or A-labels (RFC 5890).

use std::fmt::Write as _;
use std::ops::Range;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::address::spliced;
use super::field::{Field, unfold};
use super::media_type::Scanner;
use super::recipients::{holds_addresses, members};
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// Fields of identifiers and the like, in which nothing can be encoded.
const EXACT: [&str; 9] = [
    "Message-ID",
    "In-Reply-To",
    "References",
    "Resent-Message-ID",
    "Content-ID",
    "Content-Transfer-Encoding",
    "MIME-Version",
    "Return-Path",
    "Date",
];
const WITH_PARAMETERS: [&str; 2] = ["Content-Type", "Content-Disposition"];

/// The field in ASCII: its meaning stays, octets that are not UTF-8 are said to be of an unknown character set
/// (RFC 1428).
///
/// # Errors
///
/// [`Error::InvalidInput`] for an address whose local part is not ASCII, and for fields in which nothing can be encoded.
pub(crate) fn to_ascii(field: &Field) -> Result<Field> {
    if !field.is_eight_bit() {
        return Ok(field.clone());
    }
    let is_one_of = |names: &[&str]| names.iter().any(|name| field.is(name));
    let room = room(field);
    let body = if is_one_of(&EXACT) {
        return Err(not_encodable(field));
    } else if holds_addresses(field) {
        addresses(field, room)?
    } else if is_one_of(&WITH_PARAMETERS) {
        parameters(field.body())
    } else {
        text(&unfold(field.body()), room)
    };
    if !body.is_ascii() {
        return Err(not_encodable(field));
    }
    let mut ascii = field.with_body(&body);
    ascii.fold(super::field::FOLD_AT);
    Ok(ascii)
}

/// What an encoded-word may have beside the field's name on the first line.
fn room(field: &Field) -> usize {
    const LONGEST: usize = 75;
    const LEAST: usize = 45;
    LONGEST.saturating_sub(field.name().len().saturating_add(1)).clamp(LEAST, LONGEST)
}

/// Unstructured text with the words that are not ASCII encoded.
fn text(body: &[u8], room: usize) -> Vec<u8> {
    let words = words(body);
    let word = |at: usize| words.get(at).and_then(|place| body.get(place.clone())).unwrap_or_default();
    let between = |at: usize| words.get(at).zip(words.get(at + 1)).map_or(0..0, |(this, next)| this.end..next.start);
    let mut changes = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let first = at;
        at += 1;
        if word(first).is_ascii() {
            continue;
        }
        // Readers drop white space between encoded-words: what is to stay is encoded with them.
        while at < words.len() && !word(at).is_ascii() {
            at += 1;
        }
        let start = words.get(first).map_or(0, |place| place.start);
        let end = words.get(at - 1).map_or(start, |place| place.end);
        let mut run = body.get(start..end).unwrap_or_default().to_vec();
        if let Some(before) = first.checked_sub(1).filter(|before| is_encoded_word(word(*before))) {
            run.splice(0..0, body.get(between(before)).unwrap_or_default().iter().copied());
        }
        if is_encoded_word(word(at)) {
            run.extend_from_slice(body.get(between(at - 1)).unwrap_or_default());
        }
        changes.push((start..end, encoded(&run, room)));
    }
    spliced(body, &changes)
}

/// Where the words stand that white space separates.
fn words(text: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, octet) in text.iter().enumerate() {
        match (matches!(octet, b' ' | b'\t'), start) {
            (true, Some(begun)) => {
                words.push(begun..at);
                start = None;
            }
            (false, None) => start = Some(at),
            _ => {}
        }
    }
    words.extend(start.map(|begun| begun..text.len()));
    words
}

fn is_encoded_word(word: &[u8]) -> bool {
    word.starts_with(b"=?") && word.ends_with(b"?=") && word.len() > 4
}

/// Encoded-words of at most `room` octets with spaces between them, fit for text, comments and names alike.
fn encoded(run: &[u8], room: usize) -> Vec<u8> {
    let (charset, pieces): (&str, Vec<&[u8]>) = match std::str::from_utf8(run) {
        Ok(text) => ("utf-8", text.split_inclusive(|_: char| true).map(str::as_bytes).collect()),
        Err(_) => ("unknown-8bit", run.chunks(1).collect()),
    };
    let frame = charset.len() + "=??q??=".len();
    let quoted: usize = run.iter().map(|octet| if is_plain(*octet) { 1 } else { 3 }).sum();
    // Q can be read without decoding: it may be somewhat longer.
    let is_quoted = quoted <= run.len() * 2;
    let mut out = Vec::new();
    let mut word: Vec<u8> = Vec::new();
    let mut finish = |word: &mut Vec<u8>| {
        if !out.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(format!("=?{charset}?{}?", if is_quoted { 'q' } else { 'b' }).as_bytes());
        out.extend_from_slice(if is_quoted { quoted_word(word) } else { BASE64_STANDARD.encode(&word) }.as_bytes());
        out.extend_from_slice(b"?=");
        word.clear();
    };
    for piece in pieces {
        let longer = [&word[..], piece].concat();
        let length = match is_quoted {
            true => quoted_word(&longer).len(),
            false => longer.len().div_ceil(3) * 4,
        };
        if frame + length > room && !word.is_empty() {
            finish(&mut word);
        }
        word.extend_from_slice(piece);
    }
    finish(&mut word);
    out
}

fn quoted_word(octets: &[u8]) -> String {
    let mut word = String::new();
    for octet in octets {
        match octet {
            b' ' => word.push('_'),
            octet if is_plain(*octet) => word.push(char::from(*octet)),
            // Writing to a String cannot fail.
            octet => drop(write!(word, "={octet:02X}")),
        }
    }
    word
}

/// What Q leaves as it is in every place (RFC 2047 section 5, rule 3), and the space.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" !*+-/".contains(&octet)
}

/// An address field with its names and comments encoded, and its domains as A-labels.
fn addresses(field: &Field, room: usize) -> Result<Vec<u8>> {
    let body = field.body();
    let list = members(field)?;
    let mut changes: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let is_eight_bit = |place: &Range<usize>| !body.get(place.clone()).unwrap_or_default().is_ascii();
    for member in &list.members {
        if member.address.needs_smtputf8() {
            return Err(Error::InvalidInput(format!(
                "the address {} can be sent only to a server that offers SMTPUTF8",
                member.address
            )));
        }
        if let Some(domain) = member.domain.clone().filter(is_eight_bit) {
            let ascii = member.address.ascii_domain()?;
            changes.push((domain, ascii.domain().unwrap_or_default().as_bytes().to_vec()));
        }
    }
    let phrases = list.members.iter().map(|member| &member.phrase).chain(&list.groups);
    for place in phrases.filter(|place| is_eight_bit(place)) {
        changes.push((place.clone(), phrase(body.get(place.clone()).unwrap_or_default(), room)));
    }
    for comment in list.comments.iter().filter(|comment| is_eight_bit(&comment.place)) {
        let words = encoded(&comment.text, room);
        changes.push((comment.place.clone(), [b"(", &words[..], b")"].concat()));
    }
    // A comment may stand inside a name.
    changes.sort_by_key(|(place, _)| place.start);
    let mut end = 0;
    changes.retain(|(place, _)| {
        let is_apart = place.start >= end;
        end = end.max(place.end);
        is_apart
    });
    Ok(spliced(body, &changes))
}

/// A display name: word by word, or as a whole if something in it is quoted.
fn phrase(phrase: &[u8], room: usize) -> Vec<u8> {
    let phrase = unfold(phrase);
    if !phrase.iter().any(|octet| matches!(octet, b'"' | b'(' | b'@' | b'.')) {
        return text(&phrase, room);
    }
    let mut plain = Vec::with_capacity(phrase.len());
    let mut octets = phrase.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => {}
            b'\\' => plain.extend(octets.next()),
            _ => plain.push(*octet),
        }
    }
    encoded(&plain, room)
}

/// A field with parameters, those beyond ASCII in the form of RFC 2231.
fn parameters(body: &[u8]) -> Vec<u8> {
    let mut scanner = Scanner { rest: body };
    let mut starts = vec![0];
    while scanner.until(b';') {
        starts.push(body.len() - scanner.rest.len());
    }
    let pieces = starts.iter().zip(starts.iter().skip(1).map(|next| next - 1).chain([body.len()]));
    let pieces: Vec<&[u8]> = pieces.map(|(start, end)| body.get(*start..end).unwrap_or_default()).collect();
    let names: Vec<Vec<u8>> = pieces.iter().map(|piece| Scanner { rest: piece }.token().to_ascii_lowercase()).collect();
    let mut out = Vec::new();
    for piece in pieces {
        let mut scanner = Scanner { rest: piece };
        let name = scanner.token();
        let value = scanner.take(b'=').then(|| scanner.value());
        let separator: &[u8] = if out.is_empty() { b"" } else { b";" };
        match value {
            Some(value) if !value.is_ascii() => {
                // The extended form, if it is there already, says the same.
                let extended = [name.to_ascii_lowercase().as_slice(), b"*"].concat();
                if !names.contains(&extended) {
                    let charset = if std::str::from_utf8(&value).is_ok() { "utf-8" } else { "unknown-8bit" };
                    out.extend_from_slice(separator);
                    out.extend_from_slice(b" ");
                    out.extend_from_slice(&name);
                    out.extend_from_slice(format!("*={charset}''{}", percent_encoded(&value)).as_bytes());
                }
            }
            // A comment; nothing else can be left that is not ASCII.
            _ if !piece.is_ascii() => {
                out.extend_from_slice(separator);
                out.extend(piece.iter().filter(|octet| octet.is_ascii()));
            }
            _ => {
                out.extend_from_slice(separator);
                out.extend_from_slice(piece);
            }
        }
    }
    out
}

fn percent_encoded(value: &[u8]) -> String {
    let mut out = String::new();
    for octet in value {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(octet) {
            out.push(char::from(*octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

fn not_encodable(field: &Field) -> Error {
    let name = sanitize_capped(field.name(), 60);
    Error::InvalidInput(format!(
        "the message's {name} field is not ASCII and cannot be encoded: it needs a server that offers SMTPUTF8"
    ))
}

#[cfg(test)]
mod tests {
    use mailparse::MailHeaderMap as _;
    use proptest::prelude::*;

    use super::*;
    use crate::mail::Header;

    fn ascii(text: &str) -> String {
        let field = Header::parse(text.as_bytes()).fields().first().cloned().unwrap();
        let ascii = to_ascii(&field).unwrap();
        assert!(ascii.raw().is_ascii());
        String::from_utf8(unfold(ascii.body()).trim_ascii().to_vec()).unwrap()
    }

    fn decoded(field: &Field) -> String {
        mailparse::parse_header(field.raw()).unwrap().0.get_value()
    }

    #[test]
    fn text_is_encoded_word_by_word() {
        assert_eq!(ascii("Subject: plain"), "plain");
        assert_eq!(ascii("Subject: a ä ö b"), "a =?utf-8?b?w6Qgw7Y=?= b");
        assert_eq!(ascii("Subject: =?utf-8?q?x?= für"), "=?utf-8?q?x?= =?utf-8?q?_f=C3=BCr?=");
        assert_eq!(ascii("Subject:日本語日本語"), "=?utf-8?b?5pel5pys6Kqe5pel5pys6Kqe?=");
        let latin = Field::from_raw(b"Subject: gr\xfc\xdfe\r\n".to_vec());
        assert_eq!(to_ascii(&latin).unwrap().raw(), b"Subject: =?unknown-8bit?q?gr=FC=DFe?=\r\n");
    }

    #[test]
    fn names_comments_and_domains_are_encoded_and_addresses_are_not() {
        assert_eq!(ascii("To: Jörg Müller <j@x>"), "=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <j@x>");
        assert_eq!(ascii("To: \"Müller, \\\"J\\\"\" <j@x>, b@c"), "=?utf-8?q?M=C3=BCller=2C_=22J=22?= <j@x>, b@c");
        assert_eq!(ascii("To: j@bücher.example (Jörg (x))"), "j@xn--bcher-kva.example (=?utf-8?q?J=C3=B6rg_=28x=29?=)");
        assert_eq!(ascii("Cc: Büro: a@b, \"c d\" <e@f>;"), "=?utf-8?q?B=C3=BCro?=: a@b, \"c d\" <e@f>;");
        assert_eq!(ascii("From: Änn (ü) Lee <a@b>"), "=?utf-8?q?=C3=84nn_=28=C3=BC=29_Lee?= <a@b>");
        for text in ["To: jörg@x\r\n", "Message-ID: <ä@b>\r\n", "To: ä b\r\n", "To: <@ü.example:a@b>\r\n"] {
            let refused = to_ascii(&Field::from_raw(text.as_bytes().to_vec()));
            assert!(matches!(refused, Err(Error::InvalidInput(_))), "{text}: {refused:?}");
        }
    }

    #[test]
    fn parameters_are_encoded() {
        let text = "Content-Disposition: attachment; filename=\"Grüße 1.txt\"; size=3";
        assert_eq!(ascii(text), "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%201.txt; size=3");
        let twice = "Content-Disposition: attachment; filename=\"ü\"; filename*=utf-8''%C3%BC";
        assert_eq!(ascii(twice), "attachment; filename*=utf-8''%C3%BC");
        assert_eq!(ascii("Content-Type: text/plain (ü); charset=utf-8"), "text/plain (); charset=utf-8");
    }

    proptest! {
        #[test]
        fn readers_see_the_same_text(subject in "[a-z ä日\u{1f600}=?_]{0,120}") {
            let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assume!(!subject.contains("=?") && !subject.is_empty());
            let field = Field::from_raw(format!("Subject: {subject}\r\n").into_bytes());
            let ascii = to_ascii(&field).unwrap();
            prop_assert!(ascii.raw().is_ascii());
            prop_assert_eq!(decoded(&ascii), subject);
            for word in unfold(ascii.body()).split(|octet| *octet == b' ').filter(|word| is_encoded_word(word)) {
                prop_assert!(word.len() <= 75);
            }
        }

        #[test]
        fn readers_see_the_same_people(name in "[a-zä日 ]{1,40}", quoted in any::<bool>()) {
            prop_assume!(!name.trim().is_empty());
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let written = if quoted { format!("\"{name}\"") } else { name.clone() };
            let text = format!("To: {written} <a@b>, c@d\r\n\r\n");
            let (headers, _) = mailparse::parse_headers(text.as_bytes()).unwrap();
            let before = mailparse::addrparse_header(headers.get_first_header("To").unwrap()).unwrap();
            let ascii = to_ascii(&Field::from_raw(text.trim_end().as_bytes().to_vec())).unwrap();
            let (header, _) = mailparse::parse_header(ascii.raw()).unwrap();
            prop_assert_eq!(mailparse::addrparse_header(&header).unwrap(), before);
        }
    }
}
