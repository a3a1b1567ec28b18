//! `imapctl copy` and `imapctl move`: messages into another folder, of another account too.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::TransferArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

/// What becomes of the messages that were copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Original {
    /// They stay: a copy.
    Stays,
    /// They go: a move.
    Goes,
}

pub(super) fn run(
    _args: &TransferArgs,
    _original: Original,
    visit: &mut Visit,
    job: &Job<'_>,
) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
