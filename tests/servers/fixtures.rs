//! The servers themselves, spoken to by hand: what is handed in comes out.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::dovecot::{Dovecot, Store};
use super::postfix::{Delivery, Manners, Postfix};
use crate::support::command::PASSWORD;
use crate::support::pki::pki;

/// A connection that says lines and reads replies, and panics at what it does not expect.
struct Talk<S>(BufReader<S>);

impl Talk<TcpStream> {
    fn with(port: u16) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    fn secure(self) -> Talk<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(pki().ca_file()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        Talk(BufReader::new(StreamOwned::new(connection, self.0.into_inner())))
    }
}

impl<S: std::io::Read + Write> Talk<S> {
    fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(format!("{text}\r\n").as_bytes()).unwrap();
    }

    /// Reads a reply, which has to start so.
    #[track_caller]
    fn hear(&mut self, start: &str) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            reply += &line;
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        }
        assert!(reply.starts_with(start), "{start} expected, {reply:?} came");
        reply
    }

    #[track_caller]
    fn ask(&mut self, text: &str, start: &str) -> String {
        self.say(text);
        self.hear(start)
    }

    #[track_caller]
    fn login(&mut self, user: &str) {
        let plain = STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        self.ask(&format!("AUTH PLAIN {plain}"), "235");
    }

    #[track_caller]
    fn send(&mut self, recipients: &[&str], subject: &str) {
        self.ask("MAIL FROM:<sender@example.org>", "250");
        for recipient in recipients {
            self.ask(&format!("RCPT TO:<{recipient}>"), "250");
        }
        self.ask("DATA", "354");
        self.say(&format!("Subject: {subject}\r\n\r\n..dot\r\n."));
    }
}

#[track_caller]
fn has(mails: &[Vec<u8>], text: &str) {
    let found = mails.iter().any(|mail| memchr::memmem::find(mail, text.as_bytes()).is_some());
    assert!(found, "{text:?} is not in {:?}", mails.iter().map(|m| m.escape_ascii().to_string()).collect::<Vec<_>>());
}

#[test]
fn postfix_takes_mail_and_delivers_it() {
    let Some(postfix) = Postfix::start() else { return };
    // By STARTTLS.
    let mut talk = Talk::with(postfix.submission);
    talk.hear("220");
    let offered = talk.ask("EHLO test.example", "250");
    for keyword in ["PIPELINING", "SIZE ", "STARTTLS", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"] {
        assert!(offered.contains(keyword), "{keyword}: {offered}");
    }
    assert!(!offered.contains("AUTH"), "{offered}");
    talk.ask("STARTTLS", "220");
    let mut talk = talk.secure();
    assert!(talk.ask("EHLO test.example", "250").contains("SCRAM-SHA-256"));
    talk.ask("MAIL FROM:<sender@example.org>", "250");
    talk.ask("RCPT TO:<user@example.org>", "554 5.7.1");
    talk.ask("RSET", "250");
    talk.login("user");
    talk.send(&["user@example.org", "else@elsewhere.example"], "by starttls");
    talk.hear("250");
    talk.ask("MAIL FROM:<foreign@example.org>", "250");
    talk.ask("RCPT TO:<user@example.org>", "553 5.7.1");
    talk.ask("RSET", "250");
    talk.ask("MAIL FROM:<>", "250");
    talk.ask("RCPT TO:<unknown1@example.org>", "550 5.1.1");
    talk.ask("RCPT TO:<later1@example.org>", "450 4.2.0");
    talk.ask("RCPT TO:<refused1@example.org>", "554 5.7.1");
    talk.ask("RSET", "250");
    talk.send(&["user@example.org"], "spam, and lots of it");
    talk.hear("550 5.7.1");
    talk.ask("QUIT", "221");
    has(&postfix.delivered("user", 1), "Subject: by starttls\n\n.dot\n");

    // By TLS from the start.
    let mut talk = Talk::with(postfix.smtps).secure();
    talk.hear("220");
    talk.ask("EHLO test.example", "250");
    talk.login("user");
    talk.send(&["other@example.org"], "by smtps");
    talk.hear("250");
    has(&postfix.delivered("other", 1), "Subject: by smtps\n");

    // Without a login.
    let mut talk = Talk::with(postfix.smtp);
    talk.hear("220");
    assert!(talk.ask("EHLO test.example", "250").contains("XCLIENT"));
    talk.ask("MAIL FROM:<sender@elsewhere.example>", "250");
    talk.ask("RCPT TO:<someone@elsewhere.example>", "454 4.7.1");
    talk.ask("RSET", "250");
    talk.send(&["other@example.org"], "as port 25");
    talk.hear("250");
    has(&postfix.delivered("other", 2), "Subject: as port 25\n");

    let mut talk = Talk::with(postfix.proxied);
    talk.say("PROXY TCP4 192.0.2.7 127.0.0.1 4711 25");
    talk.hear("220");
    talk.ask("EHLO test.example", "250");
    talk.send(&["other@example.org"], "behind a proxy");
    talk.hear("250");
    has(&postfix.delivered("other", 3), "[192.0.2.7]");
}

