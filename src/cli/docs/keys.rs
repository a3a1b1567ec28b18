//! The keys of the configuration file that are options.

use clap::{Arg, ArgAction, Command};

use super::page::value_name;
use super::roff::{bold, prose};

/// Every key under its option's heading: its name, what it takes and the first paragraph of its help.
pub(super) fn list(command: &Command) -> String {
    let keys = keys(command);
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

fn keys(command: &Command) -> Vec<&Arg> {
    let commands = ["fetch", "probe"].into_iter().filter_map(|name| command.find_subcommand(name));
    let mut keys: Vec<&Arg> = Vec::new();
    for arg in std::iter::once(command).chain(commands).flat_map(Command::get_arguments) {
        // What every command takes was built into each of them.
        let known = |long: &str| NOT_KEYS.contains(&long) || keys.iter().any(|key| key.get_long() == Some(long));
        if arg.get_long().is_some_and(|long| !known(long)) {
            keys.push(arg);
        }
    }
    keys
}

fn heading(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or("Other commands")
}

/// Options that are about the invocation.
const NOT_KEYS: [&str; 5] = ["account", "config", "help", "version", "json-schema"];

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
