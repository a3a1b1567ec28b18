//! `imapctl probe`: what a server offers, where its folders are, what it limits, how fast it answers, and what its certificate
//! says.

mod interview;
mod oddities;

use std::time::SystemTime;

use interview::Interview;

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::ProbeArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::expiry::{days_left, ends_within};
use crate::cli::imap::account::{Account, Arrived, Reached};
use crate::cli::output::Record;
use crate::cli::output::record::imapctl::Server;
use crate::cli::output::record::{Choice, Facts, Probe};
use crate::error::{Error, Result};
use crate::imap::session::{Authenticated, Entered, Entry, NotAuthenticated, Opened};
use crate::imap::{Capabilities, Session};
use crate::sasl::{self, Known};
use crate::text::sanitize;

/// On a connection of its own: how it comes about is what is told.
pub(super) fn run(args: &ProbeArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let account = visit.account(job)?;
    let now = SystemTime::now();
    let reached = match account.reach() {
        Ok(reached) => reached,
        Err(error) => {
            if matches!(error, Error::Certificate { .. }) {
                show_refused(job, account, now);
            }
            return Err(error.into());
        }
    };
    let mut probe = first_part(job, account, &reached, now);
    let met = second_part(job, account, reached, &mut probe);
    job.output().record(&Record::Probe(&probe));
    met?;
    match (args.warn_days, &probe.tls) {
        (None, _) => Ok(Exit::OK),
        (Some(days), Some(tls)) => Ok(if ends_within(tls, days, now) { Exit::REPORTED } else { Exit::OK }),
        (Some(_), None) => {
            Err(Error::Unsupported("without TLS there is no certificate whose end --warn-days could tell".into())
                .into())
        }
    }
}

/// A certificate that was refused is shown: the server is asked once more without its being verified, by nobody in particular.
fn show_refused(job: &Job<'_>, account: &Account, now: SystemTime) {
    account.access().transcript().event("not accepted: connecting once more, only to show what is presented");
    let Ok(stranger) = account.unverified() else { return };
    let Ok(reached) = stranger.reach() else { return };
    let probe = first_part(job, &stranger, &reached, now);
    match reached.session {
        Opened::NotAuthenticated(session) => session.leave(),
        Opened::Preauthenticated(session) => session.leave(),
    }
    job.output().record(&Record::Probe(&probe));
}

/// What can be told without logging in.
fn first_part(job: &Job<'_>, account: &Account, reached: &Reached, now: SystemTime) -> Probe {
    let (greeting, tls, capabilities) = match &reached.session {
        Opened::NotAuthenticated(session) => (session.greeting(), session.tls(), session.capabilities()),
        Opened::Preauthenticated(session) => (session.greeting(), session.tls(), session.capabilities()),
    };
    let (mechanisms, choice) = match &reached.session {
        Opened::NotAuthenticated(session) => (session.offer().mechanisms, would_choose(job, account, session)),
        Opened::Preauthenticated(_) => (Vec::new(), None),
    };
    let server = Server { revision: revision(capabilities).into(), ..Server::default() };
    Probe {
        account: job.plan.server.account.clone(),
        server: job.plan.server.endpoint.address.to_string(),
        peer: reached.peer.clone(),
        security: job.plan.server.endpoint.security.name(),
        greeting: greeting.to_owned(),
        days_left: tls.and_then(|tls| days_left(tls, now)),
        tls: tls.cloned(),
        before_tls: reached.before_tls.as_ref().map(|capabilities| capabilities.names.clone()),
        before_login: capabilities.map(|capabilities| capabilities.names.clone()),
        after_login: None,
        mechanisms: mechanisms.iter().map(|name| sanitize(name.as_bytes())).collect(),
        choice,
        facts: Facts::Imap(Box::new(server)),
        timings: reached.timings,
    }
}

