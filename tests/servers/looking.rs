//! smtpsend looks at real servers: probes, conversations that stop half-way, verbs, scripts, dry runs; and what a log says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::assert_no_secret;
use super::dovecot::{Dovecot, Store};
use super::postfix::Postfix;
use super::send::{records, smtpsend};
use crate::support::command::{Finished, Home, PASSWORD, Program};

fn probe(url: &str, arguments: &[&str]) -> Finished {
    let home = Home::new();
    let mut all = vec!["--probe"];
    all.extend(arguments);
    smtpsend(&home, url, &all).run()
}

#[track_caller]
fn probed(url: &str, arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let run = probe(url, &all).exits(0);
    assert_no_secret(&[&run.stdout, &run.stderr], &[PASSWORD]);
    let mut found = records(&run, "probe");
    assert_eq!(found.len(), 1, "{}", run.both());
    found.remove(0)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

#[track_caller]
fn offers(probe: &Value, when: &str, keyword: &str) -> bool {
    let lines = &probe["capabilities"][when];
    assert!(lines.is_array(), "{when} is not told: {probe}");
    texts(lines).iter().any(|line| line.split(' ').next() == Some(keyword))
}

#[test]
fn a_probe_tells_what_a_server_is_like() {
    let Some(postfix) = Postfix::start() else { return };
    let told = probed(&postfix.url("user"), &[]);
    assert_eq!((told["security"].as_str(), told["dialect"].as_str()), (Some("starttls"), Some("esmtp")));
    assert!(told["greeting"].as_str().unwrap().contains("postfix.test"), "{told}");
    assert!(offers(&told, "before_tls", "STARTTLS") && !offers(&told, "before_tls", "AUTH"), "{told}");
    assert!(offers(&told, "before_login", "AUTH") && !offers(&told, "before_login", "STARTTLS"), "{told}");
    assert!(offers(&told, "after_login", "PIPELINING"), "{told}");
    assert!(texts(&told["mechanisms"]).contains(&"SCRAM-SHA-256"), "{told}");
    assert_eq!((told["choice"]["method"].as_str(), told["size"].as_u64()), (Some("PLAIN"), Some(10_240_000)));
    assert_eq!(told["tls"]["verification"], "chain");
    assert!(!told["tls"]["chain"].as_array().unwrap().is_empty());
    let days = told["days_left"].as_i64().unwrap();
    for stage in ["connect", "tls", "greeting", "capabilities", "login"] {
        assert!(told["timings_ms"][stage].is_number(), "{stage}: {told}");
    }

    // Nobody to log in as, and TLS from the start.
    let told = probed(&format!("smtps://localhost:{}", postfix.smtps), &[]);
    assert!(told["capabilities"]["before_tls"].is_null() && told["capabilities"]["after_login"].is_null(), "{told}");
    assert_eq!(told["choice"]["method"], "PLAIN", "what would be chosen: {told}");
    assert!(told["timings_ms"]["login"].is_null(), "{told}");

    // As servers talk to each other.
    let told = probed(&format!("smtp://localhost:{}", postfix.smtp), &["--security", "opportunistic"]);
    assert_eq!(
        (told["security"].as_str(), told["tls"]["verification"].as_str()),
        (Some("opportunistic"), Some("none"))
    );
    assert!(offers(&told, "before_tls", "XCLIENT") && told["choice"].is_null(), "{told}");

    // For people, in 80 columns, and for monitoring.
    let run = probe(&postfix.url("user"), &[]).exits(0);
    let text = run.stdout();
    for expected in ["server ", "greeting ", "verified      yes", "before TLS ", "after login ", "limits ", "timing "] {
        assert!(text.lines().any(|line| line.starts_with(expected)), "{expected:?} is missing in\n{text}");
    }
    for line in text.lines().filter(|line| line.contains(' ') && !line.contains("sha256:")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    probe(&postfix.url("user"), &["--warn-days", &(days + 2).to_string()]).exits(1);
    probe(&postfix.url("user"), &["--warn-days", &(days - 2).max(0).to_string()]).exits(0);
    let clear = format!("smtp://localhost:{}", postfix.smtp);
    probe(&clear, &["--security", "plain", "--warn-days", "1"]).exits(69).says("--warn-days");
    assert_eq!(postfix.waiting(), 0);
}

#[test]
fn a_probe_shows_the_certificate_that_it_does_not_trust() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    for url in [postfix.url("user"), postfix.smtps_url("user")] {
        let password = home.password_file();
        let arguments = ["--probe", "--json", "-v", "-a", &url, "--password-file", password.to_str().unwrap()];
        // The CA of the tests is not among the roots.
        let run = home.program(Program::Smtpsend, arguments).run().exits(69);
        let told = records(&run, "probe").remove(0);
        assert_eq!(told["tls"]["verification"], "none", "{told}");
        assert_eq!(told["tls"]["chain"][0]["subject"], "CN=localhost", "{told}");
        assert!(told["days_left"].is_number() && told["capabilities"]["after_login"].is_null(), "{told}");
        assert_eq!(records(&run, "error")[0]["kind"], "certificate");
        assert!(!run.stderr().contains("> AUTH"), "nobody logs in to a stranger\n{}", run.stderr());
    }
}

#[test]
fn a_probe_knows_other_servers() {
    let Some(postfix) = Postfix::start() else { return };
    let Some(dovecot) = Dovecot::start_relaying(postfix.smtp) else { return };
    let told = probed(&format!("smtps://user@localhost:{}", dovecot.submissions), &[]);
    assert!(offers(&told, "after_login", "CHUNKING"), "{told}");
    let told = probed(&format!("smtp://user@localhost:{}", dovecot.submission), &[]);
    assert!(offers(&told, "before_tls", "STARTTLS") && told["days_left"].is_number(), "{told}");
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    for url in [dovecot.lmtp_url(), format!("lmtp://127.0.0.1:{}", dovecot.lmtp)] {
        let told = probed(&url, &[]);
        assert_eq!((told["dialect"].as_str(), told["security"].as_str()), (Some("lmtp"), Some("plain")), "{told}");
        assert!(told["tls"].is_null() && offers(&told, "before_login", "PIPELINING"), "{told}");
    }
}

/// The commands of a conversation: their first words.
fn commands(transcript: &str) -> Vec<&str> {
    let sent = transcript.lines().filter_map(|line| line.split_once("~> ").or_else(|| line.split_once("-> ")));
    sent.filter_map(|(_, said)| said.split([' ', ':']).next()).filter(|word| !word.starts_with('[')).collect()
}

#[test]
fn a_conversation_ends_where_it_is_told_to() {
    let Some(postfix) = Postfix::start() else { return };
    let all = ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"];
    for (stage, count) in [
        ("connect", 0),
        ("greeting", 0),
        ("helo", 1),
        ("starttls", 2),
        ("ehlo", 3),
        ("auth", 4),
        ("mail", 5),
        ("rcpt", 6),
        ("data", 7),
        ("dot", 7),
    ] {
        for option in ["--quit-after", "--drop-after"] {
            let home = Home::new();
            let arguments = [option, stage, "--auth", "PLAIN", "-v", "user@example.org"];
            let run = smtpsend(&home, &postfix.url("user"), &arguments).run().exits(0);
            let said = run.stderr();
            let mut expected = all[..count].to_vec();
            // There is nobody to say QUIT to yet, and after 354 it would be a line of the message.
            if option == "--quit-after" && !["connect", "data"].contains(&stage) {
                expected.push("QUIT");
            }
            assert_eq!(commands(&said), expected, "{option} {stage}\n{said}");
            assert_eq!(said.contains("<~ 221") || said.contains("<- 221"), expected.contains(&"QUIT"), "{said}");
            assert_no_secret(&[&run.stdout, &run.stderr], &[PASSWORD]);
        }
    }
    assert_eq!(postfix.delivered("user", 2).len(), 2, "once by each of the two that went to the dot");

    // Where TLS is there from the start, or not at all, there is one EHLO.
    for (url, security) in [
        (format!("smtps://localhost:{}", postfix.smtps), "tls"),
        (format!("smtp://localhost:{}", postfix.smtp), "plain"),
    ] {
        for stage in ["helo", "starttls", "ehlo", "auth"] {
            let home = Home::new();
            let arguments = ["--security", security, "--quit-after", stage, "-v"];
            let run = smtpsend(&home, &url, &arguments).run().exits(0);
            assert_eq!(commands(&run.stderr()), ["EHLO", "QUIT"], "{security} {stage}");
            assert!(run.stdout.is_empty());
        }
    }
}

#[test]
fn what_is_refused_on_the_way_to_a_stage_decides_the_exit() {
    let Some(postfix) = Postfix::start() else { return };
    let url = postfix.url("user");
    let run = |stage: &str, arguments: &[&str]| {
        let mut all = vec!["--quit-after", stage, "--json"];
        all.extend(arguments);
        smtpsend(&Home::new(), &url, &all).run()
    };
    run("rcpt", &["unknown1@example.org"]).exits(67).says("recipient <unknown1@example.org>");
    run("rcpt", &["later@example.org"]).exits(75);
    run("rcpt", &["refused@example.org"]).exits(65);
    run("rcpt", &["user@example.org", "-f", "foreign@example.org"]).exits(65);
    run("auth", &["--password-command", "echo wrong"]).exits(77);
    let told = run("rcpt", &["user@example.org", "unknown1@example.org"]).exits(80);
    let replies = records(&told, "reply");
    let codes: Vec<_> = replies.iter().filter_map(|reply| reply["code"].as_u64()).collect();
    assert_eq!(codes, [250, 250, 550], "{}", told.both());
    let line = replies[0]["command"].as_str().unwrap();
    assert!(line.starts_with("MAIL FROM:<sender@example.org> SIZE="), "{line}");
    assert_eq!(replies[2]["command"], "RCPT TO:<unknown1@example.org>");

    // All refused: there is no DATA. Some refused: the others get it, unless that is not wanted.
    let told = run("dot", &["unknown1@example.org"]).exits(67);
    assert!(records(&told, "reply").iter().all(|reply| reply["command"] != "DATA"), "{}", told.both());
    run("dot", &["user@example.org", "unknown1@example.org", "--partial", "abort"]).exits(80);
    assert_eq!(postfix.waiting() + postfix.mails("user").len(), 0);
    let told = run("dot", &["user@example.org", "unknown1@example.org"]).exits(80);
    let recipients = records(&told, "recipient");
    assert_eq!(
        (recipients[0]["status"].as_str(), recipients[1]["status"].as_str()),
        (Some("accepted"), Some("refused"))
    );
    assert!(recipients[0]["queue_id"].is_string(), "{}", told.both());
    assert_eq!(postfix.delivered("user", 1).len(), 1);

    // A verdict for each, by LMTP.
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let arguments = ["--drop-after", "dot", "--json", "user@example.org", "other@example.org"];
    let told = smtpsend(&Home::new(), &dovecot.lmtp_url(), &arguments).run().exits(0);
    assert_eq!(records(&told, "reply").iter().filter(|reply| reply["command"] == ".").count(), 2, "{}", told.both());
}

#[test]
fn verbs_are_answered() {
    let Some(postfix) = Postfix::start() else { return };
    let url = postfix.url("user");
    let ask = |verbs: &[&str], arguments: &[&str]| {
        let mut all = arguments.to_vec();
        verbs.iter().for_each(|verb| all.extend(["--verb", verb]));
        smtpsend(&Home::new(), &url, &all).run()
    };
    let run = ask(&["NOOP", "VRFY user@example.org"], &[]).exits(0);
    let text = run.stdout();
    assert!(text.starts_with("250 2.0.0 Ok\n25"), "{text}");
    ask(&["VRFY unknown1@example.org"], &[]).exits(67);
    ask(&["VRFY later@example.org"], &[]).exits(75);
    ask(&["EXPN everybody"], &[]).exits(69);
    ask(&["NOOP", "EXPN everybody"], &[]).exits(80);
    let run = ask(&["RSET", "QUIT", "NOOP"], &["--json"]).exits(0);
    let replies = records(&run, "reply");
    assert_eq!(replies.len(), 2, "nothing is said after QUIT\n{}", run.both());
    assert_eq!((replies[1]["command"].as_str(), replies[1]["code"].as_u64()), (Some("QUIT"), Some(221)));
    // What would change the connection is not sent, and nothing is connected to for it.
    for verb in ["STARTTLS", "auth plain x", "DATA", "BDAT 3 LAST", "NOOP\r\nRSET"] {
        let run = ask(&[verb], &["-v"]).exits(64);
        assert!(!run.stderr().contains("connected"), "{}", run.stderr());
    }
}

/// What a script's run says was sent, and what received.
fn octets(run: &Finished) -> (Vec<u8>, Vec<u8>) {
    let (mut sent, mut received) = (Vec::new(), Vec::new());
    for line in records(run, "script") {
        let octets = match line["text_base64"].as_str() {
            Some(encoded) => STANDARD.decode(encoded).unwrap(),
            None => line["text"].as_str().unwrap().as_bytes().to_vec(),
        };
        assert_eq!(line["octets"], octets.len());
        if line["direction"] == "sent" { &mut sent } else { &mut received }.extend(octets);
    }
    (sent, received)
}

#[test]
fn a_script_is_sent_octet_for_octet() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let port = postfix.smtp;
    let clear = format!("smtp://localhost:{port}");
    let script = b"EHLO script.example\r\nMAIL FROM:<sender@example.org>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n\
        Subject: by a script\r\n\r\n..two dots\r\n \xff\x00 and \r.\r bare\r\n.\r\nNOOP\r\nQUIT\r\n";
    fs::write(home.join("script"), script).unwrap();
    let arguments = ["--security", "plain", "--script", "script"];
    let run = smtpsend(&home, &clear, &[&arguments[..], &["--json"]].concat()).run().exits(0);
    let (sent, received) = octets(&run);
    assert_eq!(sent.escape_ascii().to_string(), script.escape_ascii().to_string());
    let received = String::from_utf8(received).unwrap();
    assert!(received.starts_with("220 postfix.test") && received.contains("\r\n354 "), "{received}");
    assert!(received.contains("queued as") && received.ends_with("221 2.0.0 Bye\r\n"), "{received}");
    let mails = postfix.delivered("user", 1);
    let mail = mails[0].escape_ascii().to_string();
    assert!(mail.contains("\\n.two dots\\n"), "{mail}");

    // For people, every octet can be seen; from standard input too, and inside TLS.
    let run = smtpsend(&home, &clear, &["--security", "plain", "--script", "-"]).stdin(script).run().exits(0);
    let text = run.stdout();
    assert!(text.starts_with("<- 220 postfix.test ESMTP"), "{text}");
    for line in ["-> EHLO script.example\\r\\n", "->  \\xff\\x00 and \\r.\\r bare\\r\\n", "-> .\\r\\n"] {
        assert!(text.lines().any(|said| said == line), "{line:?} in\n{text}");
    }
    postfix.delivered("user", 2);
    let tls = format!("smtps://localhost:{}", postfix.smtps);
    let run = smtpsend(&home, &tls, &["--script", "-"]).stdin(b"HELP\r\nQUIT\r\n").run().exits(0);
    assert!(run.stdout().starts_with("<- 220 "), "{}", run.both());
    // Behind a login and STARTTLS the script does not begin with the greeting.
    let run = smtpsend(&home, &postfix.url("user"), &["--script", "-", "-v"]);
    let run = run.stdin(b"NOOP\r\nQUIT\r\n").run().exits(0);
    assert_eq!(run.stdout().lines().next(), Some("-> NOOP\\r\\n"), "{}", run.both());
    assert_no_secret(&[&run.stdout, &run.stderr], &[PASSWORD]);
    assert!(run.stderr().contains("~> AUTH PLAIN [secret]"), "{}", run.stderr());
}

