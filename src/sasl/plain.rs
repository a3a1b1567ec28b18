//! PLAIN, RFC 4616.

use super::{Credentials, Exchange, Mechanism, joined, password_without, unexpected};
use crate::error::Result;
use crate::secret::Secret;

/// Name and password in one message, as they are: the server prepares them.
#[derive(Debug)]
pub(super) struct Plain {
    message: Secret,
}

impl Plain {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        let password = password_without(credentials.required_password()?, Mechanism::Plain, b"\0")?;
        let authzid = credentials.checked_authzid()?.unwrap_or_default();
        let user = credentials.required_user()?;
        Ok(Self { message: joined(&[authzid.as_bytes(), b"\0", user.as_bytes(), b"\0", password.expose()]) })
    }
}

impl Exchange for Plain {
    fn mechanism(&self) -> Mechanism {
        Mechanism::Plain
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(Some(self.message.clone()))
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret> {
        Err(unexpected(Mechanism::Plain, "a challenge after everything was said"))
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn message(user: &str, authzid: Option<&str>, password: &[u8]) -> Result<Vec<u8>> {
        let credentials = Credentials {
            user: Some(user.into()),
            authzid: authzid.map(Into::into),
            password: Some(Secret::new(password)),
            ..Credentials::default()
        };
        Ok(Plain::new(&credentials)?.initial()?.unwrap().expose().to_vec())
    }

    #[test]
    fn messages_of_rfc_4616() {
        assert_eq!(message("tim", None, b"tanstaaftanstaaf").unwrap(), b"\0tim\0tanstaaftanstaaf");
        assert_eq!(message("Kurt", Some("Ursel"), b"xipj3plmq").unwrap(), b"Ursel\0Kurt\0xipj3plmq");
    }

    #[test]
    fn password_is_any_bytes_but_nul() {
        assert_eq!(message("tim", None, b"p\xff\r\n\xa4").unwrap(), b"\0tim\0p\xff\r\n\xa4");
        assert_eq!(message("j\u{fc}rgen", None, b"x").unwrap(), "\0j\u{fc}rgen\0x".as_bytes());
        assert!(matches!(message("tim", None, b"a\0b"), Err(Error::InvalidInput(_))));
        assert!(matches!(message("tim", None, b""), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn missing_parts_are_named() {
        let error = Plain::new(&Credentials { user: Some("x".into()), ..Credentials::default() }).unwrap_err();
        assert_eq!(error.to_string(), "a password is needed to log in");
        let error =
            Plain::new(&Credentials { password: Some(Secret::new("x")), ..Credentials::default() }).unwrap_err();
        assert_eq!(error.to_string(), "a user name is needed to log in");
    }
}
