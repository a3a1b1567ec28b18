//! Limits of the system: descriptors, and a full disk where one can be mounted.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::super::fs::Flushing;
use super::super::fs::faulty::{Accident, Faulty, Plan};
use super::super::{Context, Target};
use super::journal::MemoryJournal;
use super::{deliver, message};

#[test]
fn files_beyond_what_may_stay_open_are_flushed_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let accident = Accident::new(Plan::Nothing);
    let fs = Arc::new(Faulty::new(dir.path(), Flushing::Each, Arc::clone(&accident)));
    let mut sides = Target::Eml(dir.path().into()).open(Context { fs, ..Context::new(1, "test") }).unwrap();
    let most = sides.commit.limits().messages * 2;
    assert!((2..2000).contains(&most));
    let messages: Vec<_> = (0..most + 5).map(|n| message(n, 0)).collect();
    for outcome in deliver(&mut sides, &messages, &mut MemoryJournal::with(&accident)) {
        outcome.result.unwrap();
    }
    let trace = accident.trace();
    let flushes = |part: &[String]| part.iter().filter(|operation| *operation == "sync file").count();
    let staged = trace.iter().position(|operation| operation.starts_with("journal")).unwrap();
    assert_eq!((flushes(&trace[..staged]), flushes(&trace)), (5, most + 5));
}

/// A file system of two megabytes, for as long as this lives.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where this process may not mount.
    fn mount() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "mailwire-test"]).arg(disk.0.path());
        let output = mount.output().ok()?;
        output.status.success().then_some(disk)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_fails_the_message_that_does_not_fit() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (small, big) = (message(0, 1000), message(1, 4_000_000));
    let messages = [small.clone(), big, small];
    for target in [Target::Maildir(disk.path().join("m")), Target::Eml(disk.path().join("e"))] {
        let mut sides = target.open(Context::new(1, "test")).unwrap();
        let outcomes = deliver(&mut sides, &messages, &mut MemoryJournal::default());
        let failed: Vec<_> = outcomes.iter().filter(|outcome| outcome.result.is_err()).collect();
        assert_eq!(failed.len(), 1, "{target}");
        let text = failed[0].result.as_ref().unwrap_err().to_string();
        assert!(text.contains("No space"), "{text}");
    }
    assert_eq!(std::fs::read_dir(disk.path().join("m/new")).unwrap().count(), 2);
    assert_eq!(std::fs::read_dir(disk.path().join("m/tmp")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(disk.path().join("e")).unwrap().count(), 2);
    // What fits in memory fails only in the mbox itself, which is as before then.
    let mbox = disk.path().join("box");
    let mut sides = Target::Mbox(mbox.clone()).open(Context::new(1, "test")).unwrap();
    deliver(&mut sides, &messages[..1], &mut MemoryJournal::default()).remove(0).result.unwrap();
    let before = std::fs::read(&mbox).unwrap();
    let many: Vec<_> = (0..12).map(|n| message(n, 200_000)).collect();
    let outcomes = deliver(&mut sides, &many, &mut MemoryJournal::default());
    assert!(outcomes.len() == 12 && outcomes.iter().all(|outcome| outcome.result.is_err()));
    assert_eq!(std::fs::read(&mbox).unwrap(), before);
}
