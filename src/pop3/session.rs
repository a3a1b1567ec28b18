//! A POP3 session in each of its states, as types: one cannot ask for a message before logging in.

use std::fmt;
use std::marker::PhantomData;

use super::apop;
use super::auth;
use super::capability::{Capabilities, Utf8};
use super::command::{Command, Shape, secret_of_line, shape_of_line};
use super::engine::{Engine, QUOTED};
use super::flight::{Flight, Pipelining};
use super::listing::{MessageNumber, decimal, scan_listing, unique_id_listing};
use super::response::{self, Codes, Status};
use crate::endpoint::Protocol;
use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsFacts};
use crate::sasl::{self, Choice, Credentials, Method, Protection};
use crate::secret::Secret;
use crate::wire::{Connection, MAX_LINE};

/// The state before login (RFC 1939 section 4).
#[derive(Debug)]
pub enum Authorization {}

/// The state after login (RFC 1939 section 5).
#[derive(Debug)]
pub enum Transaction {}

/// A session with a server.
pub struct Session<State> {
    pub(super) engine: Engine,
    greeting: String,
    timestamp: Option<String>,
    capabilities: Option<Capabilities>,
    pipelining: Pipelining,
    state: PhantomData<State>,
}

/// A piece of the answer to a line that was sent as it was.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// The text behind `+OK`, sanitised.
    Status(&'a str),
    /// A row of the data, as the server sent it.
    Row(&'a [u8]),
}

impl<State> Session<State> {
    /// The greeting's text, sanitised.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// What the server can do in this state, as far as it was asked and answered.
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

    /// Ends the session in clear: QUIT is sent, its reply is not awaited. For sessions in which nothing was deleted.
    pub fn leave(mut self) {
        if self.engine.is_quiescent() && self.engine.submit(Command::Quit).is_ok() {
            self.engine.connection.close();
        }
    }

    /// Ends the connection without QUIT, so that the server deletes nothing (RFC 1939 section 6).
    pub fn abandon(self) {
        self.engine.connection.abandon("closing without QUIT: nothing is deleted");
    }

    pub(super) fn can_pipeline(&self) -> bool {
        self.pipelining != Pipelining::Off && self.capabilities.as_ref().is_some_and(|c| c.pipelining)
    }

    pub(super) fn command(&mut self, command: Command<'_>) -> Result<()> {
        let ticket = self.engine.submit(command)?;
        self.engine.wait(ticket)
    }

    /// Reads the rows of a CAPA reply whose status line has been taken; `None` after a refusal.
    pub(super) fn take_capabilities(&mut self, accepted: Result<()>) -> Result<Option<Capabilities>> {
        match accepted {
            Ok(()) => {}
            Err(Error::Rejected(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut lines = Vec::new();
        self.engine.few_rows("CAPA", |line| lines.push(line.to_vec()))?;
        let mut capabilities = Capabilities::default();
        for line in &lines {
            let masked = self.engine.connection.transcript().masker().mask(line).into_owned();
            let shown = self.engine.connection.quote(&masked);
            capabilities.add(&masked, shown);
        }
        Ok(Some(capabilities))
    }

    pub(super) fn learn(&mut self, capabilities: Option<Capabilities>) {
        self.engine.codes = match &capabilities {
            Some(capabilities) if !capabilities.resp_codes && !capabilities.auth_resp_code => Codes::Ignored,
            _ => Codes::Trusted,
        };
        self.capabilities = capabilities;
    }

    fn change<Other>(self) -> Session<Other> {
        let Self { engine, greeting, timestamp, capabilities, pipelining, state: PhantomData } = self;
        Session { engine, greeting, timestamp, capabilities, pipelining, state: PhantomData }
    }
}

impl Session<Authorization> {
    /// Reads the greeting. A refusal is [`Error::Rejected`] with the verb `greeting`.
    pub fn open(mut connection: Connection, pipelining: Pipelining) -> Result<Self> {
        let deadline = connection.timeouts().patient_reply(Phase::Greeting);
        let line = connection.read_line(&deadline)?.to_vec();
        let (greeting, timestamp) = match response::status(&line) {
            Some(Status::Ok(text)) => (connection.quote_capped(text, QUOTED), apop::timestamp(text).map(str::to_owned)),
            Some(Status::Err(text)) => {
                let show = |text: &[u8]| connection.quote_capped(text, QUOTED);
                return Err(Error::Rejected(response::rejection("greeting", text, Codes::Trusted, show)));
            }
            _ => {
                let got = connection.quote_capped(&line, 100);
                return Err(Error::protocol(Phase::Greeting, format!("this is no POP3 server: it says \"{got}\"")));
            }
        };
        let engine = Engine::new(connection);
        Ok(Self { engine, greeting, timestamp, capabilities: None, pipelining, state: PhantomData })
    }

    /// Asks what the server can do. A server that does not know CAPA has no capabilities that are known.
    pub fn capa(&mut self) -> Result<Option<&Capabilities>> {
        let accepted = self.command(Command::Capa);
        let capabilities = self.take_capabilities(accepted)?;
        self.learn(capabilities);
        Ok(self.capabilities.as_ref())
    }

    /// Upgrades to TLS (RFC 2595 section 4). Everything known of the server is forgotten; ask for CAPA again.
    ///
    /// A server that does not offer STLS is asked all the same if its capabilities are unknown. A refusal is
    /// [`Error::Insecure`], or [`Error::Rejected`] if it may pass.
    pub fn stls(mut self, connector: &Connector, host: &str) -> Result<Self> {
        if self.capabilities.as_ref().is_some_and(|c| !c.stls) {
            return Err(Error::Insecure(
                "the server does not offer STLS; if it has implicit TLS use pop3s:// (port 995)".into(),
            ));
        }
        match self.command(Command::Stls) {
            Ok(()) => {}
            Err(Error::Rejected(rejection)) if rejection.transient => return Err(Error::Rejected(rejection)),
            Err(Error::Rejected(rejection)) => {
                return Err(Error::Insecure(format!("the server refuses TLS: {rejection}")));
            }
            Err(error) => return Err(error),
        }
        let connection =
            self.engine.connection.upgrade_tls(connector, host, Protocol::Pop3.alpn(), Phase::Reply("STLS"))?;
        // The greeting's timestamp stays: it is the only one there is, and if somebody on the way made it up the digest
        // for it is seen by the server alone.
        Ok(Self { engine: Engine::new(connection), capabilities: None, ..self })
    }

    /// What the server offers for logging in.
    pub fn offer(&self) -> sasl::Offer {
        let apop = self.timestamp.is_some();
        match &self.capabilities {
            Some(c) => sasl::Offer { mechanisms: c.sasl.clone(), user_pass: c.user, apop },
            // RFC 1939: without CAPA, USER and PASS are what a server has.
            None => sasl::Offer { mechanisms: Vec::new(), user_pass: true, apop },
        }
    }

    /// What the channel is worth for logging in; whether there is a client certificate is the caller's to add.
    pub fn channel(&self) -> sasl::Channel<'_> {
        let protection = Protection::of(self.tls(), self.engine.connection.is_private());
        let bindings = self.tls().map(|facts| facts.bindings.as_slice()).unwrap_or_default();
        sasl::Channel { protection, bindings, client_cert: false }
    }

    /// Logs in by the first choice that the server does not call unavailable. A refusal of the credentials ends it at
    /// once ([`Error::Authentication`]), so that no account is locked by a second try.
    pub fn login(mut self, choices: &[Choice], credentials: &Credentials) -> Result<Session<Transaction>> {
        self.enable_utf8(credentials)?;
        let mut last = None;
        for choice in choices {
            self.note(&format!("authenticating by {}", choice.reason));
            let result = match choice.method {
                Method::Sasl(mechanism) => auth::sasl(&mut self.engine, mechanism, credentials, &choice.binding),
                Method::UserPass => {
                    let ahead = self.can_pipeline();
                    auth::user_pass(&mut self.engine, credentials, ahead)
                }
                Method::Apop => match &self.timestamp {
                    Some(timestamp) => auth::apop(&mut self.engine, timestamp, credentials),
                    None => Err(Error::Unsupported("the greeting has no timestamp for APOP".into())),
                },
            };
            match result {
                Ok(()) => return Ok(self.change()),
                Err(error) if sasl::may_try_next(&error) => last = Some(error),
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

    /// Goes on without logging in, for servers that let one.
    pub fn without_login(self) -> Session<Transaction> {
        self.change()
    }

    /// UTF-8 mode (RFC 6856 section 2) is switched on where it is offered, so that messages come as they are stored;
    /// never where it is not: some servers hang up on it.
    fn enable_utf8(&mut self, credentials: &Credentials) -> Result<()> {
        let offered = self.capabilities.as_ref().and_then(|c| c.utf8);
        let ascii = |text: &[u8]| text.is_ascii();
        let user = credentials.user.as_ref().is_none_or(|user| ascii(user.as_bytes()));
        let password = credentials.password.as_ref().is_none_or(|password| ascii(password.expose()));
        if !(user && password) && offered != Some(Utf8::User) {
            self.note("the user name or password is not ASCII and the server does not offer UTF8 USER: sent as it is");
        }
        if offered.is_none() {
            return Ok(());
        }
        match self.command(Command::Utf8) {
            Ok(()) => Ok(()),
            Err(Error::Rejected(rejection)) => {
                self.note(&format!("going on without UTF-8 mode: {rejection}"));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Session<Transaction> {
    /// Asks again what the server can do, now that it knows who asks.
    pub fn capa(&mut self) -> Result<Option<&Capabilities>> {
        let accepted = self.command(Command::Capa);
        if let Some(capabilities) = self.take_capabilities(accepted)? {
            self.learn(Some(capabilities));
        }
        Ok(self.capabilities.as_ref())
    }

    /// Commands for single messages, in flight together.
    pub fn flight(&mut self) -> Flight<'_> {
        let pipelining = self.pipelining;
        Flight::new(self, pipelining)
    }

    /// How many messages there are, and their octets. RFC 1939 section 5.
    pub fn stat(&mut self) -> Result<(u64, u64)> {
        self.command(Command::Stat)?;
        let mut words = self.engine.text().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let mut number = || words.next().and_then(decimal);
        match (number(), number()) {
            (Some(count), Some(octets)) => Ok((count, octets)),
            _ => {
                let text = self.engine.connection.quote(self.engine.text());
                Err(Error::protocol(Phase::Reply("STAT"), format!("expected two numbers, got \"{text}\"")))
            }
        }
    }

    /// The size of one message; `None` where it makes no sense.
    pub fn size_of(&mut self, number: MessageNumber) -> Result<Option<u64>> {
        self.command(Command::ListOne(number))?;
        Ok(scan_listing(self.engine.text()).and_then(|(_, size)| size))
    }

    /// The unique-id of one message.
    pub fn uid_of(&mut self, number: MessageNumber) -> Result<Vec<u8>> {
        self.command(Command::UidlOne(number))?;
        match unique_id_listing(self.engine.text()) {
            Some((_, uid)) => Ok(uid.to_vec()),
            None => Err(Error::protocol(Phase::Reply("UIDL"), "expected a number and a unique-id")),
        }
    }

    /// Marks a message for deletion; only [`Session::quit`] deletes it.
    pub fn dele(&mut self, number: MessageNumber) -> Result<()> {
        self.command(Command::Dele(number))
    }

    /// Takes all marks back.
    pub fn rset(&mut self) -> Result<()> {
        self.command(Command::Rset)
    }

    /// A sign of life.
    pub fn noop(&mut self) -> Result<()> {
        self.command(Command::Noop)
    }

    /// The highest message number that was accessed, on servers older than RFC 1725.
    pub fn last(&mut self) -> Result<u64> {
        self.command(Command::Last)?;
        let text = self.engine.text().trim_ascii();
        let digits = text.split(|byte| *byte == b' ').next().unwrap_or_default();
        decimal(digits).ok_or_else(|| Error::protocol(Phase::Reply("LAST"), "expected a number"))
    }

    /// The languages that a server can give its texts in, each with its name (RFC 6856 section 3.2), sanitised.
    pub fn languages(&mut self) -> Result<Vec<String>> {
        self.command(Command::LangList)?;
        let mut rows = Vec::new();
        self.engine.few_rows("LANG", |row| rows.push(row.to_vec()))?;
        Ok(rows.iter().map(|row| self.engine.connection.quote(row)).collect())
    }

    /// Chooses the language of the server's texts.
    pub fn language(&mut self, tag: &str) -> Result<()> {
        self.command(Command::Lang(tag))
    }

    /// Sends a line as it is, and hands on the answer piece by piece.
    ///
    /// A secret in it is masked in the transcript. Commands whose reply's shape is not known are taken to answer with one
    /// line. Fails with [`Error::InvalidInput`], without sending anything, on a line that cannot be sent or would change
    /// the connection itself, and with [`Error::Rejected`] on a refusal.
    pub fn raw(&mut self, line: &str, mut each: impl FnMut(Piece<'_>)) -> Result<()> {
        if line.trim().eq_ignore_ascii_case("STLS") {
            return Err(Error::InvalidInput("TLS is not started by hand: use --security starttls".into()));
        }
        self.engine.check_step()?;
        match secret_of_line(line) {
            Some((visible, secret)) => {
                let secret = Secret::new(secret);
                self.engine.connection.hide(&secret);
                self.engine.connection.send_secret(visible.as_bytes(), &secret)?;
            }
            None => self.engine.connection.send(line.as_bytes())?,
        }
        let ticket = self.engine.expect("the command", true);
        self.engine.wait(ticket)?;
        let text = self.engine.connection.quote(self.engine.text());
        each(Piece::Status(&text));
        if shape_of_line(line) == Some(Shape::Data) {
            // It may be a message, which has no limit; but nothing may be missing from it unsaid.
            if self.engine.rows("the command", u64::MAX, |row| each(Piece::Row(row)))? > 0 {
                return Err(Error::Limit { what: "a line", limit: MAX_LINE as u64 });
            }
        }
        Ok(())
    }

    /// Ends the session and has the server delete what was marked. Only after `Ok` is it gone; an error says that some
    /// of it may be (RFC 1939 section 6).
    pub fn quit(mut self) -> Result<()> {
        self.command(Command::Quit)?;
        self.engine.connection.close();
        Ok(())
    }
}

impl<State> fmt::Debug for Session<State> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("engine", &self.engine).finish_non_exhaustive()
    }
}
