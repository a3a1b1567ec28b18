//! Many messages in one run, over few connections.
//!
//! ```text
//! folder, ndjson, mbox, merge   items: messages as they are found
//! supply                        letters, each with the account it goes through; what was sent before is left out
//! lane                          letters of one account, at the pace that was asked for, into sessions
//! results                       what became of each, on disk before it matters
//! ```

mod brake;
mod folder;
pub(super) mod item;
mod lane;
mod mbox;
mod ndjson;
mod pace;
mod results;
pub(super) mod stream;
mod supply;
mod worker;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Builder};
use std::time::Instant;

use super::deliver::Outcome;
use super::dry_run;
use super::job::{self, Job};
use super::letter::Letter;
use super::merge::Merge;
use super::plan::{Action, Plan};
use super::queue;
use brake::{Brake, thread_failed};
use folder::Folder;
use item::Items;
use mbox::Mbox;
use ndjson::{Digests, Ndjson};
use pace::Pace;
use results::Results;
use stream::Stream;
use supply::{Prepared, Rest, Route, Supply};

use crate::cli::args::{BatchFormat, Input, OnUnknown, QueueMode, Smtpsend};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::AccountProgress;
use crate::cli::output::record::{MessageResult, RecipientResult};
use crate::cli::verdict::Verdict;
use crate::error::{Error, Phase, Result};
use crate::net::Interrupt;

/// Sends a batch.
pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let args = &job.setup.args;
    if args.bulk.results.is_some()
        && job.setup.invocation().given("queue")
        && args.queue.queue.is_some_and(|mode| mode != QueueMode::Never)
    {
        let complaint = "--results and --queue exclude each other: both keep account of what is still to be sent";
        return Err(Failure::usage(complaint));
    }
    let items = open(args, job.setup.action)?;
    let late = Arc::new(Interrupt::new().map_err(|source| Error::Storage {
        doing: "cannot make a pipe".into(),
        source,
        kind: crate::error::StorageKind::System,
    })?);
    // A dry run leaves nothing behind.
    let results = args.bulk.results.as_deref().filter(|path| !args.debug.dry_run || path.exists());
    let results = results.map(|path| Results::open(path, on_unknown(job))).transpose()?;
    let progress = job.console.progress.account("batch");
    if job.console.progress.is_shown() {
        let extent = items.extent();
        progress.total(extent.messages, extent.octets);
    }
    let mut own = args.clone();
    own.envelope.recipients_from_headers |= !has_recipients(args);
    let batch = Batch {
        job,
        args: own,
        supply: Supply::new(items),
        results,
        pace: Pace::new(args.bulk.rate.map(|rate| rate.interval())),
        signal: job.interrupt(),
        late,
        run_until: OnceLock::new(),
        failure: Mutex::new(None),
        progress,
        told: AtomicU64::new(0),
        names: OnceLock::new(),
    };
    batch.supply.prepare_only_route(&batch)?;
    thread::scope(|scope| {
        let _brake = Brake::watch(scope, &batch.signal, Arc::clone(&batch.late))?;
        for _ in 1..args.bulk.jobs {
            Builder::new().spawn_scoped(scope, || batch.work()).map_err(thread_failed)?;
        }
        batch.work();
        Ok::<(), Error>(())
    })?;
    batch.conclude()
}

/// A run.
struct Batch<'a> {
    job: &'a Job<'a>,
    /// The options, with the recipients taken from headers where none are named.
    args: Smtpsend,
    supply: Supply,
    results: Option<Results>,
    pace: Pace,
    /// What a signal pulls.
    signal: Arc<Interrupt>,
    /// What ends waiting: a signal, some time later.
    late: Arc<Interrupt>,
    /// When `--deadline` ends the run, once that is known.
    run_until: OnceLock<Option<Instant>>,
    /// What ended the run before its time.
    failure: Mutex<Option<Failure>>,
    progress: AccountProgress,
    /// Messages that were told of.
    told: AtomicU64,
    /// The account that messages are told under of which no account is known.
    names: OnceLock<String>,
}

