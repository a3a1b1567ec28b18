//! DKIM signatures, judged by dkimpy, which shares no code with ours.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use mailwire::mail::dkim::{Canonicalization, Signer};

pub(crate) const RSA: &[u8] = include_bytes!("../../src/mail/dkim/tests/rsa.pkcs8.pem");
pub(crate) const ED25519: &[u8] = include_bytes!("../../src/mail/dkim/tests/ed25519.pem");
const RSA_RECORD: &str = include_str!("../../src/mail/dkim/tests/rsa.txt");
const ED25519_RECORD: &str = include_str!("../../src/mail/dkim/tests/ed25519.txt");

const HEADER: &str = "Received: from x\r\nFrom: =?utf-8?q?J=C3=B6?=  Doe <a@example.com>\r\nTO: b@example.com,\r\n\
\tc@example.com\r\nSubject:\ttwo  spaces \r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\nMIME-Version: 1.0\r\n\
Content-Type: text/plain;\r\n charset=utf-8\r\nX-Unsigned: x\r\n\r\n";

/// What dkimpy says of each signature, first to last; `None` if there is no dkimpy.
pub(crate) fn verdicts(message: &[u8]) -> Option<Vec<bool>> {
    let python = ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let found = Command::new(python).args(["-c", "import dkim, nacl"]).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    });
    let Some(python) = python else {
        assert!(env::var_os("CI").is_none(), "there is no dkimpy on this machine");
        eprintln!(
            "SKIPPED: there is no dkimpy (python3-dkim, python3-nacl) on this machine, no signature was verified"
        );
        return None;
    };
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures/verify.py"))
        .arg(format!("rsa._domainkey.example.com={}", RSA_RECORD.trim()))
        .arg(format!("ed._domainkey.example.com={}", ED25519_RECORD.trim()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let verdict = |line: &str| match line {
        "good" => true,
        "bad" => false,
        other => panic!("dkimpy: {other}"),
    };
    Some(String::from_utf8(output.stdout).unwrap().lines().map(verdict).collect())
}

fn signers() -> impl Iterator<Item = Signer> {
    let all = [Canonicalization::Simple, Canonicalization::Relaxed];
    let pairs = all.into_iter().flat_map(move |header| all.map(|body| (header, body)));
    pairs.flat_map(|(header, body)| {
        [(RSA, "rsa"), (ED25519, "ed")]
            .map(|(pem, selector)| Signer::new(pem, selector, "example.com").unwrap().canonicalize(header, body))
    })
}

/// The message with a signature by each signer, each over the message without the others.
fn signed(message: &[u8]) -> Vec<u8> {
    let fields = signers().map(|signer| signer.sign_stream(&mut &*message, SystemTime::now()).unwrap());
    fields.chain([message.to_vec()]).flatten().collect()
}

#[test]
fn an_independent_verifier_accepts_every_algorithm_and_canonicalization() {
    let bodies = [
        "Hello.\r\n",
        "",
        "\r\n\r\n",
        "a \t b  \r\n \r\n\r\nlast\t\r\n\r\n\r\n",
        "Gr\u{fc}\u{df}e, no line end",
        "  leading\r\n.dot\r\n..two\r\n",
    ];
    for body in bodies {
        let message = signed(format!("{HEADER}{body}").as_bytes());
        let Some(verdicts) = verdicts(&message) else { return };
        assert_eq!(verdicts, [true; 8], "{body:?}");
    }
}

#[test]
fn what_is_changed_or_added_afterwards_is_noticed() {
    let message = signed(format!("{HEADER}Hello.\r\n").as_bytes());
    let text = String::from_utf8(message).unwrap();
    for changed in [
        text.replace("Hello.", "Hello!"),
        text.replace("c@example.com", "d@example.com"),
        // Oversigned: no other sender can be shown.
        format!("From: evil@example.com\r\n{text}"),
    ] {
        assert_ne!(changed, text);
        let Some(verdicts) = verdicts(changed.as_bytes()) else { return };
        assert_eq!(verdicts, [false; 8]);
    }
    let Some(verdicts) = verdicts(text.replace("X-Unsigned: x", "X-Unsigned: y").as_bytes()) else { return };
    assert_eq!(verdicts, [true; 8]);
}
