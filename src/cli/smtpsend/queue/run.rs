//! `--queue-run`: what is due is sent, account by account, each over as few connections as its server allows.
//!
//! A mail is taken, locked against every other run, when its turn comes, and that it is about to be sent is on disk before
//! any of it is. An account that cannot be reached stops its own mails only. What waits on for a reason that will be over by
//! itself is not spoken of and is no failure: the run ends with 0.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::adopt::Adoption;
use super::due::Due;
use super::entry::{self, Way};
use super::grace::Grace;
use super::needs_somebody;
use crate::cli::advice;
use crate::cli::args::{OnUnknown, Partial};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Warning;
use crate::cli::output::record::{MessageResult, RecipientResult, Tally};
use crate::cli::smtpsend::deliver::{Outcome, Wishes};
use crate::cli::smtpsend::job::Job;
use crate::cli::smtpsend::letter::Letter;
use crate::cli::smtpsend::plan::{Plan, Setup};
use crate::cli::verdict::{Status, Verdict};
use crate::error::{Error, Result};
use crate::spool::{self, Id, Queue, Settled, Taken};

/// How many mails are begun before the first of them has its verdict: a run that is killed leaves as many in doubt.
const IN_HAND: usize = 8;

/// Sends what is due in this user's queue, or in everybody's.
pub(in crate::cli::smtpsend) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    if job.setup.args.queue.all_users {
        return super::users::run(job);
    }
    if let Some(queue) = Queue::find(&job.setup.queue_dir()?)? {
        Run::new(job, &queue, Whose::Own).work()?;
    }
    Ok(job.exit())
}

/// Whose queue it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    /// That of the user who runs this.
    Own,
    /// Another user's, seen to by root: what was typed there is nothing that root does, and URLs are none to which root goes.
    Others,
}

/// The work on one queue.
pub(super) struct Run<'r, 'a> {
    pub(super) job: &'r Job<'a>,
    pub(super) queue: &'r Queue,
    whose: Whose,
    /// What was said already: what keeps one mail from being sent keeps many.
    said: RefCell<BTreeSet<String>>,
}

impl<'r, 'a> Run<'r, 'a> {
    pub(super) fn new(job: &'r Job<'a>, queue: &'r Queue, whose: Whose) -> Self {
        Self { job, queue, whose, said: RefCell::default() }
    }

    /// Sends what is due. Failures of single mails and accounts are told and counted; an error is one of the whole queue.
    pub(super) fn work(&self) -> Result<(), Failure> {
        let now = SystemTime::now();
        let mut due = self.queue.due(now)?;
        if self.releases() {
            due.extend(self.held()?);
        }
        let mut ways: BTreeMap<Way, VecDeque<Id>> = BTreeMap::new();
        let mut adoption = Adoption::new(self.job, self.queue, self.whose);
        for id in due {
            let ticket = match self.queue.ticket(&id) {
                Ok(Some(ticket)) => ticket,
                Ok(None) => continue,
                Err(error) => {
                    // Taking it moves it out of the way if it is damaged.
                    let error = self.queue.take(&id).err().unwrap_or(error);
                    self.fail("", error.into());
                    continue;
                }
            };
            let (id, ticket) = match entry::way(&ticket).account.as_str() {
                "" => match adoption.adopt(&id, &ticket) {
                    Ok(Some(adopted)) => adopted,
                    Ok(None) => continue,
                    Err(failure) => {
                        let why = failure.explained();
                        self.fail("", failure);
                        self.age(&VecDeque::from([id]), &why);
                        continue;
                    }
                },
                _ => (id, ticket),
            };
            if entry::is_roots(&ticket) != (self.whose == Whose::Others) {
                continue;
            }
            ways.entry(self.way(&ticket)).or_default().push_back(id);
        }
        if let Some(named) = &self.job.setup.invocation().args.connect.account {
            ways.retain(|way, _| way.account == *named);
        }
        if ways.len() > 1 {
            let accounts: BTreeSet<&str> = ways.keys().map(|way| way.account.as_str()).collect();
            self.job.setup.check_for_one(accounts.len())?;
        }
        // The account whose mail has waited longest comes first.
        let mut ways: Vec<(Way, VecDeque<Id>)> = ways.into_iter().collect();
        ways.sort_by(|(_, one), (_, other)| one.front().cmp(&other.front()));
        for (way, ids) in ways {
            if self.is_over() {
                break;
            }
            self.send(&way, ids);
        }
        Ok(())
    }

    fn way(&self, ticket: &spool::Ticket) -> Way {
        let way = entry::way(ticket);
        match self.whose {
            Whose::Own => way,
            Whose::Others => Way { words: Vec::new(), ..way },
        }
    }

