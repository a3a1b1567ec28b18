//! Templates of manual pages, and what is put into them.

use clap::{Arg, ArgAction, Command};

use super::keys;
use super::roff::{bold, literal, placeholder, prose};
use crate::cli::args::Program;
use crate::imap::query::{KEYS, KeyHelp};

/// Fills a template: a line `@WHAT ARGUMENTS` is replaced, every other one is kept.
///
/// - `@title NAME SECTION DATE`: the title line;
/// - `@synopsis COMMAND…`, `@about COMMAND…`, `@options COMMAND…`: of a subcommand, named by its words;
/// - `@operands`: those of the program itself;
/// - `@shared HEADING`: the options under a heading that every command takes;
/// - `@keys WHOSE`: the keys of the configuration file that all programs have, or that one has beside those;
/// - `@query`: the keys of imapctl's queries;
/// - `@json`: the kinds of lines that `--json` prints.
pub(super) fn fill<P: Program>(template: &str) -> String {
    // Building fills in what clap derives, such as usage lines.
    let mut command = P::command();
    command.build();
    let mut out =
        String::from(".\\\" Made by \"MAILWIRE_WRITE_DOCS=1 cargo test docs\"; edit the template in src/cli/docs.\n");
    for line in template.lines() {
        let filled = match line.strip_prefix('@').map(|line| line.split_once(' ').unwrap_or((line, ""))) {
            None => format!("{line}\n"),
            Some(("title", rest)) => format!(".TH {rest} \"mailwire {}\" \"mailwire\"\n", env!("CARGO_PKG_VERSION")),
            Some(("synopsis", path)) => synopsis(find(&command, path)),
            Some(("about", path)) => about(find(&command, path)),
            Some(("options", path)) => own_options(find(&command, path)),
            Some(("shared", heading)) => shared_options(&command, heading),
            Some(("operands", _)) => command.get_positionals().map(option).collect(),
            Some(("keys", whose)) => keys::list(whose),
            Some(("query", _)) => query_keys(),
            Some(("json", _)) => json_lines::<P>(),
            Some((what, _)) => panic!("the template says @{what}"),
        };
        // A paragraph begins by itself below a heading.
        let below = out.lines().last().is_some_and(|line| line.starts_with(".SS ") || line.starts_with(".SH "));
        out.push_str(filled.strip_prefix(".PP\n").filter(|_| below).unwrap_or(&filled));
    }
    out
}

/// Each key, what its value is and what it finds.
fn query_keys() -> String {
    let row = |key: &KeyHelp| {
        let name = bold(&format!("{}:", key.name));
        format!(".TP\n{name}{}\n{}\n", placeholder(key.value), prose(key.meaning))
    };
    KEYS.iter().map(row).collect()
}

/// Each kind, its meaning and its fields.
fn json_lines<P: Program>() -> String {
    let schema = crate::cli::output::schema::schema(P::PROGRAM);
    let mut out = String::new();
    for line in schema["oneOf"].as_array().unwrap() {
        let fields = line["properties"].as_object().unwrap().keys().filter(|name| *name != "type");
        let fields: Vec<String> = fields.filter(|name| !name.ends_with("_base64")).map(|name| bold(name)).collect();
        let [kind, meaning] = ["title", "description"].map(|name| line[name].as_str().unwrap());
        out.push_str(&format!(".TP\n{}\n{}\nFields: {}.\n", bold(kind), prose(meaning), fields.join(", ")));
    }
    out
}

fn find<'a>(command: &'a Command, path: &str) -> &'a Command {
    path.split_whitespace().fold(command, |command, name| {
        command.find_subcommand(name).unwrap_or_else(|| panic!("the template names the command {name}"))
    })
}

/// The usage line, hanging.
fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let rest = usage.strip_prefix(&name).unwrap_or(usage).trim();
    let rest: Vec<String> = rest.split(' ').map(operand).collect();
    format!(".HP\n{} {}\n", bold(&name), rest.join(" "))
}

