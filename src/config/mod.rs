//! The configuration file: accounts, defaults, and where their passwords come from.
//!
//! [`Config`] reads TOML: `[defaults]`, `[accounts.NAME]` and `[accounts.NAME.PROGRAM]`, each over the one before it,
//! from `/etc/mailwire/config.toml` and the user's file over it. What an option is called and what values it takes is
//! told by a [`Schema`], so that the file knows exactly what the command line knows. [`secrets`] turns the password
//! sources of the contract into a password, as late as possible and once per run.

mod accounts;
mod choose;
mod command;
mod document;
mod netrc;
mod private;
mod prompt;
pub mod secrets;

pub(crate) use crate::nearest::nearest;
pub use accounts::{Config, Sources};
pub use document::{Account, Layer, Programs, Schema, Setting, Table, Value};
pub use private::read_private;

/// The variable a password may come in; no child process ever sees it.
pub const PASSWORD_VARIABLE: &str = "MAILWIRE_PASSWORD";

/// The variable a proxy's password may come in; no child process ever sees it.
pub const PROXY_PASSWORD_VARIABLE: &str = "MAILWIRE_PROXY_PASSWORD";
