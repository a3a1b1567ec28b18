//! Flags of messages: the system's and keywords (RFC 9051 section 2.3.2).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// A flag of a message. Case does not matter, neither in system flags nor in keywords.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Flag {
    /// `\Seen`: read.
    Seen,
    /// `\Answered`.
    Answered,
    /// `\Flagged`: marked for attention.
    Flagged,
    /// `\Deleted`: goes with the next expunge.
    Deleted,
    /// `\Draft`.
    Draft,
    /// `\Recent`: this session is the first to be told of the message. Only the server sets it (RFC 3501 section 2.3.2).
    Recent,
    /// A keyword such as `$Forwarded`, or a system flag from another extension.
    Keyword(Keyword),
}

/// A keyword, kept in the case it was written in and compared without regard to it.
#[derive(Clone, Debug)]
pub struct Keyword(String);

/// The system flags with their names on the wire and, without the backslash, for users.
const SYSTEM: [(Flag, &str); 6] = [
    (Flag::Seen, "\\Seen"),
    (Flag::Answered, "\\Answered"),
    (Flag::Flagged, "\\Flagged"),
    (Flag::Deleted, "\\Deleted"),
    (Flag::Draft, "\\Draft"),
    (Flag::Recent, "\\Recent"),
];

impl Flag {
    /// Parses what a user typed: a system flag with or without its backslash and in any case, or a keyword, which is an
    /// atom (RFC 9051 section 9).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.strip_prefix('\\');
        if let Some(flag) = system(name.unwrap_or(text)) {
            return Ok(flag);
        }
        let shown = sanitize_capped(text.as_bytes(), SHOWN);
        if name.is_some() {
            return Err(Error::InvalidInput(format!("\"{shown}\" is not a system flag: keywords have no backslash")));
        }
        match !text.is_empty() && text.bytes().all(is_atom_octet) {
            true => Ok(Self::Keyword(Keyword(text.to_owned()))),
            false => Err(Error::InvalidInput(format!(
                "\"{shown}\" cannot be a flag: a keyword has no spaces, no ()[]{{}}%*\\\" and nothing but ascii"
            ))),
        }
    }

    /// Reads what a server sent, without quotes; `None` for `NIL`, nothing, and what is not a flag at all.
    ///
    /// Quirk: keywords with `]`, `[`, `+` or in UTF-8 exist in the wild and are kept; so are system flags that no RFC knows.
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        let name = octets.strip_prefix(b"\\");
        if let Some(flag) = name.and_then(|name| std::str::from_utf8(name).ok()).and_then(system) {
            return Some(flag);
        }
        let text = std::str::from_utf8(name.unwrap_or(octets)).ok()?;
        let sound = !text.is_empty() && text.chars().all(|c| !c.is_control() && !" (){\"\\%*".contains(c));
        if !sound || (name.is_none() && text.eq_ignore_ascii_case("NIL")) {
            return None;
        }
        // The backslash belongs to the name: a system flag is not the keyword of the same name.
        Some(Self::Keyword(Keyword(String::from_utf8(octets.to_vec()).ok()?)))
    }

    /// The keyword, if it is one.
    pub fn keyword(&self) -> Option<&str> {
        match self {
            Self::Keyword(keyword) => Some(keyword.as_str()),
            _ => None,
        }
    }

    /// As on the wire: `\Seen`, `$Forwarded`.
    pub fn as_str(&self) -> &str {
        if let Self::Keyword(keyword) = self {
            return keyword.as_str();
        }
        SYSTEM.iter().find(|(flag, _)| flag == self).map_or("", |(_, name)| name)
    }

    /// As users write it: `seen`, `$Forwarded`.
    pub fn name(&self) -> String {
        match self {
            Self::Keyword(keyword) => keyword.to_string(),
            system => system.as_str().trim_start_matches('\\').to_ascii_lowercase(),
        }
    }

    /// Whether a client may add or remove it: all but `\Recent` (RFC 3501 section 2.3.2).
    pub fn is_settable(&self) -> bool {
        *self != Self::Recent
    }
}

fn system(name: &str) -> Option<Flag> {
    let mut known = SYSTEM.into_iter();
    known.find(|(_, wire)| wire.get(1..).is_some_and(|known| known.eq_ignore_ascii_case(name))).map(|(flag, _)| flag)
}

/// `ATOM-CHAR` of RFC 9051 section 9.
pub(super) fn is_atom_octet(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet)
}

impl fmt::Display for Flag {
    /// The wire form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Flag {
    type Err = Error;

    /// As [`Flag::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl Keyword {
    /// The keyword.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|octet| octet.to_ascii_lowercase())
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl Hash for Keyword {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|octet| octet.hash(state));
    }
}

impl Ord for Keyword {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl PartialOrd for Keyword {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Flags without duplicates: the system's first, then keywords by name.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct FlagSet(Vec<Flag>);

impl FlagSet {
    /// No flags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses flags as a user typed them, with commas or spaces between; nothing at all is no flags.
    ///
    /// # Errors
    ///
    /// As [`Flag::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words.map(Flag::parse).collect()
    }

