//! Message identifiers, RFC 5322 section 3.6.4: new ones, and those a reply refers to.

use std::time::{SystemTime, UNIX_EPOCH};

use super::encoded_word::is_atext;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// Longer identifiers would not fit on a line of their own.
const LONGEST: usize = 900;

/// A new identifier: `<random.time@domain>`, with 96 bits from the system's generator.
///
/// A domain that cannot stand there, such as a host name with an underscore's kin, becomes `localhost`; one beyond
/// ASCII is written with A-labels.
///
/// # Errors
///
/// [`Error::Storage`] if the system has no random numbers to give.
pub fn generate(domain: &str, now: SystemTime) -> Result<String> {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(format!("<{}.{seconds:x}@{}>", random_name(12)?, right_side(domain)))
}

/// The identifiers in the text of `--in-reply-to` or a References field, each with its angle brackets; missing ones
/// are added.
///
/// What stands between the brackets is not judged further than that it can be written into a header: a reply must
/// name what the other side wrote, well-formed or not.
///
/// # Errors
///
/// [`Error::InvalidInput`], which begins with `option`, for anything but printable ASCII, unpaired brackets, or no
/// identifier at all.
pub fn parse_list(option: &str, text: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for word in text.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        // Some write them side by side without a space.
        for id in word.split_inclusive('>') {
            found.push(bracketed(id).ok_or_else(|| invalid(option, id))?);
        }
    }
    if found.is_empty() { Err(invalid(option, text)) } else { Ok(found) }
}

/// Small letters and digits that hold so many octets of randomness.
pub(super) fn random_name(octets: usize) -> Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    // Five bits a character.
    let mut random = vec![0; (octets * 8).div_ceil(5)];
    getrandom::fill(&mut random).map_err(|error| Error::Storage {
        doing: "cannot get random numbers".into(),
        source: std::io::Error::other(error.to_string()),
        kind: crate::error::StorageKind::System,
    })?;
    Ok(random
        .iter()
        .filter_map(|octet| ALPHABET.get(usize::from(octet & 31)))
        .map(|octet| char::from(*octet))
        .collect())
}

fn bracketed(id: &str) -> Option<String> {
    let inner = match (id.strip_prefix('<'), id.strip_suffix('>')) {
        (Some(_), Some(_)) => id.get(1..id.len() - 1)?,
        (None, None) => id,
        _ => return None,
    };
    let valid = !inner.is_empty()
        && inner.len() <= LONGEST
        && inner.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    valid.then(|| format!("<{inner}>"))
}

/// `id-right` of RFC 5322: a `dot-atom-text`, or an address literal.
fn right_side(domain: &str) -> String {
    const FALLBACK: &str = "localhost";
    const LONGEST_DOMAIN: usize = 255;
    let is_literal = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':')));
    if is_literal && domain.len() > 2 {
        return domain.into();
    }
    let ascii = if domain.is_ascii() { Some(domain.into()) } else { idna::domain_to_ascii(domain).ok() };
    ascii
        .map(|name: String| name.trim_end_matches('.').to_owned())
        .filter(|name| name.len() <= LONGEST_DOMAIN)
        .filter(|name| name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_atext)))
        .unwrap_or_else(|| FALLBACK.into())
}

fn invalid(option: &str, id: &str) -> Error {
    Error::InvalidInput(format!("{option}: '{}' is not a message identifier", sanitize_capped(id.as_bytes(), 80)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifiers_differ_and_end_in_the_domain() {
        let ids: HashSet<String> = (0..1_000).map(|_| generate("example.com", UNIX_EPOCH).unwrap()).collect();
        assert_eq!(ids.len(), 1_000);
        assert!(ids.iter().all(|id| id.starts_with('<') && id.ends_with(".0@example.com>")));
    }

    #[test]
    fn the_right_side_is_valid_whatever_the_host_is_called() {
        for (domain, right) in [
            ("host_1.example.", "host_1.example"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("", "localhost"),
            ("a..b", "localhost"),
            ("(none)", "localhost"),
            ("a b", "localhost"),
            ("a\r\nBcc: b", "localhost"),
            ("[]", "localhost"),
        ] {
            assert_eq!(right_side(domain), right, "{domain:?}");
        }
    }

    #[test]
    fn brackets_are_added_where_they_are_missing() {
        let found = parse_list("--in-reply-to", "a@b <c@d>\t<e@f><no-at-sign>, x").unwrap();
        assert_eq!(found, ["<a@b>", "<c@d>", "<e@f>", "<no-at-sign>", "<x>"]);
        for bad in ["", " ", "<a@b", "a@b>", "<>", "<a<b>", "<ü@b>", "a@b\r\nBcc: c@d", "<a\0@b>", "<a@b>c>"] {
            let error = parse_list("--in-reply-to", bad).unwrap_err().to_string();
            assert!(error.starts_with("--in-reply-to: '"), "{error}");
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn no_domain_makes_an_invalid_identifier(domain in any::<String>()) {
            let id = generate(&domain, UNIX_EPOCH).unwrap();
            prop_assert!(id.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(parse_list("--in-reply-to", &id).unwrap(), [id]);
        }
    }
}
