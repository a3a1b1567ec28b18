//! Mail addresses without display names: what goes into an envelope, and what a header's addresses hold.
//!
//! ```text
//! Mailbox       = Local-part "@" ( Domain / address-literal )     ; RFC 5321 section 4.1.2, RFC 6531 section 3.3
//! Local-part    = Dot-string / Quoted-string
//! ```
//!
//! One parser serves arguments, configuration and headers, so that no two parts of a program can read the same address
//! differently. Encoded-words, comments and source routes are not part of an address and are refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::{Error, Result};
use crate::text::{is_unsafe, sanitize_capped};

/// The longest local part, in octets (RFC 5321 section 4.5.3.1.1).
pub const MAX_LOCAL: usize = 64;

/// The longest domain, in octets (RFC 5321 section 4.5.3.1.2).
pub const MAX_DOMAIN: usize = 255;

/// The longest address, in octets as written: a path of 256 without its brackets (RFC 5321 section 4.5.3.1.3).
pub const MAX_PATH: usize = 254;

/// The longest label of a domain, in octets (RFC 1035 section 2.3.4).
const MAX_LABEL: usize = 63;

/// How much of what is no address an error repeats, in characters.
const SHOWN: usize = 80;

/// A mail address: a local part and, unless it is a name of the server's own such as `postmaster`, a domain.
///
/// Holds no control character, and none that is invisible or turns the direction of text. `Eq` and `Hash` compare
/// exactly; [`AddrSpec::same`] compares as mail does.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AddrSpec {
    /// Without quotes and backslashes.
    local: String,
    domain: Option<String>,
}

impl AddrSpec {
    /// An address from its parts; `local` is what quotes would enclose, without them.
    ///
    /// Fails with [`Error::InvalidInput`] on an empty part, a control or invisible character, a local part of more than
    /// [`MAX_LOCAL`] octets, a whole of more than [`MAX_PATH`], and a domain that is neither a domain name nor an address
    /// literal (`[192.0.2.1]`, `[IPv6:2001:db8::1]`).
    pub fn new(local: &str, domain: Option<&str>) -> Result<Self> {
        let shown = || match domain {
            Some(domain) => format!("{local}@{domain}"),
            None => local.to_owned(),
        };
        Self::checked(local, domain).map_err(|why| invalid(&shown(), why))
    }

    /// Parses an address in its canonical syntax, in `<>` or without: `ann@example.org`, `"ann b"@example.org`,
    /// `postmaster`, `ann@[192.0.2.1]`, `änn@exämple.org`. Nothing may precede or follow it, not even a blank.
    ///
    /// Fails with [`Error::InvalidInput`] as [`AddrSpec::new`] does.
    pub fn parse(text: &str) -> Result<Self> {
        let inner = match text.strip_prefix('<') {
            Some(rest) => rest.strip_suffix('>').ok_or_else(|| invalid(text, "its < is not closed at the end"))?,
            None => text,
        };
        parts(inner).and_then(|(local, domain)| Self::checked(&local, domain)).map_err(|why| invalid(text, why))
    }

    /// The local part, without quotes and backslashes.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain or address literal, as written.
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// This address, in `domain` if it has none. Fails as [`AddrSpec::new`] does.
    pub fn qualified(&self, domain: &str) -> Result<Self> {
        match self.domain {
            Some(_) => Ok(self.clone()),
            None => Self::new(&self.local, Some(domain)),
        }
    }

    /// Whether the address can be sent only by SMTPUTF8 (RFC 6531): its local part is not ASCII. A domain that is not
    /// has an A-label form, see [`AddrSpec::ascii_domain`].
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// This address with its domain in A-labels and lower case (RFC 5890 section 2.3.2.1), for servers without SMTPUTF8.
    ///
    /// Fails with [`Error::InvalidInput`] if it is too long in that form.
    pub fn ascii_domain(&self) -> Result<Self> {
        match &self.domain {
            Some(domain) => {
                Self::new(&self.local, Some(&ascii(domain).map_err(|why| invalid(&self.to_string(), why))?))
            }
            None => Ok(self.clone()),
        }
    }

