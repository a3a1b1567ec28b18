//! The programs side by side: how each is told to send the same mail.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use super::bed::{Bed, Server};
use super::raw;
use crate::measure::Invocation;

const SENDER: &str = "a@example.org";
const RECIPIENT: &str = "b@example.net";

/// Octets of a message's text.
const TEXT: usize = 1_800;

/// What can send mail.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Program {
    Smtpsend,
    Curl,
    Msmtp,
    Snail,
    Swaks,
    SmtpSource,
    /// The limit of the wire: commands written blindly, answers thrown away.
    Raw,
}

/// What is to be sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Load {
    /// A message that is read from standard input.
    One,
    /// So many messages on one connection.
    Many(u32),
    /// A message with one attachment of so many octets.
    Attachment(u64),
}

/// A piece of work for a program.
#[derive(Clone, Copy, Debug)]
pub struct Job<'b> {
    pub bed: &'b Bed,
    pub server: Server,
    /// The server's port, or that of a proxy before it.
    pub port: u16,
    pub load: Load,
    pub smtpsend: &'b Path,
}

impl Load {
    pub fn messages(self) -> u32 {
        match self {
            Self::Many(count) => count,
            Self::One | Self::Attachment(_) => 1,
        }
    }
}

impl Program {
    pub const PEERS: [Self; 5] = [Self::Curl, Self::Msmtp, Self::Snail, Self::Swaks, Self::SmtpSource];

    pub fn name(self) -> &'static str {
        match self {
            Self::Smtpsend => "smtpsend",
            Self::Curl => "curl",
            Self::Msmtp => "msmtp",
            Self::Snail => "s-nail",
            Self::Swaks => "swaks",
            Self::SmtpSource => "smtp-source",
            Self::Raw => "raw",
        }
    }

    /// Its name and version; `None` if it is not installed.
    pub fn version(self) -> Option<String> {
        if self == Self::SmtpSource {
            return Path::new("/usr/sbin/smtp-source").exists().then(|| self.name().to_owned());
        }
        let output = Command::new(self.name()).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let is_number = |word: &&str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        let version = text.split_whitespace().find(is_number).unwrap_or_default();
        Some(format!("{} {}", self.name(), version.trim_start_matches('v').trim_end_matches(',')))
    }

    /// The command line, with whatever it reads written; `None` if the program has no way to do that work.
    pub fn invocation(self, job: &Job<'_>) -> Result<Option<Invocation>> {
        let words = match job.load {
            Load::One => self.one(job)?,
            Load::Many(count) => self.many(job, count)?,
            Load::Attachment(size) => self.attachment(job, size)?,
        };
        let Some(words) = words else { return Ok(None) };
        let mut invocation = Invocation::new(words);
        invocation.stdin = match (self, job.load) {
            (Self::Raw, _) if job.server == Server::PostfixTls => Some(octets(job)?),
            (_, Load::One) => Some(message(job, 0)?),
            _ => None,
        };
        // Nobody's own configuration takes part.
        let home = job.bed.dir().join("home");
        fs::create_dir_all(&home)?;
        invocation.environment = vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", home.into()),
            ("SSL_CERT_FILE", job.bed.roots().into()),
        ];
        Ok(Some(invocation))
    }

    fn one(self, job: &Job<'_>) -> Result<Option<Vec<String>>> {
        let port = job.port;
        let roots = job.bed.roots().display().to_string();
        let tls = job.server == Server::PostfixTls;
        let url = if tls { format!("smtps://localhost:{port}") } else { format!("smtp://127.0.0.1:{port}") };
        let line = match self {
            Self::Smtpsend => return Ok(Some([self.ours(job), words(&[SENDER, RECIPIENT])].concat())),
            Self::Curl => format!("curl -s --cacert {roots} {url} --mail-from {SENDER} --mail-rcpt {RECIPIENT} -T -"),
            Self::Msmtp => {
                let tls = if tls {
                    format!("--tls=on --tls-starttls=off --tls-trust-file={roots}")
                } else {
                    "--tls=off".to_owned()
                };
                format!("msmtp --host=localhost --port={port} --auth=off {tls} -f {SENDER} {RECIPIENT}")
            }
            Self::Snail => {
                let tls = format!("-Stls-verify=strict -Stls-ca-no-defaults -Stls-ca-file={roots}");
                format!("s-nail -:/ -Sv15-compat -Smta={url} -Ssmtp-auth=none -Sfrom={SENDER} {tls} -s x {RECIPIENT}")
            }
            // It finds TLS only where Perl has it.
            Self::Swaks if tls && !perl_has_tls() => return Ok(None),
            Self::Swaks => {
                let tls =
                    if tls { format!("--tls-on-connect --tls-verify --tls-ca-path {roots}") } else { String::new() };
                format!("swaks --silent 3 -s localhost --port {port} -f {SENDER} -t {RECIPIENT} {tls} -d -")
            }
            Self::SmtpSource => return Ok(None),
            Self::Raw if tls => {
                format!("openssl s_client -quiet -verify_return_error -CAfile {roots} -connect localhost:{port}")
            }
            Self::Raw => return raw_words(job).map(Some),
        };
        Ok(Some(line.split_whitespace().map(str::to_owned).collect()))
    }

    fn many(self, job: &Job<'_>, count: u32) -> Result<Option<Vec<String>>> {
        let port = job.port;
        Ok(match self {
            Self::Smtpsend => {
                let batch = batch(job, count)?.display().to_string();
                Some([self.ours(job), words(&[SENDER, RECIPIENT, "--batch", &batch])].concat())
            }
            Self::Curl => {
                let batch = batch(job, count)?;
                let mut config = String::new();
                for number in 0..count {
                    let separator = if number == 0 { "" } else { "next\n" };
                    let file = batch.join(format!("{number}.eml"));
                    config.push_str(&format!(
                        "{separator}url = \"smtp://127.0.0.1:{port}\"\nmail-from = \"{SENDER}\"\n\
                         mail-rcpt = \"{RECIPIENT}\"\nupload-file = \"{}\"\n",
                        file.display()
                    ));
                }
                let path = job.bed.dir().join("curl.config");
                fs::write(&path, config)?;
                Some(words(&["curl", "-s", "-K", &path.display().to_string()]))
            }
            Self::SmtpSource => {
                let (count, text, server) = (count.to_string(), TEXT.to_string(), format!("127.0.0.1:{port}"));
                Some(words(&["smtp-source", "-d", "-m", &count, "-l", &text, "-f", SENDER, "-t", RECIPIENT, &server]))
            }
            Self::Raw => Some(raw_words(job)?),
            // One message is all they can send.
            Self::Msmtp | Self::Snail | Self::Swaks => None,
        })
    }

    fn attachment(self, job: &Job<'_>, size: u64) -> Result<Option<Vec<String>>> {
        let path = job.bed.dir().join(format!("attachment{size}"));
        // Sparse: it takes no room.
        File::create(&path)?.set_len(size)?;
        let path = path.display();
        Ok(match self {
            Self::Smtpsend => {
                let attach = path.to_string();
                let rest = words(&[SENDER, RECIPIENT, "-s", "one attachment", "--body", "See there.", "--attach"]);
                Some([self.ours(job), rest, vec![attach]].concat())
            }
            Self::Curl => {
                let (url, form) = (format!("smtp://127.0.0.1:{}", job.port), format!("=@{path};encoder=base64"));
                Some(words(&["curl", "-s", &url, "--mail-from", SENDER, "--mail-rcpt", RECIPIENT, "-F", &form]))
            }
            _ => None,
        })
    }

    /// The start of smtpsend's command line, to which the sender's address is added.
    fn ours(self, job: &Job<'_>) -> Vec<String> {
        let smtpsend = job.smtpsend.display().to_string();
        if job.server == Server::PostfixTls {
            return words(&[&smtpsend, "-a", &format!("smtps://localhost:{}", job.port), "-f"]);
        }
        words(&[&smtpsend, "-a", &format!("smtp://127.0.0.1:{}", job.port), "--security", "plain", "-f"])
    }
}

