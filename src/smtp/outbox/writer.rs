//! What is sent next, as far ahead of the replies as is safe.

use std::sync::Arc;
use std::time::Instant;

use super::reader::{Expected, Step};
use super::transaction::{Job, Sender, Transaction};
use super::upload::{Body, Framing, PIECE};
use super::{Outbox, Partial, job_of};
use crate::error::{Error, Phase, Rejection, Result};
use crate::smtp::command;
use crate::smtp::content::Content;
use crate::smtp::engine::{Patience, Ticket};
use crate::smtp::reply::Class;
use crate::smtp::session::{Dialect, END_OF_DATA};

/// The size of a chunk, and of the biggest message that leaves before its recipients are known to be accepted.
const CHUNK: u64 = 1024 * 1024;

/// The transaction being written.
pub(super) struct Writing {
    next: Next,
    /// The message, framed, if it is small: read before MAIL, so that a message that cannot be read does no harm.
    whole: Option<Vec<u8>>,
}

/// What is to be written next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    Reset,
    Mail,
    /// The recipient at this place in the transaction.
    Rcpt(usize),
    /// Nothing before all recipients are answered.
    Answers,
    Data,
    /// Nothing before DATA is answered.
    Go,
    Body,
}

impl Outbox<'_> {
    /// Writes until there is nothing to write or a reply is needed first.
    pub(super) fn advance(&mut self) -> Result<()> {
        loop {
            if !self.pipelined && !self.expected.is_empty() {
                return Ok(());
            }
            let Some(next) = self.writing.as_ref().map(|writing| writing.next) else {
                match self.begin()? {
                    true => continue,
                    false => return self.say_farewell(),
                }
            };
            let then = match next {
                Next::Reset => {
                    self.submit(Step::Reset, "RSET", "RSET", Patience::Plain)?;
                    Some(Next::Mail)
                }
                Next::Mail => {
                    let line = std::mem::take(&mut self.current()?.1.mail);
                    self.submit(Step::Mail, "MAIL", &line, Patience::Patient)?;
                    // It is needed again if the recipients are split.
                    self.current()?.1.mail = line;
                    self.session.transactions += 1;
                    Some(Next::Rcpt(0))
                }
                Next::Rcpt(place) => self.write_rcpt(place)?,
                Next::Answers if !self.expected.is_empty() => return Ok(()),
                Next::Answers => self.after_answers()?,
                Next::Data => {
                    self.submit(Step::Data, "DATA", "DATA", Patience::Patient)?;
                    Some(Next::Go)
                }
                Next::Go => match self.current()?.0.go.as_ref().map(|reply| reply.class()) {
                    None => return Ok(()),
                    Some(Class::Intermediate3) => Some(Next::Body),
                    Some(_) => None,
                },
                // What is done is told before a long upload begins.
                Next::Body if self.is_long() && self.jobs.front().is_some_and(Job::is_done) => return Ok(()),
                Next::Body => {
                    match self.chunked {
                        true => self.write_chunks()?,
                        false => self.write_data()?,
                    }
                    if self.session.engine.connection.queued() >= PIECE {
                        self.session.engine.flush()?;
                    }
                    None
                }
            };
            match (then, &mut self.writing) {
                (Some(next), Some(writing)) => writing.next = next,
                _ => {
                    self.writing = None;
                    if let Some(transaction) = self.transactions.back_mut() {
                        transaction.written = true;
                    }
                    self.close_finished();
                }
            }
        }
    }

    /// Begins a transaction for whoever waits; `false` if nobody does.
    fn begin(&mut self) -> Result<bool> {
        let limits = self.known().limits;
        let framing = if self.chunked { Framing::Counted } else { Framing::Dots };
        while let Some(place) = self.jobs.iter().position(Job::is_ready) {
            let Some(job) = self.jobs.get_mut(place) else { break };
            if let Some(most) = limits.mail_max.filter(|most| self.session.transactions >= *most) {
                job.unsent_waiting(&Arc::new(Error::Rejected(spent(most))));
                continue;
            }
            let whole = match preload(&*job.content, framing) {
                Ok(whole) => whole,
                Err(error) => {
                    job.unsent_waiting(&Arc::new(error));
                    continue;
                }
            };
            let recipients = job.take_group(&limits, self.partial);
            job.open += 1;
            self.transactions.push_back(Transaction::new(self.reported.saturating_add(place as u64), recipients));
            let next = if self.session.transactions > 0 { Next::Reset } else { Next::Mail };
            self.writing = Some(Writing { next, whole });
            return Ok(true);
        }
        Ok(false)
    }

    fn write_rcpt(&mut self, place: usize) -> Result<Option<Next>> {
        let pipelined = self.pipelined;
        let (transaction, job) = self.current()?;
        if transaction.sender == Sender::Refused && !pipelined {
            return Ok(None);
        }
        if transaction.full && !pipelined {
            // The one that was too many has left its place to the next, and they go together.
            let rest = transaction.recipients.split_off(transaction.recipients.len().min(place.saturating_sub(1)));
            job.give_back(rest);
        }
        let Some(recipient) = transaction.recipients.get(place).copied() else { return Ok(Some(self.after_rcpts())) };
        transaction.began_rcpt.get_or_insert_with(Instant::now);
        let line = job.rcpts.get_mut(recipient).map(std::mem::take).unwrap_or_default();
        self.submit(Step::Rcpt(recipient), "RCPT", &line, Patience::Patient)?;
        let (_, job) = self.current()?;
        job.asked += 1;
        if let Some(slot) = job.rcpts.get_mut(recipient) {
            *slot = line;
        }
        Ok(Some(Next::Rcpt(place + 1)))
    }

    /// Whether the message, or DATA, may run ahead of the recipients' replies.
    fn after_rcpts(&mut self) -> Next {
        let ahead = self.pipelined && self.partial == Partial::Send;
        match self.chunked {
            false if ahead => Next::Data,
            // In LMTP, how many replies a last chunk has depends on how many recipients were accepted.
            true if ahead && !self.is_long() && self.session.dialect == Dialect::Esmtp => Next::Body,
            _ => Next::Answers,
        }
    }

    /// Every recipient is answered: whether anybody is to get the message.
    fn after_answers(&mut self) -> Result<Option<Next>> {
        let abort = self.partial == Partial::Abort;
        let chunked = self.chunked;
        let (transaction, job) = self.current()?;
        if let Some(refusal) = transaction.refusal.clone().filter(|_| abort) {
            let why = Arc::new(Error::Rejected(refusal));
            for recipient in &transaction.accepted {
                job.settle(*recipient, super::Fate::Unsent(Arc::clone(&why)));
            }
            return Ok(None);
        }
        Ok(match transaction.accepted.is_empty() {
            true => None,
            false if chunked => Some(Next::Body),
            false => Some(Next::Data),
        })
    }

    fn write_data(&mut self) -> Result<()> {
        let dialect = self.session.dialect;
        let (transaction, job) = self.current()?;
        let content = Arc::clone(&job.content);
        if transaction.accepted.is_empty() {
            // RFC 2920 section 3.1: the server went ahead although it refused everybody.
            if dialect == Dialect::Lmtp {
                return Err(Error::protocol(Phase::Reply("DATA"), "354 although every recipient was refused"));
            }
            self.session.engine.connection.send(b".")?;
            let ticket = self.session.engine.expect(END_OF_DATA, Patience::Verdict);
            self.expect(Step::Dot, ticket)?;
            return self.mark_end();
        }
        let ticket = self.session.engine.expect(END_OF_DATA, Patience::Verdict);
        self.expect(Step::Dot, ticket)?;
        match self.take_whole() {
            Some(whole) => self.session.engine.connection.send_data(&whole),
            None => {
                let mut body = Body::open(&*content, Framing::Dots)?;
                while let Some(piece) = body.next()? {
                    self.session.engine.connection.send_data(piece);
                    if body.left() > 0 {
                        self.session.engine.flush()?;
                        self.take_ready()?;
                    }
                }
            }
        }
        self.session.engine.connection.note_sent(content.size());
        self.mark_end()
    }

    fn write_chunks(&mut self) -> Result<()> {
        let content = Arc::clone(&self.current()?.1.content);
        if let Some(whole) = self.take_whole() {
            let line = command::bdat(whole.len() as u64, command::Chunk::Last);
            self.submit(Step::LastChunk, "BDAT", &line, Patience::Verdict)?;
            self.session.engine.connection.send_data(&whole);
            self.session.engine.connection.note_sent(content.size());
            return self.mark_end();
        }
        let mut body = Body::open(&*content, Framing::Counted)?;
        loop {
            let size = body.left().min(CHUNK);
            let (step, chunk) = match body.left() > size {
                true => (Step::Chunk, command::Chunk::More),
                false => (Step::LastChunk, command::Chunk::Last),
            };
            self.submit(step, "BDAT", &command::bdat(size, chunk), Patience::Verdict)?;
            let until = body.left() - size;
            while let Some(piece) = body.at_most(body.left() - until)? {
                self.session.engine.connection.send_data(piece);
                if body.left() > 0 {
                    self.session.engine.flush()?;
                    self.take_ready()?;
                }
                if body.left() <= until {
                    break;
                }
            }
            self.session.engine.connection.note_sent(size);
            if step == Step::LastChunk {
                return self.mark_end();
            }
            // In LMTP, what follows a refused chunk may be answered once or for each recipient: it does not follow.
            while !self.expected.is_empty() && (!self.pipelined || self.session.dialect == Dialect::Lmtp) {
                self.take_reply()?;
            }
            if self.current()?.0.cut {
                return Ok(());
            }
        }
    }

    /// QUIT behind the last message, unless a recipient may still have to be tried again.
    fn say_farewell(&mut self) -> Result<()> {
        let unanswered = self.expected.iter().any(|expected| matches!(expected.step, Step::Rcpt(_)));
        let split = unanswered && self.transactions.iter().any(|transaction| transaction.recipients.len() > 1);
        if self.farewell && self.session.goodbye.is_none() && !split && !self.expected.is_empty() {
            self.session.goodbye = Some(self.session.engine.submit("QUIT", b"QUIT", Patience::Plain)?);
        }
        Ok(())
    }

    fn submit(&mut self, step: Step, verb: &'static str, line: &str, patience: Patience) -> Result<()> {
        let ticket = self.session.engine.submit(verb, line.as_bytes(), patience)?;
        self.expect(step, ticket)
    }

    fn expect(&mut self, step: Step, ticket: Ticket) -> Result<()> {
        self.current()?.0.due += 1;
        self.expected.push_back(Expected { ticket, step, since: Instant::now() });
        Ok(())
    }

    /// All of the message is queued.
    fn mark_end(&mut self) -> Result<()> {
        let end = self.session.engine.connection.position();
        self.current()?.0.end = Some(end);
        Ok(())
    }

    fn current(&mut self) -> Result<(&mut Transaction, &mut Job)> {
        let transaction = self.transactions.back_mut();
        let job = transaction.and_then(|transaction| {
            let job = job_of(&mut self.jobs, self.reported, transaction)?;
            Some((transaction, job))
        });
        job.ok_or_else(|| Error::protocol(Phase::Send, "nothing is being written"))
    }

    fn take_whole(&mut self) -> Option<Vec<u8>> {
        self.writing.as_mut().and_then(|writing| writing.whole.take())
    }

    /// Whether the message being written is too long to run ahead.
    fn is_long(&self) -> bool {
        let job = self.transactions.back().and_then(|transaction| transaction.job.checked_sub(self.reported));
        let job = job.and_then(|place| self.jobs.get(usize::try_from(place).ok()?));
        job.is_some_and(|job| job.size() > CHUNK)
    }
}

/// As if the server had said it: another session takes what this one does not.
fn spent(most: u64) -> Rejection {
    let text = format!("the server takes no more than {most} messages in one session");
    Rejection { verb: "MAIL", code: None, enhanced: None, text, transient: true }
}

/// A small message, framed; `None` for one that is to be read while it is sent.
fn preload(content: &dyn Content, framing: Framing) -> Result<Option<Vec<u8>>> {
    let mut body = Body::open(content, framing)?;
    match content.size() <= PIECE as u64 {
        true => body.next().map(|piece| piece.map(<[u8]>::to_vec)),
        false => Ok(None),
    }
}
