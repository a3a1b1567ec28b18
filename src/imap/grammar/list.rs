//! What a server says about mailboxes: LIST, STATUS, NAMESPACE (RFC 9051 sections 7.3, RFC 5258, RFC 5819).

use std::borrow::Cow;

use super::code::parse::parenthesised;
use super::cursor::{Cursor, Text, Upper};
use super::flags::Flags;
use super::flaw::Parsed;
use crate::imap::mailbox::Mailbox;
use crate::imap::number::{ModSeq, Uid, UidValidity};

/// A row of LIST, LSUB or XLIST.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListEntry<'a> {
    /// The attributes: `\HasChildren`, `\Noselect`, `\Sent`.
    pub attributes: Flags<'a>,
    /// What separates the levels of names; `None` where there are no levels.
    pub delimiter: Option<char>,
    /// The name.
    pub mailbox: Mailbox,
    /// Why a name is shown that matches no pattern itself: `SUBSCRIBED` mailboxes are below it (RFC 5258 section 3.5).
    pub child_info: Vec<Text<'a>>,
    /// The name that it had or was asked for by (RFC 9051 section 6.3.9.7, RFC 5465).
    pub old_name: Option<Mailbox>,
    /// The names of extended data that is not known here.
    pub others: Vec<Text<'a>>,
}

/// A row of STATUS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MailboxStatus {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// What is known of it.
    pub items: StatusItems,
}

/// The items of a STATUS response; `None` for what was not there, or was nothing that can be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StatusItems {
    /// How many messages there are.
    pub messages: Option<u32>,
    /// How many of them are recent (RFC 3501).
    pub recent: Option<u32>,
    /// How many have no `\Seen`.
    pub unseen: Option<u32>,
    /// How many have `\Deleted`.
    pub deleted: Option<u32>,
    /// How many octets those have (RFC 9208).
    pub deleted_storage: Option<u64>,
    /// The next UID. Quirk: 0 is none.
    pub uid_next: Option<Uid>,
    /// What UIDs hold with. Quirk: 0 is none.
    pub uid_validity: Option<UidValidity>,
    /// How many octets all messages have (RFC 8438).
    pub size: Option<u64>,
    /// The highest modification sequence (RFC 7162). Quirk: 0 and -1 are none.
    pub highest_modseq: Option<ModSeq>,
    /// How big a message may be; the inner `None` is NIL: there is no limit of its own (RFC 7889).
    pub append_limit: Option<Option<u64>>,
    /// The mailbox's identity (RFC 8474).
    pub mailbox_id: Option<Vec<u8>>,
}

/// Where a user's, other users' and shared mailboxes are (RFC 2342).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Namespaces {
    /// The user's own.
    pub personal: Vec<Namespace>,
    /// Those of other users.
    pub other_users: Vec<Namespace>,
    /// Those that belong to nobody.
    pub shared: Vec<Namespace>,
}

/// One namespace.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Namespace {
    /// What names in it begin with, the delimiter at its end included; empty for the root.
    pub prefix: Mailbox,
    /// What separates the levels of names.
    pub delimiter: Option<char>,
}

impl<'a> ListEntry<'a> {
    /// ```text
    /// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]
    /// ```
    pub(super) fn mailbox_list(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        cursor.blanks();
        let attributes = Flags::flag_list(cursor)?;
        cursor.blanks();
        let delimiter = delimiter(cursor)?;
        cursor.sp()?;
        let mailbox = last_mailbox(cursor)?;
        let mut entry =
            Self { attributes, delimiter, mailbox, child_info: Vec::new(), old_name: None, others: Vec::new() };
        cursor.blanks();
        if cursor.is_list() {
            cursor.list(|cursor| entry.mbox_list_extended_item(cursor))?;
        }
        cursor.end()?;
        Ok(entry)
    }

    /// `mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val`
    fn mbox_list_extended_item(&mut self, cursor: &mut Cursor<'a>) -> Parsed<()> {
        let tag = cursor.astring()?;
        cursor.blanks();
        match Upper::new(&tag).as_bytes() {
            b"CHILDINFO" => cursor.list(|cursor| cursor.astring().map(|option| self.child_info.push(option))),
            b"OLDNAME" => cursor.list(|cursor| cursor.mailbox().map(|name| self.old_name = Some(name))),
            _ => {
                self.others.push(tag);
                cursor.skip_value()
            }
        }
    }
}

