//! What many commands and long watches tell.

use super::super::object::Object;
use super::start;
use crate::cli::output::record::imapctl::{CommandResult, Event, Fault, Reply, Told};

pub(super) fn result(told: &Told<'_>, result: &CommandResult<'_>) -> Object {
    start(told, "result").text("command", result.command).number("exit", result.exit.code().into())
}

pub(super) fn reply(told: &Told<'_>, reply: &Reply<'_>) -> Object {
    let fields = reply.fields.iter().map(|field| Object::plain().text("name", field.name).bytes("value", field.value));
    start(told, "reply")
        .text("tag", reply.tag)
        .text_or_null("status", reply.status)
        .maybe("code", reply.code)
        .maybe("data", reply.data)
        .count("number", reply.number)
        .objects("fields", fields.collect())
        .bytes("text", reply.octets)
        .count("omitted", Some(reply.omitted).filter(|octets| *octets > 0))
}

pub(super) fn event(told: &Told<'_>, event: &Event<'_>) -> Object {
    start(told, "event")
        .text("id", event.id)
        .text("event", event.kind.word())
        .place(&event.message.place)
        .message(event.message)
}

/// As every program tells a failure, with what imapctl knows beside.
pub(super) fn fault(told: &Told<'_>, fault: &Fault<'_>) -> Object {
    let object = start(told, "error");
    let object = fault.folder.iter().fold(object, |object, folder| object.named("folder", folder));
    object.count("uid", fault.uid).failure(fault.failure)
}
