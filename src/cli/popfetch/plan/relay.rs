//! Where mail is delivered, and, if that is another server, how it is reached. The shared options are about the source;
//! nothing of them is used for the target.

use std::ffi::OsString;
use std::fmt;
use std::time::Instant;

use crate::addr_spec::AddrSpec;
use crate::cli::args::{
    Destination, FetchOptions, Invocation, Popfetch, Program as _, RelayArgs, SecurityChoice, Smtpsend, Target,
};
use crate::cli::exit::Failure;
use crate::cli::plan::combinations::{self, Login};
use crate::cli::plan::{Layers, NeedsUser, Origin, Server, Surroundings, security};
use crate::config::PASSWORD_VARIABLE;
use crate::config::secrets::{Password, SecretSource, Whom};
use crate::endpoint::{Endpoint, Protocol, Security};
use crate::net::connect::ConnectOptions;
use crate::net::deadline::Timeouts;
use crate::net::tls::{TlsConfig, Trust};
use crate::sasl::AuthList;
use crate::text::sanitize;

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A place on this machine.
    Local(Target),
    /// Another server.
    Relay(Box<Relay>),
}

/// A server that mail is passed on to.
#[derive(Clone, Debug)]
pub struct Relay {
    /// What messages call it: as it was named. Sanitised.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The envelope's sender; `None` is the null one: whoever wrote the mail has nothing to do with this delivery.
    pub sender: Option<AddrSpec>,
    /// The envelope's recipients, at least one.
    pub recipients: Vec<AddrSpec>,
}

impl Delivery {
    /// Whether a delivery outlives this process, so that the server's copy may be deleted.
    pub fn is_durable(&self) -> bool {
        match self {
            Self::Local(target) => target.is_durable(),
            Self::Relay(_) => true,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(target) => target.fmt(f),
            Self::Relay(relay) => f.write_str(&relay.name),
        }
    }
}

/// Resolves what `--to` names. Fails with 64 or 78, as it was typed or configured.
pub(super) fn resolve(
    layers: &Layers<'_, Popfetch>,
    destination: &Destination,
    options: &FetchOptions,
    run_until: Option<Instant>,
) -> Result<Delivery, Failure> {
    let wrong = |complaint: String| match layers.invocation.given("to") {
        true => Failure::usage(complaint),
        false => Failure::config(complaint),
    };
    let args = &options.relay;
    let (server, own) = match destination {
        Destination::Local(target) => return Ok(Delivery::Local(target.clone())),
        Destination::Server(url) => (of_url(layers.around, url, args, run_until).map_err(wrong)?, None),
        Destination::Account(name) => of_account(layers, name, args, run_until)?,
    };
    let name = destination.to_string();
    let recipients = match (args.rcpt.as_slice(), own) {
        ([], Some(address)) => vec![address],
        ([], None) => {
            vec![recipient(&server).ok_or_else(|| wrong(format!("say who gets the mail at {name}: --rcpt ADDR")))?]
        }
        (named, _) => named.to_vec(),
    };
    let sender = args.envelope_from.as_ref().and_then(|sender| sender.address().cloned());
    Ok(Delivery::Relay(Box::new(Relay { name, server, sender, recipients })))
}

/// A server with what the options for targets say of it, and nothing else.
fn of_url(
    around: &Surroundings<'_>,
    url: &str,
    args: &RelayArgs,
    run_until: Option<Instant>,
) -> Result<Server, String> {
    let endpoint = Endpoint::parse(url, args.to_security.map(security)).map_err(|error| error.to_string())?;
    let user = args.to_user.clone().or_else(|| endpoint.user.clone());
    let source = match (&args.to_password_command, &args.to_password_file) {
        (Some(command), _) => SecretSource::Command(command.clone()),
        (None, Some(path)) => SecretSource::File(path.clone()),
        (None, None) => SecretSource::Prompt,
    };
    let host = endpoint.host().to_owned();
    if user.is_none() && source != SecretSource::Prompt {
        return Err(format!("no user for {host}: use --to-user NAME, or NAME@ before the host in the URL"));
    }
    let account = match &user {
        Some(user) => format!("{user}@{host}"),
        None => host.clone(),
    };
    let whom = Whom { account: host.clone(), user: user.clone(), host };
    let server = Server {
        account: sanitize(account.as_bytes()),
        auth: without_login(&endpoint, &source),
        password: Password::new(source, whom),
        authzid: None,
        token: None,
        cleartext_auth: args.to_cleartext_auth,
        tls: TlsConfig { trust: args.to_ca_file.clone().map(Trust::File), ..TlsConfig::default() },
        connect: ConnectOptions::default(),
        timeouts: Timeouts { run_until, interrupt: around.interrupt.clone(), ..Timeouts::default() },
        transcript: None,
        endpoint,
        user,
    };
    match server.endpoint.security == Security::Opportunistic && server.logs_in() {
        true => Err("opportunistic TLS is not verified, so no user may log in over it".into()),
        false => Ok(server),
    }
}

