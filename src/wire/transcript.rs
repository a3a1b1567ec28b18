//! The record of a conversation: who said what, when, in clear or inside TLS.
//!
//! Secrets are masked by construction: commands that carry one go through `send_secret`, and known secrets are also
//! hidden where a server repeats them. What is recorded holds no control characters.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::net::tls::{TlsFacts, Verification};
use crate::secret::{MASK, Masker, Secret};
use crate::text::{sanitize, sanitize_capped};

/// The longest line that is shown whole, in characters.
const MAX_SHOWN: usize = 2_000;

/// Who said it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// We did.
    Sent,
    /// The server did.
    Received,
    /// Nobody: a local event.
    Event,
}

/// One line of a transcript.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Time since the transcript was started.
    pub elapsed: Duration,
    /// Who said it.
    pub direction: Direction,
    /// Whether it was said inside TLS.
    pub tls: bool,
    /// To or by whom, where a run talks to more than one server.
    pub peer: Option<&'a str>,
    /// What was said: one line, sanitised and masked.
    pub text: Cow<'a, str>,
    /// Whether it is part of a body, which only detailed transcripts show.
    pub body: bool,
}

impl fmt::Display for Entry<'_> {
    /// `   0.123 ~> CAPA`: `->` and `<-` in clear, `~>` and `<~` inside TLS, `***` for events; `   0.123 -> lmtp: LHLO x` with
    /// a second server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match (self.direction, self.tls) {
            (Direction::Event, _) => "***",
            (Direction::Sent, false) => "->",
            (Direction::Sent, true) => "~>",
            (Direction::Received, false) => "<-",
            (Direction::Received, true) => "<~",
        };
        write!(f, "{:9.3} {mark} ", self.elapsed.as_secs_f64())?;
        if let Some(peer) = self.peer {
            write!(f, "{peer}: ")?;
        }
        f.write_str(&self.text)
    }
}

/// Where entries go.
pub trait Record: Send + Sync {
    /// Takes an entry. Failures are the recorder's own affair: a conversation is not ended by them.
    fn record(&self, entry: &Entry<'_>);

    /// Whether it wants bodies line by line rather than as a count.
    fn wants_bodies(&self) -> bool;
}

/// A conversation's way to its recorders; cloning shares them and the clock.
#[derive(Clone)]
pub struct Transcript {
    recorders: Vec<Arc<dyn Record>>,
    started: Instant,
    masker: Masker,
    secrets: Secrets,
    peer: Option<Arc<str>>,
}

/// Whether secrets are masked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Secrets {
    /// They are, everywhere.
    #[default]
    Masked,
    /// The user asked to see them in the transcript.
    Shown,
}

impl Transcript {
    /// A transcript that nobody reads, but whose masker works.
    pub fn off() -> Self {
        Self::new(Vec::new(), Secrets::Masked)
    }

    /// A transcript for these recorders, with the clock at zero.
    pub fn new(recorders: Vec<Arc<dyn Record>>, secrets: Secrets) -> Self {
        Self { recorders, started: Instant::now(), masker: Masker::default(), secrets, peer: None }
    }

    /// The same record and the same secrets, for the conversation with another server, called this.
    pub fn with(&self, peer: &str) -> Self {
        Self { peer: Some(sanitize(peer.as_bytes()).into()), ..self.clone() }
    }

    /// The list of secrets to hide; it works for errors whether anybody reads the transcript or not.
    pub fn masker(&self) -> &Masker {
        &self.masker
    }

    pub(super) fn is_on(&self) -> bool {
        !self.recorders.is_empty()
    }

    pub(super) fn shows_bodies(&self) -> bool {
        self.recorders.iter().any(|recorder| recorder.wants_bodies())
    }

    /// Records a local event.
    pub fn event(&self, text: &str) {
        if self.is_on() {
            let text = self.masked(text.as_bytes());
            self.record(Direction::Event, false, sanitize_capped(&text, MAX_SHOWN), false);
        }
    }

    pub(super) fn line(&self, direction: Direction, tls: bool, line: &[u8]) {
        if self.is_on() {
            let text = self.masked(line);
            self.record(direction, tls, sanitize_capped(&text, MAX_SHOWN), false);
        }
    }

