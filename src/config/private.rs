//! Files that hold secrets: opened once, and judged by what was opened.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::text::sanitize;

/// More than this is no configuration, netrc or password.
const LARGEST: u64 = 1 << 20;

/// The content of a file that nobody else may be able to read; `holds` says what it is for messages, as in "a private key".
///
/// # Errors
/// [`Error::Config`] if it cannot be read, or can be by others.
pub fn read_private(path: &Path, holds: &str) -> Result<Zeroizing<Vec<u8>>> {
    let file = PrivateFile::read(path).map_err(|error| {
        Error::Config(format!("cannot read {}: {error}", sanitize(path.as_os_str().as_encoded_bytes())))
    })?;
    file.require_private(holds)?;
    Ok(file.content)
}

/// A small file's content, with what is needed to judge who else can see or change it.
pub(super) struct PrivateFile {
    path: PathBuf,
    metadata: Metadata,
    /// The content; wiped when dropped.
    pub(super) content: Zeroizing<Vec<u8>>,
}

impl PrivateFile {
    /// Reads the file through one descriptor, which the checks are made on.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        // Sized at once where the size is known: a buffer that grows leaves copies behind that are not wiped.
        let expected = usize::try_from(metadata.len().min(LARGEST)).unwrap_or_default();
        let mut content = Zeroizing::new(Vec::with_capacity(expected.saturating_add(1024)));
        if file.by_ref().take(LARGEST + 1).read_to_end(&mut content)? as u64 > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(Self { path: path.to_owned(), metadata, content })
    }

    /// The path as messages show it.
    pub(super) fn name(&self) -> String {
        sanitize(self.path.as_os_str().as_encoded_bytes())
    }

    /// Fails with [`Error::Config`] unless only its owner, who is this user or root, can read or change the file.
    pub(super) fn require_private(&self, holds: &str) -> Result<()> {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        self.check(holds, rustix::process::geteuid().as_raw(), credentials.as_deref())
    }

    /// Fails with [`Error::Config`] if anybody may change the file: it can name commands to run.
    pub(super) fn require_trustworthy(&self) -> Result<()> {
        if self.metadata.is_file() && self.metadata.mode() & 0o002 != 0 {
            return Err(Error::Config(format!(
                "{} can be changed by everybody: chmod o-w {}",
                self.name(),
                self.quoted()
            )));
        }
        Ok(())
    }

    fn check(&self, holds: &str, user: u32, credentials: Option<&Path>) -> Result<()> {
        let name = self.name();
        let owner = self.metadata.uid();
        if owner != user && owner != 0 {
            return Err(Error::Config(format!(
                "{name} holds {holds} and belongs to another user ({owner}): chown {user} {}",
                self.quoted()
            )));
        }
        // quirk: systemd grants a service its credentials by an access list, which shows as a group's right to read.
        let of_systemd = owner == 0 && credentials.is_some_and(|directory| self.path.starts_with(directory));
        let refused = if of_systemd { 0o026 } else { 0o066 };
        if self.metadata.mode() & refused != 0 {
            return Err(Error::Config(format!(
                "{name} holds {holds} and other users can read or change it (mode {:o}): chmod 600 {}",
                self.metadata.mode() & 0o777,
                self.quoted()
            )));
        }
        self.check_directories(holds)
    }

    /// The directory it was named in and the one it is really in: in a directory that everybody can write to and
    /// that is not sticky, anybody can put another file in its place.
    fn check_directories(&self, holds: &str) -> Result<()> {
        if !self.metadata.is_file() {
            return Ok(());
        }
        let real = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        for path in [&self.path, &real] {
            let directory = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            let mode = std::fs::metadata(directory).map_or(0, |metadata| metadata.mode());
            if mode & 0o002 != 0 && mode & 0o1000 == 0 {
                return Err(Error::Config(format!(
                    "{} holds {holds} and is in a directory that everybody can write to: chmod o-w {}",
                    self.name(),
                    quote(directory)
                )));
            }
        }
        Ok(())
    }

    fn quoted(&self) -> String {
        quote(&self.path)
    }
}

/// The path as it can be pasted into a shell, unless it holds what a terminal must not get.
fn quote(path: &Path) -> String {
    let shown = sanitize(path.as_os_str().as_encoded_bytes());
    match shlex::try_quote(&shown) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => "the file".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn judge(path: &Path) -> Result<()> {
        PrivateFile::read(path).unwrap().require_private("a password")
    }

    #[test]
    fn modes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it's secret");
        fs::write(&path, "x").unwrap();
        for mode in [0o600, 0o400, 0o700] {
            chmod(&path, mode);
            judge(&path).unwrap();
        }
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o660] {
            chmod(&path, mode);
            let error = judge(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("{mode:o}")) && error.contains("chmod 600 "), "{error}");
        }
        chmod(&path, 0o666);
        assert!(PrivateFile::read(&path).unwrap().require_trustworthy().is_err());
        chmod(&path, 0o664);
        PrivateFile::read(&path).unwrap().require_trustworthy().unwrap();
    }

    #[test]
    fn the_file_behind_a_symlink_is_judged() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "x").unwrap();
        symlink(&file, &link).unwrap();
        chmod(&file, 0o644);
        assert!(judge(&link).is_err());
        chmod(&file, 0o600);
        judge(&link).unwrap();
    }

    #[test]
    fn directories_that_everybody_can_write_to() {
        let directory = tempfile::tempdir().unwrap();
        let open = directory.path().join("open");
        fs::create_dir(&open).unwrap();
        let path = open.join("secret");
        fs::write(&path, "x").unwrap();
        chmod(&path, 0o600);
        chmod(&open, 0o777);
        let error = judge(&path).unwrap_err().to_string();
        assert!(error.contains("directory") && error.contains("chmod o-w"), "{error}");
        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(judge(&link).is_err());
        chmod(&open, 0o1777);
        judge(&path).unwrap();
    }

    #[test]
    fn other_owners() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "x").unwrap();
        chmod(&path, 0o600);
        let file = PrivateFile::read(&path).unwrap();
        let owner = file.metadata.uid();
        file.check("a password", owner, None).unwrap();
        let stranger = file.check("a password", owner + 1, None);
        // Root may own the secrets of everybody.
        assert_eq!(stranger.is_ok(), owner == 0);
        if owner == 0 {
            chown(&path, Some(4242), None).unwrap();
            let error = judge(&path).unwrap_err().to_string();
            assert!(error.contains("4242"), "{error}");
        }
    }

    #[test]
    fn credentials_of_systemd_may_show_a_group() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "x").unwrap();
        chmod(&path, 0o440);
        let file = PrivateFile::read(&path).unwrap();
        let owner = file.metadata.uid();
        assert!(file.check("a password", owner, None).is_err());
        assert_eq!(file.check("a password", owner, Some(directory.path())).is_ok(), owner == 0);
        chmod(&path, 0o444);
        assert!(PrivateFile::read(&path).unwrap().check("a password", owner, Some(directory.path())).is_err());
    }

    #[test]
    fn no_directories_and_no_giants() {
        let directory = tempfile::tempdir().unwrap();
        assert!(PrivateFile::read(directory.path()).is_err());
        let path = directory.path().join("big");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(PrivateFile::read(&path).is_err());
        assert!(PrivateFile::read(Path::new("/dev/zero")).is_err());
    }
}
