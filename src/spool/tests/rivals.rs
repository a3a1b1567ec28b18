//! Processes that work on one queue at the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};

use super::*;

#[test]
fn who_comes_second_gets_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (queue(&dir), queue(&dir));
    let id = one.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let taken = one.take(&id).unwrap().unwrap();
    assert!(two.take(&id).unwrap().is_none());
    // A body that is still being sent keeps the mail locked.
    let body = taken.body();
    drop(taken);
    assert!(two.take(&id).unwrap().is_none());
    drop(body);
    assert!(two.take(&id).unwrap().is_some());
}

#[test]
fn a_mail_that_was_sent_while_another_came_for_it_is_not_sent_again() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    for verdict in [Verdict::Done, Verdict::Refused("550 no".into())] {
        let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
        let path = queue.path().join("queue").join(id.as_str());
        let opened = std::fs::File::options().read(true).write(true).open(&path).unwrap();
        let verdicts: Vec<_> = (0..3).map(|index| (index, verdict.clone())).collect();
        queue.take(&id).unwrap().unwrap().settle(&verdicts, start()).unwrap();
        assert!(queue.claim(&id, opened).unwrap().is_none());
        assert!(!path.exists());
    }
}

#[test]
fn two_runs_send_each_mail_once() {
    const MAILS: usize = 40;
    const RUNS: usize = 4;
    let dir = tempfile::tempdir().unwrap();
    let queues: Vec<Queue> = (0..RUNS).map(|_| queue(&dir)).collect();
    let sent: Mutex<BTreeMap<Id, u32>> = Mutex::default();
    let written = AtomicBool::new(false);
    let started = Barrier::new(RUNS + 1);
    std::thread::scope(|scope| {
        for queue in &queues {
            scope.spawn(|| {
                started.wait();
                while !written.load(Ordering::SeqCst) || !queue.ids().unwrap().is_empty() {
                    for id in queue.due(SystemTime::now()).unwrap() {
                        let Some(mut taken) = queue.take(&id).unwrap() else { continue };
                        taken.begin(start()).unwrap();
                        assert_eq!(content(&taken.body()), MESSAGE);
                        assert!(!taken.was_interrupted());
                        *sent.lock().unwrap().entry(id).or_default() += 1;
                        assert_eq!(taken.settle(&done(0..3), start()).unwrap(), Settled::Sent);
                    }
                    assert!(queue.list().unwrap().iter().all(|entry| !matches!(entry.status, Status::Damaged { .. })));
                }
            });
        }
        started.wait();
        let added: Vec<_> = (0..MAILS).map(|_| queues[0].add(&ticket(), &mut &MESSAGE[..])).collect();
        written.store(true, Ordering::SeqCst);
        assert!(added.iter().all(Result::is_ok), "{added:?}");
    });
    let sent = sent.into_inner().unwrap();
    assert!(sent.len() == MAILS && sent.values().all(|times| *times == 1), "{sent:?}");
    for part in ["queue", "failed", "damaged", "tmp", "state"] {
        assert_eq!(files(&queues[0], part), <[String; 0]>::default(), "{part}");
    }
}

#[test]
fn what_is_still_being_put_in_is_not_taken() {
    // The writer holds the lock until the mail is durable.
    struct Slow<'a>(&'a Queue, bool);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert_eq!(self.0.ids().unwrap(), []);
            assert_eq!(self.0.list().unwrap(), []);
            if std::mem::replace(&mut self.1, true) { Ok(0) } else { (&mut &*MESSAGE).read(buffer) }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut Slow(&queue, false)).unwrap();
    assert_eq!(content(&queue.take(&id).unwrap().unwrap().body()), MESSAGE);
}
