//! Sets of messages: `sequence-set` and `uid-set` (RFC 9051 section 9), as ascending ranges that never touch.
//!
//! ```text
//! sequence-set = (seq-number / seq-range) *("," (seq-number / seq-range))
//! seq-range    = seq-number ":" seq-number
//! seq-number   = nz-number / "*"
//! ```

use std::fmt;
use std::str::FromStr;

use super::number::{Number, SeqNum, Uid};
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How many ranges one set holds at most: of a server's reply and of a user's argument.
pub const MAX_RANGES: usize = 1_000_000;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// A set of messages by UID.
pub type UidSet = Set<Uid>;

/// A set of messages by their place in the mailbox.
pub type SequenceSet = Set<SeqNum>;

/// A set of messages: numbers, and perhaps `*` or `n:*`, whose meaning only the mailbox knows.
///
/// It is always sent ascending and merged, with `*` last, since there are servers that take no other order. What is
/// called the finite part is all but `*` and `n:*`; [`resolve_star`](Self::resolve_star) makes the whole set finite.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Set<N> {
    /// Ascending, with a gap between each and the next.
    ranges: Vec<Range<N>>,
    /// What stands behind them.
    star: Star<N>,
}

/// Numbers from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Range<N> {
    /// The lowest.
    pub first: N,
    /// The highest.
    pub last: N,
}

/// A `*` in a set.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Star<N> {
    /// There is none.
    Absent,
    /// `*`: the highest number in use.
    Last,
    /// `n:*`; all finite ranges end below `n`, and not right below.
    From(N),
}

/// A set being put in order.
#[derive(Clone, Copy, PartialEq)]
enum Bound<N> {
    Number(N),
    Star,
}

impl<N> Default for Set<N> {
    /// The empty set.
    fn default() -> Self {
        Self { ranges: Vec::new(), star: Star::Absent }
    }
}

impl<N: Number> Set<N> {
    /// The empty set, which has no wire form: it must not be sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// One number.
    pub fn one(number: N) -> Self {
        Self { ranges: vec![Range { first: number, last: number }], star: Star::Absent }
    }

    /// `first:last`, in either order.
    pub fn span(first: N, last: N) -> Self {
        Self { ranges: vec![Range { first: first.min(last), last: first.max(last) }], star: Star::Absent }
    }

    /// `n:*`. A server takes it to hold the highest number in use even where that is below `n` (RFC 9051 section 9,
    /// `seq-range`); filter what it answers with [`contains`](Self::contains).
    pub fn from_number(first: N) -> Self {
        Self { ranges: Vec::new(), star: Star::From(first) }
    }

    /// `1:*`.
    pub fn all() -> Self {
        Self { ranges: Vec::new(), star: N::from_u32(1).map_or(Star::Absent, Star::From) }
    }

    /// `*`, the highest number in use.
    pub fn last() -> Self {
        Self { ranges: Vec::new(), star: Star::Last }
    }

