use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::store::fs::System;
use crate::store::{Fingerprint, Journal as _, Place};

mod files;
mod rig;
mod sweeps;

/// A state directory and an account in it.
struct Bed {
    dir: tempfile::TempDir,
    account: Account,
}

impl Bed {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), account: Account::new(Protocol::Pop3, "anna", "pop.example.org") }
    }

    fn open_with(&self, fs: Arc<dyn FileSystem>) -> Result<Ledger> {
        Ledger::open(fs, self.dir.path(), &self.account)
    }

    /// Without flushing anything, which takes long.
    fn open(&self) -> Ledger {
        self.open_with(rig::Rig::new(rig::Plan::Nothing)).unwrap()
    }

    fn peek(&self) -> History {
        Ledger::peek(Arc::new(System), self.dir.path(), &self.account).unwrap()
    }

    fn file(&self) -> std::path::PathBuf {
        self.dir.path().join("pop3/anna@pop.example.org.ledger")
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }
}

fn key(uid: impl AsRef<[u8]>) -> Key {
    Key { uid: uid.as_ref().into(), ordinal: 1 }
}

fn print(size: u64) -> Fingerprint {
    Fingerprint { size, header: [7; 16], stored: size + 1, hash: 99 }
}

fn place(name: &str) -> Place {
    Place::Maildir { dir: "/home/anna/Mail dir".into(), name: name.into() }
}

fn deliver(ledger: &mut Ledger, uid: impl AsRef<[u8]>) -> Result<()> {
    let key = key(uid);
    ledger.intent(&key, &print(10), &place("1.host"))?;
    ledger.sync()?;
    ledger.delivered(&key)?;
    ledger.sync()
}

fn states(history: &History) -> Vec<(String, &'static str)> {
    let mut states: Vec<_> = history
        .entries()
        .map(|(key, entry)| (String::from_utf8_lossy(&key.uid).into_owned(), entry.state.word()))
        .collect();
    states.sort();
    states
}

fn at(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400)
}

fn rows<'a>(uids: &'a [&'a str]) -> impl Iterator<Item = (&'a [u8], u32)> {
    uids.iter().map(|uid| (uid.as_bytes(), 1))
}

#[test]
fn everything_is_found_again() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    assert!(ledger.is_new() && ledger.is_empty());
    let id = ledger.id();
    let odd: [&[u8]; 6] = [b"", b"   ", b"a\tb\nc\r\0", b"\x80\xff%41", b"%", &[b'x'; 9000]];
    for uid in odd {
        deliver(&mut ledger, uid).unwrap();
    }
    let twin = Key { uid: (*b"%").into(), ordinal: 2 };
    ledger.set(&twin, State::Seen, Some(5)).unwrap();
    ledger.set(&key("old"), State::Skipped(Skip::Older), None).unwrap();
    ledger.set(&key("pending"), State::DeletePending, None).unwrap();
    ledger.intent(&key("open"), &print(3), &place("2.host")).unwrap();
    ledger.close().unwrap();

    let ledger = bed.open();
    assert_eq!((ledger.id(), ledger.is_new(), ledger.len(), ledger.notes().len()), (id, false, odd.len() + 4, 0));
    for uid in odd {
        let entry = ledger.lookup(uid, 1).unwrap();
        assert_eq!((entry.state, entry.size, entry.header), (State::Delivered, Some(10), Some([7; 16])), "{uid:?}");
    }
    assert_eq!(ledger.lookup(b"%", 2).unwrap().state, State::Seen);
    assert_eq!(ledger.lookup(b"%", 2).unwrap().size, Some(5));
    assert_eq!(ledger.lookup(b"%", 3), None);
    assert_eq!(ledger.lookup(b"old", 1).unwrap().state, State::Skipped(Skip::Older));
    assert_eq!(ledger.open_intents(), [(key("open"), print(3), place("2.host"))]);
    assert_eq!(ledger.by_header()[&[7; 16]].len(), odd.len() + 1);
}

#[test]
fn what_is_known_survives_a_change_of_state() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    deliver(&mut ledger, "a").unwrap();
    let delivered = ledger.lookup(b"a", 1).unwrap();
    ledger.set(&key("a"), State::DeletePending, Some(999)).unwrap();
    let pending = ledger.lookup(b"a", 1).unwrap();
    assert_eq!(pending, Entry { state: State::DeletePending, ..delivered });
    ledger.rename(&key("a"), &key("b")).unwrap();
    assert_eq!((ledger.lookup(b"a", 1), ledger.lookup(b"b", 1)), (None, Some(pending)));
    ledger.forget(&key("b")).unwrap();
    ledger.close().unwrap();
    assert!(bed.open().is_empty());
}

