//! What mail is delivered to that is not on this machine.

use std::path::Path;
use std::time::Instant;

use super::target::{Role, of_account, of_url};
use super::{Server, Surroundings};
use crate::addr_spec::AddrSpec;
use crate::cli::args::imapctl::FolderName;
use crate::cli::args::{FolderPlace, FolderServer, Imapctl, TargetArgs};
use crate::cli::exit::Failure;

/// A server that mail is passed on to.
#[derive(Clone, Debug)]
pub struct Relay {
    /// What messages call it: as it was named. Sanitised.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The envelope's sender; `None` is the null one: whoever wrote the mail has nothing to do with this delivery.
    pub sender: Option<AddrSpec>,
    /// The envelope's recipients, at least one.
    pub recipients: Vec<AddrSpec>,
}

/// A folder on a server that mail is put into.
#[derive(Clone, Debug)]
pub struct Deposit {
    /// What messages call it: as it was named. Sanitised.
    pub name: String,
    /// The server.
    pub server: Server,
    /// The folder.
    pub folder: FolderName,
}

impl Deposit {
    /// Resolves a folder's place. Fails as `wrong` says on what is wrong with a URL, and with 78 on what is wrong with an account
    /// of the configuration file.
    pub(crate) fn resolve(
        place: &FolderPlace,
        role: Role,
        around: &Surroundings<'_>,
        config: Option<&Path>,
        args: &TargetArgs,
        run_until: Option<Instant>,
        wrong: impl FnOnce(String) -> Failure,
    ) -> Result<Self, Failure> {
        let server = match &place.server {
            FolderServer::Url(url) => of_url(role, around, url, args, run_until).map_err(wrong)?,
            FolderServer::Account(name) => of_account::<Imapctl>(role, around, config, name, args, run_until)?.0,
        };
        Ok(Self { name: place.to_string(), server, folder: place.folder.clone() })
    }
}
