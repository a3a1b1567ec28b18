//! What is shown of a message in a list: what the server told of it, and what had to be read from its header because the server
//! told that badly.

use std::time::SystemTime;

use crate::cli::output::record::imapctl::{self as record, Place};
use crate::error::{Error, Result};
use crate::imap::grammar::{self, Data, Row, SectionText, SectionValue};
use crate::imap::{Item, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::{date, encoded_word, preview, sort};

use super::{attachment, chosen};

/// The fields of a header that a list is made of.
const FIELDS: [&str; 8] = ["DATE", "FROM", "TO", "CC", "SUBJECT", "MESSAGE-ID", "REFERENCES", "CONTENT-TYPE"];

/// How much of a header is looked at, in octets.
const MAX_HEADER: u32 = 64 * 1024;

/// A message of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Letter {
    pub(super) uid: Option<Uid>,
    pub(super) flags: Option<Vec<String>>,
    pub(super) date: Option<SystemTime>,
    pub(super) internal_date: Option<SystemTime>,
    pub(super) save_date: Option<SystemTime>,
    pub(super) size: Option<u64>,
    pub(super) from: Vec<Address>,
    pub(super) to: Vec<Address>,
    pub(super) cc: Vec<Address>,
    /// As it came, for sorting.
    pub(super) raw_subject: Option<Vec<u8>>,
    pub(super) subject: Option<String>,
    pub(super) message_id: Option<Vec<u8>>,
    pub(super) in_reply_to: Option<Vec<u8>>,
    pub(super) references: Option<Vec<u8>>,
    pub(super) has_attachment: Option<bool>,
    pub(super) preview: Option<Vec<u8>>,
    pub(super) email_id: Option<String>,
    pub(super) thread_id: Option<String>,
    pub(super) modseq: Option<u64>,
    pub(super) labels: Vec<String>,
    pub(super) flaws: Vec<String>,
    /// Its header has to be asked for.
    pub(super) lacks_header: bool,
}

/// A letter's addresses as a record has them.
pub(super) struct Records<'a> {
    from: Vec<record::Address<'a>>,
    to: Vec<record::Address<'a>>,
    cc: Vec<record::Address<'a>>,
}

/// An address of a header.
#[derive(Clone, Debug, Default)]
pub(super) struct Address {
    raw_name: Vec<u8>,
    name: Option<String>,
    local: Vec<u8>,
    host: Vec<u8>,
    address: Option<Vec<u8>>,
}

impl Address {
    pub(super) fn as_sorted(&self) -> sort::Address<'_> {
        sort::Address { name: &self.raw_name, mailbox: &self.local, host: &self.host }
    }

    fn as_record(&self) -> record::Address<'_> {
        record::Address { name: self.name.as_deref().map(str::as_bytes), address: self.address.as_deref() }
    }
}

/// What a list asks of each message.
pub(super) fn items() -> Vec<Item> {
    vec![Item::Uid, Item::Flags, Item::InternalDate, Item::Size, Item::Envelope, Item::BodyStructure]
}

impl Letter {
    /// What a row tells.
    pub(super) fn from_row(row: &Row<'_>) -> Self {
        let flags = row.flags.as_ref().map(|flags| flags.iter().map(|flag| crate::text::sanitize(&flag)).collect());
        let mut letter = Self {
            uid: row.uid,
            flags,
            internal_date: row.internal_date.map(|date| date.system_time()),
            save_date: row.save_date.flatten().map(|date| date.system_time()),
            size: row.size,
            has_attachment: row.structure.as_deref().map(attachment::is_in),
            preview: row.preview.as_ref().and_then(Option::as_deref).map(|text| preview::of_server(text).into_bytes()),
            email_id: row.email_id.as_deref().map(crate::text::sanitize),
            thread_id: row.thread_id.clone().flatten().as_deref().map(crate::text::sanitize),
            modseq: row.modseq.map(|modseq| modseq.get()),
            flaws: row.flaws.iter().map(ToString::to_string).collect(),
            ..Self::default()
        };
        let gmail = &row.gmail;
        letter.email_id = letter.email_id.or(gmail.message_id.map(|id| id.to_string()));
        letter.thread_id = letter.thread_id.or(gmail.thread_id.map(|id| id.to_string()));
        letter.labels = gmail.labels.iter().flatten().map(|label| crate::text::sanitize(label)).collect();
        match row.envelope.as_deref() {
            Some(envelope) => letter.read_envelope(envelope),
            None => letter.lacks_header = true,
        }
        for section in &row.sections {
            if let (SectionText::HeaderFields(_) | SectionText::Header, SectionValue::Octets(header)) =
                (&section.spec.text, &section.value)
            {
                letter.read_header(header);
            }
        }
        letter
    }

