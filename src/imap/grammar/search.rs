//! What searches find: SEARCH, SORT, ESEARCH, THREAD (RFC 9051 section 7.3.4, RFC 5256, RFC 7377, RFC 9394).

use super::cursor::{Cursor, Text, Upper};
use super::flaw::Parsed;
use super::ranges::{Numbers, Ranges};
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{ModSeq, UidValidity};

/// How deep THREAD may nest. It is read without recursion, into a list that has no depth.
const MAX_THREAD_DEPTH: usize = 10_000;

/// The answer to SEARCH or SORT.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found<'a> {
    /// Sequence numbers or UIDs, as was asked for.
    pub numbers: Numbers<'a>,
    /// The highest modification sequence among the messages found (RFC 7162 section 3.1.5).
    pub modseq: Option<ModSeq>,
}

/// The answer to an extended search.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Esearch<'a> {
    /// The tag of the command that it answers.
    pub tag: Option<Text<'a>>,
    /// The mailbox, where several were searched (RFC 7377).
    pub mailbox: Option<Mailbox>,
    /// What that mailbox's UIDs hold with.
    pub uid_validity: Option<UidValidity>,
    /// What the numbers are.
    pub numbering: Numbering,
    /// The lowest number.
    pub min: Option<u32>,
    /// The highest number.
    pub max: Option<u32>,
    /// All of them; of SORT in the order asked for. Quirk: missing when nothing was found, as the standard has it.
    pub all: Option<Ranges<'a>>,
    /// How many there are.
    pub count: Option<u64>,
    /// The highest modification sequence among them (RFC 7162).
    pub modseq: Option<ModSeq>,
    /// A page of them (RFC 9394).
    pub partial: Option<Partial<'a>>,
    /// How well each fits, 1 to 100 (RFC 6203).
    pub relevancy: Vec<u32>,
    /// The names of data that is not known here.
    pub others: Vec<&'a [u8]>,
}

/// What numbers are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Numbering {
    /// Sequence numbers.
    #[default]
    Sequence,
    /// UIDs.
    Uid,
}

/// A page of the answer to a search (RFC 9394).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Partial<'a> {
    /// The places asked for, `1:100` or, counted from the end, `-1:-100`.
    pub range: (i64, i64),
    /// The numbers at these places; `None` if there are none.
    pub numbers: Option<Ranges<'a>>,
}

/// A message of a thread, or a place in it whose message is not there.
///
/// Threads come as one list in which each node stands before those below it, which have a higher level: as deep as a
/// discussion may be, nothing here is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ThreadNode {
    /// The sequence number or UID, as was asked for; `None` for a message that is missing (RFC 5256 section 4).
    pub number: Option<std::num::NonZeroU32>,
    /// 0 where a thread begins, one more for each answer.
    pub level: u32,
}

impl<'a> Found<'a> {
    /// `"SEARCH" *(SP nz-number) [SP search-sort-mod-seq]`, and SORT alike.
    pub(super) fn mailbox_data(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let numbers = Numbers::nz_numbers(cursor)?;
        let mut modseq = None;
        if cursor.eat(b'(') {
            cursor.blanks();
            if cursor.eat_word(b"MODSEQ") {
                cursor.blanks();
                modseq = cursor.loose_number()?.and_then(ModSeq::new);
            }
            cursor.skip_to_list_end()?;
        }
        cursor.end()?;
        Ok(Self { numbers, modseq })
    }
}

impl<'a> Esearch<'a> {
    /// `esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)`
    ///
    /// Quirk: the data in parentheses.
    pub(super) fn esearch_response(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mut found = Self::default();
        cursor.blanks();
        if cursor.is_list() && is_correlator(*cursor) {
            cursor.list(|cursor| found.search_correlator(cursor))?;
            cursor.blanks();
        }
        if cursor.eat_word(b"UID") {
            found.numbering = Numbering::Uid;
        }
        loop {
            cursor.blanks();
            if cursor.is_at_end() {
                return Ok(found);
            }
            if !cursor.eat(b'(') && !cursor.eat(b')') {
                found.search_return_data(cursor)?;
            }
        }
    }

