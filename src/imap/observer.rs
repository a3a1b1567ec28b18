//! Who looks on while commands are in flight: what a server says of its own progress (INPROGRESS, RFC 9585), and how much of
//! messages has crossed the wire.

use std::fmt;
use std::sync::Arc;

use super::grammar::Progress;

/// Looks on. It is told in the middle of what is done, so it must be quick, and it must not wait.
pub trait Observer: Send + Sync {
    /// The server says how far the command in flight is (RFC 9585 section 4).
    fn in_progress(&self, _told: InProgress) {}

    /// A message or a part of one is about to come, so many octets of it.
    fn announced(&self, _octets: u64) {}

    /// So many more octets of messages have come.
    fn received(&self, _octets: u64) {}

    /// So many more octets of messages have been queued.
    fn sent(&self, _octets: u64) {}
}

/// How far a server is with a command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InProgress {
    /// The command.
    pub verb: &'static str,
    /// How much is done, in units that only the server knows; `None` if it says no more than that it is at work.
    pub done: Option<u64>,
    /// Of how much; `None` if the server does not know.
    pub of: Option<u64>,
}

impl InProgress {
    /// Quirk: a goal that is nothing, or less than what is done, is no goal.
    pub(super) fn of(verb: &'static str, told: &Progress<'_>) -> Self {
        let of = told.of.filter(|of| *of > 0 && told.done.is_none_or(|done| done <= *of));
        Self { verb, done: told.done, of }
    }
}

/// Whoever looks on, if anybody.
#[derive(Clone, Default)]
pub(super) struct Onlooker(pub(super) Option<Arc<dyn Observer>>);

impl Onlooker {
    pub(super) fn tell(&self, event: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.0 {
            event(&**observer);
        }
    }
}

impl fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Onlooker(Some)" } else { "Onlooker(None)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_has_to_be_one() {
        let told = |done, of| {
            let told = InProgress::of("UID COPY", &Progress { tag: None, done, of });
            (told.done, told.of)
        };
        assert_eq!(told(Some(30), Some(100)), (Some(30), Some(100)));
        assert_eq!(told(Some(100), Some(100)), (Some(100), Some(100)));
        assert_eq!(told(Some(30), None), (Some(30), None));
        assert_eq!(told(None, Some(100)), (None, Some(100)));
        for none in [0, 29] {
            assert_eq!(told(Some(30), Some(none)), (Some(30), None));
        }
    }
}
