//! What a ledger remembers, in memory: the newest line of each message, as written, and where it begins.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use hashbrown::hash_table::Entry as Found;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::entry::{Entry, State};
use super::line::{self, Line};
use crate::store::{Fingerprint, Key, Place};

/// What a ledger remembers.
///
/// Lines are kept as they are in the file and understood when they are asked for: a message costs its line's octets
/// (about 100) and some 15 more, and no allocation.
#[derive(Debug, Default)]
pub struct History {
    /// Whole lines with their LF, dead ones among them; below 4 GiB.
    lines: Vec<u8>,
    index: HashTable<Slot>,
    /// Octets of the lines that the index names.
    live: usize,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Of the key as written; kept so that a growing table need not look into the lines.
    hash: u32,
    at: u32,
}

/// What a line does.
#[derive(Clone, Copy, Debug)]
struct Change {
    slot: Slot,
    key_length: usize,
    /// The whole line's; `None` where it says that the message is gone.
    octets: Option<usize>,
}

/// How many changes are applied in a row while reading.
const AT_ONCE: usize = 256;

/// How a listing differs from what was known; see [`History::compare`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Comparison {
    /// Messages that the ledger knew to be on the server.
    pub known: usize,
    /// Those of them that the listing lacks.
    pub missing: usize,
    /// Listed messages that the ledger has never heard of.
    pub unknown: usize,
}

/// The 4 GiB that positions are good for are used up.
#[derive(Debug)]
pub(super) struct Full;

/// Where a [`History::replay`] stopped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replay {
    /// Octets up to the end of the last `synced` line.
    pub(super) synced: usize,
    /// Octets up to the first damaged line, or all.
    pub(super) valid: usize,
    /// Whole lines before that, the first one included.
    pub(super) lines: usize,
}

/// Why a file's lines cannot be used.
#[derive(Debug)]
pub(super) enum BadLine {
    /// This line, counted from 1, is damaged although it had been flushed.
    Damaged(usize),
    /// This line is as it was written, and makes no sense.
    Strange(usize),
    /// More than 4 GiB.
    Full,
}

impl History {
    /// What is remembered of one message.
    pub fn lookup(&self, uid: &[u8], ordinal: u32) -> Option<Entry> {
        self.entry(&line::key_text(uid, ordinal))
    }

    /// Whether anything is remembered of one message.
    pub fn contains(&self, uid: &[u8], ordinal: u32) -> bool {
        self.find(&line::key_text(uid, ordinal)).is_some()
    }

    /// Whether one message is delivered, seen or skipped: what need not be fetched, told without reading its line.
    pub fn is_settled(&self, uid: &[u8], ordinal: u32) -> bool {
        let Some(at) = self.find(&line::key_text(uid, ordinal)) else { return false };
        let line = self.line(at);
        [b"delivered\t".as_slice(), b"seen\t", b"skipped\t", b"delete-pending\t"]
            .iter()
            .any(|word| line.starts_with(word))
    }

