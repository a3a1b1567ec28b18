//! When a mail is tried again, and for how long.

use std::time::{Duration, SystemTime};

/// The longest time between two attempts: 4 hours.
pub const LONGEST_WAIT: Duration = Duration::from_secs(4 * 3600);

/// How long a mail is tried: 5 days (RFC 5321 section 4.5.4.1 asks for at least 4). The attempt that falls behind the
/// end is still made. Where nobody looks at the queue for long, as little as a day of that time counts.
pub const LIFE: Duration = Duration::from_secs(5 * 24 * 3600);

/// How long to wait after so many attempts: a minute after the first, twice as long after each more, at most
/// [`LONGEST_WAIT`].
pub fn backoff(attempts: u32) -> Duration {
    const FIRST: Duration = Duration::from_secs(60);
    let factor = 2u32.saturating_pow(attempts.saturating_sub(1));
    FIRST.saturating_mul(factor).min(LONGEST_WAIT)
}

/// How long a mail may lie without anybody's looking at it before the rest of that time no longer counts as its life.
const UNSEEN: Duration = Duration::from_secs(24 * 3600);

/// Whether a mail may be tried at `now`, after so many attempts. A time that is further away than it was when the last attempt
/// set it comes from a clock that has been put back since.
pub(super) fn is_due(next: Option<SystemTime>, attempts: u32, now: SystemTime) -> bool {
    match next.and_then(|next| next.duration_since(now).ok()) {
        Some(wait) => wait.is_zero() || wait > backoff(attempts),
        None => true,
    }
}

/// How much of a mail's life nobody can have used to send it, by when it was last looked at: the machine was off, or its clock
/// was put forward.
pub(super) fn lost(seen: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(seen).unwrap_or_default().saturating_sub(UNSEEN)
}

/// Whether a mail's life is over, of which so much was lost. Where the clock says that it has not begun yet, as many attempts
/// as fill a life are the end of it.
pub(super) fn is_over(created: SystemTime, lost: Duration, attempts: u32, now: SystemTime) -> bool {
    match now.duration_since(created) {
        Ok(age) => age.saturating_sub(lost) >= LIFE,
        Err(_) => spent(attempts) >= LIFE,
    }
}

/// How long so many attempts take at least, with the waits between them.
fn spent(attempts: u32) -> Duration {
    // Beyond these each takes as long as the last of them.
    const GROWING: u32 = 10;
    let grown: Duration = (1..attempts.min(GROWING)).map(backoff).sum();
    grown.saturating_add(LONGEST_WAIT.saturating_mul(attempts.saturating_sub(GROWING)))
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
        const NEVER: u32 = 0;
        let (second, day, none) = (Duration::from_secs(1), Duration::from_secs(86400), Duration::ZERO);
        assert!(is_due(None, NEVER, now));
        assert!(is_due(Some(now), 1, now));
        assert!(is_due(Some(now - second), 1, now));
        assert!(!is_due(Some(now + second), 1, now));
        assert!(!is_due(Some(now + LONGEST_WAIT), 12, now));
        assert!(is_due(Some(now + 50 * 365 * day), 12, now));
        // A wait of a minute does not become one of three hours.
        assert!(!is_due(Some(now + 60 * second), 1, now));
        assert!(is_due(Some(now + 3 * 3600 * second), 1, now));
        assert!(!is_over(now, none, 3, now + LIFE - second));
        assert!(is_over(now, none, 3, now + LIFE));
        // Ten years in which nobody tried are no reason to give up, and neither is a queue from the future for never doing so.
        let later = now + 3650 * day;
        assert!(!is_over(now, lost(now, later), 1, later));
        assert!(is_over(now, lost(now, later), 1, later + LIFE));
        assert_eq!((lost(now, now + day), lost(later, now)), (none, none));
        assert!(!is_over(later, none, 30, now));
        assert!(is_over(later, none, 40, now));
    }

    #[test]
    fn as_many_attempts_as_fill_a_life() {
        for attempts in [0, 1, 2, 9, 10, 11, 40] {
            assert_eq!(spent(attempts), (1..attempts).map(backoff).sum::<Duration>(), "{attempts}");
        }
        assert!(spent(u32::MAX) > LIFE);
    }
}
