//! Plans from command lines, configurations and environments.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::cli::args::Invocation;
use crate::cli::args::imapctl::Command;
use crate::cli::exit::Exit;
use crate::cli::plan::Surroundings;
use crate::config::secrets::SecretSource;
use crate::endpoint::Security;
use crate::net::tls::Trust;
use crate::secret::Secret;

const CONFIG: &str = r#"
default-account = "work"

[defaults]
timeout = 5
to = "maildir:/mail"
delete = true

[accounts.work]
imap = "imaps://ann@work.example"
pop3 = "pop3s://ann@pop.work.example"
password = "canary-work"

[accounts.work.imapctl]
limit = 7
sort = "-size"
trash = "Bin"
timeout = 9

[accounts.home]
imap = "imap://home.example"
user = "bob"
password-command = "pass home"
ca-file = "/ca.pem"
limit = 3

[accounts.sends]
smtp = "smtps://sends.example"
"#;

/// Runs a command line on a configuration, with `HOME=/home/ann` and the given variables.
fn run_with(line: &str, config: &str, variables: &[(&str, &str)]) -> Result<Run, Failure> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    fs::write(&path, config).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let environment = |name: &str| match name {
        "MAILWIRE_CONFIG" => Some(OsString::from(&path)),
        _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)).or_else(|| {
            (name == "HOME" && !variables.iter().any(|(known, _)| *known == "NO_HOME")).then(|| "/home/ann".into())
        }),
    };
    let invocation = Invocation::parse(shlex::split(&format!("imapctl {line}")).unwrap());
    let invocation = invocation.unwrap_or_else(|error| panic!("{line}: {error}"));
    Run::new(&invocation, &Surroundings { environment: &environment, interrupt: None })
}

fn run(line: &str) -> Run {
    run_with(line, CONFIG, &[]).unwrap_or_else(|failure| panic!("{line}: {failure}"))
}

fn refusal(line: &str) -> Failure {
    run_with(line, CONFIG, &[]).map(|run| panic!("{line}: {run:?}")).unwrap_err()
}

#[test]
fn which_account() {
    let run_of = |line: &str, config: &str| run_with(line, config, &[]).map(|run| (run.plan.server.account, run.notes));
    let (account, notes) = run_of("list", CONFIG).unwrap();
    assert_eq!(
        (account.as_str(), notes.as_slice()),
        ("work", &["account work: it is the default-account".to_owned()][..])
    );
    assert_eq!(run("list -a home").plan.server.account, "home");
    let only = "[accounts.a]\nimap='imaps://ann@h'\n[accounts.b]\npop3='pop3s://h'\n";
    assert!(run_of("list", only).unwrap().1.concat().contains("the only one with a \"imap\" URL"));
    let two = "[accounts.a]\nimap='imaps://ann@h'\n[accounts.b]\nimap='imaps://ann@i'\n";
    let failure = run_of("list", two).unwrap_err();
    assert_eq!(failure.exit, Exit::CONFIG);
    assert!(failure.to_string().contains("a, b"), "{failure}");
    for (line, exit) in [
        ("list -a hom", Exit::CONFIG),
        ("list -a sends", Exit::CONFIG),
        ("list -a pop3s://ann@h", Exit::USAGE),
        ("list -a imaps://h", Exit::USAGE),
        ("list -a imaps://ann@h/INBOX", Exit::USAGE),
        ("list -a imaps://ann:canary@h", Exit::USAGE),
    ] {
        let failure = refusal(line);
        assert_eq!(failure.exit, exit, "{line}: {failure}");
        assert!(!failure.to_string().contains("canary"));
    }
}

