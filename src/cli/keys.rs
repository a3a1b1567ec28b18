//! The configuration file's keys, made from the definitions of the command lines: a key is an option's long name, and
//! its value goes through the option's own parser.

use std::cell::LazyCell;
use std::error::Error as _;
use std::ffi::OsString;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction};

use super::args::{Imapctl, Popfetch, Program, Smtpsend};
use crate::config::{Schema, Table, Value};
use crate::net::proxy::Proxy;

/// Options of which a more specific place's one takes the place of the others. Password sources are a group, so that
/// an account's own is not outvoted by another kind in the defaults.
pub const GROUPS: &[&[&str]] = &[
    &["password-command", "password-file", "password-fd", "netrc", "password"],
    &["to-password-command", "to-password-file"],
    &["save-password-command", "save-password-file"],
    &["keep", "delete", "keep-days", "keep-newest"],
    &["trust", "ca-file"],
    &["pin", "no-verify"],
    &["client-cert", "client-key"],
    &["proxy", "tunnel"],
    &["ipv4", "ipv6"],
];

/// Options that are about the invocation in every program.
const NOT_KEYS: [&str; 5] = ["account", "config", "help", "version", "json-schema"];

/// The options that are keys, of every program: they share the file.
pub struct Keys {
    /// Made when they are first asked for: a run without a configuration file needs none of it.
    programs: LazyLock<Vec<(&'static str, Vec<Arg>)>>,
}

impl Keys {
    /// Those of all programs.
    pub fn new() -> Self {
        Self { programs: LazyLock::new(|| vec![of::<Popfetch>(), of::<Smtpsend>(), of::<Imapctl>()]) }
    }

