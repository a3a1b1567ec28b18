//! That the server does what the tests that use it take for granted.

use std::time::Duration;

use super::{Act, EVERYTHING, Fault, ImapServer};
use crate::servers::talk::Talk;
use crate::support::command::USER;

/// A server with three messages, and a session in INBOX.
fn begin(names: &[&str]) -> (ImapServer, Talk) {
    let server = ImapServer::offering(names);
    for number in 1..=3 {
        let text = format!(
            "From: S {number} <s{number}@example.org>\nSubject: letter {number}\nMessage-ID: <{number}@x>\n\nText {number}\n"
        );
        server.mail().deliver("INBOX", text.as_bytes(), &[], 1_700_000_000);
    }
    let mut talk = Talk::imaps(server.imaps);
    talk.login(USER);
    talk.ask("SELECT INBOX");
    (server, talk)
}

#[test]
fn a_plain_session_is_as_it_should_be() {
    let server = ImapServer::offering(&[]);
    let mut talk = Talk::starttls(server.imap);
    assert!(talk.greeting.contains("LOGINDISABLED") && !talk.greeting.contains("AUTH="), "{}", talk.greeting);
    talk.login(USER);
    assert_eq!(server.sessions(), 1);
    assert!(talk.tell("ENABLE QRESYNC").contains(" BAD "), "what is not offered is unknown");
    server.add("other").deliver("Work", b"Subject: x\n\ny\n", &["\\Seen"], 0);
    let mut other = Talk::imaps(server.imaps);
    other.login("other");
    assert!(other.ask("LIST \"\" W*").contains("\"Work\""));
    assert!(server.url("a").starts_with("imaps://a@") && server.starttls_url("a").starts_with("imap://a@"));
}

#[test]
fn messages_are_described() {
    let (server, mut talk) = begin(EVERYTHING);
    let text = b"Subject: parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n\
        Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\n\
        Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n";
    server.mail().deliver("INBOX", text, &["\\Flagged"], 1_700_000_000);
    talk.ask("NOOP");
    let said = talk.ask("FETCH 4 (FLAGS BODYSTRUCTURE ENVELOPE INTERNALDATE RFC822.SIZE EMAILID PREVIEW)");
    for wanted in [
        "(\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL \"7BIT\" 5 0 NIL NIL NIL NIL)",
        "(\"APPLICATION\" \"PDF\" (\"name\" \"a.pdf\") NIL NIL \"BASE64\" 4 NIL (\"attachment\" (\"filename\" \"a.pdf\"))",
        "\"14-Nov-2023 22:13:20 +0000\"",
        "FLAGS (\\Flagged)",
        "PREVIEW \"hello\"",
    ] {
        assert!(said.contains(wanted), "no {wanted}\n{said}");
    }
    assert!(talk.ask("FETCH 4 BODY.PEEK[2.MIME]").contains("filename=a.pdf"));
    assert!(talk.ask("FETCH 4 BODY.PEEK[1]").contains("BODY[1] {5}\nhello"));
    assert!(talk.ask("FETCH 4 BODY.PEEK[]<0.7>").contains("BODY[]<0> {7}\nSubject"));
    assert!(talk.ask("FETCH 4 BINARY.SIZE[2]").contains("BINARY.SIZE[2] 3"));
    assert!(talk.ask("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]").contains("}\nSubject: letter 1\n\n"));
}

#[test]
fn folders_and_messages_can_be_changed() {
    let (_server, mut talk) = begin(EVERYTHING);
    talk.ask("CREATE Gr&APwA3w-e");
    assert!(talk.ask("LIST \"\" \"Gr*\" RETURN (STATUS (MESSAGES))").contains("\"Gr&APwA3w-e\" (MESSAGES 0)"));
    assert!(talk.ask("UID COPY 1:2 Gr&APwA3w-e").contains("[COPYUID 1700000007 1:2 1:2]"));
    assert!(talk.ask("UID MOVE 1 Trash").contains("* 1 EXPUNGE"));
    assert!(talk.tell("UID COPY 2 Nowhere").contains("NO [TRYCREATE]"));
    assert!(talk.ask("UID STORE 2 +FLAGS (\\Deleted)").contains("FLAGS (\\Deleted)"));
    assert!(talk.ask("UID EXPUNGE 2").contains("* 1 EXPUNGE"));
    assert!(talk.ask("APPEND Drafts (\\Draft) \"02-Nov-2026 10:00:00 +0000\" {3+}\r\na\r\n").contains("[APPENDUID "));
    talk.ask("SELECT Drafts");
    let said = talk.ask("UID REPLACE 1 Drafts (\\Draft) {3+}\r\nb\r\n");
    assert!(said.contains("* OK [APPENDUID") && said.contains("* 1 EXPUNGE") && said.contains("* 1 EXISTS"), "{said}");
    talk.ask("RENAME Drafts Old/Drafts");
    assert!(talk.ask("LIST \"\" %/%").contains("Old/Drafts"));
}

