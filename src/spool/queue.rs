//! The queue: what puts mails in, finds them, and takes them out.

use std::ffi::OsString;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::AtFlags;
use rustix::process::geteuid;
use twox_hash::XxHash3_64;

use super::backoff;
use super::home::{Home, Part, shown};
use super::id::Id;
use super::listing::{self, Entry};
use super::mail::{self, Ticket};
use super::place::UserQueue;
use super::record::{self, Fault};
use super::state::State;
use super::taken::{Body, Taken};
use crate::error::{Error, Result};
use crate::file_lock::FileLock;
use crate::store::fs::{Access, FileSystem, System};

/// A queue in a directory. Clones share it; processes and threads may use one at the same time.
#[derive(Clone, Debug)]
pub struct Queue {
    home: Arc<Home>,
}

impl Queue {
    /// Opens this user's queue, and makes its directories, mode 0700, where they are missing.
    ///
    /// [`Error::Config`] if it belongs to somebody else, or others may write to it.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::with(Arc::new(System), dir)
    }

    /// As [`Queue::open`], with a file system of the caller's.
    pub fn with(fs: Arc<dyn FileSystem>, dir: &Path) -> Result<Self> {
        Ok(Self { home: Arc::new(Home::make(fs, dir, geteuid().as_raw())?) })
    }

    /// Opens this user's queue; `None` if there is none.
    pub fn find(dir: &Path) -> Result<Option<Self>> {
        let home = Home::find(Arc::new(System), dir, geteuid().as_raw())?;
        Ok(home.map(|home| Self { home: Arc::new(home) }))
    }

    /// Opens another user's queue, as root, so that what is made in it is theirs; `None` if it is gone.
    pub fn of_user(queue: &UserQueue) -> Result<Option<Self>> {
        let home = Home::find(Arc::new(System), &queue.path, queue.uid)?;
        Ok(home.map(|home| Self { home: Arc::new(home) }))
    }

    /// The queue's directory.
    pub fn path(&self) -> &Path {
        self.home.root()
    }

    /// Puts a mail into the queue. When it returns, the mail is durable; if it fails, nothing is queued.
    ///
    /// `message` is kept as it comes. [`Error::InvalidInput`] for a ticket that cannot be kept.
    pub fn add(&self, ticket: &Ticket, message: &mut dyn Read) -> Result<Id> {
        ticket.check()?;
        let id = Id::new(ticket.created);
        let Home { fs, .. } = &*self.home;
        let (from, to) = (self.home.dir(Part::Temporary), self.home.dir(Part::Queue));
        let failed = |error| self.home.failed("putting a mail into", error);
        // Held to the end: nobody sends a mail that is not durable yet, and may have to be taken back.
        let file = FileLock::try_on(self.home.create(Part::Temporary, id.as_os()).map_err(failed)?);
        let file = file.map_err(|error| unlockable(&id, error)).and_then(|file| file.ok_or_else(|| locked(&id)));
        let filled = file.and_then(|file| self.fill(&file, &id, ticket, message).map(|()| file));
        let _file = match filled {
            Ok(file) => file,
            Err(error) => {
                fs.unlink(from, id.as_os()).ok();
                return Err(error);
            }
        };
        let published = fs.publish(from, id.as_os(), to, id.as_os()).and_then(|()| fs.sync_dir(to));
        let Err(error) = published else { return Ok(id) };
        fs.unlink(from, id.as_os()).ok();
        if error.kind() == io::ErrorKind::AlreadyExists || self.home.remove(Part::Queue, id.as_os()).is_ok() {
            return Err(failed(error));
        }
        Err(self.home.failed(&format!("(it may be sent all the same, as {id}) putting a mail into"), error))
    }

    /// What is in the queue, with what failed and what is damaged, oldest first; messages are not read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        listing::list(&self.home)
    }

    /// The mails whose time has come, oldest first; those that are held are not among them. Clears away what dead
    /// processes left.
    ///
    /// A mail that turns out to be damaged is one of them: [`Queue::take`] says so.
    pub fn due(&self, now: SystemTime) -> Result<Vec<Id>> {
        self.sweep(now)?;
        let is_due = |id: &Id| match self.home.state(id) {
            Ok(Some(State { failed: None, held: Some(_), begun: None, .. })) => false,
            Ok(Some(State { failed: None, next, attempts, .. })) => backoff::is_due(next, attempts, now),
            _ => true,
        };
        Ok(self.ids()?.into_iter().filter(is_due).collect())
    }

    /// All mails that wait, also those that are held or wait for their time, oldest first.
    pub fn ids(&self) -> Result<Vec<Id>> {
        Ok(self.home.names(Part::Queue)?.iter().filter_map(|name| Id::of_file(name)).collect())
    }

    /// A waiting mail's ticket, without its message and without a lock; `None` if it is gone.
    ///
    /// [`Error::State`] if it cannot be read, which [`Queue::take`] sees to.
    pub fn ticket(&self, id: &Id) -> Result<Option<Ticket>> {
        let read = self.home.mail(Part::Queue, id);
        read.map(|mail| mail.map(|mail| mail.ticket)).map_err(|fault| self.home.fault(Part::Queue, id.as_os(), fault))
    }

    /// Records that somebody has looked at a mail that cannot be tried, unless that was recorded lately: see [`Taken::look`].
    pub fn look(&self, id: &Id, ticket: &Ticket, now: SystemTime) -> Result<()> {
        const LATELY: Duration = Duration::from_secs(12 * 3600);
        let Ok(state) = self.home.state(id) else { return Ok(()) };
        let seen = state.and_then(|state| state.seen).unwrap_or(ticket.created);
        match now.duration_since(seen) {
            Ok(since) if since < LATELY => Ok(()),
            _ => self.take(id)?.map_or(Ok(()), |taken| taken.look(now)),
        }
    }

    /// Whether somebody has taken a mail just now.
    pub fn is_taken(&self, id: &Id) -> Result<bool> {
        match self.home.open(Part::Queue, id.as_os(), Access::Read) {
            Ok(Some(file)) => FileLock::is_taken(&file).map_err(|error| self.home.failed("looking at", error)),
            _ => Ok(false),
        }
    }

    /// Takes a mail to send it, locked against every other process until the [`Taken`] and its bodies are dropped. Reads
    /// the message once, to be sure of it.
    ///
    /// `None` if it is gone, nothing is left to do for it, or somebody else has it. [`Error::State`] if it is damaged:
    /// then it was moved to `damaged/`, and the others go on.
    pub fn take(&self, id: &Id) -> Result<Option<Taken>> {
        match self.home.open(Part::Queue, id.as_os(), Access::ReadWrite) {
            Ok(Some(file)) => self.claim(id, file),
            Ok(None) => Ok(None),
            Err(fault) => Err(self.home.fault(Part::Queue, id.as_os(), fault)),
        }
    }

    /// Takes a mail whose file was opened, if it still is the mail by now.
    pub(super) fn claim(&self, id: &Id, file: File) -> Result<Option<Taken>> {
        let home = &self.home;
        let fault = |fault| home.fault(Part::Queue, id.as_os(), fault);
        let Some(file) = FileLock::try_on(file).map_err(|error| unlockable(id, error))? else { return Ok(None) };
        if !self.is_named(&file, id).map_err(fault)? {
            return Ok(None);
        }
        let file = Arc::new(file);
        let read = mail::read(&file, id).and_then(|mail| {
            let body = Body::new(&file, &mail);
            mail::verify(&body).map(|()| (mail, body))
        });
        let (mail, body) = match read {
            Ok(read) => read,
            Err(Fault::Damaged(why)) => return Err(self.set_aside(id, &why)),
            Err(other) => return Err(fault(other)),
        };
        let state = match home.state(id) {
            Ok(state) => state.unwrap_or_default(),
            Err(Fault::Damaged(why)) => self.renew_state(id, &why)?,
            Err(other) => return Err(home.fault(Part::State, id.as_os(), other)),
        };
        let taken = Taken::new(Arc::clone(home), id.clone(), mail, body, state);
        // What a crash left half done is finished now.
        match taken.is_settled() {
            true => taken.finish().map(|()| None),
            false => Ok(Some(taken)),
        }
    }

    /// Removes a mail, waiting, failed or damaged; whether there was one. [`Error::Locked`] if it is just being sent.
    pub fn remove(&self, id: &Id) -> Result<bool> {
        let home = &self.home;
        let mut found = false;
        // Held until all of it is gone.
        let _lock = match home.open(Part::Queue, id.as_os(), Access::ReadWrite) {
            Err(Fault::Io(error)) => return Err(home.fault(Part::Queue, id.as_os(), Fault::Io(error))),
            Err(_) | Ok(None) => None,
            Ok(Some(file)) => match FileLock::try_on(file).map_err(|error| unlockable(id, error))? {
                None => return Err(locked(id)),
                lock => lock,
            },
        };
        // Damaged ones may have got another ending, so as not to replace each other.
        let is_of = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with(id.as_str()));
        let damaged = home.names(Part::Damaged)?.into_iter().filter(is_of).map(|name| (Part::Damaged, name));
        let mails = [Part::Queue, Part::Failed].map(|part| (part, id.as_os().to_owned()));
        for (part, name) in mails.into_iter().chain(damaged) {
            found |= home.remove(part, &name).map_err(|error| home.failed(&format!("removing {id} from"), error))?;
        }
        home.forget(id);
        Ok(found)
    }

    /// Writes a mail's file and flushes it.
    fn fill(&self, mut file: &File, id: &Id, ticket: &Ticket, message: &mut dyn Read) -> Result<()> {
        const CHUNK: usize = 128 * 1024;
        let failed = |error| self.home.failed("putting a mail into", error);
        let fs = &self.home.fs;
        let header = mail::header(id, ticket, 0, 0);
        if header.len() > record::LIMIT {
            return Err(Error::InvalidInput("the envelope is too large to be queued".into()));
        }
        fs.write_all(file, &header).map_err(failed)?;
        let mut buffer = vec![0; CHUNK];
        let mut hash = XxHash3_64::new();
        let mut size: u64 = 0;
        loop {
            let filled = match message.read(&mut buffer) {
                Ok(0) => break,
                Ok(filled) => filled,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io("reading the message that is to be queued", error)),
            };
            let chunk = buffer.get(..filled).unwrap_or_default();
            hash.write(chunk);
            size = size.saturating_add(filled as u64);
            fs.write_all(file, chunk).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        fs.write_all(file, &mail::header(id, ticket, size, hash.finish())).map_err(failed)?;
        fs.sync_file(file).map_err(failed)
    }

    /// Whether the file that was locked still is the mail: it may have been sent and removed while we came.
    fn is_named(&self, file: &File, id: &Id) -> Result<bool, Fault> {
        let Some(named) = self.home.open(Part::Queue, id.as_os(), Access::Read)? else { return Ok(false) };
        let (ours, theirs) = (file.metadata()?, named.metadata()?);
        Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
    }

    fn set_aside(&self, id: &Id, why: &str) -> Error {
        let (path, detail) = match self.home.set_aside(Part::Queue, id.as_os()) {
            Ok(name) => {
                (self.home.dir(Part::Damaged).path().join(name), "it was moved there from the queue".to_owned())
            }
            Err(error) => (
                self.home.dir(Part::Queue).path().join(id.as_os()),
                format!("it cannot be moved to damaged/ ({error})"),
            ),
        };
        Error::State { path: shown(&path), detail: format!("{why}; {detail}, and is not sent") }
    }

    /// Puts a state that knows nothing in the place of a damaged one: the mail counts as one whose attempt was cut short.
    fn renew_state(&self, id: &Id, why: &str) -> Result<State> {
        const KEPT: u64 = 1 << 20;
        // For people; it is no loss if that fails.
        if let Ok(Some(file)) = self.home.open(Part::State, id.as_os(), Access::Read)
            && let Ok(copy) = self.home.create(Part::Damaged, format!("{id}.state").as_ref())
        {
            let mut octets = Vec::new();
            file.take(KEPT).read_to_end(&mut octets).ok();
            self.home.fs.write_all(&copy, &octets).ok();
        }
        let state = State {
            begun: Some(SystemTime::UNIX_EPOCH),
            last_error: Some(format!("the record of earlier attempts was damaged: {why}")),
            ..State::default()
        };
        self.home.write_state(id, &state)?;
        Ok(state)
    }

    /// Removes mails that were never whole, and states of mails that are gone.
    fn sweep(&self, now: SystemTime) -> Result<()> {
        // A writer has locked its file long before.
        const STALE: Duration = Duration::from_secs(3600);
        let home = &self.home;
        for name in home.names(Part::Temporary)? {
            if Id::of_file(&name).is_none() {
                continue;
            }
            let Ok(Some(file)) = home.open(Part::Temporary, &name, Access::ReadWrite) else { continue };
            let age = file.metadata().and_then(|about| about.modified()).map(|then| now.duration_since(then));
            if matches!(age, Ok(Ok(age)) if age > STALE)
                && let Ok(Some(_lock)) = FileLock::try_on(file)
            {
                home.fs.unlink(home.dir(Part::Temporary), &name).ok();
            }
        }
        for name in home.names(Part::State)? {
            let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".new").unwrap_or(name).parse().ok()) else {
                continue;
            };
            // In the order in which a mail moves.
            if ![Part::Queue, Part::Failed, Part::Damaged].into_iter().any(|part| self.may_hold(part, &id)) {
                home.forget(&id);
            }
        }
        Ok(())
    }

    fn may_hold(&self, part: Part, id: &Id) -> bool {
        let about = rustix::fs::statat(self.home.dir(part).fd(), id.as_os(), AtFlags::SYMLINK_NOFOLLOW);
        !matches!(about, Err(rustix::io::Errno::NOENT))
    }
}

fn locked(id: &Id) -> Error {
    Error::Locked { what: format!("the queued mail {id}") }
}

fn unlockable(id: &Id, error: io::Error) -> Error {
    Error::create(format!("locking the queued mail {id}"), error)
}
