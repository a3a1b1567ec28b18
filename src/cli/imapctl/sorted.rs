//! Messages in an order: the server's, or ours where it has no SORT for it.

use super::found;
use super::letter::{self, Letter};
use crate::error::Result;
use crate::imap::grammar::Data;
use crate::imap::query::Query;
use crate::imap::{Extension, Item, Selected, Uid, UidSet};
use crate::mail::sort::{Criteria, Entry, Key, Values};

/// What the query finds, in this order.
pub(super) fn by(criteria: &Criteria, query: &Query, folder: &mut Selected<'_>) -> Result<Vec<Uid>> {
    let plan = query.plan(&found::known(folder))?;
    let can_sort = folder.session().has(Extension::Sort)
        && (!criteria.needs_display() || folder.session().has(Extension::SortDisplay));
    if plan.cases.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(program) = found::program(&plan).filter(|_| can_sort)
        && let Some(sorted) = folder.uid_sort(&criteria.to_string(), &program)?
    {
        return Ok(sorted);
    }
    here(criteria, query, folder)
}

/// The same, sorted by us from what the messages say of themselves (RFC 5256 section 3).
fn here(criteria: &Criteria, query: &Query, folder: &mut Selected<'_>) -> Result<Vec<Uid>> {
    let uids = found::search(query, folder)?;
    folder.session().note("sorting here: the server cannot, or not so many");
    let mut items = vec![Item::Uid];
    let needs = |wanted: &[Key]| criteria.keys().any(|(key, _)| wanted.contains(&key));
    if needs(&[Key::Arrival, Key::Date]) {
        items.push(Item::InternalDate);
    }
    if needs(&[Key::Size]) {
        items.push(Item::Size);
    }
    if needs(&[Key::Cc, Key::Date, Key::From, Key::Subject, Key::To, Key::DisplayFrom, Key::DisplayTo]) {
        items.push(Item::Envelope);
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut told = UidSet::new();
    folder.uid_fetch(&uids, &items, &mut |data: &Data<'_>| {
        let Data::Fetch(row) = data else { return Ok(()) };
        let Some(uid) = row.uid.filter(|uid| uids.contains(*uid) && !told.contains(*uid)) else { return Ok(()) };
        told.insert(uid);
        entries.push(criteria.entry(uid.get(), &values(&Letter::from_row(row))));
        Ok(())
    })?;
    // What is told badly, or not at all, is found all the same.
    let silent = uids.subtract(&told);
    entries.extend(silent.iter().map(|uid| criteria.entry(uid.get(), &values(&Letter::default()))));
    entries.sort_unstable();
    Ok(entries.iter().filter_map(|entry| Uid::new(entry.position())).collect())
}

fn values(letter: &Letter) -> Values<'_> {
    Values {
        arrival: letter.internal_date,
        sent: letter.date,
        size: letter.size.unwrap_or(0),
        subject: letter.raw_subject.as_deref().unwrap_or_default(),
        from: letter.from.first().map(letter::Address::as_sorted).unwrap_or_default(),
        to: letter.to.first().map(letter::Address::as_sorted).unwrap_or_default(),
        cc: letter.cc.first().map(letter::Address::as_sorted).unwrap_or_default(),
    }
}
