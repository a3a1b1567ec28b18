//! `--script`: the octets of a file as they stand, and every octet that comes back.
//!
//! Nothing is added, left out or converted, so that line ends that are none, dots that end nothing and commands that nobody asked
//! for reach the server as they were written. A file is sent in steps: a line to its CRLF, however many bare LFs and CRs are in
//! it, and then the reply is awaited; BDAT goes with as many octets as it announces; after 354 all goes to the line that is a
//! lone dot between two CRLFs. Whatever is to go out together is written without a CRLF between.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use super::connect::{self, Manners, Seen};
use super::draft::Draft;
use super::job::Job;
use super::plan::Plan;
use crate::cli::account::Access;
use crate::cli::args::Input;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Record;
use crate::cli::output::record::{self, Direction};
use crate::endpoint::Security;
use crate::error::{Error, Phase, Result};
use crate::net::wait::{Interest, wait_one};
use crate::net::{Deadline, Timeouts};
use crate::smtp::reply::{Separator, parse_line};
use crate::wire::Connection;

/// The most that is read and told at once.
const PIECE: u64 = 64 * 1024;

/// How long more is waited for when every step has its reply: a server that was tricked has more to say.
const LINGER: Duration = Duration::from_secs(3);

const PHASE: Phase = Phase::Reply("the script");

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let input = open(job.setup.args.debug.script.as_ref())?;
    let plan = job.setup.plan(Draft::Options.sender(&job.setup.args).as_ref())?;
    let told = talk(job, &plan, input).map(|()| Exit::OK);
    job.visited(&plan, told).map_err(|failure| job.explained(failure, &plan))
}

fn open(input: Option<&Input>) -> Result<File, Failure> {
    match input {
        Some(Input::Path(path)) => File::open(path).map_err(|error| Failure::no_input(path, &error)),
        Some(Input::Stdin) | None => {
            let descriptor = io::stdin().as_fd().try_clone_to_owned();
            Ok(File::from(descriptor.map_err(|error| Error::io("reading standard input", error))?))
        }
    }
}

fn talk(job: &Job<'_>, plan: &Plan, input: File) -> Result<(), Failure> {
    let access = Access::prepare(&plan.server, job.transcript(plan)?, job.output())?;
    let manners = Manners::of(&plan.args);
    let is_bare = matches!(plan.server.endpoint.security, Security::Plain | Security::Tls)
        && !plan.server.logs_in()
        && manners.xclient.is_none();
    // What was asked of the connection is done first; where nothing was, the script begins with the greeting.
    let (connection, due) = match is_bare {
        true => (connect::dial(&access, &manners, &mut Seen::default())?, Due::Reply),
        false => (connect::open(&access, &manners)?.session.into_connection(), Due::Nothing),
    };
    let timeouts = plan.server.timeouts.clone();
    let mut script = Script { job, plan, connection, timeouts, input: BufReader::new(input), after_354: false };
    let told = script.play(due).and_then(|due| script.linger(due));
    match told {
        Ok(()) => script.connection.close(),
        Err(error) => {
            script.connection.abandon("the script has ended");
            return Err(error.into());
        }
    }
    Ok(())
}

struct Script<'a> {
    job: &'a Job<'a>,
    plan: &'a Plan,
    connection: Connection,
    timeouts: Timeouts,
    input: BufReader<File>,
    /// The last reply was 354.
    after_354: bool,
}

/// What the server owes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Due {
    /// Nothing that is known of.
    Nothing,
    /// A reply.
    Reply,
    /// Perhaps a reply: what was sent last does not end as a line does.
    Perhaps,
}

