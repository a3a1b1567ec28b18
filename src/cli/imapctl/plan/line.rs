//! A line of a batch: a command line without what is the whole run's.

use std::ffi::OsString;

use super::Plan;
use super::combinations::{check_command, check_typed};
use crate::cli::args::imapctl::Command;
use crate::cli::args::{Imapctl, Invocation, Program as _};
use crate::cli::exit::Failure;
use crate::cli::keys::complaint;
use crate::text::sanitize;

impl Plan {
    /// The command that a line of a batch says, with the configured options underneath; `None` if the line is empty or a
    /// comment.
    ///
    /// Fails (64) on what is no command, and on one that cannot be run over the batch's connection.
    pub(in crate::cli::imapctl) fn command_of_line(&self, line: &str) -> Result<Option<Command>, Failure> {
        let words = shlex::split(line).ok_or_else(|| Failure::usage("a quote is not closed"))?;
        if words.is_empty() {
            return Ok(None);
        }
        let program = Imapctl::PROGRAM.name();
        let words = std::iter::once(program.to_owned()).chain(words);
        let wrong = |error: &clap::Error| match error.use_stderr() {
            true => Failure::usage(sanitize(complaint(error).as_bytes())),
            false => Failure::usage("help is not among the commands of a batch"),
        };
        let invocation = Invocation::<Imapctl>::parse(words).map_err(|error| wrong(&error))?;
        if let Some(option) = of_the_run(&invocation) {
            return Err(Failure::usage(format!("--{option} belongs to the whole run, behind imapctl itself")));
        }
        check_typed(&invocation)?;
        let applies = |option: &str| invocation.takes(option) && !invocation.given(option);
        let configured = self.configured.iter().filter(|(option, _)| applies(option));
        let words: Vec<OsString> = configured.flat_map(|(_, words)| words).cloned().collect();
        let command = invocation.with(&words).map_err(|error| wrong(&error))?.command;
        if let Command::Probe(_) | Command::Batch(_) | Command::Raw(_) | Command::Watch(_) = command {
            return Err(Failure::usage(format!("{} is not among the commands of a batch", command.name())));
        }
        if let Command::Copy(args) | Command::Move(args) = &command
            && args.to_account.is_some()
        {
            return Err(Failure::usage(
                "--to-account is not among the options of a batch: it needs a second connection",
            ));
        }
        check_command(&command, self.json).map_err(|complaint| Failure::usage(complaint.text))?;
        Ok(Some(command))
    }
}

/// An option that every command has, if one was given.
fn of_the_run(invocation: &Invocation<Imapctl>) -> Option<String> {
    let command = <Imapctl as clap::CommandFactory>::command();
    let mut options = command.get_arguments().filter_map(clap::Arg::get_long);
    options.find(|option| invocation.given(option)).map(str::to_owned)
}
