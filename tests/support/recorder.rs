//! An SMTP and LMTP server that takes every octet at its word and writes down what it was sent, and what was wrong with it.

mod connection;
mod rules;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::smtp_command::Parameter;
use connection::Connection;

/// What a good server of today offers, CHUNKING excepted.
pub(crate) const USUAL: &[&str] =
    &["PIPELINING", "SIZE 100000000", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8", "AUTH PLAIN LOGIN"];

/// As `USUAL`, with CHUNKING.
pub(crate) const CHUNKING: &[&str] = &[
    "PIPELINING",
    "CHUNKING",
    "SIZE 100000000",
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "DSN",
    "SMTPUTF8",
    "AUTH PLAIN LOGIN",
];

/// What the server is about to reply to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The command; `.` for the text behind DATA, `BDAT n` when its octets are there.
    pub(crate) line: &'a str,
    /// In LMTP, whose reply behind the text it is.
    pub(crate) recipient: Option<&'a str>,
    /// Which connection it is, from 0.
    pub(crate) session: usize,
    /// How many messages were taken on all connections so far.
    pub(crate) taken: usize,
}

/// What the server replies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// What a server does that likes everybody.
    Usual,
    /// This line, or these; a code of 400 and above refuses.
    Say(String),
    /// Nothing: it closes, and takes nothing.
    Close,
    /// It takes the message, and closes before it says so.
    Lose,
}

/// A message that was taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Message {
    pub(crate) sender: String,
    /// MAIL's.
    pub(crate) parameters: Vec<Parameter>,
    /// Those that were accepted, each with its parameters.
    pub(crate) recipients: Vec<(String, Vec<Parameter>)>,
    /// Dots unstuffed, chunks joined.
    pub(crate) text: Vec<u8>,
}

/// What one connection was like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// Every line that is no part of a message, escaped.
    pub(crate) lines: Vec<String>,
    /// What no client may do.
    pub(crate) violations: Vec<String>,
    pub(crate) messages: Vec<Message>,
    /// Whether it is over.
    pub(crate) ended: bool,
}

/// A server on loopback until it is dropped, in clear.
pub(crate) struct Recorder {
    inner: Arc<Inner>,
    port: u16,
}

type Judge = Box<dyn Fn(Asked<'_>) -> Verdict + Send + Sync>;

struct Inner {
    extensions: Vec<String>,
    judge: Judge,
    sessions: Mutex<Vec<Session>>,
    over: AtomicBool,
}

impl Recorder {
    /// Takes everything.
    pub(crate) fn serve(extensions: &[&str]) -> Self {
        Self::judging(extensions, |_| Verdict::Usual)
    }

    pub(crate) fn judging(extensions: &[&str], judge: impl Fn(Asked<'_>) -> Verdict + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            extensions: extensions.iter().map(ToString::to_string).collect(),
            judge: Box::new(judge),
            sessions: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let served = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if served.over.load(Ordering::Acquire) {
                    return;
                }
                let number = {
                    let mut sessions = served.sessions.lock().unwrap();
                    sessions.push(Session::default());
                    sessions.len() - 1
                };
                let (inner, stream) = (Arc::clone(&served), stream.unwrap());
                thread::spawn(move || {
                    // A client that breaks off is a client that breaks off.
                    drop(Connection::new(&inner, number, stream).and_then(Connection::serve));
                    inner.session(number).ended = true;
                });
            }
        });
        Self { inner, port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The arguments that make `smtpsend` talk to it without a login.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        ["-a", &url, "--security", "plain"].map(String::from).to_vec()
    }

    /// All connections, as soon as none is open.
    #[track_caller]
    pub(crate) fn sessions(&self) -> Vec<Session> {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let sessions = self.inner.sessions.lock().unwrap().clone();
            if sessions.iter().all(|session| session.ended) {
                return sessions;
            }
            assert!(Instant::now() < end, "a connection stays open: {sessions:#?}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// All messages, in the order of the connections; panics if anything was not as it should be.
    #[track_caller]
    pub(crate) fn messages(&self) -> Vec<Message> {
        let mut messages = Vec::new();
        for session in self.sessions() {
            assert!(session.violations.is_empty(), "{:#?} in\n{:#?}", session.violations, session.lines);
            messages.extend(session.messages);
        }
        messages
    }

    /// How many messages were taken so far.
    pub(crate) fn taken(&self) -> usize {
        self.inner.taken()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::Release);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Inner {
    fn session(&self, number: usize) -> Guard<'_> {
        Guard { sessions: self.sessions.lock().unwrap(), number }
    }

    fn taken(&self) -> usize {
        self.sessions.lock().unwrap().iter().map(|session| session.messages.len()).sum()
    }

    fn offers(&self, keyword: &str) -> bool {
        self.extensions.iter().any(|extension| extension.split(' ').next() == Some(keyword))
    }
}

/// One session of many.
struct Guard<'a> {
    sessions: MutexGuard<'a, Vec<Session>>,
    number: usize,
}

impl std::ops::Deref for Guard<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.sessions[self.number]
    }
}

impl std::ops::DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.sessions[self.number]
    }
}
