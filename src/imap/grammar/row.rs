//! FETCH: what a server says about one message (RFC 9051 section 7.5.2, and the extensions named below).

use super::body::BodyStructure;
use super::code::parse::parenthesised;
use super::cursor::{Cursor, Text, Upper};
use super::date::InternalDate;
use super::envelope::{Envelope, envelope};
use super::flags::Flags;
use super::flaw::{Flaw, Parsed};
use super::section::{Section, SectionItem, SectionSpec, SectionValue, origin};
use crate::imap::number::{ModSeq, SeqNum, Uid};

/// How many flaws of one row are kept.
const MAX_FLAWS: usize = 32;

/// A row of FETCH or UIDFETCH. `None` is an item that was not there or could not be read; of the latter [`Row::flaws`] tells.
///
/// A row is never dropped for what is wrong with it: whatever can be read stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row<'a> {
    /// The message's number; `None` in UIDFETCH (RFC 9586). Quirk: Courier's 0 is none.
    pub seq: Option<SeqNum>,
    /// The message's UID.
    pub uid: Option<Uid>,
    /// Its flags.
    pub flags: Option<Flags<'a>>,
    /// When it arrived. Quirk: `None` for Domino's `00-Jan-0000`.
    pub internal_date: Option<InternalDate>,
    /// Its size in octets; a hint, as servers count it differently from what they send (Exchange, Gmail).
    pub size: Option<u64>,
    /// Its modification sequence (RFC 7162).
    pub modseq: Option<ModSeq>,
    /// Its header fields.
    pub envelope: Option<Box<Envelope>>,
    /// What it is made of.
    pub structure: Option<Box<BodyStructure>>,
    /// Pieces of its text.
    pub sections: Vec<Section<'a>>,
    /// Sizes of decoded parts: the part's number and octets (RFC 3516).
    pub binary_sizes: Vec<(&'a [u8], u64)>,
    /// Its identity wherever it is copied to (RFC 8474).
    pub email_id: Option<Text<'a>>,
    /// Its thread's identity; the inner `None` is NIL: the server does not know threads (RFC 8474).
    pub thread_id: Option<Option<Text<'a>>>,
    /// When it came into this mailbox; the inner `None` is NIL: the server does not know (RFC 8514).
    pub save_date: Option<Option<InternalDate>>,
    /// How its text begins; the inner `None` is NIL: there is none yet (RFC 8970).
    pub preview: Option<Option<Text<'a>>>,
    /// What Gmail says of it.
    pub gmail: Gmail<'a>,
    /// The names of items that are not known here. Text behind a literal that is too short looks like such names, so that a
    /// row with text and these deserves mistrust.
    pub others: Vec<&'a [u8]>,
    /// What could not be read.
    pub flaws: Vec<Flaw>,
}

/// Gmail's own items (X-GM-EXT-1).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Gmail<'a> {
    /// `X-GM-MSGID`: the same for all copies of a message.
    pub message_id: Option<u64>,
    /// `X-GM-THRID`.
    pub thread_id: Option<u64>,
    /// `X-GM-LABELS`: names in modified UTF-7, and system labels such as `\Inbox`.
    pub labels: Option<Vec<Text<'a>>>,
}

