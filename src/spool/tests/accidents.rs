//! Faults, kills and power cuts at every operation.
//!
//! What must hold: a mail that was queued is there, whole, until every recipient is settled; a recipient that is recorded
//! as done is never tried again; an attempt whose end was not recorded is known as such; nothing is half there; and a
//! next run finds nothing damaged.

use std::sync::Arc;

use rustix::io::Errno;

use super::*;
use crate::store::fs::Flushing;
use crate::store::fs::faulty::{Accident, Faulty, Loss, Plan};

/// How far the story got. Each step is named when it is begun and when it has returned.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
enum At {
    #[default]
    Nothing,
    AddBegun,
    Added,
    /// `begin` was called: what is recorded is either state.
    Beginning,
    Begun,
    /// One recipient is done, one refused, one waits.
    Settling,
    Settled,
    SecondBeginning,
    SecondBegun,
    /// The last recipient is done: the mail goes to those that failed.
    Closing,
    Closed,
}

struct Story {
    dir: tempfile::TempDir,
    fs: Arc<Faulty>,
    at: At,
    id: Option<Id>,
    /// The other mail, all of whose recipients get it.
    other: (At, Option<Id>),
}

impl Story {
    fn new(plan: Plan) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fs = Arc::new(Faulty::new(dir.path(), Flushing::Each, Accident::new(plan)));
        let mut story = Self { dir, fs, at: At::Nothing, id: None, other: (At::Nothing, None) };
        story.tell().ok();
        story
    }

    fn tell(&mut self) -> Result<()> {
        let queue = Queue::with(Arc::clone(&self.fs) as _, &self.path())?;
        self.at = At::AddBegun;
        let id = queue.add(&ticket(), &mut &MESSAGE[..])?;
        self.id = Some(id.clone());
        self.at = At::Added;
        self.other.0 = At::AddBegun;
        let other = queue.add(&Ticket { created: after(1), ..ticket() }, &mut &MESSAGE[..])?;
        self.other = (At::Added, Some(other.clone()));

        let mut taken = queue.take(&id)?.expect("nobody has it");
        self.at = At::Beginning;
        taken.begin(start())?;
        self.at = At::Begun;
        let verdicts =
            [(0, Verdict::Done), (1, Verdict::Refused("550 no".into())), (2, Verdict::Later("450 busy".into()))];
        self.at = At::Settling;
        taken.settle(&verdicts, start())?;
        self.at = At::Settled;

        let mut taken = queue.take(&other)?.expect("nobody has it");
        self.other.0 = At::Beginning;
        taken.begin(start())?;
        self.other.0 = At::Closing;
        assert_eq!(taken.settle(&done(0..3), start())?, Settled::Sent);
        self.other.0 = At::Closed;

        queue.due(after(60))?;
        let mut taken = queue.take(&id)?.expect("nobody has it");
        self.at = At::SecondBeginning;
        taken.begin(after(60))?;
        self.at = At::SecondBegun;
        self.at = At::Closing;
        assert!(matches!(taken.settle(&done(2..3), after(60))?, Settled::Failed { .. }));
        self.at = At::Closed;
        Ok(())
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("a/queue")
    }

    /// What the next run finds.
    fn check(&self, what: &str) {
        let about = format!("{what}, after {:?} and {:?}", self.at, self.other.0);
        let Some(queue) = Queue::find(&self.path()).unwrap() else {
            assert!(self.at <= At::AddBegun, "{about}: the queue is gone");
            return;
        };
        for entry in queue.list().unwrap() {
            assert!(!matches!(entry.status, Status::Damaged { .. }), "{about}: {entry:?}");
        }
        let is_failed = self.check_first(&queue, &about);
        self.check_other(&queue, &about);
        // The rest of the story goes on.
        for id in queue.due(after(1000)).unwrap() {
            let Some(mut taken) = queue.take(&id).unwrap() else { continue };
            assert_eq!(content(&taken.body()), MESSAGE, "{about}");
            taken.begin(after(1000)).unwrap();
            taken.settle(&done(0..3), after(1000)).unwrap();
        }
        let refused = self.at == At::Closed || is_failed;
        assert!(files(&queue, "queue").is_empty(), "{about}");
        assert_eq!(files(&queue, "failed"), files(&queue, "state"), "{about}");
        assert!(
            files(&queue, "failed").len() == usize::from(refused) && files(&queue, "damaged").is_empty(),
            "{about}"
        );
        queue.due(SystemTime::now() + Duration::from_secs(7200)).unwrap();
        assert!(files(&queue, "tmp").is_empty(), "{about}");
    }

    /// Whether the refusal is recorded.
    fn check_first(&self, queue: &Queue, about: &str) -> bool {
        let Some(id) = &self.id else { return false };
        let entry = queue.list().unwrap().into_iter().find(|entry| entry.id.as_ref() == Some(id));
        let entry = entry.unwrap_or_else(|| panic!("{about}: the mail is lost"));
        let fates: Vec<Fate> = entry.recipients.iter().map(|(_, fate)| fate.clone()).collect();
        let refused = || Fate::Refused("550 no".into());
        let fresh = vec![Fate::Pending; 3];
        let half = vec![Fate::Done, refused(), Fate::Pending];
        let all = vec![Fate::Done, refused(), Fate::Done];
        let taken = queue.take(id).unwrap();
        let interrupted = taken.as_ref().is_some_and(Taken::was_interrupted);
        match self.at {
            At::Nothing | At::AddBegun => unreachable!("it has no id"),
            At::Added => assert!(fates == fresh && !interrupted, "{about}: {fates:?}"),
            At::Beginning => assert!(fates == fresh, "{about}: {fates:?}"),
            At::Begun => assert!(fates == fresh && interrupted, "{about}: {fates:?}"),
            // Either the one or the other, never less.
            At::Settling => {
                assert!(fates == fresh && interrupted || fates == half && !interrupted, "{about}: {fates:?}");
            }
            At::Settled => assert!(fates == half && !interrupted, "{about}: {fates:?}"),
            At::SecondBeginning => assert!(fates == half, "{about}: {fates:?}"),
            At::SecondBegun => assert!(fates == half && interrupted, "{about}: {fates:?}"),
            At::Closing => assert!(fates == half && interrupted || fates == all, "{about}: {fates:?}"),
            At::Closed => assert!(fates == all && taken.is_none(), "{about}: {fates:?}"),
        }
        if fates == all {
            assert!(matches!(entry.status, Status::Failed { .. }), "{about}: {entry:?}");
            assert!(taken.is_none(), "{about}: what is settled is not sent again");
        }
        fates != fresh
    }

    fn check_other(&self, queue: &Queue, about: &str) {
        let (at, Some(id)) = &self.other else { return };
        let taken = queue.take(id).unwrap();
        match at {
            At::Closed => assert!(taken.is_none(), "{about}: sent, and there"),
            At::Closing => assert!(taken.is_none_or(|taken| taken.was_interrupted()), "{about}: sent, and not known"),
            _ => assert!(taken.is_some(), "{about}: lost"),
        }
    }
}

