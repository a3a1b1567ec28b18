//! J1, J2: an SMTP server that dies after its k-th octet, or after it has read k octets, for many k: what smtpsend says became
//! of each recipient is what became of it, or that nobody knows.

use std::io::{BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::full;
use crate::servers::mails::Random;
use crate::support::command::{Home, Program};

/// How the server dies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Death {
    Fin,
    Rst,
    /// It says and reads nothing more.
    Silence,
}

/// What is counted until it dies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Counted {
    Said,
    Heard,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    counted: Counted,
    octets: u64,
    death: Death,
    extensions: &'static str,
    lmtp: bool,
}

/// A server for one connection, and what it has got.
struct Server<'a> {
    point: Point,
    stream: &'a TcpStream,
    input: BufReader<Budgeted<'a>>,
    said: u64,
    /// The recipients of messages whose end was read, whatever was said to that.
    got: Vec<String>,
    /// Those that were told so.
    told: Vec<String>,
}

struct Cut;

/// A stream that ends after so many octets.
struct Budgeted<'a> {
    stream: &'a TcpStream,
    left: u64,
}

impl Read for Budgeted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.stream.read(&mut buffer[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Server<'_> {
    fn say(&mut self, text: &str) -> Result<(), Cut> {
        let left = if self.point.counted == Counted::Said { self.point.octets - self.said } else { u64::MAX };
        let allowed = text.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.said += allowed as u64;
        let written = self.stream.write_all(&text.as_bytes()[..allowed]);
        if allowed < text.len() || written.is_err() { Err(Cut) } else { Ok(()) }
    }

    fn line(&mut self) -> Result<String, Cut> {
        let mut line = Vec::new();
        loop {
            let mut octet = [0];
            self.input.read_exact(&mut octet).map_err(|_| Cut)?;
            line.push(octet[0]);
            if line.ends_with(b"\r\n") {
                return Ok(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
        }
    }

    fn talk(&mut self) -> Result<(), Cut> {
        let mut recipients: Vec<String> = Vec::new();
        self.say("220 ready\r\n")?;
        loop {
            let line = self.line()?;
            let words: Vec<&str> = line.split(' ').collect();
            match words[0] {
                "EHLO" | "LHLO" => {
                    let offered: String =
                        self.point.extensions.split(' ').map(|keyword| format!("250-{keyword}\r\n")).collect();
                    self.say(&format!("250-server\r\n{offered}250 8BITMIME\r\n"))?;
                }
                "MAIL" => self.say("250 2.1.0 ok\r\n")?,
                "RCPT" if line.contains("unknown") => self.say("550 5.1.1 no such user\r\n")?,
                "RCPT" => {
                    recipients.push(line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned());
                    self.say("250 2.1.5 ok\r\n")?;
                }
                "DATA" => {
                    self.say("354 go\r\n")?;
                    while self.line()? != "." {}
                    self.end(&mut recipients)?;
                }
                "BDAT" => {
                    let mut chunk = vec![0; words[1].parse().unwrap()];
                    self.input.read_exact(&mut chunk).map_err(|_| Cut)?;
                    match words.get(2) {
                        Some(_) => self.end(&mut recipients)?,
                        None => self.say("250 2.0.0 more\r\n")?,
                    }
                }
                "QUIT" => {
                    self.say("221 bye\r\n")?;
                    return Ok(());
                }
                _ => self.say("250 2.0.0 ok\r\n")?,
            }
        }
    }

    fn end(&mut self, recipients: &mut Vec<String>) -> Result<(), Cut> {
        self.got.append(&mut recipients.clone());
        for recipient in std::mem::take(recipients) {
            if self.point.lmtp || self.told.is_empty() {
                self.say("250 2.0.0 queued as Q1\r\n")?;
            }
            self.told.push(recipient);
        }
        Ok(())
    }

    fn die(&self) {
        match self.point.death {
            Death::Rst => socket2::SockRef::from(self.stream).set_linger(Some(Duration::ZERO)).unwrap(),
            Death::Fin => {
                drop(self.stream.shutdown(Shutdown::Write));
                // Read what is still coming, or the kernel makes a RST of it.
                self.stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                let mut rest = [0; 65_536];
                while (&mut &*self.stream).read(&mut rest).is_ok_and(|count| count > 0) {}
            }
            Death::Silence => {
                // Until the client has enough of it.
                let mut rest = [0; 65_536];
                while (&mut &*self.stream).read(&mut rest).is_ok_and(|count| count > 0) {}
            }
        }
    }
}

/// One run against a server that dies at that point; how much it said and heard.
fn cut(point: Point, message: &[u8]) -> (u64, u64) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let left = if point.counted == Counted::Heard { point.octets } else { u64::MAX };
        let input = BufReader::with_capacity(1024, Budgeted { stream: &stream, left });
        let mut server = Server { point, stream: &stream, input, said: 0, got: Vec::new(), told: Vec::new() };
        if server.talk().is_err() {
            server.die();
        }
        let heard = left - server.input.get_ref().left;
        (server.said, heard, server.got, server.told)
    });
    let home = Home::new();
    let scheme = if point.lmtp { "lmtp" } else { "smtp" };
    let url = format!("{scheme}://127.0.0.1:{port}");
    let arguments = [
        "-a",
        &url,
        "--security",
        "plain",
        "--json",
        "-f",
        "a@b.example",
        "--deadline",
        "2",
        "one@d.example",
        "unknown@d.example",
        "two@d.example",
    ];
    let run = home.program(Program::Smtpsend, arguments).stdin(message).timeout(Duration::from_secs(30)).run();
    let context = format!("{point:?}: exit {}\n{}", run.code(), run.both());
    let (said, heard, got, told) = server.join().unwrap();
    assert!(!run.timed_out && !run.stderr().contains("panicked"), "{context}");
    assert!(matches!(run.code(), 65 | 69 | 75 | 76 | 80 | 81), "{context}");
    let mut statuses = Vec::new();
    for line in run.stdout().lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["type"] != "recipient" {
            continue;
        }
        let address = record["address"].as_str().unwrap().to_owned();
        let status = record["status"].as_str().unwrap().to_owned();
        match status.as_str() {
            // Nobody is told that it was sent unless it was, nor that it was not when it may have been.
            "accepted" => assert!(told.contains(&address), "{address} was not taken, {context}"),
            "unsent" | "deferred" => assert!(!got.contains(&address), "{address} may have been taken, {context}"),
            "refused" => assert_eq!(address, "unknown@d.example", "{context}"),
            "unknown" => {}
            other => panic!("{other}, {context}"),
        }
        statuses.push(status);
    }
    assert_eq!(statuses.len(), 3, "{context}");
    assert_eq!(run.code() == 81, statuses.iter().any(|status| status == "unknown"), "{context}");
    (said, heard)
}

