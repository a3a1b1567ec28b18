//! `popfetch fetch`: all accounts, some at a time, each as if it were alone.
//!
//! `account` runs one account through as many sessions as it takes; `selection` decides what to do with each message;
//! `transfer` reads and stages, `courier` commits; `recovery` settles what a killed run left; `reset` guards against new
//! unique-ids; `filter` asks a command; `dry_run` only tells.

mod account;
mod courier;
mod dry_run;
mod filter;
mod headers;
mod received;
mod recovery;
mod reset;
pub(crate) mod selection;
mod tally;
mod transfer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tally::Tally;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Counts, Session};
use crate::cli::output::{Output, Progress, Record, Summary};
use crate::cli::plan::{Plan, Run};
use crate::cli::popfetch::advice::explained;
use crate::cli::popfetch::connect::Account;
use crate::error::Error;
use crate::wire::Transcript;

/// Fetches from every account of the run, and tells how it all ended.
pub(crate) fn run(
    run: &Run,
    output: &dyn Output,
    progress: &Progress,
    transcript: impl Fn(&Plan) -> Transcript + Sync,
) -> Exit {
    let next = AtomicUsize::new(0);
    let tallies = Mutex::new(Vec::new());
    let work = || {
        while let Some(plan) = run.accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let tally = one(plan, output, progress, &transcript);
            if let Ok(plan) = plan {
                let session = Session {
                    account: &plan.account,
                    host: plan.endpoint.host(),
                    counts: tally.counts,
                    exit: tally.exit(),
                };
                output.record(&Record::Session(session));
            }
            tallies.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(tally);
        }
    };
    thread::scope(|scope| {
        for _ in 1..run.jobs.min(run.accounts.len()) {
            // Where no more threads are to be had the others do it all.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let tallies = tallies.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    conclude(run, &tallies, output)
}

/// One account; a panic in it is that account's failure, and no other's.
fn one(
    plan: &Result<Plan, Failure>,
    output: &dyn Output,
    progress: &Progress,
    transcript: &(impl Fn(&Plan) -> Transcript + Sync),
) -> Tally {
    let plan = match plan {
        Ok(plan) => plan,
        Err(failure) => {
            let mut tally = Tally::default();
            tally.fail(failure, output);
            return tally;
        }
    };
    catch_unwind(AssertUnwindSafe(|| fetch(plan, output, progress, transcript(plan)))).unwrap_or_else(|_| {
        let mut tally = Tally::default();
        tally.exits.push(Exit::SOFTWARE);
        tally
    })
}

fn fetch(plan: &Plan, output: &dyn Output, progress: &Progress, transcript: Transcript) -> Tally {
    let mut tally = Tally::default();
    let Some(options) = &plan.fetch else { return tally };
    if options.dry_run {
        if let Err(error) = dry_run::tell(plan, options, output, transcript, &mut tally) {
            tally.fail(&explained(error, plan), output);
        }
        return tally;
    }
    let bar = progress.account(&plan.account);
    let prepared = Account::prepare(plan, transcript, output);
    let result = match &prepared {
        Ok(account) => account::Run::prepare(account, plan, options, output, &bar).map(account::Run::run),
        Err(_) => Ok(Tally::default()),
    };
    bar.finish();
    let error: Option<Error> = match (prepared.err(), result) {
        (Some(error), _) | (None, Err(error)) => Some(error),
        (None, Ok(done)) => {
            tally = done;
            None
        }
    };
    if let Some(error) = error {
        tally.fail(&explained(error, plan), output);
    }
    tally
}

fn conclude(run: &Run, tallies: &[Tally], output: &dyn Output) -> Exit {
    let mut counts = Counts::default();
    tallies.iter().for_each(|tally| counts += tally.counts);
    let planned: u64 = tallies.iter().map(|tally| tally.planned).sum();
    let mut exit = Exit::combine(tallies.iter().map(Tally::exit));
    if exit == Exit::OK && run.fail_if_none && counts.fetched + planned == 0 {
        exit = Exit::REPORTED;
    }
    let worst = Exit::worst(tallies.iter().flat_map(|tally| tally.exits.iter().copied()));
    let worst = if worst == Exit::OK { exit } else { worst };
    match output.finish(&Summary { exit, worst, accounts: tallies.len(), counts: Some(counts) }) {
        Err(failure) if exit == Exit::OK || exit == Exit::REPORTED => failure.exit,
        _ => exit,
    }
}
