use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::*;
use crate::addr_spec::AddrSpec;
use crate::smtp::content::Octets;
use crate::smtp::engine::tests::connection;
use crate::smtp::hello::HelloName;
use crate::smtp::session::{Dialect, Fallback};

mod model;

pub(super) fn envelope(sender: &str, recipients: &[&str]) -> Arc<Envelope> {
    let parse = |text: &str| AddrSpec::parse(text).unwrap();
    let recipients = recipients.iter().map(|recipient| parse(recipient));
    Arc::new(Envelope::new(Some(parse(sender)), recipients))
}

pub(super) fn content(octets: impl Into<Vec<u8>>) -> Arc<dyn Content> {
    Arc::new(Octets::new(octets))
}

pub(super) fn greet(connection: crate::wire::Connection, dialect: Dialect) -> Session {
    let name = HelloName::parse("client.example").unwrap();
    let mut session = Session::open(connection, dialect, name).unwrap();
    session.ehlo(Fallback::Forbidden).unwrap();
    session
}

/// What a server waits for, to the octet, before it says this.
type Exchange = (&'static str, &'static str);

/// A server that plays this after the EHLO; what the client sends must come without its having to wait for a reply.
/// Closes at the end, and gives what came in addition.
fn server(mut theirs: UnixStream, capabilities: &'static str, script: &'static [Exchange]) -> JoinHandle<String> {
    std::thread::spawn(move || {
        theirs.write_all(b"220 server.example\r\n").unwrap();
        let mut hello = [0; 21];
        theirs.read_exact(&mut hello).unwrap();
        theirs.write_all(b"250-server.example\r\n").unwrap();
        theirs.write_all(capabilities.as_bytes()).unwrap();
        for (awaited, reply) in script {
            let mut got = vec![0; awaited.len()];
            theirs.read_exact(&mut got).unwrap();
            assert_eq!(String::from_utf8_lossy(&got), *awaited);
            // A client that has given up a message is gone.
            if theirs.write_all(reply.as_bytes()).is_err() {
                break;
            }
        }
        theirs.set_nonblocking(true).unwrap();
        let mut rest = Vec::new();
        let _ = theirs.read_to_end(&mut rest);
        String::from_utf8(rest).unwrap()
    })
}

/// Sends these messages to that server: each fate in short, the error, and what the server got in addition.
fn run(
    dialect: Dialect,
    capabilities: &'static str,
    script: &'static [Exchange],
    options: Options,
    messages: &[(&str, &[&str], &str)],
) -> (Vec<Vec<String>>, Option<String>, String) {
    let (connection, theirs) = connection();
    let server = server(theirs, capabilities, script);
    let mut session = greet(connection, dialect);
    let mut outbox = session.outbox(options);
    for (tag, (sender, recipients, body)) in messages.iter().enumerate() {
        outbox.send(tag as u64, envelope(sender, recipients), content(*body)).unwrap();
    }
    outbox.farewell();
    let mut fates = Vec::new();
    while let Some(report) = outbox.report() {
        assert_eq!(report.tag, fates.len() as u64);
        fates.push(report.fates.iter().map(short).collect());
    }
    let error = outbox.error().map(ToString::to_string);
    session.leave();
    (fates, error, server.join().unwrap())
}

pub(super) fn short(fate: &Fate) -> String {
    match fate {
        Fate::Accepted(reply) => format!("accepted {}", reply.text()),
        Fate::Refused { stage, rejection } => {
            format!("refused {stage:?} {}", rejection.code.as_deref().unwrap_or_default())
        }
        Fate::Unsent(_) => "unsent".into(),
        Fate::Unknown(_) => "unknown".into(),
    }
}

const ALL: &str = "250-PIPELINING\r\n250 CHUNKING\r\n";
const PIPELINING: &str = "250 PIPELINING\r\n";
const NOTHING: &str = "250 HELP\r\n";

#[test]
fn pipelining_takes_two_round_trips() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"),
        ("S: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n", "250 2.0.0 queued as 1\r\n221 bye\r\n"),
    ];
    let (fates, error, rest) =
        run(Dialect::Esmtp, PIPELINING, script, Options::default(), &[("a@x", &["b@y"], "S: x\r\n\r\n.dot\r\n")]);
    assert_eq!(fates, [["accepted queued as 1"]]);
    assert_eq!((error, rest.as_str()), (None, ""));
}

