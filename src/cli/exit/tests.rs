use std::io;

use super::*;

#[test]
fn what_the_system_refuses_is_told_with_what_was_being_done() {
    use anyhow::Context as _;

    let refused = Err::<(), _>(io::Error::from_raw_os_error(24)).context("cannot make a pipe").unwrap_err();
    let failure = Failure::from(refused);
    assert_eq!(failure.exit, Exit::SYSTEM);
    assert!(failure.to_string().contains("cannot make a pipe: Too many open files"), "{failure}");
    let ours = anyhow::Error::new(Error::Config("x".into())).context("reading");
    assert_eq!(Failure::from(ours).exit, Exit::CONFIG);
}

fn rejection(code: Option<&str>, transient: bool) -> Rejection {
    Rejection { verb: "PASS", code: code.map(str::to_owned), enhanced: None, text: "Invalid login".into(), transient }
}

fn io() -> io::Error {
    io::ErrorKind::Other.into()
}

#[test]
fn every_error_has_its_code() {
    let phase = Phase::Greeting;
    let storage = |kind| Error::Storage { doing: String::new(), source: io(), kind };
    let resolve = |kind| Error::Resolve { host: String::new(), kind, detail: String::new() };
    let proxy = |transient| Error::Proxy { proxy: String::new(), transient, detail: String::new() };
    let command = |code| Error::Command { command: String::new(), detail: String::new(), code };
    let login = |code, transient| Error::Authentication(rejection(code, transient));
    for (error, exit) in [
        (resolve(ResolveFailure::NotFound), 68),
        (resolve(ResolveFailure::Temporary), 75),
        (Error::Connect { target: String::new(), source: io() }, 75),
        (proxy(true), 75),
        (proxy(false), 69),
        (Error::Timeout { phase, budget: None }, 75),
        (Error::Interrupted(2), 130),
        (Error::Interrupted(15), 143),
        (Error::Tls { host: String::new(), detail: String::new() }, 76),
        (Error::Certificate { host: String::new(), detail: String::new() }, 69),
        (Error::Closed { phase, truncated: true }, 75),
        (Error::Network { phase, source: io() }, 75),
        (Error::Protocol { phase, detail: String::new() }, 76),
        (Error::Limit { what: "a line", limit: 1 }, 76),
        (Error::Unsupported(String::new()), 69),
        (Error::Insecure(String::new()), 69),
        (login(None, false), 77),
        (login(Some("AUTH"), false), 77),
        (login(Some("EXPIRED"), false), 77),
        (login(None, true), 75),
        (login(Some("SYS/TEMP"), false), 75),
        (login(Some("in-use"), false), 75),
        (login(Some("LOGIN-DELAY"), false), 75),
        (login(Some("UNAVAILABLE"), false), 75),
        (login(Some("SYS/PERM"), false), 69),
        (Error::Rejected(rejection(None, false)), 69),
        (Error::Rejected(rejection(None, true)), 75),
        (Error::Rejected(rejection(Some("IN-USE"), false)), 75),
        (Error::InvalidInput(String::new()), 65),
        (Error::Config(String::new()), 78),
        (storage(StorageKind::Create), 73),
        (storage(StorageKind::Io), 74),
        (storage(StorageKind::System), 71),
        (command(Some(75)), 75),
        (command(Some(1)), 74),
        (command(None), 74),
        (Error::State { path: String::new(), detail: String::new() }, 65),
        (Error::Locked { what: String::new() }, 75),
    ] {
        assert_eq!(Exit::of(&error).code(), exit, "{error:?}");
    }
    assert_eq!(Failure::usage("x").exit.code(), 64);
    assert_eq!(Failure::config("x").exit.code(), 78);
}

#[test]
fn refusals_of_imap_have_their_codes() {
    let refused = |verb, code: Option<&str>| Rejection { verb, ..rejection(code, false) };
    for (verb, code, exit) in [
        ("SELECT", Some("NONEXISTENT"), 66),
        ("COPY", Some("TRYCREATE"), 66),
        ("APPEND", Some("TRYCREATE"), 66),
        ("APPEND", Some("TOOBIG"), 65),
        ("APPEND", Some("CANNOT"), 65),
        ("APPEND", None, 65),
        ("REPLACE", None, 65),
        ("APPEND", Some("OVERQUOTA"), 69),
        ("APPEND", Some("NOPERM"), 69),
        ("APPEND", Some("BAD"), 76),
        ("COPY", Some("OVERQUOTA"), 69),
        ("CREATE", Some("ALREADYEXISTS"), 69),
        ("CREATE", Some("CANNOT"), 69),
        ("DELETE", Some("NOPERM"), 69),
        ("SETMETADATA", Some("METADATA MAXSIZE"), 65),
        ("SELECT", Some("UNAVAILABLE"), 75),
        ("SEARCH", Some("BAD"), 76),
        ("SEARCH", Some("CLIENTBUG"), 76),
        ("SEARCH", Some("BADCHARSET"), 69),
        ("SELECT", None, 69),
    ] {
        assert_eq!(Exit::of(&Error::Rejected(refused(verb, code))).code(), exit, "{verb} {code:?}");
    }
    let worded = |verb, text: &str| Rejection { verb, text: text.into(), ..rejection(None, false) };
    for (verb, text, exit) in [
        ("SELECT", "Mailbox does not exist", 66),
        ("UID COPY", "X doesn't exist.", 66),
        ("RETR", "that message does not exist", 69),
        ("SELECT", "Unable to open this mailbox.", 69),
    ] {
        assert_eq!(Exit::of(&Error::Rejected(worded(verb, text))).code(), exit, "{verb} {text}");
    }
    let transient = Rejection { transient: true, ..refused("SELECT", Some("BAD")) };
    assert_eq!(Exit::of(&Error::Rejected(transient)), Exit::TEMPORARY);
    for (code, exit) in [
        ("AUTHENTICATIONFAILED", 77),
        ("AUTHORIZATIONFAILED", 77),
        ("EXPIRED", 77),
        ("CONTACTADMIN", 77),
        ("ALERT", 77),
        ("BAD", 77),
        ("PRIVACYREQUIRED", 69),
        ("REFERRAL", 69),
    ] {
        assert_eq!(Exit::of(&Error::Authentication(refused("LOGIN", Some(code)))).code(), exit, "{code}");
    }
}

