//! The commands beside `fetch`, in both kinds of output.

use std::fs;

use serde_json::Value;

use super::dovecot::{Dovecot, Store};
use super::{assert_same_mail, fetch, mails, popfetch};
use crate::support::command::{Finished, Home};

/// Every line of stdout is one JSON object, and the last is the summary.
#[track_caller]
fn records(run: &Finished) -> Vec<Value> {
    let records: Vec<Value> = run
        .stdout()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}\n{}", run.both())))
        .collect();
    assert!(records.iter().all(|record| record["type"].is_string()), "{}", run.both());
    let last = records.last().unwrap_or_else(|| panic!("no record\n{}", run.both()));
    assert_eq!(last["type"], "summary", "{}", run.both());
    assert_eq!(last["exit"], run.code(), "{}", run.both());
    assert!(last["worst"].is_number());
    records
}

#[test]
fn list_shows_what_is_there() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(3, 30);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");

    let run = popfetch(&home, &["list", &url, "--headers"]).run().exits(0);
    for text in ["number 1", "number 2", "number 3"] {
        assert!(run.stdout().contains(text), "{}", run.both());
    }
    assert!(run.stdout().lines().all(|line| line.chars().count() <= 80), "wider than 80 columns\n{}", run.both());
    assert!(!run.stdout().contains('\x1b'), "colour, and no terminal");

    let run = popfetch(&home, &["list", &url, "--json"]).run().exits(0);
    let listed = records(&run);
    assert_eq!(listed.len(), 4, "{}", run.both());

    // Seen by a fetch, and still the same three.
    fetch(&home, &url, &[]).exits(0);
    let run = popfetch(&home, &["list", &url]).run().exits(0);
    assert!(run.stdout().contains("delivered"), "{}", run.both());
    assert_same_mail(home.mails(), &mails);

    // A mailbox without mail.
    let run = popfetch(&home, &["list", &dovecot.url("empty")]).run().exits(0);
    assert!(run.stderr().is_empty(), "{}", run.both());
}

#[test]
fn show_gives_the_octets() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::nasty();
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    for number in [1, 6, 13] {
        let run = popfetch(&home, &["show", &url, "--number", &number.to_string()]).run().exits(0);
        let got: Vec<u8> = String::from_utf8_lossy(&run.stdout).replace("\r\n", "\n").into_bytes();
        let wanted = String::from_utf8_lossy(&mails[number - 1]).replace("\r\n", "\n").into_bytes();
        assert!(got == wanted, "mail {number}: {}", run.both());
    }
    let run = popfetch(&home, &["show", &url, "--number", "1", "--headers"]).run().exits(0);
    assert!(run.stdout().contains("Subject: nasty 0") && !run.stdout().contains("..\n"), "{}", run.both());
    popfetch(&home, &["show", &url, "--number", "1", "--json"]).run().exits(64);
    let run = popfetch(&home, &["show", &url, "--number", "99"]).run();
    assert!(run.code() != 0 && run.stdout.is_empty(), "{}", run.both());
}

#[test]
fn delete_by_unique_id() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(3, 31));
    let home = Home::new();
    let url = dovecot.url("user");
    let run = popfetch(&home, &["list", &url, "--json"]).run().exits(0);
    let listed = records(&run);
    let uid =
        listed[1]["uidl"].as_str().or(listed[1]["uid"].as_str()).unwrap_or_else(|| panic!("{}", run.both())).to_owned();
    popfetch(&home, &["delete", &url, &uid]).run().exits(0);
    assert_eq!(dovecot.count("user"), 2);
    // It is gone: to delete it again fails, and touches nothing.
    let run = popfetch(&home, &["delete", &url, &uid]).run();
    assert_ne!(run.code(), 0, "{}", run.both());
    assert_eq!(dovecot.count("user"), 2);
}

#[test]
fn probe_tells_about_server_and_certificate() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    for url in [dovecot.url("user"), dovecot.stls_url("user")] {
        let run = popfetch(&home, &["probe", &url]).run().exits(0);
        for text in ["TLS", "SCRAM-SHA-256", "PIPELINING"] {
            assert!(run.stdout().contains(text), "{text}: {}", run.both());
        }
        let run = popfetch(&home, &["probe", &url, "--json"]).run().exits(0);
        records(&run);
    }
    // The test's certificates outlive this project.
    popfetch(&home, &["probe", &dovecot.url("user"), "--warn-days", "30"]).run().exits(0);
}

