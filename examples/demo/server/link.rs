//! A connection from the server's side: lines in, octets out, TLS when it is wanted.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// No command and no line of a message is longer.
const LONGEST_LINE: usize = 64 * 1024;

/// Replies are gathered up to here, so that a flight of commands is answered by few writes.
const GATHERED: usize = 64 * 1024;

/// One client's connection.
pub(super) struct Link {
    wire: Wire,
    tls: Arc<ServerConfig>,
    input: Vec<u8>,
    output: Vec<u8>,
}

enum Wire {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Link {
    pub(super) fn new(socket: TcpStream, tls: Arc<ServerConfig>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self { wire: Wire::Clear(socket), tls, input: Vec::new(), output: Vec::new() })
    }

    /// The next line as text, without its line end and the blanks before that; `None` when the client has gone. What was said
    /// is sent before waiting.
    pub(super) fn line(&mut self) -> io::Result<Option<String>> {
        Ok(self.raw_line()?.map(|line| String::from_utf8_lossy(line.trim_ascii_end()).into_owned()))
    }

    /// As `line`, octet for octet.
    pub(super) fn raw_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.input.drain(..=end).collect();
                line.pop();
                line.pop_if(|byte| *byte == b'\r');
                return Ok(Some(line));
            }
            if self.input.len() > LONGEST_LINE {
                return Err(io::Error::other("a line without an end"));
            }
            if self.receive()? == 0 {
                return Ok(None);
            }
        }
    }

    /// So many octets.
    pub(super) fn octets(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.input.len() < count {
            if self.receive()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.input.drain(..count).collect())
    }

    fn receive(&mut self) -> io::Result<usize> {
        self.flush()?;
        let mut piece = [0; 16 * 1024];
        let count = self.stream().read(&mut piece)?;
        self.input.extend_from_slice(piece.get(..count).unwrap_or_default());
        Ok(count)
    }

    /// Queues a line.
    pub(super) fn say(&mut self, line: &str) -> io::Result<()> {
        self.send(format!("{line}\r\n").as_bytes())
    }

    /// Queues octets as they are.
    pub(super) fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.output.extend_from_slice(octets);
        if self.output.len() >= GATHERED { self.flush() } else { Ok(()) }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        let output = std::mem::take(&mut self.output);
        let stream = self.stream();
        stream.write_all(&output)?;
        stream.flush()
    }

    /// The handshake. Commands that came in clear behind the one that asked for it are refused.
    pub(super) fn start_tls(&mut self) -> io::Result<()> {
        self.flush()?;
        if !self.input.is_empty() {
            return Err(io::Error::other("commands ahead of the handshake"));
        }
        if let Wire::Clear(socket) = &self.wire {
            let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
            self.wire = Wire::Tls(Box::new(StreamOwned::new(connection, socket.try_clone()?)));
        }
        Ok(())
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.wire, Wire::Tls(_))
    }

    /// What ties a login to this TLS session (RFC 9266).
    pub(super) fn exporter(&self) -> Option<[u8; 32]> {
        match &self.wire {
            Wire::Clear(_) => None,
            Wire::Tls(tls) => tls.conn.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(&[])).ok(),
        }
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
        self.flush()?;
        if let Wire::Tls(tls) = &mut self.wire {
            tls.conn.send_close_notify();
        }
        self.flush()
    }

    /// Whether the client says something, or goes, within the time. What was said is sent before waiting.
    pub(super) fn has_input(&mut self, time: Duration) -> io::Result<bool> {
        self.flush()?;
        if !self.input.is_empty() {
            return Ok(true);
        }
        self.socket().set_read_timeout(Some(time))?;
        let received = self.receive();
        self.socket().set_read_timeout(None)?;
        match received {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(false),
            received => received.map(|_| true),
        }
    }

    /// Ends the connection with a RST instead of a FIN.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        socket2::SockRef::from(self.socket()).set_linger(Some(Duration::ZERO))?;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    fn socket(&self) -> &TcpStream {
        match &self.wire {
            Wire::Clear(socket) => socket,
            Wire::Tls(tls) => &tls.sock,
        }
    }

    fn stream(&mut self) -> &mut dyn Stream {
        match &mut self.wire {
            Wire::Clear(socket) => socket,
            Wire::Tls(tls) => tls.as_mut(),
        }
    }
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}
