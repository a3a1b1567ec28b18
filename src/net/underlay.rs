//! What a layer (TLS, compression) stands on: one receive serves many records, one write carries a whole flight.

use std::io::{self, Read, Write};

use crate::error::Result;
use crate::net::tls::TlsFacts;
use crate::net::{Addresses, Deadline, Interest, Transport};

/// How much one receive takes.
const INPUT: usize = 64 * 1024;

/// How much a layer may have ready ahead of what the peer takes.
pub(crate) const OUTPUT: usize = 32 * 1024;

/// Receives that one read from the layer may cost. Records without data (tickets, key updates, empty blocks) can come
/// for ever; beyond this the reader goes back to its wait, and so to its deadline.
const REFILLS: u32 = 8;

/// How much of the peer's first words is kept, to show them if they are not what the layer speaks.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
const OPENING: usize = 256;

/// A transport with buffers for what a layer has made, or has not read yet.
pub(crate) struct Underlay {
    transport: Box<dyn Transport>,
    input: Box<[u8]>,
    start: usize,
    end: usize,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    opening: Vec<u8>,
    refills: u32,
    output: Vec<u8>,
    sent: usize,
    broken: Option<io::Error>,
}

impl Underlay {
    /// A layer's ground; `early` has come already, and is the layer's.
    pub(crate) fn new(transport: Box<dyn Transport>, early: Vec<u8>) -> Self {
        let end = early.len();
        let mut input = early;
        input.resize(INPUT.max(end), 0);
        Self {
            transport,
            input: input.into_boxed_slice(),
            start: 0,
            end,
            #[cfg(any(feature = "rustls", feature = "native-tls"))]
            opening: Vec::new(),
            refills: REFILLS,
            output: Vec::new(),
            sent: 0,
            broken: None,
        }
    }

    /// What has come and was not read.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    /// Marks the first `count` octets of it as read.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
    }

    /// Receives in place of what was read; 0 at the end of the transport. Fails with [`io::ErrorKind::WouldBlock`] also
    /// when what was granted is used up.
    pub(crate) fn refill(&mut self) -> io::Result<usize> {
        self.refills = self.refills.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
        (self.start, self.end) = (0, 0);
        self.end = loop {
            match self.transport.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?.min(self.input.len()),
            }
        };
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        if self.opening.is_empty() {
            self.opening = self.buffered().iter().take(OPENING).copied().collect();
        }
        Ok(self.end)
    }

    /// The first octets that came.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub(crate) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// How much of what was written the transport has not taken.
    pub(crate) fn pending(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Grants the receives of one more read from the layer.
    pub(crate) fn grant(&mut self) {
        self.refills = REFILLS;
    }

    /// Sends what is pending; fails with [`io::ErrorKind::WouldBlock`] if something remains.
    pub(crate) fn push(&mut self) -> io::Result<()> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match self.transport.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sent = self.sent.saturating_add(count).min(self.output.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        self.sent = 0;
        self.transport.flush()
    }

    /// Sends what is pending, then blocks until the transport may make progress.
    pub(crate) fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        self.transmit_ahead();
        let interest = if self.pending() > 0 && interest == Interest::Read { Interest::ReadWrite } else { interest };
        self.transport.wait(interest, deadline)
    }

    /// Sends what the transport takes; a failure is told by the next write.
    pub(crate) fn transmit_ahead(&mut self) {
        if let Err(error) = self.push() {
            self.defer(error);
        }
    }

    /// Leaves a failure to send to the next write: what the peer said before it closed is still to be read.
    pub(crate) fn defer(&mut self, error: io::Error) {
        if error.kind() != io::ErrorKind::WouldBlock {
            self.broken = Some(error);
            self.output.clear();
            self.sent = 0;
        }
    }

    /// Sends what is pending as far as it goes, and ends the transport in order.
    pub(crate) fn close(&mut self) {
        // Best effort: the peer may be gone.
        let _ = self.push();
        self.transport.close();
    }

    /// What a TLS session below settled.
    pub(crate) fn tls(&self) -> Option<&TlsFacts> {
        self.transport.tls()
    }

    /// As [`Transport::is_private`].
    pub(crate) fn is_private(&self) -> bool {
        self.transport.is_private()
    }

    /// As [`Transport::addresses`].
    pub(crate) fn addresses(&self) -> Option<Addresses> {
        self.transport.addresses()
    }
}

impl Read for Underlay {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            self.refill()?;
        }
        let count = self.buffered().read(buf)?;
        self.consume(count);
        Ok(count)
    }
}

/// Takes everything; the layers keep to [`OUTPUT`].
impl Write for Underlay {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.output.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
