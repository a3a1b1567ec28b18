//! The opened folder, and a message's temporary file in it.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::AtFlags;
use rustix::process::{Resource, geteuid, getrlimit};

use super::super::fs::{Dir, FileSystem, Flushing};
use super::super::{LineEnd, Place, name};
use super::SMALL_BATCH;
use crate::error::{Error, Result};

/// Which kind of folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    /// Temporary files in `tmp/`, messages in `new/`, LF.
    Maildir,
    /// Both in one directory, CRLF.
    Eml,
}

impl Shape {
    pub(crate) fn line_end(self) -> LineEnd {
        match self {
            Self::Maildir => LineEnd::Lf,
            Self::Eml => LineEnd::CrLf,
        }
    }

    /// The message's file name, from its unique name.
    pub(crate) fn final_name(self, unique: String) -> String {
        match self {
            Self::Maildir => unique,
            Self::Eml => unique + ".eml",
        }
    }

    /// The temporary name of the file that will have a final name.
    pub(crate) fn temporary_name(self, final_name: &str) -> String {
        match self {
            Self::Maildir => final_name.into(),
            Self::Eml => format!(".{final_name}.tmp"),
        }
    }

    /// The unique name that a temporary name was made of.
    fn unique(self, temporary: &str) -> Option<&str> {
        match self {
            Self::Maildir => Some(temporary),
            Self::Eml => temporary.strip_prefix('.')?.strip_suffix(".eml.tmp"),
        }
    }
}

/// A folder's directories, opened once for a run.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(super) fs: Arc<dyn FileSystem>,
    pub(super) shape: Shape,
    pub(super) root: PathBuf,
    staging: Dir,
    /// `None`: the same directory.
    published: Option<Dir>,
    pub(super) flushing: Flushing,
    pub(super) device: u64,
    /// How many temporary files are open, waiting to be flushed; and how many may be.
    open: AtomicUsize,
    open_limit: usize,
}

impl Folder {
    /// Takes the opened directories of a folder. All that is written later counts as written after this, so that no
    /// write-back error is missed.
    pub(crate) fn new(
        fs: Arc<dyn FileSystem>,
        shape: Shape,
        root: PathBuf,
        staging: Dir,
        published: Option<Dir>,
    ) -> Result<Self> {
        let failed = |source| Error::create(format!("cannot use {}", shown(&root)), source);
        let device = staging.metadata().map_err(failed)?.dev();
        if let Some(other) = &published
            && other.metadata().map_err(failed)?.dev() != device
        {
            return Err(failed(std::io::Error::other("its directories are on different file systems")));
        }
        let flushing = fs.flushing(&staging);
        let open_limit = match flushing {
            Flushing::Nothing => 0,
            // Of two batches, as one is on its way in while the other is flushed.
            Flushing::Whole => descriptors_to_spare().min(2 * SMALL_BATCH),
            Flushing::Each => descriptors_to_spare(),
        };
        let open = AtomicUsize::new(0);
        Ok(Self { fs, shape, root, staging, published, flushing, device, open, open_limit })
    }

    pub(super) fn staging(&self) -> &Dir {
        &self.staging
    }

    pub(super) fn published(&self) -> &Dir {
        self.published.as_ref().unwrap_or(&self.staging)
    }

    /// How many files may be kept open for a later flush.
    pub(super) fn open_limit(&self) -> usize {
        self.open_limit
    }

    pub(super) fn place(&self, name: &str) -> Place {
        let (dir, name) = (self.root.clone(), name.to_owned());
        match self.shape {
            Shape::Maildir => Place::Maildir { dir, name },
            Shape::Eml => Place::Eml { dir, name },
        }
    }

    /// Removes temporary files that dead runs left: ours, which nobody uses while we hold the ledger's lock, and those
    /// of other ledgers after 36 hours, as maildir(5) says. Files that are not named as we name them are not touched.
    pub(crate) fn sweep(&self, tag: u64) {
        const STALE: Duration = Duration::from_secs(36 * 3600);
        let Ok(entries) = rustix::fs::Dir::read_from(self.staging.fd()) else { return };
        for entry in entries.flatten() {
            let Ok(file) = entry.file_name().to_str() else { continue };
            let Some(theirs) = self.shape.unique(file).and_then(name::tag) else { continue };
            if theirs == tag || self.age(file).is_some_and(|age| age > STALE) {
                // Should it fail, the next run tries again; a message is never there.
                let _ = self.fs.unlink(&self.staging, OsStr::new(file));
            }
        }
    }

    fn age(&self, file: &str) -> Option<Duration> {
        let about = rustix::fs::statat(self.staging.fd(), file, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(about.st_mtime).ok()?);
        SystemTime::now().duration_since(modified).ok()
    }
}

