//! `imapctl` as a person at a terminal has it: the shell of `raw`, tables that fit, progress that goes when it is over.

use std::fs;
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use crate::support::command::{Home, all_files};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};
use crate::support::terminal::Terminal;

const UP: &str = "\x1b[A";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const SECRET: &str = "hush-9Xv2";

fn heard(server: &ImapServer, command: &str) -> usize {
    server.manners().heard().iter().filter(|line| line.as_str() == command).count()
}

#[test]
fn the_shell_of_raw() {
    let server = ImapServer::offering(EVERYTHING);
    server.mail().store().create("Sent mail", None);
    server.mail().deliver("INBOX", b"Subject: hello\n\nb\n", &[], 1_700_000_000);
    let home = Home::new();
    let state = home.join("state");
    let call = home.imapctl(&server.url("user"), &["raw", "--state-dir", state.to_str().unwrap()]);
    let Some(mut terminal) = Terminal::start(call, 80) else { return };
    terminal.sees("imap> ").types("noop\r").sees("OK done");
    // Commands and mailboxes are completed.
    terminal.sees("imap> ").types("EXAM\t \"Sen\t\r").sees("READ-ONLY");
    assert_eq!(heard(&server, "EXAMINE \"Sent mail\""), 1, "{:?}", server.manners().heard());
    // What was understood stands below what came.
    terminal.sees("imap> ").types("SELECT INBOX\r").sees("uidvalidity").sees("READ-WRITE");
    // A literal.
    terminal.sees("imap> ").types("UID SEARCH SUBJECT {5}\r").types("hello\r").types("\r").sees("SEARCH").sees(" OK ");
    // What happens is told while it happens, until somebody has had enough.
    terminal.sees("imap> ").types("IDLE\r").sees("Enter ends IDLE");
    server.mail().deliver("INBOX", b"Subject: new\n\nb\n", &[], 1_700_000_000);
    terminal.sees("2 EXISTS").types("\r").sees(" OK ");
    terminal.sees("imap> ").types("IDLE\r").sees("Enter ends IDLE").types(CTRL_C).sees(" OK ");
    // A line that is given up is not sent; a password is, and is not remembered.
    terminal.sees("imap> ").types("gibberish").sees("gibberish").types(CTRL_C).sees("imap> ");
    terminal.types(&format!("LOGIN user {SECRET}\r")).sees(" BAD ");
    terminal.sees("imap> ").types(&format!("AUTHENTICATE PLAIN {SECRET}\r")).sees(" NO ");
    terminal.sees("imap> ").types(UP).sees("IDLE").types(UP).sees("UID SEARCH").types(CTRL_C).sees("imap> ");
    terminal.types(CTRL_D);
    let (shown, finished) = terminal.ends();
    assert_eq!(finished.code(), 80, "two were refused: {shown}");
    assert!(!server.manners().heard().iter().any(|line| line.contains("gibberish")));

    let history = fs::read_to_string(state.join("imapctl-raw-history")).unwrap();
    assert!(history.contains("EXAMINE \"Sent mail\"") && history.contains("IDLE"), "{history}");
    for file in all_files(home.path()) {
        let text = fs::read(&file).unwrap();
        assert!(memchr::memmem::find(&text, SECRET.as_bytes()).is_none(), "{} has the password", file.display());
    }
}

/// The text without what colours it, which is all that may be there beside it.
fn plain(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown;
    while let Some(at) = rest.find("\x1b[") {
        text.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        let end = code.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        assert_eq!(&code[end..=end], "m", "{shown:?}");
        rest = &code[end + 1..];
    }
    text.push_str(rest);
    text.replace('\r', "")
}

#[test]
fn tables_fit_the_terminal() {
    let server = ImapServer::offering(EVERYTHING);
    let long = "日本語の件名 🎉👨\u{200d}👩 ".repeat(6);
    server.mail().store().create(&format!("Lists/{}", "long-".repeat(15)), None);
    for subject in [long.as_str(), "evil \x1b[2Jred\x07", "short"] {
        let mail = format!("From: {} <a@example.org>\nSubject: {subject}\n\nb\n", "山田太郎".repeat(5));
        server.mail().deliver("INBOX", mail.as_bytes(), &[], 1_700_000_000);
    }
    for columns in [80, 40] {
        for words in
            [&["folders", "--counts"][..], &["folders", "--tree", "--subscribed"], &["list"], &["threads"], &["status"]]
        {
            let home = Home::new();
            let Some(terminal) = Terminal::start(home.imapctl(&server.url("user"), words), columns) else { return };
            let (shown, finished) = terminal.ends();
            assert_eq!(finished.code(), 0, "{shown}");
            let text = plain(&shown);
            assert!(text.lines().count() >= 3, "{words:?}: {text}");
            for line in text.lines() {
                assert!(line.width() <= columns && !line.contains(char::is_control), "{words:?}, {columns}: {line:?}");
            }
            let piped = home.imapctl(&server.url("user"), words).run().exits(0).stdout();
            assert!(!piped.contains('\x1b'), "{words:?}: {piped:?}");
        }
    }
}

#[test]
fn progress_is_drawn_and_gone_when_it_is_over() {
    let server = ImapServer::offering(EVERYTHING);
    for at in 0..3 {
        server.mail().deliver("INBOX", format!("Subject: {at}\n\nb\n").as_bytes(), &[], 1_700_000_000);
    }
    server.mail().store().create("Old", None);
    let octets = b"* OK [INPROGRESS (\"$TAG\" 30 100)] still at it\r\n".to_vec();
    let act = Act::Meanwhile(octets, Duration::from_millis(2_500));
    server.manners().plan(Fault { command: "UID COPY", act });
    let home = Home::new();
    let call = home.imapctl(&server.url("user"), &["copy", "1:3", "--to", "Old"]);
    let Some(mut terminal) = Terminal::start(call, 80) else { return };
    terminal.sees("copying  0/3  UID COPY 30/100 (30 %)");
    let (shown, finished) = terminal.ends();
    assert_eq!(finished.code(), 0, "{shown}");
    // Behind the last drawing the line is cleared, and only results stand there.
    let last = shown.rfind("(30 %)").unwrap();
    assert!(shown[last..].contains("\x1b[2K") && shown[last..].contains("Old"), "{shown:?}");
}
