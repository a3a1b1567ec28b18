//! The JSON Schema of the lines that `--json` prints.

use serde_json::{Map, Value, json};

use super::Program;

/// The schema of a program's lines, in JSON Schema 2020-12.
pub fn schema(program: Program) -> Value {
    let lines: Vec<Value> = lines().into_iter().map(|line| line.schema()).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("A line of {} --json", program.name()),
        "description": "Each line is one object. The last one is the summary. A text that is not UTF-8 has U+FFFD where \
            it is not, and all of it in NAME_base64.",
        "oneOf": lines,
    })
}

/// A kind of line.
struct Line {
    kind: &'static str,
    meaning: &'static str,
    fields: Fields,
}

/// Names, types, and whether they are always there.
#[derive(Default)]
struct Fields {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Line {
    fn schema(self) -> Value {
        let Self { kind, meaning, fields } = self;
        let mut properties = Map::new();
        properties.insert("type".into(), json!({ "const": kind }));
        properties.extend(fields.properties);
        let mut required = vec![json!("type")];
        required.extend(fields.required);
        json!({ "title": kind, "description": meaning, "type": "object", "properties": properties, "required": required })
    }
}

impl Fields {
    fn always(self, name: &str, shape: Value) -> Self {
        let mut fields = self.sometimes(name, shape);
        fields.required.push(name.into());
        fields
    }

    fn sometimes(mut self, name: &str, shape: Value) -> Self {
        self.properties.insert(name.into(), shape);
        self
    }

    fn account(self) -> Self {
        self.always("account", text())
    }

    fn bytes(self, name: &str) -> Self {
        self.always(name, text()).sometimes(
            &format!("{name}_base64"),
            json!({ "type": "string", "contentEncoding": "base64", "description": "the octets, if they are not UTF-8" }),
        )
    }

    fn mail(self) -> Self {
        self.account().bytes("uidl").sometimes("number", count()).sometimes("size", count())
    }

    fn counts(self, put: impl Fn(Self, &str) -> Self) -> Self {
        ["fetched", "deleted", "skipped", "failed", "octets"].into_iter().fold(self, put)
    }

    fn object(self) -> Value {
        json!({ "type": "object", "properties": self.properties, "required": self.required })
    }
}

fn lines() -> Vec<Line> {
    let fields = Fields::default;
    let line = |kind, meaning, fields| Line { kind, meaning, fields };
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
        line("probe", "What a server is like.", probe()),
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
        line(
            "warning",
            "Something to know that ended nothing.",
            fields().sometimes("account", text()).always("message", text()),
        ),
        line("error", "Something failed.", error()),
        line(
            "summary",
            "How the run ended.",
            fields()
                .always("exit", exit())
                .always("worst", exit())
                .always("accounts", count())
                .counts(|fields, name| fields.sometimes(name, count())),
        ),
        line(
            "transcript",
            "A line of the conversation, in the file of --transcript.",
            fields()
                .account()
                .always("elapsed", json!({ "type": "number", "description": "seconds" }))
                .always("direction", one_of(&["sent", "received", "event"]))
                .always("tls", json!({ "type": "boolean" }))
                .always("body", json!({ "type": "boolean" }))
                .always("text", text()),
        ),
    ]
}

fn error() -> Fields {
    let server = Fields::default()
        .always("code", text_or_null())
        .always("enhanced", text_or_null())
        .always("text", text())
        .object();
    Fields::default()
        .sometimes("account", text())
        .sometimes("uidl", text())
        .sometimes("uidl_base64", text())
        .sometimes("number", count())
        .sometimes("size", count())
        .always("kind", text())
        .always("stage", text_or_null())
        .always("exit", exit())
        .always("message", text())
        .sometimes("advice", text())
        .always("server", json!({ "oneOf": [{ "type": "null" }, server] }))
}

