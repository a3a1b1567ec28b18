//! One folder: what is there beside what was told of it.

use std::time::Instant;

use super::cursor::{Cursor, Told};
use super::deliver::Deliverer;
use super::missed::Missed;
use crate::cli::imapctl::job::Job;
use crate::cli::imapctl::letter::{self, Letter};
use crate::cli::output::record::imapctl::{Event, EventKind, Message, Place};
use crate::error::{Error, Rejection, Result};
use crate::imap::grammar::Data;
use crate::imap::query::Query;
use crate::imap::session::Authenticated;
use crate::imap::{Extension, Item, Mailbox, Resync, Select, Selected, Session, Uid, UidSet};

/// How many new messages are asked for and held at a time.
const WINDOW: usize = 200;

/// A folder that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) mailbox: Mailbox,
    cursor: Cursor,
    /// It was told that the folder is gone.
    is_gone: bool,
    /// The server refuses to tell what has changed when it opens the folder.
    is_unsaid: bool,
    /// How many messages there were when the last look began.
    seen: u32,
    /// When an event that was not taken is told again, and how often it was not.
    pub(super) retry: Option<Instant>,
    pub(super) refusals: u32,
}

impl Watched {
    pub(super) fn new(cursor: Cursor, mailbox: Mailbox) -> Self {
        Self { mailbox, cursor, is_gone: false, is_unsaid: false, seen: 0, retry: None, refusals: 0 }
    }

