//! Headers of many messages: TOP with no lines of the body, in flight together.

use std::collections::VecDeque;

use crate::error::{Rejection, Result};
use crate::pop3::{MessageNumber, Session, Transaction};
use crate::store::{Fingerprinter, LineEnd};
use crate::wire::Step;

/// What a header is taken to have, for the window of octets in flight.
const USUAL_SIZE: u64 = 4 * 1024;

/// Takes headers as they come.
pub(super) trait Sink<T> {
    /// The next piece of a message's header, with LF line ends.
    fn piece(&mut self, whose: &T, piece: &[u8]) -> Result<()>;

    /// The header is whole, or the server refused it.
    fn end(&mut self, whose: T, result: std::result::Result<(), Rejection>) -> Result<()>;
}

/// Asks for the header of each message and hands it on.
pub(super) fn read<T>(
    session: &mut Session<Transaction>,
    wanted: impl IntoIterator<Item = (MessageNumber, T)>,
    sink: &mut impl Sink<T>,
) -> Result<()> {
    let mut flight = session.flight();
    let mut todo = wanted.into_iter().peekable();
    let mut asked = VecDeque::new();
    let mut buffer = Vec::new();
    loop {
        if flight.wants_refill() {
            while let Some((number, whose)) = todo.next_if(|_| flight.has_room(USUAL_SIZE)) {
                flight.top(number, 0, USUAL_SIZE)?;
                asked.push_back(whose);
            }
            flight.push()?;
        }
        let Some(reply) = flight.reply()? else { return Ok(()) };
        let Some(whose) = asked.pop_front() else { return Ok(()) };
        if let Err(rejection) = reply.result {
            sink.end(whose, Err(rejection))?;
            continue;
        }
        loop {
            buffer.clear();
            let step = flight.read(LineEnd::Lf, &mut buffer)?;
            sink.piece(&whose, &buffer)?;
            if step == Step::Done {
                break;
            }
        }
        flight.finish();
        sink.end(whose, Ok(()))?;
    }
}

/// The hash of each header, see [`crate::store::Fingerprint::header`]; `None` where the server refused it.
pub(super) fn hashes<T>(
    session: &mut Session<Transaction>,
    wanted: impl IntoIterator<Item = (MessageNumber, T)>,
) -> Result<Vec<(T, Option<[u8; 16]>)>> {
    let mut hashes = Hashes { print: Fingerprinter::new(LineEnd::Lf), found: Vec::new() };
    read(session, wanted, &mut hashes)?;
    Ok(hashes.found)
}

struct Hashes<T> {
    print: Fingerprinter,
    found: Vec<(T, Option<[u8; 16]>)>,
}

impl<T> Sink<T> for Hashes<T> {
    fn piece(&mut self, _whose: &T, piece: &[u8]) -> Result<()> {
        self.print.update(piece);
        Ok(())
    }

    fn end(&mut self, whose: T, result: std::result::Result<(), Rejection>) -> Result<()> {
        let print = std::mem::replace(&mut self.print, Fingerprinter::new(LineEnd::Lf));
        self.found.push((whose, result.ok().map(|()| print.finish(0).header)));
        Ok(())
    }
}
