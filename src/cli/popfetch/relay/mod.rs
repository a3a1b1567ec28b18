//! Delivery to another server: `lmtp://`, `smtp://`, `smtps://`, and the server of an account.
//!
//! One session serves a run: it is begun when there is something to fetch, before anything is fetched, and batches go through
//! it by an outbox, a message behind the other. A message counts as delivered once the server has said yes to it for every
//! recipient. Where the connection ends between a message and that word, the message may have been delivered or not: it is
//! kept, told, and sent again by the next run. A server that hangs up between messages is connected to again.
//!
//! Messages go as they came, with CRLF and no other CR or LF in them (a stray one would end a message early for some servers),
//! under an envelope of our own. Nothing that came along in mail is in the envelope.

pub(super) mod folder;
mod letter;
mod load;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use load::Load;

use super::plan::Relay;
use crate::cli::account::Access;
use crate::cli::output::Output;
use crate::cli::smtpsend::connect::{self, Manners};
use crate::error::{Error, Phase, Rejection, Result, Undelivered};
use crate::smtp::{Content as _, Envelope, Fate, Options, Partial, Pipelining, Report, Session, Stage, Window};
use crate::store::fs::System;
use crate::store::spool::{Keep, SpoolStage};
use crate::store::{BatchLimits, Commit, Journal, Outcome, Sides, Staged, batch};
use crate::wire::Transcript;

/// So many messages in a row that are refused only for now are no longer the messages' fault.
const DEFERRALS: u32 = 10;

/// So many new sessions in a row that break at their first message are no longer the messages' fault.
const FUTILE_SESSIONS: u32 = 3;

/// Opens a server as a target: files are read and secrets got, nothing is connected to yet.
///
/// Fails as [`Access::prepare`] does.
pub(super) fn open(relay: &Relay, transcript: &Transcript, output: &dyn Output) -> Result<Sides> {
    let blocked = |error| undelivered(&relay.name, Undelivered::Blocked, Arc::new(error));
    let transcript = transcript.with(relay.server.endpoint.protocol.name());
    let access = Access::prepare(&relay.server, transcript, output).map_err(blocked)?;
    let envelope = Arc::new(Envelope::new(relay.sender.clone(), relay.recipients.iter().cloned()));
    let place = relay.name.clone();
    let pace = Pace::Pipelined;
    let commit = RelayCommit { access, envelope, place, open: None, pace, deferrals: 0, futile: 0 };
    Ok(Sides { stage: Box::new(stage()), commit: Box::new(commit) })
}

struct RelayCommit {
    access: Access,
    envelope: Arc<Envelope>,
    /// What it is called.
    place: String,
    open: Option<Session>,
    pace: Pace,
    /// How many messages in a row were refused for now.
    deferrals: u32,
    /// How many new sessions in a row broke before any verdict.
    futile: u32,
}

/// How messages follow each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// As close as the server allows.
    Pipelined,
    /// Each after the verdict on the one before: the server has hung up on several at once.
    OneByOne,
}

/// How far a session has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Age {
    New,
    Used,
}

/// How the sending through one session ended.
struct Sent {
    /// How many verdicts there were.
    verdicts: usize,
    /// How many messages were under way at a time.
    together: usize,
    /// What ended the session, if something did.
    ended: Option<Arc<Error>>,
    /// Why nothing more is to be sent.
    stop: Option<Stop>,
}

enum Stop {
    /// The server takes nothing for now.
    Blocked(Arc<Error>),
    /// This side ends: a signal, the deadline of the run, a ledger that cannot be written.
    Ours(Error),
}

impl Commit for RelayCommit {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut load = Load::new(batch, &self.place);
        match load.intend(&self.place, journal) {
            Ok(()) => self.deliver(&mut load, journal),
            Err(error) => load.fail_rest(|| batch::again(&error)),
        }
        load.settle(journal)
    }

    fn limits(&self) -> BatchLimits {
        // What a kill may leave in doubt; a session goes on from one batch to the next.
        BatchLimits { messages: 32, octets: 4 << 20 }
    }

    fn ready(&mut self) -> Result<()> {
        match self.session() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.undelivered(Undelivered::Blocked, Arc::new(error))),
        }
    }
}

