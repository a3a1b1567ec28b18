//! smtpsend to a real Postfix: logins, security, each recipient's fate, what is asked for and what is negotiated.

use std::fs;

use serde_json::Value;

use super::assert_no_secret;
use super::postfix::{Manners, Postfix};
use crate::support::command::{Call, Finished, Home, PASSWORD, Program};
use crate::support::pki::pki;

/// A message that lacks nothing.
const MESSAGE: &[u8] = b"From: sender@example.org\nTo: user@example.org\nSubject: hello\n\
    Date: Mon, 02 Nov 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n\ntext\n.\n..dots\n";

/// `smtpsend -a URL` with the CA, the password, a sender, and a message on standard input.
pub(super) fn smtpsend(home: &Home, url: &str, arguments: &[&str]) -> Call {
    let (ca, password) = (pki().ca_file(), home.password_file());
    let mut all = vec!["-a", url, "--ca-file", ca.to_str().unwrap()];
    let logs_in = url.contains('@');
    if logs_in && !arguments.contains(&"--password-file") {
        all.extend(["--password-file", password.to_str().unwrap()]);
    }
    if !arguments.contains(&"-f") {
        all.extend(["-f", "sender@example.org"]);
    }
    all.extend(arguments);
    home.program(Program::Smtpsend, all).stdin(MESSAGE)
}

/// As `smtpsend`, run to its end, and its transcript.
fn transcribed(home: &Home, url: &str, arguments: &[&str]) -> (Finished, String) {
    let transcript = home.join("transcript");
    drop(fs::remove_file(&transcript));
    let mut all = vec!["--transcript", transcript.to_str().unwrap()];
    all.extend(arguments);
    let run = smtpsend(home, url, &all).run();
    (run, String::from_utf8(fs::read(&transcript).unwrap()).unwrap())
}

/// The lines of a type that a run with `--json` has printed.
pub(super) fn records(run: &Finished, kind: &str) -> Vec<Value> {
    let lines = run.stdout();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == kind).collect()
}

/// `-> ` commands and `<- ` codes in their order, the hellos and the login left out.
fn conversation(transcript: &str) -> Vec<String> {
    let lines = transcript.lines().filter_map(|line| {
        let (_, said) = line.trim_start().split_once(' ')?;
        let (direction, said) = said.trim_start().split_at_checked(3)?;
        let word = said.split([' ', ':', '[']).next()?;
        match direction {
            "~> " if ["MAIL", "RCPT", "DATA", "BDAT", "RSET"].contains(&word) => Some(format!("> {word}")),
            "<~ " => Some(format!("< {word}")),
            _ => None,
        }
    });
    let lines: Vec<_> = lines.collect();
    let from = lines.iter().position(|line| line == "> MAIL").unwrap_or(lines.len());
    lines[from..].to_vec()
}

#[test]
fn every_mechanism_security_and_backend() {
    let Some(postfix) = Postfix::start() else { return };
    let mut sent = 0;
    for mechanism in ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "CRAM-MD5"] {
        for url in [postfix.url("user"), postfix.smtps_url("user")] {
            let home = Home::new();
            let (run, said) = transcribed(&home, &url, &["--auth", mechanism, "user@example.org"]);
            let run = run.silently();
            assert!(said.contains(&format!("~> AUTH {mechanism}")), "{mechanism} was not used:\n{said}");
            assert_no_secret(&[&run.stdout, &run.stderr, said.as_bytes()], &[PASSWORD]);
            sent += 1;
        }
    }
    for backend in ["rustls", "native-tls"] {
        for url in [postfix.url("user"), postfix.smtps_url("user")] {
            let run = smtpsend(&Home::new(), &url, &["--tls-backend", backend, "user@example.org"]).run();
            if run.stderr().contains("built without the TLS backend") {
                eprintln!("SKIPPED: there is no {backend} in this build");
                continue;
            }
            run.silently();
            sent += 1;
        }
    }
    let mails = postfix.delivered("user", sent);
    assert_eq!(mails.len(), sent);
    for mail in &mails {
        let text = String::from_utf8_lossy(mail);
        assert!(text.contains("with ESMTPSA") && text.ends_with("\n\ntext\n.\n..dots\n"), "{text}");
    }
    let log = postfix.log();
    for mechanism in ["PLAIN", "LOGIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "CRAM-MD5"] {
        assert!(log.contains(&format!("sasl_method={mechanism}, sasl_username=user")), "{mechanism}\n{log}");
    }
}

