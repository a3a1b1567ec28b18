//! Broken sessions: what may pass, what will not, and whose fault it is.

use crate::error::Error;

/// Why a session broke.
pub(super) struct Break {
    /// For the user.
    pub(super) text: String,
    /// Whether another session may get further.
    pub(super) passing: bool,
    /// What to report if it is not mended; `None` if it was reported with a message.
    pub(super) error: Option<Error>,
}

impl From<Error> for Break {
    fn from(error: Error) -> Self {
        Self { text: error.to_string(), passing: is_worth_retrying(&error), error: Some(error) }
    }
}

/// Whether the server still holds the mailbox for the session before, or wants time between two.
pub(super) fn is_held(error: &Error) -> bool {
    let (Error::Rejected(rejection) | Error::Authentication(rejection)) = error else { return false };
    matches!(rejection.code.as_deref(), Some("IN-USE" | "LOGIN-DELAY"))
}

/// Whether a failure counts against the message, which rests after some. A disk that is full or a lock that is held says
/// nothing of it; but a message may be too large for this side.
pub(super) fn is_the_messages_fault(error: &Error) -> bool {
    match error {
        Error::Storage { source, .. } => source.kind() == std::io::ErrorKind::FileTooLarge,
        Error::Locked { .. } | Error::State { .. } => false,
        _ => true,
    }
}

/// Whether another connection may get further.
pub(super) fn is_worth_retrying(error: &Error) -> bool {
    match error {
        Error::Timeout { budget: Some(_), .. }
        | Error::Closed { .. }
        | Error::Network { .. }
        | Error::Protocol { .. }
        | Error::Limit { .. } => true,
        Error::Storage { source, .. } => source.kind() == std::io::ErrorKind::TimedOut,
        _ => false,
    }
}
