//! Generated mail: sizes as real mailboxes have them, contents that look like mail, the same every time.

use std::f64::consts::TAU;
use std::io::{self, Write};

/// How far sizes spread: the standard deviation of their logarithm.
const SPREAD: f64 = 1.1;

/// Sizes in octets are kept within.
const SMALLEST: f64 = 600.0;
const LARGEST: f64 = 8_000_000.0;

/// Messages beyond this carry an attachment in base64.
const ATTACHED: u64 = 20_000;

const WORDS: [&str; 12] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "mail",
    "queue",
    "server",
    "..dots",
    "Monday",
    "From here",
    "invoice",
    "release",
];

/// A source of messages.
#[derive(Debug)]
pub struct Generator {
    state: u64,
    median: f64,
}

impl Generator {
    pub fn new(seed: u64, median: u32) -> Self {
        Self { state: seed, median: f64::from(median) }
    }

    /// The next message, with CRLF line ends.
    pub fn message(&mut self, number: u32) -> Vec<u8> {
        let size = (self.median * (SPREAD * self.normal()).exp()).clamp(SMALLEST, LARGEST);
        // In range, as it was clamped.
        let size = size as u64;
        let mut message = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1024);
        // Writing to memory does not fail.
        let _ = self.write(number, size, &mut message);
        message
    }

    /// Writes a message with a body of about so many octets.
    pub fn write(&mut self, number: u32, size: u64, out: &mut impl Write) -> io::Result<()> {
        let sender = self.below(500);
        let (minute, second) = (number / 60 % 60, number % 60);
        let id = self.next();
        write!(
            out,
            "Return-Path: <sender{sender}@example.net>\r\n\
             Received: from mx.example.net (mx.example.net [192.0.2.7])\r\n\
             \tby mail.example.org with ESMTPS id {id:012x}\r\n\
             \tfor <user@example.org>; Mon, 02 Nov 2026 10:{minute:02}:{second:02} +0000\r\n\
             Message-ID: <{number}.{id:016x}@example.net>\r\n\
             From: Sender {sender} <sender{sender}@example.net>\r\n\
             To: User <user@example.org>\r\n\
             Subject: Message {number} about {}\r\n\
             Date: Mon, 02 Nov 2026 10:{minute:02}:{second:02} +0000\r\n\
             MIME-Version: 1.0\r\n",
            self.word(),
        )?;
        if size > ATTACHED { self.attachment(size, out) } else { self.text(size, out) }
    }

    fn text(&mut self, size: u64, out: &mut impl Write) -> io::Result<()> {
        write!(out, "Content-Type: text/plain; charset=utf-8\r\n\r\n")?;
        let mut written = 0;
        while written < size {
            let mut line = if self.below(50) == 0 { ".".to_owned() } else { String::new() };
            for _ in 0..=self.below(11) {
                line.push_str(self.word());
                line.push(' ');
            }
            line.push_str("\r\n");
            out.write_all(line.as_bytes())?;
            written += line.len() as u64;
        }
        Ok(())
    }

    fn attachment(&mut self, size: u64, out: &mut impl Write) -> io::Result<()> {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let boundary = format!("b{:016x}", self.next());
        write!(
            out,
            "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n\
             Content-Type: text/plain\r\n\r\nSee the attachment.\r\n\r\n--{boundary}\r\n\
             Content-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; filename=\"data.bin\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        )?;
        for _ in 0..size / 78 {
            let mut line = [b'\n'; 78];
            let (digits, end) = line.split_at_mut(76);
            for group in digits.chunks_mut(8) {
                for (digit, octet) in group.iter_mut().zip(self.next().to_le_bytes()) {
                    *digit = DIGITS.get(usize::from(octet % 64)).copied().unwrap_or(b'A');
                }
            }
            end.copy_from_slice(b"\r\n");
            out.write_all(&line)?;
        }
        write!(out, "--{boundary}--\r\n")
    }

    fn word(&mut self) -> &'static str {
        let index = usize::try_from(self.below(WORDS.len() as u64)).unwrap_or_default();
        WORDS.get(index).copied().unwrap_or("mail")
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A standard normal deviate, after Box and Muller.
    fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (TAU * b).cos()
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