    /// A line that ends in a secret: masked whatever the secret is.
    pub(super) fn secret_line(&self, tls: bool, visible: &[u8], secret: &Secret) {
        if self.is_on() {
            let mut text = sanitize(&self.masked(visible));
            match self.secrets {
                Secrets::Masked => text.push_str(MASK),
                Secrets::Shown => text.push_str(&sanitize(secret.expose())),
            }
            self.record(Direction::Sent, tls, text, false);
        }
    }

    pub(super) fn body_line(&self, direction: Direction, tls: bool, line: &[u8]) {
        if self.shows_bodies() {
            let text = self.masked(line);
            self.record(direction, tls, sanitize_capped(&text, MAX_SHOWN), true);
        }
    }

    /// What stands for a body in transcripts that do not show it.
    pub(super) fn summary(&self, direction: Direction, tls: bool, text: String) {
        if self.is_on() {
            self.record(direction, tls, text, false);
        }
    }

    pub(super) fn data(&self, direction: Direction, tls: bool, data: &[u8]) {
        for line in data.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            self.body_line(direction, tls, line.strip_suffix(b"\r").unwrap_or(line));
        }
    }

    fn masked<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        match self.secrets {
            Secrets::Masked => self.masker.mask(text),
            Secrets::Shown => Cow::Borrowed(text),
        }
    }

    fn record(&self, direction: Direction, tls: bool, text: String, body: bool) {
        let peer = self.peer.as_deref();
        let entry = Entry { elapsed: self.started.elapsed(), direction, tls, peer, text: text.into(), body };
        for recorder in &self.recorders {
            if !body || recorder.wants_bodies() {
                recorder.record(&entry);
            }
        }
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript").field("recorders", &self.recorders.len()).finish_non_exhaustive()
    }
}

/// `12345` as `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What a person wants to know of a handshake, a line each.
pub(super) fn tls_lines(facts: &TlsFacts) -> Vec<String> {
    let unknown = || "unknown to this backend".to_owned();
    let version = facts.version.clone().unwrap_or_else(|| format!("TLS version {}", unknown()));
    let cipher = facts.cipher.clone().unwrap_or_else(|| format!("cipher {}", unknown()));
    let alpn = facts.alpn.as_deref().map(|alpn| format!(", ALPN {}", sanitize(alpn.as_bytes()))).unwrap_or_default();
    let verified = match facts.verification {
        Verification::Chain => "certificate verified",
        Verification::Pin => "certificate matches the pin",
        Verification::ChainAndPin => "certificate verified and matches the pin",
        Verification::None => "certificate NOT verified",
    };
    let mut lines = vec![format!("{version}, {cipher}{alpn}; {verified}")];
    if let Some(leaf) = facts.chain.first() {
        lines.push(format!("certificate subject {}, issuer {}", leaf.subject, leaf.issuer));
        lines.push(format!("certificate valid until {}, pin {}", crate::text::rfc3339(leaf.not_after), leaf.pin,));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::secret::Secret;

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);

    impl Record for Lines {
        fn record(&self, entry: &Entry<'_>) {
            let text = entry.to_string();
            self.0.lock().unwrap().push(text.split_once(' ').map_or(text.clone(), |_| text[10..].to_owned()));
        }

        fn wants_bodies(&self) -> bool {
            false
        }
    }

    #[test]
    fn marks_masks_and_escapes() {
        let lines = Arc::new(Lines::default());
        let transcript = Transcript::new(vec![lines.clone()], Secrets::Masked);
        transcript.masker().add(&Secret::new("hunter2"));
        transcript.line(Direction::Sent, false, b"CAPA");
        transcript.line(Direction::Received, true, b"+OK \x1b[31mhunter2");
        transcript.event("connected\r\nnot");
        transcript.data(Direction::Received, true, b"body");
        transcript.summary(Direction::Received, true, format!("[{} octets]", grouped(1_234_567)));
        transcript.secret_line(true, b"PASS ", &Secret::new("secret"));
        transcript.with("lmtp").line(Direction::Sent, false, b"LHLO hunter2");
        assert_eq!(
            *lines.0.lock().unwrap(),
            [
                "-> CAPA",
                "<~ +OK ^[[31m[secret]",
                "*** connected^M^Jnot",
                "<~ [1,234,567 octets]",
                "~> PASS [secret]",
                "-> lmtp: LHLO [secret]"
            ]
        );
    }
}
