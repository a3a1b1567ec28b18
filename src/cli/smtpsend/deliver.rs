//! Letters through sessions: as many as there are, over as few connections as the server allows, and the outcome of each.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::connect::{self, Manners, Opened};
use super::letter::{Finish, Letter};
use crate::cli::account::Access;
use crate::cli::output::record::Timings;
use crate::error::{Error, Phase, Result};
use crate::net::wait;
use crate::smtp::{Fate, Options, Protection, Report, Session, Stages, requirements};

/// Where letters come from.
pub(super) trait Letters {
    /// The next one.
    fn next(&mut self) -> Next;

    /// Says that these are about to leave, before any octet of them does. If this fails, none of them leaves, and the session
    /// ends.
    fn leaving(&mut self, _letters: &mut dyn Iterator<Item = &Letter>) -> Result<()> {
        Ok(())
    }
}

/// What comes next.
pub(super) enum Next {
    /// A letter.
    Letter(Box<Letter>),
    /// One, but not before this.
    NotBefore(Instant),
    /// No more.
    End,
}

/// One letter.
pub(super) struct Single(pub(super) Option<Box<Letter>>);

impl Letters for Single {
    fn next(&mut self) -> Next {
        self.0.take().map_or(Next::End, Next::Letter)
    }
}

/// What became of a letter.
#[derive(Debug)]
pub(super) struct Outcome {
    /// For each recipient of the envelope, in its order.
    pub(super) fates: Vec<Fate>,
    /// How long its own stages took.
    pub(super) stages: Stages,
    /// How long the connection's took, if it was this letter's first.
    pub(super) timings: Option<Timings>,
    /// A refusal of our own, for all recipients, with nothing sent: too large, or in need of what the server lacks.
    pub(super) refusal: Option<Error>,
    /// What was asked for and left out, see [`Wishes::Dropped`].
    pub(super) dropped: Vec<String>,
}

/// An account that is ready to deliver letters, as often as a run wants it to. Threads may share it.
pub(super) struct Delivery {
    /// The server.
    pub(super) access: Access,
    /// How it is approached.
    pub(super) manners: Manners,
    /// What is done to messages last.
    pub(super) finish: Finish,
    /// How the outbox works.
    pub(super) options: Options,
    /// How a session ends.
    pub(super) farewell: Farewell,
    /// What becomes of a wish that the server cannot fulfil.
    pub(super) wishes: Wishes,
}

/// What becomes of what an envelope asks for and the server does not offer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wishes {
    /// Nothing is sent without it.
    Binding,
    /// It is left out, and told: old callers ask for what they can do without.
    Dropped,
}

/// How a session ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Farewell {
    /// QUIT goes along with what is sent last, and its reply is nobody's concern: the verdicts are in.
    InPassing,
    /// QUIT is sent behind the last verdict, and its reply waited for.
    Awaited,
}

/// How a run of letters ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// There were no more.
    All,
    /// This kept sessions from coming about or from getting anywhere. Letters that were not asked for by then were not tried.
    Stopped(Arc<Error>),
}

