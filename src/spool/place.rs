//! Where a user's queue is.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD};

use super::home::shown;
use crate::error::{Error, Result};

/// Where users without a place of their own (www-data, cron jobs without `HOME`) queue mail: each in a directory named
/// by its user id.
///
/// An administrator makes it once: `install -d -o root -g root -m 1733 /var/spool/mailwire`. Everybody may then make a
/// directory in it, nobody but root sees whose are there, and nobody removes or renames another's.
pub const SYSTEM_SPOOL: &str = "/var/spool/mailwire";

/// What [`place`] decides by.
#[derive(Clone, Copy, Debug)]
pub struct Offers<'a> {
    /// The state directory that was asked for by option, configuration or `$STATE_DIRECTORY`: the only one looked at.
    pub asked: Option<&'a Path>,
    /// The state directory that `$XDG_STATE_HOME` or `$HOME` make.
    pub own: Option<&'a Path>,
    /// Whether `own` is there or can be made, see [`is_makeable`]: a system user's `HOME` often cannot.
    pub own_is_makeable: bool,
    /// The user.
    pub uid: u32,
    /// [`SYSTEM_SPOOL`], if it is there.
    pub system: Option<&'a SystemSpool>,
}

/// A directory in which each user has a queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SystemSpool {
    /// Where it is.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: u32,
    /// Its permission bits.
    pub mode: u32,
}

/// One user's queue in a [`SystemSpool`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserQueue {
    /// The user.
    pub uid: u32,
    /// The queue's directory.
    pub path: PathBuf,
}

/// The directory of a user's queue: `smtpsend/queue` below the state directory, else the user's in the system's spool.
///
/// Fails with [`Error::Config`] if there is neither, or if the system's spool is not as [`SYSTEM_SPOOL`] says.
pub fn place(offers: &Offers<'_>) -> Result<PathBuf> {
    let below = |state: &Path| state.join("smtpsend").join("queue");
    if let Some(asked) = offers.asked {
        return Ok(below(asked));
    }
    if let Some(own) = offers.own.filter(|_| offers.own_is_makeable) {
        return Ok(below(own));
    }
    match (offers.system, offers.own) {
        (Some(system), _) => {
            system.check()?;
            Ok(system.path.join(offers.uid.to_string()))
        }
        // Using it says best what is wrong with it.
        (None, Some(own)) => Ok(below(own)),
        (None, None) => Err(Error::Config(format!(
            "no place for a queue: HOME is not set; name one with --queue-dir, or make {SYSTEM_SPOOL} (root's, mode 1733)"
        ))),
    }
}

/// Whether a directory is there and can be written to, or can be made.
pub fn is_makeable(path: &Path) -> bool {
    let existing = path.ancestors().find(|path| path.symlink_metadata().is_ok());
    existing.is_some_and(|path| {
        path.is_dir() && rustix::fs::accessat(CWD, path, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS).is_ok()
    })
}

