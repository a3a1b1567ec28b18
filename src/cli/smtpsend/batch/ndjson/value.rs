//! What the values of a line may be.

use std::fs::File;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::config::nearest;
use crate::error::{Error, Result};
use crate::text::sanitize_capped;

pub(super) fn check_keys(fields: &Map<String, Value>, known: &[&str]) -> Result<()> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let shown = sanitize_capped(key.as_bytes(), 60);
            let hint = nearest(key, known.iter().copied()).map(|near| format!("; did you mean \"{near}\"?"));
            Err(wrong(&format!("there is no key \"{shown}\"{}", hint.unwrap_or_default())))
        }
    }
}

pub(super) fn text<'v>(fields: &'v Map<String, Value>, key: &str) -> Result<Option<&'v str>> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(&format!("\"{key}\" must be a text"))),
    }
}

pub(super) fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// A file that is there and is one.
pub(super) fn opened(key: &str, path: &Path) -> Result<File> {
    let shown = sanitize_capped(path.as_os_str().as_encoded_bytes(), 200);
    let file = rustix::fs::open(
        path,
        rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    );
    let file = File::from(file.map_err(|error| wrong(&format!("\"{key}\": cannot read {shown}: {error}")))?);
    match file.metadata() {
        Ok(about) if about.is_file() => Ok(file),
        Ok(_) => Err(wrong(&format!("\"{key}\": {shown} is not a regular file"))),
        Err(error) => Err(wrong(&format!("\"{key}\": cannot read {shown}: {error}"))),
    }
}

pub(super) fn decoded(key: &str, text: &str) -> Result<Vec<u8>> {
    let compact: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|_| wrong(&format!("\"{key}\" is not base64")))
}

pub(super) fn about(key: &str, error: &impl ToString) -> Error {
    wrong(&format!("\"{key}\": {}", error.to_string()))
}

pub(super) fn wrong(complaint: &str) -> Error {
    Error::InvalidInput(complaint.to_owned())
}
