//! Mail that is passed on to another server: what it takes, refuses, loses and forgets to answer.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::servers::assert_same_mail;
use crate::servers::dovecot::{Dovecot, Store};
use crate::servers::mails::{Random, nasty, ordinary};
use crate::servers::popfetch;
use crate::support::command::{Call, Home, PASSWORD};
use crate::support::mailbox::{Mailbox, Manners};
use crate::support::pki::pki;
use crate::support::recorder::{CHUNKING, Message, Recorder, USUAL, Verdict};

const LOCKSTEP: &[&str] = &["8BITMIME", "ENHANCEDSTATUSCODES"];

fn fetch(home: &Home, mailbox: &Mailbox, target: &str, arguments: &[&str]) -> Call {
    let mut all = mailbox.arguments("user");
    all.extend(["--to", target].into_iter().chain(arguments.iter().copied()).map(String::from));
    all.extend(["--password-file".to_owned(), home.password_file().display().to_string()]);
    home.popfetch(all)
}

fn lmtp(recorder: &Recorder) -> String {
    format!("lmtp://ann@127.0.0.1:{}", recorder.port())
}

fn texts(messages: Vec<Message>) -> Vec<Vec<u8>> {
    messages.into_iter().map(|message| message.text).collect()
}

pub(super) fn crlf(mails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let crlf = |mail: &Vec<u8>| String::from_utf8(mail.clone()).unwrap().replace('\n', "\r\n").into_bytes();
    mails.iter().map(crlf).collect()
}

/// Says this to the end of the message in which this stands; the message is the one after so many were taken.
fn at_the_end_of(number: usize, verdict: Verdict) -> impl Fn(crate::support::recorder::Asked<'_>) -> Verdict {
    move |asked| match asked.taken == number && (asked.line == "." || asked.line.ends_with("LAST")) {
        true => verdict.clone(),
        false => Verdict::Usual,
    }
}

#[test]
fn everything_arrives_once_in_one_session_and_is_deleted_then() {
    let mails = ordinary(150, 200);
    for extensions in [CHUNKING, USUAL, LOCKSTEP] {
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let target = Recorder::serve(extensions);
        let home = Home::new();
        fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().silently();
        let messages = target.messages();
        assert_eq!(target.sessions().len(), 1);
        for message in &messages {
            assert_eq!((message.sender.as_str(), message.recipients.len()), ("", 1));
            assert_eq!(message.recipients[0].0, "ann");
        }
        assert_eq!(texts(messages), crlf(&mails), "in order, whole, unchanged");
        assert_eq!(mailbox.left(), 0);
        // Without mail the target is left alone.
        fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().silently();
        assert_eq!(target.sessions().len(), 1);
    }
}

#[test]
fn by_smtp_with_a_login_and_an_envelope_of_our_own() {
    let mails = ordinary(5, 201);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let target = Recorder::serve(CHUNKING);
    let home = Home::new();
    let secret = "canary-target-8h2";
    let password = home.write_secret("target-password", secret).display().to_string();
    let url = format!("smtp://t@127.0.0.1:{}", target.port());
    let own =
        ["--to-security", "plain", "--to-password-file", &password, "--rcpt", "a@x.example", "--rcpt", "b@y.example"];
    let run = |more: &[&str]| fetch(&home, &mailbox, &url, &[&own[..], more].concat()).run();
    run(&["--dry-run"]).exits(0);
    assert!(target.sessions().is_empty(), "a dry run connects to no target");
    run(&[]).exits(69).says("--to-cleartext-auth");
    assert_eq!(mailbox.retrieved(), 0);
    let more = ["--to-cleartext-auth", "--envelope-from", "me@x.example", "--add-received", "-vv", "--transcript", "t"];
    let finished = run(&more).exits(0);
    let transcript = fs::read_to_string(home.join("t")).unwrap();
    assert!(transcript.contains(" -> smtp: MAIL FROM:<me@x.example>"), "{transcript}");
    assert!(transcript.contains(" <- smtp: 220 recorder") && transcript.contains(" -> RETR 1"), "{transcript}");
    for said in [&transcript, &finished.both()] {
        assert!(!said.contains(secret), "{said}");
    }
    let messages = target.messages();
    for message in &messages {
        assert_eq!(message.sender, "me@x.example");
        let recipients: Vec<_> = message.recipients.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(recipients, ["a@x.example", "b@y.example"]);
        assert!(message.text.starts_with(b"Received: from 127.0.0.1\r\n\tby "), "{}", message.text.escape_ascii());
    }
    assert_eq!((messages.len(), mailbox.left()), (5, 5));
    run(&more[..3]).silently();
}

