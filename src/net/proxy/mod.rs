//! Connections through a proxy: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 section 9.3.6).
//!
//! A proxied connection crosses a network: it is never private, whatever the proxy is.

mod http;
mod socks5;

use std::fmt;
use std::io;
use std::net::IpAddr;

use super::connect::{ConnectOptions, connect_tcp, resolve_noted};
use super::deadline::Deadline;
use super::tcp::TcpTransport;
use super::wait::Interest;
use super::{Transport, network};
use crate::endpoint::{ascii_host, invalid, percent_decode, split_port};
use crate::error::{Error, Phase, Result};
use crate::secret::{Masker, Secret};
use crate::text::{sanitize, sanitize_capped};

/// How much of a proxy's own words an error shows, in characters.
const SHOWN: usize = 160;

/// What a proxy speaks, and who resolves the server's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProxyKind {
    /// SOCKS5; the name is resolved here.
    Socks5,
    /// SOCKS5; the proxy resolves the name.
    Socks5h,
    /// HTTP CONNECT in clear to the proxy; the proxy resolves the name.
    Http,
}

/// A proxy to connect through.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proxy {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Its host name in A-label form, or an IP literal without brackets.
    pub host: String,
    /// Its TCP port.
    pub port: u16,
    /// The user to authenticate as.
    pub user: Option<String>,
    /// The user's password; never part of the URL.
    pub password: Option<Secret>,
}

impl Proxy {
    /// Parses `socks5://[user@]host[:port]`, `socks5h://…` or `http://…`; default ports are 1080 and 80.
    ///
    /// Fails with [`Error::InvalidInput`] on a password in the URL, an unknown scheme or control characters.
    pub fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| invalid(url, "it has no scheme such as socks5h://"))?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (userinfo, hostport) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if userinfo.is_some_and(|info| info.contains(':')) {
            // The URL is not repeated: it holds the password.
            return Err(Error::InvalidInput(
                "a proxy's password does not belong in its URL: set MAILWIRE_PROXY_PASSWORD or use the \
                 configuration file"
                    .into(),
            ));
        }
        let (kind, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "socks5" => (ProxyKind::Socks5, 1080),
            "socks5h" => (ProxyKind::Socks5h, 1080),
            "http" => (ProxyKind::Http, 80),
            _ => return Err(invalid(url, "its scheme is not socks5, socks5h or http")),
        };
        if authority.contains(['/', '?', '#']) {
            return Err(invalid(url, "nothing may follow the host and port"));
        }
        let user = userinfo.map(|info| percent_decode(url, info)).transpose()?;
        match &user {
            Some(user) if user.is_empty() => return Err(invalid(url, "the user before @ is empty")),
            // RFC 1929 section 2.
            Some(user) if user.len() > 255 => return Err(invalid(url, "the user is longer than 255 octets")),
            // RFC 7617 section 2: the first colon ends the user.
            Some(user) if kind == ProxyKind::Http && user.contains(':') => {
                return Err(invalid(url, "the user of an HTTP proxy cannot hold a colon"));
            }
            _ => {}
        }
        let (host, port) = split_port(url, hostport)?;
        let host = ascii_host(url, &percent_decode(url, host)?)?;
        Ok(Self { kind, host, port: port.unwrap_or(default_port), user, password: None })
    }

    /// An error of this proxy, its words masked and sanitised.
    fn error(&self, transient: bool, detail: impl AsRef<[u8]>) -> Error {
        let masker = Masker::default();
        if let Some(password) = &self.password {
            masker.add(password);
        }
        let detail = sanitize_capped(&masker.mask(detail.as_ref()), 2 * SHOWN);
        Error::Proxy { proxy: sanitize(host_port(&self.host, self.port).as_bytes()), transient, detail }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Socks5h => "socks5h",
            ProxyKind::Http => "http",
        };
        write!(f, "{scheme}://{}", host_port(&self.host, self.port))
    }
}

