//! Status responses: tagged completions, greetings, and what a server says in between (RFC 9051 section 7.1).

use super::code::Code;
use super::cursor::Cursor;
use super::flaw::Parsed;

/// `OK`, `NO`, `BAD`, `BYE` or `PREAUTH` with what follows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status<'a> {
    /// Which.
    pub kind: StatusKind,
    /// The response code in brackets.
    pub code: Option<Code<'a>>,
    /// The text for people, raw. Quirk: it may be missing.
    pub text: &'a [u8],
}

/// What a [`Status`] says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusKind {
    /// Done, or a remark.
    Ok,
    /// Failed, or a warning.
    No,
    /// Not understood, or something broke.
    Bad,
    /// The server is about to close the connection.
    Bye,
    /// A greeting: this session needs no login.
    Preauth,
}

impl StatusKind {
    /// The word of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Bye => "BYE",
            Self::Preauth => "PREAUTH",
        }
    }

    pub(super) fn from_word(word: &[u8]) -> Option<Self> {
        [Self::Ok, Self::No, Self::Bad, Self::Bye, Self::Preauth]
            .into_iter()
            .find(|kind| word.eq_ignore_ascii_case(kind.as_str().as_bytes()))
    }
}

impl<'a> Status<'a> {
    /// `resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text`, `resp-cond-bye`, `resp-cond-auth`
    pub(super) fn resp_cond_state(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let from = *cursor;
        let Some(kind) = StatusKind::from_word(cursor.word()) else {
            return Err(from.wrong("OK, NO or BAD"));
        };
        Ok(Self::resp_text(kind, cursor))
    }

    /// `resp-text = ["[" resp-text-code "]" SP] [text]`
    ///
    /// Quirks: no text, with or without the blank before it (Gmail's HIGHESTMODSEQ); brackets that do not close, which are text.
    pub(super) fn resp_text(kind: StatusKind, cursor: &mut Cursor<'a>) -> Self {
        cursor.blanks();
        let code = Code::in_brackets(cursor);
        cursor.blanks();
        Self { kind, code, text: cursor.rest() }
    }
}
