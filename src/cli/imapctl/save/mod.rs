//! `imapctl save`: messages, attachments and parts into files.

mod directory;
mod intake;

use std::collections::HashMap;
use std::io;

use directory::{Directory, Naming, Placed};
use intake::{About, Intake, Orders, Wanted, whole};

use super::anatomy::{self, Anatomy, Header, Nature, Piece};
use super::body::{self, absent, withheld};
use super::found;
use super::job::Job;
use super::show::no_part;
use super::visit::Visit;
use crate::cli::args::imapctl::{SaveArgs, Selected as Words};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Name, Place, Saved, What};
use crate::error::{Error, Result};
use crate::imap::grammar::{Data, Flaw};
use crate::imap::query::Query;
use crate::imap::receiver::Receiver;
use crate::imap::{Access, Extension, Item, Mailbox, PartNumber, Section, Selected, Uid, UidSet};
use crate::mail::transfer_decoding::Damage;

/// Of how many messages the structure is held at a time.
const WINDOW: usize = 200;

/// How long a set may be that is searched for, in octets.
const MAX_SEARCH: usize = 4_000;

/// From how many messages on compressing the connection is worth its trip. A part is often compressed already, and one message is
/// soon there.
const BULK: u64 = 16;

/// Whole messages are one command behind the one that finds them, parts two: one tells what there is, one brings what is wanted,
/// with all messages under way at once.
pub(super) fn run(args: &SaveArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let done = save(args, visit, job);
    if let Err(failure) = &done
        && matches!(*failure.error, Error::Storage { .. })
    {
        // Perhaps in the middle of a literal, whose rest nobody wants.
        visit.abandon();
    }
    done
}

fn save(args: &SaveArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let mut directory = Directory::open(&args.to)?;
    let words = args.selection.selected()?;
    let mut folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    let mailbox = folder.selection().mailbox.clone();
    let validity = folder.selection().uid_validity.map(|validity| validity.get());
    let exists = u64::from(folder.selection().exists);
    let work = job.work("saving", Counted::Received);
    let uids = found::uids(&words, &mut folder)?;
    let is_whole = !args.attachments && args.part.is_none();
    let session = folder.session();
    let compresses = is_whole
        && uids.len().min(exists) >= BULK
        && session.has(Extension::CompressDeflate)
        && !session.is_compressed()
        && !session.is_private();
    if compresses {
        let session = visit.take(job)?;
        visit.put(session.compress()?);
        folder = visit.open(job, &args.folder.folder, Access::ReadOnly, args.folder.uidvalidity)?;
    }
    if is_whole {
        work.total(uids.len().min(exists), 0);
    }
    let place = Place { folder: (&mailbox).into(), validity };
    let mut told = Told { job, place, mailbox: &mailbox, saved: 0, exits: Vec::new(), seen: UidSet::new() };
    let done = match (&args.part, is_whole) {
        (_, true) => told.messages(&uids, &mut directory, &mut folder),
        (part, false) => told.parts(part.as_ref(), &uids, &mut directory, &mut folder),
    };
    // What is complete stays, whatever became of the rest.
    let settled = directory.settle().map(|placed| placed.into_iter().for_each(|placed| told.tell(placed)));
    if let Err(failure) = done.and_then(|()| settled.map_err(Failure::from)) {
        if told.saved == 0 {
            return Err(failure);
        }
        let is_broken = failure.error.is_fatal_to_session() || matches!(*failure.error, Error::Storage { .. });
        told.exits.push(job.fault(failure, Some((&mailbox).into()), None));
        if is_broken {
            visit.abandon();
        }
        return Ok(told.exit());
    }
    told.tell_absent(&words, &uids);
    if job.output().is_closed() {
        return Err(Error::io("writing to standard output", io::ErrorKind::BrokenPipe.into()).into());
    }
    Ok(told.exit())
}

/// What has become of the messages so far.
struct Told<'t> {
    job: &'t Job<'t>,
    place: Place<'t>,
    mailbox: &'t Mailbox,
    saved: u64,
    exits: Vec<Exit>,
    /// The messages that are there.
    seen: UidSet,
}

