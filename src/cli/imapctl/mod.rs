//! imapctl as a whole: from the words of its command line to its exit code. A file for each command.
//!
//! A command is a function that takes its arguments, the `Visit`, which has the connection, and the `Job`, which has the
//! plan and the ways to say something. It leaves the session as it is: whoever called it ends it, or runs the next command of
//! a batch over it.

mod acl;
mod across;
mod anatomy;
mod append;
mod attachment;
mod batch;
mod body;
mod chosen;
mod copy;
mod delete;
mod everywhere;
mod expunge;
mod flag;
mod folder;
mod folders;
mod found;
mod job;
mod letter;
mod list;
mod metadata;
mod parts;
pub mod plan;
mod previews;
mod probe;
mod quota;
mod raw;
mod reading;
mod relocation;
mod removal;
mod save;
mod search;
mod show;
mod sorted;
mod status;
mod threads;
mod visit;
mod watch;

use std::ffi::OsString;

use job::Job;
use plan::Run;
use visit::Visit;

use super::args::imapctl::Command;
use super::args::{Imapctl, OutputArgs, Program as _};
use super::exit::{Exit, Failure};
use super::output::transcript::Labels;
use super::output::{Console, Output as _};
use super::run::{self, conclude, fail_early};
use crate::net::Interrupt;

/// Runs imapctl with these words, the program's name first, and gives the exit code. To be called once in a process:
/// signals and panics are taken care of here.
pub fn run(words: impl IntoIterator<Item = OsString>) -> i32 {
    run::run::<Imapctl>(words, |invocation, interrupt| {
        let run = Run::new(invocation, &run::surroundings(interrupt))?;
        Ok(perform(&run, interrupt))
    })
}

fn perform(run: &Run, interrupt: &Interrupt) -> Exit {
    let labels = if run.plan.target.is_some() { Labels::Shown } else { Labels::Hidden };
    let console = match Console::open(Imapctl::PROGRAM, &run.output, labels) {
        Ok(console) => console,
        Err(failure) => return fail_early::<Imapctl>(&failure, &OutputArgs { log: None, ..run.output.clone() }),
    };
    let server = &run.plan.server;
    let transcript = match console.transcript(&server.account, server.transcript.as_deref()) {
        Ok(transcript) => transcript,
        Err(failure) => return conclude(&console, Err(&failure.of(&server.account)), 1),
    };
    run.notes.iter().for_each(|note| transcript.event(note));
    let job = Job::new(&run.plan, &console, transcript);
    let exit = visit(run, &job).unwrap_or_else(|failure| {
        // What a signal breaks is the signal's doing, but for a message whose fate it leaves unknown.
        let signal = interrupt.signal().filter(|_| failure.exit != Exit::UNKNOWN);
        let exit = signal.map_or(failure.exit, Exit::signal);
        console.error(&Failure { exit, ..failure }, None);
        exit
    });
    console.conclude(&job.summary(exit))
}

fn visit(run: &Run, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut visit = Visit::default();
    let exit = match command(&run.args.command, &mut visit, job) {
        Ok(exit) => {
            visit.leave();
            exit
        }
        Err(failure) => {
            visit.end(&failure);
            return Err(job.explained(failure));
        }
    };
    job.console.visited(job.name(), job.plan.server.endpoint.host(), exit);
    Ok(exit)
}

/// Does what a command says, with the connection that there is, or one that is made when it is needed.
fn command(command: &Command, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let done = match command {
        Command::Probe(args) => probe::run(args, visit, job),
        Command::Folders(args) => folders::run(args, visit, job),
        Command::Status(args) => status::run(args, visit, job),
        Command::List(args) => list::run(args, visit, job),
        Command::Search(args) => search::run(args, visit, job),
        Command::Threads(args) => threads::run(args, visit, job),
        Command::Show(args) => show::run(args, visit, job),
        Command::Parts(args) => parts::run(args, visit, job),
        Command::Save(args) => save::run(args, visit, job),
        Command::Folder(command) => folder::run(command, visit, job),
        Command::Append(args) => append::run(args, visit, job),
        Command::Flag(args) => flag::run(args, visit, job),
        Command::Copy(args) => copy::run(args, copy::Original::Stays, visit, job),
        Command::Move(args) => copy::run(args, copy::Original::Goes, visit, job),
        Command::Delete(args) => delete::run(args, visit, job),
        Command::Expunge(args) => expunge::run(args, visit, job),
        Command::Acl(command) => acl::run(command, visit, job),
        Command::Quota(args) => quota::run(args, visit, job),
        Command::Metadata(command) => metadata::run(command, visit, job),
        Command::Batch(args) => batch::run(args, visit, job),
        Command::Raw(args) => raw::run(args, visit, job),
        Command::Watch(args) => watch::run(args, visit, job),
    };
    visit.tell_alerts(job);
    visit.rest();
    done
}
