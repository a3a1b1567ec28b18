//! `imapctl status`: counts of folders that are not opened.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::StatusArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &StatusArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
