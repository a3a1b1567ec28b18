//! What is in the queue, for people.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::time::SystemTime;

use super::home::{Home, Part};
use super::id::Id;
use super::mail::Mail;
use super::record::Fault;
use super::state::State;
use crate::error::Result;
use crate::store::fs::Access;
use crate::text;

/// A mail in the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name; `None` for a file that is not named as we name mails.
    pub id: Option<Id>,
    /// The file's name below the queue's directory, such as `failed/ID`, sanitised.
    pub file: String,
    /// How it is.
    pub status: Status,
    /// When it was queued; unknown of what is damaged.
    pub created: Option<SystemTime>,
    /// Octets of the message; of the file if it is damaged.
    pub size: u64,
    /// The account it goes out by.
    pub account: String,
    /// The envelope's sender; `None` is `<>`, or unknown.
    pub sender: Option<String>,
    /// The Message-ID.
    pub message_id: Option<String>,
    /// Attempts that were begun.
    pub attempts: u32,
    /// What the last attempt that failed met.
    pub last_error: Option<String>,
    /// The recipients and what became of each.
    pub recipients: Vec<(String, Fate)>,
}

/// How a queued mail is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Status {
    /// It is sent when its time has come; `None`: it was not tried yet.
    Waiting {
        /// When.
        next: Option<SystemTime>,
    },
    /// It is being sent, or was when its process died: then it is not known who got it.
    Begun {
        /// When that began.
        since: SystemTime,
        /// When it may be tried again if its process is dead.
        next: Option<SystemTime>,
    },
    /// It is not sent until somebody says so.
    Held {
        /// The reason.
        why: String,
    },
    /// It is given up.
    Failed {
        /// The reason.
        why: String,
    },
    /// Its file cannot be read.
    Damaged {
        /// What is wrong with it.
        why: String,
    },
}

/// What became of a recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// Still to get the mail.
    Pending,
    /// Accepted by the server.
    Done,
    /// Refused for good, or given up: the reason.
    Refused(String),
}

/// All that is there, oldest first and what is damaged last; messages are not read.
pub(super) fn list(home: &Home) -> Result<Vec<Entry>> {
    let mut mails: BTreeMap<OsString, Entry> = BTreeMap::new();
    let mut damaged = Vec::new();
    // In the order in which mails move, so that none is missed; of one that is seen twice the later place counts.
    for part in [Part::Queue, Part::Failed, Part::Damaged] {
        for name in home.names(part)? {
            match entry(home, part, &name) {
                Some(entry) if matches!(entry.status, Status::Damaged { .. }) => damaged.push(entry),
                Some(entry) => drop(mails.insert(name, entry)),
                None => {}
            }
        }
    }
    let mut entries: Vec<Entry> = mails.into_values().collect();
    // Stable: those of the same second stay in the order of their names.
    entries.sort_by_key(|entry| entry.created);
    entries.append(&mut damaged);
    Ok(entries)
}

/// `None`: it was sent or removed meanwhile.
fn entry(home: &Home, part: Part, name: &OsStr) -> Option<Entry> {
    let id = Id::of_file(name);
    let read = match &id {
        _ if part == Part::Damaged => Err(Fault::Damaged("it could not be read; nothing sends it".into())),
        Some(id) => home.mail(part, id),
        None => Err(Fault::Strange("it is no queued mail; move it away".into())),
    };
    let file = text::sanitize(home.dir(part).path().file_name()?.as_bytes()) + "/" + &text::sanitize(name.as_bytes());
    match (read, id) {
        (Ok(Some(mail)), Some(id)) => Some(described(home, part, id, file, mail)),
        (Ok(_), _) => None,
        (Err(fault), id) => {
            let size = home.open(part, name, Access::Read).ok().flatten().and_then(|file| file.metadata().ok());
            let why = match fault {
                Fault::Io(error) => format!("reading it: {}", text::sanitize(error.to_string().as_bytes())),
                Fault::Strange(why) | Fault::Damaged(why) => why,
            };
            Some(Entry {
                id,
                file,
                status: Status::Damaged { why },
                created: None,
                size: size.map_or(0, |about| about.len()),
                account: String::new(),
                sender: None,
                message_id: None,
                attempts: 0,
                last_error: None,
                recipients: Vec::new(),
            })
        }
    }
}

fn described(home: &Home, part: Part, id: Id, file: String, mail: Mail) -> Entry {
    let Mail { ticket, size, .. } = mail;
    let state = home.state(&id).map(Option::unwrap_or_default);
    let status = match &state {
        Ok(state) => status(part, state),
        Err(_) if part == Part::Failed => Status::Failed { why: "the reason is lost: its state is damaged".into() },
        Err(Fault::Strange(why)) => Status::Damaged { why: format!("of its state: {why}") },
        Err(_) => Status::Waiting { next: None },
    };
    let lost = state.is_err().then(|| "the record of earlier attempts is damaged".to_owned());
    let state = state.unwrap_or_default();
    let recipients =
        ticket.recipients.into_iter().enumerate().map(|(index, to)| (to.address, state.fate(index))).collect();
    Entry {
        id: Some(id),
        file,
        status,
        created: Some(ticket.created),
        size,
        account: ticket.account,
        sender: ticket.sender,
        message_id: ticket.message_id,
        attempts: state.attempts,
        last_error: lost.or(state.last_error),
        recipients,
    }
}

fn status(part: Part, state: &State) -> Status {
    let State { begun, next, held, failed, .. } = state;
    match (failed, held, begun) {
        (Some(why), ..) => Status::Failed { why: why.clone() },
        _ if part == Part::Failed => Status::Failed { why: "no reason is recorded".into() },
        (_, _, Some(since)) => Status::Begun { since: *since, next: *next },
        (_, Some(why), _) => Status::Held { why: why.clone() },
        _ => Status::Waiting { next: *next },
    }
}
