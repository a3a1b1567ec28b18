//! Parameters of MIME header fields read: RFC 2231, and the encoded-words that many put there instead.

use super::charset;
use super::encoded_word::{self, digit};

/// The value of a parameter, of all those its field has, each with its name and its value without quotes.
///
/// The pieces of a long value are put together and decoded (RFC 2231 sections 3 and 4); where a value stands there in
/// both forms, that one counts. A value in one piece may hold encoded-words: no standard allows it, and many programs
/// write them.
pub fn value<'a>(parameters: impl IntoIterator<Item = (&'a [u8], &'a [u8])>, name: &str) -> Option<String> {
    let mut plain = None;
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for (key, value) in parameters {
        let Some((head, tail)) = key.split_at_checked(name.len()) else { continue };
        if !head.eq_ignore_ascii_case(name.as_bytes()) {
            continue;
        }
        match tail {
            b"" => plain = plain.or(Some(value)),
            b"*" => pieces.push(Piece { number: 0, is_whole: true, is_encoded: true, value }),
            [b'*', tail @ ..] => {
                let (digits, is_encoded) = tail.strip_suffix(b"*").map_or((tail, false), |digits| (digits, true));
                let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
                if let Some(number) = number {
                    pieces.push(Piece { number, is_whole: false, is_encoded, value });
                }
            }
            _ => {}
        }
    }
    joined(pieces).or_else(|| plain.map(encoded_word::decode))
}

struct Piece<'a> {
    number: u32,
    is_whole: bool,
    is_encoded: bool,
    value: &'a [u8],
}

/// The pieces in their order, up to the first that is missing.
fn joined(mut pieces: Vec<Piece<'_>>) -> Option<String> {
    pieces.sort_by_key(|piece| (!piece.is_whole, piece.number));
    if pieces.first()?.is_whole {
        pieces.truncate(1);
    }
    pieces.dedup_by_key(|piece| piece.number);
    let mut charset: &[u8] = b"";
    let mut octets = Vec::new();
    for (expected, piece) in (0u32..).zip(&pieces) {
        if piece.number != expected {
            break;
        }
        let mut text = piece.value;
        if expected == 0
            && piece.is_encoded
            && let [name, _language, rest] = text.splitn(3, |octet| *octet == b'\'').collect::<Vec<_>>()[..]
        {
            (charset, text) = (name, rest);
        }
        if piece.is_encoded { percent_decoded(text, &mut octets) } else { octets.extend_from_slice(text) }
    }
    let is_begun = pieces.first().is_some_and(|piece| piece.number == 0);
    is_begun.then(|| charset::decode(charset, &octets).0)
}

fn percent_decoded(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some((octet, rest)) = text.split_first() {
        text = rest;
        match (octet, rest) {
            (b'%', [high, low, after @ ..]) if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
                out.push(high << 4 | low);
                text = after;
            }
            _ => out.push(*octet),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::folding::Folding;
    use super::super::media_type::MediaType;
    use super::super::parameter;
    use super::*;

    fn read(parameters: &[(&str, &str)]) -> Option<String> {
        value(parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())), "filename")
    }

    #[test]
    fn values_in_one_piece() {
        assert_eq!(read(&[("Filename", "a b.txt")]).unwrap(), "a b.txt");
        assert_eq!(read(&[("filename*", "UTF-8'en'na%C3%AFve%20x")]).unwrap(), "naïve x");
        assert_eq!(read(&[("filename*", "iso-8859-1''%a3")]).unwrap(), "£");
        assert_eq!(read(&[("filename", "=?utf-8?B?w6QudHh0?=")]).unwrap(), "ä.txt");
        assert_eq!(read(&[("filename", "na?ve"), ("filename*", "utf-8''na%c3%afve")]).unwrap(), "naïve");
        assert_eq!(read(&[("filename*", "50%.txt")]).unwrap(), "50%.txt");
        assert_eq!(read(&[("name", "x"), ("filenames", "y"), ("filename*x", "z")]), None);
    }

    #[test]
    fn values_in_pieces() {
        let pieces = [("filename*1", "b"), ("FILENAME*0*", "utf-8''a%c3"), ("filename*2*", "%41"), ("filename*4", "x")];
        assert_eq!(read(&pieces).unwrap(), "a\u{fffd}bA");
        let cut = [("filename*0*", "utf-8''a%c3"), ("filename*1*", "%a4"), ("filename*1*", "again")];
        assert_eq!(read(&cut).unwrap(), "aä");
        assert_eq!(read(&[("filename*0", "a"), ("filename*1", "%20b")]).unwrap(), "a%20b");
        assert_eq!(read(&[("filename*1", "b"), ("filename", "c")]).unwrap(), "c");
        assert_eq!(read(&[("filename*4294967296", "b")]), None);
    }

    proptest! {
        #[test]
        fn what_was_written_comes_back(name in any::<String>()) {
            let mut field = Folding::new("Content-Disposition");
            field.word("attachment");
            parameter::push(&mut field, "filename", &name);
            let field = field.finish().unwrap();
            let body = [b"x/y", field.strip_prefix(b"Content-Disposition: attachment").unwrap()].concat();
            let media = MediaType::parse(&body);
            prop_assume!(!name.starts_with('\u{feff}'));
            prop_assert_eq!(value(media.parameters(), "filename"), Some(name));
        }

        #[test]
        fn anything_is_read(parameters in prop::collection::vec(("filename[*]?[0-9]{0,3}[*]?", "[%'a0-9]{0,9}"), 0..9)) {
            value(parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())), "filename");
        }
    }
}
