//! Delivery into a folder of `.eml` files, with CRLF as received.

use std::path::Path;
use std::sync::Arc;

use super::files::{self, Folder, Shape};
use super::fs::FileSystem;
use super::target::Sides;
use crate::error::Result;

/// Opens a folder, making it if it is absent; `tag` marks the temporary files of one ledger, whose lock the caller
/// holds. Files wait as `.NAME.eml.tmp` beside those that are complete.
///
/// # Errors
/// As for [`maildir::open`](super::maildir::open), but any directory will do.
pub fn open(path: &Path, tag: u64, fs: Arc<dyn FileSystem>) -> Result<Sides> {
    let dir = files::open_or_make(&*fs, path)?;
    let folder = Folder::new(fs, Shape::Eml, path.into(), dir, None)?;
    folder.sweep(tag);
    Ok(files::sides(folder, tag))
}
