use std::time::SystemTime;

use super::super::tests::human;
use super::*;
use crate::cli::output::record::imapctl::*;
use crate::text::is_unsafe;

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn told(human: &Human, what: What<'_>) -> String {
    human.imapctl(&Told::new("work", what))
}

fn stream(what: What<'_>) -> String {
    told(&human(Screen::Stream), what)
}

fn folder(name: &str) -> Folder<'_> {
    Folder { name: name.into(), delimiter: Some('/'), selectable: true, ..Folder::default() }
}

#[test]
fn a_listing_fits_the_terminal() {
    let flags = strings(&["\\Answered", "\\FLAGGED", "$Forwarded"]);
    let wide = "日本語".repeat(40);
    let name = Address { name: Some(wide.as_bytes()), address: Some(b"a@x") };
    let evil = b"\x1b]0;t\x07\xff\r\n\xe2\x80\xaex".as_slice();
    for columns in [40, 80, 132] {
        let human = human(Screen::Terminal(columns));
        let mut out = String::new();
        for subject in [wide.as_bytes(), evil, b""] {
            let message = Message {
                uid: Some(u32::MAX),
                flags: Some(&flags),
                date: Some(SystemTime::UNIX_EPOCH),
                from: &[name, name],
                subject: Some(subject),
                preview: Some(evil),
                has_attachment: Some(true),
                ..Message::default()
            };
            out += &told(&human, What::Message(&message));
        }
        for line in out.lines() {
            assert!(width(line) <= columns, "{columns} {}: {line}", width(line));
            assert!(!line.chars().any(is_unsafe), "{line:?}");
        }
        assert!(out.contains("NA! @"), "{out}");
        assert_eq!(out.matches("SUBJECT").count(), 1, "the heading comes once");
        assert_eq!(out.contains("SIZE"), columns > 100);
    }
}

#[test]
fn a_listing_in_a_file_is_whole() {
    let seen = strings(&["\\seen"]);
    let from = [Address { name: None, address: Some(b"somebody.with.a.long.name@example.org") }];
    let subject = "y".repeat(300);
    let message = Message {
        uid: Some(7),
        flags: Some(&seen),
        date: Some(SystemTime::UNIX_EPOCH),
        size: Some(12_345),
        from: &from,
        subject: Some(subject.as_bytes()),
        ..Message::default()
    };
    let text = stream(What::Message(&message));
    let row = text.lines().last().unwrap();
    assert!(row.starts_with("      7         19"), "{row}");
    assert!(row.ends_with(&format!("  somebody.with.a.long.name@example.org    12K  {subject}")), "{row}");
}

#[test]
fn what_is_not_known_of_a_message_is_told() {
    let flaws = strings(&["its envelope"]);
    let message = Message { flaws: &flaws, subject: Some(b"s"), ..Message::default() };
    let text = stream(What::Message(&message));
    assert!(text.lines().last().unwrap().starts_with("      ?  ?"), "{text}");
    assert!(text.ends_with("?  (incomplete: its envelope) s\n"), "{text}");
}

#[test]
fn threads_are_indented_as_far_as_there_is_room() {
    let message = Message { uid: Some(1), subject: Some(b"s"), ..Message::default() };
    let node = |depth, message| Node { depth, message };
    let nodes = [node(0, None), node(1, Some(&message)), node(2, Some(&message)), node(u32::MAX, Some(&message))];
    let text = stream(What::Thread(Thread { nodes: &nodes, ..Thread::default() }));
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines[0], "                (not in this folder)");
    assert!(lines[1].ends_with("  └ s") && lines[2].ends_with("    └ s"), "{text}");
    assert!(lines[3].len() < 140, "{text}");
}

