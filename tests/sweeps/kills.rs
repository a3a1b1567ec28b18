//! SIGKILL at many moments of a deleting run, then a clean one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::full;
use crate::servers::dovecot::{Dovecot, Store};
use crate::servers::mails::{Random, ordinary};
use crate::servers::{assert_same_mail, popfetch};
use crate::support::command::{Call, Home, all_files, files};

/// How many mails the mailbox of a sweep holds.
const MAILS: usize = 300;

#[derive(Clone, Copy, Debug)]
enum Target {
    Maildir,
    Eml,
    Mbox,
}

impl Target {
    fn argument(self, home: &Home) -> String {
        match self {
            Self::Maildir => format!("maildir:{}", home.maildir().display()),
            Self::Eml => format!("eml:{}", home.join("eml").display()),
            Self::Mbox => format!("mbox:{}", home.join("mbox").display()),
        }
    }
}

fn fetch(home: &Home, url: &str, target: Target) -> Call {
    popfetch(home, &["fetch", url, "--delete", "--to", &target.argument(home)])
}

/// How long a run takes from start to end when nobody disturbs it; the first one of a server takes longer than most.
fn undisturbed(dovecot: &Dovecot, target: Target, mails: &[Vec<u8>]) -> Duration {
    let time = |number: usize| {
        let user = format!("undisturbed{number}");
        dovecot.fill(&user, mails);
        let home = Home::new();
        let start = Instant::now();
        fetch(&home, &dovecot.url(&user), target).run().exits(0);
        start.elapsed()
    };
    (0..3).map(time).min().unwrap()
}

/// Kills the runs of one mailbox one after another, then lets one end. Returns the home and what was killed when.
fn sweep(dovecot: &Dovecot, user: &str, target: Target, mails: &[Vec<u8>], delays: &[Duration]) -> (Home, String) {
    dovecot.fill(user, mails);
    let home = Home::new();
    let url = dovecot.url(user);
    let mut story = String::new();
    for delay in delays {
        let mut run = fetch(&home, &url, target).start();
        let end = Instant::now() + *delay;
        while Instant::now() < end && run.is_running() {
            thread::sleep(Duration::from_micros(200));
        }
        let run = run.kill();
        let verb = if run.code() == -9 { "killed after" } else { "ended before" };
        story += &format!("{verb} {delay:?}: exit {}, {} left\n", run.code(), dovecot.count(user));
        assert!(matches!(run.code(), -9 | 0 | 75), "{story}{}", run.both());
        if run.code() == 0 {
            break;
        }
    }
    // The lock and Dovecot's session of the last one may take a moment to go.
    let run = fetch(&home, &url, target).run();
    assert_eq!(run.code(), 0, "{story}{}", run.both());
    assert_eq!(dovecot.count(user), 0, "{story}");
    // And then there is nothing to do.
    let run = fetch(&home, &url, target).run();
    assert!(run.code() == 0 && run.stdout.is_empty() && run.stderr.is_empty(), "{story}{}", run.both());
    (home, story)
}

fn read_all(dir: &Path) -> Vec<Vec<u8>> {
    files(dir).iter().map(|path: &PathBuf| fs::read(path).unwrap()).collect()
}

fn check_exactly_once(target: Target, seed: u64, count: usize, rounds: usize, kills: usize) {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = ordinary(count, seed);
    let whole = undisturbed(&dovecot, target, &mails);
    let mut random = Random::new(seed);
    // Each killed run gets a little further: many kills have to come sooner than few.
    let most = whole.as_micros() as u64 * 4 / kills as u64;
    for round in 0..rounds {
        let delays: Vec<_> = (0..kills).map(|_| Duration::from_micros(random.below(most))).collect();
        let user = format!("user{round}");
        let (home, story) = sweep(&dovecot, &user, target, &mails, &delays);
        eprintln!("{target:?} round {round}\n{story}");
        match target {
            Target::Maildir => assert_same_mail(read_all(&home.maildir().join("new")), &mails),
            Target::Eml => {
                let lf = |mail: Vec<u8>| String::from_utf8(mail).unwrap().replace("\r\n", "\n").into_bytes();
                let eml = home.join("eml");
                let names: Vec<_> =
                    files(&eml).into_iter().filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
                assert_same_mail(names.iter().map(|path| lf(fs::read(path).unwrap())).collect(), &mails);
            }
            Target::Mbox => {
                let text = fs::read(home.join("mbox")).unwrap();
                let count = |mail: &Vec<u8>| {
                    let id = mail.split(|&octet| octet == b'\n').nth(1).unwrap();
                    memchr::memmem::find_iter(&text, id).count()
                };
                let counts: Vec<_> = mails.iter().map(count).collect();
                assert!(counts.iter().all(|&count| count >= 1), "lost\n{story}");
                let doubled: usize = counts.iter().map(|count| count - 1).sum();
                assert!(doubled <= kills, "{doubled} twice after {kills} kills\n{story}");
                let starts = memchr::memmem::find_iter(&text, b"\nFrom ").count() + 1;
                assert_eq!(starts, counts.iter().sum::<usize>(), "a partial message was left\n{story}");
            }
        }
        let left: Vec<_> = all_files(&home.maildir().join("tmp"));
        // What a killed run leaves is swept when it is old; it is never counted as mail.
        assert!(left.len() <= count * kills, "{} files in tmp", left.len());
    }
}

