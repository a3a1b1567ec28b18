//! `--queue-list` and `--queue-remove`.

use std::time::SystemTime;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Entry, Line, Queued, Record, Removed, Tally};
use crate::cli::smtpsend::job::Job;
use crate::error::{Error, Result};
use crate::spool::{self, Fate, Id, Queue, Status};

/// Tells what is in the queue, with what failed, what is held and what is damaged.
pub(in crate::cli::smtpsend) fn list(job: &Job<'_>) -> Result<Exit, Failure> {
    let queue = Queue::find(&job.setup.queue_dir()?)?;
    let entries = queue.as_ref().map(Queue::list).transpose()?.unwrap_or_default();
    if entries.is_empty() && job.is_sendmail() && !job.setup.args.output.json {
        // Scripts compare it with what mailq has always said.
        job.output().record(&Record::Line(Line { account: "", text: b"Mail queue is empty" }));
    }
    let Some(queue) = queue else { return Ok(Exit::OK) };
    let now = SystemTime::now();
    for entry in entries {
        if job.output().is_closed() {
            break;
        }
        tell(job, &queue, &entry, now)?;
    }
    Ok(Exit::OK)
}

fn tell(job: &Job<'_>, queue: &Queue, entry: &spool::Entry, now: SystemTime) -> Result<()> {
    let in_time = |next: Option<SystemTime>| next.filter(|next| *next > now);
    let waits = |next: Option<SystemTime>| if in_time(next).is_some() { "waiting" } else { "due" };
    let last = || entry.last_error.clone().unwrap_or_default();
    let taken = || entry.id.as_ref().map_or(Ok(false), |id| queue.is_taken(id));
    let (state, next_try, reason) = match &entry.status {
        Status::Waiting { next } => (waits(*next), in_time(*next), last()),
        Status::Begun { .. } if taken()? => ("sending", None, last()),
        Status::Begun { next, .. } => {
            (waits(*next), in_time(*next), "its sending was cut short: it may have been delivered already".to_owned())
        }
        Status::Held { why } => ("held", None, why.clone()),
        Status::Failed { why } => ("failed", None, why.clone()),
        Status::Damaged { why } => ("damaged", None, why.clone()),
    };
    // Of a mail that is given up all are told, else those who are still to get it.
    let is_told = |fate: &Fate| matches!(entry.status, Status::Failed { .. }) || *fate == Fate::Pending;
    let recipients: Vec<String> = entry
        .recipients
        .iter()
        .filter(|(_, fate)| *fate != Fate::Done && is_told(fate))
        .map(|(address, _)| address.clone())
        .collect();
    job.output().record(&Record::Entry(Entry {
        message: Queued {
            account: if entry.account.is_empty() { "none" } else { &entry.account },
            id: entry.id.as_ref().map_or(entry.file.as_str(), Id::as_str),
            message_id: entry.message_id.as_deref(),
            sender: entry.sender.as_deref(),
            recipients: &recipients,
            size: entry.size,
        },
        state,
        created: entry.created.unwrap_or(SystemTime::UNIX_EPOCH),
        next_try,
        tries: entry.attempts,
        reason: &reason,
        owner: None,
    }));
    Ok(())
}

/// Removes mails from the queue, waiting, held, failed or damaged. One that is just being sent stays (75), and one that is not
/// there is an error (66).
pub(in crate::cli::smtpsend) fn remove(job: &Job<'_>) -> Result<Exit, Failure> {
    let names = &job.setup.args.queue.queue_remove;
    let ids = names.iter().map(|name| name.parse::<Id>()).collect::<Result<Vec<Id>>>();
    let ids = ids.map_err(|error| Failure { exit: Exit::USAGE, ..Failure::from(error) })?;
    let queue = Queue::find(&job.setup.queue_dir()?)?;
    for id in ids {
        let removed = queue.as_ref().map_or(Ok(false), |queue| queue.remove(&id));
        let failure = match removed {
            Ok(true) => {
                job.output().record(&Record::Removed(Removed { id: id.as_str() }));
                job.count("", Tally::default(), Exit::OK);
                continue;
            }
            Ok(false) => {
                let absent =
                    Error::InvalidInput(format!("there is no mail {id} in the queue; --queue-list shows them"));
                Failure { exit: Exit::NO_INPUT, ..Failure::from(absent) }
            }
            Err(error) => error.into(),
        };
        job.output().error(&failure, None);
        job.count("", Tally::default(), failure.exit);
    }
    Ok(job.exit())
}
