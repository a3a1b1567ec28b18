//! imapctl changes mailboxes: flags, copies, moves, removals, alone and two at a time, and from one account to another.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use super::talk::Talk;
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};

const PLAIN: &[&str] = &["SPECIAL-USE", "UIDPLUS", "LITERAL+"];

fn records(run: &Finished, kind: &str) -> Vec<Value> {
    let lines = run.stdout();
    let all = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    all.filter(|record| record["type"] == kind).collect()
}

fn numbers(records: &[Value], field: &str) -> Vec<u64> {
    records.iter().map(|record| record[field].as_u64().unwrap_or_else(|| panic!("{record}"))).collect()
}

/// A Dovecot whose INBOX holds so many seeded messages.
fn dovecot(count: u64) -> Option<(Dovecot, String, Home)> {
    let dovecot = Dovecot::start(Store::Maildir)?;
    if dovecot.imaps == 0 {
        return None;
    }
    dovecot.fill(USER, &(0..count).map(seeded).collect::<Vec<_>>());
    let url = dovecot.imaps_url(USER);
    Some((dovecot, url, Home::new()))
}

/// A scripted server whose INBOX holds so many messages.
fn scripted(names: &[&str], count: u64) -> (ImapServer, String, Home) {
    let server = ImapServer::offering(names);
    for number in 0..count {
        server.mail().deliver("INBOX", &seeded(number), &["\\Seen"], 1_700_000_000 + number.cast_signed());
    }
    let url = server.url(USER);
    (server, url, Home::new())
}

/// The UIDs in a folder of the scripted server.
fn uids(server: &ImapServer, folder: &str) -> Vec<u32> {
    let store = server.mail().store();
    store.folders.get(folder).map_or_else(Vec::new, |folder| folder.letters.iter().map(|letter| letter.uid).collect())
}

fn heard(server: &ImapServer, verb: &str) -> Vec<String> {
    server.manners().heard().into_iter().filter(|line| line.starts_with(verb)).collect()
}

#[test]
fn flags_are_set_and_cleared() {
    let Some((dovecot, url, home)) = dovecot(5) else { return };
    let run = home.imapctl(&url, &["flag", "1:3", "--add", "seen,Flagged,$Work", "--json"]).run().exits(0);
    let flags = records(&run, "flags");
    assert_eq!(numbers(&flags, "uid"), [1, 2, 3]);
    assert!(flags[0]["flags"].as_array().unwrap().iter().any(|flag| flag == "$Work"), "{}", run.both());
    // Nothing to change is told as well; what was set is cleared.
    let run = home.imapctl(&url, &["flag", "2", "--add", "\\SEEN", "--remove", "flagged"]).run().exits(0);
    assert_eq!(run.stdout().trim(), "2 \\Seen $Work", "{}", run.both());
    assert_eq!(dovecot.uids(USER, "INBOX", &["FLAGGED"]), [1, 3]);

    // By a query, and only said.
    let run = home.imapctl(&url, &["flag", "is:flagged", "--add", "deleted", "--dry-run"]).run().exits(0);
    assert_eq!(run.stdout(), "would: 1 +\\Deleted\nwould: 3 +\\Deleted\n");
    assert!(dovecot.uids(USER, "INBOX", &["DELETED"]).is_empty());

    // What is not there is told; what a range leaves out is not missed.
    home.imapctl(&url, &["flag", "4,77", "--add", "answered"]).run().exits(80).says("77");
    home.imapctl(&url, &["flag", "77", "--add", "answered"]).run().exits(66);
    home.imapctl(&url, &["flag", "5:99", "--add", "answered"]).run().exits(0);
    home.imapctl(&url, &["flag", "subject:nothing", "--add", "answered"]).run().exits(0).silently();
    home.imapctl(&url, &["flag", "1", "--add", "seen", "--uidvalidity", "1"]).run().exits(65).says("UIDVALIDITY");
}

#[test]
fn keywords_that_are_not_kept_are_refused_first() {
    let (server, url, home) = scripted(PLAIN, 2);
    server.manners().plan(Fault {
        command: "SELECT",
        act: Act::Instead(
            b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] x\r\n\
              $TAG OK [READ-WRITE] done\r\n"
                .to_vec(),
        ),
    });
    let run = home.imapctl(&url, &["flag", "1", "--add", "seen,$Work"]).run().exits(69);
    assert!(run.stderr().contains("$Work") && run.stderr().contains("\\Seen \\Deleted"), "{}", run.both());
    assert!(heard(&server, "UID STORE").is_empty());
}

