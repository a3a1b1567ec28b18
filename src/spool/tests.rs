//! The queue as smtpsend uses it.

mod accidents;
mod damage;
mod rivals;

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::process::geteuid;

use super::*;
use crate::error::{Error, Result};

const MESSAGE: &[u8] = b"Subject: one\r\n\r\n.dot\r\n\0\xff bytes\r\n";

/// A whole second, so that it comes back as it was.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn after(seconds: u64) -> SystemTime {
    start() + Duration::from_secs(seconds)
}

fn to(address: &str) -> Addressee {
    Addressee { address: address.into(), options: vec![("notify".into(), "never".into())] }
}

fn ticket() -> Ticket {
    Ticket {
        account: "work".into(),
        sender: Some("ann@example.org".into()),
        recipients: vec![to("bob@example.net"), to("\"ö %\"@example.net"), to("root")],
        options: vec![("ret".into(), "hdrs".into()), ("envid".into(), "a=b\n".into()), ("ret".into(), String::new())],
        message_id: Some("<1@example.org>".into()),
        created: start(),
    }
}

fn queue(dir: &tempfile::TempDir) -> Queue {
    Queue::open(&dir.path().join("state/smtpsend/queue")).unwrap()
}

fn content(body: &Body) -> Vec<u8> {
    let mut octets = Vec::new();
    body.open().read_to_end(&mut octets).unwrap();
    octets
}

fn later(indices: impl IntoIterator<Item = usize>) -> Vec<(usize, Verdict)> {
    indices.into_iter().map(|index| (index, Verdict::Later("connect: refused".into()))).collect()
}

fn done(indices: impl IntoIterator<Item = usize>) -> Vec<(usize, Verdict)> {
    indices.into_iter().map(|index| (index, Verdict::Done)).collect()
}

fn only(queue: &Queue) -> Entry {
    let mut entries = queue.list().unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

fn files(queue: &Queue, part: &str) -> Vec<String> {
    let names = std::fs::read_dir(queue.path().join(part)).unwrap();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_queued_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let big: Vec<u8> = (0..400_000u32).map(|n| n.to_le_bytes()[0]).collect();
    let null = Ticket { sender: None, message_id: None, options: Vec::new(), created: after(1), ..ticket() };
    let first = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let second = queue.add(&null, &mut &big[..]).unwrap();
    let third = queue.add(&Ticket { created: after(2), ..ticket() }, &mut &b""[..]).unwrap();
    // Another process.
    let queue = Queue::find(queue.path()).unwrap().unwrap();
    assert_eq!(queue.due(after(5)).unwrap(), [first.clone(), second.clone(), third.clone()]);
    for (id, ticket, message) in [(&first, &ticket(), MESSAGE), (&second, &null, &big)] {
        let taken = queue.take(id).unwrap().unwrap();
        assert_eq!((taken.id(), taken.ticket(), taken.attempts()), (id, ticket, 0));
        assert!(!taken.was_interrupted() && taken.held().is_none());
        assert_eq!(taken.pending().map(|(index, _)| index).collect::<Vec<_>>(), [0, 1, 2]);
        let body = taken.body();
        assert_eq!(body.size(), message.len() as u64);
        assert_eq!(content(&body), message);
        assert_eq!(content(&body), message);
    }
    let text = std::fs::read(queue.path().join("queue").join(first.as_str())).unwrap();
    assert!(text.ends_with(&[b"\n\n", MESSAGE].concat()));
    let sizes: Vec<u64> = queue.list().unwrap().iter().map(|entry| entry.size).collect();
    assert_eq!(sizes, [MESSAGE.len() as u64, big.len() as u64, 0]);
    assert!(files(&queue, "tmp").is_empty() && files(&queue, "state").is_empty());
}

#[test]
fn tickets_that_could_not_be_read_again_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let nobody = Ticket { recipients: Vec::new(), ..ticket() };
    let unnamed = Ticket { options: vec![(String::new(), "x".into())], ..ticket() };
    let strange = Ticket { options: vec![("a=b".into(), "x".into())], ..ticket() };
    for ticket in [nobody, unnamed, strange] {
        assert!(matches!(queue.add(&ticket, &mut &MESSAGE[..]), Err(Error::InvalidInput(_))), "{ticket:?}");
    }
    assert_eq!(queue.list().unwrap(), []);
    assert!(files(&queue, "tmp").is_empty());
}

