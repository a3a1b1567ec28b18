//! From what was typed and configured to what smtpsend will do: every contradiction refused before anything is connected
//! to, and for each message the account that sends it.

mod combinations;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use combinations::{check, check_recipients, check_typed};

use crate::addr_spec::AddrSpec;
use crate::cli::args::{Invocation, SaveTarget, Smtpsend, Target};
use crate::cli::exit::Failure;
use crate::cli::plan::{Deposit, Layered, Layers, NeedsUser, Origin, Server, Surroundings, state_dir, target};
use crate::config::Account;
use crate::endpoint::Protocol;
use crate::sasl::{AuthList, Method};
use crate::spool::{self, Offers, SystemSpool};

/// What a run of smtpsend is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// One message, ready-made or composed.
    Send,
    /// `--batch`
    Batch,
    /// `--merge`
    Merge,
    /// `--probe`
    Probe,
    /// `--verb`
    Verb,
    /// `--script`
    Script,
    /// `--queue-run`
    QueueRun,
    /// `--queue-list`
    QueueList,
    /// `--queue-remove`
    QueueRemove,
}

/// The command line over the configuration, before it is known who sends.
pub struct Setup<'a> {
    /// What is to be done.
    pub action: Action,
    /// The options, with the defaults of the configuration and those of the account that `--account` names.
    pub args: Smtpsend,
    /// For the transcript: files that were left out.
    pub notes: Vec<String>,
    layers: Layers<'a, Smtpsend>,
    run_until: Option<Instant>,
    /// By account or URL, so that every secret is got once.
    plans: Mutex<BTreeMap<String, Plan>>,
}

/// What will be done by means of one account.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What [`Setup::plan_named`] takes for it: the account's name in the configuration file, or the server's URL.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The options, with the account's.
    pub args: Smtpsend,
    /// The account's own addresses, the first of them the sender where nothing else says who is.
    pub addresses: Vec<AddrSpec>,
    /// The directory for state, if there is a place for one; it may not be there yet.
    pub state_dir: Option<PathBuf>,
    /// Where copies of what was accepted go; `None` also where nothing is to be sent.
    pub copies: Option<Copies>,
    /// For the transcript: which account was chosen and why.
    pub notes: Vec<String>,
}

/// Where copies of what was accepted go.
#[derive(Clone, Debug)]
pub enum Copies {
    /// A place on this machine.
    Local(Target),
    /// A folder on a server.
    Folder(Box<Deposit>),
}

/// Password options with which there must be somebody to log in.
const SECRETS: [&str; 5] = ["password-command", "password-file", "password-fd", "netrc", "token-command"];

impl<'a> Setup<'a> {
    /// Reads the configuration and checks what was typed.
    ///
    /// Fails on a wrong command line (64) and on a configuration that cannot be read or does not have the account that
    /// was named (78).
    pub fn new(invocation: &'a Invocation<Smtpsend>, around: &'a Surroundings<'a>) -> Result<Self, Failure> {
        let setup = Self::without_recipients(invocation, around)?;
        check_recipients(&invocation.args, setup.action).map_err(|complaint| Failure::usage(complaint.text))?;
        Ok(setup)
    }

    /// The same for a message whose recipients are not on the command line, as in a dialogue on standard input.
    pub fn without_recipients(
        invocation: &'a Invocation<Smtpsend>,
        around: &'a Surroundings<'a>,
    ) -> Result<Self, Failure> {
        Self::over(Layers::load(invocation, around)?)
    }

    /// The command line alone, where the configuration cannot be read.
    ///
    /// Fails with 64 on a wrong command line.
    pub fn unconfigured(invocation: &'a Invocation<Smtpsend>, around: &'a Surroundings<'a>) -> Result<Self, Failure> {
        let mut setup = Self::over(Layers::without_files(invocation, around))?;
        check_recipients(&invocation.args, setup.action).map_err(|complaint| Failure::usage(complaint.text))?;
        setup.notes.push("the configuration cannot be read".into());
        Ok(setup)
    }

