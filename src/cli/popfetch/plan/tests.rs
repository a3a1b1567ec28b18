//! Plans from command lines, configurations and environments.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::cli::args::Invocation;
use crate::cli::exit::Exit;
use crate::cli::plan::Surroundings;
use crate::config::secrets::SecretSource;
use crate::endpoint::Security;
use crate::net::tls::Trust;
use crate::secret::Secret;

const CONFIG: &str = r#"
[defaults]
timeout = 5
keep-days = 30
token-command = "defaults-token"

[accounts.work]
pop3 = "pop3s://ann@work.example"
password = "canary-work"
ca-file = "/ca.pem"

[accounts.work.popfetch]
to = "maildir:/mail/work"
delete = true

[accounts.home]
pop3 = "pop3://home.example"
user = "bob"
password-command = "pass home"
to = ["pipe:maildrop", "-d", "a b"]
timeout = 7

[accounts.bare]
pop3 = "pop3s://cid@bare.example"

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
    let invocation = Invocation::parse(shlex::split(&format!("popfetch {line}")).unwrap()).unwrap();
    Run::new(&invocation, &Surroundings { environment: &environment, interrupt: None })
}

fn run(line: &str) -> Run {
    run_with(line, CONFIG, &[]).unwrap_or_else(|failure| panic!("{line}: {failure}"))
}

fn plan(line: &str) -> Plan {
    let mut accounts = run(line).accounts;
    assert_eq!(accounts.len(), 1, "{line}");
    accounts.remove(0).unwrap_or_else(|failure| panic!("{line}: {failure}"))
}

fn refusal(line: &str, config: &str, variables: &[(&str, &str)]) -> Failure {
    match run_with(line, config, variables) {
        Err(failure) => failure,
        Ok(mut run) => match run.accounts.pop() {
            Some(Err(failure)) => failure,
            other => panic!("{line}: {other:?}"),
        },
    }
}

fn fetch(plan: &Plan) -> &FetchPlan {
    plan.fetch.as_ref().unwrap()
}

#[test]
fn fetch_takes_all_accounts_and_one_wrong_one_keeps_no_other_back() {
    let run = run("");
    let told: Vec<String> = run
        .accounts
        .iter()
        .map(|plan| match plan {
            Ok(plan) => plan.server.account.clone(),
            Err(failure) => format!("{failure}"),
        })
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.first().unwrap().starts_with("bare: say where mail is to go"), "{told:?}");
    assert_eq!(told.get(1..), Some(&["home".to_owned(), "work".to_owned()][..]));
    assert_eq!((run.jobs, run.fail_if_none), (4, false));
}

#[test]
fn layers_from_the_command_line_down() {
    let work = plan("fetch work");
    assert_eq!(work.server.timeouts.silence.as_secs(), 5, "from the defaults");
    assert_eq!(fetch(&work).retention, Retention::Delete, "the account's delete displaces the default's keep-days");
    assert_eq!(work.server.password.source(), &SecretSource::Config(Secret::new("canary-work")));
    assert_eq!(work.server.tls.trust, Some(Trust::File("/ca.pem".into())));
    assert_eq!(work.server.user.as_deref(), Some("ann"));
    assert_eq!(work.state_dir.as_deref(), Some("/home/ann/.local/state/mailwire".as_ref()));
    let typed = plan("fetch work --keep --timeout 9 --trust bundled -u eve --password-file /p --to mbox:/m");
    assert_eq!(typed.server.timeouts.silence.as_secs(), 9);
    assert_eq!(fetch(&typed).retention, Retention::Keep);
    assert_eq!(typed.server.tls.trust, Some(Trust::Bundled), "--trust displaces ca-file");
    assert_eq!(typed.server.user.as_deref(), Some("eve"));
    assert_eq!(typed.server.password.source(), &SecretSource::File("/p".into()));
    let home = plan("fetch home");
    assert_eq!(home.server.timeouts.silence.as_secs(), 7);
    assert_eq!(fetch(&home).retention, Retention::KeepDays(30));
    assert_eq!(fetch(&home).target, Some(Target::Pipe(["maildrop", "-d", "a b"].map(str::to_owned).into())));
    assert_eq!(home.server.user.as_deref(), Some("bob"));
    assert!(home.server.token.is_some());
}

