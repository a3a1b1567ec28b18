//! Building a [`Run`]: which accounts, and for each of them the layers put together.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Instant;

use super::super::args::{BackendChoice, Command, Invocation, Popfetch, SecurityChoice, TlsMin, TrustChoice};
use super::super::exit::{Exit, Failure};
use super::super::keys::{GROUPS, Keys, complaint};
use super::combinations::{check, needs_state, needs_user, retention};
use super::{FetchPlan, Plan, Run, state_dir};
use crate::config::secrets::{Password, SecretSource, Token, Whom};
use crate::config::{self, Account, Config, Layer, Sources};
use crate::endpoint::{Address, Endpoint, Security};
use crate::error::Error;
use crate::net::Family;
use crate::net::connect::ConnectOptions;
use crate::net::deadline::{Interrupt, Timeouts};
use crate::net::proxy::Proxy;
use crate::net::tls::{Backend, ClientIdentity, TlsConfig, TlsVersion, Trust};
use crate::secret::Secret;
use crate::text::sanitize;

/// What a run finds around it, beside its command line.
pub struct Surroundings<'a> {
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// What a signal pulls.
    pub interrupt: Option<Arc<Interrupt>>,
}

/// Password options that are for one account, typed or in the environment.
const FOR_ONE: [&str; 5] = ["password-command", "password-file", "password-fd", "netrc", "token-command"];

impl Run {
    /// Reads the configuration and resolves everything.
    ///
    /// Fails on a wrong command line (64) and on a configuration that cannot be read or does not tell which account is
    /// meant (78). What is wrong with one account is told in its place.
    pub fn new(invocation: &Invocation, around: &Surroundings<'_>) -> Result<Self, Failure> {
        check(&invocation.args).map_err(|complaint| Failure::usage(complaint.text))?;
        let keys = Keys::new();
        let sources = Sources::find(invocation.args.connect.config.as_deref(), around.environment);
        let config = keys.with_schema(|schema| Config::load(&sources, schema))?;
        let builder = Builder { invocation, around, keys: &keys, config: &config };
        let args = builder.layered(None)?.0;
        let mut notes = config.notes.clone();
        let chosen = builder.choose(&args, &mut notes)?;
        builder.check_for_one(chosen.len())?;
        let run_until = args.connect.deadline.and_then(|budget| Instant::now().checked_add(budget));
        let mut accounts = Vec::new();
        for chosen in &chosen {
            match builder.plan(chosen, run_until) {
                // What is wrong with the command line is not the account's fault and stops everything.
                Err(failure) if failure.exit == Exit::USAGE => return Err(failure),
                plan => accounts.push(plan),
            }
        }
        let (jobs, fail_if_none) = match &args.command {
            Command::Fetch(fetch) => (usize::from(fetch.options.jobs), fetch.options.fail_if_none),
            _ => (1, false),
        };
        Ok(Self { output: args.output.clone(), jobs, fail_if_none, accounts, notes, args })
    }
}

/// An account to work on.
enum Chosen<'a> {
    Configured(&'a Account),
    Url(String),
}

struct Builder<'a> {
    invocation: &'a Invocation,
    around: &'a Surroundings<'a>,
    keys: &'a Keys,
    config: &'a Config,
}

