//! What is asked of the server, and done to the message on its way.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::super::values::{path, word};
use super::save::{SaveArgs, SaveTarget};
use super::values::domain;
use crate::smtp::parameters::{envid, priority};
use crate::smtp::{AuthParameter, DeliverBy, Hold, Notify, Ret};

/// What is asked of the server, and done to the message.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// When to be told what became of the message: never, or some of success, failure and delay.
    ///
    /// This and the following seven need an extension of the server. What it does not offer is an error (69), and
    /// nothing is sent.
    #[arg(long, value_name = "WHEN[,WHEN...]", value_parser = Notify::parse)]
    pub notify: Option<Notify>,
    /// How much of the message a report of failure repeats: full or hdrs.
    #[arg(long, value_name = "PART", value_parser = Ret::parse)]
    pub ret: Option<Ret>,
    /// A name for this sending, which reports repeat.
    #[arg(long, value_name = "ID", value_parser = envid)]
    pub envid: Option<String>,
    /// Who submitted the message first, for a server that trusts this client; '<>' if that is not known.
    #[arg(long, value_name = "ADDR", value_parser = AuthParameter::parse)]
    pub mail_auth: Option<AuthParameter>,
    /// Have every server on the way use verified TLS, or return the message.
    #[arg(long)]
    pub require_tls: bool,
    /// Have it delivered within this time, such as 2h, or else be told; with ";r" behind the time, have it returned.
    #[arg(long, value_name = "TIME[;MODE]", value_parser = DeliverBy::parse, allow_hyphen_values = true)]
    pub by: Option<DeliverBy>,
    /// Have the server hold it for this time, such as 90m, or until a time such as 2030-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME", value_parser = Hold::parse)]
    pub hold_for: Option<Hold>,
    /// Its priority, from -9 to 9.
    #[arg(long, value_name = "N", value_parser = priority, allow_hyphen_values = true)]
    pub priority: Option<i8>,
    /// What to do with octets above 127 if the server does not take them.
    ///
    /// "auto" sends them if the server offers that, and otherwise encodes the message, unless it is signed. "encode"
    /// always encodes. "refuse" never does, and fails with 65 if the server does not take them.
    #[arg(long = "8bit", value_name = "HOW", default_value = "auto")]
    pub eight_bit: EightBit,
    /// Send the message in chunks if the server offers it, which saves a round trip.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub chunking: Switch,
    /// Send commands ahead of their replies if the server offers it.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub pipeline: Switch,
    /// Add this domain to addresses that have none, such as root.
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub qualify_domain: Option<String>,
    /// Put the address of --from, or else of the account, in place of what the message has in its From field.
    #[arg(long)]
    pub force_from: bool,
    /// Look up recipients without a domain in this file, which has the form of aliases(5).
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub aliases: Option<PathBuf>,
    /// What to do if the server accepts only some of the recipients: go on with those, or abort and send nothing.
    #[arg(long, value_name = "HOW", default_value = "send")]
    pub partial: Partial,
    /// Sign the message by DKIM with this private key, a PEM file, RSA or Ed25519.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub dkim_key: Option<PathBuf>,
    /// The selector under which the key's public half is published.
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub dkim_selector: Option<String>,
    /// The domain that signs.
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub dkim_domain: Option<String>,
    /// Keep a copy of what was accepted: maildir:DIR, mbox:FILE, eml:DIR, pipe:COMMAND, - for standard output, or a folder on an
    /// IMAP server, imaps://USER@HOST/FOLDER, imap://USER@HOST/FOLDER or account:NAME/FOLDER.
    ///
    /// Names such as @sent are understood for the folder, and @sent is what it is without one; the copy is marked as read. Whether
    /// the copy can be kept is looked into before anything is sent. If it then cannot be kept although the message was
    /// accepted, that is told, the exit code is 80, and the message is not sent again.
    #[arg(long, value_name = "TARGET", value_parser = SaveTarget::parse, value_hint = ValueHint::DirPath)]
    pub save: Option<SaveTarget>,
    /// How the server of --save is reached.
    #[command(flatten)]
    pub copies: SaveArgs,
}

/// `--8bit`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum EightBit {
    /// Send it as it is if that is offered, else encode it unless it is signed
    #[default]
    Auto,
    /// Encode it
    Encode,
    /// Send it as it is or not at all
    Refuse,
}

/// `--chunking`, `--pipeline`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Switch {
    /// If the server offers it
    #[default]
    Auto,
    /// Never
    Off,
}

/// `--partial`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Partial {
    /// Send to those that were accepted
    #[default]
    Send,
    /// Send nothing unless all were accepted
    Abort,
}
