//! Days and spans of time as people write them.

use std::fmt;

use jiff::{Span, Timestamp, civil};

use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// A day. `Display` is the wire form, such as `1-Feb-2026` (RFC 9051 section 9, `date`).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Date(civil::Date);

impl Date {
    /// A day of the calendar, years 1 to 9999.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().filter(|date| date.year() > 0).map(Self)
    }

    /// The day of a time, in UTC.
    pub(super) fn of(time: Timestamp) -> Self {
        Self(jiff::tz::TimeZone::UTC.to_datetime(time).date())
    }

    /// The day after; of the last of all days, the same.
    pub(super) fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = usize::try_from(self.0.month()).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
        write!(f, "{}-{}-{:04}", self.0.day(), month.unwrap_or(&"Jan"), self.0.year())
    }
}

/// Reads `2026-01-31`, `today`, `yesterday`, or a span before today: `7d`, `2w`, `3m`, `1y`.
pub(super) fn date(text: &str, today: civil::Date) -> Result<Date> {
    let day = match text.to_ascii_lowercase().as_str() {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        _ => absolute(text).or_else(|| before(text, today)),
    };
    day.and_then(|day| Date::new(day.year(), day.month(), day.day())).ok_or_else(|| {
        let shown = sanitize_capped(text.as_bytes(), SHOWN);
        let hint = match seconds(text) {
            Ok(_) => "; spans of hours go with younger: and older:",
            Err(_) => "",
        };
        Error::InvalidInput(format!(
            "\"{shown}\" is not a day: it is like 2026-01-31, today, yesterday, or so long ago: 7d, 2w, 3m, 1y{hint}"
        ))
    })
}

/// Reads a span in seconds: `90s`, `15min`, `12h`, `7d`, `2w`; `3m` is 90 days, `1y` 365.
pub(super) fn seconds(text: &str) -> Result<u32> {
    let per = |unit: &str| {
        Some(match unit {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            "m" => 30 * 86_400,
            "y" => 365 * 86_400,
            _ => return None,
        })
    };
    count(text).and_then(|(count, unit)| count.checked_mul(per(&unit)?)).filter(|seconds| *seconds > 0).ok_or_else(
        || {
            let shown = sanitize_capped(text.as_bytes(), SHOWN);
            Error::InvalidInput(format!(
                "\"{shown}\" is not a span of time: it is like 90s, 15min, 12h, 7d, 2w, 3m, 1y"
            ))
        },
    )
}

fn absolute(text: &str) -> Option<civil::Date> {
    let mut numbers = text.split('-').map(|number| {
        let short = (1..=4).contains(&number.len()) && number.bytes().all(|octet| octet.is_ascii_digit());
        number.parse::<i16>().ok().filter(|_| short)
    });
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    // Two digits could be any century, or a day.
    let whole = numbers.next().is_none() && text.find('-') == Some(4);
    whole.then(|| civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok())?
}

/// The day so long before today.
fn before(text: &str, today: civil::Date) -> Option<civil::Date> {
    let (count, unit) = count(text)?;
    let span = match unit.as_str() {
        "d" => Span::new().try_days(count),
        "w" => Span::new().try_weeks(count),
        "m" => Span::new().try_months(count),
        "y" => Span::new().try_years(count),
        _ => return None,
    };
    today.checked_sub(span.ok()?).ok()
}

/// A number and its unit, in lower case.
fn count(text: &str) -> Option<(u32, String)> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(at)?;
    Some((number.parse().ok()?, unit.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn today() -> civil::Date {
        civil::date(2026, 3, 31)
    }

    #[test]
    fn days() {
        for (typed, sent) in [
            ("2026-01-31", "31-Jan-2026"),
            ("2024-2-9", "9-Feb-2024"),
            ("today", "31-Mar-2026"),
            ("Yesterday", "30-Mar-2026"),
            ("0d", "31-Mar-2026"),
            ("7d", "24-Mar-2026"),
            ("2w", "17-Mar-2026"),
            ("1m", "28-Feb-2026"),
            ("3M", "31-Dec-2025"),
            ("1y", "31-Mar-2025"),
        ] {
            assert_eq!(date(typed, today()).unwrap().to_string(), sent, "{typed}");
        }
        for wrong in [
            "",
            "d",
            "7",
            "-7d",
            "+7d",
            "7x",
            "12h",
            "2026-13-01",
            "2026-02-30",
            "26-01-31",
            "2026-01",
            "2026-01-31-1",
            "tomorrow",
            "99999999y",
            "9999999999999d",
            "31.1.2026",
            "2026-1-+1",
            "0000-01-01",
            "20260131",
        ] {
            assert!(date(wrong, today()).is_err(), "{wrong:?}");
        }
        assert!(date("12h", today()).unwrap_err().to_string().ends_with("with younger: and older:"));
    }

    #[test]
    fn spans() {
        for (typed, sum) in
            [("90s", 90), ("15min", 900), ("12H", 43_200), ("7d", 604_800), ("3m", 90 * 86_400), ("1y", 365 * 86_400)]
        {
            assert_eq!(seconds(typed).unwrap(), sum, "{typed}");
        }
        for wrong in ["", "0d", "d", "7", "7 d", "200y", "2026-01-31", "today"] {
            assert!(seconds(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "\\PC{0,12}", number in "[0-9]{0,12}[a-z]{0,3}") {
            let _ = (date(&text, today()), seconds(&text), date(&number, today()), seconds(&number));
        }
    }
}