#[test]
fn urls_take_the_defaults_and_no_accounts_secrets() {
    let plan = plan("list pop3s://ann@work.example");
    assert_eq!(plan.server.account, "ann@work.example");
    assert_eq!(plan.server.password.source(), &SecretSource::Prompt);
    assert_eq!(plan.server.tls.trust, None);
    assert_eq!(plan.server.timeouts.silence.as_secs(), 5);
    assert_eq!(refusal("list pop3s://work.example", "", &[]).exit, Exit::USAGE, "whose mailbox?");
    assert_eq!(refusal("--to x pop3s://ann:canary@h", "", &[]).exit, Exit::USAGE);
    assert!(!refusal("--to x pop3s://ann:canary@h", "", &[]).to_string().contains("canary"));
    assert_eq!(refusal("--to x imaps://ann@h", "", &[]).exit, Exit::USAGE);
    assert!(run("probe pop3s://h").accounts.iter().all(Result::is_ok));
}

#[test]
fn the_port_follows_the_security() {
    let endpoint = plan("list work --security plain").server.endpoint;
    assert_eq!((endpoint.security, endpoint.address.to_string().as_str()), (Security::Plain, "work.example:110"));
}

#[test]
fn password_sources_in_order() {
    let one = "[accounts.a]\npop3='pop3s://u@h'\npassword='canary'\n";
    let source = |line: &str, variables: &[(&str, &str)]| {
        let run = run_with(line, one, variables).unwrap();
        run.accounts.first().unwrap().as_ref().unwrap().server.password.source().clone()
    };
    let variable = [("MAILWIRE_PASSWORD", "from-env")];
    let all = "list --password-command c --password-file /f --password-fd 3 --netrc";
    assert_eq!(source(all, &variable), SecretSource::Command("c".into()));
    assert_eq!(source("list --password-file /f --password-fd 3 --netrc", &variable), SecretSource::File("/f".into()));
    assert_eq!(source("list --password-fd 3 --netrc", &variable), SecretSource::Descriptor(3));
    assert_eq!(source("list --netrc", &variable), SecretSource::Environment(Secret::new("from-env")));
    assert_eq!(source("list", &variable), SecretSource::Environment(Secret::new("from-env")));
    assert_eq!(source("list --netrc=/n", &[]), SecretSource::Netrc(Some("/n".into())));
    assert_eq!(source("list", &[]), SecretSource::Config(Secret::new("canary")));
    assert_eq!(source("list", &[("MAILWIRE_PASSWORD", "")]), SecretSource::Config(Secret::new("canary")));
}

#[test]
fn one_password_is_for_one_account() {
    for line in ["--password-command c", "--password-fd 3 fetch home work", "--netrc", "--token-command t"] {
        let failure = refusal(line, CONFIG, &[]);
        assert_eq!(failure.exit, Exit::USAGE, "{line}: {failure}");
        assert!(failure.to_string().contains("exactly one account"), "{failure}");
    }
    assert_eq!(refusal("", CONFIG, &[("MAILWIRE_PASSWORD", "canary")]).exit, Exit::USAGE);
    assert!(run_with("fetch work work", CONFIG, &[("MAILWIRE_PASSWORD", "canary")]).is_ok());
}

#[test]
fn the_user_of_a_netrc_entry() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("netrc");
    fs::write(&path, "machine h login dan password canary\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let plan = plan(&format!("list pop3s://h --netrc={}", path.display()));
    assert_eq!((plan.server.user.as_deref(), plan.server.account.as_str()), (Some("dan"), "dan@h"));
    assert!(!format!("{plan:?}").contains("canary"));
    let failure = run(&format!("list pop3s://other --netrc={}", path.display())).accounts.remove(0).unwrap_err();
    assert_eq!((failure.exit, failure.account.as_deref()), (Exit::CONFIG, Some("other")));
}

#[test]
fn contradictions_that_were_typed_are_usage_errors() {
    for line in [
        "fetch bare --to - --delete",
        "fetch bare --to - --keep-days 3",
        "fetch bare --to - --json",
        "fetch bare --to - --keep-newest 3",
        "show bare uid --json",
        "fetch bare --to x --tunnel t --proxy socks5://h",
        "fetch bare --to x -4 -6",
        "fetch bare --to x -4 --bind ::1",
        "fetch bare --to x --no-verify --pin sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "fetch bare --to x --trust system --ca-file /ca",
        "fetch bare --to x --client-key /k",
        "fetch bare --to x --show-secrets",
        "fetch bare --to x --security opportunistic",
        "probe bare --security opportunistic",
        "probe pop3s://h --security opportunistic -u ann",
        "fetch bare --to x --auth none",
        "fetch bare --to x --proxy ftp://h",
        "fetch work --to -",
        "list pop3:///run/sock -u ann --proxy socks5://h",
    ] {
        let failure = refusal(line, CONFIG.replace("token-command", "#").as_str(), &[]);
        assert_eq!(failure.exit, Exit::USAGE, "{line}: {failure}");
    }
    assert!(plan("probe pop3s://h --auth none").server.user.is_none());
}

