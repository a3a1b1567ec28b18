//! Parameters of MIME header fields, RFC 2231: names of files in any script and of any length.

use std::fmt::Write as _;

use super::folding::Folding;

/// A value in quotes that is longer is written in pieces.
const LONGEST_QUOTED: usize = 60;

/// Adds `; name=value`: as a token or quoted string where every reader understands it, else percent-encoded UTF-8
/// (section 4), in numbered pieces where one line cannot hold it (section 3).
///
/// Quotes and backslashes are percent-encoded rather than escaped: many readers cannot undo the escape, and some take
/// what follows for another parameter.
pub(super) fn push(field: &mut Folding, name: &str, value: &str) {
    field.glued(";");
    // Some readers take what stands before an apostrophe or a percent sign for the marks of section 4.
    let is_plain = is_token(value) && !value.contains(['\'', '%', '*']);
    if is_plain && value.len() <= LONGEST_QUOTED {
        return field.word(&format!("{name}={value}"));
    }
    let is_quotable = value.len() <= LONGEST_QUOTED
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
        && !value.contains("=?")
        && value.trim() == value;
    if is_quotable {
        return field.word(&format!("{name}=\"{value}\""));
    }
    let encoded: Vec<String> = value.chars().map(percent).collect();
    let start = format!("{name}*=utf-8''");
    let length: usize = encoded.iter().map(String::len).sum();
    // One octet is for the semicolon that may follow.
    if start.len() + length < Folding::whole_room() {
        return field.word(&format!("{start}{}", encoded.concat()));
    }
    let mut piece = format!("{name}*0*=utf-8''");
    let mut number = 0u32;
    for character in &encoded {
        if piece.len() + character.len() + 1 > Folding::whole_room() {
            piece.push(';');
            field.word(&piece);
            number += 1;
            piece = format!("{name}*{number}*=");
        }
        piece.push_str(character);
    }
    field.word(&piece);
}

/// `token` of RFC 2045 section 5.1.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte))
}

/// A character as `attribute-char` or its octets percent-encoded (section 7).
fn percent(c: char) -> String {
    let mut out = String::new();
    for octet in c.encode_utf8(&mut [0; 4]).bytes() {
        if octet.is_ascii_alphanumeric() || b"!#$&+-.^_`{|}~".contains(&octet) {
            out.push(char::from(octet));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn disposition(name: &str) -> String {
        let mut field = Folding::new("Content-Disposition");
        field.word("attachment");
        push(&mut field, "filename", name);
        String::from_utf8(field.finish().unwrap()).unwrap()
    }

    #[test]
    fn what_looks_like_an_encoding_is_quoted() {
        for name in ["'q'.txt", "utf-8''x", "100%.txt", "a*b"] {
            assert_eq!(disposition(name), format!("Content-Disposition: attachment; filename=\"{name}\"\r\n"));
        }
    }

    #[test]
    fn the_simplest_form_that_serves() {
        assert_eq!(disposition("a.txt"), "Content-Disposition: attachment; filename=a.txt\r\n");
        assert_eq!(disposition("a b;c.txt"), "Content-Disposition: attachment; filename=\"a b;c.txt\"\r\n");
        assert_eq!(disposition("naïve.txt"), "Content-Disposition: attachment; filename*=utf-8''na%C3%AFve.txt\r\n");
        assert_eq!(disposition("a\"b"), "Content-Disposition: attachment; filename*=utf-8''a%22b\r\n");
        assert_eq!(
            disposition("=?utf-8?q?x?="),
            "Content-Disposition: attachment; filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D\r\n"
        );
        assert_eq!(disposition(""), "Content-Disposition: attachment; filename=\"\"\r\n");
    }

    #[test]
    fn a_long_name_comes_in_numbered_pieces() {
        let name = "日本語".repeat(10);
        let field = disposition(&name);
        assert!(field.contains("\r\n filename*0*=utf-8''%E6"), "{field}");
        assert!(field.contains(";\r\n filename*4*="), "{field}");
        assert!(field.lines().all(|line| line.len() <= 76), "{field}");
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name in any::<String>()) {
            let field = disposition(&name);
            prop_assert!(field.is_ascii() && field.lines().all(|line| line.len() <= 76), "{}", field);
            prop_assert!(!field.trim_end_matches("\r\n").replace("\r\n ", "").contains(['\r', '\n', '\0']));
            let (header, _) = mailparse::parse_header(field.as_bytes()).unwrap();
            let found = mailparse::parse_content_disposition(&header.get_value());
            prop_assert_eq!(found.params.get("filename"), Some(&name));
        }
    }
}