#[test]
fn layers_are_those_of_imapctl() {
    let work = run("list");
    let Command::List(list) = &work.args.command else { panic!() };
    assert_eq!((list.limit, list.sort.as_ref().map(|sort| sort.keys().count())), (7, Some(1)));
    assert_eq!(work.plan.server.timeouts.silence.as_secs(), 9);
    assert_eq!(work.plan.server.password.source(), &SecretSource::Config(Secret::new("canary-work")));
    assert_eq!((work.plan.server.endpoint.port(), work.plan.server.endpoint.security), (993, Security::Tls));
    assert!(!format!("{work:?}").contains("canary"));
    let Command::List(typed) = run("list --limit 2 --sort date").args.command else { panic!() };
    assert_eq!(typed.limit, 2);
    let Command::Move(moved) = run("move 7 --to Old").args.command else { panic!() };
    assert_eq!(moved.to.to_string(), "Old", "\"to\" is where popfetch delivers");
    let Command::Delete(delete) = run("delete 7").args.command else { panic!() };
    assert_eq!((delete.trash.to_string().as_str(), delete.permanent), ("Bin", false), "\"delete\" is popfetch's");
    let home = run("list -a home --security plain");
    assert_eq!((home.plan.server.endpoint.port(), home.plan.server.user.as_deref()), (143, Some("bob")));
}

#[test]
fn guards_are_never_configured() {
    for key in
        ["folder = 'X'", "force = true", "permanent = true", "uidvalidity = 3", "search = 'ALL'", "dry-run = true"]
    {
        let config = format!("[accounts.a]\nimap='imaps://ann@h'\n[accounts.a.imapctl]\n{key}\n");
        let failure = run_with("list", &config, &[]).unwrap_err();
        assert!(failure.to_string().contains("unknown key"), "{key}: {failure}");
    }
    let dry = "[accounts.a]\nimap='imaps://ann@h'\ndry-run = true\n";
    let Command::Delete(delete) = run_with("delete 7", dry, &[]).unwrap().args.command else { panic!() };
    assert!(!delete.dry_run, "what says so to popfetch says nothing here");
}

#[test]
fn another_account() {
    let target = |line: &str| run(line).plan.target;
    assert!(target("copy 7 --to X").is_none());
    let home = target("copy 7 --to X --to-account home --to-password-file /p").unwrap();
    assert_eq!((home.account.as_str(), home.user.as_deref()), ("home", Some("bob")));
    assert_eq!(home.password.source(), &SecretSource::File("/p".into()));
    assert_eq!(home.tls.trust, Some(Trust::File("/ca.pem".into())), "its own settings hold");
    let url = "move 7 --to X --to-account imap://cid@h --to-ca-file /c --to-security plain --to-cleartext-auth";
    let url = target(url).unwrap();
    assert_eq!((url.account.as_str(), url.endpoint.port(), url.cleartext_auth), ("cid@h", 143, true));
    assert_eq!(url.timeouts.silence.as_secs(), 60, "nothing of the source's options is used");
    let variable = run_with("copy 7 --to X --to-account home", CONFIG, &[("MAILWIRE_PASSWORD", "canary")]).unwrap();
    assert_eq!(variable.plan.server.password.source(), &SecretSource::Environment(Secret::new("canary")));
    assert_eq!(variable.plan.target.unwrap().password.source(), &SecretSource::Command("pass home".into()));
    for (line, exit) in [
        ("copy 7 --to X --to-account sends", Exit::CONFIG),
        ("copy 7 --to X --to-account wrk", Exit::CONFIG),
        ("copy 7 --to X --to-account smtps://ann@h", Exit::USAGE),
        ("copy 7 --to X --to-account imaps://h", Exit::USAGE),
        ("copy 7 --to X --to-account imaps://ann:canary@h", Exit::USAGE),
        ("copy 7 --to X --to-account imap://ann@h --to-security opportunistic", Exit::USAGE),
        ("copy 7 --to X --to-user ann", Exit::USAGE),
        ("move 7 --to X --to-cleartext-auth", Exit::USAGE),
    ] {
        let failure = refusal(line);
        assert_eq!(failure.exit, exit, "{line}: {failure}");
        assert!(!failure.to_string().contains("canary"));
    }
}