fn perl_has_tls() -> bool {
    Command::new("perl").args(["-MNet::SSLeay", "-e1"]).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Our own program, that writes blindly.
fn raw_words(job: &Job<'_>) -> Result<Vec<String>> {
    let program = std::env::current_exe()?.display().to_string();
    Ok(words(&[&program, raw::WORD, &job.port.to_string(), &octets(job)?.display().to_string()]))
}

/// All that a session says.
fn octets(job: &Job<'_>) -> Result<PathBuf> {
    let mut octets = b"EHLO [127.0.0.1]\r\n".to_vec();
    let path = job.bed.dir().join("octets");
    for number in 0..job.load.messages() {
        let message = text(number);
        octets.extend(format!("MAIL FROM:<{SENDER}>\r\nRCPT TO:<{RECIPIENT}>\r\n").as_bytes());
        match job.server {
            Server::Sink => octets.extend([b"DATA\r\n", message.as_bytes(), b".\r\n"].concat()),
            Server::Postfix | Server::PostfixTls => {
                octets.extend(format!("BDAT {} LAST\r\n{message}", message.len()).as_bytes());
            }
        }
    }
    octets.extend(b"QUIT\r\n");
    fs::write(&path, octets)?;
    Ok(path)
}

/// A file with a message.
fn message(job: &Job<'_>, number: u32) -> Result<PathBuf> {
    let path = job.bed.dir().join("message");
    fs::write(&path, text(number))?;
    Ok(path)
}

/// A directory with so many messages.
fn batch(job: &Job<'_>, count: u32) -> Result<PathBuf> {
    let dir = job.bed.dir().join(format!("batch{count}"));
    if !dir.exists() {
        fs::create_dir(&dir)?;
        for number in 0..count {
            fs::write(dir.join(format!("{number}.eml")), text(number))?;
        }
    }
    Ok(dir)
}

fn text(number: u32) -> String {
    const LINE: &str = "hello world line\r\n";
    format!(
        "From: {SENDER}\r\nTo: {RECIPIENT}\r\nSubject: x\r\nMessage-ID: <{number}@example.org>\r\n\
         Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\n{}",
        LINE.repeat(TEXT / LINE.len())
    )
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
