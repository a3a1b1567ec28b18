//! What popfetch tells.

use super::{Fields, Line, count, exit, line, one_of, probe, text, texts, time};

/// The lines that only popfetch has.
pub(super) fn lines() -> Vec<Line> {
    let fields = Fields::default;
    vec![
        line("delivered", "A message was delivered and is safe.", fields().mail().always("target", text())),
        line("deleted", "A message was deleted on the server.", fields().mail()),
        line("skipped", "A message was not fetched.", fields().mail().always("reason", text())),
        line(
            "planned",
            "What a dry run would do with a message.",
            fields()
                .mail()
                .always("action", one_of(&["fetch", "fetch-and-delete", "delete", "skip"]))
                .always("reason", text()),
        ),
        line(
            "session",
            "An account's session is over.",
            fields()
                .account()
                .always("host", text())
                .counts(|fields, name| fields.always(name, count()))
                .always("exit", exit()),
        ),
        line(
            "message",
            "A message of a listing.",
            fields()
                .mail()
                .always("state", text())
                .sometimes("from", text())
                .sometimes("date", time())
                .sometimes("subject", text()),
        ),
        line(
            "remembered",
            "A message that is remembered.",
            fields()
                .mail()
                .always("ordinal", count())
                .always("state", text())
                .always("reason", text())
                .always("first_seen", time())
                .sometimes("absent_since", time()),
        ),
        line(
            "changed",
            "What is remembered was changed.",
            fields()
                .account()
                .always("change", one_of(&["marked-seen", "forgotten", "imported"]))
                .always("messages", count()),
        ),
        line(
            "probe",
            "What a server is like.",
            probe().always("languages", texts()).sometimes("messages", count()).sometimes("octets", count()),
        ),
        line(
            "reply",
            "A server's answer to a command.",
            fields()
                .account()
                .always("command", text())
                .always("status", one_of(&["ok", "err"]))
                .always("text", text()),
        ),
        line("line", "A line of the data that follows an answer.", fields().account().bytes("text")),
    ]
}

impl Fields {
    fn mail(self) -> Self {
        self.account().bytes("uidl").sometimes("number", count()).sometimes("size", count())
    }

    fn counts(self, put: impl Fn(Self, &str) -> Self) -> Self {
        ["fetched", "deleted", "skipped", "failed", "octets"].into_iter().fold(self, put)
    }
}

/// What its summary tells beside.
pub(super) fn summary(fields: Fields) -> Fields {
    fields.counts(|fields, name| fields.sometimes(name, count()))
}

/// What its errors tell beside.
pub(super) fn error(fields: Fields) -> Fields {
    fields
        .sometimes("uidl", text())
        .sometimes("uidl_base64", text())
        .sometimes("number", count())
        .sometimes("size", count())
}
