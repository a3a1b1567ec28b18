//! What the tests stand on: the program in a clean room, certificates, and a scripted peer.

pub(crate) mod command;
pub(crate) mod dialogue;
pub(crate) mod mailbox;
pub(crate) mod pattern;
pub(crate) mod peer;
pub(crate) mod pki;
pub(crate) mod proxy;
