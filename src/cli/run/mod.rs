//! What every program is run in: its words parsed, signals and panics taken care of, and whatever fails before there is
//! anything else to say it through told all the same.

mod refusal;
mod signals;

use std::ffi::OsString;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Arc;

pub(crate) use refusal::tell as complain;

use super::args::{Invocation, OutputArgs, Program};
use super::exit::{Exit, Failure};
use super::output::transcript::Labels;
use super::output::{Carries, Console, Flush, Output as _, Stdout, Summary, schema};
use super::plan::Surroundings;
use crate::net::Interrupt;

/// Runs a program with these words, its name first, and gives the exit code. To be called once in a process.
///
/// `perform` does what the command line says and tells of it; what it fails with has not been told yet.
pub(crate) fn run<P: Program>(
    words: impl IntoIterator<Item = OsString>,
    perform: impl FnOnce(&Invocation<P>, &Arc<Interrupt>) -> Result<Exit, Failure>,
) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    std::panic::set_hook(Box::new(tell_panic::<P>));
    let exit = catch_unwind(AssertUnwindSafe(|| run_words(&words, perform))).unwrap_or(Exit::SOFTWARE);
    i32::from(exit.code())
}

/// The process's environment, and what a signal pulls.
pub(crate) fn surroundings(interrupt: &Arc<Interrupt>) -> Surroundings<'static> {
    Surroundings { environment: &|name| std::env::var_os(name), interrupt: Some(Arc::clone(interrupt)) }
}

/// Says what failed before the configuration was read, as the command line alone asks for it.
pub(crate) fn fail_early<P: Program>(failure: &Failure, options: &OutputArgs) -> Exit {
    let open = |options: &OutputArgs| Console::open(P::PROGRAM, options, Labels::Hidden);
    match open(options).or_else(|_| open(&OutputArgs { log: None, ..options.clone() })) {
        Ok(console) => conclude(&console, Err(failure), 0),
        Err(_) => failure.exit,
    }
}

/// Tells what failed, if something did, and how the run ended. What a signal breaks is for the caller to tell apart.
pub(crate) fn conclude(console: &Console, result: Result<Exit, &Failure>, accounts: usize) -> Exit {
    let exit = match result {
        Ok(exit) => exit,
        Err(failure) => {
            console.error(failure, None);
            failure.exit
        }
    };
    console.conclude(&Summary { exit, worst: exit, accounts, done: None })
}

fn run_words<P: Program>(
    words: &[OsString],
    perform: impl FnOnce(&Invocation<P>, &Arc<Interrupt>) -> Result<Exit, Failure>,
) -> Exit {
    let invocation = match Invocation::<P>::parse(words) {
        Ok(invocation) => invocation,
        Err(error) if asks_for_schema(&error, words) => return print_schema::<P>(),
        Err(error) => return refusal::refuse::<P>(&error, words),
    };
    let options = invocation.args.shared().output;
    if options.json_schema {
        return print_schema::<P>();
    }
    let performed = signals::prepare().map_err(Failure::from).and_then(|interrupt| perform(&invocation, &interrupt));
    performed.unwrap_or_else(|failure| fail_early::<P>(&failure, options))
}

/// Whether nothing is wrong but that a command or its operands are missing, which the schema does not need.
fn asks_for_schema(error: &clap::Error, words: &[OsString]) -> bool {
    use clap::error::ErrorKind::{MissingRequiredArgument, MissingSubcommand};

    matches!(error.kind(), MissingRequiredArgument | MissingSubcommand)
        && words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json-schema")
}

fn print_schema<P: Program>() -> Exit {
    let stdout = Stdout::new();
    stdout.write(format!("{:#}\n", schema::schema(P::PROGRAM)).as_bytes(), Flush::Now);
    stdout.finish(Carries::Report).map_or_else(|failure| failure.exit, |()| Exit::OK)
}

/// Tells where a bug showed itself. What a panic says may hold anything, a password too, and is left out.
fn tell_panic<P: Program>(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let name = P::PROGRAM.name();
    let text = format!("{name}: internal error{place}; please report it (exit {})\n", Exit::SOFTWARE);
    // There is nobody left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
