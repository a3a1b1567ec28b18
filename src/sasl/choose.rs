//! Which way to log in: a pure function of what the server offers, what the channel protects, what is known and what
//! is allowed.

use std::fmt;
use std::str::FromStr;

use super::{Binding, Credentials, Mechanism};
use crate::error::{Error, Result};
use crate::net::tls::{ChannelBinding, TlsFacts, Verification};
use crate::text::sanitize_capped;

/// How many of the server's names an error shows, and how much of each: RFC 4422 allows 20 characters.
const SHOWN_NAMES: usize = 16;
const SHOWN_NAME: usize = 24;

/// A way to log in: SASL, or one of the commands older than it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// A SASL mechanism.
    Sasl(Mechanism),
    /// The protocol's own commands with name and password: USER and PASS in POP3.
    UserPass,
    /// APOP, RFC 1939 section 7.
    Apop,
}

impl Method {
    /// As `--auth` spells it, in capitals: a mechanism's name, `USER` or `APOP`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sasl(mechanism) => mechanism.name(),
            Self::UserPass => "USER",
            Self::Apop => "APOP",
        }
    }

    /// Every method, strongest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Mechanism::ALL.into_iter().map(Self::Sasl).chain([Self::UserPass, Self::Apop])
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UserPass => "USER/PASS",
            other => other.name(),
        })
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::all().find(|method| method.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let known: Vec<_> = Self::all().map(|method| method.name().to_ascii_lowercase()).collect();
            Error::InvalidInput(format!(
                "unknown authentication mechanism \"{}\"; known are {} and none",
                sanitize_capped(name.as_bytes(), SHOWN_NAME),
                known.join(", ")
            ))
        })
    }
}

/// The value of `--auth`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthList {
    /// `none`: do not log in.
    None,
    /// Only these, in this order. Not empty, nothing twice.
    Methods(Vec<Method>),
}

impl AuthList {
    /// Reads `none` or names in any case, separated by commas.
    pub fn parse(list: &str) -> Result<Self> {
        if list.trim().eq_ignore_ascii_case("none") {
            return Ok(Self::None);
        }
        let mut methods = Vec::new();
        for name in list.split(',').map(str::trim) {
            if name.eq_ignore_ascii_case("none") {
                return Err(Error::InvalidInput("authentication none stands alone".into()));
            }
            let method = name.parse()?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        Ok(Self::Methods(methods))
    }
}

impl FromStr for AuthList {
    type Err = Error;

    fn from_str(list: &str) -> Result<Self> {
        Self::parse(list)
    }
}

/// What the server offers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Offer {
    /// SASL mechanisms as received; case does not matter, unknown ones are ignored.
    pub mechanisms: Vec<String>,
    /// The protocol's own login command.
    pub user_pass: bool,
    /// A usable APOP timestamp.
    pub apop: bool,
}

impl Offer {
    /// Whether this method is among what is offered.
    pub fn has(&self, method: Method) -> bool {
        match method {
            Method::Sasl(mechanism) => self.mechanisms.iter().any(|name| Mechanism::parse(name) == Some(mechanism)),
            Method::UserPass => self.user_pass,
            Method::Apop => self.apop,
        }
    }

    /// Any -PLUS, of hashes unknown here too.
    fn has_plus(&self) -> bool {
        self.mechanisms.iter().any(|name| name.to_ascii_uppercase().ends_with("-PLUS"))
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> =
            self.mechanisms.iter().take(SHOWN_NAMES).map(|name| sanitize_capped(name.as_bytes(), SHOWN_NAME)).collect();
        if let Some(more @ 1..) = self.mechanisms.len().checked_sub(SHOWN_NAMES) {
            names.push(format!("{more} more"));
        }
        names.extend(self.user_pass.then(|| Method::UserPass.to_string()));
        names.extend(self.apop.then(|| Method::Apop.to_string()));
        match names.is_empty() {
            true => f.write_str("nothing"),
            false => f.write_str(&names.join(", ")),
        }
    }
}

/// Who else may listen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protection {
    /// Everybody on the way.
    Clear,
    /// TLS, but with whom is unknown (`--no-verify`). The user has accepted that, so that passwords are sent;
    /// mechanisms that do not show them to the other end go first.
    TlsUnverified,
    /// TLS with a peer whose certificate or pin was checked.
    TlsVerified,
    /// A unix socket or a tunnel command: nobody.
    Private,
}

impl Protection {
    /// That of a connection with this TLS session, or with none.
    pub fn of(tls: Option<&TlsFacts>, is_private: bool) -> Self {
        match tls {
            Some(facts) if facts.verification == Verification::None => Self::TlsUnverified,
            Some(_) => Self::TlsVerified,
            None if is_private => Self::Private,
            None => Self::Clear,
        }
    }
}