    /// Parses what a user typed: any order, ranges either way round, `*` wherever a number may be.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] on anything else, and for more than [`MAX_RANGES`] ranges.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text.as_bytes()).ok_or_else(|| {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Error::InvalidInput(format!("\"{shown}\" is not a set of messages: it is like 1:5,9,20:*"))
        })
    }

    /// Reads what a server sent, in whatever order; `None` for what is no set or has more than [`MAX_RANGES`] ranges.
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        Self::read(octets)
    }

    /// Adds a number.
    pub fn insert(&mut self, number: N) {
        self.insert_range(number, number);
    }

    /// Adds `first` to `last`, in either order.
    pub fn insert_range(&mut self, first: N, last: N) {
        let mut new = Range { first: first.min(last), last: first.max(last) };
        if let Star::From(open) = self.star
            && touches(new.last, open)
        {
            // What reaches into `n:*` only moves where it begins; the ranges that are now reached go with it.
            self.star = Star::From(open.min(new.first));
            self.absorb();
            return;
        }
        let from = self.ranges.partition_point(|range| !touches(range.last, new.first));
        let to = self.ranges.partition_point(|range| touches(new.last, range.first));
        if let Some(met) = self.ranges.get(from..to)
            && let (Some(lowest), Some(highest)) = (met.first(), met.last())
        {
            new = Range { first: new.first.min(lowest.first), last: new.last.max(highest.last) };
        }
        drop(self.ranges.splice(from..to.max(from), [new]));
    }

    /// Adds all of another set.
    pub fn union(&mut self, other: &Self) {
        let mut bounds: Vec<_> = self.bounds().chain(other.bounds()).collect();
        *self = Self::in_order(&mut bounds);
    }

    /// Whether a number is in the finite part or in `n:*`. A bare `*` contains none as far as one can tell.
    pub fn contains(&self, number: N) -> bool {
        let after = self.ranges.partition_point(|range| range.first <= number);
        let below = after.checked_sub(1).and_then(|at| self.ranges.get(at));
        below.is_some_and(|range| number <= range.last) || matches!(self.star, Star::From(open) if open <= number)
    }

    /// How many numbers the finite part has.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(Range::count).sum()
    }

    /// Whether nothing is in it, not even `*`.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && !self.has_star()
    }

    /// Whether there is a `*` in it, alone or as an end.
    pub fn has_star(&self) -> bool {
        self.star != Star::Absent
    }

    /// The `n` of `n:*`.
    pub fn open_from(&self) -> Option<N> {
        match self.star {
            Star::From(open) => Some(open),
            Star::Absent | Star::Last => None,
        }
    }

    /// The lowest number; of `*` none is known.
    pub fn min(&self) -> Option<N> {
        self.ranges.first().map(|range| range.first).or(self.open_from())
    }

    /// The highest number of the finite part.
    pub fn max(&self) -> Option<N> {
        self.ranges.last().map(|range| range.last)
    }

    /// The ranges of the finite part, ascending.
    pub fn ranges(&self) -> &[Range<N>] {
        &self.ranges
    }

    /// The numbers of the finite part, ascending. There may be four thousand millions of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = N> + '_ {
        self.ranges.iter().flat_map(|range| range.iter())
    }

    /// What is in both. `*` stays only if it is in both, since where it is cannot be known.
    pub fn intersect(&self, other: &Self) -> Self {
        let mut out = Self::new();
        let (ours, theirs) = (self.closed(), other.closed());
        let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            let (first, last) = (a.first.max(b.first), a.last.min(b.last));
            if first <= last {
                out.ranges.push(Range { first, last });
            }
            match a.last <= b.last {
                true => drop(ours.next()),
                false => drop(theirs.next()),
            }
        }
        match (self.star, other.star) {
            (Star::From(_), Star::From(_)) => out.reopen(),
            (Star::Last, Star::Last) => out.star = Star::Last,
            _ => {}
        }
        out
    }

    /// What is in this set and not in the other. `*` goes if there is a `*` in the other too; `n:*` loses what is known
    /// by number, not the `*` of the other.
    pub fn subtract(&self, other: &Self) -> Self {
        let mut out = Self::new();
        let theirs = other.closed();
        let mut theirs = theirs.iter().copied().peekable();
        for range in self.closed() {
            let mut rest = Some(range);
            while let Some(ours) = rest {
                let Some(cut) = theirs.peek().copied() else { break };
                if cut.last < ours.first {
                    theirs.next();
                    continue;
                }
                if ours.last < cut.first {
                    break;
                }
                if let Some(last) = before(cut.first).filter(|last| ours.first <= *last) {
                    out.ranges.push(Range { first: ours.first, last });
                }
                rest = after(cut.last).filter(|first| *first <= ours.last).map(|first| Range { first, ..ours });
            }
            out.ranges.extend(rest);
        }
        match (self.star, other.star) {
            (Star::From(_), Star::Absent | Star::Last) => out.reopen(),
            (Star::Last, Star::Absent) => out.star = Star::Last,
            _ => {}
        }
        out
    }

    /// The set with `*` replaced by the highest number in use, `None` if the mailbox is empty.
    ///
    /// `n:*` becomes nothing where `n` is beyond: whoever writes `20:*` means what came after 19, while a server would
    /// take the last message of all.
    pub fn resolve_star(&self, highest: Option<N>) -> Self {
        let mut out = Self { ranges: self.ranges.clone(), star: Star::Absent };
        match (self.star, highest) {
            (Star::Last, Some(highest)) => out.insert(highest),
            (Star::From(open), Some(highest)) if open <= highest => out.insert_range(open, highest),
            _ => {}
        }
        out
    }

    /// The set with `n:*` as `n:4294967295`, which means no message below `n` to any server; a bare `*` stays.
    pub fn close(&self) -> Self {
        let star = if self.open_from().is_some() { Star::Absent } else { self.star };
        Self { ranges: self.closed(), star }
    }

    /// The set in pieces whose wire form is at most `max_octets` long each, for servers that limit their lines (RFC
    /// 7162 section 4). A range by itself is at most 21 octets long, and never cut.
    pub fn chunks(&self, max_octets: usize) -> impl Iterator<Item = Self> + '_ {
        let mut rest = self.ranges.as_slice();
        let mut star = self.star;
        std::iter::from_fn(move || {
            let mut chunk = Self::new();
            let mut length = 0;
            while let Some((range, tail)) = rest.split_first() {
                let grown = length + usize::from(length > 0) + range.wire_len();
                if length > 0 && grown > max_octets {
                    return Some(chunk);
                }
                chunk.ranges.push(*range);
                length = grown;
                rest = tail;
            }
            if length == 0 || length + 1 + star.wire_len() <= max_octets {
                chunk.star = std::mem::replace(&mut star, Star::Absent);
            }
            (!chunk.is_empty()).then_some(chunk)
        })
    }

    fn read(octets: &[u8]) -> Option<Self> {
        if octets.iter().filter(|octet| **octet == b',').count() >= MAX_RANGES {
            return None;
        }
        let mut bounds = Vec::new();
        for piece in octets.split(|octet| *octet == b',') {
            let mut ends = piece.splitn(2, |octet| *octet == b':').map(bound);
            let first = ends.next()??;
            bounds.push((first, ends.next().unwrap_or(Some(first))?));
        }
        Some(Self::in_order(&mut bounds))
    }

    /// The set of these ranges, in any order and overlapping as they like.
    fn in_order(bounds: &mut [(Bound<N>, Bound<N>)]) -> Self {
        let mut out = Self::new();
        let mut ranges = Vec::with_capacity(bounds.len());
        for (a, b) in bounds {
            match (*a, *b) {
                (Bound::Number(a), Bound::Number(b)) => ranges.push(Range { first: a.min(b), last: a.max(b) }),
                (Bound::Number(n), Bound::Star) | (Bound::Star, Bound::Number(n)) => {
                    out.star = Star::From(out.open_from().map_or(n, |open| open.min(n)));
                }
                (Bound::Star, Bound::Star) if out.star == Star::Absent => out.star = Star::Last,
                (Bound::Star, Bound::Star) => {}
            }
        }
        if !ranges.is_sorted_by_key(|range| range.first) {
            ranges.sort_unstable_by_key(|range| range.first);
        }
        ranges.dedup_by(|next, kept| {
            let met = touches(kept.last, next.first);
            if met {
                kept.last = kept.last.max(next.last);
            }
            met
        });
        out.ranges = ranges;
        out.absorb();
        out
    }

    /// Lets `n:*` take in the ranges that reach it.
    fn absorb(&mut self) {
        while let Star::From(open) = self.star
            && let Some(range) = self.ranges.pop_if(|range| touches(range.last, open))
        {
            self.star = Star::From(open.min(range.first));
        }
    }

    /// The ranges with `n:*` as one that ends with the greatest of all numbers.
    fn closed(&self) -> Vec<Range<N>> {
        let open = self.open_from().zip(N::from_u32(u32::MAX)).map(|(first, last)| Range { first, last });
        self.ranges.iter().copied().chain(open).collect()
    }

    /// Makes an open range again of what [`closed`](Self::closed) closed, if its end is still there.
    fn reopen(&mut self) {
        if let Some(range) = self.ranges.pop_if(|range| range.last.to_u32() == u32::MAX) {
            self.star = Star::From(range.first);
        }
    }

    fn bounds(&self) -> impl Iterator<Item = (Bound<N>, Bound<N>)> + '_ {
        let star = match self.star {
            Star::Absent => None,
            Star::Last => Some((Bound::Star, Bound::Star)),
            Star::From(open) => Some((Bound::Number(open), Bound::Star)),
        };
        self.ranges.iter().map(|range| (Bound::Number(range.first), Bound::Number(range.last))).chain(star)
    }
}

