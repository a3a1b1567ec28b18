//! From a letter to a ticket of the spool, and back.
//!
//! The message is kept as it would have gone out but for what depends on the server: a later run sends the same octets with the
//! same Message-ID. What the account's settings decide is decided anew; what was typed is kept.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::run::Whose;
use crate::addr_spec::AddrSpec;
use crate::cli::smtpsend::job::Job;
use crate::cli::smtpsend::letter::Letter;
use crate::cli::smtpsend::plan::Plan;
use crate::error::{Error, Result};
use crate::mail::{Dot, Message, Reading};
use crate::smtp::{AuthParameter, ByMode, DeliverBy, Envelope, Hold, Notify, Parameters, Recipient, Ret, parameters};
use crate::spool::{Addressee, Taken, Ticket};

/// A word of the command line.
const TYPED: &str = "typed";
/// Why it is held from the start: it may have been delivered already.
const UNKNOWN: &str = "unknown";
/// What the server does not offer may be left out.
const LENIENT: &str = "lenient";

/// Root has found an account for it, which its owner may not have.
const ROOTS: &str = "roots";
/// The mail that it was before there was an account.
const FROM: &str = "from";

/// Options that are kept when they were typed: which server, how it is reached, who logs in, and what is done to the message.
const KEPT: [&str; 47] = [
    "config",
    "state-dir",
    "security",
    "proxy",
    "tunnel",
    "ipv4",
    "ipv6",
    "bind",
    "connect-timeout",
    "timeout",
    "tls-backend",
    "tls-min",
    "tls-name",
    "trust",
    "ca-file",
    "pin",
    "client-cert",
    "client-key",
    "no-verify",
    "user",
    "authzid",
    "auth",
    "password-command",
    "password-file",
    "netrc",
    "token-command",
    "cleartext-auth",
    "aliases",
    "qualify-domain",
    "force-from",
    "8bit",
    "chunking",
    "pipeline",
    "partial",
    "dkim-key",
    "dkim-selector",
    "dkim-domain",
    "save",
    "save-security",
    "save-user",
    "save-password-command",
    "save-password-file",
    "save-ca-file",
    "save-cleartext-auth",
    "on-unknown",
    "ehlo",
    "xclient",
];

/// Those of them that are a file's or directory's path: the directory of a later run is another.
const PATHS: [&str; 11] = [
    "aliases",
    "config",
    "state-dir",
    "ca-file",
    "client-cert",
    "client-key",
    "password-file",
    "netrc",
    "dkim-key",
    "save-password-file",
    "save-ca-file",
];

/// Whether it may have been delivered already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Doubt {
    /// No, or it is sent again all the same.
    None,
    /// Yes, for this reason, and somebody shall decide.
    Hold(String),
}

/// By what a mail is sent: those with the same go over the same connections.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Way {
    /// The account's name, or a URL; empty if there was no account yet.
    pub(super) account: String,
    /// What was typed.
    pub(super) words: Vec<String>,
    /// What the server does not offer may be left out.
    pub(super) lenient: bool,
}

/// The ticket of a letter for some of its recipients, by their place.
pub(super) fn ticket(
    job: &Job<'_>,
    plan: &Plan,
    letter: &Letter,
    recipients: &[usize],
    doubt: &Doubt,
) -> Result<Ticket> {
    let envelope = &letter.envelope;
    let mut options = parameters_kept(&envelope.parameters);
    for word in typed(job)? {
        options.push((TYPED.to_owned(), word));
    }
    if job.is_sendmail() {
        options.push((LENIENT.to_owned(), String::new()));
    }
    if let Doubt::Hold(why) = doubt {
        options.push((UNKNOWN.to_owned(), why.clone()));
    }
    let recipients = recipients.iter().filter_map(|index| envelope.recipients.get(*index)).map(addressee).collect();
    Ok(Ticket {
        account: plan.name.clone(),
        sender: envelope.sender.as_ref().map(ToString::to_string),
        recipients,
        options,
        message_id: Some(letter.message_id()).filter(|id| !id.is_empty()),
        created: SystemTime::now(),
    })
}

/// By what a mail is sent.
pub(super) fn way(ticket: &Ticket) -> Way {
    Way {
        account: ticket.account.clone(),
        words: all(&ticket.options, TYPED).map(str::to_owned).collect(),
        lenient: one(&ticket.options, LENIENT).is_some(),
    }
}

/// Whether root sends it, by an account of the system's.
pub(super) fn is_roots(ticket: &Ticket) -> bool {
    one(&ticket.options, ROOTS).is_some() && !ticket.account.contains("://")
}

/// The mail that this one was before there was an account for it.
pub(super) fn origin(ticket: &Ticket) -> Option<&str> {
    one(&ticket.options, FROM)
}

