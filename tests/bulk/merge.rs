//! `--merge`: a message for each line of a table.

use std::fs;

use super::send;
use crate::support::command::Home;
use crate::support::recorder::{CHUNKING, Recorder};

const TEMPLATE: &str = "From: Ann <ann@example.org>\nTo: {{name}} <{{email}}>\nSubject: Hi {{name}}\n\nDear {{name}}\n";

#[test]
fn each_line_becomes_a_message_once() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    fs::write(home.join("t.eml"), TEMPLATE).unwrap();
    fs::write(home.join("p.csv"), "name,email\nBob,bob@example.org\nZoë,zoe@example.org\nBad,not an address\n")
        .unwrap();
    let args = ["--merge", "p.csv", "--template", "t.eml", "--results", "r"];
    send(&home, &server, &args).run().exits(80).says("line 4: column \"email\"");
    let messages = server.messages();
    assert_eq!(
        messages.iter().map(|message| message.recipients[0].0.as_str()).collect::<Vec<_>>(),
        ["bob@example.org", "zoe@example.org"]
    );
    let text = String::from_utf8(messages[1].text.clone()).unwrap();
    assert!(text.contains("To: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\n") && text.contains("Dear Zoë\r\n"), "{text}");
    assert!(text.contains("charset=utf-8"), "{text}");
    // Another line in front, and the bad one mended.
    fs::write(
        home.join("p.csv"),
        "name,email\nEve,eve@example.org\nBob,bob@example.org\nZoë,zoe@example.org\nBad,b@example.org\n",
    )
    .unwrap();
    send(&home, &server, &args).run().silently();
    let more: Vec<String> = server.messages()[2..].iter().map(|message| message.recipients[0].0.clone()).collect();
    assert_eq!(more, ["eve@example.org", "b@example.org"]);
}

#[test]
fn a_placeholder_that_is_no_column_sends_nothing() {
    let home = Home::new();
    let server = Recorder::serve(CHUNKING);
    fs::write(home.join("t.eml"), TEMPLATE).unwrap();
    fs::write(home.join("p.csv"), "nam,email\nBob,bob@example.org\n").unwrap();
    send(&home, &server, &["--merge", "p.csv", "--template", "t.eml"]).run().exits(65).says("{{name}}").says("\"nam\"");
    send(&home, &server, &["--merge", "none.csv", "--template", "t.eml"]).run().exits(66);
    fs::write(home.join("p.csv"), "name,email\nBob,bob@example.org\n").unwrap();
    let run = send(&home, &server, &["--merge", "p.csv", "--template", "t.eml", "--dry-run"]).run().exits(0);
    assert!(run.stdout().contains("To: Bob <bob@example.org>"), "{}", run.both());
    assert!(server.sessions().is_empty());
}
