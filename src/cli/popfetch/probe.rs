//! `popfetch probe`: what a server offers, and what its certificate says.

use std::time::{Duration, SystemTime};

use super::connect::{Account, Reached};
use super::job::Job;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Record;
use crate::cli::output::record::{Choice, Probe};
use crate::endpoint::Security;
use crate::error::{Error, Result};
use crate::net::tls::TlsFacts;
use crate::pop3::{Authorization, Pipelining, Session, Transaction};
use crate::sasl::{self, Known};
use crate::text::sanitize;

const DAY: u64 = 24 * 60 * 60;

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
        security: match job.plan.server.endpoint.security {
            Security::Tls => "tls",
            Security::StartTls => "starttls",
            Security::Plain => "plain",
            Security::Opportunistic => "opportunistic",
        },
        greeting: session.greeting().to_owned(),
        days_left: session.tls().and_then(|tls| days_left(tls, now)),
        tls: session.tls().cloned(),
        before_tls: reached.before_tls.clone(),
        before_login: session.capabilities().cloned(),
        after_login: None,
        mechanisms,
        choice: would_choose(job, account, session),
        languages: Vec::new(),
        messages: None,
        octets: None,
        timings: reached.timings,
    }
}

/// The way in that would be taken, with a user and a password supposed where none are known.
fn would_choose(job: &Job<'_>, account: &Account, session: &Session<Authorization>) -> Option<Choice> {
    let known = match job.plan.server.logs_in() {
        true => Known::from(&account.credentials()),
        false => Known { user: true, password: true, ..Known::default() },
    };
    let channel = sasl::Channel { client_cert: job.plan.server.tls.identity.is_some(), ..session.channel() };
    let choices = sasl::plan(&session.offer(), &channel, known, &job.plan.server.policy()).ok()?;
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
    probe.after_login = session.capa()?.cloned();
    let (messages, octets) = session.stat()?;
    (probe.messages, probe.octets) = (Some(messages), Some(octets));
    if probe.after_login.as_ref().is_some_and(|capabilities| capabilities.lang) {
        match session.languages() {
            Ok(languages) => probe.languages = languages,
            Err(Error::Rejected(rejection)) => session.note(&format!("no languages: {rejection}")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whole days, rounded down.
fn days_left(tls: &TlsFacts, now: SystemTime) -> Option<i64> {
    let end = tls.chain.first()?.not_after;
    match end.duration_since(now) {
        Ok(left) => i64::try_from(left.as_secs() / DAY).ok(),
        Err(ago) => i64::try_from(ago.duration().as_secs().div_ceil(DAY)).ok().map(|days| -days),
    }
}

fn ends_within(tls: &TlsFacts, days: u32, now: SystemTime) -> bool {
    let horizon = now.checked_add(Duration::from_secs(DAY.saturating_mul(days.into())));
    tls.chain.first().is_some_and(|leaf| horizon.is_none_or(|horizon| leaf.not_after <= horizon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tls::{Backend, CertificateFacts, Pin, Verification};

    fn tls(not_after: SystemTime) -> TlsFacts {
        let leaf = CertificateFacts {
            subject: String::new(),
            issuer: String::new(),
            names: Vec::new(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after,
            pin: Pin([0; 32]),
            fingerprint: [0; 32],
        };
        TlsFacts {
            backend: Backend::Rustls,
            version: None,
            cipher: None,
            alpn: None,
            chain: vec![leaf],
            verification: Verification::None,
            bindings: Vec::new(),
        }
    }

    #[test]
    fn days_until_the_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * DAY);
        for (end, left, within_ten) in [
            (Duration::from_secs(1_011 * DAY), 11, false),
            (Duration::from_secs(1_010 * DAY), 10, true),
            (Duration::from_secs(1_001 * DAY - 1), 0, true),
            (Duration::from_secs(1_000 * DAY - 1), -1, true),
        ] {
            let tls = tls(SystemTime::UNIX_EPOCH + end);
            assert_eq!(days_left(&tls, now), Some(left));
            assert_eq!(ends_within(&tls, 10, now), within_ten, "{end:?}");
        }
        assert!(ends_within(&tls(now), u32::MAX, now));
    }
}
