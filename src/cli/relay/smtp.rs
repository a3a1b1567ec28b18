//! Delivery by SMTP and LMTP: `lmtp://`, `smtp://`, `smtps://`, and the server that an account sends by.
//!
//! Batches go through the session by an outbox, a message behind the other. A message counts as delivered once the server has
//! said yes to it for every recipient.
//!
//! Messages go under an envelope of our own. Nothing that came along in mail is in the envelope.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::trip::{Bearing, Trip};
use super::{Pace, Sender, sides, undelivered};
use crate::cli::account::Access;
use crate::cli::output::Output;
use crate::cli::plan::Relay;
use crate::cli::smtpsend::connect::{self, Manners};
use crate::error::{Error, Rejection, Result, Undelivered};
use crate::smtp::{Content as _, Envelope, Fate, Options, Partial, Pipelining, Report, Session, Stage, Window};
use crate::store::Sides;
use crate::wire::Transcript;

/// Opens a server as a target: files are read and secrets got, nothing is connected to yet.
///
/// Fails as [`Access::prepare`] does.
pub(in crate::cli) fn open(relay: &Relay, transcript: &Transcript, output: &dyn Output) -> Result<Sides> {
    let blocked = |error| undelivered(&relay.name, Undelivered::Blocked, Arc::new(error));
    let transcript = transcript.with(relay.server.endpoint.protocol.name());
    let access = Access::prepare(&relay.server, transcript, output).map_err(blocked)?;
    let envelope = Arc::new(Envelope::new(relay.sender.clone(), relay.recipients.iter().cloned()));
    Ok(sides(Outgoing { access, envelope }, &relay.name))
}

struct Outgoing {
    access: Access,
    envelope: Arc<Envelope>,
}

impl Sender for Outgoing {
    type Session = Session;

    fn connect(&mut self) -> Result<Session> {
        let mut session = connect::open(&self.access, &Manners::default())?.session;
        session.outlast_signals();
        Ok(session)
    }

    fn check(&self, mut session: Session) -> Option<Session> {
        match session.verb(b"NOOP") {
            Ok(reply) if reply.code != 421 => Some(session),
            _ => {
                session.abandon("the server has ended the session");
                None
            }
        }
    }

    fn send(&mut self, mut session: Session, pace: Pace, trip: &mut Trip<'_>) -> Option<Session> {
        let mut waiting = trip.waiting();
        let mut outbox = session.outbox(self.options(pace));
        let (mut under_way, mut ended) = (0usize, None);
        loop {
            while let Some(index) = waiting.front().copied()
                && let Some(letter) = trip.letter(index)
                && outbox.has_room(letter.size())
                && trip.goes_on(&self.access.server().timeouts)
            {
                waiting.pop_front();
                match outbox.send(index as u64, Arc::clone(&self.envelope), letter) {
                    Ok(()) => under_way += 1,
                    Err(error) => trip.unfit(index, error),
                }
            }
            trip.together = trip.together.max(under_way);
            let Some(report) = outbox.report() else { break };
            under_way = under_way.saturating_sub(1);
            let Ok(index) = usize::try_from(report.tag) else { continue };
            match verdict(report) {
                Verdict::Delivered => trip.delivered(index),
                Verdict::Refused(stage, rejection) => {
                    let bearing = bearing(stage, &rejection);
                    trip.refused(index, rejection, bearing);
                }
                Verdict::Unsent(error) if matches!(*error, Error::Storage { .. }) => trip.unreadable(index, &error),
                Verdict::Unsent(error) => {
                    ended.get_or_insert(error);
                }
                Verdict::Unknown(error) => trip.unknown(index, error),
            }
        }
        let ended = outbox.ended_by().or(ended);
        let spent = outbox.is_spent();
        drop(outbox);
        match ended {
            Some(error) => {
                trip.end(error);
                session.abandon("the session with the target is over");
                None
            }
            None if spent => {
                session.leave();
                None
            }
            None => Some(session),
        }
    }

    fn leave(&self, session: Session) {
        session.leave();
    }
}

impl Outgoing {
    /// With one recipient there is nothing to be had from asking first whether all are accepted.
    fn options(&self, pace: Pace) -> Options {
        let partial = if self.envelope.recipients.len() > 1 { Partial::Abort } else { Partial::Send };
        match pace {
            Pace::Together => Options { partial, ..Options::default() },
            Pace::OneByOne => Options {
                partial,
                pipelining: Pipelining::Off,
                window: Window { messages: 1, ..Window::default() },
                ..Options::default()
            },
        }
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

/// What a refusal is about: one for now may be said of every message.
fn bearing(stage: Stage, rejection: &Rejection) -> Bearing {
    match is_about_message(stage, rejection) {
        false => Bearing::Everything,
        true if rejection.transient => Bearing::Unclear,
        true => Bearing::Message,
    }
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
