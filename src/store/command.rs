//! Running a command that gets a message, or a part of one, on its standard input.
//!
//! No shell is involved, and nothing of a message becomes an argument. The command has a process group of its own, its
//! standard output goes to our standard error, and the environment lacks `MAILWIRE_PASSWORD`.

use std::fs::File;
use std::io::{self, Seek as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{Error, Result, StorageKind};
use crate::text::sanitize;

/// How long a command that was told to stop may take before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// One run of a command.
#[derive(Debug)]
pub struct Invocation<'a> {
    /// The command and its arguments.
    pub words: &'a [String],
    /// Variables for its environment.
    pub environment: &'a [(&'static str, String)],
    /// What it reads; from the start, wherever the file's position is.
    pub input: File,
    /// How long it may take; then it and all it started are stopped.
    pub timeout: Duration,
}

/// Runs a command to its end and gives its exit code.
///
/// # Errors
/// [`Error::Storage`] of kind [`Create`](StorageKind::Create) if there is no such command, of kind
/// [`System`](StorageKind::System) if no process can be made; [`Error::Command`] without a code if it was killed or took
/// too long.
pub fn run(mut invocation: Invocation<'_>) -> Result<i32> {
    let name = name(invocation.words)?;
    invocation.input.rewind().map_err(|source| Error::io("cannot read a temporary file", source))?;
    let output = io::stderr().as_fd().try_clone_to_owned().map_err(|source| cannot_start(name, source))?;
    let mut command = Command::new(name);
    command
        .args(invocation.words.iter().skip(1))
        .envs(invocation.environment.iter().map(|(name, value)| (name, value)))
        .env_remove("MAILWIRE_PASSWORD")
        .stdin(Stdio::from(invocation.input))
        .stdout(Stdio::from(output))
        .process_group(0);
    let mut child = command.spawn().map_err(|source| cannot_start(name, source))?;
    let status = match wait(&mut child, invocation.timeout).map_err(|source| cannot_start(name, source))? {
        Some(status) => status,
        None => {
            stop(&mut child);
            return Err(failed(name, format!("took longer than {:?} and was stopped", invocation.timeout), None));
        }
    };
    match (status.code(), status.signal()) {
        (Some(code), _) => Ok(code),
        (None, signal) => Err(failed(name, format!("was killed by signal {}", signal.unwrap_or(0)), None)),
    }
}

/// The error for a command that ended with a code which is not success.
pub fn refused(words: &[String], code: i32) -> Error {
    let name = words.first().map_or("", String::as_str);
    let detail = match sysexit(code) {
        Some(meaning) => format!("ended with exit code {code} ({meaning})"),
        None => format!("ended with exit code {code}"),
    };
    failed(name, detail, Some(code))
}

