//! From what was typed and configured to what popfetch will do: every choice made and every contradiction refused before
//! anything is connected to.

mod build;
mod combinations;
mod relay;

use std::path::{Path, PathBuf};

use crate::cli::args::{OutputArgs, Pipeline, Popfetch, UidlReset};
use crate::cli::exit::Failure;
use crate::cli::plan::{Server, state_dir};
pub use relay::Delivery;

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
    /// The server.
    pub server: Server,
    /// The directory for state, for commands that keep some; it may not be there yet.
    pub state_dir: Option<PathBuf>,
    /// For `fetch`.
    pub fetch: Option<FetchPlan>,
    /// For `probe`: report a certificate that expires within this many days.
    pub warn_days: Option<u32>,
}

/// What `fetch` does with an account's mail.
#[derive(Clone, Debug)]
pub struct FetchPlan {
    /// Where mail goes; `None` only in a dry run.
    pub target: Option<Delivery>,
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
    /// The directory for state, which commands that keep some have.
    pub fn state_dir(&self) -> Result<&Path, Failure> {
        self.state_dir.as_deref().ok_or_else(|| state_dir::missing().of(&self.server.account))
    }
}

#[cfg(test)]
mod tests;
