//! The commands about rights, quotas and annotations.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::super::values::{path, word};
use super::folder_name::FolderName;
use super::values::{Depth, QuotaLimit, annotation, pattern, rights};
use crate::imap::session::RightsChange;

/// `imapctl acl …`, RFC 4314.
#[derive(Clone, Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum AclCommand {
    /// List who may do what with a folder.
    Get(AclFolder),
    /// Set what somebody may do with a folder.
    Set(AclSet),
    /// Take everything somebody may do with a folder away, so that only what everybody may do is left.
    Delete(AclWhom),
    /// Tell what you may do with a folder, or what somebody can be allowed to.
    Rights(AclRights),
}

/// `imapctl acl get`.
#[derive(Args, Clone, Debug)]
pub struct AclFolder {
    /// The folder's name.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse)]
    pub folder: FolderName,
}

/// `imapctl acl set`.
#[derive(Args, Clone, Debug)]
pub struct AclSet {
    /// The folder's name.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse)]
    pub folder: FolderName,
    /// Who: a user, a group as the server writes it, or anyone.
    #[arg(value_name = "WHO", value_parser = word, allow_hyphen_values = true)]
    pub who: String,
    /// Letters such as lrswi; +x adds to what there is, -x takes from it.
    #[arg(value_name = "RIGHTS", value_parser = rights, allow_hyphen_values = true)]
    pub rights: RightsChange,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl acl delete`.
#[derive(Args, Clone, Debug)]
pub struct AclWhom {
    /// The folder's name.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse)]
    pub folder: FolderName,
    /// Who: a user, a group as the server writes it, or anyone.
    #[arg(value_name = "WHO", value_parser = word)]
    pub who: String,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl acl rights`.
#[derive(Args, Clone, Debug)]
pub struct AclRights {
    /// The folder's name.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse)]
    pub folder: FolderName,
    /// Who: a user, a group as the server writes it, or anyone. Without it, yourself.
    #[arg(value_name = "WHO", value_parser = word)]
    pub who: Option<String>,
}

/// `imapctl quota`, RFC 9208.
#[derive(Args, Clone, Debug)]
pub struct QuotaArgs {
    /// Tell the quotas that this folder counts against.
    #[arg(value_name = "FOLDER", value_parser = FolderName::parse, default_value = "INBOX", conflicts_with = "root")]
    pub folder: FolderName,
    /// The quota root, as imapctl prints it, in place of a folder's.
    #[arg(long, value_name = "NAME")]
    pub root: Option<String>,
    /// Set a limit, such as STORAGE=2G or MESSAGE=1000. It may be given more than once; limits that are not named are lifted.
    #[arg(long, value_name = "RESOURCE=LIMIT", value_parser = QuotaLimit::parse)]
    pub set: Vec<QuotaLimit>,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// `imapctl metadata …`, RFC 5464.
#[derive(Clone, Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum MetadataCommand {
    /// Print annotations.
    Get(MetadataGet),
    /// Set or remove an annotation.
    Set(MetadataSet),
}

/// `imapctl metadata get`.
#[derive(Args, Clone, Debug)]
pub struct MetadataGet {
    /// Annotations, such as /private/comment. Without any, all that can be found.
    #[arg(value_name = "ENTRY", value_parser = annotation)]
    pub entries: Vec<String>,
    /// The folder.
    #[arg(short, long, value_name = "NAME", value_parser = FolderName::parse, default_value = "INBOX", conflicts_with = "server")]
    pub folder: FolderName,
    /// All folders whose names fit: * stands for anything, % for anything within one level.
    #[arg(long, value_name = "PATTERN", value_parser = pattern, conflicts_with_all = ["folder", "server"])]
    pub folders: Option<String>,
    /// Annotations of the server in place of a folder's.
    #[arg(long)]
    pub server: bool,
    /// Print what lies below the entries as well: 0, 1 or infinity levels of it.
    #[arg(long, value_name = "LEVELS", default_value = "0")]
    pub depth: Depth,
    /// Leave values out that are longer than this, such as 64k.
    #[arg(long, value_name = "SIZE", value_parser = super::super::values::size)]
    pub max_size: Option<u64>,
}

/// `imapctl metadata set`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "imapctl metadata set [OPTIONS] <ENTRY> <VALUE|--file <FILE>|--unset>")]
#[command(group = clap::ArgGroup::new("content").args(["value", "file", "unset"]).required(true))]
pub struct MetadataSet {
    /// The annotation, such as /private/comment.
    #[arg(value_name = "ENTRY", value_parser = annotation)]
    pub entry: String,
    /// Its value.
    #[arg(value_name = "VALUE")]
    pub value: Option<String>,
    /// Take the value from this file; - is standard input.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Remove the annotation.
    #[arg(long)]
    pub unset: bool,
    /// The folder.
    #[arg(short, long, value_name = "NAME", value_parser = FolderName::parse, default_value = "INBOX", conflicts_with = "server")]
    pub folder: FolderName,
    /// An annotation of the server in place of a folder's.
    #[arg(long)]
    pub server: bool,
    /// Print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}