/// The users' queues in a spool like [`SYSTEM_SPOOL`], for root to go through: by user, and only those that belong to
/// the user whose id is their name. [`Queue::of_user`](super::Queue::of_user) opens one.
///
/// None where there is no such spool.
pub fn of_users(base: &Path) -> Result<Vec<UserQueue>> {
    let failed = |error| Error::io(format!("listing the queues in {}", shown(base)), error);
    match SystemSpool::look(base) {
        Ok(Some(spool)) => spool.check()?,
        Ok(None) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    }
    let mut queues = Vec::new();
    for entry in base.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Some(uid) = user(&entry.file_name()) else { continue };
        // Of the entry itself: a link is nobody's queue.
        match entry.metadata() {
            Ok(about) if about.is_dir() && about.uid() == uid => queues.push(UserQueue { uid, path: entry.path() }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    queues.sort_unstable_by_key(|queue| queue.uid);
    Ok(queues)
}

impl SystemSpool {
    /// Looks whether it is there.
    pub fn look(path: &Path) -> io::Result<Option<Self>> {
        match path.symlink_metadata() {
            Ok(about) if about.is_dir() => {
                Ok(Some(Self { path: path.to_owned(), owner: about.uid(), mode: about.mode() & 0o7777 }))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn check(&self) -> Result<()> {
        const STICKY: u32 = 0o1000;
        const ALL_MAKE: u32 = 0o003;
        let sound = self.owner == 0 && self.mode & STICKY != 0 && self.mode & ALL_MAKE == ALL_MAKE;
        match sound {
            true => Ok(()),
            false => Err(Error::Config(format!(
                "{} cannot hold everybody's queues: it belongs to user {} with mode {:04o}; it must be root's with mode 1733",
                shown(&self.path),
                self.owner,
                self.mode
            ))),
        }
    }
}

/// The user id that a directory's name is, written as we write it.
fn user(name: &OsStr) -> Option<u32> {
    let name = std::str::from_utf8(name.as_bytes()).ok()?;
    let uid: u32 = name.parse().ok()?;
    (uid.to_string() == name).then_some(uid)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rustix::process::geteuid;

    use super::*;

    const NONE: Offers<'static> = Offers { asked: None, own: None, own_is_makeable: false, uid: 33, system: None };

    fn spool(owner: u32, mode: u32) -> SystemSpool {
        SystemSpool { path: SYSTEM_SPOOL.into(), owner, mode }
    }

    #[test]
    fn the_state_directory_comes_first() {
        let (asked, own, system) = (Path::new("/asked"), Path::new("/own"), spool(0, 0o1733));
        let all = Offers { asked: Some(asked), own: Some(own), own_is_makeable: true, uid: 33, system: Some(&system) };
        let at = |offers: &Offers<'_>| place(offers).unwrap().to_str().unwrap().to_owned();
        assert_eq!(at(&all), "/asked/smtpsend/queue");
        assert_eq!(at(&Offers { asked: None, ..all }), "/own/smtpsend/queue");
        assert_eq!(at(&Offers { asked: None, own_is_makeable: false, ..all }), "/var/spool/mailwire/33");
        assert_eq!(at(&Offers { asked: None, own: None, ..all }), "/var/spool/mailwire/33");
        // A place that cannot be used is named by the error that follows.
        assert_eq!(at(&Offers { own: Some(own), ..NONE }), "/own/smtpsend/queue");
        assert!(matches!(place(&NONE), Err(Error::Config(why)) if why.contains("--queue-dir")));
    }

    #[test]
    fn a_spool_where_others_could_remove_mail_is_refused() {
        for (owner, mode) in [(0, 0o0733), (0, 0o1700), (0, 0o1755), (1000, 0o1733)] {
            let system = spool(owner, mode);
            let error = place(&Offers { system: Some(&system), ..NONE }).unwrap_err();
            assert!(matches!(&error, Error::Config(why) if why.contains("1733")), "{owner} {mode:o} {error}");
        }
    }

    #[test]
    fn users_are_found_by_what_belongs_to_them() {
        let dir = tempfile::tempdir().unwrap();
        let me = geteuid().as_raw();
        assert_eq!(of_users(&dir.path().join("absent")).unwrap(), []);
        for name in [&*me.to_string(), "0123", "x", "4294967295", "-1"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink(dir.path().join(me.to_string()), dir.path().join("1")).unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o1733)).unwrap();
        let found = of_users(dir.path());
        match me {
            0 => assert_eq!(found.unwrap(), [UserQueue { uid: 0, path: dir.path().join("0") }]),
            _ => assert!(matches!(found, Err(Error::Config(_)))),
        }
    }

    #[test]
    fn a_place_that_can_be_made_is_told_from_others() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(is_makeable(dir.path()));
        assert!(is_makeable(&dir.path().join("a/b/c")));
        assert!(!is_makeable(&dir.path().join("file/b")));
    }
}