#[test]
fn a_message_that_is_refused_stays_and_rests_and_the_others_go_on() {
    for (reply, exit) in [("554 5.6.0 not this one", 65), ("451 4.3.0 not now", 75)] {
        let mails = ordinary(40, 202);
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let poison = memchr::memmem::find(&mails[7], b"\n\n").map(|end| mails[7][..end].to_vec()).unwrap();
        let poison = crlf(&[poison]).remove(0);
        let size = crlf(&mails[7..8])[0].len();
        let target = Recorder::judging(CHUNKING, move |asked| match asked.line == format!("BDAT {size} LAST") {
            true => Verdict::Say(reply.into()),
            false => Verdict::Usual,
        });
        let same_size = crlf(&mails).iter().filter(|mail| mail.len() == size).count();
        let home = Home::new();
        let run = || fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run();
        run().exits(80).says(&reply[4..]).says(&format!("(exit {exit})"));
        assert_eq!(mailbox.left(), same_size);
        for _ in 0..3 {
            run().exits(exit).says("lmtp://ann@127.0.0.1");
        }
        // It is told of no more often than any other mail that fails, and never lost.
        let asked = mailbox.retrieved();
        run().exits(0);
        assert_eq!((mailbox.retrieved(), mailbox.left()), (asked, same_size));
        let taken = texts(target.messages());
        assert_eq!(taken.len(), mails.len() - same_size);
        assert!(taken.iter().all(|text| !text.starts_with(&poison)));
    }
}

#[test]
fn a_target_that_takes_nobody_or_nothing_ends_the_run_and_no_message_is_to_blame() {
    for (verb, reply, exit, says) in [
        ("RCPT", "550 5.1.1 no such user", 65, "--rcpt"),
        ("RCPT", "450 4.2.0 greylisted", 75, "greylisted"),
        ("MAIL", "550 5.1.0 no senders like you", 65, "--envelope-from"),
        ("MAIL", "421 4.3.2 shutting down", 75, "shutting down"),
        ("LHLO", "421 4.3.2 shutting down", 75, "shutting down"),
    ] {
        let manners = Manners { pause: Duration::from_millis(1), ..Manners::default() };
        let mailbox = Mailbox::serve(&ordinary(300, 203), manners);
        let target = Recorder::judging(CHUNKING, move |asked| match asked.line.starts_with(verb) {
            true => Verdict::Say(reply.into()),
            false => Verdict::Usual,
        });
        let home = Home::new();
        for _ in 0..5 {
            let run = fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().exits(exit).says(says);
            assert_eq!(run.stderr().matches("popfetch: ").count(), 1, "told once\n{}", run.both());
            run.says("lmtp://ann@127.0.0.1");
        }
        assert!(mailbox.retrieved() < 5 * 200, "{verb} {reply}: {} were fetched in vain", mailbox.retrieved());
        assert_eq!((mailbox.left(), target.taken()), (300, 0));
        // None of them rests.
        let good = Recorder::serve(CHUNKING);
        fetch(&home, &mailbox, &lmtp(&good), &["--delete"]).run().exits(0);
        assert_eq!((good.messages().len(), mailbox.left()), (300, 0));
    }
}

