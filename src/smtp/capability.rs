//! What a server can do: the reply to EHLO or LHLO (RFC 5321 section 4.1.1.1, RFC 2033 section 4.1).

use std::time::SystemTime;

use super::reply::Reply;
use crate::text::sanitize_capped;

/// How much of a line is kept, in characters.
const SHOWN: usize = 500;

/// The extensions of a server in one state of a session; what was said in clear means nothing inside TLS, nor what was
/// said before a login behind it.
///
/// The default is a server without any: one that knows only HELO.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Capabilities {
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// Commands may be sent ahead of replies (RFC 2920).
    pub pipelining: bool,
    /// BDAT (RFC 3030).
    pub chunking: bool,
    /// BODY=BINARYMIME, which needs BDAT (RFC 3030).
    pub binarymime: bool,
    /// BODY=8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// Addresses and headers in UTF-8 (RFC 6531).
    pub smtputf8: bool,
    /// Delivery status notifications (RFC 3461).
    pub dsn: bool,
    /// Texts start with enhanced status codes (RFC 2034).
    pub enhanced_status_codes: bool,
    /// REQUIRETLS (RFC 8689).
    pub requiretls: bool,
    /// SIZE (RFC 1870), with the largest message in octets; a limit of 0, none or an absurd one is none.
    pub size: Option<Option<u64>>,
    /// SASL mechanisms in capitals (RFC 4954). Quirk: `AUTH=PLAIN LOGIN`, of servers older than the standard, counts too.
    pub mechanisms: Vec<String>,
    /// LIMITS (RFC 9422).
    pub limits: Limits,
    /// DELIVERBY (RFC 2852), with the least time in seconds that the server takes in return mode.
    pub deliver_by: Option<Option<u64>>,
    /// FUTURERELEASE (RFC 4865).
    pub future_release: Option<FutureRelease>,
    /// MT-PRIORITY (RFC 6710), with the name of the priority profile.
    pub mt_priority: Option<Option<String>>,
    /// The attributes of XCLIENT, in capitals.
    pub xclient: Vec<String>,
    /// ETRN (RFC 1985).
    pub etrn: bool,
    /// VRFY.
    pub vrfy: bool,
    /// EXPN.
    pub expn: bool,
    /// HELP.
    pub help: bool,
    /// Every line but the first, sanitised, in the server's order.
    pub lines: Vec<String>,
}

/// How much a server takes at once (RFC 9422 section 4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Transactions in a session.
    pub mail_max: Option<u64>,
    /// Recipients in a transaction.
    pub rcpt_max: Option<u64>,
    /// Different domains among the recipients of a transaction.
    pub rcpt_domain_max: Option<u64>,
}

/// How far into the future a server holds mail (RFC 4865 section 4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FutureRelease {
    /// The longest time, in seconds.
    pub seconds: Option<u64>,
    /// The last point in time.
    pub until: Option<SystemTime>,
}

impl Capabilities {
    /// Reads the positive reply to EHLO or LHLO, whose first line holds no capability. Keywords are compared caseless;
    /// what is unknown or malformed is only listed.
    pub fn from_reply(reply: &Reply) -> Self {
        let mut capabilities = Self::default();
        for line in reply.lines.iter().skip(1) {
            capabilities.add(line);
        }
        capabilities
    }

    fn add(&mut self, line: &[u8]) {
        self.lines.push(sanitize_capped(line, SHOWN));
        let text = String::from_utf8_lossy(line).to_ascii_uppercase();
        let mut words = text.split_ascii_whitespace();
        let Some(keyword) = words.next() else { return };
        match keyword {
            "STARTTLS" => self.starttls = true,
            "PIPELINING" => self.pipelining = true,
            "CHUNKING" => self.chunking = true,
            "BINARYMIME" => self.binarymime = true,
            "8BITMIME" => self.eight_bit_mime = true,
            "SMTPUTF8" => self.smtputf8 = true,
            "DSN" => self.dsn = true,
            "ENHANCEDSTATUSCODES" => self.enhanced_status_codes = true,
            "REQUIRETLS" => self.requiretls = true,
            "ETRN" => self.etrn = true,
            "VRFY" => self.vrfy = true,
            "EXPN" => self.expn = true,
            "HELP" => self.help = true,
            "SIZE" => self.size = Some(words.next().and_then(number).filter(|&limit| limit > 0)),
            "AUTH" => self.add_mechanisms(words),
            "LIMITS" => words.for_each(|word| self.limits.add(word)),
            "DELIVERBY" => self.deliver_by = Some(words.next().and_then(number)),
            "FUTURERELEASE" => {
                let seconds = words.next().and_then(number);
                let until = words.next().and_then(|word| word.parse::<jiff::Timestamp>().ok()).map(Into::into);
                self.future_release = Some(FutureRelease { seconds, until });
            }
            "MT-PRIORITY" => self.mt_priority = Some(words.next().map(|name| sanitize_capped(name.as_bytes(), 100))),
            "XCLIENT" => self.xclient.extend(words.map(|word| sanitize_capped(word.as_bytes(), 100))),
            _ => {
                if let Some(first) = keyword.strip_prefix("AUTH=") {
                    self.add_mechanisms(std::iter::once(first).chain(words));
                }
            }
        }
    }

