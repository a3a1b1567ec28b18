//! What is remembered of one message.

use std::time::SystemTime;

use crate::store::{Fingerprint, Place};

/// What is remembered of one message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// How far it got.
    pub state: State,
    /// Octets as received, where that is known.
    pub size: Option<u64>,
    /// The header's hash, see [`Fingerprint::header`]; known for what went through this program.
    pub header: Option<[u8; 16]>,
    /// When this ledger first heard of the message, to the second.
    pub first_seen: SystemTime,
    /// The first listing without the message, if the last one was without it too.
    pub absent_since: Option<SystemTime>,
}

/// How far a message got.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// It was about to appear at a place; whether it did is not known.
    Intent {
        /// [`Fingerprint::stored`].
        stored: u64,
        /// [`Fingerprint::hash`].
        hash: u64,
        /// Where to look.
        place: Place,
    },
    /// It is durable in the target.
    Delivered,
    /// The server took a DELE for it; nothing is deleted before QUIT is answered (RFC 1939 section 6).
    DeletePending,
    /// Marked by the user, or imported from another program; never fetched here.
    Seen,
    /// Not fetched, by an option of the user, until it is forgotten.
    Skipped(Skip),
    /// It could not be fetched or delivered.
    Failed {
        /// How often in a row.
        attempts: u32,
        /// When last, to the second.
        last: SystemTime,
        /// Why, in a line without control characters; cut to [`REASON_LIMIT`] octets.
        reason: String,
    },
}

/// The most that is kept of a failure's reason, in octets.
pub const REASON_LIMIT: usize = 300;

/// Why a message was skipped for good.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Skip {
    /// Older than the newest N that were asked for.
    Older,
    /// A filter command said so.
    Filtered,
}

impl Entry {
    /// The content an open intent vouches for.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        let State::Intent { stored, hash, .. } = self.state else { return None };
        Some(Fingerprint { size: self.size?, header: self.header?, stored, hash })
    }
}

impl State {
    /// The word used in the ledger's file and in listings.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Intent { .. } => "intent",
            Self::Delivered => "delivered",
            Self::DeletePending => "delete-pending",
            Self::Seen => "seen",
            Self::Skipped(_) => "skipped",
            Self::Failed { .. } => "failed",
        }
    }
}

impl Skip {
    /// The word used in the ledger's file and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Filtered => "filtered",
        }
    }
}
