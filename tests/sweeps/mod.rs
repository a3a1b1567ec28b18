//! The same session ended at many points: nothing may be lost, whatever the point.
//!
//! Sampled with fixed seeds; all points with `MAILWIRE_SWEEP=full`, which `.ci/sweep` runs.

mod batch;
mod cuts;
mod faults;
mod imap;
mod kills;
mod queue;
mod replays;
mod smtp_cuts;
mod watch;

/// Whether to take every point.
fn full() -> bool {
    std::env::var("MAILWIRE_SWEEP").is_ok_and(|value| value == "full")
}
