//! Mail that is put into a folder of an IMAP server: what it takes, refuses, loses and forgets to answer.

use std::fs;
use std::thread;
use std::time::Duration;

use super::relay::crlf;
use crate::servers::assert_same_mail;
use crate::servers::dovecot::{Dovecot, Store};
use crate::servers::mails::{Random, nasty, ordinary};
use crate::servers::popfetch;
use crate::support::command::{Call, Home, USER};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};
use crate::support::mailbox::{Mailbox, Manners};
use crate::support::pki::pki;

fn fetch(home: &Home, mailbox: &Mailbox, target: &str, arguments: &[&str]) -> Call {
    let mut all = mailbox.arguments("user");
    all.extend(["--to", target].into_iter().chain(arguments.iter().copied()).map(String::from));
    let password = home.password_file().display().to_string();
    all.extend(["--password-file".to_owned(), password.clone(), "--to-password-file".to_owned(), password]);
    all.extend(["--to-ca-file".to_owned(), pki().ca_file().display().to_string()]);
    home.popfetch(all)
}

/// The messages of a folder, in order.
fn kept(server: &ImapServer, folder: &str) -> Vec<Vec<u8>> {
    server.mail().store().folders[folder].letters.iter().map(|letter| letter.octets.to_vec()).collect()
}

fn appends(server: &ImapServer) -> usize {
    server.manners().heard().iter().filter(|line| line.starts_with("APPEND")).count()
}

/// The next APPENDs are answered so.
fn answer(server: &ImapServer, count: usize, text: &str) {
    for _ in 0..count {
        server.manners().plan(Fault { command: "APPEND", act: Act::Answer(text.into()) });
    }
}

#[test]
fn everything_arrives_once_in_one_session_and_is_deleted_then() {
    let mails = ordinary(150, 300);
    for names in [EVERYTHING, &["LITERAL-"], &[]] {
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let server = ImapServer::offering(names);
        server.mail().store().create("Lists/Rüst", None);
        let home = Home::new();
        let target = format!("{}/Lists/R%C3%BCst", server.url(USER));
        fetch(&home, &mailbox, &target, &["--delete"]).run().silently();
        assert!(kept(&server, "Lists/Rüst") == crlf(&mails), "in order, whole, unchanged");
        assert!(server.mail().store().folders["Lists/Rüst"].letters.iter().all(|letter| letter.flags.is_empty()));
        assert_eq!((mailbox.left(), server.sessions()), (0, 1));
        match names.contains(&"MULTIAPPEND") {
            true => assert!(appends(&server) < 75, "{} commands", appends(&server)),
            false => assert_eq!(appends(&server), 150),
        }
        // Without mail the target is left alone.
        fetch(&home, &mailbox, &target, &["--delete"]).run().silently();
        assert_eq!(server.sessions(), 1);
    }
}

#[test]
fn a_folder_of_an_account_by_its_use() {
    let mails = ordinary(5, 301);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let server = ImapServer::offering(&["SPECIAL-USE", "LIST-EXTENDED"]);
    let home = Home::new();
    let password = home.password_file().display().to_string();
    let config = format!(
        "[accounts.out]\nimap = \"{}\"\npassword-file = \"{password}\"\nca-file = \"{}\"\n",
        server.starttls_url(USER),
        pki().ca_file().display()
    );
    home.write_secret("config/mailwire/config.toml", &config);
    let mut arguments = mailbox.arguments("user");
    let more = ["--to", "account:out/@archive", "--add-received", "--password-file", &password, "--transcript", "t"];
    arguments.extend(more.map(String::from));
    home.popfetch([&arguments[..], &["--dry-run".into()]].concat()).run().exits(0);
    assert_eq!(server.sessions(), 0, "a dry run connects to no target");
    home.popfetch(arguments).run().silently();
    let got = kept(&server, "Archive");
    assert_eq!((got.len(), mailbox.left()), (5, 5));
    for (got, mail) in got.iter().zip(crlf(&mails)) {
        assert!(got.starts_with(b"Received: from 127.0.0.1\r\n\tby ") && got.ends_with(&mail));
    }
    let transcript = fs::read_to_string(home.join("t")).unwrap();
    assert!(transcript.contains(" imap: ") && transcript.contains("APPEND Archive"), "{transcript}");

    let none = more_of(&home, &mailbox, "account:out/@important");
    none.run().exits(69).says("@important");
    assert_eq!(mailbox.retrieved(), 5);
}

/// The same, for a target that needs nothing of its own.
fn more_of(home: &Home, mailbox: &Mailbox, target: &str) -> Call {
    let mut arguments = mailbox.arguments("other");
    let password = home.password_file().display().to_string();
    arguments.extend(["--to", target, "--password-file", &password].map(String::from));
    home.popfetch(arguments)
}

