//! A visit to the server: its connection is made when a command first needs it.

use super::job::Job;
use crate::cli::exit::Failure;
use crate::error::{Error, Result};

/// The connection of a run.
#[derive(Debug, Default)]
pub(super) struct Visit {}

impl Visit {
    /// The session, connected and logged in.
    pub(super) fn session(&mut self, job: &Job<'_>) -> Result<()> {
        job.transcript.event(&format!("{} is not connected to", job.plan.server.endpoint.address));
        let _ = job.console;
        Err(Error::Unsupported("this version has no IMAP session".into()))
    }

    /// Says goodbye, if anybody was met.
    pub(super) fn leave(self) {}

    /// Drops a connection that is lost.
    pub(super) fn abandon(&mut self) {}

    /// Ends after a failure: in good order if the session is still in step.
    pub(super) fn end(self, _failure: &Failure) {}
}
