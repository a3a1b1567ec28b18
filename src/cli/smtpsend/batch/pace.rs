//! No more messages in a time than were asked for, whatever the number of connections.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Hands out the moments at which messages may begin.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Option<Duration>,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// One message in each interval; any number without one.
    pub(super) fn new(interval: Option<Duration>) -> Self {
        Self { interval, next: Mutex::new(None) }
    }

    /// Takes the next moment if it has come, and else says when it will.
    pub(super) fn claim(&self, now: Instant) -> Result<(), Instant> {
        let Some(interval) = self.interval else { return Ok(()) };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        match *next {
            Some(at) if at > now => Err(at),
            // What was missed is not made up for: a server that counts sees no burst.
            _ => {
                *next = now.checked_add(interval);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_begin_an_interval_apart_and_no_burst_makes_up_for_a_pause() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let pace = Pace::new(Some(Duration::from_millis(100)));
        assert_eq!(pace.claim(start), Ok(()));
        assert_eq!(pace.claim(after(40)), Err(after(100)));
        assert_eq!(pace.claim(after(100)), Ok(()));
        assert_eq!(pace.claim(after(950)), Ok(()));
        assert_eq!(pace.claim(after(1000)), Err(after(1050)));
        assert!((0..100).all(|_| Pace::new(None).claim(start).is_ok()));
    }
}