fn probe() -> Fields {
    let certificate = Fields::default()
        .always("subject", text())
        .always("issuer", text())
        .always("names", texts())
        .always("not_before", time())
        .always("not_after", time())
        .always("pin", text())
        .always("sha256", text())
        .object();
    let tls = Fields::default()
        .always("backend", text())
        .always("version", text_or_null())
        .always("cipher", text_or_null())
        .always("alpn", text_or_null())
        .always("verification", one_of(&["chain", "pin", "chain-and-pin", "none"]))
        .always("chain", json!({ "type": "array", "items": certificate }))
        .always("bindings", texts())
        .object();
    let capabilities = Fields::default()
        .sometimes("before_tls", texts())
        .sometimes("before_login", texts())
        .sometimes("after_login", texts())
        .object();
    let milliseconds = || json!({ "type": "number" });
    let timings = Fields::default()
        .always("connect", milliseconds())
        .sometimes("tls", milliseconds())
        .always("greeting", milliseconds())
        .always("capabilities", milliseconds())
        .sometimes("login", milliseconds())
        .object();
    Fields::default()
        .account()
        .always("server", text())
        .sometimes("peer", text())
        .always("security", one_of(&["tls", "starttls", "plain", "opportunistic"]))
        .always("greeting", text())
        .sometimes("tls", tls)
        .sometimes("days_left", json!({ "type": "integer" }))
        .always("capabilities", capabilities)
        .always("mechanisms", texts())
        .sometimes("choice", Fields::default().always("method", text()).always("reason", text()).object())
        .always("languages", texts())
        .sometimes("messages", count())
        .sometimes("octets", count())
        .always("timings_ms", timings)
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn text_or_null() -> Value {
    json!({ "type": ["string", "null"] })
}

fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn exit() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": 255 })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn one_of(words: &[&str]) -> Value {
    json!({ "enum": words })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::{Duration, SystemTime};

    use super::super::record::*;
    use super::super::{json, probe, record, transcript};
    use super::*;
    use crate::cli::exit::{Exit, Failure};
    use crate::error::{Error, Rejection};
    use crate::pop3::MessageNumber;
    use crate::wire::{Direction, Entry};

    /// Every line there is, with all fields and with as few as there can be.
    fn samples() -> Vec<String> {
        let full = Mail { account: "work", uidl: b"u\xff", number: MessageNumber::new(3), size: Some(9) };
        let bare = Mail { account: "work", uidl: b"u", number: None, size: None };
        let now = SystemTime::now();
        let mut lines = Vec::new();
        let mut probes = vec![probe::tests::full()];
        probes.push(Probe {
            peer: None,
            tls: None,
            days_left: None,
            before_tls: None,
            before_login: None,
            after_login: None,
            choice: None,
            messages: None,
            octets: None,
            timings: Timings::default(),
            ..probe::tests::full()
        });
        for mail in [full, bare] {
            let header = mail.number.map(|_| Header { from: "ann", date: Some(now), subject: "s" });
            let action = if header.is_some() { Action::FetchAndDelete } else { Action::Skip };
            let status = if header.is_some() { Status::Ok } else { Status::Err };
            let records = [
                Record::Delivered(Delivered { mail, target: "maildir:/m" }),
                Record::Deleted(mail),
                Record::Skipped(Skipped { mail, reason: "older" }),
                Record::Planned(Planned { mail, action, reason: "new" }),
                Record::Session(Session { account: "work", host: "h", counts: Counts::default(), exit: Exit::OK }),
                Record::Row(Row { mail, state: "new", of: 1, header }),
                Record::Remembered(Remembered {
                    mail,
                    ordinal: 1,
                    state: "seen",
                    reason: "",
                    first_seen: now,
                    absent_since: header.map(|_| now),
                }),
                Record::Changed(Changed { account: "work", change: Change::MarkedSeen, messages: 2 }),
                Record::Reply(Reply { account: "work", command: "NOOP", status, text: "" }),
                Record::Line(record::Line { account: "work", text: mail.uidl }),
            ];
            lines.extend(records.iter().map(json::line));
        }
        lines.extend(probes.iter().map(|probe| json::line(&Record::Probe(probe))));
        lines.push(json::warning_line(&Warning::of("work", "careful")));
        lines.push(json::warning_line(&Warning { account: None, ..Warning::grave("", "careful") }));
        let code = Some("AUTH".to_owned());
        let rejection = Rejection { verb: "PASS", enhanced: code.clone(), code, text: "no".into(), transient: false };
        let refused = Failure::from(Error::Authentication(rejection)).of("work");
        lines.push(json::error_line(&Failure { advice: Some("try".into()), ..refused }, Some(&full)));
        lines.push(json::error_line(&Failure::usage("no"), None));
        lines.push(json::error_line(&Failure::config("no").of("work"), None));
        for counts in [None, Some(Counts::default())] {
            lines.push(json::summary_line(&Summary { exit: Exit::OK, worst: Exit::OK, accounts: 1, counts }));
        }
        for direction in [Direction::Sent, Direction::Received, Direction::Event] {
            let entry = Entry { elapsed: Duration::ZERO, direction, tls: true, text: "x".into(), body: false };
            lines.push(transcript::json_line(&entry, "work"));
        }
        lines
    }

    /// Names what is wrong with a value, and notes which of the schema's fields it has.
    fn check(value: &Value, schema: &Value, at: &str, met: &mut BTreeSet<String>) -> Result<(), String> {
        if let Some(ways) = schema.get("oneOf").and_then(Value::as_array) {
            let fits = |way: &&Value| check(value, way, at, &mut BTreeSet::new()).is_ok();
            let fitting: Vec<&Value> = ways.iter().filter(fits).collect();
            let [way] = fitting.as_slice() else { return Err(format!("{at} fits {} ways", fitting.len())) };
            return check(value, way, at, met);
        }
        if schema.get("const").is_some_and(|only| only != value) {
            return Err(format!("{at} is {value}"));
        }
        if schema.get("enum").and_then(Value::as_array).is_some_and(|words| !words.contains(value)) {
            return Err(format!("{at} is {value}"));
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is = |kind: &&str| match *kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("{other}"),
        };
        if !types.is_empty() && !types.iter().any(is) {
            return Err(format!("{at} is {value}, not {types:?}"));
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if value.get(name.as_str().unwrap()).is_none() {
                return Err(format!("{at} lacks {name}"));
            }
        }
        if let Some(fields) = value.as_object() {
            for (name, value) in fields {
                let at = format!("{at}.{name}");
                let shape = schema["properties"].get(name).ok_or_else(|| format!("{at} is not in the schema"))?;
                check(value, shape, &at, met)?;
                met.insert(at);
            }
        }
        for item in value.as_array().into_iter().flatten() {
            check(item, &schema["items"], at, met)?;
        }
        Ok(())
    }

    #[test]
    fn every_line_fits_and_every_field_occurs() {
        let schema = schema(Program::Popfetch);
        let mut met = BTreeSet::new();
        for line in samples() {
            let value: Value = serde_json::from_str(&line).unwrap();
            let kind = value["type"].as_str().unwrap().to_owned();
            let of_kind = schema["oneOf"].as_array().unwrap().iter().find(|one| one["title"] == kind.as_str());
            check(&value, of_kind.unwrap(), &kind, &mut met).unwrap_or_else(|wrong| panic!("{wrong} in {line}"));
            check(&value, &schema, &kind, &mut BTreeSet::new()).unwrap();
        }
        for line in schema["oneOf"].as_array().unwrap() {
            let kind = line["title"].as_str().unwrap();
            for name in line["properties"].as_object().unwrap().keys() {
                assert!(met.contains(&format!("{kind}.{name}")), "no sample has {kind}.{name}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_noticed() {
        let schema = schema(Program::Popfetch);
        for line in [
            json!({ "type": "deleted", "account": "work" }),
            json!({ "type": "deleted", "account": "work", "uidl": 3 }),
            json!({ "type": "deleted", "account": "work", "uidl": "x", "extra": 1 }),
            json!({ "type": "unknown" }),
        ] {
            assert!(check(&line, &schema, "line", &mut BTreeSet::new()).is_err(), "{line}");
        }
    }
}
