//! Replies: codes, enhanced status codes, texts (RFC 5321 section 4.2, RFC 2034, RFC 3463).

use std::fmt;

use crate::error::{Error, Phase, Rejection};
use crate::text::{sanitize, sanitize_capped};

/// The most lines that a reply may have; servers that list many things in answer to HELP or EXPN stay below it.
pub const MAX_LINES: usize = 10_000;

/// The most text that a reply may have, in octets.
pub const MAX_TEXT: usize = 1024 * 1024;

/// How much of a refusal's text is kept, in characters.
const QUOTED: usize = 1_000;

/// The longest text that is taken for a queue identifier, in octets.
const MAX_QUEUE_ID: usize = 128;

/// A reply of one or more lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The reply code, 200 to 599.
    pub code: u16,
    /// The enhanced status code, where there is one that fits the reply code.
    pub enhanced: Option<EnhancedCode>,
    /// What follows the code on each line, raw, without the enhanced status code.
    pub lines: Vec<Vec<u8>>,
}

/// What the first digit of a reply code says (RFC 5321 section 4.2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// 2yz: done.
    Positive2,
    /// 3yz: more is expected from us.
    Intermediate3,
    /// 4yz: not now.
    Transient4,
    /// 5yz: not so.
    Permanent5,
}

/// What separates a reply code from the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Separator {
    /// A blank or nothing: this line is the last one.
    Last,
    /// A hyphen: more lines follow.
    More,
}

/// An enhanced status code (RFC 3463 section 2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EnhancedCode {
    /// 2, 4 or 5.
    pub class: u8,
    /// What it is about: 1 addresses, 2 the mailbox, 3 the system, 4 the network, 5 the protocol, 6 content, 7 policy.
    pub subject: u16,
    /// What exactly.
    pub detail: u16,
}

impl Reply {
    /// A reply from the lines behind its code; enhanced status codes are taken off them.
    pub fn new(code: u16, lines: Vec<Vec<u8>>) -> Self {
        let mut lines = lines;
        let enhanced = lines.iter().find_map(|line| fitting(code, line)).map(|(enhanced, _)| enhanced);
        for line in &mut lines {
            // A line with another code keeps it, so that nothing the server said is lost.
            if let Some((_, text)) = fitting(code, line).filter(|(own, _)| Some(*own) == enhanced) {
                let prefix = line.len() - text.len();
                line.drain(..prefix);
            }
        }
        Self { code, enhanced, lines }
    }

    /// What the first digit says; unknown codes are understood by it alone (RFC 5321 section 4.2.1).
    pub fn class(&self) -> Class {
        match self.code {
            ..300 => Class::Positive2,
            300..400 => Class::Intermediate3,
            400..500 => Class::Transient4,
            500.. => Class::Permanent5,
        }
    }

    /// Whether what was asked for is done (2yz).
    pub fn is_positive(&self) -> bool {
        self.class() == Class::Positive2
    }

    /// The lines' text as one line, sanitised.
    pub fn text(&self) -> String {
        sanitize(&self.raw_text())
    }

    /// The reply as the server's refusal of `verb`: the code as three digits, transient unless it is 5yz.
    pub fn rejection(&self, verb: &'static str) -> Rejection {
        Rejection {
            verb,
            code: Some(self.code.to_string()),
            enhanced: self.enhanced.map(|enhanced| enhanced.to_string()),
            text: sanitize_capped(&self.raw_text(), QUOTED),
            transient: self.class() != Class::Permanent5,
        }
    }

    /// The name under which the server keeps the message, where a positive reply says one in a way that is known:
    /// those of Postfix, Exim, Sendmail, OpenSMTPD, Exchange, Gmail, qmail, Haraka, Courier, Amazon SES, James and
    /// Dovecot's LMTP. Printable ASCII without blanks.
    pub fn queue_id(&self) -> Option<String> {
        if !self.is_positive() {
            return None;
        }
        let text = self.text();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        queue_id(&words).map(str::to_owned)
    }

    fn raw_text(&self) -> Vec<u8> {
        let lines: Vec<&[u8]> =
            self.lines.iter().map(|line| line.trim_ascii()).filter(|line| !line.is_empty()).collect();
        lines.join(&b' ')
    }
}

impl fmt::Display for Reply {
    /// Code, enhanced status code and text in one line, sanitised.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        match self.text() {
            text if text.is_empty() => Ok(()),
            text => write!(f, " {text}"),
        }
    }
}

