//! Bytes to and from a peer: connecting, TLS, deadlines. Knows no mail words.
//!
//! Every descriptor is non-blocking; [`wait`] is the only place that blocks, under a [`Deadline`] that a slow drip
//! cannot extend and that a signal ends. [`Stream`] joins a [`Transport`] with an inbound buffer and an outbound
//! queue: whatever waits for input also sends what is queued, so two pipelined peers never deadlock.

pub mod connect;
pub mod deadline;
pub mod proxy;
mod resolve;
mod tcp;
pub mod tls;
mod tunnel;
pub(crate) mod underlay;
mod unix;
pub mod wait;

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::error::{Error, Phase, Result};
pub use connect::{ConnectOptions, connect};
pub use deadline::{Deadline, Interrupt, Pace, Timeouts};
pub use proxy::{Proxy, ProxyKind};
pub use resolve::Family;
pub use tcp::TcpTransport;
use tls::TlsFacts;
pub use tunnel::Tunnel;
pub use unix::UnixTransport;
pub use wait::Interest;

/// A non-blocking, ordered byte stream: a socket, a command's pipes, or TLS over either.
///
/// `read` and `write` never block: they fail with [`io::ErrorKind::WouldBlock`], after which `wait` is called.
/// `read` gives `Ok(0)` only at an orderly end; a TLS stream cut off without `close_notify` fails with
/// [`io::ErrorKind::UnexpectedEof`]. After `write`, `flush` pushes what a layer holds back, also without blocking.
pub trait Transport: io::Read + io::Write + Send {
    /// Blocks until reading or writing may make progress; waking up early is allowed.
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()>;

    /// Starts an orderly end: `close_notify` under TLS, then no more writes. Best effort, never blocks.
    fn close(&mut self);

    /// What the TLS handshake settled; `None` in clear.
    fn tls(&self) -> Option<&TlsFacts> {
        None
    }

    /// Whether the bytes never cross a network: a unix socket or a local command.
    fn is_private(&self) -> bool {
        false
    }

    /// Both ends of the TCP connection that carries it; `None` if there is none or the system does not tell. Behind a proxy
    /// the far end is the proxy's.
    fn addresses(&self) -> Option<Addresses> {
        None
    }

    /// What compression has made of the traffic so far; `None` without it.
    fn compression(&self) -> Option<Compression> {
        None
    }
}

/// What compression has made of the traffic in both directions.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Compression {
    /// What was sent.
    pub sent: Traffic,
    /// What was received.
    pub received: Traffic,
}

/// Octets on both sides of a compressed stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Traffic {
    /// As they were written or read.
    pub octets: u64,
    /// As they crossed the network, or TLS.
    pub compressed: u64,
}

/// Both ends of a TCP connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Addresses {
    /// This machine's.
    pub local: SocketAddr,
    /// The peer's.
    pub peer: SocketAddr,
}

/// The size of the inbound buffer, and so of the largest read.
const INBOUND: usize = 128 * 1024;

/// How much input is taken in while a blocked write waits, beyond which the peer must read first.
const INBOUND_WHILE_WRITING: usize = 4 * 1024 * 1024;

/// A transport with buffers in both directions.
pub struct Stream {
    transport: Box<dyn Transport>,
    inbound: Vec<u8>,
    start: usize,
    end: usize,
    eof: bool,
    outbound: Vec<u8>,
    sent: usize,
    handed: u64,
}

impl Stream {
    /// Wraps a connected transport.
    pub fn from_transport(transport: Box<dyn Transport>) -> Self {
        Self { transport, inbound: Vec::new(), start: 0, end: 0, eof: false, outbound: Vec::new(), sent: 0, handed: 0 }
    }

    /// Gives the transport back for a TLS upgrade; fails with [`Error::Protocol`] if the peer has sent anything
    /// that was not consumed, whole lines or not: it came before the handshake and must not be believed after it.
    pub fn into_transport(self, phase: Phase) -> Result<Box<dyn Transport>> {
        if self.start != self.end {
            return Err(Error::protocol(phase, "data sent ahead of the TLS handshake"));
        }
        Ok(self.transport)
    }

    /// Gives the transport back, with what the peer has sent beyond what was consumed: the first octets of whatever the
    /// stream becomes. Fails with [`Error::InvalidInput`] if something is queued that belongs to what it was.
    pub fn into_parts(self) -> Result<(Box<dyn Transport>, Vec<u8>)> {
        if self.queued() > 0 {
            return Err(Error::InvalidInput("something waits to be sent ahead of the switch".into()));
        }
        let early = self.buffered().to_vec();
        Ok((self.transport, early))
    }

