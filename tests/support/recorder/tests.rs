//! The recorder itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use super::{CHUNKING, Recorder, USUAL, Verdict};

/// Says all of it at once, and reads to the end.
fn talk(recorder: &Recorder, octets: &[u8]) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, recorder.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(octets).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

/// One step after the other; each is answered before the next.
fn step_by_step(recorder: &Recorder, steps: &[&[u8]]) -> Vec<String> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, recorder.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut input = BufReader::new(&stream);
    let mut replies = Vec::new();
    for step in [&b""[..]].iter().chain(steps) {
        (&stream).write_all(step).unwrap();
        let mut reply = String::new();
        while reply.lines().last().is_none_or(|line| line.as_bytes().get(3) == Some(&b'-')) {
            if input.read_line(&mut reply).unwrap() == 0 {
                break;
            }
        }
        replies.push(reply);
    }
    replies
}

/// The violations of a session of these steps between EHLO and QUIT.
fn violations(extensions: &[&str], steps: &[&[u8]]) -> Vec<String> {
    let recorder = Recorder::serve(extensions);
    step_by_step(&recorder, &[&[&b"EHLO test.example\r\n"[..]], steps, &[b"QUIT\r\n"]].concat());
    recorder.sessions().remove(0).violations
}

#[test]
fn a_good_session_is_written_down() {
    let recorder = Recorder::serve(USUAL);
    let flight = b"MAIL FROM:<a@b.example> SIZE=7\r\nRCPT TO:<\"c d\"@[127.0.0.1]> NOTIFY=NEVER\r\nDATA\r\n";
    step_by_step(&recorder, &[b"EHLO [127.0.0.1]\r\n", flight, b"", b"", b"x\r\n..y\r\n.\r\n", b"QUIT\r\n"]);
    let messages = recorder.messages();
    let notify = vec![("NOTIFY".to_owned(), Some("NEVER".to_owned()))];
    assert_eq!(messages[0].recipients, [("\"c d\"@[127.0.0.1]".to_owned(), notify)]);
    assert_eq!((messages[0].sender.as_str(), messages[0].text.as_slice()), ("a@b.example", &b"x\r\n.y\r\n"[..]));
    assert_eq!(recorder.taken(), 1);
    assert_eq!(recorder.sessions()[0].lines.len(), 5);
    assert!(recorder.arguments()[1].starts_with("smtp://127.0.0.1:"));
}

#[test]
fn chunks_are_counted() {
    let recorder = Recorder::serve(CHUNKING);
    let steps: [&[u8]; 5] = [
        b"EHLO test.example\r\n",
        b"MAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 3\r\n.\r\nBDAT 3 LAST\r\nz\r\nMAIL FROM:<>\r\n",
        b"",
        b"",
        b"",
    ];
    step_by_step(&recorder, &steps);
    assert_eq!(recorder.messages()[0].text, b".\r\nz\r\n");
}

#[test]
fn lmtp_and_verdicts() {
    let recorder = Recorder::judging(USUAL, |asked| match (asked.line, asked.recipient) {
        ("RCPT TO:<no@d.example>", _) => Verdict::Say("550 5.1.1 no".into()),
        (".", Some("full@d.example")) => Verdict::Say("452 4.2.2 full".into()),
        (".", Some("gone@d.example")) => Verdict::Lose,
        ("NOOP", _) if asked.session == 1 && asked.taken == 1 => Verdict::Close,
        _ => Verdict::Usual,
    });
    let envelope: [&[u8]; 7] = [
        b"LHLO test.example\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"RCPT TO:<no@d.example>\r\n",
        b"RCPT TO:<full@d.example>\r\n",
        b"RCPT TO:<ok@d.example>\r\n",
        b"RCPT TO:<gone@d.example>\r\n",
        b"DATA\r\n",
    ];
    let replies = step_by_step(&recorder, &[&envelope[..], &[b"x\r\n.\r\n", b"", b""]].concat());
    let starts: Vec<_> = replies[3..].iter().map(|reply| reply.get(..3).unwrap_or("")).collect();
    assert_eq!(starts, ["550", "250", "250", "250", "354", "452", "250", ""]);
    let recipients: Vec<_> = recorder.messages()[0].recipients.iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(recipients, ["ok@d.example", "gone@d.example"]);
    assert_eq!(talk(&recorder, b"NOOP\r\n"), "220 recorder ESMTP\r\n");
    assert_eq!(recorder.sessions().len(), 2);
}

