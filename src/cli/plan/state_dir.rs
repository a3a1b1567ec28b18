//! Where state is kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::exit::Failure;

/// `--state-dir`, else `$STATE_DIRECTORY` (its first entry: systemd joins several by colons), else
/// `$XDG_STATE_HOME/mailwire`, else `~/.local/state/mailwire`. Relative XDG paths are ignored, as XDG asks.
pub(crate) fn find(option: Option<&Path>, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf, Failure> {
    asked(option, environment).or_else(|| own(environment)).ok_or_else(missing)
}

/// What was asked for: `--state-dir`, else `$STATE_DIRECTORY`.
pub(crate) fn asked(option: Option<&Path>, environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let of_systemd = || {
        let list = environment("STATE_DIRECTORY")?;
        std::env::split_paths(&list).find(|path| path.is_absolute())
    };
    option.map(Path::to_owned).or_else(of_systemd)
}

/// The user's own.
pub(crate) fn own(environment: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("mailwire"))
}

pub(crate) fn missing() -> Failure {
    Failure::config("no place for state: HOME is not set; name a directory with --state-dir")
}