    /// How many messages are remembered.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Everything that is remembered, in the order of the latest changes.
    pub fn entries(&self) -> impl Iterator<Item = (Key, Entry)> + '_ {
        self.positions().into_iter().filter_map(|at| {
            let (key, entry) = self.read(at)?;
            Some((line::key(key)?, entry))
        })
    }

    /// The messages of which it is not known whether they were delivered.
    pub fn open_intents(&self) -> Vec<(Key, Fingerprint, Place)> {
        let word = b"intent\t";
        let open = self.positions().into_iter().filter(|at| self.line(*at).starts_with(word));
        open.filter_map(|at| {
            let (key, entry) = self.read(at)?;
            let fingerprint = entry.fingerprint()?;
            let State::Intent { place, .. } = entry.state else { return None };
            Some((line::key(key)?, fingerprint, place))
        })
        .collect()
    }

    /// The messages whose header's hash is known, by that hash: for recognising them under other unique-ids.
    pub fn by_header(&self) -> HashMap<[u8; 16], Vec<(Key, Entry)>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (key, entry) in self.entries() {
            if let Some(header) = entry.header {
                found.entry(header).or_default().push((key, entry));
            }
        }
        found
    }

    /// Whether a listing holds exactly the messages that are remembered, all of them delivered, seen or skipped: what a
    /// run without new mail finds, told in one pass.
    pub fn is_unchanged<'a>(&self, listing: impl IntoIterator<Item = (&'a [u8], u32)>) -> bool {
        let mut listed = 0;
        let as_expected = |(uid, ordinal): (&[u8], u32)| {
            listed += 1;
            self.find(&line::key_text(uid, ordinal)).is_some_and(|at| self.is_expected(at))
        };
        listing.into_iter().all(as_expected) && listed == self.len()
    }

    /// Holds a whole listing against what is remembered; left out are open intents, what is to be deleted, and what was
    /// already missing.
    pub fn compare<'a>(&self, listing: impl IntoIterator<Item = (&'a [u8], u32)>) -> Comparison {
        let (listed, unknown) = self.listed(listing);
        let mut comparison = Comparison { unknown, ..Comparison::default() };
        self.each_against(&listed, |at, present| {
            let expected = self.is_expected(at) || self.read(at).is_some_and(|(_, entry)| is_expected(&entry));
            comparison.known += usize::from(expected);
            comparison.missing += usize::from(expected && !present);
        });
        comparison
    }

    /// Calls `visit` for each message, with whether a listing has it; but not for those that are there as expected.
    pub(super) fn against<'a>(
        &self,
        listing: impl IntoIterator<Item = (&'a [u8], u32)>,
        mut visit: impl FnMut(&[u8], Entry, bool),
    ) {
        self.each_against(&self.listed(listing).0, |at, present| {
            if let Some((key, entry)) = (!present || !self.is_expected(at)).then(|| self.read(at)).flatten() {
                visit(key, entry, present);
            }
        });
    }

    /// Reads a file's lines from `start`, the end of the first one.
    pub(super) fn replay(bytes: Vec<u8>, start: usize) -> Result<(Self, Replay), BadLine> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(BadLine::Full);
        }
        let mut history = Self { lines: bytes, ..Self::default() };
        // Most lines are 90 to 110 octets; a table that is made large enough at once is not moved while it grows.
        let likely = (history.lines.len() / 100).min(1 << 26);
        history.index.reserve(likely, |slot| widen(slot.hash));
        let mut replay = Replay { synced: start, valid: start, lines: 1 };
        let mut changes = Vec::with_capacity(AT_ONCE);
        while let Some(change) = history.next_change(&mut replay)? {
            changes.push(change);
            // Close together, so that the processor waits for several of the table's cache lines at a time.
            if changes.len() == AT_ONCE {
                changes.drain(..).for_each(|change| history.apply(change));
            }
        }
        changes.into_iter().for_each(|change| history.apply(change));
        if history.synced_after(replay.valid) {
            return Err(BadLine::Damaged(replay.lines + 1));
        }
        history.lines.truncate(replay.valid);
        history.tidy();
        Ok((history, replay))
    }

    /// The next line's change; `None` at the end, or at a damaged line.
    fn next_change(&self, replay: &mut Replay) -> Result<Option<Change>, BadLine> {
        loop {
            let at = replay.valid;
            let Some(end) = self.line_end(at) else { return Ok(None) };
            let Some(body) = self.lines.get(at..end).and_then(line::checked) else { return Ok(None) };
            let line = line::parse(body).ok_or(BadLine::Strange(replay.lines + 1))?;
            (replay.valid, replay.lines) = (end + 1, replay.lines + 1);
            let (key, octets) = match line {
                Line::Synced => {
                    replay.synced = replay.valid;
                    continue;
                }
                Line::Gone { key } => (key, None),
                Line::Entry { key, .. } => (key, Some(end + 1 - at)),
            };
            let slot = Slot { hash: hash(&self.hasher, key), at: u32::try_from(at).map_err(|_| BadLine::Full)? };
            return Ok(Some(Change { slot, key_length: key.len(), octets }));
        }
    }

    fn apply(&mut self, Change { slot, key_length, octets }: Change) {
        let line = line_at(&self.lines, slot.at);
        let key = key_at(line).and_then(|rest| rest.get(..key_length)).unwrap_or_default();
        match octets {
            Some(octets) => {
                insert(&mut self.index, &self.lines, slot, key, &mut self.live);
                self.live += octets;
            }
            None => remove(&mut self.index, &self.lines, slot.hash, key, &mut self.live),
        }
    }

    /// The entry of a key as written.
    pub(super) fn entry(&self, key: &[u8]) -> Option<Entry> {
        Some(self.read(self.find(key)?)?.1)
    }

    /// Takes in a message's new line, which `line` holds with its LF.
    pub(super) fn put(&mut self, key: &[u8], line: &[u8]) -> Result<(), Full> {
        let at = u32::try_from(self.lines.len()).map_err(|_| Full)?;
        let slot = Slot { hash: hash(&self.hasher, key), at };
        insert(&mut self.index, &self.lines, slot, key, &mut self.live);
        if self.lines.capacity() - self.lines.len() < line.len() {
            // Doubling would double the memory of a large ledger for a handful of changes.
            self.lines.reserve_exact(line.len() + (self.lines.len() / 8).max(4096));
        }
        self.lines.extend_from_slice(line);
        self.live += line.len();
        self.tidy();
        Ok(())
    }

    /// Forgets a message.
    pub(super) fn remove(&mut self, key: &[u8]) {
        let hash = hash(&self.hasher, key);
        remove(&mut self.index, &self.lines, hash, key, &mut self.live);
    }

    /// Octets of the lines that count.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Octets of memory held.
    #[cfg(test)]
    pub(super) fn footprint(&self) -> usize {
        self.lines.capacity() + self.index.allocation_size()
    }

    /// The lines that count, and nothing else.
    pub(super) fn compacted(&mut self) -> &[u8] {
        if self.live < self.lines.len() {
            self.compact();
        }
        &self.lines
    }

    /// Drops dead lines once they are a burden.
    fn tidy(&mut self) {
        if self.lines.len() - self.live.min(self.lines.len()) > self.live / 2 + (256 << 10) {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let mut slots: Vec<Slot> = self.index.iter().copied().collect();
        slots.sort_unstable_by_key(|slot| slot.at);
        self.index.clear();
        let mut to = 0;
        for slot in slots {
            let at = position(slot.at);
            let end = self.line_end(at).map_or(self.lines.len(), |end| end + 1);
            self.lines.copy_within(at..end, to);
            // No line moves up, so that the position fits as it did before.
            let slot = Slot { at: u32::try_from(to).unwrap_or(slot.at), ..slot };
            self.index.insert_unique(widen(slot.hash), slot, |slot| widen(slot.hash));
            to += end - at;
        }
        self.lines.truncate(to);
        if self.lines.capacity() / 2 > self.lines.len() {
            self.lines.shrink_to(self.lines.len() + self.lines.len() / 8);
        }
        self.live = to;
    }

    /// The positions of the listed messages that are known, in order, and how many are not.
    fn listed<'a>(&self, listing: impl IntoIterator<Item = (&'a [u8], u32)>) -> (Vec<u32>, usize) {
        let mut unknown = 0;
        let mut listed = Vec::with_capacity(self.index.len());
        for (uid, ordinal) in listing {
            match self.find(&line::key_text(uid, ordinal)) {
                Some(at) => listed.push(at),
                None => unknown += 1,
            }
        }
        listed.sort_unstable();
        (listed, unknown)
    }

    /// Walks the positions of all messages, with whether they are among the listed ones, which are in order.
    fn each_against(&self, listed: &[u32], mut visit: impl FnMut(u32, bool)) {
        let mut listed = listed.iter().peekable();
        for at in self.positions() {
            while listed.next_if(|listed| **listed < at).is_some() {}
            visit(at, listed.next_if(|listed| **listed == at).is_some());
        }
    }

    /// Whether a message was last seen on the server and is settled, told by both ends of its line: the usual case by
    /// far, in mailboxes with thousands of messages that are never looked at otherwise.
    fn is_expected(&self, at: u32) -> bool {
        let line = self.line(at);
        let Some(body) = line::unchecked(line) else { return false };
        match body.first() {
            Some(b'd') => body.starts_with(b"delivered\t") && body.ends_with(b"\t-"),
            Some(b's') if body.starts_with(b"seen\t") => body.ends_with(b"\t-"),
            Some(b's') => [b"\t-\tolder".as_slice(), b"\t-\tfiltered"].iter().any(|end| body.ends_with(end)),
            _ => false,
        }
    }

    fn positions(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = self.index.iter().map(|slot| slot.at).collect();
        positions.sort_unstable();
        positions
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        let hash = hash(&self.hasher, key);
        self.index.find(widen(hash), |slot| slot.hash == hash && has_key(&self.lines, *slot, key)).map(|slot| slot.at)
    }

    fn read(&self, at: u32) -> Option<(&[u8], Entry)> {
        // The CRC was right when the line was read, or is our own.
        match line::parse(line::unchecked(self.line(at))?)? {
            Line::Entry { key, entry } => Some((key, entry)),
            Line::Gone { .. } | Line::Synced => None,
        }
    }

    fn line(&self, at: u32) -> &[u8] {
        line_at(&self.lines, at)
    }

    fn line_end(&self, from: usize) -> Option<usize> {
        Some(from + memchr::memchr(b'\n', self.lines.get(from..)?)?)
    }

    /// Whether a `synced` line follows anywhere.
    fn synced_after(&self, from: usize) -> bool {
        let rest = self.lines.get(from..).unwrap_or_default();
        memchr::memmem::find_iter(rest, line::SYNCED).any(|at| {
            let tail = rest.get(at..).unwrap_or_default();
            let line = memchr::memchr(b'\n', tail).and_then(|end| tail.get(..end));
            line.and_then(line::checked).is_some_and(|body| matches!(line::parse(body), Some(Line::Synced)))
        })
    }
}

