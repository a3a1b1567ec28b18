//! DKIM signatures, RFC 6376 with the algorithms of RFC 8301 and RFC 8463: `rsa-sha256` and `ed25519-sha256`.
//!
//! A signature covers exact octets: sign what will be sent, last of all.

mod canonical;
mod key;

use std::io::{self, BufRead as _, BufReader, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine as _};

pub use self::key::Algorithm;

use self::canonical::{BodyHasher, field as canonical_field, name_of};
use self::key::Key;
use super::Message;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// How much a relay may change without breaking the signature (RFC 6376 section 3.4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Canonicalization {
    /// Almost nothing.
    Simple,
    /// White space, folding and the case of field names.
    #[default]
    Relaxed,
}

/// Signs messages for one domain with one key.
#[derive(Debug)]
pub struct Signer {
    key: Key,
    selector: String,
    domain: String,
    header: Canonicalization,
    body: Canonicalization,
}

/// What is signed where it exists (RFC 6376 section 5.4.1): what a reader is shown, and what says how to show it.
const SIGNED: [&str; 29] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "resent-date",
    "resent-from",
    "resent-sender",
    "resent-to",
    "resent-cc",
    "resent-message-id",
    "auto-submitted",
    "list-id",
    "list-help",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-subscribe",
    "list-post",
    "list-owner",
    "list-archive",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-language",
];

/// More than this is no header: a message without an empty line would be read into memory whole.
const LARGEST_HEADER: u64 = 4 << 20;

impl Signer {
    /// A signer with a private key in PEM: PKCS#8 or PKCS#1 for RSA of 2,048 to 4,096 bits, PKCS#8 for Ed25519.
    ///
    /// The verifier finds the public key in the DNS at `SELECTOR._domainkey.DOMAIN`. `domain` may be in Unicode; it is
    /// written with A-labels. Header and body are canonicalised relaxed; see [`canonicalize`](Self::canonicalize).
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a key that is not one of these or is weaker, [`Error::InvalidInput`] for a selector or
    /// domain that the DNS cannot hold, [`Error::Unsupported`] if this build lacks the feature `dkim`.
    pub fn new(pem: &[u8], selector: &str, domain: &str) -> Result<Self> {
        let selector = dns_name("DKIM selector", selector)?;
        let domain = dns_name("DKIM domain", domain)?;
        let key = Key::from_pem(pem)?;
        Ok(Self { key, selector, domain, header: Canonicalization::default(), body: Canonicalization::default() })
    }

    /// Chooses the canonicalisations; both are relaxed otherwise.
    #[must_use]
    pub fn canonicalize(self, header: Canonicalization, body: Canonicalization) -> Self {
        Self { header, body, ..self }
    }

    /// The algorithm, which follows from the key.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// Signs a message as it stands; see [`sign_stream`](Self::sign_stream).
    ///
    /// # Errors
    ///
    /// As [`sign_stream`](Self::sign_stream).
    pub fn sign(&self, message: &Message, now: SystemTime) -> Result<Vec<u8>> {
        self.sign_stream(&mut *message.open()?, now)
    }

