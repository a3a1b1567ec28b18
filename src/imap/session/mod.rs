//! An IMAP session in each of its states, as types: one cannot select a mailbox before logging in, nor fetch before selecting.

mod acl;
mod append;
mod copy;
mod fetch;
mod flight;
mod folders;
mod idle;
mod limits;
mod login;
mod metadata;
mod multisearch;
mod quota;
mod result;
mod search;
mod select;
mod store;
mod verbatim;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub use acl::{Grant, Grantable, Rights, RightsChange};
pub use append::{Admission, Append, Appended, Envelope as AppendEnvelope, Sent};
pub use copy::Copied;
pub use flight::{Flight, Landing};
pub use folders::{ListReturn, Selecting, StatusItem, Subscription};
pub use idle::Listen;
pub use login::{Entered, Entry};
pub use metadata::{Annotated, Annotation, Annotations, Depth};
pub use multisearch::{FoundIn, Searched};
pub use quota::Quota;
pub use result::{Acted, Carry};
pub use select::{Resync, Select, Selected};
pub use store::Change;

use super::capability::{Capabilities, Extension};
use super::command::Command;
use super::engine::Engine;
use super::grammar::StatusKind;
use super::observer::{Observer, Onlooker};
use super::receiver::{Ignore, Receiver};
use super::state::Selection;
use crate::endpoint::Protocol;
use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsFacts};
use crate::sasl::{self, Protection};
use crate::wire::Connection;

/// The state before login (RFC 9051 section 3.1).
#[derive(Debug)]
pub enum NotAuthenticated {}

/// The state after login (RFC 9051 section 3.2), whether or not a mailbox is selected.
#[derive(Debug)]
pub enum Authenticated {}

/// A session with a server.
pub struct Session<State> {
    pub(super) engine: Engine,
    greeting: String,
    state: PhantomData<State>,
}

/// What a server's greeting opens.
#[derive(Debug)]
pub enum Opened {
    /// The usual: one has to log in.
    NotAuthenticated(Session<NotAuthenticated>),
    /// PREAUTH: whoever connects is logged in already.
    Preauthenticated(Session<Authenticated>),
}

impl Session<NotAuthenticated> {
    /// Reads the greeting. A refusal is [`Error::Rejected`] with the verb `greeting`.
    pub fn open(connection: Connection) -> Result<Opened> {
        let mut engine = Engine::new(connection)?;
        let (kind, greeting) = engine.greeting()?;
        Ok(match kind {
            StatusKind::Preauth => Opened::Preauthenticated(Session { engine, greeting, state: PhantomData }),
            _ => Opened::NotAuthenticated(Session { engine, greeting, state: PhantomData }),
        })
    }

    /// Upgrades to TLS (RFC 9051 section 6.2.1). Everything known of the server is forgotten.
    ///
    /// A server that does not offer it or refuses is [`Error::Insecure`], or [`Error::Rejected`] if only for now.
    pub fn starttls(mut self, connector: &Connector, host: &str) -> Result<Self> {
        let implicit = "if it has implicit TLS use imaps:// (port 993)";
        if self.capabilities().is_some_and(|capabilities| !capabilities.has(Extension::StartTls)) {
            self.leave();
            return Err(Error::Insecure(format!("the server does not offer STARTTLS; {implicit}")));
        }
        match self.engine.run(&Command::new("STARTTLS"), &mut Ignore) {
            Ok(_) => {}
            Err(Error::Rejected(rejection)) if rejection.transient => {
                self.leave();
                return Err(Error::Rejected(rejection));
            }
            Err(Error::Rejected(rejection)) => {
                self.leave();
                return Err(Error::Insecure(format!("the server refuses STARTTLS: {rejection}; {implicit}")));
            }
            Err(error) => return Err(error),
        }
        let Self { engine, greeting, state } = self;
        let phase = Phase::Reply("STARTTLS");
        let connection = engine.connection.upgrade_tls(connector, host, Protocol::Imap.alpn(), phase)?;
        Ok(Self { engine: Engine::new(connection)?, greeting, state })
    }

    /// What the server offers for logging in, as far as it was asked.
    pub fn offer(&self) -> sasl::Offer {
        match self.capabilities() {
            Some(capabilities) => capabilities.offer(),
            None => sasl::Offer { mechanisms: Vec::new(), user_pass: true, apop: false },
        }
    }

    /// What the channel is worth for logging in; whether there is a client certificate is the caller's to add.
    pub fn channel(&self) -> sasl::Channel<'_> {
        let protection = Protection::of(self.tls(), self.engine.connection.is_private());
        let bindings = self.tls().map(|facts| facts.bindings.as_slice()).unwrap_or_default();
        sasl::Channel { protection, bindings, client_cert: false }
    }

    /// Goes on without logging in, for those who only want to hear what the server says to that.
    pub fn without_login(self) -> Session<Authenticated> {
        self.change()
    }
}