impl Batch<'_> {
    /// Queues or shows what is not to be sent now.
    fn put_aside(&self, prepared: &Prepared) -> Result<(), Failure> {
        let Prepared { letter, route } = prepared;
        if !self.args.debug.dry_run {
            return queue::put(self.job, &route.plan, letter).map(drop);
        }
        let shown = job::finish(&route.plan)
            .and_then(|finish| Ok(dry_run::show(self.job, &route.plan, &finish, letter, Some(&letter.id))?));
        shown.map_err(|failure| self.job.explained(failure, &route.plan))
    }

    /// Tells what became of a letter that was taken.
    fn settle(&self, letter: &Letter, outcome: Outcome, route: &Route) {
        let mut result = self.job.result(letter, outcome, &route.plan, Some(&letter.id));
        queue::take_in(self.job, &route.plan, letter, &mut result);
        let result = self.record(Some(letter), result);
        // It is known by now to have been sent, however long this takes.
        self.job.keep(route.copies.as_ref(), letter, &result);
    }

    /// Tells of a letter that is not tried because its account has failed.
    fn unsent(&self, prepared: &Prepared, why: &Arc<Error>) {
        let Prepared { letter, route } = prepared;
        let fates = letter.envelope.recipients.iter().map(|_| crate::smtp::Fate::Unsent(Arc::clone(why))).collect();
        let outcome = Outcome {
            fates,
            stages: crate::smtp::Stages::default(),
            timings: None,
            refusal: None,
            dropped: Vec::new(),
        };
        self.settle(letter, outcome, route);
    }

    /// Tells of an item that is no letter.
    fn fail(&self, id: String, plan: Option<&Plan>, error: Arc<Error>) {
        let account = match plan {
            Some(plan) => plan.server.account.clone(),
            None => self.name().to_owned(),
        };
        let trouble = Some((error, None));
        self.record(None, MessageResult { account, id: Some(id), trouble, ..MessageResult::default() });
    }

    /// Tells of recipients of whom an earlier run left it open whether they got the message.
    fn tell_doubt(&self, letter: &Letter, plan: &Plan, recipients: Vec<RecipientResult>) {
        let result = MessageResult {
            account: plan.server.account.clone(),
            id: Some(letter.id.clone()),
            message_id: Some(letter.message_id()).filter(|id| !id.is_empty()),
            sender: letter.envelope.sender.as_ref().map(ToString::to_string),
            size: Some(letter.message.size()),
            recipients,
            ..MessageResult::default()
        };
        self.record(Some(letter), result);
    }

    fn in_doubt(&self, address: String) -> RecipientResult {
        let why = "an earlier run ended before the server had answered";
        RecipientResult {
            address,
            verdict: Verdict::Unknown(Arc::new(Error::InvalidInput(why.into()))),
            advice: Some("it is not sent again, unless --on-unknown retry is given".into()),
        }
    }

    fn record(&self, letter: Option<&Letter>, mut result: MessageResult) -> MessageResult {
        if let Some(results) = &self.results
            && let Err(error) = results.settle(letter, &mut result)
        {
            self.stop(error.into());
        }
        self.count(result.size.unwrap_or(0));
        self.job.tell(&result);
        result
    }

    fn count(&self, octets: u64) {
        self.told.fetch_add(1, Ordering::Relaxed);
        self.progress.advance(1, octets);
    }

    /// Nothing more is begun.
    fn stop(&self, failure: Failure) {
        lock(&self.failure).get_or_insert(failure);
    }

    /// Whether nothing more is to be begun.
    fn is_stopping(&self) -> bool {
        self.signal.signal().is_some() || self.is_late() || lock(&self.failure).is_some()
    }

    fn is_late(&self) -> bool {
        self.run_until.get().copied().flatten().is_some_and(|end| Instant::now() >= end)
    }

    /// How it ended. What was not begun is told of as a whole.
    fn conclude(self) -> Result<Exit, Failure> {
        if let Some(results) = &self.results
            && let Err(error) = results.finish()
        {
            self.stop(error.into());
        }
        let refused = self.results.as_ref().map_or(0, Results::refused_before);
        if refused > 0 {
            let text = format!("{refused} recipients were refused in an earlier run and are not tried again");
            self.job.warn(self.name(), &text);
        }
        let rest = match self.supply.rest() {
            Rest::Nothing => None,
            Rest::Messages(1) => Some("1 message was not tried".to_owned()),
            Rest::Messages(count) => Some(format!("{count} messages were not tried")),
            Rest::Some => Some("the rest of the batch was not tried".to_owned()),
        };
        let failure = lock(&self.failure).take();
        if let Some(text) = &rest {
            self.job.warn(self.name(), text);
        }
        let late = rest.is_some() && self.is_late() && self.signal.signal().is_none();
        let failure =
            failure.or_else(|| late.then(|| Failure::from(Error::Timeout { phase: Phase::Send, budget: None })));
        let Some(failure) = failure else { return Ok(self.job.exit()) };
        if self.told.load(Ordering::Relaxed) == 0 {
            return Err(failure);
        }
        let exit = match self.signal.signal() {
            Some(_) => self.job.exit(),
            None => Exit::combine([self.job.exit(), failure.exit]),
        };
        crate::cli::output::Output::error(self.job.console, &failure, None);
        Ok(exit)
    }

    /// What messages are told under that belong to no account.
    fn name(&self) -> &str {
        self.names.get_or_init(|| {
            let known = self.supply.plan_of_one().or_else(|| self.job.setup.plan(None).ok());
            known.map_or_else(|| "-".to_owned(), |plan| plan.server.account)
        })
    }
}

