//! The mbox format, in its mboxrd variant: a From_ line in front, an empty line behind, and one `>` more on every line
//! of the message that reads `>*From `, so that quoting can be undone exactly.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::spool::Source;
use crate::error::Result;

/// What lines of a message must not begin with.
const FROM: &[u8] = b"From ";

/// Quotes a message that comes in chunks cut anywhere.
#[derive(Debug)]
pub(crate) struct Quoter {
    at: At,
    last: u8,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    /// At a line's start, or after nothing but `>`.
    Start,
    /// After this many octets of `From `, which are held back: a `>` in front of them or of the whole run is the same.
    Held(usize),
    /// Further on: only the line's end matters.
    Inside,
}

impl Quoter {
    pub(crate) fn new() -> Self {
        Self { at: At::Start, last: b'\n' }
    }

    /// Appends the next chunk, quoted, to `out`.
    pub(crate) fn quote(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut rest = chunk;
        while let Some((&octet, tail)) = rest.split_first() {
            match self.at {
                At::Inside => {
                    let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
                    let (line, next) = rest.split_at(end);
                    out.extend_from_slice(line);
                    if line.ends_with(b"\n") {
                        self.at = At::Start;
                    }
                    rest = next;
                }
                At::Start if octet == b'>' => {
                    out.push(octet);
                    rest = tail;
                }
                At::Start => self.at = At::Held(0),
                At::Held(held) if FROM.get(held) == Some(&octet) => {
                    rest = tail;
                    self.at = At::Held(held + 1);
                    if held + 1 == FROM.len() {
                        out.push(b'>');
                        self.release(out);
                    }
                }
                At::Held(_) => self.release(out),
            }
        }
        if let Some(&last) = chunk.last() {
            self.last = last;
        }
    }

    /// Ends the message: what was held back, a line end if the last line has none, and the empty line.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) {
        self.release(out);
        if self.last != b'\n' {
            out.push(b'\n');
        }
        out.push(b'\n');
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        if let At::Held(held) = self.at {
            out.extend_from_slice(FROM.get(..held).unwrap_or_default());
        }
        self.at = At::Inside;
    }
}

/// Gives a message in mbox form to `sink`: From_ line, quoted message, empty line.
pub(crate) fn write(source: &Source, from: &str, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    sink(from.as_bytes())?;
    let mut quoter = Quoter::new();
    let mut out = Vec::new();
    source.for_each_chunk(|chunk| {
        out.clear();
        quoter.quote(chunk, &mut out);
        sink(&out)
    })?;
    out.clear();
    quoter.finish(&mut out);
    sink(&out)
}

/// The From_ line of a message: `From SENDER DATE`, in UTC as asctime(3) writes it.
pub(crate) fn from_line(source: &Source, now: SystemTime) -> Result<String> {
    const LOOKED_AT: usize = 8192;
    let head = source.head(LOOKED_AT)?;
    let sender = return_path(&head).unwrap_or("MAILER-DAEMON");
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(format!("From {sender} {}\n", asctime(seconds)))
}

/// The address in the header's first Return-Path field, if it is one that needs no quoting.
fn return_path(head: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"return-path:";
    const LONGEST: usize = 256;
    let line = head
        .split(|&octet| octet == b'\n')
        .take_while(|line| !line.is_empty())
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    let value = line.get(NAME.len()..)?.trim_ascii();
    let address = value.strip_prefix(b"<")?.strip_suffix(b">")?;
    let clean = !address.is_empty()
        && address.len() <= LONGEST
        && address.iter().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>' | b'"' | b'\\'));
    if clean { std::str::from_utf8(address).ok() } else { None }
}

