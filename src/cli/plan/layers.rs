//! The command line over the layers of the configuration.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use super::super::args::{Invocation, Program};
use super::super::exit::Failure;
use super::super::keys::{GROUPS, Keys, complaint};
use super::Surroundings;
use super::combinations::Complaint;
use crate::config::{self, Account, Config, Layer, Sources, Table};
use crate::secret::Secret;
use crate::text::sanitize;

/// A command line, the configuration and the environment, from which an account's options are put together.
pub(crate) struct Layers<'a, P> {
    /// What was typed.
    pub(crate) invocation: &'a Invocation<P>,
    /// Environment and signals.
    pub(crate) around: &'a Surroundings<'a>,
    /// The accounts.
    pub(crate) config: Config,
    keys: Keys,
    /// The last words that were put underneath, and what came of them.
    parsed: Mutex<Option<(Vec<OsString>, P)>>,
    is_configured: bool,
}

/// An account's options.
pub(crate) struct Layered<P> {
    /// The command line with the configuration's options underneath.
    pub(crate) args: P,
    /// What was configured; its secrets are no options.
    pub(crate) layer: Layer,
}

/// Password options that are for one account, typed or in the environment.
const FOR_ONE: [&str; 5] = ["password-command", "password-file", "password-fd", "netrc", "token-command"];

impl<'a, P: Program> Layers<'a, P> {
    /// Reads the configuration.
    pub(crate) fn load(invocation: &'a Invocation<P>, around: &'a Surroundings<'a>) -> Result<Self, Failure> {
        let keys = Keys::new();
        let sources = Sources::find(invocation.args.shared().connect.config.as_deref(), around.environment);
        let config = keys.with_schema(|schema| Config::load(&sources, schema))?;
        Ok(Self { invocation, around, config, keys, parsed: Mutex::default(), is_configured: true })
    }

    /// The command line alone.
    pub(crate) fn without_files(invocation: &'a Invocation<P>, around: &'a Surroundings<'a>) -> Self {
        Self {
            invocation,
            around,
            config: Config::default(),
            keys: Keys::new(),
            parsed: Mutex::default(),
            is_configured: false,
        }
    }

    /// Whether the configuration was read.
    pub(crate) fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// The options for an account, or those that all accounts have in common.
    pub(crate) fn of(&self, account: Option<&Account>) -> Result<Layered<P>, Failure> {
        let program = P::PROGRAM.name();
        let mut layer = self.config.layered(program, account);
        if !layer.options.is_empty() || layer.password.is_some() {
            for name in self.keys.names(program).filter(|name| self.invocation.given(name)) {
                layer.displace(name, GROUPS);
            }
        }
        if self.variable(config::PASSWORD_VARIABLE).is_some() {
            layer.displace("password", GROUPS);
        }
        let words = self.words(&layer, |name| self.invocation.takes(name))?;
        let words = words.into_iter().flat_map(|(_, words)| words).collect();
        Ok(Layered { args: self.over(words)?, layer })
    }

    /// What is configured, of all commands: each option's name, and the words that give it.
    pub(crate) fn configured(&self, layer: &Layer) -> Result<Vec<(String, Vec<OsString>)>, Failure> {
        self.words(layer, |_| true)
    }

    fn words(&self, layer: &Layer, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, Vec<OsString>)>, Failure> {
        let program = P::PROGRAM.name();
        let mut all = Vec::new();
        for (name, setting) in layer.options.iter().filter(|(name, _)| is_wanted(name)) {
            // What the file was found to be right with and is no option here, or no value of it, is another program's.
            if self.keys.check(Table::Of(program), name, &setting.value).is_err() {
                continue;
            }
            let said = self.keys.words(program, name, &setting.value);
            let said = said.map_err(|error| Failure::config(format!("{}: {name}: {error}", setting.origin)))?;
            all.push((name.clone(), said));
        }
        Ok(all)
    }

    /// The command line with these words underneath.
    fn over(&self, words: Vec<OsString>) -> Result<P, Failure> {
        // Parsing takes longer than all else before a short message is sent.
        if words.is_empty() {
            return Ok(self.invocation.args.clone());
        }
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*parsed {
            Some((same, args)) if *same == words => Ok(args.clone()),
            _ => {
                let args = self.invocation.with(&words);
                let args = args.map_err(|error| Failure::config(sanitize(complaint(&error).as_bytes())))?;
                *parsed = Some((words, args.clone()));
                Ok(args)
            }
        }
    }

    /// One password for several servers would be known to each of them.
    pub(crate) fn check_for_one(&self, accounts: usize) -> Result<(), Failure> {
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

    /// The command line's fault if one of the options was typed, else the file's.
    pub(crate) fn blame(&self, complaint: &Complaint) -> Failure {
        match complaint.options.iter().any(|option| self.invocation.given(option)) {
            true => Failure::usage(complaint.text),
            false => Failure::config(complaint.text),
        }
    }

    /// A secret from the environment.
    pub(super) fn variable(&self, name: &str) -> Option<Secret> {
        use std::os::unix::ffi::OsStringExt;
        (self.around.environment)(name).filter(|value| !value.is_empty()).map(|value| Secret::new(value.into_vec()))
    }
}
