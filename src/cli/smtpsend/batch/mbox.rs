//! An mbox as a batch.

use std::io;

use super::item::{Extent, Found, Item, Items, Naming};
use super::stream::Stream;
use crate::cli::exit::Failure;
use crate::error::Error;
use crate::mail::{self, Message, Reading};

pub(super) struct Mbox {
    messages: mail::Mbox<Stream>,
    number: u64,
}

impl Mbox {
    pub(super) fn new(stream: Stream) -> Self {
        Self { messages: mail::Mbox::new(stream), number: 0 }
    }
}

impl Items for Mbox {
    fn next(&mut self) -> Result<Option<Item>, Failure> {
        let Some(mut message) = self.messages.message().map_err(failed)? else { return Ok(None) };
        self.number += 1;
        let found = Message::read(&mut message, &Reading::default());
        // What was too much of it for a message is not the next one.
        message.finish().map_err(failed)?;
        let id = format!("message {}", self.number);
        Ok(Some(Item { id, naming: Naming::Place, found: found.map(Found::from) }))
    }

    fn is_ready(&self) -> bool {
        self.messages.is_over() || self.messages.input().is_ready()
    }

    fn extent(&self) -> Extent {
        self.messages.input().extent()
    }
}

fn failed(source: io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::InvalidData => Error::InvalidInput(format!("the batch: {source}")).into(),
        _ => Error::io("cannot read the batch", source).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_called_by_their_place() {
        let mut mbox = Mbox::new(Stream::of(b"From x\nSubject: 1\n\nx\n\nFrom y\nSubject: 2\n"));
        for id in ["message 1", "message 2"] {
            let item = mbox.next().unwrap().unwrap();
            assert!(item.id == id && item.found.is_ok());
        }
        assert!(mbox.next().unwrap().is_none());
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
}
