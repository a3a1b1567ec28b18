//! What is said to a client (RFC 5321 section 4.2).

use std::fmt;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::MessageResult;
use crate::cli::verdict::{Status, Verdict};
use crate::error::Error;
use crate::text::sanitize_capped;

/// How much of a text fits a line of 512 octets, in characters (RFC 5321 section 4.5.3.1.5).
const SHOWN: usize = 400;

/// A reply: a code and one or more lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// A reply with an enhanced status code (RFC 3463) in front of its text.
    pub(super) fn new(code: u16, enhanced: &str, text: &str) -> Self {
        Self { code, lines: vec![format!("{enhanced} {text}")] }
    }

    /// A reply of plain lines.
    pub(super) fn plain<'t>(code: u16, lines: impl IntoIterator<Item = &'t str>) -> Self {
        Self { code, lines: lines.into_iter().map(str::to_owned).collect() }
    }

    #[cfg(test)]
    pub(super) fn code(&self) -> u16 {
        self.code
    }

    /// Whether it is a refusal.
    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    /// What became of a message, in one reply for all its recipients.
    ///
    /// Once somebody got it, or will, it is accepted, since the client would send it to all of them again; who did not get
    /// it is said in the lines before the last. Of several refusals one for now is told: the client may come back.
    pub(super) fn of(message: &MessageResult) -> Self {
        let complaints = message.complaints();
        let accepted = message.recipients.iter().find_map(|recipient| match &recipient.verdict {
            Verdict::Accepted(answer) => Some(answer.text.clone()),
            _ => None,
        });
        let waits = message.queued.as_ref().map(|id| format!("queued as {id}"));
        if let Some(text) = accepted.or(waits) {
            let mut lines: Vec<String> =
                complaints.iter().map(|complaint| format!("2.0.0 {}", complaint.text())).collect();
            lines.push(format!("2.0.0 {text}"));
            return Self { code: 250, lines };
        }
        if let Some((error, advice)) = &message.trouble {
            let advice = advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
            return Self::of_error(error, &format!("{error}{advice}"));
        }
        let transient = complaints.iter().find(|complaint| is_transient(complaint.verdict));
        let Some(complaint) = transient.or(complaints.first()) else {
            return Self::new(250, "2.0.0", "there was nobody to send it to");
        };
        let text = complaint.text();
        match complaint.verdict {
            Verdict::Refused(rejection) => {
                let kind = if rejection.transient { "4" } else { "5" };
                let code = rejection.code.as_deref().filter(|code| code.starts_with(kind));
                let code = code.and_then(|code| code.parse().ok());
                let enhanced = rejection.enhanced.as_deref().filter(|enhanced| enhanced.starts_with(kind));
                match (code, rejection.transient) {
                    (Some(code), _) => Self::new(code, enhanced.unwrap_or(&format!("{kind}.0.0")), &text),
                    // Ours: it is larger than the server takes.
                    (None, false) => Self::new(552, "5.3.4", &text),
                    (None, true) => Self::new(451, "4.3.0", &text),
                }
            }
            Verdict::Unsent(error) => Self::of_error(error, &text),
            Verdict::Unknown(_) => Self::new(451, "4.4.2", &text),
            Verdict::Accepted(_) => Self::new(250, "2.0.0", &text),
        }
    }

    /// What kept a message from being sent.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        Self::of_error(&failure.error, &failure.explained())
    }

    /// The message is at fault, or what it would go through, which somebody may put right.
    fn of_error(error: &Error, text: &str) -> Self {
        match Exit::of(error) {
            Exit::DATA | Exit::USAGE => Self::new(554, "5.6.0", text),
            Exit::TEMPORARY => Self::new(451, "4.3.0", text),
            _ => Self::new(451, "4.3.5", text),
        }
    }
}

fn is_transient(verdict: &Verdict) -> bool {
    matches!(verdict.status(), Status::Deferred | Status::Unsent | Status::Unknown)
}

impl fmt::Display for Reply {
    /// The octets that are sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.lines.len().saturating_sub(1);
        for (at, line) in self.lines.iter().enumerate() {
            let separator = if at == last { ' ' } else { '-' };
            write!(f, "{}{separator}{}\r\n", self.code, sanitize_capped(line.as_bytes(), SHOWN))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cli::output::record::RecipientResult;
    use crate::cli::verdict::Answer;
    use crate::error::{Phase, Rejection};

    fn refused(code: Option<&str>, enhanced: Option<&str>) -> Verdict {
        let transient = code.is_some_and(|code| code.starts_with('4'));
        let (code, enhanced) = (code.map(str::to_owned), enhanced.map(str::to_owned));
        Verdict::Refused(Rejection { verb: "RCPT", code, enhanced, text: "no\u{1b}".into(), transient })
    }

    fn accepted() -> Verdict {
        Verdict::Accepted(Answer { code: 250, enhanced: None, text: "queued as X".into(), queue_id: None })
    }

    fn closed() -> Arc<Error> {
        Arc::new(Error::Closed { phase: Phase::Greeting, truncated: false })
    }

    fn said(verdicts: Vec<Verdict>, queued: Option<&str>) -> String {
        let recipients = verdicts.into_iter().zip(["a@x", "b@x"]).map(|(verdict, address)| RecipientResult {
            address: address.into(),
            verdict,
            advice: None,
        });
        let recipients = recipients.collect();
        Reply::of(&MessageResult { recipients, queued: queued.map(str::to_owned), ..MessageResult::default() })
            .to_string()
    }

    #[test]
    fn one_reply_for_all_recipients() {
        assert_eq!(said(vec![accepted(), accepted()], None), "250 2.0.0 queued as X\r\n");
        assert_eq!(
            said(vec![accepted(), refused(Some("550"), Some("5.1.1"))], None),
            "250-2.0.0 <b@x> refused at RCPT: 550 5.1.1 no^[\r\n250 2.0.0 queued as X\r\n"
        );
        assert_eq!(said(vec![Verdict::Unsent(closed())], Some("Q1")), "250 2.0.0 queued as Q1\r\n");
        for (verdicts, start) in [
            (vec![refused(Some("550"), Some("5.1.1"))], "550 5.1.1 <a@x> refused"),
            (vec![refused(Some("554"), None)], "554 5.0.0 "),
            (
                vec![refused(Some("550"), Some("5.1.1")), refused(Some("450"), Some("4.2.0"))],
                "450 4.2.0 <b@x> deferred",
            ),
            (vec![refused(None, None)], "552 5.3.4 "),
            (vec![Verdict::Unsent(closed())], "451 4.3.0 "),
            (vec![Verdict::Unknown(closed())], "451 4.4.2 "),
            (vec![Verdict::Unsent(Arc::new(Error::Config("x".into())))], "451 4.3.5 "),
            (vec![Verdict::Unsent(Arc::new(Error::InvalidInput("x".into())))], "554 5.6.0 "),
        ] {
            let said = said(verdicts, None);
            assert!(said.starts_with(start) && said.lines().count() == 1, "{said}");
        }
        assert_eq!(Reply::of_failure(&Failure::usage("nobody")).to_string(), "554 5.6.0 nobody\r\n");
        assert_eq!(Reply::plain(250, ["a", "b"]).to_string(), "250-a\r\n250 b\r\n");
    }

    #[test]
    fn a_line_is_no_longer_than_lines_may_be() {
        assert!(Reply::new(500, "5.0.0", &"x".repeat(2000)).to_string().len() <= 512);
    }
}
