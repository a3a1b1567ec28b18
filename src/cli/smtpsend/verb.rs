//! `--verb`: commands such as VRFY, each with its reply.

use super::connect::{self, Manners};
use super::draft::Draft;
use super::job::Job;
use super::plan::Plan;
use crate::cli::account::Access;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Record;
use crate::cli::output::record::VerbReply;
use crate::cli::verdict::Verdict;
use crate::error::{Error, Result};
use crate::smtp::{Class, Reply, Session};
use crate::text::sanitize;

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let commands = &job.setup.args.debug.verb;
    for command in commands {
        Session::check_verb(command.as_bytes()).map_err(|error| Failure::usage(format!("--verb: {error}")))?;
    }
    let plan = job.setup.plan(Draft::Options.sender(&job.setup.args).as_ref())?;
    let told = ask(job, &plan, commands);
    job.visited(&plan, told).map_err(|failure| job.explained(failure, &plan))
}

fn ask(job: &Job<'_>, plan: &Plan, commands: &[String]) -> Result<Exit, Failure> {
    let access = Access::prepare(&plan.server, job.transcript(plan)?, job.output())?;
    let mut session = connect::open(&access, &Manners::of(&plan.args))?.session;
    let mut exits = Vec::new();
    for command in commands {
        let reply = match session.verb(command.as_bytes()) {
            Ok(reply) => reply,
            Err(error) => {
                end(session, &error);
                return Err(error.into());
            }
        };
        tell(job, plan, &access, command, &reply);
        exits.push(exit(word(command), &reply));
        if word(command).eq_ignore_ascii_case("QUIT") {
            session.abandon("the session has ended");
            return Ok(Exit::combine(exits));
        }
        if job.output().is_closed() {
            break;
        }
    }
    drop(session.quit());
    Ok(Exit::combine(exits))
}

/// A reply as a result.
pub(super) fn tell(job: &Job<'_>, plan: &Plan, access: &Access, command: &str, reply: &Reply) {
    let lines: Vec<String> = reply.lines.iter().map(|line| sanitize(line)).collect();
    let command = sanitize(&access.transcript().masker().mask(command.as_bytes()));
    let enhanced = reply.enhanced.map(|enhanced| enhanced.to_string());
    job.output().record(&Record::Answer(VerbReply {
        account: &plan.server.account,
        command: &command,
        code: reply.code,
        enhanced: enhanced.as_deref(),
        lines: &lines,
    }));
}

/// After what could not be sent, the session is as it was; after everything else nobody knows.
pub(super) fn end(session: Session, error: &Error) {
    match error.is_fatal_to_session() {
        true => session.abandon("the session has ended"),
        false => session.leave(),
    }
}

/// 2yz is 0 and 4yz 75. A 5yz says of VRFY and EXPN that there is nobody of that name (67), as RCPT's does, or that a login is
/// needed (77), or else that the server does not do it (69).
fn exit(word: &str, reply: &Reply) -> Exit {
    match reply.class() {
        Class::Positive2 | Class::Intermediate3 => return Exit::OK,
        Class::Transient4 => return Exit::TEMPORARY,
        Class::Permanent5 => {}
    }
    let asks_for_somebody = ["VRFY", "EXPN"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
    let refusal = Verdict::Refused(reply.rejection("RCPT"));
    match reply.code {
        530 => Exit::NO_PERMISSION,
        _ if asks_for_somebody && refusal.is_unknown_recipient() => Exit::NO_USER,
        _ => Exit::UNAVAILABLE,
    }
}

fn word(command: &str) -> &str {
    command.split_ascii_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_decides_the_exit() {
        let reply = |code, text: &str| Reply::new(code, vec![text.as_bytes().to_vec()]);
        for (command, code, text, expected) in [
            ("VRFY ann", 250, "Ann <ann@x>", 0),
            ("VRFY ann", 252, "2.0.0 perhaps", 0),
            ("VRFY ann", 550, "no such user", 67),
            ("expn all", 550, "5.1.1 no such list", 67),
            ("VRFY ann", 550, "5.7.1 no", 69),
            ("VRFY ann", 502, "5.5.1 disabled", 69),
            ("VRFY ann", 530, "5.7.0 log in", 77),
            ("VRFY ann", 450, "later", 75),
            ("NOOP", 550, "no", 69),
            ("ETRN x", 458, "cannot", 75),
            ("HELP", 214, "help", 0),
        ] {
            assert_eq!(exit(word(command), &reply(code, text)).code(), expected, "{command}: {code} {text}");
        }
    }
}
