//! The durable side: batches of temporary files.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

use super::super::fs::Flushing;
use super::super::{BatchLimits, Commit, Fingerprint, Journal, Key, Outcome, Spooled, Staged, batch};
use super::SMALL_BATCH;
use super::folder::{Folder, Temporary, shown};
use crate::error::{Error, Result};

/// Threads that flush files of one batch at the same time; the waiting is the disk's, so more than there are cores.
const FLUSHERS: usize = 16;

#[derive(Debug)]
pub(super) struct FilesCommit {
    folder: Arc<Folder>,
}

#[derive(Debug)]
struct Member {
    key: Key,
    fingerprint: Fingerprint,
    file: Temporary,
}

impl FilesCommit {
    pub(super) fn new(folder: Arc<Folder>) -> Self {
        Self { folder }
    }

    /// Makes contents and intents durable; nothing is visible yet. `announced` counts the intents.
    fn prepare(&self, members: &mut [Member], journal: &mut dyn Journal, announced: &mut usize) -> Result<()> {
        for member in &*members {
            journal.intent(&member.key, &member.fingerprint, &self.folder.place(&member.file.name))?;
            *announced += 1;
        }
        journal.write_out()?;
        self.flush(members, journal)?;
        journal.sync()
    }

    fn flush(&self, members: &mut [Member], journal: &mut dyn Journal) -> Result<()> {
        let folder = &self.folder;
        match folder.flushing {
            Flushing::Nothing => Ok(()),
            Flushing::Each => flush_each(members),
            Flushing::Whole if members.len() <= SMALL_BATCH && members.iter().all(|m| m.file.is_open()) => {
                flush_each(members)
            }
            Flushing::Whole => {
                folder.fs.sync_fs(folder.staging()).map_err(|source| {
                    Error::io(format!("cannot flush the file system of {}", shown(&folder.root)), source)
                })?;
                journal.synced_with(folder.device);
                Ok(())
            }
        }
    }

    /// Gives the messages their names, makes those durable and records them.
    fn publish(&self, members: Vec<Member>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(members.len());
        let mut published = Vec::with_capacity(members.len());
        for mut member in members {
            match member.file.publish() {
                Ok(()) => published.push(member),
                // Its intent stays open: whatever the file system did in truth, the next run looks.
                Err(error) => outcomes.push(member.outcome(Err(error))),
            }
        }
        if published.is_empty() {
            return outcomes;
        }
        if let Err(error) = self.settle() {
            outcomes.extend(self.withdraw(published, &error, journal));
            return outcomes;
        }
        let recorded =
            published.iter().try_for_each(|member| journal.delivered(&member.key)).and_then(|()| journal.sync());
        outcomes.extend(published.into_iter().map(|member| {
            let result = recorded.as_ref().map_err(batch::again).copied();
            member.outcome(result)
        }));
        outcomes
    }

    /// Makes the new names durable.
    fn settle(&self) -> Result<()> {
        let folder = &self.folder;
        if folder.flushing == Flushing::Nothing {
            return Ok(());
        }
        folder
            .fs
            .sync_dir(folder.published())
            .map_err(|source| Error::io(format!("cannot flush {}", shown(folder.published().path())), source))
    }

    /// Takes back messages whose names may not be durable. One that cannot be taken back, as its reader has moved it
    /// already, keeps its intent open.
    fn withdraw(&self, members: Vec<Member>, error: &Error, journal: &mut dyn Journal) -> Vec<Outcome> {
        let folder = &self.folder;
        for Member { key, file, .. } in &members {
            if folder.fs.unlink(folder.published(), file.name.as_ref()).is_ok() {
                batch::abandon([key], journal);
            }
        }
        members.into_iter().map(|member| member.outcome(Err(batch::again(error)))).collect()
    }
}

impl Commit for FilesCommit {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut members = Vec::with_capacity(batch.len());
        for staged in batch {
            match staged {
                Staged { key, fingerprint, spooled: Spooled::Named(file) }
                    if Arc::ptr_eq(&file.folder, &self.folder) =>
                {
                    members.push(Member { key, fingerprint, file });
                }
                other => outcomes.push(batch::misplaced(other, &shown(&self.folder.root))),
            }
        }
        if members.is_empty() {
            return outcomes;
        }
        let mut announced = 0;
        match self.prepare(&mut members, journal, &mut announced) {
            Ok(()) => outcomes.extend(self.publish(members, journal)),
            Err(error) => {
                batch::abandon(members.iter().take(announced).map(|member| &member.key), journal);
                let members = members.into_iter().map(|Member { key, fingerprint, .. }| (key, fingerprint));
                outcomes.extend(batch::failed(members, &error));
            }
        }
        outcomes
    }

    fn limits(&self) -> BatchLimits {
        const OCTETS: u64 = 64 << 20;
        let messages = match self.folder.flushing {
            Flushing::Nothing | Flushing::Whole => 1024,
            // Half of those that may be open: the other half is the next batch, on its way in.
            Flushing::Each => (self.folder.open_limit() / 2).max(1),
        };
        BatchLimits { messages, octets: OCTETS }
    }
}

impl Member {
    fn outcome(self, result: Result<()>) -> Outcome {
        Outcome { key: self.key, fingerprint: self.fingerprint, result }
    }
}

/// Flushes files side by side, by the descriptors they were written through. Where no threads are to be had this one
/// does it all.
fn flush_each(members: &mut [Member]) -> Result<()> {
    let threads = members.len().min(FLUSHERS);
    let work = Mutex::new(members.iter_mut());
    let next = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
    let flusher = || -> Result<()> {
        while let Some(member) = next() {
            if let Err(error) = member.file.flush() {
                // The batch is lost: the rest need not be flushed.
                while next().is_some() {}
                return Err(error);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, flusher).ok()).collect();
        let own = flusher();
        others.into_iter().fold(own, |result, other| {
            let died = |_| Err(Error::io("cannot flush messages", std::io::Error::other("a thread died")));
            result.and(other.join().unwrap_or_else(died))
        })
    })
}