    /// The `DKIM-Signature` field, with its CRLF, to be put before everything else of the message.
    ///
    /// `message` gives the octets as they will be sent, header and body, with CRLF and without stuffed dots; it is read
    /// once and not held. Every instance of the fields that matter is signed, and `From` once more than it exists, so
    /// that another cannot be added (section 8.15).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there is no `From` field or the header has no end, [`Error::Storage`] if `message`
    /// cannot be read.
    pub fn sign_stream(&self, message: &mut dyn Read, now: SystemTime) -> Result<Vec<u8>> {
        let mut message = BufReader::with_capacity(64 * 1024, message);
        let fields = read_header(&mut message)?;
        let mut body = BodyHasher::new(self.body);
        loop {
            let chunk = match message.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(error)),
            };
            body.update(chunk);
            let length = chunk.len();
            message.consume(length);
        }
        let signed = select(&fields)?;
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.seal(&signed, &body.finish(), seconds)
    }

    fn seal(&self, signed: &[Named<'_>], body_hash: &[u8; 32], seconds: u64) -> Result<Vec<u8>> {
        let mut signature = self.unsigned(signed, body_hash, seconds);
        let mut hashed = Vec::new();
        for octets in signed.iter().filter_map(|named| named.field) {
            hashed.extend_from_slice(&canonical_field(octets, self.header));
            hashed.extend_from_slice(b"\r\n");
        }
        hashed.extend_from_slice(&canonical_field(signature.as_bytes(), self.header));
        let value = BASE64_STANDARD.encode(self.key.sign(&hashed)?);
        push_folded(&mut signature, &value);
        signature.push_str("\r\n");
        Ok(signature.into_bytes())
    }

    /// The field up to and with `b=`.
    fn unsigned(&self, signed: &[Named<'_>], body_hash: &[u8; 32], seconds: u64) -> String {
        let mut field = format!(
            "DKIM-Signature: v=1; a={}; c={}/{};\r\n\td={};\r\n\ts={}; t={seconds};\r\n\th=",
            self.key.algorithm().name(),
            self.header.name(),
            self.body.name(),
            self.domain,
            self.selector,
        );
        let mut column = 4;
        for (number, named) in signed.iter().enumerate() {
            let colon = if number == 0 { "" } else { ":" };
            if column + colon.len() + named.name.len() > 75 {
                field.push_str(colon);
                field.push_str("\r\n\t");
                column = 1;
            } else {
                field.push_str(colon);
            }
            field.push_str(named.name);
            column += colon.len() + named.name.len();
        }
        field.push_str(";\r\n\tbh=");
        BASE64_STANDARD.encode_string(body_hash, &mut field);
        field.push_str(";\r\n\tb=");
        field
    }
}

#[cfg(test)]
impl Canonicalization {
    const ALL: [Self; 2] = [Self::Simple, Self::Relaxed];
}

impl Canonicalization {
    fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Relaxed => "relaxed",
        }
    }
}

/// An entry of `h=`, with the field it stands for; without one it promises that there is none.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    name: &'static str,
    field: Option<&'a [u8]>,
}

/// What `h=` lists, in its order; of several instances of a field the last comes first (section 5.4.2).
fn select(fields: &[Vec<u8>]) -> Result<Vec<Named<'_>>> {
    let mut signed = Vec::new();
    for name in SIGNED {
        let instances = fields.iter().rev().filter(|field| name_of(field).eq_ignore_ascii_case(name.as_bytes()));
        let before = signed.len();
        signed.extend(instances.map(|field| Named { name, field: Some(field.as_slice()) }));
        if name == "from" {
            if signed.len() == before {
                return Err(Error::InvalidInput("a message without a From field cannot be signed".into()));
            }
            signed.push(Named { name, field: None });
        }
    }
    Ok(signed)
}

/// The fields, each with its CRLFs; the reader is left at the body.
fn read_header(message: &mut impl io::BufRead) -> Result<Vec<Vec<u8>>> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let mut room = LARGEST_HEADER;
    loop {
        let mut line = Vec::new();
        let length = message.by_ref().take(room).read_until(b'\n', &mut line).map_err(unreadable)?;
        room = room.saturating_sub(length as u64);
        if room == 0 {
            return Err(Error::InvalidInput("the message's header is too large to be signed".into()));
        }
        match line.as_slice() {
            [] | b"\r\n" | b"\n" => return Ok(fields),
            [b' ' | b'\t', ..] => {
                if let Some(last) = fields.last_mut() {
                    last.append(&mut line);
                }
            }
            _ => fields.push(line),
        }
    }
}

fn push_folded(out: &mut String, value: &str) {
    const FIRST: usize = 72;
    let mut rest = value;
    while let Some((line, tail)) = rest.split_at_checked(FIRST).filter(|(_, tail)| !tail.is_empty()) {
        out.push_str(line);
        out.push_str("\r\n\t");
        rest = tail;
    }
    out.push_str(rest);
}

fn dns_name(what: &str, name: &str) -> Result<String> {
    const LONGEST: usize = 253;
    const LONGEST_LABEL: usize = 63;
    let ascii =
        if name.is_ascii() { name.to_ascii_lowercase() } else { idna::domain_to_ascii(name).unwrap_or_default() };
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if ascii.len() <= LONGEST && ascii.split('.').all(is_label) {
        return Ok(ascii);
    }
    Err(Error::InvalidInput(format!("{what} '{}' is not a DNS name", sanitize_capped(name.as_bytes(), 80))))
}

fn unreadable(error: io::Error) -> Error {
    Error::io("cannot read the message to sign it", error)
}

#[cfg(test)]
mod tests;
