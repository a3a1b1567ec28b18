//! Messages that go into a folder of another account: from one server to the other as they come, none of them held whole.
//!
//! A message is removed here only after the other server has said that it has it. Whatever breaks on the way leaves it in both
//! places at worst, and that is said. A signal lets what is under way come to its end, and what has arrived be removed here.
//!
//! Small messages do not wait for the answers to those before them where the other server takes literals unasked. MULTIAPPEND,
//! whose messages are stored all or none, would not do: of a refused dozen each would have to be fetched once more.

mod passage;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chosen::{self, Chosen, Endings};
use super::copy::{MAKE_IT, Original};
use super::job::Job;
use super::plan::Plan;
use super::relocation;
use super::removal::{self, Left};
use super::visit::Visit;
use crate::cli::args::imapctl::TransferArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Counted;
use crate::cli::output::record::imapctl::{Mode, Transfer, Transferred, What};
use crate::cli::plan::Server;
use crate::error::{Error, Result, Undelivered};
use crate::imap::grammar::Data;
use crate::imap::{Item, Mailbox, Selected, Uid, UidSet};
use passage::{About, Arrival, Fate, Harbour};

/// How many messages are under way before those that have arrived are removed here.
const BATCH: usize = 64;

/// A message of more octets than this travels alone, piece by piece.
const SMALL: u64 = 256 * 1024;

pub(super) fn run(
    args: &TransferArgs,
    original: Original,
    target: &Server,
    visit: &mut Visit,
    job: &Job<'_>,
) -> Result<Exit, Failure> {
    let mode = chosen::mode(args.dry_run);
    let mut folder = visit.open(job, &args.folder.folder, original.access(mode), args.folder.uidvalidity)?;
    let source = folder.selection().mailbox.clone();
    let searching = job.work("searching", Counted::Received);
    let chosen = Chosen::of(&args.selection, &mut folder)?;
    drop(searching);
    let mut endings = Endings::default();
    chosen.tell_missing(&source, job, &mut endings)?;
    if chosen.uids.is_empty() {
        return Ok(endings.exit());
    }
    if original == Original::Goes && mode == Mode::Done {
        chosen::check_removal(&mut folder)?;
    }
    let plan = Plan { server: target.clone(), target: None, ..job.plan.clone() };
    let transcript = job.console.transcript(&target.account, target.transcript.as_deref())?;
    let there = Job::new(&plan, job.console, transcript);
    let mut other = Visit::default();
    let carried = other_folder(args, mode, &mut other, &there, job).and_then(|to| {
        let mut crossing =
            Crossing { to: &to, original, job, account: &target.account, arrived: BTreeMap::new(), met: 0, endings };
        match mode {
            Mode::DryRun => crossing.rehearse(&chosen.uids, &folder),
            Mode::Done => {
                let session = other.session(&there).map_err(|error| of_target(error, &target.account))?;
                let harbour = Harbour::new(session, &to, &target.account);
                let mut harbour = harbour.map_err(|error| of_target(error, &target.account))?;
                let work = job.work(original.doing(), Counted::Sent);
                work.total(chosen.uids.len(), 0);
                let carried = crossing.carry(&chosen.uids, &mut folder, &mut harbour);
                folder.session().heed_signals();
                carried?;
                harbour.tell_lost(job);
            }
        }
        Ok(crossing.endings.exit())
    });
    match &carried {
        Ok(_) => other.leave(),
        Err(failure) => other.end(failure),
    }
    carried
}

/// Opens the folder that is to take the messages, so that what it cannot take is known before anything is fetched.
fn other_folder(
    args: &TransferArgs,
    mode: Mode,
    other: &mut Visit,
    there: &Job<'_>,
    job: &Job<'_>,
) -> Result<Mailbox, Failure> {
    let name = &there.plan.server.account;
    // Nothing is changed in it, but only who opens it for changes is told which flags it keeps.
    let open = |other: &mut Visit| {
        other.open(there, &args.to, chosen::access(mode), None).map(|folder| folder.selection().mailbox.clone())
    };
    let failure = match open(other) {
        Ok(mailbox) => return Ok(mailbox),
        Err(failure) => failure,
    };
    if failure.exit != Exit::NO_INPUT || !args.create {
        let advice = (failure.exit == Exit::NO_INPUT).then(|| MAKE_IT.to_owned());
        let exit = failure.exit;
        return Err(Failure { exit, advice, ..of_target(*failure.error, name) });
    }
    let mailbox = other.resolve(there, &args.to)?;
    if mode == Mode::Done {
        let made = other.session(there).and_then(|session| session.create(&mailbox, None));
        made.map_err(|error| of_target(error, name))?;
    }
    relocation::tell_created(&mailbox, mode, job);
    match mode {
        Mode::DryRun => Ok(mailbox),
        Mode::Done => open(other).map_err(|failure| of_target(*failure.error, name)),
    }
}

/// What went wrong at the other server, with its account's name.
fn of_target(error: Error, account: &str) -> Failure {
    let exit = Exit::of(&error);
    let error = Error::Target { target: account.to_owned(), outcome: Undelivered::Blocked, source: Arc::new(error) };
    Failure { exit, ..error.into() }
}

