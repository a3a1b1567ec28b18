//! Mail in memory.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a session waits for the one before it to let go of the mailbox.
const PATIENCE: Duration = Duration::from_secs(5);

/// One message.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What names it for good.
    pub uid: String,
    /// Its octets, lines ended by CRLF.
    pub octets: Arc<[u8]>,
}

/// A user's mail.
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    letters: Vec<Letter>,
    arrived: u32,
    open: bool,
}

/// A mailbox that one session has to itself, as it was when the session began.
#[derive(Debug)]
pub(super) struct Opened<'m> {
    mailbox: &'m Mailbox,
    pub(super) letters: Vec<Letter>,
}

impl Mailbox {
    /// Takes in a message, with lines ended by LF or CRLF.
    pub fn deliver(&self, text: &[u8]) {
        let mut octets = Vec::with_capacity(text.len() + 80);
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            octets.extend_from_slice(
                line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text)),
            );
            octets.extend_from_slice(b"\r\n");
        }
        let mut state = self.state();
        state.arrived += 1;
        let uid = format!("{:08x}.{}", 0x6a3f_1c00 + state.arrived, state.arrived);
        state.letters.push(Letter { uid, octets: octets.into() });
    }

    /// What is there now.
    pub fn letters(&self) -> Vec<Letter> {
        self.state().letters.clone()
    }

    /// Opens the mailbox for one session, as the exclusive lock of RFC 1939 section 4 wants it; `None` if another one
    /// keeps it.
    pub(super) fn open(&self) -> Option<Opened<'_>> {
        let (mut state, _) = self
            .released
            .wait_timeout_while(self.state(), PATIENCE, |state| state.open)
            .unwrap_or_else(PoisonError::into_inner);
        if state.open {
            return None;
        }
        state.open = true;
        Some(Opened { mailbox: self, letters: state.letters.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened<'_> {
    /// Removes messages for good.
    pub(super) fn expunge(&self, doomed: &[String]) {
        self.mailbox.state().letters.retain(|letter| !doomed.contains(&letter.uid));
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.mailbox.state().open = false;
        self.mailbox.released.notify_one();
    }
}