#[test]
fn many_become_one() {
    let combined = |codes: &[u8]| Exit::combine(codes.iter().map(|code| Exit(*code))).code();
    for (codes, exit) in [
        (&[][..], 0),
        (&[0, 0], 0),
        (&[1, 1], 1),
        (&[0, 1], 0),
        (&[0, 77], 80),
        (&[1, 75], 80),
        (&[80, 75], 80),
        (&[75, 68], 68),
        (&[75, 77, 78], 78),
        (&[69, 77], 77),
        (&[76, 69], 69),
        (&[73, 74], 74),
        (&[65, 73], 73),
        (&[75, 70], 70),
        (&[71, 78], 71),
        (&[75], 75),
        (&[0, 143, 75], 143),
        (&[0, 81], 81),
        (&[67, 67], 67),
        (&[67, 75], 65),
        (&[67, 65], 65),
        (&[67, 69], 69),
        (&[67, 0], 80),
    ] {
        assert_eq!(combined(codes), exit, "{codes:?}");
    }
    let worst = |codes: &[u8]| Exit::worst(codes.iter().map(|code| Exit(*code))).code();
    assert_eq!(worst(&[0, 75, 77]), 77);
    assert_eq!(worst(&[0, 1]), 0);
    assert_eq!(worst(&[80, 75]), 75);
}

#[test]
fn recipients_become_one() {
    use std::sync::Arc;

    use crate::cli::verdict::tests::refused;

    let accepted = || Verdict::Accepted(Default::default());
    let unknown_user = || refused("RCPT", "550", Some("5.1.1"));
    let lost = || Arc::new(Error::Closed { phase: Phase::Reply("DATA"), truncated: false });
    for (verdicts, exit) in [
        (vec![], 0),
        (vec![accepted(), accepted()], 0),
        (vec![accepted(), unknown_user()], 80),
        (vec![unknown_user(), unknown_user()], 67),
        (vec![unknown_user(), refused("RCPT", "550", Some("5.7.1"))], 65),
        (vec![unknown_user(), refused("RCPT", "450", None)], 65),
        (vec![refused("RCPT", "450", None), refused("DATA", "451", None)], 75),
        (vec![refused("MAIL", "553", Some("5.1.8"))], 65),
        (vec![refused("MAIL", "530", Some("5.7.0"))], 77),
        (vec![refused("MAIL", "538", None)], 69),
        (vec![refused("DATA", "421", None)], 75),
        (vec![Verdict::Unsent(lost())], 75),
        (vec![Verdict::Unsent(Arc::new(Error::Unsupported(String::new())))], 69),
        (vec![accepted(), Verdict::Unsent(lost())], 80),
        (vec![accepted(), Verdict::Unknown(lost())], 81),
        (vec![Verdict::Unsent(Arc::new(Error::Interrupted(2))), accepted()], 130),
    ] {
        assert_eq!(Exit::of_fates(&verdicts).code(), exit, "{verdicts:?}");
    }
    for (verb, exit) in [("MAIL", 65), ("SIZE", 65), ("greeting", 69), ("EHLO", 69), ("VRFY", 69)] {
        let Verdict::Refused(rejection) = refused(verb, "554", None) else { unreachable!() };
        assert_eq!(Exit::of(&Error::Rejected(rejection)).code(), exit, "{verb}");
    }
}

#[test]
fn a_failure_reads_as_the_contract_says() {
    let mut failure = Failure::from(Error::Authentication(rejection(Some("AUTH"), false))).of("work");
    assert_eq!(failure.to_string(), "work: authentication failed at PASS: [AUTH] Invalid login (exit 77)");
    assert_eq!((failure.kind(), failure.stage().as_deref()), ("authentication", Some("pass")));
    failure.advice = Some("check the password".into());
    assert!(failure.to_string().ends_with("Invalid login; check the password (exit 77)"));
    let timeout = Failure::from(Error::Timeout { phase: Phase::Data("RETR"), budget: None });
    assert_eq!((timeout.kind(), timeout.stage().as_deref()), ("timeout", Some("retr")));
    assert_eq!(Failure::usage("x").kind(), "usage");
    assert_eq!(Failure::from(Error::InvalidInput("x".into())).kind(), "data");
    assert_eq!(Failure::usage("x").of("a\x1b").account.as_deref(), Some("a^["));
}
