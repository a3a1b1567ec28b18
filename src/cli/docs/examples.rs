//! What the pages and the README show is understood by the program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::cli::args::{Invocation, Popfetch};
use crate::cli::keys::Keys;
use crate::config::{Config, Sources};

/// The literal blocks of a page, without its escapes, and of a text in Markdown.
fn blocks() -> Vec<String> {
    let pages = [include_str!("popfetch.1.in"), include_str!("mailwire.5.in")].map(|page| {
        let page = page.replace("\\-", "-").replace("\\(ti", "~").replace("\\(aq", "'");
        page.split(".nf\n").skip(1).map(|rest| rest.split("\n.fi").next().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let readme = include_str!("../../../README.md").split("```").skip(1).step_by(2);
    let readme = readme.map(|block| block.split_once('\n').unwrap().1.to_owned());
    pages.into_iter().flatten().chain(readme).collect()
}

#[test]
fn commands() {
    let blocks = blocks();
    let typed = |line: &&str| line.starts_with("popfetch ") && !line.starts_with("popfetch = ");
    let lines = blocks.iter().flat_map(|block| block.lines()).filter(typed);
    let lines: Vec<&str> = lines.map(|line| line.split(['>', '|', '#']).next().unwrap()).collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        Invocation::<Popfetch>::parse(shlex::split(line).unwrap()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn configurations() {
    let blocks = blocks();
    let files: Vec<&String> = blocks.iter().filter(|block| block.contains("[accounts.")).collect();
    assert!(files.len() > 5);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    for text in files {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let sources = Sources { named: Some(path.clone()), ..Sources::default() };
        let config = Keys::new().with_schema(|schema| Config::load(&sources, schema));
        let config = config.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(config.accounts().all(|account| account.pop3.is_some()), "{text}");
    }
}
