//! What has changed in a folder while nobody looked, as the server tells it in the trip that opens it (QRESYNC, RFC 7162).

use std::collections::BTreeMap;

use crate::cli::imapctl::letter::Letter;
use crate::error::Result;
use crate::imap::grammar::{Code, Data, Flaw, Vanished};
use crate::imap::receiver::Receiver;
use crate::imap::{Uid, UidSet};

/// What has changed, of the messages that are known.
#[derive(Debug)]
pub(super) struct Missed<'k> {
    known: &'k UidSet,
    /// Those whose flags are others.
    pub(super) changed: BTreeMap<Uid, Letter>,
    /// Those that are gone, if the server is right.
    pub(super) vanished: UidSet,
    /// Whether anything was told, of messages that are not known too.
    is_told: bool,
    /// Whether something was told of which it is not clear what message it is about.
    is_unclear: bool,
}

impl<'k> Missed<'k> {
    pub(super) fn of(known: &'k UidSet) -> Self {
        Self { known, changed: BTreeMap::new(), vanished: UidSet::new(), is_told: false, is_unclear: false }
    }

    /// Whether this is all: a server that has told nothing, or nothing clear, is to be asked.
    pub(super) fn is_whole(&self) -> bool {
        self.is_told && !self.is_unclear
    }
}

impl Receiver for Missed<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        match data {
            // What came until now was about the folder that was open before (section 3.2.11).
            Data::Status(status) if matches!(status.code, Some(Code::Closed)) => *self = Self::of(self.known),
            Data::Vanished { when: Vanished::Earlier, uids } => {
                self.is_told = true;
                self.vanished.union(&self.known.intersect(uids));
            }
            Data::Fetch(row) if row.uid.is_none() => self.is_unclear = true,
            Data::Fetch(row) => {
                self.is_told = true;
                // A row may come in pieces; of the same message the last one with flags counts.
                if let Some(uid) = row.uid.filter(|uid| self.known.contains(*uid))
                    && (row.flags.is_some() || !self.changed.contains_key(&uid))
                {
                    self.changed.insert(uid, Letter::from_row(row));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, _: &Flaw) -> Result<()> {
        self.is_unclear = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::grammar::{Response, response};
    use crate::imap::{Frame, NameEncoding};

    fn hear(missed: &mut Missed<'_>, line: &str) {
        let frame = Frame { bytes: line.into(), streamed: Vec::new() };
        match response(&frame, NameEncoding::Utf7).unwrap() {
            Response::Data(data) => missed.data(&data).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_about_another_folder_or_unknown_messages_changes_nothing() {
        let known = UidSet::parse("1:5,9").unwrap();
        let mut missed = Missed::of(&known);
        hear(&mut missed, "* VANISHED (EARLIER) 1");
        hear(&mut missed, "* 1 FETCH (UID 2 FLAGS () MODSEQ (7))");
        assert_eq!((missed.vanished.to_string(), missed.changed.len(), missed.is_told), ("1".to_owned(), 1, true));
        hear(&mut missed, "* OK [CLOSED] the one before");
        assert!(missed.vanished.is_empty() && missed.changed.is_empty() && !missed.is_told);
        // A VANISHED of now is none of what was missed.
        hear(&mut missed, "* VANISHED 2");
        assert!(missed.vanished.is_empty() && !missed.is_told);
        hear(&mut missed, "* VANISHED (EARLIER) 4:8");
        hear(&mut missed, "* VANISHED (EARLIER) 9:4294967295");
        hear(&mut missed, "* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (8))");
        hear(&mut missed, "* 2 FETCH (UID 2 MODSEQ (8))");
        hear(&mut missed, "* 7 FETCH (UID 10 FLAGS () MODSEQ (8))");
        assert!(missed.is_whole());
        hear(&mut missed, "* 1 FETCH (FLAGS (\\Seen))");
        assert!(!missed.is_whole(), "whose flags those are is to be asked");
        assert_eq!(missed.vanished.to_string(), "4:5,9");
        let changed: Vec<_> =
            missed.changed.values().map(|letter| (letter.uid.unwrap().get(), letter.flags.clone())).collect();
        assert_eq!(changed, [(2, Some(vec!["\\Seen".to_owned()]))]);
    }
}
