//! What the tests stand on: the program in a clean room, certificates, scripted peers, and servers that
//! write down what they are told.

pub(crate) mod command;
pub(crate) mod dialogue;
pub(crate) mod hole;
pub(crate) mod imap_server;
pub(crate) mod mailbox;
pub(crate) mod pattern;
pub(crate) mod peer;
pub(crate) mod pki;
pub(crate) mod proxy;
pub(crate) mod recorder;
pub(crate) mod relay;
pub(crate) mod spool;
pub(crate) mod terminal;

#[path = "../../examples/demo/server/smtp_command.rs"]
mod smtp_command;
