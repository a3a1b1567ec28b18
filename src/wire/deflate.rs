//! A transport that deflates what is sent and inflates what comes (RFC 4978, RFC 1951).

use std::io::{self, Read, Write};

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::{Error, Phase, Result};
use crate::net::tls::TlsFacts;
use crate::net::underlay::{OUTPUT, Underlay};
use crate::net::{Addresses, Compression, Deadline, Interest, Traffic, Transport};

/// How much is deflated at a time.
const PIECE: usize = 64 * 1024;

/// How much deflated data is taken from the compressor at a time.
const ROOM: usize = 16 * 1024;

/// Two raw deflate streams over a transport.
///
/// However much a few octets inflate to, a read gives no more than its buffer holds; the rest is inflated by the next.
pub(super) struct Deflate {
    below: Underlay,
    inflater: Decompress,
    inbound: Inbound,
    /// The last octets that came out filled their room: there may be more without any more input.
    held: bool,
    deflater: Compress,
    room: Box<[u8]>,
    /// Something was written that the compressor may still hold.
    unflushed: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Inbound {
    Open,
    Ended,
    Corrupt,
}

impl Deflate {
    /// Begins both streams; `early` has come already and is the first of the peer's.
    pub(super) fn new(transport: Box<dyn Transport>, early: Vec<u8>) -> Self {
        Self {
            below: Underlay::new(transport, early),
            inflater: Decompress::new(false),
            inbound: Inbound::Open,
            held: false,
            deflater: Compress::new(flate2::Compression::default(), false),
            room: vec![0; ROOM].into_boxed_slice(),
            unflushed: false,
        }
    }

    /// Inflates what has come, as far as it fits.
    fn inflate(&mut self, out: &mut [u8]) -> usize {
        let mut filled = 0;
        while self.inbound == Inbound::Open && (self.held || !self.below.buffered().is_empty()) {
            let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) else { break };
            let most = room.len();
            let before = (self.inflater.total_in(), self.inflater.total_out());
            let result = self.inflater.decompress(self.below.buffered(), room, FlushDecompress::None);
            let consumed = difference(self.inflater.total_in(), before.0);
            let produced = difference(self.inflater.total_out(), before.1).min(most);
            self.below.consume(consumed);
            filled += produced;
            self.held = produced == most;
            match result {
                Ok(Status::StreamEnd) => self.inbound = Inbound::Ended,
                // Input that nothing becomes of, although there is room, would be looked at for ever.
                Ok(_) if consumed == 0 && produced == 0 && !self.below.buffered().is_empty() => {
                    self.inbound = Inbound::Corrupt;
                }
                Ok(_) => {}
                Err(_) => self.inbound = Inbound::Corrupt,
            }
        }
        filled
    }

    fn deflate(&mut self, mut octets: &[u8], flush: FlushCompress) -> io::Result<()> {
        loop {
            let before = (self.deflater.total_in(), self.deflater.total_out());
            self.deflater.compress(octets, &mut self.room, flush).map_err(io::Error::other)?;
            let consumed = difference(self.deflater.total_in(), before.0);
            let produced = difference(self.deflater.total_out(), before.1);
            octets = octets.get(consumed..).unwrap_or_default();
            self.below.write_all(self.room.get(..produced).unwrap_or_default())?;
            // A full room means that there is more to come.
            if octets.is_empty() && produced < self.room.len() {
                return Ok(());
            }
        }
    }

    /// Hands on what the compressor holds.
    fn settle(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unflushed) {
            self.deflate(&[], FlushCompress::Sync)?;
        }
        Ok(())
    }
}

impl Read for Deflate {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.below.grant();
        loop {
            let filled = self.inflate(buf);
            if filled > 0 || buf.is_empty() {
                return Ok(filled);
            }
            match self.inbound {
                Inbound::Open => {}
                Inbound::Ended => return Ok(0),
                Inbound::Corrupt => {
                    let error = Error::protocol(Phase::Data("COMPRESS"), "what the server sent is no deflate stream");
                    return Err(io::Error::other(error));
                }
            }
            if self.below.refill()? == 0 {
                // Servers close without a last block: whether all has come, TLS and the protocol tell.
                self.inbound = Inbound::Ended;
            }
        }
    }
}

impl Write for Deflate {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.below.pending() >= OUTPUT {
            self.below.push()?;
        }
        let piece = buf.get(..PIECE).unwrap_or(buf);
        self.deflate(piece, FlushCompress::None)?;
        self.unflushed |= !piece.is_empty();
        Ok(piece.len())
    }

    /// Ends a block, so that the peer can inflate all that was written.
    fn flush(&mut self) -> io::Result<()> {
        self.settle()?;
        self.below.push()
    }
}

impl Transport for Deflate {
    fn wait(&mut self, interest: Interest, deadline: &Deadline) -> Result<()> {
        let readable = self.held || self.inbound != Inbound::Open || !self.below.buffered().is_empty();
        if readable && interest != Interest::Write {
            self.below.transmit_ahead();
            return deadline.check();
        }
        self.below.wait(interest, deadline)
    }

    fn close(&mut self) {
        // Best effort: there may be nobody to read it.
        let _ = self.settle();
        self.below.close();
    }

    fn tls(&self) -> Option<&TlsFacts> {
        self.below.tls()
    }

    fn is_private(&self) -> bool {
        self.below.is_private()
    }

    fn addresses(&self) -> Option<Addresses> {
        self.below.addresses()
    }

    fn compression(&self) -> Option<Compression> {
        Some(Compression {
            sent: Traffic { octets: self.deflater.total_in(), compressed: self.deflater.total_out() },
            received: Traffic { octets: self.inflater.total_out(), compressed: self.inflater.total_in() },
        })
    }
}

fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