/// What the connection is like.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    /// Who else may listen.
    pub protection: Protection,
    /// The channel bindings of the TLS session, best first.
    pub bindings: &'a [ChannelBinding],
    /// A client certificate was configured.
    pub client_cert: bool,
}

/// Which credentials there are, or can be had by asking.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Known {
    /// A user name.
    pub user: bool,
    /// An authorization identity: only mechanisms that can carry it will do.
    pub authzid: bool,
    /// A password.
    pub password: bool,
    /// An OAuth 2.0 access token.
    pub token: bool,
}

impl From<&Credentials> for Known {
    fn from(credentials: &Credentials) -> Self {
        Self {
            user: credentials.user.is_some(),
            authzid: credentials.authzid.is_some(),
            password: credentials.password.is_some(),
            token: credentials.token.is_some(),
        }
    }
}

/// What the user allows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy {
    /// Only these, in this order; `None` for the usual ones in the usual order.
    pub allowed: Option<Vec<Method>>,
    /// Passwords and tokens may go over a connection that everybody can read.
    pub cleartext_auth: bool,
}

/// One way to log in that is possible here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choice {
    /// The way.
    pub method: Method,
    /// What SCRAM is to say of the TLS session.
    pub binding: Binding,
    /// One line for the transcript: what was chosen and why.
    pub reason: String,
}

/// The ways to log in that are possible and allowed, in the order to try them. Never empty.
///
/// The usual order is EXTERNAL with a client certificate; OAuth with a token; SCRAM bound to the TLS session; then
/// where nobody listens PLAIN, LOGIN, the protocol's own command and SCRAM, and elsewhere SCRAM first. Passwords and
/// tokens need TLS, a private channel or `cleartext_auth`, also when named. CRAM-MD5, APOP and ANONYMOUS are taken
/// only when named; the first two then even without TLS, since they do not send the password.
///
/// A -PLUS mechanism appears once for each channel binding; see [`super::may_try_next`] for when to go on.
///
/// # Errors
///
/// [`Error::Insecure`] if the only ways would show a secret to everybody on the way, [`Error::InvalidInput`] if the
/// only ways lack a credential, else [`Error::Unsupported`]. Nothing has been sent in any case.
pub fn plan(offer: &Offer, channel: &Channel<'_>, known: Known, policy: &Policy) -> Result<Vec<Choice>> {
    let order = match &policy.allowed {
        Some(named) => named.clone(),
        None => usual_order(channel, known),
    };
    let mut choices = Vec::new();
    let mut obstacles = Vec::new();
    for method in order.into_iter().filter(|method| offer.has(*method)) {
        match obstacle(method, channel, known, policy) {
            Some(obstacle) => obstacles.push((method, obstacle)),
            None => choices.extend(ways(method, offer, channel)),
        }
    }
    match choices.is_empty() {
        true => Err(hopeless(offer, policy, &obstacles)),
        false => Ok(choices),
    }
}

const SCRAM_PLUS: [Method; 2] = [Method::Sasl(Mechanism::ScramSha256Plus), Method::Sasl(Mechanism::ScramSha1Plus)];
const SCRAM: [Method; 2] = [Method::Sasl(Mechanism::ScramSha256), Method::Sasl(Mechanism::ScramSha1)];
const PASSWORD: [Method; 3] = [Method::Sasl(Mechanism::Plain), Method::Sasl(Mechanism::Login), Method::UserPass];

fn usual_order(channel: &Channel<'_>, known: Known) -> Vec<Method> {
    let mut order = Vec::new();
    if channel.client_cert {
        order.push(Method::Sasl(Mechanism::External));
    }
    if known.token {
        order.extend([Method::Sasl(Mechanism::OauthBearer), Method::Sasl(Mechanism::Xoauth2)]);
    }
    order.extend(SCRAM_PLUS);
    match channel.protection {
        // One trip, and every password store can check it.
        Protection::TlsVerified | Protection::Private => order.extend(PASSWORD.into_iter().chain(SCRAM)),
        Protection::TlsUnverified | Protection::Clear => order.extend(SCRAM.into_iter().chain(PASSWORD)),
    }
    order
}

/// Why a method that both sides speak will not do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Obstacle {
    ClearText,
    Lacks(&'static str),
    NoAuthzid,
    NoBinding,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClearText => f.write_str("would show the secret on the way"),
            Self::Lacks(what) => write!(f, "needs {what}"),
            Self::NoAuthzid => f.write_str("cannot carry an authorization identity"),
            Self::NoBinding => f.write_str("needs channel binding, which this connection does not have"),
        }
    }
}

