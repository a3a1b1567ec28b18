//! SEARCH, SORT and THREAD by UID (RFC 9051 section 6.4.4, RFC 5256), with extended results where the server has them
//! (ESEARCH, RFC 4731; ESORT, RFC 5267; PARTIAL, RFC 9394): short answers in place of a number for each message.

use super::Selected;
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::engine::Outcome;
use crate::imap::grammar::{Code, Data, Flaw, ThreadNode};
use crate::imap::number::Uid;
use crate::imap::query::Program;
use crate::imap::receiver::Receiver;
use crate::imap::set::UidSet;
use crate::mail::thread::Algorithm;

/// How many UIDs an answer may name, from however short a text.
const MAX_FOUND: u64 = 50_000_000;

impl Selected<'_> {
    /// UID SEARCH. The answer is a set, which for most searches is short however many messages there are.
    ///
    /// Strings that are not ASCII go as UTF-8, and as ISO-8859-1 if the server refuses that; [`Error::Unsupported`] if it knows
    /// neither.
    pub fn uid_search(&mut self, program: &Program) -> Result<UidSet> {
        let extended = self.session.has(Extension::Esearch);
        let mut found = Found::default();
        self.in_a_charset(program, |selected, program| {
            let command = Command::new("UID SEARCH").patient();
            let command = if extended { command.word("RETURN (ALL)") } else { command };
            let command = program.search(command, &selected.session.engine.state.capabilities);
            found = Found::default();
            selected.session.engine.run_any(&command, &mut found)
        })?;
        found.told()?;
        Ok(found.uids)
    }

    /// The last `count` UIDs of what a search finds, behind the last `skip` (PARTIAL, RFC 9394 section 3.1), which the server must
    /// offer: only the page crosses the wire.
    pub fn uid_search_last(&mut self, program: &Program, skip: u32, count: u32) -> Result<UidSet> {
        let (from, to) = (u64::from(skip) + 1, u64::from(skip) + u64::from(count.max(1)));
        let mut found = Found::default();
        self.in_a_charset(program, |selected, program| {
            let command = Command::new("UID SEARCH").patient().word(format!("RETURN (PARTIAL -{from}:-{to})"));
            let command = program.search(command, &selected.session.engine.state.capabilities);
            found = Found::default();
            selected.session.engine.run_any(&command, &mut found)
        })?;
        found.told()?;
        Ok(found.uids)
    }

    /// UID SORT by these criteria (`REVERSE DATE`, without parentheses), which the server must offer.
    pub fn uid_sort(&mut self, criteria: &str, program: &Program) -> Result<Vec<Uid>> {
        let extended = self.session.has(Extension::Esort);
        let mut found = Found { order: Order::Kept, ..Found::default() };
        self.in_a_charset(program, |selected, program| {
            let command = Command::new("UID SORT").patient();
            let command = if extended { command.word("RETURN (ALL)") } else { command };
            let command = program.sort(command.word(format!("({criteria})")));
            found = Found { order: Order::Kept, ..Found::default() };
            selected.session.engine.run_any(&command, &mut found)
        })?;
        found.told()?;
        Ok(found.sorted)
    }

    /// UID THREAD, which the server must offer with this algorithm.
    pub fn uid_thread(&mut self, algorithm: Algorithm, program: &Program) -> Result<Vec<ThreadNode>> {
        let mut found = Found::default();
        self.in_a_charset(program, |selected, program| {
            let command = program.sort(Command::new("UID THREAD").patient().word(algorithm.atom()));
            found = Found::default();
            selected.session.engine.run_any(&command, &mut found)
        })?;
        found.told()?;
        Ok(found.threads)
    }

    /// Searches in UTF-8 where a character set is named at all, and in ISO-8859-1 if the server says BADCHARSET to that.
    fn in_a_charset(
        &mut self,
        program: &Program,
        mut search: impl FnMut(&mut Self, &Program) -> Result<Outcome>,
    ) -> Result<()> {
        let outcome = search(self, program)?;
        // Quirk: a server that does not know the character set says so in a BAD without a code, or in any NO.
        let is_charset = matches!(outcome.completion.code, Some(Code::BadCharset(_)))
            || (program.needs_charset() && outcome.rejection.is_some());
        if !is_charset {
            return outcome.accepted().map(drop);
        }
        let refused = outcome.rejection;
        let latin1 = program.in_latin1().filter(|_| program.needs_charset());
        if let Some(latin1) = latin1 {
            self.session.note("the server does not search in UTF-8: trying ISO-8859-1");
            if search(self, &latin1)?.rejection.is_none() {
                return Ok(());
            }
        }
        let told = refused.map(|rejection| format!(": {rejection}")).unwrap_or_default();
        Err(Error::Unsupported(format!("the server cannot search for text that is not ASCII{told}")))
    }
}

/// What comes back from any of them.
#[derive(Debug, Default)]
struct Found {
    uids: UidSet,
    sorted: Vec<Uid>,
    threads: Vec<ThreadNode>,
    order: Order,
    count: u64,
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Order {
    /// Ascending will do.
    #[default]
    Any,
    /// As the server has it.
    Kept,
}

impl Found {
    /// An answer that could not be read is no answer: to take it for "nothing" would be a guess.
    fn told(&self) -> Result<()> {
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
        for uid in numbers.filter_map(Uid::new) {
            match self.order {
                Order::Any => self.uids.insert(uid),
                Order::Kept => self.sorted.push(uid),
            }
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
            Data::Thread(nodes) => self.threads.extend_from_slice(nodes),
            _ => {}
        }
        Ok(())
    }

    fn flaw(&mut self, flaw: &Flaw) -> Result<()> {
        self.flaw.get_or_insert_with(|| flaw.clone());
        Ok(())
    }
}
