//! Option values that are more than a word: sizes, seconds, paths, pins.

use std::path::PathBuf;
use std::time::Duration;

use crate::addr_spec::AddrSpec;
use crate::net::tls::Pin;

/// Where the log goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LogTarget {
    /// The system's log.
    Syslog,
    /// Appended to a file.
    File(PathBuf),
}

impl LogTarget {
    /// Parses `syslog` or a path.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "syslog" => Ok(Self::Syslog),
            _ => path(text).map(Self::File),
        }
    }
}

/// How many commands are sent ahead of their replies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pipeline {
    /// As many as the connection can carry, if the server announces pipelining.
    #[default]
    Auto,
    /// One at a time.
    Off,
    /// At most this many, whether announced or not.
    Depth(u32),
}

impl Pipeline {
    /// Parses `auto`, `off` or a number.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            _ => match text.parse() {
                Ok(0 | 1) => Ok(Self::Off),
                Ok(depth) => Ok(Self::Depth(depth)),
                Err(_) => Err("it must be auto, off or a number".into()),
            },
        }
    }
}

/// A path; a leading `~/` is the home directory, since no shell expands it behind `maildir:` or in a file.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("the path is empty".into());
    }
    if text.contains('\0') {
        return Err("the path holds a NUL".into());
    }
    match text.strip_prefix("~/") {
        None => Ok(text.into()),
        Some(rest) => match std::env::var_os("HOME") {
            Some(home) if !home.is_empty() => Ok(PathBuf::from(home).join(rest)),
            _ => Err("HOME is not set, so ~ means nothing: write the whole path".into()),
        },
    }
}

/// Octets: a number with `k`, `M`, `G` or `T` for powers of 1024.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "it must be a number of octets, such as 65536, 512k, 10M or 1G".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(|| "it is too large".to_owned())
}

/// A number of seconds, fractions allowed.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "it must be a number of seconds above 0, such as 30 or 0.5".to_owned();
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(wrong());
    }
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(wrong()),
    }
}

/// `sha256:` and 64 hexadecimal digits.
pub(super) fn pin(text: &str) -> Result<Pin, String> {
    let wrong = || "it must be sha256: and 64 hexadecimal digits, as probing the server prints it".to_owned();
    let digits = text.strip_prefix("sha256:").ok_or_else(wrong)?.as_bytes();
    let mut octets = [0; 32];
    if digits.len() != 64 {
        return Err(wrong());
    }
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        *octet = match (digit(pair.first()), digit(pair.get(1))) {
            (Some(high), Some(low)) => high * 16 + low,
            _ => return Err(wrong()),
        };
    }
    Ok(Pin(octets))
}

/// A word that goes to the server: not empty, no control characters.
pub(super) fn word(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if text.chars().any(char::is_control) {
        return Err("it holds a control character".into());
    }
    Ok(text.into())
}

/// The sender in an envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sender {
    /// Nobody: `<>`, for messages that must not be answered.
    Null,
    /// This address.
    Address(AddrSpec),
}

impl Sender {
    /// The address, if it is one.
    pub fn address(&self) -> Option<&AddrSpec> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }
}

/// An address, or `<>`. Nothing at all is a variable that was not set.
pub(super) fn sender(text: &str) -> Result<Sender, String> {
    match text {
        "<>" => Ok(Sender::Null),
        _ => AddrSpec::parse(text).map(Sender::Address).map_err(|error| error.to_string()),
    }
}

/// An address without a display name.
pub(super) fn address(text: &str) -> Result<AddrSpec, String> {
    AddrSpec::parse(text).map_err(|error| error.to_string())
}

/// A command or argument list in shell quoting, run without a shell.
pub(super) fn argv(text: &str) -> Result<Argv, String> {
    match shlex::split(text) {
        Some(words) if !words.is_empty() => Ok(Argv(words)),
        Some(_) => Err("the command is empty".into()),
        None => Err("a quote in the command is not closed".into()),
    }
}

/// A program and its arguments, run without a shell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Argv(pub Vec<String>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, octets) in [("0", 0), ("4096", 4096), ("512k", 512 << 10), ("10M", 10 << 20), ("1GiB", 1 << 30)] {
            assert_eq!(size(text), Ok(octets), "{text}");
        }
        for text in ["", "k", "-1", "1.5M", "10 M", "10x", "+1", "99999999999999999999", "99999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["", "0", "-1", "1e9", "inf", "NaN", "2m", "1.2.3", "99999999999999999999999"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pins() {
        let text = format!("sha256:{}", "0aFF".repeat(16));
        assert_eq!(pin(&text).unwrap().0.get(..2), Some(&[0x0a, 0xff][..]));
        for text in ["", "sha256:", "sha1:00", &"0".repeat(64), &format!("sha256:{}", "zz".repeat(32))] {
            assert!(pin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_carry_no_control_characters() {
        assert!(word("ann@example.org").is_ok());
        for text in ["", "a\r\nQUIT", "a\0b", "a\u{85}b", "\x1b[2J"] {
            assert!(word(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn senders() {
        assert_eq!(sender("<>"), Ok(Sender::Null));
        assert_eq!(sender("<ann@example.org>").unwrap().address().unwrap().local(), "ann");
        for text in ["", "ann@example.org\r\nRCPT TO:<x>", "Ann <ann@example.org>", " ", "a b@c"] {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn pipelines() {
        assert_eq!(Pipeline::parse("auto"), Ok(Pipeline::Auto));
        assert_eq!(Pipeline::parse("off"), Ok(Pipeline::Off));
        assert_eq!(Pipeline::parse("1"), Ok(Pipeline::Off));
        assert_eq!(Pipeline::parse("200"), Ok(Pipeline::Depth(200)));
        assert!(Pipeline::parse("many").is_err());
    }
}
