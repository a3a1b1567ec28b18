//! `imapctl quota`: how much of what may be used is used.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::QuotaArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &QuotaArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
