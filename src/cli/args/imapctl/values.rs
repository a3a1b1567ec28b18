//! Option values of imapctl that are more than a word: folder names, part numbers, sort keys, flags, dates.

use clap::ValueEnum;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::super::values::size;
use crate::imap::session::RightsChange;
use crate::imap::{Flag, Mailbox, PartNumber, SpecialUse};
use crate::mail::sort::Criteria;

/// A pattern that folders' names fit (RFC 9051 section 6.3.9).
pub(super) fn pattern(text: &str) -> Result<String, String> {
    Mailbox::parse(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// A flag that can be set, with or without its backslash.
pub(super) fn flag(text: &str) -> Result<Flag, String> {
    match Flag::parse(text.trim()) {
        Ok(flag) if flag.is_settable() => Ok(flag),
        Ok(flag) => Err(format!("only the server sets {flag}")),
        Err(error) => Err(error.to_string()),
    }
}

/// What a folder is for, as `@sent` without its `@`.
pub(super) fn special_use(text: &str) -> Result<SpecialUse, String> {
    let name = text.trim_start_matches(['@', '\\']);
    SpecialUse::from_at_name(&format!("@{name}")).ok_or_else(|| {
        let names = SpecialUse::ALL.iter().map(|of| of.at_name().trim_start_matches('@'));
        format!("it must be one of {}", names.collect::<Vec<_>>().join(", "))
    })
}

/// Rights to set, add or take away (RFC 4314 section 2.1).
pub(super) fn rights(text: &str) -> Result<RightsChange, String> {
    RightsChange::parse(text).map_err(|error| error.to_string())
}

/// An annotation's name (RFC 5464 section 4.1).
pub(super) fn annotation(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let is_scoped =
        ["/private/", "/shared/"].iter().any(|scope| lower.strip_prefix(scope).is_some_and(|rest| !rest.is_empty()));
    let is_scope = matches!(lower.as_str(), "/private" | "/shared");
    let is_odd = text.contains("//") || text.ends_with('/') || !text.bytes().all(|b| b.is_ascii_graphic());
    match (is_scoped || is_scope) && !is_odd && !text.contains(['*', '%']) {
        true => Ok(text.into()),
        false => Err("it must begin with /private/ or /shared/, without blanks and wildcards".into()),
    }
}

/// Which part of a message: numbers from 1 with dots between them (RFC 9051 section 6.4.5).
pub(super) fn part(text: &str) -> Result<PartNumber, String> {
    PartNumber::parse(text)
        .map_err(|_| "it must be a part's number, such as 2 or 1.2, as \"imapctl parts\" prints it".into())
}

/// What messages are sorted by, the weightiest first.
pub(super) fn sort(text: &str) -> Result<Criteria, String> {
    text.parse().map_err(|error: crate::Error| error.to_string())
}

/// When a message arrived.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AppendDate {
    /// At its Date field's time.
    Header,
    /// At this time; the offset is part of what the server keeps.
    At(Box<Zoned>),
}

impl AppendDate {
    /// Parses `header`, a time as in RFC 3339, or a date with or without a time, which are this machine's.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("header") {
            return Ok(Self::Header);
        }
        let wrong = || {
            "it must be \"header\", or a time such as 2026-03-31, 2026-03-31T12:30 or 2026-03-31T12:30:00Z".to_owned()
        };
        let zoned = match text.parse::<Timestamp>() {
            Ok(time) => {
                let offset =
                    jiff::fmt::temporal::Pieces::parse(text).ok().and_then(|pieces| pieces.to_numeric_offset());
                time.to_zoned(offset.map_or(TimeZone::UTC, TimeZone::fixed))
            }
            Err(_) => {
                let local: DateTime = text.parse().map_err(|_| wrong())?;
                local.to_zoned(TimeZone::system()).map_err(|_| wrong())?
            }
        };
        // Four digits are all that there is room for on the wire.
        match (1..=9999).contains(&zoned.year()) {
            true => Ok(Self::At(Box::new(zoned))),
            false => Err(wrong()),
        }
    }
}

