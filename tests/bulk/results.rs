//! `--results`: a second run sends nothing twice.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{folder, mail, numbers, send};
use crate::support::command::{Call, Home, Program};
use crate::support::recorder::{CHUNKING, Recorder, USUAL, Verdict};

fn batch(home: &Home, server: &Recorder, more: &[&str]) -> Call {
    let mut args = vec!["--batch", "outbox", "--results", "sent.ndjson"];
    args.extend(more);
    send(home, server, &args)
}

#[test]
fn only_what_is_new_is_sent() {
    for extensions in [USUAL, CHUNKING] {
        let home = Home::new();
        let server = Recorder::serve(extensions);
        let outbox = folder(&home, 30);
        batch(&home, &server, &[]).run().silently();
        batch(&home, &server, &[]).run().silently();
        assert_eq!(server.messages().len(), 30);
        assert_eq!(server.sessions().len(), 1);
        fs::write(outbox.join("0003.eml"), mail(103)).unwrap();
        fs::write(outbox.join("new.eml"), mail(104)).unwrap();
        batch(&home, &server, &[]).run().silently();
        assert_eq!(numbers(&server.messages())[30..], [103, 104]);
        // Another recipient of the same mail is another matter.
        batch(&home, &server, &["x@example.org"]).run().silently();
        assert_eq!(server.messages().len(), 32 + 31);
    }
}

#[test]
fn each_recipient_has_a_fate() {
    let home = Home::new();
    let first = Recorder::judging(CHUNKING, |asked| match asked.line {
        line if line.starts_with("RCPT TO:<b@") => Verdict::Say("550 5.1.1 no such user".into()),
        line if line.starts_with("RCPT TO:<c@") => Verdict::Say("450 4.2.1 busy".into()),
        _ => Verdict::Usual,
    });
    folder(&home, 0);
    let text = mail(1).replace("bob1@example.org", "a@example.org, b@example.org, c@example.org");
    fs::write(home.join("outbox/1.eml"), text).unwrap();
    batch(&home, &first, &[]).run().exits(80).says("no such user").says("busy");
    let second = Recorder::serve(CHUNKING);
    let run = batch(&home, &second, &[]).run().exits(0);
    assert!(run.stderr().contains("1 recipients were refused in an earlier run"), "{}", run.both());
    let messages = second.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(
        messages[0].recipients.iter().map(|(address, _)| address.as_str()).collect::<Vec<_>>(),
        ["c@example.org"]
    );
}

#[test]
fn what_is_in_doubt_is_told_and_not_sent_again_unless_asked() {
    let home = Home::new();
    let server = Recorder::judging(USUAL, |asked| match asked.taken {
        2 if asked.line == "." && asked.session == 0 => Verdict::Lose,
        _ => Verdict::Usual,
    });
    folder(&home, 6);
    batch(&home, &server, &[]).run().exits(81).says("0002.eml: ");
    let sent = server.messages().len();
    assert_eq!(sent, 6);
    for _ in 0..2 {
        let run = batch(&home, &server, &[]).run().exits(81);
        assert!(
            run.stderr().contains("0002.eml: <bob2@example.org> may or may not have been delivered"),
            "{}",
            run.both()
        );
        assert_eq!(run.stderr().lines().count(), 1, "{}", run.both());
    }
    assert_eq!(server.messages().len(), sent);
    batch(&home, &server, &["--on-unknown", "retry"]).run().silently();
    assert_eq!(numbers(&server.messages())[sent..], [2]);
    batch(&home, &server, &[]).run().silently();
}

#[test]
fn two_runs_do_not_share_a_file_and_a_signal_leaves_it_true() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    folder(&home, 20);
    let first = batch(&home, &server, &["--rate", "120/m"]).start();
    let end = Instant::now() + Duration::from_secs(20);
    while server.taken() < 2 {
        assert!(Instant::now() < end, "nothing was sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    batch(&home, &server, &[]).run().exits(75).says("in use by another process");
    first.signal(Signal::TERM);
    let run = first.wait().exits(143);
    assert!(run.stderr().contains("messages were not tried"), "{}", run.both());
    assert!(server.taken() < 20);
    batch(&home, &server, &[]).run().silently();
    let mut got = numbers(&server.messages());
    got.sort_unstable();
    assert_eq!(got, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_something_else_is_not_written_to() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    folder(&home, 2);
    fs::write(home.join("sent.ndjson"), "my notes\n").unwrap();
    batch(&home, &server, &[]).run().exits(65).says("not a file of results");
    assert_eq!(fs::read_to_string(home.join("sent.ndjson")).unwrap(), "my notes\n");
    assert!(server.sessions().is_empty());
}

#[test]
fn without_a_place_for_the_results_nothing_is_sent() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    folder(&home, 200);
    // What is started must be on disk first: a limit on file sizes ends it, and no message is sent twice for that.
    let limited = batch(&home, &server, &[]).limited("-f 64").run();
    assert!(matches!(limited.code(), 74 | 80 | 81), "{}", limited.both());
    assert!(limited.stderr().contains("cannot write the results"), "{}", limited.both());
    assert!(server.taken() < 200);
    let run = batch(&home, &server, &[]).run();
    let doubtful = run.stderr().lines().filter(|line| line.contains("may or may not")).count();
    let mut got = numbers(&server.messages());
    let sent = got.len();
    got.sort_unstable();
    got.dedup();
    assert_eq!(got.len(), sent, "something was sent twice");
    assert!(got.len() + doubtful >= 200, "{} sent, {doubtful} in doubt\n{}", got.len(), run.both());
}

#[test]
fn what_the_results_keep_account_of_is_not_queued_as_well() {
    let home = Home::new();
    folder(&home, 3);
    home.write_secret(
        "config/mailwire/config.toml",
        "[accounts.ann]\nsmtp = \"smtp://127.0.0.1:1\"\nsecurity = \"plain\"\naddress = \"ann@example.org\"\n\
         [accounts.ann.smtpsend]\nqueue = \"on-failure\"\n[accounts.other]\nsmtp = \"smtp://127.0.0.1:1\"\n",
    );
    for account in [&["-a", "ann"][..], &[]] {
        let args = [&["--batch", "outbox", "--results", "sent.ndjson"], account].concat();
        home.program(Program::Smtpsend, args).run().exits(75);
    }
    home.program(Program::Smtpsend, ["--queue-list"]).run().silently();
}

#[test]
fn a_line_may_be_called_as_one_without_a_name_is() {
    let home = Home::new();
    let server = Recorder::judging(USUAL, |asked| match asked.line.contains("later@") && asked.taken < 2 {
        true => Verdict::Say("450 4.2.1 busy".into()),
        false => Verdict::Usual,
    });
    let line = |id: &str, to: &str| format!("{{{id}\"to\":\"{to}@example.org\",\"subject\":\"1\",\"text\":\"x\"}}\n");
    let lines = line("\"id\":\"line 2\",", "now") + &line("", "later");
    fs::write(home.join("lines.ndjson"), lines).unwrap();
    let run = |code: i32| {
        let args = ["--batch", "lines.ndjson", "--results", "sent.ndjson", "--from", "ann@example.org"];
        send(&home, &server, &args).run().exits(code)
    };
    run(80);
    assert_eq!(server.messages().len(), 1);
    run(75);
    assert_eq!(server.messages().len(), 1, "sent twice");
}
