//! The order of messages that SORT gives (RFC 5256 section 3, RFC 5957), for servers that cannot sort.

use std::cmp::Ordering;
use std::str::FromStr;
use std::time::SystemTime;

use unicode_normalization::UnicodeNormalization as _;

use super::base_subject::BaseSubject;
use super::date::unix_seconds;
use super::encoded_word;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// What messages are sorted by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    /// When the server got it.
    Arrival,
    /// The local part of the first Cc address.
    Cc,
    /// When it was sent.
    Date,
    /// The local part of the first From address.
    From,
    /// Its size.
    Size,
    /// Its base subject.
    Subject,
    /// The local part of the first To address.
    To,
    /// The name of the first From address, or the address without one (RFC 5957).
    DisplayFrom,
    /// The name of the first To address, or the address without one (RFC 5957).
    DisplayTo,
}

const KEYS: [(Key, &str); 9] = [
    (Key::Arrival, "ARRIVAL"),
    (Key::Cc, "CC"),
    (Key::Date, "DATE"),
    (Key::From, "FROM"),
    (Key::Size, "SIZE"),
    (Key::Subject, "SUBJECT"),
    (Key::To, "TO"),
    (Key::DisplayFrom, "DISPLAYFROM"),
    (Key::DisplayTo, "DISPLAYTO"),
];

impl Key {
    /// The atom of the SORT command.
    pub fn atom(self) -> &'static str {
        KEYS.iter().find(|(key, _)| *key == self).map_or("", |(_, atom)| atom)
    }
}

/// Which way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Direction {
    /// Early, small and A first.
    #[default]
    Ascending,
    /// Late, large and Z first.
    Descending,
}

/// Keys in the order of their weight; where all are equal, the order in the mailbox decides.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Criteria(Vec<(Key, Direction)>);

impl Criteria {
    /// The keys with their directions.
    pub fn keys(&self) -> impl Iterator<Item = (Key, Direction)> {
        self.0.iter().copied()
    }

    /// Whether the server needs SORT=DISPLAY for them.
    pub fn needs_display(&self) -> bool {
        self.0.iter().any(|(key, _)| matches!(key, Key::DisplayFrom | Key::DisplayTo))
    }

    /// What is kept of a message so that it can be sorted: `position` is its place in the mailbox, a sequence number or
    /// a UID.
    pub fn entry(&self, position: u32, values: &Values<'_>) -> Entry {
        let values = self.0.iter().map(|(key, direction)| (values.of(*key), *direction));
        Entry { values: values.collect(), position }
    }
}

impl FromStr for Criteria {
    type Err = Error;

    /// Keys with commas between them, each with `-` or `reverse:` in front for the other direction: `-date`,
    /// `subject,-size`. `display-from` and `display-to` may be written with their dash.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an unknown key, and for none.
    fn from_str(text: &str) -> Result<Self> {
        let one = |word: &str| {
            let word = word.trim();
            let name = word.strip_prefix('-').or_else(|| word.strip_prefix("reverse:"));
            let direction = if name.is_some() { Direction::Descending } else { Direction::Ascending };
            let name = name.unwrap_or(word);
            // The dash within a name may be there or not; one in front turned the direction already.
            let plain = name.replace('-', "").to_ascii_uppercase();
            let key = KEYS.iter().find(|(_, atom)| *atom == plain && !name.starts_with('-')).map(|(key, _)| *key);
            key.map(|key| (key, direction)).ok_or_else(|| {
                Error::InvalidInput(format!(
                    "\"{}\" is no key to sort by: try arrival, cc, date, from, size, subject, to, display-from or \
                     display-to, with - in front for the other direction",
                    sanitize_capped(word.as_bytes(), 40)
                ))
            })
        };
        text.split(',').map(one).collect::<Result<_>>().map(Self)
    }
}

/// The list of the SORT command without its parentheses: `REVERSE DATE SUBJECT`.
impl std::fmt::Display for Criteria {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (key, direction)) in self.0.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            let reverse = if *direction == Direction::Descending { "REVERSE " } else { "" };
            write!(f, "{space}{reverse}{}", key.atom())?;
        }
        Ok(())
    }
}

/// An address as an ENVELOPE has it; what is NIL there is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Address<'a> {
    /// The display name, with its encoded-words.
    pub name: &'a [u8],
    /// The local part.
    pub mailbox: &'a [u8],
    /// The domain.
    pub host: &'a [u8],
}

/// What is known of a message; only what the keys are about need be there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// When the server got it.
    pub arrival: Option<SystemTime>,
    /// When it was sent; without it the arrival counts (RFC 5256 section 2.2).
    pub sent: Option<SystemTime>,
    /// In octets.
    pub size: u64,
    /// The Subject's body.
    pub subject: &'a [u8],
    /// The first From address.
    pub from: Address<'a>,
    /// The first To address.
    pub to: Address<'a>,
    /// The first Cc address.
    pub cc: Address<'a>,
}

