//! imapctl and what real servers allow: rights, limits, annotations.

use std::fs;

use serde_json::{Value, json};

use super::cyrus::Cyrus;
use super::dovecot::{Dovecot, Store};
use super::send::records;
use crate::support::command::{Finished, Home, USER};
use crate::support::imap_server::ImapServer;

fn imapctl(url: &str, arguments: &[&str]) -> Finished {
    Home::new().imapctl(url, arguments).run()
}

#[track_caller]
fn told(url: &str, kind: &str, arguments: &[&str]) -> Vec<Value> {
    records(&imapctl(url, &[arguments, &["--json"]].concat()).exits(0), kind)
}

/// Who may do what: identifier and letters.
fn acl(url: &str, folder: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told(url, "acl", &["acl", "get", folder])
        .iter()
        .map(|row| (text(&row["identifier"]), text(&row["rights"])))
        .collect()
}

#[test]
fn rights_are_given_and_taken() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "Grüße"]).exits(0);
        let of_other =
            |url: &str| acl(url, "Grüße").into_iter().find(|(who, _)| who == "other").map(|(_, rights)| rights);
        assert_eq!(of_other(&url), None);
        let run = imapctl(&url, &["acl", "set", "Grüße", "other", "srl", "--dry-run"]).exits(0);
        assert_eq!((run.stdout().as_str(), of_other(&url)), ("would: Grüße: other lrs\n", None));
        imapctl(&url, &["acl", "set", "Grüße", "other", "srl"]).exits(0);
        assert_eq!(of_other(&url).as_deref(), Some("lrs"));
        let change = told(&url, "acl_change", &["acl", "set", "Grüße", "other", "+te"]);
        assert_eq!((&change[0]["rights"], &change[0]["dry_run"]), (&json!("+te"), &json!(false)));
        assert_eq!(of_other(&url).as_deref(), Some("lrste"));
        imapctl(&url, &["acl", "set", "Grüße", "other", "-rst"]).exits(0);
        assert_eq!(of_other(&url).as_deref(), Some("le"));
        let text = imapctl(&url, &["acl", "get", "Grüße"]).exits(0).stdout();
        assert!(text.lines().any(|line| line.starts_with("other ") && line.ends_with("see, expunge")), "{text}");

        let own = told(&url, "rights", &["acl", "rights", "Grüße"]);
        assert!(own[0]["rights"].as_str().unwrap().starts_with("lrswipkxtea") && own[0]["identifier"].is_null());
        let others = told(&url, "rights", &["acl", "rights", "Grüße", "other"]);
        assert_eq!((&others[0]["identifier"], &others[0]["rights"]), (&json!("other"), &json!("")));
        assert!(others[0]["optional"].as_array().unwrap().contains(&json!("w")), "{others:?}");

        imapctl(&url, &["acl", "delete", "Grüße", "nobody", "--dry-run"]).exits(66);
        imapctl(&url, &["acl", "delete", "Grüße", "other", "--dry-run"]).exits(0);
        assert!(of_other(&url).is_some());
        let change = told(&url, "acl_change", &["acl", "delete", "Grüße", "other"]);
        assert!(change[0]["rights"].is_null() && of_other(&url).is_none(), "{change:?}");

        imapctl(&url, &["acl", "set", "Grüße", "other", "L"]).exits(64).says("lower case");
        imapctl(&url, &["acl", "get", "nope"]).exits(66);
    }
    let server = ImapServer::offering(&["IMAP4rev1"]);
    for words in [&["acl", "get", "INBOX"][..], &["quota"], &["metadata", "get"], &["metadata", "get", "--server"]] {
        imapctl(&server.url(USER), words).exits(69).says("does not offer");
    }
}

