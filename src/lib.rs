//! Mail over blocking sockets: the library below `popfetch`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "cli")]
pub mod config;
pub mod endpoint;
pub mod error;
pub mod net;
pub mod pop3;
pub mod sasl;
pub mod secret;
pub mod store;
pub mod text;
pub mod wire;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use error::{Error, Rejection, Result};
