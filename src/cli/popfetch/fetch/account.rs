//! One account, from its ledger's lock to the last QUIT: as many sessions as it takes.

mod deletion;
mod quirks;
mod stock;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hashbrown::HashMap;

pub(super) use quirks::is_gmail;
use quirks::lists_in_windows;
use trouble::{Break, is_held, is_worth_retrying};

use super::reset::{self, Verdict};
use super::selection::{self, Rules, Selection};
use super::tally::Tally;
use super::transfer::{self, Done, Equipment, Item, Naming};
use super::{filter, recovery};
use crate::cli::advice::explained;
use crate::cli::exit::Failure;
use crate::cli::output::record::Skipped;
use crate::cli::output::{AccountProgress, Mail, Output, Record, Warning};
use crate::cli::popfetch::connect::{Account, Opened};
use crate::cli::popfetch::plan::{Delivery, FetchPlan, Plan, Retention};
use crate::cli::relay;
use crate::error::{Error, Result};
use crate::net::wait;
use crate::pop3::{Expire, Listing, Message, Pipelining, Session, Survey, Transaction, Uidl};
use crate::store::fs::System;
use crate::store::ledger::{self, History, Ledger, Skip, State};
use crate::store::{Context, Key, Sides, Target};

/// After so many messages a session that deletes is ended and another one begun, so that what is delivered is also
/// gone from the server if a later part fails.
const MESSAGES_A_SESSION: usize = 5_000;

/// From so many known messages on, their sizes are asked for only if something is new or to be deleted: LIST then costs
/// more than a round trip.
const MANY_MESSAGES: usize = 10_000;

/// How often in a row a session may be begun anew without anything having been delivered.
const FRUITLESS_SESSIONS: u32 = 3;

/// A run over one account.
pub(super) struct Run<'a> {
    account: &'a Account,
    plan: &'a Plan,
    fetch: &'a FetchPlan,
    target: String,
    durable: bool,
    rules: Rules,
    output: &'a dyn Output,
    progress: &'a AccountProgress,
    ledger: Ledger,
    sides: Sides,
    pipelining: Pipelining,
    /// How often a message broke a session; twice for one that is not to be tried again in this run.
    tries: HashMap<Key, u32>,
    /// How often messages had failed in earlier runs.
    attempts: HashMap<Key, u32>,
    /// Of a session without unique-ids: the indices of the delivered messages and the ledger's names for them.
    contents: Vec<(usize, Key)>,
    tally: Tally,
    now: SystemTime,
}

/// Whether another session is needed.
enum Next {
    /// All is done.
    Finished,
    /// There is more, and all is well.
    Again,
    /// The session broke; another one may get further.
    Reconnect(Break),
}

impl<'a> Run<'a> {
    /// Takes the lock, reads the ledger and opens the target: all that can fail here fails before any connection.
    pub(super) fn prepare(
        account: &'a Account,
        plan: &'a Plan,
        fetch: &'a FetchPlan,
        output: &'a dyn Output,
        progress: &'a AccountProgress,
    ) -> Result<Self> {
        let mut ledger = open_ledger(plan)?;
        for note in ledger.notes() {
            output.warn(&Warning::of(&plan.server.account, &format!("{}: {note}", ledger.path().display())));
        }
        recovery::settle_intents(&mut ledger, |text| output.warn(&Warning::of(&plan.server.account, text)))?;
        let target = fetch.target.clone().unwrap_or(Delivery::Local(Target::Stdout));
        let sides = match &target {
            Delivery::Local(target) => target.open(Context::new(ledger.id(), &plan.server.account))?,
            Delivery::Relay(relay) => relay::smtp::open(relay, account.access().transcript(), output)?,
            Delivery::Folder(deposit) => relay::folder::open(deposit, &[], account.access().transcript(), output)?,
        };
        Ok(Self {
            account,
            plan,
            fetch,
            target: target.to_string(),
            durable: target.is_durable(),
            rules: Rules::of(fetch),
            output,
            progress,
            ledger,
            sides,
            pipelining: fetch.pipeline.into(),
            tries: HashMap::new(),
            attempts: HashMap::new(),
            contents: Vec::new(),
            tally: Tally::default(),
            now: SystemTime::now(),
        })
    }

    /// Fetches until there is nothing more to do. What was achieved is in the tally, whatever ended the run.
    pub(super) fn run(mut self) -> Tally {
        let mut fruitless = 0;
        let mut round = 0;
        loop {
            round += 1;
            let before = self.tally.progress();
            let next = self.session(round);
            let advanced = self.tally.progress() > before;
            match next {
                Ok(Next::Finished) => break,
                Ok(Next::Again) if advanced => fruitless = 0,
                Ok(Next::Again) => break,
                Ok(Next::Reconnect(Break { text, passing, error })) => {
                    fruitless = if advanced { 0 } else { fruitless + 1 };
                    if fruitless >= FRUITLESS_SESSIONS || !passing {
                        if let Some(error) = error {
                            self.fail(error);
                        }
                        break;
                    }
                    self.output.warn(&Warning::of(&self.plan.server.account, &format!("{text}; connecting again")));
                    if let Err(error) = self.pause(fruitless) {
                        self.fail(error);
                        break;
                    }
                }
                Err(error) => {
                    // A server may still hold the lock of the session that broke.
                    if round > 1 && is_held(&error) && fruitless < FRUITLESS_SESSIONS {
                        fruitless += 1;
                        match self.pause(fruitless) {
                            Ok(()) => continue,
                            Err(error) => self.fail(error),
                        }
                    } else {
                        self.fail(error);
                    }
                    break;
                }
            }
        }
        let Self { ledger, mut tally, plan, output, .. } = self;
        if let Err(error) = ledger.close() {
            tally.fail(&explained(error, &plan.server), output);
        }
        tally
    }

