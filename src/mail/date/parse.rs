//! Dates read as real mail has them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The time that a Date field's body tells, if it tells any.
///
/// Besides RFC 5322 with its obsolete forms: any order of day, month and year where the month has a name, no weekday,
/// no time (midnight), no zone (UTC), `am` and `pm`, and RFC 3339. A zone that nobody knows is UTC (section 4.3).
pub fn parse(body: &[u8]) -> Option<SystemTime> {
    /// No date is longer, with its comments.
    const LONGEST: usize = 250;
    let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body)).to_ascii_lowercase();
    let text = without_comments(&text);
    if let Ok(time) = text.trim().to_ascii_uppercase().parse::<jiff::Timestamp>() {
        return at(time.as_second());
    }
    let mut found = Found::default();
    for word in text.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        // `3-nov-2025`, but not `-0500`.
        let is_dashed =
            word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(|c: char| c.is_ascii_alphabetic());
        match is_dashed && !word.contains(':') {
            true => word.split(['-', '/']).for_each(|word| found.word(word)),
            false => found.word(word),
        }
    }
    let (hour, minute, second) = found.time.unwrap_or_default();
    let hour = match found.half {
        Some(Half::Morning) if hour == 12 => 0,
        Some(Half::Afternoon) if hour < 12 => hour + 12,
        _ => hour,
    };
    let date = Date::new(found.year?, found.month?, found.day?).ok()?;
    let time = jiff::civil::Time::new(hour, minute, second.min(59), 0).ok()?;
    let local = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    at(local.checked_sub(found.offset.unwrap_or_default())?)
}

/// Whole seconds since 1970, fewer than none before it.
pub fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        // Part of a second counts as a whole one, further back.
        Err(before) => -seconds(before.duration().saturating_add(Duration::from_nanos(999_999_999))),
    }
}

#[derive(Default)]
struct Found {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(i8, i8, i8)>,
    half: Option<Half>,
    /// Seconds east of UTC.
    offset: Option<i64>,
}

enum Half {
    Morning,
    Afternoon,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Found {
    fn word(&mut self, word: &str) {
        match word.as_bytes() {
            [b'+' | b'-', b'0'..=b'9', ..] => self.offset = self.offset.or(offset(word)),
            [b'0'..=b'9', ..] if word.contains(':') => self.time = self.time.or_else(|| self.clock(word)),
            [b'0'..=b'9', ..] => self.number(word),
            _ => self.name(word),
        }
    }

    fn number(&mut self, word: &str) {
        let Ok(number) = word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<i16>() else { return };
        match word.len() {
            ..=2 if self.day.is_none() => self.day = i8::try_from(number).ok(),
            // RFC 5322 section 4.3.
            ..=2 if number < 50 => self.year = self.year.or(Some(number + 2000)),
            ..=3 => self.year = self.year.or(Some(number + 1900)),
            _ => self.year = self.year.or(Some(number)),
        }
    }

    /// `14:05:06`, with anything behind it that some put there.
    fn clock(&mut self, word: &str) -> Option<(i8, i8, i8)> {
        if word.ends_with("am") || word.ends_with("pm") {
            self.name(word.get(word.len() - 2..)?);
        }
        let mut numbers = word.split(':').map(|number| {
            let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
            number.get(..end).and_then(|number| number.parse::<i8>().ok())
        });
        Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or_default()))
    }

    fn name(&mut self, word: &str) {
        let hours = match word {
            "am" => return self.half = Some(Half::Morning),
            "pm" => return self.half = Some(Half::Afternoon),
            "z" | "ut" | "utc" | "gmt" => 0,
            "edt" => -4,
            "est" | "cdt" => -5,
            "cst" | "mdt" => -6,
            "mst" | "pdt" => -7,
            "pst" => -8,
            // Not of the RFC, and meant by most who write them.
            "cet" | "met" | "bst" => 1,
            "cest" | "mest" => 2,
            "jst" => 9,
            _ => {
                let month = (1..).zip(MONTHS).find(|(_, month)| word.starts_with(month)).map(|(number, _)| number);
                self.month = self.month.or(month);
                return;
            }
        };
        self.offset = self.offset.or(Some(hours * 3600));
    }
}

/// `+hhmm`, with or without a colon.
fn offset(word: &str) -> Option<i64> {
    let digits: String = word.chars().filter(char::is_ascii_digit).take(4).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<i64>().ok()? };
    let seconds = hours.parse::<i64>().ok()? * 3600 + minutes * 60;
    Some(if word.starts_with('-') { -seconds } else { seconds })
}

fn without_comments(text: &str) -> String {
    let mut depth = 0u32;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

pub(super) fn at(seconds: i64) -> Option<SystemTime> {
    let span = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::rfc3339;

    fn read(text: &str) -> Option<String> {
        parse(text.as_bytes()).map(rfc3339)
    }

    #[test]
    fn dates_as_mail_has_them() {
        for (text, expected) in [
            ("Fri, 11 Jul 2003 21:00:37 -0700", "2003-07-12T04:00:37Z"),
            (" 1 jan 2025 00:00 +0100 ", "2024-12-31T23:00:00Z"),
            ("Mon, 03 Nov 25 14:05:06 GMT", "2025-11-03T14:05:06Z"),
            ("3 Nov 99 14:05:06 EST (Eastern (US))", "1999-11-03T19:05:06Z"),
            ("Mon Nov  3 14:05:06 2025", "2025-11-03T14:05:06Z"),
            ("Monday, November 3, 2025 2:05 PM", "2025-11-03T14:05:00Z"),
            ("3 Nov 2025 12:05:00am +05:30", "2025-11-02T18:35:00Z"),
            ("3-Nov-2025 14:05:60 +0000", "2025-11-03T14:05:59Z"),
            ("2025-11-03T14:05:06+01:00", "2025-11-03T13:05:06Z"),
            ("3 Nov 2025", "2025-11-03T00:00:00Z"),
            ("3 Nov 2025 14:05:06 NOWHERE", "2025-11-03T14:05:06Z"),
            ("Sat, 3 Nov 125 14:05:06 -0000", "2025-11-03T14:05:06Z"),
            ("1 Jan 1960 00:00:00 +0000", "1960-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "31 Feb 2025", "3 Nov", "32 Nov 2025 1:00", "3 Nov 2025 25:00", "Mon, 3 2025"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(seconds in 0u64..4_000_000_000) {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            let text = super::super::date(time).unwrap();
            prop_assert_eq!(parse(text.as_bytes()), Some(time));
            prop_assert_eq!(unix_seconds(time), seconds as i64);
        }

        #[test]
        fn anything_is_looked_at(text in "[0-9a-z:+ (),-]{0,40}", octets in prop::collection::vec(any::<u8>(), 0..40)) {
            parse(text.as_bytes());
            parse(&octets);
        }

        #[test]
        fn every_time_has_its_second(seconds in any::<i32>()) {
            prop_assert_eq!(at(i64::from(seconds)).map(unix_seconds), Some(i64::from(seconds)));
        }
    }
}
