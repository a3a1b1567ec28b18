//! Takes every response, and tells it.

use std::collections::VecDeque;

use super::view::View;
use crate::cli::imapctl::job::Job;
use crate::cli::output::record::imapctl::What;
use crate::error::Result;
use crate::imap::grammar::{Data, Flaw, LiteralHead, Response};
use crate::imap::{Frame, Receiver, Take};

/// How many octets of the literals of one response are shown.
const SHOWN: usize = 64 * 1024;

/// The literals of one response.
#[derive(Debug, Default)]
struct Literals {
    /// How much more is shown of this response.
    left: usize,
    /// Those that are streamed: how long they are, and how they begin.
    begun: VecDeque<(u64, Vec<u8>)>,
}

/// Tells what comes. Of literals that hold messages it shows so much and counts the rest: no large message is ever in memory.
pub(super) struct Listener<'j, 'p> {
    job: &'j Job<'p>,
    literals: Literals,
}

impl<'j, 'p> Listener<'j, 'p> {
    pub(super) fn new(job: &'j Job<'p>) -> Self {
        Self { job, literals: Literals::new() }
    }
}

impl Receiver for Listener<'_, '_> {
    fn data(&mut self, _: &Data<'_>) -> Result<()> {
        Ok(())
    }

    fn literal(&mut self, _: &LiteralHead<'_>, octets: u64) -> Result<Take> {
        Ok(self.literals.take(octets))
    }

    fn octets(&mut self, octets: &[u8]) -> Result<()> {
        self.literals.octets(octets);
        Ok(())
    }

    fn response(&mut self, frame: &Frame, response: &std::result::Result<Response<'_>, Flaw>) -> Result<()> {
        let (octets, omitted) = std::mem::replace(&mut self.literals, Literals::new()).fill(frame);
        View::of(response).tell(&octets, omitted, &mut |reply| self.job.tell(What::Reply(*reply)));
        Ok(())
    }
}

impl Literals {
    fn new() -> Self {
        Self { left: SHOWN, begun: VecDeque::new() }
    }

    fn take(&mut self, octets: u64) -> Take {
        match usize::try_from(octets).ok().and_then(|octets| self.left.checked_sub(octets)) {
            Some(left) => {
                self.left = left;
                Take::Hold
            }
            None => {
                self.begun.push_back((octets, Vec::new()));
                Take::Stream
            }
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        let Some((_, begun)) = self.begun.back_mut() else { return };
        let shown = octets.get(..self.left).unwrap_or(octets);
        begun.extend_from_slice(shown);
        self.left = self.left.saturating_sub(shown.len());
    }

    /// The response with what is shown of its literals in place, and how much of them is not.
    fn fill(mut self, frame: &Frame) -> (Vec<u8>, u64) {
        let (mut filled, mut omitted, mut from) = (Vec::new(), 0u64, 0);
        for gap in &frame.streamed {
            filled.extend_from_slice(frame.bytes.get(from..gap.at).unwrap_or_default());
            from = gap.at;
            // What did not fit into its row was never given to us.
            let is_ours = self.begun.front().is_some_and(|(octets, _)| *octets == gap.octets);
            let begun = self.begun.pop_front().filter(|_| is_ours).map(|(_, begun)| begun).unwrap_or_default();
            omitted = omitted.saturating_add(gap.octets.saturating_sub(begun.len() as u64));
            filled.extend_from_slice(&begun);
        }
        filled.extend_from_slice(frame.bytes.get(from..).unwrap_or_default());
        (filled, omitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::Gap;

    #[test]
    fn large_literals_are_begun_and_counted() {
        let mut literals = Literals::new();
        assert_eq!(literals.take(5), Take::Hold);
        assert_eq!(literals.take(100_000), Take::Stream);
        for _ in 0..100 {
            literals.octets(&[b'x'; 1000]);
        }
        assert_eq!(literals.take(3), Take::Stream);
        literals.octets(b"abc");
        let streamed = vec![Gap { at: 9, octets: 100_000 }, Gap { at: 15, octets: 3 }];
        let frame = Frame { bytes: b"{100000}\n {3}\r\n)".to_vec(), streamed };
        let (filled, omitted) = literals.fill(&frame);
        assert_eq!(filled.len(), 16 + SHOWN - 5);
        assert!(filled.starts_with(b"{100000}\nxxx") && filled.ends_with(b"xx {3}\r\n)"));
        assert_eq!(omitted, 100_000 - (SHOWN as u64 - 5) + 3);
    }

    #[test]
    fn what_has_no_literals_is_as_it_was() {
        let frame = Frame::new("* 1 EXISTS");
        assert_eq!(Literals::new().fill(&frame), (b"* 1 EXISTS".to_vec(), 0));
    }
}
