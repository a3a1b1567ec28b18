//! One message: read or composed, sent, and told of.

use std::io;

use super::Role;
use super::deliver::Single;
use super::draft::Draft;
use super::face;
use super::job::Job;
use super::letter::Letter;
use super::plan::Plan;
use super::queue;
use crate::cli::args::QueueMode;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::MessageResult;
use crate::error::{Error, Phase};
use crate::mail::Dot;

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let draft = draft(job, &mut job.stdin()?)?;
    // What is composed of standard input is composed once.
    let is_kept = matches!(draft, Draft::Ready(_)) || job.setup.args.compose.readers_of_stdin() == 0;
    let again = is_kept.then(|| draft.clone());
    let (plan, letter) = match (addressed(job, draft), again) {
        (Ok(read), _) => read,
        (Err(failure), Some(again)) => return queue::rescue(job, Some(again), failure),
        (Err(failure), None) => return Err(failure),
    };
    if queue::mode(job, &plan) == QueueMode::Always {
        queue::put(job, &plan, &letter)?;
        return Ok(job.exit());
    }
    let message = post(job, &plan, letter).map_err(|failure| job.explained(failure, &plan))?;
    job.tell(&message);
    Ok(job.exit())
}

/// The message on standard input, or the one that options describe, and the account it goes through.
pub(super) fn read(job: &Job<'_>) -> Result<(Plan, Letter), Failure> {
    read_from(job, &mut job.stdin()?)
}

/// The same with this as standard input.
pub(super) fn read_from(job: &Job<'_>, input: &mut dyn io::Read) -> Result<(Plan, Letter), Failure> {
    addressed(job, draft(job, input)?)
}

/// The message on standard input, if it is there.
pub(super) fn draft(job: &Job<'_>, input: &mut dyn io::Read) -> Result<Draft, Failure> {
    let dot = match job.role {
        Role::Sendmail { dot: face::Dot::Ends, .. } => Dot::Ends,
        _ => Dot::Data,
    };
    Ok(Draft::read(&job.setup.args, input, dot)?)
}

fn addressed(job: &Job<'_>, draft: Draft) -> Result<(Plan, Letter), Failure> {
    let origin = job.origin();
    let plan = job.setup.plan(draft.sender(&job.setup.args).as_ref().or(origin.address))?;
    let letter = draft.letter(&plan, origin);
    let letter = letter.map_err(|failure| job.explained(failure, &plan))?;
    Ok((plan, letter))
}

/// Sends one letter, and says what became of it. What could not be sent just now is queued if that is wanted.
pub(super) fn post(job: &Job<'_>, plan: &Plan, letter: Letter) -> Result<MessageResult, Failure> {
    let (copies, delivery) = match job.delivery(plan).and_then(|delivery| Ok((job.copies(plan, &delivery)?, delivery)))
    {
        Ok(ready) => ready,
        Err(failure) => return queue::instead(job, plan, &letter, failure),
    };
    let mut told = None;
    let mut single = Single(Some(Box::new(letter)));
    delivery.run(&mut single, &mut |letter, outcome| {
        let mut message = job.result(letter, outcome, plan, None);
        queue::take_in(job, plan, letter, &mut message);
        job.keep(copies.as_ref(), letter, &message);
        told = Some(message);
    })?;
    told.ok_or_else(|| Failure::from(Error::protocol(Phase::Send, "a message was sent without a verdict")))
}
