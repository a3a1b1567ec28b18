//! From a plan to a logged-in session, as often as a run needs one.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::cli::args::Pipeline;
use crate::cli::output::record::Timings;
use crate::cli::output::{Output, Warning};
use crate::cli::plan::Server;
use crate::cli::popfetch::plan::Plan;
use crate::config::secrets::SecretSource;
use crate::endpoint::{Protocol, Security};
use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsConfig};
use crate::net::{Stream, connect};
use crate::pop3::{Authorization, Capabilities, Pipelining, Session, Transaction};
use crate::sasl::{self, Choice, Credentials, Known, Mechanism, Method};
use crate::secret::Secret;
use crate::wire::{Connection, Transcript};

/// An account that is ready to be connected to: files read, secrets got.
#[derive(Debug)]
pub(crate) struct Account {
    plan: Plan,
    connector: Option<Connector>,
    password: Option<Secret>,
    token: Mutex<Option<Secret>>,
    transcript: Transcript,
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
    /// Reads certificates and gets the secrets that a login is likely to need, before any connection: no server is kept
    /// waiting for a person or a command.
    pub(crate) fn prepare(plan: &Plan, transcript: Transcript, output: &dyn Output) -> Result<Self> {
        if plan.server.tls.no_verify {
            let text = "the server's certificate is not verified: anybody on the way can read and change everything";
            output.warn(&Warning::grave(&plan.server.account, text));
        }
        let connector = match plan.server.endpoint.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => Some(plan.server.tls.connector()?),
            // Whoever answers is talked to anyway: a certificate that fits nothing changes nothing.
            Security::Opportunistic => Some(TlsConfig { no_verify: true, ..plan.server.tls.clone() }.connector()?),
        };
        let (wants_token, wants_password) = wanted_secrets(plan);
        let token = match &plan.server.token {
            Some(token) if wants_token => Some(token.secret(&plan.server.timeouts)?),
            _ => None,
        };
        let password = if wants_password { Some(plan.server.password.secret(&plan.server.timeouts)?) } else { None };
        for secret in [&token, &password].into_iter().flatten() {
            transcript.masker().add(secret);
        }
        Ok(Self { plan: plan.clone(), connector, password, token: Mutex::new(token), transcript })
    }

    /// Connects, secures the connection and asks what the server can do.
    pub(crate) fn reach(&self, pipelining: Pipelining) -> Result<Reached> {
        let Server { endpoint, timeouts, .. } = &self.plan.server;
        let mut timings = Timings::default();
        let mut clock = Clock(Instant::now());
        let mut peer = None;
        let deadline = timeouts.connecting();
        let mut transport = connect(&endpoint.address, &self.plan.server.connect, &deadline, &mut |event| {
            if let Some(to) = event.strip_prefix("connected to ") {
                peer = Some(to.to_owned());
            }
            self.transcript.event(event);
        })
        .inspect_err(|error| self.transcript.event(&error.to_string()))?;
        timings.connect = clock.lap();
        let alpn = Protocol::Pop3.alpn();
        if let (Security::Tls, Some(connector)) = (endpoint.security, &self.connector) {
            let deadline = deadline.in_phase(Phase::TlsHandshake);
            transport = connector
                .handshake(transport, endpoint.host(), alpn, &deadline)
                .inspect_err(|error| self.transcript.event(&error.to_string()))?;
            timings.tls = Some(clock.lap());
        }
        let stream = Stream::from_transport(transport);
        let mut connection = Connection::new(stream, timeouts.clone(), self.transcript.clone());
        connection.note_tls();
        let mut session = Session::open(connection, pipelining)?;
        timings.greeting = clock.lap();
        session.capa()?;
        timings.capabilities = clock.lap();
        let mut before_tls = None;
        let upgrade = match endpoint.security {
            Security::StartTls => true,
            Security::Opportunistic => session.capabilities().is_some_and(|capabilities| capabilities.stls),
            Security::Tls | Security::Plain => false,
        };
        if let Some(connector) = self.connector.as_ref().filter(|_| upgrade) {
            before_tls = session.capabilities().cloned();
            session = session.stls(connector, endpoint.host())?;
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
            Err(Error::Authentication(rejection)) if self.renew_token()? => {
                self.transcript.event(&format!("{rejection}; trying once more with a new token"));
                self.authenticate(self.reach(pipelining)?)
            }
            other => other,
        }
    }

    /// Logs in to a server that was reached.
    pub(crate) fn authenticate(&self, reached: Reached) -> Result<Opened> {
        let Reached { session, mut timings, .. } = reached;
        if !self.plan.server.logs_in() {
            return Ok(Opened { session: session.without_login(), choice: None, timings });
        }
        let started = Instant::now();
        let credentials = self.credentials();
        let choices = match self.choices(&session, &credentials) {
            Ok(choices) => choices,
            Err(error) => {
                session.leave();
                return Err(error);
            }
        };
        let session = session.login(&choices, &credentials)?;
        timings.login = Some(started.elapsed());
        Ok(Opened { session, choice: choices.into_iter().next(), timings })
    }

    /// The ways to log in that are possible and allowed, best first.
    pub(crate) fn choices(&self, session: &Session<Authorization>, credentials: &Credentials) -> Result<Vec<Choice>> {
        let channel = sasl::Channel { client_cert: self.plan.server.tls.identity.is_some(), ..session.channel() };
        sasl::plan(&session.offer(), &channel, Known::from(credentials), &self.plan.server.policy())
    }

    /// Who logs in, with what was got for it.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            user: self.plan.server.user.clone(),
            authzid: self.plan.server.authzid.clone(),
            password: self.password.clone(),
            token: self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone(),
            host: self.plan.server.endpoint.host().to_owned(),
            port: self.plan.server.endpoint.port(),
        }
    }

    fn renew_token(&self) -> Result<bool> {
        let Some(source) = &self.plan.server.token else { return Ok(false) };
        let mut token = self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if token.is_none() {
            return Ok(false);
        }
        let Some(renewed) = source.refresh(&self.plan.server.timeouts)? else { return Ok(false) };
        self.transcript.masker().add(&renewed);
        // The same token again would only count as another failed login.
        let changed = token.as_ref() != Some(&renewed);
        *token = Some(renewed);
        Ok(changed)
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

/// Whether a token and a password will be needed, as far as that can be told before the server has spoken.
fn wanted_secrets(plan: &Plan) -> (bool, bool) {
    if !plan.server.logs_in() {
        return (false, false);
    }
    let is_oauth = |method: &Method| matches!(method, Method::Sasl(Mechanism::OauthBearer | Mechanism::Xoauth2));
    let is_open = |method: &Method| matches!(method, Method::Sasl(Mechanism::External | Mechanism::Anonymous));
    match plan.server.policy().allowed {
        Some(named) => {
            let token = plan.server.token.is_some() && named.iter().any(is_oauth);
            let password = named.iter().any(|method| !is_oauth(method) && !is_open(method));
            (token, password && !(token && is_prompt(plan)))
        }
        None => {
            let token = plan.server.token.is_some();
            // Nobody is asked for a password that a token or a certificate makes needless.
            let other = token || plan.server.tls.identity.is_some();
            (token, !(other && is_prompt(plan)))
        }
    }
}

fn is_prompt(plan: &Plan) -> bool {
    *plan.server.password.source() == SecretSource::Prompt
}

struct Clock(Instant);

impl Clock {
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
    }
}
