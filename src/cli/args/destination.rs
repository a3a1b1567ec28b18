//! Where popfetch delivers: a place on this machine, or a server.

use std::fmt;

use crate::endpoint::{Endpoint, Protocol};
use crate::store::Target;
use crate::text::sanitize;

/// Where mail goes, as it is named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// A place on this machine.
    Local(Target),
    /// A server, by its URL.
    Server(String),
    /// The server that an account of the configuration file sends by.
    Account(String),
}

impl Destination {
    /// Parses `lmtp://…`, `smtp://…`, `smtps://…`, `account:NAME`, or what [`Target::parse`] takes. Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let no_imap =
            || Err(format!("the target {} is a folder, and this version cannot deliver to IMAP", shown(text)));
        if let Some(name) = text.strip_prefix("account:") {
            return match name {
                "" => Err("the target names no account".into()),
                _ if name.contains('/') => no_imap(),
                _ => Ok(Self::Account(name.into())),
            };
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("imap" | "imaps") => no_imap(),
            Some("pop3" | "pop3s") => Err(format!("the target {} gives mail and takes none", shown(text))),
            Some("smtp" | "smtps" | "lmtp") => match Endpoint::parse(text, None) {
                Ok(endpoint) if matches!(endpoint.protocol, Protocol::Smtp | Protocol::Lmtp) => {
                    Ok(Self::Server(text.into()))
                }
                Ok(_) => Err(format!("the target {} takes no mail", shown(text))),
                Err(error) => Err(error.to_string()),
            },
            _ => Target::parse(text).map(Self::Local).map_err(|error| error.to_string()),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(target) => target.fmt(f),
            Self::Server(url) => f.write_str(&shown(url)),
            Self::Account(name) => write!(f, "account:{}", shown(name)),
        }
    }
}

fn shown(text: &str) -> String {
    sanitize(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_accounts_are_told_from_places() {
        for url in [
            "lmtp://localhost",
            "lmtp:///run/lmtp",
            "LMTP://ann@[::1]:2424",
            "smtps://ann@mail.example.org",
            "smtp://h",
        ] {
            assert_eq!(Destination::parse(url), Ok(Destination::Server(url.into())), "{url}");
        }
        assert_eq!(Destination::parse("account:work"), Ok(Destination::Account("work".into())));
        assert_eq!(Destination::parse("-"), Ok(Destination::Local(Target::Stdout)));
        assert_eq!(Destination::parse("/m"), Ok(Destination::Local(Target::Maildir("/m".into()))));
        assert_eq!(Destination::parse("account:a\u{1b}[m").unwrap().to_string(), "account:a^[[m");
    }

    #[test]
    fn refusals_say_why() {
        for (text, why) in [
            ("imap://h/INBOX", "cannot deliver to IMAP"),
            ("imaps://h", "cannot deliver to IMAP"),
            ("account:work/INBOX", "cannot deliver to IMAP"),
            ("account:", "names no account"),
            ("pop3s://h", "gives mail and takes none"),
            ("smtp://ann:hunter2@h", "password"),
            ("smtp://", "smtp://"),
            ("lmtp://h/x", "nothing may follow"),
            ("smtp:h", "server"),
        ] {
            let error = Destination::parse(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
