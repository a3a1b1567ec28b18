use std::time::Duration;

use super::*;

const RSA_PKCS1: &[u8] = include_bytes!("tests/rsa.pkcs1.pem");
const RSA_PKCS8: &[u8] = include_bytes!("tests/rsa.pkcs8.pem");
const ED25519: &[u8] = include_bytes!("tests/ed25519.pem");

const DINNER: &[u8] = b"From: Joe SixPack <joe@football.example.com>\r\n\
To: Suzie Q <suzie@shopping.example.net>\r\n\
Subject: Is dinner ready?\r\n\
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
\r\n\
Hi.\r\n\
\r\n\
We lost the game.  Are you hungry yet?\r\n\
\r\n\
Joe.\r\n";

fn when() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_528_637_909)
}

fn sign(signer: &Signer, message: &[u8]) -> String {
    String::from_utf8(signer.sign_stream(&mut &message[..], when()).unwrap()).unwrap()
}

/// The value of a tag, without white space.
fn tag(field: &str, name: &str) -> String {
    let value = field.split_once(':').unwrap().1;
    let found = value.split(';').find_map(|tag| tag.trim().strip_prefix(&format!("{name}=")).map(str::to_owned));
    found.unwrap_or_default().replace(['\r', '\n', '\t', ' '], "")
}

#[cfg(feature = "dkim")]
#[test]
fn example_of_rfc_8463() {
    const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    const SIGNATURE: &str = "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
    const UNSIGNED: &[u8] = b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
d=football.example.com; i=@football.example.com;\r\n \
q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
subject : date : message-id : from : subject : date;\r\n \
bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
b=";
    let key = Key::from_seed(&BASE64_STANDARD.decode(SEED).unwrap());
    let mut message = BufReader::new(DINNER);
    let fields = read_header(&mut message).unwrap();
    let mut hashed = Vec::new();
    for name in ["from", "to", "subject", "date", "message-id"] {
        let octets = fields.iter().find(|octets| name_of(octets).eq_ignore_ascii_case(name.as_bytes())).unwrap();
        hashed.extend(canonical_field(octets, Canonicalization::Relaxed));
        hashed.extend(b"\r\n");
    }
    hashed.extend(canonical_field(UNSIGNED, Canonicalization::Relaxed));
    assert_eq!(BASE64_STANDARD.encode(key.sign(&hashed).unwrap()), SIGNATURE);
    // The same body hash, through the whole signer.
    let field = sign(&Signer::new(ED25519, "brisbane", "football.example.com").unwrap(), DINNER);
    assert_eq!(tag(&field, "bh"), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

#[cfg(feature = "dkim")]
#[test]
fn the_field_says_what_was_signed() {
    let signer = Signer::new(RSA_PKCS8, "Sel._x", "Bücher.example").unwrap();
    assert_eq!(signer.algorithm(), Algorithm::RsaSha256);
    let field = sign(&signer, DINNER);
    assert!(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td="), "{field}");
    assert!(field.ends_with("\r\n") && field.lines().all(|line| line.len() <= 78), "{field}");
    assert_eq!(tag(&field, "d"), "xn--bcher-kva.example");
    assert_eq!(tag(&field, "s"), "sel._x");
    assert_eq!(tag(&field, "t"), "1528637909");
    assert_eq!(tag(&field, "h"), "from:from:to:subject:date:message-id");
    assert_eq!(BASE64_STANDARD.decode(tag(&field, "b")).unwrap().len(), 256);
    // PKCS#1 v1.5 has no salt: the other form of the key makes the same signature.
    assert_eq!(field, sign(&Signer::new(RSA_PKCS1, "Sel._x", "Bücher.example").unwrap(), DINNER));
}

#[cfg(feature = "dkim")]
#[test]
fn every_instance_is_signed_and_long_lists_are_folded() {
    let mut message = Vec::new();
    for name in SIGNED {
        message.extend(format!("{name}: one\r\n{} : two\r\n\tfolded\r\n", name.to_uppercase()).into_bytes());
    }
    message.extend(b"\r\nbody");
    let signer = Signer::new(ED25519, "s", "example.com").unwrap();
    let field = sign(&signer.canonicalize(Canonicalization::Simple, Canonicalization::Simple), &message);
    assert!(field.lines().all(|line| line.len() <= 78), "{field}");
    assert_eq!(tag(&field, "c"), "simple/simple");
    let names = tag(&field, "h");
    assert!(names.starts_with("from:from:from:sender:sender:"), "{names}");
    assert_eq!(names.split(':').count(), SIGNED.len() * 2 + 1);
}

#[cfg(feature = "dkim")]
#[test]
fn keys_that_will_not_do_are_refused_with_the_reason() {
    let why = |pem: &[u8]| match Signer::new(pem, "s", "example.com") {
        Err(Error::Config(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(why(include_bytes!("tests/rsa1024.pem")).contains("2048"));
    assert!(why(include_bytes!("tests/ec.pem")).contains("neither RSA nor Ed25519"));
    assert!(why(include_bytes!("tests/encrypted.pem")).contains("passphrase"));
    assert!(why(b"").contains("no private key"));
    assert!(why(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("damaged"));
    assert!(!format!("{:?}", Signer::new(ED25519, "s", "example.com")).contains("KeyPair"));
}

#[cfg(feature = "dkim")]
#[test]
fn names_and_messages_that_cannot_be_signed_for() {
    for bad in ["", "a..b", "a b", "a;b", "a\r\nb", ".", "a.", &"x".repeat(64)] {
        assert!(matches!(Signer::new(ED25519, bad, "example.com"), Err(Error::InvalidInput(_))), "{bad:?}");
        assert!(matches!(Signer::new(ED25519, "s", bad), Err(Error::InvalidInput(_))), "{bad:?}");
    }
    let signer = Signer::new(ED25519, "s", "example.com").unwrap();
    for bad in [b"".as_slice(), b"Subject: x\r\n\r\nFrom: a@example.com\r\n", b"\r\nFrom: a@example.com\r\n"] {
        assert!(matches!(signer.sign_stream(&mut &bad[..], when()), Err(Error::InvalidInput(_))));
    }
    let endless = vec![b'x'; 5 << 20];
    assert!(matches!(signer.sign_stream(&mut &endless[..], when()), Err(Error::InvalidInput(_))));
}

#[cfg(not(feature = "dkim"))]
#[test]
fn a_build_without_it_says_so() {
    for pem in [RSA_PKCS1, RSA_PKCS8, ED25519] {
        assert!(matches!(Signer::new(pem, "s", "example.com"), Err(Error::Unsupported(_))));
    }
}

#[cfg(feature = "dkim")]
#[test]
fn a_message_is_signed_as_it_goes_out() {
    let signer = Signer::new(RSA_PKCS8, "s", "example.com").unwrap();
    let message = Message::read(&mut &DINNER[..], &crate::mail::Reading::default()).unwrap();
    assert_eq!(signer.sign(&message, when()).unwrap(), signer.sign_stream(&mut &DINNER[..], when()).unwrap());
}
