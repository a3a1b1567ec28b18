//! A search and what is done to what it finds, in one flight where the server keeps the result (SEARCHRES, RFC 5182).

use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};

const KEEPING: &[&str] = &["ESEARCH", "SEARCHRES", "UIDPLUS", "MOVE", "LITERAL+", "SPECIAL-USE"];

fn scripted(names: &[&str]) -> (ImapServer, String, Home) {
    let server = ImapServer::offering(names);
    for number in 0..10 {
        server.mail().deliver("INBOX", &seeded(number), &[], 1_700_000_000 + number.cast_signed());
    }
    server.mail().store().create("Work", None);
    let url = server.url(USER);
    (server, url, Home::new())
}

fn uids(server: &ImapServer, folder: &str) -> Vec<u32> {
    server.mail().store().folders[folder].letters.iter().map(|letter| letter.uid).collect()
}

fn heard(server: &ImapServer, verb: &str) -> Vec<String> {
    server.manners().heard().into_iter().filter(|line| line.starts_with(verb)).collect()
}

/// Runs it, and how often the server was waited for from the search on.
fn trips(home: &Home, url: &str, arguments: &[&str]) -> (Finished, usize) {
    let file = home.join("transcript");
    let transcript = ["--transcript", file.to_str().unwrap()];
    let run = home.imapctl(url, &[arguments, &transcript].concat()).run();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let directions = text.lines().filter_map(|line| {
        let (_, rest) = line.trim_start().split_once(' ')?;
        let (arrow, said) = rest.trim_start().split_at_checked(3)?;
        matches!(arrow, "~> " | "<~ ").then_some((arrow == "~> ", said))
    });
    let directions: Vec<_> = directions.skip_while(|(_, said)| !said.contains("UID SEARCH")).collect();
    let (mut count, mut was_sent) = (0, false);
    for (is_sent, said) in directions {
        count += usize::from(is_sent && !was_sent && !said.contains("LOGOUT"));
        was_sent = is_sent;
    }
    (run, count)
}

#[test]
fn a_query_costs_no_trip_of_its_own_at_dovecot() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.fill(USER, &(0..8).map(seeded).collect::<Vec<_>>());
    dovecot.create_folder(USER, "Work");
    let (url, home) = (dovecot.imaps_url(USER), Home::new());
    let flag = ["flag", "subject:seeded", "not:uid:3", "--add", "flagged,$Work", "--remove", "seen"];
    let (run, count) = trips(&home, &url, &flag);
    assert_eq!((run.exits(0).stdout().lines().count(), count), (7, 1));
    assert_eq!(dovecot.uids(USER, "INBOX", &["FLAGGED"]), [1, 2, 4, 5, 6, 7, 8]);
    // What is so already is told all the same.
    let (again, _) = trips(&home, &url, &flag);
    let (plain, _) = trips(&home, &url, &["flag", "1:2,4:8", "--add", "flagged,$Work", "--remove", "seen"]);
    assert_eq!(again.exits(0).stdout(), plain.exits(0).stdout());

    let (run, count) = trips(&home, &url, &["copy", "from:sender-1", "--to", "Work"]);
    assert_eq!((run.exits(0).stdout().as_str(), count), ("2 -> Work 1\n", 1));
    let (run, count) = trips(&home, &url, &["move", "is:flagged", "--to", "Work"]);
    assert_eq!((run.exits(0).stdout().lines().count(), count), (7, 1));
    assert_eq!(dovecot.uids(USER, "INBOX", &["ALL"]), [3]);
    let (run, count) = trips(&home, &url, &["delete", "subject:seeded"]);
    assert_eq!((run.exits(0).stdout().lines().count(), count), (1, 1));
    // Nothing found is nothing done, wherever to.
    for command in [&["copy", "subject:nothing", "--to", "Nowhere"][..], &["flag", "subject:nothing", "--add", "seen"]]
    {
        trips(&home, &url, command).0.exits(0).silently();
    }
}

