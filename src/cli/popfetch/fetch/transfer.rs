//! One session's messages, from the wire into the target: requests run ahead, the reader stages, the courier commits.
//!
//! A message counts only once the *next* status line was in step. If a server forgot to stuff a dot, the rest of the
//! message would be read as replies; the message before such a line is dropped, not delivered.

mod batches;
mod contents;

use std::collections::VecDeque;
use std::hash::Hasher as _;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use hashbrown::{HashMap, HashSet};
use twox_hash::XxHash3_64;

use batches::Batch;
pub(super) use contents::CONTENT;
use contents::{content_uid, delivered_contents};

use super::courier::{self, Report};
use crate::cli::output::{AccountProgress, Mail};
use crate::error::{Error, Phase, Rejection, Result, StorageKind};
use crate::net::Timeouts;
use crate::pop3::{Flight, MessageNumber, Session, Transaction};
use crate::store::ledger::Ledger;
use crate::store::target::Sides;
use crate::store::{Incoming, Key, Stage, Staged};
use crate::wire::Step;

/// A message to fetch.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) index: usize,
    pub(super) number: MessageNumber,
    pub(super) key: Key,
    pub(super) size: Option<u64>,
}

impl Item {
    /// How reports name it.
    pub(super) fn mail<'i>(&'i self, account: &'i str) -> Mail<'i> {
        Mail { account, uidl: &self.key.uid, number: Some(self.number), size: self.size }
    }
}

/// What became of the messages of a session.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Delivered: durable here, or handed to where nothing is durable.
    pub(super) delivered: Vec<Delivered>,
    /// Not delivered, and why.
    pub(super) failed: Vec<(Item, Failed)>,
    /// Not asked for any more: the session ended before.
    pub(super) untried: usize,
    /// Why the session ended before its time.
    pub(super) broken: Option<Broken>,
}

/// A delivered message.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) item: Item,
    /// Its key, which differs from the item's on servers without unique-ids.
    pub(super) key: Key,
    pub(super) octets: u64,
    /// An earlier session delivered it and could not delete it: only that is left to do.
    pub(super) before: bool,
}

/// Why one message was not delivered.
#[derive(Debug)]
pub(super) enum Failed {
    /// The server refused it.
    Refused(Rejection),
    /// It was read, and could not be put into the target.
    Local(Error),
}

/// Why a session is over.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) error: Error,
    /// The message that was being read, or the one before a line that made no sense.
    pub(super) blame: Option<Item>,
    /// How many replies were outstanding.
    pub(super) outstanding: usize,
}

/// How octets arrive when a server has no unique-ids: messages are named by their content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Naming {
    /// By the server's unique-ids.
    Uid,
    /// By size and header, since the server has none.
    Content,
}

/// What a transfer needs besides the session.
pub(super) struct Equipment<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) sides: &'a mut Sides,
    pub(super) timeouts: &'a Timeouts,
    pub(super) progress: &'a AccountProgress,
    pub(super) naming: Naming,
    /// Written before each message.
    pub(super) prefix: Vec<u8>,
}

/// Octets are handed to the stage in pieces of about this size.
const PIECE: usize = 64 * 1024;

/// How many batches may wait for the courier before the reader waits too.
const WAITING_BATCHES: usize = 2;

/// So many local failures in a row are no longer the messages' fault.
const LOCAL_FAILURES: usize = 3;

/// The size a message is taken to have if the server did not say.
const USUAL_SIZE: u64 = 16 * 1024;

