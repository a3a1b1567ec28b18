//! Building a [`Server`] from an account's options.

use std::time::Instant;

use super::super::args::{BackendChoice, ConnectArgs, Program, SecurityChoice, Shared, TlsArgs, TlsMin, TrustChoice};
use super::super::exit::Failure;
use super::{Layered, Layers, Server};
use crate::config::secrets::{Password, SecretSource, Token, Whom};
use crate::config::{self, Account, Layer};
use crate::endpoint::{Address, Endpoint, Protocol, Security};
use crate::net::Family;
use crate::net::connect::ConnectOptions;
use crate::net::deadline::Timeouts;
use crate::net::proxy::Proxy;
use crate::net::tls::{Backend, ClientIdentity, TlsConfig, TlsVersion, Trust};
use crate::text::sanitize;

/// Where a server's URL was found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// In an account of the configuration file.
    Account(&'a Account),
    /// On the command line.
    CommandLine,
}

/// Whether there must be a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NeedsUser {
    /// There must.
    Yes,
    /// The server may ask for none.
    No,
}

impl<P: Program> Layers<'_, P> {
    /// The server behind a URL, with these options.
    ///
    /// Fails with 64 or 78, as the URL was typed or configured, on one that cannot be used with the options, or whose
    /// protocol is not one of these.
    pub(crate) fn server(
        &self,
        origin: Origin<'_>,
        url: &str,
        protocols: &[Protocol],
        layered: &Layered<P>,
        needs_user: NeedsUser,
        run_until: Option<Instant>,
    ) -> Result<Server, Failure> {
        let shared = layered.args.shared();
        let wrong = |complaint: String| origin.wrong(complaint);
        let endpoint =
            Endpoint::parse(url, shared.connect.security.map(security)).map_err(|error| wrong(error.to_string()))?;
        if !protocols.contains(&endpoint.protocol) {
            let known: Vec<&str> = protocols.iter().map(|protocol| protocol.name()).collect();
            let (known, name) = (known.join(" and "), endpoint.protocol.name());
            return Err(wrong(format!(
                "{} speaks {known}, and this is the URL of an {name} server",
                P::PROGRAM.name()
            )));
        }
        let connect = self.connect_options(shared.connect, &layered.layer)?;
        if connect.proxy.is_some() && matches!(endpoint.address, Address::Unix(_)) {
            return Err(wrong("a unix socket cannot be reached through a proxy".into()));
        }
        let timeouts = Timeouts {
            connect: shared.connect.connect_timeout,
            silence: shared.connect.timeout,
            run_until,
            interrupt: self.around.interrupt.clone(),
            ..Timeouts::default()
        };
        // A URL says whose mailbox it is more closely than a default; -u is closer still.
        let typed = shared.auth.user.clone().filter(|_| self.invocation.given("user"));
        let mut user = typed.or_else(|| endpoint.user.clone()).or_else(|| shared.auth.user.clone());
        if endpoint.security == Security::Opportunistic && user.is_some() {
            let complaint = "opportunistic TLS is not verified, so no user may log in over it".to_owned();
            return Err(match self.invocation.given("security") {
                true => Failure::usage(complaint),
                false => wrong(complaint),
            });
        }
        let whom = |user: &Option<String>| Whom {
            account: match origin {
                Origin::Account(account) => account.name.clone(),
                Origin::CommandLine => endpoint.host().to_owned(),
            },
            user: user.clone(),
            host: endpoint.host().to_owned(),
        };
        let source = self.password_source(&shared, &layered.layer);
        let mut password = Password::new(source.clone(), whom(&user));
        if user.is_none() && matches!(source, SecretSource::Netrc(_)) {
            let login = password.login(&timeouts).map_err(|error| Failure::from(error).of(endpoint.host()));
            user = login?.user;
            password = Password::new(source, whom(&user));
        }
        if user.is_none() && needs_user == NeedsUser::Yes {
            return Err(wrong(format!(
                "no user for {}: use -u NAME, or NAME@ before the host in the URL",
                endpoint.host()
            )));
        }
        let name = match (origin, &user) {
            (Origin::Account(account), _) => account.name.clone(),
            (Origin::CommandLine, Some(user)) => format!("{user}@{}", endpoint.host()),
            (Origin::CommandLine, None) => endpoint.host().to_owned(),
        };
        Ok(Server {
            account: sanitize(name.as_bytes()),
            token: shared.auth.token_command.clone().map(|command| Token::new(command, whom(&user))),
            tls: self.tls_config(shared.tls),
            transcript: shared.output.transcript.clone(),
            cleartext_auth: shared.auth.cleartext_auth,
            authzid: shared.auth.authzid.clone(),
            auth: shared.auth.auth.clone(),
            endpoint,
            user,
            password,
            connect,
            timeouts,
        })
    }

    /// The order of the contract; what a more specific place says has displaced what others say before.
    fn password_source(&self, shared: &Shared<'_>, layer: &Layer) -> SecretSource {
        let auth = shared.auth;
        if let Some(command) = &auth.password_command {
            SecretSource::Command(command.clone())
        } else if let Some(path) = &auth.password_file {
            SecretSource::File(path.clone())
        } else if let Some(number) = auth.password_fd {
            SecretSource::Descriptor(number)
        } else if let Some(secret) = self.variable(config::PASSWORD_VARIABLE) {
            SecretSource::Environment(secret)
        } else if let Some(path) = &auth.netrc {
            SecretSource::Netrc(path.clone())
        } else if let Some(password) = &layer.password {
            SecretSource::Config(password.clone())
        } else {
            SecretSource::Prompt
        }
    }

    fn connect_options(&self, connect: &ConnectArgs, layer: &Layer) -> Result<ConnectOptions, Failure> {
        let family = match (connect.ipv4, connect.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::default(),
        };
        // What is wrong can only have been typed: the file's values were checked when it was read.
        let proxy = connect.proxy.as_deref().map(Proxy::parse).transpose();
        let mut proxy = proxy.map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(proxy) = &mut proxy {
            let password = self.variable(config::PROXY_PASSWORD_VARIABLE).or_else(|| layer.proxy_password.clone());
            proxy.password = password.filter(|_| proxy.user.is_some());
        }
        Ok(ConnectOptions { family, bind: connect.bind, proxy, tunnel: connect.tunnel.clone() })
    }

    fn tls_config(&self, tls: &TlsArgs) -> TlsConfig {
        let trust = match (&tls.ca_file, tls.trust) {
            (Some(path), _) => Some(Trust::File(path.clone())),
            (None, Some(TrustChoice::System)) => Some(Trust::System),
            (None, Some(TrustChoice::Bundled)) => Some(Trust::Bundled),
            (None, None) => None,
        };
        let identity = tls
            .client_cert
            .clone()
            .map(|cert| ClientIdentity { key: tls.client_key.clone().unwrap_or_else(|| cert.clone()), cert });
        TlsConfig {
            backend: tls.tls_backend.map(|backend| match backend {
                BackendChoice::Rustls => Backend::Rustls,
                BackendChoice::NativeTls => Backend::NativeTls,
            }),
            min_version: match tls.tls_min {
                TlsMin::V1_2 => TlsVersion::V1_2,
                TlsMin::V1_3 => TlsVersion::V1_3,
            },
            name: tls.tls_name.clone(),
            trust,
            pins: tls.pin.clone(),
            identity,
            no_verify: tls.no_verify,
            key_log: (self.around.environment)("SSLKEYLOGFILE").is_some_and(|path| !path.is_empty()),
        }
    }
}

impl Origin<'_> {
    /// The failure of what can only be wrong where the URL is.
    pub(crate) fn wrong(self, complaint: String) -> Failure {
        match self {
            Self::Account(_) => Failure::config(complaint),
            Self::CommandLine => Failure::usage(complaint),
        }
    }
}

/// The same, for connections.
pub(crate) fn security(choice: SecurityChoice) -> Security {
    match choice {
        SecurityChoice::Tls => Security::Tls,
        SecurityChoice::StartTls => Security::StartTls,
        SecurityChoice::Plain => Security::Plain,
        SecurityChoice::Opportunistic => Security::Opportunistic,
    }
}
