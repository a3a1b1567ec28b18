//! EXTERNAL, RFC 4422 appendix A.

use super::{Credentials, Exchange, Mechanism, joined, unexpected};
use crate::error::Result;
use crate::secret::Secret;

/// The client certificate or the socket says who logs in; the message is whom to act as, empty for the same.
#[derive(Debug)]
pub(super) struct External {
    authzid: Secret,
}

impl External {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        Ok(Self { authzid: joined(&[credentials.checked_authzid()?.unwrap_or_default().as_bytes()]) })
    }
}

impl Exchange for External {
    fn mechanism(&self) -> Mechanism {
        Mechanism::External
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(Some(self.authzid.clone()))
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret> {
        Err(unexpected(Mechanism::External, "a challenge after everything was said"))
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authzid_or_nothing() {
        let mut external = External::new(&Credentials { user: Some("tim".into()), ..Credentials::default() }).unwrap();
        assert_eq!(external.initial().unwrap().unwrap().expose(), b"");
        let other = Credentials { authzid: Some("fred@example.com".into()), ..Credentials::default() };
        assert_eq!(External::new(&other).unwrap().initial().unwrap().unwrap().expose(), b"fred@example.com");
    }
}
