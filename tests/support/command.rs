//! Runs a program of the suite in a directory of its own, with nothing of the developer's environment.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::pki::pki;

/// The account that every test server knows.
pub(crate) const USER: &str = "user";
/// Its password: a canary that must be found nowhere.
pub(crate) const PASSWORD: &str = "canary-5Kq8vXz1";

/// A home directory that lives as long as the test.
pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("mailwire-").tempdir().unwrap();
        let home = Self { dir };
        home.write_secret("password", PASSWORD);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file that only its owner may read.
    pub(crate) fn write_secret(&self, name: &str, content: &str) -> PathBuf {
        let path = self.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    pub(crate) fn password_file(&self) -> PathBuf {
        self.join("password")
    }

    pub(crate) fn maildir(&self) -> PathBuf {
        self.join("Maildir")
    }

    /// The files of the Maildir's `new`, in the order of their content.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        let mut mails: Vec<_> = files(&self.maildir().join("new")).iter().map(|path| fs::read(path).unwrap()).collect();
        mails.sort();
        mails
    }

    /// `popfetch ARGS…`, not yet started.
    pub(crate) fn popfetch<I, S>(&self, args: I) -> Call
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.program(Program::Popfetch, args)
    }

    /// `imapctl -a URL ARGS…` with the CA and the password, not yet started.
    pub(crate) fn imapctl(&self, url: &str, args: &[&str]) -> Call {
        let (ca, password) = (pki().ca_file().display().to_string(), self.password_file().display().to_string());
        let mut all = vec!["-a", url, "--ca-file", &ca, "--password-file", &password];
        all.extend(args);
        self.program(Program::Imapctl, all)
    }

    /// `PROGRAM ARGS…`, not yet started. A face of smtpsend is a link in this home's `bin`.
    pub(crate) fn program<I, S>(&self, program: Program, args: I) -> Call
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut path = PathBuf::from(program.path());
        if let Some(face) = program.face() {
            let link = self.join("bin").join(face);
            if !link.exists() {
                fs::create_dir_all(link.parent().unwrap()).unwrap();
                symlink(path, &link).unwrap();
            }
            path = link;
        }
        let mut command = Command::new(path);
        command.args(args).env_clear().current_dir(self.path());
        let home = self.path();
        command
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("TMPDIR", env::temp_dir())
            .env("PATH", env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin")))
            .env("LC_ALL", "C.UTF-8")
            .env("RUST_BACKTRACE", "1");
        Call { command, timeout: Duration::from_secs(60), input: None, stdin: None, stdout: None }
    }
}

/// The regular files of a directory, in the order of their names; none where there is no directory.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// Every regular file below a directory.
pub(crate) fn all_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = files(dir);
    let Ok(entries) = fs::read_dir(dir) else { return found };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        found.extend(all_files(&entry.path()));
    }
    found
}

/// What may be run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Program {
    Popfetch,
    Smtpsend,
    Imapctl,
    /// smtpsend under the names that other programs know.
    Sendmail,
    Mailq,
    Newaliases,
}

impl Program {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("popfetch", Self::Popfetch),
        ("smtpsend", Self::Smtpsend),
        ("imapctl", Self::Imapctl),
        ("sendmail", Self::Sendmail),
        ("mailq", Self::Mailq),
        ("newaliases", Self::Newaliases),
    ];

    /// The one that cargo built with the tests, or the one that `MAILWIRE_POPFETCH`, `MAILWIRE_SMTPSEND` or `MAILWIRE_IMAPCTL`
    /// names, a release build say.
    pub(crate) fn path(self) -> OsString {
        let (variable, built) = match self {
            Self::Popfetch => ("MAILWIRE_POPFETCH", option_env!("CARGO_BIN_EXE_popfetch")),
            Self::Imapctl => ("MAILWIRE_IMAPCTL", option_env!("CARGO_BIN_EXE_imapctl")),
            _ => ("MAILWIRE_SMTPSEND", option_env!("CARGO_BIN_EXE_smtpsend")),
        };
        let path = env::var_os(variable).or_else(|| built.map(OsString::from));
        path.unwrap_or_else(|| panic!("{self:?} was not built, and {variable} names none"))
    }

    fn face(self) -> Option<&'static str> {
        let face = !matches!(self, Self::Popfetch | Self::Smtpsend | Self::Imapctl);
        Self::ALL.iter().find(|(_, program)| face && *program == self).map(|(name, _)| *name)
    }
}

/// A run that is about to start.
pub(crate) struct Call {
    command: Command,
    timeout: Duration,
    input: Option<Vec<u8>>,
    stdin: Option<Stdio>,
    stdout: Option<Stdio>,
}

