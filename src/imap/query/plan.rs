//! From a tree to what a server is asked, and what is looked at afterwards.
//!
//! Where a server cannot tell something, the query is asked once for each way it may be: with the term taken as true, and as
//! false. Of what comes back for either, those messages are kept for which it is so. Terms that nothing depends on in one of
//! the ways fall out: `has:attachment from:bob` needs but one search.

use std::time::SystemTime;

use super::compiler::Compiler;
use super::key::Key;
use super::node::{Node, narrowing};
use super::program::Program;
use crate::error::{Error, Result};
use crate::imap::capability::Capabilities;

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
    let mut compiler = Compiler::new(now, capabilities);
    let tree = compiler.node(key)?;
    let checks = compiler.into_checks();
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
