//! A file system that records what is done, fails or dies at the n-th operation, and knows what a power cut would leave.
//!
//! Files are real, below one root; flushing is only pretended. Reading and opening what exists is no operation.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Access, Dir, FileSystem, Flushing, System};

/// What goes wrong. Operations are counted from 0, over the file system and whoever else calls [`Accident::step`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Plan {
    Nothing,
    /// This operation fails with an errno.
    Fail(usize, i32),
    /// It and all that follow.
    FailFrom(usize, i32),
    /// The process is gone from this operation on; a write is cut in half.
    Kill(usize),
}

/// The course of events that a file system and a journal share.
#[derive(Debug)]
pub(crate) struct Accident {
    plan: Plan,
    trace: Mutex<Vec<String>>,
}

/// What an operation is to do.
#[derive(Debug)]
pub(crate) enum Step {
    Go,
    /// Fail, after half of it if it can be halved.
    Fail(io::Error),
}

impl Accident {
    pub(crate) fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self { plan, trace: Mutex::default() })
    }

    /// Counts and records an operation.
    pub(crate) fn step(&self, operation: impl FnOnce() -> String) -> Step {
        let mut trace = self.trace.lock().unwrap();
        let n = trace.len();
        trace.push(operation());
        let errno = io::Error::from_raw_os_error;
        match self.plan {
            Plan::Fail(at, code) if n == at => Step::Fail(errno(code)),
            Plan::FailFrom(at, code) if n >= at => Step::Fail(errno(code)),
            // The process sees nothing any more; the operation must have no effect.
            Plan::Kill(at) if n >= at => Step::Fail(io::Error::other("killed")),
            _ => Step::Go,
        }
    }

    pub(crate) fn check(&self, operation: impl FnOnce() -> String) -> io::Result<()> {
        match self.step(operation) {
            Step::Go => Ok(()),
            Step::Fail(error) => Err(error),
        }
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.trace.lock().unwrap().clone()
    }

    /// Whether a kill was reached, so that a write at this point is the last thing that happens.
    fn is_last_breath(&self) -> bool {
        matches!(self.plan, Plan::Kill(at) if self.trace.lock().unwrap().len() == at + 1)
    }
}

/// Which of the changes that were not flushed a power cut takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Loss {
    /// All of them.
    Everything,
    /// Contents only: names are there, files that were never flushed are empty.
    Contents,
    /// Contents only, which are zeros where they were not flushed.
    Zeros,
    /// Names only.
    Names,
}

type Entries = BTreeMap<OsString, u64>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Faulty {
    root: PathBuf,
    flushing: Flushing,
    pub(crate) accident: Arc<Accident>,
    disk: Mutex<Disk>,
}

/// Files and directories by identities of our own, as inode numbers are used again.
#[derive(Debug, Default)]
struct Disk {
    ids: HashMap<u64, u64>,
    next: u64,
    contents: HashMap<u64, Vec<u8>>,
    entries: HashMap<u64, Entries>,
}

/// The tree as it is.
#[derive(Debug, Default)]
struct Tree {
    contents: HashMap<u64, Vec<u8>>,
    entries: HashMap<u64, Entries>,
}

impl Faulty {
    /// Everything that is below `root` counts as durable.
    pub(crate) fn new(root: &Path, flushing: Flushing, accident: Arc<Accident>) -> Self {
        let faulty = Self { root: root.into(), flushing, accident, disk: Mutex::default() };
        {
            let mut disk = faulty.disk();
            let tree = disk.tree(root);
            disk.contents = tree.contents;
            disk.entries = tree.entries;
        }
        faulty
    }

    /// Makes the tree below the root what a power cut would have left.
    pub(crate) fn cut_power(&self, loss: Loss) {
        let mut disk = self.disk();
        let now = disk.tree(&self.root);
        let root = disk.id(&self.root);
        let entries = if matches!(loss, Loss::Contents | Loss::Zeros) { &now.entries } else { &disk.entries };
        let content = |id: u64| match loss {
            Loss::Names => now.contents.get(&id).or(disk.contents.get(&id)).cloned().unwrap_or_default(),
            Loss::Everything | Loss::Contents => disk.contents.get(&id).cloned().unwrap_or_default(),
            Loss::Zeros => {
                let mut durable = disk.contents.get(&id).cloned().unwrap_or_default();
                durable.resize(durable.len().max(now.contents.get(&id).map_or(0, Vec::len)), 0);
                durable
            }
        };
        for entry in std::fs::read_dir(&self.root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
        build(&self.root, root, entries, &content, &disk.entries);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }

    fn shown(&self, dir: &Dir, name: &OsStr) -> String {
        dir.path().join(name).strip_prefix(&self.root).unwrap_or(Path::new("?")).display().to_string()
    }

    fn check(&self, verb: &str, dir: &Dir, name: &OsStr) -> io::Result<()> {
        self.accident.check(|| format!("{verb} {}", self.shown(dir, name)))
    }
}

fn build(
    path: &Path,
    id: u64,
    entries: &HashMap<u64, Entries>,
    content: &impl Fn(u64) -> Vec<u8>,
    known_dirs: &HashMap<u64, Entries>,
) {
    for (name, &child) in entries.get(&id).into_iter().flatten() {
        let path = path.join(name);
        if entries.contains_key(&child) || known_dirs.contains_key(&child) {
            std::fs::create_dir(&path).unwrap();
            build(&path, child, entries, content, known_dirs);
        } else {
            std::fs::write(&path, content(child)).unwrap();
        }
    }
}

impl Disk {
    fn id(&mut self, path: &Path) -> u64 {
        self.id_of(std::fs::symlink_metadata(path).unwrap().ino())
    }

