//! Options that contradict each other in every program.

use std::net::IpAddr;

use crate::cli::args::{SecurityChoice, Shared};

/// What is wrong, and which options it is about: if one of them was typed, it is a usage error.
#[derive(Debug)]
pub(crate) struct Complaint {
    pub(crate) text: &'static str,
    pub(crate) options: &'static [&'static str],
}

/// Whether what is to be done needs a login in any case.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Login {
    /// It does.
    Needed,
    /// It does if there is somebody to log in.
    IfThereIsAUser,
}

/// A complaint, for `complain(…)` in a chain of conditions.
pub(crate) fn complain(text: &'static str, options: &'static [&'static str]) -> Result<(), Complaint> {
    Err(Complaint { text, options })
}

/// Says what is wrong, if anything is.
pub(crate) fn check(shared: &Shared<'_>, login: Login) -> Result<(), Complaint> {
    let Shared { connect, tls, output, .. } = shared;
    let wrong_family = match connect.bind {
        Some(IpAddr::V4(_)) => connect.ipv6,
        Some(IpAddr::V6(_)) => connect.ipv4,
        None => false,
    };
    let opportunistic = connect.security == Some(SecurityChoice::Opportunistic);
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
    } else if opportunistic && (login == Login::Needed || has_credentials(shared)) {
        complain(
            "opportunistic TLS is not verified, so no credentials may be used with it: it is for servers that ask for none",
            &["security", "user", "password-command", "password-file", "password-fd", "netrc", "token-command"],
        )
    } else if opportunistic && !tls.pin.is_empty() {
        complain(
            "opportunistic TLS takes any certificate, and --pin is a check: use --security starttls",
            &["security", "pin"],
        )
    } else {
        Ok(())
    }
}

fn has_credentials(shared: &Shared<'_>) -> bool {
    let auth = shared.auth;
    auth.user.is_some()
        || auth.password_command.is_some()
        || auth.password_file.is_some()
        || auth.password_fd.is_some()
        || auth.netrc.is_some()
        || auth.token_command.is_some()
        || shared.tls.client_cert.is_some()
}
