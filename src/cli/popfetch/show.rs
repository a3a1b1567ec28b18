//! `popfetch show`: one message on standard output, its lines ended by LF as a Maildir has them.

use std::io::IsTerminal as _;

use super::job::{Job, absent, end, find};
use crate::cli::args::ShowArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Carries, Flush, Stdout};
use crate::error::{Error, Result};
use crate::pop3::{Expire, MessageNumber, Session, Transaction};
use crate::text::sanitize;
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
    let out = Printer { stdout: Stdout::new(), line: std::io::stdout().is_terminal().then(Vec::new) };
    match print(&mut session, number, lines, out) {
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
        out.print(&piece);
        if out.stdout.has_failed() {
            // The rest is not worth its way; the failure is told below.
            out.stdout.finish(Carries::Mail)?;
        }
        if step == Step::Done {
            flight.finish();
            out.finish();
            return out.stdout.finish(Carries::Mail);
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

/// Writes mail: as it is into files and pipes, without control characters to a terminal.
struct Printer {
    stdout: Stdout,
    /// On a terminal, the line that is not complete yet.
    line: Option<Vec<u8>>,
}

/// A line that is longer is shown to a terminal in pieces.
const MAX_LINE: usize = 64 * 1024;

impl Printer {
    fn print(&mut self, piece: &[u8]) {
        let Some(line) = &mut self.line else { return self.stdout.write(piece, Flush::Later) };
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(part);
            if line.ends_with(b"\n") || line.len() > MAX_LINE {
                self.stdout.write(harmless(line).as_bytes(), Flush::Later);
                line.clear();
            }
        }
    }

    fn finish(&mut self) {
        if let Some(line) = self.line.take() {
            self.stdout.write(harmless(&line).as_bytes(), Flush::Later);
        }
    }
}

/// Tabs and the line's end are the only control characters that a terminal gets.
fn harmless(line: &[u8]) -> String {
    let (text, end) = match line.strip_suffix(b"\n") {
        Some(text) => (text, "\n"),
        None => (line, ""),
    };
    let shown: Vec<String> = text.split(|byte| *byte == b'\t').map(sanitize).collect();
    shown.join("\t") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(harmless(b"a\tb\x1b[31m\r\n"), "a\tb^[[31m^M\n");
        assert_eq!(harmless(b"no end"), "no end");
    }
}
