//! Mbox files beside other programs.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::super::{Context, Outcome, Sides, Target};
use super::journal::MemoryJournal;
use super::{deliver, message, stored};
use crate::error::{Error, StorageKind};

fn open(path: &Path) -> crate::Result<Sides> {
    Target::Mbox(path.into()).open(Context::new(1, "test"))
}

fn deliver_one(path: &Path) -> Vec<Outcome> {
    deliver(&mut open(path).unwrap(), &[message(0, 0)], &mut MemoryJournal::default())
}

#[test]
fn messages_are_appended_quoted_and_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inbox");
    for (old, gap) in [("", ""), ("From a b\n\nx\n\n", ""), ("From a b\n\nx\n", "\n"), ("From a b\n\nx", "\n\n")] {
        fs::write(&path, old).unwrap();
        for outcome in deliver_one(&path) {
            outcome.result.unwrap();
        }
        let mbox = fs::read_to_string(&path).unwrap();
        let added = mbox.strip_prefix(&format!("{old}{gap}From sender0@example.org ")).unwrap();
        let body = "Return-Path: <sender0@example.org>\nSubject: message 0\n\n>From here on\n>>From there\n\n";
        assert_eq!(added.split_once('\n').unwrap().1, body);
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "an existing file keeps its mode");
    assert!(!dir.path().join("inbox.lock").exists());
    let fresh = dir.path().join("fresh");
    deliver_one(&fresh);
    assert_eq!(fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn readers_see_that_there_is_new_mail() {
    let dir = tempfile::tempdir().unwrap();
    for old in
        [None, Some(SystemTime::now() - Duration::from_secs(1000)), Some(SystemTime::now() + Duration::from_secs(1000))]
    {
        let path = dir.path().join("inbox");
        let _ = fs::remove_file(&path);
        if let Some(old) = old {
            fs::write(&path, "From a b\n\nx\n\n").unwrap();
            fs::File::open(&path).unwrap().set_times(fs::FileTimes::new().set_accessed(old)).unwrap();
        }
        deliver_one(&path);
        let about = fs::metadata(&path).unwrap();
        assert!((about.atime(), about.atime_nsec()) < (about.mtime(), about.mtime_nsec()), "{old:?}");
    }
}

#[test]
fn what_is_no_mbox_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let inside = |name: &str| dir.path().join(name);
    fs::write(inside("notes"), "some text\n").unwrap();
    fs::write(inside("short"), "Fr").unwrap();
    fs::write(inside("real"), "").unwrap();
    std::os::unix::fs::symlink(inside("real"), inside("link")).unwrap();
    assert!(Command::new("mkfifo").arg(inside("fifo")).status().unwrap().success());
    for name in ["notes", "short", "link", "fifo", ".", "missing/inbox"] {
        match open(&inside(name)) {
            Err(Error::Storage { kind: StorageKind::Create, .. }) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(fs::read(inside("notes")).unwrap(), b"some text\n");
    // What appears later is not followed either.
    let mut sides = open(&inside("later")).unwrap();
    std::os::unix::fs::symlink(inside("real"), inside("later")).unwrap();
    let outcomes = deliver(&mut sides, &[message(0, 0)], &mut MemoryJournal::default());
    assert!(outcomes[0].result.is_err());
    assert_eq!(fs::read(inside("real")).unwrap(), b"");
}

#[test]
fn stale_dotlocks_are_broken_and_live_ones_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (path, lock) = (dir.path().join("inbox"), dir.path().join("inbox.lock"));
    let mut gone = Command::new("/bin/true").spawn().unwrap();
    gone.wait().unwrap();
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    let old = SystemTime::now() - Duration::from_secs(400);
    for (text, age) in [
        (format!("{} mailwire {host}\n", gone.id()), SystemTime::now()),
        (gone.id().to_string(), old),
        ("".into(), old),
    ] {
        fs::write(&lock, text).unwrap();
        fs::File::open(&lock).unwrap().set_modified(age).unwrap();
        deliver_one(&path).remove(0).result.unwrap();
        assert!(!lock.exists());
    }
    // One that was never finished, by a process of our number, is no lock.
    let unfinished = dir.path().join(format!("inbox.lock.{}", std::process::id()));
    fs::write(&unfinished, "").unwrap();
    deliver_one(&path).remove(0).result.unwrap();
    assert!(!unfinished.exists() && !lock.exists());
    // One that is held goes away while we wait.
    fs::write(&lock, format!("{}\n", std::process::id())).unwrap();
    fs::File::open(&lock).unwrap().set_modified(old).unwrap();
    let (held, before) = (lock.clone(), fs::metadata(&path).unwrap().len());
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        let after = fs::metadata(&path).unwrap().len();
        fs::remove_file(held).unwrap();
        (path, after)
    });
    deliver_one(&dir.path().join("inbox")).remove(0).result.unwrap();
    let (path, meanwhile) = holder.join().unwrap();
    assert_eq!(meanwhile, before);
    assert!(fs::metadata(path).unwrap().len() > before);
}

#[test]
fn a_record_lock_of_another_process_is_waited_for() {
    // Any program that takes a lock of this kind will do; flock(1) does not.
    let script = "import fcntl,sys\nf=open(sys.argv[1],'a')\nfcntl.lockf(f,fcntl.LOCK_EX)\nprint('held',flush=True)\nsys.stdin.read()";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inbox");
    let holder =
        Command::new("python3").arg("-c").arg(script).arg(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut holder) = holder else { return };
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut line).unwrap();
    assert_eq!(line, "held\n");
    let stdin = holder.stdin.take();
    let watched = path.clone();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        let length = fs::metadata(watched).unwrap().len();
        drop(stdin);
        length
    });
    deliver_one(&path).remove(0).result.unwrap();
    assert_eq!(release.join().unwrap(), 0);
    holder.wait().unwrap();
    assert!(fs::metadata(path).unwrap().len() > 0);
}

#[test]
fn threads_of_one_process_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inbox");
    std::thread::scope(|scope| {
        for n in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut sides = open(path).unwrap();
                for outcome in deliver(&mut sides, &[message(n, 50_000)], &mut MemoryJournal::default()) {
                    outcome.result.unwrap();
                }
            });
        }
    });
    let mbox = fs::read(&path).unwrap();
    for n in 0..4 {
        let text = stored(&message(n, 50_000), super::LineEnd::Lf);
        let tail = &text[text.len() - 40_000..];
        assert!(memchr::memmem::find(&mbox, tail).is_some());
    }
    assert_eq!(memchr::memmem::find_iter(&mbox, b"\n\nFrom sender").count(), 3);
}
