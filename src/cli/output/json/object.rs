//! How a JSON object is written.

use std::time::SystemTime;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::text::{is_unsafe, rfc3339};

/// A JSON object under construction; its fields stay in the order in which they are given.
#[derive(Clone, Debug)]
pub(in crate::cli::output) struct Object(String);

impl Object {
    pub(in crate::cli::output) fn typed(kind: &str) -> Self {
        Self::plain().text("type", kind)
    }

    pub(in crate::cli::output) fn plain() -> Self {
        Self("{".into())
    }

    /// The object on a line of its own.
    pub(in crate::cli::output) fn line(self) -> String {
        self.closed() + "\n"
    }

    pub(in crate::cli::output) fn text(self, name: &str, text: &str) -> Self {
        self.value(name, |out| push_string(out, text))
    }

    pub(in crate::cli::output) fn flag(self, name: &str, flag: bool) -> Self {
        self.value(name, |out| out.push_str(if flag { "true" } else { "false" }))
    }

    /// To three digits behind the point.
    pub(in crate::cli::output) fn float(self, name: &str, number: f64) -> Self {
        self.value(name, |out| out.push_str(&format!("{number:.3}")))
    }

    /// Text as far as it is UTF-8, and all of it in base64 if it is not.
    pub(in crate::cli::output) fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(name, text),
            Err(_) => self.text(name, &String::from_utf8_lossy(bytes)).base64(&format!("{name}_base64"), bytes),
        }
    }

    pub(in crate::cli::output) fn text_or_null(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.null(name),
        }
    }

    pub(in crate::cli::output) fn number_or_null(self, name: &str, number: Option<u64>) -> Self {
        match number {
            Some(number) => self.number(name, number),
            None => self.null(name),
        }
    }

    /// The text, if there is one.
    pub(in crate::cli::output) fn maybe(self, name: &str, text: Option<&str>) -> Self {
        text.into_iter().fold(self, |object, text| object.text(name, text))
    }

    pub(in crate::cli::output) fn base64(self, name: &str, octets: &[u8]) -> Self {
        self.text(name, &BASE64_STANDARD.encode(octets))
    }

    pub(in crate::cli::output) fn null(self, name: &str) -> Self {
        self.value(name, |out| out.push_str("null"))
    }

    pub(in crate::cli::output) fn number(self, name: &str, number: u64) -> Self {
        self.value(name, |out| out.push_str(&number.to_string()))
    }

    pub(in crate::cli::output) fn signed(self, name: &str, number: i64) -> Self {
        self.value(name, |out| out.push_str(&number.to_string()))
    }

    pub(in crate::cli::output) fn time(self, name: &str, time: SystemTime) -> Self {
        self.text(name, &rfc3339(time))
    }

    pub(in crate::cli::output) fn texts(self, name: &str, texts: &[impl AsRef<str>]) -> Self {
        self.list(name, texts, |out, text| push_string(out, text.as_ref()))
    }

    pub(in crate::cli::output) fn numbers(self, name: &str, numbers: &[u32]) -> Self {
        self.list(name, numbers, |out, number| out.push_str(&number.to_string()))
    }

    pub(in crate::cli::output) fn objects(self, name: &str, objects: Vec<Object>) -> Self {
        self.list(name, &objects, |out, object| out.push_str(&object.clone().closed()))
    }

    pub(in crate::cli::output) fn object(self, name: &str, object: Self) -> Self {
        let closed = object.closed();
        self.value(name, |out| out.push_str(&closed))
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
