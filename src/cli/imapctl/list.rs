//! `imapctl list`: messages in a table, of which only the page that is shown crosses the wire.

use std::num::NonZeroU32;

use super::found;
use super::job::Job;
use super::letter::{self, Letter};
use super::previews::{self, Sources};
use super::sorted;
use super::visit::Visit;
use crate::cli::args::imapctl::ListArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Place, What};
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, Flaw};
use crate::imap::query::Query;
use crate::imap::receiver::Receiver;
use crate::imap::{Access, Extension, Item, Selected, SeqNum, SequenceSet, Uid, UidSet};

/// How many messages are asked for and held at a time.
const WINDOW: usize = 500;

/// The messages that arrived last need no search: how many there are is known once the folder is open, and one FETCH by their
/// numbers brings them. With a query it is one trip more.
pub(super) fn run(args: &ListArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let query = found::query(&args.query.selected())?;
    let mut folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    let page = Page::of(args.limit, args.page);
    let _work = job.work("listing", Counted::Received);
    let mut table = Table::new(args, &mut folder, job);
    if let Some(criteria) = &args.sort {
        let uids = sorted::by(criteria, &query, &mut folder)?;
        table.by_uid(page.of_sorted(&uids), &mut folder)?;
    } else if query.is_all() {
        table.last_arrived(page, &mut folder)?;
    } else {
        let uids = last_found(&query, page, &mut folder)?;
        table.by_uid(&uids, &mut folder)?;
    }
    Ok(table.exit())
}

/// Which messages of all are shown, counted from the first that would be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Page {
    skip: u32,
    /// `None` for all.
    count: Option<u32>,
}

impl Page {
    fn of(limit: u32, page: NonZeroU32) -> Self {
        match limit {
            0 => Self { skip: 0, count: None },
            limit => Self { skip: limit.saturating_mul(page.get() - 1), count: Some(limit) },
        }
    }

    fn of_sorted(self, uids: &[Uid]) -> &[Uid] {
        let from = usize::try_from(self.skip).unwrap_or(usize::MAX).min(uids.len());
        let rest = uids.get(from..).unwrap_or_default();
        let count = self.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(rest.len());
        rest.get(..count.min(rest.len())).unwrap_or_default()
    }

    /// The first and last number of the page if the last message comes first.
    fn of_numbers(self, exists: u32) -> Option<(u32, u32)> {
        let last = exists.checked_sub(self.skip).filter(|last| *last > 0)?;
        let count = self.count.unwrap_or(last).min(last);
        Some((last - count + 1, last))
    }
}

/// The last of what a query finds, the very last first.
fn last_found(query: &Query, page: Page, folder: &mut Selected<'_>) -> Result<Vec<Uid>> {
    let plan = query.plan(&found::known(folder))?;
    let has_partial = folder.session().has(Extension::Partial);
    let uids: UidSet = match (found::program(&plan), page.count) {
        (Some(program), Some(count)) if has_partial => {
            let uids = folder.uid_search_last(&program, page.skip, count)?;
            return Ok(uids.iter().rev().collect());
        }
        _ => found::search(query, folder)?,
    };
    let descending: Vec<Uid> = uids.iter().rev().collect();
    Ok(page.of_sorted(&descending).to_vec())
}

/// The table, as it is told.
struct Table<'j> {
    job: &'j Job<'j>,
    /// What is asked of each message.
    items: Vec<Item>,
    has_previews: bool,
    mailbox: crate::imap::Mailbox,
    validity: Option<u32>,
    told: u64,
    partial: u64,
    flaws: u64,
}

impl<'j> Table<'j> {
    fn new(args: &ListArgs, folder: &mut Selected<'_>, job: &'j Job<'j>) -> Self {
        let mut items = letter::items();
        if args.preview && folder.session().has(Extension::Preview) {
            items.push(Item::LazyPreview);
        }
        if args.save_date && folder.session().has(Extension::SaveDate) {
            items.push(Item::SaveDate);
        } else if args.save_date {
            job.warn("the server does not offer SAVEDATE: what is shown are the messages' own dates");
        }
        let selection = folder.selection();
        Self {
            job,
            items,
            has_previews: args.preview,
            mailbox: selection.mailbox.clone(),
            validity: selection.uid_validity.map(|validity| validity.get()),
            told: 0,
            partial: 0,
            flaws: 0,
        }
    }

    /// By numbers, which nothing has changed since the folder was opened: the server may not tell of what is expunged while it
    /// answers a FETCH by numbers (RFC 9051 section 7.5.1).
    fn last_arrived(&mut self, page: Page, folder: &mut Selected<'_>) -> Result<()> {
        let Some((first, last)) = page.of_numbers(folder.selection().exists) else { return Ok(()) };
        let window = u32::try_from(WINDOW).unwrap_or(u32::MAX);
        let mut upper = last;
        while upper >= first && !self.job.output().is_closed() {
            let lower = upper.saturating_sub(window - 1).max(first);
            let (Some(from), Some(to)) = (SeqNum::new(lower), SeqNum::new(upper)) else { break };
            let mut rows = self.rows(None);
            match folder.fetch(&SequenceSet::span(from, to), &self.items, &mut rows) {
                Err(Error::Rejected(rejection))
                    if self.told == 0 && rejection.code.as_deref() == Some("UIDREQUIRED") =>
                {
                    // RFC 9586 section 3: there are no message numbers where UIDONLY is on.
                    folder.session().note("asking by UID, since the server knows no message numbers");
                    let uids = last_found(&Query::all(), page, folder)?;
                    return self.by_uid(&uids, folder);
                }
                done => done?,
            }
            // The order of the rows is the server's affair.
            rows.letters.sort_by_key(|(seq, letter)| std::cmp::Reverse((*seq, letter.uid)));
            let letters = self.completed(rows, folder)?;
            self.tell(&letters);
            let Some(next) = lower.checked_sub(1).filter(|next| *next > 0) else { break };
            upper = next;
        }
        Ok(())
    }