#[test]
fn a_script_may_say_what_no_client_says() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let clear = format!("smtp://localhost:{}", postfix.smtp);
    let play = |script: &[u8], code: i32| {
        let arguments = ["--security", "plain", "--timeout", "2", "--json", "--script", "-"];
        let run = smtpsend(&home, &clear, &arguments).stdin(script).run().exits(code);
        let (sent, received) = octets(&run);
        (sent, String::from_utf8(received).unwrap())
    };
    // Lines that end with LF alone go out together.
    let (sent, received) = play(b"EHLO x.example\nNOOP\nQUIT\n", 0);
    assert_eq!(sent, b"EHLO x.example\nNOOP\nQUIT\n");
    assert!(received.starts_with("220 "), "{received}");
    // A chunk goes with its command; nothing that looks like an end of data is one in it.
    let (_, received) = play(
        b"EHLO x.example\r\nMAIL FROM:<sender@example.org>\r\nRCPT TO:<user@example.org>\r\nBDAT 22 LAST\r\n\
          Subject: x\r\n\r\n\r\n.\r\n...QUIT\r\n",
        0,
    );
    assert!(received.contains("queued as") && received.ends_with("221 2.0.0 Bye\r\n"), "{received}");
    // A server that closes has its last words told, and what was not sent is an error.
    let (_, received) = play(b"EHLO x.example\r\nQUIT\r\nNOOP\r\nNOOP\r\n", 75);
    assert!(received.ends_with("221 2.0.0 Bye\r\n"), "{received}");
    // After 354 nothing but the dot is answered: what does not come to it ends in silence.
    let (sent, _) = play(b"EHLO x.example\r\nMAIL FROM:<>\r\nRCPT TO:<user@example.org>\r\nDATA\r\n\n.\n\r\n", 0);
    assert!(sent.ends_with(b"DATA\r\n\n.\n\r\n"));
    // Nothing at all.
    let (sent, received) = play(b"", 0);
    assert!(sent.is_empty() && received.starts_with("220 "), "{received}");
    smtpsend(&home, &clear, &["--security", "plain", "--script", "nowhere"]).run().exits(66).says("nowhere");
}

