//! `popfetch show`: one message on standard output, its lines ended by LF as a Maildir has them.

use super::job::{Job, absent, end, find};
use crate::cli::args::ShowArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Printer;
use crate::error::{Error, Result};
use crate::pop3::{Expire, MessageNumber, Session, Transaction};
use crate::wire::{LineEnd, Step};

pub(super) fn run(args: &ShowArgs, job: &Job<'_>) -> Result<Exit, Failure> {
    let (mut session, number) = match (args.number.and_then(MessageNumber::new), &args.uidl) {
        (Some(number), _) => (job.login()?, number),
        (None, Some(uidl)) => {
            let (session, listing) = job.survey_with_uidl()?;
            match find(&listing, std::slice::from_ref(uidl)) {
                Ok(found) => match found.first() {
                    Some(message) => (session, message.number),
                    None => return Err(absent("there is no such message")),
                },
                Err(failure) => {
                    session.leave();
                    return Err(failure);
                }
            }
        }
        (None, None) => return Err(Failure::usage("name the message by its UIDL or by --number")),
    };
    let lines = if args.headers { Some(0) } else { args.lines };
    match print(&mut session, number, lines, Printer::of_mail()) {
        Ok(()) => {
            leave(session);
            Ok(Exit::OK)
        }
        Err(failure) => {
            end(session, &failure.error);
            Err(failure)
        }
    }
}

fn print(
    session: &mut Session<Transaction>,
    number: MessageNumber,
    lines: Option<u32>,
    mut out: Printer,
) -> Result<(), Failure> {
    match session.size_of(number) {
        Err(Error::Rejected(rejection)) if !rejection.transient => {
            return Err(absent(&format!("there is no message {number} ({rejection})")));
        }
        other => drop(other?),
    }
    let mut flight = session.flight();
    match lines {
        Some(lines) => flight.top(number, lines, 0)?,
        None => flight.retr(number, 0)?,
    }
    flight.push()?;
    if let Some(reply) = flight.reply()? {
        reply.result.map_err(Error::Rejected)?;
    }
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let step = flight.read(LineEnd::Lf, &mut piece)?;
        // If nothing more can be written, the rest is not worth its way.
        out.print(&piece)?;
        if step == Step::Done {
            flight.finish();
            return out.finish();
        }
    }
}

/// A server with EXPIRE 0 may delete at QUIT what was only looked at (RFC 2449 section 6.7).
fn leave(session: Session<Transaction>) {
    let deletes = session.capabilities().is_some_and(|c| c.expire == Some(Expire::Days(0)));
    match deletes {
        true => session.abandon(),
        false => session.leave(),
    }
}
