//! What popfetch tells.

use super::object::Object;
use crate::cli::output::record::{Action, Counts, Header, Mail, Record, Status};

/// A line of popfetch's; `None` for what only others say.
pub(super) fn line(record: &Record<'_>) -> Option<String> {
    Some(match record {
        Record::Delivered(delivered) => {
            Object::typed("delivered").mail(&delivered.mail).text("target", delivered.target).line()
        }
        Record::Deleted(mail) => Object::typed("deleted").mail(mail).line(),
        Record::Skipped(skipped) => Object::typed("skipped").mail(&skipped.mail).text("reason", skipped.reason).line(),
        Record::Planned(planned) => {
            let action = match planned.action {
                Action::Fetch => "fetch",
                Action::FetchAndDelete => "fetch-and-delete",
                Action::Delete => "delete",
                Action::Skip => "skip",
            };
            Object::typed("planned").mail(&planned.mail).text("action", action).text("reason", planned.reason).line()
        }
        Record::Session(session) => Object::typed("session")
            .text("account", session.account)
            .text("host", session.host)
            .counts(&session.counts)
            .number("exit", session.exit.code().into())
            .line(),
        Record::Row(row) => {
            let object = Object::typed("message").mail(&row.mail).text("state", row.state);
            match row.header {
                None => object.line(),
                Some(Header { from, date, subject }) => {
                    let object = object.text("from", from);
                    let object = date.into_iter().fold(object, |object, date| object.time("date", date));
                    object.text("subject", subject).line()
                }
            }
        }
        Record::Remembered(entry) => {
            let object = Object::typed("remembered")
                .mail(&entry.mail)
                .number("ordinal", entry.ordinal.into())
                .text("state", entry.state)
                .text("reason", entry.reason)
                .time("first_seen", entry.first_seen);
            entry.absent_since.into_iter().fold(object, |object, since| object.time("absent_since", since)).line()
        }
        Record::Changed(changed) => Object::typed("changed")
            .text("account", changed.account)
            .text("change", changed.change.word())
            .number("messages", changed.messages)
            .line(),
        Record::Reply(reply) => Object::typed("reply")
            .text("account", reply.account)
            .text("command", reply.command)
            .text("status", if reply.status == Status::Ok { "ok" } else { "err" })
            .text("text", reply.text)
            .line(),
        Record::Line(line) => Object::typed("line").text("account", line.account).bytes("text", line.text).line(),
        _ => return None,
    })
}

impl Object {
    pub(super) fn mail(self, mail: &Mail<'_>) -> Self {
        let mut object = self.text("account", mail.account).bytes("uidl", mail.uidl);
        if let Some(number) = mail.number {
            object = object.number("number", number.value().into());
        }
        match mail.size {
            Some(size) => object.number("size", size),
            None => object,
        }
    }

    pub(super) fn counts(self, counts: &Counts) -> Self {
        self.number("fetched", counts.fetched)
            .number("deleted", counts.deleted)
            .number("skipped", counts.skipped)
            .number("failed", counts.failed)
            .number("octets", counts.octets)
    }
}
