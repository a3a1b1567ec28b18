//! Servers that work on so many messages in a command and no more (MESSAGELIMIT, RFC 9738): what they left out is asked for.

use super::Selected;
use crate::error::{Error, Phase, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::grammar::{Code, Data};
use crate::imap::number::{Number, Uid};
use crate::imap::set::{Set, UidSet};

/// What of a set the server has not come to. It works from the highest UID down and names the lowest that it has been at
/// (RFC 9738 section 3.1), whether or not that was one to be found.
///
/// Fails with [`Error::Unsupported`] if it names none: nobody knows then what is missing.
pub(super) fn rest(verb: &'static str, code: Option<&Code<'_>>, set: &UidSet) -> Result<Option<UidSet>> {
    let Some(Code::MessageLimit { limit, uid }) = code else { return Ok(None) };
    let Some(lowest) = uid else { return Err(unnamed(*limit)) };
    let set = set.close();
    let rest = match below(*lowest) {
        Some(below) => set.intersect(&UidSet::span(Uid::MIN, below)),
        None => UidSet::new(),
    };
    match rest == set {
        // It would stop there for ever.
        true => Err(Error::protocol(Phase::Reply(verb), "the server stops at a limit before it has done anything")),
        false => Ok(Some(rest).filter(|rest| !rest.is_empty())),
    }
}

/// The server has stopped at a limit, and it cannot be told where to go on.
pub(super) fn unnamed(limit: u32) -> Error {
    Error::Unsupported(format!("the server looks at {limit} messages at a time, and does not say which it left out"))
}

/// The set in pieces of at most so many numbers. One with a `*` in it stays whole, since only the mailbox knows what it holds.
pub(super) fn pieces<N: Number>(set: Set<N>, most: Option<u32>) -> Vec<Set<N>> {
    let Some(most) = most.filter(|most| !set.has_star() && set.len() > u64::from(*most) && *most > 0) else {
        return vec![set];
    };
    let (mut pieces, mut piece, mut room) = (Vec::new(), Set::new(), most);
    for range in set.ranges() {
        let (mut first, last) = (range.first.to_u32(), range.last.to_u32());
        loop {
            let end = last.min(first.saturating_add(room - 1));
            if let (Some(first), Some(end)) = (N::from_u32(first), N::from_u32(end)) {
                piece.insert_range(first, end);
            }
            room -= end - first + 1;
            if room == 0 {
                pieces.push(std::mem::take(&mut piece));
                room = most;
            }
            if end == last {
                break;
            }
            first = end + 1;
        }
    }
    pieces.extend(Some(piece).filter(|piece| !piece.is_empty()));
    pieces
}

fn below(uid: Uid) -> Option<Uid> {
    Uid::new(uid.get() - 1)
}

impl Selected<'_> {
    /// The UIDs from 1 to `last` in pieces that hold about as many messages as the server works on at a time, the highest
    /// first: by UIDBATCHES where it has that, and more than two are to be expected. One piece otherwise, of which it then does
    /// as much as it likes.
    ///
    /// With the pieces known, what would be a trip for each of them is a trip for many.
    pub(super) fn batches(&mut self, last: Uid, limit: u32) -> Result<Vec<UidSet>> {
        let expected = self.selection().exists / limit.max(1);
        let whole = || vec![UidSet::span(Uid::MIN, last)];
        if expected < 3 || !self.session.has(Extension::UidBatches) {
            return Ok(whole());
        }
        let most = usize::try_from(expected).unwrap_or(usize::MAX).saturating_mul(2);
        let mut starts: Vec<Uid> = Vec::new();
        let command = Command::new("UIDBATCHES").word(limit.to_string()).patient();
        let asked = self.session.engine.run(&command, &mut |data: &Data<'_>| {
            if let Data::UidBatches(told) = data {
                let room = most.saturating_add(1).saturating_sub(starts.len());
                starts.extend(told.batches.iter().take(room).map(|(first, _)| *first));
            }
            Ok(())
        });
        match asked {
            // A server may find that so few are not worth a batch.
            Err(Error::Rejected(_)) => return Ok(whole()),
            Err(error) => return Err(error),
            Ok(_) if starts.len() > most => return Ok(whole()),
            Ok(_) => {}
        }
        starts.sort_unstable_by(|one, other| other.cmp(one));
        let mut pieces = Vec::new();
        let mut rest = Some(last);
        // Without gaps between them, whatever the server leaves.
        for start in starts {
            if let Some(upper) = rest.filter(|upper| start <= *upper) {
                pieces.push(UidSet::span(start, upper));
                rest = below(start);
            }
        }
        pieces.extend(rest.map(|upper| UidSet::span(Uid::MIN, upper)));
        Ok(pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> UidSet {
        UidSet::parse(text).unwrap()
    }

    #[test]
    fn what_was_left_out_is_below_what_was_seen() {
        let at = |uid| Code::MessageLimit { limit: 3, uid: Uid::new(uid) };
        let rest = |code: &Code<'_>, of: &str| rest("UID SEARCH", Some(code), &set(of));
        assert_eq!(rest(&at(7), "1:4294967295").unwrap(), Some(set("1:6")));
        assert_eq!(rest(&at(7), "2:5,9,12:*").unwrap(), Some(set("2:5")));
        assert_eq!(rest(&at(7), "7:9").unwrap(), None);
        assert_eq!(rest(&at(1), "1:9").unwrap(), None);
        assert_eq!(super::rest("UID SEARCH", Some(&Code::ReadOnly), &set("1")).unwrap(), None);
        assert!(matches!(rest(&at(10), "1:9"), Err(Error::Protocol { .. })), "it goes nowhere");
        assert!(matches!(rest(&at(0), "1:9"), Err(Error::Unsupported(_))));
    }

    #[test]
    fn pieces_are_no_bigger_than_wanted() {
        let shown =
            |text: &str, most| pieces(set(text), most).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(shown("1:10", Some(4)), "1:4 5:8 9:10");
        assert_eq!(shown("1,3,5:9,20", Some(3)), "1,3,5 6:8 9,20");
        assert_eq!(shown("1:4", Some(2)), "1:2 3:4");
        assert_eq!(shown("4294967290:4294967295", Some(5)), "4294967290:4294967294 4294967295");
        for (text, most) in [("1:10", None), ("1:10", Some(10)), ("1:10", Some(0)), ("1:10,20:*", Some(2))] {
            assert_eq!(shown(text, most), text);
        }
    }
}
