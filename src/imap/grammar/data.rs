//! Untagged responses: what a server tells, asked for or not (RFC 9051 section 7).

use super::Response;
use super::cursor::{Cursor, Text, Upper};
use super::flags::Flags;
use super::flaw::{Flaw, Parsed, Wrong};
use super::list::{ListEntry, MailboxStatus, Namespaces};
use super::rights::{Acl, IdField, ListRights, Metadata, MyRights, Quota, QuotaRoot, id_response};
use super::row::Row;
use super::search::{Esearch, Found, ThreadNode};
use super::status::{Status, StatusKind};
use crate::imap::number::{SeqNum, Uid};
use crate::imap::set::UidSet;

/// An untagged response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Data<'a> {
    /// OK, NO, BAD, BYE or PREAUTH without a tag.
    Status(Status<'a>),
    /// What the server can do.
    Capability(Vec<&'a [u8]>),
    /// What was enabled (RFC 5161).
    Enabled(Vec<&'a [u8]>),
    /// How many messages the mailbox has.
    Exists(u32),
    /// How many of them are recent (RFC 3501).
    Recent(u32),
    /// A message is gone; those behind it have moved up.
    Expunge(SeqNum),
    /// Messages are gone (RFC 7162 section 3.2.10).
    Vanished {
        /// Whether they went while nobody looked.
        when: Vanished,
        /// Which. There may be UIDs among them that no message had.
        uids: UidSet,
    },
    /// What a message is like.
    Fetch(Row<'a>),
    /// What a search found.
    Search(Found<'a>),
    /// What a search found, sorted (RFC 5256).
    Sort(Found<'a>),
    /// What an extended search found.
    Esearch(Esearch<'a>),
    /// What a search found, by threads (RFC 5256).
    Thread(Vec<ThreadNode>),
    /// The flags in use in the mailbox.
    Flags(Flags<'a>),
    /// A mailbox.
    List(ListEntry<'a>),
    /// A subscribed mailbox (RFC 3501).
    Lsub(ListEntry<'a>),
    /// A mailbox, as old Gmail has it.
    Xlist(ListEntry<'a>),
    /// Counts of a mailbox.
    MailboxStatus(MailboxStatus),
    /// Where mailboxes are.
    Namespace(Namespaces),
    /// What the server is (RFC 2971); `None` is NIL.
    Id(Option<Vec<IdField<'a>>>),
    /// Who may do what (RFC 4314).
    Acl(Acl<'a>),
    /// What rights can be given (RFC 4314).
    ListRights(ListRights<'a>),
    /// What we may do (RFC 4314).
    MyRights(MyRights<'a>),
    /// A quota (RFC 9208).
    Quota(Quota<'a>),
    /// The quotas of a mailbox (RFC 9208).
    QuotaRoot(QuotaRoot<'a>),
    /// Annotations (RFC 5464).
    Metadata(Metadata<'a>),
    /// Ranges of UIDs that hold about as many messages each.
    UidBatches(UidBatches<'a>),
    /// Any other, raw.
    Other(&'a [u8]),
}

/// When messages of [`Data::Vanished`] went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vanished {
    /// `(EARLIER)`: before; they are not counted in EXISTS any more.
    Earlier,
    /// Now: EXISTS is so many lower.
    Now,
}

/// The answer to UIDBATCHES.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UidBatches<'a> {
    /// The tag of the command that it answers.
    pub tag: Option<Text<'a>>,
    /// Ranges of UIDs, lower end first, in the server's order: the newest messages first.
    pub batches: Vec<(Uid, Uid)>,
}

/// `response-data = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data / capability-data / …) CRLF`
///
/// Rows of FETCH are made where they are returned from: a mailbox has many, and each is some hundred octets that need not be
/// moved about.
#[inline(always)]
pub(super) fn response_data<'a>(cursor: &mut Cursor<'a>) -> Result<Response<'a>, Flaw> {
    cursor.blanks();
    if !cursor.peek().is_some_and(|octet| octet.is_ascii_digit()) {
        return mailbox_data(cursor).map(Response::Data);
    }
    let from = *cursor;
    let number = cursor.number();
    // A number that is too big does not cost a FETCH row its items.
    cursor.while_(|octet| octet.is_ascii_digit());
    cursor.blanks();
    let word = Upper::new(cursor.name());
    if word.as_bytes() != b"FETCH" {
        return message_data(word.as_bytes(), number, from, cursor).map(Response::Data);
    }
    let mut row = Row::default();
    match number {
        // Quirk: a message number of 0 (Courier) is none; the row is told by its UID.
        Ok(number) => row.seq = SeqNum::new(number),
        Err(wrong) => row.flaws.push(Flaw::new("FETCH", wrong, cursor.bytes())),
    }
    row.msg_att(cursor);
    Ok(Response::Data(Data::Fetch(row)))
}

/// `mailbox-data`, `resp-cond-state`, and all else that does not begin with a number.
fn mailbox_data<'a>(cursor: &mut Cursor<'a>) -> Result<Data<'a>, Flaw> {
    if cursor.peek() == Some(b'[') {
        // Quirk: home.pl sends COPYUID without an OK before it.
        return Ok(Data::Status(Status::resp_text(StatusKind::Ok, cursor)));
    }
    let from = *cursor;
    let word = cursor.word();
    if let Some(kind) = StatusKind::from_word(word) {
        return Ok(Data::Status(Status::resp_text(kind, cursor)));
    }
    let upper = Upper::new(word);
    let (item, parsed) = Data::named(upper.as_bytes(), cursor);
    match parsed {
        Ok(Some(data)) => Ok(data),
        Ok(None) => Ok(Data::Other(from.rest())),
        Err(wrong) => Err(Flaw::new(item, wrong, cursor.bytes())),
    }
}

/// `message-data = nz-number SP ("EXPUNGE" / …)`, `"EXISTS"`, `"RECENT"`, `uidfetch-resp`: what stands behind a number.
fn message_data<'a>(
    word: &[u8],
    number: Parsed<u32>,
    from: Cursor<'a>,
    cursor: &mut Cursor<'a>,
) -> Result<Data<'a>, Flaw> {
    let flaw = |item, wrong| Flaw::new(item, wrong, from.bytes());
    let not_zero = || from.wrong("a number that is not 0");
    match word {
        b"UIDFETCH" => {
            let uid = number.as_ref().ok().and_then(|number| Uid::new(*number));
            let mut row = Row { uid, ..Row::default() };
            if uid.is_none() {
                row.flaw("UID", &from, "a number that is not 0");
            }
            row.msg_att(cursor);
            Ok(Data::Fetch(row))
        }
        b"EXISTS" => number.and_then(ended(cursor)).map(Data::Exists).map_err(|wrong| flaw("EXISTS", wrong)),
        b"RECENT" => number.and_then(ended(cursor)).map(Data::Recent).map_err(|wrong| flaw("RECENT", wrong)),
        b"EXPUNGE" => number
            .and_then(ended(cursor))
            .and_then(|number| SeqNum::new(number).ok_or_else(not_zero))
            .map(Data::Expunge)
            .map_err(|wrong| flaw("EXPUNGE", wrong)),
        _ => Ok(Data::Other(from.rest())),
    }
}

impl<'a> Data<'a> {
    /// What begins with a word; nothing, if the word is not known.
    fn named(word: &[u8], cursor: &mut Cursor<'a>) -> (&'static str, Parsed<Option<Self>>) {
        match word {
            b"CAPABILITY" => ("CAPABILITY", Ok(Some(Self::Capability(words(cursor))))),
            b"ENABLED" => ("ENABLED", Ok(Some(Self::Enabled(words(cursor))))),
            b"VANISHED" => ("VANISHED", vanished(cursor).map(Some)),
            b"SEARCH" => ("SEARCH", Found::mailbox_data(cursor).map(Self::Search).map(Some)),
            b"SORT" => ("SORT", Found::mailbox_data(cursor).map(Self::Sort).map(Some)),
            b"ESEARCH" => ("ESEARCH", Esearch::esearch_response(cursor).map(Self::Esearch).map(Some)),
            b"THREAD" => ("THREAD", ThreadNode::thread_data(cursor).map(Self::Thread).map(Some)),
            b"FLAGS" => ("FLAGS", flags(cursor).map(Some)),
            b"LIST" => ("LIST", ListEntry::mailbox_list(cursor).map(Self::List).map(Some)),
            b"LSUB" => ("LSUB", ListEntry::mailbox_list(cursor).map(Self::Lsub).map(Some)),
            b"XLIST" => ("XLIST", ListEntry::mailbox_list(cursor).map(Self::Xlist).map(Some)),
            b"STATUS" => ("STATUS", MailboxStatus::status(cursor).map(Self::MailboxStatus).map(Some)),
            b"NAMESPACE" => ("NAMESPACE", Namespaces::namespace_response(cursor).map(Self::Namespace).map(Some)),
            b"ID" => ("ID", id_response(cursor).map(Self::Id).map(Some)),
            b"ACL" => ("ACL", Acl::acl_data(cursor).map(Self::Acl).map(Some)),
            b"LISTRIGHTS" => ("LISTRIGHTS", ListRights::listrights_data(cursor).map(Self::ListRights).map(Some)),
            b"MYRIGHTS" => ("MYRIGHTS", MyRights::myrights_data(cursor).map(Self::MyRights).map(Some)),
            b"QUOTA" => ("QUOTA", Quota::quota_response(cursor).map(Self::Quota).map(Some)),
            b"QUOTAROOT" => ("QUOTAROOT", QuotaRoot::quotaroot_response(cursor).map(Self::QuotaRoot).map(Some)),
            b"METADATA" => ("METADATA", Metadata::metadata_resp(cursor).map(Self::Metadata).map(Some)),
            b"UIDBATCHES" => ("UIDBATCHES", UidBatches::response(cursor).map(Self::UidBatches).map(Some)),
            _ => ("response", Ok(None)),
        }
    }
}

fn ended<'a>(cursor: &mut Cursor<'a>) -> impl FnOnce(u32) -> Parsed<u32> {
    let end = cursor.end();
    move |number| end.map(|()| number)
}

/// `*(SP atom)`. Quirk: a blank at the end.
fn words<'a>(cursor: &mut Cursor<'a>) -> Vec<&'a [u8]> {
    let mut words = Vec::new();
    loop {
        cursor.blanks();
        let word = cursor.while_(|octet| !octet.is_ascii_whitespace());
        if word.is_empty() {
            return words;
        }
        words.push(word);
    }
}

/// `"FLAGS" SP flag-list`
fn flags<'a>(cursor: &mut Cursor<'a>) -> Parsed<Data<'a>> {
    cursor.blanks();
    let flags = Flags::flag_list(cursor)?;
    cursor.end()?;
    Ok(Data::Flags(flags))
}

/// `expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids`
fn vanished<'a>(cursor: &mut Cursor<'a>) -> Parsed<Data<'a>> {
    cursor.blanks();
    let mut when = Vanished::Now;
    if cursor.is_list() {
        cursor.list(|cursor| {
            if cursor.eat_word(b"EARLIER") { Ok(()) } else { Err(cursor.wrong("EARLIER")) }
                .map(|()| when = Vanished::Earlier)
        })?;
    }
    cursor.blanks();
    let at = cursor.at();
    let wrong = Wrong { expected: "a set of UIDs", at };
    let uids = UidSet::from_wire(cursor.atom()?).filter(|uids| !uids.has_star()).ok_or(wrong)?;
    cursor.end()?;
    Ok(Data::Vanished { when, uids })
}

impl<'a> UidBatches<'a> {
    /// `"UIDBATCHES" search-correlator [SP uid-range *("," uid-range)]`
    fn response(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mut found = Self::default();
        cursor.blanks();
        cursor.list(|cursor| {
            let is_tag = cursor.atom()?.eq_ignore_ascii_case(b"TAG");
            cursor.blanks();
            let value = cursor.astring()?;
            if is_tag {
                found.tag = Some(value);
            }
            Ok(())
        })?;
        cursor.blanks();
        while !cursor.is_at_end() {
            let first = cursor.nz(Uid::new)?;
            let last = if cursor.eat(b':') { cursor.nz(Uid::new)? } else { first };
            found.batches.push((first.min(last), first.max(last)));
            if !cursor.eat(b',') {
                cursor.end()?;
            }
        }
        Ok(found)
    }
}
