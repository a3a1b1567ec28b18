//! OAuth 2.0 bearer tokens: OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2.
//!
//! A server that refuses the token says why in a challenge, as JSON; only after a dummy response comes the refusal.

use super::exchange::Diagnosis;
use super::scram::saslname;
use super::{Credentials, Exchange, Mechanism, joined, unexpected};
use crate::error::{Error, Result};
use crate::secret::{Masker, Secret};
use crate::text::sanitize_capped;

/// How many characters of a server's explanation are shown.
const SHOWN: usize = 300;

/// A token in one message.
#[derive(Debug)]
pub(super) struct Oauth {
    mechanism: Mechanism,
    message: Secret,
    /// Hides the token where the server echoes it.
    masker: Masker,
    complaint: Option<String>,
}

impl Oauth {
    /// RFC 7628. The user is optional: the token knows whose it is.
    pub(super) fn bearer(credentials: &Credentials) -> Result<Self> {
        let token = checked_token(credentials)?;
        let user = credentials.user.as_ref().map(|_| credentials.required_user()).transpose()?;
        let gs2 = match credentials.checked_authzid()?.or(user) {
            Some(name) => format!("n,a={},", saslname(name)),
            None => "n,,".into(),
        };
        let mut place = String::new();
        if !credentials.host.is_empty() {
            if credentials.host.chars().any(char::is_control) {
                return Err(Error::InvalidInput("the host name contains a control character".into()));
            }
            place = format!("\u{1}host={}\u{1}port={}", credentials.host, credentials.port);
        }
        let pieces = [gs2.as_bytes(), place.as_bytes(), b"\x01auth=Bearer ", token.expose(), b"\x01\x01"];
        Ok(Self::new(Mechanism::OauthBearer, joined(&pieces), token))
    }

    /// As Google and Microsoft document it.
    pub(super) fn xoauth2(credentials: &Credentials) -> Result<Self> {
        credentials.no_authzid(Mechanism::Xoauth2)?;
        let token = checked_token(credentials)?;
        let user = credentials.required_user()?.as_bytes();
        let message = joined(&[b"user=", user, b"\x01auth=Bearer ", token.expose(), b"\x01\x01"]);
        Ok(Self::new(Mechanism::Xoauth2, message, token))
    }

    fn new(mechanism: Mechanism, message: Secret, token: &Secret) -> Self {
        let masker = Masker::default();
        masker.add(token);
        Self { mechanism, message, masker, complaint: None }
    }
}

impl Exchange for Oauth {
    fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(Some(self.message.clone()))
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret> {
        if self.complaint.is_some() {
            return Err(unexpected(self.mechanism, "a second challenge"));
        }
        self.complaint = Some(explanation(&self.masker.mask(challenge)));
        match self.mechanism {
            Mechanism::OauthBearer => Ok(Secret::new(*b"\x01")),
            // Google and Microsoft want an empty line; neither takes "*" everywhere.
            _ => Ok(Secret::new(Vec::new())),
        }
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        match &self.complaint {
            None => Ok(()),
            Some(complaint) => Err(unexpected(self.mechanism, format!("success after a refusal: {complaint}"))),
        }
    }

    fn diagnosis(&self) -> Option<Diagnosis> {
        self.complaint.clone().map(|text| Diagnosis { text, unavailable: false })
    }
}

/// A token goes between control characters, so that it must be nothing but what RFC 6750 makes of a token:
/// printable ASCII without spaces.
fn checked_token(credentials: &Credentials) -> Result<&Secret> {
    match &credentials.token {
        None => Err(Error::InvalidInput("an OAuth 2.0 access token is needed to log in".into())),
        Some(token) if token.is_empty() => Err(Error::InvalidInput("the access token is empty".into())),
        Some(token) if !token.expose().iter().all(u8::is_ascii_graphic) => Err(Error::InvalidInput(
            "the access token contains a space, a line break or another character no token has; \
             does the token command print more than the token?"
                .into(),
        )),
        Some(token) => Ok(token),
    }
}

/// The parts of RFC 7628 section 3.2.2 that help a person, or all of it where there is no `status`.
fn explanation(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let told = match member(&text, "status") {
        Some(status) => {
            let mut told = format!("status {status}");
            for name in ["scope", "schemes", "error_description"] {
                if let Some(value) = member(&text, name) {
                    told.push_str(&format!(", {name} {value}"));
                }
            }
            told
        }
        None if text.trim().is_empty() => "the server gives no reason".into(),
        None => text.into_owned(),
    };
    sanitize_capped(told.as_bytes(), SHOWN)
}

