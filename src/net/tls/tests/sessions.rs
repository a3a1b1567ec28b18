//! What happens after the handshake: ends, floods, big transfers, back-pressure.

use std::io;

use super::fixture::*;
use super::*;
use crate::net::{Interest, Stream};

#[test]
fn a_cut_is_not_an_end() {
    let authority = Authority::new();
    for backend in backends() {
        for versions in [&[&::rustls::version::TLS12][..], &[&::rustls::version::TLS13]] {
            let both = |cut: bool| {
                let (address, server) = serve_versions(
                    authority.leaf(),
                    versions,
                    |_| {},
                    move |peer| {
                        peer.write_all(b"+OK 3 messages\r\n")?;
                        if !cut {
                            peer.conn.send_close_notify();
                            peer.flush()?;
                        }
                        Ok(())
                    },
                );
                let transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
                server.join().unwrap().unwrap();
                transport
            };
            let (received, end) = read_to_end(&mut *both(false));
            assert_eq!(received, b"+OK 3 messages\r\n");
            assert!(end.is_ok(), "{backend}: {end:?}");

            let mut transport = both(true);
            let (received, end) = read_to_end(&mut *transport);
            assert_eq!(received, b"+OK 3 messages\r\n");
            assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{backend}");
            // And it stays so.
            let again = transport.read(&mut [0; 16]).unwrap_err();
            assert_eq!(again.kind(), io::ErrorKind::UnexpectedEof, "{backend}");

            let mut stream = Stream::from_transport(both(true));
            let phase = Phase::Reply("STAT");
            let deadline = deadline().in_phase(phase);
            let error = loop {
                match stream.fill(&deadline) {
                    Ok(count) => assert!(count > 0, "{backend}: a cut passed for an end"),
                    Err(error) => break error,
                }
            };
            assert!(matches!(error, Error::Closed { phase: Phase::Reply("STAT"), truncated: true }), "{error:?}");
        }
    }
}

#[test]
fn a_record_cut_in_the_middle_is_not_an_end() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, _server) = serve(
            authority.leaf(),
            |_| {},
            |peer| {
                peer.conn.writer().write_all(&[b'x'; 1000])?;
                let mut record = Vec::new();
                while peer.conn.wants_write() {
                    peer.conn.write_tls(&mut record)?;
                }
                record.truncate(record.len() - 1);
                peer.sock.write_all(&record)
            },
        );
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let (received, end) = read_to_end(&mut *transport);
        assert_eq!(received, b"");
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{backend}");
    }
}

#[test]
fn a_forged_record_ends_the_session() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, _server) = serve(
            authority.leaf(),
            |_| {},
            |peer| {
                peer.write_all(b"+OK\r\n")?;
                peer.sock.write_all(&[23, 3, 3, 0, 32])?;
                peer.sock.write_all(&[0; 32])?;
                peer.sock.read_to_end(&mut Vec::new())
            },
        );
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let (received, end) = read_to_end(&mut *transport);
        assert_eq!(received, b"+OK\r\n", "{backend}");
        let error = end.unwrap_err();
        assert!(matches!(error.downcast::<Error>(), Ok(Error::Tls { .. })));
    }
}

#[test]
fn what_is_decrypted_needs_no_wait() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, server) = serve(
            authority.leaf(),
            |_| {},
            |peer| {
                peer.write_all(b"hello")?;
                peer.flush()?;
                peer.read(&mut [0; 1])
            },
        );
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let mut received: Vec<u8> = Vec::new();
        while received.len() < 5 {
            let mut octet = [0; 1];
            match transport.read(&mut octet) {
                Ok(count) => received.extend(octet.iter().take(count)),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            if received.len() < 5 {
                transport.wait(Interest::Read, &deadline()).unwrap();
            }
        }
        assert_eq!(received, b"hello");
        transport.close();
        assert_eq!(server.join().unwrap().unwrap(), 0, "{backend}: close_notify was not sent");
    }
}