    /// ```text
    /// search-correlator = SP "(" one-correlator *(SP one-correlator) ")"
    /// one-correlator    = ("TAG" SP tag-string) / ("MAILBOX" SP astring) / ("UIDVALIDITY" SP nz-number)
    /// ```
    fn search_correlator(&mut self, cursor: &mut Cursor<'a>) -> Parsed<()> {
        let name = Upper::new(cursor.atom()?);
        cursor.blanks();
        match name.as_bytes() {
            b"TAG" => self.tag = Some(cursor.astring()?),
            b"MAILBOX" => self.mailbox = Some(cursor.mailbox()?),
            b"UIDVALIDITY" => self.uid_validity = Some(cursor.nz(UidValidity::new)?),
            _ => cursor.skip_value()?,
        }
        Ok(())
    }

    /// `search-return-data = ("MIN" SP nz-number) / ("MAX" SP nz-number) / ("ALL" SP sequence-set) / ("COUNT" SP number) / …`
    fn search_return_data(&mut self, cursor: &mut Cursor<'a>) -> Parsed<()> {
        let word = cursor.atom()?;
        let name = Upper::new(word);
        cursor.blanks();
        match name.as_bytes() {
            b"MIN" => self.min = Some(cursor.number()?).filter(|number| *number > 0),
            b"MAX" => self.max = Some(cursor.number()?).filter(|number| *number > 0),
            b"ALL" => self.all = Some(Ranges::uid_set(cursor)?),
            b"COUNT" => self.count = Some(cursor.number64()?),
            b"MODSEQ" => self.modseq = cursor.loose_number()?.and_then(ModSeq::new),
            b"PARTIAL" => self.partial = Some(Partial::ret_data_partial(cursor)?),
            b"RELEVANCY" => cursor.list(|cursor| cursor.number().map(|score| self.relevancy.push(score)))?,
            _ => {
                self.others.push(word);
                cursor.skip_value()?;
            }
        }
        Ok(())
    }
}

/// Whether a list begins with what a search correlator begins with.
fn is_correlator(mut cursor: Cursor<'_>) -> bool {
    cursor.eat(b'(');
    cursor.blanks();
    [b"TAG".as_slice(), b"MAILBOX", b"UIDVALIDITY"].into_iter().any(|name| cursor.eat_word(name)) || cursor.eat(b')')
}

impl<'a> Partial<'a> {
    /// `ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")"`
    fn ret_data_partial(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        cursor.expect(b'(', "a list")?;
        cursor.blanks();
        let first = place(cursor)?;
        cursor.expect(b':', "a range")?;
        let range = (first, place(cursor)?);
        cursor.sp()?;
        let numbers = if cursor.nil_or_empty() { None } else { Some(Ranges::uid_set(cursor)?) };
        cursor.skip_to_list_end()?;
        Ok(Self { range, numbers })
    }
}

/// `partial-range-first = nz-number ":" nz-number`, `partial-range-last = MINUS nz-number ":" MINUS nz-number`: one of them.
fn place(cursor: &mut Cursor<'_>) -> Parsed<i64> {
    let negative = cursor.eat(b'-');
    let place = i64::from(cursor.number()?);
    Ok(if negative { -place } else { place })
}

impl ThreadNode {
    /// ```text
    /// thread-data    = "THREAD" [SP 1*thread-list]
    /// thread-list    = "(" (thread-members / thread-nested) ")"
    /// thread-members = nz-number *(SP nz-number) [SP thread-nested]
    /// thread-nested  = 2*thread-list
    /// ```
    pub(super) fn thread_data(cursor: &mut Cursor<'_>) -> Parsed<Vec<Self>> {
        let mut nodes = Vec::new();
        // For each list that is open: the level that it began at, and the level that comes next in it.
        let mut open: Vec<(u32, u32)> = Vec::new();
        loop {
            cursor.blanks();
            match (cursor.peek(), open.last_mut()) {
                (None, None) => return Ok(nodes),
                (Some(b'('), None) => open.push((0, 0)),
                (Some(b'('), Some((began, next))) => {
                    if began == next {
                        // Answers to a message that is missing.
                        nodes.push(Self { number: None, level: *next });
                        *next = next.saturating_add(1);
                    }
                    let level = *next;
                    open.push((level, level));
                    if open.len() > MAX_THREAD_DEPTH {
                        return Err(cursor.wrong("threads of less depth"));
                    }
                }
                (Some(b')'), Some(_)) => drop(open.pop()),
                (Some(b'0'..=b'9'), Some((_, next))) => {
                    let number = cursor.nz(std::num::NonZeroU32::new)?;
                    nodes.push(Self { number: Some(number), level: *next });
                    *next = next.saturating_add(1);
                    continue;
                }
                _ => return Err(cursor.wrong("a thread")),
            }
            cursor.set_at(cursor.at() + 1);
        }
    }
}
