//! How a run ends: the one place where errors become exit codes, and where many endings become one.

use std::fmt;
use std::io;
use std::path::Path;

use super::verdict::Verdict;
use crate::error::{Error, Phase, Rejection, ResolveFailure, StorageKind, Undelivered};

/// An exit code of the contract.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Exit(u8);

impl Exit {
    /// Done, also if there was nothing to do.
    pub const OK: Self = Self(0);
    /// What `--fail-if-none` and `--warn-days` report.
    pub const REPORTED: Self = Self(1);
    /// The command line is wrong.
    pub const USAGE: Self = Self(64);
    /// Bad input data, a damaged state file, or a guard that wants a decision.
    pub const DATA: Self = Self(65);
    /// The input is missing.
    pub const NO_INPUT: Self = Self(66);
    /// Every recipient is unknown.
    pub const NO_USER: Self = Self(67);
    /// The host does not exist.
    pub const NO_HOST: Self = Self(68);
    /// The service refuses or lacks what was asked for, or it would not be safe.
    pub const UNAVAILABLE: Self = Self(69);
    /// A bug of ours.
    pub const SOFTWARE: Self = Self(70);
    /// The operating system refused something.
    pub const SYSTEM: Self = Self(71);
    /// The target cannot be created.
    pub const CANNOT_CREATE: Self = Self(73);
    /// Local input, output or delivery failed.
    pub const IO: Self = Self(74);
    /// Trying again later may help.
    pub const TEMPORARY: Self = Self(75);
    /// The peer broke the protocol.
    pub const PROTOCOL: Self = Self(76);
    /// The login was refused.
    pub const NO_PERMISSION: Self = Self(77);
    /// The configuration is wrong.
    pub const CONFIG: Self = Self(78);
    /// Some messages or accounts succeeded and others failed.
    pub const PARTLY: Self = Self(80);
    /// The outcome is unknown.
    pub const UNKNOWN: Self = Self(81);

    /// The number.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The code that a run of our own ended with.
    pub fn of_run(code: u8) -> Self {
        Self(code)
    }

    /// What a shell reports of a process that a signal ended.
    pub fn signal(signal: i32) -> Self {
        Self(u8::try_from(signal).map_or(Self::SOFTWARE.0, |signal| signal.saturating_add(128)))
    }