impl Script<'_> {
    /// Sends step by step, and hears a reply to each. Gives what is due when all is sent.
    fn play(&mut self, due: Due) -> Result<Due> {
        let mut due = due;
        loop {
            if due == Due::Reply {
                self.hear()?;
            }
            due = match self.say() {
                Ok(Due::Reply) => Due::Reply,
                Ok(end) => return Ok(end),
                Err(error) => {
                    // Why it no longer listens may have been said.
                    while self.take(&self.deadline(LINGER)).is_ok_and(|came| came) {}
                    return Err(error);
                }
            };
        }
    }

    /// Sends the next step.
    fn say(&mut self) -> Result<Due> {
        let data = self.after_354;
        let mut before = *b"\r\n";
        let mut said = Due::Nothing;
        loop {
            let line = self.next(PIECE)?;
            if line.is_empty() {
                break;
            }
            said = Due::Perhaps;
            self.send(&line)?;
            let is_at_start = before == *b"\r\n";
            for octet in line.iter().copied() {
                before = [before[1], octet];
            }
            if before != *b"\r\n" {
                continue;
            }
            if !data {
                self.send_chunk(&line)?;
            }
            if !data || (is_at_start && line == b".\r\n") {
                said = Due::Reply;
                break;
            }
        }
        self.connection.flush(&self.timeouts.deadline(Phase::Send, self.timeouts.silence))?;
        Ok(said)
    }

    /// What BDAT announces (RFC 3030 section 2).
    fn send_chunk(&mut self, line: &[u8]) -> Result<()> {
        let mut left = chunk_size(line);
        while left > 0 {
            let piece = self.next_octets(left.min(PIECE))?;
            if piece.is_empty() {
                break;
            }
            left = left.saturating_sub(piece.len() as u64);
            self.send(&piece)?;
        }
        Ok(())
    }

    fn send(&mut self, octets: &[u8]) -> Result<()> {
        self.tell(Direction::Sent, octets);
        self.connection.send_octets(octets);
        match self.connection.queued() as u64 > PIECE {
            true => self.connection.flush(&self.timeouts.deadline(Phase::Send, self.timeouts.silence)),
            false => Ok(()),
        }
    }

    /// Takes a reply, and what has come behind it.
    fn hear(&mut self) -> Result<()> {
        let mut is_open = true;
        while is_open || matches!(self.connection.poll_line(PHASE), Ok(true)) {
            match self.take_line(&self.timeouts.reply(PHASE)) {
                Ok(Some(separator)) => is_open = separator == Separator::More,
                Ok(None) => return Err(Error::Closed { phase: PHASE, truncated: false }),
                Err(error) => {
                    let rest = self.connection.take_rest();
                    self.tell(Direction::Received, &rest);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Takes what still comes, until the server closes or says nothing any more.
    fn linger(&mut self, due: Due) -> Result<()> {
        let patience = match due {
            Due::Nothing => self.timeouts.silence.min(LINGER),
            Due::Reply | Due::Perhaps => self.timeouts.silence,
        };
        loop {
            match self.take(&self.deadline(patience)) {
                Ok(true) => {}
                // All was sent: any end will do.
                Ok(false) | Err(Error::Closed { .. } | Error::Network { .. }) => return Ok(()),
                Err(Error::Timeout { .. }) => {
                    let rest = self.connection.take_rest();
                    self.tell(Direction::Received, &rest);
                    return self.timeouts.check(PHASE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether something came that was taken; not at the end.
    fn take(&mut self, deadline: &Deadline) -> Result<bool> {
        self.take_line(deadline).map(|line| line.is_some())
    }

    /// How a line goes on that was taken; `None` at the end. What is no reply is taken for a whole one.
    fn take_line(&mut self, deadline: &Deadline) -> Result<Option<Separator>> {
        let octets = self.connection.read_octets(deadline)?;
        if octets.is_empty() {
            return Ok(None);
        }
        self.tell(Direction::Received, &octets);
        let line = octets.strip_suffix(b"\n").unwrap_or(&octets);
        let (code, separator) = match parse_line(line.strip_suffix(b"\r").unwrap_or(line)) {
            Some((code, separator, _)) => (Some(code), separator),
            None => (None, Separator::Last),
        };
        self.after_354 = code == Some(354);
        Ok(Some(separator))
    }

    fn tell(&mut self, direction: Direction, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        let octets = &self.connection.transcript().masker().mask(octets);
        let account = &self.plan.server.account;
        self.job.output().record(&Record::Script(record::Script { account, direction, octets }));
    }

    fn deadline(&self, patience: Duration) -> Deadline {
        self.timeouts.deadline(PHASE, patience)
    }

    /// The file's next octets, to a LF at the latest; none at its end.
    fn next(&mut self, most: u64) -> Result<Vec<u8>> {
        self.await_input()?;
        let mut line = Vec::new();
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut line);
        read.map(|_| line).map_err(|error| Error::io("reading the script", error))
    }

    fn next_octets(&mut self, most: u64) -> Result<Vec<u8>> {
        self.await_input()?;
        let mut octets = Vec::new();
        let read = self.input.by_ref().take(most).read_to_end(&mut octets);
        read.map(|_| octets).map_err(|error| Error::io("reading the script", error))
    }

    /// Whoever types may think for as long as the run may last.
    fn await_input(&self) -> Result<()> {
        match self.input.buffer().is_empty() {
            true => {
                let deadline = self.timeouts.deadline(Phase::Send, Duration::MAX);
                wait_one(self.input.get_ref(), Interest::Read, &deadline)
            }
            false => Ok(()),
        }
    }
}

/// The octets that follow a line of commands, if the last of them is BDAT.
fn chunk_size(line: &[u8]) -> u64 {
    let command = line.trim_ascii_end();
    let command = command.rsplit(|&byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let mut words = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    match (words.next(), words.next().map(std::str::from_utf8)) {
        (Some(verb), Some(Ok(size))) if verb.eq_ignore_ascii_case(b"BDAT") => size.parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bdat_takes_its_octets_along() {
        for (line, size) in [
            (&b"BDAT 12 LAST\r\n"[..], 12),
            (b"bdat 3\r\n", 3),
            (b"RSET\nBDAT 7\r\n", 7),
            (b"BDAT x\r\n", 0),
            (b"BDAT\r\n", 0),
            (b"DATA 5\r\n", 0),
            (b"\r\n", 0),
        ] {
            assert_eq!(chunk_size(line), size, "{}", line.escape_ascii());
        }
    }
}
