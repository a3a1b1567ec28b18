//! From what was typed and configured to what imapctl will do: every choice made and every contradiction refused before
//! anything is connected to.

mod build;
mod combinations;
mod line;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::args::{Imapctl, OutputArgs};
use crate::cli::exit::Failure;
use crate::cli::plan::{Server, state_dir};

/// Everything a run of imapctl will do.
#[derive(Debug)]
pub struct Run {
    /// The command and its operands, with the defaults of the configuration file.
    pub args: Imapctl,
    /// What is said, and where.
    pub output: OutputArgs,
    /// Where it is done.
    pub plan: Plan,
    /// For the transcript: which account was chosen and why, files that were left out.
    pub notes: Vec<String>,
}

/// The account, and what commands need to know beside their options.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub server: Server,
    /// For `copy` and `move`: the server of the account that messages go to, if it is another one.
    pub target: Option<Server>,
    /// The directory for state, for `watch`, and for the history of `raw`; it may not be there yet.
    pub state_dir: Option<PathBuf>,
    /// For the lines of a batch: the configured options, each by its name and as words that give it.
    pub(super) configured: Vec<(String, Vec<OsString>)>,
    /// What is typed behind `--json`: mail on standard output and JSON exclude each other, in a batch too.
    pub(super) json: bool,
}

impl Plan {
    /// The directory for state, which `watch` has.
    pub fn state_dir(&self) -> Result<&Path, Failure> {
        self.state_dir.as_deref().ok_or_else(|| state_dir::missing().of(&self.server.account))
    }
}

#[cfg(test)]
mod tests;
