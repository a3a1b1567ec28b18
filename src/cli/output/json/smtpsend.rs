//! What smtpsend tells.

use std::time::Duration;

use super::object::Object;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{
    Complaint, Destination, Direction, Entry, MessageResult, PlannedSend, Queued, RecipientResult, Record, Route,
    Stages, Tally,
};
use crate::cli::verdict::{Status, Verdict};
use crate::error::Error;

/// Lines of smtpsend's; `None` for what only others say.
pub(super) fn lines(record: &Record<'_>) -> Option<String> {
    Some(match record {
        Record::Message(message) => message_lines(message),
        Record::Queued(queued) => Object::typed("queued").queued(queued).line(),
        Record::Entry(entry) => entry_line(entry),
        Record::Removed(removed) => Object::typed("removed").text("id", removed.id).line(),
        Record::Route(route) => route_line(route),
        Record::PlannedSend(planned) => planned_line(planned),
        Record::Content(content) => {
            Object::typed("content").text("account", content.account).base64("base64", content.octets).line()
        }
        Record::Answer(reply) => Object::typed("reply")
            .text("account", reply.account)
            .text("command", reply.command)
            .number("code", reply.code.into())
            .text_or_null("enhanced", reply.enhanced)
            .text("text", &reply.lines.join(" "))
            .texts("lines", reply.lines)
            .line(),
        Record::Script(script) => {
            let direction = if script.direction == Direction::Sent { "sent" } else { "received" };
            Object::typed("script")
                .text("account", script.account)
                .text("direction", direction)
                .number("octets", script.octets.len() as u64)
                .bytes("text", script.octets)
                .line()
        }
        _ => return None,
    })
}

/// The recipients, what is to be complained of, and the message as a whole.
fn message_lines(message: &MessageResult) -> String {
    let mut lines: Vec<String> =
        message.recipients.iter().map(|recipient| recipient_line(message, recipient)).collect();
    let trouble = message.trouble.as_ref().filter(|_| message.queued.is_none());
    lines.extend(trouble.map(|(error, advice)| trouble_line(message, error, advice.as_deref())));
    lines.extend(message.complaints().iter().map(|complaint| complaint_line(message, complaint)));
    let mut object = Object::typed("message").which(message).text("sender", message.sender.as_deref().unwrap_or(""));
    if let Some(size) = message.size {
        object = object.number("size", size);
    }
    object = object.number("recipients", message.recipients.len() as u64);
    for status in [Status::Accepted, Status::Refused, Status::Deferred, Status::Unsent, Status::Unknown] {
        object = object.number(status.word(), message.count(status));
    }
    object = object.texts("queue_ids", &message.queue_ids()).maybe("queued", message.queued.as_deref());
    lines.push(object.object("timings_ms", timings(message)).exit(message.exit()).line());
    lines.concat()
}

fn recipient_line(message: &MessageResult, recipient: &RecipientResult) -> String {
    let RecipientResult { address, verdict, .. } = recipient;
    Object::typed("recipient")
        .which(message)
        .text("address", address)
        .text("status", verdict.status().word())
        .text_or_null("stage", verdict.stage().as_deref())
        .number_or_null("code", verdict.code().map(u64::from))
        .text_or_null("enhanced", verdict.enhanced())
        .text("text", &verdict.words())
        .maybe("queue_id", verdict.queue_id())
        .exit(verdict.exit())
        .line()
}

fn complaint_line(message: &MessageResult, complaint: &Complaint<'_>) -> String {
    let verdict = complaint.verdict;
    let kind = match verdict {
        Verdict::Accepted(_) | Verdict::Refused(_) => "rejected",
        Verdict::Unsent(error) => Failure::kind_of(error),
        Verdict::Unknown(_) => "unknown",
    };
    Object::typed("error")
        .which(message)
        .texts("recipients", &complaint.recipients)
        .text("kind", kind)
        .text_or_null("stage", verdict.stage().as_deref())
        .exit(verdict.exit())
        .text("message", &complaint.text())
        .maybe("advice", complaint.advice)
        .server(verdict.rejection())
        .line()
}

