//! Asking a person for a password on the terminal, without showing it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::sync::Mutex;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::net::deadline::Deadline;
use crate::net::wait::{Interest, wait_one};
use crate::secret::Secret;

/// One question at a time, however many accounts are at work.
static ASKING: Mutex<()> = Mutex::new(());

/// Asks on the controlling terminal; `None` if there is none.
pub(super) fn ask(question: &str, deadline: &Deadline) -> Result<Option<Secret>> {
    let _turn = ASKING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let Ok(tty) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let failed = |error: io::Error| Error::Config(format!("cannot ask for the password on the terminal: {error}"));
    let mut silent = Silent::on(tty).map_err(failed)?;
    silent.tty.write_all(format!("{question}: ").as_bytes()).map_err(failed)?;
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    // The terminal gives whole lines; a piece that does not end in one is the end of input or of patience.
    while !line.ends_with(b"\n") && line.len() < LONGEST {
        wait_one(&silent.tty, Interest::Read, deadline)?;
        let mut piece = Zeroizing::new([0; 1024]);
        match silent.tty.read(piece.as_mut_slice()).map_err(failed)? {
            0 => break,
            count => line.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
    }
    let password = line.strip_suffix(b"\n").unwrap_or(&line);
    match password {
        b"" => Err(Error::Config("no password was given".into())),
        password if password.contains(&0) => Err(Error::Config("the password holds a NUL".into())),
        password => Ok(Some(Secret::new(password))),
    }
}

/// A terminal passes lines of up to 4,096 octets.
const LONGEST: usize = 4096;

/// A terminal that does not show what is typed, until this is dropped.
struct Silent {
    tty: File,
    before: Termios,
}

impl Silent {
    fn on(tty: File) -> io::Result<Self> {
        let before = tcgetattr(&tty)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ICANON);
        tcsetattr(&tty, OptionalActions::Flush, &silent)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // Nothing is left to be done about a terminal that has gone.
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
        let _ = self.tty.write_all(b"\n");
    }
}
