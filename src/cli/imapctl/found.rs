//! Which messages are meant: UIDs as they were typed, or what a query finds.

use std::time::SystemTime;

use super::attachment;
use crate::cli::args::imapctl::Selected as Words;
use crate::cli::exit::Failure;
use crate::error::Result;
use crate::imap::grammar::Data;
use crate::imap::query::{Case, Facts, Plan, Program, Query};
use crate::imap::{Capabilities, Item, Selected, Uid, UidSet};

/// The query in what was typed.
pub(super) fn query(words: &Words) -> Result<Query> {
    match words {
        Words::Query(words) => Query::parse(words, SystemTime::now()),
        Words::Keys(keys) => Query::raw(keys),
        Words::Uids(_) => Ok(Query::all()),
    }
}

/// The UIDs that are meant. Those of a query are there; those that were typed need not be, but `*` and what is open towards it
/// is settled: `20:*` never means a message below 20.
pub(super) fn uids(words: &Words, folder: &mut Selected<'_>) -> Result<UidSet, Failure> {
    match words {
        Words::Uids(uids) if !uids.has_star() => Ok(uids.clone()),
        // The server knows what `*` is, and the query that open ends hold nothing below their start.
        Words::Uids(uids) => Ok(search(&Query::uids(uids.clone()), folder)?),
        words => Ok(search(&query(words)?, folder)?),
    }
}

/// What the query finds, exactly: where the server cannot tell everything, what it finds is looked at.
pub(super) fn search(query: &Query, folder: &mut Selected<'_>) -> Result<UidSet> {
    let plan = query.plan(&known(folder))?;
    let mut found = UidSet::new();
    for case in &plan.cases {
        let mut uids = folder.uid_search(&case.program)?;
        if !case.checks.is_empty() {
            uids = checked(&plan, case, &uids, folder)?;
        }
        found.union(&uids);
    }
    Ok(found)
}

/// The program, if one search tells all.
pub(super) fn program(plan: &Plan) -> Option<Program> {
    match plan.cases.as_slice() {
        [case] if case.checks.is_empty() => Some(case.program.clone()),
        _ => None,
    }
}

/// What the server can do, for plans.
pub(super) fn known(folder: &mut Selected<'_>) -> Capabilities {
    folder.session().capabilities().cloned().unwrap_or_default()
}

/// Those of the messages for which the checks hold.
fn checked(plan: &Plan, case: &Case, uids: &UidSet, folder: &mut Selected<'_>) -> Result<UidSet> {
    let mut items = vec![Item::Uid];
    if plan.needs_structure() {
        items.push(Item::BodyStructure);
    }
    if plan.needs_arrival() {
        items.push(Item::InternalDate);
    }
    let mut kept = UidSet::new();
    folder.uid_fetch(uids, &items, &mut |data: &Data<'_>| {
        let Data::Fetch(row) = data else { return Ok(()) };
        let Some(uid) = row.uid.filter(|uid| uids.contains(*uid)) else { return Ok(()) };
        let facts = Facts {
            has_attachment: row.structure.as_deref().is_some_and(attachment::is_in),
            arrived: row.internal_date.map(|date| date.system_time()),
        };
        if case.keeps(facts) {
            kept.insert(uid);
        }
        Ok(())
    })?;
    Ok(kept)
}

/// UIDs as records have them.
pub(super) fn numbers(uids: impl Iterator<Item = Uid>) -> Vec<u32> {
    uids.map(Uid::get).collect()
}
