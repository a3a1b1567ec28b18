//! The flags in a Maildir's file names, and in the header of a message in an mbox.

use std::fmt;

use crate::mail::field::is_continuation;

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

/// The flags that mail programs note in the header of a message in an mbox: `R` in `Status`, `A`, `D`, `F` and `T` in `X-Status`.
pub(super) fn of_header(head: &[u8]) -> Vec<MaildirFlag> {
    let mut flags = Vec::new();
    for line in head.split(|octet| *octet == b'\n').filter(|line| !is_continuation(line)) {
        let Some(at) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(at);
        let flag: fn(&u8) -> Option<MaildirFlag> = match name {
            name if name.eq_ignore_ascii_case(b"Status") => |letter| (*letter == b'R').then_some(MaildirFlag::Seen),
            name if name.eq_ignore_ascii_case(b"X-Status") => |letter| match letter {
                b'A' => Some(MaildirFlag::Replied),
                b'D' => Some(MaildirFlag::Trashed),
                b'F' => Some(MaildirFlag::Flagged),
                b'T' => Some(MaildirFlag::Draft),
                _ => None,
            },
            _ => continue,
        };
        flags.extend(value.iter().filter_map(flag));
    }
    flags.sort_unstable();
    flags.dedup();
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_keeps_flags_in_the_header() {
        let head = b"Subject: R\r\nstatus: RO\r\nX-Status: AF\r\n D\r\nX-Status: zA\r\n\r\n";
        assert_eq!(of_header(head), [MaildirFlag::Flagged, MaildirFlag::Replied, MaildirFlag::Seen]);
        assert!(of_header(b"Subject: x\r\nX-Keywords: R\r\nStatus: O\r\n\r\n").is_empty());
    }
}
