//! Encoded-words read (RFC 2047 section 6), as they really come.

use crate::mail::charset::{Charset, Decoder};
use crate::mail::field::unfold;
use crate::mail::transfer_decoding::TransferDecoder;

/// The text of a header field's body, a display name or a parameter, for people to read.
///
/// Quirks that are read as they were meant: encoded-words inside quoted strings, beside other text without a space,
/// longer than 75 octets, with spaces in them, and characters cut in two between words. Octets beyond ASCII that are not
/// encoded are UTF-8, or else Windows-1252. What is no encoded-word stays as it is.
///
/// What comes out may hold control characters, line ends among them.
pub fn decode(body: &[u8]) -> String {
    let unfolded = unfold(body);
    let mut reader = Reader { rest: &unfolded, is_endless: false };
    let mut text = String::new();
    // The charset and the decoder of the words that came last.
    let mut open: Option<(Vec<u8>, Decoder)> = None;
    while !reader.rest.is_empty() {
        let Some((plain, word)) = reader.next() else { break };
        if !plain.is_empty() && (open.is_none() || word.is_none() || !plain.trim_ascii().is_empty()) {
            close(&mut open, &mut text);
            plain_text(plain, &mut text);
        }
        let Some(word) = word else { continue };
        let charset = word.charset.to_ascii_lowercase();
        if open.as_ref().is_none_or(|(known, _)| *known != charset) {
            close(&mut open, &mut text);
        }
        let (_, decoder) = open.get_or_insert_with(|| {
            let decoder = Charset::named(&charset).decoder();
            (charset, decoder)
        });
        decoder.push(&word.octets(), &mut text);
    }
    close(&mut open, &mut text);
    text
}

struct Reader<'a> {
    rest: &'a [u8],
    /// There is no end of a word any more.
    is_endless: bool,
}

struct Word<'a> {
    charset: &'a [u8],
    is_base64: bool,
    text: &'a [u8],
}

/// No charset has a longer name, with its language (RFC 2231 section 5).
const LONGEST_CHARSET: usize = 80;

impl<'a> Reader<'a> {
    /// Text up to the next encoded-word, and that word; no word at the end.
    fn next(&mut self) -> Option<(&'a [u8], Option<Word<'a>>)> {
        let begin = self.rest;
        for at in memchr::memmem::find_iter(begin, b"=?") {
            if self.is_endless {
                break;
            }
            let (plain, candidate) = begin.split_at_checked(at)?;
            if let Some((word, rest)) = self.word(candidate) {
                self.rest = rest;
                return Some((plain, Some(word)));
            }
        }
        self.rest = b"";
        Some((begin, None))
    }

    fn word(&mut self, text: &'a [u8]) -> Option<(Word<'a>, &'a [u8])> {
        let text = text.strip_prefix(b"=?")?;
        let end = text.iter().take(LONGEST_CHARSET).position(|octet| *octet == b'?')?;
        let (charset, text) = text.split_at_checked(end)?;
        if charset.is_empty() || !charset.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let (is_base64, text) = match text {
            [b'?', b'b' | b'B', b'?', text @ ..] => (true, text),
            [b'?', b'q' | b'Q', b'?', text @ ..] => (false, text),
            _ => return None,
        };
        let Some(end) = memchr::memmem::find(text, b"?=") else {
            self.is_endless = true;
            return None;
        };
        let (text, rest) = text.split_at_checked(end)?;
        // The language says nothing to us.
        let charset = charset.split(|octet| *octet == b'*').next().unwrap_or_default();
        Some((Word { charset, is_base64, text }, rest.get(2..).unwrap_or_default()))
    }
}

impl Word<'_> {
    fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        if self.is_base64 {
            let mut decoder = TransferDecoder::named(b"base64").unwrap_or_else(TransferDecoder::identity);
            decoder.push(self.text, &mut octets);
            decoder.finish(&mut octets);
            return octets;
        }
        let mut text = self.text;
        while let Some((octet, rest)) = text.split_first() {
            text = rest;
            match (octet, rest) {
                (b'_', _) => octets.push(b' '),
                (b'=', [high, low, after @ ..]) if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
                    octets.push(high << 4 | low);
                    text = after;
                }
                _ => octets.push(*octet),
            }
        }
        octets
    }
}

fn close(open: &mut Option<(Vec<u8>, Decoder)>, text: &mut String) {
    if let Some((_, decoder)) = open.take() {
        decoder.finish(text);
    }
}

fn plain_text(octets: &[u8], text: &mut String) {
    let mut decoder = Charset::named(b"").decoder();
    decoder.push(octets, text);
    decoder.finish(text);
}

/// The value of a hexadecimal digit.
pub(in crate::mail) fn digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::unstructured;
    use super::*;

    fn read(text: &str) -> String {
        decode(text.as_bytes())
    }

    #[test]
    fn the_examples_of_the_rfc() {
        for (text, expected) in [
            ("=?ISO-8859-1?Q?a?=", "a"),
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
                "If you can read this you understand the example.",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn words_as_they_come() {
        assert_eq!(read("a=?utf-8?q?=C3=A4?=b"), "aäb");
        assert_eq!(read("\"=?utf-8?Q?J=C3=B6rg?=\" x"), "\"Jörg\" x");
        assert_eq!(read("=?utf-8?B?4oI=?= =?UTF-8?B?rA==?="), "€");
        assert_eq!(read("=?utf-8?q?two words?="), "two words");
        assert_eq!(read("=?utf-8?q?a?b?="), "a?b");
        assert_eq!(read("=?x-none?q?a=E4?="), "aä");
        assert_eq!(decode(b"caf\xe9 and \xc3\xa4"), "café and Ã¤");
        assert_eq!(decode(b"\xc3\xa4 =?utf-8?q?b?= \xe9"), "ä b é");
    }

    #[test]
    fn what_is_no_word_stays() {
        for text in ["=?utf-8?q?x", "=?utf-8?x?a?=", "=??q?a?=", "=?a b?q?c?=", "=?", "1 =? 2 ?= 3", "a\tb  c "] {
            assert_eq!(read(text), text);
        }
        assert_eq!(read("=?=?utf-8?q?x?="), "=?x");
    }

    #[test]
    fn many_beginnings_take_no_time() {
        for text in ["=?utf-8?q?".repeat(100_000), "=?".repeat(500_000), "=?a?q?x?= =?a".repeat(100_000)] {
            assert!(!read(&text).is_empty());
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(text in "([a-z]{1,12}|[ =?_]|é|日|😀|=\\?utf-8\\?q\\?){0,80}") {
            let field = unstructured("S", &text).unwrap();
            let body = field.strip_prefix(b"S:").unwrap().strip_suffix(b"\r\n").unwrap();
            let body = body.strip_prefix(b" ").unwrap_or(body);
            prop_assert_eq!(decode(body), text);
        }

        #[test]
        fn anything_is_read(body in prop::collection::vec(prop_oneof![Just(b'='), Just(b'?'), Just(b'q'), any::<u8>()], 0..80)) {
            decode(&body);
        }
    }
}
