use super::*;
use crate::net::tls::BindingKind;
use crate::sasl::exchange::tests::{Script, challenge, refused, script};
use crate::sasl::exchange::{Authenticator, Step, authenticate, may_try_next};
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

fn credentials(user: &str, password: &str) -> Credentials {
    Credentials { user: Some(user.into()), password: Some(Secret::new(password)), ..Credentials::default() }
}

fn client(mechanism: Mechanism, nonce: &str) -> Scram {
    Scram::with_nonce(mechanism, &credentials("user", "pencil"), &Binding::Unsupported, nonce.into()).unwrap()
}

const NONCE_1: &str = "fyko+d2lbbFgONRv9qkxdawL";
const FIRST_1: &str = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
const FINAL_1: &str = "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=";

#[test]
fn example_of_rfc_5802() {
    let mut exchange = client(Mechanism::ScramSha1, NONCE_1);
    let mut script = script([challenge(FIRST_1), challenge(FINAL_1), Step::Success(None)]);
    authenticate(&mut exchange, &mut script).unwrap();
    assert_eq!(
        script.sent,
        [
            "SCRAM-SHA-1 n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "",
        ]
    );
}

#[test]
fn example_of_rfc_7677_with_the_proof_in_the_success() {
    let mut exchange = client(Mechanism::ScramSha256, "rOprNGfwEbeRWgbNEkqO");
    let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    let last = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    let mut script = script([challenge(first), Step::Success(Some(last.into()))]);
    authenticate(&mut exchange, &mut script).unwrap();
    assert_eq!(
        script.sent.get(1).unwrap(),
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
}

/// Runs the RFC 5802 client against these answers.
fn against(answers: Vec<Step>) -> (Error, Script) {
    let mut script = script(answers);
    let error = authenticate(&mut client(Mechanism::ScramSha1, NONCE_1), &mut script).unwrap_err();
    (error, script)
}

#[test]
fn success_needs_the_servers_proof() {
    let wrong = "v=AAAApqV8S7suAoZWja4dJRkFsKQ=";
    let unproven = [
        vec![Step::Success(None)],
        vec![Step::Success(Some(FINAL_1.into()))],
        vec![challenge(FIRST_1), Step::Success(None)],
        vec![challenge(FIRST_1), Step::Success(Some(wrong.into()))],
        vec![challenge(FIRST_1), Step::Success(Some(b"\xff\xfe".to_vec()))],
        vec![challenge(FIRST_1), Step::Success(Some(Vec::new()))],
        vec![challenge(FIRST_1), Step::Success(Some(b"v=".to_vec()))],
        vec![challenge(FIRST_1), Step::Success(Some(b"x=1,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=".to_vec()))],
        vec![challenge(FIRST_1), challenge(wrong), Step::Success(None)],
        vec![challenge(FIRST_1), challenge(wrong), refused(None, "cancelled")],
        vec![challenge(FIRST_1), challenge(""), Step::Success(None)],
        vec![challenge(FIRST_1), challenge("e=other-error"), Step::Success(None)],
    ];
    for answers in unproven {
        let (error, _) = against(answers.clone());
        assert!(matches!(error, Error::Insecure(_)), "{answers:?}: {error}");
        assert!(error.is_fatal_to_session() && !may_try_next(&error));
    }
    let (error, script) = against(vec![challenge(FIRST_1), challenge(wrong), refused(None, "x")]);
    assert!(error.to_string().ends_with("its signature is wrong"), "{error}");
    assert_eq!(script.sent.last().unwrap(), "*");
}

/// D15 among others.
#[test]
fn first_challenge_is_checked_before_any_proof_is_sent() {
    let r = "r=fyko+d2lbbFgONRv9qkxdawL3rfc";
    let long = "A".repeat(8_192);
    let cases = [
        ("r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096".to_owned(), "extend"),
        ("r=gyko+d2lbbFgONRv9qkxdawL3rfc,s=QSXCR+Q6sek8bf92,i=4096".into(), "extend"),
        ("r=,s=QSXCR+Q6sek8bf92,i=4096".into(), "extend"),
        (format!("{r}\u{7f},s=QSXCR+Q6sek8bf92,i=4096"), "extend"),
        (format!("{r}\u{fc},s=QSXCR+Q6sek8bf92,i=4096"), "extend"),
        (format!("{r}{long},s=QSXCR+Q6sek8bf92,i=4096"), "extend"),
        (format!("m=x,{r},s=QSXCR+Q6sek8bf92,i=4096"), "(m=)"),
        (format!("{r},m=x,s=QSXCR+Q6sek8bf92,i=4096"), "(m=)"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=4096,m=x"), "(m=)"),
        (format!("s=QSXCR+Q6sek8bf92,{r},i=4096"), "no r="),
        (format!("{r},i=4096"), "no s="),
        (format!("{r},s=QSXCR+Q6sek8bf92"), "no i="),
        (format!("{r},s=%%%%,i=4096"), "salt"),
        (format!("{r},s=QSXCR+Q6sek8bf9,i=4096"), "salt"),
        (format!("{r},s=,i=4096"), "salt"),
        (format!("{r},s={long},i=4096"), "exceeds the limit of 4096"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=2147483648"), "exceeds the limit of 1000000"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=1000001"), "exceeds the limit of 1000000"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=99999999999999999999"), "exceeds the limit of 1000000"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=1"), "too few"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=4095"), "too few"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=0"), "not a number"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=-1"), "not a number"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i=+4096"), "not a number"),
        (format!("{r},s=QSXCR+Q6sek8bf92,i="), "not a number"),
        (String::new(), "no r="),
    ];
    for (first, expected) in cases {
        let (error, script) = against(vec![challenge(&first)]);
        assert!(error.to_string().contains(expected), "{first}: {error}");
        assert!(!script.sent.iter().any(|sent| sent.contains("p=")), "{first}: {:?}", script.sent);
        assert_eq!(script.sent.last().unwrap(), "*");
        assert!(error.is_fatal_to_session());
    }
    let (error, _) = against(vec![Step::Challenge(b"r=\xff".to_vec())]);
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[test]
fn unknown_optional_extensions_are_ignored() {
    let mut scram = client(Mechanism::ScramSha1, NONCE_1);
    scram.initial().unwrap();
    assert!(scram.respond(format!("{FIRST_1},x=1,y=").as_bytes()).is_ok());
}

