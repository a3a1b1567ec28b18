//! CRAM-MD5, RFC 2195. Obsolete: unsalted, and who listens can guess offline. Never chosen unless named.

use super::digest::{Hash, hex};
use super::{Credentials, Exchange, Mechanism, joined, unexpected};
use crate::error::Result;
use crate::secret::Secret;

/// One challenge, answered with the name and its keyed MD5.
#[derive(Debug)]
pub(super) struct CramMd5 {
    user: String,
    password: Secret,
    answered: bool,
}

impl CramMd5 {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        credentials.no_authzid(Mechanism::CramMd5)?;
        let password = credentials.required_password()?.clone();
        Ok(Self { user: credentials.required_user()?.into(), password, answered: false })
    }
}

impl Exchange for CramMd5 {
    fn mechanism(&self) -> Mechanism {
        Mechanism::CramMd5
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(None)
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret> {
        if self.answered {
            return Err(unexpected(Mechanism::CramMd5, "a second challenge"));
        }
        if challenge.is_empty() {
            // The answer to nothing would be good for every login to come.
            return Err(unexpected(Mechanism::CramMd5, "an empty challenge"));
        }
        self.answered = true;
        let digest = Hash::Md5.hmac(self.password.expose(), challenge)?;
        Ok(joined(&[self.user.as_bytes(), b" ", hex(&digest).as_bytes()]))
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        match self.answered {
            true => Ok(()),
            false => Err(unexpected(Mechanism::CramMd5, "success without a challenge")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::sasl::exchange::Step;
    use crate::sasl::exchange::tests::{challenge, run, script};

    #[test]
    fn example_of_rfc_2195() {
        let mut script = script([challenge("<1896.697170952@postoffice.reston.mci.net>"), Step::Success(None)]);
        run(Mechanism::CramMd5, &mut script).unwrap();
        assert_eq!(script.sent, ["CRAM-MD5", "tim b913a602c7eda7a495b4e6e7334d3890"]);
    }

    /// A key above 64 octets is hashed first; nothing may end at a zero octet in that hash. Expected values were
    /// computed with Python's hmac module.
    #[test]
    fn long_secrets_whose_hash_holds_a_zero() {
        for (password, expected) in LONG_SECRETS {
            assert!(Hash::Md5.digest(password.as_bytes()).contains(&0));
            let credentials = Credentials {
                user: Some("u".into()),
                password: Some(Secret::new(*password)),
                ..Credentials::default()
            };
            let response = CramMd5::new(&credentials).unwrap().respond(b"<1@example.com>").unwrap();
            assert_eq!(response.expose_str().unwrap(), format!("u {expected}"));
        }
    }

    #[test]
    fn only_one_real_challenge() {
        for answers in [vec![challenge("")], vec![challenge("<a@b>"), challenge("<c@d>")]] {
            let mut script = script(answers);
            assert!(matches!(run(Mechanism::CramMd5, &mut script), Err(Error::Protocol { .. })));
            assert_eq!(script.sent.last().unwrap(), "*");
        }
    }

    const LONG_SECRETS: &[(&str, &str)] = &[
        (
            "correct horse battery staple, correct horse battery staple, correct horse battery staple, 199",
            "76c2bae87c188fa0879bd297befa468b",
        ),
        (
            "correct horse battery staple, correct horse battery staple, correct horse battery staple, 208",
            "6851698c99e92c8ce98d40a9981eac84",
        ),
    ];
}
