//! Files and addresses that are not what they seem, and more of them than anybody needs.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use mailparse::parse_mail;

use crate::support::command::{Finished, Home, Program};
use crate::support::recorder::{Recorder, USUAL};

fn send(home: &Home, recorder: &Recorder, arguments: &[&str], message: &[u8]) -> Finished {
    let url = recorder.arguments();
    let mut all: Vec<&str> = url.iter().map(String::as_str).collect();
    all.extend(["-f", "a@b.example"]);
    all.extend(arguments);
    home.program(Program::Smtpsend, all).stdin(message).run()
}

/// F3: a line that a server would cut in two is not sent; nor is anything else, and nobody is called.
#[test]
fn an_address_that_is_too_long_calls_nobody() {
    let long = |length: usize| "x".repeat(length);
    for address in [
        format!("{}@example.net", long(3_000)),
        format!("{}@example.net", long(65)),
        format!("x@{}.net", long(64)),
        format!("x@{}net", "example.".repeat(400)),
        format!("\"{}\"@example.net", long(3_000)),
        format!("{}@{}net", long(64), "example.".repeat(31)),
    ] {
        for option in ["--to", "--bcc", "--envelope-from", "--mail-auth"] {
            let recorder = Recorder::serve(&["DSN", "AUTH PLAIN"]);
            let run = send(&Home::new(), &recorder, &[option, &address, "c@d.example"], b"Subject: x\n\ntext\n");
            assert!(matches!(run.code(), 64 | 65), "{option} {}\n{}", address.len(), run.both());
            assert!(recorder.sessions().is_empty(), "{option} {}", address.len());
        }
    }
    let recorder = Recorder::serve(&["DSN"]);
    send(&Home::new(), &recorder, &["--envid", &long(101), "c@d.example"], b"\n").exits(64);
    assert!(recorder.sessions().is_empty());
}

/// A field of so many pieces.
type Bomb = fn(usize) -> String;

/// D13: addresses that are nested, repeated and open without end are read in linear time, or refused.
#[test]
fn header_bombs_are_read_in_linear_time() {
    let bombs: [(&str, Bomb); 8] = [
        ("comments side by side", |n| "(c)".repeat(n) + "x@y.example"),
        ("comments in comments", |n| "(".repeat(n) + &")".repeat(n) + "x@y.example"),
        ("comments that do not end", |n| "(".repeat(n) + "x@y.example"),
        ("groups", |n| "g: x@y.example;, ".repeat(n)),
        ("semicolons", |n| ";".repeat(n)),
        ("commas", |n| ",".repeat(n) + "x@y.example"),
        ("one long phrase", |n| "word ".repeat(n) + "<x@y.example>"),
        ("a literal", |n| format!("x@[{}]", "1".repeat(n))),
    ];
    for (what, bomb) in bombs {
        let elapsed = |count: usize| {
            let recorder = Recorder::serve(USUAL);
            let message = format!("To: {}\nSubject: x\n\ntext\n", bomb(count));
            let started = Instant::now();
            let run = send(&Home::new(), &recorder, &["-t", "c@d.example"], message.as_bytes());
            assert!(matches!(run.code(), 0 | 65), "{what}: {}", run.both());
            assert!(recorder.messages().len() <= 1);
            assert!(run.peak_rss < 256 << 20, "{what}: {} MiB", run.peak_rss >> 20);
            started.elapsed()
        };
        // Ten times as much, and nowhere near a hundred times as long; time that is short is not measured.
        let (short, long) = (elapsed(50_000), elapsed(500_000));
        let bound = (short * 40).max(Duration::from_secs(10));
        assert!(long < bound, "{what}: {short:?} and then {long:?}");
    }
}

/// G6: the name of an attachment is a name and nothing else, whatever the file is called.
#[test]
fn an_attachment_has_a_name_and_no_place() {
    let home = Home::new();
    let long = format!("{}.txt", "n".repeat(251));
    let names =
        ["a \"quoted\".txt", "back\\slash.txt", "\u{202e}txt.exe", "semi;colon.txt", "per%cent.txt", "ü.txt", &long];
    fs::create_dir_all(home.join("sub/deeper")).unwrap();
    for name in names {
        fs::write(home.join("sub/deeper").join(name), "a part\n").unwrap();
        let recorder = Recorder::serve(USUAL);
        let path = format!("sub/../sub/deeper/{name}");
        let option = if name.contains('"') { path.clone() } else { format!("\"{path}\"") };
        send(&home, &recorder, &["--attach", &option, "c@d.example"], b"text\n").exits(0);
        let message = recorder.messages().remove(0);
        let header = String::from_utf8_lossy(&message.text).into_owned();
        assert!(!header.contains("deeper") && !header.contains(".."), "{header}");
        let mail = parse_mail(&message.text).unwrap();
        let part = mail.parts().find(|part| part.get_content_disposition().params.contains_key("filename")).unwrap();
        let got = part.get_content_disposition().params["filename"].clone();
        // What is no character for a name may be replaced; nothing is added.
        assert!(!got.contains(['/', '\\', '"']) || got == name, "{got}");
        assert!(got.ends_with("txt") || got.ends_with("exe"), "{got}");
    }
    for name in ["../../x", "/etc/passwd", "a/b"] {
        fs::write(home.join("part"), "a part\n").unwrap();
        let recorder = Recorder::serve(USUAL);
        let run = send(&home, &recorder, &["--attach", &format!("part;name={name}"), "c@d.example"], b"text\n");
        if run.code() == 0 {
            let text = String::from_utf8(recorder.messages().remove(0).text).unwrap();
            assert!(!text.contains("..") && !text.contains("etc") && !text.contains("a/b"), "{text}");
        } else {
            run.exits(65);
        }
    }
}

/// G6: only files are attached: a directory, a device or a pipe is refused before anybody is called, and nothing waits for it.
#[test]
fn what_is_no_file_is_not_attached() {
    let home = Home::new();
    fs::create_dir(home.join("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(home.join("pipe")).status().unwrap().success());
    symlink("/dev/zero", home.join("link")).unwrap();
    fs::write(home.join("part"), "a part\n").unwrap();
    for name in ["folder", "pipe", "/dev/zero", "link", "absent"] {
        let inline = format!("--inline={name};cid=x");
        for options in
            [vec![format!("--attach={name}")], vec!["--html=part".into(), inline], vec![format!("--html={name}")]]
        {
            let recorder = Recorder::serve(USUAL);
            let mut arguments: Vec<&str> = options.iter().map(String::as_str).collect();
            arguments.push("c@d.example");
            let run = send(&home, &recorder, &arguments, b"text\n");
            assert!(!run.timed_out && matches!(run.code(), 65 | 66 | 74 | 78), "{options:?}: {}", run.both());
            assert!(recorder.messages().is_empty());
        }
    }
}
