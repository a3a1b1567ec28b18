//! `popfetch raw`: commands as they stand, from the command line or from standard input.

use std::io::{self, Write as _};
use std::time::Duration;

use super::job::{Job, end};
use crate::cli::args::RawArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::lines::Lines;
use crate::cli::output::Record;
use crate::cli::output::record::{Line, Reply, Status};
use crate::error::{Error, Phase, Result};
use crate::pop3::command::secret_of_line;
use crate::pop3::{Piece, Pipelining, Session, Transaction};
use crate::secret::MASK;
use crate::text::sanitize;

pub(super) fn run(args: &RawArgs, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut session = job.account()?.login(Pipelining::Auto)?.session;
    let talked = match args.commands.as_slice() {
        [] => from_stdin(job, &mut session),
        commands => from_words(job, &mut session, commands),
    };
    match talked {
        Ok(Talk { over: Over::Quit, exits }) => {
            session.abandon();
            Ok(Exit::combine(exits))
        }
        Ok(Talk { over: Over::End, exits }) => {
            // Whoever said DELE meant it: QUIT makes it so.
            session.quit()?;
            Ok(Exit::combine(exits))
        }
        Err(error) => {
            end(session, &error);
            Err(error.into())
        }
    }
}

/// What was said and how it ended.
#[derive(Default)]
struct Talk {
    exits: Vec<Exit>,
    over: Over,
}

/// Why nothing more is said.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Over {
    /// There are no more commands.
    #[default]
    End,
    /// QUIT was among them.
    Quit,
}

fn from_words(job: &Job<'_>, session: &mut Session<Transaction>, commands: &[String]) -> Result<Talk> {
    let mut talk = Talk::default();
    for command in commands {
        say(job, session, command, &mut talk)?;
        if talk.over == Over::Quit || job.output().is_closed() {
            break;
        }
    }
    Ok(talk)
}

fn from_stdin(job: &Job<'_>, session: &mut Session<Transaction>) -> Result<Talk> {
    let mut talk = Talk::default();
    let mut lines = Lines::of_stdin()?;
    let prompts = lines.is_typed();
    // Whoever types may think for as long as the run may last.
    let deadline = job.plan.server.timeouts.deadline(Phase::Send, Duration::MAX);
    while talk.over == Over::End && !job.output().is_closed() {
        if prompts {
            // A prompt that cannot be shown is not missed.
            let _ = io::stderr().write_all(format!("{}> ", job.name()).as_bytes());
        }
        let Some(line) = lines.next(&deadline)? else {
            if prompts {
                // What is written next is not to stand behind the prompt.
                let _ = io::stderr().write_all(b"\n");
            }
            break;
        };
        if !line.trim().is_empty() {
            say(job, session, &line, &mut talk)?;
        }
    }
    Ok(talk)
}

/// Sends one line and tells the answer. A refusal is an answer.
fn say(job: &Job<'_>, session: &mut Session<Transaction>, command: &str, talk: &mut Talk) -> Result<()> {
    let shown = match secret_of_line(command) {
        Some((visible, _)) => sanitize(visible.as_bytes()) + MASK,
        None => sanitize(command.as_bytes()),
    };
    let reply = |status, text: &str| {
        job.output().record(&Record::Reply(Reply { account: job.name(), command: &shown, status, text }));
    };
    let told = session.raw(command, |piece| match piece {
        Piece::Status(text) => reply(Status::Ok, text),
        Piece::Row(text) => job.output().record(&Record::Line(Line { account: job.name(), text })),
    });
    match told {
        Ok(()) => {
            talk.exits.push(Exit::OK);
            if command.trim().eq_ignore_ascii_case("QUIT") {
                talk.over = Over::Quit;
            }
            Ok(())
        }
        Err(Error::Rejected(rejection)) => {
            let code = rejection.code.as_ref().map(|code| format!("[{code}] ")).unwrap_or_default();
            reply(Status::Err, &format!("{code}{}", rejection.text));
            talk.exits.push(Exit::of(&Error::Rejected(rejection)));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
