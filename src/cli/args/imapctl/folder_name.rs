//! Names of folders as they are typed.

use std::fmt;

use crate::imap::{Mailbox, SpecialUse};
use crate::text::sanitize;

/// A folder, by its name or by what it is for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum FolderName {
    /// By its name.
    Mailbox(Mailbox),
    /// By what the server uses it for, such as `@sent`.
    Use(SpecialUse),
}

impl FolderName {
    /// Parses a name, or `@sent` and the like. Any other name that begins with `@` is a slip more often than a folder, and
    /// has to be written `raw:@…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match SpecialUse::from_at_name(text) {
            Some(of) => Ok(Self::Use(of)),
            None if text.starts_with('@') => {
                let names: Vec<&str> = SpecialUse::ALL.iter().map(|of| of.at_name()).collect();
                let (names, shown) = (names.join(", "), sanitize(text.as_bytes()));
                Err(format!("it is none of {names}; a folder that is called so is written raw:{shown}"))
            }
            None => mailbox(text).map(Self::Mailbox),
        }
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(mailbox) => f.write_str(&sanitize(mailbox.text().as_bytes())),
            Self::Use(of) => f.write_str(of.at_name()),
        }
    }
}

/// A folder's own name, for what is not there yet.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    Mailbox::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_told_from_names() {
        assert_eq!(FolderName::parse("@Sent"), Ok(FolderName::Use(SpecialUse::Sent)));
        assert_eq!(FolderName::parse("inbox"), Ok(FolderName::Mailbox(Mailbox::Inbox)));
        assert_eq!(FolderName::parse("Entwürfe").unwrap().to_string(), "Entwürfe");
        assert_eq!(FolderName::parse("raw:@x"), Ok(FolderName::Mailbox(Mailbox::Raw(b"@x".to_vec()))));
        for text in ["", "@snet", "@", "a\nb", "a\u{1b}[m"] {
            let error = FolderName::parse(text).unwrap_err();
            assert!(!error.chars().any(char::is_control), "{error}");
        }
    }
}
