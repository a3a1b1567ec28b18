//! What is on the disk: names, modes, locks, damage.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

fn exit_65(result: Result<Ledger>, needle: &str) {
    match result {
        Err(error @ Error::State { .. }) => {
            let text = error.to_string();
            assert!(text.contains(needle) && !text.contains(char::is_control), "{text}");
        }
        other => panic!("{needle}: {other:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn nobody_else_can_read_it() {
    let bed = Bed::new();
    let state_dir = bed.dir.path().join("made/by/us");
    let ledger = Ledger::open(Arc::new(System), &state_dir, &bed.account).unwrap();
    assert_eq!(ledger.path(), state_dir.join("pop3/anna@pop.example.org.ledger"));
    for made in ["made", "made/by", "made/by/us", "made/by/us/pop3"] {
        assert_eq!(mode(&bed.dir.path().join(made)), 0o700, "{made}");
    }
    for entry in std::fs::read_dir(state_dir.join("pop3")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn a_second_one_is_told_so_and_the_kernel_frees_the_lock() {
    let bed = Bed::new();
    let first = bed.open();
    let second = bed.open_with(rig::Rig::new(rig::Plan::Nothing));
    assert!(matches!(second, Err(Error::Locked { .. })), "{second:?}");
    let elsewhere = Account::new(Protocol::Pop3, "anna", "other.example.org");
    Ledger::open(Arc::new(System), bed.dir.path(), &elsewhere).unwrap();
    drop(first);
    bed.open();
}

#[test]
fn looking_needs_no_lock_and_leaves_no_trace() {
    let bed = Bed::new();
    assert!(bed.peek().is_empty());
    assert_eq!(std::fs::read_dir(bed.dir.path()).unwrap().count(), 0);
    let mut ledger = bed.open();
    deliver(&mut ledger, "a").unwrap();
    ledger.set(&key("b"), State::Seen, None).unwrap();
    assert_eq!(states(&bed.peek()), [("a".to_string(), "delivered")]);
    ledger.flush().unwrap();
    assert_eq!(states(&bed.peek()), [("a".to_string(), "delivered"), ("b".to_string(), "seen")]);
    // Half a line, as when the writer is at it just now.
    let before = [&bed.bytes()[..], b"seen\tc\t1"].concat();
    std::fs::write(bed.file(), &before).unwrap();
    assert_eq!(bed.peek().len(), 2);
    assert_eq!(bed.bytes(), before);
}

#[test]
fn symbolic_links_are_not_followed() {
    let bed = Bed::new();
    let target = bed.dir.path().join("precious");
    std::fs::write(&target, "precious").unwrap();
    std::fs::create_dir(bed.dir.path().join("pop3")).unwrap();
    symlink(&target, bed.file()).unwrap();
    assert!(matches!(bed.open_with(rig::Rig::new(rig::Plan::Nothing)), Err(Error::Storage { .. })));
    std::fs::remove_file(bed.file()).unwrap();
    let lock = bed.file().with_extension("ledger.lock");
    std::fs::remove_file(&lock).unwrap();
    symlink(&target, lock).unwrap();
    assert!(matches!(bed.open_with(rig::Rig::new(rig::Plan::Nothing)), Err(Error::Storage { .. })));
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
}

#[test]
fn a_pipe_in_its_place_does_not_hang() {
    let bed = Bed::new();
    drop(bed.open());
    std::fs::remove_file(bed.file()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        bed.file(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert!(matches!(bed.open_with(rig::Rig::new(rig::Plan::Nothing)), Err(Error::Storage { .. })));
}

#[test]
fn damaged_is_never_empty() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    deliver(&mut ledger, "a").unwrap();
    ledger.close().unwrap();
    let whole = bed.bytes();
    let open = |bytes: &[u8]| {
        std::fs::write(bed.file(), bytes).unwrap();
        let result = bed.open_with(rig::Rig::new(rig::Plan::Nothing));
        assert!(result.is_ok() || bed.bytes() == bytes, "a refused file was changed");
        result
    };
    exit_65(open(b""), "empty");
    exit_65(open(b"\0\0\0\0\0\0\0\0"), "not a ledger");
    exit_65(open(b"anna@pop.example.org 7\n"), "not a ledger");
    exit_65(open(&whole[..30]), "line 1");
    exit_65(open(b"mailwire-ledger\t2\tsomething new"), "version 2");
    let mut strange = whole.clone();
    let mut line = b"adored\ta\t1".to_vec();
    let sum = format!("\t{:08x}\n", crc32fast::hash(&line));
    line.extend(sum.bytes());
    strange.extend(&line);
    exit_65(open(&strange), "does not understand");
    // Another account's, under this one's name.
    let other = Account::new(Protocol::Pop3, "ben", "pop.example.org");
    let path = Ledger::open(Arc::new(System), bed.dir.path(), &other).unwrap().path().to_owned();
    exit_65(open(&std::fs::read(path).unwrap()), "pop3 ben pop.example.org");
    assert_eq!(open(&whole).unwrap().len(), 1);
}

/// A closed ledger's octets, and more lines of a run that was killed; with what is known at the end of each line.
fn two_runs(bed: &Bed) -> (Vec<u8>, usize) {
    let mut ledger = bed.open();
    deliver(&mut ledger, "a").unwrap();
    deliver(&mut ledger, "b%\n").unwrap();
    ledger.set(&key("c"), State::Seen, None).unwrap();
    ledger.close().unwrap();
    let closed = bed.bytes().len();
    let mut ledger = bed.open();
    ledger.intent(&key("d"), &print(9), &place("d")).unwrap();
    ledger.delivered(&key("d")).unwrap();
    ledger.forget(&key("a")).unwrap();
    ledger.set(&key("c"), State::Skipped(Skip::Filtered), None).unwrap();
    ledger.write_out().unwrap();
    drop(ledger);
    (bed.bytes(), closed)
}

/// What each prefix of whole lines says, by its length.
fn prefixes(bed: &Bed, whole: &[u8]) -> Vec<(usize, Vec<(String, &'static str)>)> {
    let ends = whole.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at + 1);
    ends.map(|end| {
        std::fs::write(bed.file(), &whole[..end]).unwrap();
        (end, states(&bed.peek()))
    })
    .collect()
}

#[test]
fn cut_anywhere_it_opens_as_a_prefix_of_its_history() {
    let bed = Bed::new();
    let (whole, _) = two_runs(&bed);
    let prefixes = prefixes(&bed, &whole);
    assert_eq!(prefixes.last().unwrap().1.len(), 3);
    for cut in 0..whole.len() {
        std::fs::write(bed.file(), &whole[..cut]).unwrap();
        let Some((end, expected)) = prefixes.iter().rev().find(|(end, _)| *end <= cut) else {
            exit_65(bed.open_with(rig::Rig::new(rig::Plan::Nothing)), "");
            continue;
        };
        let ledger = bed.open();
        assert_eq!((&states(&ledger), ledger.notes().len()), (expected, usize::from(*end < cut)), "cut at {cut}");
        ledger.close().unwrap();
        assert_eq!(&states(&bed.open()), expected, "cut at {cut}, opened again");
        assert!(bed.bytes().starts_with(&whole[..*end]));
    }
}

#[test]
fn a_changed_octet_is_found_wherever_it_is() {
    let bed = Bed::new();
    let (whole, closed) = two_runs(&bed);
    let prefixes = prefixes(&bed, &whole);
    // Where the last line that speaks of a flush begins: nothing but itself can be torn from there on.
    let last_mark = whole[..closed - 1].iter().rposition(|octet| *octet == b'\n').unwrap() + 1;
    for at in 0..whole.len() {
        for flip in [0x01, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            std::fs::write(bed.file(), &bytes).unwrap();
            let result = bed.open_with(rig::Rig::new(rig::Plan::Nothing));
            if at < last_mark {
                exit_65(result, "");
                continue;
            }
            let (_, expected) = prefixes.iter().rev().find(|(end, _)| *end <= at).unwrap();
            let ledger = result.unwrap();
            assert_eq!((&states(&ledger), ledger.notes().len()), (expected, 1), "octet {at} ^ {flip:#x}");
        }
    }
}

#[test]
fn after_a_power_cut_only_what_was_flushed_counts() {
    let bed = Bed::new();
    let (whole, closed) = two_runs(&bed);
    let expected = states(&{
        std::fs::write(bed.file(), &whole[..closed]).unwrap();
        bed.peek()
    });
    let first_end = closed + whole[closed..].iter().position(|octet| *octet == b'\n').unwrap();
    // The size came to the disk and the content did not; or the second half came and the first did not.
    let zeros = [&whole[..closed], &[0; 5000]].concat();
    let hole = [&whole[..closed], &vec![0; first_end - closed], &whole[first_end..]].concat();
    for bytes in [zeros, hole] {
        std::fs::write(bed.file(), bytes).unwrap();
        let ledger = bed.open();
        assert_eq!((states(&ledger), ledger.notes().len()), (expected.clone(), 1));
        drop(ledger);
        assert_eq!(bed.bytes(), &whole[..closed]);
    }
}

#[test]
fn a_snapshot_keeps_the_name_the_number_and_the_states() {
    let bed = Bed::new();
    let mut ledger = bed.open();
    let id = ledger.id();
    for round in 0..2000 {
        ledger.set(&key("a"), State::Failed { attempts: round, last: at(1), reason: "x".repeat(70) }, None).unwrap();
        ledger.set(&key(format!("{}", round % 7)), State::Seen, None).unwrap();
    }
    let before = states(&ledger);
    ledger.close().unwrap();
    assert!(bed.bytes().len() < 2000, "{} octets", bed.bytes().len());
    assert_eq!(mode(&bed.file()), 0o600);
    let mut ledger = bed.open();
    assert_eq!((ledger.id(), states(&ledger)), (id, before));
    ledger.set(&key("after"), State::Seen, None).unwrap();
    ledger.close().unwrap();
    assert_eq!(bed.open().len(), 9);
}
