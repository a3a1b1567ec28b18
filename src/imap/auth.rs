//! Logging in: the LOGIN command (RFC 9051 section 6.2.3), and how IMAP frames SASL (section 6.2.2, RFC 4959).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::capability::Extension;
use super::command::{Command, MAX_COMMAND_LINE, Patience};
use super::engine::{Continued, Engine, Outcome, Ticket};
use super::grammar::StatusKind;
use super::receiver::Ignore;
use crate::error::{Error, Rejection, Result};
use crate::sasl::{self, Authenticator, Credentials, Mechanism, Step};
use crate::secret::Secret;

const AUTHENTICATE: &str = "AUTHENTICATE";

/// The longest tag that is counted with.
const MAX_TAG: usize = 32;

/// Sends what may go out right behind a login, before its verdict has come. Called at most once, and only where the server
/// reads no further line for the login itself.
pub(super) type Ride<'r> = dyn FnMut(&mut Engine) -> Result<()> + 'r;

/// LOGIN. The password is quoted, or a literal where it has to be; neither is ever shown.
pub(super) fn login(engine: &mut Engine, credentials: &Credentials, ride: &mut Ride<'_>) -> Result<()> {
    let user = credentials.required_user()?;
    let password = credentials.required_password()?;
    if credentials.authzid.is_some() {
        return Err(Error::InvalidInput("LOGIN cannot carry an authorization identity".into()));
    }
    engine.connection.hide(password);
    let command = Command::new("LOGIN").patient().astring(user).secret(password);
    let mut dialect = engine.state.dialect;
    dialect.literals = engine.state.literals();
    let waits = command.waits(dialect)?;
    let ticket = engine.submit(&command, &mut Ignore)?;
    if !waits {
        ride(engine)?;
    }
    let Outcome { rejection, .. } = engine.wait_any(ticket, &mut Ignore)?;
    rejection.map_or(Ok(()), |rejection| Err(sasl::refusal(rejection)))
}

/// AUTHENTICATE with a SASL mechanism.
///
/// The mechanism LOGIN is the command where that is allowed: the same words in fewer round trips.
///
/// [`Error::Unsupported`] says that the server does not know this way, and has not judged the credentials. If it was only the
/// initial response that it does not know, SASL-IR is withdrawn from its capabilities, and the same way may be tried again.
pub(super) fn sasl(
    engine: &mut Engine,
    mechanism: Mechanism,
    credentials: &Credentials,
    binding: &sasl::Binding,
    ride: &mut Ride<'_>,
) -> Result<()> {
    if mechanism == Mechanism::Login && engine.state.capabilities.allows_login() {
        return login(engine, credentials, ride);
    }
    for secret in [&credentials.password, &credentials.token].into_iter().flatten() {
        engine.connection.hide(secret);
    }
    let mut exchange = mechanism.exchange(credentials, binding)?;
    let mut framing = Framing { engine, ride, ticket: None, last: Last::Command };
    let result = sasl::authenticate(exchange.as_mut(), &mut framing);
    let last = framing.last;
    result.map_err(|error| judged(engine, mechanism, last, error))
}

/// What a refusal says about who is to blame, by what it answers.
fn judged(engine: &mut Engine, mechanism: Mechanism, last: Last, error: Error) -> Error {
    let (Error::Authentication(rejection) | Error::Rejected(rejection)) = error else { return error };
    let unknown = |rejection: &Rejection| {
        Error::Unsupported(format!("the server does not accept a login by {mechanism}: {rejection}"))
    };
    match last {
        Last::Refused { kind: StatusKind::Bad, after: After::Initial } if !rejection.transient => {
            // Quirk: Coremail (163.com, 126.com) offers SASL-IR and does not know it.
            engine
                .connection
                .note("going on without initial responses, which the server offers and does not understand");
            engine.state.capabilities.withdraw(Extension::SaslIr);
            unknown(&rejection)
        }
        // Quirk: QQ and Sina offer AUTH=PLAIN and do not know AUTHENTICATE.
        Last::Refused { kind: StatusKind::Bad, after: After::Command } if !rejection.transient => unknown(&rejection),
        Last::Refused { after: After::Command | After::Initial, .. } if is_about_mechanism(&rejection) => {
            unknown(&rejection)
        }
        _ => sasl::refusal(rejection),
    }
}

