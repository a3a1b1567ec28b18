//! A connection that is told when something happens, or asks: by NOTIFY (RFC 5465), by IDLE (RFC 2177), by STATUS.
//!
//! When it is lost, or the machine was asleep, another is made; each look at a folder begins with what the cursor says, so that
//! nothing is lost meanwhile.

use std::time::{Duration, Instant};

use super::Stop;
use super::clock::Sleep;
use super::deliver::Deliverer;
use super::folder::Watched;
use crate::cli::args::imapctl::WatchArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::imap::Account;
use crate::cli::imapctl::job::Job;
use crate::error::{Error, Phase, Result};
use crate::imap::grammar::{Code, Data, MailboxStatus, StatusItems};
use crate::imap::refusal::suggested_backoff;
use crate::imap::session::{Authenticated, Entry, Listen, StatusItem};
use crate::imap::{Extension, Heard, Ignore, Mailbox, Session};

/// How often a waiting lane looks up: whether it is to end, and whether the machine was asleep.
const SLICE: Duration = Duration::from_secs(2);

/// How long the first wait before another attempt is, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// A connection that held for so long was a good one.
const STEADY: Duration = Duration::from_secs(60);

/// What tells of changes.
const COUNTS: [StatusItem; 5] =
    [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::Unseen, StatusItem::HighestModSeq];

/// How a lane hears of changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    /// The server tells of all folders.
    Notify,
    /// The server tells of the folder that is open.
    Idle,
    /// The server is asked.
    Poll,
}

/// A connection and the folders that it is for.
pub(super) struct Lane<'a> {
    pub(super) way: Way,
    pub(super) watched: Vec<Watched>,
    pub(super) account: &'a Account,
    pub(super) deliverer: &'a Deliverer,
    pub(super) job: Job<'a>,
    pub(super) args: &'a WatchArgs,
    pub(super) stop: &'a Stop,
}

