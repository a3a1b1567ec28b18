//! Maildir and eml folders on a real file system.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::super::{Context, Incoming, LineEnd, Place, Target};
use super::journal::{Entry, MemoryJournal};
use super::{deliver, key, message, stage, stored};
use crate::error::{Error, StorageKind};

fn open(target: &Target) -> crate::Result<super::Sides> {
    target.open(Context::new(0xabc, "test"))
}

fn files(dir: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    files.sort();
    files
}

fn is_refused(result: crate::Result<super::Sides>) -> String {
    match result {
        Err(error @ Error::Storage { kind: StorageKind::Create, .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_maildir_is_made_and_filled() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/er/Maildir");
    let mut sides = open(&Target::Maildir(path.clone())).unwrap();
    let mut journal = MemoryJournal::default();
    for count in [3, 40] {
        let messages: Vec<_> = (0..count).map(|n| message(n, n * 10_000)).collect();
        let outcomes = deliver(&mut sides, &messages, &mut journal);
        assert_eq!(outcomes.len(), count);
        for outcome in &outcomes {
            outcome.result.as_ref().unwrap();
        }
        let mut expected: Vec<_> = messages.iter().map(|m| stored(m, LineEnd::Lf)).collect();
        expected.sort();
        assert_eq!(files(&path.join("new")), expected);
        assert_eq!(files(&path.join("tmp")).len(), 0);
        let (open, delivered) = journal.replay(journal.synced);
        assert_eq!((open.len(), delivered.len()), (0, count));
        for entry in fs::read_dir(path.join("new")).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            assert!(!entry.file_name().to_str().unwrap().contains(':'));
            fs::remove_file(entry.path()).unwrap();
        }
        journal = MemoryJournal::default();
    }
    for part in ["", "tmp", "new", "cur", ".."] {
        assert_eq!(fs::metadata(path.join(part)).unwrap().permissions().mode() & 0o777, 0o700, "{part}");
    }
}

#[test]
fn eml_files_keep_crlf() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mail");
    let mut sides = open(&Target::Eml(path.clone())).unwrap();
    let mut journal = MemoryJournal::default();
    let messages: Vec<_> = (0..2).map(|n| message(n, 10)).collect();
    deliver(&mut sides, &messages, &mut journal);
    assert_eq!(files(&path), messages);
    let Entry::Intent(_, fingerprint, Place::Eml { name, .. }) = &journal.entries[0] else { panic!("{journal:?}") };
    assert!(name.ends_with(".eml") && path.join(name).exists());
    assert_eq!(fingerprint.stored, messages[0].len() as u64);
}

#[test]
fn a_prefix_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut sides = open(&Target::Eml(dir.path().into())).unwrap();
    let incoming = Incoming { key: key(0), listed: None, prefix: b"Received: by x\r\n".to_vec() };
    sides.stage.begin(&incoming).unwrap();
    sides.stage.write(b"a: b\r\n\r\n").unwrap();
    let staged = sides.stage.finish(8).unwrap();
    assert_eq!((staged.fingerprint.size, staged.fingerprint.stored), (8, 24));
    sides.commit.commit(vec![staged], &mut MemoryJournal::default());
    assert_eq!(files(dir.path()), [b"Received: by x\r\na: b\r\n\r\n"]);
}

#[test]
fn what_is_dropped_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut sides = open(&Target::Maildir(dir.path().into())).unwrap();
    let big = message(0, 500_000);
    let staged = stage(&mut *sides.stage, 0, &big).unwrap();
    sides.stage.begin(&super::incoming(1)).unwrap();
    sides.stage.write(&big).unwrap();
    assert_eq!(files(&dir.path().join("tmp")).len(), 2);
    sides.stage.abort();
    assert!(sides.stage.write(b"more").is_err() && sides.stage.finish(1).is_err());
    drop(staged);
    assert_eq!(files(&dir.path().join("tmp")).len(), 0);
    assert_eq!(files(&dir.path().join("new")).len(), 0);
}

#[test]
fn directories_that_are_no_maildir_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "x").unwrap();
    assert!(is_refused(open(&Target::Maildir(dir.path().into()))).contains("not a Maildir"));
    assert!(!dir.path().join("new").exists());
    fs::create_dir(dir.path().join("cur")).unwrap();
    open(&Target::Maildir(dir.path().into())).unwrap();
    is_refused(open(&Target::Maildir(dir.path().join("notes.txt"))));
    is_refused(open(&Target::Eml(dir.path().join("notes.txt"))));
    is_refused(open(&Target::Maildir(dir.path().join("x".repeat(300)))));
}

#[test]
fn symbolic_links_inside_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (elsewhere, maildir) = (dir.path().join("elsewhere"), dir.path().join("m"));
    for path in [&elsewhere, &maildir, &maildir.join("tmp"), &maildir.join("cur")] {
        fs::create_dir(path).unwrap();
    }
    std::os::unix::fs::symlink(&elsewhere, maildir.join("new")).unwrap();
    is_refused(open(&Target::Maildir(maildir.clone())));
    // The Maildir itself is the user's to name.
    fs::remove_file(maildir.join("new")).unwrap();
    std::os::unix::fs::symlink(&maildir, dir.path().join("link")).unwrap();
    open(&Target::Maildir(dir.path().join("link"))).unwrap();
}

#[test]
fn root_does_not_deliver_for_others() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(12345), None).unwrap();
    for target in [Target::Maildir(home.clone()), Target::Maildir(home.join("Maildir")), Target::Eml(home.join("a/b"))]
    {
        let text = is_refused(open(&target));
        assert!(text.contains("12345") && text.contains("as that user"), "{text}");
    }
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn left_over_temporary_files_are_swept() {
    let dir = tempfile::tempdir().unwrap();
    let tmp = dir.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let name = |n: u32, tag: u64| format!("1700000000.M{n}P2Q3R{:016x}T{tag:016x}.host", 9);
    let old = SystemTime::now() - Duration::from_secs(37 * 3600);
    let (ours, theirs, theirs_old) = (name(1, 0xabc), name(2, 0xdef), name(3, 0xdef));
    for file in [&ours, &theirs, &theirs_old, "1700000000.P12.other", "notes"] {
        let file = fs::File::create(tmp.join(file)).unwrap();
        file.set_modified(old).unwrap();
    }
    fs::File::open(tmp.join(&theirs)).unwrap().set_modified(SystemTime::now()).unwrap();
    open(&Target::Maildir(dir.path().into())).unwrap();
    let left: std::collections::BTreeSet<_> =
        fs::read_dir(&tmp).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(left, [theirs, "1700000000.P12.other".into(), "notes".into()].into());
}

#[test]
fn a_maildir_that_others_make_meanwhile_is_theirs_and_ours() {
    for _ in 0..50 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Maildir");
        std::thread::scope(|scope| {
            let openers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| open(&Target::Maildir(path.clone())).map(drop))).collect();
            for opener in openers {
                opener.join().unwrap().unwrap();
            }
        });
    }
}
