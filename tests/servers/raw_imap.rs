//! `imapctl raw` against servers: one command, scripts, literals, IDLE; and that what every extension says is understood.

use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::assert_no_secret;
use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use crate::support::command::{Finished, Home, PASSWORD, USER};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};

/// What the server said to each command: a line for each response, as `* ok CODE DATA 3 | name=value`. Tags are `T`.
fn replies(run: &Finished) -> Vec<Vec<String>> {
    let (mut all, mut last) = (Vec::new(), Vec::new());
    for line in run.stdout().lines() {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if record["type"] != "reply" {
            continue;
        }
        let is_tagged = !matches!(record["tag"].as_str(), Some("*" | "+"));
        let tag = if is_tagged { "T" } else { record["tag"].as_str().unwrap() };
        let words = ["status", "code", "data", "number"].map(|name| match &record[name] {
            Value::Null => String::new(),
            Value::String(text) => format!(" {text}"),
            other => format!(" {other}"),
        });
        let fields =
            record["fields"].as_array().unwrap().iter().map(|field| {
                format!(" | {}={}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap_or("?"))
            });
        last.push(format!("{tag}{}{}", words.concat(), fields.collect::<String>()));
        if is_tagged {
            all.push(std::mem::take(&mut last));
        }
    }
    all.extend(Some(last).filter(|last| !last.is_empty()));
    all
}

/// Says these commands over one connection; each must bring a response that begins with its own words and holds the others.
#[track_caller]
fn understood(url: &str, commands: &[(&str, &str, &[&str])]) {
    let home = Home::new();
    let script: String = commands.iter().map(|(_, command, _)| format!("{command}\n")).collect();
    let run = home.imapctl(url, &["raw", "--json"]).stdin(script.as_bytes()).run();
    let replies = replies(&run);
    assert_eq!(replies.len(), commands.len(), "{}", run.both());
    for ((extension, command, wanted), lines) in commands.iter().zip(&replies) {
        let is_wanted = |line: &String| {
            let (first, rest) = wanted.split_first().unwrap();
            line.starts_with(first) && rest.iter().all(|wanted| line.contains(wanted))
        };
        assert!(lines.iter().any(is_wanted), "{extension}: {command}: no {wanted:?} in\n{}", lines.join("\n"));
    }
    let is_refused =
        commands.iter().any(|(.., wanted)| wanted[0].starts_with("T no") || wanted[0].starts_with("T bad"));
    run.exits(if is_refused { 80 } else { 0 });
}

#[test]
fn one_command_from_the_command_line() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill(USER, &(0..3).map(seeded).collect::<Vec<_>>());
    let (home, url) = (Home::new(), dovecot.imaps_url(USER));

    // INBOX is opened where one is needed, to look at.
    let run = home.imapctl(&url, &["raw", "--json", "FETCH 2 (UID FLAGS ENVELOPE)"]).run().exits(0);
    let told = replies(&run);
    assert_eq!(told.len(), 1, "{}", run.both());
    assert!(told[0][0].starts_with("* FETCH 2 | uid=2 | flags="), "{told:?}");
    assert!(told[0][0].contains(" | subject=seeded 1 | from="), "{told:?}");
    assert!(told[0].last().unwrap().starts_with("T ok"), "{told:?}");

    // For people: the text as it came, and what was understood of it. Words are joined.
    let run = home.imapctl(&url, &["raw", "UID", "FETCH", "1", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"]).run().exits(0);
    let text = run.stdout();
    assert!(text.contains("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {21}\nSubject: seeded 0\n\n)\n"), "{text}");
    assert!(text.contains("\n    uid ") && text.contains(" 21 octets\n") && text.contains(" OK "), "{text}");

    // What changes gets the folder for changes, of the name that is given.
    dovecot.create_folder(USER, "Entwürfe");
    home.imapctl(&url, &["raw", "UID STORE 1 +FLAGS.SILENT (\\Flagged)"]).run().exits(0);
    assert!(dovecot.uids(USER, "INBOX", &["flagged"]).contains(&1));
    let run = home.imapctl(&url, &["raw", "-f", "Entwürfe", "--json", "SEARCH ALL"]).run().exits(0);
    assert!(replies(&run)[0][0].starts_with("* SEARCH | count=0"), "{}", run.both());

    // A refusal is shown, and is the exit code.
    let run = home.imapctl(&url, &["raw", "--json", "STATUS Nowhere (MESSAGES)"]).run().exits(66);
    assert!(replies(&run)[0][0].starts_with("T no"), "{}", run.both());
    let run = home.imapctl(&url, &["raw", "--json", "XNOTHING at all"]).run();
    assert!(replies(&run)[0][0].starts_with("T bad") && run.code() != 0, "{}", run.both());

    // What is not sent.
    for (command, code, why) in [
        ("STARTTLS", 69, "change the connection"),
        ("COMPRESS DEFLATE", 69, "change the connection"),
        ("AUTHENTICATE PLAIN", 69, "exchange"),
        ("LOGIN ann wonderland", 64, "login is done"),
        ("APPEND INBOX {3}", 64, "literal"),
    ] {
        let run = home.imapctl(&url, &["raw", command]).run().exits(code).says(why);
        assert_no_secret(&[&run.stdout, &run.stderr], &["wonderland"]);
    }
}

#[test]
fn a_script_with_literals() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let (home, url) = (Home::new(), dovecot.imaps_url(USER));
    let message = "Subject: typed\n\nhello\n";
    let script = format!(
        "NOOP\n\nAPPEND INBOX (\\Seen) {{25}}\n{message}\nSELECT INBOX\nUID SEARCH SUBJECT {{5}}\ntyped SEEN\nSTARTTLS\n\
         FETCH 1 BODY.PEEK[]\nBOGUS\nLOGOUT\nNOOP\n"
    );
    let run = home.imapctl(&url, &["raw", "--json", "-v"]).stdin(script.as_bytes()).run().exits(80);
    let told = replies(&run);
    // The one that was not sent has no reply, and behind LOGOUT nothing is said.
    assert_eq!(told.len(), 7, "{}", run.both());
    let last = |at: usize| told[at].last().unwrap().as_str();
    assert!(last(1).starts_with("T ok APPENDUID | uidvalidity="), "{told:?}");
    assert!(last(2).starts_with("T ok READ-WRITE"), "{told:?}");
    assert!(told[3][0].starts_with("* SEARCH | count=1 | numbers=1"), "{told:?}");
    assert!(told[4].iter().any(|line| line.starts_with("* FETCH 1 | BODY[]=Subject: typed\r\n")), "{told:?}");
    assert!(last(5).starts_with("T bad"), "{told:?}");
    assert!(told[6][0].starts_with("* bye") && last(6).starts_with("T ok"), "{told:?}");
    let errors = run.stdout();
    assert!(errors.contains("change the connection"), "{}", run.both());
    assert_eq!(dovecot.messages(USER, "INBOX").len(), 1);
    assert!(dovecot.messages(USER, "INBOX")[0].ends_with(b"hello\n"));

    // Input that ends in a literal, and one of more than is shown.
    home.imapctl(&url, &["raw"]).stdin(b"APPEND INBOX {9}\nabc\n").run().exits(65).says("within a literal");
    assert_eq!(dovecot.messages(USER, "INBOX").len(), 1);
    let large = [b"Subject: large\n\n".as_slice(), &b"0123456789abcde\n".repeat(20_000)].concat();
    dovecot.fill_folder(USER, "INBOX", &[large], "");
    let run = home.imapctl(&url, &["raw", "--json", "FETCH 2 RFC822"]).run().exits(0);
    let record: Value = serde_json::from_str(run.stdout().lines().next().unwrap()).unwrap();
    let (shown, omitted) = (record["text"].as_str().unwrap().len(), record["omitted"].as_u64().unwrap());
    assert!(shown > 60_000 && shown < 70_000 && omitted > 250_000, "{shown} {omitted}");
    let run = home.imapctl(&url, &["raw", "FETCH 2 RFC822"]).run().exits(0);
    assert!(run.stdout().contains(&format!("({omitted} more octets are not shown)")), "{}", run.both());
}

#[test]
fn idle_tells_until_it_is_ended() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let (home, url) = (Home::new(), dovecot.imaps_url(USER));
    let (mut typist, stdin) = UnixStream::pair().unwrap();
    let path = home.join("told");
    let call = home.imapctl(&url, &["raw", "--json"]).stdin_from(OwnedFd::from(stdin));
    let mut running = call.stdout_to(fs::File::create(&path).unwrap()).start();
    let wait_for = |text: &str| {
        let began = Instant::now();
        while !fs::read_to_string(&path).unwrap().contains(text) {
            assert!(began.elapsed() < Duration::from_secs(30), "no {text}\n{}", fs::read_to_string(&path).unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    };
    typist.write_all(b"SELECT INBOX\nIDLE\n").unwrap();
    wait_for("\"tag\":\"+\"");
    home.imapctl(&url, &["append", "-"]).stdin(b"Subject: news\n\nx\n").run().exits(0);
    wait_for("\"data\":\"EXISTS\",\"number\":1");
    assert!(running.is_running());
    typist.write_all(b"DONE\nIDLE\nNOOP\n").unwrap();
    drop(typist);
    let run = running.wait().exits(0);
    let told = fs::read_to_string(&path).unwrap();
    // The second one was ended by the command behind it.
    assert_eq!(told.matches("\"tag\":\"+\"").count(), 2, "{told}{}", run.both());
    let ok = told.lines().filter(|line| line.contains("\"status\":\"ok\"") && !line.contains("\"tag\":\"*\""));
    assert_eq!(ok.count(), 4, "{told}");
}

#[test]
fn somebody_else_logs_in() {
    let server = ImapServer::offering(EVERYTHING);
    server.add("ann").deliver("Work", b"Subject: x\n\ny\n", &[], 0);
    let home = Home::new();
    let literal = format!("LOGIN ann {{{}}}\n{PASSWORD}\n", PASSWORD.len());
    let script = format!("SELECT INBOX\nUNAUTHENTICATE\nLOGIN ann \"wonder land\"\n{literal}LIST \"\" W*\n");
    let run = home.imapctl(&server.url(USER), &["raw", "--json", "-vv"]).stdin(script.as_bytes()).run().exits(80);
    let told = replies(&run);
    assert!(told[1][0].starts_with("T ok CAPABILITY"), "{told:?}");
    assert!(told[2][0].starts_with("T no AUTHENTICATIONFAILED"), "{told:?}");
    assert!(told[3][0].starts_with("T ok CAPABILITY"), "{told:?}");
    assert!(told[4][0].contains("mailbox=Work"), "{told:?}");
    assert!(run.stderr().contains("LOGIN "), "{}", run.both());
    assert_no_secret(&[&run.stdout, &run.stderr], &[PASSWORD, "wonder land"]);
}

#[test]
fn a_batch_does_not_repeat_passwords() {
    let server = ImapServer::offering(EVERYTHING);
    let run =
        Home::new().imapctl(&server.url(USER), &["batch", "-", "--json"]).stdin(b"raw LOGIN ann wonderland\n").run();
    let run = run.exits(64);
    assert!(run.stdout().contains("raw LOGIN [secret]"), "{}", run.both());
    assert_no_secret(&[&run.stdout, &run.stderr], &["wonderland"]);
}

/// Two visits, and a message that goes between them.
#[test]
fn what_vanished_between_two_visits_is_told() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let home = Home::new();
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        for number in 0..4 {
            home.imapctl(&url, &["append"]).stdin(&seeded(number)).run().exits(0);
        }
        let status = home.imapctl(&url, &["status", "--json"]).run().exits(0);
        let status: Value = serde_json::from_str(status.stdout().lines().next().unwrap()).unwrap();
        let (validity, since) = (status["uidvalidity"].as_u64().unwrap(), status["highestmodseq"].as_str().unwrap());
        home.imapctl(&url, &["delete", "2:3", "--permanent"]).run().exits(0);
        home.imapctl(&url, &["flag", "4", "--add", "flagged"]).run().exits(0);
        let select = format!("SELECT INBOX (QRESYNC ({validity} {since}))");
        understood(
            &url,
            &[
                ("QRESYNC", "ENABLE QRESYNC", &["* ENABLED", "QRESYNC"]),
                ("QRESYNC", &select, &["* VANISHED", "earlier", "2:3"]),
                ("QRESYNC", &select, &["* FETCH 2 | uid=4", "\\Flagged"]),
            ],
        );
    }
}

