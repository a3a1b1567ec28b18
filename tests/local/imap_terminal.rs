//! `imapctl` as a person at a terminal has it: tables that fit, progress that goes when it is over, a shell.

use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use crate::support::command::Home;
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};
use crate::support::terminal::Terminal;

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
    // Results stand between drawings, each of which is cleared.
    assert!(shown.contains("\x1b[2K3 -> Old 3\r\n"), "{shown:?}");
    assert!(shown.trim_end().ends_with("\x1b[2K"), "{shown:?}");
}

#[test]
fn the_shell_of_raw_is_typed_at() {
    let server = ImapServer::offering(EVERYTHING);
    server.mail().deliver("INBOX", b"Subject: one\n\nb\n", &[], 1_700_000_000);
    server.mail().store().create("Receipts", None);
    let home = Home::new();
    let Some(mut terminal) = Terminal::start(home.imapctl(&server.url("user"), &["raw"]), 80) else { return };
    terminal.sees("imap> ").types("EXAMINE INBOX\r").sees("* 1 EXISTS").sees(" OK ").sees("imap> ");
    // Pasted lines run one after the other.
    terminal.types("NOOP\rUID SEARCH ALL\r").sees(" OK ").sees("* SEARCH 1").sees(" OK ").sees("imap> ");
    // Commands are completed, and mailboxes by what the server has.
    terminal.types("STAT\t").sees("STATUS").types(" Rec\t").sees("Receipts").types(" (MESSAGES)\r");
    terminal.sees("* STATUS \"Receipts\" (MESSAGES 0)").sees(" OK ").sees("imap> ");
    // A literal is what is typed next.
    terminal
        .types("STATUS {8}\r")
        .types("Receipts (MESSAGES)\r")
        .sees("* STATUS \"Receipts\"")
        .sees(" OK ")
        .sees("imap> ");
    terminal.types("IDLE\r").sees("+ ");
    server.mail().deliver("INBOX", b"Subject: two\n\nb\n", &[], 1_700_000_000);
    terminal.sees("* 2 EXISTS").types("\r").sees(" OK ").sees("imap> ");
    // The history goes back over what was typed; what may hold a secret is not in it, a line given up is not sent.
    terminal.types("LOGIN ann hunter2\r").sees(" NO ").sees("imap> ");
    terminal.types("never sent\x03").sees("imap> ").types("\x1b[A").sees("IDLE").types("\x03").sees("imap> ");
    terminal.types("\x04");
    let (shown, finished) = terminal.ends();
    // One of the commands was refused.
    assert_eq!(finished.code(), 80, "{shown}");
    let history = std::fs::read_to_string(home.join("state/mailwire/imapctl-raw-history")).unwrap();
    assert!(history.contains("UID SEARCH ALL\n"), "{history}");
    assert!(!history.contains("hunter2") && !history.contains("never sent"), "{history}");
}
