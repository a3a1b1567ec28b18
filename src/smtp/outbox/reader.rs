//! What each reply settles.

use std::time::Instant;

use super::transaction::Sender;
use super::verdict::{Fate, Stage, add};
use super::{Outbox, Partial, job_of};
use crate::error::{Error, Phase, Result};
use crate::smtp::engine::Ticket;
use crate::smtp::reply::{Class, Reply};
use crate::smtp::session::{Dialect, END_OF_DATA};

/// A reply that is due. All belong to the first transaction that has any due.
pub(super) struct Expected {
    pub(super) ticket: Ticket,
    pub(super) step: Step,
    pub(super) since: Instant,
}

/// What a reply is to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Reset,
    Mail,
    /// With the recipient's place in the envelope.
    Rcpt(usize),
    Data,
    /// A chunk that is not the last.
    Chunk,
    /// The last chunk.
    LastChunk,
    /// The lone dot.
    Dot,
}

impl Outbox<'_> {
    /// Waits for one reply and acts on it.
    pub(super) fn take_reply(&mut self) -> Result<()> {
        let Some(Expected { ticket, step, since }) = self.expected.pop_front() else { return Ok(()) };
        let reply = self.session.engine.wait_any(ticket)?;
        self.settle(step, reply, since)?;
        match self.session.engine.closing() {
            Some(rejection) => Err(Error::Rejected(rejection.clone())),
            None => Ok(()),
        }
    }

    /// Acts on the replies that have come, without waiting for more than the rest of one.
    pub(super) fn take_ready(&mut self) -> Result<()> {
        while !self.expected.is_empty() && self.session.engine.poll()? {
            self.take_reply()?;
        }
        Ok(())
    }

    /// Acts on what the server still said before the session died.
    pub(super) fn drain(&mut self) {
        while !self.session.engine.has_ended() && matches!(self.take_ready(), Ok(())) && !self.expected.is_empty() {
            if !matches!(self.session.engine.poll(), Ok(true)) {
                break;
            }
        }
    }

    fn settle(&mut self, step: Step, reply: Reply, since: Instant) -> Result<()> {
        let Some(transaction) = self.transactions.front_mut() else { return Ok(()) };
        let Some(job) = job_of(&mut self.jobs, self.reported, transaction) else { return Ok(()) };
        transaction.due = transaction.due.saturating_sub(1);
        let positive = reply.is_positive();
        match step {
            // Quirk: servers that do not know RSET are let be; MAIL will tell whether they mind.
            Step::Reset => {}
            Step::Mail => {
                add(&mut job.stages.mail, since.elapsed());
                transaction.sender = if positive { Sender::Accepted } else { Sender::Refused };
                if !positive {
                    for recipient in &transaction.recipients {
                        job.settle(*recipient, refused(Stage::Mail, &reply));
                    }
                }
            }
            Step::Rcpt(recipient) => {
                job.asked = job.asked.saturating_sub(1);
                job.stages.rcpt = job.stages.rcpt.max(transaction.began_rcpt.map(|began| began.elapsed()));
                if transaction.sender == Sender::Refused {
                    // Without a sender there are no recipients, whatever the server says.
                } else if positive {
                    transaction.accepted.push(recipient);
                } else if is_too_many(&reply) && !transaction.accepted.is_empty() && self.partial == Partial::Send {
                    transaction.recipients.retain(|other| *other != recipient);
                    job.give_back([recipient]);
                    transaction.full = true;
                } else {
                    transaction.refusal.get_or_insert_with(|| reply.rejection("RCPT"));
                    job.settle(recipient, refused(Stage::Rcpt, &reply));
                }
            }
            Step::Data => {
                add(&mut job.stages.data, since.elapsed());
                if reply.class() != Class::Intermediate3 {
                    for recipient in &transaction.accepted {
                        job.settle(*recipient, refused(Stage::Data, &reply));
                    }
                }
                transaction.go = Some(reply);
            }
            Step::Chunk => {
                if !positive {
                    transaction.cut = true;
                    for recipient in &transaction.accepted {
                        job.settle(*recipient, refused(Stage::Data, &reply));
                    }
                }
            }
            Step::LastChunk | Step::Dot => {
                let handed = self.session.engine.connection.handed();
                let early = transaction.end.is_none_or(|end| handed < end);
                let verb = if step == Step::Dot { END_OF_DATA } else { "BDAT" };
                if early && positive {
                    let detail = "the message was accepted before its end";
                    return Err(Error::protocol(Phase::Reply(verb), detail));
                }
                add(&mut job.stages.dot, since.elapsed());
                let mut reply = reply;
                for (position, recipient) in transaction.accepted.iter().enumerate() {
                    // LMTP: a reply for each (RFC 2033 section 4.2). A 421 is the last one, and speaks for the others; so does
                    // one that came too early, as nobody knows whether the server has more to say before it has the rest.
                    let another = position > 0
                        && self.session.dialect == Dialect::Lmtp
                        && !(early && step == Step::Dot)
                        && self.session.engine.closing().is_none();
                    if another {
                        reply = self.session.engine.more(verb)?;
                    }
                    let fate = match reply.is_positive() {
                        true => Fate::Accepted(reply.clone()),
                        false => refused(Stage::Dot, &reply),
                    };
                    job.settle(*recipient, fate);
                }
                if early && step == Step::Dot {
                    // There is no way to end the message but to have it sent.
                    self.session.engine.connection.note("closing in the middle of a message that was refused");
                    return Err(Error::Closed { phase: Phase::Data("DATA"), truncated: false });
                }
            }
        }
        self.close_finished();
        Ok(())
    }

    /// Lets go of the transactions of which nothing is left to be written or read.
    pub(super) fn close_finished(&mut self) {
        while self.transactions.front().is_some_and(|front| front.written && front.due == 0) {
            let Some(transaction) = self.transactions.pop_front() else { break };
            if let Some(job) = job_of(&mut self.jobs, self.reported, &transaction) {
                job.open = job.open.saturating_sub(1);
            }
        }
    }
}

fn refused(stage: Stage, reply: &Reply) -> Fate {
    let verb = match stage {
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data => "DATA",
        Stage::Dot => END_OF_DATA,
    };
    Fate::Refused { stage, rejection: reply.rejection(verb) }
}

/// RFC 5321 section 4.5.3.1.10: too many recipients for one transaction. With an enhanced code that says something else,
/// such as a full mailbox (x.2.2), it is something else.
fn is_too_many(reply: &Reply) -> bool {
    let too_many = reply.enhanced.as_ref().is_none_or(|code| (code.subject, code.detail) == (5, 3));
    matches!(reply.code, 452 | 552) && too_many
}
