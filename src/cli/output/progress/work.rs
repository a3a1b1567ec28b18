//! One piece of work at a time, as a program has it that does what it is told and ends: nothing is drawn unless it lasts.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{Display, PLAIN_INTERVAL, Progress};
use crate::cli::output::human::COLUMNS;
use crate::cli::output::table::{cut, octets, width};
use crate::imap::{InProgress, Observer};
use crate::text::sanitize;

/// What is done by then is never shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a line is drawn anew while nothing comes, so that one sees the time pass.
const TICK: Duration = Duration::from_millis(250);

/// The widest a bar gets, and the narrowest that tells anything.
const BAR: (usize, usize) = (40, 10);

/// A piece of work. Its line goes when it is dropped.
#[derive(Debug)]
#[must_use = "the work is over when this is dropped"]
pub struct Work {
    line: Option<Arc<Line>>,
    /// Where the line is known, if this is what began it.
    current: Option<Current>,
}

/// What is being worked at, of which all who look on tell.
pub(super) type Current = Arc<Mutex<Option<Arc<Line>>>>;

/// Which octets of messages are the work's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Counted {
    /// Those that come.
    Received,
    /// Those that go.
    Sent,
}

impl Progress {
    /// Begins some work for an account: "saving". What begins while other work is going on is a part of that.
    pub fn work(&self, account: &str, doing: &'static str, counted: Counted) -> Work {
        let mut current = lock(&self.current);
        if current.is_some() || !self.is_shown() {
            return Work { line: current.clone(), current: None };
        }
        let facts = Facts::new(doing, counted);
        let line = Arc::new(match &self.display {
            Display::Bars(bars) => Line::drawn(sanitize(account.as_bytes()), facts, bars),
            Display::Plain | Display::Hidden => {
                let name = format!("{}: {}", self.program.name(), sanitize(account.as_bytes()));
                Line { name, facts: Arc::new(facts), told: Some(AtomicU64::new(0)), late: Mutex::default() }
            }
        });
        *current = Some(Arc::clone(&line));
        Work { line: Some(line), current: Some(Arc::clone(&self.current)) }
    }

    /// So much more is done of the work that is going on.
    pub fn done(&self, count: u64) {
        if count > 0
            && let Some(line) = self.current()
        {
            line.facts.done.fetch_add(count, Relaxed);
            line.repeat(PLAIN_INTERVAL);
        }
    }

    /// Who has to look on for octets and the server's own progress to be shown; `None` while nobody sees any of it.
    pub fn onlooker(&self) -> Option<Arc<dyn Observer>> {
        self.is_shown().then(|| Arc::new(Looking(Arc::clone(&self.current))) as Arc<dyn Observer>)
    }

    fn current(&self) -> Option<Arc<Line>> {
        self.is_shown().then(|| lock(&self.current).clone()).flatten()
    }
}

impl Work {
    /// How much there is to do, in what is counted as done and in octets; zero for what is not known.
    pub fn total(&self, count: u64, octets: u64) {
        if let Some(line) = &self.line {
            line.facts.total.store(count, Relaxed);
            line.facts.octets_total.store(octets, Relaxed);
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let (Some(line), Some(current)) = (&self.line, &self.current) {
            lock(current).take();
            line.clear();
        }
    }
}

/// Tells the line of what goes on in a session.
struct Looking(Current);

impl Looking {
    fn tell(&self, event: impl FnOnce(&Line)) {
        let line = lock(&self.0).clone();
        if let Some(line) = line {
            event(&line);
        }
    }
}

impl Observer for Looking {
    fn in_progress(&self, told: InProgress) {
        self.tell(|line| {
            *lock(&line.facts.server) = Some(told);
            line.repeat(PATIENCE);
        });
    }

    fn announced(&self, octets: u64) {
        self.tell(|line| {
            if line.facts.counted == Counted::Received {
                line.facts.begin_piece(octets);
            }
        });
    }

    fn received(&self, octets: u64) {
        self.tell(|line| line.moved(Counted::Received, octets));
    }

