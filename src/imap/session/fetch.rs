//! FETCH (RFC 9051 section 6.4.5): rows go to a receiver, message literals piece by piece if it says so.

use std::collections::VecDeque;

use super::Selected;
use crate::error::{Error, Result};
use crate::imap::command::{Command, MAX_COMMAND_LINE};
use crate::imap::items::{Item, with_items};
use crate::imap::number::ModSeq;
use crate::imap::receiver::Receiver;
use crate::imap::set::{SequenceSet, UidSet};

/// How many FETCH commands are on their way at a time.
const WINDOW: usize = 16;

/// How much of a command line the set may take, so that items and tag fit beside it.
pub(super) const MAX_SET: usize = MAX_COMMAND_LINE - 2_048;

impl Selected<'_> {
    /// FETCH by sequence numbers, which mean something only while no message is expunged: for what follows right behind SELECT.
    pub fn fetch(&mut self, set: &SequenceSet, items: &[Item], receiver: &mut dyn Receiver) -> Result<()> {
        self.windowed(set.chunks(MAX_SET).map(|set| with_items(Command::new("FETCH").set(&set), items)), receiver)
    }

    /// UID FETCH. A UID that the mailbox does not have (any more) brings no row and is no error.
    ///
    /// A set too long for a command is sent as several, some of them ahead of the others' completion. All are sent even if the
    /// server refuses one; the first refusal is the error.
    pub fn uid_fetch(&mut self, uids: &UidSet, items: &[Item], receiver: &mut dyn Receiver) -> Result<()> {
        self.windowed(uids.chunks(MAX_SET).map(|set| with_items(Command::new("UID FETCH").set(&set), items)), receiver)
    }

    /// UID FETCH of what has changed since (RFC 7162 section 3.1.4.1), which the server must offer.
    pub fn uid_fetch_changed(
        &mut self,
        uids: &UidSet,
        items: &[Item],
        since: ModSeq,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        let command = |set: UidSet| {
            let command = with_items(Command::new("UID FETCH").set(&set), items);
            command.word(format!("(CHANGEDSINCE {since})"))
        };
        self.windowed(uids.chunks(MAX_SET).map(command), receiver)
    }

    /// Sends the commands, a window of them ahead of their completions.
    pub(in crate::imap) fn windowed(
        &mut self,
        commands: impl Iterator<Item = Command>,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        let engine = &mut self.session.engine;
        let mut tickets = VecDeque::new();
        let mut refused = None;
        let mut commands = commands.fuse();
        loop {
            while tickets.len() < WINDOW
                && let Some(command) = commands.next()
            {
                tickets.push_back(engine.submit(&command, receiver)?);
            }
            let Some(ticket) = tickets.pop_front() else { break };
            match engine.wait(ticket, receiver) {
                Ok(_) => {}
                Err(Error::Rejected(rejection)) if refused.is_none() => refused = Some(rejection),
                Err(Error::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        refused.map_or(Ok(()), |rejection| Err(Error::Rejected(rejection)))
    }
}
