//! The name sendmail: what its callers write on its command line and on its standard input, and what a server gets of it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::command::{Call, Home, Program, all_files};
use crate::support::recorder::{Message, Recorder, USUAL, Verdict};

/// A home whose only account is the recorder.
fn home(recorder: &Recorder, more: &str) -> Home {
    let home = Home::new();
    let port = recorder.port();
    let defaults = format!("[accounts.work]\nsmtp = \"smtp://127.0.0.1:{port}\"\nsecurity = \"plain\"\n{more}");
    home.write_secret("config/mailwire/config.toml", &defaults);
    home
}

fn sendmail(home: &Home, words: &str) -> Call {
    home.program(Program::Sendmail, shlex::split(words).unwrap())
}

fn recipients(message: &Message) -> Vec<&str> {
    message.recipients.iter().map(|(path, _)| path.as_str()).collect()
}

fn text(message: &Message) -> String {
    String::from_utf8(message.text.clone()).unwrap()
}

const ROOTS: &str = "qualify-domain = \"example.org\"\n";

#[test]
fn cron_of_debian() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, ROOTS);
    let mail = b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> true\nMIME-Version: 1.0\n\
        Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nX-Cron-Env: <SHELL=/bin/sh>\n\nout\n.\nput\n";
    sendmail(&home, "-FCronDaemon -i -B8BITMIME -oem root").stdin(mail).run().silently();
    let [message] = &recorder.messages()[..] else { panic!() };
    assert_eq!((message.sender.as_str(), recipients(message)), ("root@example.org", vec!["root@example.org"]));
    let text = text(message);
    assert!(
        text.contains("\r\nFrom: root@example.org (Cron Daemon)\r\n") || text.starts_with("From: root@example.org"),
        "{text}"
    );
    assert!(text.contains("\r\nTo: root@example.org\r\n") && text.contains("\r\nDate: "), "{text}");
    assert!(text.ends_with("\r\n\r\nout\r\n.\r\nput\r\n"), "{text}");
}

#[test]
fn cron_of_fedora() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, ROOTS);
    let mail = b"From: \"(Cron Daemon)\" <root>\nTo: ann\nSubject: Cron\n\nx\n";
    for (sender, path) in [("root", "root@example.org"), ("''", ""), ("'<>'", "")] {
        sendmail(&home, &format!("-FCronDaemon -i -odi -oem -oi -t -f {sender}")).stdin(mail).run().silently();
        let message = recorder.messages().pop().unwrap();
        assert_eq!((message.sender.as_str(), recipients(&message)), (path, vec!["ann@example.org"]));
    }
}

#[test]
fn php_with_line_ends_of_all_kinds() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let mail = b"To: ann@example.org\r\r\nSubject: a\r\nX-PHP: b\nFrom: app@example.org\r\nBcc: ben@example.org\r\n\r\nx\r\n.\r\ny\n";
    sendmail(&home, "-t -i").stdin(mail).run().silently();
    let [message] = &recorder.messages()[..] else { panic!() };
    assert_eq!(recipients(message), ["ann@example.org", "ben@example.org"]);
    let text = text(message);
    assert!(text.starts_with("To: ann@example.org\r\nSubject: a\r\nX-PHP: b\r\nFrom: app@example.org\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nx\r\n.\r\ny\r\n") && !text.contains("Bcc") && !text.contains("\r\r"), "{text}");
}

#[test]
fn what_ends_the_message_and_what_is_in_front_of_it() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    // mdadm, without -i.
    let mail = b"From ann Mon Nov  2 10:00:00 2026\nFrom: mdadm monitoring <root@h.example>\nTo: ann@example.org\n\nFail\n.\nno more\n";
    sendmail(&home, "-t").stdin(mail).run().silently();
    let [message] = &recorder.messages()[..] else { panic!() };
    let text = text(message);
    assert!(text.starts_with("From: mdadm") && text.ends_with("\r\n\r\nFail\r\n"), "{text}");
    // Arguments add to the header's recipients.
    sendmail(&home, "-t -i 'Ben <ben@example.org>, cy@example.org' ann@example.org").stdin(mail).run().silently();
    let mut to: Vec<_> = recipients(&recorder.messages()[1]).iter().map(|path| (*path).to_owned()).collect();
    to.sort();
    assert_eq!(to, ["ann@example.org", "ben@example.org", "cy@example.org"]);
}