#[test]
fn copies_and_moves_tell_what_became_of_what() {
    let Some((dovecot, url, home)) = dovecot(6) else { return };
    dovecot.create_folder(USER, "Grüße");
    let run = home.imapctl(&url, &["copy", "1:2", "--to", "Grüße", "--json"]).run().exits(0);
    let copied = records(&run, "copied");
    assert_eq!((numbers(&copied, "uid"), numbers(&copied, "to_uid")), (vec![1, 2], vec![1, 2]));
    assert!(copied[0]["to_uidvalidity"].is_number() && copied[0]["to_folder"] == "Grüße", "{}", run.both());
    let run = home.imapctl(&url, &["move", "2,4", "--to", "Grüße"]).run().exits(0);
    assert_eq!(run.stdout(), "2 -> Grüße 3\n4 -> Grüße 4\n", "{}", run.both());
    assert_eq!(dovecot.uids(USER, "INBOX", &["ALL"]), [1, 3, 5, 6]);

    let run = home.imapctl(&url, &["move", "3", "--to", "Grüße", "--dry-run"]).run().exits(0);
    assert_eq!(run.stdout(), "would: 3 -> Grüße\n");
    for words in [&["move", "3", "--to", "Nowhere"][..], &["move", "3", "--to", "Nowhere", "--dry-run"]] {
        home.imapctl(&url, words).run().exits(66).says("--create");
    }
    home.imapctl(&url, &["move", "3", "--to", "INBOX"]).run().exits(65).says("already");
    let run = home.imapctl(&url, &["move", "3,77", "--to", "Nowhere", "--create"]).run().exits(80);
    assert!(run.stdout().starts_with("created Nowhere\n3 -> Nowhere 1\n"), "{}", run.both());
    assert_eq!(dovecot.messages(USER, "Nowhere"), [seeded(2)]);
}

#[test]
fn deleted_mail_goes_to_the_trash_and_from_there_for_good() {
    let Some((dovecot, url, home)) = dovecot(60) else { return };
    let run = home.imapctl(&url, &["delete", "1"]).run().exits(0);
    let trash = dovecot.folders(USER).into_iter().find(|name| name.contains("Trash")).unwrap();
    assert_eq!(run.stdout(), format!("1 -> {trash} 1\n"), "{}", run.both());
    let again = ["delete", "-f", "@trash", "1"];
    home.imapctl(&url, &again).run().exits(65).says("--permanent");
    let run = home.imapctl(&url, &[&again[..], &["--permanent"]].concat()).run().exits(0);
    assert_eq!(run.stdout(), format!("deleted 1 message from {trash}: 1\n"));
    assert!(dovecot.uids(USER, &trash, &["ALL"]).is_empty());

    // What somebody else has marked stays.
    home.imapctl(&url, &["flag", "10,11", "--add", "deleted"]).run().exits(0);
    home.imapctl(&url, &["delete", "2:5", "--permanent"]).run().exits(0);
    assert_eq!(dovecot.uids(USER, "INBOX", &["DELETED"]), [10, 11]);
    home.imapctl(&url, &["expunge", "10"]).run().exits(0);
    assert_eq!(dovecot.uids(USER, "INBOX", &["DELETED"]), [11]);

    // More than half wants a word.
    home.imapctl(&url, &["delete", "1:*", "--permanent"]).run().exits(65).says("--force");
    home.imapctl(&url, &["flag", "1:*", "--add", "deleted", "--quiet"]).run().exits(0);
    home.imapctl(&url, &["expunge"]).run().exits(65).says("--force");
    assert_eq!(dovecot.uids(USER, "INBOX", &["ALL"]).len(), 54);
    let run = home.imapctl(&url, &["expunge", "--dry-run"]).run().exits(0);
    assert!(run.stdout().starts_with("would be expunged: 54 messages from INBOX: 6:9,11:60"), "{}", run.both());
    home.imapctl(&url, &["expunge", "6:9"]).run().exits(0);
    home.imapctl(&url, &["expunge", "--force"]).run().exits(0);
    assert!(dovecot.uids(USER, "INBOX", &["ALL"]).is_empty());
    home.imapctl(&url, &["expunge"]).run().exits(0).silently();
}

