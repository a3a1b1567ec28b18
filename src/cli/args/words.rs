//! The words of popfetch's command line: the command that may be left out or stand late, and the account that is named
//! by `-a` or by position.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::super::output;
use super::invocation::{Program, Shared};
use super::order::command_in_front;
use super::popfetch::{Command, Popfetch, StateCommand};

impl Program for Popfetch {
    const PROGRAM: output::Program = output::Program::Popfetch;
    const KEY_COMMANDS: &'static [&'static str] = &["fetch", "probe"];
    const NOT_KEYS: &'static [&'static str] = &[];

    fn shared(&self) -> Shared<'_> {
        let Self { connect, tls, auth, output, .. } = self;
        Shared { connect, tls, auth, output }
    }

    fn arrange(words: Vec<OsString>) -> Vec<OsString> {
        command_in_front::<Self>(words, Some("fetch"))
    }

    fn settle(&mut self) -> Result<(), clap::Error> {
        self.place_account()
    }
}

impl Popfetch {
    /// The accounts that were named, by `-a` or by position; empty if none was.
    pub fn accounts(&self) -> Vec<&str> {
        let named = match &self.command {
            Command::Fetch(args) => return args.accounts.iter().map(String::as_str).collect(),
            Command::List(args) => &args.account,
            Command::Show(args) => &args.account,
            Command::Delete(args) => &args.account,
            Command::Probe(args) => &args.account,
            Command::Raw(args) => &args.account,
            Command::State(StateCommand::List(args)) => &args.account,
            Command::State(StateCommand::MarkSeen(args)) => &args.account,
            Command::State(StateCommand::Forget(args)) => &args.account,
            Command::State(StateCommand::Import(args)) => &args.account,
        };
        named.iter().map(String::as_str).collect()
    }

    /// Puts the account of `-a` where a positional one would be, moving on what was taken for an account.
    fn place_account(&mut self) -> Result<(), clap::Error> {
        if let Some(named) = self.connect.account.clone() {
            match &mut self.command {
                Command::Fetch(args) => args.accounts.insert(0, named),
                Command::List(args) => only(&mut args.account, named)?,
                Command::Probe(args) => only(&mut args.account, named)?,
                Command::State(StateCommand::List(args)) => only(&mut args.account, named)?,
                Command::Show(args) => {
                    if let Some(uidl) = args.account.replace(named)
                        && args.uidl.replace(uidl).is_some()
                    {
                        return Err(usage("the account is named twice, by -a and by position"));
                    }
                }
                Command::State(StateCommand::Import(args)) => {
                    if let Some(file) = args.account.replace(named)
                        && args.file.replace(file.into()).is_some()
                    {
                        return Err(usage("the account is named twice, by -a and by position"));
                    }
                }
                Command::Delete(args) => shift(&mut args.account, named, &mut args.uidls),
                Command::State(StateCommand::MarkSeen(args)) => shift(&mut args.account, named, &mut args.uidls),
                Command::State(StateCommand::Forget(args)) => shift(&mut args.account, named, &mut args.uidls),
                Command::Raw(args) => shift(&mut args.account, named, &mut args.commands),
            }
        }
        self.check_operands()
    }

    fn check_operands(&self) -> Result<(), clap::Error> {
        let complaint = match &self.command {
            Command::Show(args) if args.account.is_none() => "name the account, then the message",
            Command::Show(args) if args.uidl.is_none() && args.number.is_none() => {
                "name the message: its UIDL as \"popfetch list\" prints it, or --number N"
            }
            Command::Show(args) if args.uidl.is_some() && args.number.is_some() => {
                "name the message by its UIDL or by --number, not by both"
            }
            Command::Delete(args) if args.account.is_none() => "name the account, then the messages",
            Command::Delete(args) if args.uidls.is_empty() => {
                "name the messages by their UIDLs, as \"popfetch list\" prints them"
            }
            Command::State(StateCommand::Import(args)) if args.file.is_none() => "name the account, then the file",
            Command::State(StateCommand::MarkSeen(args)) if args.account.is_none() => "name the account",
            Command::State(StateCommand::Forget(args)) if args.account.is_none() => "name the account",
            Command::Raw(args) if args.account.is_none() => "name the account",
            _ => return Ok(()),
        };
        Err(usage(complaint))
    }
}

fn only(place: &mut Option<String>, named: String) -> Result<(), clap::Error> {
    match place.replace(named) {
        Some(_) => Err(usage("the account is named twice, by -a and by position")),
        None => Ok(()),
    }
}

fn shift(place: &mut Option<String>, named: String, operands: &mut Vec<String>) {
    if let Some(operand) = place.replace(named) {
        operands.insert(0, operand);
    }
}

fn usage(complaint: &str) -> clap::Error {
    Popfetch::command().error(ErrorKind::MissingRequiredArgument, complaint)
}

#[cfg(test)]
mod tests {
    use super::super::{Destination, Invocation, Pipeline, SecurityChoice, Target};
    use super::*;
    use crate::sasl::AuthList;

