//! To whom a message goes, from its own header (RFC 5322 section 3.6.3).

use std::collections::HashMap;

use super::address::{List, spliced};
use super::complete::signed_names;
use super::field::{Field, Header};
use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};

const ORIGINAL: [&str; 3] = ["To", "Cc", "Bcc"];
const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];

/// Every field that holds addresses.
const ADDRESS_FIELDS: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-From",
    "Resent-Sender",
    "Resent-Reply-To",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Disposition-Notification-To",
];

/// The addresses of all `To`, `Cc` and `Bcc` fields, or of all `Resent-To`, `Resent-Cc` and `Resent-Bcc` fields if there
/// is any of these: each mailbox once, in the order of the header.
///
/// # Errors
///
/// [`Error::InvalidInput`] with the field's name if one of them cannot be read: nobody is left out silently.
pub fn recipients(header: &Header) -> Result<Vec<AddrSpec>> {
    let names = if RESENT.iter().any(|name| header.has(name)) { RESENT } else { ORIGINAL };
    let mut found = Vec::new();
    for field in header.fields().iter().filter(|field| names.iter().any(|name| field.is(name))) {
        found.extend(members(field)?.members.into_iter().map(|member| member.address));
    }
    Ok(distinct(found))
}

/// Each mailbox once, where it stood first. Which are the same is what [`AddrSpec::same`] says.
pub fn distinct(addresses: Vec<AddrSpec>) -> Vec<AddrSpec> {
    let mut kept: Vec<AddrSpec> = Vec::with_capacity(addresses.len());
    // Same addresses have equal local parts, and domains of different length only if one is not ASCII.
    let mut by_local: HashMap<(String, Option<usize>), Vec<usize>> = HashMap::new();
    for address in addresses {
        let length = address.domain().map(|domain| ascii_length(&address, domain));
        let places = by_local.entry((address.local().to_owned(), length)).or_default();
        if !places.iter().any(|place| kept.get(*place).is_some_and(|known| known.same(&address))) {
            places.push(kept.len());
            kept.push(address);
        }
    }
    kept
}

/// Appends `@domain` to the local parts that stand alone in the header's address fields (`To: root`), and changes nothing
/// else. A field that cannot be read stays as it is: where it matters to whom the message goes, [`recipients`] says so,
/// and mail is not refused for a display name that some program wrote wrong. So does a field that a DKIM or ARC signature
/// covers.
///
/// # Errors
///
/// [`Error::InvalidInput`] if an address would become invalid; the header is unchanged.
pub fn qualify(header: &mut Header, domain: &str) -> Result<()> {
    let mut changed = header.clone();
    let signed = signed_names(header);
    let is_signed = |field: &Field| signed.iter().any(|name| field.is(name));
    for field in changed.fields_mut().iter_mut().filter(|field| holds_addresses(field) && !is_signed(field)) {
        let Ok(list) = members(field) else { continue };
        let mut additions = Vec::new();
        for member in list.members.iter().filter(|member| member.domain.is_none()) {
            member.address.qualified(domain)?;
            additions.push((member.local.end..member.local.end, format!("@{domain}").into_bytes()));
        }
        if !additions.is_empty() {
            *field = field.with_body(&spliced(field.body(), &additions));
        }
    }
    *header = changed;
    Ok(())
}

/// Whether a field's body is a list of addresses.
pub(crate) fn holds_addresses(field: &Field) -> bool {
    ADDRESS_FIELDS.iter().any(|name| field.is(name))
}

/// What an address field holds; an error names the field.
pub(crate) fn members(field: &Field) -> Result<List> {
    List::parse(field.body()).map_err(|error| {
        let name = crate::text::sanitize_capped(field.name(), 60);
        Error::InvalidInput(format!("in the message's {name} field: {error}"))
    })
}

