//! SASL (RFC 4422) from the client's side: which mechanism to take ([`plan`]), one file per mechanism behind
//! [`Exchange`], and the one loop that runs them ([`authenticate`]).
//!
//! Nothing here reads or writes: a protocol lends an [`Authenticator`] that frames challenges and responses.
//!
//! ```text
//! begin --> challenge --> response --> … --> success --> the mechanism's own check of the server --> done
//!               |            ^  (at most ten times)  \-> refusal
//!               \-- nonsense: cancel with "*", read the final reply, report
//! ```
//!
//! RFC 4422 (framework), 4616 (PLAIN), 5802, 7677 and 9266 (SCRAM and its channel binding), 7628 (OAUTHBEARER),
//! 2195 (CRAM-MD5), 4505 (ANONYMOUS), 4013 (SASLprep); LOGIN as in draft-murchison-sasl-login.

mod anonymous;
mod choose;
mod cram_md5;
mod digest;
mod exchange;
mod external;
mod login;
mod oauth;
mod plain;
mod scram;

use std::fmt;

pub use choose::{AuthList, Channel, Choice, Known, Method, Offer, Policy, Protection, plan};
pub use exchange::{Authenticator, Diagnosis, Exchange, MAX_STEPS, Step, authenticate, may_try_next, refusal};
pub use scram::Binding;

use crate::error::{Error, Phase, Result};
use crate::secret::Secret;

/// The mechanisms of this library.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Whoever the client certificate or the socket says (RFC 4422 appendix A).
    External,
    /// An OAuth 2.0 token (RFC 7628).
    OauthBearer,
    /// An OAuth 2.0 token, as Google and Microsoft framed it before RFC 7628.
    Xoauth2,
    /// Salted challenge and response, bound to the TLS session (RFC 7677).
    ScramSha256Plus,
    /// Salted challenge and response, bound to the TLS session (RFC 5802).
    ScramSha1Plus,
    /// Salted challenge and response (RFC 7677).
    ScramSha256,
    /// Salted challenge and response (RFC 5802).
    ScramSha1,
    /// Name and password as they are (RFC 4616).
    Plain,
    /// Name and password as they are, asked for one by one (draft-murchison-sasl-login).
    Login,
    /// Unsalted challenge and response (RFC 2195), obsolete.
    CramMd5,
    /// Nobody (RFC 4505).
    Anonymous,
}

impl Mechanism {
    /// All of them, strongest first.
    pub const ALL: [Self; 11] = [
        Self::External,
        Self::OauthBearer,
        Self::Xoauth2,
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::Plain,
        Self::Login,
        Self::CramMd5,
        Self::Anonymous,
    ];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "EXTERNAL",
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::CramMd5 => "CRAM-MD5",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// The mechanism of this name, in whatever case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// This mechanism's side of the conversation, with everything it needs from the credentials checked.
    ///
    /// `binding` concerns SCRAM alone; see [`Choice::binding`]. Errors are [`Error::InvalidInput`]: something is
    /// missing from the credentials or cannot be put on the wire.
    pub fn exchange(self, credentials: &Credentials, binding: &Binding) -> Result<Box<dyn Exchange>> {
        Ok(match self {
            Self::External => Box::new(external::External::new(credentials)?),
            Self::OauthBearer => Box::new(oauth::Oauth::bearer(credentials)?),
            Self::Xoauth2 => Box::new(oauth::Oauth::xoauth2(credentials)?),
            Self::ScramSha256Plus | Self::ScramSha1Plus | Self::ScramSha256 | Self::ScramSha1 => {
                Box::new(scram::Scram::new(self, credentials, binding)?)
            }
            Self::Plain => Box::new(plain::Plain::new(credentials)?),
            Self::Login => Box::new(login::Login::new(credentials)?),
            Self::CramMd5 => Box::new(cram_md5::CramMd5::new(credentials)?),
            Self::Anonymous => Box::new(anonymous::Anonymous::new(credentials)?),
        })
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who logs in, and with what.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The name to log in as.
    pub user: Option<String>,
    /// The name to act as, where it differs.
    pub authzid: Option<String>,
    /// The password; any bytes where the mechanism can carry them.
    pub password: Option<Secret>,
    /// The OAuth 2.0 access token.
    pub token: Option<Secret>,
    /// The host that was connected to, for OAUTHBEARER.
    pub host: String,
    /// The port that was connected to, for OAUTHBEARER.
    pub port: u16,
}

impl Credentials {
    /// The user's name, present, not empty and without control characters.
    pub fn required_user(&self) -> Result<&str> {
        match &self.user {
            Some(user) => checked_name("the user name", user),
            None => Err(Error::InvalidInput("a user name is needed to log in".into())),
        }
    }

