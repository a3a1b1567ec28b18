//! imapctl and the folders of real servers: what there is, and what is made, renamed, removed and subscribed.

use serde_json::Value;

use super::cyrus::Cyrus;
use super::dovecot::folders::seeded;
use super::dovecot::{Dovecot, Store};
use super::send::records;
use crate::support::command::{Finished, Home, USER};

fn imapctl(url: &str, arguments: &[&str]) -> Finished {
    Home::new().imapctl(url, arguments).run()
}

/// The folders that are there, as imapctl tells them.
fn folders(url: &str) -> Vec<Value> {
    records(&imapctl(url, &["folders", "--json", "--counts"]).exits(0), "folder")
}

fn names(url: &str) -> Vec<String> {
    folders(url).iter().map(|folder| folder["name"].as_str().unwrap().to_owned()).collect()
}

/// What was or would be done with folders: change, folder, new name, whether it is dry.
fn changes(run: &Finished) -> Vec<(String, String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let change = |change: &Value| {
        (text(&change["change"]), text(&change["folder"]), text(&change["to"]), change["dry_run"] == true)
    };
    records(run, "folder_change").iter().map(change).collect()
}

fn change(change: &str, folder: &str, to: &str, dry_run: bool) -> (String, String, String, bool) {
    (change.to_owned(), folder.to_owned(), to.to_owned(), dry_run)
}

#[test]
fn folders_have_any_name() {
    let Some(dovecot) = Dovecot::start(Store::Sdbox) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let everywhere = ["Grüße", "日本 語", "R&D", "x*y", "a b", "~tilde", "🦀"];
    // Cyrus has its own mind about these.
    let quoted = ["50%", "a \"b\"", "back\\slash", "(x) {3}"];
    for (url, wanted) in [
        (dovecot.imaps_url(USER), [&everywhere[..], &quoted].concat()),
        (cyrus.imaps_url(USER), everywhere.to_vec()),
        (cyrus.imap_url("other"), everywhere.to_vec()),
    ] {
        let run = imapctl(&url, &[&["folder", "create", "--json"], &wanted[..]].concat()).exits(0);
        let created: Vec<_> = wanted.iter().map(|name| change("created", name, "", false)).collect();
        assert_eq!(changes(&run), created, "{url}");
        // Each by its name again, and none twice.
        for name in &wanted {
            assert!(names(&url).iter().any(|known| known == name), "{name} in {:?}", names(&url));
            let status = imapctl(&url, &["status", "--json", name]).exits(0);
            assert_eq!(records(&status, "status")[0]["folder"], *name);
            imapctl(&url, &["folder", "create", name]).exits(69);
            imapctl(&url, &["folder", "create", name, "--dry-run"]).exits(69).says("already");
        }
        let run = imapctl(&url, &[&["folder", "delete", "--json"], &wanted[..]].concat()).exits(0);
        assert_eq!(changes(&run).len(), wanted.len());
        assert!(!names(&url).iter().any(|name| wanted.contains(&name.as_str())), "{:?}", names(&url));
    }
}

#[test]
fn a_raw_name_is_sent_as_it_stands() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let url = dovecot.imaps_url(USER);
    imapctl(&url, &["folder", "create", "raw:Gr&APwA3w-e"]).exits(0);
    assert!(names(&url).contains(&"Grüße".to_owned()));
    // What is no name on the wire is the server's to refuse.
    imapctl(&url, &["folder", "create", "raw:a&b"]).exits(69);
    imapctl(&url, &["status", "raw:Gr&APwA3w-e"]).exits(0);
    imapctl(&url, &["folder", "rename", "Grüße", "raw:b"]).exits(0);
    assert!(names(&url).contains(&"b".to_owned()));
    imapctl(&url, &["folder", "create", "a\r\nb"]).exits(64);
}

