//! What `imapctl` shows of long work on standard error, and that it shows nothing of short work, or to nobody.

use std::time::Duration;

use crate::support::command::{Finished, Home};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};

/// Longer than what is never shown.
const LONG: Duration = Duration::from_millis(1_300);

fn server(command: &'static str, act: Act) -> ImapServer {
    let server = ImapServer::offering(EVERYTHING);
    for at in 0..3 {
        server.mail().deliver("INBOX", format!("Subject: {at}\n\nb\n").as_bytes(), &[], 1_700_000_000);
    }
    server.mail().deliver("Old", b"Subject: old\n\nb\n", &[], 1_700_000_000);
    server.manners().plan(Fault { command, act });
    server
}

fn stderr(run: &Finished) -> String {
    String::from_utf8_lossy(&run.stderr).into_owned()
}

#[test]
fn the_servers_own_progress_is_told() {
    let told = |code: &str| {
        let octets = format!("* OK [INPROGRESS{code}] still at it\r\n").into_bytes();
        let server = server("UID COPY", Act::Meanwhile(octets, LONG));
        let run =
            Home::new().imapctl(&server.url("user"), &["copy", "1:3", "--to", "Old", "--progress", "always"]).run();
        stderr(&run.exits(0))
    };
    let codes = [" (\"$TAG\" 30 100)", " (NIL 30 NIL)", "", " (\"other\" 30 100)"];
    let [lines, aimless, bare, foreign] =
        std::thread::scope(|scope| codes.map(|code| scope.spawn(move || told(code))).map(|told| told.join().unwrap()));
    assert!(lines.contains(": copying, 0/3, UID COPY 30/100 (30 %), "), "{lines}");
    // What it is the progress of, and of how much, need not be told.
    assert!(aimless.contains(": copying, 0/3, UID COPY 30, "), "{aimless}");
    assert!(bare.contains(": copying, 0/3, UID COPY under way, "), "{bare}");
    // Another command's is none of ours.
    assert!(!foreign.contains("30"), "{foreign}");
}

#[test]
fn messages_and_octets_are_told() {
    let server = server("UID FETCH", Act::Pause(LONG));
    let home = Home::new();
    let run = home.imapctl(&server.url("user"), &["save", "1:3", "--to", "saved", "--progress", "always"]).run();
    let lines = stderr(&run.exits(0));
    assert!(lines.starts_with("imapctl: ") && lines.contains(": saving, 0/3, "), "{lines}");
    assert!(lines.contains("/s, "), "{lines}");
}

#[test]
fn nothing_is_told_of_what_is_done_at_once_nor_where_there_is_no_terminal() {
    let at_once = server("UID COPY", Act::Before(b"* OK [INPROGRESS (\"$TAG\" 30 100)] x\r\n".to_vec()));
    let home = Home::new();
    let words = ["copy", "1:3", "--to", "Old"];
    let run = home.imapctl(&at_once.url("user"), &[&words[..], &["--progress", "always"]].concat()).run();
    assert_eq!(stderr(&run.exits(0)), "");

    let octets = b"* OK [INPROGRESS (\"$TAG\" 30 100)] x\r\n".to_vec();
    let slow = server("UID COPY", Act::Meanwhile(octets, LONG));
    let run = home.imapctl(&slow.url("user"), &words).run();
    assert_eq!(stderr(&run.exits(0)), "");
}