#[test]
fn one_round_trip_a_message_in_bulk() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"),
        (
            "1\r\n.\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y>\r\nDATA\r\n",
            "250 one\r\n250 ok\r\n250 ok\r\n550 no\r\n554 nobody\r\n",
        ),
        ("RSET\r\nMAIL FROM:<e@x>\r\nRCPT TO:<f@y>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
        ("3\r\n.\r\nQUIT\r\n", "250 three\r\n221 bye\r\n"),
    ];
    let messages: [(&str, &[&str], &str); 3] =
        [("a@x", &["b@y"], "1\r\n"), ("c@x", &["d@y"], "2\r\n"), ("e@x", &["f@y"], "3\r\n")];
    let (fates, error, rest) = run(Dialect::Esmtp, PIPELINING, script, Options::default(), &messages);
    assert_eq!(fates, [["accepted one"], ["refused Rcpt 550"], ["accepted three"]]);
    assert_eq!((error, rest.as_str()), (None, ""));
}

#[test]
fn chunking_takes_one_round_trip_for_all() {
    let script: &[Exchange] = &[(
        "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 4 LAST\r\n.1\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y>\r\n\
         BDAT 0 LAST\r\nQUIT\r\n",
        "250 ok\r\n250 ok\r\n250 one\r\n250 ok\r\n250 ok\r\n250 ok\r\n550 empty\r\n221 bye\r\n",
    )];
    let (fates, error, rest) =
        run(Dialect::Esmtp, ALL, script, Options::default(), &[("a@x", &["b@y"], ".1\r\n"), ("c@x", &["d@y"], "")]);
    assert_eq!(fates, [["accepted one"], ["refused Dot 550"]]);
    assert_eq!((error, rest.as_str()), (None, ""));
}

#[test]
fn a_lone_dot_answers_a_server_that_goes_ahead_with_nobody() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", "550 no\r\n250 ok\r\n354 go\r\n"),
        (".\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y>\r\nDATA\r\n", "250 whatever\r\n250\r\n250\r\n250\r\n354\r\n"),
        ("2\r\n.\r\nQUIT\r\n", "250\r\n"),
    ];
    let (fates, error, _) = run(
        Dialect::Esmtp,
        PIPELINING,
        script,
        Options::default(),
        &[("a@x", &["b@y"], "1\r\n"), ("c@x", &["d@y"], "2\r\n")],
    );
    assert_eq!(fates, [["refused Mail 550"], ["accepted "]]);
    assert_eq!(error, None);
}

#[test]
fn too_many_recipients_go_in_another_transaction() {
    let script: &[Exchange] = &[
        (
            "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nRCPT TO:<d@y>\r\nRCPT TO:<e@y>\r\nDATA\r\n",
            "250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n552 too many\r\n552 5.2.2 full\r\n354 go\r\n",
        ),
        (
            "1\r\n.\r\nRSET\r\nMAIL FROM:<a@x>\r\nRCPT TO:<c@y>\r\nRCPT TO:<d@y>\r\nDATA\r\n",
            "250 first\r\n250 ok\r\n250 ok\r\n452 4.5.3 still\r\n250 ok\r\n354 go\r\n",
        ),
        ("1\r\n.\r\nQUIT\r\n", "250 second\r\n"),
    ];
    let (fates, error, _) =
        run(Dialect::Esmtp, PIPELINING, script, Options::default(), &[("a@x", &["b@y", "c@y", "d@y", "e@y"], "1\r\n")]);
    assert_eq!(fates, [["accepted first", "refused Rcpt 452", "accepted second", "refused Rcpt 552"]]);
    assert_eq!(error, None);
}

#[test]
fn in_lock_step_who_is_left_is_not_asked_for_once_there_are_too_many() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\n", "250 ok\r\n"),
        ("RCPT TO:<b@y>\r\n", "250 ok\r\n"),
        ("RCPT TO:<c@y>\r\n", "552 5.5.3 too many\r\n"),
        ("DATA\r\n", "354 go\r\n"),
        ("1\r\n.\r\n", "250 first\r\n"),
        ("RSET\r\n", "250 ok\r\n"),
        ("MAIL FROM:<a@x>\r\n", "250 ok\r\n"),
        ("RCPT TO:<c@y>\r\n", "250 ok\r\n"),
        ("RCPT TO:<d@y>\r\n", "550 no\r\n"),
        ("RCPT TO:<e@y>\r\n", "250 ok\r\n"),
        ("DATA\r\n", "354 go\r\n"),
        ("1\r\n.\r\n", "250 second\r\n"),
    ];
    let (fates, error, _) =
        run(Dialect::Esmtp, NOTHING, script, Options::default(), &[("a@x", &["b@y", "c@y", "d@y", "e@y"], "1\r\n")]);
    assert_eq!(fates, [["accepted first", "accepted second", "refused Rcpt 550", "accepted second"]]);
    assert_eq!(error, None);
}

