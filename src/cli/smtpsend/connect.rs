//! From an account to a session that takes mail: connected, greeted, secured, logged in.

use crate::cli::account::{Access, Clock, Dialled, Preamble};
use crate::cli::args::{Smtpsend, Stage};
use crate::cli::output::record::Timings;
use crate::endpoint::Protocol;
use crate::error::{Error, Result};
use crate::net::Addresses;
use crate::sasl::Choice;
use crate::smtp::{Capabilities, Dialect, Fallback, HelloName, Session, Xclient, proxy_protocol};
use crate::wire::Connection;

/// How a server is approached.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Manners {
    /// What follows EHLO; `None` for this machine's name.
    pub(super) name: Option<HelloName>,
    /// A header for a server behind a load balancer, ahead of everything else.
    pub(super) proxy_header: Option<proxy_protocol::Version>,
    /// Whom we speak for.
    pub(super) xclient: Option<Xclient>,
}

impl Manners {
    /// What the options say.
    pub(super) fn of(args: &Smtpsend) -> Self {
        let debug = &args.debug;
        Self { name: debug.ehlo.clone(), proxy_header: debug.proxy_protocol, xclient: debug.xclient.clone() }
    }
}

/// What was learnt of a server on the way to it, also where that ended early.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The address that was connected to, as the transcript names it.
    pub(super) peer: Option<String>,
    /// The greeting.
    pub(super) greeting: Option<String>,
    /// What the server said it can do before TLS began.
    pub(super) before_tls: Option<Capabilities>,
    /// How long each stage took.
    pub(super) timings: Timings,
}

/// A session that is ready for mail.
#[derive(Debug)]
pub(in crate::cli) struct Opened {
    /// The session.
    pub(in crate::cli) session: Session,
    /// The way that was taken first; `None` if there was no login.
    pub(super) choice: Option<Choice>,
    /// How long each stage took.
    pub(super) timings: Timings,
}

/// Connects and logs in. A token that has expired is renewed once.
pub(in crate::cli) fn open(access: &Access, manners: &Manners) -> Result<Opened> {
    let attempt = || {
        let mut seen = Seen::default();
        let session = reach(access, manners, &mut seen)?;
        authenticate(access, session, seen.timings)
    };
    match attempt() {
        Err(Error::Authentication(rejection)) if access.renew_token()? => {
            access.transcript().event(&format!("{rejection}; trying once more with a new token"));
            attempt()
        }
        other => other,
    }
}

/// Connects, secures the connection and asks what the server can do.
pub(super) fn reach(access: &Access, manners: &Manners, seen: &mut Seen) -> Result<Session> {
    let connection = dial(access, manners, seen)?;
    let session = greet(access, manners, connection, seen)?;
    hello(access, manners, session, Stage::Ehlo, seen)
}

/// Connects, with TLS if it starts with that.
pub(super) fn dial(access: &Access, manners: &Manners, seen: &mut Seen) -> Result<Connection> {
    let preamble = manners.proxy_header.map(|version| {
        move |ends: Option<Addresses>| {
            let ends = ends.map(|ends| proxy_protocol::Addresses { source: ends.local, destination: ends.peer });
            Ok(version.header(ends))
        }
    });
    let preamble = preamble.as_ref().map(|preamble| preamble as Preamble<'_>);
    let Dialled { connection, peer } = access.dial(&mut seen.timings, preamble)?;
    seen.peer = peer;
    Ok(connection)
}

/// Reads the greeting.
pub(super) fn greet(access: &Access, manners: &Manners, connection: Connection, seen: &mut Seen) -> Result<Session> {
    let mut clock = Clock::start();
    let dialect = match access.server().endpoint.protocol {
        Protocol::Lmtp => Dialect::Lmtp,
        _ => Dialect::Esmtp,
    };
    let name = match &manners.name {
        Some(name) => name.clone(),
        None => HelloName::of_this_machine(connection.addresses().map(|ends| ends.local.ip())),
    };
    let session = Session::open(connection, dialect, name)?;
    seen.timings.greeting = clock.lap();
    seen.greeting = Some(session.greeting().to_owned());
    Ok(session)
}

/// Says who we are, has TLS begin and says who we speak for, as far as each is wanted: up to this stage, of which there is
/// [`Stage::Helo`], [`Stage::StartTls`] and [`Stage::Ehlo`].
pub(super) fn hello(
    access: &Access,
    manners: &Manners,
    session: Session,
    until: Stage,
    seen: &mut Seen,
) -> Result<Session> {
    let mut session = session;
    let mut clock = Clock::start();
    // Whoever strips EHLO must not strip TLS or the login with it.
    let needs_more = access.server().logs_in() || access.upgrade(false).is_some() || manners.xclient.is_some();
    let fallback = if needs_more { Fallback::Forbidden } else { Fallback::Allowed };
    let offers_tls = session.ehlo(fallback)?.starttls;
    seen.timings.capabilities = clock.lap();
    if until <= Stage::Helo {
        return Ok(session);
    }
    if let Some(connector) = access.upgrade(offers_tls) {
        seen.before_tls = session.capabilities().cloned();
        session = session.starttls(connector, access.server().endpoint.host())?;
        seen.timings.tls = Some(clock.lap());
        if until <= Stage::StartTls {
            return Ok(session);
        }
        session.ehlo(fallback)?;
        seen.timings.capabilities += clock.lap();
    }
    if let Some(xclient) = manners.xclient.as_ref().filter(|_| until >= Stage::Ehlo) {
        session.xclient(xclient)?;
        session.ehlo(fallback)?;
        seen.timings.capabilities += clock.lap();
    }
    Ok(session)
}

/// Logs in to a server that was reached, if there is anybody to log in as.
pub(super) fn authenticate(access: &Access, session: Session, timings: Timings) -> Result<Opened> {
    if !access.logs_in(&session.offer(), &session.channel()) {
        return Ok(Opened { session, choice: None, timings });
    }
    let mut clock = Clock::start();
    let choices = match access.choices(&session.offer(), &session.channel()) {
        Ok(choices) => choices,
        Err(error) => {
            session.leave();
            return Err(error);
        }
    };
    let session = session.login(&choices, &access.credentials())?;
    let timings = Timings { login: Some(clock.lap()), ..timings };
    Ok(Opened { session, choice: choices.into_iter().next(), timings })
}
