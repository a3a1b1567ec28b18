//! What becomes of words that are no command line: help that was asked for, or one line as for every other error.

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;

use super::fail_early;
use crate::cli::args::{OutputArgs, Program, When};
use crate::cli::exit::{Exit, Failure};
use crate::error::Error;

/// Help and versions are what was asked for; anything else is a usage error.
pub(super) fn refuse<P: Program>(error: &clap::Error, words: &[OsString]) -> Exit {
    if !error.use_stderr() {
        return match error.print() {
            Err(failed) if failed.kind() != io::ErrorKind::BrokenPipe => tell::<P>(&unwritten(failed), words),
            // Whoever no longer reads it has seen enough.
            _ => Exit::OK,
        };
    }
    let advice = format!("see {} --help", command_named::<P>(words));
    tell::<P>(&Failure { advice: Some(advice), ..Failure::usage(one_line::<P>(error)) }, words)
}

fn unwritten(error: io::Error) -> Failure {
    Error::io("writing to standard output", error).into()
}

/// Says it in the way that can be told from words that were not understood.
pub(crate) fn tell<P: Program>(failure: &Failure, words: &[OsString]) -> Exit {
    let args = OutputArgs { json: words.iter().any(|word| word == "--json"), ..plain() };
    fail_early::<P>(failure, &args)
}

fn plain() -> OutputArgs {
    OutputArgs {
        json: false,
        json_schema: false,
        verbose: 0,
        transcript: None,
        show_secrets: false,
        log: None,
        quiet: false,
        progress: When::Never,
        color: When::Auto,
    }
}

/// What clap says on several lines, without the usage, which is long and rarely tells what is wrong.
fn one_line<P: Program>(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let missing = P::command().get_subcommands().find(|sub| sub.is_subcommand_required_set()).map(|group| {
            let names: Vec<&str> = group.get_subcommands().map(clap::Command::get_name).collect();
            format!("the command {} needs one of {} behind it", group.get_name(), names.join(", "))
        });
        return missing.unwrap_or_else(|| "the command is not complete".to_owned());
    }
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let mut line = String::new();
    for part in lines.filter(|line| !line.is_empty() && !line.starts_with("For more information")) {
        match part.strip_prefix("tip: ") {
            // How to make a value of a mistyped option.
            Some(tip) if tip.starts_with("to pass ") => {}
            Some(tip) => line = format!("{line}; {tip}"),
            None if line.is_empty() => line = part.strip_prefix("error: ").unwrap_or(part).to_owned(),
            None => line = format!("{line} {part}"),
        }
    }
    without_passwords(&line)
}

/// The same with whatever stands where a URL has its password left out: what was typed is quoted back.
fn without_passwords(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        let end = after.find(['/', '\'', '"', ' ']).unwrap_or(after.len());
        let (authority, behind) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let name = user.split_once(':').map_or(user, |(name, _)| name);
                kept.push_str(name);
                kept.push_str(if name.len() < user.len() { ":***@" } else { "@" });
                kept.push_str(host);
            }
            None => kept.push_str(authority),
        }
        rest = behind;
    }
    kept + rest
}

/// The program, and the command if one of the words is its name.
fn command_named<P: Program>(words: &[OsString]) -> String {
    let command = P::command();
    let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
    match words.find_map(|word| command.get_subcommands().find(|sub| sub.get_name() == word)) {
        Some(sub) => format!("{} {}", P::PROGRAM.name(), sub.get_name()),
        None => P::PROGRAM.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Invocation, Popfetch};

    fn said(line: &str) -> String {
        let words: Vec<OsString> =
            shlex::split(&format!("popfetch {line}")).unwrap().into_iter().map(Into::into).collect();
        let error = Invocation::<Popfetch>::parse(words.clone()).unwrap_err();
        format!("{}; see {}", one_line::<Popfetch>(&error), command_named::<Popfetch>(&words))
    }

    #[test]
    fn a_password_in_a_url_is_not_quoted_back() {
        for (line, text) in [
            ("list pop3s://ann@h 1 2", "pop3s://ann@h"),
            ("fetch --to imaps://ann:se@cret@h/x", "'imaps://ann:***@h/x'"),
            ("fetch --proxy http://ann:secret@h:1 --to imaps://bob:secret@h", "imaps://bob:***@h"),
            ("list a pop3s://ann:secret@h", "pop3s://ann:***@h"),
        ] {
            let words = shlex::split(&format!("popfetch {line}")).unwrap().into_iter().map(OsString::from);
            let Err(error) = Invocation::<Popfetch>::parse(words.collect::<Vec<_>>()) else { continue };
            let said = one_line::<Popfetch>(&error);
            assert!(!said.contains("cret"), "{said}");
            assert!(said.contains(text) || !said.contains("://"), "{said}");
        }
        assert_eq!(without_passwords("'a://b:c@d' and e://f"), "'a://b:***@d' and e://f");
        assert_eq!(without_passwords("a://[::1]:143/x://y"), "a://[::1]:143/x://y");
    }

    #[test]
    fn a_wrong_command_line_is_told_in_one_line() {
        for (line, text) in [
            (
                "list --security tsl",
                "invalid value 'tsl' for '--security <KIND>' [possible values: tls, starttls, plain, opportunistic]; \
                 see popfetch list",
            ),
            ("--keep --delete", "the argument '--keep' cannot be used with '--delete'; see popfetch"),
            ("fetch --lmtp", "unexpected argument '--lmtp' found; see popfetch fetch"),
            (
                "list --heders",
                "unexpected argument '--heders' found; a similar argument exists: '--headers'; see popfetch list",
            ),
            ("lst", "unrecognized subcommand 'lst'; a similar subcommand exists: 'list'; see popfetch"),
            ("state", "the command state needs one of list, mark-seen, forget, import behind it; see popfetch state"),
        ] {
            assert_eq!(said(line), text, "{line}");
        }
        assert!(said("show w").starts_with("name the message"));
        assert!(!said("fetch --to ''").contains('\n'));
    }
}
