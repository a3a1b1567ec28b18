//! What a message needs before it goes out (RFC 5322 section 3.6, RFC 6409 section 8).

use std::time::SystemTime;

use super::address::Mailbox;
use super::compose::address_field;
use super::field::{Field, Header};
use super::message::Message;
use super::reencode::charset;
use super::{address, date, message_id};
use crate::error::{Error, Result};

/// What missing fields are made of.
#[derive(Clone, Copy, Debug)]
pub struct Complete<'a> {
    /// For `From`; without one none is added.
    pub from: Option<&'a Mailbox>,
    /// The right side of `Message-ID`.
    pub message_id_domain: &'a str,
    /// For `Date`, in the local time zone.
    pub now: SystemTime,
}

impl Message {
    /// Adds what is missing: `From`, `Date`, `Message-ID`, and `To: undisclosed-recipients:;` if no `To` or `Cc` says to
    /// whom it goes. What is not ASCII, or has MIME fields, gets `MIME-Version`; text that is not ASCII and does not say
    /// what it is also gets a `Content-Type` and a `Content-Transfer-Encoding`.
    ///
    /// Strip `Bcc` first. No field is added that a DKIM or ARC signature names: such a signature says that there is none
    /// (RFC 6376 section 5.4.2).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if the clock or `from` cannot be written,
    /// [`Error::Storage`](crate::Error::Storage) without random numbers.
    pub fn complete(&mut self, complete: &Complete<'_>) -> Result<()> {
        let signed = signed_names(&self.header);
        let traits = *self.body().traits();
        let header = &mut self.header;
        let lacks = |header: &Header, name: &str| !header.has(name) && !signed.contains(&name.to_ascii_lowercase());
        if let Some(from) = complete.from.filter(|_| lacks(header, "From")) {
            header.append(field_of(from)?);
        }
        if lacks(header, "Date") {
            header.append(Field::new("Date", date::date(complete.now)?.as_bytes())?);
        }
        if lacks(header, "Message-ID") {
            let id = message_id::generate(complete.message_id_domain, complete.now)?;
            header.append(Field::new("Message-ID", id.as_bytes())?);
        }
        if !header.has("Cc") && lacks(header, "To") {
            header.append(Field::new("To", b"undisclosed-recipients:;")?);
        }
        let is_eight_bit = traits.eight_bit.is_some();
        let is_mime = ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"];
        let is_mime = is_mime.into_iter().any(|name| header.has(name));
        if (is_eight_bit || is_mime) && lacks(header, "MIME-Version") {
            header.append(Field::new("MIME-Version", b"1.0")?);
        }
        if is_eight_bit && lacks(header, "Content-Type") {
            let charset = charset(is_eight_bit, traits.foreign);
            header.append(Field::new("Content-Type", format!("text/plain; charset={charset}").as_bytes())?);
            if lacks(header, "Content-Transfer-Encoding") {
                header.append(Field::new("Content-Transfer-Encoding", b"8bit")?);
            }
        }
        Ok(())
    }

    /// Makes this the message's only `From`, in the place of the first, and says nothing of the one before. One that a
    /// signature covers stays if its address is this one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if the name has a control character, or if a DKIM or ARC
    /// signature covers another author, which it would not do any more.
    pub fn force_from(&mut self, from: &Mailbox) -> Result<()> {
        if signed_names(&self.header).iter().any(|name| name == "from") {
            let mut authors = self.header.all("From").map(|field| address::parse_list(&field.unfolded()));
            return match (authors.next(), authors.next()) {
                (Some(Ok(now)), None) if matches!(now.as_slice(), [one] if one.address.same(&from.address)) => Ok(()),
                _ => Err(Error::InvalidInput(format!(
                    "the message is signed ({}) by another author than {}: to force that one would break the signature",
                    self.header_signature().unwrap_or_default(),
                    from.address
                ))),
            };
        }
        self.header.set(field_of(from)?);
        Ok(())
    }
}

fn field_of(from: &Mailbox) -> Result<Field> {
    let raw = address_field("From", "the sender", std::slice::from_ref(from))?.unwrap_or_default();
    Ok(Field::from_raw(raw))
}