#[test]
fn who_sends_where_nothing_says() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "address = \"host@example.org\"\n");
    sendmail(&home, "-i -F 'Backup Job' ann@example.org").stdin(b"Subject: x\n\ny\n").run().silently();
    let [message] = &recorder.messages()[..] else { panic!() };
    assert_eq!(message.sender, "host@example.org");
    assert!(text(message).contains("From: Backup Job <host@example.org>\r\n"), "{}", text(message));
    // A name of this machine alone is nobody elsewhere; an address in full stays.
    sendmail(&home, "-i -froot ann@example.org").stdin(b"Subject: x\n\ny\n").run().silently();
    sendmail(&home, "-i -fapp@example.net ann@example.org").stdin(b"Subject: x\n\ny\n").run().silently();
    let messages = recorder.messages();
    assert_eq!(messages[1].sender, "host@example.org");
    assert_eq!(messages[2].sender, "app@example.net");
    assert!(text(&messages[2]).contains("From: app@example.net\r\n"), "{}", text(&messages[2]));
}

#[test]
fn what_the_server_lacks_is_left_out_and_told() {
    let recorder = Recorder::serve(&["PIPELINING"]);
    let home = home(&recorder, "");
    let run = sendmail(&home, "-i -N failure,delay -R HDRS -V id1 -f a@example.org b@example.org");
    run.stdin(b"Subject: x\n\ny\n").run().exits(0).says("the server does not offer DSN, which NOTIFY needs; left out");
    assert_eq!(recorder.messages().len(), 1);
}

#[test]
fn nobody_to_send_to_is_a_usage_error() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    sendmail(&home, "-i -f a@example.org").stdin(b"Subject: x\n\ny\n").run().exits(64).says("no recipient");
    sendmail(&home, "-i -t -f a@example.org").stdin(b"Subject: x\n\ny\n").run().exits(64).says("no recipients");
    sendmail(&home, "-bd").run().exits(64).says("no daemon");
    assert!(recorder.sessions().is_empty());
}

/// What strangers wrote into a command line names neither files nor commands.
#[test]
fn words_behind_the_first_recipient_are_recipients() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let evil = home.write_secret("evil.toml", "default-account = \"x\"\n");
    fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    for words in [
        "-i a@example.org -X{home}/written",
        "-i -X {home}/written -oQ{home} a@example.org",
        "-i -C {home}/evil.toml a@example.org",
        "-i --config={home}/evil.toml a@example.org",
        "-i --transcript={home}/written a@example.org",
        "-i --password-command='touch {home}/written' a@example.org",
    ] {
        let words = words.replace("{home}", home.path().to_str().unwrap());
        let run = sendmail(&home, &words).stdin(b"From: a@example.org\n\ny\n").run();
        assert!([0, 64, 78].contains(&run.code()), "{words}\n{}", run.both());
        assert!(!home.join("written").exists(), "{words}");
    }
    sendmail(&home, "-t -i").stdin(b"From: a@example.org\nTo: -X/tmp/x, -bs, --json\n\ny\n").run();
    for message in recorder.messages() {
        assert!(
            recipients(&message).iter().all(|path| !path.contains("written") || path.starts_with("-X")),
            "{message:?}"
        );
    }
}

#[test]
fn where_mail_would_go() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, ROOTS);
    let aliases = home.write_secret("aliases", "root: ann@example.net, ben\n");
    let config = fs::read_to_string(home.join("config/mailwire/config.toml")).unwrap();
    home.write_secret("config/mailwire/config.toml", &format!("{config}aliases = {aliases:?}\n"));
    let run = sendmail(&home, "-bv root cy@example.org").run().exits(0);
    let server = format!("account work, server 127.0.0.1:{}", recorder.port());
    assert_eq!(
        run.stdout(),
        format!(
            "root... deliverable: {server}, to <ann@example.net>, <ben@example.org>\n\
             cy@example.org... deliverable: {server}, to <cy@example.org>\n"
        )
    );
    let run = sendmail(&home, "-bv a@@b cy@example.org").run().exits(80);
    assert!(run.stdout().starts_with("a@@b... undeliverable: "), "{}", run.both());
    sendmail(&home, "-bv a@@b").run().exits(65);
    home.program(Program::Newaliases, [""; 0]).run().silently();
    assert!(recorder.sessions().is_empty());
}

