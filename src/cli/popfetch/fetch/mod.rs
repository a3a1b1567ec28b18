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

use crate::cli::advice::explained;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Counts, Session};
use crate::cli::output::{Done, Output, Progress, Record, Summary};
use crate::cli::popfetch::connect::Account;
use crate::cli::popfetch::plan::{Plan, Run};
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
                    account: &plan.server.account,
                    host: plan.server.endpoint.host(),
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
            tally.fail(&explained(error, &plan.server), output);
        }
        return tally;
    }
    let bar = progress.account(&plan.server.account);
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
        tally.fail(&explained(error, &plan.server), output);
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
    match output.finish(&Summary { exit, worst, accounts: tallies.len(), done: Some(Done::Fetch(counts)) }) {
        Err(failure) if exit == Exit::OK || exit == Exit::REPORTED => failure.exit,
        _ => exit,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::cli::args::Invocation;
    use crate::cli::output::{Program, Surface, Warning};
    use crate::cli::plan::Surroundings;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Output for Heard {
        fn record(&self, _record: &Record<'_>) {}

        fn warn(&self, _warning: &Warning<'_>) {}

        fn error(&self, failure: &Failure, _mail: Option<&crate::cli::output::Mail<'_>>) {
            self.0.lock().unwrap().push(failure.to_string());
        }

        fn finish(&self, _summary: &Summary) -> Result<(), Failure> {
            Ok(())
        }

        fn is_closed(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_panic_is_one_account_s_and_the_others_go_on() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().display();
        let account = |name: &str| {
            format!(
                "[accounts.{name}]\npop3 = \"pop3s://{name}@127.0.0.1:1\"\npassword = \"x\"\n[accounts.{name}.popfetch]\nto \
                 = \"maildir:{root}/{name}\"\n"
            )
        };
        let config = dir.path().join("config.toml");
        std::fs::write(&config, ["bad", "good"].map(account).concat()).unwrap();
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
        let environment = |name: &str| match name {
            "MAILWIRE_CONFIG" => Some(OsString::from(&config)),
            "HOME" => Some(dir.path().into()),
            _ => None,
        };
        let invocation = Invocation::parse(["popfetch", "fetch", "--jobs", "2"].map(OsString::from)).unwrap();
        let run = Run::new(&invocation, &Surroundings { environment: &environment, interrupt: None }).unwrap();
        let heard = Heard::default();
        let transcript = |plan: &Plan| match plan.server.account.as_str() {
            "bad" => panic!("as a test"),
            _ => Transcript::off(),
        };
        let exit = super::run(&run, &heard, &Progress::new(Program::Popfetch, Surface::Hidden), transcript);
        assert_eq!(exit, Exit::SOFTWARE);
        let heard = heard.0.into_inner().unwrap();
        assert!(heard.len() == 1 && heard[0].starts_with("good: "), "{heard:?}");
    }
}