impl<'a> Builder<'a> {
    fn choose(&self, args: &Popfetch, notes: &mut Vec<String>) -> Result<Vec<Chosen<'a>>, Failure> {
        let named = args.accounts();
        if named.is_empty() {
            if matches!(args.command, Command::Fetch(_)) {
                return Ok(self.config.all_with_pop3()?.into_iter().map(Chosen::Configured).collect());
            }
            let (account, why) = self.config.only_with_pop3()?;
            notes.push(format!("account {}: {why}", account.name));
            return Ok(vec![Chosen::Configured(account)]);
        }
        let mut chosen: Vec<Chosen<'_>> = Vec::new();
        for name in named {
            let next = match name.contains("://") {
                true => Chosen::Url(name.to_owned()),
                false => Chosen::Configured(self.config.account(name)?),
            };
            if !chosen.iter().any(|known| known.is(&next)) {
                chosen.push(next);
            }
        }
        Ok(chosen)
    }

    /// One password for several servers would be known to each of them.
    fn check_for_one(&self, accounts: usize) -> Result<(), Failure> {
        if accounts == 1 {
            return Ok(());
        }
        if let Some(option) = FOR_ONE.iter().find(|option| self.invocation.given(option)) {
            return Err(Failure::usage(format!("--{option} needs exactly one account, and {accounts} are meant")));
        }
        if self.variable(config::PASSWORD_VARIABLE).is_some() {
            return Err(Failure::usage(format!(
                "${} needs exactly one account, and {accounts} are meant",
                config::PASSWORD_VARIABLE
            )));
        }
        Ok(())
    }

    /// The command line with the layers of the configuration underneath, and what of those is no option.
    fn layered(&self, account: Option<&Account>) -> Result<(Popfetch, Layer), Failure> {
        let mut layer = self.config.layered(account);
        for name in self.keys.names().filter(|name| self.invocation.given(name)) {
            layer.displace(name, GROUPS);
        }
        if self.variable(config::PASSWORD_VARIABLE).is_some() {
            layer.displace("password", GROUPS);
        }
        let mut words = Vec::new();
        for (name, setting) in layer.options.iter().filter(|(name, _)| self.invocation.takes(name)) {
            let said = self.keys.words(name, &setting.value);
            words.extend(said.map_err(|error| Failure::config(format!("{}: {name}: {error}", setting.origin)))?);
        }
        let args =
            self.invocation.with(&words).map_err(|error| Failure::config(sanitize(complaint(&error).as_bytes())))?;
        Ok((args, layer))
    }

    fn plan(&self, chosen: &Chosen<'_>, run_until: Option<Instant>) -> Result<Plan, Failure> {
        match chosen {
            Chosen::Configured(account) => {
                self.plan_configured(account, run_until).map_err(|failure| failure.of(&account.name))
            }
            Chosen::Url(url) => self.plan_with(None, url, run_until),
        }
    }

    fn plan_configured(&self, account: &Account, run_until: Option<Instant>) -> Result<Plan, Failure> {
        let url = account.pop3.as_deref();
        let url = url.ok_or_else(|| Failure::config(format!("{}: the account has no \"pop3\" URL", account.origin)))?;
        self.plan_with(Some(account), url, run_until)
    }

    fn plan_with(&self, account: Option<&Account>, url: &str, run_until: Option<Instant>) -> Result<Plan, Failure> {
        let (args, layer) = self.layered(account)?;
        check(&args).map_err(|complaint| {
            match complaint.options.iter().any(|option| self.invocation.given(option)) {
                true => Failure::usage(complaint.text),
                false => Failure::config(complaint.text),
            }
        })?;
        let wrong = |complaint: String| match account {
            Some(_) => Failure::config(complaint),
            None => Failure::usage(complaint),
        };
        let endpoint = Endpoint::parse(url, args.connect.security.map(security)).map_err(|error| match account {
            Some(_) => Failure::config(error.to_string()),
            None => Failure::usage(error.to_string()),
        })?;
        let connect = self.connect_options(&args, &layer)?;
        if connect.proxy.is_some() && matches!(endpoint.address, Address::Unix(_)) {
            return Err(wrong("a unix socket cannot be reached through a proxy".into()));
        }
        let timeouts = Timeouts {
            connect: args.connect.connect_timeout,
            silence: args.connect.timeout,
            run_until,
            interrupt: self.around.interrupt.clone(),
            ..Timeouts::default()
        };
        // A URL says whose mailbox it is more closely than a default; -u is closer still.
        let typed = args.auth.user.clone().filter(|_| self.invocation.given("user"));
        let mut user = typed.or_else(|| endpoint.user.clone()).or_else(|| args.auth.user.clone());
        if endpoint.security == Security::Opportunistic && user.is_some() {
            let complaint = "opportunistic TLS is not verified, so no user may log in over it".to_owned();
            return Err(match self.invocation.given("security") {
                true => Failure::usage(complaint),
                false => wrong(complaint),
            });
        }
        let whom = |user: &Option<String>| Whom {
            account: account.map_or_else(|| endpoint.host().to_owned(), |account| account.name.clone()),
            user: user.clone(),
            host: endpoint.host().to_owned(),
        };
        let source = self.password_source(&args, &layer);
        let mut password = Password::new(source.clone(), whom(&user));
        if user.is_none() && matches!(source, SecretSource::Netrc(_)) {
            let login = password.login(&timeouts).map_err(|error| Failure::from(error).of(endpoint.host()));
            user = login?.user;
            password = Password::new(source, whom(&user));
        }
        if user.is_none() && needs_user(&args) {
            return Err(wrong(format!(
                "no user for {}: use -u NAME, or NAME@ before the host in the URL",
                endpoint.host()
            )));
        }
        let name = match (account, &user) {
            (Some(account), _) => account.name.clone(),
            (None, Some(user)) => format!("{user}@{}", endpoint.host()),
            (None, None) => endpoint.host().to_owned(),
        };
        let fetch = match &args.command {
            Command::Fetch(fetch) => Some(FetchPlan {
                target: match &fetch.options.to {
                    None if fetch.options.dry_run => None,
                    None => return Err(no_target(account)),
                    Some(target) => Some(target.clone()),
                },
                retention: retention(&fetch.options),
                delete_seen: fetch.options.delete_seen,
                max_messages: fetch.options.max_messages,
                max_size: fetch.options.max_size,
                max_total: fetch.options.max_total,
                newest: fetch.options.newest,
                filter: fetch.options.filter.clone().map(|argv| argv.0),
                pipeline: fetch.options.pipeline,
                dry_run: fetch.options.dry_run,
                add_received: fetch.options.add_received,
                accept_uidl_reset: fetch.options.accept_uidl_reset,
            }),
            _ => None,
        };
        let state_dir = match needs_state(&args.command) {
            true => Some(state_dir::find(args.connect.state_dir.as_deref(), self.around.environment)?),
            false => None,
        };
        Ok(Plan {
            account: sanitize(name.as_bytes()),
            token: args.auth.token_command.clone().map(|command| Token::new(command, whom(&user))),
            tls: self.tls_config(&args),
            warn_days: match &args.command {
                Command::Probe(probe) => probe.warn_days,
                _ => None,
            },
            transcript: args.output.transcript.clone(),
            cleartext_auth: args.auth.cleartext_auth,
            authzid: args.auth.authzid,
            auth: args.auth.auth,
            endpoint,
            user,
            password,
            connect,
            timeouts,
            state_dir,
            fetch,
        })
    }

    /// The order of the contract; what a more specific place says has displaced what others say before.
    fn password_source(&self, args: &Popfetch, layer: &Layer) -> SecretSource {
        let auth = &args.auth;
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

    fn connect_options(&self, args: &Popfetch, layer: &Layer) -> Result<ConnectOptions, Failure> {
        let connect = &args.connect;
        let family = match (connect.ipv4, connect.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::default(),
        };
        let mut proxy = connect.proxy.as_deref().map(Proxy::parse).transpose().map_err(|error| self.typed(error))?;
        if let Some(proxy) = &mut proxy {
            let password = self.variable(config::PROXY_PASSWORD_VARIABLE).or_else(|| layer.proxy_password.clone());
            proxy.password = password.filter(|_| proxy.user.is_some());
        }
        Ok(ConnectOptions { family, bind: connect.bind, proxy, tunnel: connect.tunnel.clone() })
    }

    fn tls_config(&self, args: &Popfetch) -> TlsConfig {
        let tls = &args.tls;
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

    /// A complaint about something that can only have been typed: the file's values were checked when it was read.
    fn typed(&self, error: Error) -> Failure {
        Failure::usage(error.to_string())
    }

    fn variable(&self, name: &str) -> Option<Secret> {
        use std::os::unix::ffi::OsStringExt;
        (self.around.environment)(name).filter(|value| !value.is_empty()).map(|value| Secret::new(value.into_vec()))
    }
}

impl Chosen<'_> {
    fn is(&self, other: &Chosen<'_>) -> bool {
        match (self, other) {
            (Self::Configured(one), Chosen::Configured(other)) => one.name == other.name,
            (Self::Url(one), Chosen::Url(other)) => one == other,
            _ => false,
        }
    }
}

fn security(choice: SecurityChoice) -> Security {
    match choice {
        SecurityChoice::Tls => Security::Tls,
        SecurityChoice::StartTls => Security::StartTls,
        SecurityChoice::Plain => Security::Plain,
        SecurityChoice::Opportunistic => Security::Opportunistic,
    }
}

fn no_target(account: Option<&Account>) -> Failure {
    match account {
        None => Failure::usage("say where mail is to go, such as --to maildir:Mail"),
        Some(Account { name, .. }) => Failure::config(format!(
            "say where mail is to go: write to = \"maildir:~/Mail\" below [accounts.{name}.popfetch], or use --to"
        )),
    }
}