/// A caller that speaks SMTP, one line after the other.
struct Caller {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

fn link(home: &Home) -> PathBuf {
    let link = home.join("bin/sendmail");
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    if !link.exists() {
        std::os::unix::fs::symlink(Program::Smtpsend.path(), &link).unwrap();
    }
    link
}

impl Caller {
    fn start(home: &Home) -> Self {
        let mut command = Command::new(link(home));
        command.arg("-bs").env_clear().env("HOME", home.path()).env("XDG_CONFIG_HOME", home.join("config"));
        command.env("XDG_STATE_HOME", home.join("state")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn say(&mut self, octets: &str) {
        self.input.as_mut().unwrap().write_all(octets.as_bytes()).unwrap();
    }

    #[track_caller]
    fn hear(&mut self, start: &str) -> String {
        let mut reply = String::new();
        while reply.lines().last().is_none_or(|line| line.as_bytes().get(3) == Some(&b'-')) {
            assert!(self.output.read_line(&mut reply).unwrap() > 0, "{start} expected, {reply:?} and the end came");
        }
        assert!(reply.starts_with(start), "{start} expected, {reply:?} came");
        reply
    }

    #[track_caller]
    fn ask(&mut self, line: &str, start: &str) -> String {
        self.say(&format!("{line}\r\n"));
        self.hear(start)
    }

    /// Closes its standard input.
    fn ends(&mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        // It has ended, if all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const MAIL: &str = "Message-ID: <1@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nSubject: a\r\n\
    From: App <app@example.org>\r\nTo: ann@example.net\r\nMIME-Version: 1.0\r\n\r\n..dot\r\nb\n.\nc\r\n.\r\n";

/// Whoever waits for a message that does not come can be stopped at once.
#[test]
fn a_signal_ends_the_wait_for_input() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    for words in [&["-i", "-f", "a@example.org", "b@example.net"][..], &["-bs"]] {
        let link = link(&home);
        let mut command = Command::new(link);
        command.args(words).env_clear().env("HOME", home.path()).env("XDG_CONFIG_HOME", home.join("config"));
        command.env("XDG_STATE_HOME", home.join("state"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"RSET: x\r\n").unwrap();
        // Signals are caught by the time that the kernel shows one of them so.
        let status = format!("/proc/{}/status", child.id());
        let catches = || {
            fs::read_to_string(&status).unwrap().lines().any(|line| {
                line.strip_prefix("SigCgt:")
                    .is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << 14) != 0)
            })
        };
        while !catches() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let start = Instant::now();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        while child.try_wait().unwrap().is_none() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        // Now it would end for want of input.
        drop(input);
        assert_eq!(child.wait().unwrap().code(), Some(143), "{words:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{words:?}");
    }
}

/// As Symfony Mailer's SendmailTransport does it with its default command, `sendmail -bs`, and SwiftMailer before it.
#[test]
fn symfony_mailer_sends_two_mails_in_a_session() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let mut caller = Caller::start(&home);
    caller.hear("220 ");
    let offer = caller.ask("EHLO [127.0.0.1]", "250-");
    assert!(offer.contains("250-8BITMIME\r\n") && offer.contains("SMTPUTF8") && !offer.contains("STARTTLS"), "{offer}");
    for _ in 0..2 {
        caller.ask("MAIL FROM:<app@example.org>", "250 ");
        caller.ask("RCPT TO:<ann@example.net>", "250 ");
        caller.ask("RCPT TO:<ben@example.net> NOTIFY=NEVER ORCPT=rfc822;b+2Bc@example.net", "250 ");
        caller.ask("DATA", "354 ");
        caller.say(MAIL);
        caller.hear("250 ");
        caller.ask("NOOP", "250 ");
        caller.ask("RSET", "250 ");
    }
    caller.ask("QUIT", "221 ");
    assert_eq!(caller.ends(), 0);
    let messages = recorder.messages();
    assert_eq!(messages.len(), 2);
    for message in &messages {
        assert_eq!(
            (message.sender.as_str(), recipients(message)),
            ("app@example.org", vec!["ann@example.net", "ben@example.net"])
        );
        assert!(message.recipients[0].1.is_empty());
        let wanted = [("NOTIFY", "NEVER"), ("ORCPT", "rfc822;b+2Bc@example.net")];
        assert_eq!(message.recipients[1].1, wanted.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))));
        assert!(text(message).ends_with("\r\n\r\n.dot\r\nb\r\n.\r\nc\r\n"), "{}", text(message));
    }
}

