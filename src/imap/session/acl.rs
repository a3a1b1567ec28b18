//! Who may do what with a mailbox (RFC 4314).

use std::fmt;

use super::{Authenticated, Session};
use crate::error::{Error, Result};
use crate::imap::capability::Extension;
use crate::imap::command::Command;
use crate::imap::grammar::Data;
use crate::imap::mailbox::Mailbox;
use crate::imap::receiver::Ignore;

/// The standard rights in the order in which people read them: see, read, keep seen, write flags, insert, post, create,
/// delete the mailbox, delete messages, expunge, administer (RFC 4314 section 2.1).
const ORDER: &str = "lrswipkxtea";

/// What RFC 2086 called CREATE and DELETE, and the rights that became of each (RFC 4314 section 2.1.1). `x` may belong to
/// either, as the server likes; to what RFC 2086 says of DELETE it does not.
const OBSOLETE: [(char, &str, &str); 2] = [('c', "kx", "kx"), ('d', "te", "tex")];

/// Rights, a letter each, in a lasting order and each once.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Rights {
    letters: String,
}

impl Rights {
    /// Reads what a user typed: letters and digits in lower case.
    ///
    /// Fails with [`Error::InvalidInput`] on anything else, or nothing.
    pub fn parse(text: &str) -> Result<Self> {
        let is_right = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        match !text.is_empty() && text.chars().all(is_right) {
            true => Ok(Self::of(text.chars())),
            false => Err(Error::InvalidInput("rights are letters in lower case, such as lrswi".into())),
        }
    }

    /// Reads what a server sent; what cannot be a right is left out.
    ///
    /// Quirk: a server of RFC 2086 says `c` and `d`, which are shown as the rights that became of them. A newer one says them
    /// beside those, for older clients, and then they are left out.
    pub fn from_wire(octets: &[u8]) -> Self {
        Self::of(modern(octets, octets))
    }

    /// Whether the right is among them.
    pub fn has(&self, right: char) -> bool {
        self.letters.contains(right)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.letters
    }

    /// As a server of RFC 2086 calls them.
    fn obsolete(&self) -> Self {
        let old = |letter: char| {
            OBSOLETE.iter().find(|(_, members, _)| members.contains(letter)).map_or(letter, |(old, ..)| *old)
        };
        Self::of(self.letters.chars().map(old))
    }

    fn of(letters: impl IntoIterator<Item = char>) -> Self {
        let mut letters: Vec<char> = letters.into_iter().collect();
        letters.sort_by_key(|letter| (ORDER.find(*letter).unwrap_or(ORDER.len()), *letter));
        letters.dedup();
        Self { letters: letters.into_iter().collect() }
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.letters)
    }
}

/// The rights of a word, with those of RFC 2086 as what became of them, unless some of that is in `all` the words.
fn modern(word: &[u8], all: &[u8]) -> Vec<char> {
    let mut letters = Vec::new();
    for letter in word.iter().map(|octet| char::from(*octet)) {
        match OBSOLETE.iter().find(|(old, ..)| *old == letter) {
            Some((_, members, signs)) if !all.iter().any(|octet| signs.contains(char::from(*octet))) => {
                letters.extend(members.chars());
            }
            None if letter.is_ascii_lowercase() || letter.is_ascii_digit() => letters.push(letter),
            _ => {}
        }
    }
    letters
}

/// What becomes of somebody's rights.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RightsChange {
    /// They are these, and no others.
    Set(Rights),
    /// These come to what there is.
    Add(Rights),
    /// These are taken away.
    Remove(Rights),
}

impl RightsChange {
    /// Reads what a user typed: `lrs`, `+x` or `-x`. Fails as [`Rights::parse`] does.
    pub fn parse(text: &str) -> Result<Self> {
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rights), _) => Rights::parse(rights).map(Self::Add),
            (_, Some(rights)) => Rights::parse(rights).map(Self::Remove),
            _ => Rights::parse(text).map(Self::Set),
        }
    }

    /// The rights that it is about.
    pub fn rights(&self) -> &Rights {
        match self {
            Self::Set(rights) | Self::Add(rights) | Self::Remove(rights) => rights,
        }
    }

    fn wire(&self, model: Model) -> String {
        match model {
            Model::Rfc4314 => self.to_string(),
            Model::Rfc2086 => format!("{}{}", self.sign(), self.rights().obsolete()),
        }
    }

    fn sign(&self) -> &'static str {
        match self {
            Self::Set(_) => "",
            Self::Add(_) => "+",
            Self::Remove(_) => "-",
        }
    }
}

impl fmt::Display for RightsChange {
    /// As SETACL is told it, and [`RightsChange::parse`] takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.sign(), self.rights())
    }
}

/// Which rights a server tells apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Model {
    Rfc4314,
    Rfc2086,
}

/// What somebody may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// Who, in the server's octets; with `-` in front it is what they may not do.
    pub identifier: Vec<u8>,
    /// What.
    pub rights: Rights,
}

/// What somebody can be allowed to (RFC 4314 section 3.7).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Grantable {
    /// What they may in any case.
    pub required: Rights,
    /// What they can be given beside; those of one group only together.
    pub optional: Vec<Rights>,
}

