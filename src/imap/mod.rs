//! IMAP: sessions, commands in flight together, the grammar of what a server sends.
//!
//! ```text
//! connect -> greeting -> [capability] -> [starttls -> capability] -> login -> authenticated <-> selected -> logout
//!                \______________________ preauth ____________________________/
//! ```
//!
//! What a server sends is framed first (lines and literals, with limits), then read by a grammar that borrows from the
//! frame. Commands travel under tags, several at a time; what comes untagged belongs to no command and may come at any time.
//! Messages are named by [`Uid`], since sequence numbers move with every expunge.
//!
//! A mailbox's name goes back to the server in the octets it came in ([`Mailbox`]), and sets of messages are sent ascending
//! and in pieces a server can take ([`Set`]). What people search for is compiled to SEARCH keys by [`query`].
//!
//! RFC 9051 (IMAP4rev2), 3501 (IMAP4rev1), 5530 (response codes), 6154 and 8457 (special use), 7162 (CONDSTORE and
//! QRESYNC), 9755 (UTF-8), and the extensions that [`Extension`] names.

mod auth;
pub mod capability;
pub mod command;
mod engine;
pub mod flag;
pub mod frame;
mod framing;
pub mod grammar;
pub mod items;
pub mod mailbox;
pub mod number;
pub mod observer;
pub mod query;
pub mod receiver;
pub mod refusal;
pub mod session;
pub mod set;
pub mod special_use;
mod state;
pub mod utf7;
pub mod verbatim;

pub use capability::{Capabilities, Extension};
pub use command::Command;
pub use engine::{Completion, Heard, Ticket};
pub use flag::{Flag, FlagSet, Keyword};
pub use frame::{Frame, Gap};
pub use items::{Item, PartNumber, Section};
pub use mailbox::{Mailbox, NameEncoding};
pub use number::{ModSeq, Number, SeqNum, Uid, UidValidity};
pub use observer::{InProgress, Observer};
pub use query::Query;
pub use receiver::{Ignore, Receiver, Take};
pub use session::{Resync, Select, Selected, Session};
pub use set::{SequenceSet, Set, UidSet};
pub use special_use::SpecialUse;
pub use state::{Access, Selection};
pub use verbatim::{Piece, Verbatim};