#[test]
fn a_message_that_is_refused_stays_and_the_others_go_on() {
    for (names, text, exit) in [
        (&["MULTIAPPEND"][..], "NO [TOOBIG] not this one", 65),
        (&[], "NO not this one", 65),
        (&[], "NO [SERVERBUG] not this one", 75),
    ] {
        let mails = ordinary(40, 302);
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let server = ImapServer::offering(names);
        // A batch as a whole, and then its first alone.
        answer(&server, if names.is_empty() { 1 } else { 2 }, text);
        let home = Home::new();
        let target = server.url(USER);
        let run = || fetch(&home, &mailbox, &target, &["--delete"]).run();
        run().exits(80).says("not this one").says(&format!("(exit {exit})"));
        assert_eq!(mailbox.left(), 1);
        assert!(kept(&server, "INBOX") == crlf(&mails[1..]));
        run().silently();
        assert_eq!(mailbox.left(), 0);
        assert_same_mail(kept(&server, "INBOX"), &crlf(&mails));
    }
}

#[test]
fn what_the_server_cannot_take_is_that_message_s_failure() {
    let mut mails = ordinary(10, 303);
    mails[4] = b"Subject: a\n\na nul \0 in a line\n".to_vec();
    mails[6].extend(b"too much\n".repeat(3_000));
    for (names, left, says) in
        [(&["APPENDLIMIT=20000"][..], 2, "NUL"), (&["APPENDLIMIT=20000", "BINARY", "MULTIAPPEND"], 1, "20000")]
    {
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let server = ImapServer::offering(names);
        let home = Home::new();
        fetch(&home, &mailbox, &server.url(USER), &["--delete"]).run().exits(80).says(says).says("20000");
        assert_eq!((kept(&server, "INBOX").len(), mailbox.left()), (10 - left, left));
        let whole = kept(&server, "INBOX").contains(&crlf(&mails[4..5])[0]);
        assert_eq!(whole, names.contains(&"BINARY"));
    }
}

#[test]
fn a_folder_that_takes_nothing_ends_the_run_and_no_message_is_to_blame() {
    for (text, exit, says) in [
        ("NO [TRYCREATE] no such folder", 66, "imapctl folder create"),
        ("NO Mailbox does not exist", 66, "imapctl folder create"),
        ("NO [OVERQUOTA] full", 69, "full"),
        ("NO [UNAVAILABLE] later", 75, "later"),
        ("NO [NOPERM] not you", 69, "not you"),
        ("BAD Request is throttled. Suggested Backoff Time: 1 milliseconds", 75, "throttled"),
    ] {
        for names in [&["MULTIAPPEND"][..], &[]] {
            let mailbox = Mailbox::serve(&ordinary(60, 304), Manners::default());
            let server = ImapServer::offering(names);
            // Of a batch that is over the quota a message may yet be under it.
            let count = if text.contains("OVERQUOTA") && !names.is_empty() { 2 } else { 1 };
            answer(&server, count, text);
            let home = Home::new();
            let target = server.url(USER);
            let run = fetch(&home, &mailbox, &target, &["--delete"]).run().exits(exit).says(says);
            assert_eq!(run.stderr().matches("popfetch: ").count(), 1, "told once\n{}", run.both());
            assert_eq!((mailbox.left(), kept(&server, "INBOX").len(), appends(&server)), (60, 0, count), "{text}");
            // None of them rests.
            fetch(&home, &mailbox, &target, &["--delete"]).run().silently();
            assert_eq!((mailbox.left(), kept(&server, "INBOX").len()), (0, 60));
        }
    }
}

#[test]
fn refusals_without_a_reason_are_not_all_the_messages_fault() {
    let mailbox = Mailbox::serve(&ordinary(60, 305), Manners::default());
    let server = ImapServer::offering(&[]);
    answer(&server, 30, "NO");
    let home = Home::new();
    fetch(&home, &mailbox, &server.url(USER), &["--delete"]).run().exits(65);
    assert_eq!((mailbox.left(), appends(&server)), (60, 10));
}

#[test]
fn nothing_is_fetched_for_a_folder_that_is_not_there() {
    let mailbox = Mailbox::serve(&ordinary(3, 306), Manners::default());
    let server = ImapServer::offering(&[]);
    let home = Home::new();
    let nowhere = format!("{}/Nowhere", server.url(USER));
    fetch(&home, &mailbox, &nowhere, &["--delete"]).run().exits(66).says("imapctl folder create").says(&nowhere);
    let wrong = home.write_secret("wrong", "wrong").display().to_string();
    let mut all = mailbox.arguments("user");
    all.extend(["--to", &server.url(USER), "--to-password-file", &wrong].map(String::from));
    all.extend(["--password-file".to_owned(), home.password_file().display().to_string()]);
    all.extend(["--to-ca-file".to_owned(), pki().ca_file().display().to_string()]);
    home.popfetch(&all).run().exits(77).says("--to-user");
    fetch(&home, &mailbox, "imaps://user@127.0.0.1:1/Old", &[]).run().exits(75).says("127.0.0.1:1");
    fetch(&home, &mailbox, &server.url(USER), &["--rcpt", "a@b"]).run().exits(64).says("--rcpt");
    fetch(&home, &mailbox, "imaps://ann@h/@snet", &[]).run().exits(64).says("@sent");
    assert_eq!((mailbox.retrieved(), mailbox.left()), (0, 3));
}

