//! What a killed run left open: each intent is looked for, and believed or taken back.

use crate::error::Result;
use crate::store::fs::System;
use crate::store::ledger::Ledger;
use crate::store::{Journal as _, Recovered, recover};

/// Settles every open intent, so that none is left when messages are selected. A message that may now come twice is named.
pub(super) fn settle_intents(ledger: &mut Ledger, mut warn: impl FnMut(&str)) -> Result<()> {
    let open = ledger.open_intents();
    if open.is_empty() {
        return Ok(());
    }
    let found = recover(&System, open.iter().map(|(_, fingerprint, place)| (place, fingerprint)))?;
    for ((key, _, place), found) in open.iter().zip(found) {
        match found {
            Recovered::Present => ledger.delivered(key)?,
            Recovered::Absent => ledger.abandoned(key)?,
            Recovered::Unknown => {
                let uid = crate::text::sanitize_capped(&key.uid, 80);
                warn(&format!(
                    "an interrupted run was delivering message {uid} to {place}: it is fetched again and may be there twice"
                ));
                ledger.abandoned(key)?;
            }
        }
    }
    ledger.flush()
}
