//! Every dialogue file, and proof that the runner notices when one does not hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use crate::support::command::files;
use crate::support::dialogue::{Dialogue, Folder};

/// Most dialogues wait more than they work.
const AT_ONCE: usize = 16;

/// The folders of programs that there are.
const PLAYED: [&str; 3] = ["pop3", "smtp", "imap"];

/// The dialogues of a folder.
pub(crate) fn dialogues(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues").join(folder);
    files(&folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect()
}

#[test]
fn every_dialogue_holds() {
    let chosen = env::var("MAILWIRE_DIALOGUE").unwrap_or_default();
    let is_chosen = |path: &PathBuf| path.to_string_lossy().contains(&chosen);
    let paths: Vec<_> = PLAYED.into_iter().flat_map(dialogues).filter(is_chosen).collect();
    assert!(!paths.is_empty(), "no dialogue is called {chosen}");

    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = Dialogue::open(path).and_then(|dialogue| dialogue.play());
                    if let Err(e) = outcome {
                        let name = path.file_stem().unwrap().to_string_lossy();
                        failures.lock().unwrap().push(format!("===== {name}: {e}"));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let count = failures.len();
    assert!(failures.is_empty(), "{count} of {} dialogues failed\n{}", paths.len(), failures.join("\n\n"));
}

#[test]
fn every_dialogue_can_be_read() {
    for path in PLAYED.into_iter().flat_map(dialogues) {
        let outcome = Dialogue::open(&path).and_then(|dialogue| dialogue.check());
        outcome.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// A session without mail, to be spoilt.
const GOOD: &str = "# nothing new
exit: 0
stdout: -
mails: 0

S: +OK ready
ON CAPA
  S: +OK
  S: UIDL
  S: SASL PLAIN
  S: .
C: AUTH PLAIN {plain}
S: +OK in
ON LIST
  S: +OK
  S: .
C: UIDL
S: +OK
S: .
C: QUIT
S: +OK bye
";

fn play(text: &str) -> Result<(), String> {
    Dialogue::parse(Folder::Pop3, "self-test", text, BTreeMap::new()).and_then(|dialogue| dialogue.play())
}

#[test]
fn the_runner_accepts_what_holds() {
    play(GOOD).unwrap();
}

#[test]
fn the_runner_notices_what_does_not_hold() {
    for (from, to, complaint) in [
        ("C: UIDL", "C: UIDL 1", "expected UIDL 1"),
        ("C: QUIT", "NEVER QUIT\nC: QUIT", "must not send QUIT"),
        ("exit: 0", "exit: 77", "exit 0 instead of 77"),
        ("stdout: -", "stdout: something", "stdout ends before"),
        ("mails: 0", "mails: 1", "0 mails instead of 1"),
        ("mails: 0", "stderr-contains: nonsense", "stderr lacks"),
        ("mails: 0", "transcript-lacks: ready", "transcript has"),
        ("mails: 0", "security: plain", "a secret was sent in clear"),
        ("C: QUIT\nS: +OK bye\n", "C: QUIT\nS: +OK bye\nCONNECTION\nS: +OK\n", "1 connections instead of 2"),
    ] {
        let spoilt = GOOD.replace(from, to);
        assert_ne!(spoilt, GOOD);
        let error = play(&spoilt).expect_err(complaint);
        assert!(error.contains(complaint), "{complaint:?} expected, got: {error}");
    }
}

#[test]
fn a_dialogue_that_cannot_be_read_is_an_error() {
    let parse =
        |text: &str| Dialogue::parse(Folder::Pop3, "self-test", text, BTreeMap::new()).err().unwrap_or_default();
    assert!(parse("exit: 0\n").contains("opens with a comment"));
    assert!(parse("# x\nstdout: -\n\nS: +OK\n").contains("has no exit"));
    assert!(parse("# x\nexits: 0\n").contains("unknown head line"));
    assert!(play("# x\nexit: 0\n\nT: +OK\n").unwrap_err().contains("unknown step"));
}

#[test]
fn a_dialogue_of_imap_says_what_it_asks() {
    let parse = |text: &str| {
        let dialogue = Dialogue::parse(Folder::Imap, "self-test", text, BTreeMap::new());
        dialogue.and_then(|dialogue| dialogue.check())
    };
    parse("# x\ncommand: list\nexit: 0\n\nS: * OK\nC: $A APPEND *{*}\nS: + go\nLITERAL x*\nC:\nS: $A OK\nDEFLATE\n")
        .unwrap();
    assert!(parse("# x\nexit: 0\n\nS: * OK\n").unwrap_err().contains("command: is what"));
}
