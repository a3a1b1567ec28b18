//! From the words of a command line to a program's options, which can be parsed again with the options of the
//! configuration file put underneath.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches};

use super::super::output;
use super::shared::{AuthArgs, ConnectArgs, OutputArgs, TlsArgs};

/// A program of the suite: what its command line is made of.
pub trait Program: CommandFactory + FromArgMatches + Clone + 'static {
    /// Which one it is. Its name is what messages begin with and its table's in the configuration file.
    const PROGRAM: output::Program;

    /// Commands whose options are keys of the configuration file; the options of the others are about one message or
    /// one file. A program without commands has none.
    const KEY_COMMANDS: &'static [&'static str];

    /// Options that are no keys, because they are about one invocation.
    const NOT_KEYS: &'static [&'static str];

    /// The options that mean the same in every program.
    fn shared(&self) -> Shared<'_>;

    /// Brings the words, the program's name first, into the order that the definition expects: with the command
    /// behind the name, if the program has commands.
    fn arrange(words: Vec<OsString>) -> Vec<OsString> {
        words
    }

    /// Puts operands where they belong and refuses what the definition cannot.
    fn settle(&mut self) -> Result<(), clap::Error> {
        Ok(())
    }
}

/// The options that mean the same in every program.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Which server, and how it is reached.
    pub connect: &'a ConnectArgs,
    /// What is asked of TLS.
    pub tls: &'a TlsArgs,
    /// Who logs in.
    pub auth: &'a AuthArgs,
    /// What is said, and where.
    pub output: &'a OutputArgs,
}

/// A parsed command line that can be parsed again with options of the configuration file underneath.
#[derive(Clone, Debug)]
pub struct Invocation<P> {
    /// What was typed.
    pub args: P,
    /// The words, with the command in front.
    words: Vec<OsString>,
    /// The options that were given, by long name, as words that say the same.
    given: BTreeMap<String, Vec<OsString>>,
    /// Long names of the options that the command takes.
    taken: BTreeSet<String>,
}

impl<P: Program> Invocation<P> {
    /// Parses the words of a command line, the program's name first.
    ///
    /// Fails with clap's error, which is also how `--help` and `--version` come out; `error.use_stderr()` tells which.
    pub fn parse(words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        // Usage lines show this name whatever the program was started as.
        match words.first_mut() {
            Some(program) => *program = P::PROGRAM.name().into(),
            None => words.push(P::PROGRAM.name().into()),
        }
        let words = P::arrange(words);
        let mut command = P::command();
        let (args, matches) = parse(&mut command, &words)?;
        let mut given = BTreeMap::new();
        collect_given(&command, &matches, &mut given);
        let of_command = matches.subcommand_name().and_then(|name| command.find_subcommand(name));
        let options = command.get_arguments().chain(of_command.into_iter().flat_map(clap::Command::get_arguments));
        let taken = options.filter_map(clap::Arg::get_long).map(str::to_owned).collect();
        Ok(Self { args, words, given, taken })
    }

    /// Whether an option was given on the command line, by its long name.
    pub fn given(&self, option: &str) -> bool {
        self.given.contains_key(option)
    }

    /// Words that give an option again as it was given on the command line, by its long name; none if it was not.
    pub fn words_of(&self, option: &str) -> &[OsString] {
        self.given.get(option).map(Vec::as_slice).unwrap_or_default()
    }

    /// The same command line as if these words had been typed too, as [`Invocation::words_of`] gives them: of an option that
    /// was typed here they count for nothing.
    pub fn behind(&self, words: &[OsString]) -> Result<Self, clap::Error> {
        let is_given = |word: &OsString| {
            let option = word.to_str().and_then(|word| word.strip_prefix("--")).unwrap_or_default();
            self.given(option.split_once('=').map_or(option, |(option, _)| option))
        };
        let words = words.iter().filter(|word| !is_given(word));
        let front = if P::command().has_subcommands() { 2 } else { 1 };
        let (program, rest) = self.words.split_at(self.words.len().min(front));
        Self::parse(program.iter().chain(words).chain(rest))
    }

    /// The same command line with `--name=value` words underneath. Whoever makes them leaves out what is
    /// [`given`](Self::given) and what the command does not [take](Self::takes).
    pub fn with(&self, beneath: &[OsString]) -> Result<P, clap::Error> {
        let mut command = P::command();
        let front = if command.has_subcommands() { 2 } else { 1 };
        let (program, rest) = self.words.split_at(self.words.len().min(front));
        let words: Vec<OsString> = program.iter().chain(beneath).chain(rest).cloned().collect();
        parse(&mut command, &words).map(|(args, _)| args)
    }

    /// Whether the command that was typed takes this option, by its long name.
    pub fn takes(&self, option: &str) -> bool {
        self.taken.contains(option)
    }
}

fn parse<P: Program>(command: &mut clap::Command, words: &[OsString]) -> Result<(P, ArgMatches), clap::Error> {
    let matches = command.try_get_matches_from_mut(words)?;
    let mut args = P::from_arg_matches(&matches)?;
    args.settle()?;
    Ok((args, matches))
}

fn collect_given(command: &clap::Command, matches: &ArgMatches, given: &mut BTreeMap<String, Vec<OsString>>) {
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let source = matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id));
        if let (Some(ValueSource::CommandLine), Some(long)) = (source, arg.get_long()) {
            given.insert(long.to_owned(), words(arg, long, matches.get_raw(id)));
        }
    }
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = command.find_subcommand(name)
    {
        collect_given(command, matches, given);
    }
}

/// An option with its values, each as one word.
fn words<'v>(arg: &clap::Arg, long: &str, values: Option<impl Iterator<Item = &'v OsStr>>) -> Vec<OsString> {
    let bare = || OsString::from(format!("--{long}"));
    let values: Vec<&OsStr> = values.into_iter().flatten().collect();
    match arg.get_action() {
        ArgAction::Count => {
            let count = values.first().and_then(|count| count.to_str()?.parse().ok()).unwrap_or(1);
            vec![bare(); count]
        }
        _ if !arg.get_action().takes_values() || values.is_empty() => vec![bare()],
        _ => {
            values.into_iter().map(|value| [bare().as_os_str(), OsStr::new("="), value].into_iter().collect()).collect()
        }
    }
}
