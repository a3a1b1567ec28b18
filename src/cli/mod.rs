//! The command line.

pub mod args;
pub mod exit;
pub mod keys;
pub mod output;
pub mod plan;
