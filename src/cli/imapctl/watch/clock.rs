//! Whether this machine was asleep: then connections are dead that look alive.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// More than clocks differ by without sleep.
const JUMP: Duration = Duration::from_secs(3);

/// Compares the clock that goes on while the machine sleeps with the one that stops.
#[derive(Debug)]
pub(super) struct Sleep {
    offset: Duration,
}

impl Sleep {
    pub(super) fn watch() -> Self {
        Self { offset: asleep() }
    }

    /// Whether the machine was asleep since this was last asked.
    pub(super) fn was(&mut self) -> bool {
        let now = asleep();
        let slept = now.saturating_sub(self.offset);
        self.offset = now;
        slept > JUMP
    }
}

/// How long the machine has slept since it was started.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    let time = |clock| {
        let time = clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    };
    time(ClockId::Boottime).saturating_sub(time(ClockId::Monotonic))
}

/// Elsewhere the clock of the day tells: it goes on in sleep, and is seldom set.
#[cfg(not(target_os = "linux"))]
fn asleep() -> Duration {
    let time = |clock| {
        let time = clock_gettime(clock);
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
    };
    time(ClockId::Realtime).saturating_sub(time(ClockId::Monotonic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_awake_was_not_asleep() {
        let mut sleep = Sleep::watch();
        assert!(!sleep.was());
        sleep.offset = sleep.offset.saturating_sub(Duration::from_secs(60));
        // A machine that never slept has an offset of nothing, which cannot be lowered.
        let could = asleep() >= Duration::from_secs(60);
        assert_eq!(sleep.was(), could);
    }
}
