//! The values of MAIL's and RCPT's parameters, from text and back.

use std::fmt;
use std::time::SystemTime;

use crate::addr_spec::AddrSpec;
use crate::error::{Error, Result};
use crate::text::{rfc3339, sanitize_capped};

/// The longest ENVID, in characters as sent (RFC 3461 section 4.4).
pub const MAX_ENVID: usize = 100;

/// The longest time that BY and HOLDFOR can say, in seconds: nine digits (RFC 2852 section 4, RFC 4865 section 4).
const MAX_SECONDS: u64 = 999_999_999;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 60;

/// When a recipient's delivery is reported on (RFC 3461 section 4.1).
///
/// ```text
/// notify-esmtp-value = "NEVER" / 1#notify-list-element
/// notify-list-element = "SUCCESS" / "FAILURE" / "DELAY"
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notify {
    success: bool,
    failure: bool,
    delay: bool,
}

impl Notify {
    /// Never, whatever happens.
    pub const NEVER: Self = Self { success: false, failure: false, delay: false };

    /// Parses `never`, or one or more of `success`, `failure` and `delay` with commas between, in any case.
    ///
    /// Fails with [`Error::InvalidInput`] on anything else.
    pub fn parse(text: &str) -> Result<Self> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self::NEVER);
        }
        let mut notify = Self::NEVER;
        for word in text.split(',') {
            match word.to_ascii_lowercase().as_str() {
                "success" => notify.success = true,
                "failure" => notify.failure = true,
                "delay" => notify.delay = true,
                "never" => return Err(invalid(text, "notification", "never stands alone")),
                _ => return Err(invalid(text, "notification", "it is never, or of success, failure and delay")),
            }
        }
        Ok(notify)
    }
}

impl fmt::Display for Notify {
    /// The value of NOTIFY.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [(self.success, "SUCCESS"), (self.failure, "FAILURE"), (self.delay, "DELAY")];
        match words.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect::<Vec<_>>() {
            words if words.is_empty() => f.write_str("NEVER"),
            words => f.write_str(&words.join(",")),
        }
    }
}

/// How much of a message a report of failure repeats (RFC 3461 section 4.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

impl Ret {
    /// Parses `full` or `hdrs` in any case; fails with [`Error::InvalidInput`] on anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "hdrs" => Ok(Self::Headers),
            _ => Err(invalid(text, "part of a message", "it is full or hdrs")),
        }
    }
}

impl fmt::Display for Ret {
    /// The value of RET.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        })
    }
}

/// Who submitted a message, as far as a trusted relay may say (RFC 4954 section 5).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthParameter {
    /// This one.
    Mailbox(AddrSpec),
    /// Nobody knows: `<>`.
    Unknown,
}

impl AuthParameter {
    /// Parses an address, or `<>`. Fails with [`Error::InvalidInput`] on anything else, and on an address that is not
    /// ASCII in its local part or has no domain.
    pub fn parse(text: &str) -> Result<Self> {
        if text == "<>" {
            return Ok(Self::Unknown);
        }
        let address = AddrSpec::parse(text)?.ascii_domain()?;
        if address.domain().is_none() {
            return Err(invalid(text, "mailbox for AUTH=", "it has no domain"));
        }
        match address.needs_smtputf8() {
            true => Err(invalid(text, "mailbox for AUTH=", "it is not ASCII")),
            false => Ok(Self::Mailbox(address)),
        }
    }
}

impl fmt::Display for AuthParameter {
    /// The address without brackets, or `<>`; not encoded yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(address) => address.fmt(f),
            Self::Unknown => f.write_str("<>"),
        }
    }
}

/// When a message must have been delivered, and what is to happen otherwise (RFC 2852 section 4).
///
/// ```text
/// by-value = by-time ";" by-mode [by-trace]
/// by-time  = ["-" / "+"] 1*9digit
/// by-mode  = "N" / "R"
/// by-trace = "T"
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeliverBy {
    /// Seconds from now; negative when the time was over already as this server got it.
    pub seconds: i64,
    /// What happens when the time is over.
    pub mode: ByMode,
    /// Whether every server on the way reports that it relayed the message.
    pub trace: bool,
}