#[test]
fn what_is_told_is_the_same_with_and_without() {
    let commands: [&[&str]; 6] = [
        &["flag", "not:uid:2:3", "--add", "flagged"],
        &["copy", "subject:seeded", "--to", "Work"],
        &["copy", "is:flagged", "--to", "New", "--create"],
        &["move", "is:flagged", "--to", "Work"],
        &["delete", "subject:seeded"],
        &["flag", "subject:seeded", "--add", "answered"],
    ];
    let told = |names: &[&str]| {
        let (server, url, home) = scripted(names);
        let told: Vec<String> =
            commands.iter().map(|command| home.imapctl(&url, command).run().exits(0).stdout()).collect();
        (told, uids(&server, "INBOX"), uids(&server, "Work"), heard(&server, "UID SEARCH"))
    };
    let with = told(KEEPING);
    let without = told(&["ESEARCH", "UIDPLUS", "MOVE", "LITERAL+", "SPECIAL-USE"]);
    assert_eq!((&with.0, &with.1, &with.2), (&without.0, &without.1, &without.2));
    assert_eq!(with.3.iter().filter(|line| line.contains("SAVE")).count(), 6, "{:?}", with.3);
    assert!(!without.3.iter().any(|line| line.contains("SAVE")), "{:?}", without.3);
}

/// A search that is not understood leaves an earlier result where it was: nothing is done to that.
#[test]
fn nothing_is_done_to_an_earlier_result() {
    let (server, url, home) = scripted(KEEPING);
    let lines = b"flag uid:1:5 --add flagged\nmove subject:seeded --to Work\n";
    let run = home.imapctl(&url, &["batch", "-"]).stdin(lines).run().exits(0);
    assert_eq!(heard(&server, "UID MOVE"), ["UID MOVE 1:10 Work"], "{}", run.both());

    for answer in ["BAD what?", "NO [BADCHARSET] what?", "NO not now"] {
        let (server, url, home) = scripted(KEEPING);
        server.manners().plan(Fault { command: "UID SEARCH", act: Act::Answer(answer.into()) });
        let run = home.imapctl(&url, &["move", "subject:seeded", "--to", "Work"]).run();
        assert!(run.code() != 0, "{}", run.both());
        assert_eq!((uids(&server, "INBOX").len(), uids(&server, "Work").len()), (10, 0), "{answer}");
    }
}

/// A server that does not know its own `$` is asked in the usual way.
#[test]
fn a_refused_result_is_named_by_uids() {
    for (command, verb) in [
        (&["flag", "subject:seeded", "--add", "flagged"][..], "UID STORE"),
        (&["copy", "subject:seeded", "--to", "Work"], "UID COPY"),
        (&["move", "subject:seeded", "--to", "Work"], "UID MOVE"),
    ] {
        let (server, url, home) = scripted(KEEPING);
        server.manners().plan(Fault { command: verb, act: Act::Answer("BAD no such set".into()) });
        let run = home.imapctl(&url, command).run().exits(0);
        assert_eq!(run.stdout().lines().count(), 10, "{}", run.both());
        assert!(heard(&server, verb).last().unwrap().starts_with(&format!("{verb} 1:10 ")), "{}", run.both());
    }
}

/// What the search finds cannot be read, but something was done to it: nobody may think that nothing was.
#[test]
fn an_unreadable_answer_leaves_the_outcome_unknown() {
    let (server, url, home) = scripted(KEEPING);
    let answer = b"* ESEARCH (TAG \"x\") UID ALL 1:x\r\n$TAG OK done\r\n".to_vec();
    server.manners().plan(Fault { command: "UID SEARCH", act: Act::Instead(answer) });
    home.imapctl(&url, &["copy", "subject:seeded", "--to", "Work"]).run().exits(81).says("is not known");
}

#[test]
fn guards_and_dry_runs_see_what_is_found_first() {
    let (server, url, home) = scripted(KEEPING);
    home.imapctl(&url, &["copy", "subject:seeded", "--to", "Work", "--dry-run"]).run().exits(0);
    home.imapctl(&url, &["flag", "subject:seeded", "--add", "seen", "--dry-run"]).run().exits(0);
    home.imapctl(&url, &["flag", "1:3", "--add", "seen"]).run().exits(0);
    home.imapctl(&url, &["delete", "subject:seeded", "--permanent"]).run().exits(0);
    home.imapctl(&url, &["copy", "not:has:attachment", "--to", "Work"]).run().exits(0);
    assert!(!heard(&server, "UID SEARCH").iter().any(|line| line.contains("SAVE")));
}