#[test]
fn quotas_are_told_and_set() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let full = told(&dovecot.imaps_url(Dovecot::FULL), "quota", &["quota"]);
    assert_eq!(
        (&full[0]["resource"], &full[0]["limit"], &full[0]["folder"]),
        (&json!("STORAGE"), &json!(64), &json!("INBOX"))
    );
    let root = full[0]["root"].as_str().unwrap();
    assert_eq!(told(&dovecot.imaps_url(Dovecot::FULL), "quota", &["quota", "--root", root])[0]["limit"], 64);
    let text = imapctl(&dovecot.imaps_url(USER), &["quota", "Sent"]).exits(0).stdout();
    assert!(text.starts_with("RESOURCE") && text.contains("1.0G") && text.contains("1000000"), "{text}");
    let refused = imapctl(&dovecot.imaps_url(USER), &["quota", "--root", root, "--set", "STORAGE=1G"]).exits(69);
    assert!(refused.stderr().contains("SETQUOTA"), "{}", refused.both());

    // There has to be somebody before there can be a limit.
    imapctl(&cyrus.imaps_url(USER), &["folders"]).exits(0);
    let admin = cyrus.imaps_url(Cyrus::ADMIN);
    let root = ["quota", "--root", "user/user"];
    let set = |more: &[&str]| told(&admin, "quota_change", &[&root, more].concat());
    let limits = || {
        let rows = told(&cyrus.imaps_url(USER), "quota", &["quota"]);
        rows.iter()
            .map(|row| (row["resource"].as_str().unwrap().to_owned(), row["limit"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    let dry = set(&["--set", "STORAGE=2G", "--set", "message=1000", "--dry-run"]);
    assert_eq!((dry.len(), &dry[0]["dry_run"]), (2, &json!(true)));
    assert_eq!(limits(), [("STORAGE".to_owned(), 1_000_000)]);
    let done = set(&["--set", "STORAGE=2G", "--set", "message=1000"]);
    assert_eq!((&done[0]["limit"], &done[1]["limit"]), (&json!(2 << 20), &json!(1000)));
    assert_eq!(limits(), [("STORAGE".to_owned(), 2 << 20), ("MESSAGE".to_owned(), 1000)]);
    // What is not named is lifted, and told.
    let text = imapctl(&admin, &[&root[..], &["--set", "STORAGE=1G"]].concat()).exits(0).stdout();
    assert_eq!(text, "user/user: STORAGE 1.0G\nuser/user: MESSAGE no limit\n");
    assert_eq!(limits(), [("STORAGE".to_owned(), 1 << 20)]);
    imapctl(&admin, &["quota", "--set", "STORAGE=1G"]).exits(64).says("--root");
}

/// The annotations of INBOX, or of what else the arguments say.
fn metadata(url: &str, arguments: &[&str]) -> Vec<(String, Value)> {
    let rows = told(url, "metadata", &[&["metadata", "get"], arguments].concat());
    rows.into_iter().map(|row| (row["entry"].as_str().unwrap().to_owned(), row["value"].clone())).collect()
}

#[test]
fn annotations_are_set_told_and_removed() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "Grüße"]).exits(0);
        let folder = ["-f", "Grüße"];
        let comment = |value: Value| vec![("/private/comment".to_owned(), value)];
        let get = |more: &[&str]| metadata(&url, &[&["/private/comment"], &folder[..], more].concat());
        assert_eq!(get(&[]), comment(Value::Null));
        let set = |words: &[&str]| {
            imapctl(&url, &[&["metadata", "set", "/private/comment"], &folder[..], words].concat()).exits(0)
        };
        assert_eq!(set(&["a \"note\"", "--dry-run"]).stdout(), "would: Grüße /private/comment: a \"note\"\n");
        assert_eq!(get(&[]), comment(Value::Null));
        for value in ["a \"note\"", "Grüße\\", "{3}", "NIL"] {
            set(&[value]);
            assert_eq!(get(&[]), comment(json!(value)), "{url}");
        }
        // Lines, and more than a server takes in a line.
        let home = Home::new();
        let long = "a line of a note\r\n".repeat(1000);
        fs::write(home.join("note"), &long).unwrap();
        let words = ["metadata", "set", "/private/comment", "-f", "Grüße", "--file", "note"];
        home.imapctl(&url, &words).run().exits(0);
        assert_eq!(get(&[]), comment(json!(long)));
        home.imapctl(&url, &["metadata", "set", "/private/comment", "-f", "Grüße", "--file", "-"])
            .stdin(b"piped")
            .run()
            .exits(0);
        assert_eq!(get(&[]), comment(json!("piped")));
        let run = imapctl(&url, &["metadata", "get", "/private/comment", "-f", "Grüße", "--max-size", "2"]).exits(0);
        assert!(run.stdout().is_empty(), "{}", run.both());
        run.says("5 octets");
        let all = metadata(&url, &folder);
        assert!(all.contains(&comment(json!("piped"))[0]) && all.iter().all(|(_, value)| !value.is_null()), "{all:?}");
        assert_eq!(metadata(&url, &["/private", "--depth", "1", "-f", "Grüße"]).len(), 1);

        set(&["--unset", "--dry-run"]);
        assert_eq!(get(&[]), comment(json!("piped")));
        set(&["--unset"]);
        assert_eq!(get(&[]), comment(Value::Null));
        metadata(&url, &["--server"]);
        imapctl(&url, &["metadata", "get", "/private/comment", "-f", "nope"]).exits(66);
        home.imapctl(&url, &["metadata", "set", "/private/comment", "--file", "absent"]).run().exits(66);
    }
}