    fn mail<'m>(&'m self, message: &Message<'m>) -> Mail<'m> {
        Mail { account: &self.plan.server.account, uidl: message.uid, number: Some(message.number), size: message.size }
    }

    fn fail(&mut self, error: Error) {
        let failure = self.failure(error);
        self.tally.fail(&failure, self.output);
    }

    fn failure(&self, error: Error) -> Failure {
        explained(error, &self.plan.server)
    }

    fn pause(&self, fruitless: u32) -> Result<()> {
        let seconds = 1u64 << fruitless.min(4);
        let deadline = self.plan.server.timeouts.deadline(crate::error::Phase::Connect, Duration::from_secs(3600));
        wait::pause(Duration::from_secs(seconds / 2), &deadline)
    }

    /// One session: list, fetch, delete, quit.
    fn session(&mut self, round: u32) -> Result<Next> {
        let Opened { mut session, .. } = self.account.login(self.pipelining)?;
        let gmail = is_gmail(session.greeting());
        let names_first = self.ledger.history().len() >= MANY_MESSAGES && !self.fetch.retention.deletes();
        let surveyed = if names_first { session.survey_names() } else { session.survey() };
        let mut survey = match surveyed {
            Ok(survey) => survey,
            Err(error) => {
                session.abandon();
                return self.broken_survey(error);
            }
        };
        let naming = naming(&survey, self.fetch.retention)?;
        self.warn_of_policy(&session, round);
        let unchanged = naming == Naming::Uid && self.ledger.history().is_unchanged(names(&survey.listing));
        if names_first
            && !unchanged
            && let Err(error) = session.sizes(&mut survey)
        {
            session.abandon();
            return self.broken_survey(error);
        }
        if naming == Naming::Uid && !unchanged {
            // Within a run the ledger was right a moment ago: what changed then is a server's window.
            if round == 1 && !gmail {
                self.guard_against_reset(&mut session, &survey.listing)?;
            }
            self.ledger.listed(names(&survey.listing), self.now)?;
        }
        // Without unique-ids nothing can be known of a message before it is here.
        let unknown = History::default();
        let history = if naming == Naming::Uid { self.ledger.history() } else { &unknown };
        let rules = self.rules.after(&self.tally.counts);
        let mut selection = match unchanged && !self.fetch.retention.deletes() {
            true => Selection::default(),
            false => selection::select(&survey.listing, history, &rules, self.now),
        };
        self.verify(&mut session, &survey.listing, &mut selection)?;
        self.record_older(&survey.listing, &selection)?;
        if round == 1 {
            self.report_left(&survey.listing, &selection);
        }
        let mut items = items(&survey.listing, &selection.fetch, naming);
        items.retain(|item| self.tries.get(&item.key).is_none_or(|tries| *tries < 2));
        if let Some(filter) = &self.fetch.filter {
            let mut desk =
                filter::Desk { ledger: &mut self.ledger, tally: &mut self.tally, output: self.output, plan: self.plan };
            items = filter::apply(&mut session, filter, items, &mut desk)?;
        }
        self.remember_attempts(&items);
        let deleting = self.fetch.retention.deletes();
        let rest =
            if deleting && items.len() > MESSAGES_A_SESSION { items.split_off(MESSAGES_A_SESSION).len() } else { 0 };
        let octets = items.iter().map(|item| item.size.unwrap_or(0)).sum();
        self.progress.total(items.len() as u64, octets);

        let mut session = Some(session);
        let mut done = Done::default();
        let asked = items.len();
        let unready = if asked > 0 { self.sides.commit.ready().err() } else { None };
        let blocked = unready.is_some();
        if let Some(error) = unready {
            // Nothing is fetched in vain; what was delivered before can still be deleted.
            self.fail(error);
        } else if asked > 0 {
            let prefix = self.prefix();
            let equipment = Equipment {
                ledger: &mut self.ledger,
                sides: &mut self.sides,
                timeouts: &self.plan.server.timeouts,
                progress: self.progress,
                naming,
                prefix,
            };
            done = transfer::run(&mut session, items, equipment);
        }
        self.contents.clear();
        self.take_stock(&mut done, &survey.listing, &mut selection, naming)?;
        if naming == Naming::Content && self.contents.len() == survey.listing.len() {
            self.forget_other_contents()?;
        }
        let broken = done.broken.take();
        if let Some(broken) = broken {
            if broken.outstanding > 1
                && matches!(broken.error, Error::Timeout { .. } | Error::Closed { .. } | Error::Protocol { .. })
            {
                self.pipelining = Pipelining::Off;
            }
            let broken = match broken.blame {
                Some(item) => self.blame(&item, broken.error)?,
                None => broken.error.into(),
            };
            self.ledger.flush()?;
            return Ok(Next::Reconnect(broken));
        }
        let Some(session) = session else { return Ok(Next::Finished) };
        let end = self.end(session, &survey.listing, &selection, naming)?;
        if let Some(error) = end {
            return Ok(Next::Reconnect(error.into()));
        }
        let windowed =
            asked > 0 && selection.postponed.is_empty() && (gmail || lists_in_windows(&survey.listing, asked));
        let more = !blocked && (rest > 0 || windowed);
        Ok(if more { Next::Again } else { Next::Finished })
    }

