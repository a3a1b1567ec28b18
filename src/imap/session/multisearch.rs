//! Searches in several mailboxes: ESEARCH (MULTISEARCH, RFC 7377), or EXAMINE and UID SEARCH of one after the other, many ahead of
//! their completions.

use std::collections::{HashMap, VecDeque};

use super::search::{Found, MAX_FOUND, VERB};
use super::select::Select;
use super::{Authenticated, Session};
use crate::error::{Error, Phase, Result};
use crate::imap::capability::Extension;
use crate::imap::command::{Command, Dialect};
use crate::imap::grammar::{Code, Data, Flaw, Numbering};
use crate::imap::mailbox::Mailbox;
use crate::imap::number::UidValidity;
use crate::imap::query::Program;
use crate::imap::receiver::{Ignore, Receiver};
use crate::imap::set::UidSet;
use crate::imap::state::Access;

/// In how many mailboxes one command searches, and how many octets their names may take in it.
const MANY: usize = 200;
const MAX_NAMES: usize = 4_000;

/// How many mailboxes are opened ahead of what is found in the first of them.
const WINDOW: usize = 8;

/// What was found in each mailbox, and what its UIDs belong to.
pub type FoundIn = HashMap<Mailbox, (Option<UidValidity>, UidSet)>;

/// What became of a search in one mailbox.
#[derive(Debug)]
pub enum Searched {
    /// This was found.
    Found {
        /// What the UIDs belong to.
        uid_validity: Option<UidValidity>,
        /// Those that were found.
        uids: UidSet,
    },
    /// It cannot be opened.
    Refused(Error),
    /// It has to be searched by itself: the server has refused the search, or has not come to the end of it.
    Open,
}

impl Session<Authenticated> {
    /// Searches these mailboxes, none of which needs to be selected. Of those in which nothing is found the server says nothing; nor
    /// of those that it does not have or that we may not read (RFC 7377 section 2.2), which STATUS tells.
    ///
    /// `None` if the server does not offer MULTISEARCH, refuses, or stops at a limit: one has to search each by itself then.
    pub fn search_in(&mut self, mailboxes: &[Mailbox], program: &Program) -> Result<Option<FoundIn>> {
        if !self.has(Extension::MultiSearch) {
            return Ok(None);
        }
        let mut results = Results {
            found: mailboxes.iter().map(|mailbox| (mailbox.clone(), Default::default())).collect(),
            flaw: None,
            count: 0,
            is_strange: false,
        };
        for some in groups(mailboxes, self.names()) {
            let mut command = Command::new("ESEARCH").patient().word("IN (mailboxes (");
            for (at, mailbox) in some.iter().enumerate() {
                command = if at == 0 { command.bare_mailbox(mailbox) } else { command.mailbox(mailbox) };
            }
            let command = program.search(command.raw("))").word("RETURN (ALL)"), &self.engine.state.capabilities);
            let outcome = self.engine.run_any(&command, &mut results)?;
            let is_short = matches!(outcome.completion.code, Some(Code::Limit | Code::MessageLimit { .. }));
            if is_short || outcome.rejection.is_some() {
                self.note("the server does not search so many folders at once");
                return Ok(None);
            }
            if results.is_strange {
                self.note("the server tells of other folders or numbers than it was asked for");
                return Ok(None);
            }
        }
        if let Some(flaw) = results.flaw {
            let detail = format!("an answer that cannot be understood: {flaw}");
            return Err(Error::protocol(Phase::Reply("ESEARCH"), detail));
        }
        results.found.retain(|_, (_, uids)| !uids.is_empty());
        Ok(Some(results.found))
    }

