//! `--quit-after`, `--drop-after`: a conversation that goes so far and no further, one step at a time.
//!
//! A stage is reached when all that comes up to it in this conversation is done. Where TLS does not begin with STARTTLS there is
//! one EHLO, and `helo`, `starttls` and `ehlo` are the same; where nobody logs in, `auth` is `ehlo`.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use super::connect::{self, Seen};
use super::deliver::{Delivery, Outcome};
use super::draft::Draft;
use super::job::Job;
use super::letter::Letter;
use super::plan::Plan;
use super::save::Copies;
use super::{send, verb};
use crate::cli::args::{Ending, Partial, Stage};
use crate::cli::exit::{Exit, Failure};
use crate::cli::verdict::Verdict;
use crate::error::{Error, Phase, Rejection, Result};
use crate::smtp::{self, Class, Content, Dialect, Fate, Protection, Reply, Session, Stages, command, requirements};

/// The verb of the verdict on a message.
const END_OF_DATA: &str = "end of data";

/// For each recipient, the refusal if it was refused.
type Refusals = Vec<Option<Rejection>>;

pub(super) fn run(job: &Job<'_>, stage: Stage, ending: Ending) -> Result<Exit, Failure> {
    let (plan, letter) = read(job, stage)?;
    let told = Walk::new(job, &plan, stage, ending).and_then(|walk| walk.run(letter.as_ref()));
    job.visited(&plan, told).map_err(|failure| job.explained(failure, &plan))
}

/// The account, and the message where the stage needs one. Up to RCPT nobody is made to type one.
fn read(job: &Job<'_>, stage: Stage) -> Result<(Plan, Option<Letter>), Failure> {
    let args = &job.setup.args;
    if stage < Stage::Mail {
        return Ok((job.setup.plan(Draft::Options.sender(args).as_ref())?, None));
    }
    let (plan, letter) = match stage <= Stage::Rcpt && io::stdin().is_terminal() {
        true => send::read_from(job, &mut io::empty())?,
        false => send::read(job)?,
    };
    Ok((plan, Some(letter)))
}

struct Walk<'a> {
    job: &'a Job<'a>,
    plan: &'a Plan,
    delivery: Delivery,
    copies: Option<Copies>,
    stage: Stage,
    ending: Ending,
}

/// Where a session stands when nothing more is to be done in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    /// Between commands.
    Rest,
    /// Behind 354, where everything is message.
    Data,
}

impl<'a> Walk<'a> {
    fn new(job: &'a Job<'a>, plan: &'a Plan, stage: Stage, ending: Ending) -> Result<Self, Failure> {
        let delivery = job.delivery(plan)?;
        let copies = if stage == Stage::Dot { job.copies(plan, &delivery)? } else { None };
        Ok(Self { job, plan, delivery, copies, stage, ending })
    }

    fn run(&self, letter: Option<&Letter>) -> Result<Exit, Failure> {
        let Delivery { access, manners, .. } = &self.delivery;
        let mut seen = Seen::default();
        let connection = connect::dial(access, manners, &mut seen)?;
        if self.stage == Stage::Connect {
            // There is nobody yet to say QUIT to.
            match self.ending {
                Ending::Quit => connection.close(),
                Ending::Drop => connection.abandon("dropped"),
            }
            return Ok(Exit::OK);
        }
        let mut session = connect::greet(access, manners, connection, &mut seen)?;
        if self.stage >= Stage::Helo {
            session = connect::hello(access, manners, session, self.stage, &mut seen)?;
        }
        if self.stage >= Stage::Auth {
            session = connect::authenticate(access, session, seen.timings)?.session;
        }
        let walked = match letter {
            Some(letter) => self.transaction(&mut session, letter),
            None => Ok((At::Rest, Exit::OK)),
        };
        match (walked, self.ending) {
            (Ok((_, exit)), Ending::Drop) => {
                session.abandon("dropped");
                Ok(exit)
            }
            (Ok((At::Data, exit)), Ending::Quit) => {
                session.leave();
                Ok(exit)
            }
            (Ok((At::Rest, exit)), Ending::Quit) => {
                // All went well up to the stage, however the farewell is taken.
                drop(session.quit());
                Ok(exit)
            }
            (Err(failure), _) if failure.error.is_fatal_to_session() => {
                session.abandon("the session has ended");
                Err(failure)
            }
            (Err(failure), Ending::Drop) => {
                session.abandon("dropped");
                Err(failure)
            }
            (Err(failure), Ending::Quit) => {
                drop(session.quit());
                Err(failure)
            }
        }
    }

