//! What every commit does when a whole batch fails.

use std::io;
use std::sync::Arc;

use crate::error::Error;

use super::{Fingerprint, Journal, Key, Outcome, Staged};

/// A failed batch: the error for each of its messages.
pub(crate) fn failed(members: impl IntoIterator<Item = (Key, Fingerprint)>, error: &Error) -> Vec<Outcome> {
    members.into_iter().map(|(key, fingerprint)| Outcome { key, fingerprint, result: Err(again(error)) }).collect()
}

/// Tells the journal that none of these messages came to be. Nothing depends on its success: an intent that stays open
/// is looked into by the next run.
pub(crate) fn abandon<'a>(keys: impl IntoIterator<Item = &'a Key>, journal: &mut dyn Journal) {
    for key in keys {
        let _ = journal.abandoned(key);
    }
}

/// A message that was staged for some other target; a mistake of the caller.
pub(crate) fn misplaced(staged: Staged, target: &str) -> Outcome {
    let result = Err(Error::InvalidInput(format!("the message was not staged for {target}")));
    Outcome { key: staged.key, fingerprint: staged.fingerprint, result }
}

/// The same error once more, for the next message it concerns.
pub(crate) fn again(error: &Error) -> Error {
    match error {
        Error::Storage { doing, source, kind } => {
            let source = match source.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(source.kind(), source.to_string()),
            };
            Error::Storage { doing: doing.clone(), source, kind: *kind }
        }
        Error::Locked { what } => Error::Locked { what: what.clone() },
        Error::Target { target, outcome, source } => {
            Error::Target { target: target.clone(), outcome: *outcome, source: Arc::clone(source) }
        }
        Error::State { path, detail } => Error::State { path: path.clone(), detail: detail.clone() },
        other => Error::io("the batch failed", io::Error::other(other.to_string())),
    }
}