fn trouble_line(message: &MessageResult, error: &Error, advice: Option<&str>) -> String {
    let rejection = match error {
        Error::Authentication(rejection) | Error::Rejected(rejection) => Some(rejection),
        _ => None,
    };
    Object::typed("error")
        .which(message)
        .text("kind", Failure::kind_of(error))
        .text_or_null("stage", Failure::stage_of(error).as_deref())
        .exit(Exit::of(error))
        .text("message", &error.to_string())
        .maybe("advice", advice)
        .server(rejection)
        .line()
}

fn entry_line(entry: &Entry<'_>) -> String {
    let mut object = Object::typed("entry")
        .queued(&entry.message)
        .text("state", entry.state)
        .time("created", entry.created)
        .number("tries", entry.tries.into())
        .text("reason", entry.reason)
        .maybe("owner", entry.owner);
    if let Some(next) = entry.next_try {
        object = object.time("next_try", next);
    }
    object.line()
}

fn route_line(route: &Route<'_>) -> String {
    let object = Object::typed("route").text("address", route.address);
    match route.to {
        Destination::Server { account, server, recipients } => object
            .flag("deliverable", true)
            .text("account", account)
            .text("server", server)
            .texts("recipients", recipients)
            .line(),
        Destination::Nowhere(why) => object.flag("deliverable", false).text("reason", why).line(),
    }
}

fn planned_line(planned: &PlannedSend<'_>) -> String {
    Object::typed("planned")
        .text("account", planned.account)
        .text("why", planned.why)
        .text("server", planned.server)
        .text("security", planned.security)
        .maybe("user", planned.user)
        .maybe("id", planned.id)
        .maybe("message_id", planned.message_id)
        .text("sender", planned.sender.unwrap_or(""))
        .texts("recipients", planned.recipients)
        .texts("parameters", planned.parameters)
        .number("size", planned.size)
        .line()
}

/// By the names of the stages: those of the connection only where it was made for this message.
fn timings(message: &MessageResult) -> Object {
    let Stages { mail, rcpt, data, dot } = message.stages;
    let connection = message.connection.as_ref();
    let named = [
        ("connect", connection.map(|timings| timings.connect)),
        ("tls", connection.and_then(|timings| timings.tls)),
        ("greeting", connection.map(|timings| timings.greeting)),
        ("ehlo", connection.map(|timings| timings.capabilities)),
        ("auth", connection.and_then(|timings| timings.login)),
        ("mail", mail),
        ("rcpt", rcpt),
        ("data", data),
        ("dot", dot),
    ];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    named.into_iter().fold(Object::plain(), |object, (name, time)| match time {
        Some(time) => object.float(name, milliseconds(time)),
        None => object,
    })
}

impl Object {
    /// Which message of which account.
    fn which(self, message: &MessageResult) -> Self {
        self.text("account", &message.account)
            .maybe("id", message.id.as_deref())
            .maybe("message_id", message.message_id.as_deref())
    }

    fn queued(self, queued: &Queued<'_>) -> Self {
        self.text("account", queued.account)
            .text("id", queued.id)
            .maybe("message_id", queued.message_id)
            .text("sender", queued.sender.unwrap_or(""))
            .texts("recipients", queued.recipients)
            .number("size", queued.size)
    }

    fn exit(self, exit: Exit) -> Self {
        self.number("exit", exit.code().into())
    }

    pub(super) fn tally(self, tally: &Tally) -> Self {
        self.number("messages", tally.messages)
            .number("queued", tally.queued)
            .number("recipients", tally.recipients)
            .number("accepted", tally.accepted)
            .number("refused", tally.refused)
            .number("deferred", tally.deferred)
            .number("unsent", tally.unsent)
            .number("unknown", tally.unknown)
            .number("octets", tally.octets)
    }
}
