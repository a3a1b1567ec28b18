//! imapctl looks at real servers: what they are like, and what it thinks of them.

use serde_json::Value;

use super::assert_no_secret;
use super::cyrus::Cyrus;
use super::dovecot::{Dovecot, Store};
use super::send::records;
use crate::support::command::{Finished, Home, PASSWORD, Program, USER};
use crate::support::imap_server::{EVERYTHING, ImapServer};

fn probe(url: &str, arguments: &[&str]) -> Finished {
    Home::new().imapctl(url, &[&["probe"], arguments].concat()).run()
}

#[track_caller]
fn probed(url: &str) -> Value {
    let run = probe(url, &["--json"]).exits(0);
    assert_no_secret(&[&run.stdout, &run.stderr], &[PASSWORD]);
    let mut found = records(&run, "probe");
    assert_eq!(found.len(), 1, "{}", run.both());
    found.remove(0)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The values of one field in an array of objects.
fn each<'v>(value: &'v Value, field: &str) -> Vec<&'v str> {
    value.as_array().map(|all| all.iter().filter_map(|one| one[field].as_str()).collect()).unwrap_or_default()
}

#[test]
fn a_probe_tells_what_dovecot_and_cyrus_are_like() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for (url, kind, starttls) in [
        (dovecot.imaps_url(USER), "Dovecot", false),
        (dovecot.imap_url(USER), "Dovecot", true),
        (cyrus.imaps_url(USER), "Cyrus", false),
        (cyrus.imap_url(USER), "Cyrus", true),
    ] {
        let told = probed(&url);
        assert_eq!(told["security"], if starttls { "starttls" } else { "tls" });
        assert_eq!(texts(&told["capabilities"]["before_tls"]).contains(&"STARTTLS"), starttls, "{told}");
        assert!(texts(&told["capabilities"]["before_login"]).contains(&"AUTH=PLAIN"), "{told}");
        assert!(texts(&told["capabilities"]["after_login"]).contains(&"QUOTA"), "{told}");
        assert!(texts(&told["mechanisms"]).contains(&"PLAIN") && told["choice"]["method"] == "PLAIN", "{told}");
        assert_eq!((&told["tls"]["verification"], &told["revision"]), (&"chain".into(), &"IMAP4rev1".into()));
        assert!(texts(&told["implied"]).contains(&"METADATA-SERVER"), "{told}");
        let used = texts(&told["used"]);
        assert!(used.contains(&"MOVE") && used.contains(&"ACL") && !used.contains(&"CATENATE"), "{told}");
        assert_eq!(told["namespaces"][0]["holder"], "personal", "{told}");
        assert_eq!(told["namespaces"][0]["delimiter"], "/", "{told}");
        assert!(each(&told["special_use"], "special_use").contains(&"\\Sent"), "{told}");
        assert!(each(&told["quota"], "resource").contains(&"STORAGE"), "{told}");
        assert!(told["id"][0]["value"].as_str().unwrap().contains(kind), "{told}");
        assert!(texts(&told["oddities"]).iter().any(|oddity| oddity.starts_with(kind)), "{told}");
        let asked = each(&told["latencies"], "command");
        for command in ["NOOP", "ID", "NAMESPACE", "LIST", "STATUS", "GETQUOTAROOT", "EXAMINE"] {
            assert!(asked.contains(&command), "{command}: {told}");
        }
        assert!(told["timings_ms"]["login"].is_number() && told["days_left"].is_number(), "{told}");
    }
    let told = probed(&cyrus.imaps_url(USER));
    assert_eq!(told["limits"][0]["name"], "append_limit", "{told}");
}

