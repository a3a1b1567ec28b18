//! The manual pages and completions of `man/` and `completions/`, made from the command line's definition.
//!
//! What is written by hand is in the templates beside this file, in the language of man(7); a line that starts with `@`
//! is replaced by what the definition says. The test below compares the committed files, or writes them:
//!
//! ```text
//! MAILWIRE_WRITE_DOCS=1 cargo test docs
//! ```

mod completions;
mod examples;
mod keys;
mod page;
mod roff;

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::args::{Imapctl, Popfetch, Smtpsend};

/// The files below the package's folder, and what should be in them.
fn files() -> Vec<(&'static str, String)> {
    let (popfetch, smtpsend, imapctl) = (Popfetch::command(), Smtpsend::command(), Imapctl::command());
    vec![
        ("man/popfetch.1", page::fill::<Popfetch>(include_str!("popfetch.1.in"))),
        ("man/smtpsend.1", page::fill::<Smtpsend>(include_str!("smtpsend.1.in"))),
        ("man/imapctl.1", page::fill::<Imapctl>(include_str!("imapctl.1.in"))),
        ("man/mailwire.5", page::fill::<Popfetch>(include_str!("mailwire.5.in"))),
        ("completions/popfetch.bash", completions::generate(Shell::Bash, &popfetch)),
        ("completions/_popfetch", completions::generate(Shell::Zsh, &popfetch)),
        ("completions/popfetch.fish", completions::generate(Shell::Fish, &popfetch)),
        ("completions/smtpsend.bash", completions::generate(Shell::Bash, &smtpsend)),
        ("completions/_smtpsend", completions::generate(Shell::Zsh, &smtpsend)),
        ("completions/smtpsend.fish", completions::generate(Shell::Fish, &smtpsend)),
        ("completions/imapctl.bash", completions::generate(Shell::Bash, &imapctl)),
        ("completions/_imapctl", completions::generate(Shell::Zsh, &imapctl)),
        ("completions/imapctl.fish", completions::generate(Shell::Fish, &imapctl)),
    ]
}

#[test]
fn docs_are_as_the_definition_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stale = Vec::new();
    for (path, expected) in files() {
        if std::env::var_os("MAILWIRE_WRITE_DOCS").is_some() {
            std::fs::write(root.join(path), &expected).unwrap();
        } else if std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(&expected) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "{stale:?} differ: MAILWIRE_WRITE_DOCS=1 cargo test docs");
}

/// A comment `tested: FILE [FUNCTION]` below a promise names its test.
#[test]
fn every_named_test_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [include_str!("popfetch.1.in"), include_str!("smtpsend.1.in"), include_str!("imapctl.1.in")];
    let lines = pages.iter().flat_map(|page| page.lines());
    let proofs: Vec<&str> = lines.filter_map(|line| line.strip_prefix(".\\\" tested: ")).collect();
    assert!(proofs.len() > 20);
    for proof in proofs {
        let (file, function) = proof.split_once(' ').unwrap_or((proof, ""));
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(function.is_empty() || text.contains(&format!("fn {function}(")), "{proof}");
    }
}
