//! `imapctl raw`: commands of the protocol as they stand, one from the command line or many from a shell.
//!
//! Tags are the program's own. Every response is told as it came and as it was understood; a refusal is an answer.

mod completion;
mod editor;
mod listener;
mod typed;
mod view;

use std::time::{Duration, Instant};

use super::job::Job;
use super::visit::Visit;
use crate::cli::args::imapctl::{FolderName, RawArgs};
use crate::cli::exit::{Exit, Failure};
use crate::error::{Error, Result};
use crate::imap::grammar::Data;
use crate::imap::session::{ListReturn, Listen, Selecting};
use crate::imap::verbatim::{Needs, VERBS, Verb};
use crate::imap::{Access, Piece, Session, Verbatim};
use editor::{Editor, Input};
use listener::Listener;
use typed::Typed;

/// How long one IDLE lasts at most: servers hang up after half an hour (RFC 2177).
const IDLE: Duration = Duration::from_secs(25 * 60);

/// How often a person who may have had enough of IDLE is looked for.
const GLANCE: Duration = Duration::from_millis(200);

/// How many mailboxes are completed.
const MAX_MAILBOXES: usize = 10_000;

pub(super) fn run(args: &RawArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    match args.command.as_slice() {
        [] => shell(args, visit, job),
        words => one(&words.join(" "), args.folder.as_ref(), visit, job),
    }
}

/// One command. What needs a mailbox gets the folder, INBOX if none is named: to look at, unless the command changes it. It is
/// opened in the flight of the login.
fn one(line: &str, folder: Option<&FolderName>, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    let verb = Verb::of(line);
    if verb.is_some_and(|verb| verb.name == "LOGIN") {
        let text = "LOGIN is not for a command line, which others can read; the login is done already";
        return Err(Failure::usage(text));
    }
    let written = Verbatim::new(&[Piece::Text(line.to_owned())]).map_err(|error| match error {
        Error::InvalidInput(text) => Failure::usage(text),
        error => error.into(),
    })?;
    let inbox = FolderName::parse("INBOX").ok();
    let access = match verb.map(|verb| verb.needs) {
        Some(Needs::Changes) => Some(Access::ReadWrite),
        Some(Needs::Mailbox) => Some(Access::ReadOnly),
        // Where the server, not the command, wants one: NOTIFY, IDLE, or what is not known here.
        _ => folder.map(|_| Access::ReadOnly),
    };
    match (folder.or(inbox.as_ref()), access) {
        (Some(folder), Some(access)) => {
            visit.open(job, folder, access, None)?;
        }
        _ => {
            visit.session(job)?;
        }
    }
    visit.tell_alerts(job);
    let mut listener = Listener::new(job);
    match is_idle(&written) {
        false => say(&written, visit, job, &mut listener).map_err(Failure::from),
        true => idle(visit, job, &mut listener, &mut || Ok(None)).map(|(exit, _)| exit).map_err(Failure::from),
    }
}

