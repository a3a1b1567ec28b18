//! Results as JSON lines: one object each, its shape fixed here and described by [`super::schema`].

use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::record::{Action, Header, Mail, Probe, Record, Status, Summary, Timings, Warning};
use super::streams::{Carries, Flush, Stderr, Stdout};
use super::{Output, record};
use crate::cli::exit::Failure;
use crate::net::tls::{CertificateFacts, TlsFacts, Verification};
use crate::pop3::Capabilities;
use crate::text::{is_unsafe, rfc3339};

/// `--json`.
pub struct Json {
    stdout: Stdout,
    stderr: Stderr,
}

impl Json {
    /// Results on one stream, errors and warnings on both.
    pub fn new(stdout: Stdout, stderr: Stderr) -> Self {
        Self { stdout, stderr }
    }
}

impl Output for Json {
    fn record(&self, record: &Record<'_>) {
        // Long listings are written in large pieces; what tells of an event is told at once.
        let flush = match record {
            Record::Row(_) | Record::Remembered(_) | Record::Planned(_) => Flush::Later,
            _ => Flush::Now,
        };
        self.stdout.write(line(record).as_bytes(), flush);
    }

    fn warn(&self, warning: &Warning<'_>) {
        self.stdout.write(warning_line(warning).as_bytes(), Flush::Now);
        self.stderr.warn(warning);
    }

    fn error(&self, failure: &Failure, mail: Option<&Mail<'_>>) {
        self.stdout.write(error_line(failure, mail).as_bytes(), Flush::Now);
        self.stderr.error(failure, mail);
    }

    fn finish(&self, summary: &Summary) -> Result<(), Failure> {
        self.stdout.write(summary_line(summary).as_bytes(), Flush::Now);
        self.stdout.finish(Carries::Report)
    }

    fn is_closed(&self) -> bool {
        self.stdout.has_failed()
    }
}

pub(crate) fn line(record: &Record<'_>) -> String {
    match record {
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
        Record::Probe(probe) => probe_object(probe).line(),
        Record::Reply(reply) => Object::typed("reply")
            .text("account", reply.account)
            .text("command", reply.command)
            .text("status", if reply.status == Status::Ok { "ok" } else { "err" })
            .text("text", reply.text)
            .line(),
        Record::Line(line) => Object::typed("line").text("account", line.account).bytes("text", line.text).line(),
    }
}

pub(crate) fn warning_line(warning: &Warning<'_>) -> String {
    let object = Object::typed("warning");
    let object = warning.account.into_iter().fold(object, |object, account| object.text("account", account));
    object.text("message", warning.text).line()
}

pub(crate) fn error_line(failure: &Failure, mail: Option<&Mail<'_>>) -> String {
    let object = Object::typed("error");
    let object = match (mail, &failure.account) {
        (Some(mail), _) => object.mail(mail),
        (None, Some(account)) => object.text("account", account),
        (None, None) => object,
    };
    let object = object
        .text("kind", failure.kind())
        .text_or_null("stage", failure.stage().as_deref())
        .number("exit", failure.exit.code().into())
        .text("message", &failure.error.to_string());
    let object = failure.advice.iter().fold(object, |object, advice| object.text("advice", advice));
    match failure.rejection() {
        None => object.null("server"),
        Some(rejection) => object.object(
            "server",
            Object::plain()
                .text_or_null("code", rejection.code.as_deref())
                .text_or_null("enhanced", rejection.enhanced.as_deref())
                .text("text", &rejection.text),
        ),
    }
    .line()
}

pub(crate) fn summary_line(summary: &Summary) -> String {
    let object = Object::typed("summary")
        .number("exit", summary.exit.code().into())
        .number("worst", summary.worst.code().into())
        .number("accounts", summary.accounts as u64);
    summary.counts.iter().fold(object, |object, counts| object.counts(counts)).line()
}

