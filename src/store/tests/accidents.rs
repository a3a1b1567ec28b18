//! Faults, kills and power cuts at every operation of a delivery, for every target that keeps mail in files.
//!
//! What must hold: an `Ok` outcome is durable in target and journal; the journal says *delivered* only of what is; a
//! fault leaves no message half visible; and a next run, which looks into open intents and fetches the rest again, ends
//! with each message there exactly once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::super::fs::Flushing;
use super::super::fs::faulty::{Accident, Faulty, Loss, Plan};
use super::super::mbox::format;
use super::super::spool::Source;
use super::super::{Context, Key, LineEnd, Outcome, Recovered, Target, recover};
use super::journal::MemoryJournal;
use super::{deliver, key, message, stage, stored};
use rustix::io::Errno;

const OLD_MAIL: &[u8] = b"From old@example.org Thu Jan  1 00:00:00 1970\nSubject: old\n\nold\n";

/// One setting that is run through accidents.
#[derive(Clone, Copy, Debug)]
struct Setting {
    kind: Kind,
    flushing: Flushing,
    messages: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Maildir,
    Eml,
    /// With a message in it, or absent.
    OldMbox,
    NewMbox,
}

const SETTINGS: [Setting; 6] = [
    Setting { kind: Kind::Maildir, flushing: Flushing::Whole, messages: 17 },
    Setting { kind: Kind::Maildir, flushing: Flushing::Whole, messages: 3 },
    Setting { kind: Kind::Maildir, flushing: Flushing::Each, messages: 4 },
    Setting { kind: Kind::Eml, flushing: Flushing::Each, messages: 3 },
    Setting { kind: Kind::OldMbox, flushing: Flushing::Each, messages: 3 },
    Setting { kind: Kind::NewMbox, flushing: Flushing::Each, messages: 3 },
];

/// One delivery with an accident in it.
struct Run {
    setting: Setting,
    dir: tempfile::TempDir,
    messages: Vec<Vec<u8>>,
    fs: Arc<Faulty>,
    journal: MemoryJournal,
    outcomes: Vec<Outcome>,
}