/// What happens to a message that was not delivered in time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ByMode {
    /// The sender is told; delivery goes on.
    Notify,
    /// It is returned.
    Return,
}

impl DeliverBy {
    /// Parses a time and, behind a semicolon, a mode as in RFC 2852: `3600;R`, `2h;n`, `-60;NT`; without a mode the sender
    /// is told. The time is in seconds, or with one of the units s, m, h, d.
    ///
    /// Fails with [`Error::InvalidInput`] on anything else, on more than nine digits of seconds, and on a time that is over
    /// in return mode.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = |why| invalid(text, "time of delivery", why);
        let (time, mode) = text.split_once(';').unwrap_or((text, "N"));
        let (sign, digits) = match time.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, time.strip_prefix('+').unwrap_or(time)),
        };
        let seconds = seconds(digits).map_err(fail)?;
        let (mode, trace) = match mode.to_ascii_uppercase().as_str() {
            "N" => (ByMode::Notify, false),
            "NT" => (ByMode::Notify, true),
            "R" => (ByMode::Return, false),
            "RT" => (ByMode::Return, true),
            _ => return Err(fail("behind the ; stands N (notify) or R (return), and T for a trace")),
        };
        let seconds = sign * i64::try_from(seconds).map_err(|_| fail("it is too long"))?;
        if mode == ByMode::Return && seconds <= 0 {
            return Err(fail("a message that is to be returned needs some time"));
        }
        Ok(Self { seconds, mode, trace })
    }
}

impl fmt::Display for DeliverBy {
    /// The value of BY.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            ByMode::Notify => "N",
            ByMode::Return => "R",
        };
        write!(f, "{};{mode}{}", self.seconds, if self.trace { "T" } else { "" })
    }
}

/// Until when a server holds a message before it sends it on (RFC 4865 section 4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hold {
    /// For so many seconds.
    For(u64),
    /// Until a point in time, to the second.
    Until(SystemTime),
}

impl Hold {
    /// Parses seconds, or a time with one of the units s, m, h, d, or a point in time as in RFC 3339
    /// (`2030-01-02T03:04:05Z`).
    ///
    /// Fails with [`Error::InvalidInput`] on anything else, and on more than nine digits of seconds.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = |why| invalid(text, "time to hold a message", why);
        if text.contains(['T', 't', ':']) {
            let time = text.parse::<jiff::Timestamp>();
            return time
                .map(|time| Self::Until(time.into()))
                .map_err(|_| fail("it is no point in time as in RFC 3339"));
        }
        match seconds(text).map_err(fail)? {
            0 => Err(fail("it is zero")),
            seconds => Ok(Self::For(seconds)),
        }
    }
}

impl fmt::Display for Hold {
    /// The whole parameter, since its keyword depends on the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(seconds) => write!(f, "HOLDFOR={seconds}"),
            Self::Until(time) => write!(f, "HOLDUNTIL={}", rfc3339(*time)),
        }
    }
}

/// Checks an envelope identifier: printable ASCII, not more than [`MAX_ENVID`] characters once encoded (RFC 3461 section
/// 4.4). Fails with [`Error::InvalidInput`] otherwise.
pub fn envid(text: &str) -> Result<String> {
    let fail = |why| Err(invalid(text, "envelope identifier", why));
    if text.is_empty() {
        return fail("it is empty");
    }
    if !is_printable(text) {
        return fail("it holds something other than printable ASCII");
    }
    match xtext(text).len() {
        ..=MAX_ENVID => Ok(text.to_owned()),
        _ => fail("it is longer than 100 characters"),
    }
}

/// Parses a priority, -9 to 9 (RFC 6710 section 5); fails with [`Error::InvalidInput`] on anything else.
pub fn priority(text: &str) -> Result<i8> {
    match text.parse::<i8>() {
        Ok(priority @ -9..=9) => Ok(priority),
        _ => Err(invalid(text, "priority", "it is a number from -9 to 9")),
    }
}

