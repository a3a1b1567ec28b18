//! The commands that change nothing.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueHint};

use super::super::values::path;
use super::folder_name::FolderName;
use super::selection::{FolderArgs, QueryArgs, SelectionArgs};
use super::values::{part, pattern, sort};
use crate::imap::{PartNumber, Uid, UidValidity};
use crate::mail::sort::Criteria;

/// `imapctl probe`.
#[derive(Args, Clone, Debug)]
pub struct ProbeArgs {
    /// Exit with 1 if the certificate expires within this many days.
    #[arg(long, value_name = "DAYS")]
    pub warn_days: Option<u32>,
}

/// `imapctl folders`.
#[derive(Args, Clone, Debug)]
pub struct FoldersArgs {
    /// List only folders whose names fit: * stands for anything, % for anything within one level.
    #[arg(value_name = "PATTERN", value_parser = pattern)]
    pub pattern: Option<String>,
    /// Show what lies in what.
    #[arg(long)]
    pub tree: bool,
    /// Also count messages, unread ones and octets.
    #[arg(long)]
    pub counts: bool,
    /// List the folders that are subscribed to, those that are no longer there too.
    #[arg(long)]
    pub subscribed: bool,
    /// Also tell what may be done with each folder (RFC 4314).
    #[arg(long)]
    pub rights: bool,
}

/// `imapctl status`.
#[derive(Args, Clone, Debug)]
pub struct StatusArgs {
    /// The folders; names such as @sent are understood.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse, default_value = "INBOX")]
    pub folders: Vec<FolderName>,
}

/// `imapctl list`.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Which messages; all of them without a query.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Sort by arrival, cc, date, from, size, subject, to, display-from or display-to, or several of these; - before a key
    /// turns it round.
    ///
    /// Without it the messages that arrived last come first.
    #[arg(long, value_name = "KEY[,KEY...]", value_parser = sort, allow_hyphen_values = true)]
    pub sort: Option<Criteria>,
    /// List at most this many messages; 0 lists all.
    #[arg(long, value_name = "COUNT", default_value = "25")]
    pub limit: u32,
    /// Which page, where a page has as many messages as --limit says.
    #[arg(long, value_name = "N", default_value = "1")]
    pub page: NonZeroU32,
    /// Also show how each message's text begins.
    #[arg(long)]
    pub preview: bool,
    /// Show when each message came into the folder in place of its date, if the server knows (RFC 8514).
    #[arg(long)]
    pub save_date: bool,
}

/// `imapctl search`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "imapctl search [OPTIONS] <QUERY>...")]
pub struct SearchArgs {
    /// Which messages.
    #[command(flatten)]
    pub query: QueryArgs,
    /// A folder; @sent, @trash, @drafts, @junk, @archive and @all are what the server uses for these. It may be given more than
    /// once.
    ///
    /// Of several folders each UID is printed with the folder's UIDVALIDITY and name.
    #[arg(short, long = "folder", value_name = "NAME", value_parser = FolderName::parse, action = ArgAction::Append)]
    #[arg(default_value = "INBOX")]
    pub folder: Vec<FolderName>,
    /// Search the folders whose names fit instead: * stands for anything, % for anything within one level.
    #[arg(long = "in", value_name = "PATTERN", value_parser = pattern, conflicts_with = "folder")]
    pub within: Option<String>,
    /// Do nothing if the folder's UIDVALIDITY is not this number: then UIDs mean other messages than they did.
    #[arg(long, value_name = "N")]
    pub uidvalidity: Option<UidValidity>,
    /// Sort by arrival, cc, date, from, size, subject, to, display-from or display-to, or several of these; - before a key
    /// turns it round.
    ///
    /// Without it UIDs come in ascending order; several folders are sorted one by one.
    #[arg(long, value_name = "KEY[,KEY...]", value_parser = sort, allow_hyphen_values = true)]
    pub sort: Option<Criteria>,
    /// Print at most this many of a folder; 0 prints all.
    #[arg(long, value_name = "COUNT", default_value = "0")]
    pub limit: u32,
}

/// `imapctl threads`.
#[derive(Args, Clone, Debug)]
pub struct ThreadsArgs {
    /// Which messages; all of them without a query.
    #[command(flatten)]
    pub query: QueryArgs,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// List at most this many conversations, those with the newest messages; 0 lists all.
    #[arg(long, value_name = "COUNT", default_value = "25")]
    pub limit: u32,
    /// Which page, where a page has as many conversations as --limit says.
    #[arg(long, value_name = "N", default_value = "1")]
    pub page: NonZeroU32,
}

/// `imapctl show`.
#[derive(Args, Clone, Debug)]
#[command(group = clap::ArgGroup::new("form").args(["headers", "raw", "text", "html", "part"]))]
pub struct ShowArgs {
    /// The message's UID, as "imapctl list" prints it.
    #[arg(value_name = "UID")]
    pub uid: Uid,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Print the header only, decoded.
    #[arg(long)]
    pub headers: bool,
    /// Print the whole message, octet for octet.
    #[arg(long)]
    pub raw: bool,
    /// Print the text only; of a message that has none, what its HTML says.
    #[arg(long)]
    pub text: bool,
    /// Print the HTML only, as it stands.
    #[arg(long)]
    pub html: bool,
    /// Print one part, such as 2 or 1.2, without its encoding.
    #[arg(long, value_name = "N", value_parser = part)]
    pub part: Option<PartNumber>,
    /// Mark the message as seen. Otherwise showing leaves no trace.
    #[arg(long)]
    pub mark_seen: bool,
}

/// What of a message is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ShowForm {
    /// The header's main fields and the text, for people.
    Whole,
    /// The header.
    Headers,
    /// All of it as it stands.
    Raw,
    /// The text.
    Text,
    /// The HTML.
    Html,
    /// One part.
    Part(PartNumber),
}

impl ShowArgs {
    /// What of the message is shown.
    pub fn form(&self) -> ShowForm {
        match self {
            Self { headers: true, .. } => ShowForm::Headers,
            Self { raw: true, .. } => ShowForm::Raw,
            Self { text: true, .. } => ShowForm::Text,
            Self { html: true, .. } => ShowForm::Html,
            Self { part: Some(part), .. } => ShowForm::Part(part.clone()),
            _ => ShowForm::Whole,
        }
    }
}

/// `imapctl parts`.
#[derive(Args, Clone, Debug)]
pub struct PartsArgs {
    /// The message's UID, as "imapctl list" prints it.
    #[arg(value_name = "UID")]
    pub uid: Uid,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
}

/// `imapctl save`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "imapctl save [OPTIONS] <UIDSET|QUERY>... --to <DIR>")]
pub struct SaveArgs {
    /// Which messages.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Save the attachments, under names made from their own. Without this and --part whole messages are saved.
    #[arg(long, conflicts_with = "part")]
    pub attachments: bool,
    /// Save one part, such as 2 or 1.2, without its encoding.
    #[arg(long, value_name = "N", value_parser = part)]
    pub part: Option<PartNumber>,
    /// The directory to write to, made if it is absent. A file that is there is never replaced.
    #[arg(long, value_name = "DIR", value_parser = path, value_hint = ValueHint::DirPath)]
    pub to: PathBuf,
}
