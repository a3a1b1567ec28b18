//! Batches and merges into a real Postfix.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use super::postfix::{Manners, Postfix};
use super::send::{records, smtpsend};
use crate::support::command::Home;

fn outbox(home: &Home, count: usize) {
    fs::create_dir(home.join("outbox")).unwrap();
    for number in 0..count {
        let text = format!(
            "From: sender@example.org\nTo: user@example.org\nSubject: number {number}\n\nNumber {number}.\n.\n..\n"
        );
        fs::write(home.join(format!("outbox/{number:04}")), text).unwrap();
    }
}

/// How often each number was delivered.
fn numbers(postfix: &Postfix, count: usize) -> BTreeMap<usize, usize> {
    let mut numbers = BTreeMap::new();
    for mail in postfix.delivered("user", count) {
        let text = String::from_utf8(mail).unwrap();
        let subject = text.lines().find_map(|line| line.strip_prefix("Subject: number ")).unwrap();
        assert!(text.ends_with(&format!("\n\nNumber {subject}.\n.\n..\n")), "{text}");
        *numbers.entry(subject.parse().unwrap()).or_default() += 1;
    }
    numbers
}

#[test]
fn a_folder_comes_whole_and_once_however_the_server_speaks() {
    for (without, jobs) in [("", "1"), ("", "3"), ("CHUNKING", "1"), ("CHUNKING PIPELINING", "2")] {
        let Some(postfix) = Postfix::start_with(Manners { without, ..Manners::default() }) else { return };
        let (home, url) = (Home::new(), postfix.url("user"));
        outbox(&home, 120);
        let args = ["--batch", "outbox", "--results", "sent", "--jobs", jobs, "--json"];
        let run = smtpsend(&home, &url, &args).run().exits(0);
        let accepted = records(&run, "recipient").iter().filter(|line| line["queue_id"].is_string()).count();
        assert_eq!(accepted, 120, "{}", run.both());
        let run = smtpsend(&home, &url, &args).run().exits(0);
        assert_eq!(records(&run, "recipient").len(), 0, "{}", run.both());
        let numbers = numbers(&postfix, 120);
        assert!(numbers.len() == 120 && numbers.values().all(|count| *count == 1), "{without:?}: {numbers:?}");
    }
}

#[test]
fn a_batch_that_is_killed_goes_on_where_it_was() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    outbox(&home, 400);
    let args = ["--batch", "outbox", "--results", "sent"];
    for pause in [60, 90, 120] {
        let run = smtpsend(&home, &url, &args).start();
        thread::sleep(Duration::from_millis(pause));
        run.kill();
    }
    // What Postfix still reads of the last connection it may take.
    thread::sleep(Duration::from_millis(500));
    let run = smtpsend(&home, &url, &args).run();
    assert!(matches!(run.code(), 0 | 81), "{}", run.both());
    let doubtful = run.stderr().lines().filter(|line| line.contains("may or may not have been delivered")).count();
    let numbers = numbers(&postfix, 400 - doubtful);
    assert!(numbers.values().all(|count| *count == 1), "{numbers:?}");
    assert!(numbers.len() + doubtful >= 400, "{} came, {doubtful} in doubt\n{}", numbers.len(), run.both());
}

#[test]
fn a_merged_message_reads_as_it_was_written() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    fs::write(
        home.join("t.eml"),
        "From: Ann <ann@example.org>\nTo: {{name}} <{{email}}>\nSubject: Für {{name}}\n\nHallo {{name}}!\n",
    )
    .unwrap();
    fs::write(home.join("p.csv"), "name,email\n\"Groß, Zoë\",zoe@example.org\nBob,bob@example.org\n").unwrap();
    smtpsend(&home, &url, &["--merge", "p.csv", "--template", "t.eml"]).run().silently();
    let mail = postfix.delivered("zoe", 1).remove(0);
    let parsed = mailparse::parse_mail(&mail).unwrap();
    let header = |name: &str| mailparse::MailHeaderMap::get_first_value(&parsed.headers[..], name).unwrap();
    assert_eq!(header("Subject"), "Für Groß, Zoë");
    assert!(header("To").contains("Groß, Zoë") && header("To").ends_with("<zoe@example.org>"), "{}", header("To"));
    assert_eq!(parsed.get_body().unwrap().trim_end(), "Hallo Groß, Zoë!");
    assert_eq!(postfix.delivered("bob", 1).len(), 1);
}
