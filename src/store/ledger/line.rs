//! One line of a ledger's file: fields between tabs, a CRC-32 at the end.
//!
//! ```text
//! mailwire-ledger  1     ID       PROTOCOL  USER  HOST                                                          CRC
//! intent           UID   ORDINAL  SIZE HEADER FIRST-SEEN ABSENT-SINCE  STORED HASH  maildir|eml|mbox|opaque …   CRC
//! delivered        UID   ORDINAL  SIZE HEADER FIRST-SEEN ABSENT-SINCE                                           CRC
//! delete-pending   UID   ORDINAL  …                                                                             CRC
//! seen             UID   ORDINAL  …                                                                             CRC
//! skipped          UID   ORDINAL  …                                    older|filtered                           CRC
//! failed           UID   ORDINAL  …                                    ATTEMPTS LAST REASON                     CRC
//! gone             UID   ORDINAL                                                                                CRC
//! synced           TIME                                                                                         CRC
//! ```
//!
//! Each line about a message is the whole truth about it and replaces every earlier one. `synced` says that everything
//! above it was flushed before it was written. Numbers are decimal, times Unix seconds, hashes hexadecimal, `-` is
//! "unknown" or "none". In texts every octet outside `!`…`~`, and `%` itself, is `%XX`, so that there is exactly one
//! way to write a key, and keys can be compared as written. The CRC (the one of gzip and PNG, eight hexadecimal digits)
//! covers the line up to the tab before it.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::entry::{Entry, REASON_LIMIT, Skip, State};
use super::field::{Fields, decimal, escape, hash128, hexadecimal, time, unescape};
use crate::store::{Key, Place};

pub(super) const MAGIC: &[u8] = b"mailwire-ledger";
pub(super) const VERSION: u64 = 1;
pub(super) const SYNCED: &[u8] = b"synced\t";

/// A tab and eight digits.
const CRC_LENGTH: usize = 9;

/// A line that is whole and understood.
#[derive(Debug)]
pub(super) enum Line<'a> {
    /// A message's state; the key is as written.
    Entry { key: &'a [u8], entry: Entry },
    /// A message is forgotten.
    Gone { key: &'a [u8] },
    /// Everything above was flushed.
    Synced,
}

/// The first line's content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) id: u64,
    pub(super) protocol: Vec<u8>,
    pub(super) user: Vec<u8>,
    pub(super) host: Vec<u8>,
}

/// Why a first line is of no use.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum BadHead {
    Foreign,
    Newer(u64),
    Damaged,
}

/// The line (without its LF) without its CRC, if the CRC is right.
pub(super) fn checked(line: &[u8]) -> Option<&[u8]> {
    let (body, sum) = line.split_at_checked(line.len().checked_sub(CRC_LENGTH)?)?;
    let sum = hexadecimal(sum.strip_prefix(b"\t")?, 8)?;
    (u64::from(crc32fast::hash(body)) == sum).then_some(body)
}

/// The line (without its LF) without its CRC, which is not looked at.
pub(super) fn unchecked(line: &[u8]) -> Option<&[u8]> {
    line.get(..line.len().checked_sub(CRC_LENGTH)?)
}

/// Understands a [`checked`] line that is not the first.
pub(super) fn parse(body: &[u8]) -> Option<Line<'_>> {
    let mut fields = Fields::new(body);
    let word = fields.text()?;
    if word == b"synced" {
        fields.time()?;
        return fields.end().then_some(Line::Synced);
    }
    let key = fields.key()?;
    let line = match word {
        b"gone" => Line::Gone { key },
        _ => Line::Entry { key, entry: entry(word, &mut fields)? },
    };
    fields.end().then_some(line)
}

/// Understands the first line, without its LF.
pub(super) fn parse_head(line: &[u8]) -> Result<Head, BadHead> {
    let rest = line.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix(b"\t")).ok_or(BadHead::Foreign)?;
    let mut fields = Fields::new(rest);
    match fields.number().ok_or(BadHead::Damaged)? {
        VERSION => {}
        // What a later version's first line looks like further on is not ours to judge.
        version => return Err(BadHead::Newer(version)),
    }
    let body = checked(line).ok_or(BadHead::Damaged)?;
    let mut fields = Fields::new(body);
    let head = (|| {
        let (_magic, _version) = (fields.text()?, fields.text()?);
        let id = hexadecimal(fields.text()?, 16)?;
        let mut unescaped = || unescape(fields.text()?);
        Some(Head { id, protocol: unescaped()?, user: unescaped()?, host: unescaped()? })
    })();
    head.filter(|_| fields.end()).ok_or(BadHead::Damaged)
}

