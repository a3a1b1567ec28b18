//! What imapctl tells.

use serde_json::{Value, json};

use super::{Fields, Line, count, exit, line, one_of, probe, text, text_or_null, texts, time};
use crate::cli::output::record::imapctl::{EventKind, FolderAction, Holder};

/// The lines that only imapctl has.
pub(super) fn lines() -> Vec<Line> {
    let mut lines = listings();
    lines.extend(accounts_of_change());
    lines.extend(administration());
    lines.extend(long_runs());
    lines
}

/// What is there.
fn listings() -> Vec<Line> {
    let node = Fields::default().always("depth", count()).message().object();
    let field = Fields::default().always("name", text()).bytes("value").object();
    vec![
        line(
            "folder",
            "A folder of a listing.",
            start()
                .named("name")
                .always("delimiter", text_or_null())
                .sometimes("special_use", text())
                .always("attributes", texts())
                .sometimes("subscribed", flag())
                .always("selectable", flag())
                .counts_of()
                .sometimes("rights", text()),
        ),
        line("status", "What is known of a folder.", start().named("folder").counts_of()),
        line("message", "A message of a listing.", start().place().message()),
        line(
            "search",
            "Messages that were found in a folder. Many come in several lines: count is how many were found there so far, \
             and more tells whether another line follows.",
            start().place().always("uids", uids()).always("count", count()).always("more", flag()),
        ),
        line(
            "thread",
            "A thread. Each message stands behind the one that it answers, one depth deeper; one without uid is not in \
             the folder.",
            start().place().always("messages", json!({ "type": "array", "items": node })),
        ),
        line(
            "part",
            "A part of a message; size is in octets, encoded as it is.",
            start()
                .place()
                .always("uid", count())
                .always("section", text())
                .always("depth", count())
                .always("media_type", text())
                .sometimes("charset", text())
                .sometimes("encoding", text())
                .maybe_bytes("name")
                .sometimes("size", count())
                .sometimes("lines", count())
                .sometimes("disposition", text())
                .sometimes("content_id", text())
                .maybe_bytes("description"),
        ),
        line(
            "header",
            "The header of a message, decoded.",
            start().place().always("uid", count()).always("fields", json!({ "type": "array", "items": field })),
        ),
        line(
            "saved",
            "A message, or the part section of it, is in a file.",
            start()
                .place()
                .always("uid", count())
                .sometimes("section", text())
                .bytes("path")
                .always("octets", count())
                .maybe_bytes("name"),
        ),
        line("probe", "What a server is like.", server(probe())),
    ]
}

/// What was changed, or with dry_run would be.
fn accounts_of_change() -> Vec<Line> {
    let transferred = |kind, meaning| {
        line(
            kind,
            meaning,
            start()
                .place()
                .always("uid", count())
                .sometimes("to_account", text())
                .named("to_folder")
                .sometimes("to_uidvalidity", count())
                .sometimes("to_uid", count())
                .mode(),
        )
    };
    let removed =
        |kind, meaning| line(kind, meaning, start().place().always("uids", uids()).always("count", count()).mode());
    vec![
        line(
            "folder_change",
            "A folder was changed.",
            start()
                .always("change", one_of(&FolderAction::ALL.map(FolderAction::word)))
                .named("folder")
                .maybe_named("to")
                .sometimes("special_use", text())
                .sometimes("messages", count())
                .mode(),
        ),
        line(
            "appended",
            "A message was stored; uid is there if the server told it.",
            start()
                .place()
                .sometimes("uid", count())
                .bytes("file")
                .sometimes("number", count())
                .always("size", count())
                .always("flags", texts())
                .sometimes("replaced", count())
                .mode(),
        ),
        line(
            "flags",
            "The flags of a message were changed; flags are those it has now, if that is known.",
            start()
                .place()
                .always("uid", count())
                .sometimes("flags", texts())
                .always("added", texts())
                .always("removed", texts())
                .mode(),
        ),
        transferred("copied", "A message was copied; to_uid is there if the server told it."),
        transferred("moved", "A message was moved; to_uid is there if the server told it."),
        removed("deleted", "Messages that were named were removed for good; uids are those that are known."),
        removed("expunged", "Messages that were marked as deleted were removed; uids are those that are known."),
    ]
}

/// Rights, limits and annotations.
fn administration() -> Vec<Line> {
    vec![
        line(
            "acl",
            "Who may do what in a folder, in the letters of RFC 4314.",
            start().named("folder").always("identifier", text()).always("rights", text()),
        ),
        line(
            "acl_change",
            "An access right was changed; without rights, the identifier is no longer named.",
            start().named("folder").always("identifier", text()).always("rights", text_or_null()).mode(),
        ),
        line(
            "rights",
            "What the user, or identifier, may do in a folder; optional are the rights they can be given.",
            start()
                .named("folder")
                .sometimes("identifier", text())
                .always("rights", text())
                .sometimes("optional", texts()),
        ),
        line("quota", "A limit; usage and limit of STORAGE are in units of 1024 octets.", start().quota()),
        line(
            "quota_change",
            "A limit was changed, or lifted if limit is null; that of STORAGE is in units of 1024 octets.",
            start()
                .always("root", text())
                .always("resource", text())
                .always("limit", json!({ "type": ["integer", "null"], "minimum": 0 }))
                .mode(),
        ),
        line("metadata", "An annotation.", start().metadata()),
        line("metadata_change", "An annotation was set, or removed if value is null.", start().metadata().mode()),
    ]
}

