//! `imapctl watch`: every change is told, at least once, whatever happens to the connection, the command or the run.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Call, Home, Running, USER};
use crate::support::hole::Hole;
use crate::support::imap_server::{Act, Fault, ImapServer};

/// How long something may take that happens at once.
const SOON: Duration = Duration::from_secs(30);

/// A watch whose events are appended to a file by the command.
fn watch(home: &Home, url: &str, options: &[&str]) -> (Call, PathBuf) {
    let events = home.join("events");
    let command = format!("cat >> {}", events.display());
    let state = home.join("state");
    let mut arguments = vec!["watch", "--state-dir", state.to_str().unwrap(), "--exec", &command, "--debounce", "0.1"];
    arguments.extend_from_slice(options);
    (home.imapctl(url, &arguments).timeout(Duration::from_secs(120)), events)
}

fn events(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Waits until the events are as they should be.
fn until(file: &Path, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let events = events(file);
        if holds(&events) {
            return events;
        }
        assert!(since.elapsed() < SOON, "{what}: {events:#?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until the folders' cursors are written: then watching has begun.
fn until_it_watches(home: &Home, folders: usize) {
    let since = Instant::now();
    let cursors = || {
        let files = crate::support::command::all_files(&home.join("state"));
        files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")).count()
    };
    while cursors() < folders {
        assert!(since.elapsed() < SOON, "no cursor was written");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn has(events: &[Value], kind: &str, folder: &str, uid: u64) -> bool {
    events.iter().any(|event| event["event"] == kind && event["folder"] == folder && event["uid"] == uid)
}

fn end(run: Running) {
    run.signal(Signal::TERM);
    run.wait().exits(143);
}

#[test]
fn changes_are_told_while_they_happen_and_afterwards() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.fill(USER, &(0..3).map(seeded).collect::<Vec<_>>());
    let home = Home::new();
    let url = dovecot.imaps_url(USER);
    let (call, file) = watch(&home, &url, &[]);
    let run = call.start();
    until_it_watches(&home, 1);
    dovecot.fill_folder(USER, "INBOX", &[seeded(3)], "");
    until(&file, "a new message", |events| has(events, "new", "INBOX", 4));
    dovecot.doveadm(&["flags", "add", "-u", USER, "\\Flagged", "mailbox", "INBOX", "uid", "2"]);
    until(&file, "new flags", |events| has(events, "flags", "INBOX", 2));
    dovecot.doveadm(&["expunge", "-u", USER, "mailbox", "INBOX", "uid", "1"]);
    let told = until(&file, "an expunged message", |events| has(events, "expunged", "INBOX", 1));
    assert_eq!(told.len(), 3, "{told:#?}");
    let new = told.iter().find(|event| event["event"] == "new").unwrap();
    assert!(new["subject"].as_str().unwrap().contains("seeded 3"), "{new}");

    // Only one at a time.
    let (second, _) = watch(&home, &url, &[]);
    second.run().exits(75);
    end(run);

    // What happens while nobody watches is told to the next who does, and nothing else.
    dovecot.fill_folder(USER, "INBOX", &[seeded(4)], "");
    dovecot.doveadm(&["flags", "add", "-u", USER, "\\Answered", "mailbox", "INBOX", "uid", "3"]);
    let (call, _) = watch(&home, &url, &[]);
    let run = call.start();
    let told =
        until(&file, "what was missed", |events| has(events, "new", "INBOX", 5) && has(events, "flags", "INBOX", 3));
    assert_eq!(told.len(), 5, "{told:#?}");
    end(run);
}

/// Three changes while nobody watches, and what the next watch tells of them and how it has come to know.
fn missed(home: &Home, url: &str, before: impl FnOnce()) -> (Vec<Value>, String) {
    for number in 0..5 {
        home.imapctl(url, &["append"]).stdin(&seeded(number)).run().exits(0);
    }
    let (call, file) = watch(home, url, &["-v"]);
    let run = call.start();
    until_it_watches(home, 1);
    end(run);
    home.imapctl(url, &["delete", "2", "--permanent"]).run().exits(0);
    home.imapctl(url, &["flag", "3", "--add", "flagged"]).run().exits(0);
    home.imapctl(url, &["append"]).stdin(&seeded(5)).run().exits(0);
    before();
    let run = watch(home, url, &["-v"]).0.start();
    until(&file, "the last of what was missed", |events| has(events, "expunged", "INBOX", 2));
    // What comes once more would come now.
    home.imapctl(url, &["append"]).stdin(&seeded(6)).run().exits(0);
    let told = until(&file, "one more", |events| has(events, "new", "INBOX", 7));
    run.signal(Signal::TERM);
    (told, run.wait().exits(143).stderr())
}

#[track_caller]
fn assert_missed(told: &[Value]) {
    let told: Vec<_> =
        told.iter().map(|event| (event["event"].as_str().unwrap(), event["uid"].as_u64().unwrap())).collect();
    assert_eq!(told, [("flags", 3), ("new", 6), ("expunged", 2), ("new", 7)]);
}

#[test]
fn what_was_missed_comes_with_the_folder() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let server = ImapServer::offering(&["IDLE", "UIDPLUS", "ENABLE", "CONDSTORE", "QRESYNC"]);
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER), server.url(USER)] {
        let (told, said) = missed(&Home::new(), &url, || ());
        assert_missed(&told);
        assert!(said.contains("*** watching with QRESYNC") && said.contains(" (QRESYNC ("), "{said}");
        // Nobody had to ask, but for what is new.
        assert!(!said.contains("CHANGEDSINCE"), "{said}");
        let searches: Vec<_> = said.lines().filter(|line| line.contains("> ") && line.contains("UID SEARCH")).collect();
        assert!(searches.iter().all(|line| line.contains(":*")), "{searches:#?}");
    }
}

#[test]
fn what_was_missed_is_asked_for_where_it_does_not_come() {
    let offered = ["IDLE", "UIDPLUS", "ENABLE", "CONDSTORE"];
    let server = ImapServer::offering(&offered);
    let (told, said) = missed(&Home::new(), &server.url(USER), || ());
    assert_missed(&told);
    assert!(said.contains("*** watching with CONDSTORE") && said.contains("CHANGEDSINCE"), "{said}");

    // It is offered, and refused.
    let refusal = Act::Answer("BAD what is QRESYNC?".into());
    let server = ImapServer::offering(&[&offered[..], &["QRESYNC"]].concat());
    let plan = || server.manners().plan(Fault { command: "EXAMINE", act: refusal });
    let (told, said) = missed(&Home::new(), &server.url(USER), plan);
    assert_missed(&told);
    assert!(said.contains("opening the folder without QRESYNC") && said.contains("CHANGEDSINCE"), "{said}");
}

/// James once said that all mail had vanished.
#[test]
fn mail_is_not_gone_because_a_server_says_so() {
    let server = ImapServer::offering(&["IDLE", "UIDPLUS", "ENABLE", "CONDSTORE", "QRESYNC"]);
    let lie = Act::Before(b"* VANISHED (EARLIER) 1:4294967295\r\n".to_vec());
    let plan = || server.manners().plan(Fault { command: "EXAMINE", act: lie });
    let (told, said) = missed(&Home::new(), &server.url(USER), plan);
    assert_missed(&told);
    assert!(said.contains("does not fit the number of messages"), "{said}");
}

#[test]
fn several_folders_are_watched_over_one_connection_with_notify_and_over_several_without() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.create_folder(USER, "Lists");
    let folders = ["-f", "INBOX", "-f", "Lists"];
    let home = Home::new();
    let (call, file) = watch(&home, &dovecot.imaps_url(USER), &folders);
    let run = call.start();
    until_it_watches(&home, 2);
    // By way of a session: of what is put into its files behind its back Dovecot's NOTIFY knows nothing.
    let deliver = |folder: &str, number: u64| {
        let append = home.imapctl(&dovecot.imaps_url(USER), &["append", "-f", folder]);
        append.stdin(&seeded(number)).run().exits(0);
    };
    deliver("Lists", 0);
    until(&file, "a message in a folder that is not open", |events| has(events, "new", "Lists", 1));
    deliver("INBOX", 1);
    until(&file, "a message in another", |events| has(events, "new", "INBOX", 1));
    deliver("Lists", 2);
    until(&file, "a second one, after folders were looked at", |events| has(events, "new", "Lists", 2));
    end(run);

    // A server with IDLE alone, and one with neither.
    for offered in [&["IMAP4rev1", "IDLE", "UIDPLUS"][..], &["IMAP4rev1"]] {
        let server = ImapServer::offering(offered);
        server.mail().store().create("Lists", None);
        server.mail().store().create("More", None);
        let home = Home::new();
        let options = ["-f", "INBOX", "-f", "Lists", "-f", "More", "--connections", "2", "--poll", "0.3"];
        let (call, file) = watch(&home, &server.url(USER), &options);
        let run = call.start();
        until_it_watches(&home, 3);
        for folder in ["INBOX", "Lists", "More"] {
            let uid = server.mail().deliver(folder, &seeded(1), &[], 1_700_000_000);
            until(&file, "a message", |events| has(events, "new", folder, uid.into()));
        }
        end(run);
    }
}

