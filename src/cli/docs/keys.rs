//! The keys of the configuration file that are options.

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::page::value_name;
use super::roff::{bold, prose};
use crate::cli::args::{Imapctl, Popfetch, Smtpsend};
use crate::cli::keys::Keys;

/// Every key under its option's heading: its name, what it takes and the first paragraph of its help. Those of all
/// programs, with "all", or what a program has beside them.
pub(super) fn list(whose: &str) -> String {
    let (popfetch, smtpsend, imapctl) = (Popfetch::command(), Smtpsend::command(), Imapctl::command());
    let shared = shared(&keys(&popfetch), &[keys(&smtpsend), keys(&imapctl)]);
    let is_shared = |arg: &Arg| shared.iter().any(|name| arg.get_long() == Some(name.as_str()));
    let keys = match whose {
        "smtpsend" => keys(&smtpsend),
        "imapctl" => keys(&imapctl),
        _ => keys(&popfetch),
    };
    let keys: Vec<&Arg> = keys.into_iter().filter(|arg| is_shared(arg) == (whose == "all")).collect();
    let mut headings: Vec<&str> = Vec::new();
    for heading in keys.iter().map(|arg| heading(arg)) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    let mut out = String::new();
    for this in headings {
        out.push_str(&format!(".SS {this}\n"));
        for arg in keys.iter().filter(|arg| heading(arg) == this) {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let name = bold(arg.get_long().unwrap_or_default());
            out.push_str(&format!(".TP\n{name} ({})\n{}\n", takes(arg), prose(&help)));
        }
    }
    out
}

/// The names of the keys that mean the same everywhere: those with the same help.
fn shared(one: &[&Arg], others: &[Vec<&Arg>]) -> Vec<String> {
    let help = |arg: &Arg| arg.get_help().map(ToString::to_string);
    let is_among = |arg: &Arg, other: &[&Arg]| {
        other.iter().any(|other| other.get_long() == arg.get_long() && help(other) == help(arg))
    };
    let same = |arg: &&&Arg| others.iter().all(|other| is_among(arg, other));
    one.iter().filter(same).filter_map(|arg| arg.get_long()).map(str::to_owned).collect()
}

/// The options, in the order of the command line's help.
fn keys(command: &Command) -> Vec<&Arg> {
    let known = Keys::new();
    let mut names: Vec<&str> = known.names(command.get_name()).collect();
    let mut keys = Vec::new();
    for arg in std::iter::once(command).chain(command.get_subcommands()).flat_map(Command::get_arguments) {
        let found = names.iter().position(|name| arg.get_long() == Some(*name));
        keys.extend(found.map(|at| names.swap_remove(at)).map(|_| arg));
    }
    assert!(names.is_empty(), "{names:?} are keys and not options");
    keys
}

fn heading(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or("Other commands")
}

fn takes(arg: &Arg) -> &'static str {
    match arg.get_action() {
        ArgAction::SetTrue => "true or false",
        ArgAction::Count => "number",
        _ if arg.is_require_equals_set() => "true or string",
        _ if matches!(arg.get_long(), Some("to" | "filter")) => "string or array of words",
        ArgAction::Append => "string or array of strings",
        _ if arg.get_value_delimiter().is_some() => "string or array of strings",
        _ => match value_name(arg).as_str() {
            "SECONDS" | "DAYS" | "COUNT" | "N" => "number",
            "SIZE" => "number, or string such as \\fB10M\\fR",
            "DEPTH" => "string or number",
            _ => "string",
        },
    }
}
