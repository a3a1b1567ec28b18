//! An mbox, read as it comes: a message begins at a line `From ` that stands first or behind an empty line. Quoting is undone as
//! mboxrd has it, which is right for mboxo too, unless a message had such a quote itself.

use std::io::{self, Read};

use super::item::{Extent, Found, Item, Items, Naming};
use super::stream::Stream;
use crate::cli::exit::Failure;
use crate::error::Error;
use crate::mail::{Message, Reading};

/// Lines are read in pieces of this size.
const PIECE: u64 = 64 * 1024;

pub(super) struct Mbox {
    stream: Stream,
    state: State,
    number: u64,
}

struct State {
    /// The line, or the piece of one, that was read last, and has not been given out.
    piece: Vec<u8>,
    /// How much of the piece was given out.
    given: usize,
    /// The piece begins a line.
    at_start: bool,
    /// An empty line that belongs to the message only if that goes on.
    held: Option<Vec<u8>>,
    /// The line that begins the next message was read.
    at_separator: bool,
    /// Nothing follows.
    over: bool,
}

impl Mbox {
    pub(super) fn new(stream: Stream) -> Self {
        let state = State { piece: Vec::new(), given: 0, at_start: true, held: None, at_separator: false, over: false };
        Self { stream, state, number: 0 }
    }

    /// Finds the first message. Fails if this is no mbox.
    fn begin(&mut self) -> Result<(), Failure> {
        // Empty lines in front of it mean nothing.
        loop {
            self.state.piece.clear();
            if !self.stream.line(PIECE, &mut self.state.piece)? {
                self.state.over = true;
                return Ok(());
            }
            if is_separator(&self.state.piece) {
                self.skip_line()?;
                self.state.at_separator = true;
                return Ok(());
            }
            if !is_empty(&self.state.piece) {
                let complaint = "the batch is not an mbox: it does not begin with \"From \"";
                return Err(Error::InvalidInput(complaint.into()).into());
            }
        }
    }

    /// Reads to the end of the line whose beginning was read.
    fn skip_line(&mut self) -> Result<(), Failure> {
        while !self.state.piece.ends_with(b"\n") {
            self.state.piece.clear();
            if !self.stream.line(PIECE, &mut self.state.piece)? {
                break;
            }
        }
        self.state.piece.clear();
        self.state.given = 0;
        self.state.at_start = true;
        Ok(())
    }
}

impl Items for Mbox {
    fn next(&mut self) -> Result<Option<Item>, Failure> {
        if self.number == 0 {
            self.begin()?;
        }
        if self.state.over || !self.state.at_separator {
            return Ok(None);
        }
        self.state.at_separator = false;
        self.number += 1;
        let mut one = One { mbox: self, failure: None };
        let found = Message::read(&mut one, &Reading::default());
        // What was too much of it for a message is not the next one.
        let drained = io::copy(&mut one, &mut io::sink());
        match (one.failure.take(), drained) {
            (Some(failure), _) => return Err(failure),
            (None, Err(source)) => return Err(Error::io("cannot read the batch", source).into()),
            (None, Ok(_)) => {}
        }
        let id = format!("message {}", self.number);
        Ok(Some(Item { id, naming: Naming::Place, found: found.map(Found::from) }))
    }

    fn is_ready(&self) -> bool {
        self.state.over || self.stream.is_ready()
    }

    fn extent(&self) -> Extent {
        self.stream.extent()
    }
}

/// The message that begins behind the last separator.
struct One<'m> {
    mbox: &'m mut Mbox,
    failure: Option<Failure>,
}