    fn add_mechanisms<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        for word in words.filter(|word| !word.is_empty()) {
            if !self.mechanisms.iter().any(|known| known == word) {
                self.mechanisms.push(word.to_owned());
            }
        }
    }
}

impl Limits {
    /// ```text
    /// limit-name-value = limit-name "=" limit-value
    /// limit-value      = %x31-39 0*5DIGIT
    /// ```
    fn add(&mut self, word: &str) {
        let Some((name, value)) = word.split_once('=') else { return };
        let Some(value) = number(value).filter(|&value| value > 0) else { return };
        match name {
            "MAILMAX" => self.mail_max = Some(value),
            "RCPTMAX" => self.rcpt_max = Some(value),
            "RCPTDOMAINMAX" => self.rcpt_domain_max = Some(value),
            _ => {}
        }
    }
}

fn number(word: &str) -> Option<u64> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_unsafe;

    fn parse(lines: &[&str]) -> Capabilities {
        let lines = std::iter::once(&"mail.example.org").chain(lines);
        Capabilities::from_reply(&Reply::new(250, lines.map(|line| line.as_bytes().to_vec()).collect()))
    }

    #[test]
    fn knows_its_keywords_in_any_case_with_arguments() {
        let c = parse(&[
            "pipelining",
            "SIZE 52428800",
            "StartTLS",
            "AUTH plain LOGIN",
            "AUTH=PLAIN XOAUTH2",
            "ENHANCEDSTATUSCODES",
            "8bitmime",
            "SMTPUTF8 anything",
            "DSN",
            "CHUNKING",
            "BINARYMIME",
            "REQUIRETLS",
            "LIMITS RCPTMAX=100 mailmax=20 RCPTDOMAINMAX=1 NEW=3",
            "DELIVERBY 240",
            "FUTURERELEASE 86400 2030-01-02T03:04:05Z",
            "MT-PRIORITY mixer",
            "XCLIENT NAME ADDR",
            "VRFY",
            "X-NEW thing",
        ]);
        assert!(c.pipelining && c.starttls && c.enhanced_status_codes && c.eight_bit_mime && c.smtputf8 && c.dsn);
        assert!(c.chunking && c.binarymime && c.requiretls && c.vrfy && !c.expn && !c.help && !c.etrn);
        assert_eq!(c.size, Some(Some(52_428_800)));
        assert_eq!(c.mechanisms, ["PLAIN", "LOGIN", "XOAUTH2"]);
        assert_eq!(c.limits, Limits { mail_max: Some(20), rcpt_max: Some(100), rcpt_domain_max: Some(1) });
        assert_eq!(c.deliver_by, Some(Some(240)));
        let release = c.future_release.unwrap();
        assert_eq!(release.seconds, Some(86_400));
        assert_eq!(release.until.map(crate::text::rfc3339).as_deref(), Some("2030-01-02T03:04:05Z"));
        assert_eq!(c.mt_priority, Some(Some("MIXER".into())));
        assert_eq!(c.xclient, ["NAME", "ADDR"]);
        assert_eq!((c.lines.len(), c.lines.last().map(String::as_str)), (19, Some("X-NEW thing")));
    }

    #[test]
    fn the_first_line_is_a_name() {
        let reply = Reply::new(250, vec![b"STARTTLS".to_vec()]);
        assert_eq!(Capabilities::from_reply(&reply), Capabilities::default());
    }

    #[test]
    fn absurd_arguments_are_no_limit() {
        for line in ["SIZE", "SIZE 0", "SIZE -1", "SIZE 99999999999999999999", "SIZE x", "SIZE +5"] {
            assert_eq!(parse(&[line]).size, Some(None), "{line}");
        }
        let c = parse(&["LIMITS RCPTMAX=0 MAILMAX= =1 RCPTDOMAINMAX=-1", "AUTH=", "AUTH", "", " ", "DELIVERBY x"]);
        assert_eq!(c.limits, Limits::default());
        assert_eq!(c.deliver_by, Some(None));
        assert!(c.mechanisms.is_empty() && c.size.is_none());
        assert_eq!(parse(&["FUTURERELEASE"]).future_release, Some(FutureRelease::default()));
    }

    #[test]
    fn three_thousand_lines_are_taken() {
        let lines: Vec<String> = (0..3_000).map(|i| format!("X-{i} \x1b[31m")).collect();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push("DSN");
        let c = parse(&lines);
        assert!(c.dsn);
        assert_eq!(c.lines.first().map(String::as_str), Some("X-0 ^[[31m"));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "(SIZE|AUTH|LIMITS|FUTURERELEASE|XCLIENT|MT-PRIORITY|DELIVERBY)[ =].{0,40}".prop_map(String::into_bytes),
        ]) {
            let c = Capabilities::from_reply(&Reply { code: 250, enhanced: None, lines: vec![vec![], line] });
            prop_assert!(!c.lines.concat().chars().any(is_unsafe));
            prop_assert!(!c.xclient.concat().chars().any(is_unsafe));
        }
    }
}
