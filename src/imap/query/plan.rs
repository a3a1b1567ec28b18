//! From a tree to what a server is asked, and what is looked at afterwards.
//!
//! Where a server cannot tell something, the query is asked once for each way it may be: with the term taken as true, and as
//! false. Of what comes back for either, those messages are kept for which it is so. Terms that nothing depends on in one of
//! the ways fall out: `has:attachment from:bob` needs but one search.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::key::{DateOf, Field, Key, Relation};
use super::program::Program;
use super::when::Date;
use crate::error::{Error, Result};
use crate::imap::capability::{Capabilities, Extension};
use crate::imap::flag::{Flag, is_atom_octet};
use crate::imap::utf7;

/// How many different things may have to be looked at: each doubles the searches.
const MAX_CHECKS: usize = 3;

/// What to ask a server, and what to look at afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The searches, whose results have nothing in common once checked: together they are the answer. If there are none,
    /// nothing can match.
    pub cases: Vec<Case>,
}

/// One search.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The keys.
    pub program: Program,
    /// What must be so, or must not, of a message that is found.
    pub checks: Vec<(Check, bool)>,
}

/// What a server does not tell, or not to the point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Check {
    /// In its BODYSTRUCTURE there is a part whose disposition is `attachment`, or that has a name and is no text.
    Attachment,
    /// Its INTERNALDATE is this time or later.
    ArrivedSince(SystemTime),
}

/// What was found out about a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// Whether it has an attachment, as [`Check::Attachment`] says.
    pub has_attachment: bool,
    /// Its INTERNALDATE, if it has one that can be read.
    pub arrived: Option<SystemTime>,
}

impl Plan {
    /// Whether what is found is the answer as it stands.
    pub fn is_exact(&self) -> bool {
        self.cases.iter().all(|case| case.checks.is_empty())
    }

    /// Whether BODYSTRUCTURE of what is found must be fetched.
    pub fn needs_structure(&self) -> bool {
        self.needs(|check| check == Check::Attachment)
    }

    /// Whether INTERNALDATE of what is found must be fetched.
    pub fn needs_arrival(&self) -> bool {
        self.needs(|check| matches!(check, Check::ArrivedSince(_)))
    }

    fn needs(&self, which: impl Fn(Check) -> bool) -> bool {
        self.cases.iter().flat_map(|case| &case.checks).any(|(check, _)| which(*check))
    }
}

impl Case {
    /// Whether a message that was found belongs to the answer.
    pub fn keeps(&self, facts: Facts) -> bool {
        self.checks.iter().all(|(check, wanted)| check.holds(facts) == *wanted)
    }
}

impl Check {
    fn holds(self, facts: Facts) -> bool {
        match self {
            Self::Attachment => facts.has_attachment,
            Self::ArrivedSince(time) => facts.arrived.is_some_and(|arrived| time <= arrived),
        }
    }
}

pub(super) fn plan(key: &Key, now: SystemTime, capabilities: &Capabilities) -> Result<Plan> {
    let mut compiler = Compiler { now, capabilities, checks: Vec::new() };
    let tree = compiler.node(key)?;
    let checks = compiler.checks;
    if checks.len() > MAX_CHECKS {
        return Err(Error::InvalidInput(format!(
            "the query has more than {MAX_CHECKS} terms that this server cannot search for: split it"
        )));
    }
    let mut cases = Vec::new();
    for way in 0..1_usize << checks.len() {
        let checks: Vec<_> = checks.iter().enumerate().map(|(at, check)| (*check, way & (1 << at) == 0)).collect();
        let Some(program) = program(tree.settled(&checks), &checks) else { continue };
        cases.push(Case { program, checks });
    }
    Ok(Plan { cases })
}

/// The search of one case; `None` if nothing can match.
fn program(tree: Node, checks: &[(Check, bool)]) -> Option<Program> {
    if tree == Node::Never {
        return None;
    }
    let narrowed = checks.iter().filter_map(|(check, wanted)| narrowing(*check, *wanted));
    let terms = std::iter::once(tree).chain(narrowed).flat_map(|node| match node {
        Node::Always => Vec::new(),
        Node::And(nodes) => nodes,
        node => vec![node],
    });
    let terms: Vec<_> = terms.collect();
    let mut program = Program::default();
    match terms.as_slice() {
        [] => program.atom("ALL"),
        [Node::Keys(keys)] => program.append(keys),
        terms => terms.iter().for_each(|term| term.write(&mut program)),
    }
    Some(program)
}

/// A query of which it is known what the server can be asked.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Always,
    Never,
    /// One search key with its arguments.
    Ask(Program),
    /// Keys as somebody wrote them, any number of them, and perhaps not whole.
    Keys(Program),
    /// Something to be looked at.
    Look(Check),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

struct Compiler<'a> {
    now: SystemTime,
    capabilities: &'a Capabilities,
    checks: Vec<Check>,
}