#[test]
fn folders_in_rows() {
    let human = human(Screen::Stream);
    let mut inbox = folder("INBOX");
    let text = told(&human, What::Folder(&inbox));
    assert_eq!(text, "USE         FOLDER\n            INBOX\n");
    inbox.special_use = Some("\\Sent");
    assert_eq!(told(&human, What::Folder(&inbox)), "\\Sent       INBOX\n");
    inbox.counted = true;
    inbox.subscribed = Some(true);
    inbox.rights = Some("lrs");
    inbox.counts = Counts { messages: Some(12), unseen: Some(0), size: Some(2048), ..Counts::default() };
    let text = told(&human, What::Folder(&inbox));
    assert_eq!(
        text,
        "MESSAGES    UNSEEN   SIZE  SUB  RIGHTS         USE         FOLDER\n      12         0   2.0K  yes  lrs            \\Sent       INBOX\n"
    );
    inbox.selectable = false;
    inbox.special_use = None;
    inbox.counts = Counts::default();
    let text = told(&human, What::Folder(&inbox));
    assert_eq!(text, "       -         -      -  yes  lrs            (no mail)   INBOX\n");
}

#[test]
fn folders_as_a_tree() {
    let deep = "x/".repeat(500);
    let folders = [folder("INBOX"), folder("a/b/c"), folder("a"), folder("a/d"), folder(&deep), folder("a\x1b/b")];
    let text = stream(What::Tree(Tree { folders: &folders }));
    let lines: Vec<&str> = text.lines().skip(1).map(|line| line.get(12..).unwrap_or_default()).collect();
    assert_eq!(lines[..5], ["INBOX", "a", "├─ b", "│  └─ c", "└─ d"]);
    assert!(text.contains("(no mail)   ├─ b\n"), "{text}");
    assert_eq!(lines[lines.len() - 2..], ["a^[", "└─ b"]);
    assert!(lines.len() < 60 && stream(What::Tree(Tree { folders: &[] })).is_empty());
}

#[test]
fn a_folder_s_state() {
    let status = Status {
        folder: "INBOX".into(),
        counts: Counts {
            messages: Some(1234),
            size: Some(5 << 20),
            uid_next: Some(7),
            highest_modseq: Some(9),
            ..Counts::default()
        },
    };
    assert_eq!(
        stream(What::Status(&status)),
        "INBOX\n  messages      1,234\n  size          5.0M (5,242,880 octets)\n  next UID      7\n  mod-sequence  9\n"
    );
}

#[test]
fn uids_stand_alone() {
    assert_eq!(stream(What::Found(Found { uids: &[1, 20], count: 2, ..Found::default() })), "1\n20\n");
    let several = Found { uids: &[7], count: 1, scope: Scope::SeveralFolders, ..Found::default() };
    assert_eq!(stream(What::Found(several)), "7 - INBOX\n");
}

#[test]
fn parts_and_headers() {
    let part = Part {
        section: "1.2",
        depth: 1,
        media_type: "image/png",
        encoding: Some("base64"),
        disposition: Some("attachment"),
        name: Some(b"a\x1b.png"),
        size: Some(25_000),
        ..Part::default()
    };
    let text = stream(What::Part(&part));
    assert_eq!(text.lines().last().unwrap(), "1.2         24K    image/png (base64, attachment)  a^[.png");
    let fields = [HeaderField { name: "Subject", value: b"a\x1b\nb" }, HeaderField { name: "To", value: b"" }];
    let header = HeaderView { fields: &fields, ..HeaderView::default() };
    assert_eq!(stream(What::Header(header)), "Subject: a^[^Jb\nTo:\n\n");
}