#[test]
fn a_name_a_proxy_and_another_client() {
    let Some(postfix) = Postfix::start() else { return };
    let (open, proxied) = (format!("smtp://localhost:{}", postfix.smtp), postfix.proxied);
    let proxied = format!("smtp://localhost:{proxied}");
    let send = |url: &str, arguments: &[&str]| {
        let mut all = vec!["user@example.org"];
        all.extend(arguments);
        smtpsend(&Home::new(), url, &all).run().silently();
    };
    send(&open, &["--ehlo", "odd.name.example"]);
    send(&open, &["--xclient", "ADDR=192.0.2.9 NAME=other.example HELO=its.helo.example"]);
    send(&proxied, &["--proxy-protocol", "v1", "--ehlo", "first.example"]);
    send(&proxied, &["--proxy-protocol", "v2", "--ehlo", "second.example"]);
    let mails = postfix.delivered("user", 4);
    for expected in [
        "Received: from odd.name.example ",
        "(other.example [192.0.2.9])",
        "Received: from first.example ",
        "Received: from second.example ",
    ] {
        assert!(
            mails.iter().any(|mail| memchr::memmem::find(mail, expected.as_bytes()).is_some()),
            "{expected:?} in {:?}",
            mails.iter().map(|mail| mail.escape_ascii().to_string()).collect::<Vec<_>>()
        );
    }
    // Who may not speak for others is told so, before there is any mail.
    let submission = Dovecot::start(Store::Maildir);
    if let Some(dovecot) = submission {
        let arguments = ["--xclient", "ADDR=192.0.2.9", "user@example.org"];
        let url = format!("smtp://user@localhost:{}", dovecot.submission);
        let run = smtpsend(&Home::new(), &url, &arguments).run();
        assert_ne!(run.code(), 70, "{}", run.both());
    }
}

