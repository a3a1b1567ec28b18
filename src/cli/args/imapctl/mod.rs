//! imapctl's own commands and options.

mod access;
mod change;
mod folder_name;
mod look;
mod many;
mod selection;
mod transfer;
mod values;
mod watch;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use access::{
    AclCommand, AclFolder, AclRights, AclSet, AclWhom, MetadataCommand, MetadataGet, MetadataSet, QuotaArgs,
};
pub use change::{
    AppendArgs, AppendFormat, DeleteArgs, ExpungeArgs, FlagArgs, FolderCommand, FolderCreate, FolderDelete,
    FolderRename, FolderSubscribe,
};
pub use folder_name::FolderName;
pub use look::{
    FoldersArgs, ListArgs, PartsArgs, ProbeArgs, SaveArgs, SearchArgs, ShowArgs, ShowForm, StatusArgs, ThreadsArgs,
};
pub use many::{BatchArgs, RawArgs};
pub use selection::{FolderArgs, QueryArgs, Selected, SelectionArgs};
pub use transfer::TransferArgs;
pub use values::{AppendDate, Depth, QuotaLimit};
pub use watch::WatchArgs;

use super::super::output;
use super::invocation::{Program, Shared};
use super::order::command_in_front;
use super::shared::{AuthArgs, ConnectArgs, OutputArgs, TlsArgs};

/// Look at and change anything on an IMAP server.
///
/// One command, one visit to the server: what is found goes to standard output, for people or with --json for programs,
/// and the exit status tells how it went. Messages are named by their UIDs, or by what is looked for in them.
#[derive(Clone, Debug, Parser)]
#[command(name = "imapctl", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = false, propagate_version = false)]
#[command(subcommand_value_name = "COMMAND", override_usage = "imapctl [OPTIONS] <COMMAND>")]
#[command(
    after_help = "\"imapctl COMMAND --help\" tells more about a command. A command's options may stand before it."
)]
pub struct Imapctl {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
    /// Which server, and how it is reached.
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// What is asked of TLS.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Who logs in.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// What is said, and where.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// imapctl's commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Connect, and report what the server offers and what its certificate says.
    Probe(ProbeArgs),
    /// List the folders.
    Folders(FoldersArgs),
    /// Tell how many messages folders hold, without opening them.
    Status(StatusArgs),
    /// List messages, the newest first.
    List(ListArgs),
    /// Print the UIDs of the messages that are found.
    Search(SearchArgs),
    /// List messages as conversations.
    Threads(ThreadsArgs),
    /// Print one message, or a part of it.
    Show(ShowArgs),
    /// List the parts of one message.
    Parts(PartsArgs),
    /// Write messages, their attachments or one part of them to files.
    Save(SaveArgs),
    /// Create, delete, rename and subscribe to folders.
    #[command(subcommand)]
    Folder(FolderCommand),
    /// Put messages into a folder.
    Append(AppendArgs),
    /// Set and clear flags.
    Flag(FlagArgs),
    /// Copy messages to another folder, of another account too.
    #[command(override_usage = "imapctl copy [OPTIONS] <UIDSET|QUERY>... --to <FOLDER>")]
    Copy(TransferArgs),
    /// Move messages to another folder, of another account too.
    #[command(override_usage = "imapctl move [OPTIONS] <UIDSET|QUERY>... --to <FOLDER>")]
    Move(TransferArgs),
    /// Move messages to the trash, or delete them for good.
    Delete(DeleteArgs),
    /// Remove the messages that are marked as deleted.
    Expunge(ExpungeArgs),
    /// See and set who may do what with a folder.
    #[command(subcommand)]
    Acl(AclCommand),
    /// Tell how much of what may be used is used.
    Quota(QuotaArgs),
    /// See and set annotations of folders and of the server.
    #[command(subcommand)]
    Metadata(MetadataCommand),
    /// Run many commands over one connection, one per line.
    Batch(BatchArgs),
    /// Send commands of the protocol as they stand and print the replies.
    Raw(RawArgs),
    /// Wait for changes in folders, and tell of each.
    Watch(WatchArgs),
}

impl Command {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Probe(_) => "probe",
            Self::Folders(_) => "folders",
            Self::Status(_) => "status",
            Self::List(_) => "list",
            Self::Search(_) => "search",
            Self::Threads(_) => "threads",
            Self::Show(_) => "show",
            Self::Parts(_) => "parts",
            Self::Save(_) => "save",
            Self::Folder(_) => "folder",
            Self::Append(_) => "append",
            Self::Flag(_) => "flag",
            Self::Copy(_) => "copy",
            Self::Move(_) => "move",
            Self::Delete(_) => "delete",
            Self::Expunge(_) => "expunge",
            Self::Acl(_) => "acl",
            Self::Quota(_) => "quota",
            Self::Metadata(_) => "metadata",
            Self::Batch(_) => "batch",
            Self::Raw(_) => "raw",
            Self::Watch(_) => "watch",
        }
    }
}

impl Program for Imapctl {
    const PROGRAM: output::Program = output::Program::Imapctl;
    const KEY_COMMANDS: &'static [&'static str] = &["probe", "folders", "list", "threads", "delete", "watch"];
    // A folder or a guard that is set for good would one day be set for the wrong command.
    const NOT_KEYS: &'static [&'static str] =
        &["folder", "uidvalidity", "search", "page", "permanent", "force", "dry-run"];

    fn shared(&self) -> Shared<'_> {
        let Self { connect, tls, auth, output, .. } = self;
        Shared { connect, tls, auth, output }
    }

    fn arrange(words: Vec<OsString>) -> Vec<OsString> {
        command_in_front::<Self>(words, None)
    }
}

#[cfg(test)]
mod tests;
