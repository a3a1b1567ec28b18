//! Where state is kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::exit::Failure;

/// `--state-dir`, else `$STATE_DIRECTORY` (its first entry: systemd joins several by colons), else
/// `$XDG_STATE_HOME/mailwire`, else `~/.local/state/mailwire`. Relative XDG paths are ignored, as XDG asks.
pub(crate) fn find(option: Option<&Path>, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<PathBuf, Failure> {
    let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = option {
        return Ok(path.to_owned());
    }
    if let Some(list) = environment("STATE_DIRECTORY")
        && let Some(first) = std::env::split_paths(&list).find(|path| path.is_absolute())
    {
        return Ok(first);
    }
    let xdg = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || set("HOME").filter(|path| path.is_absolute()).map(|home| home.join(".local/state"));
    xdg.or_else(home).map(|base| base.join("mailwire")).ok_or_else(missing)
}

pub(crate) fn missing() -> Failure {
    Failure::config("no place for state: HOME is not set; name a directory with --state-dir")
}