impl<'a> Row<'a> {
    /// The value of a piece of text, as it was asked for.
    pub fn section(&self, matches: impl Fn(&SectionSpec<'a>) -> bool) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| matches(&section.spec))
    }

    /// Whether everything in it could be read.
    pub fn is_whole(&self) -> bool {
        self.flaws.is_empty()
    }

    /// `msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"`
    ///
    /// Quirk: more parentheses around the items, or behind them, than there should be (Domino).
    #[inline]
    pub(super) fn msg_att(&mut self, cursor: &mut Cursor<'a>) {
        cursor.blanks();
        if !cursor.eat(b'(') {
            return self.flaw("FETCH", cursor, "a list of items");
        }
        let mut depth = 1u64;
        loop {
            cursor.blanks();
            match cursor.peek() {
                Some(b')') => {
                    depth = depth.saturating_sub(1);
                    cursor.set_at(cursor.at() + 1);
                }
                Some(b'(') => {
                    depth += 1;
                    cursor.set_at(cursor.at() + 1);
                }
                None if depth == 0 => return,
                None => return self.flaw("FETCH", cursor, "the end of the items"),
                Some(_) if depth == 0 && !is_known(*cursor) => {
                    return self.flaw("FETCH", cursor, "the end of the response");
                }
                Some(_) => {
                    let from = cursor.at();
                    self.item(cursor);
                    if cursor.at() == from {
                        return;
                    }
                }
            }
        }
    }

    /// One item and its value. What cannot be read is noted and passed over; the cursor stays if even that is impossible.
    #[inline]
    fn item(&mut self, cursor: &mut Cursor<'a>) {
        let from = *cursor;
        let name = cursor.name();
        let upper = Upper::new(name);
        let (wrong, label) = match self.value(upper.as_bytes(), name, cursor) {
            Ok(()) => return,
            Err(wrong) => (wrong, label(upper.as_bytes())),
        };
        if self.flaws.len() < MAX_FLAWS {
            self.flaws.push(Flaw::new(label, wrong, cursor.bytes()));
        }
        *cursor = from;
        if !resume(cursor) {
            *cursor = from;
        }
    }

    #[inline]
    fn value(&mut self, upper: &[u8], name: &'a [u8], cursor: &mut Cursor<'a>) -> Parsed<()> {
        match upper {
            b"UID" => {
                cursor.sp()?;
                self.uid = Some(cursor.nz(Uid::new)?);
            }
            b"FLAGS" => {
                cursor.blanks();
                self.flags = Some(Flags::flag_list(cursor)?);
            }
            b"INTERNALDATE" => {
                cursor.sp()?;
                self.internal_date = InternalDate::date_time(cursor)?;
            }
            b"RFC822.SIZE" => {
                cursor.sp()?;
                self.size = Some(cursor.number64()?);
            }
            b"MODSEQ" => self.modseq = modseq(cursor)?,
            b"ENVELOPE" => {
                cursor.blanks();
                self.envelope = Some(Box::new(envelope(cursor)?));
            }
            b"BODYSTRUCTURE" => self.structure(cursor)?,
            b"BODY" if cursor.peek() != Some(b'[') => self.structure(cursor)?,
            b"BINARY.SIZE" => {
                let spec = SectionSpec::section(SectionItem::Binary, cursor)?;
                cursor.sp()?;
                self.binary_sizes.push((spec.part, cursor.number64()?));
            }
            b"EMAILID" => {
                cursor.blanks();
                self.email_id = Some(parenthesised(cursor)?);
            }
            b"THREADID" => {
                cursor.blanks();
                self.thread_id = Some(if cursor.nil_or_empty() { None } else { Some(parenthesised(cursor)?) });
            }
            b"SAVEDATE" => {
                cursor.sp()?;
                self.save_date = Some(if cursor.nil() { None } else { InternalDate::date_time(cursor)? });
            }
            b"PREVIEW" => self.preview = Some(preview(cursor)?),
            b"X-GM-MSGID" => {
                cursor.sp()?;
                self.gmail.message_id = Some(cursor.number64()?);
            }
            b"X-GM-THRID" => {
                cursor.sp()?;
                self.gmail.thread_id = Some(cursor.number64()?);
            }
            b"X-GM-LABELS" => {
                cursor.blanks();
                let mut labels = Vec::new();
                cursor.list(|cursor| cursor.astring().map(|label| labels.push(label)))?;
                self.gmail.labels = Some(labels);
            }
            _ => return self.text_or_other(upper, name, cursor),
        }
        Ok(())
    }

    /// `"BODY" ["STRUCTURE"] SP body`
    fn structure(&mut self, cursor: &mut Cursor<'a>) -> Parsed<()> {
        cursor.blanks();
        self.structure = Some(Box::new(BodyStructure::body(cursor)?));
        Ok(())
    }

    fn text_or_other(&mut self, upper: &[u8], name: &'a [u8], cursor: &mut Cursor<'a>) -> Parsed<()> {
        if let Some(spec) = SectionSpec::of(upper, cursor)? {
            let origin = origin(cursor)?;
            cursor.blanks();
            let value = SectionValue::value(cursor)?;
            self.sections.push(Section { spec, origin, value });
            return Ok(());
        }
        if name.is_empty() {
            return Err(cursor.wrong("the name of an item"));
        }
        rest_of_name(cursor);
        cursor.blanks();
        cursor.skip_value()?;
        self.others.push(name);
        Ok(())
    }

    #[cold]
    pub(super) fn flaw(&mut self, item: &'static str, cursor: &Cursor<'a>, expected: &'static str) {
        self.flaws.push(Flaw::new(item, cursor.wrong(expected), cursor.bytes()));
    }
}

/// `fetch-mod-resp = "MODSEQ" SP "(" permsg-modsequence ")"`. Quirks: 0 and -1, which are none; no parentheses.
fn modseq(cursor: &mut Cursor<'_>) -> Parsed<Option<ModSeq>> {
    cursor.blanks();
    let inside = cursor.eat(b'(');
    cursor.blanks();
    let modseq = cursor.loose_number()?;
    if inside {
        cursor.skip_to_list_end()?;
    }
    Ok(modseq.and_then(ModSeq::new))
}

/// `msg-att-preview = "PREVIEW" SP nstring`. Quirk: an algorithm before it, in parentheses, as an early draft had it (Dovecot).
fn preview<'a>(cursor: &mut Cursor<'a>) -> Parsed<Option<Text<'a>>> {
    cursor.blanks();
    if cursor.nil_or_empty() {
        return Ok(None);
    }
    if !cursor.eat(b'(') {
        return cursor.nstring();
    }
    cursor.blanks();
    cursor.atom()?;
    cursor.blanks();
    let text = cursor.nstring()?;
    cursor.skip_to_list_end()?;
    Ok(text)
}

