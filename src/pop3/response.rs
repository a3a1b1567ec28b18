//! Status lines: `+OK`, `-ERR` with response codes (RFC 2449 section 8, RFC 3206, RFC 6856), and SASL challenges.

use crate::error::Rejection;

/// A status line, taken apart. The text is raw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status<'a> {
    /// `+OK` and its text.
    Ok(&'a [u8]),
    /// `-ERR` and its text.
    Err(&'a [u8]),
    /// `+ ` and base64: a challenge (RFC 5034 section 4).
    Continue(&'a [u8]),
}

/// ```text
/// response     = ok / err / continue-req
/// ok           = "+OK" [SP text]
/// err          = "-ERR" [SP text]
/// continue-req = "+" SP [base64]
/// ```
///
/// Quirk: the indicator is compared caseless, since some servers write `+Ok`. `+OKAY` is no indicator.
pub fn status(line: &[u8]) -> Option<Status<'_>> {
    let (word, text) = match line.iter().position(|byte| matches!(byte, b' ' | b'\t')) {
        Some(at) => {
            let (word, rest) = line.split_at(at);
            (word, rest.get(1..).unwrap_or_default())
        }
        None => (line, [].as_slice()),
    };
    match word {
        b"+" => Some(Status::Continue(text)),
        _ if word.eq_ignore_ascii_case(b"+OK") => Some(Status::Ok(text)),
        _ if word.eq_ignore_ascii_case(b"-ERR") => Some(Status::Err(text)),
        _ => None,
    }
}

/// A response code at the start of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResponseCode {
    /// The mailbox is locked by another session; the credentials were right (RFC 2449 section 8.1.2).
    InUse,
    /// Too soon after the last login (RFC 2449 section 8.1.1).
    LoginDelay,
    /// A failure of the server that may pass (RFC 3206 section 4).
    SysTemp,
    /// A failure of the server that a person must mend (RFC 3206 section 4).
    SysPerm,
    /// The credentials were refused (RFC 3206 section 5).
    Auth,
    /// The message or command needs UTF-8 mode (RFC 6856 section 5).
    Utf8,
}

impl ResponseCode {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "IN-USE",
            Self::LoginDelay => "LOGIN-DELAY",
            Self::SysTemp => "SYS/TEMP",
            Self::SysPerm => "SYS/PERM",
            Self::Auth => "AUTH",
            Self::Utf8 => "UTF8",
        }
    }

    /// Whether trying again later may succeed.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::InUse | Self::LoginDelay | Self::SysTemp)
    }
}

/// Splits a known response code off a text.
///
/// ```text
/// resp-code = "[" resp-level *("/" resp-level) "]"
/// ```
///
/// Codes are hierarchical: an unknown level below a known one counts as the known one. An unknown code is left in the text.
pub fn response_code(text: &[u8]) -> (Option<ResponseCode>, &[u8]) {
    let Some((code, rest)) = bracketed(text) else { return (None, text) };
    let mut levels = code.split(|&byte| byte == b'/');
    let (first, second) = (levels.next().unwrap_or_default(), levels.next());
    let is = |level: &[u8], name: &str| level.eq_ignore_ascii_case(name.as_bytes());
    let known = match second {
        Some(second) if is(first, "SYS") && is(second, "TEMP") => ResponseCode::SysTemp,
        Some(second) if is(first, "SYS") && is(second, "PERM") => ResponseCode::SysPerm,
        _ if is(first, "IN-USE") => ResponseCode::InUse,
        _ if is(first, "LOGIN-DELAY") => ResponseCode::LoginDelay,
        _ if is(first, "AUTH") => ResponseCode::Auth,
        _ if is(first, "UTF8") => ResponseCode::Utf8,
        _ => return (None, text),
    };
    (Some(known), rest)
}

/// The refusal as data; `text` is what follows `-ERR`, and `show` makes it safe to print.
pub fn rejection(verb: &'static str, text: &[u8], codes: Codes, show: impl Fn(&[u8]) -> String) -> Rejection {
    let (code, text) = match codes {
        Codes::Trusted => response_code(text),
        Codes::Ignored => (None, text),
    };
    Rejection {
        verb,
        code: code.map(|code| code.name().to_owned()),
        enhanced: None,
        text: show(text),
        transient: code.is_some_and(ResponseCode::is_transient),
    }
}

/// Whether bracketed codes mean anything: only once a server said `RESP-CODES`, or before it could say (its greeting).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Codes {
    /// They do.
    Trusted,
    /// The server did not announce them.
    Ignored,
}

fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let (code, rest) = inner.split_at(memchr::memchr(b']', inner)?);
    let rest = rest.strip_prefix(b"]")?;
    Some((code, rest.strip_prefix(b" ").unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_strict_words_without_case() {
        assert_eq!(status(b"+OK"), Some(Status::Ok(b"")));
        assert_eq!(status(b"+ok hello"), Some(Status::Ok(b"hello")));
        assert_eq!(status(b"-ERR [AUTH] no"), Some(Status::Err(b"[AUTH] no")));
        assert_eq!(status(b"+ "), Some(Status::Continue(b"")));
        assert_eq!(status(b"+"), Some(Status::Continue(b"")));
        assert_eq!(status(b"+ dGVzdA=="), Some(Status::Continue(b"dGVzdA==")));
        for line in ["", "+OKAY", " +OK", "OK", "-ERRor", "220 hi", "* OK", "+OK\u{a0}x"] {
            assert_eq!(status(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn codes_are_hierarchical_and_unknown_ones_stay_text() {
        assert_eq!(response_code(b"[IN-USE] busy"), (Some(ResponseCode::InUse), b"busy".as_slice()));
        assert_eq!(response_code(b"[sys/temp]x"), (Some(ResponseCode::SysTemp), b"x".as_slice()));
        assert_eq!(response_code(b"[SYS/TEMP/DISK] x").0, Some(ResponseCode::SysTemp));
        assert_eq!(response_code(b"[AUTH/EXPIRED] x").0, Some(ResponseCode::Auth));
        for text in ["[SYS] x", "[SYS/NEW] x", "[FOO] x", "[IN-USE x", "IN-USE]", "[]", ""] {
            assert_eq!(response_code(text.as_bytes()), (None, text.as_bytes()), "{text}");
        }
    }
}