#[test]
fn changes_and_what_would_be_changed() {
    let archive = Place::new("Archive", 1);
    let copied = Transferred {
        transfer: Transfer::Copied,
        place: Place::new("INBOX", 2),
        uid: 5,
        to_account: None,
        to: archive,
        to_uid: Some(57),
        mode: Mode::Done,
    };
    assert_eq!(stream(What::Transferred(copied)), "5 -> Archive 57\n");
    let dry = Transferred { to_account: Some("home"), to_uid: None, mode: Mode::DryRun, ..copied };
    assert_eq!(stream(What::Transferred(dry)), "would: 5 -> home: Archive\n");
    let (seen, none) = (strings(&["\\Seen", "x"]), Vec::new());
    let marked = Marked { uid: 5, flags: Some(&seen), ..Marked::default() };
    assert_eq!(stream(What::Marked(marked)), "5 \\Seen x\n");
    assert_eq!(stream(What::Marked(Marked { flags: Some(&none), ..marked })), "5 no flags\n");
    let dry = Marked { flags: None, added: &seen, removed: &seen, mode: Mode::DryRun, ..marked };
    assert_eq!(stream(What::Marked(dry)), "would: 5 +\\Seen +x -\\Seen -x\n");
    let removed =
        Removed { removal: Removal::Deleted, place: archive, uids: &[1, 2, 3, 9], count: 4, mode: Mode::Done };
    assert_eq!(stream(What::Removed(removed)), "deleted 4 messages from Archive: 1:3,9\n");
    let many: Vec<u32> = (0..1000).map(|n| n * 2).collect();
    let removed = Removed { removal: Removal::Expunged, uids: &many, count: 1, mode: Mode::DryRun, ..removed };
    let text = stream(What::Removed(removed));
    assert!(text.starts_with("would be expunged: 1 message from Archive: 0,2,4") && text.ends_with("38,…\n"), "{text}");
    let appended = Appended { place: archive, uid: Some(9), file: b"a.mbox", number: Some(3), ..Appended::default() };
    assert_eq!(stream(What::Appended(appended)), "a.mbox message 3 -> Archive 9\n");
    let change = FolderChange {
        folder: "a".into(),
        action: FolderAction::Renamed,
        to: Some("b".into()),
        special_use: None,
        messages: None,
        mode: Mode::Done,
    };
    assert_eq!(stream(What::FolderChange(change)), "renamed a -> b\n");
    let change =
        FolderChange { action: FolderAction::Deleted, to: None, messages: Some(1), mode: Mode::DryRun, ..change };
    assert_eq!(stream(What::FolderChange(change)), "would be deleted: a with 1 message\n");
    let acl = AclChange { folder: "a".into(), identifier: "ann", rights: None, mode: Mode::Done };
    assert_eq!(stream(What::AclChange(acl)), "a: ann is no longer named\n");
}

#[test]
fn rights_limits_and_annotations() {
    let rights = Rights { folder: "INBOX".into(), rights: "lrZ", ..Rights::default() };
    assert_eq!(stream(What::Rights(rights)), "INBOX: lrZ (see, read)\n");
    let human = human(Screen::Stream);
    let entry = AclEntry { folder: "INBOX".into(), identifier: "-ann", rights: "lr" };
    let text = told(&human, What::Acl(entry)) + &told(&human, What::Acl(entry));
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.ends_with("-ann                  lr             see, read\n"), "{text}");
    let quota = Quota { resource: "STORAGE".into(), usage: 512, limit: 1024, ..Quota::default() };
    let text = stream(What::Quota(&quota));
    assert!(text.ends_with("STORAGE           512K        1.0M   50.0  \"\"\n"), "{text}");
    let change = QuotaChange { root: "", resource: "STORAGE", limit: Some(2048), mode: Mode::Done };
    assert_eq!(stream(What::QuotaChange(change)), "\"\": STORAGE 2.0M\n");
    let change = QuotaChange { root: "a\x1b", resource: "MESSAGE", limit: None, mode: Mode::DryRun };
    assert_eq!(stream(What::QuotaChange(change)), "would: a^[: MESSAGE no limit\n");
    let metadata = Metadata { folder: None, entry: "/private/comment", value: Some(b"a\x1b") };
    assert_eq!(stream(What::Metadata(metadata)), "/private/comment: a^[\n");
    let none = Metadata { folder: Some("a".into()), value: None, ..metadata };
    assert_eq!(stream(What::MetadataChange(none, Mode::DryRun)), "would: a /private/comment: (none)\n");
}

