//! The loop that every mechanism and every protocol share.

use super::Mechanism;
use crate::error::{Error, Phase, Rejection, Result};
use crate::secret::Secret;

/// How many challenges are answered before the server is taken to be mad.
pub const MAX_STEPS: usize = 10;

/// A mechanism's side of one authentication. Not to be used twice.
pub trait Exchange {
    /// Which mechanism this is.
    fn mechanism(&self) -> Mechanism;

    /// The response to send before any challenge; `None` where the server speaks first.
    fn initial(&mut self) -> Result<Option<Secret>>;

    /// The response to a challenge. An error cancels the authentication.
    fn respond(&mut self, challenge: &[u8]) -> Result<Secret>;

    /// The mechanism's own verdict once the server reports success, with the data that came with it (RFC 4422
    /// section 3.6) where the protocol can carry any. An error means: do not use this session.
    fn finish(&mut self, data: Option<&[u8]>) -> Result<()>;

    /// Why the server is about to refuse, as far as the mechanism's own messages told; sanitised.
    fn diagnosis(&self) -> Option<Diagnosis> {
        None
    }
}

/// What a mechanism's messages told about a refusal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// One line without control characters or secrets.
    pub text: String,
    /// The server lacks something that this way of logging in needs, and has not judged the credentials.
    pub unavailable: bool,
}

/// A protocol's side of an authentication: how AUTH is framed.
///
/// Implementations decode base64 strictly (RFC 4648 section 4: padding required, nothing outside the alphabet) and
/// encode and mask what they send. An error ends the authentication and is passed on.
pub trait Authenticator {
    /// Whether this initial response may be put on the command's own line; else it follows an empty challenge.
    fn takes_initial(&self, mechanism: Mechanism, response: &Secret) -> bool;

    /// Sends the command, with the initial response if there is one, and reads the answer. An empty response is
    /// sent as `=` (RFC 5034 section 4).
    fn begin(&mut self, mechanism: Mechanism, initial: Option<&Secret>) -> Result<Step>;

    /// Sends a response and reads the answer.
    fn respond(&mut self, response: &Secret) -> Result<Step>;

    /// Sends `*` and reads the answer.
    fn cancel(&mut self) -> Result<Step>;
}

/// What a server answers while authenticating.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Go on; decoded.
    Challenge(Vec<u8>),
    /// A challenge that cannot be decoded: why, sanitised.
    Garbled(String),
    /// Logged in; with decoded data where the protocol carries it.
    Success(Option<Vec<u8>>),
    /// Not logged in.
    Refused(Rejection),
}

/// Runs an exchange to its end.
///
/// Success is what server *and* mechanism call success. [`Error::Authentication`] and [`Error::Rejected`] are the
/// server's refusal (see [`refusal`]), [`Error::Unsupported`] a refusal because it lacks the channel binding that
/// was used; after those and [`Error::InvalidInput`] the session is where it was before. After any other error it
/// must be closed.
pub fn authenticate(exchange: &mut dyn Exchange, authenticator: &mut dyn Authenticator) -> Result<()> {
    let mechanism = exchange.mechanism();
    let mut step = match exchange.initial()? {
        Some(response) if authenticator.takes_initial(mechanism, &response) => {
            authenticator.begin(mechanism, Some(&response))?
        }
        Some(response) => match authenticator.begin(mechanism, None)? {
            // RFC 5034 wants this prompt empty. Its text means nothing to a mechanism in which the client speaks
            // first, so that servers which say something here are let be, as other clients do.
            Step::Challenge(_) => authenticator.respond(&response)?,
            Step::Success(_) => return Err(protocol("the server reports success before it was told who logs in")),
            other => other,
        },
        None => authenticator.begin(mechanism, None)?,
    };
    for _ in 0..MAX_STEPS {
        match step {
            Step::Challenge(challenge) => match exchange.respond(&challenge) {
                Ok(response) => step = authenticator.respond(&response)?,
                Err(error) => return Err(cancelled(authenticator, error)),
            },
            Step::Success(data) => return exchange.finish(data.as_deref()),
            Step::Refused(rejection) => return Err(refused(mechanism, rejection, exchange.diagnosis())),
            Step::Garbled(reason) => {
                return Err(cancelled(authenticator, protocol(format!("{mechanism} challenge: {reason}"))));
            }
        }
    }
    match step {
        Step::Success(data) => exchange.finish(data.as_deref()),
        Step::Refused(rejection) => Err(refused(mechanism, rejection, exchange.diagnosis())),
        Step::Challenge(_) | Step::Garbled(_) => {
            let error = protocol(format!("{mechanism}: the server does not stop after {MAX_STEPS} challenges"));
            Err(cancelled(authenticator, error))
        }
    }
}

