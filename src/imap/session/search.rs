//! SEARCH, SORT and THREAD by UID (RFC 9051 section 6.4.4, RFC 5256), with extended results where the server has them
//! (ESEARCH, RFC 4731; ESORT, RFC 5267; PARTIAL, RFC 9394): short answers in place of a number for each message.

use std::collections::VecDeque;

use super::{Selected, limits};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::engine::Outcome;
use crate::imap::grammar::{Code, Data, Flaw, Numbering, ThreadNode};
use crate::imap::number::Uid;
use crate::imap::query::Program;
use crate::imap::receiver::Receiver;
use crate::imap::set::UidSet;
use crate::mail::thread::Algorithm;

/// How many UIDs an answer may name, from however short a text.
pub(super) const MAX_FOUND: u64 = 50_000_000;

/// How many nodes of threads an answer may have, whatever the mailbox is said to hold.
const MAX_NODES: u64 = 5_000_000;

/// How many searches are on their way at a time.
const WINDOW: usize = 16;

/// What the command is called.
pub(super) const VERB: &str = "UID SEARCH";

impl Selected<'_> {
    /// UID SEARCH. The answer is a set, which for most searches is short however many messages there are.
    ///
    /// Where the server stops at a limit (MESSAGELIMIT, RFC 9738), the rest is searched as well: the answer is whole, or an error.
    ///
    /// Strings that are not ASCII go as UTF-8, and as ISO-8859-1 if the server refuses that; [`Error::Unsupported`] if it knows
    /// neither.
    pub fn uid_search(&mut self, program: &Program) -> Result<UidSet> {
        let mut found = Found::default();
        let (outcome, program) = self.in_a_charset(program, |selected, program| {
            found = Found::default();
            let command = selected.search_command(program);
            selected.session.engine.run_any(&command, &mut found)
        })?;
        let code = outcome.accepted()?.code;
        found.told()?;
        let every = UidSet::span(Uid::MIN, Uid::MAX);
        if let Some(rest) = limits::rest(VERB, code.as_ref(), &every)?
            && let (Some(last), Some(Code::MessageLimit { limit, .. })) = (rest.max(), code)
        {
            let pieces = self.batches(last, limit)?;
            self.search_pieces(pieces, &program, &mut found)?;
        }
        Ok(found.uids)
    }

    /// The last `count` UIDs of what a search finds, behind the last `skip` (PARTIAL, RFC 9394 section 3.1), which the server must
    /// offer: only the page crosses the wire.
    pub fn uid_search_last(&mut self, program: &Program, skip: u32, count: u32) -> Result<UidSet> {
        let count = count.max(1);
        let (from, to) = (u64::from(skip) + 1, u64::from(skip) + u64::from(count));
        let mut found = Found::default();
        let (outcome, _) = self.in_a_charset(program, |selected, program| {
            found = Found::default();
            let command = Command::new(VERB).patient().word(format!("RETURN (PARTIAL -{from}:-{to})"));
            let command = program.search(command, &selected.session.engine.state.capabilities);
            selected.session.engine.run_any(&command, &mut found)
        })?;
        let code = outcome.accepted()?.code;
        found.told()?;
        // A page that a limit cut short says nothing of what lies behind it.
        if matches!(code, Some(Code::MessageLimit { .. })) && found.uids.len() < u64::from(count) {
            let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
            return Ok(self.uid_search(program)?.iter().rev().skip(size(skip)).take(size(count)).collect());
        }
        Ok(found.uids)
    }

    /// UID SORT by these criteria (`REVERSE DATE`, without parentheses), which the server must offer.
    ///
    /// `None` if there are more messages than the server sorts at a time (MESSAGELIMIT, RFC 9738): the parts that it does sort do
    /// not tell how they lie to each other.
    pub fn uid_sort(&mut self, criteria: &str, program: &Program) -> Result<Option<Vec<Uid>>> {
        let extended = self.session.has(Extension::Esort);
        let mut found = Found::default();
        let (outcome, _) = self.in_a_charset(program, |selected, program| {
            let command = Command::new("UID SORT").patient();
            let command = if extended { command.word("RETURN (ALL)") } else { command };
            let command = program.sort(command.word(format!("({criteria})")));
            found = Found { order: Order::Kept, ..Found::default() };
            selected.session.engine.run_any(&command, &mut found)
        })?;
        if is_limited(&outcome) {
            return Ok(None);
        }
        outcome.accepted()?;
        found.told()?;
        Ok(Some(found.sorted))
    }

    /// UID THREAD, which the server must offer with this algorithm.
    ///
    /// `None` if there are more messages than the server threads at a time (MESSAGELIMIT, RFC 9738). [`Error::Limit`] if it tells
    /// of more than the mailbox can hold.
    pub fn uid_thread(&mut self, algorithm: Algorithm, program: &Program) -> Result<Option<Vec<ThreadNode>>> {
        let most_nodes = most_nodes(self.selection().exists);
        let mut found = Found::default();
        let (outcome, _) = self.in_a_charset(program, |selected, program| {
            let command = program.sort(Command::new("UID THREAD").patient().word(algorithm.atom()));
            found = Found { most_nodes, ..Found::default() };
            selected.session.engine.run_any(&command, &mut found)
        })?;
        if is_limited(&outcome) {
            return Ok(None);
        }
        outcome.accepted()?;
        found.told()?;
        Ok(Some(found.threads))
    }

    /// UID SEARCH for all UIDs, as a set where the server can tell one.
    fn search_command(&self, program: &Program) -> Command {
        let command = Command::new(VERB).patient();
        let command = if self.session.has(Extension::Esearch) { command.word("RETURN (ALL)") } else { command };
        program.search(command, &self.session.engine.state.capabilities)
    }

    /// Searches these sets, several at a time, each as often as it takes.
    fn search_pieces(&mut self, pieces: Vec<UidSet>, program: &Program, found: &mut Found) -> Result<()> {
        let mut waiting = VecDeque::from(pieces);
        let mut tickets = VecDeque::new();
        let mut refused = None;
        loop {
            while refused.is_none()
                && tickets.len() < WINDOW
                && let Some(set) = waiting.pop_front()
            {
                let command = self.search_command(&program.within(&set));
                tickets.push_back((self.session.engine.submit(&command, found)?, set));
            }
            let Some((ticket, set)) = tickets.pop_front() else { break };
            match self.session.engine.wait(ticket, found) {
                Ok(completion) => waiting.extend(limits::rest(VERB, completion.code.as_ref(), &set)?),
                Err(error @ Error::Rejected(_)) => refused = Some(refused.unwrap_or(error)),
                Err(error) => return Err(error),
            }
        }
        refused.map_or_else(|| found.told(), Err)
    }

    /// Searches in UTF-8 where a character set is named at all, and in ISO-8859-1 if the server says BADCHARSET to that. What it
    /// came to, and the program as it was understood.
    fn in_a_charset(
        &mut self,
        program: &Program,
        mut search: impl FnMut(&mut Self, &Program) -> Result<Outcome>,
    ) -> Result<(Outcome, Program)> {
        let outcome = search(self, program)?;
        // Quirk: a server that does not know the character set says so in a BAD without a code, or in any NO.
        let is_charset = matches!(outcome.completion.code, Some(Code::BadCharset(_)))
            || (program.needs_charset() && outcome.rejection.is_some() && !is_limited(&outcome));
        if !is_charset {
            return Ok((outcome, program.clone()));
        }
        let refused = outcome.rejection;
        let latin1 = program.in_latin1().filter(|_| program.needs_charset());
        if let Some(latin1) = latin1 {
            self.session.note("the server does not search in UTF-8: trying ISO-8859-1");
            let outcome = search(self, &latin1)?;
            if outcome.rejection.is_none() {
                return Ok((outcome, latin1));
            }
        }
        let told = refused.map(|rejection| format!(": {rejection}")).unwrap_or_default();
        Err(Error::Unsupported(format!("the server cannot search for text that is not ASCII{told}")))
    }
}

