//! An mbox, read as it comes: a message begins at a line `From ` that stands first or behind an empty line. Quoting is undone as
//! mboxrd has it, which is right for mboxo too, unless a message had such a quote itself.

use std::io::{self, BufRead, Read};
use std::time::SystemTime;

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// Lines are read in pieces of this size.
const PIECE: u64 = 64 * 1024;

/// The messages of an mbox, in bounded memory.
#[derive(Debug)]
pub struct Mbox<R> {
    input: R,
    state: State,
}

#[derive(Debug)]
struct State {
    /// The line, or the piece of one, that was read last, and has not been given out.
    piece: Vec<u8>,
    /// How much of the piece was given out.
    given: usize,
    /// The piece begins a line.
    at_start: bool,
    /// An empty line that belongs to the message only if that goes on.
    held: Option<Vec<u8>>,
    at: At,
    /// The line in front of the message in hand, or the next.
    separator: Vec<u8>,
    /// What ended it before its end.
    failure: Option<io::Error>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    Begin,
    /// Behind a line that begins a message.
    Separator,
    Inside,
    End,
}

impl<R: BufRead> Mbox<R> {
    /// The messages of this text.
    pub fn new(input: R) -> Self {
        let state = State {
            piece: Vec::new(),
            given: 0,
            at_start: true,
            held: None,
            at: At::Begin,
            separator: Vec::new(),
            failure: None,
        };
        Self { input, state }
    }

    /// The next message; what was not read of the one before is passed over. `None` if there are no more.
    ///
    /// # Errors
    ///
    /// Those of reading, and [`io::ErrorKind::InvalidData`] if the text does not begin with `From `.
    pub fn message(&mut self) -> io::Result<Option<MboxMessage<'_, R>>> {
        match self.state.at {
            At::Begin => self.begin()?,
            At::Inside => MboxMessage { mbox: self }.finish()?,
            At::Separator | At::End => {}
        }
        if self.state.at != At::Separator {
            return Ok(None);
        }
        self.state.at = At::Inside;
        Ok(Some(MboxMessage { mbox: self }))
    }

    /// Whether nothing follows.
    pub fn is_over(&self) -> bool {
        self.state.at == At::End
    }

    /// What it is read from.
    pub fn input(&self) -> &R {
        &self.input
    }

    /// Finds the first message.
    fn begin(&mut self) -> io::Result<()> {
        // Empty lines in front of it mean nothing.
        loop {
            self.state.piece.clear();
            if !self.line()? {
                self.state.at = At::End;
                return Ok(());
            }
            if is_separator(&self.state.piece) {
                return self.separate();
            }
            if !is_empty(&self.state.piece) {
                self.state.at = At::End;
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it is no mbox: it does not begin with \"From \"",
                ));
            }
        }
    }

    /// Takes the line whose beginning was read for what is in front of a message.
    fn separate(&mut self) -> io::Result<()> {
        self.state.separator.clone_from(&self.state.piece);
        while !self.state.piece.ends_with(b"\n") {
            self.state.piece.clear();
            if !self.line()? {
                break;
            }
        }
        self.state.piece.clear();
        self.state.given = 0;
        self.state.at_start = true;
        self.state.at = At::Separator;
        Ok(())
    }

    /// Appends the rest of the line with its end, or a piece of it; `false` at the end.
    fn line(&mut self) -> io::Result<bool> {
        Ok((&mut self.input).take(PIECE).read_until(b'\n', &mut self.state.piece)? > 0)
    }
}

/// A message of an [`Mbox`], without separator and quotes; its line ends are as they were.
#[derive(Debug)]
pub struct MboxMessage<'m, R> {
    mbox: &'m mut Mbox<R>,
}

