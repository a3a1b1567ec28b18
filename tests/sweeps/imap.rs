//! J1, J2, J6, E10, E11: commands that read or change folders, with the connection cut or the program killed after the k-th octet that a
//! server says or hears, for many k. Whatever the point, no message is lost, nothing goes that others have marked, no file is half
//! there, and the same command once more does the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::full;
use crate::servers::mails::Random;
use crate::support::command::{Call, Finished, Home, Program, USER, files};
use crate::support::imap_server::{Account, ImapServer};
use crate::support::mailbox::{Mailbox, Manners};
use crate::support::relay::{Counted, Fate, Point, Relay};

/// Runs at a time: they wait more than they work.
const AT_ONCE: usize = 4;

/// The messages that a command is about; INBOX has two others, one of which somebody has marked as deleted.
const OURS: usize = 3;

/// Where a copy is to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// In a folder of the user, or of the other user.
    Folder(&'static str),
    Elsewhere(&'static str),
    /// In files.
    Files,
    /// Nowhere any more.
    Nowhere,
}

/// Where the originals are, and whether they stay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Original {
    Stays,
    Goes,
}

/// A command and what it is about.
#[derive(Clone, Copy, Debug)]
struct Work {
    name: &'static str,
    offered: &'static [&'static str],
    /// `{other}` stands for the other user's account.
    words: &'static [&'static str],
    original: Original,
    to: Place,
    /// Whether a message may be at its target more than once after two runs.
    doubles: bool,
}

const WORKS: [Work; 11] = [
    Work {
        name: "save",
        offered: &[],
        words: &["save", "1:3", "--to", "saved"],
        original: Original::Stays,
        to: Place::Files,
        doubles: true,
    },
    Work {
        name: "append",
        offered: &["UIDPLUS"],
        words: &["append", "-f", "Archive", "1.eml", "2.eml", "3.eml", "--json"],
        original: Original::Stays,
        to: Place::Folder("Archive"),
        doubles: true,
    },
    Work {
        name: "append many",
        offered: &["UIDPLUS", "LITERAL+", "MULTIAPPEND"],
        words: &["append", "-f", "Archive", "1.eml", "2.eml", "3.eml", "--json"],
        original: Original::Stays,
        to: Place::Folder("Archive"),
        doubles: true,
    },
    Work {
        name: "copy",
        offered: &["UIDPLUS"],
        words: &["copy", "subject:letter", "--to", "Archive", "--json"],
        original: Original::Stays,
        to: Place::Folder("Archive"),
        doubles: true,
    },
    Work {
        name: "move",
        offered: &["UIDPLUS", "MOVE"],
        words: &["move", "subject:letter", "--to", "Archive", "--json"],
        original: Original::Goes,
        to: Place::Folder("Archive"),
        doubles: false,
    },
    Work {
        name: "move by copying",
        offered: &["UIDPLUS", "ESEARCH"],
        words: &["move", "subject:letter", "--to", "Archive", "--json"],
        original: Original::Goes,
        to: Place::Folder("Archive"),
        doubles: true,
    },
    Work {
        name: "copy to another account",
        offered: &["UIDPLUS"],
        words: &["copy", "subject:letter", "--to", "Archive", "--to-account", "{other}", "--json"],
        original: Original::Stays,
        to: Place::Elsewhere("Archive"),
        doubles: true,
    },
    Work {
        name: "move to another account",
        offered: &["UIDPLUS", "LITERAL+", "MULTIAPPEND", "MOVE"],
        words: &["move", "subject:letter", "--to", "Archive", "--to-account", "{other}", "--json"],
        original: Original::Goes,
        to: Place::Elsewhere("Archive"),
        doubles: true,
    },
    Work {
        name: "delete",
        offered: &["UIDPLUS", "MOVE", "SPECIAL-USE", "LIST-EXTENDED"],
        words: &["delete", "subject:letter", "--json"],
        original: Original::Goes,
        to: Place::Folder("Trash"),
        doubles: false,
    },
    Work {
        name: "delete for good",
        offered: &["UIDPLUS"],
        words: &["delete", "subject:letter", "--permanent", "--json"],
        original: Original::Goes,
        to: Place::Nowhere,
        doubles: false,
    },
    Work {
        name: "popfetch",
        offered: &["UIDPLUS", "LITERAL+", "MULTIAPPEND"],
        words: &[],
        original: Original::Goes,
        to: Place::Folder("Archive"),
        doubles: true,
    },
];

