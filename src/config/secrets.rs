//! Where a password or token comes from, and getting it: as late as possible, once per run.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use zeroize::Zeroizing;

use super::document::path_text;
use super::private::PrivateFile;
use super::{command, netrc, prompt};
use crate::error::{Error, Phase, Result};
use crate::net::deadline::{Deadline, Timeouts};
use crate::net::wait::{Interest, wait_one};
use crate::secret::Secret;
use crate::text::sanitize;

/// How long a command or descriptor may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a person may take.
const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(600);

/// Where a password comes from, in the order in which the contract asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SecretSource {
    /// A shell command that prints it.
    Command(String),
    /// A file that holds it and nothing else.
    File(PathBuf),
    /// An open descriptor, read to its end.
    Descriptor(i32),
    /// `$MAILWIRE_PASSWORD`.
    Environment(Secret),
    /// A netrc file; `~/.netrc` if none is named.
    Netrc(Option<PathBuf>),
    /// The configuration file.
    Config(Secret),
    /// Whoever sits at the terminal.
    Prompt,
}

/// Whose secret is wanted. Commands get these as `$MAILWIRE_ACCOUNT`, `$MAILWIRE_USER` and `$MAILWIRE_HOST`.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    /// The account's name, or what stands for it.
    pub account: String,
    /// The user, if it is known.
    pub user: Option<String>,
    /// The configured host, to which alone the secret belongs.
    pub host: String,
}

/// A password yet to be got. Clones share what was got.
#[derive(Clone)]
pub struct Password {
    source: SecretSource,
    whom: Whom,
    got: Arc<Mutex<Option<Login>>>,
}

/// A password and, where its source tells, whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Login {
    /// The user named by a netrc entry.
    pub user: Option<String>,
    /// The password.
    pub password: Secret,
}

impl Password {
    /// Nothing is read or run yet.
    pub fn new(source: SecretSource, whom: Whom) -> Self {
        Self { source, whom, got: Arc::default() }
    }

    /// Where it comes from.
    pub fn source(&self) -> &SecretSource {
        &self.source
    }

    /// Gets it, or gives what was got before.
    ///
    /// Fails with [`Error::Config`], with [`Error::Command`] if a command exits with 75, or with what ended the run.
    pub fn login(&self, timeouts: &Timeouts) -> Result<Login> {
        let mut got = lock(&self.got);
        if let Some(login) = got.as_ref() {
            return Ok(login.clone());
        }
        let login = self.source.get(&self.whom, timeouts)?;
        Ok(got.insert(login).clone())
    }

    /// [`Password::login`] without the user.
    pub fn secret(&self, timeouts: &Timeouts) -> Result<Secret> {
        self.login(timeouts).map(|login| login.password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").field("source", &self.source).field("whom", &self.whom).finish_non_exhaustive()
    }
}

/// An OAuth 2.0 access token yet to be got. Clones share what was got.
#[derive(Clone)]
pub struct Token {
    command: String,
    whom: Whom,
    got: Arc<Mutex<Tokens>>,
}

#[derive(Default)]
struct Tokens {
    current: Option<Secret>,
    refreshed: bool,
}

impl Token {
    /// Nothing is run yet.
    pub fn new(command: String, whom: Whom) -> Self {
        Self { command, whom, got: Arc::default() }
    }

    /// Runs the command, or gives what it printed before. Fails as [`Password::login`] does.
    pub fn secret(&self, timeouts: &Timeouts) -> Result<Secret> {
        let mut got = lock(&self.got);
        match &got.current {
            Some(token) => Ok(token.clone()),
            None => Ok(got.current.insert(self.run(timeouts)?).clone()),
        }
    }

    /// Runs the command anew after the server has refused a token as expired: once per run, then `None`.
    pub fn refresh(&self, timeouts: &Timeouts) -> Result<Option<Secret>> {
        let mut got = lock(&self.got);
        if std::mem::replace(&mut got.refreshed, true) {
            return Ok(None);
        }
        let token = self.run(timeouts)?;
        Ok(Some(got.current.insert(token).clone()))
    }

