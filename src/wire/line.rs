//! Finding bounded lines in what has arrived.

/// The longest line that is kept, in octets without its end (RFC 2449 section 4 asks for 512; servers exceed it).
pub const MAX_LINE: usize = 64 * 1024;

/// Where a line ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Found {
    /// Octets of the line without CRLF or LF.
    pub length: usize,
    /// Octets up to the next line.
    pub next: usize,
    /// The line ended with LF alone.
    pub bare_lf: bool,
}

/// Finds the first line end; `scanned` octets are known to hold none.
pub fn find(bytes: &[u8], scanned: usize) -> Option<Found> {
    let at = scanned + memchr::memchr(b'\n', bytes.get(scanned..)?)?;
    let line = bytes.get(..at)?;
    Some(match line {
        [rest @ .., b'\r'] => Found { length: rest.len(), next: at + 1, bare_lf: false },
        _ => Found { length: at, next: at + 1, bare_lf: true },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_lf_or_crlf_never_with_cr() {
        assert_eq!(find(b"+OK\r\nx", 0), Some(Found { length: 3, next: 5, bare_lf: false }));
        assert_eq!(find(b"+OK\nx", 0), Some(Found { length: 3, next: 4, bare_lf: true }));
        assert_eq!(find(b"a\rb\r\r\n", 4), Some(Found { length: 4, next: 6, bare_lf: false }));
        assert_eq!(find(b"+OK\r", 0), None);
        assert_eq!(find(b"\n", 0), Some(Found { length: 0, next: 1, bare_lf: true }));
    }
}
