//! Who takes what a server says.

use super::frame::Frame;
use super::grammar::{Data, Flaw, LiteralHead, Response};
use crate::error::Result;

/// Takes the data that a server sends, asked for or not.
///
/// An error ends the session, which may be in the middle of a response then.
pub trait Receiver {
    /// Takes a response that has come whole. What belongs to no command comes here too: anything may, at any time.
    fn data(&mut self, data: &Data<'_>) -> Result<()>;

    /// Decides what becomes of a literal that holds a message or a part of one, before it comes.
    fn literal(&mut self, _head: &LiteralHead<'_>, _octets: u64) -> Result<Take> {
        Ok(Take::Hold)
    }

    /// Takes the next octets of a literal that is streamed.
    fn octets(&mut self, _octets: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Hears that a streamed literal has come whole.
    fn literal_end(&mut self) -> Result<()> {
        Ok(())
    }

    /// Hears of every response as it came and as it was read, completions and continuations too, before anything becomes of it.
    fn response(&mut self, _frame: &Frame, _response: &std::result::Result<Response<'_>, Flaw>) -> Result<()> {
        Ok(())
    }

    /// Hears of a response that could not be understood at all.
    fn flaw(&mut self, _flaw: &Flaw) -> Result<()> {
        Ok(())
    }
}

/// What becomes of a literal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Take {
    /// It stays in its row, if it is not too big for that.
    Hold,
    /// It is given piece by piece, and left out of its row.
    Stream,
    /// It is passed over.
    Discard,
}

/// Takes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignore;

impl Receiver for Ignore {
    fn data(&mut self, _data: &Data<'_>) -> Result<()> {
        Ok(())
    }
}

/// A function takes whole responses.
impl<F: FnMut(&Data<'_>) -> Result<()>> Receiver for F {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        self(data)
    }
}