#[test]
fn without_move_exactly_what_was_copied_goes() {
    let (server, url, home) = scripted(PLAIN, 4);
    home.imapctl(&url, &["flag", "4", "--add", "deleted"]).run().exits(0);
    let run = home.imapctl(&url, &["move", "1:2", "--to", "Archive"]).run().exits(0);
    assert_eq!(run.stdout(), "1 -> Archive 1\n2 -> Archive 2\n", "{}", run.both());
    assert_eq!((uids(&server, "INBOX"), uids(&server, "Archive")), (vec![3, 4], vec![1, 2]));
    assert_eq!(heard(&server, "UID EXPUNGE"), ["UID EXPUNGE 1:2"]);
    assert!(heard(&server, "EXPUNGE").is_empty());

    // What breaks between copy and removal leaves both.
    for (command, exit) in [("UID STORE", 80), ("UID EXPUNGE", 80)] {
        server.manners().plan(Fault { command, act: Act::Answer("NO [NOPERM] no".into()) });
        let run = home.imapctl(&url, &["move", "3", "--to", "Archive"]).run().exits(exit);
        run.says("still here as well");
    }
    assert_eq!((uids(&server, "INBOX"), uids(&server, "Archive").len()), (vec![3, 4], 4));
    // A connection that ends before the reply leaves a question.
    server.manners().plan(Fault { command: "UID COPY", act: Act::Close });
    home.imapctl(&url, &["copy", "3", "--to", "Archive"]).run().exits(81).says("not known");
}

#[test]
fn without_uidplus_nothing_is_expunged_that_was_not_asked_for() {
    let (server, url, home) = scripted(&["SPECIAL-USE"], 4);
    home.imapctl(&url, &["flag", "4", "--add", "deleted"]).run().exits(0);
    for words in [&["move", "1", "--to", "Archive"][..], &["delete", "2", "--permanent"]] {
        home.imapctl(&url, words).run().exits(80).says("UIDPLUS");
    }
    assert_eq!((uids(&server, "INBOX"), uids(&server, "Archive")), (vec![1, 2, 3, 4], vec![1]));
    assert!(heard(&server, "EXPUNGE").is_empty() && heard(&server, "UID EXPUNGE").is_empty());
    home.imapctl(&url, &["expunge", "1"]).run().exits(69).says("UIDPLUS");
    home.imapctl(&url, &["expunge"]).run().exits(0);
    assert_eq!(uids(&server, "INBOX"), [3]);
}

#[test]
fn commands_are_no_longer_than_the_server_allows() {
    let (server, url, home) = scripted(&["UIDPLUS", "MOVE", "MESSAGELIMIT=3"], 10);
    home.imapctl(&url, &["copy", "1,2,3,4,5,6,7,8", "--to", "Archive"]).run();
    let commands = heard(&server, "UID COPY");
    assert_eq!(commands.len(), 3, "{commands:?}");
    assert_eq!(uids(&server, "Archive").len(), 8);
}

#[test]
fn a_batch_changes_over_one_connection() {
    let (server, url, home) = scripted(PLAIN, 6);
    let lines = b"flag 1 --add flagged\nmove 2 --to Archive\ndelete 3\ndelete 4 --permanent\nexpunge\n";
    let run = home.imapctl(&url, &["batch", "-", "--json"]).stdin(lines).run().exits(0);
    assert_eq!(records(&run, "result").len(), 5, "{}", run.both());
    assert_eq!((uids(&server, "INBOX"), server.sessions()), (vec![1, 5, 6], 1));
}