#[test]
fn a_thousand_recipients_at_once_are_enough() {
    let (connection, mut theirs) = connection();
    let server = std::thread::spawn(move || {
        theirs.write_all(b"220 server\r\n").unwrap();
        let mut said = String::new();
        let mut buffer = [0; 65_536];
        let (mut answered, mut counts, mut in_text) = (0, Vec::new(), false);
        loop {
            // Who leaves does not wait for the last reply: that is an end, or a reset.
            let Ok(count @ 1..) = theirs.read(&mut buffer) else { return counts };
            said.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            while let Some(end) = said[answered..].find("\r\n") {
                let line = said[answered..answered + end].to_owned();
                answered += end + 2;
                let reply = match line.get(..4).unwrap_or_default() {
                    _ if in_text && line != "." => continue,
                    "EHLO" => "250-server\r\n250 PIPELINING\r\n",
                    "MAIL" => {
                        counts.push(0);
                        "250 ok\r\n"
                    }
                    "RCPT" => {
                        *counts.last_mut().unwrap() += 1;
                        "250 ok\r\n"
                    }
                    "DATA" => {
                        in_text = true;
                        "354 go\r\n"
                    }
                    _ => {
                        in_text = false;
                        "250 ok\r\n"
                    }
                };
                if theirs.write_all(reply.as_bytes()).is_err() {
                    return counts;
                }
            }
        }
    });
    let recipients: Vec<_> = (0..2_300).map(|number| format!("r{number}@y")).collect();
    let recipients: Vec<_> = recipients.iter().map(String::as_str).collect();
    let mut session = greet(connection, Dialect::Esmtp);
    let mut outbox = session.outbox(Options::default());
    outbox.send(0, envelope("a@x", &recipients), content("1\r\n")).unwrap();
    let report = outbox.report().unwrap();
    assert!(report.fates.iter().all(|fate| matches!(fate, Fate::Accepted(_))), "{:?}", report.fates.first());
    assert_eq!(report.fates.len(), 2_300);
    session.leave();
    assert_eq!(server.join().unwrap(), [1000, 1000, 300]);
}

#[test]
fn announced_limits_split_too() {
    let script: &[Exchange] = &[
        (
            "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nBDAT 3 LAST\r\n1\r\n\
             RSET\r\nMAIL FROM:<a@x>\r\nRCPT TO:<d@y>\r\nBDAT 3 LAST\r\n1\r\n",
            "250\r\n250\r\n250\r\n250 first\r\n250\r\n250\r\n250\r\n250 second\r\n",
        ),
        ("QUIT\r\n", ""),
    ];
    let capabilities = "250-PIPELINING\r\n250-LIMITS RCPTMAX=2 MAILMAX=2\r\n250 CHUNKING\r\n";
    let messages: [(&str, &[&str], &str); 2] = [("a@x", &["b@y", "c@y", "d@y"], "1\r\n"), ("e@x", &["f@y"], "2\r\n")];
    let (fates, error, _) = run(Dialect::Esmtp, capabilities, script, Options::default(), &messages);
    assert_eq!(fates, [vec!["accepted first", "accepted first", "accepted second"], vec!["unsent"]]);
    assert_eq!(error, None);
}

#[test]
fn abort_sends_to_all_or_to_nobody() {
    for (capabilities, end) in [(PIPELINING, "DATA\r\n"), (ALL, "BDAT 3 LAST\r\n2\r\n")] {
        let script: &[Exchange] = match end {
            "DATA\r\n" => &[
                ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\n", "250\r\n250\r\n450\r\n"),
                ("RSET\r\nMAIL FROM:<d@x>\r\nRCPT TO:<e@y>\r\n", "250\r\n250\r\n250\r\n"),
                ("DATA\r\n", "354\r\n"),
                ("2\r\n.\r\nQUIT\r\n", "250 two\r\n"),
            ],
            _ => &[
                ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\n", "250\r\n250\r\n450\r\n"),
                ("RSET\r\nMAIL FROM:<d@x>\r\nRCPT TO:<e@y>\r\n", "250\r\n250\r\n250\r\n"),
                ("BDAT 3 LAST\r\n2\r\nQUIT\r\n", "250 two\r\n"),
            ],
        };
        let options = Options { partial: Partial::Abort, ..Options::default() };
        let messages: [(&str, &[&str], &str); 2] = [("a@x", &["b@y", "c@y"], "1\r\n"), ("d@x", &["e@y"], "2\r\n")];
        let (fates, error, _) = run(Dialect::Esmtp, capabilities, script, options, &messages);
        assert_eq!(fates, [vec!["unsent", "refused Rcpt 450"], vec!["accepted two"]]);
        assert_eq!(error, None);
    }
}

