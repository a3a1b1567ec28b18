//! From a plan to a session that is logged in, as often as a run needs one.

use std::time::Instant;

use crate::cli::account::{Access, Clock, Dialled};
use crate::cli::output::Output;
use crate::cli::output::record::Timings;
use crate::cli::plan::Server;
use crate::endpoint::Security;
use crate::error::{Error, Result};
use crate::imap::session::{Authenticated, Entered, Entry, NotAuthenticated, Opened};
use crate::imap::{Capabilities, Extension, Ignore, Session};
use crate::sasl::Choice;
use crate::wire::Transcript;

/// An account that is ready to be connected to: files read, secrets got.
#[derive(Debug)]
pub(crate) struct Account {
    access: Access,
}

/// A server that was reached, before the login.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) session: Opened,
    /// The address that was connected to, as the transcript names it.
    pub(crate) peer: Option<String>,
    /// What the server said it can do before TLS began.
    pub(crate) before_tls: Option<Capabilities>,
    /// How long each stage took.
    pub(crate) timings: Timings,
}

/// A session that is logged in.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) entered: Entered,
    /// The way that was taken first; `None` if there was no login.
    pub(crate) choice: Option<Choice>,
    /// How long each stage took.
    pub(crate) timings: Timings,
}

impl Account {
    /// Reads certificates and gets the secrets that a login is likely to need.
    pub(crate) fn prepare(server: &Server, transcript: Transcript, output: &dyn Output) -> Result<Self> {
        Ok(Self { access: Access::prepare(server, transcript, output)? })
    }

    /// The same server for a look at what it presents although it was refused: nothing is verified, and nobody logs in.
    pub(crate) fn unverified(&self) -> Result<Self> {
        Ok(Self { access: self.access.unverified()? })
    }

    /// What every protocol shares.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Connects, secures the connection and hears what the server can do: asked only if it has not said so in its greeting.
    pub(crate) fn reach(&self) -> Result<Reached> {
        let mut timings = Timings::default();
        let Dialled { connection, peer } = self.access.dial(&mut timings, None)?;
        let mut clock = Clock::start();
        let opened = Session::open(connection)?;
        timings.greeting = clock.lap();
        let mut session = match opened {
            Opened::Preauthenticated(session) => {
                let session = self.preauthenticated(session)?;
                return Ok(Reached { session, peer, before_tls: None, timings });
            }
            Opened::NotAuthenticated(session) => session,
        };
        // Whatever becomes of this question, TLS that was asked for is begun.
        let asked = session.capability().cloned();
        timings.capabilities = clock.lap();
        let mut before_tls = None;
        let offered = asked.as_ref().is_ok_and(|capabilities| capabilities.has(Extension::StartTls));
        match self.access.upgrade(offered) {
            Some(connector) => {
                before_tls = asked.ok();
                session = session.starttls(connector, self.access.server().endpoint.host())?;
                timings.tls = Some(clock.lap());
                session.capability()?;
                timings.capabilities += clock.lap();
            }
            None => {
                asked?;
            }
        }
        if !session.has(Extension::Imap4rev1) && !session.has(Extension::Imap4rev2) {
            session.leave();
            return Err(Error::Unsupported(
                "the server speaks an older IMAP than IMAP4rev1, which is not enough".into(),
            ));
        }
        Ok(Reached { session: Opened::NotAuthenticated(session), peer, before_tls, timings })
    }

    /// Connects and logs in, with the mailbox that is wanted riding behind the login. A token that has expired is renewed once.
    pub(crate) fn enter(&self, entry: &Entry) -> Result<Arrived> {
        match self.authenticate(self.reach()?, entry) {
            Err(Error::Authentication(rejection)) if self.access.renew_token()? => {
                let text = format!("{rejection}; trying once more with a new token");
                self.access.transcript().event(&text);
                self.authenticate(self.reach()?, entry)
            }
            other => other,
        }
    }

    /// Logs in to a server that was reached.
    pub(crate) fn authenticate(&self, reached: Reached, entry: &Entry) -> Result<Arrived> {
        let Reached { session, mut timings, .. } = reached;
        let started = Instant::now();
        let session = match session {
            Opened::Preauthenticated(mut session) => {
                session.capability()?;
                let entered = enter(session, entry)?;
                return Ok(Arrived { entered, choice: None, timings });
            }
            Opened::NotAuthenticated(session) => session,
        };
        let choices = match self.choices(&session) {
            Ok(choices) => choices,
            Err(error) => {
                session.leave();
                return Err(error);
            }
        };
        let Some(choices) = choices else {
            let entered = enter(session.without_login(), entry)?;
            return Ok(Arrived { entered, choice: None, timings });
        };
        let wants_id = wants_id(self.access.server().endpoint.host());
        let first = if wants_id { &Entry::Session } else { entry };
        let mut entered = session.login(&choices, &self.access.credentials(), first)?;
        if wants_id {
            let fields = [("name", "mailwire"), ("version", env!("CARGO_PKG_VERSION"))];
            match entered.session.id(&fields, &mut Ignore) {
                Err(Error::Rejected(rejection)) => entered.session.note(&format!("ID refused: {rejection}")),
                told => told?,
            }
            entered = enter(entered.session, entry)?;
        }
        timings.login = Some(started.elapsed());
        Ok(Arrived { entered, choice: choices.into_iter().next(), timings })
    }

    /// The ways to log in; `None` if nobody is to log in.
    fn choices(&self, session: &Session<NotAuthenticated>) -> Result<Option<Vec<Choice>>> {
        let (offer, channel) = (session.offer(), session.channel());
        match self.access.logs_in(&offer, &channel) {
            true => self.access.choices(&offer, &channel).map(Some),
            false => Ok(None),
        }
    }

    /// PREAUTH leaves no room for STARTTLS (RFC 9051 section 7.1.4), and on a network says nothing of who one is. Whoever says
    /// it then hears nothing more, not even a farewell.
    fn preauthenticated(&self, session: Session<Authenticated>) -> Result<Opened> {
        match self.access.server().endpoint.security {
            Security::StartTls => Err(Error::Insecure(
                "the server says PREAUTH, which leaves no room for STARTTLS; if it has implicit TLS use imaps://"
                    .into(),
            )),
            Security::Plain | Security::Opportunistic if !session.is_private() && self.access.server().logs_in() => {
                Err(Error::Insecure("the server says PREAUTH in clear: anybody on the way could have said so".into()))
            }
            _ => Ok(Opened::Preauthenticated(session)),
        }
    }
}

fn enter(mut session: Session<Authenticated>, entry: &Entry) -> Result<Entered> {
    let mailbox = match entry {
        Entry::Session => Ok(()),
        Entry::Mailbox(select) => session.select(select).map(drop),
    };
    match mailbox {
        Err(error) if error.is_fatal_to_session() => Err(error),
        mailbox => Ok(Entered { session, mailbox }),
    }
}

/// Quirk: NetEase (163, 126, yeah.net, 188) lets nobody select a mailbox who has not said what program it is; others break on
/// ID, so that nobody else is told.
fn wants_id(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    ["163.com", "126.com", "yeah.net", "188.com", "netease.com"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_to_know_the_program_is_told() {
        for host in ["imap.163.com", "IMAP.126.com", "163.com"] {
            assert!(wants_id(host), "{host}");
        }
        for host in ["imap.example.org", "not163.com", "imap.qq.com", ""] {
            assert!(!wants_id(host), "{host}");
        }
    }
}
