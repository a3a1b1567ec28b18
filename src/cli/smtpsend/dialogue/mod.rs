//! `sendmail -bs`: SMTP on standard input and output. Each message goes the way it would go through plain sendmail, and is
//! accepted when it has gone it, or waits in the queue.
//!
//! ```text
//! input    a client's lines and messages
//! command  a line taken apart
//! session  what follows what
//! reply    what is said, to commands and of messages
//! ```

mod command;
mod input;
mod reply;
mod session;

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use input::{Input, Line, LineEnd};
use reply::Reply;
use session::{Next, Session};

use super::job::Job;
use super::letter::Letter;
use super::plan::Plan;
use super::{draft, queue, send};
use crate::cli::args::QueueMode;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::MessageResult;
use crate::error::{Error, Result};
use crate::mail::{Message, Reading};
use crate::net::Timeouts;
use crate::smtp::{Envelope, HelloName};

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let descriptor = |stream: &dyn AsFd, what: &str| -> Result<OwnedFd> {
        stream.as_fd().try_clone_to_owned().map_err(|error| Error::io(format!("opening standard {what}"), error))
    };
    let timeouts = Timeouts { interrupt: Some(job.interrupt()), ..Timeouts::default() };
    let mut talk = Talk {
        job,
        input: Input::new(File::from(descriptor(&io::stdin(), "input")?), timeouts),
        output: File::from(descriptor(&io::stdout(), "output")?),
        unsaid: Vec::new(),
    };
    match talk.hold() {
        Ok(()) => Ok(job.exit()),
        // Whoever no longer listens has no use for the rest.
        Err(Error::Storage { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => Ok(job.exit()),
        Err(error @ (Error::Timeout { .. } | Error::Interrupted(_))) => {
            // It may be gone.
            let _ = talk.say(&Reply::new(421, "4.4.2", "closing: nothing was said for too long, or a signal came"));
            let _ = talk.flush();
            match error {
                Error::Interrupted(signal) => Ok(Exit::signal(signal)),
                _ => Ok(job.exit()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// A conversation.
struct Talk<'a> {
    job: &'a Job<'a>,
    input: Input<File>,
    output: File,
    /// Replies that wait for their client to have said all it says at once.
    unsaid: Vec<u8>,
}

impl Talk<'_> {
    fn hold(&mut self) -> Result<()> {
        let name = HelloName::of_this_machine(None).to_string();
        let mut session = Session::new(name);
        self.say(&session.greeting())?;
        loop {
            let (next, end) = match self.input.line()? {
                Line::Command(line, end) => (session.hear(&line), end),
                Line::TooLong => (session.hear_too_much(), LineEnd::Crlf),
                Line::End => return self.flush(),
            };
            match next {
                Next::Say(reply) => self.say(&reply)?,
                Next::End(reply) => {
                    self.say(&reply)?;
                    return self.flush();
                }
                Next::Take(reply) => {
                    self.say(&reply)?;
                    let reply = self.take(session.envelope(), end)?;
                    self.say(&reply)?;
                }
            }
        }
    }

    /// Reads a message and sends it on. Fails if its end does not come: then there is nothing to send.
    fn take(&mut self, envelope: Envelope, end: LineEnd) -> Result<Reply> {
        let mut text = self.input.text(end);
        let message = Message::read(&mut text, &Reading::default());
        text.finish()?;
        let message = match message {
            Ok(message) => message,
            Err(error) => return Ok(self.failed(error.into(), None, &envelope)),
        };
        let sender = envelope.sender.clone();
        let plan = match self.job.setup.plan(sender.as_ref().or(self.job.origin().address)) {
            Ok(plan) => plan,
            Err(failure) => return Ok(self.failed(failure, None, &envelope)),
        };
        let letter = draft::submitted(message, envelope.clone(), &plan, self.job.origin());
        Ok(letter.and_then(|letter| self.send(&plan, letter)).unwrap_or_else(|failure| {
            self.failed(self.job.explained(failure, &plan), Some(&plan.server.account), &envelope)
        }))
    }

    /// Sends a message, or puts it into the queue.
    fn send(&self, plan: &Plan, letter: Letter) -> Result<Reply, Failure> {
        if queue::mode(self.job, plan) == QueueMode::Always {
            let id = queue::put(self.job, plan, &letter)?;
            return Ok(Reply::new(250, "2.0.0", &format!("queued as {id}")));
        }
        let message = send::post(self.job, plan, letter)?;
        self.job.tell(&message);
        Ok(Reply::of(&message))
    }

    /// Tells of a message that did not come so far as to have verdicts.
    fn failed(&self, failure: Failure, account: Option<&str>, envelope: &Envelope) -> Reply {
        let reply = Reply::of_failure(&failure);
        let account = account.map(str::to_owned).or(failure.account).unwrap_or_default();
        self.job.tell(&MessageResult {
            account,
            sender: envelope.sender.as_ref().map(ToString::to_string),
            trouble: Some((Arc::from(failure.error), failure.advice)),
            ..MessageResult::default()
        });
        reply
    }

    /// Replies, when the client has nothing more to say first.
    fn say(&mut self, reply: &Reply) -> Result<()> {
        self.unsaid.extend_from_slice(reply.to_string().as_bytes());
        if self.input.has_more() { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<()> {
        let said = self.output.write_all(&self.unsaid);
        self.unsaid.clear();
        said.map_err(|error| Error::io("writing to standard output", error))
    }
}
