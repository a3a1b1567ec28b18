//! A client's lines, and its messages.

use std::io::{self, BufRead, Read};

use crate::error::{Error, Phase, Result};
use crate::net::wait::{Interest, wait_one};
use crate::net::{Deadline, Timeouts};

/// The longest command, with room for every parameter; more than RFC 5321 section 4.5.3.1.4 and all extensions allow.
const MAX_LINE: usize = 4096;

/// What a client writes, as far as it has been read.
#[derive(Debug)]
pub(super) struct Input<R> {
    reader: io::BufReader<R>,
    timeouts: Timeouts,
}

/// A line of a client.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Line {
    /// Without its end.
    Command(Vec<u8>, LineEnd),
    /// It was longer than any command, and is gone.
    TooLong,
    /// There are no more. A line without an end is none: what was cut off is not obeyed.
    End,
}

/// What ended a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LineEnd {
    /// CR LF, as the standard has it.
    Crlf,
    /// LF, as a person types it, or a shell script.
    Lf,
}

impl<R: Read + std::os::fd::AsFd> Input<R> {
    /// Input of a client that is silent no longer than a server has to wait (RFC 5321 section 4.5.3.2.7).
    pub(super) fn new(reader: R, timeouts: Timeouts) -> Self {
        Self { reader: io::BufReader::with_capacity(64 * 1024, reader), timeouts }
    }

    /// Whether the client has said more than was heard, and so waits for nothing yet.
    pub(super) fn has_more(&self) -> bool {
        !self.reader.buffer().is_empty()
    }

    /// The next line.
    pub(super) fn line(&mut self) -> Result<Line> {
        let mut line = Vec::new();
        let mut fits = true;
        loop {
            let piece = self.fill()?;
            let (taken, ended) = match memchr::memchr(b'\n', piece) {
                _ if piece.is_empty() => return Ok(Line::End),
                Some(at) => (at.saturating_add(1), true),
                None => (piece.len(), false),
            };
            fits = fits && line.len().saturating_add(taken) <= MAX_LINE;
            if fits {
                line.extend_from_slice(piece.get(..taken).unwrap_or_default());
            }
            self.reader.consume(taken);
            match (ended, fits) {
                (false, _) => {}
                (true, false) => return Ok(Line::TooLong),
                (true, true) => {
                    line.pop();
                    let end = if line.pop_if(|octet| *octet == b'\r').is_some() { LineEnd::Crlf } else { LineEnd::Lf };
                    return Ok(Line::Command(line, end));
                }
            }
        }
    }

    /// The message that follows DATA. It must be read to its end before the next line is.
    ///
    /// If DATA ended with CR LF, only CR LF ends lines in the message: a dot between other line ends is text, whoever wrote
    /// it. A client that wrote LF there gets along with LF.
    pub(super) fn text(&mut self, end: LineEnd) -> Text<'_, R> {
        Text { input: self, end, state: State::LineStart, ready: Vec::new(), at: 0, failure: None }
    }

    fn fill(&mut self) -> Result<&[u8]> {
        if self.reader.buffer().is_empty() {
            wait_one(self.reader.get_ref(), Interest::Read, &self.patience())?;
        }
        self.reader.fill_buf().map_err(|error| Error::io("reading standard input", error))
    }

    fn patience(&self) -> Deadline {
        self.timeouts.patient_reply(Phase::Data("standard input"))
    }
}

/// A message, its dots unstuffed (RFC 5321 section 4.5.2).
#[derive(Debug)]
pub(super) struct Text<'a, R> {
    input: &'a mut Input<R>,
    end: LineEnd,
    state: State,
    ready: Vec<u8>,
    at: usize,
    failure: Option<Error>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    LineStart,
    /// Behind a dot at the start of a line.
    Dot,
    /// Behind such a dot and a CR.
    DotCr,
    /// Behind a CR.
    Cr,
    Middle,
    Ended,
}

impl<R: Read + std::os::fd::AsFd> Text<'_, R> {
    /// Reads what is left of it, for who does not want it, and fails if its end never comes.
    pub(super) fn finish(mut self) -> Result<()> {
        let drained = io::copy(&mut self, &mut io::sink());
        match (self.failure, drained) {
            (Some(failure), _) => Err(failure),
            (None, Err(error)) => Err(Error::io("reading standard input", error)),
            (None, Ok(_)) => Ok(()),
        }
    }

    fn refill(&mut self) -> Result<()> {
        self.ready.clear();
        self.at = 0;
        while self.ready.is_empty() && self.state != State::Ended {
            let piece = self.input.fill()?;
            if piece.is_empty() {
                return Err(Error::InvalidInput("standard input ended in the middle of a message".into()));
            }
            let mut taken = 0_usize;
            for octet in piece {
                taken = taken.saturating_add(1);
                self.state = after(self.state, *octet, self.end, &mut self.ready);
                if self.state == State::Ended {
                    break;
                }
            }
            self.input.reader.consume(taken);
        }
        Ok(())
    }
}

