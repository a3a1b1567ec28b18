//! What is deleted on the server, and when: only what the ledger calls delivered, and only once it says so on the disk.

use hashbrown::{HashMap, HashSet};

use super::Run;
use crate::cli::output::Record;
use crate::cli::popfetch::fetch::headers;
use crate::cli::popfetch::fetch::selection::{self, Selection};
use crate::cli::popfetch::fetch::transfer::Naming;
use crate::error::{Error, Result};
use crate::pop3::{Listing, Session, Transaction};
use crate::store::Key;
use crate::store::ledger::State;

impl Run<'_> {
    /// Messages that were deleted and are listed all the same: the server did not do it, or it has given their unique-id to
    /// others. Those with the same header are deleted again; those without are fetched. Where there is no TOP the
    /// unique-id must do.
    pub(super) fn verify(
        &mut self,
        session: &mut Session<Transaction>,
        listing: &Listing,
        selection: &mut Selection,
    ) -> Result<()> {
        let suspects = std::mem::take(&mut selection.verify);
        let top = session.capabilities().is_none_or(|capabilities| capabilities.top);
        let mut wanted = Vec::new();
        for index in suspects {
            let Some(message) = listing.at(index) else { continue };
            // One of several with this unique-id: what was the first may be what was the second.
            let is_shared = message.ordinal > 1 || self.ledger.contains(message.uid, 2);
            match self.ledger.lookup(message.uid, message.ordinal).and_then(|entry| entry.header).filter(|_| top) {
                Some(header) => wanted.push((message.number, (index, header))),
                None if is_shared => selection.fetch.push(index),
                None => selection.delete.push(index),
            }
        }
        for ((index, expected), found) in headers::hashes(session, wanted)? {
            match found {
                Some(found) if found != expected => selection.fetch.push(index),
                _ => selection.delete.push(index),
            }
        }
        selection.fetch.sort_unstable();
        selection.delete.sort_unstable();
        Ok(())
    }

    /// Deletes what is to be deleted and ends the session. Gives the error that leaves deletions undone.
    pub(super) fn end(
        &mut self,
        mut session: Session<Transaction>,
        listing: &Listing,
        selection: &Selection,
        naming: Naming,
    ) -> Result<Option<Error>> {
        if selection.delete.is_empty() {
            self.ledger.flush()?;
            session.leave();
            return Ok(None);
        }
        let marked = match self.mark(&mut session, listing, &selection.delete) {
            Ok(marked) => marked,
            Err(error) => {
                session.abandon();
                return Ok(Some(error));
            }
        };
        let messages = || marked.iter().filter_map(|index| listing.at(*index));
        if naming == Naming::Uid {
            for message in messages() {
                self.ledger.set(&selection::key(&message), State::DeletePending, None)?;
            }
        }
        // Before the server deletes anything the ledger knows, durably, what was delivered and what is to go.
        self.ledger.flush()?;
        match session.quit() {
            Ok(()) => {
                // They are forgotten when a listing lacks them.
                for message in messages() {
                    self.output.record(&Record::Deleted(self.mail(&message)));
                }
                let gone: HashSet<usize> = marked.iter().copied().collect();
                self.renumber(listing, &gone)?;
                for (_, key) in self.contents.drain(..).filter(|(index, _)| gone.contains(index)) {
                    self.ledger.forget(&key)?;
                }
                if naming == Naming::Content {
                    // What was blamed were numbers, which now mean other messages.
                    self.tries.clear();
                }
                self.ledger.flush()?;
                self.tally.counts.deleted += marked.len() as u64;
                Ok(None)
            }
            Err(error @ Error::Rejected(_)) => {
                // RFC 1939 section 6: some of it may be deleted; the next run sees what is left.
                self.fail(error);
                Ok(None)
            }
            Err(error) => Ok(Some(error)),
        }
    }

    /// Messages that share a unique-id are told apart by their order alone, and some of them are gone now: those that are
    /// left move up.
    pub(super) fn renumber(&mut self, listing: &Listing, gone: &HashSet<usize>) -> Result<()> {
        let shared: HashSet<&[u8]> =
            listing.messages().filter(|message| message.ordinal > 1).map(|message| message.uid).collect();
        if shared.is_empty() {
            return Ok(());
        }
        let mut left: HashMap<&[u8], u32> = HashMap::new();
        for (index, message) in listing.messages().enumerate().filter(|(_, message)| shared.contains(message.uid)) {
            let old = selection::key(&message);
            if gone.contains(&index) {
                self.ledger.forget(&old)?;
                continue;
            }
            let ordinal = left.entry(message.uid).or_default();
            *ordinal += 1;
            self.ledger.rename(&old, &Key { ordinal: *ordinal, ..old.clone() })?;
        }
        Ok(())
    }

    /// Sends DELE for each, in flight together; gives those that were accepted.
    pub(super) fn mark(
        &mut self,
        session: &mut Session<Transaction>,
        listing: &Listing,
        indices: &[usize],
    ) -> Result<Vec<usize>> {
        let mut marked = Vec::with_capacity(indices.len());
        let mut flight = session.flight();
        let mut todo = indices.iter().copied().peekable();
        let mut asked = std::collections::VecDeque::new();
        loop {
            if flight.wants_refill() {
                while let Some(index) = todo.next_if(|_| flight.has_room(0)) {
                    if let Some(message) = listing.at(index) {
                        flight.dele(message.number)?;
                        asked.push_back(index);
                    }
                }
                flight.push()?;
            }
            let Some(reply) = flight.reply()? else { return Ok(marked) };
            let index = asked.pop_front().unwrap_or_default();
            match reply.result {
                Ok(()) => marked.push(index),
                Err(rejection) => {
                    let failure = self.failure(Error::Rejected(rejection));
                    self.tally.fail(&failure, self.output);
                }
            }
        }
    }
}