impl EnhancedCode {
    /// A code at the start of a text, and the text behind it (RFC 2034 section 4).
    ///
    /// ```text
    /// status-code = class "." subject "." detail
    /// class       = "2" / "4" / "5"
    /// subject     = 1*3digit
    /// detail      = 1*3digit
    /// ```
    pub fn split(text: &[u8]) -> Option<(Self, &[u8])> {
        let (class, rest) = number(text)?;
        let (subject, rest) = number(rest.strip_prefix(b".")?)?;
        let (detail, rest) = number(rest.strip_prefix(b".")?)?;
        let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        let rest = match rest {
            [] => rest,
            [b' ' | b'\t', rest @ ..] => rest,
            _ => return None,
        };
        Some((Self { class, subject, detail }, rest))
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Takes a line of a reply apart.
///
/// ```text
/// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// ```
///
/// Nothing else is a reply: no 1yz or 6yz, no more or fewer than three digits, no other separator. Quirk: a code may
/// stand alone, or with a hyphen alone, since servers without a text leave the blank out too.
pub fn parse_line(line: &[u8]) -> Option<(u16, Separator, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = match digits {
        [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] => {
            digits.iter().fold(0, |code: u16, digit| code * 10 + u16::from(digit - b'0'))
        }
        _ => return None,
    };
    match rest {
        [] => Some((code, Separator::Last, rest)),
        [b' ', text @ ..] => Some((code, Separator::Last, text)),
        [b'-', text @ ..] => Some((code, Separator::More, text)),
        _ => None,
    }
}

/// Puts a reply together from its lines.
#[derive(Debug, Default)]
pub struct Assembler {
    code: Option<u16>,
    lines: Vec<Vec<u8>>,
    octets: usize,
}

/// Why a line does not continue a reply. The conversation is out of step then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// It is no reply line.
    NotAReply,
    /// Its code is of another class than those before.
    Contradiction,
    /// The reply has more than [`MAX_LINES`] lines or [`MAX_TEXT`] octets.
    TooLong,
}

impl Assembler {
    /// Takes the next line, without its line end; gives the reply with its last one and is empty again.
    ///
    /// Quirk: the codes of one reply may differ as long as they say the same; the last one counts. RFC 5321 section
    /// 4.2.1 forbids it, but servers put warnings in front so.
    pub fn push(&mut self, line: &[u8]) -> Result<Option<Reply>, Flaw> {
        let (code, separator, text) = parse_line(line).ok_or(Flaw::NotAReply)?;
        if self.code.is_some_and(|first| first / 100 != code / 100) {
            return Err(Flaw::Contradiction);
        }
        self.octets = self.octets.saturating_add(text.len());
        if self.octets > MAX_TEXT || self.lines.len() >= MAX_LINES {
            return Err(Flaw::TooLong);
        }
        self.code = Some(code);
        self.lines.push(text.to_vec());
        Ok(match separator {
            Separator::More => None,
            Separator::Last => Some(Reply::new(code, std::mem::take(self).lines)),
        })
    }