    fn sent(&self, octets: u64) {
        self.tell(|line| line.moved(Counted::Sent, octets));
    }
}

/// The line that is drawn, or repeated where nothing can be redrawn.
#[derive(Debug)]
pub(super) struct Line {
    name: String,
    facts: Arc<Facts>,
    /// Milliseconds after the start at which it was last repeated; `None` where it is drawn.
    told: Option<AtomicU64>,
    late: Mutex<Option<Late>>,
}

/// What draws the line once the work has taken long enough, and until it is over.
#[derive(Debug)]
struct Late {
    bar: ProgressBar,
    over: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    fn drawn(name: String, facts: Facts, bars: &MultiProgress) -> Self {
        let facts = Arc::new(facts);
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(style(&name, &facts));
        let (over, ends) = mpsc::channel();
        let (bars, shown) = (bars.clone(), bar.clone());
        let draw = move || {
            if ends.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let bar = bars.add(shown);
                bar.enable_steady_tick(TICK);
            }
        };
        // Without a thread there is no line, and no harm.
        let thread = thread::Builder::new().name("progress".into()).spawn(draw).ok();
        Self { name, facts, told: None, late: Mutex::new(Some(Late { bar, over, thread })) }
    }

    fn moved(&self, counted: Counted, octets: u64) {
        if self.facts.counted == counted {
            self.facts.octets.fetch_add(octets, Relaxed);
            self.facts.piece.fetch_add(octets, Relaxed);
            self.repeat(PLAIN_INTERVAL);
        }
    }

    /// Tells the line once more, where it is not drawn anyway, the work has taken a while, and it was not told just now.
    fn repeat(&self, interval: Duration) {
        let Some(told) = &self.told else { return };
        let elapsed = self.facts.started.elapsed();
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let last = told.load(Relaxed);
        let interval = if last == 0 { PATIENCE } else { interval };
        if Duration::from_millis(now.saturating_sub(last)) < interval
            || told.compare_exchange(last, now, Relaxed, Relaxed).is_err()
        {
            return;
        }
        let line = format!("{}: {}\n", self.name, self.facts.texts(elapsed).join(", "));
        // Nobody is waiting for it.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    fn clear(&self) {
        let Some(Late { bar, over, thread }) = lock(&self.late).take() else { return };
        drop(over);
        if let Some(thread) = thread {
            // It draws, and cannot fail but by a panic, which was told.
            drop(thread.join());
        }
        bar.finish_and_clear();
    }
}

/// What is known of the work.
#[derive(Debug)]
struct Facts {
    doing: &'static str,
    counted: Counted,
    started: Instant,
    done: AtomicU64,
    /// Zero if it is not known, as with octets.
    total: AtomicU64,
    octets: AtomicU64,
    octets_total: AtomicU64,
    /// Octets of the message that is on its way, and how many it has.
    piece: AtomicU64,
    piece_total: AtomicU64,
    server: Mutex<Option<InProgress>>,
}

