//! Delivery by a command: each message is its standard input, exit code 0 means delivered.
//!
//! Whether a command that was cut short took the message cannot be known; then it is fetched and given to it again.
//! The environment tells `MAILWIRE_ACCOUNT`, `MAILWIRE_SIZE` (octets as received) and `MAILWIRE_UIDL`, in which octets
//! other than graphic ASCII, and `%`, are written as `%XX`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::command::{self, Invocation};
use super::fs::FileSystem;
use super::spool::{Keep, Source, SpoolStage};
use super::target::{Sides, Target};
use super::{BatchLimits, Commit, Fingerprint, Journal, Key, Outcome, Place, Staged, batch};
use crate::error::{Error, Result};

/// Opens a command as a target; `words` are the command and its arguments.
///
/// # Errors
/// [`Error::Storage`] of kind [`Create`](crate::error::StorageKind::Create) if there is no such command.
pub fn open(words: &[String], account: &str, timeout: Duration, fs: Arc<dyn FileSystem>) -> Result<Sides> {
    command::find(words)?;
    let target = Target::Pipe(words.to_vec()).to_string();
    let commit = PipeCommit { words: words.to_vec(), target, account: account.replace('\0', ""), timeout };
    let stage = SpoolStage::new(fs, vec![std::env::temp_dir()], Keep::File);
    Ok(Sides { stage: Box::new(stage), commit: Box::new(commit) })
}

#[derive(Debug)]
struct PipeCommit {
    words: Vec<String>,
    target: String,
    account: String,
    timeout: Duration,
}

impl PipeCommit {
    /// Runs the command for one message. The journal's sync covers the delivery before it as well.
    fn deliver(&self, key: &Key, fingerprint: &Fingerprint, source: Source, journal: &mut dyn Journal) -> Step {
        let intended = journal
            .intent(key, fingerprint, &Place::Opaque { target: self.target.clone() })
            .and_then(|()| journal.sync());
        if let Err(error) = intended {
            return Step::Unrecorded(error);
        }
        match self.run(key, fingerprint, source) {
            Ok(()) => match journal.delivered(key) {
                Ok(()) => Step::Delivered,
                Err(error) => Step::Unrecorded(error),
            },
            Err(error) => {
                batch::abandon([key], journal);
                Step::Refused(error)
            }
        }
    }

    fn run(&self, key: &Key, fingerprint: &Fingerprint, source: Source) -> Result<()> {
        let Source::File(input) = source else {
            return Err(Error::InvalidInput("the message was not staged for a command".into()));
        };
        let environment = [
            ("MAILWIRE_ACCOUNT", self.account.clone()),
            ("MAILWIRE_UIDL", escaped(&key.uid)),
            ("MAILWIRE_SIZE", fingerprint.size.to_string()),
        ];
        let (words, timeout) = (self.words.as_slice(), self.timeout);
        match command::run(Invocation { words, environment: &environment, input, timeout })? {
            0 => Ok(()),
            code => Err(command::refused(words, code)),
        }
    }
}

enum Step {
    Delivered,
    Refused(Error),
    /// The journal failed: what is not synced may be lost, and nothing more is delivered.
    Unrecorded(Error),
}

impl Commit for PipeCommit {
    fn commit(&mut self, batch: Vec<Staged>, journal: &mut dyn Journal) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(batch.len());
        let mut broken: Option<Error> = None;
        // From here on the outcomes depend on the next sync.
        let mut unsynced = 0;
        for staged in batch {
            let (key, fingerprint, source) = match Source::new(staged) {
                Ok(parts) => parts,
                Err(staged) => {
                    outcomes.push(batch::misplaced(staged, &self.target));
                    continue;
                }
            };
            let step = match &broken {
                Some(error) => Step::Refused(batch::again(error)),
                None => self.deliver(&key, &fingerprint, source, journal),
            };
            let result = match step {
                Step::Delivered => {
                    unsynced = outcomes.len();
                    Ok(())
                }
                Step::Refused(error) => {
                    unsynced = outcomes.len();
                    Err(error)
                }
                Step::Unrecorded(error) => {
                    fail_from(&mut outcomes, unsynced, &error);
                    broken = Some(batch::again(&error));
                    Err(error)
                }
            };
            outcomes.push(Outcome { key, fingerprint, result });
        }
        if broken.is_none()
            && let Err(error) = journal.sync()
        {
            fail_from(&mut outcomes, unsynced, &error);
        }
        outcomes
    }

    fn limits(&self) -> BatchLimits {
        // Few, as a command may take long and each report is waited for.
        BatchLimits { messages: 8, octets: 16 << 20 }
    }
}

/// Marks the outcomes from `start` on as failed that were good so far.
fn fail_from(outcomes: &mut [Outcome], start: usize, error: &Error) {
    for outcome in outcomes.iter_mut().skip(start).filter(|outcome| outcome.result.is_ok()) {
        outcome.result = Err(batch::again(error));
    }
}

fn escaped(uid: &[u8]) -> String {
    let mut out = String::with_capacity(uid.len());
    for &octet in uid {
        match octet {
            b'%' | ..=b' ' | 0x7f.. => {
                let _ = write!(out, "%{octet:02X}");
            }
            _ => out.push(octet.into()),
        }
    }
    out
}
