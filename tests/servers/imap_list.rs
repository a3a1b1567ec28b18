//! What `imapctl list` tells beside the header: how messages begin, and when they came.

use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use super::send::records;
use crate::support::command::{Home, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};

/// A text with a quotation, one in HTML alone, one in two forms and Latin-1, and a picture.
fn letters() -> Vec<Vec<u8>> {
    let of = |text: &str| text.as_bytes().to_vec();
    vec![
        of("Subject: plain\nContent-Type: text/plain; charset=utf-8\n\nHello\nthere,  all\n> quoted\nof us\n"),
        of(
            "Subject: html\nContent-Type: text/html; charset=utf-8\n\n<style>p {}</style>\n<p>Gr&uuml;&szlig;e <b>aus</b> K&ouml;ln</p>\n",
        ),
        of("Subject: both\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\
            Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
            Sch=F6ne=\n Gr=FC=DFe\n--b\nContent-Type: text/html\n\n<p>not this</p>\n--b--\n"),
        of("Subject: picture\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"),
    ]
}

const BEGINNINGS: [&str; 3] = ["Hello there, all of us", "Grüße aus Köln", "Schöne Grüße"];

fn deliver(server: &ImapServer, letters: &[Vec<u8>]) {
    for letter in letters {
        server.mail().deliver("INBOX", letter, &[], 1_700_000_000);
    }
}

#[track_caller]
fn messages(home: &Home, url: &str, arguments: &[&str]) -> Vec<Value> {
    let mut rows = records(&home.imapctl(url, &[&["list", "--json"], arguments].concat()).run().exits(0), "message");
    rows.sort_by_key(|row| row["uid"].as_u64());
    rows
}

#[track_caller]
fn assert_begins(rows: &[Value]) {
    assert_eq!(rows.len(), 4, "{rows:#?}");
    let told: Vec<_> = rows.iter().filter_map(|row| row["preview"].as_str()).filter(|text| !text.is_empty()).collect();
    assert_eq!(told, BEGINNINGS);
}

#[test]
fn previews_are_the_same_whoever_makes_them() {
    let home = Home::new();
    // Dovecot makes them, Cyrus has the extension and makes none, the last knows nothing of it.
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let server = ImapServer::offering(&["IMAP4rev1"]);
    dovecot.fill(USER, &letters());
    cyrus.fill(USER, "INBOX", &letters(), "");
    deliver(&server, &letters());
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER), server.url(USER)] {
        assert_begins(&messages(&home, &url, &["--preview"]));
        assert_begins(&messages(&home, &url, &["--preview", "--sort", "subject"]));
        let text = home.imapctl(&url, &["list", "--preview", "--limit", "3", "--page", "1"]).run().exits(0).stdout();
        assert!(text.contains("\n         Grüße aus Köln\n"), "{text}");
        let plain = messages(&home, &url, &[]);
        assert!(plain.iter().all(|row| row["preview"].is_null() && row["save_date"].is_null()), "{plain:#?}");
    }
    let heard = server.manners().heard();
    assert!(heard.contains(&"UID FETCH 2 (BODY.PEEK[1]<0.32768>)".to_owned()), "no more than a beginning: {heard:#?}");
    assert!(messages(&home, &server.url(USER), &["is:seen"]).is_empty(), "looking leaves no trace");
}

#[test]
fn a_server_that_will_not_make_a_preview_ends_nothing() {
    let server = ImapServer::offering(&["PREVIEW"]);
    deliver(&server, &letters());
    let answer = Act::Answer("NO [CANNOT] there is no text in a picture".into());
    server.manners().plan(Fault { command: "UID FETCH", act: answer });
    let rows = messages(&Home::new(), &server.url(USER), &["--preview"]);
    assert!(
        rows[0]["preview"].as_str().unwrap().starts_with("Hello there") && rows[3]["preview"].is_null(),
        "{rows:#?}"
    );
    let heard = server.manners().heard();
    assert!(heard.contains(&"UID FETCH 4 (UID PREVIEW)".to_owned()), "what is lazy is asked again: {heard:#?}");
    assert!(!heard.iter().any(|line| line.contains("BODY.PEEK")), "{heard:#?}");
}

#[test]
fn the_day_a_message_came_is_told_where_it_is_known() {
    let home = Home::new();
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    dovecot.fill(USER, &letters());
    cyrus.fill(USER, "INBOX", &letters(), "");
    let today = jiff::Timestamp::now().as_second();
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        for row in messages(&home, &url, &["--save-date"]) {
            let saved: jiff::Timestamp = row["save_date"].as_str().unwrap().parse().unwrap();
            assert!((saved.as_second() - today).abs() < 3600, "{row}");
        }
    }
    let server = ImapServer::offering(&["IMAP4rev1"]);
    server.mail().deliver("INBOX", &seeded(0), &[], 1_700_000_000);
    let run = home.imapctl(&server.url(USER), &["list", "--save-date"]).run().exits(0);
    assert!(run.stdout().contains("seeded 0") && run.stderr().contains("SAVEDATE"), "{}", run.both());
}

#[test]
fn a_server_without_message_numbers_is_asked_by_uid() {
    let server = ImapServer::offering(&["UIDPLUS", "ESEARCH"]);
    deliver(&server, &(0..30).map(seeded).collect::<Vec<_>>());
    let answer = Act::Answer("BAD [UIDREQUIRED] no message numbers here".into());
    server.manners().plan(Fault { command: "FETCH", act: answer });
    let home = Home::new();
    let rows = messages(&home, &server.url(USER), &["--limit", "5", "--page", "2"]);
    let uids: Vec<_> = rows.iter().filter_map(|row| row["uid"].as_u64()).collect();
    assert_eq!(uids, [21, 22, 23, 24, 25]);
}
