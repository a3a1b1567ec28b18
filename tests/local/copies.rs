//! `smtpsend --save` into a folder of an IMAP server: what was accepted is kept there, and never sent again for what goes wrong
//! with that.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::bulk;
use crate::support::command::{Call, Home, Program, USER};
use crate::support::imap_server::{Act, Fault, ImapServer};
use crate::support::pki::pki;
use crate::support::recorder::{Recorder, USUAL, Verdict};
use crate::support::spool::Spool;

const MESSAGE: &[u8] = b"From: a@b.example\nTo: c@d.example\nSubject: caf\xc3\xa9\n\n.\ntext\n";

/// What reaches the server of the copies.
fn own(home: &Home) -> Vec<String> {
    let (ca, password) = (pki().ca_file().display().to_string(), home.password_file().display().to_string());
    ["--save-ca-file".into(), ca, "--save-password-file".into(), password].into()
}

/// `smtpsend --save … ARGUMENTS` to a server.
fn send(home: &Home, server: &Recorder, save: &str, arguments: &[&str]) -> Call {
    let mut all = server.arguments();
    all.extend(own(home));
    all.extend(["--save", save].into_iter().chain(arguments.iter().copied()).map(str::to_owned));
    home.program(Program::Smtpsend, all).stdin(MESSAGE)
}

/// The messages of a folder, in order, all of which are marked as read.
fn kept(server: &ImapServer, folder: &str) -> Vec<Vec<u8>> {
    let store = server.mail().store();
    let letters = &store.folders[folder].letters;
    assert!(letters.iter().all(|letter| letter.flags.iter().map(ToString::to_string).eq(["\\Seen"])));
    letters.iter().map(|letter| letter.octets.to_vec()).collect()
}

fn answer(server: &ImapServer, text: &str) {
    server.manners().plan(Fault { command: "APPEND", act: Act::Answer(text.into()) });
}

#[test]
fn what_was_sent_is_in_the_folder_octet_for_octet() {
    for names in [&["SPECIAL-USE", "LITERAL+", "UIDPLUS"][..], &[]] {
        let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(names));
        server.mail().store().create("Lists/Rüst", None);
        let url = server.url(USER);
        send(&home, &recorder, &url, &["c@d.example"]).run().silently();
        send(&home, &recorder, &format!("{url}/@archive"), &["c@d.example"]).run().silently();
        send(&home, &recorder, &format!("{url}/Lists/R%C3%BCst"), &["c@d.example"]).run().silently();
        let sent: Vec<_> = recorder.messages().into_iter().map(|message| message.text).collect();
        assert_eq!(sent.len(), 3);
        for (folder, sent) in ["Sent", "Archive", "Lists/Rüst"].into_iter().zip(sent) {
            assert_eq!(kept(&server, folder), [sent], "{folder}");
        }
        assert_eq!(server.sessions(), 3);
        // Nothing is kept of what nobody took, nor of what is only shown.
        let refusing = Recorder::judging(USUAL, |asked| match asked.line.starts_with("RCPT") {
            true => Verdict::Say("550 5.1.1 no".into()),
            false => Verdict::Usual,
        });
        send(&home, &refusing, &url, &["c@d.example"]).run().exits(67);
        send(&home, &recorder, &url, &["--dry-run", "c@d.example"]).run().exits(0);
        assert_eq!(kept(&server, "Sent").len(), 1);
    }
}

