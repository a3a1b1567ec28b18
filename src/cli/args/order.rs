//! The order of a command line's words: the command in front, so that its options may stand before it.

use std::ffi::{OsStr, OsString};

use clap::CommandFactory;

/// Puts the command's name first; `otherwise` if none is named, for a program that has such.
///
/// A word that is neither a command nor, where no command is needed, a URL is left for clap to refuse: a mistyped command is
/// never an operand.
pub(super) fn command_in_front<P: CommandFactory>(mut words: Vec<OsString>, otherwise: Option<&str>) -> Vec<OsString> {
    let alone = words.get(1).and_then(|word| word.to_str());
    if matches!(alone, Some("-h" | "--help" | "-V" | "--version")) {
        return words;
    }
    let command = P::command();
    let mut options = Vec::new();
    collect_options(&command, &mut options);
    match operand(&options, &words, 1) {
        Some(at) if words.get(at).is_some_and(|word| word == "help") => {
            words.remove(at);
            words.push("--help".into());
        }
        Some(at) if otherwise.is_none() || words.get(at).is_some_and(|word| !is_url(word)) => {
            let is_group = words.get(at).and_then(|word| command.find_subcommand(word));
            let of_group = is_group.filter(|group| group.has_subcommands());
            let second = of_group.and_then(|_| operand(&options, &words, at.saturating_add(1)));
            to_place(&mut words, at, 1);
            if let Some(second) = second {
                to_place(&mut words, second, 2);
            }
        }
        _ => words.splice(1..1, otherwise.map(Into::into)).for_each(drop),
    }
    words
}

/// Moves a word forward, if it is there.
fn to_place(words: &mut [OsString], from: usize, to: usize) {
    if let Some(moved) = words.get_mut(to..=from) {
        moved.rotate_right(1);
    }
}

/// The index of the first word from `at` that is neither an option nor an option's value.
fn operand(options: &[&clap::Arg], words: &[OsString], mut at: usize) -> Option<usize> {
    let takes_next = |arg: &clap::Arg| arg.get_action().takes_values() && !arg.is_require_equals_set();
    while let Some(word) = words.get(at) {
        let bytes = word.as_encoded_bytes();
        if bytes == b"--" {
            return None;
        }
        let value_follows = if let Some(long) = bytes.strip_prefix(b"--") {
            options.iter().any(|arg| arg.get_long().is_some_and(|name| name.as_bytes() == long) && takes_next(arg))
        } else if let Some(shorts) = bytes.strip_prefix(b"-").filter(|shorts| !shorts.is_empty()) {
            // In a cluster such as -4va the first that takes a value takes the rest of it, or the next word.
            let takes =
                |short: &u8| options.iter().any(|arg| arg.get_short() == Some(char::from(*short)) && takes_next(arg));
            shorts.iter().position(takes).is_some_and(|at| at + 1 == shorts.len())
        } else {
            return Some(at);
        };
        at += if value_follows { 2 } else { 1 };
    }
    None
}

fn collect_options<'c>(command: &'c clap::Command, options: &mut Vec<&'c clap::Arg>) {
    options.extend(command.get_arguments().filter(|arg| !arg.is_positional()));
    command.get_subcommands().for_each(|command| collect_options(command, options));
}

fn is_url(word: &OsStr) -> bool {
    word.to_string_lossy().contains("://")
}

#[cfg(test)]
mod tests {
    use super::super::{Imapctl, Popfetch};
    use super::*;

    /// Moving a command to the front needs no knowledge of which command it is.
    fn is_sound(command: &clap::Command) {
        let mut options = Vec::new();
        collect_options(command, &mut options);
        let mut seen = std::collections::BTreeMap::new();
        for arg in options {
            let names = arg.get_long().map(str::to_owned).into_iter().chain(arg.get_short().map(|short| short.into()));
            for name in names {
                let takes = arg.get_action().takes_values();
                assert_eq!(*seen.entry(name.clone()).or_insert(takes), takes, "{name}");
            }
        }
    }

    #[test]
    fn no_short_or_long_name_is_a_flag_here_and_takes_a_value_there() {
        is_sound(&Popfetch::command());
        is_sound(&Imapctl::command());
    }
}
