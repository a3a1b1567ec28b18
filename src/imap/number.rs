//! The numbers that IMAP counts in: none of them is ever 0 (RFC 9051 section 9, `nz-number`; RFC 7162 section 7).

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// A message's unique identifier within one mailbox and one [`UidValidity`] (RFC 9051 section 2.3.1.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uid(NonZeroU32);

/// A message's place in the mailbox as the session sees it now; an expunge renumbers (RFC 9051 section 2.3.1.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SeqNum(NonZeroU32);

/// What a mailbox's UIDs hold with: when it differs, no UID that was noted before means anything (RFC 9051 section
/// 2.3.1.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UidValidity(NonZeroU32);

/// A mailbox's or message's modification sequence (RFC 7162 section 3.1.1): 1 to 2^63-1.
///
/// 0 and what is beyond are no values; a server that sends them for a mailbox is taken to have no CONDSTORE there.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ModSeq(NonZeroU64);

/// What a [`Set`](super::Set) can hold: [`Uid`] or [`SeqNum`], and never a mixture.
pub trait Number: Copy + fmt::Debug + fmt::Display + Ord + sealed::Sealed {
    /// The number, unless it is 0.
    fn from_u32(number: u32) -> Option<Self>;

    /// The number.
    fn to_u32(self) -> u32;
}

mod sealed {
    pub trait Sealed {}
}

/// What the newtypes over `NonZeroU32` share.
macro_rules! number {
    ($name:ident, $what:literal) => {
        impl $name {
            /// The least, 1.
            pub const MIN: Self = Self(NonZeroU32::MIN);

            /// The greatest, 2^32-1.
            pub const MAX: Self = Self(NonZeroU32::MAX);

            /// The number; 0 is none.
            pub fn new(number: u32) -> Option<Self> {
                NonZeroU32::new(number).map(Self)
            }

            /// The number.
            pub fn get(self) -> u32 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Parses decimal digits; fails with [`Error::InvalidInput`] on anything else, on 0 and beyond 2^32-1.
            fn from_str(text: &str) -> Result<Self> {
                digits(text).and_then(|number| Self::new(u32::try_from(number).ok()?)).ok_or_else(|| {
                    let shown = sanitize_capped(text.as_bytes(), SHOWN);
                    Error::InvalidInput(format!("\"{shown}\" is not {}: it is 1 to 4294967295", $what))
                })
            }
        }
    };
}

number!(Uid, "a UID");
number!(SeqNum, "a message's number");
number!(UidValidity, "a UIDVALIDITY");

impl sealed::Sealed for Uid {}
impl sealed::Sealed for SeqNum {}

impl Number for Uid {
    fn from_u32(number: u32) -> Option<Self> {
        Self::new(number)
    }

    fn to_u32(self) -> u32 {
        self.get()
    }
}

impl Number for SeqNum {
    fn from_u32(number: u32) -> Option<Self> {
        Self::new(number)
    }

    fn to_u32(self) -> u32 {
        self.get()
    }
}

impl ModSeq {
    /// The least, 1.
    pub const MIN: Self = Self(NonZeroU64::MIN);

    /// The number, if it is 1 to 2^63-1.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).filter(|number| i64::try_from(number.get()).is_ok()).map(Self)
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for ModSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ModSeq {
    type Err = Error;

    /// Parses decimal digits; fails with [`Error::InvalidInput`] on anything else, on 0 and beyond 2^63-1.
    fn from_str(text: &str) -> Result<Self> {
        digits(text).and_then(Self::new).ok_or_else(|| {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Error::InvalidInput(format!("\"{shown}\" is not a modification sequence: it is 1 to 9223372036854775807"))
        })
    }
}

/// A number written with nothing but digits: `FromStr` of the integers takes a sign as well.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_zero_or_too_big() {
        assert_eq!(Uid::new(0), None);
        assert_eq!(Uid::new(7).map(Uid::get), Some(7));
        assert_eq!("4294967295".parse::<Uid>().unwrap(), Uid::MAX);
        assert_eq!("0000000001".parse::<UidValidity>().unwrap(), UidValidity::MIN);
        for wrong in ["", "0", "-1", "+1", " 1", "1 ", "4294967296", "99999999999999999999999", "1a", "*", "١"] {
            assert!(wrong.parse::<Uid>().is_err(), "{wrong:?}");
            assert!(wrong.parse::<SeqNum>().is_err(), "{wrong:?}");
        }
        let error = "1\x1b[m".parse::<UidValidity>().unwrap_err().to_string();
        assert_eq!(error, "\"1^[[m\" is not a UIDVALIDITY: it is 1 to 4294967295");
    }

    /// Quirk: 0, -1 and 64 bits are sent as modification sequences.
    #[test]
    fn modification_sequences_have_63_bits() {
        assert_eq!(ModSeq::new(0), None);
        assert_eq!(ModSeq::new(1 << 63), None);
        assert_eq!(ModSeq::new((1 << 63) - 1).unwrap().to_string(), "9223372036854775807");
        assert_eq!("715194045007".parse::<ModSeq>().unwrap().get(), 715_194_045_007);
        for wrong in ["", "0", "-1", "9223372036854775808"] {
            assert!(wrong.parse::<ModSeq>().is_err(), "{wrong:?}");
        }
    }
}
