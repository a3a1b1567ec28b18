//! smtpsend as a whole: from the words of its command line to its exit code.

pub mod plan;
