//! imapctl reads mail on a real server: shows it, tells what it is made of, saves it.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::{Dovecot, Store};
use super::mails;
use super::send::records;
use crate::support::command::{Call, Finished, Home, Program};
use crate::support::pki::pki;

/// `imapctl COMMAND` in a user's mailbox.
fn imapctl(home: &Home, url: &str, arguments: &[&str]) -> Call {
    let ca = pki().ca_file();
    let password = home.password_file();
    let mut all = vec!["-a", url, "--ca-file", ca.to_str().unwrap(), "--password-file", password.to_str().unwrap()];
    all.extend(arguments);
    home.program(Program::Imapctl, all)
}

/// What standard output holds after a run that must succeed.
#[track_caller]
fn said(home: &Home, url: &str, arguments: &[&str]) -> Vec<u8> {
    imapctl(home, url, arguments).run().exits(0).stdout
}

#[track_caller]
fn text(home: &Home, url: &str, arguments: &[&str]) -> String {
    String::from_utf8(said(home, url, arguments)).unwrap()
}

/// As the server gives it: with CRLF.
fn on_the_wire(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        wire.extend(line.strip_suffix(b"\n").unwrap_or(line));
        if line.ends_with(b"\n") {
            wire.extend(b"\r\n");
        }
    }
    wire
}

fn base64_lines(octets: &[u8]) -> String {
    STANDARD.encode(octets).as_bytes().chunks(76).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect()
}

/// Not text, and different in every place.
fn binary(count: u32) -> Vec<u8> {
    (0..count).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect()
}

