//! Options that contradict each other, or the command they stand beside.

use std::net::IpAddr;

use super::super::args::{Command, FetchOptions, Popfetch, SecurityChoice, StateCommand, Target};
use super::Retention;
use crate::sasl::{AuthList, Method};

/// What is wrong, and which options it is about: if one of them was typed, it is a usage error.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) text: &'static str,
    pub(super) options: &'static [&'static str],
}

/// Says what is wrong, if anything is.
pub(super) fn check(args: &Popfetch) -> Result<(), Complaint> {
    let Popfetch { connect, tls, auth, output, .. } = args;
    let wrong_family = match connect.bind {
        Some(IpAddr::V4(_)) => connect.ipv6,
        Some(IpAddr::V6(_)) => connect.ipv4,
        None => false,
    };
    let complain = |text, options| Err(Complaint { text, options });
    if connect.tunnel.is_some() && connect.proxy.is_some() {
        complain("--tunnel and --proxy exclude each other", &["tunnel", "proxy"])
    } else if connect.ipv4 && connect.ipv6 {
        complain("-4 and -6 exclude each other", &["ipv4", "ipv6"])
    } else if wrong_family {
        complain(
            "the address of --bind does not belong to the family that -4 or -6 asks for",
            &["bind", "ipv4", "ipv6"],
        )
    } else if tls.no_verify && !tls.pin.is_empty() {
        complain("--no-verify and --pin contradict each other: a pin is a check", &["no-verify", "pin"])
    } else if tls.trust.is_some() && tls.ca_file.is_some() {
        complain(
            "--trust and --ca-file exclude each other: a CA file replaces the other authorities",
            &["trust", "ca-file"],
        )
    } else if tls.client_key.is_some() && tls.client_cert.is_none() {
        complain("--client-key needs --client-cert", &["client-key"])
    } else if output.show_secrets && output.transcript.is_none() && output.verbose == 0 {
        complain("--show-secrets needs --transcript or -v, where there is something to show", &["show-secrets"])
    } else if connect.security == Some(SecurityChoice::Opportunistic) && has_credentials(args) {
        complain(
            "opportunistic TLS is not verified, so no credentials may be used with it: only \"probe\" goes with it",
            &["security", "user", "password-command", "password-file", "password-fd", "netrc", "token-command"],
        )
    } else if connect.security == Some(SecurityChoice::Opportunistic) && !tls.pin.is_empty() {
        complain(
            "opportunistic TLS takes any certificate, and --pin is a check: use --security starttls",
            &["security", "pin"],
        )
    } else if auth.auth == Some(AuthList::None) && needs_login(&args.command) {
        complain("without logging in there is no mail: --auth none goes with \"probe\" and \"raw\" only", &["auth"])
    } else {
        match &args.command {
            Command::Show(_) if output.json => {
                complain("--json and a message on standard output exclude each other", &["json"])
            }
            Command::Fetch(fetch) => check_fetch(&fetch.options, output.json),
            _ => Ok(()),
        }
    }
}

fn check_fetch(options: &FetchOptions, json: bool) -> Result<(), Complaint> {
    if options.to == Some(Target::Stdout) {
        if retention(options).deletes() {
            return Err(Complaint {
                text: "--to - and deleting exclude each other: what goes into a pipe may be lost",
                options: &["to", "delete", "keep-days", "keep-newest"],
            });
        }
        if json {
            return Err(Complaint {
                text: "--to - and --json exclude each other: both want standard output",
                options: &["to", "json"],
            });
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

fn has_credentials(args: &Popfetch) -> bool {
    let auth = &args.auth;
    needs_login(&args.command)
        || auth.user.is_some()
        || auth.password_command.is_some()
        || auth.password_file.is_some()
        || auth.password_fd.is_some()
        || auth.netrc.is_some()
        || auth.token_command.is_some()
        || args.tls.client_cert.is_some()
}