    /// What the TLS handshake settled; `None` in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.transport.tls()
    }

    /// Whether the bytes never cross a network.
    pub fn is_private(&self) -> bool {
        self.transport.is_private()
    }

    /// Both ends of the TCP connection, as [`Transport::addresses`] has them.
    pub fn addresses(&self) -> Option<Addresses> {
        self.transport.addresses()
    }

    /// What compression has made of the traffic, as [`Transport::compression`] has it.
    pub fn compression(&self) -> Option<Compression> {
        self.transport.compression()
    }

    /// Input that has arrived and is not consumed.
    pub fn buffered(&self) -> &[u8] {
        self.inbound.get(self.start..self.end).unwrap_or_default()
    }

    /// Marks the first `count` buffered octets as used.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Queues output; nothing is sent before [`Stream::flush`], [`Stream::push`] or [`Stream::fill`].
    pub fn queue(&mut self, bytes: &[u8]) {
        self.outbound.extend_from_slice(bytes);
    }

    /// How much output is queued.
    pub fn queued(&self) -> usize {
        self.outbound.len() - self.sent
    }

    /// How many octets the transport has taken since the stream began: what lies beyond cannot have reached the peer.
    pub fn handed(&self) -> u64 {
        self.handed
    }

    /// Takes in what has arrived, without waiting. At an end of stream nothing more will come, which the next
    /// [`Stream::fill`] tells; `false` if it is known already.
    pub fn poll(&mut self) -> Result<bool> {
        if self.eof || self.end - self.start >= INBOUND_WHILE_WRITING {
            return Ok(!self.eof);
        }
        match self.read_some() {
            Ok(_) => Ok(!self.eof),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(self.lost(Phase::Send, error)),
        }
    }

    /// Sends as much of the queue as the peer takes without waiting.
    pub fn push(&mut self) -> Result<()> {
        while let Some(rest) = self.outbound.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.transport.write(rest) {
                Ok(0) => return Err(network(Phase::Send, io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.sent += count;
                    self.handed = self.handed.saturating_add(count as u64);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(network(Phase::Send, error)),
            }
        }
        // It may have held a secret. Octet by octet, as zeroize does it, this would cost more than sending a big message.
        self.outbound.fill(0);
        zeroize::optimization_barrier(self.outbound.as_slice());
        self.outbound.clear();
        self.sent = 0;
        match self.transport.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(network(Phase::Send, error)),
            _ => Ok(()),
        }
    }

    /// Sends the whole queue. While the peer takes nothing, input is buffered, so that it can go on writing.
    ///
    /// A failed write is reported only after the input was looked at: what the peer said before it closed is buffered.
    pub fn flush(&mut self, deadline: &Deadline) -> Result<()> {
        loop {
            if let Err(error) = self.push() {
                // An early refusal explains more than the broken pipe behind it.
                while !self.eof && self.end - self.start < INBOUND_WHILE_WRITING {
                    if !matches!(self.read_some(), Ok(1..)) {
                        break;
                    }
                }
                return Err(error);
            }
            if self.queued() == 0 {
                return Ok(());
            }
            let reading = !self.eof && self.end - self.start < INBOUND_WHILE_WRITING;
            self.transport.wait(if reading { Interest::ReadWrite } else { Interest::Write }, deadline)?;
            if reading {
                match self.read_some() {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(self.lost(deadline.phase(), error)),
                }
            }
        }
    }

    /// Waits for more input, sending what is queued meanwhile. Returns how much came; 0 is an orderly end of stream.
    ///
    /// Fails with [`Error::Closed`] if TLS was cut off without `close_notify`.
    pub fn fill(&mut self, deadline: &Deadline) -> Result<usize> {
        if self.eof {
            return Ok(0);
        }
        let mut send_error = None;
        loop {
            if self.queued() > 0 && send_error.is_none() {
                // The peer may have refused and closed: its words are read before the broken pipe is reported.
                send_error = self.push().err();
            }
            match self.read_some() {
                Ok(0) => return send_error.map_or(Ok(0), Err),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(send_error.unwrap_or_else(|| self.lost(deadline.phase(), error))),
            }
            if let Some(error) = send_error {
                return Err(error);
            }
            let interest = if self.queued() > 0 { Interest::ReadWrite } else { Interest::Read };
            self.transport.wait(interest, deadline)?;
        }
    }

    /// Ends the conversation in order, as far as that needs no waiting.
    pub fn close(&mut self) {
        // The peer may be gone already: there is nothing left to lose.
        let _ = self.push();
        self.transport.close();
    }

    fn read_some(&mut self) -> io::Result<usize> {
        self.make_room();
        let room = self.inbound.get_mut(self.end..).unwrap_or_default();
        let count = loop {
            match self.transport.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.eof = count == 0;
        self.end += count;
        Ok(count)
    }

    fn make_room(&mut self) {
        if self.start > 0 && self.inbound.len() - self.end < INBOUND / 4 {
            self.inbound.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.inbound.is_empty() {
            // Zeroed by the allocator: pages that no reply ever reaches are never touched.
            self.inbound = vec![0; INBOUND];
        } else if self.inbound.len() - self.end < INBOUND / 4 {
            self.inbound.resize(self.end + INBOUND, 0);
        }
    }

    fn lost(&self, phase: Phase, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Closed { phase, truncated: self.transport.tls().is_some() },
            _ => network(phase, error),
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("buffered", &(self.end - self.start))
            .field("queued", &self.queued())
            .field("tls", &self.transport.tls().is_some())
            .finish()
    }
}

fn network(phase: Phase, source: io::Error) -> Error {
    // A backend may carry one of our own errors (a timeout, an alert) through io::Error.
    match source.downcast::<Error>() {
        Ok(error) => error,
        Err(source) => Error::Network { phase, source },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use super::*;

    fn stream() -> (Stream, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (Stream::from_transport(Box::new(UnixTransport::new(ours).unwrap())), theirs)
    }

    fn soon() -> Deadline {
        Timeouts::default().deadline(Phase::Send, Duration::from_secs(30))
    }

    /// D21.
    #[test]
    fn two_that_write_before_they_read_do_not_block_each_other() {
        const SIZE: usize = 2 * 1024 * 1024;
        let (mut stream, mut theirs) = stream();
        let peer = std::thread::spawn(move || {
            theirs.write_all(&vec![b'<'; SIZE]).unwrap();
            let mut got = vec![0; SIZE];
            theirs.read_exact(&mut got).unwrap();
            theirs
        });
        stream.queue(&vec![b'>'; SIZE]);
        stream.flush(&soon()).unwrap();
        let mut got = 0;
        while got < SIZE {
            if stream.buffered().is_empty() {
                stream.fill(&soon()).unwrap();
            }
            got += stream.buffered().len();
            stream.consume(usize::MAX);
        }
        drop(peer.join().unwrap());
        assert_eq!(stream.fill(&soon()).unwrap(), 0);
    }

    #[test]
    fn what_was_said_before_a_broken_pipe_is_read() {
        for flush in [true, false] {
            let (mut stream, mut theirs) = stream();
            theirs.write_all(b"-ERR going down\r\n").unwrap();
            drop(theirs);
            stream.queue(b"QUIT\r\n");
            match flush {
                true => assert!(matches!(stream.flush(&soon()), Err(Error::Network { .. }))),
                false => assert_eq!(stream.fill(&soon()).unwrap(), 17),
            }
            assert_eq!(stream.buffered(), b"-ERR going down\r\n");
        }
    }

    /// D18.
    #[test]
    fn a_peer_that_reads_nothing_meets_the_deadline() {
        let (mut stream, theirs) = stream();
        stream.queue(&vec![b'x'; 8 * 1024 * 1024]);
        let deadline = Timeouts::default().deadline(Phase::Send, Duration::from_millis(50));
        assert!(matches!(stream.flush(&deadline), Err(Error::Timeout { phase: Phase::Send, .. })));
        drop(theirs);
    }

    #[test]
    fn what_the_transport_took_is_counted() {
        let (mut stream, theirs) = stream();
        stream.queue(&vec![b'x'; 8 * 1024 * 1024]);
        stream.push().unwrap();
        let handed = stream.handed();
        assert!(handed > 0 && handed + stream.queued() as u64 == 8 * 1024 * 1024);
        drop(theirs);
        assert!(stream.push().is_err());
        assert_eq!(stream.handed(), handed);
    }

    #[test]
    fn a_poll_does_not_wait() {
        let (mut stream, mut theirs) = stream();
        assert!(stream.poll().unwrap() && stream.buffered().is_empty());
        theirs.write_all(b"250 ok\r\n").unwrap();
        drop(theirs);
        assert!(stream.poll().unwrap());
        assert_eq!(stream.buffered(), b"250 ok\r\n");
        assert!(!stream.poll().unwrap());
        assert_eq!(stream.buffered(), b"250 ok\r\n");
    }

    #[test]
    fn input_that_was_not_consumed_forbids_an_upgrade() {
        let (mut stream, mut theirs) = stream();
        theirs.write_all(b"+").unwrap();
        stream.fill(&soon()).unwrap();
        assert!(stream.into_transport(Phase::Reply("STLS")).is_err());
    }
}
