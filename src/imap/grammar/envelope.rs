//! ENVELOPE: the header fields that a server has read for us (RFC 9051 section 7.5.2).

use super::cursor::{Cursor, Text};
use super::flaw::Parsed;

/// The fields of a message's header, undecoded; `None` is a field that is not there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Envelope {
    /// `Date`.
    pub date: Option<Vec<u8>>,
    /// `Subject`.
    pub subject: Option<Vec<u8>>,
    /// `From`.
    pub from: Vec<Address>,
    /// `Sender`; servers repeat `From` here.
    pub sender: Vec<Address>,
    /// `Reply-To`; servers repeat `From` here.
    pub reply_to: Vec<Address>,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`.
    pub bcc: Vec<Address>,
    /// `In-Reply-To`.
    pub in_reply_to: Option<Vec<u8>>,
    /// `Message-ID`.
    pub message_id: Option<Vec<u8>>,
}

/// An entry of an address field.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// One mailbox.
    Mailbox(AddressMailbox),
    /// A group with a name.
    Group {
        /// Its name, undecoded.
        name: Vec<u8>,
        /// Who is in it.
        members: Vec<AddressMailbox>,
    },
}

/// A mailbox in an address field.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AddressMailbox {
    /// The display name, undecoded.
    pub name: Option<Vec<u8>>,
    /// What stands before the `@`.
    pub local: Vec<u8>,
    /// What stands behind it; `None` where the server has found none.
    pub host: Option<Vec<u8>>,
}

/// What servers write where a host name is missing.
const NO_HOST: [&[u8]; 4] = [b".MISSING-HOST-NAME.", b"MISSING_DOMAIN", b".SYNTAX-ERROR.", b""];

impl AddressMailbox {
    /// `local@host`, or what there is of it.
    pub fn address(&self) -> Vec<u8> {
        match &self.host {
            Some(host) => [self.local.as_slice(), b"@", host].concat(),
            None => self.local.clone(),
        }
    }
}

/// ```text
/// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP
///            env-in-reply-to SP env-message-id ")"
/// ```
///
/// Quirks: fields missing at the end, and values beyond the last.
pub(super) fn envelope(cursor: &mut Cursor<'_>) -> Parsed<Envelope> {
    let mut envelope = Envelope::default();
    cursor.expect(b'(', "an envelope")?;
    envelope.date = field(cursor)?;
    envelope.subject = field(cursor)?;
    for list in [
        &mut envelope.from,
        &mut envelope.sender,
        &mut envelope.reply_to,
        &mut envelope.to,
        &mut envelope.cc,
        &mut envelope.bcc,
    ] {
        cursor.blanks();
        if cursor.peek() != Some(b')') {
            *list = address_list(cursor)?;
        }
    }
    envelope.in_reply_to = field(cursor)?;
    envelope.message_id = field(cursor)?;
    cursor.skip_to_list_end()?;
    Ok(envelope)
}

/// `nstring`, or nothing before the end of the list.
fn field(cursor: &mut Cursor<'_>) -> Parsed<Option<Vec<u8>>> {
    cursor.blanks();
    if cursor.peek() == Some(b')') {
        return Ok(None);
    }
    Ok(cursor.nstring()?.map(Text::into_owned))
}

/// `env-from = "(" 1*address ")" / nil`, and the other five alike.
///
/// Quirks: blanks between addresses (Outlook.com), NIL or `()` as an address or as the whole list, a group that ends twice or
/// not at all.
fn address_list(cursor: &mut Cursor<'_>) -> Parsed<Vec<Address>> {
    let mut found = Vec::new();
    if cursor.nil_or_empty() {
        return Ok(found);
    }
    let mut group: Option<(Vec<u8>, Vec<AddressMailbox>)> = None;
    cursor.list(|cursor| {
        match address(cursor)? {
            Entry::Nothing => {}
            Entry::Mailbox(mailbox) => match &mut group {
                Some((_, members)) => members.push(mailbox),
                None => found.push(Address::Mailbox(mailbox)),
            },
            Entry::GroupStart(name) => found.extend(group.replace((name, Vec::new())).map(finished)),
            Entry::GroupEnd => found.extend(group.take().map(finished)),
        }
        Ok(())
    })?;
    found.extend(group.map(finished));
    Ok(found)
}

fn finished((name, members): (Vec<u8>, Vec<AddressMailbox>)) -> Address {
    Address::Group { name, members }
}

enum Entry {
    Nothing,
    Mailbox(AddressMailbox),
    GroupStart(Vec<u8>),
    GroupEnd,
}

/// `address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"`
///
/// Quirks: fewer fields; a host that is said to be missing instead of NIL; name and address swapped (Gmail), which is told by a
/// name that is an address beside a mailbox that is none and has no host.
fn address(cursor: &mut Cursor<'_>) -> Parsed<Entry> {
    if cursor.nil_or_empty() {
        return Ok(Entry::Nothing);
    }
    cursor.expect(b'(', "an address")?;
    let name = field(cursor)?;
    let _route = field(cursor)?;
    let local = field(cursor)?;
    let host = field(cursor)?;
    cursor.skip_to_list_end()?;
    let said = host.is_some();
    let host = host.filter(|host| !NO_HOST.contains(&host.as_slice()));
    Ok(match (name, local, host) {
        (None, None, None) if !said => Entry::GroupEnd,
        (None, Some(group), None) if !said && split(&group).is_none() => Entry::GroupStart(group),
        (name, local, None) => {
            let local = local.unwrap_or_default();
            // Either may be the whole address.
            if let Some((local, host)) = split(&local) {
                return Ok(Entry::Mailbox(AddressMailbox { name, local, host: Some(host) }));
            }
            match name.as_deref().and_then(split) {
                Some((address, host)) => {
                    let name = Some(local).filter(|name| !name.is_empty());
                    Entry::Mailbox(AddressMailbox { name, local: address, host: Some(host) })
                }
                None => Entry::Mailbox(AddressMailbox { name, local, host: None }),
            }
        }
        (name, local, host) => Entry::Mailbox(AddressMailbox { name, local: local.unwrap_or_default(), host }),
    })
}

/// The two halves of what looks like an address.
fn split(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    if text.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let at = memchr::memrchr(b'@', text)?;
    let (local, host) = (text.get(..at)?, text.get(at + 1..)?);
    (!local.is_empty() && !host.is_empty()).then(|| (local.to_vec(), host.to_vec()))
}
