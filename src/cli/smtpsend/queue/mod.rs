//! Mail that waits: what goes into the queue, and what is done with what is in it.
//!
//! ```text
//! entry   from a letter to a ticket of the spool, and back
//! run     --queue-run: what is due is sent
//! due     the mails of an account, each taken when its turn comes
//! grace   the end of a run that a signal asked for
//! users   --queue-run --all-users
//! detach  no terminal for that
//! adopt   mails that were queued when no account could be found, once there is one
//! list    --queue-list and --queue-remove
//! ```
//!
//! A mail waits as long as it may fare better another time, whatever the reason: a server that is down, a password that is
//! wrong, an account that is no longer configured. What fails it is a refusal of a recipient, or of the message, for good, or
//! the end of its life. A message that cannot be read or composed never gets here: whoever made it is still there to be told.

mod adopt;
mod detach;
mod due;
mod entry;
mod grace;
mod list;
mod run;
mod users;

pub(super) use detach::leave_terminal;
use entry::Doubt;
pub(super) use list::{list, remove};
pub(super) use run::run;

use super::draft::Draft;
use super::job::Job;
use super::letter::Letter;
use super::plan::{Action, Plan};
use super::{Role, Task, send};
use crate::cli::advice;
use crate::cli::args::{Invocation, OnUnknown, Partial, QueueMode, Smtpsend};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Warning;
use crate::cli::output::record::{MessageResult, Queued, Weight};
use crate::cli::verdict::{Status, Verdict};
use crate::error::{Error, Result};
use crate::spool::{Id, Queue};

/// What is queued: what `--queue` says; without it nothing, and as sendmail what could not be sent just now.
pub(super) fn mode(job: &Job<'_>, plan: &Plan) -> QueueMode {
    let default = if job.is_sendmail() { QueueMode::OnFailure } else { QueueMode::Never };
    plan.args.queue.queue.unwrap_or(default)
}

/// Puts a letter into the queue, and tells so. It is on disk when this returns.
pub(super) fn put(job: &Job<'_>, plan: &Plan, letter: &Letter) -> Result<Id, Failure> {
    let all: Vec<usize> = (0..letter.envelope.recipients.len()).collect();
    let id = add(job, plan, letter, &all, Doubt::None).map_err(|failure| failure.of(&plan.server.account))?;
    let recipients: Vec<String> =
        letter.envelope.recipients.iter().map(|recipient| recipient.address.to_string()).collect();
    job.tell_queued(&Queued {
        account: &plan.server.account,
        id: id.as_str(),
        message_id: Some(&*letter.message_id()).filter(|id| !id.is_empty()),
        sender: letter.envelope.sender.as_ref().map(ToString::to_string).as_deref(),
        recipients: &recipients,
        size: letter.message.size(),
    });
    Ok(id)
}

/// Puts into the queue whoever has not got a letter and may get it another time, if that is wanted after a failure; the result
/// says so then. Should the queue fail, that is told, and the result stays what it was.
pub(super) fn take_in(job: &Job<'_>, plan: &Plan, letter: &Letter, message: &mut MessageResult) {
    if mode(job, plan) == QueueMode::Never || is_given_up(job) {
        return;
    }
    let is_refused = |verdict: &Verdict| verdict.status() != Status::Accepted && !verdict.may_change();
    let verdicts = || message.recipients.iter().map(|recipient| &recipient.verdict);
    if plan.args.delivery.partial == Partial::Abort && verdicts().any(is_refused) {
        // All or nobody: nobody.
        return;
    }
    let waiting: Vec<usize> =
        verdicts().enumerate().filter(|(_, verdict)| verdict.may_change()).map(|(index, _)| index).collect();
    if waiting.is_empty() {
        return;
    }
    let unknown = verdicts().find(|verdict| matches!(verdict, Verdict::Unknown(_)));
    let doubt = match (unknown, plan.args.queue.on_unknown) {
        (Some(verdict), OnUnknown::Hold) => Doubt::Hold(verdict.to_string()),
        _ => Doubt::None,
    };
    let is_held = matches!(doubt, Doubt::Hold(_));
    let account = &plan.server.account;
    match add(job, plan, letter, &waiting, doubt) {
        Ok(id) => {
            for verdict in verdicts().filter(|verdict| verdict.may_change()) {
                explain(job, plan, &id, verdict);
            }
            if is_held {
                job.warn(account, &format!("{id} is held in the queue: it may have been delivered already"));
            }
            message.queued = Some(id.to_string());
        }
        Err(failure) => complain(job, account, &failure),
    }
}