#[test]
fn contradictions_of_the_file_are_its_own() {
    let contradictory =
        "[accounts.a]\npop3='pop3s://u@h'\nto='-'\ndelete=true\n[accounts.b]\npop3='pop3s://u@i'\nto='x'\n";
    let run = run_with("", contradictory, &[]).unwrap();
    let failure = run.accounts.first().unwrap().as_ref().unwrap_err();
    assert_eq!((failure.exit, failure.account.as_deref()), (Exit::CONFIG, Some("a")));
    assert!(run.accounts.get(1).unwrap().is_ok());
    let both = "[accounts.a]\npop3='pop3s://u@h'\nto='x'\ndelete=true\nkeep-days=3\n";
    let failure = refusal("", both, &[]);
    assert_eq!(failure.exit, Exit::CONFIG);
    assert!(!failure.to_string().contains('\n'), "{failure}");
}

#[test]
fn what_is_missing_is_said() {
    assert_eq!(refusal("fetch pop3s://ann@h", "", &[]).exit, Exit::USAGE);
    let failure = refusal("fetch bare", CONFIG, &[]);
    assert_eq!(failure.exit, Exit::CONFIG);
    assert!(failure.to_string().contains("[accounts.bare.popfetch]"), "{failure}");
    assert!(plan("fetch bare --dry-run").fetch.unwrap().target.is_none());
    assert_eq!(refusal("", "", &[]).exit, Exit::CONFIG);
    assert!(refusal("list wrk", CONFIG, &[]).to_string().contains("did you mean \"work\"?"));
    assert!(refusal("list", CONFIG, &[]).to_string().contains("bare, home, work"));
    assert!(refusal("list sends", CONFIG, &[]).to_string().contains("no \"pop3\" URL"));
    assert_eq!(refusal("list", "[default]", &[]).exit, Exit::CONFIG);
}

#[test]
fn where_state_is_kept() {
    let state = |line: &str, variables: &[(&str, &str)]| {
        let run = run_with(line, CONFIG, variables).unwrap();
        run.accounts.into_iter().next().unwrap().map(|plan| plan.state_dir)
    };
    let is = |path: &str| Some(PathBuf::from(path));
    assert_eq!(state("list work --state-dir /s", &[("STATE_DIRECTORY", "/t")]).unwrap(), is("/s"));
    assert_eq!(state("list work", &[("STATE_DIRECTORY", "/t:/u")]).unwrap(), is("/t"));
    assert_eq!(state("list work", &[("XDG_STATE_HOME", "/x")]).unwrap(), is("/x/mailwire"));
    assert_eq!(state("list work", &[("XDG_STATE_HOME", "rel")]).unwrap(), is("/home/ann/.local/state/mailwire"));
    assert_eq!(state("list work", &[("NO_HOME", "1")]).unwrap_err().exit, Exit::CONFIG);
    assert_eq!(state("show work uid", &[("NO_HOME", "1")]).unwrap(), None);
}

#[test]
fn a_proxys_password_stays_with_its_proxy() {
    let config = "[defaults]\nproxy='socks5h://ann@one:1'\nproxy-password='canary'\n\
                  [accounts.a]\npop3='pop3s://u@h'\n";
    let password = |line: &str, variables: &[(&str, &str)]| {
        let run = run_with(line, config, variables).unwrap();
        let plan = run.accounts.into_iter().next().unwrap().unwrap();
        assert!(!format!("{plan:?}").contains("canary"));
        plan.server.connect.proxy.unwrap().password
    };
    assert_eq!(password("list", &[]), Some(Secret::new("canary")));
    assert_eq!(password("list --proxy socks5h://ann@two", &[]), None);
    let variable = [("MAILWIRE_PROXY_PASSWORD", "other")];
    assert_eq!(password("list --proxy socks5h://ann@two", &variable), Some(Secret::new("other")));
}

#[test]
fn no_secret_shows_in_debug_output() {
    let run = run_with("", CONFIG, &[]).unwrap();
    assert!(!format!("{run:?}").contains("canary"));
    let run = run_with("list work", CONFIG, &[("MAILWIRE_PASSWORD", "canary-env")]).unwrap();
    assert!(!format!("{run:?}").contains("canary"));
}