/// The name of who runs it is not that of another sender.
#[test]
fn a_sender_in_a_dialogue_keeps_its_namelessness() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let talk =
        b"MAIL FROM:<app@example.org>\r\nRCPT TO:<ann@example.net>\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\nQUIT\r\n";
    sendmail(&home, "-bs").stdin(talk).run().exits(0);
    let [message] = &recorder.messages()[..] else { panic!() };
    assert!(text(message).contains("\r\nFrom: app@example.org\r\n"), "{}", text(message));
}

/// What was written into a field that nobody needs in order to deliver is no reason to lose mail.
#[test]
fn fields_that_cannot_be_read_and_a_byte_order_mark() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, ROOTS);
    let mail = "\u{feff}From: web app x\r\nReply-To: the web team\r\nTo: ann\r\n\r\ny\r\n";
    sendmail(&home, "-t -i -f app").stdin(mail.as_bytes()).run().silently();
    let [message] = &recorder.messages()[..] else { panic!() };
    assert_eq!((message.sender.as_str(), recipients(message)), ("app@example.org", vec!["ann@example.org"]));
    assert!(text(message).starts_with("From: web app x\r\nReply-To: the web team\r\nTo: ann@example.org\r\n"));
}

#[test]
fn everything_at_once_is_answered_in_order() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let all = "EHLO x\r\nDATA\r\nMAIL FROM:<a@example.org> SIZE=10 BODY=8BITMIME\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.net>\r\n\
        RCPT TO:<b c>\r\nDATA\r\nSubject: x\r\n\r\ny\r\n.\r\nVRFY b\r\nSTARTTLS\r\nnonsense\r\nQUIT\r\nMAIL FROM:<never@example.org>\r\n";
    let run = sendmail(&home, "-bs").stdin(all.as_bytes()).run().exits(0);
    let codes: Vec<&str> =
        run.stdout.split(|octet| *octet == b'\n').filter_map(|line| std::str::from_utf8(line.get(..4)?).ok()).collect();
    let codes: Vec<&str> = codes.into_iter().filter(|code| code.ends_with(' ')).map(str::trim).collect();
    assert_eq!(
        codes,
        ["220", "250", "503", "250", "503", "250", "501", "354", "250", "252", "502", "500", "221"],
        "{}",
        run.both()
    );
    assert_eq!(recorder.messages().len(), 1);
}

#[test]
fn a_message_that_was_cut_off_is_not_sent() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    let start = "HELO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n";
    for rest in ["", "DATA\r\nSubject: x\r\n\r\nhalf", "DATA\r\nx\r\n.\r", "DATA", "DATA\r\nx\n.\nQUIT\n"] {
        let run = sendmail(&home, "-bs").stdin(format!("{start}{rest}").as_bytes()).run();
        assert!([0, 65].contains(&run.code()), "{rest:?}\n{}", run.both());
    }
    assert!(recorder.sessions().is_empty());
    assert!(all_files(&home.join("state")).is_empty());
    // A person, or a shell script, writes LF alone all along.
    let typed = "MAIL FROM:<a@example.org>\nRCPT TO:<b@example.net>\nDATA\nSubject: x\n\ny\n.\nQUIT\n";
    sendmail(&home, "-bs").stdin(typed.as_bytes()).run().exits(0);
    assert!(text(&recorder.messages()[0]).ends_with("\r\n\r\ny\r\n"));
}

