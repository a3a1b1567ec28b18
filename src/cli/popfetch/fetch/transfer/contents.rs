//! Names for messages of servers without unique-ids: made from their content.

use hashbrown::HashSet;

use crate::store::ledger::{Ledger, State};
use crate::store::{Key, Staged};

/// How names begin that are made from contents.
pub(in crate::cli::popfetch::fetch) const CONTENT: &str = "content:";

/// The contents that earlier runs have delivered.
pub(super) fn delivered_contents(ledger: &Ledger) -> HashSet<Key> {
    let delivered = |state: &State| matches!(state, State::Delivered | State::DeletePending);
    ledger.history().entries().filter(|(_, entry)| delivered(&entry.state)).map(|(key, _)| key).collect()
}

/// A name made from the content, for servers without unique-ids.
pub(super) fn content_uid(staged: &Staged, content: u64) -> Box<[u8]> {
    let header: String = staged.fingerprint.header.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{CONTENT}{}:{header}:{content:016x}", staged.fingerprint.size).into_bytes().into()
}