fn ascii_length(address: &AddrSpec, domain: &str) -> usize {
    if domain.is_ascii() {
        return domain.len();
    }
    address.ascii_domain().ok().and_then(|ascii| ascii.domain().map(str::len)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let found = recipients(&Header::parse(text.as_bytes())).unwrap();
        found.iter().map(AddrSpec::to_string).collect()
    }

    #[test]
    fn every_field_counts_however_it_is_spelled() {
        let text = "to : a@b\r\nSubject: x@y\r\nCC:\r\n c@d,\r\n\te@f (x, y)\r\nBCC:g: h@i;\r\nTo: <j@k>\r\nBcc:\r\nReply-To: l@m\r\n";
        assert_eq!(of(text), ["a@b", "c@d", "e@f", "h@i", "j@k"]);
        assert_eq!(of("Subject: x\r\n"), [""; 0]);
    }

    #[test]
    fn a_resent_message_goes_to_its_new_recipients() {
        let text = "Resent-To: a@b\r\nResent-Bcc: c@d\r\nTo: e@f\r\nresent-cc : g@h\r\n";
        assert_eq!(of(text), ["a@b", "c@d", "g@h"]);
        assert_eq!(of("Resent-From: a@b\r\nTo: e@f\r\n"), ["e@f"]);
    }

    #[test]
    fn nobody_gets_a_message_twice() {
        let text = "To: a@EXAMPLE.org, b@x, a@example.org, A@example.org\r\nCc: b@x, u@b\u{fc}cher.example\r\nBcc: u@xn--bcher-kva.example\r\n";
        assert_eq!(of(text), ["a@EXAMPLE.org", "b@x", "A@example.org", "u@b\u{fc}cher.example"]);
    }

    #[test]
    fn a_broken_address_is_named_with_its_field() {
        let error = recipients(&Header::parse(b"To: a@b\r\ncc: c@d\x1b, e f\r\n")).unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)));
        let error = recipients(&Header::parse(b"To: a@b\r\ncc: c@d, e f\r\n")).unwrap_err();
        assert_eq!(error.to_string(), "in the message's cc field: these words are no mail address: \"e f\"");
    }

    #[test]
    fn bare_local_parts_get_a_domain_and_nothing_else_changes() {
        let text = "From: root (Cron Daemon)\r\nTO : Ann <ann>,\r\n lee@example.org (x), g: \"a b\" ;\r\n\
                    Subject: root\r\nResent-Bcc:root\r\nCc: a@b\r\n";
        let mut header = Header::parse(text.as_bytes());
        qualify(&mut header, "example.net").unwrap();
        let expected = "From: root@example.net (Cron Daemon)\r\nTO : Ann <ann@example.net>,\r\n lee@example.org (x), \
                        g: \"a b\"@example.net ;\r\nSubject: root\r\nResent-Bcc:root@example.net\r\nCc: a@b\r\n";
        assert_eq!(String::from_utf8(header.to_bytes()).unwrap(), expected);

        for (text, domain) in [("To: a\r\n", "exa mple"), ("To: a\r\n", "x\r\nBcc: b")] {
            let mut header = Header::parse(text.as_bytes());
            assert!(matches!(qualify(&mut header, domain), Err(Error::InvalidInput(_))));
            assert_eq!(header.to_bytes(), text.as_bytes());
        }
    }

    #[test]
    fn what_cannot_be_read_or_is_signed_gets_no_domain() {
        let text = "DKIM-Signature: v=1; h=From:Cc; b=x\r\nFrom: root\r\nTo: root\r\nReply-To: the web team\r\n\
                    Sender: x <y@>\r\n";
        let mut header = Header::parse(text.as_bytes());
        qualify(&mut header, "example.net").unwrap();
        let expected = text.replace("To: root", "To: root@example.net");
        assert_eq!(String::from_utf8(header.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn long_lists_take_no_long_time() {
        let address = |n: usize| AddrSpec::new("info", Some(&format!("host{n:07}.example"))).unwrap();
        let twice: Vec<_> = (0..2_000).chain(0..2_000).map(address).collect();
        assert_eq!(distinct(twice).len(), 2_000);
        let text = format!("To: {}\r\n", (0..20_000).map(|n| format!("a{n}@b")).collect::<Vec<_>>().join(",\r\n "));
        assert_eq!(of(&text).len(), 20_000);
    }
}
