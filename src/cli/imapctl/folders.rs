//! `imapctl folders`: the folders, and what is in them.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::FoldersArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &FoldersArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