fn obstacle(method: Method, channel: &Channel<'_>, known: Known, policy: &Policy) -> Option<Obstacle> {
    use Mechanism as M;
    let (user, password, token) = match method {
        Method::Sasl(M::External | M::Anonymous) => (false, false, false),
        Method::Sasl(M::OauthBearer) => (false, false, true),
        Method::Sasl(M::Xoauth2) => (true, false, true),
        _ => (true, true, false),
    };
    let carries_authzid = match method {
        Method::Sasl(M::Login | M::CramMd5 | M::Xoauth2 | M::Anonymous) | Method::UserPass | Method::Apop => false,
        Method::Sasl(_) => true,
    };
    let plus = SCRAM_PLUS.contains(&method);
    let shows_secret = token || PASSWORD.contains(&method);
    if user && !known.user {
        Some(Obstacle::Lacks("a user name"))
    } else if password && !known.password {
        Some(Obstacle::Lacks("a password"))
    } else if token && !known.token {
        Some(Obstacle::Lacks("an OAuth 2.0 access token"))
    } else if known.authzid && !carries_authzid {
        Some(Obstacle::NoAuthzid)
    } else if plus && channel.bindings.is_empty() {
        Some(Obstacle::NoBinding)
    } else if shows_secret && channel.protection == Protection::Clear && !policy.cleartext_auth {
        Some(Obstacle::ClearText)
    } else {
        None
    }
}

/// The choices of a method without obstacles: one, or one for each channel binding.
fn ways(method: Method, offer: &Offer, channel: &Channel<'_>) -> Vec<Choice> {
    let choice = |binding, why: &str| Choice { method, binding, reason: format!("{method}: offered, {why}") };
    if SCRAM_PLUS.contains(&method) {
        let bound = |binding: &ChannelBinding| {
            let why = format!("tied to the TLS session by {}", binding.kind.name());
            choice(Binding::Bound(binding.clone()), &why)
        };
        return channel.bindings.iter().map(bound).collect();
    }
    if SCRAM.contains(&method) {
        // A server that does offer -PLUS would take "y" for a sign of tampering.
        return vec![match channel.bindings.is_empty() || offer.has_plus() {
            true => choice(Binding::Unsupported, "the password is not sent"),
            false => choice(Binding::NotOffered, "the password is not sent, channel binding is not offered"),
        }];
    }
    let why = match (method, channel.protection) {
        (Method::Sasl(Mechanism::External), _) if channel.client_cert => "a client certificate is configured",
        (Method::Sasl(Mechanism::External | Mechanism::Anonymous), _) => "asked for by name",
        (Method::Sasl(Mechanism::CramMd5) | Method::Apop, _) => "asked for by name, the password is not sent",
        (_, Protection::TlsVerified) => "TLS verified",
        (_, Protection::TlsUnverified) => "TLS without verification",
        (_, Protection::Private) => "private channel",
        (_, Protection::Clear) => "clear text allowed",
    };
    vec![choice(Binding::Unsupported, why)]
}

fn hopeless(offer: &Offer, policy: &Policy, obstacles: &[(Method, Obstacle)]) -> Error {
    let list = |methods: &mut dyn Iterator<Item = Method>| {
        methods.map(|method| method.to_string()).collect::<Vec<_>>().join(", ")
    };
    let barred = list(&mut obstacles.iter().filter(|(_, o)| *o == Obstacle::ClearText).map(|(method, _)| *method));
    if !barred.is_empty() {
        return Error::Insecure(format!(
            "not logging in with {barred} over a connection without TLS: everybody on the way could read the secret; \
             use --security tls or starttls, or accept that with --cleartext-auth"
        ));
    }
    let told: Vec<_> = obstacles.iter().map(|(method, obstacle)| format!("{method} {obstacle}")).collect();
    if !obstacles.is_empty() && obstacles.iter().all(|(_, obstacle)| matches!(obstacle, Obstacle::Lacks(_))) {
        return Error::InvalidInput(format!("cannot log in: {}", told.join(", ")));
    }
    let mut text = format!("no way to log in: the server offers {offer}");
    match &policy.allowed {
        Some(named) => text.push_str(&format!("; allowed is {}", list(&mut named.iter().copied()))),
        None => {
            let named_only = [Method::Sasl(Mechanism::CramMd5), Method::Apop, Method::Sasl(Mechanism::Anonymous)];
            let named_only = list(&mut named_only.into_iter().filter(|method| offer.has(*method)));
            if !named_only.is_empty() {
                text.push_str(&format!("; {named_only} only if named with --auth"));
            }
        }
    }
    for told in told {
        text.push_str("; ");
        text.push_str(&told);
    }
    Error::Unsupported(text)
}

#[cfg(test)]
mod tests;
