//! What became of a message for a recipient.

use std::fmt;
use std::sync::Arc;

use super::exit::{Exit, Failure};
use crate::error::{Error, Rejection};

/// The end of a message's way to one recipient, as far as this program has a part in it.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The server has taken the responsibility (RFC 5321 section 6.1).
    Accepted(Answer),
    /// The server has refused, for good or for now; or we have, knowing that it would.
    Refused(Rejection),
    /// Nothing of it can have been delivered.
    Unsent(Arc<Error>),
    /// The connection ended after the whole message had been sent and before the server had said whether it takes it.
    Unknown(Arc<Error>),
}

/// A positive reply.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// The reply code.
    pub code: u16,
    /// The enhanced status code (RFC 3463).
    pub enhanced: Option<String>,
    /// The server's text, sanitised.
    pub text: String,
    /// What the server calls the message, as far as its text tells.
    pub queue_id: Option<String>,
}

/// A verdict in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Accepted.
    Accepted,
    /// Refused for good.
    Refused,
    /// Refused for now.
    Deferred,
    /// Not sent.
    Unsent,
    /// Perhaps delivered.
    Unknown,
}

impl Status {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
        }
    }
}

impl Verdict {
    /// The verdict in a word.
    pub fn status(&self) -> Status {
        match self {
            Self::Accepted(_) => Status::Accepted,
            Self::Refused(rejection) if rejection.transient => Status::Deferred,
            Self::Refused(_) => Status::Refused,
            Self::Unsent(_) => Status::Unsent,
            Self::Unknown(_) => Status::Unknown,
        }
    }

    /// The exit code of a run with this recipient alone.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Accepted(_) => Exit::OK,
            Self::Refused(_) if self.is_unknown_recipient() => Exit::NO_USER,
            Self::Refused(rejection) => Exit::of_refusal(rejection),
            Self::Unsent(error) => Exit::of(error),
            Self::Unknown(_) => Exit::UNKNOWN,
        }
    }

    /// Whether the same message may fare better another time: unless it was accepted, or the server has something against this
    /// message or this address. A server that wants a login or TLS first may get it when the account is set right.
    pub fn may_change(&self) -> bool {
        match self {
            Self::Accepted(_) => false,
            Self::Refused(rejection) => !matches!(Exit::of_refusal(rejection), Exit::DATA),
            Self::Unsent(error) => !matches!(error.as_ref(), Error::InvalidInput(_)),
            Self::Unknown(_) => true,
        }
    }

    /// Whether the server knows no such recipient: an address status (RFC 3463 section 3.2) at RCPT that is not about the
    /// sender, or without an enhanced code a reply that RFC 5321 section 4.2.3 has for mailboxes.
    pub fn is_unknown_recipient(&self) -> bool {
        let Self::Refused(Rejection { verb: "RCPT", code, enhanced, transient: false, .. }) = self else {
            return false;
        };
        match enhanced.as_deref() {
            Some("5.1.7" | "5.1.8" | "5.1.9") => false,
            Some(enhanced) => enhanced.starts_with("5.1."),
            None => matches!(code.as_deref(), Some("550" | "551" | "553")),
        }
    }

    /// The server's reply code.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Accepted(answer) => Some(answer.code),
            _ => self.rejection()?.code.as_deref()?.parse().ok(),
        }
    }

    /// The server's enhanced status code.
    pub fn enhanced(&self) -> Option<&str> {
        match self {
            Self::Accepted(answer) => answer.enhanced.as_deref(),
            _ => self.rejection()?.enhanced.as_deref(),
        }
    }

    /// The server's words, or what went wrong before it could say any.
    pub fn words(&self) -> String {
        match self {
            Self::Accepted(answer) => answer.text.clone(),
            Self::Refused(rejection) => rejection.text.clone(),
            Self::Unsent(error) | Self::Unknown(error) => error.to_string(),
        }
    }

    /// The refusal, if that is what it was, of this recipient or of the whole session.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(rejection) => Some(rejection),
            Self::Unsent(error) | Self::Unknown(error) => match error.as_ref() {
                Error::Authentication(rejection) | Error::Rejected(rejection) => Some(rejection),
                _ => None,
            },
        }
    }

    /// At which stage it was decided, as [`Failure::stage`] names it; `None` for what was accepted.
    pub fn stage(&self) -> Option<String> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(rejection) => Some(Failure::stage_named(rejection.verb)),
            Self::Unsent(error) | Self::Unknown(error) => Failure::stage_of(error),
        }
    }

    /// What the server calls the message.
    pub fn queue_id(&self) -> Option<&str> {
        match self {
            Self::Accepted(answer) => answer.queue_id.as_deref(),
            _ => None,
        }
    }

    /// Whether two recipients fared the same, for the same reason.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Refused(one), Self::Refused(other)) => one == other,
            (Self::Unsent(one), Self::Unsent(other)) | (Self::Unknown(one), Self::Unknown(other)) => {
                Arc::ptr_eq(one, other)
            }
            _ => false,
        }
    }
}

