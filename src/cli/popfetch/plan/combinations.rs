//! Options that contradict each other, or the command they stand beside.

use super::Retention;
use crate::cli::args::{Command, Destination, FetchOptions, Invocation, Popfetch, Program as _, StateCommand, Target};
use crate::cli::exit::Failure;
use crate::cli::plan::combinations::{self, Complaint, Login, complain};
use crate::sasl::{AuthList, Method};

/// Says what is wrong, if anything is.
pub(super) fn check(args: &Popfetch) -> Result<(), Complaint> {
    let login = if needs_login(&args.command) { Login::Needed } else { Login::IfThereIsAUser };
    combinations::check(&args.shared(), login)?;
    if args.auth.auth == Some(AuthList::None) && login == Login::Needed {
        return complain(
            "without logging in there is no mail: --auth none goes with \"probe\" and \"raw\" only",
            &["auth"],
        );
    }
    match &args.command {
        Command::Show(_) if args.output.json => {
            complain("--json and a message on standard output exclude each other", &["json"])
        }
        Command::Fetch(fetch) => check_fetch(&fetch.options, args.output.json),
        _ => Ok(()),
    }
}

/// What is typed for a server goes with none but a server, if the target is typed as well.
pub(super) fn check_target(invocation: &Invocation<Popfetch>) -> Result<(), Failure> {
    let Command::Fetch(fetch) = &invocation.args.command else { return Ok(()) };
    match (&fetch.options.to, FOR_SERVERS.iter().find(|option| invocation.given(option))) {
        (Some(Destination::Local(target)), Some(option)) => {
            Err(Failure::usage(format!("--{option} is for a target that is a server, and {target} is none")))
        }
        (Some(to @ Destination::Folder(_)), _) => match ENVELOPE.iter().find(|option| invocation.given(option)) {
            Some(option) => {
                Err(Failure::usage(format!("--{option} is for mail that is sent on, and {to} is a folder")))
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Options for targets that are servers.
const FOR_SERVERS: [&str; 8] = [
    "to-security",
    "to-user",
    "to-password-command",
    "to-password-file",
    "to-ca-file",
    "to-cleartext-auth",
    "rcpt",
    "envelope-from",
];

/// Those of them that are about an envelope.
const ENVELOPE: [&str; 2] = ["rcpt", "envelope-from"];

fn check_fetch(options: &FetchOptions, json: bool) -> Result<(), Complaint> {
    if options.to == Some(Destination::Local(Target::Stdout)) {
        if retention(options).deletes() {
            return complain(
                "--to - and deleting exclude each other: what goes into a pipe may be lost",
                &["to", "delete", "keep-days", "keep-newest"],
            );
        }
        if json {
            return complain("--to - and --json exclude each other: both want standard output", &["to", "json"]);
        }
    }
    Ok(())
}

pub(super) fn retention(options: &FetchOptions) -> Retention {
    match options {
        FetchOptions { delete: true, .. } => Retention::Delete,
        FetchOptions { keep_days: Some(days), .. } => Retention::KeepDays(*days),
        FetchOptions { keep_newest: Some(count), .. } => Retention::KeepNewest(*count),
        _ => Retention::Keep,
    }
}

/// Whether the command works in the mailbox.
pub(super) fn needs_login(command: &Command) -> bool {
    match command {
        Command::Fetch(_) | Command::List(_) | Command::Show(_) | Command::Delete(_) => true,
        Command::State(StateCommand::MarkSeen(args)) => args.uidls.is_empty(),
        Command::State(_) | Command::Probe(_) | Command::Raw(_) => false,
    }
}

/// Whether the command needs to know whose mailbox it is about.
pub(super) fn needs_user(args: &Popfetch) -> bool {
    let anonymous = |method: &Method| matches!(method.name(), "EXTERNAL" | "ANONYMOUS");
    match &args.auth.auth {
        Some(AuthList::None) => false,
        Some(AuthList::Methods(methods)) if methods.iter().all(anonymous) => false,
        _ => match &args.command {
            Command::Probe(_) => false,
            Command::Raw(_) => true,
            command => needs_login(command) || needs_state(command),
        },
    }
}

/// Whether the command looks at or changes what is remembered.
pub(super) fn needs_state(command: &Command) -> bool {
    matches!(command, Command::Fetch(_) | Command::List(_) | Command::Delete(_) | Command::State(_))
}
