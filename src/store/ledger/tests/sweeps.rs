//! Killed, failed and without power at every operation.

use super::rig::{Plan, Rig, Unflushed};
use super::*;

/// One change of the workload.
#[derive(Clone, Copy, Debug)]
enum Step {
    Intent(u32),
    Delivered(u32),
    Pending(u32),
    Forget(u32),
    Flush,
    /// Closes the ledger and opens it anew.
    Reopen,
}

/// Enough to see the first run, appended batches, an interrupted run's repair and snapshots.
fn workload() -> Vec<Step> {
    let mut steps = Vec::new();
    for batch in 0..4 {
        let numbers = batch * 5..batch * 5 + 5;
        steps.extend(numbers.clone().map(Step::Intent));
        steps.push(Step::Flush);
        steps.extend(numbers.clone().map(Step::Delivered));
        steps.push(Step::Flush);
        steps.extend(numbers.clone().map(Step::Pending));
        if batch % 2 == 0 {
            steps.push(Step::Flush);
        }
        steps.extend(numbers.filter(|number| number % 3 > 0).map(Step::Forget));
        steps.push(Step::Reopen);
    }
    steps
}

fn numbered(number: u32) -> Key {
    key(format!("{number:020}"))
}

/// What is known after so many steps.
fn expected(steps: &[Step]) -> Vec<(String, &'static str)> {
    let mut known = std::collections::BTreeMap::new();
    for step in steps {
        match *step {
            Step::Intent(number) => drop(known.insert(format!("{number:020}"), "intent")),
            Step::Delivered(number) => drop(known.insert(format!("{number:020}"), "delivered")),
            Step::Pending(number) => drop(known.insert(format!("{number:020}"), "delete-pending")),
            Step::Forget(number) => drop(known.remove(&format!("{number:020}"))),
            Step::Flush | Step::Reopen => {}
        }
    }
    known.into_iter().collect()
}

/// How far a run of the workload came.
#[derive(Debug, Default)]
struct Reached {
    /// Steps that were said to be durable.
    durable: usize,
    /// Steps that were tried.
    tried: usize,
    completed: bool,
}

fn run(bed: &Bed, rig: &Arc<Rig>) -> Reached {
    let mut reached = Reached::default();
    let steps = workload();
    let Ok(mut ledger) = bed.open_with(rig.clone()) else { return reached };
    for (at, step) in steps.iter().enumerate() {
        reached.tried = at + 1;
        let result = match *step {
            Step::Intent(number) => ledger.intent(&numbered(number), &print(10), &place("1760000000.M1P2Q3R4.host")),
            Step::Delivered(number) => ledger.delivered(&numbered(number)),
            Step::Pending(number) => ledger.set(&numbered(number), State::DeletePending, None),
            Step::Forget(number) => ledger.forget(&numbered(number)),
            Step::Flush => ledger.flush(),
            Step::Reopen => match ledger.close() {
                Ok(()) => {
                    reached.durable = at + 1;
                    match bed.open_with(rig.clone()) {
                        Ok(again) => {
                            ledger = again;
                            Ok(())
                        }
                        Err(_) => return reached,
                    }
                }
                Err(_) => return reached,
            },
        };
        if result.is_err() {
            // No change may follow a failure.
            assert!(ledger.set(&key("late"), State::Seen, None).is_err());
            assert!(ledger.flush().is_err() && ledger.write_out().is_err() && ledger.forget(&numbered(0)).is_err());
            return reached;
        }
        if matches!(step, Step::Flush | Step::Reopen) {
            reached.durable = at + 1;
        }
    }
    reached.completed = true;
    reached
}

/// Nothing that was durable is missing, and nothing is there that was never so.
fn check(bed: &Bed, reached: &Reached, what: &str) {
    let steps = workload();
    let ledger = bed.open_with(Rig::new(Plan::Nothing)).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = states(&ledger);
    let possible = (reached.durable..=reached.tried).any(|count| expected(&steps[..count]) == found);
    assert!(possible, "{what}: {reached:?}: {found:#?}");
    ledger.close().unwrap();
    assert_eq!(states(&bed.open_with(Rig::new(Plan::Nothing)).unwrap()), found, "{what}: opened again");
}

fn operations() -> Vec<String> {
    let (bed, rig) = (Bed::new(), Rig::new(Plan::Nothing));
    let reached = run(&bed, &rig);
    assert!(reached.completed);
    assert_eq!(states(&bed.peek()), expected(&workload()));
    rig.log()
}

#[test]
fn the_workload_sees_snapshots() {
    let renames = operations().iter().filter(|operation| *operation == "rename new ledger").count();
    assert!(renames >= 2, "{renames}");
}

