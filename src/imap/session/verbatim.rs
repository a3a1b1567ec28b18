//! Commands as people write them, with what they do to the session.

use super::{Authenticated, Session};
use crate::error::{Error, Rejection, Result};
use crate::imap::receiver::Receiver;
use crate::imap::state::Access;
use crate::imap::verbatim::Verbatim;

impl Session<Authenticated> {
    /// Sends a command that somebody wrote, and gives what comes to `receiver`, the completion too
    /// ([`Receiver::response`]). The refusal, if it was refused.
    ///
    /// What is known of the session stays true: SELECT, EXAMINE, CLOSE and UNSELECT open and close mailboxes, LOGIN and
    /// UNAUTHENTICATE (RFC 8437) change what the server can do. Behind UNAUTHENTICATE nobody is logged in, and only LOGIN helps.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for IDLE, which is [`Session::idle`].
    pub fn verbatim(&mut self, written: &Verbatim, receiver: &mut dyn Receiver) -> Result<Option<Rejection>> {
        let name = written.verb().map_or("", |verb| verb.name);
        let state = &mut self.engine.state;
        let told = state.told;
        match name {
            "IDLE" => return Err(Error::InvalidInput("IDLE has no end of its own".into())),
            "SELECT" | "EXAMINE" => {
                let access = if name == "SELECT" { Access::ReadWrite } else { Access::ReadOnly };
                let mailbox = written.mailbox(state.dialect.names);
                let is_known = mailbox.is_some();
                state.selecting(mailbox.unwrap_or_default(), access);
                state.is_open = is_known;
            }
            _ => {}
        }
        let outcome = self.engine.run_any(&written.command, receiver)?;
        let state = &mut self.engine.state;
        // It may have been a search with SAVE.
        state.has_result |= state.is_open;
        match (name, &outcome.rejection) {
            // RFC 9051 section 6.3.2: a mailbox that cannot be selected leaves none selected.
            ("SELECT" | "EXAMINE", Some(_)) | ("CLOSE" | "UNSELECT" | "LOGOUT", None) => state.is_open = false,
            ("LOGIN" | "UNAUTHENTICATE", None) => {
                state.start_over();
                if state.told == told {
                    state.forget_capabilities();
                }
            }
            _ => {}
        }
        Ok(outcome.rejection)
    }
}
