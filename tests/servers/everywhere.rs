//! Searches in several folders: by MULTISEARCH (RFC 7377), or in one folder after the other.

use serde_json::Value;

use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};

/// INBOX with five messages, Work with two of them and Grüße with one.
fn scripted(names: &[&str]) -> (ImapServer, String, Home) {
    let server = ImapServer::offering(&[names, &["ESEARCH", "LITERAL+"]].concat());
    for (folder, numbers) in [("INBOX", 0..5), ("Work", 2..4), ("Grüße", 3..4)] {
        server.mail().store().create(folder, None);
        for number in numbers {
            server.mail().deliver(folder, &seeded(number), &[], 1_700_000_000 + number.cast_signed());
        }
    }
    let url = server.url(USER);
    (server, url, Home::new())
}

fn heard(server: &ImapServer, verb: &str) -> usize {
    server.manners().heard().iter().filter(|line| line.starts_with(verb)).count()
}

/// Folder and UIDs of each record.
fn found(run: &Finished) -> Vec<(String, Vec<u64>)> {
    let lines = run.stdout();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let numbers = |record: &Value| record["uids"].as_array().unwrap().iter().map(|uid| uid.as_u64().unwrap()).collect();
    records
        .filter(|record| record["type"] == "search")
        .map(|record| {
            assert!(record["uidvalidity"].is_number(), "{record}");
            (record["folder"].as_str().unwrap().to_owned(), numbers(&record))
        })
        .collect()
}

#[test]
fn folders_are_searched_in_one_command_or_one_after_the_other() {
    let several = ["-f", "Work", "-f", "INBOX", "-f", "Grüße"];
    let told = |names: &[&str]| {
        let (server, url, home) = scripted(names);
        let mut told = Vec::new();
        for query in ["subject:\"seeded 3\"", "from:sender-2", "not:has:attachment", "subject:nothing", "subject:grüße"]
        {
            let run = home.imapctl(&url, &[&["search", query], &several[..]].concat()).run().exits(0);
            let json = home.imapctl(&url, &[&["search", query, "--json"], &several[..]].concat()).run().exits(0);
            told.push((run.stdout(), found(&json)));
        }
        let run = home.imapctl(&url, &["search", "subject:seeded", "--in", "*", "--limit", "1"]).run().exits(0);
        told.push((run.stdout(), Vec::new()));
        (told, heard(&server, "ESEARCH"), heard(&server, "EXAMINE"))
    };
    let (with, commands, opened) = told(&["MULTISEARCH"]);
    let (without, none, all_opened) = told(&[]);
    assert_eq!(with, without);
    assert_eq!((commands, none), (9, 0), "all but what has to be looked at");
    assert!(opened < all_opened, "{opened} of {all_opened}");
    let lines: Vec<&str> = with[0].0.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let words: Vec<Vec<&str>> = lines.iter().map(|line| line.splitn(3, ' ').collect()).collect();
    assert_eq!([words[0][0], words[0][2], words[1][0], words[1][2]], ["2", "Work", "4", "INBOX"], "{lines:?}");
    assert!(words[0][1].parse::<u32>().is_ok());
    assert_eq!(with[1].1, [("Work".into(), vec![1]), ("INBOX".into(), vec![3]), ("Grüße".into(), vec![])]);
    assert_eq!(with[5].0.lines().count(), 3, "the last of each: {}", with[5].0);
}

#[test]
fn a_search_that_the_server_cuts_short_is_done_folder_by_folder() {
    for answer in ["OK [LIMIT] some of them", "NO [LIMIT] too many", "BAD what?"] {
        let (server, url, home) = scripted(&["MULTISEARCH"]);
        server.manners().plan(Fault { command: "ESEARCH", act: Act::Answer(answer.into()) });
        let run = home.imapctl(&url, &["search", "subject:seeded", "--in", "*", "--json"]).run().exits(0);
        let count: usize = found(&run).iter().map(|(_, uids)| uids.len()).sum();
        assert_eq!(count, 8, "{answer}\n{}", run.both());
    }
    // And where no more than two messages are looked at in a command.
    let (_server, url, home) = scripted(&["MULTISEARCH", "MESSAGELIMIT=2"]);
    let run = home.imapctl(&url, &["search", "subject:seeded", "--in", "*", "--json"]).run().exits(0);
    assert_eq!(found(&run).iter().map(|(_, uids)| uids.len()).sum::<usize>(), 8, "{}", run.both());
}

#[test]
fn folders_that_are_not_there_are_told() {
    for names in [&["MULTISEARCH"][..], &[]] {
        let (_server, url, home) = scripted(names);
        let run = home.imapctl(&url, &["search", "subject:seeded", "-f", "Work", "-f", "Gone"]).run().exits(80);
        assert_eq!(run.stdout().lines().count(), 2, "{}", run.both());
        assert!(run.stderr().contains("Gone"), "{}", run.both());
        home.imapctl(&url, &["search", "subject:seeded", "-f", "Gone", "-f", "Away"]).run().exits(66);
        home.imapctl(&url, &["search", "subject:seeded", "--in", "Gone*"]).run().exits(66).says("fits");
    }
    let (_server, url, home) = scripted(&[]);
    for wrong in [&["-f", "Work", "--in", "*"][..], &["-f", "Work", "-f", "INBOX", "--uidvalidity", "7"]] {
        home.imapctl(&url, &[&["search", "subject:seeded"], wrong].concat()).run().exits(64);
    }
    // One folder is as it always was.
    assert_eq!(home.imapctl(&url, &["search", "subject:seeded", "-f", "Work"]).run().exits(0).stdout(), "1\n2\n");
}

#[test]
fn dovecot_is_asked_for_many_folders_at_a_time() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    if dovecot.imaps == 0 {
        return;
    }
    dovecot.fill(USER, &(0..5).map(seeded).collect::<Vec<_>>());
    let (url, home) = (dovecot.imaps_url(USER), Home::new());
    for folder in ["Work", "Grüße", "Lists/a b"] {
        home.imapctl(&url, &["folder", "create", folder]).run().exits(0);
        home.imapctl(&url, &["copy", "2:3", "--to", folder]).run().exits(0);
    }
    let file = home.join("transcript");
    let arguments = ["search", "subject:seeded", "--in", "*", "--json", "--transcript", file.to_str().unwrap()];
    let run = home.imapctl(&url, &arguments).run().exits(0);
    let all: Vec<_> = found(&run).into_iter().filter(|(_, uids)| !uids.is_empty()).collect();
    assert_eq!(all.iter().map(|(_, uids)| uids.len()).collect::<Vec<_>>().iter().sum::<usize>(), 11, "{all:?}");
    assert!(all.contains(&("Lists/a b".into(), vec![1, 2])), "{all:?}");
    // The second folder is opened before anything is heard of the first.
    let transcript = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> =
        transcript.lines().filter(|line| line.contains("EXAMINE") || line.contains("ESEARCH (")).collect();
    assert!(lines[0].contains("EXAMINE") && lines[1].contains("EXAMINE"), "{lines:?}");

    // SAVEDATE (RFC 8514): what arrived long ago came into the folder today.
    let count =
        |query: &str| home.imapctl(&url, &["search", query, "-f", "Work"]).run().exits(0).stdout().lines().count();
    let old = ["append", "-", "-f", "Work", "--date", "2020-01-02T03:04:05Z"];
    home.imapctl(&url, &old).stdin(&seeded(9)).run().exits(0);
    let counts = ["saved-since:1d", "saved-before:1d", "since:1d", "before:1d"].map(count);
    assert_eq!(counts, [3, 0, 2, 1]);
}
