//! A server of the test's making on the other end of a socket.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use super::*;
use crate::imap::capability::Capabilities;
use crate::net::{Stream, Timeouts, UnixTransport};
use crate::wire::{Connection, Transcript};

/// Lines that the server reads, each with what it says then; a `T` in front stands for the tag of that line, a `U` for the
/// tag before it.
pub(in crate::imap) type Script = &'static [(&'static str, &'static str)];

/// A connection to a server that says this greeting, if any, and follows this script.
pub(in crate::imap) fn serve(greeting: &'static str, script: Script) -> (Connection, JoinHandle<()>) {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let server = std::thread::spawn(move || {
        let mut reader = BufReader::new(theirs.try_clone().unwrap());
        theirs.write_all(greeting.as_bytes()).unwrap();
        let mut tags = (String::new(), String::new());
        for (expected, answer) in script {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.strip_suffix("\r\n").unwrap();
            match (expected.strip_prefix("T "), line.split_once(' ')) {
                (Some(expected), Some((tag, rest))) => {
                    assert_eq!(rest, expected);
                    tags = (tag.to_owned(), tags.0);
                }
                _ => assert_eq!(line, *expected),
            }
            let tagged = answer.split_inclusive("\r\n").map(|line| match line.split_at_checked(2) {
                Some(("T ", rest)) => format!("{} {rest}", tags.0),
                Some(("U ", rest)) => format!("{} {rest}", tags.1),
                _ => line.to_owned(),
            });
            // All at once: the client may be content with the first line and leave.
            theirs.write_all(tagged.collect::<String>().as_bytes()).unwrap();
        }
        // Nothing more is said, until the client is done.
        let mut rest = String::new();
        let _ = reader.read_line(&mut rest);
        assert!(rest.is_empty() || rest.ends_with(" LOGOUT\r\n"), "{rest}");
    });
    let stream = Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap()));
    (Connection::new(stream, Timeouts::default(), Transcript::off()), server)
}

fn engine(capabilities: &str, script: Script) -> (Engine, JoinHandle<()>) {
    let (connection, server) = serve("", script);
    let mut engine = Engine::new(connection).unwrap();
    engine.state.capabilities = Capabilities::from_atoms(capabilities.split(' ').map(str::as_bytes));
    (engine, server)
}

pub(in crate::imap) fn credentials() -> Credentials {
    Credentials {
        user: Some("tim".into()),
        password: Some(Secret::new("tanstaaf")),
        token: Some(Secret::new("token")),
        host: "h".into(),
        port: 993,
        ..Credentials::default()
    }
}

/// Logs in, and says how many times something could have ridden behind.
fn run(
    capabilities: &str,
    mechanism: Mechanism,
    credentials: &Credentials,
    script: Script,
) -> (Result<()>, usize, bool) {
    let (mut engine, server) = engine(capabilities, script);
    let mut rides = 0;
    let result = sasl(&mut engine, mechanism, credentials, &sasl::Binding::Unsupported, &mut |_| {
        rides += 1;
        Ok(())
    });
    let initial = engine.state.has(Extension::SaslIr);
    drop(engine);
    server.join().unwrap();
    (result, rides, initial)
}

pub(in crate::imap) const PLAIN: &str = "AHRpbQB0YW5zdGFhZg==";

#[test]
fn an_initial_response_needs_no_further_step() {
    let (result, rides, _) = run(
        "SASL-IR AUTH=PLAIN",
        Mechanism::Plain,
        &credentials(),
        &[("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "* CAPABILITY IMAP4rev1 IDLE\r\nT OK done\r\n")],
    );
    result.unwrap();
    assert_eq!(rides, 1);
}

#[test]
fn without_sasl_ir_the_response_waits_whatever_the_server_calls_its_turn() {
    for turn in ["+ \r\n", "+\r\n", "+ go ahead!\r\n", "* OK still here\r\n+ \r\n"] {
        let script: Script = Box::leak(Box::new([("T AUTHENTICATE PLAIN", turn), (PLAIN, "T OK done\r\n")]));
        let (result, rides, _) = run("AUTH=PLAIN", Mechanism::Plain, &credentials(), script);
        result.unwrap();
        assert_eq!(rides, 0, "a command would be taken for the response");
    }
}

#[test]
fn an_empty_initial_response_is_an_equals_sign() {
    let script: Script = &[("T AUTHENTICATE EXTERNAL =", "T OK done\r\n")];
    run("SASL-IR AUTH=EXTERNAL", Mechanism::External, &Credentials::default(), script).0.unwrap();
}

#[test]
fn the_answer_to_an_oauth_complaint_is_empty() {
    // {"status":"400"}
    let script: Script = &[
        ("T AUTHENTICATE XOAUTH2 dXNlcj10aW0BYXV0aD1CZWFyZXIgdG9rZW4BAQ==", "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n"),
        ("", "T NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"),
    ];
    let (result, rides, _) = run("SASL-IR AUTH=XOAUTH2", Mechanism::Xoauth2, &credentials(), script);
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Authentication(_)), "{error}");
    assert!(error.to_string().contains("[AUTHENTICATIONFAILED] Invalid credentials (status 400)"), "{error}");
    assert_eq!(rides, 0, "a refusal has a further step");
}

#[test]
fn nonsense_is_cancelled() {
    let script: Script = &[("T AUTHENTICATE CRAM-MD5", "+ ???\r\n"), ("*", "T BAD cancelled\r\n")];
    let error = run("AUTH=CRAM-MD5", Mechanism::CramMd5, &credentials(), script).0.unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
}

