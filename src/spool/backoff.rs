//! When a mail is tried again, and for how long.

use std::time::{Duration, SystemTime};

/// The longest time between two attempts: 4 hours.
pub const LONGEST_WAIT: Duration = Duration::from_secs(4 * 3600);

/// How long a mail is tried: 5 days (RFC 5321 section 4.5.4.1 asks for at least 4). The attempt that falls behind the
/// end is still made.
pub const LIFE: Duration = Duration::from_secs(5 * 24 * 3600);

/// How long to wait after so many attempts: a minute after the first, twice as long after each more, at most
/// [`LONGEST_WAIT`].
pub fn backoff(attempts: u32) -> Duration {
    const FIRST: Duration = Duration::from_secs(60);
    let factor = 2u32.saturating_pow(attempts.saturating_sub(1));
    FIRST.saturating_mul(factor).min(LONGEST_WAIT)
}

/// Whether a mail may be tried at `now`. A time further away than any wait is long comes from a clock that was wrong.
pub(super) fn is_due(next: Option<SystemTime>, now: SystemTime) -> bool {
    match next.and_then(|next| next.duration_since(now).ok()) {
        Some(wait) => wait.is_zero() || wait > LONGEST_WAIT,
        None => true,
    }
}

/// Whether a mail's life is over.
pub(super) fn is_over(created: SystemTime, now: SystemTime) -> bool {
    now.duration_since(created).is_ok_and(|age| age >= LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes: Vec<u64> = (0..12).map(|attempts| backoff(attempts).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
        assert_eq!(backoff(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_clock_that_was_wrong_stops_nothing() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert!(is_due(None, now));
        assert!(is_due(Some(now), now));
        assert!(is_due(Some(now - Duration::from_secs(1)), now));
        assert!(!is_due(Some(now + Duration::from_secs(1)), now));
        assert!(!is_due(Some(now + LONGEST_WAIT), now));
        assert!(is_due(Some(now + Duration::from_secs(50 * 365 * 86400)), now));
        assert!(!is_over(now + LIFE, now));
        assert!(!is_over(now, now + LIFE - Duration::from_secs(1)));
        assert!(is_over(now, now + LIFE));
    }
}