fn probe_object(probe: &Probe) -> Object {
    let mut object = Object::typed("probe").text("account", &probe.account).text("server", &probe.server);
    if let Some(peer) = &probe.peer {
        object = object.text("peer", peer);
    }
    object = object.text("security", probe.security).text("greeting", &probe.greeting);
    if let Some(tls) = &probe.tls {
        object = object.object("tls", tls_object(tls));
    }
    if let Some(days) = probe.days_left {
        object = object.signed("days_left", days);
    }
    let mut capabilities = Object::plain();
    for (name, known) in
        [("before_tls", &probe.before_tls), ("before_login", &probe.before_login), ("after_login", &probe.after_login)]
    {
        if let Some(Capabilities { lines, .. }) = known {
            capabilities = capabilities.texts(name, lines);
        }
    }
    object = object.object("capabilities", capabilities).texts("mechanisms", &probe.mechanisms);
    if let Some(choice) = &probe.choice {
        let choice = Object::plain().text("method", &choice.method).text("reason", &choice.reason);
        object = object.object("choice", choice);
    }
    object = object.texts("languages", &probe.languages);
    for (name, number) in [("messages", probe.messages), ("octets", probe.octets)] {
        if let Some(number) = number {
            object = object.number(name, number);
        }
    }
    object.object("timings_ms", timings_object(&probe.timings))
}

fn tls_object(tls: &TlsFacts) -> Object {
    let verification = match tls.verification {
        Verification::Chain => "chain",
        Verification::Pin => "pin",
        Verification::ChainAndPin => "chain-and-pin",
        Verification::None => "none",
    };
    let chain: Vec<Object> = tls.chain.iter().map(certificate_object).collect();
    let bindings: Vec<&str> = tls.bindings.iter().map(|binding| binding.kind.name()).collect();
    Object::plain()
        .text("backend", &tls.backend.to_string())
        .text_or_null("version", tls.version.as_deref())
        .text_or_null("cipher", tls.cipher.as_deref())
        .text_or_null("alpn", tls.alpn.as_deref())
        .text("verification", verification)
        .objects("chain", chain)
        .texts("bindings", &bindings)
}

fn certificate_object(certificate: &CertificateFacts) -> Object {
    let sha256: String = certificate.fingerprint.iter().map(|octet| format!("{octet:02x}")).collect();
    Object::plain()
        .text("subject", &certificate.subject)
        .text("issuer", &certificate.issuer)
        .texts("names", &certificate.names)
        .time("not_before", certificate.not_before)
        .time("not_after", certificate.not_after)
        .text("pin", &certificate.pin.to_string())
        .text("sha256", &sha256)
}

fn timings_object(timings: &Timings) -> Object {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let mut object = Object::plain().float("connect", milliseconds(timings.connect));
    if let Some(tls) = timings.tls {
        object = object.float("tls", milliseconds(tls));
    }
    object = object
        .float("greeting", milliseconds(timings.greeting))
        .float("capabilities", milliseconds(timings.capabilities));
    match timings.login {
        Some(login) => object.float("login", milliseconds(login)),
        None => object,
    }
}

