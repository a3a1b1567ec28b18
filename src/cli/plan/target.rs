//! A server that mail goes to, where the shared options are about the one that it comes from: nothing of them is used here.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Instant;

use super::combinations::{self, Login};
use super::{Layers, NeedsUser, Origin, Server, Surroundings, security};
use crate::cli::args::{Invocation, Program, SecurityChoice, TargetArgs};
use crate::cli::exit::Failure;
use crate::config::secrets::{Password, SecretSource, Whom};
use crate::config::{Account, PASSWORD_VARIABLE};
use crate::endpoint::{Endpoint, Protocol, Security};
use crate::net::connect::ConnectOptions;
use crate::net::deadline::Timeouts;
use crate::net::tls::{TlsConfig, Trust};
use crate::sasl::AuthList;
use crate::text::sanitize;

/// What a target is used as.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    /// A command line of the program whose settings an account has for this, without options.
    pub(crate) command: &'static [&'static str],
    /// What is spoken there.
    pub(crate) protocols: &'static [Protocol],
    /// The key with the server's URL.
    pub(crate) key: &'static str,
    /// Its value.
    pub(crate) url: fn(&Account) -> Option<&str>,
    /// The option that says who logs in there.
    pub(crate) user: &'static str,
    /// Whether somebody must log in there.
    pub(crate) needs_user: NeedsUser,
    /// What `auth` is, where nobody says, for this server and this source of a password.
    pub(crate) auth: fn(&Endpoint, &SecretSource) -> Option<AuthList>,
}

/// The IMAP server of another account.
pub(crate) const IMAP: Role = Role {
    command: &["imapctl", "folders"],
    protocols: &[Protocol::Imap],
    key: "imap",
    url: |account| account.imap.as_deref(),
    user: "--to-user",
    needs_user: NeedsUser::Yes,
    auth: |_, _| None,
};

/// A server with what the options for targets say of it. Says what is wrong.
pub(crate) fn of_url(
    role: Role,
    around: &Surroundings<'_>,
    url: &str,
    args: &TargetArgs,
    run_until: Option<Instant>,
) -> Result<Server, String> {
    let endpoint = Endpoint::parse(url, args.to_security.map(security)).map_err(|error| error.to_string())?;
    if !role.protocols.contains(&endpoint.protocol) {
        let known: Vec<&str> = role.protocols.iter().map(|protocol| protocol.name()).collect();
        let (known, name) = (known.join(" or "), endpoint.protocol.name());
        return Err(format!("the target must speak {known}, and this is the URL of an {name} server"));
    }
    let user = args.to_user.clone().or_else(|| endpoint.user.clone());
    let source = match (&args.to_password_command, &args.to_password_file) {
        (Some(command), _) => SecretSource::Command(command.clone()),
        (None, Some(path)) => SecretSource::File(path.clone()),
        (None, None) => SecretSource::Prompt,
    };
    let host = endpoint.host().to_owned();
    if user.is_none() && (source != SecretSource::Prompt || role.needs_user == NeedsUser::Yes) {
        return Err(format!("no user for {host}: use {} NAME, or NAME@ before the host in the URL", role.user));
    }
    let account = match &user {
        Some(user) => format!("{user}@{host}"),
        None => host.clone(),
    };
    let whom = Whom { account: host.clone(), user: user.clone(), host };
    let server = Server {
        account: sanitize(account.as_bytes()),
        auth: (role.auth)(&endpoint, &source),
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

/// The server of an account of the configuration file, with the account's settings and the options for targets over them;
/// and the account.
pub(crate) fn of_account<P: Program>(
    role: Role,
    around: &Surroundings<'_>,
    config: Option<&Path>,
    name: &str,
    args: &TargetArgs,
    run_until: Option<Instant>,
) -> Result<(Server, Account), Failure> {
    let invocation = Invocation::<P>::parse(words(role, config, args))
        .map_err(|error| Failure::usage(sanitize(error.to_string().trim().as_bytes())))?;
    // The password in the environment is for the source.
    let environment = |variable: &str| match variable {
        PASSWORD_VARIABLE => None,
        _ => (around.environment)(variable),
    };
    let around = Surroundings { environment: &environment, interrupt: around.interrupt.clone() };
    let layers = Layers::load(&invocation, &around)?;
    let account = layers.config.account(name)?;
    let wrong = |complaint: String| Failure::config(format!("{}: {complaint}", account.origin));
    let url = (role.url)(account).ok_or_else(|| wrong(format!("the account has no \"{}\" URL", role.key)))?;
    let layered = layers.of(Some(account))?;
    combinations::check(&layered.args.shared(), Login::IfThereIsAUser)
        .map_err(|complaint| wrong(complaint.text.to_owned()))?;
    let origin = Origin::Account(account);
    let mut server = layers.server(origin, url, role.protocols, &layered, role.needs_user, run_until)?;
    if server.auth.is_none() && server.token.is_none() {
        server.auth = (role.auth)(&server.endpoint, server.password.source());
    }
    Ok((server, account.clone()))
}

/// The options for targets as those that the program has for the same things.
fn words(role: Role, config: Option<&Path>, args: &TargetArgs) -> Vec<OsString> {
    let mut words: Vec<OsString> = role.command.iter().map(OsString::from).collect();
    let mut add = |option: &str, value: Option<&OsStr>| {
        if let Some(value) = value {
            let mut word = OsString::from(option);
            word.push(value);
            words.push(word);
        }
    };
    let kind = args.to_security.map(SecurityChoice::name);
    add("--config=", config.map(AsRef::as_ref));
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