#[test]
fn a_family_of_folders_is_renamed_subscribed_and_removed() {
    let Some(dovecot) = Dovecot::start(Store::Sdbox) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "a", "a/ü", "a/ü/c", "ab", "b"]).exits(0);
        let renamed = |dry_run| {
            let pairs = [("a", "ä"), ("a/ü", "ä/ü"), ("a/ü/c", "ä/ü/c")];
            pairs.map(|(from, to)| change("renamed", from, to, dry_run)).to_vec()
        };
        let sorted = |run: &Finished| {
            let mut changes = changes(run);
            changes.sort();
            changes
        };
        assert_eq!(
            sorted(&imapctl(&url, &["folder", "rename", "a", "ä", "--dry-run", "--json"]).exits(0)),
            renamed(true)
        );
        assert!(names(&url).contains(&"a/ü/c".to_owned()));
        imapctl(&url, &["folder", "rename", "a", "b", "--dry-run"]).exits(69).says("already");
        assert_eq!(sorted(&imapctl(&url, &["folder", "rename", "a", "ä", "--json"]).exits(0)), renamed(false));
        imapctl(&url, &["folder", "rename", "a", "c"]).exits(66).says("there is no folder a");

        let run = imapctl(&url, &["folder", "subscribe", "ä", "--recursive", "--json"]).exits(0);
        assert_eq!(changes(&run).len(), 3, "{}", run.both());
        let subscribed = imapctl(&url, &["folders", "--subscribed"]).exits(0).stdout();
        assert!(subscribed.contains("ä/ü/c\n") && !subscribed.contains("ab\n"), "{subscribed}");
        imapctl(&url, &["folder", "unsubscribe", "ä/ü", "--recursive"]).exits(0);
        let subscribed = imapctl(&url, &["folders", "--subscribed"]).exits(0).stdout();
        assert!(subscribed.contains("ä\n") && !subscribed.contains("ä/ü"), "{subscribed}");

        // Those below before those above.
        let deleted = |dry_run| ["ä/ü/c", "ä/ü", "ä"].map(|name| change("deleted", name, "", dry_run)).to_vec();
        assert_eq!(
            changes(&imapctl(&url, &["folder", "delete", "ä", "--recursive", "--dry-run", "--json"]).exits(0)),
            deleted(true)
        );
        assert_eq!(
            changes(&imapctl(&url, &["folder", "delete", "ä", "--recursive", "--json"]).exits(0)),
            deleted(false)
        );
        let left = names(&url);
        assert!(left.contains(&"ab".to_owned()) && !left.iter().any(|name| name.starts_with('ä')), "{left:?}");

        imapctl(&url, &["folder", "delete", "nope"]).exits(66);
        imapctl(&url, &["folder", "delete", "INBOX", "--recursive", "--force"]).exits(65).says("INBOX");
        let run = imapctl(&url, &["folder", "create", "b", "c"]).exits(80).says("b: CREATE");
        assert_eq!(run.stdout(), "created c\n");
    }
}

#[test]
fn much_mail_is_deleted_only_by_force() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let mails: Vec<Vec<u8>> = (0..21).map(seeded).collect();
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "top", "top/low"]).exits(0);
        if url == cyrus.imaps_url(USER) {
            cyrus.fill(USER, "top", &mails[..1], "");
            cyrus.fill(USER, "top/low", &mails[1..], "");
        } else {
            dovecot.fill_folder(USER, "top", &mails[..1], "");
            dovecot.fill_folder(USER, "top/low", &mails[1..], "");
        }
        for dry in [&["--dry-run"][..], &[]] {
            let all = [&["folder", "delete", "top", "--recursive"], dry].concat();
            imapctl(&url, &all).exits(65).says("21 messages").says("--force");
        }
        let run = imapctl(&url, &["folder", "delete", "top", "--recursive", "--force", "--json"]).exits(0);
        let messages: Vec<_> =
            records(&run, "folder_change").iter().map(|change| change["messages"].as_u64()).collect();
        assert_eq!(messages, [Some(20), Some(1)], "{}", run.both());
    }
}

