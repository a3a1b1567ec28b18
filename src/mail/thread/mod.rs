//! Messages gathered into threads (RFC 5256 section 3), for servers that cannot thread.
//!
//! Whatever the messages say of each other, no message is lost, none comes twice and nothing goes in circles. Time
//! grows with the number of identifiers and its logarithm; of the texts nothing is kept but hashes.

mod forest;
mod identifiers;
mod references;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use self::references::References;
use super::base_subject::BaseSubject;
use super::date::unix_seconds;
use super::sort::collation;

/// How threads are found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Algorithm {
    /// By what messages say they refer to, and by their subjects.
    #[default]
    References,
    /// By their subjects alone.
    OrderedSubject,
}

impl Algorithm {
    /// The atom of the THREAD command.
    pub fn atom(self) -> &'static str {
        match self {
            Self::References => "REFERENCES",
            Self::OrderedSubject => "ORDEREDSUBJECT",
        }
    }
}

/// What threads are made of: bodies of header fields, empty where there is no such field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// The message's number or UID; it comes back as it is.
    pub number: u32,
    /// Message-ID.
    pub message_id: &'a [u8],
    /// In-Reply-To.
    pub in_reply_to: &'a [u8],
    /// References.
    pub references: &'a [u8],
    /// Subject.
    pub subject: &'a [u8],
    /// When it was sent, or else when it arrived.
    pub sent: Option<SystemTime>,
}

/// A place in a thread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    /// The message; `None` for one that is not there and has more than one reply.
    pub number: Option<u32>,
    /// How many messages it is below the first of its thread; 0 begins a thread.
    pub depth: u32,
}

/// Gathers messages into threads.
#[derive(Debug)]
pub struct Threads {
    way: Way,
    keys: Keys,
    added: u32,
}

#[derive(Debug)]
enum Way {
    References(References),
    OrderedSubject(HashMap<u128, Vec<Known>>),
}

impl Threads {
    /// No messages.
    pub fn new(algorithm: Algorithm) -> Self {
        let way = match algorithm {
            Algorithm::References => Way::References(References::default()),
            Algorithm::OrderedSubject => Way::OrderedSubject(HashMap::new()),
        };
        Self { way, keys: Keys::default(), added: 0 }
    }

    /// Adds a message; they come in the order of the mailbox.
    pub fn add(&mut self, entry: &Entry<'_>) {
        let subject = BaseSubject::of(entry.subject);
        let key = self.keys.of(collation(&subject.text).as_bytes());
        let known = Known {
            number: entry.number,
            sent: entry.sent.map_or(i64::MIN, unix_seconds),
            order: self.added,
            subject: (!subject.text.is_empty()).then_some(key),
            is_reply: subject.is_reply,
        };
        self.added = self.added.saturating_add(1);
        match &mut self.way {
            Way::References(references) => references.add(entry, known, &self.keys),
            Way::OrderedSubject(groups) => groups.entry(key).or_default().push(known),
        }
    }

    /// The threads, those that begin early first, each with every message before its replies.
    pub fn finish(self) -> Vec<Row> {
        match self.way {
            Way::References(references) => references.finish(),
            Way::OrderedSubject(groups) => ordered(groups),
        }
    }
}

fn ordered(groups: HashMap<u128, Vec<Known>>) -> Vec<Row> {
    let mut threads: Vec<Vec<Known>> = groups.into_values().collect();
    threads.iter_mut().for_each(|thread| thread.sort_unstable_by_key(Known::time));
    threads.sort_unstable_by_key(|thread| thread.first().map(Known::time));
    let row = |(place, known): (usize, &Known)| Row { number: Some(known.number), depth: u32::from(place > 0) };
    threads.iter().flat_map(|thread| thread.iter().enumerate().map(row)).collect()
}

/// What is kept of a message.
#[derive(Clone, Copy, Debug)]
struct Known {
    number: u32,
    /// In seconds since 1970.
    sent: i64,
    order: u32,
    /// Its base subject's key, if it has one.
    subject: Option<u128>,
    is_reply: bool,
}

impl Known {
    /// By which siblings are sorted; no two are equal.
    fn time(&self) -> (i64, u32) {
        (self.sent, self.order)
    }
}

/// Texts as numbers that are equal only if the texts are, but for a chance that nobody can help along.
#[derive(Debug, Default)]
struct Keys(RandomState, RandomState);

impl Keys {
    fn of(&self, text: &[u8]) -> u128 {
        u128::from(self.0.hash_one(text)) << 64 | u128::from(self.1.hash_one(text))
    }
}

#[cfg(test)]
mod tests;