/// Whether the server has not looked at everything, or at nothing, because that would be too much at a time.
fn is_limited(outcome: &Outcome) -> bool {
    matches!(outcome.completion.code, Some(Code::MessageLimit { .. }))
}

/// How many nodes the threads of so many messages may have: each message one, and fewer that stand for missing ones, since each
/// of those has two answers or more (RFC 5256 section 4). Some may have come since they were counted.
fn most_nodes(exists: u32) -> u64 {
    u64::from(exists).saturating_mul(2).saturating_add(1_024).min(MAX_NODES)
}

/// What comes back from any of them.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) uids: UidSet,
    sorted: Vec<Uid>,
    threads: Vec<ThreadNode>,
    /// How many nodes of threads may come: none if they were not asked for.
    most_nodes: u64,
    order: Order,
    count: u64,
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Order {
    /// Ascending will do.
    #[default]
    Any,
    /// As the server has it.
    Kept,
}

impl Found {
    /// An answer that could not be read is no answer: to take it for "nothing" would be a guess.
    pub(super) fn told(&self) -> Result<()> {
        if self.count > MAX_FOUND {
            return Err(Error::Limit { what: "the number of messages found", limit: MAX_FOUND });
        }
        match &self.flaw {
            None => Ok(()),
            Some(flaw) => {
                let detail = format!("an answer that cannot be understood: {flaw}");
                Err(Error::protocol(crate::error::Phase::Reply("SEARCH"), detail))
            }
        }
    }

