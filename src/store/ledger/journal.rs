//! The ledger as a target's commit sees it.

use std::time::SystemTime;

use super::{Condition, Entry, Ledger, State, line};
use crate::error::Result;
use crate::store::{Fingerprint, Journal, Key, Place};

impl Journal for Ledger {
    fn intent(&mut self, key: &Key, fingerprint: &Fingerprint, place: &Place) -> Result<()> {
        self.usable()?;
        let text = line::key_text(&key.uid, key.ordinal);
        let Fingerprint { size, header, stored, hash } = *fingerprint;
        let state = State::Intent { stored, hash, place: place.clone() };
        let first_seen = self.history.entry(&text).map_or_else(SystemTime::now, |old| old.first_seen);
        self.put(&text, &Entry { state, size: Some(size), header: Some(header), first_seen, absent_since: None })
    }

    /// Refused without an intent or an earlier delivery: such a message has no content that anyone vouched for.
    fn delivered(&mut self, key: &Key) -> Result<()> {
        self.usable()?;
        let text = line::key_text(&key.uid, key.ordinal);
        match self.history.entry(&text) {
            Some(entry @ Entry { state: State::Intent { .. }, .. }) => {
                self.put(&text, &Entry { state: State::Delivered, ..entry })
            }
            Some(Entry { state: State::Delivered | State::DeletePending, .. }) => Ok(()),
            _ => Err(self.home.state("was told of a delivery without an intent", "report this")),
        }
    }

    fn abandoned(&mut self, key: &Key) -> Result<()> {
        self.forget(key)
    }

    fn sync(&mut self) -> Result<()> {
        self.flush()
    }

    fn synced_with(&mut self, device: u64) {
        if device == self.device && self.condition == Condition::Good {
            self.synced = self.synced.max(self.handed);
        }
    }

    fn write_out(&mut self) -> Result<()> {
        self.hand_over()?;
        self.handed = self.written;
        Ok(())
    }
}
