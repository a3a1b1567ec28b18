//! popfetch as a whole: from the words of its command line to its exit code. A file for each command.

mod connect;
mod delete;
mod fetch;
mod job;
mod list;
pub mod plan;
mod probe;
mod raw;
mod show;
mod state;

use std::ffi::OsString;

use job::Job;
use plan::{Plan, Run};

use super::args::{Command, OutputArgs, Popfetch, Program as _, StateCommand};
use super::exit::{Exit, Failure};
use super::output::transcript::Labels;
use super::output::{Console, Output as _};
use super::run::{self, conclude, fail_early};
use crate::error::Result;
use crate::net::Interrupt;
use crate::wire::Transcript;

/// Runs popfetch with these words, the program's name first, and gives the exit code. To be called once in a process:
/// signals and panics are taken care of here.
pub fn run(words: impl IntoIterator<Item = OsString>) -> i32 {
    run::run::<Popfetch>(words, |invocation, interrupt| {
        let run = Run::new(invocation, &run::surroundings(interrupt))?;
        Ok(perform(run, interrupt))
    })
}

fn perform(run: Run, interrupt: &Interrupt) -> Exit {
    let accounts = run.accounts.len();
    let labels = if accounts > 1 { Labels::Shown } else { Labels::Hidden };
    let console = match Console::open(Popfetch::PROGRAM, &run.output, labels) {
        Ok(console) => console,
        Err(failure) => return fail_early::<Popfetch>(&failure, &OutputArgs { log: None, ..run.output.clone() }),
    };
    match command(run, &console) {
        Ok(Done::Concluded(exit)) => exit,
        Ok(Done::Exit(exit)) => conclude(&console, Ok(exit), accounts),
        Err(failure) => {
            // What a signal breaks is the signal's doing.
            let exit = interrupt.signal().map_or(failure.exit, Exit::signal);
            conclude(&console, Err(&Failure { exit, ..failure }), accounts)
        }
    }
}

/// How a command ended.
enum Done {
    /// With this code; the summary is still to be told.
    Exit(Exit),
    /// With this code, and everything has been told.
    Concluded(Exit),
}

fn command(run: Run, console: &Console) -> Result<Done, Failure> {
    let mut transcripts = Vec::new();
    for plan in run.accounts.iter().flatten() {
        transcripts.push((
            plan.server.account.clone(),
            console.transcript(&plan.server.account, plan.server.transcript.as_deref())?,
        ));
    }
    if let Some((_, transcript)) = transcripts.first() {
        run.notes.iter().for_each(|note| transcript.event(note));
    }
    if matches!(run.args.command, Command::Fetch(_)) {
        let transcript = |plan: &Plan| {
            let mine = transcripts.iter().find(|(account, _)| *account == plan.server.account);
            mine.map_or_else(Transcript::off, |(_, transcript)| transcript.clone())
        };
        return Ok(Done::Concluded(fetch::run(&run, console, &console.progress, transcript)));
    }
    let first = run.accounts.into_iter().next();
    let plan = &first.unwrap_or_else(|| Err(Failure::config("there is no account")))?;
    let transcript = transcripts.into_iter().next().map(|(_, transcript)| transcript);
    let job = Job { plan, console, transcript: transcript.unwrap_or_else(Transcript::off) };
    let told = match &run.args.command {
        Command::Fetch(_) => Ok(Exit::OK),
        Command::List(args) => list::run(args, &job),
        Command::Show(args) => show::run(args, &job),
        Command::Delete(args) => delete::run(args, &job),
        Command::Probe(_) => probe::run(&job),
        Command::State(command) => state::run(command, &job),
        Command::Raw(args) => raw::run(args, &job),
    };
    let exit = told.map_err(|failure| job.explained(failure))?;
    if connects(&run.args.command) {
        console.visited(&plan.server.account, plan.server.endpoint.host(), exit);
    }
    Ok(Done::Exit(exit))
}

/// Whether the command had a session with the server.
fn connects(command: &Command) -> bool {
    match command {
        Command::State(StateCommand::MarkSeen(args)) => args.uidls.is_empty(),
        Command::State(_) => false,
        _ => true,
    }
}
