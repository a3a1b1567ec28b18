//! One whole response as it came: its lines and the literals among them (RFC 9051 section 4.3).

/// A response with its literals in place, ready for the [grammar](super::grammar).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frame {
    /// The line, without the CRLF at its very end. A literal stands in it as `{n}`, CRLF and its octets, after which the
    /// line goes on; of one that was streamed away the octets are left out.
    pub bytes: Vec<u8>,
    /// The literals that were streamed away, in order.
    pub streamed: Vec<Gap>,
}

/// Where a literal was left out of a [`Frame`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The offset in [`Frame::bytes`] right behind the CRLF that announced it.
    pub at: usize,
    /// How many octets it had.
    pub octets: u64,
}

impl Frame {
    /// A response without streamed literals.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), streamed: Vec::new() }
    }
}
