//! The PROXY protocol's header, versions 1 and 2: who the client behind a load balancer is, ahead of everything else.

use std::net::{IpAddr, SocketAddr};

use crate::error::{Error, Result};

/// The form of the header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// One line of text.
    V1,
    /// Binary.
    V2,
}

/// The client and the address it connected to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Addresses {
    /// The client.
    pub source: SocketAddr,
    /// What it connected to.
    pub destination: SocketAddr,
}

impl Version {
    /// Parses `v1` or `v2`; fails with [`Error::InvalidInput`] on anything else.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "v1" => Ok(Self::V1),
            "v2" => Ok(Self::V2),
            _ => Err(Error::InvalidInput("the version of the PROXY protocol is v1 or v2".into())),
        }
    }

    /// The header's octets, with the CRLF of version 1. Without addresses it says that the connection is the proxy's own.
    ///
    /// Two addresses of different families are both given as IPv6.
    pub fn header(self, addresses: Option<Addresses>) -> Vec<u8> {
        match self {
            Self::V1 => v1(addresses),
            Self::V2 => v2(addresses),
        }
    }
}

/// ```text
/// "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP source-port SP destination-port CRLF
/// "PROXY" SP "UNKNOWN" CRLF
/// ```
fn v1(addresses: Option<Addresses>) -> Vec<u8> {
    let Some(Addresses { source, destination }) = addresses else { return b"PROXY UNKNOWN\r\n".to_vec() };
    let (from, to) = same_family(source.ip(), destination.ip());
    let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
    format!("PROXY {family} {from} {to} {} {}\r\n", source.port(), destination.port()).into_bytes()
}

fn v2(addresses: Option<Addresses>) -> Vec<u8> {
    const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
    const LOCAL: u8 = 0x20;
    const PROXY: u8 = 0x21;
    const UNSPECIFIED: u8 = 0x00;
    const TCP4: u8 = 0x11;
    const TCP6: u8 = 0x21;
    let mut header = SIGNATURE.to_vec();
    let Some(Addresses { source, destination }) = addresses else {
        header.extend([LOCAL, UNSPECIFIED, 0, 0]);
        return header;
    };
    match same_family(source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            header.extend([PROXY, TCP4, 0, 12]);
            header.extend(from.octets());
            header.extend(to.octets());
        }
        (from, to) => {
            header.extend([PROXY, TCP6, 0, 36]);
            header.extend(v6(from).octets());
            header.extend(v6(to).octets());
        }
    }
    header.extend(source.port().to_be_bytes());
    header.extend(destination.port().to_be_bytes());
    header
}

fn same_family(source: IpAddr, destination: IpAddr) -> (IpAddr, IpAddr) {
    match (source.to_canonical(), destination.to_canonical()) {
        (source, destination) if source.is_ipv4() == destination.is_ipv4() => (source, destination),
        (source, destination) => (v6(source).into(), v6(destination).into()),
    }
}

fn v6(address: IpAddr) -> std::net::Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(source: &str, destination: &str) -> Option<Addresses> {
        Some(Addresses { source: source.parse().unwrap(), destination: destination.parse().unwrap() })
    }

    #[test]
    fn text() {
        let v1 = |addresses| String::from_utf8(Version::V1.header(addresses)).unwrap();
        assert_eq!(v1(None), "PROXY UNKNOWN\r\n");
        assert_eq!(
            v1(addresses("192.0.2.1:5000", "[::ffff:198.51.100.2]:25")),
            "PROXY TCP4 192.0.2.1 198.51.100.2 5000 25\r\n"
        );
        assert_eq!(v1(addresses("[2001:db8::1]:1", "[::1]:2")), "PROXY TCP6 2001:db8::1 ::1 1 2\r\n");
        assert_eq!(v1(addresses("192.0.2.1:1", "[::1]:2")), "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n");
    }

    #[test]
    fn binary() {
        let header = Version::V2.header(addresses("192.0.2.1:5000", "198.51.100.2:25"));
        assert_eq!(
            header,
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02\x13\x88\x00\x19".to_vec()
        );
        assert_eq!(Version::V2.header(None), b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00".to_vec());
        let six = Version::V2.header(addresses("[2001:db8::1]:1", "192.0.2.1:2"));
        assert_eq!((six.len(), &six[12..16]), (52, b"\x21\x21\x00\x24".as_slice()));
        assert!(Version::parse("v3").is_err());
    }
}
