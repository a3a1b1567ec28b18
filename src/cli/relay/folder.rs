//! Delivery into a folder of an IMAP server: `imap://`, `imaps://`, and a folder of an account.
//!
//! A message counts as delivered once the server has said OK to the APPEND that it is in; where it offers MULTIAPPEND (RFC 3502)
//! a whole batch goes in one, of which it takes all or nothing, and of a batch that is refused each message is tried alone.
//!
//! Messages go without a date, so that they have that of their arrival there.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::letter::Letter;
use super::trip::{Bearing, Trip};
use super::{Pace, Sender, sides, undelivered};
use crate::cli::args::imapctl::FolderName;
use crate::cli::exit::Exit;
use crate::cli::imap::Account;
use crate::cli::imap::uses::uses;
use crate::cli::output::Output;
use crate::cli::plan::Deposit;
use crate::error::{Error, Rejection, Result, Undelivered};
use crate::imap::session::{Admission, AppendEnvelope, Authenticated, Entry, StatusItem};
use crate::imap::{Extension, Flag, Ignore, Mailbox, Session};
use crate::store::Sides;
use crate::wire::Transcript;

/// Opens a folder as a target: files are read and secrets got, nothing is connected to yet. Messages get these flags there.
///
/// Fails as [`Account::prepare`] does.
pub(in crate::cli) fn open(
    deposit: &Deposit,
    flags: &[Flag],
    transcript: &Transcript,
    output: &dyn Output,
) -> Result<Sides> {
    let blocked = |error| undelivered(&deposit.name, Undelivered::Blocked, Arc::new(error));
    let transcript = transcript.with(deposit.server.endpoint.protocol.name());
    let account = Account::prepare(&deposit.server, transcript, output).map_err(blocked)?;
    let (folder, flags) = (deposit.folder.clone(), flags.to_vec());
    Ok(sides(Depositor { account, folder, flags, mailbox: None }, &deposit.name))
}

struct Depositor {
    account: Account,
    folder: FolderName,
    flags: Vec<Flag>,
    /// The folder's own name, once it was looked for.
    mailbox: Option<Mailbox>,
}

/// A session, and the folder's name in it.
struct Counter {
    session: Session<Authenticated>,
    mailbox: Mailbox,
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

impl Sender for Depositor {
    type Session = Counter;

    fn connect(&mut self) -> Result<Counter> {
        let mut session = self.account.enter(&Entry::Session)?.entered.session;
        session.outlast_signals();
        let mailbox = match &self.mailbox {
            Some(known) => known.clone(),
            None => match find(&mut session, &self.folder) {
                Ok(mailbox) => self.mailbox.insert(mailbox).clone(),
                Err(error) => {
                    if !error.is_fatal_to_session() {
                        session.leave();
                    }
                    return Err(error);
                }
            },
        };
        Ok(Counter { session, mailbox })
    }

    fn check(&self, mut counter: Counter) -> Option<Counter> {
        counter.session.noop(&mut Ignore).is_ok().then_some(counter)
    }

    fn send(&mut self, mut counter: Counter, pace: Pace, trip: &mut Trip<'_>) -> Option<Counter> {
        while trip.goes_on(&self.account.access().server().timeouts) {
            let group = group(&counter.session, pace, trip);
            let Some((first, _)) = group.first() else { break };
            trip.together = group.len();
            match self.put(&mut counter, &group) {
                // Each of them is there, whatever becomes of the record of another.
                Fate::Delivered => group.iter().for_each(|(index, _)| trip.delivered(*index)),
                // Which of them the server does not want, or whether it is all together, shows when each goes alone.
                Fate::Refused(rejection) if group.len() > 1 && !ends_all(&rejection) => {
                    trip.part(group.iter().map(|(index, _)| *index));
                }
                Fate::Refused(rejection) => {
                    let bearing = bearing(&rejection);
                    trip.refused(*first, rejection, bearing);
                }
                // The server waits for the rest of a message that it will not get.
                Fate::Unreadable(index, error) => {
                    trip.unreadable(index, &error);
                    return None;
                }
                Fate::Unsent(error) => {
                    trip.end(Arc::new(error));
                    return None;
                }
                Fate::Unknown(error) => {
                    let error = Arc::new(error);
                    group.iter().for_each(|(index, _)| trip.unknown(*index, Arc::clone(&error)));
                    trip.end(error);
                    return None;
                }
            }
        }
        Some(counter)
    }

    fn leave(&self, counter: Counter) {
        counter.session.leave();
    }
}

impl Depositor {
    /// Sends messages with one command.
    fn put(&self, counter: &mut Counter, group: &Group) -> Fate {
        let Counter { session, mailbox } = counter;
        let mut append = session.append(mailbox);
        for (index, letter) in group {
            let (octets, binary) = (letter.octets(), letter.holds_nul());
            let envelope = AppendEnvelope { flags: self.flags.clone(), octets, binary, ..AppendEnvelope::default() };
            match append.message(&envelope, &mut Ignore) {
                Ok(Admission::Admitted) => {}
                Ok(Admission::Refused) => break,
                Err(error) => return Fate::Unsent(error),
            }
            match letter.for_each_chunk(|octets| append.write(octets)) {
                Ok(()) => {}
                Err(error @ (Error::Storage { .. } | Error::InvalidInput(_))) => {
                    return Fate::Unreadable(*index, error);
                }
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
}

/// The next messages that go with one command. Those that the server cannot take are told here, and never sent.
fn group(session: &Session<Authenticated>, pace: Pace, trip: &mut Trip<'_>) -> Group {
    let limit = session.capabilities().and_then(|capabilities| capabilities.append_limit);
    let is_binary = session.has(Extension::Binary);
    let many = pace == Pace::Together && session.has(Extension::MultiAppend);
    let mut group = Group::new();
    for index in trip.waiting() {
        let Some(letter) = trip.letter(index) else { continue };
        let size = letter.octets();
        let wrong = match limit {
            Some(limit) if size > limit => {
                format!("the message is of {size} octets, and the server takes {limit} at most")
            }
            _ if letter.holds_nul() && !is_binary => {
                "the message holds NUL, which only a server with BINARY takes".into()
            }
            _ => {
                let alone = !many || trip.goes_alone(index);
                if alone && !group.is_empty() {
                    break;
                }
                group.push((index, letter));
                match alone {
                    true => break,
                    false => continue,
                }
            }
        };
        trip.unfit(index, Error::InvalidInput(wrong));
    }
    group
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

/// What a refusal is about: one that does not say what is wrong with the message may be said of every one.
fn bearing(rejection: &Rejection) -> Bearing {
    match is_about_message(rejection) {
        false => Bearing::Everything,
        true if is_vague(rejection) => Bearing::Unclear,
        true => Bearing::Message,
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