    /// Whether a reply was begun and is not complete.
    pub fn is_open(&self) -> bool {
        self.code.is_some()
    }
}

impl Flaw {
    /// The error of a line that was shown as `shown`, already sanitised.
    pub fn into_error(self, phase: Phase, shown: &str) -> Error {
        match self {
            Self::NotAReply => Error::protocol(phase, format!("expected a reply code, got \"{shown}\"")),
            Self::Contradiction => {
                Error::protocol(phase, format!("the lines of one reply contradict each other: \"{shown}\""))
            }
            Self::TooLong => Error::Limit { what: "a reply", limit: MAX_TEXT as u64 },
        }
    }
}

/// The enhanced status code that agrees with the reply code, and the text behind it (RFC 2034 section 4).
fn fitting(code: u16, line: &[u8]) -> Option<(EnhancedCode, &[u8])> {
    EnhancedCode::split(line).filter(|(enhanced, _)| u16::from(enhanced.class) == code / 100)
}

fn number(text: &[u8]) -> Option<(u16, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(length)?;
    match length {
        1..=3 => Some((digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')), rest)),
        _ => None,
    }
}

fn queue_id<'a>(words: &[&'a str]) -> Option<&'a str> {
    let is = |word: &str, other: &str| word.trim_end_matches([':', '.', ',']).eq_ignore_ascii_case(other);
    let after = |phrase: &[&str]| {
        let at = words.windows(phrase.len()).position(|seen| seen.iter().zip(phrase).all(|(a, b)| is(a, b)))?;
        words.get(at + phrase.len()).copied().and_then(identifier)
    };
    let before = |phrase: &[&str]| {
        let at = words.windows(phrase.len()).position(|seen| seen.iter().zip(phrase).all(|(a, b)| is(a, b)))?;
        words.get(at.checked_sub(1)?).copied().and_then(identifier)
    };
    let valued = |name: &str| {
        words.iter().find_map(|word| {
            let (key, value) = word.trim_start_matches(['[', '(']).split_once('=')?;
            key.eq_ignore_ascii_case(name).then(|| identifier(value)).flatten()
        })
    };
    let bracketed = |open: char, close: char| {
        let word = words.last()?;
        word.strip_prefix(open)?.trim_end_matches('.').strip_suffix(close).and_then(identifier)
    };
    after(&["queued", "as"])
        .or_else(|| after(&["queued", "with", "id"]))
        .or_else(|| valued("id"))
        .or_else(|| valued("InternalId"))
        .or_else(|| before(&["-", "gsmtp"]))
        .or_else(|| before(&["Message", "accepted"]).filter(|id| !is(id, "ok")))
        .or_else(|| after(&["qp"]))
        .or_else(|| before(&["Saved"]))
        .or_else(|| bracketed('(', ')').filter(|_| words.iter().any(|word| is(word, "queued"))))
        .or_else(|| bracketed('[', ']').filter(|_| words.iter().any(|word| is(word, "received"))))
        .or_else(|| match words {
            // Only what looks like one: a digit in it, and longer than a word of greeting.
            [ok, id] if is(ok, "ok") => identifier(id).filter(|id| id.len() >= 8),
            _ => None,
        })
}