impl One<'_> {
    /// Sees to it that there is something to give out; `false` at the message's end.
    fn fill(&mut self) -> Result<bool, Failure> {
        let Mbox { stream, state, .. } = self.mbox;
        while state.given >= state.piece.len() {
            if state.over || state.at_separator {
                return Ok(false);
            }
            let was_whole = state.piece.is_empty() || state.piece.ends_with(b"\n");
            state.at_start = was_whole;
            state.piece.clear();
            state.given = 0;
            if !stream.line(PIECE, &mut state.piece)? {
                state.over = true;
                state.held = None;
                return Ok(false);
            }
            if !state.at_start {
                continue;
            }
            if is_separator(&state.piece) && state.held.is_some() {
                state.held = None;
                state.at_separator = true;
                self.mbox.skip_line()?;
                return Ok(false);
            }
            if is_empty(&state.piece) {
                // Of several empty lines the last is the mbox's.
                let before = state.held.replace(std::mem::take(&mut state.piece));
                state.piece = before.unwrap_or_default();
                continue;
            }
            if is_quoted(&state.piece) {
                state.piece.remove(0);
            }
            if let Some(mut line) = state.held.take() {
                line.append(&mut state.piece);
                state.piece = line;
            }
        }
        Ok(true)
    }
}

impl Read for One<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.fill() {
            Ok(true) => {}
            Ok(false) => return Ok(0),
            Err(failure) => {
                self.failure = Some(failure);
                return Err(io::Error::other("the batch cannot be read"));
            }
        }
        let state = &mut self.mbox.state;
        let count = state.piece.get(state.given..).unwrap_or_default().read(buffer)?;
        state.given += count;
        Ok(count)
    }
}

fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ")
}

fn is_empty(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

fn is_quoted(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|octet| **octet == b'>').count();
    quotes > 0 && line.get(quotes..).is_some_and(is_separator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(mbox: &[u8]) -> Vec<String> {
        let mut mbox = Mbox::new(Stream::of(mbox));
        let mut texts = Vec::new();
        while let Some(item) = mbox.next().unwrap() {
            assert_eq!(item.id, format!("message {}", texts.len() + 1));
            let mut text = String::new();
            item.found.unwrap().message.open().unwrap().read_to_string(&mut text).unwrap();
            texts.push(text);
        }
        texts
    }

    #[test]
    fn messages_without_separators_and_quotes() {
        let mbox = b"\nFrom a@b Thu Jan  1 00:00:00 1970\nSubject: 1\n\n>From x\n>>From y\n> From z\n\n\n\n\
                     From - x\nSubject: 2\nFrom: a\n\nnot yet\nFrom here on\n\nFrom \r\nSubject: 3\r\n\r\nend";
        assert_eq!(
            texts(mbox),
            [
                "Subject: 1\r\n\r\nFrom x\r\n>From y\r\n> From z\r\n\r\n\r\n",
                "Subject: 2\r\nFrom: a\r\n\r\nnot yet\r\nFrom here on\r\n",
                "Subject: 3\r\n\r\nend\r\n",
            ]
        );
        assert_eq!(texts(b""), [""; 0]);
        assert_eq!(texts(b"\n\n"), [""; 0]);
        assert_eq!(texts(b"From x\n\n\n").len(), 1);
        assert!(Mbox::new(Stream::of(b"Subject: x\n\nFrom y\n")).next().is_err());
    }

    #[test]
    fn a_message_that_is_none_does_not_hold_up_the_next() {
        let mut text = b"From x\n".to_vec();
        text.extend(b"A:\n".repeat(10_001));
        text.extend(b"\nbody\n\nFrom y\nSubject: 2\n\nx\n");
        let mut mbox = Mbox::new(Stream::of(&text));
        assert!(mbox.next().unwrap().unwrap().found.is_err());
        assert!(mbox.next().unwrap().unwrap().found.is_ok());
        assert!(mbox.next().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn what_was_quoted_comes_back(bodies in prop::collection::vec("(>{0,3}(From |x)?[a-z]{0,4}\n){0,6}x\n", 1..5)) {
            let mut mbox = String::new();
            for body in &bodies {
                mbox.push_str("From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n");
                for line in body.lines() {
                    let quoted = line.trim_start_matches('>').starts_with("From ");
                    mbox.push_str(if quoted { ">" } else { "" });
                    mbox.push_str(line);
                    mbox.push('\n');
                }
                mbox.push('\n');
            }
            let expected: Vec<String> = bodies.iter().map(|body| format!("Subject: x\n\n{body}").replace('\n', "\r\n")).collect();
            prop_assert_eq!(texts(mbox.as_bytes()), expected);
        }
    }
}
