//! A folder of messages, and how sessions come and go while it is sent.

use std::fs;
use std::time::{Duration, Instant};

use super::{folder, numbers, send};
use crate::support::command::Home;
use crate::support::recorder::{CHUNKING, Recorder, USUAL, Verdict};

#[test]
fn all_go_over_one_connection_in_the_order_of_their_names() {
    for extensions in [USUAL, CHUNKING, &["SIZE"]] {
        let home = Home::new();
        let server = Recorder::serve(extensions);
        let outbox = folder(&home, 100);
        send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run().silently();
        let messages = server.messages();
        assert_eq!(numbers(&messages), (0..100).collect::<Vec<_>>());
        assert_eq!(server.sessions().len(), 1);
        assert_eq!(messages[7].recipients[0].0, "bob7@example.org");
        assert!(messages[7].text.ends_with(b"\r\n\r\nNumber 7.\r\n.\r\n"));
    }
}

#[test]
fn recipients_on_the_command_line_get_every_message() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    let outbox = folder(&home, 3);
    send(&home, &server, &["--batch", outbox.to_str().unwrap(), "x@example.org"]).run().silently();
    assert!(
        server
            .messages()
            .iter()
            .all(|message| message.recipients.len() == 1 && message.recipients[0].0 == "x@example.org")
    );
}

#[test]
fn a_bad_message_fails_alone() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    let outbox = folder(&home, 5);
    fs::write(outbox.join("0002.eml"), "Subject: nobody\n\nx\n").unwrap();
    fs::write(outbox.join("0003.eml"), "From: a@example.org\nTo: <a@b@c>\n\nx\n").unwrap();
    let run = send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run().exits(80);
    let run = run.says("0002.eml: ").says("0003.eml: ").says("(exit 65)");
    assert!(run.stdout.is_empty(), "{}", run.both());
    assert_eq!(numbers(&server.messages()), [0, 1, 4]);
}

#[test]
fn one_refused_in_the_middle_does_not_hold_up_the_others() {
    for extensions in [USUAL, CHUNKING] {
        let home = Home::new();
        let server = Recorder::judging(extensions, |asked| match asked.line {
            line if line.starts_with("RCPT TO:<bob5@") => Verdict::Say("550 5.1.1 no such user".into()),
            line if line.starts_with("RCPT TO:<bob10@") => Verdict::Say("451 4.3.0 later".into()),
            _ => Verdict::Usual,
        });
        let outbox = folder(&home, 20);
        let run = send(&home, &server, &["--batch", outbox.to_str().unwrap(), "--json"]).run().exits(80);
        let lines: Vec<serde_json::Value> =
            run.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let messages = lines.iter().filter(|line| line["type"] == "message").count();
        let summary = lines.last().unwrap();
        assert_eq!(
            (messages, &summary["messages"], &summary["accepted"]),
            (20, &20.into(), &18.into()),
            "{}",
            run.both()
        );
        let refused = lines.iter().find(|line| line["type"] == "recipient" && line["code"] == 550).unwrap();
        assert_eq!((&refused["id"], &refused["status"]), (&"0005.eml".into(), &"refused".into()));
        assert_eq!(server.messages().len(), 18);
    }
}

#[test]
fn a_server_that_takes_few_messages_at_a_time_gets_new_connections() {
    for (limit, extensions) in [("MAILMAX", USUAL), ("MAILMAX", CHUNKING), ("hang up", USUAL), ("421", CHUNKING)] {
        let mut offered = extensions.to_vec();
        if limit == "MAILMAX" {
            offered.push("LIMITS MAILMAX=7");
        }
        let home = Home::new();
        let server = Recorder::judging(&offered, move |asked| match asked.line.starts_with("MAIL") {
            true if limit == "hang up" && asked.taken % 8 == 7 && asked.taken / 8 == asked.session => Verdict::Close,
            true if limit == "421" && asked.taken == 9 && asked.session == 0 => {
                Verdict::Say("421 4.3.2 too many messages".into())
            }
            _ => Verdict::Usual,
        });
        let outbox = folder(&home, 40);
        let run = send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run();
        assert!(run.code() == 0 && run.stderr.is_empty(), "{limit}: {}", run.both());
        let mut got = numbers(&server.messages());
        got.sort_unstable();
        assert_eq!(got, (0..40).collect::<Vec<_>>(), "{limit}");
        assert!(server.sessions().len() > 1, "{limit}");
    }
}

