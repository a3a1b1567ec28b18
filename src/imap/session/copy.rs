//! COPY and MOVE (RFC 9051 sections 6.4.7 and 6.4.8), and what the copies are called (UIDPLUS, RFC 4315).

use super::Selected;
use super::fetch::MAX_SET;
use crate::error::Result;
use crate::imap::command::Command;
use crate::imap::grammar::{Code, Data, Flaw, LiteralHead};
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{Uid, UidValidity};
use crate::imap::receiver::{Receiver, Take};
use crate::imap::set::UidSet;

/// The most pairs that are kept of one response.
const MAX_PAIRS: u64 = 10_000_000;

/// Which message became which, as a server with UIDPLUS tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Copied {
    /// What the new UIDs belong to.
    pub uid_validity: UidValidity,
    /// Old and new UID of each message.
    pub pairs: Vec<(Uid, Uid)>,
}

impl Selected<'_> {
    /// UID COPY. What the copies are called, command by command, as far as the server tells.
    ///
    /// A refusal ends it: what earlier commands of a long set copied stays, and `told` has it.
    pub fn uid_copy(
        &mut self,
        uids: &UidSet,
        to: &Mailbox,
        told: &mut Vec<Copied>,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        self.carry("UID COPY", uids, to, told, receiver)
    }

    /// UID MOVE, which the server must offer.
    pub fn uid_move(
        &mut self,
        uids: &UidSet,
        to: &Mailbox,
        told: &mut Vec<Copied>,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        self.carry("UID MOVE", uids, to, told, receiver)
    }

    fn carry(
        &mut self,
        verb: &'static str,
        uids: &UidSet,
        to: &Mailbox,
        told: &mut Vec<Copied>,
        receiver: &mut dyn Receiver,
    ) -> Result<()> {
        for set in uids.chunks(MAX_SET) {
            let command = Command::new(verb).set(&set).mailbox(to).patient();
            let mut listener = Listener { told: &mut *told, receiver: &mut *receiver };
            let completion = self.session.engine.run(&command, &mut listener)?;
            told.extend(completion.code.as_ref().and_then(copied));
        }
        Ok(())
    }
}

/// Takes COPYUID out of what comes untagged: with MOVE it comes ahead of the EXPUNGEs (RFC 6851 section 4.3).
struct Listener<'a> {
    told: &'a mut Vec<Copied>,
    receiver: &'a mut dyn Receiver,
}

impl Receiver for Listener<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        if let Data::Status(status) = data {
            self.told.extend(status.code.as_ref().and_then(copied));
        }
        self.receiver.data(data)
    }

    fn literal(&mut self, head: &LiteralHead<'_>, octets: u64) -> Result<Take> {
        self.receiver.literal(head, octets)
    }

    fn flaw(&mut self, flaw: &Flaw) -> Result<()> {
        self.receiver.flaw(flaw)
    }
}

/// Pairs by order (RFC 4315 section 3); sets of different size tell nothing.
pub(super) fn copied(code: &Code<'_>) -> Option<Copied> {
    let Code::CopyUid { validity, source, destination } = code else { return None };
    if source.len() != destination.len() || source.len() > MAX_PAIRS {
        return None;
    }
    Some(Copied { uid_validity: *validity, pairs: source.uids().zip(destination.uids()).collect() })
}
