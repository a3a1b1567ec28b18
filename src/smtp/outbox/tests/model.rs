//! A server that says whatever it likes, and remembers what it took: every fate must agree with it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use proptest::prelude::*;

use super::{content, envelope, greet, short};
use crate::smtp::engine::tests::connection;
use crate::smtp::outbox::{Chunking, Fate, Options, Outbox, Partial, Pipelining, Report, Stage};
use crate::smtp::session::Dialect;

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

#[derive(Clone, Debug)]
struct Manner {
    seed: u64,
    pipelining: bool,
    chunking: bool,
    lmtp: bool,
    too_many: usize,
    /// After so many commands comes the end, in one way or another.
    life: u64,
}

#[derive(Debug, Default)]
struct Log {
    /// What was taken, and whether that was said.
    taken: HashMap<(u64, String), u32>,
    breaches: Vec<String>,
}

struct Server {
    manner: Manner,
    dice: Dice,
    input: BufReader<UnixStream>,
    output: UnixStream,
    log: Log,
    sender: Option<u64>,
    recipients: Vec<String>,
    chunks: Vec<u8>,
    life: u64,
}

/// The connection is over.
struct Over;

type Outcome = Result<(), Over>;

impl Server {
    fn serve(mut self) -> Log {
        let _ = self.say("220 model");
        while self.turn().is_ok() {}
        self.log
    }

    fn say(&mut self, line: &str) -> Outcome {
        self.output.write_all(format!("{line}\r\n").as_bytes()).map_err(|_| Over)
    }

    fn breach(&mut self, what: impl Into<String>) {
        self.log.breaches.push(what.into());
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
        self.chunks.clear();
    }

    /// A code of any class.
    fn verdict(&mut self, yes: &'static str) -> &'static str {
        match self.dice.roll(12) {
            0 => "451 4.3.0 later",
            1 => "550 5.7.1 never",
            2 => "452",
            _ => yes,
        }
    }

    fn lock_step(&mut self) {
        if !self.manner.pipelining && !self.input.buffer().is_empty() {
            self.breach("sent ahead without PIPELINING");
        }
    }

    fn turn(&mut self) -> Outcome {
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(0) | Err(_) => return Err(Over),
            Ok(_) => {}
        }
        let Some(line) = line.strip_suffix("\r\n").map(str::to_owned) else { return Err(Over) };
        if self.life == 0 {
            if self.dice.one_in(2) {
                self.say("421 4.3.2 enough")?;
            }
            return Err(Over);
        }
        self.life -= 1;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        if verb != "BDAT" {
            self.lock_step();
        }
        match verb.as_str() {
            "EHLO" | "LHLO" => {
                let mut offer = "250-model\r\n".to_owned();
                for (on, keyword) in [(self.manner.pipelining, "PIPELINING"), (self.manner.chunking, "CHUNKING")] {
                    if on {
                        offer.push_str(&format!("250-{keyword}\r\n"));
                    }
                }
                offer.push_str("250 HELP");
                self.say(&offer)
            }
            "RSET" => {
                self.forget();
                self.say("250 ok")
            }
            "MAIL" => {
                if self.sender.is_some() {
                    self.breach("MAIL within a transaction");
                }
                let verdict = self.verdict("250 2.1.0 ok");
                if verdict.starts_with('2') {
                    let number = line.trim_start_matches("MAIL FROM:<m").split('@').next().unwrap().parse();
                    self.sender = Some(number.unwrap());
                }
                self.say(verdict)
            }
            "RCPT" => {
                if self.sender.is_none() {
                    return self.say("503 5.5.1 no MAIL");
                }
                let verdict = match self.recipients.len() >= self.manner.too_many {
                    true => "452 4.5.3 too many",
                    false => self.verdict("250 2.1.5 ok"),
                };
                if verdict.starts_with('2') {
                    self.recipients.push(line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned());
                }
                self.say(verdict)
            }
            "DATA" => self.data(),
            "BDAT" => self.bdat(&line),
            "QUIT" => {
                let mut rest = Vec::new();
                self.say("221 bye")?;
                if self.input.read_to_end(&mut rest).is_ok() && !rest.is_empty() {
                    self.breach("more after QUIT");
                }
                Err(Over)
            }
            _ => {
                self.breach(format!("not a command: {line:?}"));
                Err(Over)
            }
        }
    }