impl Delivery {
    /// Delivers all letters. Each that was asked for is settled exactly once, also if no session comes about: then it is unsent.
    ///
    /// A session that ends after it got somewhere is followed by another one for what is left; one that does not get anywhere
    /// ends the run.
    pub(super) fn run(&self, letters: &mut dyn Letters, settle: &mut dyn FnMut(&Letter, Outcome)) -> Result<Ended> {
        let mut waiting: VecDeque<Box<Letter>> = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match self.await_next(letters)? {
                    Some(letter) => waiting.push_back(letter),
                    None => return Ok(Ended::All),
                }
            }
            let stopped = match connect::open(&self.access, &self.manners) {
                Ok(opened) => self.session(opened, &mut waiting, letters, settle)?,
                Err(error) => Some(Arc::new(error)),
            };
            if let Some(error) = stopped {
                for letter in waiting {
                    settle(&letter, unsent(&letter, &error));
                }
                return Ok(Ended::Stopped(error));
            }
        }
    }

    /// Delivers through one session until it ends or there are no more letters. What it could not take is left waiting.
    /// Gives what ended it if it did not get anywhere.
    fn session(
        &self,
        opened: Opened,
        waiting: &mut VecDeque<Box<Letter>>,
        letters: &mut dyn Letters,
        settle: &mut dyn FnMut(&Letter, Outcome),
    ) -> Result<Option<Arc<Error>>> {
        let Opened { mut session, timings, .. } = opened;
        let mut timings = Some(timings);
        let known = session.capabilities().cloned().unwrap_or_default();
        let protection = Protection::of(session.tls());
        let mut under_way: VecDeque<(Box<Letter>, Vec<String>)> = VecDeque::new();
        let mut again: VecDeque<Box<Letter>> = VecDeque::new();
        let mut supply = Supply::More;
        let mut verdicts = 0_u64;
        let mut outbox = session.outbox(self.options);
        loop {
            let known_to_leave = under_way.len();
            while supply == Supply::More && outbox.has_room(waiting.front().map_or(0, |next| next.message.size())) {
                let Some(letter) = waiting.pop_front() else {
                    match letters.next() {
                        Next::Letter(letter) => waiting.push_back(letter),
                        Next::NotBefore(_) if !under_way.is_empty() => break,
                        Next::NotBefore(at) => self.sleep_until(at)?,
                        Next::End => supply = Supply::Ended,
                    }
                    continue;
                };
                let (envelope, dropped) = match self.wishes {
                    Wishes::Binding => (Arc::clone(&letter.envelope), Vec::new()),
                    Wishes::Dropped => {
                        let (envelope, dropped) = requirements::only_offered(&letter.envelope, &known, protection);
                        (Arc::new(envelope), dropped)
                    }
                };
                let sealed = self.finish.apply(&letter.message, &known);
                match sealed.and_then(|content| outbox.send(0, envelope, content)) {
                    Ok(()) => under_way.push_back((letter, dropped)),
                    Err(error) => {
                        verdicts += 1;
                        settle(&letter, refused(error, timings.take()));
                    }
                }
            }
            if under_way.len() > known_to_leave
                && let Err(error) =
                    letters.leaving(&mut under_way.iter().skip(known_to_leave).map(|(letter, _)| &**letter))
            {
                outbox.stop(error);
            }
            if supply == Supply::Ended && self.farewell == Farewell::InPassing {
                outbox.farewell();
            }
            let Some(report) = outbox.report() else { break };
            let Some((letter, dropped)) = under_way.pop_front() else { break };
            // Where recipients are split, a session may be over (RFC 9422 section 4.1) before a message has had its turn.
            let may_go_on = outbox.error().map_or(outbox.is_spent(), |error| !is_final(Some(error)));
            if is_untouched(&report) && verdicts > 0 && may_go_on {
                again.push_back(letter);
                continue;
            }
            verdicts += u64::from(!is_untouched(&report));
            let Report { fates, stages, .. } = report;
            settle(&letter, Outcome { fates, stages, timings: timings.take(), refusal: None, dropped });
        }
        let ended = outbox.ended_by();
        drop(outbox);
        // In their order, and ahead of what was not begun.
        while let Some(letter) = again.pop_back() {
            waiting.push_front(letter);
        }
        match (&ended, self.farewell) {
            (Some(_), _) => session.abandon("the session has ended"),
            (None, Farewell::InPassing) => session.leave(),
            (None, Farewell::Awaited) => see_off(session),
        }
        Ok(ended.filter(|error| verdicts == 0 || is_final(Some(error))))
    }

    fn await_next(&self, letters: &mut dyn Letters) -> Result<Option<Box<Letter>>> {
        loop {
            match letters.next() {
                Next::Letter(letter) => return Ok(Some(letter)),
                Next::NotBefore(at) => self.sleep_until(at)?,
                Next::End => return Ok(None),
            }
        }
    }

    fn sleep_until(&self, at: Instant) -> Result<()> {
        let timeouts = &self.access.server().timeouts;
        let pause = at.saturating_duration_since(Instant::now());
        wait::pause(pause, &timeouts.deadline(Phase::Send, pause.saturating_mul(2)))
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Supply {
    More,
    Ended,
}

/// The verdicts are in: however the server takes the farewell changes nothing.
fn see_off(session: Session) {
    drop(session.quit());
}

/// Whether nothing of a letter can have reached anybody because its session ended; a 421 is about the session.
fn is_untouched(report: &Report) -> bool {
    report.fates.iter().all(|fate| match fate {
        Fate::Unsent(_) => true,
        Fate::Refused { rejection, .. } => rejection.code.as_deref() == Some("421"),
        Fate::Accepted(_) | Fate::Unknown(_) => false,
    })
}

/// Whether what ended a session would end the next one too.
fn is_final(error: Option<&Error>) -> bool {
    match error {
        None => true,
        Some(Error::Interrupted(_) | Error::Timeout { .. }) => true,
        // Sent on purpose, as "421 too many messages in this session" often is: the next one may get further.
        Some(_) => false,
    }
}

fn unsent(letter: &Letter, error: &Arc<Error>) -> Outcome {
    let fates = letter.envelope.recipients.iter().map(|_| Fate::Unsent(Arc::clone(error))).collect();
    Outcome { fates, stages: Stages::default(), timings: None, refusal: None, dropped: Vec::new() }
}

fn refused(error: Error, timings: Option<Timings>) -> Outcome {
    Outcome { fates: Vec::new(), stages: Stages::default(), timings, refusal: Some(error), dropped: Vec::new() }
}
