//! `imapctl parts`: what a message is made of.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::PartsArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &PartsArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
