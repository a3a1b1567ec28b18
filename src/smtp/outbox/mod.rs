//! Many messages in as few round trips as the server allows, and the fate of each for each recipient.
//!
//! ```text
//! DATA      MAIL RCPT… DATA | message . RSET MAIL RCPT… DATA | message . QUIT
//! CHUNKING  MAIL RCPT… BDAT n LAST message RSET MAIL RCPT… BDAT n LAST message … QUIT
//! neither   MAIL | RCPT | … | DATA | message . | RSET | …
//! ```
//!
//! A bar is a round trip (RFC 2920, 3030). The writer runs ahead as far as that is safe; replies come back in the same
//! order and settle what they concern. Once the session dies, a message whose end had left is *unknown*, every other is
//! *unsent*; nothing of what is still queued leaves after that was decided.

mod reader;
mod transaction;
pub(in crate::smtp) mod upload;
mod verdict;
mod writer;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::capability::Capabilities;
use super::command;
use super::content::{Content, Kind};
use super::envelope::Envelope;
use super::session::Session;
use crate::error::{Error, Phase, Result};
use reader::Expected;
use transaction::{Job, Transaction};
pub use verdict::{Fate, Report, Stage, Stages};
use writer::Writing;

/// How an outbox goes about its work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether commands run ahead of replies.
    pub pipelining: Pipelining,
    /// Whether messages go in counted chunks.
    pub chunking: Chunking,
    /// What to do when some recipients are refused.
    pub partial: Partial,
    /// How much may be under way.
    pub window: Window,
}

/// Whether commands run ahead of replies (RFC 2920).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Pipelining {
    /// If the server offers PIPELINING.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// Whether messages go in counted chunks (RFC 3030).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Chunking {
    /// If the server offers CHUNKING.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// What becomes of a message some of whose recipients are refused.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Partial {
    /// The others get it.
    #[default]
    Send,
    /// Nobody gets it.
    Abort,
}

/// How much may be under way. One message is always admitted, however big.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Messages without a verdict.
    pub messages: usize,
    /// Their octets.
    pub octets: u64,
}

impl Default for Window {
    fn default() -> Self {
        Self { messages: 64, octets: 1024 * 1024 }
    }
}

/// Where every message waits for its predecessor's DATA, more than these need not be at hand.
const AT_HAND: usize = 4;

/// Messages on their way through one session. Dropping it with verdicts outstanding leaves the session fit only for
/// [`Session::abandon`].
pub struct Outbox<'s> {
    session: &'s mut Session,
    partial: Partial,
    window: Window,
    pipelined: bool,
    chunked: bool,
    jobs: VecDeque<Job>,
    /// How many jobs were reported, and so the number of the first that was not.
    reported: u64,
    octets: u64,
    /// Half-empty windows are filled up at once, so that what leaves leaves together.
    filling: bool,
    farewell: bool,
    /// The last is what is being written.
    transactions: VecDeque<Transaction>,
    writing: Option<Writing>,
    expected: VecDeque<Expected>,
    fault: Option<Arc<Error>>,
}

impl<'s> Outbox<'s> {
    pub(super) fn new(session: &'s mut Session, options: Options) -> Self {
        let Options { pipelining, chunking, partial, mut window } = options;
        let known = session.known();
        let pipelined = pipelining == Pipelining::Auto && known.pipelining;
        let chunked = chunking == Chunking::Auto && known.chunking;
        if !(pipelined && chunked) {
            window.messages = window.messages.min(AT_HAND);
        }
        Self {
            session,
            partial,
            window,
            pipelined,
            chunked,
            jobs: VecDeque::new(),
            reported: 0,
            octets: 0,
            filling: true,
            farewell: false,
            transactions: VecDeque::new(),
            writing: None,
            expected: VecDeque::new(),
            fault: None,
        }
    }

    /// Whether a message of so many octets is welcome now.
    pub fn has_room(&self, next_size: u64) -> bool {
        self.fault.is_none()
            && !self.farewell
            && !self.is_spent()
            && self.filling
            && (self.jobs.is_empty()
                || (self.jobs.len() < self.window.messages
                    && self.octets.saturating_add(next_size) <= self.window.octets))
    }

    /// Whether the server takes no more messages in this session (MAILMAX of RFC 9422).
    pub fn is_spent(&self) -> bool {
        let waiting = self.jobs.iter().filter(|job| !job.waiting.is_empty()).count() as u64;
        self.known().limits.mail_max.is_some_and(|most| self.session.transactions.saturating_add(waiting) >= most)
    }

