//! imapctl and those that look at folders as it does: how each is told to do the same.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::measure::Invocation;
use crate::pop3::bed::{Bed, PASSWORD};

/// What can look at folders.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Program {
    Imapctl,
    Himalaya,
    Curl,
}

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub enum Work<'w> {
    /// The newest 25.
    List,
    /// What has this in its subject.
    Search(&'w str),
    /// All folders and how much is in them.
    Folders,
    /// Part 3 of message 1 into a directory.
    Part(&'w Path),
    /// Message 1 as it is.
    Show,
    /// A file into INBOX.
    Append(&'w Path),
    /// All files of a Maildir's directory into INBOX.
    AppendAll(&'w Path),
    /// All messages of another user, at the server's own port, into INBOX.
    CopyAll { user: &'w str, port: u16 },
}

/// A piece of work for a program.
#[derive(Clone, Copy, Debug)]
pub struct Job<'b> {
    pub bed: &'b Bed,
    pub user: &'b str,
    /// The server's port, or that of a proxy before it.
    pub port: u16,
    pub imapctl: &'b Path,
    pub work: Work<'b>,
}

impl Program {
    pub const PEERS: [Self; 2] = [Self::Himalaya, Self::Curl];

    pub fn name(self) -> &'static str {
        match self {
            Self::Imapctl => "imapctl",
            Self::Himalaya => "himalaya",
            Self::Curl => "curl",
        }
    }

    /// The first line that tells its version; `None` if it is not installed.
    pub fn version(self) -> Option<String> {
        let output = Command::new(self.name()).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let number = |word: &&str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        let version = text.lines().next()?.split(' ').find(number)?;
        Some(format!("{} {}", self.name(), version.trim_start_matches('v')))
    }

    /// The command line, with its configuration written; `None` for what the program does not do.
    pub fn invocation(self, job: &Job<'_>) -> Result<Option<Invocation>> {
        match self {
            Self::Imapctl => Ok(Some(imapctl(job))),
            Self::Himalaya => himalaya(job),
            Self::Curl => curl(job),
        }
    }
}

fn imapctl(job: &Job<'_>) -> Invocation {
    let Job { bed, user, port, .. } = job;
    let (ca, password) = (bed.ca().display().to_string(), bed.password_file().display().to_string());
    let url = match job.work {
        Work::CopyAll { user, port } => format!("imaps://{user}@localhost:{port}"),
        _ => format!("imaps://{user}@localhost:{port}"),
    };
    let target = [
        "--to-account",
        &format!("imaps://{user}@localhost:{port}"),
        "--to-ca-file",
        &ca,
        "--to-password-file",
        &password,
    ]
    .map(String::from);
    let state = bed.dir.join("state").display().to_string();
    let mut words = vec![job.imapctl.display().to_string(), "-a".into(), url];
    for (option, value) in [("--ca-file", ca), ("--password-file", password), ("--state-dir", state)] {
        words.extend([option.to_owned(), value]);
    }
    words.extend(match job.work {
        Work::List => vec!["list".into(), "--limit".into(), "25".into()],
        Work::Search(text) => vec!["search".into(), format!("subject:{text}")],
        Work::Folders => vec!["folders".into(), "--counts".into()],
        Work::Part(dir) => ["save", "1", "--part", "3", "--to"]
            .map(String::from)
            .into_iter()
            .chain([dir.display().to_string()])
            .collect(),
        Work::Show => ["show", "1", "--raw"].map(String::from).to_vec(),
        Work::Append(file) => vec!["append".into(), file.display().to_string()],
        Work::AppendAll(cur) => vec!["append".into(), cur.parent().unwrap_or(cur).display().to_string()],
        Work::CopyAll { .. } => ["copy", "1:*", "--to", "INBOX"].map(String::from).into_iter().chain(target).collect(),
    });
    Invocation::new(words)
}

fn himalaya(job: &Job<'_>) -> Result<Option<Invocation>> {
    let Job { bed, user, port, .. } = job;
    let words: &[&str] = match job.work {
        Work::List => &["envelope", "list", "-s", "25"],
        Work::Search(text) => &["envelope", "search", "-s", "25", "subject", text],
        Work::Folders | Work::Part(_) | Work::Show | Work::Append(_) | Work::AppendAll(_) | Work::CopyAll { .. } => {
            return Ok(None);
        }
    };
    let config = bed.dir.join(format!("himalaya-{user}-{port}.toml"));
    let text = format!(
        "[accounts.bench]\ndefault = true\nemail = \"{user}@example.org\"\nimap.server = \"imaps://localhost:{port}\"\n\
         imap.tls.cert = \"{}\"\nimap.sasl.plain.username = \"{user}\"\nimap.sasl.plain.password.raw = \"{PASSWORD}\"\n",
        bed.ca().display()
    );
    private(&config, &text)?;
    let mut all = vec!["himalaya".to_owned(), "-c".into(), config.display().to_string()];
    all.extend(words.iter().map(|word| (*word).to_owned()));
    Ok(Some(Invocation::new(all)))
}

fn curl(job: &Job<'_>) -> Result<Option<Invocation>> {
    let Job { bed, user, port, .. } = job;
    let netrc = bed.dir.join(format!("netrc-{user}"));
    private(&netrc, &format!("machine localhost login {user} password {PASSWORD}\n"))?;
    let url = format!("imaps://localhost:{port}/INBOX");
    let (ca, netrc) = (bed.ca().display().to_string(), netrc.display().to_string());
    let mut words = ["curl", "-s", "--cacert", &ca, "--netrc-file", &netrc].map(String::from).to_vec();
    words.extend(match job.work {
        Work::Show => vec![format!("{url};UID=1")],
        Work::Append(file) => vec!["-T".into(), file.display().to_string(), url],
        Work::AppendAll(cur) => vec!["-K".into(), uploads(job, cur, &url)?.display().to_string()],
        Work::List | Work::Search(_) | Work::Folders | Work::Part(_) | Work::CopyAll { .. } => return Ok(None),
    });
    Ok(Some(Invocation::new(words)))
}

/// What tells curl to upload every file of a directory to the same place.
fn uploads(job: &Job<'_>, dir: &Path, url: &str) -> Result<PathBuf> {
    let mut text = String::new();
    for entry in fs::read_dir(dir)? {
        text.push_str(&format!("upload-file = \"{}\"\nurl = \"{url}\"\n", entry?.path().display()));
    }
    let path = job.bed.dir.join(format!("uploads-{}", job.user));
    fs::write(&path, text)?;
    Ok(path)
}

fn private(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}
