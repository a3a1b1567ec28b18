//! When a message arrived: INTERNALDATE and SAVEDATE (RFC 9051 section 2.3.3, RFC 8514).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::cursor::Cursor;
use super::flaw::Parsed;

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

const DAY: i64 = 86_400;

/// A time to the second with the offset it was given in; `Display` is the form of the wire, without its quotes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct InternalDate {
    seconds: i64,
    offset: i16,
}

impl InternalDate {
    /// A time as seconds since 1970 UTC, to be told with an offset in minutes east of it; `None` beyond the years 0 to 9999
    /// or for an offset of a day and more.
    pub fn new(seconds: i64, offset: i16) -> Option<Self> {
        let date = Self { seconds, offset };
        let (year, ..) = civil(date.local()?.div_euclid(DAY));
        ((0..=9999).contains(&year) && offset.abs() < 24 * 60).then_some(date)
    }

    /// A time in UTC, cut to the second.
    pub fn from_system_time(time: SystemTime) -> Option<Self> {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).ok()?,
            Err(before) => {
                let before = before.duration();
                -i64::try_from(before.as_secs().checked_add(u64::from(before.subsec_nanos() > 0))?).ok()?
            }
        };
        Self::new(seconds, 0)
    }

    /// Reads the form of the wire.
    pub fn parse(text: &[u8]) -> Option<Self> {
        read(text).and_then(|date| date)
    }

    /// Seconds since 1970 UTC.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Minutes east of UTC.
    pub fn offset(self) -> i16 {
        self.offset
    }

    /// The point in time.
    pub fn system_time(self) -> SystemTime {
        let apart = Duration::from_secs(self.seconds.unsigned_abs());
        let time = if self.seconds < 0 { UNIX_EPOCH.checked_sub(apart) } else { UNIX_EPOCH.checked_add(apart) };
        time.unwrap_or(UNIX_EPOCH)
    }

    fn local(self) -> Option<i64> {
        self.seconds.checked_add(i64::from(self.offset) * 60)
    }

    /// `date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE`; `None` is a date that no
    /// calendar has.
    pub(super) fn date_time(cursor: &mut Cursor<'_>) -> Parsed<Option<Self>> {
        let from = *cursor;
        let text = cursor.string()?;
        read(&text).ok_or_else(|| {
            let wrong = from.wrong("a date and time");
            *cursor = from;
            wrong
        })
    }
}

impl fmt::Display for InternalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local().unwrap_or(self.seconds);
        let (year, month, day) = civil(local.div_euclid(DAY));
        let time = local.rem_euclid(DAY);
        let month = MONTHS.get(month).and_then(|name| std::str::from_utf8(*name).ok()).unwrap_or("Jan");
        let sign = if self.offset < 0 { '-' } else { '+' };
        let offset = self.offset.unsigned_abs();
        write!(
            f,
            "{day:>2}-{month}-{year:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            time / 3600,
            time / 60 % 60,
            time % 60,
            offset / 60,
            offset % 60
        )
    }
}