impl<N: Number> FromIterator<N> for Set<N> {
    fn from_iter<I: IntoIterator<Item = N>>(numbers: I) -> Self {
        let mut out = Self::new();
        out.extend(numbers);
        out
    }
}

impl<N: Number> Extend<N> for Set<N> {
    fn extend<I: IntoIterator<Item = N>>(&mut self, numbers: I) {
        let mut loose = Vec::new();
        for number in numbers {
            match self.ranges.last_mut() {
                // Ascending numbers, which is how servers tell them, cost nothing more.
                Some(range) if self.star == Star::Absent && touches(range.last, number) && range.first <= number => {
                    range.last = range.last.max(number);
                }
                last if self.star == Star::Absent && last.as_ref().is_none_or(|range| range.last < number) => {
                    self.ranges.push(Range { first: number, last: number });
                }
                _ => loose.push((Bound::Number(number), Bound::Number(number))),
            }
        }
        if !loose.is_empty() {
            let mut bounds: Vec<_> = self.bounds().chain(loose).collect();
            *self = Self::in_order(&mut bounds);
        }
    }
}

impl<N: Number> From<N> for Set<N> {
    fn from(number: N) -> Self {
        Self::one(number)
    }
}

impl<N: Number> FromStr for Set<N> {
    type Err = Error;