    /// A listing that breaks in a pipelined flight is tried once more in lock-step; one without end would only cost as
    /// much again.
    fn broken_survey(&mut self, error: Error) -> Result<Next> {
        let endless = matches!(error, Error::Limit { .. });
        if self.pipelining != Pipelining::Off && !endless && is_worth_retrying(&error) {
            self.pipelining = Pipelining::Off;
            return Ok(Next::Reconnect(error.into()));
        }
        Err(error)
    }

    fn warn_of_policy(&self, session: &Session<Transaction>, round: u32) {
        let Some(capabilities) = session.capabilities().filter(|_| round == 1) else { return };
        if capabilities.expire == Some(Expire::Days(0)) && !self.fetch.retention.deletes() {
            let text = "the server deletes mail once it was retrieved (EXPIRE 0), whatever --keep says";
            self.output.warn(&Warning::of(&self.plan.server.account, text));
        }
    }

    fn guard_against_reset(&mut self, session: &mut Session<Transaction>, listing: &Listing) -> Result<()> {
        match reset::judge(listing, self.ledger.history()) {
            Verdict::Plausible => Ok(()),
            Verdict::Reset { known, missing } => {
                let how = self.fetch.accept_uidl_reset;
                reset::accept(how, session, listing, &mut self.ledger, (known, missing), |text| {
                    self.output.warn(&Warning::grave(&self.plan.server.account, text));
                })
            }
        }
    }

    fn record_older(&mut self, listing: &Listing, selection: &Selection) -> Result<()> {
        for index in &selection.older {
            if let Some(message) = listing.at(*index) {
                self.ledger.set(&selection::key(&message), State::Skipped(Skip::Older), message.size)?;
                self.tally.counts.skipped += 1;
            }
        }
        Ok(())
    }

    fn report_left(&mut self, listing: &Listing, selection: &Selection) {
        for (indices, why) in
            [(&selection.too_large, "larger than --max-size"), (&selection.resting, "failed lately, rests")]
        {
            for message in indices.iter().filter_map(|index| listing.at(*index)) {
                self.tally.counts.skipped += 1;
                let mail = self.mail(&message);
                self.output.record(&Record::Skipped(Skipped { mail, reason: why }));
            }
        }
    }

    fn prefix(&self) -> Vec<u8> {
        match self.fetch.add_received {
            true => super::received::header(self.plan, self.now, self.sides.stage.line_end()),
            false => Vec::new(),
        }
    }
}

/// What messages are called.
fn names(listing: &Listing) -> impl Iterator<Item = (&[u8], u32)> {
    listing.messages().map(|message| (message.uid, message.ordinal))
}

/// Locks and opens the ledger of a plan's account.
pub(crate) fn open_ledger(plan: &Plan) -> Result<Ledger> {
    let Some(dir) = &plan.state_dir else {
        return Err(Error::Config("no directory for state: use --state-dir".into()));
    };
    Ledger::open(Arc::new(System), dir, &ledger_account(plan))
}

/// Whose ledger a plan means.
pub(crate) fn ledger_account(plan: &Plan) -> ledger::Account {
    ledger::Account::new(
        plan.server.endpoint.protocol,
        plan.server.user.as_deref().unwrap_or_default(),
        plan.server.endpoint.host(),
    )
}

/// How messages are told apart. Without unique-ids only what is deleted is not fetched again each time.
pub(super) fn naming(survey: &Survey, retention: Retention) -> Result<Naming> {
    match survey.uidl {
        Uidl::Offered => Ok(Naming::Uid),
        Uidl::Missing if retention == Retention::Delete => Ok(Naming::Content),
        Uidl::Missing => Err(Error::Unsupported(
            "the server has no UIDL, so mail that stays there would be fetched again each time: use --delete".into(),
        )),
    }
}

fn items(listing: &Listing, indices: &[usize], naming: Naming) -> Vec<Item> {
    let item = |index: &usize| {
        let message = listing.at(*index)?;
        let key = match naming {
            Naming::Uid => selection::key(&message),
            // Good for telling messages apart within a session; the content names it in the ledger.
            Naming::Content => Key { uid: Box::default(), ordinal: message.number.value() },
        };
        Some(Item { index: *index, number: message.number, key, size: message.size })
    };
    indices.iter().filter_map(item).collect()
}