/// The string value of a member of a flat JSON object. A value with an escape in it is left to be shown with the
/// whole; this is for people, nothing depends on it.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let quoted = format!("\"{name}\"");
    let (_, after) = json.split_once(&quoted)?;
    let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (value, _) = value.split_once('"')?;
    (!value.contains('\\')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sasl::exchange::tests::{challenge, refused, run, script};
    use crate::sasl::exchange::{Step, authenticate};
    use crate::sasl::{Binding, tests::credentials};
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    fn initial(mechanism: Mechanism, credentials: &Credentials) -> Result<String> {
        let message = mechanism.exchange(credentials, &Binding::Unsupported)?.initial()?.unwrap();
        Ok(message.expose_str().unwrap().into())
    }

    #[test]
    fn examples_of_rfc_7628() {
        let imap = Credentials { user: Some("user@example.com".into()), ..credentials() };
        assert_eq!(
            BASE64_STANDARD.encode(initial(Mechanism::OauthBearer, &imap).unwrap()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyI\
             HZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        let smtp = Credentials { port: 587, ..imap };
        assert_eq!(
            BASE64_STANDARD.encode(initial(Mechanism::OauthBearer, &smtp).unwrap()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVhcmVyIHZGOWRmd\
             DRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
    }

    #[test]
    fn names_are_escaped_and_optional() {
        let mut with =
            Credentials { user: Some("a,b=c".into()), token: Some(Secret::new("t")), ..Credentials::default() };
        assert_eq!(initial(Mechanism::OauthBearer, &with).unwrap(), "n,a=a=2Cb=3Dc,\u{1}auth=Bearer t\u{1}\u{1}");
        assert_eq!(initial(Mechanism::Xoauth2, &with).unwrap(), "user=a,b=c\u{1}auth=Bearer t\u{1}\u{1}");
        with.authzid = Some("other".into());
        assert!(initial(Mechanism::OauthBearer, &with).unwrap().starts_with("n,a=other,\u{1}"));
        assert!(matches!(initial(Mechanism::Xoauth2, &with), Err(Error::InvalidInput(_))));
        let without = Credentials { user: None, authzid: None, ..with };
        assert!(initial(Mechanism::OauthBearer, &without).unwrap().starts_with("n,,\u{1}auth="));
        assert!(matches!(initial(Mechanism::Xoauth2, &without), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn tokens_are_of_any_length_and_of_one_line() {
        let with = |token: &[u8]| Credentials { token: Some(Secret::new(token)), ..credentials() };
        assert!(initial(Mechanism::OauthBearer, &with(&[b'x'; 10_240])).is_ok());
        let bad: [&[u8]; 5] = [b"", b"two\nlines", b"a b", b"a\x01b", b"\xffx"];
        for bad in bad {
            for mechanism in [Mechanism::OauthBearer, Mechanism::Xoauth2] {
                assert!(matches!(initial(mechanism, &with(bad)), Err(Error::InvalidInput(_))), "{bad:?}");
            }
        }
    }

    #[test]
    fn error_challenge_is_answered_and_told() {
        let json = r#"{"status":"invalid_token","scope" : "example_scope","schemes":"bearer mac"}"#;
        for (mechanism, dummy) in [(Mechanism::OauthBearer, "\u{1}"), (Mechanism::Xoauth2, "")] {
            let mut script = script([challenge(json), refused(Some("AUTH"), "authentication failed")]);
            let error = run(mechanism, &mut script).unwrap_err();
            assert!(matches!(error, Error::Authentication(_)));
            assert_eq!(
                error.to_string(),
                "authentication failed at AUTH: [AUTH] authentication failed \
                 (status invalid_token, scope example_scope, schemes bearer mac)"
            );
            assert_eq!(script.sent.get(1).unwrap(), dummy);
            assert_eq!(script.sent.len(), 2);
        }
    }

    #[test]
    fn error_challenge_reaches_nobody_raw() {
        for json in
            ["{\"status\":\"\u{1b}[2J\u{7}bad\"}", "no json \u{1b}]0;x\u{7}\r\n at all", "", "\"status\":\"\\u001b\""]
        {
            let mut script = script([challenge(json), refused(None, "no")]);
            let text = run(Mechanism::Xoauth2, &mut script).unwrap_err().to_string();
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        let long = format!("{{\"status\":\"{}\"}}", "x".repeat(100_000));
        let text =
            run(Mechanism::Xoauth2, &mut script([challenge(&long), refused(None, "no")])).unwrap_err().to_string();
        assert!(text.len() < 500, "{}", text.len());
    }

    #[test]
    fn echoed_token_is_masked() {
        let echo = r#"{"status":"bad vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="}"#;
        let text =
            run(Mechanism::OauthBearer, &mut script([challenge(echo), refused(None, "no")])).unwrap_err().to_string();
        assert!(text.contains("bad [secret]"), "{text}");
    }

    #[test]
    fn success_after_a_complaint_is_no_success() {
        let mut exchange = Oauth::xoauth2(&credentials()).unwrap();
        let mut script = script([challenge("{\"status\":\"400\"}"), Step::Success(None)]);
        let error = authenticate(&mut exchange, &mut script).unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{error}");
    }
}
