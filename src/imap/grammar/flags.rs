//! Lists of flags, as they stand in the response (RFC 9051 section 2.3.2).

use std::borrow::Cow;

use super::cursor::{Cursor, Text};
use super::flaw::Parsed;
use crate::imap::flag::{Flag, FlagSet};

/// The flags of a message or mailbox, or the attributes of a name in LIST: read when they are looked at.
#[derive(Clone, Debug, Default)]
pub struct Flags<'a> {
    /// What is between the parentheses.
    wire: Cow<'a, [u8]>,
}

impl<'a> Flags<'a> {
    /// Each as the server wrote it: `\Seen`, `$Forwarded`. What is no flag is among them.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let mut cursor = Cursor::over(&self.wire);
        std::iter::from_fn(move || next(&mut cursor))
    }

    /// Whether a flag is there, in whatever case.
    pub fn contains(&self, flag: &[u8]) -> bool {
        self.iter().any(|found| found.eq_ignore_ascii_case(flag))
    }

    /// Those that are flags; what is none is left out.
    pub fn to_set(&self) -> FlagSet {
        self.iter().filter_map(|flag| Flag::from_wire(&flag)).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The same flags, owned.
    pub fn into_owned(self) -> Flags<'static> {
        Flags { wire: Cow::Owned(self.wire.into_owned()) }
    }

    /// `flag-list = "(" [flag *(SP flag)] ")"`
    ///
    /// Quirks: NIL and quoted flags; a flag holds any octet but blanks and parentheses, such as the brackets and plus signs of
    /// Gmail's.
    #[inline]
    pub(super) fn flag_list(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        if cursor.peek() != Some(b'(') && cursor.nil() {
            return Ok(Self::default());
        }
        cursor.expect(b'(', "a list of flags")?;
        let start = *cursor;
        let from = cursor.at();
        cursor.while_(|octet| !matches!(octet, b')' | b'"' | b'{' | b'(' | b'\r'));
        if cursor.peek() != Some(b')') {
            // Something else than atoms is among them.
            *cursor = start;
            cursor.blanks();
            while !matches!(cursor.peek(), None | Some(b')')) {
                cursor.skip_value()?;
                cursor.blanks();
            }
        }
        let wire = Cow::Borrowed(cursor.since(from));
        cursor.expect(b')', "the end of a list of flags")?;
        Ok(Self { wire })
    }
}

impl PartialEq for Flags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Flags<'_> {}

fn next<'a>(cursor: &mut Cursor<'a>) -> Option<Text<'a>> {
    loop {
        cursor.blanks();
        if cursor.is_at_end() {
            return None;
        }
        match cursor.astring() {
            Ok(flag) => return Some(flag),
            // A list among the flags, or an octet that begins nothing: passed over.
            Err(_) => match cursor.skip_value() {
                Ok(()) => {}
                Err(_) => cursor.set_at(cursor.at() + 1),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Vec<String> {
        let mut cursor = Cursor::over(text.as_bytes());
        let flags = Flags::flag_list(&mut cursor).unwrap();
        assert!(cursor.is_at_end(), "{text}");
        flags.iter().map(|flag| String::from_utf8_lossy(&flag).into_owned()).collect()
    }

    #[test]
    fn flags_are_borrowed() {
        assert_eq!(flags("(\\Seen $Forwarded)"), ["\\Seen", "$Forwarded"]);
        assert_eq!(flags("()"), [""; 0]);
        assert_eq!(flags("( \\Seen  \\* )"), ["\\Seen", "\\*"]);
    }

    /// Quirk: flags as NIL, quoted, with brackets and plus signs (Gmail), with 8-bit octets.
    #[test]
    fn flags_as_servers_write_them() {
        assert_eq!(flags("NIL"), [""; 0]);
        assert_eq!(flags("(\"\\\\Seen\" \"a b\")"), ["\\Seen", "a b"]);
        assert_eq!(flags("([Gmail]/x a+b )"), ["[Gmail]/x", "a+b"]);
        assert_eq!(flags("({4}\r\na) b c)"), ["a) b", "c"]);
        assert_eq!(flags("(a{3} b)"), ["a{3}", "b"]);
        assert_eq!(flags("(a (b c) d)"), ["a", "d"]);
        assert_eq!(flags("(ä)"), ["ä"]);
    }

    #[test]
    fn a_list_without_end_is_none() {
        for text in ["(\\Seen", "(", "", "x", "(\"a", "({9}\r\na)"] {
            assert!(Flags::flag_list(&mut Cursor::over(text.as_bytes())).is_err(), "{text}");
        }
    }

    #[test]
    fn case_makes_no_difference() {
        let mut cursor = Cursor::over(b"(\\SEEN)");
        let flags = Flags::flag_list(&mut cursor).unwrap();
        assert!(flags.contains(b"\\Seen"));
        assert!(!flags.contains(b"\\Draft"));
        assert!(flags.to_set().contains(&Flag::Seen));
    }
}