#[test]
fn a_refusal_of_the_credentials_ends_it() {
    let script: Script = &[("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T NO [AUTHENTICATIONFAILED] no\r\n")];
    let (result, _, initial) = run("SASL-IR AUTH=PLAIN", Mechanism::Plain, &credentials(), script);
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "authentication failed at AUTHENTICATE: [AUTHENTICATIONFAILED] no");
    assert!(!sasl::may_try_next(&error) && initial);
    // So does a BAD behind the response, which may be a judgement of it.
    let script: Script = &[("T AUTHENTICATE PLAIN", "+ \r\n"), (PLAIN, "T BAD no\r\n")];
    let error = run("AUTH=PLAIN", Mechanism::Plain, &credentials(), script).0.unwrap_err();
    assert!(matches!(error, Error::Authentication(_)) && !sasl::may_try_next(&error), "{error}");
    let script: Script = &[("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T NO [UNAVAILABLE] later\r\n")];
    let error = run("SASL-IR AUTH=PLAIN", Mechanism::Plain, &credentials(), script).0.unwrap_err();
    assert!(matches!(&error, Error::Rejected(rejection) if rejection.transient), "{error}");
}

#[test]
fn coremail_offers_sasl_ir_and_does_not_know_it() {
    let script: Script = &[("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T BAD Request not ending with \\r\\n\r\n")];
    let (result, _, initial) = run("SASL-IR AUTH=PLAIN", Mechanism::Plain, &credentials(), script);
    let error = result.unwrap_err();
    assert!(sasl::may_try_next(&error) && !initial, "{error}");
    // Who is only busy knows it all the same.
    let script: Script =
        &[("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T BAD User is authenticated but not connected.\r\n")];
    let (result, _, initial) = run("SASL-IR AUTH=PLAIN", Mechanism::Plain, &credentials(), script);
    let error = result.unwrap_err();
    assert!(!sasl::may_try_next(&error) && initial, "{error}");
}

#[test]
fn a_mechanism_that_is_not_there_leads_to_the_next() {
    for answer in ["T BAD AUTHENTICATE\r\n", "T NO Unsupported authentication mechanism.\r\n"] {
        let script: Script = Box::leak(Box::new([("T AUTHENTICATE PLAIN", answer)]));
        let error = run("AUTH=PLAIN", Mechanism::Plain, &credentials(), script).0.unwrap_err();
        assert!(sasl::may_try_next(&error), "{error}");
    }
}

#[test]
fn success_before_anybody_said_who_is_none() {
    let script: Script = &[("T AUTHENTICATE PLAIN", "T OK done\r\n")];
    let error = run("AUTH=PLAIN", Mechanism::Plain, &credentials(), script).0.unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
}

#[test]
fn the_mechanism_login_is_the_command_where_that_is_allowed() {
    let script: Script = &[("T LOGIN tim \"tanstaaf\"", "T OK done\r\n")];
    let (result, rides, _) = run("AUTH=LOGIN", Mechanism::Login, &credentials(), script);
    result.unwrap();
    assert_eq!(rides, 1);
    let script: Script = &[
        ("T AUTHENTICATE LOGIN", "+ VXNlcm5hbWU6\r\n"),
        ("dGlt", "+ UGFzc3dvcmQ6\r\n"),
        ("dGFuc3RhYWY=", "T OK done\r\n"),
    ];
    run("LOGINDISABLED AUTH=LOGIN", Mechanism::Login, &credentials(), script).0.unwrap();
}

#[test]
fn login_quotes_what_it_must() {
    let odd = Credentials { user: Some("ann smith".into()), password: Some(Secret::new("a\"b\\c")), ..credentials() };
    let script: Script = &[("T LOGIN \"ann smith\" \"a\\\"b\\\\c\"", "T NO LOGIN failed.\r\n")];
    let error = run("IMAP4rev1", Mechanism::Login, &odd, script).0.unwrap_err();
    assert_eq!(error.to_string(), "authentication failed at LOGIN: LOGIN failed.");
}

#[test]
fn a_password_that_is_not_ascii_is_a_literal() {
    let odd = Credentials { password: Some(Secret::new("p\u{e4}ss")), ..credentials() };
    let script: Script = &[("T LOGIN tim {5+}", ""), ("p\u{e4}ss", "T OK done\r\n")];
    let (result, rides, _) = run("LITERAL+", Mechanism::Login, &odd, script);
    result.unwrap();
    assert_eq!(rides, 1);
    let script: Script = &[("T LOGIN tim {5}", "+ go on\r\n"), ("p\u{e4}ss", "T OK done\r\n")];
    let (result, rides, _) = run("IMAP4rev1", Mechanism::Login, &odd, script);
    result.unwrap();
    assert_eq!(rides, 0, "the server has a say before");
    // Nor is anything sent to a server that says no to the literal.
    let script: Script = &[("T LOGIN tim {5}", "T NO [AUTHENTICATIONFAILED] no\r\n")];
    let error = run("IMAP4rev1", Mechanism::Login, &odd, script).0.unwrap_err();
    assert!(matches!(error, Error::Authentication(_)), "{error}");
}

#[test]
fn what_cannot_be_said_is_not_sent() {
    let nul = Credentials { password: Some(Secret::new("a\0b")), ..credentials() };
    let error = run("IMAP4rev1", Mechanism::Login, &nul, &[]).0.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
    let acting = Credentials { authzid: Some("other".into()), ..credentials() };
    let error = run("IMAP4rev1", Mechanism::Login, &acting, &[]).0.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
}