    fn transaction(&self, session: &mut Session, letter: &Letter) -> Result<(At, Exit), Failure> {
        let known = session.capabilities().cloned().unwrap_or_default();
        let content = self.delivery.finish.apply(&letter.message, &known)?;
        let protection = Protection::of(session.tls());
        let declared = requirements::check(&letter.envelope, &*content, &known, protection)?;
        let reply = session.mail(&letter.envelope, &*content)?;
        self.tell(&command::mail_from(&letter.envelope, &declared)?, &reply);
        positive(&reply, "MAIL")?;
        if self.stage == Stage::Mail {
            return Ok((At::Rest, Exit::OK));
        }
        let mut refusals: Refusals = Vec::new();
        for recipient in &letter.envelope.recipients {
            let reply = session.rcpt(recipient)?;
            self.tell(&command::rcpt_to(recipient, &declared)?, &reply);
            refusals.push((!reply.is_positive()).then(|| reply.rejection("RCPT")));
        }
        let accepted = refusals.iter().filter(|refusal| refusal.is_none()).count();
        let all_or_none = self.plan.args.delivery.partial == Partial::Abort && accepted < refusals.len();
        if self.stage == Stage::Rcpt || accepted == 0 || all_or_none {
            return Ok((At::Rest, self.refused(letter, &refusals)));
        }
        let reply = session.data()?;
        self.tell(command::DATA, &reply);
        if reply.class() != Class::Intermediate3 {
            return Err(Error::Rejected(reply.rejection("DATA")).into());
        }
        if self.stage == Stage::Data {
            return Ok((At::Data, self.refused(letter, &refusals)));
        }
        let fates = match self.body(session, &*content) {
            Ok(replies) => settle(&refusals, &replies, session.dialect()),
            // A refusal in the reply that closes the session is a verdict.
            Err(error) if !session.is_taking_data() && !matches!(error, Error::Rejected(_)) => {
                let error = Arc::new(error);
                fates(&refusals, || Fate::Unknown(Arc::clone(&error)))
            }
            Err(error) => return Err(error.into()),
        };
        let stages = Stages::default();
        let outcome = Outcome { fates, stages, timings: None, refusal: None, dropped: Vec::new() };
        let message = self.job.result(letter, outcome, self.plan, None);
        self.job.keep(self.copies.as_ref(), letter, &message);
        self.job.tell(&message);
        Ok((At::Rest, self.job.exit()))
    }

    fn body(&self, session: &mut Session, content: &dyn Content) -> Result<Vec<Reply>> {
        let replies = session.body(content)?;
        for reply in &replies {
            self.tell(".", reply);
        }
        Ok(replies)
    }

    /// A reply, as a result.
    fn tell(&self, command: &str, reply: &Reply) {
        verb::tell(self.job, self.plan, &self.delivery.access, command, reply);
    }

    /// Tells of the recipients that were refused, and how that ends the run: nothing was sent, whatever the others got.
    fn refused(&self, letter: &Letter, refusals: &[Option<Rejection>]) -> Exit {
        let mut exits = Vec::new();
        for (recipient, refusal) in letter.envelope.recipients.iter().zip(refusals) {
            let Some(rejection) = refusal else {
                exits.push(Exit::OK);
                continue;
            };
            let exit = Verdict::Refused(rejection.clone()).exit();
            let advice = Some(format!("recipient <{}>", recipient.address));
            let failure = Failure { exit, advice, ..Failure::from(Error::Rejected(rejection.clone())) };
            self.job.output().error(&failure.of(&self.plan.server.account), None);
            exits.push(exit);
        }
        Exit::combine(exits)
    }
}

fn positive(reply: &Reply, verb: &'static str) -> Result<()> {
    match reply.is_positive() {
        true => Ok(()),
        false => Err(Error::Rejected(reply.rejection(verb))),
    }
}

/// The recipients' fates by the replies to the message: one for all that were accepted, in LMTP one for each, unless the first
/// was a refusal that came while the message was on its way.
fn settle(refusals: &[Option<Rejection>], replies: &[Reply], dialect: Dialect) -> Vec<Fate> {
    let mut each = replies.iter();
    let last = replies.last();
    fates(refusals, || {
        let reply = match dialect {
            Dialect::Lmtp => each.next().or(last),
            Dialect::Esmtp => last,
        };
        match reply {
            Some(reply) if reply.is_positive() => Fate::Accepted(reply.clone()),
            Some(reply) => Fate::Refused { stage: smtp::Stage::Dot, rejection: reply.rejection(END_OF_DATA) },
            None => Fate::Unknown(Arc::new(Error::Closed { phase: Phase::Reply(END_OF_DATA), truncated: false })),
        }
    })
}

/// Those who were refused were refused; the others' fates are these, in order.
fn fates(refusals: &[Option<Rejection>], mut accepted: impl FnMut() -> Fate) -> Vec<Fate> {
    let fate = |refusal: &Option<Rejection>| match refusal {
        Some(rejection) => Fate::Refused { stage: smtp::Stage::Rcpt, rejection: rejection.clone() },
        None => accepted(),
    };
    refusals.iter().map(fate).collect()
}
