//! The programs side by side: how each is told to do the same work, and how to see that it did.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::bed::{Bed, Mailbox, PASSWORD};
use crate::measure::Invocation;

/// What can fetch mail.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Program {
    Popfetch,
    Mpop,
    Fetchmail,
    Curl,
    /// The limit of the wire: commands written blindly, answers thrown away.
    Raw,
}

/// A piece of work for a program.
#[derive(Clone, Debug)]
pub struct Job<'b> {
    pub bed: &'b Bed,
    pub mailbox: &'b Mailbox,
    /// The server's port, or that of a proxy before it.
    pub port: u16,
    pub popfetch: &'b Path,
    /// Where mail goes.
    pub target: PathBuf,
    /// What is remembered between runs, and configuration.
    pub state: PathBuf,
}

/// What a program stored.
enum Stored {
    /// So many octets at least; some programs add header lines.
    AtLeast(u64),
    Exactly(u64),
}

impl Program {
    pub const PEERS: [Self; 3] = [Self::Mpop, Self::Fetchmail, Self::Curl];

    pub fn name(self) -> &'static str {
        match self {
            Self::Popfetch => "popfetch",
            Self::Mpop => "mpop",
            Self::Fetchmail => "fetchmail",
            Self::Curl => "curl",
            Self::Raw => "raw",
        }
    }

    /// The first line that tells its version; `None` if it is not installed.
    pub fn version(self) -> Option<String> {
        let (program, option) = match self {
            Self::Raw => ("openssl", "version"),
            _ => (self.name(), "--version"),
        };
        let output = Command::new(program).arg(option).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut words = text.lines().next()?.split(' ');
        let version = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap_or_default();
        Some(format!("{program} {}", version.split('+').next().unwrap_or_default()))
    }

    /// Forgets what an earlier run stored, and all it remembers.
    pub fn clear(self, job: &Job<'_>) -> Result<()> {
        for dir in [&job.target, &job.state] {
            if dir.exists() {
                fs::remove_dir_all(dir)?;
            }
            fs::create_dir_all(dir)?;
        }
        match self {
            Self::Popfetch | Self::Mpop => {
                for part in ["cur", "new", "tmp"] {
                    fs::create_dir(job.target.join(part))?;
                }
            }
            Self::Fetchmail | Self::Curl | Self::Raw => {}
        }
        Ok(())
    }

    /// The command line, with its configuration written.
    pub fn invocation(self, job: &Job<'_>) -> Result<Invocation> {
        let Job { bed, mailbox, port, .. } = job;
        let (user, ca) = (&mailbox.user, bed.ca().display().to_string());
        let (target, state) = (job.target.display(), job.state.display());
        Ok(match self {
            Self::Popfetch => Invocation::new([
                job.popfetch.display().to_string(),
                "fetch".into(),
                format!("pop3s://{user}@localhost:{port}"),
                "--ca-file".into(),
                ca,
                "--password-file".into(),
                bed.password_file().display().to_string(),
                "--to".into(),
                format!("maildir:{target}"),
                "--state-dir".into(),
                state.to_string(),
            ]),
            Self::Mpop => {
                let config = write(
                    &job.state.join("config"),
                    &format!(
                        "account bench\ntls on\ntls_starttls off\ntls_trust_file {ca}\nhost localhost\nport {port}\n\
                         user {user}\npassword {PASSWORD}\nkeep on\nuidls_file {state}/uidls\n\
                         delivery maildir {target}\n"
                    ),
                )?;
                Invocation::new(["mpop".into(), "-C".into(), config, "-q".into(), "bench".into()])
            }
            Self::Fetchmail => {
                let config = write(
                    &job.state.join("config"),
                    &format!(
                        "poll localhost protocol pop3 uidl port {port} user \"{user}\" password \"{PASSWORD}\" ssl \
                         sslcertck sslcertfile {ca} keep\n"
                    ),
                )?;
                let words = [
                    "fetchmail".into(),
                    "-f".into(),
                    config,
                    "--silent".into(),
                    "--idfile".into(),
                    format!("{state}/ids"),
                    "--pidfile".into(),
                    format!("{state}/pid"),
                    "--bsmtp".into(),
                    format!("{target}/batch"),
                ];
                // 1: there was no new mail.
                Invocation { also_good: &[1], ..Invocation::new(words) }
            }
            Self::Curl => Invocation::new([
                "curl".into(),
                "-s".into(),
                "--cacert".into(),
                ca,
                "--netrc-file".into(),
                write(&job.state.join("netrc"), &format!("machine localhost login {user} password {PASSWORD}\n"))?,
                format!("pop3s://localhost:{port}/[1-{}]", mailbox.messages),
                "-o".into(),
                format!("{target}/#1"),
            ]),
            Self::Raw => {
                let mut commands = format!("USER {user}\r\nPASS {PASSWORD}\r\n");
                for number in 1..=mailbox.messages {
                    commands.push_str(&format!("RETR {number}\r\n"));
                }
                commands.push_str("QUIT\r\n");
                let stdin = Some(PathBuf::from(write(&job.state.join("commands"), &commands)?));
                let server = format!("localhost:{port}");
                let words =
                    ["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", &ca, "-connect", &server];
                Invocation { stdin, ..Invocation::new(words) }
            }
        })
    }

    /// Fails unless all of the mailbox has arrived.
    pub fn check(self, job: &Job<'_>) -> Result<()> {
        let Mailbox { messages, octets, .. } = *job.mailbox;
        let (dir, stored) = match self {
            Self::Popfetch => (job.target.join("new"), Stored::Exactly(job.mailbox.stored())),
            Self::Mpop => (job.target.join("new"), Stored::AtLeast(job.mailbox.stored())),
            Self::Fetchmail => (job.target.clone(), Stored::AtLeast(job.mailbox.stored())),
            Self::Curl => (job.target.clone(), Stored::Exactly(octets)),
            Self::Raw => return job.bed.check_served(messages),
        };
        let (mut files, mut size) = (0, 0);
        for entry in fs::read_dir(dir)? {
            files += 1;
            size += entry?.metadata()?.len();
        }
        let expected = if self == Self::Fetchmail { 1 } else { messages };
        ensure!(files == expected, "{}: {files} files for {expected}", self.name());
        match stored {
            Stored::Exactly(octets) => ensure!(size == octets, "{}: {size} octets for {octets}", self.name()),
            Stored::AtLeast(octets) => ensure!(size >= octets, "{}: {size} octets for {octets}", self.name()),
        }
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<String> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(path.display().to_string())
}
