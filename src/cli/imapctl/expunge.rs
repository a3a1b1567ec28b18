//! `imapctl expunge`: what is marked as deleted is removed.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::ExpungeArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &ExpungeArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
