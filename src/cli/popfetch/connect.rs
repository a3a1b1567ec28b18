//! From a plan to a logged-in session, as often as a run needs one.

use std::time::Instant;

use crate::cli::account::{Access, Clock, Dialled};
use crate::cli::args::Pipeline;
use crate::cli::output::Output;
use crate::cli::output::record::Timings;
use crate::cli::popfetch::plan::Plan;
use crate::error::{Error, Result};
use crate::pop3::{Authorization, Capabilities, Pipelining, Session, Transaction};
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
    /// The session.
    pub(crate) session: Session<Authorization>,
    /// The address that was connected to, as the transcript names it.
    pub(crate) peer: Option<String>,
    /// What the server said it can do before TLS began.
    pub(crate) before_tls: Option<Capabilities>,
    /// How long each stage took.
    pub(crate) timings: Timings,
}

/// A session that is logged in.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The session.
    pub(crate) session: Session<Transaction>,
    /// The way that was taken first; `None` if there was no login.
    pub(crate) choice: Option<Choice>,
    /// How long each stage took.
    pub(crate) timings: Timings,
}

impl Account {
    /// Reads certificates and gets the secrets that a login is likely to need.
    pub(crate) fn prepare(plan: &Plan, transcript: Transcript, output: &dyn Output) -> Result<Self> {
        Ok(Self { access: Access::prepare(&plan.server, transcript, output)? })
    }

    /// What every protocol shares.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Connects, secures the connection and asks what the server can do.
    pub(crate) fn reach(&self, pipelining: Pipelining) -> Result<Reached> {
        let mut timings = Timings::default();
        let Dialled { connection, peer } = self.access.dial(&mut timings, None)?;
        let mut clock = Clock::start();
        let mut session = Session::open(connection, pipelining)?;
        timings.greeting = clock.lap();
        session.capa()?;
        timings.capabilities = clock.lap();
        let mut before_tls = None;
        let offered = session.capabilities().is_some_and(|capabilities| capabilities.stls);
        if let Some(connector) = self.access.upgrade(offered) {
            before_tls = session.capabilities().cloned();
            session = session.stls(connector, self.access.server().endpoint.host())?;
            timings.tls = Some(clock.lap());
            session.capa()?;
            timings.capabilities += clock.lap();
        }
        Ok(Reached { session, peer, before_tls, timings })
    }

    /// Connects and logs in. A token that has expired is renewed once.
    pub(crate) fn login(&self, pipelining: Pipelining) -> Result<Opened> {
        let reached = self.reach(pipelining)?;
        match self.authenticate(reached) {
            Err(Error::Authentication(rejection)) if self.access.renew_token()? => {
                let text = format!("{rejection}; trying once more with a new token");
                self.access.transcript().event(&text);
                self.authenticate(self.reach(pipelining)?)
            }
            other => other,
        }
    }

    /// Logs in to a server that was reached.
    pub(crate) fn authenticate(&self, reached: Reached) -> Result<Opened> {
        let Reached { session, mut timings, .. } = reached;
        if !self.access.server().logs_in() {
            return Ok(Opened { session: session.without_login(), choice: None, timings });
        }
        let started = Instant::now();
        let choices = match self.access.choices(&session.offer(), &session.channel()) {
            Ok(choices) => choices,
            Err(error) => {
                session.leave();
                return Err(error);
            }
        };
        let session = session.login(&choices, &self.access.credentials())?;
        timings.login = Some(started.elapsed());
        Ok(Opened { session, choice: choices.into_iter().next(), timings })
    }
}

impl From<Pipeline> for Pipelining {
    fn from(depth: Pipeline) -> Self {
        match depth {
            Pipeline::Auto => Self::Auto,
            Pipeline::Off => Self::Off,
            Pipeline::Depth(depth) => Self::AtMost(depth),
        }
    }
}
