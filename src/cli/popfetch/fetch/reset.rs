//! The guard against a server that has given all its messages new unique-ids: fetching everything again, or deleting by
//! stale knowledge, is never done without being asked for.

use std::path::Path;

use hashbrown::{HashMap, HashSet};

use super::headers;
use super::selection::key;
use crate::cli::args::UidlReset;
use crate::error::{Error, Result};
use crate::pop3::{Listing, Session, Transaction};
use crate::store::Key;
use crate::store::ledger::{History, Ledger, State};

/// Fewer changes than this are never suspicious.
const FEW: usize = 20;

/// Whether a listing can be what became of what was known.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It can.
    Plausible,
    /// Too much changed at once.
    Reset {
        /// Messages that were known to be on the server.
        known: usize,
        /// Those that are gone while as many new ones appeared.
        missing: usize,
    },
}

/// More than half and more than 20 of the known unique-ids are gone, and as many unknown ones are there instead. Mail that
/// was merely deleted elsewhere has no such replacement.
pub(super) fn judge(listing: &Listing, history: &History) -> Verdict {
    let comparison = history.compare(listing.messages().map(|message| (message.uid, message.ordinal)));
    let changed = comparison.missing.min(comparison.unknown);
    match changed > FEW && changed > comparison.known / 2 {
        true => Verdict::Reset { known: comparison.known, missing: comparison.missing },
        false => Verdict::Plausible,
    }
}

/// What stops a run that was not told what to do.
pub(super) fn refusal(path: &Path, known: usize, missing: usize) -> Error {
    Error::State {
        path: path.display().to_string(),
        detail: format!(
            "{}; nothing was touched. If the server was moved or upgraded, say --accept-uidl-reset match (recognise mail \
             by size and header), refetch or seen",
            found(known, missing)
        ),
    }
}

fn found(known: usize, missing: usize) -> String {
    format!("{missing} of {known} known messages have other unique-ids than before")
}

/// Does as the user says, or stops.
pub(super) fn accept(
    how: Option<UidlReset>,
    session: &mut Session<Transaction>,
    listing: &Listing,
    ledger: &mut Ledger,
    (known, missing): (usize, usize),
    mut warn: impl FnMut(&str),
) -> Result<()> {
    let found = found(known, missing);
    let Some(how) = how else { return Err(refusal(ledger.path(), known, missing)) };
    let unknown = listing.messages().filter(|message| !ledger.contains(message.uid, message.ordinal));
    match how {
        UidlReset::Refetch => warn(&format!("{found}: what is unknown is fetched")),
        UidlReset::Seen => {
            let unknown: Vec<_> = unknown.map(|message| (key(&message), message.size)).collect();
            warn(&format!("{found}: {} messages are marked as seen", unknown.len()));
            for (key, size) in unknown {
                ledger.set(&key, State::Seen, size)?;
            }
        }
        UidlReset::Match => {
            let unknown: Vec<_> = unknown.map(|message| (message.number, key(&message))).collect();
            let asked = unknown.len();
            let matched = recognise(session, listing, ledger, unknown)?;
            warn(&format!("{found}: {matched} of {asked} were recognised, the others are fetched"));
        }
    }
    ledger.flush()
}

/// Gets the header of each unknown message and moves the entries of those that are known by size and header.
fn recognise(
    session: &mut Session<Transaction>,
    listing: &Listing,
    ledger: &mut Ledger,
    unknown: Vec<(crate::pop3::MessageNumber, Key)>,
) -> Result<usize> {
    let listed: HashSet<Key> = listing.messages().map(|message| key(&message)).collect();
    let mut by_content: HashMap<([u8; 16], u64), Vec<Key>> = HashMap::new();
    for (header, entries) in ledger.by_header() {
        for (key, entry) in entries {
            // Only what is no longer listed can have got another name.
            if let Some(size) = entry.size.filter(|_| !listed.contains(&key)) {
                by_content.entry((header, size)).or_default().push(key);
            }
        }
    }
    let sizes: HashMap<Key, u64> =
        listing.messages().filter_map(|message| Some((key(&message), message.size?))).collect();
    let mut matched = 0;
    for (new, header) in headers::hashes(session, unknown)? {
        let Some(content) = header.zip(sizes.get(&new).copied()) else { continue };
        if let Some(old) = by_content.get_mut(&content).and_then(Vec::pop) {
            ledger.rename(&old, &new)?;
            matched += 1;
        }
    }
    Ok(matched)
}
