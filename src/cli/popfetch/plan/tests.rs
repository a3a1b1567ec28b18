//! Plans from command lines, configurations and environments.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::cli::args::{Invocation, Target};
use crate::cli::exit::Exit;
use crate::cli::plan::{Relay, Surroundings};
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
    let target = fetch(&home).target.as_ref();
    assert!(matches!(target, Some(Delivery::Local(Target::Pipe(words))) if words[..] == ["maildrop", "-d", "a b"]));
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

/// What `--to` comes to for the account `work`, with more options.
fn relay(options: &str) -> Relay {
    relay_with(options, CONFIG, &[])
}

fn relay_with(options: &str, config: &str, variables: &[(&str, &str)]) -> Relay {
    let line = format!("fetch work {options}");
    let mut run = run_with(&line, config, variables).unwrap_or_else(|failure| panic!("{line}: {failure}"));
    let plan = run.accounts.remove(0).unwrap_or_else(|failure| panic!("{line}: {failure}"));
    match plan.fetch.unwrap().target {
        Some(Delivery::Relay(relay)) => *relay,
        other => panic!("{line}: {other:?}"),
    }
}

fn recipients(relay: &Relay) -> Vec<String> {
    relay.recipients.iter().map(ToString::to_string).collect()
}

#[test]
fn a_server_as_a_target_has_nothing_of_the_source() {
    let source = "--timeout 9 --no-verify -u eve --password-file /p --cleartext-auth --security plain --trust bundled";
    let variables = [("MAILWIRE_PASSWORD", "canary")];
    let relay = relay_with(&format!("--to smtps://t@relay.example --rcpt a@b {source}"), CONFIG, &variables);
    let server = &relay.server;
    assert_eq!((server.endpoint.security, server.user.as_deref()), (Security::Tls, Some("t")));
    assert_eq!(server.password.source(), &SecretSource::Prompt);
    assert!(!server.cleartext_auth && !server.tls.no_verify && server.tls.trust.is_none() && server.token.is_none());
    assert_eq!(server.timeouts.silence.as_secs(), 60);
    assert_eq!((relay.sender.is_none(), recipients(&relay)), (true, vec!["a@b".to_owned()]));
    assert_eq!(relay.name, "smtps://t@relay.example");

    let own = "--to-security starttls --to-user u@x --to-password-command c --to-ca-file /t.pem --to-cleartext-auth";
    let relay = self::relay(&format!("--to smtp://t@relay.example --envelope-from me@x {own}"));
    let server = &relay.server;
    assert_eq!(server.password.source(), &SecretSource::Command("c".into()));
    assert_eq!(server.tls.trust, Some(Trust::File("/t.pem".into())));
    assert!(server.cleartext_auth && server.logs_in());
    assert_eq!((relay.sender.as_ref().unwrap().to_string(), recipients(&relay)), ("me@x".into(), vec!["u@x".into()]));
}

#[test]
fn in_lmtp_the_user_gets_the_mail_and_logs_in_only_with_a_password() {
    let relay = relay("--to lmtp://ann@localhost");
    assert_eq!((relay.server.logs_in(), recipients(&relay)), (false, vec!["ann".to_owned()]));
    let relay = self::relay("--to lmtp://ann@localhost --rcpt x@y --rcpt z --to-password-file /p");
    assert!(relay.server.logs_in());
    assert_eq!(recipients(&relay), ["x@y", "z"]);
}

const WITH_SENDER: &str = r#"
[defaults]
keep-days = 30
[accounts.work]
pop3 = "pop3s://ann@work.example"
password = "canary-work"
ca-file = "/source.pem"
[accounts.out]
smtp = "smtp://bob@out.example"
address = ["bob@out.example", "b@out.example"]
password = "canary-out"
ca-file = "/out.pem"
timeout = 17
[accounts.out.popfetch]
user = "not-this-one"
[accounts.out.smtpsend]
auth = "plain"
[accounts.local]
smtp = "lmtp:///run/lmtp"
[accounts.pop]
pop3 = "pop3s://pop.example"
"#;

