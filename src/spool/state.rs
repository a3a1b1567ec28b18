//! What became of a mail so far.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, SystemTime};

use super::backoff;
use super::listing::Fate;
use super::record::{self, Fault, Kind, Lines};
use crate::text;

/// The longest reason that is kept, in characters.
const REASON: usize = 1000;

/// A mail without one was never tried.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct State {
    pub(super) attempts: u32,
    /// An attempt began then, and how it ended is not known.
    pub(super) begun: Option<SystemTime>,
    pub(super) next: Option<SystemTime>,
    /// Somebody looked at it last then.
    pub(super) seen: Option<SystemTime>,
    /// How much of its life nobody could have used, see [`backoff::lost`].
    pub(super) lost: Duration,
    pub(super) held: Option<String>,
    /// It is given up.
    pub(super) failed: Option<String>,
    pub(super) last_error: Option<String>,
    /// By place in the ticket; who is not there is still to get the mail. Never [`Fate::Pending`].
    pub(super) fates: BTreeMap<usize, Fate>,
}

impl State {
    pub(super) fn to_record(&self) -> Vec<u8> {
        let mut lines = Lines::default();
        lines.put("attempts", &self.attempts.to_string());
        for (key, time) in [("begun", self.begun), ("next", self.next), ("seen", self.seen)] {
            if let Some(time) = time {
                lines.put_time(key, time);
            }
        }
        if !self.lost.is_zero() {
            lines.put("lost", &self.lost.as_secs().to_string());
        }
        for (key, why) in [("held", &self.held), ("failed", &self.failed), ("last-error", &self.last_error)] {
            if let Some(why) = why {
                lines.put(key, why);
            }
        }
        for (index, fate) in &self.fates {
            match fate {
                Fate::Pending => {}
                Fate::Done => lines.put("done", &index.to_string()),
                Fate::Refused(why) => lines.put("refused", &format!("{index} {why}")),
            }
        }
        lines.finish(Kind::State)
    }

    /// Notes that somebody looks at a mail that was made then.
    pub(super) fn look(&mut self, created: SystemTime, now: SystemTime) {
        let seen = self.seen.unwrap_or(created);
        // What a clock that was put forward has cost is given back when it is put right.
        let back = seen.duration_since(now).unwrap_or_default();
        let lost = self.lost.saturating_add(backoff::lost(seen, now)).saturating_sub(back);
        self.lost = lost.min(now.duration_since(created).unwrap_or_default());
        self.seen = Some(now);
    }

    pub(super) fn read(file: &File) -> Result<Self, Fault> {
        let record = record::read(Kind::State, file)?;
        if record.end != record.length {
            return Err(Fault::Damaged("more follows its end".into()));
        }
        parse(record.lines).ok_or_else(|| record::wrong("its text"))
    }

    /// Those who are still to get the mail, of so many.
    pub(super) fn pending(&self, recipients: usize) -> impl Iterator<Item = usize> + '_ {
        (0..recipients).filter(|index| !self.fates.contains_key(index))
    }

    /// What was done with one.
    pub(super) fn fate(&self, index: usize) -> Fate {
        self.fates.get(&index).cloned().unwrap_or(Fate::Pending)
    }
}

/// A reason as it is kept and shown: one line, not too long.
pub(super) fn reason(why: &str) -> String {
    text::sanitize_capped(why.as_bytes(), REASON)
}

fn parse(lines: Vec<(String, String)>) -> Option<State> {
    let mut state = State::default();
    for (key, value) in lines {
        match &*key {
            "attempts" => state.attempts = value.parse().ok()?,
            "begun" => state.begun = Some(record::time(&value)?),
            "next" => state.next = Some(record::time(&value)?),
            "seen" => state.seen = Some(record::time(&value)?),
            "lost" => state.lost = Duration::from_secs(value.parse().ok()?),
            "held" => state.held = Some(reason(&value)),
            "failed" => state.failed = Some(reason(&value)),
            "last-error" => state.last_error = Some(reason(&value)),
            "done" => drop(state.fates.insert(value.parse().ok()?, Fate::Done)),
            "refused" => {
                let (index, why) = value.split_once(' ')?;
                state.fates.insert(index.parse().ok()?, Fate::Refused(reason(why)));
            }
            _ => return None,
        }
    }
    Some(state)
}