    /// Opens each of these mailboxes for looking at it and searches it, several ahead of each other, and tells in their order what
    /// came of it. The last one is left open.
    pub fn search_each(
        &mut self,
        mailboxes: &[Mailbox],
        program: &Program,
        tell: &mut dyn FnMut(&Mailbox, Searched) -> Result<()>,
    ) -> Result<()> {
        let search = Command::new(VERB).patient();
        let search = if self.has(Extension::Esearch) { search.word("RETURN (ALL)") } else { search };
        let search = program.search(search, &self.engine.state.capabilities);
        let dialect = Dialect { literals: self.engine.state.literals(), ..self.engine.state.dialect };
        let mut mailboxes = mailboxes.iter();
        let mut tickets = VecDeque::new();
        loop {
            while tickets.len() < WINDOW
                && let Some(mailbox) = mailboxes.next()
            {
                let open = Select::examine(mailbox.clone()).command();
                // Nothing may be waited for in between: what comes belongs to others.
                if search.waits(dialect)? || open.waits(dialect)? {
                    tickets.push_back((mailbox, None));
                    continue;
                }
                let opening = self.engine.submit(&open, &mut Ignore)?;
                tickets.push_back((mailbox, Some((opening, self.engine.submit(&search, &mut Ignore)?))));
            }
            let Some((mailbox, tickets)) = tickets.pop_front() else { return Ok(()) };
            let Some((opening, searching)) = tickets else {
                tell(mailbox, Searched::Open)?;
                continue;
            };
            // Only now: what comes up to here is about the one before (RFC 9051 section 5.5).
            self.engine.state.selecting(mailbox.clone(), Access::ReadOnly);
            let mut found = Found::default();
            let opened = self.engine.wait_any(opening, &mut found)?;
            self.engine.state.is_open = opened.rejection.is_none();
            let searched = self.engine.wait_any(searching, &mut found)?;
            if let Some(rejection) = opened.rejection {
                tell(mailbox, Searched::Refused(Error::Rejected(rejection)))?;
                continue;
            }
            let is_short = matches!(searched.completion.code, Some(Code::MessageLimit { .. }));
            if is_short || searched.rejection.is_some() {
                tell(mailbox, Searched::Open)?;
                continue;
            }
            found.told()?;
            let uid_validity = self.engine.state.selection.uid_validity;
            tell(mailbox, Searched::Found { uid_validity, uids: found.uids })?;
        }
    }
}

/// The mailboxes in pieces that go into one command.
fn groups(mailboxes: &[Mailbox], names: crate::imap::mailbox::NameEncoding) -> Vec<&[Mailbox]> {
    let mut groups = Vec::new();
    let (mut from, mut octets) = (0, 0);
    for (at, mailbox) in mailboxes.iter().enumerate() {
        let length = mailbox.to_wire(names).len() + 3;
        if at > from && (at - from >= MANY || octets + length > MAX_NAMES) {
            groups.extend(mailboxes.get(from..at));
            (from, octets) = (at, 0);
        }
        octets += length;
    }
    groups.extend(mailboxes.get(from..).filter(|rest| !rest.is_empty()));
    groups
}

/// What ESEARCH tells of each mailbox.
struct Results {
    found: FoundIn,
    flaw: Option<Flaw>,
    /// How many messages it has told of.
    count: u64,
    /// It has told of a mailbox that was not asked for, at least not by that name, or of something else than UIDs.
    is_strange: bool,
}

impl Receiver for Results {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Esearch(told) = data else { return Ok(()) };
        let Some(all) = &told.all else { return Ok(()) };
        self.count = self.count.saturating_add(all.len());
        if self.count > MAX_FOUND {
            return Err(Error::Limit { what: "the number of messages found", limit: MAX_FOUND });
        }
        match told.mailbox.as_ref().and_then(|mailbox| self.found.get_mut(mailbox)) {
            Some((validity, uids)) if told.numbering == Numbering::Uid => {
                *validity = told.uid_validity;
                uids.union(&all.to_uids());
            }
            _ => self.is_strange = true,
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
    use super::*;
    use crate::imap::grammar::{Response, response};
    use crate::imap::{Frame, NameEncoding};

    fn heard(line: &str) -> (Results, Result<()>) {
        let found = [(Mailbox::Inbox, Default::default())].into_iter().collect();
        let mut results = Results { found, flaw: None, count: 0, is_strange: false };
        let frame = Frame { bytes: line.into(), streamed: Vec::new() };
        let outcome = match response(&frame, NameEncoding::Utf7).unwrap() {
            Response::Data(data) => results.data(&data),
            other => panic!("{other:?}"),
        };
        (results, outcome)
    }

    #[test]
    fn answers_to_something_else_are_none() {
        let (results, outcome) = heard("* ESEARCH (TAG \"a\" MAILBOX INBOX UIDVALIDITY 1) UID ALL 1:3");
        assert!(outcome.is_ok() && !results.is_strange);
        assert_eq!(results.found.values().next().unwrap().1.to_string(), "1:3");
        for line in [
            "* ESEARCH (TAG \"a\" MAILBOX Inbux UIDVALIDITY 1) UID ALL 1:3",
            "* ESEARCH (TAG \"a\" MAILBOX INBOX UIDVALIDITY 1) ALL 1:3",
        ] {
            let (results, outcome) = heard(line);
            assert!(outcome.is_ok() && results.is_strange, "{line}");
            assert!(results.found.values().next().unwrap().1.is_empty(), "{line}");
        }
        let (_, outcome) = heard("* ESEARCH (TAG \"a\" MAILBOX INBOX UIDVALIDITY 1) UID ALL 1:4294967295");
        assert!(matches!(outcome, Err(Error::Limit { .. })));
    }
}
