//! The text that both of a mail's files begin with: `mailwire-KIND VERSION LENGTH HASH`, then so many octets of
//! `key: value` lines up to an empty one. The hash (XXH3-64) finds what is torn; it is no defence against forgery.

use std::fmt::Write as _;
use std::fs::File;
use std::hash::Hasher as _;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::SystemTime;

use twox_hash::XxHash3_64;

use crate::text;

/// More lines than this are never written, nor room made for them.
pub(super) const LIMIT: usize = 64 << 20;

const VERSION: &str = "1";

/// Which file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Mail,
    State,
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be read now; perhaps later.
    Io(io::Error),
    /// It is not ours or not for us to judge: left where it is. What is wrong and what to do.
    Strange(String),
    /// It is torn or was changed: what is wrong.
    Damaged(String),
}

/// What was read.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) lines: Vec<(String, String)>,
    /// Octets from the file's start to what follows the empty line.
    pub(super) end: u64,
    /// Octets in the file.
    pub(super) length: u64,
}

/// Lines to be written.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// Adds a line; the value may be any text, the key is one of ours.
    pub(super) fn put(&mut self, key: &str, value: &str) {
        self.0.push_str(key);
        self.0.push_str(": ");
        escape(&mut self.0, value);
        self.0.push('\n');
    }

    pub(super) fn put_time(&mut self, key: &str, time: SystemTime) {
        self.put(key, &stamp(time));
    }

    /// The record's octets.
    pub(super) fn finish(mut self, kind: Kind) -> Vec<u8> {
        self.0.push('\n');
        let hash = hash(self.0.as_bytes());
        format!("{} {VERSION} {:010} {hash:016x}\n{}", kind.name(), self.0.len(), self.0).into_bytes()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Mail => "mailwire-mail",
            Self::State => "mailwire-state",
        }
    }

    fn head_length(self) -> usize {
        self.name().len() + 1 + VERSION.len() + 1 + 10 + 1 + 16 + 1
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => torn(),
            _ => Self::Io(error),
        }
    }
}

/// Reads a record from a file's start.
pub(super) fn read(kind: Kind, file: &File) -> Result<Record, Fault> {
    let length = file.metadata()?.len();
    let mut head = vec![0; kind.head_length()];
    let filled = read_some(file, &mut head)?;
    let head = head.get(..filled).unwrap_or_default();
    let (size, sum) = read_head(kind, head)?;
    let end = (kind.head_length() as u64).saturating_add(size);
    if end > length {
        return Err(torn());
    }
    let size = usize::try_from(size).ok().filter(|size| *size <= LIMIT).ok_or_else(|| wrong("its header's length"))?;
    let mut octets = vec![0; size];
    file.read_exact_at(&mut octets, kind.head_length() as u64)?;
    if hash(&octets) != sum {
        return Err(Fault::Damaged("its header does not match its checksum".into()));
    }
    let lines = String::from_utf8(octets).ok().and_then(|lines| split(&lines)).ok_or_else(|| wrong("its header"))?;
    Ok(Record { lines, end, length })
}

/// What is wrong with a part of a file that has the right checksum, or with the part that says so.
pub(super) fn wrong(what: &str) -> Fault {
    Fault::Damaged(format!("{what} makes no sense"))
}

pub(super) fn hash(octets: &[u8]) -> u64 {
    let mut hash = XxHash3_64::new();
    hash.write(octets);
    hash.finish()
}

/// A time to the second; one that cannot be written so is 1970.
pub(super) fn stamp(time: SystemTime) -> String {
    let text = text::rfc3339(time);
    if text.parse::<jiff::Timestamp>().is_ok() { text } else { text::rfc3339(SystemTime::UNIX_EPOCH) }
}

