//! What is understood of a row of FETCH.

use super::Fields;
use crate::imap::grammar::{Address, AddressMailbox, BodyStructure, Envelope, InternalDate, Row, SectionValue};
use crate::mail::encoded_word;
use crate::text::sanitize;

impl Fields {
    pub(super) fn row(&mut self, row: &Row<'_>) {
        self.maybe("uid", row.uid);
        if let Some(flags) = &row.flags {
            self.flags("flags", flags);
        }
        self.maybe("internal-date", row.internal_date);
        self.maybe("size", row.size);
        self.maybe("modseq", row.modseq);
        if let Some(envelope) = &row.envelope {
            self.envelope(envelope);
        }
        if let Some(structure) = &row.structure {
            self.structure(structure);
        }
        for section in &row.sections {
            let origin = section.origin.map(|origin| format!("<{origin}>")).unwrap_or_default();
            let name = format!("{}{origin}", section.spec);
            match &section.value {
                SectionValue::Nil => self.add(&name, "NIL"),
                SectionValue::Octets(octets) => self.add(&name, octets),
                SectionValue::Streamed(octets) => self.add(&name, format!("{octets} octets")),
            }
        }
        for (part, octets) in &row.binary_sizes {
            self.number(&format!("BINARY.SIZE[{}]", sanitize(part)), octets);
        }
        self.maybe("email-id", row.email_id.as_deref().map(sanitize));
        let or_nil = |value: Option<String>| value.unwrap_or_else(|| "NIL".into());
        self.maybe("thread-id", row.thread_id.as_ref().map(|id| or_nil(id.as_deref().map(sanitize))));
        self.maybe("save-date", row.save_date.map(|date| or_nil(date.as_ref().map(InternalDate::to_string))));
        if let Some(preview) = &row.preview {
            self.add("preview", preview.as_deref().unwrap_or(b"NIL"));
        }
        self.maybe("gm-msgid", row.gmail.message_id);
        self.maybe("gm-thrid", row.gmail.thread_id);
        if let Some(labels) = &row.gmail.labels {
            self.joined("gm-labels", labels);
        }
        row.others.iter().for_each(|name| self.add("not-known", name));
        row.flaws.iter().for_each(|flaw| self.add("flaw", flaw.to_string()));
    }

    fn envelope(&mut self, envelope: &Envelope) {
        let texts = [("date", &envelope.date), ("subject", &envelope.subject)];
        for (name, text) in texts {
            self.maybe(name, text.as_deref().map(encoded_word::decode));
        }
        for (name, addresses) in [
            ("from", &envelope.from),
            ("sender", &envelope.sender),
            ("reply-to", &envelope.reply_to),
            ("to", &envelope.to),
            ("cc", &envelope.cc),
            ("bcc", &envelope.bcc),
        ] {
            addresses.iter().for_each(|address| self.add(name, shown(address)));
        }
        for (name, text) in [("in-reply-to", &envelope.in_reply_to), ("message-id", &envelope.message_id)] {
            self.maybe(name, text.as_deref().map(sanitize));
        }
    }

    fn structure(&mut self, structure: &BodyStructure) {
        for part in structure.parts() {
            let body = part.body;
            let mut told = format!("{}/{}", body.media_type, body.subtype);
            if let Some(octets) = body.octets {
                told.push_str(&format!(" {} {octets}", body.encoding));
            }
            let parameters = body.disposition.iter().flat_map(|disposition| &disposition.parameters);
            let name =
                parameters.chain(&body.parameters).find(|parameter| matches!(&*parameter.name, "filename" | "name"));
            if let Some(name) = name {
                told.push_str(&format!(" {}", encoded_word::decode(&name.value)));
            }
            self.add(&format!("part {}", part.section), told);
        }
    }
}

fn shown(address: &Address) -> String {
    let one = |mailbox: &AddressMailbox| {
        let address = sanitize(&mailbox.address());
        match &mailbox.name {
            Some(name) => format!("{} <{address}>", encoded_word::decode(name)),
            None => address,
        }
    };
    match address {
        Address::Mailbox(mailbox) => one(mailbox),
        Address::Group { name, members } => {
            let members: Vec<String> = members.iter().map(one).collect();
            format!("{}: {};", encoded_word::decode(name), members.join(", "))
        }
    }
}
