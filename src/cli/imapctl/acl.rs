//! `imapctl acl`: who may do what with a folder.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::AclCommand;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &AclCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