impl<R: BufRead> MboxMessage<'_, R> {
    /// The time in the line in front of it, as asctime(3) writes it: UTC, if it does not say otherwise (RFC 4155).
    pub fn date(&self) -> Option<SystemTime> {
        from_date(&self.mbox.state.separator)
    }

    /// Passes over the rest of it.
    ///
    /// # Errors
    ///
    /// What ended reading it too early, also if that was told already.
    pub fn finish(mut self) -> io::Result<()> {
        let drained = io::copy(&mut self, &mut io::sink());
        match self.mbox.state.failure.take() {
            Some(failure) => Err(failure),
            None => drained.map(drop),
        }
    }

    /// Sees to it that there is something to give out; `false` at the message's end.
    fn fill(&mut self) -> io::Result<bool> {
        let mbox = &mut *self.mbox;
        while mbox.state.given >= mbox.state.piece.len() {
            if mbox.state.at != At::Inside {
                return Ok(false);
            }
            mbox.state.at_start = mbox.state.piece.is_empty() || mbox.state.piece.ends_with(b"\n");
            mbox.state.piece.clear();
            mbox.state.given = 0;
            if !mbox.line()? {
                mbox.state.at = At::End;
                mbox.state.held = None;
                return Ok(false);
            }
            let state = &mut mbox.state;
            if !state.at_start {
                continue;
            }
            if is_separator(&state.piece) && state.held.is_some() {
                state.held = None;
                mbox.separate()?;
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

impl<R: BufRead> Read for MboxMessage<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.fill() {
            Ok(true) => {}
            Ok(false) => return Ok(0),
            Err(failure) => {
                let told = io::Error::new(failure.kind(), failure.to_string());
                self.mbox.state.failure = Some(failure);
                self.mbox.state.at = At::End;
                return Err(told);
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

/// The time at the end of a line `From SENDER Thu Jan  1 00:00:00 1970`, whatever the sender looks like; `+0100` may follow.
fn from_date(line: &[u8]) -> Option<SystemTime> {
    let line = std::str::from_utf8(line).ok()?;
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let (words, offset) = match words.split_last()? {
        (zone, words) if zone.starts_with(['+', '-']) => (words, offset(zone)?),
        _ => (words.as_slice(), Offset::UTC),
    };
    let [.., month, day, time, year] = words else { return None };
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    // A leap second is the one before it.
    let second = parts.next().map_or(Some(0), |second| second)?.min(59);
    let month = i8::try_from(month).ok()?.checked_add(1)?;
    let time = civil::DateTime::new(year.parse().ok()?, month, day.parse().ok()?, hour, minute, second, 0).ok()?;
    let zoned = time.to_zoned(TimeZone::fixed(offset)).ok()?;
    Some(zoned.timestamp().into())
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn offset(zone: &str) -> Option<Offset> {
    let number: i32 = zone.parse().ok()?;
    let seconds = (number / 100).checked_mul(3600)?.checked_add((number % 100).checked_mul(60)?)?;
    Offset::from_seconds(seconds).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(mbox: &[u8]) -> Vec<String> {
        let mut mbox = Mbox::new(io::BufReader::with_capacity(7, mbox));
        let mut texts = Vec::new();
        while let Some(mut message) = mbox.message().unwrap() {
            let mut text = String::new();
            message.read_to_string(&mut text).unwrap();
            texts.push(text);
        }
        assert!(mbox.is_over());
        texts
    }

    #[test]
    fn messages_without_separators_and_quotes() {
        let mbox = b"\nFrom a@b Thu Jan  1 00:00:00 1970\nSubject: 1\n\n>From x\n>>From y\n> From z\n\n\n\n\
                     From - x\nSubject: 2\nFrom: a\n\nnot yet\nFrom here on\n\nFrom \r\nSubject: 3\r\n\r\nend";
        assert_eq!(
            texts(mbox),
            [
                "Subject: 1\n\nFrom x\n>From y\n> From z\n\n\n",
                "Subject: 2\nFrom: a\n\nnot yet\nFrom here on\n",
                "Subject: 3\r\n\r\nend",
            ]
        );
        assert_eq!(texts(b""), [""; 0]);
        assert_eq!(texts(b"\n\n"), [""; 0]);
        assert_eq!(texts(b"From x\n\n\n").len(), 1);
        let error = Mbox::new(&b"Subject: x\n\nFrom y\n"[..]).message().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn what_is_not_read_of_a_message_is_passed_over() {
        let mut mbox = Mbox::new(&b"From x\none\nmore\n\nFrom y\ntwo\n"[..]);
        let mut first = [0; 2];
        mbox.message().unwrap().unwrap().read_exact(&mut first).unwrap();
        let mut text = String::new();
        mbox.message().unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((&first, text.as_str()), (b"on", "two\n"));
        assert!(mbox.message().unwrap().is_none());
    }

    #[test]
    fn a_failure_is_told_again_at_the_end() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let mut mbox = Mbox::new(io::BufReader::new(b"From x\none\n".chain(Broken)));
        let mut message = mbox.message().unwrap().unwrap();
        assert!(message.read_to_end(&mut Vec::new()).is_err());
        assert_eq!(message.finish().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        assert!(mbox.message().unwrap().is_none());
    }

    #[test]
    fn the_date_in_front() {
        let seconds = |line: &str| {
            let date = from_date(line.as_bytes())?;
            date.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
        };
        for (line, expected) in [
            ("From a@b Thu Jan  1 00:00:10 1970\n", Some(10)),
            ("From a@b Fri Jul 11 21:00:37 2003", Some(1_057_957_237)),
            ("From a b c Fri Jul 11 21:00:37 2003 -0700\r\n", Some(1_057_982_437)),
            ("From - Fri Jul 11 21:00 2003\n", Some(1_057_957_200)),
            ("From - Sat Dec 31 23:59:60 2016\n", Some(1_483_228_799)),
            ("From x\n", None),
            ("From x Fri Jul 32 21:00:37 2003\n", None),
            ("From x Fri Jux 11 21:00:37 2003\n", None),
            ("From x Jul 11 21:99999999999:37 2003\n", None),
            ("From x Jul 11 21:00:37 99999999\n", None),
            ("From x Jul 11 21:00:37 2003 +99999999999\n", None),
        ] {
            assert_eq!(seconds(line), expected, "{line:?}");
        }
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
            let expected: Vec<String> = bodies.iter().map(|body| format!("Subject: x\n\n{body}")).collect();
            prop_assert_eq!(texts(mbox.as_bytes()), expected);
        }
    }
}