fn operations() -> Vec<String> {
    let story = Story::new(Plan::Nothing);
    assert_eq!((story.at, story.other.0), (At::Closed, At::Closed));
    story.check("nothing happens");
    story.fs.accident.trace()
}

#[test]
fn a_mail_is_flushed_before_it_has_its_name() {
    let trace = operations();
    let at = |what: &str| trace.iter().position(|operation| operation.starts_with(what)).unwrap();
    assert!(at("create a/queue/tmp/") < at("write"));
    assert_eq!(at("publish a/queue/queue/"), at("sync file") + 1, "{trace:?}");
    assert_eq!(trace[at("publish a/queue/queue/") + 1], "sync dir a/queue/queue");
    // The state of a mail that is gone goes last.
    let gone = at("unlink a/queue/queue/");
    assert_eq!(trace[gone + 1], "sync dir a/queue/queue");
    assert!(trace[gone + 2].starts_with("unlink a/queue/state/"), "{trace:?}");
}

#[test]
fn a_fault_at_any_operation_loses_nothing() {
    let count = operations().len();
    for n in 0..count {
        for errno in [Errno::NOSPC, Errno::IO] {
            for plan in [Plan::Fail(n, errno.raw_os_error()), Plan::FailFrom(n, errno.raw_os_error())] {
                let story = Story::new(plan);
                if story.at == At::AddBegun && matches!(plan, Plan::Fail(..)) {
                    let queue = Queue::find(&story.path()).unwrap().unwrap();
                    assert!(files(&queue, "queue").is_empty() && files(&queue, "tmp").is_empty(), "{plan:?}");
                }
                story.check(&format!("{plan:?}"));
            }
        }
    }
}

#[test]
fn a_kill_at_any_operation_loses_nothing() {
    for n in 0..operations().len() {
        Story::new(Plan::Kill(n)).check(&format!("kill at {n}"));
    }
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing() {
    for n in 0..=operations().len() {
        for loss in [Loss::Everything, Loss::Contents, Loss::Zeros, Loss::Names] {
            let story = Story::new(Plan::Kill(n));
            story.fs.cut_power(loss);
            // Permissions are not what this is about.
            for path in [story.dir.path().join("a"), story.path()].iter().chain(&parts(&story)) {
                if path.exists() {
                    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
                }
            }
            story.check(&format!("{loss:?} at {n}"));
        }
    }
}

fn parts(story: &Story) -> Vec<std::path::PathBuf> {
    ["queue", "state", "failed", "damaged", "tmp"].map(|part| story.path().join(part)).to_vec()
}

#[test]
fn a_flush_that_failed_is_not_repeated_on_the_same_file() {
    let trace = operations();
    let flush = trace.iter().position(|operation| operation == "sync file").unwrap();
    let story = Story::new(Plan::Fail(flush, Errno::IO.raw_os_error()));
    assert_eq!(story.at, At::AddBegun);
    let after: Vec<String> = story.fs.accident.trace().split_off(flush + 1);
    assert!(matches!(&after[..], [unlink] if unlink.starts_with("unlink a/queue/tmp/")), "{after:?}");
}

#[test]
fn a_full_disk_stops_no_mail_that_is_done() {
    // From the last attempt on nothing can be written; removing works.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue");
    let id = Queue::open(&path).unwrap().add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let mut taken = Queue::open(&path).unwrap().take(&id).unwrap().unwrap();
    taken.begin(start()).unwrap();
    drop(taken);
    let full = Accident::new(Plan::Nothing);
    let fs = Arc::new(Faulty::new(dir.path(), Flushing::Each, Arc::clone(&full)));
    let queue = Queue::with(fs as _, &path).unwrap();
    let taken = queue.take(&id).unwrap().unwrap();
    let before = full.trace().len();
    assert_eq!(taken.settle(&done(0..3), start()).unwrap(), Settled::Sent);
    let operations = full.trace().split_off(before);
    assert!(operations.iter().all(|operation| !operation.starts_with("write") && !operation.starts_with("create")));
}
