//! Servers that look at so many messages in a command and no more (MESSAGELIMIT, RFC 9738): no answer is short for that.

use serde_json::Value;

use super::dovecot::folders::seeded;
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::ImapServer;

/// How many messages there are.
const COUNT: u64 = 60;

/// A server with these extensions that looks at seven messages at a time, and what it is called.
fn limited(names: &[&str]) -> (ImapServer, String, Home) {
    let server = ImapServer::offering(&[names, &["MESSAGELIMIT=7", "UIDPLUS", "LITERAL+"]].concat());
    for number in 0..COUNT {
        server.mail().deliver("INBOX", &seeded(number), &["\\Seen"], 1_700_000_000 + number.cast_signed());
    }
    let url = server.url(USER);
    (server, url, Home::new())
}

fn uids(run: &Finished) -> Vec<u64> {
    let lines = run.stdout();
    let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["type"] == "message").map(|record| record["uid"].as_u64().unwrap()).collect()
}

fn heard(server: &ImapServer, verb: &str) -> usize {
    server.manners().heard().iter().filter(|line| line.starts_with(verb)).count()
}

#[test]
fn searches_go_on_where_the_server_stops() {
    let all: Vec<u64> = (1..=COUNT).collect();
    let newest: Vec<u64> = all.iter().rev().copied().collect();
    for names in [&[][..], &["ESEARCH"], &["ESEARCH", "PARTIAL", "UIDBATCHES"]] {
        let (server, url, home) = limited(names);
        let run = home.imapctl(&url, &["search", "subject:seeded"]).run().exits(0);
        let found: Vec<u64> = run.stdout().split_whitespace().map(|uid| uid.parse().unwrap()).collect();
        assert_eq!(found, all, "{names:?}\n{}", run.both());
        let searches = heard(&server, "UID SEARCH");
        assert!((9..=10).contains(&searches), "{names:?}: {searches}");

        let list = |arguments: &[&str]| {
            let arguments = [&["list", "--json"], arguments].concat();
            uids(&home.imapctl(&url, &arguments).run().exits(0))
        };
        assert_eq!(list(&["--limit", "0"]), newest, "{names:?}: by number");
        assert_eq!(list(&["--limit", "0", "subject:seeded"]), newest, "{names:?}: by a query");
        assert_eq!(list(&["--limit", "5", "subject:seeded"]), newest[..5], "{names:?}: a page");
        assert_eq!(list(&["--limit", "25", "--page", "2", "subject:seeded"]), newest[25..50], "{names:?}: a page");
        // What the server cannot tell is looked at, in as many commands as it takes.
        assert_eq!(list(&["--limit", "0", "not:has:attachment"]), newest, "{names:?}: looked at");
    }
}

#[test]
fn orders_and_conversations_are_found_here() {
    for names in [&[][..], &["SORT", "THREAD=REFERENCES"], &["ESEARCH", "SORT", "ESORT", "THREAD=REFERENCES"]] {
        let (server, url, home) = limited(names);
        let run = home.imapctl(&url, &["list", "--limit", "0", "--sort", "-arrival", "--json"]).run().exits(0);
        assert_eq!(uids(&run), (1..=COUNT).rev().collect::<Vec<_>>(), "{names:?}\n{}", run.both());
        let run = home.imapctl(&url, &["search", "--sort", "arrival", "subject:seeded"]).run().exits(0);
        let sorted: Vec<u64> = run.stdout().split_whitespace().map(|uid| uid.parse().unwrap()).collect();
        assert_eq!(sorted, (1..=COUNT).collect::<Vec<_>>(), "{names:?}\n{}", run.both());
        let run = home.imapctl(&url, &["threads", "--limit", "0", "--json"]).run().exits(0);
        let lines = run.stdout();
        let threads = lines.lines().filter(|line| line.contains("\"type\":\"thread\""));
        let held: usize = threads.map(|line| line.matches("\"uid\":").count()).sum();
        assert_eq!(held as u64, COUNT, "{names:?}\n{}", run.both());
        assert_eq!(heard(&server, "UID SORT") > 0, names.contains(&"SORT"));
    }
}

#[test]
fn changes_by_a_query_reach_every_message() {
    for names in [&["MOVE"][..], &["ESEARCH", "UIDBATCHES"]] {
        let (server, url, home) = limited(names);
        server.mail().store().create("Archive", None);
        home.imapctl(&url, &["flag", "is:seen", "--add", "flagged"]).run().exits(0);
        let flagged = |folder: &str| {
            let store = server.mail().store();
            store.folders[folder].letters.iter().filter(|letter| letter.has("\\Flagged")).count() as u64
        };
        assert_eq!(flagged("INBOX"), COUNT, "{names:?}");
        home.imapctl(&url, &["move", "is:flagged", "--to", "Archive"]).run().exits(0);
        assert_eq!((flagged("INBOX"), flagged("Archive")), (0, COUNT), "{names:?}");
        home.imapctl(&url, &["delete", "-f", "Archive", "is:flagged", "--permanent", "--force"]).run().exits(0);
        assert_eq!(flagged("Archive"), 0, "{names:?}");
    }
}

/// With the batches that the server names, what would be a trip for each is a trip for many.
#[test]
fn batches_are_asked_for_once() {
    let (server, url, home) = limited(&["ESEARCH", "UIDBATCHES"]);
    home.imapctl(&url, &["search", "subject:seeded"]).run().exits(0);
    let heard = server.manners().heard();
    assert_eq!(heard.iter().filter(|line| line.starts_with("UIDBATCHES 7")).count(), 1, "{heard:?}");
    assert!(heard.contains(&"UID SEARCH RETURN (ALL) UID 47:53 SUBJECT \"seeded\"".to_owned()), "{heard:?}");

    // For what is a trip or two it is not worth asking.
    let (server, url, home) = limited(&["ESEARCH", "UIDBATCHES"]);
    home.imapctl(&url, &["delete", "21:60", "--permanent", "--force"]).run().exits(0);
    let before = self::heard(&server, "UIDBATCHES");
    home.imapctl(&url, &["search", "subject:seeded"]).run().exits(0);
    assert_eq!(self::heard(&server, "UIDBATCHES"), before);
}
