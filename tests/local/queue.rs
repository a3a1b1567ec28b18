//! The queue, from outside: what goes in, what comes out, and what is told.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Signal, geteuid};

use super::Mounted;
use crate::support::command::{Call, Home, Program, all_files};
use crate::support::recorder::{Asked, CHUNKING, Recorder, USUAL, Verdict};
use crate::support::spool::Spool;

const MESSAGE: &[u8] = b"From: a@b.example\nSubject: hello\n\ntext \xe4\n.\n";

/// `smtpsend --from … ARGUMENTS c@d.example` to a server.
fn send(home: &Home, server: &Recorder, arguments: &[&str]) -> Call {
    let mut all = server.arguments();
    all.extend(["-f", "a@b.example"].map(str::to_owned));
    all.extend(arguments.iter().map(ToString::to_string));
    if !arguments.iter().any(|argument| argument.contains("@d.example")) {
        all.push("c@d.example".into());
    }
    home.program(Program::Smtpsend, all).stdin(MESSAGE)
}

fn run(home: &Home, arguments: &[&str]) -> Call {
    home.program(Program::Smtpsend, ["--queue-run"].iter().chain(arguments))
}

/// Refuses for now as long as it is closed.
fn door() -> (Recorder, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let judge = Arc::clone(&open);
    let server = Recorder::judging(USUAL, move |asked: Asked<'_>| {
        match asked.line.starts_with("RCPT") && !judge.load(Ordering::SeqCst) {
            true => Verdict::Say("450 4.2.0 later".into()),
            false => Verdict::Usual,
        }
    });
    (server, open)
}

#[test]
fn what_is_queued_is_sent_later_octet_for_octet() {
    let home = Home::new();
    let spool = Spool::of(&home);
    let server = Recorder::serve(USUAL);
    let run_ = send(&home, &server, &["--queue", "--json", "--notify", "never", "--envid", "x=1"]).run().exits(0);
    let lines: Vec<serde_json::Value> = run_.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = spool.waiting();
    assert_eq!((lines[0]["type"].as_str(), lines[0]["id"].as_str()), (Some("queued"), Some(&*ids[0])));
    assert_eq!((ids.len(), server.taken()), (1, 0));
    let (header, kept) = spool.mail(&ids[0]);
    assert!(header.contains("option: envid=x=1\n") && header.contains("option: notify=NEVER\n"), "{header}");
    run(&home, &[]).run().silently();
    let [message] = &server.messages()[..] else { panic!() };
    assert_eq!((&message.text, message.sender.as_str()), (&kept, "a@b.example"));
    assert!(spool.waiting().is_empty() && all_files(&spool.0).is_empty(), "{:?}", all_files(&spool.0));
    // And there is nothing left to do.
    run(&home, &[]).run().silently();
}

#[test]
fn what_fails_just_now_is_queued_and_the_rest_is_told() {
    let home = Home::new();
    let spool = Spool::of(&home);
    let server = Recorder::judging(USUAL, |asked: Asked<'_>| match asked.line {
        line if line.contains("later@") && asked.taken == 0 => Verdict::Say("450 4.2.0 later".into()),
        line if line.contains("no@") => Verdict::Say("550 5.1.1 nobody".into()),
        _ => Verdict::Usual,
    });
    let all = ["--queue=on-failure", "yes@d.example", "later@d.example", "no@d.example"];
    send(&home, &server, &all).run().exits(80).says("<no@d.example> refused at RCPT: 550 5.1.1 nobody");
    let ids = spool.waiting();
    let (header, _) = spool.mail(&ids[0]);
    assert!(header.contains("recipient: later@d.example\n") && !header.contains("recipient: yes"), "{header}");
    run(&home, &[]).run().silently();
    let to: Vec<String> = server.messages().iter().map(|message| message.recipients[0].0.clone()).collect();
    assert_eq!(to, ["yes@d.example", "later@d.example"]);
    let messages = server.messages();
    assert_eq!(messages[0].text, messages[1].text, "the same message with the same Message-ID");
}

