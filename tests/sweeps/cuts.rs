//! A server that dies after its k-th octet, for many k.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::full;
use crate::servers::assert_same_mail;
use crate::servers::mails::Random;
use crate::support::command::{Home, USER};

/// How the server dies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Death {
    Fin,
    Rst,
}

/// A mailbox of three that speaks just enough POP3; after `budget` octets it dies.
struct Mailbox {
    mails: Mutex<Vec<Option<Vec<u8>>>>,
    budget: AtomicU64,
    /// Counts what was sent when nothing is cut.
    sent: AtomicU64,
    death: Mutex<Death>,
    /// A DELE or a QUIT came on a connection whose mail was not delivered whole.
    stop: AtomicBool,
}

struct Cut;

impl Mailbox {
    fn new(mails: &[Vec<u8>], budget: u64, death: Death) -> Arc<Self> {
        Arc::new(Self {
            mails: Mutex::new(mails.iter().cloned().map(Some).collect()),
            budget: AtomicU64::new(budget),
            sent: AtomicU64::new(0),
            death: Mutex::new(death),
            stop: AtomicBool::new(false),
        })
    }

    fn listen(self: &Arc<Self>) -> (u16, thread::JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let this = Arc::clone(self);
        let worker = thread::spawn(move || {
            for stream in listener.incoming() {
                if this.stop.load(Ordering::Acquire) {
                    return;
                }
                this.session(&stream.unwrap());
            }
        });
        (port, worker)
    }

    fn session(&self, stream: &TcpStream) {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        if self.talk(stream).is_err() {
            if *self.death.lock().unwrap() == Death::Rst {
                socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
            } else {
                drop(stream.shutdown(Shutdown::Write));
                // Read what is still coming, or the kernel makes a RST of it.
                stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                let mut rest = BufReader::new(stream);
                while rest.skip_until(b'\n').is_ok_and(|count| count > 0) {}
            }
        }
    }

    fn talk(&self, stream: &TcpStream) -> Result<(), Cut> {
        let mut marked = Vec::new();
        self.say(stream, "+OK ready\r\n")?;
        for line in BufReader::new(stream).split(b'\n') {
            let Ok(line) = line else { return Ok(()) };
            let line = String::from_utf8(line).unwrap();
            let (verb, argument) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
            let index = || argument.parse::<usize>().unwrap() - 1;
            match verb {
                "CAPA" => self.say(stream, "+OK\r\nUSER\r\nUIDL\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n")?,
                "UIDL" => {
                    let rows = self.rows(|_, number| format!("{} uid-{number}", number + 1));
                    self.say(stream, &rows)?;
                }
                "LIST" => {
                    let rows = self.rows(|mail, number| format!("{} {}", number + 1, mail.len()));
                    self.say(stream, &rows)?;
                }
                "RETR" => {
                    let mail = self.mails.lock().unwrap()[index()].clone();
                    let text = String::from_utf8(mail.expect("not deleted")).unwrap();
                    self.say(stream, &format!("+OK\r\n{}.\r\n", text.replace("\n.", "\n..").replace('\n', "\r\n")))?;
                }
                "DELE" => {
                    marked.push(index());
                    self.say(stream, "+OK marked\r\n")?;
                }
                "QUIT" => {
                    // UPDATE happens before the reply, which may get lost.
                    for number in marked.drain(..) {
                        self.mails.lock().unwrap()[number] = None;
                    }
                    self.say(stream, "+OK bye\r\n")?;
                    return Ok(());
                }
                _ => self.say(stream, "+OK\r\n")?,
            }
        }
        Ok(())
    }

    fn rows(&self, row: impl Fn(&[u8], usize) -> String) -> String {
        let mut text = "+OK\r\n".to_owned();
        for (number, mail) in self.mails.lock().unwrap().iter().enumerate() {
            if let Some(mail) = mail {
                text += &row(mail, number);
                text += "\r\n";
            }
        }
        text + ".\r\n"
    }

    fn say(&self, mut stream: &TcpStream, text: &str) -> Result<(), Cut> {
        let budget = self.budget.load(Ordering::Acquire);
        let allowed = text.len().min(budget as usize);
        self.sent.fetch_add(allowed as u64, Ordering::AcqRel);
        self.budget.fetch_sub(allowed as u64, Ordering::AcqRel);
        let written = stream.write_all(&text.as_bytes()[..allowed]);
        if allowed < text.len() || written.is_err() { Err(Cut) } else { Ok(()) }
    }

    fn left(&self) -> usize {
        self.mails.lock().unwrap().iter().flatten().count()
    }

    fn end(&self, port: u16, worker: thread::JoinHandle<()>) {
        self.stop.store(true, Ordering::Release);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
        worker.join().unwrap();
    }
}

fn mails() -> Vec<Vec<u8>> {
    vec![b"Subject: one\n\n.dots\n.\n".to_vec(), b"Subject: two\n\ntext\n".to_vec(), b"Subject: three\n\n\n".to_vec()]
}

/// A run that dies after `budget` octets, then one that does not.
fn cut(budget: u64, death: Death) -> u64 {
    let mails = mails();
    let mailbox = Mailbox::new(&mails, budget, death);
    let (port, worker) = mailbox.listen();
    let home = Home::new();
    let run = || {
        let url = format!("pop3://{USER}@127.0.0.1:{port}");
        let target = format!("maildir:{}", home.maildir().display());
        let password = home.password_file();
        let mut arguments = vec!["fetch", &url, "--delete", "--to", &target, "--security", "plain", "--cleartext-auth"];
        arguments.extend(["--password-file", password.to_str().unwrap()]);
        home.popfetch(arguments).timeout(Duration::from_secs(20)).run()
    };
    let first = run();
    let context = format!("cut after {budget} octets, {death:?}: exit {}\n{}", first.code(), first.both());
    assert!(!first.timed_out, "{context}");
    assert!(matches!(first.code(), 0 | 75 | 76 | 80), "{context}");
    assert!(!first.stderr().contains("panicked"), "{context}");
    for mail in home.mails() {
        assert!(mails.contains(&mail), "a partial mail, {context}");
    }
    // What has gone from the server must be here.
    assert!(home.mails().len() >= mails.len() - mailbox.left(), "lost, {context}");
    let sent = mailbox.sent.load(Ordering::Acquire);

    mailbox.budget.store(u64::MAX, Ordering::Release);
    let second = run();
    assert_eq!(second.code(), 0, "the run after: {}\n{context}", second.both());
    assert_eq!(mailbox.left(), 0, "{context}");
    assert_same_mail(home.mails(), &mails);
    mailbox.end(port, worker);
    sent
}

#[test]
fn a_server_that_dies_at_any_octet_costs_nothing() {
    let whole = cut(u64::MAX, Death::Fin);
    let mut points: Vec<(u64, Death)> = (0..=whole).flat_map(|k| [(k, Death::Fin), (k, Death::Rst)]).collect();
    if !full() {
        let mut random = Random::new(400);
        points = (0..60).map(|_| points[random.below(points.len() as u64) as usize]).collect();
    }
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&(budget, death)) = points.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    cut(budget, death);
                }
            });
        }
    });
    eprintln!("{} points of a session of {whole} octets", points.len());
}