#[test]
fn nothing_is_fetched_for_a_target_that_is_not_there() {
    let mailbox = Mailbox::serve(&ordinary(3, 204), Manners::default());
    let home = Home::new();
    let target = "lmtp://ann@127.0.0.1:1";
    let run = fetch(&home, &mailbox, target, &["--delete", "--json"]).run().exits(75).says(target);
    assert!(run.stdout().contains("\"kind\":\"connect\""), "{}", run.both());
    assert_eq!((mailbox.retrieved(), mailbox.left()), (0, 3));
}

#[test]
fn an_outcome_in_doubt_is_told_and_the_message_sent_again() {
    for extensions in [CHUNKING, USUAL, LOCKSTEP] {
        let mails = ordinary(20, 205);
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let target = Recorder::judging(extensions, at_the_end_of(4, Verdict::Lose));
        let home = Home::new();
        let run = || fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run();
        let first = run().exits(81).says("may have been delivered");
        let doubtful = first.stderr().matches("may have been delivered").count();
        assert!(mailbox.left() >= doubtful && doubtful >= 1, "{}", first.both());
        run().exits(0);
        assert_eq!(mailbox.left(), 0);
        let mut taken = texts(target.messages());
        taken.sort();
        let all = taken.len();
        taken.dedup();
        assert_same_mail(taken, &crlf(&mails));
        assert!((1..=doubtful).contains(&(all - mails.len())), "{all} for {} with {doubtful} in doubt", mails.len());
    }
}

#[test]
fn a_target_that_hangs_up_in_between_is_connected_to_again() {
    let mails = ordinary(60, 206);
    for (extensions, verdict) in [
        (LOCKSTEP, Verdict::Close),
        (CHUNKING, Verdict::Say("421 4.7.0 enough".into())),
        (USUAL, Verdict::Say("421 x".into())),
    ] {
        let mailbox = Mailbox::serve(&mails, Manners::default());
        let target = Recorder::judging(extensions, move |asked| {
            // Five for each session.
            match asked.line.starts_with("MAIL") && asked.taken >= 5 * (asked.session + 1) {
                true => verdict.clone(),
                false => Verdict::Usual,
            }
        });
        let home = Home::new();
        fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().silently();
        assert_eq!(texts(target.messages()), crlf(&mails));
        assert_eq!((mailbox.left(), target.sessions().len()), (0, 12));
    }
}

#[test]
fn a_message_over_which_the_target_breaks_keeps_no_other_back() {
    let mut mails = ordinary(30, 216);
    for place in [0, 9] {
        mails[place].extend(b"the one of this size\n".repeat(40));
        let size = crlf(&mails[place..=place])[0].len();
        for extensions in [&["8BITMIME", "SIZE 0"][..], &["PIPELINING", "8BITMIME", "SIZE 0"]] {
            let mailbox = Mailbox::serve(&mails, Manners::default());
            let target =
                Recorder::judging(extensions, move |asked| match asked.line.ends_with(&format!("SIZE={size}")) {
                    true => Verdict::Close,
                    false => Verdict::Usual,
                });
            let home = Home::new();
            let run = || fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run();
            run().exits(80).says("connection closed");
            assert_eq!((mailbox.left(), target.taken()), (1, mails.len() - 1));
            for _ in 0..3 {
                run().exits(75);
            }
            run().silently();
            assert_eq!((mailbox.left(), target.messages().len()), (1, mails.len() - 1));
        }
    }
}