/// The ticket of a mail that had no account, now that it has one and the letter was made for that.
pub(super) fn adopted(taken: &Taken, plan: &Plan, letter: &Letter, whose: Whose) -> Ticket {
    let old = taken.ticket();
    let notify = taken.pending().next().and_then(|(_, addressee)| one(&addressee.options, "notify"));
    let asked: Vec<(String, String)> =
        notify.map(|value| ("notify".to_owned(), value.to_owned())).into_iter().collect();
    let recipients = letter.envelope.recipients.iter();
    let mut options = old.options.clone();
    options.push((FROM.to_owned(), taken.id().to_string()));
    if whose == Whose::Others {
        options.push((ROOTS.to_owned(), String::new()));
    }
    Ticket {
        account: plan.name.clone(),
        sender: letter.envelope.sender.as_ref().map(ToString::to_string),
        recipients: recipients
            .map(|recipient| Addressee { address: recipient.address.to_string(), options: asked.clone() })
            .collect(),
        options,
        message_id: Some(letter.message_id()).filter(|id| !id.is_empty()),
        created: old.created,
    }
}

/// Why a mail was to be held when it was queued.
pub(super) fn doubt(ticket: &Ticket) -> Option<&str> {
    one(&ticket.options, UNKNOWN)
}

/// The letter for those who are still to get a mail.
///
/// Fails with [`Error::InvalidInput`] if the time for its delivery is over, and with [`Error::State`] on a ticket that another
/// version wrote and this one does not understand.
pub(super) fn letter(taken: &Taken, now: SystemTime) -> Result<Letter> {
    let ticket = taken.ticket();
    let strange =
        |error: Error| Error::State { path: format!("the queued mail {}", taken.id()), detail: error.to_string() };
    let address = |text: &str| AddrSpec::parse(text).map_err(strange);
    let mut recipients = Vec::new();
    for (_, addressee) in taken.pending() {
        let notify = one(&addressee.options, "notify").map(Notify::parse).transpose().map_err(strange)?;
        let orcpt = one(&addressee.options, "orcpt").map(str::to_owned);
        recipients.push(Recipient { address: address(&addressee.address)?, notify, orcpt });
    }
    let sender = ticket.sender.as_deref().map(address).transpose()?;
    let kept = read_parameters(&ticket.options).map_err(strange)?;
    let parameters = later(kept, now.duration_since(ticket.created).unwrap_or_default())?;
    let body = taken.body();
    let message = Message::read(&mut body.open(), &Reading { dot: Dot::Data })?;
    let envelope = Envelope { sender, recipients, parameters };
    Ok(Letter { id: taken.id().to_string(), envelope: Arc::new(envelope), message: Arc::new(message) })
}

/// What was typed and matters later, so that it says the same from any directory.
fn typed(job: &Job<'_>) -> Result<Vec<String>> {
    let (invocation, around) = (job.setup.invocation(), job.setup.around());
    let mut words: Vec<OsString> = KEPT.iter().flat_map(|name| invocation.words_of(name)).cloned().collect();
    if !invocation.given("config")
        && let Some(path) = (around.environment)("MAILWIRE_CONFIG").filter(|path| !path.is_empty())
    {
        words.push([OsString::from("--config="), path].into_iter().collect());
    }
    words.iter().map(absolute).collect()
}

fn absolute(word: &OsString) -> Result<String> {
    let strange = || Error::InvalidInput("an option that is not UTF-8 cannot be kept in the queue".into());
    let text = word.to_str().ok_or_else(strange)?;
    let Some((option, value)) = text.split_once('=') else { return Ok(text.to_owned()) };
    let name = option.trim_start_matches('-');
    // "maildir:DIR" and the like, or a directory alone.
    let (kind, path) = match value.split_once(':') {
        Some((kind @ ("maildir" | "mbox" | "eml"), path)) if name == "save" => (format!("{kind}:"), path),
        Some(_) if name == "save" => return Ok(text.to_owned()),
        _ => (String::new(), value),
    };
    if !PATHS.contains(&name) && name != "save" || path == "-" || Path::new(path).is_absolute() {
        return Ok(text.to_owned());
    }
    let path = std::path::absolute(path).map_err(|error| Error::io("looking up this directory", error))?;
    Ok(format!("{option}={kind}{}", path.to_str().ok_or_else(strange)?))
}

fn addressee(recipient: &Recipient) -> Addressee {
    let mut options = Vec::new();
    options.extend(recipient.notify.map(|notify| ("notify".to_owned(), notify.to_string())));
    options.extend(recipient.orcpt.clone().map(|orcpt| ("orcpt".to_owned(), orcpt)));
    Addressee { address: recipient.address.to_string(), options }
}

