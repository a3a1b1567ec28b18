//! SCRAM-SHA-1 and SCRAM-SHA-256 with and without channel binding: RFC 5802, RFC 7677, RFC 9266.
//!
//! The server must prove that it knows the password, and its proof is asked for even after it reported success.

use std::borrow::Cow;
use std::mem;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::digest::{Hash, nonce};
use super::exchange::Diagnosis;
use super::{Credentials, Exchange, Mechanism, joined, unexpected};
use crate::error::{Error, Result};
use crate::net::tls::ChannelBinding;
use crate::secret::Secret;
use crate::text::sanitize_capped;

/// Fewer iterations than RFC 7677 allows protect no password: who stole the store, or plays the server, guesses fast.
const FEWEST_ITERATIONS: u32 = 4_096;
/// More would let a server keep us busy for minutes.
const MOST_ITERATIONS: u32 = 1_000_000;
/// In decoded octets; real salts have 12 to 64.
const LONGEST_SALT: usize = 4_096;
/// In octets; real nonces have 20 to 100.
const LONGEST_NONCE: usize = 4_096;
/// How many characters of a server's error are shown.
const SHOWN: usize = 100;

/// What SCRAM says of the TLS session around it (the `gs2-cbind-flag` of RFC 5802 section 6).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Binding {
    /// `p`: tied to the session; for the -PLUS mechanisms alone.
    Bound(ChannelBinding),
    /// `y`: could be, but the server did not offer it; one that did knows that its offer was tampered with.
    NotOffered,
    /// `n`: cannot or shall not be.
    #[default]
    Unsupported,
}

/// One SCRAM login.
#[derive(Debug)]
pub(super) struct Scram {
    mechanism: Mechanism,
    hash: Hash,
    /// The GS2 header as sent.
    header: String,
    binding: Vec<u8>,
    /// `client-first-message-bare`.
    first: String,
    nonce: String,
    password: Secret,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    /// Waiting for salt and iterations.
    First,
    /// Waiting for this signature.
    Final {
        signature: Zeroizing<Vec<u8>>,
    },
    /// The server proved itself.
    Proven,
    /// The server reported an error.
    Failed {
        error: String,
    },
    /// The server broke the rules.
    Broken,
}

impl Scram {
    pub(super) fn new(mechanism: Mechanism, credentials: &Credentials, binding: &Binding) -> Result<Self> {
        Self::with_nonce(mechanism, credentials, binding, nonce()?)
    }

    fn with_nonce(mechanism: Mechanism, credentials: &Credentials, binding: &Binding, nonce: String) -> Result<Self> {
        let plus = matches!(mechanism, Mechanism::ScramSha256Plus | Mechanism::ScramSha1Plus);
        let (flag, data) = match binding {
            Binding::Bound(channel) if plus => (Cow::Owned(format!("p={}", channel.kind.name())), channel.data.clone()),
            _ if plus => return Err(Error::Unsupported(format!("{mechanism} needs channel binding"))),
            Binding::NotOffered => ("y".into(), Vec::new()),
            Binding::Bound(_) | Binding::Unsupported => ("n".into(), Vec::new()),
        };
        let authzid = match credentials.checked_authzid()? {
            Some(authzid) => format!("a={}", saslname(&prepared_name(authzid)?)),
            None => String::new(),
        };
        let user = prepared_name(credentials.required_user()?)?;
        Ok(Self {
            mechanism,
            hash: match mechanism {
                Mechanism::ScramSha1 | Mechanism::ScramSha1Plus => Hash::Sha1,
                _ => Hash::Sha256,
            },
            header: format!("{flag},{authzid},"),
            binding: data,
            first: format!("n={},r={nonce}", saslname(&user)),
            nonce,
            password: prepared_password(credentials.required_password()?)?,
            state: State::Start,
        })
    }

