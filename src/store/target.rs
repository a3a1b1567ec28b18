//! Where mail goes, as the user names it: `maildir:DIR`, `mbox:FILE`, `eml:DIR`, `pipe:CMD`, `-`, or a bare path.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::fs::{FileSystem, System};
use super::{Commit, Stage, eml, maildir, mbox, pipe, stdout};
use crate::error::{Error, Result};
use crate::text::sanitize;

/// A target, with absolute paths.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Target {
    /// A Maildir; also what a bare path means.
    Maildir(PathBuf),
    /// An mbox file, quoted the mboxrd way.
    Mbox(PathBuf),
    /// A folder of `.eml` files with CRLF.
    Eml(PathBuf),
    /// A command that gets each message on its standard input; its words, split already.
    Pipe(Vec<String>),
    /// Standard output, as mbox.
    Stdout,
}

/// What opening a target takes besides its name.
#[derive(Debug)]
pub struct Context {
    /// A number of the ledger; marks temporary files, so that its next run may remove them.
    pub tag: u64,
    /// The account's name, for commands.
    pub account: String,
    /// How long a command may take for one message.
    pub command_timeout: Duration,
    /// The file operations.
    pub fs: Arc<dyn FileSystem>,
}

impl Context {
    /// The real file system, and 300 seconds for a command.
    pub fn new(tag: u64, account: impl Into<String>) -> Self {
        Self { tag, account: account.into(), command_timeout: Duration::from_secs(300), fs: Arc::new(System) }
    }
}

/// An opened target: the reader's side and the durable one, each to be used by a thread of its own.
pub struct Sides {
    /// Takes messages off the wire.
    pub stage: Box<dyn Stage>,
    /// Makes them durable.
    pub commit: Box<dyn Commit>,
}

impl fmt::Debug for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sides").finish_non_exhaustive()
    }
}

impl Target {
    /// Parses what the user typed. A relative path is taken from the working directory, a leading `~/` from `HOME`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for an empty name, a URL, or a command whose quotes do not match.
    pub fn parse(text: impl AsRef<OsStr>) -> Result<Self> {
        let text = text.as_ref().as_bytes();
        if text == b"-" {
            return Ok(Self::Stdout);
        }
        let scheme_end = memchr::memchr(b':', text).unwrap_or(0);
        let rest = text.get(scheme_end + 1..).unwrap_or_default();
        match text.get(..scheme_end).unwrap_or_default() {
            b"maildir" => Ok(Self::Maildir(path(rest)?)),
            b"mbox" => Ok(Self::Mbox(path(rest)?)),
            b"eml" => Ok(Self::Eml(path(rest)?)),
            b"pipe" => command(rest).map(Self::Pipe),
            b"smtp" | b"smtps" | b"lmtp" | b"imap" | b"imaps" | b"account" => Err(Error::InvalidInput(format!(
                "the target {} is a server, which this version cannot deliver to",
                sanitize(text)
            ))),
            _ if rest.starts_with(b"//") => {
                Err(Error::InvalidInput(format!("the target {} is of no known kind", sanitize(text))))
            }
            // More likely a kind mistyped than a Maildir's name.
            kind if !kind.is_empty() && kind.iter().all(u8::is_ascii_lowercase) => Err(Error::InvalidInput(format!(
                "the target {0} is of no known kind; a Maildir of that name is ./{0}",
                sanitize(text)
            ))),
            _ => Ok(Self::Maildir(path(text)?)),
        }
    }

    /// Whether a delivery to it outlives this process, so that the server's copy may be deleted.
    pub fn is_durable(&self) -> bool {
        !matches!(self, Self::Stdout)
    }

