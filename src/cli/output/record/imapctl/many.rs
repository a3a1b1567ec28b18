//! What many commands and long watches tell.

use super::{Message, Name, What};
use crate::cli::exit::{Exit, Failure};

/// A line of a batch is done.
#[derive(Clone, Copy, Debug)]
pub struct CommandResult<'a> {
    /// The command as it stands there.
    pub command: &'a str,
    /// How it ended.
    pub exit: Exit,
}

/// What a server said to a command of `raw`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reply<'a> {
    /// `*`, `+`, or the command's tag.
    pub tag: &'a str,
    /// `ok`, `no`, `bad`, `bye` or `preauth`, if it is a status.
    pub status: Option<&'a str>,
    /// The name of its response code, as `TRYCREATE`.
    pub code: Option<&'a str>,
    /// What data it has, as `FETCH`.
    pub data: Option<&'a str>,
    /// The number in front of the data.
    pub number: Option<u64>,
    /// What was understood of it, in order.
    pub fields: &'a [ReplyField<'a>],
    /// All of it with its literals, without the last CRLF; of literals that are too large to be shown, how they begin.
    pub octets: &'a [u8],
    /// How many octets of literals were left out of it.
    pub omitted: u64,
}

/// Something that was understood of a reply.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReplyField<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it is, as people read it.
    pub value: &'a [u8],
}

/// Something has happened in a watched folder.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The same for this event whenever it is told, and for no other one.
    pub id: &'a str,
    /// What.
    pub kind: EventKind,
    /// To which message; where no single message is concerned, only its place is known.
    pub message: &'a Message<'a>,
}

/// What can happen in a folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventKind {
    /// A message is there that was not.
    New,
    /// The flags of a message are others.
    Flags,
    /// A message is gone.
    Expunged,
    /// The folder's UIDVALIDITY is another one: all UIDs that were told mean nothing any more.
    Reset,
    /// The folder itself is gone.
    Gone,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::New, Self::Flags, Self::Expunged, Self::Reset, Self::Gone];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Flags => "flags",
            Self::Expunged => "expunged",
            Self::Reset => "reset",
            Self::Gone => "gone",
        }
    }
}

/// Something failed.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    /// What.
    pub failure: &'a Failure,
    /// In which folder, if one was concerned.
    pub folder: Option<Name<'a>>,
    /// With which message, if one was concerned.
    pub uid: Option<u32>,
}

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Messages that were told of or changed.
    pub messages: u64,
    /// Those of them of which not all could be understood.
    pub partial: u64,
    /// Messages, folders or lines with which something failed.
    pub failed: u64,
    /// Octets of mail that were saved or stored.
    pub octets: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages = self.messages.saturating_add(other.messages);
        self.partial = self.partial.saturating_add(other.partial);
        self.failed = self.failed.saturating_add(other.failed);
        self.octets = self.octets.saturating_add(other.octets);
    }
}

impl Tally {
    /// Counts a result.
    pub fn count(&mut self, what: &What<'_>) {
        match what {
            What::Message(message) => self.message(message),
            What::Thread(thread) => {
                thread.nodes.iter().filter_map(|node| node.message).for_each(|message| self.message(message));
            }
            What::Event(event) if event.message.uid.is_some() => self.message(event.message),
            What::Found(found) => self.add(found.uids.len() as u64, 0),
            What::Saved(saved) => self.add(1, saved.octets),
            What::Appended(appended) => self.add(1, appended.size),
            What::Marked(_) | What::Transferred(_) | What::Header(_) => self.add(1, 0),
            What::Removed(removed) => self.add(removed.count, 0),
            What::Fault(_) => self.failed = self.failed.saturating_add(1),
            _ => {}
        }
    }

    fn message(&mut self, message: &Message<'_>) {
        self.add(1, 0);
        self.partial = self.partial.saturating_add(u64::from(!message.flaws.is_empty()));
    }

    fn add(&mut self, messages: u64, octets: u64) {
        self.messages = self.messages.saturating_add(messages);
        self.octets = self.octets.saturating_add(octets);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Appended, Found, Node, Removal, Removed, Thread};
    use super::*;
    use crate::cli::output::record::imapctl::Mode;

    #[test]
    fn what_is_told_is_counted() {
        let flaws = ["odd".to_owned()];
        let (whole, partial) = (Message::default(), Message { flaws: &flaws, ..Message::default() });
        let nodes = [Node { depth: 0, message: None }, Node { depth: 1, message: Some(&partial) }];
        let failure = Failure::usage("no");
        let removed = Removed { removal: Removal::Expunged, place: whole.place, uids: &[], count: 5, mode: Mode::Done };
        let mut tally = Tally::default();
        for what in [
            What::Message(&whole),
            What::Thread(Thread { nodes: &nodes, ..Thread::default() }),
            What::Found(Found { uids: &[1, 2], count: 9, ..Found::default() }),
            What::Appended(Appended { size: 100, ..Appended::default() }),
            What::Removed(removed),
            What::Fault(Fault { failure: &failure, folder: None, uid: None }),
            What::Result(CommandResult { command: "list", exit: Exit::OK }),
        ] {
            tally.count(&what);
        }
        assert_eq!(tally, Tally { messages: 10, partial: 1, failed: 1, octets: 100 });
    }
}