/// The names in the `h=` tags of the header's signatures, in lower case.
pub(super) fn signed_names(header: &Header) -> Vec<String> {
    let signatures =
        header.fields().iter().filter(|field| field.is("DKIM-Signature") || field.is("ARC-Message-Signature"));
    let mut names = Vec::new();
    for signature in signatures {
        let body = signature.unfolded();
        let tags = body.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        let list = tags.filter_map(|tag| tag.strip_prefix(b"h")?.trim_ascii_start().strip_prefix(b"="));
        let listed = list.flat_map(|list| list.split(|octet| *octet == b':'));
        names.extend(listed.map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase()));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::addr_spec::AddrSpec;
    use crate::mail::Reading;

    fn completed(text: &[u8]) -> Message {
        let from = Mailbox { name: Some("Änn Lee".into()), address: AddrSpec::parse("ann@example.org").unwrap() };
        let mut message = Message::read(&mut &text[..], &Reading::default()).unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        message.complete(&Complete { from: Some(&from), message_id_domain: "host.example", now }).unwrap();
        message
    }

    fn names(message: &Message) -> Vec<&str> {
        message.header.fields().iter().map(|field| std::str::from_utf8(field.name()).unwrap()).collect()
    }

    fn unfolded(message: &Message, name: &str) -> String {
        String::from_utf8(message.header.get(name).unwrap().unfolded()).unwrap()
    }

    #[test]
    fn what_is_missing_is_added() {
        let message = completed(b"hello\n");
        assert_eq!(names(&message), ["From", "Date", "Message-ID", "To"]);
        let from = address::parse_mailbox(unfolded(&message, "From").as_bytes()).unwrap();
        assert_eq!(from.address.to_string(), "ann@example.org");
        assert!(unfolded(&message, "From").starts_with("=?utf-8?"));
        let id = unfolded(&message, "Message-ID");
        assert!(id.starts_with('<') && id.ends_with("@host.example>"), "{id}");
        assert_ne!(id, unfolded(&completed(b"hello\n"), "Message-ID"));
        assert!(unfolded(&message, "Date").contains(" Sep 2001 "));
        assert_eq!(unfolded(&message, "To"), "undisclosed-recipients:;");
    }

    #[test]
    fn what_is_there_stays() {
        let text = b"DATE : x\nfrom: a@b\nmessage-id:<x>\nCC: c@d\n\nx\n";
        assert_eq!(names(&completed(text)), ["DATE", "from", "message-id", "CC"]);
    }

    #[test]
    fn content_says_what_it_is() {
        let base = "From: a@b\nTo: c@d\nDate: x\nMessage-ID: <y>\n";
        let added = |more: &[u8]| {
            let message = completed(&[base.as_bytes(), more].concat());
            let names: Vec<String> = names(&message).into_iter().skip(4).map(str::to_owned).collect();
            (names.join(" "), message)
        };
        assert_eq!(added(b"\nplain\n").0, "");
        assert_eq!(added(b"Content-Type: text/html\n\nplain\n").0, "Content-Type MIME-Version");
        let (names, message) = added("\ngrün\n".as_bytes());
        assert_eq!(names, "MIME-Version Content-Type Content-Transfer-Encoding");
        assert_eq!(unfolded(&message, "Content-Type"), "text/plain; charset=utf-8");
        assert_eq!(unfolded(&message, "Content-Transfer-Encoding"), "8bit");
        assert_eq!(unfolded(&added(b"\ngr\xfcn\n").1, "Content-Type"), "text/plain; charset=unknown-8bit");
        assert_eq!(added("Content-Type: text/html\n\ngrün\n".as_bytes()).0, "Content-Type MIME-Version");
    }

    #[test]
    fn no_signature_is_broken() {
        let text = b"DKIM-Signature: v=1; bh=x; h = from : Date:\n to:message-id:Cc; b=y\nFrom: a@b\n\nx\n";
        assert_eq!(names(&completed(text)), ["DKIM-Signature", "From"]);
        let text = b"DKIM-Signature: h=from:date\nFrom: a@b\n\nx\n";
        assert_eq!(names(&completed(text)), ["DKIM-Signature", "From", "Message-ID", "To"]);
    }

    #[test]
    fn a_signed_author_is_not_replaced() {
        let from = Mailbox { name: None, address: AddrSpec::parse("ann@example.org").unwrap() };
        let signed = |author: &str| {
            format!("DKIM-Signature: h=from; b=x\nFrom: {author}\nDate: x\nMessage-ID: <x>\nTo: x@y\n\nx\n")
        };
        let mut own = completed(signed("Ann <ann@EXAMPLE.org>").as_bytes());
        let before = own.header.clone();
        own.force_from(&from).unwrap();
        assert_eq!(own.header, before);
        for author in ["eve@example.org", "ann@example.org, eve@example.org", "ann@example.org\nFrom: eve@example.org"]
        {
            let error = completed(signed(author).as_bytes()).force_from(&from).unwrap_err();
            assert!(error.to_string().contains("break the signature"), "{error}");
        }
    }

    #[test]
    fn a_forced_sender_is_the_only_one() {
        let mut message = completed(b"A: b\nFROM : x@y\nC: d\nFrom: z@y\n\nx\n");
        let from = Mailbox { name: None, address: AddrSpec::parse("ann@example.org").unwrap() };
        message.force_from(&from).unwrap();
        assert!(message.header.to_bytes().starts_with(b"A: b\r\nFrom: ann@example.org\r\nC: d\r\nDate:"));
        assert_eq!(message.header.all("From").count(), 1);
        let evil = Mailbox { name: Some("x\r\nBcc: y@z".into()), ..from };
        assert!(message.force_from(&evil).is_err());
    }
}