impl Session<Authenticated> {
    /// GETACL: who may do what with a mailbox (RFC 4314 section 3.3).
    pub fn acl(&mut self, mailbox: &Mailbox) -> Result<Vec<Grant>> {
        self.needs_acl()?;
        let mut grants = Vec::new();
        self.engine.run(&Command::new("GETACL").mailbox(mailbox), &mut |data: &Data<'_>| {
            if let Data::Acl(acl) = data {
                grants.extend(acl.entries.iter().map(|(identifier, rights)| Grant {
                    identifier: identifier.to_vec(),
                    rights: Rights::from_wire(rights),
                }));
            }
            Ok(())
        })?;
        Ok(grants)
    }

    /// SETACL: changes what somebody may do with a mailbox (RFC 4314 section 3.1). Who that can be is the server's affair; with
    /// `-` in front it is what they may not.
    ///
    /// Quirk: a server that does not name RIGHTS knows those of RFC 2086 only, and is told `c` for `k` and `x`, `d` for `t` and
    /// `e`. See [`Session::has_modern_rights`].
    pub fn set_acl(&mut self, mailbox: &Mailbox, identifier: &str, change: &RightsChange) -> Result<()> {
        self.needs_acl()?;
        let model = if self.has_modern_rights() { Model::Rfc4314 } else { Model::Rfc2086 };
        let command = Command::new("SETACL").mailbox(mailbox).astring(identifier).astring(change.wire(model));
        self.engine.run(&command, &mut Ignore).map(drop)
    }

    /// DELETEACL: names somebody no longer (RFC 4314 section 3.2).
    pub fn delete_acl(&mut self, mailbox: &Mailbox, identifier: &str) -> Result<()> {
        self.needs_acl()?;
        let command = Command::new("DELETEACL").mailbox(mailbox).astring(identifier);
        self.engine.run(&command, &mut Ignore).map(drop)
    }

    /// LISTRIGHTS: what somebody can be allowed to (RFC 4314 section 3.4).
    pub fn list_rights(&mut self, mailbox: &Mailbox, identifier: &str) -> Result<Grantable> {
        self.needs_acl()?;
        let mut found = Grantable::default();
        let command = Command::new("LISTRIGHTS").mailbox(mailbox).astring(identifier);
        self.engine.run(&command, &mut |data: &Data<'_>| {
            if let Data::ListRights(rights) = data {
                found.required = Rights::from_wire(&rights.required);
                // Of all groups together: RFC 4314 lists `c` and `d` in groups of their own.
                let all = rights.optional.concat();
                let groups = rights.optional.iter().map(|group| Rights::of(modern(group, &all)));
                found.optional = groups.filter(|group| !group.is_empty()).collect();
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Whether the server tells the rights of RFC 4314 apart, or only those of RFC 2086.
    pub fn has_modern_rights(&self) -> bool {
        self.has(Extension::Rights)
    }

    pub(super) fn needs_acl(&self) -> Result<()> {
        match self.has(Extension::Acl) {
            true => Ok(()),
            false => {
                Err(Error::Unsupported("the server does not offer ACL: it has no rights to look at or set".into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_in_order_and_once() {
        assert_eq!(Rights::parse("eaxlrrs0").unwrap().as_str(), "lrsxea0");
        assert!(Rights::parse("lrs").unwrap().has('r') && !Rights::parse("lrs").unwrap().has('w'));
        for wrong in ["", "L", "l r", "+l", "ü", "l\r\n"] {
            assert!(matches!(Rights::parse(wrong), Err(Error::InvalidInput(_))), "{wrong:?}");
        }
        assert_eq!(Rights::from_wire(b"r l\x1b\xff").as_str(), "lr");
        assert!(Rights::from_wire(b"").is_empty());
    }

    /// Quirk: RFC 2086, and RFC 4314 telling what older clients understand.
    #[test]
    fn obsolete_rights_are_shown_as_what_became_of_them() {
        for (wire, shown) in [
            ("lrswipcda", "lrswipkxtea"),
            ("lrswipkxtecda", "lrswipkxtea"),
            // RFC 4314 has `d` where any of the three is, `c` where any of its two is.
            ("ted", "te"),
            ("td", "t"),
            ("kc", "k"),
            ("xd", "x"),
            ("xc", "x"),
            ("d", "te"),
        ] {
            assert_eq!(Rights::from_wire(wire.as_bytes()).as_str(), shown, "{wire}");
        }
    }

    #[test]
    fn changes_are_told_as_the_server_knows_them() {
        for (typed, modern, obsolete) in
            [("lrs", "lrs", "lrs"), ("+xk", "+kx", "+c"), ("-tew", "-wte", "-wd"), ("+cd", "+cd", "+cd")]
        {
            let change = RightsChange::parse(typed).unwrap();
            assert_eq!(change.wire(Model::Rfc4314), modern);
            assert_eq!(change.wire(Model::Rfc2086), obsolete);
        }
        for wrong in ["", "+", "-", "+-l", "l+r"] {
            assert!(RightsChange::parse(wrong).is_err(), "{wrong}");
        }
    }
}
