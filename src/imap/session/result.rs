//! A search whose result the server keeps (`$`; SEARCHRES, RFC 5182), and what is done with it, in one flight.

use super::Selected;
use super::search::{Found, VERB};
use super::store::{Change, store_command};
use crate::error::Result;
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::flag::Flag;
use crate::imap::grammar::{Code, Data};
use crate::imap::mailbox::Mailbox;
use crate::imap::query::Program;
use crate::imap::session::copy::{Copied, copied};
use crate::imap::set::UidSet;

/// What the result of a search is called.
const RESULT: &str = "$";

/// What takes the data that comes of a command on a result, which is its first argument.
type Listen<'l> = &'l mut dyn FnMut(&UidSet, &Data<'_>) -> Result<()>;

/// What came of a search and of the commands on its result.
#[derive(Debug)]
pub struct Acted {
    /// What was found, and acted on.
    pub uids: UidSet,
    /// Whether the server has accepted every command. If not, at least one of them has done nothing.
    pub accepted: Result<()>,
}

impl Selected<'_> {
    /// UID SEARCH and UID STORE of what it finds. The rows that tell the new flags go to `listen`.
    ///
    /// `None` if these cannot go together, and nothing was sent: see [`Selected::search_and_carry`].
    pub fn search_and_store(
        &mut self,
        program: &Program,
        changes: &[(Change, &[Flag])],
        listen: Listen<'_>,
    ) -> Result<Option<Acted>> {
        let commands: Vec<Command> = changes
            .iter()
            .map(|(change, flags)| store_command(Command::new("UID STORE").word(RESULT), *change, flags))
            .collect();
        self.on_result(program, &commands, listen, &mut Vec::new())
    }

    /// UID SEARCH, and UID COPY or UID MOVE, for which the server must be known to have it, of what it finds.
    ///
    /// `None` if these cannot go together, and nothing was sent: the server has no SEARCHRES or may stop at a limit, or it would
    /// have to be asked in between. Nor do they where `$` holds an earlier result, which a search that the server does not
    /// understand would leave there (RFC 5182 section 2.1), to be acted on.
    ///
    /// An error other than [`crate::Error::Rejected`] leaves open whether anything was done.
    pub fn search_and_carry(
        &mut self,
        program: &Program,
        verb: Carry,
        to: &Mailbox,
        told: &mut Vec<Copied>,
    ) -> Result<Option<Acted>> {
        let verb = match verb {
            Carry::Copy => "UID COPY",
            Carry::Move => "UID MOVE",
        };
        let command = Command::new(verb).word(RESULT).mailbox(to).patient();
        self.on_result(program, &[command], &mut |_, _| Ok(()), told)
    }

    fn on_result(
        &mut self,
        program: &Program,
        commands: &[Command],
        listen: Listen<'_>,
        told: &mut Vec<Copied>,
    ) -> Result<Option<Acted>> {
        let search = Command::new(VERB).patient().word("RETURN (SAVE ALL)");
        let search = program.search(search, &self.session.engine.state.capabilities);
        if !self.keeps_result(program) || self.waits(&search)? {
            return Ok(None);
        }
        for command in commands {
            if self.waits(command)? {
                return Ok(None);
            }
        }
        let engine = &mut self.session.engine;
        let mut found = Found::default();
        engine.state.has_result = true;
        let searching = engine.submit(&search, &mut found)?;
        let mut tickets = Vec::new();
        for command in commands {
            tickets.push(engine.submit(command, &mut found)?);
        }
        let searched = engine.wait_any(searching, &mut found)?;
        let mut accepted = Ok(());
        for ticket in tickets {
            let outcome = engine.wait_any(ticket, &mut |data: &Data<'_>| {
                if let Data::Status(status) = data {
                    told.extend(status.code.as_ref().and_then(|code| copied(code, &found.uids)));
                }
                listen(&found.uids, data)
            })?;
            told.extend(outcome.completion.code.as_ref().and_then(|code| copied(code, &found.uids)));
            accepted = accepted.and(outcome.accepted().map(drop));
        }
        // What follows a refused search has had nothing to work on.
        let code = searched.accepted()?.code;
        found.told()?;
        match code {
            Some(Code::MessageLimit { limit, .. }) => Err(super::limits::unnamed(limit)),
            _ => Ok(Some(Acted { uids: found.uids, accepted })),
        }
    }

    /// Whether the server keeps the result of this search, all of it and no other.
    fn keeps_result(&self, program: &Program) -> bool {
        let state = &self.session.engine.state;
        let has_both = state.has(Extension::SearchRes) && state.has(Extension::Esearch);
        // A character set that the server does not know is tried again in another.
        has_both && !state.has_result && state.capabilities.message_limit.is_none() && !program.needs_charset()
    }

    /// Whether the server would have to agree to a part of the command.
    fn waits(&self, command: &Command) -> Result<bool> {
        let state = &self.session.engine.state;
        command.waits(crate::imap::command::Dialect { literals: state.literals(), ..state.dialect })
    }
}

/// How messages get into another mailbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carry {
    /// They are in both then.
    Copy,
    /// They are in that one only.
    Move,
}
