//! A command whose standard input and output are the connection.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Transport;
use super::deadline::Deadline;
use super::wait::{Interest, pause, wait_any};
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// What the command must not inherit.
const SECRET_VARIABLES: [&str; 2] = ["MAILWIRE_PASSWORD", "MAILWIRE_PROXY_PASSWORD"];

/// How long a command that has closed its output may take to say how it ended.
const ENDING: Duration = Duration::from_secs(1);

/// How long the command gets to end by itself once its input is closed, and then after SIGTERM.
const FAREWELL: [Duration; 2] = [Duration::from_millis(800), Duration::from_millis(200)];

/// How much of the command is shown, in characters.
const SHOWN: usize = 60;

/// A running command as a private transport. Dropping it closes the pipes, then ends the command's process group.
#[derive(Debug)]
pub struct Tunnel {
    name: String,
    child: Child,
    status: Option<ExitStatus>,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    has_spoken: bool,
    closed_at: Option<Instant>,
}

impl Tunnel {
    /// Starts `/bin/sh -c command` in a process group of its own, with the caller's standard error.
    ///
    /// Fails with [`Error::InvalidInput`] on an empty command or a NUL, with [`Error::Connect`] if it cannot start.
    /// A command that ends before it has said anything fails the first read with [`Error::Connect`], which tells how
    /// it ended.
    pub fn start(command: &str) -> Result<Self> {
        if command.trim().is_empty() || command.contains('\0') {
            return Err(Error::InvalidInput("the tunnel command is empty or holds a NUL".into()));
        }
        // The first word alone: what follows may be secret.
        let word = command.split_whitespace().next().unwrap_or_default();
        let name = format!("tunnel command \"{}\"", sanitize_capped(word.as_bytes(), SHOWN));
        let mut child = shell(command).spawn().map_err(|source| Error::Connect { target: name.clone(), source })?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let tunnel = Self { name, child, status: None, input, output, has_spoken: false, closed_at: None };
        tunnel.set_non_blocking().map_err(|source| Error::Connect { target: tunnel.name.clone(), source })?;
        Ok(tunnel)
    }

    /// What it is called in errors and notes.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn set_non_blocking(&self) -> io::Result<()> {
        for fd in [self.input.as_ref().map(AsFd::as_fd), self.output.as_ref().map(AsFd::as_fd)].into_iter().flatten() {
            rustix::io::ioctl_fionbio(fd, true)?;
        }
        Ok(())
    }

    /// What to report when a pipe is found closed: how the command ended, if it has never said anything.
    fn at_end(&mut self, plain: io::Result<usize>) -> io::Result<usize> {
        if self.has_spoken {
            return plain;
        }
        let closed_at = *self.closed_at.get_or_insert_with(Instant::now);
        match self.reap() {
            Some(status) => {
                let source = io::Error::other(format!("it ended before it said anything: {status}"));
                Err(io::Error::other(Error::Connect { target: self.name.clone(), source }))
            }
            // The pipe closes a moment before the status can be had: `wait` waits for it.
            None if closed_at.elapsed() < ENDING => Err(io::ErrorKind::WouldBlock.into()),
            None => plain,
        }
    }

    fn reap(&mut self) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
            if self.status.is_some() {
                // At once, before its number can belong to anybody else: what the command has left behind.
                self.signal(Signal::KILL);
            }
        }
        self.status
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // The group may have ended by itself.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Whether the command ended within the time.
    fn ends_within(&mut self, time: Duration) -> bool {
        let started = Instant::now();
        let mut nap = Duration::from_millis(1);
        loop {
            if self.reap().is_some() {
                return true;
            }
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(nap.min(left));
            nap = (nap * 2).min(Duration::from_millis(50));
        }
    }
}

impl Read for Tunnel {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(output) = &mut self.output else { return Ok(0) };
        match output.read(buf) {
            Ok(0) if !buf.is_empty() => self.at_end(Ok(0)),
            Ok(count) => {
                self.has_spoken |= count > 0;
                Ok(count)
            }
            Err(error) => Err(error),
        }
    }
}

impl Write for Tunnel {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let Some(input) = &mut self.input else { return Err(io::ErrorKind::BrokenPipe.into()) };
        match input.write(buf) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.at_end(Err(error)),
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Tunnel {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        if self.closed_at.is_some_and(|at| at.elapsed() < ENDING) {
            // A closed pipe is always ready: only the status is still to come.
            return pause(Duration::from_millis(5), deadline);
        }
        let mut fds = Vec::with_capacity(2);
        if interest != Interest::Write {
            fds.extend(self.output.as_ref().map(|output| (output.as_fd(), Interest::Read)));
        }
        if interest != Interest::Read {
            fds.extend(self.input.as_ref().map(|input| (input.as_fd(), Interest::Write)));
        }
        if fds.is_empty() {
            // Both ends are closed: the next call says so.
            return deadline.check();
        }
        wait_any(&fds, deadline).map(drop)
    }

    fn close(&mut self) {
        self.input = None;
    }

    fn is_private(&self) -> bool {
        true
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.input = None;
        self.output = None;
        let [alone, terminated] = FAREWELL;
        if self.ends_within(alone) {
            return;
        }
        self.signal(Signal::TERM);
        if self.ends_within(terminated) {
            return;
        }
        self.signal(Signal::KILL);
        // Nothing survives SIGKILL but a process that the kernel holds, and then there is nothing to reap yet.
        self.ends_within(terminated);
    }
}

fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
    for variable in SECRET_VARIABLES {
        shell.env_remove(variable);
    }
    shell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;
    use crate::net::{Stream, Timeouts};

    fn deadline() -> Deadline {
        Timeouts::default().reply(Phase::Greeting)
    }

    fn read_all(command: &str) -> (Vec<u8>, Result<usize>) {
        let mut stream = Stream::from_transport(Box::new(Tunnel::start(command).unwrap()));
        loop {
            match stream.fill(&deadline()) {
                Ok(count) if count > 0 => {}
                end => return (stream.buffered().to_vec(), end),
            }
        }
    }

    /// Whether a process still runs: a killed orphan may stay a zombie where nobody reaps it.
    fn is_running(pid: i32) -> bool {
        match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => !stat.contains(") Z") && !stat.contains(") X"),
            Err(_) => {
                cfg!(not(target_os = "linux"))
                    && rustix::process::test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
            }
        }
    }

    fn wait_until(what: impl Fn() -> bool) -> bool {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10) {
            if what() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn carries_octets_both_ways_and_ends_with_the_input() {
        let tunnel = Tunnel::start("cat").unwrap();
        assert!(tunnel.is_private());
        let mut stream = Stream::from_transport(Box::new(tunnel));
        // More than the pipes hold: both directions must move while the other is full.
        let sent: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
        stream.queue(&sent);
        stream.flush(&deadline()).unwrap();
        while stream.buffered().len() < sent.len() {
            assert!(stream.fill(&deadline()).unwrap() > 0);
        }
        assert_eq!(stream.buffered(), sent);
        stream.close();
        assert_eq!(stream.fill(&deadline()).unwrap(), 0);
    }

    #[test]
    fn a_command_that_ends_at_once_says_how() {
        let (said, end) = read_all("exit 3");
        let error = end.unwrap_err();
        assert!(matches!(error, Error::Connect { .. }), "{error:?}");
        assert!(said.is_empty() && error.to_string().contains("exit status: 3"), "{error}");
        assert!(error.to_string().contains("tunnel command \"exit\""), "{error}");
        let error = read_all("kill -9 $$").1.unwrap_err().to_string();
        assert!(error.contains("signal: 9"), "{error}");
    }

    #[test]
    fn the_status_is_told_also_when_writing_fails_first() {
        let mut tunnel = Tunnel::start("exit 4").unwrap();
        let started = Instant::now();
        let error = loop {
            match tunnel.write(b"QUIT\r\n") {
                Ok(_) => tunnel.wait(Interest::Write, &deadline()).unwrap(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tunnel.wait(Interest::ReadWrite, &deadline()).unwrap();
                }
                Err(error) => break error,
            }
            assert!(started.elapsed() < Duration::from_secs(10));
        };
        assert!(error.to_string().contains("exit status: 4"), "{error}");
    }

    #[test]
    fn what_was_said_before_the_end_is_read_first() {
        let (said, end) = read_all("echo +OK; exit 3");
        assert_eq!(said, b"+OK\n");
        assert_eq!(end.unwrap(), 0);
    }

    #[test]
    fn a_command_that_closes_its_output_and_lives_is_an_end() {
        let (said, end) = read_all("exec >&-; sleep 600");
        assert!(said.is_empty());
        assert_eq!(end.unwrap(), 0);
    }

    #[test]
    fn the_whole_group_is_killed_at_drop() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pids");
        let command = format!(
            "trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 600; done' & echo $$ $! > {0}.new; mv {0}.new {0}; wait",
            pids.display()
        );
        let tunnel = Tunnel::start(&command).unwrap();
        assert!(wait_until(|| pids.exists()));
        let running: Vec<i32> =
            std::fs::read_to_string(&pids).unwrap().split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        assert_eq!(running.len(), 2);
        assert!(running.iter().all(|pid| is_running(*pid)));
        let started = Instant::now();
        drop(tunnel);
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(wait_until(|| !running.iter().any(|pid| is_running(*pid))));
    }

    #[test]
    fn what_a_finished_command_left_behind_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let pids = dir.path().join("pid");
        let command =
            format!("sleep 600 >/dev/null 2>&1 </dev/null & echo $! > {0}.new; mv {0}.new {0}", pids.display());
        let tunnel = Tunnel::start(&command).unwrap();
        assert!(wait_until(|| pids.exists()));
        let left: i32 = std::fs::read_to_string(&pids).unwrap().trim().parse().unwrap();
        drop(tunnel);
        assert!(wait_until(|| !is_running(left)));
    }

    #[test]
    fn secrets_stay_out_of_the_environment_and_the_name() {
        for variable in ["MAILWIRE_PASSWORD", "MAILWIRE_PROXY_PASSWORD"] {
            assert!(shell("true").get_envs().any(|(name, value)| name == variable && value.is_none()));
        }
        let tunnel = Tunnel::start("true --token hunter2").unwrap();
        assert!(!tunnel.name().contains("hunter2"));
        for command in ["", "  ", "a\0b"] {
            assert!(matches!(Tunnel::start(command), Err(Error::InvalidInput(_))));
        }
    }
}