#[test]
fn raw_passes_commands_through() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(3, 32));
    let home = Home::new();
    let url = dovecot.url("user");
    let run = popfetch(&home, &["raw", &url, "STAT"]).run().exits(0);
    assert!(run.stdout().contains("+OK 3 "), "{}", run.both());
    let run = popfetch(&home, &["raw", &url, "LIST"]).run().exits(0);
    assert!(run.stdout().contains("\n3 "), "{}", run.both());
    let run = popfetch(&home, &["raw", &url]).stdin(b"STAT\nUIDL\nNOOP\n").run().exits(0);
    assert!(run.stdout().matches("+OK").count() >= 3, "{}", run.both());
}

#[test]
fn state_can_be_seen_marked_and_forgotten() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(5, 33);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");

    popfetch(&home, &["state", "mark-seen", &url]).run().exits(0);
    fetch(&home, &url, &[]).silently();
    assert!(home.mails().is_empty());
    let run = popfetch(&home, &["state", "list", &url]).run().exits(0);
    assert_eq!(run.stdout().matches("seen").count(), 5, "{}", run.both());

    // What was only marked is never deleted …
    fetch(&home, &url, &["--delete"]).silently();
    assert_eq!(dovecot.count("user"), 5);
    // … unless one insists.
    fetch(&home, &url, &["--delete", "--delete-seen"]).exits(0);
    assert_eq!(dovecot.count("user"), 0);

    dovecot.fill("again", &mails);
    let url = dovecot.url("again");
    fetch(&home, &url, &[]).exits(0);
    assert_same_mail(home.mails(), &mails);
    popfetch(&home, &["state", "forget", &url]).run().exits(0);
    fetch(&home, &url, &[]).exits(0);
    assert_same_mail(home.mails(), &[mails.clone(), mails].concat());
}

#[test]
fn fetch_speaks_json() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(4, 34);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    let run = fetch(&home, &url, &["--json", "--delete"]).exits(0);
    assert!(records(&run).len() > 4, "{}", run.both());
    assert_eq!(records(&fetch(&home, &url, &["--json"]).exits(0)).last().unwrap()["exit"], 0);

    home.write_secret("password", "wrong");
    let run = fetch(&home, &url, &["--json"]).exits(77);
    let records = records(&run);
    let error = records.iter().find(|record| record["type"] == "error").unwrap_or_else(|| panic!("{}", run.both()));
    assert_eq!(error["exit"], 77);
    assert!(error["message"].is_string() && error["stage"].is_string() && error["kind"].is_string(), "{error}");
    assert!(error["server"]["text"].is_string(), "{error}");
    assert!(run.stderr().contains("authentication failed"), "the human line as well\n{}", run.both());
}

#[test]
fn a_log_has_one_line_per_message() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(4, 35));
    let home = Home::new();
    let log = home.join("log");
    fetch(&home, &dovecot.url("user"), &["--log", log.to_str().unwrap()]).exits(0);
    let log = fs::read_to_string(&log).unwrap();
    assert!(log.lines().count() >= 4, "{log}");
    assert!(log.chars().all(|c| c == '\n' || !c.is_control()), "{log:?}");
}

#[test]
fn no_mail_can_be_a_failure_when_asked_for() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    fetch(&home, &dovecot.url("empty"), &["--fail-if-none"]).exits(1);
    fetch(&home, &dovecot.url("empty"), &[]).silently();
}

#[test]
fn list_makes_its_state_directory_and_is_logged() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(1, 30));
    let home = Home::new();
    let url = dovecot.url("user");
    let log = home.join("log");
    let state = home.join("new/state");
    let list = |state: &std::path::Path| {
        let options = ["list", &url, "--log", log.to_str().unwrap(), "--state-dir", state.to_str().unwrap()];
        popfetch(&home, &options).run()
    };

    list(&state).exits(0);
    assert!(state.is_dir());
    let told = fs::read_to_string(&log).unwrap();
    assert!(told.lines().count() == 1 && told.ends_with(" what=session host=localhost exit=0\n"), "{told}");

    fs::write(home.join("file"), "").unwrap();
    let run = list(&home.join("file/state")).exits(73);
    assert!(run.stderr().contains("making the state directory"), "{}", run.both());
}