#[test]
fn lock_step_where_nothing_is_offered() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\n", "250\r\n"),
        ("RCPT TO:<b@y>\r\n", "250\r\n"),
        ("DATA\r\n", "354\r\n"),
        ("1\r\n.\r\n", "250 one\r\n"),
        ("RSET\r\n", "500 what\r\n"),
        ("MAIL FROM:<c@x>\r\n", "550\r\n"),
        ("QUIT\r\n", ""),
    ];
    let messages: [(&str, &[&str], &str); 2] = [("a@x", &["b@y"], "1\r\n"), ("c@x", &["d@y"], "2\r\n")];
    let (fates, error, _) = run(Dialect::Esmtp, NOTHING, script, Options::default(), &messages);
    assert_eq!(fates, [["accepted one"], ["refused Mail 550"]]);
    assert_eq!(error, None);
}

#[test]
fn lmtp_has_a_verdict_for_each() {
    let script: &[Exchange] = &[
        (
            "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nRCPT TO:<d@y>\r\nDATA\r\n",
            "250\r\n250\r\n550\r\n250\r\n354\r\n",
        ),
        (
            "1\r\n.\r\nRSET\r\nMAIL FROM:<e@x>\r\nRCPT TO:<f@y>\r\nRCPT TO:<g@y>\r\nDATA\r\n",
            "250 b\r\n452 d\r\n250\r\n250\r\n250\r\n250\r\n354\r\n",
        ),
        // One reply is missing.
        ("2\r\n.\r\nQUIT\r\n", "250 f\r\n"),
    ];
    let messages: [(&str, &[&str], &str); 2] =
        [("a@x", &["b@y", "c@y", "d@y"], "1\r\n"), ("e@x", &["f@y", "g@y"], "2\r\n")];
    let (fates, error, _) = run(Dialect::Lmtp, PIPELINING, script, Options::default(), &messages);
    assert_eq!(fates[0], ["accepted b", "refused Rcpt 550", "refused Dot 452"]);
    assert_eq!(fates[1], ["accepted f", "unknown"]);
    assert!(error.unwrap().contains("connection closed"));
}

#[test]
fn closing_leaves_the_rest_unsent() {
    let script: &[Exchange] = &[(
        "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 3 LAST\r\n1\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y>\r\n\
         BDAT 3 LAST\r\n2\r\nQUIT\r\n",
        "250\r\n250\r\n421 4.3.2 down\r\n",
    )];
    let messages: [(&str, &[&str], &str); 2] = [("a@x", &["b@y"], "1\r\n"), ("c@x", &["d@y"], "2\r\n")];
    let (fates, error, _) = run(Dialect::Esmtp, ALL, script, Options::default(), &messages);
    assert_eq!(fates, [["refused Dot 421"], ["unsent"]]);
    assert!(error.unwrap().contains("421 4.3.2 down"));
}

#[test]
fn a_lost_verdict_is_unknown() {
    let script: &[Exchange] = &[
        ("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nRCPT TO:<c@y>\r\nDATA\r\n", "250\r\n250\r\n550\r\n354\r\n"),
        ("1\r\n.\r\nRSET\r\nMAIL FROM:<d@x>\r\nRCPT TO:<e@y>\r\nDATA\r\n", ""),
    ];
    let messages: [(&str, &[&str], &str); 3] =
        [("a@x", &["b@y", "c@y"], "1\r\n"), ("d@x", &["e@y"], "2\r\n"), ("f@x", &["g@y"], "3\r\n")];
    let (fates, error, _) = run(Dialect::Esmtp, PIPELINING, script, Options::default(), &messages);
    assert_eq!(fates, [vec!["unknown", "refused Rcpt 550"], vec!["unsent"], vec!["unsent"]]);
    assert!(error.is_some());
}

