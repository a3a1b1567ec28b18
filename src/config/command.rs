//! Commands that print a secret: run through the shell, bounded in time and output.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use zeroize::Zeroizing;

use super::{PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE};
use crate::error::{Error, Result};
use crate::net::deadline::Deadline;
use crate::net::wait::{Interest, wait_any, wait_one};
use crate::secret::Secret;
use crate::text::sanitize;

/// More than this is no password and no token.
pub(super) const LARGEST_OUTPUT: usize = 64 * 1024;

/// `EX_TEMPFAIL` of sysexits(3).
const TEMPORARY: i32 = 75;

/// Runs `/bin/sh -c command` and takes the one line it prints.
///
/// It gets nothing on standard input, neither password variable, the given variables on top, and a process group of
/// its own, which is killed when the deadline passes, a signal comes or it prints too much. (So a command that asks
/// on the terminal itself, and not through an agent, is stopped.) What it leaves running in the background, holding
/// its output open, is not waited for.
///
/// Fails with [`Error::Config`], or with [`Error::Command`] if it exits with 75, or with what ended the run.
pub(super) fn line_of(
    option: &str,
    command: &str,
    environment: &[(&str, &str)],
    deadline: &Deadline,
) -> Result<Secret> {
    let name = format!("{option} \"{}\"", sanitize(first_word(command).as_bytes()));
    let failed = |detail: String| Error::Config(format!("{name} {detail}"));
    let child = Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .env_remove(PASSWORD_VARIABLE)
        .env_remove(PROXY_PASSWORD_VARIABLE)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn();
    let child = child.map_err(|error| Error::Config(format!("cannot run /bin/sh: {error}")))?;
    let mut child = Killed(Some(child));
    let (output, status) = match child.collect(deadline) {
        Ok(ended) => ended,
        Err(Stop::Io(error)) => return Err(failed(format!("cannot be read from: {error}"))),
        Err(Stop::TooMuch) => return Err(failed(format!("printed more than {LARGEST_OUTPUT} octets"))),
        Err(Stop::Run(Error::Timeout { budget: Some(budget), .. })) => {
            return Err(failed(format!("did not end within {:.0?}", budget)));
        }
        Err(Stop::Run(error)) => return Err(error),
    };
    match (status.code(), status.success()) {
        (_, true) => one_line(&output).map_err(failed),
        (Some(TEMPORARY), _) => {
            let detail = "exited with 75: it could not tell for now".into();
            Err(Error::Command { command: name, detail, code: Some(TEMPORARY) })
        }
        (Some(code), _) => Err(failed(format!("exited with {code}"))),
        (None, _) => Err(failed(format!("was ended: {}", sanitize(status.to_string().as_bytes())))),
    }
}

/// The one line that is not empty, without its line end; else what is wrong with it, to be said after who printed it.
pub(super) fn one_line(output: &[u8]) -> Result<Secret, String> {
    let ended = |line: &'_ [u8]| line.strip_suffix(b"\r").unwrap_or(line).len();
    let mut lines =
        output.split(|b| *b == b'\n').map(|line| line.get(..ended(line)).unwrap_or_default()).filter(|l| !l.is_empty());
    let line = lines.next().ok_or("printed nothing")?;
    match lines.count() {
        0 if line.contains(&0) || line.contains(&b'\r') => {
            Err("printed a NUL or a carriage return, which no protocol can carry".into())
        }
        0 => Ok(Secret::new(line)),
        more => Err(format!("printed {} lines; only one is expected", more.saturating_add(1))),
    }
}

/// What a message may show of a command: the rest may hold anything.
fn first_word(command: &str) -> &str {
    command.split_whitespace().next().unwrap_or_default()
}

enum Stop {
    Io(io::Error),
    TooMuch,
    Run(Error),
}

/// A child whose process group does not outlive an error.
struct Killed(Option<Child>);