#[test]
fn every_recipient_has_to_say_yes() {
    let mails = ordinary(3, 207);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let target = Recorder::judging(CHUNKING, |asked| match asked.recipient {
        Some("bob") if asked.taken == 1 => Verdict::Say("452 4.2.2 over quota".into()),
        _ => Verdict::Usual,
    });
    let home = Home::new();
    let run = || fetch(&home, &mailbox, &lmtp(&target), &["--delete", "--rcpt", "ann", "--rcpt", "bob"]).run();
    run().exits(80).says("over quota");
    assert_eq!(mailbox.left(), 1);
    run().exits(0);
    let messages = target.messages();
    let of =
        |who: &str| messages.iter().filter(|message| message.recipients.iter().any(|(path, _)| path == who)).count();
    assert_eq!((of("ann"), of("bob"), mailbox.left()), (4, 3, 0));

    // One that is refused beforehand keeps the others from getting it twice.
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let target = Recorder::judging(USUAL, |asked| match asked.line {
        "RCPT TO:<bob>" => Verdict::Say("550 5.1.1 no".into()),
        _ => Verdict::Usual,
    });
    let home = Home::new();
    fetch(&home, &mailbox, &lmtp(&target), &["--delete", "--rcpt", "ann", "--rcpt", "bob"]).run().exits(65);
    assert_eq!((target.taken(), mailbox.left()), (0, 3));
}

#[test]
fn stray_line_ends_can_end_no_message_and_odd_octets_go_as_they_came() {
    let smuggler = |end: &str| {
        format!(
            "Subject: a\r\n\r\nhello{end}MAIL FROM:<evil@x>\r\nRCPT TO:<victim@x>\r\nDATA\r\nSubject: b\r\n\r\nb\r\n"
        )
        .into_bytes()
    };
    let mails: Vec<Vec<u8>> =
        ["\n..\n", "\n..\r\n", "\r\n..\n", "\r..\r", "\r..\r\n", "\r\n..\r", "\r\r\n..\r\r\n"].map(smuggler).into();
    let odd = [
        format!("Subject: caf\u{e9}\r\nX: \0\r\n\r\n{}\r\n", "x".repeat(20_000)).into_bytes(),
        b"\r\n".to_vec(),
        b"no header at all\r\n".to_vec(),
    ];
    for extensions in [CHUNKING, USUAL] {
        let all = [&mails[..], &odd].concat();
        let mailbox = Mailbox::serve(&all, Manners::default());
        let target = Recorder::serve(extensions);
        let home = Home::new();
        fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().silently();
        let sessions = target.sessions();
        let messages: Vec<_> = sessions.iter().flat_map(|session| session.messages.clone()).collect();
        assert_eq!((messages.len(), mailbox.left()), (all.len(), 0));
        assert!(messages.iter().all(|message| message.recipients.len() == 1 && message.recipients[0].0 == "ann"));
        for message in &messages {
            let rest = String::from_utf8(message.text.clone()).unwrap().replace("\r\n", "");
            assert!(!rest.contains(['\r', '\n']), "{rest:?}");
        }
        assert_eq!(texts(messages)[mails.len()..], odd, "what no stray CR or LF is in goes as it came");
        let commands: Vec<_> =
            sessions[0].lines.iter().filter(|line| line.contains("evil") || line.contains("victim")).collect();
        assert!(commands.is_empty(), "{commands:?}");
    }
}

#[test]
fn what_the_target_cannot_take_is_that_message_s_failure() {
    let mut mails = ordinary(10, 208);
    mails[4] = "Subject: a\n\ncaf\u{e9}\n".as_bytes().to_vec();
    mails[6].extend(b"too much\n".repeat(3_000));
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let target = Recorder::serve(&["PIPELINING", "SIZE 20000"]);
    let home = Home::new();
    fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().exits(80).says("8BITMIME").says("20,000");
    assert_eq!((target.messages().len(), mailbox.left()), (8, 2));
}