#[test]
fn an_account_as_a_target_has_its_own_settings() {
    let source = "-u eve --password-file /p --ca-file /typed.pem --timeout 9";
    let relay =
        relay_with(&format!("--to account:out {source}"), WITH_SENDER, &[("MAILWIRE_PASSWORD", "canary-source")]);
    let server = &relay.server;
    assert_eq!((server.endpoint.host(), server.user.as_deref()), ("out.example", Some("bob")));
    assert_eq!(server.password.source(), &SecretSource::Config(Secret::new("canary-out")));
    assert_eq!(server.tls.trust, Some(Trust::File("/out.pem".into())));
    assert_eq!(server.timeouts.silence.as_secs(), 17);
    assert!(server.auth.is_some());
    assert_eq!((relay.name.as_str(), recipients(&relay)), ("account:out", vec!["bob@out.example".into()]));

    let own = "--to-password-file /q --to-ca-file /t.pem --to-user z --rcpt c@d";
    let relay = relay_with(&format!("--to account:out {own}"), WITH_SENDER, &[]);
    assert_eq!(relay.server.password.source(), &SecretSource::File("/q".into()));
    assert_eq!(relay.server.tls.trust, Some(Trust::File("/t.pem".into())));
    assert_eq!((relay.server.user.as_deref(), recipients(&relay)), (Some("z"), vec!["c@d".into()]));
}

#[test]
fn a_folder_as_a_target_has_its_own_settings() {
    let deposit = |options: &str, config: &str| {
        let line = format!("fetch work -u eve --password-file /p --ca-file /typed.pem {options}");
        let mut run = run_with(&line, config, &[("MAILWIRE_PASSWORD", "canary-source")]).unwrap();
        match run.accounts.remove(0).unwrap().fetch.unwrap().target {
            Some(Delivery::Folder(deposit)) => *deposit,
            other => panic!("{line}: {other:?}"),
        }
    };
    let url = deposit("--to imap://t@mail.example:1143/Lists --to-security plain --to-cleartext-auth", CONFIG);
    assert_eq!((url.name.as_str(), url.folder.to_string().as_str()), ("imap://t@mail.example:1143/Lists", "Lists"));
    assert_eq!((url.server.endpoint.port(), url.server.user.as_deref()), (1143, Some("t")));
    assert_eq!(url.server.password.source(), &SecretSource::Prompt);
    assert!(url.server.tls.trust.is_none() && url.server.cleartext_auth);

    let config = WITH_SENDER.replace("[accounts.pop]", "[accounts.pop]\nimap = \"imaps://kim@in.example\"");
    let account = deposit("--to account:pop/@archive --to-password-file /q", &config);
    assert_eq!((account.name.as_str(), account.folder.to_string().as_str()), ("account:pop/@archive", "@archive"));
    assert_eq!(account.server.user.as_deref(), Some("kim"));
    assert_eq!(account.server.password.source(), &SecretSource::File("/q".into()));
    assert!(account.server.tls.trust.is_none());
}

#[test]
fn targets_that_cannot_be() {
    for (options, exit, words) in [
        ("--to smtp://relay.example", Exit::USAGE, "--rcpt"),
        ("--to smtp://ann@relay.example", Exit::USAGE, "--rcpt"),
        ("--to smtp://relay.example --rcpt a@b --to-password-file /p", Exit::USAGE, "--to-user"),
        ("--to smtp://ann@h --rcpt a@b --to-security opportunistic", Exit::USAGE, "opportunistic"),
        ("--to account:nobody", Exit::CONFIG, "nobody"),
        ("--to account:pop", Exit::CONFIG, "smtp"),
        ("--to account:local", Exit::USAGE, "--rcpt"),
        ("--to maildir:/m --rcpt a@b", Exit::USAGE, "--rcpt"),
        ("--to imaps://ann@h/Old --rcpt a@b", Exit::USAGE, "--rcpt"),
        ("--to imaps://h/Old", Exit::USAGE, "--to-user"),
        ("--to account:out/Old", Exit::CONFIG, "imap"),
    ] {
        let failure = refusal(&format!("fetch work {options}"), WITH_SENDER, &[]);
        assert!(failure.exit == exit && failure.to_string().contains(words), "{options}: {failure}");
    }
    let configured = WITH_SENDER.replace("ca-file = \"/source.pem\"", "to = \"smtp://relay.example\"");
    assert_eq!(refusal("fetch work", &configured, &[]).exit, Exit::CONFIG);
}