impl Told<'_> {
    fn messages(
        &mut self,
        uids: &UidSet,
        directory: &mut Directory<About>,
        folder: &mut Selected<'_>,
    ) -> Result<(), Failure> {
        let whole_of = Orders::Whole { wanted: uids.clone(), come: UidSet::new() };
        let (left, seen) = self.fetch(whole_of, directory, |intake| {
            match folder.uid_fetch(uids, &[Item::Uid, whole()], intake) {
                // What was refused is asked for again, one by one.
                Err(Error::Rejected(rejection)) if !rejection.transient => Ok(()),
                other => other,
            }
        })?;
        self.seen.union(&seen);
        let Orders::Whole { wanted, come } = left else { return Ok(()) };
        let missing = wanted.subtract(&come);
        if missing.is_empty() {
            return Ok(());
        }
        let there = present(&missing, folder)?;
        let left = Orders::Parts(there.iter().map(|uid| (uid, vec![Wanted::message(uid)])).collect());
        self.again(left, directory, folder)
    }

    fn parts(
        &mut self,
        part: Option<&PartNumber>,
        uids: &UidSet,
        directory: &mut Directory<About>,
        folder: &mut Selected<'_>,
    ) -> Result<(), Failure> {
        let uids = match uids.len() > WINDOW as u64 {
            true => narrowed(uids, folder)?,
            false => uids.clone(),
        };
        let all: Vec<Uid> = uids.iter().collect();
        for window in all.chunks(WINDOW) {
            let mut structures = Structures::of(window);
            structures.ask(folder)?;
            let mut orders: HashMap<Uid, Vec<Wanted>> = HashMap::new();
            let mut unclear = Vec::new();
            for uid in window {
                match structures.known.remove(uid) {
                    Some(Some(anatomy)) => {
                        self.seen.insert(*uid);
                        let wanted = self.wanted(*uid, part, &anatomy, folder);
                        if !wanted.is_empty() {
                            orders.insert(*uid, wanted);
                        }
                    }
                    Some(None) => unclear.push(*uid),
                    None => {}
                }
            }
            let commands: Vec<_> = window
                .iter()
                .filter_map(|uid| {
                    let items = orders.get(uid)?.iter().map(|wanted| wanted.item.clone());
                    Some((*uid, [Item::Uid].into_iter().chain(items).collect::<Vec<_>>()))
                })
                .collect();
            let (left, _) = self.fetch(Orders::Parts(orders), directory, |intake| {
                // What was refused is asked for again, another way.
                folder.uid_fetch_each(commands, intake).map(drop)
            })?;
            self.again(left, directory, folder)?;
            for uid in unclear {
                self.unclear(uid, part, directory, folder)?;
            }
        }
        Ok(())
    }

    /// Runs a fetch into files; what did not come, and which messages are there.
    fn fetch(
        &mut self,
        orders: Orders,
        directory: &mut Directory<About>,
        fetch: impl FnOnce(&mut Intake<'_>) -> Result<()>,
    ) -> Result<(Orders, UidSet), Failure> {
        let mut tell = |placed| self.tell(placed);
        let mut intake = Intake::new(directory, orders, &mut tell);
        fetch(&mut intake)?;
        intake.settle()?;
        Ok((intake.orders, intake.seen))
    }

    /// Asks for what did not come, one message at a time and without the server's decoding.
    fn again(
        &mut self,
        left: Orders,
        directory: &mut Directory<About>,
        folder: &mut Selected<'_>,
    ) -> Result<(), Failure> {
        let Orders::Parts(left) = left else { return Ok(()) };
        let mut left: Vec<_> = left.into_iter().collect();
        left.sort_by_key(|(uid, _)| *uid);
        for (uid, wanted) in left {
            for mut wanted in wanted {
                if let Item::Binary(number) = &wanted.item {
                    wanted.item = Item::Body(Section::Whole(number.clone()));
                }
                let section = wanted.section.clone().unwrap_or_default();
                let item = wanted.item.clone();
                let orders = Orders::Parts(HashMap::from([(uid, vec![wanted])]));
                let mut refused = Vec::new();
                let (left, seen) = self.fetch(orders, directory, |intake| {
                    intake.only = Some(uid);
                    refused = folder.uid_fetch_each([(uid, vec![Item::Uid, item])], intake)?;
                    Ok(())
                })?;
                let has_come = matches!(&left, Orders::Parts(left) if left.is_empty());
                let failure = match refused.pop() {
                    _ if has_come => continue,
                    Some((_, rejection)) => Failure::from(Error::Rejected(rejection)),
                    None if seen.contains(uid) => Failure::from(withheld(uid, &section)),
                    None => absent(uid),
                };
                self.seen.insert(uid);
                self.fault(failure, uid);
            }
        }
        Ok(())
    }

    /// A message whose structure the server does not tell so that it could be understood.
    fn unclear(
        &mut self,
        uid: Uid,
        part: Option<&PartNumber>,
        directory: &mut Directory<About>,
        folder: &mut Selected<'_>,
    ) -> Result<(), Failure> {
        self.seen.insert(uid);
        let (anatomy, exit) = match anatomy::of(uid, Header::Unwanted, folder, self.job) {
            Ok(Some(found)) => found,
            Ok(None) => {
                self.fault(absent(uid), uid);
                return Ok(());
            }
            Err(failure) if failure.error.is_fatal_to_session() => return Err(failure),
            Err(failure) => {
                self.fault(failure, uid);
                return Ok(());
            }
        };
        self.exits.push(exit);
        for wanted in self.wanted(uid, part, &anatomy, folder) {
            let Some(piece) = anatomy.pieces.iter().find(|piece| Some(&piece.section) == wanted.section.as_ref())
            else {
                continue;
            };
            let mut draft = directory.begin()?;
            let damage = body::content(uid, piece, &anatomy, folder, &mut |octets| draft.write(octets))?;
            let about = About { uid, section: wanted.section, name: wanted.name, damage };
            for placed in directory.add(draft, wanted.naming, about)? {
                self.tell(placed);
            }
        }
        Ok(())
    }

    /// What of a message is to be saved.
    fn wanted(
        &mut self,
        uid: Uid,
        part: Option<&PartNumber>,
        anatomy: &Anatomy,
        folder: &mut Selected<'_>,
    ) -> Vec<Wanted> {
        let pieces = match part {
            None => anatomy.attachments(),
            Some(number) => match anatomy.piece(number) {
                Some(piece) => vec![piece],
                None => {
                    self.fault(no_part(uid, number), uid);
                    Vec::new()
                }
            },
        };
        let wanted = pieces.into_iter().filter_map(|piece| {
            let plain = || piece.number().map(|number| Item::Body(Section::Whole(number)));
            let item = body::binary(piece, folder).or_else(plain)?;
            Some(Wanted {
                section: Some(piece.section.clone()),
                encoding: match (&item, piece.kind) {
                    (Item::Binary(_), _) | (_, Nature::Multipart) => None,
                    _ => Some(piece.encoding.clone()),
                },
                item,
                name: piece.name.clone(),
                naming: Naming {
                    wish: piece.name.clone(),
                    fallback: format!("{uid}-{}.{}", piece.section, extension(piece)),
                },
            })
        });
        wanted.collect()
    }

    fn tell(&mut self, placed: Placed<About>) {
        let Placed { path, octets, about: About { uid, section, name, damage } } = placed;
        self.job.tell(What::Saved(Saved {
            place: self.place,
            uid: uid.get(),
            section: section.as_deref(),
            path: path.as_os_str().as_encoded_bytes(),
            octets,
            name: name.as_deref().map(str::as_bytes),
        }));
        self.saved += 1;
        self.exits.push(Exit::OK);
        if let Some(damage) = damage {
            self.job.warn(&format!("message {uid}, part {}: {damage}", section.unwrap_or_default()));
            if damage == Damage::CutOff {
                self.job.note(Exit::DATA);
                self.exits.push(Exit::PARTLY);
            }
        }
    }

    fn fault(&mut self, failure: Failure, uid: Uid) {
        let exit = self.job.fault(failure, Some(Name::from(self.mailbox)), Some(uid.get()));
        self.exits.push(exit);
    }

    /// UIDs that were named one by one and are not there are a failure; of a range nobody says that all of it is there.
    fn tell_absent(&mut self, words: &Words, uids: &UidSet) {
        if !matches!(words, Words::Uids(_)) {
            return;
        }
        let absent_here = uids.subtract(&self.seen);
        let single = absent_here.ranges().iter().filter(|range| range.first == range.last).map(|range| range.first);
        let named = |uid: &Uid| uids.ranges().iter().any(|range| range.first == range.last && range.first == *uid);
        let single: Vec<Uid> = single.filter(named).collect();
        let none_is_there = single.is_empty() && self.seen.is_empty();
        for uid in single {
            self.fault(absent(uid), uid);
        }
        if none_is_there {
            let error = Error::InvalidInput(format!("none of these messages is in {}", self.mailbox.text()));
            let failure = Failure { exit: Exit::NO_INPUT, ..error.into() };
            self.exits.push(self.job.fault(failure, Some(Name::from(self.mailbox)), None));
        }
    }

    fn exit(&self) -> Exit {
        Exit::combine(self.exits.iter().copied())
    }
}

