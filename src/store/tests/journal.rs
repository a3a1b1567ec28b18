//! A journal in memory that knows what would survive which accident.

use std::sync::Arc;

use super::super::fs::faulty::Accident;
use super::super::{Fingerprint, Journal, Key, Place};
use crate::error::{Error, Result};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Intent(Key, Fingerprint, Place),
    Delivered(Key),
    Abandoned(Key),
}

#[derive(Debug, Default)]
pub(crate) struct MemoryJournal {
    pub(crate) entries: Vec<Entry>,
    /// How many of the entries survive the end of the process, and how many a power cut.
    pub(crate) written: usize,
    pub(crate) synced: usize,
    pub(crate) accident: Option<Arc<Accident>>,
}

impl MemoryJournal {
    /// A journal that an accident befalls, too.
    pub(crate) fn with(accident: &Arc<Accident>) -> Self {
        Self { accident: Some(Arc::clone(accident)), ..Self::default() }
    }

    fn check(&self, operation: &str) -> Result<()> {
        let Some(accident) = &self.accident else { return Ok(()) };
        accident.check(|| format!("journal: {operation}")).map_err(|source| Error::io("the journal failed", source))
    }

    /// The open intents among the first `count` entries, and the delivered messages.
    pub(crate) fn replay(&self, count: usize) -> (Vec<(Key, Fingerprint, Place)>, Vec<Key>) {
        let (mut open, mut delivered) = (Vec::<(Key, Fingerprint, Place)>::new(), Vec::new());
        for entry in &self.entries[..count] {
            match entry {
                Entry::Intent(key, fingerprint, place) => {
                    open.retain(|(other, ..)| other != key);
                    open.push((key.clone(), *fingerprint, place.clone()));
                }
                Entry::Delivered(key) => {
                    assert!(open.iter().any(|(other, ..)| other == key), "delivered without an intent");
                    open.retain(|(other, ..)| other != key);
                    delivered.push(key.clone());
                }
                Entry::Abandoned(key) => open.retain(|(other, ..)| other != key),
            }
        }
        (open, delivered)
    }
}

impl Journal for MemoryJournal {
    fn intent(&mut self, key: &Key, fingerprint: &Fingerprint, place: &Place) -> Result<()> {
        self.check("intent")?;
        self.entries.push(Entry::Intent(key.clone(), *fingerprint, place.clone()));
        Ok(())
    }

    fn delivered(&mut self, key: &Key) -> Result<()> {
        self.check("delivered")?;
        self.entries.push(Entry::Delivered(key.clone()));
        Ok(())
    }

    fn abandoned(&mut self, key: &Key) -> Result<()> {
        self.check("abandoned")?;
        self.entries.push(Entry::Abandoned(key.clone()));
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.check("sync")?;
        self.written = self.entries.len();
        self.synced = self.entries.len();
        Ok(())
    }

    fn synced_with(&mut self, _device: u64) {
        self.synced = self.written;
    }

    fn write_out(&mut self) -> Result<()> {
        self.check("write out")?;
        self.written = self.entries.len();
        Ok(())
    }
}