#[test]
fn a_message_that_cannot_be_read_is_not_queued() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let error = queue.add(&ticket(), &mut MESSAGE.chain(Broken)).unwrap_err();
    assert!(matches!(error, Error::Storage { .. }), "{error}");
    assert!(files(&queue, "tmp").is_empty() && files(&queue, "queue").is_empty());
}

#[test]
fn each_recipient_is_settled_once() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let mut taken = queue.take(&id).unwrap().unwrap();
    taken.begin(start()).unwrap();
    let verdicts = [
        (0, Verdict::Done),
        (1, Verdict::Refused("RCPT: 550 5.1.1 no\x1b[2J such user\r\n".into())),
        (2, Verdict::Later("RCPT: 450 busy".into())),
    ];
    assert_eq!(taken.settle(&verdicts, start()).unwrap(), Settled::Waiting { next: after(60) });

    let entry = only(&queue);
    assert_eq!((entry.attempts, &entry.status), (1, &Status::Waiting { next: Some(after(60)) }));
    assert_eq!(entry.last_error.as_deref(), Some("RCPT: 450 busy"));
    let refusal = "RCPT: 550 5.1.1 no^[[2J such user^M^J";
    let fates: Vec<Fate> = entry.recipients.into_iter().map(|(_, fate)| fate).collect();
    assert_eq!(fates, [Fate::Done, Fate::Refused(refusal.into()), Fate::Pending]);
    assert_eq!(queue.due(after(59)).unwrap(), []);
    assert_eq!(queue.due(after(60)).unwrap(), std::slice::from_ref(&id));

    let taken = queue.take(&id).unwrap().unwrap();
    assert!(!taken.was_interrupted());
    assert_eq!(taken.pending().map(|(index, to)| (index, &*to.address)).collect::<Vec<_>>(), [(2, "root")]);
    // What is settled stays so.
    let verdicts = [(0, Verdict::Refused("x".into())), (1, Verdict::Done), (2, Verdict::Done)];
    let settled = taken.settle(&verdicts, after(60)).unwrap();
    let refused = vec![("\"ö %\"@example.net".to_owned(), refusal.to_owned())];
    let why = format!("\"ö %\"@example.net: {refusal}");
    assert_eq!(settled, Settled::Failed { why: why.clone(), refused });

    assert_eq!(queue.due(after(1_000_000)).unwrap(), []);
    assert!(queue.take(&id).unwrap().is_none());
    let entry = only(&queue);
    assert_eq!((entry.file, entry.status), (format!("failed/{id}"), Status::Failed { why }));
    assert_eq!(entry.attempts, 2);
    assert!(std::fs::read(queue.path().join("failed").join(id.as_str())).unwrap().ends_with(MESSAGE));

    assert!(queue.remove(&id).unwrap());
    assert!(!queue.remove(&id).unwrap());
    assert!(files(&queue, "state").is_empty() && queue.list().unwrap().is_empty());
}

#[test]
fn a_mail_that_all_have_got_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let mut taken = queue.take(&id).unwrap().unwrap();
    taken.begin(start()).unwrap();
    let body = taken.body();
    assert_eq!(taken.settle(&done(0..3), start()).unwrap(), Settled::Sent);
    assert!(["queue", "failed", "state", "tmp", "damaged"].iter().all(|part| files(&queue, part).is_empty()));
    // Who still reads it does so to the end.
    assert_eq!(content(&body), MESSAGE);
    assert!(queue.take(&id).unwrap().is_none());
}

#[test]
fn an_attempt_without_an_end_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let mut taken = queue.take(&id).unwrap().unwrap();
    taken.begin(start()).unwrap();
    taken.begin(start()).unwrap();
    drop(taken);
    assert_eq!(only(&queue).status, Status::Begun { since: start(), next: Some(after(60)) });
    // Not at once again: whatever killed it may do so every time.
    assert_eq!(queue.due(after(59)).unwrap(), []);
    assert_eq!(queue.due(after(60)).unwrap(), std::slice::from_ref(&id));
    let taken = queue.take(&id).unwrap().unwrap();
    assert!(taken.was_interrupted());
    assert_eq!(taken.attempts(), 1);
    assert_eq!(taken.hold("perhaps sent").unwrap(), Settled::Held);
    assert_eq!(only(&queue).status, Status::Held { why: "perhaps sent".into() });
    assert_eq!(queue.due(after(1_000_000)).unwrap(), []);
    assert_eq!(queue.ids().unwrap(), std::slice::from_ref(&id));
    let taken = queue.take(&id).unwrap().unwrap();
    assert_eq!((taken.held(), taken.was_interrupted()), (Some("perhaps sent"), false));
    assert!(matches!(taken.settle(&later(0..3), after(90)).unwrap(), Settled::Waiting { .. }));
    assert!(queue.take(&id).unwrap().unwrap().held().is_none());
}