    /// The code of an error.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Resolve { kind: ResolveFailure::NotFound, .. } => Self::NO_HOST,
            Error::Resolve { kind: ResolveFailure::Temporary, .. } => Self::TEMPORARY,
            Error::Connect { .. } | Error::Timeout { .. } | Error::Closed { .. } | Error::Network { .. } => {
                Self::TEMPORARY
            }
            Error::Proxy { transient: true, .. } => Self::TEMPORARY,
            Error::Proxy { transient: false, .. } => Self::UNAVAILABLE,
            Error::Interrupted(signal) => Self::signal(*signal),
            Error::Tls { .. } => Self::PROTOCOL,
            Error::Certificate { .. } => Self::UNAVAILABLE,
            Error::Protocol { .. } | Error::Limit { .. } => Self::PROTOCOL,
            Error::Unsupported(_) | Error::Insecure(_) => Self::UNAVAILABLE,
            Error::Authentication(rejection) => Self::of_login(rejection),
            Error::Rejected(rejection) if is_of_message(rejection) => Self::of_refusal(rejection),
            Error::Rejected(rejection) if rejection.transient || is_busy(rejection) => Self::TEMPORARY,
            Error::Rejected(rejection) => Self::of_command(rejection),
            Error::InvalidInput(_) => Self::DATA,
            Error::Config(_) => Self::CONFIG,
            Error::Storage { kind: StorageKind::Create, .. } => Self::CANNOT_CREATE,
            Error::Storage { kind: StorageKind::Io, .. } => Self::IO,
            Error::Storage { kind: StorageKind::System, .. } => Self::SYSTEM,
            Error::Command { code: Some(75), .. } => Self::TEMPORARY,
            Error::Command { .. } => Self::IO,
            Error::Target { outcome: Undelivered::Unknown, .. } => Self::UNKNOWN,
            Error::Target { source, .. } => Self::of(source),
            Error::State { .. } => Self::DATA,
            Error::Locked { .. } => Self::TEMPORARY,
        }
    }

    /// A refused login is a wrong password only if the server does not say otherwise (RFC 3206 section 4, RFC 5530,
    /// RFC 2221 section 4.1).
    fn of_login(rejection: &Rejection) -> Self {
        match rejection.code.as_deref().map(str::to_ascii_uppercase).as_deref() {
            _ if rejection.transient || is_busy(rejection) => Self::TEMPORARY,
            Some("SYS/PERM" | "PRIVACYREQUIRED" | "REFERRAL" | "CORRUPTION") => Self::UNAVAILABLE,
            _ => Self::NO_PERMISSION,
        }
    }

    /// A refused command, by IMAP's response codes (RFC 9051 section 7.1, RFC 5530): what was named is not there, the message
    /// or value cannot be taken, the server did not understand us. Everything else is the service's to refuse, such as
    /// `NOPERM`, `ALREADYEXISTS`, `OVERQUOTA` and `CANNOT`. A refused APPEND or REPLACE without a code that tells more is about
    /// its message.
    fn of_command(rejection: &Rejection) -> Self {
        match (rejection.code.as_deref(), rejection.verb) {
            (Some("NONEXISTENT" | "TRYCREATE"), _) => Self::NO_INPUT,
            (None, verb) if names_folder(verb) && is_missing(&rejection.text) => Self::NO_INPUT,
            (Some("TOOBIG" | "METADATA MAXSIZE"), _) => Self::DATA,
            (Some("BAD" | "CLIENTBUG"), _) => Self::PROTOCOL,
            (Some("AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED"), _) => Self::NO_PERMISSION,
            (None | Some("ALERT" | "CANNOT"), "APPEND" | "REPLACE" | "UID REPLACE") => Self::DATA,
            _ => Self::UNAVAILABLE,
        }
    }

    /// A refusal of a message or an address: for good or for now, unless the server says that it would take it from somebody
    /// who has logged in (530, RFC 4954 section 6) or over TLS (538), which another attempt as it stands will not change and
    /// the message is not at fault for.
    pub fn of_refusal(rejection: &Rejection) -> Self {
        match rejection.code.as_deref() {
            _ if rejection.transient => Self::TEMPORARY,
            Some("530") => Self::NO_PERMISSION,
            Some("538") => Self::UNAVAILABLE,
            _ => Self::DATA,
        }
    }

    /// One code for a message's recipients: 67 only if all of them are unknown, else as [`Exit::combine`] has it.
    pub fn of_fates<'v>(verdicts: impl IntoIterator<Item = &'v Verdict>) -> Self {
        Self::combine(verdicts.into_iter().map(Verdict::exit))
    }

    /// One code for many: what all have in common, 80 if some succeeded and some failed, else the first present of
    /// 70 71 78 77 69 76 74 73 65 68 75. A signal or an unknown outcome is told whatever else happened.
    pub fn combine(all: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<Self> = all.into_iter().collect();
        if let Some(told) = all.iter().copied().find(|exit| *exit == Self::UNKNOWN || exit.0 > 128) {
            return told;
        }
        let succeeded = |exit: &Self| exit.0 <= Self::REPORTED.0;
        if all.iter().all(succeeded) {
            // Nothing new in one account is no news if another had some.
            return all.iter().copied().min().unwrap_or(Self::OK);
        }
        if all.contains(&Self::PARTLY) || all.iter().any(succeeded) {
            return Self::PARTLY;
        }
        Self::worst(all)
    }

    /// The gravest of these, success and `80` counting least: the summary's `worst`. Unknown recipients beside anything else
    /// that failed are refusals like others.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        let rank = |exit: &Self| GRAVEST_FIRST.iter().position(|grave| grave == exit).unwrap_or(GRAVEST_FIRST.len());
        let failed: Vec<Self> = all.into_iter().filter(|exit| exit.0 > Self::REPORTED.0).collect();
        if failed.iter().all(|exit| *exit == Self::NO_USER) {
            return failed.first().copied().unwrap_or(Self::OK);
        }
        let counted = failed.into_iter().map(|exit| if exit == Self::NO_USER { Self::DATA } else { exit });
        counted.min_by_key(|exit| (rank(exit), exit.0)).unwrap_or(Self::OK)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The contract's order for runs in which everything failed; 64, 66, 80 and 81 do not get there.
