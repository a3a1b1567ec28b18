//! A unix socket: private by nature, so that no TLS is needed on it.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use super::Transport;
use super::deadline::Deadline;
use super::wait::{Interest, pause, wait_one};
use crate::error::{Error, Phase, Result};

/// How long to wait before a full queue is tried again: the system does not tell when there is room.
const RETRY: Duration = Duration::from_millis(20);

/// A connected unix socket.
#[derive(Debug)]
pub struct UnixTransport {
    stream: UnixStream,
}

impl UnixTransport {
    /// Takes a connected socket and makes it non-blocking.
    pub fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream })
    }

    /// Connects to a path, waiting under the deadline while the listener's queue is full.
    ///
    /// `target` names the socket in errors. Fails with [`Error::Connect`] or [`Error::Timeout`].
    pub(crate) fn connect(path: &Path, target: &str, deadline: &Deadline) -> Result<Self> {
        let deadline = deadline.in_phase(Phase::Connect);
        let failed = |source: io::Error| Error::Connect { target: target.to_owned(), source };
        let address = SockAddr::unix(path).map_err(failed)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        loop {
            deadline.check()?;
            match socket.connect(&address).map_err(|error| (Errno::from_io_error(&error), error)) {
                Ok(()) => break,
                Err((Some(Errno::AGAIN), _)) => pause(RETRY, &deadline)?,
                Err((Some(Errno::INPROGRESS | Errno::INTR), _)) => {
                    wait_one(&socket, Interest::Write, &deadline)?;
                    match socket.take_error() {
                        Ok(None) => break,
                        Ok(Some(error)) | Err(error) => return Err(failed(error)),
                    }
                }
                Err((_, error)) => return Err(failed(error)),
            }
        }
        Self::new(UnixStream::from(std::os::fd::OwnedFd::from(socket))).map_err(failed)
    }
}

impl Read for UnixTransport {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buf)
    }
}

impl Write for UnixTransport {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for UnixTransport {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        wait_one(&self.stream, interest, deadline)
    }

    fn close(&mut self) {
        // The peer may have gone already.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn is_private(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::time::Instant;

    use super::*;
    use crate::net::Timeouts;

    #[test]
    fn connects_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pop3.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let mut transport = UnixTransport::connect(&path, "sock", &Timeouts::default().connecting()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        assert!(transport.is_private());
        assert_eq!(transport.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        peer.write_all(b"+OK\r\n").unwrap();
        transport.wait(Interest::Read, &Timeouts::default().connecting()).unwrap();
        assert_eq!(transport.read(&mut [0; 8]).unwrap(), 5);
        transport.close();
        assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn a_missing_socket_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let deadline = Timeouts::default().connecting();
        let error = UnixTransport::connect(&dir.path().join("none"), "/x/none", &deadline).unwrap_err().to_string();
        assert!(error.contains("/x/none") && error.contains("No such file"), "{error}");
        let long = dir.path().join("x".repeat(300));
        assert!(matches!(UnixTransport::connect(&long, "long", &deadline), Err(Error::Connect { .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_queue_is_waited_for_until_the_deadline() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("full.sock");
        let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        listener.bind(&SockAddr::unix(&path).unwrap()).unwrap();
        listener.listen(0).unwrap();
        let deadline = |millis| Timeouts::default().deadline(Phase::Connect, Duration::from_millis(millis));
        let mut queued = Vec::new();
        while let Ok(transport) = UnixTransport::connect(&path, "sock", &deadline(50)) {
            queued.push(transport);
            assert!(queued.len() < 100);
        }
        let started = Instant::now();
        let error = UnixTransport::connect(&path, "sock", &deadline(60)).unwrap_err();
        assert!(matches!(error, Error::Timeout { phase: Phase::Connect, .. }), "{error}");
        assert!(started.elapsed() >= Duration::from_millis(60));
        // Once there is room again, the wait ends.
        let accepting = std::thread::spawn(move || (listener.accept().map(drop), listener));
        UnixTransport::connect(&path, "sock", &deadline(20_000)).unwrap();
        accepting.join().unwrap().0.unwrap();
    }
}