    /// As [`Set::parse`].
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl<N: Number> fmt::Display for Set<N> {
    /// The wire form; of the empty set, which has none, nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Range { first, last }) in self.ranges.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}:{last}")?,
            }
        }
        if self.has_star() && !self.ranges.is_empty() {
            f.write_str(",")?;
        }
        match self.star {
            Star::Absent => Ok(()),
            Star::Last => f.write_str("*"),
            Star::From(open) => write!(f, "{open}:*"),
        }
    }
}

impl<N: Number> fmt::Debug for Set<N> {
    /// The wire form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

impl<N: Number> Range<N> {
    /// How many numbers it has: at least one.
    pub fn count(&self) -> u64 {
        u64::from(self.last.to_u32().saturating_sub(self.first.to_u32())) + 1
    }

    /// Its numbers, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = N> + use<N> {
        (self.first.to_u32()..=self.last.to_u32()).filter_map(N::from_u32)
    }

    fn wire_len(&self) -> usize {
        match self.first == self.last {
            true => decimal_len(self.first),
            false => decimal_len(self.first) + 1 + decimal_len(self.last),
        }
    }
}

impl<N: Number> Star<N> {
    fn wire_len(self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Last => 1,
            Self::From(open) => decimal_len(open) + 2,
        }
    }
}

fn decimal_len<N: Number>(number: N) -> usize {
    number.to_u32().checked_ilog10().map_or(1, |log| log as usize + 1)
}

fn bound<N: Number>(octets: &[u8]) -> Option<Bound<N>> {
    if octets == b"*" {
        return Some(Bound::Star);
    }
    let mut number: u32 = 0;
    for octet in octets {
        let digit = octet.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number = number.checked_mul(10)?.checked_add(u32::from(digit))?;
    }
    // No octets at all come out as 0, which is no number.
    N::from_u32(number).map(Bound::Number)
}

/// Whether a range ending with `last` leaves no gap before one that begins with `first`, if it does not begin earlier.
fn touches<N: Number>(last: N, first: N) -> bool {
    last.to_u32().saturating_add(1) >= first.to_u32()
}

fn before<N: Number>(number: N) -> Option<N> {
    number.to_u32().checked_sub(1).and_then(N::from_u32)
}

fn after<N: Number>(number: N) -> Option<N> {
    number.to_u32().checked_add(1).and_then(N::from_u32)
}

#[cfg(test)]
mod tests;