#[test]
fn a_log_has_a_line_for_each_message() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let url = postfix.url("user");
    let log = |arguments: &[&str], code: i32| {
        let mut all = vec!["--log", "log"];
        all.extend(arguments);
        smtpsend(&home, &url, &all).run().exits(code)
    };
    log(&["user@example.org"], 0);
    log(&["user@example.org", "unknown1@example.org"], 80);
    log(&["unknown1@example.org"], 67);
    log(&["--quit-after", "auth"], 0);
    log(&["--verb", "NOOP"], 0);
    let text = fs::read_to_string(home.join("log")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let account = "account=user@localhost ";
    assert_eq!(lines.len(), 5, "{text}");
    assert!(lines.iter().all(|line| line.contains(account)), "{text}");
    for (line, parts) in lines.iter().zip([
        &["what=sent", "message-id=<1@example.org>", "from=<sender@example.org>", "queue-id=", "exit=0"][..],
        &["what=partly-sent", "queue-id=", "not-accepted=unknown1@example.org", "550 5.1.1", "exit=80"],
        &["what=failed", "verdict=", "550 5.1.1 ", "exit=67"],
        &["what=session", "host=localhost", "exit=0"],
        &["what=session", "exit=0"],
    ]) {
        for part in parts {
            assert!(line.contains(part), "{part:?} in {line}");
        }
    }
    let id = lines[0].split("queue-id=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(postfix.log().contains(&format!("{id}: from=<sender@example.org>")), "{id}");
}

#[test]
fn each_stage_has_its_time() {
    let Some(postfix) = Postfix::start() else { return };
    let (home, url) = (Home::new(), postfix.url("user"));
    let run = smtpsend(&home, &url, &["--json", "--chunking", "off", "user@example.org"]).run().exits(0);
    let message = records(&run, "message").remove(0);
    for stage in ["connect", "tls", "greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"] {
        assert!(message["timings_ms"][stage].as_f64().is_some_and(|time| time >= 0.0), "{stage}: {message}");
    }
}

#[test]
fn a_dry_run_shows_what_is_then_sent() {
    let Some(postfix) = Postfix::start() else { return };
    let home = Home::new();
    let arguments = ["--notify", "never", "--ret", "hdrs", "user@example.org", "--dry-run"];
    let run = smtpsend(&home, &postfix.url("user"), &[&arguments[..], &["--json"]].concat()).run().exits(0);
    let planned = records(&run, "planned").remove(0);
    assert_eq!(texts(&planned["parameters"]), ["RET=HDRS", "NOTIFY=NEVER"], "{planned}");
    assert_eq!((planned["user"].as_str(), texts(&planned["recipients"])), (Some("user"), vec!["user@example.org"]));
    let pieces = records(&run, "content");
    let content: Vec<u8> =
        pieces.iter().flat_map(|piece| STANDARD.decode(piece["base64"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(planned["size"], content.len());
    assert!(content.starts_with(b"From: sender@example.org\r\n") && content.ends_with(b"\r\n.\r\n..dots\r\n"));
    let run = smtpsend(&home, &postfix.url("user"), &arguments).run().exits(0);
    let text = run.stdout();
    assert!(text.contains("parameters  RET=HDRS NOTIFY=NEVER\n") && text.contains("\n\nFrom: sender@"), "{text}");
    assert_eq!(postfix.waiting() + postfix.mails("user").len(), 0);
    assert!(!postfix.log().contains("sender@example.org"));

    // With a key it is signed.
    let key = home.join("key.pem");
    let made =
        std::process::Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out"]).arg(&key).output();
    if made.is_ok_and(|made| made.status.success()) {
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let sign = ["--dkim-key", key.to_str().unwrap(), "--dkim-selector", "s", "--dkim-domain", "example.org"];
        let run = smtpsend(&home, &postfix.url("user"), &[&arguments[..], &sign].concat()).run().exits(0);
        assert!(run.stdout().contains("\n\nDKIM-Signature: v=1; a=ed25519-sha256;"), "{}", run.both());
    }

    // An account that needs a password asks nobody for it here, and no server need be there.
    let home = Home::new();
    let arguments = ["-a", "smtps://ann@nowhere.invalid", "-f", "a@example.org", "b@example.org", "--dry-run"];
    let run = home.program(Program::Smtpsend, arguments).stdin(b"Subject: x\n\ntext\n").run().exits(0);
    let text = run.stdout();
    assert!(text.contains("nowhere.invalid:465, tls, user ann"), "{text}");
    for field in ["\nSubject: x\r\n", "\nMessage-ID: <", "\nDate: ", "\nFrom: a@example.org\r\n", "\r\n\r\ntext\r\n"] {
        assert!(text.contains(field), "{field:?} in {text}");
    }
}
