//! How what the peer says arrives: as it stands, in pieces, or spoilt.

use std::borrow::Cow;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use crate::servers::mails::Random;

/// The form in which a server's octets arrive. The same seed gives the same form of the same octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Delivery {
    Whole,
    /// Cut anywhere, from single octets to some thousand.
    Pieces(u64),
    /// Octets changed, lost, doubled and put in between; under TLS and compression, not in them.
    Spoilt(u64),
}

/// What is put where it does not belong.
const STRAY: [&[u8]; 46] = [
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\r\n",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"{0}\r\n",
    b"{3}\r\n",
    b"{99999}\r\n",
    b"{4294967296}\r\n",
    b"~{2}\r\n",
    b"{7+}",
    b"(",
    b")",
    b"((((((((",
    b"[",
    b"]",
    b"<",
    b">",
    b",",
    b":",
    b"*",
    b"%",
    b"&",
    b"=?utf-8?q?=1b[2J=00?=",
    b" ",
    b"  ",
    b"\0",
    b"\x1b[2J",
    b"\x9b",
    b"\xc2\x9b31m",
    b"\xff",
    b"0",
    b"9",
    b"-1",
    b"4294967295",
    b"18446744073709551616",
    b"NIL",
    b"+ \r\n",
    b"* ",
    b"* BYE x\r\n",
    b"* 1 EXPUNGE\r\n",
    b"* 7 EXISTS\r\n",
    b"\r\n* 1 FETCH (UID 2 FLAGS (\\Deleted))\r\n",
];

/// Nothing needs to be spoilt more often on one connection.
const SPOILT_AT_MOST: usize = 12;

/// Pauses between pieces, so that they are not put together again; no more of them than this, so that a bomb ends.
const PAUSES: usize = 100;

pub(super) struct Courier {
    delivery: Delivery,
    random: Random,
    /// Octets that go unharmed before the next one is spoilt.
    unharmed: u64,
    spoilt: usize,
    pauses: usize,
}

impl Courier {
    /// For the connection of this number.
    pub(super) fn new(delivery: Delivery, number: usize) -> Self {
        let seed = match delivery {
            Delivery::Whole => 0,
            Delivery::Pieces(seed) | Delivery::Spoilt(seed) => seed,
        };
        let mut random = Random::new(seed.wrapping_mul(31).wrapping_add(number as u64));
        let unharmed = logarithmic(&mut random, 11);
        Self { delivery, random, unharmed, spoilt: 0, pauses: 0 }
    }

    /// What is sent instead of this.
    pub(super) fn spoil<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let Delivery::Spoilt(_) = self.delivery else { return bytes.into() };
        let mut sent = Vec::with_capacity(bytes.len() + 64);
        let mut rest = bytes;
        while self.spoilt < SPOILT_AT_MOST && self.unharmed < rest.len() as u64 {
            let (before, after) = rest.split_at(self.unharmed as usize);
            sent.extend(before);
            rest = self.spoil_first(after, &mut sent);
            self.spoilt += 1;
            self.unharmed = logarithmic(&mut self.random, 11);
        }
        self.unharmed = self.unharmed.saturating_sub(rest.len() as u64);
        sent.extend(rest);
        sent.into()
    }

    /// Spoils the start of something that is not empty; what is left goes as it is.
    fn spoil_first<'a>(&mut self, bytes: &'a [u8], sent: &mut Vec<u8>) -> &'a [u8] {
        let few = |random: &mut Random| (1 + random.below(30) as usize).min(bytes.len());
        match self.random.below(10) {
            0 => sent.push(bytes[0] ^ 1 << self.random.below(8)),
            1 => sent.push(self.random.next() as u8),
            2 => {}
            3 => sent.extend([bytes[0], bytes[0]]),
            4 => return &bytes[few(&mut self.random)..],
            5 => {
                sent.extend(&bytes[..few(&mut self.random)]);
                return bytes;
            }
            // What stands in quotation marks or brackets is more than what comes by chance.
            6 => {
                let end = bytes.iter().position(|octet| b" ()[]\"{}\r\n".contains(octet)).unwrap_or(bytes.len());
                sent.extend(&bytes[..end]);
                sent.extend(STRAY[self.random.below(STRAY.len() as u64) as usize]);
                return &bytes[(end + 1).min(bytes.len())..];
            }
            _ => {
                sent.extend(STRAY[self.random.below(STRAY.len() as u64) as usize]);
                return bytes;
            }
        }
        &bytes[1..]
    }

    pub(super) fn deliver(&mut self, target: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
        let Delivery::Pieces(_) = self.delivery else {
            target.write_all(bytes)?;
            return target.flush();
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let most = if bytes.len() > 16 * 1024 { 14 } else { 8 };
            let length = (1 + logarithmic(&mut self.random, most) as usize).min(rest.len());
            let (piece, after) = rest.split_at(length);
            target.write_all(piece)?;
            target.flush()?;
            rest = after;
            if self.pauses < PAUSES && self.random.below(4) == 0 {
                self.pauses += 1;
                thread::sleep(Duration::from_micros(100));
            }
        }
        Ok(())
    }
}

/// From 0 to 2^bits, small ones as often as large ones.
fn logarithmic(random: &mut Random, bits: u64) -> u64 {
    let bits = random.below(bits + 1);
    random.below(1 << bits)
}

#[test]
fn the_same_seed_gives_the_same_and_nothing_is_lost_in_pieces() {
    let text: Vec<u8> = (0..5_000_u32).map(|n| (n % 251) as u8).collect();
    let spoilt = |seed| Courier::new(Delivery::Spoilt(seed), 1).spoil(&text).into_owned();
    assert_eq!(spoilt(1), spoilt(1));
    let differing = (0..50).filter(|seed| spoilt(*seed) != text).count();
    assert!(differing > 45, "{differing}");
    let mut arrived = Vec::new();
    Courier::new(Delivery::Pieces(1), 1).deliver(&mut arrived, &text).unwrap();
    assert_eq!(arrived, text);
    assert!(matches!(Courier::new(Delivery::Whole, 1).spoil(&text), Cow::Borrowed(_)));
}
