//! The commands and the shape of their replies: one table, so that no reply's shape is ever guessed.

use super::listing::MessageNumber;

/// A command without secrets; those are sent by the authentication code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// RFC 2449 section 5.
    Capa,
    /// RFC 2595 section 4.
    Stls,
    /// RFC 1939 section 7.
    User(&'a str),
    /// RFC 1939 section 5.
    Stat,
    /// Of the whole mailbox. RFC 1939 section 5.
    List,
    /// Of one message.
    ListOne(MessageNumber),
    /// Of the whole mailbox. RFC 1939 section 7.
    Uidl,
    /// Of one message.
    UidlOne(MessageNumber),
    /// The header and so many lines of the body. RFC 1939 section 7.
    Top(MessageNumber, u32),
    /// RFC 1939 section 5.
    Retr(MessageNumber),
    /// RFC 1939 section 5.
    Dele(MessageNumber),
    /// RFC 1939 section 5.
    Rset,
    /// RFC 1939 section 5.
    Noop,
    /// RFC 1081, dropped from later standards: the highest message that was accessed.
    Last,
    /// RFC 1939 sections 5 and 6.
    Quit,
    /// RFC 6856 section 2.1.
    Utf8,
    /// RFC 6856 section 3.2: the languages a server has.
    LangList,
    /// Chooses a language.
    Lang(&'a str),
}

/// How a positive reply ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// With its status line.
    Line,
    /// With a lone dot.
    Data,
}

impl Command<'_> {
    /// The keyword, for errors.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Capa => "CAPA",
            Self::Stls => "STLS",
            Self::User(_) => "USER",
            Self::Stat => "STAT",
            Self::List | Self::ListOne(_) => "LIST",
            Self::Uidl | Self::UidlOne(_) => "UIDL",
            Self::Top(..) => "TOP",
            Self::Retr(_) => "RETR",
            Self::Dele(_) => "DELE",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Last => "LAST",
            Self::Quit => "QUIT",
            Self::Utf8 => "UTF8",
            Self::LangList | Self::Lang(_) => "LANG",
        }
    }

    /// How a positive reply ends.
    pub fn shape(self) -> Shape {
        match self {
            Self::Capa | Self::List | Self::Uidl | Self::Top(..) | Self::Retr(_) | Self::LangList => Shape::Data,
            _ => Shape::Line,
        }
    }

    /// Whether the server may need long: it opens or scans a mailbox.
    pub fn is_slow(self) -> bool {
        matches!(self, Self::List | Self::Uidl | Self::Stat | Self::Quit)
    }

    /// The line on the wire, without CRLF.
    pub fn line(self) -> String {
        match self {
            Self::User(user) => format!("USER {user}"),
            Self::ListOne(number) => format!("LIST {number}"),
            Self::UidlOne(number) => format!("UIDL {number}"),
            Self::Top(number, lines) => format!("TOP {number} {lines}"),
            Self::Retr(number) => format!("RETR {number}"),
            Self::Dele(number) => format!("DELE {number}"),
            Self::Lang(tag) => format!("LANG {tag}"),
            other => other.verb().to_owned(),
        }
    }
}

/// The shape of a reply to a line that a person typed; `None` for what is not known.
pub fn shape_of_line(line: &str) -> Option<Shape> {
    let mut words = line.split_ascii_whitespace();
    let verb = words.next()?.to_ascii_uppercase();
    let bare = words.next().is_none();
    Some(match verb.as_str() {
        "CAPA" | "RETR" | "TOP" => Shape::Data,
        "LIST" | "UIDL" | "LANG" if bare => Shape::Data,
        "LIST" | "UIDL" | "LANG" | "STAT" | "DELE" | "RSET" | "NOOP" | "LAST" | "QUIT" | "UTF8" | "USER" | "STLS" => {
            Shape::Line
        }
        _ => return None,
    })
}

/// Splits a line that a person typed before the secret in it, if there is one: the password of PASS, the digest of
/// APOP, the response in AUTH.
pub fn secret_of_line(line: &str) -> Option<(&str, &str)> {
    let verb = line.split_ascii_whitespace().next()?.to_ascii_uppercase();
    let words_before = match verb.as_str() {
        "PASS" => 1,
        "AUTH" | "APOP" => 2,
        _ => return None,
    };
    let mut at = 0;
    for _ in 0..words_before {
        at += line.get(at..)?.find(|c: char| !c.is_ascii_whitespace())?;
        at += line.get(at..)?.find(|c: char| c.is_ascii_whitespace())? + 1;
    }
    line.split_at_checked(at).filter(|(_, secret)| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_typed_lines_agree() {
        let n = MessageNumber::new(7).unwrap();
        let all = [
            Command::Capa,
            Command::Stls,
            Command::User("ann"),
            Command::Stat,
            Command::List,
            Command::ListOne(n),
            Command::Uidl,
            Command::UidlOne(n),
            Command::Top(n, 0),
            Command::Retr(n),
            Command::Dele(n),
            Command::Rset,
            Command::Noop,
            Command::Last,
            Command::Quit,
            Command::Utf8,
            Command::LangList,
            Command::Lang("de"),
        ];
        for command in all {
            assert_eq!(shape_of_line(&command.line()), Some(command.shape()), "{command:?}");
            assert!(command.line().starts_with(command.verb()));
        }
        assert_eq!(shape_of_line("retr 1"), Some(Shape::Data));
        assert_eq!(shape_of_line("XTND XMIT"), None);
        assert_eq!(shape_of_line(""), None);
    }

    #[test]
    fn typed_secrets_are_found() {
        for (line, visible, secret) in [
            ("PASS canary x", "PASS ", "canary x"),
            ("  pass  canary", "  pass ", " canary"),
            ("AUTH PLAIN AGE=", "AUTH PLAIN ", "AGE="),
            ("apop ann c4c9", "apop ann ", "c4c9"),
        ] {
            assert_eq!(secret_of_line(line), Some((visible, secret)), "{line}");
        }
        for line in ["", "PASS", "PASS ", "AUTH PLAIN", "AUTH", "USER canary", "XPASS canary"] {
            assert_eq!(secret_of_line(line), None, "{line}");
        }
    }
}
