//! The encrypted side of a TLS session: one receive serves many records, one write carries a whole flight.

use std::io::{self, Read, Write};

use crate::error::Result;
use crate::net::{Addresses, Deadline, Interest, Transport};

/// How much ciphertext one receive takes.
const INPUT: usize = 64 * 1024;

/// How much plaintext may be encrypted ahead of what the peer takes.
pub(super) const OUTPUT: usize = 32 * 1024;

/// Receives that one read of plaintext may cost. Records without data (tickets, key updates, empty records) can come
/// for ever; beyond this the reader goes back to its wait, and so to its deadline.
const REFILLS: u32 = 8;

/// How much of the peer's first words is kept, to show them if they are not TLS.
const OPENING: usize = 256;

/// A transport with ciphertext buffers.
pub(super) struct Ciphertext {
    transport: Box<dyn Transport>,
    input: Box<[u8]>,
    start: usize,
    end: usize,
    opening: Vec<u8>,
    refills: u32,
    output: Vec<u8>,
    sent: usize,
    broken: Option<io::Error>,
}

impl Ciphertext {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self {
            transport,
            input: vec![0; INPUT].into_boxed_slice(),
            start: 0,
            end: 0,
            opening: Vec::new(),
            refills: REFILLS,
            output: Vec::new(),
            sent: 0,
            broken: None,
        }
    }

    /// Ciphertext that has come and was not read.
    pub(super) fn buffered(&self) -> &[u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    /// The first octets that came.
    pub(super) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// Ciphertext that the transport has not taken.
    pub(super) fn pending(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Grants the receives of one more read of plaintext.
    pub(super) fn grant(&mut self) {
        self.refills = REFILLS;
    }

    /// Sends what is pending; fails with [`io::ErrorKind::WouldBlock`] if something remains.
    pub(super) fn push(&mut self) -> io::Result<()> {
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
    pub(super) fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        self.transmit_ahead();
        let interest = if self.pending() > 0 && interest == Interest::Read { Interest::ReadWrite } else { interest };
        self.transport.wait(interest, deadline)
    }

    /// Sends what the transport takes; a failure is told by the next write.
    pub(super) fn transmit_ahead(&mut self) {
        if let Err(error) = self.push() {
            self.defer(error);
        }
    }

    /// Leaves a failure to send to the next write: what the peer said before it closed is still to be read.
    pub(super) fn defer(&mut self, error: io::Error) {
        if error.kind() != io::ErrorKind::WouldBlock {
            self.broken = Some(error);
            self.output.clear();
            self.sent = 0;
        }
    }

    pub(super) fn close(&mut self) {
        // Best effort: the peer may be gone.
        let _ = self.push();
        self.transport.close();
    }

    pub(super) fn is_private(&self) -> bool {
        self.transport.is_private()
    }

    pub(super) fn addresses(&self) -> Option<Addresses> {
        self.transport.addresses()
    }
}

impl Read for Ciphertext {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            self.refills = self.refills.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
            (self.start, self.end) = (0, 0);
            self.end = loop {
                match self.transport.read(&mut self.input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?.min(self.input.len()),
                }
            };
            if self.opening.is_empty() {
                self.opening = self.buffered().iter().take(OPENING).copied().collect();
            }
        }
        let count = self.buffered().read(buf)?;
        self.start += count;
        Ok(count)
    }
}

/// Takes everything; the sessions keep to [`OUTPUT`].
impl Write for Ciphertext {
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