impl Lane<'_> {
    /// Watches until it is stopped, nobody takes events any more, or something fails for good.
    pub(super) fn run(mut self) -> Result<Exit, Failure> {
        let mut failures = 0;
        loop {
            let started = Instant::now();
            let error = match self.visit() {
                Ok(()) => return Ok(Exit::OK),
                Err(error) => error,
            };
            if self.is_over() {
                return Ok(Exit::OK);
            }
            if !may_pass(&error) {
                return Err(error.into());
            }
            // The next is tried almost at once.
            failures = if started.elapsed() > STEADY { 1 } else { failures + 1 };
            let told = if let Error::Rejected(rejection) = &error { suggested_backoff(rejection) } else { None };
            let pause = told.unwrap_or_else(|| back_off(failures));
            self.job.warn(&format!("{error}; connecting again in {} s", pause.as_secs().max(1)));
            self.rest(pause)?;
        }
    }

    /// Connects, tells what was missed, and goes on telling.
    fn visit(&mut self) -> Result<()> {
        let mut session = self.account.enter(&Entry::Session)?.entered.session;
        settle(&mut session)?;
        for at in 0..self.watched.len() {
            self.look(at, &mut session)?;
        }
        let done = match self.way {
            Way::Notify => self.notify(&mut session),
            Way::Idle => self.idle(&mut session),
            Way::Poll => self.poll(&mut session),
        };
        if done.is_ok() {
            session.leave();
        }
        done
    }

    /// Tells what has happened in a folder. An event that is not taken is told again later, and keeps nothing else waiting.
    fn look(&mut self, at: usize, session: &mut Session<Authenticated>) -> Result<()> {
        let Some(watched) = self.watched.get_mut(at) else { return Ok(()) };
        match watched.look(session, self.deliverer, &self.job) {
            Ok(()) => {
                watched.retry = None;
                watched.refusals = 0;
                Ok(())
            }
            Err(error @ Error::Command { .. }) => {
                watched.refusals = watched.refusals.saturating_add(1);
                let pause = back_off(watched.refusals);
                watched.retry = Instant::now().checked_add(pause);
                self.job.warn(&format!("{error}; the event comes again in {} s", pause.as_secs()));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn idle(&mut self, session: &mut Session<Authenticated>) -> Result<()> {
        let mut sleep = Sleep::watch();
        loop {
            if self.is_over() {
                return Ok(());
            }
            // What came between the look and now may not be told of again.
            let mut dirty =
                self.watched.first().is_some_and(|watched| watched.retry.is_none() && watched.is_behind(session));
            if !dirty {
                let (stop, retry) = (self.stop, self.retry());
                let debounce = self.args.debounce;
                let mut receiver = Changes { dirty: false };
                let seen = std::cell::Cell::new(false);
                session.idle(
                    self.args.renew,
                    &mut |data: &Data<'_>| {
                        receiver.heed(data);
                        seen.set(receiver.dirty);
                        Ok(())
                    },
                    &mut |heard| match heard {
                        _ if sleep.was() => Listen::Lost,
                        _ if stop.is_set() => Listen::Enough,
                        Heard::Silence if seen.get() => Listen::Enough,
                        Heard::Silence if is_due(retry) => Listen::Enough,
                        _ if seen.get() => Listen::For(debounce),
                        _ => Listen::For(SLICE),
                    },
                )?;
                dirty = true;
            }
            if dirty && !self.is_over() {
                self.look(0, session)?;
            }
        }
    }

    fn poll(&mut self, session: &mut Session<Authenticated>) -> Result<()> {
        let mailboxes: Vec<Mailbox> = self.watched.iter().map(|watched| watched.mailbox.clone()).collect();
        let items = session.status_items(&COUNTS);
        let mut board = Board::of(&mailboxes);
        loop {
            // The open mailbox is not to be asked for (RFC 9051 section 6.3.11), and need not be.
            if let Some(selected) = session.selected() {
                selected.unselect(&mut Ignore)?;
            }
            let refused = session.status(&mailboxes, &items, &mut |data: &Data<'_>| {
                board.note(data);
                Ok(())
            })?;
            // What cannot be asked for may be gone, which the look tells.
            let refused: Vec<&Mailbox> = refused.into_iter().map(|(mailbox, _)| mailbox).collect();
            for at in 0..mailboxes.len() {
                let is_refused = mailboxes.get(at).is_some_and(|mailbox| refused.contains(&mailbox));
                let is_retried = self.watched.get(at).is_some_and(|watched| is_due(watched.retry));
                if is_refused || is_retried || board.is_dirty_at(at) {
                    self.look(at, session)?;
                }
            }
            board.clean();
            self.listen(self.args.poll, session, &mut |_| false)?;
            if self.is_over() {
                return Ok(());
            }
        }
    }

    /// Quirk: Dovecot tells at once only after the first NOTIFY of a session, after a second one with the next command; so it is
    /// sent once, and STATUS asks for what may have been missed while a folder was open.
    fn notify(&mut self, session: &mut Session<Authenticated>) -> Result<()> {
        let mailboxes: Vec<Mailbox> = self.watched.iter().map(|watched| watched.mailbox.clone()).collect();
        let items = session.status_items(&COUNTS);
        let mut board = Board::of(&mailboxes);
        if let Some(selected) = session.selected() {
            selected.unselect(&mut Ignore)?;
        }
        session.notify(&mailboxes, &mut |data: &Data<'_>| {
            board.note(data);
            Ok(())
        })?;
        loop {
            if !board.is_dirty() {
                // What a server does not know of it cannot tell: it is asked as well, as folders are that cannot be watched.
                self.listen(self.args.poll.min(self.args.renew), session, &mut |data| board.note(data))?;
            }
            if self.is_over() {
                return Ok(());
            }
            let to_look: Vec<usize> = (0..mailboxes.len())
                .filter(|at| {
                    board.is_dirty_at(*at) || self.watched.get(*at).is_some_and(|watched| is_due(watched.retry))
                })
                .collect();
            for at in &to_look {
                self.look(*at, session)?;
            }
            board.clean();
            if let Some(selected) = session.selected() {
                selected.unselect(&mut Ignore)?;
            }
            // Whether more has come since; and, after a long silence, whether anybody is there.
            let refused = session.status(&mailboxes, &items, &mut |data: &Data<'_>| {
                board.note(data);
                Ok(())
            })?;
            drop(refused);
        }
    }

    /// Listens until `note` has found something and it has been quiet since, the time is over, or this is to end.
    fn listen(
        &self,
        most: Duration,
        session: &mut Session<Authenticated>,
        note: &mut dyn FnMut(&Data<'_>) -> bool,
    ) -> Result<()> {
        let mut sleep = Sleep::watch();
        let retry = self.retry();
        let seen = std::cell::Cell::new(false);
        session.listen(
            most,
            &mut |data: &Data<'_>| {
                seen.set(note(data) || seen.get());
                Ok(())
            },
            &mut |heard| match heard {
                _ if sleep.was() => Listen::Lost,
                _ if self.is_over() => Listen::Enough,
                Heard::Silence if seen.get() || is_due(retry) => Listen::Enough,
                _ if seen.get() => Listen::For(self.args.debounce),
                _ => Listen::For(SLICE),
            },
        )
    }

    /// When the first event that was not taken is due again.
    fn retry(&self) -> Option<Instant> {
        self.watched.iter().filter_map(|watched| watched.retry).min()
    }

    fn is_over(&self) -> bool {
        self.stop.is_set() || self.deliverer.is_closed(&self.job)
    }

    /// Waits, unless this is to end.
    fn rest(&self, pause: Duration) -> Result<()> {
        let until = Instant::now() + pause;
        let timeouts = &self.account.access().server().timeouts;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let slice = timeouts.deadline(Phase::Connect, left.min(SLICE));
            match crate::net::wait::wait_any(&[], &slice) {
                Ok(_) | Err(Error::Timeout { budget: Some(_), .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What is known of folders that are not open.
struct Board<'m> {
    mailboxes: &'m [Mailbox],
    known: Vec<StatusItems>,
    dirty: Vec<bool>,
}

impl<'m> Board<'m> {
    fn of(mailboxes: &'m [Mailbox]) -> Self {
        Self { mailboxes, known: vec![StatusItems::default(); mailboxes.len()], dirty: vec![false; mailboxes.len()] }
    }

    /// Takes note of a response; whether it tells of a change.
    fn note(&mut self, data: &Data<'_>) -> bool {
        match data {
            Data::MailboxStatus(MailboxStatus { mailbox, items }) => {
                let Some(at) = self.mailboxes.iter().position(|known| known == mailbox) else { return false };
                let (Some(known), Some(dirty)) = (self.known.get_mut(at), self.dirty.get_mut(at)) else { return false };
                // A server need not tell everything each time.
                let mut changed = false;
                changed |= newer(&mut known.messages, items.messages);
                changed |= newer(&mut known.unseen, items.unseen);
                changed |= newer(&mut known.uid_next, items.uid_next);
                changed |= newer(&mut known.uid_validity, items.uid_validity);
                changed |= newer(&mut known.highest_modseq, items.highest_modseq);
                *dirty |= changed;
                changed
            }
            Data::Status(status) if matches!(status.code, Some(Code::NotificationOverflow)) => {
                self.dirty.fill(true);
                true
            }
            _ => false,
        }
    }

    fn is_dirty(&self) -> bool {
        self.dirty.contains(&true)
    }

    fn is_dirty_at(&self, at: usize) -> bool {
        self.dirty.get(at) == Some(&true)
    }

    fn clean(&mut self) {
        self.dirty.fill(false);
    }
}

/// Takes the new value, if there is one; whether it is another.
fn newer<T: Copy + PartialEq>(known: &mut Option<T>, told: Option<T>) -> bool {
    let changed = told.is_some() && *known != told;
    *known = told.or(*known);
    changed
}

/// Whether something has changed in the folder that is open.
struct Changes {
    dirty: bool,
}

impl Changes {
    fn heed(&mut self, data: &Data<'_>) {
        self.dirty |= matches!(data, Data::Exists(_) | Data::Expunge(_) | Data::Vanished { .. } | Data::Fetch(_));
    }
}

/// Has the server tell what has changed as well as it can, and says in the transcript how that is.
fn settle(session: &mut Session<Authenticated>) -> Result<()> {
    let is_told = match session.enable(Extension::Qresync) {
        Err(Error::Rejected(rejection)) if !rejection.transient => false,
        enabled => enabled?,
    };
    session.note(match is_told {
        true => "watching with QRESYNC: what was missed comes with the folder",
        false if session.has(Extension::Condstore) => {
            "watching with CONDSTORE: changed flags are asked for, UIDs compared"
        }
        false => "watching without CONDSTORE: UIDs are compared, changed flags are not known",
    });
    Ok(())
}

fn is_due(retry: Option<Instant>) -> bool {
    retry.is_some_and(|at| at <= Instant::now())
}

/// Twice as long each time.
fn back_off(failures: u32) -> Duration {
    let (first, longest) = BACK_OFF;
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(longest)
}

/// Whether another connection may do better.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Rejected(rejection) => rejection.transient,
        Error::Resolve { kind, .. } => *kind == crate::error::ResolveFailure::Temporary,
        Error::Timeout { budget, .. } => budget.is_some(),
        Error::Proxy { transient, .. } => *transient,
        Error::Connect { .. } | Error::Closed { .. } | Error::Network { .. } | Error::Tls { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit() {
        assert_eq!(back_off(1), Duration::from_secs(1));
        assert_eq!(back_off(4), Duration::from_secs(8));
        assert_eq!(back_off(u32::MAX), Duration::from_secs(300));
    }
}
