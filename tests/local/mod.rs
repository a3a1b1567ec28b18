//! What goes wrong on this side: signals, a full disk, outputs that nobody reads, files that others may read.

mod copies;
mod endings;
mod folder;
mod imap_batch;
mod imap_progress;
mod imap_terminal;
mod queue;
mod relay;
mod sendmail;
mod targets;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::servers::dovecot::{Dovecot, Store};
use crate::servers::{assert_same_mail, mails, popfetch};
use crate::support::command::{Home, PASSWORD, Program, all_files, files};
use crate::support::pattern::Bytes;
use crate::support::peer::{Afterwards, Peer, Plan, Script, Step};
use crate::support::pki::Identity;

/// A peer that stops in the middle of the only mail, and never lets go.
fn stuck() -> Plan {
    let say = |text: &str| Step::Send(Bytes::parse(text).unwrap());
    let on = |pattern: &str, text: &str| {
        Step::On(crate::support::pattern::Pattern::parse(pattern).unwrap(), vec![say(text)])
    };
    let expect = |pattern: &str| Step::Expect(crate::support::pattern::Pattern::parse(pattern).unwrap());
    let steps = vec![
        say("+OK ready\\r\\n"),
        on("CAPA", "+OK\\r\\nSASL PLAIN\\r\\nUIDL\\r\\nPIPELINING\\r\\n.\\r\\n"),
        expect("AUTH PLAIN *"),
        say("+OK\\r\\n"),
        on("UIDL", "+OK\\r\\n1 uid-a\\r\\n.\\r\\n"),
        on("LIST", "+OK\\r\\n1 1000\\r\\n.\\r\\n"),
        expect("RETR 1"),
        say("+OK\\r\\nSubject: a\\r\\n\\r\\nhalf of it"),
        Step::Silence,
    ];
    Plan {
        tls: Identity::Good.server(),
        scripts: vec![Script { implicit_tls: true, steps }],
        afterwards: Afterwards::Close,
        patience: Duration::from_secs(30),
        forbidden_in_clear: Vec::new(),
    }
}

#[test]
fn a_signal_drops_the_mail_in_hand_and_ends_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let home = Home::new();
        let peer = Peer::listen();
        let serving = peer.serve(stuck());
        let url = format!("pop3s://user@localhost:{}", peer.port());
        let target = format!("maildir:{}", home.maildir().display());
        let run = popfetch(&home, &["fetch", &url, "--to", &target, "--delete"]).start();
        serving.wait_for("half of it");
        let start = Instant::now();
        run.signal(signal);
        let run = run.wait();
        assert!(start.elapsed() < Duration::from_secs(5), "took {:?} to stop", start.elapsed());
        let run = run.exits(code);
        assert!(home.mails().is_empty() && files(&home.maildir().join("tmp")).is_empty(), "{}", run.both());
        let (log, outcome) = serving.finish();
        outcome.unwrap();
        assert!(!log.iter().any(|line| line.contains("QUIT")), "{log:#?}");
    }
}

#[test]
fn the_schema_needs_neither_command_nor_operands() {
    let home = Home::new();
    for words in [&["--json-schema"][..], &["show", "--json-schema"], &["list", "--json-schema"]] {
        let run = home.program(Program::Imapctl, words).run().exits(0);
        let schema: serde_json::Value = serde_json::from_str(&run.stdout()).unwrap();
        assert!(schema["oneOf"].is_array(), "{words:?}");
    }
    home.program(Program::Imapctl, ["lst", "--json-schema"]).run().exits(64);
    home.program(Program::Imapctl, ["show", "--", "--json-schema"]).run().exits(64);
}

#[test]
fn output_that_cannot_be_written() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(200, 60));
    let home = Home::new();
    let url = dovecot.url("user");
    let full = || File::options().write(true).open("/dev/full").unwrap();
    popfetch(&home, &["fetch", &url, "--to", "-"]).stdout_to(full()).run().exits(74);
    popfetch(&home, &["show", &url, "--number", "1"]).stdout_to(full()).run().exits(74);
    popfetch(&home, &["list", &url]).stdout_to(full()).run().exits(74);

    // A reader that has gone: quietly for a report, not for mail.
    let closed = || {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        writer
    };
    let run = popfetch(&home, &["list", &url]).stdout_to(closed()).run().exits(0);
    assert!(run.stderr().is_empty(), "{}", run.both());
    popfetch(&home, &["fetch", &url, "--to", "-"]).stdout_to(closed()).run().exits(74);
    popfetch(&home, &["show", &url, "--number", "1"]).stdout_to(closed()).run().exits(74);
    // None of them counts as delivered.
    let target = format!("maildir:{}", home.maildir().display());
    popfetch(&home, &["fetch", &url, "--to", &target, "--delete"]).run().exits(0);
    assert_eq!(home.mails().len(), 200);
}