#[test]
fn killed_before_or_within_any_operation() {
    for at in 0..operations().len() {
        let (bed, rig) = (Bed::new(), Rig::new(Plan::Kill(at)));
        let reached = run(&bed, &rig);
        check(&bed, &reached, &format!("killed at {at}, {:?}", rig.log().last()));
    }
}

#[test]
fn the_power_fails_at_any_operation() {
    for at in 0..operations().len() {
        let (bed, rig) = (Bed::new(), Rig::new(Plan::Kill(at)));
        let reached = run(&bed, &rig);
        for unflushed in [Unflushed::Lost, Unflushed::Zeros, Unflushed::Kept] {
            for renamed in [false, true] {
                let after = Bed::new();
                let dir = after.dir.path().join("pop3");
                std::fs::create_dir(&dir).unwrap();
                for (name, content) in rig.after_power_cut(&bed.dir.path().join("pop3"), unflushed, renamed) {
                    std::fs::write(dir.join(name), content).unwrap();
                }
                check(&after, &reached, &format!("power cut at {at}, {unflushed:?}, renamed {renamed}"));
            }
        }
    }
}

#[test]
fn any_operation_fails() {
    let operations = operations().len();
    let mut unnoticed = 0;
    for at in 0..operations {
        let (bed, rig) = (Bed::new(), Rig::new(Plan::Fail(at)));
        let reached = run(&bed, &rig);
        unnoticed += usize::from(reached.completed);
        check(&bed, &reached, &format!("{} failed at {at}", rig.log()[at]));
    }
    // Closing may fail to tidy up; all else is told.
    assert!(unnoticed * 2 < operations, "{unnoticed} of {operations}");
}

#[test]
fn a_failed_flush_is_final_and_its_lines_are_written_again() {
    let bed = Bed::new();
    bed.open_with(Rig::new(Plan::Nothing)).unwrap().close().unwrap();
    // The write, then the flush.
    let rig = Rig::new(Plan::Fail(1));
    let mut ledger = bed.open_with(rig.clone()).unwrap();
    ledger.set(&key("a"), State::Seen, None).unwrap();
    assert!(matches!(ledger.flush(), Err(Error::Storage { .. })));
    assert!(matches!(ledger.flush(), Err(Error::Storage { .. })));
    ledger.synced_with(ledger.device);
    assert!(ledger.close().is_err());
    assert_eq!(rig.log(), ["write lines", "sync file"]);

    let rig = Rig::new(Plan::Nothing);
    let ledger = bed.open_with(rig.clone()).unwrap();
    assert_eq!(rig.log(), ["write lines", "sync file"]);
    assert_eq!(ledger.lookup(b"a", 1).unwrap().state, State::Seen);
}

#[test]
fn nothing_new_writes_nothing() {
    let bed = Bed::new();
    let mut ledger = bed.open_with(Rig::new(Plan::Nothing)).unwrap();
    deliver(&mut ledger, "a").unwrap();
    ledger.close().unwrap();
    let before = bed.bytes();
    let rig = Rig::new(Plan::Nothing);
    let mut ledger = bed.open_with(rig.clone()).unwrap();
    ledger.listed(rows(&["a"]), SystemTime::now()).unwrap();
    ledger.set(&key("a"), State::Delivered, Some(77)).unwrap();
    ledger.forget(&key("never seen")).unwrap();
    ledger.close().unwrap();
    assert_eq!((rig.log(), bed.bytes()), (Vec::new(), before));
}

#[test]
fn a_flush_of_the_whole_file_system_counts_for_what_was_handed_over() {
    let bed = Bed::new();
    drop(bed.open_with(Rig::new(Plan::Nothing)).unwrap());
    let rig = Rig::new(Plan::Nothing);
    let mut ledger = bed.open_with(rig.clone()).unwrap();
    let (here, elsewhere) = (ledger.device, ledger.device + 1);
    let flushes = || rig.log().iter().filter(|operation| *operation == "sync file").count();

    ledger.set(&key("a"), State::Seen, None).unwrap();
    ledger.write_out().unwrap();
    ledger.synced_with(here);
    ledger.sync().unwrap();
    assert_eq!(flushes(), 0);

    ledger.set(&key("b"), State::Seen, None).unwrap();
    ledger.write_out().unwrap();
    ledger.synced_with(elsewhere);
    ledger.sync().unwrap();
    assert_eq!(flushes(), 1);

    ledger.set(&key("c"), State::Seen, None).unwrap();
    ledger.write_out().unwrap();
    // Written by somebody else between the hand-over and the news of the flush.
    ledger.set(&key("d"), State::Seen, None).unwrap();
    ledger.hand_over().unwrap();
    ledger.synced_with(here);
    ledger.sync().unwrap();
    assert_eq!(flushes(), 2);
}