    /// Opens the target, making it if it is absent.
    ///
    /// # Errors
    /// [`Error::Storage`] of kind [`Create`](crate::error::StorageKind::Create) if that is impossible, with the reason.
    pub fn open(&self, context: Context) -> Result<Sides> {
        match self {
            Self::Maildir(path) => maildir::open(path, context.tag, context.fs),
            Self::Eml(path) => eml::open(path, context.tag, context.fs),
            Self::Mbox(path) => mbox::open(path, context.fs),
            Self::Pipe(words) => pipe::open(words, &context.account, context.command_timeout, context.fs),
            Self::Stdout => stdout::open_standard(context.fs),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |f: &mut fmt::Formatter<'_>, kind: &str, path: &Path| {
            write!(f, "{kind}:{}", sanitize(path.as_os_str().as_bytes()))
        };
        match self {
            Self::Maildir(path) => named(f, "maildir", path),
            Self::Mbox(path) => named(f, "mbox", path),
            Self::Eml(path) => named(f, "eml", path),
            Self::Pipe(words) => write!(f, "pipe:{}", sanitize(words.join(" ").as_bytes())),
            Self::Stdout => f.write_str("-"),
        }
    }
}

fn path(bytes: &[u8]) -> Result<PathBuf> {
    if bytes.is_empty() {
        return Err(Error::InvalidInput("the target names no path".into()));
    }
    if bytes.contains(&0) {
        return Err(Error::InvalidInput("the target's path contains NUL".into()));
    }
    let mut given = PathBuf::from(OsString::from_vec(bytes.to_vec()));
    if let (Some(below), Some(home)) = (bytes.strip_prefix(b"~/"), std::env::var_os("HOME")) {
        given = PathBuf::from(home).join(OsStr::from_bytes(below));
    }
    std::path::absolute(&given)
        .map_err(|source| Error::create(format!("cannot resolve {}", sanitize(given.as_os_str().as_bytes())), source))
}

fn command(bytes: &[u8]) -> Result<Vec<String>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::InvalidInput("the command of a pipe: target is not UTF-8".into()))?;
    match shlex::split(text) {
        Some(words) if words.first().is_some_and(|word| !word.is_empty()) && !text.contains('\0') => Ok(words),
        Some(_) => Err(Error::InvalidInput("a pipe: target needs a command".into())),
        None => Err(Error::InvalidInput(format!("the quotes in {} do not match", sanitize(bytes)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let parse = |text: &str| Target::parse(text).unwrap();
        assert_eq!(parse("maildir:/m"), Target::Maildir("/m".into()));
        for path in ["/srv/a:b", "/srv/a/../a:b", "/A:b"] {
            assert_eq!(parse(path), Target::Maildir(path.into()));
        }
        assert!(matches!(parse("./a:b"), Target::Maildir(path) if path.ends_with("a:b")));
        assert_eq!(parse("mbox:/m/inbox"), Target::Mbox("/m/inbox".into()));
        assert_eq!(parse("eml:/m"), Target::Eml("/m".into()));
        assert_eq!(parse("pipe:procmail -d 'a b'"), Target::Pipe(vec!["procmail".into(), "-d".into(), "a b".into()]));
        assert_eq!(parse("-"), Target::Stdout);
        assert_eq!(parse("Mail"), Target::Maildir(std::env::current_dir().unwrap().join("Mail")));
        assert!(!parse("-").is_durable() && parse("x").is_durable());
    }

    #[test]
    fn impossible_targets_are_refused() {
        for text in [
            "",
            "maildir:",
            "maildr:x",
            "pipe:",
            "pipe:''",
            "pipe:a 'b",
            "imap://h/x",
            "account:work",
            "gopher://x",
            "mbox:a\0b",
        ] {
            assert!(matches!(Target::parse(text), Err(Error::InvalidInput(_))), "{text:?}");
        }
    }

    #[test]
    fn shown_without_control_characters() {
        let target = Target::parse(OsStr::from_bytes(b"/a\x1b[1m\xff\n")).unwrap();
        assert!(!target.to_string().contains(|c: char| c.is_control()), "{target}");
    }
}
