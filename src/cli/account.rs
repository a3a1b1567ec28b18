//! Access to an account's server, the same for every protocol: what it takes to connect and to log in, got before the first
//! connection and kept for all of them.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::cli::output::record::Timings;
use crate::cli::output::{Output, Warning};
use crate::cli::plan::Server;
use crate::config::secrets::SecretSource;
use crate::endpoint::Security;
use crate::error::{Phase, Result};
use crate::net::tls::{Connector, TlsConfig};
use crate::net::{Addresses, Stream, connect};
use crate::sasl::{self, AuthList, Choice, Credentials, Known, Mechanism, Method, Offer, Protection};
use crate::secret::Secret;
use crate::wire::{Connection, Transcript};

/// An account that is ready to be connected to, as often as a run needs it: files read, secrets got. Threads may share it.
#[derive(Debug)]
pub struct Access {
    server: Server,
    connector: Option<Connector>,
    password: Option<Secret>,
    token: Mutex<Option<Secret>>,
    transcript: Transcript,
}

/// A connection, before anything was said on it.
#[derive(Debug)]
pub struct Dialled {
    /// The connection; inside TLS if that is there from the start.
    pub connection: Connection,
    /// The address that was connected to, as the transcript names it.
    pub peer: Option<String>,
}

/// What is sent before everything else, TLS too, such as a PROXY header: made from the connection's addresses, where it has
/// some.
pub type Preamble<'a> = &'a dyn Fn(Option<Addresses>) -> Result<Vec<u8>>;

impl Access {
    /// Reads certificates and gets the secrets that a login is likely to need, before any connection: no server is kept
    /// waiting for a person or a command. Warns if the certificate will not be verified.
    ///
    /// Fails as [`TlsConfig::connector`] does and as the sources of secrets do.
    pub fn prepare(server: &Server, transcript: Transcript, output: &dyn Output) -> Result<Self> {
        if server.tls.no_verify {
            let text = "the server's certificate is not verified: anybody on the way can read and change everything";
            output.warn(&Warning::grave(&server.account, text));
        }
        let connector = match server.endpoint.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => Some(server.tls.connector()?),
            // Whoever answers is talked to anyway: a certificate that fits nothing changes nothing.
            Security::Opportunistic => Some(TlsConfig { no_verify: true, ..server.tls.clone() }.connector()?),
        };
        let (wants_token, wants_password) = wanted_secrets(server);
        let token = match &server.token {
            Some(token) if wants_token => Some(token.secret(&server.timeouts)?),
            _ => None,
        };
        let password = if wants_password { Some(server.password.secret(&server.timeouts)?) } else { None };
        for secret in [&token, &password].into_iter().flatten() {
            transcript.masker().add(secret);
        }
        Ok(Self { server: server.clone(), connector, password, token: Mutex::new(token), transcript })
    }

    /// The same server for a look at what it presents although it was refused: nothing is verified, and so nobody logs in.
    pub fn unverified(&self) -> Result<Self> {
        let tls = TlsConfig { no_verify: true, identity: None, ..self.server.tls.clone() };
        let connector = Some(tls.connector()?);
        let server = Server { user: None, auth: Some(AuthList::None), token: None, tls, ..self.server.clone() };
        Ok(Self { server, connector, password: None, token: Mutex::new(None), transcript: self.transcript.clone() })
    }

    /// What was planned.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The conversation's record.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Connects, with TLS from the start if the endpoint has it so, and notes how long each took.
    pub fn dial(&self, timings: &mut Timings, preamble: Option<Preamble<'_>>) -> Result<Dialled> {
        let Server { endpoint, timeouts, .. } = &self.server;
        let mut clock = Clock::start();
        let mut peer = None;
        let deadline = timeouts.connecting();
        let mut transport = connect(&endpoint.address, &self.server.connect, &deadline, &mut |event| {
            if let Some(to) = event.strip_prefix("connected to ") {
                peer = Some(to.to_owned());
            }
            self.transcript.event(event);
        })
        .inspect_err(|error| self.transcript.event(&error.to_string()))?;
        if let Some(preamble) = preamble {
            let bytes = preamble(transport.addresses())?;
            self.transcript.event(&format!("{} octets sent ahead of everything", bytes.len()));
            let mut stream = Stream::from_transport(transport);
            stream.queue(&bytes);
            stream.flush(&deadline.in_phase(Phase::Send))?;
            transport = stream.into_transport(Phase::Send)?;
        }
        timings.connect = clock.lap();
        if let (Security::Tls, Some(connector)) = (endpoint.security, &self.connector) {
            let deadline = deadline.in_phase(Phase::TlsHandshake);
            transport = connector
                .handshake(transport, endpoint.host(), endpoint.protocol.alpn(), &deadline)
                .inspect_err(|error| self.transcript.event(&error.to_string()))?;
            timings.tls = Some(clock.lap());
        }
        let stream = Stream::from_transport(transport);
        let mut connection = Connection::new(stream, timeouts.clone(), self.transcript.clone());
        connection.note_tls();
        Ok(Dialled { connection, peer })
    }

    /// What TLS is begun with after the protocol's upgrade command, given whether the server offers that: `None` if the
    /// connection stays as it is. Where TLS was asked for it is begun whether or not it is offered, so that its lack is an
    /// error and no fall-back.
    pub fn upgrade(&self, offered: bool) -> Option<&Connector> {
        let upgrade = match self.server.endpoint.security {
            Security::StartTls => true,
            Security::Opportunistic => offered,
            Security::Tls | Security::Plain => false,
        };
        self.connector.as_ref().filter(|_| upgrade)
    }

    /// Whether to log in to a server that offers this: as [`Server::logs_in`] has it, and with a client certificate alone
    /// where it was shown to the server and EXTERNAL is offered.
    pub fn logs_in(&self, offer: &Offer, channel: &sasl::Channel<'_>) -> bool {
        let Server { auth, tls, endpoint, .. } = &self.server;
        let is_shown = tls.identity.is_some()
            && endpoint.security != Security::Opportunistic
            && matches!(channel.protection, Protection::TlsVerified | Protection::TlsUnverified);
        let by_certificate = auth.is_none() && is_shown && offer.has(Method::Sasl(Mechanism::External));
        self.server.logs_in() || by_certificate
    }

    /// The ways to log in that are possible and allowed, best first.
    pub fn choices(&self, offer: &Offer, channel: &sasl::Channel<'_>) -> Result<Vec<Choice>> {
        self.choices_knowing(Known::from(&self.credentials()), offer, channel)
    }

    /// The same, as if this were known: what would be chosen where nothing is.
    pub fn choices_knowing(&self, known: Known, offer: &Offer, channel: &sasl::Channel<'_>) -> Result<Vec<Choice>> {
        let channel = sasl::Channel { client_cert: self.server.tls.identity.is_some(), ..*channel };
        sasl::plan(offer, &channel, known, &self.server.policy())
    }

    /// Who logs in, with what was got for it.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            user: self.server.user.clone(),
            authzid: self.server.authzid.clone(),
            password: self.password.clone(),
            token: self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone(),
            host: self.server.endpoint.host().to_owned(),
            port: self.server.endpoint.port(),
        }
    }

    /// Gets a new token after one was refused; whether there is one that is worth another try.
    pub fn renew_token(&self) -> Result<bool> {
        let Some(source) = &self.server.token else { return Ok(false) };
        let mut token = self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if token.is_none() {
            return Ok(false);
        }
        let Some(renewed) = source.refresh(&self.server.timeouts)? else { return Ok(false) };
        self.transcript.masker().add(&renewed);
        // The same token again would only count as another failed login.
        let changed = token.as_ref() != Some(&renewed);
        *token = Some(renewed);
        Ok(changed)
    }
}

