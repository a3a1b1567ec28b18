//! What a message needs and what the server offers, compared before MAIL.

use super::capability::Capabilities;
use super::content::{Content, Kind};
use super::envelope::Envelope;
use super::parameters::{ByMode, Hold};
use crate::error::{Error, Rejection, Result};
use crate::net::tls::{TlsFacts, Verification};
use crate::text::rfc3339;
use crate::wire::transcript::grouped;

/// What MAIL declares of a message beyond what its envelope asks for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Declared {
    /// Addresses and header may be UTF-8 (SMTPUTF8).
    pub utf8: bool,
    /// What the body holds; `None` is 7-bit text.
    pub body: Option<BodyType>,
    /// Octets, if the server wants to know.
    pub size: Option<u64>,
}

/// The value of BODY.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyType {
    /// Lines of text with octets above 127 (RFC 6152).
    EightBitMime,
    /// Anything; sent by BDAT only (RFC 3030 section 3).
    BinaryMime,
}

impl BodyType {
    /// The keyword.
    pub fn name(self) -> &'static str {
        match self {
            Self::EightBitMime => "8BITMIME",
            Self::BinaryMime => "BINARYMIME",
        }
    }
}

/// How well a connection is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protection {
    /// Not at all.
    Clear,
    /// By TLS with nobody knows whom.
    Encrypted,
    /// By TLS with a server that was verified.
    Verified,
}

impl Protection {
    /// That of a connection whose handshake settled this.
    pub fn of(tls: Option<&TlsFacts>) -> Self {
        match tls.map(|tls| tls.verification) {
            None => Self::Clear,
            Some(Verification::None) => Self::Encrypted,
            Some(_) => Self::Verified,
        }
    }
}

/// What to declare for this message to this server.
///
/// Fails with [`Error::Unsupported`] if something is asked for that the server does not offer, with [`Error::Insecure`] if
/// REQUIRETLS is asked for without verified TLS, with [`Error::InvalidInput`] if there is no recipient or the server cannot
/// take such a message or address at all (RFC 6531 section 3.2, RFC 6152), and with [`Error::Rejected`] (verb `SIZE`, no
/// code) if the message is larger than the server takes (RFC 1870 section 6.1).
pub fn check(
    envelope: &Envelope,
    content: &dyn Content,
    capabilities: &Capabilities,
    tls: Protection,
) -> Result<Declared> {
    if envelope.recipients.is_empty() {
        return Err(Error::InvalidInput("the message has no recipient".into()));
    }
    if let Some((_, error)) = unmet(envelope, capabilities, tls).into_iter().next() {
        return Err(error);
    }
    Ok(Declared {
        utf8: utf8(envelope, content, capabilities)?,
        body: body(content.kind(), capabilities)?,
        size: size(content.size(), capabilities)?,
    })
}

