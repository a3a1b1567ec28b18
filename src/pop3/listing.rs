//! What is in a mailbox: scan listings and unique-id listings (RFC 1939 sections 5 and 7), in bounded memory.

use std::num::NonZeroU32;

use hashbrown::HashMap;

/// A message's number within one session. Never stored: the next session counts anew.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// A number as typed by a user or sent by a server; 0 is none.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number.
    pub fn value(self) -> u32 {
        self.0.get()
    }
}

impl std::fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The longest unique-id that is kept, in octets. RFC 1939 allows 70; servers exceed it, and the whole id is compared.
pub const MAX_UID: usize = 4096;

/// How many messages of a mailbox are looked at in one session; the rest waits for the next.
pub const MAX_ROWS: usize = 2_000_000;

/// How many octets of unique-ids are held in one session.
const MAX_UID_OCTETS: usize = 256 * 1024 * 1024;

/// A mailbox as listed: numbers, sizes, unique-ids.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    rows: Vec<Row>,
    uids: Vec<u8>,
    /// Rows that made no sense, named no known message, or went over a limit.
    pub skipped: u64,
    /// Messages left out because there are more than [`MAX_ROWS`].
    pub beyond: u64,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    number: MessageNumber,
    ordinal: u32,
    size: u64,
    uid: (u32, u32),
}

/// One message of a listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Message<'a> {
    /// Its number in this session.
    pub number: MessageNumber,
    /// Its size as listed: advisory, `None` if there was none that made sense.
    pub size: Option<u64>,
    /// Its unique-id; empty where the server has no UIDL.
    pub uid: &'a [u8],
    /// Which of the messages with this unique-id it is, from 1.
    pub ordinal: u32,
}

const NO_SIZE: u64 = u64::MAX;
const NO_UID: (u32, u32) = (u32::MAX, 0);

impl Listing {
    /// The messages in the server's order.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_>> {
        self.rows.iter().map(|row| self.message(row))
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The `index`th message.
    pub fn at(&self, index: usize) -> Option<Message<'_>> {
        self.rows.get(index).map(|row| self.message(row))
    }

    fn message(&self, row: &Row) -> Message<'_> {
        let (start, end) = row.uid;
        Message {
            number: row.number,
            size: (row.size != NO_SIZE).then_some(row.size),
            uid: self.uids.get(start as usize..end as usize).unwrap_or_default(),
            ordinal: row.ordinal,
        }
    }

    /// Takes a row of UIDL: `1 whqtswO00WBw418f9t5JxYwZ`.
    pub fn add_uid(&mut self, line: &[u8]) {
        let Some((number, uid)) = unique_id_listing(line) else {
            self.skipped += 1;
            return;
        };
        if uid.len() > MAX_UID {
            self.skipped += 1;
            return;
        }
        if self.rows.len() >= MAX_ROWS || self.uids.len() + uid.len() > MAX_UID_OCTETS {
            self.beyond += 1;
            return;
        }
        let start = self.uids.len() as u32;
        self.uids.extend_from_slice(uid);
        self.rows.push(Row { number, ordinal: 1, size: NO_SIZE, uid: (start, self.uids.len() as u32) });
    }

    /// Takes a row of LIST for a mailbox whose UIDL has been taken and [settled](Listing::settle): the size of a known
    /// message. `hint` walks along, since both listings come in the same order.
    pub fn add_size(&mut self, line: &[u8], hint: &mut usize) {
        let Some((number, size)) = scan_listing(line) else {
            self.skipped += 1;
            return;
        };
        let found = match self.rows.get(*hint) {
            Some(row) if row.number == number => Ok(*hint),
            _ => self.rows.binary_search_by_key(&number, |row| row.number),
        };
        match found.ok().and_then(|at| self.rows.get_mut(at).map(|row| (at, row))) {
            Some((at, row)) => {
                row.size = size.unwrap_or(NO_SIZE);
                *hint = at + 1;
            }
            // It arrived between the two listings: the next run will see both of its rows.
            None => self.skipped += 1,
        }
    }

    /// Takes a row of LIST for a server without UIDL.
    pub fn add_message(&mut self, line: &[u8]) {
        let Some((number, size)) = scan_listing(line) else {
            self.skipped += 1;
            return;
        };
        if self.rows.len() >= MAX_ROWS {
            self.beyond += 1;
            return;
        }
        self.rows.push(Row { number, ordinal: 1, size: size.unwrap_or(NO_SIZE), uid: NO_UID });
    }

    /// Puts the messages in the order of their numbers, drops rows whose number came twice, and counts messages with the
    /// same unique-id.
    pub fn settle(&mut self) {
        if !self.rows.is_sorted_by_key(|row| row.number) {
            self.rows.sort_by_key(|row| row.number);
        }
        let before = self.rows.len();
        self.rows.dedup_by_key(|row| row.number);
        self.skipped += (before - self.rows.len()) as u64;
        if self.rows.first().is_some_and(|row| row.uid == NO_UID) {
            return;
        }
        let uids = &self.uids;
        let mut seen: HashMap<&[u8], u32> = HashMap::with_capacity(self.rows.len());
        for row in &mut self.rows {
            let uid = uids.get(row.uid.0 as usize..row.uid.1 as usize).unwrap_or_default();
            let count = seen.entry(uid).or_default();
            *count = count.saturating_add(1);
            row.ordinal = *count;
        }
    }

    /// Whether any message has a size.
    pub fn has_sizes(&self) -> bool {
        self.rows.iter().any(|row| row.size != NO_SIZE)
    }
}

