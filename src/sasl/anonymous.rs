//! ANONYMOUS, RFC 4505. Never chosen unless named.

use super::{Credentials, Exchange, Mechanism, checked_name, joined, unexpected};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The longest trace, in characters (RFC 4505 section 2).
const LONGEST_TRACE: usize = 255;

/// Nobody logs in; the user's name, if one was given, is left as a trace.
#[derive(Debug)]
pub(super) struct Anonymous {
    trace: Secret,
}

impl Anonymous {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        credentials.no_authzid(Mechanism::Anonymous)?;
        let trace = match &credentials.user {
            Some(user) => checked_name("the user name", user)?,
            None => "",
        };
        if trace.chars().count() > LONGEST_TRACE {
            return Err(Error::InvalidInput(format!("an ANONYMOUS trace has at most {LONGEST_TRACE} characters")));
        }
        Ok(Self { trace: joined(&[trace.as_bytes()]) })
    }
}

impl Exchange for Anonymous {
    fn mechanism(&self) -> Mechanism {
        Mechanism::Anonymous
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(Some(self.trace.clone()))
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret> {
        Err(unexpected(Mechanism::Anonymous, "a challenge after everything was said"))
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_a_trace_only_if_there_is_a_name() {
        let trace = |user: Option<&str>| {
            let credentials = Credentials { user: user.map(Into::into), ..Credentials::default() };
            Ok::<_, Error>(Anonymous::new(&credentials)?.initial()?.unwrap().expose().to_vec())
        };
        assert_eq!(trace(None).unwrap(), b"");
        assert_eq!(trace(Some("sirhc")).unwrap(), b"sirhc");
        assert!(trace(Some(&"\u{fc}".repeat(255))).is_ok());
        assert!(matches!(trace(Some(&"x".repeat(256))), Err(Error::InvalidInput(_))));
    }
}
