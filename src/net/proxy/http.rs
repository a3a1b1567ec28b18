//! HTTP CONNECT (RFC 9110 section 9.3.6) in HTTP/1.1 (RFC 9112), with Basic authentication (RFC 7617).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::{Target, Wire};
use crate::error::Result;
use crate::text::sanitize;

/// The most octets that answers may have up to the end of the last header.
const MAX_ANSWER: usize = 16 * 1024;

/// The most lines that they may have.
const MAX_LINES: usize = 100;

pub(super) fn negotiate(wire: &mut Wire<'_>, target: &Target<'_>) -> Result<()> {
    let mut request = Zeroizing::new(Vec::with_capacity(1024));
    request.extend_from_slice(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").as_bytes());
    if let Some(user) = &wire.proxy.user {
        let mut pair = Zeroizing::new(Vec::with_capacity(512));
        pair.extend_from_slice(user.as_bytes());
        pair.push(b':');
        if let Some(password) = &wire.proxy.password {
            pair.extend_from_slice(password.expose());
        }
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(&pair));
        request.extend_from_slice(b"Proxy-Authorization: Basic ");
        request.extend_from_slice(encoded.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    wire.send(&request)?;

    let mut limit = Limit { octets: MAX_ANSWER, lines: MAX_LINES };
    loop {
        let status_line = line(wire, &mut limit)?;
        let (code, reason) = parse_status(&status_line).ok_or_else(|| {
            let shown = sanitize(&status_line);
            wire.error(false, format!("it does not speak HTTP (it answered \"{shown}\")"))
        })?;
        // Of a success nothing but the headers belongs to the proxy, whatever length they announce.
        while !line(wire, &mut limit)?.is_empty() {}
        match code {
            100..=199 => {}
            200..=299 => return Ok(()),
            code => return Err(refusal(wire, target, code, reason)),
        }
    }
}

fn refusal(wire: &Wire<'_>, target: &Target<'_>, code: u16, reason: &[u8]) -> crate::Error {
    // Cut by the error itself, once the password is masked.
    let reason = sanitize(reason);
    match code {
        407 if wire.proxy.user.is_some() => wire.error(false, format!("user or password not accepted: 407 {reason}")),
        407 => {
            wire.error(false, format!("407 {reason}: name the user in the proxy's URL and set MAILWIRE_PROXY_PASSWORD"))
        }
        // Request timeout, too many requests: both say "later" (RFC 9110 section 15.5.9, RFC 6585 section 4).
        408 | 429 | 500.. => wire.error(true, format!("no connection to {target}: {code} {reason}")),
        code => wire.error(false, format!("no connection to {target}: {code} {reason}")),
    }
}

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 section 4).
///
/// The space before an empty reason may be missing: proxies leave it out.
fn parse_status(line: &[u8]) -> Option<(u16, &[u8])> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let [minor, b' ', code @ ..] = rest else { return None };
    let (code, reason) = code.split_at_checked(3)?;
    if !minor.is_ascii_digit() || !code.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = std::str::from_utf8(code).ok()?.parse().ok().filter(|code| (100..600).contains(code))?;
    match reason {
        [] => Some((code, reason)),
        [b' ', reason @ ..] => Some((code, reason)),
        _ => None,
    }
}

struct Limit {
    octets: usize,
    lines: usize,
}

/// A line without its end. A bare LF ends it as well (RFC 9112 section 2.2).
///
/// It is read octet by octet: what follows the last header is the server's and must stay in the socket.
fn line(wire: &mut Wire<'_>, limit: &mut Limit) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    limit.lines = limit.lines.checked_sub(1).ok_or_else(|| too_long(wire))?;
    loop {
        limit.octets = limit.octets.checked_sub(1).ok_or_else(|| too_long(wire))?;
        match wire.receive()? {
            [b'\n'] => break,
            [octet] => line.push(octet),
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(line)
}

fn too_long(wire: &Wire<'_>) -> crate::Error {
    wire.error(false, format!("its answer exceeds {MAX_LINES} lines or {MAX_ANSWER} octets"))
}