    fn over(layers: Layers<'a, Smtpsend>) -> Result<Self, Failure> {
        let invocation = layers.invocation;
        let action = check_typed(invocation).map_err(|complaint| Failure::usage(complaint.text))?;
        let account = match named(&invocation.args) {
            Some(name) if layers.is_configured() => Some(layers.config.account(name)?),
            _ => None,
        };
        let Layered { args, .. } = layers.of(account)?;
        check(&args).map_err(|complaint| layers.blame(&complaint))?;
        let run_until = args.connect.deadline.and_then(|budget| Instant::now().checked_add(budget));
        Ok(Self { action, args, notes: layers.config.notes.clone(), layers, run_until, plans: Mutex::default() })
    }

    /// The plan for mail of this envelope sender: by the account or URL that `--account` names, else by the one whose
    /// `address` or `match-from` fits the sender, else by the default-account, else by the only one that can send.
    ///
    /// Fails with 78, with the names to choose from, if that does not tell; and as [`Setup::plan_named`] does.
    pub fn plan(&self, sender: Option<&AddrSpec>) -> Result<Plan, Failure> {
        if let Some(name) = &self.args.connect.account {
            return self.plan_named(name);
        }
        let (account, why) = self.layers.config.choose_smtp(sender)?;
        let note = format!("account {}: {why}", account.name);
        self.cached(&account.name, || self.plan_configured(account, vec![note]))
    }

    /// The plan for an account of the configuration, or for a server's URL, as `--account` or a queued message names it.
    ///
    /// Fails with 64 or 78 on what is wrong with it, and if one password would have to serve two accounts.
    pub fn plan_named(&self, name: &str) -> Result<Plan, Failure> {
        self.cached(name, || match name.contains("://") {
            true => self.plan_with(Origin::CommandLine, name, Vec::new()),
            false => self.plan_configured(self.layers.config.account(name)?, Vec::new()),
        })
    }

