use super::*;
use crate::net::tls::BindingKind;

fn bindings() -> Vec<ChannelBinding> {
    vec![
        ChannelBinding { kind: BindingKind::TlsExporter, data: vec![1; 32] },
        ChannelBinding { kind: BindingKind::TlsServerEndPoint, data: vec![2; 32] },
    ]
}

/// Names as in `Offer`, with USER and APOP among them.
fn offer(names: &str) -> Offer {
    let mut offer = Offer::default();
    for name in names.split_whitespace() {
        match name {
            "USER" => offer.user_pass = true,
            "APOP" => offer.apop = true,
            _ => offer.mechanisms.push(name.into()),
        }
    }
    offer
}

/// `clear`, `no-verify`, `tls` or `private`; with `+cb` (bindings), `+cert`, `+token`, `-password`, `-user`,
/// `+authzid`, `+cleartext`; `--auth` list or nothing.
fn planned(situation: &str, auth: &str, names: &str) -> Result<Vec<Choice>> {
    let has = |flag: &str| situation.contains(flag);
    let protection = match situation.split_whitespace().next().unwrap() {
        "clear" => Protection::Clear,
        "no-verify" => Protection::TlsUnverified,
        "tls" => Protection::TlsVerified,
        "private" => Protection::Private,
        other => panic!("{other}"),
    };
    let bindings = if has("+cb") { bindings() } else { Vec::new() };
    let channel = Channel { protection, bindings: &bindings, client_cert: has("+cert") };
    let known =
        Known { user: !has("-user"), authzid: has("+authzid"), password: !has("-password"), token: has("+token") };
    let allowed = (!auth.is_empty()).then(|| match AuthList::parse(auth).unwrap() {
        AuthList::Methods(methods) => methods,
        AuthList::None => Vec::new(),
    });
    plan(&offer(names), &channel, known, &Policy { allowed, cleartext_auth: has("+cleartext") })
}

fn names(choices: &[Choice]) -> String {
    let name = |choice: &Choice| match &choice.binding {
        Binding::Bound(binding) => format!("{}:{}", choice.method.name(), binding.kind.name()),
        Binding::NotOffered => format!("{}:y", choice.method.name()),
        Binding::Unsupported => choice.method.name().to_owned(),
    };
    choices.iter().map(name).collect::<Vec<_>>().join(" ")
}

const EVERYTHING: &str = "ANONYMOUS CRAM-MD5 LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS \
                          XOAUTH2 OAUTHBEARER EXTERNAL NTLM USER APOP";