impl Facts {
    fn new(doing: &'static str, counted: Counted) -> Self {
        Self {
            doing,
            counted,
            started: Instant::now(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            octets: AtomicU64::new(0),
            octets_total: AtomicU64::new(0),
            piece: AtomicU64::new(0),
            piece_total: AtomicU64::new(0),
            server: Mutex::default(),
        }
    }

    fn begin_piece(&self, octets: u64) {
        self.piece.store(0, Relaxed);
        self.piece_total.store(octets, Relaxed);
    }

    /// How much of the work is done, of 1. Where nobody knows the octets of all, each counts alike; where even their
    /// number is not known, or none is done yet, the server's own progress has to do.
    fn fraction(&self) -> Option<f64> {
        let part = |of: &AtomicU64, all: &AtomicU64| match all.load(Relaxed) {
            0 => 0.0,
            all => (of.load(Relaxed) as f64 / all as f64).min(1.0),
        };
        let own = match (self.octets_total.load(Relaxed), self.total.load(Relaxed)) {
            (0, 0) => None,
            (0, total) => {
                let done = self.done.load(Relaxed);
                // Those that have come and are not in place yet stand behind the one that is coming.
                Some((done as f64 + part(&self.piece, &self.piece_total).min(0.99)) / total as f64)
            }
            _ => Some(part(&self.octets, &self.octets_total)),
        };
        let server = lock(&self.server).and_then(|told| Some(told.done? as f64 / told.of? as f64));
        own.filter(|own| *own > 0.0).or(server).map(|fraction| fraction.min(1.0))
    }

    /// What is told, the most important first.
    fn texts(&self, elapsed: Duration) -> Vec<String> {
        let mut texts = vec![self.doing.to_owned()];
        let (done, total) = (self.done.load(Relaxed), self.total.load(Relaxed));
        match (done, total) {
            (0, 0) => {}
            (done, 0) => texts.push(done.to_string()),
            (done, total) => texts.push(format!("{done}/{total}")),
        }
        if let Some(told) = *lock(&self.server) {
            texts.push(server_text(&told));
        }
        let moved = self.octets.load(Relaxed);
        let seconds = elapsed.as_secs_f64().max(0.001);
        if moved > 0 {
            let of = match (self.octets_total.load(Relaxed), total, self.piece_total.load(Relaxed)) {
                (0, 0 | 1, piece) => piece,
                (all, ..) => all,
            };
            texts.push(match of {
                of if of >= moved => format!("{}/{}", octets(moved), octets(of)),
                _ => octets(moved),
            });
            texts.push(format!("{}/s", octets((moved as f64 / seconds) as u64)));
        }
        match self.fraction() {
            Some(fraction) if fraction > 0.0 => {
                texts.push(format!("{} left", clock((seconds * (1.0 - fraction) / fraction).ceil())));
            }
            _ => texts.push(clock(seconds.floor())),
        }
        texts
    }
}

/// The server's own progress.
fn server_text(told: &InProgress) -> String {
    match (told.done, told.of) {
        (Some(done), Some(of)) => {
            let percent = u128::from(done) * 100 / u128::from(of.max(1));
            format!("{} {done}/{of} ({percent} %)", told.verb)
        }
        (Some(done), None) => format!("{} {done}", told.verb),
        (None, _) => format!("{} under way", told.verb),
    }
}

/// Seconds as `7 s`, `2:03`, `1:02:03`.
fn clock(seconds: f64) -> String {
    // A number too big is cut to the biggest there is.
    let seconds = seconds as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, ..) if hours >= 100 => "days".into(),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn style(name: &str, facts: &Arc<Facts>) -> ProgressStyle {
    let (name, facts) = (name.to_owned(), Arc::clone(facts));
    let line = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        let columns = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(0, |size| usize::from(size.ws_col));
        // A line that cannot be drawn is not drawn.
        let _ = out.write_str(&drawing(&name, &facts, facts.started.elapsed(), columns));
    };
    match ProgressStyle::with_template("{line}") {
        Ok(style) => style.with_key("line", line),
        Err(_) => ProgressStyle::default_spinner(),
    }
}

