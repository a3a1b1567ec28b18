//! Completions, by clap's own generators.

use clap::Command;
use clap_complete::Shell;

/// `popfetch` alone is `popfetch fetch`, so that the options of `fetch` are completed without a command as well.
pub(super) fn generate(shell: Shell, command: &Command) -> String {
    let of_fetch: Vec<clap::Arg> = command
        .find_subcommand("fetch")
        .into_iter()
        .flat_map(Command::get_arguments)
        .filter(|arg| !arg.is_positional())
        .cloned()
        .collect();
    let mut command = command.clone().args(of_fetch);
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    // Some generators leave blanks at the end of a line.
    let script = String::from_utf8(script).unwrap();
    script.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
