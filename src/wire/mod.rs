//! Lines, octets and dot-stuffed data over a [`Stream`], and who said what.
//!
//! A [`Connection`] sends commands of one line, reads bounded lines and multi-line data under deadlines, and records
//! the conversation in a [`Transcript`]. It may be compressed from some point on. It knows no protocol's grammar.

mod deflate;
pub mod dot;
pub mod line;
mod literal;
pub mod transcript;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Phase, Result};
use crate::net::tls::{Connector, TlsFacts};
use crate::net::{Addresses, Compression, Deadline, Interrupt, Pace, Stream, Timeouts};
use crate::secret::Secret;
use crate::text::{sanitize, sanitize_capped};
use deflate::Deflate;
pub use dot::{DotDecoder, DotEncoder, LineEnd, Step};
pub use line::MAX_LINE;
use transcript::grouped;
pub use transcript::{Direction, Entry, Record, Secrets, Transcript};

/// The most of a line that is passed over before its sender is taken to be mad.
const MAX_PASSED_OVER: usize = 16 * 1024 * 1024;

/// How long an orderly end may take before the connection is simply dropped.
const FAREWELL: Duration = Duration::from_secs(2);

/// A conversation with one server.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    timeouts: Timeouts,
    transcript: Transcript,
    line: Vec<u8>,
    bare_lf: BareLf,
    /// What is not listened to for now.
    unheeded: Option<Arc<Interrupt>>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum BareLf {
    Unseen,
    Noted,
}

impl Connection {
    /// A conversation over a connected stream.
    pub fn new(stream: Stream, timeouts: Timeouts, transcript: Transcript) -> Self {
        Self { stream, timeouts, transcript, line: Vec::new(), bare_lf: BareLf::Unseen, unheeded: None }
    }