pub(super) fn head_line(head: &Head) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    field(&mut out, format_args!("{VERSION}"));
    field(&mut out, format_args!("{:016x}", head.id));
    for text in [&head.protocol, &head.user, &head.host] {
        text_field(&mut out, text);
    }
    seal(&mut out, 0);
    out
}

/// A key as it is written: the escaped unique-id, a tab, the ordinal.
pub(super) fn key_text(uid: &[u8], ordinal: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(uid.len() + 11);
    escape(&mut out, uid);
    match ordinal {
        // Nearly always.
        1 => out.extend_from_slice(b"\t1"),
        _ => field(&mut out, format_args!("{ordinal}")),
    }
    out
}

/// The reverse of [`key_text`].
pub(super) fn key(text: &[u8]) -> Option<Key> {
    let mut fields = Fields::new(text);
    let uid = unescape(fields.text()?)?.into_boxed_slice();
    Some(Key { uid, ordinal: u32::try_from(fields.number()?).ok()? })
}

/// Appends a message's line, with its LF.
pub(super) fn push_entry(out: &mut Vec<u8>, key: &[u8], entry: &Entry) {
    let start = out.len();
    out.extend_from_slice(entry.state.word().as_bytes());
    out.push(b'\t');
    out.extend_from_slice(key);
    optional(out, entry.size);
    match entry.header {
        Some(hash) => field(out, format_args!("{:032x}", u128::from_be_bytes(hash))),
        None => field(out, format_args!("-")),
    }
    field(out, format_args!("{}", seconds(entry.first_seen)));
    optional(out, entry.absent_since.map(seconds));
    match &entry.state {
        State::Delivered | State::DeletePending | State::Seen => {}
        State::Intent { stored, hash, place } => {
            field(out, format_args!("{stored}"));
            field(out, format_args!("{hash:016x}"));
            push_place(out, place);
        }
        State::Skipped(skip) => text_field(out, skip.word().as_bytes()),
        State::Failed { attempts, last, reason } => {
            field(out, format_args!("{attempts}"));
            field(out, format_args!("{}", seconds(*last)));
            let mut end = reason.len().min(REASON_LIMIT);
            while !reason.is_char_boundary(end) {
                end -= 1;
            }
            text_field(out, reason.as_bytes().get(..end).unwrap_or_default());
        }
    }
    seal(out, start);
}

pub(super) fn push_gone(out: &mut Vec<u8>, key: &[u8]) {
    let start = out.len();
    out.extend_from_slice(b"gone\t");
    out.extend_from_slice(key);
    seal(out, start);
}

pub(super) fn push_synced(out: &mut Vec<u8>, now: SystemTime) {
    let start = out.len();
    out.extend_from_slice(b"synced");
    field(out, format_args!("{}", seconds(now)));
    seal(out, start);
}

/// Whole seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn entry(word: &[u8], fields: &mut Fields<'_>) -> Option<Entry> {
    let size = fields.optional(decimal)?;
    let header = fields.optional(hash128)?;
    let first_seen = fields.time()?;
    let absent_since = fields.optional(|text| decimal(text).and_then(time))?;
    let state = match word {
        b"delivered" => State::Delivered,
        b"seen" => State::Seen,
        b"delete-pending" => State::DeletePending,
        b"skipped" => State::Skipped(match fields.text()? {
            b"older" => Skip::Older,
            b"filtered" => Skip::Filtered,
            _ => return None,
        }),
        b"failed" => State::Failed {
            attempts: u32::try_from(fields.number()?).ok()?,
            last: fields.time()?,
            reason: String::from_utf8(unescape(fields.text()?)?).ok()?,
        },
        b"intent" => {
            // Without these two there is nothing to recognise a message by.
            let (_size, _header) = (size?, header?);
            State::Intent { stored: fields.number()?, hash: fields.hash64()?, place: fields.place()? }
        }
        _ => return None,
    };
    Some(Entry { state, size, header, first_seen, absent_since })
}

fn push_place(out: &mut Vec<u8>, place: &Place) {
    let mut texts = |texts: &[&[u8]]| texts.iter().for_each(|text| text_field(out, text));
    match place {
        Place::Maildir { dir, name } => texts(&[b"maildir", dir.as_os_str().as_bytes(), name.as_bytes()]),
        Place::Eml { dir, name } => texts(&[b"eml", dir.as_os_str().as_bytes(), name.as_bytes()]),
        Place::Opaque { target } => texts(&[b"opaque", target.as_bytes()]),
        Place::Mbox { path, offset, length, hash } => {
            texts(&[b"mbox", path.as_os_str().as_bytes()]);
            field(out, format_args!("{offset}"));
            field(out, format_args!("{length}"));
            field(out, format_args!("{hash:016x}"));
        }
    }
}