impl Run {
    fn new(setting: Setting, plan: Plan) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if setting.kind == Kind::OldMbox {
            std::fs::write(dir.path().join("box"), OLD_MAIL).unwrap();
        }
        // One is too big for one write, or for memory.
        let big = if matches!(setting.kind, Kind::OldMbox | Kind::NewMbox) { 270_000 } else { 140_000 };
        let messages: Vec<_> = (0..setting.messages).map(|n| message(n, if n == 1 { big } else { 100 })).collect();
        let accident = Accident::new(plan);
        let fs = Arc::new(Faulty::new(dir.path(), setting.flushing, Arc::clone(&accident)));
        let mut run =
            Self { setting, dir, messages, fs, journal: MemoryJournal::with(&accident), outcomes: Vec::new() };
        let context = Context { fs: Arc::clone(&run.fs) as _, ..run.context() };
        if let Ok(mut sides) = run.target().open(context) {
            run.outcomes = deliver(&mut sides, &run.messages, &mut run.journal);
        }
        run
    }

    fn target(&self) -> Target {
        let path = self.path();
        match self.setting.kind {
            Kind::Maildir => Target::Maildir(path),
            Kind::Eml => Target::Eml(path),
            Kind::OldMbox | Kind::NewMbox => Target::Mbox(path),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("box")
    }

    fn context(&self) -> Context {
        // Without accidents, and without waiting for the disk.
        let fs = Arc::new(Faulty::new(self.dir.path(), Flushing::Nothing, Accident::new(Plan::Nothing)));
        Context { tag: 7, account: "test".into(), command_timeout: Duration::from_secs(60), fs }
    }

    fn is_mbox(&self) -> bool {
        matches!(self.setting.kind, Kind::OldMbox | Kind::NewMbox)
    }

    /// How often each message is there, whole.
    fn counts(&self) -> Vec<usize> {
        let line_end = if self.setting.kind == Kind::Eml { LineEnd::CrLf } else { LineEnd::Lf };
        if self.is_mbox() {
            let mbox = std::fs::read(self.path()).unwrap_or_default();
            let count = |n| {
                // All but the line with the date.
                let quoted = self.in_mbox(n);
                let start = memchr::memchr(b'\n', &quoted).unwrap() + 1;
                memchr::memmem::find_iter(&mbox, &quoted[start..]).count()
            };
            return (0..self.messages.len()).map(count).collect();
        }
        let files = self.visible();
        let count = |message: &Vec<u8>| files.iter().filter(|file| **file == stored(message, line_end)).count();
        self.messages.iter().map(count).collect()
    }

    /// A message as an mbox has it.
    fn in_mbox(&self, n: usize) -> Vec<u8> {
        let mut quoted = Vec::new();
        let source = Source::Memory(stored(&self.messages[n], LineEnd::Lf));
        let from = format::from_line(&source, std::time::SystemTime::UNIX_EPOCH).unwrap();
        format::write(&source, &from, |bytes| {
            quoted.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
        quoted
    }

    /// The contents of all files that a reader would take for messages.
    fn visible(&self) -> Vec<Vec<u8>> {
        let dir = if self.setting.kind == Kind::Maildir { self.path().join("new") } else { self.path() };
        files(&dir).into_iter().filter(|(name, _)| !name.starts_with('.')).map(|(_, content)| content).collect()
    }

    fn temporary(&self) -> usize {
        match self.setting.kind {
            Kind::Maildir => files(&self.path().join("tmp")).len(),
            Kind::Eml => files(&self.path()).iter().filter(|(name, _)| name.starts_with('.')).count(),
            Kind::OldMbox | Kind::NewMbox => 0,
        }
    }

    /// No message is visible in part.
    fn assert_whole(&self, context: &str) {
        if self.is_mbox() {
            let mbox = std::fs::read(self.path()).unwrap_or_default();
            let old: &[u8] = if self.setting.kind == Kind::OldMbox { OLD_MAIL } else { b"" };
            assert!(mbox.starts_with(old), "{context}: the mbox has lost what was in it");
            let mut expected = old.len();
            for (n, count) in self.counts().into_iter().enumerate() {
                assert!(count <= 1, "{context}: twice");
                expected += count * self.in_mbox(n).len();
            }
            // The empty line after the old message.
            let gap = usize::from(expected > old.len() && !old.is_empty());
            assert_eq!(mbox.len(), expected + gap, "{context}: there is a message in part");
        } else {
            assert_eq!(self.visible().len(), self.counts().iter().sum::<usize>(), "{context}: a message in part");
        }
    }

    /// What the next run does, and what must be true then. `entries`: how much of the journal it finds.
    fn next_run(&self, entries: usize, context: &str) {
        let (open, mut delivered) = self.journal.replay(entries);
        let counts = self.counts();
        for key in &delivered {
            assert_eq!(counts[index(key)], 1, "{context}: delivered, but not there");
        }
        for outcome in self.outcomes.iter().filter(|outcome| outcome.result.is_ok()) {
            assert!(delivered.contains(&outcome.key), "{context}: reported as delivered, but not recorded");
        }
        // The process that held it is this one, which lives.
        let _ = std::fs::remove_file(self.dir.path().join("box.lock"));
        let Context { fs, .. } = self.context();
        let found = recover(&*fs, open.iter().map(|(_, fingerprint, place)| (place, fingerprint))).unwrap();
        for ((key, ..), found) in open.iter().zip(found) {
            match found {
                Recovered::Present => delivered.push(key.clone()),
                Recovered::Absent => {}
                Recovered::Unknown => panic!("{context}: {key:?} cannot be looked for"),
            }
        }
        let mut sides = self.target().open(self.context()).unwrap();
        let mut journal = MemoryJournal::default();
        let missing = (0..self.messages.len()).filter(|n| !delivered.contains(&key(*n)));
        let batch = missing.map(|n| stage(&mut *sides.stage, n, &self.messages[n]).unwrap()).collect();
        for outcome in sides.commit.commit(batch, &mut journal) {
            outcome.result.unwrap();
        }
        drop(sides);
        let expected = vec![1; self.messages.len()];
        assert_eq!(self.counts(), expected, "{context}: lost or twice");
        assert_eq!(self.temporary(), 0, "{context}: temporary files");
    }
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let content = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    entries.map(content).collect()
}

fn index(key: &Key) -> usize {
    std::str::from_utf8(&key.uid).unwrap().strip_prefix("uid-").unwrap().parse().unwrap()
}

/// All kinds of an accident with `MAILWIRE_SWEEP=full`, else one of them, another one for each point.
fn sampled<T: Copy, const N: usize>(n: usize, kinds: [T; N]) -> Vec<T> {
    if is_full() { kinds.into() } else { vec![kinds[n % N]] }
}

/// The operations at which accidents happen: all of them with `MAILWIRE_SWEEP=full`, else every third of those in
/// which a long batch repeats itself.
fn points(setting: Setting) -> impl Iterator<Item = usize> {
    let run = Run::new(setting, Plan::Nothing);
    assert!(run.outcomes.len() == setting.messages && run.outcomes.iter().all(|outcome| outcome.result.is_ok()));
    assert_eq!(run.counts(), vec![1; setting.messages]);
    let trace = run.fs.accident.trace();
    let step = if is_full() || setting.messages < 10 { 1 } else { 3 };
    let repeats = |operation: &str| {
        ["create", "write", "publish", "journal: intent", "journal: delivered"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    };
    let skipped = move |n: usize, operation: &str| !n.is_multiple_of(step) && repeats(operation);
    let points: Vec<_> = (0..trace.len()).filter(|n| !skipped(*n, &trace[*n])).collect();
    points.into_iter()
}

fn is_full() -> bool {
    std::env::var("MAILWIRE_SWEEP").is_ok_and(|value| value == "full")
}

#[test]
fn a_batch_is_flushed_before_it_is_named_and_named_before_it_is_delivered() {
    let run = Run::new(Setting { kind: Kind::Maildir, flushing: Flushing::Whole, messages: 17 }, Plan::Nothing);
    let trace = run.fs.accident.trace();
    let verbs: Vec<&str> =
        trace.iter().map(|operation| operation.trim_end_matches(|c: char| c != ' ').trim()).collect();
    let start = verbs.iter().position(|verb| *verb == "journal:").unwrap();
    // Two operations for each small message, and the rename.
    assert_eq!(verbs[..start].iter().filter(|verb| **verb == "create").count(), 17);
    let expected: Vec<String> = std::iter::repeat_n("journal: intent", 17)
        .chain(["journal: write out", "sync fs", "journal: sync"])
        .chain(std::iter::repeat_n("publish", 17))
        .chain(["sync dir box/new"])
        .chain(std::iter::repeat_n("journal: delivered", 17))
        .chain(["journal: sync"])
        .map(String::from)
        .collect();
    let got: Vec<String> = trace[start..]
        .iter()
        .map(|operation| if operation.starts_with("publish box/new/") { "publish".into() } else { operation.clone() })
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn few_files_are_flushed_one_by_one() {
    for flushing in [Flushing::Whole, Flushing::Each] {
        let run = Run::new(Setting { kind: Kind::Eml, flushing, messages: 5 }, Plan::Nothing);
        let trace = run.fs.accident.trace();
        assert_eq!(trace.iter().filter(|operation| *operation == "sync file").count(), 5);
        assert!(!trace.iter().any(|operation| operation == "sync fs"));
        let last_flush = trace.iter().rposition(|operation| operation == "sync file").unwrap();
        let first_name = trace.iter().position(|operation| operation.starts_with("publish")).unwrap();
        assert!(last_flush < first_name);
    }
}

#[test]
fn memory_is_not_flushed() {
    let run = Run::new(Setting { kind: Kind::Eml, flushing: Flushing::Nothing, messages: 5 }, Plan::Nothing);
    let trace = run.fs.accident.trace();
    // The directory was made, which is before anything is known of it.
    assert_eq!(trace.iter().filter(|operation| operation.starts_with("sync")).count(), 1, "{trace:?}");
}

#[test]
fn one_fault_anywhere_loses_and_doubles_nothing() {
    for setting in SETTINGS {
        for n in points(setting) {
            for errno in sampled(n, [Errno::IO, Errno::NOSPC]) {
                let plan = Plan::Fail(n, errno.raw_os_error());
                let run = Run::new(setting, plan);
                let trace = run.fs.accident.trace();
                let context = format!("{setting:?} {plan:?} ({})", trace[n]);
                run.assert_whole(&context);
                assert!(run.outcomes.is_empty() || run.outcomes.len() == setting.messages, "{context}");
                if !trace[n].starts_with("unlink") {
                    assert_eq!(run.temporary(), 0, "{context}");
                }
                run.next_run(run.journal.entries.len(), &context);
                // What was reported in spite of the fault is durable.
                let run = Run::new(setting, plan);
                run.fs.cut_power(Loss::Everything);
                run.next_run(run.journal.synced, &format!("{context} and a power cut"));
            }
        }
    }
}

#[test]
fn a_disk_that_dies_loses_and_doubles_nothing() {
    for setting in SETTINGS {
        for n in points(setting) {
            let plan = Plan::FailFrom(n, Errno::IO.raw_os_error());
            let run = Run::new(setting, plan);
            let context = format!("{setting:?} {plan:?} ({})", run.fs.accident.trace()[n]);
            if !run.is_mbox() {
                run.assert_whole(&context);
            }
            run.next_run(run.journal.written, &context);
        }
    }
}

#[test]
fn a_kill_anywhere_loses_and_doubles_nothing() {
    for setting in SETTINGS {
        for n in points(setting) {
            let plan = Plan::Kill(n);
            let run = Run::new(setting, plan);
            let context = format!("{setting:?} {plan:?} ({})", run.fs.accident.trace()[n]);
            if !run.is_mbox() {
                run.assert_whole(&context);
            }
            run.next_run(run.journal.written, &context);
        }
    }
}

#[test]
fn a_power_cut_anywhere_loses_and_doubles_nothing() {
    for setting in SETTINGS {
        for n in points(setting).chain([usize::MAX]) {
            for loss in sampled(n, [Loss::Everything, Loss::Contents, Loss::Zeros, Loss::Names]) {
                let mut run = Run::new(setting, Plan::Kill(n));
                run.fs.cut_power(loss);
                let context = format!("{setting:?} {n} {loss:?} ({:?})", run.fs.accident.trace().get(n));
                if !run.is_mbox() {
                    run.assert_whole(&context);
                }
                // A new mbox whose content is lost while its length is not is for its owner to look at.
                let usable = !(setting.kind == Kind::NewMbox && loss == Loss::Zeros);
                if usable {
                    let entries = if n / 4 % 2 == 0 { run.journal.synced } else { run.journal.written };
                    run.journal.accident = None;
                    run.next_run(entries, &context);
                }
            }
        }
    }
}
