//! What to do with each listed message: a pure decision over the listing, the ledger and the options.

use std::time::{Duration, SystemTime};

use crate::cli::output::record::Counts;
use crate::cli::popfetch::plan::{FetchPlan, Retention};
use crate::pop3::{Listing, Message};
use crate::store::Key;
use crate::store::ledger::{Entry, History, State};

/// The options that a selection depends on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    retention: Retention,
    delete_seen: bool,
    max_messages: Option<u64>,
    max_size: Option<u64>,
    max_total: Option<u64>,
    newest: Option<u64>,
}

/// Indices into a listing.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Selection {
    /// To be fetched, oldest first.
    pub(super) fetch: Vec<usize>,
    /// To be deleted: delivered in an earlier run, or never to be fetched.
    pub(super) delete: Vec<usize>,
    /// To be deleted if they still are what they were: an earlier run has had them deleted, or died before it knew.
    pub(super) verify: Vec<usize>,
    /// To be recorded as skipped: older than the newest that were asked for.
    pub(super) older: Vec<usize>,
    /// Left for now: larger than allowed.
    pub(super) too_large: Vec<usize>,
    /// Left for now: failed lately, and to be tried again later.
    pub(super) resting: Vec<usize>,
    /// Left for a later run by the limits of this one.
    pub(super) postponed: Vec<usize>,
}

/// The key of a listed message.
pub(super) fn key(message: &Message<'_>) -> Key {
    Key { uid: message.uid.into(), ordinal: message.ordinal }
}

/// Decides for every message of the listing.
pub(super) fn select(listing: &Listing, history: &History, rules: &Rules, now: SystemTime) -> Selection {
    let mut selection = Selection::default();
    let mut new = Vec::new();
    for (index, message) in listing.messages().enumerate() {
        // The usual case by far: known, and to be kept whatever it is.
        if !rules.retention.deletes() && history.is_settled(message.uid, message.ordinal) {
            continue;
        }
        match history.lookup(message.uid, message.ordinal) {
            None => new.push(index),
            Some(entry) => match standing(&entry, now) {
                Standing::New => new.push(index),
                Standing::Resting => selection.resting.push(index),
                Standing::Deleted if rules.retention.deletes() => selection.verify.push(index),
                Standing::Delivered if rules.expires(entry.first_seen, index, listing.len(), now) => {
                    selection.delete.push(index)
                }
                Standing::Unfetched
                    if rules.delete_seen && rules.expires(entry.first_seen, index, listing.len(), now) =>
                {
                    selection.delete.push(index);
                }
                Standing::Deleted | Standing::Delivered | Standing::Unfetched => {}
            },
        }
    }
    if let Some(newest) = rules.newest.and_then(|newest| usize::try_from(newest).ok()) {
        let older = new.len().saturating_sub(newest);
        selection.older = new.drain(..older).collect();
    }
    let mut octets = 0u64;
    for index in new {
        let size = listing.at(index).and_then(|message| message.size).unwrap_or(0);
        if rules.max_size.is_some_and(|limit| size > limit) {
            selection.too_large.push(index);
            continue;
        }
        let full = rules.max_messages.is_some_and(|limit| selection.fetch.len() as u64 >= limit)
            || rules.max_total.is_some_and(|limit| octets.saturating_add(size) > limit);
        if full {
            selection.postponed.push(index);
        } else {
            octets = octets.saturating_add(size);
            selection.fetch.push(index);
        }
    }
    selection
}

impl Rules {
    pub(super) fn of(options: &FetchPlan) -> Self {
        Self {
            retention: options.retention,
            delete_seen: options.delete_seen,
            max_messages: options.max_messages,
            max_size: options.max_size,
            max_total: options.max_total,
            newest: options.newest,
        }
    }

    /// What is left of the limits after so much of the run.
    pub(super) fn after(&self, counts: &Counts) -> Self {
        let left = |limit: Option<u64>, used: u64| limit.map(|limit| limit.saturating_sub(used));
        Self {
            max_messages: left(self.max_messages, counts.fetched),
            max_total: left(self.max_total, counts.octets),
            ..*self
        }
    }

    /// Whether a message that need not be fetched any more is to be deleted: the `index`th of `count`.
    pub(super) fn expires(&self, first_seen: SystemTime, index: usize, count: usize, now: SystemTime) -> bool {
        match self.retention {
            Retention::Keep => false,
            Retention::Delete => true,
            Retention::KeepDays(days) => {
                let age = now.duration_since(first_seen).unwrap_or_default();
                age >= Duration::from_secs(u64::from(days) * 24 * 3600)
            }
            Retention::KeepNewest(newest) => {
                let newer = count.saturating_sub(index).saturating_sub(1);
                newer as u64 >= newest
            }
        }
    }
}

enum Standing {
    New,
    Resting,
    Delivered,
    Deleted,
    Unfetched,
}

/// The longest rest after a failure: a message that never comes costs one try a day.
const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);