const GRAVEST_FIRST: [Exit; 11] = [
    Exit::SOFTWARE,
    Exit::SYSTEM,
    Exit::CONFIG,
    Exit::NO_PERMISSION,
    Exit::UNAVAILABLE,
    Exit::PROTOCOL,
    Exit::IO,
    Exit::CANNOT_CREATE,
    Exit::DATA,
    Exit::NO_HOST,
    Exit::TEMPORARY,
];

/// What errors call the end of a message, to which the server's verdict is the reply; a stage that options call `dot`.
const END_OF_DATA: &str = "end of data";

/// Whether a message or an address was refused rather than the session: by SMTP's mail transaction, or by us for its size.
fn is_of_message(rejection: &Rejection) -> bool {
    matches!(rejection.verb, "MAIL" | "RCPT" | "DATA" | "BDAT" | "SIZE" | END_OF_DATA)
}

/// Whether an IMAP command is about a folder that somebody named.
fn names_folder(verb: &str) -> bool {
    matches!(verb, "SELECT" | "EXAMINE" | "STATUS" | "APPEND" | "DELETE" | "RENAME" | "SUBSCRIBE" | "UNSUBSCRIBE")
        || matches!(verb, "COPY" | "MOVE" | "UID COPY" | "UID MOVE" | "REPLACE" | "UID REPLACE")
        || matches!(verb, "MYRIGHTS" | "GETACL" | "SETACL" | "DELETEACL" | "LISTRIGHTS")
        || matches!(verb, "GETQUOTAROOT" | "GETMETADATA" | "SETMETADATA")
}

/// Quirk: Cyrus, Exchange and servers older than RFC 5530 say in the text alone that a folder is not there.
fn is_missing(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["does not exist", "doesn't exist", "no such mailbox", "unknown mailbox"].iter().any(|words| text.contains(words))
}

/// RFC 2449 section 8.1, RFC 3206 section 4, and `UNAVAILABLE` as IMAP (RFC 5530) and some POP3 servers have it.
/// IMAP's others are called transient where they are read.
fn is_busy(rejection: &Rejection) -> bool {
    const BUSY: [&str; 4] = ["SYS/TEMP", "IN-USE", "LOGIN-DELAY", "UNAVAILABLE"];
    rejection.code.as_deref().is_some_and(|code| BUSY.iter().any(|busy| code.eq_ignore_ascii_case(busy)))
}

/// Something that failed: for which account, why, and how it is told.
#[derive(Debug)]
pub struct Failure {
    /// The account's name, where one is concerned.
    pub account: Option<String>,
    /// What went wrong.
    pub error: Box<Error>,
    /// The exit code.
    pub exit: Exit,
    /// What to try, where that is known and the error does not say it.
    pub advice: Option<String>,
}

/// What fails before there is an account or a file of ours to speak of, with what was being done: our own errors stay what
/// they are, anything else is the operating system's refusal.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => error.into(),
            Err(error) => {
                let source = io::Error::other(error.root_cause().to_string());
                Error::Storage { doing: error.to_string(), source, kind: StorageKind::System }.into()
            }
        }
    }
}

impl Failure {
    /// The command line is wrong.
    pub fn usage(complaint: impl Into<String>) -> Self {
        Self { exit: Exit::USAGE, ..Self::from(Error::InvalidInput(complaint.into())) }
    }

    /// The configuration is wrong.
    pub fn config(complaint: impl Into<String>) -> Self {
        Error::Config(complaint.into()).into()
    }

    /// A file that is to be read is not there, or cannot be read.
    pub fn no_input(path: &Path, error: &io::Error) -> Self {
        let path = crate::text::sanitize(path.as_os_str().as_encoded_bytes());
        let complaint = Error::InvalidInput(format!("cannot read {path}: {error}"));
        Self { exit: Exit::NO_INPUT, ..Self::from(complaint) }
    }

