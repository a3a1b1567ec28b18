//! What is sent next: messages from their source, made into letters, each with the account that sends it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::item::{Digest, Found, Item, Items, Naming};
use super::results::{Mark, Results};
use super::{Batch, lock};
use crate::addr_spec::AddrSpec;
use crate::cli::args::QueueMode;
use crate::cli::exit::Failure;
use crate::cli::output::record::RecipientResult;
use crate::cli::smtpsend::deliver::Delivery;
use crate::cli::smtpsend::draft::Draft;
use crate::cli::smtpsend::letter::Letter;
use crate::cli::smtpsend::plan::Plan;
use crate::cli::smtpsend::queue;
use crate::cli::smtpsend::save::Copies;
use crate::error::Error;

/// Letters of other accounts are put aside up to here, so that mail of two accounts does not take a connection each.
const ASIDE: usize = 64;
/// The same in octets.
const ASIDE_OCTETS: u64 = 1024 * 1024;

/// How often a source that is written to by somebody is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// Senders whose accounts are remembered.
const KNOWN_SENDERS: usize = 10_000;

/// An account, ready to deliver.
pub(super) struct Route {
    pub(super) plan: Plan,
    /// `None` if nothing is to be sent now.
    pub(super) delivery: Option<Delivery>,
    /// Where copies of what was accepted go.
    pub(super) copies: Option<Copies>,
    /// How many workers deliver this way.
    pub(super) workers: AtomicUsize,
    /// How many sessions in a row have ended without a verdict.
    pub(super) fruitless: AtomicUsize,
    /// What keeps it from delivering.
    stopped: OnceLock<Arc<Error>>,
}

impl Route {
    fn new(plan: Plan, delivery: Option<Delivery>, copies: Option<Copies>) -> Arc<Self> {
        let (workers, fruitless) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { plan, delivery, copies, workers, fruitless, stopped: OnceLock::new() })
    }

    /// Nothing more goes this way.
    pub(super) fn stop(&self, why: Arc<Error>) {
        // The first reason is the one.
        self.stopped.get_or_init(|| why);
    }
}

/// A letter and its way.
pub(super) struct Prepared {
    pub(super) letter: Box<Letter>,
    pub(super) route: Arc<Route>,
}

/// What there is to do.
pub(super) enum Taken {
    Letter(Prepared),
    /// Perhaps something, then.
    Later(Instant),
    End,
}

/// Messages to come, and what was read of them ahead.
pub(super) struct Supply {
    state: Mutex<State>,
    routes: Mutex<Routes>,
}

struct State {
    items: Box<dyn Items>,
    aside: VecDeque<Prepared>,
    over: bool,
}

#[derive(Default)]
struct Routes {
    by_account: HashMap<String, Arc<Route>>,
    by_sender: HashMap<Option<AddrSpec>, Result<Arc<Route>, Arc<Error>>>,
}

/// How much was not even looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rest {
    Nothing,
    Messages(u64),
    /// There is no telling how many.
    Some,
}

impl Supply {
    pub(super) fn new(items: Box<dyn Items>) -> Self {
        Self { state: Mutex::new(State { items, aside: VecDeque::new(), over: false }), routes: Mutex::default() }
    }

