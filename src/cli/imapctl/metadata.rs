//! `imapctl metadata`: annotations of folders and of the server.

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::MetadataCommand;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(_args: &MetadataCommand, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    visit.session(job)?;
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