    /// The same for an account.
    pub fn of(self, account: &str) -> Self {
        Self { account: Some(crate::text::sanitize(account.as_bytes())), ..self }
    }

    /// The kind of failure, as JSON names it.
    pub fn kind(&self) -> &'static str {
        match self.error.as_ref() {
            Error::InvalidInput(_) if self.exit == Exit::USAGE => "usage",
            error => Self::kind_of(error),
        }
    }

    /// The kind of an error that is not the command line's.
    pub fn kind_of(error: &Error) -> &'static str {
        match error {
            Error::InvalidInput(_) => "data",
            Error::Config(_) => "config",
            Error::Resolve { .. } => "resolve",
            Error::Connect { .. } => "connect",
            Error::Proxy { .. } => "proxy",
            Error::Timeout { .. } => "timeout",
            Error::Interrupted(_) => "interrupted",
            Error::Tls { .. } => "tls",
            Error::Certificate { .. } => "certificate",
            Error::Closed { .. } => "closed",
            Error::Network { .. } => "network",
            Error::Protocol { .. } => "protocol",
            Error::Limit { .. } => "limit",
            Error::Unsupported(_) => "unsupported",
            Error::Insecure(_) => "insecure",
            Error::Authentication(_) => "authentication",
            Error::Rejected(_) => "rejected",
            Error::Storage { .. } => "storage",
            Error::Command { .. } => "command",
            Error::Target { source, .. } => Self::kind_of(source),
            Error::State { .. } => "state",
            Error::Locked { .. } => "locked",
        }
    }

    /// At which stage of the conversation it failed, as JSON names it: a phase, or a command's verb in lower case.
    pub fn stage(&self) -> Option<String> {
        Self::stage_of(&self.error)
    }

    /// The same of an error.
    pub fn stage_of(error: &Error) -> Option<String> {
        let stage = match error {
            Error::Resolve { .. } => "resolve",
            Error::Connect { .. } => "connect",
            Error::Proxy { .. } => "proxy",
            Error::Tls { .. } | Error::Certificate { .. } => "tls",
            Error::Authentication(rejection) | Error::Rejected(rejection) => rejection.verb,
            Error::Timeout { phase, .. }
            | Error::Closed { phase, .. }
            | Error::Network { phase, .. }
            | Error::Protocol { phase, .. } => match phase {
                Phase::Credentials => "credentials",
                Phase::Resolve => "resolve",
                Phase::Connect => "connect",
                Phase::Proxy => "proxy",
                Phase::TlsHandshake => "tls",
                Phase::Greeting => "greeting",
                Phase::Reply(verb) | Phase::Data(verb) => verb,
                Phase::Send => "send",
            },
            Error::Target { source, .. } => return Self::stage_of(source),
            _ => return None,
        };
        Some(Self::stage_named(stage))
    }

    /// The stage of a verb.
    pub fn stage_named(verb: &str) -> String {
        match verb {
            END_OF_DATA => "dot".into(),
            verb => verb.to_ascii_lowercase(),
        }
    }

    /// The server's refusal, if that is what it was.
    pub fn rejection(&self) -> Option<&Rejection> {
        let error = match self.error.as_ref() {
            Error::Target { source, .. } => source,
            error => error,
        };
        match error {
            Error::Authentication(rejection) | Error::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { account: None, exit: Exit::of(&error), advice: None, error: Box::new(error) }
    }
}

/// `work: authentication failed at PASS: [AUTH] Invalid login (exit 77)`, to be said after the program's name.
impl Failure {
    /// What went wrong, and what to try.
    pub fn explained(&self) -> String {
        let text = self.error.to_string();
        match &self.advice {
            // Servers end a sentence where ours goes on.
            Some(advice) => format!("{}; {advice}", text.strip_suffix('.').unwrap_or(&text)),
            None => text,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}: ")?;
        }
        write!(f, "{} (exit {})", self.explained(), self.exit)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.error.as_ref())
    }
}

#[cfg(test)]
mod tests;