#[test]
fn what_is_wrong_is_noticed() {
    let envelope: [&[u8]; 3] = [b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@d.example>\r\n", b"DATA\r\n"];
    let sent = |text: &[u8]| violations(USUAL, &[&envelope[..], &[text]].concat());
    assert!(sent(b"x\r\n.\r\n").is_empty());
    for (text, complaint) in [
        (&b"x\n.\r\ny\r\n.\r\n"[..], "line end"),
        (b"x\ry\r\n.\r\n", "line end"),
        (b"x\r\n.y\r\n.\r\n", "not stuffed"),
        (b"x\0\r\n.\r\n", "NUL"),
        (b"\xff\r\n.\r\n", "8-bit"),
        (&[&[b'x'; 999][..], b"\r\n.\r\n"].concat(), "1001 octets"),
    ] {
        assert!(sent(text).iter().any(|violation| violation.contains(complaint)), "{complaint}: {:?}", sent(text));
    }
    for (line, complaint) in [
        (&b"MAIL FROM:<a@b.example> \r\n"[..], "no parameter"),
        (b"MAIL FROM: <a@b.example>\r\n", "no <"),
        (b"MAIL FROM:<a b@c.example>\r\n", "no address"),
        (b"MAIL FROM:<a@b.example> SIZE=1 SIZE=1\r\n", "twice"),
        (b"MAIL FROM:<a@b.example> REQUIRETLS\r\n", "not offered"),
        (b"MAIL FROM:<a@b.example> ENVID=a+b\r\n", "xtext"),
        (b"MAIL FROM:<a@b.example> NOTIFY=NEVER\r\n", "has no NOTIFY"),
        (b"MAIL FROM:<\xc3\xbc@b.example>\r\n", "without SMTPUTF8"),
        (b"MAIL FROM:<a@b_c.example>\r\n", "no address"),
        (b"RCPT TO:<>\r\n", "without an address"),
        (b"RCPT TO:<a@b@c.example>\r\n", "no address"),
        (b"RCPT TO:<\"a\"b@c.example>\r\n", "no address"),
        (b"EHLO a b\r\n", "no host name"),
        (b"NOOP\rRCPT TO:<x>\r\n", "control character"),
        (b"NOOP\n", "without CRLF"),
        (b"BDAT 0 LAST\r\n", "not offered"),
        (b"text of a message\r\n", "TEXT is no command"),
        (&[&b"MAIL FROM:<a@b.example> AUTH="[..], &[b'x'; 1000], b"\r\n"].concat(), "octets"),
    ] {
        let found = violations(USUAL, &[line]);
        assert!(found.iter().any(|violation| violation.contains(complaint)), "{complaint}: {found:?}");
    }
    let ahead = violations(&["SIZE 0"], &[b"MAIL FROM:<a@b.example>\r\nRSET\r\n", b""]);
    assert!(ahead.iter().any(|violation| violation.contains("before the reply")), "{ahead:?}");
    let ahead = violations(USUAL, &[b"NOOP\r\nRSET\r\n", b""]);
    assert!(ahead.iter().any(|violation| violation.contains("before the reply")), "{ahead:?}");
    assert!(violations(USUAL, &[b"AUTH PLAIN AGEAYg==\r\n"]).is_empty());
    assert!(violations(USUAL, &[b"AUTH LOGIN\r\n", b"YQ==\r\n", b"Yg==\r\n"]).is_empty());
}