    fn data(&mut self) -> Outcome {
        if self.recipients.is_empty() {
            if self.manner.lmtp || self.dice.one_in(2) {
                return self.say("503 5.5.1 nobody");
            }
            self.say("354 go")?;
            let body = self.body()?;
            if !body.is_empty() {
                self.breach("a message for nobody");
            }
            self.forget();
            let verdict = self.verdict("250 ok");
            return self.say(verdict);
        }
        let verdict = self.verdict("354 go");
        self.say(verdict)?;
        match verdict.starts_with('3') {
            true => {
                let body = self.body()?;
                self.lock_step();
                self.take(body)
            }
            false => Ok(()),
        }
    }

    /// Reads up to the lone dot, unless it is time to go.
    fn body(&mut self) -> Result<Vec<u8>, Over> {
        if self.dice.one_in(20) {
            let mut some = [0; 7];
            let _ = self.input.read_exact(&mut some);
            return Err(Over);
        }
        let mut body = Vec::new();
        loop {
            let mut line = Vec::new();
            match self.input.read_until(b'\n', &mut line) {
                Ok(1..) if line.ends_with(b"\r\n") => {}
                _ => return Err(Over),
            }
            match line.as_slice() {
                b".\r\n" => return Ok(body),
                [b'.', rest @ ..] => body.extend_from_slice(rest),
                line => body.extend_from_slice(line),
            }
        }
    }

    fn bdat(&mut self, line: &str) -> Outcome {
        let mut words = line.split(' ').skip(1);
        let size: u64 = words.next().unwrap().parse().unwrap();
        let last = words.next() == Some("LAST");
        let mut chunk = Vec::new();
        let read = (&mut self.input).take(size).read_to_end(&mut chunk);
        if read.is_err() || chunk.len() as u64 != size {
            return Err(Over);
        }
        self.lock_step();
        if self.recipients.is_empty() {
            self.forget();
            return self.say("503 5.5.1 nobody");
        }
        self.chunks.extend_from_slice(&chunk);
        if last {
            let body = std::mem::take(&mut self.chunks);
            return self.take(body);
        }
        let verdict = self.verdict("250 2.0.0 ok");
        if !verdict.starts_with('2') {
            self.forget();
        }
        self.say(verdict)
    }

