//! Commands and standard output.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::fs::System;
use super::super::fs::faulty::{Accident, Plan};
use super::super::{Context, Outcome, Sides, Target, stdout};
use super::journal::{Entry, MemoryJournal};
use super::{deliver, key, message, stage, stored};
use crate::error::{Error, StorageKind};

fn shell(script: &str, timeout: Duration) -> Sides {
    let words = ["/bin/sh", "-c", script].map(String::from).to_vec();
    let context = Context { command_timeout: timeout, ..Context::new(1, "work") };
    Target::Pipe(words).open(context).unwrap()
}

const LONG: Duration = Duration::from_secs(120);

fn results(outcomes: &[Outcome]) -> Vec<bool> {
    outcomes.iter().map(|outcome| outcome.result.is_ok()).collect()
}

#[test]
fn a_command_gets_the_message_and_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let script =
        format!("cat > {0}/$MAILWIRE_UIDL; echo $MAILWIRE_ACCOUNT $MAILWIRE_SIZE >> {0}/facts", dir.path().display());
    let mut sides = shell(&script, LONG);
    let messages: Vec<_> = (0..2).map(|n| message(n, 70_000)).collect();
    let mut journal = MemoryJournal::default();
    assert_eq!(results(&deliver(&mut sides, &messages, &mut journal)), [true, true]);
    for (n, message) in messages.iter().enumerate() {
        let got = std::fs::read(dir.path().join(format!("uid-{n}"))).unwrap();
        assert_eq!(got, stored(message, super::LineEnd::Lf));
    }
    let facts = std::fs::read_to_string(dir.path().join("facts")).unwrap();
    assert_eq!(facts, format!("work {0}\nwork {0}\n", messages[0].len()));
    assert_eq!(journal.replay(journal.synced).1, [key(0), key(1)]);
}

#[test]
fn exit_codes_decide() {
    let mut sides = shell("case $MAILWIRE_UIDL in uid-0) exit 75;; uid-1) exit 67;; uid-2) kill -9 $$;; esac", LONG);
    let messages: Vec<_> = (0..4).map(|n| message(n, 0)).collect();
    let mut journal = MemoryJournal::default();
    let outcomes = deliver(&mut sides, &messages, &mut journal);
    let code = |n: usize| match &outcomes[n].result {
        Err(Error::Command { code, detail, .. }) => (*code, detail.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(0).0, Some(75));
    assert!(code(1).0 == Some(67) && code(1).1.contains("EX_NOUSER"));
    assert!(code(2).0.is_none() && code(2).1.contains("signal 9"));
    outcomes[3].result.as_ref().unwrap();
    let (open, delivered) = journal.replay(journal.synced);
    assert_eq!((open.len(), delivered), (0, vec![key(3)]));
}

#[test]
fn a_command_need_not_read() {
    let big = message(0, 10_000_000);
    for script in ["exit 0", "exec 0<&-; sleep 0.1", "head -c 10 >/dev/null"] {
        let mut sides = shell(script, LONG);
        let outcomes = deliver(&mut sides, std::slice::from_ref(&big), &mut MemoryJournal::default());
        assert_eq!(results(&outcomes), [true], "{script}");
    }
}

#[test]
fn a_command_that_hangs_fails_its_message_alone() {
    let mut sides = shell("test $MAILWIRE_UIDL = uid-0 && sleep 1000; exit 0", Duration::from_secs(4));
    let messages: Vec<_> = (0..2).map(|n| message(n, 0)).collect();
    assert_eq!(results(&deliver(&mut sides, &messages, &mut MemoryJournal::default())), [false, true]);
}

#[test]
fn a_command_is_looked_for_before_there_is_mail() {
    let open = |word: &str| Target::Pipe(vec![word.into()]).open(Context::new(1, "work"));
    assert!(matches!(open("/no/such"), Err(Error::Storage { kind: StorageKind::Create, .. })));
    assert!(matches!(open("no-such-command-here"), Err(Error::Storage { kind: StorageKind::Create, .. })));
}

#[test]
fn odd_unique_ids_reach_no_command_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let mut sides = shell(&format!("printf %s \"$MAILWIRE_UIDL\" > {}/uid", dir.path().display()), LONG);
    let mut incoming = super::incoming(0);
    incoming.key.uid = b"a%\0\n;$(x)\xff"[..].into();
    sides.stage.begin(&incoming).unwrap();
    let staged = sides.stage.finish(0).unwrap();
    sides.commit.commit(vec![staged], &mut MemoryJournal::default()).remove(0).result.unwrap();
    assert_eq!(std::fs::read_to_string(dir.path().join("uid")).unwrap(), "a%25%00%0A;$(x)%FF");
}

