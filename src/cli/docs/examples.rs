//! What the pages and the README show is understood by the program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::cli::args::{Imapctl, Invocation, Popfetch, Program, Smtpsend};
use crate::cli::keys::Keys;
use crate::config::{Config, Sources};

/// The literal blocks of a page, without its escapes, and of a text in Markdown.
fn blocks() -> Vec<String> {
    let pages = [
        include_str!("popfetch.1.in"),
        include_str!("smtpsend.1.in"),
        include_str!("imapctl.1.in"),
        include_str!("mailwire.5.in"),
    ];
    let pages = pages.map(|page| {
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
    let lines: Vec<&str> = blocks.iter().flat_map(|block| block.lines()).flat_map(pipeline).collect();
    assert!(understood::<Popfetch>("popfetch", &lines) > 10, "{lines:?}");
    assert!(understood::<Smtpsend>("smtpsend", &lines) > 10, "{lines:?}");
    assert!(understood::<Imapctl>("imapctl", &lines) > 10, "{lines:?}");
}

/// The commands of a line, without redirections and comments.
fn pipeline(line: &str) -> impl Iterator<Item = &str> {
    let ends = [" > ", " >/", " < ", " 2>", " # ", " ||", " &&"];
    line.split(" | ").map(move |command| {
        let end = ends.iter().filter_map(|end| command.find(end)).min().unwrap_or(command.len());
        command.get(..end).unwrap_or_default().trim()
    })
}

/// How many of the lines are this program's; every one of them must make sense to it.
fn understood<P: Program>(name: &str, lines: &[&str]) -> usize {
    let typed =
        |line: &&&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ') && !rest.starts_with(" ="));
    let typed: Vec<_> = lines.iter().filter(typed).collect();
    for line in &typed {
        Invocation::<P>::parse(shlex::split(line).unwrap()).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    typed.len()
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
        assert!(
            config.accounts().all(|account| account.pop3.is_some() || account.smtp.is_some() || account.imap.is_some()),
            "{text}"
        );
    }
}
