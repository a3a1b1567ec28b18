//! STORE (RFC 9051 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section 3.1.3).

use super::Selected;
use super::fetch::MAX_SET;
use crate::error::{Error, Result};
use crate::imap::command::Command;
use crate::imap::flag::Flag;
use crate::imap::grammar::Code;
use crate::imap::number::ModSeq;
use crate::imap::receiver::Receiver;
use crate::imap::set::UidSet;

/// What is done with flags.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// They are set, others stay.
    Add,
    /// They are cleared, others stay.
    Remove,
    /// They are set and all others cleared.
    Replace,
}

impl Selected<'_> {
    /// UID STORE. The rows that tell the new flags go to `receiver`; UIDs that the mailbox does not have bring none.
    ///
    /// With `unchanged_since`, messages that were changed later are left alone: those are returned.
    pub fn uid_store(
        &mut self,
        uids: &UidSet,
        change: Change,
        flags: &[Flag],
        unchanged_since: Option<ModSeq>,
        receiver: &mut dyn Receiver,
    ) -> Result<UidSet> {
        let mut modified = UidSet::default();
        for set in uids.chunks(MAX_SET) {
            let mut command = Command::new("UID STORE").set(&set);
            if let Some(mod_seq) = unchanged_since {
                command = command.word(format!("(UNCHANGEDSINCE {mod_seq})"));
            }
            let command = store_command(command, change, flags);
            let outcome = self.session.engine.run_any(&command, receiver)?;
            // OK or NO, both say what was left alone (RFC 7162 section 3.1.3).
            if let Some(Code::Modified(set)) = &outcome.completion.code {
                modified.union(&set.to_uids());
                continue;
            }
            outcome.accepted()?;
        }
        Ok(modified)
    }

    /// UID EXPUNGE: removes those of the messages that are marked `\Deleted`, and no others (RFC 4315 section 2.1).
    ///
    /// [`Error::Unsupported`] where the server has no UIDPLUS: plain EXPUNGE would remove what others marked.
    pub fn uid_expunge(&mut self, uids: &UidSet, receiver: &mut dyn Receiver) -> Result<()> {
        if !self.session.has(crate::imap::capability::Extension::UidPlus) {
            return Err(Error::Unsupported(
                "the server has no UIDPLUS: it can only remove everything that anybody has marked as deleted".into(),
            ));
        }
        for set in uids.chunks(MAX_SET) {
            self.session.engine.run(&Command::new("UID EXPUNGE").set(&set).patient(), receiver)?;
        }
        Ok(())
    }

    /// EXPUNGE: removes everything that is marked `\Deleted`, by whomever.
    pub fn expunge(&mut self, receiver: &mut dyn Receiver) -> Result<()> {
        self.session.engine.run(&Command::new("EXPUNGE").patient(), receiver).map(drop)
    }
}

/// Adds what STORE has behind its set.
pub(super) fn store_command(command: Command, change: Change, flags: &[Flag]) -> Command {
    let item = match change {
        Change::Add => "+FLAGS",
        Change::Remove => "-FLAGS",
        Change::Replace => "FLAGS",
    };
    let words: Vec<String> = flags.iter().map(Flag::to_string).collect();
    command.word(item).word(format!("({})", words.join(" ")))
}
