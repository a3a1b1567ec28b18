//! Delivery into a folder of an IMAP server: `imap://`, `imaps://`, and a folder of an account.
//!
//! A session serves a run, as for other servers. A message counts as delivered once the server has said OK to the APPEND that it
//! is in; where it offers MULTIAPPEND (RFC 3502) a whole batch goes in one, of which it takes all or nothing, and of a batch
//! that is refused each message is tried alone. Where the connection ends between the last octet and that word, the messages of
//! the command may be there or not: they are kept, told, and sent again by the next run.
//!
//! Messages go as they came, with CRLF and no other CR or LF in them, without flags, and with the time of their arrival there as
//! their date.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::letter::Letter;
use super::load::Load;
use super::{Age, interrupted, is_break, undelivered};
use crate::cli::args::imapctl::FolderName;
use crate::cli::exit::Exit;
use crate::cli::imap::Account;
use crate::cli::imap::uses::uses;
use crate::cli::output::Output;
use crate::cli::popfetch::plan::Deposit;
use crate::error::{Error, Phase, Rejection, Result, Undelivered};
use crate::imap::session::{Admission, AppendEnvelope, Authenticated, Entry, StatusItem};
use crate::imap::{Extension, Ignore, Mailbox, Session};
use crate::store::{BatchLimits, Commit, Journal, Outcome, Sides, Staged, batch};
use crate::wire::Transcript;

/// So many messages in a row that are refused for no reason that is told are no longer the messages' fault.
const VAGUE: u32 = 10;

/// So many sessions in a row that break over a message, before it or after it, are no longer the messages' fault.
const FUTILE_SESSIONS: u32 = 3;

/// Opens a folder as a target: files are read and secrets got, nothing is connected to yet.
///
/// Fails as [`Account::prepare`] does.
pub(in crate::cli::popfetch) fn open(deposit: &Deposit, transcript: &Transcript, output: &dyn Output) -> Result<Sides> {
    let blocked = |error| undelivered(&deposit.name, Undelivered::Blocked, Arc::new(error));
    let transcript = transcript.with(deposit.server.endpoint.protocol.name());
    let account = Account::prepare(&deposit.server, transcript, output).map_err(blocked)?;
    let commit = FolderCommit {
        account,
        folder: deposit.folder.clone(),
        place: deposit.name.clone(),
        mailbox: None,
        open: None,
        pace: Pace::Together,
        vague: 0,
        futile: 0,
    };
    Ok(Sides { stage: Box::new(super::stage()), commit: Box::new(commit) })
}

struct FolderCommit {
    account: Account,
    folder: FolderName,
    /// What it is called.
    place: String,
    /// The folder's own name, once it was looked for.
    mailbox: Option<Mailbox>,
    open: Option<Session<Authenticated>>,
    pace: Pace,
    /// How many messages in a row were refused without a reason that is theirs.
    vague: u32,
    /// How many sessions in a row broke over a message.
    futile: u32,
}

/// How messages go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pace {
    /// As many with one command as the server allows.
    Together,
    /// A command for each: a session has broken over several at once.
    OneByOne,
}

/// What became of the messages of a command, all together.
enum Fate {
    Delivered,
    Refused(Rejection),
    /// One of them cannot be read; none is there.
    Unreadable(usize, Error),
    /// The session ended before the command was whole: none is there.
    Unsent(Error),
    /// The session ended after that.
    Unknown(Error),
}

/// Messages of a command, with their places in the load.
type Group = Vec<(usize, Arc<Letter>)>;

impl Commit for FolderCommit {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut load = Load::new(batch, &self.place);
        match load.intend(&self.place, journal) {
            Ok(()) => self.deliver(&mut load, journal),
            Err(error) => load.fail_rest(|| batch::again(&error)),
        }
        load.settle(journal)
    }

    fn limits(&self) -> BatchLimits {
        // What a lost connection or a kill may leave in doubt.
        BatchLimits { messages: 32, octets: 4 << 20 }
    }

    fn ready(&mut self) -> Result<()> {
        match self.session() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.undelivered(Undelivered::Blocked, Arc::new(error))),
        }
    }
}

