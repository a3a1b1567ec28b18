//! COPY and MOVE (RFC 9051 sections 6.4.7 and 6.4.8), and what the copies are called (UIDPLUS, RFC 4315).

use super::Selected;
use super::fetch::MAX_SET;
use crate::error::Result;
use crate::imap::command::Command;
use crate::imap::frame::Frame;
use crate::imap::grammar::{Code, Data, Flaw, LiteralHead, Response};
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
            let mut listener = Listener { asked: &set, told: &mut *told, receiver: &mut *receiver };
            let completion = self.session.engine.run(&command, &mut listener)?;
            told.extend(completion.code.as_ref().and_then(|code| copied(code, &set)));
        }
        Ok(())
    }
}

/// Takes COPYUID out of what comes untagged: with MOVE it comes ahead of the EXPUNGEs (RFC 6851 section 4.3).
struct Listener<'a> {
    asked: &'a UidSet,
    told: &'a mut Vec<Copied>,
    receiver: &'a mut dyn Receiver,
}

impl Receiver for Listener<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        if let Data::Status(status) = data {
            self.told.extend(status.code.as_ref().and_then(|code| copied(code, self.asked)));
        }
        self.receiver.data(data)
    }

    fn literal(&mut self, head: &LiteralHead<'_>, octets: u64) -> Result<Take> {
        self.receiver.literal(head, octets)
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.receiver.octets(octets)
    }

    fn literal_end(&mut self) -> Result<()> {
        self.receiver.literal_end()
    }

    fn response(&mut self, frame: &Frame, response: &std::result::Result<Response<'_>, Flaw>) -> Result<()> {
        self.receiver.response(frame, response)
    }

    fn flaw(&mut self, flaw: &Flaw) -> Result<()> {
        self.receiver.flaw(flaw)
    }
}

/// Pairs by order (RFC 4315 section 3). Sets of different size tell nothing, and neither does one that names messages which were
/// not to be copied: whoever removes what was copied would remove those.
pub(super) fn copied(code: &Code<'_>, asked: &UidSet) -> Option<Copied> {
    let Code::CopyUid { validity, source, destination } = code else { return None };
    if source.len() != destination.len() || source.len() > MAX_PAIRS || !source.to_uids().subtract(asked).is_empty() {
        return None;
    }
    Some(Copied { uid_validity: *validity, pairs: source.uids().zip(destination.uids()).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::receiver::Ignore;
    use crate::imap::session::tests::selected;

    /// The pairs that are told of messages 3 to 5, and the others.
    fn copy(answers: &'static [&'static str]) -> Vec<(u32, u32)> {
        let mut session = selected(answers);
        let mut told = Vec::new();
        let uids = UidSet::span(Uid::new(3).unwrap(), Uid::new(5).unwrap());
        session.selected().unwrap().uid_copy(&uids, &Mailbox::Inbox, &mut told, &mut Ignore).unwrap();
        told.iter().flat_map(|copied| &copied.pairs).map(|(old, new)| (old.get(), new.get())).collect()
    }

    #[test]
    fn copies_are_paired_by_their_order() {
        assert_eq!(copy(&["$ OK [COPYUID 7 3:5 10:12] done\r\n"]), [(3, 10), (4, 11), (5, 12)]);
        assert_eq!(copy(&["$ OK [COPYUID 7 5,3 10:11] done\r\n"]), [(5, 10), (3, 11)]);
        assert_eq!(copy(&["* OK [COPYUID 7 4 10] done\r\n$ OK done\r\n"]), [(4, 10)]);
    }

    #[test]
    fn what_cannot_be_true_of_copies_tells_nothing() {
        for lie in ["3:5 10", "3:6 10:13", "2 10", "1:4294967295 1:4294967295", "0 10", "*"] {
            let answer = format!("* OK [COPYUID 7 {lie}] done\r\n$ OK [COPYUID 7 {lie}] done\r\n");
            let answers: &'static [&'static str] = Box::leak(Box::new([&*Box::leak(answer.into_boxed_str())]));
            assert_eq!(copy(answers), [], "{lie}");
        }
    }
}