    /// The command line.
    pub fn invocation(&self) -> &'a Invocation<Smtpsend> {
        self.layers.invocation
    }

    /// Environment and signals.
    pub fn around(&self) -> &'a Surroundings<'a> {
        self.layers.around
    }

    /// When the whole run has to be over.
    pub fn run_until(&self) -> Option<Instant> {
        self.run_until
    }

    /// Fails with 64 if one password would have to serve so many accounts.
    pub fn check_for_one(&self, accounts: usize) -> Result<(), Failure> {
        self.layers.check_for_one(accounts)
    }

    /// The directory for state; it may not be there yet. Fails with 78 if there is no place for one.
    pub fn state_dir(&self) -> Result<PathBuf, Failure> {
        state_dir::find(self.args.connect.state_dir.as_deref(), self.layers.around.environment)
    }

    /// The directory of this user's queue, `--queue-dir` or what [`spool::place`] decides; it may not be there yet.
    ///
    /// Fails with 78 if there is no place for one.
    pub fn queue_dir(&self) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.args.queue.queue_dir {
            return Ok(path.clone());
        }
        let environment = self.layers.around.environment;
        let asked = state_dir::asked(self.args.connect.state_dir.as_deref(), environment);
        let own = state_dir::own(environment);
        let system = SystemSpool::look(Path::new(spool::SYSTEM_SPOOL)).ok().flatten();
        Ok(spool::place(&Offers {
            asked: asked.as_deref(),
            own: own.as_deref(),
            own_is_makeable: own.as_deref().is_some_and(spool::is_makeable),
            uid: rustix::process::geteuid().as_raw(),
            system: system.as_ref(),
        })?)
    }

    /// A plan for mail that has no account: with it mail is made ready for the queue, and nothing is sent.
    pub fn plan_without_account(&self) -> Result<Plan, Failure> {
        let url = "smtp://localhost";
        let layered = self.layers.of(None)?;
        let protocols = [Protocol::Smtp];
        let mut server =
            self.layers.server(Origin::CommandLine, url, &protocols, &layered, NeedsUser::No, self.run_until)?;
        server.account = "none".to_owned();
        let state_dir = self.state_dir().ok();
        let mut args = layered.args;
        // They are looked up when there is an account.
        args.delivery.aliases = None;
        Ok(Plan {
            name: String::new(),
            server,
            args,
            addresses: Vec::new(),
            state_dir,
            copies: None,
            notes: Vec::new(),
        })
    }

    fn cached(&self, key: &str, make: impl FnOnce() -> Result<Plan, Failure>) -> Result<Plan, Failure> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(key) {
            return Ok(plan.clone());
        }
        self.layers.check_for_one(plans.len().saturating_add(1))?;
        let plan = make()?;
        plans.insert(key.to_owned(), plan.clone());
        Ok(plan)
    }

    fn plan_configured(&self, account: &Account, notes: Vec<String>) -> Result<Plan, Failure> {
        let url = account.smtp.as_deref();
        let url = url.ok_or_else(|| Failure::config(format!("{}: the account has no \"smtp\" URL", account.origin)));
        url.and_then(|url| self.plan_with(Origin::Account(account), url, notes))
            .map_err(|failure| failure.of(&account.name))
    }

    fn plan_with(&self, origin: Origin<'_>, url: &str, notes: Vec<String>) -> Result<Plan, Failure> {
        let account = match origin {
            Origin::Account(account) => Some(account),
            Origin::CommandLine => None,
        };
        let layered = self.layers.of(account)?;
        check(&layered.args).map_err(|complaint| self.layers.blame(&complaint))?;
        let user = self.needs_user(&layered);
        let protocols = [Protocol::Smtp, Protocol::Lmtp];
        let server = self.layers.server(origin, url, &protocols, &layered, user, self.run_until)?;
        let copies = self.copies(&layered.args)?;
        Ok(Plan {
            name: account.map_or(url, |account| account.name.as_str()).to_owned(),
            server,
            args: layered.args,
            addresses: account.map(|account| account.address.clone()).unwrap_or_default(),
            state_dir: self.state_dir().ok(),
            copies,
            notes,
        })
    }

    /// What `--save` names, if mail is to be sent. Fails with 64 or 78, as it was typed or configured.
    fn copies(&self, args: &Smtpsend) -> Result<Option<Copies>, Failure> {
        let sends = matches!(self.action, Action::Send | Action::Batch | Action::Merge | Action::QueueRun);
        let Some(named) = args.delivery.save.as_ref().filter(|_| sends) else { return Ok(None) };
        let place = match named {
            SaveTarget::Local(target) => return Ok(Some(Copies::Local(target.clone()))),
            SaveTarget::Folder(place) => place,
        };
        let wrong = |complaint: String| match self.layers.invocation.given("save") {
            true => Failure::usage(complaint),
            false => Failure::config(complaint),
        };
        let role = target::Role { user: "--save-user", ..target::IMAP };
        let (config, own) = (args.connect.config.as_deref(), args.delivery.copies.target());
        let deposit = Deposit::resolve(place, role, self.layers.around, config, &own, self.run_until, wrong)?;
        Ok(Some(Copies::Folder(Box::new(deposit))))
    }

    /// A relay asks nobody to log in, but a password that nobody uses is a mistake: the mail would be refused, or go
    /// out in nobody's name.
    fn needs_user(&self, layered: &Layered<Smtpsend>) -> NeedsUser {
        let anonymous = |method: &Method| matches!(method.name(), "EXTERNAL" | "ANONYMOUS");
        let needed = match &layered.args.auth.auth {
            Some(AuthList::None) => false,
            Some(AuthList::Methods(methods)) => !methods.iter().all(anonymous),
            None => {
                layered.layer.password.is_some() || SECRETS.iter().any(|option| self.layers.invocation.given(option))
            }
        };
        if needed { NeedsUser::Yes } else { NeedsUser::No }
    }
}

/// The account of the configuration that `--account` names.
fn named(args: &Smtpsend) -> Option<&str> {
    args.connect.account.as_deref().filter(|name| !name.contains("://"))
}

#[cfg(test)]
mod tests;
