//! Every mechanism that Dovecot has.

use std::fs;

use super::dovecot::{Dovecot, Store};
use super::{assert_no_secret, assert_same_mail, fetch, mails, popfetch};
use crate::support::command::{Home, PASSWORD};
use crate::support::pki::pki;

#[test]
fn every_password_mechanism() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(2, 20);
    dovecot.fill("user", &mails);
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "USER", "APOP"] {
        for url in [dovecot.url("user"), dovecot.stls_url("user")] {
            let home = Home::new();
            let transcript = home.join("transcript");
            let run = fetch(&home, &url, &["--auth", mechanism, "--transcript", transcript.to_str().unwrap()]).exits(0);
            assert_same_mail(home.mails(), &mails);
            let transcript = fs::read(&transcript).unwrap();
            assert_no_secret(&[&run.stdout, &run.stderr, &transcript], &[PASSWORD]);
            let said = String::from_utf8_lossy(&transcript).into_owned();
            let used = match mechanism {
                "USER" => "USER user".into(),
                "APOP" => "APOP user".into(),
                _ => format!("AUTH {mechanism}"),
            };
            assert!(said.contains(&used), "{used} was not used:\n{said}");
        }
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "USER", "APOP", ""] {
        let home = Home::new();
        home.write_secret("password", "wrong-wrong-wrong");
        let transcript = home.join("transcript");
        let mut arguments = vec!["--transcript", transcript.to_str().unwrap()];
        if !mechanism.is_empty() {
            arguments.extend(["--auth", mechanism]);
        }
        fetch(&home, &dovecot.url("user"), &arguments).exits(77).says("authentication failed");
        let said = fs::read_to_string(&transcript).unwrap();
        let tries = said
            .lines()
            .filter(|line| {
                line.contains("~> ") && (line.contains("AUTH ") || line.contains("PASS") || line.contains("APOP"))
            })
            .count();
        assert_eq!(tries, 1, "{mechanism}:\n{said}");
    }
}

#[test]
fn by_client_certificate() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(2, 21);
    dovecot.fill("user", &mails);
    let (certificate, key) = pki().issue_client("user");
    for url in [dovecot.url("user"), dovecot.stls_url("user")] {
        let home = Home::new();
        let certificate = home.write_secret("client.pem", &certificate.pem);
        let key = home.write_secret("client.key", &key.serialize_pem());
        // No --auth: a certificate that is given is used where EXTERNAL is offered. And no password at all.
        let ca = pki().ca_file();
        let target = format!("maildir:{}", home.maildir().display());
        let transcript = home.join("transcript");
        let mut all = vec!["fetch", &url, "--to", &target, "--ca-file", ca.to_str().unwrap()];
        all.extend(["--client-cert", certificate.to_str().unwrap(), "--client-key", key.to_str().unwrap()]);
        all.extend(["--transcript", transcript.to_str().unwrap()]);
        home.popfetch(all).run().exits(0);
        assert_same_mail(home.mails(), &mails);
        assert!(fs::read_to_string(&transcript).unwrap().contains("AUTH EXTERNAL"));
    }
}

#[test]
fn by_token() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = mails::ordinary(2, 22);
    dovecot.fill("user", &mails);
    let token = Dovecot::token("user");
    for mechanism in ["", "OAUTHBEARER", "XOAUTH2"] {
        let home = Home::new();
        let file = home.write_secret("token", &token);
        let command = format!("cat {}", file.display());
        let target = format!("maildir:{}", home.maildir().display());
        let url = dovecot.url("user");
        let ca = pki().ca_file();
        let transcript = home.join("transcript");
        let mut all = vec!["fetch", &url, "--to", &target, "--ca-file", ca.to_str().unwrap()];
        all.extend(["--token-command", &command, "--transcript", transcript.to_str().unwrap()]);
        if !mechanism.is_empty() {
            all.extend(["--auth", mechanism]);
        }
        let run = home.popfetch(all).run().exits(0);
        assert_same_mail(home.mails(), &mails);
        let transcript = fs::read(&transcript).unwrap();
        assert_no_secret(&[&run.stdout, &run.stderr, &transcript], &[&token]);
    }
    // One that is refused.
    let home = Home::new();
    let url = dovecot.url("user");
    let ca = pki().ca_file();
    let all = ["list", &url, "--ca-file", ca.to_str().unwrap(), "--token-command", "echo not-a-token"];
    home.popfetch(all).run().exits(77);
}

#[test]
fn anonymous_only_when_asked_for() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("anonymous", &mails::ordinary(1, 23));
    let home = Home::new();
    let url = format!("pop3s://localhost:{}", dovecot.pop3s);
    let transcript = home.join("transcript");
    let run =
        popfetch(&home, &["list", &url, "--auth", "ANONYMOUS", "--transcript", transcript.to_str().unwrap()]).run();
    let run = run.exits(0);
    assert!(run.stdout().lines().count() >= 1, "the mailbox of `anonymous` has a mail\n{}", run.both());
    assert!(fs::read_to_string(&transcript).unwrap().contains("AUTH ANONYMOUS"));
}

#[test]
fn a_password_in_clear_is_refused_before_it_is_sent() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    let transcript = home.join("transcript");
    let url = dovecot.stls_url("user");
    for mechanism in ["PLAIN", "LOGIN", "USER"] {
        let arguments = ["--security", "plain", "--auth", mechanism, "--transcript", transcript.to_str().unwrap()];
        fetch(&home, &url, &arguments).exits(69).says("--cleartext-auth");
        let said = fs::read_to_string(&transcript).unwrap_or_default();
        assert!(!["AUTH ", "USER ", "PASS"].iter().any(|verb| said.contains(&format!("-> {verb}"))), "{said}");
    }
    // SCRAM gives nothing away.
    fetch(&home, &url, &["--security", "plain", "--transcript", transcript.to_str().unwrap()]).exits(0);
    assert!(fs::read_to_string(&transcript).unwrap().contains("AUTH SCRAM-SHA-256"));
}
