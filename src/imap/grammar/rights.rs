//! Rights, quotas, annotations, and who the server is (RFC 4314, RFC 9208, RFC 5464, RFC 2971).

use super::cursor::{Cursor, Text};
use super::flaw::Parsed;
use crate::imap::mailbox::Mailbox;

/// Who may do what with a mailbox (RFC 4314 section 3.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acl<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Identifiers and their rights. An identifier that begins with `-` is one that rights are taken from.
    pub entries: Vec<(Text<'a>, Text<'a>)>,
}

/// What rights an identifier can be given (RFC 4314 section 3.7).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListRights<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The identifier.
    pub identifier: Text<'a>,
    /// What it always has.
    pub required: Text<'a>,
    /// What it can be given: the rights of each group only together.
    pub optional: Vec<Text<'a>>,
}

/// What we may do with a mailbox (RFC 4314 section 3.8).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MyRights<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The rights, one letter each.
    pub rights: Text<'a>,
}

/// What a quota root allows and how much of it is used (RFC 9208 section 4.2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quota<'a> {
    /// The quota root, which may be the empty string.
    pub root: Text<'a>,
    /// Its resources.
    pub resources: Vec<Resource<'a>>,
}

/// One resource of a [`Quota`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resource<'a> {
    /// `STORAGE` (in units of 1,024 octets), `MESSAGE`, `MAILBOX` or another.
    pub name: Text<'a>,
    /// How much is used. Quirk: `None` for a number that cannot be.
    pub usage: Option<u64>,
    /// How much may be used. Quirk: `None` for a number that cannot be, such as -1.
    pub limit: Option<u64>,
}

/// Which quota roots count for a mailbox (RFC 9208 section 4.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuotaRoot<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// The roots.
    pub roots: Vec<Text<'a>>,
}

/// Annotations of a mailbox, or of the server where the name is empty (RFC 5464 section 4.4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata<'a> {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Entries and values; `None` is NIL: there is no value.
    pub values: Vec<(Text<'a>, Option<Text<'a>>)>,
    /// Entries that were changed, of which no value is told.
    pub changed: Vec<Text<'a>>,
}

/// A field of what a server says it is, such as `name` and `Dovecot` (RFC 2971 section 3.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdField<'a> {
    /// What it is.
    pub name: Text<'a>,
    /// The value; `None` is NIL.
    pub value: Option<Text<'a>>,
}

impl<'a> Acl<'a> {
    /// `acl-data = "ACL" SP mailbox *(SP identifier SP rights)`
    pub(super) fn acl_data(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mailbox = first_mailbox(cursor)?;
        let mut entries = Vec::new();
        while more(cursor) {
            let identifier = cursor.astring()?;
            cursor.sp()?;
            entries.push((identifier, cursor.astring()?));
        }
        Ok(Self { mailbox, entries })
    }
}

impl<'a> ListRights<'a> {
    /// `listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)`
    pub(super) fn listrights_data(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mailbox = first_mailbox(cursor)?;
        cursor.sp()?;
        let identifier = cursor.astring()?;
        cursor.sp()?;
        let required = cursor.astring()?;
        Ok(Self { mailbox, identifier, required, optional: astrings(cursor)? })
    }
}

impl<'a> MyRights<'a> {
    /// `myrights-data = "MYRIGHTS" SP mailbox SP rights`
    pub(super) fn myrights_data(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mailbox = first_mailbox(cursor)?;
        cursor.sp()?;
        let rights = cursor.astring()?;
        cursor.end()?;
        Ok(Self { mailbox, rights })
    }
}

impl<'a> Quota<'a> {
    /// `quota-response = "QUOTA" SP quota-root-name SP quota-list`
    pub(super) fn quota_response(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        cursor.sp()?;
        let root = cursor.astring()?;
        cursor.blanks();
        let mut resources = Vec::new();
        cursor.list(|cursor| Resource::quota_resource(cursor).map(|resource| resources.push(resource)))?;
        cursor.end()?;
        Ok(Self { root, resources })
    }
}

impl<'a> Resource<'a> {
    /// `quota-resource = resource-name SP resource-usage SP resource-limit`
    fn quota_resource(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let name = cursor.astring()?;
        cursor.sp()?;
        let usage = cursor.loose_number()?;
        cursor.sp()?;
        Ok(Self { name, usage, limit: cursor.loose_number()? })
    }
}

impl<'a> QuotaRoot<'a> {
    /// `quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)`
    pub(super) fn quotaroot_response(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        Ok(Self { mailbox: first_mailbox(cursor)?, roots: astrings(cursor)? })
    }
}

impl<'a> Metadata<'a> {
    /// ```text
    /// metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
    /// entry-values  = "(" entry-value *(SP entry-value) ")"
    /// entry-value   = entry SP (nstring / literal8)
    /// entry-list    = entry *(SP entry)
    /// ```
    pub(super) fn metadata_resp(cursor: &mut Cursor<'a>) -> Parsed<Self> {
        let mailbox = first_mailbox(cursor)?;
        let mut values = Vec::new();
        cursor.blanks();
        if cursor.is_list() {
            cursor.list(|cursor| {
                let entry = cursor.astring()?;
                cursor.sp()?;
                values.push((entry, cursor.nstring()?));
                Ok(())
            })?;
            cursor.end()?;
            return Ok(Self { mailbox, values, changed: Vec::new() });
        }
        Ok(Self { mailbox, values, changed: astrings(cursor)? })
    }
}

/// `id-params-list = "(" *(string SP nstring) ")" / nil`
///
/// Quirks: `()` and NIL both say nothing; a blank at the end.
pub(super) fn id_response<'a>(cursor: &mut Cursor<'a>) -> Parsed<Option<Vec<IdField<'a>>>> {
    cursor.sp()?;
    if cursor.nil() {
        cursor.end()?;
        return Ok(None);
    }
    let mut fields = Vec::new();
    cursor.list(|cursor| {
        let name = cursor.astring()?;
        cursor.blanks();
        let value = if cursor.peek() == Some(b')') { None } else { cursor.nstring()? };
        fields.push(IdField { name, value });
        Ok(())
    })?;
    cursor.end()?;
    Ok(Some(fields))
}

fn first_mailbox(cursor: &mut Cursor<'_>) -> Parsed<Mailbox> {
    cursor.sp()?;
    cursor.mailbox()
}

/// `*(SP astring)`, to the end.
fn astrings<'a>(cursor: &mut Cursor<'a>) -> Parsed<Vec<Text<'a>>> {
    let mut found = Vec::new();
    while more(cursor) {
        found.push(cursor.astring()?);
    }
    Ok(found)
}

fn more(cursor: &mut Cursor<'_>) -> bool {
    cursor.blanks();
    !cursor.is_at_end()
}