/// Ends the line that began at `start`.
fn seal(out: &mut Vec<u8>, start: usize) {
    let sum = crc32fast::hash(out.get(start..).unwrap_or_default());
    field(out, format_args!("{sum:08x}"));
    out.push(b'\n');
}

fn field(out: &mut Vec<u8>, value: std::fmt::Arguments<'_>) {
    out.push(b'\t');
    push(out, value);
}

fn text_field(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'\t');
    escape(out, text);
}

fn optional(out: &mut Vec<u8>, value: Option<u64>) {
    match value {
        Some(value) => field(out, format_args!("{value}")),
        None => field(out, format_args!("-")),
    }
}

pub(super) fn push(out: &mut Vec<u8>, value: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    drop(out.write_fmt(value));
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_delivery_can_be_read_with_less() {
        let entry = Entry {
            state: State::Delivered,
            size: Some(4096),
            header: Some([0xab; 16]),
            first_seen: time(1_760_000_000).unwrap(),
            absent_since: None,
        };
        let mut line = Vec::new();
        push_entry(&mut line, &key_text(b"000000055a1b 100%", 1), &entry);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "delivered\t000000055a1b%20100%25\t1\t4096\tabababababababababababababababab\t1760000000\t-\t61e0bf98\n"
        );
    }

    #[test]
    fn a_first_line_of_another_kind_is_told_apart() {
        assert_eq!(parse_head(b"From someone").unwrap_err(), BadHead::Foreign);
        assert_eq!(parse_head(b"mailwire-ledger\t2\twhatever").unwrap_err(), BadHead::Newer(2));
        assert_eq!(parse_head(b"mailwire-ledger\t1\t00").unwrap_err(), BadHead::Damaged);
        let head = Head { id: 7, protocol: b"pop3".to_vec(), user: b"a\tb".to_vec(), host: b"h".to_vec() };
        let line = head_line(&head);
        assert_eq!(parse_head(line.strip_suffix(b"\n").unwrap()).unwrap(), head);
    }

    fn places() -> impl Strategy<Value = Place> {
        let path = || proptest::collection::vec(any::<u8>(), 0..60).prop_map(|path| OsString::from_vec(path).into());
        prop_oneof![
            (path(), any::<String>()).prop_map(|(dir, name)| Place::Maildir { dir, name }),
            (path(), any::<String>()).prop_map(|(dir, name)| Place::Eml { dir, name }),
            any::<String>().prop_map(|target| Place::Opaque { target }),
            (path(), any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(path, offset, length, hash)| Place::Mbox {
                path,
                offset,
                length,
                hash
            }),
        ]
    }

    fn times() -> impl Strategy<Value = SystemTime> {
        (0u64..1 << 40).prop_map(|seconds| time(seconds).unwrap())
    }

    fn entries() -> impl Strategy<Value = Entry> {
        let state = prop_oneof![
            Just(State::Delivered),
            Just(State::DeletePending),
            Just(State::Seen),
            Just(State::Skipped(Skip::Older)),
            Just(State::Skipped(Skip::Filtered)),
            (any::<u32>(), times(), "\\PC{0,70}").prop_map(|(attempts, last, reason)| State::Failed {
                attempts,
                last,
                reason
            }),
            (any::<u64>(), any::<u64>(), places()).prop_map(|(stored, hash, place)| State::Intent {
                stored,
                hash,
                place
            }),
        ];
        let known = (any::<Option<u64>>(), any::<Option<[u8; 16]>>());
        (state, known, times(), proptest::option::of(times())).prop_map(
            |(state, (mut size, mut header), first_seen, absent_since)| {
                if matches!(state, State::Intent { .. }) {
                    (size, header) = (size.or(Some(1)), header.or(Some([9; 16])));
                }
                Entry { state, size, header, first_seen, absent_since }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            uid in proptest::collection::vec(any::<u8>(), 0..300), ordinal in any::<u32>(), written in entries(),
        ) {
            let text = key_text(&uid, ordinal);
            let mut line = Vec::new();
            push_entry(&mut line, &text, &written);
            prop_assert_eq!(line.iter().filter(|octet| **octet == b'\n').count(), 1);
            prop_assert!(line.iter().all(|octet| matches!(octet, b'\t' | b'\n' | b' '..=b'~')));
            let line = line.strip_suffix(b"\n").unwrap();
            let Some(Line::Entry { key: found, entry }) = parse(checked(line).unwrap()) else { panic!("not an entry") };
            prop_assert_eq!(found, &text[..]);
            prop_assert_eq!(key(found).unwrap(), Key { uid: uid.into(), ordinal });
            prop_assert_eq!(entry, written);
        }

        #[test]
        fn any_octets_are_refused_or_read(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            checked(&line);
            parse(&line);
            parse_head(&line).ok();
            key(&line);
        }
    }
}
