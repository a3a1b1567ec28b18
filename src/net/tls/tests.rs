//! Every backend against a server of our own on loopback, and against servers that are wrong in one way each.

mod certificates;
mod fixture;
mod sessions;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use fixture::{Authority, backends, config_for, connect, pem_file, read_to_end, serve, serve_raw, serve_versions, tcp};

use super::*;
use crate::error::{Error, Phase};
use crate::net::Timeouts;

#[test]
fn a_trusted_server_is_talked_to() {
    let authority = Authority::new();
    for backend in backends() {
        let offer = |config: &mut ::rustls::ServerConfig| config.alpn_protocols = vec![b"pop3".to_vec()];
        let (address, server) = serve(authority.leaf(), offer, |peer| {
            peer.write_all(b"+OK ready\r\n")?;
            let mut line = [0; 6];
            peer.read_exact(&mut line)?;
            peer.conn.send_close_notify();
            peer.flush()?;
            Ok((line.to_vec(), peer.conn.server_name().map(str::to_owned)))
        });
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        transport.write_all(b"QUIT\r\n").unwrap();
        transport.flush().unwrap();
        let (received, end) = read_to_end(&mut *transport);
        assert_eq!(received, b"+OK ready\r\n");
        assert!(end.is_ok(), "{backend}: {end:?}");
        let (line, name) = server.join().unwrap().unwrap();
        assert_eq!(line, b"QUIT\r\n");
        assert_eq!(name.as_deref(), Some("localhost"));
        let facts = transport.tls().unwrap();
        assert_eq!(facts.backend, backend);
        assert_eq!(facts.alpn.as_deref(), Some("pop3"));
        assert_eq!(facts.verification, Verification::Chain);
        assert!(!transport.is_private());
        if backend == Backend::Rustls {
            assert_eq!(facts.version.as_deref(), Some("TLSv1.3"));
            assert!(facts.cipher.as_ref().unwrap().starts_with("TLS13_"), "{facts:?}");
        }
        let leaf = facts.chain.first().unwrap();
        assert_eq!(leaf.names, ["localhost"]);
        assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), ("CN=server", "CN=test authority"));
    }
}

#[test]
fn a_silent_server_meets_the_deadline() {
    // Nothing at all, the start of a record, and a record that drips.
    let answers: [&'static [u8]; 3] = [b"", &[22, 3, 3, 0x10, 0], &[22]];
    for backend in backends() {
        for answer in answers {
            let (address, server) = serve_raw(move |mut tcp| {
                tcp.write_all(answer)?;
                let mut rest = Vec::new();
                while answer.len() == 1 && tcp.write_all(&[3]).is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                tcp.read_to_end(&mut rest).map(|_| ())
            });
            let connector = TlsConfig { no_verify: true, ..config_for(backend) }.connector().unwrap();
            let deadline = Timeouts::default().deadline(Phase::Connect, Duration::from_millis(300));
            let started = Instant::now();
            let error = connector.handshake(tcp(address), "localhost", "pop3", &deadline).err();
            // A drip of nonsense may be refused before its time.
            let refused = answer.len() == 1 && matches!(error, Some(Error::Tls { .. }));
            let timeout = matches!(error, Some(Error::Timeout { phase: Phase::TlsHandshake, .. }));
            assert!(timeout || refused, "{backend}: {error:?}");
            assert!(started.elapsed() < Duration::from_secs(10));
            drop(server);
        }
    }
}

/// B9.
#[test]
fn a_server_that_hangs_up_in_the_handshake_is_named_so() {
    for backend in backends() {
        let (address, server) = serve_raw(|mut tcp| {
            // The whole ClientHello is read, so that closing does not reset.
            let mut header = [0; 5];
            tcp.read_exact(&mut header)?;
            let length = u64::from(u16::from_be_bytes([header[3], header[4]]));
            std::io::copy(&mut (&mut tcp).take(length), &mut std::io::sink()).map(drop)
        });
        let error = connect(&TlsConfig { no_verify: true, ..config_for(backend) }, address, "localhost").err();
        assert!(matches!(error, Some(Error::Closed { phase: Phase::TlsHandshake, .. })), "{backend}: {error:?}");
        server.join().unwrap().unwrap();
    }
}

#[test]
fn plain_text_where_tls_is_due_is_shown_with_a_hint() {
    for backend in backends() {
        for greeting in
            ["+OK POP3 ready\r\n", "220 mail.example ESMTP\r\n", "* OK IMAP ready\r\n", "HTTP/1.0 400 no\r\n"]
        {
            let (address, _server) = serve_raw(move |mut tcp| {
                tcp.write_all(greeting.as_bytes())?;
                tcp.read_to_end(&mut Vec::new())
            });
            let error = connect(&config_for(backend), address, "localhost").err().unwrap();
            assert!(matches!(error, Error::Tls { .. }), "{backend}: {error:?}");
            let text = error.to_string();
            assert!(text.contains(greeting.trim_end()) && text.contains("--security"), "{text}");
            assert!(!text.contains(char::is_control), "{text}");
        }
    }
}

/// B7.
#[test]
fn what_the_server_may_do_about_alpn() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, _server) = serve(authority.leaf(), |_| {}, |_| Ok(()));
        let transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        assert_eq!(transport.tls().unwrap().alpn, None);

        let other = |config: &mut ::rustls::ServerConfig| config.alpn_protocols = vec![b"imap".to_vec()];
        let (address, _server) = serve(authority.leaf(), other, |_| Ok(()));
        let error = connect(&authority.trusted(backend), address, "localhost").err().unwrap();
        assert!(matches!(error, Error::Tls { .. }), "{backend}: {error:?}");
        assert!(error.to_string().contains("\"pop3\""), "{backend}: {error}");
    }
}