    /// Takes what a second row of the same message tells: the newest flags, and whatever was missing.
    pub(super) fn update(&mut self, row: &Row<'_>) {
        let more = Self::from_row(row);
        self.flags = more.flags.or(self.flags.take());
        self.preview = more.preview.or(self.preview.take());
        self.save_date = more.save_date.or(self.save_date);
        if self.lacks_header && !more.lacks_header {
            let known = std::mem::take(self);
            *self = Self {
                flags: known.flags,
                uid: more.uid.or(known.uid),
                preview: known.preview,
                save_date: known.save_date,
                ..more
            };
        }
    }

    fn read_envelope(&mut self, envelope: &grammar::Envelope) {
        self.date = envelope.date.as_deref().and_then(date::parse);
        self.set_subject(envelope.subject.clone());
        self.from = addresses(&envelope.from);
        self.to = addresses(&envelope.to);
        self.cc = addresses(&envelope.cc);
        self.message_id.clone_from(&envelope.message_id);
        self.in_reply_to.clone_from(&envelope.in_reply_to);
    }

    /// Takes from a header what is not known.
    pub(super) fn read_header(&mut self, header: &[u8]) {
        let Ok((fields, _)) = mailparse::parse_headers(header) else { return };
        let value = |name: &str| {
            fields
                .iter()
                .find(|field| field.get_key_ref().eq_ignore_ascii_case(name))
                .map(|f| f.get_value_raw().to_vec())
        };
        self.date = self.date.or_else(|| value("Date").as_deref().and_then(date::parse));
        if self.raw_subject.is_none() {
            self.set_subject(value("Subject").map(|text| unfolded(&text)));
        }
        self.message_id = self.message_id.take().or_else(|| value("Message-ID").map(|id| id.trim_ascii().to_vec()));
        self.in_reply_to = self.in_reply_to.take().or_else(|| value("In-Reply-To"));
        self.references = self.references.take().or_else(|| value("References"));
        for (name, list) in [("From", &mut self.from), ("To", &mut self.to), ("Cc", &mut self.cc)] {
            if list.is_empty() {
                *list = value(name).map(|text| parsed_addresses(&unfolded(&text))).unwrap_or_default();
            }
        }
        if self.has_attachment.is_none()
            && let Some(media_type) = value("Content-Type")
        {
            // As near as one comes without the parts themselves.
            let is_mixed = media_type.trim_ascii().to_ascii_lowercase().starts_with(b"multipart/mixed");
            self.has_attachment = Some(is_mixed);
        }
        self.lacks_header = false;
    }

    fn set_subject(&mut self, subject: Option<Vec<u8>>) {
        self.subject = subject.as_deref().map(encoded_word::decode);
        self.raw_subject = subject;
    }

    /// Gives it as a record.
    pub(super) fn with_record<T>(&self, place: Place<'_>, tell: impl FnOnce(&record::Message<'_>) -> T) -> T {
        let records = self.records();
        tell(&self.as_record(place, &records))
    }

    /// Its addresses, for [`Letter::as_record`].
    pub(super) fn records(&self) -> Records<'_> {
        Records {
            from: self.from.iter().map(Address::as_record).collect(),
            to: self.to.iter().map(Address::as_record).collect(),
            cc: self.cc.iter().map(Address::as_record).collect(),
        }
    }

    /// It as a record, which borrows its addresses.
    pub(super) fn as_record<'a>(&'a self, place: Place<'a>, records: &'a Records<'_>) -> record::Message<'a> {
        record::Message {
            place,
            uid: self.uid.map(Uid::get),
            flags: self.flags.as_deref(),
            date: self.date,
            internal_date: self.internal_date,
            save_date: self.save_date,
            size: self.size,
            from: &records.from,
            to: &records.to,
            cc: &records.cc,
            subject: self.subject.as_deref().map(str::as_bytes),
            message_id: self.message_id.as_deref(),
            has_attachment: self.has_attachment,
            preview: self.preview.as_deref(),
            email_id: self.email_id.as_deref(),
            thread_id: self.thread_id.as_deref(),
            modseq: self.modseq,
            labels: &self.labels,
            flaws: &self.flaws,
        }
    }

    /// Its modification sequence.
    pub(super) fn modseq(&self) -> Option<u64> {
        self.modseq
    }

    /// Whether something in it could not be understood.
    pub(super) fn is_partial(&self) -> bool {
        !self.flaws.is_empty() || self.uid.is_none() || self.lacks_header
    }
}

/// Those of the messages of which the server has told nothing, or nothing that can be understood, and which are there all the
/// same: a UID alone is better than silence.
pub(super) fn untold(wanted: &UidSet, letters: &[Letter], folder: &mut Selected<'_>) -> Result<Vec<Letter>> {
    let told: UidSet = letters.iter().filter_map(|letter| letter.uid).collect();
    let missing = wanted.subtract(&told);
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    Ok(bare(&chosen::present(&missing, folder)?))
}

