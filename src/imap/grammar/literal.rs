//! Which literal is about to come: what may be streamed has to be known before the response is whole.

use super::cursor::{Cursor, Upper};
use super::section::{SectionSpec, origin};
use crate::imap::frame::Gap;
use crate::imap::number::{SeqNum, Uid};

/// A literal that holds text of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LiteralHead<'a> {
    /// The message's number, if there is one.
    pub seq: Option<SeqNum>,
    /// The message's UID, if the server has told it before the literal.
    pub uid: Option<Uid>,
    /// Which piece of the message.
    pub section: SectionSpec<'a>,
    /// Where in that piece it begins.
    pub origin: Option<u32>,
}

/// Walks along a response while it comes, and tells what each literal is. It looks at every octet once, however many literals
/// there are, and starts anew with each response.
#[derive(Clone, Debug, Default)]
pub struct LiteralScan {
    phase: Phase,
    /// Up to where it has looked.
    at: usize,
    seq: Option<SeqNum>,
    uid: Option<Uid>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    /// At the beginning of a response.
    #[default]
    Start,
    /// Among the items of a FETCH response, before a name.
    Name,
    /// Inside the brackets of an item's name, which began there.
    Section(usize),
    /// Before or in the value of the item whose name began there, so many lists deep.
    Value(usize, u64),
    /// In a response that is none of FETCH.
    Foreign,
}

impl LiteralScan {
    /// A scan of a new response.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the literal is that comes next, if it is text of a message. `so_far` is the response up to the `{` (or `~{`) that
    /// announces it, with the literals before in it as in a [`Frame`](crate::imap::frame::Frame).
    pub fn literal<'a>(&mut self, so_far: &'a [u8], streamed: &[Gap]) -> Option<LiteralHead<'a>> {
        self.advance(so_far, streamed);
        let Phase::Value(name, 0) = self.phase else { return None };
        let mut cursor = Cursor::over(so_far);
        cursor.set_at(name);
        let upper = Upper::new(cursor.name());
        let section = SectionSpec::of(upper.as_bytes(), &mut cursor).ok().flatten()?;
        let origin = origin(&mut cursor).ok()?;
        cursor.blanks();
        cursor.is_at_end().then_some(LiteralHead { seq: self.seq, uid: self.uid, section, origin })
    }

    fn advance(&mut self, so_far: &[u8], streamed: &[Gap]) {
        if self.phase == Phase::Start {
            self.start(so_far);
        }
        while self.phase != Phase::Foreign && self.at < so_far.len() {
            if !self.step(so_far, streamed) {
                self.phase = Phase::Foreign;
            }
        }
    }

    /// `"*" SP nz-number SP ("FETCH" / "UIDFETCH") SP "("`
    fn start(&mut self, so_far: &[u8]) {
        let mut cursor = Cursor::over(so_far);
        self.phase = Phase::Foreign;
        if !cursor.eat(b'*') {
            return;
        }
        cursor.blanks();
        let Ok(number) = cursor.number64() else { return };
        let number = u32::try_from(number).unwrap_or(0);
        cursor.blanks();
        match Upper::new(cursor.name()).as_bytes() {
            b"FETCH" => self.seq = SeqNum::new(number),
            b"UIDFETCH" => self.uid = Uid::new(number),
            _ => return,
        }
        cursor.blanks();
        self.at = cursor.at();
        self.phase = Phase::Name;
    }

    /// Takes the next word; `false` if there is none.
    fn step(&mut self, so_far: &[u8], streamed: &[Gap]) -> bool {
        let mut cursor = Cursor::with_gaps(so_far, streamed);
        cursor.set_at(self.at);
        let taken = match self.phase {
            Phase::Start | Phase::Foreign => false,
            Phase::Name => self.name(&mut cursor),
            Phase::Section(name) => self.section(name, &mut cursor),
            Phase::Value(name, depth) => self.value(name, depth, &mut cursor),
        };
        let moved = cursor.at() > self.at;
        self.at = cursor.at();
        taken && moved
    }

    fn name(&mut self, cursor: &mut Cursor<'_>) -> bool {
        // Quirk: parentheses around the items and between them (Domino).
        cursor.while_(|octet| matches!(octet, b' ' | b'\t' | b'(' | b')'));
        if cursor.is_at_end() {
            return true;
        }
        let name = cursor.at();
        cursor.name();
        self.phase = match cursor.peek() {
            Some(b'[') => Phase::Section(name),
            _ => Phase::Value(name, 0),
        };
        cursor.at() > name
    }

    fn section(&mut self, name: usize, cursor: &mut Cursor<'_>) -> bool {
        match cursor.peek() {
            Some(b']') => {
                cursor.eat(b']');
                cursor.while_(|octet| !matches!(octet, b' ' | b'\t' | b'(' | b')'));
                self.phase = Phase::Value(name, 0);
                true
            }
            Some(b'"') => cursor.quoted().is_ok(),
            Some(b'{') if is_literal(cursor) => true,
            Some(_) => {
                cursor.set_at(cursor.at() + 1);
                true
            }
            None => false,
        }
    }

    fn value(&mut self, name: usize, depth: u64, cursor: &mut Cursor<'_>) -> bool {
        let blanks = cursor.while_(|octet| matches!(octet, b' ' | b'\t'));
        let after = match cursor.peek() {
            // The literal that is asked about, or the response goes on with a next piece.
            None => return !blanks.is_empty(),
            Some(b'(') => {
                cursor.eat(b'(');
                Some(depth + 1)
            }
            Some(b')') => {
                cursor.eat(b')');
                depth.checked_sub(1)
            }
            Some(b'"') => match cursor.quoted() {
                Ok(_) => Some(depth),
                // It does not end: nothing behind it can be told.
                Err(_) => return false,
            },
            Some(b'{' | b'~') if is_literal(cursor) => Some(depth),
            Some(_) => {
                let word = cursor.word();
                if depth == 0 && is_uid(cursor.bytes(), name) {
                    self.uid = Cursor::over(word).nz(Uid::new).ok().or(self.uid);
                }
                if word.is_empty() {
                    return false;
                }
                Some(depth)
            }
        };
        self.phase = match after {
            Some(depth) if depth > 0 => Phase::Value(name, depth),
            // The value is over, or there was none.
            _ => Phase::Name,
        };
        true
    }
}

/// Passes a literal, if there is one.
fn is_literal(cursor: &mut Cursor<'_>) -> bool {
    matches!(cursor.literal(), Ok(Some(_)))
}

fn is_uid(so_far: &[u8], name: usize) -> bool {
    let mut cursor = Cursor::over(so_far);
    cursor.set_at(name);
    cursor.name().eq_ignore_ascii_case(b"UID")
}