/// `date-day-fixed "-" date-month "-" date-year SP time SP zone`
///
/// Quirks: a day of one digit without its blank, more blanks than one, no zone (taken for UTC), a leap second; a day or year 0
/// (Domino's `00-Jan-0000`) is `Some(None)`: a date that says nothing.
fn read(text: &[u8]) -> Option<Option<InternalDate>> {
    let mut words = text.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    let mut date = words.next()?.split(|octet| *octet == b'-');
    let (day, month, year) = (two(date.next()?)?, date.next()?, four(date.next()?)?);
    let month = MONTHS.iter().position(|name| month.eq_ignore_ascii_case(*name))?;
    let mut time = words.next()?.split(|octet| *octet == b':');
    let (hour, minute, second) = (two(time.next()?)?, two(time.next()?)?, two(time.next()?)?);
    let zone = words.next().map_or(Some(0), zone)?;
    if date.next().is_some() || time.next().is_some() || words.next().is_some() {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 || day > 31 {
        return None;
    }
    if day == 0 || year == 0 {
        return Some(None);
    }
    let days = days(year, month, day);
    // The 31st of a month that has none.
    if civil(days) != (year, month, day) {
        return None;
    }
    let local = days * DAY + hour * 3600 + minute * 60 + second.min(59);
    Some(InternalDate::new(local - i64::from(zone) * 60, zone))
}

/// `zone = ("+" / "-") 4DIGIT`, in minutes.
fn zone(text: &[u8]) -> Option<i16> {
    let (sign, digits) = text.split_first()?;
    let value = four(digits)?;
    let minutes = i16::try_from(value / 100 * 60 + value % 100).ok().filter(|minutes| *minutes < 24 * 60)?;
    match sign {
        b'+' => Some(minutes),
        b'-' => Some(-minutes),
        _ => None,
    }
}

/// `2DIGIT`, or one.
fn two(text: &[u8]) -> Option<i64> {
    (text.len() <= 2).then(|| digits(text)).flatten()
}

/// `4DIGIT`
fn four(text: &[u8]) -> Option<i64> {
    (text.len() == 4).then(|| digits(text)).flatten()
}

fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0i64, |value, octet| octet.is_ascii_digit().then(|| value * 10 + i64::from(octet - b'0')))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; the month counts from 0.
///
/// A year is taken to begin in March, so that the leap day is its last: the months before are then all alike.
fn days(year: i64, month: usize, day: i64) -> i64 {
    let month = i64::try_from(month).unwrap_or(0);
    let (year, month) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 153 days are the five months from March to July, and again those from August.
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The date that many days from 1970-01-01.
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = year + era.saturating_mul(400);
    let (year, month) = if month < 10 { (year, month + 2) } else { (year + 1, month - 10) };
    (year, usize::try_from(month).unwrap_or(0), day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<i64> {
        InternalDate::parse(text.as_bytes()).map(InternalDate::seconds)
    }

    #[test]
    fn the_standards_example() {
        let date = InternalDate::parse(b"17-Jul-1996 02:44:25 -0700").unwrap();
        assert_eq!(date.seconds(), 837_596_665);
        assert_eq!(date.offset(), -420);
        assert_eq!(date.to_string(), "17-Jul-1996 02:44:25 -0700");
        assert_eq!(date.system_time(), UNIX_EPOCH + Duration::from_secs(837_596_665));
    }

    /// Quirks: days padded or not, months of any case, no zone, leap seconds.
    #[test]
    fn dates_as_servers_write_them() {
        assert_eq!(seconds(" 1-Jan-1970 00:00:00 +0000"), Some(0));
        assert_eq!(seconds("1-JAN-1970 00:00:00 +0000"), Some(0));
        assert_eq!(seconds("01-jan-1970  00:00:00"), Some(0));
        assert_eq!(seconds("31-Dec-1969 23:59:60 +0000"), Some(-1));
        assert_eq!(seconds("29-Feb-2000 00:00:00 +0000"), Some(951_782_400));
    }

    /// Quirk: Domino's date that is none.
    #[test]
    fn a_date_of_noughts_is_unknown() {
        assert_eq!(read(b"00-Jan-0000 00:00:00 +0000"), Some(None));
        assert_eq!(seconds("00-Jan-0000 00:00:00 +0000"), None);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "17-Jul-1996",
            "17-Foo-1996 02:44:25 -0700",
            "32-Jul-1996 02:44:25 -0700",
            "31-Feb-1996 02:44:25 -0700",
            "29-Feb-1900 02:44:25 -0700",
            "17-Jul-1996 24:44:25 -0700",
            "17-Jul-1996 02:60:25 -0700",
            "17-Jul-1996 02:44:25 0700",
            "17-Jul-1996 02:44:25 -2400",
            "17-Jul-19960 02:44:25 -0700",
            "17-Jul-1996-1 02:44:25 -0700",
            "17-Jul-1996 02:44:25 -0700 x",
            "99999999999999999999-Jul-1996 02:44:25 -0700",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(InternalDate::new(i64::MAX, 60), None);
        assert_eq!(InternalDate::new(i64::MIN, -60), None);
        assert_eq!(InternalDate::new(0, 1440), None);
    }

    #[test]
    fn clocks_are_cut_to_the_second() {
        let date = InternalDate::from_system_time(UNIX_EPOCH - Duration::from_millis(1)).unwrap();
        assert_eq!(date.to_string(), "31-Dec-1969 23:59:59 +0000");
        assert_eq!(InternalDate::from_system_time(UNIX_EPOCH + Duration::from_secs(1 << 40)), None);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(seconds in -62_135_596_800i64 + 86_400..253_402_300_799 - 86_400, offset in -840i16..=840) {
            let date = InternalDate::new(seconds, offset).unwrap();
            prop_assert_eq!(InternalDate::parse(date.to_string().as_bytes()), Some(date));
            let time = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::Offset::from_seconds(i32::from(offset) * 60).unwrap().to_time_zone());
            prop_assert_eq!(time.strftime("%e-%b-%Y %H:%M:%S %z").to_string(), date.to_string());
        }

        #[test]
        fn no_date_panics(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = InternalDate::parse(&text);
        }
    }
}