/// The envelope without what this server does not offer, and why each thing was dropped: for callers that were told to
/// ask for it only where it can be had. REQUIRETLS is never dropped.
pub fn only_offered(envelope: &Envelope, capabilities: &Capabilities, tls: Protection) -> (Envelope, Vec<String>) {
    let mut envelope = envelope.clone();
    let mut dropped = Vec::new();
    for (asked, error) in unmet(&envelope, capabilities, tls) {
        let parameters = &mut envelope.parameters;
        match asked {
            Asked::RequireTls => continue,
            Asked::Notify => envelope.recipients.iter_mut().for_each(|recipient| recipient.notify = None),
            Asked::Orcpt => envelope.recipients.iter_mut().for_each(|recipient| recipient.orcpt = None),
            Asked::Ret => parameters.ret = None,
            Asked::Envid => parameters.envid = None,
            Asked::Auth => parameters.auth = None,
            Asked::By => parameters.by = None,
            Asked::Hold => parameters.hold = None,
            Asked::Priority => parameters.priority = None,
        }
        dropped.push(error.to_string());
    }
    (envelope, dropped)
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asked {
    RequireTls,
    Notify,
    Orcpt,
    Ret,
    Envid,
    Auth,
    By,
    Hold,
    Priority,
}

/// What is asked for and cannot be had, the most important first.
fn unmet(envelope: &Envelope, offered: &Capabilities, tls: Protection) -> Vec<(Asked, Error)> {
    let parameters = &envelope.parameters;
    let notify = envelope.recipients.iter().any(|recipient| recipient.notify.is_some());
    let orcpt = envelope.recipients.iter().any(|recipient| recipient.orcpt.is_some());
    let missing = |asked, is_asked: bool, is_offered: bool, parameter: &str, keyword: &str| {
        let text = || format!("the server does not offer {keyword}, which {parameter} needs");
        (is_asked && !is_offered).then(|| (asked, Error::Unsupported(text())))
    };
    let too_far = |asked, text: Option<String>| text.map(|text| (asked, Error::Unsupported(text)));
    [
        parameters.require_tls.then(|| require_tls(offered, tls)).flatten().map(|error| (Asked::RequireTls, error)),
        missing(Asked::Notify, notify, offered.dsn, "NOTIFY", "DSN"),
        missing(Asked::Orcpt, orcpt, offered.dsn, "ORCPT", "DSN"),
        missing(Asked::Ret, parameters.ret.is_some(), offered.dsn, "RET", "DSN"),
        missing(Asked::Envid, parameters.envid.is_some(), offered.dsn, "ENVID", "DSN"),
        missing(Asked::Auth, parameters.auth.is_some(), !offered.mechanisms.is_empty(), "AUTH=", "AUTH"),
        missing(Asked::By, parameters.by.is_some(), offered.deliver_by.is_some(), "BY", "DELIVERBY"),
        missing(
            Asked::Hold,
            parameters.hold.is_some(),
            offered.future_release.is_some(),
            "HOLDFOR or HOLDUNTIL",
            "FUTURERELEASE",
        ),
        missing(
            Asked::Priority,
            parameters.priority.is_some(),
            offered.mt_priority.is_some(),
            "a priority",
            "MT-PRIORITY",
        ),
        too_far(Asked::By, too_soon(envelope, offered)),
        too_far(Asked::Hold, held_too_long(parameters.hold, offered)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// RFC 8689 section 4.2.1: verified TLS and the server's promise, or nothing.
fn require_tls(offered: &Capabilities, tls: Protection) -> Option<Error> {
    match (tls, offered.requiretls) {
        (Protection::Verified, true) => None,
        (Protection::Verified, false) => {
            Some(Error::Unsupported("the server does not offer REQUIRETLS, which was asked for".into()))
        }
        (Protection::Encrypted, _) => {
            Some(Error::Insecure("REQUIRETLS was asked for and the server's certificate is not verified".into()))
        }
        (Protection::Clear, _) => {
            Some(Error::Insecure("REQUIRETLS was asked for and the connection is not encrypted".into()))
        }
    }
}

/// RFC 2852 section 3: the server returns nothing earlier than it said.
fn too_soon(envelope: &Envelope, offered: &Capabilities) -> Option<String> {
    let by = envelope.parameters.by.filter(|by| by.mode == ByMode::Return)?;
    let least = offered.deliver_by.flatten()?;
    let is_too_soon = u64::try_from(by.seconds).is_ok_and(|seconds| seconds < least);
    is_too_soon.then(|| format!("the server returns no message before {least} seconds have passed"))
}

fn held_too_long(hold: Option<Hold>, offered: &Capabilities) -> Option<String> {
    let most = offered.future_release?;
    match hold? {
        Hold::For(seconds) => {
            let limit = most.seconds.filter(|&limit| seconds > limit)?;
            Some(format!("the server holds no message longer than {limit} seconds"))
        }
        Hold::Until(time) => {
            let limit = most.until.filter(|&limit| time > limit)?;
            Some(format!("the server holds no message beyond {}", rfc3339(limit)))
        }
    }
}

/// RFC 6531 section 3.2: SMTPUTF8 only where something needs it, and never without 8BITMIME.
fn utf8(envelope: &Envelope, content: &dyn Content, offered: &Capabilities) -> Result<bool> {
    let what = if envelope.needs_smtputf8() {
        "an address"
    } else if content.needs_smtputf8() {
        "the message's header"
    } else {
        return Ok(false);
    };
    match offered.smtputf8 && offered.eight_bit_mime {
        true => Ok(true),
        false => Err(Error::InvalidInput(format!("{what} is not ASCII, and the server does not offer SMTPUTF8"))),
    }
}

fn body(kind: Kind, offered: &Capabilities) -> Result<Option<BodyType>> {
    let fail = |what| Err(Error::InvalidInput(format!("{what}: the message must be encoded for this server")));
    match kind {
        Kind::SevenBit => Ok(None),
        Kind::EightBit if offered.eight_bit_mime => Ok(Some(BodyType::EightBitMime)),
        Kind::EightBit => fail("the message is 8-bit text, and the server does not offer 8BITMIME"),
        Kind::Binary if offered.binarymime && offered.chunking => Ok(Some(BodyType::BinaryMime)),
        Kind::Binary => fail("the message is no lines of text, and the server does not offer BINARYMIME"),
    }
}

fn size(octets: u64, offered: &Capabilities) -> Result<Option<u64>> {
    match offered.size {
        None => Ok(None),
        Some(Some(limit)) if octets > limit => Err(Error::Rejected(Rejection {
            verb: "SIZE",
            code: None,
            enhanced: None,
            text: format!("the message has {} octets, the server takes {}", grouped(octets), grouped(limit)),
            transient: false,
        })),
        Some(_) => Ok(Some(octets)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr_spec::AddrSpec;
    use crate::smtp::reply::Reply;
    use crate::smtp::{AuthParameter, DeliverBy, Notify, Octets, Ret};

    fn offer(lines: &str) -> Capabilities {
        let lines = std::iter::once("name").chain(lines.split(';')).map(|line| line.trim().as_bytes().to_vec());
        Capabilities::from_reply(&Reply::new(250, lines.collect()))
    }

    fn envelope(to: &str) -> Envelope {
        Envelope::new(Some(AddrSpec::parse("ann@example.org").unwrap()), [AddrSpec::parse(to).unwrap()])
    }

    fn asking(what: &str) -> Envelope {
        let mut envelope = envelope("bob@example.org");
        let (name, value) = what.split_once(' ').unwrap_or((what, ""));
        match name {
            "notify" => envelope.recipients[0].notify = Some(Notify::parse(value).unwrap()),
            "orcpt" => envelope.recipients[0].orcpt = Some(value.into()),
            "ret" => envelope.parameters.ret = Some(Ret::parse(value).unwrap()),
            "envid" => envelope.parameters.envid = Some(value.into()),
            "auth" => envelope.parameters.auth = Some(AuthParameter::parse(value).unwrap()),
            "by" => envelope.parameters.by = Some(DeliverBy::parse(value).unwrap()),
            "hold" => envelope.parameters.hold = Some(Hold::parse(value).unwrap()),
            "priority" => envelope.parameters.priority = Some(value.parse().unwrap()),
            "requiretls" => envelope.parameters.require_tls = true,
            _ => panic!("{what}"),
        }
        envelope
    }

    const TEXT: &str = "a: b\r\n\r\nc\r\n";

    fn verdict(envelope: &Envelope, text: &str, offered: &str, tls: Protection) -> Result<Declared> {
        check(envelope, &Octets::new(text), &offer(offered), tls)
    }

    #[test]
    fn what_is_asked_for_must_be_offered() {
        for (what, keyword) in [
            ("notify never", "DSN"),
            ("orcpt rfc822;a@b", "DSN"),
            ("ret full", "DSN"),
            ("envid x", "DSN"),
            ("auth <>", "AUTH PLAIN"),
            ("by 60;R", "DELIVERBY 60"),
            ("hold 60", "FUTURERELEASE 60 2030-01-01T00:00:00Z"),
            ("hold 2030-01-01T00:00:00Z", "FUTURERELEASE 60 2030-01-01T00:00:00Z"),
            ("priority -3", "MT-PRIORITY"),
            ("requiretls", "REQUIRETLS"),
        ] {
            let envelope = asking(what);
            let error = verdict(&envelope, TEXT, "PIPELINING", Protection::Verified).unwrap_err();
            assert!(matches!(error, Error::Unsupported(_)), "{what}: {error}");
            let name = keyword.split(' ').next().unwrap();
            assert!(error.to_string().contains(name), "{error}");
            assert_eq!(verdict(&envelope, TEXT, keyword, Protection::Verified).unwrap(), Declared::default(), "{what}");

            let (kept, dropped) = only_offered(&envelope, &offer("PIPELINING"), Protection::Verified);
            match what {
                "requiretls" => assert!(dropped.is_empty() && kept == envelope),
                _ => assert!(dropped.len() == 1 && kept == self::envelope("bob@example.org"), "{what}: {dropped:?}"),
            }
            assert_eq!(only_offered(&envelope, &offer(keyword), Protection::Verified), (envelope, vec![]));
        }
    }

    #[test]
    fn the_servers_bounds_count() {
        let bounds = "DELIVERBY 60; FUTURERELEASE 60 2030-01-01T00:00:00Z";
        for what in ["by 59;R", "hold 61", "hold 2030-01-01T00:00:01Z"] {
            let error = verdict(&asking(what), TEXT, bounds, Protection::Clear).unwrap_err();
            assert!(matches!(error, Error::Unsupported(_)), "{what}: {error}");
        }
        for what in ["by 5;N", "by -5;N", "hold 60"] {
            assert!(verdict(&asking(what), TEXT, bounds, Protection::Clear).is_ok(), "{what}");
        }
    }

    #[test]
    fn tls_is_required_of_a_verified_server() {
        for tls in [Protection::Clear, Protection::Encrypted] {
            let error = verdict(&asking("requiretls"), TEXT, "REQUIRETLS", tls).unwrap_err();
            assert!(matches!(error, Error::Insecure(_)), "{error}");
        }
    }

    #[test]
    fn only_what_needs_utf8_asks_for_it() {
        let all = "SMTPUTF8; 8BITMIME";
        let utf8 = |to, text, offered| verdict(&envelope(to), text, offered, Protection::Clear).map(|d| d.utf8);
        assert!(utf8("jö@example.org", TEXT, all).unwrap());
        assert!(utf8("jo@example.org", "a: ä\r\n\r\nc\r\n", all).unwrap());
        assert!(!utf8("jo@bücher.example", TEXT, all).unwrap());
        assert!(!utf8("jo@bücher.example", TEXT, "SIZE").unwrap());
        assert!(!utf8("jo@example.org", "a: b\r\n\r\nä\r\n", all).unwrap());
        for offered in ["SMTPUTF8", "8BITMIME"] {
            assert!(matches!(utf8("jö@example.org", TEXT, offered), Err(Error::InvalidInput(_))));
        }
    }

    #[test]
    fn a_body_is_declared_as_what_it_is() {
        let body = |text, offered| verdict(&envelope("b@c"), text, offered, Protection::Clear).map(|d| d.body);
        assert_eq!(body(TEXT, "8BITMIME; BINARYMIME; CHUNKING").unwrap(), None);
        assert_eq!(body("a: b\r\n\r\nä\r\n", "8BITMIME").unwrap(), Some(BodyType::EightBitMime));
        assert_eq!(body("a: b\r\n\r\n\0\r\n", "BINARYMIME; CHUNKING").unwrap(), Some(BodyType::BinaryMime));
        assert!(matches!(body("a: b\r\n\r\nä\r\n", "BINARYMIME"), Err(Error::InvalidInput(_))));
        assert!(matches!(body("a: b\r\n\r\n\n", "BINARYMIME; 8BITMIME"), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn a_message_that_is_too_large_is_not_begun() {
        let size = |offered| verdict(&envelope("b@c"), TEXT, offered, Protection::Clear).map(|d| d.size);
        assert_eq!(size("8BITMIME").unwrap(), None);
        assert_eq!(size("SIZE").unwrap(), Some(11));
        assert_eq!(size("SIZE 11").unwrap(), Some(11));
        match size("SIZE 10") {
            Err(Error::Rejected(Rejection { verb: "SIZE", code: None, transient: false, text, .. })) => {
                assert_eq!(text, "the message has 11 octets, the server takes 10");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn somebody_must_receive() {
        let nobody = Envelope::new(None, []);
        assert!(matches!(verdict(&nobody, TEXT, "", Protection::Clear), Err(Error::InvalidInput(_))));
    }
}