#[test]
fn what_waits_is_silent_and_what_is_refused_fails() {
    let (server, open) = door();
    let home = Home::new();
    let spool = Spool::of(&home);
    // Without --queue nothing is queued; as sendmail it is by itself.
    send(&home, &server, &[]).run().exits(75);
    assert!(spool.waiting().is_empty());
    let arguments = server.arguments();
    let account = format!("smtp = {:?}\nsecurity = \"plain\"\n", arguments[1]);
    home.write_secret("config/mailwire/config.toml", &format!("[accounts.work]\n{account}"));
    home.program(Program::Sendmail, ["-i", "-f", "a@b.example", "c@d.example"]).stdin(MESSAGE).run().silently();
    let ids = spool.waiting();
    let (header, _) = spool.mail(&ids[0]);
    assert!(header.contains("account: work\n"), "{header}");
    for attempt in 1..=2 {
        run(&home, &[]).run().silently();
        assert!(spool.state(&ids[0]).contains(&format!("attempts: {attempt}\n")), "{}", spool.state(&ids[0]));
        // It is not due again at once.
        run(&home, &[]).run().silently();
        spool.make_due();
    }
    let list = home.program(Program::Mailq, [""; 0]).run().exits(0).stdout();
    assert!(list.contains(&ids[0]) && list.contains("to <c@d.example>") && list.contains("450 4.2.0 later"), "{list}");
    // The end of its life.
    spool.age();
    let over = run(&home, &[]).run().exits(80).says("given up after 5 days").says("failed/");
    assert_eq!(over.stderr().lines().count(), 1, "{}", over.both());
    assert_eq!((spool.waiting().len(), spool.failed()), (0, ids.clone()));
    let list = home.program(Program::Smtpsend, ["--queue-list", "--json"]).run().exits(0).stdout();
    assert!(list.contains("\"state\":\"failed\""), "{list}");
    home.program(Program::Smtpsend, ["--queue-remove", &ids[0]]).run().silently();
    home.program(Program::Smtpsend, ["--queue-remove", &ids[0]]).run().exits(66);
    home.program(Program::Smtpsend, ["--queue-remove", "../x"]).run().exits(64);
    assert!(all_files(&spool.0).is_empty());
    open.store(true, Ordering::SeqCst);
    run(&home, &[]).run().silently();
    assert_eq!(server.taken(), 0);
}

#[test]
fn a_refusal_for_good_moves_a_mail_to_failed() {
    let server = Recorder::judging(CHUNKING, |asked: Asked<'_>| match asked.line.starts_with("RCPT") {
        true if asked.line.contains("no@") => Verdict::Say("550 5.1.1 nobody".into()),
        _ => Verdict::Usual,
    });
    let home = Home::new();
    let spool = Spool::of(&home);
    send(&home, &server, &["--queue", "no@d.example"]).run().silently();
    send(&home, &server, &["--queue", "yes@d.example"]).run().silently();
    let ids = spool.waiting();
    let ended = run(&home, &[]).run().exits(80).says("550 5.1.1 nobody").says("failed/");
    assert_eq!(ended.stderr().lines().count(), 1, "{}", ended.both());
    assert_eq!((spool.waiting().len(), spool.failed()), (0, vec![ids[0].clone()]));
    assert_eq!(server.messages().len(), 1);
    assert_eq!(server.sessions().len(), 1, "both over one connection");
}

#[test]
fn a_peer_that_dies_behind_the_dot() {
    for hold in [false, true] {
        let server = Recorder::judging(USUAL, |asked: Asked<'_>| match asked.line {
            "." if asked.taken == 0 => Verdict::Lose,
            _ => Verdict::Usual,
        });
        let home = Home::new();
        let spool = Spool::of(&home);
        let how = if hold { "--on-unknown=hold" } else { "--on-unknown=retry" };
        send(&home, &server, &["--queue", how]).run().silently();
        if hold {
            run(&home, &[]).run().exits(81).says("is held");
            spool.make_due();
            run(&home, &[]).run().silently();
            assert_eq!((spool.waiting().len(), server.taken()), (1, 1));
            let list = home.program(Program::Mailq, [""; 0]).run().exits(0).stdout();
            assert!(list.contains("held"), "{list}");
            // Until somebody decides.
            run(&home, &["--on-unknown=retry"]).run().exits(0);
        } else {
            run(&home, &[]).run().exits(0).says("may have been delivered, and is sent again");
            assert_eq!(spool.waiting().len(), 1);
            spool.make_due();
            run(&home, &[]).run().silently();
        }
        assert_eq!((spool.waiting().len(), server.taken()), (0, 2), "{how}");
        let messages = server.messages();
        assert_eq!(messages[0].text, messages[1].text, "the same Message-ID");
    }
    // The same while it is sent first.
    let server = Recorder::judging(USUAL, |asked: Asked<'_>| match asked.line {
        "." => Verdict::Lose,
        _ => Verdict::Usual,
    });
    let home = Home::new();
    send(&home, &server, &["--queue=on-failure", "--on-unknown=hold"]).run().exits(0).says("held");
    run(&home, &[]).run().silently();
    assert_eq!(server.taken(), 1);
}