/// Looks for a command as running it would.
///
/// # Errors
/// As [`run`] has for a command that is not there.
pub fn find(words: &[String]) -> Result<()> {
    let name = name(words)?;
    let executable = |path: &Path| match rustix::fs::access(path, rustix::fs::Access::EXEC_OK) {
        Ok(()) if path.is_file() => Ok(()),
        Ok(()) => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        Err(errno) => Err(errno.into()),
    };
    let found = if name.contains('/') {
        executable(Path::new(name))
    } else {
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
        let found = std::env::split_paths(&path).any(|dir| executable(&dir.join(name)).is_ok());
        if found { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    found.map_err(|source| cannot_start(name, source))
}

fn name(words: &[String]) -> Result<&str> {
    match words.first() {
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(Error::InvalidInput("the command is empty".into())),
    }
}

/// Waits for the end, without ever losing the process to a race with its number: it is not reaped elsewhere.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    const LONGEST_PAUSE: Duration = Duration::from_millis(20);
    let started = Instant::now();
    let mut pause = Duration::from_micros(250);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() >= timeout {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Ends a command and its whole group.
fn stop(child: &mut Child) {
    let group = Pid::from_child(child);
    let _ = kill_process_group(group, Signal::TERM);
    if !matches!(wait(child, GRACE), Ok(Some(_))) {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
    }
}

fn cannot_start(name: &str, source: io::Error) -> Error {
    let kind = match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => StorageKind::Create,
        _ => StorageKind::System,
    };
    Error::Storage { doing: format!("cannot run {}", sanitize(name.as_bytes())), source, kind }
}

fn failed(name: &str, detail: String, code: Option<i32>) -> Error {
    Error::Command { command: sanitize(name.as_bytes()), detail, code }
}

/// What an exit code of sysexits.h means.
fn sysexit(code: i32) -> Option<&'static str> {
    Some(match code {
        64 => "EX_USAGE: wrong arguments",
        65 => "EX_DATAERR: the message was not accepted",
        66 => "EX_NOINPUT: input is missing",
        67 => "EX_NOUSER: no such user",
        68 => "EX_NOHOST: no such host",
        69 => "EX_UNAVAILABLE: service unavailable",
        70 => "EX_SOFTWARE: internal error",
        71 => "EX_OSERR: system error",
        72 => "EX_OSFILE: a system file is missing",
        73 => "EX_CANTCREAT: cannot create output",
        74 => "EX_IOERR: input or output error",
        75 => "EX_TEMPFAIL: try again later",
        76 => "EX_PROTOCOL: protocol error",
        77 => "EX_NOPERM: permission denied",
        78 => "EX_CONFIG: configuration error",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn sh(script: &str, input: &[u8], timeout: Duration) -> Result<i32> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input).unwrap();
        let words = ["/bin/sh", "-c", script].map(String::from);
        run(Invocation { words: &words, environment: &[("MAILWIRE_SIZE", "5".into())], input: file, timeout })
    }

    const LONG: Duration = Duration::from_secs(120);

    #[test]
    fn exit_codes_and_signals_are_told() {
        assert_eq!(sh("exit 0", b"", LONG).unwrap(), 0);
        assert_eq!(sh("exit 75", b"", LONG).unwrap(), 75);
        assert_eq!(sh("test \"$(cat)\" = hello && test \"$MAILWIRE_SIZE\" = 5", b"hello", LONG).unwrap(), 0);
        let killed = sh("kill -9 $$", b"", LONG).unwrap_err().to_string();
        assert!(killed.contains("signal 9"), "{killed}");
        let text = refused(&["procmail".into()], 67).to_string();
        assert!(text.contains("procmail") && text.contains("EX_NOUSER"), "{text}");
    }

    #[test]
    fn a_command_that_does_not_end_is_stopped_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let pid = dir.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", pid.display());
        let started = Instant::now();
        let error = sh(&script, b"", Duration::from_secs(1)).unwrap_err();
        assert!(matches!(&error, Error::Command { code: None, .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(60));
        let sleeper: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        let sleeper = Pid::from_raw(sleeper).unwrap();
        // Whoever adopted it has to reap it before its number is free.
        let gone = (0..600).any(|_| {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.as_raw_nonzero()));
            let dead = !state.is_ok_and(|text| !text.contains(") Z"));
            if !dead {
                std::thread::sleep(Duration::from_millis(50));
            }
            dead
        });
        assert!(gone);
    }

    #[test]
    fn a_command_that_is_not_there_cannot_be_created() {
        for name in ["/no/such/command", "no-such-command-anywhere", "/etc/passwd"] {
            let words = [name.to_owned()];
            let input = tempfile::tempfile().unwrap();
            let error = run(Invocation { words: &words, environment: &[], input, timeout: LONG }).unwrap_err();
            assert!(matches!(error, Error::Storage { kind: StorageKind::Create, .. }), "{name}: {error}");
            let error = find(&words).unwrap_err();
            assert!(matches!(error, Error::Storage { kind: StorageKind::Create, .. }), "{name}: {error}");
        }
        find(&["sh".into()]).unwrap();
        assert!(find(&[]).is_err());
    }
}