#[test]
fn an_account_of_the_configuration_has_its_own_settings() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&["SPECIAL-USE"]));
    let arguments = recorder.arguments();
    let config = format!(
        "[accounts.work]\nsmtp = {:?}\nimap = {:?}\npassword-file = {:?}\nca-file = {:?}\n\
         [accounts.work.smtpsend]\nauth = \"none\"\nsecurity = \"plain\"\nsave = \"account:work\"\n",
        arguments[1],
        server.starttls_url(USER),
        home.password_file(),
        pki().ca_file(),
    );
    home.write_secret("config/mailwire/config.toml", &config);
    let send = |more: &[&str]| {
        let all = ["-f", "a@b.example", "c@d.example"].iter().chain(more);
        home.program(Program::Smtpsend, all).stdin(MESSAGE)
    };
    send(&["--transcript", "t"]).run().silently();
    let transcript = fs::read_to_string(home.join("t")).unwrap();
    assert!(transcript.contains(" imap: ") && transcript.contains("APPEND Sent (\\Seen)"), "{transcript}");
    send(&["--save", "account:work/@drafts"]).run().silently();
    // As sendmail too, and from the queue.
    home.program(Program::Sendmail, ["-f", "a@b.example", "c@d.example"]).stdin(MESSAGE).run().silently();
    send(&["--queue"]).run().exits(0);
    assert_eq!((kept(&server, "Sent").len(), kept(&server, "Drafts").len()), (2, 1));
    home.program(Program::Smtpsend, ["--queue-run"]).run().silently();
    assert_eq!((kept(&server, "Sent").len(), recorder.taken()), (3, 4));
    send(&["--save", "account:other"]).run().exits(78).says("other");
    // A mistake in the file that has nothing to do with looking at a server does not keep anybody from that.
    home.write_secret("config/mailwire/config.toml", &config.replace("account:work", "account:other"));
    send(&[]).run().exits(78).says("other");
    home.program(Program::Smtpsend, ["--queue-list"]).run().exits(0);
    assert_eq!(recorder.taken(), 4);
}

#[test]
fn what_cannot_be_kept_is_told_before_anything_is_sent() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&["SPECIAL-USE"]));
    let (url, spool) = (server.url(USER), Spool::of(&home));
    let send = |save: &str, more: &[&str]| send(&home, &recorder, save, &[more, &["c@d.example"]].concat());
    send(&format!("{url}/Nowhere"), &[]).run().exits(66).says("imapctl folder create");
    send(&format!("{url}/@important"), &[]).run().exits(69).says("@important");
    send("imaps://user@127.0.0.1:1", &[]).run().exits(75).says("127.0.0.1:1");
    let wrong = home.write_secret("wrong", "wrong").display().to_string();
    let mut all = recorder.arguments();
    let more = ["--save", &url, "--save-password-file", &wrong, "--save-ca-file", "CA", "c@d.example"];
    all.extend(more.map(String::from));
    let ca = pki().ca_file().display().to_string();
    all.iter_mut().filter(|word| *word == "CA").for_each(|word| word.clone_from(&ca));
    home.program(Program::Smtpsend, &all).stdin(MESSAGE).run().exits(77).says("--save-user");
    for (save, more, says) in [
        ("imaps://127.0.0.1:1", &[][..], "--save-user"),
        ("imaps://ann:secret@h", &[], "password"),
        ("imaps://ann@h/@snet", &[], "@sent"),
        ("smtp://h", &[], "folder"),
        ("maildir:m", &[], "--save-"),
        ("account:nobody", &[], "nobody"),
        (&*url, &["--probe"], "--save"),
    ] {
        let run = send(save, more).run();
        assert!(matches!(run.code(), 64 | 78), "{save} {}", run.both());
        run.says(says);
    }
    assert!(recorder.sessions().is_empty());
    // Where mail is queued on a failure, this is one: somebody will set it right.
    send(&format!("{url}/Later"), &["--queue=on-failure"]).run().exits(0).says("imapctl folder create");
    assert_eq!(spool.waiting().len(), 1);
    home.program(Program::Smtpsend, ["--queue-run"]).run().exits(66).says("imapctl folder create");
    server.mail().store().create("Later", None);
    home.program(Program::Smtpsend, ["--queue-run"]).run().silently();
    assert_eq!((kept(&server, "Later").len(), recorder.taken(), spool.waiting().len()), (1, 1, 0));
}

#[test]
fn a_copy_that_fails_makes_nobody_send_again() {
    let plans: [(Act, &str, bool); 7] = [
        (Act::Answer("NO [OVERQUOTA] full".into()), "no copy of it could be kept", false),
        (Act::Answer("NO [UNAVAILABLE] later".into()), "no copy of it could be kept", false),
        (Act::Answer("NO [TOOBIG] no".into()), "no copy of it could be kept", false),
        (Act::Answer("BAD what?".into()), "no copy of it could be kept", false),
        (Act::Close, "not known", false),
        (Act::Cut(0), "not known", true),
        (Act::Instead(b"* BYE \x1b[2J\r\n".to_vec()), "not known", false),
    ];
    for (act, says, arrived) in plans {
        let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&["LITERAL+"]));
        let (url, spool) = (server.url(USER), Spool::of(&home));
        let told = format!("{act:?}");
        server.manners().plan(Fault { command: "APPEND", act });
        let run = send(&home, &recorder, &url, &["--queue=on-failure", "--json", "c@d.example"]).run();
        let run = run.exits(80).says("the message was sent").says(says);
        assert!(!run.both().contains('\u{1b}') && !run.both().contains("sent again"), "{told}\n{}", run.both());
        let lines: Vec<serde_json::Value> =
            run.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let message = lines.iter().find(|line| line["type"] == "message").unwrap();
        assert_eq!((&message["accepted"], &lines.last().unwrap()["exit"]), (&1.into(), &80.into()), "{}", run.both());
        assert_eq!((recorder.taken(), spool.waiting().len()), (1, 0), "{told}");
        assert_eq!(kept(&server, "Sent").len(), usize::from(arrived), "{told}");
    }
}

