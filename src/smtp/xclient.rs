//! XCLIENT: what a trusted proxy says of the client it speaks for.
//!
//! ```text
//! xclient-command  = XCLIENT 1*( SP attribute-name"="attribute-value )
//! attribute-name   = ( NAME | ADDR | PORT | PROTO | HELO | LOGIN | DESTADDR | DESTPORT )
//! attribute-value  = xtext
//! ```
//!
//! The greeting comes anew behind it, and all that was known of the server is void.

use std::net::{IpAddr, Ipv6Addr};

use super::command::MAX_LINE;
use super::parameters::xtext;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

/// Attributes of a client, in the order given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Xclient {
    attributes: Vec<(String, String)>,
}

impl Xclient {
    /// Parses `NAME=host ADDR=192.0.2.1 …` with values in plain text; they are encoded when sent. A value with blanks is
    /// quoted as in a shell. IPv6 addresses get their prefix.
    ///
    /// Fails with [`Error::InvalidInput`] if there is no attribute, a name is none, a value is empty, or a control character
    /// is in it.
    pub fn parse(text: &str) -> Result<Self> {
        let fail = |why: &str| {
            let shown = sanitize_capped(text.as_bytes(), 80);
            Error::InvalidInput(format!("\"{shown}\" are not attributes of XCLIENT: {why}"))
        };
        if text.chars().any(char::is_control) {
            return Err(fail("there is a control character"));
        }
        let words = shlex::split(text).ok_or_else(|| fail("a quote is not closed"))?;
        if words.is_empty() {
            return Err(fail("there is none"));
        }
        let attributes = words.iter().map(|word| {
            let (name, value) = word.split_once('=').ok_or_else(|| fail("each is NAME=value"))?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                return Err(fail("each is NAME=value"));
            }
            if value.is_empty() {
                return Err(fail("a value is empty: what is not known is [UNAVAILABLE]"));
            }
            let name = name.to_ascii_uppercase();
            let value = match value.parse::<Ipv6Addr>() {
                Ok(address) if matches!(name.as_str(), "ADDR" | "DESTADDR") => format!("IPV6:{}", IpAddr::V6(address)),
                _ => value.to_owned(),
            };
            Ok((name, value))
        });
        Ok(Self { attributes: attributes.collect::<Result<_>>()? })
    }

    /// The commands that say it to a server that knows the attributes `offered`; more than one if one would be too long.
    ///
    /// Fails with [`Error::Unsupported`] on an attribute that is not offered, and with [`Error::InvalidInput`] on one that is
    /// too long for a command.
    pub fn lines(&self, offered: &[String]) -> Result<Vec<String>> {
        const VERB: &str = "XCLIENT";
        if offered.is_empty() {
            return Err(Error::Unsupported("the server does not offer XCLIENT to this client".into()));
        }
        let mut lines: Vec<String> = Vec::new();
        for (name, value) in &self.attributes {
            if !offered.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(Error::Unsupported(format!("the server does not know the XCLIENT attribute {name}")));
            }
            let word = format!(" {name}={}", xtext(value));
            if VERB.len() + word.len() > MAX_LINE {
                return Err(Error::InvalidInput(format!("the XCLIENT attribute {name} is too long")));
            }
            match lines.last_mut().filter(|line| line.len() + word.len() <= MAX_LINE) {
                Some(line) => line.push_str(&word),
                None => lines.push(format!("{VERB}{word}")),
            }
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offered() -> Vec<String> {
        ["NAME", "ADDR", "HELO", "LOGIN"].map(str::to_owned).to_vec()
    }

    #[test]
    fn attributes_are_encoded() {
        let xclient = Xclient::parse("name=[UNAVAILABLE] ADDR=2001:db8::1 HELO='a b' LOGIN=a+b").unwrap();
        assert_eq!(
            xclient.lines(&offered()).unwrap(),
            ["XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::1 HELO=a+20b LOGIN=a+2Bb"]
        );
        let unknown = Xclient::parse("PROTO=ESMTP").unwrap().lines(&offered());
        assert!(matches!(unknown, Err(Error::Unsupported(_))));
        assert!(matches!(xclient.lines(&[]), Err(Error::Unsupported(_))));
        for text in ["", " ", "NAME", "NAME=", "=x", "NA ME=x", "NAME=a\r\nQUIT", "NAME='a", "N\u{e4}=x"] {
            assert!(matches!(Xclient::parse(text), Err(Error::InvalidInput(_))), "{text:?}");
        }
    }

    #[test]
    fn long_lists_become_several_commands() {
        let xclient = Xclient::parse(&format!("NAME={} HELO={}", "n".repeat(300), "h".repeat(300))).unwrap();
        let lines = xclient.lines(&offered()).unwrap();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.starts_with("XCLIENT ") && line.len() <= MAX_LINE));
        let xclient = Xclient::parse(&format!("NAME={}", "n".repeat(600))).unwrap();
        assert!(matches!(xclient.lines(&offered()), Err(Error::InvalidInput(_))));
    }

    proptest! {
        #[test]
        fn every_line_is_one(text in "(?s:.){0,20}|((NAME|ADDR|HELO)=[ -~ä]{0,200} ?){0,4}") {
            if let Ok(lines) = Xclient::parse(&text).and_then(|xclient| xclient.lines(&offered())) {
                for line in lines {
                    prop_assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~')) && line.len() <= MAX_LINE);
                }
            }
        }
    }
}
