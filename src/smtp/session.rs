//! An SMTP or LMTP session: the dialogue up to the first message, and its end. Messages go through an [`Outbox`], or by
//! single steps for those who look at a server.

use std::fmt;

use super::auth;
use super::capability::Capabilities;
use super::command;
use super::content::Content;
use super::engine::{Engine, Patience, Ticket};
use super::envelope::Envelope;
use super::hello::HelloName;
use super::outbox::{Options, Outbox};
use super::reply::{Class, Reply};
use super::requirements::{self, Declared};
use super::xclient::Xclient;
use crate::endpoint::Protocol;
use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsFacts};
use crate::sasl::{self, Choice, Credentials, Method, Protection};
use crate::wire::Connection;

/// Which of the two protocols is spoken.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Dialect {
    /// RFC 5321: one verdict for a message.
    #[default]
    Esmtp,
    /// RFC 2033: a verdict for each recipient.
    Lmtp,
}

/// Whether a server that does not know EHLO may be greeted with HELO.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fallback {
    /// It may: nothing is needed that only EHLO offers.
    Allowed,
    /// It may not, because TLS or a login is wanted: stripping EHLO must not strip those.
    Forbidden,
}

/// The verdict on a message sent with DATA comes to its end, not to DATA.
pub(super) const END_OF_DATA: &str = "end of data";

/// A session with a server.
pub struct Session {
    pub(super) engine: Engine,
    pub(super) dialect: Dialect,
    name: HelloName,
    greeting: String,
    capabilities: Option<Capabilities>,
    /// How many MAIL commands were sent (RFC 9422 section 4.1).
    pub(super) transactions: u64,
    /// The recipients accepted since the last MAIL that was sent as a single step.
    pub(super) accepted: usize,
    /// What that MAIL declared.
    pub(super) declared: Declared,
    /// DATA was answered with 354: whatever is sent now is message.
    pub(super) taking_data: bool,
    /// QUIT was said, and its reply was not taken.
    pub(super) goodbye: Option<Ticket>,
}

impl Session {
    /// Reads the greeting. A refusal is [`Error::Rejected`] with the verb `greeting`, after which the connection is
    /// closed.
    pub fn open(connection: Connection, dialect: Dialect, name: HelloName) -> Result<Self> {
        let mut engine = Engine::new(connection);
        let reply = engine.greeting()?;
        if reply.code != 220 {
            // RFC 5321 section 3.1: the server waits for QUIT.
            if reply.code != 421 && engine.submit("QUIT", b"QUIT", Patience::Plain).is_ok() {
                engine.connection.close();
            }
            return Err(Error::Rejected(reply.rejection("greeting")));
        }
        let greeting = reply.text();
        Ok(Self {
            engine,
            dialect,
            name,
            greeting,
            capabilities: None,
            transactions: 0,
            accepted: 0,
            declared: Declared::default(),
            taking_data: false,
            goodbye: None,
        })
    }

