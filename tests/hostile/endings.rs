//! Runs that are ended from outside, and output that nobody takes.

use std::fs::{self, File, OpenOptions};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::command::{Call, Finished, Home, Program};
use crate::support::recorder::{CHUNKING, Recorder, USUAL, Verdict};

const MESSAGE: &[u8] = b"Subject: x\n\ntext\n";

fn send(home: &Home, recorder: &Recorder, arguments: &[&str]) -> Call {
    let url = recorder.arguments();
    let mut all: Vec<&str> = url.iter().map(String::as_str).collect();
    all.extend(["-f", "a@b.example"]);
    all.extend(arguments);
    all.push("c@d.example");
    home.program(Program::Smtpsend, all).stdin(MESSAGE)
}

/// A server that thinks for long about what starts so; and whether it has been asked that.
fn thoughtful(extensions: &[&str], about: &'static str) -> (Recorder, Arc<AtomicBool>) {
    let asked_that = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&asked_that);
    let recorder = Recorder::judging(extensions, move |asked| {
        if asked.line.starts_with(about) && (about.is_empty() == asked.line.is_empty()) {
            noted.store(true, Ordering::Release);
            thread::sleep(Duration::from_secs(4));
        }
        Verdict::Usual
    });
    (recorder, asked_that)
}

/// Runs it, and sends the signal as soon as the server thinks.
fn signalled((recorder, asked): &(Recorder, Arc<AtomicBool>), signal: Signal) -> Finished {
    let home = Home::new();
    let run = send(&home, recorder, &[]).start();
    let end = Instant::now() + Duration::from_secs(20);
    while !asked.load(Ordering::Acquire) {
        assert!(Instant::now() < end, "the server is never asked");
        thread::sleep(Duration::from_millis(5));
    }
    run.signal(signal);
    run.wait()
}

/// J8: before the end of the message a signal ends the run in good order, and nothing was sent; behind it nobody knows.
#[test]
fn a_signal_is_told_from_an_unknown_outcome() {
    thread::scope(|scope| {
        for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
            for about in ["MAIL", "RCPT", "DATA"] {
                scope.spawn(move || {
                    let server = thoughtful(&["SIZE"], about);
                    let run = signalled(&server, signal);
                    assert!(!run.timed_out, "{about} {signal:?}: {:?}", run.elapsed);
                    assert_eq!(run.code(), code, "{about} {signal:?}\n{}", run.both());
                    assert!(server.0.messages().is_empty(), "{about}");
                });
            }
        }
        for (extensions, about) in [(USUAL, "."), (CHUNKING, "BDAT")] {
            let server = thoughtful(extensions, about);
            scope.spawn(move || signalled(&server, Signal::TERM).exits(81).says("may or may not"));
        }
    });
}

/// The deadline of the whole run ends like a signal: 75 before the end of the message, 81 behind it.
#[test]
fn a_deadline_is_told_from_an_unknown_outcome() {
    thread::scope(|scope| {
        for (about, code) in [("", 75), ("EHLO", 75), ("MAIL", 75), ("RCPT", 75), ("DATA", 75), (".", 81)] {
            scope.spawn(move || {
                let (recorder, _) = thoughtful(&["SIZE"], about);
                send(&Home::new(), &recorder, &["--deadline", "1"]).run().exits(code);
            });
        }
    });
}

/// J9: a report that nobody reads is no reason to fail, and the mail is sent all the same; a full disk is one.
#[test]
fn nobody_reads_the_report() {
    let home = Home::new();
    let recorder = Recorder::serve(USUAL);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    send(&home, &recorder, &["--json"]).stdout_to(writer).run().exits(0);
    assert_eq!(recorder.messages().len(), 1);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = send(&home, &recorder, &["--json"]).stdout_to(full).run();
    assert!(matches!(run.code(), 0 | 74), "{}", run.both());
    assert_eq!(recorder.messages().len(), 2);
}

/// J13: a state directory that cannot be made, no HOME, and a log that cannot be written are told before anybody is called, or
/// do not matter.
#[test]
fn where_nothing_can_be_written() {
    let home = Home::new();
    fs::write(home.join("file"), "").unwrap();
    let recorder = Recorder::serve(USUAL);
    for arguments in [&["--log", "absent/log"][..], &["--transcript", "absent/transcript"], &["--log", "/dev/full/x"]] {
        let run = send(&home, &recorder, arguments).run();
        assert!(matches!(run.code(), 73 | 74 | 78), "{arguments:?} {}", run.both());
        assert!(recorder.sessions().is_empty(), "{arguments:?}");
    }
    send(&home, &recorder, &[]).env("HOME", "/nonexistent").env("XDG_STATE_HOME", "/nonexistent/state").run().exits(0);
    send(&home, &recorder, &[]).env("HOME", "").env("XDG_STATE_HOME", "").env("XDG_CONFIG_HOME", "").run().exits(0);
    assert_eq!(recorder.messages().len(), 2);
    // What is kept is kept before it is said that all is well.
    let target = format!("maildir:{}", home.join("file/Maildir").display());
    let run = send(&home, &recorder, &["--save", &target]).run();
    assert!(matches!(run.code(), 73 | 74), "{}", run.both());
    drop(File::open(home.join("file")).unwrap());
}

/// J5: few files, little memory and a small disk quota end in an error that says so, or do not matter; never in a signal.
#[test]
fn limits_of_the_process() {
    let home = Home::new();
    for limit in ["-n 16", "-n 8", "-v 262144", "-s 1024", "-f 0"] {
        let recorder = Recorder::serve(USUAL);
        let run = send(&home, &recorder, &["--save", "mbox:box"]).limited(limit).run();
        let context = format!("{limit}: {}", run.both());
        assert!(run.code() >= 0 && ![70, 101].contains(&run.code()), "{context}");
        let taken = recorder.messages().len();
        assert!(taken <= 1 && (taken == 1 || run.code() != 0), "{context}");
    }
}