    /// Opens the folder and tells everything that has happened in it since. In a folder that was never watched nothing has: what
    /// is there now is where watching begins.
    ///
    /// Fails with [`Error::Command`] if an event was not taken; it comes again with the next look.
    pub(super) fn look(
        &mut self,
        session: &mut Session<Authenticated>,
        deliverer: &Deliverer,
        job: &Job<'_>,
    ) -> Result<()> {
        let known = self.cursor.told.as_ref().map(|told| told.known.clone()).unwrap_or_default();
        let (mut folder, missed) = match self.open(session, &known) {
            Ok(opened) => opened,
            Err(Error::Rejected(rejection)) if is_absence(&rejection) => {
                if !self.is_gone {
                    self.tell_place(EventKind::Gone, "gone", deliverer, job)?;
                    self.is_gone = true;
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.is_gone = false;
        // Of what changes from here on another look tells.
        self.seen = folder.selection().exists;
        let Some(validity) = folder.selection().uid_validity else {
            return Err(Error::Unsupported(
                "the server gives no UIDVALIDITY: messages have no lasting names there".into(),
            ));
        };
        match &self.cursor.told {
            Some(told) if told.validity == validity => {}
            known => {
                let is_reset = known.is_some();
                let fresh = begin(&mut folder)?;
                if is_reset {
                    self.tell_place(EventKind::Reset, &format!("{validity}/reset"), deliverer, job)?;
                }
                self.cursor.told = Some(fresh);
                return self.cursor.save();
            }
        }
        let mod_seq = folder.selection().highest_mod_seq;
        // Before the new ones are known, whose flags are told with them.
        self.tell_flags(missed.as_ref(), &mut folder, deliverer, job)?;
        if let Some(told) = &mut self.cursor.told
            && told.mod_seq != mod_seq
        {
            told.mod_seq = mod_seq;
            self.cursor.save()?;
        }
        self.tell_new(&mut folder, deliverer, job)?;
        let vanished = missed.map(|missed| missed.vanished).unwrap_or_default();
        self.tell_gone(&vanished, &mut folder, deliverer, job)
    }

    /// Opens the folder. Where QRESYNC is enabled, what has changed in what is known comes with it.
    fn open<'s, 'k>(
        &mut self,
        session: &'s mut Session<Authenticated>,
        known: &'k UidSet,
    ) -> Result<(Selected<'s>, Option<Missed<'k>>)> {
        let plain = Select { condstore: true, ..Select::examine(self.mailbox.clone()) };
        let resync = self
            .cursor
            .told
            .as_ref()
            .filter(|_| !self.is_unsaid && session.is_enabled(Extension::Qresync))
            .and_then(|told| Some(Resync { validity: told.validity, since: told.mod_seq? }));
        let mut missed = Missed::of(known);
        let is_told = match session.select_with(&Select { resync, ..plain.clone() }, &mut missed).map(drop) {
            Ok(()) => resync.is_some(),
            // Whoever does not take it is asked in the way of CONDSTORE.
            Err(Error::Rejected(rejection)) if resync.is_some() && !rejection.transient && !is_absence(&rejection) => {
                session.note(&format!("opening the folder without QRESYNC: {rejection}"));
                self.is_unsaid = true;
                session.select(&plain)?;
                false
            }
            Err(error) => return Err(error),
        };
        let folder = session.selected().ok_or_else(|| Error::Unsupported("no folder is open".into()))?;
        Ok((folder, is_told.then_some(missed)))
    }

    /// Whether the session has heard since the last look began that messages came or went. Their number is compared with what it
    /// was and not with what is known: some servers count messages that they never list (Exchange).
    pub(super) fn is_behind(&self, session: &Session<Authenticated>) -> bool {
        session.selection().is_some_and(|selection| selection.exists != self.seen)
    }

    fn tell_new(&mut self, folder: &mut Selected<'_>, deliverer: &Deliverer, job: &Job<'_>) -> Result<()> {
        let Some(next) = self.cursor.told.as_ref().map(|told| told.next) else { return Ok(()) };
        if folder.selection().uid_next.is_some_and(|uid_next| uid_next <= next) {
            return Ok(());
        }
        let query = Query::raw(&format!("UID {next}:*"))?;
        let fresh: Vec<Uid> =
            crate::cli::imapctl::found::search(&query, folder)?.iter().filter(|uid| *uid >= next).collect();
        for window in fresh.chunks(WINDOW) {
            let wanted: UidSet = window.iter().copied().collect();
            let mut letters: Vec<Letter> = Vec::new();
            folder.uid_fetch(&wanted, &letter::items(), &mut |data: &Data<'_>| {
                let Data::Fetch(row) = data else { return Ok(()) };
                let Some(uid) = row.uid.filter(|uid| wanted.contains(*uid)) else { return Ok(()) };
                match letters.iter_mut().find(|letter| letter.uid == Some(uid)) {
                    Some(letter) => letter.update(row),
                    None => letters.push(Letter::from_row(row)),
                }
                Ok(())
            })?;
            letters.extend(letter::untold(&wanted, &letters, folder)?);
            letter::mend(&mut letters, folder)?;
            letters.sort_by_key(|letter| letter.uid);
            for letter in &letters {
                let Some(uid) = letter.uid else { continue };
                self.tell(EventKind::New, &format!("{uid}/new"), letter, deliverer, job)?;
                if let Some(told) = &mut self.cursor.told {
                    told.known.insert(uid);
                    told.next = uid.get().checked_add(1).and_then(Uid::new).unwrap_or(uid);
                }
                self.save_after_event(deliverer, job)?;
            }
            self.cursor.save()?;
        }
        // What came and went unseen is not there to be told of.
        if let (Some(told), Some(uid_next)) = (&mut self.cursor.told, folder.selection().uid_next)
            && uid_next > told.next
            && fresh.last().is_none_or(|last| *last < uid_next)
        {
            told.next = uid_next;
            self.cursor.save()?;
        }
        Ok(())
    }

    fn tell_flags(
        &mut self,
        missed: Option<&Missed<'_>>,
        folder: &mut Selected<'_>,
        deliverer: &Deliverer,
        job: &Job<'_>,
    ) -> Result<()> {
        let Some(told) = &self.cursor.told else { return Ok(()) };
        let (Some(since), Some(now)) = (told.mod_seq, folder.selection().highest_mod_seq) else { return Ok(()) };
        let (Some(first), Some(last)) = (told.known.min(), told.known.max()) else { return Ok(()) };
        if now <= since {
            return Ok(());
        }
        let mut asked = Missed::of(&told.known);
        // A server that says that something has changed, and of nothing what, is asked.
        let missed = match missed.filter(|missed| missed.is_whole()) {
            Some(missed) => missed,
            None => {
                let items = [Item::Uid, Item::Flags, Item::ModSeq];
                folder.uid_fetch_changed(&UidSet::span(first, last), &items, since, &mut asked)?;
                &asked
            }
        };
        let is_news = |letter: &&Letter| letter.modseq().is_none_or(|mod_seq| mod_seq > since.get());
        for letter in missed.changed.values().filter(is_news) {
            let Some(uid) = letter.uid else { continue };
            // The number that the change has names it; without one its moment does.
            let change = letter.modseq().unwrap_or(now.get());
            self.tell(EventKind::Flags, &format!("{uid}/flags/{change}"), letter, deliverer, job)?;
        }
        Ok(())
    }

    /// Quirk: servers have said that all mail has vanished, or some that was never there (James). It is believed if the number of
    /// messages says so too; otherwise all that is there is looked at before anything is told to be gone.
    ///
    /// What of it is not told before this ends is found by that number, in the next look or the next run.
    fn tell_gone(
        &mut self,
        vanished: &UidSet,
        folder: &mut Selected<'_>,
        deliverer: &Deliverer,
        job: &Job<'_>,
    ) -> Result<()> {
        let Some(told) = &self.cursor.told else { return Ok(()) };
        let exists = u64::from(folder.selection().exists);
        let vanished = told.known.intersect(vanished);
        if vanished.is_empty() && exists == told.known.len() {
            return Ok(());
        }
        let rest = told.known.subtract(&vanished);
        let gone = if rest.len() == exists {
            vanished
        } else {
            if !vanished.is_empty() {
                folder
                    .session()
                    .note("what is said to be gone does not fit the number of messages: looking at all of them");
            }
            told.known.subtract(&crate::cli::imapctl::found::search(&Query::all(), folder)?)
        };
        for uid in gone.iter() {
            let letter = Letter { uid: Some(uid), ..Letter::default() };
            self.tell(EventKind::Expunged, &format!("{uid}/expunged"), &letter, deliverer, job)?;
            if let Some(told) = &mut self.cursor.told {
                told.known = told.known.subtract(&UidSet::one(uid));
            }
            self.save_after_event(deliverer, job)?;
        }
        self.cursor.save()
    }

    /// A command is not to see an event again that it has taken; lines are told by the dozen.
    fn save_after_event(&self, deliverer: &Deliverer, job: &Job<'_>) -> Result<()> {
        match deliverer.runs_command() && !deliverer.is_closed(job) {
            true => self.cursor.save(),
            false => Ok(()),
        }
    }

    fn tell_place(&self, kind: EventKind, what: &str, deliverer: &Deliverer, job: &Job<'_>) -> Result<()> {
        let validity = self.cursor.told.as_ref().map(|told| told.validity.get());
        let place = Place { folder: (&self.mailbox).into(), validity };
        let id = format!("{}/{what}", self.mailbox.text());
        deliverer.deliver(Event { id: &id, kind, message: &Message { place, ..Message::default() } }, job)
    }

    fn tell(&self, kind: EventKind, what: &str, letter: &Letter, deliverer: &Deliverer, job: &Job<'_>) -> Result<()> {
        let validity = self.cursor.told.as_ref().map(|told| told.validity.get());
        let place = Place { folder: (&self.mailbox).into(), validity };
        let id = format!("{}/{}/{what}", self.mailbox.text(), validity.unwrap_or(0));
        letter.with_record(place, |message| deliverer.deliver(Event { id: &id, kind, message }, job))?;
        match deliverer.is_closed(job) {
            true => Err(Error::Closed { phase: crate::error::Phase::Send, truncated: false }),
            false => Ok(()),
        }
    }
}

/// Whether the folder is not there.
fn is_absence(rejection: &Rejection) -> bool {
    matches!(rejection.code.as_deref(), Some("NONEXISTENT" | "TRYCREATE"))
}

/// What is there when watching begins.
fn begin(folder: &mut Selected<'_>) -> Result<Told> {
    let known = crate::cli::imapctl::found::search(&Query::all(), folder)?;
    let selection = folder.selection();
    let after = known.max().and_then(|uid| uid.get().checked_add(1)).and_then(Uid::new);
    let first = Uid::new(1).ok_or_else(|| Error::InvalidInput("there is no UID".into()))?;
    let next = selection.uid_next.into_iter().chain(after).max().unwrap_or(first);
    let Some(validity) = selection.uid_validity else {
        return Err(Error::Unsupported("the server gives no UIDVALIDITY".into()));
    };
    Ok(Told { validity, known, next, mod_seq: selection.highest_mod_seq })
}
