//! Looking at servers.

use clap::{ArgAction, Args, ValueEnum, ValueHint};

use super::super::values::word;
use super::values::Input;
use crate::smtp::proxy_protocol::Version;
use crate::smtp::{HelloName, Xclient};

/// Looking at servers.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Debugging")]
pub struct DebugArgs {
    /// Connect, and report what the server offers and what its certificate says.
    #[arg(long)]
    pub probe: bool,
    /// With --probe, exit with 1 if the certificate expires within this many days.
    #[arg(long, value_name = "DAYS")]
    pub warn_days: Option<u32>,
    /// Print what would be sent, to whom and by which server, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do no more than this stage, and leave by QUIT.
    #[arg(long, value_name = "STAGE")]
    pub quit_after: Option<Stage>,
    /// Do no more than this stage, and drop the connection.
    #[arg(long, value_name = "STAGE")]
    pub drop_after: Option<Stage>,
    /// Send this command, such as 'VRFY ann', EXPN, ETRN, HELP or NOOP, and print the reply.
    #[arg(long, value_name = "COMMAND", value_parser = word, action = ArgAction::Append)]
    pub verb: Vec<String>,
    /// Send this file's octets as they are, once connected, and print the replies.
    #[arg(long, value_name = "FILE|-", value_parser = Input::parse, value_hint = ValueHint::FilePath)]
    pub script: Option<Input>,
    /// The name to greet with, in place of this machine's.
    #[arg(long, value_name = "NAME", value_parser = HelloName::parse)]
    pub ehlo: Option<HelloName>,
    /// Tell a server that trusts this client whom it stands for, as in "ADDR=192.0.2.1 NAME=mx.example.org".
    #[arg(long, value_name = "ATTRS", value_parser = Xclient::parse)]
    pub xclient: Option<Xclient>,
    /// Begin the connection with a header of the PROXY protocol, v1 or v2.
    #[arg(long, value_name = "VERSION", value_parser = Version::parse)]
    pub proxy_protocol: Option<Version>,
}

/// How a conversation ends that ends before its time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// By QUIT, whose reply is awaited.
    Quit,
    /// The connection is dropped.
    Drop,
}

impl DebugArgs {
    /// Where the conversation is to end before its time, and how.
    pub fn end(&self) -> Option<(Stage, Ending)> {
        let quit = self.quit_after.map(|stage| (stage, Ending::Quit));
        quit.or_else(|| self.drop_after.map(|stage| (stage, Ending::Drop)))
    }
}

/// `--quit-after`, `--drop-after`: how far a conversation goes, in order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, ValueEnum)]
pub enum Stage {
    /// The connection, and TLS if it starts with that
    Connect,
    /// The server's greeting
    Greeting,
    /// EHLO before TLS
    Helo,
    /// STARTTLS and the handshake
    #[value(name = "starttls")]
    StartTls,
    /// EHLO inside TLS
    Ehlo,
    /// The login
    Auth,
    /// MAIL
    Mail,
    /// RCPT, for every recipient
    Rcpt,
    /// DATA
    Data,
    /// The message, to its final dot
    Dot,
}
