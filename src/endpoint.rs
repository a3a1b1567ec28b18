//! Where a server is, and how its connection is secured: the URL forms of the command-line contract.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Result};

/// A mail protocol, for default ports and ALPN.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protocol {
    /// POP3, RFC 1939.
    Pop3,
    /// IMAP, RFC 9051 and RFC 3501.
    Imap,
    /// Submission and relay by SMTP, RFC 6409 and RFC 5321.
    Smtp,
    /// LMTP, RFC 2033.
    Lmtp,
}

/// How the connection is secured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Security {
    /// TLS from the first octet (RFC 8314 section 3).
    Tls,
    /// The protocol's upgrade command, required to succeed before anything else is said.
    StartTls,
    /// No TLS.
    Plain,
    /// The upgrade command if it is offered, without checking the certificate; never with credentials.
    Opportunistic,
}

/// How the server is reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// A host name or IP literal and a port.
    Tcp {
        /// Host name in A-label form, or an IP literal without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
}

/// A server to talk to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// The protocol spoken there.
    pub protocol: Protocol,
    /// How the connection is secured.
    pub security: Security,
    /// Where it is.
    pub address: Address,
    /// The user named in the URL, percent-decoded.
    pub user: Option<String>,
}

impl Endpoint {
    /// Parses `pop3s://[user@]host[:port]`, `pop3://…`, `imaps://…`, `imap://…`, `smtps://…`, `smtp://…`, `lmtp://…`, or one of
    /// them with the path of a unix socket, as in `lmtp:///run/lmtp`. LMTP to this machine's loopback goes in clear (RFC 2033 knows no port of its own).
    ///
    /// `security` overrides the scheme's, and the default port follows it.
    /// Fails with [`Error::InvalidInput`] on a password in the URL, control characters, or an unknown scheme.
    pub fn parse(url: &str, security: Option<Security>) -> Result<Self> {
        match Self::parse_with_path(url, security)? {
            (endpoint, None) => Ok(endpoint),
            (_, Some(path)) if path.starts_with('@') => Err(password_in_url()),
            (_, Some(_)) => Err(invalid(url, "nothing may follow the host and port")),
        }
    }

    /// Parses the same forms with something behind host and port, as in `imaps://ann@mail.example.org/Sent`: the endpoint, and
    /// what follows the `/`, percent-decoded; `None` if that is nothing, and behind the path of a socket.
    ///
    /// Fails as [`Endpoint::parse`] does.
    pub fn parse_with_path(url: &str, security: Option<Security>) -> Result<(Self, Option<String>)> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid(url, "it has no scheme such as pop3s://"))?;
        let (protocol, of_scheme) = match scheme.to_ascii_lowercase().as_str() {
            "pop3s" => (Protocol::Pop3, Security::Tls),
            "pop3" => (Protocol::Pop3, Security::StartTls),
            "imaps" => (Protocol::Imap, Security::Tls),
            "imap" => (Protocol::Imap, Security::StartTls),
            "smtps" => (Protocol::Smtp, Security::Tls),
            "smtp" => (Protocol::Smtp, Security::StartTls),
            "lmtp" => (Protocol::Lmtp, Security::StartTls),
            _ => return Err(invalid(url, "its scheme is not one of pop3, pop3s, imap, imaps, smtp, smtps and lmtp")),
        };
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (userinfo, hostport) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let user = match userinfo {
            Some(info) if info.contains(':') => return Err(password_in_url()),
            // The password holds a slash. Right behind a port and a slash `@sent` is a folder.
            _ if path.contains('@')
                && hostport.contains(':')
                && !(path.rfind('@') == Some(1) && has_port(hostport)) =>
            {
                return Err(password_in_url());
            }
            Some(info) => Some(percent_decode(url, info)?),
            None => None,
        };
        if user.as_deref() == Some("") {
            return Err(invalid(url, "the user before @ is empty"));
        }
        if hostport.is_empty() && path.len() > 1 {
            let security = security.unwrap_or(Security::Plain);
            let address = Address::Unix(percent_decode(url, path)?.into());
            return Ok((Self { protocol, security, address, user }, None));
        }
        let (host, port) = split_port(url, hostport)?;
        let host = ascii_host(url, &percent_decode(url, host)?)?;
        let security = security.unwrap_or(match protocol {
            Protocol::Lmtp if is_loopback(&host) => Security::Plain,
            _ => of_scheme,
        });
        let port = port.unwrap_or_else(|| protocol.default_port(security));
        let path = match path.strip_prefix('/') {
            None | Some("") => None,
            Some(path) => Some(percent_decode(url, path)?),
        };
        Ok((Self { protocol, security, address: Address::Tcp { host, port }, user }, path))
    }

    /// The TCP port; the default one for a unix socket.
    pub fn port(&self) -> u16 {
        match self.address {
            Address::Tcp { port, .. } => port,
            Address::Unix(_) => self.protocol.default_port(self.security),
        }
    }

    /// The host that the ledger and the TLS name check use: the host name, or `localhost` for a unix socket.
    pub fn host(&self) -> &str {
        match &self.address {
            Address::Tcp { host, .. } => host,
            Address::Unix(_) => "localhost",
        }
    }
}