/// Connects to `host` through the proxy. What the server says first is left in the socket.
pub(super) fn open(
    proxy: &Proxy,
    host: &str,
    port: u16,
    options: &ConnectOptions,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<TcpTransport> {
    check_host(host)?;
    if let Some(size) = proxy.password.as_ref().map(|password| password.expose().len())
        && size > 255
        && proxy.kind != ProxyKind::Http
    {
        // RFC 1929 section 2.
        return Err(Error::InvalidInput(format!("the proxy's password has {size} octets; SOCKS5 takes 255")));
    }
    if proxy.kind != ProxyKind::Socks5 {
        return open_one(proxy, Target::new(host, port), options, deadline, note);
    }
    let addresses = resolve_noted(host, port, options.family, deadline, note)?;
    let deadline = deadline.in_phase(Phase::Proxy);
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    let mut last = None;
    for address in addresses {
        // One address that nobody answers at must not use up the time of the others.
        let share = match deadline.remaining() {
            Some(time) if left > 1 => deadline.at_most(time / left),
            _ => deadline.clone(),
        };
        left = left.saturating_sub(1);
        match open_one(proxy, Target { host: Host::Ip(address.ip()), port }, options, &share, note) {
            Err(error @ (Error::Proxy { transient: true, .. } | Error::Timeout { .. })) => {
                deadline.check()?;
                note(&error.to_string());
                last = Some(error);
            }
            done => return done,
        }
    }
    Err(last.unwrap_or_else(|| proxy.error(true, "no address to ask for")))
}

fn open_one(
    proxy: &Proxy,
    target: Target<'_>,
    options: &ConnectOptions,
    deadline: &Deadline,
    note: &mut dyn FnMut(&str),
) -> Result<TcpTransport> {
    let mut transport = connect_tcp(&proxy.host, proxy.port, options, deadline, note)?;
    note(&format!("asking {proxy} for {target}"));
    negotiate(proxy, &target, &mut transport, &deadline.in_phase(Phase::Proxy))?;
    note(&format!("connected to {target} through {proxy}"));
    Ok(transport)
}

fn negotiate(proxy: &Proxy, target: &Target<'_>, transport: &mut dyn Transport, deadline: &Deadline) -> Result<()> {
    let mut wire = Wire { proxy, transport, deadline };
    match proxy.kind {
        ProxyKind::Socks5 | ProxyKind::Socks5h => socks5::negotiate(&mut wire, target),
        ProxyKind::Http => http::negotiate(&mut wire, target),
    }
}

/// What is asked of the proxy.
struct Target<'a> {
    host: Host<'a>,
    port: u16,
}

enum Host<'a> {
    Ip(IpAddr),
    Name(&'a str),
}

impl<'a> Target<'a> {
    fn new(host: &'a str, port: u16) -> Self {
        let host = host.parse().map_or(Host::Name(host), Host::Ip);
        Self { host, port }
    }
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Host::Ip(ip) => write!(f, "{}", host_port(&ip.to_string(), self.port)),
            Host::Name(name) => write!(f, "{}", host_port(name, self.port)),
        }
    }
}

/// The connection to a proxy while it is talked to. Reads take exactly what was asked for, so that nothing of what
/// the server says after the proxy's last octet is lost.
struct Wire<'a> {
    proxy: &'a Proxy,
    transport: &'a mut dyn Transport,
    deadline: &'a Deadline,
}

impl Wire<'_> {
    fn send(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.transport.write(bytes) {
                Ok(0) => return Err(self.closed()),
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) => self.pass(error, Interest::Write)?,
            }
        }
        Ok(())
    }

    fn receive<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut buf = [0; N];
        self.receive_into(&mut buf)?;
        Ok(buf)
    }

    fn receive_into(&mut self, mut buf: &mut [u8]) -> Result<()> {
        while !buf.is_empty() {
            match self.transport.read(buf) {
                Ok(0) => return Err(self.closed()),
                Ok(count) => buf = buf.get_mut(count..).unwrap_or_default(),
                Err(error) => self.pass(error, Interest::Read)?,
            }
        }
        Ok(())
    }

    /// Waits after an operation that would block; other errors are final.
    fn pass(&mut self, error: io::Error, interest: Interest) -> Result<()> {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.transport.wait(interest, self.deadline),
            io::ErrorKind::Interrupted => self.deadline.check(),
            _ => Err(network(Phase::Proxy, error)),
        }
    }

    fn closed(&self) -> Error {
        self.proxy.error(true, "it closed the connection without an answer")
    }

    fn error(&self, transient: bool, detail: impl AsRef<[u8]>) -> Error {
        self.proxy.error(transient, detail)
    }
}

/// What a proxy may be asked for: a name that cannot break out of its request.
fn check_host(host: &str) -> Result<()> {
    let shown = sanitize_capped(host.as_bytes(), SHOWN);
    if host.is_empty() || host.len() > 255 {
        return Err(Error::InvalidInput(format!("the host name \"{shown}\" must have 1 to 255 octets for a proxy")));
    }
    if host.contains('%') {
        return Err(Error::InvalidInput(format!("the zone of {shown} means nothing to a proxy")));
    }
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':');
    if !host.bytes().all(fits) || (host.contains(':') && host.parse::<IpAddr>().is_err()) {
        return Err(Error::InvalidInput(format!("\"{shown}\" is not a host name that a proxy can be asked for")));
    }
    Ok(())
}

fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests;
