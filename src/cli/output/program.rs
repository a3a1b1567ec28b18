//! Which program is speaking.

/// A program of this package, as its messages name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Program {
    /// The POP3 fetcher.
    Popfetch,
    /// The sender.
    Smtpsend,
    /// The IMAP client.
    Imapctl,
}

impl Program {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popfetch => "popfetch",
            Self::Smtpsend => "smtpsend",
            Self::Imapctl => "imapctl",
        }
    }
}
