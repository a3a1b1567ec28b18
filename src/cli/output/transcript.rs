//! Where conversations are written: standard error, a file, or a file of JSON lines.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::json::Object;
use super::streams::Stderr;
use crate::cli::exit::Failure;
use crate::error::Error;
use crate::text::sanitize;
use crate::wire::{Direction, Entry, Record, Secrets, Transcript};

/// The transcripts of a run.
pub struct Transcripts {
    stderr: Option<Stderr>,
    files: Mutex<HashMap<PathBuf, Arc<File>>>,
    style: Style,
    bodies: Bodies,
    secrets: Secrets,
    labels: Labels,
}

/// How a file's entries look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Style {
    /// Lines for people.
    Text,
    /// JSON lines.
    Json,
}

/// Whether bodies are written out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bodies {
    /// They are.
    Whole,
    /// Their octets are counted.
    Counted,
}

/// Whether lines tell the account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Labels {
    /// They do: there are several.
    Shown,
    /// They do not.
    Hidden,
}

impl Transcripts {
    /// To standard error, if it is given; files are named later.
    pub fn new(stderr: Option<Stderr>, style: Style, bodies: Bodies, secrets: Secrets, labels: Labels) -> Self {
        Self { stderr, files: Mutex::default(), style, bodies, secrets, labels }
    }

    /// An account's transcript, also to this file. Accounts may share a file; it is emptied when it is first named.
    ///
    /// Fails if the file cannot be created (73).
    pub fn of(&self, account: &str, file: Option<&Path>) -> Result<Transcript, Failure> {
        let label = sanitize(account.as_bytes());
        let mut recorders: Vec<Arc<dyn Record>> = Vec::new();
        if let Some(stderr) = &self.stderr {
            let label = (self.labels == Labels::Shown).then(|| label.clone());
            recorders.push(Arc::new(OnStderr { stderr: stderr.clone(), label, bodies: self.bodies }));
        }
        if let Some(path) = file {
            let file = self.file(path)?;
            let bodies = self.bodies;
            match self.style {
                Style::Json => recorders.push(Arc::new(JsonLines { file, label, bodies })),
                Style::Text => {
                    let label = (self.labels == Labels::Shown).then_some(label);
                    recorders.push(Arc::new(TextFile { file, label, bodies }));
                }
            }
        }
        Ok(Transcript::new(recorders, self.secrets))
    }

    fn file(&self, path: &Path) -> Result<Arc<File>, Failure> {
        let mut files = self.files.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(file) = files.get(path) {
            return Ok(Arc::clone(file));
        }
        let file = create(path).map_err(|error| {
            Error::create(format!("creating the transcript {}", sanitize(path.as_os_str().as_encoded_bytes())), error)
        })?;
        let file = Arc::new(file);
        files.insert(path.to_owned(), Arc::clone(&file));
        Ok(file)
    }
}

/// Others may not read what people write to each other, nor have us write over a file of their choice.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.custom_flags(i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default());
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

struct OnStderr {
    stderr: Stderr,
    label: Option<String>,
    bodies: Bodies,
}

impl Record for OnStderr {
    fn record(&self, entry: &Entry<'_>) {
        self.stderr.write(&text_line(entry, self.label.as_deref()));
    }

    fn wants_bodies(&self) -> bool {
        self.bodies == Bodies::Whole
    }
}

struct TextFile {
    file: Arc<File>,
    label: Option<String>,
    bodies: Bodies,
}

impl Record for TextFile {
    fn record(&self, entry: &Entry<'_>) {
        write(&self.file, &text_line(entry, self.label.as_deref()));
    }

    fn wants_bodies(&self) -> bool {
        self.bodies == Bodies::Whole
    }
}

struct JsonLines {
    file: Arc<File>,
    label: String,
    bodies: Bodies,
}

impl Record for JsonLines {
    fn record(&self, entry: &Entry<'_>) {
        write(&self.file, &json_line(entry, &self.label));
    }

    fn wants_bodies(&self) -> bool {
        self.bodies == Bodies::Whole
    }
}

/// One piece per line, so that the lines of several accounts do not mix.
fn write(mut file: &File, line: &str) {
    // A conversation is not ended because its record cannot be kept.
    let _ = file.write_all(line.as_bytes());
}

fn text_line(entry: &Entry<'_>, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("{label}: {entry}\n"),
        None => format!("{entry}\n"),
    }
}

pub(super) fn json_line(entry: &Entry<'_>, label: &str) -> String {
    let direction = match entry.direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
        Direction::Event => "event",
    };
    Object::typed("transcript")
        .text("account", label)
        .maybe("peer", entry.peer)
        .float("elapsed", entry.elapsed.as_secs_f64())
        .text("direction", direction)
        .flag("tls", entry.tls)
        .flag("body", entry.body)
        .text("text", &entry.text)
        .line()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn transcripts(style: Style, labels: Labels) -> Transcripts {
        Transcripts::new(None, style, Bodies::Counted, Secrets::Masked, labels)
    }

    #[test]
    fn a_file_is_private_and_emptied() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t");
        fs::write(&path, "old").unwrap();
        let all = transcripts(Style::Text, Labels::Shown);
        all.of("a", Some(&path)).unwrap().event("one");
        all.of("b\n", Some(&path)).unwrap().event("two");
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("a: ") && lines[0].ends_with("*** one"), "{text}");
        assert!(lines[1].starts_with("b^J: ") && lines[1].ends_with("*** two"), "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let (victim, link) = (directory.path().join("victim"), directory.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        let failure = transcripts(Style::Text, Labels::Hidden).of("a", Some(&link)).unwrap_err();
        assert_eq!(failure.exit.code(), 73);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn json_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t");
        transcripts(Style::Json, Labels::Hidden).of("work", Some(&path)).unwrap().event("a \"b\"");
        let line: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!((&line["type"], &line["account"]), (&"transcript".into(), &"work".into()));
        assert_eq!((&line["direction"], &line["text"]), (&"event".into(), &"a \"b\"".into()));
    }
}
