//! Options that contradict each other, or the command they stand beside.

use std::path::Path;

use crate::cli::args::imapctl::Command;
use crate::cli::args::{Imapctl, Invocation, Program as _, TargetArgs};
use crate::cli::exit::Failure;
use crate::cli::imapctl::found;
use crate::cli::plan::combinations::{self, Complaint, Login, complain};
use crate::error::Error;
use crate::sasl::{AuthList, Method};

/// Says what is wrong, if anything is.
pub(super) fn check(args: &Imapctl) -> Result<(), Complaint> {
    let login = if needs_login(&args.command) { Login::Needed } else { Login::IfThereIsAUser };
    combinations::check(&args.shared(), login)?;
    if args.auth.auth == Some(AuthList::None) && login == Login::Needed {
        return complain(
            "without logging in there is no mail: --auth none goes with \"probe\" and \"raw\" only",
            &["auth"],
        );
    }
    check_command(&args.command, args.output.json)
}

/// What holds for a command in a batch too.
pub(super) fn check_command(command: &Command, json: bool) -> Result<(), Complaint> {
    match command {
        Command::Show(_) if json => complain("--json and a message on standard output exclude each other", &["json"]),
        Command::Search(args) if args.query.query.is_empty() && args.query.search.is_empty() => {
            complain("say what to look for, or use \"imapctl list\" to see everything", &[])
        }
        Command::Search(args) if args.uidvalidity.is_some() && (args.folder.len() > 1 || args.within.is_some()) => {
            complain("--uidvalidity is of one folder", &["uidvalidity", "folder", "in"])
        }
        Command::List(args) if args.limit == 0 && args.page.get() > 1 => {
            complain("without a limit there is one page only: --page needs --limit", &["page", "limit"])
        }
        Command::Threads(args) if args.limit == 0 && args.page.get() > 1 => {
            complain("without a limit there is one page only: --page needs --limit", &["page", "limit"])
        }
        Command::Append(args) if args.replace.is_some() && args.files.len() > 1 => {
            complain("--replace takes one message", &["replace"])
        }
        Command::Append(args) if args.files.iter().filter(|file| *file == Path::new("-")).count() > 1 => {
            complain("standard input can be read only once", &[])
        }
        Command::Quota(args) if args.dry_run && args.set.is_empty() => {
            complain("--dry-run goes with --set: without it nothing is changed anyway", &["dry-run"])
        }
        Command::Flag(args) => match args.add.iter().any(|flag| args.remove.contains(flag)) {
            true => complain("a flag is both set and cleared", &["add", "remove"]),
            false => Ok(()),
        },
        Command::Copy(args) | Command::Move(args) if args.to_account.is_none() && is_given(&args.target) => complain(
            "--to-security, --to-user and the like are for another account: they need --to-account",
            &TargetArgs::OPTIONS,
        ),
        _ => Ok(()),
    }
}

/// What can only be told of what was typed.
pub(super) fn check_typed(invocation: &Invocation<Imapctl>) -> Result<(), Failure> {
    let wrong = |error: Error| Failure::usage(error.to_string());
    let selected = match &invocation.args.command {
        Command::List(args) => Some(Ok(args.query.selected())),
        Command::Search(args) => Some(Ok(args.query.selected())),
        Command::Threads(args) => Some(Ok(args.query.selected())),
        Command::Save(args) => Some(args.selection.selected()),
        Command::Flag(args) => Some(args.selection.selected()),
        Command::Copy(args) | Command::Move(args) => Some(args.selection.selected()),
        Command::Delete(args) => Some(args.selection.selected()),
        _ => None,
    };
    if let Some(selected) = selected {
        selected.and_then(|selected| found::query(&selected)).map_err(wrong)?;
    }
    match &invocation.args.command {
        Command::Expunge(args) => args.selected().map(drop).map_err(wrong),
        Command::Quota(args) if !args.set.is_empty() && args.root.is_none() => {
            Err(Failure::usage("--set needs the quota root that it is for: --root NAME"))
        }
        _ => Ok(()),
    }
}

fn is_given(target: &TargetArgs) -> bool {
    target.to_security.is_some()
        || target.to_user.is_some()
        || target.to_password_command.is_some()
        || target.to_password_file.is_some()
        || target.to_ca_file.is_some()
        || target.to_cleartext_auth
}

/// Whether the command works in a mailbox.
fn needs_login(command: &Command) -> bool {
    !matches!(command, Command::Probe(_) | Command::Raw(_))
}

/// Whether the command needs to know whose mailbox it is about.
pub(super) fn needs_user(args: &Imapctl) -> bool {
    let anonymous = |method: &Method| matches!(method.name(), "EXTERNAL" | "ANONYMOUS");
    match &args.auth.auth {
        Some(AuthList::None) => false,
        Some(AuthList::Methods(methods)) if methods.iter().all(anonymous) => false,
        // What is at the other end of a tunnel or a socket may have logged in already (PREAUTH).
        None if args.connect.tunnel.is_some() => false,
        _ => !matches!(args.command, Command::Probe(_)),
    }
}

/// What a command does with what is remembered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// It cannot do without.
    Needed,
    /// It remembers what was typed, if there is a place.
    Welcome,
    /// Nothing.
    Unused,
}

/// Whether the command looks at or changes what is remembered.
pub(super) fn state(command: &Command) -> State {
    match command {
        Command::Watch(_) => State::Needed,
        Command::Raw(args) if args.command.is_empty() => State::Welcome,
        _ => State::Unused,
    }
}
