//! A file system that counts and names what is done to it, fails or dies at a chosen operation, and knows what a power
//! cut would leave. It never really flushes, which makes it quick.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Mutex;

use super::*;
use crate::store::fs::{Dir, Flushing};

/// What goes wrong, and at which operation that changes something, counted from 0.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plan {
    Nothing,
    /// That operation is half done, a write, or not at all; and nothing is done any more.
    Kill(usize),
    /// That operation fails, half done if it is a write; the following work.
    Fail(usize),
}

#[derive(Debug)]
pub(super) struct Rig {
    plan: Plan,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    log: Vec<String>,
    /// Contents as last flushed, by inode.
    flushed: HashMap<u64, Vec<u8>>,
    /// The directory as last flushed.
    names: BTreeMap<OsString, u64>,
}

/// What a power cut does to what was written and not flushed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unflushed {
    Lost,
    Zeros,
    Kept,
}

impl Rig {
    pub(super) fn new(plan: Plan) -> Arc<Self> {
        Arc::new(Self { plan, seen: Mutex::default() })
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.seen.lock().unwrap().log.clone()
    }

    /// What may be found in `dir` after the power failed.
    pub(super) fn after_power_cut(&self, dir: &Path, unflushed: Unflushed, renamed: bool) -> Vec<(OsString, Vec<u8>)> {
        let seen = self.seen.lock().unwrap();
        let now = listing(dir);
        let names = if renamed { &now } else { &seen.names };
        let content = |(name, inode): (&OsString, &u64)| {
            let current = now.get(name).filter(|now| *now == inode).map(|_| std::fs::read(dir.join(name)).unwrap());
            let mut flushed = seen.flushed.get(inode).cloned().unwrap_or_default();
            match (current, unflushed) {
                (Some(current), Unflushed::Kept) => flushed = current,
                (Some(current), Unflushed::Zeros) if current.len() > flushed.len() => flushed.resize(current.len(), 0),
                _ => {}
            }
            (name.clone(), flushed)
        };
        names.iter().map(content).collect()
    }

    fn dead(&self) -> bool {
        matches!(self.plan, Plan::Kill(at) if self.seen.lock().unwrap().log.len() > at)
    }

    /// Notes an operation; an error if it is not to be done.
    fn step(&self, name: String) -> io::Result<()> {
        let dead = self.dead();
        let mut seen = self.seen.lock().unwrap();
        let number = seen.log.len();
        seen.log.push(name);
        match self.plan {
            Plan::Kill(at) if at == number || dead => Err(io::Error::other("killed")),
            Plan::Fail(at) if at == number => Err(io::Error::from_raw_os_error(5)),
            _ => Ok(()),
        }
    }

    fn alive(&self) -> io::Result<()> {
        if self.dead() { Err(io::Error::other("killed")) } else { Ok(()) }
    }
}

fn listing(dir: &Path) -> BTreeMap<OsString, u64> {
    let Ok(entries) = std::fs::read_dir(dir) else { return BTreeMap::new() };
    entries.map(|entry| entry.unwrap()).map(|entry| (entry.file_name(), entry.metadata().unwrap().ino())).collect()
}

fn inode(file: &File) -> u64 {
    file.metadata().unwrap().ino()
}

fn shown(name: &OsStr) -> &str {
    let name = name.to_str().unwrap();
    name.rsplit_once('.').map_or(name, |(_, end)| end)
}

impl FileSystem for Rig {
    fn open_dir(&self, path: &Path) -> io::Result<Dir> {
        self.alive()?;
        System.open_dir(path)
    }

    fn flushing(&self, _dir: &Dir) -> Flushing {
        Flushing::Each
    }

    fn mkdir(&self, path: &Path) -> io::Result<()> {
        self.step("mkdir".into())?;
        System.mkdir(path)
    }

    fn mkdir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        if dir.path().join(name).exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.step("mkdir".into())?;
        System.mkdir_at(dir, name)
    }

    fn open_dir_at(&self, dir: &Dir, name: &OsStr) -> io::Result<Dir> {
        self.alive()?;
        System.open_dir_at(dir, name)
    }

    fn open_existing(&self, dir: &Dir, name: &OsStr, access: Access) -> io::Result<File> {
        self.alive()?;
        let file = System.open_existing(dir, name, access)?;
        // Whatever an earlier process left is on the disk.
        let content = std::fs::read(dir.path().join(name))?;
        let mut seen = self.seen.lock().unwrap();
        seen.flushed.entry(inode(&file)).or_insert(content);
        seen.names = listing(dir.path());
        Ok(file)
    }

    fn create_unnamed(&self, _dir: &Path) -> io::Result<File> {
        unreachable!("a ledger has no unnamed files")
    }

    fn create_new(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        self.step(format!("create {}", shown(name)))?;
        let file = System.create_new(dir, name)?;
        // The inode may be that of a file that was removed.
        self.seen.lock().unwrap().flushed.remove(&inode(&file));
        Ok(file)
    }

    fn open_append(&self, dir: &Dir, name: &OsStr) -> io::Result<File> {
        if !dir.path().join(name).exists() {
            self.step(format!("create {}", shown(name)))?;
        }
        System.open_append(dir, name)
    }

    fn write_all(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step(format!("write {}", if bytes.is_empty() { "nothing" } else { "lines" })) {
            if matches!(self.plan, Plan::Fail(_)) || matches!(self.plan, Plan::Kill(at) if self.log().len() == at + 1) {
                System.write_all(file, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        System.write_all(file, bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        self.step("sync file".into())?;
        let mut content = vec![0; usize::try_from(file.metadata()?.len()).unwrap()];
        file.read_exact_at(&mut content, 0)?;
        self.seen.lock().unwrap().flushed.insert(inode(file), content);
        Ok(())
    }

    fn sync_dir(&self, dir: &Dir) -> io::Result<()> {
        self.step("sync dir".into())?;
        if dir.path().ends_with("pop3") {
            self.seen.lock().unwrap().names = listing(dir.path());
        }
        Ok(())
    }

    fn sync_fs(&self, _dir: &Dir) -> io::Result<()> {
        unreachable!("a ledger flushes nothing but itself")
    }

    fn publish(&self, _: &Dir, _: &OsStr, _: &Dir, _: &OsStr) -> io::Result<()> {
        unreachable!("a ledger's file is replaced")
    }

    fn replace(&self, dir: &Dir, name: &OsStr, new_name: &OsStr) -> io::Result<()> {
        self.step(format!("rename {} {}", shown(name), shown(new_name)))?;
        System.replace(dir, name, new_name)
    }

    fn unlink(&self, dir: &Dir, name: &OsStr) -> io::Result<()> {
        if !dir.path().join(name).exists() {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.step(format!("unlink {}", shown(name)))?;
        System.unlink(dir, name)
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        self.step("truncate".into())?;
        System.truncate(file, length)
    }
}
