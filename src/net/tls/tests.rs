//! Every backend against a server of our own on loopback, and against servers that are wrong in one way each.

mod fixture;

use std::io::{Read, Write};

use fixture::{Authority, backends, connect, read_to_end, serve};

use super::*;

#[test]
fn a_trusted_server_is_talked_to() {
    let authority = Authority::new();
    for backend in backends() {
        let (address, server) = serve(
            authority.leaf(),
            |config| config.alpn_protocols = vec![b"pop3".to_vec()],
            |peer| {
                peer.write_all(b"+OK ready\r\n")?;
                let mut line = [0; 6];
                peer.read_exact(&mut line)?;
                peer.conn.send_close_notify();
                peer.flush()?;
                Ok(line.to_vec())
            },
        );
        let mut transport = connect(&authority.trusted(backend), address, "localhost").unwrap();
        transport.write_all(b"QUIT\r\n").unwrap();
        transport.flush().unwrap();
        let (received, end) = read_to_end(&mut *transport);
        assert_eq!(received, b"+OK ready\r\n", "{backend}: {end:?}");
        assert!(end.is_ok(), "{backend}: {end:?}");
        assert_eq!(server.join().unwrap().unwrap(), b"QUIT\r\n");
        let facts = transport.tls().unwrap();
        assert_eq!(facts.backend, backend);
        assert_eq!(facts.alpn.as_deref(), Some("pop3"));
        assert_eq!(facts.verification, Verification::Chain);
        assert_eq!(facts.chain[0].names, ["localhost"]);
        assert_eq!(facts.chain[0].subject, "CN=server");
        assert_eq!(facts.chain[0].issuer, "CN=test authority");
        assert!(!transport.is_private());
    }
}