#[test]
fn messages_whose_turn_does_not_come_in_a_session_go_in_the_next() {
    for extensions in [USUAL, CHUNKING] {
        let mut offered = extensions.to_vec();
        offered.push("LIMITS MAILMAX=2 RCPTMAX=1");
        let home = Home::new();
        let server = Recorder::serve(&offered);
        let outbox = folder(&home, 6);
        let all = ["--batch", outbox.to_str().unwrap(), "x@example.org", "y@example.org"];
        let run = send(&home, &server, &all).run();
        assert!(run.code() == 0 && run.stderr.is_empty(), "{}", run.both());
        let mut got = numbers(&server.messages());
        got.sort_unstable();
        assert_eq!(got, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }
}

#[test]
fn what_was_on_its_way_to_a_server_that_hangs_up_without_a_word_is_in_doubt_and_never_sent_again() {
    let home = Home::new();
    let server = Recorder::judging(CHUNKING, |asked| match asked.line.starts_with("MAIL") {
        true if asked.taken == 7 && asked.session == 0 => Verdict::Close,
        _ => Verdict::Usual,
    });
    let outbox = folder(&home, 200);
    let run = send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run().exits(81);
    let doubtful: Vec<usize> = run
        .stderr()
        .lines()
        .map(|line| line.split(": ").nth(2).unwrap().strip_suffix(".eml").unwrap().parse().unwrap())
        .collect();
    let mut got = numbers(&server.messages());
    assert!(!doubtful.is_empty() && got.len() > 100, "{} in doubt, {} sent", doubtful.len(), got.len());
    got.extend(doubtful);
    got.sort_unstable();
    assert_eq!(got, (0..200).collect::<Vec<_>>());
}

#[test]
fn a_message_that_the_server_cannot_stand_does_not_stop_the_others() {
    for extensions in [USUAL, &["SIZE"]] {
        let home = Home::new();
        let server = Recorder::judging(extensions, |asked| match asked.line.starts_with("RCPT TO:<bob0@") {
            true => Verdict::Close,
            false => Verdict::Usual,
        });
        let outbox = folder(&home, 30);
        let run = send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run().exits(80).says("0000.eml: ");
        assert_eq!(run.stderr().lines().count(), 1, "{}", run.both());
        assert_eq!(numbers(&server.messages()), (1..30).collect::<Vec<_>>());
    }
}

#[test]
fn a_server_that_takes_few_connections_gets_all_over_those() {
    let home = Home::new();
    let server = Recorder::judging(USUAL, |asked| match asked.session > 1 {
        true => Verdict::Say("421 4.7.0 too many connections".into()),
        false => Verdict::Usual,
    });
    let outbox = folder(&home, 400);
    send(&home, &server, &["--batch", outbox.to_str().unwrap(), "--jobs", "6"]).run().silently();
    let mut got = numbers(&server.messages());
    got.sort_unstable();
    assert_eq!(got, (0..400).collect::<Vec<_>>());
}

#[test]
fn several_connections_share_the_work() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    let outbox = folder(&home, 200);
    send(&home, &server, &["--batch", outbox.to_str().unwrap(), "--jobs", "4"]).run().silently();
    let mut got = numbers(&server.messages());
    got.sort_unstable();
    assert_eq!(got, (0..200).collect::<Vec<_>>());
    let busy = server.sessions().iter().filter(|session| !session.messages.is_empty()).count();
    assert!(busy > 1, "{busy} connections");
}

#[test]
fn a_rate_is_kept_by_all_connections_together() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    let outbox = folder(&home, 11);
    let start = Instant::now();
    send(&home, &server, &["--batch", outbox.to_str().unwrap(), "--rate", "20/s", "--jobs", "3"]).run().silently();
    // Ten intervals of 50 ms; there is no upper bound to be had on a busy machine.
    assert!(start.elapsed() >= Duration::from_millis(500), "{:?}", start.elapsed());
    assert_eq!(server.messages().len(), 11);
}

#[test]
fn a_server_that_is_not_there_is_told_once_and_every_message_counted() {
    let home = Home::new();
    let outbox = folder(&home, 50);
    let args = ["-a", "smtp://127.0.0.1:1", "--security", "plain", "--batch", outbox.to_str().unwrap(), "--json"];
    let run = home.program(crate::support::command::Program::Smtpsend, args).run().exits(75);
    let summary: serde_json::Value = serde_json::from_str(run.stdout().lines().last().unwrap()).unwrap();
    assert_eq!(summary["unsent"], 50, "{}", run.both());
    assert_eq!(run.stderr().lines().count(), 1, "{}", run.both());
}

#[test]
fn an_empty_folder_is_no_failure_and_a_missing_one_is() {
    let home = Home::new();
    let server = Recorder::serve(USUAL);
    let outbox = folder(&home, 0);
    send(&home, &server, &["--batch", outbox.to_str().unwrap()]).run().silently();
    send(&home, &server, &["--batch", "nowhere"]).run().exits(66);
    assert!(server.sessions().is_empty());
}