fn standing(entry: &Entry, now: SystemTime) -> Standing {
    match &entry.state {
        State::Delivered => Standing::Delivered,
        State::DeletePending => Standing::Deleted,
        State::Seen | State::Skipped(_) => Standing::Unfetched,
        State::Failed { attempts, last, .. } => {
            // The first three tries follow each other from run to run; then 1, 2, 4, … hours.
            let rest = match attempts.saturating_sub(3) {
                0 => Duration::ZERO,
                more => Duration::from_secs(3600).saturating_mul(1 << more.saturating_sub(1).min(10)).min(LONGEST_REST),
            };
            // A clock that was set back must not make it rest for years.
            let resting = now.duration_since(*last).is_ok_and(|since| since < rest);
            if resting { Standing::Resting } else { Standing::New }
        }
        // Recovery has looked at every open intent before: what is still open was not delivered.
        _ => Standing::New,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::endpoint::Protocol;
    use crate::store::fs::System;
    use crate::store::ledger::{Account, Ledger, Skip};

    fn listing(messages: &[(&str, u64)]) -> Listing {
        let mut listing = Listing::default();
        for (i, (uid, _)) in messages.iter().enumerate() {
            listing.add_uid(format!("{} {uid}", i + 1).as_bytes());
        }
        listing.settle();
        let mut hint = 0;
        for (i, (_, size)) in messages.iter().enumerate() {
            listing.add_size(format!("{} {size}", i + 1).as_bytes(), &mut hint);
        }
        listing
    }

    /// A ledger in which each message has the named state.
    fn ledger(dir: &tempfile::TempDir, entries: &[(&str, State)]) -> Ledger {
        let account = Account::new(Protocol::Pop3, "ann", "h");
        let mut ledger = Ledger::open(Arc::new(System), dir.path(), &account).unwrap();
        for (uid, state) in entries {
            ledger.set(&Key { uid: uid.as_bytes().into(), ordinal: 1 }, state.clone(), Some(1)).unwrap();
        }
        ledger
    }

    fn failed(attempts: u32, ago: u64) -> State {
        let last = SystemTime::now() - Duration::from_secs(ago);
        State::Failed { attempts, last, reason: "x".into() }
    }

    const KNOWN: [(&str, u64); 5] = [("d", 1), ("p", 1), ("s", 1), ("k", 1), ("new", 1)];

    fn states() -> [(&'static str, State); 4] {
        [
            ("d", State::Delivered),
            ("p", State::DeletePending),
            ("s", State::Seen),
            ("k", State::Skipped(Skip::Filtered)),
        ]
    }

    fn choose(rules: Rules) -> Selection {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(&dir, &states());
        select(&listing(&KNOWN), ledger.history(), &rules, SystemTime::now())
    }

    #[test]
    fn only_what_was_delivered_is_deleted() {
        assert_eq!(choose(Rules::default()), Selection { fetch: vec![4], ..Selection::default() });
        let delete = Rules { retention: Retention::Delete, ..Rules::default() };
        assert_eq!(
            choose(delete),
            Selection { fetch: vec![4], delete: vec![0], verify: vec![1], ..Selection::default() }
        );
        let all = Rules { delete_seen: true, ..delete };
        assert_eq!(
            choose(all),
            Selection { fetch: vec![4], delete: vec![0, 2, 3], verify: vec![1], ..Selection::default() }
        );
        let kept = Rules { delete_seen: true, ..Rules::default() };
        assert_eq!(choose(kept).delete, [] as [usize; 0], "--delete-seen alone deletes nothing");
    }

    #[test]
    fn retention_counts_from_first_sight_and_from_the_newest() {
        let young = Rules { retention: Retention::KeepDays(1), ..Rules::default() };
        assert!(choose(young).delete.is_empty());
        let now = SystemTime::now();
        assert!(young.expires(now - Duration::from_secs(24 * 3600), 0, 1, now));
        assert!(!young.expires(now + Duration::from_secs(10 * 24 * 3600), 0, 1, now), "a clock that was set back");
        let newest = Rules { retention: Retention::KeepNewest(4), ..Rules::default() };
        assert_eq!(choose(newest).delete, [0]);
        let none = Rules { retention: Retention::KeepNewest(0), ..Rules::default() };
        assert_eq!(choose(none).delete, [0]);
    }

    #[test]
    fn limits_leave_what_does_not_fit() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(&dir, &[]);
        let mail = listing(&[("a", 10), ("b", 500), ("c", 10), ("d", 10), ("e", 10)]);
        let choose = |rules| select(&mail, ledger.history(), &rules, SystemTime::now());
        let newest = choose(Rules { newest: Some(2), ..Rules::default() });
        assert_eq!((newest.older, newest.fetch), (vec![0, 1, 2], vec![3, 4]));
        let small = choose(Rules { max_size: Some(100), max_messages: Some(2), ..Rules::default() });
        assert_eq!((small.fetch, small.too_large, small.postponed), (vec![0, 2], vec![1], vec![3, 4]));
        let total = choose(Rules { max_total: Some(30), ..Rules::default() });
        assert_eq!((total.fetch, total.postponed), (vec![0, 2, 3], vec![1, 4]));
    }

    #[test]
    fn what_failed_is_tried_again_and_rests_after_the_third_time() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(
            &dir,
            &[("a", failed(3, 0)), ("b", failed(4, 60)), ("c", failed(4, 3700)), ("d", failed(99, 90_000))],
        );
        let mail = listing(&[("a", 1), ("b", 1), ("c", 1), ("d", 1)]);
        let selection = select(&mail, ledger.history(), &Rules::default(), SystemTime::now());
        assert_eq!((selection.fetch, selection.resting), (vec![0, 2, 3], vec![1]));
    }

    #[test]
    fn equal_unique_ids_are_several_messages() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(&dir, &[("a", State::Delivered)]);
        let mail = listing(&[("a", 1), ("a", 1)]);
        let selection = select(&mail, ledger.history(), &Rules::default(), SystemTime::now());
        assert_eq!(selection.fetch, [1]);
    }
}
