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
        self.was_by(asleep())
    }

    fn was_by(&mut self, now: Duration) -> bool {
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
    fn sleep_is_noticed_once() {
        let seconds = Duration::from_secs;
        // A machine that was never asleep, and one that was, often.
        for before in [0, 90_000] {
            let mut sleep = Sleep { offset: seconds(before) };
            assert!(!sleep.was_by(seconds(before)));
            assert!(!sleep.was_by(seconds(before + 3)), "clocks that are read one behind the other differ");
            assert!(sleep.was_by(seconds(before + 3 + 60)));
            assert!(!sleep.was_by(seconds(before + 3 + 60)));
            assert!(!sleep.was_by(seconds(before)), "a clock that was set back is no sleep");
            assert!(sleep.was_by(seconds(before + 4)));
        }
    }

    #[test]
    fn who_is_awake_is_not_asleep() {
        let mut sleep = Sleep::watch();
        let start = std::time::Instant::now();
        std::thread::sleep(Duration::from_millis(50));
        // Whatever the machine did before this began. One that was put to sleep just now may say so.
        assert!(!sleep.was() || start.elapsed() > JUMP);
    }

    /// The kernel's own files tell what the clocks should.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_clock_goes_on_in_sleep() {
        let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
        let awake = clock_gettime(ClockId::Monotonic).tv_sec as f64;
        // /proc/uptime counts sleep (proc(5)), unless it is a container's own.
        let slept = uptime - awake;
        if slept >= 0.0 {
            assert!((asleep().as_secs_f64() - slept).abs() < 10.0, "{:?} and {slept}", asleep());
        }
    }
}