#[test]
fn a_verdict_of_hold_holds_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let verdicts = [(0, Verdict::Done), (1, Verdict::Hold("unknown".into())), (2, Verdict::Later("x".into()))];
    assert_eq!(queue.take(&id).unwrap().unwrap().settle(&verdicts, start()).unwrap(), Settled::Held);
    assert_eq!(queue.take(&id).unwrap().unwrap().pending().count(), 2);
    let settled = queue.take(&id).unwrap().unwrap().settle(&done(1..9), start());
    assert!(matches!(settled, Err(Error::InvalidInput(_))));
    assert_eq!(queue.take(&id).unwrap().unwrap().pending().count(), 2);
}

#[test]
fn waits_grow_until_its_life_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let mut now = start();
    let mut waits = Vec::new();
    let why = loop {
        assert_eq!(queue.due(now).unwrap(), std::slice::from_ref(&id));
        let taken = queue.take(&id).unwrap().unwrap();
        assert_eq!(taken.is_over(now), now >= start() + LIFE);
        match taken.settle(&later(0..3), now).unwrap() {
            Settled::Waiting { next } => {
                waits.push(next.duration_since(now).unwrap());
                now = next;
            }
            Settled::Failed { why, refused } => {
                assert_eq!(refused.len(), 3);
                break why;
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(waits.iter().enumerate().all(|(n, wait)| *wait == backoff(u32::try_from(n).unwrap() + 1)), "{waits:?}");
    let total: Duration = waits.iter().sum();
    assert!(total >= LIFE && total < LIFE + LONGEST_WAIT);
    assert!(why.contains("5 days") && why.contains("connect: refused"), "{why}");
    assert!(matches!(only(&queue).status, Status::Failed { .. }));
}

#[test]
fn a_clock_that_jumps_neither_ends_a_life_nor_stops_it() {
    const DAY: Duration = Duration::from_secs(86400);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let attempt = |now| queue.take(&id).unwrap().unwrap().settle(&later(0..3), now).unwrap();
    let Settled::Waiting { next } = attempt(start()) else { panic!() };
    // A year forward, and a minute later back again: each time it is tried, and waits as long as it would have.
    let future = start() + 365 * DAY;
    for now in [future, next] {
        assert_eq!(queue.due(now).unwrap(), std::slice::from_ref(&id), "{now:?}");
        assert!(matches!(attempt(now), Settled::Waiting { next } if next < now + Duration::from_secs(300)), "{now:?}");
    }
    // It still ends some time, whatever the clock says now.
    let mut now = future;
    let mut attempts = 0;
    while let Settled::Waiting { next } = attempt(now) {
        (now, attempts) = (next, attempts + 1);
        assert!(attempts < 100);
    }
    assert!(now < future + 7 * DAY && attempts > 20, "{attempts}");
}

#[test]
fn what_nobody_can_send_is_given_up_all_the_same() {
    const DAY: Duration = Duration::from_secs(86400);
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let known = queue.ticket(&id).unwrap().unwrap();
    let is_over = |now| queue.take(&id).unwrap().unwrap().is_over(now);
    // Nobody has looked for a month.
    let mut now = start() + 30 * DAY;
    assert!(!is_over(now));
    let mut days = 0;
    while !is_over(now) {
        queue.look(&id, &known, now).unwrap();
        queue.look(&id, &known, now).unwrap();
        (now, days) = (now + DAY, days + 1);
    }
    assert_eq!(days, 4, "one of the five is what was left of the month");
    assert_eq!(queue.take(&id).unwrap().unwrap().attempts(), 0);
}

#[test]
fn one_that_is_given_up_lies_in_failed() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let settled = queue.take(&id).unwrap().unwrap().fail("its account is gone").unwrap();
    assert!(matches!(settled, Settled::Failed { refused, .. } if refused.len() == 3));
    assert_eq!(files(&queue, "failed"), [id.as_str()]);
    assert!(files(&queue, "queue").is_empty());
}

#[test]
fn what_waits_can_be_removed_but_not_under_way() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let taken = queue.take(&id).unwrap().unwrap();
    assert!(matches!(queue.remove(&id), Err(Error::Locked { .. })));
    taken.settle(&later(0..3), start()).unwrap();
    assert!(queue.remove(&id).unwrap());
    assert!(files(&queue, "queue").is_empty() && files(&queue, "state").is_empty());
}