#[test]
fn replies_are_harmless_and_explained() {
    let fields = [ReplyField { name: "uid", value: b"5" }, ReplyField { name: "subject", value: b"a\x1b" }];
    let octets = b"* 1 FETCH (UID 5 BODY[] {3}\r\na\x1bb)";
    let reply = Reply { tag: "*", fields: &fields, octets, ..Reply::default() };
    let text = "* 1 FETCH (UID 5 BODY[] {3}\na^[b)\n    uid      5\n    subject  a^[\n";
    assert_eq!(stream(What::Reply(reply)), text);
    let fields = [ReplyField { name: "BODY[]", value: b"a\r\nb" }];
    let reply = Reply { tag: "*", fields: &fields, octets: b"x", omitted: 7, ..Reply::default() };
    assert_eq!(stream(What::Reply(reply)), "x\n    BODY[]  4 octets\n    (7 more octets are not shown)\n");
}

#[test]
fn events_in_a_line() {
    let from = [Address { name: Some(b"Bob"), address: Some(b"b@x") }];
    let message = Message {
        place: Place::new("INBOX", 1),
        uid: Some(9),
        from: &from,
        subject: Some(b"hello"),
        ..Message::default()
    };
    let event = Event { id: "1.9", kind: EventKind::New, message: &message };
    assert_eq!(stream(What::Event(event)), "new             9  INBOX                 Bob: hello\n");
    let gone = Message { place: message.place, ..Message::default() };
    let event = Event { kind: EventKind::Gone, message: &gone, ..event };
    assert_eq!(stream(What::Event(event)), "gone               INBOX\n");
}

#[test]
fn every_table_fits_a_narrow_terminal() {
    let flags = strings(&["\\Seen"]);
    let wide = "日本語".repeat(20);
    let from = [Address { name: Some(wide.as_bytes()), address: None }];
    let message = Message { uid: Some(1), flags: Some(&flags), from: &from, subject: Some(b"s"), ..Message::default() };
    let nodes = [Node { depth: 0, message: Some(&message) }, Node { depth: 9, message: None }];
    let full = Counts { messages: Some(12_345), unseen: Some(0), size: Some(1 << 40), ..Counts::default() };
    let counted = Folder { counted: true, counts: full, subscribed: Some(true), ..folder(&wide) };
    let shared = Folder { rights: Some("lrswipkxtecda"), subscribed: Some(true), ..folder(&wide) };
    let listed = Folder { subscribed: Some(true), special_use: Some("\\Important"), ..folder(&wide) };
    let quota = Quota {
        root: "User quota".into(),
        folder: None,
        resource: "ANNOTATION-STORAGE".into(),
        usage: 123_456,
        limit: 1_234_567,
    };
    let told = |what: What<'_>, columns| told(&human(Screen::Terminal(columns)), what);
    for columns in [40, 69, 70, 80] {
        for what in [
            What::Folder(&counted),
            What::Folder(&shared),
            What::Folder(&listed),
            What::Tree(Tree { folders: &[counted, shared] }),
            What::Message(&message),
            What::Thread(Thread { nodes: &nodes, ..Thread::default() }),
            What::Quota(&quota),
            What::Event(Event { id: "1", kind: EventKind::New, message: &message }),
        ] {
            for line in told(what, columns).lines() {
                assert!(width(line) <= columns, "{columns} {}: {line}", width(line));
            }
        }
    }
    let text = told(What::Message(&message), 40);
    assert!(text.ends_with("\n         s\n") && text.contains("日本語"), "{text}");
    assert!(told(What::Folder(&counted), 40).starts_with("MESSAGES    UNSEEN  FOLDER\n"));
}

#[test]
fn characters_of_no_width_are_left_out_of_rows() {
    let subject = "👨\u{200d}👩 a\u{ad}b\u{feff}\u{202e}c";
    let from = [Address { name: Some("x\u{200b}y".as_bytes()), address: None }];
    let message = Message { subject: Some(subject.as_bytes()), from: &from, ..Message::default() };
    let text = stream(What::Message(&message));
    assert!(text.contains("  xy ") && text.ends_with("👨👩 ab\\u{202e}c\n"), "{text}");
}