/// ```text
/// scan-listing = message-number SP maildrop-size
/// ```
///
/// Quirks: several blanks, text behind the size, and a size that is no number (a phantom's `-1`), which is given as `None`.
pub fn scan_listing(line: &[u8]) -> Option<(MessageNumber, Option<u64>)> {
    let (number, rest) = message_number(line)?;
    let size = rest.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
    Some((number, decimal(size)))
}

/// ```text
/// unique-id-listing = message-number SP unique-id
/// unique-id         = 1*70(%x21-7E)
/// ```
///
/// Quirks: blanks before, inside and behind the id (the outer ones do not belong to it), 8-bit octets, any length,
/// and an empty id, which is an id like any other.
pub fn unique_id_listing(line: &[u8]) -> Option<(MessageNumber, &[u8])> {
    let (number, rest) = message_number(line)?;
    Some((number, rest.trim_ascii()))
}

/// Quirk: some servers put `+OK` in front of every row.
fn message_number(line: &[u8]) -> Option<(MessageNumber, &[u8])> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"+OK ").map_or(line, <[u8]>::trim_ascii_start);
    let end = line.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(line.len());
    let (digits, rest) = line.split_at(end);
    if !matches!(rest.first(), None | Some(b' ' | b'\t')) {
        return None;
    }
    let number = u32::try_from(decimal(digits)?).ok().and_then(MessageNumber::new)?;
    Some((number, rest.trim_ascii_start()))
}

/// Digits only, without overflow.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: u32) -> MessageNumber {
        MessageNumber::new(value).unwrap()
    }

    #[test]
    fn rows_of_real_servers() {
        assert_eq!(
            unique_id_listing(b"1 whqtswO00WBw418f9t5JxYwZ"),
            Some((number(1), b"whqtswO00WBw418f9t5JxYwZ".as_slice()))
        );
        assert_eq!(unique_id_listing(b"2   a b@c \t"), Some((number(2), b"a b@c".as_slice())));
        assert_eq!(unique_id_listing(b"+OK 3 x"), Some((number(3), b"x".as_slice())));
        assert_eq!(unique_id_listing(b"4"), Some((number(4), b"".as_slice())));
        assert_eq!(unique_id_listing(b"5 \xff\xfe"), Some((number(5), b"\xff\xfe".as_slice())));
        assert_eq!(scan_listing(b"6 -1"), Some((number(6), None)));
        assert_eq!(scan_listing(b"7 1200 octets"), Some((number(7), Some(1200))));
        assert_eq!(scan_listing(b"8 99999999999999999999999"), Some((number(8), None)));
        for row in ["", "x", "0 a", "-1 a", "4294967296 a", "1a b", "+OK", "99999999999999999999 a"] {
            assert_eq!(unique_id_listing(row.as_bytes()), None, "{row}");
        }
    }

    fn listing(uids: &[&str], sizes: &[&str]) -> Listing {
        let mut listing = Listing::default();
        uids.iter().for_each(|row| listing.add_uid(row.as_bytes()));
        listing.settle();
        let mut hint = 0;
        sizes.iter().for_each(|row| listing.add_size(row.as_bytes(), &mut hint));
        listing
    }

    fn summary(listing: &Listing) -> Vec<(u32, Option<u64>, String, u32)> {
        listing
            .messages()
            .map(|m| (m.number.value(), m.size, String::from_utf8_lossy(m.uid).into_owned(), m.ordinal))
            .collect()
    }

    #[test]
    fn lies_leave_the_good_rows() {
        let l = listing(&["3 c", "1 a", "1 z", "2 a", "junk"], &["1 10", "2 20", "9 90", "3 -1"]);
        assert_eq!(summary(&l), [(1, Some(10), "a".into(), 1), (2, Some(20), "a".into(), 2), (3, None, "c".into(), 1)]);
        assert_eq!(l.skipped, 3, "junk, the second 1, the unknown 9");
    }

    #[test]
    fn an_overlong_uid_is_passed_over() {
        let long = format!("1 {}", "x".repeat(MAX_UID + 1));
        let l = listing(&[&long, "2 b"], &["1 1", "2 2"]);
        assert_eq!(summary(&l), [(2, Some(2), "b".into(), 1)]);
    }

    proptest! {
        #[test]
        fn no_row_panics(rows in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 0..30)) {
            let mut l = Listing::default();
            let mut hint = 0;
            rows.iter().for_each(|row| l.add_uid(row));
            l.settle();
            rows.iter().for_each(|row| l.add_size(row, &mut hint));
            prop_assert!(l.messages().all(|m| m.ordinal >= 1));
        }
    }
}
