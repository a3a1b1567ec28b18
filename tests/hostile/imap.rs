//! IMAP: a server that dies after its k-th octet, another session at the same folder, and arguments that would be commands.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::command::{Finished, Home, USER, all_files};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};

/// Runs at a time: they wait more than they work.
const AT_ONCE: usize = 4;

/// Four messages in INBOX.
fn server(offered: &[&str]) -> ImapServer {
    let server = ImapServer::offering(offered);
    for number in 1..=4 {
        let text =
            format!("From: S <s@example.org>\nSubject: letter {number}\nMessage-ID: <{number}@x>\n\nText {number}\n");
        server.mail().deliver("INBOX", text.as_bytes(), &[], 1_700_000_000);
    }
    server
}

fn run(server: &ImapServer, home: &Home, arguments: &[&str]) -> Finished {
    home.imapctl(&server.url(USER), arguments).timeout(Duration::from_secs(40)).run()
}

fn check(run: &Finished, context: &str) {
    assert!(!run.timed_out, "{context}: {:?}\n{}", run.elapsed, run.both());
    assert!(!run.stderr().contains("panicked") && run.code() >= 0, "{context}\n{}", run.both());
}

/// Does all of this, several at a time.
fn each<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}

/// J1: whatever is cut off, the run ends by itself and says so; where it says that all is well, nothing was.
#[test]
fn a_server_that_dies_at_any_octet_is_told() {
    let sessions: [(&[&str], &[&str]); 4] = [
        (&["list"], &["AUTHENTICATE", "EXAMINE", "FETCH"]),
        (&["show", "2", "--raw"], &["EXAMINE", "UID FETCH"]),
        (&["search", "subject:letter"], &["UID SEARCH"]),
        (&["flag", "1:3", "--add", "seen"], &["SELECT", "UID STORE"]),
    ];
    let mut points = Vec::new();
    for (arguments, commands) in sessions {
        for command in commands {
            points.extend([0, 1, 17, 60, 139, 350].map(|octets| (arguments, *command, octets)));
        }
    }
    let whole: Vec<String> = sessions
        .iter()
        .map(|(arguments, _)| run(&server(EVERYTHING), &Home::new(), arguments).exits(0).stdout())
        .collect();
    each(&points, |(arguments, command, octets)| {
        let server = server(EVERYTHING);
        server.manners().plan(Fault { command, act: Act::Cut(*octets) });
        let run = run(&server, &Home::new(), arguments);
        let context = format!("{arguments:?}: {command} cut after {octets}");
        check(&run, &context);
        assert!(matches!(run.code(), 0 | 75 | 76 | 80), "{context}\n{}", run.both());
        let at = sessions.iter().position(|(known, _)| known == arguments).unwrap();
        assert!(run.code() != 0 || run.stdout() == whole[at], "{context}\n{}", run.both());
    });
}

/// J1: the same as a reset, or as silence, where a command should be answered.
#[test]
fn a_server_that_is_gone_is_told() {
    let commands = ["AUTHENTICATE", "EXAMINE", "UID FETCH"];
    let acts = || [Act::Close, Act::Reset, Act::Instead(Vec::new()), Act::Instead(b"$TAG OK done\r\n".to_vec())];
    let points: Vec<_> = commands.into_iter().flat_map(|command| acts().map(|act| (command, act))).collect();
    each(&points, |(command, act)| {
        let server = server(EVERYTHING);
        server.manners().plan(Fault { command, act: act.clone() });
        let run = run(&server, &Home::new(), &["show", "2", "--raw", "--timeout", "2", "--deadline", "3"]);
        let context = format!("{command}: {act:?}");
        check(&run, &context);
        assert!(run.code() != 0 || run.stdout().contains("Text 2"), "{context}\n{}", run.both());
    });
}

/// J12: the other session removes a message between the search and what is done with what it found.
#[test]
fn a_message_that_another_session_removes_is_no_other_message() {
    let works: [(&[&str], &str); 7] = [
        (&["list", "subject:letter"], "UID FETCH"),
        (&["show", "2", "--raw"], "UID FETCH"),
        (&["save", "1:4", "--to", "saved"], "UID FETCH"),
        (&["flag", "subject:letter", "--add", "flagged"], "UID STORE"),
        (&["move", "subject:letter", "--to", "Archive"], "UID MOVE"),
        (&["copy", "2", "--to", "Archive"], "UID COPY"),
        (&["delete", "2", "--permanent"], "UID STORE"),
    ];
    each(&works, |(arguments, command)| {
        let server = server(EVERYTHING);
        server.mail().store().create("Archive", None);
        server.manners().plan(Fault { command, act: Act::Pause(Duration::from_millis(600)) });
        let home = Home::new();
        let running = home.imapctl(&server.url(USER), arguments).timeout(Duration::from_secs(40)).start();
        let end = Instant::now() + Duration::from_secs(30);
        while !server.manners().heard().iter().any(|line| line.starts_with(command)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(2));
        }
        server.mail().store().expunge("INBOX", &[2]);
        let run = running.wait();
        let context = format!("{arguments:?}");
        check(&run, &context);
        assert!(matches!(run.code(), 0 | 65 | 66 | 69 | 75 | 80), "{context}\n{}", run.both());
        // Message 2 was not there any more, and its number is now another's.
        assert!(!run.stdout().contains("Text 3") || arguments[0] == "save", "{context}\n{}", run.both());
        let left = run_list(&server, &home);
        let kept: &[&str] = if arguments[0] == "move" { &[] } else { &["letter 1", "letter 3", "letter 4"] };
        for letter in kept {
            assert!(left.contains(letter), "{context}: {letter} is gone\n{left}");
        }
        assert!(!left.contains("letter 2"), "{context}: risen again\n{left}");
    });
}