fn open(args: &Smtpsend, action: Action) -> Result<Box<dyn Items>, Failure> {
    let bulk = &args.bulk;
    if let (Action::Merge, Some(table), Some(template)) = (action, &bulk.merge, &bulk.template) {
        return Ok(Box::new(Merge::open(Stream::open(table)?, template)?));
    }
    let Some(input) = &bulk.batch else { return Err(Failure::usage("--batch needs a folder or a file")) };
    match (input, format(input, bulk.batch_format)?) {
        (Input::Path(path), BatchFormat::Dir) => Ok(Box::new(Folder::open(path)?)),
        (Input::Stdin, BatchFormat::Dir) => Err(Failure::usage("standard input is no folder")),
        (input, BatchFormat::Ndjson) => {
            let digests = if bulk.results.is_some() { Digests::Wanted } else { Digests::Unwanted };
            Ok(Box::new(Ndjson::new(Stream::open(input)?, digests)))
        }
        (input, BatchFormat::Mbox) => Ok(Box::new(Mbox::new(Stream::open(input)?))),
    }
}

/// Whoever an earlier run has left in doubt is not sent to again unless that is asked for in so many words.
fn on_unknown(job: &Job<'_>) -> OnUnknown {
    match job.setup.invocation().given("on-unknown") {
        true => job.setup.args.queue.on_unknown,
        false => OnUnknown::Hold,
    }
}

/// What a batch is: as it was said, or as it looks.
fn format(input: &Input, asked: Option<BatchFormat>) -> Result<BatchFormat, Failure> {
    if let Some(format) = asked {
        return Ok(format);
    }
    let Input::Path(path) = input else {
        return Err(Failure::usage("--batch - needs --batch-format: ndjson or mbox"));
    };
    let about = std::fs::metadata(path).map_err(|error| Failure::no_input(path, &error))?;
    if about.is_dir() {
        return Ok(BatchFormat::Dir);
    }
    match extension(path).as_deref() {
        Some("ndjson" | "jsonl") => Ok(BatchFormat::Ndjson),
        Some("mbox" | "mbx") => Ok(BatchFormat::Mbox),
        _ => Err(Failure::usage("say by --batch-format what --batch is: its name does not tell")),
    }
}

fn extension(path: &Path) -> Option<String> {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase())
}

fn has_recipients(args: &Smtpsend) -> bool {
    let envelope = &args.envelope;
    !args.recipients.is_empty() || [&envelope.to, &envelope.cc, &envelope.bcc].into_iter().any(|list| !list.is_empty())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