    fn run(&self, timeouts: &Timeouts) -> Result<Secret> {
        run("token-command", &self.command, &self.whom, timeouts)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("command", &self.command).field("whom", &self.whom).finish_non_exhaustive()
    }
}

impl SecretSource {
    fn get(&self, whom: &Whom, timeouts: &Timeouts) -> Result<Login> {
        let password = match self {
            Self::Command(text) => run("password-command", text, whom, timeouts)?,
            Self::File(path) => read_file(path)?,
            Self::Descriptor(number) => read_descriptor(*number, &timeouts.deadline(Phase::Credentials, PATIENCE))?,
            Self::Netrc(path) => return read_netrc(path.as_deref(), whom),
            Self::Environment(secret) if secret.expose().iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) => {
                return Err(Error::Config(format!(
                    "${} holds a line end, which no protocol can carry",
                    super::PASSWORD_VARIABLE
                )));
            }
            Self::Environment(secret) => secret.clone(),
            Self::Config(secret) => secret.clone(),
            Self::Prompt => ask(whom, timeouts)?,
        };
        Ok(Login { user: None, password })
    }
}

fn run(option: &str, text: &str, whom: &Whom, timeouts: &Timeouts) -> Result<Secret> {
    let environment = [
        ("MAILWIRE_ACCOUNT", whom.account.as_str()),
        ("MAILWIRE_USER", whom.user.as_deref().unwrap_or_default()),
        ("MAILWIRE_HOST", whom.host.as_str()),
    ];
    command::line_of(option, text, &environment, &timeouts.deadline(Phase::Credentials, PATIENCE))
}

fn read_file(path: &Path) -> Result<Secret> {
    let file = PrivateFile::read(path)
        .map_err(|error| Error::Config(format!("password-file: cannot read {}: {error}", path_text(path))))?;
    file.require_private("a password")?;
    one_line(&file.content, &format!("password-file {}", file.name()))
}