impl Call {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, input: &[u8]) -> Self {
        self.input = Some(input.to_vec());
        self
    }

    /// Where stdin comes from, as it comes.
    pub(crate) fn stdin_from(mut self, stdin: impl Into<Stdio>) -> Self {
        self.stdin = Some(stdin.into());
        self
    }

    /// With a limit of the process, as sh's `ulimit` takes it.
    pub(crate) fn limited(mut self, limit: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")]);
        command.arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().unwrap());
        self.command = command;
        self
    }

    /// On a terminal of so many columns, which script(1) makes: what is typed and shown goes through its stdin and stdout.
    pub(crate) fn on_terminal(mut self, columns: usize) -> Self {
        let quoted = |word: &OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', "'\\''"));
        let words: Vec<_> =
            std::iter::once(self.command.get_program()).chain(self.command.get_args()).map(quoted).collect();
        let mut command = Command::new("script");
        command.args(["-qec", &format!("stty cols {columns} rows 50; exec {}", words.join(" ")), "/dev/null"]);
        command.env_clear().envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("TERM", "xterm").env("SHELL", "/bin/sh").current_dir(self.command.get_current_dir().unwrap());
        self.command = command;
        self
    }

    /// Where stdout goes instead of into the result.
    pub(crate) fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// How long the run may take before it is killed and the test fails.
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Starts it, for a test that wants to kill it.
    pub(crate) fn start(mut self) -> Running {
        let stdin = self.stdin.take();
        self.command.stdin(stdin.unwrap_or_else(|| if self.input.is_some() { Stdio::piped() } else { Stdio::null() }));
        self.command.stdout(self.stdout.unwrap_or_else(Stdio::piped)).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = self.command.spawn().unwrap();
        if let Some(input) = self.input {
            let mut pipe = child.stdin.take().unwrap();
            // A program that does not read to the end is not this function's business.
            thread::spawn(move || drop(pipe.write_all(&input)));
        }
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        Running { child, stdout, stderr, started, timeout: self.timeout, peak_rss: 0 }
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Finished {
        self.start().wait()
    }
}

/// A run under way.
pub(crate) struct Running {
    child: Child,
    stdout: thread::JoinHandle<Vec<u8>>,
    stderr: thread::JoinHandle<Vec<u8>>,
    started: Instant,
    timeout: Duration,
    peak_rss: u64,
}

impl Running {
    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGKILL, at once.
    pub(crate) fn kill(mut self) -> Finished {
        // It may have ended by itself.
        drop(self.child.kill());
        self.wait()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Whether its time is up, so that `wait` kills it.
    pub(crate) fn is_late(&self) -> bool {
        self.started.elapsed() > self.timeout
    }

    pub(crate) fn wait(mut self) -> Finished {
        let mut timed_out = false;
        let mut is_itself = false;
        let status = loop {
            // The memory of a process that is just being made is still the one of this process.
            is_itself = is_itself || is_another_program(self.child.id());
            if is_itself {
                self.peak_rss = self.peak_rss.max(high_water_mark(self.child.id()));
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.started.elapsed() > self.timeout {
                timed_out = true;
                self.child.kill().unwrap();
                break self.child.wait().unwrap();
            }
            thread::sleep(Duration::from_millis(2));
        };
        let elapsed = self.started.elapsed();
        Finished {
            status,
            timed_out,
            elapsed,
            peak_rss: self.peak_rss,
            stdout: self.stdout.join().unwrap(),
            stderr: self.stderr.join().unwrap(),
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    /// Whether it had to be killed because its time was up.
    pub(crate) timed_out: bool,
    pub(crate) elapsed: Duration,
    /// In octets, sampled every few milliseconds.
    pub(crate) peak_rss: u64,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Finished {
    /// The exit code; negative for a signal.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| -self.status.signal().unwrap_or(0))
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Panics with both outputs unless the exit code is the one expected.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert!(!self.timed_out, "killed after {:?}\n{}", self.elapsed, self.both());
        assert!(self.code() == code, "exit {} instead of {code}\n{}", self.code(), self.both());
        self
    }

    /// As `exits(0)`, and not a word on either output.
    #[track_caller]
    pub(crate) fn silently(self) -> Self {
        let run = self.exits(0);
        assert!(run.stdout.is_empty() && run.stderr.is_empty(), "not silent\n{}", run.both());
        run
    }

    /// Panics unless stderr has the text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr().contains(text), "stderr lacks {text:?}\n{}", self.both());
        self
    }

    pub(crate) fn both(&self) -> String {
        format!("--- stdout\n{}\n--- stderr\n{}", excerpt(&self.stdout), excerpt(&self.stderr))
    }
}

/// The first 8 KiB, as text.
fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(8192)]).into_owned()
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut all).unwrap();
        }
        all
    })
}

/// Whether the process runs another program than this one by now.
fn is_another_program(pid: u32) -> bool {
    let program = fs::read_link(format!("/proc/{pid}/exe"));
    program.is_ok_and(|program| fs::read_link("/proc/self/exe").is_ok_and(|own| own != program))
}

/// The most memory the process has had, in octets; 0 where the system does not tell.
fn high_water_mark(pid: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) * 1024
}
