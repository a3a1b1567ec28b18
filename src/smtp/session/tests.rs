//! Sessions before a server that answers from a list.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use super::*;
use crate::addr_spec::AddrSpec;
use crate::net::{Stream, Timeouts, UnixTransport};
use crate::sasl::{Known, Policy};
use crate::secret::Secret;
use crate::smtp::content::Octets;
use crate::smtp::engine::tests::connection;
use crate::wire::{Entry, Record, Secrets, Transcript};

/// A server that answers each line with the next of these, an empty one being no answer, and gives the lines it got.
fn server(theirs: UnixStream, replies: &'static [&'static str]) -> JoinHandle<Vec<String>> {
    std::thread::spawn(move || {
        let mut input = BufReader::new(theirs.try_clone().unwrap());
        let mut output = theirs;
        let mut got = Vec::new();
        let mut replies = replies.iter();
        output.write_all(replies.next().unwrap().as_bytes()).unwrap();
        let mut line = String::new();
        while input.read_line(&mut line).is_ok_and(|count| count > 0) {
            got.push(std::mem::take(&mut line).trim_end().to_owned());
            match replies.next() {
                Some(reply) => output.write_all(reply.as_bytes()).unwrap(),
                None => break,
            }
        }
        got
    })
}

fn open(dialect: Dialect, replies: &'static [&'static str]) -> (Result<Session>, JoinHandle<Vec<String>>) {
    let (connection, theirs) = connection();
    let server = server(theirs, replies);
    (Session::open(connection, dialect, HelloName::parse("c.example").unwrap()), server)
}

fn started(replies: &'static [&'static str]) -> (Session, JoinHandle<Vec<String>>) {
    let (session, server) = open(Dialect::Esmtp, replies);
    let mut session = session.unwrap();
    session.ehlo(Fallback::Forbidden).unwrap();
    (session, server)
}

#[test]
fn greetings() {
    for (greeting, transient) in [("421 busy\r\n", true), ("450 busy\r\n", true), ("554 no\r\n", false)] {
        let (session, server) = open(Dialect::Esmtp, Box::leak(Box::new([greeting])));
        let Err(Error::Rejected(rejection)) = session else { unreachable!() };
        assert_eq!((rejection.verb, rejection.transient), ("greeting", transient));
        drop(server);
    }
    for wrong in ["250 ok\r\n", "+OK ready\r\n", "* OK\r\n", "354 go\r\n"] {
        let (session, _) = open(Dialect::Esmtp, Box::leak(Box::new([wrong])));
        assert!(matches!(session, Err(Error::Protocol { phase: Phase::Greeting, .. })), "{wrong}");
    }
    let (session, _) = open(Dialect::Esmtp, &["220-wait\r\n220 \x1b[31mhello\r\n"]);
    assert_eq!(session.unwrap().greeting(), "wait ^[[31mhello");
}

#[test]
fn hello_falls_back_only_where_nothing_is_lost() {
    let (session, server) = open(Dialect::Esmtp, &["220\r\n", "502 what\r\n", "250 hi\r\n"]);
    let mut session = session.unwrap();
    assert!(session.ehlo(Fallback::Allowed).unwrap().lines.is_empty());
    session.leave();
    assert_eq!(server.join().unwrap(), ["EHLO c.example", "HELO c.example", "QUIT"]);

    let (session, _) = open(Dialect::Esmtp, &["220\r\n", "502 what\r\n"]);
    assert!(matches!(session.unwrap().ehlo(Fallback::Forbidden), Err(Error::Unsupported(_))));
    for refusal in ["421 down\r\n", "450 later\r\n", "554 no\r\n"] {
        let (session, server) = open(Dialect::Esmtp, Box::leak(Box::new(["220\r\n", refusal])));
        let mut session = session.unwrap();
        assert!(matches!(session.ehlo(Fallback::Allowed), Err(Error::Rejected(_))), "{refusal}");
        drop(session);
        assert_eq!(server.join().unwrap(), ["EHLO c.example"]);
    }
    let (session, server) = open(Dialect::Lmtp, &["220\r\n", "500 what\r\n"]);
    assert!(matches!(session.unwrap().ehlo(Fallback::Allowed), Err(Error::Rejected(_))));
    assert_eq!(server.join().unwrap(), ["LHLO c.example"]);
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn tls_is_not_given_up() {
    let connector = crate::net::tls::TlsConfig::default().connector().unwrap();
    let starttls = |replies| started(replies).0.starttls(&connector, "x").map(drop);
    assert!(matches!(starttls(&["220\r\n", "250 HELP\r\n", ""]), Err(Error::Insecure(_))));
    let offered = "250-x\r\n250 starttls\r\n";
    let refused = starttls(Box::leak(Box::new(["220\r\n", offered, "502 no\r\n", ""])));
    assert!(matches!(refused, Err(Error::Insecure(_))), "{refused:?}");
    let later = starttls(Box::leak(Box::new(["220\r\n", offered, "454 later\r\n", ""])));
    assert!(matches!(later, Err(Error::Rejected(_))), "{later:?}");
    for wrong in ["250 ok\r\n", "354 go\r\n", "334 \r\n", "221 bye\r\n", "220 go\r\n250 injected\r\n", "220 go\r\nx"] {
        let wrong = starttls(Box::leak(Box::new(["220\r\n", offered, wrong, ""])));
        assert!(matches!(wrong, Err(Error::Protocol { .. })), "{wrong:?}");
    }
}

/// Logs in with a password, whatever the server offers: what became of it, and the lines the server got.
fn login(auth: &str, replies: &'static [&'static str]) -> (Result<()>, Vec<String>) {
    let (session, server) = started(replies);
    let credentials = Credentials {
        user: Some("tim".into()),
        password: Some(Secret::new("tanstaaf")),
        token: Some(Secret::new("token")),
        ..Credentials::default()
    };
    let sasl::AuthList::Methods(allowed) = sasl::AuthList::parse(auth).unwrap() else { unreachable!() };
    let policy = Policy { allowed: Some(allowed), ..Policy::default() };
    let choices = sasl::plan(&session.offer(), &session.channel(), Known::from(&credentials), &policy).unwrap();
    let result = session.login(&choices, &credentials).map(Session::leave);
    let mut got = server.join().unwrap();
    got.remove(0);
    (result, got)
}

