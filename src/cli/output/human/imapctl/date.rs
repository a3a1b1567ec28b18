//! Points in time as people speak of them.

use std::time::SystemTime;

use jiff::{Timestamp, Zoned};

/// How many columns [`relative`] takes at most.
pub(super) const COLUMNS: usize = 10;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago it was; a date if that is a week or more, or in the future.
pub(super) fn relative(time: SystemTime, now: &Zoned) -> String {
    let Ok(time) = Timestamp::try_from(time) else { return "unknown".into() };
    let time = time.to_zoned(now.time_zone().clone());
    let age = now.timestamp().as_second().saturating_sub(time.timestamp().as_second());
    let days = time.date().until(now.date()).map_or(i32::MAX, |span| span.get_days());
    match (age, days) {
        // Clocks differ.
        (-300..MINUTE, _) => "now".into(),
        (MINUTE..HOUR, _) => format!("{} min ago", age / MINUTE),
        (HOUR..DAY, _) => format!("{} h ago", age / HOUR),
        (DAY.., 1) => "yesterday".into(),
        (DAY.., 2..7) => format!("{days} days ago"),
        (DAY.., _) if time.year() == now.year() => time.strftime("%-d %b").to_string(),
        _ => time.strftime("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_relative_for_a_week() {
        let now: Zoned = "2024-03-15T12:00:00+01:00[+01:00]".parse().unwrap();
        let at = |text: &str| relative(text.parse::<Timestamp>().unwrap().into(), &now);
        for (time, told) in [
            ("2024-03-15T12:00:30+01:00", "now"),
            ("2024-03-15T11:59:59+01:00", "now"),
            ("2024-03-15T11:01:00+01:00", "59 min ago"),
            ("2024-03-15T11:00:00+01:00", "1 h ago"),
            ("2024-03-14T13:00:00+01:00", "23 h ago"),
            ("2024-03-14T12:00:00+01:00", "yesterday"),
            ("2024-03-14T00:00:00+01:00", "yesterday"),
            ("2024-03-13T23:59:00+01:00", "2 days ago"),
            ("2024-03-09T00:00:00+01:00", "6 days ago"),
            ("2024-03-08T12:00:00+01:00", "8 Mar"),
            ("2024-01-01T00:00:00+01:00", "1 Jan"),
            ("2023-12-31T23:59:59+01:00", "2023-12-31"),
            ("1970-01-01T00:00:00Z", "1970-01-01"),
            ("2024-03-15T12:30:00+01:00", "2024-03-15"),
            ("2031-01-01T00:00:00Z", "2031-01-01"),
        ] {
            assert_eq!(at(time), told, "{time}");
            assert!(told.len() <= COLUMNS);
        }
        assert_eq!(relative(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::MAX / 4), &now), "unknown");
    }
}