/// What may not be deleted is found before anything is.
#[test]
fn a_forbidden_folder_keeps_its_family() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "top", "top/a", "top/b"]).exits(0);
        imapctl(&url, &["acl", "set", "top/a", USER, "lrswia"]).exits(0);
        // Cyrus lets an owner do more than was said.
        let rights = imapctl(&url, &["acl", "rights", "top/a", "--json"]).exits(0);
        if records(&rights, "rights")[0]["rights"].as_str().unwrap().contains('x') {
            continue;
        }
        imapctl(&url, &["folder", "delete", "top", "--recursive"]).exits(69).says("top/a");
        assert_eq!(names(&url).iter().filter(|name| name.starts_with("top")).count(), 3);
    }
}

#[test]
fn folders_are_made_for_a_purpose() {
    let Some(cyrus) = Cyrus::start() else { return };
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let url = cyrus.imaps_url(USER);
    let run = imapctl(&url, &["folder", "create", "Stars", "--special-use", "important", "--json"]).exits(0);
    assert_eq!(records(&run, "folder_change")[0]["special_use"], "\\Important");
    let stars = folders(&url).into_iter().find(|folder| folder["name"] == "Stars").unwrap();
    assert_eq!(stars["special_use"], "\\Important", "{stars}");
    let status = imapctl(&url, &["status", "@important", "--json"]).exits(0);
    assert!(records(&status, "status")[0]["mailbox_id"].is_string(), "{}", status.both());
    // Cyrus protects what has a purpose.
    imapctl(&url, &["folder", "delete", "@important"]).exits(69).says("Stars");
    imapctl(&url, &["status", "@flagged"]).exits(66);
    imapctl(&url, &["folder", "create", "Again", "--special-use", "sent"]).exits(69).says("[USEATTR]");
    // Dovecot does not let clients say so.
    let url = dovecot.imaps_url(USER);
    imapctl(&url, &["folder", "create", "Stars", "--special-use", "important"]).exits(69).says("CREATE-SPECIAL-USE");
}

#[test]
fn a_tree_of_folders_fits_a_person() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    dovecot.seed(USER, "INBOX", 30);
    cyrus.fill(USER, "INBOX", &(0..30).map(seeded).collect::<Vec<_>>(), "");
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        imapctl(&url, &["folder", "create", "Projekte/Grüße/2024"]).exits(0);
        let text = imapctl(&url, &["folders", "--tree", "--counts", "--rights"]).exits(0).stdout();
        let heading = text.lines().next().unwrap();
        for column in ["MESSAGES", "UNSEEN", "SIZE", "RIGHTS", "USE", "FOLDER"] {
            assert!(heading.contains(column), "{text}");
        }
        assert!(text.contains("Projekte\n") && text.contains("└─ Grüße\n") && text.contains("   └─ 2024\n"), "{text}");
        let inbox = text.lines().find(|line| line.ends_with("INBOX")).unwrap();
        assert!(inbox.contains(" 30 ") && inbox.contains("lrswipkxtea"), "{inbox}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}

#[test]
fn a_batch_may_remove_the_folder_it_is_in() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let Some(cyrus) = Cyrus::start() else { return };
    let lines = "folder create 'a \"b\"'x y\nlist -f y\nfolder rename y z\nlist -f z\nfolder delete z\nfolder create y\nlist -f y\n";
    for url in [dovecot.imaps_url(USER), cyrus.imaps_url(USER)] {
        let lines = lines.replace("'a \"b\"'x ", if url == cyrus.imaps_url(USER) { "" } else { "'a \"b\"'x " });
        let run = Home::new().imapctl(&url, &["batch", "-", "--json"]).stdin(lines.as_bytes()).run().exits(0);
        let results = records(&run, "result");
        assert_eq!(results.len(), 7, "{}", run.both());
        assert!(results.iter().all(|result| result["exit"] == 0), "{}", run.both());
    }
}
