//! Building a [`Run`]: which account, and its layers put together.

use std::time::Instant;

use super::combinations::{State, check, check_typed, needs_user, state};
use super::{Plan, Run};
use crate::cli::args::imapctl::Command;
use crate::cli::args::{Imapctl, Invocation};
use crate::cli::exit::Failure;
use crate::cli::plan::{Layers, NeedsUser, Origin, Server, Surroundings, state_dir, target};
use crate::config::Account;
use crate::endpoint::{Address, Endpoint, Protocol};

impl Run {
    /// Reads the configuration and resolves everything.
    ///
    /// Fails on a wrong command line (64) and on a configuration that cannot be read, is wrong for this account or does not
    /// tell which account is meant (78).
    pub fn new(invocation: &Invocation<Imapctl>, around: &Surroundings<'_>) -> Result<Self, Failure> {
        check(&invocation.args).map_err(|complaint| Failure::usage(complaint.text))?;
        check_typed(invocation)?;
        let layers = Layers::load(invocation, around)?;
        let mut notes = layers.config.notes.clone();
        let (account, url) = choose(&layers, &mut notes)?;
        let planned = plan(&layers, account, url.as_deref());
        let (args, plan) = match account {
            Some(account) => planned.map_err(|failure| failure.of(&account.name))?,
            None => planned?,
        };
        Ok(Self { output: args.output.clone(), args, plan, notes })
    }
}

/// The account of the configuration, or the URL that was named in its place.
fn choose<'l>(
    layers: &'l Layers<'_, Imapctl>,
    notes: &mut Vec<String>,
) -> Result<(Option<&'l Account>, Option<String>), Failure> {
    match layers.invocation.args.connect.account.as_deref() {
        Some(url) if url.contains("://") => Ok((None, Some(url.to_owned()))),
        Some(name) => Ok((Some(layers.config.account(name)?), None)),
        None => {
            let (account, why) = layers.config.choose_imap()?;
            notes.push(format!("account {}: {why}", account.name));
            Ok((Some(account), None))
        }
    }
}

fn plan(
    layers: &Layers<'_, Imapctl>,
    account: Option<&Account>,
    url: Option<&str>,
) -> Result<(Imapctl, Plan), Failure> {
    let layered = layers.of(account)?;
    check(&layered.args).map_err(|complaint| layers.blame(&complaint))?;
    let run_until = layered.args.connect.deadline.and_then(|budget| Instant::now().checked_add(budget));
    let origin = account.map_or(Origin::CommandLine, Origin::Account);
    let configured = || match account {
        Some(Account { imap: Some(url), .. }) => Ok(url.as_str()),
        Some(account) => Err(Failure::config(format!("{}: the account has no \"imap\" URL", account.origin))),
        None => Err(Failure::config("there is no account")),
    };
    let url = url.map_or_else(configured, Ok)?;
    let user = if needs_user(&layered.args) && !is_socket(url) { NeedsUser::Yes } else { NeedsUser::No };
    let server = layers.server(origin, url, &[Protocol::Imap], &layered, user, run_until)?;
    let found = || state_dir::find(layered.args.connect.state_dir.as_deref(), layers.around.environment);
    let state_dir = match state(&layered.args.command) {
        State::Needed => Some(found()?),
        State::Welcome => found().ok(),
        State::Unused => None,
    };
    let target = other_account(layers, &layered.args.command, run_until)?;
    let configured = layers.configured(&layered.layer)?;
    let json = layered.args.output.json;
    Ok((layered.args, Plan { server, target, state_dir, configured, json }))
}

/// Whether it is a unix socket, where the server may know already who calls (PREAUTH).
fn is_socket(url: &str) -> bool {
    Endpoint::parse(url, None).is_ok_and(|endpoint| matches!(endpoint.address, Address::Unix(_)))
}

/// The server that messages go to, if it is another account's.
fn other_account(
    layers: &Layers<'_, Imapctl>,
    command: &Command,
    run_until: Option<Instant>,
) -> Result<Option<Server>, Failure> {
    let (Command::Copy(args) | Command::Move(args)) = command else { return Ok(None) };
    let server = match args.to_account.as_deref() {
        None => return Ok(None),
        Some(url) if url.contains("://") => {
            target::of_url(target::IMAP, layers.around, url, &args.target, run_until).map_err(Failure::usage)?
        }
        Some(name) => {
            let config = layers.invocation.args.connect.config.as_deref();
            target::of_account::<Imapctl>(target::IMAP, layers.around, config, name, &args.target, run_until)?.0
        }
    };
    Ok(Some(server))
}
