//! What a mailbox is for (RFC 6154 section 2, RFC 8457 section 4).

use std::fmt;

/// The use of a mailbox, as the server tells it. Several mailboxes may have the same, and any may be missing.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SpecialUse {
    /// `\All`: every message, also those of other mailboxes.
    All,
    /// `\Archive`.
    Archive,
    /// `\Drafts`.
    Drafts,
    /// `\Flagged`: messages marked for attention, from all mailboxes.
    Flagged,
    /// `\Junk`.
    Junk,
    /// `\Sent`.
    Sent,
    /// `\Trash`.
    Trash,
    /// `\Important` (RFC 8457).
    Important,
}

/// Attribute, name for users, and the names such a mailbox commonly has where the server does not tell.
const NAMES: [(SpecialUse, &str, &str, &[&str]); 8] = [
    (SpecialUse::All, "\\All", "@all", &["[Gmail]/All Mail", "[Google Mail]/All Mail"]),
    (SpecialUse::Archive, "\\Archive", "@archive", &["Archive", "Archives"]),
    (SpecialUse::Drafts, "\\Drafts", "@drafts", &["Drafts", "Draft"]),
    (SpecialUse::Flagged, "\\Flagged", "@flagged", &[]),
    (SpecialUse::Junk, "\\Junk", "@junk", &["Junk", "Spam", "Junk E-mail", "Junk Email", "Bulk Mail"]),
    (SpecialUse::Sent, "\\Sent", "@sent", &["Sent", "Sent Items", "Sent Messages", "Sent Mail", "Sent-Mail"]),
    (SpecialUse::Trash, "\\Trash", "@trash", &["Trash", "Deleted Items", "Deleted Messages", "Deleted"]),
    (SpecialUse::Important, "\\Important", "@important", &[]),
];

impl SpecialUse {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::All, Self::Archive, Self::Drafts, Self::Flagged, Self::Junk, Self::Sent, Self::Trash, Self::Important];

    /// Reads an attribute of LIST, in any case; `None` for any other attribute.
    ///
    /// Quirk: what XLIST, older than RFC 6154, called them is understood as well: `\AllMail`, `\Spam`, `\Starred`.
    pub fn from_attribute(attribute: &[u8]) -> Option<Self> {
        let xlist = [(&b"\\AllMail"[..], Self::All), (b"\\Spam", Self::Junk), (b"\\Starred", Self::Flagged)];
        let known = NAMES.iter().map(|(this, name, ..)| (name.as_bytes(), *this));
        known.chain(xlist).find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map(|(_, this)| this)
    }

    /// Reads the name users write for such a mailbox, `@sent`, in any case; `@spam` is `@junk`.
    pub fn from_at_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("@spam") {
            return Some(Self::Junk);
        }
        NAMES.iter().find(|(_, _, at, _)| at.eq_ignore_ascii_case(name)).map(|(this, ..)| *this)
    }

    /// The attribute of LIST and CREATE: `\Sent`.
    pub fn attribute(self) -> &'static str {
        self.row().map_or("", |(_, attribute, ..)| attribute)
    }

    /// The name for users: `@sent`.
    pub fn at_name(self) -> &'static str {
        self.row().map_or("", |(_, _, at, _)| at)
    }

    /// Names that such a mailbox commonly has, the likeliest first, for servers without SPECIAL-USE. In a personal
    /// namespace with a prefix they stand behind it.
    pub fn usual_names(self) -> &'static [&'static str] {
        self.row().map_or(&[], |(.., names)| names)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static str, &'static [&'static str])> {
        NAMES.iter().find(|(this, ..)| *this == self)
    }
}

impl fmt::Display for SpecialUse {
    /// The attribute.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_its_names() {
        for this in SpecialUse::ALL {
            assert_eq!(SpecialUse::from_attribute(this.attribute().as_bytes()), Some(this));
            assert_eq!(SpecialUse::from_attribute(this.attribute().to_ascii_uppercase().as_bytes()), Some(this));
            assert_eq!(SpecialUse::from_at_name(this.at_name()), Some(this));
            assert_eq!(this.at_name().strip_prefix('@'), Some(&*this.attribute()[1..].to_ascii_lowercase()));
        }
        assert_eq!(SpecialUse::from_at_name("@Trash"), Some(SpecialUse::Trash));
        assert_eq!(SpecialUse::from_at_name("@spam"), Some(SpecialUse::Junk));
        assert_eq!(SpecialUse::from_at_name("sent"), None);
        assert_eq!(SpecialUse::from_attribute(b"\\HasNoChildren"), None);
        assert_eq!(SpecialUse::from_attribute(b""), None);
    }

    /// Quirk: XLIST.
    #[test]
    fn the_names_of_xlist_are_understood() {
        assert_eq!(SpecialUse::from_attribute(b"\\AllMail"), Some(SpecialUse::All));
        assert_eq!(SpecialUse::from_attribute(b"\\Spam"), Some(SpecialUse::Junk));
        assert_eq!(SpecialUse::from_attribute(b"\\starred"), Some(SpecialUse::Flagged));
    }
}
