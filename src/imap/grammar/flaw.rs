//! What a response has wrong.

use std::fmt;

use crate::text::sanitize_capped;

/// How much of what was found instead is kept, in characters.
const SHOWN: usize = 40;

/// A place where a response does not follow the grammar. `Display` is one line without control characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flaw {
    /// The response, or the item of a FETCH response, that could not be read: `SEARCH`, `ENVELOPE`.
    pub item: &'static str,
    /// What was due.
    pub expected: &'static str,
    /// The offset in the frame.
    pub at: usize,
    /// What stands there, sanitised and cut.
    pub found: String,
}

/// A [`Flaw`] before it is known what it is part of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wrong {
    pub(super) expected: &'static str,
    pub(super) at: usize,
}

pub(super) type Parsed<T> = Result<T, Wrong>;

impl Flaw {
    #[cold]
    pub(super) fn new(item: &'static str, wrong: Wrong, bytes: &[u8]) -> Self {
        let Wrong { expected, at } = wrong;
        let found = sanitize_capped(bytes.get(at..).unwrap_or_default(), SHOWN);
        Self { item, expected, at, found }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { item, expected, at, found } = self;
        write!(f, "{item}: {expected} was due at octet {at}, ")?;
        if found.is_empty() { f.write_str("where it ends") } else { write!(f, "where it says \"{found}\"") }
    }
}

impl std::error::Error for Flaw {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_one_harmless_line() {
        let flaw = Flaw::new("ENVELOPE", Wrong { expected: "a string", at: 2 }, b"ab\r\n\x1b[31m");
        assert_eq!(flaw.to_string(), "ENVELOPE: a string was due at octet 2, where it says \"^M^J^[[31m\"");
        let flaw = Flaw::new("ENVELOPE", Wrong { expected: "a string", at: 9 }, b"ab");
        assert_eq!(flaw.to_string(), "ENVELOPE: a string was due at octet 9, where it ends");
        let long = Flaw::new("ENVELOPE", Wrong { expected: "a string", at: 0 }, &[b'x'; 1000]);
        assert_eq!(long.found.chars().count(), SHOWN);
    }
}