/// What batches, shells and watches tell.
fn long_runs() -> Vec<Line> {
    let field = Fields::default().always("name", text()).bytes("value").object();
    vec![
        line("result", "A line of a batch is done.", start().always("command", text()).always("exit", exit())),
        line(
            "reply",
            "What the server said; text is all of it but for the omitted octets of large literals, fields is what was understood.",
            start()
                .always("tag", text())
                .always("status", json!({ "enum": ["ok", "no", "bad", "bye", "preauth", null] }))
                .sometimes("code", text())
                .sometimes("data", text())
                .sometimes("number", count())
                .always("fields", json!({ "type": "array", "items": field }))
                .bytes("text")
                .sometimes("omitted", count()),
        ),
        line(
            "event",
            "Something has happened in a watched folder. An event may be told again, with the same id.",
            start()
                .always("id", text())
                .always("event", one_of(&EventKind::ALL.map(EventKind::word)))
                .place()
                .message(),
        ),
    ]
}

/// What its summary tells beside.
pub(super) fn summary(fields: Fields) -> Fields {
    ["messages", "partial", "failed", "octets"].iter().fold(fields, |fields, name| fields.sometimes(name, count()))
}

/// What its errors tell beside.
pub(super) fn error(fields: Fields) -> Fields {
    fields.sometimes("line", count()).maybe_named("folder").sometimes("uid", count())
}

/// What its warnings tell beside.
pub(super) fn warning(fields: Fields) -> Fields {
    fields.sometimes("line", count())
}

/// What is told of IMAP servers beside.
fn server(fields: Fields) -> Fields {
    let array = |fields: Fields| json!({ "type": "array", "items": fields.object() });
    let pair = |name: &str, value: &str| Fields::default().always(name, text()).always(value, text());
    let namespace = Fields::default()
        .always("holder", one_of(&Holder::ALL.map(Holder::word)))
        .always("prefix", text())
        .always("delimiter", text_or_null());
    let limit = Fields::default().always("name", text()).always("value", count());
    let latency = Fields::default().always("command", text()).always("ms", json!({ "type": "number" }));
    fields
        .always("revision", text())
        .always("implied", texts())
        .always("used", texts())
        .always("namespaces", array(namespace))
        .always("special_use", array(pair("special_use", "folder")))
        .always("quota", array(Fields::default().quota()))
        .always("limits", array(limit))
        .always("id", array(pair("name", "value")))
        .always("oddities", texts())
        .always("latencies", array(latency))
}

/// What every line begins with.
fn start() -> Fields {
    Fields::default().account().sometimes(
        "line",
        json!({ "type": "integer", "minimum": 1, "description": "the line of a batch that it belongs to" }),
    )
}

impl Fields {
    fn place(self) -> Self {
        self.named("folder").sometimes("uidvalidity", count())
    }

    fn named(self, name: &str) -> Self {
        let mut fields = self.maybe_named(name);
        fields.required.push(name.into());
        fields
    }

    fn maybe_named(self, name: &str) -> Self {
        self.sometimes(name, text()).sometimes(
            &format!("{name}_base64"),
            json!({ "type": "string", "contentEncoding": "base64", "description": "the server's octets, if they are no name" }),
        )
    }

    fn maybe_bytes(self, name: &str) -> Self {
        let mut fields = self.bytes(name);
        fields.required.retain(|required| required != name);
        fields
    }

    fn mode(self) -> Self {
        self.always("dry_run", flag())
    }

    fn message(self) -> Self {
        self.sometimes("uid", count())
            .sometimes("flags", texts())
            .sometimes("date", time())
            .sometimes("internal_date", time())
            .sometimes("save_date", time())
            .sometimes("size", count())
            .sometimes("from", addresses())
            .sometimes("to", addresses())
            .sometimes("cc", addresses())
            .maybe_bytes("subject")
            .maybe_bytes("message_id")
            .sometimes("has_attachment", flag())
            .maybe_bytes("preview")
            .sometimes("email_id", text())
            .sometimes("thread_id", text())
            .sometimes("modseq", decimal())
            .sometimes("labels", texts())
            .sometimes("partial", json!({ "const": true, "description": "not all of it could be understood" }))
            .sometimes("flaws", texts())
    }

    fn counts_of(self) -> Self {
        ["messages", "unseen", "recent", "deleted", "uidnext", "uidvalidity", "size"]
            .iter()
            .fold(self, |fields, name| fields.sometimes(name, count()))
            .sometimes("highestmodseq", decimal())
            .sometimes("append_limit", count())
            .sometimes("mailbox_id", text())
    }

    fn quota(self) -> Self {
        self.always("root", text())
            .sometimes("folder", text())
            .always("resource", text())
            .always("usage", count())
            .always("limit", count())
            .always("percent", json!({ "type": "number" }))
    }

    fn metadata(self) -> Self {
        let fields = self.maybe_named("folder").always("entry", text()).bytes("value");
        fields.always("value", text_or_null())
    }
}

fn addresses() -> Value {
    json!({ "type": "array", "items": Fields::default().maybe_bytes("name").maybe_bytes("address").object() })
}

fn uids() -> Value {
    json!({ "type": "array", "items": count() })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn decimal() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+$" })
}