#[test]
fn an_event_that_is_not_taken_comes_again() {
    let server = ImapServer::offering(&["IMAP4rev1", "IDLE", "UIDPLUS"]);
    let home = Home::new();
    let (events, marker) = (home.join("events"), home.join("willing"));
    let command = format!("cat >> {}; test -e {}", events.display(), marker.display());
    let state = home.join("state");
    let options = ["watch", "--state-dir", state.to_str().unwrap(), "--exec", &command, "--debounce", "0.1"];
    let run = home.imapctl(&server.url(USER), &options).timeout(Duration::from_secs(120)).start();
    until_it_watches(&home, 1);
    server.mail().deliver("INBOX", &seeded(0), &[], 1_700_000_000);
    let told = until(&events, "the event, twice", |events| events.len() >= 2);
    assert_eq!(told[0]["id"], told[1]["id"], "the same event has the same id");
    run.kill();
    // Another run tells it again, and once it is taken it is over.
    std::fs::write(&marker, "").unwrap();
    let before = events_of(&events);
    let run = home.imapctl(&server.url(USER), &options).timeout(Duration::from_secs(120)).start();
    until(&events, "the event in another run", |events| events.len() > before);
    server.mail().deliver("INBOX", &seeded(1), &[], 1_700_000_000);
    let told = until(&events, "the next event", |events| has(events, "new", "INBOX", 2));
    let first = told.iter().skip(before).filter(|event| event["uid"] == 1).count();
    assert_eq!(first, 1, "{told:#?}");
    end(run);
}