#[test]
fn a_big_echo_comes_back_whole() {
    const SIZE: usize = 20_000_000;
    let authority = Authority::new();
    let octet = |at: usize| (at.wrapping_mul(2_654_435_761) >> 13) as u8;
    let sent: Vec<u8> = (0..SIZE).map(octet).collect();
    for backend in backends() {
        for versions in [&[&::rustls::version::TLS12][..], &[&::rustls::version::TLS13]] {
            let (address, server) = serve_versions(
                authority.leaf(),
                versions,
                |_| {},
                |peer| {
                    let mut buf = vec![0; 50_000];
                    loop {
                        let count = peer.read(&mut buf)?;
                        if count == 0 {
                            peer.conn.send_close_notify();
                            return peer.flush();
                        }
                        peer.write_all(buf.get(..count).unwrap_or_default())?;
                    }
                },
            );
            let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
            let (mut written, mut closing) = (0, false);
            let mut received: Vec<u8> = Vec::with_capacity(SIZE);
            let mut buf = vec![0; 128 * 1024];
            loop {
                let mut moved = false;
                if let Some(rest) = sent.get(written..).filter(|rest| !rest.is_empty()) {
                    match transport.write(rest) {
                        Ok(count) => (written, moved) = (written + count, true),
                        Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                    }
                } else if !closing && received.len() == SIZE {
                    transport.close();
                    closing = true;
                } else {
                    let _ = transport.flush();
                }
                match transport.read(&mut buf) {
                    Ok(0) => break,
                    Ok(count) => {
                        received.extend(buf.iter().take(count));
                        moved = true;
                    }
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{backend}: {error}"),
                }
                if !moved {
                    let interest = if written < SIZE { Interest::ReadWrite } else { Interest::Read };
                    transport.wait(interest, &deadline()).unwrap();
                }
            }
            server.join().unwrap().unwrap();
            assert!(received == sent, "{backend}: {} of {SIZE} octets, or others", received.len());
        }
    }
}

#[test]
fn a_peer_that_does_not_read_is_not_buffered_for() {
    let authority = Authority::new();
    for backend in backends() {
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let (address, server) = serve(
            authority.leaf(),
            |_| {},
            move |_| {
                // Until the client is done writing.
                let _ = gate.recv();
                Ok(())
            },
        );
        let (mut transport, taken) = connect_measured(&authority.trusted(backend), address);
        let chunk = [b'x'; 10_000];
        let mut accepted = 0;
        while accepted < 64_000_000 {
            match transport.write(&chunk) {
                Ok(count) => accepted += count,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        let passed = taken.load(std::sync::atomic::Ordering::SeqCst);
        assert!(accepted >= passed.saturating_sub(100_000), "{backend}: {accepted} {passed}");
        assert!(accepted - passed.min(accepted) <= 128 * 1024, "{backend}: {accepted} accepted, {passed} passed on");
        drop(release);
        server.join().unwrap().unwrap();
    }
}

/// B9, B14.
#[test]
fn records_of_one_octet_and_floods_of_tickets_and_keys_pass() {
    let authority = Authority::new();
    for backend in backends() {
        let tickets = |config: &mut ::rustls::ServerConfig| config.send_tls13_tickets = 300;
        let (address, server) = serve(authority.leaf(), tickets, |peer| {
            for round in 0..2000_u32 {
                peer.write_all(&[b'a' + (round % 26) as u8])?;
                peer.flush()?;
                if round % 100 == 0 {
                    peer.conn.refresh_traffic_keys().map_err(io::Error::other)?;
                }
            }
            peer.conn.send_close_notify();
            peer.flush()?;
            // The client's own key updates: closing on unread data would reset the connection.
            peer.sock.read_to_end(&mut Vec::new()).map(drop)
        });
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let (received, end) = read_to_end(&mut *transport);
        assert!(end.is_ok(), "{backend}: {end:?}");
        assert_eq!(received.len(), 2000);
        assert!(received.iter().enumerate().all(|(at, octet)| *octet == b'a' + (at % 26) as u8));
        transport.close();
        server.join().unwrap().unwrap();
    }
}

/// B14.
#[test]
fn a_flood_of_key_updates_ends() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, _server) = serve_versions(
            authority.leaf(),
            &[&::rustls::version::TLS13],
            |_| {},
            |peer| {
                // Until the client has had enough: nothing but key updates.
                loop {
                    peer.conn.refresh_traffic_keys().map_err(io::Error::other)?;
                    while peer.conn.wants_write() {
                        peer.conn.write_tls(&mut peer.sock)?;
                    }
                }
                #[expect(unreachable_code, reason = "it ends by an error")]
                Ok(())
            },
        );
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        let deadline = Timeouts::default().deadline(Phase::Greeting, Duration::from_millis(500));
        let started = Instant::now();
        loop {
            match transport.read(&mut [0; 100]) {
                Ok(count) => assert_eq!(count, 0, "{backend}"),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if transport.wait(Interest::Read, &deadline).is_err() {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
