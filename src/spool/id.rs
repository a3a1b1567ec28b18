//! A queued mail's name.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fmt;
use std::hash::BuildHasher as _;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::text;

/// Digits whose order is that of their octets, without those that look like others.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of the microseconds since 1970: enough for a thousand years.
const TIME: usize = 11;
/// Random digits: 50 bits.
const RANDOM: usize = 10;

/// A queued mail's name: when it was queued, and random. Their order is that of time, and no two are equal.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(String);

impl Id {
    pub(super) fn new(now: SystemTime) -> Self {
        let micros = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        // Should the system's source fail, the keys of the standard library's tables are random too.
        let random = getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(std::process::id()));
        Self(format!("{}-{}", digits::<TIME>(micros), digits::<RANDOM>(random)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_os(&self) -> &OsStr {
        OsStr::new(&self.0)
    }

    /// The ID that a file's name is, if it is one.
    pub(super) fn of_file(name: &OsStr) -> Option<Self> {
        name.to_str().and_then(|name| name.parse().ok())
    }
}

impl FromStr for Id {
    type Err = Error;

    /// Takes what [`Id`] writes and nothing else; no path can be hidden in it.
    fn from_str(name: &str) -> Result<Self> {
        let is_id = name.len() == TIME + 1 + RANDOM
            && name.bytes().enumerate().all(|(at, octet)| match at {
                TIME => octet == b'-',
                _ => DIGITS.contains(&octet),
            });
        match is_id {
            true => Ok(Self(name.to_owned())),
            false => Err(Error::InvalidInput(format!(
                "{:?} is no queue id; --queue-list shows them",
                text::sanitize_capped(name.as_bytes(), 60)
            ))),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The lowest bits of a number, five to a digit.
fn digits<const N: usize>(number: u64) -> String {
    let digit = |at: usize| {
        let index = (number >> (5 * (N - 1 - at))) & 31;
        usize::try_from(index).ok().and_then(|index| DIGITS.get(index)).map_or('0', |digit| char::from(*digit))
    };
    (0..N).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::time::Duration;

    #[test]
    fn their_order_is_that_of_time() {
        let at = |micros| Id::new(UNIX_EPOCH + Duration::from_micros(micros));
        let times = [0, 1, 31, 32, 1_000_000, 1_790_000_000_000_000, 1_790_000_000_000_001, 33_000_000_000_000_000];
        let ids: Vec<Id> = times.into_iter().map(at).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.as_str().parse::<Id>().unwrap() == *id), "{ids:?}");
        assert_eq!((0..500).map(|_| at(7)).collect::<BTreeSet<_>>().len(), 500);
    }

    #[test]
    fn nothing_else_is_one() {
        for name in ["", ".", "..", "../0123456789-0123456789", "00000000000-000000000/", "00000000000-00000000000"] {
            assert!(matches!(name.parse::<Id>(), Err(Error::InvalidInput(_))), "{name}");
        }
        let shown = "a\x1b[2J/../".parse::<Id>().unwrap_err().to_string();
        assert!(!shown.contains('\x1b'), "{shown}");
    }
}
