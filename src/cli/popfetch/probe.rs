//! `popfetch probe`: what a server offers, and what its certificate says.

use std::time::SystemTime;

use super::connect::{Account, Reached};
use super::job::Job;
use crate::cli::exit::{Exit, Failure};
use crate::cli::expiry::{days_left, ends_within};
use crate::cli::output::Record;
use crate::cli::output::record::{Choice, Facts, Probe};
use crate::error::{Error, Result};
use crate::pop3::{Authorization, Pipelining, Session, Transaction};
use crate::sasl::{self, Known};
use crate::text::sanitize;

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let account = job.account()?;
    let reached = account.reach(Pipelining::Auto)?;
    let now = SystemTime::now();
    let mut probe = first_part(job, &account, &reached, now);
    let logged_in = match job.plan.server.logs_in() {
        true => second_part(&account, reached, &mut probe),
        false => {
            reached.session.leave();
            Ok(())
        }
    };
    job.output().record(&Record::Probe(&probe));
    logged_in?;
    match (job.plan.warn_days, &probe.tls) {
        (None, _) => Ok(Exit::OK),
        (Some(days), Some(tls)) => Ok(if ends_within(tls, days, now) { Exit::REPORTED } else { Exit::OK }),
        (Some(_), None) => {
            Err(Error::Unsupported("without TLS there is no certificate whose end --warn-days could tell".into())
                .into())
        }
    }
}

/// What can be told without logging in.
fn first_part(job: &Job<'_>, account: &Account, reached: &Reached, now: SystemTime) -> Probe {
    let session = &reached.session;
    let offer = session.offer();
    let mut mechanisms: Vec<String> = offer.mechanisms.iter().map(|name| sanitize(name.as_bytes())).collect();
    mechanisms.extend(offer.user_pass.then(|| "USER".to_owned()));
    mechanisms.extend(offer.apop.then(|| "APOP".to_owned()));
    Probe {
        account: job.plan.server.account.clone(),
        server: job.plan.server.endpoint.address.to_string(),
        peer: reached.peer.clone(),
        security: job.plan.server.endpoint.security.name(),
        greeting: session.greeting().to_owned(),
        days_left: session.tls().and_then(|tls| days_left(tls, now)),
        tls: session.tls().cloned(),
        before_tls: reached.before_tls.as_ref().map(|capabilities| capabilities.lines.clone()),
        before_login: session.capabilities().map(|capabilities| capabilities.lines.clone()),
        after_login: None,
        mechanisms,
        choice: would_choose(job, account, session),
        facts: Facts::Pop3 { languages: Vec::new(), messages: None, octets: None },
        timings: reached.timings,
    }
}

/// The way in that would be taken, with a user and a password supposed where none are known.
fn would_choose(job: &Job<'_>, account: &Account, session: &Session<Authorization>) -> Option<Choice> {
    let known = match job.plan.server.logs_in() {
        true => Known::from(&account.access().credentials()),
        false => Known { user: true, password: true, ..Known::default() },
    };
    let choices = account.access().choices_knowing(known, &session.offer(), &session.channel()).ok()?;
    choices.into_iter().next().map(told)
}

fn told(choice: sasl::Choice) -> Choice {
    Choice { method: choice.method.name().to_owned(), reason: choice.reason }
}

/// What can be told after the login.
fn second_part(account: &Account, reached: Reached, probe: &mut Probe) -> Result<()> {
    let opened = account.authenticate(reached)?;
    probe.timings = opened.timings;
    if let Some(choice) = opened.choice {
        probe.choice = Some(told(choice));
    }
    let mut session = opened.session;
    match ask(&mut session, probe) {
        Ok(()) => {
            session.leave();
            Ok(())
        }
        Err(error) => {
            super::job::end(session, &error);
            Err(error)
        }
    }
}

fn ask(session: &mut Session<Transaction>, probe: &mut Probe) -> Result<()> {
    let capabilities = session.capa()?.cloned();
    let knows_languages = capabilities.as_ref().is_some_and(|capabilities| capabilities.lang);
    probe.after_login = capabilities.map(|capabilities| capabilities.lines);
    let (messages, octets) = session.stat()?;
    let (messages, octets) = (Some(messages), Some(octets));
    probe.facts = Facts::Pop3 { languages: Vec::new(), messages, octets };
    if knows_languages {
        match session.languages() {
            Ok(languages) => probe.facts = Facts::Pop3 { languages, messages, octets },
            Err(Error::Rejected(rejection)) => session.note(&format!("no languages: {rejection}")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