/// Quirk: that a mechanism is offered and not there is said in the text alone, by Dovecot and Cyrus for two.
fn is_about_mechanism(rejection: &Rejection) -> bool {
    let text = rejection.text.to_ascii_lowercase();
    ["unsupported authentication mechanism", "no mechanism available"].iter().any(|words| text.contains(words))
}

/// What the server's last answer was to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Last {
    Command,
    Initial,
    Response,
    Refused { kind: StatusKind, after: After },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum After {
    Command,
    Initial,
    Response,
}

struct Framing<'e, 'r> {
    engine: &'e mut Engine,
    ride: &'e mut Ride<'r>,
    ticket: Option<Ticket>,
    last: Last,
}

impl Framing<'_, '_> {
    fn step(&mut self) -> Result<Step> {
        let Some(ticket) = self.ticket.take() else {
            return Err(Error::protocol(crate::error::Phase::Reply(AUTHENTICATE), "the exchange is over"));
        };
        match self.engine.continuation(&ticket, &mut Ignore)? {
            Continued::Text(text) => {
                self.ticket = Some(ticket);
                Ok(match BASE64_STANDARD.decode(text.trim_ascii()) {
                    Ok(challenge) => Step::Challenge(challenge),
                    Err(error) => Step::Garbled(error.to_string().to_lowercase()),
                })
            }
            Continued::Settled => {
                let outcome = self.engine.wait_any(ticket, &mut Ignore)?;
                let Some(rejection) = outcome.rejection else { return Ok(Step::Success(None)) };
                let after = match self.last {
                    Last::Command => After::Command,
                    Last::Initial => After::Initial,
                    _ => After::Response,
                };
                self.last = Last::Refused { kind: outcome.kind, after };
                Ok(Step::Refused(rejection))
            }
        }
    }

    fn sent(&mut self, last: Last) {
        self.last = last;
        if let Some(ticket) = &self.ticket {
            self.engine.mark(ticket);
        }
    }
}

impl Authenticator for Framing<'_, '_> {
    /// RFC 4959: only if it is offered, and if the line does not get too long.
    fn takes_initial(&self, mechanism: Mechanism, response: &Secret) -> bool {
        let encoded = response.expose().len().div_ceil(3) * 4;
        let line = MAX_TAG + AUTHENTICATE.len() + mechanism.name().len() + encoded.max(1) + " \r\n".len();
        self.engine.state.has(Extension::SaslIr) && line <= MAX_COMMAND_LINE
    }

    fn begin(&mut self, mechanism: Mechanism, initial: Option<&Secret>) -> Result<Step> {
        // Password stores are slow.
        let ticket = self.engine.begin(AUTHENTICATE, Patience::Patient)?;
        let mut line = self.engine.tag_of(&ticket);
        line.extend_from_slice(format!(" {AUTHENTICATE} {mechanism}").as_bytes());
        self.ticket = Some(ticket);
        match initial {
            None => self.engine.connection.send(&line)?,
            Some(initial) if initial.is_empty() => {
                line.extend_from_slice(b" =");
                self.engine.connection.send(&line)?;
            }
            Some(initial) => {
                line.push(b' ');
                self.engine.connection.send_secret(&line, &encode(initial))?;
            }
        }
        self.sent(if initial.is_some() { Last::Initial } else { Last::Command });
        if initial.is_some() && is_single_step(mechanism) {
            (self.ride)(self.engine)?;
        }
        match self.step()? {
            // Quirk: what stands behind the `+` where the client speaks first is a text for people on some servers, and means
            // nothing.
            Step::Garbled(_) if initial.is_none() && speaks_first(mechanism) => Ok(Step::Challenge(Vec::new())),
            step => Ok(step),
        }
    }

    fn respond(&mut self, response: &Secret) -> Result<Step> {
        self.engine.connection.send_secret(b"", &encode(response))?;
        self.sent(Last::Response);
        self.step()
    }

    fn cancel(&mut self) -> Result<Step> {
        self.engine.connection.send(b"*")?;
        self.sent(Last::Response);
        self.step()
    }
}

/// Whether the server says yes or no to the initial response, and asks for nothing more: OAuth's refusal is a challenge.
fn is_single_step(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::Plain | Mechanism::External | Mechanism::Anonymous)
}

/// Whether the client has the first word.
fn speaks_first(mechanism: Mechanism) -> bool {
    !matches!(mechanism, Mechanism::Login | Mechanism::CramMd5)
}

fn encode(secret: &Secret) -> Secret {
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(secret.expose()));
    Secret::new(encoded.as_bytes())
}

#[cfg(test)]
pub(super) mod tests;
