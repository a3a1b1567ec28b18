//! How far each account is, on standard error: a line each, redrawn on a terminal, repeated now and then elsewhere.

mod work;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Program;
use super::table::octets;
use crate::text::sanitize;
pub use work::{Counted, Work};

/// How often a line is repeated where nothing can be redrawn.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Redraws per second.
const REDRAWS: u8 = 10;

/// The progress of a run.
#[derive(Clone, Debug)]
pub struct Progress {
    program: Program,
    display: Display,
    /// The work that is going on, where a program does one thing at a time.
    current: work::Current,
}

#[derive(Clone, Debug)]
enum Display {
    Hidden,
    /// A terminal: lines are redrawn.
    Bars(MultiProgress),
    /// `--progress always` without a terminal.
    Plain,
}

/// Where progress goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Surface {
    /// Nowhere.
    Hidden,
    /// To a terminal on standard error.
    Terminal,
    /// To standard error, which is no terminal.
    Stream,
}

impl Progress {
    /// A program's progress on this surface.
    pub fn new(program: Program, surface: Surface) -> Self {
        let display = match surface {
            Surface::Hidden => Display::Hidden,
            Surface::Terminal => {
                let target = ProgressDrawTarget::stderr_with_hz(REDRAWS);
                Display::Bars(MultiProgress::with_draw_target(target))
            }
            Surface::Stream => Display::Plain,
        };
        Self { program, display, current: work::Current::default() }
    }

    /// Adds a line for an account.
    pub fn account(&self, name: &str) -> AccountProgress {
        let name = sanitize(name.as_bytes());
        let line = match &self.display {
            Display::Hidden => Line::Hidden,
            Display::Bars(bars) => {
                let counts = Arc::new(Counts::default());
                let bar = bars.add(ProgressBar::new(0).with_style(style(&counts)).with_prefix(name));
                Line::Bar { bar, counts }
            }
            Display::Plain => Line::Plain {
                name: format!("{}: {name}", self.program.name()),
                counts: Counts::default(),
                octets: AtomicU64::new(0),
                started: Instant::now(),
                told: AtomicU64::new(0),
            },
        };
        AccountProgress { line }
    }

    /// Does something that writes to the terminal while no progress is drawn.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.display {
            Display::Bars(bars) => bars.suspend(write),
            Display::Hidden | Display::Plain => write(),
        }
    }

    /// Whether lines are drawn on a terminal, and would be spoilt by what else is written there.
    pub fn is_drawn(&self) -> bool {
        matches!(self.display, Display::Bars(_))
    }

    /// Whether anybody sees it.
    pub fn is_shown(&self) -> bool {
        !matches!(self.display, Display::Hidden)
    }
}

/// The progress of one account. Costs next to nothing while nobody sees it; dropping it clears its line.
#[derive(Debug)]
pub struct AccountProgress {
    line: Line,
}

#[derive(Debug)]
enum Line {
    Hidden,
    Bar {
        bar: ProgressBar,
        counts: Arc<Counts>,
    },
    Plain {
        /// The program's and the account's.
        name: String,
        counts: Counts,
        octets: AtomicU64,
        started: Instant,
        /// Milliseconds after `started` at which the line was last repeated.
        told: AtomicU64,
    },
}

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
    octets: AtomicU64,
}

impl AccountProgress {
    /// How much there is to do in all, what is done already included.
    pub fn total(&self, messages: u64, octets: u64) {
        let counts = match &self.line {
            Line::Hidden => return,
            Line::Bar { bar, counts } => {
                bar.set_message("");
                bar.set_length(octets);
                counts
            }
            Line::Plain { counts, .. } => counts,
        };
        counts.total.store(messages, Relaxed);
        counts.octets.store(octets, Relaxed);
    }

    /// So many more messages are done, and so many more octets of messages are here.
    pub fn advance(&self, messages: u64, more: u64) {
        match &self.line {
            Line::Hidden => {}
            Line::Bar { bar, counts } => {
                counts.done.fetch_add(messages, Relaxed);
                bar.inc(more);
            }
            Line::Plain { name, counts, octets: received, started, told } => {
                let done = counts.done.fetch_add(messages, Relaxed).saturating_add(messages);
                let received = received.fetch_add(more, Relaxed).saturating_add(more);
                let elapsed = started.elapsed();
                let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                let last = told.load(Relaxed);
                if Duration::from_millis(now.saturating_sub(last)) < PLAIN_INTERVAL
                    || told.compare_exchange(last, now, Relaxed, Relaxed).is_err()
                {
                    return;
                }
                let line = plain_line(name, done, counts, received, elapsed);
                // Nobody is waiting for it.
                let _ = std::io::stderr().lock().write_all(line.as_bytes());
            }
        }
    }

    /// What is going on before there is anything to count, such as "logging in".
    pub fn status(&self, text: &'static str) {
        if let Line::Bar { bar, .. } = &self.line {
            bar.set_message(text);
        }
    }

    /// Clears the line.
    pub fn finish(self) {}
}

impl Drop for AccountProgress {
    fn drop(&mut self) {
        if let Line::Bar { bar, .. } = &self.line {
            bar.finish_and_clear();
        }
    }
}

const TEMPLATE: &str =
    "{prefix:16!} {messages:>13} {binary_bytes:>11} {binary_bytes_per_sec:>13} {wide_bar} {eta:>4} {msg}";

fn style(counts: &Arc<Counts>) -> ProgressStyle {
    let counts = Arc::clone(counts);
    let messages = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A line that cannot be drawn is not drawn.
        let _ = write!(out, "{}/{}", counts.done.load(Relaxed), counts.total.load(Relaxed));
    };
    match ProgressStyle::with_template(TEMPLATE) {
        Ok(style) => style.with_key("messages", messages).progress_chars("=> "),
        Err(_) => ProgressStyle::default_bar(),
    }
}

fn plain_line(name: &str, done: u64, counts: &Counts, received: u64, elapsed: Duration) -> String {
    let (total, of) = (counts.total.load(Relaxed), counts.octets.load(Relaxed));
    let rate = received as f64 / elapsed.as_secs_f64().max(0.001);
    let left = of.saturating_sub(received) as f64 / rate.max(1.0);
    let (received, rate) = (octets(received), octets(rate as u64));
    format!("{name}: {done}/{total} messages, {received}, {rate}/s, {left:.0} s left\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_progress_takes_everything() {
        let account = Progress::new(Program::Popfetch, Surface::Hidden).account("work");
        account.status("connecting");
        account.total(3, 300);
        account.advance(1, 100);
        account.finish();
        assert!(!Progress::new(Program::Popfetch, Surface::Hidden).is_shown());
    }

    #[test]
    fn the_template_is_understood() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        let progress = Progress::new(Program::Popfetch, Surface::Terminal);
        let account = progress.account("wo\x1brk");
        account.total(2, 20);
        account.advance(2, 20);
        assert_eq!(progress.suspend(|| 7), 7);
    }

    #[test]
    fn a_plain_line() {
        let counts = Counts { done: 1.into(), total: 10.into(), octets: 4096.into() };
        assert_eq!(
            plain_line("popfetch: work", 5, &counts, 2048, Duration::from_secs(2)),
            "popfetch: work: 5/10 messages, 2.0K, 1.0K/s, 2 s left\n"
        );
    }
}