#[test]
fn versions_below_the_least_are_unsupported() {
    let authority = Authority::new();
    for backend in backends() {
        let old = &[&::rustls::version::TLS12];
        let (address, _server) = serve_versions(authority.leaf(), old, |_| {}, |_| Ok(()));
        let transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let facts = transport.tls().unwrap();
        assert!(backend == Backend::NativeTls || facts.version.as_deref() == Some("TLSv1.2"), "{facts:?}");
        assert!(facts.bindings.iter().all(|binding| binding.kind == BindingKind::TlsServerEndPoint));

        let config = TlsConfig { min_version: TlsVersion::V1_3, ..authority.trusted(backend) };
        let (address, _server) = serve_versions(authority.leaf(), old, |_| {}, |_| Ok(()));
        let error = connect(&config, address, "localhost").err().unwrap();
        assert!(matches!(&error, Error::Unsupported(why) if why.contains("TLS 1.3")), "{backend}: {error:?}");

        // What a server of TLS 1.0 does: it says so, or answers in its own version.
        let alert: &[u8] = &[21, 3, 1, 0, 2, 2, 70];
        let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        hello.extend([7; 32]);
        hello.extend([0, 0, 0x2f, 0]);
        for answer in [alert.to_vec(), hello] {
            let (address, _server) = serve_raw(move |mut tcp| {
                tcp.write_all(&answer)?;
                tcp.read_to_end(&mut Vec::new())
            });
            let error = connect(&authority.trusted(backend), address, "localhost").err().unwrap();
            assert!(matches!(&error, Error::Unsupported(why) if why.contains("TLS 1.2")), "{backend}: {error:?}");
        }
    }
}

#[test]
fn a_ca_file_that_gives_no_roots_is_a_configuration_error() {
    let empty = pem_file("");
    let text = pem_file("# no certificate here\n");
    let broken = pem_file("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    let hollow = pem_file("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    let dir = tempfile::tempdir().unwrap();
    let paths = [empty.path(), text.path(), broken.path(), hollow.path(), dir.path(), &dir.path().join("missing")];
    for backend in backends() {
        for path in paths {
            for (pins, no_verify) in [(vec![], false), (vec![Pin([1; 32])], false), (vec![], true)] {
                let trust = Some(Trust::File(path.to_owned()));
                let error = TlsConfig { trust, pins, no_verify, ..config_for(backend) }.connector().unwrap_err();
                assert!(matches!(error, Error::Config(_)), "{backend}: {error:?}");
                assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            }
        }
    }
}

#[test]
fn what_a_backend_cannot_do_is_refused() {
    for backend in backends() {
        let name = |name: &str| TlsConfig { name: Some(name.to_owned()), ..config_for(backend) }.connector();
        assert!(matches!(name("no good name"), Err(Error::Config(_))));
        assert!(matches!(name(""), Err(Error::Config(_))));
        assert!(name("mail.example").is_ok());
        let key_log = TlsConfig { key_log: true, ..config_for(backend) }.connector();
        let bundled = TlsConfig { trust: Some(Trust::Bundled), ..config_for(backend) }.connector();
        if backend == Backend::NativeTls {
            assert!(matches!(key_log, Err(Error::Unsupported(_))));
            assert!(matches!(bundled, Err(Error::Unsupported(_))));
        } else {
            assert!(key_log.is_ok() && bundled.is_ok());
        }
        assert_eq!(config_for(backend).connector().unwrap().backend(), backend);
    }
    for absent in [Backend::Rustls, Backend::NativeTls].into_iter().filter(|one| !backends().contains(one)) {
        assert!(matches!(config_for(absent).connector(), Err(Error::Unsupported(_))));
    }
    assert_eq!(TlsConfig::default().connector().unwrap().backend(), *backends().first().unwrap());
}

/// Runs itself again with `SSL_CERT_FILE` and `SSLKEYLOGFILE` set, which a process cannot safely do to itself.
#[test]
fn the_environment_names_system_roots_and_a_key_log() {
    const ADDRESS: &str = "MAILWIRE_TEST_ADDRESS";
    let key_log = backends().contains(&Backend::Rustls);
    if let Ok(address) = std::env::var(ADDRESS) {
        if std::env::var("SSL_CERT_FILE").is_ok_and(|path| path.contains("missing")) {
            for backend in backends() {
                assert!(matches!(config_for(backend).connector(), Err(Error::Config(_))), "{backend}");
            }
            return;
        }
        let config = TlsConfig { key_log, ..TlsConfig::default() };
        let mut transport = connect(&config, address.parse().unwrap(), "localhost").unwrap();
        assert!(read_to_end(&mut *transport).1.is_ok());
        return;
    }
    let authority = Authority::new();
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    for roots in [authority.file.path(), &dir.path().join("missing")] {
        let (address, _server) = serve(
            authority.leaf(),
            |_| {},
            |peer| {
                peer.conn.send_close_notify();
                peer.flush()
            },
        );
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "net::tls::tests::the_environment_names_system_roots_and_a_key_log"])
            .env(ADDRESS, address.to_string())
            .env("SSL_CERT_FILE", roots)
            .env_remove("SSL_CERT_DIR")
            .env("SSLKEYLOGFILE", &keys)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }
    if key_log {
        assert!(std::fs::read_to_string(keys).unwrap().contains("SERVER_TRAFFIC_SECRET_0"));
    }
}
