//! POP3: sessions, their commands, their grammar.
//!
//! ```text
//! connect -> open -> [capa] -> [stls -> capa] -> login -> survey -> flight (RETR, TOP, DELE) -> quit | leave
//!                                                    \______________ Transaction ______________/     \-> abandon
//! ```
//!
//! `quit` has the server delete what was marked and waits for its word; `leave` says QUIT and does not wait, for sessions
//! that marked nothing; `abandon` says nothing, so that nothing is deleted after an error. Replies are matched in order;
//! anything that comes unasked ends the session, since every later reply would be taken for another's.
//!
//! RFC 1939 (the protocol), 2449 (CAPA, response codes, pipelining), 2595 (STLS), 3206 (SYS and AUTH codes), 5034 (AUTH),
//! 6856 (UTF8, LANG), 8314 (TLS from the first octet).

pub mod apop;
mod auth;
pub mod capability;
pub mod command;
mod engine;
pub mod flight;
pub mod listing;
pub mod response;
pub mod session;
pub mod survey;

pub use capability::{Capabilities, Expire, LoginDelay, Utf8};
pub use command::Command;
pub use flight::{Flight, Pipelining, Reply};
pub use listing::{Listing, Message, MessageNumber};
pub use response::ResponseCode;
pub use session::{Authorization, Piece, Session, Transaction};
pub use survey::{Survey, Uidl};
