//! smtpsend as a whole: from the words of its command line to its exit code.
//!
//! ```text
//! face     sendmail's command line in the words of this one's; caller: who runs it
//! draft    from options and standard input to a message with an envelope
//! letter   such a message, and what is done to it once the server is known
//! connect  a session that takes mail
//! deliver  letters through sessions, and what became of each
//! batch    many of them, from a folder, a file or a table
//! result   as it is told
//! queue    what waits
//! dialogue sendmail -bs; verify: sendmail -bv
//! ```
//!
//! For looking at servers: `probe`, `stages`, `verb`, `script`; `dry_run` looks at none.

mod aliases;
mod batch;
mod caller;
pub(super) mod connect;
mod deliver;
mod dialogue;
mod draft;
mod dry_run;
mod face;
mod job;
mod letter;
mod merge;
pub mod plan;
mod probe;
mod queue;
mod result;
mod save;
mod script;
mod send;
mod stages;
mod verb;
mod verify;

use std::ffi::OsString;
use std::sync::Arc;

use caller::Caller;
use face::{Dot, Wish};
use job::Job;
use plan::{Action, Setup};

use super::args::{Invocation, OutputArgs, Program as _, Smtpsend};
use super::exit::{Exit, Failure};
use super::output::Console;
use super::output::transcript::Labels;
use super::run::{self, fail_early};
use crate::net::Interrupt;

/// Runs smtpsend with these words, the program's name first, and gives the exit code. To be called once in a process: signals
/// and panics are taken care of here. By the names `sendmail`, `mailq` and `newaliases` it takes sendmail's grammar.
pub fn run(words: impl IntoIterator<Item = OsString>) -> i32 {
    let words: Vec<OsString> = words.into_iter().collect();
    let Some(face) = words.first().and_then(|name| face::of_name(name)) else {
        return start(words, Role::Own);
    };
    let sendmail = |dot, full_name, task| Role::Sendmail { dot, caller: Caller::look(full_name), task };
    match face::translate(face, &words) {
        Ok(Wish::Nothing) => 0,
        Ok(Wish::Run { words, dot, full_name }) => start(words, sendmail(dot, full_name, Task::Send)),
        Ok(Wish::Dialogue { words }) => start(words, sendmail(Dot::Text, None, Task::Dialogue)),
        Ok(Wish::Verify { words, addresses }) => start(words, sendmail(Dot::Text, None, Task::Verify(addresses))),
        Err(complaint) => i32::from(run::complain::<Smtpsend>(&Failure::usage(complaint), &words).code()),
    }
}

/// As what the program was called.
#[derive(Debug)]
enum Role {
    /// smtpsend.
    Own,
    /// sendmail(8): what cannot be sent now is queued, and what the server does not offer is left out with a warning.
    Sendmail {
        /// What a lone dot means in the input.
        dot: Dot,
        /// Who sends where a message does not say.
        caller: Caller,
        /// What is asked for.
        task: Task,
    },
}

/// What a sendmail does.
#[derive(Debug)]
enum Task {
    /// What the words say.
    Send,
    /// Speaks SMTP on standard input and output.
    Dialogue,
    /// Says where these addresses would go.
    Verify(Vec<OsString>),
}

fn start(words: Vec<OsString>, role: Role) -> i32 {
    run::run::<Smtpsend>(words, |invocation, interrupt| perform(invocation, interrupt, role))
}

fn perform(invocation: &Invocation<Smtpsend>, interrupt: &Arc<Interrupt>, role: Role) -> Result<Exit, Failure> {
    let surroundings = run::surroundings(interrupt);
    if let (Role::Sendmail { .. }, Some(path)) = (&role, &invocation.args.connect.config) {
        caller::check_config(path)?;
    }
    let mut unreadable = None;
    let setup = match &role {
        Role::Sendmail { task: Task::Dialogue | Task::Verify(_), .. } => {
            Setup::without_recipients(invocation, &surroundings)?
        }
        _ => match Setup::new(invocation, &surroundings) {
            Ok(setup) => setup,
            // Cron has nobody else to give its mail to.
            Err(failure) if queue::may_rescue(invocation, &role, &failure) => {
                unreadable = Some(failure);
                Setup::unconfigured(invocation, &surroundings)?
            }
            Err(failure) => return Err(failure),
        },
    };
    if setup.args.queue.all_users
        && let Some(exit) = queue::leave_terminal(interrupt)?
    {
        return Ok(exit);
    }
    let mut options = setup.args.output.clone();
    if matches!(role, Role::Sendmail { task: Task::Dialogue, .. }) {
        // What is said on standard output is SMTP.
        options.json = false;
    }
    let options = &options;
    let console = match Console::open(Smtpsend::PROGRAM, options, Labels::Hidden) {
        Ok(console) => console,
        Err(failure) => return Ok(fail_early::<Smtpsend>(&failure, &OutputArgs { log: None, ..options.clone() })),
    };
    let job = Job::new(&setup, &console, role, interrupt);
    let told = match unreadable {
        Some(failure) => queue::rescue(&job, None, failure),
        None => dispatch(&job),
    };
    Ok(job.conclude(told))
}

/// The one thing that a command line asks for; contradictions were refused before.
fn dispatch(job: &Job<'_>) -> Result<Exit, Failure> {
    match (&job.role, job.setup.action) {
        (Role::Sendmail { task: Task::Dialogue, .. }, _) => dialogue::run(job),
        (Role::Sendmail { task: Task::Verify(addresses), .. }, _) => verify::run(job, addresses),
        (_, Action::Send) if job.setup.args.debug.dry_run => dry_run::run(job),
        (_, Action::Send) => match job.setup.args.debug.end() {
            Some((stage, ending)) => stages::run(job, stage, ending),
            None => send::run(job),
        },
        (_, Action::Batch | Action::Merge) => batch::run(job),
        (_, Action::Probe) => probe::run(job),
        (_, Action::Verb) => verb::run(job),
        (_, Action::Script) => script::run(job),
        (_, Action::QueueRun) => queue::run(job),
        (_, Action::QueueList) => queue::list(job),
        (_, Action::QueueRemove) => queue::remove(job),
    }
}