/// `DQUOTE QUOTED-CHAR DQUOTE / nil`. Quirks: an empty string is NIL, an atom or a literal is the character.
fn delimiter(cursor: &mut Cursor<'_>) -> Parsed<Option<char>> {
    let from = *cursor;
    let Some(text) = cursor.nstring()? else { return Ok(None) };
    let mut characters = match std::str::from_utf8(&text) {
        Ok(text) => text.chars(),
        Err(_) => return Err(from.wrong("a hierarchy delimiter")),
    };
    match (characters.next(), characters.next()) {
        (delimiter, None) => Ok(delimiter),
        _ => Err(from.wrong("a hierarchy delimiter of one character")),
    }
}

/// `mailbox`, where only a list may follow. Quirk: a name that is not quoted though it has blanks, tabs (Exchange) or
/// parentheses in it; it goes up to a list at the end, or to the end.
fn last_mailbox(cursor: &mut Cursor<'_>) -> Parsed<Mailbox> {
    if let Some(name) = cursor.string_or_none()? {
        return Ok(cursor.named(&name));
    }
    let rest = cursor.rest();
    let list = match rest.trim_ascii_end().last() {
        Some(b')') => memchr::memmem::find(rest, b" ("),
        _ => None,
    };
    let name = rest.get(..list.unwrap_or(rest.len())).unwrap_or_default().trim_ascii_end();
    if name.is_empty() {
        return Err(cursor.wrong("a mailbox"));
    }
    cursor.set_at(cursor.at() + name.len());
    Ok(cursor.named(name))
}

impl MailboxStatus {
    /// `"STATUS" SP mailbox SP "(" [status-att-list] ")"`
    pub(super) fn status(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        cursor.sp()?;
        let mailbox = last_mailbox(cursor)?;
        cursor.blanks();
        let mut items = StatusItems::default();
        cursor.list(|cursor| items.status_att_val(cursor))?;
        cursor.end()?;
        Ok(Self { mailbox, items })
    }
}

impl StatusItems {
    /// `status-att-val = ("MESSAGES" SP number) / ("UIDNEXT" SP nz-number) / …`
    fn status_att_val(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let name = Upper::new(cursor.atom()?);
        cursor.blanks();
        match name.as_bytes() {
            b"MESSAGES" => self.messages = small(cursor)?,
            b"RECENT" => self.recent = small(cursor)?,
            b"UNSEEN" => self.unseen = small(cursor)?,
            b"DELETED" => self.deleted = small(cursor)?,
            b"DELETED-STORAGE" => self.deleted_storage = cursor.loose_number()?,
            b"UIDNEXT" => self.uid_next = small(cursor)?.and_then(Uid::new),
            b"UIDVALIDITY" => self.uid_validity = small(cursor)?.and_then(UidValidity::new),
            b"SIZE" => self.size = cursor.loose_number()?,
            b"HIGHESTMODSEQ" => self.highest_modseq = cursor.loose_number()?.and_then(ModSeq::new),
            b"APPENDLIMIT" => self.append_limit = Some(cursor.loose_number()?),
            b"MAILBOXID" => self.mailbox_id = Some(parenthesised(cursor)?.into_owned()),
            _ => cursor.skip_value()?,
        }
        Ok(())
    }
}

fn small(cursor: &mut Cursor<'_>) -> Parsed<Option<u32>> {
    Ok(cursor.loose_number()?.and_then(|number| u32::try_from(number).ok()))
}

impl Namespaces {
    /// `namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace`. Quirk: fewer than three.
    pub(super) fn namespace_response(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        let mut namespaces = Self::default();
        for list in [&mut namespaces.personal, &mut namespaces.other_users, &mut namespaces.shared] {
            cursor.blanks();
            if cursor.is_at_end() {
                break;
            }
            cursor.list(|cursor| Namespace::namespace_descr(cursor).map(|namespace| list.push(namespace)))?;
        }
        cursor.end()?;
        Ok(namespaces)
    }
}

impl Namespace {
    /// `"(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [namespace-response-extensions] ")"`
    fn namespace_descr(cursor: &mut Cursor<'_>) -> Parsed<Self> {
        cursor.expect(b'(', "a namespace")?;
        cursor.blanks();
        let prefix = cursor.nstring()?.unwrap_or(Cow::Borrowed(b""));
        let prefix = cursor.named(&prefix);
        cursor.blanks();
        let delimiter = if cursor.peek() == Some(b')') { None } else { delimiter(cursor)? };
        cursor.skip_to_list_end()?;
        Ok(Self { prefix, delimiter })
    }
}
