//! Many messages in one run, and mail that waits.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};

use super::super::values::{path, word};
use super::values::{Input, Rate};

/// Many messages in one run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Many messages")]
pub struct BulkArgs {
    /// Send all messages of a folder, a file of JSON lines (.ndjson), an mbox, or standard input with "-".
    ///
    /// Each goes to the recipients on the command line, or else to those of its own header, as with -t. A line of
    /// JSON may name its envelope.
    #[arg(long, value_name = "DIR|FILE|-", value_parser = Input::parse, value_hint = ValueHint::AnyPath)]
    pub batch: Option<Input>,
    /// What --batch reads; needed with "-", and found out otherwise.
    #[arg(long, value_name = "FORMAT")]
    pub batch_format: Option<BatchFormat>,
    /// Write what became of each message to this file, and skip what it already says was sent.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub results: Option<PathBuf>,
    /// How many connections to send over.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256), default_value = "1")]
    pub jobs: u16,
    /// Send no more than this many messages in a second, as in 10/s, or in a minute, as in 100/m.
    #[arg(long, value_name = "N/s", value_parser = Rate::parse)]
    pub rate: Option<Rate>,
    /// Send one message for each line of this CSV file, made from --template.
    #[arg(long, value_name = "FILE", value_parser = Input::parse, value_hint = ValueHint::FilePath)]
    pub merge: Option<Input>,
    /// The message to make them from, a file with {{NAME}} where a column's value goes.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub template: Option<PathBuf>,
}

/// Mail that waits.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Queue")]
pub struct QueueArgs {
    /// Put the message into the queue and return, and let a later --queue-run send it.
    ///
    /// "on-failure" sends at once and queues only what the server could not take just now; called as sendmail, that
    /// is the default. "never" fails with 75 then.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    pub queue: Option<QueueMode>,
    /// Send what is in the queue and due.
    #[arg(long)]
    pub queue_run: bool,
    /// With --queue-run, work on the queues of all users; for root.
    #[arg(long)]
    pub all_users: bool,
    /// List what is in the queue.
    #[arg(long)]
    pub queue_list: bool,
    /// Remove a message from the queue. It may be given more than once.
    #[arg(long, value_name = "ID", value_parser = word, action = ArgAction::Append)]
    pub queue_remove: Vec<String>,
    /// Keep the queue in this directory.
    ///
    /// Without it the queue is in smtpsend/queue below the directory for state, or, for a user who has no place for
    /// state, below /var/spool/mailwire.
    #[arg(long, value_name = "DIR", value_parser = path, value_hint = ValueHint::DirPath)]
    pub queue_dir: Option<PathBuf>,
    /// What to do with a queued message whose connection died before the server's final word.
    ///
    /// "retry" sends it again with the same Message-ID: it may arrive twice, but is not lost. "hold" leaves it until
    /// somebody decides.
    #[arg(long, value_name = "HOW", default_value = "retry")]
    pub on_unknown: OnUnknown,
}

/// `--batch-format`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum BatchFormat {
    /// A folder of messages, one per file
    Dir,
    /// JSON, one object per line
    Ndjson,
    /// An mbox
    Mbox,
}

/// `--queue`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum QueueMode {
    /// Queue every message, and send none
    Always,
    /// Queue what could not be sent just now
    OnFailure,
    /// Queue nothing
    Never,
}

/// `--on-unknown`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum OnUnknown {
    /// Send it again
    #[default]
    Retry,
    /// Leave it until somebody decides
    Hold,
}
