//! smtpsend's queue as it lies on the disk, and its time turned forward.

use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

use super::command::{Home, files};

/// The queue of a home.
pub(crate) struct Spool(pub(crate) PathBuf);

impl Spool {
    pub(crate) fn of(home: &Home) -> Self {
        Self(home.join("state/mailwire/smtpsend/queue"))
    }

    /// The names of the mails in a directory of it, oldest first.
    pub(crate) fn names(&self, part: &str) -> Vec<String> {
        files(&self.0.join(part)).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn waiting(&self) -> Vec<String> {
        self.names("queue")
    }

    pub(crate) fn failed(&self) -> Vec<String> {
        self.names("failed")
    }

    /// The header of a waiting or failed mail and what follows it.
    pub(crate) fn mail(&self, id: &str) -> (String, Vec<u8>) {
        let path = ["queue", "failed"].map(|part| self.0.join(part).join(id)).into_iter().find(|path| path.exists());
        let octets = fs::read(path.unwrap()).unwrap();
        let end = memchr::memmem::find(&octets, b"\n\n").unwrap() + 2;
        (String::from_utf8(octets[..end].to_vec()).unwrap(), octets[end..].to_vec())
    }

    /// What is recorded of a mail; empty if it was never tried.
    pub(crate) fn state(&self, id: &str) -> String {
        fs::read_to_string(self.0.join("state").join(id)).unwrap_or_default()
    }

    /// Lets every mail's time have come. What a killed process left half written beside their states is no mail's.
    pub(crate) fn make_due(&self) {
        let mails = files(&self.0.join("queue"));
        let states = mails.iter().filter_map(|mail| Some(self.0.join("state").join(mail.file_name()?)));
        for path in states.filter(|path| path.is_file()) {
            rewrite(&path, "next", "2001-01-01T00:00:00Z");
        }
    }

    /// Lets every waiting mail be as old as the hills.
    pub(crate) fn age(&self) {
        for path in files(&self.0.join("queue")) {
            rewrite(&path, "created", "2001-01-01T00:00:00Z");
        }
    }
}

/// Replaces the value of a line in the file's own text, and its checksum.
fn rewrite(path: &Path, key: &str, value: &str) {
    let octets = fs::read(path).unwrap();
    let first = octets.iter().position(|&octet| octet == b'\n').unwrap() + 1;
    let front = std::str::from_utf8(&octets[..first]).unwrap();
    let fields: Vec<&str> = front.split_whitespace().collect();
    let length: usize = fields[2].parse().unwrap();
    let (text, rest) = octets[first..].split_at(length);
    let text = std::str::from_utf8(text).unwrap();
    let prefix = format!("{key}: ");
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| if line.starts_with(&prefix) { format!("{prefix}{value}\n") } else { line.to_owned() })
        .collect();
    let text = lines.concat();
    let mut hash = XxHash3_64::new();
    hash.write(text.as_bytes());
    let front = format!("{} {} {:010} {:016x}\n", fields[0], fields[1], text.len(), hash.finish());
    fs::write(path, [front.as_bytes(), text.as_bytes(), rest].concat()).unwrap();
}
