//! A small POP3 server with a real mailbox, in plain text, for what a scripted conversation is too stiff for.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server is like.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    /// It has no UIDL and no TOP.
    pub(crate) nameless: bool,
    /// The pause before each message.
    pub(crate) pause: Duration,
}

/// A mailbox that is served until it is dropped. Messages have LF line ends; one with CRLF goes as it is.
pub(crate) struct Mailbox {
    inner: Arc<Inner>,
    port: u16,
}

/// A message behind its unique-id.
type Kept = (usize, Vec<u8>);

struct Inner {
    mails: Mutex<Vec<Kept>>,
    manners: Manners,
    /// How many RETR have been answered.
    retrieved: AtomicUsize,
    /// How many connections there have been.
    sessions: AtomicUsize,
    over: AtomicBool,
}

impl Mailbox {
    pub(crate) fn serve(mails: &[Vec<u8>], manners: Manners) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            mails: Mutex::new(mails.iter().cloned().enumerate().collect()),
            manners,
            retrieved: AtomicUsize::new(0),
            sessions: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let served = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if served.over.load(Ordering::Acquire) {
                    return;
                }
                let (inner, stream) = (Arc::clone(&served), stream.unwrap());
                thread::spawn(move || drop(inner.session(&stream)));
            }
        });
        Self { inner, port }
    }

    /// The arguments that make `popfetch fetch` talk to it.
    pub(crate) fn arguments(&self, user: &str) -> Vec<String> {
        let url = format!("pop3://{user}@127.0.0.1:{}", self.port);
        ["fetch", &url, "--security", "plain", "--cleartext-auth"].map(String::from).to_vec()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many messages it holds.
    pub(crate) fn left(&self) -> usize {
        self.inner.mails.lock().unwrap().len()
    }

    /// How many messages were retrieved so far.
    pub(crate) fn retrieved(&self) -> usize {
        self.inner.retrieved.load(Ordering::Acquire)
    }

    /// How many connections there have been.
    pub(crate) fn sessions(&self) -> usize {
        self.inner.sessions.load(Ordering::Acquire)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::Release);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Inner {
    fn session(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        self.sessions.fetch_add(1, Ordering::AcqRel);
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        stream.write_all(b"+OK ready\r\n")?;
        // Numbers belong to the session.
        let mails = self.mails.lock().unwrap().clone();
        let mut marked = Vec::new();
        for line in BufReader::new(stream).lines() {
            let line = line?;
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let named =
                || argument.split(' ').next().and_then(|n| n.parse::<usize>().ok()).and_then(|n| mails.get(n - 1));
            let rows = |row: &dyn Fn(usize, &Kept) -> String| {
                let rows: String = (1..).zip(&mails).map(|(number, mail)| row(number, mail)).collect();
                format!("+OK\r\n{rows}.\r\n")
            };
            let reply = match verb {
                "CAPA" if self.manners.nameless => "+OK\r\nSASL PLAIN\r\n.\r\n".to_owned(),
                "CAPA" => "+OK\r\nSASL PLAIN\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n".to_owned(),
                "UIDL" | "TOP" if self.manners.nameless => "-ERR unknown command\r\n".to_owned(),
                "UIDL" => rows(&|number, (uid, _)| format!("{number} uid-{uid}\r\n")),
                "LIST" => rows(&|number, (_, mail)| format!("{number} {}\r\n", on_the_wire(mail).len() - 3)),
                "RETR" | "TOP" => {
                    thread::sleep(self.manners.pause);
                    if verb == "RETR" {
                        self.retrieved.fetch_add(1, Ordering::AcqRel);
                    }
                    named()
                        .map_or("-ERR no such message\r\n".into(), |(_, mail)| format!("+OK\r\n{}", on_the_wire(mail)))
                }
                "DELE" => {
                    marked.extend(named().map(|(uid, _)| *uid));
                    "+OK\r\n".into()
                }
                "QUIT" => {
                    self.mails.lock().unwrap().retain(|(uid, _)| !marked.contains(uid));
                    stream.write_all(b"+OK\r\n")?;
                    return Ok(());
                }
                _ => "+OK\r\n".into(),
            };
            stream.write_all(reply.as_bytes())?;
        }
        Ok(())
    }
}

fn on_the_wire(mail: &[u8]) -> String {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    if text.contains("\r\n") {
        return text + ".\r\n";
    }
    let lines = text.lines().map(|line| format!("{}{line}\r\n", if line.starts_with('.') { "." } else { "" }));
    lines.collect::<String>() + ".\r\n"
}