fn identifier(word: &str) -> Option<&str> {
    let word = word.trim_matches(['.', ',', ';', '(', ')', '[', ']', '<', '>']);
    let fits = (1..=MAX_QUEUE_ID).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_graphic())
        && word.bytes().any(|byte| byte.is_ascii_digit());
    fits.then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_unsafe;

    fn reply(lines: &[&[u8]]) -> Result<Reply, Flaw> {
        let mut assembler = Assembler::default();
        for (i, line) in lines.iter().enumerate() {
            if let Some(reply) = assembler.push(line)? {
                assert_eq!(i + 1, lines.len());
                assert!(!assembler.is_open());
                return Ok(reply);
            }
            assert!(assembler.is_open());
        }
        panic!("unfinished");
    }

    #[test]
    fn lines_are_strict_but_for_a_missing_text() {
        assert_eq!(parse_line(b"250 ok"), Some((250, Separator::Last, b"ok".as_slice())));
        assert_eq!(parse_line(b"250-SIZE"), Some((250, Separator::More, b"SIZE".as_slice())));
        assert_eq!(parse_line(b"250"), Some((250, Separator::Last, b"".as_slice())));
        assert_eq!(parse_line(b"250-"), Some((250, Separator::More, b"".as_slice())));
        assert_eq!(parse_line(b"599 \xff"), Some((599, Separator::Last, b"\xff".as_slice())));
        for line in
            ["", "2", "25", "2500", "250ok", "25O ok", "150 ok", "650 ok", " 250 ok", "-25 ok", "2 0 ok", "250\tok"]
        {
            assert_eq!(parse_line(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn enhanced_codes_fit_the_class_or_are_text() {
        let one = |line: &str| reply(&[line.as_bytes()]).unwrap();
        let refused = one("550 5.1.1 <x@example.org>: unknown");
        assert_eq!(refused.enhanced, Some(EnhancedCode { class: 5, subject: 1, detail: 1 }));
        assert_eq!((refused.text().as_str(), refused.class()), ("<x@example.org>: unknown", Class::Permanent5));
        assert_eq!(one("250 2.0.0").enhanced.unwrap().to_string(), "2.0.0");
        assert_eq!(one("250 2.0.0").text(), "");
        for line in
            ["550 4.1.1 x", "550 5.1 x", "550 5.1.1.1 x", "550 5.1.1x", "550 5.1000.1 x", "550 x 5.1.1", "250 1.2.3"]
        {
            assert_eq!((one(line).enhanced, one(line).text()), (None, line[4..].to_owned()), "{line}");
        }
        let long = reply(&[b"550-5.7.26 one", b"550-5.7.26 two ", b"550-", b"550-5.7.1 other", b"550 5.7.26"]).unwrap();
        assert_eq!(long.text(), "one two 5.7.1 other");
        assert_eq!(long.to_string(), "550 5.7.26 one two 5.7.1 other");
    }

    #[test]
    fn codes_of_one_reply_agree_in_what_they_say() {
        assert_eq!(reply(&[b"250-a", b"251 b"]).unwrap().code, 251);
        assert_eq!(reply(&[b"250-a", b"550 b"]), Err(Flaw::Contradiction));
        assert_eq!(reply(&[b"250-a", b"b"]), Err(Flaw::NotAReply));
    }

    #[test]
    fn a_reply_without_end_is_refused() {
        let mut assembler = Assembler::default();
        let refused = (0..=MAX_LINES).find_map(|_| assembler.push(b"250-").err());
        assert_eq!(refused, Some(Flaw::TooLong));
        let (mut assembler, line) = (Assembler::default(), [b"250-".as_slice(), &[b'x'; 60_000]].concat());
        assert!((0..18).any(|_| assembler.push(&line) == Err(Flaw::TooLong)));
    }

    #[test]
    fn refusals_as_data() {
        let rejection = reply(&[b"452-4.2.2 over\x1b[31m", b"452 4.2.2 quota"]).unwrap().rejection("RCPT");
        assert_eq!(rejection.to_string(), "RCPT: 452 4.2.2 over^[[31m quota");
        assert!(rejection.transient);
        assert!(!reply(&[b"550"]).unwrap().rejection("RCPT").transient);
    }

    #[test]
    fn queue_identifiers_of_common_servers() {
        for (line, id) in [
            ("250 2.0.0 Ok: queued as 4F2bC16gGkz9", Some("4F2bC16gGkz9")),
            ("250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 7D4F520A1B", Some("7D4F520A1B")),
            ("250 OK id=1rAbCd-0001Ab-2C", Some("1rAbCd-0001Ab-2C")),
            ("250 2.0.0 r4QGxyz1012345 Message accepted for delivery", Some("r4QGxyz1012345")),
            ("250 2.0.0 6b3c8a0e Message accepted for delivery", Some("6b3c8a0e")),
            (
                "250 2.6.0 <a@b.example> [InternalId=123456789, Hostname=X.prod.example] 8123 bytes in 0.1, 70 KB/sec Queued mail for delivery",
                Some("123456789"),
            ),
            ("250 2.0.0 OK  1700000000 d9443c01a7336-1c5csi123plb.12 - gsmtp", Some("d9443c01a7336-1c5csi123plb.12")),
            ("250 ok 1700000000 qp 12345", Some("12345")),
            ("250 Message Queued (5B1A8F1E-AA.1)", Some("5B1A8F1E-AA.1")),
            ("250 Ok 0100018c1234abcd-000000", Some("0100018c1234abcd-000000")),
            ("250 Ok. 000000000065A1B2.00001", Some("000000000065A1B2.00001")),
            ("250 2.0.0 <ann@example.org> tLKzGf5PqWVxAAAA1QwzkA:0 Saved", Some("tLKzGf5PqWVxAAAA1QwzkA:0")),
            ("250 2.6.0 Message received [abc-123]", Some("abc-123")),
            ("250 Message queued with id 1a2b", Some("1a2b")),
            ("250 2.0.0 Ok", None),
            ("250", None),
            ("250 OK Message accepted", None),
            ("250 queued as", None),
            ("250 ok welcome", None),
            ("250 queued as 1\x1b[31m", Some("1^[[31m")),
            ("550 queued as 4F2bC16gGkz9", None),
        ] {
            assert_eq!(reply(&[line.as_bytes()]).unwrap().queue_id().as_deref(), id, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(lines in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "[2-5][0-9]{2}[- ]?([245]\\.[0-9]{1,4}\\.[0-9]{0,4} ?)?.{0,30}".prop_map(String::into_bytes),
        ], 1..6)) {
            let mut assembler = Assembler::default();
            for line in &lines {
                match assembler.push(line) {
                    Ok(Some(reply)) => {
                        prop_assert!((200..600).contains(&reply.code));
                        prop_assert!(!reply.to_string().chars().any(is_unsafe));
                        prop_assert!(!reply.rejection("X").to_string().chars().any(is_unsafe));
                        prop_assert!(reply.enhanced.is_none_or(|own| u16::from(own.class) == reply.code / 100));
                        prop_assert!(reply.queue_id().is_none_or(|id| id.bytes().all(|byte| byte.is_ascii_graphic())));
                    }
                    Ok(None) => {}
                    Err(_) => break,
                }
            }
        }
    }
}
