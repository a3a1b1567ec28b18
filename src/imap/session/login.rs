//! Logging in, with what the session is for riding behind it.

use super::{Authenticated, NotAuthenticated, Select, Session};
use crate::error::{Error, Result};
use crate::imap::auth;
use crate::imap::capability::Extension;
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
        let mut choices = choices.iter();
        let mut next = choices.next();
        while let Some(choice) = next {
            self.note(&format!("authenticating by {}", choice.reason));
            let takes_initial = self.has(Extension::SaslIr);
            let mut behind = None;
            let told = self.engine.state.told;
            let result = self.authenticate(choice, credentials, entry, &mut behind);
            match result {
                Ok(()) => return self.enter(entry, behind, told),
                Err(error) if sasl::may_try_next(&error) => {
                    self.engine.state.is_open = false;
                    // What rode behind the refused login is refused too. A server that hangs up instead has said why before.
                    if let Some(ticket) = behind
                        && self.engine.wait_any(ticket, &mut Ignore).is_err()
                    {
                        return Err(error);
                    }
                    // The initial response alone was not understood: the same way once more, without.
                    let lacks_initial = takes_initial && !self.has(Extension::SaslIr);
                    next = if lacks_initial { Some(choice) } else { choices.next() };
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
        let lost = matches!(choice.method, Method::Sasl(_)) && self.loses_what_follows_authenticate();
        let mut ride = |engine: &mut crate::imap::engine::Engine| {
            let Entry::Mailbox(select) = entry else { return Ok(()) };
            if lost {
                return Ok(());
            }
            let select = &Select { resync: None, ..select.clone() };
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

    /// Quirk: Cyrus throws away what it has read behind AUTHENTICATE, and would let us wait for ever; not so behind LOGIN.
    fn loses_what_follows_authenticate(&self) -> bool {
        self.greeting().contains("Cyrus")
    }

    fn enter(self, entry: &Entry, behind: Option<Ticket>, told: u64) -> Result<Entered> {
        let mut session: Session<Authenticated> = self.change();
        if session.engine.state.told == told {
            // What was offered before the login may differ from what is offered after it (RFC 9051 section 6.2.2).
            session.engine.state.forget_capabilities();
        }
        let mailbox = match (entry, behind) {
            (Entry::Mailbox(_), Some(ticket)) => session.selected_by(Ok(ticket)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::auth::tests::{PLAIN, Script, credentials, serve};
    use crate::imap::mailbox::Mailbox;
    use crate::imap::session::Opened;
    use crate::sasl::{Channel, Known, Policy, Protection};

    /// Logs in with INBOX; what came of the two, and whether a mailbox is open then.
    fn enter(greeting: &'static str, script: Script) -> Result<(Result<()>, bool)> {
        let (connection, server) = serve(greeting, script);
        let Opened::NotAuthenticated(session) = Session::open(connection)? else { panic!("logged in already") };
        let channel = Channel { protection: Protection::TlsVerified, bindings: &[], client_cert: false };
        let known = Known { token: false, ..Known::from(&credentials()) };
        let choices = sasl::plan(&session.offer(), &channel, known, &Policy::default())?;
        let entered = session.login(&choices, &credentials(), &Entry::Mailbox(Select::examine(Mailbox::Inbox)));
        let entered = entered.map(|Entered { session, mailbox }| {
            let is_open = session.selection().is_some();
            session.leave();
            (mailbox, is_open)
        });
        server.join().unwrap();
        entered
    }

    const OFFER: &str = "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
    const OPENED: &str = "* 3 EXISTS\r\nT OK [READ-ONLY] done\r\n";

    #[test]
    fn a_mailbox_is_opened_in_the_flight_of_the_login() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", ""),
            ("T EXAMINE INBOX", "U OK [CAPABILITY IMAP4rev1] done\r\n* 3 EXISTS\r\nT OK [READ-ONLY] done\r\n"),
        ];
        let (mailbox, is_open) = enter(OFFER, script).unwrap();
        mailbox.unwrap();
        assert!(is_open);
    }

    #[test]
    fn a_mailbox_that_is_not_there_leaves_the_session() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", ""),
            ("T EXAMINE INBOX", "U OK [CAPABILITY IMAP4rev1] done\r\nT NO [NONEXISTENT] no\r\n"),
        ];
        let (mailbox, is_open) = enter(OFFER, script).unwrap();
        assert!(matches!(mailbox, Err(Error::Rejected(_))) && !is_open);
    }

    #[test]
    fn what_rode_behind_a_login_that_was_not_understood_is_asked_for_again() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T BAD Request not ending with CRLF\r\n"),
            ("T EXAMINE INBOX", "T BAD not logged in\r\n"),
            ("T AUTHENTICATE PLAIN", "+ \r\n"),
            (PLAIN, "T OK [CAPABILITY IMAP4rev1] done\r\n"),
            ("T EXAMINE INBOX", OPENED),
        ];
        let (mailbox, is_open) = enter(OFFER, script).unwrap();
        mailbox.unwrap();
        assert!(is_open);
    }

    #[test]
    fn a_server_that_does_not_know_authenticate_is_asked_by_login() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN", "T BAD AUTHENTICATE\r\n"),
            ("T LOGIN tim \"tanstaaf\"", "T OK [CAPABILITY IMAP4rev1] done\r\n"),
            ("T EXAMINE INBOX", OPENED),
        ];
        let (mailbox, is_open) = enter("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", script).unwrap();
        mailbox.unwrap();
        assert!(is_open);
    }

    #[test]
    fn a_refusal_is_not_tried_again() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T NO [AUTHENTICATIONFAILED] no\r\n"),
            ("T EXAMINE INBOX", "T BAD not logged in\r\n"),
        ];
        let error = enter(OFFER, script).unwrap_err();
        assert!(matches!(error, Error::Authentication(_)), "{error}");
    }

    #[test]
    fn nothing_is_sent_where_login_is_disabled() {
        let error = enter("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS] hi\r\n", &[]).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error}");
    }

    #[test]
    fn what_is_offered_after_the_login_is_asked_for_if_it_is_not_told() {
        let script: Script = &[
            ("T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==", "T OK done\r\n"),
            ("T EXAMINE INBOX", OPENED),
            ("T CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\nT OK done\r\n"),
        ];
        enter(OFFER, script).unwrap().0.unwrap();
    }

    #[test]
    fn what_was_offered_after_a_refusal_is_not_what_is_offered_after_the_login() {
        let script: Script = &[
            (
                "T AUTHENTICATE PLAIN AHRpbQB0YW5zdGFhZg==",
                "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nT BAD Request not ending with CRLF\r\n",
            ),
            ("T EXAMINE INBOX", "T BAD not logged in\r\n"),
            ("T AUTHENTICATE PLAIN", "+ \r\n"),
            (PLAIN, "T OK done\r\n"),
            ("T EXAMINE INBOX", OPENED),
            ("T CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\nT OK done\r\n"),
        ];
        enter(OFFER, script).unwrap().0.unwrap();
    }
}
