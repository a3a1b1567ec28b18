//! A TCP connection in clear.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::deadline::Deadline;
use super::wait::{Interest, wait_one};
use super::{Addresses, Transport};
use crate::error::Result;

/// A connected TCP socket.
#[derive(Debug)]
pub struct TcpTransport {
    stream: TcpStream,
}

impl TcpTransport {
    /// Takes a connected socket and makes it non-blocking, prompt (`TCP_NODELAY`) and watched (`SO_KEEPALIVE`).
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // Both fail on some systems when the peer has gone already; the next read tells that better.
        let _ = stream.set_nodelay(true);
        let _ = socket2::SockRef::from(&stream).set_keepalive(true);
        Ok(Self { stream })
    }
}

impl TcpTransport {
    /// Acknowledges what has come. Who says nothing in return would do so only 40 ms later, and until then a server
    /// without `TCP_NODELAY` keeps back what it has written since: the greeting behind its session tickets, for one.
    #[cfg(target_os = "linux")]
    fn acknowledge(&self) {
        // It will come all the same, only later.
        let _ = socket2::SockRef::from(&self.stream).set_tcp_quickack(true);
    }

    #[cfg(not(target_os = "linux"))]
    fn acknowledge(&self) {}
}

impl Read for TcpTransport {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buf)
    }
}

impl Write for TcpTransport {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for TcpTransport {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        if interest == Interest::Read {
            self.acknowledge();
        }
        wait_one(&self.stream, interest, deadline)
    }

    fn close(&mut self) {
        // The peer may have gone already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn addresses(&self) -> Option<Addresses> {
        Some(Addresses { local: self.stream.local_addr().ok()?, peer: self.stream.peer_addr().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::error::Phase;
    use crate::net::{Stream, Timeouts};

    #[cfg(target_os = "linux")]
    #[test]
    fn a_wait_acknowledges_what_has_come() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut transport = TcpTransport::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let deadline = Timeouts::default().reply(Phase::Greeting);
        let acknowledges_at_once = |transport: &TcpTransport| socket2::SockRef::from(&transport.stream).tcp_quickack();
        for _ in 0..100 {
            peer.write_all(b"250 \r\n").unwrap();
            transport.wait(Interest::Read, &deadline).unwrap();
            let _ = transport.read(&mut [0; 64]).unwrap();
            transport.write_all(b"NOOP\r\n").unwrap();
        }
        // In a dialogue the answers have done it, and the system does not do it at once any more.
        peer.write_all(b"250 \r\n").unwrap();
        transport.wait(Interest::Read, &deadline).unwrap();
        assert!(acknowledges_at_once(&transport).unwrap());
    }

    #[test]
    fn reads_writes_and_closes_without_blocking() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let mut transport = TcpTransport::new(stream).unwrap();
        assert_eq!(transport.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(transport.stream.nodelay().unwrap());
        assert!(socket2::SockRef::from(&transport.stream).keepalive().unwrap());
        assert!(!transport.is_private() && transport.tls().is_none());

        let mut stream = Stream::from_transport(Box::new(transport));
        let ends = Addresses { local: peer.peer_addr().unwrap(), peer: listener.local_addr().unwrap() };
        assert_eq!(stream.addresses(), Some(ends));
        peer.write_all(b"+OK\r\n").unwrap();
        assert_eq!(stream.fill(&Timeouts::default().reply(Phase::Greeting)).unwrap(), 5);
        stream.queue(b"QUIT\r\n");
        stream.close();
        let mut said = Vec::new();
        peer.read_to_end(&mut said).unwrap();
        assert_eq!(said, b"QUIT\r\n");
    }
}