#[test]
fn cyrus_moves_and_guards_its_rights() {
    let Some(cyrus) = Cyrus::start() else { return };
    cyrus.fill(USER, "INBOX", &(0..5).map(seeded).collect::<Vec<_>>(), "\\Seen");
    let (url, home) = (cyrus.imaps_url(USER), Home::new());
    let run = home.imapctl(&url, &["move", "1:2", "--to", "@archive", "--json"]).run().exits(0);
    assert_eq!(numbers(&records(&run, "moved"), "to_uid"), [1, 2], "{}", run.both());
    home.imapctl(&url, &["delete", "3"]).run().exits(0);
    home.imapctl(&url, &["move", "4", "--to", "Nowhere"]).run().exits(66);
    for (rights, said) in [("lrswip", "cannot be marked as deleted"), ("lrswipt", "your rights are")] {
        cyrus.talk(Cyrus::ADMIN).ask(&format!("SETACL user/user user {rights}"));
        home.imapctl(&url, &["delete", "4", "--permanent"]).run().exits(69).says(said);
    }
    let mut talk = cyrus.talk(USER);
    assert!(talk.ask("SELECT INBOX").contains("* 2 EXISTS"));
    assert!(talk.ask("FETCH 1:* FLAGS").matches("Deleted").count() == 0);
}

/// Two accounts of one Dovecot, and the words that name the second.
fn second(dovecot: &Dovecot, home: &Home) -> Vec<String> {
    let url = dovecot.imaps_url("other");
    let (ca, password) = (crate::support::pki::pki().ca_file(), home.password_file());
    ["--to-account", &url, "--to-ca-file", ca.to_str().unwrap(), "--to-password-file", password.to_str().unwrap()]
        .map(str::to_owned)
        .to_vec()
}

fn with<'a>(words: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    words.iter().copied().chain(more.iter().map(String::as_str)).collect()
}

#[test]
fn messages_cross_to_another_account_as_they_are() {
    let Some((dovecot, url, home)) = dovecot(0) else { return };
    let mut talk = Talk::imaps(dovecot.imaps);
    talk.login(USER);
    let big = format!("Subject: big\r\n\r\n{}\r\n.\r\nFrom here\r\n", "0123456789abcdef\r\n".repeat(40_000));
    let date = "\"17-Jul-1996 02:44:25 -0700\"";
    for text in ["Subject: a\r\n\r\nb\r\n", big.as_str(), "Subject: no end\r\n\r\nof line"] {
        talk.ask(&format!("APPEND INBOX (\\Flagged $Work) {date} {{{}+}}\r\n{text}", text.len()));
    }
    let to = second(&dovecot, &home);
    let run = home.imapctl(&url, &with(&["copy", "1:*", "--to", "INBOX", "--json"], &to)).run().exits(0);
    let copied = records(&run, "copied");
    assert_eq!((numbers(&copied, "uid"), numbers(&copied, "to_uid")), (vec![1, 2, 3], vec![1, 2, 3]), "{}", run.both());
    assert_eq!(copied[0]["to_account"].as_str().unwrap(), "other@localhost", "{}", run.both());
    let mut other = Talk::imaps(dovecot.imaps);
    other.login("other");
    other.ask("EXAMINE INBOX");
    let said = other.ask("FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE)");
    assert_eq!(said.matches("17-Jul-1996").count(), 3, "{said}");
    assert_eq!(said.matches("$Work").count(), 3, "{said}");
    assert!(said.contains(&format!("RFC822.SIZE {}", big.len())), "{said}");
    assert!(!said.contains("\\Seen"), "nothing is marked by being copied\n{said}");
    assert_eq!(dovecot.messages("other", "INBOX"), dovecot.messages(USER, "INBOX"));

    // Moves: gone here, there now; a folder that is not there is said before anything is fetched.
    home.imapctl(&url, &with(&["move", "1:2", "--to", "New"], &to)).run().exits(66).says("--create");
    let run = home.imapctl(&url, &with(&["move", "1:2", "--to", "New", "--create", "--dry-run"], &to)).run().exits(0);
    assert!(run.stdout().starts_with("would be created: New\nwould: 1 -> other@localhost: New\n"), "{}", run.both());
    assert!(!dovecot.folders("other").contains(&"New".to_owned()));
    let run = home.imapctl(&url, &with(&["move", "1:2", "--to", "New", "--create"], &to)).run().exits(0);
    assert_eq!(
        run.stdout(),
        "created New\n1 -> other@localhost: New 1\n2 -> other@localhost: New 2\n",
        "{}",
        run.both()
    );
    assert_eq!(dovecot.uids(USER, "INBOX", &["ALL"]), [3]);
    assert_eq!(dovecot.messages("other", "New").len(), 2);
    assert_eq!(dovecot.uids(USER, "INBOX", &["DELETED"]).len(), 0);
}