/// Messages on their way from one folder to the other.
struct Crossing<'c> {
    to: &'c Mailbox,
    /// The other account's name.
    account: &'c str,
    original: Original,
    job: &'c Job<'c>,
    /// Those that are there, and still here although they are to go.
    arrived: BTreeMap<Uid, Arrival>,
    /// How many there was an end to, of whatever kind.
    met: u64,
    endings: Endings,
}

/// Whether there is any use in going on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Course {
    On,
    Over,
}

impl Crossing<'_> {
    fn rehearse(&mut self, uids: &UidSet, folder: &Selected<'_>) {
        uids.iter().for_each(|uid| self.tell(uid, None, self.original.transfer(), Mode::DryRun, folder));
    }

    /// A trip for each batch's flags and dates; small messages come in one FETCH then, while those before them are stored.
    fn carry(&mut self, uids: &UidSet, folder: &mut Selected<'_>, harbour: &mut Harbour<'_>) -> Result<(), Failure> {
        folder.session().outlast_signals();
        let mut carried = Ok(Course::On);
        for batch in chosen::pieces(uids, BATCH, folder) {
            carried = self.carry_batch(&batch, folder, harbour);
            if matches!(carried, Ok(Course::On)) {
                self.settle_landed(harbour, folder);
                carried = self.remove_arrived(folder);
            }
            if !matches!(carried, Ok(Course::On)) {
                break;
            }
        }
        // Whatever has broken: what is under way arrives or does not, and what has arrived need not stay here, as long as this
        // server listens.
        harbour.drain();
        self.settle_landed(harbour, folder);
        let removed = self.remove_arrived(folder);
        self.tell_doubled(folder);
        if let Err(failure) = carried.and(removed) {
            // Whoever comes again because this server is gone would store once more what may be there.
            let exit = if self.endings.is_in_doubt() { Exit::UNKNOWN } else { failure.exit };
            return Err(Failure { exit, ..failure });
        }
        let left = uids.len().saturating_sub(self.met);
        if left > 0 {
            self.job.warn(&format!("{left} messages more were not begun with"));
            self.job.signal().into_iter().for_each(|signal| self.endings.failed(Exit::signal(signal)));
        }
        Ok(())
    }

    fn carry_batch(
        &mut self,
        batch: &UidSet,
        folder: &mut Selected<'_>,
        harbour: &mut Harbour<'_>,
    ) -> Result<Course, Failure> {
        if self.is_over(harbour) {
            return Ok(Course::Over);
        }
        let about = about(batch, folder)?;
        for uid in batch.iter().filter(|uid| !about.contains_key(uid)) {
            self.absent(uid, folder);
        }
        let mut small = UidSet::new();
        for (uid, known) in &about {
            if known.size.is_some_and(|size| size <= SMALL) {
                small.insert(*uid);
                continue;
            }
            if self.carry_small(&std::mem::take(&mut small), &about, folder, harbour)? == Course::Over
                || self.carry_big(*uid, known, folder, harbour)? == Course::Over
            {
                return Ok(Course::Over);
            }
        }
        self.carry_small(&small, &about, folder, harbour)
    }

    /// Messages that fit into a row each, in one FETCH.
    fn carry_small(
        &mut self,
        uids: &UidSet,
        about: &BTreeMap<Uid, About>,
        folder: &mut Selected<'_>,
        harbour: &mut Harbour<'_>,
    ) -> Result<Course, Failure> {
        if uids.is_empty() {
            return Ok(Course::On);
        }
        let mut taken = UidSet::new();
        let fetched = folder.uid_fetch(uids, &passage::items(), &mut |data: &Data<'_>| {
            let Data::Fetch(row) = data else { return Ok(()) };
            let Some(uid) = row.uid.filter(|uid| uids.contains(*uid) && !taken.contains(*uid)) else {
                return Ok(());
            };
            if !self.is_over(harbour)
                && let (Some(known), Some(text)) = (about.get(&uid), passage::text(row, about.get(&uid)))
            {
                harbour.take(uid, text, known);
                taken.insert(uid);
            }
            Ok(())
        });
        self.settle_landed(harbour, folder);
        fetched?;
        if self.is_over(harbour) {
            return Ok(Course::Over);
        }
        // What the server has told otherwise than was expected, alone.
        for uid in uids.subtract(&taken).iter() {
            if let Some(known) = about.get(&uid)
                && self.carry_big(uid, known, folder, harbour)? == Course::Over
            {
                return Ok(Course::Over);
            }
        }
        Ok(Course::On)
    }

    /// Whether a signal or the other server has put an end to it.
    fn is_over(&self, harbour: &Harbour<'_>) -> bool {
        harbour.is_closed() || self.job.signal().is_some()
    }

    /// A message alone, of whatever size.
    fn carry_big(
        &mut self,
        uid: Uid,
        about: &About,
        folder: &mut Selected<'_>,
        harbour: &mut Harbour<'_>,
    ) -> Result<Course, Failure> {
        // It may take long, and break both connections.
        harbour.drain();
        self.settle_landed(harbour, folder);
        if self.remove_arrived(folder)? == Course::Over || self.is_over(harbour) {
            return Ok(Course::Over);
        }
        let fate = match harbour.fetch(uid, about, folder)? {
            Some(fate) => fate,
            None if chosen::present(&UidSet::one(uid), folder)?.is_empty() => {
                self.absent(uid, folder);
                return Ok(Course::On);
            }
            None => Fate::Refused(Error::Unsupported("the server does not give the message's text".into()).into()),
        };
        let course = fate.course();
        self.settle(uid, fate, folder);
        Ok(course)
    }

    /// Takes note of what the other server has said by now.
    fn settle_landed(&mut self, harbour: &mut Harbour<'_>, folder: &Selected<'_>) {
        for (uid, fate) in harbour.landed() {
            self.settle(uid, fate, folder);
        }
    }

    fn absent(&mut self, uid: Uid, folder: &Selected<'_>) {
        self.met += 1;
        self.endings.absent(uid, &folder.selection().mailbox, self.job);
    }

    fn settle(&mut self, uid: Uid, fate: Fate, folder: &Selected<'_>) {
        self.met += 1;
        match fate {
            Fate::Arrived(arrival) if self.original == Original::Goes => drop(self.arrived.insert(uid, arrival)),
            Fate::Arrived(arrival) => self.tell(uid, arrival, Transfer::Copied, Mode::Done, folder),
            Fate::Refused(failure) | Fate::Blocked(failure) => self.fault(failure, uid, folder),
            Fate::Unknown(failure) => {
                let to = self.to.text();
                let advice =
                    format!("the message may be in {to} of {} all the same, and it is still here", self.account);
                self.fault(Failure { exit: Exit::UNKNOWN, advice: Some(advice), ..failure }, uid, folder);
            }
        }
    }

    fn fault(&mut self, failure: Failure, uid: Uid, folder: &Selected<'_>) {
        let source = &folder.selection().mailbox;
        self.endings.failed(self.job.fault(failure, Some(source.into()), Some(uid.get())));
    }

    /// Removes here what the other server has said it has.
    fn remove_arrived(&mut self, folder: &mut Selected<'_>) -> Result<Course, Failure> {
        let uids: UidSet = self.arrived.keys().copied().collect();
        if uids.is_empty() || !folder.session().is_in_step() {
            return Ok(Course::On);
        }
        let source = folder.selection().mailbox.clone();
        match removal::remove(&uids, folder) {
            Ok(Left::Gone) => self.tell_arrived(Transfer::Moved, folder),
            Ok(Left::Marked) => {
                self.tell_arrived(Transfer::Copied, folder);
                removal::tell_marked(&source, self.job, &mut self.endings);
            }
            Err(error) => {
                self.tell_arrived(Transfer::Copied, folder);
                let failure = relocation::in_both(error, &self.to.text());
                if failure.error.is_fatal_to_session() {
                    return Err(failure);
                }
                self.endings.failed(self.job.fault(failure, Some((&source).into()), None));
                return Ok(Course::Over);
            }
        }
        Ok(Course::On)
    }

    /// Tells of what is in both places for good, since this server does not listen any more.
    fn tell_doubled(&mut self, folder: &Selected<'_>) {
        if !self.arrived.is_empty() {
            let text = format!("{} of the messages have arrived and are still here as well", self.arrived.len());
            self.job.warn(&text);
            self.tell_arrived(Transfer::Copied, folder);
        }
    }

    fn tell_arrived(&mut self, transfer: Transfer, folder: &Selected<'_>) {
        for (uid, arrival) in std::mem::take(&mut self.arrived) {
            self.tell(uid, arrival, transfer, Mode::Done, folder);
        }
    }

    fn tell(&mut self, uid: Uid, arrival: Arrival, transfer: Transfer, mode: Mode, folder: &Selected<'_>) {
        self.endings.done();
        self.job.tell(What::Transferred(Transferred {
            transfer,
            place: chosen::place(&folder.selection().mailbox, folder.selection().uid_validity),
            uid: uid.get(),
            to_account: Some(self.account),
            to: chosen::place(self.to, arrival.map(|(validity, _)| validity)),
            to_uid: arrival.map(|(_, uid)| uid.get()),
            mode,
        }));
    }
}

/// What goes along with each message.
fn about(uids: &UidSet, folder: &mut Selected<'_>) -> Result<BTreeMap<Uid, About>> {
    let mut about = BTreeMap::new();
    let items = [Item::Uid, Item::Flags, Item::InternalDate, Item::Size];
    folder.uid_fetch(uids, &items, &mut |data: &Data<'_>| {
        let Data::Fetch(row) = data else { return Ok(()) };
        if let Some(uid) = row.uid.filter(|uid| uids.contains(*uid)) {
            let known: &mut About = about.entry(uid).or_default();
            known.update(row);
        }
        Ok(())
    })?;
    Ok(about)
}