/// A JSON object under construction; its fields stay in the order in which they are given.
#[derive(Clone, Debug)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn typed(kind: &str) -> Self {
        Self::plain().text("type", kind)
    }

    fn plain() -> Self {
        Self("{".into())
    }

    /// The object on a line of its own.
    pub(super) fn line(self) -> String {
        self.closed() + "\n"
    }

    pub(super) fn text(self, name: &str, text: &str) -> Self {
        self.value(name, |out| push_string(out, text))
    }

    pub(super) fn flag(self, name: &str, flag: bool) -> Self {
        self.value(name, |out| out.push_str(if flag { "true" } else { "false" }))
    }

    /// To three digits behind the point.
    pub(super) fn float(self, name: &str, number: f64) -> Self {
        self.value(name, |out| out.push_str(&format!("{number:.3}")))
    }

    /// Text as far as it is UTF-8, and all of it in base64 if it is not.
    fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(name, text),
            Err(_) => self
                .text(name, &String::from_utf8_lossy(bytes))
                .text(&format!("{name}_base64"), &BASE64_STANDARD.encode(bytes)),
        }
    }

    fn text_or_null(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.null(name),
        }
    }

    fn null(self, name: &str) -> Self {
        self.value(name, |out| out.push_str("null"))
    }

    fn number(self, name: &str, number: u64) -> Self {
        self.value(name, |out| out.push_str(&number.to_string()))
    }

    fn signed(self, name: &str, number: i64) -> Self {
        self.value(name, |out| out.push_str(&number.to_string()))
    }

    fn time(self, name: &str, time: SystemTime) -> Self {
        self.text(name, &rfc3339(time))
    }

    fn texts(self, name: &str, texts: &[impl AsRef<str>]) -> Self {
        self.list(name, texts, |out, text| push_string(out, text.as_ref()))
    }

    fn objects(self, name: &str, objects: Vec<Object>) -> Self {
        self.list(name, &objects, |out, object| out.push_str(&object.clone().closed()))
    }

    fn object(self, name: &str, object: Self) -> Self {
        let closed = object.closed();
        self.value(name, |out| out.push_str(&closed))
    }

    fn mail(self, mail: &Mail<'_>) -> Self {
        let mut object = self.text("account", mail.account).bytes("uidl", mail.uidl);
        if let Some(number) = mail.number {
            object = object.number("number", number.value().into());
        }
        match mail.size {
            Some(size) => object.number("size", size),
            None => object,
        }
    }

    fn counts(self, counts: &record::Counts) -> Self {
        self.number("fetched", counts.fetched)
            .number("deleted", counts.deleted)
            .number("skipped", counts.skipped)
            .number("failed", counts.failed)
            .number("octets", counts.octets)
    }

    fn list<T>(self, name: &str, items: &[T], push: impl Fn(&mut String, &T)) -> Self {
        self.value(name, |out| {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push(out, item);
            }
            out.push(']');
        })
    }

    fn value(mut self, name: &str, push: impl FnOnce(&mut String)) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_string(&mut self.0, name);
        self.0.push(':');
        push(&mut self.0);
        self
    }

    fn closed(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A JSON string without anything that a terminal would obey: JSON itself lets DEL, C1 and bidirectional marks pass.
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_unsafe(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::error::{Error, Rejection};

    #[test]
    fn the_type_comes_first() {
        let mail = Mail { account: "work", uidl: b"u1", number: None, size: Some(12) };
        assert_eq!(
            line(&Record::Deleted(mail)),
            "{\"type\":\"deleted\",\"account\":\"work\",\"uidl\":\"u1\",\"size\":12}\n"
        );
    }

    #[test]
    fn what_is_no_text_comes_in_base64_too() {
        let mail = Mail { account: "work", uidl: b"a\xffb", number: None, size: None };
        let value: Value = serde_json::from_str(&line(&Record::Deleted(mail))).unwrap();
        assert_eq!(value["uidl"], "a\u{fffd}b");
        assert_eq!(BASE64_STANDARD.decode(value["uidl_base64"].as_str().unwrap()).unwrap(), b"a\xffb");
    }

    #[test]
    fn an_error_as_the_contract_has_it() {
        let rejection = Rejection {
            verb: "PASS",
            code: Some("AUTH".into()),
            enhanced: None,
            text: "Invalid login".into(),
            transient: false,
        };
        let failure = Failure::from(Error::Authentication(rejection)).of("work");
        assert_eq!(
            error_line(&failure, None),
            "{\"type\":\"error\",\"account\":\"work\",\"kind\":\"authentication\",\"stage\":\"pass\",\"exit\":77,\
             \"message\":\"authentication failed at PASS: [AUTH] Invalid login\",\"server\":{\"code\":\"AUTH\",\
             \"enhanced\":null,\"text\":\"Invalid login\"}}\n"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_valid_line_without_controls(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mail = Mail { account: "work", uidl: &bytes, number: None, size: None };
            let line = line(&Record::Deleted(mail));
            let body = line.strip_suffix('\n').unwrap();
            prop_assert!(!body.chars().any(is_unsafe));
            let value: Value = serde_json::from_str(body).unwrap();
            prop_assert_eq!(value["uidl"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
            let lossless = std::str::from_utf8(&bytes).is_ok();
            prop_assert_eq!(value.get("uidl_base64").is_none(), lossless);
        }
    }
}