/// The line for so many columns, of which the last stays free.
fn drawing(name: &str, facts: &Facts, elapsed: Duration, columns: usize) -> String {
    let columns = if columns == 0 { COLUMNS } else { columns }.saturating_sub(1);
    let mut text = cut(name, (columns / 3).max(8));
    for more in facts.texts(elapsed) {
        // What does not fit is left out rather than cut in two.
        if width(&text) + 2 + width(&more) <= columns {
            text = text + "  " + &more;
        }
    }
    let room = columns.saturating_sub(width(&text) + 4).min(BAR.0);
    match facts.fraction() {
        Some(fraction) if room >= BAR.1 => {
            let full = (fraction * room as f64) as usize;
            let (done, left) = ("=".repeat(full.min(room)), " ".repeat(room.saturating_sub(full)));
            format!("{text}  [{done}{left}]")
        }
        _ => cut(&text, columns),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::Surface;
    use super::*;
    use crate::cli::output::Program;

    fn facts(counted: Counted) -> Facts {
        Facts::new("saving", counted)
    }

    #[test]
    fn what_is_known_is_told() {
        let told = |facts: &Facts, seconds| facts.texts(Duration::from_secs(seconds)).join(", ");
        let facts = facts(Counted::Received);
        assert_eq!(told(&facts, 3), "saving, 3 s");
        facts.total.store(4, Relaxed);
        assert_eq!(told(&facts, 3), "saving, 0/4, 3 s");
        facts.done.store(1, Relaxed);
        facts.octets.store(2048, Relaxed);
        assert_eq!(told(&facts, 2), "saving, 1/4, 2.0K, 1.0K/s, 6 s left");
        facts.begin_piece(100);
        facts.piece.store(50, Relaxed);
        assert_eq!(facts.fraction(), Some(0.375));
        facts.octets_total.store(4096, Relaxed);
        assert_eq!(told(&facts, 2), "saving, 1/4, 2.0K/4.0K, 1.0K/s, 2 s left");
        // Messages grow on the way, where lines get their CR.
        facts.octets.store(5000, Relaxed);
        assert_eq!(facts.fraction(), Some(1.0));
        assert!(told(&facts, 2).ends_with(", 4.9K, 2.4K/s, 0 s left"), "{}", told(&facts, 2));
    }

    #[test]
    fn one_message_tells_how_much_it_is() {
        let facts = facts(Counted::Received);
        facts.total.store(1, Relaxed);
        facts.begin_piece(4096);
        facts.piece.store(1024, Relaxed);
        facts.octets.store(1024, Relaxed);
        assert_eq!(facts.texts(Duration::from_secs(1)).join(", "), "saving, 0/1, 1.0K/4.0K, 1.0K/s, 3 s left");
    }

    #[test]
    fn the_servers_own_progress() {
        let told = |done, of| server_text(&InProgress { verb: "UID COPY", done, of });
        assert_eq!(told(Some(30), Some(100)), "UID COPY 30/100 (30 %)");
        assert_eq!(told(Some(30), None), "UID COPY 30");
        assert_eq!(told(None, None), "UID COPY under way");
        assert_eq!(told(Some(u64::MAX), Some(u64::MAX)), format!("UID COPY {0}/{0} (100 %)", u64::MAX));
        let facts = facts(Counted::Received);
        *lock(&facts.server) = Some(InProgress { verb: "UID COPY", done: Some(25), of: Some(100) });
        assert_eq!(facts.fraction(), Some(0.25));
        assert_eq!(facts.texts(Duration::from_secs(10)).join(", "), "saving, UID COPY 25/100 (25 %), 30 s left");
    }

    #[test]
    fn a_line_fits_its_terminal() {
        let facts = facts(Counted::Received);
        facts.total.store(40_000, Relaxed);
        facts.done.store(20_000, Relaxed);
        facts.octets.store(3 << 30, Relaxed);
        let line = |columns| drawing("日本語のとても長い名前", &facts, Duration::from_secs(90), columns);
        assert_eq!(line(0), line(80));
        for columns in [20, 40, 60, 80, 200] {
            assert!(width(&line(columns)) < columns, "{columns}: {:?}", line(columns));
        }
        assert_eq!(
            drawing("work", &facts, Duration::from_secs(90), 80),
            "work  saving  20000/40000  3.0G  34M/s  1:30 left  [=============             ]"
        );
        assert_eq!(drawing("work", &facts, Duration::from_secs(90), 40), "work  saving  20000/40000  3.0G  34M/s");
    }

    #[test]
    fn time_as_people_read_it() {
        let told = [0.0, 59.0, 60.0, 123.0, 3723.0, 1e9, f64::INFINITY, f64::NAN].map(clock);
        assert_eq!(told, ["0 s", "59 s", "1:00", "2:03", "1:02:03", "days", "days", "0 s"]);
    }

    #[test]
    fn work_within_work_is_a_part_of_it() {
        let progress = Progress::new(Program::Imapctl, Surface::Stream);
        let onlooker = progress.onlooker().unwrap();
        let outer = progress.work("work", "saving", Counted::Received);
        {
            let inner = progress.work("work", "searching", Counted::Received);
            inner.total(7, 7);
        }
        outer.total(3, 0);
        progress.done(2);
        onlooker.received(10);
        onlooker.sent(100);
        let facts = Arc::clone(&progress.current().unwrap().facts);
        let known = [&facts.done, &facts.total, &facts.octets].map(|count| count.load(Relaxed));
        assert_eq!((facts.doing, known), ("saving", [2, 3, 10]));
        drop(outer);
        assert!(progress.current().is_none());
        onlooker.received(10);
    }

    #[test]
    fn nobody_looks_on_where_nobody_sees() {
        let progress = Progress::new(Program::Imapctl, Surface::Hidden);
        assert!(progress.onlooker().is_none());
        let work = progress.work("work", "saving", Counted::Sent);
        work.total(1, 1);
        progress.done(1);
        assert!(progress.current().is_none());
    }

    #[test]
    fn a_line_goes_with_its_work_before_it_was_ever_drawn() {
        let progress = Progress::new(Program::Imapctl, Surface::Terminal);
        let start = Instant::now();
        for _ in 0..100 {
            drop(progress.work("work", "saving", Counted::Sent));
        }
        // One that waited for its time to be drawn would take a second.
        assert!(start.elapsed() < Duration::from_secs(50));
    }
}