#[test]
fn an_account_of_the_configuration_and_two_sources_at_once() {
    let (first, second) = (ordinary(80, 209), ordinary(80, 210));
    let boxes = [Mailbox::serve(&first, Manners::default()), Mailbox::serve(&second, Manners::default())];
    let target = Recorder::serve(CHUNKING);
    let home = Home::new();
    let password = home.password_file().display().to_string();
    let mut config =
        format!("[accounts.out]\nsmtp = \"lmtp://127.0.0.1:{}\"\naddress = \"ann@x.example\"\n", target.port());
    for (user, mailbox) in ["one", "two"].iter().zip(&boxes) {
        config += &format!(
            "[accounts.{user}]\npop3 = \"pop3://{user}@127.0.0.1:{}\"\nsecurity = \"plain\"\ncleartext-auth = true\n\
             password-file = \"{password}\"\n[accounts.{user}.popfetch]\nto = \"account:out\"\ndelete = true\n",
            mailbox.port()
        );
    }
    home.write_secret("config/mailwire/config.toml", &config);
    home.popfetch(["fetch", "--jobs", "2"]).run().silently();
    let messages = target.messages();
    assert!(messages.iter().all(|message| message.recipients[0].0 == "ann@x.example"));
    assert_same_mail(texts(messages), &crlf(&[first, second].concat()));
    assert_eq!(boxes.iter().map(Mailbox::left).sum::<usize>(), 0);
}

#[test]
fn a_signal_leaves_nothing_in_doubt() {
    let mails = ordinary(200, 211);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let target = Recorder::judging(CHUNKING, |asked| {
        if asked.line.ends_with("LAST") {
            thread::sleep(Duration::from_millis(15));
        }
        Verdict::Usual
    });
    let home = Home::new();
    let run = fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).start();
    while target.taken() < 5 {
        thread::sleep(Duration::from_millis(5));
    }
    let start = Instant::now();
    run.signal(Signal::TERM);
    run.wait().exits(143);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(mailbox.left(), mails.len(), "a signal has deleted something");
    let before = target.messages().len();
    assert!(before < mails.len(), "all was sent");
    let run = fetch(&home, &mailbox, &lmtp(&target), &["--delete"]).run().exits(0);
    assert!(!run.stderr().contains("twice"), "{}", run.both());
    assert_eq!(mailbox.left(), 0);
    assert_same_mail(texts(target.messages()), &crlf(&mails));
}

#[test]
fn a_killed_run_loses_nothing_and_doubles_only_what_it_names() {
    let mails = ordinary(300, 212);
    let mut random = Random::new(213);
    for extensions in [CHUNKING, USUAL, LOCKSTEP] {
        let mailbox = Mailbox::serve(&mails, Manners { pause: Duration::from_micros(300), ..Manners::default() });
        let target = Recorder::serve(extensions);
        let home = Home::new();
        let fetch = || fetch(&home, &mailbox, &lmtp(&target), &["--delete"]);
        let (mut named, mut killed) = (0, 0);
        for _ in 0..5 {
            let run = fetch().start();
            thread::sleep(Duration::from_millis(30 + random.below(250)));
            let run = run.kill();
            killed += usize::from(run.code() == -9);
            named += run.stderr().matches("may be there twice").count();
            assert!(matches!(run.code(), -9 | 0), "{}", run.both());
        }
        let run = fetch().run().exits(0);
        named += run.stderr().matches("may be there twice").count();
        assert_eq!(mailbox.left(), 0);
        let mut taken = texts(target.messages());
        taken.sort();
        let all = taken.len();
        taken.dedup();
        assert_same_mail(taken, &crlf(&mails));
        eprintln!("{killed} kills: {} twice, {named} named", all - mails.len());
        assert!(all - mails.len() <= named, "{} twice, {named} named", all - mails.len());
        fetch().run().silently();
    }
}

