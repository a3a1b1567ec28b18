//! Files that are not as we wrote them: never sent, never deleted, and in nobody's way.

use proptest::prelude::*;

use super::*;

/// A queue with the mail that is to be damaged and another.
struct Pair {
    _dir: tempfile::TempDir,
    queue: Queue,
    victim: Id,
    other: Id,
}

impl Pair {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let queue = queue(&dir);
        let victim = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
        let other = queue.add(&Ticket { created: after(1), ..ticket() }, &mut &MESSAGE[..]).unwrap();
        let verdicts = [done(0..1), later(1..3)].concat();
        queue.take(&victim).unwrap().unwrap().settle(&verdicts, start()).unwrap();
        Self { _dir: dir, queue, victim, other }
    }

    fn path(&self, part: &str) -> std::path::PathBuf {
        self.queue.path().join(part).join(self.victim.as_str())
    }

    /// The other mail is as it was.
    fn check_other(&self) {
        assert!(self.queue.due(after(60)).unwrap().contains(&self.other));
        let taken = self.queue.take(&self.other).unwrap().unwrap();
        assert_eq!(content(&taken.body()), MESSAGE);
        assert!(
            self.queue.list().unwrap().iter().any(|entry| {
                entry.id.as_ref() == Some(&self.other) && entry.status == Status::Waiting { next: None }
            })
        );
    }

    /// The damaged mail was found to be so, and lies aside as it was.
    fn check_aside(&self, octets: &[u8]) {
        let before = self.queue.list().unwrap();
        assert_eq!(before.len(), 2, "{before:?}");
        assert!(self.queue.due(after(60)).unwrap().contains(&self.victim));
        let taken = self.queue.take(&self.victim);
        assert!(matches!(taken, Err(Error::State { .. })), "{taken:?}");
        assert_eq!(std::fs::read(self.path("damaged")).unwrap(), octets);
        assert!(self.queue.take(&self.victim).unwrap().is_none());
        let after = self.queue.list().unwrap();
        assert!(matches!(&after[1].status, Status::Damaged { .. }) && after.len() == 2, "{after:?}");
        self.check_other();
    }
}

#[test]
fn every_changed_octet_is_noticed() {
    let pair = Pair::new();
    let whole = std::fs::read(pair.path("queue")).unwrap();
    let version = "mailwire-mail ".len();
    for at in 0..whole.len() {
        let mut octets = whole.clone();
        octets[at] ^= 1;
        std::fs::write(pair.path("queue"), &octets).unwrap();
        match pair.queue.take(&pair.victim) {
            Err(Error::State { .. }) => {}
            other => panic!("octet {at}: {other:?}"),
        }
        // 1 became 0: another version, which is for another program to judge.
        assert_eq!(pair.path("damaged").exists(), at != version, "octet {at}");
        for part in ["damaged", "queue"] {
            std::fs::remove_file(pair.path(part)).ok();
        }
    }
    std::fs::write(pair.path("queue"), &whole).unwrap();
    assert_eq!(pair.queue.take(&pair.victim).unwrap().unwrap().pending().count(), 2);
}

#[test]
fn every_cut_is_noticed() {
    let pair = Pair::new();
    let whole = std::fs::read(pair.path("queue")).unwrap();
    for length in 0..whole.len() {
        std::fs::write(pair.path("queue"), &whole[..length]).unwrap();
        assert!(matches!(pair.queue.take(&pair.victim), Err(Error::State { .. })), "{length}");
        std::fs::remove_file(pair.path("damaged")).unwrap();
    }
    std::fs::write(pair.path("queue"), [&whole[..], b"x"].concat()).unwrap();
    pair.check_aside(&[&whole[..], b"x"].concat());
}

#[test]
fn two_damaged_files_of_one_name_are_both_kept() {
    let pair = Pair::new();
    for octets in ["one", "two"] {
        std::fs::write(pair.path("queue"), octets).unwrap();
        assert!(pair.queue.take(&pair.victim).is_err());
    }
    let (first, second) = (pair.victim.to_string(), format!("{}.1", pair.victim));
    assert_eq!(files(&pair.queue, "damaged"), [first, second]);
    assert!(pair.queue.remove(&pair.victim).unwrap());
    assert!(files(&pair.queue, "damaged").is_empty());
    pair.check_other();
}

#[test]
fn a_mail_under_another_name_is_not_sent() {
    let pair = Pair::new();
    let name = "00000000000-0000000000";
    std::fs::copy(pair.path("queue"), pair.queue.path().join("queue").join(name)).unwrap();
    assert!(
        matches!(pair.queue.take(&name.parse().unwrap()), Err(Error::State { detail, .. }) if detail.contains("another mail"))
    );
    assert_eq!(pair.queue.take(&pair.victim).unwrap().unwrap().pending().count(), 2);
}