#[test]
fn a_queue_runs_on_whatever_becomes_of_its_copies() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&[]));
    let (url, spool) = (server.url(USER), Spool::of(&home));
    for _ in 0..3 {
        send(&home, &recorder, &url, &["--queue", "c@d.example"]).run().exits(0);
    }
    let (header, _) = spool.mail(&spool.waiting()[0]);
    assert!(header.contains("typed: --save=imaps://") || header.contains("--save=imaps://"), "{header}");
    answer(&server, "NO [TOOBIG] not this one");
    home.program(Program::Smtpsend, ["--queue-run"]).run().exits(80).says("no copy of it could be kept");
    assert_eq!((recorder.taken(), kept(&server, "Sent").len(), spool.waiting().len()), (3, 2, 0));
    assert_eq!(server.sessions(), 1, "one session for all of them");
    home.program(Program::Smtpsend, ["--queue-run"]).run().silently();
    assert_eq!(recorder.taken(), 3);
}

#[test]
fn a_batch_keeps_its_copies_over_one_session_and_sends_nothing_twice() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&["LITERAL-"]));
    let url = server.url(USER);
    let folder = bulk::folder(&home, 25).display().to_string();
    let batch = ["--batch", &folder, "--results", "results", "--jobs", "3"];
    answer(&server, "NO [TOOBIG] not this one");
    // The question whether it is still there, ahead of some copy.
    server.manners().plan(Fault { command: "NOOP", act: Act::Close });
    send(&home, &recorder, &url, &batch).run().exits(80).says("no copy of it could be kept");
    assert_eq!((recorder.taken(), kept(&server, "Sent").len(), server.sessions()), (25, 24, 2));
    let mut sent: Vec<_> = recorder.messages().into_iter().map(|message| message.text).collect();
    sent.sort();
    for copy in kept(&server, "Sent") {
        assert!(sent.binary_search(&copy).is_ok(), "{}", copy.escape_ascii());
    }
    send(&home, &recorder, &url, &batch).run().exits(0);
    assert_eq!((recorder.taken(), kept(&server, "Sent").len()), (25, 24));
}

#[test]
fn a_server_that_goes_away_in_the_middle_keeps_no_mail_back() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&[]));
    let url = server.url(USER);
    let folder = bulk::folder(&home, 40).display().to_string();
    for _ in 0..5 {
        answer(&server, "NO [UNAVAILABLE] later");
    }
    let run = send(&home, &recorder, &url, &["--batch", &folder]).run().exits(80);
    assert_eq!(run.stderr().matches("no copy of it could be kept").count(), 40, "{}", run.both());
    let appends = server.manners().heard().iter().filter(|line| line.starts_with("APPEND")).count();
    assert_eq!((recorder.taken(), appends), (40, 1), "it is not asked again for each of them");
}

#[test]
fn a_run_that_is_killed_over_a_copy_is_not_repeated_by_the_results() {
    let (home, recorder, server) = (Home::new(), Recorder::serve(USUAL), ImapServer::offering(&[]));
    let url = server.url(USER);
    let folder = bulk::folder(&home, 1).display().to_string();
    server.manners().plan(Fault { command: "APPEND", act: Act::Pause(Duration::from_secs(20)) });
    let batch = ["--batch", &folder, "--results", "results"];
    let run = send(&home, &recorder, &url, &batch).start();
    while recorder.taken() == 0 || !server.manners().heard().iter().any(|line| line.starts_with("APPEND")) {
        thread::sleep(Duration::from_millis(5));
    }
    run.kill();
    let again = send(&home, &recorder, &url, &batch).run();
    assert_eq!(recorder.taken(), 1, "{}", again.both());
}