#[test]
fn from_one_dovecot_to_another() {
    let (Some(source), Some(target)) = (Dovecot::start(Store::Maildir), Dovecot::start(Store::Maildir)) else { return };
    let mails = [nasty(), ordinary(120, 214)].concat();
    source.fill("user", &mails);
    let home = Home::new();
    let to = target.lmtp_url();
    let url = source.url("user");
    let fetch = || popfetch(&home, &["fetch", &url, "--delete", "--to", &to, "--rcpt", "reader@example.org"]);
    let mut random = Random::new(215);
    let mut named = 0;
    for _ in 0..3 {
        let run = fetch().start();
        thread::sleep(Duration::from_millis(20 + random.below(150)));
        let run = run.kill();
        named += run.stderr().matches("may be there twice").count();
    }
    let run = fetch().run();
    assert_eq!(run.code(), 0, "{}\n{}", run.both(), target.log());
    named += run.stderr().matches("may be there twice").count();
    assert_eq!(source.count("user"), 0);
    // Dovecot puts trace fields in front; what was fetched is behind them.
    let got = target.mails("reader");
    let copies = |mail: &[u8]| got.iter().filter(|found| found.ends_with(mail)).count();
    let stored =
        |mail: &Vec<u8>| mail.iter().map(|&octet| if octet == b'\r' { b' ' } else { octet }).collect::<Vec<_>>();
    let counts: Vec<_> = mails.iter().map(|mail| copies(&stored(mail))).collect();
    let lost: Vec<_> = mails
        .iter()
        .zip(&counts)
        .filter(|(_, count)| **count == 0)
        .map(|(mail, _)| mail.escape_ascii().to_string())
        .collect();
    assert!(lost.is_empty(), "lost {lost:?}\n{}", target.log());
    assert!(got.len() - mails.len() <= named, "{} for {}, {named} named", got.len(), mails.len());
    fetch().run().silently();
}

#[test]
fn into_submission_by_either_kind_of_tls_with_its_own_ca_and_password() {
    let end = Recorder::serve(USUAL);
    let Some(dovecot) = Dovecot::start_relaying(end.port()) else { return };
    let mails = ordinary(12, 217);
    let mailbox = Mailbox::serve(&mails, Manners::default());
    let home = Home::new();
    let ca = pki().ca_file().display().to_string();
    // The source's is another.
    let password = home.write_secret("target-password", PASSWORD).display().to_string();
    home.write_secret("password", "source-password-77");
    let run = |url: &str, more: &[&str]| {
        let own = ["--rcpt", "reader@example.org", "--to-password-file", &password, "--transcript", "t"];
        fetch(&home, &mailbox, url, &[&own[..], more].concat()).run()
    };
    let tls = format!("smtps://user@localhost:{}", dovecot.submissions);
    run(&tls, &["--no-verify"]).exits(69).says("--to-ca-file");
    assert_eq!(mailbox.retrieved(), 0, "the source's --no-verify is no target's");
    run(&tls, &["--to-ca-file", &ca, "--max-messages", "5"]).exits(0);
    let starttls = format!("smtp://user@localhost:{}", dovecot.submission);
    let last = run(&starttls, &["--to-ca-file", &ca, "-v"]).exits(0);
    let transcript = fs::read_to_string(home.join("t")).unwrap();
    assert!(transcript.contains(" ~> smtp: ") && transcript.contains(" -> smtp: STARTTLS"), "{transcript}");
    for said in [transcript, last.both()] {
        assert!(!said.contains(PASSWORD) && !said.contains("source-password-77"), "{said}");
    }
    // Dovecot puts a trace field in front.
    let got: Vec<_> = end.sessions().into_iter().flat_map(|session| session.messages).collect();
    let wanted = crlf(&mails);
    assert_eq!(got.len(), wanted.len());
    assert!(got.iter().zip(&wanted).all(|(got, wanted)| got.text.ends_with(wanted)));
    let home = Home::new();
    let wrong = home.write_secret("wrong", "wrong").display().to_string();
    let more = ordinary(1, 218);
    let mailbox = Mailbox::serve(&more, Manners::default());
    let target = ["--rcpt", "reader@example.org", "--to-password-file", &wrong, "--to-ca-file", &ca];
    fetch(&home, &mailbox, &tls, &target).run().exits(77).says("--to-user");
    assert_eq!((mailbox.retrieved(), mailbox.left()), (0, 1));
}