#[test]
fn a_probe_needs_nobody_and_fits_a_person() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let told = probed(&format!("imaps://localhost:{}", dovecot.imaps));
    assert!(told["capabilities"]["after_login"].is_null() && told["timings_ms"]["login"].is_null(), "{told}");
    assert_eq!((&told["choice"]["method"], &told["id"][0]["value"]), (&"PLAIN".into(), &"Dovecot".into()), "{told}");
    assert!(told["special_use"].as_array().unwrap().is_empty(), "{told}");
    // No login, but a session all the same.
    let told = records(
        &Home::new()
            .program(
                Program::Imapctl,
                [
                    "probe",
                    "--json",
                    "--tunnel",
                    &dovecot.preauth_command(USER),
                    "-a",
                    "imap://localhost",
                    "--security",
                    "plain",
                ],
            )
            .run()
            .exits(0),
        "probe",
    )
    .remove(0);
    assert!(texts(&told["capabilities"]["after_login"]).contains(&"IDLE") && told["choice"].is_null(), "{told}");

    let run = probe(&dovecot.imap_url(USER), &[]).exits(0);
    let text = run.stdout();
    for expected in [
        "server ",
        "verified      yes",
        "before TLS ",
        "after login ",
        "namespaces ",
        "quota ",
        "oddities ",
        "answers ",
    ] {
        assert!(text.lines().any(|line| line.starts_with(expected)), "{expected:?} is missing in\n{text}");
    }
    for line in text.lines().filter(|line| line.contains(' ') && !line.contains("sha256:")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let days = probed(&dovecot.imaps_url(USER))["days_left"].as_i64().unwrap();
    probe(&dovecot.imaps_url(USER), &["--warn-days", &(days + 2).to_string()]).exits(1);
    probe(&dovecot.imaps_url(USER), &["--warn-days", "1"]).exits(0);
    let clear = format!("imap://localhost:{}", dovecot.imap);
    probe(&clear, &["--security", "plain", "--warn-days", "1"]).exits(69).says("--warn-days");
}

#[test]
fn a_probe_shows_the_certificate_that_it_does_not_trust() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    for url in [dovecot.imaps_url(USER), dovecot.imap_url(USER)] {
        let password = home.password_file();
        let words = ["probe", "--json", "-v", "-a", &url, "--password-file", password.to_str().unwrap()];
        // The CA of the tests is not among the roots.
        let run = home.program(Program::Imapctl, words).run().exits(69);
        let told = records(&run, "probe").remove(0);
        assert_eq!(told["tls"]["verification"], "none", "{told}");
        assert_eq!(told["tls"]["chain"][0]["subject"], "CN=localhost", "{told}");
        assert!(told["days_left"].is_number() && told["capabilities"]["after_login"].is_null(), "{told}");
        assert_eq!(records(&run, "error")[0]["kind"], "certificate");
        assert!(!run.stderr().contains("AUTHENTICATE"), "nobody logs in to a stranger\n{}", run.stderr());
    }
}

#[test]
fn a_refused_login_is_told_behind_what_was_learnt() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    let wrong = home.write_secret("wrong", "not this");
    let ca = crate::support::pki::pki().ca_file();
    let url = dovecot.imaps_url(USER);
    let words =
        ["probe", "--json", "-a", &url, "--password-file", wrong.to_str().unwrap(), "--ca-file", ca.to_str().unwrap()];
    let run = home.program(Program::Imapctl, words).run().exits(77);
    assert!(records(&run, "probe")[0]["tls"].is_object(), "{}", run.both());
}

#[test]
fn a_newer_server_implies_what_it_does_not_name() {
    let server = ImapServer::offering(&["IMAP4rev2", "MESSAGELIMIT=100", "APPENDLIMIT=4000"]);
    let told = probed(&server.url(USER));
    assert_eq!(told["revision"], "IMAP4rev1", "as long as the newer one is not enabled");
    let implied = texts(&told["implied"]);
    assert!(implied.contains(&"LIST-STATUS") && implied.contains(&"BINARY (FETCH only)"), "{told}");
    let limits: Vec<_> = told["limits"].as_array().unwrap().iter().map(|limit| limit["value"].as_u64()).collect();
    assert_eq!(limits, [Some(4000), Some(100)], "{told}");
    let told = probed(&ImapServer::offering(EVERYTHING).url(USER));
    assert!(texts(&told["used"]).contains(&"X-GM-EXT-1"), "{told}");
    assert!(texts(&told["oddities"]).iter().any(|oddity| oddity.starts_with("Gmail:")), "{told}");
    let told = probed(&ImapServer::offering(&["IMAP4rev1"]).url(USER));
    assert!(texts(&told["oddities"]).iter().any(|oddity| oddity.starts_with("no UIDPLUS")), "{told}");
}