    /// Takes a message. Nothing is written before [`Outbox::report`] is called.
    ///
    /// An error is a local refusal: the message needs what the server lacks, exceeds its SIZE, or cannot be put on the
    /// wire. It is not reported then, and the others go on.
    pub fn send(&mut self, tag: u64, envelope: Arc<Envelope>, content: Arc<dyn Content>) -> Result<()> {
        if self.farewell {
            return Err(Error::InvalidInput("no message can follow the farewell".into()));
        }
        let declared = self.session.check(&envelope, &*content)?;
        if content.kind() == Kind::Binary && !self.chunked {
            return Err(Error::Unsupported("a binary message cannot be sent without CHUNKING and BINARYMIME".into()));
        }
        let mail = command::mail_from(&envelope, &declared)?;
        let rcpts = envelope.recipients.iter().map(|recipient| command::rcpt_to(recipient, &declared));
        let rcpts = rcpts.collect::<Result<Vec<_>>>()?;
        let mut job = Job::new(tag, envelope, content, mail, rcpts);
        if self.partial == Partial::Abort && !job.fits_one_transaction(&self.known().limits) {
            return Err(Error::Unsupported(
                "the server takes fewer recipients at a time, so that some could get the message and others not; \
                 use --partial send"
                    .into(),
            ));
        }
        if let Some(fault) = &self.fault {
            job.unsent(fault);
        }
        self.octets = self.octets.saturating_add(job.size());
        self.jobs.push_back(job);
        self.filling &= self.jobs.len() < self.window.messages && self.octets < self.window.octets;
        Ok(())
    }

    /// Says that no more messages come: QUIT goes right behind the last, and its reply is not awaited.
    pub fn farewell(&mut self) {
        self.farewell = true;
    }

    /// Ends it all: nothing more leaves. What has been sent since the last [`Outbox::report`] comes out as unsent.
    pub fn stop(&mut self, why: Error) {
        if self.fault.is_none() {
            self.fail(why);
        }
    }

    /// Waits for the verdict on the next message, in the order in which they were sent; `None` if there is none left.
    ///
    /// Once something has ended the session (see [`Outbox::error`]), the rest come out at once.
    pub fn report(&mut self) -> Option<Report> {
        loop {
            if let Some(report) = self.finished() {
                return Some(report);
            }
            self.jobs.front()?;
            if let Err(error) = self.progress() {
                self.fail(error);
            }
        }
    }

    /// What ended the session, if something did.
    pub fn error(&self) -> Option<&Error> {
        self.fault.as_deref()
    }

    /// The same, to be kept beyond the outbox.
    pub fn ended_by(&self) -> Option<Arc<Error>> {
        self.fault.clone()
    }

    /// Sends what may be sent, and takes one reply unless that has settled the next message.
    fn progress(&mut self) -> Result<()> {
        self.advance()?;
        self.session.engine.push()?;
        if self.jobs.front().is_some_and(Job::is_done) {
            return Ok(());
        }
        if self.expected.is_empty() {
            return Err(Error::protocol(Phase::Send, "a message waits for nothing"));
        }
        self.take_reply()
    }

    fn finished(&mut self) -> Option<Report> {
        self.jobs.front().filter(|job| job.is_done())?;
        let job = self.jobs.pop_front()?;
        self.reported += 1;
        self.octets = self.octets.saturating_sub(job.size());
        self.filling |= self.jobs.len() <= self.window.messages / 2 && self.octets <= self.window.octets / 2;
        Some(job.report())
    }

    /// Ends it all: what cannot have been delivered is unsent, what may have been is unknown.
    fn fail(&mut self, mut error: Error) {
        let local = !error.is_fatal_to_session() && !matches!(error, Error::Rejected(_));
        if local || matches!(error, Error::Closed { .. } | Error::Network { .. }) {
            self.drain();
        }
        let closing = self.session.engine.closing().cloned();
        let closed_in_order = closing.is_some();
        if let Some(rejection) = closing {
            error = Error::Rejected(rejection);
        }
        // What is queued must not leave any more, now that its fate is decided.
        self.session.engine.kill();
        let handed = self.session.engine.connection.handed();
        let fault = Arc::new(error);
        let mut error = Arc::clone(&fault);
        if local {
            // The others suffer only because there is no way to end a message but to have it sent. One whose end is on its
            // way is not what failed.
            if let Some(last) = self.transactions.back().filter(|last| last.end.is_none())
                && let Some(job) = job_of(&mut self.jobs, self.reported, last)
            {
                for recipient in &last.recipients {
                    job.settle(*recipient, Fate::Unsent(Arc::clone(&fault)));
                }
            }
            self.session.engine.connection.note(&format!("closing in the middle of a message: {fault}"));
            error = Arc::new(Error::Closed { phase: Phase::Data("DATA"), truncated: false });
        }
        for transaction in self.transactions.drain(..) {
            let Some(job) = job_of(&mut self.jobs, self.reported, &transaction) else { continue };
            job.open = job.open.saturating_sub(1);
            // A server that says 421 has done nothing of what it had not answered by then.
            if !closed_in_order && transaction.end.is_some_and(|end| handed >= end) {
                for recipient in transaction.recipients {
                    job.settle(recipient, Fate::Unknown(Arc::clone(&error)));
                }
            }
        }
        for job in &mut self.jobs {
            job.unsent(&error);
        }
        self.writing = None;
        self.expected.clear();
        self.fault = Some(fault);
    }

    fn known(&self) -> &Capabilities {
        self.session.known()
    }
}

fn job_of<'j>(jobs: &'j mut VecDeque<Job>, reported: u64, transaction: &Transaction) -> Option<&'j mut Job> {
    jobs.get_mut(usize::try_from(transaction.job.checked_sub(reported)?).ok()?)
}

impl fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("jobs", &self.jobs.len())
            .field("expected", &self.expected.len())
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
