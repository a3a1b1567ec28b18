//! Targets that are slow, locked, shared, limited or gone.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::servers::mails::{Random, ordinary};
use crate::servers::{assert_same_mail, read_mbox};
use crate::support::command::{Call, Finished, Home, files};
use crate::support::mailbox::{Mailbox, Manners};

fn fetch(home: &Home, mailbox: &Mailbox, arguments: &[&str]) -> Call {
    let mut all = mailbox.arguments("user");
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    all.extend(["--password-file".to_owned(), home.password_file().display().to_string()]);
    home.popfetch(all)
}

fn to_maildir(home: &Home) -> String {
    format!("maildir:{}", home.maildir().display())
}

/// Runs on until it ends, at most so often.
fn at_last(mut run: impl FnMut() -> Finished, times: usize) {
    for _ in 0..times {
        if run().code() == 0 {
            return;
        }
    }
    run().exits(0);
}

#[test]
fn an_mbox_that_is_locked_is_waited_for_once() {
    let mails = ordinary(600, 70);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let mbox = home.join("mbox");
    let file = File::create(&mbox).unwrap();
    rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let target = format!("mbox:{}", mbox.display());
    let start = Instant::now();
    fetch(&home, &mailbox, &["--to", &target, "--delete"])
        .timeout(Duration::from_secs(120))
        .run()
        .exits(75)
        .says("mbox");
    // 30 seconds for the first batch, and none for the two behind it.
    assert!(start.elapsed() < Duration::from_secs(55), "{:?}", start.elapsed());
    assert_eq!((mailbox.left(), fs::metadata(&mbox).unwrap().len()), (mails.len(), 0));
    drop(file);
    fetch(&home, &mailbox, &["--to", &target, "--delete"]).run().exits(0);
    assert_same_mail(read_mbox(&fs::read(&mbox).unwrap()), &mails);
    assert_eq!(mailbox.left(), 0);
}

#[test]
fn a_reader_that_has_gone_ends_the_session_early() {
    let mails = ordinary(3_000, 71);
    let mailbox = Mailbox::serve(&mails, Manners { pause: Duration::from_millis(1), ..Manners::default() });
    let home = Home::new();
    let closed = || {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        writer.as_fd().try_clone_to_owned().unwrap()
    };
    fetch(&home, &mailbox, &["--to", "-"]).stdout_to(closed()).run().exits(74);
    assert!(mailbox.retrieved() < 2_000, "{} were fetched for nobody", mailbox.retrieved());
    assert_eq!(mailbox.left(), mails.len());
    // None counts as seen.
    fetch(&home, &mailbox, &["--to", &to_maildir(&home), "--max-messages", "3"]).run().exits(0);
    assert_same_mail(home.mails(), &mails[..3]);
}

#[test]
fn a_signal_ends_a_run_whose_command_is_slow() {
    let mails = ordinary(40, 72);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let out = home.join("out");
    fs::create_dir(&out).unwrap();
    let script =
        home.write_secret("take", "#!/bin/sh\ncat >\"$1/$MAILWIRE_UIDL.$$\"\n[ -e \"$1/../quick\" ] || sleep 0.4\n");
    let target = format!("pipe:/bin/sh {} {}", script.display(), out.display());
    let run = fetch(&home, &mailbox, &["--to", &target, "--delete"]).start();
    while files(&out).len() < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    run.signal(Signal::TERM);
    run.wait().exits(143);
    // Of the five batches of eight one at most is seen through.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(files(&out).len() <= 16, "{} were given to the command", files(&out).len());
    assert_eq!(mailbox.left(), mails.len(), "a signal has deleted something");
    fs::write(home.join("quick"), "").unwrap();
    fetch(&home, &mailbox, &["--to", &target, "--delete"]).run().exits(0);
    let got = files(&out).iter().map(|path| fs::read(path).unwrap()).collect();
    assert_same_mail(got, &mails);
    assert_eq!(mailbox.left(), 0);
}

#[test]
fn what_a_command_never_takes_rests_after_some_runs() {
    let mailbox = Mailbox::serve(&ordinary(1, 73), Manners::default());
    let home = Home::new();
    for _ in 0..4 {
        fetch(&home, &mailbox, &["--to", "pipe:false"]).run().exits(74);
    }
    fetch(&home, &mailbox, &["--to", "pipe:false"]).run().exits(0);
    assert_eq!((mailbox.retrieved(), mailbox.left()), (4, 1));
}

#[test]
fn without_unique_ids_a_killed_run_neither_doubles_nor_loses() {
    let mut mails = ordinary(60, 74);
    // Two that are the same to the last octet, and two that differ in the body alone.
    mails.push(mails[5].clone());
    mails.extend([b"Subject: alarm\n\ndoor 1\n".to_vec(), b"Subject: alarm\n\ndoor 2\n".to_vec()]);
    let mut random = Random::new(75);
    for _ in 0..4 {
        let manners = Manners { nameless: true, pause: Duration::from_millis(2) };
        let mailbox = Mailbox::serve(&mails, manners);
        let home = Home::new();
        let run = || fetch(&home, &mailbox, &["--to", &to_maildir(&home), "--delete"]);
        for _ in 0..4 {
            let running = run().start();
            thread::sleep(Duration::from_millis(random.below(350)));
            running.kill();
        }
        at_last(|| run().run(), 2);
        assert_same_mail(home.mails(), &mails);
        assert_eq!(mailbox.left(), 0);
        run().run().silently();
        let url = mailbox.arguments("user")[1].clone();
        let list = home.popfetch(["state", "list", &url]).run().exits(0);
        assert!(list.stdout.is_empty(), "the ledger remembers\n{}", list.both());
    }
}