    /// Calls back with the schema that configuration files are read by.
    pub fn with_schema<T>(&self, reader: impl FnOnce(&Schema<'_>) -> T) -> T {
        let names = |options: &[Arg]| options.iter().filter_map(Arg::get_long).map(str::to_owned).collect();
        let programs = || self.programs.iter().map(|(program, options)| (*program, names(options))).collect();
        let check = |table: Table<'_>, name: &str, value: &Value| self.check(table, name, value);
        reader(&Schema { programs: LazyCell::new(Box::new(programs)), groups: GROUPS, check: &check })
    }

    /// The names of a program's keys.
    pub fn names(&self, program: &str) -> impl Iterator<Item = &str> {
        self.options(Table::Of(program)).filter_map(Arg::get_long)
    }

    /// The words of a program's command line that say the same as `name = value`.
    pub fn words(&self, program: &str, name: &str, value: &Value) -> Result<Vec<OsString>, String> {
        match self.options(Table::Of(program)).find(|option| option.get_long() == Some(name)) {
            Some(option) => words(option, name, value),
            None => Err("there is no such option".into()),
        }
    }

    /// Says what is wrong with a value: in a table that all programs share, what the first of them says if none of
    /// them can take it.
    pub fn check(&self, table: Table<'_>, name: &str, value: &Value) -> Result<(), String> {
        let options = self.options(table).filter(|option| option.get_long() == Some(name));
        let mut verdicts = options.map(|option| check(option, name, value));
        let first = verdicts.next().unwrap_or_else(|| Err("there is no such option".into()));
        if first.is_err() && verdicts.any(|verdict| verdict.is_ok()) { Ok(()) } else { first }
    }

    fn options(&self, table: Table<'_>) -> impl Iterator<Item = &Arg> {
        let of_table = move |program: &str| match table {
            Table::Shared => true,
            Table::Of(name) => name == program,
        };
        let programs = self.programs.iter().filter(move |(program, _)| of_table(program));
        programs.flat_map(|(_, options)| options.iter())
    }
}

fn of<P: Program>() -> (&'static str, Vec<Arg>) {
    let root = P::command();
    let of_commands = root.get_subcommands().filter(|sub| P::KEY_COMMANDS.contains(&sub.get_name()));
    let is_key = |long: &str| !NOT_KEYS.contains(&long) && !P::NOT_KEYS.contains(&long);
    let options = std::iter::once(&root)
        .chain(of_commands)
        .flat_map(clap::Command::get_arguments)
        .filter(|arg| arg.get_long().is_some_and(is_key))
        .cloned()
        .collect();
    (P::PROGRAM.name(), options)
}

fn check(option: &Arg, name: &str, value: &Value) -> Result<(), String> {
    let words = words(option, name, value)?;
    let parser = clap::Command::new("key").no_binary_name(true).disable_help_flag(true).arg(option.clone());
    parser.try_get_matches_from(words).map_err(|error| complaint(&error))?;
    match (name, value) {
        // Parsed only here, since clap would repeat a password that somebody put into it.
        ("proxy", Value::Text(url)) => Proxy::parse(url).map(drop).map_err(|error| error.to_string()),
        _ => Ok(()),
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// What clap has to say, on one line and without repeating the value.
pub fn complaint(error: &clap::Error) -> String {
    match error.kind() {
        ErrorKind::ValueValidation => match error.source() {
            Some(source) => source.to_string(),
            None => "this value is not possible".into(),
        },
        ErrorKind::InvalidValue => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) if !values.is_empty() => {
                format!("must be one of {}", values.join(", "))
            }
            _ => "this value is not possible".into(),
        },
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        }
    }
}

fn words(option: &Arg, name: &str, value: &Value) -> Result<Vec<OsString>, String> {
    let bare = || OsString::from(format!("--{name}"));
    let with = |value: &str| OsString::from(format!("--{name}={value}"));
    match (option.get_action(), value) {
        (ArgAction::SetTrue, Value::Bool(true)) => Ok(vec![bare()]),
        (ArgAction::SetTrue, Value::Bool(false)) => Ok(Vec::new()),
        (ArgAction::SetTrue, _) => Err("must be true or false".into()),
        (ArgAction::Count, Value::Bool(set)) => Ok(set.then(bare).into_iter().collect()),
        (ArgAction::Count, Value::Number(count)) => match count.parse() {
            Ok(count @ 0..=9) => Ok(vec![bare(); count]),
            _ => Err("must be a number from 0 to 9".into()),
        },
        (ArgAction::Count, _) => Err("must be a number".into()),
        // Such as netrc, whose value may be left out.
        (_, Value::Bool(true)) if option.is_require_equals_set() => Ok(vec![bare()]),
        (_, Value::Bool(false)) if option.is_require_equals_set() => Ok(Vec::new()),
        (_, Value::Bool(_)) => Err("must be a string or a number, not true or false".into()),
        (_, Value::Text(text) | Value::Number(text)) => Ok(vec![with(text)]),
        (ArgAction::Append, Value::List(items)) => Ok(items.iter().map(|item| with(item)).collect()),
        (_, Value::List(items)) => match name {
            "auth" => Ok(vec![with(&items.join(","))]),
            "filter" => Ok(vec![with(&quoted(items)?)]),
            "to" => match items.split_first() {
                Some((first, rest)) if first.starts_with("pipe:") => {
                    let program = first.strip_prefix("pipe:").filter(|program| !program.is_empty());
                    let argv: Vec<String> =
                        program.map(str::to_owned).into_iter().chain(rest.iter().cloned()).collect();
                    Ok(vec![with(&format!("pipe:{}", quoted(&argv)?))])
                }
                _ => Err("only \"pipe:\" may be an array, as in [\"pipe:maildrop\", \"-d\", \"ann\"]".into()),
            },
            _ => Err("must be a single value".into()),
        },
    }
}

fn quoted(words: &[String]) -> Result<String, String> {
    shlex::try_join(words.iter().map(String::as_str)).map_err(|_| "a word holds a NUL".into())
}

#[cfg(test)]
mod tests {
    use super::super::args::{Command, Destination, Invocation, Popfetch, Target};
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| (*item).to_owned()).collect())
    }

    #[test]
    fn every_long_option_is_a_key_unless_it_is_about_the_invocation() {
        let keys = Keys::new();
        let names: Vec<&str> = keys.names("popfetch").collect();
        for name in [
            "state-dir",
            "user",
            "authzid",
            "auth",
            "password-command",
            "password-file",
            "password-fd",
            "netrc",
            "token-command",
            "security",
            "cleartext-auth",
            "tls-backend",
            "tls-min",
            "tls-name",
            "trust",
            "ca-file",
            "pin",
            "client-cert",
            "client-key",
            "no-verify",
            "proxy",
            "tunnel",
            "ipv4",
            "ipv6",
            "bind",
            "connect-timeout",
            "timeout",
            "deadline",
            "json",
            "verbose",
            "transcript",
            "show-secrets",
            "log",
            "quiet",
            "progress",
            "color",
            "to",
            "keep",
            "delete",
            "keep-days",
            "keep-newest",
            "delete-seen",
            "max-messages",
            "max-size",
            "max-total",
            "newest",
            "filter",
            "pipeline",
            "jobs",
            "dry-run",
            "fail-if-none",
            "add-received",
            "accept-uidl-reset",
            "warn-days",
            "to-security",
            "to-user",
            "to-password-command",
            "to-password-file",
            "to-ca-file",
            "to-cleartext-auth",
            "rcpt",
            "envelope-from",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        assert_eq!(names.len(), 62, "{names:?}");
        let all: Vec<&str> = names.iter().copied().chain(keys.names("smtpsend")).collect();
        for name in GROUPS.iter().copied().flatten().filter(|name| **name != "password") {
            assert!(all.contains(name), "{name}");
        }
    }

    #[test]
    fn values_are_checked_by_the_options_own_parsers() {
        let keys = Keys::new();
        for (name, value) in [
            ("keep", Value::Bool(true)),
            ("keep", Value::Bool(false)),
            ("verbose", Value::Number("2".into())),
            ("timeout", Value::Number("0.5".into())),
            ("timeout", text("30")),
            ("tls-min", Value::Number("1.3".into())),
            ("max-size", text("10M")),
            ("security", text("starttls")),
            ("netrc", Value::Bool(true)),
            ("netrc", text("/n")),
            ("auth", list(&["SCRAM-SHA-256", "PLAIN"])),
            ("pin", list(&[&format!("sha256:{}", "00".repeat(32))])),
            ("to", list(&["pipe:maildrop", "-d", "a b"])),
            ("filter", list(&["/bin/grep", "x y"])),
            ("proxy", text("socks5://h")),
        ] {
            assert_eq!(keys.check(Table::Of("popfetch"), name, &value), Ok(()), "{name} {value:?}");
        }
        for (name, value, says) in [
            ("keep", text("yes"), "true or false"),
            ("verbose", Value::Number("100".into()), "0 to 9"),
            ("timeout", text("2m"), "number of seconds"),
            ("timeout", Value::Bool(true), "not true or false"),
            ("security", text("tsl"), "must be one of tls, starttls"),
            ("user", list(&["a", "b"]), "single value"),
            ("auth", text("canary"), "CANARY"),
            ("to", list(&["maildir:x"]), "only \"pipe:\""),
            ("jobs", Value::Number("0".into()), "0 is not in 1..=256"),
            ("proxy", text("socks5://u:canary@h"), "does not belong in its URL"),
            ("keep-days", Value::Number("-1".into()), "is not in 0.."),
        ] {
            let error = keys.check(Table::Of("popfetch"), name, &value).unwrap_err();
            assert!(error.to_uppercase().contains(&says.to_uppercase()), "{name} {value:?}: {error}");
            assert!(!error.contains('\n') && (name != "proxy" || !error.contains("canary")), "{error}");
        }
    }

    #[test]
    fn what_is_about_one_message_is_no_key() {
        let keys = Keys::new();
        let names: Vec<&str> = keys.names("smtpsend").collect();
        for name in ["from", "envelope-from", "queue", "8bit", "partial", "dkim-key", "save", "rate", "ehlo", "user"] {
            assert!(names.contains(&name), "{name}");
        }
        for name in ["to", "subject", "recipients-from-headers", "batch", "queue-run", "probe", "verb", "account"] {
            assert!(!names.contains(&name), "{name}");
        }
        let queue = keys.words("smtpsend", "queue", &text("on-failure")).unwrap();
        assert_eq!(queue, ["--queue=on-failure"]);
        assert_eq!(keys.words("smtpsend", "queue", &Value::Bool(true)).unwrap(), ["--queue"]);
    }

    #[test]
    fn one_name_may_mean_more_to_one_program_than_to_another() {
        let keys = Keys::new();
        let depth = Value::Number("20".into());
        assert_eq!(keys.check(Table::Shared, "pipeline", &depth), Ok(()));
        assert_eq!(keys.check(Table::Of("popfetch"), "pipeline", &depth), Ok(()));
        let error = keys.check(Table::Of("smtpsend"), "pipeline", &depth).unwrap_err();
        assert_eq!(error, "must be one of auto, off");
        assert!(keys.check(Table::Shared, "pipeline", &text("many")).is_err());
        assert!(keys.check(Table::Of("smtpsend"), "keep", &Value::Bool(true)).is_err());
    }

    #[test]
    fn an_array_is_the_same_argv_without_any_quoting() {
        let argv = ["maildrop", "-d", "a b", "$(x)", "it's", "\"q\"", ""];
        let words = Keys::new().words(
            "popfetch",
            "to",
            &list(&["pipe:", "maildrop", "-d", "a b", "$(x)", "it's", "\"q\"", ""]),
        );
        let args = Invocation::<Popfetch>::parse(["popfetch"]).unwrap().with(&words.unwrap()).unwrap();
        let Command::Fetch(fetch) = args.command else { panic!() };
        let pipe = Target::Pipe(argv.map(str::to_owned).into());
        assert_eq!(fetch.options.to, Some(Destination::Local(pipe)));
    }
}