#[test]
fn dovecots_extensions_are_understood() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill(USER, &(0..3).map(seeded).collect::<Vec<_>>());
    dovecot.create_folder(USER, "Work");
    understood(
        &dovecot.imaps_url(USER),
        &[
            ("ID", "ID NIL", &["* ID", "name=Dovecot"]),
            ("NAMESPACE", "NAMESPACE", &["* NAMESPACE | personal=\"\" /"]),
            ("CONDSTORE", "SELECT INBOX (CONDSTORE)", &["* ok HIGHESTMODSEQ | highest-modseq="]),
            ("ENABLE", "ENABLE QRESYNC", &["* ENABLED", "QRESYNC"]),
            ("CHILDREN", "LIST \"\" % RETURN (CHILDREN)", &["* LIST | mailbox=Work", "\\HasNoChildren"]),
            ("LIST-EXTENDED", "LIST (SUBSCRIBED) \"\" *", &["* LIST | mailbox=Work", "\\Subscribed"]),
            ("LIST-STATUS", "LIST \"\" INBOX RETURN (STATUS (MESSAGES))", &["* STATUS | mailbox=INBOX | messages=3"]),
            ("STATUS=SIZE", "STATUS INBOX (SIZE)", &["* STATUS | mailbox=INBOX | size="]),
            ("ESEARCH", "UID SEARCH RETURN (MIN MAX COUNT ALL) ALL", &["* ESEARCH", "count=3", "all=1:3"]),
            ("SEARCHRES", "UID SEARCH RETURN (SAVE) UID 2", &["T ok"]),
            ("SEARCHRES", "UID FETCH $ (FLAGS)", &["* FETCH 2 | uid=2"]),
            ("WITHIN", "SEARCH YOUNGER 86400", &["* SEARCH | count=3"]),
            ("SORT", "UID SORT (REVERSE SUBJECT) UTF-8 ALL", &["* SORT | count=3 | numbers=3 2 1"]),
            ("ESORT", "UID SORT RETURN (COUNT) (DATE) UTF-8 ALL", &["* ESEARCH", "count=3"]),
            ("SORT=DISPLAY", "SORT (DISPLAYFROM) UTF-8 ALL", &["* SORT | count=3"]),
            ("THREAD", "UID THREAD REFERENCES UTF-8 ALL", &["* THREAD | thread=0:1"]),
            ("QRESYNC", "UID FETCH 1:3 (FLAGS) (CHANGEDSINCE 1 VANISHED)", &["T ok"]),
            ("BINARY", "UID FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])", &["* FETCH 1", "BINARY[1]=", "BINARY.SIZE[1]="]),
            ("PREVIEW", "UID FETCH 1 (PREVIEW)", &["* FETCH 1", "preview="]),
            ("SAVEDATE", "UID FETCH 1 (SAVEDATE)", &["* FETCH 1", "save-date="]),
            ("ACL", "GETACL Work", &["* ACL | mailbox=Work | rights="]),
            ("ACL", "MYRIGHTS Work", &["* MYRIGHTS | mailbox=Work | rights="]),
            ("QUOTA", "GETQUOTAROOT INBOX", &["* QUOTA ", "storage="]),
            ("METADATA", "SETMETADATA Work (/private/comment \"a note\")", &["T ok"]),
            ("METADATA", "GETMETADATA Work /private/comment", &["* METADATA | mailbox=Work | /private/comment=a note"]),
            ("UIDPLUS", "APPEND Work {15}\nSubject: a\n\nb", &["T ok APPENDUID | uidvalidity="]),
            ("MULTIAPPEND", "APPEND Work {1}\na {1}\nb", &["T ok APPENDUID", "uids=2:3"]),
            (
                "CATENATE",
                "APPEND Work CATENATE (URL \"/INBOX/;UID=1/;SECTION=HEADER\" TEXT {5}\nhello)",
                &["T ok APPENDUID", "uids=4"],
            ),
            ("MOVE", "UID MOVE 2 Work", &["* ok COPYUID", "source=2 | destination=5"]),
            ("UIDPLUS", "UID EXPUNGE 3", &["T ok"]),
            (
                "NOTIFY",
                "NOTIFY SET STATUS (personal (MessageNew MessageExpunge))",
                &["* STATUS | mailbox=Work | messages=5"],
            ),
            ("NOTIFY", "NOTIFY NONE", &["T ok"]),
            ("UNSELECT", "UNSELECT", &["T ok"]),
        ],
    );
}