/// Puts a whole letter into the queue because its account cannot be used now, if that is wanted after a failure; else gives
/// the failure back.
pub(super) fn instead(job: &Job<'_>, plan: &Plan, letter: &Letter, failure: Failure) -> Result<MessageResult, Failure> {
    if mode(job, plan) == QueueMode::Never || is_given_up(job) || is_of_message(&failure) {
        return Err(failure);
    }
    let all: Vec<usize> = (0..letter.envelope.recipients.len()).collect();
    let id = match add(job, plan, letter, &all, Doubt::None) {
        Ok(id) => id,
        Err(trouble) => {
            complain(job, &plan.server.account, &trouble);
            return Err(failure);
        }
    };
    if failure.exit != Exit::TEMPORARY {
        let text = format!("{id} waits in the queue: {}", job.explained(failure, plan).explained());
        job.output().warn(&Warning::grave(&plan.server.account, &text));
    }
    Ok(MessageResult {
        account: plan.server.account.clone(),
        message_id: Some(letter.message_id()).filter(|id| !id.is_empty()),
        sender: letter.envelope.sender.as_ref().map(ToString::to_string),
        size: Some(letter.message.size()),
        queued: Some(id.to_string()),
        ..MessageResult::default()
    })
}

/// Whether a mail can be queued although the configuration cannot be read.
pub(super) fn may_rescue(invocation: &Invocation<Smtpsend>, role: &Role, failure: &Failure) -> bool {
    let queues = match invocation.args.queue.queue {
        Some(mode) => mode != QueueMode::Never,
        None => matches!(role, Role::Sendmail { task: Task::Send, .. }),
    };
    let debug = &invocation.args.debug;
    queues && failure.exit == Exit::CONFIG && !debug.dry_run && debug.end().is_none()
}

/// Puts a mail for which no account can be found into the queue, if that is wanted after a failure; else gives the failure
/// back. A later run looks for an account. The message is read if it was not yet.
pub(super) fn rescue(job: &Job<'_>, draft: Option<Draft>, failure: Failure) -> Result<Exit, Failure> {
    if failure.exit != Exit::CONFIG || job.setup.action != Action::Send || is_given_up(job) {
        return Err(failure);
    }
    let Ok(plan) = job.setup.plan_without_account() else { return Err(failure) };
    if mode(job, &plan) == QueueMode::Never {
        return Err(failure);
    }
    let draft = match draft {
        Some(draft) => draft,
        None => send::draft(job, &mut job.stdin()?)?,
    };
    let letter = draft.letter(&plan, job.origin())?;
    match put(job, &plan, &letter) {
        Ok(id) => {
            let text = format!("{id} waits in the queue: {}", failure.explained());
            job.output().warn(&Warning { account: None, text: &text, weight: Weight::Grave });
            Ok(job.exit())
        }
        Err(trouble) => {
            complain(job, &plan.server.account, &trouble);
            Err(failure)
        }
    }
}

/// Adds those recipients, by their place, with the message.
fn add(job: &Job<'_>, plan: &Plan, letter: &Letter, recipients: &[usize], doubt: Doubt) -> Result<Id, Failure> {
    let ticket = entry::ticket(job, plan, letter, recipients, &doubt)?;
    let queue = Queue::open(&job.setup.queue_dir()?)?;
    let id = queue.add(&ticket, &mut letter.message.open()?)?;
    if let Doubt::Hold(why) = &doubt {
        // Should it not come to that, its ticket says so too.
        if let Some(taken) = queue.take(&id)? {
            taken.hold(why)?;
        }
    }
    Ok(id)
}

/// Whoever presses ^C does not want it sent.
fn is_given_up(job: &Job<'_>) -> bool {
    const SIGINT: i32 = 2;
    job.signal() == Some(SIGINT)
}

/// Whether another attempt with the same message would fail as well.
fn is_of_message(failure: &Failure) -> bool {
    // What is wrong with the place for copies may be set right.
    let is_of_copies = matches!(*failure.error, Error::Target { .. });
    !is_of_copies && [Exit::USAGE, Exit::DATA, Exit::NO_INPUT].contains(&failure.exit)
}

/// Says why a mail waits, unless it will be over by itself.
fn explain(job: &Job<'_>, plan: &Plan, id: &Id, verdict: &Verdict) {
    if needs_somebody(verdict) {
        let text = match advice::of_verdict(verdict, &plan.server) {
            Some(advice) => format!("{id} waits in the queue: {verdict}; {advice}"),
            None => format!("{id} waits in the queue: {verdict}"),
        };
        job.output().warn(&Warning::grave(&plan.server.account, &text));
    }
}

/// Whether a person has to do something before the mail can be sent.
fn needs_somebody(verdict: &Verdict) -> bool {
    verdict.may_change() && ![Exit::TEMPORARY, Exit::UNKNOWN].contains(&verdict.exit()) && verdict.exit().code() <= 128
}

fn complain(job: &Job<'_>, account: &str, failure: &Failure) {
    let text = format!("it could not be put into the queue: {}", failure.explained());
    job.output().warn(&Warning::grave(account, &text));
}