/// Whether a message was last seen on the server, and it is known what became of it.
fn is_expected(entry: &Entry) -> bool {
    // What is to be deleted may be gone: the run that sent QUIT may have died before it could take note.
    entry.absent_since.is_none() && !matches!(entry.state, State::Intent { .. } | State::DeletePending)
}

fn insert(index: &mut HashTable<Slot>, lines: &[u8], slot: Slot, key: &[u8], live: &mut usize) {
    let same = |old: &Slot| old.hash == slot.hash && has_key(lines, *old, key);
    match index.entry(widen(slot.hash), same, |slot| widen(slot.hash)) {
        Found::Occupied(mut found) => {
            *live -= (line_at(lines, found.get().at).len() + 1).min(*live);
            *found.get_mut() = slot;
        }
        Found::Vacant(free) => drop(free.insert(slot)),
    }
}

fn remove(index: &mut HashTable<Slot>, lines: &[u8], hash: u32, key: &[u8], live: &mut usize) {
    let same = |old: &Slot| old.hash == hash && has_key(lines, *old, key);
    if let Ok(found) = index.find_entry(widen(hash), same) {
        let (old, _vacant) = found.remove();
        *live -= (line_at(lines, old.at).len() + 1).min(*live);
    }
}

fn has_key(lines: &[u8], slot: Slot, key: &[u8]) -> bool {
    let line = lines.get(position(slot.at)..).unwrap_or_default();
    let rest = key_at(line).and_then(|rest| rest.strip_prefix(key));
    rest.is_some_and(|rest| rest.first() == Some(&b'\t'))
}

/// What follows a line's first word.
fn key_at(line: &[u8]) -> Option<&[u8]> {
    // Short: not worth a search routine's start.
    line.get(line.iter().position(|octet| *octet == b'\t')? + 1..)
}

fn line_at(lines: &[u8], at: u32) -> &[u8] {
    let rest = lines.get(position(at)..).unwrap_or_default();
    memchr::memchr(b'\n', rest).and_then(|end| rest.get(..end)).unwrap_or(rest)
}

fn position(at: u32) -> usize {
    at as usize
}

fn hash(hasher: &DefaultHashBuilder, key: &[u8]) -> u32 {
    // The lower half is as good as the whole.
    (hasher.hash_one(key) & u64::from(u32::MAX)) as u32
}

/// The table uses the low bits for the place and the highest for telling neighbours apart: both must vary, apart.
fn widen(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
