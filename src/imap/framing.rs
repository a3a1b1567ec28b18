//! Where a response ends: lines, and the literals that they announce (RFC 9051 section 4.3). Knows no response but by its first
//! word.

use crate::error::{Error, Result};
use crate::net::Deadline;
use crate::wire::Connection;

/// The most that is held of one response, in octets.
pub(super) const MAX_RESPONSE: usize = 1024 * 1024;

/// The most that is held of a response which is nothing but numbers: those of a mailbox with millions of messages.
const MAX_NUMBERS: usize = 64 * 1024 * 1024;

/// What stands behind `*` or a tag in responses that may be as long as a mailbox has messages.
const NUMBERS: [&[u8]; 9] = [
    b"SEARCH",
    b"ESEARCH",
    b"SORT",
    b"THREAD",
    b"VANISHED",
    b"OK [MODIFIED",
    b"NO [MODIFIED",
    b"OK [COPYUID",
    b"OK [APPENDUID",
];

/// The longest tag of ours.
const MAX_TAG: usize = 32;

/// A literal that a line announces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Announced {
    /// How long it is.
    pub(super) octets: u64,
    /// Where its announcement begins: at `{`, or the `~` before it.
    pub(super) at: usize,
}

/// Appends the next line, with as much room as its first word deserves.
pub(super) fn read_line(connection: &mut Connection, bytes: &mut Vec<u8>, deadline: &Deadline) -> Result<()> {
    match connection.read_segment(bytes, MAX_RESPONSE, deadline) {
        Err(Error::Limit { .. }) if is_numbers(bytes) => connection.read_segment(bytes, MAX_NUMBERS, deadline),
        other => other,
    }
}

/// How much more of a response may be held.
pub(super) fn room(bytes: &[u8]) -> u64 {
    MAX_RESPONSE.saturating_sub(bytes.len()) as u64
}

/// The literal that the last line announces, which begins at `from`; `None` if the response ends there.
///
/// Quirk: quotes are not looked at. No quoted string holds a line end, so that none is open here; only a server that escapes no
/// quotes makes it seem so, and by one in a header somebody could hide an announcement, and have what follows, which they wrote as
/// well, taken for responses.
pub(super) fn announced(bytes: &[u8], from: usize) -> Option<Result<Announced, String>> {
    let line = bytes.get(from..)?;
    let inner = line.strip_suffix(b"}")?;
    if from == 0 && !may_announce(line) {
        return None;
    }
    let open = memchr::memrchr(b'{', inner)?;
    let digits = inner.get(open + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    let Some(octets) = number.filter(|octets| i64::try_from(*octets).is_ok()) else {
        return Some(Err("a literal is announced that is longer than anything can be".into()));
    };
    let is_binary = open > 0 && line.get(open - 1) == Some(&b'~');
    Some(Ok(Announced { octets, at: from + open - usize::from(is_binary) }))
}

/// Whether a response with this first line can hold literals: what servers tell people in status responses cannot.
fn may_announce(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"*").map(<[u8]>::trim_ascii_start) else { return false };
    let word = rest.split(|octet| *octet == b' ').next().unwrap_or_default();
    let statuses: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    // Quirk: a code without its OK (home.pl).
    !word.starts_with(b"[") && !statuses.iter().any(|status| word.eq_ignore_ascii_case(status))
}

fn is_numbers(bytes: &[u8]) -> bool {
    let Some(blank) = memchr::memchr(b' ', bytes.get(..MAX_TAG).unwrap_or(bytes)) else { return false };
    let rest = bytes.get(blank + 1..).unwrap_or_default();
    NUMBERS.iter().any(|word| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(line: &str) -> Option<u64> {
        announced(line.as_bytes(), 0).map(|found| found.unwrap().octets)
    }

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_line() {
        assert_eq!(octets("* 1 FETCH (BODY[] {12}"), Some(12));
        assert_eq!(octets("* 1 FETCH (BINARY[1] ~{12}"), Some(12));
        assert_eq!(octets("* LIST () \"/\" {3+}"), Some(3));
        assert_eq!(octets("* LIST () \"/\" \"a {3}\""), None);
        assert_eq!(octets("* LIST () \"/\" {3} "), None);
        assert_eq!(octets("* LIST () \"/\" {}"), None);
        assert_eq!(octets("* LIST () \"/\" {-1}"), None);
        assert_eq!(octets("* OK said {5}"), None);
        assert_eq!(octets("*  OK said {5}"), None);
        assert_eq!(octets("* [COPYUID 1 2 3] said {5}"), None);
        assert_eq!(octets("ABCD1 OK said {5}"), None);
        assert_eq!(octets("+ go on {5}"), None);
        let found = announced(b"* 1 FETCH (BINARY[1] ~{12}", 0).unwrap().unwrap();
        assert_eq!(found.at, 21);
        // Behind a literal the line is the rest of the response, whatever it begins with.
        assert_eq!(announced(b"xxxx OK {5}", 4).unwrap().unwrap().at, 8);
    }

    /// Quirk: quotes that are not escaped (iCloud's message ids), by whoever wrote the message.
    #[test]
    fn a_stray_quote_hides_no_literal() {
        for text in ["a\"b", "<\"a@x>", "\"\"\"", "5\" disk", "x\" (", "\\", "a\\\""] {
            let line = format!("* 1 FETCH (ENVELOPE (NIL \"{text}\" {{12}}");
            assert_eq!(octets(&line), Some(12), "{line}");
        }
    }

    #[test]
    fn responses_of_numbers_are_known_by_their_words() {
        for line in ["* SEARCH 1", "* esearch (", "ABCD12 OK [COPYUID 1 ", "* OK [COPYUID 1 ", "ABCD12 NO [MODIFIED 1"]
        {
            assert!(is_numbers(line.as_bytes()), "{line}");
        }
        for line in ["* 1 FETCH (", "* LIST ", "ABCD12 OK [X", "* ", "*", "", "x SEARC"] {
            assert!(!is_numbers(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        for digits in ["9223372036854775808", "18446744073709551616", "99999999999999999999999"] {
            assert!(announced(format!("* 1 FETCH (BODY[] {{{digits}}}").as_bytes(), 0).unwrap().is_err());
        }
        assert_eq!(octets("* 1 FETCH (BODY[] {9223372036854775807}"), Some(9_223_372_036_854_775_807));
    }
}
