//! What became of a letter, as it is told.

use std::sync::Arc;

use super::deliver::Outcome;
use super::letter::Letter;
use crate::cli::advice::of_verdict;
use crate::cli::output::record::{MessageResult, RecipientResult, Stages};
use crate::cli::plan::Server;
use crate::cli::verdict::{Answer, Verdict};
use crate::error::Error;
use crate::smtp::{Fate, Reply};

/// The result of a letter; `id` names it where there are several.
pub(super) fn of(letter: &Letter, outcome: Outcome, server: &Server, id: Option<&str>) -> MessageResult {
    let Outcome { fates, stages, timings, refusal, .. } = outcome;
    let verdicts: Vec<Verdict> = match refusal {
        Some(error) => {
            let verdict = refused(error);
            letter.envelope.recipients.iter().map(|_| verdict.clone()).collect()
        }
        None => fates.into_iter().map(verdict).collect(),
    };
    let recipients = letter.envelope.recipients.iter().zip(verdicts).map(|(recipient, verdict)| RecipientResult {
        address: recipient.address.to_string(),
        advice: of_verdict(&verdict, server),
        verdict,
    });
    MessageResult {
        account: server.account.clone(),
        id: id.map(str::to_owned),
        message_id: Some(letter.message_id()).filter(|id| !id.is_empty()),
        sender: letter.envelope.sender.as_ref().map(ToString::to_string),
        size: Some(letter.message.size()),
        recipients: recipients.collect(),
        trouble: None,
        queued: None,
        connection: timings,
        stages: Stages { mail: stages.mail, rcpt: stages.rcpt, data: stages.data, dot: stages.dot },
    }
}

fn verdict(fate: Fate) -> Verdict {
    match fate {
        Fate::Accepted(reply) => Verdict::Accepted(answer(&reply)),
        Fate::Refused { rejection, .. } => Verdict::Refused(rejection),
        Fate::Unsent(error) => Verdict::Unsent(error),
        Fate::Unknown(error) => Verdict::Unknown(error),
    }
}

/// A refusal of our own, knowing that the server would refuse.
fn refused(error: Error) -> Verdict {
    match error {
        Error::Rejected(rejection) => Verdict::Refused(rejection),
        other => Verdict::Unsent(Arc::new(other)),
    }
}

fn answer(reply: &Reply) -> Answer {
    Answer {
        code: reply.code,
        enhanced: reply.enhanced.map(|enhanced| enhanced.to_string()),
        text: reply.text(),
        queue_id: reply.queue_id(),
    }
}
