//! `imapctl append`: messages from files into a folder.

mod supply;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::AppendArgs;
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

pub(super) fn run(args: &AppendArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    // What is not there is told before anybody is asked.
    let mut messages = supply::open(&args.files, args.format, &job.plan.server.timeouts)?;
    visit.session(job)?;
    messages.next();
    Err(Error::Unsupported("this version cannot do this yet".into()).into())
}