    /// The next letter for this account, or for any. What cannot become a letter is told of on the way.
    pub(super) fn take(&self, batch: &Batch<'_>, route: Option<&Arc<Route>>) -> Result<Taken, Failure> {
        if batch.is_stopping() {
            return Ok(Taken::End);
        }
        let mut state = lock(&self.state);
        let fits = |prepared: &Prepared| route.is_none_or(|route| Arc::ptr_eq(route, &prepared.route));
        while let Some(place) = state.aside.iter().position(fits) {
            let Some(prepared) = state.aside.remove(place) else { break };
            if let Some(prepared) = batch.admit(prepared) {
                return Ok(Taken::Letter(prepared));
            }
        }
        loop {
            let octets: u64 = state.aside.iter().map(|prepared| prepared.letter.message.size()).sum();
            let is_full = state.aside.len() >= ASIDE || octets >= ASIDE_OCTETS;
            if state.over || is_full || batch.is_stopping() {
                return Ok(Taken::End);
            }
            if !state.items.is_ready() {
                return Ok(Taken::Later(Instant::now() + GLANCE));
            }
            let item = match state.items.next() {
                Ok(Some(item)) => item,
                Ok(None) => {
                    state.over = true;
                    return Ok(Taken::End);
                }
                Err(failure) => {
                    state.over = true;
                    return Err(failure);
                }
            };
            let Some(prepared) = self.prepare(batch, item)?.and_then(|prepared| batch.admit(prepared)) else {
                continue;
            };
            match fits(&prepared) {
                true => return Ok(Taken::Letter(prepared)),
                false => state.aside.push_back(prepared),
            }
        }
    }

    /// Puts back what was taken and not sent.
    pub(super) fn give_back(&self, prepared: Prepared) {
        lock(&self.state).aside.push_front(prepared);
    }

    /// What nobody will take any more.
    pub(super) fn rest(&self) -> Rest {
        let state = lock(&self.state);
        let aside = state.aside.len() as u64;
        match (state.over, state.items.left()) {
            (true, _) | (false, Some(0)) if aside == 0 => Rest::Nothing,
            (true, _) => Rest::Messages(aside),
            (false, Some(left)) => Rest::Messages(left.saturating_add(aside)),
            (false, None) => Rest::Some,
        }
    }

    /// How many accounts were used.
    pub(super) fn plan_of_one(&self) -> Option<Plan> {
        let routes = lock(&self.routes);
        routes.by_account.values().next().map(|route| route.plan.clone())
    }

    /// Makes a letter of an item; `None` if there is nothing to be sent, which was told of then.
    fn prepare(&self, batch: &Batch<'_>, item: Item) -> Result<Option<Prepared>, Failure> {
        let Item { id, naming, found } = item;
        let Found { message, wishes, digest } = match found {
            Ok(found) => found,
            Err(error) => {
                batch.fail(id, None, Arc::new(error));
                return Ok(None);
            }
        };
        let digest = match (&batch.results, digest) {
            (None, _) => None,
            (Some(_), Some(digest)) => Some(digest),
            (Some(_), None) => match Digest::of(&message) {
                Ok(digest) => Some(digest),
                Err(error) => {
                    batch.fail(id, None, Arc::new(error));
                    return Ok(None);
                }
            },
        };
        let draft = Draft::Ready(message);
        let mut args = None;
        if let Some(wishes) = &wishes {
            let mut own = batch.args.clone();
            wishes.apply(&mut own);
            args = Some(own);
        }
        let sender = draft.sender(args.as_ref().unwrap_or(&batch.args));
        let route = match self.route(batch, sender) {
            Ok(route) => route,
            Err(error) => {
                batch.fail(id, None, error);
                return Ok(None);
            }
        };
        let letter = match &wishes {
            None => draft.letter(&route.plan, batch.job.origin()),
            Some(wishes) => {
                let mut plan = route.plan.clone();
                wishes.apply(&mut plan.args);
                draft.letter(&plan, batch.job.origin())
            }
        };
        let mut letter = match letter {
            Ok(letter) => letter,
            Err(failure) => {
                batch.fail(id, Some(&route.plan), Arc::from(failure.error));
                return Ok(None);
            }
        };
        letter.id = id;
        if let (Some(results), Some(digest)) = (&batch.results, digest)
            && !sift(batch, results, &mut letter, naming, digest, &route)
        {
            return Ok(None);
        }
        Ok(Some(Prepared { letter: Box::new(letter), route }))
    }