#[test]
fn mail_and_state_are_for_their_owner_only() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(3, 61));
    let home = Home::new();
    let url = dovecot.url("user");
    for target in ["maildir:Maildir", "eml:eml", "mbox:mbox"] {
        let state = format!("state-{}", &target[..3]);
        popfetch(&home, &["fetch", &url, "--to", target, "--state-dir", &state]).run().exits(0);
    }
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in ["Maildir", "eml", "state-mai", "state-eml", "state-mbo"] {
        assert_eq!(mode(&home.join(folder)), 0o700, "{folder}");
        for path in all_files(&home.join(folder)) {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
    assert_eq!(mode(&home.join("mbox")), 0o600);
}

#[test]
fn a_file_with_a_secret_that_others_may_read_is_refused() {
    let home = Home::new();
    let config = format!("[accounts.work]\npop3 = \"pop3s://user@localhost:1\"\npassword = \"{PASSWORD}\"\n");
    let path = home.write_secret("config/mailwire/config.toml", &config);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let run = home.popfetch(["fetch", "work", "--to", "Maildir"]).run().exits(78);
    assert!(run.stderr().contains("config.toml") && !run.stderr().contains(PASSWORD), "{}", run.both());
}

#[test]
fn the_password_variable_is_not_passed_on() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    dovecot.fill("user", &mails::ordinary(1, 62));
    let home = Home::new();
    let url = dovecot.url("user");
    let ca = crate::support::pki::pki().ca_file();
    let script = home.write_secret("take", "#!/bin/sh\ncat >/dev/null; env >\"$1\"\n");
    let environment = home.join("environment");
    let target = format!("pipe:/bin/sh {} {}", script.display(), environment.display());
    let arguments = ["fetch", &url, "--to", &target, "--ca-file", ca.to_str().unwrap()];
    home.popfetch(arguments).env("MAILWIRE_PASSWORD", PASSWORD).run().exits(0);
    let environment = fs::read_to_string(&environment).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains(PASSWORD), "{environment}");
}

#[test]
fn a_full_disk_costs_nothing() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mut all = mails::ordinary(6, 63);
    all[3].extend(b"a line that fills the disk\n".repeat(40_000));
    dovecot.fill("user", &all);
    let url = dovecot.url("user");
    for kind in ["maildir", "mbox", "eml"] {
        let home = Home::new();
        let disk = home.join("disk");
        fs::create_dir(&disk).unwrap();
        let Some(_mounted) = Mounted::tmpfs(&disk) else {
            eprintln!("SKIPPED: no tmpfs may be mounted here, no disk was filled");
            return;
        };
        let target = format!("{kind}:{}", disk.join("mail").display());
        let run = popfetch(&home, &["fetch", &url, "--to", &target]).run();
        assert!(matches!(run.code(), 74 | 80), "{kind}: exit {}\n{}", run.code(), run.both());
        assert!(run.stderr().contains("No space left"), "{}", run.both());
        let delivered = |home: &Home| match kind {
            "maildir" => files(&disk.join("mail/new")).iter().map(|path| fs::read(path).unwrap()).collect(),
            "mbox" => crate::servers::read_mbox(&fs::read(disk.join("mail")).unwrap_or_default()),
            _ => {
                let eml = files(&home.join("disk/mail"));
                eml.iter()
                    .map(|path| String::from_utf8(fs::read(path).unwrap()).unwrap().replace("\r\n", "\n").into())
                    .collect()
            }
        };
        for mail in delivered(&home) {
            assert!(all.contains(&mail), "{kind}: a partial mail\n{}", run.both());
        }
        assert!(Command::new("mount").args(["-o", "remount,size=16m"]).arg(&disk).status().unwrap().success());
        popfetch(&home, &["fetch", &url, "--to", &target]).run().exits(0);
        assert_same_mail(delivered(&home), &all);
    }
}

/// A small tmpfs, as long as this lives.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn tmpfs(at: &'a Path) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=300k,mode=700", "tmpfs"]).arg(at).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).status());
    }
}

#[test]
fn a_large_mail_does_not_need_large_memory() {
    let Some(dovecot) = Dovecot::start(Store::Maildir) else { return };
    let mut mail = mails::ordinary(1, 64).remove(0);
    mail.extend(b"0123456789 0123456789 0123456789 0123456789\n".repeat(1_500_000));
    dovecot.fill("user", &[mail.clone()]);
    let url = dovecot.url("user");
    for kind in ["maildir", "mbox"] {
        let home = Home::new();
        let target = format!("{kind}:{}", home.join("Maildir").display());
        let run = popfetch(&home, &["fetch", &url, "--to", &target]).run().exits(0);
        assert!(run.peak_rss < 32 << 20, "{kind}: {} KiB", run.peak_rss >> 10);
        if kind == "maildir" {
            assert!(home.mails() == [mail.clone()], "the mail has changed");
        }
    }
}