#[test]
fn two_runs_at_a_time_send_once() {
    let server = Recorder::judging(USUAL, |asked: Asked<'_>| {
        if asked.line.starts_with("MAIL") {
            std::thread::sleep(Duration::from_millis(5));
        }
        Verdict::Usual
    });
    let home = Home::new();
    for _ in 0..20 {
        send(&home, &server, &["--queue"]).run().silently();
    }
    let runs: Vec<_> = (0..3).map(|_| run(&home, &[]).start()).collect();
    for run in runs {
        run.wait().silently();
    }
    let mut texts: Vec<Vec<u8>> = server.messages().into_iter().map(|message| message.text).collect();
    assert_eq!(texts.len(), 20);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 20);
}

#[test]
fn a_run_that_is_told_to_end_finishes_what_it_has_in_hand() {
    let server = Recorder::judging(USUAL, |asked: Asked<'_>| {
        if asked.line == "." {
            std::thread::sleep(Duration::from_millis(300));
        }
        Verdict::Usual
    });
    let home = Home::new();
    let spool = Spool::of(&home);
    for _ in 0..40 {
        send(&home, &server, &["--queue", "--pipeline", "off"]).run().silently();
    }
    let running = run(&home, &[]).start();
    while server.taken() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    running.signal(Signal::TERM);
    running.wait().exits(143);
    let (taken, waiting) = (server.messages().len(), spool.waiting());
    assert!(taken < 40 && taken + waiting.len() == 40, "{taken} taken, {} left", waiting.len());
    for id in waiting {
        assert!(!spool.state(&id).contains("begun"), "{}", spool.state(&id));
    }
}

#[test]
fn one_account_that_is_down_stops_its_own_mail_only() {
    let server = Recorder::serve(USUAL);
    let home = Home::new();
    let spool = Spool::of(&home);
    let refused = Recorder::judging(USUAL, |asked: Asked<'_>| match asked.line.starts_with("MAIL") {
        true => Verdict::Say("530 5.7.0 log in first".into()),
        false => Verdict::Usual,
    });
    let down = {
        let gone = Recorder::serve(USUAL);
        gone.arguments()
    };
    let url = down[1].as_str();
    for _ in 0..3 {
        let all = ["-a", url, "--security", "plain", "--queue", "-f", "a@b.example", "c@d.example"];
        home.program(Program::Smtpsend, all).stdin(MESSAGE).run().silently();
        send(&home, &server, &["--queue"]).run().silently();
        send(&home, &refused, &["--queue"]).run().silently();
    }
    // What needs somebody is told, once.
    let ended = run(&home, &[]).run().exits(80).says("530 5.7.0 log in first");
    assert_eq!(ended.stderr().lines().count(), 1, "{}", ended.both());
    assert_eq!((server.taken(), spool.waiting().len(), spool.failed().len()), (3, 6, 0));
}

#[test]
fn cron_loses_nothing_without_an_account_or_with_a_broken_configuration() {
    let server = Recorder::serve(USUAL);
    let arguments = server.arguments();
    for config in [None, Some("smpt = \"x\"\n")] {
        let home = Home::new();
        let spool = Spool::of(&home);
        if let Some(config) = config {
            home.write_secret("config/mailwire/config.toml", config);
        }
        let cron = ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"];
        let mail = b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@h> true\n\noutput\n";
        home.program(Program::Sendmail, cron).stdin(mail).run().exits(0).says("waits in the queue");
        assert_eq!(spool.waiting().len(), 1);
        run(&home, &[]).run().exits(78);
        assert_eq!(spool.waiting().len(), 1);
        let account = format!("smtp = {:?}\nsecurity = \"plain\"\nqualify-domain = \"h.example\"\n", arguments[1]);
        home.write_secret("aliases", "root: ann@d.example, ben@d.example\n");
        let aliases = format!("aliases = {:?}\n", home.join("aliases"));
        home.write_secret("config/mailwire/config.toml", &format!("[accounts.work]\n{account}{aliases}"));
        run(&home, &[]).run().silently();
        let messages = server.messages();
        let message = messages.last().unwrap();
        let to: Vec<&str> = message.recipients.iter().map(|(address, _)| address.as_str()).collect();
        assert_eq!((message.sender.as_str(), to), ("root@h.example", vec!["ann@d.example", "ben@d.example"]));
        assert!(all_files(&spool.0).is_empty());
    }
    // What cannot be read is nobody's to queue.
    let home = Home::new();
    home.program(Program::Sendmail, ["-t"]).stdin(b"Subject: no recipients\n\nx\n").run().exits(64);
    assert!(all_files(&Spool::of(&home).0).is_empty());
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let (server, open) = door();
    let home = Home::new();
    let disk = home.join("disk");
    fs::create_dir(&disk).unwrap();
    let Some(_mounted) = Mounted::tmpfs(&disk) else {
        eprintln!("SKIPPED: no tmpfs may be mounted here, no disk was filled");
        return;
    };
    let dir = disk.join("queue");
    let dir = dir.to_str().unwrap();
    let mut big = MESSAGE.to_vec();
    big.extend(b"a line that fills the disk\n".repeat(40_000));
    let failed = send(&home, &server, &["--queue", "--queue-dir", dir]).stdin(&big).run();
    assert!(matches!(failed.code(), 73 | 74), "exit {}\n{}", failed.code(), failed.both());
    // What cannot be queued is told as what it was.
    send(&home, &server, &["--queue=on-failure", "--queue-dir", dir])
        .stdin(&big)
        .run()
        .exits(75)
        .says("could not be put into the queue");
    assert!(all_files(Path::new(dir)).is_empty(), "{:?}", all_files(Path::new(dir)));
    open.store(true, Ordering::SeqCst);
    send(&home, &server, &["--queue", "--queue-dir", dir]).run().silently();
    run(&home, &["--queue-dir", dir]).run().silently();
    assert_eq!(server.taken(), 1);
    // Too large a file.
    let limited = send(&home, &server, &["--queue"]).stdin(&big).limited("-f 100").run();
    assert!(matches!(limited.code(), 73 | 74), "exit {}\n{}", limited.code(), limited.both());
}