fn events_of(file: &Path) -> usize {
    events(file).len()
}

#[test]
fn a_connection_that_is_lost_is_made_anew() {
    let server = ImapServer::offering(&["IMAP4rev1", "IDLE", "UIDPLUS"]);
    server.manners().plan(Fault { command: "IDLE", act: Act::Cut(0) });
    let home = Home::new();
    let (call, file) = watch(&home, &server.url(USER), &[]);
    let run = call.start();
    until_it_watches(&home, 1);
    server.mail().deliver("INBOX", &seeded(0), &[], 1_700_000_000);
    until(&file, "a message after the connection was cut", |events| has(events, "new", "INBOX", 1));
    run.signal(Signal::TERM);
    let ended = run.wait().exits(143);
    assert!(ended.stderr().contains("connecting again"), "{}", ended.both());
}

/// Waits until something holds.
fn until_it_is_so(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_connection_that_was_forgotten_on_the_way_is_noticed_and_what_came_meanwhile_is_told() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.fill(USER, &[seeded(0)]);
    let hole = Hole::before(dovecot.imaps);
    let url = format!("imaps://{USER}@localhost:{}", hole.port());
    let home = Home::new();
    let short = ["--renew", "0.5", "--timeout", "2", "--connect-timeout", "5"];
    let (call, file) = watch(&home, &url, &short);
    let run = call.start();
    until_it_watches(&home, 1);
    dovecot.fill_folder(USER, "INBOX", &[seeded(1)], "");
    until(&file, "a message over a connection that is alive", |events| has(events, "new", "INBOX", 2));

    hole.forget();
    dovecot.fill_folder(USER, "INBOX", &[seeded(2)], "");
    until(&file, "a message that came into the silence", |events| has(events, "new", "INBOX", 3));

    // And where the server cannot be reached again at once.
    hole.refuse(true);
    hole.forget();
    dovecot.fill_folder(USER, "INBOX", &[seeded(3)], "");
    until_it_is_so("it does not try again", || hole.refused() >= 2);
    hole.refuse(false);
    let told = until(&file, "a message that came meanwhile", |events| has(events, "new", "INBOX", 4));
    assert_eq!(told.len(), 3, "each is told once: {told:#?}");
    run.signal(Signal::TERM);
    let stderr = run.wait().exits(143).stderr();
    for pause in ["connecting again in 1 s", "connecting again in 2 s"] {
        assert!(stderr.contains(pause), "{stderr}");
    }

    // A signal ends it while it waits for an answer that will not come.
    let (call, file) = watch(&home, &url, &["--renew", "0.5"]);
    let run = call.start();
    dovecot.fill_folder(USER, "INBOX", &[seeded(4)], "");
    until(&file, "a message over a new connection", |events| has(events, "new", "INBOX", 5));
    let before = hole.swallowed();
    hole.forget();
    until_it_is_so("it says nothing", || hole.swallowed() > before);
    let start = Instant::now();
    end(run);
    // Without the signal it would wait for a minute.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_message_of_which_the_server_tells_nothing_is_told_all_the_same() {
    for silence in ["OK fetched", "* 1 FETCH (((\r\n$TAG OK fetched"] {
        let server = ImapServer::offering(&["IMAP4rev1", "IDLE", "UIDPLUS"]);
        let act = match silence.starts_with('*') {
            true => Act::Instead(format!("{silence}\r\n").into_bytes()),
            false => Act::Answer(silence.to_owned()),
        };
        server.manners().plan(Fault { command: "UID FETCH", act });
        let home = Home::new();
        let (call, file) = watch(&home, &server.url(USER), &[]);
        let run = call.start();
        until_it_watches(&home, 1);
        server.mail().deliver("INBOX", &seeded(0), &[], 1_700_000_000);
        let told = until(&file, "an event", |events| has(events, "new", "INBOX", 1));
        assert_eq!(told[0]["partial"], true, "{told:#?}");
        server.mail().deliver("INBOX", &seeded(1), &[], 1_700_000_000);
        until(&file, "the next one", |events| has(events, "new", "INBOX", 2));
        end(run);
    }
}