    /// The client's proof, and in the state the signature that the server owes for it.
    fn prove(&mut self, challenge: &str) -> Result<Secret> {
        let ServerFirst { nonce, salt, iterations } = self.server_first(challenge)?;
        let bound = joined(&[self.header.as_bytes(), &self.binding]);
        let without_proof = format!("c={},r={nonce}", BASE64_STANDARD.encode(bound.expose()));
        let message = format!("{},{challenge},{without_proof}", self.first);

        let salted = self.hash.stretch(self.password.expose(), &salt, iterations);
        let client_key = self.hash.hmac(&salted, b"Client Key")?;
        let stored_key = self.hash.digest(&client_key);
        let client_signature = self.hash.hmac(&stored_key, message.as_bytes())?;
        let server_key = self.hash.hmac(&salted, b"Server Key")?;
        let mut proof = client_key;
        for (byte, other) in proof.iter_mut().zip(client_signature.iter()) {
            *byte ^= other;
        }
        self.state = State::Final { signature: self.hash.hmac(&server_key, message.as_bytes())? };
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(proof.as_slice()));
        Ok(joined(&[without_proof.as_bytes(), b",p=", encoded.as_bytes()]))
    }

    fn server_first<'a>(&self, challenge: &'a str) -> Result<ServerFirst<'a>> {
        let mut attributes = challenge.split(',');
        let mut next = |name: &str| {
            let attribute = attributes.next().unwrap_or_default();
            match attribute.strip_prefix(name) {
                Some(value) => Ok(value),
                None if attribute.starts_with("m=") => {
                    Err(unexpected(self.mechanism, "the server demands an extension that nobody has defined (m=)"))
                }
                None => {
                    Err(unexpected(self.mechanism, format!("no {name} where it belongs in the server's challenge")))
                }
            }
        };
        let (nonce, salt, iterations) = (next("r=")?, next("s=")?, next("i=")?);
        if attributes.any(|attribute| attribute.starts_with("m=")) {
            return Err(unexpected(self.mechanism, "the server demands an extension that nobody has defined (m=)"));
        }

        let printable = nonce.len() <= LONGEST_NONCE && nonce.bytes().all(|byte| byte.is_ascii_graphic());
        if !printable || !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(unexpected(self.mechanism, "the server's nonce does not extend ours"));
        }
        if salt.len() > LONGEST_SALT.div_ceil(3) * 4 {
            return Err(Error::Limit { what: "the SCRAM salt", limit: LONGEST_SALT as u64 });
        }
        let salt = BASE64_STANDARD
            .decode(salt)
            .ok()
            .filter(|salt| !salt.is_empty())
            .ok_or_else(|| unexpected(self.mechanism, "the salt is not base64"))?;
        Ok(ServerFirst { nonce, salt, iterations: self.iterations(iterations)? })
    }

    fn iterations(&self, text: &str) -> Result<u32> {
        if text.is_empty() || text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unexpected(self.mechanism, "the iteration count is not a number"));
        }
        match text.parse() {
            Ok(count) if count < FEWEST_ITERATIONS => Err(Error::Insecure(format!(
                "{}: the server wants {count} iterations, too few to protect the password (at least \
                 {FEWEST_ITERATIONS} are due); under verified TLS --auth plain does without",
                self.mechanism
            ))),
            Ok(count) if count <= MOST_ITERATIONS => Ok(count),
            // Only digits: what does not parse is too big.
            _ => Err(Error::Limit { what: "the SCRAM iteration count", limit: MOST_ITERATIONS.into() }),
        }
    }

    /// Checks `server-final-message` and leaves the outcome in the state.
    fn check(&mut self, message: &str, signature: &[u8]) -> Result<()> {
        if let Some(error) = error_of(message) {
            self.state = State::Failed { error };
            return Ok(());
        }
        let Some(value) = message.split(',').next().and_then(|attribute| attribute.strip_prefix("v=")) else {
            return Err(unproven(self.mechanism, "its last message holds no signature"));
        };
        let given = BASE64_STANDARD.decode(value).unwrap_or_default();
        if !bool::from(given.as_slice().ct_eq(signature)) {
            return Err(unproven(self.mechanism, "its signature is wrong"));
        }
        self.state = State::Proven;
        Ok(())
    }
}

