//! An IMAP client of the plainest kind: to see that a server is as a test needs it, and to change something behind the back of
//! the program under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::command::PASSWORD;
use crate::support::pki::pki;

/// A session.
pub(crate) struct Talk {
    stream: BufReader<Box<dyn Stream>>,
    /// The greeting's line.
    pub(crate) greeting: String,
    number: u32,
}

pub(crate) trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

impl Talk {
    /// In clear.
    pub(crate) fn plain(port: u16) -> Self {
        Self::over(Box::new(connect(port)))
    }

    /// TLS from the start.
    pub(crate) fn imaps(port: u16) -> Self {
        Self::over(Box::new(secure(connect(port))))
    }

    /// TLS by STARTTLS.
    pub(crate) fn starttls(port: u16) -> Self {
        let mut tcp = connect(port);
        let mut line = Vec::new();
        read_line(&mut tcp, &mut line);
        let greeting = String::from_utf8_lossy(&line).trim_end().to_owned();
        tcp.write_all(b"a STARTTLS\r\n").unwrap();
        while !line.starts_with(b"a ") {
            line.clear();
            read_line(&mut tcp, &mut line);
        }
        assert!(line.starts_with(b"a OK"), "{}", line.escape_ascii());
        Self { stream: BufReader::new(Box::new(secure(tcp))), greeting, number: 0 }
    }

    fn over(stream: Box<dyn Stream>) -> Self {
        let mut talk = Self { stream: BufReader::new(stream), greeting: String::new(), number: 0 };
        talk.greeting = talk.line();
        talk
    }

    /// Logs in with the password of the tests.
    #[track_caller]
    pub(crate) fn login(&mut self, user: &str) -> String {
        self.ask(&format!("LOGIN {user} {PASSWORD}"))
    }

    /// A command that has to succeed: all that came, up to and with its tagged reply.
    #[track_caller]
    pub(crate) fn ask(&mut self, command: &str) -> String {
        let said = self.tell(command);
        let last = said.lines().last().unwrap_or_default();
        assert!(last.split(' ').nth(1) == Some("OK"), "{command}: {said}");
        said
    }

    /// A command that may fail: all that came, up to and with its tagged reply.
    pub(crate) fn tell(&mut self, command: &str) -> String {
        let tag = self.send(command);
        let mut said = String::new();
        loop {
            let line = self.line();
            said.push_str(&line);
            said.push('\n');
            if line.split(' ').next() == Some(&tag) {
                return said;
            }
        }
    }

    /// Sends a command and waits for nothing: its tag.
    pub(crate) fn send(&mut self, command: &str) -> String {
        self.number += 1;
        let tag = format!("t{}", self.number);
        self.raw(format!("{tag} {command}\r\n").as_bytes());
        tag
    }

    /// Sends octets.
    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).unwrap();
        self.stream.get_mut().flush().unwrap();
    }

    /// The server's next line without its end; what is not UTF-8 is replaced.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).expect("the server answers");
        assert!(!line.is_empty(), "the server closed");
        String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()
    }
}

fn connect(port: u16) -> TcpStream {
    let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    tcp.set_nodelay(true).unwrap();
    tcp.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    tcp
}

fn secure(tcp: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(pki().ca_file()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), tcp)
}

/// One line and nothing behind it: what follows may be TLS.
fn read_line(tcp: &mut TcpStream, line: &mut Vec<u8>) {
    let mut octet = [0];
    while !line.ends_with(b"\n") {
        tcp.read_exact(&mut octet).unwrap();
        line.extend(octet);
    }
}
