//! Unique file names: `sec.M<usec>P<pid>Q<n>R<random>T<tag>.host`, as maildir(5) would have them.
//!
//! Nothing of a message or a server gets into a name. The tag marks which ledger's run wrote it, so that a later run
//! knows its own leftovers.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Makes names, no two of them equal.
#[derive(Debug)]
pub(crate) struct Names {
    host: String,
    pid: u32,
    tag: u64,
    random: u64,
    count: u64,
}

impl Names {
    pub(crate) fn new(tag: u64) -> Self {
        // Should the system's source fail, the keys of the standard library's tables are random too.
        let random = getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(tag));
        let about = rustix::system::uname();
        Self { host: host(about.nodename().to_bytes()), pid: std::process::id(), tag, random, count: 0 }
    }

    /// The next name, without a suffix.
    pub(crate) fn next(&mut self) -> String {
        self.count += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!(
            "{}.M{}P{}Q{}R{:016x}T{:016x}.{}",
            now.as_secs(),
            now.subsec_micros(),
            self.pid,
            self.count,
            scramble(self.random.wrapping_add(self.count)),
            self.tag,
            self.host
        )
    }
}

/// The tag in a name made by [`Names`], by whichever run; `None` for any other name.
pub(crate) fn tag(name: &str) -> Option<u64> {
    let (seconds, rest) = name.split_once(".M")?;
    let (micros, rest) = rest.split_once('P')?;
    let (pid, rest) = rest.split_once('Q')?;
    let (count, rest) = rest.split_once('R')?;
    let (random, rest) = rest.split_once('T')?;
    let (tag, _host) = rest.split_once('.')?;
    let decimal = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hex = |text: &str| text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let ours = [seconds, micros, pid, count].into_iter().all(decimal) && hex(random) && hex(tag);
    if ours { u64::from_str_radix(tag, 16).ok() } else { None }
}

/// The host's name with everything that means something in a file name in octal, `/` and `:` first of all.
fn host(name: &[u8]) -> String {
    const MAX: usize = 64;
    let mut out = String::new();
    for &octet in name {
        if out.len() >= MAX {
            break;
        }
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(octet.into()),
            _ => {
                let _ = write!(out, "\\{octet:03o}");
            }
        }
    }
    if out.is_empty() { "localhost".into() } else { out }
}

/// The finaliser of SplitMix64: different for different inputs, and looks random.
fn scramble(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_know_their_tag() {
        let (mut one, mut two) = (Names::new(7), Names::new(7));
        let names: HashSet<String> = (0..500).flat_map(|_| [one.next(), two.next()]).collect();
        assert_eq!(names.len(), 1000);
        for name in &names {
            assert_eq!(tag(name), Some(7), "{name}");
            assert!(!name.contains([':', '/']) && name.len() < 200, "{name}");
        }
    }

    #[test]
    fn names_of_others_have_no_tag() {
        for name in [
            "",
            ".",
            "1700000000.M1P2Q3.host",
            "1700000000.M1P2Q3R12T34.host",
            "1.M1P2Q3Rg000000000000000T0000000000000000.h",
        ] {
            assert_eq!(tag(name), None, "{name}");
        }
    }

    #[test]
    fn hosts_are_harmless() {
        assert_eq!(host(b"mx.example.org"), "mx.example.org");
        assert_eq!(host(b"a/b:c d"), "a\\057b\\072c\\040d");
        assert_eq!(host(b""), "localhost");
        assert!(host(&[b':'; 300]).len() < 70);
    }
}
