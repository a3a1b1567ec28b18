//! popfetch's own commands and options.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::destination::Destination;
use super::shared::{AuthArgs, ConnectArgs, OutputArgs, TlsArgs};
use super::target::TargetArgs;
use super::values::{Argv, Pipeline, Sender, address, argv, path, sender, size, word};
use crate::addr_spec::AddrSpec;

/// Fetch mail from POP3 servers, safely.
///
/// Without a command, popfetch fetches new mail of every account in the configuration file. Mail stays on the server
/// unless you ask for it to be deleted, and only what has been delivered is ever deleted.
#[derive(Clone, Debug, Parser)]
#[command(name = "popfetch", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = false, propagate_version = false)]
#[command(subcommand_value_name = "COMMAND", override_usage = "popfetch [OPTIONS] [COMMAND]")]
#[command(
    after_help = "\"popfetch COMMAND --help\" tells more about a command. A command's options may stand before it."
)]
pub struct Popfetch {
    /// What is to be done; `fetch` if nothing is named.
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

/// popfetch's commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Fetch new mail and deliver it.
    ///
    /// This is what popfetch does when no command is named. Nothing is printed unless something goes wrong.
    Fetch(Box<FetchArgs>),
    /// List the messages on the server.
    List(ListArgs),
    /// Print one message as the server has it.
    Show(ShowArgs),
    /// Delete messages on the server.
    Delete(DeleteArgs),
    /// Connect, and report what the server offers and what its certificate says.
    Probe(ProbeArgs),
    /// Look at and change what is remembered of an account.
    #[command(subcommand)]
    State(StateCommand),
    /// Send commands as they stand and print the replies.
    Raw(RawArgs),
}

/// `popfetch fetch`.
#[derive(Args, Clone, Debug)]
pub struct FetchArgs {
    /// Accounts of the configuration file, or server URLs. Without any: all accounts that have a "pop3" URL.
    #[arg(value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
    /// Everything that can be chosen.
    #[command(flatten)]
    pub options: FetchOptions,
}

/// The options of `popfetch fetch`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Fetching")]
pub struct FetchOptions {
    /// Deliver to maildir:DIR, mbox:FILE, eml:DIR, pipe:COMMAND, a server or - for standard output. A bare path is a
    /// Maildir.
    ///
    /// A Maildir is made if it is absent. A command is split into words as a shell would and run without one, once
    /// per message, which it reads from standard input. A server is lmtp://, smtp:// or smtps:// with a host, or
    /// account:NAME for the one that an account of the configuration file sends by; imaps:// or imap:// with a host
    /// and a folder, or account:NAME/FOLDER for a folder of the account's own, puts mail there.
    #[arg(long, value_name = "TARGET", value_parser = Destination::parse, value_hint = ValueHint::DirPath)]
    pub to: Option<Destination>,
    /// Leave mail on the server. This is the default.
    #[arg(long, group = "retention")]
    pub keep: bool,
    /// Delete mail from the server once it is safely delivered.
    #[arg(long, group = "retention")]
    pub delete: bool,
    /// Delete delivered mail from the server when it was first seen this many days ago.
    #[arg(long, value_name = "DAYS", group = "retention")]
    pub keep_days: Option<u32>,
    /// Leave the newest messages on the server, this many, and delete older ones that have been delivered.
    #[arg(long, value_name = "COUNT", group = "retention")]
    pub keep_newest: Option<u64>,
    /// Let the deleting options also delete mail that was marked seen, imported or skipped.
    #[arg(long)]
    pub delete_seen: bool,
    /// Fetch at most this many messages.
    #[arg(long, value_name = "COUNT")]
    pub max_messages: Option<u64>,
    /// Leave messages larger than this on the server, such as 10M.
    ///
    /// They are judged anew each run.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
    /// Fetch no more than this in all, such as 500M.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_total: Option<u64>,
    /// Fetch only the newest of the new messages, this many, and skip the older ones.
    ///
    /// What is skipped stays skipped until "popfetch state forget".
    #[arg(long, value_name = "COUNT")]
    pub newest: Option<u64>,
    /// Run this command for each message, with the header on standard input, to decide whether to fetch it.
    ///
    /// Exit code 0 takes the message, 1 skips it for good, 75 leaves it for the next run; any other is an error. The
    /// command is split into words as a shell would and run without one.
    #[arg(long, value_name = "COMMAND", value_parser = argv, value_hint = ValueHint::CommandString)]
    pub filter: Option<Argv>,
    /// How many commands to send ahead of their replies: auto, off or a number.
    #[arg(long, value_name = "DEPTH", value_parser = Pipeline::parse, default_value = "auto")]
    pub pipeline: Pipeline,
    /// How many accounts to fetch at a time.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256), default_value = "4")]
    pub jobs: u16,
    /// Ask the server, print what would be done, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Exit with 1 if there was no new mail.
    #[arg(long)]
    pub fail_if_none: bool,
    /// Put a Received header before each message.
    #[arg(long)]
    pub add_received: bool,
    /// Go on although most of the server's message identifiers have changed.
    ///
    /// "match" finds known messages again by size and header, "refetch" takes everything as new, "seen" takes
    /// everything as seen.
    #[arg(long, value_name = "HOW")]
    pub accept_uidl_reset: Option<UidlReset>,
    /// How a target that is a server is reached and logged in to.
    #[command(flatten)]
    pub relay: RelayArgs,
}

