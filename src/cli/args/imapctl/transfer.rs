//! `imapctl copy` and `imapctl move`.

use clap::Args;

use super::super::target::TargetArgs;
use super::super::values::word;
use super::folder_name::FolderName;
use super::selection::{FolderArgs, SelectionArgs};

/// `imapctl copy` and `imapctl move`.
#[derive(Args, Clone, Debug)]
pub struct TransferArgs {
    /// Which messages.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where they are.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// The folder they go to; names such as @archive are understood.
    #[arg(long, value_name = "FOLDER", value_parser = FolderName::parse)]
    pub to: FolderName,
    /// The account of that folder: one of the configuration file, or a server URL such as imaps://ann@mail.example.org.
    #[arg(long, value_name = "NAME|URL", value_parser = word)]
    pub to_account: Option<String>,
    /// Create the folder if it is not there.
    #[arg(long)]
    pub create: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How the server of another account is reached.
    #[command(flatten)]
    pub target: TargetArgs,
}