#[test]
fn an_abandoned_intent_is_a_new_message() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    ledger.intent(&key("a"), &print(1), &place("n")).unwrap();
    ledger.abandoned(&key("a")).unwrap();
    ledger.close().unwrap();
    assert_eq!(bed.open().lookup(b"a", 1), None);
}

#[test]
fn only_an_intent_becomes_a_delivery() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    assert!(matches!(ledger.delivered(&key("a")), Err(Error::State { .. })));
    ledger.set(&key("a"), State::Seen, None).unwrap();
    assert!(matches!(ledger.delivered(&key("a")), Err(Error::State { .. })));
    deliver(&mut ledger, "b").unwrap();
    ledger.delivered(&key("b")).unwrap();
}

#[test]
fn what_the_server_lists_no_more_is_kept_for_thirty_days() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    for uid in ["a", "b", "c"] {
        deliver(&mut ledger, uid).unwrap();
    }
    ledger.intent(&key("open"), &print(1), &place("n")).unwrap();
    let all = ledger.listed(rows(&["a", "b", "c", "new"]), at(100)).unwrap();
    assert_eq!(all, Listed::default());
    let some = ledger.listed(rows(&["a"]), at(101)).unwrap();
    assert_eq!(some, Listed { vanished: 2, ..Listed::default() });
    ledger.close().unwrap();

    let mut ledger = bed.open();
    assert_eq!(ledger.lookup(b"b", 1).unwrap().absent_since, Some(at(101)));
    let back = ledger.listed(rows(&["a", "c"]), at(130)).unwrap();
    assert_eq!(back, Listed { returned: 1, ..Listed::default() });
    assert_eq!(ledger.lookup(b"b", 1).unwrap().state, State::Delivered);
    let late = ledger.listed(rows(&["a", "c"]), at(131)).unwrap();
    assert_eq!(late, Listed { expired: 1, ..Listed::default() });
    assert_eq!(ledger.lookup(b"b", 1), None);
    // A clock that was set back is no reason to forget anything.
    ledger.listed(rows(&["a"]), at(131)).unwrap();
    assert_eq!(ledger.listed(rows(&["a"]), at(1)).unwrap(), Listed::default());
    assert_eq!(ledger.open_intents().len(), 1);
}

#[test]
fn a_listing_is_compared() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    for uid in ["a", "b", "c", "gone"] {
        deliver(&mut ledger, uid).unwrap();
    }
    ledger.listed(rows(&["a", "b", "c"]), at(1)).unwrap();
    ledger.intent(&key("open"), &print(1), &place("n")).unwrap();
    let comparison = ledger.compare(rows(&["c", "x", "y"]));
    assert_eq!(comparison, Comparison { known: 3, missing: 2, unknown: 2 });
}

#[test]
fn an_unchanged_listing_is_told_from_any_other() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    deliver(&mut ledger, "a").unwrap();
    ledger.set(&key("b"), State::Seen, Some(1)).unwrap();
    ledger.set(&key("c"), State::Skipped(Skip::Older), None).unwrap();
    ledger.set(&key("d"), State::Skipped(Skip::Filtered), None).unwrap();
    let all = ["a", "b", "c", "d"];
    assert!(ledger.is_unchanged(rows(&all)) && ledger.is_unchanged(rows(&["d", "c", "b", "a"])));
    assert!(!ledger.is_unchanged(rows(&["a", "b", "c"])), "one is gone");
    assert!(!ledger.is_unchanged(rows(&["a", "b", "c", "d", "e"])), "one is new");
    assert!(!ledger.is_unchanged(rows(&["a", "b", "c", "e"])));
    ledger.listed(rows(&["a", "b", "c"]), at(5)).unwrap();
    assert!(!ledger.is_unchanged(rows(&all)), "one is back");
    ledger.listed(rows(&all), at(6)).unwrap();
    assert!(ledger.is_unchanged(rows(&all)));
    let failed = State::Failed { attempts: 1, last: at(7), reason: "-\tolder".into() };
    for state in [failed, State::DeletePending] {
        ledger.set(&key("b"), state, None).unwrap();
        assert!(!ledger.is_unchanged(rows(&all)));
    }
    ledger.set(&key("b"), State::Seen, None).unwrap();
    assert!(ledger.is_unchanged(rows(&all)));
    ledger.intent(&key("b"), &print(1), &place("n")).unwrap();
    assert!(!ledger.is_unchanged(rows(&all)));
}