#[test]
fn postfix_with_other_manners() {
    let manners = Manners {
        delivery: Delivery::Dovecot,
        size_limit: Some(2000),
        recipient_limit: Some(1),
        without: "CHUNKING PIPELINING",
    };
    let Some(postfix) = Postfix::start_with(manners) else { return };
    let mut talk = Talk::with(postfix.smtp);
    talk.hear("220");
    let offered = talk.ask("EHLO test.example", "250");
    assert!(offered.contains("SIZE 2000") && !offered.contains("CHUNKING") && !offered.contains("PIPEL"), "{offered}");
    talk.ask("MAIL FROM:<sender@example.org> SIZE=3000", "552 5.3.4");
    talk.ask("RSET", "250");
    talk.ask("MAIL FROM:<sender@example.org>", "250");
    talk.ask("RCPT TO:<user@example.org>", "250");
    talk.ask("RCPT TO:<other@example.org>", "452 4.5.3");
    talk.ask("RSET", "250");
    talk.send(&["user@example.org"], "by way of lmtp");
    talk.hear("250");
    has(&postfix.delivered("user", 1), "Subject: by way of lmtp\n");

    let Some(postfix) = Postfix::start_with(Manners { delivery: Delivery::Discard, ..Manners::default() }) else {
        return;
    };
    let mut talk = Talk::with(postfix.smtp);
    talk.hear("220");
    talk.ask("EHLO test.example", "250");
    talk.send(&["user@example.org"], "into nothing");
    talk.hear("250");
    assert!(postfix.delivered("user", 0).is_empty());
}

#[test]
fn dovecot_delivers_by_lmtp() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mut talk = Talk::with(dovecot.lmtp);
    talk.hear("220");
    assert!(talk.ask("LHLO test.example", "250").contains("CHUNKING"));
    talk.send(&["user@example.org", "other@example.org"], "by lmtp");
    talk.hear("250");
    talk.hear("250");
    has(&dovecot.mails("user"), "Subject: by lmtp\n\n.dot\n");
    has(&dovecot.mails("other"), "Subject: by lmtp\n\n.dot\n");
    assert!(std::path::Path::new(dovecot.lmtp_url().trim_start_matches("lmtp://")).exists());
}

#[test]
fn dovecot_hands_submitted_mail_on() {
    let Some(postfix) = Postfix::start() else { return };
    let Some(dovecot) = Dovecot::start_relaying(postfix.smtp) else { return };
    let mut talk = Talk::with(dovecot.submissions).secure();
    talk.hear("220");
    talk.ask("EHLO test.example", "250");
    talk.login("user");
    talk.send(&["user@example.org"], "by dovecot");
    talk.hear("250");
    has(&postfix.delivered("user", 1), "Subject: by dovecot\n");

    let mut talk = Talk::with(dovecot.submission);
    talk.hear("220");
    talk.ask("EHLO test.example", "250");
    talk.ask("STARTTLS", "220");
    let mut talk = talk.secure();
    talk.ask("EHLO test.example", "250");
    talk.login("user");
    talk.ask("MAIL FROM:<sender@example.org>", "250");
    talk.ask("RCPT TO:<unknown@example.org>", "550 5.1.1");
    assert!(postfix.url("user").starts_with("smtp://user@localhost:"));
    assert!(postfix.smtps_url("user").starts_with("smtps://user@localhost:"));
}