/// The way in that would be taken, with a user and a password supposed where none are known.
fn would_choose(job: &Job<'_>, account: &Account, session: &Session<NotAuthenticated>) -> Option<Choice> {
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

/// What can be told after the login, or without one what the server says to those who do not log in.
fn second_part(job: &Job<'_>, account: &Account, reached: Reached, probe: &mut Probe) -> Result<()> {
    let before_tls = reached.before_tls.clone();
    let is_member = match &reached.session {
        Opened::NotAuthenticated(session) => account.access().logs_in(&session.offer(), &session.channel()),
        Opened::Preauthenticated(_) => true,
    };
    let mut session = match reached.session {
        Opened::NotAuthenticated(session) if !is_member => session.without_login(),
        other => {
            let Arrived { entered, choice, timings } = enter(account, Reached { session: other, ..reached })?;
            probe.timings = timings;
            probe.choice = choice.map(told).or(probe.choice.take());
            let Entered { session, mailbox: _ } = entered;
            probe.after_login = session.capabilities().map(|capabilities| capabilities.names.clone());
            session
        }
    };
    let told = ask(&mut session, before_tls.as_ref(), is_member);
    for alert in session.take_alerts() {
        job.warn(&format!("the server says: {alert}"));
    }
    let (server, met) = told;
    probe.facts = Facts::Imap(Box::new(server));
    if met.is_ok() {
        session.leave();
    }
    met
}

/// Logs in; with a token that has expired, once more.
fn enter(account: &Account, reached: Reached) -> Result<Arrived> {
    match account.authenticate(reached, &Entry::Session) {
        Err(Error::Authentication(rejection)) if account.access().renew_token()? => {
            account.access().transcript().event(&format!("{rejection}; trying once more with a new token"));
            account.enter(&Entry::Session)
        }
        other => other,
    }
}

/// All that the server tells; what it had told before it failed, if it does.
fn ask(
    session: &mut Session<Authenticated>,
    before_tls: Option<&Capabilities>,
    is_member: bool,
) -> (Server, Result<()>) {
    let capabilities = session.capabilities().cloned().unwrap_or_default();
    let greeting = session.greeting().to_owned();
    let mut interview = Interview::new(session);
    let met = interview.hold(is_member);
    let mut server = interview.into_server();
    server.revision = revision(Some(&capabilities)).into();
    server.implied = implied(&capabilities);
    server.used = used(&capabilities);
    server.oddities.extend(oddities::of(&greeting, &server, &capabilities, before_tls, is_member));
    (server, met)
}

fn revision(capabilities: Option<&Capabilities>) -> &'static str {
    match capabilities.is_some_and(Capabilities::is_rev2) {
        true => "IMAP4rev2",
        false => "IMAP4rev1",
    }
}

/// What the server has without naming it; of IMAP4rev2 beside the older revision, what it has once that is enabled.
fn implied(capabilities: &Capabilities) -> Vec<String> {
    let mut capabilities = capabilities.clone();
    if capabilities.announces(crate::imap::Extension::Imap4rev2) {
        capabilities.enable([b"IMAP4rev2".as_slice()]);
    }
    let whole = capabilities.extensions().filter(|extension| !capabilities.announces(*extension));
    let mut implied: Vec<String> = whole.map(|extension| extension.name().to_owned()).collect();
    if capabilities.is_rev2() {
        // RFC 9051 appendix E has these in part.
        let parts = [
            (crate::imap::Extension::Binary, "BINARY (FETCH only)"),
            (crate::imap::Extension::SpecialUse, "SPECIAL-USE (attributes only)"),
        ];
        let missing = parts.iter().filter(|(whole, _)| !capabilities.has(*whole));
        implied.extend(missing.map(|(_, part)| (*part).to_owned()));
    }
    implied
}

/// What the server has and imapctl makes use of.
fn used(capabilities: &Capabilities) -> Vec<String> {
    let used = capabilities.extensions().filter(|extension| interview::USED.contains(extension));
    used.map(|extension| extension.name().trim_end_matches('=').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Capabilities {
        Capabilities::from_atoms(text.split(' ').map(str::as_bytes))
    }

    #[test]
    fn what_a_revision_implies_is_told_apart() {
        let rev2 = implied(&parse("IMAP4rev2 MOVE"));
        assert!(rev2.contains(&"UIDPLUS".to_owned()) && rev2.contains(&"BINARY (FETCH only)".to_owned()), "{rev2:?}");
        assert!(!rev2.contains(&"MOVE".to_owned()) && !rev2.contains(&"IMAP4rev2".to_owned()), "{rev2:?}");
        assert!(!implied(&parse("IMAP4rev2 BINARY")).contains(&"BINARY (FETCH only)".to_owned()));
        // Beside the older one it is to be enabled first.
        let both = parse("IMAP4rev1 IMAP4rev2 MOVE");
        assert_eq!((revision(Some(&both)), implied(&both)), ("IMAP4rev1", rev2));
        assert!(!used(&both).contains(&"UIDPLUS".to_owned()));
        assert_eq!(revision(Some(&parse("IMAP4rev2"))), "IMAP4rev2");
        let used = used(&parse("IMAP4rev1 UIDPLUS CONVERT XUNKNOWN URLAUTH"));
        assert_eq!(used, ["IMAP4rev1", "UIDPLUS"]);
    }
}