/// A server's refusal to log in, as an error: [`Error::Rejected`] when it says that the credentials are not to
/// blame (`[SYS/*]` of RFC 3206, or anything temporary), else [`Error::Authentication`].
pub fn refusal(rejection: Rejection) -> Error {
    if rejection.transient || is_system(&rejection) {
        Error::Rejected(rejection)
    } else {
        Error::Authentication(rejection)
    }
}

/// Whether another way to log in may be tried after this error, because it judged the way and not the credentials:
/// `[SYS/*]` (RFC 3206), SMTP's 504 and 534, or a channel binding that the server lacks.
///
/// After a refusal of the credentials never: the second try would count towards a lock-out.
pub fn may_try_next(error: &Error) -> bool {
    match error {
        Error::Unsupported(_) => true,
        Error::Authentication(rejection) | Error::Rejected(rejection) => {
            is_system(rejection) || matches!(rejection.code.as_deref(), Some("504" | "534"))
        }
        _ => false,
    }
}

fn is_system(rejection: &Rejection) -> bool {
    let prefix = rejection.code.as_ref().and_then(|code| code.get(..4));
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("SYS/"))
}

fn refused(mechanism: Mechanism, mut rejection: Rejection, diagnosis: Option<Diagnosis>) -> Error {
    let Some(Diagnosis { text, unavailable }) = diagnosis else { return refusal(rejection) };
    if unavailable {
        return Error::Unsupported(format!("the server does not accept {mechanism} here: {text}"));
    }
    if rejection.text.is_empty() {
        rejection.text = text;
    } else {
        rejection.text = format!("{} ({text})", rejection.text);
    }
    refusal(rejection)
}

/// Gives up because of `error`, which is what gets reported unless the server's reply to that makes it worse.
fn cancelled(authenticator: &mut dyn Authenticator, error: Error) -> Error {
    match authenticator.cancel() {
        Ok(Step::Refused(_)) => error,
        Ok(_) if error.is_fatal_to_session() => error,
        Ok(Step::Success(_)) => protocol("the server reports success for a cancelled authentication"),
        Ok(_) => protocol("the server goes on with a cancelled authentication"),
        Err(_) if error.is_fatal_to_session() => error,
        Err(lost) => lost,
    }
}

