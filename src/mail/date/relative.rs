//! Times in a column for people: the nearer, the finer.

use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit, Zoned};

/// Tells times as seen from one moment, in one zone.
#[derive(Clone, Debug)]
pub struct Relative {
    /// `None` if the clock shows what no calendar holds.
    now: Option<Zoned>,
}

impl Relative {
    /// The widest text, in characters.
    pub const WIDTH: usize = 10;

    /// As seen now, in the system's zone.
    pub fn to(now: SystemTime) -> Self {
        Self::in_zone(now, TimeZone::system())
    }

    fn in_zone(now: SystemTime, zone: TimeZone) -> Self {
        Self { now: Timestamp::try_from(now).ok().map(|now| now.to_zoned(zone)) }
    }

    /// `14:05` today, `yesterday`, `Mon` in the week before, `3 Nov` in this year or the last half year, else
    /// `2025-11-03`; a time to come has its day unless that is today. Empty for what no calendar holds.
    pub fn text(&self, time: SystemTime) -> String {
        let Some((now, time)) = self.now.as_ref().zip(Timestamp::try_from(time).ok()) else { return String::new() };
        let time = time.to_zoned(now.time_zone().clone());
        let days = time.date().until((Unit::Day, now.date())).map_or(i32::MAX, |span| span.get_days());
        let format = match days {
            0 => "%H:%M",
            1 => return "yesterday".into(),
            2..=6 => "%a",
            7..=183 => "%-d %b",
            7.. if time.year() == now.year() => "%-d %b",
            _ => "%Y-%m-%d",
        };
        time.strftime(format).to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(now: &str, time: &str) -> String {
        let zone = jiff::tz::offset(1).to_time_zone();
        let at = |text: &str| SystemTime::from(text.parse::<Timestamp>().unwrap());
        Relative::in_zone(at(now), zone).text(at(time))
    }

    #[test]
    fn the_nearer_the_finer() {
        let now = "2025-11-12T10:00:00+01:00";
        for (time, expected) in [
            ("2025-11-12T09:05:59+01:00", "09:05"),
            ("2025-11-11T23:30:00Z", "00:30"),
            ("2025-11-12T23:59:00+01:00", "23:59"),
            ("2025-11-11T22:30:00Z", "yesterday"),
            ("2025-11-10T12:00:00Z", "Mon"),
            ("2025-11-06T12:00:00Z", "Thu"),
            ("2025-11-05T12:00:00Z", "5 Nov"),
            ("2025-01-02T12:00:00Z", "2 Jan"),
            ("2024-12-31T12:00:00Z", "2024-12-31"),
            ("2025-11-13T12:00:00Z", "2025-11-13"),
            ("1969-01-01T00:00:00Z", "1969-01-01"),
        ] {
            assert_eq!(seen(now, time), expected, "{time}");
        }
        assert_eq!(seen("2026-01-03T10:00:00Z", "2025-11-03T10:00:00Z"), "3 Nov");
    }

    proptest! {
        #[test]
        fn every_time_has_a_text(seconds in any::<i64>(), now in any::<i32>()) {
            let at = |seconds: i64| super::super::parse::at(seconds);
            let Some((time, now)) = at(seconds).zip(at(i64::from(now))) else { return Ok(()) };
            prop_assert!(Relative::to(now).text(time).chars().count() <= Relative::WIDTH);
        }
    }
}
