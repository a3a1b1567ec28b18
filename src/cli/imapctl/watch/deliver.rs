//! Events on their way to who wants them: lines on standard output, or a command's standard input.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use crate::cli::imapctl::job::Job;
use crate::cli::output::json;
use crate::cli::output::record::Record;
use crate::cli::output::record::imapctl::{Event, Told, What};
use crate::error::{Error, Result};
use crate::store::command::{self, Invocation};

/// How long a command may take for one event.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Takes events, one at a time.
#[derive(Debug)]
pub(super) struct Deliverer {
    words: Option<[String; 3]>,
    one: Mutex<()>,
}

impl Deliverer {
    pub(super) fn new(shell: Option<&str>) -> Self {
        let words = shell.map(|line| ["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()]);
        Self { words, one: Mutex::new(()) }
    }

    /// Hands an event over; once this is done it need never be told again. Fails with [`Error::Command`] if the command does not
    /// take it, and with [`Error::Storage`] if it cannot be run.
    pub(super) fn deliver(&self, event: Event<'_>, job: &Job<'_>) -> Result<()> {
        let _one = self.one.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(words) = &self.words else {
            job.tell(What::Event(event));
            return Ok(());
        };
        let line = json::lines(&Record::Imapctl(Told::new(job.name(), What::Event(event))));
        let failed = |error| Error::io("cannot write a temporary file", error);
        let mut input = tempfile::tempfile().map_err(failed)?;
        input.write_all(line.as_bytes()).map_err(failed)?;
        let environment = [("IMAPCTL_EVENT_ID", event.id.to_owned()), ("IMAPCTL_EVENT", event.kind.word().to_owned())];
        match command::run(Invocation { words, environment: &environment, input, timeout: TIMEOUT })? {
            0 => Ok(()),
            code => Err(command::refused(words, code)),
        }
    }

    /// Whether events go to a command.
    pub(super) fn runs_command(&self) -> bool {
        self.words.is_some()
    }

    /// Whether nobody is left to take events.
    pub(super) fn is_closed(&self, job: &Job<'_>) -> bool {
        self.words.is_none() && job.output().is_closed()
    }
}