#[test]
fn what_is_no_file_of_ours_is_left_alone() {
    let pair = Pair::new();
    let inside = |name: &str| pair.queue.path().join("queue").join(name);
    std::fs::write(inside("notes\x1b.txt"), "notes").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", inside("00000000000-0000000001")).unwrap();
    std::fs::create_dir(inside("00000000000-0000000002")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        inside("00000000000-0000000003"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let listed = pair.queue.list().unwrap();
    assert_eq!(listed.iter().filter(|entry| matches!(entry.status, Status::Damaged { .. })).count(), 4, "{listed:?}");
    assert!(listed.iter().any(|entry| entry.file == "queue/notes^[.txt" && entry.size == 5), "{listed:?}");
    for n in 1..=3 {
        let taken = pair.queue.take(&format!("00000000000-000000000{n}").parse().unwrap());
        assert!(matches!(taken, Err(Error::State { .. })), "{taken:?}");
    }
    assert_eq!(files(&pair.queue, "queue").len(), 6);
    pair.check_other();
}

#[test]
fn a_damaged_state_makes_an_attempt_of_unknown_end() {
    let pair = Pair::new();
    std::fs::write(pair.path("state"), "mailwire-state 1 nonsense").unwrap();
    assert!(only_of(&pair).last_error.unwrap().contains("damaged"));
    assert!(pair.queue.due(after(0)).unwrap().contains(&pair.victim));
    for _ in 0..2 {
        let taken = pair.queue.take(&pair.victim).unwrap().unwrap();
        assert!(taken.was_interrupted());
        assert_eq!(taken.pending().count(), 3);
    }
    let copy = pair.queue.path().join("damaged").join(format!("{}.state", pair.victim));
    assert_eq!(std::fs::read(copy).unwrap(), b"mailwire-state 1 nonsense");
    pair.check_other();
}

#[test]
fn a_state_of_a_newer_version_is_left_to_it() {
    let pair = Pair::new();
    std::fs::write(pair.path("state"), "mailwire-state 2 whatever").unwrap();
    assert!(matches!(only_of(&pair).status, Status::Damaged { why } if why.contains("newer")));
    assert!(matches!(pair.queue.take(&pair.victim), Err(Error::State { detail, .. }) if detail.contains("newer")));
    assert_eq!(std::fs::read(pair.path("state")).unwrap(), b"mailwire-state 2 whatever");
    pair.check_other();
}

fn only_of(pair: &Pair) -> Entry {
    pair.queue.list().unwrap().into_iter().find(|entry| entry.id.as_ref() == Some(&pair.victim)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_octets_in_a_mails_place_are_set_aside(octets in prop::collection::vec(any::<u8>(), 0..300), head: bool) {
        let pair = Pair::new();
        let octets = if head { [b"mailwire-mail 1 0000000009 ", &octets[..]].concat() } else { octets };
        std::fs::write(pair.path("queue"), &octets).unwrap();
        pair.check_aside(&octets);
    }

    #[test]
    fn any_octets_in_a_states_place_lose_no_mail(octets in prop::collection::vec(any::<u8>(), 0..300), head: bool) {
        let pair = Pair::new();
        let octets = if head { [b"mailwire-state 1 0000000009 ", &octets[..]].concat() } else { octets };
        std::fs::write(pair.path("state"), &octets).unwrap();
        prop_assert_eq!(pair.queue.list().unwrap().len(), 2);
        let taken = pair.queue.take(&pair.victim).unwrap().unwrap();
        prop_assert!(taken.was_interrupted());
        prop_assert_eq!(content(&taken.body()), MESSAGE);
        prop_assert_eq!(taken.settle(&done(0..3), start()).unwrap(), Settled::Sent);
        pair.check_other();
    }

    /// Text with the right checksum that says anything: from a wrong hand or a wrong program.
    #[test]
    fn any_lines_in_a_header_are_read_or_set_aside(lines in prop::collection::vec((
        prop::sample::select(&["id", "created", "account", "sender", "option", "recipient", "size", "content", "x", ""][..]),
        prop_oneof!["[0-9]{20}", "[0-9a-f]{16}", "\\PC{0,12}", Just("2023-11-14T22:13:20Z".to_owned())],
    ), 0..12)) {
        let pair = Pair::new();
        let mut text = record::Lines::default();
        lines.iter().for_each(|(key, value)| text.put(key, value));
        std::fs::write(pair.path("queue"), text.finish(record::Kind::Mail)).unwrap();
        prop_assert_eq!(pair.queue.list().unwrap().len(), 2);
        pair.queue.take(&pair.victim).ok();
        prop_assert_eq!(pair.queue.list().unwrap().len(), 2);
        pair.check_other();
    }

    #[test]
    fn any_lines_in_a_state_are_read_or_replaced(lines in prop::collection::vec((
        prop::sample::select(&["attempts", "begun", "next", "held", "last-error", "done", "refused", "x"][..]),
        prop_oneof!["[0-9]{1,20}", "[0-4]", "[0-9]{1,3} \\PC{0,12}", Just("9999-12-30T22:13:20Z".to_owned())],
    ), 0..8)) {
        let pair = Pair::new();
        let mut text = record::Lines::default();
        lines.iter().for_each(|(key, value)| text.put(key, value));
        std::fs::write(pair.path("state"), text.finish(record::Kind::State)).unwrap();
        pair.queue.list().unwrap();
        pair.queue.due(start()).unwrap();
        if let Some(mut taken) = pair.queue.take(&pair.victim).unwrap() {
            taken.begin(start()).unwrap();
            taken.settle(&later(0..3), start()).unwrap();
        }
        pair.check_other();
    }
}
