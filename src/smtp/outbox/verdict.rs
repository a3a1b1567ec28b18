//! What became of a message, for each of its recipients.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Rejection};
use crate::smtp::reply::Reply;

/// What became of one message.
#[derive(Clone, Debug)]
pub struct Report {
    /// The number that it was sent under.
    pub tag: u64,
    /// One for each recipient of the envelope, in the same order.
    pub fates: Vec<Fate>,
    /// How long each stage took.
    pub stages: Stages,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug)]
pub enum Fate {
    /// The server took the responsibility for it.
    Accepted(Reply),
    /// The server said no.
    Refused {
        /// To what.
        stage: Stage,
        /// In which words, and whether trying again later may help.
        rejection: Rejection,
    },
    /// It cannot have been delivered: it may be sent again.
    Unsent(Arc<Error>),
    /// The session died between the end of the message and the server's verdict: it may have been delivered. Sending it
    /// again may make a duplicate (RFC 1047).
    Unknown(Arc<Error>),
}

/// The part of a transaction that was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The sender.
    Mail,
    /// The recipient.
    Rcpt,
    /// The wish to send a message, or a piece of it.
    Data,
    /// The message.
    Dot,
}

/// How long the stages of a message took, from a command's leaving to its reply; `None` if there was none. Pipelined
/// stages overlap. Those of a message that took several transactions are added up.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stages {
    /// MAIL.
    pub mail: Option<Duration>,
    /// The first RCPT to the last one's reply.
    pub rcpt: Option<Duration>,
    /// DATA.
    pub data: Option<Duration>,
    /// The end of the message to the verdict.
    pub dot: Option<Duration>,
}

pub(super) fn add(stage: &mut Option<Duration>, time: Duration) {
    *stage = Some(stage.unwrap_or_default().saturating_add(time));
}