impl FolderCommit {
    /// Sends all of the load, through as many sessions as it takes and as lead somewhere.
    fn deliver(&mut self, load: &mut Load, journal: &mut dyn Journal) {
        // Whether the session was closed meanwhile shows in time; once messages are on the way it would leave them in doubt.
        let mut age = match self.session() {
            Ok(age) => age,
            Err(error) => return self.block(load, error, journal),
        };
        // Of a group that was refused each goes alone.
        let mut alone = 0usize;
        loop {
            let waiting = load.waiting();
            if waiting.is_empty() {
                return;
            }
            if self.open.is_none() {
                age = match self.session() {
                    Ok(age) => age,
                    Err(error) => return self.block(load, error, journal),
                };
            }
            if let Err(error) = self.account.access().server().timeouts.check(Phase::Send) {
                return stop(load, &interrupted(&error), journal);
            }
            let (Some(mut session), Some(mailbox)) = (self.open.take(), self.mailbox.clone()) else { continue };
            let group = self.group(waiting, alone > 0, &session, load, journal);
            let Some((first, _)) = group.first() else {
                self.open = Some(session);
                continue;
            };
            let first = *first;
            let fate = put(&mut session, &mailbox, &group);
            if matches!(fate, Fate::Delivered | Fate::Refused(_)) {
                (self.open, self.futile, age) = (Some(session), 0, Age::Used);
            }
            match fate {
                Fate::Delivered => {
                    self.vague = 0;
                    alone = alone.saturating_sub(1);
                    // Each of them is there, whatever becomes of the record of another.
                    let recorded: Vec<_> =
                        group.iter().filter_map(|(index, _)| load.deliver(*index, journal).err()).collect();
                    if let Some(error) = recorded.first() {
                        return stop(load, error, journal);
                    }
                }
                // Which of them the server does not want, or whether it is all together, shows when each goes alone.
                Fate::Refused(rejection) if group.len() > 1 && !ends_all(&rejection) => alone = group.len(),
                Fate::Refused(rejection) => {
                    alone = alone.saturating_sub(1);
                    self.vague = if is_vague(&rejection) { self.vague + 1 } else { 0 };
                    let blocks = !is_about_message(&rejection) || self.vague >= VAGUE;
                    let error = Error::Rejected(rejection);
                    if blocks {
                        return self.block(load, error, journal);
                    }
                    load.refuse(first, self.undelivered(Undelivered::Refused, Arc::new(error)), journal);
                }
                Fate::Unreadable(index, error) => load.refuse(index, batch::again(&error), journal),
                Fate::Unsent(error @ (Error::Interrupted(_) | Error::Timeout { budget: None, .. })) => {
                    return stop(load, &interrupted(&error), journal);
                }
                Fate::Unsent(error) => {
                    let together = group.len() > 1;
                    if together && is_break(&error) {
                        self.pace = Pace::OneByOne;
                    }
                    // The server may have closed a session that had served. A new one that leads nowhere is the end, unless it
                    // broke over a message, which may be to blame: the others are to come through.
                    if age == Age::New {
                        self.futile += 1;
                        if !is_break(&error) || self.futile >= FUTILE_SESSIONS {
                            return self.block(load, error, journal);
                        }
                        if !together {
                            load.refuse(first, self.undelivered(Undelivered::Refused, Arc::new(error)), journal);
                        }
                    }
                }
                Fate::Unknown(error) => {
                    self.futile += 1;
                    let error = Arc::new(error);
                    for (index, _) in &group {
                        load.leave_open(*index, self.undelivered(Undelivered::Unknown, Arc::clone(&error)));
                    }
                    if group.len() > 1 {
                        self.pace = Pace::OneByOne;
                    }
                    if self.futile >= FUTILE_SESSIONS {
                        return self.block_for(load, &error, journal);
                    }
                }
            }
        }
    }

    /// A session that is fit for use: the one there is, if the server still answers, or a new one.
    fn session(&mut self) -> Result<Age> {
        if let Some(mut session) = self.open.take()
            && session.noop(&mut Ignore).is_ok()
        {
            self.open = Some(session);
            return Ok(Age::Used);
        }
        let mut session = self.account.enter(&Entry::Session)?.entered.session;
        // What is under way is seen through to its verdict: a signal would only leave it in doubt. The second one ends all.
        session.outlast_signals();
        if self.mailbox.is_none() {
            match find(&mut session, &self.folder) {
                Ok(mailbox) => self.mailbox = Some(mailbox),
                Err(error) => {
                    if !error.is_fatal_to_session() {
                        session.leave();
                    }
                    return Err(error);
                }
            }
        }
        self.open = Some(session);
        Ok(Age::New)
    }

    /// The next messages that go with one command. Those that the server cannot take are refused here, and never sent.
    fn group(
        &self,
        waiting: VecDeque<usize>,
        alone: bool,
        session: &Session<Authenticated>,
        load: &mut Load,
        journal: &mut dyn Journal,
    ) -> Group {
        let limit = session.capabilities().and_then(|capabilities| capabilities.append_limit);
        let is_binary = session.has(Extension::Binary);
        let many = !alone && self.pace == Pace::Together && session.has(Extension::MultiAppend);
        let mut group = Group::new();
        for index in waiting {
            let Some(letter) = load.letter(index) else { continue };
            let size = letter.octets();
            let wrong = match limit {
                Some(limit) if size > limit => {
                    format!("the message is of {size} octets, and the server takes {limit} at most")
                }
                _ if letter.holds_nul() && !is_binary => {
                    "the message holds NUL, which only a server with BINARY takes".into()
                }
                _ => {
                    group.push((index, letter));
                    match many {
                        true => continue,
                        false => break,
                    }
                }
            };
            let error = Arc::new(Error::InvalidInput(wrong));
            load.refuse(index, self.undelivered(Undelivered::Refused, error), journal);
        }
        group
    }

