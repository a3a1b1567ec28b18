//! What every task of smtpsend needs: the command line and the configuration, and through what is told what became of it.

use std::sync::{Arc, Mutex, PoisonError};

use super::connect::Manners;
use super::deliver::{Delivery, Farewell, Outcome, Wishes};
use super::draft::Origin;
use super::letter::{Finish, Letter};
use super::plan::{Plan, Setup};
use super::save::Copies;
use super::{Role, result};
use crate::cli::account::Access;
use crate::cli::args::{Partial, Switch};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Done, MessageResult, Queued, Record, Tally};
use crate::cli::output::{Console, Output, Summary, Warning};
use crate::cli::piped::Piped;
use crate::cli::verdict::Status;
use crate::config;
use crate::error::{Error, Result, Undelivered};
use crate::mail::dkim::Signer;
use crate::net::{Interrupt, Timeouts};
use crate::smtp;
use crate::text::sanitize;
use crate::wire::Transcript;

/// One run.
pub(super) struct Job<'a> {
    /// What was asked for.
    pub(super) setup: &'a Setup<'a>,
    /// Where results and warnings go.
    pub(super) console: &'a Console,
    /// As what the program was called.
    pub(super) role: Role,
    interrupt: &'a Arc<Interrupt>,
    told: Mutex<Told>,
}

/// What was told so far.
#[derive(Debug, Default)]
struct Told {
    tally: Tally,
    exits: Vec<Exit>,
    accounts: Vec<String>,
}

impl<'a> Job<'a> {
    pub(super) fn new(setup: &'a Setup<'a>, console: &'a Console, role: Role, interrupt: &'a Arc<Interrupt>) -> Self {
        Self { setup, console, role, interrupt, told: Mutex::default() }
    }