    fn by_uid(&mut self, uids: &[Uid], folder: &mut Selected<'_>) -> Result<()> {
        for window in uids.chunks(WINDOW) {
            if self.job.output().is_closed() {
                break;
            }
            let wanted: UidSet = window.iter().copied().collect();
            let mut rows = self.rows(Some(&wanted));
            folder.uid_fetch(&wanted, &self.items, &mut rows)?;
            let mut letters = self.completed(rows, folder)?;
            let place = |letter: &Letter| window.iter().position(|uid| Some(*uid) == letter.uid);
            letters.sort_by_cached_key(place);
            self.tell(&letters);
        }
        Ok(())
    }

    fn rows<'w>(&self, wanted: Option<&'w UidSet>) -> Rows<'w> {
        Rows { wanted, letters: Vec::new(), sources: self.has_previews.then(Sources::default), flaws: 0 }
    }

    /// The letters of the rows and those of which none came, with what else there is to know of them.
    fn completed(&mut self, rows: Rows<'_>, folder: &mut Selected<'_>) -> Result<Vec<Letter>> {
        self.flaws += rows.flaws;
        let mut letters: Vec<Letter> = rows.letters.into_iter().map(|(_, letter)| letter).collect();
        if let Some(wanted) = rows.wanted {
            letters.extend(letter::untold(wanted, &letters, folder)?);
        }
        letter::mend(&mut letters, folder)?;
        if let Some(sources) = &rows.sources {
            previews::complete(&mut letters, sources, folder)?;
        }
        Ok(letters)
    }

    fn tell(&mut self, letters: &[Letter]) {
        for letter in letters {
            self.told += 1;
            self.partial += u64::from(letter.is_partial());
            let place = Place { folder: (&self.mailbox).into(), validity: self.validity };
            letter.with_record(place, |message| self.job.tell(What::Message(message)));
        }
    }

    fn exit(self) -> Exit {
        if self.flaws > 0 {
            self.job.warn(&format!("{} of the server's rows could not be understood at all", self.flaws));
        }
        match self.partial + self.flaws {
            0 => Exit::OK,
            _ if self.told == 0 => Exit::PROTOCOL,
            _ => {
                self.job.note(Exit::PROTOCOL);
                Exit::PARTLY
            }
        }
    }
}

/// Rows as they come.
struct Rows<'w> {
    /// Which UIDs are meant; `None` if they were asked for by number.
    wanted: Option<&'w UidSet>,
    letters: Vec<(Option<SeqNum>, Letter)>,
    /// What previews can be made of, if they are wanted.
    sources: Option<Sources>,
    flaws: u64,
}

impl Receiver for Rows<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        let is_wanted = match (self.wanted, row.uid) {
            (Some(wanted), Some(uid)) => wanted.contains(uid),
            (Some(_), None) => false,
            // What only tells of new flags was not asked for.
            (None, uid) => uid.is_some() || row.envelope.is_some() || !row.flaws.is_empty(),
        };
        // A row may come in pieces, and one that was there gets new flags.
        let at = self.letters.iter().position(|(seq, letter)| match row.uid {
            Some(uid) => letter.uid == Some(uid),
            None => row.seq.is_some() && *seq == row.seq,
        });
        let has_room = self.letters.len() < 2 * WINDOW;
        if let Some(sources) = self.sources.as_mut().filter(|_| at.is_some() || (is_wanted && has_room)) {
            sources.heed(row);
        }
        match at.and_then(|at| self.letters.get_mut(at)) {
            Some((_, letter)) => letter.update(row),
            None if is_wanted && has_room => self.letters.push((row.seq, Letter::from_row(row))),
            None => {}
        }
        Ok(())
    }

    fn flaw(&mut self, _flaw: &Flaw) -> Result<()> {
        self.flaws += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: u32, number: u32) -> Page {
        Page::of(limit, NonZeroU32::new(number).unwrap())
    }

    #[test]
    fn pages_count_from_the_last_message() {
        assert_eq!(page(25, 1).of_numbers(20_000), Some((19_976, 20_000)));
        assert_eq!(page(25, 2).of_numbers(20_000), Some((19_951, 19_975)));
        assert_eq!(page(25, 1).of_numbers(3), Some((1, 3)));
        assert_eq!(page(25, 2).of_numbers(25), None);
        assert_eq!(page(25, u32::MAX).of_numbers(25), None);
        assert_eq!(page(0, 1).of_numbers(7), Some((1, 7)));
        assert_eq!(page(25, 1).of_numbers(0), None);
        let uids: Vec<Uid> = (1..=7).filter_map(Uid::new).collect();
        assert_eq!(page(3, 3).of_sorted(&uids), &uids[6..]);
        assert_eq!(page(3, 4).of_sorted(&uids), &[]);
        assert_eq!(page(0, 1).of_sorted(&uids).len(), 7);
    }
}