    /// Whether held mails are to be sent: somebody decided so, on the command line.
    pub(super) fn releases(&self) -> bool {
        self.job.setup.invocation().given("on-unknown") && self.job.setup.args.queue.on_unknown == OnUnknown::Retry
    }

    fn held(&self) -> Result<Vec<Id>> {
        let is_held = |entry: &spool::Entry| matches!(entry.status, spool::Status::Held { .. });
        Ok(self.queue.list()?.into_iter().filter(is_held).filter_map(|entry| entry.id).collect())
    }

    /// Whether no more mail is to be begun.
    pub(super) fn is_over(&self) -> bool {
        let run_until = self.job.setup.run_until();
        self.job.signal().is_some() || run_until.is_some_and(|until| Instant::now() >= until)
    }

    /// Sends these by one account.
    fn send(&self, way: &Way, ids: VecDeque<Id>) {
        let words: Vec<_> = way.words.iter().map(Into::into).collect();
        let sent = match words.is_empty() {
            true => self.send_with(self.job.setup, way, ids.clone()),
            false => self.job.setup.invocation().behind(&words).map_err(|error| words_failure(&error)).and_then(
                |invocation| {
                    let setup = Setup::without_recipients(&invocation, self.job.setup.around())?;
                    self.send_with(&setup, way, ids.clone())
                },
            ),
        };
        if let Err(failure) = sent {
            let why = failure.explained();
            self.fail(&way.account, failure);
            self.age(&ids, &why);
        }
    }

    fn send_with(&self, setup: &Setup<'_>, way: &Way, ids: VecDeque<Id>) -> Result<(), Failure> {
        let mut plan = setup.plan_named(&way.account)?;
        let grace = Grace::new()?;
        plan.server.timeouts.run_until = self.job.setup.run_until();
        plan.server.timeouts.interrupt = Some(Arc::clone(&grace.interrupt));
        let explained = |failure| self.job.explained(failure, &plan);
        let mut delivery = self.job.delivery(&plan).map_err(explained)?;
        let copies = self.job.copies(&plan, &delivery).map_err(explained)?;
        // What is in doubt is held: as little as can be.
        let holds = plan.args.queue.on_unknown == OnUnknown::Hold;
        delivery.options.window.messages = if holds { 1 } else { IN_HAND };
        delivery.wishes = if way.lenient { Wishes::Dropped } else { Wishes::Binding };
        let hand = RefCell::new(BTreeMap::new());
        let mut due = Due { run: self, plan: &plan, ids, hand: &hand };
        let ended = grace.watch(self.job, || {
            delivery.run(&mut due, &mut |letter, outcome| {
                let Some(taken) = hand.borrow_mut().remove(&letter.id) else { return };
                let message = self.settle(&plan, letter, outcome, taken);
                self.job.keep(copies.as_ref(), letter, &message);
            })
        });
        // What kept sessions from coming about was told with the mails that met it.
        ended.map(drop).map_err(Failure::from)
    }