/// A word of a usage line, such as `[OPTIONS]`, `<ACCOUNT>` or `<UIDL|--number`.
fn operand(word: &str) -> String {
    let mut out = String::new();
    for piece in word.split_inclusive(['[', ']', '<', '>', '|', '.']) {
        let text = piece.trim_end_matches(['[', ']', '<', '>', '|', '.']);
        out.push_str(&if text.starts_with('-') { bold(text) } else { placeholder(text) });
        // Angle brackets only say what italics say.
        out.push_str(piece.get(text.len()..).unwrap_or_default().trim_matches(['<', '>']));
    }
    out
}

fn about(command: &Command) -> String {
    let text = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    text.split("\n\n").map(|paragraph| format!(".PP\n{}\n", prose(paragraph))).collect()
}

/// The options of one command alone, its operands first.
fn own_options(command: &Command) -> String {
    let own = |arg: &&Arg| !arg.is_hide_set() && !arg.is_global_set() && !is_built_in(arg);
    let operands = command.get_positionals().filter(own);
    let options = command.get_arguments().filter(|arg| !arg.is_positional()).filter(own);
    operands.chain(options).map(option).collect()
}

fn shared_options(command: &Command, heading: &str) -> String {
    let under: Vec<&Arg> = command.get_arguments().filter(|arg| arg.get_help_heading() == Some(heading)).collect();
    assert!(!under.is_empty(), "no options under {heading}");
    under.into_iter().filter(|arg| !arg.is_hide_set()).map(option).collect()
}

/// `--help` and `--version` are told once, by hand.
pub(super) fn is_built_in(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version)
}

fn option(arg: &Arg) -> String {
    let mut out = format!(".TP\n{}\n", header(arg));
    let text = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut paragraphs: Vec<String> = text.split("\n\n").map(prose).collect();
    let values = arg.get_possible_values();
    let told = values.iter().all(|value| text.contains(&format!("\"{}\"", value.get_name())));
    if !told && arg.get_action().takes_values() {
        let names: Vec<String> = values.iter().map(|value| bold(value.get_name())).collect();
        if let Some(first) = paragraphs.first_mut() {
            first.push_str(&format!("\n{} is one of {}.", placeholder(&value_name(arg)), listed(&names)));
        }
    }
    if let (Some(default), Some(first)) = (arg.get_default_values().first(), paragraphs.first_mut())
        && arg.get_action().takes_values()
    {
        first.push_str(&format!("\nThe default is {}.", bold(&default.to_string_lossy())));
    }
    out.push_str(&paragraphs.join("\n.IP\n"));
    out.push('\n');
    let meanings: Vec<_> = values.iter().filter_map(|v| Some((v.get_name(), v.get_help()?.to_string()))).collect();
    if !told && meanings.iter().any(|(_, meaning)| meaning.len() > 30) {
        out.push_str(".RS\n");
        for (name, help) in meanings {
            out.push_str(&format!(".TP\n{}\n{}\n", bold(name), prose(&help)));
        }
        out.push_str(".RE\n");
    }
    out
}

/// What is typed: `-u`, `--user` and the value's placeholder, or an operand's name.
fn header(arg: &Arg) -> String {
    if arg.is_positional() {
        let many = if matches!(arg.get_action(), ArgAction::Append) { " ..." } else { "" };
        return placeholder(&value_name(arg)) + many;
    }
    let short = arg.get_short().map(|short| bold(&format!("-{short}")));
    let long = arg.get_long().map(|long| bold(&format!("--{long}")));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let value = match arg.get_action().takes_values() {
        false => String::new(),
        true if arg.is_require_equals_set() => format!("[={}]", placeholder(&value_name(arg))),
        true => format!(" {}{}", placeholder(&value_name(arg)), repetition(arg)),
    };
    names.join(", ") + &value
}

fn repetition(arg: &Arg) -> String {
    arg.get_value_delimiter().map(|c| format!("[{}...]", literal(&c.to_string()))).unwrap_or_default()
}

pub(super) fn value_name(arg: &Arg) -> String {
    arg.get_value_names().into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// `a, b or c`.
fn listed(names: &[String]) -> String {
    match names {
        [first, .., last] => {
            let rest = names.get(..names.len().saturating_sub(1)).unwrap_or_default();
            if rest.len() == 1 { format!("{first} or {last}") } else { format!("{} or {last}", rest.join(", ")) }
        }
        _ => names.concat(),
    }
}