/// Encodes a value for MAIL, RCPT or XCLIENT (RFC 3461 section 4).
///
/// ```text
/// xtext   = *( xchar / hexchar )
/// xchar   = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
/// hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
/// ```
pub fn xtext(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'+' | b'=' => out.push_str(&format!("+{byte:02X}")),
            b'!'..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}

/// Encodes an original recipient, `type;address` (RFC 3461 section 4.2). Behind the type `utf-8` everything but plain
/// ASCII becomes `\x{…}`, which every server takes (RFC 6533 section 3).
///
/// Fails with [`Error::InvalidInput`] if there is no type, on control characters, and on an address that is not ASCII
/// behind another type.
pub fn orcpt(text: &str) -> Result<String> {
    let fail = |why| Err(invalid(text, "original recipient", why));
    let Some((kind, address)) = text.split_once(';') else { return fail("it has no type, such as rfc822;") };
    let is_atom = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_atom || address.is_empty() {
        return fail("a type or the address is missing");
    }
    if address.chars().any(char::is_control) {
        return fail("it holds a control character");
    }
    if kind.eq_ignore_ascii_case("utf-8") {
        let encode = |c: char| match c {
            '+' | '=' | '\\' => format!("\\x{{{:X}}}", u32::from(c)),
            '!'..='~' => c.to_string(),
            _ => format!("\\x{{{:X}}}", u32::from(c)),
        };
        return Ok(format!("{kind};{}", address.chars().map(encode).collect::<String>()));
    }
    match is_printable(address) {
        true => Ok(format!("{kind};{}", xtext(address))),
        false => fail("behind this type it must be ASCII"),
    }
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn seconds(text: &str) -> Result<u64, &'static str> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 60 * 60),
        Some((at, 'd')) => (text.get(..at), 24 * 60 * 60),
        _ => (Some(text), 1),
    };
    let digits = digits.filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.ok_or("it is a number of seconds, or one with s, m, h or d behind it")?;
    match digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(seconds @ ..=MAX_SECONDS) => Ok(seconds),
        _ => Err("it is longer than 999999999 seconds"),
    }
}