/// Seconds since 1970 as `Thu Jan  1 00:00:00 1970`.
fn asctime(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days are counted from 1 March of year 0, so that a leap day is the last of its year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 2 } else { from_march - 10 };
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let name = |names: &[&'static str], index: u64| -> &'static str {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("???")
    };
    let (weekday, month) = (name(&DAYS, days % 7), name(&MONTHS, month));
    format!("{weekday} {month} {day:2} {:02}:{:02}:{:02} {year}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(message: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut quoter = Quoter::new();
        quoter.quote(message, &mut out);
        quoter.finish(&mut out);
        out
    }

    fn unquoted(mbox: &[u8]) -> Vec<u8> {
        let lines = mbox.strip_suffix(b"\n").unwrap().split_inclusive(|&octet| octet == b'\n');
        lines
            .flat_map(|line| {
                let marks = line.iter().take_while(|&&octet| octet == b'>').count();
                let strip = marks > 0 && line[marks..].starts_with(FROM);
                line[usize::from(strip)..].to_vec()
            })
            .collect()
    }

    #[test]
    fn only_from_lines_are_quoted() {
        let text = b"From me\n>From you\nfrom us\nFrom\n From it\n>>>From\nxFrom x\nFrom\ty\nFro";
        let expected = b">From me\n>>From you\nfrom us\nFrom\n From it\n>>>From\nxFrom x\nFrom\ty\nFro\n\n";
        assert_eq!(quoted(text), expected);
        assert_eq!(quoted(b""), b"\n");
        assert_eq!(quoted(b"a"), b"a\n\n");
        assert_eq!(quoted(b"a\n"), b"a\n\n");
        assert_eq!(quoted(b"From "), b">From \n\n");
    }

    proptest! {
        #[test]
        fn quoting_can_be_undone_and_chunks_do_not_matter(
            pieces in prop::collection::vec(prop::sample::select(vec!["From ", ">", "F", "From", "\n", " ", "x", "From x\n", "\r\n"]), 0..24),
            cut in 1usize..5,
        ) {
            let message = pieces.concat().into_bytes();
            let once = quoted(&message);
            let mut whole = message.clone();
            if !whole.is_empty() && !whole.ends_with(b"\n") {
                whole.push(b'\n');
            }
            prop_assert_eq!(unquoted(&once), whole);
            prop_assert!(!once.split(|&octet| octet == b'\n').any(|line| line.starts_with(FROM)));
            let mut quoter = Quoter::new();
            let mut out = Vec::new();
            for chunk in message.chunks(cut) {
                quoter.quote(chunk, &mut out);
            }
            quoter.finish(&mut out);
            prop_assert_eq!(out, once);
        }

        #[test]
        fn dates_agree_with_a_calendar(seconds in 0u64..253_402_300_799) {
            let time = jiff::Timestamp::from_second(seconds as i64).unwrap();
            prop_assert_eq!(asctime(seconds), time.strftime("%a %b %e %H:%M:%S %Y").to_string());
        }
    }

    #[test]
    fn senders_are_taken_only_when_clean() {
        let sender = |text: &str| return_path(text.as_bytes()).map(str::to_owned);
        assert_eq!(sender("a: b\nRETURN-path: <x@example.org>\nReturn-Path: <y@z>\n\n").unwrap(), "x@example.org");
        for text in [
            "",
            "Return-Path: <>\n",
            "Return-Path: x@y\n",
            "Return-Path: <a b@c>\n",
            "a: b\n\nReturn-Path: <x@y>\n",
            "Return-Path: <\x1b[1m@c>\n",
        ] {
            assert_eq!(sender(text), None, "{text:?}");
        }
        let source = Source::Memory(b"Return-Path: <x@y>\n\nFrom here\n".to_vec());
        let from = from_line(&source, UNIX_EPOCH).unwrap();
        assert_eq!(from, "From x@y Thu Jan  1 00:00:00 1970\n");
        let mut out = Vec::new();
        write(&source, &from, |bytes| {
            out.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
        assert_eq!(out, b"From x@y Thu Jan  1 00:00:00 1970\nReturn-Path: <x@y>\n\n>From here\n\n");
    }
}
