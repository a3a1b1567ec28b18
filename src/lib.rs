//! Mail over blocking sockets: SMTP, POP3 and IMAP sessions, messages, and what is needed to send and fetch without losing any.
//!
//! Nothing here is asynchronous and nothing waits for ever: every wait is bounded by a [deadline](net::Deadline) that a
//! slow peer cannot stretch and a signal ends. This is the library below `smtpsend`, `popfetch` and `imapctl`.
//!
//! # Layers
//!
//! Each knows only those below it.
//!
//! | | |
//! |---|---|
//! | [`spool`] | the outgoing queue |
//! | [`store`] | delivery into a Maildir, an mbox, files, a command; the ledger of what was delivered |
//! | [`imap`] | sessions with commands in flight under tags, mailbox names, queries, the grammar of what servers say |
//! | [`pop3`] | a session as types: before login, after it, commands in flight |
//! | [`mail`] | message text: read, repaired, composed; addresses, DKIM signatures |
//! | [`smtp`] | replies, capabilities, envelopes and command lines of SMTP and LMTP |
//! | [`sasl`] | mechanisms as values that turn challenges into responses; the choice among them |
//! | [`wire`] | bounded lines, dot-stuffing, the transcript |
//! | [`net`] | connections, proxies, TLS with two backends, deadlines |
//! | [`endpoint`], [`addr_spec`], [`secret`], [`text`], [`error`] | the ground floor |
//!
//! `config`, with the feature `cli`, reads the programs' configuration file.
//!
//! # Examples
//!
//! Every message of a mailbox, retrieved in as few round trips as the server allows:
//!
//! ```no_run
//! use mailwire::net::{Stream, Timeouts};
//! use mailwire::pop3::{Pipelining, Session};
//! use mailwire::sasl::{self, Credentials, Known, Policy};
//! use mailwire::wire::{Connection, LineEnd, Step, Transcript};
//!
//! fn retrieve(stream: Stream, who: &Credentials, mut take: impl FnMut(&[u8])) -> mailwire::Result<()> {
//!     let connection = Connection::new(stream, Timeouts::default(), Transcript::off());
//!     let mut session = Session::open(connection, Pipelining::Auto)?;
//!     session.capa()?;
//!     let choices = sasl::plan(&session.offer(), &session.channel(), Known::from(who), &Policy::default())?;
//!     let mut session = session.login(&choices, who)?;
//!     let mailbox = session.survey()?.listing;
//!     let mut messages = mailbox.messages().peekable();
//!     let mut flight = session.flight();
//!     loop {
//!         while let Some(message) = messages.next_if(|next| flight.has_room(next.size.unwrap_or(0))) {
//!             flight.retr(message.number, message.size.unwrap_or(0))?;
//!         }
//!         let Some(reply) = flight.reply()? else { break };
//!         if let Err(refusal) = reply.result {
//!             eprintln!("message {}: {refusal}", reply.number);
//!             continue;
//!         }
//!         let mut octets = Vec::new();
//!         while flight.read(LineEnd::CrLf, &mut octets)? == Step::More {
//!             take(&octets);
//!             octets.clear();
//!         }
//!         take(&octets);
//!         flight.finish();
//!     }
//!     drop(flight);
//!     session.leave();
//!     Ok(())
//! }
//! ```
//!
//! A message for two recipients, each of which has a fate of its own:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use mailwire::net::{Stream, Timeouts};
//! use mailwire::smtp::{Dialect, Envelope, Fallback, Fate, HelloName, Octets, Options, Session};
//! use mailwire::wire::{Connection, Transcript};
//! use mailwire::AddrSpec;
//!
//! fn send(stream: Stream, text: &str) -> mailwire::Result<()> {
//!     let connection = Connection::new(stream, Timeouts::default(), Transcript::off());
//!     let mut session = Session::open(connection, Dialect::Esmtp, HelloName::of_this_machine(None))?;
//!     session.ehlo(Fallback::Allowed)?;
//!     let recipients = [AddrSpec::parse("ann@example.org")?, AddrSpec::parse("bob@example.net")?];
//!     let envelope = Arc::new(Envelope::new(Some(AddrSpec::parse("me@example.org")?), recipients));
//!     let mut outbox = session.outbox(Options::default());
//!     outbox.send(0, Arc::clone(&envelope), Arc::new(Octets::new(text)))?;
//!     outbox.farewell();
//!     while let Some(report) = outbox.report() {
//!         for (recipient, fate) in envelope.recipients.iter().zip(report.fates) {
//!             match fate {
//!                 Fate::Accepted(reply) => println!("{}: {}", recipient.address, reply.text()),
//!                 Fate::Refused { rejection, .. } => println!("{}: {rejection}", recipient.address),
//!                 Fate::Unsent(error) | Fate::Unknown(error) => println!("{}: {error}", recipient.address),
//!             }
//!         }
//!     }
//!     session.leave();
//!     Ok(())
//! }
//! ```
//!
//! How `stream` comes to be is shown in the package's README.
//!
//! # Promises
//!
//! * Whatever a peer sends, nothing here panics, and memory stays bounded: lines, listings and replies have limits, and
//!   messages stream.
//! * A connection that ends inside a message is an error, with or without TLS; what was read is no message.
//! * No CR, LF or NUL reaches the wire from an argument.
//! * A peer's words are free of control characters where they come out as text, in [`Error`] for one.
//! * A [`secret::Secret`] shows neither in `Debug` nor in a transcript, and is wiped when dropped.
//! * The library prints nothing. Of the environment it reads `SSL_CERT_FILE` and `SSL_CERT_DIR`, `SSLKEYLOGFILE` if asked to,
//!   `TMPDIR` for spooled messages and `PATH` for commands.
//!
//! # Features
//!
//! * `rustls` (default) and `native-tls`: the TLS backends; with both, [`net::tls::TlsConfig::backend`] chooses. With
//!   neither, asking for TLS is an error.
//! * `dkim` (default): signatures of [`mail::dkim`]; without it, making a signer is an error.
//! * `cli` (default): the programs. What is below `cli` is not part of the library's interface.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod addr_spec;
#[cfg(feature = "cli")]
pub mod config;
pub mod endpoint;
pub mod error;
mod file_lock;
pub mod imap;
pub mod mail;
mod nearest;
pub mod net;
pub mod pop3;
pub mod sasl;
pub mod secret;
pub mod smtp;
pub mod spool;
pub mod store;
pub mod text;
pub mod wire;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use addr_spec::AddrSpec;
pub use error::{Error, Rejection, Result};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
