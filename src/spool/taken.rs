//! A mail that is being worked on.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::SystemTime;

use super::backoff::{self, backoff};
use super::home::{Home, Part};
use super::id::Id;
use super::listing::Fate;
use super::mail::{Addressee, Mail, Ticket};
use super::state::{State, reason};
use crate::error::{Error, Result};
use crate::file_lock::FileLock;

/// A mail that nobody else can take meanwhile. Dropping it leaves it as it is recorded.
#[derive(Debug)]
pub struct Taken {
    home: Arc<Home>,
    id: Id,
    mail: Mail,
    body: Body,
    /// As recorded.
    state: State,
    interrupted: bool,
    /// Whether [`Taken::begin`] counted this attempt.
    counted: bool,
}

/// How an attempt ended for a recipient. Reasons are kept as one line of at most 1000 characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The server has taken the mail.
    Done,
    /// It is refused for good.
    Refused(String),
    /// It is to be tried again.
    Later(String),
    /// The whole mail is to wait until somebody says so.
    Hold(String),
}

/// What became of the mail.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Settled {
    /// All recipients have it, and it is gone from the queue.
    Sent,
    /// It is tried again.
    Waiting {
        /// When.
        next: SystemTime,
    },
    /// It waits until somebody says so.
    Held,
    /// Nobody is left to send it to, and not all have got it: it lies in `failed/`.
    Failed {
        /// Why, in short.
        why: String,
        /// Who did not get it, and why.
        refused: Vec<(String, String)>,
    },
}

/// A queued message, to be read any number of times. It keeps the mail locked.
#[derive(Clone, Debug)]
pub struct Body {
    file: Arc<FileLock>,
    offset: u64,
    size: u64,
    /// XXH3-64 of it.
    pub(super) content: u64,
}

impl Taken {
    pub(super) fn new(home: Arc<Home>, id: Id, mail: Mail, body: Body, state: State) -> Self {
        let interrupted = state.begun.is_some();
        Self { home, id, mail, body, state, interrupted, counted: false }
    }

    /// Its name.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// What it was queued with: all recipients, also those that are done.
    pub fn ticket(&self) -> &Ticket {
        &self.mail.ticket
    }

