//! `imapctl watch --exec`, with its connection cut or the program killed after the k-th octet that the server says, for many k:
//! every event is told at least once, each under one name, and the cursor says what was told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::full;
use crate::servers::mails::Random;
use crate::support::command::{Call, Finished, Home, USER, all_files};
use crate::support::imap_server::ImapServer;
use crate::support::relay::{Counted, Fate, Point, Relay};

/// Runs at a time: they wait most of the time.
const AT_ONCE: usize = 8;

/// How long something may take that happens at once, or after a second's back-off.
const SOON: Duration = Duration::from_secs(60);

/// What happens while nobody watches: event, UID.
const EVENTS: [(&str, u64); 5] = [("flags", 1), ("expunged", 2), ("new", 4), ("new", 5), ("new", 6)];

struct Scene {
    home: Home,
    server: ImapServer,
    relay: Relay,
}

impl Scene {
    /// A folder that was watched once, and in which much has happened since.
    fn new(offered: &[&str], point: Option<Point>) -> Result<Self, String> {
        let server = ImapServer::in_clear(offered);
        let deliver = |number: u32| {
            let text = format!("From: S <s@example.org>\nSubject: letter {number}\nMessage-ID: <{number}@x>\n\ntext\n");
            server.mail().deliver("INBOX", text.as_bytes(), &[], 1_700_000_000);
        };
        (1..=3).for_each(deliver);
        let home = Home::new();
        let first = watch(&home, server.imap).start();
        let end = Instant::now() + SOON;
        while cursor(&home).is_none() {
            if Instant::now() > end {
                return Err(format!("no cursor is written\n{}", first.kill().both()));
            }
            thread::sleep(Duration::from_millis(2));
        }
        first.signal(Signal::TERM);
        let first = first.wait();
        if first.code() != 143 || !told(&home).is_empty() {
            return Err(format!("the first run: exit {}\n{}", first.code(), first.both()));
        }
        server.mail().store().change("INBOX", 1, |letter| letter.flags.extend(["\\Flagged".into()]));
        server.mail().store().expunge("INBOX", &[2]);
        (4..=6).for_each(deliver);
        let relay = Relay::to(server.imap, point);
        Ok(Self { home, server, relay })
    }

    fn is_all_told(&self) -> bool {
        let told = told(&self.home);
        EVENTS.iter().all(|(kind, uid)| told.iter().any(|event| event["event"] == *kind && event["uid"] == *uid))
    }

    /// Watches until everything was told and is known to be, or the run ends, by itself or killed.
    fn watch(&self) -> Finished {
        // What is left of a run before is over.
        self.server.settle();
        let (_, heard) = self.relay.counts();
        let mut run = watch(&self.home, self.relay.port).start();
        while run.is_running() && !run.is_late() {
            if self.relay.is_to_kill() {
                return run.kill();
            }
            // A program that has not said anything yet may not know what to do about a signal.
            if self.relay.counts().1 > heard && self.is_all_told() && self.check_cursor().is_ok() {
                run.signal(Signal::TERM);
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        run.wait()
    }

    fn check_cursor(&self) -> Result<(), String> {
        let cursor = cursor(&self.home).ok_or("no cursor")?;
        match cursor["known"] == "1,3:6" && cursor["next"] == 7 {
            true => Ok(()),
            false => Err(format!("{cursor}")),
        }
    }
}

fn watch(home: &Home, port: u16) -> Call {
    let (events, state) = (home.join("events"), home.join("state"));
    let command = format!("cat >> {}", events.display());
    let password = home.password_file();
    let mut words = vec!["-a".to_owned(), format!("imap://{USER}@127.0.0.1:{port}")];
    words.extend(["--security", "plain", "--cleartext-auth", "--password-file"].map(String::from));
    words.extend([password.display().to_string(), "watch".into(), "--state-dir".into(), state.display().to_string()]);
    words.extend(["--exec", &command, "--debounce", "0.1", "--timeout", "10"].map(String::from));
    home.program(crate::support::command::Program::Imapctl, words).timeout(SOON)
}

fn told(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.join("events")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The cursor, if it is there and can be read, as it must be at any moment.
fn cursor(home: &Home) -> Option<Value> {
    let files = all_files(&home.join("state"));
    let path = files.iter().find(|path| path.extension().is_some_and(|extension| extension == "json"))?;
    Some(serde_json::from_slice(&fs::read(path).ok()?).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

fn disturbed(offered: &[&str], point: Point) -> Result<(), String> {
    let scene = Scene::new(offered, Some(point))?;
    let mut run = scene.watch();
    if run.code() == -9 && matches!(point.fate, Fate::Kill(_)) {
        scene.relay.forgive();
        run = scene.watch();
    }
    // Before it watches, what breaks ends the run; whoever watches over it starts it again.
    if matches!(run.code(), 75 | 76) {
        run = scene.watch();
    }
    let check = || match run.code() {
        143 if !run.timed_out => scene.check_cursor().and_then(|()| check_told(&told(&scene.home))),
        code => Err(format!("exit {code}")),
    };
    check().map_err(|e| {
        let heard = scene.server.manners().heard();
        format!("{point:?}: {e}\n{:#?}\n{}\n{heard:#?}", told(&scene.home), run.both())
    })
}

/// Each event is told, under one name, and nothing else is; what is disturbed once is told twice at most.
fn check_told(told: &[Value]) -> Result<(), String> {
    let mut names: BTreeMap<(String, u64), Vec<String>> = BTreeMap::new();
    for event in told {
        let key = (event["event"].as_str().unwrap_or_default().to_owned(), event["uid"].as_u64().unwrap_or(0));
        names.entry(key).or_default().push(event["id"].as_str().unwrap_or_default().to_owned());
    }
    for (kind, uid) in EVENTS {
        let ids = names.remove(&(kind.to_owned(), uid)).ok_or_else(|| format!("{kind} {uid} was never told"))?;
        if ids.iter().collect::<BTreeSet<_>>().len() != 1 || ids.len() > 2 {
            return Err(format!("{kind} {uid} was told as {ids:?}"));
        }
    }
    match names.first_key_value() {
        Some(other) => Err(format!("{other:?} was told, which has not happened")),
        None => Ok(()),
    }
}

#[test]
fn a_watch_that_is_cut_or_killed_at_any_octet_tells_every_event() {
    sweep(&["IDLE", "UIDPLUS", "ENABLE", "CONDSTORE"]);
}

#[test]
fn a_watch_with_qresync_that_is_cut_or_killed_at_any_octet_tells_every_event() {
    sweep(&["IDLE", "UIDPLUS", "ENABLE", "CONDSTORE", "QRESYNC"]);
}

fn sweep(offered: &[&str]) {
    let scene = Scene::new(offered, None).unwrap();
    let run = scene.watch().exits(143);
    check_told(&told(&scene.home)).unwrap_or_else(|e| panic!("{e}\n{}", run.both()));
    let (said, _) = scene.relay.counts();
    let mut random = Random::new(810);
    let mut points = Vec::new();
    for octets in 0..=said {
        let fate = match octets % 4 {
            0 => Fate::Fin,
            1 if octets % 3 == 0 => Fate::Rst,
            _ => Fate::Kill(Duration::from_micros(random.below(6_000))),
        };
        points.push(Point { counted: Counted::Said, octets, fate });
    }
    if !full() {
        points = (0..24).map(|_| points[random.below(points.len() as u64) as usize]).collect();
    }
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(e) = disturbed(offered, *point) {
                        failures.lock().unwrap().push(e);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    eprintln!("{} points of a watch of {said} octets", points.len());
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), points.len(), failures.join("\n\n===== "));
}