#[test]
fn searches_find_what_is_there() {
    let (_server, mut talk) = begin(EVERYTHING);
    assert!(talk.ask("SEARCH OR FROM s1 SUBJECT \"letter 3\"").contains("* SEARCH 1 3\n"));
    assert!(talk.ask("UID SEARCH RETURN (COUNT ALL) NOT UID 2").contains(" UID COUNT 2 ALL 1,3\n"));
    assert!(talk.ask("UID SEARCH RETURN (PARTIAL -1:-2) ALL").contains(" UID PARTIAL (-1:-2 2:3)\n"));
    assert!(talk.ask("UID SORT (REVERSE SUBJECT) UTF-8 ALL").contains("* SORT 3 2 1\n"));
    assert!(talk.tell("SEARCH CHARSET KOI8-R ALL").contains("[BADCHARSET (UTF-8"));
    assert!(
        talk.ask("ESEARCH IN (mailboxes (INBOX Sent)) RETURN (COUNT) ALL").contains("MAILBOX \"INBOX\" UIDVALIDITY")
    );
    assert!(talk.ask("UIDBATCHES 2").contains("* UIDBATCHES (TAG \"t9\") 3:2,1:1\n"));
    talk.ask("UID SEARCH RETURN (SAVE) UID 2:3");
    assert!(talk.ask("UID FETCH $ FLAGS").contains("* 3 FETCH (UID 3 FLAGS ())"));
}

#[test]
fn modes_are_entered_and_limits_kept() {
    let (server, mut talk) = begin(&["UIDPLUS", "ENABLE", "UIDONLY", "MESSAGELIMIT=2", "INPROGRESS", "UNAUTHENTICATE"]);
    assert!(talk.ask("UID FETCH 1:* FLAGS").contains("OK [MESSAGELIMIT 2 2] done"));
    assert!(talk.tell("UID COPY 1:* Sent").contains("NO [MESSAGELIMIT 2]"));
    assert!(talk.ask("UID COPY 1:2 Sent").contains("* OK [INPROGRESS (\"t5\" 1 2)]"));
    talk.ask("ENABLE UIDONLY");
    assert!(talk.tell("FETCH 1 FLAGS").contains("BAD [UIDREQUIRED]"));
    assert!(talk.ask("UID FETCH 3 (UID FLAGS)").contains("* 3 UIDFETCH (FLAGS ())"));
    server.mail().deliver("INBOX", b"\nx\n", &[], 0);
    assert!(talk.ask("NOOP").contains("* 4 EXISTS"));
    talk.ask("UNAUTHENTICATE");
    assert!(talk.tell("SELECT INBOX").contains("BAD log in first"));
}

#[test]
fn two_sessions_see_each_other() {
    let (server, mut one) = begin(EVERYTHING);
    let mut other = Talk::imaps(server.imaps);
    other.login(USER);
    other.ask("SELECT INBOX");
    let tag = one.send("IDLE");
    assert_eq!(one.line(), "+ idling");
    other.ask("UID STORE 2 +FLAGS (\\Deleted)");
    assert_eq!(one.line(), "* 2 FETCH (UID 2 FLAGS (\\Deleted))");
    other.ask("EXPUNGE");
    assert_eq!(one.line(), "* 2 EXPUNGE");
    server.mail().deliver("INBOX", b"\nx\n", &[], 0);
    assert_eq!(one.line(), "* 3 EXISTS");
    one.raw(b"DONE\r\n");
    assert_eq!(one.line(), format!("{tag} OK done"));
    one.ask("ENABLE QRESYNC");
    let resync = one.ask("SELECT INBOX (QRESYNC (1700000001 5))");
    assert!(resync.contains("* VANISHED (EARLIER) 2") && resync.contains("* OK [CLOSED]"), "{resync}");
}

#[test]
fn faults_come_once_and_where_they_should() {
    let (server, mut talk) = begin(&["IDLE"]);
    let plan = |command, act| server.manners().plan(Fault { command, act });
    plan("NOOP", Act::Answer("* 7 NONSENSE\nNO [INUSE] later".into()));
    assert_eq!(talk.tell("NOOP"), "* 7 NONSENSE\nt3 NO [INUSE] later\n");
    plan("NOOP", Act::Before(b"* 9 EXISTS\r\n".to_vec()));
    assert_eq!(talk.ask("NOOP"), "* 9 EXISTS\nt4 OK done\n");
    plan("NOOP", Act::Instead(b"$TAG OK me\r\n".to_vec()));
    plan("NOOP", Act::Pause(Duration::from_millis(1)));
    assert_eq!(talk.ask("NOOP") + &talk.ask("NOOP"), "t5 OK me\nt6 OK done\n");
    plan("UID COPY", Act::Cut(2));
    talk.send("UID COPY 1 Sent");
    let mut again = Talk::imaps(server.imaps);
    again.login(USER);
    while !again.ask("STATUS Sent (MESSAGES)").contains("MESSAGES 1)") {}
    for act in [Act::Close, Act::Reset] {
        plan("NOOP", act);
        let mut talk = Talk::imaps(server.imaps);
        talk.login(USER);
        talk.send("NOOP");
        let end = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| talk.line()));
        assert!(end.is_err(), "the connection is over");
    }
    assert!(server.manners().heard().contains(&"UID COPY 1 Sent".to_owned()));
}
