//! The commands that change folders and messages.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::super::values::path;
use super::folder_name::{FolderName, mailbox};
use super::selection::{FolderArgs, SelectionArgs};
use super::values::{AppendDate, flag, special_use};
use crate::error::Result;
use crate::imap::{Flag, Mailbox, SpecialUse, Uid, UidSet};

/// `imapctl folder …`.
#[derive(Clone, Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum FolderCommand {
    /// Create folders.
    Create(FolderCreate),
    /// Delete folders, and the mail in them for good.
    Delete(FolderDelete),
    /// Rename a folder, and with it what lies below it.
    Rename(FolderRename),
    /// Subscribe to folders, so that mail programs show them.
    Subscribe(FolderSubscribe),
    /// Unsubscribe from folders.
    Unsubscribe(FolderSubscribe),
}

/// `imapctl folder create`.
#[derive(Args, Clone, Debug)]
pub struct FolderCreate {
    /// The folders' names.
    #[arg(value_name = "FOLDER", required = true, value_parser = mailbox)]
    pub folders: Vec<Mailbox>,
    /// What the folder is for: all, archive, drafts, flagged, important, junk, sent or trash.
    #[arg(long, value_name = "USE", value_parser = special_use)]
    pub special_use: Option<SpecialUse>,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl folder delete`.
#[derive(Args, Clone, Debug)]
pub struct FolderDelete {
    /// The folders' names.
    #[arg(value_name = "FOLDER", required = true, value_parser = FolderName::parse)]
    pub folders: Vec<FolderName>,
    /// Delete what lies below them as well.
    #[arg(long)]
    pub recursive: bool,
    /// Delete folders with more than 20 messages too.
    #[arg(long)]
    pub force: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl folder rename`.
#[derive(Args, Clone, Debug)]
pub struct FolderRename {
    /// The folder's name.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse)]
    pub folder: FolderName,
    /// Its new name.
    #[arg(value_name = "NAME", value_parser = mailbox)]
    pub name: Mailbox,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl folder subscribe` and `unsubscribe`.
#[derive(Args, Clone, Debug)]
pub struct FolderSubscribe {
    /// The folders' names.
    #[arg(value_name = "FOLDER", required = true, value_parser = FolderName::parse)]
    pub folders: Vec<FolderName>,
    /// The same for what lies below them.
    #[arg(long)]
    pub recursive: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl append`.
#[derive(Args, Clone, Debug)]
pub struct AppendArgs {
    /// Messages, Maildirs and mboxes; - or none is standard input.
    #[arg(value_name = "FILE", value_parser = path, value_hint = ValueHint::AnyPath)]
    pub files: Vec<PathBuf>,
    /// Where to.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Give the messages these flags, such as seen,flagged or $Forwarded, beside those that a Maildir or mbox has for them.
    #[arg(long, value_name = "FLAG", value_parser = flag, value_delimiter = ',')]
    pub flags: Vec<Flag>,
    /// When the messages arrived: a date, a time as in RFC 3339, or "header" for what their Date fields say.
    ///
    /// Without it, what the Maildir or mbox tells, else the present.
    #[arg(long, value_name = "DATE", value_parser = AppendDate::parse)]
    pub date: Option<AppendDate>,
    /// Put the one message in the place of the message with this UID, as a draft is saved again.
    #[arg(long, value_name = "UID")]
    pub replace: Option<Uid>,
    /// What the files are; found out from each unless given.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub format: AppendFormat,
    /// Read the messages, print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl append --format`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum AppendFormat {
    /// A directory is a Maildir, what begins with "From " an mbox, and all else one message
    #[default]
    Auto,
    /// One message in each file
    Eml,
    /// Maildirs
    Maildir,
    /// mboxes
    Mbox,
}

/// `imapctl flag`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "imapctl flag [OPTIONS] <UIDSET|QUERY>... <--add <FLAG>|--remove <FLAG>>")]
#[command(group = clap::ArgGroup::new("flags").args(["add", "remove"]).multiple(true).required(true))]
pub struct FlagArgs {
    /// Which messages.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Set these flags: seen, answered, flagged, deleted, draft, or keywords such as $Forwarded.
    #[arg(long, value_name = "FLAG", value_parser = flag, value_delimiter = ',')]
    pub add: Vec<Flag>,
    /// Clear these flags.
    #[arg(long, value_name = "FLAG", value_parser = flag, value_delimiter = ',')]
    pub remove: Vec<Flag>,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl delete`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "imapctl delete [OPTIONS] <UIDSET|QUERY>...")]
pub struct DeleteArgs {
    /// Which messages.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Remove the messages for good. Messages that are in the trash are removed for good only with this, too.
    #[arg(long)]
    pub permanent: bool,
    /// The folder to move the messages to.
    #[arg(long, value_name = "NAME", value_parser = FolderName::parse, default_value = "@trash")]
    pub trash: FolderName,
    /// Remove for good even more than half of a folder and more than 20 messages.
    #[arg(long)]
    pub force: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl expunge`.
#[derive(Args, Clone, Debug)]
pub struct ExpungeArgs {
    /// Remove only those of these messages that are marked as deleted, such as 4,7:9. Without it, all that are.
    #[arg(value_name = "UIDSET")]
    pub uids: Vec<String>,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Remove even more than half of a folder and more than 20 messages.
    #[arg(long)]
    pub force: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl ExpungeArgs {
    /// The messages that are meant, if some are named.
    ///
    /// Fails with [`crate::Error::InvalidInput`] if the words are no set, which is told before a run connects.
    pub fn selected(&self) -> Result<Option<UidSet>> {
        match self.uids.as_slice() {
            [] => Ok(None),
            words => UidSet::parse(&words.join(",")).map(Some),
        }
    }
}