impl Protocol {
    /// The registered port for a kind of security.
    pub fn default_port(self, security: Security) -> u16 {
        match (self, security) {
            (Self::Pop3, Security::Tls) => 995,
            (Self::Pop3, _) => 110,
            (Self::Imap, Security::Tls) => 993,
            (Self::Imap, _) => 143,
            (Self::Smtp, Security::Tls) => 465,
            (Self::Smtp, Security::StartTls) => 587,
            // What needs no TLS is a relay, not a submission server.
            (Self::Smtp, Security::Plain | Security::Opportunistic) => 25,
            (Self::Lmtp, _) => 24,
        }
    }

    /// The name in URLs, ledgers and log lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
        }
    }

    /// The ALPN protocol name (RFC 7301 registry); empty where none is registered.
    pub fn alpn(self) -> &'static str {
        match self {
            Self::Pop3 => "pop3",
            Self::Imap => "imap",
            Self::Smtp | Self::Lmtp => "",
        }
    }
}

impl Security {
    /// The word for it, as `--security` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "starttls",
            Self::Plain => "plain",
            Self::Opportunistic => "opportunistic",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display().to_string().escape_default()),
        }
    }
}

fn has_port(hostport: &str) -> bool {
    hostport.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The URL is not repeated: it holds the password.
fn password_in_url() -> Error {
    Error::InvalidInput(
        "a password does not belong in a URL: use --password-command, --password-file, --netrc or the configuration file"
            .into(),
    )
}

pub(crate) fn invalid(url: &str, why: &str) -> Error {
    Error::InvalidInput(format!("\"{}\" is not a valid URL: {why}", url.escape_default()))
}

pub(crate) fn split_port<'a>(url: &str, hostport: &'a str) -> Result<(&'a str, Option<u16>)> {
    let (host, port) = if let Some(rest) = hostport.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(|| invalid(url, "a [ is not closed"))?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(invalid(url, "only :port may follow ]")),
        }
    } else {
        match hostport.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (hostport, None),
        }
    };
    if host.is_empty() {
        return Err(invalid(url, "the host is empty"));
    }
    let port = match port {
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => match text.parse::<u16>() {
            Ok(port) if port > 0 => Some(port),
            _ => return Err(invalid(url, "the port must be 1 to 65535")),
        },
        Some(_) => return Err(invalid(url, "the port must be a number")),
        None => None,
    };
    Ok((host, port))
}

/// One canonical A-label form for DNS, SNI and the name check (RFC 5890); IP literals pass as they are.
pub(crate) fn ascii_host(url: &str, host: &str) -> Result<String> {
    if host.parse::<std::net::IpAddr>().is_ok() || is_scoped_v6(host) {
        return Ok(host.to_ascii_lowercase());
    }
    let ascii = idna::domain_to_ascii_strict(host).map_err(|_| invalid(url, "the host name is not a valid domain"))?;
    if ascii.is_empty() || ascii.bytes().any(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))) {
        return Err(invalid(url, "the host name is not a valid domain"));
    }
    Ok(ascii)
}

/// A link-local literal with a zone, such as `fe80::1%eth0` (RFC 4007 section 11).
fn is_scoped_v6(host: &str) -> bool {
    host.split_once('%').is_some_and(|(addr, zone)| {
        addr.parse::<std::net::Ipv6Addr>().is_ok()
            && !zone.is_empty()
            && zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    })
}

