//! Programs that send by sendmail, with smtpsend as their sendmail, and what comes to a real Postfix.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::geteuid;
use tempfile::TempDir;

use super::dovecot::NOBODY;
use super::postfix::Postfix;
use crate::support::command::{PASSWORD, Program};
use crate::support::pki::pki;

/// A machine's only way to send: a sendmail, and a configuration that anybody's mail goes by.
struct Machine {
    dir: TempDir,
    sendmail: PathBuf,
}

impl Machine {
    fn new(postfix: &Postfix) -> Self {
        let dir = tempfile::Builder::new().prefix("callers-").tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
        // An unprivileged user may not reach where it was built.
        fs::copy(Program::Smtpsend.path(), at("smtpsend")).unwrap();
        for face in ["sendmail", "mailq", "newaliases"] {
            symlink("smtpsend", at(face)).unwrap();
        }
        fs::copy(pki().ca_file(), at("ca.pem")).unwrap();
        fs::set_permissions(at("ca.pem"), PermissionsExt::from_mode(0o644)).unwrap();
        fs::write(at("aliases"), "root: user@example.org\n").unwrap();
        let text = format!(
            "[accounts.relay]\nsmtp = \"{}\"\npassword-command = \"echo {PASSWORD}\"\nca-file = {:?}\n\
             qualify-domain = \"example.org\"\naliases = {:?}\n",
            postfix.url("user"),
            at("ca.pem"),
            at("aliases"),
        );
        fs::write(at("config.toml"), text).unwrap();
        let sendmail = at("sendmail");
        Self { dir, sendmail }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Debian's git-email needs Mail::Address, and does not bring it along.
    fn lend_perl_what_git_needs(&self) {
        let found = Command::new("perl").args(["-MMail::Address", "-e", "1"]).stderr(Stdio::null()).status();
        if found.is_ok_and(|status| status.success()) {
            return;
        }
        fs::create_dir_all(self.path("perl/Mail")).unwrap();
        let module = "package Mail::Address;\nsub parse { my ($class, @lines) = @_; map { bless { text => $_ }, $class } \
            split /,\\s*/, join(',', @lines) }\nsub format { $_[0]{text} }\n1;\n";
        self.write("perl/Mail/Address.pm", module);
    }

    /// A program with this input; panics unless it ends with this code. Gives what it says.
    #[track_caller]
    fn run(&self, program: &Path, words: &[&dyn AsRef<OsStr>], input: &str, code: i32) -> String {
        let mut command = Command::new(program);
        command.args(words.iter().map(|word| word.as_ref()));
        self.finish(command, input, code)
    }

    #[track_caller]
    fn finish(&self, mut command: Command, input: &str, code: i32) -> String {
        let file = self.write("input", input);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        command
            .env("HOME", self.dir.path())
            .env("MAILWIRE_CONFIG", self.path("config.toml"))
            .current_dir(self.dir.path());
        command.env("PERL5LIB", self.path("perl")).env("EMAIL", "ann@example.org");
        command.stdin(fs::File::open(file).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{command:?}\n{said}");
        said
    }
}

/// Where a caller is; none, said loudly, where it is not installed and the environment does not insist.
fn caller(name: &str) -> Option<PathBuf> {
    let places = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/bin"];
    let found = places.iter().map(|place| Path::new(place).join(name)).find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no {name} on this machine");
        eprintln!("SKIPPED: there is no {name} on this machine, nothing was tested with it");
    }
    found
}

/// The one mail that came for the user, which holds all of this.
#[track_caller]
fn one_came(postfix: &Postfix, user: &str, texts: &[&str]) -> String {
    let mut mails = postfix.delivered(user, 1);
    let mail = String::from_utf8(mails.pop().unwrap()).unwrap();
    assert!(mails.is_empty(), "{user} got more than one\n{mail}");
    for text in texts {
        assert!(mail.contains(text), "{text:?} is not in\n{mail}");
    }
    mail
}

#[test]
fn mutt_sends() {
    let Some(mutt) = caller("mutt") else { return };
    let Some(postfix) = Postfix::start() else { return };
    let machine = Machine::new(&postfix);
    let attached = machine.write("list.txt", ".\nFrom here\n.\n");
    let settings = format!(
        "set sendmail=\"{} -oem -oi\"\nset from=\"Ann Lee <ann@example.org>\"\nset use_envelope_from=yes\nset copy=no\n\
         set dsn_notify=\"failure,delay\"\nset dsn_return=hdrs\n",
        machine.sendmail.display()
    );
    let settings = machine.write("muttrc", &settings);
    let (subject, bcc) = ("grüße", "other@example.org");
    let words: &[&dyn AsRef<OsStr>] =
        &[&"-n", &"-F", &settings, &"-s", &subject, &"-b", &bcc, &"-a", &attached, &"--", &"user@example.org"];
    let said = machine.run(&mutt, words, "text\n.\nmore\n", 0);
    assert_eq!(said, "");
    let mail = one_came(
        &postfix,
        "user",
        &[
            "Return-Path: <ann@example.org>",
            "From: Ann Lee <ann@example.org>",
            "Subject: =?",
            "text\n.\nmore\n",
            ".\nFrom here\n.\n",
        ],
    );
    assert!(!mail.contains("Bcc") && !mail.contains("other@example.org>\n"), "{mail}");
    one_came(&postfix, "other", &["From: Ann Lee"]);
    // What is refused is told.
    let words: &[&dyn AsRef<OsStr>] = &[&"-n", &"-F", &settings, &"-s", &"x", &"--", &"unknown@example.org"];
    let said = machine.run(&mutt, words, "x\n", 1);
    assert!(said.contains("no such user"), "{said}");
}

#[test]
fn s_nail_sends() {
    let Some(nail) = caller("s-nail") else { return };
    let Some(postfix) = Postfix::start() else { return };
    let machine = Machine::new(&postfix);
    let mta = format!("mta={}", machine.sendmail.display());
    let words: &[&dyn AsRef<OsStr>] = &[
        &"-:/",
        &"-S",
        &mta,
        &"-S",
        &"from=ann@example.org",
        &"-S",
        &"sendwait",
        &"-r",
        &"ann@example.org",
        &"-s",
        &"by s-nail",
        &"user@example.org",
        &"other@example.org",
    ];
    machine.run(&nail, words, "text\n.x\n", 0);
    one_came(&postfix, "user", &["Return-Path: <ann@example.org>", "Subject: by s-nail", "text\n.x\n"]);
    one_came(&postfix, "other", &["Subject: by s-nail"]);
}

#[test]
fn git_sends() {
    let Some(git) = caller("git") else { return };
    let sends = Command::new(&git).args(["send-email", "--dump-aliases"]).stdin(Stdio::null()).output();
    if !sends.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "this git sends no mail");
        eprintln!("SKIPPED: this git sends no mail, nothing was tested with it");
        return;
    }
    let Some(postfix) = Postfix::start() else { return };
    let machine = Machine::new(&postfix);
    machine.lend_perl_what_git_needs();
    let patch = "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Änn <ann@example.org>\n\
        Date: Mon, 2 Nov 2026 10:00:00 +0000\nSubject: [PATCH] a line\n\n.\n---\n a | 1 +\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n\
        @@ -0,0 +1 @@\n+.\n-- \n2.39.0\n";
    let patch = machine.write("0001-a-line.patch", patch);
    let command = format!("--sendmail-cmd={}", machine.sendmail.display());
    let server = format!("--smtp-server={}", machine.sendmail.display());
    for (way, to) in [(&command, "user"), (&server, "other")] {
        let recipient = format!("--to={to}@example.org");
        let words: &[&dyn AsRef<OsStr>] = &[
            &"send-email",
            way,
            &recipient,
            &"--from=Ann <ann@example.org>",
            &"--envelope-sender=bounces@example.org",
            &"--confirm=never",
            &"--suppress-cc=all",
            &"--8bit-encoding=UTF-8",
            &"--quiet",
            &patch,
        ];
        machine.run(&git, words, "", 0);
        one_came(&postfix, to, &["Return-Path: <bounces@example.org>", "Subject: [PATCH] a line", "\n+.\n"]);
    }
}

