//! `--probe`: what a server offers, and what its certificate says.

use std::time::SystemTime;

use super::connect::{self, Manners, Opened, Seen};
use super::draft::Draft;
use super::job::Job;
use super::plan::Plan;
use crate::cli::account::Access;
use crate::cli::exit::{Exit, Failure};
use crate::cli::expiry::{days_left, ends_within};
use crate::cli::output::Record;
use crate::cli::output::record::{Choice, Facts, Probe};
use crate::endpoint::{Protocol, Security};
use crate::error::{Error, Result};
use crate::sasl::{self, Known};
use crate::smtp::{Capabilities, Fallback, Session};
use crate::text::sanitize;

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let plan = job.setup.plan(Draft::Options.sender(&job.setup.args).as_ref())?;
    let told = Prober::new(job, &plan).and_then(|prober| prober.run());
    job.visited(&plan, told).map_err(|failure| job.explained(failure, &plan))
}

struct Prober<'a> {
    job: &'a Job<'a>,
    plan: &'a Plan,
    access: Access,
    manners: Manners,
}

impl<'a> Prober<'a> {
    fn new(job: &'a Job<'a>, plan: &'a Plan) -> Result<Self, Failure> {
        let access = Access::prepare(&plan.server, job.transcript(plan)?, job.output())?;
        Ok(Self { job, plan, access, manners: Manners::of(&plan.args) })
    }

    fn run(&self) -> Result<Exit, Failure> {
        let now = SystemTime::now();
        let mut seen = Seen::default();
        let session = match connect::reach(&self.access, &self.manners, &mut seen) {
            Ok(session) => session,
            Err(error) => {
                self.tell_of_failure(&error, seen, now);
                return Err(error.into());
            }
        };
        let mut probe = self.with(self.told(&seen), &session, now);
        probe.choice = self.would_choose(&session);
        let logged_in = match self.access.logs_in(&session.offer(), &session.channel()) {
            true => self.after_login(session, &seen, &mut probe),
            false => {
                see_off(session);
                Ok(())
            }
        };
        self.tell(&probe);
        logged_in?;
        match (self.plan.args.debug.warn_days, &probe.tls) {
            (None, _) => Ok(Exit::OK),
            (Some(days), Some(tls)) => Ok(if ends_within(tls, days, now) { Exit::REPORTED } else { Exit::OK }),
            (Some(_), None) => {
                let complaint = "without TLS there is no certificate whose end --warn-days could tell";
                Err(Error::Unsupported(complaint.into()).into())
            }
        }
    }

    fn tell(&self, probe: &Probe) {
        self.job.output().record(&Record::Probe(probe));
    }

    /// What was learnt before it failed. A certificate that was refused is shown: the server is asked once more without its
    /// being verified, by nobody in particular.
    fn tell_of_failure(&self, error: &Error, seen: Seen, now: SystemTime) {
        if matches!(error, Error::Certificate { .. }) {
            self.access.transcript().event("not accepted: connecting once more, only to show what is presented");
            let mut seen = Seen::default();
            let again = self.access.unverified().and_then(|access| connect::reach(&access, &self.manners, &mut seen));
            if let Ok(session) = again {
                let probe = self.with(self.told(&seen), &session, now);
                see_off(session);
                return self.tell(&probe);
            }
        }
        if seen.greeting.is_some() {
            self.tell(&self.told(&seen));
        }
    }

    /// What can be told of the way to a session.
    fn told(&self, seen: &Seen) -> Probe {
        let endpoint = &self.plan.server.endpoint;
        Probe {
            account: self.plan.server.account.clone(),
            server: endpoint.address.to_string(),
            peer: seen.peer.clone(),
            security: endpoint.security.name(),
            greeting: seen.greeting.clone().unwrap_or_default(),
            tls: None,
            days_left: None,
            before_tls: seen.before_tls.as_ref().map(|capabilities| capabilities.lines.clone()),
            before_login: None,
            after_login: None,
            mechanisms: Vec::new(),
            choice: None,
            facts: self.facts(seen.before_tls.as_ref()),
            timings: seen.timings,
        }
    }

    /// The same, with what the session tells.
    fn with(&self, probe: Probe, session: &Session, now: SystemTime) -> Probe {
        let capabilities = session.capabilities();
        Probe {
            tls: session.tls().cloned(),
            days_left: session.tls().and_then(|tls| days_left(tls, now)),
            before_login: capabilities.map(|capabilities| capabilities.lines.clone()),
            mechanisms: session.offer().mechanisms.iter().map(|name| sanitize(name.as_bytes())).collect(),
            facts: self.facts(capabilities),
            ..probe
        }
    }

    fn facts(&self, capabilities: Option<&Capabilities>) -> Facts {
        let dialect = match (self.plan.server.endpoint.protocol, capabilities) {
            (Protocol::Lmtp, _) => "lmtp",
            // HELO tells nothing, and so does an EHLO that offers nothing.
            (_, Some(capabilities)) if capabilities.lines.is_empty() => "smtp",
            _ => "esmtp",
        };
        let limits = capabilities.map(|capabilities| capabilities.limits).unwrap_or_default();
        Facts::Smtp {
            dialect,
            size: capabilities.and_then(|capabilities| capabilities.size.flatten()),
            mail_max: limits.mail_max,
            rcpt_max: limits.rcpt_max,
            rcpt_domain_max: limits.rcpt_domain_max,
        }
    }

    /// The way in that would be taken, with a user and a password supposed where none are known; over opportunistic TLS
    /// nobody may log in.
    fn would_choose(&self, session: &Session) -> Option<Choice> {
        let known = match self.access.server().logs_in() {
            true => Known::from(&self.access.credentials()),
            false => Known { user: true, password: true, ..Known::default() },
        };
        let may = self.plan.server.endpoint.security != Security::Opportunistic;
        let choices = self.access.choices_knowing(known, &session.offer(), &session.channel()).ok().filter(|_| may)?;
        choices.into_iter().next().map(told_choice)
    }

    /// What can be told after the login.
    fn after_login(&self, session: Session, seen: &Seen, probe: &mut Probe) -> Result<()> {
        let Opened { mut session, choice, timings } = match connect::authenticate(&self.access, session, seen.timings) {
            Err(Error::Authentication(rejection)) if self.access.renew_token()? => {
                self.access.transcript().event(&format!("{rejection}; trying once more with a new token"));
                connect::open(&self.access, &self.manners)?
            }
            other => other?,
        };
        probe.timings = timings;
        if let Some(choice) = choice {
            probe.choice = Some(told_choice(choice));
        }
        match session.ehlo(Fallback::Forbidden) {
            Ok(capabilities) => {
                probe.after_login = Some(capabilities.lines.clone());
                probe.facts = self.facts(Some(capabilities));
            }
            // RFC 4954 lets a client ask again, and a server may think otherwise.
            Err(error @ (Error::Rejected(_) | Error::Unsupported(_))) => {
                session.note(&format!("what is offered after the login is not told: {error}"));
            }
            Err(error) => {
                session.abandon("the session has ended");
                return Err(error);
            }
        }
        see_off(session);
        Ok(())
    }
}

fn told_choice(choice: sasl::Choice) -> Choice {
    Choice { method: choice.method.name().to_owned(), reason: choice.reason }
}

/// All that was asked is told: however the server takes the farewell changes nothing.
fn see_off(session: Session) {
    drop(session.quit());
}
