//! From an account to a session that takes mail: connected, greeted, secured, logged in.

use crate::cli::account::{Access, Clock, Dialled, Preamble};
use crate::cli::args::Smtpsend;
use crate::cli::output::record::Timings;
use crate::endpoint::Protocol;
use crate::error::{Error, Result};
use crate::net::Addresses;
use crate::sasl::Choice;
use crate::smtp::{Capabilities, Dialect, Fallback, HelloName, Session, Xclient, proxy_protocol};

/// How a server is approached.
#[derive(Clone, Debug, Default)]
pub(super) struct Manners {
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

/// A server that was reached, before the login.
#[derive(Debug)]
pub(super) struct Reached {
    /// The session.
    pub(super) session: Session,
    /// The address that was connected to, as the transcript names it.
    pub(super) peer: Option<String>,
    /// What the server said it can do before TLS began.
    pub(super) before_tls: Option<Capabilities>,
    /// How long each stage took.
    pub(super) timings: Timings,
}

/// A session that is ready for mail.
#[derive(Debug)]
pub(super) struct Opened {
    /// The session.
    pub(super) session: Session,
    /// The way that was taken first; `None` if there was no login.
    pub(super) choice: Option<Choice>,
    /// How long each stage took.
    pub(super) timings: Timings,
}

/// Connects, secures the connection and asks what the server can do.
pub(super) fn reach(access: &Access, manners: &Manners) -> Result<Reached> {
    let endpoint = &access.server().endpoint;
    let mut timings = Timings::default();
    let preamble = manners.proxy_header.map(|version| {
        move |ends: Option<Addresses>| {
            let ends = ends.map(|ends| proxy_protocol::Addresses { source: ends.local, destination: ends.peer });
            Ok(version.header(ends))
        }
    });
    let preamble = preamble.as_ref().map(|preamble| preamble as Preamble<'_>);
    let Dialled { connection, peer } = access.dial(&mut timings, preamble)?;
    let mut clock = Clock::start();
    let dialect = match endpoint.protocol {
        Protocol::Lmtp => Dialect::Lmtp,
        _ => Dialect::Esmtp,
    };
    let name = match &manners.name {
        Some(name) => name.clone(),
        None => HelloName::of_this_machine(connection.addresses().map(|ends| ends.local.ip())),
    };
    let mut session = Session::open(connection, dialect, name)?;
    timings.greeting = clock.lap();
    // Whoever strips EHLO must not strip TLS or the login with it.
    let needs_more = access.server().logs_in() || access.upgrade(false).is_some() || manners.xclient.is_some();
    let fallback = if needs_more { Fallback::Forbidden } else { Fallback::Allowed };
    session.ehlo(fallback)?;
    timings.capabilities = clock.lap();
    let mut before_tls = None;
    if let Some(connector) = access.upgrade(session.capabilities().is_some_and(|known| known.starttls)) {
        before_tls = session.capabilities().cloned();
        session = session.starttls(connector, endpoint.host())?;
        timings.tls = Some(clock.lap());
        session.ehlo(fallback)?;
        timings.capabilities += clock.lap();
    }
    if let Some(xclient) = &manners.xclient {
        session.xclient(xclient)?;
        session.ehlo(fallback)?;
        timings.capabilities += clock.lap();
    }
    Ok(Reached { session, peer, before_tls, timings })
}

/// Connects and logs in. A token that has expired is renewed once.
pub(super) fn open(access: &Access, manners: &Manners) -> Result<Opened> {
    match authenticate(access, reach(access, manners)?) {
        Err(Error::Authentication(rejection)) if access.renew_token()? => {
            access.transcript().event(&format!("{rejection}; trying once more with a new token"));
            authenticate(access, reach(access, manners)?)
        }
        other => other,
    }
}

/// Logs in to a server that was reached, if there is anybody to log in as.
pub(super) fn authenticate(access: &Access, reached: Reached) -> Result<Opened> {
    let Reached { session, mut timings, .. } = reached;
    if !access.server().logs_in() {
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
    timings.login = Some(clock.lap());
    Ok(Opened { session, choice: choices.into_iter().next(), timings })
}
