//! The language in which people search: terms such as `from:bob is:unread since:7d`, compiled to SEARCH keys.
//!
//! ```text
//! query  = *(term / group)
//! term   = [key ":"] value / "not:" (term / group) / "or:" group / "header:" name [":" value]
//! group  = "(" 1*(term / group) ")"
//! value  = word / DQUOTE *(any / "\" any) DQUOTE
//! ```
//!
//! All terms must hold; `or:(…)` wants one of those in its group. A word without a key is looked for in header and body
//! (`TEXT`). Given as several arguments, each is one term, whose value goes to its end, spaces included; given as a single
//! argument it is a whole query with quotes of its own. [`KEYS`] are all the keys.
//!
//! What a server cannot tell is found out by asking it for what comes into question ([`Plan`]): whether a message has an
//! attachment, and the time of day it arrived where WITHIN (RFC 5032) is missing. The answer is exact all the same.
//!
//! Nothing typed can leave its place in the command: CR, LF and NUL are refused, and strings are quoted or literals.

mod compiler;
mod key;
mod keys;
mod node;
mod plan;
mod program;
mod raw;
mod reader;
mod when;

use std::time::SystemTime;

use jiff::Zoned;
use jiff::tz::TimeZone;

pub use key::{DateOf, Field, Key, Relation};
pub use keys::{KEYS, KeyHelp};
pub use plan::{Case, Check, Facts, Plan};
pub use program::{Part, Program};
pub use when::Date;

use super::capability::Capabilities;
use super::set::UidSet;
use crate::error::{Error, Result};

/// A query, as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    key: Key,
    now: SystemTime,
}

impl Query {
    /// Every message.
    pub fn all() -> Self {
        Self { key: Key::All, now: SystemTime::UNIX_EPOCH }
    }

    /// Those of these UIDs that are there. Of `20:*` these are none below 20, whatever a server takes it for.
    pub fn uids(uids: UidSet) -> Self {
        Self { key: Key::Uid(uids), ..Self::all() }
    }

    /// Reads the words of a command line, none of which is every message. Days such as `7d` and `today` count from `now`
    /// in the system's time zone.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what is not a query: an unknown key (the nearest one is named), a value that the key
    /// cannot have, quotes or parentheses without an end, CR, LF or NUL, a single word that can be read in two ways.
    pub fn parse(words: &[String], now: SystemTime) -> Result<Self> {
        Self::parse_in(words, now, TimeZone::system())
    }

    /// Reads SEARCH keys as they stand in RFC 9051 section 6.4.4 and in the extensions: atoms, quoted strings and
    /// parentheses. What is not ASCII becomes a string.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for what would not stay in its place: control characters, quotes or parentheses without an
    /// end, literals, and `RETURN` or `CHARSET` in front, which are chosen by the program.
    pub fn raw(text: &str) -> Result<Self> {
        Ok(Self { key: Key::Raw(raw::program(text)?), ..Self::all() })
    }

    /// What is found by both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let now = self.now.max(other.now);
        let key = match (self.key, other.key) {
            (Key::All, key) | (key, Key::All) => key,
            (one, other) => Key::And(vec![one, other]),
        };
        Self { key, now }
    }

    /// Whether every message is meant.
    pub fn is_all(&self) -> bool {
        self.key == Key::All
    }

    /// What was read.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// What to ask a server for, and what to look at afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] if the server lacks a key's extension, [`Error::InvalidInput`] if a query needs more than it
    /// is reasonable to ask for.
    pub fn plan(&self, capabilities: &Capabilities) -> Result<Plan> {
        plan::plan(&self.key, self.now, capabilities)
    }

    fn parse_in(words: &[String], now: SystemTime, zone: TimeZone) -> Result<Self> {
        let clock = jiff::Timestamp::try_from(now)
            .map_err(|_| Error::InvalidInput("the clock shows a time that no calendar holds".into()))?;
        let today = Zoned::new(clock, zone).date();
        Ok(Self { key: reader::key(words, today)?, now })
    }
}

#[cfg(test)]
mod tests;