/// The state behind an octet; what belongs to the text is added to it.
fn after(state: State, octet: u8, end: LineEnd, text: &mut Vec<u8>) -> State {
    match (state, octet) {
        (State::LineStart, b'.') => return State::Dot,
        (State::Dot, b'\r') => return State::DotCr,
        (State::DotCr, b'\n') => return State::Ended,
        (State::Dot, b'\n') if end == LineEnd::Lf => return State::Ended,
        // The CR that was held back.
        (State::DotCr, _) => text.push(b'\r'),
        _ => {}
    }
    text.push(octet);
    match (state, octet) {
        (State::Cr, b'\n') => State::LineStart,
        (_, b'\n') if end == LineEnd::Lf => State::LineStart,
        (_, b'\r') => State::Cr,
        _ => State::Middle,
    }
}

impl<R: Read + std::os::fd::AsFd> Read for Text<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.ready.len()
            && let Err(error) = self.refill()
        {
            let told = io::Error::other(error.to_string());
            self.failure = Some(error);
            return Err(told);
        }
        let count = self.ready.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek as _, Write as _};

    use proptest::prelude::*;

    use super::*;

    fn input(octets: &[u8]) -> Input<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(octets).unwrap();
        file.rewind().unwrap();
        Input::new(file, Timeouts::default())
    }

    fn message(octets: &[u8], end: LineEnd) -> (Vec<u8>, Line) {
        let mut input = input(octets);
        let mut text = input.text(end);
        let mut read = Vec::new();
        text.read_to_end(&mut read).unwrap();
        text.finish().unwrap();
        (read, input.line().unwrap())
    }

    #[test]
    fn lines_end_in_either_way() {
        let long = [&b"x".repeat(MAX_LINE + 1)[..], b"\r\n"].concat();
        let mut input = input(&[b"HELO a\r\n\nQUIT\r\r\n", &long[..], b"DA\0TA\n", b"MAIL FROM:<cut"].concat());
        let mut next = || input.line().unwrap();
        assert_eq!(next(), Line::Command(b"HELO a".to_vec(), LineEnd::Crlf));
        assert_eq!(next(), Line::Command(b"".to_vec(), LineEnd::Lf));
        assert_eq!(next(), Line::Command(b"QUIT\r".to_vec(), LineEnd::Crlf));
        assert_eq!(next(), Line::TooLong);
        assert_eq!(next(), Line::Command(b"DA\0TA".to_vec(), LineEnd::Lf));
        assert_eq!(next(), Line::End);
    }

    #[test]
    fn dots_and_ends() {
        let quit = || Line::Command(b"QUIT".to_vec(), LineEnd::Crlf);
        for (octets, text) in [
            (&b".\r\nQUIT\r\n"[..], &b""[..]),
            (b"a\r\n.\r\nQUIT\r\n", b"a\r\n"),
            (b"..\r\n...a\r\n.b\r\n.\r\nQUIT\r\n", b".\r\n..a\r\nb\r\n"),
            (b".\rx\r\n.\r\nQUIT\r\n", b"\rx\r\n"),
            (b".\r\r\n.\r\nQUIT\r\n", b"\r\r\n"),
            // None of these is an end.
            (b"a\n.\nMAIL\n.\r\nb\r.\rc\r\n.\nd\r\n.\r\nQUIT\r\n", b"a\n.\nMAIL\n.\r\nb\r.\rc\r\n\nd\r\n"),
        ] {
            assert_eq!(message(octets, LineEnd::Crlf), (text.to_vec(), quit()), "{}", octets.escape_ascii());
        }
        assert_eq!(message(b"a\n..\n.b\n.\nQUIT\r\n", LineEnd::Lf), (b"a\n.\nb\n".to_vec(), quit()));
        assert_eq!(message(b"a\r\n.\r\nQUIT\r\n", LineEnd::Lf), (b"a\r\n".to_vec(), quit()));
    }

    #[test]
    fn a_message_without_an_end_is_none() {
        for octets in [&b""[..], b"a", b"a\r\n", b"a\r\n.", b"a\r\n.\r", b"a\n.\n"] {
            let mut input = input(octets);
            let mut text = input.text(LineEnd::Crlf);
            assert!(io::copy(&mut text, &mut io::sink()).is_err(), "{}", octets.escape_ascii());
            assert!(matches!(text.finish(), Err(Error::InvalidInput(_))));
        }
    }

    proptest! {
        #[test]
        fn what_is_stuffed_comes_out(text in prop::collection::vec(prop::sample::select(b"\r\n.a".to_vec()), 0..60)) {
            let mut stuffed = Vec::new();
            let canonical = [&text[..], b"\r\n"].concat();
            for line in canonical.split_inclusive(|octet| *octet == b'\n') {
                let at_start = stuffed.is_empty() || stuffed.ends_with(b"\r\n");
                if at_start && line.starts_with(b".") {
                    stuffed.push(b'.');
                }
                stuffed.extend_from_slice(line);
            }
            stuffed.extend_from_slice(b".\r\nQUIT\r\n");
            let (read, next) = message(&stuffed, LineEnd::Crlf);
            prop_assert_eq!(read, canonical);
            prop_assert_eq!(next, Line::Command(b"QUIT".to_vec(), LineEnd::Crlf));
        }
    }
}