/// Commands as they are typed, until LOGOUT or the end of the input.
fn shell(args: &RawArgs, visit: &mut Visit, job: &Job<'_>) -> Result<Exit, Failure> {
    if let Some(folder) = &args.folder {
        let failed = visit.open(job, folder, Access::ReadWrite, None).err();
        match failed {
            None => {}
            // It is open, if only to be looked at.
            Some(failure) if is_open(visit, job)? => job.warn(&failure.error.to_string()),
            Some(failure) => return Err(failure),
        }
    }
    let session = visit.session(job)?;
    let commands = commands(session);
    visit.tell_alerts(job);
    let timeouts = job.plan.server.timeouts.clone();
    let mut editor = Editor::open(commands, job.plan.state_dir.as_deref(), timeouts)?;
    let prompt = if editor.is_interactive() { "imap> " } else { "" };
    let mut exits = Vec::new();
    while !job.output().is_closed() {
        let pieces = match typed::command(&mut editor, prompt, &mut || mailboxes(visit, job)) {
            Ok(Typed::Command(pieces)) => pieces,
            Ok(Typed::Nothing) => continue,
            Ok(Typed::End) => break,
            // Who sits there can say it better; of a script nobody knows where its next command begins.
            Err(error @ Error::InvalidInput(_)) if editor.is_interactive() => {
                exits.push(job.fault(error, None, None));
                // What was pasted behind it may be the rest of a message, and no commands.
                match editor.pass_over(prompt)? {
                    Input::End => break,
                    _ => continue,
                }
            }
            Err(error) => return Err(error.into()),
        };
        let written = match Verbatim::new(&pieces).and_then(|written| may_be_said(written, visit.session(job)?)) {
            Ok(written) => written,
            // The server has not heard of it: the next command may be better.
            Err(error) if !error.is_fatal_to_session() => {
                exits.push(job.fault(error, None, None));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut listener = Listener::new(job);
        if is_idle(&written) {
            let (exit, ended) = idle(visit, job, &mut listener, &mut || editor.poll("(Enter ends IDLE) "))?;
            exits.push(exit);
            match ended {
                // A script that has no DONE of its own goes on with its next command.
                Some(Input::Line(line)) if !line.trim().is_empty() && !line.trim().eq_ignore_ascii_case("DONE") => {
                    editor.unread(line);
                }
                Some(Input::End) => break,
                _ => {}
            }
            continue;
        }
        exits.push(say(&written, visit, job, &mut listener)?);
        if written.verb().is_some_and(|verb| verb.name == "LOGOUT") {
            break;
        }
    }
    Ok(Exit::combine(exits))
}

/// Sends a command and tells what comes.
fn say(written: &Verbatim, visit: &mut Visit, job: &Job<'_>, listener: &mut Listener<'_, '_>) -> Result<Exit> {
    let session = visit.session(job)?;
    let refused = session.verbatim(written, listener)?;
    // Alerts stand among the responses.
    session.take_alerts();
    Ok(refused.map_or(Exit::OK, |rejection| Exit::of(&Error::Rejected(rejection))))
}

/// Tells what happens until `enough` has something, or until the server has enough of it.
fn idle(
    visit: &mut Visit,
    job: &Job<'_>,
    listener: &mut Listener<'_, '_>,
    enough: &mut dyn FnMut() -> Result<Option<Input>>,
) -> Result<(Exit, Option<Input>)> {
    loop {
        let began = Instant::now();
        let mut ended = Ok(None);
        let session = visit.session(job)?;
        let idled = session.idle(IDLE, listener, &mut |_| {
            ended = enough();
            match (&ended, job.output().is_closed()) {
                (Ok(None), false) => Listen::For(GLANCE),
                _ => Listen::Enough,
            }
        });
        session.take_alerts();
        match idled {
            Ok(()) => {}
            Err(Error::Rejected(rejection)) => return Ok((Exit::of(&Error::Rejected(rejection)), None)),
            Err(error) => return Err(error),
        }
        match ended? {
            None if began.elapsed() >= IDLE && !job.output().is_closed() => {}
            ended => return Ok((Exit::OK, ended)),
        }
    }
}

fn is_idle(written: &Verbatim) -> bool {
    written.verb().is_some_and(|verb| verb.name == "IDLE")
}

fn is_open(visit: &mut Visit, job: &Job<'_>) -> Result<bool> {
    Ok(visit.is_connected() && visit.session(job)?.selection().is_some())
}

/// A password is not typed into a connection that others can read.
fn may_be_said<State>(written: Verbatim, session: &Session<State>) -> Result<Verbatim> {
    let is_login = written.verb().is_some_and(|verb| verb.name == "LOGIN");
    match is_login && session.tls().is_none() && !session.is_private() {
        true => Err(Error::InvalidInput("LOGIN would send the password in clear: connect with TLS".into())),
        false => Ok(written),
    }
}

/// The commands that the server has.
fn commands<State>(session: &Session<State>) -> Vec<String> {
    let offered = |verb: &&Verb| session.capabilities().is_none_or(|capabilities| verb.is_offered(capabilities));
    VERBS.iter().filter(offered).map(|verb| verb.name.to_owned()).collect()
}

/// The mailboxes by their names on the wire; none if they cannot be had, which the next command tells of.
fn mailboxes(visit: &mut Visit, job: &Job<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(session) = visit.session(job) else { return names };
    let encoding = session.names();
    let _ = session.list("*", Selecting::Present, &ListReturn::default(), &mut |data: &Data<'_>| {
        if let Data::List(entry) = data
            && names.len() < MAX_MAILBOXES
            && let Ok(name) = String::from_utf8(entry.mailbox.to_wire(encoding))
        {
            names.push(name);
        }
        Ok(())
    });
    names
}
