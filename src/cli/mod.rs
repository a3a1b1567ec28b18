//! The command line.

pub mod account;
pub mod advice;
pub mod args;
#[cfg(test)]
mod docs;
pub mod exit;
mod expiry;
mod imap;
pub mod imapctl;
pub mod keys;
mod lines;
pub mod output;
mod piped;
pub mod plan;
pub mod popfetch;
mod relay;
mod run;
pub mod smtpsend;
pub mod verdict;
