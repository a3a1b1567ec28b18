//! popfetch as a whole: from the words of its command line to its exit code. A file for each command.

mod advice;
mod connect;
mod delete;
mod fetch;
mod job;
mod list;
pub mod plan;
mod probe;
mod raw;
mod refusal;
mod show;
mod signals;
mod state;

use std::ffi::OsString;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Arc;

use job::Job;
use plan::{Plan, Run};

use super::args::{Command, Invocation, OutputArgs, Popfetch, StateCommand};
use super::exit::{Exit, Failure};
use super::output::transcript::Labels;
use super::output::{Carries, Console, Flush, Output as _, Program, Stdout, Summary, schema};
use super::plan::Surroundings;
use crate::error::Result;
use crate::net::Interrupt;
use crate::wire::Transcript;

const PROGRAM: Program = Program::Popfetch;

/// Runs popfetch with these words, the program's name first, and gives the exit code. To be called once in a process:
/// signals and panics are taken care of here.
pub fn run(words: impl IntoIterator<Item = OsString>) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    std::panic::set_hook(Box::new(tell_panic));
    let exit = catch_unwind(AssertUnwindSafe(|| run_words(&words))).unwrap_or(Exit::SOFTWARE);
    i32::from(exit.code())
}

fn run_words(words: &[OsString]) -> Exit {
    let invocation = match Invocation::<Popfetch>::parse(words) {
        Ok(invocation) => invocation,
        Err(error) => return refusal::refuse(&error, words),
    };
    let options = &invocation.args.output;
    if options.json_schema {
        return print_schema();
    }
    match plan(&invocation) {
        Ok((run, interrupt)) => perform(run, &interrupt),
        Err(failure) => fail_early(&failure, options),
    }
}

fn print_schema() -> Exit {
    let stdout = Stdout::new();
    stdout.write(format!("{:#}\n", schema::schema(PROGRAM)).as_bytes(), Flush::Now);
    stdout.finish(Carries::Report).map_or_else(|failure| failure.exit, |()| Exit::OK)
}

fn plan(invocation: &Invocation<Popfetch>) -> Result<(Run, Arc<Interrupt>), Failure> {
    let interrupt = signals::prepare()?;
    let environment = |name: &str| std::env::var_os(name);
    let around = Surroundings { environment: &environment, interrupt: Some(Arc::clone(&interrupt)) };
    Ok((Run::new(invocation, &around)?, interrupt))
}

/// Says what failed before the configuration was read, as the command line alone asks for it.
fn fail_early(failure: &Failure, options: &OutputArgs) -> Exit {
    let silent = OutputArgs { log: None, ..options.clone() };
    match Console::open(PROGRAM, options, Labels::Hidden).or_else(|_| Console::open(PROGRAM, &silent, Labels::Hidden)) {
        Ok(console) => conclude(&console, Err(failure), 0),
        Err(_) => failure.exit,
    }
}

fn perform(run: Run, interrupt: &Interrupt) -> Exit {
    let accounts = run.accounts.len();
    let labels = if accounts > 1 { Labels::Shown } else { Labels::Hidden };
    let console = match Console::open(PROGRAM, &run.output, labels) {
        Ok(console) => console,
        Err(failure) => return fail_early(&failure, &OutputArgs { log: None, ..run.output.clone() }),
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

fn conclude(console: &Console, result: Result<Exit, &Failure>, accounts: usize) -> Exit {
    let exit = match result {
        Ok(exit) => exit,
        Err(failure) => {
            console.error(failure, None);
            failure.exit
        }
    };
    console.conclude(&Summary { exit, worst: exit, accounts, counts: None })
}

/// Tells where a bug showed itself. What a panic says may hold anything, a password too, and is left out.
fn tell_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let text = format!("{}: internal error{place}; please report it (exit {})\n", PROGRAM.name(), Exit::SOFTWARE);
    // There is nobody left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
