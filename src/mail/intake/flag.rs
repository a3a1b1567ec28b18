//! The flags in a Maildir's file names.

use std::fmt;

/// A flag of the Maildir format (maildir(5)).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MaildirFlag {
    /// `D`: a draft.
    Draft,
    /// `F`: marked by its reader.
    Flagged,
    /// `P`: passed on.
    Passed,
    /// `R`: replied to.
    Replied,
    /// `S`: seen.
    Seen,
    /// `T`: in the trash.
    Trashed,
}

impl MaildirFlag {
    /// The flag of this letter; other letters are some program's own.
    pub fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'D' => Self::Draft,
            b'F' => Self::Flagged,
            b'P' => Self::Passed,
            b'R' => Self::Replied,
            b'S' => Self::Seen,
            b'T' => Self::Trashed,
            _ => return None,
        })
    }

    /// What IMAP calls it (RFC 9051 section 2.3.2).
    pub fn imap_name(self) -> &'static str {
        match self {
            Self::Draft => "\\Draft",
            Self::Flagged => "\\Flagged",
            Self::Passed => "$Forwarded",
            Self::Replied => "\\Answered",
            Self::Seen => "\\Seen",
            Self::Trashed => "\\Deleted",
        }
    }
}

impl fmt::Display for MaildirFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.imap_name())
    }
}