impl Exchange for Scram {
    fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        self.state = State::First;
        Ok(Some(joined(&[self.header.as_bytes(), self.first.as_bytes()])))
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret> {
        let text = std::str::from_utf8(challenge);
        match (mem::replace(&mut self.state, State::Broken), text) {
            (State::First, Ok(text)) => match error_of(text) {
                Some(error) => {
                    self.state = State::Failed { error };
                    Ok(Secret::new(Vec::new()))
                }
                None => self.prove(text),
            },
            (State::Final { signature }, Ok(text)) => {
                self.check(text, &signature)?;
                Ok(Secret::new(Vec::new()))
            }
            (State::First | State::Final { .. }, Err(_)) => Err(unexpected(self.mechanism, "a challenge is not UTF-8")),
            (_, _) => Err(unexpected(self.mechanism, "a challenge after the end of the exchange")),
        }
    }

    fn finish(&mut self, data: Option<&[u8]>) -> Result<()> {
        let text = data.map(std::str::from_utf8).transpose().unwrap_or_default();
        match (mem::replace(&mut self.state, State::Broken), text) {
            (State::Final { signature }, Some(text)) => self.check(text, &signature)?,
            (state, _) => self.state = state,
        }
        match &self.state {
            State::Proven => Ok(()),
            State::Failed { error } => Err(unproven(self.mechanism, format!("it reports {error} and success"))),
            _ => Err(unproven(self.mechanism, "it reports success without a signature")),
        }
    }

    fn diagnosis(&self) -> Option<Diagnosis> {
        let State::Failed { error } = &self.state else { return None };
        let unavailable =
            ["channel-binding-not-supported", "unsupported-channel-binding-type"].contains(&error.as_str());
        Some(Diagnosis { text: error.clone(), unavailable })
    }
}

struct ServerFirst<'a> {
    nonce: &'a str,
    salt: Vec<u8>,
    iterations: u32,
}

/// The value of `e=`, sanitised.
fn error_of(message: &str) -> Option<String> {
    let value = message.strip_prefix("e=")?.split(',').next()?;
    Some(sanitize_capped(value.as_bytes(), SHOWN))
}

fn unproven(mechanism: Mechanism, why: impl std::fmt::Display) -> Error {
    Error::Insecure(format!("{mechanism}: the server did not prove that it knows the password: {why}"))
}

/// A name as GS2 and SCRAM write it: `,` and `=` escaped (RFC 5802 section 5.1).
pub(super) fn saslname(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// A name after SASLprep (RFC 4013).
///
/// Leniency: what SASLprep forbids without being a control character (unassigned code points above all, such as
/// emoji: the profile knows Unicode 3.2) goes as it is, because servers store it so.
fn prepared_name(name: &str) -> Result<Cow<'_, str>> {
    let prepared = stringprep::saslprep(name).unwrap_or(Cow::Borrowed(name));
    match prepared.is_empty() {
        true => Err(Error::InvalidInput("nothing is left of the user name after SASLprep".into())),
        false => Ok(prepared),
    }
}

/// A password after SASLprep, with the leniency of [`prepared_name`], and for the same reason also as it is when it
/// is not UTF-8. Control characters are refused: no conforming server can know such a password.
fn prepared_password(password: &Secret) -> Result<Secret> {
    if password.expose().iter().any(u8::is_ascii_control) {
        return Err(Error::InvalidInput("the password contains a control character, which SCRAM forbids".into()));
    }
    let Some(Ok(prepared)) = password.expose_str().map(stringprep::saslprep) else { return Ok(password.clone()) };
    let prepared = Zeroizing::new(prepared.into_owned());
    match prepared.is_empty() {
        true => Err(Error::InvalidInput("nothing is left of the password after SASLprep".into())),
        false => Ok(joined(&[prepared.as_bytes()])),
    }
}

#[cfg(test)]
mod tests;
