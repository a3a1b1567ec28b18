//! The `Date` field's value, RFC 5322 section 3.3: written, read, shown.

mod parse;
mod relative;

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::parse::{parse, unix_seconds};
pub use self::relative::Relative;
use crate::error::{Error, Result};

/// The time in the system's zone, such as `Fri, 11 Jul 2003 21:00:37 -0700`.
///
/// # Errors
///
/// [`Error::InvalidInput`] for a time before the year 0 or after 9999, which no calendar of the format holds.
pub fn date(time: SystemTime) -> Result<String> {
    date_in(time, TimeZone::system())
}

fn date_in(time: SystemTime, zone: TimeZone) -> Result<String> {
    Timestamp::try_from(time)
        .and_then(|time| jiff::fmt::rfc2822::to_string(&time.to_zoned(zone)))
        .map_err(|_| Error::InvalidInput("the clock shows a year that a Date field cannot hold".into()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use jiff::tz::offset;

    use super::*;

    #[test]
    fn the_zone_is_numeric() {
        let time = UNIX_EPOCH + Duration::from_secs(1_057_982_437);
        assert_eq!(date_in(time, offset(-7).to_time_zone()).unwrap(), "Fri, 11 Jul 2003 21:00:37 -0700");
        assert_eq!(date_in(time, TimeZone::UTC).unwrap(), "Sat, 12 Jul 2003 04:00:37 +0000");
    }

    #[test]
    fn clocks_that_are_wrong_give_dates_that_are_valid() {
        assert_eq!(date_in(UNIX_EPOCH, TimeZone::UTC).unwrap(), "Thu, 1 Jan 1970 00:00:00 +0000");
        let late = UNIX_EPOCH + Duration::from_secs(2_240_611_200);
        assert_eq!(date_in(late, TimeZone::UTC).unwrap(), "Tue, 1 Jan 2041 00:00:00 +0000");
        let never = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert!(matches!(date(never), Err(Error::InvalidInput(_))));
    }
}
