//! Groups F and G of the fault catalogue: for any argument bytes and any message, a server that takes every octet at its word
//! sees exactly the commands that were meant, and one end of data.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::command::{Finished, Home, Program};
use crate::support::recorder::{CHUNKING, Recorder, USUAL};

/// How many cases; each is a process.
const CASES: u32 = 64;

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
}

/// What has been used to smuggle commands and parameters, and anything else.
fn nasty_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"\r\n"[..],
        b"\r",
        b"\n",
        b"\0",
        b"\x1b",
        b" ",
        b">",
        b"<",
        b"\"",
        b"\\",
        b"@",
        b",",
        b"(",
        b"=?utf-8?q?x?=",
        b"RCPT TO:<evil@example.net>",
        b" SIZE=9",
        b"a",
        b"b.example",
        b"\xc3\xbc",
        b"\xff",
        b"\xc2\x85",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn send(recorder: &Recorder, more: Vec<OsString>, message: &[u8]) -> Finished {
    let home = Home::new();
    let mut arguments: Vec<OsString> = recorder.arguments().into_iter().map(Into::into).collect();
    arguments.extend(more);
    home.program(Program::Smtpsend, arguments).stdin(message).run()
}

/// Whatever an argument holds, the envelope is what it says or there is no connection at all.
#[test]
fn no_argument_becomes_a_command() {
    let options =
        ["-f", "RECIPIENT", "--ehlo", "--envid", "--mail-auth", "-H", "-s", "--to", "--reply-to", "--in-reply-to"];
    let strategy = (prop::sample::select(options.to_vec()), nasty_text());
    runner()
        .run(&strategy, |(option, text)| {
            // No argument of a process holds a NUL.
            prop_assume!(!text.contains(&0));
            let recorder = Recorder::serve(USUAL);
            let value = OsString::from_vec(text.clone());
            let arguments = match option {
                "RECIPIENT" => vec!["-f".into(), "a@b.example".into(), "--".into(), value],
                "-f" => vec!["-f".into(), value, "--".into(), "c@d.example".into()],
                _ => vec![option.into(), value, "-f".into(), "a@b.example".into(), "--".into(), "c@d.example".into()],
            };
            let run = send(&recorder, arguments, b"Subject: x\n\ntext\n");
            prop_assert!(!run.timed_out && run.code() >= 0 && run.code() != 70 && run.code() != 101, "{}", run.both());
            for message in recorder.messages() {
                let all = message.recipients.iter().map(|(path, _)| path.as_str()).chain([message.sender.as_str()]);
                for address in all {
                    prop_assert!(!address.contains("evil@example.net") || address.contains('"'), "{address}");
                }
                let header = message.text.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(message.text.len());
                let header = String::from_utf8_lossy(&message.text[..header]).into_owned();
                prop_assert!(!header.contains("\r\nRCPT TO"), "{header}");
            }
            if text.iter().any(|octet| octet.is_ascii_control())
                && ["-f", "RECIPIENT", "--ehlo", "-H"].contains(&option)
            {
                prop_assert!(matches!(run.code(), 64 | 65), "{option} {text:?}: exit {}\n{}", run.code(), run.both());
                prop_assert!(recorder.sessions().is_empty(), "a connection for {text:?}");
            }
            Ok(())
        })
        .unwrap();
}

/// Whatever the message holds, there is one end of data and every line ends in CRLF; or it is refused and nothing is sent.
#[test]
fn no_message_becomes_a_command() {
    let piece = prop::sample::select(vec![
        &b"\r\n"[..],
        b"\n",
        b"\r",
        b".",
        b"..",
        b"\n.\n",
        b"\r.\r",
        b"\r\n.\r\n",
        b"\r.\r\n",
        b"\0.\r\n",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"MAIL FROM:<evil@example.net>",
        b"words of text ",
        b"\xff",
    ]);
    let body = prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat());
    let header = prop::sample::select(vec![
        &b""[..],
        b"Subject: x\n\n",
        b"Subject: x\nX: ",
        b"From x y\nSubject: x\r\n\r\n",
        b"\n",
    ]);
    let extensions = prop::sample::select(vec![USUAL, CHUNKING, &["8BITMIME"][..], &[][..]]);
    let padding = prop::sample::select(vec![0, 997, 998, 4090, 16_380, 65_530]);
    runner()
        .run(&(header, padding, body, extensions), |(header, padding, body, extensions)| {
            let recorder = Recorder::serve(extensions);
            // Line ends meet the edges of buffers.
            let text = [header, &b"y".repeat(padding), &body].concat();
            let run = send(&recorder, vec!["-f".into(), "a@b.example".into(), "c@d.example".into()], &text);
            prop_assert!(matches!(run.code(), 0 | 65), "exit {} for {:?}\n{}", run.code(), body, run.both());
            let messages = recorder.messages();
            prop_assert_eq!(messages.len(), usize::from(run.code() == 0));
            prop_assert!(!recorder.sessions().iter().any(|s| s.lines.iter().any(|line| line.contains("evil"))));
            Ok(())
        })
        .unwrap();
}

/// Bcc in any spelling reaches nobody, and each address is asked for once.
#[test]
fn no_bcc_is_sent() {
    let name = prop::sample::select(vec!["Bcc", "BCC", "bcc ", "bCC\t", "Resent-Bcc", "resent-bcc "]);
    let value =
        prop::sample::select(vec![" hidden@d.example", "\n hidden@d.example", "", " c@d.example,\n\thidden@d.example"]);
    let fields = prop::collection::vec((name, value), 1..4);
    runner()
        .run(&fields, |fields| {
            let recorder = Recorder::serve(USUAL);
            let bcc: String = fields.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let text = format!("From: a@b.example\nTo: c@d.example\n{bcc}Subject: x\n\ntext\n");
            let run = send(&recorder, vec!["-t".into(), "-f".into(), "a@b.example".into()], text.as_bytes());
            for message in recorder.messages() {
                let said = String::from_utf8_lossy(&message.text).to_lowercase();
                prop_assert!(!said.contains("hidden") && !said.contains("bcc"), "{said}");
                let mut paths: Vec<_> = message.recipients.iter().map(|(path, _)| path.clone()).collect();
                let count = paths.len();
                paths.sort();
                paths.dedup();
                prop_assert_eq!(paths.len(), count, "an address twice");
            }
            prop_assert!(matches!(run.code(), 0 | 64 | 65), "{}", run.both());
            Ok(())
        })
        .unwrap();
}
