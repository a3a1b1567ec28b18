//! smtpsend's command line.

use super::super::Invocation;
use super::*;

fn try_parse(words: &[&str]) -> Result<Smtpsend, clap::Error> {
    let words = std::iter::once("smtpsend").chain(words.iter().copied());
    Invocation::parse(words).map(|invocation| invocation.args)
}

fn parse(line: &str) -> Smtpsend {
    let words = shlex::split(line).unwrap();
    try_parse(&words.iter().map(String::as_str).collect::<Vec<_>>()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn the_definition_is_sound() {
    <Smtpsend as clap::CommandFactory>::command().debug_assert();
}

#[test]
fn as_people_write_it() {
    let args =
        parse("-a work -f ann@example.org -s Hi -H 'X-A: b' --to bob@example.org,'Cy <c@example.org>' d@example.org");
    assert_eq!(args.recipients, ["d@example.org"]);
    assert_eq!(args.envelope.to, ["bob@example.org,Cy <c@example.org>"]);
    assert_eq!(args.connect.account.as_deref(), Some("work"));
    assert!(args.compose.is_asked_for());
    assert_eq!(args.compose.text_input(), Some(Input::Stdin));
    let args = parse("-ti -- -x@example.org".replace('i', "").as_str());
    assert!(args.envelope.recipients_from_headers && !args.compose.is_asked_for());
    assert_eq!(args.recipients, ["-x@example.org"]);
    let args = parse("--8bit encode --chunking off --pipeline off --partial abort --priority -3 --by '2h;r' x");
    assert_eq!((args.delivery.eight_bit, args.delivery.partial), (EightBit::Encode, Partial::Abort));
    assert_eq!((args.delivery.chunking, args.delivery.pipeline), (Switch::Off, Switch::Off));
    assert_eq!(args.delivery.priority, Some(-3));
}

#[test]
fn the_queue_and_its_modes() {
    assert_eq!(parse("x").queue.queue, None);
    assert_eq!(parse("--queue x").queue.queue, Some(QueueMode::Always));
    assert_eq!(parse("--queue=on-failure x").queue.queue, Some(QueueMode::OnFailure));
    assert_eq!(parse("--queue=never x").recipients, ["x"]);
    assert!(parse("--queue-run --all-users").queue.all_users);
}

#[test]
fn what_a_script_puts_behind_an_option_is_never_another_option() {
    let args = try_parse(&["-s", "--config=/tmp/x", "--body", "-t", "-H", "-X: y", "x@example.org"]).unwrap();
    assert_eq!(args.compose.subject.as_deref(), Some("--config=/tmp/x"));
    assert_eq!(args.compose.body.as_deref(), Some("-t"));
    assert!(args.connect.config.is_none() && !args.envelope.recipients_from_headers);
}

#[test]
fn no_control_character_gets_through() {
    for option in [
        "--from",
        "--envelope-from",
        "--to",
        "--cc",
        "--bcc",
        "--subject",
        "--header",
        "--reply-to",
        "--in-reply-to",
        "--ehlo",
        "--xclient",
        "--verb",
        "--envid",
        "--mail-auth",
        "--qualify-domain",
        "--dkim-selector",
        "--dkim-domain",
        "--queue-remove",
    ] {
        for bad in ["a@b.example\r\nX", "a@b.example\n", "X: a\rb", "\u{1b}[2J", "a\u{85}b", "\u{7f}"] {
            assert!(try_parse(&[option, bad]).is_err(), "{option} {bad:?}");
        }
    }
    for bad in ["a@b.example\r\nDATA", "\n", ""] {
        assert!(try_parse(&[bad]).is_err(), "{bad:?}");
    }
}

#[test]
fn wrong_values() {
    for line in [
        "--quit-after end",
        "--jobs 0",
        "--rate fast",
        "--queue=later",
        "--proxy-protocol v3",
        "--8bit no",
        "--notify sometimes",
        "--attach 'a;typ=x'",
        "--inline a",
        "--partial maybe",
        "--priority 10",
        "--save http://x",
    ] {
        let words = shlex::split(line).unwrap();
        assert!(try_parse(&words.iter().map(String::as_str).collect::<Vec<_>>()).is_err(), "{line}");
    }
}

#[test]
fn options_are_given_again_as_they_were_typed() {
    let typed = Invocation::<Smtpsend>::parse(["smtpsend", "-u", "a b", "--no-verify", "-vv", "--timeout", "5", "x"]);
    let typed = typed.unwrap();
    assert_eq!(typed.words_of("user"), ["--user=a b"]);
    assert_eq!(typed.words_of("no-verify"), ["--no-verify"]);
    assert_eq!(typed.words_of("verbose"), ["--verbose", "--verbose"]);
    assert!(typed.words_of("connect-timeout").is_empty());
    let run = Invocation::<Smtpsend>::parse(["smtpsend", "--queue-run", "--timeout", "7"]).unwrap();
    let words: Vec<_> = ["user", "timeout"].iter().flat_map(|name| typed.words_of(name)).cloned().collect();
    let both = run.behind(&words).unwrap();
    assert_eq!(both.args.auth.user.as_deref(), Some("a b"));
    assert_eq!(both.args.connect.timeout.as_secs(), 7, "what is typed now counts");
    assert!(both.given("user") && both.args.queue.queue_run);
}