/// Everything that people send: a text in two forms, a picture in it, three attachments of which one is a message.
fn rich() -> Vec<u8> {
    format!(
        "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nTo: a@example.net,\n b@example.net\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\n\
         X-Evil: a\x1b[31mb\nDate: Mon, 02 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=m\n\npreamble\n--m\n\
         Content-Type: multipart/alternative; boundary=a\n\n--a\n\
         Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
         Gr=FC=DFe=1B[31m\nzweite Zeile\n--a\n\
         Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{html}--a--\n--m\n\
         Content-Type: application/octet-stream; name=\"=?utf-8?q?=C3=9Cbersicht?=.bin\"\n\
         Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.bin\nContent-Transfer-Encoding: base64\n\n{binary}--m\n\
         Content-Type: text/plain\nContent-Disposition: attachment; filename=\"../../climb.txt\"\n\nclimbing\n--m\n\
         Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain\n\ninside\n--m--\n",
        html = base64_lines("<p>Hello <b>there</b>,\r\n<a href='http://x.example/'>link</a> ü</p>".as_bytes()),
        binary = base64_lines(&binary(1000)),
    )
    .into_bytes()
}

fn plain() -> Vec<u8> {
    b"From: a@example.org\nTo: b@example.net\nSubject: plain\nMessage-ID: <p@x>\n\nfirst\n\nlast\n".to_vec()
}

/// A server with those two messages, UIDs 1 and 2.
fn server() -> Option<(Dovecot, String)> {
    let dovecot = Dovecot::start(Store::Maildir)?;
    dovecot.fill_folder("user", "INBOX", &[rich(), plain()], "");
    let url = dovecot.imaps_url("user");
    Some((dovecot, url))
}

#[test]
fn a_message_is_shown_as_people_read_it() {
    let Some((dovecot, url)) = server() else { return };
    let home = Home::new();
    let shown = text(&home, &url, &["show", "1"]);
    let expected = "From: Jürgen <j@example.org>\nTo: a@example.net, b@example.net\n\
                    Date: Mon, 02 Nov 2026 10:00:00 +0000\nSubject: Grüße\n\nGrüße^[[31m\nzweite Zeile\n";
    assert!(shown.starts_with(expected), "{shown}");
    let attached = shown.strip_prefix(expected).unwrap();
    for expected in ["Übersicht.bin", "climb.txt", "message/rfc822"] {
        assert!(attached.contains(expected), "{attached}");
    }
    assert!(!attached.contains("text/html") && !shown.contains("preamble") && !shown.contains("X-Evil"), "{shown}");

    assert_eq!(text(&home, &url, &["show", "1", "--text"]), "Grüße^[[31m\nzweite Zeile\n");
    let html = "<p>Hello <b>there</b>,\r\n<a href='http://x.example/'>link</a> ü</p>";
    assert_eq!(text(&home, &url, &["show", "1", "--html"]), html);
    let header = text(&home, &url, &["show", "1", "--headers"]);
    assert!(header.contains("Subject: Grüße\n") && header.contains("X-Evil: a^[[31mb\n"), "{header}");
    assert!(header.contains("MIME-Version: 1.0\n") && !header.contains("zweite"), "{header}");
    assert_eq!(text(&home, &url, &["show", "2", "--text"]), "first\n\nlast\n");
    imapctl(&home, &url, &["show", "2", "--html"]).run().exits(66).says("no HTML");

    // A reader who only looks leaves no trace.
    assert_eq!(dovecot.uids("user", "INBOX", &["SEEN"]), [0; 0]);
    text(&home, &url, &["show", "2", "--mark-seen"]);
    assert_eq!(dovecot.uids("user", "INBOX", &["SEEN"]), [2]);
}

#[test]
fn octets_are_given_as_they_are() {
    let Some((_dovecot, url)) = server() else { return };
    let home = Home::new();
    assert_eq!(said(&home, &url, &["show", "1", "--raw"]), on_the_wire(&rich()));
    assert_eq!(said(&home, &url, &["show", "2", "--raw"]), on_the_wire(&plain()));
    assert_eq!(said(&home, &url, &["show", "1", "--part", "2"]), binary(1000));
    assert_eq!(said(&home, &url, &["show", "1", "--part", "1.1"]), b"Gr\xfc\xdfe\x1b[31m\r\nzweite Zeile");
    assert_eq!(said(&home, &url, &["show", "1", "--part", "4.1"]), b"inside");
    assert!(said(&home, &url, &["show", "1", "--part", "4"]).starts_with(b"Subject: inner\r\n"));
    // The body of a message of one part is its part 1.
    assert_eq!(said(&home, &url, &["show", "2", "--part", "1"]), b"first\r\n\r\nlast\r\n");
    imapctl(&home, &url, &["show", "2", "--part", "2"]).run().exits(66).says("no part 2");
    imapctl(&home, &url, &["show", "3"]).run().exits(66).says("no message with the UID 3");
    imapctl(&home, &url, &["show", "3", "--raw"]).run().exits(66);
    imapctl(&home, &url, &["show", "1", "--uidvalidity", "1"]).run().exits(65);
    imapctl(&home, &url, &["--json", "show", "1"]).run().exits(64);
}

#[test]
fn what_nobody_took_is_not_marked() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let long = [b"Subject: long\n\n".to_vec(), b"a line of text\n".repeat(100_000)].concat();
    dovecot.fill_folder("user", "INBOX", &[long], "");
    let url = dovecot.imaps_url("user");
    let home = Home::new();
    for arguments in [&["show", "1", "--raw", "--mark-seen"][..], &["show", "1", "--mark-seen"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        imapctl(&home, &url, arguments).stdout_to(writer).run().exits(74);
    }
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    imapctl(&home, &url, &["show", "1", "--text", "--mark-seen"]).stdout_to(full).run().exits(74);
    assert_eq!(dovecot.uids("user", "INBOX", &["SEEN"]), [0; 0]);
}

#[test]
fn parts_are_told_as_a_tree() {
    let Some((_dovecot, url)) = server() else { return };
    let home = Home::new();
    let run = imapctl(&home, &url, &["--json", "parts", "1"]).run().exits(0);
    let parts = records(&run, "part");
    let told: Vec<_> = parts
        .iter()
        .map(|part| {
            let word = |name: &str| part[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {} {}", part["depth"], word("section"), word("media_type"), word("name"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "0  multipart/mixed ",
            "1 1 multipart/alternative ",
            "2 1.1 text/plain ",
            "2 1.2 text/html ",
            "1 2 application/octet-stream Übersicht.bin",
            "1 3 text/plain ../../climb.txt",
            "1 4 message/rfc822 ",
            "2 4.1 text/plain ",
        ],
        "{}",
        run.both()
    );
    assert_eq!((&parts[2]["charset"], &parts[2]["encoding"]), (&"iso-8859-1".into(), &"quoted-printable".into()));
    let people = text(&home, &url, &["parts", "1"]);
    assert!(people.lines().all(|line| line.chars().count() <= 80), "{people}");
    imapctl(&home, &url, &["parts", "9"]).run().exits(66);
}

fn saved(run: &Finished) -> Vec<Value> {
    records(run, "saved")
}

#[track_caller]
fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

#[test]
fn messages_and_parts_are_saved() {
    let Some((_dovecot, url)) = server() else { return };
    let home = Home::new();
    let target: PathBuf = home.join("new/folder");
    let to = target.to_str().unwrap();
    let run = imapctl(&home, &url, &["--json", "save", "1:2", "--to", to]).run().exits(0);
    assert_eq!(saved(&run).len(), 2, "{}", run.both());
    assert_eq!(names(&target), ["1.eml", "2.eml"]);
    assert_eq!(fs::read(target.join("1.eml")).unwrap(), on_the_wire(&rich()));
    assert_eq!(fs::read(target.join("2.eml")).unwrap(), on_the_wire(&plain()));

    // Never over another, and by a query too.
    fs::write(target.join("2.eml"), "mine").unwrap();
    said(&home, &url, &["save", "subject:plain", "--to", to]);
    assert_eq!(fs::read(target.join("2.eml")).unwrap(), b"mine");
    assert_eq!(fs::read(target.join("2-2.eml")).unwrap(), on_the_wire(&plain()));

    let attached = home.join("attached");
    let to = attached.to_str().unwrap();
    let run = imapctl(&home, &url, &["--json", "save", "1:2", "--attachments", "--to", to]).run().exits(0);
    assert_eq!(names(&attached), ["1-4.eml", "climb.txt", "Übersicht.bin"], "{}", run.both());
    assert_eq!(fs::read(attached.join("Übersicht.bin")).unwrap(), binary(1000));
    assert_eq!(fs::read(attached.join("climb.txt")).unwrap(), b"climbing");
    assert!(fs::read(attached.join("1-4.eml")).unwrap().starts_with(b"Subject: inner\r\n"));
    assert_eq!(names(home.path()).iter().filter(|name| name.contains("climb")).count(), 0);
    let told = saved(&run);
    let climb = told.iter().find(|saved| saved["section"] == "3").unwrap();
    assert_eq!((climb["name"].as_str(), climb["octets"].as_u64()), (Some("../../climb.txt"), Some(8)));

    let part = home.join("part");
    let to = part.to_str().unwrap();
    let run = imapctl(&home, &url, &["save", "1,2", "--part", "2", "--to", to]).run().exits(80);
    assert!(run.stderr().contains("UID 2") && run.stderr().contains("no part 2"), "{}", run.both());
    assert_eq!(fs::read(part.join("Übersicht.bin")).unwrap(), binary(1000));
}

#[test]
fn uids_that_are_not_there_are_told() {
    let Some((_dovecot, url)) = server() else { return };
    let home = Home::new();
    let target = home.join("t");
    let to = target.to_str().unwrap();
    imapctl(&home, &url, &["save", "2,77", "--to", to]).run().exits(80).says("UID 77");
    imapctl(&home, &url, &["save", "77", "--to", to]).run().exits(66).says("UID 77");
    imapctl(&home, &url, &["save", "77:4294967295", "--to", to]).run().exits(66);
    imapctl(&home, &url, &["save", "77:99", "--attachments", "--to", to]).run().exits(66);
    let odd: Vec<String> = (0..3_000).map(|number| (2 * number + 1).to_string()).collect();
    let target = home.join("odd");
    let arguments = ["save", &odd.join(","), "--attachments", "--quiet", "--to", target.to_str().unwrap()];
    imapctl(&home, &url, &arguments).run().exits(80);
    assert_eq!(names(&target).len(), 3, "of the one that is there");
    // Nobody says that all of a range is there.
    let target = home.join("t");
    said(&home, &url, &["save", "2:4000000000", "--to", to]);
    assert_eq!(names(&target), ["2-2.eml", "2.eml"]);
    said(&home, &url, &["save", "subject:nothing-like-it", "--to", to]);
    let file = home.write_secret("file", "");
    imapctl(&home, &url, &["save", "1", "--to", file.to_str().unwrap()]).run().exits(73);
}

#[test]
fn many_messages_come_compressed_and_whole() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let all: Vec<_> = mails::nasty().into_iter().chain(mails::ordinary(300, 5)).collect();
    dovecot.fill_folder("user", "INBOX", &all, "");
    let url = dovecot.imaps_url("user");
    let home = Home::new();
    let target = home.join("t");
    let log = home.join("transcript");
    let arguments = ["--transcript", log.to_str().unwrap(), "save", "1:*", "--to", target.to_str().unwrap()];
    let run = imapctl(&home, &url, &arguments).run().exits(0);
    assert_eq!(run.stdout().lines().count(), all.len());
    let transcript = fs::read_to_string(log).unwrap();
    assert!(transcript.contains("COMPRESS DEFLATE") && transcript.contains("compressing both ways"), "{transcript}");
    let mut got: Vec<_> = names(&target).iter().map(|name| fs::read(target.join(name)).unwrap()).collect();
    let mut wanted: Vec<_> = all.iter().map(|mail| on_the_wire(mail)).collect();
    // A literal cannot hold NUL: Dovecot sends something else.
    wanted.iter_mut().flatten().filter(|octet| **octet == 0).for_each(|octet| *octet = 0x80);
    got.sort();
    wanted.sort();
    if let Some((got, wanted)) = got.iter().zip(&wanted).find(|(got, wanted)| got != wanted) {
        let shown = |mail: &[u8]| mail[..mail.len().min(300)].escape_ascii().to_string();
        panic!("{}\ninstead of\n{}", shown(got), shown(wanted));
    }
    assert_eq!(got.len(), wanted.len());
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let big = [b"Subject: big\n\n".to_vec(), b"a line of text\n".repeat(200_000)].concat();
    dovecot.fill_folder("user", "INBOX", &[big, plain()], "");
    let url = dovecot.imaps_url("user");
    let home = Home::new();
    let target = home.join("t");
    let to = target.to_str().unwrap();
    // A limit on the size of files is what a test can have of a full disk.
    let run = imapctl(&home, &url, &["save", "1", "--to", to]).limited("-f 1000; trap '' XFSZ").run();
    assert_eq!((run.code(), names(&target)), (74, Vec::new()), "{}", run.both());
    let run = imapctl(&home, &url, &["save", "1", "--part", "1", "--to", to]).limited("-f 1000; trap '' XFSZ").run();
    assert_eq!((run.code(), names(&target)), (74, Vec::new()), "{}", run.both());
}

#[test]
fn a_batch_reads_many() {
    let Some((_dovecot, url)) = server() else { return };
    let home = Home::new();
    let target = home.join("t");
    let commands =
        format!("show 2 --text\nparts 2\nsave 2 --to {0}\nshow 9\nsave 1 --attachments --to {0}\n", target.display());
    let run = imapctl(&home, &url, &["batch", "-"]).stdin(commands.as_bytes()).run().exits(80);
    assert!(run.stdout().contains("first\n\nlast\n"), "{}", run.both());
    assert_eq!(names(&target), ["1-4.eml", "2.eml", "climb.txt", "Übersicht.bin"], "{}", run.both());
}

#[test]
fn one_part_does_not_cost_the_rest() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    // 8 MiB beside what is wanted.
    let message = format!(
        "Subject: big\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\
         Content-Type: application/octet-stream; name=big.bin\nContent-Transfer-Encoding: base64\n\n{}--m\n\
         Content-Type: application/pdf; name=small.pdf\nContent-Transfer-Encoding: base64\n\n{}--m--\n",
        base64_lines(&binary(2_000_000)),
        base64_lines(&binary(6_250)),
    );
    dovecot.fill_folder("user", "INBOX", &[message.into_bytes()], "");
    let home = Home::new();
    let target = home.join("t");
    let log = home.join("transcript");
    let arguments =
        ["--transcript", log.to_str().unwrap(), "save", "1", "--part", "2", "--to", target.to_str().unwrap()];
    imapctl(&home, &dovecot.imaps_url("user"), &arguments).run().exits(0);
    assert_eq!(fs::read(target.join("small.pdf")).unwrap(), binary(6_250));
    let transcript = fs::read_to_string(log).unwrap();
    let received: usize = transcript
        .lines()
        .filter_map(|line| line.split_once("<~ "))
        .map(|(_, told)| match told.strip_prefix('[').and_then(|told| told.strip_suffix(" octets]")) {
            Some(octets) => octets.replace(',', "").parse().unwrap(),
            None => told.len(),
        })
        .sum();
    assert!((25_000..100_000).contains(&received), "{received} octets\n{transcript}");
    assert!(transcript.contains("BINARY.PEEK[2]"), "the server decodes: {transcript}");
}

