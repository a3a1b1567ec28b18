//! How response codes are read.

use std::borrow::Cow;

use super::{Code, PLAIN, Progress};
use crate::imap::grammar::cursor::{Cursor, Text, Upper};
use crate::imap::grammar::flags::Flags;
use crate::imap::grammar::flaw::Parsed;
use crate::imap::grammar::ranges::Ranges;
use crate::imap::number::{ModSeq, SeqNum, Uid, UidValidity};

impl<'a> Code<'a> {
    /// `"[" resp-text-code "]"`; what is in no brackets, or in brackets that do not close, is no code.
    pub(in crate::imap::grammar) fn in_brackets(cursor: &mut Cursor<'a>) -> Option<Self> {
        if cursor.peek() != Some(b'[') {
            return None;
        }
        let from = cursor.at() + 1;
        let end = closing_bracket(*cursor, from)?;
        let mut inner = cursor.until(end);
        inner.set_at(from);
        cursor.set_at(end + 1);
        Some(Self::resp_text_code(inner))
    }

    /// `resp-text-code`: the name and its arguments, up to the end of the cursor.
    fn resp_text_code(mut cursor: Cursor<'a>) -> Self {
        cursor.blanks();
        let name = cursor.word();
        cursor.blanks();
        let arguments = cursor;
        let upper = Upper::new(name);
        let upper = upper.as_bytes();
        let known = arguments_of(upper, &mut cursor).ok().flatten().filter(|_| cursor.end().is_ok());
        known
            .or_else(|| plain(upper))
            .unwrap_or_else(|| Self::Other { name: name.into(), arguments: arguments.rest().trim_ascii_end().into() })
    }
}

/// A code without arguments; some servers add arguments all the same.
fn plain(name: &[u8]) -> Option<Code<'static>> {
    PLAIN.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, code)| code.clone())
}

/// Quirk: values that cannot be, such as `UIDNEXT 0` or `HIGHESTMODSEQ -1`, are `None`: the code is there and says nothing.
fn arguments_of<'a>(name: &[u8], cursor: &mut Cursor<'a>) -> Parsed<Option<Code<'a>>> {
    Ok(Some(match name {
        b"APPENDUID" => {
            let validity = cursor.nz(UidValidity::new)?;
            cursor.sp()?;
            Code::AppendUid { validity, uids: Ranges::uid_set(cursor)? }
        }
        b"COPYUID" => {
            let validity = cursor.nz(UidValidity::new)?;
            cursor.sp()?;
            let source = Ranges::uid_set(cursor)?;
            cursor.sp()?;
            Code::CopyUid { validity, source, destination: Ranges::uid_set(cursor)? }
        }
        b"BADCHARSET" => Code::BadCharset(optional_list(cursor)?),
        b"BADEVENT" => Code::BadEvent(optional_list(cursor)?),
        b"BADURL" => Code::BadUrl(cursor.astring()?),
        b"CAPABILITY" => Code::Capability(words(cursor)),
        b"HIGHESTMODSEQ" => Code::HighestModSeq(cursor.loose_number()?.and_then(ModSeq::new)),
        b"INPROGRESS" => Code::InProgress(progress(cursor)?),
        b"MAILBOXID" => Code::MailboxId(parenthesised(cursor)?),
        b"MESSAGELIMIT" => {
            let limit = cursor.number()?;
            cursor.blanks();
            let uid = if cursor.is_at_end() { None } else { Some(cursor.nz(Uid::new)?) };
            Code::MessageLimit { limit, uid }
        }
        b"METADATA" => return metadata(cursor).map(Some),
        b"MODIFIED" => Code::Modified(Ranges::uid_set(cursor)?),
        b"NOUPDATE" => Code::NoUpdate(if cursor.is_at_end() { None } else { Some(cursor.astring()?) }),
        b"PERMANENTFLAGS" => Code::PermanentFlags(Flags::flag_list(cursor)?),
        b"REFERRAL" => {
            let url = cursor.rest().trim_ascii();
            cursor.set_at(usize::MAX);
            Code::Referral(url.into())
        }
        b"UIDNEXT" => Code::UidNext(small(cursor)?.and_then(Uid::new)),
        b"UIDVALIDITY" => Code::UidValidity(small(cursor)?.and_then(UidValidity::new)),
        b"UNDEFINED-FILTER" => Code::UndefinedFilter(cursor.astring()?),
        b"UNSEEN" => Code::Unseen(small(cursor)?.and_then(SeqNum::new)),
        _ => return Ok(None),
    }))
}

