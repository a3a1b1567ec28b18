//! Which certificates are accepted under which settings, and what is said of the others.

use ::rustls::server::WebPkiClientVerifier;
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use sha2::{Digest, Sha256};

use super::fixture::*;
use super::*;

/// What may be wrong with a server's certificate, and the words of each backend for it.
struct Defect {
    leaf: Leaf,
    host: &'static str,
    rustls: &'static str,
    native: &'static str,
}

fn defects(authority: &Authority) -> Vec<Defect> {
    let stranger = Authority::named("stranger");
    let year = |year| date_time_ymd(year, 1, 1);
    let defect = |leaf, host, rustls, native| Defect { leaf, host, rustls, native };
    vec![
        defect(Leaf::self_signed(&["localhost"]), "localhost", "self-signed", "self-signed"),
        defect(stranger.leaf(), "localhost", "issuer is unknown", "unable to get local issuer"),
        defect(authority.leaf(), "mail.example", "not for mail.example", "mismatch"),
        defect(
            authority.leaf_with(&["localhost"], |params| params.not_after = year(2020)),
            "localhost",
            "expired on 2020-01-01",
            "expired",
        ),
        defect(
            authority.leaf_with(&["localhost"], |params| params.not_before = year(2999)),
            "localhost",
            "before 2999-01-01",
            "not yet valid",
        ),
        defect(
            authority.leaf_with(&[], |params| params.distinguished_name.push(rcgen::DnType::CommonName, "localhost")),
            "localhost",
            "common name does not count",
            "common name does not count",
        ),
        defect(authority.leaf(), "127.0.0.1", "not for 127.0.0.1", "mismatch"),
        defect(
            authority.leaf_with(&["localhost"], |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
            "localhost",
            "extended key usage",
            "purpose",
        ),
    ]
}

/// B1, B11, B12.
#[test]
fn every_defect_under_every_setting() {
    let authority = Authority::new();
    let system = |backend| config_for(backend);
    let other = Pin([7; 32]);
    for backend in backends() {
        for Defect { leaf, host, rustls, native } in defects(&authority) {
            let with_pin = |config: TlsConfig, pin| TlsConfig { pins: vec![other, pin], ..config };
            let refused = [
                ("default", system(backend)),
                ("ca-file", authority.trusted(backend)),
                ("wrong pin", with_pin(system(backend), other)),
                ("pin and ca-file", with_pin(authority.trusted(backend), leaf.pin())),
                ("wrong pin and ca-file", with_pin(authority.trusted(backend), other)),
            ];
            for (setting, config) in refused {
                let (address, server) = serve(leaf.again(), |_| {}, |peer| peer.read(&mut [0; 16]));
                let error = connect(&config, address, host).err();
                let Some(Error::Certificate { host: named, detail }) = error else {
                    panic!("{backend}, {setting}, {rustls}: {error:?}");
                };
                assert_eq!(named, host);
                if setting == "ca-file" {
                    let words = if backend == Backend::Rustls { rustls } else { native };
                    assert!(detail.contains(words), "{backend}, {setting}, {words}: {detail}");
                }
                if backend == Backend::Rustls {
                    assert!(detail.contains(&leaf.pin().to_string()), "{detail}");
                    assert!(detail.contains("subject CN="), "{detail}");
                }
                // Not one octet of the session was sent.
                assert!(matches!(server.join().unwrap(), Ok(0) | Err(_)));
            }
            let accepted = [
                ("pin", with_pin(system(backend), leaf.pin()), Verification::Pin),
                ("no-verify", TlsConfig { no_verify: true, ..system(backend) }, Verification::None),
                (
                    "no-verify and ca-file",
                    TlsConfig { no_verify: true, ..authority.trusted(backend) },
                    Verification::None,
                ),
            ];
            for (setting, config, verification) in accepted {
                let (address, _server) = serve(leaf.again(), |_| {}, |_| Ok(()));
                let transport = connect(&config, address, host)
                    .unwrap_or_else(|error| panic!("{backend}, {setting}, {rustls}: {error}"));
                assert_eq!(transport.tls().unwrap().verification, verification);
            }
        }
        // The good one, so that the refusals above mean something.
        let leaf = authority.leaf();
        let pinned = |pin| TlsConfig { pins: vec![pin], ..authority.trusted(backend) };
        for (config, accepted) in [
            (authority.trusted(backend), true),
            (pinned(leaf.pin()), true),
            (pinned(other), false),
            (system(backend), false),
        ] {
            let (address, _server) = serve(leaf.again(), |_| {}, |_| Ok(()));
            assert_eq!(connect(&config, address, "localhost").is_ok(), accepted, "{backend}: {config:?}");
        }
    }
}

#[test]
fn a_wrong_pin_shows_both() {
    let authority = Authority::new();
    for backend in backends() {
        let leaf = authority.leaf();
        let pin = leaf.pin().to_string();
        let (address, _server) = serve(leaf, |_| {}, |_| Ok(()));
        let wanted = Pin([0xab; 32]);
        let config = TlsConfig { pins: vec![wanted], ..config_for(backend) };
        let text = connect(&config, address, "localhost").err().unwrap().to_string();
        assert!(text.contains(&pin) && text.contains(&wanted.to_string()), "{text}");
    }
}

/// B2, B3.
#[test]
fn names_match_as_rfc_9525_says() {
    let authority = Authority::new();
    let cases = [
        ("a.example.com", "a.example.com", true),
        ("a.example.com", "A.EXAMPLE.com", true),
        ("a.example.com", "a.example.com.", true),
        ("*.example.com", "a.example.com", true),
        ("*.example.com", "a.b.example.com", false),
        ("*.example.com", "example.com", false),
        ("*.com", "example.com", false),
        ("f*o.example.com", "foo.example.com", false),
        ("a.*.example.com", "a.b.example.com", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("::1", "::1", true),
        ("fe80::1", "fe80::1%eth0", true),
    ];
    for backend in backends() {
        for (name, host, accepted) in cases {
            let (address, _server) = serve(authority.leaf_with(&[name], |_| {}), |_| {}, |_| Ok(()));
            let result = connect(&authority.trusted(backend), address, host).map(drop);
            assert_eq!(result.is_ok(), accepted, "{backend}: {name} for {host}: {result:?}");
            assert!(accepted || matches!(result, Err(Error::Certificate { .. })), "{result:?}");
        }
        assert!(matches!(
            authority.trusted(backend).connector().unwrap().handshake(
                tcp(serve_raw(|_| Ok(())).0),
                "no good host",
                "pop3",
                &deadline()
            ),
            Err(Error::InvalidInput(_))
        ));
    }
}

#[test]
fn the_tls_name_is_sent_and_checked_in_place_of_the_host() {
    let authority = Authority::new();
    for backend in backends() {
        for (name, host, sent) in [(Some("mail.example"), "127.0.0.1", Some("mail.example")), (None, "127.0.0.1", None)]
        {
            let leaf = authority.leaf_with(&["mail.example", "127.0.0.1"], |_| {});
            let (address, server) = serve(leaf, |_| {}, |peer| Ok(peer.conn.server_name().map(str::to_owned)));
            let config = TlsConfig { name: name.map(str::to_owned), ..authority.trusted(backend) };
            connect(&config, address, host).unwrap();
            assert_eq!(server.join().unwrap().unwrap().as_deref(), sent);
        }
    }
}

#[test]
fn a_self_signed_certificate_is_trusted_by_its_own_file() {
    for backend in backends() {
        let leaf = Leaf::self_signed(&["localhost"]);
        let file = pem_file(&leaf.pem());
        let config = TlsConfig { trust: Some(Trust::File(file.path().to_owned())), ..config_for(backend) };
        let (address, _server) = serve(leaf, |_| {}, |_| Ok(()));
        connect(&config, address, "localhost").unwrap();
    }
}

/// B4.
#[test]
fn an_issuer_that_is_no_authority_is_refused() {
    let authority = Authority::new();
    for backend in backends() {
        for (is_ca, accepted) in [(IsCa::Ca(BasicConstraints::Unconstrained), true), (IsCa::ExplicitNoCa, false)] {
            let (leaf, middle) = authority.through(is_ca);
            let chain = vec![leaf.certificate.clone(), middle];
            let config = server_config(chain, &leaf);
            let (address, _server) = serve_config(config, |_| Ok(()));
            let result = connect(&authority.trusted(backend), address, "localhost").map(drop);
            assert_eq!(result.is_ok(), accepted, "{backend}: {result:?}");
        }
    }
}

/// B5.
#[test]
fn a_maze_of_issuers_is_left_in_time() {
    let authority = Authority::new();
    for backend in backends() {
        let (leaf, chain) = Authority::maze(100);
        let (address, _server) = serve_config(server_config(chain, &leaf), |_| Ok(()));
        let started = Instant::now();
        let result = connect(&authority.trusted(backend), address, "localhost").map(drop);
        assert!(matches!(result, Err(Error::Certificate { .. })), "{backend}: {result:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{backend}: {:?}", started.elapsed());
    }
}

/// B13.
#[test]
fn a_subject_full_of_tricks_is_shown_harmlessly() {
    let authority = Authority::new();
    let long = format!("\u{1b}[31mred\u{202e}{}", "x".repeat(10_000));
    for backend in backends() {
        let leaf = authority.leaf_with(&["localhost"], |params| {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, long.as_str());
        });
        let (address, _server) = serve(leaf.again(), |_| {}, |_| Ok(()));
        let transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let subject = &transport.tls().unwrap().chain.first().unwrap().subject;
        assert!(subject.chars().count() <= 256 && !subject.contains(crate::text::is_unsafe), "{subject}");

        let (address, _server) = serve(leaf, |_| {}, |_| Ok(()));
        let config = TlsConfig { pins: vec![Pin([1; 32])], ..config_for(backend) };
        let text = connect(&config, address, "localhost").err().unwrap().to_string();
        assert!(!text.contains(crate::text::is_unsafe), "{text}");
    }
}

#[test]
fn channel_bindings_agree_with_the_server() {
    let authority = Authority::new();
    for backend in backends() {
        let leaf = authority.leaf();
        let certificate = leaf.certificate.clone();
        let (address, server) = serve(
            leaf,
            |_| {},
            |peer| {
                peer.conn
                    .export_keying_material([0_u8; 32], b"EXPORTER-Channel-Binding", Some(b""))
                    .map_err(std::io::Error::other)
            },
        );
        let transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let exported = server.join().unwrap().unwrap();
        let end_point =
            ChannelBinding { kind: BindingKind::TlsServerEndPoint, data: Sha256::digest(&certificate).to_vec() };
        let exporter = ChannelBinding { kind: BindingKind::TlsExporter, data: exported.to_vec() };
        let expected = match backend {
            Backend::Rustls => vec![exporter, end_point],
            Backend::NativeTls => vec![end_point],
        };
        assert_eq!(transport.tls().unwrap().bindings, expected);
    }
}

#[test]
fn a_client_certificate_is_presented_when_asked() {
    let authority = Authority::new();
    let keys = [
        (include_str!("ec.pkcs8.pem"), include_str!("ec.pkcs8.pem")),
        (include_str!("ec.pkcs8.pem"), include_str!("ec.sec1.pem")),
        (include_str!("rsa.pkcs8.pem"), include_str!("rsa.pkcs1.pem")),
    ];
    let verifier = || {
        let mut roots = ::rustls::RootCertStore::empty();
        roots.add(authority.certificate()).unwrap();
        let provider = std::sync::Arc::new(::rustls::crypto::ring::default_provider());
        WebPkiClientVerifier::builder_with_provider(std::sync::Arc::new(roots), provider).build().unwrap()
    };
    for backend in backends() {
        for versions in [&[&::rustls::version::TLS12][..], &[&::rustls::version::TLS13]] {
            for (signing, given) in keys {
                let client = authority.client(signing);
                let certificate = pem_file(&client.pem());
                let key = pem_file(given);
                let identity = ClientIdentity { cert: certificate.path().into(), key: key.path().into() };
                let (address, server) = serve_config(mutual(versions, &authority, verifier()), |peer| {
                    let presented = peer.conn.peer_certificates().map(|chain| chain[0].to_vec());
                    peer.conn.send_close_notify();
                    peer.flush()?;
                    Ok(presented)
                });
                let config = TlsConfig { identity: Some(identity), ..authority.trusted(backend) };
                let mut transport = connect(&config, address, "localhost").unwrap();
                assert!(read_to_end(&mut *transport).1.is_ok());
                assert_eq!(server.join().unwrap().unwrap().as_deref(), Some(&*client.certificate));
            }
            let (address, server) = serve_config(mutual(versions, &authority, verifier()), |_| Ok(()));
            let error = match connect(&authority.trusted(backend), address, "localhost") {
                // Under TLS 1.3 the client is done before the server has judged.
                Ok(mut transport) => {
                    let error = read_to_end(&mut *transport).1.unwrap_err();
                    error.downcast::<Error>().unwrap()
                }
                Err(error) => error,
            };
            assert!(matches!(&error, Error::Tls { .. }), "{backend}: {error:?}");
            assert!(error.to_string().contains("client certificate"), "{backend}: {error}");
            assert!(server.join().unwrap().is_err());
        }
    }
}

#[test]
fn a_client_key_that_cannot_be_used_is_a_configuration_error() {
    let authority = Authority::new();
    let certificate = pem_file(&authority.client(include_str!("ec.pkcs8.pem")).pem());
    let good = pem_file(include_str!("ec.sec1.pem"));
    let bad = [
        ("", "no private key"),
        (include_str!("encrypted.pem"), "encrypted"),
        (include_str!("rsa.pkcs8.pem"), "not usable with its certificate"),
        ("-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n", ""),
        ("-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n", ""),
    ];
    for backend in backends() {
        let connector = |cert: &std::path::Path, key: &std::path::Path| {
            let identity = ClientIdentity { cert: cert.into(), key: key.into() };
            TlsConfig { identity: Some(identity), ..config_for(backend) }.connector()
        };
        for (pem, words) in bad {
            let key = pem_file(pem);
            let error = connector(certificate.path(), key.path()).unwrap_err();
            assert!(matches!(&error, Error::Config(why) if why.contains(words)), "{backend}: {error:?}");
        }
        assert!(connector(certificate.path(), good.path()).is_ok());
        assert!(matches!(connector(good.path(), good.path()), Err(Error::Config(_))));
        assert!(matches!(connector(certificate.path(), "/nonexistent".as_ref()), Err(Error::Config(_))));
        // One file may hold both.
        let both = pem_file(&(authority.client(include_str!("ec.pkcs8.pem")).pem() + include_str!("ec.pkcs8.pem")));
        assert!(connector(both.path(), both.path()).is_ok());
    }
}
