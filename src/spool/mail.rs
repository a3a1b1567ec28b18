//! A mail's own file, which never changes.

use std::fs::File;
use std::hash::Hasher as _;
use std::time::SystemTime;

use twox_hash::XxHash3_64;

use super::id::Id;
use super::record::{self, Fault, Kind, Lines};
use super::taken::Body;
use crate::error::{Error, Result};

/// What is to be sent where, as text that is the caller's to make and to understand. No secrets belong into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ticket {
    /// The account it goes out by.
    pub account: String,
    /// The envelope's sender; `None` is `<>`.
    pub sender: Option<String>,
    /// The envelope's recipients, at least one.
    pub recipients: Vec<Addressee>,
    /// What else the envelope says, by name; a name may come twice. Names are not empty and contain no `=`.
    pub options: Vec<(String, String)>,
    /// The message's Message-ID.
    pub message_id: Option<String>,
    /// When it was queued, kept to the second; its life counts from here.
    pub created: SystemTime,
}

/// One recipient.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addressee {
    /// The address.
    pub address: String,
    /// What the envelope says of it, by name.
    pub options: Vec<(String, String)>,
}

/// A ticket with what the file says of the message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Mail {
    pub(super) ticket: Ticket,
    /// Where the message starts.
    pub(super) offset: u64,
    /// Octets of the message.
    pub(super) size: u64,
    /// XXH3-64 of it.
    pub(super) content: u64,
}

impl Ticket {
    /// Whether it can be written and read again.
    pub(super) fn check(&self) -> Result<()> {
        let names = self.recipients.iter().flat_map(|recipient| &recipient.options).chain(&self.options);
        if self.recipients.is_empty() {
            return Err(Error::InvalidInput("a mail without recipients cannot be queued".into()));
        }
        for (name, _) in names {
            if name.is_empty() || name.contains('=') {
                return Err(Error::InvalidInput(format!("{name:?} cannot name an option of a queued mail")));
            }
        }
        Ok(())
    }
}

/// The header of a mail's file, equally long whatever the size and the hash are.
pub(super) fn header(id: &Id, ticket: &Ticket, size: u64, content: u64) -> Vec<u8> {
    let mut lines = Lines::default();
    lines.put("id", id.as_str());
    lines.put_time("created", ticket.created);
    lines.put("account", &ticket.account);
    lines.put("sender", ticket.sender.as_deref().unwrap_or(NULL_SENDER));
    if let Some(message_id) = &ticket.message_id {
        lines.put("message-id", message_id);
    }
    let put_options = |lines: &mut Lines, options: &[(String, String)]| {
        options.iter().for_each(|(name, value)| lines.put("option", &format!("{name}={value}")));
    };
    put_options(&mut lines, &ticket.options);
    for recipient in &ticket.recipients {
        lines.put("recipient", &recipient.address);
        put_options(&mut lines, &recipient.options);
    }
    lines.put("size", &format!("{size:020}"));
    lines.put("content", &format!("{content:016x}"));
    lines.finish(Kind::Mail)
}

/// Reads a file's header, and checks that the message is as long as it says.
pub(super) fn read(file: &File, id: &Id) -> Result<Mail, Fault> {
    let record = record::read(Kind::Mail, file)?;
    let mail = parse(record.lines, record.end, id)?;
    match record.end.checked_add(mail.size) {
        Some(length) if length == record.length => Ok(mail),
        Some(length) if length > record.length => Err(Fault::Damaged("its message is cut short".into())),
        _ => Err(Fault::Damaged("more follows its message".into())),
    }
}

/// Reads the whole message and compares it with its hash.
pub(super) fn verify(body: &Body) -> Result<(), Fault> {
    const CHUNK: usize = 128 * 1024;
    let mut hash = XxHash3_64::new();
    let mut buffer = vec![0; CHUNK];
    let mut reader = body.open();
    loop {
        match std::io::Read::read(&mut reader, &mut buffer) {
            Ok(0) => break,
            Ok(filled) => hash.write(buffer.get(..filled).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    match hash.finish() == body.content {
        true => Ok(()),
        false => Err(Fault::Damaged("its message does not match its checksum".into())),
    }
}

const NULL_SENDER: &str = "<>";

fn parse(lines: Vec<(String, String)>, offset: u64, id: &Id) -> Result<Mail, Fault> {
    let (mut name, mut created, mut account, mut sender, mut size, mut content) = (None, None, None, None, None, None);
    let mut message_id = None;
    let mut options = Vec::new();
    let mut recipients: Vec<Addressee> = Vec::new();
    for (key, value) in lines {
        match &*key {
            "option" => {
                let (name, value) = value.split_once('=').ok_or_else(|| record::wrong("its header"))?;
                let options = recipients.last_mut().map_or(&mut options, |recipient| &mut recipient.options);
                options.push((name.to_owned(), value.to_owned()));
            }
            "id" => name = Some(value),
            "created" => created = record::time(&value),
            "account" => account = Some(value),
            "sender" => sender = Some(value),
            "message-id" => message_id = Some(value),
            "recipient" => recipients.push(Addressee { address: value, options: Vec::new() }),
            "size" => size = record::number(&value, 20).and_then(|size| size.parse().ok()),
            "content" => content = record::hexadecimal(&value),
            _ => return Err(record::wrong("its header")),
        }
    }
    if name.is_some_and(|name| name != id.as_str()) {
        return Err(Fault::Damaged("its header names another mail".into()));
    }
    let mail = (|| {
        let sender = Some(sender?).filter(|sender| sender != NULL_SENDER);
        let ticket = Ticket { account: account?, sender, recipients, options, message_id, created: created? };
        Some(Mail { ticket, offset, size: size?, content: content? })
    })();
    mail.filter(|mail| !mail.ticket.recipients.is_empty()).ok_or_else(|| record::wrong("its header"))
}