    /// The greeting's text, sanitised.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Which protocol is spoken.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What the server can do, as it said last; `None` before EHLO.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// What the TLS handshake settled; `None` in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.engine.connection.tls()
    }

    /// Records a local event in the transcript.
    pub fn note(&mut self, event: &str) {
        self.engine.connection.note(event);
    }

    /// From now on a signal ends nothing that is waited for: a message under way is seen through to its verdict.
    pub fn outlast_signals(&mut self) {
        self.engine.connection.outlast_signals();
    }

    /// EHLO, or LHLO in LMTP: says who we are and learns what the server can do.
    ///
    /// A server that does not know EHLO (500, 501, 502, 504, 550; RFC 5321 section 4.1.1.1) is greeted with HELO if that
    /// is allowed, else it is [`Error::Unsupported`]. Every other refusal is [`Error::Rejected`].
    pub fn ehlo(&mut self, fallback: Fallback) -> Result<&Capabilities> {
        let (verb, line) = match self.dialect {
            Dialect::Esmtp => ("EHLO", command::ehlo(&self.name)),
            Dialect::Lmtp => ("LHLO", command::lhlo(&self.name)),
        };
        let reply = self.command(verb, line.as_bytes(), Patience::Patient)?;
        let capabilities = match reply.code {
            _ if reply.is_positive() => Capabilities::from_reply(&reply),
            500 | 501 | 502 | 504 | 550 if self.dialect == Dialect::Esmtp => {
                let refusal = reply.rejection(verb);
                if fallback == Fallback::Forbidden {
                    return Err(Error::Unsupported(format!(
                        "the server refuses EHLO, without which there is neither TLS nor a login: {refusal}"
                    )));
                }
                self.note(&format!("falling back to HELO: {refusal}"));
                let reply = self.command("HELO", command::helo(&self.name).as_bytes(), Patience::Patient)?;
                if !reply.is_positive() {
                    return Err(Error::Rejected(reply.rejection("HELO")));
                }
                Capabilities::default()
            }
            _ => return Err(Error::Rejected(reply.rejection(verb))),
        };
        Ok(self.capabilities.insert(capabilities))
    }

    /// Upgrades to TLS (RFC 3207). What was learned before is forgotten; [`Session::ehlo`] is to be called again.
    ///
    /// A server that does not offer it or refuses is [`Error::Insecure`], or [`Error::Rejected`] if only for now.
    pub fn starttls(mut self, connector: &Connector, host: &str) -> Result<Self> {
        let implicit = "if it has implicit TLS use smtps:// (port 465)";
        if self.capabilities.as_ref().is_some_and(|capabilities| !capabilities.starttls) {
            self.leave();
            return Err(Error::Insecure(format!("the server does not offer STARTTLS; {implicit}")));
        }
        let reply = self.command("STARTTLS", b"STARTTLS", Patience::Patient)?;
        match (reply.code, reply.class()) {
            (220, _) => {}
            (_, Class::Transient4) => {
                self.leave();
                return Err(Error::Rejected(reply.rejection("STARTTLS")));
            }
            (_, Class::Permanent5) => {
                self.leave();
                let refusal = reply.rejection("STARTTLS");
                return Err(Error::Insecure(format!("the server refuses TLS: {refusal}; {implicit}")));
            }
            (code, _) => {
                return Err(Error::protocol(Phase::Reply("STARTTLS"), format!("expected 220, got {code}")));
            }
        }
        let alpn = Protocol::Smtp.alpn();
        let connection = self.engine.connection.upgrade_tls(connector, host, alpn, Phase::Reply("STARTTLS"))?;
        Ok(Self { engine: Engine::new(connection), capabilities: None, ..self })
    }

    /// What the server offers for logging in.
    pub fn offer(&self) -> sasl::Offer {
        let mechanisms = self.capabilities.as_ref().map(|capabilities| capabilities.mechanisms.clone());
        sasl::Offer { mechanisms: mechanisms.unwrap_or_default(), user_pass: false, apop: false }
    }

    /// What the channel is worth for logging in; whether there is a client certificate is the caller's to add.
    pub fn channel(&self) -> sasl::Channel<'_> {
        let bindings = self.tls().map(|facts| facts.bindings.as_slice()).unwrap_or_default();
        let protection = Protection::of(self.tls(), self.engine.connection.is_private());
        sasl::Channel { protection, bindings, client_cert: false }
    }

    /// Logs in by the first choice that the server does not call unavailable (504, 534). A refusal of the credentials
    /// ends it at once ([`Error::Authentication`]), so that no account is locked by a second try.
    pub fn login(mut self, choices: &[Choice], credentials: &Credentials) -> Result<Self> {
        let mut last = None;
        for choice in choices {
            self.note(&format!("authenticating by {}", choice.reason));
            let result = match choice.method {
                Method::Sasl(mechanism) => auth::sasl(&mut self.engine, mechanism, credentials, &choice.binding),
                other => Err(Error::Unsupported(format!("SMTP has no {other}"))),
            };
            match result {
                Ok(()) => return Ok(self),
                Err(error) if sasl::may_try_next(&error) && !self.engine.has_ended() => last = Some(error),
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

    /// Speaks for another client, as trusted proxies may. The server begins anew: what was learned is forgotten, and
    /// [`Session::ehlo`] is to be called again.
    pub fn xclient(&mut self, attributes: &Xclient) -> Result<()> {
        let offered =
            self.capabilities.as_ref().map(|capabilities| capabilities.xclient.as_slice()).unwrap_or_default();
        for line in attributes.lines(offered)? {
            let reply = self.command("XCLIENT", line.as_bytes(), Patience::Patient)?;
            if !reply.is_positive() {
                return Err(Error::Rejected(reply.rejection("XCLIENT")));
            }
        }
        self.capabilities = None;
        Ok(())
    }

    /// The fast way for messages: pipelined within and across them.
    pub fn outbox(&mut self, options: Options) -> Outbox<'_> {
        Outbox::new(self, options)
    }

    /// Ends the session and waits for the server's last word.
    pub fn quit(mut self) -> Result<Reply> {
        let ticket = match self.goodbye.take() {
            Some(said) => said,
            None => self.engine.submit("QUIT", b"QUIT", Patience::Plain)?,
        };
        let reply = self.engine.wait(ticket)?;
        self.engine.connection.close();
        Ok(reply)
    }

    /// Ends the session: QUIT is sent, unless it was already, and its reply is not awaited.
    pub fn leave(mut self) {
        if self.engine.has_ended() || self.taking_data {
            return self.engine.connection.abandon("closing without QUIT");
        }
        let said = self.goodbye.is_some();
        if said || (self.engine.is_quiescent() && self.engine.submit("QUIT", b"QUIT", Patience::Plain).is_ok()) {
            self.engine.connection.close();
        }
    }

    /// The connection, for whoever goes on by other means: what was said so far stays said.
    pub fn into_connection(self) -> Connection {
        self.engine.connection
    }

    /// Ends the connection without another word.
    pub fn abandon(self, why: &str) {
        self.engine.connection.abandon(why);
    }

    pub(super) fn check(&self, envelope: &Envelope, content: &dyn Content) -> Result<Declared> {
        requirements::check(envelope, content, self.known(), requirements::Protection::of(self.tls()))
    }

    /// What is known of the server; nothing before EHLO.
    pub(super) fn known(&self) -> &Capabilities {
        static NOTHING: std::sync::LazyLock<Capabilities> = std::sync::LazyLock::new(Capabilities::default);
        self.capabilities.as_ref().unwrap_or(&NOTHING)
    }

    pub(super) fn command(&mut self, verb: &'static str, line: &[u8], patience: Patience) -> Result<Reply> {
        let ticket = self.engine.submit(verb, line, patience)?;
        self.engine.wait(ticket)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("engine", &self.engine).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