/// Whether a token and a password will be needed, as far as that can be told before the server has spoken.
fn wanted_secrets(server: &Server) -> (bool, bool) {
    if !server.logs_in() {
        return (false, false);
    }
    let is_oauth = |method: &Method| matches!(method, Method::Sasl(Mechanism::OauthBearer | Mechanism::Xoauth2));
    let is_open = |method: &Method| matches!(method, Method::Sasl(Mechanism::External | Mechanism::Anonymous));
    match server.policy().allowed {
        Some(named) => {
            let token = server.token.is_some() && named.iter().any(is_oauth);
            let password = named.iter().any(|method| !is_oauth(method) && !is_open(method));
            (token, password && !(token && is_prompt(server)))
        }
        None => {
            let token = server.token.is_some();
            // Nobody is asked for a password that a token or a certificate makes needless.
            let other = token || server.tls.identity.is_some();
            (token, !(other && is_prompt(server)))
        }
    }
}

fn is_prompt(server: &Server) -> bool {
    *server.password.source() == SecretSource::Prompt
}

/// Tells how long one thing after the other took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;
    use crate::cli::exit::Failure;
    use crate::cli::output::{Mail, Record, Summary};
    use crate::config::secrets::{Password, Whom};
    use crate::endpoint::Endpoint;
    use crate::net::connect::ConnectOptions;
    use crate::net::deadline::Timeouts;

    struct Silent;

    impl Output for Silent {
        fn record(&self, _: &Record<'_>) {}
        fn warn(&self, _: &Warning<'_>) {}
        fn error(&self, _: &Failure, _: Option<&Mail<'_>>) {}
        fn finish(&self, _: &Summary) -> Result<(), Failure> {
            Ok(())
        }
        fn is_closed(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_preamble_goes_ahead_of_everything_and_knows_both_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = Endpoint::parse(&format!("smtp://{address}"), Some(Security::Plain)).unwrap();
        let whom = Whom { account: "work".into(), user: None, host: "127.0.0.1".into() };
        let server = Server {
            account: "work".into(),
            user: None,
            endpoint,
            authzid: None,
            password: Password::new(SecretSource::Prompt, whom),
            token: None,
            auth: None,
            cleartext_auth: false,
            tls: TlsConfig::default(),
            connect: ConnectOptions::default(),
            timeouts: Timeouts::default(),
            transcript: None,
        };
        let access = Access::prepare(&server, Transcript::off(), &Silent).unwrap();
        let mut timings = Timings::default();
        let preamble: Preamble<'_> = &|ends| {
            let Addresses { local, peer } = ends.unwrap();
            assert_eq!(peer, address);
            Ok(format!("PROXY {local}\r\n").into_bytes())
        };
        let Dialled { mut connection, peer } = access.dial(&mut timings, Some(preamble)).unwrap();
        assert_eq!(peer.as_deref(), Some(address.to_string().as_str()));
        connection.send(b"EHLO me").unwrap();
        let local = connection.addresses().unwrap().local;
        connection.close();
        let mut said = String::new();
        listener.accept().unwrap().0.read_to_string(&mut said).unwrap();
        assert_eq!(said, format!("PROXY {local}\r\nEHLO me\r\n"));
        assert!(access.upgrade(true).is_none(), "plain stays plain");
    }
}
