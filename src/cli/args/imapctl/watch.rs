//! `imapctl watch`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, ValueHint};

use super::super::values::seconds;
use super::folder_name::FolderName;

/// `imapctl watch`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Watching")]
pub struct WatchArgs {
    /// A folder to watch; it may be given more than once, and names such as @sent are understood.
    #[arg(short, long = "folder", value_name = "NAME", value_parser = FolderName::parse, action = ArgAction::Append)]
    #[arg(default_value = "INBOX")]
    pub folder: Vec<FolderName>,
    /// Run this shell command for each event, with the event as JSON on its standard input.
    ///
    /// An event is done with when the command exits with 0; until then it comes again, in later runs too.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    #[arg(value_hint = ValueHint::CommandString)]
    pub exec: Option<String>,
    /// Use at most this many connections where a server can watch only one folder over each; the rest is looked at in turn.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64), default_value = "4")]
    pub connections: u16,
    /// Look every so many seconds at folders that cannot be watched.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    pub poll: Duration,
    /// Say something on a connection that waits every so many seconds: before routers on the way forget it, and to notice those
    /// that have. Servers may hang up after half an hour.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "240")]
    pub renew: Duration,
    /// Wait until a folder has been quiet for this many seconds before telling what changed in it.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0.5")]
    pub debounce: Duration,
}