/// `refused at RCPT: 550 5.1.1 no such user`, to be said after the recipient.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(Answer { code, enhanced, text, .. }) => {
                let enhanced = enhanced.as_ref().map(|enhanced| format!(" {enhanced}")).unwrap_or_default();
                write!(f, "accepted: {code}{enhanced} {text}")
            }
            Self::Refused(rejection) => write!(f, "{} at {rejection}", self.status().word()),
            Self::Unsent(error) => write!(f, "not sent: {error}"),
            Self::Unknown(error) => write!(f, "may or may not have been delivered: {error}"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::error::Phase;

    /// A reply to a command: 4yz is transient.
    pub(in crate::cli) fn refused(verb: &'static str, code: &str, enhanced: Option<&str>) -> Verdict {
        Verdict::Refused(Rejection {
            verb,
            code: Some(code.into()),
            enhanced: enhanced.map(str::to_owned),
            text: "no such user".into(),
            transient: code.starts_with('4'),
        })
    }

    #[test]
    fn each_verdict_reads_as_a_sentence() {
        let closed = || Arc::new(Error::Closed { phase: Phase::Reply("end of data"), truncated: false });
        for (verdict, text, status, stage) in [
            (
                refused("RCPT", "550", Some("5.1.1")),
                "refused at RCPT: 550 5.1.1 no such user",
                Status::Refused,
                Some("rcpt"),
            ),
            (refused("DATA", "451", None), "deferred at DATA: 451 no such user", Status::Deferred, Some("data")),
            (
                Verdict::Unsent(closed()),
                "not sent: connection closed waiting for the reply to end of data",
                Status::Unsent,
                Some("dot"),
            ),
            (
                Verdict::Unknown(closed()),
                "may or may not have been delivered: connection closed waiting for the reply to end of data",
                Status::Unknown,
                Some("dot"),
            ),
            (
                Verdict::Accepted(Answer {
                    code: 250,
                    enhanced: Some("2.0.0".into()),
                    text: "ok".into(),
                    queue_id: None,
                }),
                "accepted: 250 2.0.0 ok",
                Status::Accepted,
                None,
            ),
        ] {
            assert_eq!(verdict.to_string(), text);
            assert_eq!((verdict.status(), verdict.stage().as_deref()), (status, stage), "{text}");
        }
    }

    #[test]
    fn an_unknown_recipient_is_told_from_other_refusals() {
        for (verb, code, enhanced, unknown) in [
            ("RCPT", "550", Some("5.1.1"), true),
            ("RCPT", "554", Some("5.1.2"), true),
            ("RCPT", "550", None, true),
            ("RCPT", "551", None, true),
            ("RCPT", "553", None, true),
            ("RCPT", "554", None, false),
            ("RCPT", "550", Some("5.7.1"), false),
            ("RCPT", "550", Some("5.1.8"), false),
            ("RCPT", "450", Some("4.1.1"), false),
            ("MAIL", "550", Some("5.1.1"), false),
            ("DATA", "550", None, false),
        ] {
            assert_eq!(refused(verb, code, enhanced).is_unknown_recipient(), unknown, "{verb} {code} {enhanced:?}");
        }
    }
}