impl RelayCommit {
    /// Sends all of the load, through as many sessions as it takes and as lead somewhere.
    fn deliver(&mut self, load: &mut Load, journal: &mut dyn Journal) {
        loop {
            let waiting = load.waiting();
            if waiting.is_empty() {
                return;
            }
            let age = match self.session() {
                Ok(age) => age,
                Err(error) => return self.block(load, Arc::new(error), journal),
            };
            let first = waiting.front().copied();
            let Sent { verdicts, together, ended, stop } = self.send(waiting, load, journal);
            match stop {
                Some(Stop::Blocked(error)) => return self.block(load, error, journal),
                Some(Stop::Ours(error)) => {
                    load.abandon_rest(journal);
                    return load.fail_rest(|| batch::again(&error));
                }
                None => {}
            }
            if verdicts > 0 {
                self.futile = 0;
            }
            // The server may have closed a session that had been idle. A new one that leads nowhere is the end, unless it
            // broke at a message, which may be to blame: the others are to come through.
            if verdicts == 0 && age == Age::New {
                let nothing = || Arc::new(Error::protocol(Phase::Send, "the server takes no messages"));
                let error = ended.unwrap_or_else(nothing);
                self.futile += 1;
                match first.filter(|_| is_break(&error) && self.futile < FUTILE_SESSIONS) {
                    Some(_) if together > 1 => {}
                    Some(first) => load.refuse(first, self.undelivered(Undelivered::Refused, error), journal),
                    None => return self.block(load, error, journal),
                }
            }
        }
    }

    /// A session that is fit for use: the one there is, if the server still answers, or a new one.
    fn session(&mut self) -> Result<Age> {
        if let Some(mut session) = self.open.take() {
            // Whether it was closed meanwhile shows in time; once messages are on the way it would leave them in doubt.
            match session.verb(b"NOOP") {
                Ok(reply) if reply.code != 421 => {
                    self.open = Some(session);
                    return Ok(Age::Used);
                }
                _ => session.abandon("the server has ended the session"),
            }
        }
        let mut session = connect::open(&self.access, &Manners::default())?.session;
        // What is under way is seen through to its verdict: a signal would only leave it in doubt. The second one ends all.
        session.outlast_signals();
        self.open = Some(session);
        Ok(Age::New)
    }

    /// Sends through the session until it ends, all is sent, or nothing more is to be sent.
    fn send(&mut self, mut waiting: VecDeque<usize>, load: &mut Load, journal: &mut dyn Journal) -> Sent {
        let mut sent = Sent { verdicts: 0, together: 0, ended: None, stop: None };
        let Some(mut session) = self.open.take() else { return sent };
        let mut outbox = session.outbox(self.options());
        let mut under_way = 0usize;
        loop {
            while sent.stop.is_none()
                && let Some(index) = waiting.front().copied()
                && let Some(letter) = load.letter(index)
                && outbox.has_room(letter.size())
            {
                if let Err(error) = self.access.server().timeouts.check(Phase::Send) {
                    sent.stop = Some(Stop::Ours(interrupted(&error)));
                    break;
                }
                waiting.pop_front();
                match outbox.send(index as u64, Arc::clone(&self.envelope), letter) {
                    Ok(()) => under_way += 1,
                    Err(error) => {
                        sent.verdicts += 1;
                        load.refuse(index, self.undelivered(Undelivered::Refused, Arc::new(error)), journal);
                    }
                }
            }
            sent.together = sent.together.max(under_way);
            let Some(report) = outbox.report() else { break };
            under_way = under_way.saturating_sub(1);
            let Ok(index) = usize::try_from(report.tag) else { continue };
            match verdict(report) {
                Verdict::Delivered => {
                    sent.verdicts += 1;
                    self.deferrals = 0;
                    if let Err(error) = load.deliver(index, journal) {
                        sent.stop = Some(Stop::Ours(error));
                    }
                }
                Verdict::Refused(stage, rejection) => {
                    sent.verdicts += 1;
                    self.deferrals = if rejection.transient { self.deferrals + 1 } else { 0 };
                    let blocks = !is_about_message(stage, &rejection) || self.deferrals >= DEFERRALS;
                    let error = Arc::new(Error::Rejected(rejection));
                    if blocks {
                        sent.stop.get_or_insert(Stop::Blocked(error));
                    } else {
                        load.refuse(index, self.undelivered(Undelivered::Refused, error), journal);
                    }
                }
                // A message that cannot be read is its own failure, and not the server's.
                Verdict::Unsent(error) if matches!(*error, Error::Storage { .. }) => {
                    sent.verdicts += 1;
                    load.refuse(index, batch::again(&error), journal);
                }
                Verdict::Unsent(error) => {
                    sent.ended.get_or_insert(error);
                }
                Verdict::Unknown(error) => {
                    sent.verdicts += 1;
                    load.leave_open(index, self.undelivered(Undelivered::Unknown, error));
                }
            }
        }
        sent.ended = outbox.ended_by().or(sent.ended);
        let spent = outbox.is_spent();
        drop(outbox);
        match &sent.ended {
            Some(error) => {
                if sent.together > 1 && is_break(error) {
                    self.pace = Pace::OneByOne;
                }
                session.abandon("the session with the target is over");
            }
            None if spent => session.leave(),
            None => self.open = Some(session),
        }
        sent
    }