#[test]
fn who_must_be_known() {
    for line in [
        "probe -a imaps://h",
        "list -a imaps://h --auth anonymous",
        "raw -a imaps://h --auth none",
        "list -a imap://localhost --security plain --tunnel 'imapd -P'",
        "list -a imap:///run/imap.sock",
    ] {
        assert!(run(line).plan.server.user.is_none(), "{line}");
    }
    for line in ["raw -a imaps://h", "folders -a imaps://h", "list -a imaps://h --auth plain"] {
        assert_eq!(refusal(line).exit, Exit::USAGE, "{line}");
    }
}

#[test]
fn contradictions_are_usage_errors() {
    for line in [
        "search",
        "show 7 --json",
        "list --limit 0 --page 2",
        "threads --limit 0 --page 2",
        "append a b --replace 3",
        "append - -",
        "flag 7 --add seen --remove '\\Seen'",
        "quota --dry-run",
        "delete 1:",
        "list frm:ann",
        "search 'subject:\"x'",
        "threads --search '(UNSEEN'",
        "flag frm:ann --add seen",
        "save 99999999999 --to x",
        "expunge x",
        "quota --set MESSAGE=3",
        "list --auth none",
        "list --security opportunistic",
        "list --tunnel t --proxy socks5://h",
        "list --client-key k",
    ] {
        let failure = refusal(line);
        assert_eq!(failure.exit, Exit::USAGE, "{line}: {failure}");
    }
    let failure = run_with("show 7", "[accounts.a]\nimap='imaps://ann@h'\njson=true\n", &[]).unwrap_err();
    assert_eq!(failure.exit, Exit::CONFIG, "nobody typed it: {failure}");
}

#[test]
fn state_is_for_those_who_keep_some() {
    assert_eq!(run("watch").plan.state_dir().unwrap(), Path::new("/home/ann/.local/state/mailwire"));
    assert!(run("raw").plan.state_dir.is_some() && run("raw NOOP").plan.state_dir.is_none());
    assert!(run("list").plan.state_dir.is_none());
    let nowhere = run_with("watch", CONFIG, &[("NO_HOME", "1")]).unwrap_err();
    assert_eq!(nowhere.exit, Exit::CONFIG);
}

#[test]
fn a_batch_says_commands_and_nothing_else() {
    let plan = run("batch -").plan;
    let command = |line: &str| plan.command_of_line(line);
    for line in ["", "   ", "# all of it", "\t# x"] {
        assert!(command(line).unwrap().is_none(), "{line}");
    }
    let Some(Command::List(list)) = command("list 'subject:a b' is:unread -f \"Old Mail\" # the old").unwrap() else {
        panic!()
    };
    assert_eq!(
        (list.query.query.as_slice(), list.folder.folder.to_string().as_str()),
        (&["subject:a b".to_owned(), "is:unread".to_owned()][..], "Old Mail")
    );
    assert_eq!(list.limit, 7, "what is configured holds here too");
    let Some(Command::List(list)) = command("list --limit 2").unwrap() else { panic!() };
    assert_eq!(list.limit, 2);
    for line in [
        "lst",
        "list 'x",
        "list --help",
        "help",
        "--version",
        "list -a home",
        "list --json",
        "list -v",
        "-u ann list",
        "imapctl list",
        "probe",
        "raw NOOP",
        "batch -",
        "watch",
        "search",
        "move 7 --to X --to-account home",
        "flag 7 --add seen --remove seen",
    ] {
        let failure = command(line).map(|command| panic!("{line}: {command:?}")).unwrap_err();
        assert_eq!(failure.exit, Exit::USAGE, "{line}: {failure}");
        assert!(!failure.to_string().contains('\n'), "{failure}");
    }
    let json = run("batch - --json").plan;
    assert!(json.command_of_line("show 7").is_err() && plan.command_of_line("show 7").is_ok());
}