    /// The recipients that are still to get it, each with its place in [`Ticket::recipients`].
    pub fn pending(&self) -> impl Iterator<Item = (usize, &Addressee)> + '_ {
        self.mail.ticket.recipients.iter().enumerate().filter(|(index, _)| !self.state.fates.contains_key(index))
    }

    /// The message.
    pub fn body(&self) -> Body {
        self.body.clone()
    }

    /// How often it was tried.
    pub fn attempts(&self) -> u32 {
        self.state.attempts
    }

    /// Whether the last attempt began and nothing is known of its end: the pending recipients may have the mail.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Why it is held, if it is.
    pub fn held(&self) -> Option<&str> {
        self.state.held.as_deref()
    }

    /// Whether its life is over: [`Taken::settle`] gives up those who are then still pending.
    pub fn is_over(&self, now: SystemTime) -> bool {
        let mut state = self.state.clone();
        state.look(self.mail.ticket.created, now);
        backoff::is_over(self.mail.ticket.created, state.lost, state.attempts, now)
    }

    /// Records that somebody has looked at it, without an attempt: so much of its life is spent and not lost.
    pub fn look(mut self, now: SystemTime) -> Result<()> {
        self.state.look(self.mail.ticket.created, now);
        self.home.write_state(&self.id, &self.state)
    }

    /// Records, durably, that an attempt begins. If it fails, the mail must not be sent.
    ///
    /// To be called before anything is sent that ends in the message's final dot or last chunk.
    pub fn begin(&mut self, now: SystemTime) -> Result<()> {
        let mut state = self.state.clone();
        if !self.counted {
            state.attempts = state.attempts.saturating_add(1);
        }
        state.begun = Some(now);
        state.look(self.mail.ticket.created, now);
        // Should this process die, the next attempt is not made at once, and over and over.
        state.next = now.checked_add(backoff(state.attempts));
        self.home.write_state(&self.id, &state)?;
        self.state = state;
        self.counted = true;
        Ok(())
    }

    /// Records, durably, how the attempt ended for recipients by their place in [`Ticket::recipients`]; those not named
    /// are tried again.
    ///
    /// When nobody is left the mail is removed, or moved to `failed/` if somebody was refused; so it is, too, when its
    /// life is over. After an error the mail is where it was, as an attempt whose end is not known.
    pub fn settle(mut self, verdicts: &[(usize, Verdict)], now: SystemTime) -> Result<Settled> {
        let recipients = self.mail.ticket.recipients.len();
        let mut hold = None;
        if !self.counted {
            self.state.attempts = self.state.attempts.saturating_add(1);
        }
        let state = &mut self.state;
        state.begun = None;
        state.held = None;
        state.look(self.mail.ticket.created, now);
        for (index, verdict) in verdicts {
            if *index >= recipients {
                return Err(Error::InvalidInput(format!("the queued mail {} has no recipient {index}", self.id)));
            }
            if state.fates.contains_key(index) {
                continue;
            }
            match verdict {
                Verdict::Done => drop(state.fates.insert(*index, Fate::Done)),
                Verdict::Refused(why) => {
                    state.fates.insert(*index, Fate::Refused(reason(why)));
                    state.last_error = Some(reason(why));
                }
                Verdict::Later(why) => state.last_error = Some(reason(why)),
                Verdict::Hold(why) => hold = Some(reason(why)),
            }
        }
        if state.pending(recipients).next().is_none() {
            return self.close();
        }
        if let Some(why) = hold {
            return self.set_held(why);
        }
        if self.is_over(now) {
            let last = self.state.last_error.as_deref().unwrap_or("no reason is known");
            let days = backoff::LIFE.as_secs() / 86400;
            let why =
                format!("given up after {days} days and {} attempts; the last error: {last}", self.state.attempts);
            return self.give_up(&why);
        }
        let next = now.checked_add(backoff(self.state.attempts)).unwrap_or(now);
        self.state.next = Some(next);
        self.home.write_state(&self.id, &self.state)?;
        Ok(Settled::Waiting { next })
    }

    /// Lets the mail wait until somebody says so; no attempt is counted.
    pub fn hold(mut self, why: &str) -> Result<Settled> {
        self.state.begun = None;
        self.set_held(reason(why))
    }

    /// Gives the mail up for all who are still pending; no attempt is counted.
    pub fn fail(self, why: &str) -> Result<Settled> {
        self.give_up(why)
    }

    /// Whether nothing is left but to move or remove the file, where a crash came between.
    pub(super) fn is_settled(&self) -> bool {
        self.state.failed.is_some() || self.pending().next().is_none()
    }

    /// Moves or removes the file of a mail that is settled.
    pub(super) fn finish(self) -> Result<()> {
        match self.state.failed {
            Some(_) => self.home.move_to_failed(&self.id),
            None => self.close().map(drop),
        }
    }

    fn set_held(mut self, why: String) -> Result<Settled> {
        self.state.held = Some(why);
        self.home.write_state(&self.id, &self.state)?;
        Ok(Settled::Held)
    }

    fn give_up(mut self, why: &str) -> Result<Settled> {
        let why = reason(why);
        let pending: Vec<usize> = self.state.pending(self.mail.ticket.recipients.len()).collect();
        self.state.fates.extend(pending.into_iter().map(|index| (index, Fate::Refused(why.clone()))));
        self.close()
    }

    /// Removes a mail that all have got, or moves it to those that failed.
    fn close(mut self) -> Result<Settled> {
        let refused = self.refused();
        self.state.begun = None;
        let why = match &*refused {
            [] => return self.remove().map(|()| Settled::Sent),
            [(address, why)] => format!("{address}: {why}"),
            [(address, why), ..] => format!("{} recipients; {address}: {why}", refused.len()),
        };
        let why = reason(&why);
        self.state.failed = Some(why.clone());
        self.home.write_state(&self.id, &self.state)?;
        self.home.move_to_failed(&self.id)?;
        Ok(Settled::Failed { why, refused })
    }

    fn refused(&self) -> Vec<(String, String)> {
        let fates = self.state.fates.iter();
        let refused = fates.filter_map(|(index, fate)| match fate {
            Fate::Refused(why) => Some((self.mail.ticket.recipients.get(*index)?.address.clone(), why.clone())),
            Fate::Done | Fate::Pending => None,
        });
        refused.collect()
    }

    fn remove(self) -> Result<()> {
        match self.home.remove(Part::Queue, self.id.as_os()) {
            // Its state goes last: a mail that comes back after a power cut must be known as one that was sent.
            Ok(_) => self.home.forget(&self.id),
            // That it is done can be recorded all the same, and a later run removes it.
            Err(error) => self
                .home
                .write_state(&self.id, &self.state)
                .map_err(|_| self.home.failed(&format!("removing {} from", self.id), error))?,
        }
        Ok(())
    }
}

impl Body {
    pub(super) fn new(file: &Arc<FileLock>, mail: &Mail) -> Self {
        let Mail { offset, size, content, .. } = *mail;
        Self { file: Arc::clone(file), offset, size, content }
    }

    /// Octets of the message.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A reader from its start; it fails rather than end early.
    pub fn open(&self) -> impl Read + Send + '_ {
        Reader { file: &self.file, at: self.offset, left: self.size }
    }
}

struct Reader<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else { return Ok(0) };
        match self.file.read_at(buffer, self.at)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            filled => {
                self.at = self.at.saturating_add(filled as u64);
                self.left = self.left.saturating_sub(filled as u64);
                Ok(filled)
            }
        }
    }
}
