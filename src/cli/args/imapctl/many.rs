//! Many commands over one connection, and commands of the protocol.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::super::values::{path, word};
use super::folder_name::FolderName;

/// `imapctl batch`.
#[derive(Args, Clone, Debug)]
pub struct BatchArgs {
    /// The file with the commands, written as behind imapctl and quoted as for a shell; - is standard input.
    #[arg(value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Stop at the first command that fails.
    #[arg(long)]
    pub fail_fast: bool,
}

/// `imapctl raw`.
#[derive(Args, Clone, Debug)]
pub struct RawArgs {
    /// One command, such as UID FETCH 1 FLAGS. Without it, commands are read from the terminal or standard input.
    #[arg(value_name = "COMMAND", value_parser = word)]
    pub command: Vec<String>,
    /// Open this folder first; names such as @sent are understood.
    #[arg(short, long, value_name = "NAME", value_parser = FolderName::parse)]
    pub folder: Option<FolderName>,
}