    /// Whether both reach the same mailbox as far as anybody but its server can tell: the local parts are equal, the
    /// domains are equal in A-labels and without case (RFC 5321 section 2.4).
    pub fn same(&self, other: &Self) -> bool {
        let key = |address: &Self| address.domain.as_deref().map(|domain| ascii(domain).unwrap_or(domain.into()));
        self.local == other.local && (self.domain == other.domain || key(self) == key(other))
    }

    fn checked(local: &str, domain: Option<&str>) -> Result<Self, &'static str> {
        if local.is_empty() {
            return Err("nothing stands before the @");
        }
        if local.chars().chain(domain.unwrap_or_default().chars()).any(is_unsafe) {
            return Err("it holds a control or invisible character");
        }
        if local.len() > MAX_LOCAL {
            return Err("what stands before the @ is longer than 64 octets");
        }
        domain.map_or(Ok(()), check_domain)?;
        let address = Self { local: local.to_owned(), domain: domain.map(str::to_owned) };
        match address.to_string().len() {
            ..=MAX_PATH => Ok(address),
            _ => Err("it is longer than 254 octets"),
        }
    }
}

impl fmt::Display for AddrSpec {
    /// The canonical form, without brackets: the local part is quoted where it is no dot-string. What is written here,
    /// [`AddrSpec::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.local) {
            f.write_str(&self.local)?;
        } else {
            f.write_str("\"")?;
            for c in self.local.chars() {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    c => write!(f, "{c}")?,
                }
            }
            f.write_str("\"")?;
        }
        match &self.domain {
            Some(domain) => write!(f, "@{domain}"),
            None => Ok(()),
        }
    }
}

/// The unquoted local part and what follows the `@`.
fn parts(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let (local, rest) = match text.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => {
            let at = text.find('@').unwrap_or(text.len());
            let (local, rest) = text.split_at(at);
            match local {
                "" if rest.is_empty() => return Err("it is empty"),
                "" => return Err("nothing stands before the @"),
                local if is_dot_string(local) => (local.to_owned(), rest),
                local if local.starts_with('.') || local.ends_with('.') || local.contains("..") => {
                    return Err("a dot stands at an edge or beside another: quote what stands before the @");
                }
                _ => return Err("it holds a character that would have to be quoted"),
            }
        }
    };
    match rest.strip_prefix('@') {
        Some(domain) => Ok((local, Some(domain))),
        None if rest.is_empty() => Ok((local, None)),
        None => Err("only @ and a domain may follow the closing quote"),
    }
}

/// The content of a quoted string whose opening quote is off, and what follows the closing one.
fn unquote(text: &str) -> Result<(String, &str), &'static str> {
    let mut local = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok((local, chars.as_str())),
            '\\' => local.extend(chars.next()),
            c => local.push(c),
        }
    }
    Err("a quote is not closed")
}

/// Whether the text needs no quotes as a local part.
fn is_dot_string(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// RFC 5322 section 3.2.3, RFC 6531 section 3.3.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

/// Quirk: underscores are allowed, as mail domains with them exist in the DNS though RFC 5321 knows none.
fn check_domain(domain: &str) -> Result<(), &'static str> {
    if domain.is_empty() {
        return Err("nothing stands behind the @");
    }
    if domain.len() > MAX_DOMAIN {
        return Err("its domain is longer than 255 octets");
    }
    if domain.starts_with('[') {
        return literal(domain)
            .map(drop)
            .ok_or("what is in [] is neither an IPv4 address nor IPv6: and an IPv6 address");
    }
    match sub_domains(&ascii(domain)?) {
        true => Ok(()),
        false => Err(NO_DOMAIN),
    }
}

