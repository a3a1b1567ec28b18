//! Passwords, and the mechanisms that ask for them; how challenges are framed is the protocol's.

use std::io;

use anyhow::{Result, anyhow};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{Account, House};

const ITERATIONS: u32 = 4096;

/// What the server keeps of a password (RFC 5802 section 5).
#[derive(Debug)]
pub(super) struct Password {
    salt: [u8; 16],
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

impl Password {
    pub(super) fn new(password: &str) -> Result<Self> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| anyhow!("{error}"))?;
        let salted = stretch(password, &salt);
        Ok(Self {
            salt,
            stored_key: Sha256::digest(mac(&salted, b"Client Key")).to_vec(),
            server_key: mac(&salted, b"Server Key"),
        })
    }

    pub(super) fn is(&self, password: &str) -> bool {
        Sha256::digest(mac(&stretch(password, &self.salt), b"Client Key")).as_slice() == self.stored_key
    }
}

/// The protocol's side of a login.
pub(super) trait Framing {
    /// Sends a challenge and takes the response; `None` if the client gave up.
    fn challenge(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>>;

    /// What ties the login to the TLS session around it.
    fn exporter(&self) -> Option<[u8; 32]>;
}

/// The mechanisms there are; the last needs TLS 1.3.
pub(super) const MECHANISMS: &str = "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS";

/// Runs a mechanism to its end; `None` if it did not prove who the client is.
pub(super) fn login<'h>(
    house: &'h House,
    mechanism: &str,
    initial: Option<Vec<u8>>,
    framing: &mut dyn Framing,
) -> io::Result<Option<&'h Account>> {
    let first = match initial {
        Some(initial) => Some(initial),
        None => framing.challenge(b"")?,
    };
    let Some(first) = first.and_then(|octets| String::from_utf8(octets).ok()) else { return Ok(None) };
    match mechanism {
        "PLAIN" => Ok(plain(house, &first)),
        "SCRAM-SHA-256" => scram(house, &first, None, framing),
        "SCRAM-SHA-256-PLUS" => match framing.exporter() {
            Some(exporter) => scram(house, &first, Some(exporter), framing),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// RFC 4616.
fn plain<'h>(house: &'h House, message: &str) -> Option<&'h Account> {
    let [_, user, password] = message.split('\0').collect::<Vec<_>>().try_into().ok()?;
    house.account(user).filter(|account| account.password.is(password))
}

/// RFC 5802 and RFC 7677. With `exporter`, the login is tied to the TLS session.
fn scram<'h>(
    house: &'h House,
    first: &str,
    exporter: Option<[u8; 32]>,
    framing: &mut dyn Framing,
) -> io::Result<Option<&'h Account>> {
    let flag = if exporter.is_some() { "p=tls-exporter,," } else { "n,," };
    let Some(bare) = first.strip_prefix(flag) else { return Ok(None) };
    let (user, nonce) = (attribute(bare, "n="), attribute(bare, "r="));
    let (Some(account), Some(nonce)) = (user.and_then(|user| house.account(user)), nonce) else { return Ok(None) };

    let mut ours = [0; 18];
    getrandom::fill(&mut ours).map_err(io::Error::other)?;
    let nonce = format!("{nonce}{}", BASE64_STANDARD.encode(ours));
    let salt = BASE64_STANDARD.encode(account.password.salt);
    let challenge = format!("r={nonce},s={salt},i={ITERATIONS}");
    let response = framing.challenge(challenge.as_bytes())?.and_then(|octets| String::from_utf8(octets).ok());
    let Some((without_proof, proof)) = response.as_deref().and_then(|text| text.rsplit_once(",p=")) else {
        return Ok(None);
    };

    let bound = [flag.as_bytes(), exporter.as_ref().map_or(&[][..], |data| data)].concat();
    let expected = format!("c={},r={nonce}", BASE64_STANDARD.encode(bound));
    let message = format!("{bare},{challenge},{without_proof}");
    let signature = mac(&account.password.stored_key, message.as_bytes());
    let proof = BASE64_STANDARD.decode(proof).unwrap_or_default();
    let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
    let proven = Sha256::digest(&client_key).as_slice() == account.password.stored_key;
    if without_proof != expected || proof.len() != signature.len() || !proven {
        return Ok(None);
    }
    let verifier = BASE64_STANDARD.encode(mac(&account.password.server_key, message.as_bytes()));
    Ok(framing.challenge(format!("v={verifier}").as_bytes())?.map(|_| account))
}

fn attribute<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.split(',').find_map(|attribute| attribute.strip_prefix(name))
}

fn stretch(password: &str, salt: &[u8]) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, ITERATIONS)
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    // A key of any length fits HMAC.
    let mut mac = <Hmac<Sha256>>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}