    /// The password, present and not empty: a server may take an empty one for an anonymous login.
    pub fn required_password(&self) -> Result<&Secret> {
        match &self.password {
            Some(password) if password.is_empty() => Err(Error::InvalidInput("the password is empty".into())),
            Some(password) => Ok(password),
            None => Err(Error::InvalidInput("a password is needed to log in".into())),
        }
    }

    fn checked_authzid(&self) -> Result<Option<&str>> {
        self.authzid.as_deref().map(|authzid| checked_name("the authorization identity", authzid)).transpose()
    }

    /// The mechanism cannot say whom to act as: logging in without it would open somebody else's mailbox.
    fn no_authzid(&self, mechanism: Mechanism) -> Result<()> {
        match &self.authzid {
            Some(_) => Err(Error::InvalidInput(format!("{mechanism} cannot carry an authorization identity"))),
            None => Ok(()),
        }
    }
}

fn checked_name<'a>(what: &str, name: &'a str) -> Result<&'a str> {
    if name.is_empty() {
        return Err(Error::InvalidInput(format!("{what} is empty")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::InvalidInput(format!("{what} contains a control character")));
    }
    Ok(name)
}

/// The password without any of the bytes that would end it early.
fn password_without<'a>(password: &'a Secret, mechanism: Mechanism, barred: &[u8]) -> Result<&'a Secret> {
    if password.expose().iter().any(|byte| barred.contains(byte)) {
        return Err(Error::InvalidInput(format!(
            "the password contains a NUL or a line break, which {mechanism} cannot carry"
        )));
    }
    Ok(password)
}

/// The pieces put together in a buffer that never grows, so that no copy of them is left behind.
fn joined(pieces: &[&[u8]]) -> Secret {
    let mut whole = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
    for piece in pieces {
        whole.extend_from_slice(piece);
    }
    Secret::new(whole)
}

/// The server said something that the mechanism does not allow here.
fn unexpected(mechanism: Mechanism, detail: impl fmt::Display) -> Error {
    Error::protocol(Phase::Reply("AUTH"), format!("{mechanism}: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tls::{BindingKind, ChannelBinding};
    use proptest::prelude::*;

    pub(super) fn credentials() -> Credentials {
        Credentials {
            user: Some("tim".into()),
            password: Some(Secret::new("tanstaaftanstaaf")),
            token: Some(Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")),
            host: "server.example.com".into(),
            port: 143,
            ..Credentials::default()
        }
    }

    /// The binding that a mechanism cannot do without.
    fn binding(mechanism: Mechanism) -> Binding {
        match mechanism.name().ends_with("-PLUS") {
            true => Binding::Bound(ChannelBinding { kind: BindingKind::TlsExporter, data: vec![7; 32] }),
            false => Binding::Unsupported,
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        for mechanism in Mechanism::ALL {
            assert_eq!(Mechanism::parse(mechanism.name()), Some(mechanism));
            assert_eq!(Mechanism::parse(&mechanism.name().to_lowercase()), Some(mechanism));
        }
        assert_eq!(Mechanism::parse("NTLM"), None);
        assert_eq!(Mechanism::parse(""), None);
    }

    #[test]
    fn names_with_control_characters_are_refused_everywhere() {
        for bad in ["", "a\r\nDELE 1", "a\0b", "a\u{1}b", "a\nb", "a\u{85}b"] {
            let user = Credentials { user: Some(bad.into()), ..credentials() };
            let authzid = Credentials { authzid: Some(bad.into()), ..credentials() };
            for mechanism in Mechanism::ALL {
                for (what, credentials) in [("user", &user), ("authzid", &authzid)] {
                    if what == "user" && mechanism == Mechanism::External {
                        continue;
                    }
                    let outcome = mechanism.exchange(credentials, &binding(mechanism));
                    assert!(matches!(outcome, Err(Error::InvalidInput(_))), "{mechanism} {what} {bad:?}");
                }
            }
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", credentials());
        assert!(!text.contains("tanstaaf") && !text.contains("vF9"), "{text}");
    }

    proptest! {
        #[test]
        fn no_challenge_makes_any_mechanism_panic(
            challenges in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4),
            data in prop::option::of(prop::collection::vec(any::<u8>(), 0..50)),
        ) {
            let credentials = credentials();
            for mechanism in Mechanism::ALL {
                let mut exchange = mechanism.exchange(&credentials, &binding(mechanism)).unwrap();
                let _ = exchange.initial();
                for challenge in &challenges {
                    let _ = exchange.respond(challenge);
                }
                let _ = exchange.finish(data.as_deref());
                let _ = exchange.diagnosis();
            }
        }
    }
}
