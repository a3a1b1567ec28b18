//! What came of a transfer: counted, recorded, reported.

use std::time::SystemTime;

use hashbrown::HashSet;

use super::Run;
use super::trouble::{Break, is_the_messages_fault, is_worth_retrying};
use crate::cli::output::record::Delivered;
use crate::cli::output::{Mail, Record};
use crate::cli::popfetch::fetch::selection::Selection;
use crate::cli::popfetch::fetch::transfer::{CONTENT, Done, Failed, Item, Naming};
use crate::error::{Error, Result};
use crate::pop3::Listing;
use crate::store::Key;
use crate::store::ledger::State;

impl Run<'_> {
    /// Counts what came of a transfer, and adds to the deletions what was delivered and is not to be kept.
    pub(super) fn take_stock(
        &mut self,
        done: &mut Done,
        listing: &Listing,
        selection: &mut Selection,
        naming: Naming,
    ) -> Result<()> {
        let count = listing.len();
        for delivered in &done.delivered {
            if naming == Naming::Content {
                self.contents.push((delivered.item.index, delivered.key.clone()));
            }
            if delivered.before {
                selection.delete.push(delivered.item.index);
                continue;
            }
            self.tally.counts.fetched += 1;
            self.tally.counts.octets = self.tally.counts.octets.saturating_add(delivered.octets);
            let mail = Mail { size: Some(delivered.octets), ..delivered.item.mail(&self.plan.server.account) };
            self.output.record(&Record::Delivered(Delivered { mail, target: &self.target }));
            if !self.durable {
                // It went where nothing is durable: it is not to be printed again, and never to be deleted.
                self.ledger.set(&delivered.key, State::Seen, delivered.item.size)?;
            } else if self.fetch.retention.deletes() {
                let first_seen = self.first_seen(&delivered.key);
                if self.rules.expires(first_seen, delivered.item.index, count, self.now) {
                    selection.delete.push(delivered.item.index);
                }
            }
        }
        for (item, failed) in done.failed.drain(..) {
            let error = match failed {
                Failed::Refused(rejection) => Error::Rejected(rejection),
                Failed::Local(error) => error,
            };
            if is_the_messages_fault(&error) {
                self.record_failure(&item, &error.to_string())?;
            }
            self.tries.insert(item.key.clone(), 2);
            let failure = self.failure(error);
            self.tally.fail_message(&failure, &item.mail(&self.plan.server.account), self.output);
        }
        Ok(())
    }

    /// An attempt at delivery puts an intent in the place of a failure; how often it failed must outlive that.
    pub(super) fn remember_attempts(&mut self, items: &[Item]) {
        for item in items {
            let entry = self.ledger.history().lookup(&item.key.uid, item.key.ordinal);
            if let Some(State::Failed { attempts, .. }) = entry.map(|entry| entry.state) {
                self.attempts.insert(item.key.clone(), attempts);
            }
        }
    }

    /// Where all that is on a server without unique-ids is known, other names are of messages that are gone. A run that was
    /// killed after QUIT leaves them.
    pub(super) fn forget_other_contents(&mut self) -> Result<()> {
        let known: HashSet<&Key> = self.contents.iter().map(|(_, key)| key).collect();
        let all = self.ledger.history().entries().map(|(key, _)| key);
        let gone: Vec<Key> =
            all.filter(|key| key.uid.starts_with(CONTENT.as_bytes()) && !known.contains(key)).collect();
        for key in &gone {
            self.ledger.forget(key)?;
        }
        Ok(())
    }

    pub(super) fn first_seen(&self, key: &Key) -> SystemTime {
        self.ledger.history().lookup(&key.uid, key.ordinal).map_or(self.now, |entry| entry.first_seen)
    }

    /// A message that breaks sessions is left out of the rest of the run, so that the others come through: at once if
    /// it confused the protocol, the second time if the connection was lost in it.
    pub(super) fn blame(&mut self, item: &Item, error: Error) -> Result<Break> {
        let certain = matches!(error, Error::Protocol { .. } | Error::Limit { .. });
        let tries = self.tries.entry(item.key.clone()).or_default();
        *tries += if certain { 2 } else { 1 };
        if *tries < 2 {
            return Ok(error.into());
        }
        let broken = Break { text: error.to_string(), passing: is_worth_retrying(&error), error: None };
        self.record_failure(item, &broken.text)?;
        let failure = self.failure(error);
        self.tally.fail_message(&failure, &item.mail(&self.plan.server.account), self.output);
        self.tally.blamed += 1;
        Ok(broken)
    }

    pub(super) fn record_failure(&mut self, item: &Item, reason: &str) -> Result<()> {
        if item.key.uid.is_empty() {
            return Ok(());
        }
        let attempts = self.attempts.get(&item.key).map_or(1, |attempts| attempts.saturating_add(1));
        let state = State::Failed { attempts, last: self.now, reason: reason.into() };
        self.ledger.set(&item.key, state, item.size)
    }
}