/// Reopens the descriptor by its path: only that needs no trust in what else may use its number.
fn read_descriptor(number: i32, deadline: &Deadline) -> Result<Secret> {
    let failed = |error: io::Error| Error::Config(format!("password-fd {number}: cannot be read: {error}"));
    let mut file = File::open(format!("/dev/fd/{number}")).map_err(failed)?;
    let mut content = Zeroizing::new(Vec::with_capacity(2 * command::LARGEST_OUTPUT));
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        match wait_one(&file, Interest::Read, deadline) {
            Err(Error::Timeout { budget: Some(_), .. }) => return Err(failed(io::ErrorKind::TimedOut.into())),
            waited => waited?,
        }
        match file.read(piece.as_mut_slice()) {
            Ok(0) => break,
            Ok(count) => content.extend_from_slice(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
        if content.len() > command::LARGEST_OUTPUT {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
    }
    one_line(&content, &format!("password-fd {number}"))
}

fn one_line(content: &[u8], whose: &str) -> Result<Secret> {
    command::one_line(content)
        .map_err(|complaint| Error::Config(format!("{whose} {}", complaint.replacen("printed", "holds", 1))))
}

fn read_netrc(path: Option<&Path>, whom: &Whom) -> Result<Login> {
    let home = || match std::env::var_os("HOME") {
        Some(home) if !home.is_empty() => Ok(PathBuf::from(home).join(".netrc")),
        _ => Err(Error::Config("netrc: HOME is not set: name the file with --netrc=FILE".into())),
    };
    let path = path.map_or_else(home, |path| Ok(path.to_owned()))?;
    let file = PrivateFile::read(&path)
        .map_err(|error| Error::Config(format!("netrc: cannot read {}: {error}", path_text(&path))))?;
    let failed = |complaint: String| Error::Config(format!("netrc: {} {complaint}", file.name()));
    let text = std::str::from_utf8(&file.content).map_err(|_| failed("is not UTF-8".into()))?;
    let entries = netrc::parse(text).map_err(failed)?;
    if netrc::holds_secret(&entries) {
        file.require_private("a password")?;
    }
    let (user, password) = netrc::find(entries, &whom.host, whom.user.as_deref()).map_err(failed)?;
    if user.as_ref().is_some_and(|user| user.chars().any(char::is_control)) {
        return Err(failed("has a login with a control character in it".into()));
    }
    if password.is_empty() || password.expose().contains(&0) {
        return Err(failed("has a password that is empty or holds a NUL".into()));
    }
    Ok(Login { user, password })
}

fn ask(whom: &Whom, timeouts: &Timeouts) -> Result<Secret> {
    let who = match &whom.user {
        Some(user) => format!("{user} at {}", whom.host),
        None => whom.host.clone(),
    };
    let who = sanitize(who.as_bytes());
    let deadline = timeouts.deadline(Phase::Credentials, PATIENCE_WITH_PEOPLE);
    prompt::ask(&format!("Password for {who}"), &deadline)?.ok_or_else(|| {
        Error::Config(format!(
            "no password for {who} and no terminal to ask on: set password-command or password-file for the account, \
             or use --password-command, --password-file, --netrc or $MAILWIRE_PASSWORD"
        ))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn whom() -> Whom {
        Whom { account: "work".into(), user: Some("ann".into()), host: "pop.example.org".into() }
    }

    fn get(source: SecretSource) -> Result<Login> {
        Password::new(source, whom()).login(&Timeouts::default())
    }

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (directory, path)
    }

    #[test]
    fn files() {
        let (_directory, path) = file("canary\n", 0o600);
        assert_eq!(get(SecretSource::File(path.clone())).unwrap().password, Secret::new("canary"));
        for (text, mode, says) in
            [("canary\n", 0o644, "chmod 600"), ("", 0o600, "holds nothing"), ("canary\nmore\n", 0o600, "holds 2 lines")]
        {
            let (_directory, path) = file(text, mode);
            let error = get(SecretSource::File(path)).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("canary"), "{error}");
        }
        assert!(matches!(get(SecretSource::File("/nonexistent/x".into())), Err(Error::Config(_))));
    }

    #[test]
    fn descriptors() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        rustix::io::write(&writer, b"canary\n").unwrap();
        drop(writer);
        assert_eq!(get(SecretSource::Descriptor(reader.as_raw_fd())).unwrap().password, Secret::new("canary"));
        let error = get(SecretSource::Descriptor(987_654)).unwrap_err();
        assert!(matches!(&error, Error::Config(text) if text.contains("987654")), "{error}");
        let zeros = File::open("/dev/zero").unwrap();
        assert!(matches!(get(SecretSource::Descriptor(zeros.as_raw_fd())), Err(Error::Config(_))));
    }

    #[test]
    fn netrc_files() {
        let text = "machine pop.example.org login ann password canary\n";
        let (_directory, path) = file(text, 0o600);
        let login = get(SecretSource::Netrc(Some(path.clone()))).unwrap();
        assert_eq!(login, Login { user: Some("ann".into()), password: Secret::new("canary") });
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = get(SecretSource::Netrc(Some(path))).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        let (_directory, path) = file("machine a login b password canary c", 0o600);
        let error = get(SecretSource::Netrc(Some(path))).unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("canary"), "{error}");
    }

    #[test]
    fn commands_run_once_and_see_who_is_meant() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("runs");
        let text = format!("echo x >> '{}'; echo $MAILWIRE_ACCOUNT-$MAILWIRE_USER-$MAILWIRE_HOST", log.display());
        let password = Password::new(SecretSource::Command(text.clone()), whom());
        for _ in 0..2 {
            let secret = password.clone().secret(&Timeouts::default()).unwrap();
            assert_eq!(secret.expose_str(), Some("work-ann-pop.example.org"));
        }
        assert_eq!(fs::read_to_string(&log).unwrap(), "x\n");
        let token = Token::new(text, whom());
        token.secret(&Timeouts::default()).unwrap();
        token.secret(&Timeouts::default()).unwrap();
        assert!(token.refresh(&Timeouts::default()).unwrap().is_some());
        assert!(token.refresh(&Timeouts::default()).unwrap().is_none());
        assert_eq!(fs::read_to_string(&log).unwrap(), "x\nx\nx\n");
    }

    #[test]
    fn debug_shows_no_secret() {
        for source in [SecretSource::Environment(Secret::new("canary")), SecretSource::Config(Secret::new("canary"))] {
            let password = Password::new(source, whom());
            password.secret(&Timeouts::default()).unwrap();
            assert!(!format!("{password:?}").contains("canary"));
        }
    }
}