impl Session<Authenticated> {
    /// The mailbox that is selected.
    pub fn selection(&self) -> Option<&Selection> {
        self.engine.state.is_open.then_some(&self.engine.state.selection)
    }

    /// Enables an extension (RFC 5161), if the server offers ENABLE. Whether it is on now.
    pub fn enable(&mut self, extension: Extension) -> Result<bool> {
        if !self.is_enabled(extension) && self.has(Extension::Enable) && self.has(extension) {
            self.engine.run(&Command::new("ENABLE").word(extension.name()), &mut Ignore)?;
        }
        Ok(self.is_enabled(extension))
    }

    /// Whether it was enabled.
    pub fn is_enabled(&self, extension: Extension) -> bool {
        self.engine.state.capabilities.is_enabled(extension)
    }

    /// NOOP: hears what has changed (RFC 9051 section 6.1.2).
    pub fn noop(&mut self, receiver: &mut dyn Receiver) -> Result<()> {
        self.engine.run(&Command::new("NOOP"), receiver).map(drop)
    }

    /// Sends what is on its way and compresses everything from now on (RFC 4978). A server that refuses leaves it as it is.
    pub fn compress(mut self) -> Result<Self> {
        match self.engine.run(&Command::new("COMPRESS").word("DEFLATE"), &mut Ignore) {
            Ok(_) => {}
            Err(Error::Rejected(_)) => return Ok(self),
            Err(error) => return Err(error),
        }
        let Self { engine, greeting, state } = self;
        Ok(Self { engine: engine.compressed()?, greeting, state })
    }
}

impl<State> Session<State> {
    /// Whether commands can go on: nothing is due, and neither the server's farewell nor an error has ended it.
    pub fn is_in_step(&self) -> bool {
        self.engine.is_quiescent()
    }

    /// The greeting's text, sanitised.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// What the server can do in this state, as it said last; `None` before it said anything.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        Some(&self.engine.state.capabilities).filter(|capabilities| capabilities.is_known())
    }

    /// What the server can do; it is asked if it has not said.
    pub fn capability(&mut self) -> Result<&Capabilities> {
        if !self.engine.state.capabilities.is_known() {
            self.engine.run(&Command::new("CAPABILITY"), &mut Ignore)?;
        }
        match self.engine.state.capabilities.is_known() {
            true => Ok(&self.engine.state.capabilities),
            false => Err(Error::protocol(Phase::Reply("CAPABILITY"), "the server does not say what it can do")),
        }
    }

    /// Whether the server offers it, as far as it has said.
    pub fn has(&self, extension: Extension) -> bool {
        self.engine.state.has(extension)
    }

    /// How mailbox names are written now.
    pub fn names(&self) -> super::mailbox::NameEncoding {
        self.engine.state.dialect.names
    }

    /// What the TLS handshake settled; `None` in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.engine.connection.tls()
    }

    /// Whether what is sent is compressed already.
    pub fn is_compressed(&self) -> bool {
        self.engine.connection.compression().is_some()
    }

    /// Whether the bytes never cross a network.
    pub fn is_private(&self) -> bool {
        self.engine.connection.is_private()
    }

    /// From now on a signal ends nothing that is waited for.
    pub fn outlast_signals(&mut self) {
        self.engine.connection.outlast_signals();
    }

    /// From now on this one looks on.
    pub fn observe(&mut self, observer: Arc<dyn Observer>) {
        self.engine.onlooker = Onlooker(Some(observer));
    }

    /// From now on a signal ends what is waited for again, one that has come meanwhile too.
    pub fn heed_signals(&mut self) {
        self.engine.connection.heed_signals();
    }

    /// Records a local event in the transcript.
    pub fn note(&mut self, event: &str) {
        self.engine.connection.note(event);
    }

    /// What the server wanted a person to read (`[ALERT]`), since this was last asked; sanitised.
    pub fn take_alerts(&mut self) -> Vec<String> {
        self.engine.state.take_alerts()
    }

    /// Sends a command that has no function of its own, and gives what comes to `receiver`. The tagged text, sanitised.
    pub fn command(&mut self, command: &Command, receiver: &mut dyn Receiver) -> Result<String> {
        self.engine.run(command, receiver).map(|completion| completion.text)
    }

    /// Ends the session: LOGOUT is sent, its completion is not awaited.
    pub fn leave(mut self) {
        if self.engine.is_quiescent() && self.engine.submit(&Command::new("LOGOUT"), &mut Ignore).is_ok() {
            self.engine.connection.close();
        }
    }

    fn change<Other>(self) -> Session<Other> {
        let Self { engine, greeting, state: PhantomData } = self;
        Session { engine, greeting, state: PhantomData }
    }
}

impl<State> fmt::Debug for Session<State> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("selection", &self.engine.state.selection).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