#[test]
fn what_the_other_server_does_not_take_stays() {
    let Some((dovecot, url, home)) = dovecot(3) else { return };
    let (server, target, _) = scripted(&["UIDPLUS", "LITERAL+", "APPENDLIMIT=600"], 0);
    let (ca, password) = (crate::support::pki::pki().ca_file(), home.password_file());
    let to = [
        "--to-account",
        &target,
        "--to-ca-file",
        ca.to_str().unwrap(),
        "--to-password-file",
        password.to_str().unwrap(),
    ]
    .map(str::to_owned);
    let big = [b"Subject: big\n\n".to_vec(), vec![b'x'; 700], b"\n".to_vec()].concat();
    dovecot.fill(USER, &[big]);
    let start = |uids: &str| home.imapctl(&url, &with(&["move", uids, "--to", "INBOX"], &to)).run();

    // Too big for it, or refused by it: the others go.
    start("1,4").exits(80).says("600");
    assert_eq!((dovecot.uids(USER, "INBOX", &["ALL"]), uids(&server, "INBOX").len()), (vec![2, 3, 4], 1));
    server.manners().plan(Fault { command: "APPEND", act: Act::Answer("NO not this one".into()) });
    start("2:3").exits(80).says("not this one");
    assert_eq!((dovecot.uids(USER, "INBOX", &["ALL"]), uids(&server, "INBOX").len()), (vec![2, 4], 2));
    // No room for any: nothing more is tried.
    server.manners().plan(Fault { command: "APPEND", act: Act::Answer("NO [OVERQUOTA] full".into()) });
    start("2").exits(69).says("full");
    // Gone before it said so: it may be there.
    server.manners().plan(Fault { command: "APPEND", act: Act::Cut(0) });
    start("2").exits(81).says("still here");
    assert_eq!((dovecot.uids(USER, "INBOX", &["ALL"]), uids(&server, "INBOX").len()), (vec![2, 4], 3));
    start("2").exits(0);
    assert_eq!(dovecot.uids(USER, "INBOX", &["ALL"]), [4]);
}