#[test]
fn a_queue_that_others_could_write_to_is_refused() {
    let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = queue(&dir).path().to_owned();
    for (part, bits) in [("", 0o770), ("", 0o702), ("queue", 0o720), ("state", 0o1777)] {
        mode(&path.join(part), bits);
        for opened in [Queue::open(&path).map(drop), Queue::find(&path).map(drop)] {
            assert!(matches!(&opened, Err(Error::Config(why)) if why.contains("chmod go-w")), "{part} {opened:?}");
        }
        mode(&path.join(part), 0o755);
        Queue::open(&path).unwrap();
    }
    let made = std::fs::metadata(path.join("tmp")).unwrap().permissions().mode() & 0o7777;
    assert_eq!(made, 0o700);
}

#[test]
fn another_users_queue_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let me = geteuid();
    let theirs = match me.is_root() {
        true => {
            std::os::unix::fs::chown(dir.path(), Some(12345), None).unwrap();
            dir.path()
        }
        false => Path::new("/"),
    };
    let opened = Queue::open(theirs);
    assert!(matches!(&opened, Err(Error::Config(why)) if why.contains("belongs to user")), "{opened:?}");
    assert!(matches!(Queue::open(&theirs.join("deeper")), Err(Error::Storage { .. })));
    assert!(Queue::find(&dir.path().join("absent")).unwrap().is_none());
    if me.is_root() {
        let user = UserQueue { uid: 12345, path: theirs.to_owned() };
        assert!(Queue::of_user(&user).unwrap().is_none(), "root makes nothing there");
    }
}

#[test]
fn what_root_writes_into_a_users_queue_is_theirs() {
    use std::os::unix::fs::MetadataExt as _;
    if !geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mine = queue(&dir);
    let id = mine.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    let path = mine.path().to_owned();
    let theirs = |path: &Path| std::os::unix::fs::chown(path, Some(12345), Some(12345)).unwrap();
    theirs(&path);
    for part in ["queue", "state", "failed", "damaged", "tmp"] {
        theirs(&path.join(part));
    }
    let queue = Queue::of_user(&UserQueue { uid: 12345, path: path.clone() }).unwrap().unwrap();
    // A mail that is not theirs is not sent for them.
    assert!(matches!(queue.take(&id), Err(Error::State { detail, .. }) if detail.contains("belongs to user 0")));
    theirs(&path.join("queue").join(id.as_str()));
    queue.take(&id).unwrap().unwrap().settle(&later(0..3), start()).unwrap();
    assert_eq!(std::fs::metadata(path.join("state").join(id.as_str())).unwrap().uid(), 12345);
}

#[test]
fn what_dead_processes_left_is_swept() {
    let dir = tempfile::tempdir().unwrap();
    let queue = queue(&dir);
    let id = queue.add(&ticket(), &mut &MESSAGE[..]).unwrap();
    queue.take(&id).unwrap().unwrap().settle(&later(0..3), start()).unwrap();
    let ghost: Id = "00000000000-0000000000".parse().unwrap();
    let half = queue.path().join("tmp").join(ghost.as_str());
    let put = |part: &str, name: &str| std::fs::write(queue.path().join(part).join(name), "half").unwrap();
    put("tmp", ghost.as_str());
    put("tmp", "a-user's-file");
    put("state", ghost.as_str());
    put("state", &format!("{ghost}.new"));
    let modified = std::fs::metadata(&half).unwrap().modified().unwrap();
    queue.due(modified + Duration::from_secs(60)).unwrap();
    assert_eq!(files(&queue, "tmp"), [ghost.as_str(), "a-user's-file"]);
    assert_eq!(files(&queue, "state"), [id.as_str()]);
    // Somebody writes it, however long that takes.
    let writer = std::fs::File::open(&half).unwrap();
    writer.lock().unwrap();
    queue.due(modified + Duration::from_secs(7200)).unwrap();
    assert_eq!(files(&queue, "tmp"), [ghost.as_str(), "a-user's-file"]);
    drop(writer);
    queue.due(modified + Duration::from_secs(7200)).unwrap();
    assert_eq!(files(&queue, "tmp"), ["a-user's-file"]);
}