pub(super) fn time(text: &str) -> Option<SystemTime> {
    text.parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

fn torn() -> Fault {
    Fault::Damaged("it is cut short".into())
}

fn read_head(kind: Kind, head: &[u8]) -> Result<(u64, u64), Fault> {
    let foreign = || Fault::Damaged(format!("it does not begin with {}", kind.name()));
    let text = std::str::from_utf8(head).map_err(|_| foreign())?;
    let rest = text.strip_prefix(kind.name()).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(foreign)?;
    let (version, rest) = rest.split_once(' ').ok_or_else(foreign)?;
    if version != VERSION {
        return Err(match version.parse::<u32>() {
            Ok(version) => {
                Fault::Strange(format!("it is of version {version}, made by a newer smtpsend; use that one"))
            }
            Err(_) => foreign(),
        });
    }
    let sums = rest
        .strip_suffix('\n')
        .and_then(|rest| rest.split_once(' '))
        .and_then(|(size, sum)| Some((number(size, 10).and_then(|size| size.parse().ok())?, hexadecimal(sum)?)));
    sums.ok_or_else(|| wrong("its first line"))
}

/// As many octets as there are.
fn read_some(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn split(lines: &str) -> Option<Vec<(String, String)>> {
    let lines = match lines {
        "\n" => "",
        _ => lines.strip_suffix("\n\n")?,
    };
    let line = |line: &str| line.split_once(": ").and_then(|(key, value)| Some((key.to_owned(), unescape(value)?)));
    lines.split('\n').filter(|text| !text.is_empty()).map(line).collect()
}

/// So many decimal digits.
pub(super) fn number(text: &str, digits: usize) -> Option<&str> {
    (text.len() == digits && text.bytes().all(|digit| digit.is_ascii_digit())).then_some(text)
}

/// 16 lower-case digits.
pub(super) fn hexadecimal(text: &str) -> Option<u64> {
    let is_plain = text.len() == 16 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if is_plain { u64::from_str_radix(text, 16).ok() } else { None }
}

/// Writes what would break a line or a terminal as `%XX`; the rest stays readable.
fn escape(out: &mut String, value: &str) {
    for c in value.chars() {
        if c == '%' || text::is_unsafe(c) {
            for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{octet:02X}");
            }
        } else {
            out.push(c);
        }
    }
}

fn unescape(value: &str) -> Option<String> {
    let mut out = Vec::with_capacity(value.len());
    let mut octets = value.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'%' => {
                let mut digit = || octets.next().and_then(|digit| char::from(digit).to_digit(16));
                out.push(u8::try_from(digit()? << 4 | digit()?).ok()?);
            }
            _ => out.push(octet),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn file(octets: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(octets).unwrap();
        file
    }

    #[test]
    fn a_record_is_readable_text() {
        let mut lines = Lines::default();
        lines.put("account", "work");
        lines.put("last-error", "RCPT: 550 100% Größe\r\nreply: forged\u{202e}");
        lines.put_time("created", SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_900));
        let octets = lines.finish(Kind::State);
        let text = std::str::from_utf8(&octets).unwrap();
        assert!(text.starts_with("mailwire-state 1 0000000"), "{text}");
        let rest = "account: work\nlast-error: RCPT: 550 100%25 Größe%0D%0Areply: forged%E2%80%AE\ncreated: 2023-11-14T22:13:20Z\n\n";
        assert!(text.ends_with(rest), "{text}");
    }

    #[test]
    fn a_newer_version_is_not_damage() {
        let newer = file(b"mailwire-mail 2 x\n\nwhatever");
        assert!(matches!(read(Kind::Mail, &newer), Err(Fault::Strange(why)) if why.contains("newer")));
        for wrong in [&b""[..], b"\n", b"mailwire-mail", b"mailwire-mail 1 ", b"mailwire-mail x 0", b"Subject: x\n\n"] {
            assert!(matches!(read(Kind::Mail, &file(wrong)), Err(Fault::Damaged(_))), "{wrong:?}");
        }
        let huge = file(b"mailwire-mail 1 9999999999 0000000000000000\n\n");
        assert!(matches!(read(Kind::Mail, &huge), Err(Fault::Damaged(_))));
    }

    proptest! {
        #[test]
        fn values_come_back(values in prop::collection::vec(any::<String>(), 0..6), behind in prop::collection::vec(any::<u8>(), 0..20)) {
            let mut lines = Lines::default();
            values.iter().for_each(|value| lines.put("key", value));
            let record = lines.finish(Kind::Mail);
            let whole = read(Kind::Mail, &file(&[&record[..], &behind].concat())).unwrap();
            prop_assert_eq!(whole.end, record.len() as u64);
            prop_assert_eq!(whole.length, (record.len() + behind.len()) as u64);
            let read: Vec<String> = whole.lines.into_iter().map(|(_, value)| value).collect();
            prop_assert_eq!(read, values);
        }
    }
}