/// Fetches `items` over the session, which is taken and abandoned if anything is `broken`, before the target is waited for.
pub(super) fn run(session: &mut Option<Session<Transaction>>, items: Vec<Item>, equipment: Equipment<'_>) -> Done {
    let Equipment { ledger, sides, timeouts, progress, naming, prefix } = equipment;
    let Sides { stage, commit } = sides;
    let limits = commit.limits();
    let known_contents = match naming {
        Naming::Uid => HashSet::new(),
        Naming::Content => delivered_contents(ledger),
    };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (to_courier, batches) = mpsc::sync_channel(WAITING_BATCHES);
        let (reports, from_courier) = mpsc::channel();
        let work = || courier::run(batches, reports, commit.as_mut(), ledger, &stop);
        let courier = match thread::Builder::new().spawn_scoped(scope, work) {
            Ok(courier) => courier,
            Err(source) => {
                if let Some(session) = session.take() {
                    session.abandon();
                }
                let error = Error::Storage { doing: "starting a thread".into(), source, kind: StorageKind::System };
                return Done { untried: items.len(), broken: Some(quiet(error)), ..Done::default() };
            }
        };
        let mut reader = Reader {
            stage: stage.as_mut(),
            limits,
            timeouts,
            progress,
            naming,
            prefix,
            to_courier: Some(to_courier),
            from_courier,
            stop: &stop,
            batch: Batch::default(),
            committing: HashMap::new(),
            unconfirmed: None,
            local_failures: 0,
            again: Vec::new(),
            retried: false,
            lost_batches: 0,
            hopeless: None,
            seen_contents: HashMap::new(),
            known_contents,
            done: Done::default(),
        };
        let broken = match session.as_mut() {
            Some(open) => reader.read_all(open, items).err(),
            None => None,
        };
        if broken.is_some()
            && let Some(session) = session.take()
        {
            session.abandon();
        }
        reader.finish(broken);
        let done = std::mem::take(&mut reader.done);
        drop(reader);
        if let Err(panic) = courier.join() {
            std::panic::resume_unwind(panic);
        }
        done
    })
}

struct Reader<'a> {
    stage: &'a mut dyn Stage,
    limits: crate::store::BatchLimits,
    timeouts: &'a Timeouts,
    progress: &'a AccountProgress,
    naming: Naming,
    prefix: Vec<u8>,
    to_courier: Option<SyncSender<Vec<Staged>>>,
    from_courier: Receiver<Report>,
    /// Tells the courier to drop what waits for it.
    stop: &'a AtomicBool,
    batch: Batch,
    /// The messages that the courier has.
    committing: HashMap<Key, Item>,
    /// Read to its end, but not yet followed by a reply in step.
    unconfirmed: Option<(Item, Staged)>,
    local_failures: usize,
    /// Messages of a batch that was lost: they are fetched once more.
    again: Vec<Item>,
    retried: bool,
    /// How many batches in a row were lost, and why no other is tried.
    lost_batches: usize,
    hopeless: Option<Error>,
    /// How many messages of each content came in this session, and which were delivered in earlier ones.
    seen_contents: HashMap<Box<[u8]>, u32>,
    known_contents: HashSet<Key>,
    done: Done,
}

