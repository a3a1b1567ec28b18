//! What smtpsend tells.

use serde_json::{Value, json};

use super::{Fields, Line, count, exit, line, one_of, probe, text, text_or_null, texts, time};

/// The lines that only smtpsend has.
pub(super) fn lines() -> Vec<Line> {
    let fields = Fields::default;
    vec![
        line(
            "recipient",
            "What became of a message for one recipient.",
            fields()
                .which()
                .always("address", text())
                .always("status", one_of(&["accepted", "refused", "deferred", "unsent", "unknown"]))
                .always("stage", text_or_null())
                .always("code", code_or_null())
                .always("enhanced", text_or_null())
                .always("text", text())
                .sometimes("queue_id", text())
                .always("exit", exit()),
        ),
        line(
            "message",
            "What became of a message; the counts are of recipients. An empty sender is that of notifications.",
            fields()
                .which()
                .always("sender", text())
                .sometimes("size", count())
                .counted(&["recipients", "accepted", "refused", "deferred", "unsent", "unknown"])
                .always("queue_ids", texts())
                .sometimes("queued", text())
                .always("timings_ms", timings())
                .always("exit", exit()),
        ),
        line("queued", "A message is in the queue, and safe there.", fields().queued()),
        line(
            "entry",
            "A message of the queue.",
            fields()
                .queued()
                .always("state", text())
                .always("created", time())
                .always("tries", count())
                .always("reason", text())
                .sometimes("owner", text())
                .sometimes("next_try", time()),
        ),
        line("removed", "A message was removed from the queue.", fields().always("id", text())),
        line(
            "route",
            "Where mail for an address would go.",
            fields()
                .always("address", text())
                .always("deliverable", json!({ "type": "boolean" }))
                .sometimes("account", text())
                .sometimes("server", text())
                .sometimes("recipients", texts())
                .sometimes("reason", text()),
        ),
        line(
            "planned",
            "What a dry run would do with a message; its content follows.",
            fields()
                .account()
                .always("why", text())
                .always("server", text())
                .always("security", one_of(&["tls", "starttls", "plain", "opportunistic"]))
                .sometimes("user", text())
                .sometimes("id", text())
                .sometimes("message_id", text())
                .always("sender", text())
                .always("recipients", texts())
                .always("parameters", texts())
                .always("size", count()),
        ),
        line(
            "content",
            "A message as it would be sent, or the next piece of it.",
            fields().account().always("base64", json!({ "type": "string", "contentEncoding": "base64" })),
        ),
        line(
            "probe",
            "What a server is like.",
            probe()
                .always("dialect", one_of(&["esmtp", "smtp", "lmtp"]))
                .sometimes("size", count())
                .sometimes("mail_max", count())
                .sometimes("rcpt_max", count())
                .sometimes("rcpt_domain_max", count()),
        ),
        line(
            "reply",
            "A server's answer to a verb.",
            fields()
                .account()
                .always("command", text())
                .always("code", count())
                .always("enhanced", text_or_null())
                .always("text", text())
                .always("lines", texts()),
        ),
        line(
            "script",
            "A piece of a script's conversation.",
            fields()
                .account()
                .always("direction", one_of(&["sent", "received"]))
                .always("octets", count())
                .bytes("text"),
        ),
    ]
}

/// What its summary tells beside: how many messages, and what became of their recipients.
pub(super) fn summary(fields: Fields) -> Fields {
    ["messages", "queued", "recipients", "accepted", "refused", "deferred", "unsent", "unknown", "octets"]
        .iter()
        .fold(fields, |fields, name| fields.sometimes(name, count()))
}

/// What its errors tell beside.
pub(super) fn error(fields: Fields) -> Fields {
    fields.sometimes("id", text()).sometimes("message_id", text()).sometimes("recipients", texts())
}

impl Fields {
    fn which(self) -> Self {
        self.account().sometimes("id", text()).sometimes("message_id", text())
    }

    fn queued(self) -> Self {
        self.account()
            .always("id", text())
            .sometimes("message_id", text())
            .always("sender", text())
            .always("recipients", texts())
            .always("size", count())
    }

    fn counted(self, names: &[&str]) -> Self {
        names.iter().fold(self, |fields, name| fields.always(name, count()))
    }
}

fn timings() -> Value {
    let milliseconds = || json!({ "type": "number" });
    ["connect", "tls", "greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"]
        .iter()
        .fold(Fields::default(), |fields, name| fields.sometimes(name, milliseconds()))
        .object()
}

fn code_or_null() -> Value {
    json!({ "type": ["integer", "null"], "minimum": 200, "maximum": 599 })
}
