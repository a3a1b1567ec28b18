//! `popfetch list`: what is on the server, and what the ledger knows of it.

use std::borrow::Cow;
use std::time::SystemTime;

use super::job::{Job, end};
use crate::cli::args::ListArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::record::{Header, Row};
use crate::cli::output::{Mail, Record};
use crate::error::Result;
use crate::pop3::{Flight, Listing, Message, Session, Survey, Transaction, Uidl};
use crate::store::ledger::History;
use crate::wire::{LineEnd, Step};

/// How much of a header is looked at, in octets.
const MAX_HEADER: usize = 256 * 1024;

/// How much a header is expected to take of the window of what is on its way.
const USUAL_HEADER: u64 = 4 * 1024;

pub(super) fn run(args: &ListArgs, job: &Job<'_>) -> Result<Exit, Failure> {
    job.make_state_dir()?;
    let history = job.history()?;
    let mut session = job.login()?;
    let told = tell(args, job, &history, &mut session);
    match told {
        Ok(()) => {
            session.leave();
            Ok(Exit::OK)
        }
        Err(error) => {
            end(session, &error);
            Err(error.into())
        }
    }
}

fn tell(args: &ListArgs, job: &Job<'_>, history: &History, session: &mut Session<Transaction>) -> Result<()> {
    let Survey { listing, uidl } = job.survey(session)?;
    if uidl == Uidl::Missing && !listing.is_empty() {
        job.warn("the server has no UIDL: what was fetched before cannot be told");
    }
    let row = |message: &Message<'_>, header: Option<Header<'_>>| {
        let known = history.lookup(message.uid, message.ordinal).filter(|_| uidl == Uidl::Offered);
        let state = known.map_or("new", |entry| entry.state.word());
        let mail = Mail { account: job.name(), uidl: message.uid, number: Some(message.number), size: message.size };
        job.output().record(&Record::Row(Row { mail, state, of: listing.len(), header }));
    };
    match args.headers {
        true => with_headers(job, &listing, session, row),
        false => {
            listing.messages().for_each(|message| row(&message, None));
            Ok(())
        }
    }
}

/// Asks for the headers, many at a time, and tells each message as its header comes.
fn with_headers(
    job: &Job<'_>,
    listing: &Listing,
    session: &mut Session<Transaction>,
    row: impl Fn(&Message<'_>, Option<Header<'_>>),
) -> Result<()> {
    let mut flight = session.flight();
    let mut asked = 0;
    let mut refused = false;
    for message in listing.messages() {
        while flight.has_room(USUAL_HEADER) && !job.output().is_closed() {
            let Some(next) = listing.at(asked) else { break };
            flight.top(next.number, 0, USUAL_HEADER)?;
            asked += 1;
        }
        flight.push()?;
        let Some(reply) = flight.reply()? else { break };
        match reply.result {
            Ok(()) => {
                let header = Fields::parse(&read(&mut flight)?);
                row(&message, Some(header.borrow()));
            }
            Err(rejection) => {
                if !std::mem::replace(&mut refused, true) {
                    job.warn(&format!("the server does not show headers: {rejection}"));
                }
                row(&message, None);
            }
        }
    }
    flight.check_step()
}

fn read(flight: &mut Flight<'_>) -> Result<Vec<u8>> {
    let mut header = Vec::new();
    let mut rest = Vec::new();
    loop {
        let into = if header.len() < MAX_HEADER { &mut header } else { &mut rest };
        let step = flight.read(LineEnd::Lf, into)?;
        rest.clear();
        if step == Step::Done {
            flight.finish();
            return Ok(header);
        }
    }
}

/// Fields of a header, decoded.
#[derive(Debug, Default, Eq, PartialEq)]
struct Fields {
    from: String,
    date: Option<SystemTime>,
    subject: String,
}

impl Fields {
    fn parse(header: &[u8]) -> Self {
        let mut fields = Self::default();
        let mut rest = header;
        let mut met = [false; 3];
        // One odd line must not hide the fields behind it.
        while let Some((name, value, after)) = next_field(rest) {
            rest = after;
            let Some(at) =
                ["from", "date", "subject"].iter().position(|known| name.eq_ignore_ascii_case(known.as_bytes()))
            else {
                continue;
            };
            // The first one counts, as it does for those who show the mail.
            if met.get_mut(at).is_none_or(|met| std::mem::replace(met, true)) {
                continue;
            }
            match at {
                0 => fields.from = decoded(value),
                1 => fields.date = date(value),
                _ => fields.subject = decoded(value),
            }
        }
        fields
    }

    fn borrow(&self) -> Header<'_> {
        Header { from: &self.from, date: self.date, subject: &self.subject }
    }
}

/// The next field's name and its value with the folds in it; lines that are no field are passed over.
fn next_field(header: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut rest = header;
    while !rest.is_empty() && !rest.starts_with(b"\n") {
        let mut end = line_end(rest, 0);
        while rest.get(end).is_some_and(|first| matches!(first, b' ' | b'\t')) {
            end = line_end(rest, end);
        }
        let (field, after) = rest.split_at(end);
        if let Some(colon) = memchr::memchr(b':', field) {
            let (name, value) = field.split_at(colon);
            return Some((name.trim_ascii_end(), value.get(1..).unwrap_or_default(), after));
        }
        rest = after;
    }
    None
}

/// Where the line that begins at `from` ends, its line end included.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(bytes.len(), |at| from + at + 1)
}

/// Unfolded and decoded (RFC 2047), on one line.
fn decoded(value: &[u8]) -> String {
    let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let text: Cow<'_, str> = String::from_utf8_lossy(unfolded.trim_ascii());
    let field = [b"X: ", text.as_bytes()].concat();
    match mailparse::parse_header(&field) {
        Ok((header, _)) => header.get_value(),
        Err(_) => text.into_owned(),
    }
}

fn date(value: &[u8]) -> Option<SystemTime> {
    let text = String::from_utf8_lossy(value);
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let unfolded: String = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    parser.parse_timestamp(&unfolded).ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_of_real_headers() {
        let fields = Fields::parse(
            b"Received: x\n\tby y\njunk\nFROM : =?utf-8?Q?J=C3=B6rg?= <j@example.org>\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\n \
              =?UTF-8?B?IGF1cw==?=\nSubject: second\nDate: Thu, 01 Jan 1970 00:01:00 +0000 (UTC)\n\nFrom: body\n",
        );
        assert_eq!(fields.from, "Jörg <j@example.org>");
        assert_eq!(fields.subject, "Grüße aus");
        assert_eq!(fields.date, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)));
    }

    #[test]
    fn odd_headers() {
        assert_eq!(Fields::parse(b""), Fields::default());
        assert_eq!(Fields::parse(b"\nSubject: body\n"), Fields::default());
        let fields = Fields::parse(b"Subject: caf\xe9\nDate: yesterday\nFrom:");
        assert_eq!((fields.subject.as_str(), fields.date, fields.from.as_str()), ("caf\u{fffd}", None, ""));
        // What an encoded word hides is made harmless where it is shown.
        assert_eq!(Fields::parse(b"Subject: =?utf-8?Q?a=1B=5B31m?=").subject, "a\x1b[31m");
    }

    proptest! {
        #[test]
        fn no_header_panics(header in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut whole = b"Subject: ".to_vec();
            whole.extend(&header);
            whole.extend(b"\nDate: ");
            whole.extend(&header);
            Fields::parse(&whole);
        }
    }
}
