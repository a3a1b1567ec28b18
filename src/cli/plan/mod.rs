//! From what was typed and configured to what will be done: every choice made and every contradiction refused before
//! anything is connected to.

mod build;
mod combinations;
mod state_dir;

use std::path::{Path, PathBuf};

use super::args::{OutputArgs, Pipeline, Popfetch, Target, UidlReset};
use super::exit::Failure;
use crate::config::secrets::{Password, Token};
use crate::endpoint::Endpoint;
use crate::net::connect::ConnectOptions;
use crate::net::deadline::Timeouts;
use crate::net::tls::TlsConfig;
use crate::sasl::{AuthList, Policy};

pub use build::Surroundings;

/// Everything a run of popfetch will do.
#[derive(Debug)]
pub struct Run {
    /// The command and its operands, with the defaults of the configuration file.
    pub args: Popfetch,
    /// What is said, and where; the same for all accounts.
    pub output: OutputArgs,
    /// How many accounts are worked on at a time.
    pub jobs: usize,
    /// Exit with 1 if no account had new mail.
    pub fail_if_none: bool,
    /// One plan per account, in order. An account whose configuration is wrong does not keep the others back.
    pub accounts: Vec<Result<Plan, Failure>>,
    /// For the transcript: which account was chosen and why, files that were left out.
    pub notes: Vec<String>,
}

/// What will be done with one account.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What messages call it: its name in the configuration file, or user and host. Sanitised.
    pub account: String,
    /// The server.
    pub endpoint: Endpoint,
    /// The user; `None` only where none is needed, as for probing and for EXTERNAL.
    pub user: Option<String>,
    /// The identity to act as.
    pub authzid: Option<String>,
    /// The password, got when it is needed.
    pub password: Password,
    /// The OAuth access token, got when it is needed.
    pub token: Option<Token>,
    /// Which mechanisms are allowed; `None` for the usual ones.
    pub auth: Option<AuthList>,
    /// Passwords may go over a connection that others can read.
    pub cleartext_auth: bool,
    /// What is asked of TLS.
    pub tls: TlsConfig,
    /// How the server is reached.
    pub connect: ConnectOptions,
    /// The budgets, with the end of the run and the signals.
    pub timeouts: Timeouts,
    /// The directory for state, for commands that keep some; it may not be there yet.
    pub state_dir: Option<PathBuf>,
    /// Where this account's conversation is written.
    pub transcript: Option<PathBuf>,
    /// For `fetch`.
    pub fetch: Option<FetchPlan>,
    /// For `probe`: report a certificate that expires within this many days.
    pub warn_days: Option<u32>,
}

/// What `fetch` does with an account's mail.
#[derive(Clone, Debug)]
pub struct FetchPlan {
    /// Where mail goes; `None` only in a dry run.
    pub target: Option<Target>,
    /// What stays on the server.
    pub retention: Retention,
    /// What was marked seen, imported or skipped may be deleted too.
    pub delete_seen: bool,
    /// At most this many messages.
    pub max_messages: Option<u64>,
    /// Larger messages are left, in octets.
    pub max_size: Option<u64>,
    /// No more than this in all, in octets.
    pub max_total: Option<u64>,
    /// Only this many of the new ones.
    pub newest: Option<u64>,
    /// A program that decides by the header, and its arguments.
    pub filter: Option<Vec<String>>,
    /// How many commands go ahead of their replies.
    pub pipeline: Pipeline,
    /// Nothing is changed.
    pub dry_run: bool,
    /// A Received header is put before each message.
    pub add_received: bool,
    /// What to do if most identifiers have changed.
    pub accept_uidl_reset: Option<UidlReset>,
}

/// What stays on the server once it is delivered.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Retention {
    /// Everything.
    #[default]
    Keep,
    /// Nothing.
    Delete,
    /// What was first seen fewer days ago than this.
    KeepDays(u32),
    /// This many of the newest.
    KeepNewest(u64),
}

impl Retention {
    /// Whether anything may be deleted.
    pub fn deletes(self) -> bool {
        self != Self::Keep
    }
}

impl Plan {
    /// What the choice of a mechanism obeys; not asked if [`Plan::logs_in`] is false.
    pub fn policy(&self) -> Policy {
        let allowed = match &self.auth {
            Some(AuthList::Methods(methods)) => Some(methods.clone()),
            _ => None,
        };
        Policy { allowed, cleartext_auth: self.cleartext_auth }
    }

    /// Whether to log in at all: not with `--auth none`, and not for probing without a user.
    pub fn logs_in(&self) -> bool {
        self.auth != Some(AuthList::None) && (self.user.is_some() || self.fetch.is_some() || self.names_methods())
    }

    /// The directory for state, which commands that keep some have.
    pub fn state_dir(&self) -> Result<&Path, Failure> {
        self.state_dir.as_deref().ok_or_else(|| state_dir::missing().of(&self.account))
    }

    fn names_methods(&self) -> bool {
        matches!(self.auth, Some(AuthList::Methods(_)))
    }
}

#[cfg(test)]
mod tests;