const KNOWN: [&str; 22] = [
    "UID",
    "FLAGS",
    "INTERNALDATE",
    "RFC822.SIZE",
    "MODSEQ",
    "ENVELOPE",
    "BODYSTRUCTURE",
    "BODY",
    "BODY.PEEK",
    "BINARY",
    "BINARY.PEEK",
    "BINARY.SIZE",
    "RFC822",
    "RFC822.HEADER",
    "RFC822.TEXT",
    "EMAILID",
    "THREADID",
    "SAVEDATE",
    "PREVIEW",
    "X-GM-MSGID",
    "X-GM-THRID",
    "X-GM-LABELS",
];

/// The name of an item for a message about it.
fn label(upper: &[u8]) -> &'static str {
    KNOWN.into_iter().find(|known| known.as_bytes() == upper).unwrap_or("FETCH")
}

fn is_known(mut cursor: Cursor<'_>) -> bool {
    let name = cursor.name();
    KNOWN.into_iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// What is left of the name of an item: it may go on with brackets, as `BODY[…]` does, with blanks in them.
fn rest_of_name(cursor: &mut Cursor<'_>) {
    if cursor.peek() == Some(b'[') {
        cursor.while_(|octet| !matches!(octet, b']' | b'\r'));
    }
    cursor.word();
}

/// Goes from an item that could not be read to the next: past one value, and past more until a name is known. `false` if it
/// cannot be told where the value ends.
#[cold]
fn resume(cursor: &mut Cursor<'_>) -> bool {
    cursor.name();
    rest_of_name(cursor);
    loop {
        cursor.blanks();
        if matches!(cursor.peek(), None | Some(b')')) || is_known(*cursor) {
            return true;
        }
        if cursor.skip_value().is_err() {
            return false;
        }
    }
}