/// Those of the messages that are there: a range may name four thousand million, and these are soon told.
fn narrowed(uids: &UidSet, folder: &mut Selected<'_>) -> Result<UidSet> {
    let mut there = UidSet::new();
    for set in uids.chunks(MAX_SEARCH) {
        there.union(&found::search(&Query::raw(&format!("UID {set}"))?, folder)?.intersect(&set));
    }
    Ok(there)
}

/// Those of the messages that are there after all.
fn present(uids: &UidSet, folder: &mut Selected<'_>) -> Result<UidSet> {
    let mut there = UidSet::new();
    folder.uid_fetch(uids, &[Item::Uid], &mut |data: &Data<'_>| {
        if let Data::Fetch(row) = data
            && let Some(uid) = row.uid.filter(|uid| uids.contains(*uid))
        {
            there.insert(uid);
        }
        Ok(())
    })?;
    Ok(there)
}

/// What the messages of a window are made of.
struct Structures {
    uids: UidSet,
    /// `None` for a message whose structure cannot be used.
    known: HashMap<Uid, Option<Anatomy>>,
    /// Whether there was one of which not even the message could be told.
    has_flaws: bool,
}

impl Structures {
    fn of(window: &[Uid]) -> Self {
        Self { uids: window.iter().copied().collect(), known: HashMap::new(), has_flaws: false }
    }