fn protocol(detail: impl Into<String>) -> Error {
    Error::protocol(Phase::Reply("AUTH"), detail)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::sasl::{Binding, tests::credentials};
    use std::collections::VecDeque;

    /// Plays back a server's answers and keeps what the client sent; an exhausted script refuses.
    #[derive(Default)]
    pub(in crate::sasl) struct Script {
        pub(in crate::sasl) answers: VecDeque<Step>,
        pub(in crate::sasl) sent: Vec<String>,
        pub(in crate::sasl) two_step: bool,
        /// Once the script is over, go on challenging for ever.
        pub(in crate::sasl) endless: bool,
    }

    pub(in crate::sasl) fn script(answers: impl IntoIterator<Item = Step>) -> Script {
        Script { answers: answers.into_iter().collect(), ..Script::default() }
    }

    pub(in crate::sasl) fn challenge(text: &str) -> Step {
        Step::Challenge(text.into())
    }

    pub(in crate::sasl) fn refused(code: Option<&str>, text: &str) -> Step {
        Step::Refused(Rejection {
            verb: "AUTH",
            code: code.map(Into::into),
            enhanced: None,
            text: text.into(),
            transient: false,
        })
    }

    impl Script {
        fn next(&mut self) -> Step {
            match self.answers.pop_front() {
                Some(step) => step,
                None if self.endless => Step::Challenge(Vec::new()),
                None => refused(Some("AUTH"), "no"),
            }
        }
    }

    impl Authenticator for Script {
        fn takes_initial(&self, _: Mechanism, _: &Secret) -> bool {
            !self.two_step
        }

        fn begin(&mut self, mechanism: Mechanism, initial: Option<&Secret>) -> Result<Step> {
            self.sent.push(match initial {
                Some(initial) => format!("{mechanism} {}", String::from_utf8_lossy(initial.expose())),
                None => mechanism.to_string(),
            });
            Ok(self.next())
        }

        fn respond(&mut self, response: &Secret) -> Result<Step> {
            self.sent.push(String::from_utf8_lossy(response.expose()).into_owned());
            Ok(self.next())
        }

        fn cancel(&mut self) -> Result<Step> {
            self.sent.push("*".into());
            self.endless = false;
            Ok(self.next())
        }
    }

    pub(in crate::sasl) fn run(mechanism: Mechanism, script: &mut Script) -> Result<()> {
        authenticate(&mut *mechanism.exchange(&credentials(), &Binding::Unsupported)?, script)
    }

    #[test]
    fn initial_response_goes_with_the_command_or_after_a_prompt() {
        let mut inline = script([Step::Success(None)]);
        run(Mechanism::Plain, &mut inline).unwrap();
        assert_eq!(inline.sent, ["PLAIN \0tim\0tanstaaftanstaaf"]);
        for prompt in ["", "go ahead"] {
            let mut two = Script { two_step: true, ..script([challenge(prompt), Step::Success(None)]) };
            run(Mechanism::Plain, &mut two).unwrap();
            assert_eq!(two.sent, ["PLAIN", "\0tim\0tanstaaftanstaaf"]);
        }
    }

    #[test]
    fn success_before_any_credentials_is_no_success() {
        for mechanism in Mechanism::ALL.into_iter().filter(|m| !m.name().ends_with("-PLUS")) {
            let mut script = Script { two_step: true, ..script([Step::Success(None)]) };
            let error = run(mechanism, &mut script).unwrap_err();
            assert!(error.is_fatal_to_session(), "{mechanism}: {error}");
        }
    }

    #[test]
    fn endless_challenges_end() {
        for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::CramMd5, Mechanism::Xoauth2] {
            let mut script = Script { endless: true, ..Script::default() };
            let error = run(mechanism, &mut script).unwrap_err();
            assert!(matches!(error, Error::Protocol { .. }), "{error}");
            assert!(script.sent.len() <= MAX_STEPS + 2, "{:?}", script.sent);
            assert_eq!(script.sent.last().unwrap(), "*");
        }
    }

    #[test]
    fn a_mechanism_without_end_is_cut_after_ten_steps() {
        struct Parrot;
        impl Exchange for Parrot {
            fn mechanism(&self) -> Mechanism {
                Mechanism::Login
            }
            fn initial(&mut self) -> Result<Option<Secret>> {
                Ok(None)
            }
            fn respond(&mut self, _: &[u8]) -> Result<Secret> {
                Ok(Secret::new("squawk"))
            }
            fn finish(&mut self, _: Option<&[u8]>) -> Result<()> {
                Ok(())
            }
        }
        let mut endless = Script { endless: true, ..Script::default() };
        let error = authenticate(&mut Parrot, &mut endless).unwrap_err();
        assert!(error.to_string().contains("10 challenges"), "{error}");
        assert_eq!(endless.sent.iter().filter(|sent| *sent == "squawk").count(), MAX_STEPS);
        assert_eq!(endless.sent.last().unwrap(), "*");
        let ten = (0..MAX_STEPS).map(|_| challenge("")).chain([Step::Success(None)]);
        authenticate(&mut Parrot, &mut script(ten)).unwrap();
    }

    #[test]
    fn garbled_challenge_is_cancelled_and_the_reply_read() {
        let mut garbled = script([Step::Garbled("not base64: (oops)".into()), refused(None, "cancelled")]);
        let error = run(Mechanism::CramMd5, &mut garbled).unwrap_err();
        assert_eq!(
            error.to_string(),
            "protocol error waiting for the reply to AUTH: CRAM-MD5 challenge: not base64: (oops)"
        );
        assert_eq!(garbled.sent, ["CRAM-MD5", "*"]);
        assert!(garbled.answers.is_empty());
    }

    #[test]
    fn a_cancelled_authentication_that_goes_on_is_fatal() {
        for answer in [Step::Success(None), challenge("more"), Step::Garbled("x".into())] {
            let mut script = script([answer]);
            let error = cancelled(&mut script, Error::InvalidInput("x".into()));
            assert!(error.is_fatal_to_session(), "{error}");
        }
        assert!(matches!(cancelled(&mut script([]), Error::InvalidInput("x".into())), Error::InvalidInput(_)));
    }

    #[test]
    fn refusals_and_what_may_follow_them() {
        let cases = [
            (Some("AUTH"), "wrong password", true, false),
            (None, "wrong password", true, false),
            (Some("SYS/TEMP"), "later", false, true),
            (Some("sys/perm"), "never", false, true),
            (Some("504"), "unknown mechanism", true, true),
            (Some("534"), "too weak", true, true),
            (Some("535"), "wrong password", true, false),
            (Some("€€"), "odd", true, false),
        ];
        for (code, text, authentication, next) in cases {
            let error = run(Mechanism::Plain, &mut script([refused(code, text)])).unwrap_err();
            assert_eq!(matches!(error, Error::Authentication(_)), authentication, "{code:?}");
            assert_eq!(may_try_next(&error), next, "{code:?}");
            assert!(error.to_string().contains(text));
        }
        assert!(!may_try_next(&Error::Insecure("x".into())));
    }
}
