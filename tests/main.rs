//! The programs from outside: the real binary against scripted peers and real servers.
//!
//! - [`dialogues`]: `tests/dialogues/pop3/*.txt`, one conversation with a misbehaving server each; `MAILWIRE_DIALOGUE=NAME`
//!   runs those whose name contains NAME;
//! - [`bulk`]: many messages in one run of smtpsend;
//! - [`hostile`]: what takes more than a dialogue: secrets in every form and place, proxies, very big mailboxes;
//! - [`servers`]: a private Dovecot; skipped loudly where none is installed, unless `CI` or `MAILWIRE_REQUIRE_SERVERS` is set;
//! - [`local`]: what goes wrong on this side: signals, full disks, files that others may read;
//! - [`signatures`]: DKIM signatures before dkimpy; skipped loudly where it is missing, unless `CI` is set;
//! - [`sweeps`]: kills, cuts and faults at many points, sampled with fixed seeds; `MAILWIRE_SWEEP=full` takes every point.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it is skipped; helpers outside #[test] functions included"
)]

mod bulk;
mod dialogues;
mod hostile;
mod local;
mod servers;
mod signatures;
mod support;
mod sweeps;
