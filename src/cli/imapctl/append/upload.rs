//! How messages go out: several in a command, or one in each and several commands under way.

use std::sync::Arc;

use super::{Item, broken, send, tell_replaced};
use crate::cli::exit::{Exit, Failure};
use crate::cli::imapctl::job::Job;
use crate::cli::output::record::imapctl::Mode;
use crate::error::{Error, Undelivered};
use crate::imap::session::{Admission, Appended, Authenticated, Flight, Landing, Sent};
use crate::imap::{Ignore, Mailbox, Session, UidValidity};

/// Messages on their way into one folder, and what became of those before them.
pub(super) struct Upload<'u> {
    mailbox: &'u Mailbox,
    job: &'u Job<'u>,
    flight: Flight<Item>,
    exits: Vec<Exit>,
    /// Nothing more can be sent.
    is_broken: bool,
    /// Messages that could not be sent any more.
    left: bool,
}

impl<'u> Upload<'u> {
    pub(super) fn new(mailbox: &'u Mailbox, job: &'u Job<'u>) -> Self {
        Self { mailbox, job, flight: Flight::default(), exits: Vec::new(), is_broken: false, left: false }
    }

    /// Whether there is any use in going on; asked while there is another message.
    pub(super) fn is_over(&mut self) -> bool {
        let is_over = self.is_broken || self.job.signal().is_some();
        self.left |= is_over;
        is_over
    }

    /// Only says what would be done.
    pub(super) fn rehearse(&mut self, item: &Item) {
        self.tell(item, None, 0, Mode::DryRun);
    }

    /// A message that cannot be sent.
    pub(super) fn refuse(&mut self, failure: Failure) {
        self.exits.push(self.job.fault(failure, Some(self.mailbox.into()), None));
    }

    /// Sends messages with one command, which the server carries out for all of them or none (RFC 3502).
    pub(super) fn put_together(&mut self, batch: Vec<Item>, session: &mut Session<Authenticated>) {
        if batch.is_empty() || self.is_over() {
            return;
        }
        while !self.flight.is_empty() {
            self.land(session);
        }
        for item in &batch {
            self.prepare(item, session);
        }
        match send(&batch, session.append(self.mailbox)) {
            Ok(appended) => {
                let told = appended.filter(|appended| appended.uids.len() == batch.len());
                for (at, item) in batch.iter().enumerate() {
                    self.tell(item, told.as_ref(), at, Mode::Done);
                }
            }
            Err(failure) if !session.is_in_step() => {
                self.is_broken = true;
                let (exit, error) = (failure.exit, Arc::new(*failure.error));
                for item in &batch {
                    self.fault(item, Arc::clone(&error), exit);
                }
            }
            Err(failure) => match <[Item; 1]>::try_from(batch) {
                Ok([item]) => self.refused(item, *failure.error, session),
                // All or none: which of them it is that the server does not want shows when each goes alone.
                Err(batch) => batch.into_iter().for_each(|item| self.put(item, session)),
            },
        }
    }

    /// Sends a message with a command of its own, ahead of the answers to those before it if neither has to wait for the server's
    /// consent.
    pub(super) fn put(&mut self, item: Item, session: &mut Session<Authenticated>) {
        let octets = item.envelope.octets;
        let is_sure = !item.envelope.utf8 || session.is_sure_of_utf8();
        let rides = session.goes_unasked(octets) && is_sure;
        while !rides && !self.flight.is_empty() || !self.flight.has_room(octets) {
            self.land(session);
        }
        if self.is_over() {
            return;
        }
        self.prepare(&item, session);
        match transmit(&item, self.mailbox, session) {
            Ok(Some(sent)) => {
                self.flight.push(item, sent);
                if !rides {
                    self.land(session);
                }
            }
            Ok(None) => {}
            Err(failure) => {
                while !self.flight.is_empty() {
                    self.land(session);
                }
                self.is_broken |= !session.is_in_step();
                self.fault(&item, Arc::new(*failure.error), failure.exit);
            }
        }
    }

    /// Hears of what is still under way. How the whole has ended.
    pub(super) fn finish(mut self, session: &mut Session<Authenticated>) -> Exit {
        while !self.flight.is_empty() {
            self.land(session);
        }
        if self.left {
            self.job.warn("there were more messages, which were not sent");
            self.exits.extend(self.job.signal().map(Exit::signal));
        }
        Exit::combine(self.exits)
    }

    /// Waits for what becomes of the first message that is under way. A signal does not keep from hearing it.
    fn land(&mut self, session: &mut Session<Authenticated>) {
        session.outlast_signals();
        let landed = self.flight.land(session, &mut Ignore);
        session.heed_signals();
        let Some((item, landing)) = landed else { return };
        match landing {
            Landing::Stored(appended) => self.tell(&item, appended.as_ref(), 0, Mode::Done),
            Landing::Refused(error) => self.refused(item, error, session),
            Landing::Unknown(error) => {
                self.is_broken = true;
                self.fault(&item, Arc::new(error), Exit::UNKNOWN);
            }
            Landing::Unsent(error) => {
                self.is_broken = true;
                let exit = Exit::of(&error);
                self.fault(&item, Arc::new(error), exit);
            }
        }
    }

    /// A message that the server does not want, unless it is only the form that it does not know.
    fn refused(&mut self, item: Item, error: Error, session: &mut Session<Authenticated>) {
        match item.envelope.utf8 && session.forgo_utf8_item(&error) {
            true => self.put(item, session),
            false => {
                let exit = Exit::of(&error);
                self.fault(&item, Arc::new(error), exit);
            }
        }
    }

    /// Makes the server ready for UTF-8 in a header.
    fn prepare(&mut self, item: &Item, session: &mut Session<Authenticated>) {
        if item.envelope.utf8 {
            // What breaks here breaks the message's own command as well, which tells of it.
            let _ = session.accept_utf8();
        }
    }

    /// Tells of a message that is not stored, or of which nobody knows.
    fn fault(&mut self, item: &Item, error: Arc<Error>, exit: Exit) {
        let target = item.source.label.clone();
        let error = Error::Target { target, outcome: Undelivered::Refused, source: error };
        let advice = (exit == Exit::UNKNOWN).then(|| "it may be in the folder all the same".to_owned());
        self.refuse(Failure { exit, advice, ..error.into() });
    }

    /// Tells of a message that is stored, or would be: the one at this place among those that were sent together.
    fn tell(&mut self, item: &Item, appended: Option<&Appended>, at: usize, mode: Mode) {
        let validity: Option<UidValidity> = appended.map(|appended| appended.uid_validity);
        let uid = appended.and_then(|appended| appended.uids.get(at)).map(|uid| uid.get());
        tell_replaced(item, self.mailbox, validity, uid, None, mode, self.job);
        self.exits.push(Exit::OK);
    }
}

/// Sends a message and does not wait for what becomes of it.
fn transmit(item: &Item, mailbox: &Mailbox, session: &mut Session<Authenticated>) -> Result<Option<Sent>, Failure> {
    let mut append = session.append(mailbox);
    if append.message(&item.envelope, &mut Ignore)? == Admission::Admitted {
        item.source.for_each_chunk(&mut |octets| append.write(octets)).map_err(broken)?;
    }
    Ok(append.dispatch()?)
}
