//! An input read line by line, with bounded memory.

use std::io::{self, Read};

use super::body::CHUNK;
use crate::error::{Error, Result};

/// Lines of an input, whole if they fit the buffer, else in pieces.
pub(crate) struct Lines<'a> {
    input: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Up to where there is no LF.
    searched: usize,
    /// The last piece did not end its line.
    open: bool,
    ended: bool,
    /// The last read filled the buffer: a larger one takes more at once.
    short: bool,
}

/// The size of the buffer at first; most messages fit.
const OPENING: usize = 8 * 1024;

/// A line without its LF, or a part of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a [u8],
    /// The line begins with it.
    pub(crate) first: bool,
    /// The line ends with it.
    pub(crate) last: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Self {
        Self { input, buffer: vec![0; OPENING], start: 0, end: 0, searched: 0, open: false, ended: false, short: false }
    }

    /// The next piece; at the end of the input, what is there is the end of a line.
    pub(crate) fn next(&mut self) -> Result<Option<Piece<'_>>> {
        loop {
            let unseen = self.buffer.get(self.searched..self.end).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', unseen) {
                let end = self.searched + at;
                return Ok(Some(self.cut(end, end + 1)));
            }
            self.searched = self.end;
            if self.ended {
                let rest = self.start < self.end || self.open;
                return Ok(rest.then(|| self.cut(self.end, self.end)));
            }
            if self.start == 0 && self.end == CHUNK {
                let first = !std::mem::replace(&mut self.open, true);
                (self.end, self.searched) = (0, 0);
                return Ok(Some(Piece { text: &self.buffer, first, last: false }));
            }
            self.refill()?;
        }
    }

    fn cut(&mut self, end: usize, next: usize) -> Piece<'_> {
        let text = self.buffer.get(self.start..end).unwrap_or_default();
        let first = !std::mem::replace(&mut self.open, false);
        (self.start, self.searched) = (next, next);
        Piece { text, first, last: true }
    }

    fn refill(&mut self) -> Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end, self.searched) = (0, self.end - self.start, self.searched - self.start);
        }
        if self.short || self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len().saturating_mul(4).min(CHUNK), 0);
        }
        loop {
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            let most = room.len();
            match self.input.read(room) {
                Ok(count) => {
                    self.ended = count == 0;
                    self.short = count == most;
                    self.end += count;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("cannot read the message", error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_longer_than_the_buffer_comes_in_pieces() {
        let text = [&[b'x'; CHUNK * 2 + 5][..], b"\nend"].concat();
        let mut input = &text[..];
        let mut lines = Lines::new(&mut input);
        let mut seen = Vec::new();
        while let Some(piece) = lines.next().unwrap() {
            seen.push((piece.text.len(), piece.first, piece.last));
        }
        let expected = [(CHUNK, true, false), (CHUNK, false, false), (5, false, true), (3, true, true)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn an_interrupted_read_goes_on() {
        struct Restless(u32);
        impl Read for Restless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 | 3 => Err(io::ErrorKind::Interrupted.into()),
                    2 => buffer.get_mut(..1).map_or(Ok(0), |buffer| (&b"a"[..]).read(buffer)),
                    _ => Ok(0),
                }
            }
        }
        let mut input = Restless(0);
        let mut lines = Lines::new(&mut input);
        assert_eq!(lines.next().unwrap().map(|piece| piece.text.to_vec()), Some(b"a".to_vec()));
        assert!(lines.next().unwrap().is_none());
    }
}
