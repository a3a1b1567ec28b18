//! POP3.

pub mod apop;