#[test]
fn servers_error_is_told() {
    for answers in [
        vec![challenge("e=unknown-user"), refused(Some("AUTH"), "no")],
        vec![challenge(FIRST_1), challenge("e=unknown-user,x=1"), refused(Some("AUTH"), "no")],
    ] {
        let (error, script) = against(answers);
        assert!(matches!(error, Error::Authentication(_)));
        assert_eq!(error.to_string(), "authentication failed at AUTH: [AUTH] no (unknown-user)");
        assert_eq!(script.sent.last().unwrap(), "");
        assert!(!may_try_next(&error));
    }
    let (error, _) = against(vec![challenge("e=\u{1b}[2J\u{7}"), refused(None, "")]);
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
}

#[test]
fn a_binding_that_the_server_lacks_lets_the_next_way_be_tried() {
    for reason in ["unsupported-channel-binding-type", "channel-binding-not-supported"] {
        let (error, _) = against(vec![challenge(&format!("e={reason}")), refused(Some("AUTH"), "no")]);
        assert!(may_try_next(&error) && !error.is_fatal_to_session(), "{error}");
        assert!(error.to_string().contains(reason));
    }
    let (error, _) = against(vec![challenge("e=channel-bindings-dont-match"), refused(Some("AUTH"), "no")]);
    assert!(!may_try_next(&error));
}

