//! Where mail is delivered, and, if that is another server, how it is reached. The shared options are about the source;
//! nothing of them is used for the target.

use std::fmt;
use std::time::Instant;

use crate::addr_spec::AddrSpec;
use crate::cli::args::{Destination, FetchOptions, Popfetch, Smtpsend, Target};
use crate::cli::exit::Failure;
use crate::cli::plan::{Deposit, Layers, NeedsUser, Relay, Server, target};
use crate::config::secrets::SecretSource;
use crate::endpoint::{Endpoint, Protocol};
use crate::sasl::AuthList;

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A place on this machine.
    Local(Target),
    /// Another server.
    Relay(Box<Relay>),
    /// A folder on another server.
    Folder(Box<Deposit>),
}

impl Delivery {
    /// Whether a delivery outlives this process, so that the server's copy may be deleted.
    pub fn is_durable(&self) -> bool {
        match self {
            Self::Local(target) => target.is_durable(),
            Self::Relay(_) | Self::Folder(_) => true,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(target) => target.fmt(f),
            Self::Relay(relay) => f.write_str(&relay.name),
            Self::Folder(deposit) => f.write_str(&deposit.name),
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
    let config = layers.invocation.args.connect.config.as_deref();
    let (server, own) = match destination {
        Destination::Local(target) => return Ok(Delivery::Local(target.clone())),
        Destination::Folder(place) => {
            let of = Deposit::resolve(place, target::IMAP, layers.around, config, &args.server, run_until, wrong);
            return Ok(Delivery::Folder(Box::new(of?)));
        }
        Destination::Server(url) => {
            (target::of_url(RELAY, layers.around, url, &args.server, run_until).map_err(wrong)?, None)
        }
        Destination::Account(name) => {
            let of = target::of_account::<Smtpsend>(RELAY, layers.around, config, name, &args.server, run_until);
            let (server, account) = of?;
            (server, account.address.first().cloned())
        }
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

/// A server that mail is passed on to.
const RELAY: target::Role = target::Role {
    command: &["smtpsend"],
    protocols: &[Protocol::Smtp, Protocol::Lmtp],
    key: "smtp",
    url: |account| account.smtp.as_deref(),
    user: "--to-user",
    needs_user: NeedsUser::No,
    auth: without_login,
};

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