fn small(cursor: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    Ok(cursor.loose_number()?.and_then(|number| u32::try_from(number).ok()))
}

/// `"METADATA" SP ("LONGENTRIES" SP number / "MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE")`
fn metadata<'a>(cursor: &mut Cursor<'a>) -> Parsed<Code<'a>> {
    let from = *cursor;
    let word = Upper::new(cursor.word());
    cursor.blanks();
    match word.as_bytes() {
        b"LONGENTRIES" => cursor.number64().map(Code::MetadataLongEntries),
        b"MAXSIZE" => cursor.number64().map(Code::MetadataMaxSize),
        b"TOOMANY" => Ok(Code::MetadataTooMany),
        b"NOPRIVATE" => Ok(Code::MetadataNoPrivate),
        _ => Err(from.wrong("LONGENTRIES, MAXSIZE, TOOMANY or NOPRIVATE")),
    }
}

/// ```text
/// "INPROGRESS" [SP "(" inprogress-tag SP inprogress-state ")"]
/// inprogress-tag   = quoted / nil
/// inprogress-state = (number / nil) SP (nz-number / nil)
/// ```
fn progress<'a>(cursor: &mut Cursor<'a>) -> Parsed<Progress<'a>> {
    if cursor.is_at_end() {
        return Ok(Progress::default());
    }
    cursor.expect(b'(', "a list")?;
    cursor.blanks();
    let tag = cursor.nstring()?;
    cursor.blanks();
    let done = cursor.loose_number()?;
    cursor.blanks();
    let of = cursor.loose_number()?.filter(|of| *of > 0);
    cursor.skip_to_list_end()?;
    Ok(Progress { tag, done, of })
}

/// `"(" objectid ")"`
pub(in crate::imap::grammar) fn parenthesised<'a>(cursor: &mut Cursor<'a>) -> Parsed<Text<'a>> {
    cursor.expect(b'(', "an identifier in parentheses")?;
    cursor.blanks();
    let id = cursor.astring()?;
    cursor.blanks();
    cursor.expect(b')', "the end of an identifier")?;
    Ok(id)
}

/// `["(" astring *(SP astring) ")"]`
fn optional_list<'a>(cursor: &mut Cursor<'a>) -> Parsed<Vec<Text<'a>>> {
    let mut found = Vec::new();
    if !cursor.is_at_end() {
        cursor.list(|cursor| cursor.astring().map(|item| found.push(item)))?;
    }
    Ok(found)
}

/// `*(SP atom)`
fn words<'a>(cursor: &mut Cursor<'a>) -> Vec<Text<'a>> {
    let words =
        cursor.rest().split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(Cow::Borrowed).collect();
    cursor.set_at(usize::MAX);
    words
}

/// The bracket that closes the one before `from`: not one in a string, in parentheses (Gmail's flags have brackets), or paired
/// with one inside (an address in a URL). Quirk: where those do not pair, the first at all.
fn closing_bracket(mut cursor: Cursor<'_>, from: usize) -> Option<usize> {
    cursor.set_at(from);
    let first = memchr::memchr(b']', cursor.rest())?;
    let (mut parentheses, mut brackets) = (0u64, 0u64);
    while let Some(octet) = cursor.peek() {
        match octet {
            b'"' => match cursor.quoted() {
                Ok(_) => continue,
                Err(_) => break,
            },
            b'(' => parentheses += 1,
            b')' => parentheses = parentheses.saturating_sub(1),
            b'[' if parentheses == 0 => brackets += 1,
            b']' if parentheses == 0 && brackets == 0 => return Some(cursor.at()),
            b']' if parentheses == 0 => brackets -= 1,
            _ => {}
        }
        cursor.set_at(cursor.at() + 1);
    }
    Some(from + first)
}
