//! imapctl puts messages on servers: several commands ahead of the answers, each answer for its own message, whatever breaks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Finished, Home, Running, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};
use crate::support::pki::pki;

fn records(run: &Finished, kind: &str) -> Vec<Value> {
    let lines = run.stdout();
    let all = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    all.filter(|record| record["type"] == kind).collect()
}

fn numbers(records: &[Value], field: &str) -> Vec<u64> {
    records.iter().map(|record| record[field].as_u64().unwrap_or_else(|| panic!("{record}"))).collect()
}

/// A server and its URL.
fn serving(names: &[&str]) -> (ImapServer, String) {
    let server = ImapServer::offering(names);
    let url = server.url(USER);
    (server, url)
}

/// Messages in files of their own, in their order.
fn files(home: &Home, messages: &[Vec<u8>]) -> Vec<String> {
    let named = messages.iter().enumerate().map(|(at, message)| {
        let path = home.path().join(format!("{:04}.eml", at + 1));
        std::fs::write(&path, message).unwrap();
        path.display().to_string()
    });
    named.collect()
}

fn append<'a>(files: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    ["append"].into_iter().chain(more.iter().copied()).chain(files.iter().map(String::as_str)).collect()
}

/// The next commands of this name play these, one after the other.
fn plan(server: &ImapServer, command: &'static str, acts: impl IntoIterator<Item = Act>) {
    acts.into_iter().for_each(|act| server.manners().plan(Fault { command, act }));
}

/// As usual, so many times.
fn usual(times: usize) -> impl Iterator<Item = Act> {
    std::iter::repeat_n(Act::Pause(Duration::ZERO), times)
}

fn heard(server: &ImapServer, verb: &str) -> Vec<String> {
    server.manners().heard().into_iter().filter(|line| line.starts_with(verb)).collect()
}

/// The messages in a folder of the scripted server, in their order.
fn stored(server: &ImapServer, folder: &str) -> Vec<Vec<u8>> {
    let store = server.mail().store();
    store
        .folders
        .get(folder)
        .map_or_else(Vec::new, |folder| folder.letters.iter().map(|letter| letter.octets.to_vec()).collect())
}

/// The words that name another account.
fn target(url: &str, home: &Home) -> Vec<String> {
    let (ca, password) = (pki().ca_file(), home.password_file());
    ["--to-account", url, "--to-ca-file", ca.to_str().unwrap(), "--to-password-file", password.to_str().unwrap()]
        .map(str::to_owned)
        .to_vec()
}

fn with<'a>(words: &[&'a str], more: &'a [String]) -> Vec<&'a str> {
    words.iter().copied().chain(more.iter().map(String::as_str)).collect()
}

fn crlf(message: &[u8]) -> Vec<u8> {
    String::from_utf8(message.to_vec()).unwrap().replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
}

#[test]
fn small_messages_do_not_wait_for_the_answers_to_those_before_them() {
    let messages: Vec<Vec<u8>> = (0..40)
        .map(|number| match number % 8 {
            5 => [seeded(number), vec![b'x'; 5_000], b"\n".to_vec()].concat(),
            _ => seeded(number),
        })
        .collect();
    // By LITERAL- what is over 4,096 octets has to be asked for, and goes when nothing else is under way.
    for (names, held) in [(&["UIDPLUS", "LITERAL+"][..], 30), (&["UIDPLUS", "LITERAL-"], 3)] {
        let (server, url) = serving(names);
        let home = Home::new();
        plan(&server, "APPEND", usual(1).chain([Act::Hold(held)]));
        let run = home.imapctl(&url, &append(&files(&home, &messages), &["--json"])).run().exits(0);
        let told = records(&run, "appended");
        assert_eq!(numbers(&told, "uid"), (1..=40).collect::<Vec<_>>(), "{}", run.both());
        let named: Vec<_> = told.iter().map(|record| record["file"].as_str().unwrap().to_owned()).collect();
        assert!(named.is_sorted() && named.len() == 40, "{named:?}");
        assert_eq!(stored(&server, "INBOX"), messages.iter().map(|message| crlf(message)).collect::<Vec<_>>());
        assert_eq!(heard(&server, "APPEND").len(), 40);
    }
}

