//! SMTP and LMTP: sessions, messages by the dozen, replies, capabilities, envelopes, command lines.
//!
//! ```text
//! open -> [xclient] -> ehlo -> [starttls -> ehlo] -> [login] -> outbox (send, report)* -> quit | leave
//!                                                            \-> mail -> rcpt -> data -> body     \-> abandon
//! ```
//!
//! An [`Outbox`] sends messages in as few round trips as the server allows; the single steps are for looking at a server.
//! Replies are matched in order; anything that comes unasked ends the session, since every later reply would be taken for
//! another's.
//!
//! What is asked for and what the server offers are compared before MAIL: nothing that was asked for is dropped in silence
//! ([`requirements`]). A verdict belongs to a recipient, not to a message.
//!
//! RFC 5321 and 5322 (the protocol), 6409 (submission), 2033 (LMTP), 1870 (SIZE), 2034, 3463 and 5248 (enhanced status
//! codes), 2852 (DELIVERBY), 2920 (PIPELINING), 3030 (CHUNKING, BINARYMIME), 3207 (STARTTLS), 3461 and 6533 (DSN), 4865
//! (FUTURERELEASE), 4954 (AUTH), 6152 (8BITMIME), 6531 (SMTPUTF8), 6710 (MT-PRIORITY), 8314 (TLS from the first octet), 8689
//! (REQUIRETLS), 9422 (LIMITS).

mod auth;
pub mod capability;
pub mod command;
pub mod content;
mod engine;
pub mod envelope;
pub mod hello;
pub mod outbox;
pub mod parameters;
pub mod proxy_protocol;
pub mod reply;
pub mod requirements;
pub mod session;
mod steps;
pub mod xclient;

pub use capability::{Capabilities, FutureRelease, Limits};
pub use content::{Content, Kind, Octets};
pub use envelope::{Envelope, Parameters, Recipient};
pub use hello::HelloName;
pub use outbox::{Chunking, Fate, Options, Outbox, Partial, Pipelining, Report, Stage, Stages, Window};
pub use parameters::{AuthParameter, ByMode, DeliverBy, Hold, Notify, Ret};
pub use reply::{Class, EnhancedCode, Reply};
pub use requirements::{BodyType, Declared, Protection};
pub use session::{Dialect, Fallback, Session};
pub use xclient::Xclient;