    /// With one recipient there is nothing to be had from asking first whether all are accepted.
    fn options(&self) -> Options {
        let partial = if self.envelope.recipients.len() > 1 { Partial::Abort } else { Partial::Send };
        match self.pace {
            Pace::Pipelined => Options { partial, ..Options::default() },
            Pace::OneByOne => Options {
                partial,
                pipelining: Pipelining::Off,
                window: Window { messages: 1, ..Window::default() },
                ..Options::default()
            },
        }
    }

    /// The rest fails for a reason that is no message's.
    fn block(&self, load: &mut Load, error: Arc<Error>, journal: &mut dyn Journal) {
        load.abandon_rest(journal);
        load.fail_rest(|| self.undelivered(Undelivered::Blocked, Arc::clone(&error)));
    }

    fn undelivered(&self, outcome: Undelivered, source: Arc<Error>) -> Error {
        undelivered(&self.place, outcome, source)
    }
}

impl Drop for RelayCommit {
    fn drop(&mut self) {
        if let Some(session) = self.open.take() {
            session.leave();
        }
    }
}

impl fmt::Debug for RelayCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayCommit").field("place", &self.place).field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// Where messages wait in the form in which they go.
fn stage() -> SpoolStage {
    SpoolStage::new(Arc::new(System), vec![std::env::temp_dir()], Keep::SmallInMemory).canonical()
}

fn undelivered(place: &str, outcome: Undelivered, source: Arc<Error>) -> Error {
    Error::Target { target: place.to_owned(), outcome, source }
}

/// What a message that was never begun with is told, as for every other target.
fn interrupted(error: &Error) -> Error {
    match error {
        Error::Interrupted(_) => Error::io("delivering", std::io::ErrorKind::Interrupted.into()),
        _ => Error::io("delivering", std::io::ErrorKind::TimedOut.into()),
    }
}

/// What became of a message, all its recipients together: it is delivered if it is for each of them.
enum Verdict {
    Delivered,
    Refused(Stage, Rejection),
    Unsent(Arc<Error>),
    Unknown(Arc<Error>),
}

fn verdict(report: Report) -> Verdict {
    let mut verdict = Verdict::Delivered;
    for fate in report.fates {
        verdict = match (verdict, fate) {
            (unknown @ Verdict::Unknown(_), _) => unknown,
            (_, Fate::Unknown(error)) => Verdict::Unknown(error),
            // A server that closes in order has not begun with the message.
            (verdict, Fate::Refused { stage: Stage::Mail | Stage::Rcpt, rejection }) if is_farewell(&rejection) => {
                match verdict {
                    refused @ Verdict::Refused(..) => refused,
                    _ => Verdict::Unsent(Arc::new(Error::Rejected(rejection))),
                }
            }
            // A refusal for good is told rather than one for now.
            (Verdict::Refused(stage, known), Fate::Refused { rejection, .. })
                if known.transient <= rejection.transient =>
            {
                Verdict::Refused(stage, known)
            }
            (_, Fate::Refused { stage, rejection }) => Verdict::Refused(stage, rejection),
            (refused @ Verdict::Refused(..), _) => refused,
            (_, Fate::Unsent(error)) => Verdict::Unsent(error),
            (verdict, Fate::Accepted(_)) => verdict,
        };
    }
    verdict
}

fn is_farewell(rejection: &Rejection) -> bool {
    rejection.code.as_deref() == Some("421")
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

/// Whether another message might be taken. The envelope is the same for all: what is said of it is said of all of them, but
/// for a message that is too large or made in a way the server does not take (RFC 1870 section 6.1, RFC 3463 sections 3.3,
/// 3.4 and 3.7).
fn is_about_message(stage: Stage, rejection: &Rejection) -> bool {
    let by_size = |code: &str| matches!(code, "552" | "452") && stage == Stage::Mail;
    let by_kind = |enhanced: &str| {
        let detail = enhanced.split_once('.').map_or("", |(_, detail)| detail);
        matches!(detail, "2.3" | "3.4") || detail.starts_with("6.")
    };
    matches!(stage, Stage::Data | Stage::Dot)
        || rejection.code.as_deref().is_some_and(by_size)
        || rejection.enhanced.as_deref().is_some_and(by_kind)
}