impl Reader<'_> {
    fn read_all(&mut self, session: &mut Session<Transaction>, items: Vec<Item>) -> Result<(), Broken> {
        let mut items = items;
        loop {
            self.read_round(session, items)?;
            self.hand_over().map_err(quiet)?;
            self.wait_for_courier(session)?;
            self.check_target()?;
            items = std::mem::take(&mut self.again);
            if items.is_empty() {
                return Ok(());
            }
            session.note("a batch could not be made durable and was discarded: fetching it once more");
            self.retried = true;
        }
    }

    /// Fails if going on would only fetch what cannot be stored.
    fn check_target(&mut self) -> Result<(), Broken> {
        self.hopeless.take().map_or(Ok(()), |error| Err(quiet(error)))
    }

    fn read_round(&mut self, session: &mut Session<Transaction>, items: Vec<Item>) -> Result<(), Broken> {
        let mut flight = session.flight();
        let mut todo = items.into_iter().peekable();
        let mut asked: VecDeque<Item> = VecDeque::new();
        let mut buffer = Vec::with_capacity(2 * PIECE);
        let result = loop {
            if flight.wants_refill()
                && let Err(error) = request(&mut flight, &mut todo, &mut asked)
            {
                break Err(Broken { error, blame: None, outstanding: asked.len() });
            }
            let Some(item) = asked.pop_front() else { break Ok(()) };
            if let Err(broken) = self.read_one(&mut flight, item, &mut buffer, asked.len()) {
                break Err(broken);
            }
        };
        let result = result.and_then(|()| self.confirm_last(&mut flight));
        self.done.untried += asked.len() + todo.count();
        result
    }

    /// Takes the reply to one request and stages what follows.
    fn read_one(
        &mut self,
        flight: &mut Flight<'_>,
        item: Item,
        buffer: &mut Vec<u8>,
        behind: usize,
    ) -> Result<(), Broken> {
        let reply = match flight.reply() {
            Ok(Some(reply)) => reply,
            Ok(None) => return Err(quiet(Error::protocol(Phase::Reply("RETR"), "no reply is outstanding"))),
            Err(error @ Error::Protocol { .. }) => {
                // Either this reply is garbage, or it is the rest of the message before.
                let blame = self.unconfirmed.take().map_or_else(|| item.clone(), |(before, _)| before);
                return Err(Broken { error, blame: Some(blame), outstanding: behind + 1 });
            }
            Err(error) => {
                self.confirm_on(&error)?;
                return Err(Broken { error, blame: None, outstanding: behind + 1 });
            }
        };
        self.confirm()?;
        if let Err(rejection) = reply.result {
            self.done.failed.push((item, Failed::Refused(rejection)));
            return Ok(());
        }
        let incoming = Incoming { key: item.key.clone(), listed: item.size, prefix: self.prefix.clone() };
        let mut local = self.stage.begin(&incoming).err();
        let mut content = XxHash3_64::new();
        let line_end = self.stage.line_end();
        buffer.clear();
        let mut shown = 0;
        loop {
            let step = match flight.read(line_end, buffer) {
                Ok(step) => step,
                Err(error) => {
                    // EOF in a message is never a message.
                    self.stage.abort();
                    return Err(Broken { error, blame: Some(item), outstanding: behind + 1 });
                }
            };
            if buffer.len() >= PIECE || step == Step::Done {
                if local.is_none() {
                    local = self.stage.write(buffer).err();
                }
                if self.naming == Naming::Content {
                    content.write(buffer);
                }
                buffer.clear();
                let octets = flight.octets();
                self.progress.advance(0, octets.saturating_sub(shown));
                shown = octets;
            }
            if step == Step::Done {
                break;
            }
            if self.batch.is_due() {
                self.hand_over().map_err(quiet)?;
            }
        }
        let octets = flight.finish();
        let staged = match local {
            None => self.stage.finish(octets),
            Some(error) => Err(error),
        };
        match staged {
            Ok(mut staged) => {
                self.local_failures = 0;
                if self.naming == Naming::Content {
                    staged.key.uid = content_uid(&staged, content.finish());
                }
                self.unconfirmed = Some((item, staged));
            }
            Err(error) => {
                self.stage.abort();
                self.local_failures += 1;
                let hopeless = self.local_failures >= LOCAL_FAILURES;
                self.done.failed.push((item, Failed::Local(error)));
                if hopeless {
                    return Err(quiet(target_failing("several messages in a row could not be stored")));
                }
            }
        }
        self.take_reports();
        self.check_target()
    }

    /// The reply after it was in step: the message is whole.
    fn confirm(&mut self) -> Result<(), Broken> {
        let Some((item, staged)) = self.unconfirmed.take() else { return Ok(()) };
        self.progress.advance(1, 0);
        self.add(item, staged).map_err(quiet)
    }

    /// The connection ended where a reply was due: nothing contradicted the message before.
    fn confirm_on(&mut self, error: &Error) -> Result<(), Broken> {
        match error {
            Error::Timeout { .. } | Error::Closed { .. } | Error::Network { .. } | Error::Interrupted(_) => {
                self.confirm()
            }
            _ => {
                self.unconfirmed = None;
                Ok(())
            }
        }
    }

    /// The last message has no reply behind it: nothing may have come, and one that fell short of its listed size is
    /// followed by a NOOP to see whether the server is in step.
    fn confirm_last(&mut self, flight: &mut Flight<'_>) -> Result<(), Broken> {
        let Some((item, staged)) = &self.unconfirmed else { return Ok(()) };
        let short = item.size.is_some_and(|listed| staged.fingerprint.size < listed);
        let result = match short {
            true => flight.noop(),
            false => flight.check_step(),
        };
        match result {
            Ok(()) | Err(Error::Rejected(_)) => self.confirm(),
            Err(error) => {
                let blame = self.unconfirmed.take().map(|(item, _)| item);
                Err(Broken { error, blame, outstanding: 0 })
            }
        }
    }
}

/// Fills the window, in one write.
fn request(
    flight: &mut Flight<'_>,
    todo: &mut std::iter::Peekable<std::vec::IntoIter<Item>>,
    asked: &mut VecDeque<Item>,
) -> Result<()> {
    let mut any = false;
    while let Some(item) = todo.next_if(|item| flight.has_room(item.size.unwrap_or(USUAL_SIZE))) {
        flight.retr(item.number, item.size.unwrap_or(USUAL_SIZE))?;
        asked.push_back(item);
        any = true;
    }
    if any { flight.push() } else { Ok(()) }
}

fn quiet(error: Error) -> Broken {
    Broken { error, blame: None, outstanding: 0 }
}

fn target_failing(how: &str) -> Error {
    Error::io("delivering", std::io::Error::other(how))
}
