//! JSON lines and mboxes, from files and standard input.

use std::fs;

use super::{mail, numbers, send};
use crate::support::command::Home;
use crate::support::recorder::{CHUNKING, Recorder, USUAL};

fn lines(count: usize) -> String {
    let line = |number: usize| {
        serde_json::json!({
            "id": format!("n{number}"), "from": "Ann <ann@example.org>", "to": [format!("bob{number}@example.org")],
            "bcc": "eve@example.org", "subject": number.to_string(), "text": format!("Number {number}.\n"),
        })
    };
    (0..count).map(|number| line(number).to_string() + "\n").collect()
}

#[test]
fn json_lines_name_their_envelopes() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    fs::write(home.join("a.ndjson"), lines(20)).unwrap();
    send(&home, &server, &["--batch", "a.ndjson"]).run().silently();
    let messages = server.messages();
    assert_eq!(numbers(&messages), (0..20).collect::<Vec<_>>());
    let recipients: Vec<&str> = messages[3].recipients.iter().map(|(address, _)| address.as_str()).collect();
    assert_eq!(recipients, ["bob3@example.org", "eve@example.org"]);
    assert!(!String::from_utf8_lossy(&messages[3].text).contains("eve@"));
    assert_eq!(messages[3].sender, "ann@example.org");
}

#[test]
fn a_bad_line_fails_alone_with_its_number() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    let text = lines(4) + "{\"subjet\":\"x\"}\nnot json\n" + &lines(6).lines().skip(4).collect::<Vec<_>>().join("\n");
    let run =
        send(&home, &server, &["--batch", "-", "--batch-format", "ndjson"]).stdin(text.as_bytes()).run().exits(80);
    let run = run.says("line 5: there is no key \"subjet\"; did you mean \"subject\"?").says("line 6: it is not JSON");
    assert_eq!(run.stderr().lines().count(), 2, "{}", run.both());
    assert_eq!(numbers(&server.messages()), (0..6).collect::<Vec<_>>());
}

#[test]
fn an_mbox_is_sent_from_a_pipe_as_it_comes() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    let mbox: String =
        (0..30).map(|number| format!("From a@b Thu Jan  1 00:00:00 2026\n{}>From x\n\n", mail(number))).collect();
    send(&home, &server, &["--batch", "-", "--batch-format", "mbox", "--results", "r"])
        .stdin(mbox.as_bytes())
        .run()
        .silently();
    let messages = server.messages();
    assert_eq!(numbers(&messages), (0..30).collect::<Vec<_>>());
    assert!(messages[29].text.ends_with(b"Number 29.\r\n.\r\nFrom x\r\n"));
    // With one in front, all others stand elsewhere.
    fs::write(home.join("a.mbox"), format!("From a@b Thu Jan  1 00:00:00 2026\n{}\n{mbox}", mail(77))).unwrap();
    send(&home, &server, &["--batch", "a.mbox", "--results", "r"]).run().silently();
    assert_eq!(numbers(&server.messages())[30..], [77]);
}

#[test]
fn a_producer_that_takes_its_time_is_not_waited_for_with_a_message_in_hand() {
    use std::io::Write as _;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut args = server.arguments();
    args.extend(["--batch", "-", "--batch-format", "ndjson"].map(String::from));
    let program = crate::support::command::Program::Smtpsend;
    let mut child = std::process::Command::new(program.path());
    child.args(args).env_clear().env("HOME", home.path()).stdin(Stdio::from(reader));
    let mut child = child.spawn().unwrap();
    for (number, line) in lines(3).lines().enumerate() {
        writeln!(writer, "{line}").unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while server.taken() <= number {
            assert!(Instant::now() < end, "{number} is not sent while the next is awaited");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    drop(writer);
    assert!(child.wait().unwrap().success());
    assert_eq!(server.messages().len(), 3);
}

#[test]
fn a_dry_run_shows_each_and_sends_none() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    fs::write(home.join("a.ndjson"), lines(2)).unwrap();
    let run = send(&home, &server, &["--batch", "a.ndjson", "--dry-run", "--results", "r"]).run().exits(0);
    for text in ["n0", "n1", "<bob1@example.org>", "Number 1."] {
        assert!(run.stdout().contains(text), "{text}: {}", run.both());
    }
    assert!(server.sessions().is_empty() && !home.join("r").exists());
}
