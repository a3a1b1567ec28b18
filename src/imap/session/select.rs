//! SELECT and EXAMINE (RFC 9051 sections 6.3.2 and 6.3.3), and the mailbox that they open.

use super::{Authenticated, Session};
use crate::error::Result;
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::engine::Ticket;
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{ModSeq, UidValidity};
use crate::imap::receiver::{Ignore, Receiver};
use crate::imap::state::{Access, Selection};

/// How a mailbox is opened.
#[derive(Clone, Debug)]
pub struct Select {
    /// Which.
    pub mailbox: Mailbox,
    /// To look at, or to change.
    pub access: Access,
    /// Whether modification sequences are wanted (RFC 7162 section 3.1.8).
    pub condstore: bool,
    /// Since when changes are to be told in the same trip; for this QRESYNC has to be enabled.
    pub resync: Option<Resync>,
}

/// What is known of a mailbox, for QRESYNC (RFC 7162 section 3.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Resync {
    /// What the UIDs that are known belong to. A server that has another says nothing of changes.
    pub validity: UidValidity,
    /// Up to where changes are known.
    pub since: ModSeq,
}

impl Select {
    /// Opens a mailbox for looking at it.
    pub fn examine(mailbox: Mailbox) -> Self {
        Self { mailbox, access: Access::ReadOnly, condstore: false, resync: None }
    }

    /// Opens a mailbox for changing it.
    pub fn for_changes(mailbox: Mailbox) -> Self {
        Self { mailbox, access: Access::ReadWrite, condstore: false, resync: None }
    }

    pub(super) fn command(&self) -> Command {
        let command = match self.access {
            Access::ReadOnly => Command::new("EXAMINE"),
            Access::ReadWrite => Command::new("SELECT"),
        };
        let command = command.mailbox(&self.mailbox);
        match (self.resync, self.condstore) {
            (Some(Resync { validity, since }), _) => command.word(format!("(QRESYNC ({validity} {since}))")),
            (None, true) => command.word("(CONDSTORE)"),
            (None, false) => command,
        }
    }
}

/// A mailbox that is open, for as long as this is borrowed.
#[derive(Debug)]
pub struct Selected<'s> {
    pub(in crate::imap) session: &'s mut Session<Authenticated>,
}

impl Session<Authenticated> {
    /// Opens a mailbox; whichever was open is closed. [`crate::Error::Rejected`] leaves none open.
    pub fn select(&mut self, select: &Select) -> Result<Selected<'_>> {
        self.select_with(select, &mut Ignore)
    }

    /// As [`Session::select`], with what comes meanwhile: what has changed since [`Select::resync`], as rows of FETCH and as
    /// [`Data::Vanished`](crate::imap::grammar::Data::Vanished) of earlier.
    ///
    /// Before the response code CLOSED what comes is about the mailbox that was open before (RFC 7162 section 3.2.11).
    pub fn select_with(&mut self, select: &Select, receiver: &mut dyn Receiver) -> Result<Selected<'_>> {
        let select = Select {
            condstore: select.condstore && self.has(Extension::Condstore),
            resync: select.resync.filter(|_| self.is_enabled(Extension::Qresync)),
            ..select.clone()
        };
        self.engine.state.selecting(select.mailbox.clone(), select.access);
        let ticket = self.engine.submit(&select.command(), receiver);
        self.opened_by(ticket, receiver)?;
        Ok(Selected { session: self })
    }

    /// The mailbox that is open.
    pub fn selected(&mut self) -> Option<Selected<'_>> {
        match self.engine.state.is_open {
            true => Some(Selected { session: self }),
            false => None,
        }
    }

    /// Opens a mailbox, unless it is open in that way already.
    pub fn select_again(&mut self, select: &Select) -> Result<Selected<'_>> {
        match self.has_open(select) {
            true => Ok(Selected { session: self }),
            false => self.select(select),
        }
    }

    /// Whether it is open in that way already.
    pub fn has_open(&self, select: &Select) -> bool {
        self.selection().is_some_and(|selection| {
            let enough = selection.access == Access::ReadWrite || select.access == Access::ReadOnly;
            selection.mailbox == select.mailbox && enough
        })
    }

    pub(super) fn selected_by(&mut self, ticket: Result<Ticket>) -> Result<()> {
        self.opened_by(ticket, &mut Ignore)
    }

    /// Waits for what opens the mailbox. If that fails, or could not even be sent, none is open.
    fn opened_by(&mut self, ticket: Result<Ticket>, receiver: &mut dyn Receiver) -> Result<()> {
        let completion = ticket.and_then(|ticket| self.engine.wait(ticket, receiver));
        completion.map(drop).inspect_err(|_| self.engine.state.is_open = false)
    }
}

impl Selected<'_> {
    /// What is known of it, kept true by what the server says.
    pub fn selection(&self) -> &Selection {
        &self.session.engine.state.selection
    }

    /// The session that it is open in.
    pub fn session(&mut self) -> &mut Session<Authenticated> {
        self.session
    }

    /// Closes it without expunging anything: UNSELECT, or EXAMINE and CLOSE where that is missing (RFC 3691).
    pub fn unselect(self, receiver: &mut dyn Receiver) -> Result<()> {
        let has_unselect = self.session.has(Extension::Unselect);
        if !has_unselect && self.selection().access == Access::ReadWrite {
            let mailbox = self.selection().mailbox.clone();
            self.session.select(&Select::examine(mailbox))?;
        }
        let command = Command::new(if has_unselect { "UNSELECT" } else { "CLOSE" });
        self.session.engine.run(&command, receiver)?;
        self.session.engine.state.is_open = false;
        Ok(())
    }
}