/// Another server, with its own ways to decode and to number.
#[test]
fn cyrus_gives_the_same() {
    let Some(cyrus) = Cyrus::start() else { return };
    cyrus.fill("user", "INBOX", &[rich(), plain()], "");
    let url = cyrus.imaps_url("user");
    let home = Home::new();
    let shown = text(&home, &url, &["show", "1"]);
    assert!(shown.contains("Subject: Grüße\n") && shown.contains("\n\nGrüße^[[31m\nzweite Zeile\n"), "{shown}");
    assert_eq!(said(&home, &url, &["show", "2", "--raw"]), on_the_wire(&plain()));
    assert_eq!(said(&home, &url, &["show", "2", "--part", "1"]), b"first\r\n\r\nlast\r\n");
    assert_eq!(said(&home, &url, &["show", "1", "--part", "4.1"]), b"inside");
    assert_eq!(records(&imapctl(&home, &url, &["--json", "parts", "1"]).run().exits(0), "part").len(), 8);
    let target = home.join("t");
    let to = target.to_str().unwrap();
    said(&home, &url, &["save", "1:*", "--attachments", "--to", to]);
    assert_eq!(names(&target), ["1-4.eml", "climb.txt", "Übersicht.bin"]);
    assert_eq!(fs::read(target.join("Übersicht.bin")).unwrap(), binary(1000));
    imapctl(&home, &url, &["save", "2,77", "--to", to]).run().exits(80).says("UID 77");
    text(&home, &url, &["show", "2", "--text", "--mark-seen"]);
    assert!(cyrus.talk("user").ask("STATUS INBOX (UNSEEN)").contains("UNSEEN 1"));
    imapctl(&home, &url, &["show", "9"]).run().exits(66);
}