    /// The rest fails for a reason that is no message's.
    fn block(&self, load: &mut Load, error: Error, journal: &mut dyn Journal) {
        self.block_for(load, &Arc::new(error), journal);
    }

    fn block_for(&self, load: &mut Load, error: &Arc<Error>, journal: &mut dyn Journal) {
        load.abandon_rest(journal);
        load.fail_rest(|| self.undelivered(Undelivered::Blocked, Arc::clone(error)));
    }

    fn undelivered(&self, outcome: Undelivered, source: Arc<Error>) -> Error {
        undelivered(&self.place, outcome, source)
    }
}

impl Drop for FolderCommit {
    fn drop(&mut self) {
        if let Some(session) = self.open.take() {
            session.leave();
        }
    }
}

impl fmt::Debug for FolderCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FolderCommit").field("place", &self.place).field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// This side ends.
fn stop(load: &mut Load, error: &Error, journal: &mut dyn Journal) {
    load.abandon_rest(journal);
    load.fail_rest(|| batch::again(error));
}

/// The folder's own name. Fails if the server says that it is not there; a folder that one may add to and not look into is
/// there.
fn find(session: &mut Session<Authenticated>, folder: &FolderName) -> Result<Mailbox> {
    let mailbox = match folder {
        FolderName::Mailbox(Mailbox::Inbox) => return Ok(Mailbox::Inbox),
        FolderName::Mailbox(mailbox) => mailbox,
        FolderName::Use(wanted) => {
            let known = uses(session)?.into_iter().find(|(of, _)| of == wanted);
            let none = || {
                Error::Unsupported(format!("the server has no folder that is {folder}; name it as it is called there"))
            };
            return known.map(|(_, mailbox)| mailbox).ok_or_else(none);
        }
    };
    let refused = session.status([mailbox], &[StatusItem::UidNext], &mut Ignore)?;
    match refused.into_iter().next() {
        Some((_, error)) if Exit::of(&error) == Exit::NO_INPUT => Err(error),
        _ => Ok(mailbox.clone()),
    }
}

/// Sends messages with one command.
fn put(session: &mut Session<Authenticated>, mailbox: &Mailbox, group: &Group) -> Fate {
    let mut append = session.append(mailbox);
    for (index, letter) in group {
        let envelope =
            AppendEnvelope { octets: letter.octets(), binary: letter.holds_nul(), ..AppendEnvelope::default() };
        match append.message(&envelope, &mut Ignore) {
            Ok(Admission::Admitted) => {}
            Ok(Admission::Refused) => break,
            Err(error) => return Fate::Unsent(error),
        }
        match letter.for_each_chunk(|octets| append.write(octets)) {
            Ok(()) => {}
            Err(error @ (Error::Storage { .. } | Error::InvalidInput(_))) => return Fate::Unreadable(*index, error),
            Err(error) => return Fate::Unsent(error),
        }
    }
    match append.finish(&mut Ignore) {
        Ok(_) => Fate::Delivered,
        Err(Error::Rejected(rejection)) => Fate::Refused(rejection),
        // The last message turned out shorter than it was.
        Err(error @ Error::InvalidInput(_)) => match group.last() {
            Some((index, _)) => Fate::Unreadable(*index, error),
            None => Fate::Unsent(error),
        },
        Err(error) => Fate::Unknown(error),
    }
}

/// Whether there is no use in trying the messages of a refused command one by one: what is too much together may not be alone.
fn ends_all(rejection: &Rejection) -> bool {
    !is_about_message(rejection) && rejection.code.as_deref() != Some("OVERQUOTA")
}

/// Whether another message might be taken (RFC 9051 section 7.1, RFC 5530, RFC 7889). A text for people alone is about the message
/// unless it is one of those by which servers turn everybody away, or says that the folder is not there.
fn is_about_message(rejection: &Rejection) -> bool {
    match rejection.code.as_deref() {
        None | Some("ALERT" | "BAD" | "CLIENTBUG") => {
            !rejection.transient && Exit::of(&Error::Rejected(rejection.clone())) != Exit::NO_INPUT
        }
        Some("TOOBIG" | "CANNOT" | "PARSE" | "UNKNOWN-CTE" | "LIMIT" | "SERVERBUG" | "TEMPFAIL" | "NOTSAVED") => true,
        Some(_) => false,
    }
}

/// Whether it does not say what is wrong with the message.
fn is_vague(rejection: &Rejection) -> bool {
    !matches!(rejection.code.as_deref(), Some("TOOBIG" | "PARSE" | "UNKNOWN-CTE"))
}