fn invalid(text: &str, what: &str, why: &str) -> Error {
    Error::InvalidInput(format!("\"{}\" is not a valid {what}: {why}", sanitize_capped(text.as_bytes(), SHOWN)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_unsafe;

    #[test]
    fn notifications() {
        for (text, value) in [
            ("never", "NEVER"),
            ("Delay", "DELAY"),
            ("delay,SUCCESS,failure", "SUCCESS,FAILURE,DELAY"),
            ("failure,failure", "FAILURE"),
        ] {
            assert_eq!(Notify::parse(text).unwrap().to_string(), value);
        }
        for text in ["", "never,delay", "delay,never", "delay,", "success failure", "NEVER\r\n", "all"] {
            assert!(Notify::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Ret::parse("HDRS").unwrap().to_string(), "HDRS");
        assert_eq!(Ret::parse("full").unwrap().to_string(), "FULL");
        assert!(Ret::parse("headers").is_err());
    }

    #[test]
    fn times() {
        for (text, value) in [
            ("3600", "3600;N"),
            ("2h;r", "7200;R"),
            ("+10m;NT", "600;NT"),
            ("-60;N", "-60;N"),
            ("1d;RT", "86400;RT"),
            ("0;N", "0;N"),
        ] {
            assert_eq!(DeliverBy::parse(text).unwrap().to_string(), value, "{text}");
        }
        for text in
            ["", ";R", "0;R", "-1;R", "5;", "5;X", "5;T", "--5", "+-5", "5w", "9999999999", "999999d", "5 ", "ä"]
        {
            assert!(DeliverBy::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(Hold::parse("90m").unwrap().to_string(), "HOLDFOR=5400");
        let until = Hold::parse("2030-01-02T03:04:05+01:00").unwrap();
        assert_eq!(until.to_string(), "HOLDUNTIL=2030-01-02T02:04:05Z");
        for text in
            ["", "0", "-5", "tomorrow", "2030-01-02", "2030-01-02T03:04:05", "2030-13-02T03:04:05Z", "m", "5\r\n"]
        {
            assert!(Hold::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn who_submitted() {
        assert_eq!(AuthParameter::parse("<>").unwrap(), AuthParameter::Unknown);
        assert_eq!(AuthParameter::parse("<e+f@Example.org>").unwrap().to_string(), "e+f@example.org");
        for text in ["", "ann", "änn@example.org", "ann@example.org SIZE=1", "<>\r\n"] {
            assert!(AuthParameter::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn identifiers_and_priorities() {
        assert_eq!(envid("QQ314159 +=").unwrap(), "QQ314159 +=");
        assert!(envid(&"x".repeat(100)).is_ok());
        for text in ["", &"x".repeat(101), &"+".repeat(34), "a\r\nb", "a\0", "ä", "\t"] {
            assert!(envid(text).is_err(), "{text:?}");
        }
        assert_eq!((priority("-9").unwrap(), priority("9").unwrap(), priority("+3").unwrap()), (-9, 9, 3));
        for text in ["10", "-10", "", "high", "1\n", "999"] {
            assert!(priority(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn encoded_values() {
        assert_eq!(xtext("a+b=c d~!\r\n\0"), "a+2Bb+3Dc+20d~!+0D+0A+00");
        assert_eq!(orcpt("rfc822;a+b@example.org").unwrap(), "rfc822;a+2Bb@example.org");
        assert_eq!(orcpt("utf-8;jö+e\\@example.org").unwrap(), "utf-8;j\\x{F6}\\x{2B}e\\x{5C}@example.org");
        for text in
            ["ann@example.org", ";a@b", "rfc822;", "rfc 822;a", "rfc822;a\r\nb", "rfc822;ä@b", "utf-8;a\u{85}", "ä;x"]
        {
            assert!(orcpt(text).is_err(), "{text:?}");
        }
    }

    fn unxtext(text: &str) -> Option<Vec<u8>> {
        let mut bytes = text.bytes();
        let mut out = Vec::new();
        while let Some(byte) = bytes.next() {
            out.push(match byte {
                b'+' => {
                    let pair = [bytes.next()?, bytes.next()?];
                    u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?
                }
                b'=' => return None,
                byte @ b'!'..=b'~' => byte,
                _ => return None,
            });
        }
        Some(out)
    }

    proptest! {
        #[test]
        fn xtext_decodes_to_what_was_encoded(text in "(?s:.){0,40}") {
            prop_assert_eq!(unxtext(&xtext(&text)).unwrap(), text.as_bytes());
        }

        #[test]
        fn no_text_panics_and_what_is_taken_is_one_word(text in prop_oneof![
            "(?s:.){0,20}",
            "[-+]?[0-9]{0,12}[smhd]?(;[NRT]{0,3})?[\r\n ]?",
            "(rfc822|utf-8|.{0,3});(?s:.){0,20}",
        ]) {
            let values = [
                Notify::parse(&text).map(|value| value.to_string()),
                Ret::parse(&text).map(|value| value.to_string()),
                DeliverBy::parse(&text).map(|value| value.to_string()),
                Hold::parse(&text).map(|value| value.to_string()),
                priority(&text).map(|value| value.to_string()),
                AuthParameter::parse(&text).map(|value| xtext(&value.to_string())),
                envid(&text).map(|value| xtext(&value)),
                orcpt(&text),
            ];
            for value in values {
                match value {
                    Ok(value) => prop_assert!(value.bytes().all(|byte| byte.is_ascii_graphic()), "{value:?}"),
                    Err(error) => prop_assert!(!error.to_string().chars().any(is_unsafe), "{error:?}"),
                }
            }
        }
    }
}
