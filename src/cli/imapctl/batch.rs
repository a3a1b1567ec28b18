//! `imapctl batch`: many commands over one connection.

use std::io;
use std::time::Duration;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::BatchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::lines::Lines;
use crate::cli::output::Output as _;
use crate::error::{Error, Phase};

pub(super) fn run(args: &BatchArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut lines = Lines::of(&args.file).map_err(absent)?;
    // What writes the commands may take as long as the run may.
    let deadline = job.plan.server.timeouts.deadline(Phase::Send, Duration::MAX);
    let mut exits = Vec::new();
    let mut number = 0;
    while let Some(line) = lines.next(&deadline)? {
        number += 1;
        let job = job.at_line(number);
        let done = match job.plan.command_of_line(&line) {
            Ok(None) => continue,
            Ok(Some(command)) => super::command(&command, visit, &job),
            Err(failure) => Err(failure),
        };
        let exit = match done {
            Ok(exit) => exit,
            // Without the connection there is nothing that the other lines could do.
            Err(failure) if failure.error.is_fatal_to_session() => return Err(job.explained(failure)),
            Err(failure) => {
                let failure = job.explained(failure);
                job.console.error(&failure, None);
                failure.exit
            }
        };
        exits.push(exit);
        if job.console.is_closed() || (args.fail_fast && exit != Exit::OK) {
            break;
        }
    }
    Ok(Exit::combine(exits))
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