#[test]
fn names_and_passwords_are_prepared() {
    let header = |user: &str, authzid: Option<&str>| {
        let credentials = Credentials { authzid: authzid.map(Into::into), ..credentials(user, "x") };
        let mut scram =
            Scram::with_nonce(Mechanism::ScramSha256, &credentials, &Binding::NotOffered, "r".into()).unwrap();
        scram.initial().unwrap().unwrap().expose_str().unwrap().to_owned()
    };
    assert_eq!(header("a,b=c", Some("x=y")), "y,a=x=3Dy,n=a=2Cb=3Dc,r=r");
    assert_eq!(header("I\u{ad}X", None), "y,,n=IX,r=r");
    assert_eq!(header("\u{1f980}", None), "y,,n=\u{1f980},r=r");
    let prepared = |password: &[u8]| prepared_password(&Secret::new(password)).map(|p| p.expose().to_vec());
    assert_eq!(prepared("\u{aa}\u{2168}".as_bytes()).unwrap(), b"aIX");
    assert_eq!(prepared("\u{1f980}".as_bytes()).unwrap(), "\u{1f980}".as_bytes());
    assert_eq!(prepared(b"p\xff").unwrap(), b"p\xff");
    for bad in [&b"a\0b"[..], b"a\tb", b"a\nb", "\u{ad}".as_bytes()] {
        assert!(matches!(prepared(bad), Err(Error::InvalidInput(_))), "{bad:?}");
    }
    assert!(prepared_name("\u{ad}").is_err());
}

fn binding(kind: BindingKind, byte: u8) -> ChannelBinding {
    ChannelBinding { kind, data: vec![byte; 32] }
}

/// A server written from RFC 5802 alone, on nothing but the hash crates.
struct Server {
    sha1: bool,
    password: &'static str,
    /// What it supports; also what the other end must have used.
    binding: Option<ChannelBinding>,
    first_bare: String,
    header: String,
    first: String,
    done: bool,
}

impl Server {
    fn new(sha1: bool, binding: Option<ChannelBinding>) -> Self {
        let (first_bare, header, first) = Default::default();
        Self { sha1, password: "pencil", binding, first_bare, header, first, done: false }
    }

    fn hmac(&self, key: &[u8], data: &[u8]) -> Vec<u8> {
        if self.sha1 {
            Hmac::<Sha1>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes().to_vec()
        } else {
            Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(data).finalize().into_bytes().to_vec()
        }
    }

    fn h(&self, data: &[u8]) -> Vec<u8> {
        if self.sha1 { Sha1::digest(data).to_vec() } else { Sha256::digest(data).to_vec() }
    }

    fn salted(&self) -> Vec<u8> {
        let mut u = self.hmac(self.password.as_bytes(), b"salt\0\0\0\x01");
        let mut result = u.clone();
        for _ in 1..4096 {
            u = self.hmac(self.password.as_bytes(), &u);
            result.iter_mut().zip(&u).for_each(|(r, u)| *r ^= u);
        }
        result
    }

    fn client_first(&mut self, message: &str) -> Step {
        let mut parts = message.splitn(3, ',');
        let (flag, authzid, bare) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let supported = self.binding.as_ref().map(|b| format!("p={}", b.kind.name()));
        if flag == "y" && supported.is_some() {
            return challenge("e=server-does-support-channel-binding");
        }
        if flag.starts_with("p=") && supported.as_deref() != Some(flag) {
            return challenge("e=unsupported-channel-binding-type");
        }
        (self.header, self.first_bare) = (format!("{flag},{authzid},"), bare.into());
        let nonce = bare.rsplit_once("r=").unwrap().1;
        self.first = format!("r={nonce}server,s={},i=4096", BASE64_STANDARD.encode("salt"));
        challenge(&self.first)
    }

    fn client_final(&mut self, message: &str) -> Step {
        let (without_proof, proof) = message.rsplit_once(",p=").unwrap();
        let (c, r) = without_proof.split_once(',').unwrap();
        let mut expected = self.header.clone().into_bytes();
        if self.header.starts_with("p=") {
            expected.extend(&self.binding.as_ref().unwrap().data);
        }
        assert_eq!(r, self.first.split(',').next().unwrap());
        if BASE64_STANDARD.decode(c.strip_prefix("c=").unwrap()).unwrap() != expected {
            return challenge("e=channel-bindings-dont-match");
        }
        let (salted, auth) = (self.salted(), format!("{},{},{without_proof}", self.first_bare, self.first));
        let stored = self.h(&self.hmac(&salted, b"Client Key"));
        let signature = self.hmac(&stored, auth.as_bytes());
        let key: Vec<u8> = BASE64_STANDARD.decode(proof).unwrap().iter().zip(&signature).map(|(p, s)| p ^ s).collect();
        if self.h(&key) != stored {
            return challenge("e=invalid-proof");
        }
        self.done = true;
        let server_key = self.hmac(&salted, b"Server Key");
        challenge(&format!("v={}", BASE64_STANDARD.encode(self.hmac(&server_key, auth.as_bytes()))))
    }
}