const MECHANISMS: &str = "250-x\r\n250-auth plain login xoauth2\r\n250 AUTH=PLAIN\r\n";

#[test]
fn login_with_and_without_an_initial_response() {
    let (result, got) = login("plain", &["220\r\n", MECHANISMS, "235 in\r\n", ""]);
    result.unwrap();
    assert_eq!(got, ["AUTH PLAIN AHRpbQB0YW5zdGFhZg==", "QUIT"]);
    // The line is too long for this server: in two steps.
    let (result, got) =
        login("plain", &["220\r\n", MECHANISMS, "500 5.5.6 too long\r\n", "334 \r\n", "235 in\r\n", ""]);
    result.unwrap();
    assert_eq!(got, ["AUTH PLAIN AHRpbQB0YW5zdGFhZg==", "AUTH PLAIN", "AHRpbQB0YW5zdGFhZg==", "QUIT"]);
    let (result, got) =
        login("login", &["220\r\n", MECHANISMS, "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 in\r\n", ""]);
    result.unwrap();
    assert_eq!(got[1..], ["dGlt", "dGFuc3RhYWY=", "QUIT"]);
}

#[test]
fn a_refusal_of_the_credentials_ends_it() {
    let (result, got) = login("plain,login", &["220\r\n", MECHANISMS, "535 5.7.8 wrong\r\n", ""]);
    assert!(matches!(result, Err(Error::Authentication(_))), "{result:?}");
    assert_eq!(got.len(), 2, "{got:?}");
    assert_eq!(got[1], "QUIT");
    let (result, got) = login("plain,login", &["220\r\n", MECHANISMS, "454 4.7.0 later\r\n", ""]);
    assert!(matches!(&result, Err(Error::Rejected(rejection)) if rejection.transient), "{result:?}");
    assert_eq!(got[1], "QUIT");
    for refusal in ["432 4.7.12 transition\r\n", "538 5.7.11 encryption\r\n"] {
        let (result, got) = login("plain,login", Box::leak(Box::new(["220\r\n", MECHANISMS, refusal, ""])));
        let Err(Error::Authentication(rejection)) = result else { unreachable!() };
        assert!(!rejection.transient && rejection.text.contains("--"), "{rejection}");
        assert_eq!(got[1], "QUIT");
    }
    // Who hangs up has still said why.
    let (result, _) = login("plain", &["220\r\n", MECHANISMS, "421 4.7.0 too many errors\r\n"]);
    assert!(matches!(&result, Err(Error::Rejected(rejection)) if rejection.transient), "{result:?}");
}

#[test]
fn a_refusal_of_the_mechanism_lets_another_be_tried() {
    let (result, got) = login(
        "plain,login",
        &["220\r\n", MECHANISMS, "504 5.5.4 no\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235\r\n", ""],
    );
    result.unwrap();
    assert_eq!(got[1], "AUTH LOGIN");
    let (result, _) = login("plain", &["220\r\n", MECHANISMS, "502 5.5.1 what\r\n", ""]);
    assert!(matches!(result, Err(Error::Unsupported(_))), "{result:?}");
}

