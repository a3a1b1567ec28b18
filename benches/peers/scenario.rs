//! The names of what is measured.

use clap::ValueEnum;
use clap::builder::PossibleValue;

/// A piece of work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scenario {
    Pop3(Pop3),
    Smtp(Smtp),
    Imap(Imap),
}

/// What popfetch is measured at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Pop3 {
    /// A big mailbox, written to memory.
    Tmpfs,
    /// A big mailbox, written to the disk.
    Disk,
    /// A server far away.
    Distant,
    /// A run without new mail, in round trips.
    NothingNew,
    /// A run without new mail in a huge mailbox.
    NothingNewHuge,
    /// Memory for one giant message.
    Giant,
    /// Memory for a huge mailbox.
    Huge,
    /// Starting and ending.
    Version,
}

/// What smtpsend is measured at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Smtp {
    /// A process for every message.
    #[value(name = "smtp-one")]
    One,
    /// A process for every message, with TLS and the system's roots.
    #[value(name = "smtp-one-tls")]
    OneTls,
    /// A process for every message to a server far away, in round trips.
    #[value(name = "smtp-distant")]
    Distant,
    /// The same, and the server offers CHUNKING.
    #[value(name = "smtp-distant-chunking")]
    DistantChunking,
    /// Many messages on one connection.
    #[value(name = "smtp-many")]
    Many,
    /// Many messages on one connection to a server far away.
    #[value(name = "smtp-many-distant")]
    ManyDistant,
    /// The same, and the server offers CHUNKING.
    #[value(name = "smtp-many-distant-chunking")]
    ManyDistantChunking,
    /// Memory for a giant attachment.
    #[value(name = "smtp-giant")]
    Giant,
    /// Starting and ending.
    #[value(name = "smtp-version")]
    Version,
}

/// What imapctl is measured at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Imap {
    /// A page of a big folder.
    #[value(name = "imap-list")]
    List,
    /// A page of a big folder of a server far away, in round trips.
    #[value(name = "imap-list-distant")]
    ListDistant,
    /// Memory for a page of a huge folder.
    #[value(name = "imap-list-huge")]
    ListHuge,
    /// A search at a server far away, in round trips beyond what the server takes.
    #[value(name = "imap-search-distant")]
    SearchDistant,
    /// Many folders and their counts at a server far away, in round trips.
    #[value(name = "imap-folders-distant")]
    FoldersDistant,
    /// A small part of a giant message, in octets over the wire.
    #[value(name = "imap-part")]
    Part,
    /// Memory for showing a giant message.
    #[value(name = "imap-show-giant")]
    ShowGiant,
    /// Memory for appending a giant message.
    #[value(name = "imap-append-giant")]
    AppendGiant,
    /// Many small messages to a server far away, by MULTIAPPEND.
    #[value(name = "imap-append-many")]
    AppendMany,
    /// As many from another account, each with a command of its own.
    #[value(name = "imap-copy-many")]
    CopyMany,
    /// A million rows of UIDs and flags, beside a client that throws them away.
    #[value(name = "imap-rows")]
    Rows,
    /// Starting and ending.
    #[value(name = "imap-version")]
    Version,
}

impl Scenario {
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl ValueEnum for Scenario {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Scenario; 29] = [
            Scenario::Pop3(Pop3::Tmpfs),
            Scenario::Pop3(Pop3::Disk),
            Scenario::Pop3(Pop3::Distant),
            Scenario::Pop3(Pop3::NothingNew),
            Scenario::Pop3(Pop3::NothingNewHuge),
            Scenario::Pop3(Pop3::Giant),
            Scenario::Pop3(Pop3::Huge),
            Scenario::Pop3(Pop3::Version),
            Scenario::Smtp(Smtp::One),
            Scenario::Smtp(Smtp::OneTls),
            Scenario::Smtp(Smtp::Distant),
            Scenario::Smtp(Smtp::DistantChunking),
            Scenario::Smtp(Smtp::Many),
            Scenario::Smtp(Smtp::ManyDistant),
            Scenario::Smtp(Smtp::ManyDistantChunking),
            Scenario::Smtp(Smtp::Giant),
            Scenario::Smtp(Smtp::Version),
            Scenario::Imap(Imap::List),
            Scenario::Imap(Imap::ListDistant),
            Scenario::Imap(Imap::ListHuge),
            Scenario::Imap(Imap::SearchDistant),
            Scenario::Imap(Imap::FoldersDistant),
            Scenario::Imap(Imap::Part),
            Scenario::Imap(Imap::ShowGiant),
            Scenario::Imap(Imap::AppendGiant),
            Scenario::Imap(Imap::AppendMany),
            Scenario::Imap(Imap::CopyMany),
            Scenario::Imap(Imap::Rows),
            Scenario::Imap(Imap::Version),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Pop3(scenario) => scenario.to_possible_value(),
            Self::Smtp(scenario) => scenario.to_possible_value(),
            Self::Imap(scenario) => scenario.to_possible_value(),
        }
    }
}
