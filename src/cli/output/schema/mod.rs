//! The JSON Schema of the lines that `--json` prints.

mod imapctl;
mod popfetch;
mod smtpsend;

use serde_json::{Map, Value, json};

use super::Program;

/// The schema of a program's lines, in JSON Schema 2020-12.
pub fn schema(program: Program) -> Value {
    let mut lines = match program {
        Program::Popfetch => popfetch::lines(),
        Program::Smtpsend => smtpsend::lines(),
        Program::Imapctl => imapctl::lines(),
    };
    lines.extend(shared(program));
    let lines: Vec<Value> = lines.into_iter().map(Line::schema).collect();
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

    fn object(self) -> Value {
        json!({ "type": "object", "properties": self.properties, "required": self.required })
    }
}

fn line(kind: &'static str, meaning: &'static str, fields: Fields) -> Line {
    Line { kind, meaning, fields }
}

/// The lines that every program has.
fn shared(program: Program) -> Vec<Line> {
    let fields = Fields::default;
    let summary = fields().always("exit", exit()).always("worst", exit()).always("accounts", count());
    let warning = fields().sometimes("account", text()).always("message", text());
    let (warning, error, summary) = match program {
        Program::Popfetch => (warning, popfetch::error(error()), popfetch::summary(summary)),
        Program::Smtpsend => (warning, smtpsend::error(error()), smtpsend::summary(summary)),
        Program::Imapctl => (imapctl::warning(warning), imapctl::error(error()), imapctl::summary(summary)),
    };
    vec![
        line("warning", "Something to know that ended nothing.", warning),
        line("error", "Something failed.", error),
        line("summary", "How the run ended.", summary),
        line(
            "transcript",
            "A line of the conversation, in the file of --transcript.",
            fields()
                .account()
                .sometimes("peer", text())
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
        .always("kind", text())
        .always("stage", text_or_null())
        .always("exit", exit())
        .always("message", text())
        .sometimes("advice", text())
        .always("server", json!({ "oneOf": [{ "type": "null" }, server] }))
}

/// What is told of every server.
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
mod tests;