#[test]
fn a_token_or_a_certificate_logs_in_too() {
    let Some(postfix) = Postfix::start() else { return };
    let token = super::dovecot::Dovecot::token("user");
    let ca = pki().ca_file();
    for mechanism in ["XOAUTH2", "OAUTHBEARER", ""] {
        let home = Home::new();
        home.write_secret("token", &token);
        let url = postfix.url("user");
        let mut arguments = vec!["-a", &url, "--ca-file", ca.to_str().unwrap(), "--token-command", "cat token"];
        arguments.extend(["-f", "sender@example.org", "user@example.org"]);
        if !mechanism.is_empty() {
            arguments.extend(["--auth", mechanism]);
        }
        let run = home.program(Program::Smtpsend, arguments).stdin(MESSAGE).run().silently();
        assert_no_secret(&[&run.stdout, &run.stderr], &[&token]);
    }
    assert_eq!(postfix.delivered("user", 3).len(), 3);
}

#[test]
fn a_wrong_password_is_tried_once_and_nothing_is_sent() {
    let Some(postfix) = Postfix::start() else { return };
    for mechanism in ["PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5", ""] {
        let home = Home::new();
        home.write_secret("password", "wrong-wrong-wrong");
        let mut arguments = vec!["user@example.org"];
        if !mechanism.is_empty() {
            arguments.extend(["--auth", mechanism]);
        }
        let (run, said) = transcribed(&home, &postfix.url("user"), &arguments);
        run.exits(77).says("authentication failed");
        assert_eq!(said.matches("~> AUTH").count(), 1, "{mechanism}:\n{said}");
        assert!(!said.contains("> MAIL"), "{said}");
    }
    // Without a login the submission port takes nothing.
    let run = smtpsend(&Home::new(), &format!("smtp://localhost:{}", postfix.submission), &["user@example.org"]).run();
    assert!([65, 69, 77].contains(&run.code()), "{}", run.both());
    assert_eq!(postfix.delivered("user", 0).len(), 0);
}

