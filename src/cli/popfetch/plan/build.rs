//! Building a [`Run`]: which accounts, and for each of them the layers put together.

use std::time::Instant;

use super::combinations::{check, check_target, needs_state, needs_user, retention};
use super::{FetchPlan, Plan, Run, relay};
use crate::cli::args::{Command, FetchOptions, Invocation, Popfetch};
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::{Layers, NeedsUser, Origin, Surroundings, state_dir};
use crate::config::{Account, Config};
use crate::endpoint::Protocol;

impl Run {
    /// Reads the configuration and resolves everything.
    ///
    /// Fails on a wrong command line (64) and on a configuration that cannot be read or does not tell which account is
    /// meant (78). What is wrong with one account is told in its place.
    pub fn new(invocation: &Invocation<Popfetch>, around: &Surroundings<'_>) -> Result<Self, Failure> {
        check(&invocation.args).map_err(|complaint| Failure::usage(complaint.text))?;
        check_target(invocation)?;
        let layers = Layers::load(invocation, around)?;
        let args = layers.of(None)?.args;
        let mut notes = layers.config.notes.clone();
        let chosen = choose(&layers.config, &args, &mut notes)?;
        layers.check_for_one(chosen.len())?;
        let run_until = args.connect.deadline.and_then(|budget| Instant::now().checked_add(budget));
        let mut accounts = Vec::new();
        for chosen in &chosen {
            match plan(&layers, chosen, run_until) {
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

fn choose<'a>(config: &'a Config, args: &Popfetch, notes: &mut Vec<String>) -> Result<Vec<Chosen<'a>>, Failure> {
    let named = args.accounts();
    if named.is_empty() {
        if matches!(args.command, Command::Fetch(_)) {
            return Ok(config.all_with_pop3()?.into_iter().map(Chosen::Configured).collect());
        }
        let (account, why) = config.choose_pop3()?;
        notes.push(format!("account {}: {why}", account.name));
        return Ok(vec![Chosen::Configured(account)]);
    }
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for name in named {
        let next = match name.contains("://") {
            true => Chosen::Url(name.to_owned()),
            false => Chosen::Configured(config.account(name)?),
        };
        if !chosen.iter().any(|known| known.is(&next)) {
            chosen.push(next);
        }
    }
    Ok(chosen)
}

fn plan(layers: &Layers<'_, Popfetch>, chosen: &Chosen<'_>, run_until: Option<Instant>) -> Result<Plan, Failure> {
    match chosen {
        Chosen::Configured(account) => {
            plan_configured(layers, account, run_until).map_err(|failure| failure.of(&account.name))
        }
        Chosen::Url(url) => plan_with(layers, Origin::CommandLine, url, run_until),
    }
}

fn plan_configured(
    layers: &Layers<'_, Popfetch>,
    account: &Account,
    run_until: Option<Instant>,
) -> Result<Plan, Failure> {
    let url = account.pop3.as_deref();
    let url = url.ok_or_else(|| Failure::config(format!("{}: the account has no \"pop3\" URL", account.origin)))?;
    plan_with(layers, Origin::Account(account), url, run_until)
}

fn plan_with(
    layers: &Layers<'_, Popfetch>,
    origin: Origin<'_>,
    url: &str,
    run_until: Option<Instant>,
) -> Result<Plan, Failure> {
    let account = match origin {
        Origin::Account(account) => Some(account),
        Origin::CommandLine => None,
    };
    let layered = layers.of(account)?;
    check(&layered.args).map_err(|complaint| layers.blame(&complaint))?;
    let user = if needs_user(&layered.args) { NeedsUser::Yes } else { NeedsUser::No };
    let server = layers.server(origin, url, &[Protocol::Pop3], &layered, user, run_until)?;
    let args = layered.args;
    let fetch = match &args.command {
        Command::Fetch(fetch) => Some(fetch_plan(layers, &fetch.options, account, run_until)?),
        _ => None,
    };
    let state_dir = match needs_state(&args.command) {
        true => Some(state_dir::find(args.connect.state_dir.as_deref(), layers.around.environment)?),
        false => None,
    };
    let warn_days = match &args.command {
        Command::Probe(probe) => probe.warn_days,
        _ => None,
    };
    Ok(Plan { server, state_dir, fetch, warn_days })
}

fn fetch_plan(
    layers: &Layers<'_, Popfetch>,
    options: &FetchOptions,
    account: Option<&Account>,
    run_until: Option<Instant>,
) -> Result<FetchPlan, Failure> {
    Ok(FetchPlan {
        target: match &options.to {
            None if options.dry_run => None,
            None => return Err(no_target(account)),
            Some(destination) => Some(relay::resolve(layers, destination, options, run_until)?),
        },
        retention: retention(options),
        delete_seen: options.delete_seen,
        max_messages: options.max_messages,
        max_size: options.max_size,
        max_total: options.max_total,
        newest: options.newest,
        filter: options.filter.clone().map(|argv| argv.0),
        pipeline: options.pipeline,
        dry_run: options.dry_run,
        add_received: options.add_received,
        accept_uidl_reset: options.accept_uidl_reset,
    })
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

fn no_target(account: Option<&Account>) -> Failure {
    match account {
        None => Failure::usage("say where mail is to go, such as --to maildir:Mail"),
        Some(Account { name, .. }) => Failure::config(format!(
            "say where mail is to go: write to = \"maildir:~/Mail\" below [accounts.{name}.popfetch], or use --to"
        )),
    }
}