/// A user without a home, and root, who sends for those who may not read the configuration.
#[test]
fn root_runs_the_queues_of_all_users() {
    const WWW: u32 = 33;
    if !geteuid().is_root() {
        eprintln!("SKIPPED: only root can be several users");
        return;
    }
    let server = Recorder::serve(USUAL);
    let url = server.arguments()[1].clone();
    let home = Home::new();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let base = home.join("spool");
    fs::create_dir(&base).unwrap();
    fs::set_permissions(&base, fs::Permissions::from_mode(0o1733)).unwrap();
    let own = base.join(WWW.to_string());
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
    chown(&own, Some(WWW), Some(WWW)).unwrap();
    // Where the other user may run it.
    let program = home.join("smtpsend");
    fs::copy(Program::Smtpsend.path(), &program).unwrap();
    let account = format!("[accounts.system]\nsmtp = {url:?}\nsecurity = \"plain\"\n");
    let config = home.write_secret("system.toml", &account);
    let as_www = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").uid(WWW).gid(WWW);
        command.arg(format!("--queue-dir={}", own.display())).args(["-f", "a@b.example"]).args(arguments);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let written = child.stdin.take().unwrap().write_all(MESSAGE);
        let output = child.wait_with_output().unwrap();
        assert!(written.is_ok() && output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // One that may not read the configuration, one that needs none, and one that asks for more than root would do.
    as_www(&["--queue=on-failure", "--config", config.to_str().unwrap(), "without@d.example"]);
    as_www(&["--queue", "-a", &url, "--security=plain", "typed@d.example"]);
    let proof = home.join("proof");
    fs::write(&proof, "").unwrap();
    chown(&proof, Some(WWW), None).unwrap();
    // That one would like to have root's terminal, and to paint on it.
    let tunnel = format!(
        "--tunnel=exec > {}; id -u; (: < /dev/tty) 2>/dev/null && echo terminal; printf '\\033[2Jcanary\\n' >&2",
        proof.display()
    );
    as_www(&["--queue", "-a", &url, "--security=plain", &tunnel, "own@d.example"]);
    let spool = Spool(own.clone());
    assert_eq!(spool.waiting().len(), 3, "{:?}", all_files(&own));
    // As somebody at a terminal has it run, if there is a way here to have one.
    let shown = |path: &Path| shlex::try_quote(path.to_str().unwrap()).unwrap().into_owned();
    let (program, config, base) = (shown(&program), shown(&config), shown(&base));
    let line = format!("exec {program} --queue-run --all-users --config {config} --queue-dir {base}");
    let has_script = Command::new("script").arg("--version").output().is_ok();
    let mut call = Command::new(if has_script { "script" } else { "sh" });
    call.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.path()).current_dir(home.path());
    match has_script {
        true => call.args(["-qec", &line, "/dev/null"]),
        false => call.args(["-c", &line]),
    };
    let output = call.stdin(Stdio::null()).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    let mut to: Vec<String> = server.messages().iter().map(|message| message.recipients[0].0.clone()).collect();
    to.sort();
    assert_eq!(to, ["typed@d.example", "without@d.example"], "exit {:?}\n{told}", output.status.code());
    assert_eq!(fs::read_to_string(&proof).unwrap().trim(), WWW.to_string(), "commands are the owner's\n{told}");
    assert!(!told.contains('\u{1b}'), "{told:?}");
}