fn run_list(server: &ImapServer, home: &Home) -> String {
    run(server, home, &["list"]).exits(0).stdout()
}

/// A21: what the one account of a command trusts is nothing to the other, at the same host and port: the second connection is
/// checked by its own options, and gets no password.
#[test]
fn the_other_account_of_a_command_trusts_by_itself() {
    let (server, home) = (server(EVERYTHING), Home::new());
    let other = server.add("other");
    let password = home.password_file().display().to_string();
    let url = server.url("other");
    let words =
        ["copy", "1", "--to", "Archive", "--to-account", &url, "--to-password-file", &password, "--deadline", "20"];
    let run = run(&server, &home, &words);
    assert!(matches!(run.code(), 69 | 77) && run.stderr().contains("certificate"), "{}", run.both());
    assert!(other.store().folders["Archive"].letters.is_empty());
    let logins = server.manners().heard().iter().filter(|line| line.starts_with("AUTHENTICATE")).count();
    assert_eq!(logins, 1, "{:#?}", server.manners().heard());
}

/// E3: a cursor that cannot be read stops the watch; it is neither empty nor guessed.
#[test]
fn a_cursor_that_is_damaged_stops_the_watch() {
    let (server, home) = (server(&["IDLE", "UIDPLUS"]), Home::new());
    let state = home.join("state");
    let words = ["watch", "--state-dir", state.to_str().unwrap()];
    let running = home.imapctl(&server.url(USER), &words).timeout(Duration::from_secs(40)).start();
    let is_cursor = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let end = Instant::now() + Duration::from_secs(30);
    let cursor = loop {
        if let Some(path) = all_files(&state).into_iter().find(is_cursor) {
            break path;
        }
        assert!(Instant::now() < end, "no cursor is written");
        thread::sleep(Duration::from_millis(5));
    };
    running.signal(rustix::process::Signal::TERM);
    running.wait().exits(143);
    let whole = std::fs::read(&cursor).unwrap();
    let (half, swapped) =
        (&whole[..whole.len() / 2], String::from_utf8_lossy(&whole).replace("\"next\":5", "\"next\":0"));
    for damaged in [&b""[..], half, &[0; 200], b"[]", b"{\"next\":1}", swapped.as_bytes()] {
        std::fs::write(&cursor, damaged).unwrap();
        let run = run(&server, &home, &words).exits(65);
        assert!(run.stdout.is_empty() && run.stderr().contains("damaged"), "{}", run.both());
        assert_eq!(std::fs::read(&cursor).unwrap(), damaged);
    }
}

/// F7: whatever stands in an argument, the server hears only the commands that were meant.
#[test]
fn arguments_never_become_commands() {
    let hostile = [
        "x\r\na1 DELETE INBOX",
        "x\na1 DELETE INBOX",
        "x\ra1 DELETE INBOX",
        "x\" DELETE",
        "x\\",
        "x\\\"",
        "{3}",
        "{3+}",
        "x{99}",
        "~{3+}",
        "(x)",
        "*",
        "%",
        "NIL",
        "$",
        "\u{1b}[2J",
        "\u{7f}",
        "ü\r\nx",
        "&AGE-",
        "]",
        "\t",
    ];
    let forms: [&[&str]; 6] = [
        &["status", "{}"],
        &["list", "-f", "{}"],
        &["search", "subject:{}"],
        &["search", "--search", "SUBJECT {}"],
        &["flag", "1", "--add", "{}"],
        &["copy", "1", "--to", "{}"],
    ];
    let fill = |form: &&[&str], text: &str| form.iter().map(|word| word.replace("{}", text)).collect();
    let calls: Vec<Vec<String>> =
        forms.iter().flat_map(|form| hostile.iter().map(move |text| fill(form, text))).collect();
    let server = server(EVERYTHING);
    let home = Home::new();
    each(&calls, |call| {
        let arguments: Vec<&str> = call.iter().map(String::as_str).collect();
        check(&run(&server, &home, &arguments), &format!("{call:?}"));
    });
    let meant = [
        "AUTHENTICATE",
        "CAPABILITY",
        "EXAMINE",
        "SELECT",
        "STATUS",
        "UID SEARCH",
        "UID FETCH",
        "FETCH",
        "UID STORE",
        "UID COPY",
        "LIST",
        "LSUB",
        "LOGOUT",
        "ID",
        "ENABLE",
        "NAMESPACE",
        "NOOP",
        "UNSELECT",
        "CLOSE",
    ];
    for line in server.manners().heard() {
        assert!(meant.iter().any(|command| line.starts_with(command)), "{line:?}");
    }
    let left = run_list(&server, &home);
    assert!((1..=4).all(|number| left.contains(&format!("letter {number}"))), "{left}");
}
