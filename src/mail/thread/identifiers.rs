//! Message identifiers in header fields, each in one form (RFC 5256 section 3).

/// A longer one is none: it would not fit on a line.
const LONGEST: usize = 998;

/// What stands between angle brackets, without quotes and white space, so that all spellings of one are equal.
///
/// Quirk: an identifier without `@` is taken as it is; some programs make such.
pub(super) fn identifiers(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        loop {
            let at = memchr::memchr(b'<', rest)?;
            rest = rest.get(at + 1..).unwrap_or_default();
            let text = rest.get(..LONGEST).unwrap_or(rest);
            let Some((identifier, length)) = quoted(text).or_else(|| plain(text)) else { continue };
            rest = rest.get(length..).unwrap_or_default();
            if !identifier.is_empty() {
                return Some(identifier);
            }
        }
    })
}

/// Up to the next `>` that is not quoted, and how long that was.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut identifier = Vec::new();
    let mut is_quoted = false;
    let mut octets = text.iter().enumerate();
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => is_quoted = !is_quoted,
            b'\\' if is_quoted => identifier.extend(octets.next().map(|(_, octet)| *octet)),
            b'>' if !is_quoted => return Some((identifier, at + 1)),
            // Another begins: this one has no end.
            b'<' if !is_quoted => return None,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            octet => identifier.push(*octet),
        }
    }
    None
}

/// Up to the next `>`, where quotes are not in pairs.
fn plain(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = memchr::memchr2(b'>', b'<', text)?;
    let (identifier, rest) = text.split_at_checked(end)?;
    rest.starts_with(b">").then(|| (identifier.to_vec(), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Vec<String> {
        identifiers(body.as_bytes()).map(|identifier| String::from_utf8(identifier).unwrap()).collect()
    }

    #[test]
    fn one_form_for_all_spellings() {
        assert_eq!(of("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>"), of("<01KF8JCEOCBS0045PS@xxx.yyy.com>"));
        assert_eq!(of("<a@b><c@d>,\r\n\t<e\r\n f@g>"), ["a@b", "c@d", "ef@g"]);
        assert_eq!(of("<\"a>\\\"b\"@c>"), ["a>\"b@c"]);
        assert_eq!(of("your mail of Monday <a@b> <x"), ["a@b"]);
        assert_eq!(of("<a@b <c@d> <\"e@f>"), ["c@d", "\"e@f"]);
        assert_eq!(of("a@b <> no"), [""; 0]);
        assert_eq!(of("<no-at-sign>"), ["no-at-sign"]);
    }

    #[test]
    fn long_fields_take_no_time() {
        for body in ["<", "<\"", "<a", "<\"\\\"", "<>"] {
            identifiers(body.repeat(20_000).as_bytes()).count();
        }
    }
}
