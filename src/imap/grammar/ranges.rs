//! Numbers in the order that the server gave them.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::flaw::{Parsed, Wrong};
use crate::imap::number::Uid;
use crate::imap::set::{MAX_RANGES, SequenceSet, UidSet};

/// A `sequence-set` or `uid-set` without `*`, in the server's order: COPYUID pairs its two by place (RFC 4315 section 3), and
/// the answer to an extended SORT is sorted (RFC 5267 section 3.2). Ranges are never expanded unless they are walked.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ranges<'a> {
    wire: Cow<'a, [u8]>,
    length: u64,
}

impl<'a> Ranges<'a> {
    /// How many numbers there are, each counted as often as it is there.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The ranges in the server's order, each with its lower end first, as RFC 5267 section 3.2 and RFC 4315 have it.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let mut cursor = Cursor::over(&self.wire);
        std::iter::from_fn(move || {
            let range = seq_range(&mut cursor).ok()?;
            cursor.eat(b',');
            Some(range)
        })
    }

    /// The numbers one by one. There may be thousands of millions from one short range.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges().flat_map(|(low, high)| low..=high)
    }

    /// The UIDs one by one.
    pub fn uids(&self) -> impl Iterator<Item = Uid> + '_ {
        self.iter().filter_map(Uid::new)
    }

    /// As a set of UIDs.
    pub fn to_uids(&self) -> UidSet {
        UidSet::from_wire(&self.wire).unwrap_or_default()
    }

    /// As a set of sequence numbers.
    pub fn to_sequence(&self) -> SequenceSet {
        SequenceSet::from_wire(&self.wire).unwrap_or_default()
    }

    /// The same numbers, owned.
    pub fn into_owned(self) -> Ranges<'static> {
        Ranges { wire: Cow::Owned(self.wire.into_owned()), length: self.length }
    }

    /// ```text
    /// uid-set   = (uniqueid / uid-range) *("," uid-set)
    /// uid-range = (uniqueid ":" uniqueid)
    /// ```
    pub(super) fn uid_set(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let from = *cursor;
        let parsed = Self::parse(cursor);
        if parsed.is_err() {
            *cursor = from;
        }
        parsed
    }

    fn parse(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let from = cursor.at();
        let mut length = 0u64;
        for _ in 0..MAX_RANGES {
            let (low, high) = seq_range(cursor)?;
            length = length.saturating_add(u64::from(high - low) + 1);
            if !cursor.eat(b',') {
                return Ok(Self { wire: Cow::Borrowed(cursor.since(from)), length });
            }
        }
        Err(Wrong { expected: "a set of fewer ranges", at: from })
    }
}

/// `seq-range = seq-number ":" seq-number`, or one number, which is a range by itself.
fn seq_range(cursor: &mut Cursor<'_>) -> Parsed<(u32, u32)> {
    let first = cursor.nz(Some).and_then(|first| nonzero(cursor, first))?;
    if !cursor.eat(b':') {
        return Ok((first, first));
    }
    let last = cursor.nz(Some).and_then(|last| nonzero(cursor, last))?;
    Ok((first.min(last), first.max(last)))
}

fn nonzero(cursor: &Cursor<'_>, number: u32) -> Parsed<u32> {
    if number == 0 { Err(cursor.wrong("a number that is not 0")) } else { Ok(number) }
}

/// The numbers of SEARCH and SORT responses, read when they are walked: a mailbox may have millions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbers<'a> {
    wire: &'a [u8],
    length: usize,
}

impl<'a> Numbers<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The numbers in the server's order; none is 0.
    pub fn iter(&self) -> impl Iterator<Item = u32> + use<'a> {
        let mut cursor = Cursor::over(self.wire);
        std::iter::from_fn(move || {
            cursor.blanks();
            cursor.number().ok()
        })
    }

    /// `*(SP nz-number)`
    pub(super) fn nz_numbers(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let from = cursor.at();
        let mut end = from;
        let mut length = 0;
        loop {
            // Quirk: SEARCH with a blank at the end.
            cursor.blanks();
            if !cursor.peek().is_some_and(|octet| octet.is_ascii_digit()) {
                break;
            }
            let number = cursor.number()?;
            nonzero(cursor, number)?;
            length += 1;
            end = cursor.at();
            if !matches!(cursor.peek(), None | Some(b' ' | b'\t' | b'(')) {
                return Err(cursor.wrong("a blank"));
            }
        }
        let wire = cursor.bytes().get(from..end).unwrap_or_default();
        Ok(Self { wire, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranges(text: &str) -> Option<Ranges<'_>> {
        let mut cursor = Cursor::over(text.as_bytes());
        Ranges::uid_set(&mut cursor).ok().filter(|_| cursor.is_at_end())
    }

    #[test]
    fn the_order_of_the_server_is_kept() {
        let found = ranges("304,319:320,7,12:10").unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), [304, 319, 320, 7, 10, 11, 12]);
        assert_eq!(found.len(), 7);
        assert_eq!(found.to_uids().to_string(), "7,10:12,304,319:320");
        assert_eq!(found.clone().into_owned(), found);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in ["", "0", "1,", ",1", "1:", "1:0", "*", "1:*", "4294967296", "a", "1,,2", "1-2"] {
            assert_eq!(ranges(text), None, "{text}");
        }
    }

    #[test]
    fn huge_ranges_are_not_expanded() {
        let found = ranges("1:4294967295,1:4294967295").unwrap();
        assert_eq!(found.len(), 2 * u64::from(u32::MAX));
        assert_eq!(found.to_uids().len(), u64::from(u32::MAX));
        let many = vec!["1"; MAX_RANGES + 1].join(",");
        assert_eq!(ranges(&many), None);
        assert_eq!(ranges(many.get(2..).unwrap()).unwrap().len(), MAX_RANGES as u64);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(wanted in prop::collection::vec((1u32.., 0u32..1000), 1..20)) {
            let wanted: Vec<_> = wanted.into_iter().map(|(low, more)| (low, low.saturating_add(more))).collect();
            let text: Vec<_> = wanted.iter().map(|(low, high)| match high - low {
                0 => format!("{low}"),
                odd if odd % 2 == 1 => format!("{high}:{low}"),
                _ => format!("{low}:{high}"),
            }).collect();
            let text = text.join(",");
            let found = ranges(&text).unwrap();
            prop_assert_eq!(found.ranges().collect::<Vec<_>>(), wanted.clone());
            prop_assert_eq!(found.len(), wanted.iter().map(|(low, high)| u64::from(high - low) + 1).sum::<u64>());
        }
    }
}