/// `imapctl metadata get --depth`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Depth {
    /// The entries alone
    #[default]
    #[value(name = "0")]
    Zero,
    /// What lies directly below them too
    #[value(name = "1")]
    One,
    /// Everything below them too
    Infinity,
}

/// A limit that is set (RFC 9208 section 5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuotaLimit {
    /// The resource's name, in capitals.
    pub resource: String,
    /// In the resource's unit: for STORAGE 1024 octets, for the others one.
    pub limit: u64,
}

impl QuotaLimit {
    /// Parses `STORAGE=2G`, where the size is in octets, or `MESSAGE=1000`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "it must be a resource and its limit, such as STORAGE=2G or MESSAGE=1000".to_owned();
        let (resource, limit) = text.split_once('=').ok_or_else(wrong)?;
        let resource = resource.to_ascii_uppercase();
        let is_atom = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
        if resource.is_empty() || !resource.bytes().all(is_atom) {
            return Err(wrong());
        }
        let limit = match resource.ends_with("STORAGE") {
            true => size(limit)?.div_ceil(1024),
            false => limit.parse().map_err(|_| wrong())?,
        };
        match i64::try_from(limit) {
            Ok(_) => Ok(Self { resource, limit }),
            Err(_) => Err("it is too large".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_orders_are_checked() {
        assert!(part("1.2").is_ok() && sort("from,-size,reverse:date").is_ok());
        for text in ["", "0", "1.TEXT"] {
            assert!(part(text).unwrap_err().contains("imapctl parts"), "{text}");
        }
        for text in ["", "date,", "--date", "colour"] {
            assert!(sort(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_of_arrival() {
        let at = |text: &str| match AppendDate::parse(text) {
            Ok(AppendDate::At(zoned)) => zoned.timestamp().to_string(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(AppendDate::parse("Header"), Ok(AppendDate::Header));
        assert_eq!(at("2026-03-31T12:30:00Z"), "2026-03-31T12:30:00Z");
        assert_eq!(at("2026-03-31T12:30:00+02:00"), "2026-03-31T10:30:00Z");
        let Ok(AppendDate::At(kept)) = AppendDate::parse("2026-03-31T12:30:00-05:00") else { panic!() };
        assert_eq!((kept.hour(), kept.offset().seconds()), (12, -5 * 3600));
        at("2026-03-31");
        at("2026-03-31 12:30");
        for text in ["", "yesterday", "31.3.2026", "2026-13-01", "-000001-01-01", "2026-03-31T12:30:00Z\r\nx"] {
            assert!(AppendDate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn annotations_have_a_scope() {
        for text in ["/private/comment", "/shared/vendor/x/y", "/PRIVATE/x", "/private", "/shared"] {
            assert!(annotation(text).is_ok(), "{text}");
        }
        for text in
            ["", "comment", "/private/", "/private//x", "/private/*", "/public/x", "/private/a b", "/private/\r"]
        {
            assert!(annotation(text).is_err(), "{text}");
        }
    }

    #[test]
    fn limits_are_in_the_servers_unit() {
        let limit = |text: &str| QuotaLimit::parse(text).map(|limit| (limit.resource, limit.limit));
        assert_eq!(limit("storage=2G"), Ok(("STORAGE".into(), 2 << 20)));
        assert_eq!(limit("STORAGE=1"), Ok(("STORAGE".into(), 1)));
        assert_eq!(limit("message=1000"), Ok(("MESSAGE".into(), 1000)));
        for text in ["", "STORAGE", "=1", "MESSAGE=1k", "A B=1", "MESSAGE=-1", "MESSAGE=99999999999999999999"] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn uses_of_folders() {
        for text in ["sent", "@Sent", "\\Sent"] {
            assert_eq!(special_use(text), Ok(SpecialUse::Sent));
        }
        assert!(special_use("inbox").is_err());
        assert!(flag("\\Recent").is_err() && flag(" seen ").is_ok());
    }
}