pub(crate) fn percent_decode(url: &str, text: &str) -> Result<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        if b != b'%' {
            out.push(b);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| (b as char).to_digit(16));
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
            _ => return Err(invalid(url, "a % is not followed by two hexadecimal digits")),
        }
    }
    let text = String::from_utf8(out).map_err(|_| invalid(url, "it does not decode to UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(invalid(url, "it holds a control character"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(url: &str) -> (Security, String, u16, Option<String>) {
        let endpoint = Endpoint::parse(url, None).unwrap();
        match endpoint.address {
            Address::Tcp { host, port } => (endpoint.security, host, port, endpoint.user),
            Address::Unix(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn schemes_and_default_ports() {
        assert_eq!(tcp("pop3s://mail.example.org"), (Security::Tls, "mail.example.org".into(), 995, None));
        assert_eq!(
            tcp("POP3://ann@mail.example.org/"),
            (Security::StartTls, "mail.example.org".into(), 110, Some("ann".into()))
        );
        assert_eq!(tcp("pop3://a%40b.c@[::1]:1110"), (Security::StartTls, "::1".into(), 1110, Some("a@b.c".into())));
        assert_eq!(tcp("pop3s://a@b@host").3, Some("a@b".into()));
        let plain = Endpoint::parse("pop3s://h", Some(Security::Plain)).unwrap();
        assert_eq!(plain.address, Address::Tcp { host: "h".into(), port: 110 });
    }

    #[test]
    fn submission_relay_and_local_delivery() {
        assert_eq!(tcp("smtps://h"), (Security::Tls, "h".into(), 465, None));
        assert_eq!(tcp("smtp://ann@h"), (Security::StartTls, "h".into(), 587, Some("ann".into())));
        assert_eq!(tcp("lmtp://h"), (Security::StartTls, "h".into(), 24, None));
        for loopback in ["lmtp://localhost:2424", "lmtp://127.0.0.1:2424", "lmtp://[::1]:2424"] {
            assert_eq!((tcp(loopback).0, tcp(loopback).2), (Security::Plain, 2424), "{loopback}");
        }
        let relay = Endpoint::parse("smtp://h", Some(Security::Plain)).unwrap();
        assert_eq!(relay.port(), 25);
        let socket = Endpoint::parse("lmtp:///run/dovecot/lmtp", None).unwrap();
        assert_eq!((socket.security, socket.address), (Security::Plain, Address::Unix("/run/dovecot/lmtp".into())));
    }

    #[test]
    fn imap_has_the_same_forms() {
        assert_eq!(tcp("imaps://ann%40x@h"), (Security::Tls, "h".into(), 993, Some("ann@x".into())));
        assert_eq!(tcp("IMAP://h/"), (Security::StartTls, "h".into(), 143, None));
        assert_eq!(tcp("imaps://[::1]:1993").2, 1993);
        assert_eq!(Endpoint::parse("imaps://h", Some(Security::StartTls)).unwrap().port(), 143);
        let socket = Endpoint::parse("imap:///run/imap.sock", None).unwrap();
        assert_eq!((socket.security, socket.protocol.alpn()), (Security::Plain, "imap"));
    }

    #[test]
    fn what_follows_the_server_is_given_to_who_asks_for_it() {
        let path = |url: &str| Endpoint::parse_with_path(url, None).unwrap().1;
        assert_eq!(path("imaps://ann@h:993/Lists/R%C3%BCst"), Some("Lists/Rüst".into()));
        assert_eq!(path("imaps://ann@h:993/@sent"), Some("@sent".into()));
        for url in ["imaps://h", "imaps://h/", "imap:///run/imap.sock", "imap://ann@/run/imap.sock"] {
            assert_eq!(path(url), None, "{url}");
        }
        for url in ["imaps://h/Sent", "imaps://h:993/@sent"] {
            assert!(Endpoint::parse(url, None).is_err(), "{url}");
        }
    }

    #[test]
    fn unix_sockets_are_plain() {
        let endpoint = Endpoint::parse("pop3://ann@/run/pop3.sock", None).unwrap();
        assert_eq!(endpoint.address, Address::Unix("/run/pop3.sock".into()));
        assert_eq!(endpoint.security, Security::Plain);
    }

    #[test]
    fn host_names_have_one_form() {
        assert_eq!(tcp("pop3s://BÜCHER.example").1, "xn--bcher-kva.example");
        assert_eq!(tcp("pop3s://xn--bcher-kva.example").1, "xn--bcher-kva.example");
        assert!(Endpoint::parse("pop3s://xn--abc-.example", None).is_err(), "an A-label that decodes to ASCII");
    }

    #[test]
    fn refusals_never_repeat_a_password() {
        for url in ["pop3s://ann:hunter2@host", "pop3s://ann:hunter2/x@host", "pop3s://ann@x:y/hunter2@host"] {
            let error = Endpoint::parse(url, None).unwrap_err().to_string();
            assert!(error.contains("--password-command") && !error.contains("hunter2"), "{error}");
        }
        for url in [
            "host",
            "imap4://h",
            "imaps://h/INBOX",
            "imap://ann:@h",
            "pop3://",
            "pop3://h:0",
            "pop3://h:99999",
            "pop3://h:1x",
            "pop3://h/x",
            "pop3://a%0d%0ab@h",
            "pop3://a%00@h",
            "pop3://%zz@h",
            "pop3://[::1",
            "pop3://h%0d",
            "pop3://a b",
            "pop3://@h",
            "pop3://h\n",
        ] {
            assert!(Endpoint::parse(url, None).is_err(), "{url}");
        }
    }
}