/// The n-th message that a command is about, LF line ends.
fn letter(number: usize) -> Vec<u8> {
    let mut letter =
        format!("From: S <s@example.org>\nSubject: letter {number}\nMessage-ID: <{number}@x>\n\n.\nText {number}\n");
    letter += &"and more of it\n".repeat(number * 5);
    letter.into_bytes()
}

fn crlf(text: &[u8]) -> Vec<u8> {
    String::from_utf8(text.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
}

/// A server, perhaps a mailbox beside it, and somebody between it and the program.
struct World {
    work: Work,
    home: Home,
    server: ImapServer,
    other: std::sync::Arc<Account>,
    relay: Relay,
    mailbox: Option<Mailbox>,
    /// What INBOX has beside ours: UID, text, flags.
    others: Vec<Row>,
}

type Row = (u32, Vec<u8>, Vec<String>);

impl World {
    fn new(work: Work, point: Option<Point>) -> Self {
        let home = Home::new();
        let server = ImapServer::in_clear(work.offered);
        let other = server.add("other");
        let ours: Vec<_> = (1..=OURS).map(letter).collect();
        let fetched = work.words.is_empty();
        for (number, text) in (1..).zip(&ours) {
            if !fetched {
                server.mail().deliver("INBOX", text, if number == 2 { &["\\Seen"] } else { &[] }, 1_700_000_000);
            }
            fs::write(home.join(format!("{number}.eml")), text).unwrap();
        }
        for (text, flags) in [("marked", &["\\Deleted", "\\Seen"][..]), ("kept", &[])] {
            server.mail().deliver("INBOX", format!("Subject: {text}\n\n{text}\n").as_bytes(), flags, 1_700_000_000);
        }
        let mailbox = fetched.then(|| Mailbox::serve(&ours, Manners::default()));
        let relay = Relay::to(server.imap, point);
        let mut world = Self { work, home, server, other, relay, mailbox, others: Vec::new() };
        world.others = world.inbox().into_iter().filter(|(_, text, _)| !is_ours(text)).collect();
        world
    }

    fn call(&self) -> Call {
        let password = self.home.password_file().display().to_string();
        let url = |user: &str| format!("imap://{user}@127.0.0.1:{}", self.relay.port);
        let to = ["--to-security", "plain", "--to-cleartext-auth", "--to-password-file", &password];
        let to = to.map(String::from);
        let from = ["--cleartext-auth", "--security", "plain", "--password-file", &password].map(String::from);
        let (program, mut words) = match &self.mailbox {
            Some(mailbox) => {
                let mut words = mailbox.arguments(USER);
                let target = format!("{}/Archive", url(USER));
                words.extend(["--delete", "--to", &target, "--password-file", &password].map(String::from));
                words.extend(to);
                (Program::Popfetch, words)
            }
            None => {
                let mut words = vec!["-a".to_owned(), url(USER)];
                words.extend(from);
                let across = self.work.words.contains(&"{other}");
                words.extend(self.work.words.iter().map(|word| word.replace("{other}", &url("other"))));
                words.extend(to.into_iter().filter(|_| across));
                (Program::Imapctl, words)
            }
        };
        words.extend(["--timeout", "10"].map(String::from));
        self.home.program(program, words).timeout(Duration::from_secs(60))
    }

    fn rows(account: &Account, folder: &str) -> Vec<Row> {
        let store = account.store();
        let letters = &store.folders[folder].letters;
        letters.iter().map(|l| (l.uid, l.octets.to_vec(), l.flags.iter().cloned().collect())).collect()
    }

    fn inbox(&self) -> Vec<Row> {
        Self::rows(self.server.mail(), "INBOX")
    }

    /// The files or messages that are where ours are to be, with their UIDs there.
    fn arrived(&self) -> Vec<(u32, Vec<u8>)> {
        match self.work.to {
            Place::Folder(name) => {
                Self::rows(self.server.mail(), name).into_iter().map(|(uid, text, _)| (uid, text)).collect()
            }
            Place::Elsewhere(name) => {
                Self::rows(&self.other, name).into_iter().map(|(uid, text, _)| (uid, text)).collect()
            }
            Place::Files => {
                let visible = |path: &PathBuf| !path.file_name().unwrap().to_string_lossy().starts_with('.');
                let paths = files(&self.home.join("saved")).into_iter().filter(visible);
                paths.map(|path| (0, fs::read(path).unwrap())).collect()
            }
            Place::Nowhere => Vec::new(),
        }
    }

    /// What must hold at any time. Where a message may come twice, it does so at most once a run.
    fn check(&self, runs: usize) -> Result<(), String> {
        let inbox = self.inbox();
        let others: Vec<_> = inbox.iter().filter(|(_, text, _)| !is_ours(text)).cloned().collect();
        if others != self.others {
            return Err(format!("what was not asked for has changed: {others:?}"));
        }
        let mut counts: BTreeMap<usize, usize> = (1..=OURS).map(|number| (number, 0)).collect();
        for (_, text) in self.arrived() {
            let known = (1..=OURS).find(|number| crlf(&letter(*number)) == text);
            let number = known.ok_or_else(|| format!("partial or strange: {}", text.escape_ascii()))?;
            *counts.get_mut(&number).unwrap() += 1;
        }
        let waiting = self.mailbox.as_ref().map(Mailbox::left);
        for (number, count) in counts.iter().map(|(number, count)| (*number, *count)) {
            let here = inbox.iter().filter(|(_, text, _)| *text == crlf(&letter(number))).count();
            match (self.work.original, self.work.to) {
                (Original::Stays, _) if here != 1 => return Err(format!("letter {number} is {here} times in INBOX")),
                (Original::Goes, Place::Nowhere) => {}
                (Original::Goes, _) if here + count == 0 && waiting.is_none() => {
                    return Err(format!("letter {number} is lost"));
                }
                _ => {}
            }
            if count > runs || (count > 1 && !self.work.doubles) {
                return Err(format!("letter {number} is there {count} times after {runs} runs"));
            }
        }
        let missing = counts.values().filter(|count| **count == 0).count();
        match waiting {
            Some(waiting) if waiting < missing => Err(format!("{missing} not there, {waiting} waiting")),
            _ => Ok(()),
        }
    }

    /// What must hold when all is said to be done.
    fn check_done(&self, runs: usize) -> Result<(), String> {
        self.check(runs)?;
        let arrived = self.arrived();
        for number in 1..=OURS {
            let text = crlf(&letter(number));
            if self.work.to != Place::Nowhere && !arrived.iter().any(|(_, there)| *there == text) {
                return Err(format!("letter {number} is not there"));
            }
            let here = self.inbox().iter().any(|(_, there, _)| *there == text);
            if self.work.original == Original::Goes && here {
                return Err(format!("letter {number} is still here"));
            }
        }
        match &self.mailbox {
            Some(mailbox) if mailbox.left() > 0 => Err(format!("{} left to be fetched", mailbox.left())),
            _ => Ok(()),
        }
    }

    /// What the run has told of must be so.
    fn check_told(&self, run: &Finished) -> Result<(), String> {
        let arrived = self.arrived();
        for line in run.stdout().lines() {
            let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
            let uid = match record["type"].as_str() {
                Some("copied" | "moved") => &record["to_uid"],
                Some("appended") => &record["uid"],
                _ => continue,
            };
            if let Some(uid) = uid.as_u64()
                && !arrived.iter().any(|(there, _)| u64::from(*there) == uid)
            {
                return Err(format!("{line} is not so"));
            }
        }
        Ok(())
    }
}

fn is_ours(text: &[u8]) -> bool {
    (1..=OURS).any(|number| crlf(&letter(number)) == text)
}

/// One run that is disturbed at a point, and one that is not. What the first one ended with.
fn disturbed(work: Work, point: Point) -> Result<i32, String> {
    let world = World::new(work, Some(point));
    let first = world.relay.run(world.call());
    // What was passed on is still read, and carried out or not.
    let reached = !world.relay.is_waiting();
    world.server.settle();
    let story = |e: String, second: Option<&Finished>| {
        let second = second.map(|run| format!("\nthe run after: exit {}\n{}", run.code(), run.both()));
        format!(
            "{}, {point:?}: {e}\nexit {}\n{}{}\nheard {:#?}",
            work.name,
            first.code(),
            first.both(),
            second.unwrap_or_default(),
            world.server.manners().heard()
        )
    };
    let killed = matches!(point.fate, Fate::Kill(_));
    let check = || {
        match first.code() {
            _ if first.timed_out => return Err("no end".to_owned()),
            0 => world.check_done(1)?,
            -9 if killed => {}
            75 | 76 | 80 | 81 => {}
            code => return Err(format!("exit {code}")),
        }
        if first.stderr().contains("panicked") || (!reached && first.code() != 0) {
            return Err("without need".to_owned());
        }
        world.check_told(&first)?;
        world.check(1)
    };
    check().map_err(|e| story(e, None))?;

    world.relay.forgive();
    let second = world.relay.run(world.call());
    world.server.settle();
    let check = || match second.code() {
        0 => world.check_done(2),
        code => Err(format!("then exit {code}")),
    };
    check().map_err(|e| story(e, Some(&second)))?;
    Ok(first.code())
}

/// The points of a session of so many octets: every octet that the server says for a cut, fewer for the rest.
fn points(said: u64, heard: u64, random: &mut Random) -> Vec<Point> {
    let mut points = Vec::new();
    for octets in 0..=said {
        points.push(Point { counted: Counted::Said, octets, fate: Fate::Fin });
        if octets % 7 == 0 {
            points.push(Point { counted: Counted::Said, octets, fate: Fate::Rst });
        }
        if octets % 4 == 0 {
            let fate = Fate::Kill(Duration::from_micros(random.below(3_000)));
            points.push(Point { counted: Counted::Said, octets: octets + random.below(4), fate });
        }
    }
    for octets in (0..=heard).step_by(3) {
        points.push(Point { counted: Counted::Heard, octets, fate: Fate::Fin });
        if octets % 2 == 0 {
            let fate = Fate::Kill(Duration::from_micros(random.below(1_000)));
            points.push(Point { counted: Counted::Heard, octets, fate });
        }
    }
    points
}

#[test]
fn commands_that_are_cut_or_killed_at_any_octet_lose_nothing() {
    let mut random = Random::new(800);
    let chosen = std::env::var("MAILWIRE_WORK").unwrap_or_default();
    let mut all = Vec::new();
    for work in WORKS.into_iter().filter(|work| work.name.contains(&chosen)) {
        let world = World::new(work, None);
        let run = world.relay.run(world.call()).exits(0);
        world.server.settle();
        world.check_done(1).and_then(|()| world.check_told(&run)).unwrap_or_else(|e| panic!("{}: {e}", work.name));
        let (said, heard) = world.relay.counts();
        let mut points = points(said, heard, &mut random);
        if !full() {
            points = (0..12).map(|_| points[random.below(points.len() as u64) as usize]).collect();
        }
        eprintln!("{} points of {}: {said} octets said, {heard} heard", points.len(), work.name);
        all.extend(points.into_iter().map(|point| (work, point)));
    }
    let (next, failures, codes) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((work, point)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match disturbed(*work, *point) {
                        Ok(code) => *codes.lock().unwrap().entry(code).or_insert(0) += 1,
                        Err(e) => failures.lock().unwrap().push(e),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let codes = codes.into_inner().unwrap();
    eprintln!("{} points of IMAP sessions, by exit code (-9: killed): {codes:?}", all.len());
    assert!(failures.is_empty(), "{} of {}\n{}", failures.len(), all.len(), failures.join("\n\n===== "));
}

#[test]
fn the_checks_notice_what_does_not_hold() {
    let named = |name: &str| WORKS.into_iter().find(|work| work.name == name).unwrap();
    let after = |name: &str, spoil: &dyn Fn(&World)| {
        let world = World::new(named(name), None);
        spoil(&world);
        world.check_done(1).expect_err(name)
    };
    let other = |uid| move |world: &World| world.server.mail().store().expunge("INBOX", &[uid]);
    let put = |folder: &'static str, text: &'static str| {
        move |world: &World| {
            world.server.mail().deliver(folder, text.as_bytes(), &[], 0);
        }
    };
    assert!(after("copy", &other(4)).contains("not asked for"));
    assert!(after("copy", &other(1)).contains("letter 1 is 0 times in INBOX"));
    assert!(after("move", &other(3)).contains("letter 3 is lost"));
    assert!(after("move", &put("Archive", "x")).contains("partial"));
    assert!(after("copy", &|_| {}).contains("letter 1 is not there"));
    assert!(after("delete for good", &|_| {}).contains("letter 1 is still here"));
    assert!(after("popfetch", &|_| {}).contains("letter 1 is not there"));
    let twice = |world: &World| {
        for _ in 0..2 {
            world.server.mail().deliver("Archive", &letter(2), &[], 0);
        }
    };
    assert!(after("copy", &twice).contains("letter 2 is there 2 times"));
    let half = |world: &World| {
        fs::create_dir(world.home.join("saved")).unwrap();
        fs::write(world.home.join("saved/1.eml"), &crlf(&letter(1))[..20]).unwrap();
    };
    assert!(after("save", &half).contains("partial"));
}
