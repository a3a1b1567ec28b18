//! `imapctl batch`: many commands over one connection, and what becomes of those behind one that fails.

use serde_json::Value;

use crate::support::command::{Finished, Home, PASSWORD, Program};
use crate::support::imap_server::{Act, EVERYTHING, Fault, ImapServer};
use crate::support::pki::pki;

fn batch(server: &ImapServer, lines: &str, arguments: &[&str]) -> Finished {
    let home = Home::new();
    let (url, ca, password) = (server.url("user"), pki().ca_file(), home.password_file());
    let (ca, password) = (ca.display().to_string(), password.display().to_string());
    let mut all = vec!["batch", "-", "-a", &url, "--ca-file", &ca, "--password-file", &password];
    all.extend(arguments);
    home.program(Program::Imapctl, all).stdin(lines.as_bytes()).run()
}

fn told(run: &Finished) -> Vec<Value> {
    String::from_utf8_lossy(&run.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The exit status of each line, by its number.
fn results(told: &[Value]) -> Vec<(u64, u64)> {
    let results = told.iter().filter(|line| line["type"] == "result");
    results.map(|line| (line["line"].as_u64().unwrap(), line["exit"].as_u64().unwrap())).collect()
}

#[test]
fn every_line_is_told_with_its_number_over_one_connection() {
    let server = ImapServer::offering(EVERYTHING);
    server.mail().deliver("INBOX", b"Subject: a\n\nb\n", &[], 1_700_000_000);
    let lines = "# counts\nstatus\n\nlist 'subject:a'\nstatus Nowhere\nlst\nlist -v\nsearch is:unread\n";
    let run = batch(&server, lines, &["--json"]).exits(80);
    let told = told(&run);
    assert_eq!(results(&told), [(2, 0), (4, 0), (5, 66), (6, 64), (7, 64), (8, 0)], "{}", run.both());
    assert!(told.iter().any(|line| line["type"] == "status" && line["line"] == 2), "{}", run.both());
    let faults = |line: u64| told.iter().filter(|told| told["type"] == "error" && told["line"] == line).count();
    assert_eq!([5, 6, 7, 8].map(faults), [1, 1, 1, 0], "{}", run.both());
    let summary = told.last().unwrap();
    assert_eq!((summary["type"].as_str(), summary["exit"].as_u64()), (Some("summary"), Some(80)));
    assert_eq!(server.sessions(), 1);
    let heard = server.manners().heard();
    let selects = heard.iter().filter(|line| line.contains("EXAMINE") || line.contains("SELECT")).count();
    assert_eq!(selects, 1, "the folder stays open: {heard:?}");
    let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(stderr.contains("line 6: ") && !stderr.contains(PASSWORD), "{stderr}");
}

#[test]
fn nothing_is_connected_to_for_lines_that_are_none() {
    let server = ImapServer::offering(EVERYTHING);
    batch(&server, "# nothing\n\n", &[]).exits(0);
    batch(&server, "lst\n", &[]).exits(64);
    assert_eq!(server.sessions(), 0);
}

#[test]
fn the_first_failure_ends_it_if_that_is_wanted() {
    let server = ImapServer::offering(EVERYTHING);
    let run = batch(&server, "status\nstatus Nowhere\nstatus\n", &["--fail-fast", "--json"]).exits(80);
    assert_eq!(results(&told(&run)), [(1, 0), (2, 66)], "{}", run.both());
}

#[test]
fn a_lost_connection_ends_it() {
    let server = ImapServer::offering(EVERYTHING);
    server.manners().plan(Fault { command: "NAMESPACE", act: Act::Close });
    server.manners().plan(Fault { command: "STATUS", act: Act::Close });
    let run = batch(&server, "status\nstatus\nstatus\n", &["--json"]).exits(75);
    assert_eq!(results(&told(&run)), [(1, 75)], "{}", run.both());
    assert_eq!(server.sessions(), 1);
    let stderr = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(stderr.contains("the lines behind this one are not run"), "{stderr}");
}

#[test]
fn a_farewell_ends_it_too() {
    let server = ImapServer::offering(EVERYTHING);
    let bye = b"* BYE [UNAVAILABLE] later\r\n".to_vec();
    server.manners().plan(Fault { command: "STATUS", act: Act::Instead(bye) });
    let run = batch(&server, "status\nstatus\n", &["--json", "--timeout", "5"]).exits(75);
    assert_eq!(results(&told(&run)), [(1, 75)], "{}", run.both());
}

#[test]
fn a_file_that_is_not_there_is_missing_input() {
    let server = ImapServer::offering(EVERYTHING);
    let home = Home::new();
    let url = server.url("user");
    let run = home.program(Program::Imapctl, ["batch", "/nonexistent/jobs", "-a", &url]).run().exits(66);
    assert!(String::from_utf8_lossy(&run.stderr).contains("/nonexistent/jobs"), "{}", run.both());
    assert_eq!(server.sessions(), 0);
}

#[test]
fn the_lines_of_a_batch_are_nobody_s_mail() {
    let server = ImapServer::offering(EVERYTHING);
    let lines = "append\nappend -\nmetadata set /private/comment --file -\nstatus\n";
    let run = batch(&server, lines, &["--json"]).exits(80);
    assert_eq!(results(&told(&run)), [(1, 64), (2, 64), (3, 64), (4, 0)], "{}", run.both());
    let heard = server.manners().heard();
    assert!(!heard.iter().any(|line| line.starts_with("APPEND")), "{heard:?}");
}

#[test]
fn a_line_that_cannot_be_read_ends_it_and_is_told_with_its_number() {
    let server = ImapServer::offering(EVERYTHING);
    let home = Home::new();
    let (url, ca, password) = (server.url("user"), pki().ca_file(), home.password_file());
    let (ca, password) = (ca.display().to_string(), password.display().to_string());
    let all = ["batch", "-", "-a", &url, "--ca-file", &ca, "--password-file", &password, "--json"];
    let run = home.program(Program::Imapctl, all).stdin(b"status\nstatus \xff\nstatus\n").run().exits(80);
    let told = told(&run);
    assert_eq!(results(&told), [(1, 0)], "{}", run.both());
    let fault = told.iter().find(|line| line["type"] == "error").unwrap();
    assert_eq!((fault["line"].as_u64(), fault["exit"].as_u64()), (Some(2), Some(65)), "{}", run.both());
}