/// The command lines of Debian's cron, of cronie and of mdadm, and PHP's and Symfony's, by a user who has nothing but the
/// system's configuration.
#[test]
fn command_lines_of_daemons_and_web_servers() {
    let Some(postfix) = Postfix::start() else { return };
    let machine = Machine::new(&postfix);
    let cron = "From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@h> true\n\nout\n.\nput\n";
    for (uid, words, input) in [
        (None, "-FCronDaemon -i -B8BITMIME -oem root", cron),
        (None, "-FCronDaemon -i -odi -oem -oi -t -f root", cron),
        (None, "-t", "From: mdadm monitoring <root@h.example>\nTo: root\nSubject: Fail\n\nout\n..\nput\n.\nno more\n"),
        (Some(NOBODY), "-t -i", "To: root\r\nSubject: x\r\nX-PHP: y\n\nout\r\n.\r\nput\r\n"),
        (Some(NOBODY), "-i -fapp@example.org root", "Subject: x\n\nout\n.\nput\n"),
        (
            Some(NOBODY),
            "-bs",
            "EHLO [127.0.0.1]\r\nMAIL FROM:<app@example.org>\r\nRCPT TO:<root>\r\nDATA\r\nSubject: x\r\n\r\nout\r\n..\r\nput\r\n.\r\n\
             QUIT\r\n",
        ),
    ] {
        let mut command = match uid {
            None => Command::new(&machine.sendmail),
            Some(uid) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={uid}"), format!("--regid={uid}"), "--clear-groups".into()]);
                // No HOME, and no place of one's own for state.
                command.args(["env", "-u", "HOME"]).arg(&machine.sendmail);
                command
            }
        };
        command.args(shlex::split(words).unwrap());
        let before = postfix.mails("user").len();
        let said = machine.finish(command, input, 0);
        assert!(said.is_empty() || words == "-bs", "{words}: {said}");
        let mails = postfix.delivered("user", before + 1);
        assert_eq!(mails.len(), before + 1);
        let found = mails.iter().filter(|mail| memchr::memmem::find(mail, b"\nout\n").is_some()).count();
        assert_eq!(found, mails.len(), "{words}");
    }
    assert!(geteuid().is_root(), "Postfix was started");
    let said = machine.finish(Command::new(machine.path("newaliases")), "", 0);
    assert_eq!(said, "");
}