#[test]
fn an_outcome_in_doubt_is_told_and_the_message_sent_again() {
    for names in [&["MULTIAPPEND", "LITERAL+"][..], &[]] {
        for (act, arrived) in [
            (Act::Close, false),
            (Act::Cut(0), true),
            (Act::Cut(3), true),
            (Act::Instead(b"* BYE shutting down\r\n".to_vec()), false),
            (Act::Reset, false),
        ] {
            let mails = ordinary(20, 307);
            let mailbox = Mailbox::serve(&mails, Manners::default());
            let server = ImapServer::offering(names);
            let told = format!("{names:?} {act:?}");
            server.manners().plan(Fault { command: "APPEND", act });
            let home = Home::new();
            let target = server.url(USER);
            let run = || fetch(&home, &mailbox, &target, &["--delete"]).run();
            let first = run();
            assert!(matches!(first.code(), 80 | 81), "{told}\n{}", first.both());
            let doubtful = first.stderr().matches("may have been delivered").count();
            assert!(mailbox.left() == doubtful && doubtful >= 1, "{told}\n{}", first.both());
            run().exits(0);
            assert_eq!(mailbox.left(), 0);
            let mut taken = kept(&server, "INBOX");
            taken.sort();
            let all = taken.len();
            taken.dedup();
            assert_same_mail(taken, &crlf(&mails));
            assert_eq!(all - mails.len(), if arrived { doubtful } else { 0 }, "{told}");
        }
    }
}

#[test]
fn a_server_that_hangs_up_in_between_is_connected_to_again() {
    let mailbox = Mailbox::serve(&ordinary(60, 308), Manners::default());
    let server = ImapServer::offering(&[]);
    // The question whether it is still there, ahead of the second batch.
    server.manners().plan(Fault { command: "NOOP", act: Act::Close });
    let home = Home::new();
    fetch(&home, &mailbox, &server.url(USER), &["--delete"]).run().silently();
    assert_eq!((kept(&server, "INBOX").len(), mailbox.left(), server.sessions()), (60, 0, 2));
}

#[test]
fn from_one_dovecot_into_a_folder_of_another() {
    let (Some(source), Some(target)) = (Dovecot::start(Store::Maildir), Dovecot::start(Store::Maildir)) else { return };
    if target.imaps == 0 {
        return;
    }
    let mails = [nasty(), ordinary(120, 309)].concat();
    source.fill(USER, &mails);
    let home = Home::new();
    let (password, ca) = (home.password_file().display().to_string(), pki().ca_file().display().to_string());
    let to = format!("{}/@archive", target.imaps_url("reader"));
    let url = source.url(USER);
    let own = ["--to-password-file", &password, "--to-ca-file", &ca];
    let fetch = || popfetch(&home, &[&["fetch", &url, "--delete", "--to", &to][..], &own].concat());
    let mut random = Random::new(310);
    let mut named = 0;
    for _ in 0..3 {
        let run = fetch().start();
        thread::sleep(Duration::from_millis(20 + random.below(150)));
        let run = run.kill();
        named += run.stderr().matches("may be there twice").count();
    }
    let run = fetch().run();
    assert_eq!(run.code(), 0, "{}\n{}", run.both(), target.log());
    named += run.stderr().matches("may be there twice").count();
    assert_eq!(source.count(USER), 0);
    let got = target.messages("reader", "Archive");
    // Dovecot keeps a message with NUL in a form of its own.
    let stored =
        |mail: &Vec<u8>| mail.iter().map(|&octet| if octet == b'\r' { b' ' } else { octet }).collect::<Vec<_>>();
    for mail in mails.iter().filter(|mail| !mail.contains(&0)) {
        let wanted = stored(mail);
        assert!(got.contains(&wanted), "lost {}\n{}", mail[..mail.len().min(200)].escape_ascii(), target.log());
    }
    assert!(got.len() >= mails.len() && got.len() - mails.len() <= named, "{} for {}", got.len(), mails.len());
    fetch().run().silently();

    // Somebody with little room.
    let more = ordinary(60, 311);
    source.fill(USER, &more);
    let full = target.imaps_url(Dovecot::FULL);
    let run = popfetch(&home, &[&["fetch", &url, "--delete", "--to", &full][..], &own].concat()).run();
    let there = target.messages(Dovecot::FULL, "INBOX").len();
    assert!(source.count(USER) >= more.len() - there, "{}", run.both());
    if there < more.len() {
        assert!(run.stderr().to_lowercase().contains("quota"), "{}", run.both());
    }
}