    fn id_of(&mut self, inode: u64) -> u64 {
        let next = &mut self.next;
        *self.ids.entry(inode).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    /// A file or directory that has just come to be has no past, whatever had its number before.
    fn born(&mut self, inode: u64) {
        self.ids.remove(&inode);
        self.id_of(inode);
    }

    fn tree(&mut self, root: &Path) -> Tree {
        let mut tree = Tree::default();
        self.walk(root, &mut tree);
        tree
    }

    fn walk(&mut self, dir: &Path, tree: &mut Tree) {
        let id = self.id(dir);
        let names = self.list(dir);
        for name in names.keys() {
            let path = dir.join(name);
            if path.is_dir() {
                self.walk(&path, tree);
            } else {
                tree.contents.insert(self.id(&path), std::fs::read(&path).unwrap());
            }
        }
        tree.entries.insert(id, names);
    }

    fn list(&mut self, dir: &Path) -> Entries {
        let mut names = Entries::new();
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            names.insert(entry.file_name(), self.id(&entry.path()));
        }
        names
    }
}

impl FileSystem for Faulty {
    fn open_dir(&self, path: &Path) -> io::Result<Dir> {
        System.open_dir(path)
    }

    fn flushing(&self, _dir: &Dir) -> Flushing {
        self.flushing
    }

    fn mkdir(&self, path: &Path) -> io::Result<()> {
        let shown = path.strip_prefix(&self.root).unwrap_or(path).display();
        self.accident.check(|| format!("mkdir {shown}"))?;
        System.mkdir(path)?;
        let mut disk = self.disk();
        disk.born(std::fs::metadata(path).unwrap().ino());
        let id = disk.id(path);
        disk.entries.insert(id, Entries::new());
        Ok(())
    }

    fn mkdir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        self.mkdir(&dir.path().join(name))
    }

    fn open_dir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<Dir> {
        System.open_dir_at(dir, name)
    }

    fn open_existing(&self, dir: &Dir, name: &OsStr, access: Access) -> io::Result<File> {
        System.open_existing(dir, name, access)
    }

    fn create_unnamed(&self, dir: &Path) -> io::Result<File> {
        self.accident.check(|| "create unnamed".into())?;
        System.create_unnamed(dir)
    }

    fn create_new(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        self.check("create", dir, name)?;
        let file = System.create_new(dir, name)?;
        self.disk().born(file.metadata().unwrap().ino());
        Ok(file)
    }

    fn open_append(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        let fresh = std::fs::symlink_metadata(dir.path().join(name)).is_err();
        if fresh {
            self.check("create", dir, name)?;
        }
        let file = System.open_append(dir, name)?;
        if fresh {
            self.disk().born(file.metadata().unwrap().ino());
        }
        Ok(file)
    }

    fn write_all(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        match self.accident.step(|| format!("write {}", bytes.len())) {
            Step::Go => System.write_all(file, bytes),
            Step::Fail(error) => {
                // A full disk and a dying process leave a part; a dead one does nothing.
                if !matches!(self.accident.plan, Plan::Kill(_)) || self.accident.is_last_breath() {
                    System.write_all(file, &bytes[..bytes.len() / 2])?;
                }
                Err(error)
            }
        }
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        self.accident.check(|| "sync file".into())?;
        let mut content = vec![0; usize::try_from(file.metadata()?.len()).unwrap()];
        file.read_exact_at(&mut content, 0)?;
        let mut disk = self.disk();
        let id = disk.id_of(file.metadata()?.ino());
        disk.contents.insert(id, content);
        Ok(())
    }

    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        self.check("sync dir", dir, OsStr::new(""))?;
        let mut disk = self.disk();
        let id = disk.id(dir.path());
        let names = disk.list(dir.path());
        disk.entries.insert(id, names);
        Ok(())
    }

    fn sync_fs(&self, _dir: &Dir) -> io::Result<()> {
        self.accident.check(|| "sync fs".into())?;
        let mut disk = self.disk();
        let tree = disk.tree(&self.root);
        disk.contents.extend(tree.contents);
        disk.entries.extend(tree.entries);
        Ok(())
    }

    fn publish(&self, from: &Dir, name: &OsStr, to: &Dir, new_name: &OsStr) -> io::Result<()> {
        self.check("publish", to, new_name)?;
        System.publish(from, name, to, new_name)
    }

    fn replace(&self, dir: &Dir, name: &OsStr, new_name: &OsStr) -> io::Result<()> {
        self.check("replace", dir, new_name)?;
        System.replace(dir, name, new_name)
    }

    fn unlink(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        self.check("unlink", dir, name)?;
        System.unlink(dir, name)
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        self.accident.check(|| format!("truncate {length}"))?;
        System.truncate(file, length)
    }
}