    /// Asks for them, and once more for those that did not come.
    fn ask(&mut self, folder: &mut Selected<'_>) -> Result<()> {
        for _ in 0..2 {
            let missing: UidSet = self.uids.iter().filter(|uid| !self.known.contains_key(uid)).collect();
            if missing.is_empty() {
                break;
            }
            folder.uid_fetch(&missing, &[Item::Uid, Item::BodyStructure], self)?;
        }
        if self.has_flaws {
            // Which they are about cannot be told.
            let silent: UidSet = self.uids.iter().filter(|uid| !self.known.contains_key(uid)).collect();
            self.known.extend(present(&silent, folder)?.iter().map(|uid| (uid, None)));
        }
        Ok(())
    }
}

impl Receiver for Structures {
    fn data(&mut self, data: &Data<'_>) -> Result<()> {
        let Data::Fetch(row) = data else { return Ok(()) };
        self.has_flaws |= row.uid.is_none() && !row.flaws.is_empty();
        let Some(uid) = row.uid.filter(|uid| self.uids.contains(*uid)) else { return Ok(()) };
        let sound = row.structure.as_deref().filter(|structure| anatomy::is_sound(structure));
        let anatomy = sound.map(Anatomy::of_structure);
        let known = self.known.entry(uid).or_insert(None);
        *known = anatomy.or(known.take());
        Ok(())
    }

    fn flaw(&mut self, _flaw: &Flaw) -> Result<()> {
        self.has_flaws = true;
        Ok(())
    }
}

/// What the name of a file without one ends in.
fn extension(piece: &Piece) -> &str {
    match piece.media_type.as_str() {
        "message/rfc822" | "message/global" => "eml",
        "text/plain" => "txt",
        "text/calendar" => "ics",
        "image/jpeg" => "jpg",
        "image/svg+xml" => "svg",
        media_type => media_type
            .split('/')
            .nth(1)
            .filter(|subtype| {
                (1..=5).contains(&subtype.len()) && subtype.bytes().all(|octet| octet.is_ascii_alphanumeric())
            })
            .unwrap_or("bin"),
    }
}
