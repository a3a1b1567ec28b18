//! What is known of the server and of the mailbox that is selected, kept true by whatever comes untagged.

use super::capability::{Capabilities, Extension};
use super::command::{Dialect, Literals};
use super::flag::{Flag, FlagSet};
use super::grammar::{Code, Data, Status, StatusKind, Vanished};
use super::mailbox::{Mailbox, NameEncoding};
use super::number::{ModSeq, Uid, UidValidity};

/// How many alerts are kept until somebody asks.
const MAX_ALERTS: usize = 16;

/// Whether a mailbox may be changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Access {
    /// EXAMINE, or SELECT of a mailbox that lets us only look.
    #[default]
    ReadOnly,
    /// SELECT.
    ReadWrite,
}

/// A mailbox that is selected, as far as the server told (RFC 9051 section 6.3.2).
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Its name.
    pub mailbox: Mailbox,
    /// Whether it may be changed.
    pub access: Access,
    /// How many messages it has now.
    pub exists: u32,
    /// How many are new to this session.
    pub recent: Option<u32>,
    /// What its UIDs belong to; `None` if the server has not said, whose UIDs mean nothing later then.
    pub uid_validity: Option<UidValidity>,
    /// The least UID that a new message can have.
    pub uid_next: Option<Uid>,
    /// The highest modification sequence (RFC 7162 section 3.1.2.1); `None` without CONDSTORE in this mailbox.
    pub highest_mod_seq: Option<ModSeq>,
    /// The flags that its messages may have.
    pub flags: FlagSet,
    /// The flags that can be changed for good; `None` if the server has not said, which means all.
    pub permanent_flags: Option<FlagSet>,
    /// Whether new keywords can be made (`\*` in PERMANENTFLAGS).
    pub makes_keywords: bool,
    /// The mailbox's own id (RFC 8474).
    pub mailbox_id: Option<String>,
    /// UIDs are not kept (RFC 4315 section 3).
    pub uids_not_sticky: bool,
}

impl Selection {
    /// Whether the flag can be set here so that it stays.
    pub fn keeps(&self, flag: &Flag) -> bool {
        match &self.permanent_flags {
            None => true,
            Some(flags) => flags.contains(flag) || (self.makes_keywords && matches!(flag, Flag::Keyword(_))),
        }
    }
}

/// Whether the server knows the data item `UTF8` of APPEND, which RFC 6855 has and RFC 9755 has not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Utf8Item {
    #[default]
    Untried,
    Known,
    Missing,
}

/// What is known of a session.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What the server can do, as it said last; nothing is known where that is to be asked (again).
    pub(super) capabilities: Capabilities,
    /// How strings and names are written.
    pub(super) dialect: Dialect,
    /// The mailbox that is selected, or about to be, or was.
    pub(super) selection: Selection,
    /// Whether one is selected.
    pub(super) is_open: bool,
    /// Whether a search in it has told the server to keep what it finds (SEARCHRES, RFC 5182).
    pub(super) has_result: bool,
    /// Whether APPEND has the data item `UTF8`.
    pub(super) utf8_item: Utf8Item,
    /// How often the server has said what it can do.
    pub(super) told: u64,
    alerts: Vec<String>,
}

impl State {
    /// Which literals need no consent, by what the server offers now.
    pub(super) fn literals(&self) -> Literals {
        match () {
            () if self.has(Extension::LiteralPlus) => Literals::Any,
            () if self.has(Extension::LiteralMinus) => Literals::Small,
            () => Literals::Synchronizing,
        }
    }

    /// Whether the server offers it, as far as is known.
    pub(super) fn has(&self, extension: Extension) -> bool {
        self.capabilities.has(extension)
    }

    /// Another mailbox is asked for: whatever the server says of a mailbox from now on is about this one.
    pub(super) fn selecting(&mut self, mailbox: Mailbox, access: Access) {
        self.selection = Selection { mailbox, access, ..Selection::default() };
        self.is_open = true;
        self.has_result = false;
    }

    /// Keeps what the server wants a person to read (RFC 9051 section 7.1).
    pub(super) fn alert(&mut self, text: &str) {
        if self.alerts.len() < MAX_ALERTS && !self.alerts.iter().any(|known| known == text) {
            self.alerts.push(text.to_owned());
        }
    }

