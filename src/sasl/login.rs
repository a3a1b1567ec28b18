//! LOGIN, draft-murchison-sasl-login.

use super::{Credentials, Exchange, Mechanism, joined, password_without, unexpected};
use crate::error::Result;
use crate::secret::Secret;

/// Name and password as answers to two prompts, whose texts mean nothing: servers differ in them.
#[derive(Debug)]
pub(super) struct Login {
    user: Secret,
    password: Secret,
    asked: usize,
}

impl Login {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        credentials.no_authzid(Mechanism::Login)?;
        let password = password_without(credentials.required_password()?, Mechanism::Login, b"\0\r\n")?;
        let user = joined(&[credentials.required_user()?.as_bytes()]);
        Ok(Self { user, password: password.clone(), asked: 0 })
    }
}

impl Exchange for Login {
    fn mechanism(&self) -> Mechanism {
        Mechanism::Login
    }

    fn initial(&mut self) -> Result<Option<Secret>> {
        Ok(None)
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret> {
        self.asked += 1;
        match self.asked {
            1 => Ok(self.user.clone()),
            2 => Ok(self.password.clone()),
            _ => Err(unexpected(Mechanism::Login, "a third prompt")),
        }
    }

    fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
        match self.asked {
            2 => Ok(()),
            _ => Err(unexpected(Mechanism::Login, "success before the password was asked for")),
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
    fn prompts_may_say_anything() {
        for (first, second) in [("Username:", "Password:"), ("User Name\0", "Password\0"), ("", ""), ("x", "User:")] {
            let mut script = script([challenge(first), challenge(second), Step::Success(None)]);
            run(Mechanism::Login, &mut script).unwrap();
            assert_eq!(script.sent, ["LOGIN", "tim", "tanstaaftanstaaf"]);
        }
    }

    #[test]
    fn neither_early_success_nor_a_third_prompt() {
        let mut early = script([challenge("Username:"), Step::Success(None)]);
        assert!(matches!(run(Mechanism::Login, &mut early), Err(Error::Protocol { .. })));
        let mut late = script([challenge("a"), challenge("b"), challenge("c")]);
        assert!(matches!(run(Mechanism::Login, &mut late), Err(Error::Protocol { .. })));
        assert_eq!(late.sent.last().unwrap(), "*");
    }

    #[test]
    fn line_breaks_and_other_identities_do_not_fit() {
        let with = |password: &str, authzid: Option<&str>| {
            Login::new(&Credentials {
                user: Some("tim".into()),
                authzid: authzid.map(Into::into),
                password: Some(Secret::new(password)),
                ..Credentials::default()
            })
        };
        for bad in ["a\0b", "a\rb", "a\nb"] {
            assert!(matches!(with(bad, None), Err(Error::InvalidInput(_))), "{bad:?}");
        }
        assert!(matches!(with("x", Some("other")), Err(Error::InvalidInput(_))));
        assert!(with("x", None).is_ok());
    }
}