impl Values<'_> {
    fn of(&self, key: Key) -> Value {
        let text = |octets: &[u8]| Value::Text(collation(&encoded_word::decode(octets)).into());
        let time = |time: Option<SystemTime>| Value::Number(time.map_or(i64::MIN, unix_seconds));
        match key {
            Key::Arrival => time(self.arrival),
            Key::Date => time(self.sent.or(self.arrival)),
            Key::Size => Value::Number(i64::try_from(self.size).unwrap_or(i64::MAX)),
            Key::Cc => text(self.cc.mailbox),
            Key::From => text(self.from.mailbox),
            Key::To => text(self.to.mailbox),
            Key::Subject => Value::Text(collation(&BaseSubject::of(self.subject).text).into()),
            Key::DisplayFrom => display(&self.from),
            Key::DisplayTo => display(&self.to),
        }
    }
}

/// What is kept of a message; entries [of the same criteria](Criteria::entry) sort as their messages do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    values: Box<[(Value, Direction)]>,
    position: u32,
}

impl Entry {
    /// The message's place in the mailbox.
    pub fn position(&self) -> u32 {
        self.position
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        let one = |((this, direction), (that, _)): (&(Value, Direction), &(Value, Direction))| match direction {
            Direction::Ascending => this.cmp(that),
            Direction::Descending => that.cmp(this),
        };
        let pairs = self.values.iter().zip(&other.values);
        pairs.map(one).find(|order| order.is_ne()).unwrap_or(self.position.cmp(&other.position))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Value {
    Number(i64),
    Text(Box<str>),
}

/// The text in the form in which it is compared: case and the composition of accents do not count (`i;unicode-casemap`,
/// RFC 5051).
pub(crate) fn collation(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    text.chars().flat_map(char::to_uppercase).nfkd().collect()
}

/// RFC 5957 section 3.
fn display(address: &Address<'_>) -> Value {
    let name = encoded_word::decode(address.name);
    let text = match (name.as_str(), address.mailbox, address.host) {
        ("", mailbox, b"") => encoded_word::decode(mailbox),
        ("", mailbox, host) => encoded_word::decode(&[mailbox, b"@", host].concat()),
        (name, ..) => name.to_owned(),
    };
    Value::Text(collation(&text).into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn sorted(criteria: &str, messages: &[Values<'_>]) -> Vec<u32> {
        let criteria: Criteria = criteria.parse().unwrap();
        let mut entries: Vec<_> =
            (1..).zip(messages).map(|(position, values)| criteria.entry(position, values)).collect();
        entries.reverse();
        entries.sort_unstable();
        entries.iter().map(Entry::position).collect()
    }

    #[test]
    fn criteria_as_people_write_them() {
        let wire = |text: &str| text.parse::<Criteria>().unwrap().to_string();
        assert_eq!(wire("date"), "DATE");
        assert_eq!(wire("-Date, subject,reverse:size"), "REVERSE DATE SUBJECT REVERSE SIZE");
        assert_eq!(wire("display-from,-display-to"), "DISPLAYFROM REVERSE DISPLAYTO");
        assert!("-display-to".parse::<Criteria>().unwrap().needs_display());
        for text in ["", "colour", "date,", "--date x", "--date", "reverse:-date"] {
            let refused = text.parse::<Criteria>();
            assert!(matches!(refused, Err(Error::InvalidInput(_))), "{text}: {refused:?}");
        }
    }

    #[test]
    fn times_and_sizes() {
        let at = |seconds: u64| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        let messages = [
            Values { arrival: at(3), sent: at(30), size: 5, ..Values::default() },
            Values { arrival: at(1), sent: None, size: 5, ..Values::default() },
            Values { arrival: at(2), sent: at(20), size: 4, ..Values::default() },
        ];
        assert_eq!(sorted("arrival", &messages), [2, 3, 1]);
        assert_eq!(sorted("date", &messages), [2, 3, 1]);
        assert_eq!(sorted("-date", &messages), [1, 3, 2]);
        assert_eq!(sorted("size", &messages), [3, 1, 2]);
        // Only the key is turned round, not the order in the mailbox.
        assert_eq!(sorted("-size", &messages), [1, 2, 3]);
        assert_eq!(sorted("-size,arrival", &messages), [2, 1, 3]);
    }

    #[test]
    fn text_without_case_and_composition() {
        let subject = |subject: &'static str| Values { subject: subject.as_bytes(), ..Values::default() };
        let messages =
            [subject("Re: b"), subject("A"), subject("=?utf-8?q?=C3=A4?="), subject("[x] a\u{308}"), subject("")];
        assert_eq!(sorted("subject", &messages), [5, 2, 3, 4, 1]);
        assert_eq!(collation("Straße ﬁ"), "STRASSE FI");
    }

    #[test]
    fn addresses_and_names() {
        let from = |name: &'static str, mailbox: &'static str, host: &'static str| Values {
            from: Address { name: name.as_bytes(), mailbox: mailbox.as_bytes(), host: host.as_bytes() },
            ..Values::default()
        };
        let messages = [from("Zoe", "a", "x"), from("", "m", "x"), from("=?utf-8?q?Bob?=", "z", "x"), from("", "", "")];
        assert_eq!(sorted("from", &messages), [4, 1, 2, 3]);
        assert_eq!(sorted("display-from", &messages), [4, 3, 2, 1]);
    }
}