#[test]
fn annotations_of_many_folders_come_together() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for (url, has_list_metadata) in [(dovecot.imaps_url(USER), false), (cyrus.imaps_url(USER), true)] {
        for folder in ["Grüße", "Grüße/a", "Grüße/b"] {
            imapctl(&url, &["folder", "create", folder]).exits(0);
        }
        for (folder, note) in [("Grüße", "one"), ("Grüße/b", "two \"2\"\r\nlines")] {
            imapctl(&url, &["metadata", "set", "/private/comment", note, "-f", folder]).exits(0);
        }
        let all = |arguments: &[&str]| {
            let run = imapctl(&url, &[&["metadata", "get", "--folders", "Grüße*", "--json", "-v"], arguments].concat());
            let run = run.exits(0);
            let mut rows: Vec<_> = records(&run, "metadata")
                .into_iter()
                .map(|row| (row["folder"].as_str().unwrap().to_owned(), row["entry"].clone(), row["value"].clone()))
                .collect();
            rows.sort_by(|one, other| one.0.cmp(&other.0));
            (rows, run.stderr())
        };
        let row = |folder: &str, value: Value| (folder.to_owned(), json!("/private/comment"), value);
        let told =
            [row("Grüße", json!("one")), row("Grüße/a", Value::Null), row("Grüße/b", json!("two \"2\"\r\nlines"))];
        let (rows, said) = all(&["/private/comment"]);
        assert_eq!(rows, told);
        assert_eq!(said.contains("GETMETADATA"), !has_list_metadata, "{said}");
        // Of all that there is the values are told, of what is below an entry as well.
        for arguments in [&[][..], &["/private", "--depth", "1"]] {
            let (rows, _) = all(arguments);
            assert!(rows.contains(&told[0]) && rows.contains(&told[2]) && !rows.contains(&told[1]), "{rows:?}");
        }
        assert_eq!(all(&["/private/comment", "--max-size", "5"]).0, told[..2], "{url}");
    }
    imapctl(&cyrus.imaps_url(USER), &["metadata", "get", "--folders", "*", "--server"]).exits(64);
    let server = ImapServer::offering(&["IMAP4rev1"]);
    imapctl(&server.url(USER), &["metadata", "get", "--folders", "*"]).exits(69).says("does not offer");
}

/// NUL is in no string but a literal8: Dovecot understands it and keeps no NUL, Cyrus does not understand it. Neither has the
/// session broken by it.
#[test]
fn an_annotation_with_nul_is_refused_in_good_order() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let home = Home::new();
    fs::write(home.join("octets"), b"a\0b\xff").unwrap();
    let lines = b"metadata set /private/comment --file octets\nmetadata set /private/comment x\nmetadata get /private/comment\n";
    for (url, code) in [(dovecot.imaps_url(USER), 69), (cyrus.imaps_url(USER), 76)] {
        let run = home.imapctl(&url, &["batch", "-", "--json"]).stdin(lines).run().exits(80);
        let exits: Vec<_> = records(&run, "result").iter().map(|result| result["exit"].as_u64()).collect();
        assert_eq!(exits, [Some(code), Some(0), Some(0)], "{}", run.both());
        assert_eq!(records(&run, "metadata")[0]["value"], "x");
    }
}

#[test]
fn a_server_without_acl_lacks_it_whatever_is_asked() {
    let server = ImapServer::offering(&["IMAP4rev1"]);
    let url = server.url(USER);
    for words in [&["acl", "get", "INBOX"][..], &["acl", "rights", "INBOX"], &["acl", "rights", "INBOX", "ann"]] {
        let run = imapctl(&url, words).exits(69);
        assert!(run.stderr().contains("does not offer ACL"), "{words:?}: {}", run.both());
    }
}