impl Killed {
    fn collect(&mut self, deadline: &Deadline) -> Result<(Zeroizing<Vec<u8>>, ExitStatus), Stop> {
        let Some(child) = self.0.as_mut() else { return Err(Stop::Io(io::ErrorKind::NotFound.into())) };
        let Some(mut stdout) = child.stdout.take() else { return Err(Stop::Io(io::ErrorKind::BrokenPipe.into())) };
        rustix::io::ioctl_fionbio(&stdout, true).map_err(|errno| Stop::Io(errno.into()))?;
        let mut output = Zeroizing::new(Vec::with_capacity(LARGEST_OUTPUT + PIECE));
        let mut pause = Duration::from_millis(1);
        loop {
            // Asked before reading: what a child wrote before it ended is then read below.
            let status = child.try_wait().map_err(Stop::Io)?;
            let end = drain(&mut stdout, &mut output)?;
            if let Some(status) = status {
                self.0 = None;
                return Ok((output, status));
            }
            // The end of the output does not tell that the child has ended, nor the other way round.
            let slice = deadline.at_most(pause);
            let waited = match end {
                End::Open => wait_one(&stdout, Interest::Read, &slice),
                End::Closed => wait_any(&[], &slice).map(drop),
            };
            match waited {
                Ok(()) | Err(Error::Timeout { .. }) => deadline.check().map_err(Stop::Run)?,
                Err(error) => return Err(Stop::Run(error)),
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended just now; then there is nothing to kill.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            let _ = child.wait();
        }
    }
}

const PIECE: usize = 4096;

enum End {
    Open,
    Closed,
}

fn drain(stdout: &mut ChildStdout, output: &mut Vec<u8>) -> Result<End, Stop> {
    let mut piece = Zeroizing::new([0; PIECE]);
    loop {
        match stdout.read(piece.as_mut_slice()) {
            Ok(0) => return Ok(End::Closed),
            Ok(count) => output.extend_from_slice(piece.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(End::Open),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Stop::Io(error)),
        }
        if output.len() > LARGEST_OUTPUT {
            return Err(Stop::TooMuch);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::error::Phase;
    use crate::net::deadline::{Interrupt, Timeouts};

    fn deadline(millis: u64) -> Deadline {
        Timeouts::default().deadline(Phase::Credentials, Duration::from_millis(millis))
    }

    fn run(command: &str) -> Result<String> {
        line_of("password-command", command, &[("MAILWIRE_ACCOUNT", "work")], &deadline(60_000))
            .map(|secret| secret.expose_str().unwrap().to_owned())
    }

    fn refusal(command: &str) -> String {
        match run(command) {
            Err(Error::Config(text)) => text,
            other => panic!("{command}: {other:?}"),
        }
    }

    #[test]
    fn takes_the_one_line() {
        assert_eq!(run("echo canary").unwrap(), "canary");
        assert_eq!(run("printf 'no end'").unwrap(), "no end");
        assert_eq!(run("printf 'dos\\r\\n'").unwrap(), "dos");
        assert_eq!(run("printf ' blanks \\n\\n\\n'").unwrap(), " blanks ");
        assert_eq!(run("echo $MAILWIRE_ACCOUNT").unwrap(), "work");
        assert_eq!(run("exec 2>/dev/null; read x; echo end-of-input$x").unwrap(), "end-of-input");
        assert_eq!(run("echo first; exec 1>&-; sleep 0.1").unwrap(), "first");
    }

    #[test]
    fn refuses_what_is_no_password() {
        for (command, says) in [
            ("true", "\"true\" printed nothing"),
            ("printf '\\n\\n'", "printed nothing"),
            ("echo canary; echo two; echo", "printed 2 lines; only one is expected"),
            ("printf 'canary\\0x'", "NUL"),
            ("printf 'canary\\rx\\n'", "carriage return"),
            ("echo canary; exit 3", "exited with 3"),
            ("nonexistent-canary-less 2>/dev/null", "exited with 127"),
            ("kill -9 $$", "was ended"),
            ("cat /dev/zero", "printed more than 65536 octets"),
        ] {
            let error = refusal(command);
            assert!(error.contains(says), "{command}: {error}");
            assert!(!error.replace("nonexistent-canary-less", "").contains("canary"), "{command}: {error}");
        }
        assert!(matches!(run("exit 75"), Err(Error::Command { code: Some(75), .. })));
    }

    #[test]
    fn a_background_child_that_holds_the_pipe_is_not_waited_for() {
        let started = Instant::now();
        assert_eq!(run("sleep 30 & echo canary").unwrap(), "canary");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn time_runs_out_for_the_whole_group() {
        let directory = tempfile::tempdir().unwrap();
        let pid = directory.path().join("pid");
        let command = format!("sleep 300 & echo $! > '{}'; wait", pid.display());
        let error = line_of("token-command", &command, &[], &deadline(1500)).unwrap_err().to_string();
        assert!(error.contains("token-command \"sleep\" did not end within"), "{error}");
        let child: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        let child = Pid::from_raw(child).unwrap();
        let started = Instant::now();
        // The killed grandchild is reaped by whoever inherits it; until then it is a zombie.
        while rustix::process::test_kill_process(child).is_ok() && !is_zombie(child) {
            assert!(started.elapsed() < Duration::from_secs(20), "it lives on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn is_zombie(pid: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).is_ok_and(|stat| stat.contains(") Z"))
    }

    #[test]
    fn the_run_and_signals_end_it_as_themselves() {
        let over =
            Timeouts { run_until: Instant::now().checked_add(Duration::from_millis(100)), ..Timeouts::default() };
        let deadline = over.deadline(Phase::Credentials, Duration::from_secs(60));
        assert!(matches!(line_of("x", "sleep 60", &[], &deadline), Err(Error::Timeout { budget: None, .. })));
        let interrupt = Arc::new(Interrupt::new().unwrap());
        let signalled = Timeouts { interrupt: Some(Arc::clone(&interrupt)), ..Timeouts::default() };
        interrupt.trigger(15);
        let deadline = signalled.deadline(Phase::Credentials, Duration::from_secs(60));
        assert!(matches!(line_of("x", "sleep 60", &[], &deadline), Err(Error::Interrupted(15))));
    }
}