    /// What the TLS handshake settled; `None` in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.stream.tls()
    }

    /// Whether the bytes never cross a network.
    pub fn is_private(&self) -> bool {
        self.stream.is_private()
    }

    /// Both ends of the TCP connection, as [`crate::net::Transport::addresses`] has them.
    pub fn addresses(&self) -> Option<Addresses> {
        self.stream.addresses()
    }

    /// The budgets of this conversation.
    pub fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// From now on a signal ends nothing that is waited for.
    pub fn outlast_signals(&mut self) {
        self.unheeded = self.timeouts.interrupt.take().or(self.unheeded.take());
    }

    /// From now on a signal ends what is waited for again, one that has come meanwhile too.
    pub fn heed_signals(&mut self) {
        self.timeouts.interrupt = self.unheeded.take().or(self.timeouts.interrupt.take());
    }

    /// The record of this conversation.
    pub fn transcript(&mut self) -> &mut Transcript {
        &mut self.transcript
    }

    /// Records how many lines a reply had that the transcript does not show.
    pub fn note_rows(&mut self, count: u64) {
        if !self.transcript.shows_bodies() {
            let lines = if count == 1 { "line" } else { "lines" };
            let text = format!("[{} {lines}]", grouped(count));
            self.transcript.summary(Direction::Received, self.stream.tls().is_some(), text);
        }
    }

    /// Records how much data was sent that the transcript does not show.
    pub fn note_sent(&mut self, octets: u64) {
        if !self.transcript.shows_bodies() {
            let text = format!("[{} octets]", grouped(octets));
            self.transcript.summary(Direction::Sent, self.stream.tls().is_some(), text);
        }
    }

    /// Records a local event.
    pub fn note(&mut self, event: &str) {
        self.transcript.event(event);
    }

    /// Hides the secret wherever it may show up from now on.
    pub fn hide(&mut self, secret: &Secret) {
        self.transcript.masker().add(secret);
    }

    /// The bytes as harmless text, with known secrets masked: what a server said, for errors and reports.
    pub fn quote(&self, bytes: &[u8]) -> String {
        sanitize(&self.transcript.masker().mask(bytes))
    }

    /// As [`Connection::quote`], at most `max` characters of it. What is cut off was masked before, so that no part of a
    /// secret is left at the edge.
    pub fn quote_capped(&self, bytes: &[u8], max: usize) -> String {
        sanitize_capped(&self.transcript.masker().mask(bytes), max)
    }

    /// Queues a command line; CRLF is added. Fails with [`Error::InvalidInput`] on CR, LF or NUL.
    pub fn send(&mut self, command: &[u8]) -> Result<()> {
        check_line(command)?;
        self.transcript.line(Direction::Sent, self.stream.tls().is_some(), command);
        self.queue_line(&[command]);
        Ok(())
    }

    /// Queues a line that ends in a secret. The transcript shows it as `visible` and [`MASK`](crate::secret::MASK), by construction.
    pub fn send_secret(&mut self, visible: &[u8], secret: &Secret) -> Result<()> {
        check_line(visible)?;
        check_line(secret.expose())?;
        self.transcript.secret_line(self.stream.tls().is_some(), visible, secret);
        self.queue_line(&[visible, secret.expose()]);
        Ok(())
    }

    /// Sends what is queued, in one write, as far as the peer takes it at once; reading sends the rest.
    pub fn push(&mut self) -> Result<()> {
        self.stream.push()
    }

    /// Queues data that is no line: a message, framed already.
    pub fn send_data(&mut self, data: &[u8]) {
        if self.transcript.shows_bodies() {
            self.transcript.data(Direction::Sent, self.stream.tls().is_some(), data);
        }
        self.stream.queue(data);
    }

    /// Queues octets as they are, for those who test what a server makes of them; the transcript shows each as a line.
    pub fn send_octets(&mut self, octets: &[u8]) {
        self.transcript.line(Direction::Sent, self.stream.tls().is_some(), octets);
        self.stream.queue(octets);
    }

    /// Sends all that is queued, taking in what the peer says meanwhile.
    ///
    /// After an error, what the peer said before it stopped listening can still be read.
    pub fn flush(&mut self, deadline: &Deadline) -> Result<()> {
        self.stream.flush(deadline).inspect_err(|error| self.transcript.event(&error.to_string()))
    }

    /// How many octets wait to be sent.
    pub fn queued(&self) -> usize {
        self.stream.queued()
    }

    /// How many octets were queued since the connection, or TLS or compression on it, began. Once [`Connection::handed`] has reached
    /// this, all that was queued so far may have arrived; until then the last of it has not.
    pub fn position(&self) -> u64 {
        self.stream.handed().saturating_add(self.stream.queued() as u64)
    }

    /// How many octets the transport has taken since the connection, or TLS or compression on it, began.
    pub fn handed(&self) -> u64 {
        self.stream.handed()
    }

    /// Whether a line has come, without waiting for one. [`Error::Closed`] if none has and none will.
    pub fn poll_line(&mut self, phase: Phase) -> Result<bool> {
        let open = self.stream.poll();
        if line::find(self.stream.buffered(), 0).is_some() {
            return Ok(true);
        }
        match open {
            Ok(true) => Ok(false),
            Ok(false) => Err(Error::Closed { phase, truncated: false }),
            Err(error) => Err(error),
        }
    }

    /// What has come and was not read.
    pub fn buffered(&self) -> &[u8] {
        self.stream.buffered()
    }

    /// Whether nothing has come that was not read.
    pub fn is_drained(&self) -> bool {
        self.stream.buffered().is_empty()
    }

    /// What has come and was not read, for an error message.
    pub fn leftovers(&self) -> String {
        let buffered = self.stream.buffered();
        self.quote_capped(buffered.get(..buffered.len().min(MAX_LINE)).unwrap_or_default(), 80)
    }

    /// Reads one line of at most [`MAX_LINE`] octets, without its line end.
    ///
    /// Quirk: a bare LF ends a status line too, since some servers end only their own lines so; it never ends data.
    pub fn read_line(&mut self, deadline: &Deadline) -> Result<&[u8]> {
        let mut scanned = 0;
        loop {
            let buffered = self.stream.buffered();
            if let Some(found) = line::find(buffered, scanned) {
                self.take_line(found, Shown::Line);
                return Ok(&self.line);
            }
            scanned = buffered.len();
            if scanned > MAX_LINE {
                return Err(Error::Limit { what: "a line", limit: MAX_LINE as u64 });
            }
            self.fill(deadline)?;
        }
    }

    /// Takes what has come as it is: up to and with the first LF, or [`MAX_LINE`] octets if there is none in them, or what is
    /// left at the end of the connection; nothing behind that.
    pub fn read_octets(&mut self, deadline: &Deadline) -> Result<Vec<u8>> {
        let mut scanned = 0;
        loop {
            let buffered = self.stream.buffered();
            let fresh = buffered.get(scanned..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', fresh) {
                return Ok(self.take_octets(scanned + at + 1));
            }
            scanned = buffered.len();
            if scanned >= MAX_LINE {
                return Ok(self.take_octets(MAX_LINE));
            }
            match self.fill(deadline) {
                Ok(()) => {}
                Err(Error::Closed { truncated: false, .. }) => return Ok(self.take_octets(usize::MAX)),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes what has come of a line that did not end.
    pub fn take_rest(&mut self) -> Vec<u8> {
        self.take_octets(usize::MAX)
    }

    /// The next line of multi-line data, dots unstuffed; `None` at the lone dot that ends it.
    ///
    /// A row longer than [`MAX_LINE`] is passed over and given as [`Row::TooLong`]; one that does not end at all is
    /// [`Error::Limit`].
    pub fn read_row(&mut self, pace: &mut Pace, phase: Phase, shown: Shown) -> Result<Row<'_>> {
        let mut scanned = 0;
        let mut skipped = 0;
        loop {
            let buffered = self.stream.buffered();
            if let Some(found) = line::find(buffered, scanned) {
                pace.count(found.next);
                self.take_line(found, shown);
                return Ok(match self.line.as_slice() {
                    _ if skipped > 0 => Row::TooLong,
                    b"." => Row::End,
                    [b'.', rest @ ..] => Row::Line(rest),
                    line => Row::Line(line),
                });
            }
            scanned = buffered.len();
            if scanned > MAX_LINE {
                skipped += scanned;
                if skipped > MAX_PASSED_OVER {
                    return Err(Error::Limit { what: "a line", limit: MAX_PASSED_OVER as u64 });
                }
                pace.count(scanned);
                self.stream.consume(scanned);
                scanned = 0;
            }
            self.fill_at(pace, phase)?;
        }
    }

    /// Decodes dot-stuffed data that has come into `out`, waiting for more only if there is none at all.
    /// Gives [`Step::Done`] once CRLF `.` CRLF has been read.
    pub fn read_data(
        &mut self,
        decoder: &mut DotDecoder,
        line_end: LineEnd,
        out: &mut Vec<u8>,
        pace: &mut Pace,
        phase: Phase,
    ) -> Result<Step> {
        loop {
            let before = out.len();
            let (consumed, step) = decoder.decode(self.stream.buffered(), line_end, out);
            self.stream.consume(consumed);
            pace.count(consumed);
            if self.transcript.shows_bodies() {
                let data = out.get(before..).unwrap_or_default();
                self.transcript.data(Direction::Received, self.stream.tls().is_some(), data);
            }
            if step == Step::Done {
                if !self.transcript.shows_bodies() {
                    let text = format!("[{} octets]", grouped(decoder.octets()));
                    self.transcript.summary(Direction::Received, self.stream.tls().is_some(), text);
                }
                return Ok(Step::Done);
            }
            if consumed > 0 {
                return Ok(Step::More);
            }
            self.fill_at(pace, phase)?;
        }
    }

    /// Takes the connection into TLS: nothing may have come behind the reply that agreed to it, and nothing that was
    /// read in clear survives. The caller must forget what it knew of the server (RFC 2595 section 4).
    pub fn upgrade_tls(self, connector: &Connector, host: &str, alpn: &str, phase: Phase) -> Result<Self> {
        self.transcript.event("starting TLS");
        let deadline = self.timeouts.deadline(Phase::TlsHandshake, self.timeouts.connect);
        let transport = self.stream.into_transport(phase)?;
        let transport = connector.handshake(transport, host, alpn, &deadline)?;
        let mut upgraded = Self::new(Stream::from_transport(transport), self.timeouts, self.transcript);
        upgraded.unheeded = self.unheeded;
        upgraded.note_tls();
        Ok(upgraded)
    }

    /// Compresses the connection from here on, both ways (RFC 4978). What has come and was not read is compressed already.
    ///
    /// Data that is no deflate stream fails the next read with [`Error::Protocol`]; the end of the peer's stream is the
    /// connection's. Fails with [`Error::InvalidInput`] if something is queued, which the peer would take for compressed.
    pub fn compress(self) -> Result<Self> {
        let Self { stream, timeouts, transcript, line, bare_lf, unheeded } = self;
        let (transport, early) = stream.into_parts()?;
        let stream = Stream::from_transport(Box::new(Deflate::new(transport, early)));
        transcript.event("compressing both ways");
        Ok(Self { stream, timeouts, transcript, line, bare_lf, unheeded })
    }

    /// What compression has made of the traffic; `None` without it.
    pub fn compression(&self) -> Option<Compression> {
        self.stream.compression()
    }

    /// Records what TLS settled.
    pub fn note_tls(&mut self) {
        let Some(facts) = self.stream.tls() else { return };
        for line in transcript::tls_lines(facts) {
            self.transcript.event(&line);
        }
    }

    /// Sends what is queued and ends the connection in order, without waiting for an answer.
    pub fn close(mut self) {
        let farewell = self.timeouts.deadline(Phase::Send, FAREWELL.min(self.timeouts.silence));
        // The verdicts are in already; a peer that no longer listens changes nothing.
        let _ = self.stream.flush(&farewell);
        self.stream.close();
        self.transcript.event("closed");
    }

    /// Ends the connection without another word.
    pub fn abandon(self, why: &str) {
        self.transcript.event(why);
    }

    fn queue_line(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.stream.queue(part);
        }
        self.stream.queue(b"\r\n");
    }

    fn take_octets(&mut self, count: usize) -> Vec<u8> {
        let buffered = self.stream.buffered();
        let taken = buffered.get(..count.min(buffered.len())).unwrap_or_default().to_vec();
        self.stream.consume(count);
        if !taken.is_empty() {
            let line = taken.strip_suffix(b"\n").unwrap_or(&taken);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            self.transcript.line(Direction::Received, self.stream.tls().is_some(), line);
        }
        taken
    }

    fn take_line(&mut self, found: line::Found, shown: Shown) {
        self.line.clear();
        self.line.extend_from_slice(self.stream.buffered().get(..found.length).unwrap_or_default());
        self.stream.consume(found.next);
        if found.bare_lf && self.bare_lf == BareLf::Unseen {
            self.bare_lf = BareLf::Noted;
            self.transcript.event("the server ends its lines with a bare LF");
        }
        let tls = self.stream.tls().is_some();
        match shown {
            Shown::Line => self.transcript.line(Direction::Received, tls, &self.line),
            Shown::Body => self.transcript.body_line(Direction::Received, tls, &self.line),
        }
    }

    fn fill_at(&mut self, pace: &mut Pace, phase: Phase) -> Result<()> {
        // A peer that sends faster than we read never makes us wait, and would outlive the run and its signals.
        self.timeouts.check(phase).inspect_err(|error| self.transcript.event(&error.to_string()))?;
        let deadline = pace.deadline(&self.timeouts, phase);
        let since = Instant::now();
        let result = self.fill(&deadline);
        pace.waited(since.elapsed());
        result
    }

    fn fill(&mut self, deadline: &Deadline) -> Result<()> {
        let result = match self.stream.fill(deadline) {
            Ok(0) => Err(Error::Closed { phase: deadline.phase(), truncated: false }),
            Ok(_) => return Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            self.transcript.event(&error.to_string());
        }
        result
    }
}

/// How multi-line data appears in a transcript.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shown {
    /// As the lines of a reply.
    Line,
    /// As a body, which only detailed transcripts show.
    Body,
}

/// A line of multi-line data.
#[derive(Debug, Eq, PartialEq)]
pub enum Row<'a> {
    /// A line without its line end and stuffed dot.
    Line(&'a [u8]),
    /// A line longer than [`MAX_LINE`], which was passed over.
    TooLong,
    /// The lone dot.
    End,
}

fn check_line(line: &[u8]) -> Result<()> {
    match memchr::memchr3(b'\r', b'\n', 0, line) {
        None => Ok(()),
        Some(_) => Err(Error::InvalidInput("a command cannot hold a line break or a NUL".into())),
    }
}
