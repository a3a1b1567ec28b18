//! The grammar of what a server sends: one whole [`Frame`] in, one [`Response`] out, borrowed from it.
//!
//! Nothing here reads from a connection, waits or keeps anything. Functions are named after the rules of RFC 9051 section 9 and
//! of the extensions, and show them. Where real servers write something else the function says so under the word "Quirk", and
//! a test has an example.
//!
//! Nesting is bounded or costs no stack, the work grows with the length of the response, and what a response stands for is not
//! expanded: ranges stay ranges.

mod body;
mod code;
mod cursor;
mod data;
mod date;
mod envelope;
mod flags;
mod flaw;
mod list;
mod literal;
mod ranges;
mod rights;
mod row;
mod search;
mod section;
mod status;
#[cfg(test)]
mod tests;

pub use body::{BodyStructure, Content, Disposition, Parameter, Part};
pub use code::{Code, Progress};
pub use data::{Data, UidBatches, Vanished};
pub use date::InternalDate;
pub use envelope::{Address, AddressMailbox, Envelope};
pub use flags::Flags;
pub use flaw::Flaw;
pub use list::{ListEntry, MailboxStatus, Namespace, Namespaces, StatusItems};
pub use literal::{LiteralHead, LiteralScan};
pub use ranges::{Numbers, Ranges};
pub use rights::{Acl, IdField, ListRights, Metadata, MyRights, Quota, QuotaRoot, Resource};
pub use row::{Gmail, Row};
pub use search::{Esearch, Found, Numbering, Partial, ThreadNode};
pub use section::{FieldNames, Section, SectionItem, SectionSpec, SectionText, SectionValue};
pub use status::{Status, StatusKind};

use self::cursor::Cursor;
use super::frame::Frame;
use super::mailbox::NameEncoding;

/// A response.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a row on the heap would be an allocation for each message listed")]
pub enum Response<'a> {
    /// `+`: the server waits for more of a command. Quirk: text and blank may be missing.
    Continue(&'a [u8]),
    /// A command is done.
    Tagged {
        /// Its tag.
        tag: &'a [u8],
        /// What became of it.
        status: Status<'a>,
    },
    /// What the server tells otherwise.
    Data(Data<'a>),
}

/// `response = *(continue-req / response-data) response-done`: one of them.
///
/// # Errors
///
/// A [`Flaw`] for what is none, and for a known response that cannot be read. Unknown ones are [`Data::Other`], and rows of
/// FETCH carry their flaws with them.
#[inline]
pub fn response(frame: &Frame, names: NameEncoding) -> Result<Response<'_>, Flaw> {
    let mut cursor = Cursor::new(frame, names);
    match cursor.peek() {
        Some(b'*') => {
            cursor.eat(b'*');
            data::response_data(&mut cursor)
        }
        Some(b'+') => {
            cursor.eat(b'+');
            let text = cursor.rest();
            Ok(Response::Continue(text.strip_prefix(b" ").unwrap_or(text)))
        }
        _ => {
            let tag = cursor.word();
            if tag.is_empty() {
                return Err(Flaw::new("response", cursor.wrong("a tag, * or +"), &frame.bytes));
            }
            cursor.blanks();
            let status = Status::resp_cond_state(&mut cursor);
            let status = status.map_err(|wrong| Flaw::new("response", wrong, &frame.bytes))?;
            Ok(Response::Tagged { tag, status })
        }
    }
}