#[test]
fn a_failure_is_counted_and_its_reason_cut() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    let reason = "ä".repeat(REASON_LIMIT);
    ledger.set(&key("a"), State::Failed { attempts: 3, last: at(9), reason: reason.clone() }, None).unwrap();
    let State::Failed { attempts: 3, last, reason: kept } = ledger.lookup(b"a", 1).unwrap().state else { panic!() };
    assert_eq!((last, kept.len()), (at(9), REASON_LIMIT));
    assert!(reason.starts_with(&kept));
}

#[test]
fn memory_holds_little_more_than_what_counts() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    for number in 0..20_000 {
        let key = key(format!("{number:030}"));
        ledger
            .intent(&key, &print(10), &place(&format!("1760000000.M1P1Q{number}R0123456789abcdef.host.example")))
            .unwrap();
        ledger.delivered(&key).unwrap();
    }
    let octets = ledger.history().footprint();
    assert!(octets < 20_000 * 200 + (1 << 20), "{octets} octets for 20,000 deliveries");
    ledger.close().unwrap();
    assert!(bed.bytes().len() < 20_000 * 110, "no snapshot when most lines are superseded");
    assert_eq!(bed.open().len(), 20_000);
}

#[test]
fn a_large_ledger_opens_quickly() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    for number in 0..100_000 {
        ledger.set(&key(format!("{number:030}")), State::Seen, Some(number)).unwrap();
    }
    ledger.close().unwrap();
    let start = std::time::Instant::now();
    let ledger = bed.open();
    assert_eq!(ledger.len(), 100_000);
    // Some 20 ms when optimised and left alone; this only notices a search through a list.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[derive(Clone, Debug)]
enum Act {
    Set(usize, State),
    Forget(usize),
    Rename(usize, usize),
    Reopen,
    Crash,
}

fn acts() -> impl Strategy<Value = Act> {
    let state = prop_oneof![
        Just(State::Delivered),
        Just(State::DeletePending),
        Just(State::Seen),
        Just(State::Skipped(Skip::Filtered)),
        "[a-z]{0,90}".prop_map(|reason| State::Failed { attempts: 1, last: at(3), reason }),
    ];
    prop_oneof![
        8 => (0..12usize, state).prop_map(|(uid, state)| Act::Set(uid, state)),
        3 => (0..12usize).prop_map(Act::Forget),
        2 => (0..12usize, 0..12usize).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => Just(Act::Reopen),
        1 => Just(Act::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_agrees_with_a_map(
        uids in proptest::collection::hash_set(proptest::collection::vec(any::<u8>(), 0..40), 12),
        acts in proptest::collection::vec(acts(), 0..120),
    ) {
        let keys: Vec<Key> = uids.into_iter().map(key).collect();
        let bed = Bed::new();
        let mut ledger = bed.open();
        let mut model: HashMap<Key, State> = HashMap::new();
        let mut flushed = model.clone();
        for act in acts {
            match act {
                Act::Set(uid, state) => {
                    ledger.set(&keys[uid], state.clone(), None).unwrap();
                    model.insert(keys[uid].clone(), state);
                }
                Act::Forget(uid) => {
                    ledger.forget(&keys[uid]).unwrap();
                    model.remove(&keys[uid]);
                }
                Act::Rename(from, to) => {
                    ledger.rename(&keys[from], &keys[to]).unwrap();
                    if let Some(state) = model.remove(&keys[from]) {
                        model.insert(keys[to].clone(), state);
                    }
                }
                Act::Reopen => {
                    ledger.close().unwrap();
                    ledger = bed.open();
                    flushed.clone_from(&model);
                }
                Act::Crash => {
                    drop(ledger);
                    ledger = bed.open();
                    model.clone_from(&flushed);
                }
            }
            let found: HashMap<Key, State> = ledger.entries().map(|(key, entry)| (key, entry.state)).collect();
            prop_assert_eq!(&found, &model);
            prop_assert_eq!(ledger.len(), model.len());
            for key in &keys {
                prop_assert_eq!(ledger.contains(&key.uid, 1), model.contains_key(key));
            }
        }
    }
}
