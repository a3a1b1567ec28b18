//! `imapctl batch`: many commands over one connection.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::BatchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::lines::Lines;
use crate::cli::output::record::imapctl::{CommandResult, What};
use crate::error::{Error, Phase};
use crate::imap::verbatim;

pub(super) fn run(args: &BatchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut lines = Lines::of(&args.file).map_err(absent)?;
    // What writes the commands may take as long as the run may.
    let deadline = job.plan.server.timeouts.deadline(Phase::Send, Duration::MAX);
    let mut exits = Vec::new();
    let mut number = 0;
    while let Some(text) = lines.next(&deadline)? {
        number += 1;
        let line = job.at_line(number);
        let done = match job.plan.command_of_line(&text) {
            Ok(None) => continue,
            Ok(Some(command)) => super::command(&command, visit, &line),
            Err(failure) => Err(failure),
        };
        let (exit, is_lost) = match done {
            Ok(exit) => (exit, !visit.is_in_step()),
            Err(failure) => {
                let is_lost = visit.is_lost_by(&failure.error);
                (line.fault(failure, None, None), is_lost)
            }
        };
        line.tell(What::Result(CommandResult { command: &shown(text.trim()), exit }));
        job.absorb(&line);
        exits.push(exit);
        if is_lost {
            // The lines behind it were written for a connection on which those before it were run.
            job.warn("the connection is lost: the lines behind this one are not run");
            break;
        }
        if job.output().is_closed() || (args.fail_fast && exit != Exit::OK) {
            break;
        }
    }
    Ok(Exit::combine(exits))
}

/// The line as it is told again. `raw` is refused here, but somebody may have written a password behind `raw LOGIN`.
fn shown(line: &str) -> Cow<'_, str> {
    let is_raw = line.split(|character: char| !character.is_alphanumeric()).any(|word| word == "raw");
    if is_raw { verbatim::shown(line).into() } else { line.into() }
}

/// A file that is not there is missing input.
fn absent(error: Error) -> Failure {
    match &error {
        Error::Storage { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Failure { exit: Exit::NO_INPUT, ..error.into() }
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_told_again() {
        assert_eq!(shown("raw LOGIN ann secret"), "raw LOGIN [secret]");
        assert_eq!(shown("'raw' \"login ann secret"), "'raw' \"login [secret]");
        assert_eq!(shown("search subject:login x"), "search subject:login x");
    }
}