/// The server that an account sends by, with the account's settings and the options for targets over them; and its address.
fn of_account(
    layers: &Layers<'_, Popfetch>,
    name: &str,
    args: &RelayArgs,
    run_until: Option<Instant>,
) -> Result<(Server, Option<AddrSpec>), Failure> {
    let config = layers.invocation.args.connect.config.as_deref();
    let invocation = Invocation::<Smtpsend>::parse(words(config.map(AsRef::as_ref), args))
        .map_err(|error| Failure::usage(sanitize(error.to_string().trim().as_bytes())))?;
    // The password in the environment is for the source.
    let environment = |variable: &str| match variable {
        PASSWORD_VARIABLE => None,
        _ => (layers.around.environment)(variable),
    };
    let around = Surroundings { environment: &environment, interrupt: layers.around.interrupt.clone() };
    let layers = Layers::load(&invocation, &around)?;
    let account = layers.config.account(name)?;
    let url = account.smtp.as_deref();
    let url = url.ok_or_else(|| Failure::config(format!("{}: the account has no \"smtp\" URL", account.origin)))?;
    let layered = layers.of(Some(account))?;
    combinations::check(&layered.args.shared(), Login::IfThereIsAUser)
        .map_err(|complaint| Failure::config(format!("{}: {}", account.origin, complaint.text)))?;
    let protocols = [Protocol::Smtp, Protocol::Lmtp];
    let mut server = layers.server(Origin::Account(account), url, &protocols, &layered, NeedsUser::No, run_until)?;
    if server.auth.is_none() && server.token.is_none() {
        server.auth = without_login(&server.endpoint, server.password.source());
    }
    Ok((server, account.address.first().cloned()))
}

/// The options for targets as those that smtpsend has for the same things.
fn words(config: Option<&std::ffi::OsStr>, args: &RelayArgs) -> Vec<OsString> {
    let mut words = vec![OsString::from("smtpsend")];
    let mut add = |option: &str, value: Option<&std::ffi::OsStr>| {
        if let Some(value) = value {
            let mut word = OsString::from(option);
            word.push(value);
            words.push(word);
        }
    };
    let kind = args.to_security.map(SecurityChoice::name);
    add("--config=", config);
    add("--security=", kind.map(AsRef::as_ref));
    add("--user=", args.to_user.as_deref().map(AsRef::as_ref));
    add("--password-command=", args.to_password_command.as_deref().map(AsRef::as_ref));
    add("--password-file=", args.to_password_file.as_deref().map(AsRef::as_ref));
    add("--ca-file=", args.to_ca_file.as_deref().map(AsRef::as_ref));
    if args.to_cleartext_auth {
        words.push("--cleartext-auth".into());
    }
    words
}

/// In LMTP the user is who gets the mail: there is a login only with a password.
fn without_login(endpoint: &Endpoint, source: &SecretSource) -> Option<AuthList> {
    (endpoint.protocol == Protocol::Lmtp && *source == SecretSource::Prompt).then_some(AuthList::None)
}

/// The user, if that is an address; a server that delivers here knows its users by their names alone.
fn recipient(server: &Server) -> Option<AddrSpec> {
    let user = server.user.as_deref()?;
    match server.endpoint.protocol {
        _ if user.contains('@') => AddrSpec::parse(user).ok(),
        Protocol::Lmtp => AddrSpec::new(user, None).ok(),
        _ => None,
    }
}