fn parameters_kept(parameters: &Parameters) -> Vec<(String, String)> {
    let Parameters { ret, envid, auth, require_tls, by, hold, priority } = parameters;
    let hold = hold.map(|hold| hold.to_string());
    let hold = hold.and_then(|hold| hold.split_once('=').map(|(_, value)| value.to_owned()));
    let options = [
        ("ret", ret.map(|ret| ret.to_string())),
        ("envid", envid.clone()),
        ("auth", auth.as_ref().map(ToString::to_string)),
        ("require-tls", require_tls.then(String::new)),
        ("by", by.map(|by| by.to_string())),
        ("hold-for", hold),
        ("priority", priority.map(|priority| priority.to_string())),
    ];
    options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn read_parameters(options: &[(String, String)]) -> Result<Parameters> {
    Ok(Parameters {
        ret: one(options, "ret").map(Ret::parse).transpose()?,
        envid: one(options, "envid").map(parameters::envid).transpose()?,
        auth: one(options, "auth").map(AuthParameter::parse).transpose()?,
        require_tls: one(options, "require-tls").is_some(),
        by: one(options, "by").map(DeliverBy::parse).transpose()?,
        hold: one(options, "hold-for").map(Hold::parse).transpose()?,
        priority: one(options, "priority").map(parameters::priority).transpose()?,
    })
}

/// What is asked for when a mail has waited: times count from when it was queued.
fn later(parameters: Parameters, waited: Duration) -> Result<Parameters> {
    let seconds = waited.as_secs();
    let by = match parameters.by {
        Some(by) => {
            let left = by.seconds.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX));
            if left <= 0 && by.mode == ByMode::Return {
                return Err(Error::InvalidInput("the time in which it was to be delivered (--by) is over".into()));
            }
            // More digits than that cannot be said (RFC 2852 section 4).
            Some(DeliverBy { seconds: left.max(-999_999_999), ..by })
        }
        None => None,
    };
    let hold = match parameters.hold {
        Some(Hold::For(whole)) => whole.checked_sub(seconds).filter(|left| *left > 0).map(Hold::For),
        until => until,
    };
    Ok(Parameters { by, hold, ..parameters })
}

fn one<'t>(options: &'t [(String, String)], name: &str) -> Option<&'t str> {
    all(options, name).next()
}

fn all<'t>(options: &'t [(String, String)], name: &str) -> impl Iterator<Item = &'t str> {
    options.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_back() {
        let parameters = Parameters {
            ret: Some(Ret::Headers),
            envid: Some("x=1".into()),
            auth: Some(AuthParameter::Unknown),
            require_tls: true,
            by: DeliverBy::parse("2h;r").ok(),
            hold: Hold::parse("90m").ok(),
            priority: Some(-3),
        };
        assert_eq!(read_parameters(&parameters_kept(&parameters)).unwrap(), parameters);
        let until = Parameters { hold: Hold::parse("2030-01-02T03:04:05Z").ok(), ..Parameters::default() };
        assert_eq!(read_parameters(&parameters_kept(&until)).unwrap(), until);
        assert_eq!(read_parameters(&[]).unwrap(), Parameters::default());
    }

    #[test]
    fn times_go_on_in_the_queue() {
        let asked = |by: &str, hold: &str| Parameters {
            by: DeliverBy::parse(by).ok(),
            hold: Hold::parse(hold).ok(),
            ..Parameters::default()
        };
        let hour = Duration::from_secs(3600);
        let left = later(asked("2h;r", "90m"), hour).unwrap();
        assert_eq!((left.by, left.hold), (DeliverBy::parse("1h;r").ok(), Hold::parse("30m").ok()));
        assert!(later(asked("2h;r", "90m"), 2 * hour).is_err());
        let over = later(asked("2h;n", "90m"), 3 * hour).unwrap();
        assert_eq!((over.by, over.hold), (DeliverBy::parse("-3600;n").ok(), None));
    }

    #[test]
    fn paths_mean_the_same_from_anywhere() {
        let here = std::env::current_dir().unwrap();
        let kept = |word: &str| absolute(&OsString::from(word)).unwrap();
        assert_eq!(kept("--ca-file=ca.pem"), format!("--ca-file={}/ca.pem", here.display()));
        assert_eq!(kept("--save=mbox:sent"), format!("--save=mbox:{}/sent", here.display()));
        assert_eq!(kept("--save=sent"), format!("--save={}/sent", here.display()));
        assert_eq!(kept("--save-ca-file=ca"), format!("--save-ca-file={}/ca", here.display()));
        for word in ["--save=imaps://ann@h/@sent", "--save=account:work", "--save-user=a/b"] {
            assert_eq!(kept(word), word);
        }
        for word in ["--ca-file=/x", "--save=-", "--save=pipe:cat", "--user=a/b", "--no-verify", "--tunnel=nc h 25"] {
            assert_eq!(kept(word), word);
        }
    }
}
