//! Message text (RFC 5322, RFC 2045, RFC 6532): read, looked into, composed, signed. No network.
//!
//! A [`Message`] is a [`Header`] in memory and a body that may be of any size; what it [opens](Message::open) to is
//! exactly what goes out, with CRLF line ends and nothing else changed. Changes are explicit and each has a name:
//! [`strip_bcc`](Message::strip_bcc), [`complete`](Message::complete), [`repaired`](Message::repaired).

pub mod address;
mod ascii;
pub mod attachment_name;
pub mod base_subject;
mod body;
pub mod charset;
mod complete;
pub mod compose;
pub mod date;
pub mod dkim;
pub mod encoded_word;
pub mod field;
mod folding;
pub mod html;
pub mod intake;
mod lines;
mod mbox;
pub(crate) mod media_type;
mod message;
pub mod message_id;
mod parameter;
pub mod parameter_value;
pub mod part;
pub mod preview;
pub(crate) mod quoted_printable;
mod recipients;
mod reencode;
pub mod sort;
pub(crate) mod structure;
pub mod thread;
pub mod transfer_decoding;
mod transfer_encoding;

pub use address::Mailbox;
pub use body::{Body, BodyReader, BodyWriter};
pub use complete::Complete;
pub use compose::{Attachment, AutoSubmitted, Compose, Inline, Source};
pub use field::{Field, Header};
pub use mbox::{Mbox, MboxMessage};
pub use message::{Dot, Facts, Kind, Message, Reading};
pub use recipients::{distinct, qualify, recipients};
pub use reencode::{EightBit, HeaderText, LineRepair, Repair};
