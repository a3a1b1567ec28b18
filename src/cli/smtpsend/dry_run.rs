//! `--dry-run`: what would be sent, to whom and by which server, with nothing connected to.

use std::io::Read as _;

use super::job::{self, Job};
use super::letter::{Finish, Letter};
use super::plan::Plan;
use super::send;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Record;
use crate::cli::output::record::{Content as Piece, PlannedSend};
use crate::error::{Error, Result};
use crate::smtp::{Capabilities, Content, Declared, Envelope, Parameters, Recipient, command};

/// How much of a message is told at once.
const PIECE: usize = 48 * 1024;

pub(super) fn run(job: &Job<'_>) -> Result<Exit, Failure> {
    let (plan, letter) = send::read(job)?;
    let shown = job::finish(&plan).and_then(|finish| Ok(show(job, &plan, &finish, &letter, None)?));
    shown.map_err(|failure| job.explained(failure, &plan))?;
    Ok(Exit::OK)
}

/// Tells what would become of a letter, and its octets as a server would get them that takes 8-bit text: what one that does not
/// would need is known only then. `id` names it where there are several; `finish` is [`job::finish`]'s.
pub(super) fn show(job: &Job<'_>, plan: &Plan, finish: &Finish, letter: &Letter, id: Option<&str>) -> Result<()> {
    let content = finish.apply(&letter.message, &usual())?;
    let endpoint = &plan.server.endpoint;
    let recipients: Vec<String> =
        letter.envelope.recipients.iter().map(|recipient| recipient.address.to_string()).collect();
    let sender = letter.envelope.sender.as_ref().map(ToString::to_string);
    let message_id = letter.message_id();
    job.output().record(&Record::PlannedSend(PlannedSend {
        account: &plan.server.account,
        why: &why(plan),
        server: &endpoint.address.to_string(),
        security: endpoint.security.name(),
        user: plan.server.user.as_deref(),
        id,
        message_id: Some(message_id.as_str()).filter(|id| !id.is_empty()),
        sender: sender.as_deref(),
        recipients: &recipients,
        parameters: &parameters(&letter.envelope, &*content)?,
        size: content.size(),
    }));
    tell(job, plan, &*content)
}

/// What a server of today takes.
fn usual() -> Capabilities {
    Capabilities { eight_bit_mime: true, smtputf8: true, ..Capabilities::default() }
}

/// Why this account, as its plan notes it.
fn why(plan: &Plan) -> String {
    let front = format!("account {}: ", plan.server.account);
    plan.notes.iter().find_map(|note| note.strip_prefix(&front)).unwrap_or_default().to_owned()
}

/// What MAIL and RCPT would have behind the addresses, for a server that offers all of it: each once.
fn parameters(envelope: &Envelope, content: &dyn Content) -> Result<Vec<String>> {
    let utf8 = content.needs_smtputf8() || envelope.needs_smtputf8();
    let declared = Declared { utf8, ..Declared::default() };
    let mut found: Vec<String> = utf8.then(|| "SMTPUTF8".to_owned()).into_iter().collect();
    let mut add = |line: &str, bare: &str| {
        for parameter in line.strip_prefix(bare).unwrap_or_default().split_ascii_whitespace() {
            if !found.iter().any(|known| known == parameter) {
                found.push(parameter.to_owned());
            }
        }
    };
    let bare = Envelope { parameters: Parameters::default(), ..envelope.clone() };
    add(&command::mail_from(envelope, &declared)?, &command::mail_from(&bare, &declared)?);
    for recipient in &envelope.recipients {
        let bare = Recipient::new(recipient.address.clone());
        add(&command::rcpt_to(recipient, &declared)?, &command::rcpt_to(&bare, &declared)?);
    }
    Ok(found)
}

fn tell(job: &Job<'_>, plan: &Plan, content: &dyn Content) -> Result<()> {
    let mut input = content.open()?;
    let mut piece = Vec::with_capacity(PIECE);
    while !job.output().is_closed() {
        piece.clear();
        let read = input.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        if read.map_err(|error| Error::io("reading the message", error))? == 0 {
            break;
        }
        job.output().record(&Record::Content(Piece { account: &plan.server.account, octets: &piece }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr_spec::AddrSpec;
    use crate::smtp::{AuthParameter, Notify, Octets, Ret};

    #[test]
    fn parameters_are_told_as_they_are_sent() {
        let to = |text: &str| Recipient {
            notify: Notify::parse("never").ok(),
            ..Recipient::new(AddrSpec::parse(text).unwrap())
        };
        let envelope = Envelope {
            sender: Some(AddrSpec::parse("\"a> RET=FULL\"@x.example").unwrap()),
            recipients: vec![to("b@x.example"), to("c@x.example")],
            parameters: Parameters {
                ret: Ret::parse("hdrs").ok(),
                auth: AuthParameter::parse("<>").ok(),
                ..Parameters::default()
            },
        };
        let content = Octets::new(b"a: b\r\n\r\n".to_vec());
        assert_eq!(parameters(&envelope, &content).unwrap(), ["RET=HDRS", "AUTH=<>", "NOTIFY=NEVER"]);
    }
}