#[test]
fn two_accounts_into_one_target_side_by_side() {
    let (first, second) = (ordinary(150, 76), ordinary(150, 77));
    let all = [first.clone(), second.clone()].concat();
    for kind in ["maildir", "mbox"] {
        let boxes = [Mailbox::serve(&first, Manners::default()), Mailbox::serve(&second, Manners::default())];
        let home = Home::new();
        let mut config = String::new();
        for (user, mailbox) in ["one", "two"].iter().zip(&boxes) {
            config += &format!(
                "[accounts.{user}]\npop3 = \"pop3://{user}@127.0.0.1:{}\"\nsecurity = \"plain\"\ncleartext-auth = \
                 true\npassword-file = \"{}\"\n[accounts.{user}.popfetch]\nto = \"{kind}:{}\"\ndelete = true\n",
                mailbox.port(),
                home.password_file().display(),
                home.maildir().display()
            );
        }
        home.write_secret("config/mailwire/config.toml", &config);
        home.popfetch(["fetch", "--jobs", "2"]).run().exits(0);
        let got = match kind {
            "maildir" => home.mails(),
            _ => read_mbox(&fs::read(home.maildir()).unwrap()),
        };
        assert_same_mail(got, &all);
        assert_eq!(boxes.iter().map(Mailbox::left).sum::<usize>(), 0);
    }
}

#[test]
fn limits_of_the_process_are_errors() {
    let mut mails = ordinary(12, 78);
    mails[6].extend(b"a line that makes it too large\n".repeat(10_000));
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let fetch = || fetch(&home, &mailbox, &["--to", &to_maildir(&home), "--delete"]);
    // Blocks of 512 octets, in every shell that is sh.
    fetch().limited("-f 200").run().exits(80).says("File too large");
    let small: Vec<_> = [&mails[..6], &mails[7..]].concat();
    assert_same_mail(home.mails(), &small);
    assert_eq!(mailbox.left(), 1);
    fetch().run().exits(0);
    assert_same_mail(home.mails(), &mails);

    let mails = ordinary(100, 79);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let fetch = || self::fetch(&home, &mailbox, &["--to", &to_maildir(&home), "--delete"]);
    for files in [16, 12, 9] {
        let run = fetch().limited(&format!("-n {files}")).run();
        assert!(matches!(run.code(), 0 | 71..=75 | 78 | 80), "{files}: exit {}\n{}", run.code(), run.both());
        assert!(home.mails().len() + mailbox.left() >= mails.len(), "lost\n{}", run.both());
    }
    fetch().run().exits(0);
    assert_same_mail(home.mails(), &mails);
    assert_eq!(mailbox.left(), 0);
}

#[test]
fn without_a_place_for_state_nothing_is_connected_to() {
    let mailbox = Mailbox::serve(&ordinary(2, 80), Manners::default());
    let home = Home::new();
    let target = to_maildir(&home);
    let run = || fetch(&home, &mailbox, &["--to", &target]);
    run().env("HOME", "").env("XDG_STATE_HOME", "").run().exits(78).says("state");
    run().env("HOME", "").env("XDG_STATE_HOME", "relative").run().exits(78);
    File::create(home.join("file")).unwrap();
    run().env("XDG_STATE_HOME", home.join("file")).run().exits(73);
    assert_eq!(mailbox.sessions(), 0);
}

#[test]
fn a_dry_run_makes_nothing_and_says_what_a_run_does() {
    let mails = ordinary(9, 81);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let before = fs::read_dir(home.path()).unwrap().count();
    let arguments = ["--to", &to_maildir(&home), "--keep-newest", "4", "--max-messages", "7"];
    let dry = fetch(&home, &mailbox, &[&arguments[..], &["--dry-run", "--json"]].concat()).run().exits(0);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), before, "something was made");
    assert_eq!((mailbox.retrieved(), mailbox.left()), (0, 9));
    let count = |run: &Finished, text: &str| run.stdout().matches(text).count();
    let planned = (count(&dry, "\"action\":\"fetch"), count(&dry, "\"fetch-and-delete\""));
    fetch(&home, &mailbox, &arguments).run().exits(0);
    assert_eq!((mailbox.retrieved(), 9 - mailbox.left()), planned, "{}", dry.both());
    assert_eq!(planned, (7, 5));
}

#[test]
fn the_received_header_is_one_and_the_mail_behind_it_is_untouched() {
    let mails = ordinary(3, 82);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    fetch(&home, &mailbox, &["--to", &to_maildir(&home), "--add-received", "--delete"]).run().exits(0);
    let rest = |mail: Vec<u8>| {
        let text = String::from_utf8(mail).unwrap();
        assert!(text.starts_with("Received: from 127.0.0.1\n\tby ") && text.matches("popfetch").count() == 1, "{text}");
        let end = text.find("\nReturn-Path").unwrap() + 1;
        text.as_bytes()[end..].to_vec()
    };
    assert_same_mail(home.mails().into_iter().map(rest).collect(), &mails);
    assert_eq!(mailbox.left(), 0);
}