#[test]
fn cyruss_extensions_are_understood() {
    let Some(cyrus) = Cyrus::start() else { return };
    cyrus.fill(USER, "INBOX", &(0..3).map(seeded).collect::<Vec<_>>(), "");
    understood(
        &cyrus.imaps_url(USER),
        &[
            ("LIST-MYRIGHTS", "LIST \"\" INBOX RETURN (MYRIGHTS)", &["* MYRIGHTS | mailbox=INBOX | rights="]),
            ("LIST-METADATA", "LIST \"\" INBOX RETURN (METADATA (/shared/comment))", &["* METADATA | mailbox=INBOX"]),
            ("OBJECTID", "SELECT INBOX", &["* ok MAILBOXID | mailbox-id="]),
            ("OBJECTID", "FETCH 1 (EMAILID THREADID)", &["* FETCH 1", "email-id=", "thread-id="]),
            ("SAVEDATE", "FETCH 1 (SAVEDATE)", &["* FETCH 1", "save-date="]),
        ],
    );
}

#[test]
fn extensions_that_no_server_in_reach_has_are_understood() {
    let server = ImapServer::offering(&[EVERYTHING, &["APPENDLIMIT=5000", "MESSAGELIMIT=2", "LIST-METADATA"]].concat());
    for number in 0..3 {
        server.mail().deliver("INBOX", &seeded(number), &[], 1_700_000_000);
    }
    let referral = "NO [REFERRAL imap://ann@elsewhere.test/Far] not here";
    server.manners().plan(Fault { command: "EXAMINE", act: Act::Answer(referral.into()) });
    let quota = "* QUOTA \"\" (STORAGE 1 9)\nOK set";
    server.manners().plan(Fault { command: "SETQUOTA", act: Act::Answer(quota.into()) });
    understood(
        &server.url(USER),
        &[
            ("LOGIN-REFERRALS", "EXAMINE Far", &["T no REFERRAL | url=imap://ann@elsewhere.test/Far"]),
            ("CREATE-SPECIAL-USE", "CREATE Old (USE (\\Archive))", &["T ok"]),
            ("SPECIAL-USE", "LIST \"\" Old RETURN (SPECIAL-USE)", &["* LIST | mailbox=Old", "\\Archive"]),
            ("APPENDLIMIT", "STATUS INBOX (APPENDLIMIT)", &["* STATUS | mailbox=INBOX | append-limit=5000"]),
            ("QUOTASET", "SETQUOTA \"\" (STORAGE 9)", &["* QUOTA | root= | storage=1 of 9"]),
            (
                "MULTISEARCH",
                "ESEARCH IN (mailboxes (INBOX Sent)) RETURN (COUNT) ALL",
                &["* ESEARCH", "mailbox=INBOX", "count=3"],
            ),
            ("OBJECTID", "SELECT INBOX", &["* ok MAILBOXID | mailbox-id="]),
            ("OBJECTID", "FETCH 1 (EMAILID THREADID)", &["* FETCH 1", "email-id=", "thread-id="]),
            ("X-GM-EXT-1", "FETCH 1 (X-GM-MSGID X-GM-THRID X-GM-LABELS)", &["* FETCH 1", "gm-msgid=", "gm-labels="]),
            ("PARTIAL", "UID SEARCH RETURN (PARTIAL -1:-2) ALL", &["* ESEARCH", "partial=-1:-2 | page=2:3"]),
            ("UIDBATCHES", "UIDBATCHES 2", &["* UIDBATCHES", "batch=2:3 | batch=1:1"]),
            ("MESSAGELIMIT", "UID FETCH 1:* FLAGS", &["T ok MESSAGELIMIT | limit=2 | uid=2"]),
            ("INPROGRESS", "UID COPY 1:2 Old", &["* ok INPROGRESS", "done=1 | of=2"]),
            ("REPLACE", "UID REPLACE 1 INBOX {3}\na\n", &["* ok APPENDUID", "uids=4"]),
            ("UTF8=ACCEPT", "ENABLE UTF8=ACCEPT", &["* ENABLED | enabled=UTF8=ACCEPT"]),
            ("UIDONLY", "ENABLE UIDONLY", &["* ENABLED | enabled=UIDONLY"]),
            ("UIDONLY", "UID FETCH 2 (FLAGS)", &["* UIDFETCH | uid=2"]),
            ("UIDONLY", "FETCH 1 FLAGS", &["T bad UIDREQUIRED"]),
            ("UNAUTHENTICATE", "UNAUTHENTICATE", &["T ok CAPABILITY | capabilities="]),
        ],
    );
}