#[test]
fn each_recipient_has_a_fate_and_the_run_an_exit_code() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let send = |arguments: &[&str]| smtpsend(&home, &url, arguments);
    send(&["unknown1@example.org"])
        .run()
        .exits(67)
        .says("<unknown1@example.org>")
        .says("550 5.1.1")
        .says("no such user");
    send(&["unknown1@example.org", "unknown2@example.org"]).run().exits(67);
    send(&["refused@example.org"]).run().exits(65).says("554 5.7.1").says("refused by policy");
    send(&["unknown1@example.org", "refused@example.org"]).run().exits(65);
    send(&["later@example.org"]).run().exits(75).says("450 4.2.0");
    send(&["-f", "foreign@example.org", "user@example.org"]).run().exits(65).says("553 5.7.1");
    let spam = b"From: sender@example.org\nSubject: spam\n\ntext\n";
    send(&["user@example.org"]).stdin(spam).run().exits(65).says("550 5.7.1").says("this is spam");
    assert_eq!(postfix.delivered("user", 0).len(), 0);

    for pipelining in ["auto", "off"] {
        let mixture =
            ["--json", "--pipeline", pipelining, "unknown1@example.org", "user@example.org", "later@example.org"];
        let run = send(&mixture).run().exits(80);
        let recipients = records(&run, "recipient");
        let told: Vec<_> = recipients
            .iter()
            .map(|recipient| {
                (recipient["status"].as_str().unwrap(), recipient["code"].as_u64(), recipient["exit"].as_u64())
            })
            .collect();
        let wanted =
            [("refused", Some(550), Some(67)), ("accepted", Some(250), Some(0)), ("deferred", Some(450), Some(75))];
        assert_eq!(told, wanted);
        // The name that the server gave it is the one in the server's log.
        let id = recipients[1]["queue_id"].as_str().unwrap();
        assert_eq!(records(&run, "message")[0]["queue_ids"][0], id);
        postfix.delivered("user", 1);
        let logged = format!(": {id}: message-id=<1@example.org>");
        assert!(postfix.log().contains(&logged), "{logged:?}\n{}", postfix.log());
        assert_eq!(records(&run, "summary")[0]["exit"], 80);
    }
    assert_eq!(postfix.delivered("user", 2).len(), 2);

    // All or nobody.
    for chunking in ["auto", "off"] {
        for pipelining in ["auto", "off"] {
            let abort = ["--partial", "abort", "--chunking", chunking, "--pipeline", pipelining];
            let (run, said) =
                transcribed(&home, &url, &[&abort[..], &["user@example.org", "unknown@example.org"]].concat());
            assert!([65, 67].contains(&run.code()), "{}", run.both());
            let run = run.says("user@example.org").says("unknown@example.org");
            assert!(!said.contains("> DATA") && !said.contains("> BDAT"), "{}\n{said}", run.both());
            send(&[&abort[..], &["user@example.org", "other@example.org"]].concat()).run().silently();
        }
    }
    assert_eq!(postfix.delivered("other", 4).len(), 4);
    assert_eq!(postfix.delivered("user", 6).len(), 6);
}

#[test]
fn what_is_too_large_is_not_even_announced() {
    let Some(postfix) = Postfix::start_with(Manners { size_limit: Some(2_000), ..Manners::default() }) else { return };
    let message = [MESSAGE, "a line of some length, that there is\n".repeat(100).as_bytes()].concat();
    let home = Home::new();
    let transcript = home.join("transcript");
    let arguments = ["--transcript", transcript.to_str().unwrap(), "user@example.org"];
    let run = smtpsend(&home, &postfix.url("user"), &arguments).stdin(&message).run().exits(65);
    let said = fs::read_to_string(transcript).unwrap();
    assert!(!said.contains("> MAIL"), "{said}");
    assert!(run.stderr().contains("2000") || run.stderr().contains("2,000"), "{}", run.both());
}

#[test]
fn more_recipients_than_a_transaction_takes() {
    let recipients: Vec<_> = (0..8).map(|number| format!("user{number}@example.org")).collect();
    let recipients: Vec<_> = recipients.iter().map(String::as_str).collect();
    for without in ["", "PIPELINING", "CHUNKING", "PIPELINING CHUNKING"] {
        let manners = Manners { recipient_limit: Some(3), without, ..Manners::default() };
        let Some(postfix) = Postfix::start_with(manners) else { return };
        let home = Home::new();
        let run = smtpsend(&home, &postfix.url("user"), &[&["--json"], &recipients[..]].concat()).run().exits(0);
        let message = &records(&run, "message")[0];
        assert_eq!(message["accepted"], 8);
        assert_eq!(message["queue_ids"].as_array().unwrap().len(), 3, "{without}: {message}");
        for user in 0..8 {
            assert_eq!(postfix.delivered(&format!("user{user}"), 1).len(), 1, "{without}");
        }
    }
}

