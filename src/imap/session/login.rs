//! Logging in, with what the session is for riding behind it.

use super::{Authenticated, NotAuthenticated, Select, Session};
use crate::error::{Error, Result};
use crate::imap::auth;
use crate::imap::engine::Ticket;
use crate::imap::receiver::Ignore;
use crate::sasl::{self, Choice, Credentials, Method};

/// What is wanted right after the login.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Nothing yet.
    Session,
    /// A mailbox, which is asked for in the same flight where that can be.
    Mailbox(Select),
}

/// A session that is logged in, and what came of the mailbox that was asked for.
#[derive(Debug)]
pub struct Entered {
    /// The session.
    pub session: Session<Authenticated>,
    /// Why the mailbox is not open, if one was asked for and it is not.
    pub mailbox: Result<()>,
}

impl Session<NotAuthenticated> {
    /// Logs in by the first choice that the server does not call unavailable. A refusal of the credentials ends it at
    /// once ([`Error::Authentication`]), so that no account is locked by a second try.
    ///
    /// SELECT rides behind a login that needs no further step (LOGIN without a literal that waits, AUTHENTICATE with an initial
    /// response): it costs no round trip then.
    pub fn login(mut self, choices: &[Choice], credentials: &Credentials, entry: &Entry) -> Result<Entered> {
        let mut last = None;
        let told = self.engine.state.told;
        for choice in choices {
            self.note(&format!("authenticating by {}", choice.reason));
            let mut behind = None;
            let result = self.authenticate(choice, credentials, entry, &mut behind);
            match result {
                Ok(()) => return self.enter(entry, behind, told),
                Err(error) if sasl::may_try_next(&error) => {
                    // What rode behind the refused login is refused too.
                    if let Some(ticket) = behind {
                        self.engine.wait_any(ticket, &mut Ignore)?;
                    }
                    self.engine.state.is_open = false;
                    last = Some(error);
                }
                Err(error) => {
                    // A server that refuses and hangs up has said why.
                    if let (Error::Closed { .. } | Error::Network { .. }, Some(told)) = (&error, last) {
                        return Err(told);
                    }
                    if !error.is_fatal_to_session() {
                        self.leave();
                    }
                    return Err(error);
                }
            }
        }
        self.leave();
        Err(last.unwrap_or_else(|| Error::Unsupported("there is no way to log in".into())))
    }

    fn authenticate(
        &mut self,
        choice: &Choice,
        credentials: &Credentials,
        entry: &Entry,
        behind: &mut Option<Ticket>,
    ) -> Result<()> {
        let mut ride = |engine: &mut crate::imap::engine::Engine| {
            let Entry::Mailbox(select) = entry else { return Ok(()) };
            let command = select.command();
            let mut dialect = engine.state.dialect;
            dialect.literals = engine.state.literals();
            if select.condstore || command.waits(dialect)? {
                return Ok(());
            }
            engine.state.selecting(select.mailbox.clone(), select.access);
            *behind = Some(engine.submit(&command, &mut Ignore)?);
            Ok(())
        };
        match choice.method {
            Method::Sasl(mechanism) => auth::sasl(&mut self.engine, mechanism, credentials, &choice.binding, &mut ride),
            Method::UserPass => auth::login(&mut self.engine, credentials, &mut ride),
            Method::Apop => Err(Error::Unsupported("IMAP has no APOP".into())),
        }
    }

    fn enter(self, entry: &Entry, behind: Option<Ticket>, told: u64) -> Result<Entered> {
        let mut session: Session<Authenticated> = self.change();
        if session.engine.state.told == told {
            // What was offered before the login may differ from what is offered after it (RFC 9051 section 6.2.2).
            session.engine.state.forget_capabilities();
        }
        let mailbox = match (entry, behind) {
            (Entry::Mailbox(_), Some(ticket)) => session.selected_by(ticket),
            (Entry::Mailbox(select), None) => session.select(select).map(drop),
            (Entry::Session, _) => Ok(()),
        };
        match mailbox {
            Err(error) if error.is_fatal_to_session() => Err(error),
            mailbox => {
                session.capability()?;
                Ok(Entered { session, mailbox })
            }
        }
    }
}
