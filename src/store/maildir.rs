//! Delivery into a Maildir: `tmp/`, then `new/`. Names, modes and sweeping follow maildir(5).

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::files::{self, Folder, Shape};
use super::fs::{Dir, FileSystem};
use super::target::Sides;
use crate::error::{Error, Result};

/// The directories of a Maildir.
const PARTS: [&str; 3] = ["tmp", "new", "cur"];

/// Opens a Maildir, making it if it is absent; `tag` marks the temporary files of one ledger, whose lock the caller
/// holds.
///
/// An existing directory is taken for a Maildir if it is empty or has at least one of `tmp`, `new` and `cur`.
///
/// # Errors
/// [`Error::Storage`] of kind [`Create`](crate::error::StorageKind::Create) if it is not a Maildir, belongs to another
/// user while this process is root's, or cannot be made or opened.
pub fn open(path: &Path, tag: u64, fs: Arc<dyn FileSystem>) -> Result<Sides> {
    let root = files::open_or_make(&*fs, path)?;
    let [tmp, new, _cur] = open_parts(&*fs, &root)?;
    let folder = Folder::new(fs, Shape::Maildir, path.into(), tmp, Some(new))?;
    folder.sweep(tag);
    Ok(files::sides(folder, tag))
}

fn open_parts(fs: &dyn FileSystem, root: &Dir) -> Result<[Dir; 3]> {
    let [tmp, new, cur] = PARTS.map(|part| open_part(fs, root, part));
    let (tmp, new, cur) = (tmp?, new?, cur?);
    if let (Some(tmp), Some(new), Some(cur)) = (&tmp, &new, &cur) {
        for part in [tmp, new, cur] {
            files::refuse_foreign(part)?;
        }
    }
    if tmp.is_none() && new.is_none() && cur.is_none() && !is_bare(root)? {
        let path = files::shown(root.path());
        return Err(Error::create(
            format!("{path} is not a Maildir: it has files, but none of tmp, new and cur"),
            io::ErrorKind::InvalidInput.into(),
        ));
    }
    let complete = tmp.is_some() && new.is_some() && cur.is_some();
    let [tmp, new, cur] = [(tmp, "tmp"), (new, "new"), (cur, "cur")].map(|(dir, part)| match dir {
        Some(dir) => Ok(dir),
        None => make_part(fs, root, part),
    });
    let parts = [tmp?, new?, cur?];
    if !complete {
        fs.sync_dir(root).map_err(|error| cannot("flush", root, "", error))?;
    }
    Ok(parts)
}

fn open_part(fs: &dyn FileSystem, root: &Dir, part: &str) -> Result<Option<Dir>> {
    match fs.open_dir_at(root, OsStr::new(part)) {
        Ok(dir) => Ok(Some(dir)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot("open", root, part, error)),
    }
}

fn make_part(fs: &dyn FileSystem, root: &Dir, part: &str) -> Result<Dir> {
    match fs.mkdir_at(root, OsStr::new(part)) {
        // Another program may be making the same Maildir.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(cannot("make", root, part, error)),
        _ => {}
    }
    fs.open_dir_at(root, OsStr::new(part)).map_err(|error| cannot("open", root, part, error))
}

/// Whether nothing but parts of a Maildir is in it: those that were absent a moment ago another account may be making.
fn is_bare(dir: &Dir) -> Result<bool> {
    let failed = |errno: rustix::io::Errno| cannot("read", dir, "", errno.into());
    for entry in rustix::fs::Dir::read_from(dir.fd()).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") && !PARTS.iter().any(|part| part.as_bytes() == name) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn cannot(doing: &str, root: &Dir, part: &str, source: io::Error) -> Error {
    Error::create(format!("cannot {doing} {}", files::shown(&root.path().join(part))), source)
}
