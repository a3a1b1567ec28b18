//! The canary: a password that must be found nowhere, in no form.

use std::fs;
use std::time::Duration;

use memchr::memmem;

use crate::support::command::{Home, all_files};
use crate::support::dialogue::{canaries, encodings};
use crate::support::pattern::{Bytes, Pattern};
use crate::support::peer::{Afterwards, Peer, Plan, Script, Step};
use crate::support::pki::{Identity, pki};

/// With characters that look different in every encoding.
const CANARY: &str = "canary/5Kq+8v z1%ü~~";

fn say(text: &str) -> Step {
    Step::Send(Bytes::parse(&format!("{text}\\r\\n")).unwrap())
}

fn on(pattern: &str, lines: &[&str]) -> Step {
    Step::On(Pattern::parse(pattern).unwrap(), lines.iter().map(|line| say(line)).collect())
}

/// A peer that takes any login by `mechanism` and repeats the password in every form wherever it can.
fn parrot(mechanism: &str, verdict: &str) -> Vec<Step> {
    let echo = encodings(CANARY).join(" ");
    let capability = match mechanism {
        "USER" => "USER".to_owned(),
        other => format!("SASL {other}"),
    };
    let mut steps = vec![
        say(&format!("+OK ready {echo}")),
        on("CAPA", &["+OK", &capability, "UIDL", "RESP-CODES", &format!("IMPLEMENTATION {echo}"), "."]),
        on("UIDL", &["+OK", "1 uid-a", "."]),
        on("LIST", &["+OK", "1 22", "."]),
        on("NOOP", &["+OK"]),
        on("QUIT", &[&format!("+OK bye {echo}")]),
        on("RETR 1", &[&format!("-ERR {echo}")]),
    ];
    let expect = |pattern: &str| Step::Expect(Pattern::parse(pattern).unwrap());
    match mechanism {
        "USER" => steps.extend([expect("USER *"), say("+OK"), expect("PASS *")]),
        "LOGIN" => steps.extend([
            expect("AUTH LOGIN*"),
            say("+ VXNlcm5hbWU6"),
            expect("*"),
            say("+ UGFzc3dvcmQ6"),
            expect("*"),
        ]),
        "CRAM-MD5" => steps.extend([expect("AUTH CRAM-MD5"), say("+ PDFAYj4="), expect("*")]),
        _ => steps.push(expect("AUTH PLAIN *")),
    }
    steps.push(say(&format!("{verdict} {echo}")));
    steps
}

#[test]
fn a_password_is_found_nowhere_in_any_form() {
    for mechanism in ["PLAIN", "USER", "LOGIN", "CRAM-MD5"] {
        for verdict in ["+OK", "-ERR", "-ERR [AUTH]", "-ERR [SYS/TEMP]"] {
            for json in [false, true] {
                let home = Home::new();
                let password = home.write_secret("password", CANARY);
                let peer = Peer::listen();
                let serving = peer.serve(Plan {
                    tls: Identity::Good.server(),
                    scripts: vec![Script { implicit_tls: true, steps: parrot(mechanism, verdict) }],
                    afterwards: Afterwards::Repeat,
                    patience: Duration::from_secs(20),
                    forbidden_in_clear: canaries(CANARY),
                });
                let url = format!("pop3s://user@localhost:{}", peer.port());
                let ca = pki().ca_file();
                let mut arguments = vec!["fetch", &url, "--to", "Maildir", "--ca-file", ca.to_str().unwrap()];
                arguments.extend(["--password-file", password.to_str().unwrap(), "--auth", mechanism, "-vv"]);
                arguments.extend(["--transcript", "transcript", "--log", "log", "--progress", "always"]);
                if json {
                    arguments.push("--json");
                }
                let run = home.popfetch(arguments).run();
                assert!(!run.timed_out && run.code() > 0, "{}", run.both());
                drop(serving.finish());
                let files = all_files(home.path());
                for written in ["transcript", "log"] {
                    assert!(files.contains(&home.join(written)), "no {written}\n{}", run.both());
                }
                assert_eq!(json, fs::read(home.join("transcript")).unwrap().starts_with(b"{"));
                let mut places = vec![("stdout".to_owned(), run.stdout), ("stderr".to_owned(), run.stderr)];
                for path in files.into_iter().filter(|path| *path != password) {
                    places.push((path.display().to_string(), fs::read(&path).unwrap()));
                }
                for (place, content) in places {
                    // JSON may write any character as an escape.
                    let unescaped = String::from_utf8_lossy(&content).replace("\\/", "/").into_bytes();
                    for canary in canaries(CANARY) {
                        let shown = String::from_utf8_lossy(&canary).into_owned();
                        let found = memmem::find(&content, &canary).or(memmem::find(&unescaped, &canary));
                        assert!(
                            found.is_none(),
                            "{mechanism} {verdict}: {shown} in {place}\n{}",
                            String::from_utf8_lossy(&content)
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_key_log_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::new();
    let peer = Peer::listen();
    let serving = peer.serve(Plan {
        tls: Identity::Good.server(),
        scripts: vec![Script { implicit_tls: true, steps: parrot("PLAIN", "-ERR") }],
        afterwards: Afterwards::Complain,
        patience: Duration::from_secs(20),
        forbidden_in_clear: Vec::new(),
    });
    let url = format!("pop3s://user@localhost:{}", peer.port());
    let ca = pki().ca_file();
    let password = home.password_file();
    let arguments = ["list", &url, "--ca-file", ca.to_str().unwrap(), "--tls-backend", "rustls", "--password-file"];
    let run = home.popfetch(arguments.into_iter().chain([password.to_str().unwrap()]));
    run.env("SSLKEYLOGFILE", home.join("keys")).run().exits(77);
    drop(serving.finish());
    let keys = home.join("keys");
    assert!(fs::read_to_string(&keys).unwrap().contains("TRAFFIC_SECRET"));
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);

    // One that cannot be written is no reason to go on without.
    let run = home.popfetch(arguments.into_iter().chain([password.to_str().unwrap()]));
    run.env("SSLKEYLOGFILE", "/nonexistent/keys").run().exits(78).says("SSLKEYLOGFILE");
}