    /// Adds a flag; `false` if it was there.
    pub fn insert(&mut self, flag: Flag) -> bool {
        match self.0.binary_search(&flag) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, flag);
                true
            }
        }
    }

    /// Takes a flag out; `false` if it was not there.
    pub fn remove(&mut self, flag: &Flag) -> bool {
        match self.0.binary_search(flag) {
            Ok(at) => {
                self.0.remove(at);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether a flag is in it.
    pub fn contains(&self, flag: &Flag) -> bool {
        self.0.binary_search(flag).is_ok()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The flags, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Flag> {
        self.0.iter()
    }
}

impl FromIterator<Flag> for FlagSet {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let mut flags: Vec<_> = flags.into_iter().collect();
        flags.sort();
        flags.dedup();
        Self(flags)
    }
}

impl Extend<Flag> for FlagSet {
    fn extend<I: IntoIterator<Item = Flag>>(&mut self, flags: I) {
        for flag in flags {
            self.insert(flag);
        }
    }
}

impl<'a> IntoIterator for &'a FlagSet {
    type Item = &'a Flag;
    type IntoIter = std::slice::Iter<'a, Flag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for FlagSet {
    type Item = Flag;
    type IntoIter = std::vec::IntoIter<Flag>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromStr for FlagSet {
    type Err = Error;

    /// As [`FlagSet::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for FlagSet {
    /// The wire form without its parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, flag)| match at {
            0 => write!(f, "{flag}"),
            _ => write!(f, " {flag}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keyword(name: &str) -> Flag {
        Flag::Keyword(Keyword(name.to_owned()))
    }

    #[test]
    fn users_write_them_as_they_like() {
        for (typed, flag, sent) in [
            ("seen", Flag::Seen, "\\Seen"),
            ("\\Seen", Flag::Seen, "\\Seen"),
            ("\\aNSWERED", Flag::Answered, "\\Answered"),
            ("Flagged", Flag::Flagged, "\\Flagged"),
            ("deleted", Flag::Deleted, "\\Deleted"),
            ("DRAFT", Flag::Draft, "\\Draft"),
            ("$Forwarded", keyword("$forwarded"), "$Forwarded"),
            ("work-2026", keyword("work-2026"), "work-2026"),
        ] {
            assert_eq!(Flag::parse(typed).unwrap(), flag, "{typed}");
            assert_eq!(Flag::parse(typed).unwrap().to_string(), sent, "{typed}");
            assert_eq!(Flag::parse(&flag.name()).unwrap(), flag, "{typed}");
        }
        assert!(!Flag::parse("recent").unwrap().is_settable());
        for wrong in ["", "\\", "\\Important", "a b", "a)", "a\r\nb", "a\"", "a]", "é", "a\0"] {
            assert!(Flag::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// Quirk: flags quoted, `NIL`, and with `[]` or `+` (Gmail); extensions' system flags.
    #[test]
    fn servers_may_send_odd_flags() {
        assert_eq!(Flag::from_wire(b"\\seen"), Some(Flag::Seen));
        assert_eq!(Flag::from_wire(b"Seen"), Some(keyword("Seen")));
        assert_eq!(Flag::from_wire(b"[Gmail]+x"), Some(keyword("[gmail]+X")));
        assert_eq!(Flag::from_wire("dépêche".as_bytes()), Some(keyword("dépêche")));
        assert_eq!(Flag::from_wire(b"\\Odd").unwrap().as_str(), "\\Odd");
        assert_ne!(Flag::from_wire(b"\\Odd"), Flag::from_wire(b"Odd"));
        for wrong in [&b""[..], b"NIL", b"nil", b"\\", b"\\*", b"a b", b"a(", b"\xff", b"a\r\n", b"\\\\Seen", b"a\0"] {
            assert_eq!(Flag::from_wire(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn sets_have_no_duplicates() {
        let mut set = FlagSet::parse("Work,flagged, \\SEEN,work,seen").unwrap();
        assert_eq!(set.to_string(), "\\Seen \\Flagged Work");
        assert!(!set.insert(keyword("WORK")) && set.contains(&keyword("wORK")));
        assert!(set.remove(&Flag::Seen) && !set.remove(&Flag::Seen));
        assert_eq!((set.len(), set.is_empty()), (2, false));
        assert!(FlagSet::parse("").unwrap().is_empty());
        assert!(FlagSet::parse("seen,a)").is_err());
    }

    proptest! {
        #[test]
        fn what_users_may_write_is_read_back(text in "\\PC{0,12}") {
            if let Ok(flag) = Flag::parse(&text)
                && !text.eq_ignore_ascii_case("nil")
            {
                prop_assert_eq!(Flag::from_wire(flag.as_str().as_bytes()), Some(flag));
            }
        }

        #[test]
        fn no_flag_can_end_its_line(octets in proptest::collection::vec(any::<u8>(), 0..12)) {
            if let Some(flag) = Flag::from_wire(&octets) {
                let ends = flag.as_str().contains(['\r', '\n', '\0', ' ', '(', ')', '"', '{']);
                prop_assert!(!ends);
                prop_assert_eq!(Flag::from_wire(flag.as_str().as_bytes()), Some(flag));
            }
        }
    }
}