#[test]
fn a_refused_message_is_refused_alone() {
    let (server, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let home = Home::new();
    let messages: Vec<_> = (0..12).map(seeded).collect();
    let refusals = ["NO [TOOBIG] this one not", "NO [OVERQUOTA] full", "BAD what?"];
    let refused = refusals.map(|text| Act::Answer(text.into()));
    plan(&server, "APPEND", usual(4).chain(refused));
    let files = files(&home, &messages);
    let run = home.imapctl(&url, &append(&files, &["--json"])).run().exits(80);
    let told = records(&run, "appended");
    assert_eq!((numbers(&told, "uid"), told.len()), ((1..=9).collect(), 9), "{}", run.both());
    for number in 5..=7 {
        assert!(
            run.stderr().contains(&files[number - 1]) || run.stdout().contains(&files[number - 1]),
            "{}",
            run.both()
        );
        assert!(told.iter().all(|record| record["file"] != files[number - 1].as_str()), "{}", run.both());
    }
    assert_eq!(stored(&server, "INBOX").len(), 9);
    // Into a folder that is not there goes one, and the next only when that was refused.
    let run = home.imapctl(&url, &append(&files[..3], &["-f", "Nowhere"])).run();
    assert_eq!(run.code(), 66, "{}", run.both());
}

#[test]
fn what_was_not_answered_is_in_doubt_and_nothing_else() {
    let (server, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let home = Home::new();
    let messages: Vec<_> = (0..60).map(seeded).collect();
    // The second to the fifth are stored and not answered.
    plan(&server, "APPEND", usual(1).chain([Act::Hold(1_000)]).chain(usual(3)).chain([Act::Close]));
    let run = home.imapctl(&url, &append(&files(&home, &messages), &["--json"])).run().exits(81);
    assert_eq!(numbers(&records(&run, "appended"), "uid"), [1], "{}", run.both());
    let doubtful = run.stdout().matches("may be in the folder").count();
    assert!((4..=32).contains(&doubtful), "{doubtful} in doubt\n{}", run.both());
    assert_eq!(stored(&server, "INBOX").len(), 5);
    assert!(run.both().contains("more messages"), "{}", run.both());
}

#[test]
fn the_limit_of_a_folder_is_asked_once_and_kept() {
    let (server, url) = serving(&["UIDPLUS", "LITERAL+", "APPENDLIMIT"]);
    server.mail().store().folders.get_mut("INBOX").unwrap().append_limit = Some(600);
    let home = Home::new();
    let big = [b"Subject: big\n\n".to_vec(), vec![b'x'; 700], b"\n".to_vec()].concat();
    let files = files(&home, &[b"Subject: a\n\nb\n".to_vec(), big, b"Subject: c\n\nd\n".to_vec()]);
    home.imapctl(&url, &append(&files, &[])).run().exits(80).says("takes 600 at most");
    assert_eq!(
        (heard(&server, "STATUS"), heard(&server, "APPEND").len()),
        (vec!["STATUS INBOX (APPENDLIMIT)".into()], 2)
    );
    home.imapctl(&url, &append(&files[1..2], &[])).run().exits(65).says("takes 600 at most");
    assert_eq!(heard(&server, "APPEND").len(), 2, "it was not sent");
    // A folder without a limit, and one that the server tells nothing of.
    home.imapctl(&url, &append(&files[1..2], &["-f", "Sent"])).run().exits(0);
    plan(&server, "STATUS", [Act::Answer("NO not now".into())]);
    home.imapctl(&url, &append(&files[1..2], &["-f", "Sent"])).run().exits(0);
    // Where all folders have one limit none is asked.
    let (server, url) = serving(&["LITERAL+", "APPENDLIMIT=600"]);
    home.imapctl(&url, &append(&files, &[])).run().exits(80).says("takes 600 at most");
    assert!(heard(&server, "STATUS").is_empty());
}

#[test]
fn the_limit_holds_on_the_way_from_another_account() {
    let (from, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let (to, other) = serving(&["UIDPLUS", "LITERAL+", "APPENDLIMIT"]);
    to.mail().store().folders.get_mut("INBOX").unwrap().append_limit = Some(600);
    let home = Home::new();
    for octets in [10, 700, 20] {
        from.mail().deliver("INBOX", &[b"Subject: x\n\n".to_vec(), vec![b'x'; octets]].concat(), &[], 1_700_000_000);
    }
    let words = target(&other, &home);
    home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).run().exits(80).says("no more than 600");
    assert_eq!((stored(&from, "INBOX").len(), stored(&to, "INBOX").len()), (1, 2));
    assert_eq!(heard(&to, "STATUS"), ["STATUS INBOX (APPENDLIMIT)"]);
}

#[test]
fn utf8_in_a_header_is_marked_and_names_follow() {
    let names = ["UIDPLUS", "LITERAL+", "UNSELECT", "ENABLE", "UTF8=ACCEPT", "strict UTF8"];
    let utf8 = "Subject: Gr\u{fc}\u{df}e\n\nb\n".as_bytes().to_vec();
    let home = Home::new();
    let files = files(&home, &[b"Subject: a\n\nGr\xc3\xbc\xc3\x9fe\n".to_vec(), utf8.clone(), utf8.clone(), seeded(1)]);
    for more in [&[][..], &["MULTIAPPEND"]] {
        let (server, url) = serving(&[&names[..], more].concat());
        server.mail().store().create("Entw\u{fc}rfe", None);
        home.imapctl(&url, &append(&files, &["-f", "Entw\u{fc}rfe"])).run().exits(0);
        assert_eq!(stored(&server, "Entw\u{fc}rfe").len(), 4, "{more:?}");
        assert_eq!(heard(&server, "ENABLE"), ["ENABLE UTF8=ACCEPT"]);
        let appends = heard(&server, "APPEND");
        assert_eq!(appends.iter().map(|line| line.matches("UTF8 ({").count()).sum::<usize>(), 2, "{appends:?}");
        assert!(appends.last().unwrap().contains("Entw\u{fc}rfe"), "{appends:?}");
        // Without need nothing is switched on.
        home.imapctl(&url, &append(&files[..1], &[])).run().exits(0);
        assert_eq!(heard(&server, "ENABLE").len(), 1);
        assert!(heard(&server, "APPEND").last().unwrap().starts_with("APPEND INBOX {"));
    }
    // A draft takes the place of another.
    let (server, url) = serving(&[&names[..], &["REPLACE"]].concat());
    server.mail().deliver("Drafts", b"Subject: old\n\nx\n", &["\\Draft"], 1_700_000_000);
    home.imapctl(&url, &append(&files[1..2], &["-f", "Drafts", "--replace", "1"])).run().exits(0);
    assert_eq!(stored(&server, "Drafts"), [crlf(&utf8)]);
    assert!(heard(&server, "UID REPLACE")[0].contains("UTF8 ({"));
}

#[test]
fn utf8_in_a_header_goes_as_it_is_where_the_mark_is_not_known() {
    let utf8 = "Subject: Gr\u{fc}\u{df}e\n\nb\n".as_bytes().to_vec();
    let home = Home::new();
    let files = files(&home, &[utf8.clone(), utf8.clone()]);
    // RFC 9755 has no data item: after a BAD none is tried again.
    let (server, url) = serving(&["UIDPLUS", "LITERAL+", "ENABLE", "UTF8=ACCEPT"]);
    plan(&server, "APPEND", [Act::Answer("BAD what is UTF8?".into())]);
    home.imapctl(&url, &append(&files, &[])).run().exits(0);
    let forms: Vec<bool> = heard(&server, "APPEND").iter().map(|line| line.contains("UTF8 (")).collect();
    assert_eq!((forms, stored(&server, "INBOX").len()), (vec![true, false, false], 2));
    // Not offered, or not switched on; IMAP4rev2 alone has it without a mark.
    for names in [&["LITERAL+"][..], &["LITERAL+", "ENABLE", "UTF8=ACCEPT"]] {
        let (server, url) = serving(names);
        plan(&server, "ENABLE", [Act::Answer("NO not today".into())]);
        home.imapctl(&url, &append(&files, &[])).run().exits(0);
        assert_eq!(stored(&server, "INBOX"), [crlf(&utf8), crlf(&utf8)], "{names:?}");
        assert!(heard(&server, "APPEND").iter().all(|line| line.starts_with("APPEND INBOX {")));
    }
}

#[test]
fn utf8_in_a_header_is_marked_on_the_way_from_another_account() {
    let (from, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let (to, other) = serving(&["UIDPLUS", "LITERAL+", "UNSELECT", "ENABLE", "UTF8=ACCEPT", "strict UTF8"]);
    let home = Home::new();
    let head = "Subject: Gr\u{fc}\u{df}e\r\n\r\n".as_bytes();
    let big = [head, &b"0123456789abcdef\r\n".repeat(20_000)].concat();
    for message in [&seeded(1)[..], &[head, b"x\r\n"].concat(), &big, &[head, b"y\r\n"].concat()] {
        from.mail().deliver("INBOX", message, &[], 1_700_000_000);
    }
    let before = stored(&from, "INBOX");
    let words = target(&other, &home);
    home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).run().exits(0);
    assert_eq!((stored(&to, "INBOX"), stored(&from, "INBOX").len()), (before, 0));
    assert_eq!(heard(&to, "APPEND").iter().filter(|line| line.contains("UTF8 ({")).count(), 3);
}

#[test]
fn the_first_with_utf8_in_its_header_may_be_sent_again_without_the_mark() {
    let (from, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let (to, other) = serving(&["UIDPLUS", "LITERAL+", "ENABLE", "UTF8=ACCEPT"]);
    let home = Home::new();
    for text in ["x", "y"] {
        from.mail().deliver(
            "INBOX",
            format!("Subject: Gr\u{fc}\u{df}e\r\n\r\n{text}\r\n").as_bytes(),
            &[],
            1_700_000_000,
        );
    }
    plan(&to, "APPEND", [Act::Answer("BAD what is UTF8?".into())]);
    let words = target(&other, &home);
    home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).run().exits(0);
    let forms: Vec<bool> = heard(&to, "APPEND").iter().map(|line| line.contains("UTF8 (")).collect();
    assert_eq!((forms, stored(&to, "INBOX").len()), (vec![true, false, false], 2));
}

#[test]
fn what_was_sent_whole_and_never_answered_is_in_doubt_whatever_ends_it() {
    let home = Home::new();
    let files = files(&home, &[seeded(1), seeded(2)]);
    // Something that is no response, behind all messages of one command.
    let (server, url) = serving(&["UIDPLUS", "LITERAL+", "MULTIAPPEND"]);
    plan(&server, "APPEND", [Act::Instead(b"what?\r\n".to_vec())]);
    home.imapctl(&url, &append(&files, &[])).run().exits(81);
    // A signal.
    let (server, url) = serving(&["UIDPLUS", "LITERAL+", "REPLACE"]);
    server.mail().deliver("INBOX", &seeded(3), &[], 1_700_000_000);
    plan(&server, "UID REPLACE", [Act::Pause(Duration::from_secs(20))]);
    let mut run = home.imapctl(&url, &append(&files[..1], &["--replace", "1"])).start();
    await_heard(&server, "UID REPLACE", 1, &mut run);
    std::thread::sleep(Duration::from_millis(300));
    run.signal(Signal::INT);
    run.wait().exits(81);
    // The new one is stored when the old one cannot be removed any more.
    let (server, url) = serving(&["UIDPLUS", "LITERAL+"]);
    server.mail().deliver("INBOX", &seeded(3), &[], 1_700_000_000);
    plan(&server, "UID STORE", [Act::Close]);
    let run = home.imapctl(&url, &append(&files[..1], &["--replace", "1"])).run().exits(80);
    assert!(run.both().contains("the new message is stored"), "{}", run.both());
    assert_eq!(stored(&server, "INBOX").len(), 2);
}

/// Two scripted servers, the first with so many messages.
fn pair(count: u64) -> (ImapServer, ImapServer, String, Vec<String>, Home) {
    let (from, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let (to, other) = serving(&["UIDPLUS", "LITERAL+"]);
    let home = Home::new();
    for number in 0..count {
        from.mail().deliver("INBOX", &seeded(number), &[], 1_700_000_000);
    }
    let words = target(&other, &home);
    (from, to, url, words, home)
}

/// Waits until the server has heard so many of these commands.
fn await_heard(server: &ImapServer, verb: &str, count: usize, run: &mut Running) {
    let begun = Instant::now();
    while heard(server, verb).len() < count {
        assert!(run.is_running() && begun.elapsed() < Duration::from_secs(60), "{} heard", heard(server, verb).len());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_crossing_is_ahead_of_the_answers_and_removes_only_what_was_answered() {
    let (from, to, url, words, home) = pair(150);
    plan(
        &to,
        "APPEND",
        usual(1).chain([Act::Hold(20)]).chain(usual(40)).chain([Act::Answer("NO not this one".into())]),
    );
    let run = home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX", "--json"], &words)).run().exits(80);
    assert_eq!(records(&run, "moved").len(), 149, "{}", run.both());
    assert_eq!((stored(&from, "INBOX").len(), stored(&to, "INBOX").len()), (1, 149));
    // The second to the sixth are stored and not answered when the other server ends.
    let (from, to, url, words, home) = pair(30);
    plan(&to, "APPEND", usual(1).chain([Act::Hold(1_000)]).chain(usual(4)).chain([Act::Close]));
    let run = home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX", "--json"], &words)).run().exits(81);
    assert_eq!(numbers(&records(&run, "moved"), "uid"), [1], "{}", run.both());
    assert_eq!((stored(&from, "INBOX").len(), stored(&to, "INBOX").len()), (29, 6));
    // The same, and then the first one is gone too.
    let (from, to, url, words, home) = pair(30);
    plan(&to, "APPEND", usual(1).chain([Act::Hold(1_000)]).chain(usual(4)).chain([Act::Close]));
    plan(&from, "UID STORE", [Act::Close]);
    home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX", "--json"], &words)).run().exits(81);
    assert_eq!((stored(&from, "INBOX").len(), stored(&to, "INBOX").len()), (30, 6));
}

#[test]
fn a_signal_ends_a_crossing_between_two_messages() {
    let (from, to, url, words, home) = pair(200);
    let before: BTreeSet<Vec<u8>> = stored(&from, "INBOX").into_iter().collect();
    plan(&to, "APPEND", usual(90).chain([Act::Pause(Duration::from_millis(700))]));
    let call = home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX", "--json"], &words));
    let mut run = call.timeout(Duration::from_secs(120)).start();
    await_heard(&to, "APPEND", 91, &mut run);
    run.signal(Signal::INT);
    let run = run.wait().exits(130);
    let moved = records(&run, "moved");
    let (here, there) = (stored(&from, "INBOX"), stored(&to, "INBOX"));
    assert_eq!((here.len() + there.len(), moved.len()), (200, there.len()), "{}", run.both());
    assert_eq!(here.into_iter().chain(there).collect::<BTreeSet<_>>(), before, "nothing is lost and nothing doubled");
    assert!((91..200).contains(&moved.len()), "{} were moved", moved.len());
    assert!(run.both().contains("were not begun with"), "{}", run.both());
    // The rest goes another time.
    home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).run().exits(0);
    assert_eq!((stored(&from, "INBOX").len(), stored(&to, "INBOX").len()), (0, 200));
}

#[test]
fn a_signal_ends_an_upload_between_two_messages() {
    let (server, url) = serving(&["UIDPLUS", "LITERAL+"]);
    let home = Home::new();
    let messages: Vec<_> = (0..200).map(seeded).collect();
    plan(&server, "APPEND", usual(50).chain([Act::Pause(Duration::from_millis(700))]));
    let mut run = home.imapctl(&url, &append(&files(&home, &messages), &["--json"])).start();
    await_heard(&server, "APPEND", 51, &mut run);
    run.signal(Signal::INT);
    let run = run.wait().exits(130);
    let told = records(&run, "appended").len();
    assert_eq!((told, told < 200), (stored(&server, "INBOX").len(), true), "{}", run.both());
}

#[test]
fn a_crossing_that_was_killed_is_done_by_another_run() {
    let pause = || Act::Pause(Duration::from_millis(400));
    // At the target in the middle of things, and at the source before and after messages are gone.
    let points: [(&str, usize); 6] =
        [("APPEND", 1), ("APPEND", 37), ("APPEND", 70), ("UID STORE", 1), ("UID EXPUNGE", 1), ("UID EXPUNGE", 2)];
    for (verb, nth) in points {
        let (from, to, url, words, home) = pair(140);
        let before: BTreeSet<Vec<u8>> = stored(&from, "INBOX").into_iter().collect();
        let at = if verb == "APPEND" { &to } else { &from };
        plan(at, verb, usual(nth - 1).chain([pause()]));
        let start = || home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).start();
        let mut run = start();
        await_heard(at, verb, nth, &mut run);
        run.kill();
        let all = |server| stored(server, "INBOX").into_iter();
        let now: BTreeSet<_> = all(&from).chain(all(&to)).collect();
        assert_eq!(now, before, "killed at {verb} {nth}");
        start().wait().exits(0);
        let there = stored(&to, "INBOX");
        assert_eq!((stored(&from, "INBOX").len(), there.iter().cloned().collect::<BTreeSet<_>>()), (0, before));
        // What had arrived and was not yet removed, and no more, came twice.
        assert!(there.len() <= 140 + 64 + 32, "killed at {verb} {nth}: {} messages", there.len());
    }
}

/// A Dovecot whose INBOX holds so many messages.
fn dovecot(count: u64) -> Option<(Dovecot, String, Home)> {
    let dovecot = Dovecot::start(Store::Maildir)?;
    if dovecot.imaps == 0 {
        return None;
    }
    dovecot.fill(USER, &(0..count).map(seeded).collect::<Vec<_>>());
    let url = dovecot.imaps_url(USER);
    Some((dovecot, url, Home::new()))
}

#[test]
fn two_may_move_the_same_messages() {
    let Some((dovecot, url, home)) = dovecot(200) else { return };
    let before: BTreeSet<Vec<u8>> = dovecot.messages(USER, "INBOX").into_iter().collect();
    dovecot.create_folder(USER, "Archived");
    let start = || {
        let call = home.imapctl(&url, &["move", "1:*", "--to", "Archived", "--json"]);
        call.timeout(Duration::from_secs(120)).start()
    };
    let runs = [start(), start()].map(Running::wait);
    let both = runs.iter().map(Finished::stderr).collect::<Vec<_>>().join("\n");
    // One comes too late, or each gets a part; the server may refuse the later one for now, since some are gone meanwhile.
    assert!(
        runs.iter().all(|run| [0, 66, 75, 80].contains(&run.code())),
        "{} {}\n{both}",
        runs[0].code(),
        runs[1].code()
    );
    let there = dovecot.messages(USER, "Archived");
    assert!(dovecot.messages(USER, "INBOX").is_empty(), "{both}");
    assert_eq!(there.iter().cloned().collect::<BTreeSet<_>>(), before, "{both}");
    // Dovecot copies before it removes, and two may do so at the same time: twice, and not more often.
    assert!(there.len() <= 400, "{} messages\n{both}", there.len());
}

#[test]
fn two_may_carry_the_same_messages_to_another_account() {
    let Some((dovecot, url, home)) = dovecot(150) else { return };
    let before: BTreeSet<Vec<u8>> = dovecot.messages(USER, "INBOX").into_iter().collect();
    let words = target(&dovecot.imaps_url("other"), &home);
    let start = || {
        let call = home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words));
        call.timeout(Duration::from_secs(120)).start()
    };
    let runs = [start(), start()].map(Running::wait);
    let both = runs.iter().map(Finished::stderr).collect::<Vec<_>>().join("\n");
    assert!(runs.iter().all(|run| [0, 66, 80].contains(&run.code())), "{} {}\n{both}", runs[0].code(), runs[1].code());
    let there = dovecot.messages("other", "INBOX");
    assert!(dovecot.messages(USER, "INBOX").is_empty(), "{both}");
    assert_eq!(there.iter().cloned().collect::<BTreeSet<_>>(), before, "{both}");
    // Each of the two may have given a message to the other server before it was gone here: twice, and not more often.
    assert!(there.len() <= 300, "{} messages\n{both}", there.len());
}

#[test]
fn a_crossing_between_dovecots_survives_being_killed() {
    let Some((dovecot, url, home)) = dovecot(200) else { return };
    let before: BTreeSet<Vec<u8>> = dovecot.messages(USER, "INBOX").into_iter().collect();
    let words = target(&dovecot.imaps_url("other"), &home);
    let start = || home.imapctl(&url, &with(&["move", "1:*", "--to", "INBOX"], &words)).start();
    // So that the folder is the user's own before anybody else looks at it.
    home.imapctl(&dovecot.imaps_url("other"), &["folder", "create", "Own"]).run().exits(0);
    for time in [60, 120, 200] {
        let run = start();
        std::thread::sleep(Duration::from_millis(time));
        run.kill();
        let all = |user| dovecot.messages(user, "INBOX").into_iter();
        assert_eq!(all(USER).chain(all("other")).collect::<BTreeSet<_>>(), before, "killed after {time} ms");
    }
    let last = start().wait();
    assert!([0, 66].contains(&last.code()), "{}", last.both());
    assert!(dovecot.messages(USER, "INBOX").is_empty());
    assert_eq!(dovecot.messages("other", "INBOX").into_iter().collect::<BTreeSet<_>>(), before);
}
