//! Setups and plans from command lines, configurations and environments.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;
use crate::cli::args::{QueueMode, Switch};
use crate::cli::exit::Exit;
use crate::config::secrets::SecretSource;
use crate::endpoint::Security;
use crate::secret::Secret;

const CONFIG: &str = r#"
default-account = "rest"

[defaults]
timeout = 5
pipeline = 20
keep-days = 30
queue = "on-failure"

[accounts.work]
pop3 = "pop3s://pop.work.example"
smtp = "smtps://ann@smtp.work.example"
address = ["ann@work.example", "info@work.example"]
password = "canary-work"
to = "maildir:/mail"

[accounts.work.smtpsend]
queue = "never"
dkim-key = "/k.pem"
dkim-selector = "s"
dkim-domain = "work.example"
8bit = "encode"

[accounts.work.popfetch]
timeout = 9

[accounts.team]
smtp = "smtp://smtp.team.example"
match-from = "*@team.example"
user = "team"
password-command = "pass team"

[accounts.rest]
smtp = "lmtp:///run/lmtp"

[accounts.fetches]
pop3 = "pop3s://pop.example"
"#;

/// Sets a command line up on a configuration, with `HOME=/home/ann` and the given variables, and looks at it.
fn with<T>(
    line: &str,
    config: &str,
    variables: &[(&str, &str)],
    look: impl FnOnce(&Setup<'_>) -> T,
) -> Result<T, Failure> {
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
    let invocation = Invocation::parse(shlex::split(&format!("smtpsend {line}")).unwrap());
    let invocation = invocation.unwrap_or_else(|error| panic!("{line}: {error}"));
    Setup::new(&invocation, &Surroundings { environment: &environment, interrupt: None }).map(|setup| look(&setup))
}

fn plan_for(line: &str, sender: &str) -> Result<Plan, Failure> {
    let sender = AddrSpec::parse(sender).unwrap();
    with(line, CONFIG, &[], |setup| setup.plan(Some(&sender))).unwrap_or_else(|failure| panic!("{line}: {failure}"))
}

fn action_of(line: &str) -> Action {
    with(line, CONFIG, &[], |setup| setup.action).unwrap_or_else(|failure| panic!("{line}: {failure}"))
}

fn refusal(line: &str, config: &str) -> Failure {
    let planned = with(line, config, &[], |setup| setup.plan(None).map(|plan| plan.server.account));
    match planned {
        Err(failure) | Ok(Err(failure)) => failure,
        Ok(Ok(account)) => panic!("{line}: {account}"),
    }
}

#[test]
fn connections_may_share_a_setup() {
    fn shared<T: Sync>() {}
    shared::<Setup<'_>>();
}

#[test]
fn a_dialogue_brings_its_own_recipients() {
    let invocation = Invocation::parse(["smtpsend"]).unwrap();
    let around = Surroundings { environment: &|_| None, interrupt: None };
    assert!(Setup::without_recipients(&invocation, &around).is_ok());
    assert_eq!(Setup::new(&invocation, &around).err().map(|failure| failure.exit), Some(Exit::USAGE));
}

#[test]
fn the_sender_chooses_the_account() {
    for (sender, account) in
        [("ann+x@work.example", "work"), ("bob@team.example", "team"), ("root", "rest"), ("a@other.example", "rest")]
    {
        let plan = plan_for("x@y.example", sender).unwrap();
        assert_eq!(plan.server.account, account, "{sender}");
        assert!(plan.notes.iter().any(|note| note.starts_with(&format!("account {account}: "))), "{:?}", plan.notes);
    }
    assert_eq!(plan_for("-a team x", "ann@work.example").unwrap().server.account, "team");
    let url = plan_for("-a smtp://bob@mx.example:2525 x", "ann@work.example").unwrap();
    assert_eq!((url.server.account.as_str(), url.server.user.as_deref()), ("bob@mx.example", Some("bob")));
    assert_eq!(plan_for("-a fetches x", "a@b").unwrap_err().exit, Exit::CONFIG);
    assert!(refusal("x", "").to_string().contains("no account is configured"));
    assert!(refusal("-a wrk x", CONFIG).to_string().contains("did you mean \"work\"?"));
    let two = "[accounts.a]\nsmtp='smtp://h'\n[accounts.b]\nsmtp='smtp://i'\n";
    assert!(refusal("x", two).to_string().contains("a, b"));
}

#[test]
fn layers_are_those_of_smtpsend() {
    let work = plan_for("x", "ann@work.example").unwrap();
    assert_eq!(work.args.queue.queue, Some(QueueMode::Never));
    assert_eq!(work.args.connect.timeout.as_secs(), 5, "popfetch's table is popfetch's");
    assert_eq!(work.args.delivery.pipeline, Switch::Auto, "a depth is for popfetch");
    assert!(work.args.envelope.to.is_empty(), "\"to\" is where popfetch delivers");
    assert_eq!(work.args.delivery.dkim_domain.as_deref(), Some("work.example"));
    assert_eq!(work.addresses.first().map(ToString::to_string).as_deref(), Some("ann@work.example"));
    assert_eq!(work.server.password.source(), &SecretSource::Config(Secret::new("canary-work")));
    assert_eq!(work.server.endpoint.port(), 465);
    assert!(!format!("{work:?}").contains("canary"));
    let typed = plan_for("-a work --queue --8bit refuse --security starttls --timeout 7 x", "a@b").unwrap();
    assert_eq!(typed.args.queue.queue, Some(QueueMode::Always));
    assert_eq!((typed.server.endpoint.security, typed.server.endpoint.port()), (Security::StartTls, 587));
    assert_eq!(typed.server.timeouts.silence.as_secs(), 7);
    let rest = plan_for("x", "root").unwrap();
    assert!(!rest.server.logs_in() && rest.server.user.is_none());
    assert_eq!(rest.args.queue.queue, Some(QueueMode::OnFailure));
    with("-a work x", CONFIG, &[], |setup| assert_eq!(setup.args.queue.queue, Some(QueueMode::Never))).unwrap();
}

#[test]
fn a_password_needs_somebody_who_logs_in() {
    for line in ["-a rest --password-command c x", "-a smtps://h --netrc=/n x", "-a rest --auth plain x"] {
        let failure = refusal(line, CONFIG);
        assert!(matches!(failure.exit, Exit::USAGE | Exit::CONFIG), "{line}: {failure}");
    }
    assert!(plan_for("-a rest --auth external x", "a@b").unwrap().server.logs_in());
    assert!(!plan_for("-a work --auth none x", "a@b").unwrap().server.logs_in());
    let defaults = format!(
        "{}\n[accounts.relay]\nsmtp='smtp://relay'\n",
        CONFIG.replace("[defaults]", "[defaults]\npassword-command='p'")
    );
    assert!(with("-a relay x", &defaults, &[], |setup| setup.plan(None).is_ok()).unwrap());
}

#[test]
fn one_password_is_for_one_account() {
    let two = |line: &str, variables: &[(&str, &str)]| {
        with(line, CONFIG, variables, |setup| {
            let plan = |name: &str| setup.plan_named(name).map(|_| ());
            plan("work").and_then(|()| plan("work")).and_then(|()| plan("team"))
        })
        .unwrap()
    };
    assert!(two("--batch dir", &[]).is_ok());
    for (line, variables) in
        [("--batch dir --password-command c", &[][..]), ("--batch dir", &[("MAILWIRE_PASSWORD", "canary")][..])]
    {
        let failure = two(line, variables).unwrap_err();
        assert_eq!(failure.exit, Exit::USAGE);
        assert!(failure.to_string().contains("exactly one account"), "{failure}");
    }
}

#[test]
fn what_is_to_be_done() {
    for (line, action) in [
        ("x@y.example", Action::Send),
        ("-t", Action::Send),
        ("-s hi --to x", Action::Send),
        ("--bcc x", Action::Send),
        ("--quit-after ehlo", Action::Send),
        ("--drop-after mail", Action::Send),
        ("--dry-run -t", Action::Send),
        ("--queue -t", Action::Send),
        ("--batch dir archive@y.example", Action::Batch),
        ("--batch - --batch-format mbox --results r --jobs 4 --rate 10/s", Action::Batch),
        ("--merge a.csv --template t.eml --dry-run", Action::Merge),
        ("--probe --warn-days 14", Action::Probe),
        ("--verb 'VRFY ann' --verb NOOP", Action::Verb),
        ("--script -", Action::Script),
        ("--queue-run --all-users", Action::QueueRun),
        ("--queue-list --json", Action::QueueList),
        ("--queue-remove a --queue-remove b", Action::QueueRemove),
    ] {
        assert_eq!(action_of(line), action, "{line}");
    }
}

#[test]
fn contradictions_that_were_typed_are_usage_errors() {
    for line in [
        "",
        "-s hi",
        "--quit-after rcpt",
        "--drop-after dot",
        "--probe x@y.example",
        "--probe -t",
        "--probe -s hi",
        "--probe --dry-run",
        "--probe --queue-run",
        "--probe --verb NOOP",
        "--warn-days 3 x",
        "--queue-run --dry-run",
        "--queue-run x",
        "--queue-run --queue",
        "--queue-list --queue-run",
        "--queue-list --save x",
        "--all-users x",
        "--batch d -s hi",
        "--batch d --merge f --template t",
        "--batch d --quit-after mail",
        "--batch -",
        "--batch-format mbox x",
        "--results r x",
        "--merge f",
        "--template t x",
        "--merge f --template t --body b",
        "--merge f --template t x",
        "--quit-after mail --drop-after mail",
        "--quit-after mail --dry-run",
        "--quit-after mail --queue",
        "--dry-run --queue x",
        "--script f --queue",
        "--verb NOOP -f a@b x",
        "--text a --body b x",
        "--text - --attach '-;name=x' x",
        "-s hi --attach '-;name=x' x",
        "--html - --attach '-;name=x' x",
        "--inline 'a;cid=b' x",
        "--dkim-key k x",
        "--dkim-selector s --dkim-domain d.example x",
        "--save - --json x",
        "--tunnel t --proxy socks5://h x",
        "--security opportunistic -u ann x",
        "--client-key k x",
        "-a lmtp:///run/x --proxy socks5://h x",
        "-a pop3s://ann@h x",
        "-a smtps://ann:canary@h x",
    ] {
        let failure = refusal(line, "[accounts.a]\nsmtp='smtp://h'\n");
        assert_eq!(failure.exit, Exit::USAGE, "{line}: {failure}");
        assert!(!failure.to_string().contains("canary"));
    }
}

#[test]
fn contradictions_of_the_file_are_its_own() {
    let failure = refusal("x", "[accounts.a]\nsmtp='smtp://h'\ndkim-key='/k'\n");
    assert_eq!((failure.exit, failure.account.as_deref()), (Exit::CONFIG, Some("a")));
    let idle = "[defaults]\nqueue='always'\nwarn-days=3\nsave='mbox:/m'\n[accounts.a]\nsmtp='smtp://h'\n";
    for line in ["--probe", "--queue-list", "--verb NOOP", "--quit-after ehlo", "--dry-run x"] {
        assert!(with(line, idle, &[], |_| ()).is_ok(), "{line}");
    }
}

#[test]
fn where_the_queue_is() {
    let queue = |line: &str, variables: &[(&str, &str)]| {
        with(line, CONFIG, variables, |setup| setup.queue_dir()).unwrap().map_err(|failure| failure.exit)
    };
    let is = |path: &str| Ok(Path::new(path).to_owned());
    assert_eq!(queue("--queue-list", &[]), is("/home/ann/.local/state/mailwire/smtpsend/queue"));
    assert_eq!(queue("--queue-list", &[("STATE_DIRECTORY", "/s")]), is("/s/smtpsend/queue"));
    assert_eq!(queue("--queue-list --state-dir /t", &[("STATE_DIRECTORY", "/s")]), is("/t/smtpsend/queue"));
    assert_eq!(queue("--queue-list --queue-dir /q", &[("NO_HOME", "1")]), is("/q"));
    if !Path::new(spool::SYSTEM_SPOOL).exists() {
        assert_eq!(queue("--queue-list", &[("NO_HOME", "1")]), Err(Exit::CONFIG));
    }
    assert!(with("x", CONFIG, &[("NO_HOME", "1")], |setup| setup.plan(None).unwrap().state_dir).unwrap().is_none());
}
