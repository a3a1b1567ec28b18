//! How SMTP frames SASL (RFC 4954).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::engine::{Engine, Patience};
use super::reply::{Class, Reply};
use crate::error::{Error, Rejection, Result};
use crate::sasl::{self, Authenticator, Credentials, Mechanism, Step};
use crate::secret::Secret;

/// The longest AUTH line, CRLF included (RFC 4954 section 4): enough for any token.
const MAX_COMMAND: usize = 12_288;

/// AUTH with a SASL mechanism.
pub(super) fn sasl(
    engine: &mut Engine,
    mechanism: Mechanism,
    credentials: &Credentials,
    binding: &sasl::Binding,
) -> Result<()> {
    for secret in [&credentials.password, &credentials.token].into_iter().flatten() {
        engine.connection.hide(secret);
    }
    let mut initial = Initial::Allowed;
    loop {
        engine.check_step()?;
        let mut exchange = mechanism.exchange(credentials, binding)?;
        let mut framing = Framing { engine, initial, too_long: false };
        let result = sasl::authenticate(exchange.as_mut(), &mut framing);
        // RFC 4954 section 4: the line was too long for this server, whose other lines may be longer.
        if framing.too_long && initial == Initial::Allowed {
            initial = Initial::Barred;
            continue;
        }
        return result.map_err(|error| judged(mechanism, error));
    }
}

/// Whether the first response may stand on the AUTH line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Initial {
    Allowed,
    Barred,
}

/// What a refusal's code says about who is to blame (RFC 4954 section 6).
fn judged(mechanism: Mechanism, error: Error) -> Error {
    let (Error::Authentication(rejection) | Error::Rejected(rejection)) = error else { return error };
    let hinted = |rejection: Rejection, hint: &str| {
        let text = format!("{} ({hint})", rejection.text);
        Error::Authentication(Rejection { text, transient: false, ..rejection })
    };
    match rejection.code.as_deref() {
        // It does not get better by waiting, as other 4yz do.
        Some("432") => hinted(rejection, "the server wants a login with --auth plain first"),
        Some("538") => hinted(rejection, "the server wants TLS for this: use --security tls or starttls"),
        // AUTH itself or this mechanism is not known or not possible here: the credentials were not judged.
        Some("500" | "502" | "503" | "504") => {
            Error::Unsupported(format!("the server does not accept a login by {mechanism}: {rejection}"))
        }
        _ => sasl::refusal(rejection),
    }
}

struct Framing<'e> {
    engine: &'e mut Engine,
    initial: Initial,
    too_long: bool,
}

impl Framing<'_> {
    fn step(&mut self) -> Result<Step> {
        // Password stores are slow.
        let ticket = self.engine.expect("AUTH", Patience::Patient);
        let reply = self.engine.wait(ticket)?;
        Ok(match reply.class() {
            Class::Positive2 => Step::Success(None),
            Class::Transient4 | Class::Permanent5 => Step::Refused(reply.rejection("AUTH")),
            Class::Intermediate3 => match BASE64_STANDARD.decode(challenge(&reply).trim_ascii()) {
                Ok(challenge) => Step::Challenge(challenge),
                Err(error) => Step::Garbled(error.to_string().to_lowercase()),
            },
        })
    }
}

/// Quirk: a long challenge over several lines is put together, as some servers cut them.
fn challenge(reply: &Reply) -> Vec<u8> {
    reply.lines.concat()
}

impl Authenticator for Framing<'_> {
    /// RFC 4954 section 4: only if the whole line fits. XOAUTH2 always in two steps, as Exchange wants it.
    fn takes_initial(&self, mechanism: Mechanism, response: &Secret) -> bool {
        let encoded = response.expose().len().div_ceil(3) * 4;
        let line = "AUTH ".len() + mechanism.name().len() + " ".len() + encoded.max(1) + "\r\n".len();
        self.initial == Initial::Allowed && mechanism != Mechanism::Xoauth2 && line <= MAX_COMMAND
    }

    fn begin(&mut self, mechanism: Mechanism, initial: Option<&Secret>) -> Result<Step> {
        match initial {
            None => self.engine.connection.send(format!("AUTH {mechanism}").as_bytes())?,
            Some(initial) if initial.is_empty() => {
                self.engine.connection.send(format!("AUTH {mechanism} =").as_bytes())?;
            }
            Some(initial) => {
                self.engine.connection.send_secret(format!("AUTH {mechanism} ").as_bytes(), &encode(initial))?;
            }
        }
        let step = self.step()?;
        if let (Some(_), Step::Refused(refusal)) = (initial, &step) {
            self.too_long = refusal.code.as_deref() == Some("500") && refusal.enhanced.as_deref() == Some("5.5.6");
        }
        Ok(step)
    }

    fn respond(&mut self, response: &Secret) -> Result<Step> {
        self.engine.connection.send_secret(b"", &encode(response))?;
        self.step()
    }

    fn cancel(&mut self) -> Result<Step> {
        self.engine.connection.send(b"*")?;
        self.step()
    }
}

fn encode(secret: &Secret) -> Secret {
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(secret.expose()));
    Secret::new(encoded.as_bytes())
}