#[test]
fn as_few_round_trips_as_options_and_server_allow() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.smtps_url("user"));
    let all = ["> MAIL", "> RCPT", "> BDAT", "< 250", "< 250", "< 250"];
    let stepped = ["> MAIL", "< 250", "> RCPT", "< 250", "> BDAT", "< 250"];
    let plain = ["> MAIL", "> RCPT", "> DATA", "< 250", "< 250", "< 354", "< 250"];
    let old = ["> MAIL", "< 250", "> RCPT", "< 250", "> DATA", "< 354", "< 250"];
    for (chunking, pipelining, wanted) in
        [("auto", "auto", &all[..]), ("auto", "off", &stepped), ("off", "auto", &plain), ("off", "off", &old)]
    {
        let options = ["--chunking", chunking, "--pipeline", pipelining, "user@example.org"];
        let (run, said) = transcribed(&home, &url, &options);
        run.silently();
        let conversation = conversation(&said);
        assert_eq!(conversation[..wanted.len()], *wanted, "{chunking} {pipelining}\n{said}");
    }
    let mails = postfix.delivered("user", 4);
    assert!(mails.iter().all(|mail| mail.ends_with(b"\n\ntext\n.\n..dots\n")));
    assert_eq!(mails.len(), 4);
}

#[test]
fn what_is_asked_for_reaches_the_server() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let asked = ["--notify", "success,failure", "--ret", "hdrs", "--envid", "batch+7=x"];
    let (run, said) = transcribed(&home, &url, &[&asked[..], &["user@example.org"]].concat());
    run.silently();
    assert!(said.contains("RET=HDRS ENVID=batch+2B7+3Dx"), "{said}");
    assert!(said.contains("RCPT TO:<user@example.org> NOTIFY=SUCCESS,FAILURE"), "{said}");
    postfix.delivered("user", 1);
    // Postfix answers the sender: with the envelope's name, and of the message only the header.
    let reports = postfix.delivered("sender", 1);
    let report = String::from_utf8_lossy(&reports[0]).into_owned();
    assert!(report.contains("Original-Envelope-Id: batch+7=x"), "{report}");
    assert!(report.contains("text/rfc822-headers") && !report.contains("..dots"), "{report}");

    // Nobody is told.
    smtpsend(&home, &url, &["--notify", "never", "user@example.org"]).run().silently();
    smtpsend(&home, &url, &["-f", "<>", "user@example.org"]).run().silently();
    let mails = postfix.delivered("user", 3);
    assert_eq!(mails.iter().filter(|mail| mail.starts_with(b"Return-Path: <>")).count(), 1);
    assert_eq!(postfix.delivered("sender", 1).len(), 1);

    // What this server does not have is not left out in silence.
    for asked in [&["--require-tls"][..], &["--by", "2h"], &["--hold-for", "1h"], &["--priority", "3"]] {
        let (run, said) = transcribed(&home, &url, &[asked, &["user@example.org"]].concat());
        run.exits(69);
        assert!(!said.contains("> MAIL"), "{asked:?}\n{said}");
    }
    let Some(postfix) = Postfix::start_with(Manners { without: "DSN", ..Manners::default() }) else { return };
    smtpsend(&home, &postfix.url("user"), &["--notify", "never", "user@example.org"]).run().exits(69).says("DSN");
}

#[test]
fn addresses_of_the_whole_world() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    // A domain needs no extension, a local part does.
    let (run, said) = transcribed(&home, &url, &["someone@b\u{fc}cher.example"]);
    run.silently();
    assert!(said.contains("RCPT TO:<someone@xn--bcher-kva.example>") && !said.contains("SMTPUTF8\n~"), "{said}");
    let (run, said) = transcribed(&home, &url, &["j\u{f6}@example.org"]);
    run.silently();
    assert!(said.lines().any(|line| line.contains("MAIL FROM") && line.contains("SMTPUTF8")), "{said}");
    assert_eq!(postfix.delivered("j\u{f6}", 1).len(), 1);
    smtpsend(&home, &url, &["-f", "\"two words\"@example.org", "\"a b\"@example.org"]).run().silently();
    assert_eq!(postfix.delivered("\"a b\"", 1).len(), 1);

    let Some(postfix) = Postfix::start_with(Manners { without: "SMTPUTF8", ..Manners::default() }) else { return };
    let (run, said) = transcribed(&home, &postfix.url("user"), &["j\u{f6}@example.org"]);
    assert!([65, 69].contains(&run.code()), "{}", run.both());
    assert!(!said.contains("> MAIL"), "{said}");
}