    fn take(&mut self, body: Vec<u8>) -> Outcome {
        let tag = self.sender.unwrap();
        if body != message(tag) {
            self.breach(format!("message {tag} was changed: {} octets for {}", body.len(), message(tag).len()));
        }
        let recipients = std::mem::take(&mut self.recipients);
        self.forget();
        let mut verdict = "";
        for (place, recipient) in recipients.into_iter().enumerate() {
            if self.manner.lmtp || place == 0 {
                verdict = self.verdict("250 2.0.0 taken");
                if verdict.starts_with('2') {
                    *self.log.taken.entry((tag, recipient)).or_default() += 1;
                }
                // The verdict may get lost.
                if self.dice.one_in(40) {
                    return Err(Over);
                }
                self.say(verdict)?;
            } else if verdict.starts_with('2') {
                *self.log.taken.entry((tag, recipient)).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// The message of this number: each is different, most are small.
fn message(tag: u64) -> Vec<u8> {
    let mut body = format!("Subject: {tag}\r\n\r\n.leading dot\r\n..\r\n.\r\nMAIL FROM:<m{tag}@x>\r\n").into_bytes();
    let size = match tag % 16 {
        3 => 150_000,
        11 => 1_300_000,
        15 => 2_200_000,
        _ => 0,
    };
    while body.len() < size {
        body.extend_from_slice(
            b".A line of some length, so that there are not too many of them in a large message.\r\n",
        );
    }
    body
}

fn recipients(tag: u64) -> Vec<String> {
    (0..=tag % 4).map(|place| format!("r{place}.{tag}@y")).collect()
}

fn send_all(outbox: &mut Outbox<'_>, tags: &[u64], check: &mut impl FnMut(Report)) {
    let mut next = tags.iter().copied().peekable();
    loop {
        while let Some(tag) = next.next_if(|tag| outbox.has_room(message(*tag).len() as u64)) {
            let recipients = recipients(tag);
            let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
            outbox.send(tag, envelope(&format!("m{tag}@x"), &recipients), content(message(tag))).unwrap();
        }
        if next.peek().is_none() {
            outbox.farewell();
        }
        match outbox.report() {
            Some(report) => check(report),
            None => return,
        }
    }
}

fn play(manner: &Manner, options: Options, count: u64) {
    let (connection, theirs) = connection();
    let server = Server {
        dice: Dice(manner.seed),
        life: manner.life,
        manner: manner.clone(),
        input: BufReader::new(theirs.try_clone().unwrap()),
        output: theirs,
        log: Log::default(),
        sender: None,
        recipients: Vec::new(),
        chunks: Vec::new(),
    };
    let server = std::thread::spawn(move || server.serve());
    let dialect = if manner.lmtp { Dialect::Lmtp } else { Dialect::Esmtp };
    let mut session = greet(connection, dialect);
    let mut outbox = session.outbox(options);
    // Long messages are rare.
    let first = if manner.seed.is_multiple_of(4) { 0 } else { 4 };
    let tags: Vec<u64> = (0..count).map(|number| first + number + 16 * (number / 3)).collect();
    let mut reports = Vec::new();
    send_all(&mut outbox, &tags, &mut |report| reports.push(report));
    let died = outbox.error().is_some();
    session.leave();
    let log = server.join().unwrap();

    assert_eq!(log.breaches, Vec::<String>::new());
    let mut told: Vec<u64> = reports.iter().map(|report| report.tag).collect();
    if died {
        // What was not handed over any more is not reported.
        told.extend(tags.iter().skip(told.len()));
    }
    assert_eq!(told, tags);
    for report in &reports {
        let recipients = recipients(report.tag);
        assert_eq!(report.fates.len(), recipients.len());
        let aborted = options.partial == Partial::Abort
            && report.fates.iter().any(|fate| matches!(fate, Fate::Refused { stage: Stage::Rcpt, .. }));
        for (recipient, fate) in recipients.into_iter().zip(&report.fates) {
            let what = format!("message {} to {recipient}: {}", report.tag, short(fate));
            let taken = log.taken.get(&(report.tag, recipient)).copied().unwrap_or_default();
            match fate {
                Fate::Accepted(_) => assert_eq!(taken, 1, "{what}"),
                Fate::Refused { .. } => assert_eq!(taken, 0, "{what}"),
                Fate::Unsent(_) => {
                    assert_eq!(taken, 0, "{what}");
                    assert!(died || aborted, "{what}");
                }
                Fate::Unknown(_) => {
                    assert!(taken <= 1 && died, "{what}");
                }
            }
            if aborted {
                assert_eq!(taken, 0, "{what}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn every_fate_agrees_with_the_server(
        seed in any::<u64>(),
        (pipelining, chunking, lmtp) in any::<(bool, bool, bool)>(),
        (off, whole, abort) in any::<(bool, bool, bool)>(),
        too_many in 1_usize..5,
        life in prop_oneof![2 => Just(u64::MAX), 1 => 1_u64..60],
        count in 1_u64..14,
    ) {
        let manner = Manner { seed, pipelining, chunking, lmtp, too_many, life };
        let options = Options {
            pipelining: if off && whole { Pipelining::Off } else { Pipelining::Auto },
            chunking: if off { Chunking::Off } else { Chunking::Auto },
            partial: if abort { Partial::Abort } else { Partial::Send },
            ..Options::default()
        };
        play(&manner, options, count);
    }
}