    /// The account that mail of this sender goes through.
    fn route(&self, batch: &Batch<'_>, sender: Option<AddrSpec>) -> Result<Arc<Route>, Arc<Error>> {
        // With an account named, that is it for all.
        let sender = sender.filter(|_| batch.args.connect.account.is_none());
        let mut routes = lock(&self.routes);
        if let Some(known) = routes.by_sender.get(&sender) {
            return known.clone();
        }
        let route = match batch.job.setup.plan(sender.as_ref()) {
            Ok(plan) => match routes.by_account.get(&plan.server.account) {
                Some(known) => Ok(Arc::clone(known)),
                None => make_route(batch, plan).inspect(|route| {
                    routes.by_account.insert(route.plan.server.account.clone(), Arc::clone(route));
                }),
            },
            Err(failure) => Err(Arc::from(failure.error)),
        };
        if routes.by_sender.len() >= KNOWN_SENDERS {
            routes.by_sender.clear();
        }
        routes.by_sender.insert(sender, route.clone());
        route
    }

    /// Makes the way that all mail takes, if it takes one: what is wrong with that is wrong with the run.
    pub(super) fn prepare_only_route(&self, batch: &Batch<'_>) -> Result<(), Failure> {
        if batch.args.connect.account.is_none() {
            return Ok(());
        }
        let plan = batch.job.setup.plan(None)?;
        let route = batch.route_of(plan)?;
        let mut routes = lock(&self.routes);
        routes.by_account.insert(route.plan.server.account.clone(), Arc::clone(&route));
        routes.by_sender.insert(None, Ok(route));
        Ok(())
    }
}

impl Batch<'_> {
    /// Makes an account ready; nothing is connected yet.
    fn route_of(&self, mut plan: Plan) -> Result<Arc<Route>, Failure> {
        plan.args.envelope.recipients_from_headers |= self.args.envelope.recipients_from_headers;
        if self.results.is_some() {
            // The results say what is still to be sent: what an account's own setting queued would be sent twice.
            plan.args.queue.queue = Some(QueueMode::Never);
        }
        // Signals are for the batch to take, so that what is under way can be finished.
        plan.server.timeouts.interrupt = Some(Arc::clone(&self.late));
        let explained = |failure| self.job.explained(failure, &plan);
        if self.args.debug.dry_run || queue::mode(self.job, &plan) == QueueMode::Always {
            return Ok(Route::new(plan, None, None));
        }
        let delivery = self.job.delivery(&plan).map_err(explained)?;
        let copies = self.job.copies(&plan, &delivery).map_err(explained)?;
        Ok(Route::new(plan, Some(delivery), copies))
    }

    /// Lets a letter pass unless its account has failed: then it is told of.
    fn admit(&self, prepared: Prepared) -> Option<Prepared> {
        match prepared.route.stopped.get() {
            None => Some(prepared),
            Some(why) => {
                self.unsent(&prepared, why);
                None
            }
        }
    }
}

fn make_route(batch: &Batch<'_>, plan: Plan) -> Result<Arc<Route>, Arc<Error>> {
    batch.route_of(plan).map_err(|failure| Arc::from(failure.error))
}

/// Leaves out the recipients that an earlier run has dealt with; whether anybody is left. Of whom it left in doubt is told.
fn sift(
    batch: &Batch<'_>,
    results: &Results,
    letter: &mut Letter,
    naming: Naming,
    digest: Digest,
    route: &Route,
) -> bool {
    let sifted = results.sift(&letter.id, naming, digest, &letter.envelope.recipients);
    let unknown: Vec<RecipientResult> = sifted.unknown.into_iter().map(|address| batch.in_doubt(address)).collect();
    if sifted.open.len() < letter.envelope.recipients.len() {
        let mut envelope = (*letter.envelope).clone();
        envelope.recipients = sifted.open;
        letter.envelope = Arc::new(envelope);
    }
    if letter.envelope.recipients.is_empty() {
        if !unknown.is_empty() {
            batch.tell_doubt(letter, &route.plan, unknown);
        }
        return false;
    }
    results.expect(letter, Mark::new(sifted.name, digest, unknown));
    true
}