#[test]
fn the_order() {
    const PLUS: &str = "SCRAM-SHA-256-PLUS:tls-exporter SCRAM-SHA-256-PLUS:tls-server-end-point \
                        SCRAM-SHA-1-PLUS:tls-exporter SCRAM-SHA-1-PLUS:tls-server-end-point";
    let rows = [
        ("tls", "", EVERYTHING, "PLAIN LOGIN USER SCRAM-SHA-256 SCRAM-SHA-1"),
        ("private", "", EVERYTHING, "PLAIN LOGIN USER SCRAM-SHA-256 SCRAM-SHA-1"),
        ("tls +cb", "", EVERYTHING, &format!("{PLUS} PLAIN LOGIN USER SCRAM-SHA-256 SCRAM-SHA-1")),
        ("no-verify +cb", "", EVERYTHING, &format!("{PLUS} SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN USER")),
        ("no-verify", "", EVERYTHING, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN USER"),
        ("clear", "", EVERYTHING, "SCRAM-SHA-256 SCRAM-SHA-1"),
        ("clear +cleartext", "", EVERYTHING, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN USER"),
        ("tls +cert +token", "", "PLAIN XOAUTH2 OAUTHBEARER EXTERNAL", "EXTERNAL OAUTHBEARER XOAUTH2 PLAIN"),
        ("tls +token", "", "PLAIN XOAUTH2 EXTERNAL", "XOAUTH2 PLAIN"),
        ("tls +token -password", "", "PLAIN XOAUTH2 USER", "XOAUTH2"),
        ("tls +token -password -user", "", "XOAUTH2 OAUTHBEARER", "OAUTHBEARER"),
        ("tls +cert -password -user", "", "PLAIN EXTERNAL", "EXTERNAL"),
        ("tls +cert", "", "PLAIN", "PLAIN"),
        ("tls", "", "USER", "USER"),
        ("tls", "", "USER APOP", "USER"),
        ("tls", "", "plain Login", "PLAIN LOGIN"),
        // "y" only where no -PLUS at all was offered.
        ("clear +cb", "", "scram-sha-256", "SCRAM-SHA-256:y"),
        ("tls +cb", "scram-sha-1", "SCRAM-SHA-1 PLAIN", "SCRAM-SHA-1:y"),
        ("tls +cb", "scram-sha-1", "SCRAM-SHA-1 SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"),
        ("tls +cb", "scram-sha-1", "SCRAM-SHA-1 SCRAM-SHA-512-PLUS", "SCRAM-SHA-1"),
        // An authorization identity must arrive.
        ("tls +authzid", "", "LOGIN USER PLAIN XOAUTH2", "PLAIN"),
        ("tls +authzid +token", "", "XOAUTH2 OAUTHBEARER", "OAUTHBEARER"),
        // Named: that order, nothing else.
        ("tls", "scram-sha-256,plain", EVERYTHING, "SCRAM-SHA-256 PLAIN"),
        (
            "tls +cb",
            "user,scram-sha-1-plus",
            EVERYTHING,
            "USER SCRAM-SHA-1-PLUS:tls-exporter SCRAM-SHA-1-PLUS:tls-server-end-point",
        ),
        ("clear", "plain,scram-sha-256", EVERYTHING, "SCRAM-SHA-256"),
        ("clear", "cram-md5,apop", EVERYTHING, "CRAM-MD5 APOP"),
        ("clear -user -password", "anonymous", EVERYTHING, "ANONYMOUS"),
        ("private -password", "external", EVERYTHING, "EXTERNAL"),
        ("clear +cleartext +token", "xoauth2", EVERYTHING, "XOAUTH2"),
    ];
    for (situation, auth, offered, expected) in rows {
        match planned(situation, auth, offered) {
            Ok(choices) => assert_eq!(names(&choices), expected, "{situation} | {auth} | {offered}"),
            Err(error) => panic!("{situation} | {auth} | {offered}: {error}"),
        }
    }
}

#[test]
fn what_is_refused() {
    const INSECURE: &str = "insecure";
    const UNSUPPORTED: &str = "unsupported";
    const INVALID: &str = "invalid";
    let rows = [
        ("clear", "", "PLAIN LOGIN USER", INSECURE),
        ("clear", "", "USER", INSECURE),
        ("clear", "", "LOGIN CRAM-MD5 APOP ANONYMOUS", INSECURE),
        ("clear +cb", "", "PLAIN", INSECURE),
        ("clear", "plain", EVERYTHING, INSECURE),
        ("clear", "user", EVERYTHING, INSECURE),
        ("clear +token", "", "OAUTHBEARER", INSECURE),
        ("clear +token", "xoauth2", EVERYTHING, INSECURE),
        ("clear", "", "", UNSUPPORTED),
        ("tls", "", "", UNSUPPORTED),
        ("tls", "", "ANONYMOUS NTLM GSSAPI", UNSUPPORTED),
        ("tls", "", "CRAM-MD5 APOP", UNSUPPORTED),
        ("tls", "", "SCRAM-SHA-256-PLUS", UNSUPPORTED),
        ("tls", "scram-sha-256", "PLAIN", UNSUPPORTED),
        ("tls +authzid", "", "LOGIN USER", UNSUPPORTED),
        ("tls", "external", "PLAIN", UNSUPPORTED),
        ("tls -password", "", "PLAIN", INVALID),
        ("tls -user", "", "PLAIN USER", INVALID),
        ("tls", "xoauth2", "XOAUTH2", INVALID),
    ];
    for (situation, auth, offered, expected) in rows {
        let error = planned(situation, auth, offered).unwrap_err();
        let kind = match error {
            Error::Insecure(_) => INSECURE,
            Error::Unsupported(_) => UNSUPPORTED,
            Error::InvalidInput(_) => INVALID,
            _ => "other",
        };
        assert_eq!(kind, expected, "{situation} | {auth} | {offered}: {error}");
    }
}

#[test]
fn errors_tell_what_was_offered_and_what_was_allowed() {
    let text = |situation, auth, offered| planned(situation, auth, offered).unwrap_err().to_string();
    assert_eq!(
        text("clear", "", "PLAIN USER"),
        "not logging in with PLAIN, USER/PASS over a connection without TLS: everybody on the way could read the \
         secret; use --security tls or starttls, or accept that with --cleartext-auth"
    );
    assert_eq!(
        text("tls", "scram-sha-256,user", "PLAIN APOP"),
        "no way to log in: the server offers PLAIN, APOP; allowed is SCRAM-SHA-256, USER/PASS"
    );
    assert_eq!(
        text("tls", "", "NTLM CRAM-MD5"),
        "no way to log in: the server offers NTLM, CRAM-MD5; CRAM-MD5 only if named with --auth"
    );
    assert_eq!(text("tls", "", ""), "no way to log in: the server offers nothing");
    assert_eq!(text("tls -password", "plain", "PLAIN"), "cannot log in: PLAIN needs a password");
    assert!(text("tls", "", "SCRAM-SHA-1-PLUS").contains("SCRAM-SHA-1-PLUS needs channel binding"));
}

#[test]
fn offers_are_shown_tame_and_short() {
    let mut offer = Offer { mechanisms: vec!["\u{1b}[2J".into(), "x".repeat(10_000)], ..Offer::default() };
    offer.mechanisms.extend((0..1000).map(|i| format!("M{i}")));
    let text = offer.to_string();
    assert!(!text.chars().any(char::is_control) && text.chars().count() < 500, "{text}");
    assert!(text.ends_with("986 more"), "{text}");
}

#[test]
fn reasons_are_for_people() {
    let reasons = |situation: &str, auth: &str| -> Vec<_> {
        planned(situation, auth, EVERYTHING).unwrap().into_iter().map(|choice| choice.reason).collect()
    };
    assert_eq!(reasons("tls", "plain"), ["PLAIN: offered, TLS verified"]);
    assert_eq!(reasons("clear +cleartext", "user"), ["USER/PASS: offered, clear text allowed"]);
    assert_eq!(
        reasons("tls +cb", "scram-sha-256-plus").first().unwrap(),
        "SCRAM-SHA-256-PLUS: offered, tied to the TLS session by tls-exporter"
    );
    assert_eq!(reasons("tls +cert", "external"), ["EXTERNAL: offered, a client certificate is configured"]);
}

#[test]
fn lists() {
    let methods = |list: &str| AuthList::parse(list);
    assert_eq!(methods("none").unwrap(), AuthList::None);
    assert_eq!(
        methods(" Scram-SHA-256 , plain,user,APOP,plain").unwrap(),
        AuthList::Methods(vec![
            Method::Sasl(Mechanism::ScramSha256),
            Method::Sasl(Mechanism::Plain),
            Method::UserPass,
            Method::Apop,
        ])
    );
    for bad in ["", ",", "plain,", "none,plain", "plain,none", "ntlm", "plain login"] {
        assert!(matches!(methods(bad), Err(Error::InvalidInput(_))), "{bad:?}");
    }
    assert_eq!(
        methods("nt\u{1b}lm").unwrap_err().to_string(),
        "unknown authentication mechanism \"nt^[lm\"; known are external, oauthbearer, xoauth2, scram-sha-256-plus, \
         scram-sha-1-plus, scram-sha-256, scram-sha-1, plain, login, cram-md5, anonymous, user, apop and none"
    );
    for method in Method::all() {
        assert_eq!(method.name().parse::<Method>().unwrap(), method);
    }
}