    /// What the server wanted a person to read since this was last asked.
    pub(super) fn take_alerts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.alerts)
    }

    /// Takes note of a response. `false` if it is none that a command could have asked for, or a sign of life.
    pub(super) fn heed(&mut self, data: &Data<'_>) -> bool {
        match data {
            Data::Status(status) => {
                self.heed_code(status);
                return matches!(status.code, Some(Code::InProgress { .. }));
            }
            Data::Capability(atoms) => self.learn(atoms.iter().map(AsRef::as_ref)),
            Data::Enabled(names) => {
                self.capabilities.enable(names.iter().map(AsRef::as_ref));
                let is_on = |extension| self.capabilities.is_enabled(extension);
                if is_on(Extension::Imap4rev2) || is_on(Extension::Utf8Accept) {
                    self.dialect.utf8 = true;
                    self.dialect.names = NameEncoding::Utf8;
                }
            }
            Data::Exists(count) => {
                self.selection.exists = *count;
                return false;
            }
            Data::Recent(count) => {
                self.selection.recent = Some(*count);
                return false;
            }
            Data::Expunge(_) => {
                self.selection.exists = self.selection.exists.saturating_sub(1);
            }
            Data::Vanished { when: Vanished::Now, uids } => {
                let gone = u32::try_from(uids.len()).unwrap_or(u32::MAX);
                self.selection.exists = self.selection.exists.saturating_sub(gone);
            }
            Data::Flags(flags) => {
                self.selection.flags = flags.to_set();
                return false;
            }
            Data::Other(_) => return false,
            _ => {}
        }
        true
    }

    /// Takes note of how a command ended.
    pub(super) fn heed_completion(&mut self, status: &Status<'_>) {
        // That of a mailbox which was just made (RFC 8474 section 4.1), and not of the one that is open.
        if !matches!(status.code, Some(Code::MailboxId(_))) {
            self.heed_code(status);
        }
    }

    /// Takes note of what a response code says of the session or the mailbox.
    fn heed_code(&mut self, status: &Status<'_>) {
        let Some(code) = &status.code else { return };
        if let Code::Capability(atoms) = code {
            self.learn(atoms.iter().map(AsRef::as_ref));
            return;
        }
        let selection = &mut self.selection;
        match code {
            Code::UidValidity(validity) => selection.uid_validity = *validity,
            Code::UidNext(uid) => selection.uid_next = *uid,
            Code::HighestModSeq(mod_seq) => selection.highest_mod_seq = *mod_seq,
            Code::NoModSeq => selection.highest_mod_seq = None,
            Code::PermanentFlags(flags) => {
                selection.makes_keywords = flags.contains(b"\\*");
                selection.permanent_flags = Some(flags.to_set());
            }
            Code::MailboxId(id) => selection.mailbox_id = Some(crate::text::sanitize(id)),
            Code::UidNotSticky => selection.uids_not_sticky = true,
            // All that was said so far was about the mailbox before (RFC 9051 section 7.1).
            Code::Closed => {
                let Selection { mailbox, access, .. } = std::mem::take(selection);
                *selection = Selection { mailbox, access, ..Selection::default() };
            }
            Code::ReadOnly => selection.access = Access::ReadOnly,
            // Quirk: what EXAMINE opened stays closed to changes, whatever the server calls it.
            Code::ReadWrite if status.kind == StatusKind::Ok => {}
            _ => {}
        }
    }

    fn learn<'a>(&mut self, atoms: impl IntoIterator<Item = &'a [u8]>) {
        self.capabilities.learn(atoms);
        self.told += 1;
    }

    /// Nobody is logged in, or somebody else is: what was agreed on holds no more (RFC 8437 section 2).
    pub(super) fn start_over(&mut self) {
        self.is_open = false;
        self.dialect = Dialect::default();
        self.capabilities.disable();
    }

    /// What the server can do is to be asked again, since it may differ from here on.
    pub(super) fn forget_capabilities(&mut self) {
        self.capabilities = Capabilities::default();
    }
}
