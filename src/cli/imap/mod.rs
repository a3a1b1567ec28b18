//! What the programs share that talk to IMAP servers: connecting, and finding folders by what they are for.

#[allow(dead_code, reason = "what probe tells of a server is told by one command")]
pub(crate) mod account;
pub(crate) mod uses;

pub(crate) use account::Account;
