use std::fs;

use super::*;
use crate::addr_spec::AddrSpec;
use crate::cli::output::record::tests::{accepted, message};
use crate::cli::verdict::tests::refused;
use crate::mail::{Message, Reading};
use crate::smtp::Envelope;
use crate::store::fs::Flushing;
use crate::store::fs::faulty::{Accident, Faulty, Loss, Plan};

fn letter(id: &str, recipients: &[&str]) -> Letter {
    let parse = |text: &str| AddrSpec::parse(text).unwrap();
    let message = Message::read(&mut format!("Subject: {id}\n\nx\n").as_bytes(), &Reading::default()).unwrap();
    Letter {
        id: id.into(),
        envelope: Arc::new(Envelope::new(Some(parse("a@x")), recipients.iter().map(|recipient| parse(recipient)))),
        message: Arc::new(message),
    }
}

/// What is to be done for a letter: who is sent to, and who is in doubt.
fn sift(results: &Results, letter: &Letter, naming: Naming) -> (Vec<String>, Vec<String>) {
    let digest = Digest::of(&letter.message).unwrap();
    let sifted = results.sift(&letter.id, naming, digest, &letter.envelope.recipients);
    results.expect(letter, Mark::new(sifted.name, digest, Vec::new()));
    (sifted.open.iter().map(|recipient| recipient.address.to_string()).collect(), sifted.unknown)
}

fn result(letter: &Letter, verdicts: Vec<(&str, crate::cli::verdict::Verdict)>) -> MessageResult {
    MessageResult { id: Some(letter.id.clone()), ..message(verdicts) }
}

#[test]
fn what_a_second_run_does() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results");
    let all = ["a@x", "b@x", "c@x", "d@X"];
    let (one, two) = (letter("one", &all), letter("two", &["a@x"]));
    {
        let results = Results::open(&path, OnUnknown::Hold).unwrap();
        assert_eq!(sift(&results, &one, Naming::Own).0.len(), 4);
        assert_eq!(sift(&results, &two, Naming::Own).0.len(), 1);
        results.leaving("work", &mut [&one, &two].into_iter()).unwrap();
        let verdicts = vec![
            ("a@x", accepted("1")),
            ("b@x", refused("RCPT", "550", Some("5.1.1"))),
            ("c@x", refused("RCPT", "450", None)),
            ("d@X", accepted("1")),
        ];
        results.settle(Some(&one), &mut result(&one, verdicts)).unwrap();
        // A lock is a lock.
        assert!(matches!(Results::open(&path, OnUnknown::Hold), Err(Error::Locked { .. })));
    }
    let results = Results::open(&path, OnUnknown::Hold).unwrap();
    assert_eq!(sift(&results, &letter("one", &["a@X", "b@x", "c@x", "d@x", "e@x"]), Naming::Own).0, ["c@x", "e@x"]);
    assert_eq!(results.refused_before(), 1);
    assert_eq!(sift(&results, &two, Naming::Own), (vec![], vec!["a@x".to_owned()]));
    // The same name for other content, and another name.
    let mut other = letter("two", &["a@x"]);
    other.message = Arc::clone(&one.message);
    assert_eq!(sift(&results, &other, Naming::Own).0, ["a@x"]);
    assert_eq!(sift(&results, &letter("three", &["a@x"]), Naming::Own).0, ["a@x"]);
    drop(results);
    let results = Results::open(&path, OnUnknown::Retry).unwrap();
    assert_eq!(sift(&results, &two, Naming::Own).0, ["a@x"]);
}

#[test]
fn the_nameless_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results");
    let at = |place: &str| Letter { id: place.into(), ..letter("same", &["a@x"]) };
    {
        let results = Results::open(&path, OnUnknown::Hold).unwrap();
        for place in ["line 1", "line 2"] {
            let letter = at(place);
            assert_eq!(sift(&results, &letter, Naming::Place).0.len(), 1);
            results.settle(Some(&letter), &mut result(&letter, vec![("a@x", accepted("1"))])).unwrap();
        }
    }
    let results = Results::open(&path, OnUnknown::Hold).unwrap();
    // Two were sent, wherever they stand now.
    let open: Vec<usize> =
        ["line 7", "line 8", "line 9"].map(|place| sift(&results, &at(place), Naming::Place).0.len()).into();
    assert_eq!(open, [0, 0, 1]);
}

