//! `--save`: where copies of what was accepted go.

use std::fmt;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use super::super::destination::{FolderPlace, shown};
use super::super::shared::SecurityChoice;
use super::super::target::TargetArgs;
use super::super::values::{path, word};
use crate::store::Target;

/// The folder where none is named.
const USUAL: &str = "@sent";

/// How a server that `--save` names is reached and logged in to; the shared options are about the one that takes the mail.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Copies on a server")]
pub struct SaveArgs {
    /// How the connection to the server of --save is secured, in place of what its URL's scheme says.
    #[arg(long, value_name = "KIND")]
    pub save_security: Option<SecurityChoice>,
    /// The user to log in to the server of --save as.
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub save_user: Option<String>,
    /// Run this shell command and take the line it prints as the password for the server of --save.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    #[arg(value_hint = ValueHint::CommandString)]
    pub save_password_command: Option<String>,
    /// Read the password for the server of --save from this file, which nobody else may be able to read.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub save_password_file: Option<PathBuf>,
    /// Trust the authorities in this PEM file and no others for the server of --save.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub save_ca_file: Option<PathBuf>,
    /// Allow passwords over a connection to the server of --save without TLS.
    #[arg(long)]
    pub save_cleartext_auth: bool,
}

impl SaveArgs {
    /// The long names of the options.
    pub const OPTIONS: [&str; 6] = [
        "save-security",
        "save-user",
        "save-password-command",
        "save-password-file",
        "save-ca-file",
        "save-cleartext-auth",
    ];

    /// The same as the options of any other target are.
    pub fn target(&self) -> TargetArgs {
        let args = self.clone();
        TargetArgs {
            to_security: args.save_security,
            to_user: args.save_user,
            to_password_command: args.save_password_command,
            to_password_file: args.save_password_file,
            to_ca_file: args.save_ca_file,
            to_cleartext_auth: args.save_cleartext_auth,
        }
    }
}

/// Where copies go, as it is named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SaveTarget {
    /// A place on this machine.
    Local(Target),
    /// A folder on an IMAP server.
    Folder(FolderPlace),
}

impl SaveTarget {
    /// Parses `imaps://…`, `imap://…` and `account:NAME`, each with a folder behind it or without, which is the one for sent mail;
    /// or what [`Target::parse`] takes. Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("account:") {
            let name = if name.contains('/') { name.to_owned() } else { format!("{name}/{USUAL}") };
            return FolderPlace::of_account(text, &name).map(Self::Folder);
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("imap" | "imaps") => FolderPlace::of_url(text, USUAL).map(Self::Folder),
            Some("smtp" | "smtps" | "lmtp" | "pop3" | "pop3s") => {
                Err(format!("a copy goes into a folder, such as imaps://HOST/FOLDER, and {} has none", shown(text)))
            }
            _ => Target::parse(text).map(Self::Local).map_err(|error| error.to_string()),
        }
    }
}

impl fmt::Display for SaveTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(target) => target.fmt(f),
            Self::Folder(place) => place.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::destination::FolderServer;
    use super::*;
    use crate::cli::args::imapctl::FolderName;
    use crate::imap::SpecialUse;

    #[test]
    fn copies_go_to_sent_mail_unless_a_folder_is_named() {
        let url = |url: &str| FolderServer::Url(url.into());
        let account = || FolderServer::Account("work".into());
        let (sent, named) = (FolderName::Use(SpecialUse::Sent), |name: &str| FolderName::parse(name).unwrap());
        for (text, server, folder) in [
            ("imaps://ann@h", url("imaps://ann@h"), sent.clone()),
            ("imap://h/", url("imap://h"), sent.clone()),
            ("imap://ann@/run/imap.sock", url("imap://ann@/run/imap.sock"), sent.clone()),
            ("imaps://h/INBOX", url("imaps://h"), named("INBOX")),
            ("imaps://h/Lists/R%C3%BCst", url("imaps://h"), named("Lists/Rüst")),
            ("account:work", account(), sent),
            ("account:work/@archive", account(), FolderName::Use(SpecialUse::Archive)),
            ("account:work/a/b", account(), named("a/b")),
        ] {
            let target = SaveTarget::parse(text).unwrap();
            assert_eq!(target.to_string(), text);
            assert_eq!(target, SaveTarget::Folder(FolderPlace { named: text.into(), server, folder }));
        }
        assert_eq!(SaveTarget::parse("-"), Ok(SaveTarget::Local(Target::Stdout)));
        assert_eq!(SaveTarget::parse("mbox:/m"), Ok(SaveTarget::Local(Target::Mbox("/m".into()))));
    }

    #[test]
    fn refusals_say_why() {
        for (text, why) in [
            ("account:", "names no account"),
            ("account:/x", "names no account"),
            ("account:work/", "names no folder"),
            ("account:work/@snet", "@sent"),
            ("imaps://ann:hunter2@h", "password"),
            ("smtp://h", "goes into a folder"),
            ("lmtp://h\u{1b}", "goes into a folder"),
        ] {
            let error = SaveTarget::parse(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2") && !error.contains('\u{1b}'), "{text}: {error}");
        }
    }
}