#[test]
fn what_is_stopped_behind_its_end_is_unknown() {
    let script: &[Exchange] = &[(
        "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 3 LAST\r\n1\r\nRSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@y>\r\n\
         BDAT 3 LAST\r\n2\r\n",
        "250\r\n250\r\n250 one\r\n",
    )];
    let (connection, theirs) = connection();
    let server = server(theirs, ALL, script);
    let mut session = greet(connection, Dialect::Esmtp);
    let mut outbox = session.outbox(Options::default());
    outbox.send(0, envelope("a@x", &["b@y"]), content("1\r\n")).unwrap();
    outbox.send(1, envelope("c@x", &["d@y"]), content("2\r\n")).unwrap();
    assert_eq!(short(&outbox.report().unwrap().fates[0]), "accepted one");
    outbox.send(2, envelope("e@x", &["f@y"]), content("3\r\n")).unwrap();
    outbox.stop(Error::io("writing the results", std::io::ErrorKind::StorageFull.into()));
    assert_eq!(short(&outbox.report().unwrap().fates[0]), "unknown");
    assert_eq!(short(&outbox.report().unwrap().fates[0]), "unsent");
    assert!(outbox.report().is_none());
    session.leave();
    server.join().unwrap();
}

#[test]
fn a_refusal_in_the_middle_of_an_upload_is_noticed() {
    for chunked in [false, true] {
        let (connection, mut theirs) = connection();
        let server = std::thread::spawn(move || {
            let mut got = [0; 4096];
            let mut reader = theirs.try_clone().unwrap();
            let mut say = |text: &[u8]| theirs.write_all(text).unwrap();
            say(b"220 x\r\n");
            let _ = reader.read(&mut got).unwrap();
            say(if chunked { b"250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n" } else { b"250-x\r\n250 PIPELINING\r\n" });
            let _ = reader.read(&mut got).unwrap();
            say(if chunked { b"250\r\n250\r\n" } else { b"250\r\n250\r\n354\r\n" });
            let _ = reader.read(&mut got).unwrap();
            say(b"552 5.3.4 too big\r\n");
            // All that comes until the client stops.
            std::io::copy(&mut reader, &mut std::io::sink()).unwrap()
        });
        let mut session = greet(connection, Dialect::Esmtp);
        let mut outbox = session.outbox(Options::default());
        let body = [b"x".repeat(62).as_slice(), b"\r\n"].concat().repeat(1024 * 1024);
        outbox.send(0, envelope("a@x", &["b@y"]), content(body)).unwrap();
        let report = outbox.report().unwrap();
        let stage = if chunked { "Data" } else { "Dot" };
        assert_eq!(short(&report.fates[0]), format!("refused {stage} 552"));
        session.leave();
        assert!(server.join().unwrap() < 40 * 1024 * 1024);
    }
}

#[test]
fn one_refusal_in_the_middle_of_an_upload_is_for_all() {
    let (connection, mut theirs) = connection();
    let server = std::thread::spawn(move || {
        let mut got = [0; 4096];
        let mut reader = theirs.try_clone().unwrap();
        let replies: [&[u8]; 3] = [b"220 x\r\n", b"250-x\r\n250 PIPELINING\r\n", b"250\r\n250\r\n250\r\n354\r\n"];
        for reply in replies {
            theirs.write_all(reply).unwrap();
            let _ = reader.read(&mut got).unwrap();
        }
        theirs.write_all(b"552 5.3.4 too big\r\n").unwrap();
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap()
    });
    let mut session = greet(connection, Dialect::Lmtp);
    let mut outbox = session.outbox(Options::default());
    let body = [b"x".repeat(62).as_slice(), b"\r\n"].concat().repeat(1024 * 1024);
    outbox.send(0, envelope("a@x", &["b@y", "c@y"]), content(body)).unwrap();
    let fates: Vec<_> = outbox.report().unwrap().fates.iter().map(short).collect();
    assert_eq!(fates, ["refused Dot 552", "refused Dot 552"]);
    session.leave();
    assert!(server.join().unwrap() < 40 * 1024 * 1024);
}

