//! From keys to what a server can be asked: each as a SEARCH key of its own, or as something to be looked at.

use std::time::{Duration, SystemTime};

use super::key::{DateOf, Field, Key, Relation};
use super::node::Node;
use super::plan::Check;
use super::program::Program;
use crate::error::{Error, Result};
use crate::imap::capability::{Capabilities, Extension};
use crate::imap::flag::{Flag, is_atom_octet};
use crate::imap::utf7;

/// What turns keys into what a server can be asked, by what it offers.
pub(super) struct Compiler<'a> {
    now: SystemTime,
    capabilities: &'a Capabilities,
    checks: Vec<Check>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(now: SystemTime, capabilities: &'a Capabilities) -> Self {
        Self { now, capabilities, checks: Vec::new() }
    }

    /// What is to be looked at, once the whole query has been read.
    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }

    /// One key and all below it.
    pub(super) fn node(&mut self, key: &Key) -> Result<Node> {
        let mut ask = Program::default();
        match key {
            Key::All => return Ok(Node::Always),
            Key::And(keys) => return Ok(Node::And(keys.iter().map(|key| self.node(key)).collect::<Result<_>>()?)),
            Key::Or(keys) => return Ok(Node::Or(keys.iter().map(|key| self.node(key)).collect::<Result<_>>()?)),
            Key::Not(key) => match &**key {
                Key::Flag(flag) => self.flag(flag, false, &mut ask)?,
                key => return Ok(Node::Not(Box::new(self.node(key)?))),
            },
            Key::Flag(flag) => self.flag(flag, true, &mut ask)?,
            Key::Text(field, text) => {
                ask.atom(field.key());
                ask.string(text)?;
            }
            Key::Header { name, value } => {
                ask.atom("HEADER");
                match name.bytes().all(is_atom_octet) && !name.eq_ignore_ascii_case("NIL") {
                    true => ask.atom(name.clone()),
                    false => ask.string(name)?,
                }
                ask.string(value)?;
            }
            Key::Date(of, relation, date) => {
                if *of == DateOf::Saving {
                    self.wants(Extension::SaveDate, "the day a message was saved")?;
                }
                ask.atom(of.key(*relation));
                ask.atom(date.to_string());
            }
            Key::Younger(seconds) | Key::Older(seconds) if self.capabilities.has(Extension::Within) => {
                ask.atom(if matches!(key, Key::Younger(_)) { "YOUNGER" } else { "OLDER" });
                ask.atom(seconds.to_string());
            }
            Key::Younger(seconds) => return Ok(self.arrived_since(*seconds)),
            Key::Older(seconds) => return Ok(Node::Not(Box::new(self.arrived_since(*seconds)))),
            Key::Larger(octets) => {
                ask.atom("LARGER");
                ask.atom(octets.to_string());
            }
            Key::Smaller(octets) => {
                ask.atom("SMALLER");
                ask.atom(octets.to_string());
            }
            // Of 20:* a server would find the last message, whatever its UID.
            Key::Uid(set) => {
                ask.atom("UID");
                ask.atom(set.close().to_string());
            }
            Key::ModSeq(modseq) => {
                self.wants(Extension::Condstore, "modification sequences")?;
                ask.atom("MODSEQ");
                ask.atom(modseq.to_string());
            }
            Key::Attachment if self.capabilities.has(Extension::Gmail) => {
                ask.atom("X-GM-RAW");
                ask.string("has:attachment")?;
            }
            Key::Attachment => return Ok(self.look(Check::Attachment)),
            Key::EmailId(id) => {
                self.wants(Extension::ObjectId, "ids of messages")?;
                ask.atom("EMAILID");
                ask.atom(id.clone());
            }
            Key::ThreadId(id) => {
                self.wants(Extension::ObjectId, "ids of conversations")?;
                ask.atom("THREADID");
                ask.atom(id.clone());
            }
            Key::Gmail(text) => {
                self.wants(Extension::Gmail, "searches of Gmail")?;
                ask.atom("X-GM-RAW");
                ask.string(text)?;
            }
            Key::Label(label) => {
                self.wants(Extension::Gmail, "labels of Gmail")?;
                ask.atom("X-GM-LABELS");
                ask.string(&utf7::encode(label))?;
            }
            Key::Raw(program) => return Ok(Node::Keys(program.clone())),
        }
        Ok(Node::Ask(ask))
    }

    fn flag(&self, flag: &Flag, set: bool, ask: &mut Program) -> Result<()> {
        if *flag == Flag::Recent && self.capabilities.is_rev2() {
            return Err(Error::Unsupported("IMAP4rev2 has no recent messages: search for is:unread".into()));
        }
        let (with, without) = match flag {
            Flag::Seen => ("SEEN", "UNSEEN"),
            Flag::Answered => ("ANSWERED", "UNANSWERED"),
            Flag::Flagged => ("FLAGGED", "UNFLAGGED"),
            Flag::Deleted => ("DELETED", "UNDELETED"),
            Flag::Draft => ("DRAFT", "UNDRAFT"),
            Flag::Recent => ("RECENT", "OLD"),
            Flag::Keyword(_) => ("KEYWORD", "UNKEYWORD"),
        };
        ask.atom(if set { with } else { without });
        match flag.keyword() {
            // A server's odd keywords are kept, but no search can name them.
            Some(keyword) if !keyword.bytes().all(is_atom_octet) => {
                Err(Error::InvalidInput(format!("the keyword \"{keyword}\" cannot be searched for: it is not an atom")))
            }
            Some(keyword) => {
                ask.atom(keyword.to_owned());
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn wants(&self, extension: Extension, what: &str) -> Result<()> {
        match self.capabilities.has(extension) {
            true => Ok(()),
            false => {
                Err(Error::Unsupported(format!("the server cannot search for {what}: it lacks {}", extension.name())))
            }
        }
    }

    fn arrived_since(&mut self, seconds: u32) -> Node {
        let time = self.now.checked_sub(Duration::from_secs(seconds.into()));
        self.look(Check::ArrivedSince(time.unwrap_or(SystemTime::UNIX_EPOCH)))
    }

    fn look(&mut self, check: Check) -> Node {
        if !self.checks.contains(&check) {
            self.checks.push(check);
        }
        Node::Look(check)
    }
}

impl Field {
    fn key(self) -> &'static str {
        match self {
            Self::Bcc => "BCC",
            Self::Body => "BODY",
            Self::Cc => "CC",
            Self::From => "FROM",
            Self::Subject => "SUBJECT",
            Self::Text => "TEXT",
            Self::To => "TO",
        }
    }
}

impl DateOf {
    fn key(self, relation: Relation) -> &'static str {
        match (self, relation) {
            (Self::Arrival, Relation::Before) => "BEFORE",
            (Self::Arrival, Relation::On) => "ON",
            (Self::Arrival, Relation::Since) => "SINCE",
            (Self::Sending, Relation::Before) => "SENTBEFORE",
            (Self::Sending, Relation::On) => "SENTON",
            (Self::Sending, Relation::Since) => "SENTSINCE",
            (Self::Saving, Relation::Before) => "SAVEDBEFORE",
            (Self::Saving, Relation::On) => "SAVEDON",
            (Self::Saving, Relation::Since) => "SAVEDSINCE",
        }
    }
}
