//! Leaving the terminal before programs of other users are started: whoever has root's terminal as his own can type on it.
//!
//! A session of one's own has no terminal. The first process of a job cannot have one, and the others would no longer hear of
//! ^C; so the run goes on in a second process, which has the session, and the first one stays where the terminal's signals come.

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use rustix::process::{geteuid, setsid};

use super::users::attend;
use crate::cli::exit::Exit;
use crate::error::{Error, Result};
use crate::net::Interrupt;

/// Says to the second process that it is that.
const OWN_SESSION: &str = "MAILWIRE_OWN_SESSION";

/// How long the second process has to end after a signal: longer than a user's run has.
const GRACE: Duration = Duration::from_secs(60);

/// Sees to it that there is no terminal, if this is root. `Some` if a second process did what there was to be done.
pub(in crate::cli::smtpsend) fn leave_terminal(interrupt: &Interrupt) -> Result<Option<Exit>> {
    if !geteuid().is_root() || File::open("/dev/tty").is_err() {
        return Ok(None);
    }
    let failed = |error| Error::io("leaving the terminal", error);
    if std::env::var_os(OWN_SESSION).is_some() {
        setsid().map_err(|error| failed(error.into()))?;
        return Ok(None);
    }
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.args(std::env::args_os().skip(1)).env(OWN_SESSION, "1");
    let child = command.spawn().map_err(failed)?;
    let exit = attend(|| interrupt.signal().is_some(), child, Duration::MAX, GRACE).map_err(failed)?;
    Ok(Some(interrupt.signal().map_or(exit, Exit::signal)))
}