    pub(super) fn output(&self) -> &'a dyn Output {
        self.console
    }

    pub(super) fn warn(&self, account: &str, text: &str) {
        self.output().warn(&Warning::of(account, text));
    }

    /// What a signal pulls.
    pub(super) fn interrupt(&self) -> Arc<Interrupt> {
        Arc::clone(self.interrupt)
    }

    /// Standard input, as far as no signal comes.
    pub(super) fn stdin(&self) -> Result<Piped, Failure> {
        Ok(Piped::stdin(Timeouts { interrupt: Some(self.interrupt()), ..Timeouts::default() })?)
    }

    /// Whether the program was called as sendmail.
    pub(super) fn is_sendmail(&self) -> bool {
        matches!(self.role, Role::Sendmail { .. })
    }

    /// What a message without a sender gets.
    pub(super) fn origin(&self) -> Origin<'_> {
        match &self.role {
            Role::Sendmail { caller, .. } => caller.origin(),
            Role::Own => Origin::default(),
        }
    }

    /// The transcript of an account, with the plan's notes in it.
    pub(super) fn transcript(&self, plan: &Plan) -> Result<Transcript, Failure> {
        let transcript = self.console.transcript(&plan.server.account, plan.server.transcript.as_deref())?;
        plan.notes.iter().for_each(|note| transcript.event(note));
        Ok(transcript)
    }

    /// An account made ready to deliver: files read, secrets got, nothing connected yet.
    pub(super) fn delivery(&self, plan: &Plan) -> Result<Delivery, Failure> {
        let finish = finish(plan)?;
        let access = Access::prepare(&plan.server, self.transcript(plan)?, self.output())?;
        let delivery = &plan.args.delivery;
        let options = smtp::Options {
            pipelining: match delivery.pipeline {
                Switch::Auto => smtp::Pipelining::Auto,
                Switch::Off => smtp::Pipelining::Off,
            },
            chunking: match delivery.chunking {
                Switch::Auto => smtp::Chunking::Auto,
                Switch::Off => smtp::Chunking::Off,
            },
            partial: match delivery.partial {
                Partial::Send => smtp::Partial::Send,
                Partial::Abort => smtp::Partial::Abort,
            },
            window: smtp::Window::default(),
        };
        let output = &plan.args.output;
        let watched = output.verbose > 0 || plan.server.transcript.is_some();
        Ok(Delivery {
            access,
            manners: Manners::of(&plan.args),
            finish,
            options,
            farewell: if watched { Farewell::Awaited } else { Farewell::InPassing },
            wishes: if self.is_sendmail() { Wishes::Dropped } else { Wishes::Binding },
        })
    }

    /// What became of a letter, as it is told; `id` names it where there are several.
    pub(super) fn result(&self, letter: &Letter, outcome: Outcome, plan: &Plan, id: Option<&str>) -> MessageResult {
        for lacking in &outcome.dropped {
            self.warn(&plan.server.account, &format!("{lacking}; left out"));
        }
        result::of(letter, outcome, &plan.server, id)
    }

    /// The target of `--save`, opened, so that what keeps it from taking copies is told while nothing has been sent.
    pub(super) fn copies(&self, plan: &Plan, delivery: &Delivery) -> Result<Option<Copies>, Failure> {
        let transcript = delivery.access.transcript();
        Ok(plan.copies.as_ref().map(|copies| Copies::open(copies, plan, transcript, self.output())).transpose()?)
    }

    /// Keeps a copy of what somebody accepted. That it cannot be kept is told, and counts as a part that was not done: the
    /// message is gone, and must not be sent again for it.
    pub(super) fn keep(&self, copies: Option<&Copies>, letter: &Letter, message: &MessageResult) {
        let Some(copies) = copies.filter(|_| message.count(Status::Accepted) > 0) else { return };
        if let Err(error) = copies.keep(&letter.message) {
            let place = copies.name();
            let text = match &error {
                Error::Target { outcome: Undelivered::Unknown, source, .. } => {
                    format!("the message was sent, but whether a copy of it is in {place} is not known: {source}")
                }
                Error::Target { source, .. } => {
                    format!("the message was sent, but no copy of it could be kept in {place}: {source}")
                }
                error => format!("the message was sent, but no copy of it could be kept in {place}: {error}"),
            };
            self.output().warn(&Warning::grave(&message.account, &text));
            self.told.lock().unwrap_or_else(PoisonError::into_inner).exits.push(Exit::PARTLY);
        }
    }

    /// Tells what became of a message. Its part in how the run ends is kept.
    pub(super) fn tell(&self, message: &MessageResult) {
        self.tell_as(message, message.exit());
    }

    /// The same, with another part in how the run ends, or none.
    pub(super) fn tell_as(&self, message: &MessageResult, exit: impl Into<Option<Exit>>) {
        self.output().record(&Record::Message(message));
        let mut tally = Tally::default();
        tally.add(message);
        self.count(&message.account, tally, exit);
    }

    /// Tells that a message was put into the queue.
    pub(super) fn tell_queued(&self, queued: &Queued<'_>) {
        self.output().record(&Record::Queued(*queued));
        let recipients = queued.recipients.len() as u64;
        self.count(queued.account, Tally { messages: 1, queued: 1, recipients, ..Tally::default() }, Exit::OK);
    }

    /// Keeps the part of something in how the run ends.
    pub(super) fn count(&self, account: &str, tally: Tally, exit: impl Into<Option<Exit>>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.tally += tally;
        told.exits.extend(exit.into());
        if !account.is_empty() && !told.accounts.iter().any(|known| known == account) {
            told.accounts.push(account.to_owned());
        }
    }

    /// The signal that has come, if one has.
    pub(super) fn signal(&self) -> Option<i32> {
        self.interrupt.signal()
    }

    /// Notes for those who keep accounts that a session is over of which no message tells.
    pub(super) fn visited(&self, plan: &Plan, told: Result<Exit, Failure>) -> Result<Exit, Failure> {
        let server = &plan.server;
        if let Ok(exit) = told {
            self.output().visited(&server.account, server.endpoint.host(), exit);
        }
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.accounts.contains(&server.account) {
            known.accounts.push(server.account.clone());
        }
        told
    }

    /// How the messages that were told of end the run.
    pub(super) fn exit(&self) -> Exit {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match self.interrupt.signal() {
            // That a message may have been delivered is told also of what a signal ended.
            Some(signal) if !told.exits.contains(&Exit::UNKNOWN) => Exit::signal(signal),
            _ => Exit::combine(told.exits.iter().copied()),
        }
    }

    /// A failure with the account's name and what to try.
    pub(super) fn explained(&self, failure: Failure, plan: &Plan) -> Failure {
        let advice = failure.advice.clone().or_else(|| crate::cli::advice::advice(&failure.error, &plan.server));
        let account = failure.account.clone().unwrap_or_else(|| plan.server.account.clone());
        Failure { advice, ..failure }.of(&account)
    }

    /// Tells what failed, if something did, and how the run ended.
    pub(super) fn conclude(&self, result: Result<Exit, Failure>) -> Exit {
        let exit = match result {
            Ok(exit) => exit,
            Err(failure) => {
                // What a signal breaks is the signal's doing.
                let exit = self.interrupt.signal().map_or(failure.exit, Exit::signal);
                let failure = Failure { exit, ..failure };
                self.output().error(&failure, None);
                exit
            }
        };
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let worst = Exit::worst(told.exits.iter().copied().chain([exit]));
        let done = (told.tally.messages > 0).then_some(Done::Send(told.tally));
        self.console.conclude(&Summary { exit, worst, accounts: told.accounts.len(), done })
    }
}

/// What is done to messages last, with the key read.
pub(super) fn finish(plan: &Plan) -> Result<Finish, Failure> {
    let delivery = &plan.args.delivery;
    let signer = match (&delivery.dkim_key, &delivery.dkim_selector, &delivery.dkim_domain) {
        (Some(path), Some(selector), Some(domain)) => {
            let shown = sanitize(path.as_os_str().as_encoded_bytes());
            let signer = Signer::new(&config::read_private(path, "a private key")?, selector, domain);
            Some(signer.map_err(|error| Error::Config(format!("--dkim-key {shown}: {error}")))?)
        }
        _ => None,
    };
    Ok(Finish { eight_bit: delivery.eight_bit, signer })
}