/// How a target that is a server is reached and logged in to; the shared options are about the source.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Targets that are servers")]
pub struct RelayArgs {
    /// How it is reached.
    #[command(flatten)]
    pub server: TargetArgs,
    /// The recipient of the mail at the target. It may be given more than once.
    #[arg(long, value_name = "ADDR", value_parser = address, action = ArgAction::Append)]
    pub rcpt: Vec<AddrSpec>,
    /// The sender in the target's envelope, to which reports of failure go; '<>', for nobody, if it is not given.
    #[arg(long, value_name = "ADDR", value_parser = sender)]
    pub envelope_from: Option<Sender>,
}

/// `--accept-uidl-reset`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum UidlReset {
    /// Find known messages again by size and header
    Match,
    /// Take everything as new
    Refetch,
    /// Take everything as seen
    Seen,
}

/// `popfetch list`.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Also show who each message is from, its date and its subject.
    #[arg(long)]
    pub headers: bool,
}

/// `popfetch show`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch show [OPTIONS] <ACCOUNT> <UIDL|--number <N>>")]
pub struct ShowArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// The message's unique identifier, as "popfetch list" prints it.
    #[arg(value_name = "UIDL", value_parser = word)]
    pub uidl: Option<String>,
    /// The message's number in this session, in place of its identifier.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: Option<u32>,
    /// Print the header only.
    #[arg(long, conflicts_with = "lines")]
    pub headers: bool,
    /// Print the header and this many lines of the body.
    #[arg(long, value_name = "N")]
    pub lines: Option<u32>,
}

/// `popfetch delete`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch delete [OPTIONS] <ACCOUNT> <UIDL>...")]
pub struct DeleteArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Unique identifiers of messages, as "popfetch list" prints them.
    #[arg(value_name = "UIDL", value_parser = word)]
    pub uidls: Vec<String>,
}

/// `popfetch probe`.
#[derive(Args, Clone, Debug)]
pub struct ProbeArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Exit with 1 if the certificate expires within this many days.
    #[arg(long, value_name = "DAYS")]
    pub warn_days: Option<u32>,
}

/// `popfetch state …`.
#[derive(Clone, Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum StateCommand {
    /// List the messages that are remembered, and what became of them.
    List(StateListArgs),
    /// Take messages as seen without fetching them: the named ones, or all that are on the server.
    MarkSeen(MarkSeenArgs),
    /// Forget messages, so that they count as new if they are still on the server: the named ones, or all.
    Forget(ForgetArgs),
    /// Take over what fetchmail, getmail or mpop remember.
    Import(ImportArgs),
}

/// `popfetch state list`.
#[derive(Args, Clone, Debug)]
pub struct StateListArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
}

/// `popfetch state mark-seen`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch state mark-seen [OPTIONS] <ACCOUNT> [UIDL]...")]
pub struct MarkSeenArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Unique identifiers of messages. Without any, every message on the server is meant.
    #[arg(value_name = "UIDL", value_parser = word)]
    pub uidls: Vec<String>,
}

/// `popfetch state forget`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch state forget [OPTIONS] <ACCOUNT> [UIDL]...")]
pub struct ForgetArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Unique identifiers of messages. Without any, every message is meant.
    #[arg(value_name = "UIDL", value_parser = word)]
    pub uidls: Vec<String>,
    /// Forget only messages that were skipped.
    #[arg(long, conflicts_with = "uidls")]
    pub skipped: bool,
}

/// `popfetch state import`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch state import [OPTIONS] <ACCOUNT> <FILE>")]
pub struct ImportArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// The other program's state file: ~/.fetchids, an oldmail file of getmail, or a UIDL file of mpop.
    #[arg(value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Which program wrote the file; found out from its contents unless given.
    #[arg(long, value_name = "PROGRAM")]
    pub format: Option<ImportFormat>,
}

/// `popfetch state import --format`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum ImportFormat {
    /// ~/.fetchids
    Fetchmail,
    /// An oldmail file
    Getmail,
    /// A UIDL file
    Mpop,
}

/// `popfetch raw`.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "popfetch raw [OPTIONS] <ACCOUNT> [COMMAND]...")]
pub struct RawArgs {
    /// An account of the configuration file, or a server URL.
    #[arg(value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Commands to send, one per argument, such as STAT or 'TOP 1 0'. Without any, they are read from standard input.
    #[arg(value_name = "COMMAND", value_parser = word, action = ArgAction::Append)]
    pub commands: Vec<String>,
}
