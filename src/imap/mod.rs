//! IMAP: what a server can do, and what its refusals mean.
//!
//! RFC 9051 (IMAP4rev2), 3501 (IMAP4rev1), 5530 (response codes), and the extensions that [`Extension`] names.

pub mod capability;

pub use capability::{Capabilities, Extension};