    fn parse(line: &str) -> Popfetch {
        try_parse(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    fn try_parse(line: &str) -> Result<Popfetch, clap::Error> {
        let words = shlex::split(&format!("popfetch {line}")).unwrap();
        Invocation::parse(words).map(|invocation| invocation.args)
    }

    fn refusal(line: &str) -> String {
        try_parse(line).map(|args| panic!("{line}: {args:?}")).unwrap_err().to_string()
    }

    #[test]
    fn fetch_is_what_happens_without_a_command() {
        for line in ["", "--to maildir:x", "-v --to=x", "-4vu fetch", "pop3s://h", "--to x pop3s://h", "--netrc -v"] {
            assert!(matches!(parse(line).command, Command::Fetch(_)), "{line}");
        }
        let args = parse("-a work --to - --max-size 10M");
        assert_eq!(args.accounts(), ["work"]);
        let Command::Fetch(fetch) = args.command else { panic!() };
        assert_eq!(fetch.options.to, Some(Destination::Local(Target::Stdout)));
        assert_eq!(fetch.options.max_size, Some(10 << 20));
        assert_eq!(fetch.options.pipeline, Pipeline::Auto);
    }

    #[test]
    fn options_may_stand_before_the_command() {
        assert!(matches!(parse("-v --json list work --headers").command, Command::List(args) if args.headers));
        let args = parse("--to list fetch work");
        assert_eq!(args.accounts(), ["work"]);
        let args = parse("-v state list work");
        assert_eq!(args.output.verbose, 1);
        assert_eq!(parse("-vv list work").output.verbose, 2);
        assert_eq!(parse("state list -v work").output.verbose, 1);
        assert!(matches!(parse("--user delete probe").command, Command::Probe(_)));
        assert_eq!(parse("--security plain list").connect.security, Some(SecurityChoice::Plain));
    }

    #[test]
    fn a_mistyped_command_is_no_account() {
        assert!(refusal("lst work").contains("'lst'"));
        assert!(refusal("--to x delet").contains("'delet'"));
        assert!(refusal("--nonsense").contains("--nonsense"));
    }

    #[test]
    fn help_in_all_its_forms() {
        for line in ["--help", "-h", "help", "help fetch", "fetch --help", "--to x --help", "state import --help"] {
            assert_eq!(try_parse(line).unwrap_err().kind(), ErrorKind::DisplayHelp, "{line}");
        }
        assert_eq!(try_parse("--version").unwrap_err().kind(), ErrorKind::DisplayVersion);
    }

    #[test]
    fn the_account_by_option_or_by_position() {
        for line in ["show work uid", "show -a work uid", "-a work show uid"] {
            let args = parse(line);
            assert_eq!(args.accounts(), ["work"], "{line}");
            assert!(matches!(args.command, Command::Show(args) if args.uidl.as_deref() == Some("uid")), "{line}");
        }
        assert!(matches!(parse("delete -a w a b").command, Command::Delete(args) if args.uidls == ["a", "b"]));
        assert!(
            matches!(parse("raw w STAT 'TOP 1 0'").command, Command::Raw(args) if args.commands == ["STAT", "TOP 1 0"])
        );
        assert_eq!(parse("fetch -a one two").accounts(), ["one", "two"]);
        for line in [
            "list -a a b",
            "show -a a b c",
            "show a",
            "show",
            "delete a",
            "show a u --number 1",
            "state import a",
            "raw",
        ] {
            refusal(line);
        }
        assert!(matches!(parse("show a --number 3 --lines 0").command, Command::Show(args) if args.number == Some(3)));
    }

    #[test]
    fn conflicts_and_bad_values() {
        for line in [
            "--keep --delete",
            "--delete --keep-days 3",
            "--keep-days 3 --keep-newest 2",
            "--security tsl",
            "--timeout 0",
            "--max-size ten",
            "--to nntp://h",
            "--pin 00",
            "--password x",
            "--user 'a\nb'",
            "--jobs 0",
            "--user a --user b",
            "show a u --headers --lines 3",
            "--accept-uidl-reset maybe",
        ] {
            refusal(line);
        }
        let auth = parse("--auth scram-sha-256,PLAIN --netrc=/n --password-fd 3").auth;
        assert!(matches!(auth.auth, Some(AuthList::Methods(methods)) if methods.len() == 2));
        assert_eq!(auth.netrc, Some(Some("/n".into())));
        assert_eq!(parse("--netrc list work").auth.netrc, Some(None));
    }

    #[test]
    fn options_of_the_file_go_underneath() {
        let invocation = Invocation::<Popfetch>::parse(["popfetch", "-u", "ann", "fetch", "--to", "x"]).unwrap();
        assert!(invocation.given("user") && invocation.given("to") && !invocation.given("timeout"));
        assert!(invocation.takes("keep-days") && invocation.takes("security") && !invocation.takes("headers"));
        let args = invocation.with(&["--keep-days=3".into(), "--timeout=5".into(), "--verbose".into()]).unwrap();
        assert_eq!(args.auth.user.as_deref(), Some("ann"));
        assert_eq!(args.connect.timeout.as_secs(), 5);
        assert!(matches!(args.command, Command::Fetch(args) if args.options.keep_days == Some(3)));
        let listing = Invocation::<Popfetch>::parse(["popfetch", "state", "list", "-v", "a"]).unwrap();
        assert_eq!(listing.with(&["--timeout=5".into()]).unwrap().connect.timeout.as_secs(), 5);
        assert!(listing.given("verbose"));
    }
}