/// Messages of which nothing is known but that they are there.
pub(super) fn bare(uids: &UidSet) -> Vec<Letter> {
    let flaws = vec!["the server tells nothing of it".to_owned()];
    let one = |uid| Letter { uid: Some(uid), lacks_header: true, flaws: flaws.clone(), ..Letter::default() };
    uids.iter().map(one).collect()
}

/// Asks for the headers of those letters of which the server told badly, and reads them here.
///
/// A message for which that does not help either stays as it is.
pub(super) fn mend(letters: &mut [Letter], folder: &mut Selected<'_>) -> Result<()> {
    let lacking: UidSet = letters
        .iter()
        .filter(|letter| letter.lacks_header || (!letter.flaws.is_empty() && letter.has_attachment.is_none()))
        .filter_map(|letter| letter.uid)
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    folder.session().note("asking for headers, since the server's own reading of them cannot be understood");
    let fields = Section::HeaderFields(PartNumber::message(), FIELDS.to_vec());
    let items = [Item::Uid, Item::BodyRange(fields, 0, MAX_HEADER)];
    let asked = folder.uid_fetch(&lacking, &items, &mut |data: &Data<'_>| {
        let Data::Fetch(row) = data else { return Ok(()) };
        let Some(letter) = letters.iter_mut().find(|letter| letter.uid.is_some() && letter.uid == row.uid) else {
            return Ok(());
        };
        for section in &row.sections {
            if let SectionValue::Octets(header) = &section.value {
                letter.read_header(header);
            }
        }
        Ok(())
    });
    match asked {
        // What is known is told all the same.
        Err(Error::Rejected(_)) if folder.session().is_in_step() => Ok(()),
        asked => asked,
    }
}

fn addresses(list: &[grammar::Address]) -> Vec<Address> {
    let one = |mailbox: &grammar::AddressMailbox| Address {
        raw_name: mailbox.name.clone().unwrap_or_default(),
        name: mailbox.name.as_deref().map(encoded_word::decode),
        local: mailbox.local.clone(),
        host: mailbox.host.clone().unwrap_or_default(),
        address: Some(mailbox.address()),
    };
    let mut found = Vec::new();
    for entry in list {
        match entry {
            grammar::Address::Mailbox(mailbox) => found.push(one(mailbox)),
            grammar::Address::Group { name, members } => {
                let group =
                    Address { raw_name: name.clone(), name: Some(encoded_word::decode(name)), ..Address::default() };
                found.push(group);
                found.extend(members.iter().map(one));
            }
        }
    }
    found
}

/// Addresses as mailparse reads them; a list that it cannot read is shown as one name.
fn parsed_addresses(text: &[u8]) -> Vec<Address> {
    let text = String::from_utf8_lossy(text);
    let single = |info: &mailparse::SingleInfo| {
        let (local, host) = info.addr.rsplit_once('@').unwrap_or((&info.addr, ""));
        Address {
            raw_name: info.display_name.clone().unwrap_or_default().into_bytes(),
            name: info.display_name.as_deref().map(|name| encoded_word::decode(name.as_bytes())),
            local: local.as_bytes().to_vec(),
            host: host.as_bytes().to_vec(),
            address: Some(info.addr.clone().into_bytes()),
        }
    };
    match mailparse::addrparse(&text) {
        Ok(list) => list
            .iter()
            .flat_map(|entry| match entry {
                mailparse::MailAddr::Single(info) => vec![single(info)],
                mailparse::MailAddr::Group(group) => group.addrs.iter().map(single).collect(),
            })
            .collect(),
        Err(_) => {
            let name = encoded_word::decode(text.trim().as_bytes());
            vec![Address { raw_name: text.trim().as_bytes().to_vec(), name: Some(name), ..Address::default() }]
        }
    }
}

/// A field's body on one line.
fn unfolded(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_fills_what_is_missing_and_nothing_else() {
        let mut letter = Letter { lacks_header: true, ..Letter::default() };
        letter.set_subject(Some(b"told".to_vec()));
        letter.read_header(
            b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@x,\r\n b@y\r\nSubject: not this\r\n\
              Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\n",
        );
        assert!(!letter.lacks_header);
        letter.with_record(Place::default(), |record| {
            assert_eq!(record.subject, Some(&b"told"[..]));
            assert_eq!(record.from[0].name, Some("Jürgen".as_bytes()));
            assert_eq!(record.from[0].address, Some(&b"j@example.org"[..]));
            assert_eq!(record.to.len(), 2);
            assert!(record.date.is_some());
            assert_eq!(record.message_id, Some(&b"<1@x>"[..]));
        });
    }

    #[test]
    fn no_header_is_too_bad() {
        for header in
            [&b""[..], b"\r\n", b"From", b"From: <<<@@\r\n\r\n", b"\xff\xff: \xff\r\n", b"From: ,,,;:\r\n\r\n"]
        {
            Letter::default().read_header(header);
        }
    }
}
