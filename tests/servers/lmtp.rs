//! smtpsend to a real Dovecot: delivery by LMTP, and submission.

use std::fs;

use super::dovecot::{Dovecot, Store};
use super::postfix::Postfix;
use super::send::{records, smtpsend};
use crate::support::command::Home;

#[test]
fn delivery_by_port_and_by_socket() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    let port = format!("lmtp://localhost:{}", dovecot.lmtp);
    let mut sent = 0;
    for url in [port.as_str(), &dovecot.lmtp_url()] {
        for chunking in ["auto", "off"] {
            for pipelining in ["auto", "off"] {
                let options = ["--chunking", chunking, "--pipeline", pipelining, "--json", "--security", "plain"];
                let users = ["user@example.org", "other@example.org"];
                let run = smtpsend(&home, url, &[&options[..], &users].concat()).run().exits(0);
                let recipients = records(&run, "recipient");
                assert!(recipients.iter().all(|recipient| recipient["status"] == "accepted"), "{}", run.both());
                // Each has a delivery of its own.
                assert_ne!(recipients[0]["text"], recipients[1]["text"], "{}", run.both());
                sent += 1;
            }
        }
    }
    for user in ["user", "other"] {
        let mails = dovecot.mails(user);
        assert_eq!(mails.len(), sent, "{user}");
        assert!(mails.iter().all(|mail| mail.ends_with(b"\n\ntext\n.\n..dots\n")));
        assert!(mails.iter().all(|mail| mail.starts_with(b"Return-Path: <sender@example.org>")));
    }
}

#[test]
fn one_recipient_is_refused_and_the_others_get_it() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    let url = dovecot.lmtp_url();
    for chunking in ["auto", "off"] {
        let transcript = home.join("transcript");
        let options = ["--json", "--chunking", chunking, "--transcript", transcript.to_str().unwrap()];
        let users = ["user@example.org", "\"no body\"@example.org", "other@example.org"];
        let run = smtpsend(&home, &url, &[&options[..], &users].concat()).run().exits(80);
        let said = fs::read_to_string(&transcript).unwrap();
        let recipients = records(&run, "recipient");
        let told: Vec<_> = recipients.iter().map(|recipient| recipient["status"].as_str().unwrap()).collect();
        assert!(told[0] == "accepted" && told[1] != "accepted" && told[2] == "accepted", "{}\n{said}", run.both());
    }
    assert_eq!((dovecot.mails("user").len(), dovecot.mails("other").len()), (2, 2));
}

#[test]
fn by_starttls_where_it_is_not_this_machine() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let home = Home::new();
    let url = format!("lmtp://localhost:{}", dovecot.lmtp);
    smtpsend(&home, &url, &["--security", "starttls", "user@example.org"]).run().silently();
    assert!(String::from_utf8_lossy(&dovecot.mails("user")[0]).contains("LMTPS"));
}

#[test]
fn submission_hands_on_what_it_is_given() {
    let Some(postfix) = Postfix::start() else { return };
    let Some(dovecot) = Dovecot::start_relaying(postfix.smtp) else { return };
    let home = Home::new();
    let starttls = format!("smtp://user@localhost:{}", dovecot.submission);
    let tls = format!("smtps://user@localhost:{}", dovecot.submissions);
    let mut sent = 0;
    for url in [&starttls, &tls] {
        for chunking in ["auto", "off"] {
            let transcript = home.join("transcript");
            let options = ["--chunking", chunking, "--transcript", transcript.to_str().unwrap(), "--json"];
            let run = smtpsend(&home, url, &[&options[..], &["user@example.org"]].concat()).run().exits(0);
            let said = fs::read_to_string(&transcript).unwrap();
            assert_eq!(said.contains("BDAT"), chunking == "auto", "{said}");
            // The verdict, and so the name, is that of the server behind it.
            let id = records(&run, "recipient")[0]["queue_id"].as_str().unwrap().to_owned();
            sent += 1;
            postfix.delivered("user", sent);
            assert!(postfix.log().contains(&format!(": {id}: message-id=<1@example.org>")), "{id}");
        }
    }
    smtpsend(&home, &tls, &["unknown@example.org"]).run().exits(67);
    smtpsend(&home, &tls, &["unknown@example.org", "user@example.org"]).run().exits(80);
    sent += 1;
    home.write_secret("wrong", "wrong-wrong-wrong");
    smtpsend(&home, &tls, &["--password-file", "wrong", "user@example.org"]).run().exits(77);
    let mails = postfix.delivered("user", sent);
    assert_eq!(mails.len(), sent);
    assert!(mails.iter().all(|mail| mail.ends_with(b"\n\ntext\n.\n..dots\n")));
}
