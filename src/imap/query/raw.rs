//! SEARCH keys as somebody wrote them, taken to pieces so that none can leave its place.

use super::program::Program;
use crate::error::{Error, Result};

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 50;

/// Reads atoms, quoted strings and parentheses.
pub(super) fn program(text: &str) -> Result<Program> {
    let wrong = |why: &str| Err(Error::InvalidInput(format!("these search keys cannot be sent: {why}")));
    let mut program = Program::default();
    let mut depth: usize = 0;
    let mut rest = text.trim_matches(' ');
    if rest.is_empty() {
        return wrong("there are none");
    }
    if let Some(c) = rest.chars().find(|c| c.is_control()) {
        return wrong(&format!("U+{:04X} is a control character", u32::from(c)));
    }
    let first = rest.split(' ').next().unwrap_or_default();
    if let Some(own) = ["RETURN", "CHARSET"].into_iter().find(|own| own.eq_ignore_ascii_case(first)) {
        return wrong(&format!("{own} is chosen by this program; leave it out"));
    }
    while let Some(c) = rest.chars().next() {
        rest = match c {
            '(' if depth == MAX_DEPTH => return wrong("parentheses are nested too deep"),
            '(' => {
                depth += 1;
                program.open();
                rest.get(1..).unwrap_or_default().trim_start_matches(' ')
            }
            ')' if depth == 0 || matches!(program.parts().last(), Some(super::Part::Open)) => {
                return wrong("a ) stands where nothing ends");
            }
            ')' => {
                depth -= 1;
                program.close();
                rest.get(1..).unwrap_or_default()
            }
            '"' => {
                let Some((string, tail)) = quoted(rest) else { return wrong("a \" has no second one") };
                program.string(&string)?;
                tail
            }
            _ => {
                let end = rest.find([' ', '(', ')', '"']).unwrap_or(rest.len());
                let (word, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
                match word.is_ascii() {
                    true if word.contains('{') => return wrong("literals are made of what is in quotes"),
                    true => program.atom(word.to_owned()),
                    false => program.string(word)?,
                }
                tail
            }
        };
        // Pieces are told apart by spaces alone, so that nothing runs together.
        let after = rest.trim_start_matches(' ');
        let apart = after.len() < rest.len() || after.is_empty() || after.starts_with(')') || c == '(';
        if !apart {
            return wrong("a space is missing between two of them");
        }
        rest = after;
    }
    match depth {
        0 => Ok(program),
        _ => wrong("a ( has no )"),
    }
}

/// A quoted string at the start, and what follows it. A backslash makes any character stand for itself.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((out, chars.as_str())),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_taken_as_they_stand() {
        for (typed, sent) in [
            ("UNSEEN", "UNSEEN"),
            ("  OR FROM \"a b\"   (SUBJECT x TO y) ", "OR FROM \"a b\" (SUBJECT x TO y)"),
            ("((SEEN) NOT DELETED)", "((SEEN) NOT DELETED)"),
            ("SUBJECT \"say \\\"\\\\\\\"\"", "SUBJECT \"say \\\"\\\\\\\"\""),
            ("SUBJECT Grüße", "SUBJECT \"Grüße\""),
            ("UID 1:*,5 X-NEW foo", "UID 1:*,5 X-NEW foo"),
            ("SUBJECT \"\"", "SUBJECT \"\""),
        ] {
            assert_eq!(program(typed).unwrap().to_string(), sent);
        }
        assert!(program("SUBJECT Grüße").unwrap().needs_charset());
        assert!(!program("SUBJECT \"x\"").unwrap().needs_charset());
    }

    #[test]
    fn what_would_leave_its_place_is_refused() {
        for wrong in [
            "",
            "  ",
            "SEEN\r\nA LOGOUT",
            "SEEN\nx",
            "SEEN\0",
            "SEEN\tx",
            "(SEEN",
            "SEEN)",
            ")",
            "()",
            "\"a",
            "\"a\\\"",
            "SUBJECT {3}",
            "SUBJECT {3+}",
            "RETURN (ALL) SEEN",
            "charset UTF-8 SEEN",
            "SUBJECT\"x\"",
            "SUBJECT \"x\"SEEN",
            "(SEEN)(SEEN)",
            "a(b)",
        ] {
            assert!(program(wrong).is_err(), "{wrong:?}");
        }
        assert!(program(&format!("{}SEEN{}", "(".repeat(51), ")".repeat(51))).is_err());
        assert!(program(&format!("{}SEEN{}", "(".repeat(50), ")".repeat(50))).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_read_reads_the_same_again(text in "[A-C()\"\\\\ {é]{0,24}") {
            if let Ok(once) = program(&text) {
                prop_assert_eq!(program(&once.to_string()).unwrap(), once);
            }
        }
    }
}
