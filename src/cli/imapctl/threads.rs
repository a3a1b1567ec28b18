//! `imapctl threads`: conversations, found by the server or by us, and of each the messages in it.

use std::collections::HashMap;

use super::found;
use super::job::Job;
use super::letter::{self, Letter};
use super::visit::Visit;
use crate::cli::args::imapctl::ThreadsArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Message, Node, Place, Thread, What};
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, Flaw, SectionValue, ThreadNode};
use crate::imap::query::Query;
use crate::imap::receiver::Receiver;
use crate::imap::{Access, Item, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::thread::{Algorithm, Entry, Threads};

/// How much of a header is looked at for what threads are made of, in octets.
const MAX_HEADER: u32 = 64 * 1024;

/// The fields that threads are made of.
const FIELDS: [&str; 5] = ["DATE", "SUBJECT", "MESSAGE-ID", "IN-REPLY-TO", "REFERENCES"];

/// The most places that a conversation may have: it is held whole.
const MAX_CONVERSATION: usize = 50_000;

/// A place of a thread: its message, if that is there, and how deep it is.
type Row = (Option<Uid>, u32);

/// All threads, one behind the other: a folder may have millions, and most are one message long.
struct Forest {
    rows: Vec<Row>,
    trees: Vec<Tree>,
}

/// Where a thread lies in the rows.
#[derive(Clone, Copy)]
struct Tree {
    from: usize,
    to: usize,
}

/// Two trips after the one that opens the folder: THREAD, and FETCH of what the page shows.
pub(super) fn run(args: &ThreadsArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let query = found::query(&args.query.selected())?;
    let mut folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    let _work = job.work("listing", Counted::Received);
    let mut flaws = 0;
    let Forest { rows, mut trees } = trees(&query, &mut folder, &mut flaws)?;
    let of = |tree: &Tree| rows.get(tree.from..tree.to).unwrap_or_default();
    // The conversation with the newest message comes first.
    trees.sort_by_cached_key(|tree| std::cmp::Reverse(of(tree).iter().filter_map(|(uid, _)| *uid).max()));
    if args.limit > 0 {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        let page = usize::try_from(args.page.get() - 1).unwrap_or(usize::MAX);
        trees = trees.into_iter().skip(limit.saturating_mul(page)).take(limit).collect();
    }
    let validity = folder.selection().uid_validity.map(|validity| validity.get());
    let mailbox = folder.selection().mailbox.clone();
    let mut partial = flaws;
    // A few at a time: a conversation is held whole, a folder is not.
    for some in trees.chunks(25) {
        if job.output().is_closed() {
            break;
        }
        let uids = some.iter().flat_map(of).filter_map(|(uid, _)| *uid).collect();
        let letters = letters(&uids, &mut folder, &mut partial)?;
        for tree in some {
            let place = Place { folder: (&mailbox).into(), validity };
            tell(of(tree), &letters, place, job);
        }
    }
    match partial {
        0 => Ok(Exit::OK),
        _ => {
            job.note(Exit::PROTOCOL);
            Ok(Exit::PARTLY)
        }
    }
}

/// The threads of what the query finds.
fn trees(query: &Query, folder: &mut Selected<'_>, flaws: &mut u64) -> Result<Forest> {
    let known = found::known(folder);
    let plan = query.plan(&known)?;
    let mut rows: Option<Vec<Row>> = None;
    if let Some(program) = found::program(&plan).filter(|_| known.threads_by(Algorithm::References.atom())) {
        let nodes = folder.uid_thread(Algorithm::References, &program)?;
        let row = |node: ThreadNode| (node.number.and_then(|number| Uid::new(number.get())), node.level);
        rows = nodes.map(|nodes| nodes.into_iter().map(row).collect());
    }
    let rows = match rows {
        Some(rows) => rows,
        None => here(query, folder, flaws)?,
    };
    Forest::grown(rows)
}

impl Forest {
    /// Where each thread begins and ends: with a place that no other is above.
    fn grown(rows: Vec<Row>) -> Result<Self> {
        let mut trees: Vec<Tree> = Vec::new();
        for (at, (_, depth)) in rows.iter().enumerate() {
            match trees.last_mut() {
                Some(tree) if *depth > 0 && tree.to - tree.from >= MAX_CONVERSATION => {
                    return Err(Error::Limit { what: "the length of a conversation", limit: MAX_CONVERSATION as u64 });
                }
                Some(tree) if *depth > 0 => tree.to = at + 1,
                _ => trees.push(Tree { from: at, to: at + 1 }),
            }
        }
        Ok(Self { rows, trees })
    }
}

/// The same, found by us from what the messages refer to (RFC 5256 section 3).
fn here(query: &Query, folder: &mut Selected<'_>, flaws: &mut u64) -> Result<Vec<Row>> {
    let uids = found::search(query, folder)?;
    folder.session().note("finding conversations here: the server cannot, or not in so many messages");
    let fields = Section::HeaderFields(PartNumber::message(), FIELDS.to_vec());
    let items = [Item::Uid, Item::InternalDate, Item::BodyRange(fields, 0, MAX_HEADER)];
    let mut threads = Threads::new(Algorithm::References);
    let mut gather = Gather { uids: &uids, threads: &mut threads, flaws };
    folder.uid_fetch(&uids, &items, &mut gather)?;
    Ok(threads.finish().into_iter().map(|row| (row.number.and_then(Uid::new), row.depth)).collect())
}

struct Gather<'a> {
    uids: &'a UidSet,
    threads: &'a mut Threads,
    flaws: &'a mut u64,
}