#[test]
fn a_torn_line_is_cut_off_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results");
    let one = letter("one", &["a@x"]);
    {
        let results = Results::open(&path, OnUnknown::Hold).unwrap();
        sift(&results, &one, Naming::Own);
        results.leaving("work", &mut [&one].into_iter()).unwrap();
        results.settle(Some(&one), &mut result(&one, vec![("a@x", accepted("1"))])).unwrap();
    }
    let whole = fs::read(&path).unwrap();
    let lines: Vec<usize> = memchr::memchr_iter(b'\n', &whole).map(|at| at + 1).collect();
    assert_eq!(lines.len(), 3);
    for cut in (0..whole.len()).step_by(13).chain(lines.clone()) {
        for zeros in [0, 4096] {
            fs::write(&path, [&whole[..cut], &vec![0; zeros]].concat()).unwrap();
            let results = Results::open(&path, OnUnknown::Hold).unwrap_or_else(|error| panic!("{cut}: {error}"));
            let (open, unknown) = sift(&results, &one, Naming::Own);
            let kept = lines.iter().copied().filter(|line| *line <= cut).max().unwrap_or(0);
            assert_eq!(fs::metadata(&path).unwrap().len(), kept as u64, "{cut}");
            let expected = if kept == 0 {
                (1, 0)
            } else if kept == lines[0] {
                (0, 1)
            } else {
                (0, 0)
            };
            assert_eq!((open.len(), unknown.len()), expected, "{cut}");
        }
    }
    for (text, what) in [
        ("Dear diary\n", "not a file of results"),
        ("x", "not a file of results"),
        ("{\"type\":\"summary\"}\n", "not a file of results"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Results::open(&path, OnUnknown::Hold).err().unwrap();
        assert!(matches!(&error, Error::State { .. }) && error.to_string().contains(what), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let damaged = [&whole[..lines[0]], b"{\"type\":\n", &whole[lines[0]..]].concat();
    fs::write(&path, &damaged).unwrap();
    let error = Results::open(&path, OnUnknown::Hold).err().unwrap();
    assert!(error.to_string().contains("line 2"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), damaged);
}

/// A run: which letters left or were tried to, and which were accepted.
fn run(fs: Arc<dyn FileSystem>, path: &Path, all: &[Letter]) -> ([Vec<bool>; 2], Vec<bool>) {
    let (mut left, mut tried, mut taken) = (vec![false; all.len()], vec![false; all.len()], vec![false; all.len()]);
    let boot = "this".to_owned();
    let Ok(results) = Results::open_on(fs, path, OnUnknown::Hold, boot) else { return ([left, tried], taken) };
    for (window, letters) in all.chunks(2).enumerate() {
        if window % 2 == 0 {
            for letter in all.iter().skip(window * 2).take(4) {
                sift(&results, letter, Naming::Own);
            }
            if results.plan("work", &mut all.iter().skip(window * 2).take(4)).is_err() {
                break;
            }
        }
        for place in 0..letters.len() {
            tried[window * 2 + place] = true;
        }
        // The next session asks again.
        let leave = || results.leaving("work", &mut letters.iter());
        if leave().is_err() && leave().is_err() {
            break;
        }
        for (place, letter) in letters.iter().enumerate() {
            left[window * 2 + place] = true;
            taken[window * 2 + place] =
                results.settle(Some(letter), &mut result(letter, vec![("a@x", accepted("1"))])).is_ok();
        }
    }
    drop(results.finish());
    ([left, tried], taken)
}

#[test]
fn whatever_happens_nothing_that_left_is_sent_again() {
    let letters: Vec<Letter> = (0..6).map(|number| letter(&format!("letter {number}"), &["a@x"])).collect();
    let mut runs = 0;
    for at in 0.. {
        let mut reached = false;
        for plan in [Plan::Kill(at), Plan::Fail(at, 28), Plan::FailFrom(at, 5)] {
            for loss in [None, Some(Loss::Everything), Some(Loss::Contents), Some(Loss::Zeros), Some(Loss::Names)] {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("results");
                let accident = Accident::new(plan);
                let fs = Arc::new(Faulty::new(dir.path(), Flushing::Each, Arc::clone(&accident)));
                let ([left, tried], taken) = run(fs.clone(), &path, &letters);
                reached |= accident.trace().len() > at;
                if let Some(loss) = loss {
                    fs.cut_power(loss);
                }
                let boot = if loss.is_some() { "another" } else { "this" };
                let results = Results::open_on(Arc::new(System), &path, OnUnknown::Hold, boot.into()).unwrap();
                for (place, letter) in letters.iter().enumerate() {
                    let (open, unknown) = sift(&results, letter, Naming::Own);
                    assert!(!left[place] || open.is_empty(), "{plan:?} {loss:?}: {place} would be sent twice");
                    let known = taken[place] && loss.is_none();
                    assert!(tried[place] || loss.is_some() || !open.is_empty(), "{plan:?}: {place} would be lost");
                    assert!(!known || unknown.is_empty(), "{plan:?}: {place} was forgotten");
                }
                runs += 1;
            }
        }
        if !reached {
            break;
        }
    }
    assert!(runs > 100, "{runs}");
}