#[test]
fn the_servers_words_reach_the_caller() {
    let recorder = Recorder::judging(USUAL, |asked| match asked.line {
        "RCPT TO:<no@example.net>" => Verdict::Say("550 5.1.1 nobody of that name".into()),
        "RCPT TO:<later@example.net>" => Verdict::Say("450 4.2.0 come back later".into()),
        _ => Verdict::Usual,
    });
    let home = home(&recorder, "queue = \"never\"\n");
    let mut caller = Caller::start(&home);
    caller.hear("220 ");
    caller.ask("EHLO x", "250-");
    for (to, start, words) in [
        (&["no"][..], "550 5.1.1 ", "nobody of that name"),
        (&["later"], "450 4.2.0 ", "come back later"),
        (&["no", "later"], "450 4.2.0 ", "come back later"),
        (&["yes", "no"], "250-2.0.0 <no@example.net> refused", "nobody of that name"),
        (&["yes"], "250 2.0.0 ", ""),
    ] {
        caller.ask("MAIL FROM:<a@example.org>", "250 ");
        for to in to {
            caller.ask(&format!("RCPT TO:<{to}@example.net>"), "250 ");
        }
        caller.ask("DATA", "354 ");
        caller.say(MAIL);
        assert!(caller.hear(start).contains(words), "{to:?}");
    }
    caller.ask("QUIT", "221 ");
    assert_eq!(caller.ends(), 80);
    assert_eq!(recorder.taken(), 2);
}

#[test]
fn the_queue_is_shown_and_run() {
    let recorder = Recorder::serve(USUAL);
    let home = home(&recorder, "");
    for shows in [home.program(Program::Mailq, [""; 0]), sendmail(&home, "-bp")] {
        assert_eq!(shows.run().exits(0).stdout(), "Mail queue is empty\n");
    }
    sendmail(&home, "-q").run().silently();
    sendmail(&home, "-i --queue -f a@example.org b@example.net").stdin(b"Subject: x\n\ny\n").run().silently();
    assert_eq!(recorder.taken(), 0);
    assert!(home.program(Program::Mailq, [""; 0]).run().exits(0).stdout().contains("to <b@example.net>"));
    sendmail(&home, "-q30m").run().silently();
    assert_eq!(recorder.messages().len(), 1);
    assert_eq!(home.program(Program::Mailq, [""; 0]).run().exits(0).stdout(), "Mail queue is empty\n");
}

#[test]
fn mail_that_cannot_be_sent_now_is_queued_and_accepted() {
    let home = Home::new();
    // Nobody listens there.
    home.write_secret(
        "config/mailwire/config.toml",
        "[accounts.work]\nsmtp = \"smtp://127.0.0.1:1\"\nsecurity = \"plain\"\n",
    );
    let mut caller = Caller::start(&home);
    caller.hear("220 ");
    caller.ask("MAIL FROM:<a@example.org>", "250 ");
    caller.ask("RCPT TO:<b@example.net>", "250 ");
    caller.ask("DATA", "354 ");
    caller.say(MAIL);
    assert!(caller.hear("250 2.0.0 ").contains("queued as "));
    caller.ask("QUIT", "221 ");
    assert_eq!(caller.ends(), 0);
    sendmail(&home, "-i -f a@example.org b@example.net").stdin(b"Subject: x\n\ny\n").run().silently();
    let run = home.program(Program::Mailq, [""; 0]).run().exits(0);
    assert_eq!(run.stdout().matches("to <b@example.net>").count(), 2, "{}", run.both());
    assert_eq!(sendmail(&home, "-bp").run().exits(0).stdout(), run.stdout());
    let queued = all_files(&home.join("state/mailwire/smtpsend/queue/queue"));
    assert_eq!(queued.len(), 2, "{:?}", all_files(home.path()));
}
