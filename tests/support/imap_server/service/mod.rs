//! IMAP from the server's side, mail in memory: IMAP4rev1, as much of IMAP4rev2 as its clients meet, and the extensions that
//! are asked for by their names in CAPABILITY. The module around it has the connection, `link`.

mod fetch;
mod folders;
mod mime;
mod request;
mod search;
mod selected;
mod session;
mod world;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::link::Link;
pub(super) use session::serve;
pub(crate) use world::{Account, World};

/// What the server offers and how it behaves.
#[derive(Debug, Default)]
pub(crate) struct Manners {
    offered: Vec<String>,
    /// `strict …` among what was to be offered, of which no client is told.
    strict: Vec<String>,
    faults: Mutex<VecDeque<Fault>>,
    heard: Mutex<Vec<String>>,
    /// The message that MESSAGELIMIT allows to be named in one command.
    limit: Option<u32>,
    append_limit: Option<usize>,
    /// A login needs no TLS.
    in_clear: bool,
}

/// Something that is to go wrong.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The command by its name, as `UID FETCH`; the first one of that name that comes plays the fault, and no other.
    pub(crate) command: &'static str,
    pub(crate) act: Act,
}

/// What happens instead of the usual. In text to be sent `$TAG` stands for the command's tag.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The command is not carried out, and answered with this: `NO [INUSE] later`, `BAD what?`, and whole lines before it.
    Answer(String),
    /// These octets are sent first, then all goes its usual way.
    Before(Vec<u8>),
    /// These octets are sent, and again after a while, then all goes its usual way.
    Meanwhile(Vec<u8>, Duration),
    /// These octets instead of any answer; the command is not carried out.
    Instead(Vec<u8>),
    /// The command is carried out, and so many octets of the answer are sent before the connection ends.
    Cut(usize),
    /// The connection ends at once, and the command is not carried out.
    Close,
    /// As `Close`, by a RST.
    Reset,
    /// The answer comes so much later.
    Pause(Duration),
    /// The answer is held back until so many further commands have come, whose answers follow it.
    Hold(usize),
}

impl Manners {
    /// A server that offers these beside IMAP4rev1: `UIDPLUS`, `MESSAGELIMIT=1000`, `APPENDLIMIT=30000`….
    pub(crate) fn offering(names: &[&str]) -> Self {
        let number = |name: &str| names.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        Self {
            limit: number("MESSAGELIMIT").and_then(|number| number.parse().ok()),
            append_limit: number("APPENDLIMIT").and_then(|number| number.parse().ok()),
            offered: names.iter().filter(|name| !name.starts_with("strict ")).map(|name| (*name).to_owned()).collect(),
            strict: names.iter().filter(|name| name.starts_with("strict ")).map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// As it is, for clients without TLS too.
    pub(crate) fn in_clear(self) -> Self {
        Self { in_clear: true, ..self }
    }

    /// Adds something that is to go wrong.
    pub(crate) fn plan(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    /// Every command that has come, without its tag, literals as `{n}`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn offers(&self, name: &str) -> bool {
        let rev2 =
            ["UIDPLUS", "MOVE", "UNSELECT", "ESEARCH", "SEARCHRES", "SPECIAL-USE", "LIST-EXTENDED", "LIST-STATUS"];
        let named = |name: &str| {
            self.offered
                .iter()
                .any(|own| own == name || own.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
        };
        named(name) || (rev2.contains(&name) && named("IMAP4rev2"))
    }

    /// Whether the server insists on something: `strict UTF8`, that a message with UTF-8 in its header is marked (RFC 6855
    /// section 4).
    fn insists(&self, name: &str) -> bool {
        self.strict.iter().any(|own| own == name)
    }

    fn fault(&self, command: &str) -> Option<Act> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults.iter().position(|fault| fault.command == command)?;
        faults.remove(at).map(|fault| fault.act)
    }

    fn hear(&self, line: String) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}
