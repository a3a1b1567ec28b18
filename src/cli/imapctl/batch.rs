//! `imapctl batch`: many commands over one connection.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{BatchArgs, Command, MetadataCommand};
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
    for number in 1.. {
        let line = job.at_line(number);
        let text = match lines.next(&deadline) {
            Ok(Some(text)) => text,
            Ok(None) => break,
            Err(error @ Error::InvalidInput(_)) => {
                exits.push(line.fault(error, None, None));
                job.absorb(&line);
                // Of a line that is too long the rest is no line of its own.
                job.warn("the lines behind this one are not run");
                break;
            }
            Err(error) => return Err(error.into()),
        };
        let done = match job.plan.command_of_line(&text) {
            Ok(None) => continue,
            Ok(Some(command)) if lines.are_of_stdin() && reads_stdin(&command) => {
                Err(Failure::usage("standard input has the commands of the batch: name a file"))
            }
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

/// Whether a command would take the lines behind it for its own input.
fn reads_stdin(command: &Command) -> bool {
    let is_stdin = |path: &PathBuf| path == Path::new("-");
    match command {
        Command::Append(args) => args.files.is_empty() || args.files.iter().any(is_stdin),
        Command::Metadata(MetadataCommand::Set(args)) => args.file.iter().any(is_stdin),
        _ => false,
    }
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