impl Authenticator for Server {
    fn takes_initial(&self, _: Mechanism, _: &Secret) -> bool {
        true
    }
    fn begin(&mut self, _: Mechanism, initial: Option<&Secret>) -> Result<Step> {
        Ok(self.client_first(initial.unwrap().expose_str().unwrap()))
    }
    fn respond(&mut self, response: &Secret) -> Result<Step> {
        Ok(match response.expose_str().unwrap() {
            "" if self.done => Step::Success(None),
            "" => refused(Some("AUTH"), "no"),
            message => self.client_final(message),
        })
    }
    fn cancel(&mut self) -> Result<Step> {
        Ok(refused(None, "cancelled"))
    }
}

fn login(mechanism: Mechanism, ours: &Binding, password: &str, theirs: Option<ChannelBinding>) -> Result<()> {
    let sha1 = matches!(mechanism, Mechanism::ScramSha1 | Mechanism::ScramSha1Plus);
    let mut exchange = Scram::new(mechanism, &credentials("us,er=", password), ours)?;
    authenticate(&mut exchange, &mut Server::new(sha1, theirs))
}

#[test]
fn round_trips() {
    let exporter = binding(BindingKind::TlsExporter, 1);
    let end_point = binding(BindingKind::TlsServerEndPoint, 2);
    for mechanism in [Mechanism::ScramSha1, Mechanism::ScramSha256] {
        login(mechanism, &Binding::Unsupported, "pencil", None).unwrap();
        login(mechanism, &Binding::NotOffered, "pencil", None).unwrap();
        login(mechanism, &Binding::Bound(exporter.clone()), "pencil", Some(exporter.clone())).unwrap();
        let error = login(mechanism, &Binding::Unsupported, "pen", None).unwrap_err();
        assert!(error.to_string().ends_with("(invalid-proof)"), "{error}");
    }
    for mechanism in [Mechanism::ScramSha1Plus, Mechanism::ScramSha256Plus] {
        for channel in [&exporter, &end_point] {
            login(mechanism, &Binding::Bound(channel.clone()), "pencil", Some(channel.clone())).unwrap();
        }
        let error = login(mechanism, &Binding::Unsupported, "pencil", None).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{error}");
    }
}

#[test]
fn somebody_between_us_is_noticed() {
    let exporter = binding(BindingKind::TlsExporter, 1);
    let other = binding(BindingKind::TlsExporter, 2);
    let error =
        login(Mechanism::ScramSha256Plus, &Binding::Bound(exporter.clone()), "pencil", Some(other)).unwrap_err();
    assert!(error.to_string().contains("channel-bindings-dont-match") && !may_try_next(&error), "{error}");
    // The offer of -PLUS was cut out on the way.
    let error = login(Mechanism::ScramSha256, &Binding::NotOffered, "pencil", Some(exporter.clone())).unwrap_err();
    assert!(error.to_string().contains("server-does-support-channel-binding") && !may_try_next(&error), "{error}");
    let end_point = Binding::Bound(binding(BindingKind::TlsServerEndPoint, 1));
    let error = login(Mechanism::ScramSha256Plus, &end_point, "pencil", Some(exporter)).unwrap_err();
    assert!(may_try_next(&error), "{error}");
}

proptest! {
    #[test]
    fn nothing_behind_a_good_nonce_makes_it_panic(
        nonce in "\\PC{0,20}",
        salt in prop::collection::vec(any::<u8>(), 0..40),
        iterations in "[1-9]?[0-9]{0,3}|4096|18446744073709551616|\\PC{0,6}",
        rest in "(,\\PC{0,10}){0,2}",
        last in "(v=|e=)?\\PC{0,30}",
    ) {
        let mut scram = client(Mechanism::ScramSha256, "nonce");
        scram.initial().unwrap();
        let salt = BASE64_STANDARD.encode(salt);
        let _ = scram.respond(format!("r=nonce{nonce},s={salt},i={iterations}{rest}").as_bytes());
        let _ = scram.respond(last.as_bytes());
        prop_assert!(scram.finish(Some(last.as_bytes())).is_err());
    }
}
