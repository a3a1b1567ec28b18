//! A folder and all that lies below it.

use std::collections::HashSet;

use crate::cli::imapctl::folders::{MAX_FOLDERS, too_many};
use crate::error::Result;
use crate::imap::grammar::Data;
use crate::imap::session::{Authenticated, ListReturn, Selecting};
use crate::imap::{Mailbox, Session};

/// A folder and those below it, in the server's order.
#[derive(Debug, Default)]
pub(super) struct Family {
    /// The folder itself; `None` if there is none.
    pub(super) top: Option<Member>,
    /// Those below it.
    pub(super) below: Vec<Member>,
}

/// A folder of a family.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) mailbox: Mailbox,
    pub(super) delimiter: Option<char>,
    /// `\NonExistent` (RFC 5258 section 3.4): only others below it are there.
    pub(super) is_name_only: bool,
    /// It can hold messages.
    pub(super) is_selectable: bool,
}

impl Member {
    /// Whether it is more than a name.
    pub(super) fn is_there(&self) -> bool {
        !self.is_name_only
    }
}

impl Family {
    /// Asks for it, in one trip.
    pub(super) fn of(session: &mut Session<Authenticated>, mailbox: &Mailbox, selecting: Selecting) -> Result<Self> {
        let mut family = Self::default();
        let mut known = HashSet::new();
        session.list_family(mailbox, selecting, &ListReturn::default(), &mut |data: &Data<'_>| {
            if let Data::List(entry) | Data::Lsub(entry) | Data::Xlist(entry) = data {
                let is_name_only = entry.attributes.contains(b"\\NonExistent");
                let member = Member {
                    mailbox: entry.mailbox.clone(),
                    delimiter: entry.delimiter,
                    is_name_only,
                    is_selectable: !is_name_only && !entry.attributes.contains(b"\\Noselect"),
                };
                if member.mailbox == *mailbox {
                    family.top = Some(member);
                } else if entry.delimiter.is_some_and(|mark| entry.mailbox.is_below(mailbox, mark))
                    && known.insert(entry.mailbox.clone())
                {
                    if family.below.len() >= MAX_FOLDERS {
                        return Err(too_many());
                    }
                    family.below.push(member);
                }
            }
            Ok(())
        })?;
        Ok(family)
    }
}
