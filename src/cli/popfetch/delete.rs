//! `popfetch delete`: messages named by their unique-ids are deleted on the server, or none is.

use super::job::{Job, end, find};
use crate::cli::args::DeleteArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Mail, Record};
use crate::error::{Error, Result};
use crate::pop3::{Message, Session, Transaction};
use crate::store::Key;

pub(super) fn run(args: &DeleteArgs, job: &Job<'_>) -> Result<Exit, Failure> {
    // Before any connection: no fetch may be at work on what is about to vanish.
    let mut ledger = job.ledger()?;
    let (mut session, listing) = job.survey_with_uidl()?;
    let found = match find(&listing, &args.uidls) {
        Ok(found) => found,
        Err(failure) => {
            session.leave();
            return Err(failure);
        }
    };
    let (marked, exits) = match mark(job, &mut session, &found) {
        Ok(marked) => marked,
        Err(error) => {
            end(session, &error);
            return Err(error.into());
        }
    };
    session.quit()?;
    for message in marked {
        ledger.forget(&Key { uid: message.uid.into(), ordinal: message.ordinal })?;
        job.output().record(&Record::Deleted(mail(job, &message)));
    }
    ledger.close()?;
    Ok(Exit::combine(exits))
}

/// Marks the messages, all DELEs in flight together; gives those that were accepted, and how each ended.
fn mark<'l>(
    job: &Job<'_>,
    session: &mut Session<Transaction>,
    found: &[Message<'l>],
) -> Result<(Vec<Message<'l>>, Vec<Exit>)> {
    let mut marked = Vec::new();
    let mut exits = Vec::new();
    let mut flight = session.flight();
    let mut waiting = found.iter();
    for message in found {
        while flight.has_room(0) {
            let Some(next) = waiting.next() else { break };
            flight.dele(next.number)?;
        }
        flight.push()?;
        let Some(reply) = flight.reply()? else { break };
        exits.push(match reply.result {
            Ok(()) => {
                marked.push(*message);
                Exit::OK
            }
            Err(rejection) => {
                let failure = job.explained(Error::Rejected(rejection).into());
                job.output().error(&failure, Some(&mail(job, message)));
                failure.exit
            }
        });
    }
    flight.check_step()?;
    Ok((marked, exits))
}

fn mail<'m>(job: &Job<'m>, message: &Message<'m>) -> Mail<'m> {
    Mail { account: job.name(), uidl: message.uid, number: Some(message.number), size: message.size }
}
