//! A folder of messages, one per file, or a Maildir.

use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::item::{Digest, Extent, Found, Item, Items, Naming};
use crate::cli::exit::Failure;
use crate::error::{Error, Result};
use crate::mail::intake::folder::{Entry, Folder as Listed};
use crate::mail::{Message, Reading};
use crate::text::sanitize;

/// A message up to this size is read in one go.
const SMALL: u64 = 128 * 1024;

/// The files of a folder that were there at the start, in the order of their names.
pub(super) struct Folder {
    listed: Listed,
    buffer: Vec<u8>,
}

impl Folder {
    /// Lists a folder. What is hidden and what is a folder itself is no message.
    ///
    /// Fails with 66 if it cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let listed = Listed::open(path).map_err(|error| Failure::no_input(path, &error))?;
        Ok(Self { listed, buffer: Vec::new() })
    }

    fn read(&mut self, entry: Entry) -> Result<Option<Message>> {
        let cannot = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::InvalidInput("it is gone".into()),
            _ => Error::io("cannot read it", source),
        };
        let (mut file, _) = self.listed.file(entry).map_err(cannot)?;
        let about = file.metadata().map_err(cannot)?;
        if about.is_dir() {
            return Ok(None);
        }
        if !about.is_file() {
            return Err(Error::InvalidInput("it is not a regular file".into()));
        }
        self.buffer.clear();
        self.buffer.reserve(usize::try_from(about.len().min(SMALL)).unwrap_or_default().saturating_add(1));
        (&file).take(SMALL).read_to_end(&mut self.buffer).map_err(cannot)?;
        let mut front = self.buffer.as_slice();
        let message = match (self.buffer.len() as u64) < SMALL {
            true => Message::read(&mut front, &Reading::default()),
            false => Message::read(&mut front.chain(&mut file), &Reading::default()),
        };
        let after = file.metadata().map_err(cannot)?;
        if (after.len(), after.mtime(), after.mtime_nsec()) != (about.len(), about.mtime(), about.mtime_nsec()) {
            return Err(Error::InvalidInput("it was written to while it was read; send it again".into()));
        }
        message.map(Some)
    }
}

impl Items for Folder {
    fn next(&mut self) -> Result<Option<Item>, Failure> {
        while let Some(entry) = self.listed.next() {
            let id = id(&entry);
            let found = match self.read(entry) {
                // A link to a folder.
                Ok(None) => continue,
                Ok(Some(message)) => Ok(Found::from(message)),
                Err(error) => Err(error),
            };
            return Ok(Some(Item { id, naming: Naming::Own, found }));
        }
        Ok(None)
    }

    fn extent(&self) -> Extent {
        let rest = self.listed.rest();
        Extent { messages: rest.len() as u64, octets: rest.iter().map(|entry| self.listed.size(entry)).sum() }
    }

    fn left(&self) -> Option<u64> {
        Some(self.listed.rest().len() as u64)
    }
}

/// The file's name; in a Maildir without the flags, which come and go while it is the same message.
fn id(entry: &Entry) -> String {
    let bytes = entry.unique();
    let shown = sanitize(bytes);
    match shown.as_bytes() == bytes {
        true => shown,
        // Others may be shown alike.
        false => format!("{shown} ({})", Digest::of_octets(bytes).to_hex().get(..8).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    fn ids(path: &Path) -> Vec<String> {
        let mut folder = Folder::open(path).unwrap();
        let mut ids = Vec::new();
        while let Some(item) = folder.next().unwrap() {
            ids.push(format!("{}{}", item.id, if item.found.is_ok() { "" } else { "!" }));
        }
        ids
    }

    #[test]
    fn files_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.eml", "a.eml", ".hidden", "10.eml", "9.eml"] {
            fs::write(dir.path().join(name), "Subject: x\n\nx\n").unwrap();
        }
        fs::create_dir(dir.path().join("cur")).unwrap();
        symlink(dir.path().join("a.eml"), dir.path().join("link.eml")).unwrap();
        symlink(dir.path().join("cur"), dir.path().join("linked")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("fifo"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        symlink("nowhere", dir.path().join("gone")).unwrap();
        assert_eq!(ids(dir.path()), ["10.eml", "9.eml", "a.eml", "b.eml", "fifo!", "gone!", "link.eml"]);
        let extent = Folder::open(dir.path()).unwrap().extent();
        assert!(extent.messages == 8 && extent.octets >= 5 * 14, "{extent:?}");
        assert!(Folder::open(&dir.path().join("none")).is_err());
    }

    #[test]
    fn names_that_are_shown_alike_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        for name in [&b"a\x01"[..], b"a^A", b"b\xfc", b"b\xf6"] {
            fs::write(dir.path().join(OsStr::from_bytes(name)), "Subject: x\n\nx\n").unwrap();
        }
        let found: std::collections::BTreeSet<String> = ids(dir.path()).into_iter().collect();
        assert!(found.len() == 4 && found.contains("a^A"), "{found:?}");
    }

    #[test]
    fn a_maildir_has_two_folders_and_names_without_flags() {
        let dir = tempfile::tempdir().unwrap();
        for (part, name) in [("new", "2.b.host"), ("cur", "1.a.host:2,S"), ("tmp", "3.c.host")] {
            fs::create_dir_all(dir.path().join(part)).unwrap();
            fs::write(dir.path().join(part).join(name), "Subject: x\n\nx\n").unwrap();
        }
        assert_eq!(ids(dir.path()), ["1.a.host", "2.b.host"]);
    }
}