/// Whether ASCII text is a domain name, but for its length: labels of letters, digits, hyphens and underscores.
pub(crate) fn sub_domains(ascii: &str) -> bool {
    ascii.split('.').all(|label| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

const NO_DOMAIN: &str = "what stands behind the @ is not a domain";

/// The domain in A-labels and lower case, an address literal in its canonical form.
fn ascii(domain: &str) -> Result<String, &'static str> {
    match literal(domain) {
        Some(IpAddr::V4(address)) => Ok(format!("[{address}]")),
        Some(IpAddr::V6(address)) => Ok(format!("[IPv6:{address}]")),
        // The mapping refuses ASCII names that work, such as those with two hyphens in the third place.
        None if domain.is_ascii() => Ok(domain.to_ascii_lowercase()),
        None => idna::domain_to_ascii_strict(domain).map_err(|_| NO_DOMAIN),
    }
}

/// RFC 5321 section 4.1.3.
pub(crate) fn literal(domain: &str) -> Option<IpAddr> {
    let inner = domain.strip_prefix('[')?.strip_suffix(']')?;
    match inner.split_at_checked(5) {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6:") => Some(address.parse::<Ipv6Addr>().ok()?.into()),
        _ => Some(inner.parse::<Ipv4Addr>().ok()?.into()),
    }
}

fn invalid(text: &str, why: &str) -> Error {
    Error::InvalidInput(format!("\"{}\" is not a mail address: {why}", sanitize_capped(text.as_bytes(), SHOWN)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> AddrSpec {
        AddrSpec::parse(text).unwrap()
    }

    #[test]
    fn forms_of_an_address() {
        for (text, local, domain) in [
            ("ann@example.org", "ann", Some("example.org")),
            ("<ann@example.org>", "ann", Some("example.org")),
            ("Ann.O'Brien+x=y@Example.ORG", "Ann.O'Brien+x=y", Some("Example.ORG")),
            ("\"ann b\"@example.org", "ann b", Some("example.org")),
            (r#""a\"\\\ @>b"@example.org"#, r#"a"\ @>b"#, Some("example.org")),
            ("\"ann\"@example.org", "ann", Some("example.org")),
            ("ann@[192.0.2.1]", "ann", Some("[192.0.2.1]")),
            ("ann@[IPv6:2001:db8::1]", "ann", Some("[IPv6:2001:db8::1]")),
            ("postmaster", "postmaster", None),
            ("<root>", "root", None),
            ("ann@localhost", "ann", Some("localhost")),
            ("änn@exämple.org", "änn", Some("exämple.org")),
            ("ann@a_b.r3---sn.example", "ann", Some("a_b.r3---sn.example")),
            ("\"..\"@docomo.example", "..", Some("docomo.example")),
        ] {
            let address = parse(text);
            assert_eq!((address.local(), address.domain()), (local, domain), "{text}");
            assert_eq!(parse(&address.to_string()), address, "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "",
            "<>",
            "@",
            "@example.org",
            "ann@",
            "ann@@example.org",
            "ann@b@example.org",
            "ann b@example.org",
            " ann@example.org",
            "ann@example.org ",
            "ann@example.org> SIZE=9",
            "<ann@example.org> SIZE=9",
            "<ann@example.org>c@d",
            "ann@example.org>\tNOTIFY=NEVER",
            "<ann@example.org",
            "ann@example.org>",
            "<<ann@example.org>>",
            "<@relay.example:ann@example.org>",
            "Ann <ann@example.org>",
            "ann(comment)@example.org",
            "ann@example.org (comment)",
            "ann,bob@example.org",
            "a..b@example.org",
            ".a@example.org",
            "a.@example.org",
            "\"a@example.org",
            "\"a\\",
            "\"a\"b@example.org",
            "\"a\".b@example.org",
            "\"\"@example.org",
            "ann@example..org",
            "ann@.example.org",
            "ann@example.org.",
            "ann@-example.org",
            "ann@example-.org",
            "ann@exa mple.org",
            "ann@exa\"mple.org",
            "ann@[192.0.2.256]",
            "ann@[192.0.2.1",
            "ann@[192.0.2.1]x",
            "ann@[2001:db8::1]",
            "ann@[IPv6:192.0.2.1]",
            "ann@[IPv6:fe80::1%eth0]",
            "ann@[x:y]",
            "ann@[]",
            "ann@xn\u{301}--.",
            "ann\r\nDATA@example.org",
            "\"ann\r\nDATA\"@example.org",
            "\"ann\\\n\"@example.org",
            "ann\0@example.org",
            "ann@example.org\n",
            "ann@exam\u{7f}ple.org",
            "ann\u{85}@example.org",
            "ann\u{2028}@example.org",
            "ann\u{202e}@example.org",
        ] {
            let error = AddrSpec::parse(text).unwrap_err();
            assert!(matches!(error, Error::InvalidInput(_)), "{text:?}");
            assert!(!error.to_string().chars().any(is_unsafe), "{error}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_standard() {
        let domain = |length: usize| {
            ["a".repeat(60), "b".repeat(60), "c".repeat(60), "d".repeat(60)].join(".")[..length].to_owned()
        };
        assert!(AddrSpec::new(&"x".repeat(64), Some("example.org")).is_ok());
        assert!(AddrSpec::new(&"x".repeat(65), Some("example.org")).is_err());
        assert!(AddrSpec::new(&"ä".repeat(33), Some("example.org")).is_err(), "octets, not characters");
        assert!(AddrSpec::new(&"x".repeat(30), Some(&domain(223))).is_ok());
        assert!(AddrSpec::new(&"x".repeat(31), Some(&domain(223))).is_err());
        assert!(AddrSpec::new("x", Some(&format!("{}.org", "a".repeat(64)))).is_err());
        assert!(AddrSpec::parse(&"x".repeat(3_000)).is_err());
        let long = AddrSpec::parse(&format!("{}@example.org", "x".repeat(3_000))).unwrap_err().to_string();
        assert!(long.len() < 200, "{long}");
    }

    #[test]
    fn a_domain_has_one_ascii_form() {
        let address = parse("Änn@BÜCHER.Example");
        assert_eq!(address.to_string(), "Änn@BÜCHER.Example");
        assert_eq!(address.ascii_domain().unwrap().to_string(), "Änn@xn--bcher-kva.example");
        assert!(address.needs_smtputf8());
        assert!(!parse("ann@bücher.example").needs_smtputf8());
        assert_eq!(parse("root").ascii_domain().unwrap(), parse("root"));
        // Longer in A-labels than as written.
        let long = AddrSpec::new("x", Some(&["ü".repeat(29).as_str(); 4].join("."))).and_then(|a| a.ascii_domain());
        assert!(long.is_err() || long.unwrap().to_string().len() <= MAX_PATH);
    }

    #[test]
    fn the_same_mailbox_in_other_letters() {
        for (one, other) in [
            ("ann@Example.org", "ann@example.ORG"),
            ("ann@bücher.example", "ann@XN--BCHER-KVA.example"),
            ("\"ann\"@example.org", "ann@example.org"),
            ("ann@[IPv6:2001:DB8:0::1]", "ann@[ipv6:2001:db8::1]"),
            ("root", "<root>"),
        ] {
            assert!(parse(one).same(&parse(other)), "{one} {other}");
        }
        for (one, other) in [("Ann@example.org", "ann@example.org"), ("ann", "ann@example.org"), ("a@b", "a@c")] {
            assert!(!parse(one).same(&parse(other)), "{one} {other}");
        }
    }

    #[test]
    fn a_bare_name_gets_a_domain() {
        assert_eq!(parse("root").qualified("example.org").unwrap(), parse("root@example.org"));
        assert_eq!(parse("a@b").qualified("example.org").unwrap(), parse("a@b"));
        assert!(parse("root").qualified("a b").is_err());
        assert!(parse("root").qualified("").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            local in "([ -~]|[a-zß-ÿ日]){0,20}|\\PC{0,20}|(?s:.){0,8}",
            domain in proptest::option::of("[a-z]{1,8}(\\.[a-zü]{1,8}){0,3}|\\[[0-9.]{7,9}\\]|(?s:.){0,8}"),
        ) {
            let Ok(address) = AddrSpec::new(&local, domain.as_deref()) else { return Ok(()) };
            prop_assert_eq!(address.local(), &local);
            prop_assert_eq!(address.domain(), domain.as_deref());
            let text = address.to_string();
            prop_assert!(!text.chars().any(is_unsafe), "{text:?}");
            prop_assert_eq!(&AddrSpec::parse(&text).unwrap(), &address);
            prop_assert_eq!(&AddrSpec::parse(&format!("<{text}>")).unwrap(), &address);
            prop_assert!(address.same(&address));
            if let Ok(ascii) = address.ascii_domain() {
                prop_assert!(ascii.domain().is_none_or(str::is_ascii));
                prop_assert!(ascii.same(&address));
            }
        }

        #[test]
        fn no_text_panics_or_smuggles_a_control_character(text in "(?s:.){0,40}|[ab@.\"\\\\<>\\[\\] \r\n\0]{0,12}") {
            if let Ok(address) = AddrSpec::parse(&text) {
                prop_assert!(!address.to_string().chars().any(is_unsafe));
                prop_assert_eq!(AddrSpec::parse(&address.to_string()).unwrap(), address);
            }
        }
    }
}