#[test]
fn an_oauth_error_is_told() {
    let json = "334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n";
    let replies = Box::leak(Box::new(["220\r\n", MECHANISMS, "334 \r\n", json, "535 5.7.8 bad\r\n", ""]));
    let (result, got) = login("xoauth2", replies);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("status 400"), "{error}");
    assert_eq!((got[0].as_str(), got[2].as_str()), ("AUTH XOAUTH2", ""));
}

#[test]
fn no_secret_is_in_the_transcript() {
    #[derive(Default)]
    struct Lines(std::sync::Mutex<String>);
    impl Record for Lines {
        fn record(&self, entry: &Entry<'_>) {
            self.0.lock().unwrap().push_str(&format!("{}\n", entry.text));
        }
        fn wants_bodies(&self) -> bool {
            true
        }
    }
    let lines = std::sync::Arc::new(Lines::default());
    for replies in [
        &["220\r\n", "250 AUTH PLAIN\r\n", "535 no AHRpbQB0YW5zdGFhZg== tanstaaf\r\n", ""],
        &["220\r\n", "250 AUTH PLAIN\r\n", "500 5.5.6 too long\r\n", "334 \r\n"],
    ] {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
        let transcript = Transcript::new(vec![lines.clone()], Secrets::Masked);
        let server = server(theirs, replies);
        let name = HelloName::parse("c.example").unwrap();
        let connection = Connection::new(stream, Timeouts::default(), transcript);
        let mut session = Session::open(connection, Dialect::Esmtp, name).unwrap();
        session.ehlo(Fallback::Forbidden).unwrap();
        let credentials =
            Credentials { user: Some("tim".into()), password: Some(Secret::new("tanstaaf")), ..Credentials::default() };
        let choice = Choice {
            method: Method::Sasl(sasl::Mechanism::Plain),
            binding: sasl::Binding::Unsupported,
            reason: "PLAIN".into(),
        };
        let error = session.login(&[choice], &credentials).unwrap_err().to_string();
        assert!(!error.contains("tanstaaf") && !error.contains("YW5zdGFhZg"), "{error}");
        server.join().unwrap();
    }
    let lines = lines.0.lock().unwrap();
    assert!(lines.contains("AUTH PLAIN [secret]"), "{lines}");
    for secret in ["tanstaaf", "YW5zdGFhZg"] {
        assert!(!lines.contains(secret), "{lines}");
    }
}

#[test]
fn verbs_by_hand() {
    let (mut session, server) = started(&["220\r\n", "250 x\r\n", "252 perhaps\r\n", "550 no\r\n", "221 bye\r\n"]);
    for barred in ["STARTTLS", "auth plain", "DATA", "bdat 5 last", "NOOP\r\nQUIT"] {
        assert!(matches!(session.verb(barred.as_bytes()), Err(Error::InvalidInput(_))), "{barred}");
    }
    assert_eq!(session.verb(b"VRFY a").unwrap().code, 252);
    assert_eq!(session.verb(b"EXPN b").unwrap().code, 550);
    assert_eq!(session.quit().unwrap().code, 221);
    assert_eq!(server.join().unwrap(), ["EHLO c.example", "VRFY a", "EXPN b", "QUIT"]);
}

#[test]
fn one_step_at_a_time() {
    let replies = &[
        "220\r\n",
        "250 x\r\n",
        "250\r\n",
        "250\r\n",
        "550\r\n",
        "250\r\n",
        "354\r\n",
        "",
        "",
        "",
        "250 b\r\n450 d\r\n",
    ];
    let (session, server) = open(Dialect::Lmtp, replies);
    let mut session = session.unwrap();
    session.ehlo(Fallback::Forbidden).unwrap();
    let address = |text| AddrSpec::parse(text).unwrap();
    let envelope = Envelope::new(None, ["b@y", "c@y", "d@y"].map(address));
    let content = Octets::new("S: x\r\n\r\n.\r\n");
    assert!(session.mail(&envelope, &content).unwrap().is_positive());
    let codes: Vec<u16> = envelope.recipients.iter().map(|to| session.rcpt(to).unwrap().code).collect();
    assert_eq!(codes, [250, 550, 250]);
    assert_eq!(session.data().unwrap().code, 354);
    let verdicts = session.body(&content).unwrap();
    assert_eq!(verdicts.iter().map(|reply| reply.code).collect::<Vec<_>>(), [250, 450]);
    drop(session);
    assert_eq!(server.join().unwrap()[5..], ["DATA", "S: x", "", "..", "."]);

    // After 354 a QUIT would be part of the message.
    let (mut session, server) = started(&["220\r\n", "250 x\r\n", "354\r\n"]);
    session.data().unwrap();
    session.leave();
    assert_eq!(server.join().unwrap(), ["EHLO c.example", "DATA"]);
}
