//! SOCKS5: method selection and the CONNECT request (RFC 1928), user and password (RFC 1929).

use std::net::IpAddr;

use zeroize::Zeroizing;

use super::{Host, Target, Wire};
use crate::error::{Error, Result};
use crate::secret::Secret;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

pub(super) fn negotiate(wire: &mut Wire<'_>, target: &Target<'_>) -> Result<()> {
    let credentials = wire.proxy.user.as_deref().zip(wire.proxy.password.as_ref());
    match credentials {
        Some(_) => wire.send(&[VERSION, 2, NO_AUTHENTICATION, USER_PASSWORD])?,
        None => wire.send(&[VERSION, 1, NO_AUTHENTICATION])?,
    }
    let [version, method] = wire.receive()?;
    check_version(wire, version)?;
    match (method, credentials) {
        (NO_AUTHENTICATION, _) => {}
        (USER_PASSWORD, Some((user, password))) => authenticate(wire, user, password)?,
        (NONE_ACCEPTABLE, Some(_)) => return Err(wire.error(false, "it accepts neither a password nor none")),
        (NONE_ACCEPTABLE | USER_PASSWORD, None) => {
            return Err(wire.error(
                false,
                "it asks for a user and a password: name the user in the proxy's URL and set MAILWIRE_PROXY_PASSWORD",
            ));
        }
        (method, _) => return Err(wire.error(false, format!("it chose method {method}, which was not offered"))),
    }
    request(wire, target)
}

/// RFC 1929 section 2.
fn authenticate(wire: &mut Wire<'_>, user: &str, password: &Secret) -> Result<()> {
    let (Ok(user_size), Ok(password_size)) = (u8::try_from(user.len()), u8::try_from(password.expose().len())) else {
        return Err(Error::InvalidInput("a SOCKS5 user and password may have 255 octets each".into()));
    };
    let mut message = Zeroizing::new(Vec::with_capacity(3 + user.len() + password.expose().len()));
    message.extend_from_slice(&[1, user_size]);
    message.extend_from_slice(user.as_bytes());
    message.push(password_size);
    message.extend_from_slice(password.expose());
    wire.send(&message)?;
    match wire.receive()? {
        // Some servers answer with the version of SOCKS in place of the sub-negotiation's: only the status counts.
        [_, 0] => Ok(()),
        [_, status] => Err(wire.error(false, format!("user or password not accepted (status {status})"))),
    }
}

/// RFC 1928 sections 4 to 6.
fn request(wire: &mut Wire<'_>, target: &Target<'_>) -> Result<()> {
    let mut message = vec![VERSION, 1, 0];
    match target.host {
        Host::Ip(IpAddr::V4(ip)) => {
            message.push(1);
            message.extend_from_slice(&ip.octets());
        }
        Host::Ip(IpAddr::V6(ip)) => {
            message.push(4);
            message.extend_from_slice(&ip.octets());
        }
        Host::Name(name) => {
            let size = u8::try_from(name.len())
                .map_err(|_| Error::InvalidInput("a host name may have 255 octets for SOCKS5".into()))?;
            message.extend_from_slice(&[3, size]);
            message.extend_from_slice(name.as_bytes());
        }
    }
    message.extend_from_slice(&target.port.to_be_bytes());
    wire.send(&message)?;

    // Errors first: some servers close right after the code, without the address that should follow.
    let [version, code] = wire.receive()?;
    check_version(wire, version)?;
    if code != 0 {
        let (words, transient) = reply(code);
        return Err(wire.error(transient, format!("{words} ({target}, reply {code})")));
    }
    let [_reserved, kind] = wire.receive()?;
    let size = match kind {
        1 => 4,
        3 => usize::from(wire.receive::<1>()?[0]),
        4 => 16,
        kind => return Err(wire.error(false, format!("its answer has an address of unknown type {kind}"))),
    };
    // The address that the proxy connects from, and its port, tell us nothing.
    let mut bound = vec![0; size + 2];
    wire.receive_into(&mut bound)
}

/// RFC 1928 section 6, and whether the same request may succeed later.
fn reply(code: u8) -> (&'static str, bool) {
    match code {
        1 => ("general failure", true),
        2 => ("connection not allowed by its rules", false),
        3 => ("network unreachable", true),
        4 => ("host unreachable", true),
        5 => ("connection refused", true),
        6 => ("the connection took too long", true),
        7 => ("it does not know the command CONNECT", false),
        8 => ("it does not know this type of address", false),
        _ => ("unknown failure", false),
    }
}

fn check_version(wire: &Wire<'_>, version: u8) -> Result<()> {
    match version {
        VERSION => Ok(()),
        b'H' => Err(wire.error(false, "it does not speak SOCKS5 but, it seems, HTTP: try http:// in its URL")),
        version => Err(wire.error(false, format!("it does not speak SOCKS5 (it answered with version {version})"))),
    }
}
