//! Logging in: USER and PASS, APOP (RFC 1939 section 7), and how POP3 frames SASL (RFC 5034).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::command::Command;
use super::engine::{Answer, Engine};
use crate::error::{Error, Result};
use crate::sasl::{self, Authenticator, Credentials, Mechanism, Step};
use crate::secret::Secret;

/// The longest command line, CRLF included (RFC 2449 section 4).
const MAX_COMMAND: usize = 255;

/// USER and PASS. With `ahead`, both are sent in one flight.
pub(super) fn user_pass(engine: &mut Engine, credentials: &Credentials, ahead: bool) -> Result<()> {
    let user = credentials.required_user()?;
    let password = credentials.required_password()?;
    engine.connection.hide(password);
    engine.check_step()?;
    let first = engine.submit(Command::User(user))?;
    if ahead {
        engine.connection.send_secret(b"PASS ", password)?;
        let second = engine.expect("PASS", true);
        let refused = match engine.wait(first) {
            Err(Error::Rejected(rejection)) => Some(rejection),
            Err(error) => return Err(error),
            Ok(()) => None,
        };
        // The reply to PASS is taken whatever the first one said, or the next command would get it.
        let result = engine.wait(second);
        return match refused {
            Some(rejection) => Err(sasl::refusal(rejection)),
            None => result.map_err(judged),
        };
    }
    engine.wait(first).map_err(judged)?;
    engine.connection.send_secret(b"PASS ", password)?;
    let second = engine.expect("PASS", true);
    engine.wait(second).map_err(judged)
}

/// APOP with the timestamp of the greeting.
pub(super) fn apop(engine: &mut Engine, timestamp: &str, credentials: &Credentials) -> Result<()> {
    let user = credentials.required_user()?;
    let password = credentials.required_password()?;
    engine.connection.hide(password);
    engine.check_step()?;
    let digest = Secret::new(super::apop::apop_digest(timestamp, password));
    engine.connection.send_secret(format!("APOP {user} ").as_bytes(), &digest)?;
    let ticket = engine.expect("APOP", true);
    engine.wait(ticket).map_err(judged)
}

/// AUTH with a SASL mechanism.
pub(super) fn sasl(
    engine: &mut Engine,
    mechanism: Mechanism,
    credentials: &Credentials,
    binding: &sasl::Binding,
) -> Result<()> {
    let mut exchange = mechanism.exchange(credentials, binding)?;
    for secret in [&credentials.password, &credentials.token].into_iter().flatten() {
        engine.connection.hide(secret);
    }
    engine.check_step()?;
    sasl::authenticate(exchange.as_mut(), &mut Framing { engine })
}

fn judged(error: Error) -> Error {
    match error {
        Error::Rejected(rejection) => sasl::refusal(rejection),
        other => other,
    }
}

struct Framing<'e> {
    engine: &'e mut Engine,
}

impl Framing<'_> {
    fn step(&mut self) -> Result<Step> {
        // Password stores and locked mailboxes are slow.
        let ticket = self.engine.expect("AUTH", true);
        Ok(match self.engine.wait_any(ticket)? {
            Answer::Ok => Step::Success(None),
            Answer::Err(rejection) => Step::Refused(rejection),
            Answer::Continue => match BASE64_STANDARD.decode(self.engine.text().trim_ascii()) {
                Ok(challenge) => Step::Challenge(challenge),
                Err(error) => Step::Garbled(error.to_string().to_lowercase()),
            },
        })
    }
}

impl Authenticator for Framing<'_> {
    /// RFC 5034 section 4: only if the whole line fits. XOAUTH2 always in two steps, as Exchange wants it.
    fn takes_initial(&self, mechanism: Mechanism, response: &Secret) -> bool {
        let encoded = response.expose().len().div_ceil(3) * 4;
        let line = "AUTH ".len() + mechanism.name().len() + " ".len() + encoded.max(1) + "\r\n".len();
        mechanism != Mechanism::Xoauth2 && line <= MAX_COMMAND
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
        self.step()
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