#[test]
fn local_refusals_and_unreadable_messages_harm_nobody_else() {
    struct Gone;
    impl Content for Gone {
        fn size(&self) -> u64 {
            5
        }
        fn kind(&self) -> Kind {
            Kind::SevenBit
        }
        fn needs_smtputf8(&self) -> bool {
            false
        }
        fn open(&self) -> Result<Box<dyn std::io::Read + Send + '_>> {
            Err(Error::io("opening it", std::io::ErrorKind::NotFound.into()))
        }
    }
    let script: &[Exchange] =
        &[("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 3 LAST\r\n1\r\nQUIT\r\n", "250\r\n250\r\n250 one\r\n")];
    let (connection, theirs) = connection();
    let server = server(theirs, ALL, script);
    let mut session = greet(connection, Dialect::Esmtp);
    let mut outbox = session.outbox(Options::default());
    let nobody = Arc::new(Envelope::new(None, Vec::<AddrSpec>::new()));
    assert!(matches!(outbox.send(0, nobody, content("1\r\n")), Err(Error::InvalidInput(_))));
    outbox.send(1, envelope("a@x", &["b@y"]), Arc::new(Gone)).unwrap();
    outbox.send(2, envelope("a@x", &["b@y"]), content("1\r\n")).unwrap();
    outbox.farewell();
    assert!(outbox.send(3, envelope("a@x", &["b@y"]), content("1\r\n")).is_err());
    let first = outbox.report().unwrap();
    assert!(matches!(first.fates[..], [Fate::Unsent(_)]), "{first:?}");
    let second = outbox.report().unwrap();
    assert_eq!((second.tag, short(&second.fates[0]).as_str()), (2, "accepted one"));
    assert!(second.stages.mail.is_some() && second.stages.rcpt.is_some() && second.stages.dot.is_some());
    assert!(outbox.report().is_none());
    session.leave();
    server.join().unwrap();
}

#[test]
fn a_message_that_fails_while_it_is_read_is_not_ended() {
    /// Longer than it says.
    struct Grown;
    impl Content for Grown {
        fn size(&self) -> u64 {
            200_000
        }
        fn kind(&self) -> Kind {
            Kind::SevenBit
        }
        fn needs_smtputf8(&self) -> bool {
            false
        }
        fn open(&self) -> Result<Box<dyn std::io::Read + Send + '_>> {
            Ok(Box::new(std::io::repeat(b'x').take(200_001)))
        }
    }
    let data: &[Exchange] = &[("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n", "250\r\n250\r\n354\r\n")];
    let bdat: &[Exchange] = &[("MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nBDAT 200000 LAST\r\n", "250\r\n250\r\n")];
    for (capabilities, script) in [(PIPELINING, data), (ALL, bdat)] {
        let (connection, theirs) = connection();
        let server = std::thread::spawn(move || {
            let mut reader = theirs.try_clone().unwrap();
            server(theirs, capabilities, script).join().unwrap();
            let mut rest = Vec::new();
            let _ = reader.set_nonblocking(false);
            let _ = reader.read_to_end(&mut rest);
            rest
        });
        let mut session = greet(connection, Dialect::Esmtp);
        let mut outbox = session.outbox(Options::default());
        outbox.send(0, envelope("a@x", &["b@y"]), Arc::new(Grown)).unwrap();
        outbox.send(1, envelope("c@x", &["d@y"]), content("1\r\n")).unwrap();
        outbox.farewell();
        let first = outbox.report().unwrap();
        assert!(matches!(&first.fates[..], [Fate::Unsent(why)] if matches!(**why, Error::Storage { .. })), "{first:?}");
        let second = outbox.report().unwrap();
        assert!(
            matches!(&second.fates[..], [Fate::Unsent(why)] if matches!(**why, Error::Closed { .. })),
            "{second:?}"
        );
        assert!(outbox.report().is_none());
        session.leave();
        let rest = server.join().unwrap();
        assert!(rest.len() < 200_000 && rest.iter().all(|&byte| byte == b'x'), "{}", rest.len());
    }
}

#[test]
fn a_window_is_refilled_when_half_empty() {
    let (connection, theirs) = connection();
    let server = server(theirs, ALL, &[]);
    let mut session = greet(connection, Dialect::Esmtp);
    let window = Window { messages: 4, octets: 10 };
    let mut outbox = session.outbox(Options { window, ..Options::default() });
    assert!(outbox.has_room(1_000), "one is always admitted");
    outbox.send(0, envelope("a@x", &["b@y"]), content("1\r\n")).unwrap();
    assert!(outbox.has_room(7) && !outbox.has_room(8));
    for tag in 1..4 {
        outbox.send(tag, envelope("a@x", &["b@y"]), content("")).unwrap();
    }
    assert!(!outbox.has_room(0));
    // The server has closed by now: all come out, and nothing more is taken.
    while let Some(report) = outbox.report() {
        assert!(matches!(report.fates[..], [Fate::Unsent(_) | Fate::Unknown(_)]));
    }
    assert!(!outbox.has_room(0) && outbox.error().is_some());
    server.join().unwrap();
}