impl Receiver for Gather<'_> {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        let Some(uid) = row.uid.filter(|uid| self.uids.contains(*uid)) else { return Ok(()) };
        let header = row.sections.iter().find_map(|section| match &section.value {
            SectionValue::Octets(header) => Some(header.as_ref()),
            _ => None,
        });
        let mut letter = Letter::from_row(row);
        letter.read_header(header.unwrap_or_default());
        fn of(field: &Option<Vec<u8>>) -> &[u8] {
            field.as_deref().unwrap_or_default()
        }
        self.threads.add(&Entry {
            number: uid.get(),
            message_id: of(&letter.message_id),
            in_reply_to: of(&letter.in_reply_to),
            references: of(&letter.references),
            subject: of(&letter.raw_subject),
            sent: letter.date.or(letter.internal_date),
        });
        Ok(())
    }

    fn flaw(&mut self, _flaw: &Flaw) -> Result<()> {
        *self.flaws += 1;
        Ok(())
    }
}

/// These messages.
fn letters(uids: &UidSet, folder: &mut Selected<'_>, partial: &mut u64) -> Result<HashMap<Uid, Letter>> {
    let mut found: HashMap<Uid, Letter> = HashMap::new();
    folder.uid_fetch(uids, &letter::items(), &mut |data: &Data<'_>| {
        let Data::Fetch(row) = data else { return Ok(()) };
        if let Some(uid) = row.uid.filter(|uid| uids.contains(*uid)) {
            found.entry(uid).and_modify(|letter| letter.update(row)).or_insert_with(|| Letter::from_row(row));
        }
        Ok(())
    })?;
    let mut letters: Vec<Letter> = found.into_values().collect();
    letters.extend(letter::untold(uids, &letters, folder)?);
    letter::mend(&mut letters, folder)?;
    *partial += letters.iter().filter(|letter| letter.is_partial()).count() as u64;
    Ok(letters.into_iter().filter_map(|letter| letter.uid.map(|uid| (uid, letter))).collect())
}

fn tell(tree: &[Row], letters: &HashMap<Uid, Letter>, place: Place<'_>, job: &Job<'_>) {
    let known: Vec<(Option<&Letter>, u32)> =
        tree.iter().map(|(uid, depth)| (uid.and_then(|uid| letters.get(&uid)), *depth)).collect();
    let addresses: Vec<Option<letter::Records<'_>>> =
        known.iter().map(|(letter, _)| letter.map(Letter::records)).collect();
    let messages: Vec<Option<Message<'_>>> = known
        .iter()
        .zip(&addresses)
        .map(|((letter, _), records)| Some(letter.as_ref()?.as_record(place, records.as_ref()?)))
        .collect();
    let nodes: Vec<Node<'_>> = known
        .iter()
        .zip(&messages)
        .map(|((_, depth), message)| Node { depth: *depth, message: message.as_ref() })
        .collect();
    job.tell(What::Thread(Thread { place, nodes: &nodes }));
}