#[test]
fn killed_at_random_a_maildir_has_every_mail_once() {
    let rounds = if full() { 100 } else { 10 };
    check_exactly_once(Target::Maildir, 100, MAILS, rounds, 4);
}

#[test]
fn killed_at_random_an_eml_folder_has_every_mail_once() {
    let rounds = if full() { 50 } else { 5 };
    check_exactly_once(Target::Eml, 200, MAILS, rounds, 4);
}

#[test]
fn killed_at_random_an_mbox_has_every_mail_and_one_double_per_kill_at_most() {
    let rounds = if full() { 50 } else { 5 };
    check_exactly_once(Target::Mbox, 300, MAILS, rounds, 4);
}

#[test]
fn twenty_thousand_killed_ten_times() {
    if full() {
        check_exactly_once(Target::Maildir, 600, 20_000, 1, 10);
    }
}

#[test]
fn killed_at_random_a_command_gets_one_mail_twice_per_kill_at_most_and_it_is_named() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mails = ordinary(40, 600);
    let mut random = Random::new(600);
    for round in 0..if full() { 20 } else { 2 } {
        let user = format!("user{round}");
        dovecot.fill(&user, &mails);
        let home = Home::new();
        let out = home.join("out");
        fs::create_dir(&out).unwrap();
        let script =
            home.write_secret("take", "#!/bin/sh\ncat >\"$1/.$$\" && mv \"$1/.$$\" \"$1/$MAILWIRE_UIDL.$$\"\n");
        let target = format!("pipe:/bin/sh {} {}", script.display(), out.display());
        let url = dovecot.url(&user);
        let fetch = || popfetch(&home, &["fetch", &url, "--to", &target, "--delete"]);
        let mut named = 0;
        for _ in 0..4 {
            let run = fetch().start();
            thread::sleep(Duration::from_millis(50 + random.below(400)));
            let run = run.kill();
            named += run.stderr().matches("may be there twice").count();
            assert!(matches!(run.code(), -9 | 0 | 75), "{}", run.both());
        }
        // Commands that outlived the last run, and its lock, take a moment to go.
        thread::sleep(Duration::from_millis(500));
        let run = fetch().run().exits(0);
        named += run.stderr().matches("may be there twice").count();
        let got = read_all(&out);
        let visible: Vec<_> = got.iter().filter(|mail| mails.contains(mail)).collect();
        assert!(mails.iter().all(|mail| visible.contains(&mail)), "lost after {} kills", 4);
        let doubled = visible.len() - mails.len();
        assert!(doubled <= named && named <= 4, "{doubled} twice, {named} named");
        assert_eq!(dovecot.count(&user), 0);
        fetch().run().silently();
    }
}

#[test]
fn a_large_mailbox_killed_ten_times_ends_whole_once_and_empty() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    // More than go into one session.
    let mails = ordinary(if full() { 20_000 } else { 6_000 }, 700);
    dovecot.fill("user", &mails);
    let home = Home::new();
    let url = dovecot.url("user");
    let fetch = || fetch(&home, &url, Target::Maildir).timeout(Duration::from_secs(600));
    let mut random = Random::new(700);
    let mut killed = 0;
    for _ in 0..10 {
        let run = fetch().start();
        thread::sleep(Duration::from_millis(50 + random.below(1_150)));
        killed += usize::from(run.kill().code() == -9);
    }
    let run = fetch().run();
    assert_eq!(run.code(), 0, "after {killed} kills: {}", run.both());
    assert_same_mail(read_all(&home.maildir().join("new")), &mails);
    assert_eq!(dovecot.count("user"), 0);
    fetch().run().silently();
    eprintln!("{killed} of 10 runs were killed");
}