impl Compiler<'_> {
    fn node(&mut self, key: &Key) -> Result<Node> {
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

impl Node {
    /// The tree with what is looked at taken to be so, or not so.
    fn settled(&self, checks: &[(Check, bool)]) -> Self {
        match self {
            Self::Always | Self::Never | Self::Ask(_) | Self::Keys(_) => self.clone(),
            Self::Look(wanted) => match checks.iter().any(|(check, holds)| check == wanted && *holds) {
                true => Self::Always,
                false => Self::Never,
            },
            Self::And(nodes) => {
                let mut rest = Vec::new();
                for node in nodes {
                    match node.settled(checks) {
                        Self::Always => {}
                        Self::Never => return Self::Never,
                        Self::And(nodes) => rest.extend(nodes),
                        node => rest.push(node),
                    }
                }
                one_or(rest, Self::Always, Self::And)
            }
            Self::Or(nodes) => {
                let mut rest = Vec::new();
                for node in nodes {
                    match node.settled(checks) {
                        Self::Never => {}
                        Self::Always => return Self::Always,
                        Self::Or(nodes) => rest.extend(nodes),
                        node => rest.push(node),
                    }
                }
                one_or(rest, Self::Never, Self::Or)
            }
            Self::Not(node) => match node.settled(checks) {
                Self::Always => Self::Never,
                Self::Never => Self::Always,
                Self::Not(node) => *node,
                node => Self::Not(Box::new(node)),
            },
        }
    }

    /// Adds it as one or more keys, all of which must hold.
    fn write(&self, program: &mut Program) {
        match self {
            Self::And(nodes) => nodes.iter().for_each(|node| node.write(program)),
            // OR has two arguments: of more, all but the last two open another.
            Self::Or(nodes) => {
                for (at, node) in nodes.iter().enumerate() {
                    if at + 1 < nodes.len() {
                        program.atom("OR");
                    }
                    node.write_one(program);
                }
            }
            Self::Not(node) => {
                program.atom("NOT");
                node.write_one(program);
            }
            Self::Ask(ask) => program.append(ask),
            // Nothing in them can take what stands beside them for its argument.
            Self::Keys(keys) => {
                program.open();
                program.append(keys);
                program.close();
            }
            Self::Always => program.atom("ALL"),
            Self::Never | Self::Look(_) => {
                program.atom("NOT");
                program.atom("ALL");
            }
        }
    }

    /// Adds it as exactly one key.
    fn write_one(&self, program: &mut Program) {
        if self.is_one_key() {
            return self.write(program);
        }
        program.open();
        self.write(program);
        program.close();
    }

    fn is_one_key(&self) -> bool {
        !matches!(self, Self::And(_))
    }
}

fn one_or(mut nodes: Vec<Node>, none: Node, several: fn(Vec<Node>) -> Node) -> Node {
    match (nodes.pop(), nodes.is_empty()) {
        (None, _) => none,
        (Some(node), true) => node,
        (Some(node), false) => {
            nodes.push(node);
            several(nodes)
        }
    }
}

/// What the server can be asked so that less comes into question; it lets through all for which the check ends so.
fn narrowing(check: Check, wanted: bool) -> Option<Node> {
    let ask = |words: &[&'static str], text: &str| {
        let mut ask = Program::default();
        words.iter().for_each(|word| ask.atom(*word));
        ask.string(text).ok().map(|()| Node::Ask(ask))
    };
    match (check, wanted) {
        // Multipart, or something else that is not text, or one part that says it is to be saved. What begins with text/
        // may be a message without parts, which is most of them; a multipart/related may name text/ as well.
        (Check::Attachment, true) => {
            let types = ["multipart/", "application/", "image/", "audio/", "video/", "message/"];
            let types = types.into_iter().filter_map(|start| ask(&["HEADER", "Content-Type"], start));
            Some(Node::Or(types.chain(ask(&["HEADER", "Content-Disposition"], "attachment")).collect()))
        }
        (Check::Attachment, false) => None,
        // The day is compared as it was written in the zone of the message or server, which are up to 14 hours ahead of UTC
        // and 12 behind it.
        (Check::ArrivedSince(time), wanted) => {
            let time = Timestamp::try_from(time).ok()?;
            let hours = |hours: i64| time.checked_add(jiff::SignedDuration::from_hours(hours)).ok().map(Date::of);
            let (word, date) = match wanted {
                true => ("SINCE", hours(-12)?),
                false => ("BEFORE", hours(14)?.next()),
            };
            let mut ask = Program::default();
            ask.atom(word);
            ask.atom(date.to_string());
            Some(Node::Ask(ask))
        }
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

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;

    /// Wherever a server is, the day it compares does not hide a message from being looked at.
    #[test]
    fn narrowing_leaves_room_for_every_zone() {
        let date = |time: SystemTime, hours| {
            let here = Timestamp::try_from(time).unwrap().to_zoned(offset(hours).to_time_zone()).date();
            Date::new(here.year(), here.month(), here.day()).unwrap()
        };
        let bound = |time, wanted| {
            let Some(Node::Ask(ask)) = narrowing(Check::ArrivedSince(time), wanted) else { panic!("nothing asked") };
            ask.to_string()
        };
        for hour in 0..48 {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_774_915_200 + hour * 3_600);
            let days: Vec<_> = (-12..=14).map(|hours| date(time, hours)).collect();
            let before: Vec<_> = (-12..=14).map(|hours| date(time - Duration::from_secs(1), hours)).collect();
            assert_eq!(bound(time, true), format!("SINCE {}", days.iter().min().unwrap()));
            let latest = bound(time, false);
            // Exclusive, so the day after the latest; on the hour of midnight one second makes a day.
            let next = before.iter().max().unwrap().next();
            assert!(
                latest == format!("BEFORE {next}") || latest == format!("BEFORE {}", next.next()),
                "{latest} {next}"
            );
        }
    }
}
