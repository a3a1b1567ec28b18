//! The name that this machine greets servers with (RFC 5321 sections 4.1.1.1 and 4.1.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::addr_spec::{MAX_DOMAIN, literal, sub_domains};
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// Where machines without a name server have their names.
const HOSTS: &str = "/etc/hosts";

/// The argument of EHLO, HELO and LHLO: a domain name or an address literal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HelloName(String);

impl HelloName {
    /// Parses a domain name, which is taken to A-labels, or an address literal (`[192.0.2.1]`, `[IPv6:2001:db8::1]`).
    ///
    /// Fails with [`Error::InvalidInput`] on anything else: control characters, blanks, and underscores, for which servers
    /// refuse the whole session.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = || {
            let shown = sanitize_capped(text.as_bytes(), 80);
            Error::InvalidInput(format!("\"{shown}\" is not a name to greet a server with: a domain or [address]"))
        };
        if let Some(address) = literal(text) {
            return Ok(Self::of_address(address));
        }
        let ascii = match text.is_ascii() {
            true => text.to_owned(),
            false => idna::domain_to_ascii_strict(text).map_err(|_| fail())?,
        };
        match ascii.len() <= MAX_DOMAIN && !ascii.contains('_') && sub_domains(&ascii) {
            true => Ok(Self(ascii)),
            false => Err(fail()),
        }
    }

    /// This machine's fully qualified name if it knows one itself, else `[local]`, the address of the socket, else
    /// `[127.0.0.1]`.
    ///
    /// The name is the system's node name, or what `/etc/hosts` says it is in full; no name server is asked, since that may
    /// take long and tells others of the connection.
    pub fn of_this_machine(local: Option<IpAddr>) -> Self {
        Self::qualified()
            .unwrap_or_else(|| Self::of_address(local.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_canonical()))
    }

    /// This machine's fully qualified name, if it knows one itself.
    pub fn qualified() -> Option<Self> {
        let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let hosts = std::fs::read_to_string(HOSTS).unwrap_or_default();
        full_name(&node, &hosts)
    }

    fn of_address(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(address) => format!("[{address}]"),
            IpAddr::V6(address) => format!("[IPv6:{address}]"),
        })
    }
}

impl fmt::Display for HelloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn full_name(node: &str, hosts: &str) -> Option<HelloName> {
    let node = node.trim_end_matches('.');
    let usable = |name: &str| {
        let is_placeholder = name.starts_with("localhost.") || name.ends_with(".localdomain");
        (name.contains('.') && !is_placeholder && literal(name).is_none())
            .then(|| HelloName::parse(name).ok())
            .flatten()
    };
    usable(node).or_else(|| {
        hosts.lines().find_map(|line| {
            let names = line.split('#').next()?.split_ascii_whitespace().skip(1);
            names.clone().any(|name| name.eq_ignore_ascii_case(node)).then(|| names.clone().find_map(usable)).flatten()
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_literals() {
        for (text, name) in [
            ("mail.example.org", "mail.example.org"),
            ("localhost", "localhost"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[ipv6:2001:DB8::1]", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(HelloName::parse(text).unwrap().to_string(), name);
        }
        for text in [
            "",
            "a b",
            "a_b.example",
            "a\r\nMAIL",
            "a\n",
            "a\0",
            "a..b",
            ".a",
            "a.",
            "-a",
            "[1.2.3]",
            "[IPv6:x]",
            "192.0.2.1 ",
            "a@b",
            &"a.".repeat(200),
        ] {
            assert!(matches!(HelloName::parse(text), Err(Error::InvalidInput(_))), "{text:?}");
        }
    }

    #[test]
    fn a_machine_knows_its_name_or_gives_its_address() {
        let name = |node, hosts| full_name(node, hosts).map(|name| name.to_string());
        assert_eq!(name("vm.example.org", "").as_deref(), Some("vm.example.org"));
        let hosts =
            "127.0.0.1 localhost.localdomain localhost\n# 1.2.3.4 no.example vm\n127.0.1.1\tvm.example.org VM # x\n";
        assert_eq!(name("vm", hosts).as_deref(), Some("vm.example.org"));
        for (node, hosts) in [
            ("vm", "127.0.0.1 vm\n"),
            ("localhost", "127.0.0.1 localhost localhost.localdomain\n"),
            ("a_b.example", ""),
            ("", "127.0.0.1\n\n"),
        ] {
            assert_eq!(name(node, hosts), None, "{node}");
        }
        assert_eq!(HelloName::of_address("::1".parse().unwrap()).to_string(), "[IPv6:::1]");
        let own = HelloName::of_this_machine(None).to_string();
        assert_eq!(HelloName::parse(&own).unwrap().to_string(), own);
    }

    proptest! {
        #[test]
        fn one_word_or_none(text in "(?s:.){0,20}|[a-z.\\[\\]:_\r\n -]{0,12}") {
            if let Ok(name) = HelloName::parse(&text) {
                prop_assert!(name.to_string().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
