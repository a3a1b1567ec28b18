//! From what was typed and configured to the server that will be talked to. What else a program does with it, and when
//! that contradicts itself, is in the program's own plan.

pub(crate) mod combinations;
mod layers;
mod remote;
mod server;
pub(crate) mod state_dir;
pub(crate) mod target;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::secrets::{Password, Token};
use crate::endpoint::Endpoint;
use crate::net::connect::ConnectOptions;
use crate::net::deadline::{Interrupt, Timeouts};
use crate::net::tls::TlsConfig;
use crate::sasl::{AuthList, Policy};

pub(crate) use layers::{Layered, Layers};
pub use remote::{Deposit, Relay};
pub(crate) use server::{NeedsUser, Origin, security};

/// What a run finds around it, beside its command line.
pub struct Surroundings<'a> {
    /// The environment.
    pub environment: &'a (dyn Fn(&str) -> Option<OsString> + Sync),
    /// What a signal pulls.
    pub interrupt: Option<Arc<Interrupt>>,
}

/// A server, and all that is needed to connect and log in to it.
#[derive(Clone, Debug)]
pub struct Server {
    /// What messages call the account: its name in the configuration file, or user and host. Sanitised.
    pub account: String,
    /// Where it is.
    pub endpoint: Endpoint,
    /// The user; `None` only where none is needed, as for probing, for EXTERNAL and for relays.
    pub user: Option<String>,
    /// The identity to act as.
    pub authzid: Option<String>,
    /// The password, got when it is needed.
    pub password: Password,
    /// The OAuth access token, got when it is needed.
    pub token: Option<Token>,
    /// Which mechanisms are allowed; `None` for the usual ones.
    pub auth: Option<AuthList>,
    /// Passwords may go over a connection that others can read.
    pub cleartext_auth: bool,
    /// What is asked of TLS.
    pub tls: TlsConfig,
    /// How it is reached.
    pub connect: ConnectOptions,
    /// The budgets, with the end of the run and the signals.
    pub timeouts: Timeouts,
    /// Where this account's conversation is written.
    pub transcript: Option<PathBuf>,
}

impl Server {
    /// What the choice of a mechanism obeys; not asked if [`Server::logs_in`] is false.
    pub fn policy(&self) -> Policy {
        let allowed = match &self.auth {
            Some(AuthList::Methods(methods)) => Some(methods.clone()),
            _ => None,
        };
        Policy { allowed, cleartext_auth: self.cleartext_auth }
    }

    /// Whether to log in at all: if there is a user or mechanisms are named, but not with `--auth none`.
    pub fn logs_in(&self) -> bool {
        match &self.auth {
            Some(AuthList::None) => false,
            Some(AuthList::Methods(_)) => true,
            None => self.user.is_some(),
        }
    }
}