    fn add(&mut self, numbers: impl Iterator<Item = u32>, count: u64) {
        self.count = self.count.saturating_add(count);
        if self.count > MAX_FOUND {
            return;
        }
        let uids = numbers.filter_map(Uid::new);
        match self.order {
            Order::Any => self.uids.extend(uids),
            Order::Kept => self.sorted.extend(uids),
        }
    }
}

impl Receiver for Found {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        match data {
            // Quirk: some servers answer an extended search plainly (Cyrus 2.4).
            Data::Search(found) | Data::Sort(found) => {
                self.add(found.numbers.iter(), found.numbers.len() as u64);
            }
            Data::Esearch(esearch) => {
                let page = esearch.partial.as_ref().and_then(|partial| partial.numbers.as_ref());
                // As UIDs these numbers would be those of other messages.
                if esearch.numbering == Numbering::Sequence && (esearch.all.is_some() || page.is_some()) {
                    let found = "sequence numbers".to_owned();
                    return self.flaw(&Flaw { item: "ESEARCH", expected: "UID", at: 0, found });
                }
                for ranges in [esearch.all.as_ref(), page].into_iter().flatten() {
                    match self.order {
                        Order::Any => {
                            self.count = self.count.saturating_add(ranges.len());
                            self.uids.union(&ranges.to_uids());
                        }
                        Order::Kept => self.add(ranges.iter(), ranges.len()),
                    }
                }
            }
            Data::Thread(nodes) if self.most_nodes > 0 => {
                let limit = self.most_nodes;
                if (self.threads.len() as u64).saturating_add(nodes.len() as u64) > limit {
                    return Err(Error::Limit { what: "the number of messages in conversations", limit });
                }
                self.threads.extend_from_slice(nodes);
            }
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, flaw: &Flaw) -> Result<()> {
        self.flaw.get_or_insert_with(|| flaw.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use super::super::{Authenticated, Session};
    use super::*;
    use crate::imap::Query;
    use crate::imap::engine::tests::answered;

    /// What a session in a mailbox of so many messages does with a server that answers so, and what that hears.
    fn with<T>(
        exists: u32,
        offered: &[&[u8]],
        answers: &'static [&'static str],
        work: impl FnOnce(&mut Selected<'_>, &Program) -> T,
    ) -> (T, Vec<String>) {
        let (mut engine, server) = answered(answers);
        engine.state.capabilities.learn(offered.iter().copied());
        engine.state.is_open = true;
        engine.state.selection.exists = exists;
        let mut session = Session::<Authenticated> { engine, greeting: String::new(), state: PhantomData };
        let plan = Query::raw("FROM bob").unwrap().plan(session.capabilities().unwrap()).unwrap();
        let done = work(&mut Selected { session: &mut session }, &plan.cases[0].program);
        drop(session);
        (done, server.join().unwrap())
    }

    fn search(selected: &mut Selected<'_>, program: &Program) -> Result<UidSet> {
        selected.uid_search(program)
    }

    /// The limit is about what is looked at, of which there may be nothing to be found.
    #[test]
    fn a_search_goes_on_below_the_last_message_that_was_looked_at() {
        let answers = &[
            "* SEARCH\r\n$ OK [MESSAGELIMIT 10 91] done\r\n",
            "* SEARCH 85\r\n$ OK [MESSAGELIMIT 10 81] done\r\n",
            "* SEARCH 3 4\r\n$ OK done\r\n",
        ];
        let (found, heard) = with(30, &[b"MESSAGELIMIT=10"], answers, search);
        assert_eq!(found.unwrap().to_string(), "3:4,85");
        let keys = "FROM bob";
        let wanted = [keys.to_owned(), format!("UID 1:90 {keys}"), format!("UID 1:80 {keys}")];
        assert_eq!(heard, wanted.map(|keys| format!("UID SEARCH {keys}")));
    }

    #[test]
    fn a_limit_that_leads_nowhere_is_an_error() {
        let unnamed = &["* SEARCH 9\r\n$ OK [MESSAGELIMIT 10] done\r\n"];
        let (found, _) = with(30, &[b"MESSAGELIMIT=10"], unnamed, search);
        assert!(matches!(found, Err(Error::Unsupported(_))), "{found:?}");
        let again =
            &["* SEARCH 95\r\n$ OK [MESSAGELIMIT 10 91] done\r\n", "* SEARCH\r\n$ OK [MESSAGELIMIT 10 91] done\r\n"];
        let (found, _) = with(30, &[b"MESSAGELIMIT=10"], again, search);
        assert!(matches!(found, Err(Error::Protocol { .. })), "{found:?}");
        let refused = &["$ NO [MESSAGELIMIT 10] too many\r\n"];
        let (found, _) = with(30, &[b"MESSAGELIMIT=10"], refused, search);
        assert!(matches!(found, Err(Error::Rejected(_))), "{found:?}");
    }

    /// Batches that leave gaps, or are not of the mailbox, hide nothing; a server that has none for so few is not insisted on.
    #[test]
    fn batches_cover_everything() {
        let told = &[
            "* SEARCH\r\n$ OK [MESSAGELIMIT 10 91] done\r\n",
            "* UIDBATCHES (TAG \"x\") 200:95,90:80,70:51,40:21\r\n$ OK done\r\n",
            "* SEARCH 85\r\n$ OK done\r\n",
            "* SEARCH 75\r\n$ OK [MESSAGELIMIT 10 70] done\r\n",
            "* SEARCH\r\n$ OK done\r\n",
            "* SEARCH 1\r\n$ OK done\r\n",
            "* SEARCH 55\r\n$ OK done\r\n",
        ];
        let (found, heard) = with(40, &[b"MESSAGELIMIT=10", b"UIDBATCHES"], told, search);
        assert_eq!(found.unwrap().to_string(), "1,55,75,85");
        let sets: Vec<&str> = heard.iter().filter_map(|line| line.split(' ').nth(3)).collect();
        assert_eq!(sets, ["bob", "80:90", "51:79", "21:50", "1:20", "51:69"], "{heard:?}");

        let few = &[
            "* SEARCH\r\n$ OK [MESSAGELIMIT 10 91] done\r\n",
            "$ NO [TOOFEW] 500 at least\r\n",
            "* SEARCH 7\r\n$ OK done\r\n",
        ];
        let (found, heard) = with(40, &[b"MESSAGELIMIT=10", b"UIDBATCHES"], few, search);
        assert_eq!((found.unwrap().to_string(), heard[2].as_str()), ("7".into(), "UID SEARCH UID 1:90 FROM bob"));
    }

    #[test]
    fn parts_of_an_order_are_no_order() {
        let sort = |selected: &mut Selected<'_>, program: &Program| selected.uid_sort("DATE", program);
        let thread = |selected: &mut Selected<'_>, program: &Program| {
            selected.uid_thread(Algorithm::References, program).map(|nodes| nodes.map(|nodes| nodes.len()))
        };
        for answer in [
            &["* SORT 9 8\r\n* THREAD (9)(8)\r\n$ OK [MESSAGELIMIT 2 8] done\r\n"],
            &["$ NO [MESSAGELIMIT 2] too many\r\n"],
        ] {
            assert_eq!(with(30, &[], answer, sort).0.unwrap(), None);
            assert_eq!(with(30, &[], answer, thread).0.unwrap(), None);
        }
        let answer = &["* SORT 9 8\r\n* THREAD (9)(8)\r\n$ OK done\r\n"];
        assert_eq!(with(30, &[], answer, sort).0.unwrap().map(|uids| uids.len()), Some(2));
        assert_eq!(with(30, &[], answer, thread).0.unwrap(), Some(2));
    }
}
