//! Delivery to another server: by SMTP or LMTP, or into a folder of an IMAP server.
//!
//! ```text
//! mod      Remote: the ledger's side of it, and sessions as long as they lead somewhere
//! trip     what one session did with a batch: every verdict, in step with the journal
//! smtp     messages through a session, one behind the other
//! folder   messages with APPEND
//! load     a batch on its way
//! letter   a message as it goes
//! ```
//!
//! One session serves a run: it is begun when there is something to deliver, before anything is fetched for it. A message counts
//! as delivered once the server has said yes to it. Where the connection ends between a message and that word, the message may
//! have been delivered or not: it is told, its intent stays open, and whoever has the message keeps it. A server that hangs up
//! between messages is connected to again.
//!
//! Messages go as they came, with CRLF and no other CR or LF in them: a stray one would end a message early for some servers.

pub(super) mod folder;
mod letter;
mod load;
pub(super) mod smtp;
#[cfg(test)]
mod tests;
mod trip;

use std::fmt;
use std::sync::Arc;

use load::Load;
use trip::{Stop, Trip};

use crate::error::{Error, Phase, Result, Undelivered};
use crate::store::fs::System;
use crate::store::spool::{Keep, SpoolStage};
use crate::store::{BatchLimits, Commit, Journal, Outcome, Sides, Staged, batch};

/// So many sessions in a row that break over a message, before it or after it, are no longer the messages' fault.
const FUTILE_SESSIONS: u32 = 3;

/// What is spoken to a server, and how messages go through a session.
trait Sender: Send {
    /// A session.
    type Session: Send;

    /// Begins a session that is fit for messages. What is under way in it is seen through to its verdict: a signal would only
    /// leave it in doubt. The second one ends all.
    fn connect(&mut self) -> Result<Self::Session>;

    /// Gives the session back if the server still answers. Whether it was closed meanwhile shows in time; once messages are on
    /// the way it would leave them in doubt.
    fn check(&self, session: Self::Session) -> Option<Self::Session>;

    /// Sends what waits until the session ends, all is sent, or nothing more is to be sent. Gives back a session that is fit
    /// for more.
    fn send(&mut self, session: Self::Session, pace: Pace, trip: &mut Trip<'_>) -> Option<Self::Session>;

    /// Ends a session in order.
    fn leave(&self, session: Self::Session);
}

/// How messages follow each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// As close as the server allows.
    Together,
    /// Each after the verdict on the one before: a session has broken over several at once.
    OneByOne,
}

/// How far a session has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Age {
    New,
    Used,
}

/// A server as a target.
struct Remote<S: Sender> {
    sender: S,
    /// What it is called.
    place: String,
    open: Option<S::Session>,
    pace: Pace,
    /// How many messages in a row were refused for what may not be theirs.
    unclear: u32,
    /// How many sessions in a row broke without a verdict.
    futile: u32,
}

/// The two sides of a server as a target; nothing is connected to yet.
fn sides<S: Sender + 'static>(sender: S, place: &str) -> Sides {
    let place = place.to_owned();
    let commit = Remote { sender, place, open: None, pace: Pace::Together, unclear: 0, futile: 0 };
    let stage = SpoolStage::new(Arc::new(System), vec![std::env::temp_dir()], Keep::SmallInMemory).canonical();
    Sides { stage: Box::new(stage), commit: Box::new(commit) }
}

impl<S: Sender> Commit for Remote<S> {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut load = Load::new(batch, &self.place);
        match load.intend(&self.place, journal) {
            Ok(()) => self.deliver(&mut load, journal),
            Err(error) => load.fail_rest(|| batch::again(&error)),
        }
        load.settle(journal)
    }

    fn limits(&self) -> BatchLimits {
        // What a lost connection or a kill may leave in doubt; a session goes on from one batch to the next.
        BatchLimits { messages: 32, octets: 4 << 20 }
    }

    fn ready(&mut self) -> Result<()> {
        match self.session() {
            Ok((session, _)) => {
                self.open = Some(session);
                Ok(())
            }
            Err(error) => Err(undelivered(&self.place, Undelivered::Blocked, Arc::new(error))),
        }
    }
}

impl<S: Sender> Remote<S> {
    /// Sends all of the load, through as many sessions as it takes and as lead somewhere.
    fn deliver(&mut self, load: &mut Load, journal: &mut dyn Journal) {
        while !load.is_settled() {
            let (session, age) = match self.session() {
                Ok(found) => found,
                Err(error) => return self.block(load, &Arc::new(error), journal),
            };
            let mut trip = Trip::new(load, journal, &self.place, &mut self.unclear);
            self.open = self.sender.send(session, self.pace, &mut trip);
            let Trip { verdicts, unknown, together, ended, stop, .. } = trip;
            match stop {
                Some(Stop::Blocked(error)) => return self.block(load, &error, journal),
                Some(Stop::Ours(error)) => {
                    load.abandon_rest(journal);
                    return load.fail_rest(|| batch::again(&error));
                }
                None => {}
            }
            if together > 1 && ended.as_deref().is_some_and(is_break) {
                self.pace = Pace::OneByOne;
            }
            if verdicts > 0 {
                self.futile = 0;
                continue;
            }
            let is_over = self.open.is_none();
            // The server may have closed a session that had been idle.
            if unknown == 0 && age == Age::Used && is_over {
                continue;
            }
            // A new one that leads nowhere is the end, unless it broke over a message, which may be to blame: the others are to
            // come through.
            self.futile = self.futile.saturating_add(1);
            let nothing = || Arc::new(Error::protocol(Phase::Send, "the server takes no messages"));
            let error = ended.unwrap_or_else(nothing);
            let leads_nowhere = unknown == 0 && (!is_over || !is_break(&error));
            if leads_nowhere || self.futile >= FUTILE_SESSIONS {
                return self.block(load, &error, journal);
            }
            // What was sent in doubt has its result; of several it is not known which was the one.
            if unknown == 0
                && together <= 1
                && let Some(first) = load.waiting().front()
            {
                load.refuse(*first, undelivered(&self.place, Undelivered::Refused, error), journal);
            }
        }
    }

    /// A session that is fit for use: the one there is, if the server still answers, or a new one.
    fn session(&mut self) -> Result<(S::Session, Age)> {
        match self.open.take().and_then(|session| self.sender.check(session)) {
            Some(session) => Ok((session, Age::Used)),
            None => Ok((self.sender.connect()?, Age::New)),
        }
    }

    /// The rest fails for a reason that is no message's.
    fn block(&self, load: &mut Load, error: &Arc<Error>, journal: &mut dyn Journal) {
        load.abandon_rest(journal);
        load.fail_rest(|| undelivered(&self.place, Undelivered::Blocked, Arc::clone(error)));
    }
}

impl<S: Sender> Drop for Remote<S> {
    fn drop(&mut self) {
        if let Some(session) = self.open.take() {
            self.sender.leave(session);
        }
    }
}

impl<S: Sender> fmt::Debug for Remote<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("place", &self.place).field("pace", &self.pace).finish_non_exhaustive()
    }
}

fn undelivered(place: &str, outcome: Undelivered, source: Arc<Error>) -> Error {
    Error::Target { target: place.to_owned(), outcome, source }
}

/// Whether the connection is lost or out of step, rather than closed in order.
fn is_break(error: &Error) -> bool {
    matches!(
        error,
        Error::Closed { .. }
            | Error::Network { .. }
            | Error::Timeout { budget: Some(_), .. }
            | Error::Protocol { .. }
            | Error::Limit { .. }
    )
}