    /// Records what became of a mail, and tells of it.
    fn settle(&self, plan: &Plan, letter: &Letter, outcome: Outcome, taken: Taken) -> MessageResult {
        let account = &plan.server.account;
        let places: Vec<usize> = taken.pending().map(|(place, _)| place).collect();
        let mut message = self.job.result(letter, outcome, plan, Some(&letter.id));
        let verdicts: Vec<&Verdict> = message.recipients.iter().map(|recipient| &recipient.verdict).collect();
        let holds = plan.args.queue.on_unknown == OnUnknown::Hold;
        let aborted = plan.args.delivery.partial == Partial::Abort
            && verdicts.iter().any(|verdict| verdict.status() != Status::Accepted && !verdict.may_change());
        let judged: Vec<(usize, spool::Verdict)> = places
            .into_iter()
            .zip(&verdicts)
            .map(|(place, verdict)| (place, judged(verdict, holds, aborted)))
            .collect();
        let is_unknown = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Unknown(_)));
        let any_refused = verdicts.iter().any(|verdict| verdict.status() != Status::Accepted && !verdict.may_change());
        let settled = match taken.settle(&judged, SystemTime::now()) {
            Ok(settled) => settled,
            Err(error) => {
                self.job.tell(&message);
                self.fail(account, error.into());
                return message;
            }
        };
        let exit = match settled {
            Settled::Sent => Some(Exit::OK),
            Settled::Held => {
                message.queued = Some(letter.id.clone());
                let text = format!(
                    "{} is held: it may or may not have been delivered; --queue-remove removes it, and --queue-run \
                     --on-unknown=retry sends it again",
                    letter.id
                );
                self.job.output().warn(&Warning::grave(account, &text));
                Some(Exit::UNKNOWN)
            }
            Settled::Waiting { .. } => {
                message.queued = Some(letter.id.clone());
                if is_unknown {
                    let text =
                        format!("{} may have been delivered, and is sent again with the same Message-ID", letter.id);
                    self.job.output().warn(&Warning::of(account, &text));
                }
                let waiting = self.waiting(plan, &message);
                if any_refused { Some(Exit::PARTLY) } else { waiting }
            }
            Settled::Failed { why, .. } => {
                given_up(&mut message, &why);
                Some(Exit::PARTLY)
            }
        };
        self.job.tell_as(&message, exit);
        message
    }

    /// Says why a mail waits on, where somebody has to do something about it, and how that ends the run. What will be over by
    /// itself has no part in that.
    fn waiting(&self, plan: &Plan, message: &MessageResult) -> Option<Exit> {
        let mut exits = Vec::new();
        for RecipientResult { verdict, .. } in &message.recipients {
            if !needs_somebody(verdict) {
                continue;
            }
            exits.push(verdict.exit());
            let text = match advice::of_verdict(verdict, &plan.server) {
                Some(advice) => format!("mail waits in the queue: {verdict}; {advice}"),
                None => format!("mail waits in the queue: {verdict}"),
            };
            if self.said.borrow_mut().insert(format!("{}: {text}", plan.server.account)) {
                self.job.output().warn(&Warning::grave(&plan.server.account, &text));
            }
        }
        (!exits.is_empty()).then(|| Exit::worst(exits))
    }

    /// Tells a failure once, and keeps its part in how the run ends.
    pub(super) fn fail(&self, account: &str, failure: Failure) {
        let account = failure.account.clone().unwrap_or_else(|| crate::text::sanitize(account.as_bytes()));
        let failure = Failure { account: Some(account.clone()).filter(|account| !account.is_empty()), ..failure };
        let exit = failure.exit;
        if self.said.borrow_mut().insert(failure.to_string()) {
            self.job.output().error(&failure, None);
        }
        self.job.count(&account, Tally::default(), exit);
    }

    /// Gives up the mails whose life is over although their account cannot be used; the others stay as they are, and are
    /// sent by the first run after somebody has set it right.
    fn age(&self, ids: &VecDeque<Id>, reason: &str) {
        let now = SystemTime::now();
        for id in ids {
            let Ok(Some(ticket)) = self.queue.ticket(id) else { continue };
            // Should that fail, the mail lives longer.
            self.queue.look(id, &ticket, now).ok();
            if now.duration_since(ticket.created).is_ok_and(|age| age < spool::LIFE) {
                continue;
            }
            let Ok(Some(taken)) = self.queue.take(id) else { continue };
            if !taken.is_over(now) {
                continue;
            }
            let later = spool::Verdict::Later(reason.to_owned());
            let judged: Vec<_> = taken.pending().map(|(place, _)| (place, later.clone())).collect();
            match taken.settle(&judged, now) {
                Ok(Settled::Failed { why, .. }) => {
                    let text = format!("{id} {why}; it is in failed/ now");
                    self.fail(&ticket.account, Failure { exit: Exit::PARTLY, ..Error::Unsupported(text).into() });
                }
                Ok(_) => {}
                Err(error) => self.fail(&ticket.account, error.into()),
            }
        }
    }
}

/// A verdict as the queue keeps it.
fn judged(verdict: &Verdict, holds: bool, aborted: bool) -> spool::Verdict {
    match verdict {
        Verdict::Accepted(_) => spool::Verdict::Done,
        Verdict::Unknown(_) if holds => spool::Verdict::Hold(verdict.to_string()),
        _ if aborted => spool::Verdict::Refused(match verdict.may_change() {
            true => "not sent, since not all recipients were accepted".to_owned(),
            false => verdict.to_string(),
        }),
        _ if verdict.may_change() => spool::Verdict::Later(verdict.to_string()),
        _ => spool::Verdict::Refused(verdict.to_string()),
    }
}

/// Lets the result say that a mail has failed, and where it is.
fn given_up(message: &mut MessageResult, why: &str) {
    const WHERE: &str = "it is in failed/ now";
    let over = Arc::new(Error::Unsupported(why.to_owned()));
    let mut is_told = false;
    for recipient in &mut message.recipients {
        if recipient.verdict.may_change() {
            recipient.verdict = Verdict::Unsent(Arc::clone(&over));
        }
        if recipient.verdict.status() != Status::Accepted {
            recipient.advice = Some(WHERE.to_owned());
            is_told = true;
        }
    }
    if !is_told {
        // The rest have got it now; somebody was refused before.
        message.trouble = Some((over, Some(WHERE.to_owned())));
    }
}

fn words_failure(error: &clap::Error) -> Failure {
    let text = crate::cli::keys::complaint(error);
    Failure::config(format!("what was typed when the mail was queued is not understood: {text}"))
}
