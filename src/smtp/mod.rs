//! SMTP and LMTP: replies, capabilities, envelopes, command lines.
//!
//! ```text
//! greeting -> EHLO -> [STARTTLS -> EHLO] -> [AUTH] -> ( MAIL -> RCPT+ -> DATA | BDAT+ )* -> QUIT
//! ```
//!
//! What is asked for and what the server offers are compared before MAIL: nothing that was asked for is dropped in silence
//! ([`requirements`]). A verdict belongs to a recipient, not to a message.
//!
//! RFC 5321 and 5322 (the protocol), 6409 (submission), 2033 (LMTP), 1870 (SIZE), 2034, 3463 and 5248 (enhanced status
//! codes), 2852 (DELIVERBY), 2920 (PIPELINING), 3030 (CHUNKING, BINARYMIME), 3207 (STARTTLS), 3461 and 6533 (DSN), 4865
//! (FUTURERELEASE), 4954 (AUTH), 6152 (8BITMIME), 6531 (SMTPUTF8), 6710 (MT-PRIORITY), 8314 (TLS from the first octet), 8689
//! (REQUIRETLS), 9422 (LIMITS).

pub mod capability;
pub mod command;
pub mod content;
pub mod envelope;
pub mod hello;
pub mod parameters;
pub mod proxy_protocol;
pub mod reply;
pub mod requirements;
pub mod xclient;

pub use capability::{Capabilities, FutureRelease, Limits};
pub use content::{Content, Kind, Octets};
pub use envelope::{Envelope, Parameters, Recipient};
pub use hello::HelloName;
pub use parameters::{AuthParameter, ByMode, DeliverBy, Hold, Notify, Ret};
pub use reply::{Class, EnhancedCode, Reply};
pub use requirements::{BodyType, Declared, Protection};
pub use xclient::Xclient;
