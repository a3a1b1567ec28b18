//! What to try when something fails, where that is known.

use std::io::ErrorKind;

use crate::cli::exit::Failure;
use crate::cli::popfetch::plan::Plan;
use crate::endpoint::Security;
use crate::error::{Error, Phase};

/// The failure of an account, with what to try.
pub(crate) fn explained(error: Error, plan: &Plan) -> Failure {
    Failure { advice: advice(&error, plan), ..Failure::from(error) }.of(&plan.server.account)
}

/// A second clause for the error's line: what to try.
pub(crate) fn advice(error: &Error, plan: &Plan) -> Option<String> {
    let security = plan.server.endpoint.security;
    let host = plan.server.endpoint.host();
    let text = match error {
        Error::Authentication(rejection) => match rejection.code.as_deref().map(str::to_ascii_uppercase).as_deref() {
            Some("IN-USE") => "another program has the mailbox open",
            Some("LOGIN-DELAY") => "the server wants more time between logins",
            _ => "check the user name and the password; some providers want an app password or --token-command",
        },
        Error::Rejected(rejection) if rejection.code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("IN-USE")) => {
            "another program has the mailbox open"
        }
        Error::Tls { .. } | Error::Closed { phase: Phase::TlsHandshake, .. } if security == Security::Tls => {
            return Some(format!("if this port starts in clear, use pop3://{host}, which upgrades to TLS"));
        }
        Error::Timeout { phase: Phase::Greeting, .. } | Error::Closed { phase: Phase::Greeting, .. }
            if matches!(security, Security::StartTls | Security::Plain) =>
        {
            return Some(format!("if this port has TLS from the start, use pop3s://{host}"));
        }
        Error::Connect { source, .. } if source.kind() == ErrorKind::ConnectionRefused => {
            match plan.server.connect.proxy {
                Some(_) => "check --proxy, and the host and the port behind it",
                None => "check the host and the port",
            }
        }
        _ => return None,
    };
    // Some errors say it themselves.
    (!error.to_string().contains(text)).then(|| text.to_owned())
}