/// A whole message under a temporary name. Dropping it removes the file.
#[derive(Debug)]
pub struct Temporary {
    pub(super) folder: Arc<Folder>,
    /// The final name.
    pub(super) name: String,
    file: Option<File>,
    /// Whether `file` counts as one of those kept open.
    counted: bool,
    /// Whether the content is durable already.
    pub(super) flushed: bool,
    present: bool,
}

impl Temporary {
    pub(super) fn create(folder: &Arc<Folder>, name: String) -> Result<Self> {
        let temporary = folder.shape.temporary_name(&name);
        let file = folder.fs.create_new(folder.staging(), OsStr::new(&temporary)).map_err(|source| {
            Error::io(format!("cannot create a file in {}", shown(folder.staging().path())), source)
        })?;
        let folder = Arc::clone(folder);
        Ok(Self { folder, name, file: Some(file), counted: false, flushed: false, present: true })
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        self.folder
            .fs
            .write_all(file, bytes)
            .map_err(|source| Error::io(format!("cannot write to {}", shown(self.folder.staging().path())), source))
    }

    /// Closes the file, unless it is to be flushed by itself later: then it stays open while there are descriptors to
    /// spare, and is flushed at once where there are none.
    pub(super) fn seal(&mut self) -> Result<()> {
        let folder = &self.folder;
        if folder.open.fetch_add(1, Ordering::Relaxed) < folder.open_limit {
            self.counted = true;
            return Ok(());
        }
        folder.open.fetch_sub(1, Ordering::Relaxed);
        if folder.flushing == Flushing::Each {
            self.flush()?;
        }
        self.file = None;
        Ok(())
    }

    /// Whether the file can still be flushed by itself.
    pub(super) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// Flushes the file by itself, once.
    pub(super) fn flush(&mut self) -> Result<()> {
        if let (false, Some(file)) = (self.flushed, &self.file) {
            self.folder.fs.sync_file(file).map_err(|source| {
                Error::io(format!("cannot flush a message to {}", shown(self.folder.staging().path())), source)
            })?;
            self.flushed = true;
        }
        Ok(())
    }

    /// Gives the message its final name.
    pub(super) fn publish(&mut self) -> Result<()> {
        let folder = &self.folder;
        let temporary = folder.shape.temporary_name(&self.name);
        folder
            .fs
            .publish(folder.staging(), OsStr::new(&temporary), folder.published(), OsStr::new(&self.name))
            .map_err(|source| {
                Error::io(format!("cannot put a message into {}", shown(folder.published().path())), source)
            })?;
        self.present = false;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let folder = &self.folder;
        if self.counted {
            folder.open.fetch_sub(1, Ordering::Relaxed);
        }
        if self.present {
            let temporary = folder.shape.temporary_name(&self.name);
            let _ = folder.fs.unlink(folder.staging(), OsStr::new(&temporary));
        }
    }
}

/// Opens a directory that a target names, making it and what is missing above it.
pub(crate) fn open_or_make(fs: &dyn FileSystem, path: &Path) -> Result<Dir> {
    let cannot = |doing: &str, source| Error::create(format!("cannot {doing} {}", shown(path)), source);
    match fs.open_dir(path) {
        Ok(dir) => {
            refuse_foreign(&dir)?;
            return Ok(dir);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot("open", error)),
    }
    let Some(parent) = path.parent() else {
        return Err(cannot("open", std::io::ErrorKind::NotFound.into()));
    };
    let parent = open_or_make(fs, parent)?;
    match fs.mkdir(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(cannot("make", error)),
    }
    fs.sync_dir(&parent).map_err(|error| cannot("make", error))?;
    fs.open_dir(path).map_err(|error| cannot("open", error))
}

/// Root does not deliver for another user: the files would be root's, and whoever owns the directory decides where they
/// go.
pub(crate) fn refuse_foreign(dir: &Dir) -> Result<()> {
    let about =
        dir.metadata().map_err(|source| Error::create(format!("cannot look at {}", shown(dir.path())), source))?;
    if geteuid().is_root() && about.uid() != 0 {
        let (path, uid) = (shown(dir.path()), about.uid());
        return Err(Error::create(
            format!("{path} belongs to user {uid} and this runs as root; run it as that user"),
            std::io::ErrorKind::PermissionDenied.into(),
        ));
    }
    Ok(())
}

/// A path as text for a message.
pub(crate) fn shown(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    crate::text::sanitize(path.as_os_str().as_bytes())
}

/// How many files may wait open: well below the limit of descriptors, half of which may be waiting for the next batch.
fn descriptors_to_spare() -> usize {
    const RESERVE: u64 = 64;
    const MOST: u64 = 512;
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(MOST + RESERVE);
    usize::try_from(limit.saturating_sub(RESERVE).min(MOST)).unwrap_or(0)
}