#[test]
fn a_server_that_dies_at_any_octet_is_never_misunderstood() {
    let message = b"From: a@b.example\nTo: one@d.example\nSubject: x\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\
        Message-ID: <1@b.example>\n\ntext\n.\n..dots\n";
    let mut points = Vec::new();
    for (extensions, lmtp) in [
        ("PIPELINING", false),
        ("PIPELINING CHUNKING", false),
        ("HELP", false),
        ("PIPELINING", true),
        ("CHUNKING", true),
    ] {
        let whole = Point { counted: Counted::Said, octets: u64::MAX, death: Death::Fin, extensions, lmtp };
        let (said, heard) = cut(whole, message);
        for (counted, most) in [(Counted::Said, said), (Counted::Heard, heard)] {
            for octets in 0..most {
                points.push(Point { counted, octets, death: Death::Fin, extensions, lmtp });
                points.push(Point { counted, octets, death: Death::Rst, extensions, lmtp });
                // It takes until the deadline.
                if octets % 16 == 0 {
                    points.push(Point { counted, octets, death: Death::Silence, extensions, lmtp });
                }
            }
        }
    }
    if !full() {
        let mut random = Random::new(401);
        points = (0..150).map(|_| points[random.below(points.len() as u64) as usize]).collect();
    }
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    cut(*point, message);
                }
            });
        }
    });
    eprintln!("{} points", points.len());
}
