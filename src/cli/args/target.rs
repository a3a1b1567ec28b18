//! How a server that mail goes to is reached, where the shared options are about the one that it comes from.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueHint};

use super::shared::SecurityChoice;
use super::values::{path, word};

/// How a target that is a server is reached and logged in to.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Targets that are servers")]
pub struct TargetArgs {
    /// How the connection to the target is secured, in place of what its URL's scheme says.
    #[arg(long, value_name = "KIND")]
    pub to_security: Option<SecurityChoice>,
    /// The user to log in to the target as.
    #[arg(long, value_name = "NAME", value_parser = word)]
    pub to_user: Option<String>,
    /// Run this shell command and take the line it prints as the target's password.
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    #[arg(value_hint = ValueHint::CommandString)]
    pub to_password_command: Option<String>,
    /// Read the target's password from this file, which nobody else may be able to read.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub to_password_file: Option<PathBuf>,
    /// Trust the authorities in this PEM file and no others for the target.
    #[arg(long, value_name = "FILE", value_parser = path, value_hint = ValueHint::FilePath)]
    pub to_ca_file: Option<PathBuf>,
    /// Allow passwords over a connection to the target without TLS.
    #[arg(long)]
    pub to_cleartext_auth: bool,
}

impl TargetArgs {
    /// The long names of the options.
    pub const OPTIONS: [&str; 6] =
        ["to-security", "to-user", "to-password-command", "to-password-file", "to-ca-file", "to-cleartext-auth"];
}
