//! That imapctl gets along with each of the servers: folders, counts, a page of a listing.

use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::{EVERYTHING, ImapServer};

/// The records of one type.
fn records(run: &Finished, kind: &str) -> Vec<Value> {
    let lines = run.stdout();
    let records =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    records.filter(|record| record["type"] == kind).collect()
}

/// A visit to a server whose INBOX holds the seeded messages 0 to 29 and nothing else.
fn visit(home: &Home, url: &str) {
    let folders = home.imapctl(url, &["folders", "--counts", "--json"]).run().exits(0);
    let inbox = records(&folders, "folder").into_iter().find(|folder| folder["name"] == "INBOX");
    let inbox = inbox.unwrap_or_else(|| panic!("no INBOX\n{}", folders.both()));
    assert_eq!(inbox["messages"], 30, "{inbox}");

    let status = home.imapctl(url, &["status", "INBOX", "--json"]).run().exits(0);
    assert!(status.stdout().contains("30"), "{}", status.both());

    let list = home.imapctl(url, &["list", "--limit", "5", "--json"]).run().exits(0);
    let rows = records(&list, "message");
    assert_eq!(rows.len(), 5, "{}", list.both());
    assert!(list.stdout().contains("seeded 29") && !list.stdout().contains("seeded 20"), "{}", list.both());

    let search = home.imapctl(url, &["search", "subject:\"seeded 7\""]).run().exits(0);
    assert_eq!(search.stdout().trim(), "8", "{}", search.both());
}

#[test]
fn imapctl_visits_dovecot() {
    for store in [Store::Maildir, Store::Sdbox] {
        let Some(dovecot) = Dovecot::start(store) else { return };
        if dovecot.imaps == 0 {
            return;
        }
        dovecot.fill(USER, &(0..30).map(seeded).collect::<Vec<_>>());
        let home = Home::new();
        visit(&home, &dovecot.imaps_url(USER));
        visit(&home, &dovecot.imap_url(USER));
    }
}

#[test]
fn imapctl_visits_cyrus() {
    let Some(cyrus) = Cyrus::start() else { return };
    cyrus.fill(USER, "INBOX", &(0..30).map(seeded).collect::<Vec<_>>(), "");
    let home = Home::new();
    visit(&home, &cyrus.imaps_url(USER));
    visit(&home, &cyrus.imap_url(USER));
}

#[test]
fn imapctl_visits_servers_with_much_and_with_nothing() {
    for names in [EVERYTHING, &[]] {
        let server = ImapServer::offering(names);
        for number in 0..30 {
            server.mail().deliver("INBOX", &seeded(number), &[], 1_700_000_000 + number.cast_signed());
        }
        let home = Home::new();
        visit(&home, &server.url(USER));
        visit(&home, &server.starttls_url(USER));
    }
}