/// The words that name an account of a server by its URL as the one to copy to.
fn target(url: &str, home: &Home) -> Vec<String> {
    let (ca, password) = (crate::support::pki::pki().ca_file(), home.password_file());
    ["--to-account", url, "--to-ca-file", ca.to_str().unwrap(), "--to-password-file", password.to_str().unwrap()]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn a_message_that_breaks_off_is_nowhere_but_where_it_was() {
    let (from, url, home) = scripted(&["UIDPLUS", "LITERAL+"], 1);
    let (to, other, _) = scripted(&["UIDPLUS", "LITERAL+", "BINARY"], 0);
    let big = [b"Subject: big\r\n\r\n".to_vec(), b"0123456789abcdef\r\n".repeat(60_000)].concat();
    from.mail().deliver("INBOX", &big, &["\\Seen"], 1_700_000_000);
    let words = target(&other, &home);
    let run = || home.imapctl(&url, &with(&["move", "1:2", "--to", "INBOX"], &words)).run();

    // The server that it comes from ends in the middle: what was there before it is moved already.
    let whole = Fault { command: "UID FETCH", act: Act::Pause(Duration::ZERO) };
    for fault in [whole.clone(), whole, Fault { command: "UID FETCH", act: Act::Cut(400_000) }] {
        from.manners().plan(fault);
    }
    run().exits(75);
    assert_eq!((uids(&from, "INBOX"), uids(&to, "INBOX")), (vec![2], vec![1]));
    // The one that it goes to ends before it has all of it.
    to.manners().plan(Fault { command: "APPEND", act: Act::Close });
    let ended = run();
    assert!([75, 81].contains(&ended.code()), "{}", ended.both());
    assert_eq!((uids(&from, "INBOX"), uids(&to, "INBOX")), (vec![2], vec![1]));
    // What was taken but cannot be removed is in both.
    from.manners().plan(Fault { command: "UID STORE", act: Act::Answer("NO [NOPERM] no".into()) });
    run().exits(80).says("still here as well");
    assert_eq!((uids(&from, "INBOX"), uids(&to, "INBOX")), (vec![2], vec![1, 2]));
    run().exits(0);
    assert!(uids(&from, "INBOX").is_empty());
    let store = to.mail().store();
    assert!(store.folders["INBOX"].letters[1..].iter().all(|letter| *letter.octets == *big), "octet for octet");
}

#[test]
fn a_message_with_nul_goes_as_it_is() {
    let (from, url, home) = scripted(&["UIDPLUS", "BINARY"], 0);
    let (to, other, _) = scripted(&["UIDPLUS", "LITERAL+", "BINARY"], 0);
    let octets = b"Subject: odd\r\n\r\na\0b\r\n";
    from.mail().deliver("INBOX", octets, &[], 1_700_000_000);
    let words = target(&other, &home);
    let run = home.imapctl(&url, &with(&["copy", "1", "--to", "INBOX", "-v"], &words)).run().exits(0);
    assert!(run.stderr().lines().any(|line| line.contains(" APPEND ") && line.contains(" ~{21")), "{}", run.both());
    assert_eq!(*to.mail().store().folders["INBOX"].letters[0].octets, octets[..]);
}

#[test]
fn two_at_one_mailbox_lose_nothing() {
    let Some((dovecot, url, home)) = dovecot(120) else { return };
    let before: BTreeSet<Vec<u8>> = dovecot.messages(USER, "INBOX").into_iter().collect();
    let flags = |word: &'static str| {
        let (home, url) = (Home::new(), url.clone());
        move || {
            for round in 0..6 {
                let action = if round % 2 == 0 { "--add" } else { "--remove" };
                let run = home.imapctl(&url, &["flag", "1:*", action, word]).timeout(Duration::from_secs(120)).run();
                // What the other has moved away meanwhile is not there, which is told.
                assert!([0, 66, 80].contains(&run.code()), "{}", run.both());
            }
        }
    };
    let moves = |from: u32| {
        let (home, url) = (Home::new(), url.clone());
        move || {
            for uid in (from..=100).step_by(20) {
                let range = format!("{uid}:{}", uid + 9);
                let words = ["move", range.as_str(), "--to", "Archived", "--create"];
                let run = home.imapctl(&url, &words).timeout(Duration::from_secs(120)).run();
                assert!([0, 80].contains(&run.code()), "{}", run.both());
            }
        }
    };
    home.imapctl(&url, &["flag", "120", "--add", "seen"]).run().exits(0);
    dovecot.create_folder(USER, "Archived");
    let threads = [
        thread::spawn(flags("$One")),
        thread::spawn(flags("flagged")),
        thread::spawn(moves(1)),
        thread::spawn(moves(11)),
    ];
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let after = [dovecot.messages(USER, "INBOX"), dovecot.messages(USER, "Archived")].concat();
    assert_eq!(after.len(), before.len(), "a message is lost or doubled");
    assert_eq!(after.into_iter().collect::<BTreeSet<_>>(), before);
    assert_eq!(dovecot.messages(USER, "Archived").len(), 100);
}

#[test]
fn a_batch_sees_what_has_come_since_its_folder_was_opened() {
    let Some((_dovecot, url, home)) = dovecot(1) else { return };
    let (stdin, mut lines) = std::io::pipe().unwrap();
    let (told, stdout) = std::io::pipe().unwrap();
    let call = home.imapctl(&url, &["batch", "-", "--json"]).stdin_from(stdin).stdout_to(stdout);
    let running = call.start();
    let mut told = BufReader::new(told).lines();
    let mut say = |line: &str| {
        writeln!(lines, "{line}").unwrap();
        let records = told.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        records.take_while(|record| record["type"] != "result").collect::<Vec<_>>()
    };
    let arrive = || home.imapctl(&url, &["copy", "1", "--to", "INBOX"]).run().exits(0);
    assert_eq!(say("list").len(), 1);
    arrive();
    assert_eq!(say("list").len(), 2);
    arrive();
    assert_eq!(say("search --search ALL")[0]["count"], 3);
    arrive();
    assert_eq!(say("flag 4 --add seen")[0]["uid"], 4);
    drop((lines, told));
    running.wait().exits(0);
}
