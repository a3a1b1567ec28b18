//! smtpsend's own options.

mod bulk;
mod compose;
mod debug;
mod delivery;
mod save;
mod values;

use clap::{ArgAction, Args, Parser};

pub use bulk::{BatchFormat, BulkArgs, OnUnknown, QueueArgs, QueueMode};
pub use compose::ComposeArgs;
pub use debug::{DebugArgs, Ending, Stage};
pub use delivery::{DeliveryArgs, EightBit, Partial, Switch};
pub use save::{SaveArgs, SaveTarget};
pub use values::{Attachment, Author, HeaderField, Inline, Input, Rate};

use super::super::output;
use super::invocation::{Program, Shared};
use super::shared::{AuthArgs, ConnectArgs, OutputArgs, TlsArgs};
use super::values::{Sender, sender};
use values::addresses;

/// Send mail by SMTP, from scripts and in place of sendmail.
///
/// The message is read from standard input as it stands, or composed from options. Nothing is printed when every
/// recipient was accepted.
#[derive(Clone, Debug, Parser)]
#[command(name = "smtpsend", version, max_term_width = 100, override_usage = "smtpsend [OPTIONS] [RECIPIENT]...")]
#[command(
    after_help = "Called by the name sendmail, mailq or newaliases, the program takes the options of sendmail(8)."
)]
pub struct Smtpsend {
    /// Recipients, as in a header: ann@example.org or 'Ann <ann@example.org>'.
    #[arg(value_name = "RECIPIENT", value_parser = addresses)]
    pub recipients: Vec<String>,
    /// Who sends, and to whom.
    #[command(flatten)]
    pub envelope: EnvelopeArgs,
    /// What is written when the message is not ready-made.
    #[command(flatten)]
    pub compose: ComposeArgs,
    /// What is asked of the server, and done to the message.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// Many messages in one run.
    #[command(flatten)]
    pub bulk: BulkArgs,
    /// Mail that waits.
    #[command(flatten)]
    pub queue: QueueArgs,
    /// Looking at servers.
    #[command(flatten)]
    pub debug: DebugArgs,
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

/// Who sends, and to whom.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Envelope")]
pub struct EnvelopeArgs {
    /// The sender, for the envelope and for a From field if the message has none: an address, or a name with the address in
    /// angle brackets behind it.
    ///
    /// Without it the sender is the From field of the message, or else the account's "address".
    #[arg(short, long, value_name = "ADDR", value_parser = Author::parse)]
    pub from: Option<Author>,
    /// The sender in the envelope alone, to which reports of failure go; '<>' if nobody wants any.
    #[arg(long, value_name = "ADDR", value_parser = sender)]
    pub envelope_from: Option<Sender>,
    /// Take the recipients from the To, Cc and Bcc fields of the message as well.
    ///
    /// If it has Resent-To, Resent-Cc or Resent-Bcc fields, those count and the others do not. Bcc fields are never
    /// sent.
    #[arg(short = 't', long)]
    pub recipients_from_headers: bool,
    /// A recipient, in the To field too if the message is composed here. It may be given more than once.
    #[arg(long, value_name = "ADDR", value_parser = addresses, action = ArgAction::Append)]
    pub to: Vec<String>,
    /// A recipient, in the Cc field too if the message is composed here.
    #[arg(long, value_name = "ADDR", value_parser = addresses, action = ArgAction::Append)]
    pub cc: Vec<String>,
    /// A recipient whom the others do not see.
    #[arg(long, value_name = "ADDR", value_parser = addresses, action = ArgAction::Append)]
    pub bcc: Vec<String>,
}

impl Program for Smtpsend {
    const PROGRAM: output::Program = output::Program::Smtpsend;
    const KEY_COMMANDS: &'static [&'static str] = &[];
    const NOT_KEYS: &'static [&'static str] = &[
        "recipients-from-headers",
        "to",
        "cc",
        "bcc",
        "subject",
        "text",
        "html",
        "body",
        "attach",
        "inline",
        "header",
        "reply-to",
        "in-reply-to",
        "envid",
        "batch",
        "batch-format",
        "results",
        "merge",
        "template",
        "queue-run",
        "all-users",
        "queue-list",
        "queue-remove",
        "probe",
        "quit-after",
        "drop-after",
        "verb",
        "script",
    ];

    fn shared(&self) -> Shared<'_> {
        let Self { connect, tls, auth, output, .. } = self;
        Shared { connect, tls, auth, output }
    }
}

#[cfg(test)]
mod tests;
