//! Where popfetch delivers: a place on this machine, or a server.

use std::fmt;

use super::imapctl::FolderName;
use crate::endpoint::{Address, Endpoint, Protocol};
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
    /// A folder on an IMAP server.
    Folder(FolderPlace),
}

/// A folder on an IMAP server, as it is named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FolderPlace {
    /// The whole of it.
    pub named: String,
    /// The server.
    pub server: FolderServer,
    /// The folder.
    pub folder: FolderName,
}

/// Whose server it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FolderServer {
    /// Its URL, without the folder.
    Url(String),
    /// That of an account of the configuration file.
    Account(String),
}

impl Destination {
    /// Parses `imaps://…/FOLDER`, `imap://…/FOLDER`, `account:NAME/FOLDER`, `lmtp://…`, `smtp://…`, `smtps://…`, `account:NAME`,
    /// or what [`Target::parse`] takes. Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("account:") {
            return match name.contains('/') || name.is_empty() {
                true => FolderPlace::of_account(text, name).map(Self::Folder),
                false => Ok(Self::Account(name.into())),
            };
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("imap" | "imaps") => FolderPlace::of_url(text, "INBOX").map(Self::Folder),
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

impl FolderPlace {
    /// In a URL the folder stands behind the server, percent-encoded where it has to be; without one it is the usual one. Behind a
    /// socket there is no room for one.
    pub(super) fn of_url(text: &str, usual: &str) -> Result<Self, String> {
        let (endpoint, path) = Endpoint::parse_with_path(text, None).map_err(|error| error.to_string())?;
        let url = match (&endpoint.address, text.split_once("://")) {
            (Address::Tcp { .. }, Some((scheme, rest))) => {
                format!("{scheme}://{}", rest.split_once('/').map_or(rest, |(authority, _)| authority))
            }
            _ => text.to_owned(),
        };
        let folder = FolderName::parse(path.as_deref().unwrap_or(usual))?;
        Ok(Self { named: text.into(), server: FolderServer::Url(url), folder })
    }

    /// `NAME/FOLDER`, of what is named by this whole text.
    pub(super) fn of_account(text: &str, name: &str) -> Result<Self, String> {
        let (account, folder) = name.split_once('/').unwrap_or((name, ""));
        if account.is_empty() {
            return Err("the target names no account".into());
        }
        if folder.is_empty() {
            return Err(format!("the target {} names no folder, such as INBOX", shown(text)));
        }
        let (server, folder) = (FolderServer::Account(account.into()), FolderName::parse(folder)?);
        Ok(Self { named: text.into(), server, folder })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(target) => target.fmt(f),
            Self::Server(url) => f.write_str(&shown(url)),
            Self::Account(name) => write!(f, "account:{}", shown(name)),
            Self::Folder(place) => place.fmt(f),
        }
    }
}

impl fmt::Display for FolderPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.named))
    }
}

pub(super) fn shown(text: &str) -> String {
    sanitize(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::SpecialUse;

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
    fn folders_stand_behind_their_server() {
        let named = |name: &str| FolderName::parse(name).unwrap();
        let url = |url: &str| FolderServer::Url(url.into());
        for (text, server, folder) in [
            ("imaps://h", url("imaps://h"), named("INBOX")),
            ("imap://ann@h:1143/", url("imap://ann@h:1143"), named("INBOX")),
            ("IMAPS://a%40b@h/Lists/Rust", url("IMAPS://a%40b@h"), named("Lists/Rust")),
            ("imaps://h/Entw%C3%BCrfe", url("imaps://h"), named("Entwürfe")),
            ("imaps://h/Entwürfe", url("imaps://h"), named("Entwürfe")),
            ("imaps://ann@h:993/@archive", url("imaps://ann@h:993"), FolderName::Use(SpecialUse::Archive)),
            ("imap:///run/imap.sock", url("imap:///run/imap.sock"), named("INBOX")),
            ("imap://ann@/run/imap.sock", url("imap://ann@/run/imap.sock"), named("INBOX")),
            ("account:work/inbox", FolderServer::Account("work".into()), named("INBOX")),
            ("account:work/a/b%20c", FolderServer::Account("work".into()), named("a/b%20c")),
            ("account:work/@sent", FolderServer::Account("work".into()), FolderName::Use(SpecialUse::Sent)),
        ] {
            let destination = Destination::parse(text).unwrap();
            assert_eq!(destination.to_string(), text);
            assert_eq!(destination, Destination::Folder(FolderPlace { named: text.into(), server, folder }));
        }
    }

    #[test]
    fn refusals_say_why() {
        for (text, why) in [
            ("account:", "names no account"),
            ("account:/INBOX", "names no account"),
            ("account:work/", "names no folder"),
            ("account:work/@snet", "@sent"),
            ("imaps://h/@snet", "@sent"),
            ("imaps://h/a%0Ab", "control character"),
            ("imaps://h/%", "hexadecimal"),
            ("imaps://ann:hunter2@h/INBOX", "password"),
            ("imaps://ann:hunter2/x@h/INBOX", "password"),
            ("imaps://ann@h:hunter2/x@h", "password"),
            ("imaps:///", "imaps:///"),
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