#[test]
fn every_intent_is_durable_before_its_command_and_every_delivery_before_its_report() {
    for n in 0..9 {
        let accident = Accident::new(Plan::Fail(n, 5));
        let mut journal = MemoryJournal::with(&accident);
        let dir = tempfile::tempdir().unwrap();
        let mut sides = shell(&format!("echo $MAILWIRE_UIDL >> {}/ran", dir.path().display()), LONG);
        let messages: Vec<_> = (0..3).map(|n| message(n, 0)).collect();
        let outcomes = deliver(&mut sides, &messages, &mut journal);
        let ran = std::fs::read_to_string(dir.path().join("ran")).unwrap_or_default();
        let (_, delivered) = journal.replay(journal.synced);
        for outcome in &outcomes {
            let uid = String::from_utf8(outcome.key.uid.to_vec()).unwrap();
            if ran.contains(&uid) {
                let intended = |entry: &Entry| matches!(entry, Entry::Intent(key, ..) if *key == outcome.key);
                assert!(journal.entries.iter().any(intended), "{n}");
            }
            if outcome.result.is_ok() {
                assert!(ran.contains(&uid) && delivered.contains(&outcome.key), "{n}: {uid} is not recorded");
            }
        }
        // intent, sync, delivered for each of three, and the last sync.
        let operations = accident.trace();
        assert!(n < operations.len() && outcomes.iter().any(|outcome| outcome.result.is_err()), "{n}: {operations:?}");
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>, Option<usize>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap();
        match self.1 {
            Some(limit) if written.len() >= limit => Err(io::ErrorKind::BrokenPipe.into()),
            _ => {
                written.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn standard_output_is_an_mbox_and_not_durable() {
    let output = Output::default();
    let mut sides = stdout::open(Box::new(output.clone()), Arc::new(System));
    assert!(!sides.commit.durable());
    let mut journal = MemoryJournal::default();
    assert_eq!(results(&deliver(&mut sides, &[message(0, 0), message(1, 400_000)], &mut journal)), [true, true]);
    assert!(journal.entries.is_empty());
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    assert!(text.starts_with("From sender0@example.org ") && text.contains("\n\nFrom sender1@example.org "));
    assert!(text.contains("\n>From here on\n>>From there\n"));
}

#[test]
fn a_closed_output_fails_what_was_not_written() {
    let mut sides = stdout::open(Box::new(Output(Arc::default(), Some(50))), Arc::new(System));
    let messages: Vec<_> = (0..3).map(|n| message(n, 0)).collect();
    assert_eq!(results(&deliver(&mut sides, &messages, &mut MemoryJournal::default())), [false, false, false]);
}

#[test]
fn messages_staged_elsewhere_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = Target::Eml(dir.path().into()).open(Context::new(1, "work")).unwrap();
    let mut command = shell("exit 0", LONG);
    let staged = stage(&mut *folder.stage, 0, &message(0, 0)).unwrap();
    assert!(command.commit.commit(vec![staged], &mut MemoryJournal::default())[0].result.is_err());
    let staged = stage(&mut *command.stage, 0, &message(0, 0)).unwrap();
    assert!(folder.commit.commit(vec![staged], &mut MemoryJournal::default())[0].result.is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
