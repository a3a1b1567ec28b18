//! What is believed of open intents.

use std::fs;
use std::path::PathBuf;

use super::super::fs::System;
use super::super::{Context, Fingerprint, Place, Recovered, Target, recover};
use super::journal::{Entry, MemoryJournal};
use super::{deliver, message};

/// Delivers one message and forgets that it was delivered.
fn delivered(target: &Target) -> (Place, Fingerprint) {
    let mut sides = target.open(Context::new(1, "test")).unwrap();
    let mut journal = MemoryJournal::default();
    deliver(&mut sides, &[message(0, 100)], &mut journal).remove(0).result.unwrap();
    match journal.entries.remove(0) {
        Entry::Intent(_, fingerprint, place) => (place, fingerprint),
        other => panic!("{other:?}"),
    }
}

fn look(place: &Place, fingerprint: &Fingerprint) -> Recovered {
    recover(&System, [(place, fingerprint)]).unwrap()[0]
}

#[test]
fn a_message_is_found_where_its_reader_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let (place, print) = delivered(&Target::Maildir(dir.path().into()));
    let Place::Maildir { name, .. } = &place else { panic!("{place:?}") };
    assert_eq!(look(&place, &print), Recovered::Present);
    let (new, cur) = (dir.path().join("new"), dir.path().join("cur"));
    fs::write(cur.join("other:2,S"), "x").unwrap();
    fs::rename(new.join(name), cur.join(format!("{name}:2,RS"))).unwrap();
    assert_eq!(look(&place, &print), Recovered::Present);
    fs::rename(cur.join(format!("{name}:2,RS")), cur.join(name)).unwrap();
    assert_eq!(look(&place, &print), Recovered::Present);
    fs::rename(cur.join(name), dir.path().join("tmp").join(name)).unwrap();
    assert_eq!(look(&place, &print), Recovered::Absent);
    assert!(!dir.path().join("tmp").join(name).exists(), "what is left of it is removed");
}

#[test]
fn only_the_same_content_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    for target in [Target::Maildir(dir.path().join("m")), Target::Eml(dir.path().join("e"))] {
        let (place, print) = delivered(&target);
        let path: PathBuf = match &place {
            Place::Maildir { dir, name } => dir.join("new").join(name),
            Place::Eml { dir, name } => dir.join(name),
            other => panic!("{other:?}"),
        };
        let content = fs::read(&path).unwrap();
        let mut altered = content.clone();
        altered[20] ^= 1;
        for wrong in [&altered[..], &content[1..], &[&content[..], b"x"].concat(), b""] {
            fs::write(&path, wrong).unwrap();
            assert_eq!(look(&place, &print), Recovered::Absent);
            assert!(path.exists(), "what is not ours stays");
        }
        fs::write(&path, &content).unwrap();
        assert_eq!(look(&place, &print), Recovered::Present);
        // Not a regular file.
        let elsewhere = dir.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(look(&place, &print), Recovered::Absent);
    }
}

#[test]
fn places_that_are_gone_or_odd_are_absent() {
    let print = Fingerprint::default();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "x").unwrap();
    let (here, gone) = (dir.path().to_owned(), dir.path().join("gone"));
    for place in [
        Place::Maildir { dir: gone.clone(), name: "1.x".into() },
        Place::Maildir { dir: here.clone(), name: "../file".into() },
        Place::Eml { dir: here.clone(), name: "".into() },
        Place::Eml { dir: here.join("file"), name: "x".into() },
        Place::Eml { dir: here.clone(), name: "a\0b".into() },
        Place::Eml { dir: here.clone(), name: "x".repeat(300) },
        Place::Mbox { path: gone, offset: 0, length: 5, hash: 0 },
        Place::Mbox { path: here.join("file"), offset: u64::MAX, length: 5, hash: 0 },
        Place::Mbox { path: here, offset: 0, length: 0, hash: 0 },
    ] {
        assert_eq!(look(&place, &print), Recovered::Absent, "{place:?}");
    }
    assert_eq!(look(&Place::Opaque { target: "pipe:x".into() }, &print), Recovered::Unknown);
}

#[test]
fn a_range_of_an_mbox_is_believed_by_its_hash() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inbox");
    fs::write(&path, "From a b\n\nx\n\n").unwrap();
    let (place, print) = delivered(&Target::Mbox(path.clone()));
    assert_eq!(look(&place, &print), Recovered::Present);
    let content = fs::read(&path).unwrap();
    fs::write(&path, [&content[..], b"From c d\n\ny\n\n"].concat()).unwrap();
    assert_eq!(look(&place, &print), Recovered::Present);
    let mut altered = content.clone();
    *altered.last_mut().unwrap() = b'x';
    for wrong in [&content[1..], &content[..content.len() - 1], &altered] {
        fs::write(&path, wrong).unwrap();
        assert_eq!(look(&place, &print), Recovered::Absent);
        assert_eq!(fs::read(&path).unwrap(), wrong, "recovery cuts nothing");
    }
}
