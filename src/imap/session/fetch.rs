//! FETCH (RFC 9051 section 6.4.5): rows go to a receiver, message literals piece by piece if it says so.

use std::collections::VecDeque;

use super::{Selected, limits};
use crate::error::{Error, Rejection, Result};
use crate::imap::command::{Command, MAX_COMMAND_LINE};
use crate::imap::grammar::Code;
use crate::imap::items::{Item, with_items};
use crate::imap::number::{ModSeq, Uid};
use crate::imap::receiver::Receiver;
use crate::imap::set::{SequenceSet, UidSet};

/// How many FETCH commands are on their way at a time.
const WINDOW: usize = 16;

/// How many parts of a message one command asks for.
const MAX_ITEMS: usize = 20;

/// How much of a command line the set may take, so that items and tag fit beside it.
pub(super) const MAX_SET: usize = MAX_COMMAND_LINE - 2_048;

impl Selected<'_> {
    /// FETCH by sequence numbers, which mean something only while no message is expunged: for what follows right behind SELECT.
    ///
    /// Of a server that works on fewer messages at a time (MESSAGELIMIT, RFC 9738) no more than that are asked for at once.
    pub fn fetch(&mut self, set: &SequenceSet, items: &[Item], receiver: &mut dyn Receiver) -> Result<()> {
        let limit = self.message_limit();
        let sets = set.chunks(MAX_SET).flat_map(move |set| limits::pieces(set, limit));
        let commands = sets.map(|set| (with_items(Command::new("FETCH").set(&set), items), ()));
        self.windowed(commands, receiver, |(), code| match code {
            Some(Code::MessageLimit { limit, .. }) => Err(limits::unnamed(*limit)),
            _ => Ok(None),
        })
    }

    /// UID FETCH. A UID that the mailbox does not have (any more) brings no row and is no error.
    ///
    /// A set too long for a command is sent as several, some of them ahead of the others' completion. All are sent even if the
    /// server refuses one; the first refusal is the error. Where the server stops at a limit (MESSAGELIMIT, RFC 9738), the rest
    /// is asked for.
    pub fn uid_fetch(&mut self, uids: &UidSet, items: &[Item], receiver: &mut dyn Receiver) -> Result<()> {
        self.uid_fetch_by(uids, |set| with_items(Command::new("UID FETCH").set(set), items), receiver)
    }

    /// UID FETCH of what has changed since (RFC 7162 section 3.1.4.1), which the server must offer.
    pub fn uid_fetch_changed(
        &mut self,
        uids: &UidSet,
        items: &[Item],
        since: ModSeq,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        let command = |set: &UidSet| {
            let command = with_items(Command::new("UID FETCH").set(set), items);
            command.word(format!("(CHANGEDSINCE {since})"))
        };
        self.uid_fetch_by(uids, command, receiver)
    }

    fn uid_fetch_by(
        &mut self,
        uids: &UidSet,
        command: impl Fn(&UidSet) -> Command,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        // Of more UIDs than there are messages nobody knows which are any.
        let is_dense = uids.len() <= u64::from(self.selection().exists);
        let limit = self.message_limit().filter(|_| is_dense);
        let sets = uids.chunks(MAX_SET).flat_map(move |set| limits::pieces(set, limit));
        self.windowed(sets.map(|set| (command(&set), set)), receiver, |set, code| {
            let rest = limits::rest("UID FETCH", code, &set)?;
            Ok(rest.map(|rest| (command(&rest), rest)))
        })
    }

    /// How many messages the server works on in a command, if it says that there is a limit.
    fn message_limit(&self) -> Option<u32> {
        self.session.engine.state.capabilities.message_limit
    }

    /// UID FETCH of what is wanted of each message, the commands ahead of each other's completion.
    ///
    /// Messages for which the server refused something are returned with what it said.
    pub fn uid_fetch_each(
        &mut self,
        wanted: impl IntoIterator<Item = (Uid, Vec<Item>)>,
        receiver: &mut dyn Receiver,
    ) -> Result<Vec<(Uid, Rejection)>> {
        let engine = &mut self.session.engine;
        let commands = wanted.into_iter().flat_map(|(uid, items)| {
            let command =
                move |items: &[Item]| with_items(Command::new("UID FETCH").set(&UidSet::from_iter([uid])), items);
            // Few enough for the longest numbers that parts can have.
            items.chunks(MAX_ITEMS).map(|items| (uid, command(items))).collect::<Vec<_>>()
        });
        let mut commands = commands.fuse();
        let mut tickets = VecDeque::new();
        let mut refused = Vec::new();
        loop {
            while tickets.len() < WINDOW
                && let Some((uid, command)) = commands.next()
            {
                tickets.push_back((uid, engine.submit(&command, receiver)?));
            }
            let Some((uid, ticket)) = tickets.pop_front() else { return Ok(refused) };
            match engine.wait(ticket, receiver) {
                Ok(_) => {}
                Err(Error::Rejected(rejection)) => refused.push((uid, rejection)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends the commands, a window of them ahead of their completions. What comes with each says, by the code that completes it,
    /// whether there is more to ask for.
    fn windowed<T>(
        &mut self,
        commands: impl Iterator<Item = (Command, T)>,
        receiver: &mut dyn Receiver,
        rest: impl Fn(T, Option<&Code<'_>>) -> Result<Option<(Command, T)>>,
    ) -> Result<()> {
        let engine = &mut self.session.engine;
        let mut tickets = VecDeque::new();
        let mut refused = None;
        let mut commands = commands.fuse();
        let mut more = VecDeque::new();
        loop {
            while tickets.len() < WINDOW
                && let Some((command, about)) = more.pop_front().or_else(|| commands.next())
            {
                tickets.push_back((engine.submit(&command, receiver)?, about));
            }
            let Some((ticket, about)) = tickets.pop_front() else { break };
            match engine.wait(ticket, receiver) {
                Ok(completion) => more.extend(rest(about, completion.code.as_ref())?),
                Err(Error::Rejected(rejection)) if refused.is_none() => refused = Some(rejection),
                Err(Error::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        refused.map_or(Ok(()), |rejection| Err(Error::Rejected(rejection)))
    }
}
